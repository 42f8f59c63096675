"""Two routes to one gradient: scalars on a graph, and layers of arrays.

The graph knows one rule for each operation and nothing of matrices; layers
know matrices and nothing of the graph. Where both say the same, to the last
digits, it takes two independent mistakes that agree to be wrong.
"""

import numpy as np
import pytest

from nnlib.activations import relu, sigmoid, tanh
from nnlib.graph import Scalar
from nnlib.layers import Activation, Dense
from nnlib.losses import (
    binary_cross_entropy,
    cross_entropy,
    mean_squared_error,
)
from nnlib.network import Network
from nnlib.recurrent import GRU, LSTM, RNN

ROWS, SEEDS = 4, range(3)
CLOSE = {"rtol": 1e-12, "atol": 1e-14}
WORDS = {tanh: Scalar.tanh, sigmoid: Scalar.sigmoid, relu: Scalar.relu}


def scalars(array):
    """Return an array of the same shape, of Scalars."""
    return np.array(
        [Scalar(value) for value in np.ravel(array).tolist()]
    ).reshape(np.shape(array))


def values(array):
    return np.vectorize(lambda s: s.value, otypes=[float])(array)


def grads(array):
    return np.vectorize(lambda s: s.grad, otypes=[float])(array)


def dense(X, W, b):
    """Return X W + b, sum by sum."""
    out = np.empty((len(X), len(b)), object)
    for i, j in np.ndindex(out.shape):
        z = b[j]
        for k in range(len(W)):
            z = z + X[i, k] * W[k, j]
        out[i, j] = z
    return out


def bend(Z, word):
    return np.vectorize(word, otypes=[object])(Z)


# The losses once more, from their definitions: mean over rows and all.


def graph_cross_entropy(Z, y):
    total = Scalar(0.0)
    for row, label in zip(Z, y, strict=True):
        exps = [z.exp() for z in row]
        share = exps[label] / sum(exps[1:], exps[0])
        total = total - share.log()
    return total / len(y)


def graph_binary_cross_entropy(Z, y):
    total = Scalar(0.0)
    for z, label in zip(Z.ravel(), np.ravel(y), strict=True):
        p = z.sigmoid()
        total = total - (p if label else 1 - p).log()
    return total / Z.size


def graph_mean_squared_error(Y_hat, Y):
    total = Scalar(0.0)
    for y_hat, y in zip(Y_hat.ravel(), np.ravel(Y), strict=True):
        total = total + (y_hat - float(y)) ** 2
    return total / Y_hat.size


def targets(loss, rng):
    if loss is cross_entropy:
        return rng.integers(0, 2, ROWS)
    if loss is binary_cross_entropy:
        return rng.integers(0, 2, (ROWS, 2))
    return rng.normal(size=(ROWS, 2))


LOSSES = {
    cross_entropy: graph_cross_entropy,
    binary_cross_entropy: graph_binary_cross_entropy,
    mean_squared_error: graph_mean_squared_error,
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("f", WORDS)
def test_a_small_network_has_one_value_and_one_gradient(f, loss, seed):
    rng = np.random.default_rng(seed)
    layers = [Dense(2, 3, rng), Activation(f), Dense(3, 2, rng)]
    network = Network(layers, float)
    network.theta[:] = rng.normal(size=network.theta.shape)
    X, y = rng.normal(size=(ROWS, 2)), targets(loss, rng)

    value, dZ = loss(network.forward(X), y)
    dX = network.backward(dZ)

    first, second = (
        {name: scalars(p) for name, p in layer.params.items()}
        for layer in (layers[0], layers[2])
    )
    inputs = scalars(X)
    hidden = bend(dense(inputs, **by_place(first)), WORDS[f])
    total = LOSSES[loss](dense(hidden, **by_place(second)), y)
    total.backward()

    assert value == pytest.approx(total.value, rel=1e-13)
    np.testing.assert_allclose(dX, grads(inputs), **CLOSE)
    for layer, nodes in ((layers[0], first), (layers[2], second)):
        for name, grad in layer.grads.items():
            np.testing.assert_allclose(grad, grads(nodes[name]), **CLOSE)
    assert dX.any()  # not 0 = 0


def by_place(nodes):
    return {"W": nodes["W"], "b": nodes["b"]}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("outer", [tanh, sigmoid])
def test_squared_errors_behind_a_bend_agree_as_well(outer, seed):
    """A sigmoid at the end, where many a derivation loses its slope."""
    rng = np.random.default_rng(seed)
    layers = [Dense(2, 3, rng), Activation(tanh), Dense(3, 2, rng)]
    network = Network([*layers, Activation(outer)], float)
    X, Y = rng.normal(size=(ROWS, 2)), rng.normal(size=(ROWS, 2))
    value, dA = mean_squared_error(network.forward(X), Y)
    dX = network.backward(dA)
    inputs = scalars(X)
    nodes = [scalars(layers[k].params[name]) for k in (0, 2) for name in "Wb"]
    hidden = bend(dense(inputs, *nodes[:2]), Scalar.tanh)
    out = bend(dense(hidden, *nodes[2:]), WORDS[outer])
    total = graph_mean_squared_error(out, Y)
    total.backward()
    assert value == pytest.approx(total.value, rel=1e-13)
    np.testing.assert_allclose(dX, grads(inputs), **CLOSE)
    by_graph = np.concatenate([grads(node).ravel() for node in nodes])
    np.testing.assert_allclose(network.gradient, by_graph, **CLOSE)


# --- steps of a recurrent layer ---------------------------------------------


def rnn_step(x, s, W, U, b):
    zero = scalars(np.zeros_like(b, dtype=float)[0])
    return [bend(dense(x, W[0], b[0]) + dense(s[0], U[0], zero), Scalar.tanh)]


def gru_step(x, s, W, U, b, c):
    h, zero = s[0], scalars(np.zeros(len(c)))
    r, z = (
        bend(dense(x, W[k], b[k]) + dense(h, U[k], zero), Scalar.sigmoid)
        for k in range(2)
    )
    n = bend(dense(x, W[2], b[2]) + r * dense(h, U[2], c), Scalar.tanh)
    return [(1 - z) * n + z * h]


def lstm_step(x, s, W, U, b):
    (h, c), zero = s, scalars(np.zeros(b.shape[1]))
    zi, zf, zo, zg = (
        dense(x, W[k], b[k]) + dense(h, U[k], zero) for k in range(4)
    )
    i, f, o = (bend(z, Scalar.sigmoid) for z in (zi, zf, zo))
    c = f * c + i * bend(zg, Scalar.tanh)
    return [o * bend(c, Scalar.tanh), c]


STEPS = {RNN: rnn_step, GRU: gru_step, LSTM: lstm_step}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_steps", [1, 3])
@pytest.mark.parametrize("kind", STEPS)
def test_recurrent_steps_have_one_value_and_one_gradient(kind, n_steps, seed):
    rng = np.random.default_rng(seed)
    layer = kind(2, 3, rng)
    for p in layer.params.values():
        p += 0.5 * rng.normal(size=p.shape)
    X = rng.normal(size=(2, n_steps, 2))
    state = 0.5 * rng.normal(size=(layer.n_states, 2, 3))
    Y = rng.normal(size=(2, n_steps, 3))

    value, dH = mean_squared_error(layer.forward(X, state=state), Y)
    dX = layer.backward(dH)

    inputs, start = scalars(X), scalars(state)
    nodes = {name: scalars(p) for name, p in layer.params.items()}
    s, outputs = list(start), []
    for t in range(n_steps):
        s = STEPS[kind](inputs[:, t], s, **nodes)
        outputs.append(s[0])
    total = graph_mean_squared_error(np.stack(outputs, axis=1), Y)
    total.backward()

    assert value == pytest.approx(total.value, rel=1e-13)
    np.testing.assert_allclose(layer.state, values(np.array(s)), **CLOSE)
    np.testing.assert_allclose(dX, grads(inputs), **CLOSE)
    np.testing.assert_allclose(layer.dstate, grads(start), **CLOSE)
    for name, grad in layer.grads.items():
        np.testing.assert_allclose(
            grad, grads(nodes[name]), err_msg=name, **CLOSE
        )
        assert np.abs(grad).max() > 0
