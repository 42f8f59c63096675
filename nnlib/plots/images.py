"""Small pictures in rows: handwritten digits, and weights as digits see them.

Ink is dark on a light card and light on a dark one, as it was on paper.
"""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from nnlib.plots.style import Picture, color, diverging, drawing


def images(rows, titles=None, alt="", side=8, columns=10):
    """Draw each row of pixels as a small square picture.

    Parameters
    ----------
    rows : ndarray, shape (n, side * side)
        0 is paper, 1 is ink.
    titles : sequence of str, optional
        One for each.
    alt : str
        What the picture shows.
    side, columns : int

    Returns
    -------
    Picture
    """
    titles = [""] * len(rows) if titles is None else titles
    lines = -(-len(rows) // columns)
    ink = LinearSegmentedColormap.from_list(
        "ink", [color("card"), color("ink")]
    )
    with drawing(0.75 * columns, 0.95 * lines) as figure:
        grid = figure.subplots(lines, columns, squeeze=False).ravel()
        for axes in grid:
            axes.set_axis_off()
        for axes, row, title in zip(grid, rows, titles, strict=False):
            picture = np.reshape(row, (side, side))
            axes.imshow(picture, cmap=ink, vmin=0, vmax=1)
            axes.set_title(title, loc="center", fontsize=9, pad=3)
        digits = "digit" if len(rows) == 1 else "digits"
        return Picture(figure, alt or f"{len(rows)} handwritten {digits}.")


def weights(rows, titles=None, alt="", side=8):
    """Draw weights as pictures: for class 1, against it, or indifferent.

    All of them share one scale.

    Parameters
    ----------
    rows : ndarray, shape (n, side * side)
        One weight for each pixel.
    titles : sequence of str, optional
    alt : str
        What the picture shows.
    side : int

    Returns
    -------
    Picture
    """
    rows = np.atleast_2d(rows)
    titles = [""] * len(rows) if titles is None else titles
    largest = np.abs(rows).max() or 1.0
    with drawing(2.4 * len(rows) + 0.9, 2.7) as figure:
        grid = figure.subplots(1, len(rows), squeeze=False).ravel()
        for axes, row, title in zip(grid, rows, titles, strict=True):
            shown = axes.imshow(
                np.reshape(row, (side, side)),
                cmap=diverging(),
                vmin=-largest,
                vmax=largest,
            )
            axes.set(xticks=[], yticks=[], title=title)
            axes.grid(visible=False)
        bar = figure.colorbar(shown, ax=list(grid), shrink=0.9)
        bar.set_label("weight (below 0: for class 0)")
        return Picture(figure, alt or "Weights, drawn as a picture.")
