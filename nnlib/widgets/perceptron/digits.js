// Weights before, the misread digit, weights after: a sum of pictures.

const SIDE = 8;

function channels(color) {
  const hex = color.trim().replace("#", "");
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function picture(caption) {
  const canvas = element("canvas", {
    class: "nn-pixels", width: SIDE, height: SIDE, role: "img",
    "aria-label": caption,
  });
  const text = element("figcaption", {}, caption);
  return { node: element("figure", {}, text, canvas), canvas, text };
}

// Blend from the middle colour to one of two ends by a value from -1 to 1.
function paint(canvas, values, [low, middle, high]) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  values.forEach((value, i) => {
    const end = value < 0 ? low : high;
    const share = Math.min(1, Math.abs(value));
    for (let c = 0; c < 3; c += 1) {
      image.data[4 * i + c] = middle[c] + share * (end[c] - middle[c]);
    }
    image.data[4 * i + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}

function render({ model, el }) {
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

  const asker = new Asker(model, draw, () => {
    view.status.textContent = WORRY;
  });
  const view = shell(el, {
    label: "Perceptron on handwritten digits",
    buttons: [
      { text: "Next mistake", key: "n", act: () => asker.ask("next") },
      { text: "To the end", key: "e", act: () => asker.ask("end") },
      { text: "Forget weights", key: "f", act: () => asker.ask("forget") },
    ],
  });
  const equals = element("span", { class: "nn-sign" });
  const sum = element("div", { class: "nn-sum", tabindex: 0, role: "group",
    "aria-label": "Pictures. n goes to the next mistake." },
  before.node, sign, digit.node, equals, after.node);
  view.stage.append(sum, element("div", { class: "nn-panel nn-scores" },
    element("h4", {}, "New pictures read right, after each mistake"),
    element("div", {}, "100 %"), scores, element("div", {}, "0 %")));

  let shown = null;
  function draw(facts, arrays) {
    shown = { facts, arrays };
    const style = getComputedStyle(view.root);
    const [low, middle, high, paper, ink] =
      ["class_0", "middle", "class_1", "card", "ink"]
        .map((role) => channels(style.getPropertyValue(`--nn-${role}`)));
    const scaled = (values) => values.map((w) => w / facts.largest);
    paint(before.canvas, scaled(arrays.before), [low, middle, high]);
    paint(after.canvas, scaled(arrays.after), [low, middle, high]);
    paint(digit.canvas, arrays.digit, [ink, paper, ink]);
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
    view.status.textContent = facts.sentence;
  }

  // The pixels of a canvas do not follow the theme by themselves.
  const themes = new MutationObserver(() => {
    if (shown) draw(shown.facts, shown.arrays);
  });
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });

  listenToKeys(view.root, (event) => ({
    n: () => event.repeat && asker.busy || asker.ask("next"),
    e: () => asker.ask("end"),
    f: () => asker.ask("forget"),
  })[event.key]);
  asker.ask("show");
  return () => {
    asker.stop();
    themes.disconnect();
  };
}

export default { render };
