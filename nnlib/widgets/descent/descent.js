// Four optimisers on one landscape. The kernel sends whole paths; the film
// along them is played here. The start follows the hand at once.

// How each optimiser looks, besides its name: never by colour alone.
const LOOKS = {
  SGD: { role: "class_1", shape: "circle", dash: [] },
  Momentum: { role: "class_0", shape: "triangle", dash: [9, 4] },
  RMSprop: { role: "third", shape: "square", dash: [9, 4, 2, 4] },
  Adam: { role: "ink", shape: "diamond", dash: [2, 3] },
};
const NAMES = Object.keys(LOOKS);
const NUDGE = 0.05;
const GRIP = 24; // pixels around the start within which it is taken up

// The words of the loss axis belong to the kernel's array of that name.
const CURVES = {
  loss: (arrays) => arrays.losses,
  "step length": (arrays) => arrays.step_lengths,
  "gradient length": (arrays) => lengths(arrays.gradients),
};

function lengths(vectors) {
  const found = new Float32Array(vectors.length / 2);
  return found.map((_, i) => Math.hypot(vectors[2 * i], vectors[2 * i + 1]));
}

function render(context) {
  let start = null; // where the reader holds it; the kernel follows
  let held = false;
  let wishes = {}; // settings asked for by key and not yet in a frame
  let land = null; // the map, sent once for each landscape

  const view = mount(context, {
    label: "Gradient descent on a landscape",
    buttons: [{ text: "Next landscape", key: "l", act: nextLandscape }],
    keys: keyFor,
    help: [
      "Mouse: drag the ring, the start, across the map, or click where it " +
        "should be. The slider under the curves goes through the steps.",
      "Keyboard: the arrow keys move the start by 0.05, with Shift by 0.25. " +
        "Space plays and pauses, the comma goes one step back and the full " +
        "stop one on, e goes to the end.",
      "1, 2, 3 and 4 show and hide SGD, Momentum, RMSprop and Adam; l is " +
        "the next landscape.",
      "On the map darker is higher, a star is a minimum and a cross a " +
        "saddle. Arrows point downhill, against the gradient; the longer, " +
        "the steeper.",
    ],
    draw,
  });

  const map = new Chart({ title: "The landscape and the paths" });
  map.node.classList.add("nn-descent-map");
  const curves = new Chart({ title: "Loss by step", height: 200 });
  const player = new Player(view, { name: "step", seconds: 8, show });
  const table = numbers();
  const side = element("div", { class: "nn-descent-side" },
    curves.node, player.node, table.node);
  view.stage.append(map.node, side);

  function draw(facts, arrays) {
    const { landscape, steps } = facts.settings;
    if (arrays.heights) land = new Ground(landscape, arrays);
    else if (land?.name !== landscape) {
      view.ask("field");
      return;
    }
    if (!view.busy) wishes = {};
    start ??= facts.start;
    if (!held && !view.busy) start = facts.start;
    table.list(facts.shown, view.colors());
    map.heading.textContent = `Landscape: ${landscape}`;
    map.label(`Map of the landscape, ${landscape}. The arrow keys move the ` +
      "start.");
    curves.heading.textContent = `${capital(facts.settings.curve)} by step`;
    curves.label(facts.sentence);
    // At the end of one film, be at the end of the next.
    if (player.index === player.count - 1) player.index = steps;
    player.load(steps + 1);
  }

  function show(index) {
    if (!land) return;
    paintMap(index);
    paintCurves(index);
    table.show(index, view.facts, view.arrays);
  }

  function paintMap(index) {
    const { facts, arrays } = view;
    const { reach } = facts;
    const ends = [-reach, reach];
    map.draw({ x: ends, y: ends, square: true }, (pen) => {
      land.draw(pen, map.box, reach);
      inBox(map, pen, () => {
        drawPlaces(pen, facts.places);
        drawPaths(pen, facts, arrays, index);
      });
      drawBalls(pen, facts, arrays, index, reach);
      drawStart(pen, start ?? facts.start, arrays.downhill, held);
    });
  }

  function paintCurves(index) {
    const { facts, arrays } = view;
    const n = facts.settings.steps + 1;
    const values = CURVES[facts.settings.curve](arrays);
    const steps = Float32Array.from({ length: n }, (_, i) => i);
    const lines = facts.shown.map((name, k) => ({
      ...LOOKS[name], own: values.subarray(k * n, (k + 1) * n),
    }));
    curves.draw({
      x: [0, n - 1], y: facts.axis, yLog: true, xTitle: "step",
      yTicks: decades(facts.axis),
    }, (pen) => {
      pen.line([index, index], facts.axis, { color: pen.colors.faint });
      inBox(curves, pen, () => lines.forEach(({ role, dash, own }) => {
        const color = pen.colors[role];
        if (index < n - 1) pen.line(steps, own, { color, dash, alpha: 0.3 });
        pen.line(steps, own.subarray(0, index + 1), { color, dash });
      }));
      for (const { role, shape, own } of lines) {
        const value = own[index];
        if (value >= facts.axis[0] && value <= facts.axis[1]) {
          pen.dot(index, value, {
            color: pen.colors[role], shape, ring: pen.colors.card,
          });
        }
      }
    });
  }

  function moveStart(x, y) {
    const { reach } = view.facts;
    start = [x, y].map((v) =>
      Math.round(100 * Math.max(-reach, Math.min(reach, v))) / 100);
    view.ask("move", { x: start[0], y: start[1] }, true);
    paintMap(player.index);
  }

  function wanted(name) {
    return wishes[name] ?? view.facts.settings[name];
  }

  function wish(name, value) {
    wishes[name] = value;
    view.ask("set", { name, value }, true);
  }

  function nextLandscape() {
    const menu = context.model.get("controls")
      .find(([name]) => name === "landscape")[3];
    const now = menu.indexOf(wanted("landscape"));
    wish("landscape", menu[(now + 1) % menu.length]);
  }

  function toggle(name) {
    wish(`show_${name}`, !wanted(`show_${name}`));
  }

  function keyFor(event) {
    const by = event.shiftKey ? 5 * NUDGE : NUDGE;
    const moves = {
      ArrowLeft: [-by, 0], ArrowRight: [by, 0],
      ArrowUp: [0, by], ArrowDown: [0, -by],
    };
    if (moves[event.key]) {
      const [dx, dy] = moves[event.key];
      return () => moveStart(start[0] + dx, start[1] + dy);
    }
    if (event.key === "l") return nextLandscape;
    const name = NAMES[Number(event.key) - 1];
    return name && (() => toggle(name));
  }

  const { canvas } = map;
  set(canvas, { tabindex: 0, role: "application" });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !view.facts) return;
    const { x, y } = map.at(event);
    const far = Math.hypot(map.x(x) - map.x(start[0]),
      map.y(y) - map.y(start[1]));
    held = { dx: 0, dy: 0 };
    // Taken up by its rim, the start must not jump under the pointer.
    if (far <= GRIP) held = { dx: start[0] - x, dy: start[1] - y };
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("nn-dragging");
    player.pause();
    moveStart(x + held.dx, y + held.dy);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    const { x, y } = map.at(event);
    moveStart(x + held.dx, y + held.dy);
  });
  for (const over of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(over, () => {
      held = false;
      canvas.classList.remove("nn-dragging");
      if (land) paintMap(player.index);
    });
  }

  return view.close;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

// Five or fewer powers of ten between two ends.
function decades([low, high]) {
  const [from, to] = [low, high].map((end) => Math.log10(end));
  const step = Math.ceil((Math.floor(to) - Math.round(from)) / 5) || 1;
  const ticks = [];
  for (let k = Math.round(from); k <= to; k += step) ticks.push(10 ** k);
  return ticks;
}

// A landscape's shades and contour lines, painted once for each size and
// theme: a film repaints what is before them sixty times a second.
class Ground {
  constructor(name, { heights, contours }) {
    this.name = name;
    this.heights = heights;
    this.contours = contours;
    this.key = "";
  }

  draw(pen, { left, top, width, height }, reach) {
    const { card, faint, ink } = pen.colors;
    const scale = window.devicePixelRatio || 1;
    const size = [width, height].map((side) => Math.round(side * scale));
    const key = [...size, card, faint, ink].join();
    if (key !== this.key) {
      this.key = key;
      this.picture = this.paint(size, scale, pen.colors, reach);
    }
    pen.context.drawImage(this.picture, left, top, width, height);
  }

  paint([width, height], scale, colors, reach) {
    const canvas = element("canvas", { width, height });
    const pen = new Pen({
      x: (v) => ((v + reach) / (2 * reach)) * width,
      y: (v) => ((reach - v) / (2 * reach)) * height,
    }, canvas.getContext("2d"), colors);
    const [rows, cols] = this.heights.shape;
    // From the card's colour at the bottom to the faint one at the top.
    pen.image(heat(this.heights, rows, cols,
      [colors.card, colors.card, colors.faint]),
    -reach, reach, -reach, reach, true);
    const pieces = this.contours;
    pen.context.beginPath();
    for (let i = 0; i < pieces.length; i += 4) {
      pen.context.moveTo(pen.x(pieces[i]), pen.y(pieces[i + 1]));
      pen.context.lineTo(pen.x(pieces[i + 2]), pen.y(pieces[i + 3]));
    }
    pen.stroke({ width: 0.8 * scale, alpha: 0.35 });
    return canvas;
  }
}

// Draw what ends exactly at the frame of a chart.
function inBox(chart, pen, paint) {
  const { left, top, width, height } = chart.box;
  pen.context.save();
  pen.context.beginPath();
  pen.context.rect(left, top, width, height);
  pen.context.clip();
  paint();
  pen.context.restore();
}

// A star where there is a minimum, a cross where there is a saddle.
function drawPlaces(pen, places) {
  const { context } = pen;
  for (const [x, y, kind] of places) {
    const [px, py] = [pen.x(x), pen.y(y)];
    context.beginPath();
    if (kind === "minimum") {
      for (let i = 0; i < 10; i += 1) {
        const angle = (i * Math.PI) / 5;
        const r = i % 2 ? 3.2 : 8;
        context.lineTo(px + r * Math.sin(angle), py - r * Math.cos(angle));
      }
      context.closePath();
      context.fillStyle = pen.colors.ink;
      context.fill();
    } else {
      for (const side of [-1, 1]) {
        context.moveTo(px - 6, py - 6 * side);
        context.lineTo(px + 6, py + 6 * side);
      }
      pen.stroke({ width: 2 });
    }
  }
}

// The whole way faint, and what has been walked so far.
function drawPaths(pen, facts, { paths }, index) {
  const n = paths.shape[1];
  facts.shown.forEach((name, k) => {
    const { role, dash } = LOOKS[name];
    const own = paths.subarray(2 * n * k, 2 * n * (k + 1));
    const xs = own.filter((_, i) => i % 2 === 0);
    const ys = own.filter((_, i) => i % 2 === 1);
    const color = pen.colors[role];
    if (index < n - 1) pen.line(xs, ys, { color, dash, alpha: 0.3 });
    pen.line(xs.subarray(0, index + 1), ys.subarray(0, index + 1),
      { color, dash, width: 2.5 });
  });
}

// Balls that have left the map lie at its edge, small.
function drawBalls(pen, facts, { paths, gradients }, index, reach) {
  const n = paths.shape[1];
  facts.shown.forEach((name, k) => {
    const { role, shape } = LOOKS[name];
    const at = 2 * (n * k + Math.min(index, facts.taken[k]));
    const place = [paths[at], paths[at + 1]];
    const edge = place.map((v) => Math.max(-reach, Math.min(reach, v)));
    const away = place.some((v, i) => v !== edge[i]);
    const color = pen.colors[role];
    if (!away && index > 0) {
      downhill(pen, place, [-gradients[at], -gradients[at + 1]], color);
    }
    pen.dot(...edge, {
      radius: away ? 4 : 7, color, shape, ring: pen.colors.card,
    });
  });
}

// An arrow downhill: the steeper, the longer, but never across the map.
function downhill(pen, [x, y], [dx, dy], color) {
  const steep = Math.hypot(dx, dy);
  const long = (60 * steep) / (1 + steep);
  if (long < 9) return;
  const scale = long / steep / (pen.x(1) - pen.x(0));
  pen.arrow(x, y, x + scale * dx, y + scale * dy, { color, width: 2.5 });
}

function drawStart(pen, start, direction, held) {
  const { context } = pen;
  downhill(pen, start, [...direction], pen.colors.ink);
  context.beginPath();
  context.arc(pen.x(start[0]), pen.y(start[1]), held ? 14 : 11, 0,
    2 * Math.PI);
  pen.stroke({ color: pen.colors.card, width: 5 });
  context.beginPath();
  context.arc(pen.x(start[0]), pen.y(start[1]), held ? 14 : 11, 0,
    2 * Math.PI);
  pen.stroke({ width: 2.5 });
}

// The numbers at the film's step; it is also the key to the lines.
function numbers() {
  const caption = element("caption", {});
  const body = element("tbody", {});
  const heads = ["loss", "gradient", "next step"];
  const node = element("table", { class: "nn-descent-numbers" }, caption,
    element("thead", {}, element("tr", {},
      element("td", {}),
      ...heads.map((text) => element("th", { scope: "col" }, text)))), body);
  let rows = [];
  let listed = "";
  return {
    node,
    list(names, colors) {
      const key = [...names, ...Object.values(colors)].join();
      if (key === listed) return;
      listed = key;
      rows = names.map((name) => {
        const cells = heads.map(() => element("td", {}));
        const head = element("th", { scope: "row" },
          element("span", {}, sample(name, colors), name));
        return { cells, node: element("tr", {}, head, ...cells) };
      });
      body.replaceChildren(...rows.map((row) => row.node));
    },
    show(index, facts, { losses, gradients, step_lengths: steps }) {
      const n = losses.shape[1];
      caption.textContent = `After ${index} of ${n - 1} steps: the loss, ` +
        "the length of the gradient and of the next step";
      rows.forEach(({ cells }, k) => {
        const at = n * k + index;
        const gone = index > facts.taken[k];
        const all = [losses[at],
          Math.hypot(gradients[2 * at], gradients[2 * at + 1]), steps[at]];
        cells.forEach((cell, i) => {
          cell.textContent = Number.isFinite(all[i]) ? format(all[i], 2)
            : (gone ? "exploded" : "\u2013");
        });
      });
    },
  };
}

// A short piece of an optimiser's line with its marker.
function sample(name, colors) {
  const scale = window.devicePixelRatio || 1;
  const canvas = element("canvas", {
    width: 44 * scale, height: 18 * scale, "aria-hidden": "true",
  });
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  const pen = new Pen({ x: (v) => v, y: (v) => v }, context, colors);
  const { role, shape, dash } = LOOKS[name];
  const color = colors[role];
  pen.line([1, 43], [9, 9], { color, dash, width: 2.5 });
  pen.dot(22, 9, { radius: 5, color, shape });
  return canvas;
}

export default { render };
