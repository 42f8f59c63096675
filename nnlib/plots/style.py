"""One look for the whole book: colours, sizes, and what a picture is.

The two class colours are from the palette of Okabe and Ito (2008), which
people with any kind of colour blindness can tell apart; the classes differ in
their markers as well. No pyplot: it keeps one current figure for everybody,
and widgets draw while cells do.
"""

import base64
import io
import threading
from contextlib import contextmanager
from importlib import resources

from cycler import cycler
from matplotlib import style
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image  # matplotlib cannot do without it

_BOOK = resources.files("nnlib.plots") / "book.mplstyle"
THEMES = {
    "light": {
        "card": "#ffffff",
        "ink": "#1f2328",
        "faint": "#d5d9de",
        "class_0": "#c75300",
        "class_1": "#0072b2",
        "third": "#00785a",
        "middle": "#f7f7f7",
        "wrong": "#b3261e",
    },
    "dark": {
        "card": "#16191d",
        "ink": "#e6e8eb",
        "faint": "#3a4048",
        "class_0": "#f0a030",
        "class_1": "#56b4e9",
        "third": "#2fc79a",
        "middle": "#2a2f36",
        "wrong": "#ff8a80",
    },
}
LARGE = 100_000  # bytes
MARKERS = ("o", "^")  # class 0, class 1
# matplotlib's settings belong to the whole process; one drawing at a time.
_LOCK = threading.RLock()
_current = "light"


def theme(name):
    """Draw all pictures from now on as "light" or "dark" cards.

    Raises
    ------
    ValueError

    >>> theme("light")
    >>> theme("sepia")
    Traceback (most recent call last):
        ...
    ValueError: theme: name is 'sepia'.
      Needed: "light" or "dark".
    """
    global _current
    if name not in THEMES:
        raise ValueError(
            f'theme: name is {name!r}.\n  Needed: "light" or "dark".'
        )
    with _LOCK:  # not in the middle of a drawing
        _current = name


def color(role):
    """Return the current theme's colour for a role, as "#rrggbb".

    Roles: card, ink, faint, class_0, class_1, third, middle, wrong.

    >>> color("class_1")
    '#0072b2'
    """
    return THEMES[_current][role]


def diverging():
    """Return a colour map: class 0 below the middle, class 1 above."""
    ends = [color("class_0"), color("middle"), color("class_1")]
    return LinearSegmentedColormap.from_list("book", ends)


class Picture:
    """A finished picture and the sentence that says what it shows.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Made by `drawing`, inside whose `with` block this must be called.
    alt : str
        For screen readers, and for pages that cannot show pictures.

    Attributes
    ----------
    png : bytes
    alt : str
    """

    def __init__(self, figure, alt):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
        self.png = _smaller(buffer.getvalue())
        self.alt = alt
        self._width = round(figure.get_figwidth() * 100)

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {
            "text/plain": self.alt,
            "image/png": base64.b64encode(self.png).decode("ascii"),
        }
        return data, {"image/png": {"width": self._width, "alt": self.alt}}


def _smaller(png):
    """Return a large picture in 256 colours: a third of the bytes.

    Pages hold their pictures, and have to stay small enough to be read on a
    code host.
    """
    if len(png) < LARGE:
        return png
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(buffer, format="png")
    return buffer.getvalue()


@contextmanager
def drawing(width=6.4, height=3.4):
    """Yield a Figure of the book's style, `width` x `height` inches.

    >>> with drawing(2, 1) as figure:
    ...     line = figure.subplots().plot([1, 2, 4])
    ...     picture = Picture(figure, "A rising curve.")
    >>> picture
    A rising curve.
    """
    ink, faint, card = color("ink"), color("faint"), color("card")
    colors = {
        "figure.facecolor": card,
        "axes.facecolor": card,
        "savefig.facecolor": card,
        "text.color": ink,
        "axes.labelcolor": ink,
        "axes.edgecolor": ink,
        "xtick.color": ink,
        "ytick.color": ink,
        "grid.color": faint,
        "axes.prop_cycle": _cycle(),
    }
    with _LOCK, style.context(["default", str(_BOOK), colors]):
        yield Figure(figsize=(width, height))


def _cycle():
    roles = ("class_1", "class_0", "third", "ink")
    lines = ("-", "--", "-.", ":")
    return cycler(color=[color(role) for role in roles]) + cycler(
        linestyle=list(lines)
    )
