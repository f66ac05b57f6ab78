// What charts are drawn with. Colours are names of page.css.
function box(c, x, y, width, height, colour) {
  c.fillStyle = palette[colour] || colour;
  c.fillRect(x, y, width, height);
}
// Edges between pixels would show as seams.
const onPixel = (at) => Math.round(at * (devicePixelRatio || 1)) / (devicePixelRatio || 1);
function columnOf(chart, sample, before) {
  const x = onPixel(chart.x(before));
  return [x, Math.max(onPixel(chart.x(sample.t)) - x, onPixel(0.5))];
}
function line(c, x1, y1, x2, y2, colour, { width = 1, dash = [] } = {}) {
  c.strokeStyle = palette[colour];
  c.lineWidth = width;
  c.setLineDash(dash);
  c.beginPath();
  c.moveTo(x1, y1);
  c.lineTo(x2, y2);
  c.stroke();
  c.setLineDash([]);
}
function write(c, text, x, y, colour = "--ink", align = "left", bold = false) {
  c.font = font(bold);
  c.fillStyle = palette[colour];
  c.textAlign = align;
  c.fillText(text, x, y);
}
// Stripes tell what colours alone must not.
function stripes(c, x, y, width, height, colour, under) {
  if (under) box(c, x, y, width, height, under);
  c.save();
  c.beginPath();
  c.rect(x, y, width, height);
  c.clip();
  c.strokeStyle = palette[colour];
  c.lineWidth = 1.5;
  c.beginPath();
  for (let at = x - height - ((x - height) % 6); at < x + width; at += 6) {
    c.moveTo(at, y + height);
    c.lineTo(at + height, y);
  }
  c.stroke();
  c.restore();
}
function cross(c, x, y, colour, reach = 4) {
  line(c, x - reach, y - reach, x + reach, y + reach, colour, { width: 2 });
  line(c, x - reach, y + reach, x + reach, y - reach, colour, { width: 2 });
}
function diamond(c, x, y, colour, reach = 4.5) {
  c.fillStyle = palette[colour];
  c.beginPath();
  c.moveTo(x, y - reach);
  c.lineTo(x + reach, y);
  c.lineTo(x, y + reach);
  c.lineTo(x - reach, y);
  c.fill();
}
// A line through samples: level since the sample before, broken where nothing is known.
function steps(chart, c, value, most, colour, style = {}) {
  c.strokeStyle = palette[colour];
  c.lineWidth = style.width ?? 1.5;
  c.setLineDash(style.dash ?? []);
  c.beginPath();
  let pen = false, before = 0;
  for (const sample of samples) {
    const found = value(sample), y = found === null ? 0 : chart.y(found, most);
    if (found === null) pen = false;
    else if (!pen) { c.moveTo(chart.x(before), y); c.lineTo(chart.x(sample.t), y); pen = true; }
    else { c.lineTo(chart.x(before), y); c.lineTo(chart.x(sample.t), y); }
    before = sample.t;
  }
  c.stroke();
  c.setLineDash([]);
}
// Legends are drawn by the same hand as the charts: they look alike in every theme.
function legend(id, entries) {
  const place = document.getElementById(id);
  const made = entries.map(([draw, text]) => {
    const span = document.createElement("span"), canvas = document.createElement("canvas");
    const ratio = devicePixelRatio || 1, c = canvas.getContext("2d");
    canvas.width = 26 * ratio;
    canvas.height = 12 * ratio;
    canvas.setAttribute("aria-hidden", "true");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(c);
    const name = document.createElement("bdi");
    name.textContent = text;
    span.append(canvas, name);
    return span;
  });
  place.replaceChildren(...made);
}
