"""gradcheck: it is right, it finds what is wrong, and it does no harm."""

import copy

import numpy as np
import pytest

from nnlib.activations import tanh
from nnlib.fixed_point import FixedPoint
from nnlib.gradcheck import (
    Comparison,
    gradcheck,
    gradcheck_layer,
    gradient_error,
    numerical_gradient,
)
from nnlib.layers import Activation, Dense, Dropout, Embedding, LayerNorm
from nnlib.losses import mean_squared_error
from nnlib.network import Network
from nnlib.recurrent import GRU, RNN
from nnlib.shapes import ShapeError


def generator(seed=0):
    return np.random.default_rng(seed)


def numbers(*shape, seed=1):
    return generator(seed).standard_normal(shape)


def bumpy(x):
    return float(np.sum(np.sin(x) * x[::-1]) + np.prod(np.cos(x)))


def plain_differences(f, x, h):
    """The same with lists, one number at a time."""
    flat, slopes = x.ravel().tolist(), []
    for i in range(len(flat)):
        up, down = flat.copy(), flat.copy()
        up[i] += h
        down[i] -= h
        above = f(np.array(up).reshape(x.shape))
        below = f(np.array(down).reshape(x.shape))
        slopes.append((above - below) / (2 * h))
    return np.array(slopes).reshape(x.shape)


# --- numerical_gradient -----------------------------------------------------


@pytest.mark.parametrize("shape", [(1,), (4,), (3, 2), (2, 1, 3)])
def test_nudging_agrees_with_a_plain_loop(shape):
    x = numbers(*shape)
    for h in (1e-2, 1e-5):
        found = numerical_gradient(bumpy, x, h)
        expected = plain_differences(bumpy, x, h)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    default = plain_differences(bumpy, x, 1e-5)
    np.testing.assert_allclose(numerical_gradient(bumpy, x), default, 1e-9)


def test_nudging_is_exact_for_parabolas_and_off_by_h_squared_for_cubes():
    x = np.array([3.0, -1.0])
    square = numerical_gradient(lambda x: np.sum(x * x), x, 0.5)
    np.testing.assert_allclose(square, [6.0, -2.0], rtol=1e-12)
    cube = numerical_gradient(lambda x: np.sum(x**3), x, 0.5)
    np.testing.assert_allclose(cube, [27.25, 3.25], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_nudging_leaves_x_unharmed(dtype):
    x = np.array([[1, 2], [3, 4]], dtype=dtype)
    x.setflags(write=False)
    gradient = numerical_gradient(lambda x: np.sum(x * x), x)
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, [[2, 4], [6, 8]], rtol=1e-8)
    assert x.tolist() == [[1, 2], [3, 4]]


def test_nudging_takes_lists_and_single_numbers():
    assert numerical_gradient(lambda x: x @ x, [3.0])[0] == pytest.approx(6)
    slope = numerical_gradient(lambda x: x**2, 3.0)
    assert slope.shape == ()
    assert float(slope) == pytest.approx(6)


@pytest.mark.parametrize("h", [0, -1e-5, np.nan])
def test_a_nudge_is_a_number_above_0(h):
    with pytest.raises(ValueError, match="Needed: ") as caught:
        numerical_gradient(bumpy, np.ones(2), h)
    assert str(caught.value) == (
        f"numerical_gradient: h is {h}.\n"
        "  Needed: one number above 0.\n"
        "  Hint: 0.1 would do, for example."
    )


# --- gradient_error ---------------------------------------------------------


def test_errors_are_relative_to_the_larger_of_the_two():
    found = gradient_error(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    np.testing.assert_allclose(found, [0.0, 0.5])
    found = gradient_error(np.array([4.0, -3.0]), np.array([2.0, 3.0]))
    np.testing.assert_allclose(found, [0.5, 2.0])


def test_entries_near_0_are_measured_by_a_thousandth_of_the_largest():
    a, b = np.array([10.0, 0.0, 0.02]), np.array([10.0, 1e-5, 0.03])
    np.testing.assert_allclose(gradient_error(a, b), [0, 1e-3, 1 / 3])
    np.testing.assert_allclose(gradient_error(b, a), [0, 1e-3, 1 / 3])


def test_two_gradients_of_zeros_agree():
    assert gradient_error(np.zeros(3), np.zeros(3)).tolist() == [0, 0, 0]


# --- gradcheck --------------------------------------------------------------


def test_a_right_gradient_has_a_tiny_error():
    found = gradcheck(lambda x: (np.exp(x).sum(), np.exp(x)), numbers(3, 2))
    assert found.error < 1e-9
    X, Y = numbers(3, 2), numbers(3, 2, seed=2)
    assert gradcheck(lambda x: mean_squared_error(x, Y), X).error < 1e-9


def test_a_forgotten_n_is_found():
    def forgetful(Y_hat):
        value, gradient = mean_squared_error(Y_hat, np.zeros((4, 2)))
        return value, gradient * 4

    found = gradcheck(forgetful, numbers(4, 2), "Y_hat")
    assert found.error == pytest.approx(3 / 4)
    assert found.computed == pytest.approx(4 * found.nudged)
    assert found.where.startswith("Y_hat[")


def test_the_worst_entry_is_named_with_both_numbers():
    def wrong(x):
        slopes = 2 * x
        slopes[1, 2] += 0.5
        slopes[0, 1] += 0.001
        return np.sum(x * x), slopes

    found = gradcheck(wrong, np.arange(1.0, 7.0).reshape(2, 3))
    assert type(found) is Comparison
    assert found.where == "x[1, 2]"
    assert found.nudged == pytest.approx(12.0, abs=1e-9)
    assert found.computed == 12.5
    assert found.error == pytest.approx(0.5 / 12.5)
    assert str(found) == (
        "relative error 4.0e-02 at x[1, 2]: by nudging 12, by the chain "
        "rule 12.5"
    )


def test_a_single_number_has_no_index():
    found = gradcheck(lambda b: (b**2, np.array(2 * b)), 3.0, "b")
    assert found.where == "b"
    assert found.error < 1e-9


@pytest.mark.parametrize(
    "slopes",
    [lambda x: (2 * x).ravel(), lambda x: 2.0, lambda x: 2 * x.T],
    ids=["flat", "one number", "transposed"],
)
def test_a_gradient_of_another_shape_is_refused(slopes):
    """It must not broadcast, nor fail for reasons hard to follow."""
    with pytest.raises(ShapeError, match="Needed: "):
        gradcheck(lambda x: (np.sum(x * x), slopes(x)), np.ones((3, 1)))


def test_a_gradient_that_is_nan_is_the_worst():
    def wrong(x):
        slopes = 2 * x
        slopes[1] = np.nan
        return np.sum(x * x), slopes

    found = gradcheck(wrong, np.ones(3))
    assert found.where == "x[1]"
    assert not found.error <= 1e-7


# --- gradcheck_layer --------------------------------------------------------


class WrongEntry(Dense):
    """One entry of dW is off."""

    def backward(self, dZ, input_gradient=True):
        dX = super().backward(dZ)
        self.grads["W"][1, 0] += 0.5
        return dX


class MeanOverRows(Dense):
    """Divides by n, which is the business of the loss."""

    def backward(self, dZ, input_gradient=True):
        dX = super().backward(dZ)
        self.grads["b"] /= len(dZ)
        return dX


class NotTransposed(Dense):
    def backward(self, dZ, input_gradient=True):
        super().backward(dZ)
        return dZ @ self.params["W"]


class ShiftedColumns(Dense):
    """A constant in dX, which softmax and cross-entropy would hide."""

    def backward(self, dZ, input_gradient=True):
        super().backward(dZ)
        return dZ @ (self.params["W"] + 1).T


class NoMask(Dropout):
    def backward(self, dA, input_gradient=True):
        return dA


class NotANumber(Dense):
    """0/0 in one gradient and no other."""

    broken = "b"

    def backward(self, dZ, input_gradient=True):
        dX = super().backward(dZ)
        broken = dX if self.broken == "X" else self.grads[self.broken]
        broken.flat[0] = np.nan
        return dX


def check(layer, X=None, seed=3):
    X = numbers(5, 3) if X is None else X
    return gradcheck_layer(layer, X, generator(seed))


def test_right_layers_have_tiny_errors():
    rng = generator()
    for layer in (
        Dense(3, 2, rng),
        LayerNorm(3),
        Dropout(0.5, rng),
        Network([Dense(3, 4, rng), Activation(tanh)], dtype=float),
    ):
        found = check(layer)
        assert type(found) is Comparison
        assert found.error < 1e-8


def test_one_wrong_entry_is_named():
    found = check(WrongEntry(3, 2, generator()))
    assert found.where == "W[1, 0]"
    assert found.computed == pytest.approx(found.nudged + 0.5)
    size = max(abs(found.nudged), abs(found.computed))
    assert found.error == pytest.approx(0.5 / size)


def test_a_parameter_inside_a_network_is_named_by_its_way():
    rng = generator()
    layers = [Dense(3, 3, rng), Network([WrongEntry(3, 2, rng)])]
    assert check(Network(layers, float)).where == "1.0.W[1, 0]"


@pytest.mark.parametrize(
    ("layer", "part"),
    [
        (MeanOverRows(3, 2, generator()), "b"),
        (NotTransposed(3, 3, generator()), "X"),
        (ShiftedColumns(3, 3, generator()), "X"),
        (NoMask(0.5, generator()), "X"),
    ],
    ids=lambda value: value if type(value) is str else type(value).__name__,
)
def test_the_part_that_is_wrong_is_named(layer, part):
    found = check(layer)
    assert found.where.partition("[")[0] == part
    assert found.error > 0.1


def test_only_a_projection_finds_a_shift_of_the_columns():
    """With rows of G that sum to 0, as after softmax, it would pass."""
    layer = ShiftedColumns(3, 3, generator())
    X = numbers(4, 3)
    G = numbers(4, 3, seed=2)
    G -= G.mean(axis=1, keepdims=True)
    layer.forward(X)
    right = G @ layer.params["W"].T
    np.testing.assert_allclose(layer.backward(G), right, atol=1e-12)
    assert check(layer).error > 0.1


@pytest.mark.parametrize("part", ["W", "b", "X"])
def test_nan_in_any_part_is_the_worst(part):
    layer = NotANumber(3, 2, generator())
    layer.broken = part
    found = check(layer)
    assert found.where == part + ("[0]" if part == "b" else "[0, 0]")
    assert not found.error <= 1e-7


def test_a_wrong_gradient_of_a_mask_or_a_state_is_found():
    class NoMaskBack(RNN):
        def backward(self, dH, input_gradient=True, dstate=None):
            self._mask = None
            return super().backward(dH, input_gradient, dstate)

    X, mask = numbers(2, 4, 3), np.array([[1, 0, 1, 0], [1, 1, 0, 0]])
    state = numbers(1, 2, 2)
    for kind, is_right in ((RNN, True), (NoMaskBack, False)):
        layer = kind(3, 2, generator())
        for arguments in ((X, mask), (X, mask, state)):
            found = check(layer, arguments)
            assert (found.error < 1e-6) == is_right


def test_arguments_that_are_none_stay_none():
    state = numbers(1, 2, 2)
    layer = GRU(3, 2, generator())
    for arguments in (
        (numbers(2, 4, 3), None),
        (numbers(2, 4, 3), None, state),
    ):
        assert check(layer, arguments).error < 1e-6


def test_tokens_are_not_nudged():
    found = check(Embedding(4, 2, generator()), np.array([[0, 1], [1, 3]]))
    assert found.error < 1e-8
    assert found.where.startswith("E[")


@pytest.mark.parametrize(
    "X",
    [
        [[1, 2, 3], [4, 5, 6]],
        np.array([[1, 2, 3], [4, 5, 6]]),
        np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32),
    ],
    ids=["list", "integers", "float32"],
)
def test_whole_and_single_numbers_are_nudged_as_float64(X):
    assert check(Dense(3, 2, generator()), X).error < 1e-8


def test_float32_is_refused():
    network = Network([Dense(3, 2, generator())])
    with pytest.raises(ValueError, match="Needed: ") as caught:
        check(network)
    assert str(caught.value) == (
        "gradcheck_layer: Network([Dense(3, 2)]) computes in float32.\n"
        "  Needed: float64, for nudges need all its digits.\n"
        "  Hint: Network(layers, dtype=float), and X of floats."
    )


def test_a_check_leaves_layer_input_and_chance_as_they_were():
    rng = generator()
    network = Network(
        [Dense(3, 4, rng), Dropout(0.5, rng), Dense(4, 2, rng)], dtype=float
    )
    X = numbers(5, 3)
    A = network.forward(X)
    expected = network.backward(np.ones_like(A))
    theta, gradient = network.theta.copy(), network.gradient.copy()
    chance, X_before = rng.bit_generator.state, X.copy()
    X.setflags(write=False)
    check(network, X)
    assert np.array_equal(network.theta, theta)
    assert np.array_equal(network.gradient, gradient)
    assert np.array_equal(X, X_before)
    assert rng.bit_generator.state == chance
    # Even the pass under way can be finished.
    assert np.array_equal(network.backward(np.ones_like(A)), expected)


def test_parameters_are_restored_when_a_pass_fails_on_the_way():
    layer = FixedPoint(3, 2, generator())
    layer.params["U"][:] = np.eye(2)
    X, rounds = numbers(2, 3), 1
    while True:  # as many rounds as this X takes, and none to spare
        layer.max_rounds = rounds
        try:
            copy.deepcopy(layer).forward(X)
            break
        except ValueError:
            rounds += 1
    params = copy.deepcopy(layer.params)
    with pytest.raises(ValueError, match="still changing"):
        check(layer, X)
    for name, array in params.items():
        assert np.array_equal(layer.params[name], array), name


def test_the_same_generator_comes_to_the_same_result():
    layer = Dense(3, 2, generator())
    assert check(layer, seed=5) == check(layer, seed=5)
    assert check(layer, seed=5) != check(layer, seed=6)
