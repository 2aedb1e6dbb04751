// Which answers still count, and where they go. A request may outlive what asked for it: an inbox that is being drawn
// anew takes the clicked item out of the page, and with it all that htmx reads from its surroundings only when the
// answer is there. Such an answer was put whole, with its frame, into the page.
import { t } from "./texts.js";
import { warn } from "./toasts.js";

let turn = 0; // how often somebody has gone to another page
let leaving = false; // whether the answer of the last time is still on its way

const inherited = (elt, name) => elt.closest(`[${name}]`)?.getAttribute(name);

// What htmx would look up later, while it can still be found.
function settle(detail) {
  const { elt, etc } = detail;
  const outside = inherited(elt, "hx-select-oob");
  detail.select ??= inherited(elt, "hx-select");
  etc.swapOverride ??= inherited(elt, "hx-swap");
  etc.selectOOB ??= outside === "unset" ? undefined : outside;
  etc.push ??= inherited(elt, "hx-push-url") ?? (detail.boosted ? "true" : undefined);
}

// Says later whether somebody has gone elsewhere since; undefined where he is about to, so that nothing is asked for.
function course(detail) {
  if (detail.target.id !== "main") return () => false;
  if (!detail.boosted) {
    if (leaving) return undefined;
    const begun = turn;
    return () => begun !== turn;
  }
  const own = ++turn;
  leaving = true;
  detail.xhr.addEventListener("loadend", () => (leaving &&= own !== turn));
  return () => own !== turn;
}

// The page may have been drawn anew meanwhile. A smaller part may not: the same place of another page is another's.
const standing = (target) => (target.id === "main" ? document.getElementById("main") : target);

// The page hears of an answer even if what asked is in it no more: the end of a session, a draft that was saved.
function tell(event, elt) {
  if (elt.isConnected) return;
  const again = new CustomEvent("htmx:beforeOnLoad", { detail: event.detail, cancelable: true });
  if (!document.dispatchEvent(again)) event.preventDefault();
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const { detail } = event;
  const { elt, xhr } = detail;
  settle(detail);
  const overtaken = course(detail);
  if (!overtaken) return event.preventDefault();
  const refreshes = elt.matches("[data-refresher]");
  const receive = (answer) => {
    if (answer.detail.xhr !== xhr) return; // what is within it asks, too
    if (refreshes && !elt.isConnected) return answer.preventDefault();
    tell(answer, elt);
    if (!overtaken()) return void (detail.target = standing(detail.target));
    answer.preventDefault();
    if (detail.requestConfig.verb !== "get" && xhr.status >= 400) warn(t("上一步没有办成，请回去查看"));
  };
  elt.addEventListener("htmx:beforeOnLoad", receive);
  xhr.addEventListener("loadend", () => elt.removeEventListener("htmx:beforeOnLoad", receive));
});
