// The command palette (Ctrl K): where to go, what this page offers (data-palette), which record.
import { combobox } from "./combobox.js";
import { key } from "./keys.js";
import { go, icon, make, on } from "./page.js";

const dialog = document.getElementById("palette");
const input = document.getElementById("palette-q");
const list = document.getElementById("palette-list");

const offered = (source) => source.id === "new-record" || source.getClientRects().length > 0 || source.closest("details:not([open])");
let actions = [];

// What the page offers under its hands: buttons and links that name themselves for the palette.
function addActions(text) {
  const group = list.querySelector("[data-actions]");
  if (!group) return;
  const wanted = text.toLocaleLowerCase();
  const all = [...document.querySelectorAll("[data-palette]")].filter(
    (source) => offered(source) && source.dataset.palette.toLocaleLowerCase().includes(wanted),
  );
  // What the page and the frame both offer is offered once, as the page means it.
  const inPage = new Set(all.filter((source) => source.closest("#main")).map(({ dataset }) => dataset.palette));
  actions = all.filter((source) => source.closest("#main") || !inPage.has(source.dataset.palette));
  actions.forEach((source, n) => {
    const option = make("div", "option");
    Object.assign(option, { id: `opt-do-${n}` });
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.action = n;
    option.append(icon(source.dataset.paletteIcon ?? "chevron-right"), make("span", "grow", source.dataset.palette));
    group.append(option);
  });
  group.hidden = !actions.length;
}

function take(option, event) {
  const { href, action } = option.dataset;
  dialog.close();
  if (href && (event.ctrlKey || event.metaKey)) window.open(href, "_blank", "noopener");
  else if (href) go(href);
  else actions[action]?.click();
}

if (dialog) {
  const box = combobox({ input, list, address: (q) => `/palette?q=${encodeURIComponent(q)}`, take, drawn: addActions });
  let before = null;

  const open = () => {
    if (dialog.open) return void dialog.close();
    if (document.querySelector("dialog[open]")) return false;
    before = document.activeElement;
    input.value = "";
    list.replaceChildren();
    dialog.showModal();
    input.focus();
    box.ask();
  };
  dialog.addEventListener("close", () => before?.isConnected && before.focus());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  on("palette", open);
  key("ctrl k", open);
}
