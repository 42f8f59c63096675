"""perceptron: the rule's laws, the convergence theorem, every error.

Where a law is exact the numbers are small multiples of 1/8: their sums and
products have no rounding error, so a tie is a tie.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnlib.perceptron import (
    fit_perceptron,
    margin,
    mistake_bound,
    nand_weights,
    next_mistake,
    perceptron_predict,
    perceptron_update,
    xor_from_nand,
)
from nnlib.shapes import ShapeError

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0, 1, 1, 0])
RATES = st.sampled_from([0.125, 0.25, 0.5, 1.0, 2.0, 4.0])
eighths = st.integers(-24, 24).map(lambda k: k / 8)


def grid(*shape):
    return arrays(np.float64, shape, elements=eighths)


def labels(n):
    return arrays(np.int64, n, elements=st.integers(0, 1))


@st.composite
def neurons(draw):
    """X, w, b of fitting shapes."""
    n, n_in = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    return draw(grid(n, n_in)), draw(grid(n_in)), draw(eighths)


@st.composite
def steps(draw):
    """w, b, x, y, learning_rate of one update."""
    n_in = draw(st.integers(1, 4))
    w, x = draw(grid(n_in)), draw(grid(n_in))
    return w, draw(eighths), x, draw(st.integers(0, 1)), draw(RATES)


@st.composite
def batches(draw):
    """X, y, with a line between the classes or without."""
    n, n_in = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    return draw(grid(n, n_in)), draw(labels(n))


@st.composite
def separable(draw):
    """X, y, w, b: no row is on the line of w and b, and y says its side.

    The grid is coarse, so the margin is not tiny and training not long.
    """
    n, n_in = draw(st.integers(1, 8)), draw(st.integers(1, 2))
    halves = st.integers(-3, 3).map(lambda k: k / 2)
    w = draw(arrays(np.float64, n_in, elements=st.integers(-3, 3)))
    b = draw(st.integers(-3, 3))
    X = draw(arrays(np.float64, (n, n_in), elements=halves))
    X = X[X @ w + b != 0]
    assume(len(X) > 0)
    return X, (X @ w + b > 0).astype(int), w, float(b)


def z_of(x, w, b):
    return float(x @ w + b)


# --- perceptron_predict -----------------------------------------------------


@given(neurons())
def test_prediction_agrees_with_a_plain_loop(neuron):
    X, w, b = neuron
    expected = []
    for x in X.tolist():
        z = b
        for weight, value in zip(w.tolist(), x, strict=True):
            z += weight * value
        expected.append(1 if z >= 0 else 0)
    assert perceptron_predict(X, w, b).tolist() == expected


@given(neurons(), st.integers(1, 64).map(lambda k: k / 8))
def test_prediction_ignores_a_positive_factor(neuron, factor):
    X, w, b = neuron
    assert np.array_equal(
        perceptron_predict(X, factor * w, factor * b),
        perceptron_predict(X, w, b),
    )


@given(neurons())
def test_a_negative_factor_exchanges_the_labels_off_the_line(neuron):
    X, w, b = neuron
    off = X @ w + b != 0
    both = perceptron_predict(X, w, b) + perceptron_predict(X, -w, -b)
    assert both.tolist() == np.where(off, 1, 2).tolist()


@given(neurons(), st.randoms(use_true_random=False))
def test_prediction_looks_at_each_row_alone(neuron, random):
    X, w, b = neuron
    order = random.sample(range(len(X)), len(X))
    y_hat = perceptron_predict(X, w, b)
    assert np.array_equal(perceptron_predict(X[order], w, b), y_hat[order])


@given(neurons())
def test_a_point_on_the_line_is_read_as_1(neuron):
    X, w, _ = neuron
    assert perceptron_predict(X[:1], w, -z_of(X[0], w, 0)).tolist() == [1]


@given(neurons())
def test_prediction_is_the_same_for_every_kind_of_input(neuron):
    X, w, b = neuron
    y_hat = perceptron_predict(X, w, b)
    assert y_hat.dtype == int
    assert y_hat.shape == (len(X),)
    for same in (
        (X.tolist(), w.tolist(), b),
        (X.astype(np.float32), w.astype(np.float32), np.float32(b)),
        (np.asfortranarray(X), w[::-1].copy()[::-1], np.array(b)),
    ):
        assert np.array_equal(perceptron_predict(*same), y_hat)


def test_integers_are_numbers():
    X, w = np.array([[1, 2], [3, -4]]), np.array([1, 1])
    assert perceptron_predict(X, w, 0).tolist() == [1, 0]


# --- perceptron_update ------------------------------------------------------


@given(steps())
def test_a_right_answer_changes_nothing(step):
    w, b, x, _, rate = step
    y = int(z_of(x, w, b) >= 0)
    new_w, new_b = perceptron_update(w, b, x, y, rate)
    assert np.array_equal(new_w, w)
    assert new_b == b


@given(steps())
def test_a_mistake_moves_z_by_the_rate_times_length_squared(step):
    w, b, x, _, rate = step
    y = int(z_of(x, w, b) < 0)
    new_w, new_b = perceptron_update(w, b, x, y, rate)
    moved = z_of(x, new_w, new_b) - z_of(x, w, b)
    direction = 1 if y == 1 else -1
    assert moved == direction * rate * (x @ x + 1)


@given(steps())
def test_an_update_moves_the_weights_along_the_input(step):
    w, b, x, y, rate = step
    error = y - int(z_of(x, w, b) >= 0)
    new_w, new_b = perceptron_update(w, b, x, y, rate)
    assert (new_w - w).tolist() == (rate * error * x).tolist()
    assert new_b - b == rate * error


@given(steps())
def test_enough_updates_mend_one_mistake(step):
    """The sample is read right once |z| / (rate (|x|^2 + 1)) is made up."""
    w, b, x, y, rate = step
    for _ in range(int(abs(z_of(x, w, b)) / (rate * (x @ x + 1))) + 1):
        w, b = perceptron_update(w, b, x, y, rate)
    assert perceptron_predict([x], w, b).tolist() == [y]


@given(steps())
def test_update_leaves_what_it_is_given(step):
    w, b, x, y, rate = step
    copies = w.copy(), x.copy()
    w.setflags(write=False)
    x.setflags(write=False)
    new_w, new_b = perceptron_update(w, b, x, y, rate)
    assert np.array_equal(w, copies[0])
    assert np.array_equal(x, copies[1])
    assert not np.shares_memory(new_w, w)
    assert type(new_b) is float


@given(steps())
def test_update_takes_lists_and_keeps_float32(step):
    w, b, x, y, rate = step
    new_w, new_b = perceptron_update(w, b, x, y, rate)
    listed = perceptron_update(w.tolist(), b, x.tolist(), y, rate)
    assert listed[0].tolist() == new_w.tolist()
    assert listed[1] == new_b
    single = perceptron_update(np.float32(w), b, np.float32(x), y, rate)
    assert single[0].dtype == np.float32
    assert single[0].tolist() == new_w.tolist()


# --- fit_perceptron ---------------------------------------------------------


def plain_fit(X, y, epochs, rate):
    """The same training in plain Python, without nnlib and numpy."""
    w, b, mistakes = [0.0] * len(X[0]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            z = sum(p * q for p, q in zip(w, x, strict=True)) + b
            error = label - (1 if z >= 0 else 0)
            if error:
                w = [p + rate * error * q for p, q in zip(w, x, strict=True)]
                b += rate * error
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


@settings(deadline=None)
@given(batches(), st.integers(1, 6), RATES)
def test_fit_agrees_with_plain_python(batch, epochs, rate):
    X, y = batch
    w, b, mistakes = fit_perceptron(X, y, epochs, rate)
    expected = plain_fit(X.tolist(), y.tolist(), epochs, rate)
    assert (w.tolist(), b, mistakes) == expected
    assert type(b) is float
    assert [type(count) for count in mistakes] == [int] * len(mistakes)


@settings(deadline=None)
@given(batches(), RATES)
def test_the_learning_rate_scales_the_weights_and_no_mistake(batch, rate):
    X, y = batch
    w, b, mistakes = fit_perceptron(X, y, 5, 1.0)
    scaled_w, scaled_b, scaled_mistakes = fit_perceptron(X, y, 5, rate)
    assert scaled_mistakes == mistakes
    assert scaled_w.tolist() == (rate * w).tolist()
    assert scaled_b == rate * b


@settings(deadline=None)
@given(batches())
def test_fit_takes_lists_integers_and_float32(batch):
    X, y = batch
    w, b, mistakes = fit_perceptron(X, y, 4, 0.5)
    for same in (
        (X.tolist(), y.tolist()),
        (np.asfortranarray(X), y.astype(bool)),
        (X.astype(np.float32), y.astype(np.float32)),
    ):
        again = fit_perceptron(*same, epochs=4, learning_rate=0.5)
        assert again[0].tolist() == w.tolist()
        assert again[1:] == (b, mistakes)


@settings(deadline=None)
@given(batches())
def test_fit_leaves_what_it_is_given(batch):
    X, y = batch
    copies = X.copy(), y.copy()
    X.setflags(write=False)
    y.setflags(write=False)
    fit_perceptron(X, y, 4, 1.0)
    assert np.array_equal(X, copies[0])
    assert np.array_equal(y, copies[1])


@settings(deadline=None)
@given(separable(), RATES)
def test_on_separable_data_it_stops_within_the_bound(data, rate):
    X, y, w_true, b_true = data
    bound = mistake_bound(X, y, w_true, b_true)
    w, b, mistakes = fit_perceptron(X, y, int(bound) + 2, rate)
    assert mistakes[-1] == 0
    assert 0 not in mistakes[:-1]
    assert next_mistake(X, y, w, b) is None
    # The bound is a quotient of rounded square roots, and can be reached.
    assert sum(mistakes) <= bound * (1 + 1e-12)


@pytest.mark.parametrize("rate", [0.125, 1.0, 2.0, 0.1])
@pytest.mark.parametrize("scale", [1.0, 8.0, 0.125])
def test_on_xor_it_never_stops(rate, scale):
    X = scale * (2 * CORNERS - 1)
    _, _, mistakes = fit_perceptron(X, XOR, 200, rate)
    assert len(mistakes) == 200
    assert min(mistakes) > 0


def test_epochs_end_the_training():
    _, _, mistakes = fit_perceptron(CORNERS, XOR, 3, 1.0)
    assert len(mistakes) == 3


def test_one_row_is_enough():
    w, b, mistakes = fit_perceptron([[2.0]], [0], 9, 1.0)
    assert (w.tolist(), b, mistakes) == ([-2.0], -1.0, [1, 0])


def test_whole_floats_count_epochs():
    assert len(fit_perceptron(CORNERS, XOR, 3.0, 1)[2]) == 3


# --- next_mistake -----------------------------------------------------------


@given(neurons(), st.data())
def test_next_mistake_agrees_with_a_plain_loop(neuron, data):
    X, w, b = neuron
    y = data.draw(labels(len(X)))
    start = data.draw(st.integers(0, len(X)))
    expected = None
    for i in [*range(start, len(X)), *range(len(X))]:
        if (z_of(X[i], w, b) >= 0) != (y[i] == 1):
            expected = i
            break
    found = next_mistake(X, y, w, b, start)
    assert found == expected
    assert type(found) in (int, type(None))


@settings(deadline=None)
@given(separable())
def test_mending_one_mistake_after_the_other_comes_to_an_end(data):
    X, y, w_true, b_true = data
    w, b, count, at = np.zeros(X.shape[1]), 0.0, 0, 0
    while (at := next_mistake(X, y, w, b, at)) is not None:
        w, b = perceptron_update(w, b, X[at], y[at], 1.0)
        count += 1
    bound = mistake_bound(X, y, w_true, b_true)
    assert count <= bound * (1 + 1e-12)  # rounded square roots, as above


# --- margin and mistake_bound -----------------------------------------------


@given(separable())
def test_margin_is_the_distance_of_the_closest_row(data):
    X, y, w, b = data
    rows = np.column_stack([X, np.ones(len(X))])
    normal = np.append(w, b)
    feet = rows - np.outer(rows @ normal / (normal @ normal), normal)
    distances = np.sqrt(((rows - feet) ** 2).sum(axis=1))
    assert margin(X, y, w, b) == pytest.approx(distances.min(), rel=1e-9)


@given(separable())
def test_margin_is_negative_if_a_row_is_misread(data):
    X, y, w, b = data
    y[0] = 1 - y[0]
    assert margin(X, y, w, b) < 0


@given(separable(), st.sampled_from([0.25, 2.0, 8.0]))
def test_margin_and_bound_ignore_the_length_of_the_weights(data, factor):
    X, y, w, b = data
    longer = (factor * w, factor * b)
    assert margin(X, y, *longer) == pytest.approx(margin(X, y, w, b))
    assert mistake_bound(X, y, *longer) == pytest.approx(
        mistake_bound(X, y, w, b)
    )


def test_the_bound_in_numbers_that_can_be_checked_in_the_head():
    # R^2 = 3^2 + 4^2 + 1 = 26; the closest row, (3, 0), is 3 away.
    X, y = [[3.0, 4.0], [3.0, 0.0], [-3.0, 0.0]], [1, 1, 0]
    assert margin(X, y, [2.0, 0.0], 0.0) == 3.0
    assert mistake_bound(X, y, [2.0, 0.0], 0.0) == 26 / 9


# --- nand_weights and xor_from_nand -----------------------------------------


def nand(x1, x2):
    w, b = nand_weights()
    return int(perceptron_predict([[x1, x2]], w, b)[0])


def test_nand_has_the_truth_table_of_nand():
    assert [nand(*map(int, row)) for row in CORNERS] == [1, 1, 1, 0]


def test_nand_has_room_on_both_sides_of_the_line():
    assert margin(CORNERS, [1, 1, 1, 0], *nand_weights()) > 0


def test_nand_weights_cannot_be_spoilt_for_the_next_caller():
    nand_weights()[0][:] = 0
    assert nand_weights()[0].tolist() == [-2.0, -2.0]


def test_xor_from_four_nands_has_the_truth_table_of_xor():
    uses = []

    def counted(x1, x2):
        uses.append((x1, x2))
        return nand(x1, x2)

    table = [xor_from_nand(*map(int, row), counted) for row in CORNERS]
    assert table == XOR.tolist()
    assert len(uses) == 4 * 4


# --- errors -----------------------------------------------------------------

X, Y, W = [[1.0, 2.0], [3.0, 4.0], [-1.0, 0.0]], [1, 1, 0], [1.0, 0.0]
CALLS = {
    perceptron_predict: {"X": X, "w": W, "b": 0.0},
    perceptron_update: {
        "w": W,
        "b": 0.0,
        "x": X[0],
        "y": 1,
        "learning_rate": 1.0,
    },
    fit_perceptron: {"X": X, "y": Y, "epochs": 3, "learning_rate": 1.0},
    next_mistake: {"X": X, "y": Y, "w": W, "b": 0.0},
    margin: {"X": X, "y": Y, "w": W, "b": 0.0},
    mistake_bound: {"X": X, "y": Y, "w": W, "b": 0.0},
}
NAN, EMPTY = float("nan"), np.zeros((0, 2))
TEXT = [["1", "2"]] * 3
BAD = {
    "X": [
        (EMPTY, "has shape (0, 2)", "(n, n_in)"),
        ([1.0, 2.0], "has shape (2,)", "(n, n_in)"),
        ([[[1.0]]], "has shape (1, 1, 1)", "(n, n_in)"),
        ([[1.0, NAN]] * 3, "[0, 1] is nan", "finite numbers"),
        (TEXT, "is list of dtype <U1", "an array of numbers"),
        ([[1.0], [1.0, 2.0]], "holds rows of", "an array of numbers"),
        (None, "is NoneType of dtype object", "an array of numbers"),
    ],
    "w": [
        ([], "has shape (0,)", "(n_in,)"),
        ([[1.0], [0.0]], "has shape (2, 1)", "(n_in,)"),
        (1.0, "has shape ()", "(n_in,)"),
        ([1.0, -np.inf], "[1] is -inf", "finite numbers"),
    ],
    "b": [
        (NAN, "is nan", "one finite number"),
        ([0.0], "is an array of shape (1,)", "one finite number"),
        (None, "is None", "one finite number"),
    ],
    "x": [
        ([X[0]], "has shape (1, 2)", "(n_in,) with n_in = 2"),
        ([1.0], "has shape (1,)", "(n_in,) with n_in = 2"),
        ([NAN, 1.0], "[0] is nan", "finite numbers"),
    ],
    "y": [
        ([[1], [1], [0]], "has shape (3, 1)", "(n,) with n = 3"),
        ([1, 1], "has shape (2,)", "(n,) with n = 3"),
        ([1, 1, -1], "[2] is -1", "labels that are 0 or 1"),
        ([1, 2, 0], "[1] is 2", "labels that are 0 or 1"),
        ([1, 1, NAN], "[2] is nan", "labels that are 0 or 1"),
        (["a", "b", "c"], "is list of dtype <U1", "an array of numbers"),
    ],
    "epochs": [
        (0, "is 0", "a whole number above 0"),
        (2.5, "is 2.5", "a whole number above 0"),
        (None, "is None", "a whole number above 0"),
    ],
    "learning_rate": [
        (0, "is 0", "one number above 0"),
        (-0.5, "is -0.5", "one number above 0"),
        (NAN, "is nan", "one number above 0"),
        ([1.0], "is an array of shape (1,)", "one number above 0"),
    ],
}
BAD_LABEL = [
    (2, "is 2", "labels that are 0 or 1"),
    (-1, "is -1", "labels that are 0 or 1"),
    (0.5, "is 0.5", "labels that are 0 or 1"),
    (NAN, "is nan", "labels that are 0 or 1"),
    (None, "is NoneType of dtype object", "an array of numbers"),
    ("1", "is str of dtype <U1", "an array of numbers"),
]


def bad_calls():
    """Every function with each of its arguments gone wrong in turn."""
    for function, good in CALLS.items():
        for name in good:
            table = BAD[name]
            if function is perceptron_update and name == "y":
                table = BAD_LABEL
            for value, came, needed in table:
                yield pytest.param(
                    function,
                    {**good, name: value},
                    f"{name}{came}" if came[0] == "[" else f"{name} {came}",
                    needed,
                    id=f"{function.__name__}-{name} {came}",
                )


@pytest.mark.parametrize(
    ("function", "arguments", "came", "needed"), [*bad_calls()]
)
def test_an_error_says_where_what_and_what_is_needed(
    function, arguments, came, needed
):
    """And "where" is the function that was called, not one inside it."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(**arguments)
    first, second, third = str(caught.value).split("\n")
    assert first.startswith(f"{function.__name__}: {came}")
    assert second.startswith(f"  Needed: {needed}")
    assert third.startswith("  Hint: ")
    assert len(third) > len("  Hint: ")


@pytest.mark.parametrize(
    "function", [perceptron_predict, next_mistake, margin, mistake_bound]
)
def test_transposed_rows_are_recognised(function):
    arguments = {**CALLS[function], "X": np.transpose(X)}
    with pytest.raises(ShapeError) as caught:
        function(**arguments)
    assert str(caught.value) == (
        f"{function.__name__}: X has shape (2, 3).\n"
        "  Needed: (n, n_in) with n_in = 2.\n"
        "  Hint: rows are samples. X.T has a fitting shape; are samples in "
        "columns?"
    )


def test_labels_of_minus_one_are_recognised():
    with pytest.raises(ValueError, match="Needed: ") as caught:
        fit_perceptron(X, [1, 1, -1], 3, 1.0)
    assert str(caught.value) == (
        "fit_perceptron: y[2] is -1.\n"
        "  Needed: labels that are 0 or 1.\n"
        "  Hint: these look like labels -1 and +1; (y + 1) // 2 makes them 0 "
        "and 1."
    )


@pytest.mark.parametrize("start", [1.5, NAN, None, "0"])
def test_a_start_that_is_no_row_is_explained(start):
    with pytest.raises(ValueError, match="next_mistake: start is"):
        next_mistake(**CALLS[next_mistake], start=start)


@pytest.mark.parametrize("function", [margin, mistake_bound])
def test_weights_of_0_draw_no_line(function):
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(X, Y, [0.0, 0.0], 0.0)
    assert str(caught.value) == (
        f"{function.__name__}: w and b are all 0.\n"
        "  Needed: weights that draw a line.\n"
        "  Hint: train first; fit_perceptron returns w and b."
    )


@pytest.mark.parametrize(
    ("b", "shown"), [(-2.0, "-0.447"), (-1.0, "0")], ids=["misread", "on it"]
)
def test_there_is_no_bound_without_a_margin(b, shown):
    with pytest.raises(ValueError, match="Needed: ") as caught:
        mistake_bound(X, Y, W, b)
    assert str(caught.value) == (
        f"mistake_bound: the margin of w and b is {shown}.\n"
        "  Needed: weights that read every row of X right, with room.\n"
        "  Hint: if no such weights exist, no bound does either, and the "
        "perceptron never stops."
    )
