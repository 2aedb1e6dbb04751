// How bytes reach the archive: an import run, one request a file, and questions about what became of them.
import { csrf } from "../page.js";
import { t } from "../texts.js";

const API = "/api/v1";

export class Refused extends Error {}

async function ask(method, path, body) {
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf() };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(API + path, { method, headers, body: body && JSON.stringify(body) });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw new Refused(await said(answer.status, () => answer.json()));
}

async function said(status, read) {
  if (status === 401) return t("登录已过期，重新登录后重试");
  const problem = await Promise.resolve().then(read).catch(() => ({}));
  return t("服务器拒绝：%(reason)s", { reason: problem.detail || problem.title || status });
}

export const startRun = (category) => ask("POST", "/imports", { source: "browser", category });
export const closeRun = (run) => ask("POST", `/imports/${run}/close`);
export const noteEntry = (run, entry) => ask("POST", `/imports/${run}/entries`, { entries: [entry] });
export const retryFile = (file) => ask("POST", `/files/${file}/retry`);
export const fileNow = (file) => ask("GET", `/files/${file}`);

export async function linesOf(run) {
  const lines = [];
  for (let cursor = ""; ; ) {
    const page = await ask("GET", `/imports/${run}/lines?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    lines.push(...page.items);
    if (!(cursor = page.next_cursor)) return lines;
  }
}

// Sends one file; `onBytes(sent)` hears of progress. Resolves with its line of the run's report.
export function sendFile(run, { file, path }, onBytes) {
  const query = new URLSearchParams({ name: file.name, path, modified: new Date(file.lastModified).toISOString() });
  const request = new XMLHttpRequest();
  request.open("POST", `${API}/imports/${run}/files?${query}`);
  request.setRequestHeader("X-CSRF-Token", csrf());
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.addEventListener("progress", ({ loaded }) => onBytes(loaded));
  const done = new Promise((resolve, reject) => {
    request.addEventListener("load", async () => {
      if (request.status < 300) return resolve(JSON.parse(request.responseText));
      reject(new Refused(await said(request.status, () => JSON.parse(request.responseText))));
    });
    request.addEventListener("error", () => reject(new Error("network")));
    request.addEventListener("abort", () => reject(new Error("aborted")));
  });
  request.send(file);
  return { done, abort: () => request.abort() };
}
