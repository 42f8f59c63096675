"""Lesson 03's exercises: right answers pass, and known mistakes are named.

The answers here are written as readers write them, in many styles. All of
them are judged on many draws of the random inputs.
"""

import math

import numpy as np
import pytest
from judging import RUNS, assert_named, assert_passes, one_by_one, outcomes

from nnlib import losses
from nnlib.checks.losses import (
    ACCURACY_IS_NOT_THE_LOSS,
    BASE_2,
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    ENTRIES,
    HALF,
    HALF_SUM,
    HUBER,
    MEAN_SQUARED_ERROR,
    PAIRS,
    SIGN,
    SOFTMAX,
    SUM,
)

SEEDS = range(20)


# --- right answers: mean_squared_error --------------------------------------


def mse_with_loops(Y_hat, Y):
    total, count = 0.0, 0
    for p, t in zip(Y_hat.ravel(), Y.ravel(), strict=True):
        total += (p - t) ** 2
        count += 1
    return total / count


def mse_in_float32(Y_hat, Y):
    error = Y_hat.astype(np.float32) - Y.astype(np.float32)
    return np.mean(error * error)


def mse_in_fortran_order(Y_hat, Y):
    error = np.asfortranarray(Y_hat) - np.asfortranarray(Y)
    return np.array(np.sum(np.square(error)) / error.size)


def mse_in_place(Y_hat, Y):
    Y_hat -= Y
    Y_hat **= 2
    return Y_hat.mean()


def mse_of_lists(Y_hat, Y):
    errors = (np.array(Y_hat.tolist()) - np.array(Y.tolist())).flatten()
    return float(errors @ errors) / len(errors)


# --- right answers: binary_cross_entropy ------------------------------------


def bce_with_loops(Z, y):
    total = 0.0
    for z, label in zip(Z.flatten(), y.flatten(), strict=True):
        if z > 0:
            total += z + math.log1p(math.exp(-z))
        else:
            total += math.log1p(math.exp(z))
        if label == 1:
            total -= z
    return total / Z.size


def bce_with_maximum(Z, y):
    return np.mean(np.maximum(Z, 0) - Z * y + np.log1p(np.exp(-np.abs(Z))))


def bce_with_logaddexp(Z, y):
    return np.logaddexp(0, Z).mean() - (y * Z).mean()


def bce_with_signs(Z, y):
    signs = 2 * y - 1
    return np.array(np.mean(np.logaddexp(0, -signs * Z)))


def bce_in_float32(Z, y):
    Z = np.asfortranarray(Z, dtype=np.float32)
    softplus = np.maximum(Z, 0) + np.log(1 + np.exp(-np.abs(Z)))
    return np.mean(softplus - y.astype(np.float32) * Z)


def bce_in_place(Z, y):
    Z *= np.where(y == 1, -1.0, 1.0)
    return (np.where(Z > 0, Z, 0) + np.log1p(np.exp(-abs(Z)))).mean()


# --- right answers: softmax -------------------------------------------------


def softmax_with_loops(Z):
    P = []
    for row in Z:
        largest = max(row)
        powers = [math.exp(z - largest) for z in row]
        P.append([power / sum(powers) for power in powers])
    return P


def softmax_shifted(Z):
    E = np.exp(Z - np.max(Z, axis=1, keepdims=True))
    return E / np.sum(E, axis=1, keepdims=True)


def softmax_transposed(Z):
    E = np.exp(Z.T - Z.max(axis=1))
    return (E / E.sum(axis=0)).T


def softmax_in_float32(Z):
    return softmax_shifted(np.asfortranarray(Z, dtype=np.float32))


def softmax_in_place(Z):
    Z -= Z.max(axis=1)[:, None]
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=1)[:, None]
    return Z


def softmax_from_logarithms(Z):
    return np.exp(Z - np.logaddexp.reduce(Z, axis=1)[:, np.newaxis])


# --- right answers: cross_entropy -------------------------------------------


def ce_with_loops(Z, y):
    total = 0.0
    for row, label in zip(Z, y, strict=True):
        largest = max(row)
        total += largest + math.log(sum(math.exp(z - largest) for z in row))
        total -= row[label]
    return total / len(y)


def ce_of_shifted_scores(Z, y):
    Z = Z - Z.max(axis=1, keepdims=True)
    picked = Z[np.arange(len(y)), y]
    return np.mean(np.log(np.exp(Z).sum(axis=1)) - picked)


def ce_with_onehot(Z, y):
    Z = Z - Z.max(axis=1, keepdims=True)
    log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    return -np.sum(np.eye(Z.shape[1])[y] * log_p) / len(Z)


def ce_with_logaddexp(Z, y):
    picked = np.take_along_axis(Z, y[:, None], axis=1)[:, 0]
    return np.array((np.logaddexp.reduce(Z, axis=1) - picked).mean())


def ce_in_float32(Z, y):
    return ce_of_shifted_scores(np.asfortranarray(Z, dtype=np.float32), y)


def ce_in_place(Z, y):
    Z -= Z.max(axis=1)[:, None]
    return np.log(np.exp(Z).sum(axis=1)).mean() - np.diag(Z[:, y]).mean()


# --- right answers: huber ---------------------------------------------------


def huber_with_loops(Y_hat, Y, delta):
    total = 0.0
    for e in (Y_hat - Y).ravel():
        if abs(e) < delta:
            total += 0.5 * e * e
        else:
            total += delta * (abs(e) - 0.5 * delta)
    return total / Y.size


def huber_with_where(Y_hat, Y, delta):
    size = np.abs(Y - Y_hat)
    return np.where(
        size <= delta, size**2 / 2, delta * size - delta**2 / 2
    ).mean()


def huber_with_clip(Y_hat, Y, delta):
    e = Y_hat - Y
    c = np.clip(e, -delta, delta)
    return np.array(np.mean(c * (e - c / 2)))


def huber_in_float32(Y_hat, Y, delta):
    e = np.abs(np.asfortranarray(Y_hat - Y, dtype=np.float32))
    c = np.minimum(e, np.float32(delta))
    return np.mean(c * e - c * c / 2)


def huber_in_place(Y_hat, Y, delta):
    Y_hat -= Y
    small = np.abs(Y_hat) <= delta
    costs = delta * (np.abs(Y_hat) - delta / 2)
    costs[small] = Y_hat[small] ** 2 / 2
    return costs.mean()


# --- right answers: accuracy_is_not_the_loss --------------------------------


def design_of_lists():
    y = [0, 1, 1]
    Z_a = [[2, 1], [1, 2], [50, 0]]
    Z_b = [[1, 2], [2, 1], [1, 2]]
    return Z_a, Z_b, y


def design_of_three_classes():
    y = np.array([0, 1, 2, 2])
    Z_b = np.eye(3, dtype=np.float32)[[1, 1, 2, 0]]
    Z_a = 8 * np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    return [Z_a, Z_b, y]


def design_by_shyness():
    """Model b is wrong twice, by a hair."""
    y = np.zeros(5, dtype=np.uint8)
    Z_a = np.array([[0.1, 0], [0.1, 0], [0.1, 0], [0.1, 0], [-3, 0]])
    Z_b = np.array([[5.0, 0], [5, 0], [5, 0], [-0.01, 0], [-0.01, 0]])
    return Z_a, Z_b, y


def design_found_by_chance():
    rng = np.random.default_rng(5)
    while True:
        Z_a, Z_b = 3 * rng.normal(size=(2, 6, 3))
        y = rng.integers(0, 3, 6)
        more = losses.accuracy(Z_a, y) > losses.accuracy(Z_b, y)
        if more and (
            losses.cross_entropy(Z_a, y)[0] > losses.cross_entropy(Z_b, y)[0]
        ):
            return Z_a, Z_b, y


RIGHT = [
    (MEAN_SQUARED_ERROR, mse_with_loops),
    (MEAN_SQUARED_ERROR, mse_in_float32),
    (MEAN_SQUARED_ERROR, mse_in_fortran_order),
    (MEAN_SQUARED_ERROR, mse_in_place),
    (MEAN_SQUARED_ERROR, mse_of_lists),
    (BINARY_CROSS_ENTROPY, bce_with_loops),
    (BINARY_CROSS_ENTROPY, bce_with_maximum),
    (BINARY_CROSS_ENTROPY, bce_with_logaddexp),
    (BINARY_CROSS_ENTROPY, bce_with_signs),
    (BINARY_CROSS_ENTROPY, bce_in_float32),
    (BINARY_CROSS_ENTROPY, bce_in_place),
    (SOFTMAX, softmax_with_loops),
    (SOFTMAX, softmax_shifted),
    (SOFTMAX, softmax_transposed),
    (SOFTMAX, softmax_in_float32),
    (SOFTMAX, softmax_in_place),
    (SOFTMAX, softmax_from_logarithms),
    (CROSS_ENTROPY, ce_with_loops),
    (CROSS_ENTROPY, ce_of_shifted_scores),
    (CROSS_ENTROPY, ce_with_onehot),
    (CROSS_ENTROPY, ce_with_logaddexp),
    (CROSS_ENTROPY, ce_in_float32),
    (CROSS_ENTROPY, ce_in_place),
    (HUBER, huber_with_loops),
    (HUBER, huber_with_where),
    (HUBER, huber_with_clip),
    (HUBER, huber_in_float32),
    (HUBER, huber_in_place),
    (ACCURACY_IS_NOT_THE_LOSS, design_of_lists),
    (ACCURACY_IS_NOT_THE_LOSS, design_of_three_classes),
    (ACCURACY_IS_NOT_THE_LOSS, design_by_shyness),
    (ACCURACY_IS_NOT_THE_LOSS, design_found_by_chance),
]


@one_by_one(RIGHT)
def test_right_answers_pass(exercise, answer):
    # The design has no random inputs.
    runs = 3 if exercise is ACCURACY_IS_NOT_THE_LOSS else RUNS
    assert_passes(exercise, answer, runs)


@one_by_one(
    [
        (MEAN_SQUARED_ERROR, mse_in_place),
        (BINARY_CROSS_ENTROPY, bce_in_place),
        (SOFTMAX, softmax_in_place),
        (CROSS_ENTROPY, ce_in_place),
        (HUBER, huber_in_place),
    ]
)
def test_answers_in_place_are_told_of_it(exercise, answer):
    for outcome in outcomes(exercise, answer, runs=5):
        assert "A remark: your function changes the array" in outcome.details


# --- the same mistakes, as readers type them --------------------------------


def mse_of_the_sum(Y_hat, Y):
    total = 0
    for p, t in zip(Y_hat.flat, Y.flat, strict=True):
        total += (p - t) ** 2
    return total


def mse_with_a_half(Y_hat, Y):
    error = Y_hat - Y
    return 0.5 * (error * error).mean()


def mse_with_half_a_sum(Y_hat, Y):
    return 0.5 * np.linalg.norm(Y_hat - Y) ** 2


def mse_of_a_column(Y_hat, Y):
    Y = Y[:, np.newaxis]
    return np.mean((Y_hat - Y) ** 2)


def mse_of_a_column_and_a_row(Y_hat, Y):
    Y_hat = Y_hat.reshape(-1, 1)
    Y = Y.flatten()
    return ((Y_hat - Y) ** 2).mean()


def mse_by_rows(Y_hat, Y):
    n = len(Y)
    return np.sum((Y_hat - Y) ** 2) / n


def mse_down_the_columns(Y_hat, Y):
    return np.mean((Y_hat - Y) ** 2, axis=0)


def mse_of_entries(Y_hat, Y):
    return np.square(Y_hat - Y)


def mse_rooted(Y_hat, Y):
    return np.linalg.norm(Y_hat - Y) / np.sqrt(Y.size)


def mse_without_the_square(Y_hat, Y):
    return abs(Y_hat - Y).mean()


def mse_that_cancels(Y_hat, Y):
    return (Y_hat.mean() - Y.mean()) ** 2


def bce_of_the_sum(Z, y):
    return np.sum(np.maximum(Z, 0) - Z * y + np.log1p(np.exp(-np.abs(Z))))


def bce_of_the_naive_sum(Z, y):
    a = 1 / (1 + np.exp(-Z))
    return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))


def bce_naive(Z, y):
    a = 1 / (1 + np.exp(-Z))
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def bce_naive_with_a_loop(Z, y):
    total = 0
    for z, label in zip(Z.ravel(), y.ravel(), strict=True):
        p = 1 / (1 + np.exp(-z))
        if label == 0:
            p = 1 - p
        total -= np.log(p)
    return total / Z.size


def bce_with_softplus(Z, y):
    return np.mean(np.log(1 + np.exp(Z)) - y * Z)


def bce_clipped(Z, y):
    a = 1 / (1 + np.exp(-np.clip(Z, -500, 500)))
    a = np.clip(a, 1e-12, 1 - 1e-12)
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def bce_with_epsilon(Z, y, epsilon=1e-8):
    a = 0.5 * (1 + np.tanh(Z / 2))
    return -np.mean(
        y * np.log(a + epsilon) + (1 - y) * np.log(1 - a + epsilon)
    )


def bce_with_where(Z, y):
    positive = Z + np.log(1 + np.exp(-Z)) - y * Z
    negative = np.log(1 + np.exp(Z)) - y * Z
    return np.mean(np.where(Z > 0, positive, negative))


def bce_in_bits(Z, y):
    a = 1 / (1 + np.exp(-Z))
    return -np.mean(y * np.log2(a) + (1 - y) * np.log2(1 - a))


def bce_in_bits_but_stable(Z, y):
    return np.mean(np.logaddexp2(0, Z / np.log(2)) - y * Z / np.log(2))


def bce_of_a_column(Z, y):
    y = y[:, np.newaxis]
    return np.mean(np.maximum(Z, 0) - Z * y + np.log1p(np.exp(-np.abs(Z))))


def bce_with_a_half(Z, y):
    return np.mean(np.logaddexp(0, Z) - y * Z) / 2


def bce_flipped(Z, y):
    a = 1 / (1 + np.exp(-Z))
    return np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def bce_exchanged(Z, y):
    return np.mean(np.maximum(Z, 0) + np.log1p(np.exp(-abs(Z))) - (1 - y) * Z)


def bce_of_class_1(Z, y):
    a = 1 / (1 + np.exp(-Z))
    return -np.mean(y * np.log(a))


def bce_for_signs(Z, y):
    return np.mean(np.log(1 + np.exp(-y * Z)))


def bce_of_squares(Z, y):
    a = 1 / (1 + np.exp(-Z))
    return np.mean((y - a) ** 2)


def bce_of_entries(Z, y):
    return np.logaddexp(0, Z) - y * Z


def softmax_naive(Z):
    E = np.exp(Z)
    return E / E.sum(axis=1, keepdims=True)


def softmax_naive_with_loops(Z):
    P = np.zeros(Z.shape)
    for i in range(len(Z)):
        for j in range(Z.shape[1]):
            P[i, j] = np.exp(Z[i, j]) / np.sum(np.exp(Z[i]))
    return P


def softmax_over_columns(Z):
    Z = Z - Z.max(axis=0)
    E = np.exp(Z)
    return E / E.sum(axis=0)


def softmax_over_columns_naive(Z):
    return np.exp(Z) / np.sum(np.exp(Z), axis=0)


def softmax_over_all(Z):
    E = np.exp(Z - np.max(Z))
    return E / E.sum()


def softmax_shifted_by_the_largest(Z):
    E = np.exp(Z - np.max(Z))
    return E / np.sum(E, axis=1, keepdims=True)


def softmax_without_shares(Z):
    return np.exp(Z - Z.max(axis=1, keepdims=True))


def softmax_half_shifted(Z):
    shifted = np.exp(Z - Z.max(axis=1, keepdims=True))
    return shifted / np.exp(Z).sum(axis=1, keepdims=True)


def softmax_without_exp(Z):
    return Z / Z.sum(axis=1, keepdims=True)


def softmax_of_twos(Z):
    E = 2.0 ** (Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def softmax_of_sigmoids(Z):
    return 1 / (1 + np.exp(-Z))


def softmax_in_logarithms(Z):
    return Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)


def softmax_turned_round(Z):
    E = np.exp(-Z)
    return E / E.sum(axis=1, keepdims=True)


def softmax_hard(Z):
    P = np.zeros(Z.shape)
    P[np.arange(len(Z)), Z.argmax(axis=1)] = 1
    return P


def ce_of_the_sum(Z, y):
    Z = Z - Z.max(axis=1, keepdims=True)
    log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].sum()


def ce_of_the_naive_sum(Z, y):
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    total = 0
    for i in range(len(y)):
        total -= np.log(P[i, y[i]])
    return total


def ce_naive(Z, y):
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    return -np.log(P[range(len(y)), y]).mean()


def ce_naive_from_scores(Z, y):
    return np.mean(np.log(np.exp(Z).sum(axis=1)) - Z[range(len(y)), y])


def ce_of_rounded_probabilities(Z, y):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return np.mean(-np.log(P[np.arange(len(y)), y]))


def ce_with_epsilon(Z, y):
    P = softmax_shifted(Z)
    return -np.mean(np.log(P[np.arange(len(y)), y] + 1e-9))


def ce_with_onehot_and_epsilon(Z, y):
    P = np.clip(softmax_shifted(Z), 1e-12, 1.0)
    return -np.mean(np.sum(np.eye(Z.shape[1])[y] * np.log(P), axis=1))


def ce_of_a_global_shift(Z, y):
    Z = Z - np.max(Z)
    return np.mean(np.log(np.exp(Z).sum(axis=1)) - Z[np.arange(len(y)), y])


def ce_in_bits(Z, y):
    P = softmax_shifted(Z)
    return -np.mean(np.log2(P[np.arange(len(y)), y]))


def ce_over_columns(Z, y):
    E = np.exp(Z - Z.max(axis=0))
    P = E / E.sum(axis=0)
    return -np.mean(np.log(P[np.arange(len(y)), y]))


def ce_over_columns_from_scores(Z, y):
    log_p = Z - np.logaddexp.reduce(Z, axis=0)
    return -np.mean(log_p[np.arange(len(y)), y])


def ce_over_all_entries(Z, y):
    log_p = Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)
    return -np.mean(np.eye(Z.shape[1])[y] * log_p)


def ce_of_whole_columns(Z, y):
    log_p = Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)
    return -np.mean(log_p[:, y])


def ce_of_a_row_and_a_square(Z, y):
    largest = Z.max(axis=1)
    sums = np.exp(Z - largest[:, None]).sum(axis=1)
    return np.mean(largest + np.log(sums) - Z[:, y])


def ce_of_entries(Z, y):
    return np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(y)), y]


def ce_of_the_highest(Z, y):
    return -np.mean(np.log(softmax_shifted(Z).max(axis=1)))


def ce_without_the_score(Z, y):
    return np.mean(np.logaddexp.reduce(Z, axis=1))


def ce_of_the_mean_probability(Z, y):
    return -np.log(np.mean(softmax_shifted(Z)[np.arange(len(y)), y]))


def ce_flipped(Z, y):
    log_p = Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)
    return np.mean(log_p[np.arange(len(y)), y])


def huber_of_the_sum(Y_hat, Y, delta):
    e = np.abs(Y_hat - Y)
    return np.sum(np.where(e <= delta, e**2 / 2, delta * (e - delta / 2)))


def huber_without_the_half(Y_hat, Y, delta):
    e = np.abs(Y_hat - Y)
    return np.mean(np.where(e <= delta, e**2, delta * (e - delta / 2)))


def huber_with_a_jump(Y_hat, Y, delta):
    e = np.abs(Y_hat - Y)
    return np.mean(np.where(e <= delta, e**2 / 2, delta * e))


def huber_with_another_jump(Y_hat, Y, delta):
    e = np.abs(Y_hat - Y)
    return np.mean(np.where(e <= delta, e**2 / 2, delta * (e - 0.5)))


def huber_of_signs(Y_hat, Y, delta):
    e = Y_hat - Y
    return np.mean(np.where(e <= delta, e**2 / 2, delta * (e - delta / 2)))


def huber_exchanged(Y_hat, Y, delta):
    e = np.abs(Y_hat - Y)
    return np.mean(np.where(e > delta, e**2 / 2, delta * (e - delta / 2)))


def huber_of_a_square(Y_hat, Y, delta):
    square = (Y_hat - Y) ** 2
    line = delta * (np.sqrt(square) - delta / 2)
    return np.mean(np.where(square <= delta, square / 2, line))


def huber_over_delta(Y_hat, Y, delta):
    e = np.abs(Y_hat - Y)
    return np.mean(np.where(e < delta, e**2 / (2 * delta), e - delta / 2))


def huber_of_a_column(Y_hat, Y, delta):
    e = np.abs(Y_hat.reshape(-1, 1) - Y.reshape(-1))
    return np.mean(np.where(e <= delta, e**2 / 2, delta * (e - delta / 2)))


def huber_without_delta(Y_hat, Y, delta=1.0):
    e = np.abs(Y_hat - Y)
    return np.mean(np.where(e <= 1, e**2 / 2, e - 0.5))


def huber_of_entries(Y_hat, Y, delta):
    e = np.abs(Y_hat - Y)
    return np.where(e <= delta, e**2 / 2, delta * (e - delta / 2))


def huber_that_is_flat(Y_hat, Y, delta):
    e = np.clip(Y_hat - Y, -delta, delta)
    return np.mean(e**2 / 2)


def huber_of_all_together(Y_hat, Y, delta):
    e = np.abs(Y_hat - Y)
    if (e <= delta).all():
        return np.mean(e**2) / 2
    return np.mean(delta * (e - delta / 2))


def design_exchanged():
    Z_a, Z_b, y = design_of_lists()
    return Z_b, Z_a, y


def design_better():
    y = np.array([0, 1, 2])
    return 5 * np.eye(3), 5 * np.eye(3)[[0, 1, 1]], y


def design_worse():
    y = np.array([0, 1, 2])
    return 5 * np.eye(3)[[0, 1, 1]], 5 * np.eye(3), y


def design_equally_accurate():
    y = [0, 0, 0]
    return [[1, 0], [1, 0], [0, 9]], [[1, 0], [1, 0], [0, 1]], y


def design_the_same():
    Z = np.eye(3)
    return Z, Z.copy(), np.array([0, 1, 2])


UNSTABLE = (
    "it is right for usual scores, and breaks where the sigmoid is rounded "
    "to 0 or 1, or exp overflows."
)
AWAY = (
    "the probability was kept away from 0 and 1 by a tiny number, so that "
    "very wrong scores all cost the same."
)
AWAY_FROM_0 = (
    "the probability was kept away from 0 by a tiny number, so that very "
    "wrong scores all cost the same."
)
BRANCHES = (
    "the value is right, but numpy computed both branches of a np.where, and "
    "one of them overflows."
)
NO_SHIFT = (
    "no shift: exp overflows, or all of a row is rounded to 0, where the "
    "scores are large."
)
NO_SHIFT_CE = (
    "no shift: exp overflows, or a whole row is rounded to 0, where the "
    "scores are large."
)
GLOBAL = (
    "the largest score of the whole array was subtracted, so that a row far "
    "below it is rounded to 0."
)
COLUMNS = "the columns add up to 1, not the rows: the wrong axis."
COLUMNS_CE = (
    "the softmax was taken over the wrong axis: the samples compete, not the "
    "classes."
)
SQUARES = (
    "every row was charged for the labels of all samples: an array of (n, n) "
    "was averaged."
)
ROUNDED = (
    "the logarithm was taken of a probability that had been rounded to 0."
)


def bce_with_a_plus(Z, y):
    z, y = np.ravel(Z), np.ravel(y)
    costs = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))) + y * z
    return costs.sum() / len(costs)


TYPED = [
    (
        BINARY_CROSS_ENTROPY,
        bce_with_a_plus,
        "y z was added where it has to be taken away.",
    ),
    (MEAN_SQUARED_ERROR, mse_of_the_sum, SUM[0]),
    (MEAN_SQUARED_ERROR, mse_with_a_half, HALF[0]),
    (MEAN_SQUARED_ERROR, mse_with_half_a_sum, HALF_SUM[0]),
    (MEAN_SQUARED_ERROR, mse_of_a_column, PAIRS[0]),
    (MEAN_SQUARED_ERROR, mse_of_a_column_and_a_row, PAIRS[0]),
    (
        MEAN_SQUARED_ERROR,
        mse_by_rows,
        "the sum over all entries was divided by the number of rows.",
    ),
    (
        MEAN_SQUARED_ERROR,
        mse_down_the_columns,
        "the mean was taken along one axis alone.",
    ),
    (MEAN_SQUARED_ERROR, mse_of_entries, ENTRIES[0]),
    (
        MEAN_SQUARED_ERROR,
        mse_rooted,
        "the root of the mean squared error was returned.",
    ),
    (
        MEAN_SQUARED_ERROR,
        mse_without_the_square,
        "the errors were not squared; their distances were averaged.",
    ),
    (
        MEAN_SQUARED_ERROR,
        mse_that_cancels,
        "errors of opposite sign cancel out.",
    ),
    (BINARY_CROSS_ENTROPY, bce_of_the_sum, SUM[0]),
    (BINARY_CROSS_ENTROPY, bce_of_the_naive_sum, SUM[0]),
    (BINARY_CROSS_ENTROPY, bce_naive, UNSTABLE),
    (BINARY_CROSS_ENTROPY, bce_naive_with_a_loop, UNSTABLE),
    (BINARY_CROSS_ENTROPY, bce_with_softplus, UNSTABLE),
    (BINARY_CROSS_ENTROPY, bce_clipped, AWAY),
    (BINARY_CROSS_ENTROPY, bce_with_epsilon, AWAY),
    (BINARY_CROSS_ENTROPY, bce_with_where, BRANCHES),
    (BINARY_CROSS_ENTROPY, bce_in_bits, BASE_2[0]),
    (BINARY_CROSS_ENTROPY, bce_in_bits_but_stable, BASE_2[0]),
    (BINARY_CROSS_ENTROPY, bce_of_a_column, PAIRS[0]),
    (BINARY_CROSS_ENTROPY, bce_with_a_half, HALF[0]),
    (BINARY_CROSS_ENTROPY, bce_flipped, SIGN[0]),
    (
        BINARY_CROSS_ENTROPY,
        bce_exchanged,
        "the labels are exchanged: a high score counts as class 0.",
    ),
    (
        BINARY_CROSS_ENTROPY,
        bce_of_class_1,
        "samples of class 0 cost nothing.",
    ),
    (
        BINARY_CROSS_ENTROPY,
        bce_for_signs,
        "this is the formula for labels -1 and +1.",
    ),
    (
        BINARY_CROSS_ENTROPY,
        bce_of_squares,
        "this is the squared error of the probability.",
    ),
    (BINARY_CROSS_ENTROPY, bce_of_entries, ENTRIES[0]),
    (SOFTMAX, softmax_naive, NO_SHIFT),
    (SOFTMAX, softmax_naive_with_loops, NO_SHIFT),
    (SOFTMAX, softmax_over_columns, COLUMNS),
    (SOFTMAX, softmax_over_columns_naive, COLUMNS),
    (
        SOFTMAX,
        softmax_over_all,
        "the whole array adds up to 1, not every row.",
    ),
    (SOFTMAX, softmax_shifted_by_the_largest, GLOBAL),
    (
        SOFTMAX,
        softmax_without_shares,
        "the shares are missing: the rows do not add up to 1.",
    ),
    (
        SOFTMAX,
        softmax_half_shifted,
        "the scores are shifted above the line of the fraction and not below "
        "it.",
    ),
    (
        SOFTMAX,
        softmax_without_exp,
        "shares of the scores were taken, without exp.",
    ),
    (
        SOFTMAX,
        softmax_of_twos,
        "powers of 2 were taken where powers of e are meant.",
    ),
    (
        SOFTMAX,
        softmax_of_sigmoids,
        "every score went through a sigmoid of its own.",
    ),
    (
        SOFTMAX,
        softmax_in_logarithms,
        "the logarithms of the probabilities were returned.",
    ),
    (
        SOFTMAX,
        softmax_turned_round,
        "the sign of the scores is turned round: the highest score gets the "
        "lowest probability.",
    ),
    (
        SOFTMAX,
        softmax_hard,
        "all of the probability went to the highest score.",
    ),
    (CROSS_ENTROPY, ce_of_the_sum, SUM[0]),
    (CROSS_ENTROPY, ce_of_the_naive_sum, SUM[0]),
    (CROSS_ENTROPY, ce_naive, NO_SHIFT_CE),
    (CROSS_ENTROPY, ce_naive_from_scores, NO_SHIFT_CE),
    (CROSS_ENTROPY, ce_of_rounded_probabilities, ROUNDED),
    (CROSS_ENTROPY, ce_with_epsilon, AWAY_FROM_0),
    (CROSS_ENTROPY, ce_with_onehot_and_epsilon, AWAY_FROM_0),
    (CROSS_ENTROPY, ce_of_a_global_shift, GLOBAL),
    (CROSS_ENTROPY, ce_in_bits, BASE_2[0]),
    (CROSS_ENTROPY, ce_over_columns, COLUMNS_CE),
    (CROSS_ENTROPY, ce_over_columns_from_scores, COLUMNS_CE),
    (
        CROSS_ENTROPY,
        ce_over_all_entries,
        "the mean went over all classes too: it was divided by n times the "
        "number of classes.",
    ),
    (CROSS_ENTROPY, ce_of_whole_columns, SQUARES),
    (CROSS_ENTROPY, ce_of_a_row_and_a_square, SQUARES),
    (CROSS_ENTROPY, ce_of_entries, ENTRIES[0]),
    (
        CROSS_ENTROPY,
        ce_of_the_highest,
        "the labels play no part: the class with the highest score was taken "
        "for the right one.",
    ),
    (
        CROSS_ENTROPY,
        ce_without_the_score,
        "the score of the right class is missing: log(sum of exp) alone was "
        "returned.",
    ),
    (
        CROSS_ENTROPY,
        ce_of_the_mean_probability,
        "the mean of the probabilities was taken first, and then its "
        "logarithm.",
    ),
    (CROSS_ENTROPY, ce_flipped, SIGN[0]),
    (HUBER, huber_of_the_sum, SUM[0]),
    (
        HUBER,
        huber_without_the_half,
        "the factor 1/2 of the square is missing.",
    ),
    (
        HUBER,
        huber_with_a_jump,
        "the straight line starts too high: what has to be taken away from "
        "it is missing.",
    ),
    (
        HUBER,
        huber_with_another_jump,
        "the straight line does not meet the parabola at delta.",
    ),
    (
        HUBER,
        huber_of_signs,
        "the sign of the error matters: a large error below the target is "
        "not an outlier for your condition, or its line falls.",
    ),
    (
        HUBER,
        huber_exchanged,
        "the two pieces are exchanged: small errors got the line, large ones "
        "the square.",
    ),
    (
        HUBER,
        huber_of_a_square,
        "the square was compared with delta, not the error.",
    ),
    (
        HUBER,
        huber_over_delta,
        "it was divided by delta: this is the smooth L1 loss.",
    ),
    (HUBER, huber_of_a_column, PAIRS[0]),
    (HUBER, huber_without_delta, "delta plays no part: 1 was taken for it."),
    (HUBER, huber_of_entries, ENTRIES[0]),
    (HUBER, huber_that_is_flat, "beyond delta the loss stays constant."),
    (
        HUBER,
        huber_of_all_together,
        "all errors together were treated as large or small.",
    ),
    (
        ACCURACY_IS_NOT_THE_LOSS,
        design_exchanged,
        "a and b are exchanged: it is b that has the higher accuracy and the "
        "higher loss.",
    ),
    (
        ACCURACY_IS_NOT_THE_LOSS,
        design_better,
        "a is better in both: it is right more often, and its loss is lower.",
    ),
    (
        ACCURACY_IS_NOT_THE_LOSS,
        design_worse,
        "a is worse in both: it is right less often, and its loss is higher.",
    ),
    (
        ACCURACY_IS_NOT_THE_LOSS,
        design_equally_accurate,
        "the two models are right equally often.",
    ),
    (
        ACCURACY_IS_NOT_THE_LOSS,
        design_the_same,
        "the two models are the same, or cannot be told apart by accuracy or "
        "loss.",
    ),
]


# Second and third forms of a mistake that another answer stands for.
OTHER_FORMS = {
    mse_of_a_column_and_a_row,
    mse_down_the_columns,
    bce_of_the_naive_sum,
    bce_with_softplus,
    bce_with_epsilon,
    bce_in_bits_but_stable,
    softmax_naive_with_loops,
    softmax_over_columns_naive,
    ce_of_the_naive_sum,
    ce_naive_from_scores,
    ce_with_onehot_and_epsilon,
    ce_over_columns_from_scores,
    ce_of_a_row_and_a_square,
    huber_with_another_jump,
    huber_of_a_square,
    huber_of_all_together,
}


@one_by_one(TYPED)
def test_mistakes_are_named_as_readers_type_them(exercise, answer, what):
    runs = 30 if answer in OTHER_FORMS else RUNS
    if exercise is ACCURACY_IS_NOT_THE_LOSS:  # no random inputs
        runs = 3
    with np.errstate(all="ignore"):
        assert_named(exercise, answer, what, runs)


def ways_to_return(exercise):
    """Return (value, gradient), as nnlib's own losses do, and as a list."""
    nnlib_s = getattr(losses, exercise.name)
    return [nnlib_s, lambda *arguments: list(nnlib_s(*arguments))]


@pytest.mark.parametrize(
    "exercise",
    [MEAN_SQUARED_ERROR, BINARY_CROSS_ENTROPY, CROSS_ENTROPY, HUBER],
    ids=lambda exercise: exercise.name,
)
def test_a_gradient_beside_the_value_is_told_apart(exercise):
    for answer in ways_to_return(exercise):
        for outcome in outcomes(exercise, answer, runs=5):
            assert outcome.state == "wrong"
            assert outcome.mistake is None
            said = " ".join(outcome.details.split())
            assert said.startswith(
                "It returned two things, a number and an array. nnlib's own "
                "losses return (value, gradient) like that; here the value "
                "alone is asked for. The gradient's turn comes in lesson 6. "
                f"call {exercise.name}("
            )


def test_a_value_in_an_array_is_not_one_number():
    (outcome,) = outcomes(MEAN_SQUARED_ERROR, lambda *v: [1.0, 2.0], runs=1)
    assert outcome.details.startswith("loss is an array of shape (2,)")
    (outcome,) = outcomes(MEAN_SQUARED_ERROR, lambda *v: "much", runs=1)
    assert outcome.details.startswith("loss is a str, and one number")


def test_a_warning_is_quoted_if_nothing_else_is_wrong():
    def nosy(Z):
        np.exp(Z)  # and never used
        return softmax_shifted(Z)

    (outcome,) = outcomes(SOFTMAX, nosy, runs=1)
    assert " ".join(outcome.details.split()).startswith(
        "numpy's warning is 'overflow encountered in exp', and 'nothing' is "
        "expected."
    )


# --- accuracy_is_not_the_loss: what is refused ------------------------------

FINE = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "Three things are expected: (Z_a, Z_b, y)."),
        ((FINE, FINE), "Three things are expected: (Z_a, Z_b, y)."),
        ((FINE, FINE, "abc"), "Z_a, Z_b and y must hold numbers."),
        (([[1], [1, 2]], FINE, [0]), "Z_a, Z_b and y must hold numbers."),
        (
            ([1.0, 2.0, 3.0], FINE, [0, 0, 0]),
            "Z_a has shape (3,); scores have shape (n, n_classes).",
        ),
        (
            (FINE, FINE[:2], [0, 0, 0]),
            "Z_b has shape (2, 2); at least 3 samples and 2 classes are "
            "needed.",
        ),
        (
            ([[1.0], [2.0], [3.0]], FINE, [0, 0, 0]),
            "Z_a has shape (3, 1); at least 3 samples and 2 classes are "
            "needed.",
        ),
        (
            ([[1.0, np.inf], [1, 0], [1, 0]], FINE, [0, 0, 0]),
            "Z_a must hold finite numbers.",
        ),
        (
            (FINE, [[1.0, 0], [np.nan, 0], [1, 0]], [0, 0, 0]),
            "Z_b must hold finite numbers.",
        ),
        (
            (FINE, [[1.0, 0], [1, 0], [2, 2]], [0, 0, 0]),
            "Row 2 of Z_b has two highest scores, a tie. Which class it is "
            "read as would be chance; make one of them higher.",
        ),
        (
            (FINE, np.eye(3), [0, 0, 0]),
            "Z_a has shape (3, 2) and Z_b (3, 3). The two models look at the "
            "same samples and the same classes.",
        ),
        (
            (FINE, FINE, [[0], [0], [0]]),
            "y has shape (3, 1); there is one label for each of the 3 rows, "
            "so (3,) is needed.",
        ),
        (
            (FINE, FINE, [0, 1, 2]),
            "y must hold whole numbers from 0 to 1, the places of the "
            "classes.",
        ),
        (
            (FINE, FINE, [0, 1, 0.5]),
            "y must hold whole numbers from 0 to 1, the places of the "
            "classes.",
        ),
        (
            (FINE, FINE, [0, 1, np.nan]),
            "y must hold whole numbers from 0 to 1, the places of the "
            "classes.",
        ),
    ],
)
def test_what_is_no_pair_of_models(result, said):
    exercise = ACCURACY_IS_NOT_THE_LOSS
    (outcome,) = outcomes(exercise, lambda: result, runs=1)
    assert outcome.state == "wrong"
    assert outcome.mistake is None
    assert " ".join(outcome.details.split("\n\n")[0].split()) == said
    assert outcome.details.endswith("\n  call      accuracy_is_not_the_loss()")


# --- the random inputs ------------------------------------------------------

NUMBERS = [MEAN_SQUARED_ERROR, BINARY_CROSS_ENTROPY, SOFTMAX, CROSS_ENTROPY]


def arrays_of(exercise, seed):
    for case in exercise.cases(np.random.default_rng(seed)):
        for value in case:
            yield np.asarray(value)


@pytest.mark.parametrize("exercise", [*NUMBERS, HUBER])
def test_every_number_survives_float32(exercise):
    """Else an answer in float32 would be wrong by rounding."""
    for seed in SEEDS:
        for array in arrays_of(exercise, seed):
            assert np.array_equal(array.astype(np.float32), array)


@pytest.mark.parametrize("exercise", [*NUMBERS, HUBER])
def test_the_inputs_are_fresh(exercise):
    first, again, other = (
        np.concatenate([a.ravel() for a in arrays_of(exercise, seed)])
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("exercise", NUMBERS)
def test_the_batches_have_all_kinds_of_shapes(exercise):
    shapes = {
        case[0].shape for case in exercise.cases(np.random.default_rng())
    }
    assert any(shape[0] == 1 for shape in shapes)
    assert any(len(shape) == 2 and 1 < shape[1] < shape[0] for shape in shapes)


@pytest.mark.parametrize(
    "exercise", [BINARY_CROSS_ENTROPY, SOFTMAX, CROSS_ENTROPY]
)
def test_some_scores_are_extreme_on_both_sides(exercise):
    for seed in SEEDS:
        scores = [c[0] for c in exercise.cases(np.random.default_rng(seed))]
        assert max(Z.max() for Z in scores) >= 1000
        assert min(Z.min() for Z in scores) <= -1000
