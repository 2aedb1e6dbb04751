// A picture: the whole of it first, then nearer; dragged where it is larger than the pane.
import { draw } from "./told.js";

const STEPS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 8];

export function openPicture(image, stage, bar) {
  let scale = 0;
  const whole = () => {
    const style = getComputedStyle(stage);
    const across = stage.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const down = stage.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    return Math.min(across / image.naturalWidth, down / image.naturalHeight, 1);
  };

  function lay(wanted) {
    if (!image.naturalWidth || !stage.clientWidth) return;
    const middle = [(stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth, (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight];
    scale = wanted;
    const size = scale || whole();
    image.style.width = `${Math.max(1, Math.round(image.naturalWidth * size))}px`;
    image.classList.toggle("grab", size > whole());
    stage.scrollLeft = middle[0] * stage.scrollWidth - stage.clientWidth / 2;
    stage.scrollTop = middle[1] * stage.scrollHeight - stage.clientHeight / 2;
    bar.zoom(size);
  }

  function zoom(step) {
    const now = scale || whole();
    if (!step) return lay(0);
    lay((step > 0 ? STEPS.find((one) => one > now * 1.01) : STEPS.findLast((one) => one < now * 0.99)) ?? now);
  }

  drag(image, stage);
  image.addEventListener("dblclick", () => lay(scale ? 0 : 1));
  if (image.complete) lay(0);
  else image.addEventListener("load", () => lay(0), { once: true });
  const resized = new ResizeObserver(() => scale || lay(0));
  resized.observe(stage);
  function tell(grounds, now) {
    const here = grounds.filter(({ page }) => page === 1);
    const rects = (one) => one.spots.map((spot) => spot.map((length) => length / 100));
    draw(image.parentElement, here.map((one) => ({ ...one, rects: rects(one) })), now)
      ?.querySelector("rect")
      .scrollIntoView({ block: "center", inline: "center" });
  }

  return { zoom, tell, close: () => resized.disconnect() };
}

function drag(image, stage) {
  let from = null;
  image.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    event.preventDefault();
    image.setPointerCapture(event.pointerId);
    from = { x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop };
    stage.focus({ preventScroll: true });
  });
  image.addEventListener("pointermove", (event) => {
    if (from) stage.scrollTo(from.x - event.clientX, from.y - event.clientY);
  });
  for (const end of ["pointerup", "pointercancel"]) image.addEventListener(end, () => (from = null));
}
