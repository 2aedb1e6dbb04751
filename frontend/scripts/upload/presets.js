// Presets: what is said once of a drop, and of one file by its own dialogue.
import { on } from "../page.js";
import { say } from "./queue.js";

const KEPT = "fonds-upload-presets";
const NAMES = ["category", "department", "customer", "keywords"];
const panel = document.querySelector("#drawer [data-presets]");
const dialog = document.getElementById("upload-presets");

const field = (root, name) => root.querySelector(`[data-preset=${name}]`);
const split = (text) => text.split(/[、,，;；\n]/).map((word) => word.trim()).filter(Boolean);

function read(root) {
  const said = Object.fromEntries(NAMES.map((name) => [name, field(root, name).value.trim()]));
  return { ...said, keywords: split(said.keywords) };
}

function write(root, presets) {
  for (const name of NAMES) field(root, name).value = name === "keywords" ? presets.keywords.join("、") : presets[name];
}

// The open record, if files may be added to it.
const openRecord = () => document.querySelector("[data-upload-record]")?.dataset.uploadRecord ?? "";

export function presetsNow() {
  const join = field(panel, "record");
  return { ...read(panel), record: join.checked ? openRecord() : "" };
}

let drawnFor = "";

// What is dropped on a record without files is meant for it; on another one that has to be said.
export function drawJoin() {
  const place = panel.querySelector("[data-join]");
  const record = openRecord();
  place.hidden = !record;
  if (record !== drawnFor) field(panel, "record").checked = Boolean(document.querySelector("[data-upload-first]"));
  drawnFor = record;
  return field(panel, "record").checked;
}

let asked = false;

async function offer() {
  if (asked) return;
  asked = true;
  try {
    const answer = await fetch("/upload/choices", { headers: { Accept: "application/json" } });
    const choices = answer.ok ? await answer.json() : {};
    for (const name of ["departments", "customers"]) {
      document.getElementById(`upload-${name}`).replaceChildren(...(choices[name] ?? []).map((value) => Object.assign(document.createElement("option"), { value })));
    }
  } catch {
    asked = false;
  }
}

// `batch()` gives the items of the last drop: what is said in the panel holds for them too.
export function listenToPresets(batch, refused) {
  for (const root of [panel, dialog]) root.addEventListener("focusin", offer);
  panel.addEventListener("change", async () => {
    sessionStorage.setItem(KEPT, JSON.stringify(read(panel)));
    const presets = read(panel);
    for (const item of batch()) {
      if (["refused", "duplicate"].includes(item.stage)) continue;
      try {
        await say(item, presets);
      } catch (fault) {
        return refused(fault);
      }
    }
  });
  const kept = sessionStorage.getItem(KEPT);
  if (kept) write(panel, JSON.parse(kept));
}

let edited = null;

export function edit(item) {
  edited = item;
  dialog.querySelector("[data-of]").textContent = item.name;
  dialog.querySelector("[data-refused]").hidden = true;
  write(dialog, item.presets);
  dialog.showModal();
}

on("close-presets", () => dialog.close());

dialog?.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const place = dialog.querySelector("[data-refused]");
  try {
    await say(edited, read(dialog));
    dialog.close();
  } catch (fault) {
    place.textContent = fault.message;
    place.hidden = false;
  }
});
