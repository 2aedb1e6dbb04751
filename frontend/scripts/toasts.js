// Toasts: what is now true, for 6 seconds; failures stay. Each stands in a live region, so it is read out.
import { icon, make } from "./page.js";
import { t } from "./texts.js";

const SECONDS = 6;
const MOST = 3;

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

export const say = (text) => show("said", text, false);
export const warn = (text) => show("warned", text, true);

function tellFlashed() {
  const flash = document.getElementById("flash");
  for (const line of [...(flash?.children ?? [])]) {
    say(line.textContent);
    line.remove();
  }
}

document.addEventListener("htmx:afterSettle", tellFlashed);
tellFlashed();
