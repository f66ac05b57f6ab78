// Cores in use against the quota, and pressure: how much of the time somebody waited.
const limitOfCores = found.quota ?? found.cores;
const coresMost = Math.max(limitOfCores ?? 0, ...samples.map((sample) => sample.cpu ?? 0)) || 1;
function coresBase(chart, c) {
  chart.valueAxis(c, coresMost, (value) => String(Math.round(value * 10) / 10));
  chart.timeAxis(c, chart.size.height - 4, TOP, chart.bottom);
  chart.clip(c, () => {
    let before = 0;
    for (const sample of samples) {
      const [x, width] = columnOf(chart, sample, before), y = chart.y(sample.cpu ?? 0, coresMost);
      box(c, x, y, width, chart.bottom - y, "--run");
      before = sample.t;
    }
    steps(chart, c, (s) => s.machine_cpu, coresMost, "--promised", { dash: [5, 3] });
    if (limitOfCores === null) return;
    const y = chart.y(limitOfCores, coresMost);
    line(c, LEFT, y, LEFT + chart.width, y, "--bad", { width: 2 });
  });
}
function coresTell(chart, x) {
  const at = sampleAt(chart.time(x));
  if (at < 0) return null;
  const sample = samples[at], rate = (bytes) => (bytes === null ? "unknown" : `${size(bytes)}/s`);
  return [
    [`${clock(sample.t, 1)}: ${sample.cpu === null ? "unknown" : sample.cpu.toFixed(1)} of ${limitOfCores ?? "unknown"} cores`, "head"],
    ...(sample.machine_cpu === null ? [] : [[`with other work of the machine: ${sample.machine_cpu.toFixed(1)}`]]),
    ...atWork(sample),
    [`disk: read ${rate(sample.read)}, written ${rate(sample.written)}`],
  ];
}
function coresLegend() {
  const entries = [[(c) => box(c, 0, 0, 26, 12, "--run"), "in use"]];
  if (limitOfCores !== null) entries.push([(c) => line(c, 0, 6, 26, 6, "--bad", { width: 2 }),
    found.quota === null ? `${count(limitOfCores, "core")} for jobs` : `cpu-quota ${count(limitOfCores, "core")}`]);
  if (samples.some((s) => s.machine_cpu !== null)) entries.push(
    [(c) => line(c, 0, 6, 26, 6, "--promised", { width: 1.5, dash: [5, 3] }), "with other work of the machine"]);
  legend("cpu-legend", entries);
}
const knowsPressure = samples.some((s) => s.memory_pressure !== null || s.cpu_pressure !== null);
const pressureMost = Math.max(10, ...samples.map((s) => Math.max(s.memory_pressure ?? 0, s.cpu_pressure ?? 0))) > 50 ? 100 : 50;
function pressureBase(chart, c) {
  chart.valueAxis(c, pressureMost, (value) => `${value} %`);
  chart.timeAxis(c, chart.size.height - 4, TOP, chart.bottom);
  chart.clip(c, () => {
    steps(chart, c, (s) => s.cpu_pressure, pressureMost, "--run", { dash: [5, 3] });
    steps(chart, c, (s) => s.memory_pressure, pressureMost, "--critical", { width: 2 });
  });
}
function pressureTell(chart, x) {
  const at = sampleAt(chart.time(x));
  if (at < 0) return null;
  const sample = samples[at], part = (value) => (value === null ? "unknown" : `${value.toFixed(0)} %`);
  return [
    [`${clock(sample.t, 1)}: of the last 10 s somebody waited`, "head"],
    [`for memory: ${part(sample.memory_pressure)}`], [`for a core: ${part(sample.cpu_pressure)}`],
  ];
}
function pressureLegend() {
  legend("pressure-legend", knowsPressure ? [
    [(c) => line(c, 0, 6, 26, 6, "--critical", { width: 2 }), "for memory"],
    [(c) => line(c, 0, 6, 26, 6, "--run", { width: 1.5, dash: [5, 3] }), "for cores"],
  ] : [[() => {}, "not known on this machine: the backend has no cgroups"]]);
}
