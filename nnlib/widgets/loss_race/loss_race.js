// Two neurons on their way to the same target, as a race, as curves, as the
// gradients that push them; and how the race ends from other starts.

const RUNNERS = [
  { name: "squared error", role: "class_0", shape: "triangle", dash: [8, 4] },
  { name: "cross-entropy", role: "class_1", shape: "circle", dash: [] },
];

function logit(a) {
  return Math.log(a / (1 - a));
}

function render(context) {
  const track = new Chart({
    title: "The race to a = 0; each arrow is the gradient that pushes",
    height: 158, wide: true,
  });
  const outputs = new Chart({
    title: "Outputs a; 0 is right", height: 230,
  });
  const pushes = new Chart({ title: "Gradients in z", height: 230 });
  const starts = new Chart({
    title: "How long it takes from other starts", height: 230, wide: true,
  });
  let over = false; // nothing below gives the end away before it was seen

  const view = mount(context, {
    label: "Squared error against cross-entropy",
    help: [
      "Mouse: move the sliders; drag the film's slider to any step.",
      "Keyboard, with the widget in focus: space plays and pauses the race, " +
        ", and . go one step back and on, e goes to the end.",
      "Squared error: triangles and dashed lines. Cross-entropy: circles " +
        "and full lines. Both neurons start with the same weight and bias; " +
        "the input is 1, the target 0.",
      "With \u201csame first step\u201d, squared error has a larger " +
        "learning rate, so that both neurons move equally far at first.",
    ],
    draw(facts) {
      player.load(facts.steps + 1);
      drawStarts();
    },
    reset() {
      player.pause();
      player.index = 0;
      over = false;
    },
  });
  const player = new Player(view, { name: "step", seconds: 8, show });
  view.bar.prepend(player.node);
  view.stage.append(track.node, outputs.node, pushes.node, starts.node);

  function show(step) {
    const { facts } = view;
    if (!facts) return;
    if (!over && step === facts.steps) {
      over = true;
      drawStarts();
    }
    drawTrack(step);
    drawOutputs(step);
    drawPushes(step);
    // What the kernel refused is said as it is.
    if (facts.sentence === facts.after) view.say(words(step));
  }

  // The value of a runner at a step.
  function valueOf(name, row, step) {
    return view.arrays[name][row * (view.facts.steps + 1) + step];
  }

  function words(step) {
    const { facts } = view;
    if (step === 0) return facts.before;
    if (step === facts.steps) return facts.after;
    const now = RUNNERS.map(({ name }, row) =>
      `${name} a = ${format(valueOf("outputs", row, step))}`);
    return `After ${step} ${step === 1 ? "step" : "steps"}: ` +
      `${now.join(", ")}.`;
  }

  // How a runner is drawn in the theme that is shown.
  function lookOf(pen, row) {
    const { role, shape, dash } = RUNNERS[row];
    return { color: pen.colors[role], shape, dash };
  }

  function drawTrack(step) {
    const { facts } = view;
    const axes = {
      x: [1.02, -0.06], y: [0, 2], xTicks: [1, 0.75, 0.5, 0.25, 0.1, 0],
      yTicks: [], xTitle: "output a: 0 is right",
    };
    track.draw(axes, (pen) => {
      pen.line([facts.goal, facts.goal], [0, 2], { width: 2, dash: [3, 3] });
      RUNNERS.forEach((_, row) => drawRunner(pen, row, step));
    });
    track.label(words(step));
  }

  function drawRunner(pen, row, step) {
    const { facts } = view;
    const look = lookOf(pen, row);
    const lane = 1.34 - row;
    const a = valueOf("outputs", row, step);
    const push = valueOf("pushes", row, step);
    pen.line([facts.settings.start, a], [lane, lane],
      { color: look.color, width: 6, alpha: 0.3 });
    pen.arrow(a, lane, Math.max(-0.05, a - push), lane, { color: look.color });
    pen.dot(a, lane, { ...look, radius: 8, ring: pen.colors.card });
    const there = facts.arrival[row];
    const wide = pen.chart.width > 360;
    const end = wide && there !== null && step >= there
      ? `, below ${facts.goal} since step ${there}` : "";
    pen.text(1.02, lane, `${RUNNERS[row].name}: a = ${format(a)}${end}`,
      { dx: 6, dy: -19, bold: true });
  }

  // Both runners' curves up to a step, each with its mark at the end.
  function drawCurves(pen, name, step) {
    const { steps } = view.facts;
    const xs = [...Array(step + 1).keys()];
    RUNNERS.forEach(({ name: runner }, row) => {
      const look = lookOf(pen, row);
      const from = row * (steps + 1);
      const ys = view.arrays[name].subarray(from, from + step + 1);
      pen.line(xs, ys, look);
      pen.dot(step, ys[step], { ...look, radius: 6, ring: pen.colors.card });
      const other = valueOf(name, 1 - row, step);
      const above = ys[step] === other ? row === 0 : ys[step] > other;
      const early = step < steps / 2;
      pen.text(step, ys[step], runner, {
        backed: true, align: early ? "left" : "right", dx: early ? 10 : -4,
        dy: above ? -13 : 14,
      });
    });
  }

  function drawOutputs(step) {
    const { steps, goal } = view.facts;
    const axes = {
      x: [0, steps], y: [-0.12, 1.12], xTitle: "step", yTitle: "a",
      yTicks: [0, 0.5, 1],
    };
    outputs.draw(axes, (pen) => {
      pen.line([0, steps], [goal, goal], { width: 1.5, dash: [3, 3] });
      pen.line([0, steps], [0, 0], { width: 1.5 });
      drawCurves(pen, "outputs", step);
    });
    outputs.label(`The two outputs. ${words(step)}`);
  }

  function drawPushes(step) {
    const { facts, arrays } = view;
    const fair = facts.settings.same_first_step;
    pushes.heading.textContent = fair
      ? `Gradients in z, squared error's times ${facts.ratio}`
      : "Gradients in z";
    const most = Math.max(1, ...arrays.pushes);
    const axes = {
      x: [0, facts.steps], y: [3e-5, 4 * most], yLog: true, xTitle: "step",
      yTitle: fair ? "dL/dz by learning rate" : "dL/dz",
    };
    pushes.draw(axes, (pen) => drawCurves(pen, "pushes", step));
    const now = RUNNERS.map(({ name }, row) =>
      `${name} ${format(valueOf("pushes", row, step))}`);
    pushes.label(`The two gradients at step ${step}: ${now.join(", ")}`);
  }

  function drawStarts() {
    const { facts, arrays } = view;
    const known = [0.5, 0.9, 0.99, 0.999, 0.9999];
    const late = 1.15 * facts.steps; // where those are drawn that come later
    const axes = {
      x: [-0.4, logit(0.9999) + 0.4],
      y: [-0.2 * facts.steps, 1.27 * facts.steps],
      xTicks: known.map((a) => [logit(a), String(a)]),
      yTicks: [0, 100, 200, 300, [late, `> ${facts.steps}`]],
      xTitle: "how wrong the start is: a",
      yTitle: `steps until a is below ${facts.goal}`,
    };
    starts.draw(axes, (pen) => {
      if (!over) {
        pen.text(axes.x[0], facts.steps / 2,
          "Shown when the race has been run to its end.", { dx: 12 });
        return;
      }
      pen.line([facts.start_z, facts.start_z], axes.y,
        { width: 1, dash: [2, 3] });
      RUNNERS.forEach((_, row) => drawArrivals(pen, row, late));
    });
    starts.label(over ? facts.after : "Shown when the race is over");
  }

  function drawArrivals(pen, row, late) {
    const { starts: xs, arrivals } = view.arrays;
    const look = lookOf(pen, row);
    const ys = arrivals.subarray(row * xs.length, (row + 1) * xs.length);
    pen.line(xs, ys, look);
    xs.forEach((x, i) => pen.dot(x, Number.isNaN(ys[i]) ? late : ys[i],
      { ...look, radius: 5, ring: pen.colors.card }));
    const above = ys[0] > arrivals[(1 - row) * xs.length];
    pen.text(xs[0], ys[0], RUNNERS[row].name,
      { backed: true, dx: 4, dy: above ? -16 : 16 });
  }

  return view.close;
}

export default { render };
