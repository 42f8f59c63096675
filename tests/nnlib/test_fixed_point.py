"""fixed_point: it rests, and its gradient is that of a long way there."""

import numpy as np
import pytest

from nnlib.activations import tanh
from nnlib.fixed_point import FixedPoint
from nnlib.layers import Activation, Dense
from nnlib.losses import mean_squared_error
from nnlib.network import Network
from nnlib.optimizers import SGD
from nnlib.shapes import ShapeError
from nnlib.training import train_step

SIZES = [(1, 1, 3), (5, 2, 4), (3, 4, 1), (20, 3, 30)]


def resting(seed, n, n_in, n_out):
    """Return a layer, and X and dA that fit it."""
    rng = np.random.default_rng(seed)
    layer = FixedPoint(n_in, n_out, rng)
    layer.params["b"][:] = rng.normal(size=n_out)
    layer.params["U"] *= 0.9
    return layer, rng.normal(size=(n, n_in)), rng.normal(size=(n, n_out))


def unrolled(params, X, dA, rounds=200):
    """Return A, the gradients and dX, by way of as many equal layers."""
    W, U, b = params["W"], params["U"], params["b"]
    outputs = [np.zeros((len(X), len(b)))]
    for _ in range(rounds):
        outputs.append(np.tanh(X @ W + outputs[-1] @ U + b))
    grads = {name: np.zeros_like(p) for name, p in params.items()}
    dX, d = np.zeros_like(X), dA
    for before, after in zip(outputs[-2::-1], outputs[::-1], strict=False):
        dZ = d * (1 - after**2)
        grads["W"] += X.T @ dZ
        grads["U"] += before.T @ dZ
        grads["b"] += dZ.sum(axis=0)
        dX += dZ @ W.T
        d = dZ @ U.T
    return outputs[-1], grads, dX


def restless(n=3, **kwargs):
    """Return a layer of one unit that swings to and fro, and its X."""
    layer = FixedPoint(1, 1, np.random.default_rng(0), **kwargs)
    layer.params["W"][:], layer.params["U"][:] = 1.0, -3.0
    return layer, np.full((n, 1), 0.1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(5))
def test_the_output_is_where_the_units_rest(seed, size):
    layer, X, _ = resting(seed, *size)
    W, U, b = (layer.params[name] for name in "WUb")
    A = layer.forward(X)
    assert A.shape == (size[0], size[2])
    assert np.abs(np.tanh(X @ W + A @ U + b) - A).max() < 2e-15


def test_small_numbers_come_to_rest_as_exactly_as_large_ones():
    """So small that tanh(z) is z, and the rest a system of equations."""
    layer, X, _ = resting(0, 5, 2, 4)
    layer.params["b"][:] = 0
    W, U = layer.params["W"], layer.params["U"]
    A = layer.forward(1e-12 * X)
    expected = 1e-12 * X @ W @ np.linalg.inv(np.eye(4) - U)
    assert np.abs(A - expected).max() < 1e-14 * np.abs(expected).max()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_that_of_200_rounds(seed, size):
    layer, X, dA = resting(seed, *size)
    A, grads, dX = unrolled(layer.params, X, dA)
    np.testing.assert_allclose(layer.forward(X), A, atol=1e-13)
    np.testing.assert_allclose(layer.backward(dA), dX, rtol=1e-12, atol=1e-12)
    for name, grad in grads.items():
        np.testing.assert_allclose(
            layer.grads[name], grad, rtol=1e-12, atol=1e-12, err_msg=name
        )


def test_rows_do_not_disturb_one_another():
    layer, X, dA = resting(0, 5, 2, 4)
    together, dX = layer.forward(X), layer.backward(dA)
    for i in range(5):
        alone = layer.forward(X[i : i + 1])
        np.testing.assert_allclose(alone[0], together[i], rtol=1e-13)
        back = layer.backward(dA[i : i + 1])
        np.testing.assert_allclose(back[0], dX[i], rtol=1e-12, atol=1e-14)


def test_a_second_backward_says_the_same_and_the_arguments_stay():
    layer, X, dA = resting(0, 5, 2, 4)
    kept = X.copy(), dA.copy()
    layer.forward(X)
    dX = layer.backward(dA)
    grads = {name: g.copy() for name, g in layer.grads.items()}
    assert layer.backward(dA).tolist() == dX.tolist()
    assert layer.backward(dA, input_gradient=False) is None
    for name, grad in grads.items():
        assert layer.grads[name].tolist() == grad.tolist()
    assert (X.tolist(), dA.tolist()) == tuple(a.tolist() for a in kept)


@pytest.mark.parametrize("n_out", [3, 40, 100])
def test_float32_comes_to_rest_as_well(n_out):
    rng = np.random.default_rng(1)
    network = Network([FixedPoint(5, n_out, rng)])
    A = network.forward(rng.normal(size=(30, 5)))
    dX = network.backward(rng.normal(size=A.shape))
    assert A.dtype == dX.dtype == network.gradient.dtype == np.float32


def test_sequences_are_rows_as_well():
    """So says the contract of layers, and so does Dense."""
    layer, X, dA = resting(0, 6, 2, 4)
    A, dX = layer.forward(X), layer.backward(dA)
    H = layer.forward(X.reshape(3, 2, 2))
    assert H.shape == layer.output_shape((3, 2, 2)) == (3, 2, 4)
    assert H.tolist() == A.reshape(3, 2, 4).tolist()
    back = layer.backward(dA.reshape(3, 2, 4))
    assert back.tolist() == dX.reshape(3, 2, 2).tolist()


def test_a_zero_batch_rests_at_once():
    layer = FixedPoint(2, 3, np.random.default_rng(0), max_rounds=1)
    assert layer.forward(np.zeros((2, 2))).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("seed", range(3))
def test_it_learns_inside_a_network(seed):
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, size=(50, 2))
    Y = X[:, :1] * X[:, 1:]
    network = Network([FixedPoint(2, 10, rng), Dense(10, 1, rng)])
    optimizer = SGD(0.1)
    losses = [
        train_step(network, mean_squared_error, optimizer, X, Y)
        for _ in range(400)
    ]
    assert losses[-1] < 0.1 * losses[0]


# --- errors -----------------------------------------------------------------

NEEDED = (
    "  Needed: weights U with which the units come to rest.\n"
    "  Hint: make U smaller, U *= 0.5, and train in smaller steps."
)


def test_units_that_swing_are_reported():
    layer, X = restless()
    with pytest.raises(ValueError, match="Needed: ") as caught:
        layer.forward(X)
    # They swing between +-a with a = tanh(3 a) nearly: a change of 2 a.
    assert str(caught.value) == (
        "FixedPoint.forward: still changing by 2.0e+00 after 1000 rounds.\n"
        + NEEDED
    )


def test_a_gradient_that_does_not_settle_is_reported():
    """At rest at 0, by luck, but a nudge would grow: 2, 4, 8 and so on."""
    layer, X = restless(max_rounds=20)
    layer.params["U"][:] = 2.0
    layer.forward(0 * X)
    with pytest.raises(ValueError, match="Needed: ") as caught:
        layer.backward(np.ones((3, 1)))
    # d = 1 + 2 d, twenty times: the last change is 2^19.
    assert str(caught.value) == (
        "FixedPoint.backward: still changing by 5.2e+05 after 20 rounds.\n"
        + NEEDED
    )


@pytest.mark.parametrize("dtype", [np.float32, float])
def test_a_gradient_that_grows_beyond_all_numbers_has_not_settled(dtype):
    """Not even where infinity is followed by infinity."""
    layer, X = restless()
    network = Network([layer], dtype)
    layer.params["U"] = 3.0
    network.forward(0 * X)
    with (
        np.errstate(over="ignore", invalid="ignore"),  # as in fit
        pytest.raises(ValueError, match="backward: still changing"),
    ):
        network.backward(np.ones((3, 1)))
    assert not network.gradient.any()


def test_the_hint_helps():
    layer, X = restless()
    with pytest.raises(ValueError, match="make U smaller"):
        layer.forward(X)
    for _ in range(3):
        layer.params["U"] *= 0.5
    A = layer.forward(X)
    assert np.allclose(np.tanh(X + A * layer.params["U"]), A)


@pytest.mark.parametrize("way", ["forward", "backward"])
def test_a_network_is_unharmed_by_an_error_on_the_way(way):
    rng = np.random.default_rng(0)
    layer, X = restless(max_rounds=100)
    layers = [Dense(1, 1, rng), layer, Activation(tanh), Dense(1, 1, rng)]
    network, optimizer = Network(layers, float), SGD(0.1)
    if way == "backward":
        layer.params["U"], X = 2.0, 0 * X
    theta = network.theta.copy()
    with pytest.raises(ValueError, match=f"FixedPoint.{way}: still"):
        train_step(network, mean_squared_error, optimizer, X, X + 1)
    assert network.theta.tolist() == theta.tolist()
    assert optimizer.steps == 0
    layer.params["U"] *= 0.125
    train_step(network, mean_squared_error, optimizer, X, X + 1)
    assert np.isfinite(network.theta).all()
    assert network.theta.tolist() != theta.tolist()


def test_after_a_forward_that_failed_backward_belongs_to_the_one_before():
    layer, X, dA = resting(0, 3, 1, 1)
    layer.params["U"][:] = -0.9
    layer.forward(X)
    dX, W = layer.backward(dA), layer.grads["W"].copy()
    layer.max_rounds = 2
    with pytest.raises(ValueError, match="still changing"):
        layer.forward(X + 1)
    layer.max_rounds = 1000
    assert layer.backward(dA).tolist() == dX.tolist()
    assert layer.grads["W"].tolist() == W.tolist()


def test_backward_before_forward_is_explained():
    layer = FixedPoint(2, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="Needed: ") as caught:
        layer.backward(np.ones((1, 3)))
    assert str(caught.value) == (
        "FixedPoint.backward: forward has not run.\n"
        "  Needed: forward(X) first; backward goes its way back.\n"
        "  Hint: was forward called on another layer?"
    )


def test_wrong_shapes_are_explained():
    layer, X, dA = resting(0, 5, 2, 4)
    with pytest.raises(ShapeError, match="columns") as caught:
        layer.forward(X.T)
    assert str(caught.value) == (
        "FixedPoint.forward: X has shape (2, 5).\n"
        "  Needed: (n, n_in) with n_in = 2.\n"
        "  Hint: rows are samples. X.T has a fitting shape; are samples in "
        "columns?"
    )
    layer.forward(X)
    with pytest.raises(ShapeError, match="dA has shape \\(5, 3\\)"):
        layer.backward(dA[:, :3])


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ((0, 1), "FixedPoint: n_in is 0."),
        ((1, 1.5), "FixedPoint: n_out is 1.5."),
        ((1, 1, None, 0), "FixedPoint: max_rounds is 0."),
    ],
)
def test_sizes_are_counts(sizes, said):
    n_in, n_out, *others = sizes
    with pytest.raises(
        ValueError, match="Needed: a whole number above 0"
    ) as e:
        FixedPoint(n_in, n_out, np.random.default_rng(0), *others[1:])
    assert str(e.value).startswith(said)
