// Choosing several in the inbox: X the open one, Shift X up to it, a box for a whole drop; what is chosen outlives fragments.
import { key } from "./keys.js";
import { on } from "./page.js";
import { t } from "./texts.js";

const chosen = new Set();
let last = "";

const boxes = () => [...document.querySelectorAll("[data-choose]")];
const current = () => document.querySelector("[data-item][aria-current]")?.closest("li").querySelector("[data-choose]");

function ofDrop(head) {
  const found = [];
  for (let line = head.closest("li").nextElementSibling; line?.matches(".line-i"); line = line.nextElementSibling) {
    found.push(line.querySelector("[data-choose]"));
  }
  return found;
}

function set(box, on_) {
  if (on_) chosen.add(box.value);
  else chosen.delete(box.value);
}

// What is chosen and no longer waits is forgotten.
function draw() {
  const all = boxes();
  if (!document.querySelector(".p-inbox")) return chosen.clear();
  const there = new Set(all.map((box) => box.value));
  for (const id of [...chosen]) if (!there.has(id)) chosen.delete(id);
  for (const box of all) {
    box.checked = chosen.has(box.value);
    box.closest("li").classList.toggle("chosen", box.checked);
  }
  for (const head of document.querySelectorAll("[data-choose-drop]")) {
    const these = ofDrop(head);
    const count = these.filter((box) => box.checked).length;
    head.checked = count > 0 && count === these.length;
    head.indeterminate = count > 0 && count < these.length;
  }
  tell();
}

function tell() {
  const line = document.querySelector("[data-chosen-line]");
  if (line) {
    line.hidden = !chosen.size;
    line.querySelector("span").textContent = chosen.size ? t("已选 %(count)s 件", { count: chosen.size }) : "";
  }
  const box = document.querySelector("[data-batch-box]");
  if (!box) return;
  box.hidden = box.hasAttribute("data-alone") && !chosen.size;
  const of = box.querySelector("[data-batch-of]");
  of.dataset.idle ??= of.textContent;
  const does = box.querySelector("[data-batch-do]");
  does.dataset.idle ??= does.textContent;
  does.textContent = chosen.size ? t("套用到所选") : does.dataset.idle;
  of.textContent = chosen.size ? t("已选 %(count)s 件", { count: chosen.size }) : of.dataset.idle;
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-choose]")) {
    set(target, target.checked);
    last = target.value;
  } else if (target.matches("[data-choose-drop]")) {
    const { checked } = target;
    for (const box of ofDrop(target)) set(box, checked);
  } else return;
  draw();
});

key("x", (event) => {
  const box = current();
  if (!box) return false;
  const all = boxes();
  const from = all.findIndex((one) => one.value === last);
  const to = all.indexOf(box);
  if (event.shiftKey && from >= 0) for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) set(one, true);
  else set(box, !box.checked);
  last = box.value;
  draw();
});

on("choose-none", () => {
  chosen.clear();
  draw();
  current()?.closest("li").querySelector("[data-item]").focus();
});

document.addEventListener("htmx:afterSettle", draw);
draw();
