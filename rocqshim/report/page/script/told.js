// What is told of a file whose row is pointed at.
function ganttTell(chart, x, y) {
  const row = Math.floor((y + scroller.scrollTop - HEAD) / ROW), file = gantt.rows[row];
  gantt.hover = y > HEAD && file ? file : null;
  gantt.picked = row;
  return gantt.hover && fileTold(gantt.hover, chart.time(x));
}
function fileTold(file, time) {
  const job = file.jobs.find((one) => time <= (one.ended ?? 0)) ?? file.jobs[file.jobs.length - 1];
  const again = file.attempts > 1 ? `, attempt ${job.attempt} of ${file.attempts}` : "";
  const lines = [[(file.critical ? "◆ " : "") + file.name, "head"], [job.text + again]];
  if (file.critical) lines.push(["on the critical path"]);
  lines.push([`ran ${duration((job.ended ?? 0) - (job.started ?? 0))}, from ${clock(job.started ?? 0, 1)} to ${clock(job.ended ?? 0, 1)}`]);
  lines.push([waitTold(job)]);
  lines.push([memoryTold(job)]);
  if (job.why_reserved) lines.push([job.why_reserved, "soft"]);
  if (job.user !== null) lines.push([`CPU ${duration((job.user ?? 0) + (job.system ?? 0))}`]);
  if (file.deps.length) lines.push([`needed ${listed(file.deps)}`, "soft"]);
  if (file.needers.length) lines.push([`needed by ${listed(file.needers)}`, "soft"]);
  return lines;
}
function waitTold(job) {
  if (!job.waited || job.waited < 0.01) return "did not wait";
  const why = Object.entries(job.why || {}).sort((a, b) => b[1] - a[1])
    .map(([word, spent]) => `${word} ${duration(spent)}`).join(", ");
  return `waited ${duration(job.waited)}${why ? `: ${why}` : ""}`;
}
function memoryTold(job) {
  const promised = job.reservation === null ? "" : `, promised ${size(job.reservation)}`;
  const own = job.job_memory_max === null ? "" : `, job-memory-max ${size(job.job_memory_max)}`;
  const swap = job.swap_peak ? `, swap ${size(job.swap_peak)}` : "";
  return `peak ${size(job.memory_peak)}${promised}${own}${swap}`;
}
function listed(some) {
  const names = some.slice(0, 4).map((file) => file.name).join(", ");
  return some.length > 4 ? `${names} and ${some.length - 4} more` : names;
}
