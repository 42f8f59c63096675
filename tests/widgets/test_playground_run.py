"""A run that is taken back and done again comes out the same."""

import numpy as np
import pytest

from nnlib import activations, losses, optimizers
from nnlib.layers import Activation, Dense
from nnlib.network import Network
from nnlib.training import minibatches, train_step
from nnlib.widgets.playground.run import KEPT, SPACING, Penalised, Run

X = np.random.default_rng(1).normal(size=(37, 2)).astype(np.float32)
Y = (X[:, [0]] > 0).astype(np.float32)


def network():
    rng = np.random.default_rng(2)
    return Network(
        [Dense(2, 3, rng), Activation(activations.tanh), Dense(3, 1, rng)]
    )


def run(optimizer=None, batch_size=10):
    optimizer = optimizer or optimizers.Adam(0.05)
    return Run(
        network(), losses.binary_cross_entropy, optimizer, X, Y, batch_size, 7
    )


def advance(a_run, steps):
    """Take steps; return theta and the gradient after each of them."""
    seen = {}
    for _ in range(steps):
        a_run.advance()
        seen[a_run.step] = (
            a_run.network.theta.copy(),
            a_run.network.gradient.copy(),
        )
    return seen


def test_it_is_nnlibs_own_training():
    mine = run(optimizers.Momentum(0.1))
    advance(mine, 10)
    theirs, optimizer = network(), optimizers.Momentum(0.1)
    for epoch in range(3):
        rng = np.random.default_rng([7, epoch])
        for batch in list(minibatches(X, Y, 10, rng))[: 10 - 4 * epoch]:
            train_step(theirs, losses.binary_cross_entropy, optimizer, *batch)
    assert mine.epoch == 2
    assert mine.batch == 2
    assert mine.n_batches == 4
    assert np.array_equal(mine.network.theta, theirs.theta)


@pytest.mark.parametrize("name", ["SGD", "Momentum", "RMSprop", "Adam"])
def test_every_kept_step_comes_back_to_the_last_digit(name):
    a_run = run(getattr(optimizers, name)(0.05))
    seen = advance(a_run, 230)
    for step in (229, 17, 150, 149, 151, 1, 200, 199, 230, 50, 51):
        a_run.go_to(step)
        theta, gradient = seen[step]
        assert a_run.step == step
        assert np.array_equal(a_run.network.theta, theta)
        assert np.array_equal(a_run.network.gradient, gradient)
        assert (a_run.epoch * 4 + a_run.batch) == step


def test_the_same_future_comes_again_after_going_back():
    a_run = run()
    seen = advance(a_run, 120)
    a_run.go_to(33)
    again = advance(a_run, 120)
    assert np.array_equal(again[120][0], seen[120][0])
    assert a_run.newest == 153


def test_it_remembers_so_many_steps_and_no_more():
    a_run = run()
    advance(a_run, KEPT + 3 * SPACING + 7)
    assert a_run.step - KEPT - SPACING <= a_run.oldest <= a_run.step - KEPT
    assert len(a_run.marks) <= KEPT // SPACING + 2
    a_run.go_to(0)
    assert a_run.step == a_run.oldest
    a_run.go_to(10**9)
    assert a_run.step == a_run.newest == KEPT + 3 * SPACING + 7


def test_another_setting_makes_another_future_and_keeps_the_past():
    a_run = run(optimizers.SGD(0.05))
    seen = advance(a_run, 130)
    a_run.go_to(75)
    a_run.alter(optimizers.SGD(0.5), batch_size=5)
    assert a_run.newest == 75
    other = advance(a_run, 60)
    assert not np.array_equal(other[130][0], seen[130][0])
    a_run.go_to(60)
    assert np.array_equal(a_run.network.theta, seen[60][0])
    assert a_run.setup["batch_size"] == 10
    a_run.go_to(130)
    assert np.array_equal(a_run.network.theta, other[130][0])
    assert a_run.setup["batch_size"] == 5
    assert a_run.optimizer.learning_rate == 0.5


def test_an_alteration_at_a_mark_replaces_the_mark():
    a_run = run(optimizers.SGD(0.05))
    advance(a_run, SPACING)
    a_run.alter(optimizers.SGD(0.5))
    other = advance(a_run, 5)
    a_run.go_to(SPACING + 1)
    assert np.array_equal(a_run.network.theta, other[SPACING + 1][0])


def test_every_row_comes_once_in_an_epoch():
    a_run = run()
    for _ in range(2):
        rows = np.vstack([batch[0] for batch in a_run._batches])
        assert sorted(map(tuple, rows)) == sorted(map(tuple, X))
        a_run.epoch += 1
        a_run._order()


@pytest.mark.parametrize(
    ("penalty", "pull"), [("L2", [0.2, -0.3, 0.0]), ("L1", [0.1, -0.1, 0.0])]
)
def test_a_penalty_pulls_weights_to_zero_and_leaves_biases(penalty, pull):
    theta = np.array([2.0, -3.0, 5.0])
    is_weight = np.array([True, True, False])
    inner = optimizers.SGD(1.0)
    optimizer = Penalised(inner, penalty, 0.1, is_weight)
    optimizer.step(theta, np.array([0.0, 0.0, 1.0]))
    assert np.allclose(theta, np.array([2.0, -3.0, 4.0]) - pull)
    assert optimizer.steps == inner.steps == 1
