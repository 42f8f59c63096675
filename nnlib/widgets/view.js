// What all views share: asking the kernel, reading its frames, making
// elements, and keeping the notebook's single-key shortcuts out.

const SVG_NAMES = new Set([
  "svg", "g", "path", "circle", "line", "polygon", "polyline", "marker", "defs",
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

// Asks the kernel, one request at a time. A request that only replaces the
// one waiting before it (a drag) takes its place, so nothing queues up.
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
    if (newestOnly && last && last.action === action) last.values = values;
    else this.waiting.push({ action, values });
    if (this.ticket === null) this.send();
  }

  get busy() {
    return this.ticket !== null;
  }

  send() {
    const request = this.waiting.shift();
    this.ticket = `${this.name}-${(this.count += 1)}`;
    this.timer = setTimeout(this.worry, 3000);
    try {
      this.model.send({ ...request, ticket: this.ticket });
    } catch {
      // The kernel is gone, and its line to this widget is closed.
      clearTimeout(this.timer);
      this.ticket = null;
      this.worry();
    }
  }

  receive(message, buffers) {
    if (message.ticket === this.ticket) {
      clearTimeout(this.timer);
      this.ticket = null;
      if (this.waiting.length) this.send();
    }
    this.draw(message.facts, unpack(message.layout, buffers));
  }

  stop() {
    clearTimeout(this.timer);
    this.model.off("msg:custom", this.receive);
  }
}

// The frame around a drawing: buttons with their keys, and a line of text
// that says what is seen. `keys` maps a key to what it does.
function shell(el, { label, buttons, help }) {
  const bar = element("div", { class: "nn-bar" });
  for (const { text, key, act } of buttons) {
    const button = element("button", {
      type: "button", class: "nn-button", "aria-keyshortcuts": key,
    }, text, " ", element("kbd", {}, key));
    button.addEventListener("click", act);
    bar.append(button);
  }
  const stage = element("div", { class: "nn-stage" });
  const status = element("p", {
    class: "nn-status", role: "status", "aria-live": "polite",
  });
  const root = element("div", {
    class: "nn-widget", role: "group", "aria-label": label,
  }, bar, stage, status);
  if (help) {
    root.append(element("details", { class: "nn-help" },
      element("summary", {}, "Mouse and keyboard"),
      ...help.map((line) => element("p", {}, line))));
  }
  el.append(root);
  return { root, bar, stage, status };
}

const WORRY =
  "No answer from Python yet: it is busy, or it has stopped. If it has " +
  "stopped, run this cell again.";

// A letter pressed inside the widget must not reach the notebook, where
// "d d" deletes the cell. Key combinations still do.
function listenToKeys(root, keys) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.shiftKey) return;
    event.stopPropagation();
    if (event.target.closest("select, input")) return;
    const act = keys(event);
    if (act) {
      event.preventDefault();
      act();
    }
  });
}
