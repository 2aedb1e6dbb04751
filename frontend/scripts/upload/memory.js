// What a reload must not lose: each unfinished upload, and small files themselves, in the browser's own database.
import { user } from "../page.js";

const COPIED = 16 << 20;
const COPIED_IN_ALL = 256 << 20;
const KEPT = ["id", "uploadId", "name", "path", "size", "modified", "presets", "drop", "stage", "held", "sent", "at", "handle"];

let copied = 0;

const opened = new Promise((resolve, reject) => {
  if (!globalThis.indexedDB) return reject(new Error("no database"));
  const request = indexedDB.open("fonds-uploads", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("items", { keyPath: "id" });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
opened.catch(() => {});

function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

async function put(rows) {
  const transaction = (await opened).transaction("items", "readwrite");
  for (const row of rows) transaction.objectStore("items").put(row);
  await done(transaction);
}

const tab = `fonds-tab-${Date.now()}-${Math.random().toString(36).slice(2)}`;
// Held while this page lives: so another one can tell whose uploads nobody looks after.
navigator.locks?.request(tab, () => new Promise(() => {})).catch(() => {});

function rowOf(item, copy) {
  const row = { user: user(), tab };
  for (const name of KEPT) if (item[name] !== undefined) row[name] = item[name];
  if (copy) row.copy = item.file;
  return row;
}

// Remember new items, with a copy of those that are small.
export async function remember(items) {
  const rows = items.map((item) => {
    const copy = item.size <= COPIED && copied + item.size <= COPIED_IN_ALL;
    if (copy) copied += item.size;
    item.copied = copy;
    return rowOf(item, copy);
  });
  await put(rows).catch(() => items.forEach((item) => (item.copied = false)));
}

// Write down what has changed in an item; its copy stays as it is.
export async function note(item) {
  try {
    const store = (await opened).transaction("items", "readwrite").objectStore("items");
    const request = store.get(item.id);
    request.onsuccess = () => request.result && store.put({ ...request.result, ...rowOf(item, false) });
  } catch {
    return;
  }
}

export async function forgetItem(item) {
  if (item.copied) copied -= item.size;
  item.copied = false;
  try {
    (await opened).transaction("items", "readwrite").objectStore("items").delete(item.id);
  } catch {
    return;
  }
}

// What earlier pages of this user have left unfinished, oldest first.
export async function leftOver() {
  let rows = [];
  try {
    const request = (await opened).transaction("items").objectStore("items").getAll();
    rows = await new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } catch {
    return [];
  }
  const alive = new Set((await navigator.locks?.query())?.held.map(({ name }) => name));
  const mine = rows.filter((row) => row.user === user() && row.tab !== tab && !alive.has(row.tab));
  const found = mine.map(({ copy, user: _user, tab: _tab, ...item }) => ({ ...item, file: copy, copied: Boolean(copy) }));
  await put(found.map((item) => rowOf(item, item.copied))).catch(() => {});
  return found.sort((one, other) => one.at - other.at);
}
