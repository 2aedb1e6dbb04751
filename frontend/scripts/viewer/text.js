// The text of a file: it opens at the wanted place, and goes from hit to hit.
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
  return {
    hit(step) {
      if (!all.length) return false;
      at = (at + step + all.length) % all.length;
      show();
    },
  };
}
