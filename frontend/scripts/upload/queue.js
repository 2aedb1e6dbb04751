// The queue: what each file is at, three under way at once, and a look every second at what the archive works on.
// Stages: waiting -> sending -> working -> done | duplicate; refused, failed and quarantined need a person.
import { closeRun, fileNow, linesOf, noteEntry, retryFile, sendFile, startRun } from "./sending.js";

const AT_ONCE = 3;
const LOOK = 1000;
const LOOK_SLOWLY = 4000;

export const items = [];
const runs = new Map();
let changed = () => {};
let looking = false;
let number = 0;

export const NEEDS = ["failed", "refused", "quarantined"];
export const OPEN = ["waiting", "sending"];

export function onChange(listener) {
  changed = listener;
}

export function add(found, category) {
  for (const { file, path } of found) {
    items.push({ key: ++number, file, path, name: file.name, size: file.size, category, stage: "waiting", sent: 0 });
  }
  changed();
  pump();
}

export function remove(item) {
  item.abort?.();
  items.splice(items.indexOf(item), 1);
  changed();
  pump();
}

export async function retry(item) {
  if (item.fileId && item.stage === "quarantined") {
    await retryFile(item.fileId);
    set(item, "working", { reason: "" });
    return look();
  }
  set(item, "waiting", { sent: 0, reason: "" });
  pump();
}

function set(item, stage, more = {}) {
  Object.assign(item, { stage }, more);
  changed(item);
}

// One run a drop and category, opened when its first file goes; a run that failed to open is asked for again.
function runOf(category) {
  if (!runs.has(category)) {
    const opened = startRun(category).then((run) => run.id);
    opened.catch(() => runs.delete(category));
    runs.set(category, opened);
  }
  return runs.get(category);
}

function pump() {
  const busy = items.filter((item) => item.stage === "sending").length;
  for (const item of items.filter((one) => one.stage === "waiting").slice(0, Math.max(0, AT_ONCE - busy))) send(item);
  closeWhenSent();
}

async function send(item) {
  set(item, "sending", { begun: performance.now() });
  try {
    item.run = await runOf(item.category);
    if (!item.size) return await refuseEmpty(item);
    const way = sendFile(item.run, item, (sent) => set(item, "sending", { sent }));
    item.abort = way.abort;
    settle(item, await way.done);
  } catch (fault) {
    if (fault.message !== "aborted") set(item, "failed", { reason: fault.message, abort: null });
  } finally {
    item.abort = null;
    pump();
    look();
  }
}

async function refuseEmpty(item) {
  await noteEntry(item.run, { path: item.path, fate: "set_aside", reason: "empty", size: 0 });
  set(item, "refused", { reason: "empty" });
}

function settle(item, line) {
  Object.assign(item, { recordId: line.record_id, fileId: line.file_id, sent: item.size });
  const stages = { "": "working", archived: "done", duplicates: "duplicate", quarantined: "quarantined" };
  const stage = stages[line.fate] ?? "refused";
  if (stage !== item.stage) set(item, stage, { reason: line.reason });
}

function closeWhenSent() {
  if (items.some((item) => OPEN.includes(item.stage))) return;
  for (const [category, run] of runs) {
    runs.delete(category);
    run.then(closeRun).catch(() => {});
  }
}

export const working = () => items.filter((item) => item.stage === "working");

async function look() {
  if (looking) return;
  looking = true;
  for (let rounds = 0; working().length; rounds++) {
    await pause(document.hidden || rounds > 60 ? LOOK_SLOWLY : LOOK);
    try {
      await lookOnce();
    } catch {
      await pause(LOOK_SLOWLY);
    }
  }
  looking = false;
}

async function lookOnce() {
  for (const run of new Set(working().map((item) => item.run))) {
    const lines = new Map((await linesOf(run)).map((line) => [line.file_id, line]));
    for (const item of working().filter((one) => one.run === run)) {
      const line = lines.get(item.fileId);
      if (line?.fate) settle(item, line);
    }
  }
  const [first] = working();
  if (first) set(first, "working", { state: (await fileNow(first.fileId)).state });
}

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
