// An expression whose inputs can be nudged: on every node, what the slopes
// predict beside what really happens.

const BAR_NAMES = ["predicted", "real"];

function render(context) {
  let wanted = {};
  const box = new GraphBox({
    label: "The expression as a graph, inputs first",
    sizes: { high: 126 },
    pick: (node) => view.ask("select", { node }),
  });
  const paths = element("div", {
    class: "nn-paths", role: "group", "aria-label": "Paths", tabindex: 0,
  });

  function nudge(by) {
    const { inputs, source, step } = view.facts;
    const [name] = inputs.find(([, node]) => node === source);
    const reach = 50 * step;
    const next = (wanted[name] ?? 0) + by * step;
    wanted[name] = Number(
      Math.max(-reach, Math.min(reach, next)).toPrecision(6));
    view.ask("set", { name, value: wanted[name] }, true);
  }

  function pickNext(by) {
    const count = view.facts.nodes.length;
    const focused = box.cards.indexOf(document.activeElement);
    const now = focused < 0 ? view.facts.target : focused;
    box.cards[(now + by + count) % count].focus();
    view.ask("select", { node: (now + by + count) % count });
  }

  const view = mount(context, {
    label: "An expression whose inputs can be nudged",
    keys: (event) => ({
      ArrowRight: () => nudge(event.shiftKey ? 10 : 1),
      ArrowLeft: () => nudge(event.shiftKey ? -10 : -1),
      ArrowDown: () => pickNext(1),
      ArrowUp: () => pickNext(-1),
    })[event.key],
    help: [
      "Mouse: drag a slider to nudge an input; click a node to see the " +
        "paths that lead to it, or an input to see the paths that leave it.",
      "Keyboard: ArrowLeft and ArrowRight nudge the chosen input by one " +
        "step, with Shift by ten; ArrowUp and ArrowDown choose a node.",
      "On each node: predicted is slope times nudge, real is the expression " +
        "evaluated again. The numbers on the edges are local slopes.",
    ],
    draw,
    close() { box.resized.disconnect(); },
  });
  view.stage.classList.add("nn-column");
  view.stage.append(box.node, paths);

  function draw(facts) {
    if (!view.busy) wanted = { ...facts.settings };
    const edges = facts.edges.map((edge) => ({
      ...edge, style: edge.on ? "nn-on" : "",
    }));
    box.load(facts.nodes, edges);
    facts.nodes.forEach((node, i) => fill(box.cards[i], node, i, facts));
    paths.replaceChildren(
      element("h4", {}, "Multiply along a path, add over paths"),
      ...facts.paths.map((line) => element("p", {}, line)));
  }

  function fill(card, node, i, facts) {
    card.classList.toggle("nn-chosen-node", i === facts.target);
    card.classList.toggle("nn-source", i === facts.source);
    card.classList.toggle("nn-quiet", !node.moves);
    const moved = node.now !== node.value;
    const value = moved ? `${node.value} \u2192 ${node.now}` : node.value;
    const title = node.formula ? `${node.name} = ${node.formula}` : node.name;
    const numbers = [node.predicted, node.real];
    if (node.kind === "constant") {
      card.replaceChildren(row("nn-name", title));
      set(card, { "aria-label": `${title}, a constant` });
      return;
    }
    card.replaceChildren(
      row("nn-name", title), row("nn-value", value), row("", node.slope),
      ...BAR_NAMES.map((name, k) => row(`nn-change nn-${name}`,
        row("nn-words", row("", name), row("", numbers[k])),
        bar(node.bars[k]))));
    set(card, {
      "aria-label": `${title}, value ${value}, ${node.slope}, predicted ` +
        `change ${node.predicted}, real change ${node.real}`,
      "aria-pressed": i === facts.target,
    });
  }

  function bar(length) {
    const fillNode = row("nn-fill");
    fillNode.style.left = `${50 + 50 * Math.min(0, length)}%`;
    fillNode.style.width = `${50 * Math.abs(length)}%`;
    return row("nn-track", fillNode);
  }
  return view.close;
}
export default { render };
