"""Lesson 08's exercises: right answers pass, and known mistakes are named.

The answers here are written as readers write them, in many styles. All of
them are judged on many draws of the random inputs.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from judging import RUNS, assert_named, assert_passes, one_by_one, outcomes

from nnlib import activations, initializers, layers, losses, network
from nnlib.checks.vanishing_exploding import (
    CLIP,
    HE,
    LIVING,
    NORMS,
    RESIDUAL,
    XAVIER,
    gradient_norms,
    shrunk,
)

SEEDS = range(20)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh_prime(z):
    return 1 - np.tanh(z) ** 2


def relu(z):
    return np.maximum(z, 0)


def relu_prime(z):
    return (z > 0) * 1.0


PAIRS = {
    "sigmoid": (sigmoid, sigmoid_prime),
    "tanh": (np.tanh, tanh_prime),
    "relu": (relu, relu_prime),
}


# --- right answers: gradient_norms ------------------------------------------


def norms_with_loops(sizes, activation, scale, rng):
    weights = []
    for k in range(1, len(sizes)):
        W = rng.standard_normal((sizes[k - 1], sizes[k]))
        weights.append(W * scale / math.sqrt(sizes[k - 1]))
    a = list(rng.standard_normal(sizes[0]))
    f, f_prime = PAIRS[activation]
    slopes = []
    for W in weights:
        z = [
            sum(a[i] * W[i, j] for i in range(len(a)))
            for j in range(len(W[0]))
        ]
        slopes.append([f_prime(value) for value in z])
        a = [f(value) for value in z]
    da = list(rng.standard_normal(sizes[-1]))
    norms = []
    for k in range(len(weights) - 1, -1, -1):
        dz = [da[j] * slopes[k][j] for j in range(len(da))]
        norms.append(math.sqrt(sum(value**2 for value in dz)))
        W = weights[k]
        da = [
            sum(W[i, j] * dz[j] for j in range(len(dz))) for i in range(len(W))
        ]
    norms.reverse()
    return norms


def norms_in_float32(sizes, activation, scale, rng):
    f, f_prime = PAIRS[activation]
    weights = [
        np.asfortranarray(
            rng.normal(0, scale / np.sqrt(n_in), (n_in, n_out))
        ).astype(np.float32)
        for n_in, n_out in pairwise(sizes)
    ]
    A = [rng.normal(size=sizes[0]).astype(np.float32)]
    Z = []
    for W in weights:
        Z.append(A[-1] @ W)
        A.append(f(Z[-1]))
    dA = rng.normal(size=sizes[-1]).astype(np.float32)
    norms = np.zeros(len(weights), dtype=np.float32)
    for k in reversed(range(len(weights))):
        dZ = dA * f_prime(Z[k])
        norms[k] = np.linalg.norm(dZ)
        dA = weights[k] @ dZ
    return norms


def norms_with_nnlib(sizes, activation, scale, rng):
    f = getattr(activations, activation)
    dense = [
        layers.Dense(
            n_in,
            n_out,
            rng,
            lambda n_in, n_out, rng: (
                scale / n_in**0.5 * rng.standard_normal((n_in, n_out))
            ),
        )
        for n_in, n_out in pairwise(sizes)
    ]
    bends = [layers.Activation(f) for _ in dense]
    A = rng.standard_normal((1, sizes[0]))
    for layer, bend in zip(dense, bends, strict=True):
        A = bend.forward(layer.forward(A))
    d = rng.standard_normal((1, sizes[-1]))
    norms = []
    for layer, bend in zip(dense[::-1], bends[::-1], strict=True):
        d = bend.backward(d)
        norms.append(np.sqrt(np.sum(d**2)))
        d = layer.backward(d)
    return norms[::-1]


def norms_by_recursion(sizes, activation, scale, rng):
    f, f_prime = PAIRS[activation]
    weights = [
        scale * rng.standard_normal((a, b)) / a**0.5
        for a, b in pairwise(sizes)
    ]
    x = rng.standard_normal(sizes[0])

    def back(a, rest):
        """Return dA at the input of these layers, and their norms."""
        if not rest:
            return rng.standard_normal(sizes[-1]), []
        z = a @ rest[0]
        dA, norms = back(f(z), rest[1:])
        dZ = dA * f_prime(z)
        return dZ @ rest[0].T, [np.linalg.norm(dZ), *norms]

    return tuple(back(x, weights)[1])


# --- right answers: xavier_init and he_init ---------------------------------


def xavier_of_normals(n_in, n_out, rng):
    return rng.normal(0, math.sqrt(2 / (n_in + n_out)), (n_in, n_out))


def xavier_of_uniforms(n_in, n_out, rng):
    limit = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-limit, limit, size=(n_in, n_out))


def xavier_with_loops(n_in, n_out, rng):
    """The last column first, as a list."""
    deviation = math.sqrt(2 / (n_in + n_out))
    W = [[0.0] * n_out for _ in range(n_in)]
    columns = rng.normal(0, deviation, (n_out, n_in)).tolist()
    for j in range(n_out - 1, -1, -1):
        for i in range(n_in):
            W[i][j] = columns[j][i]
    return W


def xavier_in_float32(n_in, n_out, rng):
    W = rng.standard_normal((n_in, n_out), dtype=np.float32)
    W *= np.float32((2 / (n_in + n_out)) ** 0.5)
    return np.asfortranarray(W)


def he_of_normals(n_in, n_out, rng):
    return np.sqrt(2 / n_in) * rng.standard_normal((n_in, n_out))


def he_of_uniforms(n_in, n_out, rng):
    return (2 * rng.random((n_in, n_out)) - 1) * np.sqrt(6 / n_in)


def he_turned(n_in, n_out, rng):
    return rng.normal(scale=(2 / n_in) ** 0.5, size=(n_out, n_in)).T


def he_in_float32(n_in, n_out, rng):
    W = rng.standard_normal(n_in * n_out).astype(np.float32)
    return W.reshape(n_in, n_out) * np.float32(np.sqrt(2.0 / n_in))


def he_of_two_signs(n_in, n_out, rng):
    signs = rng.choice([-1.0, 1.0], size=(n_in, n_out))
    return np.sqrt(2 / n_in) * signs


# Two signs for six weights are the same for two seeds now and then; that is
# why it is not among the answers below.


# --- right answers: clip_by_global_norm -------------------------------------


def clip_with_loops(grads, max_norm):
    total = 0.0
    for g in grads:
        for value in np.ravel(g):
            total += value * value
    norm = math.sqrt(total)
    if norm <= max_norm:
        return grads
    result = []
    for g in grads:
        result.append(g * max_norm / norm)
    return result


def clip_with_min(grads, max_norm):
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    factor = min(1.0, max_norm / (norm + 1e-12))
    return [factor * g for g in grads]


def clip_as_one_vector(grads, max_norm):
    whole = np.concatenate([g.ravel() for g in grads])
    norm = np.linalg.norm(whole)
    if norm > max_norm:
        whole = whole / norm * max_norm
    ends = np.cumsum([g.size for g in grads])[:-1]
    return [
        part.reshape(g.shape)
        for part, g in zip(np.split(whole, ends), grads, strict=True)
    ]


def clip_in_float32(grads, max_norm):
    grads = [np.asfortranarray(g, dtype=np.float32) for g in grads]
    norm = np.linalg.norm([np.linalg.norm(g) for g in grads])
    scale = np.float32(max_norm / max(norm, max_norm))
    return tuple(scale * g for g in grads)


def clip_in_place(grads, max_norm):
    norm = np.linalg.norm([np.linalg.norm(g) for g in grads])
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return grads


def clip_like_torch(grads, max_norm):
    norm = sum(np.sum(g * g) for g in grads) ** 0.5
    return [g * np.minimum(max_norm / (norm + 1e-6), 1) for g in grads]


# --- right answers: residual_backward ---------------------------------------


def residual_in_a_line(dA, branch_backward):
    return branch_backward(dA) + dA


def residual_with_loops(dA, branch_backward):
    through = branch_backward(dA)
    dX = []
    for i in range(len(dA)):
        dX.append([dA[i][j] + through[i][j] for j in range(len(dA[i]))])
    return dX


def residual_in_float32(dA, branch_backward):
    dA = np.asfortranarray(dA, dtype=np.float32)
    return np.add(dA, branch_backward(dA)).astype(np.float32)


def residual_in_place(dA, branch_backward):
    dA += branch_backward(dA)
    return dA


# --- right answers: living_scale --------------------------------------------


def living_of_a_table(activation):
    return {"sigmoid": 13, "tanh": 1.5, "relu": np.sqrt(2)}[activation]


def living_with_ifs(activation):
    if activation == "relu":
        return np.float32(1.4)
    if activation == "tanh":
        return 1.1
    return np.array([11.0])


def living_by_search(activation):
    """Try scales until the criterion of the task holds."""
    for scale in (1.0, 1.2, 1.44, 10.0, 12.0):
        ratios = []
        for seed in range(15):
            rng = np.random.default_rng(seed)
            norms = gradient_norms([64] * 31, activation, scale, rng)
            ratios.append(norms[0] / norms[-1])
        if 0.1 <= np.median(ratios) <= 10:
            return scale


def living_by_halving(activation):
    """The factor of a layer grows with the scale: halve the interval."""
    low, high = 0.5, 32.0
    for _ in range(12):
        middle = math.sqrt(low * high)
        rng = np.random.default_rng(3)
        norms = gradient_norms([64] * 31, activation, middle, rng)
        if norms[0] < norms[-1]:
            low = middle
        else:
            high = middle
    return low


RIGHT = [
    (NORMS, norms_with_loops),
    (NORMS, norms_in_float32),
    (NORMS, norms_with_nnlib),
    (NORMS, norms_by_recursion),
    (XAVIER, xavier_of_normals),
    (XAVIER, xavier_of_uniforms),
    (XAVIER, xavier_with_loops),
    (XAVIER, xavier_in_float32),
    (HE, he_of_normals),
    (HE, he_of_uniforms),
    (HE, he_turned),
    (HE, he_in_float32),
    (CLIP, clip_with_loops),
    (CLIP, clip_with_min),
    (CLIP, clip_as_one_vector),
    (CLIP, clip_in_float32),
    (CLIP, clip_in_place),
    (CLIP, clip_like_torch),
    (RESIDUAL, residual_in_a_line),
    (RESIDUAL, residual_with_loops),
    (RESIDUAL, residual_in_float32),
    (RESIDUAL, residual_in_place),
    (LIVING, living_of_a_table),
    (LIVING, living_with_ifs),
]


@one_by_one(RIGHT)
def test_right_answers_pass(exercise, answer):
    assert_passes(exercise, answer)


@one_by_one([(LIVING, living_by_search), (LIVING, living_by_halving)])
def test_scales_that_are_searched_for_pass(exercise, answer):
    """Nothing of what is judged is drawn, so that once is enough."""
    assert_passes(exercise, answer, runs=1)


@one_by_one([(CLIP, clip_in_place), (RESIDUAL, residual_in_place)])
def test_answers_in_place_are_told_of_it(exercise, answer):
    for outcome in outcomes(exercise, answer, runs=20):
        assert "A remark: your function changes the" in outcome.details


# --- the same mistakes, as readers type them --------------------------------

FAN = "the weights were divided by the root of n_out, not of n_in."
VARIANCE = (
    "the weights were divided by n_in: that is the variance for the deviation."
)
ORDER = "the norms are in the wrong order: the last layer's comes first."
TURNED = "on the way back W was used as on the way forward, not turned."


def forward_and_draws(sizes, activation, scale, rng):
    weights = []
    for n_in, n_out in pairwise(sizes):
        W = rng.standard_normal((n_in, n_out))
        weights.append(scale / np.sqrt(n_in) * W)
    x = rng.standard_normal(sizes[0])
    dA = rng.standard_normal(sizes[-1])
    scores = []
    for W in weights:
        scores.append(x @ W)
        x = PAIRS[activation][0](scores[-1])
    return weights, scores, dA


def norms_of_fan_out(sizes, activation, scale, rng):
    f, f_prime = PAIRS[activation]
    weights = []
    for k in range(len(sizes) - 1):
        W = rng.standard_normal((sizes[k], sizes[k + 1]))
        weights.append(W * scale / np.sqrt(sizes[k + 1]))
    A = rng.standard_normal(sizes[0])
    Z = []
    for W in weights:
        Z.append(A @ W)
        A = f(Z[-1])
    dA = rng.standard_normal(sizes[-1])
    norms = []
    for W, z in zip(weights[::-1], Z[::-1], strict=True):
        dZ = dA * f_prime(z)
        norms.insert(0, np.linalg.norm(dZ))
        dA = dZ @ W.T
    return norms


def norms_of_variance(sizes, activation, scale, rng):
    f, f_prime = PAIRS[activation]
    weights = []
    for n_in, n_out in pairwise(sizes):
        weights.append(rng.standard_normal((n_in, n_out)) * (scale / n_in))
    A = rng.standard_normal(sizes[0])
    Z = []
    for W in weights:
        Z.append(A @ W)
        A = f(Z[-1])
    dZ = rng.standard_normal(sizes[-1]) * f_prime(Z[-1])
    norms = [np.linalg.norm(dZ)]
    for k in range(len(weights) - 2, -1, -1):
        dZ = (weights[k + 1] @ dZ) * f_prime(Z[k])
        norms.insert(0, np.linalg.norm(dZ))
    return norms


def norms_last_first(sizes, activation, scale, rng):
    weights, Z, dA = forward_and_draws(sizes, activation, scale, rng)
    norms = []
    for k in reversed(range(len(weights))):
        dZ = dA * PAIRS[activation][1](Z[k])
        norms.append(np.linalg.norm(dZ))
        dA = weights[k] @ dZ
    return norms


def norms_with_w_not_turned(sizes, activation, scale, rng):
    weights, Z, dA = forward_and_draws(sizes, activation, scale, rng)
    norms = []
    for k in reversed(range(len(weights))):
        dZ = dA * PAIRS[activation][1](Z[k])
        norms.append(np.linalg.norm(dZ))
        dA = dZ @ weights[k]
    return norms[::-1]


def norms_with_w_not_turned_in_time(sizes, activation, scale, rng):
    """The same; nothing is handed on from the first layer."""
    weights, Z, dA = forward_and_draws(sizes, activation, scale, rng)
    dZ = dA * PAIRS[activation][1](Z[-1])
    norms = [np.linalg.norm(dZ)]
    for k in reversed(range(len(weights) - 1)):
        dA = np.dot(dZ, weights[k + 1])
        dZ = dA * PAIRS[activation][1](Z[k])
        norms.insert(0, np.linalg.norm(dZ))
    return norms


def norms_with_slopes_of_a(sizes, activation, scale, rng):
    weights, Z, dA = forward_and_draws(sizes, activation, scale, rng)
    f, f_prime = PAIRS[activation]
    norms = []
    for W, z in zip(weights[::-1], Z[::-1], strict=True):
        a = f(z)
        dZ = dA * f_prime(a)
        norms.insert(0, np.sqrt((dZ**2).sum()))
        dA = dZ @ W.T
    return norms


def norms_with_z_for_a(sizes, activation, scale, rng):
    weights, Z, dA = forward_and_draws(sizes, activation, scale, rng)
    norms = []
    for W, z in zip(weights[::-1], Z[::-1], strict=True):
        if activation == "sigmoid":
            dZ = dA * z * (1 - z)
        elif activation == "tanh":
            dZ = dA * (1 - z**2)
        else:
            dZ = np.where(z > 0, dA, 0)
        norms.insert(0, np.linalg.norm(dZ))
        dA = dZ @ W.T
    return norms


def norms_without_the_last_slope(sizes, activation, scale, rng):
    weights, Z, dA = forward_and_draws(sizes, activation, scale, rng)
    dZ = dA
    norms = [np.linalg.norm(dZ)]
    for k in range(len(weights) - 1, 0, -1):
        dZ = (dZ @ weights[k].T) * PAIRS[activation][1](Z[k - 1])
        norms.insert(0, np.linalg.norm(dZ))
    return norms


def norms_of_da(sizes, activation, scale, rng):
    weights, Z, dA = forward_and_draws(sizes, activation, scale, rng)
    norms = []
    for W, z in zip(weights[::-1], Z[::-1], strict=True):
        norms.insert(0, np.linalg.norm(dA))
        dA = (dA * PAIRS[activation][1](z)) @ W.T
    return norms


def norms_not_scaled(sizes, activation, scale, rng):
    return norms_with_loops_of(sizes, activation, rng, lambda n: scale)


def norms_with_loops_of(sizes, activation, rng, deviation):
    f, f_prime = PAIRS[activation]
    weights = [
        deviation(a) * rng.standard_normal((a, b)) for a, b in pairwise(sizes)
    ]
    A, Z = rng.standard_normal(sizes[0]), []
    for W in weights:
        Z.append(A @ W)
        A = f(Z[-1])
    dA, norms = rng.standard_normal(sizes[-1]), []
    for W, z in zip(weights[::-1], Z[::-1], strict=True):
        dZ = dA * f_prime(z)
        norms.insert(0, np.linalg.norm(dZ))
        dA = dZ @ W.T
    return norms


def xavier_of_fan_in(n_in, n_out, rng):
    return rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)


def xavier_of_fan_out(n_in, n_out, rng):
    return rng.normal(0, 1 / math.sqrt(n_out), size=(n_in, n_out))


def xavier_of_variance(n_in, n_out, rng):
    return rng.normal(0, 2 / (n_in + n_out), size=(n_in, n_out))


def xavier_of_a_limit(n_in, n_out, rng):
    limit = np.sqrt(2 / (n_in + n_out))
    return rng.uniform(-limit, limit, (n_in, n_out))


def xavier_without_2(n_in, n_out, rng):
    return np.sqrt(1 / (n_in + n_out)) * rng.standard_normal((n_in, n_out))


def xavier_turned(n_in, n_out, rng):
    return np.sqrt(2 / (n_in + n_out)) * rng.standard_normal((n_out, n_in))


def xavier_without_rng(n_in, n_out, rng):
    rng = np.random.default_rng(42)
    return np.sqrt(2 / (n_in + n_out)) * rng.standard_normal((n_in, n_out))


def he_of_fan_out(n_in, n_out, rng):
    return np.sqrt(2 / n_out) * rng.standard_normal((n_in, n_out))


def he_of_variance(n_in, n_out, rng):
    variance = 2 / n_in
    return variance * rng.standard_normal((n_in, n_out))


def he_of_variance_by_normal(n_in, n_out, rng):
    return rng.normal(0, 2 / n_in, (n_in, n_out))


def he_without_2(n_in, n_out, rng):
    return rng.standard_normal((n_in, n_out)) / n_in**0.5


def he_of_one_side(n_in, n_out, rng):
    return np.sqrt(2 / n_in) * rng.random((n_in, n_out))


def he_root_of_two_alone(n_in, n_out, rng):
    return np.sqrt(2) / n_in * rng.standard_normal((n_in, n_out))


def he_not_scaled(n_in, n_out, rng):
    return rng.standard_normal((n_in, n_out))


def clip_each_alone(grads, max_norm):
    clipped = []
    for g in grads:
        norm = np.linalg.norm(g)
        if norm > max_norm:
            g = g * (max_norm / norm)
        clipped.append(g)
    return clipped


def clip_always(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if norm == 0:
        return grads
    return [g * max_norm / norm for g in grads]


def clip_always_and_divide_0_by_0(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
    return [max_norm * g / norm for g in grads]


def clip_always_and_stop_at_0(grads, max_norm):
    total = 0.0
    for g in grads:
        for value in g.ravel().tolist():
            total += value**2
    return [g * (max_norm / total**0.5) for g in grads]


def clip_by_sum_of_norms(grads, max_norm):
    norm = 0.0
    for g in grads:
        norm += np.linalg.norm(g)
    if norm > max_norm:
        grads = [g * max_norm / norm for g in grads]
    return grads


def clip_by_squares(grads, max_norm):
    total = sum(np.sum(g**2) for g in grads)
    if total > max_norm:
        grads = [g * (max_norm / total) for g in grads]
    return grads


def clip_by_entries(grads, max_norm):
    return [np.minimum(np.maximum(g, -max_norm), max_norm) for g in grads]


def clip_to_one(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
    if norm > max_norm:
        return [g / norm for g in grads]
    return grads


def clip_not_kept(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if norm > max_norm:
        for g in grads:
            g = g * max_norm / norm
    return grads


def residual_without_the_way_around(dA, branch_backward):
    dX = branch_backward(dA)
    return dX


def residual_without_the_branch(dA, branch_backward):
    return dA


def residual_multiplied(dA, branch_backward):
    return dA * branch_backward(dA)


def residual_plus_1(dA, branch_backward):
    return branch_backward(dA) + np.ones_like(dA)


def residual_minus(dA, branch_backward):
    return dA - branch_backward(dA)


def residual_of_the_mean(dA, branch_backward):
    return 0.5 * (dA + branch_backward(dA))


def residual_in_a_row(dA, branch_backward):
    dX = dA + branch_backward(dA)
    return branch_backward(dX)


def living_of_xavier(activation):
    return 1


def living_of_he(activation):
    return np.sqrt(2)


def living_of_variance(activation):
    if activation == "relu":
        return 2.0
    if activation == "tanh":
        return 1.0
    return 12.0


def living_of_one_over_the_slope(activation):
    if activation == "sigmoid":
        return 4.0
    return 1.0 if activation == "tanh" else math.sqrt(2)


TYPED = [
    (NORMS, norms_of_fan_out, FAN),
    (NORMS, norms_of_variance, VARIANCE),
    (NORMS, norms_last_first, ORDER),
    (NORMS, norms_with_w_not_turned, TURNED),
    (NORMS, norms_with_w_not_turned_in_time, TURNED),
    (
        NORMS,
        norms_with_slopes_of_a,
        "the slope was taken at A, and not at Z.",
    ),
    (
        NORMS,
        norms_with_z_for_a,
        "a slope written with A, such as a (1 - a), was given Z.",
    ),
    (
        NORMS,
        norms_without_the_last_slope,
        "the slope of the last layer's activation is missing.",
    ),
    (
        NORMS,
        norms_of_da,
        "these are the norms of dA, before the slopes, and not of dZ.",
    ),
    (
        NORMS,
        norms_not_scaled,
        "the weights were multiplied by the scale and not divided by the "
        "root of n_in.",
    ),
    (
        XAVIER,
        xavier_of_fan_in,
        "the variance is 1 / n_in, which keeps the size on the way forward "
        "alone.",
    ),
    (
        XAVIER,
        xavier_of_fan_out,
        "the variance is 1 / n_out, which keeps the size on the way back "
        "alone.",
    ),
    (
        XAVIER,
        xavier_of_variance,
        "the variance was taken for the deviation.",
    ),
    (
        XAVIER,
        xavier_of_a_limit,
        "the limit of uniform draws was taken for their deviation.",
    ),
    (
        XAVIER,
        xavier_without_2,
        "the 2 is missing: the variance is 1 / (n_in + n_out).",
    ),
    (XAVIER, xavier_turned, "the shape is turned: (n_out, n_in)."),
    (
        XAVIER,
        xavier_without_rng,
        "the rng is not used: the weights come from a generator of their "
        "own, always in the same state.",
    ),
    (HE, he_of_fan_out, "n_out was taken for n_in."),
    (HE, he_of_variance, "the variance was taken for the deviation."),
    (
        HE,
        he_of_variance_by_normal,
        "the variance was taken for the deviation.",
    ),
    (HE, he_without_2, "the 2 is missing: the variance is 1 / n_in."),
    (HE, he_of_one_side, "there are no negative weights."),
    (
        HE,
        he_root_of_two_alone,
        "the root was taken of the 2 alone: the deviation is sqrt(2) / n_in.",
    ),
    (HE, he_not_scaled, "the deviation is 1: the draws were not scaled."),
    (
        CLIP,
        clip_each_alone,
        "each array was clipped by itself, with a factor of its own.",
    ),
    (
        CLIP,
        clip_always,
        "gradients that are short enough were made longer.",
    ),
    (
        CLIP,
        clip_always_and_divide_0_by_0,
        "gradients that are short enough were made longer.",
    ),
    (
        CLIP,
        clip_always_and_stop_at_0,
        "gradients that are short enough were made longer.",
    ),
    (
        CLIP,
        clip_by_sum_of_norms,
        "the norms of the arrays were added up.",
    ),
    (
        CLIP,
        clip_by_squares,
        "the root is missing: the norm is not the sum of the squares.",
    ),
    (
        CLIP,
        clip_by_entries,
        "every entry was cut off at max_norm by itself.",
    ),
    (
        CLIP,
        clip_to_one,
        "long gradients were shortened to a norm of 1, and not of max_norm.",
    ),
    (CLIP, clip_not_kept, "the gradients came back as they were."),
    (
        RESIDUAL,
        residual_without_the_way_around,
        "the way around is missing: only the branch hands something back.",
    ),
    (
        RESIDUAL,
        residual_without_the_branch,
        "the branch is missing: only the way around hands something back.",
    ),
    (RESIDUAL, residual_multiplied, "the two parts were multiplied."),
    (RESIDUAL, residual_plus_1, "1 was added, and not dA."),
    (RESIDUAL, residual_minus, "the branch's part was subtracted."),
    (RESIDUAL, residual_of_the_mean, "the mean of the two parts was taken."),
    (
        RESIDUAL,
        residual_in_a_row,
        "the sum went through the branch, and not dA itself.",
    ),
    (
        LIVING,
        living_of_xavier,
        "a scale of 1, which is Xavier's, for every activation.",
    ),
    (
        LIVING,
        living_of_he,
        "the root of 2, which is He's, for every activation.",
    ),
    (
        LIVING,
        living_of_variance,
        "for relu, the variance was returned and not the deviation.",
    ),
    (
        LIVING,
        living_of_one_over_the_slope,
        "for the sigmoid the scale is 4, to make up for its slope of at most "
        "1/4.",
    ),
]


@one_by_one(TYPED)
def test_mistakes_are_named_as_readers_type_them(exercise, answer, what):
    # What is judged of a scale is the same in every run.
    assert_named(
        exercise, answer, what, runs=3 if exercise is LIVING else RUNS
    )


# --- what is refused in words -----------------------------------------------


def first_words(outcome):
    return " ".join(outcome.details.split("\n\n")[0].split())


@pytest.mark.parametrize("exercise", [XAVIER, HE])
@pytest.mark.parametrize(
    ("result", "said"),
    [
        (
            None,
            "It returned None. Does every way through the function end in "
            "return?",
        ),
        ("W", "An array of numbers is expected."),
        ([[1.0], [1.0, 2.0]], "An array of numbers is expected."),
        ([[np.nan]], "Not all of the weights are finite numbers."),
        (
            [[1.0, 2.0]],
            "the shape is (1, 2), and (1, 1) is expected.",
        ),
    ],
)
def test_what_are_no_weights(exercise, result, said):
    (outcome,) = outcomes(exercise, lambda n_in, n_out, rng: result, runs=1)
    assert outcome.state == "wrong"
    assert outcome.mistake is None
    if "shape" not in said:
        assert first_words(outcome) == said


@pytest.mark.parametrize("exercise", [XAVIER, HE])
def test_weights_from_elsewhere_differ_for_the_same_seed(exercise):
    elsewhere = np.random.default_rng(5)

    def drawn(n_in, n_out, rng):
        return exercise.reference(n_in, n_out, elsewhere)

    for outcome in outcomes(exercise, drawn, runs=50):
        assert outcome.state == "wrong"
        assert first_words(outcome) == (
            "the source of chance is 'not from the rng: the same seed gives "
            "other weights', and 'the rng' is expected."
        )


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "returned None, and one number is expected."),
        ("1.4", "returned '1.4', and one number is expected."),
        ([1.4], "returned [1.4], and one number is expected."),
        (
            np.ones(30),
            "returned np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1...., and one "
            "number is expected.",
        ),
        (0, "returned 0. A scale is a finite number above 0."),
        (-1.5, "returned -1.5. A scale is a finite number above 0."),
        (np.nan, "returned nan. A scale is a finite number above 0."),
        (np.inf, "returned inf. A scale is a finite number above 0."),
    ],
)
def test_what_is_no_scale(result, said):
    (outcome,) = outcomes(LIVING, lambda activation: result, runs=1)
    assert outcome.state == "wrong"
    assert outcome.mistake is None
    assert first_words(outcome) == f"For relu it {said}"


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (0.5, "at scale 0.5 it vanishes, first / last is 5e-14'"),
        (3.0, "at scale 3 it explodes, first / last is 2e+09'"),
        (1e-30, "at scale 1e-30 it is not a finite number'"),
        (1e300, "at scale 1e+300 it is not a finite number'"),
    ],
)
def test_a_scale_that_kills_is_told_how(scale, said):
    (outcome,) = outcomes(LIVING, lambda activation: scale, runs=1)
    assert outcome.mistake is None
    assert first_words(outcome) == (
        f"the gradient is 'lost: {said}, and 'alive' is expected."
    )


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_scales_are_judged_as_the_task_says(activation):
    """By gradient_norms, and by the median over fifteen seeds."""
    for scale in (0.7, 1.3, 5.0):
        ratios = []
        for seed in range(15):
            rng = np.random.default_rng(seed)
            norms = gradient_norms([64] * 31, activation, scale, rng)
            ratios.append(norms[0] / norms[-1])
        assert np.isclose(np.median(ratios), shrunk(activation, scale))


@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [("sigmoid", 10.0, 15.0), ("tanh", 1.0, 1.75), ("relu", 1.34, 1.54)],
)
def test_a_comfortable_range_of_scales_is_alive(activation, low, high):
    for scale in np.linspace(low, high, 12):
        assert 0.1 <= shrunk(activation, float(scale)) <= 10
    for scale in (low / 1.4, high * 1.4):
        assert not 0.1 <= shrunk(activation, scale) <= 10


def test_wrong_on_square_layers_is_wrong_and_not_raised():
    """It raises further on; but that is not where it went wrong."""
    for outcome in outcomes(NORMS, norms_with_w_not_turned, runs=20):
        assert outcome.state == "wrong"
        assert outcome.details.startswith("norms[0] is ")


def test_right_on_square_layers_alone_shows_where_it_raised():
    def square_alone(sizes, activation, scale, rng):
        return norms_with_loops(
            [sizes[0]] * len(sizes), activation, scale, rng
        )

    def raising(sizes, activation, scale, rng):
        if len(set(sizes)) > 1:
            raise ValueError("these sizes differ")
        return norms_by_recursion(sizes, activation, scale, rng)

    for outcome in outcomes(NORMS, square_alone, runs=5):
        assert outcome.state == "wrong"
    for outcome in outcomes(NORMS, raising, runs=5):
        assert outcome.state == "raised"
        assert "ValueError: these sizes differ" in outcome.details


# --- the random inputs ------------------------------------------------------


def test_the_reference_is_what_nudging_says():
    """dL/dZ of the first layer, by differences, for L = sum(dA * A)."""
    sizes, scale = [4, 3, 5], 1.5
    for activation, (f, _) in PAIRS.items():
        rng = np.random.default_rng(7)
        W1 = scale / 2 * rng.standard_normal((4, 3))
        W2 = scale / 3**0.5 * rng.standard_normal((3, 5))
        x, dA = rng.standard_normal(4), rng.standard_normal(5)

        def loss(z, f=f, W2=W2, dA=dA):
            return np.sum(dA * f(f(z) @ W2))

        z, h = x @ W1, 1e-6
        dZ = [(loss(z + h * e) - loss(z - h * e)) / (2 * h) for e in np.eye(3)]
        came = gradient_norms(
            sizes, activation, scale, np.random.default_rng(7)
        )
        assert np.isclose(came[0], np.linalg.norm(dZ), rtol=1e-6)


def test_the_reference_agrees_with_nnlib_s_network():
    """The same weights, through Network, with a mean squared error."""
    rng = np.random.default_rng(3)
    net = network.Network(
        [layers.Dense(3, 3, rng, initializers.he_init)], dtype=float
    )
    X = rng.standard_normal((2, 3))
    _, dA = losses.mean_squared_error(net.forward(X), np.zeros((2, 3)))
    W = net.layers[0].params["W"]
    assert np.allclose(net.backward(dA), dA @ W.T)


@pytest.mark.parametrize("exercise", [CLIP, RESIDUAL])
def test_every_number_survives_float32(exercise):
    for seed in SEEDS:
        for case in exercise.cases(np.random.default_rng(seed)):
            first = case[0] if isinstance(case[0], list) else [case[0]]
            for array in first:
                assert np.array_equal(array.astype(np.float32), array)


def test_gradients_come_too_long_and_short_enough():
    for seed in SEEDS:
        longer = []
        for grads, max_norm in CLIP.cases(np.random.default_rng(seed)):
            norm = np.sqrt(sum(np.sum(g * g) for g in grads))
            assert abs(norm / max_norm - 1) > 0.1  # no tie
            longer.append(norm > max_norm)
        assert any(longer)
        assert not all(longer)


@pytest.mark.parametrize("exercise", [NORMS, XAVIER, HE, CLIP, RESIDUAL])
def test_the_inputs_are_fresh(exercise):
    first, again, other = (
        repr(exercise.cases(np.random.default_rng(seed))) for seed in (0, 0, 1)
    )
    assert first == again != other


def test_norms_are_asked_for_square_and_for_other_networks():
    shapes = [case[0] for case in NORMS.cases(np.random.default_rng(0))]
    assert [len(set(sizes)) == 1 for sizes in shapes[:4]] == [True] * 4
    assert not any(len(set(sizes)) == 1 for sizes in shapes[4:])
    assert {case[1] for case in NORMS.cases(np.random.default_rng(0))} == {
        *PAIRS
    }
