"""The activation explorer as a cell shows it."""

import numpy as np

from nnlib.plots import Picture, color, drawing
from nnlib.widgets.activation_explorer.model import (
    GRID,
    REACH,
    ActivationExplorer,
)
from nnlib.widgets.view import View, javascript, stylesheet


class _ExplorerView(View):
    _esm = javascript("activation_explorer/activation_explorer.js")
    _css = stylesheet("activation_explorer/activation_explorer.css")


def activation_explorer(activation="sigmoid", z=0.0, mean=0.0, spread=1.0):
    """Show an activation, its slope, and the slopes that a layer sees.

    Parameters
    ----------
    activation : str
        step, identity, sigmoid, tanh, relu, leaky_relu or gelu.
    z : float
        Where the point on the curve is, from -10 to 10.
    mean, spread : float
        Mean, from -6 to 6, and standard deviation, from 0.1 to 10, of the
        inputs of a layer of 1,000 units.

    Returns
    -------
    anywidget.AnyWidget
        Its `model` has the inputs Z, their slopes, and what follows.

    Raises
    ------
    ValueError

    Source: lessons/02_activations, "What a whole layer sees".
    """
    model = ActivationExplorer(activation, z, mean, spread)
    return _ExplorerView(model, lambda: _still(model))


def _still(model):
    """Return the curve, its slope, the inputs and the slopes, as a picture."""
    facts, arrays = model.frame()
    with drawing(6.4, 4.6) as figure:
        axes = figure.subplots(
            2, 2, width_ratios=(3, 2), height_ratios=(3, 2), sharex="col"
        )
        _draw_curves(axes[0, 0], facts, arrays)
        _draw_slopes(axes[0, 1], facts, arrays)
        _draw_inputs(axes[1, 0], arrays)
        axes[1, 1].set_axis_off()
        axes[1, 1].text(-0.1, 1, _numbers(model), va="top")
        axes[0, 1].tick_params(labelbottom=True)
        return Picture(
            figure,
            "A still of the widget that runs in JupyterLab. "
            + facts["sentence"],
        )


def _draw_curves(axes, facts, arrays):
    name = facts["settings"]["activation"]
    axes.plot(GRID, _broken(arrays["f"]), label="f(z)")
    axes.plot(GRID, _broken(arrays["slope"]), label="f\u2032(z), its slope")
    z, f, slope = facts["settings"]["z"], facts["f_z"], facts["slope_z"]
    by = np.array([-2.0, 2.0]) / max(1, abs(slope))
    axes.plot(z + by, f + slope * by, color=color("ink"), linestyle="-")
    axes.plot(z, f, "o", color=color("ink"))
    low, high = facts["heights"]
    axes.set(title=name, ylim=(low, max(high, 1.25)), xlim=(-REACH, REACH))
    axes.legend(loc="upper left")


def _draw_slopes(axes, facts, arrays):
    axes.stairs(
        arrays["slope_counts"],
        arrays["slope_edges"],
        fill=True,
        color=color("class_0"),
    )
    axes.axvline(facts["mean_slope"], color=color("ink"), linestyle="--")
    axes.set(title="slopes the layer sees", xlabel="slope", ylabel="units")


def _draw_inputs(axes, arrays):
    axes.stairs(
        arrays["input_counts"],
        arrays["input_edges"],
        fill=True,
        color=color("class_1"),
    )
    axes.set(title="inputs of the layer", xlabel="z", ylabel="units")


def _numbers(model):
    return (
        f"mean slope (dashed): {model.mean_slope:.3g}\n\n"
        f"closer to 0 than 0.01: {100 * model.saturated:.3g} %\n\n"
        "left of a gradient of 1 after\n"
        f"ten layers, roughly: {model.left_after(10):.2g}"
    )


def _broken(values):
    """Return the values with a gap where the curve jumps."""
    values = values.copy()
    values[1:][np.abs(np.diff(values)) > 0.5] = np.nan
    return values
