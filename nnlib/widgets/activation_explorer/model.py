"""An activation, its slope, and a layer that looks through it.

The numbers of one point, z, f(z) and f'(z), are what a textbook shows. What
decides whether a layer can learn is where all of its inputs fall: each meets
the slope at its own place, and a gradient on its way back is multiplied by it.
"""

import numpy as np

from nnlib.activations import (
    SLOPES,
    gelu,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    step,
    tanh,
)
from nnlib.widgets.settings import Choice, Model, Slider

FUNCTIONS = {
    f.__name__: f
    for f in (step, identity, sigmoid, tanh, relu, leaky_relu, gelu)
}
# What the curve is drawn on: f(z) from the first to the second.
HEIGHTS = {
    "step": (-0.25, 1.25),
    "identity": (-10, 10),
    "sigmoid": (-0.25, 1.25),
    "tanh": (-1.25, 1.25),
    "relu": (-2, 10),
    "leaky_relu": (-2, 10),
    "gelu": (-2, 10),
}
REACH = 10  # the z axis goes from -REACH to REACH
UNITS = 1000  # in the layer
LAYERS = 10  # of this kind, one behind the other
SATURATED = 0.01  # a slope closer to 0 than this teaches next to nothing
SEED = 2
GRID = np.linspace(-REACH, REACH, 401)
INPUT_EDGES = np.linspace(-REACH, REACH, 81)
# The most frequent slopes, 0 and 1, lie in the middle of a bin.
SLOPE_EDGES = np.linspace(-0.175, 1.175, 28)
_SPREADS = (
    *(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8),
    *(2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0),
)


class ActivationExplorer(Model):
    """A point on the curve, and a layer whose inputs are spread along it.

    Parameters
    ----------
    activation : str
        One of FUNCTIONS.
    z : float
        Where the point is, from -10 to 10.
    mean, spread : float
        Of the inputs of the layer's units; spread is their standard
        deviation.

    Attributes
    ----------
    Z, slopes : ndarray, shape (UNITS,)
        The inputs, and f'(Z).
    mean_slope, saturated : float
        The mean of the slopes, and the share of them closer to 0 than
        SATURATED.

    >>> explorer = ActivationExplorer("relu", z=2.0)
    >>> explorer.saturated
    0.507
    >>> explorer.turn(1)
    >>> explorer.activation
    'leaky_relu'
    """

    SETTINGS = {
        "activation": Choice("activation", tuple(FUNCTIONS), "sigmoid"),
        "mean": Slider(
            "input mean",
            tuple(i / 10 for i in range(-60, 61)),
            0.0,
        ),
        "spread": Slider("input spread", _SPREADS, 1.0),
        "z": Slider(
            "point z",
            tuple(i / 10 for i in range(-10 * REACH, 10 * REACH + 1)),
            0.0,
        ),
    }
    ACTIONS = ("set", "reset", "turn")

    def __init__(self, activation="sigmoid", z=0.0, mean=0.0, spread=1.0):
        super().__init__(activation=activation, z=z, mean=mean, spread=spread)

    def turn(self, by):
        """Go on to the next activation, or back for -1; after the last, on."""
        names = list(FUNCTIONS)
        if by not in (-1, 1):
            raise ValueError(f"by is {by!r:.40}.\n  Needed: 1 or -1.")
        at = names.index(self.activation) + by
        self.set("activation", names[at % len(names)])

    def changed(self, name):
        f = FUNCTIONS[self.activation]
        slope = SLOPES[f]
        self.f_z, self.slope_z = float(f(self.z)), float(slope(self.z))
        if name == "z":
            return  # the layer does not know of the point
        rng = np.random.default_rng(SEED)
        self.Z = self.mean + self.spread * rng.standard_normal(UNITS)
        self.slopes = slope(self.Z)
        self.mean_slope = float(self.slopes.mean())
        is_flat = np.abs(self.slopes) < SATURATED
        self.saturated = float(is_flat.mean())
        self._counts = {
            "input_counts": _count(self.Z, INPUT_EDGES),
            "slope_counts": _count(self.slopes, SLOPE_EDGES),
            "flat_counts": _count(self.slopes[is_flat], SLOPE_EDGES),
        }

    def left_after(self, layers):
        """Return what the slopes leave of a gradient of 1, roughly."""
        return abs(self.mean_slope) ** layers

    def frame(self):
        """Return (facts, arrays): all that is drawn.

        Arrays: z, f and slope, shape (401,), are the curves; inputs and
        slopes, shape (UNITS,), the layer; left, shape (LAYERS + 1,), what the
        slopes leave; and counts with their edges.
        """
        f = FUNCTIONS[self.activation]
        facts = {
            "sentence": self.sentence(),
            "settings": self.settings(),
            "f_z": self.f_z,
            "slope_z": self.slope_z,
            "mean_slope": self.mean_slope,
            "saturated": self.saturated,
            "below": int(np.sum(self.Z < -REACH)),
            "above": int(np.sum(self.Z > REACH)),
            "reach": REACH,
            "flat": SATURATED,
            "heights": list(HEIGHTS[self.activation]),
        }
        left = [self.left_after(i) for i in range(LAYERS + 1)]
        arrays = {
            "z": GRID,
            "f": f(GRID),
            "slope": SLOPES[f](GRID),
            "inputs": self.Z,
            "slopes": self.slopes,
            "left": np.array(left),
            "input_edges": INPUT_EDGES,
            "slope_edges": SLOPE_EDGES,
            **self._counts,
        }
        return facts, arrays

    def sentence(self):
        """Return in words what is seen."""
        return (
            f"{self.activation} at z = {_text(self.z)}: f(z) = "
            f"{_text(self.f_z)}, slope {_text(self.slope_z)}. In a layer "
            f"whose inputs have mean {_text(self.mean)} and spread "
            f"{_text(self.spread)}, the mean slope is "
            f"{_text(self.mean_slope)}, and {_text(100 * self.saturated)} % "
            f"of the units have a slope closer to 0 than {SATURATED}. "
            + self._consequence()
        )

    def _consequence(self):
        """Return what that means for a gradient on its way back."""
        left = self.left_after(LAYERS)
        if left == 0:
            return (
                "Every slope is 0: of a gradient nothing is left after the "
                "first layer of this kind, and nothing before it can learn."
            )
        if left == 1:
            return (
                "A gradient passes unchanged, but without a bend ten layers "
                "are no more than one."
            )
        return (
            f"Roughly: of a gradient of 1, {_text(left, 2)} is left after ten "
            "layers of this kind, by their slopes alone."
        )

    def code(self):
        """Return the lines that compute what is on screen."""
        f = FUNCTIONS[self.activation]
        name, slope = f.__name__, SLOPES[f].__name__
        return (
            "import numpy as np\n"
            f"from nnlib.activations import {name}, {slope}\n"
            "\n"
            f"z = {self.z!r}\n"
            f"print({name}(z), {slope}(z))  # the point and its slope\n"
            "\n"
            f"rng = np.random.default_rng({SEED})\n"
            f"Z = {self.mean!r} + {self.spread!r} * "
            f"rng.standard_normal({UNITS})  # inputs of a layer\n"
            f"slopes = {slope}(Z)\n"
            "mean_slope = slopes.mean()\n"
            f"saturated = np.mean(np.abs(slopes) < {SATURATED})\n"
            "print(mean_slope, saturated)\n"
            f"print(abs(mean_slope) ** {LAYERS})  # left after ten layers\n"
        )


def _count(values, edges):
    """Return how many values lie between neighbouring edges, as floats."""
    return np.histogram(values, edges)[0].astype(float)


def _text(number, digits=3):
    """Return a number as short text, with a real minus sign."""
    text = f"{number:.{digits}g}".replace("e-0", "e-")
    return text.replace("-", "\u2212")
