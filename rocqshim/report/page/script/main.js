// Everything is ready: show it.
document.documentElement.classList.add("script");
for (const time of document.querySelectorAll("time")) {
  time.textContent = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
const memoryChart = new Chart("memory", {
  height: 260, base: memoryBase, tell: memoryTell,
  label: "Memory over time, stacked by file, against memory-max",
});
memoryScale(document.getElementById("memory-scale"), memoryChart);
const ganttChart = new Chart("gantt", {
  height: 300, foot: 0, base: ganttBase, over: ganttOver, tell: ganttTell, keys: ganttKeys, pins: true,
  leave: () => { gantt.hover = null; },
  label: "Jobs over time, a row for each file. Up and down go from file to file",
});
ganttChart.plot.append(scroller);
scroller.tabIndex = -1;
scroller.onscroll = () => ganttChart.drawNow();
document.getElementById("gantt-which").onchange = ganttRows;
document.getElementById("gantt-find").oninput = ganttRows;
new Chart("cpu", { height: 110, base: coresBase, tell: coresTell, label: "Cores in use over time" });
if (knowsPressure) {
  new Chart("pressure", { height: 110, base: pressureBase, tell: pressureTell, label: "Pressure over time, in per cent" });
} else document.querySelector("#pressure .plot").hidden = true;
function legends() {
  memoryLegend();
  ganttLegend();
  coresLegend();
  pressureLegend();
}
ganttRows();
legends();
startTable();
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  colours();
  legends();
  drawAll();
});
