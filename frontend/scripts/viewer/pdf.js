// A PDF as its pages: drawn when they come near, text that can be selected, hits marked. Loaded on demand; imports
// nothing of ours but what only it uses, so that its bundle stands alone.
import { getDocument, GlobalWorkerOptions } from "pdfjs-dist/build/pdf.min.mjs";
import { Hits } from "./pdf_hits.js";
import { Sheet } from "./pdf_sheet.js";
import { Thumbs } from "./pdf_thumbs.js";

const WIDEST = 900;
const KEPT = 8;
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];

function load({ src, worker, parts }) {
  GlobalWorkerOptions.workerSrc = worker;
  const within = (folder) => new URL(`${parts}/${folder}/`, location.href).href;
  return getDocument({
    url: new URL(src, location.href).href,
    cMapUrl: within("cmaps"),
    cMapPacked: true,
    standardFontDataUrl: within("standard_fonts"),
    wasmUrl: within("wasm"),
    isEvalSupported: false,
    enableXfa: false,
    disableStream: true,
    disableAutoFetch: true,
    rangeChunkSize: 2 ** 18,
    maxImageSize: 2 ** 26,
    verbosity: 0,
  });
}

async function askHits(address) {
  if (!address) return [];
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).hits : [];
}

class Pages {
  constructor(host, stage, bar) {
    Object.assign(this, { host, stage, bar, zoomed: 1, sheets: [], drawn: [] });
    this.near = new IntersectionObserver((seen) => this.#seen(seen), { root: stage, rootMargin: "300px 0px" });
    this.resized = new ResizeObserver(() => this.#fit());
    stage.addEventListener("scroll", (this.moved = () => this.#place()), { passive: true });
  }

  async open(document) {
    const first = await document.getPage(1);
    const { width, height } = first.getViewport({ scale: 1 });
    this.size = { width, height };
    for (let n = 1; n <= document.numPages; n += 1) {
      this.sheets.push(new Sheet(document, n, this.size, this.host.dataset.pageName.replace("#", n)));
    }
    this.host.replaceChildren(...this.sheets.map((sheet) => sheet.box));
    this.#lay();
    for (const sheet of this.sheets) this.near.observe(sheet.box);
    this.resized.observe(this.host);
    this.#place();
  }

  get scale() {
    return (Math.min(this.room, WIDEST) / this.size.width) * this.zoomed;
  }

  #lay() {
    this.room = this.host.clientWidth || this.room || WIDEST;
    for (const sheet of this.sheets) sheet.lay(this.scale);
  }

  #fit() {
    if (!this.host.clientWidth || Math.abs(this.host.clientWidth - this.room) < 2) return;
    this.#again();
  }

  // A new scale: the same place of the same page stays in the middle.
  #again() {
    const sheet = this.sheets[this.now - 1];
    const middle = this.stage.scrollTop + this.stage.clientHeight / 2;
    const part = (middle - sheet.box.offsetTop) / sheet.box.offsetHeight;
    for (const drawn of this.drawn.splice(0)) drawn.clear();
    this.#lay();
    this.stage.scrollTop = sheet.box.offsetTop + part * sheet.box.offsetHeight - this.stage.clientHeight / 2;
    for (const one of this.sheets) if (one.seen) this.ready(one.number);
  }

  #seen(changes) {
    for (const { target, isIntersecting } of changes) {
      const sheet = this.sheets[target.dataset.page - 1];
      sheet.seen = isIntersecting;
      if (isIntersecting) this.ready(sheet.number);
    }
  }

  // Resolves when the page is drawn and its text lies over it.
  async ready(number) {
    const sheet = this.sheets[number - 1];
    this.drawn = [...this.drawn.filter((one) => one !== sheet), sheet];
    for (const old of this.drawn.filter((one) => !one.seen && one !== sheet).slice(0, Math.max(0, this.drawn.length - KEPT))) {
      old.forget();
      this.drawn = this.drawn.filter((one) => one !== old);
    }
    await sheet.draw(this.scale, this.hits);
    return sheet;
  }

  // A page that was asked for is the one that is shown, even if it cannot come to the top, until the pane is moved.
  #place() {
    if (this.asked && Math.abs(this.stage.scrollTop - this.asked.top) > 2) this.asked = null;
    this.now = this.asked?.sheet.number ?? this.#under();
    this.bar.page?.(this.now, this.sheets.length);
    this.thumbs?.now(this.now);
  }

  #under() {
    const { scrollTop, clientHeight, scrollHeight } = this.stage;
    if (scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - 2) return this.sheets.length;
    const after = this.sheets.findIndex((sheet) => sheet.box.offsetTop > scrollTop + clientHeight / 3);
    return after < 0 ? this.sheets.length : Math.max(after, 1);
  }

  #bring(sheet) {
    sheet.box.scrollIntoView({ block: "start" });
    this.asked = { sheet, top: this.stage.scrollTop };
    this.#place();
  }

  async show(number) {
    const sheet = this.sheets[Math.min(Math.max(number, 1), this.sheets.length) - 1];
    this.#bring(sheet);
    await this.ready(sheet.number);
    if (this.asked?.sheet === sheet) this.#bring(sheet);
  }

  // Numbers facts on their pages; the one of the field `now` is shown.
  async tell(grounds, now) {
    for (const sheet of this.sheets) sheet.tell(grounds.filter(({ page }) => page === sheet.number), now);
    const wanted = grounds.find(({ path }) => path === now);
    const sheet = this.sheets[(wanted?.page ?? 0) - 1];
    if (!sheet) return;
    sheet.box.scrollIntoView({ block: "nearest" });
    await this.ready(sheet.number);
    (sheet.box.querySelector(".told.now rect") ?? sheet.box).scrollIntoView({ block: "center", inline: "nearest" });
  }

  zoom(step) {
    const next = step > 0 ? ZOOMS.find((one) => one > this.zoomed) : ZOOMS.findLast((one) => one < this.zoomed);
    const wanted = step ? (next ?? this.zoomed) : 1;
    if (wanted === this.zoomed) return;
    this.zoomed = wanted;
    this.#again();
    this.bar.zoom?.(this.zoomed);
  }

  // Small pictures of the pages in `column`, where there are several.
  offer(column, document) {
    if (column && this.sheets.length > 1) this.thumbs = new Thumbs(column, document, this);
  }

  close() {
    this.thumbs?.close();
    this.near.disconnect();
    this.resized.disconnect();
    this.stage.removeEventListener("scroll", this.moved);
  }
}

// Opens the PDF that `host` names, its thumbnails in `column`; the pane it becomes. Throws what pdf.js throws for a file
// it cannot read.
export async function openPdf(host, stage, bar, column) {
  const asked = askHits(host.dataset.hits).catch(() => []);
  const task = load(host.dataset);
  const pages = new Pages(host, stage, bar);
  const close = () => {
    pages.close();
    return task.destroy();
  };
  try {
    const document = await task.promise;
    pages.hits = new Hits(await asked, pages, bar);
    await pages.open(document);
    pages.offer(column, document);
    bar.pages?.(document.numPages);
    await pages.hits.start(Number(/^page-(\d+)$/.exec(host.dataset.at)?.[1] ?? 0));
  } catch (fault) {
    await close();
    throw fault;
  }
  pages.thumbs?.start();
  host.dataset.ready = "";
  return {
    hit: (step) => pages.hits.step(step),
    page: (step) => pages.show(pages.now + step),
    zoom: (step) => pages.zoom(step),
    tell: (grounds, now) => pages.tell(grounds, now),
    close,
  };
}
