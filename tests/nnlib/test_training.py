"""training: what a step does, what fit keeps, and how it can end.

Where numbers are compared without tolerance, the test does the same
operations in the same order as fit: anything else fit did would show.
"""

import copy
from itertools import pairwise

import numpy as np
import pytest
import tqdm.std
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from nnlib.activations import relu, tanh
from nnlib.datasets import digits, moons, train_test_split, xor
from nnlib.layers import Activation, Dense, Dropout, Embedding, Layer
from nnlib.losses import accuracy, cross_entropy, mean_squared_error
from nnlib.network import Network
from nnlib.optimizers import SGD, Adam, clip_by_global_norm
from nnlib.recurrent import LSTM, RNN
from nnlib.training import (
    DivergedError,
    History,
    activation_norms,
    fit,
    gradient_norms,
    minibatches,
    train_step,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def build(seed=0, sizes=(2, 8, 2), f=tanh, dtype=np.float32):
    chance, layers = rng(seed), []
    for n_in, n_out in pairwise(sizes):
        layers += [Dense(n_in, n_out, chance), Activation(f)]
    return Network(layers[:-1], dtype)


def points(seed=0, n=20):
    X = rng(seed).normal(size=(n, 2))
    return X, (X[:, 0] > 0).astype(int)


def error(kind, function, *args, **kwargs):
    """Return the message of a call that has to fail."""
    with pytest.raises(kind, match="Needed: ") as caught:
        function(*args, **kwargs)
    return str(caught.value)


def fit_points(network=None, loss=cross_entropy, epochs=2, **kwargs):
    X, y = points()
    network = network or build()
    settings = {"batch_size": 5, "rng": rng(1), "optimizer": SGD(0.1)}
    settings |= {"X": X, "y": y, **kwargs}
    return fit(network, loss, epochs=epochs, **settings)


def blas_threads():
    pools = threadpool_info()
    return [p["num_threads"] for p in pools if p["user_api"] == "blas"]


class Scripted:
    """Cross-entropy, but what it says of the 7 validation rows is written."""

    def __init__(self, values):
        self.values = iter(values)

    def __call__(self, A, y):
        value, dA = cross_entropy(A, y)
        return (next(self.values) if len(y) == 7 else value), dA


class Stop:
    """A loss that is interrupted, as if by Ctrl-C, at call number k."""

    def __init__(self, k, error=KeyboardInterrupt):
        self.k, self.calls, self.error = k, 0, error

    def __call__(self, A, y):
        self.calls += 1
        if self.calls == self.k:
            raise self.error
        return cross_entropy(A, y)


class Watch(Layer):
    """A layer that hands on what it gets, and does `then` with it."""

    def __init__(self, then):
        super().__init__()
        self.n_in = self.n_out = 2
        self.then = then

    def forward(self, X):
        self.then(self, X)
        return X

    def backward(self, dA, input_gradient=True):
        return dA


# --- minibatches ------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 9))
def test_every_row_comes_once_and_with_its_target(n, size, seed):
    X, y = np.arange(2 * n).reshape(n, 2), 10 * np.arange(n)
    batches = [*minibatches(X, y, size, rng(seed))]
    sizes = [len(rows) for rows, _ in batches]
    assert sizes[:-1] == [size] * (n // size - (n % size == 0))
    assert 0 < sizes[-1] <= size
    assert sum(sizes) == n
    targets = np.concatenate([targets for _, targets in batches])
    rows = np.concatenate([rows for rows, _ in batches])
    assert sorted(targets) == y.tolist()
    assert rows.tolist() == X[targets // 10].tolist()


def test_the_order_is_shuffled_anew_for_every_epoch():
    chance, y = rng(), np.arange(50)
    orders = [
        np.concatenate([t for _, t in minibatches(y, y, 8, chance)]).tolist()
        for _ in range(3)
    ]
    assert y.tolist() not in orders
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_generators_in_the_same_state_give_the_same_order():
    X, _ = points()
    for _ in range(2):
        first, second = (
            [t.tolist() for _, t in minibatches(X, np.arange(20), 6, rng(3))]
            for _ in range(2)
        )
        assert first == second


def test_tuples_are_cut_into_tuples():
    X = (np.arange(12).reshape(6, 2), list(range(6)))
    y = (np.arange(6.0),)
    for (rows, others), targets in minibatches(X, y, 4, rng()):
        assert type(targets) is tuple
        assert others.tolist() == targets[0].tolist()
        assert (rows[:, 0] // 2).tolist() == others.tolist()


def test_a_list_of_rows_is_cut_like_an_array():
    X, y = points()
    for (a, b), (c, d) in zip(
        minibatches(X, y, 6, rng()),
        minibatches(X.tolist(), y.tolist(), 6, rng()),
        strict=True,
    ):
        assert a.tolist() == c.tolist()
        assert b.tolist() == d.tolist()


def test_what_was_passed_in_stays_as_it_was():
    X, y = points()
    for rows, targets in minibatches(X, y, 6, rng()):
        rows[:], targets[:] = 9, 9
    assert (X.tolist(), y.tolist()) == tuple(a.tolist() for a in points())


@pytest.mark.parametrize("size", [0, -1, 2.5, None, [5]])
def test_a_batch_size_is_a_count(size):
    X, y = points()
    said = error(ValueError, lambda: [*minibatches(X, y, size, rng())])
    assert said.startswith("minibatches: batch_size is ")


def test_the_generator_of_minibatches_has_to_be_one():
    X, y = points()
    said = error(ValueError, lambda: [*minibatches(X, y, 5, 0)])
    assert said.startswith("minibatches: rng is 0.\n")


@pytest.mark.parametrize(
    ("X", "y", "rows"),
    [
        (np.ones((3, 2)), [0, 1], "3 and 2"),
        ([], [], "0 and 0"),
        (([1, 2], [1, 2, 3]), [0, 1], "2 and 3 and 2"),
        ([1, 2], ([1, 2], [1]), "2 and 2 and 1"),
    ],
)
@pytest.mark.parametrize("where", ["minibatches", "fit"])
def test_rows_and_targets_are_counted(where, X, y, rows):
    call = (lambda: [*minibatches(X, y, 2, rng())]) if where != "fit" else None
    call = call or (lambda: fit_points(X=X, y=y))
    assert error(ValueError, call) == (
        f"{where}: X and y have {rows} rows.\n"
        "  Needed: one target for each row, and at least one row.\n"
        "  Hint: were both filtered in the same way?"
    )


# --- train_step -------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, float])
@pytest.mark.parametrize("max_norm", [None, 0.01, 1000.0])
def test_a_step_is_what_one_would_do_by_hand(dtype, max_norm):
    X, y = points()
    network, twin = build(dtype=dtype), build(dtype=dtype)
    optimizer, other = Adam(0.05), Adam(0.05)
    for _ in range(3):
        value = train_step(network, cross_entropy, optimizer, X, y, max_norm)
        expected, dA = cross_entropy(twin.forward(X), y)
        twin.backward(dA)
        gradient = twin.gradient.copy()
        if max_norm is not None:
            [gradient] = clip_by_global_norm([gradient], max_norm)
        other.step(twin.theta, gradient)
        assert value == expected
        assert network.theta.tolist() == twin.theta.tolist()
    assert optimizer.steps == 3


def test_clipping_shortens_a_step_of_plain_descent():
    X, y = points()
    network = build(dtype=float)
    start = network.theta.copy()
    train_step(network, cross_entropy, SGD(0.5), X, y, max_norm=0.01)
    moved = np.linalg.norm(network.theta - start)
    assert moved == pytest.approx(0.5 * 0.01)
    # What the last gradient was, it stays: norms are measured before.
    assert np.linalg.norm(network.gradient) > 0.01


def test_a_step_does_not_ask_for_the_gradient_of_the_input():
    asked = []

    class First(Dense):
        def backward(self, dZ, input_gradient=True):
            asked.append(input_gradient)
            return super().backward(dZ, input_gradient)

    X, y = points()
    network = Network([First(2, 2, rng())])
    train_step(network, cross_entropy, SGD(0.1), X, y)
    assert asked == [False]


@pytest.mark.parametrize("max_norm", [0, -1.0, np.nan])
def test_a_length_to_clip_to_is_above_0(max_norm):
    network = build()
    theta = network.theta.copy()
    said = error(ValueError, fit_points, network, max_norm=max_norm)
    assert said.startswith(f"clip_by_global_norm: max_norm is {max_norm}.")
    assert network.theta.tolist() == theta.tolist()


# --- fit learns -------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("data", "least"), [(moons, 0.95), (xor, 0.98)], ids=["moons", "xor"]
)
def test_it_learns_points_that_no_line_divides(data, least, seed):
    chance = rng(seed)
    X, y, unseen, labels = train_test_split(*data(400, chance), chance)
    network = build(seed, (2, 16, 2))
    history = fit(network, cross_entropy, Adam(0.02), X, y, 80, 20, chance)
    assert accuracy(network.predict(unseen), labels) >= least
    assert np.mean(history.loss[-10:]) < 0.3 * np.mean(history.loss[:5])


@pytest.mark.parametrize("seed", range(3))
def test_it_learns_to_read_digits(seed):
    chance = rng(seed)
    X, y, unseen, labels = train_test_split(*digits(), chance)
    network = build(seed, (64, 32, 10), relu)
    history = fit(network, cross_entropy, Adam(0.01), X, y, 15, 30, chance)
    assert accuracy(network.predict(unseen), labels) >= 0.93
    assert history.loss[-1] < 0.2 * history.loss[0]
    assert accuracy(network.predict(unseen), rng(9).permutation(labels)) < 0.2


def test_it_learns_by_sequences_with_a_mask():
    """The first layer takes X and mask: together they are a tuple."""
    chance = rng()
    X = chance.normal(size=(200, 6, 1))
    mask = np.arange(6) < chance.integers(1, 7, (200, 1))
    y = (np.sum(X[..., 0] * mask, axis=1) > 0).astype(int)
    layers = [LSTM(1, 8, chance, last=True), Dense(8, 2, chance)]
    network = Network(layers)
    X[~mask] = 100.0  # which only the mask keeps out
    seen, unseen = ((X[s], mask[s]) for s in np.split(np.arange(200), [150]))
    history = fit(
        network,
        cross_entropy,
        Adam(0.02),
        seen,
        y[:150],
        40,
        10,
        chance,
        validation=(unseen, y[150:]),
        score=accuracy,
    )
    assert history.score[-1] >= 0.85


def test_it_learns_by_tokens():
    """Whole numbers stay whole numbers on their way to an Embedding."""
    chance = rng()
    X = chance.integers(0, 5, (100, 3))
    y = (X == 2).any(axis=1).astype(int)
    layers = [Embedding(5, 4, chance), RNN(4, 8, chance, last=True)]
    network = Network([*layers, Dense(8, 2, chance)])
    fit(network, cross_entropy, Adam(0.02), X, y, 30, 10, chance)
    assert accuracy(network.predict(X), y) >= 0.95


def test_targets_may_be_a_tuple():
    X, y = points()
    seen = []

    def loss(A, targets):
        labels, weights = targets
        seen.append((type(targets), labels.dtype.kind, weights.dtype))
        return cross_entropy(A, labels)

    fit_points(loss=loss, y=(y, X[:, 0]), validation=(X, (y, X[:, 0])))
    assert set(seen) == {(tuple, "i", np.dtype(np.float32))}


# --- fit is the loop it says it is ------------------------------------------


def test_an_epoch_is_a_step_for_every_minibatch():
    X, y = points(n=23)  # the last batch has 3 rows
    network, twin = build(dtype=float), build(dtype=float)
    optimizer, chance, losses = Adam(0.01), rng(1), []
    history = fit_points(
        network, optimizer=Adam(0.01), X=X, y=y, epochs=3, max_norm=0.05
    )
    for _ in range(3):
        for batch in minibatches(X, y, 5, chance):
            losses.append(
                train_step(twin, cross_entropy, optimizer, *batch, 0.05)
            )
    assert history.loss == losses
    assert history.steps_per_epoch == 5
    assert network.theta.tolist() == twin.theta.tolist()


def test_equal_seeds_give_equal_networks():
    def run(seed):
        chance = rng(seed)
        layers = [Dense(2, 8, chance), Activation(relu), Dropout(0.3, chance)]
        network = Network([*layers, Dense(8, 2, chance)])
        history = fit_points(network, rng=chance, validation=points(1))
        return network.theta.tolist(), history

    assert run(0) == run(0)
    assert run(0)[0] != run(1)[0]


def test_lists_integers_and_other_floats_train_alike():
    X, y = points()
    X = np.round(4 * X)
    y = (X[:, 0] > 0).astype(int)
    networks = []
    for rows, labels in [
        (X, y),
        (X.tolist(), y.tolist()),
        (X.astype(int), y.astype(float)),
        (X.astype(np.int8), y.astype(bool)),
        (X.astype(np.float32), y.astype(np.uint8)),
        (np.asfortranarray(X), y),
    ]:
        networks.append(build())
        fit_points(networks[-1], X=rows, y=labels)
        assert networks[-1].theta.tolist() == networks[0].theta.tolist()
        assert networks[-1].theta.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, float])
def test_floats_reach_the_layers_in_the_dtype_of_the_network(dtype):
    seen = set()
    watch = Watch(lambda layer, X: seen.add(X.dtype))
    network = Network([watch, Dense(2, 2, rng())], dtype)
    fit_points(network, validation=points(1))
    assert seen == {np.dtype(dtype)}


def test_data_stays_as_it_was():
    X, y = points()
    held_out = points(1)
    for array in (X, y, *held_out):
        array.flags.writeable = False
    fit_points(X=X, y=y, validation=held_out, patience=1, norms=True)
    assert X.tolist() == points()[0].tolist()


def test_a_batch_larger_than_the_data_is_all_of_it():
    history = fit_points(batch_size=1000)
    assert (len(history.loss), history.steps_per_epoch) == (2, 1)


# --- History ----------------------------------------------------------------


def test_a_plain_run_keeps_the_loss_of_every_step_and_nothing_else():
    history = fit_points(epochs=3)
    assert len(history.loss) == 3 * 4
    assert [type(value) for value in history.loss] == [float] * 12
    assert (history.epochs, history.best_epoch) == (3, 0)
    assert history.steps_per_epoch == 4
    assert history.ending == "finished"
    assert not any(
        (
            history.validation_loss,
            history.score,
            history.gradient_norms,
            history.activation_norms,
        )
    )


def test_with_everything_on_there_is_an_entry_for_every_epoch():
    history = fit_points(
        epochs=3, validation=points(1), score=accuracy, norms=True
    )
    assert len(history.loss) == 3 * 4
    assert len(history.validation_loss) == len(history.score) == 3
    assert [len(norms) for norms in history.gradient_norms] == [2, 2, 2]
    assert [len(norms) for norms in history.activation_norms] == [3, 3, 3]


def test_validation_measures_as_prediction_does():
    """Without dropout, and after the epoch's last step."""
    chance, held_out = rng(), points(1)
    layers = [Dense(2, 8, chance), Dropout(0.5, chance), Dense(8, 2, chance)]
    network, twin = Network(layers), Network(copy.deepcopy(layers))
    history = fit_points(
        network, epochs=3, validation=held_out, score=accuracy
    )
    output = network.predict(np.float32(held_out[0]))
    loss, _ = cross_entropy(output, held_out[1])
    assert history.validation_loss[-1] == loss
    assert history.score[-1] == accuracy(output, held_out[1])
    assert history.best_epoch == 1 + np.argmin(history.validation_loss)
    # To look at other rows changes nothing that is learned.
    assert fit_points(twin, epochs=3).loss == history.loss
    assert twin.theta.tolist() == network.theta.tolist()


def test_what_repr_says():
    history = History()
    history.loss += [2.0, 1.5, 0.25]
    assert repr(history) == (
        "History: 0 epochs, 3 steps, loss 2 -> 0.25, unfinished"
    )
    history.epochs, history.ending = 3, "finished"
    assert repr(history) == (
        "History: 3 epochs, 3 steps, loss 2 -> 0.25, finished"
    )


def test_norms_are_those_computed_by_hand():
    """Of an epoch's last batch: gradients of its step, outputs after it."""
    network, twin = build(dtype=float), build(dtype=float)
    history = fit_points(network, epochs=1, batch_size=15, norms=True)
    (X, y), last = minibatches(*points(), 15, rng(1))
    train_step(twin, cross_entropy, SGD(0.1), X, y)
    X, y = last
    _, dA = cross_entropy(twin.forward(X), y)
    twin.backward(dA)
    dense = [twin.layers[0], twin.layers[2]]
    lengths = [
        np.sqrt(np.sum(d.grads["W"] ** 2) + np.sum(d.grads["b"] ** 2))
        for d in dense
    ]
    np.testing.assert_allclose(history.gradient_norms, [lengths], rtol=1e-9)
    twin.theta -= 0.1 * twin.gradient
    W, V = (d.params["W"] for d in dense)
    Z = X @ W + dense[0].params["b"]
    outputs = [Z, np.tanh(Z), np.tanh(Z) @ V + dense[1].params["b"]]
    rows = [np.mean(np.sqrt(np.sum(A**2, axis=1))) for A in outputs]
    np.testing.assert_allclose(history.activation_norms, [rows], rtol=1e-9)
    assert type(history.gradient_norms[0][0]) is float
    assert type(history.activation_norms[0][0]) is float


def test_norms_of_sequences_and_of_nested_networks():
    chance = rng()
    inner = Network([RNN(2, 3, chance), Activation(tanh)], float)
    network = Network([inner, Dense(3, 2, chance)], float)
    X = chance.normal(size=(4, 5, 2))
    network.backward(network.forward(X))
    H = inner.forward(X)
    first, second = activation_norms(network, X)
    steps = [np.linalg.norm(H[i, t]) for i in range(4) for t in range(5)]
    assert first == pytest.approx(np.mean(steps))
    assert second > 0
    inside, dense = gradient_norms(network)
    assert inside == pytest.approx(np.linalg.norm(inner.gradient))
    assert dense == pytest.approx(
        np.linalg.norm(network.gradient[inner.gradient.size :])
    )


def test_norms_are_taken_without_dropout():
    chance = rng()
    network = Network([Dense(2, 2, chance), Dropout(0.9, chance)], float)
    X = chance.normal(size=(4, 2))
    first, second = activation_norms(network, X)
    assert first == second > 0
    assert network.training is network.layers[1].training is True


def test_norms_take_the_arguments_of_a_layer_with_a_mask():
    chance = rng()
    X, mask = chance.normal(size=(20, 4, 2)), np.ones((20, 4), bool)
    layers = [RNN(2, 3, chance, last=True), Dense(3, 2, chance)]
    history = fit_points(Network(layers), X=(X, mask), norms=True)
    assert np.shape(history.activation_norms) == (2, 2)


# --- patience ---------------------------------------------------------------

# Best in epoch 3, then three epochs without a better one.
SCRIPT = [5.0, 4.0, 3.0, 4.0, 3.5, 3.25, 1.0, 0.5]


def theta_after(epochs):
    network = build()
    fit_points(network, epochs=epochs)
    return network.theta.tolist()


@pytest.mark.parametrize(
    ("patience", "epochs", "last", "best", "ending"),
    [
        (3, 8, 6, 3, "stopped early"),
        (1, 8, 4, 3, "stopped early"),
        (4, 8, 8, 8, "finished"),
        (100, 5, 5, 3, "finished"),  # more patience than epochs
        (3, 6, 6, 3, "finished"),  # both at once
        (2, 3, 3, 3, "finished"),
    ],
)
def test_patience_ends_it_and_puts_the_best_back(
    patience, epochs, last, best, ending
):
    network = build()
    history = fit_points(
        network,
        Scripted(SCRIPT),
        epochs,
        validation=points(1, n=7),
        patience=patience,
    )
    assert history.epochs == last
    assert history.validation_loss == SCRIPT[:last]
    assert history.best_epoch == best
    assert history.ending == ending
    assert network.theta.tolist() == theta_after(best)


def test_without_patience_it_goes_on_and_keeps_the_last():
    network = build()
    history = fit_points(
        network, Scripted(SCRIPT), 6, validation=points(1, n=7)
    )
    assert (history.epochs, history.best_epoch) == (6, 3)
    assert network.theta.tolist() == theta_after(6)


def test_as_good_as_before_is_not_better():
    """A network that learns nothing has to come to an end as well."""
    history = fit_points(
        loss=Scripted([2.0] * 9),
        epochs=9,
        validation=points(1, n=7),
        patience=2,
    )
    assert (history.epochs, history.best_epoch) == (3, 1)
    assert history.ending == "stopped early"


def test_a_validation_loss_that_is_no_number_is_no_better():
    history = fit_points(
        loss=Scripted([4.0, 3.0, 2.0, np.nan, 2.5]),
        epochs=9,
        validation=points(1, n=7),
        patience=2,
    )
    assert (history.epochs, history.best_epoch) == (5, 3)


@pytest.mark.parametrize("patience", [0, -1, 2.5, "3"])
def test_patience_is_a_count(patience):
    said = error(
        ValueError, fit_points, validation=points(1), patience=patience
    )
    assert said.startswith(f"fit: patience is {patience!r}.\n")


@pytest.mark.parametrize(
    "arguments", [{"score": accuracy}, {"patience": 3}], ids=str
)
def test_score_and_patience_need_other_rows(arguments):
    assert error(ValueError, fit_points, **arguments) == (
        "fit: score and patience look at rows that are not learned from.\n"
        "  Needed: validation=(X, y), with such rows.\n"
        "  Hint: datasets.train_test_split sets some aside."
    )


# --- interrupts -------------------------------------------------------------


@pytest.fixture
def two_threads():
    with threadpool_limits(limits=2, user_api="blas"):
        yield blas_threads()


@pytest.mark.parametrize("k", [1, 2, 4, 5, 7])
def test_an_interrupt_keeps_what_was_learned(k, two_threads):
    """Four steps are an epoch. The k-th step is not taken."""
    network, twin = build(), build()
    history = fit_points(network, Stop(k), epochs=100)
    chance, optimizer, losses = rng(1), SGD(0.1), []
    while len(losses) < k - 1:
        for batch in minibatches(*points(), 5, chance):
            if len(losses) < k - 1:
                losses.append(
                    train_step(twin, cross_entropy, optimizer, *batch)
                )
    assert history.ending == "interrupted"
    assert history.loss == losses
    assert history.epochs == (k - 1) // 4
    assert network.theta.tolist() == twin.theta.tolist()
    assert network.training
    assert blas_threads() == two_threads
    # And it can go on.
    assert fit_points(network).ending == "finished"


@pytest.mark.parametrize(("loss", "shown"), [([], ""), ([0.5], "0.5 -> 0.5")])
def test_an_early_interrupt_has_a_repr(loss, shown):
    history = fit_points(loss=Stop(len(loss) + 1))
    history.loss = loss
    assert f"0 epochs, {len(loss)} steps" in repr(history)
    assert shown in repr(history)
    assert "loss ," not in repr(history)


def test_an_interrupt_with_patience_puts_the_best_back():
    network, calls = build(), []

    def loss(A, y):
        calls.append(len(y))
        if len(calls) == 27:  # in epoch 6: five calls to an epoch
            raise KeyboardInterrupt
        return scripted(A, y)

    scripted = Scripted(SCRIPT)
    history = fit_points(
        network, loss, 9, validation=points(1, n=7), patience=9
    )
    assert (history.ending, history.epochs) == ("interrupted", 5)
    assert network.theta.tolist() == theta_after(3)


def test_an_interrupt_before_the_first_validation_puts_nothing_back():
    network = build()
    fit_points(network, Stop(5), validation=points(1), patience=2)
    assert network.theta.tolist() == theta_after(1)


@pytest.mark.parametrize("k", [5, 10])
def test_an_interrupt_in_validation_leaves_whole_epochs(k):
    """Every fifth call of the loss is for validation."""
    network = build()
    history = fit_points(
        network, Stop(k), 9, validation=points(1), score=accuracy
    )
    assert history.ending == "interrupted"
    assert history.epochs == len(history.validation_loss) == k // 5 - 1
    assert len(history.score) == history.epochs
    assert network.theta.tolist() == theta_after(k // 5)
    assert network.training


@pytest.mark.parametrize("k", [1, 2])
def test_an_interrupt_in_the_score_loses_no_epoch(k):
    """With patience, too: the epoch before it has been learned."""
    network, calls = build(), []

    def score(output, y):
        calls.append(1)
        if len(calls) == k:
            raise KeyboardInterrupt
        return accuracy(output, y)

    history = fit_points(
        network,
        Scripted(SCRIPT),
        9,
        validation=points(1, n=7),
        score=score,
        patience=5,
    )
    assert history.ending == "interrupted"
    assert len(history.score) == len(history.validation_loss)
    assert network.theta.tolist() == theta_after(history.best_epoch or 1)


@pytest.mark.parametrize("when", ["validation", "norms"])
def test_an_interrupt_while_looking_switches_dropout_back_on(when):
    def interrupt(layer, X):
        if not layer.training:
            raise KeyboardInterrupt

    chance = rng()
    dropout = Dropout(0.5, chance)
    layers = [Dense(2, 2, chance), dropout, Watch(interrupt)]
    network = Network(layers)
    looks = {"validation": points(1)} if when == "validation" else {}
    history = fit_points(network, norms=when == "norms", **looks)
    assert history.ending == "interrupted"
    assert network.training
    assert dropout.training
    lengths = {len(history.gradient_norms), len(history.activation_norms)}
    assert lengths == {0}


def test_another_error_comes_through_and_leaves_all_in_order(two_threads):
    network = build()
    with pytest.raises(ZeroDivisionError):
        fit_points(network, Stop(6, ZeroDivisionError), epochs=3)
    assert network.training
    assert blas_threads() == two_threads


def test_matrix_products_have_one_thread_while_it_trains(two_threads):
    # One library is enough: another one may have been loaded since.
    seen = set()
    watch = Watch(lambda layer, X: seen.add(min(blas_threads())))
    fit_points(Network([watch, Dense(2, 2, rng())]), epochs=1)
    assert seen == {1}
    assert blas_threads() == two_threads


# --- divergence -------------------------------------------------------------

NEEDED = (
    "  Needed: finite numbers.\n"
    "  Hint: a smaller learning rate, or max_norm=1.0 to clip the gradient."
)


class Breaks(SGD):
    """Descent that leaves a nan in one layer's b after step k."""

    def __init__(self, k, layer):
        super().__init__(0.1)
        self.k, self.layer = k, layer

    def step(self, theta, gradient):
        super().step(theta, gradient)
        if self.steps == self.k:
            self.layer.params["b"][0] = np.nan
            self.theta = theta.copy()


@pytest.mark.parametrize("k", [1, 3, 4, 6])
@pytest.mark.parametrize("layer", [0, 2, 4])
def test_step_and_layer_of_the_first_nan_are_named(k, layer):
    network = build(sizes=(2, 8, 8, 2))
    optimizer = Breaks(k, network.layers[layer])
    with pytest.raises(DivergedError) as caught:
        fit_points(network, optimizer=optimizer, epochs=9)
    assert str(caught.value) == (
        f"train_step: the loss is nan at step {k + 1}; first not finite is "
        f"layer {layer}, {network.layers[layer]!r}.\n{NEEDED}"
    )
    # Nothing has moved in the bad step.
    np.testing.assert_array_equal(network.theta, optimizer.theta)
    assert optimizer.steps == k
    history = caught.value.history
    assert history.ending == "diverged"
    assert len(history.loss) == k
    assert history.epochs == k // 4
    assert np.isfinite(history.loss).all()
    assert network.training


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_if_the_layers_are_finite_it_is_the_loss(value):
    network = build()
    theta = network.theta.copy()

    def loss(A, y):
        return value, A

    said = error(DivergedError, fit_points, network, loss)
    assert said == (
        f"train_step: the loss is {value} at step 1; first not finite is the "
        f"loss itself; the layers' outputs are finite.\n{NEEDED}"
    )
    assert network.theta.tolist() == theta.tolist()


def test_an_overflow_inside_a_nested_network_names_the_nested_network():
    chance = rng()
    inner = Network([Dense(2, 4, chance), Activation(relu)])
    network = Network([Dense(2, 2, chance), inner, Dense(4, 2, chance)])
    inner.theta *= 1e30
    X = 1e20 * (1 + points()[0] ** 2)
    said = error(DivergedError, fit_points, network, X=X)
    first, *_ = said.split("\n")
    assert first.endswith(
        "at step 1; first not finite is layer 1, "
        "Network([Dense(2, 4), Activation(relu)])."
    )
    assert network.training
    assert inner.layers[0].training


def test_a_step_by_itself_raises_the_same():
    network = build()
    network.layers[2].params["b"] = np.nan
    X, y = points()
    optimizer = SGD(0.1)
    said = error(
        DivergedError, train_step, network, cross_entropy, optimizer, X, y
    )
    assert said == (
        "train_step: the loss is nan at step 1; first not finite is layer 2, "
        f"Dense(8, 2).\n{NEEDED}"
    )
    assert optimizer.steps == 0


@pytest.mark.parametrize("rate", [1e3, 1e10, 1e30])
@pytest.mark.parametrize("f", [relu, tanh])
def test_too_large_a_rate_ends_in_the_message_and_in_no_warning(rate, f):
    """Warnings are errors here; fit keeps numpy's to itself."""
    X, y = points()
    network = build(f=f)
    said = error(
        DivergedError,
        fit_points,
        network,
        mean_squared_error,
        200,
        y=np.column_stack([y, 1 - y]),
        optimizer=SGD(rate),
        validation=(X, np.column_stack([y, 1 - y])),
    )
    # The numbers of a layer, or their squares in the loss: which is first
    # depends on the rate.
    assert "; first not finite is " in said
    assert said.endswith(NEEDED)
    assert np.geterr()["over"] == np.geterr()["invalid"] == "warn"


def test_the_hint_to_clip_helps():
    X, y = points()
    Y = np.column_stack([y, 1 - y])
    history = fit_points(
        build(f=relu),
        mean_squared_error,
        200,
        y=Y,
        X=10 * X,
        optimizer=SGD(0.02),
        max_norm=1.0,
    )
    assert history.loss[-1] < history.loss[0]
    with pytest.raises(DivergedError):
        fit_points(
            build(f=relu),
            mean_squared_error,
            200,
            y=Y,
            X=10 * X,
            optimizer=SGD(0.5),
        )


def test_a_diverged_error_is_an_arithmetic_error():
    assert issubclass(DivergedError, ArithmeticError)


# --- what came in -----------------------------------------------------------

GAPS = (
    "  Needed: finite numbers.\n"
    "  Hint: a division by 0 or an overflow came earlier, or the data has "
    "gaps. np.isfinite finds the rows to look at."
)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_data_with_gaps_is_refused_before_training(value):
    network, (X, _) = build(), points()
    theta = network.theta.copy()
    X[3, 1] = value
    said = error(ValueError, fit_points, network, X=X)
    assert said == f"fit: X[3, 1] is {value}.\n{GAPS}"
    said = error(ValueError, fit_points, network, X=(points()[0], X))
    assert said == f"fit: X[3, 1] is {value}.\n{GAPS}"
    targets = np.where(np.arange(20) == 4, value, 1.0)
    said = error(ValueError, fit_points, network, y=targets)
    assert said == f"fit: y[4] is {value}.\n{GAPS}"
    assert network.theta.tolist() == theta.tolist()


def test_gaps_among_the_validation_rows_are_said_to_be_there():
    X, y = points(1)
    X[3, 1] = np.nan
    said = error(ValueError, fit_points, validation=(X, y))
    assert said.startswith("fit: validation X[3, 1] is nan.\n")


@pytest.mark.parametrize(
    ("X", "came"),
    [
        ([["1", "2"]] * 20, "is list of dtype <U1"),
        ([[1.0, None]] * 20, "is list of dtype object"),
        (None, "is NoneType of dtype object"),
        ([[1.0, 2.0], [3.0]] * 10, "holds rows of different lengths"),
    ],
)
def test_what_is_not_numbers_is_named(X, came):
    assert error(ValueError, fit_points, X=X) == (
        f"fit: X {came}.\n"
        "  Needed: an array of numbers.\n"
        "  Hint: np.array(X, dtype=float) must work on it; look for text, "
        "None or a row that is too short."
    )


def test_labels_out_of_range_are_named_by_the_loss():
    network, (_, y) = build(), points()
    theta = network.theta.copy()
    said = error(ValueError, fit_points, network, y=y + 1)
    assert "is 2.\n  Needed: whole numbers from 0 to 1.\n" in said
    assert said.startswith("cross_entropy: y[")
    assert network.theta.tolist() == theta.tolist()


@pytest.mark.parametrize("epochs", [0, 2.5, -3, None])
def test_epochs_are_a_count(epochs):
    said = error(ValueError, fit_points, epochs=epochs)
    assert said.startswith(f"fit: epochs is {epochs}.\n")


@pytest.mark.parametrize("size", [0, -1, 2.5, None, "5"])
def test_the_batch_size_of_fit_is_a_count(size):
    said = error(ValueError, fit_points, batch_size=size)
    assert f": batch_size is {size!r}.\n  Needed: a whole number" in said


def test_whole_floats_count():
    history = fit_points(epochs=2.0, batch_size=5.0)
    assert (history.epochs, len(history.loss)) == (2, 8)


@pytest.mark.parametrize("rate", [0, -0.1, np.nan])
def test_a_rate_is_above_0(rate):
    said = error(ValueError, SGD, rate)
    assert said.startswith(f"SGD: learning_rate is {rate}.\n")


def test_a_schedule_that_arrives_at_0_is_stopped_before_it_moves():
    network = build()
    said = error(
        ValueError,
        fit_points,
        network,
        optimizer=SGD(lambda step: 0.1 * (step < 4)),
    )
    assert said.startswith("schedule: learning rate is 0.0.\n")
    assert network.theta.tolist() == theta_after(1)


def test_chance_has_to_be_handed_in():
    network = build()
    theta = network.theta.copy()
    assert "rng is 0.\n" in error(ValueError, fit_points, network, rng=0)
    assert network.theta.tolist() == theta.tolist()


# --- the bar ----------------------------------------------------------------


def test_a_short_run_prints_nothing(capsys):
    fit_points()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("progress", [True, False])
def test_a_long_run_shows_how_many_steps_there_are(
    progress, capsys, monkeypatch
):
    seconds = iter(range(0, 10**6, 2))  # two for every look at the clock
    monkeypatch.setattr(tqdm.std, "time", lambda: float(next(seconds)))
    X, y = points(n=23)
    fit_points(X=X, y=y, epochs=3, progress=progress)
    out, err = capsys.readouterr()
    assert err == ""
    if not progress:
        assert out == ""
        return
    assert "15/15" in out  # three epochs of five steps: 5, 5, 5, 5 and 3
    assert out.split("\r")[-2].strip() == ""
    assert out.endswith("\r")


def test_the_bar_goes_away_after_an_interrupt(capsys, monkeypatch):
    seconds = iter(range(0, 10**6, 2))
    monkeypatch.setattr(tqdm.std, "time", lambda: float(next(seconds)))
    fit_points(loss=Stop(7))
    out, _ = capsys.readouterr()
    assert "6/8" in out
    assert out.split("\r")[-2].strip() == ""


def test_a_bare_layer_is_told_to_become_a_network():
    rng = np.random.default_rng(0)
    layer = Dense(2, 1, rng)
    X, y = np.zeros((4, 2)), np.zeros((4, 1))
    with pytest.raises(ValueError, match="fit: network") as caught:
        fit(layer, mean_squared_error, SGD(0.1), X, y, 1, 2, rng)
    assert str(caught.value) == (
        "fit: network is Dense(2, 1).\n"
        "  Needed: a Network, even of one layer.\n"
        "  Hint: Network([Dense(2, 1, rng)]) is one."
    )
