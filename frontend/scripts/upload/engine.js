// Bytes by Uppy: files over one part go in parts to signed URLs, eight requests at once; smaller ones go whole.
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";
import { csrf } from "../page.js";
import { Away, Refused, announce, complete, linkOf, partsOf, pause } from "./api.js";
import { md5 } from "./md5.js";

const MIB = 1 << 20;
const AT_ONCE = 8;
const RETRIES = [0, 1000, 2000, 4000, 8000, 15000];

// As the server cuts: 8 MiB, more where that would be over 10,000 parts.
export const partSize = (size) => Math.max(8 * MIB, Math.ceil(size / (10_000 * MIB)) * MIB);
const inParts = ({ size }) => size > 8 * MIB;

const quiet = { debug() {}, warn() {}, error() {} };
const uppy = new Uppy({ logger: quiet });
const tellers = new Map();
const links = new Map();

const itemOf = (file) => tellers.get(file.id)?.item ?? {};
const tell = (file, what, ...more) => tellers.get(file.id)?.[what]?.(...more);

function said(item) {
  const { category, department, customer, keywords, record } = item.presets;
  const modified = item.modified ? new Date(item.modified).toISOString() : "";
  return { name: item.name, path: item.path, modified, drop: item.drop, category, department, customer, keywords, record };
}

async function createMultipartUpload(file, signal) {
  const item = itemOf(file);
  tell(file, "begun");
  const upload = await announce({ ...said(item), size: item.size }, item.id, signal);
  if (upload.state !== "open") throw new Refused(409, { code: "not_open" });
  for (const link of upload.links) links.set(`${upload.id} ${link.number}`, link);
  tell(file, "announced", upload.id);
  return { uploadId: upload.id, key: upload.id };
}

async function signPart(file, { uploadId, partNumber, body, signal }) {
  const kept = `${uploadId} ${partNumber}`;
  const fresh = links.get(kept);
  links.delete(kept);
  const link = fresh && new Date(fresh.expires_at) - Date.now() > 60_000 ? fresh : await linkOf(uploadId, partNumber, signal);
  return { url: link.url, headers: { "Content-MD5": await md5(body) } };
}

async function listParts(file, { uploadId, signal }) {
  tell(file, "begun");
  return (await partsOf(uploadId, signal)).map(({ number, size, etag }) => ({ PartNumber: number, Size: size, ETag: etag }));
}

async function completeMultipartUpload(file, { uploadId, signal }) {
  tell(file, "sent");
  return { location: uploadId, view: await complete(uploadId, signal) };
}

function getUploadParameters(file) {
  const item = itemOf(file);
  tell(file, "begun");
  const { keywords, ...rest } = said(item);
  const query = new URLSearchParams({ ...rest, keywords: keywords.join("\n") });
  const headers = { "Content-Type": "application/octet-stream", Accept: "application/json", "X-CSRF-Token": csrf(), "Idempotency-Key": item.id };
  return { method: "PUT", url: `/api/v1/uploads/whole?${query}`, headers };
}

function request({ signature: { url, headers }, body, onProgress, signal }) {
  const whole = url.startsWith("/api/");
  return new Promise((resolve, reject) => {
    const http = new XMLHttpRequest();
    http.open(whole ? "POST" : "PUT", url);
    for (const [name, value] of Object.entries(headers)) http.setRequestHeader(name, value);
    http.upload.addEventListener("progress", onProgress);
    const stop = () => http.abort();
    signal?.addEventListener("abort", stop, { once: true });
    http.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    http.addEventListener("error", () => reject(new Away()));
    http.addEventListener("load", () => {
      signal?.removeEventListener("abort", stop);
      if (http.status >= 200 && http.status < 300) return resolve(http);
      if (http.status === 403 && !whole) return reject(Object.assign(new Error("Request has expired"), { source: { status: 403 } }));
      reject(new Refused(http.status, problemIn(http)));
    });
    http.send(body);
  });
}

function problemIn(http) {
  try {
    return JSON.parse(http.responseText);
  } catch {
    return {};
  }
}

async function uploadPartBytes(asked) {
  const { body, size = body.size, onProgress, onComplete, signal } = asked;
  const whole = asked.signature.url.startsWith("/api/");
  for (const [attempt, time] of RETRIES.entries()) {
    try {
      const http = await request(asked);
      onProgress({ loaded: size, lengthComputable: true });
      const etag = http.getResponseHeader("ETag") ?? "";
      onComplete?.(etag);
      return whole ? { ETag: etag, location: "whole", view: JSON.parse(http.responseText) } : { ETag: etag };
    } catch (fault) {
      const passing = fault instanceof Away || (fault instanceof Refused && (fault.status >= 500 || fault.status === 429) && fault.status !== 507);
      // Parts are tried again by Uppy, with a fresh signature.
      if (!whole || !passing || signal?.aborted || attempt === RETRIES.length - 1) throw fault;
      await pause(RETRIES[attempt + 1] || time);
    }
  }
}

uppy.use(AwsS3, {
  limit: AT_ONCE,
  retryDelays: RETRIES,
  shouldUseMultipart: inParts,
  getChunkSize: ({ size }) => partSize(size),
  createMultipartUpload,
  signPart,
  listParts,
  completeMultipartUpload,
  // What has come is kept after a fault; a person's removal is told to the archive by the queue.
  abortMultipartUpload: async () => {},
  getUploadParameters,
  uploadPartBytes,
});

uppy.on("upload-progress", (file, { bytesUploaded }) => file && tell(file, "progress", bytesUploaded));
uppy.on("upload-success", (file, { body }) => file && tell(file, "done", body.view));
uppy.on("upload-error", (file, fault) => file && tell(file, "failed", fault));

let starting = false;

// All that was added in this turn goes as one batch.
function startSoon() {
  if (starting) return;
  starting = true;
  queueMicrotask(() => {
    starting = false;
    uppy.upload().catch(() => {});
  });
}

// Begins or goes on with an item whose `file` is readable; `teller` hears begun, announced, progress, sent, done, failed.
export function start(item, teller) {
  if (item.uppyId && uppy.getFile(item.uppyId)) {
    restore(item);
    uppy.retryUpload(item.uppyId).catch(() => {});
    return;
  }
  const meta = { relativePath: `${item.id}/${item.path}` };
  item.uppyId = uppy.addFile({ name: item.name, type: item.file.type || "application/octet-stream", data: item.file, meta });
  tellers.set(item.uppyId, { item, ...teller });
  restore(item);
  startSoon();
}

function restore(item) {
  if (item.uploadId && inParts(item)) uppy.setFileState(item.uppyId, { s3Multipart: { key: item.uploadId, uploadId: item.uploadId } });
}

// Holds an item, or lets it go on.
export function hold(item, held) {
  const file = item.uppyId && uppy.getFile(item.uppyId);
  if (file && Boolean(file.isPaused) !== held) uppy.pauseResume(item.uppyId);
}

export function forget(item) {
  const id = item.uppyId;
  item.uppyId = null;
  if (!id) return;
  tellers.delete(id);
  if (uppy.getFile(id)) uppy.removeFile(id);
}
