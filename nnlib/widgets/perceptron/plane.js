// Points on a plane, the line, and the weights as an arrow.

const SIZE = 400;

function arrowHead(id, kind) {
  return element("marker", {
    id, viewBox: "0 0 10 10", refX: 8, refY: 5,
    markerWidth: 4.5, markerHeight: 4.5, orient: "auto",
  }, element("path", { d: "M0 0 L10 5 L0 10 z", class: `nn-head-${kind}` }));
}

// A square panel that shows -reach to reach, y upwards.
function panel(title, attributes) {
  const svg = element("svg", {
    viewBox: `0 0 ${SIZE} ${SIZE}`, ...attributes,
  });
  const half = SIZE / 2;
  svg.append(
    element("line", { class: "nn-axis", x1: 0, y1: half, x2: SIZE, y2: half }),
    element("line", { class: "nn-axis", x1: half, y1: 0, x2: half, y2: SIZE }),
  );
  const heading = element("h4", {}, title);
  const node = element("div", { class: "nn-panel" }, heading, svg);
  return { node, heading, svg };
}

function place(x, reach) {
  return (SIZE * (x + reach)) / (2 * reach);
}

function placeY(y, reach) {
  return SIZE - place(y, reach);
}

function polygonPoints(flat, reach) {
  const out = [];
  for (let i = 0; i < flat.length; i += 2) {
    out.push(`${place(flat[i], reach)},${placeY(flat[i + 1], reach)}`);
  }
  return out.join(" ");
}

// Move an arrow, or hide it where there is nothing to point at.
function point(arrow, from, to, reach) {
  const long = from && Math.hypot(to[0] - from[0], to[1] - from[1]) > 1e-6;
  set(arrow, long
    ? {
        x1: place(from[0], reach), y1: placeY(from[1], reach),
        x2: place(to[0], reach), y2: placeY(to[1], reach), display: null,
      }
    : { display: "none" });
}

function render(context) {
  const id = Math.random().toString(36).slice(2);
  const arrow = (kind) => element("line", {
    class: `nn-arrow nn-${kind}`, "marker-end": `url(#${id}-${kind})`,
    display: "none",
  });
  const left = panel("The points, and the line z = 0", {
    class: "nn-plane", tabindex: 0, role: "application",
    "aria-label":
      "Plane with points. s selects the next point, arrow keys move it, 0 " +
      "and 1 add a point, Delete removes it, n goes to the next mistake.",
  });
  const right = panel("The weights", {
    role: "img", "aria-label": "The weights as an arrow",
  });
  for (const { svg } of [left, right]) {
    svg.prepend(element("defs", {},
      arrowHead(`${id}-old`, "old"), arrowHead(`${id}-new`, "new"),
      arrowHead(`${id}-step`, "step")));
  }
  const side = element("polygon", { class: "nn-side" });
  const line = element("line", { class: "nn-line", display: "none" });
  const pull = arrow("step");
  const dots = element("g");
  left.svg.append(side, line, pull, dots);
  const [old, fresh, step] = [arrow("old"), arrow("new"), arrow("step")];
  right.svg.append(old, step, fresh);

  let drag = null;
  let aim = null; // where the keyboard sends a point, ahead of the kernel

  const kind = element("select", { "aria-label": "A click adds a point of" },
    element("option", { value: 0 }, "a click adds class 0"),
    element("option", { value: 1 }, "a click adds class 1"));
  const removeSelected = () => {
    if (chosen() !== null) view.ask("remove", { row: chosen() });
  };
  const view = mount(context, {
    label: "Perceptron on a plane",
    buttons: [
      { text: "Next mistake", key: "n", act: () => view.ask("next") },
      { text: "To the end", key: "e", act: () => view.ask("end") },
      { text: "Forget weights", key: "f", act: () => view.ask("forget") },
      { text: "Delete point", key: "Delete", act: removeSelected },
    ],
    help: [
      "Mouse: drag a point; click on an empty place to add one; click a " +
        "point to select it.",
      "Keyboard, with the widget in focus: n next mistake, e to the end, f " +
        "forget the weights, r reset; s and Shift+s select a point, arrow " +
        "keys move it (with Shift by more), 0 and 1 add a point, Delete " +
        "removes the selected one.",
      "Circles are class 0, triangles class 1. A ring marks a point that is " +
        "misread; the shaded side is read as 1.",
    ],
    keys: (event) => ({
      s: () => selectNext(1),
      S: () => selectNext(-1),
      Escape: () => view.ask("select", { row: null }),
      0: () => addByKey(0),
      1: () => addByKey(1),
      Delete: removeSelected,
      Backspace: removeSelected,
      ArrowLeft: () => nudge(-1, 0, event.shiftKey),
      ArrowRight: () => nudge(1, 0, event.shiftKey),
      ArrowUp: () => nudge(0, 1, event.shiftKey),
      ArrowDown: () => nudge(0, -1, event.shiftKey),
    })[event.key],
    draw,
  });
  view.bar.append(kind);
  view.stage.append(left.node, right.node);

  function chosen() {
    return view.facts?.selected ?? null;
  }

  function draw(facts, arrays) {
    if (drag?.dropped && !view.busy) drag = null;
    const { reach } = facts;
    set(side, { points: polygonPoints(arrays.side, reach) });
    const [x1, y1, x2, y2] = arrays.line;
    set(line, arrays.line.length
      ? {
          x1: place(x1, reach), y1: placeY(y1, reach),
          x2: place(x2, reach), y2: placeY(y2, reach), display: null,
        }
      : { display: "none" });
    drawPoints();
    drawWeights();
  }

  function drawPoints() {
    const { facts, arrays } = view;
    const count = arrays.labels.length;
    while (dots.children.length > count) dots.lastChild.remove();
    while (dots.children.length < count) {
      dots.append(element("g", {},
        element("path"), element("circle", { r: 13, class: "nn-ring" }),
        element("circle", { r: 18, class: "nn-chosen" })));
    }
    [...dots.children].forEach((dot, i) => {
      const [mark, ring, halo] = dot.children;
      const label = arrays.labels[i];
      set(mark, {
        class: `nn-class_${label}`,
        d: label
          ? "M0 -9 L8.5 6.5 L-8.5 6.5 z"
          : "M-7 0 A7 7 0 1 0 7 0 A7 7 0 1 0 -7 0 z",
      });
      set(ring, { display: arrays.misread[i] ? null : "none" });
      set(halo, { display: facts.selected === i ? null : "none" });
      if (drag && drag.row === i) return; // it is where the hand is
      moveDot(i, arrays.points[2 * i], arrays.points[2 * i + 1]);
    });
    const row = facts.mistake;
    const at = row === null
      ? null : arrays.points.subarray(2 * row, 2 * row + 2);
    point(pull, at && [0, 0], at, facts.reach);
  }

  function moveDot(i, x, y) {
    const { reach } = view.facts;
    set(dots.children[i], {
      transform: `translate(${place(x, reach)} ${placeY(y, reach)})`,
    });
  }

  function drawWeights() {
    const { weights } = view.arrays;
    const reach = view.facts.weight_reach;
    const last = weights.subarray(weights.length - 2);
    const before = weights.length > 2 ? weights.subarray(0, 2) : null;
    point(fresh, [0, 0], last, reach);
    point(old, before && [0, 0], before, reach);
    point(step, before, last, reach);
    const [w1, w2] = [...last].map((w) => w.toFixed(2));
    right.heading.textContent =
      `The weights: w = (${w1}, ${w2}), b = ${view.facts.b.toFixed(2)}`;
  }

  // Where a pointer is, in the units of the data.
  function locate(event) {
    const box = left.svg.getBoundingClientRect();
    const { reach } = view.facts;
    return {
      x: ((event.clientX - box.left) / box.width * 2 - 1) * reach,
      y: (1 - (event.clientY - box.top) / box.height * 2) * reach,
    };
  }

  // The point under a pointer: the closest one, if it is close enough.
  function nearest(event) {
    const { points } = view.arrays;
    const { x, y } = locate(event);
    let [row, least] = [null, (20 / SIZE) * 2 * view.facts.reach];
    for (let i = 0; i < points.length / 2; i += 1) {
      const away = Math.hypot(points[2 * i] - x, points[2 * i + 1] - y);
      if (away < least) [row, least] = [i, away];
    }
    return row;
  }

  left.svg.addEventListener("pointerdown", (event) => {
    if (!view.facts || event.button !== 0) return;
    const row = nearest(event);
    left.svg.focus({ preventScroll: true });
    event.preventDefault();
    if (row === null) {
      view.ask("add", { ...locate(event), label: Number(kind.value) });
      return;
    }
    drag = { row };
    left.svg.setPointerCapture(event.pointerId);
    view.ask("select", { row });
  });
  left.svg.addEventListener("pointermove", (event) => {
    if (!drag || drag.dropped) return;
    const limit = (value) =>
      Math.max(-1, Math.min(1, value / view.facts.reach)) * view.facts.reach;
    const { x, y } = locate(event);
    moveDot(drag.row, limit(x), limit(y));
    view.ask("move", { row: drag.row, x, y }, true);
  });
  // A dropped point stays where it was dropped until the kernel has answered
  // every move: an older answer would make it jump back for a moment.
  const drop = () => {
    if (drag) drag.dropped = true;
    if (!view.busy) drag = null;
  };
  left.svg.addEventListener("pointerup", drop);
  left.svg.addEventListener("pointercancel", drop);

  function selectNext(by) {
    const count = view.arrays.labels.length;
    const from = chosen() ?? (by > 0 ? -1 : count);
    view.ask("select", { row: (from + by + count) % count });
  }

  function nudge(dx, dy, shift) {
    const row = chosen();
    if (row === null) return selectNext(1);
    const by = (view.facts.reach / 50) * (shift ? 5 : 1);
    const { points } = view.arrays;
    if (!view.busy || aim?.row !== row) {
      aim = { row, x: points[2 * row], y: points[2 * row + 1] };
    }
    aim = { row, x: aim.x + dx * by, y: aim.y + dy * by };
    view.ask("move", aim, true);
  }

  function addByKey(label) {
    const row = chosen();
    const { points } = view.arrays;
    const by = view.facts.reach / 10;
    const at = row === null
      ? { x: 0, y: 0 }
      : { x: points[2 * row] + by, y: points[2 * row + 1] };
    view.ask("add", { ...at, label });
  }

  return view.close;
}

export default { render };
