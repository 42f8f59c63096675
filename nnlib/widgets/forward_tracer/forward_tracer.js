// A batch on its way through a network: neurons above, arrays below.

const HIGH = 280; // of a full column of neurons
const FOOT = 26; // below it: how many more there are
const NARROW = 360; // pixels; below, the neurons go under the picture
const TOP = 30; // room for the columns' names
const EDGE = 8; // around a heat map: room for its marked edges
const MOST = 16; // neurons drawn in a column
const MINUS = "\u2212";

// The same size is the same length everywhere, so edges that must fit do.
function long(size, scale) {
  return Math.round(24 * Math.log2(1 + size) * scale);
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

// A colour between middle and one of the ends, and whichever of ink and card
// can be read on it.
function blend(value, bound, colors) {
  const share = clamp(value / bound, -1, 1) || 0;
  const end = rgb(share < 0 ? colors.class_0 : colors.class_1);
  const middle = rgb(colors.middle);
  return middle.map((m, c) => m + Math.abs(share) * (end[c] - m));
}

function light([r, g, b]) {
  const [x, y, z] = [r, g, b].map((c) => {
    const share = c / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

function readable(fill, colors) {
  const contrast = (color) => {
    const [a, b] = [light(fill), light(rgb(color))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  return contrast(colors.ink) >= contrast(colors.card)
    ? colors.ink : colors.card;
}

// Pixels from paper to ink; a row of numbers as a picture.
function inked(values, rows, cols, { low, high }, colors) {
  const shares = Array.from(values, (v) => clamp((v - low) / (high - low), 0, 1));
  return heat(shares, rows, cols, [colors.ink, colors.card, colors.ink]);
}

// Where everything in the drawing of the network is, in CSS pixels.
function layOut(width, facts) {
  const { side } = facts.input;
  const stacked = side && width < NARROW;
  const picture = side ? clamp(width * (stacked ? 0.6 : 0.27), 112, 208) : 0;
  const down = stacked ? TOP + picture + 76 : 0; // above the neurons
  // Sliders want room beside the column of inputs.
  const left = stacked ? 20 : side ? picture + 12 : width < NARROW ? 130 : 190;
  // Beside the last column: names, and bars of probability.
  const most = width < 520 ? 44 : 80;
  const letters = Math.max(0, ...(facts.names ?? []).map((n) => n.length));
  const words = Math.min(most, 8 * letters);
  const right = width - (!facts.names ? 40
    : 30 + words + (width < 520 ? 62 : 140));
  const first = stacked ? 1 : 0; // the column that stands on the left
  const spans = Math.max(1, facts.columns.length - 1 - first);
  const counts = facts.columns.map(({ size, start }, c) =>
    (c < first || (side && c === 0) ? 1 : Math.min(size - start, MOST)));
  const beside = side && !stacked ? picture + 50 : 0;
  const room = Math.max(beside, Math.min(HIGH, 46 * Math.max(...counts)), 90);
  const columns = facts.columns.map(({ start }, c) => {
    const count = counts[c];
    const gap = Math.min(46, room / count);
    const middle = down + TOP + room / 2;
    return {
      x: left + ((c - first) / spans) * (right - left),
      radius: Math.min(18, gap * 0.43),
      count,
      at: (unit) => middle + gap * (unit - start - (count - 1) / 2),
    };
  });
  const pixel = side ? picture / side : 0;
  const place = (c, unit) => (c === 0 && side
    ? [8 + pixel * (unit % side + 0.5),
      TOP + pixel * (Math.floor(unit / side) + 0.5)]
    : [columns[c].x, columns[c].at(unit)]);
  return {
    width, high: down + TOP + room + FOOT, room, down, picture, pixel, side,
    columns, place, most, apart: (right - left) / spans,
    left: stacked ? 0 : left,
  };
}

function render(context) {
  const drawing = new Chart({
    title: "One row in the network", height: HIGH + TOP + FOOT, wide: true,
    label: "The network",
  });
  const pad = element("div", {
    class: "nn-ft-pad", tabindex: 0, role: "application",
  });
  const cells = element("div", {
    class: "nn-ft-cells", tabindex: 0, role: "application",
  });
  const knobs = element("div", { class: "nn-ft-knobs" });
  const over = element("div", { class: "nn-ft-over" });
  drawing.canvas.replaceWith(over);
  over.append(drawing.canvas, pad, cells, knobs);

  const sum = new Chart({
    title: "The neuron that is chosen, as a sum", height: 112,
    label: "Inputs, weights and their products",
  });
  sum.node.classList.add("nn-ft-sum");
  const words = element("div", { class: "nn-ft-words" });
  sum.node.append(words);

  const score = element("span", {});
  const show = element("button", { type: "button", class: "nn-button" });
  const game = element("div", { class: "nn-ft-game", hidden: "" }, score, show);
  const table = element("div", { class: "nn-ft-table" });
  const readout = element("p", { class: "nn-ft-read" });
  const sheets = element("div", { class: "nn-panel nn-wide" },
    element("h4", {}, "All rows at once: the arrays of the pass"), game, table,
    readout, element("p", { class: "nn-ft-legend" },
      "Orange with a minus is below 0, blue above. Rows are samples: the " +
      "marked one is drawn above. Thick green edges meet in a product: they " +
      "must have the same length, and they are gone in the result. A plain " +
      "edge counts the samples, a dashed one the units."));

  let layout = null; // where things are in the drawing
  let pieces = []; // the heat maps: {name, canvas, role, step, ...}
  let built = ""; // which table of arrays they were made for
  let hand = null; // the numbers under the hand, ahead of the kernel
  let cursor = 0; // the pixel that the keyboard inks
  let hover = null; // the neuron under the mouse
  let stroke = null; // {erase, x, y} of a drag on the picture
  let asked = null; // the field whose answer is on its way
  let field = null; // the field that was used last
  let looking = false; // whether a neuron's name and value are to be shown

  // Where the keys lead to, ahead of the kernel.
  const aims = {};
  const turnTo = (name, by, count) => {
    const from = view.busy ? aims[name] ?? view.facts[name] : view.facts[name];
    aims[name] = (from + by + count) % count;
    return { [name]: aims[name] };
  };
  const step = (by) => view.facts && view.ask("show_steps",
    turnTo("step", by, view.facts.steps + 1), true);
  const turn = (by) => view.facts && view.ask("show_row",
    turnTo("row", by, view.facts.rows), true);
  const clear = () => {
    if (!view.facts) return;
    const { low, side } = view.facts.input;
    send(view.arrays.x.map(() => (side ? low : 0)));
  };

  const view = mount(context, {
    label: "Forward pass, one layer at a time",
    buttons: [
      { text: "Back", key: ",", act: () => step(-1) },
      { text: "Next layer", key: ".", act: () => step(1) },
      { text: "Next row", key: "n", act: () => turn(1) },
      { text: "Empty input", key: "x", act: clear },
    ],
    keys: findKey,
    help: [
      "Mouse: draw on the picture, with Shift to erase; move a slider; " +
        "click on a neuron, or on a number in an array, to see its sum; " +
        "click on a row or on a small picture to look at that sample.",
      "Keyboard: . or the right arrow reveals the next layer, , or the left " +
        "arrow goes back; n or the down arrow looks at the next row of the " +
        "batch, p or the up arrow at the one before; x empties the input.",
      "On the picture: arrow keys move the square, space adds ink, " +
        "Backspace takes it away. On the neurons: arrow keys choose one, " +
        "Escape none.",
      "Guessing: type a shape into its field, such as 3, 7, and press " +
        "Enter; g shows the next one.",
    ],
    draw,
    close() { watcher.disconnect(); },
  });
  // The answer to a guess belongs next to the fields.
  view.stage.append(drawing.node, sum.node, view.status, sheets);
  const watcher = new ResizeObserver(() => {
    if (!view.facts) return;
    if (layout) drawNetwork(view.facts);
    drawSheets();
  });
  watcher.observe(table);
  show.addEventListener("click", giveUp);

  function findKey(event) {
    const { key, target } = event;
    const shared = {
      ",": () => step(-1), ".": () => step(1),
      n: () => turn(1), p: () => turn(-1), x: clear,
      g: view.facts.settings.guess_shapes ? giveUp : undefined,
    };
    if (target === pad) {
      const { side } = layout;
      return {
        ArrowLeft: () => moveCursor(cursor % side ? -1 : 0),
        ArrowRight: () => moveCursor((cursor + 1) % side ? 1 : 0),
        ArrowUp: () => moveCursor(cursor >= side ? -side : 0),
        ArrowDown: () => moveCursor(cursor + side < side * side ? side : 0),
        " ": () => addInk(0.25),
        Backspace: () => addInk(-1),
        Delete: () => addInk(-1),
      }[key] ?? shared[key];
    }
    if (target === cells) {
      return {
        ArrowLeft: () => moveChoice(-1, 0),
        ArrowRight: () => moveChoice(1, 0),
        ArrowUp: () => moveChoice(0, -1),
        ArrowDown: () => moveChoice(0, 1),
        Escape: () => view.ask("choose", { column: null, unit: null }),
      }[key] ?? shared[key];
    }
    return {
      ...shared,
      ArrowLeft: () => step(-1), ArrowRight: () => step(1),
      ArrowUp: () => turn(-1), ArrowDown: () => turn(1),
    }[key];
  }

  function draw(facts) {
    if (!view.busy) {
      hand = null;
      Object.keys(aims).forEach((name) => delete aims[name]);
    }
    if (!over.clientWidth) return; // hidden
    drawNetwork(facts);
    drawSum(facts);
    buildTable(facts);
    drawSheets();
    drawGame(facts);
  }

  // --- the input -------------------------------------------------------------

  const numbers = () => hand ?? view.arrays.x;

  // Show it at once, and let the kernel follow.
  function send(values) {
    hand = Float32Array.from(values);
    drawing.again();
    view.ask("put", { values: [...hand] }, true);
  }

  function addInk(by) {
    const { low, high } = view.facts.input;
    const values = Float32Array.from(numbers());
    const now = values[cursor];
    const full = by > 0 && now >= high - 1e-6;
    values[cursor] = full ? low : clamp(now + by * (high - low), low, high);
    send(values);
    nameCursor();
  }

  function moveCursor(by) {
    cursor += by;
    drawing.again();
    nameCursor();
  }

  function nameCursor() {
    const { side } = layout;
    const value = format(numbers()[cursor], 2);
    const text = `pixel row ${Math.floor(cursor / side)}, column ` +
      `${cursor % side}: ${value}`;
    set(pad, { "aria-label": `The picture X[${view.facts.row}]; ${text}` });
    view.announce(text);
  }

  function pixelAt(event) {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) / layout.pixel,
      (event.clientY - box.top) / layout.pixel];
  }

  // A round, soft brush, along the way from the last place to this one.
  function brush([x, y]) {
    const { side } = layout;
    const { low, high } = view.facts.input;
    const reach = side > 10 ? 1.9 : 1.2;
    const values = Float32Array.from(numbers());
    const parts = Math.ceil(Math.hypot(x - stroke.x, y - stroke.y) * 3) || 1;
    for (let k = 1; k <= parts; k += 1) {
      const [px, py] = [stroke.x + ((x - stroke.x) * k) / parts,
        stroke.y + ((y - stroke.y) * k) / parts];
      values.forEach((value, i) => {
        const away = Math.hypot(
          i % side + 0.5 - px, Math.floor(i / side) + 0.5 - py);
        const ink = Math.round(clamp(reach - away, 0, 1) * 16) / 16;
        if (!ink) return;
        values[i] = stroke.erase
          ? Math.min(value, high - ink * (high - low))
          : Math.max(value, low + ink * (high - low));
      });
    }
    [stroke.x, stroke.y] = [x, y];
    send(values);
  }

  pad.addEventListener("pointerdown", (event) => {
    if (!view.facts || event.button !== 0) return;
    event.preventDefault();
    pad.focus({ preventScroll: true });
    pad.setPointerCapture(event.pointerId);
    const [x, y] = pixelAt(event);
    const [column, row] = [x, y].map(
      (v) => clamp(Math.floor(v), 0, layout.side - 1));
    cursor = row * layout.side + column;
    stroke = { erase: event.shiftKey, x, y };
    brush([x, y]);
  });
  pad.addEventListener("pointermove", (event) => {
    if (stroke) brush(pixelAt(event));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    pad.addEventListener(end, () => { stroke = null; });
  }
  for (const [node, kind] of [[pad, "focus"], [pad, "blur"]]) {
    node.addEventListener(kind, () => view.redraw());
  }

  // Sliders for all inputs if they are few, else for the one that is chosen.
  function placeKnobs(facts) {
    const { kind, low, high } = facts.input;
    const chosen = facts.unit?.[0] === 0 ? facts.unit[1] : facts.columns[0].start;
    const inputs = kind === "sliders"
      ? [...Array(facts.columns[0].size).keys()]
      : kind === "units" ? [chosen] : [];
    const key = `${inputs} ${low} ${high}`;
    if (knobs.dataset.key !== key) {
      knobs.dataset.key = key;
      knobs.replaceChildren(...inputs.map((i) => {
        const input = element("input", {
          type: "range", min: 1.5 * low, max: 1.5 * high,
          step: (high - low) / 100,
        });
        input.addEventListener("input", () => {
          const values = Float32Array.from(numbers());
          values[i] = Number(input.value);
          send(values);
        });
        return element("label", {}, element("span", {}), input);
      }));
    }
    inputs.forEach((i, k) => {
      const label = knobs.children[k];
      const value = numbers()[i];
      label.style.top = `${layout.columns[0].at(i) - 31}px`;
      label.firstChild.textContent = `X[${facts.row}, ${i}] = ${format(value)}`;
      if (!hand) label.lastChild.value = value;
    });
  }

  // --- the network -----------------------------------------------------------

  function drawNetwork(facts) {
    const count = facts.rows === 1 ? "the only row" : `one of ${facts.rows} rows`;
    drawing.heading.textContent = `X[${facts.row}], ${count}, in the network`;
    drawing.label(`The network. ${facts.sentence}`);
    const width = drawing.canvas.clientWidth || 1;
    drawing.height = layOut(width, facts).high;
    const axes = { x: [0, width], y: [drawing.height, 0], bare: true };
    drawing.draw(axes, paintNetwork);
  }

  function paintNetwork(pen) {
    const { facts, arrays } = view;
    layout = layOut(drawing.canvas.clientWidth, facts);
    placeOverlays(facts);
    for (let c = 1; c < facts.columns.length; c += 1) {
      if (facts.step >= facts.columns[c].step) paintLines(pen, facts, arrays, c);
    }
    if (layout.side) paintPicture(pen, facts, arrays);
    facts.columns.forEach((column, c) => {
      if (c || !layout.side) paintColumn(pen, facts, arrays, c);
    });
    if (facts.names) paintNames(pen, facts, arrays);
    const shown = hover ?? (looking ? facts.unit : null);
    if (shown) paintValue(pen, facts, arrays, ...shown);
  }

  function placeOverlays(facts) {
    const { side, picture, left, width, down, room } = layout;
    set(pad, { hidden: side ? null : "" });
    if (!pad.hasAttribute("aria-label")) {
      set(pad, { "aria-label": "The picture: arrow keys move, space inks" });
    }
    Object.assign(pad.style, {
      left: "8px", top: `${TOP}px`, width: `${picture}px`,
      height: `${picture}px`,
    });
    const from = side ? left : left - 24;
    Object.assign(cells.style, {
      left: `${from}px`, top: `${down + TOP - 6}px`,
      width: `${width - from}px`, height: `${room + 12}px`,
    });
    const chosen = facts.sum ? ` ${facts.sum[0]}` : "";
    set(cells, {
      "aria-label": `The neurons: arrow keys choose one.${chosen}`,
    });
    placeKnobs(facts);
  }

  function paintLines(pen, facts, arrays, c) {
    const lines = arrays[`lines${c}`];
    let most = 1e-9;
    for (let k = 2; k < lines.length; k += 3) {
      most = Math.max(most, Math.abs(lines[k]));
    }
    for (let k = 0; k < lines.length; k += 3) {
      const [from, to, weight] = lines.subarray(k, k + 3);
      const [x0, y0] = layout.place(c - 1, from);
      const [x1, y1] = layout.place(c, to);
      const mine = facts.unit?.[0] === c && facts.unit[1] === to;
      const other = facts.unit && !mine;
      pen.line([x0, x1], [y0, y1], {
        color: weight < 0 ? pen.colors.class_0 : pen.colors.class_1,
        dash: weight < 0 ? [5, 4] : [],
        width: 0.4 + 2.8 * (Math.abs(weight) / most),
        alpha: mine ? 0.95 : other ? 0.22 : 0.45,
      });
    }
  }

  function paintPicture(pen, facts, arrays) {
    const { side, picture, pixel } = layout;
    const bitmap = inked(numbers(), side, side, facts.input, pen.colors);
    pen.image(bitmap, 8, 8 + picture, TOP + picture, TOP);
    const { context, colors } = pen;
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.5;
    context.strokeRect(8, TOP, picture, picture);
    pen.text(8, 14, `X[${facts.row}]`, { bold: true });
    if (document.activeElement === pad) {
      context.strokeStyle = colors.third;
      context.lineWidth = 3;
      context.strokeRect(8 + pixel * (cursor % side),
        TOP + pixel * Math.floor(cursor / side), pixel, pixel);
    }
    paintBatch(pen, facts, arrays);
  }

  // The other samples of the batch, small, with a mark on the one above.
  function paintBatch(pen, facts, arrays) {
    const spots = batchSpots();
    if (!spots.length) return;
    const { side } = layout;
    const { context, colors } = pen;
    for (const { row, x, y, size } of spots) {
      const values = row === facts.row
        ? numbers() : arrays.X.subarray(row * side * side, (row + 1) * side * side);
      pen.image(inked(values, side, side, facts.input, colors),
        x, x + size, y + size, y);
      context.strokeStyle = row === facts.row ? colors.third : colors.faint;
      context.lineWidth = row === facts.row ? 3 : 1;
      context.strokeRect(x, y, size, size);
    }
    const { y, size } = spots[0];
    pen.text(8, y + size + 14, "the batch");
  }

  function batchSpots() {
    const { facts, arrays } = view;
    const { side, picture } = layout;
    if (!side || arrays.X.shape[1] !== side * side) return [];
    const size = clamp(picture / Math.min(5, facts.rows) - 6, 18, 34);
    const fit = Math.floor((picture + 6) / (size + 6));
    const start = clamp(facts.row - Math.floor(fit / 2), 0,
      Math.max(0, facts.rows - fit));
    const shown = Math.min(fit, facts.rows);
    return [...Array(shown).keys()].map((k) => ({
      row: start + k, x: 8 + k * (size + 6), y: TOP + picture + 14, size,
    }));
  }

  function paintColumn(pen, facts, arrays, c) {
    const column = facts.columns[c];
    const { x, radius, count, at } = layout.columns[c];
    const reached = facts.step >= column.step;
    const values = c === 0 ? [...numbers()].slice(column.start)
      : arrays[`column${c}`];
    for (let k = 0; k < count; k += 1) {
      const unit = column.start + k;
      paintNeuron(pen, x, at(unit), radius, reached ? values[k] : null,
        column.bound);
      const chosen = facts.unit?.[0] === c && facts.unit[1] === unit;
      if (chosen) ring(pen, x, at(unit), radius + 3);
    }
    const more = column.size - count;
    const some = column.start ? `${column.start}\u2013` +
      `${column.start + count - 1} of ${column.size}` : `and ${more} more`;
    const said = layout.apart < 90 ? `+${more}` : some;
    const side = c === facts.columns.length - 1 && !facts.names ? "right" : "center";
    const dx = side === "right" ? radius + 12 : 0;
    pen.text(x, layout.down + 14, reached ? column.title : "?", {
      align: side, bold: true, dx,
    });
    if (more) pen.text(x, layout.high - 10, said, { align: side, dx });
  }

  function paintNeuron(pen, x, y, radius, value, bound) {
    const { context, colors } = pen;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    if (value === null) {
      context.fillStyle = colors.card;
      context.fill();
      pen.stroke({ color: colors.ink, width: 1, dash: [2, 3] });
      return;
    }
    const fill = blend(value, bound, colors);
    context.fillStyle = `rgb(${fill.map(Math.round)})`;
    context.fill();
    pen.stroke({ color: colors.ink, width: 1.2 });
    const mark = { align: "center", color: readable(fill, colors) };
    if (radius >= 16) pen.text(x, y, short(value), mark);
    else if (value < -0.04 * bound) pen.text(x, y, MINUS, { ...mark, bold: true });
  }

  function ring(pen, x, y, radius) {
    pen.context.beginPath();
    pen.context.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke({ color: pen.colors.third, width: 3 });
  }

  // Four characters at most, to fit into a neuron.
  function short(value) {
    const size = Math.abs(value);
    const text = size >= 1000 ? value.toExponential(0).replace("e+", "e")
      : size >= 9.95 ? value.toFixed(0) : value.toFixed(1);
    return text.replace("-", MINUS).replace(`${MINUS}0.0`, "0.0");
  }

  function paintNames(pen, facts, arrays) {
    const c = facts.columns.length - 1;
    const { x, radius, count, at } = layout.columns[c];
    const { start } = facts.columns[c];
    const done = facts.step === facts.steps && arrays.P;
    const shares = done ? arrays.P.subarray(facts.row * arrays.P.shape[1]) : null;
    const { context } = pen;
    context.font = FONT;
    const names = facts.names.slice(start, start + count);
    const { most } = layout;
    const room = Math.min(most, Math.max(...names.map(
      (name) => context.measureText(name).width)));
    const from = x + radius + 14 + room;
    const full = layout.width - from - 36;
    const best = done ? shares.slice(0, facts.names.length).reduce(
      (top, share, j, all) => (share > all[top] ? j : top), 0) : -1;
    names.forEach((name, k) => {
      const unit = start + k;
      let text = name;
      for (let end = name.length; context.measureText(text).width > most;) {
        end -= 1;
        text = `${name.slice(0, end)}\u2026`;
      }
      pen.text(x + radius + 8, at(unit), text, { bold: unit === best });
      if (!done) return;
      pen.bar(from, from + full * shares[unit], at(unit) - 5, at(unit) + 5, {});
      if (shares[unit] >= 0.005) {
        pen.text(from + full * shares[unit] + 4, at(unit),
          shares[unit].toFixed(2), { bold: unit === best });
      }
    });
    if (done) pen.text(from, layout.down + 14, "P", { bold: true });
  }

  function paintValue(pen, facts, arrays, c, unit) {
    const column = facts.columns[c];
    if (facts.step < column.step) return;
    const values = c === 0 ? [...numbers()].slice(column.start)
      : arrays[`column${c}`];
    const value = values[unit - column.start];
    if (value === undefined) return;
    const [x, y] = layout.place(c, unit);
    const text = `${column.title}[${facts.row}, ${unit}] = ${format(value)}`;
    const { context, colors } = pen;
    context.font = `bold ${FONT}`;
    const wide = context.measureText(text).width + 12;
    const gap = layout.columns[c].radius + 8;
    const left = clamp(x - wide - gap, 0, layout.width - wide);
    context.fillStyle = colors.card;
    context.strokeStyle = colors.third;
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(left, y - 11, wide, 22, 4);
    context.fill();
    context.stroke();
    pen.text(left + 6, y, text, { bold: true });
  }

  function neuronAt(event) {
    const box = drawing.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least] = [null, Infinity];
    view.facts.columns.forEach((column, c) => {
      if (c === 0 && layout.side) return;
      const { count, radius } = layout.columns[c];
      for (let k = 0; k < count; k += 1) {
        const [px, py] = layout.place(c, column.start + k);
        const away = Math.hypot(px - x, py - y);
        if (away < least && away < radius + 8) {
          [best, least] = [[c, column.start + k], away];
        }
      }
    });
    return best;
  }

  function moveChoice(across, down) {
    const { facts } = view;
    const first = layout.side ? 1 : 0;
    const [c, unit] = facts.unit ?? [first, -down];
    const column = clamp(c + across, first, facts.columns.length - 1);
    const { size } = facts.columns[column];
    const next = across && column !== c ? matching(c, unit, column)
      : (unit + down + size) % size;
    view.ask("choose", { column, unit: next }, true);
  }

  // The neuron of another column at about the same height.
  function matching(c, unit, column) {
    const { count } = layout.columns[column];
    const { start } = view.facts.columns[column];
    const y = layout.columns[c].at(unit);
    const gaps = [...Array(count).keys()].map(
      (k) => Math.abs(layout.columns[column].at(start + k) - y));
    return start + gaps.indexOf(Math.min(...gaps));
  }

  cells.addEventListener("pointermove", (event) => {
    if (!layout) return;
    const now = neuronAt(event);
    cells.style.cursor = now ? "pointer" : "";
    if (String(now) === String(hover)) return;
    hover = now;
    drawing.again();
  });
  cells.addEventListener("pointerleave", () => {
    hover = null;
    if (layout) drawing.again();
  });
  cells.addEventListener("click", (event) => {
    const now = layout && neuronAt(event);
    if (now) view.ask("choose", { column: now[0], unit: now[1] });
  });
  cells.addEventListener("focus", () => { looking = true; view.redraw(); });
  cells.addEventListener("blur", () => { looking = false; view.redraw(); });
  over.addEventListener("click", (event) => {
    if (!layout || event.target !== drawing.canvas) return;
    const box = drawing.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const spot = batchSpots().find((each) =>
      x >= each.x && x <= each.x + each.size &&
      y >= each.y && y <= each.y + each.size);
    if (spot) view.ask("show_row", { row: spot.row });
  });

  // --- the sum of one neuron -------------------------------------------------

  function drawSum(facts) {
    const lines = facts.sum ??
      ["Choose a neuron that has been reached, to see what it adds up."];
    words.replaceChildren(...lines.map((line) => element("p", {}, line)));
    sum.label(`Inputs, weights and their products. ${lines.join(" ")}`);
    const none = !view.arrays.terms;
    set(sum.canvas, { hidden: none ? "" : null });
    if (none) return;
    const isPicture = facts.input.side && facts.unit[0] === 1;
    sum.height = isPicture ? 124 : 104;
    sum.draw({ x: [0, 1], y: [0, 1], bare: true }, (pen) =>
      (isPicture ? paintPictures : paintStrips)(pen, facts));
  }

  function sumParts(facts, colors) {
    const { inputs, weights, terms } = view.arrays;
    const [takes, W] = facts.pieces.flatMap(({ pieces: line }) => line)
      .reduce((found, [, name, role], k, all) =>
        (role === "result" && !found && facts.columns[facts.unit[0]].step ===
          all[k][3] && all[k - 2]?.[2] === "right"
          ? [all[k - 3][1], all[k - 2][1]] : found), null);
    const ends = [colors.class_0, colors.middle, colors.class_1];
    const bound = (values) =>
      values.reduce((most, v) => Math.max(most, Math.abs(v) || 0), 1e-9);
    return [
      [`${takes}[${facts.row}]`, inputs, bound(inputs)],
      [`${W}[:, ${facts.unit[1]}]`, weights, bound(weights)],
      ["product", terms, bound(terms)],
    ].map(([name, values, most]) => ({ name, values, most, ends }));
  }

  function paintPictures(pen, facts) {
    const { side } = facts.input;
    const { context, colors } = pen;
    const size = Math.min(100, (sum.canvas.clientWidth - 60) / 3);
    const width = sum.canvas.clientWidth;
    sumParts(facts, colors).forEach(({ name, values, most, ends }, k) => {
      const left = k * (size + 26);
      const [x0, x1] = [left / width, (left + size) / width];
      const [y0, y1] = [1 - (20 + size) / sum.height, 1 - 20 / sum.height];
      pen.text(x0, 1, name, { base: "top", dy: 2, bold: true });
      pen.image(heat(values, side, side, ends, most), x0, x1, y0, y1);
      context.strokeStyle = colors.ink;
      context.lineWidth = 1;
      context.strokeRect(left, 20, size, size);
      paintMinus(pen, left, 20, size / side, size / side, side, side, values, most);
      if (k < 2) {
        pen.text(x1, (y0 + y1) / 2, "\u00d7=".charAt(k),
          { align: "center", bold: true, dx: 13 });
      }
    });
  }

  function paintStrips(pen, facts) {
    const { context, colors } = pen;
    const width = sum.canvas.clientWidth;
    const left = 100;
    const wide = Math.min(width - left - 2, view.arrays.terms.length * 34);
    sumParts(facts, colors).forEach(({ name, values, most, ends }, k) => {
      const top = 4 + k * 33;
      const count = values.length;
      pen.text(0, 1 - (top + 13) / sum.height, name, { bold: true });
      pen.text(0, 1 - (top + 13) / sum.height, ["", "\u00d7", "="][k],
        { dx: left - 8, align: "right", bold: true });
      pen.image(heat(values, 1, count, ends, most), left / width,
        (left + wide) / width, 1 - (top + 26) / sum.height,
        1 - top / sum.height);
      context.strokeStyle = colors.ink;
      context.lineWidth = 1;
      context.strokeRect(left, top, wide, 26);
      paintMinus(pen, left, top, wide / count, 26, 1, count, values, most);
    });
  }

  // A small minus in every cell below 0, where there is room for one.
  function paintMinus({ context, colors }, left, top, wide, high, rows, cols,
    values, bound) {
    if (wide < 7 || high < 7) return;
    context.lineWidth = 1.5;
    for (let i = 0; i < rows * cols; i += 1) {
      if (!(values[i] < -0.06 * bound)) continue;
      const [x, y] = [left + wide * (i % cols + 0.5),
        top + high * (Math.floor(i / cols) + 0.5)];
      context.strokeStyle = readable(blend(values[i], bound, colors), colors);
      context.beginPath();
      context.moveTo(x - 2.5, y);
      context.lineTo(x + 2.5, y);
      context.stroke();
    }
  }

  // --- the arrays ------------------------------------------------------------

  function buildTable(facts) {
    const key = JSON.stringify([facts.pieces, facts.sizes]);
    if (key === built) return;
    built = key;
    const seen = new Set();
    pieces = [];
    table.replaceChildren(...facts.pieces.map(({ head, pieces: line }, c) => {
      const row = element("div", { class: "nn-ft-row" });
      for (const [sign, name, role, at] of line) {
        const piece = makePiece(name, role, at, !seen.has(name));
        // What comes in from the left belongs to the column before.
        const width = facts.sizes[name][1];
        piece.column = role === "left" ? c + (facts.pieces.length <
          facts.columns.length ? 0 : -1) : columnOf(facts, c);
        piece.width = width;
        seen.add(name);
        pieces.push(piece);
        row.append(element("div", { class: "nn-ft-item" },
          element("span", { class: "nn-ft-op" }, sign), piece.node));
      }
      return element("div", { class: "nn-ft-line" },
        element("div", { class: "nn-ft-head" }, head), row);
    }));
  }

  // Lines of arrays and columns of neurons end together.
  function columnOf(facts, c) {
    return facts.columns.length - facts.pieces.length + c;
  }

  function makePiece(name, role, at, isFirst) {
    const canvas = element("canvas", { role: "img" });
    const shape = element("span", { class: "nn-ft-shape" });
    const input = element("input", {
      type: "text", placeholder: "(?, ?)", "aria-label": `shape of ${name}`,
      autocomplete: "off", spellcheck: "false", hidden: "",
    });
    const caption = element("figcaption", {},
      element("strong", {}, name), shape, input);
    const node = element("figure", {}, caption, canvas);
    const piece = { name, role, at, isFirst, canvas, shape, input, node };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      asked = piece;
      view.ask("guess", { name, text: input.value });
    });
    input.addEventListener("focus", () => {
      field = piece;
      nameButton();
    });
    canvas.addEventListener("pointermove", (event) => readOut(piece, event));
    canvas.addEventListener("pointerleave", () => { readout.textContent = ""; });
    canvas.addEventListener("click", (event) => pick(piece, event));
    return piece;
  }

  // Which number of an array is under the mouse.
  function entryAt({ canvas, name, wide, high }, event) {
    const box = canvas.getBoundingClientRect();
    const values = view.arrays[name];
    const [rows, cols] = values.shape;
    const row = Math.floor(((event.clientY - box.top - EDGE) / high) * rows);
    const col = Math.floor(((event.clientX - box.left - EDGE) / wide) * cols);
    if (row < 0 || col < 0 || row >= rows || col >= cols) return null;
    const [tall, broad] = view.facts.sizes[name];
    return {
      row: row * Math.ceil(tall / 128), col: col * Math.ceil(broad / 128),
      value: values[row * cols + col],
    };
  }

  function readOut(piece, event) {
    const entry = entryAt(piece, event);
    const reached = piece.at <= view.facts.step;
    const place = piece.role === "bias" ? entry?.col
      : `${entry?.row}, ${entry?.col}`;
    readout.textContent = entry && reached
      ? `${piece.name}[${place}] = ${format(entry.value)}` : "";
  }

  function pick(piece, event) {
    const entry = entryAt(piece, event);
    if (!entry) return;
    const isBatch = piece.role === "left" || piece.role === "result";
    if (isBatch) view.ask("show_row", { row: entry.row });
    const first = layout.side ? 1 : 0;
    if (piece.column >= first) {
      view.ask("choose", { column: piece.column, unit: entry.col });
    }
  }

  function drawSheets() {
    const wide = table.clientWidth;
    const scale = wide < NARROW ? 0.58 : wide < 600 ? 0.72 : 1;
    const colors = view.colors();
    pieces.forEach((piece) => drawPiece(piece, scale, colors));
  }

  function drawPiece(piece, scale, colors) {
    const { facts, arrays } = view;
    const { name, canvas, role } = piece;
    const [rows, cols] = facts.sizes[name];
    piece.wide = long(cols, scale);
    piece.high = long(rows, scale);
    const sharp = window.devicePixelRatio || 1;
    const [width, height] = [piece.wide + 2 * EDGE, piece.high + 2 * EDGE];
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(height * sharp);
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    const context = canvas.getContext("2d");
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    const reached = piece.at <= facts.step;
    set(canvas, { "aria-label": reached
      ? `Heat map of ${name}` : `${name}, not computed yet` });
    piece.node.classList.toggle("nn-ft-now",
      piece.at === facts.step && facts.step < facts.steps && role !== "left");
    if (reached) {
      const values = arrays[name];
      const ends = [colors.class_0, colors.middle, colors.class_1];
      context.imageSmoothingEnabled = false;
      context.drawImage(heat(values, ...values.shape, ends, facts.bounds[name]),
        EDGE, EDGE, piece.wide, piece.high);
      const [tall, broad] = values.shape;
      paintMinus({ context, colors }, EDGE, EDGE, piece.wide / broad,
        piece.high / tall, tall, broad, values, facts.bounds[name]);
    }
    markEdges(context, piece, colors, reached);
    if (reached) markPlaces(context, piece, colors);
  }

  function markEdges(context, { wide, high, role }, colors, reached) {
    context.strokeStyle = reached ? colors.ink : colors.faint;
    context.lineWidth = 1;
    context.strokeRect(EDGE, EDGE, wide, high);
    if (!reached) return;
    const edge = (kind, x0, y0, x1, y1) => {
      context.strokeStyle = kind === "inner" ? colors.third : colors.ink;
      context.lineWidth = kind === "inner" ? 5 : 2.5;
      context.setLineDash(kind === "units" ? [5, 4] : []);
      context.beginPath();
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
      context.stroke();
      context.setLineDash([]);
    };
    const [down, across] = {
      left: ["rows", "inner"], right: ["inner", "units"],
      bias: [null, "units"], result: ["rows", "units"],
    }[role];
    if (down) edge(down, EDGE - 2, EDGE, EDGE - 2, EDGE + high);
    edge(across, EDGE, EDGE - 2, EDGE + wide, EDGE - 2);
  }

  // Frame the row of the sample and the column of the neuron.
  function markPlaces(context, { name, wide, high, role, column }, colors) {
    const { facts } = view;
    const [rows, cols] = facts.sizes[name];
    const frame = (color, x, y, w, h) => {
      context.strokeStyle = color;
      context.lineWidth = 2;
      context.strokeRect(x, y, w, h);
    };
    const unit = facts.unit?.[0] === column && role !== "left"
      ? facts.unit[1] : null;
    if (unit !== null) {
      frame(colors.third, EDGE + (wide * unit) / cols, EDGE, wide / cols, high);
    }
    if (role === "left" || role === "result") {
      const y = EDGE + (high * facts.row) / rows;
      frame(colors.ink, EDGE, y, wide, high / rows);
      context.fillStyle = colors.ink;
      context.beginPath();
      const middle = y + high / rows / 2;
      context.moveTo(EDGE + wide + 1, middle);
      context.lineTo(EDGE + wide + 8, middle - 5);
      context.lineTo(EDGE + wide + 8, middle + 5);
      context.fill();
    }
  }

  // --- guessing --------------------------------------------------------------

  function drawGame(facts) {
    const { shapes, next, tries, found, given_up: up } = facts.game;
    const playing = facts.settings.guess_shapes;
    set(game, { hidden: playing ? null : "" });
    for (const piece of pieces) {
      const hidden = shapes[piece.name] === null;
      const typed = hidden && piece.isFirst;
      set(piece.input, { hidden: typed ? null : "" });
      piece.shape.textContent = typed ? "" : shapes[piece.name] ?? "(?, ?)";
    }
    const total = Object.keys(shapes).length;
    score.textContent = `${found} of ${total} shapes found, ${tries} ` +
      `${tries === 1 ? "try" : "tries"}${up ? `, ${up} given up` : ""}.`;
    if (field && shapes[field.name] !== null) field = null;
    set(show, { hidden: next ? null : "" });
    nameButton();
    if (asked && !view.busy) {
      const done = shapes[asked.name] !== null;
      const to = done
        ? pieces.find(({ name, isFirst }) => isFirst && name === next) : asked;
      if (done) asked.input.value = "";
      to?.input.focus({ preventScroll: true });
      to?.input.select();
      asked = null;
    }
  }

  const onTrial = () => field?.name ?? view.facts?.game.next;

  function nameButton() {
    show.replaceChildren(`Show the shape of ${onTrial()} `,
      element("kbd", {}, "g"));
    set(show, { "aria-keyshortcuts": "g" });
  }

  function giveUp() {
    if (onTrial()) view.ask("give_up", { name: onTrial() });
  }

  return view.close;
}

export default { render };
