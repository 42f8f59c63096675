"""The gradient flow widget as a cell shows it."""

import numpy as np

from nnlib.plots import Picture, color, drawing
from nnlib.widgets.gradient_flow.model import GradientFlow
from nnlib.widgets.view import View, javascript, stylesheet


class _FlowView(View):
    _esm = javascript("gradient_flow/gradient_flow.js")
    _css = stylesheet("gradient_flow/gradient_flow.css")


def gradient_flow(
    depth=30,
    activation="sigmoid",
    initial="xavier",
    scale=1.0,
    residual=False,
    normalise=False,
    gradient_of="activations",
    width=32,
    seed=0,
):
    """Show, layer by layer, how activations and gradients shrink or grow.

    Parameters
    ----------
    depth : int
        Layers, from 1 to 60.
    activation : str
        sigmoid, tanh, relu, leaky_relu, gelu or identity.
    initial : "xavier" or "he"
        The rule for the initial weights.
    scale : float
        What they are multiplied by, from 0.05 to 4.
    residual : bool
        Whether there is a way around every layer.
    normalise : bool
        Whether every layer begins with a LayerNorm.
    gradient_of : "activations" or "parameters"
        Of what the bars of the backward pass show the gradient.
    width : int
        Units in each layer, from 2 to 128.
    seed : int
        What data, labels and weights are drawn from.

    Returns
    -------
    anywidget.AnyWidget
        Its `model` has the layers and, in `passes`, all norms.

    Raises
    ------
    ValueError

    Source: lessons/08_vanishing_exploding, "Thirty layers to play with".
    """
    model = GradientFlow(
        width,
        seed,
        depth=depth,
        activation=activation,
        initial=initial,
        scale=scale,
        residual=residual,
        normalise=normalise,
        gradient_of=gradient_of,
    )
    return _FlowView(model, lambda: still(model))


def still(model):
    """Return both passes of a GradientFlow as a Picture."""
    facts, arrays = model.frame()
    what = "dL/dA" if model.gradient_of == "activations" else "parameters"
    with drawing(6.4, 4.6) as figure:
        above, below = figure.subplots(2, sharex=True, sharey=True)
        _draw_pass(above, arrays["forward"], facts, "forward")
        _draw_pass(below, arrays["backward"], facts, "backward")
        above.set(
            title="forward: mean length of a row of activations",
            ylabel="length",
        )
        below.set(
            title=f"backward: norm of the gradient, {what}",
            ylabel="norm",
            xlabel=f"layer, from the input ({model.label()})",
        )
        step = 5 if model.depth <= 30 else 10
        ticks = range(step, model.depth + 1, step)
        below.set(xlim=(0.4, model.depth + 0.6), xticks=[1, *ticks])
        return Picture(
            figure,
            "A still of the widget that runs in JupyterLab. "
            + facts["sentence"],
        )


def _draw_pass(axes, levels, facts, name):
    """Draw bars for decades, and the line through them with its factor."""
    low, high = facts["limits"]
    layers = np.arange(1, len(levels) + 1)
    role = "class_1" if name == "forward" else "class_0"
    tops = 10.0 ** np.clip(levels, low, high)
    axes.bar(
        layers, tops - 10.0**low, 0.76, bottom=10.0**low, color=color(role)
    )
    axes.set(yscale="log", ylim=(10.0**low, 10.0**high))
    axes.minorticks_off()
    line, factor = facts[name]["line"], facts[name]["factor"]
    if line is None:
        return
    inside = np.linspace(*line, 200)
    inside[(inside < low) | (inside > high)] = np.nan
    axes.plot(
        np.linspace(1, len(levels), 200),
        10.0**inside,
        "--",
        color=color("ink"),
    )
    rises = line[1] >= line[0]
    axes.annotate(
        f"each layer \N{MULTIPLICATION SIGN} {factor}",
        (0.01 if rises else 0.99, 0.96),
        xycoords="axes fraction",
        ha="left" if rises else "right",
        va="top",
    )
