// The text of a file: it opens at the wanted place, and goes from hit to hit.
import { make } from "../page.js";

export function openText(stage, bar) {
  const all = [...stage.querySelectorAll(".read mark")];
  const place = stage.querySelector(".read .at");
  let at = Math.max(place ? all.findIndex((mark) => place.contains(mark)) : 0, 0);

  function show() {
    all.forEach((mark, n) => mark.classList.toggle("now", n === at));
    all[at].scrollIntoView({ block: "center", inline: "nearest" });
    bar.hits(at + 1, all.length);
  }

  if (all.length) show();
  else place?.scrollIntoView({ block: "start" });
  // The fact that is asked for is marked in its place; a mark of a hit within it gives way.
  function tell(grounds, now) {
    const wanted = grounds.find(({ path }) => path === now);
    const part = wanted && stage.querySelector(`#${CSS.escape(wanted.at)} .said`);
    const from = part ? part.textContent.indexOf(wanted.quote) : -1;
    if (from < 0) return;
    const text = part.textContent;
    const mark = make("mark", "ev now");
    mark.append(make("i", "dg", wanted.n), wanted.quote);
    part.replaceChildren(text.slice(0, from), mark, text.slice(from + wanted.quote.length));
    mark.scrollIntoView({ block: "center", inline: "nearest" });
  }

  return {
    tell,
    hit(step) {
      if (!all.length) return false;
      at = (at + step + all.length) % all.length;
      show();
    },
  };
}
