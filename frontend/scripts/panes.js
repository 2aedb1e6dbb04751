// Panes on narrow screens: tabs of the record page, the sheet of filters.
import { on } from "./page.js";

on("facets", () => {
  const facets = document.getElementById("facets");
  const open = facets.classList.toggle("open");
  if (open) facets.querySelector("button, input")?.focus();
  else document.querySelector("[aria-controls=facets]")?.focus();
});

// A choice in the sheet brings a new page: the sheet stays open on it.
let sheetOpen = false;
document.addEventListener("htmx:beforeSwap", () => {
  sheetOpen = document.getElementById("facets")?.classList.contains("open") ?? false;
});
document.addEventListener("htmx:afterSwap", () => {
  if (sheetOpen) document.getElementById("facets")?.classList.add("open");
});

// Of a row of tabs that is wider than the screen, the one in use is in sight.
const showTab = () => {
  const tab = document.querySelector(".atabs [aria-current]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.clientWidth / 2;
};
showTab();
document.addEventListener("htmx:afterSettle", showTab);

document.addEventListener("click", ({ target }) => {
  const tab = target.closest("[data-tab-to]");
  if (!tab) return;
  const page = document.querySelector(".p-rec");
  const wanted = tab.dataset.tabTo;
  const back = tab.hasAttribute("aria-pressed") && page.dataset.tab === wanted;
  page.dataset.tab = back ? "view" : wanted;
  for (const one of document.querySelectorAll("[data-tab-to]")) {
    const chosen = String(one.dataset.tabTo === page.dataset.tab);
    one.setAttribute(one.hasAttribute("aria-pressed") ? "aria-pressed" : "aria-selected", chosen);
  }
});
