// What the archive is asked about uploads; a server that is away for a moment is waited for.
import { csrf } from "../page.js";
import { t } from "../texts.js";

const API = "/api/v1";
const PAUSES = [500, 1000, 2000, 4000, 8000];

export class Refused extends Error {
  constructor(status, problem) {
    super(status === 401 ? t("登录已过期，重新登录后重试") : problem.detail || problem.title || `HTTP ${status}`);
    this.status = status;
    this.code = problem.faults?.[0]?.code ?? problem.code ?? "";
    this.source = { status };
  }
}

export class Away extends Error {
  constructor() {
    super("network");
    this.source = { status: 0 };
  }
}

export const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
const passing = (status) => status === 429 || status >= 500;

async function once(method, path, { body, key, signal } = {}) {
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf() };
  if (body) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let answer;
  try {
    answer = await fetch(API + path, { method, headers, signal, body: body && JSON.stringify(body) });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Away();
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw new Refused(answer.status, await answer.json().catch(() => ({})));
}

// Everything asked here may be asked twice.
async function ask(method, path, more = {}) {
  for (const time of [...PAUSES, 0]) {
    try {
      return await once(method, path, more);
    } catch (fault) {
      const worth = fault instanceof Away || (fault instanceof Refused && passing(fault.status) && fault.status !== 507);
      if (!time || !worth || more.signal?.aborted) throw fault;
      await pause(time);
    }
  }
}

const at = (id) => `/uploads/${encodeURIComponent(id)}`;

export const announce = (body, key, signal) => ask("POST", "/uploads", { body, key, signal });
export const linkOf = async (id, number, signal) => (await ask("GET", `${at(id)}/links?first=${number}&last=${number}`, { signal })).items[0];
export const partsOf = async (id, signal) => (await ask("GET", `${at(id)}/parts`, { signal })).items;
export const complete = (id, signal) => ask("POST", `${at(id)}/complete`, { signal });
export const uploadNow = (id) => ask("GET", at(id));
export const giveUp = (id) => once("DELETE", at(id));
export const preset = (id, body) => ask("PUT", `${at(id)}/presets`, { body });
export const retryFile = (file) => once("POST", `/files/${file}/retry`);

// One's own uploads, newest first, until all of `wanted` (a set of ids) have been seen.
export async function uploadsNow(wanted) {
  const found = new Map();
  for (let cursor = "", pages = 0; pages < 10; pages++) {
    const page = await once("GET", `/uploads?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    for (const one of page.items) if (wanted.has(one.id)) found.set(one.id, one);
    cursor = page.next_cursor;
    if (!cursor || found.size === wanted.size) break;
  }
  return found;
}
