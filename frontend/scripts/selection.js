// Selecting on lists: boxes, ranges, whole pages and everything a list has; kept while one turns its pages.
import { key } from "./keys.js";
import { on } from "./page.js";
import { t } from "./texts.js";

const STORE = "fonds-selection";
const MOST = 2000;
const EMPTY = { key: "", ids: [], all: false };
let last = null;

const bar = () => document.getElementById("selection");
const boxes = () => [...document.querySelectorAll("[data-select]")];

function held() {
  const form = bar();
  if (!form) return EMPTY;
  try {
    const found = JSON.parse(sessionStorage.getItem(STORE) ?? "null");
    return found?.key === form.dataset.selection ? found : { ...EMPTY, key: form.dataset.selection };
  } catch {
    return { ...EMPTY, key: form.dataset.selection };
  }
}

function keep(state) {
  try {
    if (state.ids.length || state.all) sessionStorage.setItem(STORE, JSON.stringify(state));
    else sessionStorage.removeItem(STORE);
  } catch {
    // A full or forbidden store: the selection then lasts for this page.
  }
  draw(state);
}

function draw(state = held()) {
  const form = bar();
  if (!form) return;
  const chosen = new Set(state.ids);
  const here = boxes();
  for (const box of here) {
    box.checked = state.all || chosen.has(box.value);
    box.closest("[data-hit]")?.classList.toggle("picked", box.checked);
  }
  const total = Number(form.dataset.total);
  const count = state.all ? total : chosen.size;
  const whole = here.length > 0 && here.every((box) => box.checked);
  const page = form.querySelector("[data-select-page]");
  page.checked = whole;
  page.indeterminate = !whole && here.some((box) => box.checked);
  const some = form.querySelector("[data-some]");
  some.textContent = count ? t("已选 %(count)s 件", { count }) : "";
  some.hidden = !count;
  form.querySelector("[data-none]").hidden = count > 0;
  form.querySelector("[data-acts]").hidden = !count;
  form.classList.toggle("on", count > 0);
  form.querySelector('[data-act="select-everything"]').hidden = state.all || !whole || total <= chosen.size;
  form.elements.ids.value = state.all ? "" : state.ids.slice(0, MOST).join(",");
  form.elements.all.value = state.all ? form.elements.all.dataset.all : "";
}

function pick(ids, chosen) {
  const state = held();
  // Who takes one out of everything has chosen the others of this page.
  const before = state.all ? boxes().map((box) => box.value) : state.ids;
  const next = new Set(before);
  for (const id of ids) chosen ? next.add(id) : next.delete(id);
  keep({ key: state.key, ids: [...next], all: false });
}

function choose(box, ranged) {
  const all = boxes();
  const from = ranged && last ? all.findIndex((one) => one.value === last) : -1;
  const at = all.indexOf(box);
  const range = from < 0 ? [box] : all.slice(Math.min(from, at), Math.max(from, at) + 1);
  const chosen = box.checked;
  last = box.value;
  pick(range.map((one) => one.value), chosen);
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (box.matches?.("[data-select]")) choose(box, event.shiftKey);
  else if (box.matches?.("[data-select-page]")) pick(boxes().map((one) => one.value), box.checked);
});

// Between words and the shift key a browser would mark text.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest?.(".pickbox")) event.preventDefault();
});

on("select-everything", () => keep({ key: held().key, ids: [], all: true }));
on("select-nothing", () => {
  last = null;
  keep({ ...EMPTY, key: held().key });
});

key("x", ({ shiftKey }) => {
  const row = document.activeElement?.closest?.("[data-hit]") ?? document.querySelector("[data-hit].sel") ?? document.querySelector("[data-hit]");
  const box = row?.querySelector("[data-select]");
  if (!box) return false;
  box.checked = shiftKey && last ? true : !box.checked;
  choose(box, shiftKey);
});

document.addEventListener("input", ({ target }) => {
  const list = target.dataset?.narrow && document.querySelector(target.dataset.narrow);
  if (!list) return;
  const wanted = target.value.trim().toLowerCase();
  for (const line of list.children) line.hidden = !line.textContent.toLowerCase().includes(wanted);
});

// What was sent off is no longer selected, also when one comes back to the list.
document.addEventListener("submit", ({ target, submitter }) => {
  if (target.id === "selection" && submitter?.value !== "download") sessionStorage.removeItem(STORE);
});

document.addEventListener("htmx:afterSettle", () => draw());
draw();
