"""Lesson 01's exercises: right answers pass, and known mistakes are named.

The answers here are written as readers write them, in many styles. All of
them are judged on many draws of the random inputs.
"""

import numpy as np
import pytest
from judging import RUNS, assert_named, assert_passes, one_by_one, outcomes

from nnlib.checks.perceptron import (
    CORNERS,
    FIT,
    NAND,
    PREDICT,
    UPDATE,
    XOR,
)

SEEDS = range(20)


# --- right answers: perceptron_predict --------------------------------------


def predict_with_loops(X, w, b):
    y_hat = []
    for x in X:
        z = b
        for i in range(len(w)):
            z += w[i] * x[i]
        if z >= 0:
            y_hat.append(1)
        else:
            y_hat.append(0)
    return y_hat


def predict_with_where(X, w, b):
    return np.where(np.dot(X, w) + b >= 0, 1, 0)


def predict_in_float32(X, w, b):
    X, w = X.astype(np.float32), w.astype(np.float32)
    return np.heaviside(X @ w + np.float32(b), np.float32(1))


def predict_with_a_column_of_ones(X, w, b):
    X = np.asfortranarray(np.column_stack([X, np.ones(len(X))]))
    return (X @ np.append(w, b) >= 0) * 1


def predict_in_place(X, w, b):
    X *= w
    return (X.sum(axis=1) + b >= 0).astype(np.uint8)


def predict_with_booleans(X, w, b):
    return ~(X @ w < -b)


# --- right answers: perceptron_update ---------------------------------------


def update_with_loops(w, b, x, y, learning_rate):
    z = b
    for weight, value in zip(w, x, strict=True):
        z += weight * value
    y_hat = 1 if z >= 0 else 0
    new = []
    for weight, value in zip(w, x, strict=True):
        new.append(weight + learning_rate * (y - y_hat) * value)
    return new, b + learning_rate * (y - y_hat)


def update_with_cases(w, b, x, y, learning_rate):
    fires = w.dot(x) + b >= 0
    if fires and y == 0:
        return w - learning_rate * x, b - learning_rate
    if not fires and y == 1:
        return w + learning_rate * x, b + learning_rate
    return w, b


def update_in_float32(w, b, x, y, learning_rate):
    w, x = w.astype(np.float32), x.astype(np.float32)
    step = np.float32(learning_rate) * (y - (w @ x + np.float32(b) >= 0))
    return w + step * x, np.float32(b) + step


def update_in_place(w, b, x, y, learning_rate):
    error = y - int(x @ w + b >= 0)
    w += learning_rate * error * x
    b += learning_rate * error
    return w, b


def update_as_one_vector(w, b, x, y, learning_rate):
    both, inputs = np.append(w, b), np.append(x, 1)
    error = y - (1 if both @ inputs >= 0 else 0)
    both = both + learning_rate * error * inputs
    return both[:-1], both[-1]


def update_as_a_list(w, b, x, y, learning_rate):
    error = y - int(x @ w + b >= 0)
    return [w + learning_rate * error * x, b + learning_rate * error]


# --- right answers: fit_perceptron ------------------------------------------


def fit_with_loops(X, y, epochs, learning_rate):
    w = [0.0] * len(X[0])
    b = 0.0
    mistakes = []
    for _ in range(epochs):
        count = 0
        for i in range(len(X)):
            z = b
            for j in range(len(w)):
                z += X[i][j] * w[j]
            y_hat = 1 if z >= 0 else 0
            if y_hat != y[i]:
                count += 1
                for j in range(len(w)):
                    w[j] += learning_rate * (y[i] - y_hat) * X[i][j]
                b += learning_rate * (y[i] - y_hat)
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


def fit_with_the_update(X, y, epochs, learning_rate):
    w, b, mistakes = np.zeros(X.shape[1]), 0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            old = b
            w, b = update_with_cases(w, b, x, label, learning_rate)
            count += int(b != old)
        mistakes.append(count)
        if not count:
            return w, b, mistakes
    return w, b, mistakes


def fit_in_place_and_float32(X, y, epochs, learning_rate):
    w, b = np.zeros(X.shape[1], dtype=np.float32), np.float32(0)
    mistakes = np.zeros(epochs, dtype=int)
    for epoch in range(epochs):
        for x, label in zip(X.astype(np.float32), y, strict=True):
            error = np.float32(label - (x @ w + b >= 0))
            w += np.float32(learning_rate) * error * x
            b += np.float32(learning_rate) * error
            mistakes[epoch] += error != 0
        if mistakes[epoch] == 0:
            break
    return w, b, mistakes[: epoch + 1]


def fit_as_one_vector(X, y, epochs, learning_rate):
    X = np.asfortranarray(np.column_stack([X, np.ones(len(X))]))
    w, mistakes = np.zeros(X.shape[1]), []
    while len(mistakes) < epochs and (not mistakes or mistakes[-1] > 0):
        mistakes.append(0)
        for i in range(len(X)):
            error = y[i] - (X[i] @ w >= 0)
            w += learning_rate * error * X[i]
            mistakes[-1] += abs(error)
    return w[:-1], w[-1], mistakes


def fit_as_a_list(X, y, epochs, learning_rate):
    return [*fit_with_loops(X, y, epochs, learning_rate)]


# --- right answers: nand_weights and xor_from_nand --------------------------


def nand_of_integers():
    return np.array([-2, -2]), 3


def nand_of_lists():
    return [-1.0, -1.0], 1.5


def nand_in_a_list_and_float32():
    return [np.float32([-1, -1]), np.float32(1)]


def nand_that_is_not_symmetric():
    return (-3.0, -0.5), np.array([3.25])


def xor_of_four(x1, x2, nand):
    middle = nand(x1, x2)
    return nand(nand(x1, middle), nand(middle, x2))


def xor_of_other_gates(x1, x2, nand):
    def invert(a):
        return nand(a, a)

    def both(a, b):
        return invert(nand(a, b))

    def either(a, b):
        return nand(invert(a), invert(b))

    return both(either(x1, x2), nand(x1, x2))


def xor_of_five(x1, x2, nand):
    return nand(nand(x1, nand(x2, x2)), nand(nand(x1, x1), x2))


def xor_as_a_boolean(x1, x2, nand):
    return xor_of_four(x1, x2, nand) == 1


RIGHT = [
    (PREDICT, predict_with_loops),
    (PREDICT, predict_with_where),
    (PREDICT, predict_in_float32),
    (PREDICT, predict_with_a_column_of_ones),
    (PREDICT, predict_in_place),
    (PREDICT, predict_with_booleans),
    (UPDATE, update_with_loops),
    (UPDATE, update_with_cases),
    (UPDATE, update_in_float32),
    (UPDATE, update_in_place),
    (UPDATE, update_as_one_vector),
    (UPDATE, update_as_a_list),
    (FIT, fit_with_loops),
    (FIT, fit_with_the_update),
    (FIT, fit_in_place_and_float32),
    (FIT, fit_as_one_vector),
    (FIT, fit_as_a_list),
    (NAND, nand_of_integers),
    (NAND, nand_of_lists),
    (NAND, nand_in_a_list_and_float32),
    (NAND, nand_that_is_not_symmetric),
    (XOR, xor_of_four),
    (XOR, xor_of_other_gates),
    (XOR, xor_of_five),
    (XOR, xor_as_a_boolean),
]


@one_by_one(RIGHT)
def test_right_answers_pass(exercise, answer):
    assert_passes(exercise, answer)


@one_by_one(
    [
        (PREDICT, predict_in_place),
        (UPDATE, update_in_place),
    ]
)
def test_answers_in_place_are_told_of_it(exercise, answer):
    for outcome in outcomes(exercise, answer):
        assert "A remark: your function changes the array" in outcome.details


@one_by_one([(PREDICT, predict_with_booleans)])
def test_answers_of_booleans_are_told_of_it(exercise, answer):
    for outcome in outcomes(exercise, answer):
        assert "A remark: it returns True and False." in outcome.details


# --- the same mistakes, as readers type them --------------------------------

BIAS = "the bias was never updated."
ALWAYS = "samples that were read right changed the weights too."
STRICT = "a point exactly on the line, where z is 0, was read as 0."
FLIPPED = (
    "the sign of the update is flipped: every step makes the mistake worse."
)
MIXED = (
    "labels 0/1 and -1/+1 are mixed: the rule for -1 and +1 was used on "
    "labels that are 0 and 1."
)


def predict_strictly(X, w, b):
    return np.array([1 if x @ w + b > 0 else 0 for x in X])


def predict_with_minus_one(X, w, b):
    return [1 if z >= 0 else -1 for z in X @ w + b]


def predict_without_bias(X, w, b):
    return (np.dot(X, w) >= 0).astype(int)


def update_without_bias(w, b, x, y, learning_rate):
    y_hat = 1 if x @ w + b >= 0 else 0
    if y_hat != y:
        w = w + learning_rate * (y - y_hat) * x
    return w, b


def update_always(w, b, x, y, learning_rate):
    if y == 1:
        return w + learning_rate * x, b + learning_rate
    return w - learning_rate * x, b - learning_rate


def update_strictly(w, b, x, y, learning_rate):
    y_hat = 1 if x @ w + b > 0 else 0
    if y_hat != y:
        w = w + learning_rate * (y - y_hat) * x
        b = b + learning_rate * (y - y_hat)
    return w, b


def update_flipped(w, b, x, y, learning_rate):
    y_hat = 1 if x @ w + b >= 0 else 0
    return (
        w - learning_rate * (y - y_hat) * x,
        b - learning_rate * (y - y_hat),
    )


def update_flipped_error(w, b, x, y, learning_rate):
    error = int(x @ w + b >= 0) - y
    return w + learning_rate * error * x, b + learning_rate * error


def update_times_label(w, b, x, y, learning_rate):
    """The rule for labels -1 and +1: w + rate y x after a mistake."""
    y_hat = 1 if x @ w + b >= 0 else 0
    if y_hat != y:
        w = w + learning_rate * y * x
        b = b + learning_rate * y
    return w, b


def update_if_product(w, b, x, y, learning_rate):
    """The condition for labels -1 and +1: y z <= 0 is a mistake."""
    if y * (x @ w + b) <= 0:
        w = w + learning_rate * y * x
        b = b + learning_rate * y
    return w, b


def update_if_product_is_negative(w, b, x, y, learning_rate):
    if y * (x @ w + b) < 0:
        w = w + learning_rate * y * x
        b = b + learning_rate * y
    return w, b


def update_from_minus_one(w, b, x, y, learning_rate):
    """The prediction is -1 or +1, and the label 0 or 1."""
    y_hat = 1 if x @ w + b >= 0 else -1
    error = y - y_hat
    return w + learning_rate * error * x, b + learning_rate * error


def update_from_the_sign(w, b, x, y, learning_rate):
    """The same with np.sign, which is 0 on the line."""
    error = y - np.sign(x @ w + b)
    return w + learning_rate * error * x, b + learning_rate * error


def update_to_minus_one(w, b, x, y, learning_rate):
    """The label is made -1 or +1, and the prediction is 0 or 1."""
    y = 2 * y - 1
    y_hat = 1 if x @ w + b >= 0 else 0
    error = y - y_hat
    return w + learning_rate * error * x, b + learning_rate * error


def update_if_unlike_minus_one(w, b, x, y, learning_rate):
    """The label is made -1 or +1, and compared with 0 or 1."""
    y = 2 * y - 1
    y_hat = 1 if x @ w + b >= 0 else 0
    if y_hat != y:
        w = w + learning_rate * y * x
        b = b + learning_rate * y
    return w, b


def fit_without_bias(X, y, epochs, learning_rate):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            y_hat = 1 if x @ w + b >= 0 else 0
            if y_hat != label:
                w = w + learning_rate * (label - y_hat) * x
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


def fit_always(X, y, epochs, learning_rate):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            if (x @ w + b >= 0) != label:
                count += 1
            sign = 1 if label == 1 else -1
            w = w + learning_rate * sign * x
            b = b + learning_rate * sign
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


def fit_strictly(X, y, epochs, learning_rate):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            y_hat = 1 if x @ w + b > 0 else 0
            if y_hat != label:
                w = w + learning_rate * (label - y_hat) * x
                b = b + learning_rate * (label - y_hat)
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


def fit_flipped(X, y, epochs, learning_rate):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            error = int(x @ w + b >= 0) - label
            w = w + learning_rate * error * x
            b = b + learning_rate * error
            count += abs(error)
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


def fit_times_label(X, y, epochs, learning_rate):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            y_hat = 1 if x @ w + b >= 0 else 0
            if y_hat != label:
                w = w + learning_rate * label * x
                b = b + learning_rate * label
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


def fit_if_product(X, y, epochs, learning_rate):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            if label * (x @ w + b) <= 0:
                w = w + learning_rate * label * x
                b = b + learning_rate * label
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


def fit_from_minus_one(X, y, epochs, learning_rate):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            y_hat = 1 if x @ w + b >= 0 else -1
            if y_hat != label:
                w = w + learning_rate * (label - y_hat) * x
                b = b + learning_rate * (label - y_hat)
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


def fit_to_minus_one(X, y, epochs, learning_rate):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, 2 * y - 1, strict=True):
            y_hat = 1 if x @ w + b >= 0 else 0
            if y_hat != label:
                w = w + learning_rate * label * x
                b = b + learning_rate * label
                count += 1
        mistakes.append(count)
        if count == 0:
            break
    return w, b, mistakes


TYPED = [
    (PREDICT, predict_strictly, STRICT),
    (PREDICT, predict_with_minus_one, "the two labels are -1 and +1."),
    (PREDICT, predict_without_bias, "the bias plays no part in the answer."),
    (UPDATE, update_without_bias, BIAS),
    (UPDATE, update_always, ALWAYS),
    (UPDATE, update_strictly, STRICT),
    (UPDATE, update_flipped, FLIPPED),
    (UPDATE, update_flipped_error, FLIPPED),
    (UPDATE, update_times_label, MIXED),
    (UPDATE, update_if_product, MIXED),
    (UPDATE, update_if_product_is_negative, MIXED),
    (UPDATE, update_from_minus_one, MIXED),
    (UPDATE, update_from_the_sign, MIXED),
    (UPDATE, update_to_minus_one, MIXED),
    (UPDATE, update_if_unlike_minus_one, MIXED),
    (FIT, fit_without_bias, BIAS),
    (FIT, fit_always, ALWAYS),
    (FIT, fit_strictly, STRICT),
    (FIT, fit_flipped, FLIPPED),
    (FIT, fit_times_label, MIXED),
    (FIT, fit_if_product, MIXED),
    (FIT, fit_from_minus_one, MIXED),
    (FIT, fit_to_minus_one, MIXED),
]


@one_by_one(TYPED)
def test_mistakes_are_named_as_readers_type_them(exercise, answer, what):
    # Training takes longer, and has more answers for each mistake.
    assert_named(exercise, answer, what, runs=6 if exercise is FIT else RUNS)


# --- nand_weights and xor_from_nand: what is refused ------------------------


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (np.array([-2.0, -2.0]), "Two things are expected: (w, b)."),
        (None, "Two things are expected: (w, b)."),
        ((1.0, 2.0, 3.0), "Two things are expected: (w, b)."),
        ("wb", "Two things are expected: (w, b)."),
        ((["a", "b"], 1), "w and b must hold numbers."),
        (([[1], [1, 2]], 1), "w and b must hold numbers."),
        (([-2.0, -2.0], None), "w and b must be finite numbers."),
        (([-2.0, np.nan], 3), "w and b must be finite numbers."),
        (([-2.0, -2.0], np.inf), "w and b must be finite numbers."),
        (
            ([-2.0, -2.0, 3.0], 1),
            "w has shape (3,) and b (); NAND has two inputs, so w has shape "
            "(2,), and b is one number.",
        ),
        (
            ([[-2.0], [-2.0]], [1]),
            "w has shape (2, 1) and b (1,); NAND has two inputs, so w has "
            "shape (2,), and b is one number.",
        ),
        (
            (-2.0, 3.0),
            "w has shape () and b (); NAND has two inputs, so w has shape "
            "(2,), and b is one number.",
        ),
        (
            ([-2.0, -2.0], [3, 3]),
            "w has shape (2,) and b (2,); NAND has two inputs, so w has "
            "shape (2,), and b is one number.",
        ),
    ],
)
def test_what_is_no_pair_of_weights(result, said):
    (outcome,) = outcomes(NAND, lambda: result, runs=1)
    assert outcome.state == "wrong"
    assert outcome.mistake is None
    assert " ".join(outcome.details.split("\n\n")[0].split()) == said
    assert outcome.details.endswith(f"\n  call      {NAND.call}")


@pytest.mark.parametrize(
    ("w", "b", "table"),
    [
        ([0.5, -1.0], 0.75, (1, 0, 1, 1)),
        ([-1.0, 1.0], 0.0, (1, 1, 0, 1)),
        ([-1.0, 0.0], 0.5, (1, 1, 0, 0)),
    ],
)
def test_another_gate_is_shown_by_its_first_wrong_answer(w, b, table):
    (outcome,) = outcomes(NAND, lambda: (w, b), runs=1)
    corner = next(i for i in range(4) if table[i] != (1, 1, 1, 0)[i])
    x1, x2 = CORNERS[corner].astype(int)
    assert outcome.mistake is None
    assert outcome.details.startswith(
        f"the answer to ({x1}, {x2}) is {table[corner]}, and "
        f"{1 - table[corner]} is expected.\n"
    )


@pytest.mark.parametrize(
    ("answer", "uses"),
    [
        (lambda x1, x2, nand: int(x1 != x2), 0),
        (lambda x1, x2, nand: (x1 + x2) % 2, 0),
        (lambda x1, x2, nand: int((x1 or x2) and nand(x1, x2)), 0),
        (lambda x1, x2, nand: nand(x1, x2) * nand(1 - x1, 1 - x2), 2),
        (
            lambda x1, x2, nand: nand(nand(x1, 1 - x2), nand(1 - x1, x2)),
            3,
        ),
    ],
)
def test_xor_that_is_not_made_of_nand_is_refused(answer, uses):
    (outcome,) = outcomes(XOR, answer, runs=1)
    assert outcome.state == "wrong"
    assert " ".join(outcome.details.split("\n\n")[0].split()) == (
        f"The results are right, but nand was used {uses} times, and XOR "
        "takes at least 4. Something other than neurons decided."
    )


def test_xor_that_forgets_a_case_is_told_which():
    def forgetful(x1, x2, nand):
        if x1 == 0:
            return xor_of_four(x1, x2, nand)

    (outcome,) = outcomes(XOR, forgetful, runs=1)
    assert outcome.details.startswith("the result for (1, 0) is None.")


# --- the random inputs ------------------------------------------------------


def arrays_of(exercise, seed):
    for case in exercise.cases(np.random.default_rng(seed)):
        for value in case:
            if isinstance(value, np.ndarray | float):
                yield np.asarray(value)


@pytest.mark.parametrize("exercise", [PREDICT, UPDATE, FIT])
def test_every_number_survives_float32(exercise):
    """Else an answer in float32 would be wrong by rounding."""
    for seed in SEEDS:
        for array in arrays_of(exercise, seed):
            assert np.array_equal(array.astype(np.float32), array)


@pytest.mark.parametrize("exercise", [PREDICT, UPDATE, FIT])
def test_the_inputs_are_fresh(exercise):
    first, again, other = (
        np.concatenate([a.ravel() for a in arrays_of(exercise, seed)])
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_batches_have_all_kinds_of_shapes_and_sizes():
    shapes = {case[0].shape for case in PREDICT.cases(np.random.default_rng())}
    assert (1, 1) in shapes
    assert any(n == 1 < n_in for n, n_in in shapes)
    assert any(n > n_in > 1 for n, n_in in shapes)
    assert any(1 < n < n_in for n, n_in in shapes)


def test_updates_meet_both_labels_on_both_sides_and_on_the_line():
    for seed in SEEDS:
        met = {
            (int(np.sign(x @ w + b)), y)
            for w, b, x, y, _ in UPDATE.cases(np.random.default_rng(seed))
        }
        assert met == {(side, y) for side in (-1, 0, 1) for y in (0, 1)}


def test_training_ends_early_on_some_data_and_never_on_other():
    for seed in SEEDS:
        clean = [
            0 in FIT.reference(*case)[2]
            for case in FIT.cases(np.random.default_rng(seed))
        ]
        assert any(clean)
        assert not all(clean)
