// The keyboard map: single letters, off in fields and while an input method composes (WCAG 2.1.4).
import { on } from "./page.js";

const dialog = document.getElementById("keys");
const openKeys = () => dialog && !dialog.open && dialog.showModal();
on("keys", openKeys);

const keys = new Map();
let prefix = "";
let prefixTimer = 0;

// Several may hear a key: the first that does not say false has done it.
export function key(name, run) {
  keys.set(name, [...(keys.get(name) ?? []), run]);
}

const typing = ({ target }) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function named(event) {
  if (event.key === "Escape") return "escape";
  return event.key.length === 1 ? event.key.toLowerCase() : event.key.toLowerCase();
}

function handle(event) {
  if (event.isComposing || event.keyCode === 229) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") return run("ctrl s", event);
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return run("ctrl k", event);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return escape(event);
  if (typing(event) || document.querySelector("dialog[open]")) return;
  const name = named(event);
  if (prefix) {
    const whole = `${prefix} ${name}`;
    prefix = "";
    return run(whole, event);
  }
  if (name === "g") {
    prefix = "g";
    clearTimeout(prefixTimer);
    prefixTimer = setTimeout(() => (prefix = ""), 1200);
    return;
  }
  if (name === "enter" && event.target.closest("a, button, summary, label")) return;
  run(name, event);
}

function run(name, event) {
  if (keys.get(name)?.some((action) => action(event) !== false)) event.preventDefault();
}

function escape(event) {
  const menu = document.querySelector("details.menu-host[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  if (document.activeElement?.id === "q") return document.activeElement.blur();
  run("escape", event);
}

document.addEventListener("keydown", handle);

const go = (path) => () => {
  const link = document.querySelector(`#rail a[href="${path}"]`);
  return link ? link.click() : false;
};

key("/", () => {
  const box = document.getElementById("q");
  if (!box) return false;
  box.focus();
  box.select();
});
key("?", openKeys);
key("g s", go("/search"));
key("g i", go("/inbox"));
key("g d", go("/browse"));
