// Figures for people, in the same words as the commands (settings/size.py, cli/duration.py).
const UNITS = ["", "K", "M", "G", "T", "P", "E"];
function size(bytes) {
  if (bytes === null || bytes === undefined) return "unknown";
  let power = 0;
  while (power < 6 && Math.round(bytes / 1024 ** power * 10) / 10 >= 1024) power++;
  return (bytes / 1024 ** power).toFixed(1).replace(/\.0$/, "") + UNITS[power];
}
function duration(seconds) {
  if (seconds === null || seconds === undefined) return "unknown";
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (Math.round(seconds * 10) / 10 < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds), two = (n) => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole % 3600 / 60))} min`;
}
const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
// On an axis: 1:05 or 2:03:00, and parts of a second where the steps are so small.
function clock(seconds, step) {
  if (step < 1) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds), two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole % 3600 / 60), whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
