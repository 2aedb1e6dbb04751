// The description form: counts what changed, keeps a draft on this device, asks before it is left, saves by Ctrl S.
import htmx from "htmx.org";
import { key } from "./keys.js";
import { csrf, make, on, user } from "./page.js";
import { t } from "./texts.js";

const form = () => document.querySelector("[data-description]");
const name = (sheet) => `fonds.draft:${user()}:${sheet.dataset.record}:${sheet.dataset.rev}`;
const DAYS = 14;

const skip = (field) => ["csrf_token", "rev", "full", "chosen", "fresh", "key"].includes(field) || field.startsWith("pick.");
// What is seen of a named record goes with its id: it is kept, but is no change by itself.
const seen = (field) => field.startsWith("shown.");

function values(sheet) {
  const found = {};
  for (const [field, value] of new FormData(sheet)) if (!skip(field) && value) (found[field] ??= []).push(value);
  return found;
}

function begin() {
  const sheet = form();
  if (!sheet || sheet.begun) return;
  sheet.begun = true;
  sheet.before = values(sheet);
  restore(sheet);
  mark(sheet);
}

function changes(sheet) {
  const now = values(sheet);
  const fields = new Set([...Object.keys(now), ...Object.keys(sheet.before)]);
  return [...fields].filter((field) => !seen(field) && String(now[field] ?? "") !== String(sheet.before[field] ?? ""));
}

function mark(sheet) {
  const changed = changes(sheet);
  for (const field of sheet.querySelectorAll("[data-field]")) {
    const control = field.querySelector("[data-chosen]") ?? field.querySelector("[name]");
    const differs = Boolean(control) && changed.includes(control.name);
    field.classList.toggle("changed", differs);
    original(field, differs, sheet.before[control?.name]);
  }
  const line = sheet.querySelector("[data-changes]");
  line.dataset.idle ??= line.textContent;
  line.textContent = changed.length ? t("%(count)s 处修改未保存", { count: changed.length }) : line.dataset.idle;
  sheet.querySelector(".savebar [data-act=discard]").hidden = !changed.length;
  return changed;
}

function original(field, differs, before) {
  field.querySelector(".was")?.remove();
  if (!differs || !before?.length || field.querySelector("select, [type=radio], [type=checkbox], [data-chosen]")) return;
  const hint = make("p", "hint was", `${t("原值")} `);
  hint.append(make("del", "said", before.join("、")));
  field.append(hint);
}

function keep(sheet) {
  const changed = mark(sheet);
  sendLater(sheet, changed.length);
  try {
    if (changed.length) localStorage.setItem(name(sheet), JSON.stringify({ at: Date.now(), values: values(sheet) }));
    else localStorage.removeItem(name(sheet));
  } catch {
    // No room or not allowed: the form itself still holds what was typed.
  }
}

// The newer of what this device keeps and what the archive keeps for this person.
function stored(sheet) {
  const kept = sheet.dataset.kept ? JSON.parse(sheet.dataset.kept) : null;
  try {
    const draft = JSON.parse(localStorage.getItem(name(sheet)));
    const here = draft && Date.now() - draft.at < DAYS * 86400e3 ? draft : null;
    return here && (!kept || here.at >= kept.at) ? here : kept;
  } catch {
    return kept;
  }
}

// The archive keeps it too, for another machine: a while after the last key, and at once when the page is left.
const REST = 2500;
const PATIENCE = 3000;
let resting = 0;
let sending = null;

function send(sheet, body) {
  clearTimeout(resting);
  resting = 0;
  const headers = { "X-CSRF-Token": csrf() };
  const kept = sheet.dataset.keeping ?? `/records/${sheet.dataset.record}/unsaved`;
  const mine = fetch(kept, { method: "POST", headers, body, keepalive: true }).catch(() => {});
  sending = mine;
  return mine.finally(() => (sending = sending === mine ? null : sending));
}

const saves = (sheet, path) => sheet?.matches?.("[data-description]") && path === sheet.getAttribute("action");

// What is being kept comes before what is being saved: behind it, it would stand there as unsaved for good.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, path, issueRequest } = event.detail;
  if (!saves(elt, path)) return;
  clearTimeout(resting);
  resting = 0;
  if (!sending) return;
  event.preventDefault();
  Promise.race([sending, new Promise((resolve) => setTimeout(resolve, PATIENCE))]).then(() => issueRequest(true));
});

function sendLater(sheet, changed) {
  clearTimeout(resting);
  resting = setTimeout(() => send(sheet, changed ? new URLSearchParams(new FormData(sheet)) : new URLSearchParams()), REST);
}

addEventListener("pagehide", () => {
  const sheet = form();
  if (sheet && resting) send(sheet, new URLSearchParams(new FormData(sheet)));
});

function restore(sheet) {
  const draft = sheet.querySelector(".errors") ? null : stored(sheet);
  if (!draft) return;
  for (const control of sheet.elements) {
    if (!control.name || skip(control.name) || control.type === "hidden") continue;
    const kept = draft.values[control.name] ?? [];
    if (control.type === "radio" || control.type === "checkbox") control.checked = kept.includes(control.value);
    else control.value = kept[0] ?? "";
  }
  const note = sheet.querySelector("[data-restored]");
  note.querySelector("[data-text]").textContent = t("已找回未保存的内容");
  note.hidden = false;
  const choice = sheet.querySelector("[data-category-choice]");
  // What is drawn are the fields of another category: those that were typed into are asked for.
  if (choice && choice.value !== String(sheet.before.category ?? "")) askFields(sheet, draft.values);
}

on("discard", async () => {
  const sheet = form();
  localStorage.removeItem(name(sheet));
  // The page is asked for behind it, or it would bring back what is let go.
  await send(sheet, new URLSearchParams());
  htmx.ajax("GET", location.pathname + location.search, { target: "#main", select: "#main", swap: "outerHTML" });
});

document.addEventListener("input", ({ target }) => {
  const sheet = target.closest("[data-description]");
  if (sheet) keep(sheet);
});

// Another category asks for other fields; what both have keeps its value.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-category-choice]")) return;
  askFields(target.closest("form"));
});

// What was typed between asking for other fields and getting them, or is found again.
let typed = {};
let found = null;

function askFields(sheet, again = null) {
  const shown = sheet.querySelector("#category-fields");
  const { value } = sheet.querySelector("[data-category-choice]");
  if (value && shown.dataset.leaning === value) {
    // The fields of a suggested category stand there already, with what was typed into them.
    shown.removeAttribute("data-leaning");
    keep(sheet);
    return;
  }
  found = again;
  htmx
    .ajax("POST", sheet.dataset.fields, { source: sheet, target: "#category-fields", swap: "outerHTML", select: "#category-fields" })
    .then(() => {
      refill(sheet);
      found = null;
      keep(sheet);
    });
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "category-fields") typed = { ...found, ...values(form()) };
});

function refill(sheet) {
  for (const control of sheet.querySelectorAll("#category-fields [name]")) {
    const kept = typed[control.name];
    if (!kept || control.type === "hidden") continue;
    if (control.type === "radio" || control.type === "checkbox") control.checked = kept.includes(control.value);
    else if (!control.value) control.value = kept[0];
  }
}

// Before the answer takes the form's place: behind it nobody could say any more whose request it was.
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  const sheet = detail.elt;
  if (!sheet?.matches?.("[data-description]")) return;
  if (detail.xhr.status >= 400) {
    if (saves(sheet, detail.requestConfig.path)) sendLater(sheet, true);
    return;
  }
  // Whoever is sent to sign in first has not saved yet; what is asked beside the form saves nothing.
  const elsewhere = detail.xhr.getResponseHeader("HX-Redirect") || !saves(sheet, detail.requestConfig.path);
  if (elsewhere) return;
  clearTimeout(resting);
  resting = 0;
  localStorage.removeItem(name(sheet));
});

key("ctrl s", () => {
  const sheet = form();
  if (!sheet) return false;
  // A click, because a fragment sends the button that was clicked along, not the one that is named.
  const anyway = sheet.querySelector("[data-anyway]");
  if (anyway) anyway.click();
  else sheet.requestSubmit();
});
key("e", () => {
  const first = form()?.querySelector("input:not([type=hidden]), select, textarea");
  if (!first) return false;
  document.querySelector("[data-tab-to=form]")?.click();
  first.focus();
});

document.addEventListener("htmx:afterSettle", begin);
begin();
