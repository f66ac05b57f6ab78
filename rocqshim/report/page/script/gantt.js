// Every file in a row of its own: when it waited, ran, was killed and ran again. Only what is in
// sight is drawn, so that a build of thousands scrolls as a small one.
const ROW = 20, HEAD = 20;
const gantt = { rows: files, hover: null, picked: -1 };
const scroller = document.createElement("div"), spacer = document.createElement("div");
scroller.className = "scroll";
scroller.append(spacer);
function ganttRows() {
  const which = document.getElementById("gantt-which").value;
  const all = chosen(which, document.getElementById("gantt-find").value);
  // Of a part of the build, what was there then: no scrolling past what cannot be seen.
  gantt.rows = all.filter((file) => file.from <= view.to && file.to >= view.from)
    .sort((a, b) => a.from - b.from || a.to - b.to);
  gantt.rows.forEach((file, at) => { file.row = at; });
  gantt.shown = new Set(gantt.rows);
  gantt.picked = gantt.shown.has(gantt.hover) ? gantt.hover.row : -1;
  scroller.scrollTop = 0;
  spacer.style.height = `${gantt.rows.length * ROW + HEAD + 4}px`;
  const height = Math.min(gantt.rows.length * ROW + HEAD + 6, Math.max(240, innerHeight * 0.6));
  ganttChart.plot.style.height = `${Math.max(height, 80)}px`;
  document.getElementById("gantt-count").textContent = (gantt.rows.length < all.length ? `${gantt.rows.length.toLocaleString("en")} of ` : "") +
    count(all.length, "file") + (common && ` in ${common}`) +
    (found.left ? `; ${found.left.toLocaleString("en")} shorter jobs are not in this page` : "");
  ganttChart.draw();
}
const rowY = (file) => HEAD + file.row * ROW - scroller.scrollTop + ROW / 2;
function ganttBase(chart, c) {
  chart.clip(c, () => {
    const first = Math.max(0, Math.floor((scroller.scrollTop - HEAD) / ROW));
    const last = Math.min(gantt.rows.length, first + Math.ceil(chart.size.height / ROW) + 2);
    chart.timeAxis(c, -99, HEAD, chart.size.height);
    for (let at = first; at < last; at++) ganttRow(chart, c, gantt.rows[at]);
  });
  box(c, 0, 0, chart.size.width, HEAD - 2, "--panel");
  chart.timeAxis(c, 13, 0, 0);
}
function ganttRow(chart, c, file) {
  const y = rowY(file);
  for (const job of file.jobs) ganttBar(chart, c, job, y);
  ganttName(chart, c, file, y);
}
function ganttBar(chart, c, job, y) {
  const asked = chart.x(job.asked ?? job.started ?? 0), start = chart.x(job.started ?? 0);
  const width = Math.max(chart.x(job.ended ?? 0) - start, 1.5);
  if (start - asked > 0.5) box(c, asked, y - 2.5, start - asked, 5, "--wait");
  const colour = job.critical ? "--critical" : "--run";
  if (job.state === "done") box(c, start, y - 6, width, 12, colour);
  else {
    stripes(c, start, y - 6, width, 12, "--bad", "--panel");
    c.strokeStyle = palette["--bad"];
    c.lineWidth = 1;
    c.strokeRect(start + 0.5, y - 5.5, Math.max(width - 1, 0.5), 11);
    endMark(c, job, start, width, y);
  }
  if (job.attempt > 1 && width > 14) write(c, String(job.attempt), start + 4, y + 4, "--panel", "left", true);
}
// In the middle of the bar, where the next attempt cannot hide it.
function endMark(c, job, start, width, y) {
  const x = start + width / 2, killed = job.state === "killed";
  if (width > 16) box(c, x - 6, y - 5, 12, 10, "--panel");
  if (killed) cross(c, x, y, "--bad");
  else write(c, "!", x, y + 4, "--bad", "center", true);
}
// Right of the bar; left of it, or inside, where there is no room.
function ganttName(chart, c, file, y) {
  const from = chart.x(file.from), to = chart.x(file.to), right = LEFT + chart.width;
  if (to < LEFT || from > right) return;
  const bold = Boolean(file.critical), colour = bold ? "--critical" : "--ink";
  const text = (bold ? "◆ " : "") + shorter(file) + (file.state === "done" ? "" : ` – ${file.text}`);
  c.font = font(bold);
  const width = c.measureText(text).width, after = Math.max(to, LEFT) + 8;
  if (after + width < right) return write(c, text, after, y + 4, colour, "left", bold);
  if (from - 6 - width > LEFT) return write(c, text, from - 6, y + 4, colour, "right", bold);
  const at = Math.min(Math.max(from, LEFT) + 4, right - width - 4);
  c.globalAlpha = 0.85;
  box(c, at - 2, y - 7, width + 4, 14, "--panel");
  c.globalAlpha = 1;
  return write(c, text, at, y + 4, colour, "left", bold);
}
function ganttOver(chart, c) {
  const file = gantt.hover;
  if (!file || !gantt.shown.has(file)) return;
  chart.clip(c, () => {
    c.beginPath();
    c.rect(0, HEAD, chart.size.width, chart.size.height);
    c.clip();
    frame(chart, c, file, "--ink", 2);
    for (const dep of file.deps) related(chart, c, dep, file, "--accent", []);
    for (const needer of file.needers.slice(0, 200)) related(chart, c, file, needer, "--soft", [4, 3]);
  });
}
// From the end of what was needed to the start of what needed it.
function related(chart, c, from, to, colour, dash) {
  const other = from === gantt.hover ? to : from;
  if (!gantt.shown.has(other)) return;
  const [x1, y1, x2, y2] = [chart.x(from.to), rowY(from), chart.x(to.from), rowY(to)];
  const bend = Math.max(18, Math.abs(x2 - x1) / 3);
  c.strokeStyle = palette[colour];
  c.lineWidth = 1.5;
  c.setLineDash(dash);
  c.beginPath();
  c.moveTo(x1, y1);
  c.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
  c.stroke();
  c.setLineDash([]);
  frame(chart, c, other, colour, 1.5);
}
function frame(chart, c, file, colour, width) {
  const x = chart.x(file.from), y = rowY(file);
  c.strokeStyle = palette[colour];
  c.lineWidth = width;
  c.strokeRect(x - 2, y - 8, Math.max(chart.x(file.to) - x, 2) + 4, 16);
}
function ganttKeys(chart) {
  const go = (step) => () => {
    const row = Math.max(0, Math.min(gantt.rows.length - 1, gantt.picked + step));
    const file = gantt.rows[row];
    if (!file) return;
    const top = row * ROW, seen = chart.size.height - HEAD - ROW;
    if (top < scroller.scrollTop || top > scroller.scrollTop + seen) scroller.scrollTop = top - seen / 2;
    const x = Math.min(Math.max(chart.x(file.to) - 2, LEFT), LEFT + chart.width);
    look(chart, x, rowY(file));
  };
  return { ArrowDown: go(1), ArrowUp: go(-1), PageDown: go(15), PageUp: go(-15), Home: go(-1e9), End: go(1e9) };
}
function ganttLegend() {
  legend("gantt-legend", [
    [(c) => box(c, 0, 0, 26, 12, "--run"), "ran"],
    [(c) => box(c, 0, 3.5, 26, 5, "--wait"), "waited"],
    [(c) => { box(c, 12, 0, 14, 12, "--critical"); diamond(c, 5, 6, "--critical"); }, "critical path"],
    [(c) => { stripes(c, 0, 0, 26, 12, "--bad", "--panel"); endMark(c, { state: "killed" }, 0, 26, 6); }, "killed"],
    [(c) => { stripes(c, 0, 0, 26, 12, "--bad", "--panel"); endMark(c, { state: "failed" }, 0, 26, 6); }, "failed or cancelled"],
    [(c) => { box(c, 0, 0, 26, 12, "--run"); write(c, "2", 4, 10, "--panel", "left", true); }, "attempt 2"],
    [(c) => line(c, 0, 6, 26, 6, "--accent", { width: 1.5 }), "needed"],
    [(c) => line(c, 0, 6, 26, 6, "--soft", { width: 1.5, dash: [4, 3] }), "needed by"],
  ]);
}
