"""The race of two losses as a cell shows it."""

import numpy as np

from nnlib.plots import Picture, color, drawing
from nnlib.widgets.loss_race.model import GOAL, STEPS, LossRace
from nnlib.widgets.view import View, javascript

_NAMES = ("squared error", "cross-entropy")
_ROLES = ("class_0", "class_1")
_LINES = ("--", "-")
_MARKERS = ("^", "o")


class _RaceView(View):
    _esm = javascript("loss_race/loss_race.js")


def loss_race(start=0.98, learning_rate=0.15, same_first_step=False):
    """Show two equally wrong neurons learning, each with its own loss.

    Parameters
    ----------
    start : float
        The first output of both, from 0.5 to 0.9999, where 0 is right.
    learning_rate : float
        From 0.01 to 5.
    same_first_step : bool
        Give squared error a larger learning rate, so that both neurons move
        equally far in the first step.

    Returns
    -------
    anywidget.AnyWidget
        Its `model` has the outputs A, the gradients dZ and the arrivals.

    Raises
    ------
    ValueError

    Source: lessons/03_losses, "Two neurons, equally wrong".
    """
    model = LossRace(start, learning_rate, same_first_step)
    return _RaceView(model, lambda: _still(model))


def _still(model):
    """Return outputs and gradients of the whole race, as a picture."""
    _, arrays = model.frame()
    with drawing(6.8, 3.3) as figure:
        left, right = figure.subplots(1, 2)
        _draw(left, arrays["outputs"], "outputs a")
        left.axhline(GOAL, color=color("ink"), linewidth=1, linestyle=":")
        left.set_ylim(-0.05, 1.05)
        title = "gradients in z"
        if model.same_first_step:
            title += f", squared error's times {model.ratio:.3g}"
        _draw(right, arrays["pushes"], title)
        most = max(1, arrays["pushes"].max())
        right.set(yscale="log", ylim=(3e-5, 4 * most))
        figure.legend(
            *left.get_legend_handles_labels(),
            loc="outside upper center",
            ncols=2,
        )
        return Picture(
            figure,
            "A still of the widget that runs in JupyterLab. "
            + model.sentence(),
        )


def _draw(axes, rows, title):
    marked = np.arange(0, STEPS + 1, 50)
    for i, row in enumerate(rows):
        axes.plot(
            row,
            color=color(_ROLES[i]),
            linestyle=_LINES[i],
            marker=_MARKERS[i],
            markevery=list(marked),
            label=_NAMES[i],
        )
    axes.set(title=title, xlabel="step")
