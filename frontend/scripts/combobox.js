// A text field over a list that the server draws (ARIA combobox): arrows move, Enter takes, typing asks again.
const PAUSE = 160;

// With `choose` the first line is chosen by itself; without it Enter means what was typed.
export function combobox({ input, list, address, take, drawn = () => {}, choose = true }) {
  let timer = 0;
  let asked = null;
  let stale = false;
  let hasty = null;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const current = () => list.querySelector("[aria-selected=true]");

  function select(option) {
    current()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function show(open) {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) select(null);
  }

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const typed = input.value.trim();
    try {
      const answer = await fetch(address(typed), { headers: { "HX-Request": "true" }, signal });
      const text = answer.ok ? await answer.text() : "";
      if (signal.aborted || typed !== input.value.trim()) return; // the answer to what stands there now is on its way
      list.innerHTML = text;
      stale = false;
      drawn(typed);
      show(choose || options().length > 0);
      if (choose) select(options()[0]);
      if (hasty && current()) take(current(), hasty);
      hasty = null;
    } catch (fault) {
      if (fault.name !== "AbortError") show(false);
    }
  }

  function step(by) {
    const all = options();
    if (list.hidden) return void ask();
    if (all.length) select(all[(all.indexOf(current()) + by + all.length) % all.length]);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    stale = true;
    hasty = null;
    timer = setTimeout(ask, PAUSE);
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) step(moves[event.key]);
    // Who is faster than the answer means what he has typed, not what stands there yet.
    else if (event.key === "Enter" && stale && choose) hasty = event;
    else if (event.key === "Enter" && !list.hidden && current()) take(current(), event);
    else if (event.key === "Escape" && !list.hidden && !input.closest(".palette")) {
      show(false);
      event.stopPropagation();
    } else return;
    event.preventDefault();
  });

  // The field keeps the focus: what is pressed in the list is taken on the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option, event);
  });

  return { ask, hide: () => show(false) };
}
