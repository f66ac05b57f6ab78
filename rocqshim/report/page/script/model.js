// The build: files, their jobs, and who waits for whom. Columns become records here, once.
const found = JSON.parse(document.getElementById("data").textContent);
const records = (columns) => Object.values(columns)[0].map((_, at) =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[at]])));
const jobs = records(found.jobs), samples = records(found.samples);
const files = records(found.files);
files.forEach((file, at) => Object.assign(file, { at, jobs: [], deps: new Set(), needers: [] }));
for (const job of jobs) {
  job.of = files[job.file];
  job.of.jobs.push(job);
  for (const dep of job.deps || []) if (dep !== job.file) job.of.deps.add(files[dep]);
}
for (const file of files) {
  file.deps = [...file.deps];
  for (const dep of file.deps) dep.needers.push(file);
  file.from = Math.min(...file.jobs.map((job) => job.asked ?? 0));
  file.to = Math.max(...file.jobs.map((job) => job.ended ?? 0));
  file.needle = file.name.toLowerCase();
}
// What all names begin with says nothing: charts leave it out.
const common = files.length < 2 ? "" : files.reduce((so, { name }) => {
  while (!name.startsWith(so)) so = so.slice(0, so.lastIndexOf("/", so.length - 2) + 1);
  return so;
}, files[0].name.slice(0, files[0].name.lastIndexOf("/") + 1));
function shorter(file, most = 46) {
  const name = file.name.slice(common.length);
  return name.length > most ? `…${name.slice(1 - most)}` : name;
}
const WHICH = {
  all: () => true,
  critical: (file) => file.critical,
  waited: (file) => file.waited >= 0.1,
  trouble: (file) => file.attempts > 1 || file.state !== "done",
};
function chosen(which, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return files.filter((file) => WHICH[which](file) && words.every((w) => file.needle.includes(w)));
}
// The eight files that held most for longest get a colour of their own.
const ofTheirOwn = new Map();
{
  const held = new Map();
  for (const sample of samples) { // all stand for the same time
    for (let at = 0; at < sample.jobs.length; at += 2) {
      const [file, bytes] = [sample.jobs[at], sample.jobs[at + 1]];
      if (file >= 0) held.set(file, (held.get(file) ?? 0) + bytes);
    }
  }
  [...held].sort((a, b) => b[1] - a[1]).slice(0, 8)
    .forEach(([file], at) => ofTheirOwn.set(file, `--f${at}`));
}
// They lie at the bottom of the stack, where others that end do not push them about.
for (const sample of samples) {
  const pairs = [];
  for (let at = 0; at < sample.jobs.length; at += 2) pairs.push(sample.jobs.slice(at, at + 2));
  const own = (pair) => Number(!ofTheirOwn.has(pair[0])) + Number(pair[0] < 0);
  sample.jobs = pairs.sort((a, b) => own(a) - own(b)).flat();
}
// The sample at a time: each stands for the time since the one before.
function sampleAt(time) {
  let low = 0, high = samples.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle].t < time) low = middle + 1; else high = middle;
  }
  return samples.length ? low : -1;
}
