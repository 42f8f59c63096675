"""Curves and bars over a common axis: mistakes by epoch, norms by layer."""

import numpy as np

from nnlib.plots.style import Picture, color, drawing


def curves(series, x_name, y_name, alt, x=None, log=False, points=()):
    """Draw one or more named curves, each labelled at its end.

    Parameters
    ----------
    series : dict of str to sequence of float
    x_name, y_name : str
        What the axes mean, with the unit.
    alt : str
        What the picture shows.
    x : sequence of float, optional
        Common to all; without it, each curve counts from 1.
    log : bool or "y"
        Both axes on a logarithmic scale, or the upright one alone.
    points : sequence of str
        The names of the series to draw as separate points.

    Returns
    -------
    Picture

    >>> curves({"a": [3, 1, 0]}, "epoch", "mistakes", "It falls to 0.")
    It falls to 0.
    """
    with drawing(6.4, 3.2) as figure:
        axes = figure.subplots()
        for name, values in series.items():
            at = np.arange(1, len(values) + 1) if x is None else x
            look = {"linestyle": "none"} if name in points else {}
            marker = "o" if len(values) <= 60 or name in points else None
            axes.plot(at, values, label=name, marker=marker, **look)
        axes.set(xlabel=x_name, ylabel=y_name)
        if log:
            axes.set(yscale="log")
            axes.minorticks_off()
        else:
            axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
            axes.axhline(0, color=color("ink"), linewidth=0.8)
        if log not in (False, "y"):
            axes.set(xscale="log")
            axes.minorticks_off()
            if x is not None and len(x) <= 8:
                axes.set_xticks(x, [f"{value:g}" for value in x])
        else:
            axes.xaxis.get_major_locator().set_params(integer=x is None)
        if len(series) > 1:
            figure.legend(loc="outside right upper")
        return Picture(figure, alt)


def bars(series, x_name, y_name, alt, log=False):
    """Draw a bar for each position, 1, 2 and so on, in groups by name.

    Parameters
    ----------
    series : dict of str to sequence of float
    x_name, y_name : str
        What the axes mean, with the unit.
    alt : str
        What the picture shows.
    log : bool
        The upright axis on a logarithmic scale.

    Returns
    -------
    Picture

    >>> bars({"sigmoid": [1, 0.2]}, "layer", "norm", "The first is larger.")
    The first is larger.
    """
    with drawing(6.4, 3.2) as figure:
        axes = figure.subplots()
        width = 0.8 / len(series)
        for i, (name, values) in enumerate(series.items()):
            at = np.arange(1, len(values) + 1) - 0.4 + width * (i + 0.5)
            hatch = (None, "//", "..", "xx")[i % 4]
            ink = {"edgecolor": color("card"), "hatch": hatch}
            axes.bar(at, values, width, label=name, **ink)
        axes.set(xlabel=x_name, ylabel=y_name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        if log:
            axes.set(yscale="log")
            axes.minorticks_off()
        if len(series) > 1:
            figure.legend(loc="outside right upper")
        return Picture(figure, alt)
