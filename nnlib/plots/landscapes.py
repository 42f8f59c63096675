"""Functions of two numbers, seen from above: score regions and loss valleys.

Height is drawn as lines of equal height, as on a map for walkers.
"""

from itertools import cycle

import numpy as np

from nnlib.plots.planes import bounds, scatter
from nnlib.plots.style import Picture, color, drawing

ACROSS = 200  # points of the grid on which a function is drawn
PLACES = ("*", "X", "P", "D")  # markers of places with a name


def _heights(function, box):
    """Return (x, y, function on the grid), (n,), (n,) and (n, n)."""
    x, y = np.linspace(*box[:2], ACROSS), np.linspace(*box[2:], ACROSS)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return x, y, np.asarray(function(grid)).reshape(ACROSS, ACROSS)


def surface(score, X, y, alt, title="", names=("x1", "x2")):
    """Draw where a score is above 0, and points by class.

    Parameters
    ----------
    score : callable
        score(points), shape (n, 2) -> (n,); at 0 and above it says class 1.
    X : ndarray, shape (n, 2)
    y : ndarray of int, shape (n,)
    alt, title : str
        What the picture shows.
    names : (str, str)
        What the axes mean.

    Returns
    -------
    Picture

    >>> X, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    >>> surface(lambda P: P.sum(axis=1) - 1, X, y, "Two points, a line.")
    Two points, a line.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    box = bounds(X)
    across, up, heights = _heights(score, box)
    with drawing(4.6, 4.0) as figure:
        axes = figure.subplots()
        sides = np.where(heights >= 0, 1.0, 0.0)
        shades = [color("class_0"), color("class_1")]
        axes.contourf(
            *(across, up, sides),
            levels=[-0.5, 0.5, 1.5],
            colors=shades,
            alpha=0.15,
        )
        if sides.min() < sides.max():
            axes.contour(
                across, up, heights, levels=[0], colors=[color("ink")]
            )
        scatter(axes, X, y)
        axes.set(
            xlim=box[:2],
            ylim=box[2:],
            aspect="equal",
            xlabel=names[0],
            ylabel=names[1],
            title=title,
        )
        figure.legend(loc="outside right upper")
        return Picture(figure, alt)


def contours(
    height,
    box,
    alt,
    paths=None,
    marks=None,
    names=("theta1", "theta2"),
    log=False,
):
    """Draw lines of equal height, and paths over them.

    Parameters
    ----------
    height : callable
        height(points), shape (n, 2) -> (n,).
    box : (left, right, bottom, top)
    alt : str
        What the picture shows.
    paths : dict of str to ndarray of shape (n_steps, 2), optional
        Each begins at its ring and ends at its dot.
    marks : dict of str to (x, y), optional
    names : (str, str)
        What the axes mean.
    log : bool
        Lines at equal ratios of the height instead of equal steps.

    Returns
    -------
    Picture

    >>> contours(lambda P: P[:, 0] ** 2, (-1, 1, -1, 1), "A valley.")
    A valley.
    """
    across, up, heights = _heights(height, box)
    if log:
        low = max(heights.min(), heights.max() * 1e-6)
        levels = np.geomspace(low, heights.max(), 16)
    else:
        levels = np.linspace(heights.min(), heights.max(), 18)
    with drawing(5.6, 4.0) as figure:
        axes = figure.subplots()
        faint = {"colors": [color("faint")], "linewidths": 1.2}
        axes.contour(across, up, heights, levels=levels, **faint)
        for name, path in (paths or {}).items():
            path = np.asarray(path, dtype=float)
            dots = "." if len(path) <= 60 else None
            (line,) = axes.plot(*path.T, label=name, marker=dots)
            ink = line.get_color()
            axes.scatter(*path[0], facecolor="none", edgecolor=ink, zorder=4)
            axes.scatter(*path[-1], color=ink, zorder=4)
        for (name, at), marker in zip(
            (marks or {}).items(), cycle(PLACES), strict=False
        ):
            look = {"marker": marker, "s": 90, "zorder": 5}
            axes.scatter(*at, color=color("ink"), label=name, **look)
        axes.set(xlim=box[:2], ylim=box[2:], xlabel=names[0], ylabel=names[1])
        if paths or marks:
            figure.legend(loc="outside right upper")
        return Picture(figure, alt)
