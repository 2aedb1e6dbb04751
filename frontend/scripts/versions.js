// The next version of a file: it is sent as soon as it is chosen, with its progress where it was chosen.
import htmx from "htmx.org";
import { csrf } from "./page.js";
import { t } from "./texts.js";
import { say } from "./toasts.js";

function send(form, file) {
  const request = new XMLHttpRequest();
  const bar = form.querySelector("progress");
  const note = form.querySelector(".note");
  const query = new URLSearchParams({ name: file.name, why: form.elements.why.value.trim() });
  bar.hidden = false;
  note.hidden = true;
  request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = total ? loaded / total : 0));
  request.addEventListener("loadend", () => {
    bar.hidden = true;
    if (request.status === 201) return done();
    note.textContent = refused(request);
    note.hidden = false;
    form.elements.file.value = "";
  });
  request.open("POST", `${form.dataset.version}?${query}`);
  request.setRequestHeader("X-CSRF-Token", csrf());
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.send(file);
}

function refused(request) {
  if (!request.status) return t("网络已断开，稍后重试");
  if (request.status === 401) return t("登录已过期，重新登录后重试");
  try {
    const problem = JSON.parse(request.responseText);
    return problem.detail || problem.title;
  } catch {
    return t("出错了，稍后重试");
  }
}

function done() {
  say(t("已换新版本，旧版本仍可下载"));
  htmx.ajax("GET", location.pathname, { target: "#main", select: "#main", swap: "outerHTML" });
}

document.addEventListener("change", ({ target }) => {
  const form = target.closest("[data-version]");
  if (form && target.type === "file" && target.files.length) send(form, target.files[0]);
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-version]")) event.preventDefault();
});
