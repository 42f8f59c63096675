// What all views share: asking the kernel, reading its frames, the frame
// around a drawing with its controls, and keeping the notebook's single-key
// shortcuts out. A widget's own script calls `mount` and draws.

const SVG_NAMES = new Set([
  "svg", "g", "path", "circle", "line", "polygon", "polyline", "marker",
  "defs", "rect",
]);

function element(tag, attributes = {}, ...children) {
  const node = SVG_NAMES.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  set(node, attributes);
  node.append(...children);
  return node;
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) node.removeAttribute(name);
    else node.setAttribute(name, value);
  }
}

// A number in few characters: 0.0123, 2.0e−7.
function format(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value).replace("-", "\u2212");
  const size = Math.abs(value);
  const text = size !== 0 && (size >= 1e5 || size < 1e-3)
    ? value.toExponential(1).replace("e+", "e")
    : String(Number(value.toPrecision(digits)));
  return text.replaceAll("-", "\u2212");
}

// A frame's arrays, by name: flat typed arrays with a `shape`.
function unpack(layout, buffers) {
  const arrays = {};
  layout.forEach(([name, kind, shape], i) => {
    const { buffer, byteOffset, byteLength } = buffers[i];
    // A copy: the offset within the message need not suit four-byte numbers.
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    arrays[name] =
      kind === "f4" ? new Float32Array(bytes) : new Uint8Array(bytes);
    arrays[name].shape = shape;
  });
  return arrays;
}

// Asks the kernel. While an answer is under way, requests wait, and all that
// wait go together as one message with one answer: whatever is pressed, one
// round trip later there is nothing left to draw. Of requests that follow a
// hand (a drag), only the newest waits.
class Asker {
  constructor(model, draw, worry) {
    this.model = model;
    this.draw = draw;
    this.worry = worry;
    this.waiting = [];
    this.ticket = null;
    this.name = Math.random().toString(36).slice(2);
    this.count = 0;
    this.receive = this.receive.bind(this);
    model.on("msg:custom", this.receive);
  }

  ask(action, values = {}, newestOnly = false) {
    const last = this.waiting.at(-1);
    const replaces = newestOnly && last && last.action === action &&
      last.values.name === values.name;
    if (replaces) last.values = values;
    else this.waiting.push({ action, values });
    if (this.ticket === null) this.send();
  }

  get busy() {
    return this.ticket !== null;
  }

  send() {
    const requests = this.waiting;
    this.waiting = [];
    this.ticket = `${this.name}-${(this.count += 1)}`;
    this.timer = setTimeout(this.worry, 3000);
    try {
      this.model.send({ requests, ticket: this.ticket });
    } catch {
      // The kernel is gone, and its line to this widget is closed.
      clearTimeout(this.timer);
      this.ticket = null;
      this.worry();
    }
  }

  receive(message, buffers) {
    const mine = message.ticket === this.ticket;
    if (mine) {
      clearTimeout(this.timer);
      this.ticket = null;
      if (this.waiting.length) this.send();
    }
    this.draw(message.facts, unpack(message.layout, buffers), mine);
  }

  stop() {
    clearTimeout(this.timer);
    this.waiting = [];
    this.model.off("msg:custom", this.receive);
  }
}

const WORRY =
  "No answer from Python yet: it is busy, or it has stopped. If it has " +
  "stopped, run this cell again.";

// Keys that a focused control needs for itself.
function belongsToControl(event) {
  const control = event.target.closest("select, input, textarea, button");
  if (!control || event.key === "Tab") return false;
  if (control.matches("select, textarea")) return true;
  if (control.matches("button, [type=checkbox], [type=radio]")) {
    return event.key === " " || event.key === "Enter" ||
      (control.matches("[type=radio]") && event.key.startsWith("Arrow"));
  }
  return !control.matches("[type=range]") ||
    /^(Arrow|Home$|End$|Page)/.test(event.key);
}

// A letter pressed inside the widget must not reach the notebook, where
// "d d" deletes the cell. Key combinations still do.
function listenToKeys(root, find) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.shiftKey) return;
    event.stopPropagation();
    if (belongsToControl(event)) return;
    const act = find(event);
    if (act) {
      event.preventDefault();
      act();
    }
  });
}

// What stands on a button, and what assistive technology calls the key.
const KEY_NAMES = { " ": ["space", "Space"], Delete: ["Del", "Delete"] };

function pushButton({ text, key, act }, style = "nn-button") {
  const button = element("button", { type: "button", class: style }, text);
  if (key) {
    const [short, name] = KEY_NAMES[key] ?? [key, key];
    set(button, { "aria-keyshortcuts": name });
    button.append(" ", element("kbd", {}, short));
  }
  button.addEventListener("click", act);
  return button;
}

function nearestIndex(options, value) {
  let best = 0;
  options.forEach((option, i) => {
    if (Math.abs(option - value) < Math.abs(options[best] - value)) best = i;
  });
  return best;
}

// One control for one setting; `show` moves it to a value from the kernel.
const CONTROLS = {
  Slider(label, options, act) {
    const shown = element("output", {});
    const input = element("input", {
      type: "range", min: 0, max: options.length - 1, step: 1,
    });
    const write = (value) => {
      const text = format(value, 4);
      shown.textContent = text;
      set(input, { "aria-valuetext": text });
    };
    input.addEventListener("input", () => {
      write(options[input.value]);
      act(options[input.value]);
    });
    return {
      node: element("label", { class: "nn-control" },
        element("span", {}, label), input, shown),
      show(value) {
        input.value = nearestIndex(options, value);
        write(value);
      },
    };
  },
  Choice(label, options, act) {
    const menu = element("select", {},
      ...options.map((name) => element("option", { value: name }, name)));
    menu.addEventListener("change", () => act(menu.value));
    return {
      node: element("label", { class: "nn-control" },
        element("span", {}, label), menu),
      show(value) { menu.value = value; },
    };
  },
  Switch(label, options, act) {
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => act(box.checked));
    return {
      node: element("label", { class: "nn-control nn-switch" },
        box, element("span", {}, label)),
      show(value) { box.checked = value; },
    };
  },
};

// The colours of the theme that is shown, by role; read once for each theme,
// for asking the browser takes longer than many a drawing.
const PALETTES = {};

function palette(node) {
  const theme = document.body.dataset.jpThemeLight;
  if (PALETTES[theme]?.card) return PALETTES[theme];
  const style = getComputedStyle(node);
  PALETTES[theme] = Object.fromEntries(
    ["card", "ink", "faint", "class_0", "class_1", "third", "middle", "wrong"]
      .map((role) => [role, style.getPropertyValue(`--nn-${role}`).trim()]));
  return PALETTES[theme];
}

// Ask for a guess before anything moves; call `unlock` once there is one.
function questionBox(model, root, unlock) {
  const question = model.get("question");
  const box = element("div", { class: "nn-question" });
  const place = `nnlib guess: ${question}`;
  const remember = (guess) => {
    model.set("guess", guess);
    model.save_changes();
    // A browser may refuse to store anything; the guess still counts.
    try { localStorage.setItem(place, guess); } catch { /* see above */ }
    open(guess);
  };
  const open = (guess) => {
    root.classList.remove("nn-locked");
    box.replaceChildren(element("p", {}, `${question} Your guess: `,
      element("strong", {}, guess), ". ",
      pushButton({ text: "Guess again", act: ask }, "nn-link")));
    unlock();
  };
  const ask = () => {
    root.classList.add("nn-locked");
    const answers = model.get("answers");
    const field = element("input", { type: "text", "aria-label": question });
    const form = element("form", {}, ...answers.length
      ? answers.map((text) => pushButton({ text, act: () => remember(text) }))
      : [field, element("button", { class: "nn-button" }, "That is my guess")]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (field.value.trim()) remember(field.value.trim());
    });
    box.replaceChildren(element("p", {}, element("strong", {},
      "Predict first. "), question), form);
  };
  let past = model.get("guess");
  try { past ||= localStorage.getItem(place); } catch { /* see above */ }
  if (past) remember(past);
  else ask();
  return box;
}

// Offer the nnlib lines behind what is on screen.
function codeBox(view) {
  const lines = element("pre", { tabindex: 0, "aria-label": "Code" });
  const note = element("p", {});
  const node = element("div", { class: "nn-code", hidden: "" }, note, lines);
  return {
    node,
    async show(code) {
      lines.textContent = code;
      set(node, { hidden: null });
      note.textContent = "What is on screen, as code:";
      // Where the browser refuses, the lines are there to be selected.
      await navigator.clipboard?.writeText(code).then(() => {
        note.textContent = "What is on screen, as code, and copied:";
      }, () => {});
      view.announce(note.textContent);
    },
    // Something has changed since.
    age() { note.textContent = "What was on screen when it was asked for:"; },
  };
}

// The frame around a drawing: buttons with their keys, controls, the stage,
// a line of text that says what is seen, and the code of what is seen.
function mount({ model, el }, {
  label, buttons = [], keys = () => undefined, help = [], draw,
  reset = () => {}, close = () => {},
}) {
  const asker = new Asker(model, receive, () => view.say(WORRY));
  const stage = element("div", { class: "nn-stage" });
  const status = element("p", { class: "nn-status" });
  // Spoken once it has come to rest; a film would never stop talking.
  const spoken = element("p", { class: "nn-spoken", role: "status" });
  const bar = element("div", { class: "nn-bar" });
  const controls = element("div", { class: "nn-controls" });
  const root = element("div", {
    class: `nn-widget nn-in-${model.get("package")}`, role: "group",
    "aria-label": label,
  });
  let talk = 0;
  let spokenAt = 0;

  const view = {
    root, bar, controls, stage, status,
    facts: null, arrays: null,
    keys: [keys],
    get busy() { return asker.busy; },
    ask: (action, values, newestOnly) => asker.ask(action, values, newestOnly),
    colors: () => palette(root),
    redraw() { if (view.facts) draw(view.facts, view.arrays); },
    announce(text) {
      clearTimeout(talk);
      talk = setTimeout(() => { spoken.textContent = text; }, 500);
    },
    say(text) {
      if (status.textContent === text) return;
      status.textContent = text;
      view.announce(text);
    },
    closers: [close],
    close() {
      [talk, again].forEach((timer) => clearTimeout(timer));
      asker.stop();
      themes.disconnect();
      resized.disconnect();
      view.closers.forEach((stop) => stop());
    },
  };

  const knobs = {};
  for (const [name, kind, text, options] of model.get("controls")) {
    knobs[name] = CONTROLS[kind](text, options, (value) =>
      asker.ask("set", { name, value }, true));
    controls.append(knobs[name].node);
  }

  function receive(facts, arrays, mine) {
    view.facts = facts;
    view.arrays = arrays;
    for (const [name, value] of Object.entries(facts.settings ?? {})) {
      // A knob that is being moved is ahead of the kernel.
      if (!asker.busy) knobs[name]?.show(value);
    }
    // Who plays a film reads no faster than this.
    const now = performance.now();
    if (!facts.playing || now - spokenAt > 150) {
      spokenAt = now;
      view.say(facts.sentence);
    }
    draw(facts, arrays);
    if (mine && facts.code) code.show(facts.code);
    else code.age();
  }

  const all = [...buttons,
    { text: "Reset", key: "r", act() { reset(); asker.ask("reset"); } }];
  const copy = { text: "Copy this state as code", key: "c",
    act: () => asker.ask("code") };
  const shared = Object.fromEntries(
    [...all, copy].map(({ key, act }) => [key, act]));
  bar.append(...all.map((each) => pushButton(each)));
  const code = codeBox(view);
  const foot = element("div", { class: "nn-foot" },
    pushButton(copy, "nn-link"));
  foot.append(element("details", { class: "nn-help" },
    element("summary", {}, "Mouse and keyboard"),
    ...help.map((line) => element("p", {}, line)),
    element("p", {}, "Everywhere: Tab goes from one control to the next, r " +
      "goes back to the start, c shows this state as code.")));
  if (model.get("question")) {
    root.append(questionBox(model, root, () => view.redraw()));
  }
  root.append(bar, controls, stage, status, spoken, foot, code.node);
  el.append(root);

  listenToKeys(root, (event) => {
    if (root.classList.contains("nn-locked") || !view.facts) return undefined;
    for (const find of view.keys) {
      const act = find(event);
      if (act) return act;
    }
    return shared[event.key];
  });
  // What is painted on a canvas does not follow the theme by itself.
  // JupyterLab hides the page for a moment while it changes the theme.
  let again = 0;
  const themes = new MutationObserver(() => {
    view.redraw();
    clearTimeout(again);
    if (!root.clientWidth) again = setTimeout(view.redraw, 200);
  });
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  // Nor can it be painted where it has no width, as in a folded cell.
  let width = 0;
  const resized = new ResizeObserver(() => {
    if (root.clientWidth && root.clientWidth !== width) view.redraw();
    width = root.clientWidth;
  });
  resized.observe(root);
  asker.ask("show");
  return view;
}

// A film of frames that are already here: played, stepped and scrubbed
// without asking the kernel.
class Player {
  constructor(view, { name = "step", seconds = 6, show }) {
    this.show = show;
    this.seconds = seconds;
    this.name = name;
    this.index = 0;
    this.count = 1;
    this.clock = 0;
    const act = (move) => () => { this.pause(); this.go(move()); };
    this.keys = {
      " ": () => (this.clock ? this.pause() : this.play()),
      ",": act(() => this.index - 1),
      ".": act(() => this.index + 1),
      e: act(() => this.count - 1),
    };
    this.toggle = pushButton({ text: "Play", key: " ", act: this.keys[" "] });
    this.scrub = element("input", {
      type: "range", min: 0, max: 0, step: 1, "aria-label": name,
    });
    this.scrub.addEventListener("input", act(() => Number(this.scrub.value)));
    this.shown = element("output", {});
    this.node = element("div", { class: "nn-player" }, this.toggle,
      pushButton({ text: "Back", key: ",", act: this.keys[","] }),
      pushButton({ text: "On", key: ".", act: this.keys["."] }),
      pushButton({ text: "To the end", key: "e", act: this.keys.e }),
      this.scrub, this.shown);
    view.keys.push((event) => this.keys[event.key]);
    view.closers.push(() => this.pause());
  }

  // New frames came: stay where we are, as far as that exists.
  load(count) {
    this.count = count;
    set(this.scrub, { max: count - 1 });
    this.go(this.index);
  }

  go(index) {
    this.index = Math.max(0, Math.min(this.count - 1, index));
    this.scrub.value = this.index;
    const words = `${this.name} ${this.index} of ${this.count - 1}`;
    this.shown.textContent = words;
    set(this.scrub, { "aria-valuetext": words });
    this.show(this.index);
  }

  play() {
    if (this.index >= this.count - 1) this.go(0);
    const pace = (this.seconds * 1000) / Math.max(1, this.count - 1);
    const from = performance.now() - this.index * pace;
    const next = (now) => {
      const index = Math.floor((now - from) / pace);
      if (index !== this.index) this.go(Math.max(this.index, index));
      if (this.index >= this.count - 1) this.pause();
      else this.clock = requestAnimationFrame(next);
    };
    this.clock = requestAnimationFrame(next);
    this.toggle.firstChild.textContent = "Pause";
  }

  pause() {
    cancelAnimationFrame(this.clock);
    this.clock = 0;
    this.toggle.firstChild.textContent = "Play";
  }
}
