// Hits on the pages of a PDF. The archive says which pages have them and how the words stand there; here they are
// found again in the text that lies over the picture.
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");

// Marks `words` in the runs of a page; a hit may go over several runs. Returns one list of <mark> for each hit.
export function mark(runs, words) {
  const { text, origin } = spread(runs);
  const found = places(text, words.map(plain).filter(Boolean));
  const cuts = new Map();
  found.forEach(([start, end], hit) => {
    for (let at = start; at < end; at += 1) {
      const { run, from, to } = origin[at];
      const list = cuts.get(run) ?? cuts.set(run, []).get(run);
      const last = list.at(-1);
      if (last?.hit === hit) last.to = Math.max(last.to, to);
      else list.push({ hit, from, to });
    }
  });
  const marks = found.map(() => []);
  for (const [run, list] of cuts) cut(runs[run], list, marks);
  return marks.filter((one) => one.length);
}

// Where the `nth` place (from 0) of `quote` lies in the runs of a page, piece by piece; [] if it is not there.
export function pieces(runs, quote, nth) {
  const { text, origin } = spread(runs);
  const said = plain(quote);
  const all = said ? places(text, [said]) : [];
  const [start, end] = all[nth] ?? all[0] ?? [0, 0];
  const found = [];
  for (const one of origin.slice(start, end)) {
    const last = found.at(-1);
    if (last?.run === one.run) last.to = Math.max(last.to, one.to);
    else found.push({ ...one });
  }
  return found;
}

function spread(runs) {
  let text = "";
  const origin = [];
  runs.forEach(({ textContent }, run) => {
    let from = 0;
    for (const sign of textContent) {
      const to = from + sign.length;
      const said = plain(sign);
      text += said;
      for (let n = 0; n < said.length; n += 1) origin.push({ run, from, to });
      from = to;
    }
  });
  return { text, origin };
}

function places(text, words) {
  const all = [];
  for (const word of words) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) all.push([at, at + word.length]);
  }
  all.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  return all.filter(([start], n) => !all.slice(0, n).some(([, end]) => start < end));
}

function cut(run, list, marks) {
  const text = run.textContent;
  const parts = [];
  let at = 0;
  for (const { hit, from, to } of list) {
    const element = document.createElement("mark");
    element.textContent = text.slice(from, to);
    parts.push(text.slice(at, from), element);
    marks[hit].push(element);
    at = to;
  }
  run.replaceChildren(...parts, text.slice(at));
}

// Marks on a page that is a picture: rectangles in ten thousandths of it. Returns one list of <mark> for each hit.
export function spot(box, hits) {
  return hits.map((rectangles) =>
    rectangles.map((rectangle) => {
      const element = document.createElement("mark");
      element.className = "spot";
      const [left, top, width, height] = rectangle.map((length) => `${length / 100}%`);
      Object.assign(element.style, { left, top, width, height });
      box.append(element);
      return element;
    }),
  );
}

export class Hits {
  // `pages`: [page, how many hits, the words as they stand there, where they stand on a picture], ascending.
  constructor(list, pages, bar) {
    Object.assign(this, { list, pages, bar, at: -1, within: 0 });
    this.total = list.reduce((sum, [, count]) => sum + count, 0);
  }

  words(number) {
    return this.list.find(([page]) => page === number)?.[2] ?? [];
  }

  spots(number) {
    return this.list.find(([page]) => page === number)?.[3] ?? [];
  }

  async start(wanted) {
    const at = this.list.findIndex(([page]) => page === wanted);
    if (this.list.length && (at >= 0 || !wanted)) await this.#show(Math.max(at, 0), 0);
    else if (wanted) await this.pages.show(wanted);
    this.bar.hits?.(this.#number(), this.total);
  }

  step(step) {
    if (!this.list.length) return false;
    const here = this.pages.sheets[(this.list[this.at]?.[0] ?? 1) - 1].marks.length;
    const next = this.within + step;
    const turn = (this.at + step + this.list.length) % this.list.length;
    this.#show(this.at < 0 || next < 0 || next >= here ? turn : this.at, this.at < 0 || next >= here ? 0 : next);
  }

  // `within` -1: the last hit of the page.
  async #show(at, within) {
    this.at = at;
    this.within = within;
    const [number] = this.list[at];
    const box = this.pages.sheets[number - 1].box;
    if (!this.pages.sheets[number - 1].marks.length) box.scrollIntoView({ block: "nearest" });
    const sheet = await this.pages.ready(number);
    if (this.at !== at) return;
    this.within = within < 0 ? Math.max(sheet.marks.length - 1, 0) : within;
    this.drawn(sheet);
    (sheet.marks[this.within]?.[0] ?? sheet.box).scrollIntoView({ block: "center", inline: "nearest" });
    this.bar.hits?.(this.#number(), this.total);
  }

  // The one mark that is looked at stands out, also when its page is drawn anew.
  drawn(sheet) {
    for (const old of this.pages.host.querySelectorAll(".now")) old.classList.remove("now");
    const now = this.pages.sheets[(this.list[this.at]?.[0] ?? 0) - 1];
    if (!now) return;
    for (const element of now.marks[this.within] ?? [now === sheet ? now.box : null]) element?.classList.add("now");
  }

  #number() {
    const before = this.list.slice(0, Math.max(this.at, 0)).reduce((sum, [, count]) => sum + count, 0);
    const count = this.list[Math.max(this.at, 0)]?.[1] ?? 0;
    return before + Math.min(this.within + 1, count);
  }
}
