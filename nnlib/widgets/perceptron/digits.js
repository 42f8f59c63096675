// Weights before, the misread digit, weights after: a sum of pictures.

const SIDE = 8;

function picture(caption) {
  const canvas = element("canvas", {
    class: "nn-pixels", width: SIDE, height: SIDE, role: "img",
    "aria-label": caption,
  });
  const text = element("figcaption", {}, caption);
  return { node: element("figure", {}, text, canvas), canvas, text };
}

// Copy 64 values, from -bound to bound, as coloured pixels onto a canvas.
function paint(canvas, values, colors, bound) {
  canvas.getContext("2d").drawImage(
    heat(values, SIDE, SIDE, colors, bound), 0, 0);
}

function render(context) {
  const before = picture("weights before");
  const digit = picture("next picture");
  const after = picture("weights now");
  const sign = element("span", { class: "nn-sign" });
  const curve = element("polyline");
  const end = element("circle", { r: 6, class: "nn-class_1" });
  const scores = element("svg", {
    viewBox: "0 0 420 120", role: "img",
    "aria-label": "Share of new pictures read right, after each mistake",
  },
  element("line", { class: "nn-axis", x1: 10, x2: 410, y1: 10, y2: 10 }),
  element("line", { class: "nn-axis", x1: 10, x2: 410, y1: 110, y2: 110 }),
  curve, end);

  const view = mount(context, {
    label: "Perceptron on handwritten digits",
    buttons: [
      { text: "Next mistake", key: "n", act: () => view.ask("next") },
      { text: "To the end", key: "e", act: () => view.ask("end") },
    ],
    help: ["Keyboard: n goes to the next mistake, e to the end."],
    draw,
  });
  const equals = element("span", { class: "nn-sign" });
  const sum = element("div", { class: "nn-sum", tabindex: 0, role: "group",
    "aria-label": "Pictures. n goes to the next mistake." },
  before.node, sign, digit.node, equals, after.node);
  view.stage.append(sum, element("div", { class: "nn-panel nn-scores" },
    element("h4", {}, "New pictures read right, after each mistake"),
    element("div", {}, "100 %"), scores, element("div", {}, "0 %")));

  function draw(facts, arrays) {
    const { class_0, middle, class_1, card, ink } = view.colors();
    for (const [each, values] of
      [[before, arrays.before], [after, arrays.after]]) {
      paint(each.canvas, values, [class_0, middle, class_1], facts.largest);
    }
    paint(digit.canvas, arrays.digit, [ink, card, ink], 1);
    digit.text.textContent =
      facts.mistake === null ? "next picture" : "misread picture";
    sign.textContent = { "-1": "\u2212", 0: "", 1: "+" }[facts.sign];
    equals.textContent = facts.sign ? "=" : "";
    const step = 384 / Math.max(10, arrays.scores.length - 1);
    const corners = [...arrays.scores]
      .map((score, i) => [18 + i * step, 110 - 100 * score]);
    set(curve, { points: corners.join(" ") });
    const [x, y] = corners.at(-1);
    set(end, { cx: x, cy: y });
  }

  return view.close;
}

export default { render };
