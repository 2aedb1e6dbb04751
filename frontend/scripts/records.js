// Fields that name another record, and the dialogue that relates one: the title is seen, the id is sent.
import { combobox } from "./combobox.js";
import { on } from "./page.js";

function begin() {
  for (const box of document.querySelectorAll("[data-record-box]:not([data-begun])")) open(box);
}

function open(box) {
  box.dataset.begun = "";
  const input = box.querySelector("[role=combobox]");
  const list = box.querySelector("[role=listbox]");
  const chosen = box.querySelector("[data-chosen]");
  const tell = () => chosen.dispatchEvent(new Event("input", { bubbles: true }));
  // Whatever is typed stands for itself until a record is chosen: in the dialogue that is no record.
  input.addEventListener("input", () => {
    chosen.value = box.closest("[data-relate]") ? "" : input.value;
    tell();
  });
  const { hide } = combobox({
    input,
    list,
    address: (q) => `/choose/records?q=${encodeURIComponent(q)}&but=${encodeURIComponent(box.dataset.but)}`,
    take(option) {
      input.value = option.dataset.title;
      chosen.value = option.dataset.id;
      hide();
      tell();
    },
  });
  input.addEventListener("blur", hide);
}

on("relate", () => {
  const dialog = document.getElementById("relate");
  dialog.showModal();
  dialog.querySelector("[role=combobox]").focus();
});

document.addEventListener(
  "submit",
  (event) => {
    if (!event.target.matches("[data-relate]") || event.target.querySelector("[data-chosen]").value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.target.querySelector("[data-lacking]").hidden = false;
    event.target.querySelector("[role=combobox]").focus();
  },
  true,
);

document.addEventListener("htmx:afterSettle", begin);
begin();
