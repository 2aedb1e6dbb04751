// A row of the drawer: type, name, the one fact that matters, state, at most two actions.
import { icon, make } from "../page.js";
import { reason, t } from "../texts.js";
import { warn } from "../toasts.js";
import { edit } from "./presets.js";
import { NEEDS, holdOne, items, remove, retry } from "./queue.js";

const rows = new Map();

const SIGNS = {
  waiting: ["idle", "ring-dashed", "等待"],
  sending: ["run", "ring-arrow", "上传中"],
  paused: ["warn", "ring-bars", "已暂停"],
  asleep: ["warn", "ring-bars", "待续传"],
  verifying: ["run", "arc", "核对中"],
  working: ["run", "arc", "处理中"],
  done: ["ok", "ring-check", "完成"],
  duplicate: ["idle", "squares", "重复"],
  failed: ["bad", "disc-cross", "失败"],
  refused: ["bad", "disc-cross", "未收"],
  quarantined: ["bad", "triangle", "已隔离"],
};

export function bytes(count) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = count ? Math.min(Math.floor(Math.log2(count) / 10), 4) : 0;
  const value = count / 1024 ** power;
  return `${value.toFixed(power && value < 100 ? 1 : 0)} ${units[power]}`;
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const rest = Math.ceil(seconds);
  return rest < 90 ? t("还需 %(seconds)s 秒", { seconds: rest }) : t("还需 %(minutes)s 分钟", { minutes: Math.ceil(rest / 60) });
}

function pace(item) {
  const seconds = (performance.now() - item.begun) / 1000;
  const gone = item.sent - (item.base ?? 0);
  if (seconds < 2 || gone <= 0 || item.sent >= item.size) return [];
  const rate = gone / seconds;
  return [`${bytes(rate)}/s`, duration((item.size - item.sent) / rate)];
}

const percent = (item) => `${Math.floor((100 * item.sent) / (item.size || 1))}%`;

function doneFact(item) {
  const place = item.presets.record ? t("已加到档案") : item.inbox ? t("已入收集箱") : t("已归入类别");
  const lacks = !item.presets.record && item.inbox && item.missing?.length ? t("还缺 %(count)s 项必填", { count: item.missing.length }) : "";
  return [place, lacks, item.reason && reason(item.reason)].filter(Boolean).join(" · ");
}

function asleepFact(item) {
  const words = {
    permission: "刷新后要再点一次“继续”，浏览器才让读这个文件",
    changed: "原文件已改动，移除后重新上传",
    file: "刷新后读不到原文件，再选一次同一个文件就接着传",
  };
  return `${item.sent > item.size / 100 ? t("已传 %(done)s，", { done: percent(item) }) : ""}${t(words[item.reason] ?? words.file)}`;
}

function failedFact(item) {
  if (item.reason === "network") return t("传到 %(done)s 时网络中断，已传部分保留", { done: percent(item) });
  return item.reason === "unreadable" ? t("原文件读不到了，放回原处后重试") : item.reason;
}

const FACTS = {
  waiting: (item) => t("前面还有 %(count)s 个", { count: items.filter((one) => ["waiting", "sending"].includes(one.stage) && one.key < item.key).length }),
  sending: (item) => [`${bytes(item.sent)} / ${bytes(item.size)}`, ...pace(item)].filter(Boolean).join(" · "),
  paused: (item) => t("已传 %(sent)s / %(size)s", { sent: bytes(item.sent), size: bytes(item.size) }),
  asleep: asleepFact,
  verifying: () => t("核对摘要"),
  working: (item) => (item.state === "running" ? t("提取文字，生成预览") : t("已存好，等待处理")),
  done: doneFact,
  duplicate: (item) => t("已存在：%(what)s，未重复存放", { what: item.refCode || item.title || item.name }),
  failed: failedFact,
};

const fact = (item) => (FACTS[item.stage] ? FACTS[item.stage](item) : reason(item.reason));

export function rowOf(item) {
  if (rows.has(item.id)) return rows.get(item.id);
  const row = make("li", "up");
  const letters = item.name.includes(".") ? item.name.split(".").pop().toUpperCase() : "";
  row.append(make("span", "fic", letters && letters.length <= 4 ? letters : "?"));
  const middle = make("div", "grow");
  const name = make("div", "n cut said", item.path);
  name.title = item.path;
  middle.append(name, make("div", "m cut"));
  const right = make("div", "row-x tight");
  right.append(make("span", "state"), make("span", "acts"));
  row.append(middle, right);
  rows.set(item.id, row);
  return row;
}

export function draw(item) {
  const row = rowOf(item);
  const [tone, shape, word] = SIGNS[item.stage];
  drawFact(row, item);
  drawBar(row, item);
  const shown = `${item.stage} ${item.reason ?? ""} ${item.recordId ?? ""}`;
  if (row.dataset.shown === shown) return;
  row.dataset.shown = shown;
  row.dataset.stage = item.stage;
  const state = row.querySelector(".state");
  state.className = `state ${tone}`;
  state.replaceChildren(icon(`state-${shape}`, ""), t(word));
  const focused = row.querySelector(".acts :focus")?.dataset.does;
  row.querySelector(".acts").replaceChildren(...acts(item));
  if (focused) (row.querySelector(`[data-does=${focused}]`) ?? row.querySelector(".acts > *"))?.focus();
}

function drawFact(row, item) {
  const line = row.querySelector(".m");
  const text = fact(item);
  if (line.title !== text) {
    line.title = text;
    if (item.stage === "duplicate" && item.recordId) line.replaceChildren(link(item, text));
    else line.textContent = text;
  }
  const lacks = item.stage === "done" && (item.reason || item.missing?.length);
  line.className = `m cut ${item.stage === "asleep" ? "warn" : NEEDS.includes(item.stage) ? "bad" : ""} ${lacks ? "warn" : ""}`;
}

function link(item, text) {
  const made = make("a", "", text);
  made.href = `/records/${item.recordId}`;
  return made;
}

function drawBar(row, item) {
  let bar = row.querySelector("progress");
  const wanted = ["sending", "paused", "verifying", "working"].includes(item.stage) || (["failed", "asleep"].includes(item.stage) && item.sent > 0);
  if (!wanted) return bar?.remove();
  if (!bar) {
    bar = make("progress");
    bar.setAttribute("aria-label", item.name);
    row.append(bar);
  }
  bar.max = item.size || 1;
  bar.value = item.sent;
  bar.className = { failed: "bad", paused: "held", asleep: "held", verifying: "run", working: "run" }[item.stage] ?? "";
}

function acts(item) {
  const { stage } = item;
  const found = [];
  if (stage === "sending") found.push(button("player-pause", "pause", t("暂停"), () => holdOne(item, true), item));
  if (stage === "paused") found.push(button("player-play", "resume", t("继续"), () => holdOne(item, false), item));
  if (stage === "asleep" && item.handle) found.push(button("player-play", "resume", t("继续"), () => again(item), item));
  else if (stage === "asleep" && item.reason === "file") found.push(button("file-text", "choose", t("再选这个文件"), () => document.getElementById("files").click(), item));
  if (stage === "failed" || (stage === "quarantined" && item.reason !== "infected")) found.push(button("refresh", "retry", t("重试"), () => again(item), item));
  const described = ["waiting", "verifying", "working", "done"].includes(stage) && !item.presets.record;
  if (described) found.push(button("adjustments-horizontal", "edit", t("改归类"), () => edit(item), item));
  if (item.recordId && ["done", "duplicate"].includes(stage)) found.push(opener(item));
  else if (!["working", "verifying"].includes(stage)) found.push(button("x", "remove", t("移除"), () => remove(item), item));
  return found;
}

function opener(item) {
  const made = make("a", "iconbtn small");
  made.href = item.inbox && !item.presets.record ? `/inbox?at=${item.recordId}` : `/records/${item.recordId}`;
  made.dataset.does = "open";
  made.title = t("打开");
  made.setAttribute("aria-label", `${t("打开")} ${item.name}`);
  made.append(icon("arrow-up-right"));
  return made;
}

const again = (item) => Promise.resolve(retry(item)).catch((fault) => warn(fault.message));

function button(name, does, word, run, item) {
  const made = make("button", "iconbtn small");
  made.type = "button";
  made.title = word;
  made.dataset.does = does;
  made.setAttribute("aria-label", `${word} ${item.name}`);
  made.append(icon(name));
  made.addEventListener("click", run);
  return made;
}
