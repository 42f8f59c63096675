"""Still pictures, all in one style, each with a sentence that describes it.

Every function returns a `Picture`: the last line of a cell shows it. `theme`
changes between light and dark cards.
"""

from nnlib.plots.curves import bars, curves
from nnlib.plots.images import heat, images, weights
from nnlib.plots.landscapes import contours, surface
from nnlib.plots.neurons import neurons
from nnlib.plots.planes import bounds, half_plane, plane
from nnlib.plots.style import Picture, color, drawing, theme
from nnlib.plots.training import history, norms

__all__ = [
    "Picture",
    "bars",
    "bounds",
    "color",
    "contours",
    "curves",
    "drawing",
    "half_plane",
    "heat",
    "history",
    "images",
    "neurons",
    "norms",
    "plane",
    "surface",
    "theme",
    "weights",
]
