// A curve, its slope below it, and a layer's inputs below that, all over one
// z axis; beside the slope, how often each slope is met, over one slope axis.

const STEP = 0.1; // of the point
const LEFT = 42; // where the plots begin, so that they stand in line

// Where neighbours lie far apart, the curve jumps: NaN breaks the line.
function broken(values) {
  return values.map((value, i) =>
    i && Math.abs(value - values[i - 1]) > 0.5 ? NaN : value);
}

// The stretches of z over which the slope is nearly 0.
function flatStretches(z, slope, limit) {
  const found = [];
  let from = null;
  z.forEach((at, i) => {
    const flat = Math.abs(slope[i]) < limit;
    if (flat && from === null) from = at;
    if (from !== null && (!flat || i === z.length - 1)) {
      found.push([from, at]);
      from = null;
    }
  });
  return found;
}

function render(context) {
  const curve = new Chart({
    title: "The curve and its tangent", height: 215,
    label: "The point on the curve, z",
  });
  const slopes = new Chart({
    title: "Its slope; a speck for every unit of the layer", height: 190,
  });
  const inputs = new Chart({
    title: "Where the layer's 1,000 inputs fall", height: 140,
  });
  const left = new Chart({
    title: "Left of a gradient of 1", height: 215,
  });
  const seen = new Chart({ title: "Slopes the layer sees", height: 190 });
  const numbers = element("div", { class: "nn-numbers" });
  let hand = null; // where the point is, ahead of the kernel
  let held = false;

  const view = mount(context, {
    label: "Activation and its slope",
    buttons: [
      { text: "Next activation", key: "a", act: () => turn(1) },
      { text: "Previous", key: "A", act: () => turn(-1) },
    ],
    keys: (event) => {
      const by = event.shiftKey ? 10 : 1;
      return {
        a: () => turn(1),
        A: () => turn(-1),
        ArrowLeft: () => nudge(-by),
        ArrowDown: () => nudge(-by),
        ArrowRight: () => nudge(by),
        ArrowUp: () => nudge(by),
      }[event.key];
    },
    help: [
      "Mouse: drag the point along the curve, or press anywhere on the " +
        "three charts over z; move the sliders.",
      "Keyboard, with the widget in focus: arrow keys move the point (with " +
        "Shift by more), a goes to the next activation, A to the one before.",
      "The lighter the curve's background, the better a layer learns there: " +
        "where it is shaded, the slope is closer to 0 than 0.01. The bar of " +
        "such slopes is drawn in the colour of the text.",
    ],
    draw,
  });
  view.stage.append(element("div", { class: "nn-explorer" },
    element("div", {}, curve.node, left.node, slopes.node, seen.node,
      inputs.node, numbers)));

  function turn(by) {
    view.ask("turn", { by });
  }

  // The point moves at once; the kernel's sentence follows.
  function moveTo(z) {
    const { reach } = view.facts;
    const near = Math.round(z / STEP) * STEP;
    hand = Number(Math.max(-reach, Math.min(reach, near)).toFixed(1));
    drawPoint();
    view.ask("set", { name: "z", value: hand }, true);
  }

  function nudge(by) {
    moveTo(pointNow().z + by * STEP);
  }

  // z, f(z) and the slope where the point now is.
  function pointNow() {
    const { facts, arrays } = view;
    if (hand === null) {
      return { z: facts.settings.z, f: facts.f_z, slope: facts.slope_z };
    }
    const gap = arrays.z[1] - arrays.z[0];
    const i = Math.round((hand + facts.reach) / gap);
    return { z: hand, f: arrays.f[i], slope: arrays.slope[i] };
  }

  for (const { canvas } of [curve, slopes, inputs]) {
    canvas.classList.add("nn-follows");
    canvas.addEventListener("pointerdown", (event) => {
      if (!view.facts || event.button !== 0) return;
      event.preventDefault();
      curve.canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      held = true;
      moveTo(curve.at(event).x); // all three have the same z axis
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held) moveTo(curve.at(event).x);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => { held = false; });
    }
  }

  function draw(facts, arrays) {
    // An answer to an older question must not pull the point back.
    if (!held && !view.busy) hand = null;
    curve.heading.textContent =
      `${facts.settings.activation}: the curve and its tangent`;
    drawPoint();
    drawLeft(arrays);
    write(facts, arrays);
  }

  function drawPoint() {
    const { facts, arrays } = view;
    const point = pointNow();
    const flat = flatStretches(arrays.z, arrays.slope, facts.flat);
    const x = [-facts.reach, facts.reach];
    drawCurve(facts, arrays, point, flat, x);
    drawSlope(arrays, point, flat, x);
    drawSeen(facts, arrays, point);
    drawInputs(facts, arrays, point, flat, x);
    set(curve.canvas, {
      role: "slider", tabindex: 0, "aria-valuemin": x[0],
      "aria-valuemax": x[1], "aria-valuenow": point.z,
      "aria-valuetext": `z = ${format(point.z)}, f(z) = ` +
        `${format(point.f)}, slope ${format(point.slope)}`,
    });
  }

  // What all three charts over z share: the flat stretches, and the point.
  function drawGround(pen, { z }, flat, [low, high]) {
    for (const [from, to] of flat) {
      pen.bar(from, to, low, high, { color: pen.colors.faint, alpha: 0.55 });
    }
    pen.line([z, z], [low, high],
      { color: pen.colors.ink, width: 1, dash: [2, 3] });
  }

  function drawCurve(facts, arrays, point, flat, x) {
    const y = facts.heights;
    curve.draw({ x, y, left: LEFT, yTitle: "f(z)" }, (pen) => {
      drawGround(pen, point, flat, y);
      pen.line(arrays.z, broken(arrays.f),
        { color: pen.colors.class_1, width: 3 });
      // 80 pixels of tangent on either side, whatever the axes' units are.
      const wide = pen.x(1) - pen.x(0);
      const high = (pen.y(0) - pen.y(1)) * point.slope;
      const by = 80 / Math.hypot(wide, high);
      pen.line([point.z - by, point.z + by],
        [point.f - by * point.slope, point.f + by * point.slope],
        { color: pen.colors.class_0, width: 3 });
      pen.dot(point.z, point.f,
        { radius: 7, color: pen.colors.ink, ring: pen.colors.card });
      // Below a curve that rises to the right, and above one to the left,
      // there is room.
      const after = point.z < 2;
      pen.text(point.z, point.f, `f(z) = ${format(point.f)}`, {
        backed: true, bold: true,
        align: after ? "left" : "right",
        dx: after ? 10 : -10, dy: after ? 15 : -15,
      });
    });
  }

  function drawSlope(arrays, point, flat, x) {
    const y = [-0.2, 1.2];
    const axes = {
      x, y, left: LEFT, yTitle: "f\u2032(z)", yTicks: [0, 0.5, 1],
    };
    slopes.draw(axes, (pen) => {
      drawGround(pen, point, flat, y);
      pen.line(arrays.z, broken(arrays.slope),
        { color: pen.colors.class_0, dash: [7, 4] });
      const { context } = pen;
      context.fillStyle = pen.colors.ink;
      context.globalAlpha = 0.17;
      arrays.inputs.forEach((z, i) => {
        if (z < x[0] || z > x[1]) return;
        context.fillRect(pen.x(z) - 0.5, pen.y(arrays.slopes[i]) - 4, 1, 8);
      });
      context.globalAlpha = 1;
      pen.dot(point.z, point.slope,
        { radius: 6, color: pen.colors.class_0, ring: pen.colors.card });
      // Outside the hill, but not out of the chart.
      const after = point.z <= -5 || (point.z >= 0 && point.z < 5);
      pen.text(point.z, point.slope, `f\u2032(z) = ${format(point.slope)}`, {
        backed: true, bold: true,
        align: after ? "left" : "right", dx: after ? 10 : -10, dy: -14,
      });
    });
  }

  function drawSeen(facts, arrays, point) {
    const counts = arrays.slope_counts;
    const most = 1.15 * Math.max(100, ...counts);
    const axes = {
      x: [0, most], y: [-0.2, 1.2], yTicks: [0, 0.5, 1], yTitle: "slope",
      xTicks: most > 600 ? [0, 500, 1000] : undefined,
    };
    seen.draw(axes, (pen) => {
      counts.forEach((count, i) => {
        const edges = arrays.slope_edges.subarray(i, i + 2);
        const flat = arrays.flat_counts[i];
        pen.bar(0, flat, ...edges, { color: pen.colors.ink });
        pen.bar(flat, count, ...edges, { color: pen.colors.class_0 });
      });
      pen.line([0, most], [point.slope, point.slope],
        { color: pen.colors.ink, width: 1, dash: [2, 3] });
      const mean = facts.mean_slope;
      pen.line([0, most], [mean, mean],
        { color: pen.colors.ink, width: 2, dash: [8, 4] });
      pen.text(most, mean, `mean ${format(mean)}`,
        { backed: true, bold: true, align: "right", dx: -4, dy: mean > 0.9 ? 12 : -12 });
    });
  }

  function drawInputs(facts, arrays, point, flat, x) {
    const counts = arrays.input_counts;
    const y = [0, 1.1 * Math.max(...counts, facts.below, facts.above)];
    const axes = { x, y, left: LEFT, xTitle: "z (shaded: slope almost 0)" };
    inputs.draw(axes, (pen) => {
      drawGround(pen, point, flat, y);
      counts.forEach((count, i) =>
        pen.bar(...arrays.input_edges.subarray(i, i + 2), 0, count));
      const words = { base: "top", dy: 3 };
      if (facts.below) {
        pen.text(x[0], y[1], `\u2190 ${facts.below} further`,
          { ...words, dx: 4 });
      }
      if (facts.above) {
        pen.text(x[1], y[1], `${facts.above} further \u2192`,
          { ...words, dx: -4, align: "right" });
      }
    });
  }

  function drawLeft(arrays) {
    const last = arrays.left.length - 1;
    const axes = {
      x: [0, last], y: [1e-16, 100], yLog: true, xTicks: [0, 5, 10],
      xTitle: "layers back",
    };
    left.draw(axes, (pen) => {
      const layers = [...arrays.left.keys()];
      pen.line(layers, arrays.left, { color: pen.colors.class_0 });
      layers.forEach((layer) => pen.dot(layer, arrays.left[layer],
        { radius: 4, color: pen.colors.class_0 }));
    });
  }

  function write(facts, arrays) {
    const after = arrays.left.at(-1);
    const rows = [
      ["mean slope", format(facts.mean_slope)],
      ["slopes closer to 0 than 0.01", `${format(100 * facts.saturated)} %`],
      ["left after ten layers, roughly", format(after, 2)],
    ];
    numbers.replaceChildren(...rows.map(([name, value]) =>
      element("p", {}, name, element("strong", {}, value))));
    slopes.label(`The slope at z is ${format(facts.slope_z)}`);
    seen.label(`Histogram of the slopes: mean ${rows[0][1]}, ` +
      `${rows[1][1]} closer to 0 than 0.01`);
    inputs.label(`Histogram of the inputs: mean ` +
      `${format(facts.settings.mean)}, spread ` +
      `${format(facts.settings.spread)}`);
    left.label(`Of a gradient of 1, roughly ${rows[2][1]} is left after ten ` +
      "layers");
  }

  return view.close;
}

export default { render };
