// The session ended under somebody's hands, or an act of weight wants a proof of who he is: ask in place, then do what
// was being done.
import { csrf } from "./page.js";
import { t } from "./texts.js";

const dialog = document.getElementById("again");
let waiting = null;

const meta = () => document.querySelector('meta[name="csrf-token"]');

// A change that is sent to the sign-in page stays here, with everything typed, until its person is back.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, elt, requestConfig } = event.detail;
  const elsewhere = xhr.getResponseHeader("HX-Redirect") ?? "";
  if (!dialog || !elsewhere.startsWith("/sign-in")) return;
  event.preventDefault();
  if (requestConfig.verb === "get" && !elt.closest("a, form")) return;
  waiting = { elt, submitter: requestConfig.triggeringEvent?.submitter };
  if (!dialog.open) dialog.showModal();
  field("password").focus();
});

function renew(token) {
  meta().content = token;
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
}

function goOn() {
  const { elt, submitter } = waiting ?? {};
  waiting = null;
  if (!elt?.isConnected) return;
  if (elt.matches("form")) {
    elt.complete = true; // the inbox has already asked what lacks
    elt.requestSubmit(submitter?.form === elt ? submitter : undefined);
  } else elt.click();
}

function wrong(text, where = dialog) {
  const note = where.querySelector("[data-wrong]");
  note.hidden = !text;
  note.querySelector("span").textContent = text;
}

const field = (name) => document.getElementById(`again-${name}`);

// Who has a second factor is asked for its code, once the password was right.
function askCode(asked) {
  field("code").closest(".field").hidden = !asked;
  field("code").required = asked;
  field("code").value = "";
  if (asked) field("code").focus();
}

async function signIn() {
  const said = { name: field("name").value, password: field("password").value };
  const code = field("code").value.trim();
  const body = JSON.stringify(code ? { ...said, code } : said);
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf() };
  let answer;
  try {
    answer = await fetch("/api/v1/session", { method: "POST", headers, body });
  } catch {
    return wrong(t("网络已断开，稍后重试"));
  }
  const told = await answer.json().catch(() => ({}));
  if (told.code === "second_factor_needed") {
    wrong("");
    return askCode(true);
  }
  if (!answer.ok) {
    wrong(told.title ?? t("出错了，稍后重试"));
    if (told.code === "wrong_code") return askCode(true);
  }
  field("password").value = "";
  askCode(false);
  if (!answer.ok) return field("password").focus();
  wrong("");
  renew(told.csrf);
  dialog.close();
  goOn();
}

dialog?.addEventListener("submit", (event) => {
  event.preventDefault();
  signIn();
});

const proof = document.getElementById("proof");
let way = "password";

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, elt, requestConfig } = event.detail;
  const wanted = xhr.getResponseHeader("X-Fonds-Proof");
  if (!proof || !wanted) return;
  event.preventDefault();
  way = wanted;
  waiting = { elt, submitter: requestConfig.triggeringEvent?.submitter };
  for (const part of proof.querySelectorAll("[data-way]")) part.hidden = part.dataset.way !== way;
  wrong("", proof);
  if (!proof.open) proof.showModal();
  proof.querySelector(`[data-way="${way}"] input`)?.focus();
});

async function prove() {
  const field = proof.querySelector(`[data-way="${way}"] input`);
  if (field) {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf() };
    const body = JSON.stringify({ secret: field.value });
    let answer;
    try {
      answer = await fetch("/api/v1/session/proof", { method: "POST", headers, body });
    } catch {
      return wrong(t("网络已断开，稍后重试"), proof);
    }
    field.value = "";
    if (!answer.ok) {
      const said = await answer.json().catch(() => ({}));
      field.focus();
      return wrong(said.faults?.[0]?.message ?? said.detail ?? t("出错了，稍后重试"), proof);
    }
  }
  proof.close();
  goOn();
}

proof?.addEventListener("submit", (event) => {
  event.preventDefault();
  prove();
});
proof?.querySelector("[data-cancel]").addEventListener("click", () => proof.close());
