// The queue: what each file is at, from its drop to the end of its processing.
// Stages: waiting -> sending -> verifying -> working -> done | duplicate; paused by a person; asleep without its
// file after a reload; failed, refused and quarantined need a person.
import { Away, Refused, giveUp, partsOf, pause, preset, retryFile, uploadNow, uploadsNow } from "./api.js";
import { forget, hold, start } from "./engine.js";
import { forgetItem, leftOver, note, remember } from "./memory.js";

const LOOK = 1000;
const LOOK_SLOWLY = 4000;
const AGAIN = 15_000;

export const items = [];
let changed = () => {};
let looking = false;
let number = 0;

export const NEEDS = ["failed", "refused", "quarantined", "asleep"];
export const OPEN = ["waiting", "sending", "paused"];
export const LEFT = [...OPEN, "asleep"];
const ON_THE_WAY = ["verifying", "working"];

export function onChange(listener) {
  changed = listener;
}

function freshId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const dropId = freshId;

// Take files in; those that an interrupted upload waits for wake it instead.
export async function add(found, presets, drop) {
  const fresh = [];
  for (const { file, path, handle } of found) {
    const asleep = items.find((item) => item.stage === "asleep" && item.name === file.name && item.size === file.size && item.modified === file.lastModified);
    if (asleep) wake(asleep, file);
    else fresh.push({ id: freshId(), key: ++number, file, handle, path, name: file.name, size: file.size, modified: file.lastModified, presets: { ...presets }, drop, stage: "waiting", sent: 0, at: Date.now() });
  }
  items.push(...fresh);
  changed();
  for (const item of fresh.filter(({ size }) => !size)) set(item, "refused", { reason: "empty" });
  const sendable = fresh.filter(({ size }) => size);
  await remember(sendable);
  for (const item of sendable) if (item.stage === "waiting" && items.includes(item)) go(item);
}

function set(item, stage, more = {}) {
  const moved = item.stage !== stage;
  Object.assign(item, { stage }, more);
  if (moved && LEFT.includes(stage)) note(item);
  if (moved && ![...LEFT, "failed"].includes(stage)) forgetItem(item);
  changed(item);
}

const teller = (item) => ({
  begun: () => item.stage !== "paused" && set(item, "sending", { begun: performance.now(), base: item.sent, reason: "" }),
  announced: (uploadId) => {
    item.uploadId = uploadId;
    note(item);
  },
  progress: (sent) => ["sending", "waiting"].includes(item.stage) && set(item, "sending", { sent: Math.min(sent, item.size) }),
  sent: () => set(item, "sending", { sent: item.size }),
  done: (view) => arrived(item, view),
  failed: (fault) => fail(item, fault),
});

function go(item) {
  set(item, "waiting", { reason: "" });
  start(item, teller(item));
}

function arrived(item, view) {
  item.uploadId = view.id;
  forget(item);
  item.file = item.handle = null;
  item.sent = item.size;
  settle(item, view);
  look();
}

function fail(item, fault) {
  if (fault.name === "AbortError") return;
  const gone = fault instanceof Refused && [404, 409].includes(fault.status) && item.uploadId;
  if (gone && !item.restarted) return lookBeforeRestart(item);
  const away = fault instanceof Away || fault.source?.status === 0 || fault instanceof TypeError;
  const unreadable = ["NotFoundError", "NotReadableError"].includes(fault.name);
  const stays = fault instanceof Refused && fault.status >= 400 && fault.status < 500 && ![401, 409, 429].includes(fault.status);
  if (stays) {
    forget(item);
    return set(item, "refused", { reason: fault.message, code: fault.code });
  }
  const reason = away ? "network" : unreadable ? "unreadable" : fault.message;
  set(item, "failed", { reason });
  if (away) setTimeout(() => item.stage === "failed" && item.reason === "network" && items.includes(item) && go(item), AGAIN);
}

// An answer that was lost may have been a good one.
async function lookBeforeRestart(item) {
  const view = await uploadNow(item.uploadId).catch(() => null);
  if (["stored", "verifying"].includes(view?.state)) return arrived(item, view);
  restart(item);
}

// The archive knows the upload no longer: what is left of it is begun anew, once.
function restart(item) {
  forget(item);
  forgetItem(item);
  Object.assign(item, { id: freshId(), uploadId: undefined, sent: 0, restarted: true });
  remember([item]).then(() => items.includes(item) && go(item));
}

export function remove(item) {
  const stage = item.stage;
  forget(item);
  forgetItem(item);
  if (item.uploadId && [...LEFT, "failed"].includes(stage)) giveUp(item.uploadId).catch(() => {});
  items.splice(items.indexOf(item), 1);
  changed();
}

export async function retry(item) {
  if (item.fileId && item.stage === "quarantined") {
    await retryFile(item.fileId);
    set(item, "working", { reason: "" });
    return look();
  }
  if (item.stage === "asleep") return wakeByHandle(item);
  item.restarted = false;
  go(item);
}

export function holdOne(item, held) {
  if (held) {
    set(item, "paused");
    hold(item, true);
  } else {
    set(item, "waiting");
    if (item.uppyId) hold(item, false);
    else start(item, teller(item));
  }
}

export function holdAll(held) {
  for (const item of items.filter(({ stage }) => (held ? ["waiting", "sending"] : ["paused"]).includes(stage))) holdOne(item, held);
}

// Says something else of an item: before it is announced here, afterwards to the archive.
export async function say(item, presets) {
  item.presets = { ...item.presets, ...presets };
  if (LEFT.includes(item.stage)) note(item);
  if (!item.uploadId || item.presets.record) return changed(item);
  const { category, department, customer, keywords } = item.presets;
  const view = await preset(item.uploadId, { category, department, customer, keywords });
  Object.assign(item, facts(view));
  changed(item);
}

const facts = (view) => ({ recordId: view.record_id, fileId: view.file_id, title: view.title, refCode: view.ref_code, inbox: view.inbox, missing: view.missing });

function settle(item, view) {
  Object.assign(item, facts(view));
  const [stage, reason] = stageOf(view);
  if (stage !== item.stage || reason !== item.reason || view.file_state !== item.state) set(item, stage, { reason, state: view.file_state });
}

function stageOf(view) {
  if (view.state === "refused") return ["refused", `refused:${view.reason}`];
  if (view.state === "verifying") return ["verifying", ""];
  if (view.duplicate) return ["duplicate", "same_content"];
  if (view.file_state === "quarantined" || view.file_state === "failed") return ["quarantined", view.file_reason];
  if (view.file_state === "done" || !view.file_id) return ["done", view.file_warning];
  return ["working", ""];
}

const underWay = () => items.filter(({ stage }) => ON_THE_WAY.includes(stage));

async function look() {
  if (looking) return;
  looking = true;
  for (let rounds = 0; underWay().length; rounds++) {
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
  const found = await uploadsNow(new Set(underWay().map((item) => item.uploadId)));
  for (const item of underWay()) if (found.has(item.uploadId)) settle(item, found.get(item.uploadId));
}

// After a reload: what can be read again goes on by itself, the rest says what it needs.
export async function takeUp() {
  const found = await leftOver();
  for (const kept of found) {
    const item = { ...kept, key: ++number, stage: "asleep", reason: kept.handle ? "permission" : "file" };
    items.push(item);
    const view = item.uploadId && (await uploadNow(item.uploadId).catch(() => null));
    if (["stored", "verifying"].includes(view?.state)) arrived(item, view);
    else {
      item.sent = await sentOf(item, view);
      await wakeIfReadable(item, kept.stage === "paused");
    }
  }
  if (found.length) changed();
  return found.length;
}

// Bytes of the parts that the archive has.
async function sentOf(item, view) {
  if (view?.state !== "open") return 0;
  const parts = await partsOf(item.uploadId).catch(() => []);
  return parts.reduce((sum, { size }) => sum + size, 0);
}

async function wakeIfReadable(item, held) {
  if (item.file) return continueWith(item, item.file, held);
  const granted = (await item.handle?.queryPermission?.({ mode: "read" })) === "granted";
  if (granted) await wakeByHandle(item).catch(() => {});
}

function continueWith(item, file, held) {
  item.file = file;
  if (held) return set(item, "paused");
  go(item);
}

function wake(item, file) {
  continueWith(item, file, false);
}

async function wakeByHandle(item) {
  const granted = await item.handle.requestPermission({ mode: "read" });
  if (granted !== "granted") return;
  let file;
  try {
    file = await item.handle.getFile();
  } catch {
    item.handle = undefined;
    return set(item, "asleep", { reason: "file" });
  }
  if (file.size !== item.size || file.lastModified !== item.modified) {
    item.handle = undefined;
    return set(item, "asleep", { reason: "changed" });
  }
  wake(item, file);
}

window.addEventListener("online", () => {
  for (const item of items.filter(({ stage, reason }) => stage === "failed" && reason === "network")) go(item);
});
