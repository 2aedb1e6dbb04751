// Small pictures of the pages of a PDF, in a column or a sheet: drawn one after the other while they are in view, and
// forgotten when many others have come after them.
import { RenderingCancelledException } from "pdfjs-dist/build/pdf.min.mjs";

const KEPT = 48;
const MAX_PIXELS = 2 ** 18;
const SHARPNESS = Math.max(2, window.devicePixelRatio || 1);
const NARROWEST = 0.4;
const WIDEST = 2;

function make(tag, className, text = "") {
  const element = window.document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

class Thumb {
  constructor(number, hits, { pageName, hitsName }) {
    Object.assign(this, { number, seen: false });
    this.button = make("button", "thumb");
    this.button.type = "button";
    this.button.tabIndex = -1;
    this.button.dataset.page = number;
    const name = pageName.replace("#", number);
    this.paper = make("span", "paper");
    this.button.append(this.paper, make("span", "num", number));
    if (hits) this.button.append(make("span", "num found", hits));
    for (const part of this.button.children) part.setAttribute("aria-hidden", "true");
    this.button.append(make("span", "vh", hits ? `${name} ${hitsName.replace("#", hits)}` : name));
  }

  lay({ width, height }) {
    this.paper.style.aspectRatio = String(Math.min(Math.max(width / height, NARROWEST), WIDEST));
  }

  async draw(page) {
    const size = page.getViewport({ scale: 1 });
    this.lay(size);
    const wanted = (this.paper.clientWidth * SHARPNESS) / size.width;
    const viewport = page.getViewport({ scale: Math.min(wanted, Math.sqrt(MAX_PIXELS / (size.width * size.height))) });
    const canvas = window.document.createElement("canvas");
    canvas.width = Math.max(1, Math.floor(viewport.width));
    canvas.height = Math.max(1, Math.floor(viewport.height));
    this.painting = page.render({ canvas, viewport });
    await this.painting.promise;
    this.paper.replaceChildren(canvas);
    this.drawn = true;
  }

  // A canvas keeps its memory until it is collected, one without size has none.
  clear() {
    const canvas = this.paper.firstChild;
    if (canvas) canvas.width = canvas.height = 0;
    this.paper.replaceChildren();
    this.drawn = false;
  }
}

export class Thumbs {
  // `box`: the element they stand in; `pages`: what shows the pages themselves, and is told which one is wanted.
  constructor(box, document, pages) {
    Object.assign(this, { box, document, pages, drawn: [], rove: 1 });
    const hits = new Map(pages.hits.list);
    this.all = pages.sheets.map(({ number }) => new Thumb(number, hits.get(number), box.dataset));
    const list = make("ol", "");
    for (const thumb of this.all) {
      thumb.lay(pages.size);
      list.append(make("li", ""));
      list.lastChild.append(thumb.button);
    }
    box.replaceChildren(list);
    this.heard = new AbortController();
    const { signal } = this.heard;
    list.addEventListener("click", (event) => this.#choose(event), { signal });
    list.addEventListener("keydown", (event) => this.#key(event), { signal });
    list.addEventListener("focusout", ({ relatedTarget }) => list.contains(relatedTarget) || this.#rove(this.at), { signal });
    this.opened = new ResizeObserver(() => this.#reveal());
    this.near = new IntersectionObserver((changes) => this.#seen(changes), { root: box, rootMargin: "200px 0px" });
    this.now(pages.now);
  }

  // The pages themselves come first: nothing is drawn here before this.
  start() {
    this.opened.observe(this.box);
    for (const { button } of this.all) this.near.observe(button);
  }

  now(number) {
    if (number === this.at) return;
    this.all[(this.at ?? number) - 1].button.removeAttribute("aria-current");
    this.at = number;
    this.all[number - 1].button.setAttribute("aria-current", "page");
    if (!this.box.contains(window.document.activeElement)) this.#rove(number);
    this.#reveal();
  }

  close() {
    this.heard.abort();
    this.opened.disconnect();
    this.near.disconnect();
    for (const thumb of this.all) thumb.seen = false;
    this.painted?.painting?.cancel();
  }

  // One of them is in the order of the keyboard: the page that is shown, or the one the keys have gone to.
  #rove(number) {
    this.all[this.rove - 1].button.tabIndex = -1;
    this.rove = number;
    this.all[number - 1].button.tabIndex = 0;
  }

  // Moves the column and nothing around it.
  #reveal() {
    const { button } = this.all[this.at - 1];
    const [top, end] = [button.offsetTop, button.offsetTop + button.offsetHeight];
    if (top >= this.box.scrollTop && end <= this.box.scrollTop + this.box.clientHeight) return;
    this.box.scrollTop = (top + end - this.box.clientHeight) / 2;
  }

  #choose({ target }) {
    const button = target.closest(".thumb");
    if (!button) return;
    const number = Number(button.dataset.page);
    this.#rove(number);
    this.box.dispatchEvent(new CustomEvent("fonds:page-chosen", { bubbles: true }));
    this.pages.show(number);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const top = this.all[0].button.offsetTop;
    const beside = this.all.findIndex(({ button }) => button.offsetTop > top);
    const row = beside < 0 ? this.all.length : beside;
    const steps = { ArrowDown: row, ArrowUp: -row, ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const last = this.all.length;
    this.#rove(Math.min(Math.max(this.rove + steps[event.key], 1), last));
    this.all[this.rove - 1].button.focus();
  }

  #seen(changes) {
    for (const { target, isIntersecting } of changes) {
      const thumb = this.all[target.dataset.page - 1];
      thumb.seen = isIntersecting;
      if (!isIntersecting && thumb === this.painted) thumb.painting?.cancel();
    }
    if (!this.painted) this.#draw();
  }

  async #draw() {
    for (let next = this.#next(); next; next = this.#next()) {
      this.painted = next;
      await this.#one(next).catch((fault) => {
        if (!(fault instanceof RenderingCancelledException)) next.broken = true;
      });
      this.painted = null;
    }
  }

  #next() {
    return this.all.find((thumb) => thumb.seen && !thumb.drawn && !thumb.broken);
  }

  // What pdf.js keeps to draw a page again (its pictures, above all) is let go, unless the page is in view itself.
  async #one(thumb) {
    const page = await this.document.getPage(thumb.number);
    if (!thumb.seen) return;
    try {
      await thumb.draw(page);
    } finally {
      if (!this.pages.sheets[thumb.number - 1].seen) page.cleanup();
    }
    this.drawn.push(thumb);
    const far = this.drawn.filter(({ seen }) => !seen).slice(0, Math.max(0, this.drawn.length - KEPT));
    for (const old of far) old.clear();
    this.drawn = this.drawn.filter(({ drawn }) => drawn);
  }
}
