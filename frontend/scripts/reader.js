// The text of a file: it opens at the wanted place, N and P go from hit to hit.
import { key } from "./keys.js";
import { on } from "./page.js";

const stage = () => document.getElementById("stage");
const hits = () => [...(stage()?.querySelectorAll(".passage mark") ?? [])];
let at = -1;

function show(step) {
  const all = hits();
  if (!all.length) return false;
  at = at < 0 ? first(all) : (at + step + all.length) % all.length;
  all.forEach((mark, n) => mark.classList.toggle("now", n === at));
  all[at].scrollIntoView({ block: "center" });
  const count = document.querySelector("[data-hit-count]");
  if (count) count.textContent = `${at + 1} / ${all.length}`;
}

function first(all) {
  const place = stage().querySelector(".passage.at");
  const inPlace = place ? all.findIndex((mark) => place.contains(mark)) : 0;
  return Math.max(inPlace, 0);
}

function open() {
  at = -1;
  if (hits().length) show(0);
  else stage()?.querySelector(".passage.at")?.scrollIntoView({ block: "start" });
}

on("hit-on", () => show(1));
on("hit-back", () => show(-1));
key("n", () => show(1));
key("p", () => show(-1));

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "main") open();
});
open();
