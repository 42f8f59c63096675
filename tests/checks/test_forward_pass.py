"""Lesson 04's exercises: right answers pass, and known mistakes are named.

The answers here are written as readers write them, in many styles. All of
them are judged on many draws of the random inputs.
"""

from itertools import pairwise

import numpy as np
import pytest
from judging import assert_named, assert_passes, one_by_one, outcomes

from nnlib.checks.forward_pass import (
    CLASSES,
    COUNT,
    DENSE,
    MLP,
    PLANS,
    ROUNDING,
    SHAPES,
    WRONG_LAYER,
)

SEEDS = range(20)


# --- right answers: dense_forward -------------------------------------------


def dense_with_loops(X, W, b):
    Z = []
    for x in X:
        row = []
        for j in range(len(b)):
            z = b[j]
            for i in range(len(x)):
                z += x[i] * W[i][j]
            row.append(z)
        Z.append(row)
    return Z


def dense_by_rows(X, W, b):
    Z = np.zeros((X.shape[0], W.shape[1]))
    for i in range(X.shape[0]):
        Z[i] = X[i] @ W + b
    return Z


def dense_in_float32(X, W, b):
    X, W, b = (a.astype(np.float32) for a in (X, W, b))
    return np.matmul(X, W) + b


def dense_in_fortran_order(X, W, b):
    X, W = np.asfortranarray(X), np.asfortranarray(W)
    return np.asfortranarray(np.dot(X, W) + b[np.newaxis, :])


def dense_turned_round(X, W, b):
    return (W.T @ X.T + b.reshape(-1, 1)).T


def dense_with_einsum(X, W, b):
    return np.einsum("ik,kj->ij", X, W) + np.tile(b, (len(X), 1))


def dense_with_a_column_of_ones(X, W, b):
    return np.column_stack([X, np.ones(len(X))]) @ np.vstack([W, b])


def dense_in_place(X, W, b):
    Z = X @ W
    Z += b
    X[:] = 0
    return Z


# --- right answers: mlp_forward ---------------------------------------------


def mlp_with_enumerate(X, params):
    cache = []
    A = X
    for i, (W, b) in enumerate(params):
        Z = A @ W + b
        cache.append((A, Z))
        if i < len(params) - 1:
            A = np.maximum(0, Z)
    return Z, cache


def mlp_with_relu_at_the_entrance(X, params):
    cache = []
    for i in range(len(params)):
        if i > 0:
            X = Z * (Z > 0)  # noqa: F821
        Z = X @ params[i][0] + params[i][1]
        cache += [(X, Z)]
    return Z, cache


def mlp_with_the_last_apart(X, params):
    *hidden, (W, b) = params
    cache = []
    for V, c in hidden:
        Z = dense_with_loops(X, V, c)
        cache.append([X, Z])
        X = [[max(0.0, z) for z in row] for row in Z]
    X = np.array(X)
    cache.append([X, X @ W + b])
    return [cache[-1][1], cache]


def mlp_in_float32(X, params):
    X, cache = X.astype(np.float32), ()
    for k, (W, b) in enumerate(params, start=1):
        Z = X @ W.astype(np.float32) + b.astype(np.float32)
        cache = (*cache, (X, Z))
        X = Z if k == len(params) else Z.clip(min=0)
    return X, cache


def mlp_in_fortran_order(X, params):
    X, cache = np.asfortranarray(X), []
    for W, b in params:
        Z = np.asfortranarray(X @ np.asfortranarray(W) + b)
        cache.append((X, Z))
        X = np.where(Z > 0, Z, 0)
    return cache[-1][1], cache


def mlp_that_calls_itself(X, params):
    (W, b), rest = params[0], params[1:]
    Z = X @ W + b
    if not rest:
        return Z, [(X, Z)]
    last, cache = mlp_that_calls_itself(np.maximum(Z, 0.0), rest)
    return last, [(X, Z), *cache]


# --- right answers: layer_shapes and count_parameters -----------------------


def shapes_with_a_loop(sizes, n):
    shapes = []
    for size in sizes:
        shapes.append((n, size))
    return shapes


def shapes_as_lists(sizes, n):
    return [[n, size] for size in sizes]


def shapes_as_an_array(sizes, n):
    return np.column_stack([np.full(len(sizes), n), sizes])


def shapes_of_arrays(sizes, n):
    return tuple(np.empty((n, size)).shape for size in sizes)


def shapes_of_numpy_numbers(sizes, n):
    return [(np.int64(n), size) for size in np.array(sizes)]


def count_with_a_loop(sizes):
    total = 0
    for i in range(len(sizes) - 1):
        total += sizes[i] * sizes[i + 1]
        total += sizes[i + 1]
    return total


def count_of_arrays(sizes):
    total = 0
    for n_in, n_out in pairwise(sizes):
        total += np.empty((n_in, n_out)).size + np.empty(n_out).size
    return total


def count_with_numpy(sizes):
    sizes = np.asarray(sizes, dtype=np.int64)
    return np.sum((sizes[:-1] + 1) * sizes[1:])


def count_as_a_float(sizes):
    sizes = np.array(sizes, dtype=float)
    return sizes[:-1] @ sizes[1:] + sizes[1:].sum()


# --- right answers: predict_classes -----------------------------------------


def classes_with_loops(Z):
    classes = []
    for row in Z:
        best = 0
        for j in range(len(row)):
            if row[j] > row[best]:
                best = j
        classes.append(best)
    return classes


def classes_with_argmax(Z):
    return np.argmax(Z, axis=-1)


def classes_by_sorting(Z):
    return np.argsort(np.asfortranarray(Z), axis=1)[:, -1]


def classes_in_float32(Z):
    return np.array([row.argmax() for row in Z.astype(np.float32)], float)


def classes_from_softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return (E / E.sum(axis=1, keepdims=True)).argmax(axis=1)


def classes_in_place(Z):
    Z -= Z.max(axis=1, keepdims=True)
    return np.nonzero(Z == 0)[1]


# --- right answers: first_wrong_layer ---------------------------------------


def wrong_layer_with_allclose(X, params, scores):
    A = X
    for i, (W, b) in enumerate(params):
        Z = A @ W + b
        if not np.allclose(Z, scores[i], rtol=1e-6):
            return i
        A = np.maximum(Z, 0)
    return None


def wrong_layer_with_loops(X, params, scores):
    A = X.tolist()
    for k in range(len(params)):
        W, b = params[k]
        Z = dense_with_loops(A, W, b)
        for i in range(len(Z)):
            for j in range(len(Z[i])):
                if abs(Z[i][j] - scores[k][i, j]) > 1e-6 * abs(Z[i][j]):
                    return k
        A = [[max(z, 0) for z in row] for row in Z]


def wrong_layer_from_the_cache(X, params, scores):
    _, cache = mlp_with_enumerate(X, params)
    wrong = [
        (np.abs(came - Z) > 1e-6 * np.abs(Z)).any()
        for came, (_, Z) in zip(scores, cache, strict=True)
    ]
    return int(np.argmax(wrong)) if any(wrong) else None


def wrong_layer_step_by_step(X, params, scores):
    """Each layer is computed from the colleague's layer before."""
    inputs = [X, *(np.maximum(Z, 0) for Z in scores[:-1])]
    for i, (X_in, Z) in enumerate(zip(inputs, scores, strict=True)):
        W, b = params[i]
        if not np.isclose(X_in @ W + b, Z, rtol=1e-6).all():
            return i
    return None


def wrong_layer_in_place(X, params, scores):
    for i in range(len(params)):
        W, b = params[i]
        X = X @ W
        X += b
        scores[i] -= X
        if np.abs(scores[i] / X).max() > 1e-6:
            return np.array(i)
        X[X < 0] = 0
    return None


def wrong_layer_in_float32(X, params, scores):
    X = X.astype(np.float32)
    for i, (W, b) in enumerate(params):
        X = X @ W.astype(np.float32) + b.astype(np.float32)
        if not np.allclose(scores[i].astype(np.float32), X, rtol=1e-6):
            return np.int64(i)
        X = np.maximum(X, 0)


RIGHT = [
    (DENSE, dense_with_loops),
    (DENSE, dense_by_rows),
    (DENSE, dense_in_float32),
    (DENSE, dense_in_fortran_order),
    (DENSE, dense_turned_round),
    (DENSE, dense_with_einsum),
    (DENSE, dense_with_a_column_of_ones),
    (DENSE, dense_in_place),
    (MLP, mlp_with_enumerate),
    (MLP, mlp_with_relu_at_the_entrance),
    (MLP, mlp_with_the_last_apart),
    (MLP, mlp_in_float32),
    (MLP, mlp_in_fortran_order),
    (MLP, mlp_that_calls_itself),
    (SHAPES, shapes_with_a_loop),
    (SHAPES, shapes_as_lists),
    (SHAPES, shapes_as_an_array),
    (SHAPES, shapes_of_arrays),
    (SHAPES, shapes_of_numpy_numbers),
    (COUNT, count_with_a_loop),
    (COUNT, count_of_arrays),
    (COUNT, count_with_numpy),
    (COUNT, count_as_a_float),
    (CLASSES, classes_with_loops),
    (CLASSES, classes_with_argmax),
    (CLASSES, classes_by_sorting),
    (CLASSES, classes_in_float32),
    (CLASSES, classes_from_softmax),
    (CLASSES, classes_in_place),
    (WRONG_LAYER, wrong_layer_with_allclose),
    (WRONG_LAYER, wrong_layer_with_loops),
    (WRONG_LAYER, wrong_layer_from_the_cache),
    (WRONG_LAYER, wrong_layer_step_by_step),
    (WRONG_LAYER, wrong_layer_in_place),
    (WRONG_LAYER, wrong_layer_in_float32),
]


@one_by_one(RIGHT)
def test_right_answers_pass(exercise, answer):
    assert_passes(exercise, answer)


@one_by_one(
    [
        (DENSE, dense_in_place),
        (CLASSES, classes_in_place),
        (WRONG_LAYER, wrong_layer_in_place),
    ]
)
def test_answers_in_place_are_told_of_it(exercise, answer):
    for outcome in outcomes(exercise, answer, runs=5):
        assert "A remark: your function changes the" in outcome.details


# --- the same mistakes, as readers type them --------------------------------


def dense_transposed(X, W, b):
    Z = np.dot(X, W.T)
    return Z + b


def dense_transposed_by_loops(X, W, b):
    Z = np.zeros((len(X), len(b)))
    for i in range(len(X)):
        for j in range(len(b)):
            Z[i, j] = b[j]
            for k in range(X.shape[1]):
                Z[i, j] += X[i, k] * W[j, k]
    return Z


def dense_bias_down_the_columns(X, W, b):
    b = b.reshape(len(b), 1)
    Z = X @ W
    return Z + b


def dense_bias_to_turned_sums(X, W, b):
    Z = W.T @ X.T
    return (Z + b).T


def dense_without_bias(X, W, b):
    return np.array([[x @ column for column in W.T] for x in X])


def dense_with_relu(X, W, b):
    Z = X @ W + b
    Z[Z < 0] = 0
    return Z


def dense_of_one_sample(X, W, b):
    for x in X:
        return x @ W + b


def dense_turned_result(X, W, b):
    return W.T @ X.T + b[:, np.newaxis]


def dense_in_brackets(X, W, b):
    return np.dot(X, W + b)


def mlp_relu_at_the_end(X, params):
    cache = []
    for W, b in params:
        Z = X @ W + b
        cache.append((X, Z))
        X = np.maximum(0, Z)
    return X, cache


def mlp_relu_at_the_end_everywhere(X, params):
    cache = []
    for i, (W, b) in enumerate(params):
        Z = X @ W + b
        if i == len(params) - 1:
            Z = np.maximum(Z, 0)
        cache.append((X, Z))
        X = np.maximum(Z, 0)
    return Z, cache


def mlp_without_relu(X, params):
    cache = []
    for W, b in params:
        Z = X @ W + b
        cache.append((X, Z))
        X = Z
    return Z, cache


def mlp_relu_before_every_product(X, params):
    cache = []
    for W, b in params:
        A = np.maximum(X, 0)
        Z = A @ W + b
        cache.append((A, Z))
        X = Z
    return Z, cache


def mlp_activations_in_the_cache(X, params):
    cache = []
    for W, b in params[:-1]:
        A = np.maximum(X @ W + b, 0)
        cache.append((X, A))
        X = A
    W, b = params[-1]
    Z = X @ W + b
    cache.append((X, Z))
    return Z, cache


def mlp_in_place(X, params):
    cache = []
    for k, (W, b) in enumerate(params):
        Z = X @ W + b
        cache.append((X, Z))
        if k < len(params) - 1:
            Z[Z < 0] = 0
        X = Z
    return Z, cache


def mlp_with_the_first_input(X, params):
    cache, A = [], X
    for k, (W, b) in enumerate(params):
        Z = A @ W + b
        cache.append((X, Z))
        if k < len(params) - 1:
            A = np.maximum(Z, 0)
    return Z, cache


def mlp_cache_the_other_way_round(X, params):
    cache = []
    for k, (W, b) in enumerate(params):
        if k > 0:
            X = np.maximum(X, 0)
        Z = X @ W + b
        cache.append((Z, X))
        X = Z
    return Z, cache


def mlp_last_not_noted(X, params):
    cache = []
    for W, b in params[:-1]:
        Z = X @ W + b
        cache.append((X, Z))
        X = np.maximum(Z, 0)
    W, b = params[-1]
    return X @ W + b, cache


def mlp_transposed(X, params):
    cache = []
    for k, (W, b) in enumerate(params):
        Z = np.matmul(X, W.transpose()) + b
        cache.append((X, Z))
        X = Z if k == len(params) - 1 else np.maximum(Z, 0)
    return X, cache


def mlp_scores_alone(X, params):
    cache = []
    for k, (W, b) in enumerate(params):
        Z = X @ W + b
        cache.append(Z)
        X = Z if k == len(params) - 1 else np.maximum(Z, 0)
    return X, cache


def shapes_of_samples(sizes, n):
    shapes = []
    for size in sizes:
        shapes.append((size,))
    return shapes


def shapes_as_sizes(sizes, n):
    return sizes


def shapes_turned(sizes, n):
    return [(sizes[i], n) for i in range(len(sizes))]


def shapes_of_weights(sizes, n):
    return [(sizes[i], sizes[i + 1]) for i in range(len(sizes) - 1)]


def shapes_without_x(sizes, n):
    return [(n, n_out) for _, n_out in pairwise(sizes)]


def shapes_without_the_last(sizes, n):
    shapes = []
    for i in range(len(sizes) - 1):
        shapes.append((n, sizes[i]))
    return shapes


def shapes_with_relu(sizes, n):
    shapes = [(n, sizes[0])]
    for size in sizes[1:-1]:
        shapes.append((n, size))
        shapes.append((n, size))
    shapes.append((n, sizes[-1]))
    return shapes


def count_without_biases(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += sizes[i - 1] * sizes[i]
    return total


def count_with_biases_of_the_input(sizes):
    weights = count_without_biases(sizes)
    biases = sum(sizes)
    return weights + biases


def count_with_biases_for_inputs(sizes):
    total = 0
    for n_in, n_out in pairwise(sizes):
        total += n_in * n_out + n_in
    return total


def count_returned_too_early(sizes):
    total = 0
    for i in range(len(sizes) - 1):
        total += (sizes[i] + 1) * sizes[i + 1]
        return total


def count_one_layer_less(sizes):
    total = 0
    for i in range(len(sizes) - 2):
        total += (sizes[i] + 1) * sizes[i + 1]
    return total


def count_one_bias_each(sizes):
    return count_without_biases(sizes) + len(sizes) - 1


def classes_along_the_columns(Z):
    return np.argmax(Z, axis=0)


def classes_of_columns_by_loop(Z):
    return [int(np.argmax(Z[:, j])) for j in range(Z.shape[1])]


def classes_of_everything(Z):
    return np.argmax(Z)


def classes_as_scores(Z):
    return [max(row) for row in Z]


def classes_from_one(Z):
    return [1 + int(row.argmax()) for row in Z]


def classes_as_a_column(Z):
    return Z.argmax(axis=1).reshape(-1, 1)


def classes_after_relu(Z):
    A = np.maximum(Z, 0)
    return A.argmax(axis=1)


def classes_from_overflow(Z):
    E = np.exp(Z)
    return np.argmax(E / E.sum(axis=1, keepdims=True), axis=1)


def classes_from_zero(Z):
    """The first score above the best so far, which starts at 0."""
    classes = []
    for row in Z:
        best, value = 0, 0.0
        for j, z in enumerate(row):
            if z > value:
                best, value = j, z
        classes.append(best)
    return classes


def wrong_layer_last(X, params, scores):
    found = None
    for i, (W, b) in enumerate(params):
        Z = X @ W + b
        if not np.allclose(Z, scores[i], rtol=1e-6):
            found = i
        X = np.maximum(Z, 0)
    return found


def wrong_layer_exactly(X, params, scores):
    for i, (W, b) in enumerate(params):
        Z = X @ W + b
        if (scores[i] != Z).any():
            return i
        X = np.maximum(Z, 0)
    return None


def wrong_layer_from_one(X, params, scores):
    for i, (W, b) in enumerate(params, start=1):
        Z = X @ W + b
        if not np.allclose(Z, scores[i - 1], rtol=1e-6):
            return i
        X = np.maximum(Z, 0)
    return None


def wrong_layer_too_early(X, params, scores):
    for i, (W, b) in enumerate(params):
        Z = X @ W + b
        if np.allclose(Z, scores[i], rtol=1e-6):
            return None
        return i


def wrong_layer_without_relu(X, params, scores):
    for i, (W, b) in enumerate(params):
        X = X @ W + b
        if not np.allclose(X, scores[i], rtol=1e-6):
            return i
    return None


def wrong_layer_of_activations(X, params, scores):
    for i, (W, b) in enumerate(params):
        X = np.maximum(X @ W + b, 0)
        if not np.allclose(X, scores[i], rtol=1e-6):
            return i
    return None


def wrong_layer_too_wide(X, params, scores):
    for i, (W, b) in enumerate(params):
        Z = X @ W + b
        if np.abs(Z - scores[i]).max() > 1e-2 * np.abs(Z).max():
            return i
        X = np.maximum(Z, 0)
    return None


def wrong_layer_by_sums(X, params, scores):
    for i, (W, b) in enumerate(params):
        Z = X @ W + b
        if abs(Z.sum() - scores[i].sum()) > 1e-6 * abs(Z.sum()):
            return i
        X = np.maximum(Z, 0)
    return None


def wrong_layer_or_minus_one(X, params, scores):
    found = wrong_layer_with_allclose(X, params, scores)
    return -1 if found is None else found


def wrong_layer_in_the_first_row(X, params, scores):
    x = X[0]
    for i, (W, b) in enumerate(params):
        z = x @ W + b
        if not np.allclose(z, scores[i][0], rtol=1e-6):
            return i
        x = np.maximum(z, 0)
    return None


def wrong_layer_counted(X, params, scores):
    count = 0
    for i, (W, b) in enumerate(params):
        Z = X @ W + b
        if not np.allclose(Z, scores[i], rtol=1e-6):
            count += 1
        X = np.maximum(Z, 0)
    return count


def wrong_layer_the_last_always(X, params, scores):
    for k in range(len(params)):
        W, b = params[k]
        X = np.maximum(X @ W + b, 0)
    return k


TYPED = [
    (
        WRONG_LAYER,
        wrong_layer_the_last_always,
        "the answer is the last layer, whatever the scores are.",
    ),
    (DENSE, dense_transposed, DENSE.mistakes[0].what),
    (DENSE, dense_transposed_by_loops, DENSE.mistakes[0].what),
    (DENSE, dense_bias_down_the_columns, DENSE.mistakes[1].what),
    (DENSE, dense_bias_to_turned_sums, DENSE.mistakes[1].what),
    (DENSE, dense_without_bias, "the bias is missing."),
    (
        DENSE,
        dense_with_relu,
        "an activation was applied: nothing below 0 came back.",
    ),
    (DENSE, dense_of_one_sample, "only the first sample went through."),
    (
        DENSE,
        dense_turned_result,
        "the result is turned round: its rows are neurons, and not samples.",
    ),
    (
        DENSE,
        dense_in_brackets,
        "the bias was added to the weights before the product.",
    ),
    (MLP, mlp_relu_at_the_end, MLP.mistakes[0].what),
    (MLP, mlp_relu_at_the_end_everywhere, MLP.mistakes[0].what),
    (
        MLP,
        mlp_without_relu,
        "relu is missing: the layers are straight, and could be one.",
    ),
    (
        MLP,
        mlp_relu_before_every_product,
        "relu was applied to X itself, before the first product.",
    ),
    (
        MLP,
        mlp_activations_in_the_cache,
        "the cache holds what came out of relu, and not the scores.",
    ),
    (
        MLP,
        mlp_in_place,
        "the cache holds what came out of relu, and not the scores.",
    ),
    (
        MLP,
        mlp_with_the_first_input,
        "the cache holds the network's X in every tuple, and not the input "
        "of each layer.",
    ),
    (
        MLP,
        mlp_cache_the_other_way_round,
        "the tuples in the cache are the other way round.",
    ),
    (
        MLP,
        mlp_last_not_noted,
        "the last layer is missing from the cache.",
    ),
    (
        MLP,
        mlp_transposed,
        "the weights were transposed. Where W is square nothing stops that, "
        "and the numbers are wrong.",
    ),
    (
        MLP,
        mlp_scores_alone,
        "the cache holds the scores of each layer alone.",
    ),
    (SHAPES, shapes_of_samples, SHAPES.mistakes[0].what),
    (SHAPES, shapes_as_sizes, SHAPES.mistakes[0].what),
    (
        SHAPES,
        shapes_turned,
        "the axes are the other way round: samples are in the columns.",
    ),
    (SHAPES, shapes_of_weights, "these are the shapes of the weights."),
    (SHAPES, shapes_without_x, "X is missing from the list."),
    (
        SHAPES,
        shapes_without_the_last,
        "the output of the last layer is missing from the list.",
    ),
    (SHAPES, shapes_with_relu, "relu has an entry of its own."),
    (COUNT, count_without_biases, "the biases were not counted."),
    (
        COUNT,
        count_with_biases_of_the_input,
        "biases were counted for the input too.",
    ),
    (
        COUNT,
        count_with_biases_for_inputs,
        "there is a bias for each input of a layer, and not for each neuron.",
    ),
    (COUNT, count_returned_too_early, "only the first layer was counted."),
    (COUNT, count_one_layer_less, "the last layer is missing."),
    (
        COUNT,
        count_one_bias_each,
        "each layer has one bias, and not one for each neuron.",
    ),
    (CLASSES, classes_along_the_columns, CLASSES.mistakes[0].what),
    (CLASSES, classes_of_columns_by_loop, CLASSES.mistakes[0].what),
    (
        CLASSES,
        classes_of_everything,
        "one number came back for the whole batch.",
    ),
    (CLASSES, classes_as_scores, "these are the highest scores themselves."),
    (CLASSES, classes_from_one, "classes were counted from 1."),
    (
        CLASSES,
        classes_as_a_column,
        "the result is a column of shape (n, 1).",
    ),
    (
        CLASSES,
        classes_after_relu,
        "scores below 0 were made 0 first; where all are below 0 that leaves "
        "a tie.",
    ),
    (
        CLASSES,
        classes_from_zero,
        "scores below 0 were made 0 first; where all are below 0 that leaves "
        "a tie.",
    ),
    (
        CLASSES,
        classes_from_overflow,
        "the exponentials of large scores overflowed.",
    ),
    (
        WRONG_LAYER,
        wrong_layer_last,
        "the last wrong layer came back, not the first.",
    ),
    (
        WRONG_LAYER,
        wrong_layer_exactly,
        "arrays were compared to the last digit. Two programs that are both "
        "right may round differently.",
    ),
    (WRONG_LAYER, wrong_layer_from_one, "layers were counted from 1."),
    (
        WRONG_LAYER,
        wrong_layer_too_early,
        "only the first layer was looked at.",
    ),
    (
        WRONG_LAYER,
        wrong_layer_without_relu,
        "the pass it compares with has no relu between the layers.",
    ),
    (
        WRONG_LAYER,
        wrong_layer_of_activations,
        "scores were compared with activations.",
    ),
    (
        WRONG_LAYER,
        wrong_layer_too_wide,
        "the tolerance is too wide: a small error went through.",
    ),
    (
        WRONG_LAYER,
        wrong_layer_by_sums,
        "only sums or means were compared. Errors can cancel out.",
    ),
    (
        WRONG_LAYER,
        wrong_layer_or_minus_one,
        "where no layer is wrong, a number came back.",
    ),
    (
        WRONG_LAYER,
        wrong_layer_in_the_first_row,
        "only the first sample was looked at.",
    ),
    (
        WRONG_LAYER,
        wrong_layer_counted,
        "the number of wrong layers came back.",
    ),
]


@one_by_one(TYPED)
def test_mistakes_are_named_as_readers_type_them(exercise, answer, what):
    assert_named(exercise, answer, what)


# --- what is said -----------------------------------------------------------


def first_line(exercise, answer):
    (outcome,) = outcomes(exercise, answer, runs=1)
    return " ".join(outcome.details.split("\n\n")[0].split())


def test_shapes_are_compared_as_texts():
    said = first_line(SHAPES, shapes_turned)
    assert said == "shapes[0] is '(2, 1)', and '(1, 2)' is expected."
    said = first_line(SHAPES, shapes_without_x)
    assert said == "shapes has 1 entry, and 2 are expected."


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (5, "shapes is one number, and a list is expected."),
        (
            "(1, 2), (1, 3)",
            "shapes is a str, and a list is expected.",
        ),
        (
            [(1.0, 2), (1, 3)],
            "shapes[0] is '(1.0, 2)', and '(1, 2)' is expected.",
        ),
        ([None, (1, 3)], "shapes[0] is 'None', and '(1, 2)' is expected."),
        ([], "shapes has 0 entries, and 2 are expected."),
        (
            [(1, 2), (1, 3, 1)],
            "shapes[1] is '(1, 3, 1)', and '(1, 3)' is expected.",
        ),
    ],
)
def test_what_are_no_shapes(result, said):
    assert first_line(SHAPES, lambda sizes, n: result) == said


def test_none_is_a_result_like_any_other():
    said = first_line(WRONG_LAYER, lambda X, params, scores: None)
    assert said == "the layer is 'None', and '0' is expected."
    said = first_line(WRONG_LAYER, wrong_layer_or_minus_one)
    assert said == "the layer is '-1', and 'None' is expected."


def test_what_fits_nowhere_is_an_error_in_the_readers_own_line():
    """Where all sizes are equal, no mistake explains a refusal."""
    (outcome,) = outcomes(DENSE, lambda X, W, b: X @ np.zeros(7), runs=1)
    assert outcome.state == "raised"
    assert "ValueError: matmul" in outcome.details
    (outcome,) = outcomes(MLP, lambda X, params: X @ np.zeros(7), runs=1)
    assert outcome.state == "raised"


def dense_of_squares_alone(X, W, b):
    if W.shape[0] != W.shape[1]:
        raise ValueError
    return X @ W + b


def test_what_fits_only_square_weights_is_shown_where_it_fails():
    (outcome,) = outcomes(DENSE, dense_of_squares_alone, runs=1)
    assert outcome.state == "raised"
    assert outcome.mistake is None


# --- the random inputs ------------------------------------------------------


def flat(value):
    if isinstance(value, list | tuple):
        for part in value:
            yield from flat(part)
    else:
        yield np.asarray(value, dtype=float)


@pytest.mark.parametrize("exercise", [DENSE, MLP, CLASSES])
def test_every_number_survives_float32(exercise):
    """Else an answer in float32 would be wrong by rounding."""
    for seed in SEEDS:
        for case in exercise.cases(np.random.default_rng(seed)):
            results = exercise.reference(*case)
            for array in (*flat(case), *flat(results)):
                assert np.array_equal(array.astype(np.float32), array)


@pytest.mark.parametrize("exercise", [DENSE, MLP, CLASSES, WRONG_LAYER])
def test_the_inputs_are_fresh(exercise):
    first, again, other = (
        np.concatenate(
            [
                array.ravel()
                for case in exercise.cases(np.random.default_rng(seed))
                for array in flat(case)
            ]
        )
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_rows_have_no_ties():
    for seed in SEEDS:
        for (Z,) in CLASSES.cases(np.random.default_rng(seed)):
            for row in Z:
                assert len(set(row)) == len(row)


def test_sizes_are_all_different_so_that_no_mistake_hides():
    for seed in SEEDS:
        for sizes, n in SHAPES.cases(np.random.default_rng(seed)):
            assert len({n, *sizes}) == len(sizes) + 1


def test_the_colleague_makes_the_mistakes_that_are_planned():
    expected = [min(plan, default=None) for _, _, plan in PLANS]
    assert None in expected
    assert max(len(plan) for _, _, plan in PLANS) > 1
    for seed in SEEDS:
        cases = WRONG_LAYER.cases(np.random.default_rng(seed))
        assert [WRONG_LAYER.reference(*case) for case in cases] == expected


def test_no_right_score_is_0_and_rounding_stays_far_below_the_tolerance():
    for seed in SEEDS:
        for X, params, scores in WRONG_LAYER.cases(
            np.random.default_rng(seed)
        ):
            right = [Z for _, Z in MLP.reference(X, params)[1]]
            for Z in right:
                assert np.abs(Z).min() > 0
            errors = np.abs(scores[0] / right[0] - 1)
            assert np.logical_or(errors <= 2 * ROUNDING, errors > 5e-5).all()
