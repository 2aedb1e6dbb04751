// The drawer: every file with the one fact that matters, what needs a person first.
import { key } from "../keys.js";
import { icon, make, on } from "../page.js";
import { reason, t } from "../texts.js";
import { say, warn } from "../toasts.js";
import { chosen, dropped } from "./dropping.js";
import { NEEDS, OPEN, add, items, onChange, remove, retry } from "./queue.js";

const drawer = document.getElementById("drawer");
const FOLD = 50;
const RUNNING = ["sending", "working"];
const rows = new Map();

const SIGNS = {
  waiting: ["idle", "ring-dashed", "等待"],
  sending: ["run", "ring-arrow", "上传中"],
  working: ["run", "arc", "处理中"],
  done: ["ok", "ring-check", "完成"],
  duplicate: ["idle", "squares", "重复"],
  failed: ["bad", "disc-cross", "失败"],
  refused: ["bad", "disc-cross", "未收"],
  quarantined: ["bad", "triangle", "已隔离"],
};

function open() {
  drawer.hidden = false;
  document.body.classList.add("pushed");
}

function collapse() {
  if (drawer.hidden) return false;
  drawer.hidden = true;
  document.body.classList.remove("pushed");
  document.querySelector("[data-act=upload]:not([data-pill])")?.focus();
  drawPill();
}

function take(found) {
  if (!found.length) return;
  found.sort((one, other) => one.path.localeCompare(other.path, "zh", { numeric: true }));
  open();
  add(found, drawer.querySelector("[data-category]").value);
}

function bytes(count) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = count ? Math.min(Math.floor(Math.log2(count) / 10), 4) : 0;
  const value = count / 1024 ** power;
  return `${value.toFixed(power && value < 100 ? 1 : 0)} ${units[power]}`;
}

function left(item) {
  const seconds = (performance.now() - item.begun) / 1000;
  if (seconds < 2 || !item.sent) return "";
  const rest = Math.ceil((item.size - item.sent) / (item.sent / seconds));
  return rest < 90 ? t("还需 %(seconds)s 秒", { seconds: rest }) : t("还需 %(minutes)s 分钟", { minutes: Math.ceil(rest / 60) });
}

function fact(item) {
  switch (item.stage) {
    case "waiting":
      return t("前面还有 %(count)s 个", { count: items.filter((one) => OPEN.includes(one.stage) && one.key < item.key).length });
    case "sending":
      return [`${bytes(item.sent)} / ${bytes(item.size)}`, left(item)].filter(Boolean).join(" · ");
    case "working":
      return item.state === "running" ? t("提取文字，生成预览") : t("已存好，等待处理");
    case "done":
      return [item.category ? t("已归入类别") : t("已入收集箱"), item.reason && reason(item.reason)].filter(Boolean).join(" · ");
    case "duplicate":
      return t("内容已在馆内，未重复存放");
    case "failed":
      return item.reason === "network" ? t("传到 %(done)s 时网络中断", { done: `${Math.floor((100 * item.sent) / item.size)}%` }) : item.reason;
    default:
      return reason(item.reason);
  }
}

function rowOf(item) {
  if (rows.has(item.key)) return rows.get(item.key);
  const row = make("li", "up");
  const letters = item.name.includes(".") ? item.name.split(".").pop().toUpperCase() : "";
  row.append(make("span", "fic", letters && letters.length <= 4 ? letters : "?"));
  const middle = make("div", "grow");
  middle.append(make("div", "n cut said", item.path), make("div", "m cut"));
  const right = make("div", "row-x tight");
  right.append(make("span", "state"), make("span", "acts"));
  row.append(middle, right);
  rows.set(item.key, row);
  return row;
}

function draw(item) {
  const row = rowOf(item);
  const [tone, shape, word] = SIGNS[item.stage];
  const line = row.querySelector(".m");
  line.textContent = fact(item);
  line.title = line.textContent;
  line.className = `m cut ${NEEDS.includes(item.stage) ? "bad" : ""} ${item.stage === "done" && item.reason ? "warn" : ""}`;
  drawBar(row, item);
  if (row.dataset.stage === item.stage) return;
  row.dataset.stage = item.stage;
  const state = row.querySelector(".state");
  state.className = `state ${tone}`;
  state.replaceChildren(icon(`state-${shape}`, ""), t(word));
  row.querySelector(".acts").replaceChildren(...acts(item));
}

function drawBar(row, item) {
  let bar = row.querySelector("progress");
  const wanted = item.stage === "sending" || (item.stage === "failed" && item.sent > 0);
  if (!wanted) return bar?.remove();
  if (!bar) {
    bar = make("progress");
    bar.setAttribute("aria-label", item.name);
    row.append(bar);
  }
  bar.max = item.size || 1;
  bar.value = item.sent;
  bar.className = item.stage === "failed" ? "bad" : "";
}

function acts(item) {
  const found = [];
  const again = item.stage === "failed" || (item.stage === "quarantined" && item.reason !== "infected");
  if (again) found.push(button("refresh", t("重试"), () => retry(item).catch((fault) => warn(fault.message))));
  if (item.recordId && ["done", "duplicate"].includes(item.stage)) {
    const link = make("a", "iconbtn small");
    link.href = item.category || item.stage === "duplicate" ? `/records/${item.recordId}` : `/inbox?at=${item.recordId}`;
    link.setAttribute("aria-label", `${t("打开")} ${item.name}`);
    link.append(icon("arrow-up-right"));
    found.push(link);
  } else if (item.stage !== "working") {
    found.push(button("x", t("移除"), () => remove(item)));
  }
  return found.map((one) => {
    if (one.matches("button")) one.setAttribute("aria-label", `${one.title} ${item.name}`);
    return one;
  });
}

function button(name, word, run) {
  const made = make("button", "iconbtn small");
  made.type = "button";
  made.title = word;
  made.append(icon(name));
  made.addEventListener("click", run);
  return made;
}

const rank = ({ stage }) => [NEEDS, RUNNING, ["waiting"], ["done", "duplicate"]].findIndex((group) => group.includes(stage));
const count = (stages) => items.filter(({ stage }) => stages.includes(stage)).length;

function order() {
  const list = drawer.querySelector("[data-list]");
  const sorted = [...items].sort((one, other) => rank(one) - rank(other) || one.key - other.key);
  const folded = items.length > FOLD ? sorted.filter(({ stage }) => stage === "done") : [];
  const shown = sorted.filter((item) => !folded.includes(item)).slice(0, 200);
  const wanted = shown.map(rowOf);
  if (folded.length) wanted.push(make("li", "fold", t("完成 %(count)s", { count: folded.length })));
  if (wanted.length !== list.children.length || wanted.some((row, n) => row !== list.children[n])) {
    const focused = document.activeElement;
    list.replaceChildren(...wanted);
    if (list.contains(focused)) focused.focus();
  }
  for (const item of shown) draw(item);
  drawer.querySelector("[data-empty]").hidden = items.length > 0;
}

let told = "";

function sum() {
  const parts = [
    [NEEDS, "需处理 %(count)s"],
    [RUNNING, "进行中 %(count)s"],
    [["waiting"], "等待 %(count)s"],
    [["done", "duplicate"], "完成 %(count)s"],
  ].map(([stages, text]) => [count(stages), text]);
  const line = parts.filter(([n]) => n).map(([n, text]) => t(text, { count: n })).join("，");
  if (line && line !== told) drawer.querySelector("[data-sum]").textContent = told = line;
  drawer.querySelector("[data-title]").textContent = items.length ? t("上传 %(count)s 个文件", { count: items.length }) : t("上传");
  drawStack();
}

// Attributes of an SVG, for the policy lets no element carry a style.
function drawStack() {
  let x = 0;
  for (const [className, stages] of [["done", ["done", "duplicate"]], ["busy", RUNNING], ["needs", NEEDS]]) {
    const width = (100 * count(stages)) / (items.length || 1);
    const part = drawer.querySelector(`[data-stack] .${className}`);
    part.setAttribute("x", x);
    part.setAttribute("width", Math.max(0, width - 0.4));
    x += width;
  }
}

function drawPill() {
  const pill = document.querySelector("[data-pill]");
  const open = items.length - count(["done", "duplicate", ...NEEDS]);
  pill.hidden = !drawer.hidden || !open;
  pill.textContent = t("上传 %(done)s / %(count)s", { done: items.length - open, count: items.length });
}

let wasBusy = false;

function tellWhenDone() {
  const busy = items.some(({ stage }) => [...OPEN, "working"].includes(stage));
  if (wasBusy && !busy) document.body.dispatchEvent(new Event("fonds-arrived"));
  if (wasBusy && !busy && items.length && drawer.hidden) {
    const needs = count(NEEDS);
    if (needs) warn(t("需处理 %(count)s", { count: needs }));
    else say(t("%(count)s 个文件都已收进", { count: items.length }));
  }
  wasBusy = busy;
}

let drawing = 0;

function redraw() {
  if (drawing) return;
  drawing = requestAnimationFrame(() => {
    drawing = 0;
    order();
    sum();
    drawPill();
    tellWhenDone();
  });
}

function listen() {
  const veil = document.getElementById("veil");
  const carriesFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  let depth = 0;
  const lift = () => {
    depth = 0;
    veil.hidden = true;
  };
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth++;
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => carriesFiles(event) && --depth <= 0 && lift());
  document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  document.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    lift();
    take(await dropped(event.dataTransfer));
  });
  document.addEventListener("paste", ({ clipboardData }) => take(chosen(clipboardData?.files ?? [])));
  for (const id of ["files", "folder"]) {
    const input = document.getElementById(id);
    on(`choose-${id === "files" ? "files" : "folder"}`, () => input.click());
    input.addEventListener("change", () => {
      take(chosen(input.files));
      input.value = "";
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (items.some(({ stage }) => OPEN.includes(stage))) event.preventDefault();
  });
}

if (drawer) {
  onChange(redraw);
  listen();
  const toggle = () => (drawer.hidden ? (open(), drawer.querySelector("button[data-act^=choose]").focus()) : collapse());
  on("upload", toggle);
  on("collapse", collapse);
  key("u", toggle);
  key("escape", collapse);
}
