"""A network's gradients by three routes, and where they part.

By nnlib's layers; by the reader's functions, handed down from step to step;
and by nudging every number, which knows nothing of the chain rule.
"""

from copy import deepcopy

import numpy as np

from nnlib.gradcheck import numerical_gradient
from nnlib.layers import Activation, Dense
from nnlib.losses import cross_entropy
from nnlib.network import Network
from nnlib.shapes import as_numbers
from nnlib.widgets.graph.both import Failure, attempt
from nnlib.widgets.graph.verdicts import (
    BUILT,
    DIFFERS,
    RIGHT,
    agree,
    at_kink,
    diagnose,
)

WHERE = "backprop_stepper"
MOST_NUDGES = 2000  # numbers that are nudged, at two passes each


class Operation:
    """One node of the drawing: a layer or the loss.

    Attributes
    ----------
    layer : Dense or Activation, or None for the loss
    key : str
        What the reader's function for it is called by.
    before, after : str
        Names of the arrays that go in and come out.
    number : str
        Of the weights: the 1 in W1.
    """

    def __init__(self, layer, key, before, after, number=""):
        self.layer, self.key, self.number = layer, key, number
        self.before, self.after = before, after

    @property
    def outputs(self):
        """Return the names of the gradients that come out of its sweep."""
        names = [f"d{self.before}"]
        if isinstance(self.layer, Dense):
            names += [f"dW{self.number}", f"db{self.number}"]
        return names


class NetworkGradients:
    """All gradients of one pass through a network, judged.

    Parameters
    ----------
    network : Network
        Of Dense and Activation layers, with dtype=float. It stays as it is.
    X, y : ndarray
    loss : callable
        loss(Z, y) -> (value, dZ).
    backward : dict of str to callable
        The reader's functions: "loss", "dense", and activations by name.

    Attributes
    ----------
    values : dict of str to ndarray
        X, Z1, W1 and so on.
    nudged, own, flowing : dict of str to ndarray
        By the name of the gradient: by central differences; by each
        operation, given the right slope from above; and as handed down. The
        last two hold a Failure where nothing useful came.
    verdicts, reasons : dict of str to str
    """

    def __init__(self, network, X, y, loss=cross_entropy, backward=None):
        self._work, self.loss_function = _as_network(network), loss
        self.y = np.array(y)
        X = as_numbers(WHERE, "X", X, n=None, n_in=self._work.n_in)
        self.backward = dict(backward or {})
        self.operations = _operations(self._work.layers)
        _check_keys(self.backward, self.operations)
        self._forward_pass(X)
        self._nudge()
        self._sweep()
        self._judge()

    def _forward_pass(self, X):
        """Compute all values, and nnlib's gradients."""
        self.values = {"X": X.copy()}
        for op in self.operations[:-1]:
            X = op.layer.forward(self.values[op.before])
            self.values[op.after] = X
            if isinstance(op.layer, Dense):
                for name, array in op.layer.params.items():
                    self.values[f"{name}{op.number}"] = array.copy()
        self.loss, dZ = self.loss_function(X, self.y)
        self.loss, self.ours = float(self.loss), {}
        for op in reversed(self.operations):
            found = self._nnlib(op, dZ)
            self.ours |= found
            dZ = found[f"d{op.before}"]
        self.noise = 1e-9 * max(1.0, abs(self.loss))
        if not np.isfinite(self.loss):
            raise ValueError(
                f"{WHERE}: the loss is {self.loss}.\n"
                "  Needed: a finite loss, for it is nudged.\n"
                "  Hint: smaller weights, or X divided by its largest entry."
            )

    def _nnlib(self, op, upstream):
        """Return nnlib's gradients of one operation by name."""
        if op.layer is None:
            return {f"d{op.before}": upstream}
        dX = op.layer.backward(upstream)
        grads = [op.layer.grads[name].copy() for name in op.layer.params]
        return dict(zip(op.outputs, [dX, *grads], strict=True))

    def _nudge(self):
        """Compute all gradients again, by central differences alone."""
        self._copy, self.nudged = deepcopy(self._work), {}
        names = [name for op in self.operations for name in op.outputs]
        count = sum(self.ours[name].size for name in names)
        if count > MOST_NUDGES:
            raise ValueError(
                f"{WHERE}: the gradients have {count:,} entries.\n"
                f"  Needed: at most {MOST_NUDGES:,}, for each one is nudged.\n"
                "  Hint: fewer rows, X[:4] and y[:4], or fewer units."
            )
        for name in names:
            x = self.values[name[1:]]
            f = self._loss_of(name[1:])
            self.nudged[name] = numerical_gradient(f, x)

    def _loss_of(self, name):
        """Return f(array) -> loss, with the array `name` put in its place."""
        layers = self._copy.layers
        for start, op in enumerate(self.operations):
            if name == op.before:
                return lambda A: self._onward(A, layers[start:])
            if op.number and name in (f"W{op.number}", f"b{op.number}"):
                return lambda p: self._with(layers, start, name[0], p)

    def _onward(self, A, layers):
        for layer in layers:
            A = layer.forward(A)
        return self.loss_function(A, self.y)[0]

    def _with(self, layers, start, key, values):
        """Return the loss for other values of one layer's parameter."""
        params = layers[start].params
        middle = params[key].copy()
        params[key] = values
        before = self.values[self.operations[start].before]
        loss = self._onward(before, layers[start:])
        params[key] = middle
        return loss

    def _sweep(self):
        """Let the reader's functions, or nnlib's, hand down gradients.

        `flowing` is what arrives from step to step; `own` what each operation
        makes of the right slope from above.
        """
        self.flowing, self.own, self.kinks = {}, {}, {}
        upstream = np.array(1.0)
        for op in reversed(self.operations):
            right = self._right(f"d{op.after}") if op.layer else upstream
            flowing = self._call(op, upstream)
            same = np.array_equal(upstream, right)
            own = flowing if same else self._call(op, right)
            self.flowing |= flowing
            self.own |= own
            upstream = self.flowing[f"d{op.before}"]
            if isinstance(upstream, Failure):  # go on with the right value
                upstream = self._right(f"d{op.before}")

    def _right(self, name):
        """Return a gradient that can be trusted."""
        ours = self.ours[name]
        return ours if self._fits(name, ours) else self.nudged[name]

    def _call(self, op, upstream):
        """Return the gradients of one operation by name, or Failures."""
        if op.key not in self.backward:
            if op.layer is None:
                upstream = self.ours[f"d{op.before}"]
            return self._nnlib(op, upstream)
        f, before = self.backward[op.key], self.values[op.before]
        if op.layer is None:
            given = before, self.y
        elif isinstance(op.layer, Dense):
            given = upstream, before, self.values[f"W{op.number}"]
        else:
            given = upstream, before
        name = getattr(f, "__name__", op.key)
        found = attempt(lambda: f(*(a.copy() for a in given)))
        return self._received(name, op.outputs, found)

    def _received(self, name, outputs, found):
        """Return what the reader's function returned, by name, or why not."""
        if isinstance(found, Failure):
            return dict.fromkeys(outputs, Failure(f"{name} {found.reason}"))
        needed = f"({', '.join(outputs)})" if outputs[1:] else outputs[0]
        if outputs[1:]:
            whole = isinstance(found, tuple | list)
            if not whole or len(found) != len(outputs):
                what = f"{len(found)} things" if whole else _what(found)
                return dict.fromkeys(
                    outputs,
                    Failure(f"{name} returned {what}, needed {needed}"),
                )
        parts = found if outputs[1:] else [found]
        return {
            output: self._checked(name, output, part)
            for output, part in zip(outputs, parts, strict=True)
        }

    def _checked(self, name, output, part):
        """Return a gradient of the right shape and finite, or a Failure."""
        array = attempt(lambda: np.asarray(part, dtype=float))
        if part is None or isinstance(array, Failure):
            return Failure(f"{name} returned {_what(part)} for {output}")
        needed = self.ours[output].shape
        if array.shape != needed:
            return Failure(
                f"{output} has shape {array.shape}, needed {needed}"
            )
        if not np.isfinite(array).all():
            word = "nan" if np.isnan(array).any() else "inf"
            return Failure(f"{output} holds {word}")
        return array

    def _judge(self):
        """Judge every gradient."""
        self.verdicts, self.reasons = {}, {}
        for op in reversed(self.operations):
            for name in op.outputs:
                own, flowing = self.own[name], self.flowing[name]
                self.reasons[name] = ""
                if not self._fits(name, own):
                    self.verdicts[name] = DIFFERS
                    self.reasons[name] = self._reason(name, own)
                elif self._fits(name, flowing):
                    self.verdicts[name] = RIGHT
                else:
                    self.verdicts[name] = BUILT

    def _fits(self, name, computed):
        """Return whether a gradient agrees with nudging, or sits at a kink."""
        if isinstance(computed, Failure):
            return False
        nudged = self.nudged[name]
        kinks = ~agree(nudged, computed, self.noise)
        for i in zip(*np.nonzero(kinks), strict=True):
            beside = self._slopes_beside(name[1:], i)
            ours = self.ours[name][i]
            if not at_kink(beside, ours, computed[i], self.noise):
                return False
        self.kinks[name] = kinks
        return True

    def _slopes_beside(self, name, i, h=1e-5):
        """Return the slopes of the loss below and above one entry."""
        f, x = self._loss_of(name), self.values[name]

        def along(t):
            moved = x.copy()
            moved[i] += t
            return f(moved)

        return tuple(
            float(numerical_gradient(along, np.array(side), h))
            for side in (-h, h)
        )

    def _reason(self, name, own):
        """Say what is wrong with a gradient."""
        if isinstance(own, Failure):
            return f"{own.reason}."
        nudged = self.nudged[name]
        words = diagnose(nudged, own)
        square = own.ndim == 2 and own.shape[0] == own.shape[1]
        if square and agree(nudged, own.T, self.noise).all():
            words = "Rows and columns have changed places."
        return words


def _operations(layers):
    """Return the Operations of a network: Z1, A1, Z2 and so on."""
    found, before, dense, taken = [], "X", 0, {"X"}
    for layer in layers:
        key, weights = "dense", ""
        if isinstance(layer, Dense):
            dense += 1
            weights, after = str(dense), f"Z{dense}"
        else:
            key, after = layer.f.__name__, f"A{dense}"
        while after in taken:  # two activations in a row
            after += "'"
        taken.add(after)
        found.append(Operation(layer, key, before, after, weights))
        before = after
    return [*found, Operation(None, "loss", before, "loss")]


def _as_network(network):
    """Return a copy to work with, or say why there is none."""
    if not isinstance(network, Network):
        hint = "backprop_stepper(network, X, y), or backprop_stepper(L)."
        if isinstance(network, Dense | Activation):
            hint = f"Network([{network!r}], dtype=float)"
        raise ValueError(
            f"{WHERE}: {network!r:.60} is neither.\n"
            "  Needed: a Network, a Scalar, or a function of named inputs.\n"
            f"  Hint: {hint}"
        )
    for layer in network.layers:
        if not isinstance(layer, Dense | Activation):
            raise ValueError(
                f"{WHERE}: the network has a layer {layer!r}.\n"
                "  Needed: Dense and Activation layers alone.\n"
                "  Hint: gradcheck.gradcheck_layer checks any other."
            )
    if network.theta.size and network.theta.dtype != float:
        raise ValueError(
            f"{WHERE}: the network computes in {network.theta.dtype}.\n"
            "  Needed: float64, for nudges need all its digits.\n"
            "  Hint: Network(layers, dtype=float)"
        )
    return deepcopy(network)


def _check_keys(backward, operations):
    known = list(dict.fromkeys(op.key for op in operations))
    for key, f in backward.items():
        if key not in known or not callable(f):
            raise ValueError(
                f"{WHERE}: backward has {key!r}: {f!r:.40}.\n"
                f"  Needed: functions for some of {', '.join(known)}.\n"
                '  Hint: backward={"dense": dense_backward}, with '
                "dense_backward(dZ, X, W) -> (dX, dW, db)."
            )


def _what(value):
    """Say what something is, in a few words."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"{type(value).__name__} {value!r:.30}"
