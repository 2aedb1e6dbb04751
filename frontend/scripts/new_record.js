// 新建档案: C leads to it, as the page means it; the categories are narrowed as one types, and Enter takes the first.
import { key } from "./keys.js";
import { go, on } from "./page.js";

const way = () => document.querySelector("#main [data-new-record]") ?? document.getElementById("new-record");

key("c", () => (way() ? way().click() : false));
// The drawer stands outside of what links replace: its uploads go on.
on("new-record", (source, event) => {
  event.preventDefault();
  go(source.getAttribute("href"));
});

const has = (element, wanted) => `${element.textContent} ${element.querySelector("a")?.title ?? ""}`.toLocaleLowerCase().includes(wanted);

function narrow(field) {
  const wanted = field.value.trim().toLocaleLowerCase();
  const list = document.querySelector(field.dataset.narrowLines);
  for (const line of list.children) {
    const whole = [...line.children].some((part) => !part.matches(".subs") && has(part, wanted));
    const subs = [...line.querySelectorAll(".subs > li")];
    for (const sub of subs) sub.hidden = !whole && !has(sub, wanted);
    line.hidden = !whole && subs.every((sub) => sub.hidden);
  }
  document.getElementById(`${list.id}-none`).hidden = [...list.children].some((line) => !line.hidden);
}

document.addEventListener("input", ({ target }) => target.matches("[data-narrow-lines]") && narrow(target));
document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.key !== "Enter" || event.isComposing || !target.matches?.("[data-narrow-lines]") || !target.value.trim()) return;
  const wanted = target.value.trim().toLocaleLowerCase();
  const links = [...document.querySelectorAll(`${target.dataset.narrowLines} a`)].filter((link) => link.getClientRects().length);
  event.preventDefault();
  (links.find((link) => link.textContent.toLocaleLowerCase().includes(wanted)) ?? links[0])?.click();
});
