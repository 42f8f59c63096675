// Charts on a canvas, in CSS pixels, so that text keeps its size whatever
// the width; and pictures of numbers.

const FONT = "12px system-ui, sans-serif";

function rgb(color) {
  const hex = color.replace("#", "");
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// The colours of 256 values from -1 to 1, as one number for each pixel.
const RAMPS = {};

function ramp(colors, bound) {
  return (RAMPS[[...colors, bound]] ??= makeRamp(colors, bound));
}

function makeRamp([low, middle, high], bound) {
  const ends = [low, middle, high].map(rgb);
  const channels = new Uint8ClampedArray(4 * 256);
  for (let i = 0; i < 256; i += 1) {
    const share = Math.max(-1, Math.min(1, (i / 127.5 - 1) / bound));
    const end = share < 0 ? ends[0] : ends[2];
    for (let c = 0; c < 3; c += 1) {
      channels[4 * i + c] =
        ends[1][c] + Math.abs(share) * (end[c] - ends[1][c]);
    }
    channels[4 * i + 3] = 255;
  }
  return new Uint32Array(channels.buffer);
}

// A canvas of rows x cols pixels, coloured from -bound to bound. Bytes stand
// for -1 to 1 themselves. `canvas` is one to use again.
function heat(values, rows, cols, colors, bound = 1, canvas = null) {
  const picture = canvas ?? element("canvas", { width: cols, height: rows });
  const context = picture.getContext("2d");
  const image = context.createImageData(cols, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const isBytes = values instanceof Uint8Array;
  const shades = ramp(colors, isBytes ? bound : 1);
  for (let i = 0; i < rows * cols; i += 1) {
    const share = Math.max(-1, Math.min(1, values[i] / bound)) || 0;
    pixels[i] = shades[isBytes ? values[i] : Math.round(127.5 * (share + 1))];
  }
  context.putImageData(image, 0, 0);
  return picture;
}

// Round numbers between two ends, about `wanted` of them.
function linearTicks([low, high], wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((by) => by * power >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9;
    k += 1) ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

function logTicks([low, high], wanted) {
  const from = Math.ceil(Math.log10(low) - 1e-9);
  const to = Math.floor(Math.log10(high) + 1e-9);
  const step = [1, 2, 5, 10, 20, 50, 100].find(
    (by) => (to - from) / by <= wanted);
  const ticks = [];
  for (let k = Math.ceil(from / step) * step; k <= to; k += step) {
    ticks.push(10 ** k);
  }
  return ticks;
}

const SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";

function power(value) {
  const exponent = Math.round(Math.log10(value));
  if (Math.abs(exponent) < 3) return String(10 ** exponent);
  const digits = [...String(Math.abs(exponent))].map((d) => SUPERSCRIPTS[d]);
  return `10${exponent < 0 ? "\u207b" : ""}${digits.join("")}`;
}

class Chart {
  constructor({ title, height = 220, label = title, wide = false }) {
    this.height = height;
    this.heading = element("h4", {}, title);
    this.canvas = element("canvas", {
      class: "nn-canvas", role: "img", "aria-label": label,
    });
    this.node = element("div", {
      class: wide ? "nn-panel nn-wide" : "nn-panel",
    }, this.heading, this.canvas);
  }

  label(text) {
    set(this.canvas, { "aria-label": text });
  }

  // Draw once more what was drawn last.
  again() {
    if (this.last) this.draw(...this.last);
  }

  // axes: see `place` and `ticksFor`; paint(pen) draws what is inside them.
  draw(axes, paint) {
    this.last = [axes, paint];
    this.axes = axes;
    this.width = this.canvas.clientWidth;
    if (!this.width) return; // not laid out; mount draws again when it is
    const context = this.canvas.getContext("2d");
    const ticks = this.layOut(context);
    const scale = window.devicePixelRatio || 1;
    const [wide, high] = [this.width * scale, this.tall * scale];
    if (this.canvas.width !== Math.round(wide) ||
        this.canvas.height !== Math.round(high)) {
      this.canvas.width = Math.round(wide);
      this.canvas.height = Math.round(high);
      this.canvas.style.height = `${this.tall}px`;
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const pen = new Pen(this, context, palette(this.canvas));
    context.fillStyle = pen.colors.card;
    context.fillRect(0, 0, this.width, this.tall);
    if (!axes.bare) this.drawAxes(pen, ticks);
    pen.inside(paint);
  }

  // Find the box of the plot: margins that fit the labels.
  layOut(context) {
    const { axes } = this;
    context.font = FONT;
    if (axes.bare) {
      this.box = { left: 0, top: 0, width: this.width };
      this.box.height = axes.square ? this.width : this.height;
      this.tall = this.box.height;
      return null;
    }
    const top = axes.yTitle ? 26 : 10;
    const bottom = axes.xTitle ? 42 : 24;
    const rough = this.height - top - bottom;
    const yTicks = this.ticksFor("y", Math.max(2, rough / 32));
    const left = axes.left ?? 10 + Math.max(
      14, ...yTicks.map(([, text]) => context.measureText(text).width));
    const width = this.width - left - 14;
    const height = axes.square ? width : rough;
    this.box = { left, top, width, height };
    this.tall = top + height + bottom;
    return { x: this.ticksFor("x", Math.max(2, width / 70)), y: yTicks };
  }

  ticksFor(axis, wanted) {
    const { axes } = this;
    const log = axes[`${axis}Log`];
    const ticks = axes[`${axis}Ticks`] ??
      (log ? logTicks : linearTicks)(axes[axis], wanted);
    return ticks.map((tick) =>
      Array.isArray(tick) ? tick : [tick, log ? power(tick) : format(tick)]);
  }

  // The share of an axis at which a value lies.
  share(axis, value) {
    const [low, high] = this.axes[axis];
    if (!this.axes[`${axis}Log`]) return (value - low) / (high - low);
    return Math.log(value / low) / Math.log(high / low);
  }

  x(value) {
    return this.box.left + this.box.width * this.share("x", value);
  }

  y(value) {
    return this.box.top + this.box.height * (1 - this.share("y", value));
  }

  drawAxes(pen, ticks) {
    const { context, colors } = pen;
    const { left, top, width, height } = this.box;
    context.font = FONT;
    context.strokeStyle = colors.faint;
    context.lineWidth = 1;
    context.beginPath();
    for (const [value] of ticks.y) {
      context.moveTo(left, this.y(value));
      context.lineTo(left + width, this.y(value));
    }
    for (const [value] of ticks.x) {
      context.moveTo(this.x(value), top + height);
      context.lineTo(this.x(value), top + height + 4);
    }
    context.stroke();
    context.strokeRect(left, top, width, height);
    context.fillStyle = colors.ink;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const [value, text] of ticks.y) {
      context.fillText(text, left - 5, this.y(value));
    }
    this.writeBelow(context, ticks.x);
    context.textBaseline = "top";
    context.textAlign = "left";
    if (this.axes.yTitle) context.fillText(this.axes.yTitle, 2, 4);
    context.textAlign = "right";
    if (this.axes.xTitle) {
      context.fillText(this.axes.xTitle, left + width, top + height + 24);
    }
  }

  // Labels of the x axis; one that would touch the last one is left out.
  writeBelow(context, ticks) {
    const { left, top, width, height } = this.box;
    context.textBaseline = "top";
    context.textAlign = "center";
    let free = -Infinity;
    for (const [value, text] of ticks) {
      const half = context.measureText(text).width / 2;
      const x = Math.max(half, Math.min(this.x(value), left + width + 12 - half));
      if (x - half < free) continue;
      context.fillText(text, x, top + height + 7);
      free = x + half + 6;
    }
  }

  // Where a pointer is, in the units of the data.
  at(event) {
    const place = this.canvas.getBoundingClientRect();
    const { left, top, width, height } = this.box;
    const back = (axis, share) => {
      const [low, high] = this.axes[axis];
      return this.axes[`${axis}Log`]
        ? low * (high / low) ** share
        : low + (high - low) * share;
    };
    return {
      x: back("x", (event.clientX - place.left - left) / width),
      y: back("y", 1 - (event.clientY - place.top - top) / height),
    };
  }
}

// Draws in the units of a chart's axes.
class Pen {
  constructor(chart, context, colors) {
    this.chart = chart;
    this.context = context;
    this.colors = colors;
    this.words = [];
    this.x = (value) => chart.x(value);
    this.y = (value) => chart.y(value);
  }

  // Drawings end a little outside the box, so that a mark on its edge is
  // whole; words are written last and are never cut.
  inside(paint) {
    const { left, top, width, height } = this.chart.box;
    this.context.save();
    this.context.beginPath();
    this.context.rect(left - 8, top - 8, width + 16, height + 16);
    this.context.clip();
    paint(this);
    this.context.restore();
    this.words.forEach((write) => write());
  }

  stroke({ color = this.colors.ink, width = 2, dash = [], alpha = 1 }) {
    const { context } = this;
    context.globalAlpha = alpha;
    context.strokeStyle = color;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  // NaN breaks the line.
  line(xs, ys, style = {}) {
    const { context } = this;
    context.beginPath();
    context.lineJoin = "round";
    let down = false;
    for (let i = 0; i < ys.length; i += 1) {
      const [x, y] = [this.x(xs[i]), this.y(ys[i])];
      if (Number.isNaN(x) || Number.isNaN(y)) {
        down = false;
        continue;
      }
      // A canvas cannot draw to infinity.
      const [px, py] = [x, y].map((v) => Math.max(-1e5, Math.min(1e5, v)));
      if (down) context.lineTo(px, py);
      else context.moveTo(px, py);
      down = true;
    }
    this.stroke(style);
  }

  dot(x, y, {
    radius = 5, color = this.colors.ink, ring, ringWidth = 2, shape,
  } = {}) {
    const { context } = this;
    const [px, py] = [this.x(x), this.y(y)];
    context.beginPath();
    const corners = {
      triangle: [[0, -1.25], [1.1, 0.8], [-1.1, 0.8]],
      square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
      diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
    }[shape];
    if (corners) {
      corners.forEach(([cx, cy]) =>
        context.lineTo(px + radius * cx, py + radius * cy));
      context.closePath();
    } else context.arc(px, py, radius, 0, 2 * Math.PI);
    context.fillStyle = color;
    context.fill();
    if (ring) this.stroke({ color: ring, width: ringWidth });
  }

  bar(x0, x1, y0, y1, { color = this.colors.class_1, alpha = 1 } = {}) {
    const { context } = this;
    const [left, right, low, high] =
      [this.x(x0), this.x(x1), this.y(y0), this.y(y1)];
    context.globalAlpha = alpha;
    context.fillStyle = color;
    context.fillRect(Math.min(left, right), Math.min(low, high),
      Math.abs(right - left), Math.abs(high - low));
    context.globalAlpha = 1;
  }

  text(x, y, text, {
    color = this.colors.ink, align = "left", base = "middle",
    dx = 0, dy = 0, bold = false, backed = false,
  } = {}) {
    const [px, py] = [this.x(x) + dx, this.y(y) + dy];
    this.words.push(() => {
      const { context } = this;
      context.font = bold ? `bold ${FONT}` : FONT;
      const shift = backed ? this.back(px, py, text, align) : 0;
      context.fillStyle = color;
      context.textAlign = align;
      context.textBaseline = base;
      context.fillText(text, px + shift, py);
    });
  }

  // A piece of the card behind words, so that nothing runs through them;
  // returns how far they must be shifted to stay on the canvas.
  back(px, py, text, align) {
    const { context } = this;
    const wide = context.measureText(text).width + 4;
    const wish = px - { left: 2, center: wide / 2, right: wide - 2 }[align];
    const left = Math.max(0, Math.min(this.chart.width - wide, wish));
    context.globalAlpha = 0.8;
    context.fillStyle = this.colors.card;
    context.fillRect(left, py - 8, wide, 16);
    context.globalAlpha = 1;
    return left - wish;
  }

  arrow(x0, y0, x1, y1, { color = this.colors.ink, width = 3 } = {}) {
    const { context } = this;
    const [ax, ay, bx, by] =
      [this.x(x0), this.y(y0), this.x(x1), this.y(y1)];
    const long = Math.hypot(bx - ax, by - ay);
    if (!(long > 1)) return;
    const head = Math.min(long, 4 * width);
    const [ux, uy] = [(bx - ax) / long, (by - ay) / long];
    const [cx, cy] = [bx - head * ux, by - head * uy];
    context.beginPath();
    context.moveTo(ax, ay);
    context.lineTo(cx, cy);
    this.stroke({ color, width });
    context.beginPath();
    context.moveTo(bx, by);
    context.lineTo(cx - (head / 2) * uy, cy + (head / 2) * ux);
    context.lineTo(cx + (head / 2) * uy, cy - (head / 2) * ux);
    context.closePath();
    context.fillStyle = color;
    context.fill();
  }

  // y0 is the lower edge, where the picture's last row goes.
  image(picture, x0, x1, y0, y1, smooth = false) {
    const { context } = this;
    const [left, right, low, high] =
      [this.x(x0), this.x(x1), this.y(y0), this.y(y1)];
    context.imageSmoothingEnabled = smooth;
    context.drawImage(picture, left, high, right - left, low - high);
  }
}
