// Toasts: what is now true, for 6 seconds; failures stay. Each stands in a live region, so it is read out. Who was not
// quick enough finds the last ones of this window under the bell.
import { icon, make, user } from "./page.js";
import { t } from "./texts.js";

const SECONDS = 6;
const MOST = 3;
const KEPT = 20;

function show(regionId, text, stays) {
  const region = document.getElementById(regionId);
  if (!region) return;
  const toast = make("div", "toast");
  toast.append(make("p", "said", text));
  const close = make("button", "iconbtn");
  close.type = "button";
  close.setAttribute("aria-label", t("关闭"));
  close.append(icon("x", "ic ic-s"));
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  region.append(toast);
  while (region.children.length > MOST) region.firstElementChild.remove();
  if (!stays) letGo(toast);
}

function letGo(toast) {
  let timer = 0;
  const start = () => (timer = setTimeout(() => toast.remove(), SECONDS * 1000));
  const stop = () => clearTimeout(timer);
  for (const event of ["mouseenter", "focusin"]) toast.addEventListener(event, stop);
  for (const event of ["mouseleave", "focusout"]) toast.addEventListener(event, start);
  start();
}

const shelf = () => `fonds-said:${user()}`;

function before() {
  try {
    return JSON.parse(sessionStorage.getItem(shelf())) ?? [];
  } catch {
    return [];
  }
}

function keep(text, failed) {
  const lines = [{ text, failed, at: Date.now() }, ...before()].slice(0, KEPT);
  try {
    sessionStorage.setItem(shelf(), JSON.stringify(lines));
  } catch {
    // a browser that keeps nothing shows its toasts all the same
  }
}

function tell(text, failed) {
  keep(text, failed);
  show(failed ? "warned" : "said", text, failed);
}

export const say = (text) => tell(text, false);
export const warn = (text) => tell(text, true);

function line({ text, failed, at }) {
  const row = make("li", failed ? "failed" : "");
  if (failed) row.append(icon("alert-triangle", "ic ic-s"));
  const moment = make("time", "xs dim num nowrap", new Date(at).toTimeString().slice(0, 5));
  moment.dateTime = new Date(at).toISOString();
  row.append(make("span", "grow said", text), moment);
  return row;
}

function tellBefore() {
  const panel = document.querySelector("[data-said-before]");
  const lines = panel ? before() : [];
  if (!lines.length) return;
  panel.querySelector("ul").replaceChildren(...lines.map(line));
  panel.hidden = false;
}

function tellFlashed() {
  const flash = document.getElementById("flash");
  for (const line of [...(flash?.children ?? [])]) {
    say(line.textContent);
    line.remove();
  }
}

function begin() {
  tellFlashed();
  tellBefore();
}

document.addEventListener("htmx:afterSettle", begin);
begin();
