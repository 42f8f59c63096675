"""The forward tracer as a cell shows it, and its still picture."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from nnlib.plots import Picture, color, drawing
from nnlib.plots.style import diverging
from nnlib.widgets.forward_tracer.model import ForwardTracer
from nnlib.widgets.view import View, javascript, stylesheet

GAP = 0.42  # between two heat maps, in inches: room for a sign
MOST_LINES = 40  # between two columns
WIDTH = 8.4


class _ForwardTracerView(View):
    _esm = javascript("forward_tracer/forward_tracer.js")
    _css = stylesheet("forward_tracer/forward_tracer.css")


def forward_tracer(
    network=None, X=None, y=None, names=None, guess_shapes=False
):
    """Show a batch on its way through a network, every array with its shape.

    Parameters
    ----------
    network : Network, optional
        Of layers that take rows, (n, n_in); it is copied as it is now.
        Without it, a small one that reads digits.
    X : ndarray, shape (n, n_in), optional
        At most 32 rows. Rows of 64 or 784 numbers are drawn as pictures.
    y : ndarray of int, shape (n,), optional
        Classes, to say whether a row is read right.
    names : sequence of str, optional
        What the classes are called. With y or names, scores end in a softmax.
    guess_shapes : bool
        Hide every shape until the reader has typed it.

    Returns
    -------
    anywidget.AnyWidget
        Its `model` has the arrays of the pass by name, `model.arrays["Z0"]`.

    Raises
    ------
    ShapeError, ValueError

    Source: lessons/04_forward_pass, "A picture on its way".
    """
    model = ForwardTracer(network, X, y, names, guess_shapes)
    return _ForwardTracerView(model, lambda: _still(model))


def _still(model):
    """Draw the network above and its arrays, line by line, below."""
    facts, arrays = model.frame()
    table = facts["pieces"]
    heights = [_line_height(line, facts["sizes"]) for line in table]
    top, total = 3.0, 3.0 + sum(heights)
    with drawing(WIDTH, total) as figure:
        figure.set_layout_engine("none")
        box = [0, 1 - top / total, 1, top / total]
        _draw_network(figure.add_axes(box), facts, arrays)
        at = total - top
        for line, height in zip(table, heights, strict=True):
            _draw_line(figure, line["pieces"], facts, arrays, at, total)
            at -= height
        return Picture(
            figure,
            "A still of the widget that runs in JupyterLab. "
            + model.sentence().replace("\n", " "),
        )


def _inches(size):
    """Return how long an axis of a heat map is: the same for equal sizes."""
    return 0.22 * float(np.log2(1 + size))


def _line_height(line, sizes):
    tallest = max(_inches(sizes[name][0]) for _, name, _, _ in line["pieces"])
    return tallest + 0.75


def _draw_line(figure, pieces, facts, arrays, top, total):
    """Draw X @ W + b = Z and what follows as heat maps in a line."""
    tallest = max(_inches(facts["sizes"][piece[1]][0]) for piece in pieces)
    x, middle = 0.25, top - 0.55 - tallest / 2
    for sign, name, _, _ in pieces:
        if sign:
            words = sign.strip("\u2192 ") if len(sign) > 1 else sign
            gap = GAP if len(sign) == 1 else GAP + 0.5
            text = words if len(sign) == 1 else f"{words}\n\u2192"
            at = (x + gap / 2) / WIDTH, middle / total
            figure.text(*at, text, ha="center", va="center", size=10)
            x += gap
        rows, columns = facts["sizes"][name]
        wide, high = _inches(columns), _inches(rows)
        shape = facts["game"]["shapes"][name] or "(?, ?)"
        room = max(wide, 0.62)
        left = x + (room - wide) / 2
        box = [left / WIDTH, (middle - high / 2) / total]
        axes = figure.add_axes([*box, wide / WIDTH, high / total])
        limit = facts["bounds"][name]
        axes.imshow(
            np.nan_to_num(arrays[name]),
            cmap=diverging(),
            vmin=-limit,
            vmax=limit,
            aspect="auto",
            interpolation="nearest",
        )
        axes.set(xticks=[], yticks=[])
        axes.grid(visible=False)
        axes.spines[:].set_visible(True)
        axes.set_title(f"{name}\n{shape}", loc="center", fontsize=9, pad=4)
        x += room


def _draw_network(axes, facts, arrays):
    """Draw the input and the columns of neurons, with the weights between."""
    axes.set(xlim=(0, 10), ylim=(0, 10 * 3.0 / WIDTH))
    axes.set_axis_off()
    high = 10 * 3.0 / WIDTH
    places = [_places(facts, c, high) for c in range(len(facts["columns"]))]
    if facts["input"]["side"]:
        _draw_picture(axes, facts, arrays)
    for c in range(1, len(places)):
        lines = arrays[f"lines{c}"]
        limit = np.abs(lines[:, 2]).max(initial=1e-9)
        strongest = np.argsort(np.abs(lines[:, 2]))[-MOST_LINES:]
        for i, j, weight in lines[strongest]:
            start, end = places[c - 1][int(i)], places[c][int(j)]
            axes.plot(
                *zip(start, end, strict=True),
                color=color("class_1" if weight > 0 else "class_0"),
                linestyle="-" if weight > 0 else "--",
                linewidth=2 * abs(weight) / limit,
                marker="",
                zorder=1,
            )
    for c, column in enumerate(facts["columns"]):
        if c or not facts["input"]["side"]:
            _draw_column(axes, places[c], arrays[f"column{c}"], column)
    if facts["names"]:
        for j, (x, y) in places[-1].items():
            axes.text(x + 0.3, y, facts["names"][j], va="center", size=9)


def _places(facts, c, high):
    """Return {unit: (x, y)} of what is drawn in a column."""
    column, count = facts["columns"][c], len(facts["columns"])
    side = facts["input"]["side"]
    if c == 0 and side:
        pixel = (high - 0.9) / side
        return {
            i: (
                0.3 + pixel * (i % side + 0.5),
                high - 0.3 - pixel * (i // side + 0.5),
            )
            for i in range(side * side)
        }
    start = column["start"]
    shown = range(start, min(column["size"], start + 16))
    x = 0.8 + 8.2 * c / max(1, count - 1)
    step = (high - 0.6) / max(len(shown), 4)
    middle = high / 2 + 0.1
    return {
        j: (x, middle - step * (k - (len(shown) - 1) / 2))
        for k, j in enumerate(shown)
    }


def _draw_picture(axes, facts, arrays):
    side = facts["input"]["side"]
    high = 10 * 3.0 / WIDTH
    ink = LinearSegmentedColormap.from_list(
        "ink", [color("card"), color("ink")]
    )
    axes.imshow(
        arrays["x"].reshape(side, side),
        cmap=ink,
        extent=(0.3, high - 0.6, 0.6, high - 0.3),
        aspect="auto",
        zorder=2,  # above the lines, which start at its pixels
    )
    xs, ys = (0.3, high - 0.6), (0.6, high - 0.3)
    axes.plot(
        [xs[0], xs[1], xs[1], xs[0], xs[0]],
        [ys[0], ys[0], ys[1], ys[1], ys[0]],
        color=color("ink"),
        linestyle="-",
        linewidth=1,
        marker="",
        zorder=3,
    )
    axes.text(0.3, 0.2, f"X[{facts['row']}]", size=9)


def _draw_column(axes, places, values, column):
    xs, ys = zip(*places.values(), strict=True)
    limit = column["bound"]
    axes.scatter(
        xs,
        ys,
        c=np.nan_to_num(values[: len(xs)]),
        cmap=diverging(),
        vmin=-limit,
        vmax=limit,
        s=90,
        edgecolor=color("ink"),
        linewidth=0.8,
        zorder=3,
    )
    more = column["size"] - len(xs)
    title = column["title"] + (f", {more} more" if more else "")
    axes.text(xs[0], 0.08, title, ha="center", size=9)
