// The user menu, copying, printing, and forms that send themselves.
import { on } from "./page.js";
import { t } from "./texts.js";
import { say } from "./toasts.js";

on("print", () => window.print());

on("copy", async ({ dataset }) => {
  await navigator.clipboard.writeText(dataset.text);
  say(t("已复制"));
});

document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.menu-host[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

document.addEventListener("submit", ({ target }) => {
  const here = target.querySelector("[data-here]");
  if (here) here.value = location.pathname + location.search;
});
