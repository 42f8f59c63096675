"""initializers: sizes, deviations, rotations, and what rng is for."""

import numpy as np
import pytest

from nnlib.initializers import (
    he_init,
    normal_init,
    orthogonal_init,
    xavier_init,
    zeros_init,
)

RANDOM = [normal_init, xavier_init, he_init, orthogonal_init]
SIZES = [(1, 1), (1, 5), (5, 1), (3, 7), (7, 3), (4, 4)]
# Not square, so that n_in and n_out cannot be exchanged unseen.
DEVIATIONS = [
    (normal_init, 400, 100, 0.01),
    (xavier_init, 400, 100, (2 / 500) ** 0.5),
    (xavier_init, 100, 400, (2 / 500) ** 0.5),
    (he_init, 400, 100, (2 / 400) ** 0.5),
    (he_init, 100, 400, (2 / 100) ** 0.5),
    (he_init, 1, 40_000, 2**0.5),
    (xavier_init, 1, 40_000, (2 / 40_001) ** 0.5),
]


def generator(seed=0):
    return np.random.default_rng(seed)


# --- sizes and chance -------------------------------------------------------


@pytest.mark.parametrize("init", [zeros_init, *RANDOM])
@pytest.mark.parametrize("size", SIZES)
def test_there_is_a_row_for_every_input_and_a_column_for_every_output(
    init, size
):
    W = init(*size, generator())
    assert W.shape == size
    assert W.dtype == np.float64


@pytest.mark.parametrize("init", [zeros_init, *RANDOM])
def test_whole_floats_and_numpy_integers_are_sizes(init):
    W = init(3, 2, generator())
    for size in ((3.0, 2.0), (np.int64(3), np.uint8(2))):
        assert np.array_equal(init(*size, generator()), W)


@pytest.mark.parametrize("init", RANDOM)
@pytest.mark.parametrize("size", SIZES)
def test_a_generator_in_the_same_state_draws_the_same(init, size):
    one, other = generator(5), generator(5)
    first, second = init(*size, one), init(*size, one)
    assert np.array_equal(init(*size, other), first)
    assert np.array_equal(init(*size, other), second)
    if init is not orthogonal_init or size != (1, 1):
        assert not np.array_equal(first, second)
        assert not np.array_equal(init(*size, generator(6)), first)


@pytest.mark.parametrize("init", RANDOM)
def test_other_randomness_is_left_alone(init):
    """No initializer touches numpy's hidden global generator."""
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    init(3, 2, generator())
    assert np.random.get_state()[1].tolist() == before


def test_zeros_are_zeros_and_draw_nothing():
    rng = generator()
    state = rng.bit_generator.state
    assert not zeros_init(3, 2, rng).any()
    assert rng.bit_generator.state == state
    assert zeros_init(3, 2).shape == (3, 2)


@pytest.mark.parametrize("init", [zeros_init, *RANDOM])
def test_the_weights_are_the_callers_to_change(init):
    W = init(3, 2, generator())
    W += 1.0
    assert np.array_equal(init(3, 2, generator()) + 1.0, W)


# --- deviations -------------------------------------------------------------


@pytest.mark.parametrize(("init", "n_in", "n_out", "deviation"), DEVIATIONS)
def test_draws_have_the_deviation_that_is_promised(
    init, n_in, n_out, deviation
):
    """40,000 draws: the deviation is off by 0.35 %, the mean by 0.5 %."""
    W = init(n_in, n_out, generator())
    assert W.std() == pytest.approx(deviation, rel=0.015)
    assert abs(W.mean()) < 0.02 * deviation


@pytest.mark.parametrize("init", [normal_init, xavier_init, he_init])
def test_draws_are_normal(init):
    """68.3 % within one deviation, 95.4 % within two."""
    W = init(200, 200, generator())
    shares = [np.mean(np.abs(W) < k * W.std()) for k in (1, 2)]
    assert shares == pytest.approx([0.683, 0.954], abs=0.01)


def test_scale_is_the_deviation():
    W = normal_init(200, 200, generator(), scale=3.0)
    assert W.std() == pytest.approx(3.0, rel=0.015)
    assert not normal_init(3, 2, generator(), 0).any()


def test_he_keeps_the_size_of_activations_under_relu():
    """And half the deviation loses three quarters at each layer."""
    rng = generator()
    A = rng.normal(size=(200, 300))
    before = np.mean(A**2)
    for _ in range(10):
        A = np.maximum(A @ he_init(300, 300, rng), 0)
    # Half of every layer is 0, and the rest makes up for it.
    assert 0.5 < np.mean(A**2) / (before / 2) < 4


# --- orthogonal_init --------------------------------------------------------


@pytest.mark.parametrize("size", [*SIZES, (40, 30), (30, 40)])
@pytest.mark.parametrize("seed", range(3))
def test_the_shorter_side_is_orthonormal(size, seed):
    n_in, n_out = size
    Q = orthogonal_init(n_in, n_out, generator(seed))
    product = Q.T @ Q if n_in >= n_out else Q @ Q.T
    assert np.allclose(product, np.eye(min(size)), rtol=0, atol=1e-13)


def test_a_rotation_keeps_lengths_and_angles_however_often():
    rng = generator()
    Q, X = orthogonal_init(20, 20, rng), rng.normal(size=(5, 20))
    turned = X
    for _ in range(100):
        turned = turned @ Q
    assert np.allclose(turned @ turned.T, X @ X.T, rtol=0, atol=1e-11)


def test_more_room_keeps_lengths_and_less_room_never_adds_any():
    rng = generator()
    X = rng.normal(size=(5, 8))
    wider, narrower = orthogonal_init(8, 20, rng), orthogonal_init(8, 3, rng)
    lengths = np.linalg.norm(X, axis=1)
    assert np.allclose(np.linalg.norm(X @ wider, axis=1), lengths)
    assert (np.linalg.norm(X @ narrower, axis=1) < lengths).all()


def test_every_rotation_is_equally_likely():
    """QR alone prefers a sign: of 1 x 1 it would return one of the two."""
    rng = generator()
    signs = [orthogonal_init(1, 1, rng).item() for _ in range(400)]
    assert set(signs) == {-1.0, 1.0}
    assert abs(np.mean(signs)) < 0.2
    draws = np.array([orthogonal_init(3, 3, rng) for _ in range(400)])
    assert np.abs(draws.mean(axis=0)).max() < 0.15
    turns = np.linalg.det(draws)
    assert abs(turns.mean()) < 0.2


# --- errors -----------------------------------------------------------------


def said(function, *args):
    """Return the message of a call that has to fail."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(*args)
    return str(caught.value)


@pytest.mark.parametrize("init", [zeros_init, *RANDOM])
@pytest.mark.parametrize("name", ["n_in", "n_out"])
@pytest.mark.parametrize(
    ("size", "came", "hint"),
    [
        (0, "0", "the smallest is 1."),
        (-2, "-2", "the smallest is 1."),
        (None, "None", "the smallest is 1."),
        ("3", "'3'", "the smallest is 1."),
        ((3, 2), "an array of shape (2,)", "the smallest is 1."),
        (2.5, "2.5", "int({}) cuts off the fraction."),
    ],
)
def test_a_size_is_a_whole_number_above_0(init, name, size, came, hint):
    sizes = {"n_in": 3, "n_out": 3, name: size}
    assert said(init, *sizes.values(), generator()) == (
        f"{init.__name__}: {name} is {came}.\n"
        "  Needed: a whole number above 0.\n"
        f"  Hint: {hint.format(name)}"
    )


@pytest.mark.parametrize("init", RANDOM)
@pytest.mark.parametrize("rng", [None, 0, "0"])
def test_rng_is_a_generator(init, rng):
    """And "where" is the function that was called, not one inside it."""
    assert said(init, 3, 2, rng) == (
        f"{init.__name__}: rng is {rng!r}.\n"
        "  Needed: a numpy random Generator.\n"
        "  Hint: make one, rng = np.random.default_rng(0), and pass it to "
        "every call."
    )


@pytest.mark.parametrize("init", RANDOM)
def test_numpys_old_generators_are_not_taken(init):
    assert "Needed: a numpy random Generator.\n" in said(
        init, 3, 2, np.random.RandomState(0)
    )


@pytest.mark.parametrize(
    ("scale", "came"), [(np.nan, "nan"), (np.inf, "inf"), ("big", "'big'")]
)
def test_scale_is_a_number(scale, came):
    assert said(normal_init, 3, 2, generator(), scale) == (
        f"normal_init: scale is {came}.\n"
        "  Needed: one finite number.\n"
        "  Hint: 0.5 would do, for example."
    )


@pytest.mark.parametrize("init", RANDOM)
def test_a_call_that_fails_draws_nothing(init):
    rng = generator()
    state = rng.bit_generator.state
    said(init, 3, 0, rng)
    assert rng.bit_generator.state == state
