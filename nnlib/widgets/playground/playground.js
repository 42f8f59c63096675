// The playground: the network as a drawing that can be changed, its surface,
// its losses, and its gradients.

const TILE = 34; // CSS pixels of a unit's own map
const ROW = 46;
const COLUMN = 78; // at least, from one column to the next
const LEFT_EDGE = 62; // of the inputs' middle: their names stand beside them
const RIGHT_EDGE = 42;
const SLOW = 150; // milliseconds: while it plays, nobody reads faster

// Where the drawing has its inputs, units and output, in CSS pixels.
function placeUnits({ features, hidden }, width) {
  const sizes = [features.length, ...hidden, 1];
  const tall = ROW * Math.max(...sizes) + 8;
  const across = (width - LEFT_EDGE - RIGHT_EDGE) / (sizes.length - 1);
  return {
    tall,
    sizes,
    columns: sizes.map((_, layer) => LEFT_EDGE + layer * across),
    at: (layer, unit) => ({
      x: LEFT_EDGE + layer * across,
      y: tall / 2 + ROW * (unit - (sizes[layer] - 1) / 2),
    }),
  };
}

class NetworkDrawing {
  constructor(view) {
    this.view = view;
    this.pictures = []; // one small canvas for each unit, used again
    this.columns = element("div", { class: "nn-columns" });
    this.canvas = element("canvas", {
      class: "nn-canvas", tabindex: 0, role: "application",
      "aria-label": "The network. Arrow keys choose a unit, Escape goes " +
        "back to the output, plus and minus add and take away units.",
    });
    this.inner = element("div", { class: "nn-net-inner" },
      this.columns, this.canvas);
    this.caption = element("h4", {});
    this.node = element("div", { class: "nn-net" }, this.caption, this.inner);
    this.canvas.addEventListener("pointerdown", (event) => this.click(event));
  }

  draw(facts, arrays, colors) {
    const wanted =
      LEFT_EDGE + RIGHT_EDGE + COLUMN * (facts.hidden.length + 1);
    this.width = Math.max(wanted, this.node.clientWidth);
    this.inner.style.width = `${this.width}px`;
    this.place = placeUnits(facts, this.width);
    this.writeColumns(facts);
    const { canvas } = this;
    const scale = window.devicePixelRatio || 1;
    const context = canvas.getContext("2d");
    if (canvas.width !== Math.round(this.width * scale) ||
        canvas.height !== Math.round(this.place.tall * scale)) {
      canvas.width = Math.round(this.width * scale);
      canvas.height = Math.round(this.place.tall * scale);
      canvas.style.height = `${this.place.tall}px`;
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.width, this.place.tall);
    const gradients = facts.settings.show === "gradients";
    this.caption.textContent = gradients
      ? "Gradients of the last step: wide lines are steep"
      : "Weights: solid lines add, dashed lines take away";
    this.drawLines(context, colors,
      gradients ? arrays.weight_gradients : arrays.weights);
    this.drawUnits(context, facts, arrays, colors, gradients);
  }

  drawLines(context, colors, values) {
    const { sizes, at } = this.place;
    const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
    let k = 0;
    for (let layer = 1; layer < sizes.length; layer += 1) {
      for (let i = 0; i < sizes[layer - 1]; i += 1) {
        for (let j = 0; j < sizes[layer]; j += 1, k += 1) {
          const share = Math.abs(values[k]) / largest;
          if (!(share > 0.001)) continue;
          const [from, to] = [at(layer - 1, i), at(layer, j)];
          const middle = (from.x + to.x) / 2;
          context.beginPath();
          context.moveTo(from.x + TILE / 2, from.y);
          context.bezierCurveTo(middle, from.y, middle, to.y,
            to.x - TILE / 2, to.y);
          context.strokeStyle = values[k] < 0 ? colors.class_0 : colors.class_1;
          context.setLineDash(values[k] < 0 ? [7, 4] : []);
          context.lineWidth = 0.5 + 6 * share;
          context.stroke();
        }
      }
    }
    context.setLineDash([]);
  }

  drawUnits(context, facts, arrays, colors, gradients) {
    const { sizes, at } = this.place;
    const side = facts.side / 2;
    const area = side * side;
    const slopes = arrays.unit_gradients;
    const steepest =
      slopes.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
    let [map, unit] = [0, 0];
    context.imageSmoothingEnabled = true;
    for (let layer = 0; layer < sizes.length - 1; layer += 1) {
      for (let i = 0; i < sizes[layer]; i += 1, map += 1) {
        const { x, y } = at(layer, i);
        this.pictures[map] = heat(
          arrays.maps.subarray(map * area, (map + 1) * area), side, side,
          [colors.class_0, colors.middle, colors.class_1], 1,
          this.pictures[map]);
        context.drawImage(this.pictures[map], x - TILE / 2, y - TILE / 2, TILE, TILE);
        const [l, u] = facts.selected ?? [];
        const chosen = l === layer && u === i;
        context.strokeStyle = chosen ? colors.third : colors.ink;
        context.lineWidth = chosen ? 4 : 1;
        context.strokeRect(x - TILE / 2, y - TILE / 2, TILE, TILE);
        if (layer === 0) this.name(context, colors, facts.features[i], x, y);
        else if (gradients) {
          this.gauge(context, colors, slopes[unit] / steepest, x, y);
        }
        unit += layer > 0;
      }
    }
    const { x, y } = at(sizes.length - 1, 0);
    context.beginPath();
    context.arc(x, y, TILE / 2, 0, 2 * Math.PI);
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.5;
    context.stroke();
    this.name(context, colors, "z", x, y - TILE / 2 - 2 + ROW / 2);
    if (gradients) {
      this.gauge(context, colors, slopes[unit] / steepest, x, y);
    }
  }

  // What an input is called, left of its map.
  name(context, colors, text, x, y) {
    context.font = FONT;
    context.fillStyle = colors.ink;
    context.textBaseline = "middle";
    const inside = text === "z";
    context.textAlign = inside ? "center" : "left";
    context.fillText(text, inside ? x : 2, y);
  }

  // A bar beside a unit: its share of the steepest gradient, up or down.
  gauge(context, colors, share, x, y) {
    const left = x + TILE / 2 + 2;
    context.fillStyle = colors.card;
    context.fillRect(left, y - TILE / 2, 7, TILE);
    context.strokeStyle = colors.ink;
    context.lineWidth = 1;
    context.strokeRect(left, y - TILE / 2, 7, TILE);
    context.fillStyle = share < 0 ? colors.class_0 : colors.class_1;
    context.fillRect(left, y, 7, -share * (TILE / 2));
    context.fillStyle = colors.ink;
    context.fillRect(left, y - 0.5, 7, 1);
  }

  // The head of each column: its name, and buttons that change its size.
  // Rebuilt only when the network changed, or a press would lose its button.
  writeColumns({ hidden, features }) {
    const shape = JSON.stringify([hidden, features.length, this.width]);
    if (shape === this.shape) return;
    this.shape = shape;
    const focused = this.columns.contains(document.activeElement)
      ? document.activeElement.getAttribute("aria-label") : null;
    const small = (text, label, act) => {
      const button = element("button", {
        type: "button", class: "nn-small", "aria-label": label, title: label,
      }, text);
      button.addEventListener("click", act);
      return button;
    };
    const heads = this.place.columns.map((x, layer) => {
      const head = element("div", { class: "nn-column" });
      head.style.left = `${x}px`;
      const last = this.place.columns.length - 1;
      if (layer === 0) head.append("inputs");
      else if (layer === last) head.append("score z");
      else {
        const count = hidden[layer - 1];
        head.append(`${count} unit${count === 1 ? "" : "s"}`,
          element("br"),
          small("\u2212", `take a unit from layer ${layer}`,
            () => this.view.ask("remove_unit", { layer: layer - 1 })),
          small("+", `add a unit to layer ${layer}`,
            () => this.view.ask("add_unit", { layer: layer - 1 })));
      }
      return head;
    });
    this.columns.replaceChildren(...heads);
    if (focused) {
      this.columns.querySelector(`[aria-label="${focused}"]`)?.focus();
    }
  }

  click(event) {
    const box = this.canvas.getBoundingClientRect();
    const { sizes, at } = this.place;
    let found = {};
    for (let layer = 0; layer < sizes.length - 1; layer += 1) {
      for (let unit = 0; unit < sizes[layer]; unit += 1) {
        const { x, y } = at(layer, unit);
        const near = Math.max(Math.abs(event.clientX - box.left - x),
          Math.abs(event.clientY - box.top - y));
        if (near <= TILE / 2 + 3) found = { layer, unit };
      }
    }
    this.view.ask("select", found, true);
  }

  // The unit that an arrow key leads to.
  neighbour(facts, across, down) {
    const { sizes } = this.place;
    const [layer, unit] = facts.selected ?? [sizes.length - 1, 0];
    const to = Math.max(0, Math.min(sizes.length - 1, layer + across));
    if (to === sizes.length - 1) return {};
    const start = to === layer ? unit + down : Math.min(unit, sizes[to] - 1);
    return { layer: to, unit: (start + sizes[to]) % sizes[to] };
  }
}

// The features that the network may see, as switches.
function featureBox(view) {
  const box = element("fieldset", { class: "nn-features" },
    element("legend", {}, "The network sees"));
  const switches = {};
  return {
    node: box,
    show({ features, all_features }) {
      for (const name of all_features) {
        if (!switches[name]) {
          const input = element("input", { type: "checkbox" });
          input.addEventListener("change", () => view.ask("feature", { name }));
          switches[name] = input;
          box.append(element("label", { class: "nn-control nn-switch" },
            input, element("span", {}, name)));
        }
        switches[name].checked = features.includes(name);
      }
    },
  };
}

// Play, single steps, and the way back through the last steps.
function timeBar(view, act) {
  const toggle = pushButton({ text: "Play", key: " ", act: act.toggle });
  const scrub = element("input", {
    type: "range", step: 1, "aria-label": "back in time, to step",
  });
  const shown = element("output", {});
  let held = false; // a hand is on it, ahead of the kernel
  scrub.addEventListener("input", () => {
    held = true;
    act.goTo(Number(scrub.value));
  });
  for (const end of ["change", "blur"]) {
    scrub.addEventListener(end, () => { held = false; });
  }
  const node = element("div", { class: "nn-time" }, toggle,
    pushButton({ text: "One batch", key: ".", act: act.step }),
    pushButton({ text: "One epoch", key: "e", act: act.epoch }),
    pushButton({ text: "Back", key: ",", act: act.back }), scrub, shown);
  return {
    node,
    show({ step, epoch, oldest, newest, playing }) {
      toggle.firstChild.textContent = playing ? "Pause" : "Play";
      set(scrub, { min: oldest, max: newest,
        "aria-valuetext": `step ${step}` });
      if (!(held && view.busy)) scrub.value = step;
      shown.textContent = `step ${step.toLocaleString("en")}, epoch ${epoch}`;
    },
  };
}

function drawPoints(pen, points, labels, size, hollow) {
  const { class_0, class_1, card, ink } = pen.colors;
  labels.forEach((label, i) => {
    pen.dot(points[2 * i], points[2 * i + 1], {
      radius: size,
      color: hollow ? card : [class_0, class_1][label],
      ring: hollow ? [class_0, class_1][label] : ink,
      ringWidth: hollow ? 2 : 0.5,
      shape: label ? "triangle" : "circle",
    });
  });
}

function drawLosses(chart, { curves }, { step, newest }) {
  const rows = curves.shape[0];
  const column = (c) => Float32Array.from(
    { length: rows }, (_, i) => curves[3 * i + c]);
  const [steps, train, test] = [0, 1, 2].map(column);
  const finite = [...train, ...test].filter(Number.isFinite);
  const top = 1.05 * Math.max(0.1, ...finite);
  chart.draw({
    x: [0, Math.max(10, newest)], y: [0, top], xTitle: "step",
    yTitle: "loss: solid on the training points, dashed on the test points",
  }, (pen) => {
    pen.line(steps, train, { color: pen.colors.class_1 });
    pen.line(steps, test, { color: pen.colors.class_0, dash: [6, 4] });
    if (step < newest) pen.line([step, step], [0, top], { width: 1 });
  });
}

function drawNorms(chart, { norms }) {
  const sizes = [...norms].filter((norm) => norm > 0 && Number.isFinite(norm));
  const low = 10 ** Math.floor(Math.log10(Math.min(1e-3, ...sizes)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(1, ...sizes)));
  const n = norms.length;
  chart.draw({
    x: [0.5, n + 0.5], y: [low, high], yLog: true,
    xTitle: "layer", yTitle: "norm of the last step's gradient",
    xTicks: [...norms].map((_, i) => [i + 1, i + 1 === n ? "output" : i + 1]),
  }, (pen) => {
    norms.forEach((norm, i) => {
      if (!(norm > 0)) {
        pen.text(i + 1, low, "0", { align: "center", base: "bottom" });
        return;
      }
      pen.bar(i + 0.7, i + 1.3, low, Math.min(norm, high));
      pen.text(i + 1, Math.min(norm, high), format(norm, 2),
        { align: "center", base: "bottom", dy: norm > high / 3 ? 16 : -2,
          color: norm > high / 3 ? pen.colors.card : pen.colors.ink });
    });
  });
}

function render(context) {
  const act = {
    toggle() {
      const playing = view.facts?.playing && wanted === null;
      wanted = playing ? "pause" : null;
      if (!playing) view.ask("play");
      else {
        // What stands on the screen now is where it stops.
        cancelAnimationFrame(film);
        view.ask("pause", { step: painted });
      }
    },
    step: () => view.ask("step"),
    epoch: () => view.ask("epoch"),
    goTo: (step) => view.ask("go_to", { step }, true),
    back: () => act.goTo(aim(-1)),
  };
  // Where a key leads to, ahead of the kernel.
  let target = null;
  const aim = (by) => {
    const from = view.busy && target !== null ? target : view.facts.step;
    target = Math.max(view.facts.oldest, from + by);
    return target;
  };

  const cursor = { x: 0, y: 0, shown: false };
  const addPoint = (label) => view.ask("add",
    { x1: cursor.x, x2: cursor.y, label });
  const removePoint = () => view.ask("remove", { x1: cursor.x, x2: cursor.y });
  const move = (dx, dy) => () => {
    const { reach } = view.facts;
    const inside = (v) => Math.max(-reach, Math.min(reach, v));
    Object.assign(cursor, { shown: true,
      x: inside(cursor.x + dx * reach / 20),
      y: inside(cursor.y + dy * reach / 20) });
    view.redraw();
  };
  const select = (across, down) => () => view.ask("select",
    drawing.neighbour(view.facts, across, down), true);
  const layerOf = () => Math.max(0, (view.facts.selected?.[0] ?? 1) - 1);
  const other = () => view.ask("set", { name: "show", value:
    view.facts.settings.show === "gradients" ? "activations" : "gradients" });

  const view = mount(context, {
    label: "Playground: a network that learns while you watch",
    buttons: [
      { text: "Activations or gradients", key: "g", act: other },
      { text: "Add layer", key: "l", act: () => view.ask("add_layer") },
      { text: "Remove layer", key: "L", act: () => view.ask("remove_layer") },
      { text: "New weights", key: "w", act: () => view.ask("new_weights") },
      { text: "New points", key: "p", act: () => view.ask("new_points") },
    ],
    keys: (event) => {
      const [across, down] = {
        ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
        ArrowDown: [0, 1],
      }[event.key] ?? [];
      if (across !== undefined) {
        return event.shiftKey ? move(across, -down) : select(across, down);
      }
      return {
        " ": act.toggle, ".": act.step, e: act.epoch, ",": act.back,
        "+": () => view.ask("add_unit", { layer: layerOf() }),
        "-": () => view.ask("remove_unit", { layer: layerOf() }),
        0: () => addPoint(0), 1: () => addPoint(1),
        Delete: removePoint, Backspace: removePoint,
        Escape: () => view.ask("select"),
      }[event.key];
    },
    help: [
      "Mouse: click on the large picture to add a training point, on a unit " +
        "to see its own picture large; the buttons above a column add and " +
        "take away units.",
      "Keyboard: space plays and pauses, . learns from one batch, e from one " +
        "epoch, comma goes back a step; g changes between activations and " +
        "gradients; l and L add and take away a layer, + and - a unit of the " +
        "chosen layer; w new weights, p new points; arrow keys choose a " +
        "unit, Escape the output; Shift with arrow keys moves the cross, 0 " +
        "and 1 add a point there, Delete takes away the nearest one.",
      "Every unit shows what it says about each place: blue above 0, orange " +
        "below. With gradients shown, it is how fast the score moves with " +
        "the unit there; lines and bars are the loss's gradients in the last " +
        "step, of weights and of biases.",
      "Training waits while a cell runs. Going back keeps at least the last " +
        "1,000 steps exactly; change a setting there, and another future " +
        "begins.",
    ],
    draw,
    close() { cancelAnimationFrame(film); },
  });

  const features = featureBox(view);
  const time = timeBar(view, act);
  const drawing = new NetworkDrawing(view);
  const output = new Chart({ title: "What the network says, with the points",
    label: "The plane, coloured by the network's answer" });
  output.node.classList.add("nn-output");
  const kind = element("select", { "aria-label": "A click adds a point of" },
    element("option", { value: 0 }, "a click adds class 0 (circle)"),
    element("option", { value: 1 }, "a click adds class 1 (triangle)"));
  const flag = (text, on) => {
    const box = element("input", { type: "checkbox" });
    box.checked = on;
    box.addEventListener("change", () => view.redraw());
    return { box, node: element("label", { class: "nn-control nn-switch" },
      box, element("span", {}, text)) };
  };
  const tests = flag("show test points", false);
  const hard = flag("show only the decision", false);
  output.node.append(element("div", { class: "nn-controls" }, kind,
    tests.node, hard.node));
  const losses = new Chart({ title: "Loss", height: 200,
    label: "Loss against steps, on training and on test points" });
  const norms = new Chart({ title: "Gradient norm of each layer", height: 200,
    label: "Norm of the last gradient, layer by layer" });
  view.controls.before(time.node);
  view.controls.after(features.node);
  view.stage.append(drawing.node, output.node, losses.node, norms.node);

  output.canvas.addEventListener("pointerdown", (event) => {
    if (!view.facts || event.button !== 0) return;
    Object.assign(cursor, output.at(event));
    addPoint(Number(kind.value));
  });

  let picture = null; // of the surface, used again
  let drawn = 0; // the last frame of a running training that has come
  let wanted = null; // "pause", from when it is asked for to when it is granted
  let written = 0; // when words and curves were brought up to date
  let painted = 0; // the step that is on the screen
  let film = 0; // the animation frame in which the newest one is drawn
  function draw(facts, arrays) {
    cancelAnimationFrame(film);
    if (facts.number > drawn) {
      drawn = facts.number;
      // Not after each: every message costs the kernel and the page time.
      if (drawn % 3 === 0) context.model.send({ seen: drawn });
      if (wanted !== null) return; // nobody wants to see this one any more
      // Of two that come before the screen changes, one is enough.
      film = requestAnimationFrame(() => paint(facts, arrays));
    } else paint(facts, arrays);
  }

  function paint(facts, arrays) {
    if (!facts.playing) wanted = null;
    painted = facts.step;
    const colors = view.colors();
    drawing.draw(facts, arrays, colors);
    drawSurface(facts, arrays, colors);
    const now = performance.now();
    if (facts.playing && now - written < SLOW) return;
    written = now;
    time.show(facts);
    features.show(facts);
    drawLosses(losses, arrays, facts);
    drawNorms(norms, arrays);
  }

  function drawSurface(facts, arrays, colors) {
    const { reach, side, selected } = facts;
    output.heading.textContent = selected
      ? (selected[0] ? `Unit ${selected[1] + 1} of layer ${selected[0]}`
        : `Input ${facts.features[selected[1]]}`)
      : "What the network says, with the points";
    const sharp = hard.box.checked;
    picture = heat(arrays.surface, side, side,
      [colors.class_0, colors.middle, colors.class_1], sharp ? 1e-9 : 1.7,
      picture);
    output.draw({
      x: [-reach, reach], y: [-reach, reach], square: true,
      xTitle: "x1", yTitle: "x2",
    }, (pen) => {
      pen.image(picture, -reach, reach, -reach, reach, !sharp);
      pen.context.drawImage(pointsLayer(facts, arrays, colors), 0, 0,
        output.width, output.tall);
      if (cursor.shown) {
        for (const [dx, dy] of [[1, 0], [0, 1]]) {
          const by = reach / 25;
          pen.line([cursor.x - dx * by, cursor.x + dx * by],
            [cursor.y - dy * by, cursor.y + dy * by], { width: 3 });
        }
      }
    });
  }

  // The points, painted once: a hundred small shapes in every frame would
  // take longer than all else.
  let layer = null;
  let layerKey = "";
  function pointsLayer(facts, arrays, colors) {
    const { width, height } = output.canvas;
    const key = [facts.points, width, height, tests.box.checked,
      colors.card].join();
    if (key === layerKey) return layer;
    layerKey = key;
    layer = element("canvas", { width, height });
    const paper = layer.getContext("2d");
    const scale = window.devicePixelRatio || 1;
    paper.scale(scale, scale);
    const pen = new Pen(output, paper, colors);
    if (tests.box.checked) {
      drawPoints(pen, arrays.test, arrays.test_labels, 3.5, true);
    }
    drawPoints(pen, arrays.train, arrays.train_labels, 3.5, false);
    return layer;
  }

  return view.close;
}

export default { render };
