"""Points on a plane, and the line that a weighted sum draws through them."""

import numpy as np

from nnlib.plots.style import MARKERS, Picture, color, drawing


def half_plane(w, b, box):
    """Return the part of a box where x w + b >= 0, and the line that ends it.

    Parameters
    ----------
    w : ndarray, shape (2,)
    b : float
    box : (left, right, bottom, top)

    Returns
    -------
    (side, line) : ndarray of shape (n_corners, 2), ndarray of shape (2, 2)
        The corners in order round the part, and the ends of the line within
        the box; no rows where there is no such part or no such line.

    Source: Sutherland and Hodgman 1974 (clipping a polygon by a line).

    >>> side, line = half_plane(np.array([1.0, 0.0]), -1.0, (0, 2, 0, 2))
    >>> side.tolist()
    [[1.0, 0.0], [2.0, 0.0], [2.0, 2.0], [1.0, 2.0]]
    >>> line.tolist()
    [[1.0, 0.0], [1.0, 2.0]]
    """
    left, right, bottom, top = box
    corners = np.array(
        [[left, bottom], [right, bottom], [right, top], [left, top]],
        dtype=float,
    )
    side, line = [], []
    for here, there in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        z_here, z_there = here @ w + b, there @ w + b
        if z_here >= 0:
            side.append(here)
        if (z_here >= 0) != (z_there >= 0):
            share = z_here / (z_here - z_there)
            line.append(here + share * (there - here))
            side.append(line[-1])
    return np.array(side).reshape(-1, 2), np.array(line).reshape(-1, 2)


def bounds(X):
    """Return a box around the rows of X with some room, as wide as high."""
    low, high = np.min(X, axis=0), np.max(X, axis=0)
    middle, reach = (low + high) / 2, max(np.max(high - low) / 2, 0.5) * 1.2
    left, bottom = middle - reach
    right, top = middle + reach
    return float(left), float(right), float(bottom), float(top)


def plane(X, y, w=None, b=0.0, alt="", title="", names=("x1", "x2")):
    """Draw points by class and, if w is given, the line x w + b = 0.

    The side that is read as 1 is shaded, and a ring marks what is misread.

    Parameters
    ----------
    X : ndarray, shape (n, 2)
    y : ndarray of int, shape (n,)
    w : ndarray, shape (2,), optional
    b : float
    alt : str
        What the picture shows; without it, a sentence with the numbers.
    title : str
    names : (str, str)
        What the axes mean.

    Returns
    -------
    Picture
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    box = bounds(X)
    with drawing(4.6, 4.0) as figure:
        axes = figure.subplots()
        missed = np.zeros(len(y), dtype=bool)
        if w is not None:
            missed = _draw_line(axes, X, y, np.asarray(w, dtype=float), b, box)
        scatter(axes, X, y)
        if missed.any():
            axes.scatter(
                *X[missed].T,
                s=130,
                facecolor="none",
                edgecolor=color("ink"),
                label="misread",
                zorder=4,
            )
        axes.set(
            xlim=box[:2],
            ylim=box[2:],
            aspect="equal",
            xlabel=names[0],
            ylabel=names[1],
            title=title,
        )
        figure.legend(loc="outside right upper")
        return Picture(figure, alt or _sentence(y, w, missed))


def scatter(axes, X, y):
    """Draw the rows of X, shape (n, 2), each with its class's marker."""
    for label in (0, 1):
        axes.scatter(
            *X[y == label].T,
            marker=MARKERS[label],
            color=color(f"class_{label}"),
            label=f"class {label}",
            zorder=3,
        )


def _draw_line(axes, X, y, w, b, box):
    """Shade the side of class 1, draw the line, return what is misread."""
    side, line = half_plane(w, b, box)
    axes.fill(*side.T, color=color("class_1"), alpha=0.12, linewidth=0)
    axes.plot(*line.T, color=color("ink"), linestyle="-")
    return (X @ w + b >= 0) != (y == 1)


def _sentence(y, w, missed):
    zeros, ones = np.sum(y == 0), np.sum(y == 1)
    points = f"Points on a plane, {zeros} of class 0 and {ones} of class 1"
    if w is None:
        return f"{points}."
    count = missed.sum()
    return f"{points}, and a line; {count or 'none'} on the wrong side."
