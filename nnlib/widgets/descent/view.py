"""The descent widget as a cell shows it."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap

from nnlib.plots import Picture, color, drawing
from nnlib.widgets.descent.model import (
    LANDSCAPES,
    OPTIMIZERS,
    REACH,
    Descent,
    contours,
    heights,
)
from nnlib.widgets.view import View, javascript, stylesheet

# Role, marker and line of each optimiser; the browser uses the same.
LOOKS = {
    "SGD": ("class_1", "o", "-"),
    "Momentum": ("class_0", "^", (0, (6, 2))),
    "RMSprop": ("third", "s", (0, (6, 2, 1.5, 2))),
    "Adam": ("ink", "D", (0, (1.5, 1.5))),
}


class _DescentView(View):
    _esm = javascript("descent/descent.js")
    _css = stylesheet("descent/descent.css")


def descent(
    landscape="bowl",
    learning_rate=0.1,
    momentum=0.9,
    steps=120,
    start=None,
    optimizers=tuple(OPTIMIZERS),
    curve="loss",
):
    """Show four optimisers on their way down one landscape.

    Parameters
    ----------
    landscape : str
        "bowl", "valley", "two valleys", "saddle" or "plateau".
    learning_rate : float
        From 0.001 to 1, the same for all.
    momentum : float
        From 0 to 0.98, of the optimiser of that name.
    steps : int
        From 15 to 250.
    start : (float, float), optional
        Both from -2 to 2; without it, each landscape's own.
    optimizers : str or sequence of str
        Which to show: "SGD", "Momentum", "RMSprop", "Adam".
    curve : str
        What the plot beside the map shows, by step: "loss", "step length" or
        "gradient length".

    Returns
    -------
    anywidget.AnyWidget
        Its `model` has the runs, each with its path and its losses.

    Raises
    ------
    ShapeError, ValueError

    Source: lessons/07_gradient_descent, "Play: a bowl".
    """
    model = Descent(
        start=start,
        landscape=landscape,
        learning_rate=learning_rate,
        momentum=momentum,
        steps=steps,
        curve=curve,
        **_switches(optimizers),
    )
    return _DescentView(model, lambda: _still(model))


def _switches(optimizers):
    names = [optimizers] if isinstance(optimizers, str) else [*optimizers]
    for name in names:
        if name not in OPTIMIZERS:
            raise ValueError(
                f"descent: optimizers has {name!r:.60} in it.\n"
                f"  Needed: some of {', '.join(OPTIMIZERS)}.\n"
                '  Hint: optimizers=("SGD", "Adam") shows these two.'
            )
    return {f"show_{name}": name in names for name in OPTIMIZERS}


def _still(model):
    """Draw the map with all paths, and the losses beside it."""
    with drawing(7.6, 3.9) as figure:
        left, right = figure.subplots(1, 2)
        _draw_map(left, model)
        for run in model.runs:
            role, marker, line = LOOKS[run.name]
            look = {"color": color(role), "linestyle": line}
            left.plot(*run.path.T, **look, linewidth=1.8)
            left.plot(*run.path[-1], marker, color=color(role), zorder=4)
            values = model.values(run)
            last = len(values) - 1
            right.plot(
                values, marker, markevery=[last], label=run.name, **look
            )
        right.set(xlabel="step", title=model.curve, yscale="log")
        if model.runs:
            right.set_ylim(*model.axis())
            figure.legend(loc="outside lower center", ncols=len(model.runs))
        return Picture(
            figure,
            "A still of the widget that runs in JupyterLab. "
            + model.sentence(),
        )


def _draw_map(axes, model):
    """Draw the landscape, its minima and saddles, and the start."""
    shades = LinearSegmentedColormap.from_list(
        "heights", [color("card"), color("faint")]
    )
    axes.imshow(
        heights(model.landscape),
        extent=(-REACH, REACH, -REACH, REACH),
        cmap=shades,
        interpolation="bilinear",
    )
    lines = LineCollection(
        contours(model.landscape), colors=color("ink"), linewidths=0.5
    )
    lines.set_alpha(0.35)
    axes.add_collection(lines)
    for place in LANDSCAPES[model.landscape].places:
        marker = "*" if place.kind == "minimum" else "x"
        axes.plot(place.x, place.y, marker, color=color("ink"), markersize=9)
    axes.plot(*model.start, "o", ms=11, mfc="none", mec=color("ink"), zorder=5)
    axes.grid(visible=False)
    ends = (-REACH, REACH)
    axes.set(xlim=ends, ylim=ends, xlabel="x", ylabel="y", aspect="equal")
    axes.set(title=f"{model.landscape}, learning rate {model.learning_rate:g}")
    axes.set_xticks(np.arange(-2, 3))
    axes.set_yticks(np.arange(-2, 3))
