"""Lesson 06's exercises: right answers pass, and known mistakes are named.

The answers here are written as readers write them, in many styles. All of
them are judged on many draws of the random inputs.
"""

import numpy as np
import pytest
from judging import assert_named, assert_passes, one_by_one, outcomes

from nnlib import losses
from nnlib.activations import relu, softmax
from nnlib.checks.backpropagation import (
    DENSE,
    ERROR,
    EXERCISES,
    FIND,
    MLP,
    RELU,
    SCORES,
    STEP,
    mlp_loss,
)
from nnlib.gradcheck import numerical_gradient
from nnlib.layers import Activation, Dense
from nnlib.network import Network

SEEDS = range(20)


# --- right answers: softmax_cross_entropy_backward --------------------------


def scores_with_loops(Z, y):
    n = len(Z)
    dZ = []
    for r in range(n):
        top = max(Z[r])
        exps = [np.exp(z - top) for z in Z[r]]
        row = [e / sum(exps) / n for e in exps]
        row[y[r]] -= 1 / n
        dZ.append(row)
    return dZ


def scores_with_onehot(Z, y):
    onehot = np.zeros_like(Z)
    onehot[np.arange(len(y)), y] = 1
    return (softmax(Z) - onehot) / len(y)


def scores_in_float32(Z, y):
    Z = np.asfortranarray(Z, dtype=np.float32)
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    P[range(len(y)), y] -= 1
    return P / np.float32(len(y))


def scores_in_place(Z, y):
    Z -= Z.max(axis=1, keepdims=True)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=1, keepdims=True)
    Z[np.arange(len(y)), y] -= 1
    Z /= len(y)
    return Z


# --- right answers: dense_backward ------------------------------------------


def dense_with_loops(dZ, X, W):
    n, n_in = X.shape
    n_out = W.shape[1]
    dX, dW = np.zeros((n, n_in)), np.zeros((n_in, n_out))
    db = np.zeros(n_out)
    for r in range(n):
        for j in range(n_out):
            db[j] += dZ[r, j]
            for i in range(n_in):
                dW[i, j] += X[r, i] * dZ[r, j]
                dX[r, i] += dZ[r, j] * W[i, j]
    return dX, dW, db


def dense_with_einsum(dZ, X, W):
    dX = np.einsum("rj,ij->ri", dZ, W)
    dW = np.einsum("ri,rj->ij", X, dZ)
    return [dX, dW, np.einsum("rj->j", dZ)]


def dense_in_float32_and_lists(dZ, X, W):
    dZ, X, W = (np.asfortranarray(a, dtype=np.float32) for a in (dZ, X, W))
    dX = np.dot(W, dZ.T).T
    dW = np.dot(dZ.T, X).T
    return dX, dW.tolist(), (np.ones(len(X)) @ dZ).tolist()


def dense_by_outer_products(dZ, X, W):
    dW = sum(np.outer(x, dz) for x, dz in zip(X, dZ, strict=True))
    return dZ.dot(W.transpose()), dW, sum(dZ)


# --- right answers: relu_backward -------------------------------------------


def relu_with_a_mask(dA, Z):
    return dA * (Z > 0)


def relu_with_loops(dA, Z):
    dZ = np.zeros(Z.shape)
    for r in range(Z.shape[0]):
        for j in range(Z.shape[1]):
            if Z[r, j] > 0:
                dZ[r, j] = dA[r, j]
    return dZ.tolist()


def relu_in_float32(dA, Z):
    mask = np.asfortranarray(Z > 0).astype(np.float32)
    return mask * dA.astype(np.float32)


def relu_in_place(dA, Z):
    dA[Z <= 0] = 0
    return dA


# --- right answers: mlp_backward --------------------------------------------


def mlp_with_small_functions(cache, params, y):
    Z = cache[-1][1]
    dZ = scores_with_onehot(Z, y)
    grads = []
    for k in range(len(params) - 1, -1, -1):
        X, W = cache[k][0], params[k][0]
        dX, dW, db = dense_by_outer_products(dZ, X, W)
        grads.append((dW, db))
        if k > 0:
            dZ = relu_with_a_mask(dX, cache[k - 1][1])
    return grads[::-1]


def mlp_masked_by_outputs(cache, params, y):
    """What went into a layer is above 0 where the scores below it were."""
    dZ = losses.cross_entropy(cache[-1][1], y)[1]
    grads = [None] * len(params)
    for k in reversed(range(len(params))):
        A = cache[k][0]
        grads[k] = [A.T @ dZ, dZ.sum(axis=0)]
        dZ = (dZ @ params[k][0].T) * (A > 0)
    return grads


def mlp_in_float32(cache, params, y):
    cache = [[np.float32(array) for array in pair] for pair in cache]
    dZ = scores_in_float32(cache[-1][1], y)
    grads = []
    for k in reversed(range(len(params))):
        X, W = cache[k][0], np.asfortranarray(params[k][0], np.float32)
        grads.insert(0, (X.T @ dZ, dZ.sum(axis=0)))
        if k > 0:
            dZ = np.where(cache[k - 1][1] > 0, dZ @ W.T, np.float32(0))
    return grads


def mlp_with_nnlib(cache, params, y):
    rng, layers = np.random.default_rng(0), []
    for W, b in params:
        layer = Dense(*W.shape, rng)
        layer.params = {"W": W, "b": b}
        layers += [layer, Activation(relu)]
    network = Network(layers[:-1], dtype=float)
    Z = network.forward(cache[0][0])
    network.backward(losses.cross_entropy(Z, y)[1])
    return tuple(
        (layer.grads["W"], layer.grads["b"]) for layer in network.layers[::2]
    )


def mlp_recursive(cache, params, y):
    def below(k, dZ):
        X, W = cache[k][0], params[k][0]
        here = [(X.T @ dZ, dZ.sum(axis=0).tolist())]
        if k == 0:
            return here
        return below(k - 1, (dZ @ W.T) * (cache[k - 1][1] > 0)) + here

    return below(len(params) - 1, scores_with_onehot(cache[-1][1], y))


# --- right answers: gradient_error ------------------------------------------


def error_with_loops(numeric, analytic):
    largest = max(
        max(abs(v) for v in numeric.flat), max(abs(v) for v in analytic.flat)
    )
    error = np.zeros(numeric.shape)
    for i in np.ndindex(numeric.shape):
        a, b = float(numeric[i]), float(analytic[i])
        size = max(abs(a), abs(b), largest / 1000)
        if np.isnan(a) or np.isnan(b):
            error[i] = np.inf
        elif size > 0:
            error[i] = abs(a - b) / size
    return error


def error_with_maximum(numeric, analytic):
    sizes = np.maximum(np.abs(numeric), np.abs(analytic))
    floor = sizes.max() / 1000
    error = np.abs(numeric - analytic) / np.maximum(sizes, floor + 1e-300)
    error[np.isnan(error)] = np.inf
    return error


def error_in_float32(numeric, analytic):
    a, b = numeric.astype(np.float32), analytic.astype(np.float32)
    sizes = np.maximum(abs(a), abs(b))
    with np.errstate(invalid="ignore"):
        error = abs(a - b) / np.maximum(sizes, sizes.max() / 1000)
    error[(a == 0) & (b == 0)] = 0
    return np.asfortranarray(np.nan_to_num(error, nan=np.inf, posinf=np.inf))


def error_with_clip(numeric, analytic):
    both = np.abs([numeric, analytic])
    unit = both.max(axis=0).clip(min=np.nanmax([both.max() / 1e3, 1e-300]))
    off = np.abs(analytic - numeric) / unit
    return np.where(off == off, off, np.inf).tolist()


# --- right answers: sgd_step ------------------------------------------------


def step_with_a_loop(params, grads, learning_rate):
    new = []
    for (W, b), (dW, db) in zip(params, grads, strict=True):
        new.append([W - learning_rate * dW, b - learning_rate * db])
    return new


def step_by_index(params, grads, learning_rate):
    return tuple(
        tuple(params[k][i] - learning_rate * grads[k][i] for i in (0, 1))
        for k in range(len(params))
    )


def step_in_float32_and_lists(params, grads, learning_rate):
    rate = np.float32(learning_rate)
    return [
        (
            np.asfortranarray(W.astype(np.float32) - rate * np.float32(dW)),
            [float(v - rate * d) for v, d in zip(b, db, strict=True)],
        )
        for (W, b), (dW, db) in zip(params, grads, strict=True)
    ]


def step_in_place(params, grads, learning_rate):
    for (W, b), (dW, db) in zip(params, grads, strict=True):
        W -= learning_rate * dW
        b -= learning_rate * db
    return params


# --- right answers: find_wrong_gradient -------------------------------------


def find_in_place(loss_at, params, grads):
    """Nudge the arrays themselves, and put every entry back."""
    h = 1e-5
    for layer, pair in enumerate(params):
        for which, array in enumerate(pair):
            claimed = grads[layer][which]
            for i in np.ndindex(array.shape):
                middle = array[i]
                array[i] = middle + h
                above = loss_at(params)
                array[i] = middle - h
                below = loss_at(params)
                array[i] = middle
                slope = (above - below) / (2 * h)
                if abs(slope - claimed[i]) > 1e-6:
                    return layer, which
    return None


def find_with_numerical_gradient(loss_at, params, grads):
    for k in range(len(params)):
        W, b = params[k]
        before, after = params[:k], params[k + 1 :]
        dW = numerical_gradient(
            lambda W, k=k, b=b, before=before, after=after: loss_at(
                [*before, (W, b), *after]
            ),
            W,
        )
        if not np.allclose(dW, grads[k][0], rtol=1e-3, atol=1e-6):
            return (k, 0)
        db = numerical_gradient(
            lambda b, k=k, W=W, before=before, after=after: loss_at(
                [*before, (W, b), *after]
            ),
            b,
        )
        if not np.allclose(db, grads[k][1], rtol=1e-3, atol=1e-6):
            return (k, 1)


def find_on_copies(loss_at, params, grads):
    """Forward differences, and a tolerance to go with them."""
    h, start = 1e-6, loss_at(params)
    for layer in range(len(params)):
        for which in range(2):
            claimed = np.asfortranarray(grads[layer][which])
            numeric = np.zeros_like(claimed)
            for i in range(claimed.size):
                new = [[W.copy(), b.copy()] for W, b in params]
                new[layer][which].flat[i] += h
                at = np.unravel_index(i, claimed.shape)
                numeric[at] = (loss_at(new) - start) / h
            largest = max(abs(numeric).max(), abs(claimed).max())
            if abs(numeric - claimed).max() > 0.01 * largest:
                return [np.int64(layer), np.int64(which)]
    return None


RIGHT = [
    (SCORES, scores_with_loops),
    (SCORES, scores_with_onehot),
    (SCORES, scores_in_float32),
    (SCORES, scores_in_place),
    (DENSE, dense_with_loops),
    (DENSE, dense_with_einsum),
    (DENSE, dense_in_float32_and_lists),
    (DENSE, dense_by_outer_products),
    (RELU, relu_with_a_mask),
    (RELU, relu_with_loops),
    (RELU, relu_in_float32),
    (RELU, relu_in_place),
    (MLP, mlp_with_small_functions),
    (MLP, mlp_masked_by_outputs),
    (MLP, mlp_in_float32),
    (MLP, mlp_with_nnlib),
    (MLP, mlp_recursive),
    (ERROR, error_with_loops),
    (ERROR, error_with_maximum),
    (ERROR, error_in_float32),
    (ERROR, error_with_clip),
    (STEP, step_with_a_loop),
    (STEP, step_by_index),
    (STEP, step_in_float32_and_lists),
    (STEP, step_in_place),
    (FIND, find_in_place),
    (FIND, find_with_numerical_gradient),
    (FIND, find_on_copies),
]


@one_by_one(RIGHT)
def test_right_answers_pass(exercise, answer):
    assert_passes(exercise, answer)


@one_by_one(
    [
        (SCORES, scores_in_place),
        (RELU, relu_in_place),
        (STEP, step_in_place),
    ]
)
def test_answers_in_place_are_told_of_it(exercise, answer):
    for outcome in outcomes(exercise, answer, runs=10):
        assert "A remark: your function changes the" in outcome.details


@one_by_one([(FIND, find_in_place)])
def test_what_was_put_back_is_no_change(exercise, answer):
    for outcome in outcomes(exercise, answer, runs=10):
        assert "remark" not in outcome.details


# --- the same mistakes, as readers type them --------------------------------

NO_N = "the 1/n is missing: the blame of each row came back whole."
ONCE_MORE = "the blame was divided by n once more."
MEAN = "db is a mean over the rows where a sum is needed."
NO_MASK = "the mask is missing: all of the blame came through."
MLP_NO_MASK = (
    "the mask is missing: blame passed through neurons that were off."
)
TURNED = "a result is transposed: its rows and columns have changed places."
W_UNTURNED = "W was not transposed on the way back to the inputs."
X_UNTURNED = "the wrong array was transposed, or none, on the way to dW."
CHANGED = "the blame was carried back through weights that had already been "
NO_FLOOR = (
    "there is no floor: entries near 0 are divided by next to nothing, or by "
    "0."
)
ABSOLUTE = "the difference is absolute: it was divided by nothing."


def scores_without_n(Z, y):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    for r in range(len(y)):
        P[r, y[r]] -= 1
    return P


def scores_over_all_entries(Z, y):
    P = softmax(Z)
    P[np.arange(len(y)), y] -= 1
    return np.divide(P, Z.shape[0] * Z.shape[1])


def scores_upside_down(Z, y):
    n = Z.shape[0]
    onehot = np.eye(Z.shape[1])[y]
    return onehot / n - softmax(Z) / n


def scores_divided_too_early(Z, y):
    dZ = softmax(Z) / len(y)
    dZ[np.arange(len(y)), y] -= 1
    return dZ


def scores_in_columns(Z, y):
    dZ = softmax(Z)
    dZ[:, y] -= 1
    dZ /= len(Z)
    return dZ


def scores_down_the_columns(Z, y):
    E = np.exp(Z - Z.max(axis=0))
    dZ = E / E.sum(axis=0)
    dZ[np.arange(len(Z)), y] -= 1
    return dZ / len(Z)


def scores_that_overflow(Z, y):
    P = np.exp(Z) / np.exp(Z).sum(axis=1)[:, np.newaxis]
    P[np.arange(len(Z)), y] -= 1
    return P / len(Z)


def scores_with_sigma_prime(Z, y):
    P = softmax(Z)
    dP = P.copy()
    dP[np.arange(len(Z)), y] -= 1
    return dP * P * (1 - P) / len(Z)


def dense_with_means(dZ, X, W):
    return dZ @ W.T, X.T @ dZ, np.mean(dZ, axis=0)


def dense_divided_again(dZ, X, W):
    n = X.shape[0]
    dW = 1 / n * np.dot(X.T, dZ)
    db = 1 / n * np.sum(dZ, axis=0)
    return np.dot(dZ, W.T), dW, db


def dense_with_w_as_it_is(dZ, X, W):
    dX = dZ @ W
    dW = X.T @ dZ
    return dX, dW, dZ.sum(axis=0)


def dense_with_w_as_it_is_by_dot(dZ, X, W):
    dX = np.dot(dZ, W)
    return dX, np.dot(X.T, dZ), dZ.sum(0)


def dense_with_x_as_it_is(dZ, X, W):
    dW = X @ dZ
    db = dZ.sum(axis=0)
    dX = dZ @ W.T
    return dX, dW, db


def dense_without_transposes(dZ, X, W):
    return dZ @ W, X @ dZ, dZ.sum(axis=0)


def dense_with_dw_turned(dZ, X, W):
    dW = np.zeros((W.shape[1], W.shape[0]))
    for x, dz in zip(X, dZ, strict=True):
        dW += np.outer(dz, x)
    return dZ @ W.T, dW, dZ.sum(axis=0)


def dense_with_dx_turned(dZ, X, W):
    dX = np.dot(W, np.transpose(dZ))
    return dX, X.T @ dZ, dZ.sum(axis=0)


def dense_reshaped(dZ, X, W):
    n_in, n_out = W.shape
    dX = dZ @ W.reshape(n_out, n_in)
    return dX, X.T @ dZ, dZ.sum(axis=0)


def dense_with_new_weights(dZ, X, W):
    dW = X.T @ dZ
    db = dZ.sum(axis=0)
    W -= dW
    dX = dZ @ W.T
    return dX, dW, db


def dense_with_new_weights_at_a_rate(dZ, X, W):
    dW = X.T @ dZ
    W = W - 0.1 * dW
    return dZ @ W.T, dW, dZ.sum(axis=0)


def relu_without_mask(dA, Z):
    return np.array(dA)


def relu_with_slope_one_at_zero(dA, Z):
    dZ = dA.copy()
    dZ[Z < 0] = 0
    return dZ


def relu_masked_by_blame(dA, Z):
    return np.maximum(dA, 0)


def relu_mask_alone(dA, Z):
    dZ = np.ones_like(Z)
    dZ[Z <= 0] = 0
    return dZ


def relu_times_output(dA, Z):
    return dA * np.maximum(0, Z)


def relu_inverted(dA, Z):
    return np.where(Z > 0, 0, dA)


def mlp_typed(start, bend, after=lambda dW, db, n: (dW, db), rate=0.0):
    """Not as readers type it: the common part of some of the next ones."""

    def answer(cache, params, y):
        params = [(W.copy(), b.copy()) for W, b in params]
        dZ, grads = start(cache[-1][1], y), []
        for k in reversed(range(len(params))):
            X, W = cache[k][0], params[k][0]
            dW, db = X.T @ dZ, dZ.sum(axis=0)
            grads.insert(0, after(dW, db, len(X)))
            W -= rate * dW
            if k > 0:
                dZ = bend(dZ @ W.T, cache[k - 1][1])
        return grads

    return answer


def mlp_without_mask(cache, params, y):
    dA = scores_with_onehot(cache[-1][1], y)
    grads = []
    for (X, _), (W, _) in zip(cache[::-1], params[::-1], strict=True):
        grads.append((X.T @ dA, dA.sum(axis=0)))
        dA = dA @ W.T
    grads.reverse()
    return grads


def mlp_without_n(cache, params, y):
    return mlp_typed(scores_without_n, relu_with_a_mask)(cache, params, y)


def mlp_divided_twice(cache, params, y):
    return mlp_typed(
        scores_with_onehot,
        relu_with_a_mask,
        after=lambda dW, db, n: (dW / n, db / n),
    )(cache, params, y)


def mlp_with_means(cache, params, y):
    return mlp_typed(
        scores_with_onehot,
        relu_with_a_mask,
        after=lambda dW, db, n: (dW, db / n),
    )(cache, params, y)


def mlp_that_learns_on_the_way(cache, params, y):
    return mlp_typed(scores_with_onehot, relu_with_a_mask, rate=0.1)(
        cache, params, y
    )


def mlp_that_learns_fast_on_the_way(cache, params, y):
    dZ = losses.cross_entropy(cache[-1][1], y)[1]
    grads = [None] * len(params)
    for k in reversed(range(len(params))):
        X, W = cache[k][0], params[k][0]
        grads[k] = X.T @ dZ, dZ.sum(axis=0)
        W = W - grads[k][0]
        if k:
            dZ = (dZ @ W.T) * (cache[k - 1][1] > 0)
    return grads


def mlp_that_takes_a_step(cache, params, y):
    return step_by_index(
        params, mlp_with_small_functions(cache, params, y), 0.1
    )


def mlp_with_w_as_it_is(cache, params, y):
    dZ = scores_with_onehot(cache[-1][1], y)
    grads = []
    for k in reversed(range(len(params))):
        X, W = cache[k][0], params[k][0]
        grads.insert(0, (X.T @ dZ, dZ.sum(axis=0)))
        if k > 0:
            dZ = relu_with_a_mask(dZ @ W, cache[k - 1][1])
    return grads


def mlp_with_the_wrong_mask(cache, params, y):
    dZ = scores_with_onehot(cache[-1][1], y)
    grads = []
    for k in reversed(range(len(params))):
        (X, Z), W = cache[k], params[k][0]
        grads.insert(0, (X.T @ dZ, dZ.sum(axis=0)))
        if k > 0:
            dZ = relu_with_a_mask(dZ @ W.T, Z)
    return grads


def mlp_backwards(cache, params, y):
    grads = []
    for pair in reversed(mlp_recursive(cache, params, y)):
        grads.append(pair)
    return grads


def mlp_masked_everywhere(cache, params, y):
    dA = scores_with_onehot(cache[-1][1], y)
    grads = []
    for k in reversed(range(len(params))):
        X, Z = cache[k]
        dZ = dA * (Z > 0)
        grads.insert(0, (X.T @ dZ, dZ.sum(axis=0)))
        dA = dZ @ params[k][0].T
    return grads


def mlp_with_three_each(cache, params, y):
    dZ = scores_with_onehot(cache[-1][1], y)
    grads = []
    for k in reversed(range(len(params))):
        dX, dW, db = dense_by_outer_products(dZ, cache[k][0], params[k][0])
        grads.insert(0, (dX, dW, db))
        if k > 0:
            dZ = relu_with_a_mask(dX, cache[k - 1][1])
    return grads


def error_without_floor(numeric, analytic):
    top = np.abs(numeric - analytic)
    return top / np.maximum(np.abs(numeric), np.abs(analytic))


def error_absolute(numeric, analytic):
    error = np.abs(numeric - analytic)
    error[np.isnan(error)] = np.inf
    return error


def error_with_epsilon(numeric, analytic):
    sizes = np.maximum(np.abs(numeric), np.abs(analytic)) + 1e-8
    error = np.abs(numeric - analytic) / sizes
    return np.where(np.isnan(error), np.inf, error)


def error_with_fixed_floor(numeric, analytic):
    sizes = np.maximum(np.abs(numeric), np.abs(analytic))
    error = np.abs(numeric - analytic) / np.maximum(sizes, 1e-8)
    return np.where(np.isnan(error), np.inf, error)


def error_of_sums(numeric, analytic):
    a, b = np.abs(numeric), np.abs(analytic)
    floor = max(np.max(a), np.max(b), 1e-300) / 1000
    error = np.abs(numeric - analytic) / np.maximum(a + b, floor)
    return np.where(np.isnan(error), np.inf, error)


def error_with_nan(numeric, analytic):
    sizes = np.maximum(np.abs(numeric), np.abs(analytic))
    floor = max(sizes.max() / 1000, 1e-300)
    return np.abs(numeric - analytic) / np.maximum(sizes, floor)


def error_at_worst(numeric, analytic):
    return error_with_maximum(numeric, analytic).max()


def error_by_the_largest(numeric, analytic):
    largest = max(abs(numeric).max(), abs(analytic).max())
    error = abs(numeric - analytic) / max(largest, 1e-300)
    error[np.isnan(error)] = np.inf
    return error


def step_up(params, grads, learning_rate):
    return [
        (W + learning_rate * dW, b + learning_rate * db)
        for (W, b), (dW, db) in zip(params, grads, strict=True)
    ]


def step_without_rate(params, grads, learning_rate):
    new = []
    for k in range(len(params)):
        W = params[k][0] - grads[k][0]
        b = params[k][1] - grads[k][1]
        new.append((W, b))
    return new


def step_without_bias(params, grads, learning_rate):
    return [
        (W - learning_rate * dW, b)
        for (W, b), (dW, _) in zip(params, grads, strict=True)
    ]


def step_of_one_layer(params, grads, learning_rate):
    new = []
    for (W, b), (dW, db) in zip(params, grads, strict=True):
        new.append((W - learning_rate * dW, b - learning_rate * db))
        return new


def step_alone(params, grads, learning_rate):
    return [(-learning_rate * dW, -learning_rate * db) for dW, db in grads]


def step_with_a_bracket(params, grads, learning_rate):
    return [
        (learning_rate * (W - dW), learning_rate * (b - db))
        for (W, b), (dW, db) in zip(params, grads, strict=True)
    ]


def slopes_of(loss_at, params, layer, which, h=1e-5, way=2):
    """Not an answer: what most of the next ones have in common."""
    array = params[layer][which]
    slopes = np.zeros_like(array)
    for i in np.ndindex(array.shape):
        middle = array[i]
        array[i] = middle + h
        above = loss_at(params)
        array[i] = middle - h
        slopes[i] = (above - loss_at(params)) / (way * h)
        array[i] = middle
    return slopes


def find_nothing(loss_at, params, grads):
    for layer in range(len(params)):
        for which in (0, 1):
            slopes = slopes_of(loss_at, params, layer, which)
            if np.abs(slopes - slopes).max() > 1e-4:
                return layer, which
    return None


def find_half_slopes(loss_at, params, grads):
    for layer in range(len(params)):
        for which in (0, 1):
            slopes = slopes_of(loss_at, params, layer, which, way=1)
            if np.abs(slopes - grads[layer][which]).max() > 1e-4:
                return layer, which
    return None


def find_in_weights_alone(loss_at, params, grads):
    for layer, (dW, _) in enumerate(grads):
        if not np.allclose(slopes_of(loss_at, params, layer, 0), dW, 1e-4):
            return layer, 0
    return None


def find_in_the_first_layer(loss_at, params, grads):
    for layer in range(len(params)):
        for which in (0, 1):
            slopes = slopes_of(loss_at, params, layer, which)
            if np.abs(slopes - grads[layer][which]).max() > 1e-4:
                return layer, which
        return None


def find_from_one(loss_at, params, grads):
    for layer, pair in enumerate(grads, start=1):
        for which, claimed in enumerate(pair):
            slopes = slopes_of(loss_at, params, layer - 1, which)
            if np.abs(slopes - claimed).max() > 1e-4:
                return layer, which
    return None


def find_the_other_way_round(loss_at, params, grads):
    for layer, pair in enumerate(grads):
        for which, claimed in enumerate(pair):
            slopes = slopes_of(loss_at, params, layer, which)
            if np.abs(slopes - claimed).max() > 1e-4:
                return which, layer
    return None


def find_by_sums(loss_at, params, grads):
    for layer, pair in enumerate(grads):
        for which, claimed in enumerate(pair):
            slopes = slopes_of(loss_at, params, layer, which)
            if not np.isclose(slopes.sum(), claimed.sum(), atol=1e-6):
                return layer, which
    return None


def find_by_sizes(loss_at, params, grads):
    for layer, pair in enumerate(grads):
        for which, claimed in enumerate(pair):
            slopes = slopes_of(loss_at, params, layer, which)
            if np.any(np.abs(np.abs(slopes) - np.abs(claimed)) > 1e-4):
                return layer, which
    return None


def find_by_the_first_entry(loss_at, params, grads):
    h = 1e-5
    for layer, pair in enumerate(grads):
        for which, claimed in enumerate(pair):
            up = [[W.copy(), b.copy()] for W, b in params]
            down = [[W.copy(), b.copy()] for W, b in params]
            up[layer][which].flat[0] += h
            down[layer][which].flat[0] -= h
            slope = (loss_at(up) - loss_at(down)) / (2 * h)
            if abs(slope - claimed.flat[0]) > 1e-4:
                return layer, which
    return None


def find_the_worst(loss_at, params, grads):
    worst, place = -1.0, None
    for layer, pair in enumerate(grads):
        for which, claimed in enumerate(pair):
            slopes = slopes_of(loss_at, params, layer, which)
            error = error_with_maximum(slopes, claimed).max()
            if error > worst:
                worst, place = error, (layer, which)
    return place


TYPED = [
    (SCORES, scores_without_n, NO_N),
    (
        SCORES,
        scores_over_all_entries,
        "it was divided by the number of all entries of Z.",
    ),
    (SCORES, scores_upside_down, "the sign is the other way round."),
    (
        SCORES,
        scores_divided_too_early,
        "the probabilities were divided by n, and the 1 at the right class "
        "was not.",
    ),
    (
        SCORES,
        scores_in_columns,
        "1 was taken away in whole columns, not at one place in each row.",
    ),
    (
        SCORES,
        scores_down_the_columns,
        "softmax ran down the columns: each column adds up to 1.",
    ),
    (
        SCORES,
        scores_that_overflow,
        "exp overflows for large scores, or every exp of a row is 0.",
    ),
    (
        SCORES,
        scores_with_sigma_prime,
        "a slope of the softmax, p (1 - p), was multiplied in as well.",
    ),
    (DENSE, dense_with_means, MEAN),
    (DENSE, dense_divided_again, ONCE_MORE),
    (DENSE, dense_with_w_as_it_is, W_UNTURNED),
    (DENSE, dense_with_w_as_it_is_by_dot, W_UNTURNED),
    (DENSE, dense_with_x_as_it_is, X_UNTURNED),
    (
        DENSE,
        dense_without_transposes,
        "neither product has a transposed array in it.",
    ),
    (DENSE, dense_with_dw_turned, TURNED),
    (DENSE, dense_with_dx_turned, TURNED),
    (
        DENSE,
        dense_reshaped,
        "reshape was used where a transpose is needed.",
    ),
    (
        DENSE,
        dense_with_new_weights,
        "dX was carried back through weights that had already been changed.",
    ),
    (
        DENSE,
        dense_with_new_weights_at_a_rate,
        "dX was carried back through weights that had already been changed.",
    ),
    (RELU, relu_without_mask, NO_MASK),
    (
        RELU,
        relu_with_slope_one_at_zero,
        "the slope at exactly 0 was taken as 1.",
    ),
    (
        RELU,
        relu_masked_by_blame,
        "the mask was taken from the blame and not from the scores.",
    ),
    (RELU, relu_mask_alone, "the mask alone was returned."),
    (
        RELU,
        relu_times_output,
        "the blame was multiplied by the output of relu, not by its slope.",
    ),
    (
        RELU,
        relu_inverted,
        "the mask is the wrong way round: the neurons that were off hand on "
        "the blame.",
    ),
    (MLP, mlp_without_mask, MLP_NO_MASK),
    (MLP, mlp_without_n, "the 1/n is missing."),
    (
        MLP,
        mlp_divided_twice,
        "the blame was divided by n at every layer.",
    ),
    (MLP, mlp_with_means, MEAN),
    (MLP, mlp_that_learns_on_the_way, CHANGED + "changed."),
    (MLP, mlp_that_learns_fast_on_the_way, CHANGED + "changed."),
    (
        MLP,
        mlp_that_takes_a_step,
        "a step was taken: new weights came back, not gradients.",
    ),
    (MLP, mlp_with_w_as_it_is, "W was not transposed on the way back."),
    (
        MLP,
        mlp_with_the_wrong_mask,
        "the mask was taken from the layer's own scores, not from those that "
        "went into its relu.",
    ),
    (MLP, mlp_backwards, "the list starts with the last layer."),
    (
        MLP,
        mlp_masked_everywhere,
        "the scores of the last layer were masked as well.",
    ),
    (
        MLP,
        mlp_with_three_each,
        "each entry of the list holds three arrays, dX among them.",
    ),
    (ERROR, error_without_floor, NO_FLOOR),
    (ERROR, error_absolute, ABSOLUTE),
    (
        ERROR,
        error_with_epsilon,
        "something was added to the size, where a floor is needed.",
    ),
    (
        ERROR,
        error_with_fixed_floor,
        "the floor is a fixed number, whatever the gradients are.",
    ),
    (ERROR, error_of_sums, "it was divided by the sum of the two sizes."),
    (ERROR, error_with_nan, "nan was left as it is."),
    (
        ERROR,
        error_at_worst,
        "one number came back: the worst of the errors.",
    ),
    (
        ERROR,
        error_by_the_largest,
        "all entries were divided by the largest of the whole array.",
    ),
    (STEP, step_up, "the step goes up: the gradient was added."),
    (STEP, step_without_rate, "the learning rate plays no part."),
    (STEP, step_without_bias, "the bias was never moved."),
    (STEP, step_of_one_layer, "the list has the first layer alone."),
    (STEP, step_alone, "the steps came back, not the new parameters."),
    (
        STEP,
        step_with_a_bracket,
        "the parameters shrank as well: the whole difference was multiplied "
        "by the learning rate.",
    ),
    (
        FIND,
        find_nothing,
        "nothing was ever found: it returned None for wrong gradients as "
        "well.",
    ),
    (
        FIND,
        find_half_slopes,
        "every gradient looks wrong: (0, 0) came back each time.",
    ),
    (
        FIND,
        find_in_weights_alone,
        "the gradients of the biases were not looked at.",
    ),
    (
        FIND,
        find_in_the_first_layer,
        "only the first layer was looked at.",
    ),
    (FIND, find_from_one, "the layers were counted from 1."),
    (
        FIND,
        find_the_other_way_round,
        "the layer and the array have changed places.",
    ),
    (
        FIND,
        find_by_sums,
        "a wrong array was not noticed because the sums agree.",
    ),
    (FIND, find_by_sizes, "a wrong sign was not noticed."),
    (
        FIND,
        find_by_the_first_entry,
        "only the first entry of each array was looked at.",
    ),
]


@one_by_one(TYPED)
def test_mistakes_are_named_as_readers_type_them(exercise, answer, what):
    assert_named(exercise, answer, what)


def test_the_worst_error_where_all_is_right_is_told():
    """Where it lies is chance, so it cannot be named on every draw."""
    for outcome in outcomes(FIND, find_the_worst, runs=10):
        assert outcome.state == "wrong"
        assert "and 'None' is expected." in outcome.details


# --- what is refused --------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (0, "0"),
        ((0, 1, 2), "(0, 1, 2)"),
        ([(0, 0), (1, 1)], "[(0, 0), (1, 1)]"),
        ("W", "'W'"),
        ((0, "W"), "(0, 'W')"),
        ((0.0, 1.0), "(0.0, 1.0)"),
        ((True, False), "(True, False)"),
        (False, "False"),
    ],
)
def test_what_names_no_gradient_is_refused(result, shown):
    (outcome,) = outcomes(FIND, lambda *given: result, runs=1)
    assert outcome.state == "wrong"
    said = " ".join(outcome.details.split("\n\n")[0].split())
    assert said == (
        f"It returned {shown}, and (layer, which) is expected, two whole "
        "numbers, or None."
    )


def test_shapes_that_do_not_fit_are_said_to():
    def unlike_any(dZ, X, W):
        return dZ @ W, X.T @ dZ + 1, dZ.sum(axis=0)

    (outcome,) = outcomes(DENSE, unlike_any, runs=1)
    assert outcome.state == "wrong"
    assert outcome.mistake is None

    def for_rows_alone(dZ, X, W):
        return (dZ @ W.T) if len(X) == 1 else dZ @ W, X.T @ dZ, dZ[0]

    (outcome,) = outcomes(DENSE, for_rows_alone, runs=1)
    assert outcome.state == "wrong"


def test_an_error_of_another_kind_is_the_reader_s():
    def breaks(cache, params, y):
        raise ValueError("something else")

    (outcome,) = outcomes(MLP, breaks, runs=1)
    assert outcome.summary == "mlp_backward: raised ValueError."


@pytest.mark.parametrize(
    "result", [None, 3, [], [None], [(1.0, None)], [("a", "b")], "text"]
)
def test_what_is_no_list_of_gradients_is_wrong(result):
    (outcome,) = outcomes(MLP, lambda *given: result, runs=1)
    assert outcome.state == "wrong"


# --- the random inputs ------------------------------------------------------


def arrays_in(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from arrays_in(part)


@pytest.mark.parametrize(
    "exercise", [e for e in EXERCISES if e is not FIND], ids=lambda e: e.name
)
def test_every_number_survives_float32(exercise):
    """Else an answer in float32 would be wrong by rounding."""
    for seed in SEEDS:
        for case in exercise.cases(np.random.default_rng(seed)):
            for array in arrays_in(case):
                same = np.array_equal(
                    array.astype(np.float32),
                    array,
                    equal_nan=array.dtype.kind == "f",
                )
                assert same


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_inputs_are_fresh(exercise):
    first, again, other = (
        np.concatenate(
            [
                array.ravel()
                for array in arrays_in(
                    exercise.cases(np.random.default_rng(seed))
                )
            ]
        )
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)


def test_batches_have_all_kinds_of_shapes():
    shapes = {
        (*X.shape, W.shape[1])
        for _, X, W in DENSE.cases(np.random.default_rng(0))
    }
    assert (1, 1, 1) in shapes
    assert any(n == n_in == n_out > 1 for n, n_in, n_out in shapes)
    assert any(len({n, *widths}) == 3 for n, *widths in shapes)


def test_relu_meets_scores_of_zero_and_both_signs():
    for seed in SEEDS:
        for _, Z in RELU.cases(np.random.default_rng(seed)):
            assert set(np.sign(Z).ravel()) == {-1.0, 0.0, 1.0}


def test_every_kind_of_wrong_gradient_is_met_and_none_as_well():
    for seed in range(5):
        cases = FIND.cases(np.random.default_rng(seed))
        found = {FIND.reference(*case) for case in cases}
        assert found == {None, (0, 0), (0, 1), (1, 0), (1, 1)}


def test_a_wrong_gradient_is_off_by_a_tenth_at_least():
    for seed in range(5):
        for loss_at, params, grads in FIND.cases(np.random.default_rng(seed)):
            place = FIND.reference(loss_at, params, grads)
            if place is None:
                continue
            layer, which = place
            numeric = slopes_of(loss_at, params, layer, which)
            claimed = grads[layer][which]
            largest = max(np.abs(numeric).max(), np.abs(claimed).max())
            assert np.abs(numeric - claimed).max() > 0.099 * largest


def test_the_loss_is_nnlib_s():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(4, 3)), rng.integers(0, 2, 4)
    network = Network(
        [Dense(3, 5, rng), Activation(relu), Dense(5, 2, rng)], dtype=float
    )
    params = [
        (layer.params["W"], layer.params["b"]) for layer in network.layers[::2]
    ]
    loss = losses.cross_entropy(network.forward(X), y)[0]
    assert mlp_loss(params, X, y) == pytest.approx(loss, rel=1e-12)


def test_the_call_in_a_message_makes_the_same_call_again():
    (case,) = FIND.cases(np.random.default_rng(0))[:1]
    text = FIND.call(*case)
    scope = {"np": np, "mlp_loss": mlp_loss}
    scope["find_wrong_gradient"] = find_in_place
    assert eval(text, scope) == FIND.reference(*case)
