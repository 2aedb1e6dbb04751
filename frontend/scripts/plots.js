// Plots: drawn when a page has one; what draws them is loaded then. Colours come from the tokens of the page.
const css = (name) => {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
};

let drawn = [];

async function draw() {
  drawn = drawn.filter(({ host, chart }) => host.isConnected || chart.dispose());
  const hosts = [...document.querySelectorAll("[data-plot]")].filter((host) => !drawn.some((one) => one.host === host));
  if (!hosts.length) return;
  const { stackedBars } = await import("./plots/bars.js");
  for (const host of hosts) if (host.isConnected && host.clientWidth) drawn.push({ host, chart: stackedBars(host, JSON.parse(host.dataset.plot), css) });
}

function redraw() {
  for (const { chart } of drawn) chart.dispose();
  drawn = [];
  draw();
}

document.addEventListener("htmx:afterSettle", draw);
window.addEventListener("resize", () => {
  for (const { chart } of drawn) chart.resize();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
draw();
