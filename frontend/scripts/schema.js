// The editor of a category's fields: the form they make is drawn anew while one types.
import htmx from "htmx.org";

let timer = 0;

function preview(sheet) {
  htmx.ajax("POST", sheet.dataset.preview, { source: sheet, target: "#preview", swap: "outerHTML", select: "#preview" });
}

document.addEventListener("input", ({ target }) => {
  const sheet = target.closest("[data-schema]");
  if (!sheet || target.id === "reason") return;
  clearTimeout(timer);
  timer = setTimeout(() => sheet.isConnected && preview(sheet), 300);
});
