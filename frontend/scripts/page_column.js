// The column of page thumbnails: open or closed as its person left it; on a narrow screen a sheet over the page, which
// is closed until it is asked for.
import { key } from "./keys.js";
import { csrf, on } from "./page.js";

const narrow = matchMedia("(max-width: 767px)");
let several = false;
let over = false;

export const column = () => document.getElementById("thumbs");
const button = () => document.querySelector(".vbar [data-act=thumbs]");

function lay() {
  const box = column();
  if (!box) return;
  const open = several && (narrow.matches ? over : box.dataset.open === "open");
  box.hidden = !open;
  box.classList.toggle("over", open && narrow.matches);
  document.getElementById("stage").inert = open && narrow.matches;
  button().disabled = !several;
  button().setAttribute("aria-expanded", String(open));
}

// Whether what is open has pages to choose from.
export function offer(pages) {
  several = pages > 1;
  over = false;
  lay();
}

// The server writes it into the next page, so that nothing moves when that one comes.
function remember(thumbs) {
  fetch("/preferences", {
    method: "POST",
    body: new URLSearchParams({ thumbs }),
    headers: { "X-CSRF-Token": csrf() },
    redirect: "manual",
    keepalive: true,
  }).catch(() => {});
}

function turn() {
  const box = column();
  if (narrow.matches) over = !over;
  else remember((box.dataset.open = box.dataset.open === "open" ? "closed" : "open"));
  lay();
  if (over) box.querySelector("[tabindex='0']")?.focus();
}

on("thumbs", turn);
key("escape", () => {
  if (!over) return false;
  turn();
  button().focus();
});
document.addEventListener("fonds:page-chosen", () => {
  if (!over) return;
  turn();
  document.getElementById("stage").focus({ preventScroll: true });
});
narrow.addEventListener("change", () => {
  over = false;
  lay();
});
