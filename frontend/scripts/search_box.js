// The search box of every page: suggestions while one types, one's own searches when it is empty.
import { combobox } from "./combobox.js";
import { go } from "./page.js";

const input = document.getElementById("q");
const list = document.getElementById("q-list");

if (input && list) {
  const box = combobox({
    input,
    list,
    choose: false,
    address: (q) => `/search/box?q=${encodeURIComponent(q)}`,
    take({ dataset: { href, fill } }, event) {
      box.hide();
      if (href && (event.ctrlKey || event.metaKey)) window.open(href, "_blank", "noopener");
      else if (href) go(href);
      else {
        input.value = fill;
        input.form.requestSubmit();
      }
    },
  });
  input.addEventListener("click", () => list.hidden && box.ask());
  input.addEventListener("blur", box.hide);
  input.form.addEventListener("submit", () => {
    box.hide();
    if (!matchMedia("(pointer: fine)").matches) input.blur();
  });
}

// The box stands outside of what a link replaces: it follows the question of the page.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const asked = document.getElementById("main")?.dataset.q;
  if (detail.target?.id === "main" && input && asked !== undefined) input.value = asked;
});
