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


def heat(arrays, alt, numbers=True):
    """Draw arrays side by side as heat maps on one scale, with their shapes.

    Parameters
    ----------
    arrays : dict of str to ndarray of one or two dimensions
        An array of shape (n,) is drawn as one row.
    alt : str
        What the picture shows.
    numbers : bool
        Write the values into arrays that are small enough for it.

    Returns
    -------
    Picture

    >>> heat({"W": np.array([[1.0, -1.0]])}, "Two weights.")
    Two weights.
    """
    shown = [
        np.atleast_2d(np.asarray(a, dtype=float)) for a in arrays.values()
    ]
    bound = max(np.abs(array).max() for array in shown) or 1.0
    titles = [f"{name}\n{np.shape(array)}" for name, array in arrays.items()]
    sizes = [_size(array, numbers) for array in shown]
    rooms = [
        max(wide, 0.08 * max(map(len, title.splitlines())))
        for title, (wide, _) in zip(titles, sizes, strict=True)
    ]
    gap, above, below = 0.35, 0.55, 0.15  # inches
    squeeze = min(1.0, (9.0 - gap * len(shown)) / sum(rooms))
    width = sum(rooms) * squeeze + gap * len(shown)
    height = max(high for _, high in sizes) + above + below
    with drawing(width, height) as figure:
        figure.set_layout_engine("none")  # every place is computed here
        left = gap / 2
        for title, array, (wide, high), room in zip(
            titles, shown, sizes, rooms, strict=True
        ):
            place = (
                left + (room - wide) / 2 * squeeze,
                below + (height - above - below - high) / 2,
                *(wide * squeeze, high),
            )
            left += room * squeeze + gap
            axes = figure.add_axes(np.divide(place, 2 * (width, height)))
            axes.imshow(
                *(array, diverging()), vmin=-bound, vmax=bound, aspect="auto"
            )
            axes.set_axis_off()
            axes.set_title(title, loc="center", fontsize=9)
            if _fits(array, numbers):
                _write_values(axes, array, bound)
        return Picture(figure, alt)


def _fits(array, numbers):
    return numbers and array.shape[0] <= 8 and array.shape[1] <= 6


def _size(array, numbers):
    """Return the width and the height of an array's picture in inches."""
    rows, columns = array.shape
    if _fits(array, numbers):
        return max(0.52 * columns, 0.8), 0.32 * rows
    # One entry is 0.1 inches, in arrays that are neither tiny nor huge.
    return min(max(0.1 * columns, 0.8), 3.2), min(max(0.1 * rows, 0.3), 3.2)


def _write_values(axes, array, bound):
    for (row, column), value in np.ndenumerate(array):
        strong = abs(value) > 0.6 * bound
        text = f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
        axes.text(
            *(column, row, text if abs(value) < 1e5 else f"{value:.0e}"),
            ha="center",
            va="center",
            fontsize=8,
            color=color("card" if strong else "ink"),
        )
