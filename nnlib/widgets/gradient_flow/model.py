"""One forward and one backward pass through many layers: state in, arrays out.

Nothing here knows of a widget or a browser. The network is nnlib's own, and
so are both passes and every norm. All is computed in float64, whose smallest
number is near 1e-308: the float32 in which networks are trained ends at
1e-45 below and 3e38 above, and would hide how far things go.

Data, labels and draws of the weights are the same for every setting, layer by
layer; so what changes on the picture is what the setting does.
"""

import math
from dataclasses import dataclass

import numpy as np

from nnlib.activations import (
    SLOPES,
    gelu,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    tanh,
)
from nnlib.initializers import he_init, xavier_init
from nnlib.layers import Activation, Dense, LayerNorm, Residual
from nnlib.losses import cross_entropy
from nnlib.network import Network
from nnlib.optimizers import global_norm
from nnlib.shapes import as_count
from nnlib.widgets.settings import Choice, Model, Slider, Switch

FUNCTIONS = {f.__name__: f for f in (sigmoid, tanh, relu, leaky_relu, gelu)}
FUNCTIONS["identity"] = identity
RULES = {"xavier": xavier_init, "he": he_init}
ROWS = 32  # samples in the batch
CLASSES = 10
MOST_UNITS = 128
FLOOR, CEILING = -45, 40  # decades that the axis shows at most
FLAT = 0.01  # a slope below it is called flat
EDGES = np.arange(-6.5, 47.5) * 0.025  # bins with 0, 1/4 and 1 in the middle

CODE = """\
import numpy as np

from nnlib.activations import {activation}
from nnlib.initializers import {inits}
from nnlib.layers import {layers}
from nnlib.losses import cross_entropy
from nnlib.network import Network
from nnlib.optimizers import global_norm
from nnlib.training import activation_norms, gradient_norms


def layer(rng):
    parts = [{norm}Dense({n}, {n}, rng, {init})]
    parts.append(Activation({activation}))
{times}    return {layer}


rng = np.random.default_rng({seed})
X = rng.standard_normal(({rows}, {n}))
y = rng.integers({classes}, size={rows})
output = Dense({n}, {classes}, rng, xavier_init)
layers = [layer(rng) for _ in range({depth})]
network = Network([*layers, output], dtype=float)

loss, dA = cross_entropy(network.forward(X), y)
gradients = []
for part in reversed(network.layers):
    dA = part.backward(dA)
    gradients.insert(0, global_norm([dA]))
activations = activation_norms(network, X)[:-1]
gradients = gradients[1:]  # of activations; the first was dL/dX
parameters = gradient_norms(network)[:-1]
for row in zip(activations, gradients, parameters):
    print(*(f"{{norm:10.2g}}" for norm in row))
"""


@dataclass(frozen=True)
class Passes:
    """What one batch left behind, layer by layer from the input."""

    inputs: list  # of each layer: X, then every A but the last
    arriving: list  # dL/dA, the gradient for what the layer returned
    forward: np.ndarray  # mean length of a row of A
    activations: np.ndarray  # norm of dL/dA
    parameters: np.ndarray  # norm of the gradient of what the layer learns


class GradientFlow(Model):
    """A deep network and its norms, layer by layer, in both passes.

    Parameters
    ----------
    width : int
        Units in each layer, from 2 to 128.
    seed : int
        What data, labels and weights are drawn from.
    **start
        Some of SETTINGS.

    Attributes
    ----------
    layers : list of nnlib.layers.Layer
        `depth` of them; `output` makes scores for ten classes of the last A.
    passes : Passes
    selected : int
        The layer that the sentence is about, counted from 1.
    pinned : dict or None
        What `pin` kept for comparison.
    """

    SETTINGS = {
        "activation": Choice("activation", tuple(FUNCTIONS), "sigmoid"),
        "initial": Choice("initial weights", tuple(RULES), "xavier"),
        "gradient_of": Choice(
            "gradient of", ("activations", "parameters"), "activations"
        ),
        "depth": Slider("layers", tuple(range(1, 61)), 30),
        "scale": Slider(
            "weights \N{MULTIPLICATION SIGN}",
            (
                *(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
                *(1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0),
            ),
            1.0,
        ),
        "residual": Switch("residual", False),
        "normalise": Switch("normalise", False),
    }
    ACTIONS = ("set", "reset", "select", "pin", "draw")

    def __init__(self, width=32, seed=0, **start):
        self.width = as_count("gradient_flow", "width", width)
        if not 2 <= self.width <= MOST_UNITS:
            raise ValueError(
                f"gradient_flow: width is {width}.\n"
                f"  Needed: a whole number from 2 to {MOST_UNITS}.\n"
                "  Hint: 32 units are enough to see what happens."
            )
        self._first_seed = _as_seed(seed)
        super().__init__(**start)

    # --- what the reader does -----------------------------------------------

    def reset(self):
        """Go back to how everything was at the start, with nothing pinned."""
        self.seed, self.selected, self.pinned = self._first_seed, 1, None
        super().reset()

    def changed(self, name):
        """Run both passes again, and build anew what has to be."""
        if name == "gradient_of":
            return
        if name not in ("scale", "depth"):
            self._start_anew()
        self.passes = run(self._grown(), self.output, self.X, self.y)
        self.selected = min(self.selected, self.depth)

    def select(self, layer):
        """Choose the layer that is read out, counted from 1."""
        whole = isinstance(layer, int) and not isinstance(layer, bool)
        if not whole or not 1 <= layer <= self.depth:
            raise ValueError(
                f"select: layer is {layer!r:.40}.\n"
                f"  Needed: a whole number from 1 to {self.depth}.\n"
                "  Hint: layer 1 is the one that sees the input."
            )
        self.selected = layer

    def pin(self):
        """Keep what is seen as outlines; if some are kept, let them go."""
        if self.pinned is not None:
            self.pinned = None
            return
        self.pinned = {
            "label": self.label(),
            "depth": self.depth,
            "forward": self.passes.forward,
            "activations": self.passes.activations,
            "parameters": self.passes.parameters,
        }

    def draw(self):
        """Draw other data and other weights, by the same rule."""
        self.seed += 1
        self.changed(None)

    # --- what follows -------------------------------------------------------

    def _start_anew(self):
        """Draw the data and the last layer, and forget the others.

        The last layer comes first, so that it is the same for every depth.
        """
        self._rng = rng = np.random.default_rng(self.seed)
        self.X = rng.standard_normal((ROWS, self.width))
        self.y = rng.integers(CLASSES, size=ROWS)
        self.output = Dense(self.width, CLASSES, rng, xavier_init)
        self._all, self._unscaled = [], []

    def _grown(self):
        """Return `depth` layers, of which only missing ones are made."""
        while len(self._all) < self.depth:
            self._all.append(self._layer(self._rng))
            dense = self._parts(self._all[-1])[-2]
            self._unscaled.append(dense.params["W"].copy())
        for layer, W in zip(self.layers, self._unscaled, strict=False):
            self._parts(layer)[-2].params["W"] = W * self.scale
        return self.layers

    @property
    def layers(self):
        return self._all[: self.depth]

    def _layer(self, rng):
        parts = [LayerNorm(self.width)] if self.normalise else []
        init = RULES[self.initial]
        parts.append(Dense(self.width, self.width, rng, init))
        parts.append(Activation(FUNCTIONS[self.activation]))
        branch = Network(parts, dtype=float)
        return Residual(branch) if self.residual else branch

    def _parts(self, layer):
        """Return [LayerNorm, if there is one, Dense, Activation]."""
        return (layer.layers[0] if self.residual else layer).layers

    def norms(self):
        """Return the norms of the backward pass that `gradient_of` names."""
        return getattr(self.passes, self.gradient_of)

    def slopes(self):
        """Return f'(Z) of the chosen layer, shape (n, width)."""
        *before, bend = self._parts(self.layers[self.selected - 1])
        Z = self.passes.inputs[self.selected - 1]
        for part in before:
            Z = part.forward(Z)
        return SLOPES[bend.f](Z)

    def typical_slope(self):
        """Return the root of the mean squared slope of the chosen layer.

        What slopes do to the length of a gradient they do by their squares.
        """
        return float(np.sqrt(np.mean(self.slopes() ** 2)))

    def chain(self):
        """Return what the chosen layer does to the gradient that arrives.

        Returns
        -------
        dict of str to float
            "arrives", the norm of dL/dA; the factors "slopes", "weights" and,
            with normalisation, "normalisation", each a ratio of norms after
            and before; "layer", the factor of the whole, which without a way
            around is their product; "leaves", the norm that goes on.
        """
        layer = self.layers[self.selected - 1]
        d = dA = self.passes.arriving[self.selected - 1]
        rows = {"arrives": global_norm([dA])}
        names = ("slopes", "weights", "normalisation")
        parts = reversed(self._parts(layer))
        for part, name in zip(parts, names, strict=False):
            before, d = d, part.backward(d)
            rows[name] = _ratio(global_norm([d]), global_norm([before]))
        leaves = global_norm([d + dA if self.residual else d])
        rows["layer"] = _ratio(leaves, rows["arrives"])
        return rows | {"leaves": leaves}

    def frame(self):
        """Return (facts, arrays): all that a view draws.

        Returns
        -------
        (dict, dict of str to ndarray)
            Norms come as decades, log10, for float32 cannot hold them all;
            -inf stands for 0.
        """
        slopes = self.slopes()
        arrays = {
            "forward": decades(self.passes.forward),
            "backward": decades(self.norms()),
            "histogram": np.histogram(slopes, EDGES)[0] / slopes.size,
            "edges": EDGES,
        }
        pinned = self.pinned or {"forward": [], self.gradient_of: []}
        arrays["pinned_forward"] = decades(pinned["forward"])
        arrays["pinned_backward"] = decades(pinned[self.gradient_of])
        levels = [arrays[name] for name in arrays if "ward" in name]
        facts = {
            "sentence": self.sentence(),
            "settings": self.settings(),
            "depth": self.depth,
            "selected": self.selected,
            "label": self.label(),
            "pinned": self.pinned and self.pinned["label"],
            "chain": {k: short(v, 3) for k, v in self.chain().items()},
            "typical": self.typical_slope(),
            "limits": limits(*levels),
        }
        for name in ("forward", "backward"):
            line = fit(arrays[name])
            factor = line and short(_factor(line, self.depth, name), 3)
            facts[name] = {"line": line, "factor": factor}
        return facts, arrays

    # --- in words -----------------------------------------------------------

    def label(self):
        """Say in a few words which network this is."""
        with_ = [
            *(["residual"] if self.residual else []),
            *(["normalised"] if self.normalise else []),
        ]
        return ", ".join(
            [
                self.activation,
                f"{self.initial.capitalize()} x {self.scale:g}",
                f"{self.depth} layer{'s' if self.depth > 1 else ''}",
                *with_,
            ]
        )

    def sentence(self):
        """Say in words what the picture shows."""
        layer = self.selected
        flat = np.mean(np.abs(self.slopes()) < FLAT)
        return (
            f"Layer {layer} of {self.depth}: gradient norm "
            f"{self._of_what()}{said(self.norms()[layer - 1])}"
            f"{self._beside_the_next()}; its typical slope is "
            f"{short(self.typical_slope())}, and {100 * flat:.0f} % are below "
            f"{FLAT}. {self._way_back()}{self._way_forward()}"
            f"{self._beside_the_pinned()}"
        )

    def _of_what(self):
        return (
            "" if self.gradient_of == "activations" else "of its parameters "
        )

    def _beside_the_next(self):
        """Compare the chosen layer's norm with the layer's after it."""
        layer = self.selected
        if layer == self.depth:
            return ", where the way back begins"
        own, other = self.norms()[layer - 1], self.norms()[layer]
        return f", {compared(own, other)} layer {layer + 1}'s"

    def _way_back(self):
        line = fit(decades(self.norms()))
        if line is None:
            return self._stopped()
        steps = self.depth - 1
        # The power of the rounded factor, so that a reader who checks it
        # with the number that stands here gets what stands here.
        factor = float(f"{_factor(line, self.depth, 'backward'):.3g}")
        what = (
            "On the way back, each layer multiplies the gradient by about"
            if self.gradient_of == "activations"
            else "Layer by layer towards the input, it is multiplied by about"
        )
        return (
            f"{what} {short(factor, 3)}, and {short(factor, 3)}^{steps} = "
            f"{short(factor**steps)}. "
        )

    def _stopped(self):
        """Say where nothing of the gradient is left; "" if nowhere."""
        gone = int(np.sum(self.norms() == 0))
        if gone == 0:
            return ""
        return (
            f"In {gone} of {self.depth} layers it is exactly 0: a layer "
            "whose slopes are all 0 lets nothing through. "
        )

    def _way_forward(self):
        forward = self.passes.forward
        if self.depth == 1:
            return f"Its activations have length {said(forward[0])}."
        return (
            f"Activations: length {said(forward[0])} in layer 1, "
            f"{said(forward[-1])} in layer {self.depth}."
        )

    def _beside_the_pinned(self):
        if self.pinned is None:
            return ""
        first = said(self.pinned[self.gradient_of][0])
        return f" Pinned: {self.pinned['label']}; there, layer 1 has {first}."

    def code(self):
        """Return the nnlib lines that print the norms on screen."""
        n, init = self.width, RULES[self.initial].__name__
        layers = ["Activation", "Dense"]
        layers += ["LayerNorm"] * self.normalise
        layers += ["Residual"] * self.residual
        scaling = f'    parts[-2].params["W"] *= {self.scale}\n'
        branch = "Network(parts, dtype=float)"
        return CODE.format(
            activation=self.activation,
            inits=", ".join(sorted({init, "xavier_init"})),
            layers=", ".join(layers),
            norm=f"LayerNorm({n}), " if self.normalise else "",
            init=init,
            times="" if self.scale == 1 else scaling,
            layer=f"Residual({branch})" if self.residual else branch,
            seed=self.seed,
            depth=self.depth,
            n=n,
            rows=ROWS,
            classes=CLASSES,
        )


def run(layers, output, X, y):
    """Return the Passes of layers and what makes scores of their output.

    Forward through all of them, then backward with the gradient of the
    cross-entropy between the scores and y.
    """
    inputs = [X]
    for layer in layers:
        inputs.append(layer.forward(inputs[-1]))
    _, dZ = cross_entropy(output.forward(inputs[-1]), y)
    arriving = [output.backward(dZ)]
    for layer in reversed(layers):
        arriving.append(layer.backward(arriving[-1]))
    arriving = arriving[-2::-1]  # the last of them was dL/dX
    return Passes(
        inputs[:-1],
        arriving,
        np.array([np.mean(np.linalg.norm(A, axis=1)) for A in inputs[1:]]),
        np.array([global_norm([dA]) for dA in arriving]),
        np.array([global_norm(learned(layer)) for layer in layers]),
    )


def learned(layer):
    """Yield the gradient of everything that a layer learns."""
    for _, owner, key in layer.named():
        yield owner.grads[key]


def decades(norms):
    """Return log10 of norms; -inf where a norm is 0.

    >>> decades([100.0, 0.0])
    array([  2., -inf])
    """
    with np.errstate(divide="ignore"):
        return np.log10(np.asarray(norms, dtype=float))


def fit(norms):
    """Return [height at layer 1, at the last] of the line through decades.

    A product of equal factors is a straight line on a log axis, so the
    slope of the line that fits best, by least squares, is their mean.
    None for a single layer, and where a norm is 0: no line goes there.

    >>> fit(np.array([-3.0, -2.0, -1.0]))
    [-3.0, -1.0]
    """
    if len(norms) < 2 or not np.isfinite(norms).all():
        return None
    steps = np.arange(len(norms)) - (len(norms) - 1) / 2
    rise = steps @ norms / (steps @ steps)
    ends = norms.mean() + rise * steps[[0, -1]]
    return ends.tolist()


def limits(*norms):
    """Return (low, high), decades to show: multiples of 5, around 0.

    They move in steps, so that an axis holds still under most changes.

    >>> limits(np.array([-18.2, 0.3]), np.array([7.0]))
    [-20, 10]
    """
    every = np.concatenate([[0.0], *norms])
    every = every[np.isfinite(every)]
    low, high = np.clip([every.min(), every.max()], FLOOR, CEILING)
    return [
        min(-5, 5 * math.floor(low / 5)),
        max(5, 5 * math.ceil(high / 5)),
    ]


def short(number, digits=2):
    """Return a number as short text.

    >>> short(2.04e-7), short(12345.0), short(1e20), short(0.517, 3)
    ('2e-7', '12000', '1e20', '0.517')
    """
    number = float(f"{number:.{digits}g}")
    if number == 0 or 1e-3 <= abs(number) < 1e5:
        return f"{number:.6g}"
    mantissa, exponent = f"{number:.{digits - 1}e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def said(norm):
    """Return a norm as text; beyond the axis, that it is.

    >>> said(3e-9), said(1e-60), said(1e60), said(0.0)
    ('3e-9', 'under 1e-45', 'over 1e40', '0')
    """
    if 0 < norm < 10.0**FLOOR:
        return f"under 1e{FLOOR}"
    return short(norm) if norm <= 10.0**CEILING else f"over 1e{CEILING}"


def compared(own, other):
    """Say how many times larger or smaller `own` is than `other`.

    >>> compared(2e-7, 8e-6), compared(3.0, 2.0), compared(1.0, 1.01)
    ('40 times smaller than', '1.5 times larger than', 'about the same as')
    """
    if own == 0:
        return "nothing left of" if other > 0 else "the same as"
    ratio = other / own
    if ratio > 1.05:
        return f"{short(ratio)} times smaller than"
    if ratio > 1 / 1.05:
        return "about the same as"
    return f"{short(1 / ratio)} times larger than" if ratio else "more than"


def _factor(line, depth, way):
    """Return by what each layer multiplies, in the direction of a pass."""
    rise = (line[1] - line[0]) / (depth - 1)
    return 10 ** (rise if way == "forward" else -rise)


def _ratio(a, b):
    return a / b if b > 0 else 0.0


def _as_seed(seed):
    """Return `seed`, if it is a whole number, 0 or more."""
    whole = isinstance(seed, int) and not isinstance(seed, bool)
    if whole and seed >= 0:
        return seed
    raise ValueError(
        f"gradient_flow: seed is {seed!r:.40}.\n"
        "  Needed: a whole number, 0 or more.\n"
        "  Hint: each seed stands for other data and other weights."
    )
