// The search page: a range over the plot, lists that are narrowed, hover previews, the place in the list after going back.
import htmx from "htmx.org";
import { on } from "./page.js";
import { t } from "./texts.js";
import { say, warn } from "./toasts.js";

on("save-search", () => {
  const dialog = document.getElementById("save-search");
  dialog.showModal();
  dialog.querySelector("[name=name]").select();
});
document.addEventListener("htmx:beforeSwap", () => document.getElementById("save-search")?.close());

on("copy-address", async () => {
  const address = new URL(location.href);
  for (const passing of ["cursor", "saved"]) address.searchParams.delete(passing);
  try {
    await navigator.clipboard.writeText(address.href);
    say(t("已复制"));
  } catch {
    warn(t("浏览器不让复制，可从地址栏复制"));
  }
});

// The plot of dates: from the bar that is pressed to the bar where it is let go, or with Shift from what is chosen.
let pressed = null;

const barAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-dates] [data-from]");

function between(one, other) {
  const bars = [...one.parentNode.querySelectorAll("[data-from]")];
  const [first, last] = [bars.indexOf(one), bars.indexOf(other)].sort((a, b) => a - b);
  return { bars, first, last };
}

function choose(one, other) {
  const { bars, first, last } = between(one, other);
  document.getElementById("from").value = bars[first].dataset.from;
  document.getElementById("to").value = bars[last].dataset.to;
  htmx.trigger("#filters", "change");
}

function paint(one, other) {
  const { bars, first, last } = between(one, other);
  bars.forEach((bar, n) => bar.classList.toggle("on", n >= first && n <= last));
}

document.addEventListener("pointerdown", (event) => {
  const bar = event.target.closest?.("[data-dates] [data-from]");
  pressed = bar && event.button === 0 ? { bar, moved: false } : null;
});
document.addEventListener("pointermove", (event) => {
  if (!pressed) return;
  const bar = barAt(event);
  if (!bar || (bar === pressed.bar && !pressed.moved)) return;
  pressed.moved = true;
  paint(pressed.bar, bar);
});
document.addEventListener("pointerup", (event) => {
  const bar = pressed?.moved ? barAt(event) : null;
  if (bar && bar !== pressed.bar) choose(pressed.bar, bar);
});
document.addEventListener(
  "click",
  (event) => {
    const bar = event.target.closest?.("[data-dates] [data-from]");
    if (!bar) return;
    const anchor = bar.parentNode.querySelector(".on[data-from]");
    const ranged = event.shiftKey && anchor && anchor !== bar;
    if (!ranged && !pressed?.moved) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (ranged && !pressed?.moved) choose(anchor, bar);
    pressed = null;
  },
  true,
);
document.addEventListener("dragstart", (event) => event.target.closest?.("[data-dates]") && event.preventDefault());

// A long facet: what is typed narrows its list. A field of no form: nothing is sent.
document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-narrow]");
  if (!field) return;
  const wanted = field.value.trim().toLocaleLowerCase();
  const lines = [...field.parentNode.querySelectorAll(".rest .pick-line")];
  for (const line of lines) line.hidden = !line.querySelector(".cut").textContent.toLocaleLowerCase().includes(wanted);
  field.parentNode.querySelector(".none").hidden = lines.some((line) => !line.hidden);
});
document.addEventListener(
  "change",
  (event) => event.target.matches("[data-narrow]") && event.stopPropagation(),
  true,
);

// What was unfolded stays so on the next page of the same search.
const unfolded = new Set();
document.addEventListener("toggle", ({ target }) => {
  const name = target.dataset?.rest;
  if (name) target.open ? unfolded.add(name) : unfolded.delete(name);
}, true);

// Going back brings the page anew: the hit one came from is chosen again, and the list stands where it stood.
const spot = () => `fonds.spot:${location.pathname}${location.search}`;

function leave() {
  const row = document.querySelector("[data-hit].sel");
  const pane = document.getElementById("results");
  if (row && pane) sessionStorage.setItem(spot(), JSON.stringify([row.dataset.id, pane.scrollTop]));
}

function comeBack() {
  const pane = document.getElementById("results");
  const kept = pane && sessionStorage.getItem(spot());
  if (!kept) return;
  sessionStorage.removeItem(spot());
  const [id, top] = JSON.parse(kept);
  const row = [...pane.querySelectorAll("[data-hit]")].find((one) => one.dataset.id === id);
  if (!row) return;
  row.dispatchEvent(new CustomEvent("fonds:choose", { bubbles: true }));
  pane.scrollTop = top;
}

document.addEventListener("click", ({ target }) => {
  const row = target.closest("[data-hit]");
  if (!row || !target.closest("a")) return;
  row.dispatchEvent(new CustomEvent("fonds:choose", { bubbles: true, detail: { quiet: true } }));
  leave();
});
addEventListener("pagehide", () => document.querySelector(".p-search") && leave());

function begin() {
  for (const part of document.querySelectorAll("details[data-rest]")) part.open = unfolded.has(part.dataset.rest);
  comeBack();
}
document.addEventListener("htmx:afterSettle", ({ detail }) => detail.target?.id === "main" && begin());
begin();

// Hovering over a hit shows it: in the peek pane, or where there is none on a card of its own. Esc takes it away.
const REST = 450;
let waiting = 0;
let hovered = null;

const glance = () => document.getElementById("glance");

function hide() {
  clearTimeout(waiting);
  hovered = null;
  const card = glance();
  if (card) card.hidden = true;
}

function place(card, row) {
  const box = row.getBoundingClientRect();
  const below = innerHeight - box.bottom > card.offsetHeight + 16 || box.top < card.offsetHeight + 16;
  card.classList.toggle("above", !below);
  // Positions come from data, so they are set as properties: the policy allows no style attribute in the page.
  card.style.setProperty("--left", `${Math.max(8, Math.min(box.left + 80, innerWidth - card.offsetWidth - 8))}px`);
  card.style.setProperty("--top", `${below ? Math.min(box.bottom + 4, innerHeight - card.offsetHeight - 8) : box.top - card.offsetHeight - 4}px`);
}

async function show(row) {
  const pane = document.getElementById("peek");
  if (pane && pane.offsetParent !== null) return;
  const card = glance();
  const answer = await fetch(row.dataset.peek, { headers: { "HX-Request": "true" } });
  if (!answer.ok || hovered !== row || !card) return;
  card.innerHTML = await answer.text();
  card.querySelector(".foot")?.remove();
  card.hidden = false;
  place(card, row);
}

document.addEventListener("pointerover", ({ target, pointerType }) => {
  if (pointerType !== "mouse") return;
  const row = target.closest?.("[data-peek]");
  if (!row || row === hovered) {
    if (!row && hovered && !target.closest?.("#glance")) hide();
    return;
  }
  hide();
  hovered = row;
  waiting = setTimeout(() => show(row), REST);
});
document.addEventListener("keydown", ({ key }) => key === "Escape" && hide(), true);
document.addEventListener("scroll", hide, true);
document.addEventListener("htmx:beforeSwap", hide);
