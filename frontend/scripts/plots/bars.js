// Stacked bars by ECharts on a canvas: 1 px gaps, the highest and the last named, the unfinished one at half opacity.
import { BarChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, GridComponent, CanvasRenderer]);

export function stackedBars(host, { labels, series }, css) {
  const totals = labels.map((_, at) => series.reduce((sum, one) => sum + one.data[at], 0));
  const named = new Set([totals.length - 1, totals.indexOf(Math.max(...totals))]);
  const font = getComputedStyle(host).fontFamily;
  const chart = init(host, null, { renderer: "canvas" });
  const surface = css("--surface");
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: font, fontSize: 12, color: css("--ink-3") },
    grid: { left: 4, right: 4, top: 22, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: labels, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: css("--ink-3"), fontFamily: font } },
    yAxis: { type: "value", minInterval: 1, splitNumber: 3, axisLabel: { color: css("--ink-3"), fontFamily: font }, splitLine: { lineStyle: { color: css("--line") } } },
    series: [
      ...series.map((one, index) => ({
        type: "bar",
        stack: "all",
        name: one.name,
        barWidth: "55%",
        itemStyle: { color: css(`--c${index + 1}`), borderColor: surface, borderWidth: 1 },
        data: one.data.map((value, at) => (!value ? "-" : at === labels.length - 1 ? { value, itemStyle: { opacity: 0.5 } } : value)),
      })),
      {
        type: "bar",
        stack: "all",
        data: totals.map(() => 0),
        label: { show: true, position: "top", color: css("--ink"), fontWeight: 600, fontFamily: font, formatter: ({ dataIndex }) => (named.has(dataIndex) && totals[dataIndex] ? String(totals[dataIndex]) : "") },
      },
    ],
  });
  return chart;
}
