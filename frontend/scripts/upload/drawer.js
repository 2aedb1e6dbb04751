// The drawer: every file with the one fact that matters, what needs a person first.
import { key } from "../keys.js";
import { icon, make, on } from "../page.js";
import { t } from "../texts.js";
import { say, warn } from "../toasts.js";
import { chosen, dropped } from "./dropping.js";
import { drawJoin, listenToPresets, presetsNow } from "./presets.js";
import { LEFT, NEEDS, OPEN, add, dropId, holdAll, items, onChange, takeUp } from "./queue.js";
import { draw, duration, rowOf } from "./rows.js";

const drawer = document.getElementById("drawer");
const FOLD = 50;
const MOST = 200;
const RUNNING = ["sending", "verifying", "working"];
const ENDED = ["done", "duplicate"];
let lastDrop = "";
let onlyNeeds = false;

function open() {
  drawer.hidden = false;
  document.body.classList.add("pushed");
  drawJoin();
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
  lastDrop = dropId();
  add(found, presetsNow(), lastDrop);
}

const rank = ({ stage }) => [NEEDS, RUNNING, ["waiting", "paused"], ENDED].findIndex((group) => group.includes(stage));
const count = (stages) => items.filter(({ stage }) => stages.includes(stage)).length;

function order() {
  const list = drawer.querySelector("[data-list]");
  const wide = onlyNeeds ? items.filter(({ stage }) => NEEDS.includes(stage)) : items;
  const sorted = [...wide].sort((one, other) => rank(one) - rank(other) || one.key - other.key);
  const folded = sorted.length > FOLD ? sorted.filter(({ stage }) => stage === "done") : [];
  const shown = sorted.filter((item) => !folded.includes(item)).slice(0, MOST);
  const wanted = shown.map(rowOf);
  if (folded.length) wanted.push(make("li", "fold", t("完成 %(count)s", { count: folded.length })));
  if (wanted.length !== list.children.length || wanted.some((row, n) => row !== list.children[n])) {
    const focused = document.activeElement;
    list.replaceChildren(...wanted);
    if (list.contains(focused)) focused.focus();
  }
  for (const item of shown) draw(item);
  drawer.querySelector("[data-empty]").hidden = items.length > 0;
  drawFolders();
}

function drawFolders() {
  const line = drawer.querySelector("[data-folders]");
  const roots = [...new Set(items.filter(({ path }) => path.includes("/")).map(({ path }) => path.split("/")[0]))];
  line.hidden = !roots.length;
  const text = roots.length ? t("%(folders)s 的文件夹结构保留为来源路径", { folders: `${roots.slice(0, 3).join("/、")}/` }) : "";
  if (line.lastElementChild.textContent !== text) line.lastElementChild.textContent = text;
}

// Bytes a second, smoothed, over all that is under way.
const speed = { at: 0, sent: 0, rate: 0 };

function left() {
  const now = performance.now();
  const sent = items.reduce((sum, item) => sum + item.sent, 0);
  if (now - speed.at > 1000) {
    const rate = Math.max(0, ((sent - speed.sent) * 1000) / (now - speed.at));
    speed.rate = speed.at && now - speed.at < 5000 ? 0.6 * speed.rate + 0.4 * rate : rate;
    Object.assign(speed, { at: now, sent });
  }
  const rest = items.filter(({ stage }) => ["waiting", "sending"].includes(stage)).reduce((sum, item) => sum + item.size - item.sent, 0);
  return rest > 8e6 && speed.rate > 1000 ? duration(rest / speed.rate) : "";
}

let told = "";

function sum() {
  const parts = [
    [NEEDS, "需处理 %(count)s"],
    [RUNNING, "进行中 %(count)s"],
    [["waiting", "paused"], "等待 %(count)s"],
    [ENDED, "完成 %(count)s"],
  ].map(([stages, text]) => [count(stages), text, stages]);
  const words = parts.filter(([n]) => n).map(([n, text, stages]) => [t(text, { count: n }), stages]);
  const line = words.map(([text]) => text).join("，");
  const place = drawer.querySelector("[data-sum]");
  if (line && line !== told) {
    told = line;
    const shown = words.map(([text, stages]) => (stages === NEEDS ? make("b", "bad", text) : text));
    place.replaceChildren(...shown.flatMap((one, n) => (n ? ["，", one] : [one])), make("span"));
  }
  const rest = left();
  if (place.lastElementChild) place.lastElementChild.textContent = rest && ` · ${rest}`;
  drawer.querySelector("[data-title]").textContent = items.length ? t("上传 %(count)s 个文件", { count: items.length }) : t("上传");
  drawStack();
  drawSwitches();
}

function drawSwitches() {
  const held = count(["paused"]);
  const going = count(["waiting", "sending"]);
  const all = drawer.querySelector("[data-act=hold-all]");
  all.hidden = held + going < 2;
  const act = going ? "pause" : "play";
  if (all.dataset.does !== act) {
    all.dataset.does = act;
    all.replaceChildren(icon(`player-${act}`), going ? t("全部暂停") : t("全部继续"));
  }
  const needs = count(NEEDS);
  const only = drawer.querySelector("[data-act=only-needs]");
  if (!needs) onlyNeeds = false;
  only.hidden = !needs || needs === items.length;
  only.setAttribute("aria-pressed", String(onlyNeeds));
  only.textContent = onlyNeeds ? t("看全部 %(count)s", { count: items.length }) : t("只看需处理 %(count)s", { count: needs });
}

// Attributes of an SVG, for the policy lets no element carry a style.
function drawStack() {
  let x = 0;
  for (const [className, stages] of [["done", ENDED], ["busy", RUNNING], ["needs", NEEDS]]) {
    const width = (100 * count(stages)) / (items.length || 1);
    const part = drawer.querySelector(`[data-stack] .${className}`);
    part.setAttribute("x", x);
    part.setAttribute("width", Math.max(0, width - 0.4));
    x += width;
  }
}

function drawPill() {
  const pill = document.querySelector("[data-pill]");
  if (!pill) return;
  const unfinished = items.length - count([...ENDED, ...NEEDS]);
  pill.hidden = !drawer.hidden || !(unfinished || count(["asleep"]));
  pill.textContent = unfinished ? t("上传 %(done)s / %(count)s", { done: items.length - unfinished, count: items.length }) : t("待续传 %(count)s", { count: count(["asleep"]) });
}

let wasBusy = false;
let arrived = 0;

// The page behind learns of what has come, at most once a second while more comes.
function tellThePage() {
  const now = items.filter(({ recordId, stage }) => recordId && stage !== "duplicate").length * 1000 + count(ENDED);
  if (now === arrived) return;
  arrived = now;
  clearTimeout(tellThePage.timer);
  tellThePage.timer = setTimeout(() => document.body.dispatchEvent(new Event("fonds-arrived")), 700);
}

function tellWhenDone() {
  const busy = items.some(({ stage }) => ["waiting", ...RUNNING].includes(stage));
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
  const run = () => {
    drawing = 0;
    order();
    sum();
    drawPill();
    tellThePage();
    tellWhenDone();
  };
  // A hidden page gets no frames, and its uploads go on.
  drawing = document.hidden ? setTimeout(run, 200) : requestAnimationFrame(run);
}

function listenToDrops() {
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
    const joins = drawJoin();
    for (const text of veil.querySelectorAll("[data-to]")) text.hidden = (text.dataset.to === "record") !== joins;
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => carriesFiles(event) && --depth <= 0 && lift());
  document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  document.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    lift();
    try {
      take(await dropped(event.dataTransfer));
    } catch {
      warn(t("有文件读不到，换“选文件夹”再试"));
    }
  });
}

function listen() {
  listenToDrops();
  document.addEventListener("paste", ({ clipboardData }) => take(chosen(clipboardData?.files ?? [])));
  for (const id of ["files", "folder", "photo"]) {
    const input = document.getElementById(id);
    on(`choose-${id}`, () => input.click());
    input.addEventListener("change", () => {
      take(chosen(input.files));
      input.value = "";
    });
  }
  on("hold-all", () => holdAll(count(["waiting", "sending"]) > 0));
  on("only-needs", () => {
    onlyNeeds = !onlyNeeds;
    redraw();
  });
  window.addEventListener("beforeunload", (event) => {
    if (items.some(({ stage }) => OPEN.includes(stage))) event.preventDefault();
  });
  document.addEventListener("htmx:afterSettle", drawJoin);
}

async function begin() {
  const found = await takeUp();
  if (!found || !items.length) return;
  say(t("接着传上次没有传完的 %(count)s 个文件", { count: found }));
  if (items.some(({ stage }) => LEFT.includes(stage))) open();
  redraw();
}

if (drawer) {
  onChange(redraw);
  listen();
  listenToPresets(() => items.filter((item) => item.drop === lastDrop), (fault) => warn(fault.message));
  const toggle = () => (drawer.hidden ? (open(), drawer.querySelector("button[data-act^=choose]").focus()) : collapse());
  on("upload", toggle);
  on("collapse", collapse);
  key("u", toggle);
  key("escape", collapse);
  begin();
}
