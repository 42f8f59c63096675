// Values forward, then slopes backward, one operation at a time. All steps
// are here after the first frame; the kernel is told which one is shown.

const MARKS = {
  agrees: "\u2713 agrees",
  differs: "\u2717 differs",
  "built on a wrong value": "\u25b3 built on a wrong value",
  "not nudged": "",
};
const STYLES = {
  differs: "nn-wrong", "built on a wrong value": "nn-built", agrees: "nn-right",
};
// Layers have much to show, and nothing stands on the edges between them.
const LAYERS = {
  high: 148, least: 100, most: 170, across: 26, low: 84, down: 24, broad: 420,
};
const ROOMY = 760; // wide enough for the details to stand beside the graph
const MOST_CELLS = 6; // rows and columns that are written as numbers

function render(context) {
  let picked = null;
  let painted = ""; // the look of the last picture
  const box = new GraphBox({
    label: "The operations as a graph, inputs first",
    pick: (node) => { picked = node; paint(); },
  });
  const details = element("div", {
    class: "nn-details", role: "group", "aria-label": "What this step does",
    tabindex: 0, // a wide matrix is scrolled to with the keyboard
  });

  const view = mount(context, {
    label: "Backpropagation, one operation at a time",
    keys: (event) => ({
      ArrowRight: player.keys["."],
      ArrowLeft: player.keys[","],
      End: player.keys.e,
      Home: () => { player.pause(); player.go(0); },
      Escape: picked === null ? undefined : () => { picked = null; paint(); },
    })[event.key],
    help: [
      "Mouse: the buttons step forward and back; the slider goes to any " +
        "step; a click on a node shows what is known of it so far.",
      "Keyboard: ArrowRight and . take the next step, ArrowLeft and , the " +
        "one before, End and e go to the last, Home to the first, space " +
        "plays. Tab goes to the nodes, Escape back to the step.",
      "Beside each slope stands what nudging gives: two forward passes, a " +
        "little above and a little below, with no chain rule in them.",
    ],
    draw,
    close() { box.resized.disconnect(); },
  });
  const player = new Player(view, { name: "step", show });
  view.bar.append(player.node);
  view.stage.classList.add("nn-column");
  view.stage.append(box.node, details);

  function show(index) {
    picked = null;
    if (view.busy || index !== view.facts.step) {
      view.ask("go", { step: index }, true);
    }
    view.say(view.facts.steps[index].sentence);
    paint();
  }

  function draw(facts) {
    if (player.count !== facts.steps.length) {
      player.index = facts.step;
      player.seconds = 1.6 * facts.steps.length;
      if (facts.kind === "network") Object.assign(box.sizes, LAYERS);
      box.nodes = facts.nodes;
      player.load(facts.steps.length);
    } else if (!view.busy && facts.step !== player.index) {
      player.pause(); // it was moved from elsewhere, by "Reset" for example
      player.go(facts.step);
    } else {
      view.say(facts.steps[player.index].sentence);
      // The kernel only says that it has followed: all is painted by now.
      if (look() !== painted) paint();
    }
  }

  // What the picture depends on.
  function look() {
    return [player.index, picked, view.stage.clientWidth, view.colors().card]
      .join();
  }

  // What is known by now: which nodes have values, and which slopes.
  function known() {
    const values = new Set();
    const grads = new Map();
    const judged = new Map();
    const back = new Set();
    view.facts.steps.slice(0, player.index + 1).forEach((step) => {
      step.values.forEach((i) => values.add(i));
      step.grads.forEach(([i, text, done]) => grads.set(i, { text, done }));
      if (step.verdict) judged.set(step.node, step.verdict);
      if (step.pass === "backward") step.edges.forEach((k) => back.add(k));
    });
    return { values, grads, judged, back };
  }

  function paint() {
    const { facts } = view;
    if (!facts) return;
    painted = look();
    const step = facts.steps[player.index];
    const state = known();
    const edges = facts.edges.map((edge, k) => {
      const back = state.back.has(k);
      return {
        ...edge,
        back,
        style: step.edges.includes(k) ? "nn-on" : "",
        text: back ? edge.slope : "",
      };
    });
    arrange();
    box.load(facts.nodes, edges);
    const fill = facts.kind === "network" ? fillLayer : fillNumber;
    facts.nodes.forEach((node, i) => {
      const card = box.cards[i];
      card.className = `nn-node nn-${node.kind}`;
      card.classList.toggle("nn-now", i === step.node);
      card.classList.toggle("nn-chosen-node", i === picked);
      card.classList.toggle("nn-empty", !state.values.has(i));
      fill(card, node, i, state);
    });
    if (picked === null) showStep(step);
    else showNode(picked, state);
  }

  // A graph that runs down the page may leave room for the details beside it.
  function arrange() {
    const width = view.stage.clientWidth;
    const [, down] = box.widths((width - 16) / 2);
    const beside = width >= ROOMY && box.turnsAt(width) &&
      down >= box.sizes.least;
    view.stage.classList.toggle("nn-column", !beside);
    view.stage.classList.toggle("nn-beside", beside);
  }

  function judge(card, verdict) {
    if (STYLES[verdict]) card.classList.add(STYLES[verdict]);
    return MARKS[verdict] ?? "";
  }

  function fillNumber(card, node, i, { values, grads, judged }) {
    const title = node.formula ? `${node.name} = ${node.formula}` : node.name;
    const value = values.has(i) ? node.value : "?";
    const grad = grads.get(i);
    const rows = [row("nn-name", title)];
    const line = (name, number, style = "") => rows.push(
      row(`nn-words ${style}`, row("", name), row("", number)));
    let mark = "";
    if (node.kind !== "constant") {
      line("value", value);
      line(node.slope, grad ? grad.text : "?");
      if (grad?.done) {
        mark = judge(card, node.verdict);
        line("nudged", node.nudged, "nn-ghost");
      } else if (judged.get(i) === "differs") {
        mark = judge(card, "differs"); // its value is wrong already
      } else if (grad) mark = "so far";
      rows.push(row("nn-mark", mark));
    }
    card.replaceChildren(...rows);
    set(card, {
      "aria-label": `${title}, value ${value}, ${node.slope} ` +
        `${grad ? grad.text : "not known yet"} ${mark}`,
    });
  }

  function fillLayer(card, node, i, { values, grads, judged }) {
    // A long name may go on in the next line, after an underscore.
    const soft = (text) => text.replaceAll("_", "_\u200b");
    const words = row("nn-about", row("nn-name", soft(node.name)),
      row("", soft(node.formula || "the data")));
    const rows = [words];
    const mark = judged.has(i) ? judge(card, judged.get(i)) : "";
    if (node.value) {
      rows.push(row("nn-value", `loss = ${values.has(i) ? node.value : "?"}`));
    } else {
      rows.push(row("nn-thumbs",
        thumb(node.output, values.has(i)),
        thumb(`d${node.output}`, grads.has(i))));
    }
    words.append(row("nn-mark", mark));
    card.replaceChildren(...rows);
    set(card, {
      "aria-label": `${node.name}, ${node.output} ${node.shape} ${mark}`,
    });
  }

  function thumb(name, there) {
    const array = view.arrays[name];
    const node = row("nn-thumb");
    if (there && array) node.append(heatOf(array, array, 56, 34));
    else node.append(row("nn-blank", there ? "none" : "?"));
    node.append(row("", name));
    return node;
  }

  function heatOf(array, scale, wide, high) {
    const colors = view.colors();
    const [rows, cols] = array.shape;
    const picture = heat(array, rows, cols,
      [colors.class_0, colors.middle, colors.class_1], largest(scale));
    const size = Math.min(wide / cols, high / rows, 16);
    picture.style.width = `${Math.max(4, cols * size)}px`;
    picture.style.height = `${Math.max(4, rows * size)}px`;
    set(picture, { class: "nn-heat", "aria-hidden": "true" });
    return picture;
  }

  function showStep(step) {
    const { nodes, kind } = view.facts;
    const about = { start: "the inputs", forward: "forward through",
      backward: "backward through" }[step.pass];
    const name = step.pass === "start" ? "" : ` ${nodes[step.node].name}`;
    details.replaceChildren(
      element("h4", {}, `Step ${player.index}: ${about}${name}`),
      ...(kind === "network" ? step.products.map(product) : [
        ...step.lines.map((line) => element("p", { class: "nn-formula" }, line)),
        table(step.grads.filter(([, , done]) => done).map(([i]) => i)),
      ]));
  }

  // Everything that has happened to one node so far.
  function showNode(i, { grads }) {
    const { nodes, steps, kind } = view.facts;
    const past = steps.slice(0, player.index + 1);
    const parts = [element("h4", {}, `${nodes[i].name} so far`)];
    if (kind === "network") {
      parts.push(...past.filter((step) => step.node === i)
        .flatMap((step) => step.products.map(product)));
    } else {
      const start = `${nodes[i].slope} = `;
      if (!nodes[i].formula) {
        parts.push(element("p", { class: "nn-formula" },
          `${nodes[i].name} = ${nodes[i].value}`));
      }
      parts.push(...past.flatMap((step) => step.lines.filter((line) =>
        line.startsWith(start) ||
        (step.pass === "forward" && step.node === i)))
        .map((line) => element("p", { class: "nn-formula" }, line)));
      if (grads.get(i)?.done) parts.push(table([i]));
    }
    if (parts.length === 1) {
      parts.push(element("p", {}, kind === "network" && i === 0
        ? view.facts.steps[0].sentence : "Nothing has reached it yet."));
    }
    details.replaceChildren(...parts);
  }

  // The slopes that are complete now, each beside what nudging gives.
  function table(indices) {
    const { nodes, own } = view.facts;
    const rows = indices.map((i) => nodes[i])
      .filter((node) => MARKS[node.verdict]);
    if (!rows.length) return "";
    const cells = (tag, texts) => element("tr", {}, ...texts.map((text) =>
      element(tag, tag === "th" ? { scope: "col" } : {}, text)));
    const reasons = rows.filter((node) => node.reason).map((node) =>
      element("p", {}, `${node.slope}: ${node.reason}`));
    return element("div", {}, element("table", { class: "nn-table" },
      element("thead", {}, cells("th", ["slope",
        own ? "yours" : "by the chain rule", "by nudging", "relative error",
        ""])),
      element("tbody", {}, ...rows.map((node) => {
        const line = cells("td", [node.slope, node.grad, node.nudged,
          node.error, MARKS[node.verdict]]);
        set(line, { class: STYLES[node.verdict] ?? "" });
        return line;
      }))), ...reasons);
  }

  // One product: downstream = upstream and local, as matrices.
  function product(item) {
    const verdict = item.verdict ?? "";
    const terms = item.terms.map((term) => view.arrays[term]
      ? matrix(term, view.arrays[term], [])
      : element("span", { class: "nn-sign" }, term));
    const name = item.name || "loss";
    const own = view.arrays[item.name];
    const sign = (text) => element("span", { class: "nn-sign" }, text);
    const parts = [own ? matrix(name, own, item.at ?? [])
      : sign(item.name ? `${name}: none` : view.facts.nodes.at(-1).value),
    sign(verdict === "differs" ? "\u2260" : "=")];
    const ghost = view.arrays[`${name} nudged`];
    const line = element("div", { class: "nn-product" }, ...parts, ...terms);
    if (ghost) {
      line.append(element("span", { class: "nn-sign" }, "by nudging:"),
        matrix(name, ghost, item.at ?? [], "nn-ghost"));
    }
    const node = element("div", { class: "nn-equation" },
      element("p", { class: "nn-formula" }, item.text), line);
    if (item.entry) {
      node.append(element("p", { class: "nn-formula" }, item.entry));
    }
    if (verdict) {
      const error = item.shown_error
        ? `, relative error ${item.shown_error}` : "";
      node.append(element("p", { class: STYLES[verdict] ?? "" },
        `${name}: ${MARKS[verdict]}${error}. ${item.reason}`));
    }
    return node;
  }

  // Small ones as numbers on colour, larger ones as colour alone.
  function matrix(name, array, at, style = "") {
    const [rows, cols] = array.shape;
    const caption = `${name} (${rows}, ${cols})`;
    if (rows > MOST_CELLS || cols > MOST_CELLS) {
      const norm = Math.hypot(...array);
      return element("figure", { class: `nn-matrix ${style}` },
        element("figcaption", {}, `${caption}, norm ${format(norm)}`),
        heatOf(array, array, 150, 110));
    }
    const bound = largest(array);
    const colors = view.colors();
    const cell = (value, i, j) => {
      const td = element("td", {}, format(value));
      const ends = rgb(value < 0 ? colors.class_0 : colors.class_1);
      td.style.background =
        `rgb(${ends.join(" ")} / ${0.42 * Math.abs(value) / bound})`;
      if (at[0] === i && at[1] === j) td.classList.add("nn-at");
      return td;
    };
    return element("table", { class: `nn-matrix ${style}` },
      element("caption", {}, caption),
      element("tbody", {}, ...Array.from({ length: rows }, (_, i) =>
        element("tr", {}, ...Array.from({ length: cols }, (__, j) =>
          cell(array[i * cols + j], i, j))))));
  }
  return view.close;
}

function largest(array) {
  return array.reduce((m, v) => Math.max(m, Math.abs(v)), 0) || 1;
}
export default { render };
