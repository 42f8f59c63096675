"""Lesson 02's exercises: right answers pass, and known mistakes are named.

The answers here are written as readers write them, in many styles. All of
them are judged on many draws of the random inputs.
"""

import math

import numpy as np
import pytest
from judging import RUNS, assert_named, assert_passes, one_by_one, outcomes

from nnlib.checks.activations import (
    COLLAPSE,
    CORNERS,
    EXERCISES,
    RELU,
    RELU_PRIME,
    SATURATED,
    SIGMOID,
    SIGMOID_PRIME,
    XOR_RELU,
)

SEEDS = range(20)


def runs(exercise):
    """xor_with_relu has no inputs, so all its runs are alike."""
    return 5 if exercise is XOR_RELU else RUNS


def said_by(outcome):
    """Return the first paragraph of what a reader reads, on one line."""
    return " ".join(outcome.details.split("\n\n")[0].split())


# --- right answers: collapse ------------------------------------------------


def collapse_with_loops(W1, b1, W2, b2):
    n_in, n_hidden, n_out = len(W1), len(b1), len(b2)
    W = [[0.0] * n_out for _ in range(n_in)]
    b = list(b2)
    for k in range(n_out):
        for j in range(n_hidden):
            b[k] += b1[j] * W2[j][k]
            for i in range(n_in):
                W[i][k] += W1[i][j] * W2[j][k]
    return W, b


def collapse_by_sending_rows_through(W1, b1, W2, b2):
    """What comes out for 0 is b, and for each unit row, a row of W and b."""

    def both(X):
        return (X @ W1 + b1) @ W2 + b2

    b = both(np.zeros(len(W1)))
    return both(np.eye(len(W1))) - b, b


def collapse_in_float32(W1, b1, W2, b2):
    W1, b1, W2, b2 = (part.astype(np.float32) for part in (W1, b1, W2, b2))
    return W1.dot(W2), b1.dot(W2) + b2


def collapse_in_fortran_order(W1, b1, W2, b2):
    W = np.asfortranarray(np.einsum("ih,ho->io", W1, W2))
    return [W, np.squeeze(b1[None, :] @ W2, axis=0) + b2]


def collapse_through_transposes(W1, b1, W2, b2):
    return (W2.T @ W1.T).T, W2.T @ b1 + b2


def collapse_in_place(W1, b1, W2, b2):
    b2 += b1 @ W2
    return W1 @ W2, b2


# --- right answers: sigmoid -------------------------------------------------


def sigmoid_through_tanh(Z):
    return 0.5 * np.tanh(Z / 2) + 0.5


def sigmoid_with_clip(Z):
    return 1 / (1 + np.exp(-np.clip(Z, -500, 500)))


def sigmoid_with_masks(Z):
    A = np.zeros(Z.shape)
    above = Z >= 0
    A[above] = 1 / (1 + np.exp(-Z[above]))
    E = np.exp(Z[~above])
    A[~above] = E / (1 + E)
    return A


def sigmoid_with_where(Z):
    E = np.exp(-np.abs(Z))
    return np.where(Z >= 0, 1, E) / (1 + E)


def sigmoid_with_loops(Z):
    A = []
    for z in Z.ravel():
        if z >= 0:
            A.append(1 / (1 + math.exp(-z)))
        else:
            A.append(math.exp(z) / (1 + math.exp(z)))
    return np.array(A).reshape(Z.shape)


def sigmoid_with_errstate(Z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-Z))


def sigmoid_through_logarithms(Z):
    return np.exp(-np.logaddexp(0, -Z))


def sigmoid_in_float32(Z):
    A = np.asfortranarray(Z.astype(np.float32))
    return (1 + np.tanh(A * np.float32(0.5))) * np.float32(0.5)


def sigmoid_in_place(Z):
    Z *= 0.5
    np.tanh(Z, out=Z)
    Z += 1
    Z /= 2
    return Z


# --- right answers: sigmoid_prime -------------------------------------------


def slope_from_the_output(Z):
    a = 1 / (1 + np.exp(-Z))
    return a * (1 - a)


def slope_from_the_exponential(Z):
    E = np.exp(-np.abs(Z))  # the slope is the same on both sides
    return E / (1 + E) ** 2


def slope_from_both_sides(Z):
    return sigmoid_through_tanh(Z) * sigmoid_through_tanh(-Z)


def slope_from_tanh(Z):
    return (1 - np.tanh(Z / 2) ** 2) / 4


def slope_by_nudging(Z):
    h = 1e-5
    return (sigmoid_with_where(Z + h) - sigmoid_with_where(Z - h)) / (2 * h)


def slope_with_loops(Z):
    S = np.empty_like(Z)
    for i in np.ndindex(Z.shape):
        a = 1 / (1 + math.exp(-Z[i]))
        S[i] = a - a * a
    return S.tolist()


def slope_in_float32(Z):
    A = sigmoid_in_float32(Z)
    return A * (1 - A)


# --- right answers: relu and relu_prime -------------------------------------


def relu_with_maximum(Z):
    return np.maximum(0, Z)


def relu_with_where(Z):
    return np.where(Z > 0, Z, 0)


def relu_with_a_mask(Z):
    return Z * (Z > 0)


def relu_with_the_absolute_value(Z):
    return (Z + np.abs(Z)) / 2


def relu_with_clip(Z):
    return np.clip(Z, 0, None)


def relu_with_loops(Z):
    A = [max(0, z) for z in Z.ravel()]
    return np.reshape(A, Z.shape)


def relu_in_place(Z):
    Z[Z < 0] = 0
    return Z


def relu_in_float32(Z):
    return np.maximum(np.asfortranarray(Z, dtype=np.float32), np.float32(0))


def relu_slope_as_floats(Z):
    return (Z > 0).astype(float)


def relu_slope_as_integers(Z):
    return (Z > 0) * 1


def relu_slope_with_where(Z):
    return np.where(Z <= 0, 0, 1)


def relu_slope_with_loops(Z):
    S = np.zeros(Z.shape, dtype=np.float32, order="F")
    for i, z in np.ndenumerate(Z):
        if z > 0:
            S[i] = 1
    return S


def relu_slope_with_heaviside(Z):
    return np.heaviside(Z, 0)


def relu_slope_in_place(Z):
    Z[Z <= 0] = 0
    Z[Z > 0] = 1
    return Z


# --- right answers: saturated_fraction --------------------------------------


def share_with_mean(Z, tolerance):
    return np.mean(slope_from_the_output(Z) < tolerance)


def share_with_sum(Z, tolerance):
    return (slope_from_tanh(Z) < tolerance).sum() / Z.size


def share_with_loops(Z, tolerance):
    count = 0
    for row in Z:
        for z in row:
            a = 1 / (1 + math.exp(-z))
            if a * (1 - a) < tolerance:
                count += 1
    return count / (len(Z) * len(Z[0]))


def share_in_float32(Z, tolerance):
    A = sigmoid_in_float32(Z)
    return np.float32(np.count_nonzero(tolerance > A * (1 - A)) / A.size)


def share_of_means(Z, tolerance):
    """The mean of the units' shares; all units have as many entries."""
    slopes = slope_from_the_exponential(np.asfortranarray(Z))
    return (slopes < tolerance).mean(axis=0).mean()


# --- right answers: xor_with_relu -------------------------------------------


def xor_from_differences():
    W1 = np.array([[1.0, -1.0], [-1.0, 1.0]])
    return W1, np.zeros(2), np.array([[1.0], [1.0]]), np.array([-0.5])


def xor_from_sums():
    return [[1, 1], [1, 1]], [0, -1], [[1], [-2]], [0]


def xor_from_nand_and_or():
    """The first unit is NAND turned round, the second is NOR."""
    W1 = np.float32([[1, -1], [1, -1]])
    W2 = np.float32([[-1], [-1]])
    return W1, np.float32([-1, 1]), W2, np.float32([0.5])


def xor_that_is_not_symmetric():
    W1 = np.asfortranarray([[2.0, 4.0], [3.0, 4.0]])
    return [W1, np.array([0.0, -3.5]), np.array([[1.0], [-1.5]]), [-1.0]]


def xor_with_one_unit_and_a_sum():
    """The first unit is never bent: x1 + x2, less twice their AND."""
    W1, b1 = np.ones((2, 2)), np.array([10.0, -1.0])
    return W1, b1, np.array([[1.0], [-2.0]]), np.array([-10.25])


def xor_of_tenths():
    """On paper the output at (1, 1) is 0; in floats it is 3e-17."""
    W1, b1 = np.full((2, 2), 0.1), np.array([0.1, -0.1])
    return W1, b1, np.array([[1.0], [-2.0]]), np.array([-0.1])


def xor_of_tiny_weights():
    W1, b1, W2, b2 = xor_from_differences()
    return W1 * 1e-20, b1, W2 * 1e-20, b2 * 1e-40


def xor_with_booleans_and_tuples():
    return ((True, True), (True, True)), (0, -1), ((2,), (-4,)), (-1e-9,)


RIGHT = [
    (COLLAPSE, collapse_with_loops),
    (COLLAPSE, collapse_by_sending_rows_through),
    (COLLAPSE, collapse_in_float32),
    (COLLAPSE, collapse_in_fortran_order),
    (COLLAPSE, collapse_through_transposes),
    (COLLAPSE, collapse_in_place),
    (SIGMOID, sigmoid_through_tanh),
    (SIGMOID, sigmoid_with_clip),
    (SIGMOID, sigmoid_with_masks),
    (SIGMOID, sigmoid_with_where),
    (SIGMOID, sigmoid_with_loops),
    (SIGMOID, sigmoid_with_errstate),
    (SIGMOID, sigmoid_through_logarithms),
    (SIGMOID, sigmoid_in_float32),
    (SIGMOID, sigmoid_in_place),
    (SIGMOID_PRIME, slope_from_the_output),
    (SIGMOID_PRIME, slope_from_the_exponential),
    (SIGMOID_PRIME, slope_from_both_sides),
    (SIGMOID_PRIME, slope_from_tanh),
    (SIGMOID_PRIME, slope_by_nudging),
    (SIGMOID_PRIME, slope_with_loops),
    (SIGMOID_PRIME, slope_in_float32),
    (RELU, relu_with_maximum),
    (RELU, relu_with_where),
    (RELU, relu_with_a_mask),
    (RELU, relu_with_the_absolute_value),
    (RELU, relu_with_clip),
    (RELU, relu_with_loops),
    (RELU, relu_in_place),
    (RELU, relu_in_float32),
    (RELU_PRIME, relu_slope_as_floats),
    (RELU_PRIME, relu_slope_as_integers),
    (RELU_PRIME, relu_slope_with_where),
    (RELU_PRIME, relu_slope_with_loops),
    (RELU_PRIME, relu_slope_with_heaviside),
    (RELU_PRIME, relu_slope_in_place),
    (SATURATED, share_with_mean),
    (SATURATED, share_with_sum),
    (SATURATED, share_with_loops),
    (SATURATED, share_in_float32),
    (SATURATED, share_of_means),
    (XOR_RELU, xor_from_differences),
    (XOR_RELU, xor_from_sums),
    (XOR_RELU, xor_from_nand_and_or),
    (XOR_RELU, xor_that_is_not_symmetric),
    (XOR_RELU, xor_with_one_unit_and_a_sum),
    (XOR_RELU, xor_of_tenths),
    (XOR_RELU, xor_of_tiny_weights),
    (XOR_RELU, xor_with_booleans_and_tuples),
]


@one_by_one(RIGHT)
def test_right_answers_pass(exercise, answer):
    assert_passes(exercise, answer, runs(exercise))


@one_by_one(
    [
        (COLLAPSE, collapse_in_place),
        (SIGMOID, sigmoid_in_place),
        (RELU, relu_in_place),
        (RELU_PRIME, relu_slope_in_place),
    ]
)
def test_answers_in_place_are_told_of_it(exercise, answer):
    for outcome in outcomes(exercise, answer, runs=20):
        assert "A remark: your function changes the array" in outcome.details


# --- the same mistakes, as readers type them --------------------------------

OVERFLOW = (
    "the values are right, but exp(-z) overflows for very negative z, and "
    "numpy warns of it."
)
NAN = "for large z it divides infinity by infinity: that is nan."
BRANCHES = (
    "the values are right, but np.where computes both of its branches "
    "everywhere, also the one that overflows."
)
SIGN = (
    "the sign of z is lost: this is 1 / (1 + exp(z)), which falls where the "
    "sigmoid rises."
)
BRACKETS = "1 / 1 + exp(-z) is read as (1 / 1) + exp(-z)."
TWICE = "the slope was taken at sigmoid(z), and not at z."
Z_FOR_A = "z (1 - z) was computed, with the score where the output belongs."
ONE_FACTOR = "only one of the two factors is there."
TANH_RULE = "this is the rule for tanh, 1 - a^2."
YES_OR_NO = (
    "this answers the question whether z is above 0, with True and False or "
    "1 and 0."
)
AT_0 = "the slope at exactly 0 is 1, and this book takes 0 there."
HALF = "the slope at exactly 0 is one half, and this book takes 0 there."
IDLE = (
    "the bend is never in use. At all four points each hidden unit stays on "
    "one side of 0, so the network is linear there, and no linear network "
    "does XOR."
)
NONE_ABOVE = (
    "the output is above 0 at none of the four points. Perhaps it is exactly "
    "0 somewhere, and 0 is not above 0."
)


def collapse_without_b1(W1, b1, W2, b2):
    W = np.dot(W1, W2)
    b = b2
    return W, b


def collapse_without_b2(W1, b1, W2, b2):
    return W1 @ W2, np.dot(b1, W2)


def collapse_without_biases(W1, b1, W2, b2):
    return W1 @ W2, np.zeros(W2.shape[1])


def collapse_turned_round(W1, b1, W2, b2):
    return W2.T @ W1.T, b1 @ W2 + b2


def collapse_exchanged(W1, b1, W2, b2):
    W = W1 @ W2
    b = b1 @ W2 + b2
    return b, W


def collapse_with_a_row(W1, b1, W2, b2):
    b1 = b1.reshape(1, -1)
    return W1 @ W2, b1 @ W2 + b2


def collapse_with_biases_in_the_weights(W1, b1, W2, b2):
    def both(X):
        return (X @ W1 + b1) @ W2 + b2

    return both(np.eye(W1.shape[0])), both(np.zeros(W1.shape[0]))


def collapse_with_b2_twice(W1, b1, W2, b2):
    b = b1 @ W2 + b2
    return W1 @ W2, b + b2


def sigmoid_naive(Z):
    return 1 / (1 + np.exp(-Z))


def sigmoid_naive_with_loops(Z):
    A = np.zeros(Z.shape)
    for i in np.ndindex(Z.shape):
        A[i] = 1.0 / (1.0 + np.exp(-Z[i]))
    return A


def sigmoid_naive_with_power(Z):
    return (1 + np.e ** (-Z)) ** -1


def sigmoid_of_exp(Z):
    e = np.exp(Z)
    return e / (1 + e)


def sigmoid_with_one_over_exp(Z):
    return 1 / (1 + 1 / np.exp(Z))


def sigmoid_of_both_branches(Z):
    above = 1 / (1 + np.exp(-Z))
    below = np.exp(Z) / (1 + np.exp(Z))
    return np.where(Z > 0, above, below)


def sigmoid_without_minus(Z):
    return 1 / (1 + np.exp(Z))


def sigmoid_without_minus_but_stable(Z):
    return 0.5 * (1 - np.tanh(Z / 2))


def sigmoid_without_brackets(Z):
    return 1 / 1 + np.exp(-Z)


def sigmoid_as_tanh(Z):
    return np.tanh(Z)


def sigmoid_with_tanh_of_z(Z):
    return (np.tanh(Z) + 1) / 2


def sigmoid_as_its_slope(Z):
    a = sigmoid_through_tanh(Z)
    return a * (1 - a)


def slope_at_the_output(Z):
    A = sigmoid_naive(Z)
    return sigmoid_naive(A) * (1 - sigmoid_naive(A))


def slope_of_the_score(Z):
    return Z * (1.0 - Z)


def slope_is_the_output(Z):
    return sigmoid_naive(Z)


def slope_without_the_output(Z):
    return np.exp(-Z) / (1 + np.exp(-Z))


def slope_of_tanh(Z):
    a = sigmoid_naive(Z)
    return 1 - a**2


def slope_of_real_tanh(Z):
    return 1 - np.tanh(Z) ** 2


def slope_downhill(Z):
    return -np.exp(-np.abs(Z)) / (1 + np.exp(-np.abs(Z))) ** 2


def slope_squared(Z):
    a = sigmoid_naive(Z)
    return a * (1 - a) ** 2


def relu_of_booleans(Z):
    return Z > 0


def relu_of_ones(Z):
    A = np.zeros_like(Z)
    A[Z > 0] = 1
    return A


def relu_of_booleans_with_0(Z):
    return Z >= 0


def relu_over_an_axis(Z):
    return np.max(Z, 0)


def relu_with_minimum(Z):
    return np.where(Z > 0, 0, Z)


def relu_with_absolute_values(Z):
    return np.where(Z > 0, Z, -Z)


def relu_on_the_other_side(Z):
    return np.maximum(0, -Z)


def relu_that_leaks(Z):
    return np.where(Z > 0, Z, 0.01 * Z)


def relu_that_drops(Z):
    return np.array([z for z in Z.ravel() if z > 0])


def relu_that_stops_at_1(Z):
    return np.minimum(np.maximum(Z, 0), 1)


def relu_unchanged(Z):
    np.maximum(Z, 0)
    return Z


def relu_slope_with_0(Z):
    return np.where(Z < 0, 0.0, 1.0)


def relu_slope_by_nudging(Z):
    h = 1e-6
    return (np.maximum(0, Z + h) - np.maximum(0, Z - h)) / (2 * h)


def relu_slope_is_relu(Z):
    return np.where(Z > 0, Z, 0)


def relu_slope_of_1(Z):
    return np.ones(Z.shape)


def relu_slope_of_0(Z):
    return np.zeros(Z.shape)


def relu_slope_of_signs(Z):
    return np.where(Z > 0, 1, np.where(Z < 0, -1, 0))


def relu_slope_on_the_other_side(Z):
    return np.where(Z < 0, 1, 0)


def relu_slope_that_leaks(Z):
    return np.where(Z > 0, 1, 0.01)


def share_not_saturated(Z, tolerance):
    return np.mean(slope_from_tanh(Z) > tolerance)


def share_with_the_tie(Z, tolerance):
    return np.mean(slope_from_tanh(Z) <= tolerance)


def share_as_a_count(Z, tolerance):
    return int((slope_from_tanh(Z) < tolerance).sum())


def share_of_the_rows(Z, tolerance):
    n = Z.shape[0]
    return (slope_from_tanh(Z) < tolerance).sum() / n


def share_in_percent(Z, tolerance):
    return (slope_from_tanh(Z) < tolerance).mean() * 100


def share_for_each_unit(Z, tolerance):
    return (slope_from_tanh(Z) < tolerance).sum(axis=0) / len(Z)


def share_of_booleans(Z, tolerance):
    return slope_from_tanh(Z) < tolerance


def share_at_the_output(Z, tolerance):
    return np.mean(slope_at_the_output(Z) < tolerance)


def share_of_small_outputs(Z, tolerance):
    return np.mean(sigmoid_naive(Z) < tolerance)


def share_of_outputs_near_the_ends(Z, tolerance):
    A = sigmoid_naive(Z)
    return np.mean((tolerance > A) | (tolerance > 1 - A))


def share_of_small_scores(Z, tolerance):
    return np.mean(np.abs(Z) < tolerance)


def share_of_whole_units(Z, tolerance):
    flat = slope_from_tanh(Z) < tolerance
    return np.mean([unit.all() for unit in flat.T])


def share_of_mean_slopes(Z, tolerance):
    return np.mean(slope_from_tanh(Z).mean(axis=0) < tolerance)


def share_of_tanh(Z, tolerance):
    return np.mean(1 - np.tanh(Z) ** 2 < tolerance)


def xor_without_a_bend():
    """An attempt to do it with sums that are never below 0."""
    return np.ones((2, 2)), np.zeros(2), np.array([[1], [1]]), np.array([-1])


def xor_of_zeros():
    return np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), np.zeros(1)


def xor_turned_round():
    W1, b1, W2, b2 = xor_from_differences()
    return W1, b1, -W2, -b2


def xor_as_and():
    """Its only unit that counts wakes up at (1, 1)."""
    W1, b1 = np.ones((2, 2)), np.array([-1.0, -1.0])
    return W1, b1, np.array([[1.0], [0.0]]), np.array([-0.5])


def xor_as_or():
    """The second unit pulls, but not enough."""
    W1, b1 = np.ones((2, 2)), np.array([0.0, -1.0])
    return W1, b1, np.array([[1.0], [-1.0]]), np.array([-0.5])


def xor_as_nand():
    """The second unit pulls at (1, 1), and b2 holds all others up."""
    W1, b1 = np.ones((2, 2)), np.array([0.0, -1.0])
    return W1, b1, np.array([[0.0], [-2.0]]), np.array([1.0])


def xor_as_nor():
    W1, b1 = -np.ones((2, 2)), np.array([1.0, 0.5])
    return W1, b1, np.array([[2.0], [0.0]]), np.array([-1.0])


def xor_always_1():
    W1, b1, W2, _ = xor_from_differences()
    return W1, b1, W2, np.array([0.5])


def xor_always_0():
    """The output is exactly 0 at (0, 1), and 0 is not above 0."""
    W1, b1, W2, _ = xor_from_differences()
    return W1, b1, W2, np.array([-1.0])


def xor_of_one_half():
    W1, b1, _, b2 = xor_from_differences()
    return W1, b1, np.array([[1.0], [0.0]]), b2


def xor_of_one_input():
    W1, b1 = np.array([[2.0, 0.0], [0.0, 2.0]]), np.array([-1.0, 0.0])
    return W1, b1, np.array([[1.0], [0.0]]), np.array([0.0])


def xor_of_three():
    W1, b1, _, _ = xor_from_differences()
    return W1, b1, np.array([[1.0], [-1.0]]), np.array([0.5])


def sigmoid_prime_of_one_plus_a(Z):
    A = 1 / (1 + np.exp(-Z))
    return A * (1 + A)


def share_beyond_a_fixed_limit(Z, tolerance):
    asleep = 0
    for row in Z:
        for z in row:
            if z < -4.6 or z > 4.6:
                asleep += 1
    return asleep / Z.size


TYPED = [
    (
        SIGMOID_PRIME,
        sigmoid_prime_of_one_plus_a,
        "a was multiplied by 1 + a; what counts is what is missing to 1.",
    ),
    (
        SATURATED,
        share_beyond_a_fixed_limit,
        "the tolerance plays no part: the limit is a fixed number.",
    ),
    (COLLAPSE, collapse_without_b1, "b1 was forgotten."),
    (COLLAPSE, collapse_without_b2, "b2 was forgotten."),
    (COLLAPSE, collapse_without_biases, "both biases were forgotten."),
    (COLLAPSE, collapse_turned_round, "W came back transposed."),
    (COLLAPSE, collapse_exchanged, "W and b came back in the wrong order."),
    (COLLAPSE, collapse_with_a_row, "b is a matrix of one row."),
    (
        COLLAPSE,
        collapse_with_biases_in_the_weights,
        "the biases are in W as well.",
    ),
    (
        COLLAPSE,
        collapse_with_b2_twice,
        "b2 went through the second layer too, or b was added twice.",
    ),
    (SIGMOID, sigmoid_naive, OVERFLOW),
    (SIGMOID, sigmoid_naive_with_loops, OVERFLOW),
    (SIGMOID, sigmoid_naive_with_power, OVERFLOW),
    (SIGMOID, sigmoid_of_exp, NAN),
    (
        SIGMOID,
        sigmoid_with_one_over_exp,
        "for very negative z exp(z) is 0, and 1 / 0 came up on the way.",
    ),
    (SIGMOID, sigmoid_of_both_branches, BRANCHES),
    (SIGMOID, sigmoid_without_minus, SIGN),
    (SIGMOID, sigmoid_without_minus_but_stable, SIGN),
    (SIGMOID, sigmoid_without_brackets, BRACKETS),
    (SIGMOID, sigmoid_as_tanh, "this is tanh, which runs from -1 to 1."),
    (
        SIGMOID,
        sigmoid_with_tanh_of_z,
        "the curve is twice as steep: this is the sigmoid of 2 z.",
    ),
    (
        SIGMOID,
        sigmoid_as_its_slope,
        "the slope was returned, and not the curve.",
    ),
    (SIGMOID_PRIME, slope_at_the_output, TWICE),
    (SIGMOID_PRIME, slope_of_the_score, Z_FOR_A),
    (SIGMOID_PRIME, slope_is_the_output, ONE_FACTOR),
    (SIGMOID_PRIME, slope_without_the_output, ONE_FACTOR),
    (SIGMOID_PRIME, slope_of_tanh, TANH_RULE),
    (SIGMOID_PRIME, slope_of_real_tanh, TANH_RULE),
    (
        SIGMOID_PRIME,
        slope_downhill,
        "the sign is wrong: the sigmoid rises everywhere.",
    ),
    (
        SIGMOID_PRIME,
        slope_squared,
        "a factor is squared that should not be.",
    ),
    (RELU, relu_of_booleans, YES_OR_NO),
    (RELU, relu_of_ones, YES_OR_NO),
    (RELU, relu_of_booleans_with_0, YES_OR_NO),
    (
        RELU,
        relu_over_an_axis,
        "np.max with 0 as its second argument takes the largest entry along "
        "axis 0.",
    ),
    (
        RELU,
        relu_with_minimum,
        "the smaller of 0 and z was taken, not the larger.",
    ),
    (
        RELU,
        relu_with_absolute_values,
        "negative numbers came back as positive ones: this is |z|.",
    ),
    (
        RELU,
        relu_on_the_other_side,
        "left and right are exchanged: this is relu(-z).",
    ),
    (
        RELU,
        relu_that_leaks,
        "this is leaky relu: it lets a hundredth through below 0.",
    ),
    (
        RELU,
        relu_that_drops,
        "the numbers below 0 are missing, and not 0.",
    ),
    (RELU, relu_that_stops_at_1, "the result is cut off at 1 as well."),
    (RELU, relu_unchanged, "Z came back as it was."),
    (RELU_PRIME, relu_slope_with_0, AT_0),
    (RELU_PRIME, relu_slope_by_nudging, HALF),
    (
        RELU_PRIME,
        relu_slope_is_relu,
        "relu itself was returned, and not its slope.",
    ),
    (RELU_PRIME, relu_slope_of_1, "the slope is 1 everywhere."),
    (RELU_PRIME, relu_slope_of_0, "the slope is 0 everywhere."),
    (
        RELU_PRIME,
        relu_slope_of_signs,
        "the sign of z was returned: below 0 this is -1.",
    ),
    (
        RELU_PRIME,
        relu_slope_on_the_other_side,
        "left and right are exchanged.",
    ),
    (
        RELU_PRIME,
        relu_slope_that_leaks,
        "this is the slope of leaky relu.",
    ),
    (
        SATURATED,
        share_not_saturated,
        "this is the share of the entries that are not saturated.",
    ),
    (
        SATURATED,
        share_with_the_tie,
        "a slope that equals the tolerance was counted.",
    ),
    (
        SATURATED,
        share_as_a_count,
        "the entries were counted; a share is asked for.",
    ),
    (
        SATURATED,
        share_of_the_rows,
        "the count was divided by the number of rows alone.",
    ),
    (SATURATED, share_in_percent, "this is in percent."),
    (
        SATURATED,
        share_for_each_unit,
        "there is one share for each unit, or each row.",
    ),
    (
        SATURATED,
        share_of_booleans,
        "there is a yes or no for each entry; the share of the yes is "
        "missing.",
    ),
    (
        SATURATED,
        share_at_the_output,
        "the slope was taken at sigmoid(z), and not at z.",
    ),
    (
        SATURATED,
        share_of_small_outputs,
        "the output was compared, and not the slope; so only one end counts.",
    ),
    (
        SATURATED,
        share_of_outputs_near_the_ends,
        "outputs close to 0 or 1 were counted, and not small slopes.",
    ),
    (
        SATURATED,
        share_of_small_scores,
        "the scores were compared, and not their slopes.",
    ),
    (
        SATURATED,
        share_of_whole_units,
        "whole units were counted, and not entries.",
    ),
    (
        SATURATED,
        share_of_mean_slopes,
        "whole units were counted, and not entries.",
    ),
    (SATURATED, share_of_tanh, "this is the slope of tanh."),
    (XOR_RELU, xor_without_a_bend, IDLE),
    (XOR_RELU, xor_of_zeros, IDLE),
    (
        XOR_RELU,
        xor_turned_round,
        "this is XNOR: above 0 where the inputs are equal.",
    ),
    (XOR_RELU, xor_as_and, "this is AND."),
    (XOR_RELU, xor_as_or, "this is OR."),
    (XOR_RELU, xor_as_nand, "this is NAND."),
    (XOR_RELU, xor_as_nor, "this is NOR."),
    (
        XOR_RELU,
        xor_always_1,
        "the output is above 0 at all four points.",
    ),
    (XOR_RELU, xor_always_0, NONE_ABOVE),
    (
        XOR_RELU,
        xor_of_one_half,
        "only one of (0, 1) and (1, 0) is above 0.",
    ),
    (
        XOR_RELU,
        xor_of_one_input,
        "one of the two inputs decides alone.",
    ),
    (
        XOR_RELU,
        xor_of_three,
        "three of the four points are above 0, among them (0, 0) and (1, 1).",
    ),
]


@one_by_one(TYPED)
def test_mistakes_are_named_as_readers_type_them(exercise, answer, what):
    assert_named(exercise, answer, what, runs(exercise))


def test_every_mistake_is_typed_here():
    typed = {(exercise.name, what) for exercise, _, what in TYPED}
    assert typed == {(e.name, m.what) for e in EXERCISES for m in e.mistakes}


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_no_two_mistakes_agree_on_all_cases(exercise):
    """Else the first would be named for the second."""
    for mistake in exercise.mistakes:
        for answer in mistake.answers:
            assert_named(exercise, answer, mistake.what, runs=10)


# --- what cannot be compared ------------------------------------------------


def collapse_in_the_wrong_order(W1, b1, W2, b2):
    return W2 @ W1, b1 @ W2 + b2


def collapse_all_in_the_wrong_order(W1, b1, W2, b2):
    return np.dot(W2, W1), np.dot(b2, W1) + b1


def collapse_with_b1_untouched(W1, b1, W2, b2):
    W = W1 @ W2
    b = b1 + b2
    return W, b


@pytest.mark.parametrize(
    ("answer", "start"),
    [
        (collapse_in_the_wrong_order, "W is W2 times W1, and the order of"),
        (collapse_all_in_the_wrong_order, "W is W2 times W1, and the order"),
        (collapse_with_b1_untouched, "b is b1 + b2, but b1 is added before"),
    ],
)
def test_products_that_fit_for_square_layers_alone_are_told(answer, start):
    """The first call that is wrong says it; numpy would only raise."""
    for outcome in outcomes(COLLAPSE, answer, runs=20):
        assert outcome.state == "wrong"
        assert said_by(outcome).startswith(start)
        assert said_by(outcome).endswith("?")


def test_the_order_of_two_numbers_is_not_complained_of():
    (outcome,) = outcomes(COLLAPSE, collapse_in_the_wrong_order, runs=1)
    _, second, *_ = COLLAPSE.cases(np.random.default_rng(0))
    assert f"collapse(np.array({second[0].tolist()})" in outcome.details


def test_other_shapes_that_do_not_fit_are_raised_as_numpy_says():
    def careless(W1, b1, W2, b2):
        return W1 @ W2.T, b1 @ W2 + b2

    (outcome,) = outcomes(COLLAPSE, careless, runs=1)
    assert outcome.state == "raised"
    assert "ValueError: matmul" in outcome.details
    assert "return W1 @ W2.T, b1 @ W2 + b2" in outcome.details


def test_math_exp_overflows_by_raising():
    def with_math(Z):
        A = [1 / (1 + math.exp(-z)) for z in Z.ravel()]
        return np.array(A).reshape(Z.shape)

    (outcome,) = outcomes(SIGMOID, with_math, runs=1)
    assert outcome.state == "raised"
    assert "OverflowError" in outcome.details


def test_the_warning_of_a_naive_sigmoid_is_told():
    (outcome,) = outcomes(SIGMOID, sigmoid_naive, runs=1)
    assert said_by(outcome) == (
        "numpy's warning is 'overflow encountered in exp', and 'nothing' is "
        "expected."
    )
    assert "sigmoid(np.array([-1000.0]))" in outcome.details


def test_python_s_max_raises():
    (outcome,) = outcomes(RELU, lambda Z: max(0, Z), runs=1)
    assert outcome.state == "raised"
    assert "ambiguous" in outcome.details


def test_a_slope_of_true_and_false_is_told_that_numbers_are_expected():
    (outcome,) = outcomes(RELU_PRIME, lambda Z: Z > 0, runs=1)
    assert outcome.state == "wrong"
    assert said_by(outcome) == (
        "slope holds True and False, and numbers are expected."
    )


# --- xor_with_relu: what is refused -----------------------------------------

GOOD = xor_from_sums()
FOUR = "Four things are expected: (W1, b1, W2, b2)."


def with_part(i, part):
    return [*GOOD[:i], part, *GOOD[i + 1 :]]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, FOUR),
        (GOOD[:3], FOUR),
        ([*GOOD, 1.0], FOUR),
        (np.zeros((4, 2)), FOUR),
        ("four", FOUR),
        (with_part(0, [["a", "b"]] * 2), "W1 must hold numbers."),
        (with_part(0, [[1.0], [1.0, 2.0]]), "W1 must hold numbers."),
        (with_part(1, None), "b1 must hold numbers."),
        (with_part(2, np.array([[1j], [1]])), "W2 must hold numbers."),
        (with_part(3, [np.nan]), "b2 must hold finite numbers."),
        (with_part(1, [0, -np.inf]), "b1 must hold finite numbers."),
        (
            with_part(0, [1, 1]),
            "W1 has shape (2,), and (2, 2) is needed.",
        ),
        (
            with_part(1, [[0, -1]]),
            "b1 has shape (1, 2), and (2,) is needed.",
        ),
        (
            with_part(2, [1, -2]),
            "W2 has shape (2,), and (2, 1) is needed.",
        ),
        (
            with_part(2, [[1, -2]]),
            "W2 has shape (1, 2), and (2, 1) is needed.",
        ),
        (with_part(3, -0.5), "b2 has shape (), and (1,) is needed."),
        (
            with_part(0, [[1e308, 1e308]] * 2),
            "The weights are so large that the network's output is no longer "
            "a finite number.",
        ),
    ],
)
def test_what_is_no_network_is_refused(result, said):
    (outcome,) = outcomes(XOR_RELU, lambda: result, runs=1)
    assert outcome.state == "wrong"
    assert outcome.mistake is None
    assert said_by(outcome) == said


def test_a_wrong_answer_is_shown_at_its_first_point():
    (outcome,) = outcomes(XOR_RELU, xor_as_or, runs=1)
    assert said_by(outcome) == (
        "the answer to (1, 1) is 1, and 0 is expected."
    )


def test_no_linear_network_is_right():
    """Whatever line it draws: the bend is idle, and it is told so."""
    rng = np.random.default_rng(0)
    for _ in range(100):
        p, q, c = rng.normal(size=3)
        W1 = np.array([[p, 0.0], [q, 0.0]])
        network = (W1, np.array([50.0, 0.0]), np.ones((2, 1)), [c - 50.0])
        (outcome,) = outcomes(XOR_RELU, lambda n=network: n, runs=1)
        assert outcome.mistake == IDLE


def test_networks_near_a_right_one_are_right_when_they_are_right():
    """Judged a second time, by nothing but the four signs."""
    rng = np.random.default_rng(2)
    right = [np.asarray(part) for part in xor_from_differences()]
    met = {True: 0, False: 0}
    for _ in range(200):
        near = [part + 0.4 * rng.normal(size=part.shape) for part in right]
        W1, b1, W2, b2 = near
        f = np.maximum(CORNERS @ W1 + b1, 0) @ W2 + b2
        is_right = bool(((f[:, 0] > 0) == [False, True, True, False]).all())
        met[is_right] += 1
        (outcome,) = outcomes(XOR_RELU, lambda n=near: n, runs=1)
        assert (outcome.state == "passed") == is_right
    assert min(met.values()) >= 20


# --- the random inputs ------------------------------------------------------


def arrays_of(exercise, seed):
    for case in exercise.cases(np.random.default_rng(seed)):
        for value in case:
            if isinstance(value, np.ndarray):
                yield value


DRAWN = [COLLAPSE, SIGMOID, SIGMOID_PRIME, RELU, RELU_PRIME, SATURATED]


@pytest.mark.parametrize("exercise", DRAWN, ids=lambda e: e.name)
def test_every_number_survives_float32(exercise):
    """Else an answer in float32 would be wrong by rounding."""
    for seed in SEEDS:
        for array in arrays_of(exercise, seed):
            assert np.array_equal(array.astype(np.float32), array)


@pytest.mark.parametrize("exercise", DRAWN, ids=lambda e: e.name)
def test_the_inputs_are_fresh(exercise):
    first, again, other = (
        np.concatenate([a.ravel() for a in arrays_of(exercise, seed)])
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_both_ends_come_alone_and_together():
    arrays = [a for a in arrays_of(SIGMOID, 0) if np.abs(a).max() >= 1000]
    ends = [(a.min() <= -1000, a.max() >= 1000) for a in arrays]
    assert {(True, False), (False, True), (True, True)} == set(ends)


def test_zero_and_one_row_are_always_among_the_scores():
    for exercise in (SIGMOID, SIGMOID_PRIME, RELU, RELU_PRIME):
        arrays = [*arrays_of(exercise, 3)]
        assert any((a == 0).any() for a in arrays)
        assert any(a.shape[0] == 1 and a.ndim == 2 for a in arrays)
        assert any(a.ndim == 2 and a.shape[0] != a.shape[1] for a in arrays)


def test_no_slope_lies_so_close_to_the_tolerance_that_rounding_decides():
    for seed in SEEDS:
        for Z, tolerance in SATURATED.cases(np.random.default_rng(seed)):
            gaps = np.abs(SIGMOID_PRIME.reference(Z) - tolerance)
            assert gaps[gaps > 0].min() > 1e-4
            assert (Z[gaps == 0] == 0).all()
