// Facts and where they stand: a number beside each field whose value was found in a file, the same number on the page.
import { go, make, on } from "./page.js";
import { ground } from "./reader.js";
import { t } from "./texts.js";

let grounds = [];
let seen = null;
let now = "";

const stage = () => document.getElementById("stage");
const record = () => document.querySelector("main[data-grounds]")?.dataset.grounds;

function fieldOf(path) {
  const control = document.querySelector(`#description [name="${CSS.escape(path)}"]`);
  return control?.closest("[data-field]") ?? document.querySelector(`dt[data-path="${CSS.escape(path)}"]`);
}

// A suggestion has its key as number; what is recorded goes on from there, in the order of the form.
function number(found) {
  const placed = found.map((one) => ({ ...one, field: fieldOf(one.path) })).filter(({ field }) => field);
  placed.sort((a, b) => (a.field.compareDocumentPosition(b.field) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  let last = Math.max(0, ...[...document.querySelectorAll("#description [data-digit]")].map((one) => Number(one.dataset.digit)));
  for (const one of placed) one.n = one.offered && one.field.dataset.digit ? Number(one.field.dataset.digit) : (last += 1);
  return placed;
}

function label() {
  for (const old of document.querySelectorAll(".told-button")) old.remove();
  for (const one of grounds) {
    one.field = fieldOf(one.path);
    if (!one.field) continue;
    const button = make("button", "told-button");
    Object.assign(button, { type: "button", title: one.source });
    Object.assign(button.dataset, { act: "ground", path: one.path });
    button.setAttribute("aria-pressed", String(one.path === now));
    button.append(make("i", "dg", one.n), make("span", "vh", t("出处 %(n)s：%(source)s", { n: one.n, source: one.source })));
    const source = one.offered ? one.field.querySelector(".offer .src") : null;
    if (source) source.prepend(button);
    else if (one.field.matches("dt")) one.field.append(button);
    else (one.field.querySelector("label, .lab") ?? one.field).after(button);
  }
}

function show(path) {
  now = path;
  const here = stage();
  for (const button of document.querySelectorAll(".told-button")) {
    button.setAttribute("aria-pressed", String(button.dataset.path === now));
  }
  ground(grounds.filter(({ file, view }) => file === here?.dataset.file && view === here.dataset.view), now);
}

on("ground", ({ dataset }) => {
  const one = grounds.find(({ path }) => path === dataset.path);
  const here = stage();
  if (!one || !here) return;
  const tab = document.querySelector("[data-tab-to=view]");
  if (tab?.offsetParent) tab.click();
  const where = { file: one.file, view: one.view, told: one.path, ...(one.page ? {} : { at: one.at }) };
  if (one.file === here.dataset.file && one.view === here.dataset.view) show(one.path);
  else go(`/records/${record()}?${new URLSearchParams(where)}`);
});

async function begin() {
  const id = record();
  if (seen === stage() && grounds.some(({ field }) => !field?.isConnected)) label();
  if (!id || seen === stage()) return;
  const asked = (seen = stage());
  const answer = await fetch(`/records/${id}/grounds`, { headers: { Accept: "application/json" } }).catch(() => null);
  const found = answer?.ok ? (await answer.json()).grounds : [];
  if (seen !== asked || !asked?.isConnected) return;
  grounds = number(found);
  const wanted = new URLSearchParams(location.search).get("told") ?? "";
  now = grounds.some(({ path }) => path === wanted) ? wanted : "";
  label();
  if (grounds.length) show(now);
}

document.addEventListener("htmx:afterSettle", begin);
begin();
