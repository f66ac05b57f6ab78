// Memory over time: what each file holds, stacked; above it what else the slice has.
// The axis begins so high that the build is seen; a click takes it up to memory-max, and back.
let memoryMost = found.memoryTop;
const peakAt = samples.reduce((best, s) => (s.peak > (best?.peak ?? -1) ? s : best), null);
function memoryScale(button, chart) {
  button.hidden = !found.memoryMax || found.memoryMax <= found.memoryTop;
  button.textContent = `Up to memory-max ${size(found.memoryMax)}`;
  button.onclick = () => {
    const isLow = memoryMost === found.memoryTop;
    memoryMost = isLow ? found.memoryMax : found.memoryTop;
    button.setAttribute("aria-pressed", isLow);
    chart.draw();
  };
}
function held(sample) {
  let sum = 0;
  for (let at = 1; at < sample.jobs.length; at += 2) sum += sample.jobs[at];
  return sum;
}
const fileColour = (file) =>
  ofTheirOwn.get(file) ?? (file < 0 ? "--other-b" : file % 2 ? "--other-a" : "--other-b");
function memoryBase(chart, c) {
  chart.valueAxis(c, memoryMost, size);
  chart.timeAxis(c, chart.size.height - 4, TOP, chart.bottom);
  chart.clip(c, () => {
    let before = 0;
    for (const sample of samples) {
      if (sample.t >= view.from && before <= view.to) memoryColumn(chart, c, sample, before);
      before = sample.t;
    }
    steps(chart, c, (s) => s.reserved, memoryMost, "--promised", { dash: [5, 3] });
    if (found.memoryMax) {
      const y = chart.y(found.memoryMax, memoryMost);
      line(c, LEFT, y, LEFT + chart.width, y, "--bad", { width: 2 });
    }
    if (peakAt) peakMark(chart, c);
  });
}
function memoryColumn(chart, c, sample, before) {
  const [x, width] = columnOf(chart, sample, before);
  let level = 0, y = chart.bottom;
  for (let at = 0; at < sample.jobs.length; at += 2) {
    level += sample.jobs[at + 1];
    const top = onPixel(chart.y(level, memoryMost));
    // A hair of ground between two files, where there is room for it.
    const hair = sample.jobs.length <= 48 && y - top > 4 ? 1 : 0;
    box(c, x, top + hair, width, y - top - hair, fileColour(sample.jobs[at]));
    y = top;
  }
  const top = onPixel(chart.y(sample.memory ?? 0, memoryMost));
  if (top < y) stripes(c, x, top, width, y - top, "--soft", "--rest");
}
function peakMark(chart, c) {
  const x = chart.x(peakAt.t), y = chart.y(found.memoryPeak, memoryMost);
  if (x < LEFT || x > LEFT + chart.width) return;
  const text = `peak ${size(found.memoryPeak)}`, width = c.measureText(text).width;
  const left = Math.min(Math.max(x - width / 2, LEFT + 2), LEFT + chart.width - width - 8);
  const low = y > TOP + 30 ? y - 26 : y + 8;
  box(c, left - 4, low, width + 8, 18, "--panel");
  write(c, text, left, low + 13);
  c.beginPath();
  c.arc(x, y, 3.5, 0, 7);
  c.fillStyle = palette["--ink"];
  c.fill();
}
// Which file's band is under the pointer: [file, bytes], or null.
function bandAt(chart, sample, y) {
  let level = 0;
  for (let at = 0; at < sample.jobs.length; at += 2) {
    const low = chart.y(level, memoryMost);
    level += sample.jobs[at + 1];
    if (y <= low && y > chart.y(level, memoryMost)) return [sample.jobs[at], sample.jobs[at + 1]];
  }
  return null;
}
function memoryTell(chart, x, y) {
  const at = sampleAt(chart.time(x));
  if (at < 0) return null;
  const sample = samples[at], band = bandAt(chart, sample, y), lines = [];
  if (band) lines.push([`${band[0] < 0 ? "other files" : files[band[0]].name}: ${size(band[1])}`, "head"]);
  lines.push([`${clock(sample.t, 1)}: ${size(sample.memory)}${found.memoryMax ? ` of ${size(found.memoryMax)}` : ""}`]);
  if (sample.reserved !== null) lines.push([`promised to jobs: ${size(sample.reserved)}`]);
  const rest = (sample.memory ?? 0) - held(sample);
  if (rest > 0) lines.push([`page cache and others: ${size(rest)}`]);
  lines.push(...atWork(sample), ...largest(sample));
  return lines;
}
function atWork(sample) {
  const waits = sample.waiting ? `, ${sample.waiting} waiting${sample.blocked ? ` (${sample.blocked})` : ""}` : "";
  return [[`${sample.running ?? 0} running${waits}`]];
}
function largest(sample) {
  const pairs = [];
  for (let at = 0; at < sample.jobs.length; at += 2) pairs.push([sample.jobs[at], sample.jobs[at + 1]]);
  return pairs.filter(([file]) => file >= 0).sort((a, b) => b[1] - a[1]).slice(0, 5)
    .map(([file, bytes]) => [`${size(bytes)}  ${files[file].name}`, "soft"]);
}
function memoryLegend() {
  const entries = [...ofTheirOwn].map(([file, colour]) =>
    [(c) => box(c, 0, 0, 26, 12, colour), shorter(files[file], 32)]);
  if (files.length > ofTheirOwn.size) entries.push([(c) => {
    box(c, 0, 0, 13, 12, "--other-a");
    box(c, 13, 0, 13, 12, "--other-b");
  }, "other files"]);
  entries.push(
    [(c) => stripes(c, 0, 0, 26, 12, "--soft", "--rest"), "page cache and others"],
    [(c) => line(c, 0, 6, 26, 6, "--promised", { width: 1.5, dash: [5, 3] }), "promised to jobs"],
  );
  if (found.memoryMax) entries.push(
    [(c) => line(c, 0, 6, 26, 6, "--bad", { width: 2 }), `memory-max ${size(found.memoryMax)}`]);
  legend("memory-legend", entries);
}
