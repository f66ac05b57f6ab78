// One chart: a canvas for the picture and one above it for what the pointer changes, so that
// hovering never draws the picture again.
const LEFT = 44, RIGHT = 16, TOP = 6, FOOT = 18;
const tip = document.getElementById("tip");
let palette = {};
function colours() {
  const style = getComputedStyle(document.documentElement);
  palette = new Proxy({}, { get: (kept, name) => kept[name] ??= style.getPropertyValue(name).trim() });
}
colours();
const font = (bold) => `${bold ? "650 " : ""}12px system-ui, sans-serif`;

class Chart {
  // paint: {height, base(chart), over(chart), tell(chart, x, y) -> lines or null, label}
  constructor(id, paint) {
    Object.assign(this, { paint, plot: document.querySelector(`#${id} .plot`), dirty: false });
    this.plot.setAttribute("aria-label", paint.label);
    this.base = this.layer();
    this.over = this.layer();
    this.plot.style.height = `${paint.height}px`;
    new ResizeObserver(() => this.draw()).observe(this.plot);
    charts.push(this);
    listen(this);
  }
  layer() {
    return this.plot.appendChild(document.createElement("canvas")).getContext("2d");
  }
  get width() { return this.size.width - LEFT - RIGHT; }
  get bottom() { return this.size.height - (this.paint.foot ?? FOOT); }
  x(time) { return LEFT + (time - view.from) / (view.to - view.from) * this.width; }
  time(x) { return view.from + (x - LEFT) / this.width * (view.to - view.from); }
  draw() {
    if (this.dirty) return;
    this.dirty = true;
    requestAnimationFrame(() => { this.dirty = false; this.drawNow(); });
  }
  drawNow() {
    this.size = { width: this.plot.clientWidth, height: this.plot.clientHeight };
    if (this.width < 10) return;
    this.fresh(this.base);
    this.paint.base(this, this.base);
    this.drawOver();
  }
  drawOver() {
    if (!this.size || this.width < 10) return;
    const c = this.fresh(this.over);
    this.paint.over?.(this, c);
    if (view.moment !== null) line(c, this.x(view.moment), TOP, this.x(view.moment), this.bottom, "--soft");
    if (this.drag?.far) this.selection(c);
  }
  selection(c) {
    const [a, b] = [this.drag.from, this.drag.to].sort((p, q) => p - q);
    c.globalAlpha = 0.25;
    box(c, a, TOP, b - a, this.bottom - TOP, "--accent");
    c.globalAlpha = 1;
  }
  fresh(c) {
    const ratio = devicePixelRatio || 1, { width, height } = this.size;
    if (c.canvas.width !== Math.round(width * ratio) || c.canvas.height !== Math.round(height * ratio)) {
      c.canvas.width = Math.round(width * ratio);
      c.canvas.height = Math.round(height * ratio);
    }
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    c.font = font();
    return c;
  }
  // Inside the axes only.
  clip(c, draw) {
    c.save();
    c.beginPath();
    c.rect(LEFT, 0, this.width, this.size.height);
    c.clip();
    draw();
    c.restore();
  }
  timeAxis(c, y, from, to) {
    const { step, made } = ticks(this.width);
    for (const time of made) {
      const x = this.x(time), text = clock(time, step), half = c.measureText(text).width / 2;
      line(c, x, from, x, to, "--rule");
      const at = Math.min(Math.max(x, LEFT + half), this.size.width - half);
      write(c, text, at, y, "--soft", "center");
    }
  }
  // Figures at the left: `most` at the top, zero below.
  valueAxis(c, most, text) {
    for (const part of [0, 0.5, 1]) {
      const y = this.y(most * part, most);
      line(c, LEFT, y, LEFT + this.width, y, "--rule");
      write(c, text(most * part), LEFT - 6, Math.max(y + 4, 11), "--soft", "right");
    }
  }
  y(value, most) { return this.bottom - value / most * (this.bottom - TOP - 4); }
}
