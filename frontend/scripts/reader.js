// The reading pane: text, picture, film or PDF, and the keys and buttons that go from hit to hit, page to page, nearer.
import { key } from "./keys.js";
import { on } from "./page.js";
import { column, offer } from "./page_column.js";
import { openPicture } from "./viewer/picture.js";
import { openText } from "./viewer/text.js";

const tell = (name, text) => {
  for (const place of document.querySelectorAll(`[data-viewer-${name}]`)) place.textContent = text;
};

const bar = {
  hits(at, total) {
    document.querySelector(".vbar")?.classList.toggle("found", total > 0);
    for (const part of document.querySelectorAll(".vbar .hits")) part.hidden = !total;
    if (total) tell("hits", `${at} / ${total}`);
  },
  page: (at, total) => tell("page", `${at} / ${total}`),
  zoom: (scale) => tell("zoom", `${Math.round(scale * 100)}%`),
};

let pane = {};
let opened = null;
let told = [[], ""];

// Numbers facts on what is open, and shows the one of the field `now`; what opens later is told the same.
export function ground(grounds, now) {
  told = [grounds, now];
  if (grounds.length) pane.tell?.(grounds, now);
}

async function openPages(host, stage) {
  const beside = column();
  const { openPdf } = await import("./viewer/pdf.js");
  const here = { ...bar, pages: (total) => opened === stage && offer(total) };
  return openPdf(host, stage, here, beside);
}

// What cannot be shown says why, and gives way to what stands in for it.
function giveWay(stage, why) {
  stage.querySelector(".pdf")?.remove();
  offer(0);
  const standIn = stage.querySelector(".stand-in");
  if (!standIn) return;
  standIn.hidden = false;
  for (const part of standIn.querySelectorAll("[data-why]")) part.hidden = part.dataset.why !== why;
  for (const tool of document.querySelectorAll(".vbar .tools")) tool.hidden = true;
}

async function open() {
  const stage = document.getElementById("stage");
  if (stage === opened && stage?.isConnected) return;
  pane.close?.();
  pane = {};
  opened = stage;
  told = [[], ""];
  if (!stage) return;
  const host = stage.querySelector(".pdf");
  const picture = stage.querySelector(".picture img");
  for (const player of stage.querySelectorAll("video, audio")) player.addEventListener("error", () => giveWay(stage, "damaged"));
  if (picture) pane = openPicture(picture, stage, bar);
  else if (!host) pane = openText(stage, bar);
  else await openPages(host, stage).then(
    (made) => {
      if (opened !== stage) return made.close();
      pane = made;
      ground(...told);
    },
    (fault) => opened === stage && giveWay(stage, fault.name === "PasswordException" ? "encrypted" : "damaged"),
  );
}

const player = () => document.querySelector("#stage video, #stage audio");

function play(second) {
  const film = player();
  if (!film || !Number.isFinite(second)) return;
  film.currentTime = second;
  film.play().catch(() => {});
}

on("play-at", ({ dataset }) => play(Number(dataset.second)));
on("play-share", (wave, { clientX }) => {
  const { left, width } = wave.getBoundingClientRect();
  play(((clientX - left) / width) * (player()?.duration ?? NaN));
});

const call = (name, step) => () => (pane[name] ? pane[name](step) : false);
for (const [name, act, step, ...keys] of [
  ["hit", "hit-on", 1, "n"],
  ["hit", "hit-back", -1, "p"],
  ["page", "page-on", 1, "]"],
  ["page", "page-back", -1, "["],
  ["zoom", "zoom-in", 1, "+", "="],
  ["zoom", "zoom-out", -1, "-"],
  ["zoom", "zoom-fit", 0, "0"],
]) {
  on(act, call(name, step));
  for (const one of keys) key(one, call(name, step));
}

document.addEventListener("htmx:afterSettle", open);
open();
