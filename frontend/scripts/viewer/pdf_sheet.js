// One page of a PDF: a box of the right size, and while it is near, its picture and its text.
import { RenderingCancelledException, TextLayer } from "pdfjs-dist/build/pdf.min.mjs";
import { mark, pieces, spot } from "./pdf_hits.js";
import { draw, rectangles } from "./told.js";

const MAX_PIXELS = 2 ** 24;

export class Sheet {
  constructor(document, number, size, name) {
    Object.assign(this, { document, number, size, seen: false, marks: [], grounds: [], runs: null });
    this.box = window.document.createElement("div");
    this.box.className = "pdf-page";
    this.box.id = `page-${number}`;
    this.box.dataset.page = number;
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", name);
  }

  lay(scale) {
    this.box.style.width = `${Math.floor(this.size.width * scale)}px`;
    this.box.style.height = `${Math.floor(this.size.height * scale)}px`;
    this.box.style.setProperty("--total-scale-factor", scale);
  }

  draw(scale, hits) {
    this.drawing ??= this.#draw(scale, hits).catch((fault) => {
      this.drawing = undefined;
      if (!(fault instanceof RenderingCancelledException)) this.box.classList.add("broken");
    });
    return this.drawing;
  }

  async #draw(scale, hits) {
    const page = (this.page = await this.document.getPage(this.number));
    const { width, height } = page.getViewport({ scale: 1 });
    this.size = { width, height };
    this.lay(scale);
    const viewport = page.getViewport({ scale });
    const canvas = this.#canvas(viewport);
    const layer = window.document.createElement("div");
    layer.className = "textLayer";
    this.box.replaceChildren(canvas, layer);
    const sharp = canvas.width / viewport.width;
    this.painting = page.render({ canvas, viewport, transform: [sharp, 0, 0, sharp, 0, 0] });
    const text = new TextLayer({ textContentSource: page.streamTextContent(), container: layer, viewport });
    await Promise.all([this.painting.promise, text.render()]);
    this.runs = text.textDivs;
    this.tell(this.grounds, this.ground);
    // a recognised page is marked by its boxes, whether or not its words lie over it too
    const spots = hits.spots(this.number);
    this.marks = spots.length ? spot(this.box, spots) : mark(text.textDivs, hits.words(this.number));
    hits.drawn(this);
  }

  #canvas(viewport) {
    const fits = Math.sqrt(MAX_PIXELS / (viewport.width * viewport.height));
    const sharp = Math.min(window.devicePixelRatio || 1, fits);
    const canvas = window.document.createElement("canvas");
    canvas.width = Math.max(1, Math.floor(viewport.width * sharp));
    canvas.height = Math.max(1, Math.floor(viewport.height * sharp));
    canvas.setAttribute("aria-hidden", "true");
    return canvas;
  }

  // Boxes of the facts that stand on this page; the group of the field `now`, once the page is drawn.
  tell(grounds, now) {
    this.grounds = grounds;
    this.ground = now;
    if (!this.runs) return null;
    const placed = grounds.map((one) => {
      const known = one.spots.map((spot) => spot.map((length) => length / 100));
      return { ...one, rects: known.length ? known : rectangles(this.box, this.runs, pieces(this.runs, one.quote, one.nth)) };
    });
    return draw(this.box, placed, now);
  }

  clear() {
    this.runs = null;
    this.painting?.cancel();
    this.drawing = undefined;
    this.marks = [];
    this.box.replaceChildren();
  }

  // What pdf.js keeps to draw it again goes, too.
  forget() {
    this.clear();
    this.page?.cleanup();
  }
}
