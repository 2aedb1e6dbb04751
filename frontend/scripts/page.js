// What the page says of itself, and the one way to hear clicks on things that may not be there yet.
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

export const csrf = () => meta("csrf-token");
export const user = () => meta("fonds-user");

const actions = new Map();

export function on(act, run) {
  actions.set(act, run);
}

document.addEventListener("click", (event) => {
  const source = event.target.closest("[data-act]");
  if (source && actions.has(source.dataset.act)) actions.get(source.dataset.act)(source, event);
});

export function icon(name, kind = "ic") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", kind);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${meta("fonds-icons")}#${name}`);
  svg.append(use);
  return svg;
}

export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

// A link in the frame is a link as any other: fragments, history and drafts know what to do. It stays until the
// next one, for the answer looks at what surrounds it.
export function go(path) {
  document.getElementById("go")?.remove();
  const link = make("a");
  Object.assign(link, { href: path, id: "go", hidden: true });
  document.querySelector(".app").append(link);
  window.htmx.process(link);
  link.click();
}
