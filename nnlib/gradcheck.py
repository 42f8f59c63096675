"""Gradient checks: nudge, and see whether the slope told the truth.

A slope is a promise about small steps. Move one number a little to both sides
and compare: two passes a number, too slow to train with, and independent of
the chain rule.

Source: lessons/06_backpropagation; Richardson 1911 for the extrapolation.

>>> numerical_gradient(lambda x: (x**3).sum(), np.array([1.0, 2.0])).round(6)
array([ 3., 12.])
>>> wrong = lambda x: ((x**3).sum(), 3 * x**2 + [0.0, 0.5])
>>> print(gradcheck(wrong, np.array([1.0, 2.0])))
relative error 4.0e-02 at x[1]: by nudging 12, by the chain rule 12.5
"""

from copy import deepcopy
from dataclasses import dataclass
from functools import partial

import numpy as np

from nnlib.shapes import as_floats, as_generator, as_number, check_same


@dataclass(frozen=True)
class Comparison:
    """The entry of a gradient at which two ways to compute it differ most."""

    error: float
    where: str
    nudged: float
    computed: float

    def __str__(self):
        text = f"relative error {self.error:.1e} at {self.where}: by nudging "
        return (
            f"{text}{self.nudged:.9g}, by the chain rule {self.computed:.9g}"
        )


def numerical_gradient(f, x, h=1e-5):
    """Return (f(x + h) - f(x - h)) / 2h for every entry; x stays unharmed."""
    where = "numerical_gradient"
    h = as_number(where, "h", h, positive=True)
    x = as_floats(where, "x", x).astype(float)  # a copy
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        middle = x[i]
        x[i] = middle + h
        above = f(x)
        x[i] = middle - h
        gradient[i] = (above - f(x)) / (2 * h)
        x[i] = middle
    return gradient


def gradient_error(numeric, analytic):
    """Return |a - b| / max(|a|, |b|) for every entry of two gradients.

    What is below a thousandth of the largest has no digits; that is its unit.
    """
    a, b = np.abs(numeric), np.abs(analytic)
    floor = max(a.max(), b.max(), 1e-300) / 1000
    errors = np.abs(numeric - analytic) / np.maximum(np.maximum(a, b), floor)
    return np.where(np.isnan(errors), np.inf, errors)


def gradcheck(f, x, name="x"):
    """Check f(x) -> (value, gradient), such as a loss; return a Comparison."""
    return _compare(lambda x: f(x)[0], x, f(x)[1], name)


def gradcheck_layer(layer, X, rng):
    """Check a layer or network by every parameter and X; return the worst.

    The loss is sum(G A) for the output A and random G, for one with symmetry
    could hide a mistake. A tuple X holds the arguments of forward.
    """
    X, *others = deepcopy(X) if isinstance(X, tuple) else (X,)
    inputs, layer = [np.array(X), *others], deepcopy(layer)
    shape = _float64_output(layer, inputs).shape
    G = as_generator("gradcheck_layer", rng).standard_normal(shape)
    worked = deepcopy(layer)
    worked.forward(*inputs)
    dX = worked.backward(G)
    grads = [owner.grads[key] for _, owner, key in worked.named()]
    arrays = [(name, owner.params[key]) for name, owner, key in layer.named()]
    if dX is not None:
        inputs[0] = inputs[0].astype(float)
        arrays, grads = [*arrays, ("X", inputs[0])], [*grads, dX]

    def loss_at(array, values):
        start = array.copy()
        array[...] = values
        loss = np.sum(G * _float64_output(layer, inputs))
        array[...] = start
        return loss

    found = [
        _compare(partial(loss_at, array), array, grad, name)
        for (name, array), grad in zip(arrays, grads, strict=True)
    ]
    return max(found, key=lambda comparison: comparison.error)


def _float64_output(layer, inputs):
    # A copy goes forward, for all passes to start alike, chance included.
    A = deepcopy(layer).forward(*inputs)
    if A.dtype == float:
        return A
    raise ValueError(
        f"gradcheck_layer: {layer!r} computes in {A.dtype}.\n"
        "  Needed: float64, for nudges need all its digits.\n"
        "  Hint: Network(layers, dtype=float), and X of floats."
    )


def _compare(f, x, computed, name):
    # Two step sizes, combined so that the error of second order cancels.
    rough, fine = (numerical_gradient(f, x, h) for h in (2e-3, 1e-3))
    nudged = (4 * fine - rough) / 3
    computed = as_floats("gradcheck", "the gradient", computed)
    check_same("gradcheck", "the gradient", computed, name, nudged)
    errors = gradient_error(nudged, computed)
    i = np.unravel_index(np.argmax(errors), errors.shape)
    where = f"{name}[{', '.join(map(str, i))}]" if i else name
    return Comparison(
        float(errors[i]), where, float(nudged[i]), float(computed[i])
    )
