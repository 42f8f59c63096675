// Two rows of bars over the same layers, forward above backward, on one log
// axis; below them, the slopes of one layer and what it does to a gradient.

const FLOOR_NOTE = "under 1e\u221245";
const CEILING_NOTE = "over 1e40";
const FLOAT32 = [-45, 38.5]; // decades; float32 has no number beyond them

const CHAIN = [
  ["slopes", "\u00d7 slopes f\u2032(z)"],
  ["weights", "\u00d7 weights W"],
  ["normalisation", "\u00d7 normalisation"],
];

function minus(text) {
  return text.replaceAll("-", "\u2212");
}

// 7e−20 rather than 7.0e−20, as the sentence has it.
function brief(value) {
  return format(value, 2).replace(".0e", "e");
}

function range(count) {
  return Array.from({ length: count }, (_, i) => i + 1);
}

// Layer numbers below the bars: 1 and round ones.
function layerTicks(count) {
  const step = count <= 12 ? 1 : count <= 30 ? 5 : 10;
  return range(count).filter((i) => i === 1 || i % step === 0)
    .map((i) => [i, String(i)]);
}

// Words on top of bars, with a rim that keeps them legible.
function label(pen, x, y, text, { align, base = "bottom", dx = 0, dy = 0 }) {
  const { context, colors } = pen;
  const [px, py] = [pen.x(x) + dx, pen.y(y) + dy];
  context.font = `bold ${FONT}`;
  context.textAlign = align;
  context.textBaseline = base;
  context.lineJoin = "round";
  context.lineWidth = 5;
  context.strokeStyle = colors.card;
  context.strokeText(text, px, py);
  context.fillStyle = colors.ink;
  context.fillText(text, px, py);
}

// One pass: bars, the line through them, the pinned bars as an outline.
class PassChart extends Chart {
  show({ title, levels, pinned, pass, facts, chosen, color, arrow, last }) {
    this.heading.replaceChildren(title, ...(pass.factor ? [element("span",
      { class: "nn-flow-line" },
      `${arrow} each layer \u00d7 ${minus(pass.factor)}`)] : []));
    const [low, high] = facts.limits;
    this.low = low;
    this.high = high;
    const count = Math.max(levels.length, pinned.length);
    this.draw({
      x: [0.4, count + 0.6],
      y: [10 ** low, 10 ** high],
      yLog: true,
      xTicks: layerTicks(count),
      xTitle: last ? "layer, from the input" : undefined,
    }, (pen) => {
      this.paintGround(pen, count, chosen);
      this.paintBars(pen, levels, chosen, pen.colors[color]);
      this.paintPinned(pen, pinned);
      this.paintLine(pen, levels.length, pass);
      this.paintEnds(pen, count);
      this.paintChosen(pen, levels, chosen);
    });
  }

  // A norm's place on the axis, which ends somewhere.
  level(decade) {
    return 10 ** Math.max(this.low, Math.min(this.high, decade));
  }

  paintGround(pen, count, chosen) {
    pen.bar(chosen - 0.5, chosen + 0.5, this.level(this.low),
      this.level(this.high), { color: pen.colors.faint, alpha: 0.6 });
    pen.line([0.4, count + 0.6], [1, 1], { width: 1, alpha: 0.6 });
  }

  paintBars(pen, levels, chosen, color) {
    const floor = this.level(this.low);
    levels.forEach((decade, i) => {
      const [layer, top] = [i + 1, this.level(decade)];
      pen.bar(layer - 0.38, layer + 0.38, floor, top,
        { color, alpha: layer === chosen ? 1 : 0.7 });
      if (decade > this.high) {
        pen.dot(layer, top, { radius: 4, shape: "triangle" });
      }
    });
  }

  // The contour of the bars that were pinned, as one stair.
  paintPinned(pen, pinned) {
    if (!pinned.length) return;
    const [xs, ys] = [[0.5], [this.level(this.low)]];
    pinned.forEach((decade, i) => {
      xs.push(i + 0.5, i + 1.5);
      ys.push(this.level(decade), this.level(decade));
    });
    xs.push(pinned.length + 0.5);
    ys.push(this.level(this.low));
    pen.line(xs, ys, { color: pen.colors.card, width: 5 });
    pen.line(xs, ys, { color: pen.colors.third, width: 2.5 });
  }

  paintLine(pen, count, { line }) {
    if (!line) return;
    // Beyond the axis the line goes on; there it is cut, not bent.
    const steps = 200;
    const [xs, ys] = [[], []];
    for (let i = 0; i <= steps; i += 1) {
      const decade = line[0] + ((line[1] - line[0]) * i) / steps;
      const inside = decade >= this.low && decade <= this.high;
      xs.push(1 + ((count - 1) * i) / steps);
      ys.push(inside ? 10 ** decade : NaN);
    }
    pen.line(xs, ys, { color: pen.colors.card, width: 5 });
    pen.line(xs, ys, { dash: [7, 4], width: 2.5 });
  }

  paintEnds(pen, count) {
    for (const edge of FLOAT32) {
      if (edge < this.low || edge > this.high) continue;
      const y = this.level(edge);
      pen.line([0.4, count + 0.6], [y, y], { width: 1.5, dash: [2, 3] });
      label(pen, (1 + count) / 2, y, "float32 ends here", {
        align: "center", base: edge < 0 ? "bottom" : "top",
        dy: edge < 0 ? -3 : 3,
      });
    }
  }

  // The number of the chosen layer, over its bar and to that side where the
  // neighbours are lower.
  paintChosen(pen, levels, chosen) {
    const decade = levels[chosen - 1];
    const text = decade === -Infinity ? "0"
      : decade < FLOAT32[0] ? FLOOR_NOTE
      : decade > this.high ? CEILING_NOTE : brief(10 ** decade);
    pen.context.font = `bold ${FONT}`;
    const wide = pen.context.measureText(text).width + 4;
    const perLayer = pen.x(2) - pen.x(1);
    const { left, width } = this.box;
    const sides = [["right", -1], ["left", 1]].map(([align, way]) => {
      const end = pen.x(chosen) + way * wide;
      const reach = chosen + (way * wide) / perLayer;
      const [a, b] = [Math.min(chosen, reach), Math.max(chosen, reach)];
      const under = Array.from(levels).filter(
        (_, i) => i + 1.5 > a && i + 0.5 < b);
      const fits = end >= left && end <= left + width;
      return { align, way, fits, top: this.level(Math.max(...under)) };
    });
    const best = sides.filter((side) => side.fits)
      .sort((a, b) => a.top - b.top)[0] ?? sides[1];
    const high = pen.y(best.top) < pen.y(this.level(this.high)) + 20;
    label(pen, chosen, best.top, text, {
      align: best.align, dx: 2 * best.way,
      base: high ? "top" : "bottom", dy: high ? 26 : -4,
    });
  }
}

function paintSlopes(chart, facts, { histogram, edges }) {
  chart.draw({
    x: [edges[0], edges[edges.length - 1]],
    y: [0, 1],
    xTicks: [[0, "0"], [0.25, "\u00bc"], [0.5, "\u00bd"], [0.75, "\u00be"],
      [1, "1"]],
    yTicks: [[0, "0 %"], [0.5, "50 %"], [1, "100 %"]],
    xTitle: "slope f\u2032(z)",
  }, (pen) => {
    histogram.forEach((share, i) => {
      if (share > 0) pen.bar(edges[i], edges[i + 1], 0, share);
    });
    const { typical } = facts;
    const left = typical > 0.6;
    pen.line([typical, typical], [0, 1], { dash: [7, 4] });
    label(pen, typical, 1, `typical ${brief(typical)}`, {
      align: left ? "right" : "left", base: "top", dx: left ? -6 : 6, dy: 6,
    });
  });
}

// What arrives at the chosen layer, times what, is what goes on.
function chainRows({ chain, selected, depth, settings }) {
  const from = selected === depth
    ? "from the output" : `from layer ${selected + 1}`;
  const to = selected === 1 ? "to the input" : `to layer ${selected - 1}`;
  const rows = [[`arrives ${from}`, chain.arrives]];
  for (const [name, text] of CHAIN) {
    if (name in chain) rows.push([text, chain[name]]);
  }
  if (settings.residual) rows.push(["+ the way around, whole", ""]);
  rows.push(["= this layer", `\u00d7 ${chain.layer}`]);
  rows.push([`goes on ${to}`, chain.leaves]);
  return rows.map(([text, value], i) => element("tr",
    { class: i > 0 && i < rows.length - 1 ? "nn-flow-step" : "nn-flow-end" },
    element("th", { scope: "row" }, text), element("td", {}, minus(value))));
}

function render(context) {
  let chosen = 1;
  const choose = (layer) => {
    const facts = view.facts;
    const next = Math.max(1, Math.min(facts.depth, layer));
    if (next === chosen) return;
    chosen = next;
    view.ask("select", { layer: chosen }, true);
    paintPasses(facts, view.arrays);
  };
  const view = mount(context, {
    label: "Gradient flow through many layers",
    buttons: [
      { text: "Pin", key: "p", act: () => view.ask("pin") },
      { text: "New random numbers", key: "n", act: () => view.ask("draw") },
    ],
    keys: (event) => ({
      ArrowLeft: () => choose(chosen - 1),
      ArrowRight: () => choose(chosen + 1),
      Home: () => choose(1),
      End: () => choose(view.facts.depth),
    })[event.key],
    help: [
      "Mouse: click a bar, or drag across the bars, to choose a layer.",
      "Keyboard: ArrowLeft and ArrowRight choose a layer, Home the first " +
        "and End the last; p pins the bars as an outline, and lets them go; " +
        "n draws other data and weights.",
      "What is measured: above, the mean length of a row of A, the layer's " +
        "output. Below, for \u201cactivations\u201d, the norm of dL/dA, the " +
        "gradient that arrives at this output: here a layer multiplies what " +
        "it gets, and equal factors make a straight line. For " +
        "\u201cparameters\u201d, the norm of the gradient of all that the " +
        "layer learns, which an optimizer uses: it is what came forward " +
        "times what came back, so it can be level while both are not.",
      "The batch has 32 rows, the loss is the cross-entropy over ten " +
        "classes, and a setting never changes data or random draws. All is " +
        "computed in float64; dotted lines mark where float32, in which " +
        "networks are trained, has no more numbers.",
    ],
    draw(facts, arrays) {
      if (!view.busy) chosen = facts.selected;
      chosen = Math.min(chosen, facts.depth);
      paint(facts, arrays);
    },
  });

  const forward = new PassChart({
    title: "Forward", height: 170, wide: true,
  });
  const backward = new PassChart({
    title: "Backward", height: 188, wide: true,
    label: "Layer; arrow keys choose one",
  });
  const slopes = new Chart({ title: "Slopes", height: 196 });
  const heading = element("h4", {});
  const body = element("tbody", {});
  const chain = element("div", { class: "nn-panel nn-flow-chain" }, heading,
    element("table", {}, body));
  const pinned = element("p", { class: "nn-flow-pinned", hidden: "" });
  view.stage.classList.add("nn-flow");
  view.stage.append(forward.node, backward.node, pinned, slopes.node, chain);
  set(backward.canvas, { role: "slider", tabindex: 0, "aria-valuemin": 1 });

  for (const chart of [forward, backward]) {
    const follow = (event) => {
      if (view.facts) choose(Math.round(chart.at(event).x));
    };
    chart.canvas.addEventListener("pointerdown", (event) => {
      chart.canvas.setPointerCapture(event.pointerId);
      backward.canvas.focus({ preventScroll: true });
      follow(event);
    });
    chart.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) follow(event);
    });
  }

  function paint(facts, arrays) {
    paintPasses(facts, arrays);
    paintLayer(facts, arrays);
    paintPin(facts);
  }

  function paintPasses(facts, arrays) {
    const of = facts.settings.gradient_of;
    forward.show({
      title: "Forward \u2192 length of the activations",
      levels: arrays.forward, pinned: arrays.pinned_forward,
      pass: facts.forward, facts, chosen, color: "class_1", arrow: "\u2192",
    });
    backward.show({
      title: of === "activations"
        ? "Backward \u2190 norm of the gradient, dL/dA"
        : "Backward \u2190 norm of the gradient of the parameters",
      levels: arrays.backward, pinned: arrays.pinned_backward,
      pass: facts.backward, facts, chosen, color: "class_0", arrow: "\u2190",
      last: true,
    });
    set(backward.canvas, {
      "aria-valuemax": facts.depth, "aria-valuenow": chosen,
      "aria-valuetext": `layer ${chosen} of ${facts.depth}`,
    });
    forward.label(`Forward pass of ${facts.label}: a bar for every layer`);
  }

  function paintLayer(facts, arrays) {
    const name = `Layer ${facts.selected} of ${facts.depth}`;
    slopes.heading.textContent = `${name}: slopes of its units`;
    slopes.label(`${name}: histogram of slopes, ` +
      `typically ${brief(facts.typical)}`);
    paintSlopes(slopes, facts, arrays);
    heading.textContent = `${name}: what it does to the gradient`;
    body.replaceChildren(...chainRows(facts));
  }

  function paintPin(facts) {
    const button = view.bar.querySelector("[aria-keyshortcuts=p]");
    button.firstChild.textContent = facts.pinned ? "Unpin" : "Pin";
    set(pinned, { hidden: facts.pinned ? null : "" });
    pinned.textContent = facts.pinned
      ? `outline: pinned, ${facts.pinned.replace(" x ", " \u00d7 ")}` : "";
  }

  return view.close;
}

export default { render };
