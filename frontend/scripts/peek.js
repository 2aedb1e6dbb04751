// Lists by keyboard: J and K move, Enter opens; on the search page the peek pane follows.
import htmx from "htmx.org";
import { key } from "./keys.js";

const rows = () => [...document.querySelectorAll("[data-hit], [data-item]")];
const chosen = () => document.querySelector("[data-hit].sel, [data-item].sel");

let timer = 0;

function follow(row) {
  const pane = document.getElementById("peek");
  if (!pane || pane.offsetParent === null || !row.dataset.peek) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (!pane.isConnected) return; // the page has gone on meanwhile
    htmx.ajax("GET", row.dataset.peek, { target: "#peek", swap: "innerHTML", select: "unset" }).then(() => pills(row));
  }, 120);
}

function pills(row = chosen()) {
  const list = document.querySelector("#peek [data-places]");
  if (!row || !list) return;
  list.replaceChildren();
  for (const place of row.querySelectorAll("a.place, a.also")) {
    const pill = document.createElement("a");
    pill.href = place.href;
    pill.textContent = place.textContent;
    if (!list.children.length) pill.className = "on";
    list.append(pill);
  }
  list.hidden = !list.children.length;
  htmx.process(list);
  const open = document.querySelector("#peek [data-open]");
  if (open) open.href = row.querySelector("a.title").href;
}

function choose(row, { quiet = false } = {}) {
  const before = chosen();
  if (!row || row === before) return;
  before?.classList.remove("sel");
  before?.removeAttribute("aria-current");
  row.classList.add("sel");
  row.setAttribute("aria-current", "true");
  if (quiet) return;
  row.scrollIntoView({ block: "nearest" });
  follow(row);
}

document.addEventListener("fonds:choose", ({ target, detail }) => choose(target, detail ?? {}));

function move(step) {
  const all = rows();
  if (!all.length) return false;
  const next = all[all.indexOf(chosen()) + step];
  if (!next) return;
  if (next.matches("[data-item]")) next.click();
  else choose(next);
}

key("j", () => move(1));
key("k", () => move(-1));
const open = () => {
  const link = chosen()?.querySelector("a.title") ?? document.querySelector(".p-inbox .iprev a.btn");
  return link ? link.click() : false;
};
key("enter", () => (chosen()?.matches("[data-hit]") ? open() : false));
key("o", open);

document.addEventListener("click", ({ target }) => {
  const row = target.closest("[data-hit]");
  if (row && !target.closest("a, button")) choose(row);
});

document.addEventListener("htmx:afterSettle", () => pills());
pills();
