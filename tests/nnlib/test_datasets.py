"""datasets: shapes, labels, chance that can be repeated, every message."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib.datasets import (
    blobs,
    circles,
    digits,
    moons,
    spirals,
    train_test_split,
    xor,
)

PLANES = [blobs, moons, circles, xor, spirals]
NOISY = [moons, circles, xor, spirals]
on_every_plane = pytest.mark.parametrize("make", PLANES)
seeds = st.integers(0, 2**32 - 1)


def generator(seed=0):
    return np.random.default_rng(seed)


def error(function, *args, **kwargs):
    """Return the message of a call that has to fail."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(*args, **kwargs)
    return str(caught.value)


# --- points on a plane ------------------------------------------------------


@on_every_plane
@given(n=st.integers(1, 60), seed=seeds)
def test_n_points_on_a_plane_in_two_classes_of_one_size(make, n, seed):
    X, y = make(n, generator(seed))
    assert X.shape == (n, 2)
    assert X.dtype == float
    assert np.isfinite(X).all()
    assert y.shape == (n,)
    assert y.dtype == int
    assert set(y.tolist()) <= {0, 1}
    assert abs(np.sum(y == 0) - np.sum(y == 1)) <= 1


@on_every_plane
def test_one_point_is_of_class_0(make):
    X, y = make(1, generator())
    assert X.shape == (1, 2)
    assert y.tolist() == [0]


@on_every_plane
@given(seed=seeds)
def test_the_same_state_gives_the_same_points(make, seed):
    first, second = make(7, generator(seed)), make(7, generator(seed))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


@on_every_plane
@given(seed=seeds)
def test_another_state_gives_other_points(make, seed):
    rng = generator(seed)
    X, _ = make(7, rng)
    moved_on, _ = make(7, rng)
    other, _ = make(7, generator(seed + 1))
    assert not np.isin(X, moved_on).any()
    assert not np.isin(X, other).any()


@on_every_plane
def test_global_chance_is_left_alone(make):
    before = np.random.get_state()[1].copy()
    make(7, generator())
    assert np.array_equal(np.random.get_state()[1], before)


@on_every_plane
def test_a_whole_float_counts_points(make):
    assert len(make(np.float64(5), generator())[0]) == 5


@given(st.integers(0, 64).map(lambda k: k / 8))
def test_blobs_are_as_far_apart_as_they_are_told(distance):
    near, y = blobs(8, generator(), distance=0.0)
    far, _ = blobs(8, generator(), distance=distance)
    centres = far - near
    gap = centres[y == 1][:, np.newaxis] - centres[y == 0]
    assert np.hypot(gap[..., 0], gap[..., 1]) == pytest.approx(distance)


def test_blobs_have_spread_1():
    X, _ = blobs(20_000, generator(), distance=0.0)
    assert X.std(axis=0) == pytest.approx([1, 1], abs=0.02)
    assert X.mean(axis=0) == pytest.approx([0, 0], abs=0.03)


def test_moons_are_two_half_circles_of_radius_1():
    X, y = moons(60, generator(), noise=0)
    upper = X[y == 0] - [-0.5, -0.25]
    lower = X[y == 1] - [0.5, 0.25]
    assert np.hypot(*upper.T) == pytest.approx(1)
    assert np.hypot(*lower.T) == pytest.approx(1)
    assert (upper[:, 1] >= 0).all()
    assert (lower[:, 1] <= 0).all()


@pytest.mark.parametrize("inner", [0.25, 0.5, 1.0])
def test_circles_have_the_radii_they_are_told(inner):
    X, y = circles(60, generator(), noise=0, inner=inner)
    assert np.hypot(*X.T) == pytest.approx(np.where(y == 1, inner, 1.0))


def test_xor_is_1_where_one_coordinate_is():
    X, y = xor(11, generator(), noise=0)
    assert y.tolist() == (X[:, 0] != X[:, 1]).astype(int).tolist()
    assert {tuple(x) for x in X.tolist()} == {(0, 0), (0, 1), (1, 0), (1, 1)}


@pytest.mark.parametrize("turns", [0.5, 1.5])
def test_spirals_turn_as_often_as_they_are_told(turns):
    X, y = spirals(200, generator(), noise=0, turns=turns)
    radius = np.hypot(*X.T)
    angle = 2 * np.pi * turns * radius + np.pi * y
    assert radius.max() <= 1
    assert X[:, 0] == pytest.approx(radius * np.cos(angle))
    assert X[:, 1] == pytest.approx(radius * np.sin(angle))


@pytest.mark.parametrize("make", NOISY)
def test_noise_is_a_standard_deviation(make):
    # The points themselves are drawn before the noise: they stay.
    clean, _ = make(20_000, generator(), noise=0)
    noisy, _ = make(20_000, generator(), noise=0.25)
    assert (noisy - clean).std(axis=0) == pytest.approx([0.25, 0.25], abs=0.01)


@on_every_plane
@pytest.mark.parametrize("n", [0, -1, 2.5, None, [4]])
def test_n_has_to_be_a_count(make, n):
    came = "an array of shape (1,)" if n == [4] else n
    assert error(make, n, generator()).startswith(
        f"{make.__name__}: n is {came}.\n"
        "  Needed: a whole number above 0.\n"
        "  Hint: "
    )


def test_half_a_point():
    assert error(blobs, 2.5, generator()) == (
        "blobs: n is 2.5.\n"
        "  Needed: a whole number above 0.\n"
        "  Hint: int(n) cuts off the fraction."
    )


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (blobs, "distance"),
        (moons, "noise"),
        (circles, "noise"),
        (circles, "inner"),
        (xor, "noise"),
        (spirals, "noise"),
        (spirals, "turns"),
    ],
)
@pytest.mark.parametrize("value", [np.nan, np.inf, None])
def test_other_arguments_have_to_be_numbers(make, name, value):
    needed = "one number above 0" if name == "turns" else "one finite number"
    assert error(make, 4, generator(), **{name: value}).startswith(
        f"{make.__name__}: {name} is {value}.\n  Needed: {needed}.\n  Hint: "
    )


def test_spirals_have_to_turn():
    assert error(spirals, 4, generator(), turns=0).startswith(
        "spirals: turns is 0.\n  Needed: one number above 0.\n  Hint: "
    )


@pytest.mark.parametrize("make", NOISY)
def test_a_standard_deviation_is_not_negative(make):
    assert error(make, 4, generator(), noise=-0.5).startswith(
        f"{make.__name__}: noise is -0.5.\n  Needed: "
    )


@pytest.mark.parametrize("make", [*PLANES, "split"])
@pytest.mark.parametrize("rng", [None, 0, np.random.RandomState(0), np.random])
def test_chance_has_to_be_a_generator(make, rng):
    if make == "split":
        name = "train_test_split"
        said = error(train_test_split, np.zeros((4, 2)), np.zeros(4), rng)
    else:
        name = make.__name__
        said = error(make, 4, rng)
    assert said == (
        f"{name}: rng is {rng!r}.\n"
        "  Needed: a numpy random Generator.\n"
        "  Hint: make one, rng = np.random.default_rng(0), and pass it to "
        "every call."
    )


@on_every_plane
def test_chance_cannot_be_left_out(make):
    with pytest.raises(TypeError, match="rng"):
        make(4)


# --- digits -----------------------------------------------------------------


def test_all_digits():
    X, y = digits()
    assert X.shape == (1797, 64)
    assert y.shape == (1797,)
    assert y.dtype == int
    assert (X.min(), X.max()) == (0.0, 1.0)
    assert np.bincount(y).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180
    ]  # fmt: skip


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 9), min_size=1, unique=True))
def test_the_order_of_the_classes_decides_the_labels(classes):
    X_all, y_all = digits()
    X, y = digits(classes)
    for place, digit in enumerate(classes):
        assert np.array_equal(X[y == place], X_all[y_all == digit])
    assert set(y.tolist()) == set(range(len(classes)))
    assert len(X) == len(y)


def test_exchanged_classes_exchange_the_labels():
    X, y = digits((0, 1))
    X_turned, y_turned = digits((1, 0))
    assert np.array_equal(X, X_turned)
    assert np.array_equal(y, 1 - y_turned)


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_classes_may_be_any_sequence(kind):
    assert len(digits(kind([3, 8]))[0]) == 357


@pytest.mark.parametrize(
    "classes", [[], [3, 3], [10], [-1, 3], [0.5], ["3", "8"], [None]]
)
def test_what_is_not_digits(classes):
    assert error(digits, classes) == (
        f"digits: classes is {classes}.\n"
        "  Needed: digits from 0 to 9, each at most once.\n"
        "  Hint: digits(classes=(3, 8)) tells threes from eights."
    )


@pytest.mark.parametrize("classes", [3, None, [[3], [8]]])
def test_one_digit_alone_is_explained_as_well(classes):
    assert error(digits, classes) == (
        f"digits: classes is {classes}.\n"
        "  Needed: digits from 0 to 9, each at most once.\n"
        "  Hint: digits(classes=(3, 8)) tells threes from eights."
    )


# --- train_test_split -------------------------------------------------------


@given(st.integers(2, 60), st.integers(1, 7).map(lambda k: k / 8), seeds)
def test_a_split_loses_nothing_and_doubles_nothing(n, fraction, seed):
    if not 0 < round(n * fraction) < n:
        fraction = 0.5
    X = np.column_stack([np.arange(n), -np.arange(n)])
    y = 10 * np.arange(n)
    X_train, y_train, X_test, y_test = train_test_split(
        X, y, generator(seed), fraction
    )
    assert len(X_test) == round(n * fraction)
    both = np.concatenate([X_train, X_test])
    assert sorted(both[:, 0].tolist()) == list(range(n))
    for rows, labels in ((X_train, y_train), (X_test, y_test)):
        assert labels.tolist() == (10 * rows[:, 0]).tolist()
        assert (rows[:, 1] == -rows[:, 0]).all()


def test_a_split_depends_on_the_generator_alone():
    X, y = np.arange(40), np.arange(40)
    first, again, other = (
        train_test_split(X, y, generator(seed))[0].tolist()
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other
    assert first != sorted(first)


def test_a_split_leaves_what_it_is_given():
    X, y = np.arange(8), np.arange(8)
    for part in train_test_split(X, y, generator()):
        part[:] = -1
    assert X.tolist() == y.tolist() == list(range(8))


def test_a_split_takes_lists():
    X, y = [[1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1]
    listed = train_test_split(X, y, generator())
    arrays = train_test_split(np.array(X), np.array(y), generator())
    for one, other in zip(listed, arrays, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("n", "n_labels", "fraction", "aside"),
    [
        (4, 4, 0.0, 0),
        (4, 4, 1.0, 4),
        (4, 4, 1.5, 6),
        (4, 4, -0.5, -2),
        (4, 4, 0.1, 0),
        (1, 1, 0.5, 0),
        (0, 0, 0.5, 0),
    ],
)
def test_a_side_without_rows(n, n_labels, fraction, aside):
    X, y = np.zeros((n, 2)), np.zeros(n_labels)
    assert error(train_test_split, X, y, generator(), fraction) == (
        f"train_test_split: test_fraction {fraction} sets {aside} of {n} "
        "rows aside.\n"
        "  Needed: at least one row on each side.\n"
        "  Hint: test_fraction lies between 0 and 1, such as 0.5."
    )


@pytest.mark.parametrize("n_labels", [0, 3, 5])
def test_rows_without_labels(n_labels):
    """The fraction is right here: the hint has to be about the lengths."""
    X, y = np.zeros((4, 2)), np.zeros(n_labels)
    said = error(train_test_split, X, y, generator())
    assert said.startswith(f"train_test_split: X has 4 rows, y has {n_labels}")
    hint = said.split("Hint: ")[1]
    assert "test_fraction lies between" not in hint


@pytest.mark.parametrize("fraction", [np.nan, None, [0.5]])
def test_the_fraction_has_to_be_a_number(fraction):
    X, y = np.zeros((4, 2)), np.zeros(4)
    assert error(train_test_split, X, y, generator(), fraction).startswith(
        "train_test_split: test_fraction is "
    )
