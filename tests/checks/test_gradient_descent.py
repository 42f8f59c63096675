"""Lesson 07's exercises: right answers pass, and known mistakes are named.

The answers here are written as readers write them, in many styles. All of
them are judged on many draws of the random inputs.
"""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from judging import assert_named, assert_passes, one_by_one, outcomes

from nnlib import training
from nnlib.checks.gradient_descent import (
    ADAM_STEP,
    DIAGNOSE,
    LARGEST_LEARNING_RATE,
    MINIBATCHES,
    MOMENTUM_STEP,
    SHEET,
    TRAIN,
    diagnose,
    mean_squared,
    problem,
    train,
)

SEEDS = range(20)


# --- right answers: minibatches ---------------------------------------------


def batches_as_a_generator(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


def batches_as_a_list(X, y, batch_size, rng):
    order = np.arange(len(X))
    rng.shuffle(order)
    X, y = X[order], y[order]
    batches = []
    start = 0
    while start < len(X):
        batches.append((X[start : start + batch_size], y[start:][:batch_size]))
        start += batch_size
    return batches


def batches_row_by_row(X, y, batch_size, rng):
    batches, rows, labels = [], [], []
    for i in rng.permutation(len(X)):
        rows.append(X[i])
        labels.append(y[i])
        if len(rows) == batch_size:
            batches.append([rows, labels])
            rows, labels = [], []
    if rows:
        batches.append([rows, labels])
    return batches


def batches_in_float32(X, y, batch_size, rng):
    order = np.argsort(rng.random(len(X)))
    X = np.asfortranarray(X.astype(np.float32))
    cuts = np.arange(batch_size, len(X), batch_size)
    return [(X[rows], y[rows]) for rows in np.split(order, cuts)]


def batches_in_place(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    X[:], y[:] = X[order], y[order]
    for start in range(0, len(X), batch_size):
        yield X[start : start + batch_size], y[start : start + batch_size]


# --- right answers: momentum_step -------------------------------------------


def momentum_plainly(theta, gradient, v, learning_rate, momentum):
    new_v = momentum * v + gradient
    new_theta = theta - learning_rate * new_v
    return new_theta, new_v


def momentum_in_place(theta, gradient, v, learning_rate, momentum):
    v *= momentum
    v += gradient
    theta -= learning_rate * v
    return theta, v


def momentum_with_loops(theta, gradient, v, learning_rate, momentum):
    new_theta, new_v = theta.copy(), np.zeros(v.shape)
    for i in np.ndindex(theta.shape):
        new_v[i] = momentum * v[i] + gradient[i]
        new_theta[i] = theta[i] - learning_rate * new_v[i]
    return [new_theta, new_v]


def momentum_in_float32(theta, gradient, v, learning_rate, momentum):
    theta, gradient, v = (
        np.asfortranarray(a, dtype=np.float32) for a in (theta, gradient, v)
    )
    v = np.float32(momentum) * v + gradient
    return theta - np.float32(learning_rate) * v, v


# --- right answers: adam_step -----------------------------------------------


def adam_plainly(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return theta, m, v


def adam_in_place(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    m += (1 - beta1) * (gradient - m)
    v += (1 - beta2) * (gradient * gradient - v)
    rate = learning_rate / (1 - beta1**t)
    theta -= rate * m / ((v / (1 - beta2**t)) ** 0.5 + epsilon)
    return theta, m, v


def adam_with_loops(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    theta, m, v = theta.copy(), m.copy(), v.copy()
    for i in np.ndindex(theta.shape):
        g = gradient[i]
        m[i] = beta1 * m[i] + (1 - beta1) * g
        v[i] = beta2 * v[i] + (1 - beta2) * g * g
        M = m[i] / (1 - math.pow(beta1, t))
        V = v[i] / (1 - math.pow(beta2, t))
        theta[i] -= learning_rate * M / (math.sqrt(V) + epsilon)
    return theta, m, v


def adam_in_float32(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    theta, g, m, v = (
        np.asfortranarray(a, dtype=np.float32) for a in (theta, gradient, m, v)
    )
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * np.square(g)
    root = np.sqrt(v) / np.sqrt(1 - beta2**t)
    return [
        theta - learning_rate * m / (1 - beta1**t) / (root + epsilon),
        m,
        v,
    ]


# --- right answers: largest_learning_rate -----------------------------------


def limit_by_eigvalsh(H):
    return 2 / np.linalg.eigvalsh(H)[-1]


def limit_by_eig(H):
    values, _ = np.linalg.eig(H)
    return float(2 / max(values.real))


def limit_by_the_norm(H):
    return 2.0 / np.linalg.norm(H, 2)


def limit_in_float32(H):
    H = np.asfortranarray(H.astype(np.float32))
    return np.min(np.float32(2) / np.linalg.eigvalsh(H))


def limit_by_walking(H):
    """H, again and again: the steepest direction wins."""
    u = np.arange(1.0, len(H) + 1) + 0.37
    for _ in range(60):
        u = H @ u
        u /= np.linalg.norm(u)
    return 2 / (u @ H @ u)


# --- right answers: train ---------------------------------------------------


def train_plainly(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = []
    for _ in range(epochs):
        losses = []
        for X_batch, y_batch in batches_as_a_generator(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, X_batch, y_batch)
            theta -= learning_rate * gradient
            losses.append(loss)
        history.append(sum(losses) / len(losses))
    return history


def train_with_counters(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = np.zeros(epochs, dtype=np.float32)
    for epoch in range(epochs):
        order = rng.permutation(len(X))
        total, steps, start = 0.0, 0, 0
        while start < len(X):
            rows = order[start : start + batch_size]
            loss, gradient = loss_and_gradient(theta, X[rows], y[rows])
            for i in range(len(theta)):
                theta[i] = theta[i] - learning_rate * gradient[i]
            total, steps, start = total + loss, steps + 1, start + batch_size
        history[epoch] = total / steps
    return history


def train_in_float32(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    X = np.asfortranarray(X.astype(np.float32))
    losses = []
    for _ in range(epochs):
        for batch in training.minibatches(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, *batch)
            theta[:] = theta - learning_rate * gradient.astype(np.float32)
            losses.append(loss)
    return np.reshape(losses, (epochs, -1)).mean(axis=1)


def train_with_a_copy(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    """A new array at every step, and the values put back at the end."""
    new, history = theta.copy(), []
    for _ in range(epochs):
        losses = []
        for rows, labels in batches_row_by_row(X, y, batch_size, rng):
            batch = np.array(rows), np.array(labels)
            loss, gradient = loss_and_gradient(new, *batch)
            new = new - learning_rate * gradient
            losses += [loss]
        history += [np.mean(losses)]
    theta[...] = new
    return history


# --- right answers: diagnose ------------------------------------------------


def diagnose_with_loops(history):
    for loss in history:
        if math.isnan(loss) or math.isinf(loss):
            return "diverged"
    if history[-1] > history[0]:
        return "diverged"
    jumps = 0
    for i in range(1, len(history)):
        if history[i] > 1.1 * history[i - 1]:
            jumps += 1
    if jumps / (len(history) - 1) >= 0.25:
        return "bouncing"
    if history[-1] > 0.9 * history[0]:
        return "crawling"
    if history[-1] < 0.9 * history[len(history) // 2]:
        return "learning"
    return "settled"


def diagnose_with_ratios(history):
    h = np.array(history, dtype=np.float32)
    with np.errstate(all="ignore"):
        ratios = h[1:] / h[:-1]
    if not np.all(np.isfinite(h)) or h[0] < h[-1]:
        return "diverged"
    if 4 * np.count_nonzero(ratios > 1.1) >= len(ratios):
        return "bouncing"
    if h[-1] / h[0] > 0.9:
        return "crawling"
    return "learning" if h[-1] / h[h.size // 2] < 0.9 else "settled"


def diagnose_with_pairs(history):
    first, *_, last = history
    middle = history[len(history) // 2]
    pairs = [*pairwise(history)]
    jumps = [later > 1.1 * before for before, later in pairs]
    if not all(map(np.isfinite, history)) or last > first:
        label = "diverged"
    elif sum(jumps) >= len(jumps) / 4:
        label = "bouncing"
    elif last > 0.9 * first:
        label = "crawling"
    elif last < 0.9 * middle:
        label = "learning"
    else:
        label = "settled"
    return label


RIGHT = [
    (MINIBATCHES, batches_as_a_generator),
    (MINIBATCHES, batches_as_a_list),
    (MINIBATCHES, batches_row_by_row),
    (MINIBATCHES, batches_in_float32),
    (MINIBATCHES, batches_in_place),
    (MOMENTUM_STEP, momentum_plainly),
    (MOMENTUM_STEP, momentum_in_place),
    (MOMENTUM_STEP, momentum_with_loops),
    (MOMENTUM_STEP, momentum_in_float32),
    (ADAM_STEP, adam_plainly),
    (ADAM_STEP, adam_in_place),
    (ADAM_STEP, adam_with_loops),
    (ADAM_STEP, adam_in_float32),
    (LARGEST_LEARNING_RATE, limit_by_eigvalsh),
    (LARGEST_LEARNING_RATE, limit_by_eig),
    (LARGEST_LEARNING_RATE, limit_by_the_norm),
    (LARGEST_LEARNING_RATE, limit_in_float32),
    (LARGEST_LEARNING_RATE, limit_by_walking),
    (TRAIN, train_plainly),
    (TRAIN, train_with_counters),
    (TRAIN, train_in_float32),
    (TRAIN, train_with_a_copy),
    (DIAGNOSE, diagnose_with_loops),
    (DIAGNOSE, diagnose_with_ratios),
    (DIAGNOSE, diagnose_with_pairs),
]


@one_by_one(RIGHT)
def test_right_answers_pass(exercise, answer):
    assert_passes(exercise, answer)


@one_by_one([(MOMENTUM_STEP, momentum_in_place), (ADAM_STEP, adam_in_place)])
def test_answers_in_place_are_told_of_it(exercise, answer):
    for outcome in outcomes(exercise, answer, runs=5):
        assert "A remark: your function changes the array" in outcome.details


# --- the mistakes, as readers type them: minibatches ------------------------


def unshuffled(X, y, batch_size, rng):
    batches = []
    for start in range(0, len(X), batch_size):
        batches.append(
            (X[start : start + batch_size], y[start : start + batch_size])
        )
    return batches


def shuffled_apart(X, y, batch_size, rng):
    rng.shuffle(X)
    rng.shuffle(y)
    for start in range(0, len(X), batch_size):
        yield X[start : start + batch_size], y[start : start + batch_size]


def rest_dropped(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for k in range(len(X) // batch_size):
        rows = order[k * batch_size : (k + 1) * batch_size]
        yield X[rows], y[rows]


def with_replacement(X, y, batch_size, rng):
    for start in range(0, len(X), batch_size):
        size = min(batch_size, len(X) - start)
        rows = rng.choice(len(X), size)
        yield X[rows], y[rows]


def drawn_for_each_batch(X, y, batch_size, rng):
    for start in range(0, len(X), batch_size):
        rows = rng.permutation(len(X))[: min(batch_size, len(X) - start)]
        yield X[rows], y[rows]


def seed_inside(X, y, batch_size, rng):
    rng = np.random.default_rng(42)
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


def by_the_global_generator(X, y, batch_size, rng):
    order = np.random.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


def whole_batches(X, y, batch_size, rng):
    starts = np.arange(0, len(X), batch_size)
    rng.shuffle(starts)
    for start in starts:
        yield X[start : start + batch_size], y[start : start + batch_size]


def so_many_batches(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    parts = np.array_split(order, min(batch_size, len(X)))
    return [(X[rows], y[rows]) for rows in parts]


# --- momentum_step ----------------------------------------------------------


def momentum_of_a_mean(theta, gradient, v, learning_rate, momentum):
    v = momentum * v + (1 - momentum) * gradient
    theta = theta - learning_rate * v
    return theta, v


def momentum_upwards(theta, gradient, v, learning_rate, momentum):
    v = momentum * v + gradient
    theta = theta + learning_rate * v
    return theta, v


def momentum_too_late(theta, gradient, v, learning_rate, momentum):
    theta = theta - learning_rate * v
    v = momentum * v + gradient
    return theta, v


def momentum_with_the_rate_inside(theta, gradient, v, learning_rate, momentum):
    v = momentum * v - learning_rate * gradient
    theta = theta + v
    return theta, v


def momentum_not_used(theta, gradient, v, learning_rate, momentum):
    v = momentum * v + gradient
    theta = theta - learning_rate * gradient
    return theta, v


def momentum_of_nesterov(theta, gradient, v, learning_rate, momentum):
    v = momentum * v + gradient
    theta = theta - learning_rate * (gradient + momentum * v)
    return theta, v


# --- adam_step --------------------------------------------------------------


def adam_uncorrected(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    theta = theta - learning_rate * m / (np.sqrt(v) + epsilon)
    return theta, m, v


def adam_with_epsilon_inside(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - learning_rate * m_hat / np.sqrt(v_hat + epsilon)
    return theta, m, v


def adam_from_0(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1 ** (t - 1))
    v_hat = v / (1 - beta2 ** (t - 1))
    theta = theta - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return theta, m, v


def adam_from_2(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    t = t + 1
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return theta, m, v


def adam_without_squares(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return theta, m, v


def adam_exchanged(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return theta, v, m


def adam_corrected_for_ever(
    theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon
):
    m = (beta1 * m + (1 - beta1) * gradient) / (1 - beta1**t)
    v = (beta2 * v + (1 - beta2) * gradient**2) / (1 - beta2**t)
    theta = theta - learning_rate * m / (np.sqrt(v) + epsilon)
    return theta, m, v


# --- largest_learning_rate --------------------------------------------------


def limit_of_the_flattest(H):
    values = np.linalg.eigvalsh(H)
    return 2 / values[0]


def half_the_limit(H):
    return 1 / max(np.linalg.eigvalsh(H))


def limit_by_the_trace(H):
    total = 0.0
    for i in range(len(H)):
        total += H[i, i]
    return 2 / total


def limit_by_the_diagonal(H):
    return 2 / max(H[i, i] for i in range(len(H)))


def limit_by_the_largest_entry(H):
    return 2 / np.abs(H).max()


def best_rate(H):
    values = np.linalg.eigvalsh(H)
    return 2 / (values.min() + values.max())


def limit_by_all_squares(H):
    return 2 / np.sqrt((H**2).sum())


# --- train ------------------------------------------------------------------


def train_one_step_an_epoch(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = []
    for _ in range(epochs):
        losses = []
        for X_batch, y_batch in batches_as_a_generator(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, X_batch, y_batch)
            losses.append(loss)
        theta -= learning_rate * gradient
        history.append(np.mean(losses))
    return history


def train_to_the_sum(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = []
    for _ in range(epochs):
        total = 0.0
        for X_batch, y_batch in batches_as_a_generator(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, X_batch, y_batch)
            theta -= learning_rate * gradient
            total += loss
        history.append(total)
    return history


def train_upwards(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = []
    for _ in range(epochs):
        losses = []
        for X_batch, y_batch in batches_as_a_list(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, X_batch, y_batch)
            theta += learning_rate * gradient
            losses.append(loss)
        history.append(np.mean(losses))
    return history


def train_on_everything(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = []
    for _ in range(epochs):
        losses = []
        for _batch in batches_as_a_generator(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, X, y)
            theta -= learning_rate * gradient
            losses.append(loss)
        history.append(np.mean(losses))
    return history


def train_without_shuffling(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = []
    for _ in range(epochs):
        losses = []
        for start in range(0, len(X), batch_size):
            rows = slice(start, start + batch_size)
            loss, gradient = loss_and_gradient(theta, X[rows], y[rows])
            theta -= learning_rate * gradient
            losses.append(loss)
        history.append(np.mean(losses))
    return history


def train_shuffled_once(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    batches = batches_as_a_list(X, y, batch_size, rng)
    history = []
    for _ in range(epochs):
        losses = []
        for X_batch, y_batch in batches:
            loss, gradient = loss_and_gradient(theta, X_batch, y_batch)
            theta -= learning_rate * gradient
            losses.append(loss)
        history.append(np.mean(losses))
    return history


def train_to_the_last_loss(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = []
    for _ in range(epochs):
        for X_batch, y_batch in batches_as_a_generator(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, X_batch, y_batch)
            theta -= learning_rate * gradient
        history.append(loss)
    return history


def train_noting_every_step(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = []
    for _ in range(epochs):
        for X_batch, y_batch in batches_as_a_generator(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, X_batch, y_batch)
            theta -= learning_rate * gradient
            history.append(loss)
    return history


def train_in_a_new_array(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    history = []
    for _ in range(epochs):
        losses = []
        for X_batch, y_batch in batches_as_a_generator(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, X_batch, y_batch)
            theta = theta - learning_rate * gradient
            losses.append(loss)
        history.append(np.mean(losses))
    return history


# --- diagnose ---------------------------------------------------------------


def diagnose_without_nan(history):
    if history[-1] > history[0]:
        return "diverged"
    pairs = [*pairwise(history)]
    if sum(b > 1.1 * a for a, b in pairs) >= len(pairs) / 4:
        return "bouncing"
    if history[-1] > 0.9 * history[0]:
        return "crawling"
    if history[-1] < 0.9 * history[len(history) // 2]:
        return "learning"
    return "settled"


def diagnose_by_the_ends(history):
    h = np.array(history)
    if not np.isfinite(h).all() or h[-1] > h[0]:
        return "diverged"
    if h[-1] > 0.9 * h[0]:
        return "crawling"
    return "learning"


def diagnose_every_rise(history):
    h = np.array(history)
    if not np.isfinite(h).all() or h[-1] > h[0]:
        return "diverged"
    if (np.diff(h) > 0).mean() >= 0.25:
        return "bouncing"
    if h[-1] > 0.9 * h[0]:
        return "crawling"
    return "learning" if h[-1] < 0.9 * h[len(h) // 2] else "settled"


def diagnose_falls_as_jumps(history):
    h = np.array(history)
    if not np.isfinite(h).all() or h[-1] > h[0]:
        return "diverged"
    if (h[:-1] > 1.1 * h[1:]).mean() >= 0.25:
        return "bouncing"
    if h[-1] > 0.9 * h[0]:
        return "crawling"
    return "learning" if h[-1] < 0.9 * h[len(h) // 2] else "settled"


def diagnose_by_differences(history):
    h = np.array(history)
    if not np.isfinite(h).all() or h[-1] > h[0]:
        return "diverged"
    if (h[1:] > 1.1 * h[:-1]).mean() >= 0.25:
        return "bouncing"
    if h[0] - h[-1] < 0.1:
        return "crawling"
    return "learning" if h[-1] < 0.9 * h[len(h) // 2] else "settled"


def diagnose_the_last_step(history):
    h = np.array(history)
    if not np.isfinite(h).all() or h[-1] > h[0]:
        return "diverged"
    if (h[1:] > 1.1 * h[:-1]).mean() >= 0.25:
        return "bouncing"
    if h[-1] > 0.9 * h[0]:
        return "crawling"
    return "learning" if h[-1] < 0.9 * h[-2] else "settled"


def diagnose_the_highest(history):
    h = np.array(history)
    if not np.isfinite(h).all() or max(h) > h[0]:
        return "diverged"
    if (h[1:] > 1.1 * h[:-1]).mean() >= 0.25:
        return "bouncing"
    if h[-1] > 0.9 * h[0]:
        return "crawling"
    return "learning" if h[-1] < 0.9 * h[len(h) // 2] else "settled"


UP = "theta goes up: the step was added."
TYPED = [
    (
        MINIBATCHES,
        unshuffled,
        "the rows come in the order in which they lie in X.",
    ),
    (
        MINIBATCHES,
        shuffled_apart,
        "X and y were shuffled each on its own: the labels belong to other "
        "rows now.",
    ),
    (
        MINIBATCHES,
        rest_dropped,
        "the rows that are left over at the end were dropped.",
    ),
    (
        MINIBATCHES,
        with_replacement,
        "the rows were drawn with replacement: some come twice in an epoch, "
        "and some never.",
    ),
    (
        MINIBATCHES,
        drawn_for_each_batch,
        "the rows were drawn with replacement: some come twice in an epoch, "
        "and some never.",
    ),
    (
        MINIBATCHES,
        seed_inside,
        "the order is the same in every epoch: a seed inside the function "
        "starts it afresh each time.",
    ),
    (
        MINIBATCHES,
        by_the_global_generator,
        "the order does not come from the rng that was passed in.",
    ),
    (
        MINIBATCHES,
        whole_batches,
        "the batches were shuffled, and the rows in each stayed neighbours.",
    ),
    (
        MINIBATCHES,
        so_many_batches,
        "batch_size was taken for the number of batches.",
    ),
    (
        MOMENTUM_STEP,
        momentum_of_a_mean,
        "the gradient was multiplied by (1 - momentum).",
    ),
    (MOMENTUM_STEP, momentum_upwards, UP),
    (
        MOMENTUM_STEP,
        momentum_too_late,
        "theta was moved by the old v, before the new gradient was in it.",
    ),
    (
        MOMENTUM_STEP,
        momentum_with_the_rate_inside,
        "the learning rate is inside v.",
    ),
    (
        MOMENTUM_STEP,
        momentum_not_used,
        "theta took a plain step, along the gradient alone.",
    ),
    (
        MOMENTUM_STEP,
        momentum_of_nesterov,
        "this is Nesterov's step, of 1983, which looks one step ahead.",
    ),
    (
        ADAM_STEP,
        adam_uncorrected,
        "the bias correction is missing: m and v are used as they are.",
    ),
    (
        ADAM_STEP,
        adam_with_epsilon_inside,
        "epsilon is inside the square root.",
    ),
    (
        ADAM_STEP,
        adam_from_0,
        "the correction counts the steps wrongly: t is 1 at the first step.",
    ),
    (
        ADAM_STEP,
        adam_from_2,
        "the correction counts the steps wrongly: t is 1 at the first step.",
    ),
    (
        ADAM_STEP,
        adam_without_squares,
        "v gathers the gradient itself and not its square.",
    ),
    (ADAM_STEP, adam_exchanged, "m and v are exchanged."),
    (
        ADAM_STEP,
        adam_corrected_for_ever,
        "the corrected m and v came back.",
    ),
    (
        LARGEST_LEARNING_RATE,
        limit_of_the_flattest,
        "it was computed from the smallest eigenvalue.",
    ),
    (
        LARGEST_LEARNING_RATE,
        half_the_limit,
        "it is 1 / lambda, half of the limit.",
    ),
    (
        LARGEST_LEARNING_RATE,
        limit_by_the_trace,
        "it was computed from the trace, the sum of all eigenvalues.",
    ),
    (
        LARGEST_LEARNING_RATE,
        limit_by_the_diagonal,
        "it was computed from the largest entry of H, which lies on its "
        "diagonal.",
    ),
    (
        LARGEST_LEARNING_RATE,
        limit_by_the_largest_entry,
        "it was computed from the largest entry of H, which lies on its "
        "diagonal.",
    ),
    (
        LARGEST_LEARNING_RATE,
        best_rate,
        "it was computed from the smallest and the largest eigenvalue: this "
        "is the best rate, not the limit.",
    ),
    (
        LARGEST_LEARNING_RATE,
        limit_by_all_squares,
        "it was computed from the root of the sum of all squares in H.",
    ),
    (
        TRAIN,
        train_one_step_an_epoch,
        "the batches were gone through, but theta moved only once, after the "
        "last of them.",
    ),
    (TRAIN, train_to_the_sum, "history holds sums and not means."),
    (TRAIN, train_upwards, "theta goes up: the steps were added."),
    (
        TRAIN,
        train_on_everything,
        "every step used the gradient of all rows.",
    ),
    (
        TRAIN,
        train_without_shuffling,
        "the rows come in the order in which they lie in X.",
    ),
    (TRAIN, train_shuffled_once, "the order is the same in every epoch."),
    (
        TRAIN,
        train_to_the_last_loss,
        "history holds the last loss of each epoch alone.",
    ),
    (
        TRAIN,
        train_noting_every_step,
        "history has one number for each step, not for each epoch.",
    ),
    (
        TRAIN,
        train_in_a_new_array,
        "the theta that was passed in is still what it was: the steps went "
        "into a new array.",
    ),
    (
        DIAGNOSE,
        diagnose_without_nan,
        "losses that are not finite numbers were not noticed.",
    ),
    (
        DIAGNOSE,
        diagnose_by_the_ends,
        "only the first and the last loss were compared.",
    ),
    (
        DIAGNOSE,
        diagnose_every_rise,
        "every small rise counted as a jump.",
    ),
    (
        DIAGNOSE,
        diagnose_falls_as_jumps,
        "rises and falls are exchanged: falls counted as jumps.",
    ),
    (
        DIAGNOSE,
        diagnose_by_differences,
        "crawling was decided by a difference and not by a share.",
    ),
    (
        DIAGNOSE,
        diagnose_the_last_step,
        "the last two losses decided whether it is still learning.",
    ),
    (
        DIAGNOSE,
        diagnose_the_highest,
        "a run that was high for a while was called diverged, though it came "
        "down again.",
    ),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@one_by_one(TYPED)
def test_typed_mistakes_are_named(exercise, answer, what):
    assert_named(exercise, answer, what)


# --- what cannot be right is told why ---------------------------------------


def said(exercise, answer):
    """Return the first sentence of what is said of an answer."""
    (outcome,) = outcomes(exercise, answer, runs=1)
    assert outcome.state == "wrong"
    assert outcome.mistake is None
    return " ".join(outcome.details.split("\n\n")[0].split())


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            lambda X, y, batch_size, rng: None,
            "It returned None. Nothing was yielded, and no list returned.",
        ),
        (
            lambda X, y, batch_size, rng: (X[:batch_size], y[:batch_size]),
            "Every batch must be a pair, (rows of X, their labels); one is an "
            "ndarray. Is a return inside the loop, or are X and y not "
            "together?",
        ),
        (
            lambda X, y, batch_size, rng: [(y[:batch_size], X[:batch_size])],
            "The X of a batch has shape (3,), and (n_rows, 1) is needed; its "
            "y has shape (n_rows,).",
        ),
        (
            lambda X, y, batch_size, rng: [("X", "y")],
            "The X of a batch is no array of numbers, and (n_rows, 1) is "
            "needed; its y has shape (n_rows,).",
        ),
        (
            lambda X, y, batch_size, rng: [(X[:batch_size], y)],
            "A batch has 3 rows and labels of shape (7,). One label for each "
            "row is needed.",
        ),
        (
            lambda X, y, batch_size, rng: [(X[:batch_size] + 0.5 / 8, y[:3])],
            "A batch holds a row that X does not have.",
        ),
    ],
)
def test_what_is_no_list_of_batches_is_told_why(answer, sentence):
    assert said(MINIBATCHES, answer) == sentence


def both_returned(f, theta, X, y, *settings):
    return theta, train(f, theta, X, y, *settings)


def never_called(f, theta, X, y, epochs, *settings):
    return [1.0] * epochs


def other_rows(f, theta, X, y, *settings):
    return train(f, theta, X + 1 / 3, y, *settings)


def columns_for_rows(f, theta, X, y, *settings):
    f(np.zeros(len(X)), X.T, y[:1])
    return [1.0]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            lambda *arguments: None,
            "It returned None. Does every way through the function end in "
            "return?",
        ),
        (
            both_returned,
            "history must be a list of numbers, one for each epoch, and "
            "nothing else is returned; it is a tuple.",
        ),
        (never_called, "loss_and_gradient was never called."),
        (
            other_rows,
            "loss_and_gradient was given a row that X does not have.",
        ),
        (
            columns_for_rows,
            "loss_and_gradient was given an X of shape (1, 3) and a y of "
            "shape (1,); it needs (n_rows, 1) and (n_rows,).",
        ),
    ],
)
def test_what_is_no_training_is_told_why(answer, sentence):
    assert said(TRAIN, answer) == sentence


# --- the random inputs ------------------------------------------------------


def arrays_of(exercise, seed):
    for case in exercise.cases(np.random.default_rng(seed)):
        for value in case:
            if isinstance(value, np.ndarray | float):
                yield np.asarray(value)


@pytest.mark.parametrize("exercise", [MOMENTUM_STEP, LARGEST_LEARNING_RATE])
def test_every_number_survives_float32(exercise):
    for seed in SEEDS:
        for array in arrays_of(exercise, seed):
            assert np.array_equal(array.astype(np.float32), array)


def test_the_rows_to_train_on_survive_float32_and_differ():
    for seed in SEEDS:
        for n, n_in, *_ in TRAIN.cases(np.random.default_rng(seed)):
            _, _, X, _ = problem(n, n_in, seed)
            assert np.array_equal(X.astype(np.float32), X)
            assert len(set(X[:, 0])) == n


def test_training_comes_close_to_the_lowest_loss():
    """Far closer than the half way that is asked for."""
    for seed in range(500):
        f, theta, X, y = problem(22, 2, seed)
        start = f(theta, X, y)[0]
        history = train(
            f, theta, X, y, 2, 4, 1 / 32, np.random.default_rng(seed)
        )
        lowest = mean_squared(np.linalg.lstsq(X, y, rcond=None)[0], X, y)[0]
        assert f(theta, X, y)[0] - lowest < 0.3 * (start - lowest)
        assert len(history) == 2


@pytest.mark.parametrize("last", [0.99, 1.03])
@pytest.mark.parametrize("jump", [1.07, 1.13])
@pytest.mark.parametrize("share", [0.21, 0.29])
@pytest.mark.parametrize("level", [0.87, 0.93])
def test_curves_stay_clear_of_the_borders(last, jump, share, level):
    """Rules that are a little different give the same labels."""

    def nearly(history):
        h = np.array(history)
        if not np.isfinite(h).all() or h[-1] > last * h[0]:
            return "diverged"
        if np.mean(h[1:] > jump * h[:-1]) >= share:
            return "bouncing"
        if h[-1] > level * h[0]:
            return "crawling"
        middle = h[len(h) // 2]
        return "learning" if h[-1] < level * middle else "settled"

    labels = set()
    for seed in SEEDS:
        for (history,) in DIAGNOSE.cases(np.random.default_rng(seed)):
            assert nearly(history) == diagnose(history)
            labels.add(diagnose(history))
            assert len(history) >= 4
    assert len(labels) == 5


def test_the_limit_is_far_from_every_other_number():
    """So that float32 and a long walk come close enough."""
    for seed in SEEDS:
        for (H,) in LARGEST_LEARNING_RATE.cases(np.random.default_rng(seed)):
            lambdas = np.linalg.eigvalsh(H)
            assert lambdas[0] > 0
            assert np.array_equal(H, H.T)
            assert len(H) == 1 or lambdas[-2] < 0.8 * lambdas[-1]


def test_the_sheet_s_own_loss_is_the_one_of_the_check():
    """A message's call can be made on the sheet, whatever else is missing."""
    sheet = Path(__file__).parents[2] / "solutions" / SHEET / f"{SHEET}.ipynb"
    cells = json.loads(sheet.read_text(encoding="utf-8"))["cells"]
    (source,) = [
        "".join(cell["source"])
        for cell in cells
        if cell["id"] == "sheet-descent-setup"
    ]
    scope = {}
    exec(source, scope)
    assert "nnlib.checks." not in source
    function, theta, X, y = problem(7, 2, seed=1)
    for point in (theta, theta + 0.5):
        loss, gradient = scope["mean_squared"](point, X, y)
        assert loss == pytest.approx(function(point, X, y)[0])
        assert gradient == pytest.approx(function(point, X, y)[1])
    scope["train"] = lambda *arguments: arguments
    made = eval(TRAIN.call(3, 2, 5, 2, 0.25, 9), scope)
    assert np.array_equal(made[2], problem(3, 2, seed=9)[2])
    assert made[4:7] == (5, 2, 0.25)
