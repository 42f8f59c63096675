"""activations: values, laws, slopes against nudges, and extreme scores."""

import inspect
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nnlib import activations
from nnlib.activations import (
    SLOPES,
    gelu,
    gelu_prime,
    identity,
    identity_prime,
    leaky_relu,
    leaky_relu_prime,
    relu,
    relu_prime,
    sigmoid,
    sigmoid_prime,
    softmax,
    softmax_prime,
    step,
    step_prime,
    tanh,
    tanh_prime,
)

# Laws of arithmetic show in a few examples; no deadline, for slow machines.
quick = settings(max_examples=25, deadline=None)
FUNCTIONS = [*SLOPES, *SLOPES.values()]
BY_ENTRY = [f for f in SLOPES if f is not softmax]
KINKED = (step, relu, leaky_relu)
EXTREMES = [-1e4, -1000.0, -100.0, -0.0, 0.0, 100.0, 1000.0, 1e4]


def gelu_by_hand(z):
    u = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
    return z / 2 * (1 + math.tanh(u))


# The definitions once more, for one number, in plain Python.
BY_HAND = {
    step: lambda z: 1.0 if z >= 0 else 0.0,
    identity: lambda z: z,
    sigmoid: lambda z: 1 / (1 + math.exp(-z)),
    tanh: lambda z: (
        (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z))
    ),
    relu: lambda z: z if z > 0 else 0.0,
    leaky_relu: lambda z: z if z > 0 else z / 100,
    gelu: gelu_by_hand,
}


def each(functions):
    return pytest.mark.parametrize("f", functions, ids=lambda f: f.__name__)


def scores(*shape, bound=30.0):
    """Arrays of scores; of any shape, if none is given."""
    return arrays(
        np.float64,
        shape or array_shapes(max_dims=3, max_side=4),
        elements=st.floats(-bound, bound),
    )


def draws(*shape):
    """Scores that are the same in every run, and none near a kink."""
    Z = np.random.default_rng(0).normal(scale=2.0, size=shape)
    return np.where(np.abs(Z) < 0.01, 0.5, Z)


# --- the table --------------------------------------------------------------


def test_every_activation_is_in_the_table_beside_its_slope():
    members = dict(inspect.getmembers(activations, inspect.isfunction))
    primes = {name for name in members if name.endswith("_prime")}
    found = {f.__name__: slope.__name__ for f, slope in SLOPES.items()}
    assert found == {name.removesuffix("_prime"): name for name in primes}
    assert len(found) == 8


# --- values -----------------------------------------------------------------


@each(BY_ENTRY)
@quick
@given(scores())
def test_values_agree_with_the_definition(f, Z):
    expected = [BY_HAND[f](z) for z in Z.ravel().tolist()]
    assert f(Z).shape == Z.shape
    assert f(Z).ravel().tolist() == pytest.approx(
        expected, rel=1e-12, abs=1e-14
    )


@quick
@given(scores(3, 4))
def test_softmax_agrees_with_the_definition(Z):
    for row, shares in zip(Z.tolist(), softmax(Z).tolist(), strict=True):
        weights = [math.exp(z) for z in row]
        expected = [weight / math.fsum(weights) for weight in weights]
        assert shares == pytest.approx(expected, rel=1e-12)


def test_values_at_0():
    values = {f.__name__: float(f(0.0)) for f in BY_ENTRY}
    assert values == {
        "step": 1.0,
        "identity": 0.0,
        "sigmoid": 0.5,
        "tanh": 0.0,
        "relu": 0.0,
        "leaky_relu": 0.0,
        "gelu": 0.0,
    }


def test_slopes_at_0():
    """A kink has two slopes; the book takes the left one."""
    slopes = {f.__name__: float(SLOPES[f](0.0)) for f in BY_ENTRY}
    assert slopes == {
        "step": 0.0,
        "identity": 1.0,
        "sigmoid": 0.25,
        "tanh": 1.0,
        "relu": 0.0,
        "leaky_relu": 0.01,
        "gelu": 0.5,
    }
    assert relu_prime([-0.0, 0.0, 5e-324]).tolist() == [0.0, 0.0, 1.0]
    assert leaky_relu_prime([-0.0, 5e-324]).tolist() == [0.01, 1.0]
    assert step([-0.0, -5e-324]).tolist() == [1.0, 0.0]


# --- laws -------------------------------------------------------------------


@quick
@given(scores(bound=1000.0))
def test_sigmoid_of_minus_z_is_one_minus_sigmoid_of_z(Z):
    assert np.allclose(sigmoid(-Z), 1 - sigmoid(Z), rtol=0, atol=1e-15)


@quick
@given(scores(bound=1000.0))
def test_tanh_is_a_stretched_sigmoid(Z):
    assert np.allclose(tanh(Z), 2 * sigmoid(2 * Z) - 1, rtol=0, atol=1e-15)


@each([sigmoid, tanh, relu, leaky_relu, step, identity])
@quick
@given(scores(6))
def test_a_higher_score_never_has_a_lower_value(f, Z):
    assert (np.diff(f(np.sort(Z))) >= 0).all()


@quick
@given(scores(bound=1000.0))
def test_two_halves_of_a_bend_make_a_line(Z):
    assert np.array_equal(relu(Z) - relu(-Z), Z)
    assert np.allclose(gelu(Z) - gelu(-Z), Z, rtol=1e-14, atol=1e-15)
    assert np.allclose(leaky_relu(Z), relu(Z) - 0.01 * relu(-Z), rtol=1e-14)


@quick
@given(scores())
def test_gelu_is_z_times_the_share_of_normal_draws_below_it(Z):
    """Its tanh is an approximation; Hendrycks and Gimpel give both."""
    shares = [0.5 * (1 + math.erf(z / math.sqrt(2))) for z in Z.ravel()]
    assert np.abs(gelu(Z).ravel() - Z.ravel() * shares).max() < 5e-4


@quick
@given(scores(bound=1000.0))
def test_slopes_stay_within_their_bounds(Z):
    assert (sigmoid_prime(Z) >= 0).all()
    assert (sigmoid_prime(Z) <= 0.25).all()
    assert (tanh_prime(Z) >= 0).all()
    assert (tanh_prime(Z) <= 1).all()


@quick
@given(scores(3, 4, bound=1000.0), scores(3, 1, bound=1000.0))
@example(np.array([[-625.9, 94.2, 0.0, 0.0]]), np.array([[310.0]]))
def test_softmax_ignores_a_shift_of_a_row(Z, shift):
    # z + shift is rounded: an error of 1e-13 in a score of 1000. Below 1e-308
    # floats lose their digits one by one; there it may be the last one left.
    last = 2 * np.finfo(float).smallest_subnormal
    assert np.allclose(softmax(Z + shift), softmax(Z), rtol=1e-11, atol=last)


@quick
@given(scores(2, 3, 4, bound=1000.0))
def test_softmax_is_a_distribution_in_every_row(Z):
    P = softmax(Z)
    assert (P >= 0).all()
    assert np.allclose(P.sum(axis=-1), 1, rtol=0, atol=1e-15)


@quick
@given(scores(3, 4), st.permutations(range(4)))
def test_softmax_follows_the_order_of_the_columns(Z, order):
    assert np.allclose(softmax(Z[:, order]), softmax(Z)[:, order], rtol=1e-14)


@quick
@given(scores(3, 4), st.permutations(range(3)))
def test_softmax_of_a_row_knows_no_other_row(Z, order):
    assert np.array_equal(softmax(Z[order]), softmax(Z)[order])
    assert np.array_equal(softmax(Z[0]), softmax(Z)[0])


@quick
@given(scores(3, 2))
def test_softmax_of_two_is_the_sigmoid_of_their_difference(Z):
    P = softmax(Z)
    assert np.allclose(P[:, 1], sigmoid(Z[:, 1] - Z[:, 0]), atol=1e-15)


def test_softmax_of_one_column_is_one():
    assert softmax([[3.0], [-1000.0]]).tolist() == [[1.0], [1.0]]


def test_a_score_of_minus_infinity_has_no_share():
    assert softmax([-np.inf, 0.0, 0.0]).tolist() == [0.0, 0.5, 0.5]


# --- slopes -----------------------------------------------------------------


@each(BY_ENTRY)
def test_slopes_agree_with_nudges(f):
    Z, h = draws(50, 3), 1e-5
    nudged = (f(Z + h) - f(Z - h)) / (2 * h)
    assert np.allclose(SLOPES[f](Z), nudged, rtol=1e-8, atol=1e-9)


@each([f for f in BY_ENTRY if f not in KINKED])
@quick
@given(scores(3))
def test_slopes_of_smooth_curves_agree_with_nudges_everywhere(f, Z):
    h = 1e-5
    nudged = (f(Z + h) - f(Z - h)) / (2 * h)
    assert np.allclose(SLOPES[f](Z), nudged, rtol=1e-7, atol=1e-8)


def test_softmax_slopes_agree_with_nudges():
    Z, h = draws(5, 4), 1e-5
    nudged = np.empty((5, 4, 4))
    for j, nudge in enumerate(h * np.eye(4)):
        nudged[:, :, j] = (softmax(Z + nudge) - softmax(Z - nudge)) / (2 * h)
    assert np.allclose(softmax_prime(Z), nudged, rtol=1e-8, atol=1e-10)


def test_softmax_slopes_have_a_matrix_for_every_row():
    Z = draws(2, 3, 4)
    slopes = softmax_prime(Z)
    assert slopes.shape == (2, 3, 4, 4)
    assert np.array_equal(slopes[1, 2], softmax_prime(Z[1, 2]))
    # What one share gains, the others lose.
    assert np.allclose(slopes.sum(axis=-1), 0, atol=1e-15)
    assert np.allclose(slopes.sum(axis=-2), 0, atol=1e-15)


@each(SLOPES)
@quick
@given(scores(2, 3, bound=1000.0))
def test_the_slope_is_the_same_with_the_activation_at_hand(f, Z):
    assert np.array_equal(SLOPES[f](Z, f(Z)), SLOPES[f](Z))


# --- extreme scores, memory, kinds of input ---------------------------------


@each(FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_overflows_and_the_dtype_stays(f, dtype):
    """Warnings are errors here, so a silent overflow would be heard."""
    Z = np.array([EXTREMES, EXTREMES[::-1]], dtype=dtype)
    out = f(Z)
    assert out.dtype == dtype
    assert np.isfinite(out).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_ends_are_reached(dtype):
    Z = np.array([-1000, 1000], dtype)
    assert sigmoid(Z).tolist() == [0, 1]
    assert tanh(Z).tolist() == [-1, 1]
    assert relu(Z).tolist() == [0, 1000]
    assert leaky_relu(Z).tolist() == [-10, 1000]
    assert gelu(Z).tolist() == [0, 1000]
    assert softmax(Z).tolist() == [0, 1]
    assert sigmoid_prime(Z).tolist() == [0, 0]
    assert tanh_prime(Z).tolist() == [0, 0]
    assert gelu_prime(Z).tolist() == [0, 1]
    assert softmax_prime(Z).tolist() == [[0, 0], [0, 0]]
    assert step_prime(Z).tolist() == [0, 0]
    assert identity_prime(Z).tolist() == [1, 1]


@each(FUNCTIONS)
def test_float32_comes_close_to_float64(f):
    Z = draws(20, 5).astype(np.float32)
    assert f(Z).dtype == np.float32
    assert np.allclose(f(Z), f(Z.astype(float)), rtol=1e-5, atol=1e-6)


@each(FUNCTIONS)
def test_a_layout_in_memory_makes_no_difference(f):
    Z = draws(4, 6)
    expected = f(Z)
    wide = np.zeros((8, 18))
    wide[::2, ::3] = Z
    for same in (
        np.asfortranarray(Z),
        wide[::2, ::3],
        np.ascontiguousarray(Z.T).T,
        Z[::-1].copy()[::-1],
        Z.tolist(),
    ):
        assert np.allclose(f(same), expected, rtol=1e-14, atol=1e-15)


@each(FUNCTIONS)
def test_lists_integers_and_booleans_are_taken_as_floats(f):
    expected = f(np.array([[1.0, 0.0, 1.0]]))
    for same in (
        [[1, 0, 1]],
        ((True, False, True),),
        np.array([[1, 0, 1]], dtype=np.uint8),
        np.array([[1, 0, 1]], dtype=np.int64),
    ):
        assert f(same).dtype == np.float64
        assert np.array_equal(f(same), expected)


@each(FUNCTIONS)
def test_negative_integers_stay_negative(f):
    Z = np.array([[-3, -1, 2]])
    assert np.array_equal(f(Z), f(Z.astype(float)))


@each(FUNCTIONS)
@pytest.mark.parametrize("shape", [(1, 1), (0, 3), (5,), (2, 3, 4)])
def test_the_shape_stays(f, shape):
    extra = shape[-1:] if f is softmax_prime else ()
    assert f(np.ones(shape)).shape == shape + extra


@each(SLOPES)
def test_what_is_passed_in_stays_as_it_was(f):
    """A read-only array raises at once if somebody writes to it."""
    Z = draws(3, 4)
    A = f(Z).copy()
    Z.setflags(write=False)
    A.setflags(write=False)
    before = Z.copy(), A.copy()
    f(Z)
    SLOPES[f](Z)
    SLOPES[f](Z, A)
    assert np.array_equal(Z, before[0])
    assert np.array_equal(A, before[1])


@each([f for f in FUNCTIONS if f is not identity])
def test_the_result_is_an_array_of_its_own(f):
    Z = np.array([[1.0, 2.0]])
    assert not np.shares_memory(f(Z), Z)


# --- errors -----------------------------------------------------------------

# Only slopes that look at Z can object to it.
NOT_NUMBERS = [
    ([["a", "b"]], "is list of dtype <U1"),
    (None, "is NoneType of dtype object"),
    ([[1.0], [1.0, 2.0]], "holds rows of different lengths"),
]


@each(FUNCTIONS)
@pytest.mark.parametrize(("value", "came"), NOT_NUMBERS)
def test_what_is_not_numbers_is_named(f, value, came):
    """And the function that speaks is the curve or its slope."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        f(value)
    where = f.__name__
    if f in (sigmoid_prime, tanh_prime, softmax_prime):
        where = where.removesuffix("_prime")  # they begin with A = f(Z)
    assert str(caught.value) == (
        f"{where}: Z {came}.\n"
        "  Needed: an array of numbers.\n"
        "  Hint: np.array(Z, dtype=float) must work on it; look for text, "
        "None or a row that is too short."
    )
