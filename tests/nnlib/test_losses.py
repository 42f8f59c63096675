"""losses: values by hand, laws of the mean, slopes, and every message."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnlib.activations import sigmoid, softmax
from nnlib.losses import (
    accuracy,
    binary_cross_entropy,
    cross_entropy,
    huber,
    mean_squared_error,
)
from nnlib.shapes import ShapeError

# Laws of arithmetic show in a few examples; no deadline, for slow machines.
quick = settings(max_examples=25, deadline=None)
PAIRED = [mean_squared_error, huber, binary_cross_entropy]
SEEDS = st.integers(0, 2**32 - 1)


def huber_one_quarter(Y_hat, Y):
    return huber(Y_hat, Y, delta=0.25)


def real_targets(rng, n):
    return rng.normal(size=(n, 3)), rng.normal(size=(n, 3))


def bits(rng, n):
    return 3 * rng.normal(size=(n, 3)), rng.integers(0, 2, (n, 3))


def shares(rng, n):
    return 3 * rng.normal(size=(n, 3)), rng.uniform(size=(n, 3))


def classes(rng, n):
    return 3 * rng.normal(size=(n, 4)), rng.integers(0, 4, n)


def sequences(rng, n):
    return 3 * rng.normal(size=(n, 5, 4)), rng.integers(0, 4, (n, 5))


# Every loss with everything it can be asked to look at.
CASES = [
    pytest.param(mean_squared_error, real_targets, id="mean_squared_error"),
    pytest.param(huber, real_targets, id="huber"),
    pytest.param(huber_one_quarter, real_targets, id="huber, small delta"),
    pytest.param(binary_cross_entropy, bits, id="binary, labels"),
    pytest.param(binary_cross_entropy, shares, id="binary, probabilities"),
    pytest.param(cross_entropy, classes, id="classes"),
    pytest.param(cross_entropy, sequences, id="sequences"),
]
every_loss = pytest.mark.parametrize(("loss", "data"), CASES)


def close(left, right, rtol=1e-12, atol=1e-14):
    return np.shape(left) == np.shape(right) and np.allclose(
        left, right, rtol=rtol, atol=atol
    )


def nudged_gradient(loss, first, target, h=1e-5):
    """Central differences, entry by entry."""
    gradient = np.empty(first.shape)
    for place in np.ndindex(first.shape):
        up, down = first.copy(), first.copy()
        up[place] += h
        down[place] -= h
        rise = loss(up, target)[0] - loss(down, target)[0]
        gradient[place] = rise / (2 * h)
    return gradient


def rows_of_scores(n, k):
    return arrays(np.float64, (n, k), elements=st.floats(-30, 30))


# --- values by hand ---------------------------------------------------------


def by_hand(loss, first, target):
    """Return the loss from its definition, in plain Python."""
    first, target = np.asarray(first), np.asarray(target)
    terms = []
    if loss is cross_entropy:
        rows = first.reshape(-1, first.shape[-1]).tolist()
        for row, label in zip(rows, target.ravel().tolist(), strict=True):
            total = math.fsum(math.exp(z) for z in row)
            terms.append(-math.log(math.exp(row[label]) / total))
    else:
        pairs = zip(
            first.ravel().tolist(), target.ravel().tolist(), strict=True
        )
        for a, b in pairs:
            e = abs(a - b)
            if loss is mean_squared_error:
                terms.append(e**2)
            elif loss is binary_cross_entropy:
                p = 1 / (1 + math.exp(-a))
                terms.append(-b * math.log(p) - (1 - b) * math.log(1 - p))
            else:
                delta = 0.25 if loss is huber_one_quarter else 1.0
                far = e > delta
                term = delta * (e - delta / 2) if far else e**2 / 2
                terms.append(term)
    return math.fsum(terms) / len(terms)


@every_loss
@pytest.mark.parametrize("n", [1, 2, 7])
def test_values_agree_with_the_definition(loss, data, n):
    first, target = data(np.random.default_rng(n), n)
    value, gradient = loss(first, target)
    assert type(value) is float
    assert value == pytest.approx(by_hand(loss, first, target), rel=1e-12)
    assert gradient.shape == first.shape


@every_loss
@pytest.mark.parametrize("n", [1, 6])
def test_gradients_agree_with_nudges(loss, data, n):
    first, target = data(np.random.default_rng(n), n)
    expected = nudged_gradient(loss, first, target)
    assert close(loss(first, target)[1], expected, rtol=1e-7, atol=1e-9)


def test_equal_scores_cost_the_logarithm_of_the_number_of_classes():
    value, gradient = cross_entropy(np.full((3, 5), 7.0), [0, 2, 4])
    assert value == pytest.approx(math.log(5))
    onehot = np.eye(5)[[0, 2, 4]]
    assert close(gradient, (0.2 - onehot) / 3)


def test_a_perfect_answer_costs_nothing():
    Y = np.array([[1.0, -2.0]])
    for loss in (mean_squared_error, huber):
        value, gradient = loss(Y, Y)
        assert value == 0.0
        assert gradient.tolist() == [[0.0, 0.0]]


# --- laws of the mean -------------------------------------------------------


@every_loss
@quick
@given(SEEDS, st.integers(1, 5), st.integers(2, 4))
def test_a_batch_repeated_is_as_wrong_and_each_row_matters_less(
    loss, data, seed, n, times
):
    first, target = data(np.random.default_rng(seed), n)
    value, gradient = loss(first, target)
    again, repeated = loss(
        np.concatenate([first] * times), np.concatenate([target] * times)
    )
    assert again == pytest.approx(value, rel=1e-12)
    assert close(repeated, np.concatenate([gradient / times] * times))


@every_loss
@quick
@given(SEEDS, st.integers(1, 4), st.integers(1, 4))
def test_the_parts_of_a_batch_add_up(loss, data, seed, left, right):
    n = left + right
    first, target = data(np.random.default_rng(seed), n)
    value, gradient = loss(first, target)
    part1 = loss(first[:left], target[:left])
    part2 = loss(first[left:], target[left:])
    total = (left * part1[0] + right * part2[0]) / n
    assert value == pytest.approx(total, rel=1e-12)
    parts = [part1[1] * left / n, part2[1] * right / n]
    assert close(gradient, np.concatenate(parts))


@every_loss
@quick
@given(SEEDS)
def test_the_order_of_the_rows_does_not_count(loss, data, seed):
    rng = np.random.default_rng(seed)
    first, target = data(rng, 5)
    order = rng.permutation(5)
    value, gradient = loss(first, target)
    shuffled = loss(first[order], target[order])
    assert shuffled[0] == pytest.approx(value, rel=1e-12)
    assert close(shuffled[1], gradient[order])


@every_loss
@quick
@given(SEEDS)
def test_a_small_step_down_the_gradient_helps(loss, data, seed):
    first, target = data(np.random.default_rng(seed), 3)
    value, gradient = loss(first, target)
    assert value > 0
    assert loss(first - 1e-3 * gradient, target)[0] < value


# --- mean_squared_error and huber -------------------------------------------


@quick
@given(SEEDS, st.sampled_from([mean_squared_error, huber]))
def test_errors_count_alike_on_both_sides(seed, loss):
    first, target = real_targets(np.random.default_rng(seed), 3)
    value, gradient = loss(first, target)
    mirrored = loss(target, first)
    assert mirrored[0] == value
    assert np.array_equal(mirrored[1], -gradient)


def test_any_number_of_axes_is_a_batch():
    first, target = real_targets(np.random.default_rng(0), 4)
    for loss in (mean_squared_error, huber):
        value, gradient = loss(first, target)
        for shape in ((12,), (12, 1), (2, 2, 3), (4, 3, 1)):
            other = loss(first.reshape(shape), target.reshape(shape))
            assert other[0] == pytest.approx(value, rel=1e-14)
            assert np.array_equal(other[1], gradient.reshape(shape))


@quick
@given(SEEDS)
def test_huber_with_a_large_delta_is_half_the_squared_error(seed):
    first, target = real_targets(np.random.default_rng(seed), 4)
    value, gradient = huber(first, target, delta=1e6)
    square, slope = mean_squared_error(first, target)
    assert value == pytest.approx(square / 2, rel=1e-12)
    assert close(gradient, slope / 2)


@quick
@given(SEEDS)
def test_huber_with_a_small_delta_is_delta_times_the_absolute_error(seed):
    first, target = real_targets(np.random.default_rng(seed), 4)
    delta = 1e-9
    value, gradient = huber(first, target, delta=delta)
    error = first - target
    assert value / delta == pytest.approx(np.abs(error).mean(), rel=1e-6)
    assert close(gradient / delta, np.sign(error) / error.size)


def test_huber_changes_over_at_delta_without_a_jump():
    nearby = [2.0 - 1e-9, 2.0, 2.0 + 1e-9]
    results = [huber([[e]], [[0.0]], delta=2.0) for e in nearby]
    assert [value for value, _ in results] == pytest.approx([2.0] * 3)
    assert [slope.item() for _, slope in results] == pytest.approx([2.0] * 3)


def test_no_outlier_shouts():
    _, gradient = huber([[1.0, 1e3, -1e6]], [[0.0, 0.0, 0.0]], delta=3.0)
    assert close(gradient, [[1 / 3, 1.0, -1.0]])


def test_delta_is_1_unless_it_is_given():
    first, target = real_targets(np.random.default_rng(0), 4)
    assert huber(first, target)[0] == huber(first, target, 1.0)[0]
    assert huber(first, target)[0] != huber(first, target, 0.5)[0]


# --- cross-entropies --------------------------------------------------------


@quick
@given(
    rows_of_scores(3, 4),
    arrays(np.int64, 3, elements=st.integers(0, 3)),
    arrays(np.float64, (3, 1), elements=st.floats(-1000, 1000)),
)
def test_cross_entropy_ignores_a_shift_of_a_row(Z, y, shift):
    value, gradient = cross_entropy(Z, y)
    shifted = cross_entropy(Z + shift, y)
    # z + shift is rounded: an error of 1e-13 in a score of 1000.
    assert shifted[0] == pytest.approx(value, rel=1e-11, abs=1e-12)
    assert close(shifted[1], gradient, rtol=1e-11, atol=1e-13)


@quick
@given(SEEDS)
def test_the_gradient_is_softmax_minus_onehot_over_n(seed):
    Z, y = classes(np.random.default_rng(seed), 6)
    _, gradient = cross_entropy(Z, y)
    assert close(gradient, (softmax(Z) - np.eye(4)[y]) / 6)
    assert np.allclose(gradient.sum(axis=1), 0, atol=1e-15)


@quick
@given(SEEDS)
def test_the_binary_gradient_is_sigmoid_minus_y_over_n(seed):
    Z, y = shares(np.random.default_rng(seed), 6)
    _, gradient = binary_cross_entropy(Z, y)
    assert close(gradient, (sigmoid(Z) - y) / 18)


@quick
@given(SEEDS, st.sampled_from([1.0, 30.0, 1000.0]))
def test_both_cross_entropies_agree_for_two_classes(seed, size):
    rng = np.random.default_rng(seed)
    Z, y = size * rng.normal(size=(5, 1)), rng.integers(0, 2, 5)
    value, gradient = binary_cross_entropy(Z, y[:, np.newaxis])
    both = cross_entropy(np.hstack([np.zeros((5, 1)), Z]), y)
    assert both[0] == pytest.approx(value, rel=1e-12, abs=1e-15)
    assert close(both[1], np.hstack([-gradient, gradient]), atol=1e-15)


@quick
@given(SEEDS)
def test_exchanging_the_labels_is_exchanging_the_sign(seed):
    Z, y = shares(np.random.default_rng(seed), 4)
    value, gradient = binary_cross_entropy(Z, y)
    mirrored = binary_cross_entropy(-Z, 1 - y)
    assert mirrored[0] == pytest.approx(value, rel=1e-12)
    assert close(mirrored[1], -gradient)


@quick
@given(SEEDS)
def test_sequences_are_rows_one_after_the_other(seed):
    Z, y = sequences(np.random.default_rng(seed), 3)
    value, gradient = cross_entropy(Z, y)
    flat, flat_gradient = cross_entropy(Z.reshape(15, 4), y.reshape(15))
    assert value == flat
    assert np.array_equal(gradient, flat_gradient.reshape(Z.shape))
    assert accuracy(Z, y) == accuracy(Z.reshape(15, 4), y.reshape(15))


def test_a_probability_is_best_met_by_itself():
    p = np.array([0.1, 0.5, 0.9])
    best = np.log(p / (1 - p))
    value, gradient = binary_cross_entropy(best, p)
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p)).mean()
    assert value == pytest.approx(entropy)
    assert np.allclose(gradient, 0, atol=1e-16)


def test_one_class_alone_costs_nothing():
    value, gradient = cross_entropy([[5.0], [-1000.0]], [0, 0])
    assert value == 0.0
    assert gradient.tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_is_exact_for_extreme_scores(dtype):
    Z = np.array([[1000, -1000, 0], [-1000, 1000, 0]], dtype)
    value, gradient = cross_entropy(Z, [0, 0])
    assert value == 1000.0
    assert gradient.tolist() == [[0, 0, 0], [-0.5, 0.5, 0]]
    assert gradient.dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_is_exact_for_extreme_scores(dtype):
    Z = np.array([1000, 1000, -1000, -1000], dtype)
    y = np.array([0, 1, 0, 1], dtype)
    value, gradient = binary_cross_entropy(Z, y)
    assert value == 500.0
    assert gradient.tolist() == [0.25, 0, 0, -0.25]
    assert gradient.dtype == dtype


def test_a_small_loss_is_not_lost_to_rounding():
    """log(1 + exp(-40)) is exp(-40), and 1 + exp(-40) is 1."""
    value, _ = binary_cross_entropy([-40.0], [0])
    assert value == pytest.approx(math.exp(-40), rel=1e-12, abs=0)


# --- accuracy ---------------------------------------------------------------


def test_accuracy_is_the_share_of_rows_that_are_right():
    Z = [[3.0, 1.0, 2.0], [0.0, 1.0, 2.0], [0.0, 9.0, 2.0], [5.0, 1.0, 2.0]]
    assert accuracy(Z, [0, 2, 1, 0]) == 1.0
    assert accuracy(Z, [0, 2, 1, 1]) == 0.75
    assert accuracy(Z, [1, 0, 2, 1]) == 0.0
    assert type(accuracy(Z, [0, 2, 1, 0])) is float


def test_accuracy_looks_along_the_classes_not_along_the_rows():
    Z = [[1.0, 0.0], [5.0, 9.0]]
    assert accuracy(Z, [0, 1]) == 1.0
    assert accuracy([[1.0, 0.0], [9.0, 5.0]], [0, 1]) == 0.5


def test_accuracy_of_one_row_and_of_sequences():
    assert accuracy([[0.0, 1.0]], [1]) == 1.0
    Z = [[[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]]
    assert accuracy(Z, [[1, 0, 1, 0]]) == 0.75


# --- dtype, memory, kinds of input ------------------------------------------


@every_loss
def test_the_gradient_has_the_dtype_of_the_first_argument(loss, data):
    """Whatever the targets are: labels are integers in every lesson."""
    first, target = data(np.random.default_rng(0), 4)
    for dtype in (np.float32, np.float64):
        for same in (target, target.tolist(), target.astype(np.float32)):
            same = np.asarray(same) if loss is cross_entropy else same
            value, gradient = loss(first.astype(dtype), same)
            assert type(value) is float
            assert gradient.dtype == dtype


@every_loss
def test_float32_comes_close_to_float64(loss, data):
    first, target = data(np.random.default_rng(0), 50)
    first = first.astype(np.float32)
    if target.dtype == float:
        target = target.astype(np.float32)
    value, gradient = loss(first, target)
    expected = loss(first.astype(float), target.astype(float))
    assert value == pytest.approx(expected[0], rel=1e-5)
    assert close(gradient, expected[1], rtol=1e-5, atol=1e-8)


def layouts(array):
    """The same numbers, stored in other ways."""
    wide = np.zeros([2 * size for size in array.shape], array.dtype)
    every_second = (slice(None, None, 2),) * array.ndim
    wide[every_second] = array
    return [
        np.asfortranarray(array),
        wide[every_second],
        np.ascontiguousarray(array.T).T,
        array[::-1].copy()[::-1],
        array.tolist(),
    ]


@every_loss
def test_a_layout_in_memory_makes_no_difference(loss, data):
    first, target = data(np.random.default_rng(0), 4)
    value, gradient = loss(first, target)
    pairs = zip(layouts(first), layouts(target), strict=True)
    for same_first, same_target in pairs:
        for again in (
            loss(same_first, target),
            loss(first, same_target),
            loss(same_first, same_target),
        ):
            assert again[0] == pytest.approx(value, rel=1e-13)
            assert close(again[1], gradient, rtol=1e-13)


@every_loss
def test_what_is_passed_in_stays_as_it_was(loss, data):
    """A read-only array raises at once if somebody writes to it."""
    first, target = data(np.random.default_rng(0), 4)
    copies = first.copy(), target.copy()
    first.setflags(write=False)
    target.setflags(write=False)
    _, gradient = loss(first, target)
    gradient[:] = 9
    assert np.array_equal(first, copies[0])
    assert np.array_equal(target, copies[1])


def test_labels_may_be_booleans_small_integers_and_whole_floats():
    Z, y = bits(np.random.default_rng(0), 4)
    value, _ = binary_cross_entropy(Z, y)
    for dtype in (bool, np.uint8, np.int8, np.float64):
        assert binary_cross_entropy(Z, y.astype(dtype))[0] == value
    Z, y = classes(np.random.default_rng(0), 4)
    value, _ = cross_entropy(Z, y)
    for dtype in (np.uint8, np.int8, np.uint64, np.float64):
        assert cross_entropy(Z, y.astype(dtype))[0] == value
        assert accuracy(Z, y.astype(dtype)) == accuracy(Z, y)


def test_integer_scores_are_taken_as_floats():
    assert mean_squared_error([[3]], [[1]])[1].tolist() == [[4.0]]
    assert huber([[1]], [[0]])[0] == 0.5
    assert binary_cross_entropy([0], [1])[1].tolist() == [-0.5]
    assert cross_entropy([[0, 0]], [1])[1].tolist() == [[0.5, -0.5]]


# --- errors -----------------------------------------------------------------


def said(function, *args, kind=ValueError):
    """Return the message of a call that has to fail."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(*args)
    assert type(caught.value) is kind
    return str(caught.value)


def names_of(loss):
    is_binary = loss is binary_cross_entropy
    return ("Z", "y") if is_binary else ("Y_hat", "Y")


@pytest.mark.parametrize("loss", PAIRED)
@pytest.mark.parametrize(
    ("shape", "target_shape"),
    [((3, 1), (3,)), ((3,), (3, 1)), ((2, 3), (3, 2)), ((1,), ())],
)
def test_shapes_of_one_size_are_never_stretched_to_fit(
    loss, shape, target_shape
):
    name, target = names_of(loss)
    message = said(
        loss, np.zeros(shape), np.zeros(target_shape), kind=ShapeError
    )
    assert message == (
        f"{loss.__name__}: {target} has shape {target_shape}.\n"
        f"  Needed: {shape}, the shape of {name}.\n"
        f"  Hint: {target}.reshape({name}.shape) has it; is that meant?"
    )


@pytest.mark.parametrize("loss", PAIRED)
@pytest.mark.parametrize("target_shape", [(2,), (1, 2), (4, 2), ()])
def test_other_shapes_are_never_stretched_to_fit(loss, target_shape):
    name, target = names_of(loss)
    message = said(
        loss, np.zeros((3, 2)), np.zeros(target_shape), kind=ShapeError
    )
    assert message == (
        f"{loss.__name__}: {target} has shape {target_shape}.\n"
        f"  Needed: (3, 2), the shape of {name}.\n"
        "  Hint: they are compared entry by entry; nothing is repeated to "
        "fit."
    )


@pytest.mark.parametrize("loss", PAIRED)
def test_what_is_not_numbers_is_named_in_pairs(loss):
    name, target = names_of(loss)
    assert said(loss, ["a"], [1.0]).startswith(
        f"{loss.__name__}: {name} is list of dtype <U1.\n"
    )
    assert said(loss, [1.0], [None]).startswith(
        f"{loss.__name__}: {target} is list of dtype object.\n"
    )


@pytest.mark.parametrize("function", [cross_entropy, accuracy])
def test_what_is_not_numbers_is_named_beside_classes(function):
    where = function.__name__
    Z = [[1.0, 0.0]]
    assert said(function, [["a", "b"]], [0]).startswith(
        f"{where}: Z is list of dtype <U1.\n"
    )
    assert said(function, Z, ["cat"]).startswith(
        f"{where}: y is list of dtype <U3.\n"
    )
    assert said(function, Z, None).startswith(f"{where}: y is NoneType of ")


@pytest.mark.parametrize(
    ("delta", "came"),
    [
        (0, "0"),
        (-1.0, "-1.0"),
        (np.nan, "nan"),
        (np.inf, "inf"),
        ("1", "'1'"),
        (None, "None"),
    ],
)
def test_delta_is_one_number_above_0(delta, came):
    assert said(huber, [[1.0]], [[0.0]], delta) == (
        f"huber: delta is {came}.\n"
        "  Needed: one number above 0.\n"
        "  Hint: 0.1 would do, for example."
    )


@pytest.mark.parametrize(
    ("y", "came"),
    [
        ([1, -1, 1], "y goes from -1 to 1"),
        ([0, 1, 2], "y goes from 0 to 2"),
        ([0.5, 1.5, 0.0], "y goes from 0 to 1.5"),
        ([0.5, -0.25, 0.0], "y goes from -0.25 to 0.5"),
    ],
)
def test_binary_labels_are_0_and_1_or_between(y, came):
    assert said(binary_cross_entropy, [1.0, 2.0, 3.0], y) == (
        f"binary_cross_entropy: {came}.\n"
        "  Needed: labels 0 and 1, or probabilities between them.\n"
        "  Hint: (y + 1) / 2 makes -1 and +1 into 0 and 1; for more than two "
        "classes, take cross_entropy."
    )


def test_a_binary_label_that_is_missing_is_no_label():
    message = said(binary_cross_entropy, [1.0, 2.0], [0.0, np.nan])
    assert message.startswith("binary_cross_entropy: y")


FEW = "there are 3 of them; the first is 0, not 1."


@pytest.mark.parametrize("function", [cross_entropy, accuracy])
@pytest.mark.parametrize(
    ("y", "came", "hint"),
    [
        ([0, 3], "y[1] is 3", FEW),
        ([1, 300], "y[1] is 300", FEW),
        ([3.0, 0.0], "y[0] is 3.0", FEW),
        ([0.5, 1.0], "y[0] is 0.5", FEW),
        ([0.0, np.nan], "y[1] is nan", FEW),
    ],
)
def test_labels_are_whole_numbers_below_the_number_of_classes(
    function, y, came, hint
):
    assert said(function, np.zeros((2, 3)), y) == (
        f"{function.__name__}: {came}.\n"
        "  Needed: whole numbers from 0 to 2.\n"
        f"  Hint: {hint}"
    )


@pytest.mark.parametrize("function", [cross_entropy, accuracy])
@pytest.mark.parametrize("label", [-1, -1.0])
def test_a_negative_label_never_counts_from_the_end(function, label):
    message = said(function, np.zeros((2, 3)), [0, label])
    assert message.startswith(
        f"{function.__name__}: y[1] is {label}.\n"
        "  Needed: whole numbers from 0 to 2.\n"
    )


def test_a_wrong_label_in_a_sequence_is_found():
    message = said(cross_entropy, np.zeros((2, 2, 3)), [[0, 1], [2, 5]])
    assert message.startswith("cross_entropy: y[1, 1] is 5.\n")


@pytest.mark.parametrize("function", [cross_entropy, accuracy])
@pytest.mark.parametrize(
    ("shape", "y_shape", "needed", "hint"),
    [
        ((3, 2), (3, 1), "(n,) with n = 3", "y.ravel() has shape (3,)."),
        (
            (3, 2),
            (2,),
            "(n,) with n = 3",
            "print both shapes; which of the two arrays is not as you "
            "thought?",
        ),
        ((1, 2), (), "(n,) with n = 1", "it has 0 axes; needed: 1 axis."),
        (
            (2, 3, 4),
            (6,),
            "(n, n_steps) with n = 2, n_steps = 3",
            "it has 1 axis; needed: 2 axes.",
        ),
        (
            (2, 3, 4),
            (3, 2),
            "(n, n_steps) with n = 2, n_steps = 3",
            "rows are samples. y.T has a fitting shape; are samples in "
            "columns?",
        ),
    ],
)
def test_there_is_one_class_for_every_row_of_scores(
    function, shape, y_shape, needed, hint
):
    y = np.zeros(y_shape, int)
    assert said(function, np.zeros(shape), y, kind=ShapeError) == (
        f"{function.__name__}: y has shape {y_shape}.\n"
        f"  Needed: {needed}.\n"
        f"  Hint: {hint}"
    )


@pytest.mark.parametrize("function", [cross_entropy, accuracy])
def test_rows_of_0_and_1_are_not_classes(function):
    message = said(function, np.zeros((3, 3)), np.eye(3), kind=ShapeError)
    assert message.startswith(
        f"{function.__name__}: y has shape (3, 3).\n"
        "  Needed: (n,) with n = 3.\n"
    )


@pytest.mark.parametrize("function", [cross_entropy, accuracy])
def test_one_row_of_scores_is_told_to_be_a_batch(function):
    assert said(function, np.zeros(3), 0, kind=ShapeError) == (
        f"{function.__name__}: Z has shape (3,).\n"
        "  Needed: (n, n_classes).\n"
        "  Hint: one sample is a batch of one: Z[np.newaxis] has shape "
        "(1, 3)."
    )
    assert said(function, 1.0, 0, kind=ShapeError) == (
        f"{function.__name__}: Z has shape ().\n"
        "  Needed: (n, n_classes).\n"
        "  Hint: it has 0 axes; needed: 2 axes."
    )


@pytest.mark.parametrize("loss", PAIRED)
@pytest.mark.parametrize("shape", [(0, 3), (0,)])
def test_no_rows_have_no_mean(loss, shape):
    message = said(loss, np.zeros(shape), np.zeros(shape), kind=ShapeError)
    assert message.startswith(f"{loss.__name__}: ")
    assert "is empty. Did a filter or a slice leave no rows?" in message


@pytest.mark.parametrize("function", [cross_entropy, accuracy])
def test_no_rows_of_scores_have_no_mean(function):
    message = said(
        function, np.zeros((0, 3)), np.zeros(0, int), kind=ShapeError
    )
    assert message.startswith(f"{function.__name__}: ")
    assert "is empty. Did a filter or a slice leave no rows?" in message


def test_one_hot_rows_are_told_how_to_become_classes():
    with pytest.raises(ValueError, match="cross_entropy: y") as caught:
        cross_entropy(np.zeros((4, 3)), np.eye(3)[[0, 1, 2, 0]])
    assert str(caught.value) == (
        "cross_entropy: y has shape (4, 3).\n"
        "  Needed: (n,) with n = 4.\n"
        "  Hint: y.argmax(axis=1) makes classes of one-hot rows."
    )
