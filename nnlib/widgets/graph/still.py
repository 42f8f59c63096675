"""Graphs as still pictures, for pages without a kernel."""

from itertools import pairwise

from matplotlib.patches import FancyBboxPatch, Polygon

from nnlib.plots import Picture, color, drawing
from nnlib.plots.style import diverging

LINE, BESIDE = 0.2, 0.16  # inches
# Boxes of numbers, with slopes on the edges; and boxes with arrays in them.
NUMBERS = {"wide": 1.65, "across": 0.55, "down": 0.4, "most": 4}
ARRAYS = {"wide": 1.5, "across": 0.25, "down": 0.25, "most": 5}


def draw_graph(nodes, edges, texts, alt, pictures=None):
    """Draw a graph as boxes with lines of text.

    Parameters
    ----------
    nodes, edges : list of dict
        With column and row; from, to, by and slope.
    texts : list of list of str
        The lines in each box, the first one bold.
    alt : str
    pictures : dict of int to list of (str, ndarray or None), optional
        Arrays below the text of a node, each with its name.

    Returns
    -------
    Picture
    """
    pictures = pictures or {}
    look = dict(ARRAYS if pictures else NUMBERS)
    size = (
        1 + max(node["column"] for node in nodes),
        1 + max(node["row"] for node in nodes),
    )
    # With too many columns for a page, the inputs stand on top.
    turned = size[0] > max(look["most"], size[1])
    high = 0.14 + LINE * max(map(len, texts))
    if pictures and turned:
        look["wide"] = 3.4  # arrays stand beside the text
    elif pictures:
        high += 0.62
    boxes = _Boxes(nodes, edges, high, turned, look)
    width, height = boxes.corner(*size)
    # What follows the last box is the gap to the next one.
    width += 0.2 - (BESIDE if turned else look["across"])
    height += 0.2 - (look["down"] if turned else BESIDE)
    with drawing(width, height) as figure:
        figure.set_layout_engine("none")
        boxes.axes = axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(-0.1, width - 0.1), ylim=(height - 0.1, -0.1))
        axes.set_axis_off()
        for k in range(len(edges)):
            boxes.edge(k)
        for i, text in enumerate(texts):
            boxes.box(i, text)
            for place, (name, array) in enumerate(pictures.get(i, [])):
                boxes.image(i, place, name, array)
        # Pictures change the limits of their axes.
        axes.set(xlim=(-0.1, width - 0.1), ylim=(height - 0.1, -0.1))
        return Picture(figure, alt)


class _Boxes:
    """Nodes and edges in inches, the origin at the top left."""

    def __init__(self, nodes, edges, high, turned, look):
        self.nodes, self.edges = nodes, edges
        self.high, self.turned = high, turned
        self.wide, self.across = look["wide"], look["across"]
        self.down = look["down"]

    def corner(self, column, row):
        """Return where a place of the grid begins: x, y."""
        if self.turned:
            return row * (self.wide + BESIDE), column * (self.high + self.down)
        return column * (self.wide + self.across), row * (self.high + BESIDE)

    def box(self, i, lines):
        node, ink, high = self.nodes[i], color("ink"), self.high
        x, y = self.corner(node["column"], node["row"])
        if node["kind"] == "constant":
            high = 0.14 + LINE
            y += (self.high - high) * (1 if self.turned else 0.5)
        face = color("middle" if node["kind"] == "input" else "card")
        self.axes.add_patch(
            FancyBboxPatch(
                (x + 0.06, y + 0.06),
                self.wide - 0.12,
                high - 0.12,
                boxstyle="round,pad=0.06",
                facecolor=face,
                edgecolor=ink,
                linestyle=":" if node["kind"] == "constant" else "-",
                linewidth=2.6 if node.get("verdict") == "differs" else 1.2,
            )
        )
        for k, line in enumerate(lines):
            self.axes.text(
                x + 0.09,
                y + 0.07 + LINE * (k + 0.5),
                line,
                va="center",
                size=9,
                weight="normal" if k else "bold",
                color=ink,
            )

    def image(self, i, place, name, array):
        x, y = self.corner(self.nodes[i]["column"], self.nodes[i]["row"])
        if self.turned:
            x, y = x + 1.8 + 0.8 * place, y + 0.1
        else:
            x, y = x + 0.09 + 0.75 * place, y + self.high - 0.65
        rows, cols = array.shape
        size = min(0.65 / cols, 0.36 / rows, 0.16)
        bound = max(abs(array.min()), abs(array.max()), 1e-300)
        self.axes.imshow(
            array,
            cmap=diverging(),
            vmin=-bound,
            vmax=bound,
            extent=(x, x + cols * size, y + rows * size, y),
            aspect="auto",
            zorder=3,
        )
        self.axes.text(
            x, y + 0.46, name, va="center", size=9, color=color("ink")
        )

    def edge(self, k):
        edge, ink = self.edges[k], color("ink")
        start, end = self.nodes[edge["from"]], self.nodes[edge["to"]]
        stops = [(start["column"], start["row"]), *edge["by"]]
        points = []
        for column, row in stops:
            points += self._sides(*self.corner(column, row))
        x, y = self.corner(end["column"], end["row"])
        port = self._port(k)
        if self.turned:
            x += self.wide * port
            wings = [(x - 0.05, y - 0.09), (x + 0.05, y - 0.09)]
        else:
            y += self.high * port
            wings = [(x - 0.09, y - 0.05), (x - 0.09, y + 0.05)]
        curve = _smooth([*points[1:], (x, y)], self.turned)
        self.axes.plot(*zip(*curve, strict=True), "-", c=ink, lw=1.1)
        self.axes.add_patch(Polygon([(x, y), *wings], color=ink))
        if edge["slope"]:
            self._label(x, y, edge["slope"])

    def _label(self, x, y, text):
        across = {"x": x - 0.13, "y": y, "ha": "right"}
        down = {"x": x, "y": y - 0.19, "ha": "center"}
        look = {"fc": color("card"), "ec": "none", "pad": 1.2}
        place = down if self.turned else across
        self.axes.text(
            s=text,
            va="center",
            size=9,
            color=color("class_0"),
            bbox=look,
            **place,
        )

    def _sides(self, x, y):
        """Return where edges come in and go out of a place."""
        if self.turned:
            middle = x + self.wide / 2
            return [(middle, y), (middle, y + self.high)]
        middle = y + self.high / 2
        return [(x, middle), (x + self.wide, middle)]

    def _port(self, k):
        """Return where on the side of its node an edge ends, as a share."""
        to = self.edges[k]["to"]
        same = [j for j, edge in enumerate(self.edges) if edge["to"] == to]
        same.sort(key=self._comes_from)
        return (1 + same.index(k)) / (1 + len(same))

    def _comes_from(self, j):
        edge = self.edges[j]
        if edge["by"]:
            return edge["by"][-1][1]
        return self.nodes[edge["from"]]["row"]


def _smooth(points, turned, steps=24):
    """Return points on curves that leave and arrive straight."""
    found = [points[0]]
    for (a, b), (c, d) in pairwise(points):
        for k in range(1, steps + 1):
            t = k / steps
            s = t * t * (3 - 2 * t)
            along, aside = (s, t) if turned else (t, s)
            found.append((a + (c - a) * along, b + (d - b) * aside))
    return found
