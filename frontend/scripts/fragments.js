// Fragments by htmx: every request carries the page's token; panes keep their scroll; a new page takes the focus.
import htmx from "htmx.org";
import { csrf } from "./page.js";
import { t } from "./texts.js";
import { warn } from "./toasts.js";

window.htmx = htmx;

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") detail.headers["X-CSRF-Token"] = csrf();
});

const scrolls = new Map();

document.addEventListener("htmx:beforeSwap", () => {
  for (const pane of document.querySelectorAll("[data-keep-scroll]")) scrolls.set(pane.id, pane.scrollTop);
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  for (const pane of document.querySelectorAll("[data-keep-scroll]")) pane.scrollTop = scrolls.get(pane.id) ?? 0;
  const wanted = document.querySelector("#main [data-focus]");
  if (wanted) wanted.focus();
  else if (detail.target?.id === "main" && document.activeElement === document.body) document.getElementById("main").focus();
});

document.addEventListener("htmx:sendError", () => warn(t("网络已断开，稍后重试")));
document.addEventListener("htmx:swapError", () => warn(t("出错了，稍后重试")));
