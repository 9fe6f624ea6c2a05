// Curves over time with a cursor, as SVG so that they follow the theme.

function svg(name, attributes, parent, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

/** Three significant digits, more where the number is large; a true minus sign. */
function format(value, digits = 3) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.5 * 10 ** -digits || size >= 1e6) return value.toExponential(1).replace("-", "−");
  const decimals = size >= 1000 ? 0 : clamp(digits - 1 - Math.floor(Math.log10(size)), 0, digits);
  return value.toFixed(decimals).replace(/^-(?=.*[1-9])/, "−").replace(/^-/, "");
}

function ticks(low, high, count) {
  const wanted = (high - low) / count, power = 10 ** Math.floor(Math.log10(wanted));
  const step = power * ([1, 2, 5].find(s => s * power >= wanted) || 10), values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) values.push(i * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return values.map(value => ({ value, text: value.toFixed(Math.min(decimals, 6)).replace("-", "−") }));
}

class Plot {
  /** `seek(time)` is called when the reader points at a time. */
  constructor(container, label, seek) {
    this.container = container;
    this.label = label;
    this.curves = [];
    this.duration = 1;
    new ResizeObserver(() => this.layOut()).observe(container);
    const point = event => {
      const box = container.getBoundingClientRect();
      seek(clamp((event.clientX - box.left - this.left) / (this.width - this.left - this.right), 0, 1) * this.duration);
    };
    container.addEventListener("pointerdown", event => { container.setPointerCapture(event.pointerId); point(event); });
    container.addEventListener("pointermove", event => { if (event.buttons) point(event); });
  }

  /** `curves`: name, colour (a CSS value), values per frame, main (filled, on top). */
  show(curves, interval, frames) {
    Object.assign(this, { curves, interval, frames, duration: Math.max(frames - 1, 1) * interval });
    this.layOut();
  }

  layOut() {
    this.width = this.container.clientWidth;
    this.height = this.container.clientHeight;
    if (!this.width || !this.height || !this.frames) return;
    let low = 0, high = 0;
    for (const { values } of this.curves)
      for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
    if (high === low) high = 1;
    const margin = 0.06 * (high - low);
    this.low = low < 0 ? low - margin : low;
    this.high = high > 0 ? high + margin : high;
    const rows = ticks(this.low, this.high, Math.max(2, this.height / 44));
    this.left = Math.max(36, ...rows.map(row => row.text.length * 6.6 + 8));
    this.right = 6; this.top = 6; this.bottom = 20;
    const root = svg("svg", { role: "img", "aria-label": this.label, viewBox: `0 0 ${this.width} ${this.height}` });
    for (const { value, text } of rows) {
      const y = this.y(value);
      svg("line", { class: value === 0 ? "zero" : "grid", x1: this.left, x2: this.width - this.right, y1: y, y2: y }, root);
      svg("text", { x: this.left - 6, y: y + 4, "text-anchor": "end" }, root, text);
    }
    const columns = ticks(0, this.duration, Math.max(2, (this.width - this.left) / 62));
    columns.forEach(({ value, text }, i) => {
      const last = i === columns.length - 1;
      const x = this.x(value), atEdge = last && x > this.width - 18;
      svg("text", { x: atEdge ? this.width : x, y: this.height - 3, "text-anchor": atEdge ? "end" : "middle" }, root, last ? text + " s" : text);
    });
    for (const curve of this.curves) {
      const line = this.path(curve.values), zero = this.y(clamp(0, this.low, this.high)).toFixed(1);
      if (curve.main)
        svg("path", { class: "area", d: `${line}V${zero}H${this.left}Z`, style: `fill:${curve.soft}` }, root);
      svg("path", { class: curve.main ? "curve main" : "curve", d: line, style: `stroke:${curve.colour}` }, root);
    }
    this.cursor = svg("line", { class: "cursor", y1: this.top, y2: this.height - this.bottom }, root);
    this.dots = this.curves.map(curve => svg("circle", { class: "dot", r: curve.main ? 4.5 : 3.5, style: `fill:${curve.colour}` }, root));
    this.container.replaceChildren(root);
    this.moveCursor(this.time || 0);
  }

  x(time) { return this.left + time / this.duration * (this.width - this.left - this.right); }
  y(value) { return this.top + (this.high - value) / (this.high - this.low) * (this.height - this.top - this.bottom); }

  /** Path data; where several frames share a pixel, their least and greatest value. */
  path(values) {
    const columns = Math.max(2, Math.floor(this.width)), perColumn = Math.max(1, values.length / columns);
    const points = [];
    for (let start = 0; start < values.length; start += perColumn) {
      const from = Math.floor(start), to = Math.min(values.length, Math.max(from + 1, Math.floor(start + perColumn)));
      let low = from, high = from;
      for (let i = from; i < to; i++) {
        if (values[i] < values[low]) low = i;
        if (values[i] > values[high]) high = i;
      }
      for (const i of low === high ? [low] : [Math.min(low, high), Math.max(low, high)])
        points.push(`${this.x(i * this.interval).toFixed(1)} ${this.y(values[i]).toFixed(1)}`);
    }
    return "M" + points.join("L");
  }

  moveCursor(time) {
    this.time = time;
    if (!this.cursor) return;
    const x = this.x(clamp(time, 0, this.duration));
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    const place = clamp(time / this.interval, 0, this.frames - 1), frame = Math.floor(place);
    this.dots.forEach((dot, i) => {
      const values = this.curves[i].values, next = values[Math.min(frame + 1, this.frames - 1)];
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", this.y(values[frame] + (place - frame) * (next - values[frame])));
    });
  }
}
