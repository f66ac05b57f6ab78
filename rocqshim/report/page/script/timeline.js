// The time that all charts show, and the moment that is pointed at.
const whole = Math.max(found.seconds, 0.1);
const view = { from: 0, to: whole, moment: null };
const charts = [];
function drawAll() {
  for (const chart of charts) chart.draw();
  document.getElementById("range").textContent =
    `${clock(view.from, whole / 8)} to ${clock(view.to, whole / 8)} of ${duration(whole)}`;
}
function show(from, to) {
  const least = Math.min(whole, Math.max(whole / 2000, 0.2));
  const middle = (from + to) / 2, half = Math.max(to - from, least) / 2;
  view.from = Math.max(0, Math.min(middle - half, whole - 2 * half));
  view.to = Math.min(whole, view.from + 2 * half);
  ganttRows();
  drawAll();
}
function zoom(factor, around = (view.from + view.to) / 2) {
  show(around - (around - view.from) * factor, around + (view.to - around) * factor);
}
function pointAt(time) {
  view.moment = time;
  for (const chart of charts) chart.drawOver();
}
document.getElementById("zoom-in").onclick = () => zoom(0.5);
document.getElementById("zoom-out").onclick = () => zoom(2);
document.getElementById("zoom-all").onclick = () => show(0, whole);

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400,
  28800, 86400];
function ticks(width) {
  const least = (view.to - view.from) / Math.max(2, width / 64);
  const step = STEPS.find((one) => one >= least) ?? 86400 * Math.ceil(least / 86400);
  const made = [];
  for (let n = Math.ceil(view.from / step); n * step <= view.to; n++) made.push(n * step);
  return { step, made };
}
