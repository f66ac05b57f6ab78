// Pointer and keyboard on a chart, and the box that tells what is there.
let pinned = false;
function tell(lines, x, y) {
  if (!lines) { tip.hidden = true; return; }
  tip.replaceChildren(...lines.map(([text, kind]) => {
    const made = document.createElement(kind === "head" ? "b" : "span");
    if (kind === "soft") made.className = "soft"; else made.style.display = "block";
    made.textContent = text.replace(/(\d) (?=(s|min|h|%)\b)/g, "$1\u00a0");
    return made;
  }));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 16 + width < innerWidth ? x + 16 : Math.max(4, x - 16 - width);
  tip.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 14, innerHeight - height - 4))}px`;
}
function leave(chart) {
  if (pinned) return;
  tell(null);
  chart.paint.leave?.(chart);
  pointAt(null);
}
function unpin(chart) {
  pinned = false;
  tip.classList.remove("pinned");
  leave(chart);
}
function look(chart, x, y) {
  if (pinned || !chart.size) return;
  const { left, top } = chart.plot.getBoundingClientRect();
  const inside = x >= LEFT && x <= LEFT + chart.width;
  const lines = inside ? chart.paint.tell(chart, x, y) : null;
  pointAt(inside ? chart.time(x) : null);
  tell(lines, left + x, top + y);
}
function listen(chart) {
  const { plot } = chart;
  const at = (event) => {
    const { left, top } = plot.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  plot.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    if (chart.drag) {
      chart.drag.to = x;
      chart.drag.far ||= Math.abs(x - chart.drag.from) > 6;
      if (chart.drag.far && !plot.hasPointerCapture(event.pointerId)) plot.setPointerCapture(event.pointerId);
    }
    look(chart, x, y);
  });
  plot.addEventListener("pointerdown", (event) => {
    const [x] = at(event);
    if (event.button === 0 && x >= LEFT && x <= LEFT + chart.width) chart.drag = { from: x, to: x };
  });
  plot.addEventListener("pointerup", (event) => {
    const { drag } = chart, [x, y] = at(event);
    chart.drag = null;
    if (drag?.far) show(...[chart.time(drag.from), chart.time(drag.to)].sort((a, b) => a - b));
    else if (drag) press(chart, x, y);
  });
  plot.addEventListener("pointercancel", () => { chart.drag = null; });
  plot.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") leave(chart); });
  plot.addEventListener("dblclick", () => show(0, whole));
  plot.addEventListener("keydown", (event) => keyed(chart, event));
  plot.addEventListener("blur", () => { if (!pinned) leave(chart); });
}
// A click holds what is told, so that it can be read at leisure and copied.
function press(chart, x, y) {
  const was = pinned;
  unpin(chart);
  look(chart, x, y);
  if (was || tip.hidden || !chart.paint.pins) return;
  pinned = true;
  tip.classList.add("pinned");
}
function keyed(chart, event) {
  const step = (view.to - view.from) / (event.shiftKey ? 10 : 100);
  const acts = {
    ArrowLeft: () => stepTo(chart, -step), ArrowRight: () => stepTo(chart, step),
    "+": () => zoom(0.5, view.moment ?? undefined), "=": () => zoom(0.5, view.moment ?? undefined),
    "-": () => zoom(2, view.moment ?? undefined), 0: () => show(0, whole),
    Escape: () => unpin(chart),
    ...chart.paint.keys?.(chart),
  };
  if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  acts[event.key]();
}
function stepTo(chart, step) {
  const time = Math.max(view.from, Math.min(view.to, (view.moment ?? view.from - step) + step));
  look(chart, chart.x(time), chart.size.height / 2);
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const chart of charts) unpin(chart);
});
