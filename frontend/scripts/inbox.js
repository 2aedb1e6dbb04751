// Suggestions by keyboard: a digit accepts one or opens its field, Enter accepts the rest and saves, S B Z.
import htmx from "htmx.org";
import { key } from "./keys.js";
import { on } from "./page.js";
import { t } from "./texts.js";

const form = () => document.querySelector("[data-description]");
const inbox = () => document.querySelector("[data-description][data-inbox]");
const controls = (field) => [...field.querySelectorAll("[name]:not([type=hidden])")];
const several = (control) => control.type === "radio" || control.type === "checkbox";

function standing(field) {
  const all = controls(field);
  if (several(all[0])) return all.filter((one) => one.checked).map((one) => one.value).filter(Boolean);
  return all[0].value.trim() ? [all[0].value] : [];
}

function put(field, values) {
  for (const control of controls(field)) {
    if (several(control)) control.checked = values.includes(control.value);
    else control.value = values[0] ?? "";
  }
  controls(field)[0].dispatchEvent(new Event("input", { bubbles: true }));
}

const wanted = (offer) => JSON.parse(offer.dataset.values);
const accepted = (offer) => String(standing(offer.closest("[data-field]"))) === String(wanted(offer));

// A field of a category that is only suggested is asked for because of it: who accepts the one accepts the other.
function accept(offer) {
  const field = offer.closest("[data-field]");
  const leaning = field.closest("[data-leaning]");
  if (leaning) chooseCategory(leaning.dataset.leaning);
  field.stood ??= standing(field);
  put(field, wanted(offer));
  if (offer.dataset.for === "category") chooseCategory(wanted(offer)[0]);
}

function chooseCategory(code) {
  const choice = form().querySelector("[data-category-choice]");
  choice.value = code;
  const drawn = document.querySelector(`[data-leaning="${CSS.escape(code)}"]`);
  if (drawn) drawn.removeAttribute("data-leaning");
  else choice.dispatchEvent(new Event("change", { bubbles: true }));
  choice.dispatchEvent(new Event("input", { bubbles: true }));
}

function toggle(offer) {
  const field = offer.closest("[data-field]");
  if (!accepted(offer)) return accept(offer);
  put(field, field.stood ?? []);
  field.dataset.own = "yes";
}

function mark() {
  const sheet = form();
  if (!sheet) return;
  const offers = [...sheet.querySelectorAll("[data-offer]")];
  for (const offer of offers) {
    const taken = accepted(offer);
    offer.querySelector("[data-act=take]").setAttribute("aria-pressed", String(taken));
    offer.closest("[data-field]").classList.toggle("taken", taken);
  }
  const decided = document.querySelector("[data-decided]");
  const done = offers.filter(accepted).length;
  if (decided) decided.textContent = offers.length ? t("%(done)s / %(count)s 已采纳", { done, count: offers.length }) : "";
}

on("take", (button) => toggle(button.closest("[data-offer]")));

function digit(number) {
  const field = form()?.querySelector(`[data-digit="${number}"]`);
  if (!field) return false;
  document.querySelector("[data-tab-to=form]")?.click();
  const offer = field.querySelector("[data-offer]");
  if (offer) toggle(offer);
  else controls(field)[0].focus();
  field.scrollIntoView({ block: "nearest" });
  show(number);
}

// The same digit in the text: what is being decided is framed there.
function show(number) {
  for (const mark of document.querySelectorAll("#evidence mark.ev")) {
    const here = Boolean(number) && mark.dataset.digits.includes(number);
    mark.classList.toggle("now", here);
    if (here) mark.scrollIntoView({ block: "nearest" });
  }
}

for (const number of "123456789") key(number, () => digit(number));

document.addEventListener("focusin", ({ target }) => {
  const field = target.closest?.(".p-inbox [data-field]");
  if (field) show(field.dataset.digit ?? "");
});

// What somebody has typed himself is never replaced by "the rest".
document.addEventListener("input", ({ target, isTrusted }) => {
  const field = target.closest?.("[data-field]");
  if (field && isTrusted) field.dataset.own = "yes";
  queueMicrotask(mark);
});

function acceptRest(sheet) {
  const open = [...sheet.querySelectorAll("[data-offer][data-rest]")];
  for (const offer of open) if (!offer.closest("[data-field]").dataset.own && !restored(offer)) accept(offer);
}

const restored = (offer) => {
  const field = offer.closest("[data-field]");
  return field.classList.contains("changed") && !accepted(offer);
};

function lacking(sheet) {
  const empty = [...sheet.querySelectorAll("[data-required]")].filter((field) => !standing(field).length);
  const note = sheet.querySelector("[data-lacking]");
  note.hidden = !empty.length;
  if (!empty.length) return false;
  const names = empty.map((field) => field.dataset.required).join("、");
  note.textContent = t("还缺“%(names)s”，填写后移出收集箱；也可先存著录", { names });
  controls(empty[0])[0].focus();
  empty[0].scrollIntoView({ block: "center" });
  return true;
}

function restAndSave(sheet) {
  acceptRest(sheet);
  mark();
  if (lacking(sheet)) return;
  sheet.complete = true;
  sheet.requestSubmit(sheet.querySelector("[data-rest-and-save]"));
}

document.addEventListener(
  "submit",
  (event) => {
    const sheet = event.target;
    if (!sheet.matches("[data-inbox]")) return;
    // While the fields of another category are on their way the sending waits, and which button it was is forgotten.
    const anyway = event.submitter?.matches("[data-anyway]") ?? false;
    sheet.querySelector("[data-said]").value = anyway ? "yes" : "";
    if (anyway) return;
    if (sheet.complete) return void (sheet.complete = false);
    event.preventDefault();
    event.stopImmediatePropagation();
    restAndSave(sheet);
  },
  true,
);

key("enter", () => {
  const sheet = inbox();
  return sheet && !document.querySelector("[data-batch]") ? restAndSave(sheet) : false;
});
key("s", () => document.querySelector("[data-skip]")?.click() ?? false);
key("z", () => document.querySelector("[data-undo]")?.requestSubmit() ?? false);

// The same drop: first what would change, then the change.
on("batch", () => {
  const sheet = inbox();
  const box = { target: "#batch", swap: "outerHTML", select: "#batch", source: sheet };
  return htmx.ajax("POST", `/inbox/${sheet.dataset.record}/batch/preview`, box).then(() => {
    document.getElementById("batch").focus();
  });
});
on("batch-close", (button) => {
  const empty = document.createElement("div");
  empty.id = "batch";
  button.closest("#batch").replaceWith(empty);
  document.querySelector("[data-act=batch]").focus();
});
key("b", () => document.querySelector("[data-act=batch]")?.click() ?? false);

// The offer to take back ends when the server's does.
function countDown() {
  for (const undo of document.querySelectorAll("[data-undo]")) {
    undo.timer ??= setTimeout(() => undo.remove(), undo.dataset.seconds * 1000);
  }
}

// A form that was opened while its files were still being read gets its suggestions when they are there. What was
// typed is kept on this device and comes back; nobody is interrupted while he types.
function complete() {
  const sheet = inbox();
  if (!sheet?.hasAttribute("data-working") || sheet.contains(document.activeElement)) return;
  if (document.querySelector("#iprev")?.dataset.read !== sheet.dataset.record) return;
  sheet.removeAttribute("data-working");
  htmx.ajax("GET", `/inbox?at=${sheet.dataset.record}`, { target: "#main", select: "#main", swap: "outerHTML" });
}
document.addEventListener("focusout", () => setTimeout(complete, 0));

function begin() {
  mark();
  countDown();
  complete();
}
document.addEventListener("htmx:afterSettle", begin);
begin();
