// What the two graph widgets share: nodes as buttons in columns, edges as
// curves between them, across the page or, where it is narrow, down it.

// Sizes of cards and of the gaps between them, in pixels.
const NUMBERS = { high: 104, least: 122, most: 176, across: 62, down: 46 };
const BESIDE = 12;

class GraphBox {
  // pick(i): a node was clicked or got the focus; sizes: see NUMBERS; low:
  // the height of a card in a graph that runs down the page.
  constructor({ label, pick, sizes = {} }) {
    this.pick = pick;
    this.sizes = { ...NUMBERS, ...sizes };
    this.lines = element("svg", { "aria-hidden": "true" });
    this.inner = element("div", { class: "nn-graph-inner" }, this.lines);
    this.node = element("div", {
      class: "nn-graph", role: "group", "aria-label": label,
    }, this.inner);
    this.cards = [];
    this.marks = [];
    this.resized = new ResizeObserver(() => {
      if (this.node.clientWidth !== this.width) this.layOut();
    });
    this.resized.observe(this.node);
  }

  // New nodes and edges, or the same ones; cards are made once.
  load(nodes, edges) {
    this.nodes = nodes;
    this.edges = edges;
    if (this.cards.length !== nodes.length) this.make();
    this.layOut();
  }

  make() {
    this.inner.replaceChildren(this.lines);
    this.cards = this.nodes.map((node, i) => {
      const card = element("button", {
        type: "button", class: `nn-node nn-${node.kind}`,
      });
      card.addEventListener("click", () => this.pick(i));
      // A browser focuses a button that is clicked; once is enough.
      card.addEventListener("focus", () => {
        if (card.matches(":focus-visible")) this.pick(i);
      });
      this.inner.append(card);
      return card;
    });
    this.marks = this.edges.map(() => element("span", { class: "nn-slope" }));
    this.inner.append(...this.marks);
  }

  // How wide cards would be, in a graph that runs across or down the page.
  widths(width) {
    this.columns = 1 + Math.max(...this.nodes.map((n) => n.column));
    this.rows = 1 + Math.max(...this.nodes.map((n) => n.row));
    const room = width - 6; // for the ring around a card in focus
    const gaps = (this.columns - 1) * this.sizes.across;
    return [(room - gaps) / this.columns,
      (room - (this.rows - 1) * BESIDE) / this.rows];
  }

  turnsAt(width) {
    const [across, down] = this.widths(width);
    return across < this.sizes.least && down > across;
  }

  layOut() {
    this.width = this.node.clientWidth;
    if (!this.width || !this.nodes) return;
    const [across, down] = this.widths(this.width);
    this.turned = this.turnsAt(this.width);
    const { least, most, high, low = high, broad = most } = this.sizes;
    this.wide = Math.max(least, this.turned
      ? Math.min(broad, down) : Math.min(most, across));
    this.high = this.turned ? low : high;
    this.node.classList.toggle("nn-turned", this.turned);
    this.place();
    this.draw();
  }

  // Where the grid's column and row are, in pixels: the card's corner.
  corner(column, row) {
    const { wide, high, turned } = this;
    const along = column * ((turned ? high : wide) +
      (turned ? this.sizes.down : this.sizes.across));
    const aside = row * ((turned ? wide : high) + BESIDE);
    return turned ? [this.left + aside, 3 + along]
      : [this.left + along, 3 + aside];
  }

  place() {
    const { columns, rows } = this;
    this.left = 3;
    const [x, y] = this.corner(columns - 1, rows - 1);
    const end = this.turned
      ? [this.corner(0, rows - 1)[0], this.corner(columns - 1, 0)[1]] : [x, y];
    const size = [end[0] + this.wide + 3, end[1] + this.high + 3];
    this.left += Math.max(0, (this.width - size[0]) / 2);
    size[0] = Math.max(size[0], this.width);
    this.inner.style.width = `${size[0]}px`;
    this.inner.style.height = `${size[1]}px`;
    set(this.lines, { width: size[0], height: size[1] });
    this.nodes.forEach(({ column, row }, i) => {
      const [left, top] = this.corner(column, row);
      // A constant has nothing to say but its value.
      const high = this.nodes[i].kind === "constant" ? 32 : this.high;
      Object.assign(this.cards[i].style, {
        left: `${left}px`, top: `${top + (this.turned ? 1 : 0.5) *
          (this.high - high)}px`,
        width: `${this.wide}px`, height: `${high}px`,
      });
    });
  }

  // The points that an edge goes through, from source to user.
  points(k) {
    const { from, to, by } = this.edges[k];
    const { wide, high, turned } = this;
    const start = this.corner(this.nodes[from].column, this.nodes[from].row);
    const end = this.corner(this.nodes[to].column, this.nodes[to].row);
    const port = this.port(k) * (turned ? wide : high);
    const middle = by.flatMap(([column, row]) => {
      const [x, y] = this.corner(column, row);
      return turned
        ? [[x + wide / 2, y], [x + wide / 2, y + high]]
        : [[x, y + high / 2], [x + wide, y + high / 2]];
    });
    return turned
      ? [[start[0] + wide / 2, start[1] + high], ...middle,
        [end[0] + port, end[1]]]
      : [[start[0] + wide, start[1] + high / 2], ...middle,
        [end[0], end[1] + port]];
  }

  // Edges that meet in one node arrive side by side, in the order in which
  // they come: the share of the node's side at which edge k does.
  port(k) {
    const { to } = this.edges[k];
    const from = (j) => (this.edges[j].by.at(-1) ??
      [0, this.nodes[this.edges[j].from].row])[1];
    const all = this.edges.map((edge, j) => j)
      .filter((j) => this.edges[j].to === to)
      .sort((a, b) => from(a) - from(b) || a - b);
    return (1 + all.indexOf(k)) / (1 + all.length);
  }

  draw() {
    this.lines.replaceChildren();
    this.edges.forEach((edge, k) => {
      const points = this.points(k);
      const style = `nn-edge ${edge.style ?? ""}`;
      this.lines.append(element("path", {
        class: style, d: this.curve(points),
      }), element("path", {
        class: `${style} nn-tip`, d: this.tip(points, edge.back),
      }));
      const [x, y] = points.at(-1);
      Object.assign(this.marks[k].style, this.turned
        ? { left: `${x}px`, top: `${y - 22}px` }
        : { left: `${x - 11}px`, top: `${y}px` });
      this.marks[k].className = `nn-slope ${edge.style ?? ""} ` +
        (this.turned ? "nn-above" : "nn-before");
      this.marks[k].textContent = edge.text ?? edge.slope;
    });
  }

  curve(points) {
    let path = `M${points[0]}`;
    for (let i = 1; i < points.length; i += 1) {
      const [[a, b], [c, d]] = [points[i - 1], points[i]];
      path += this.turned
        ? `C${a} ${(b + d) / 2} ${c} ${(b + d) / 2} ${c} ${d}`
        : `C${(a + c) / 2} ${b} ${(a + c) / 2} ${d} ${c} ${d}`;
    }
    return path;
  }

  tip(points, back) {
    const [x, y] = back ? points[0] : points.at(-1);
    const way = back ? 9 : -9;
    return this.turned
      ? `M${x} ${y}L${x - 5} ${y + way}L${x + 5} ${y + way}Z`
      : `M${x} ${y}L${x + way} ${y - 5}L${x + way} ${y + 5}Z`;
  }
}

function row(style, ...parts) {
  return element("span", { class: style }, ...parts);
}
