"""The table of gradients: every backward and every loss, entry by entry.

A layer is projected on random numbers, L = sum(G A): a loss with a symmetry
of its own, such as softmax with cross-entropy, would hide a mistake. Each
number is nudged by a plain loop that shares nothing with nnlib.gradcheck,
and nnlib.gradcheck is held to the same numbers.
"""

import importlib
import inspect
import math
import pkgutil
import types

import numpy as np
import pytest

import nnlib
from nnlib import losses
from nnlib.activations import SLOPES, gelu, sigmoid, tanh
from nnlib.fixed_point import FixedPoint
from nnlib.gradcheck import gradcheck, gradcheck_layer
from nnlib.graph import Scalar
from nnlib.layers import (
    Activation,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Residual,
)
from nnlib.network import Network
from nnlib.recurrent import GRU, LSTM, RNN, Recurrent

TOLERANCE = 1e-7
OVER_TIME = 1e-6  # rounding errors pass through every step
NUDGE = 1e-3
PASSES = [(1, 0), (3, 1), (5, 2)]  # n and seed; n differs from all widths
each_pass = pytest.mark.parametrize(
    ("n", "seed"), PASSES, ids=[f"n = {n}" for n, _ in PASSES]
)


# --- nudging ----------------------------------------------------------------


def nudged_slopes(f, x):
    """Return df/dx for every entry of x, which f() looks at.

    Four points, so that the error is of the fourth order in the nudge.
    """
    slopes = np.empty_like(x)
    for i in np.ndindex(x.shape):
        middle, values = x[i], []
        for k in (1, -1, 2, -2):
            x[i] = middle + k * NUDGE
            values.append(f())
        x[i] = middle
        near, far = values[0] - values[1], values[2] - values[3]
        slopes[i] = (8 * near - far) / (12 * NUDGE)
    return slopes


def assert_agree(name, nudged, computed, tolerance):
    """Compare every entry; tiny ones by a thousandth of the largest."""
    assert computed.dtype == np.float64, name
    assert computed.shape == nudged.shape, name
    size = np.maximum(np.abs(nudged), np.abs(computed))
    error = np.abs(nudged - computed)
    allowed = tolerance * np.maximum(size, size.max() / 1000)
    wrong = np.argwhere(~(error <= allowed))
    assert not len(wrong), (
        f"d{name}{wrong[0].tolist()}: by nudging {nudged[tuple(wrong[0])]}, "
        f"by backward {computed[tuple(wrong[0])]}"
    )


def away_from_0(rng, *shape):
    """Return numbers that no nudge carries over the kink of relu."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.1, 2.0, shape)


# --- the table of layers ----------------------------------------------------


def rows(rng, n):
    return (away_from_0(rng, n, 4),)


def sequences(rng, n):
    return (away_from_0(rng, n, 2, 4),)


def tokens(rng, n):
    return (rng.integers(0, 3, (n, 4)),)  # of 3 tokens: some come twice


def labels(rng, n):
    return (rng.integers(0, 3, n),)


def over_time(masked=False, started=False):
    """Return a maker of (X, mask, state) for 4 steps of width 2."""

    def inputs(rng, n):
        mask = None
        if masked:
            # A gap, an end, a late start; and a sequence without any step.
            shapes = [[1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 1], [0, 0, 0, 0]]
            mask = np.array(shapes, dtype=bool)[np.arange(n) % 4]
        n_states = {True: 2, False: 1}
        state = {k: rng.standard_normal((n_states[k], n, 3)) for k in n_states}
        return away_from_0(rng, n, 4, 2), mask, state if started else None

    return inputs


def some_network(rng):
    return Network(
        [
            Dense(4, 3, rng),
            LayerNorm(3),
            Activation(gelu),
            Dropout(0.4, rng),
            Dense(3, 2, rng),
        ],
        dtype=float,
    )


def network_of_networks(rng):
    first = Network([Dense(4, 3, rng), Activation(sigmoid)], dtype=float)
    inner = Network([Residual(first.__class__([Dense(3, 3, rng)], float))])
    return Network([first, inner, Dense(3, 2, rng)], dtype=float)


def reader(rng):
    """Tokens in, two scores out."""
    return Network(
        [Embedding(3, 2, rng), GRU(2, 3, rng, last=True), Dense(3, 2, rng)],
        dtype=float,
    )


def branch(rng):
    return Network(
        [Dense(4, 3, rng), Activation(tanh), Dense(3, 4, rng)], dtype=float
    )


# name: (class, how to make it, how to make its inputs)
LAYERS = {
    "Dense": (Dense, lambda rng: Dense(4, 2, rng), rows),
    "Dense, one out": (Dense, lambda rng: Dense(4, 1, rng), rows),
    "Dense, wider out": (Dense, lambda rng: Dense(4, 6, rng), rows),
    "Dense, sequences": (Dense, lambda rng: Dense(4, 3, rng), sequences),
    "own activation": (
        Activation,
        lambda rng: Activation(np.sin, lambda Z: np.cos(Z)),
        rows,
    ),
    "Residual of Dense": (
        Residual,
        lambda rng: Residual(Dense(4, 4, rng)),
        rows,
    ),
    "Residual, sequences": (
        Residual,
        lambda rng: Residual(Dense(4, 4, rng)),
        sequences,
    ),
    "Residual of Network": (Residual, lambda rng: Residual(branch(rng)), rows),
    "Residual of Dropout": (
        Residual,
        lambda rng: Residual(Dropout(0.5, rng)),
        rows,
    ),
    "LayerNorm": (LayerNorm, lambda rng: LayerNorm(4), rows),
    "LayerNorm, sequences": (LayerNorm, lambda rng: LayerNorm(4), sequences),
    "Dropout": (Dropout, lambda rng: Dropout(0.4, rng), rows),
    "Dropout, sequences": (Dropout, lambda rng: Dropout(0.4, rng), sequences),
    "Embedding": (Embedding, lambda rng: Embedding(3, 2, rng), tokens),
    "Embedding, one axis": (
        Embedding,
        lambda rng: Embedding(3, 2, rng),
        labels,
    ),
    "FixedPoint": (FixedPoint, lambda rng: FixedPoint(4, 3, rng), rows),
    "Network": (Network, some_network, rows),
    "Network, sequences": (Network, some_network, sequences),
    "Network of networks": (Network, network_of_networks, rows),
    "Network of tokens": (Network, reader, tokens),
}
for f in SLOPES:
    for inputs in (rows, sequences):
        LAYERS[f"{f.__name__}, {inputs.__name__}"] = (
            Activation,
            lambda rng, f=f: Activation(f),
            inputs,
        )
for kind in (RNN, GRU, LSTM):
    for last in (False, True):
        for masked in (False, True):
            for started in (False, True):
                words = [kind.__name__]
                words += ["last"] * last + ["mask"] * masked
                words += ["state"] * started
                LAYERS[", ".join(words)] = (
                    kind,
                    lambda rng, kind=kind, last=last: kind(
                        2, 3, rng, last=last
                    ),
                    over_time(masked, started),
                )


class Trial:
    """A layer of the table with inputs, and passes that all start alike."""

    def __init__(self, name, n, seed):
        kind, make, inputs = LAYERS[name]
        self.chance = np.random.default_rng(seed)
        self.layer = make(self.chance)
        assert type(self.layer) is kind
        rng = np.random.default_rng([seed, 1])
        for _, owner, key in self.layer.named():
            # Away from gains of 1 and biases of 0, which hide mistakes.
            owner.params[key] += 0.1 * rng.standard_normal(
                owner.params[key].shape
            )
        self.inputs = inputs(rng, n)
        if issubclass(kind, Recurrent):
            X, mask, state = self.inputs
            if state is not None:
                state = state[kind.n_states == 2]
            self.inputs = X, mask, state
        over = issubclass(kind, Recurrent) or name == "Network of tokens"
        self.tolerance = OVER_TIME if over else TOLERANCE
        # What is dropped is drawn anew at each pass, so draw it alike.
        self.start = self.chance.bit_generator.state

    def forward(self):
        self.chance.bit_generator.state = self.start
        return self.layer.forward(*self.inputs)

    def gradients(self, G):
        """Yield (name, by nudging, by backward) for L = sum(G A)."""
        self.forward()
        dX = self.layer.backward(G)
        found = {
            name: (owner.params[key], owner.grads[key].copy())
            for name, owner, key in self.layer.named()
        }
        if dX is not None:
            found["X"] = self.inputs[0], dX.copy()
        if len(self.inputs) == 3 and self.inputs[2] is not None:
            found["state"] = self.inputs[2], self.layer.dstate.copy()
        for name, (array, computed) in found.items():
            yield (
                name,
                nudged_slopes(lambda: np.sum(G * self.forward()), array),
                computed,
            )


@each_pass
@pytest.mark.parametrize("name", LAYERS)
def test_every_entry_of_every_gradient_is_what_nudging_finds(name, n, seed):
    trial = Trial(name, n, seed)
    A = trial.forward()
    assert A.dtype == np.float64
    G = np.random.default_rng([seed, 2]).standard_normal(A.shape)
    names = set()
    for part, nudged, computed in trial.gradients(G):
        assert_agree(part, nudged, computed, trial.tolerance)
        names.add(part)
    takes_tokens = trial.inputs[0].dtype.kind == "i"
    assert ("X" in names) == (not takes_tokens)


@pytest.mark.parametrize("name", LAYERS)
def test_gradcheck_comes_to_the_same_numbers(name):
    trial = Trial(name, 2, 3)
    G = np.random.default_rng(4).standard_normal(trial.forward().shape)
    expected = {part: arrays for part, *arrays in trial.gradients(G)}
    trial.chance.bit_generator.state = trial.start
    inputs = trial.inputs if len(trial.inputs) > 1 else trial.inputs[0]
    # It draws its G from the generator it is given: the same G.
    found = gradcheck_layer(trial.layer, inputs, np.random.default_rng(4))
    assert found.error <= trial.tolerance
    part, _, place = found.where.partition("[")
    place = tuple(map(int, place.rstrip("]").split(", ")))
    nudged, computed = expected[part]
    scale = np.abs(computed).max()
    close = {"rel": trial.tolerance, "abs": trial.tolerance * scale}
    assert found.nudged == pytest.approx(nudged[place], **close)
    assert found.computed == pytest.approx(computed[place], rel=1e-12)


@each_pass
@pytest.mark.parametrize("told", ["state alone", "outputs and state"])
@pytest.mark.parametrize("last", [False, True], ids=["all steps", "last"])
@pytest.mark.parametrize("kind", [RNN, GRU, LSTM])
def test_a_gradient_of_the_state_behind_the_last_step_goes_back(
    kind, last, told, n, seed
):
    name = f"{kind.__name__}, {'last, ' * last}mask, state"
    trial = Trial(name, n, seed)
    layer, rng = trial.layer, np.random.default_rng([seed, 3])
    G = rng.standard_normal(trial.forward().shape)
    to_state = rng.standard_normal(layer.state.shape)
    if told == "state alone":
        G *= 0

    def loss():
        H = trial.forward()
        return np.sum(G * H) + np.sum(to_state * layer.state)

    loss()
    dH = None if told == "state alone" else G
    dX = layer.backward(dH, dstate=to_state)
    grads = {name: grad.copy() for name, grad in layer.grads.items()}
    dstate = layer.dstate.copy()
    X, _, state = trial.inputs
    assert_agree("X", nudged_slopes(loss, X), dX, OVER_TIME)
    assert_agree("state", nudged_slopes(loss, state), dstate, OVER_TIME)
    for name, grad in grads.items():
        nudged = nudged_slopes(loss, layer.params[name])
        assert_agree(name, nudged, grad, OVER_TIME)


# --- the table of losses ----------------------------------------------------


def targets(*widths):
    return lambda rng, n: tuple(rng.standard_normal((2, n, *widths)))


def off_the_kink(delta):
    """Return targets and predictions, some within delta and some beyond."""

    def inputs(rng, n):
        Y = rng.standard_normal((n, 3))
        sizes = np.where(
            rng.random(Y.shape) < 0.5,
            rng.uniform(0.1, 0.9, Y.shape),
            rng.uniform(1.1, 3.0, Y.shape),
        )
        return Y + delta * sizes * rng.choice([-1, 1], Y.shape), Y, delta

    return inputs


def scores_and_labels(*widths):
    def inputs(rng, n):
        Z = 2 * rng.standard_normal((n, *widths))
        return Z, rng.integers(0, 2, Z.shape)

    return inputs


def scores_and_probabilities(rng, n):
    return rng.standard_normal((n, 2)), rng.uniform(0, 1, (n, 2))


def scores_and_classes(*steps):
    def inputs(rng, n):
        Z = 2 * rng.standard_normal((n, *steps, 4))
        return Z, rng.integers(0, 4, Z.shape[:-1])

    return inputs


LOSSES = {
    "mean_squared_error": (losses.mean_squared_error, targets(2)),
    "mean_squared_error, one axis": (losses.mean_squared_error, targets()),
    "mean_squared_error, steps": (losses.mean_squared_error, targets(2, 3)),
    "huber": (losses.huber, off_the_kink(1.0)),
    "huber, delta 0.3": (losses.huber, off_the_kink(0.3)),
    "huber, delta 2.5": (losses.huber, off_the_kink(2.5)),
    "binary_cross_entropy": (
        losses.binary_cross_entropy,
        scores_and_labels(1),
    ),
    "binary_cross_entropy, one axis": (
        losses.binary_cross_entropy,
        scores_and_labels(),
    ),
    "binary_cross_entropy, many": (
        losses.binary_cross_entropy,
        scores_and_labels(3),
    ),
    "binary_cross_entropy, probabilities": (
        losses.binary_cross_entropy,
        scores_and_probabilities,
    ),
    "cross_entropy": (losses.cross_entropy, scores_and_classes()),
    "cross_entropy, steps": (losses.cross_entropy, scores_and_classes(3)),
}
NO_LOSS = {losses.accuracy}  # a score: it has no gradient to check


@each_pass
@pytest.mark.parametrize("name", LOSSES)
def test_every_entry_of_the_gradient_of_a_loss(name, n, seed):
    loss, inputs = LOSSES[name]
    arguments = inputs(np.random.default_rng(seed), n)
    _, gradient = loss(*arguments)
    nudged = nudged_slopes(lambda: loss(*arguments)[0], arguments[0])
    assert_agree(name, nudged, gradient, TOLERANCE)
    found = gradcheck(lambda x: loss(x, *arguments[1:]), arguments[0])
    assert found.error <= TOLERANCE


@pytest.mark.parametrize("name", LOSSES)
def test_layers_and_loss_together(name):
    """Through a network, as in training: dL/dX at the other end."""
    loss, inputs = LOSSES[name]
    rng = np.random.default_rng(5)
    width = np.shape(inputs(rng, 3)[0])[-1]
    network = Network(
        [Dense(2, 3, rng), Activation(tanh), Dense(3, width, rng)], float
    )
    Z, *rest = inputs(rng, 3)
    X = rng.standard_normal((*Z.shape[:-1], 2))
    if Z.ndim == 1:
        X = rng.standard_normal((1, 2))  # its row of outputs is Z

    def value_and_slope():
        A = network.forward(X)
        return loss(A.reshape(Z.shape), *rest)

    _, dZ = value_and_slope()
    dX = network.backward(dZ.reshape(*X.shape[:-1], width))
    gradient = network.gradient.copy()
    nudged = nudged_slopes(lambda: value_and_slope()[0], X)
    assert_agree("X", nudged, dX, TOLERANCE)
    nudged = nudged_slopes(lambda: value_and_slope()[0], network.theta)
    assert_agree("theta", nudged, gradient, TOLERANCE)


# --- what has no row of its own ---------------------------------------------


def check_scalar():
    """Every operation in one formula; test_graph.py has them one by one."""

    def formula(a, b, exp, log, tanh, sigmoid, relu):
        bent = tanh(a * b) + sigmoid(a / b) - relu(b - a)
        return (bent + exp(-a)) * log(b) + 2 * a**3 - 1 / b

    numbers = (
        math.exp,
        math.log,
        math.tanh,
        lambda z: 1 / (1 + math.exp(-z)),
        lambda z: max(z, 0.0),
    )
    methods = Scalar.exp, Scalar.log, Scalar.tanh, Scalar.sigmoid, Scalar.relu
    for x in ([0.7, 1.9], [1.3, 0.4]):
        a, b = map(Scalar, x)
        formula(a, b, *methods).backward()
        x = np.array(x)
        nudged = nudged_slopes(
            lambda x=x: formula(*map(float, x), *numbers), x
        )
        assert_agree("x", nudged, np.array([a.grad, b.grad]), TOLERANCE)


def check_recurrent():
    """It has no step of its own; those that have are all in the table."""
    assert not hasattr(Recurrent, "_step")
    table = {kind for kind, _, _ in LAYERS.values()}
    assert set(Recurrent.__subclasses__()) <= table


ELSEWHERE = {Scalar: check_scalar, Recurrent: check_recurrent}


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_what_is_covered_elsewhere_still_passes_a_check(kind):
    ELSEWHERE[kind]()


# --- nothing is missing -----------------------------------------------------


def core_modules():
    for module in pkgutil.iter_modules(nnlib.__path__):
        if not module.ispkg:
            yield importlib.import_module(f"nnlib.{module.name}")


def defined_in(module, is_wanted):
    return {
        thing
        for thing in vars(module).values()
        if is_wanted(thing) and thing.__module__ == module.__name__
    }


def with_backward(modules):
    return {
        kind
        for module in modules
        for kind in defined_in(module, inspect.isclass)
        if hasattr(kind, "backward")
    }


def public_functions(module):
    return {
        function
        for function in defined_in(module, inspect.isfunction)
        if not function.__name__.startswith("_")
    }


def test_every_class_with_a_backward_is_in_the_table():
    table = {kind for kind, _, _ in LAYERS.values()}
    found = with_backward(core_modules())
    assert found - table - set(ELSEWHERE) == set()
    assert len(found) >= 13  # so that the search itself is seen to work


def test_every_known_activation_is_in_the_table():
    names = {f"{f.__name__}, rows" for f in SLOPES}
    assert names <= set(LAYERS)
    primes = {f"{f.__name__}_prime" for f in SLOPES}
    assert primes == {slope.__name__ for slope in SLOPES.values()}
    functions = public_functions(importlib.import_module("nnlib.activations"))
    assert functions == {*SLOPES, *SLOPES.values()}


def test_every_loss_is_in_the_table():
    table = {loss for loss, _ in LOSSES.values()}
    assert public_functions(losses) == table | NO_LOSS


@pytest.mark.parametrize("score", NO_LOSS)
def test_what_is_named_as_no_loss_returns_no_pair(score):
    assert type(score([[1.0, 0.0]], [0])) is float


def test_a_new_class_or_loss_would_be_found():
    module = types.ModuleType("nnlib.new")
    source = "class New:\n def backward(self): pass\ndef new_loss(Z): pass"
    exec(source, vars(module))
    module.Dense = Dense  # imported, so it belongs to another module
    assert with_backward([module]) == {module.New}
    assert public_functions(module) == {module.new_loss}
