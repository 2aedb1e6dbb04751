// Evidence on a page: boxes with the number of the fact that they ground. Lengths are hundredths of the page, so that
// they hold at every zoom.
const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// Draws `marks` ({n, path, rects}) over `box`; the one of the field `now` stands out. Returns its group, if any.
export function draw(box, marks, now) {
  for (const old of box.querySelectorAll(":scope > .told-layer")) old.remove();
  // Two layers: boxes let the page shine through, numbers do not. On a page that has just gone nothing has a place.
  const boxes = shape("svg", { class: "told-layer told-boxes", "aria-hidden": "true" });
  const numbers = shape("svg", { class: "told-layer", "aria-hidden": "true" });
  let chosen = null;
  const last = ({ path }) => path === now;
  for (const one of marks.filter(({ rects }) => rects.length && rects.flat().every(Number.isFinite)).sort((a, b) => last(a) - last(b))) {
    const kind = last(one) ? "told now" : "told";
    const group = shape("g", { class: kind });
    for (const [x, y, width, height] of one.rects) {
      group.append(shape("rect", { x: `${x}%`, y: `${y}%`, width: `${width}%`, height: `${height}%`, rx: 2 }));
    }
    boxes.append(group);
    numbers.append(number(one, kind));
    if (last(one)) chosen = group;
  }
  if (boxes.childElementCount) box.append(boxes, numbers);
  return chosen;
}

function number({ n, rects }, kind) {
  const group = shape("g", { class: kind, transform: "translate(-5 -4)" });
  const [x, y] = [`${rects[0][0]}%`, `${rects[0][1]}%`];
  const text = shape("text", { x, y, dy: "0.36em" });
  text.textContent = n;
  group.append(shape("circle", { cx: x, cy: y, r: 8 }), text);
  return group;
}

// A stretch of the text of `run`, wherever the hits have cut it into pieces.
function range(run, from, to) {
  const found = document.createRange();
  const texts = document.createTreeWalker(run, NodeFilter.SHOW_TEXT);
  let at = 0;
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const end = at + node.length;
    if (from >= at && from <= end) found.setStart(node, from - at);
    if (to >= at && to <= end) {
      found.setEnd(node, to - at);
      return found;
    }
    at = end;
  }
  return found;
}

// Where the pieces ({run, from, to}) of a text layer stand on `box`.
export function rectangles(box, runs, pieces) {
  const page = box.getBoundingClientRect();
  return pieces.map(({ run, from, to }) => {
    const { left, top, width, height } = range(runs[run], from, to).getBoundingClientRect();
    const share = (length, whole) => Math.round((length / whole) * 1e4) / 100;
    return [share(left - page.left, page.width), share(top - page.top, page.height), share(width, page.width), share(height, page.height)];
  });
}
