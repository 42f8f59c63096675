"""Training: the loop around everything.

Take a few rows, go forward, see how wrong, go back, take a step; until every
row has had its turn, which is an epoch; and again. `fit` is that loop, with
an eye on rows it does not learn from, to know when to stop.

Source: lessons/07_gradient_descent; Prechelt 1998 for early stopping.

>>> from nnlib import layers, losses, optimizers
>>> rng, loss = np.random.default_rng(0), losses.mean_squared_error
>>> net = Network([layers.Dense(1, 1, rng)])
>>> X = rng.normal(size=(50, 1))
>>> fit(net, loss, optimizers.SGD(0.1), X, 3 * X, 20, 10, rng)
History: 20 epochs, 100 steps, loss 2.55 -> 8.29e-14, finished
>>> net.layers[0].params["W"].round(3)
array([[3.]], dtype=float32)
"""

import math
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, pairwise

import numpy as np

from nnlib.machine import full_speed, progress_bar
from nnlib.network import Network
from nnlib.optimizers import clip_by_global_norm, global_norm
from nnlib.shapes import as_array, as_count, as_generator, check_finite


class DivergedError(ArithmeticError):
    """The loss is not a finite number; from fit, `history` holds the run."""


@dataclass(repr=False)
class History:
    """`loss` has an entry for every step, the other lists for every epoch.

    At best_epoch, counted from 1, the validation loss was lowest.
    """

    loss: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    score: list = field(default_factory=list)
    gradient_norms: list = field(default_factory=list)
    activation_norms: list = field(default_factory=list)
    steps_per_epoch: int = 0
    epochs: int = 0
    best_epoch: int = 0
    best_theta: np.ndarray | None = field(default=None, compare=False)
    ending: str = "unfinished"

    def __repr__(self):
        ends = [f"{value:.3g}" for value in self.loss[:1] + self.loss[-1:]]
        rest = f"loss {' -> '.join(ends) or 'unknown'}, {self.ending}"
        return f"History: {self.epochs} epochs, {len(self.loss)} steps, {rest}"

    def measure(self, network, X):
        sizes = activation_norms(network, X)
        self.gradient_norms.append(gradient_norms(network))
        self.activation_norms.append(sizes)

    def end_epoch(self, network, loss, held_out, score):
        if held_out is not None:
            X, y = held_out
            output = network.predict(X)
            value = loss(output, y)[0]
            if score is not None:
                self.score.append(score(output, y))
            past = self.validation_loss
            best = past[self.best_epoch - 1] if self.best_epoch else math.inf
            if value < best:
                self.best_epoch = self.epochs + 1
                self.best_theta = network.theta.copy()
            past.append(value)
        self.epochs += 1

    def decide(self, epochs, patience):
        if self.epochs == epochs:
            self.ending = "finished"
        elif patience and self.epochs - self.best_epoch >= patience:
            self.ending = "stopped early"


def minibatches(X, y, batch_size, rng):
    """Yield (X, y) of batch_size rows at a time: every row once, shuffled.

    The last batch holds what is left. X and y may be tuples of arrays.
    """
    size = as_count("minibatches", "batch_size", batch_size)
    n = _count_rows("minibatches", X, y)
    order = as_generator("minibatches", rng).permutation(n)
    for start in range(0, n, size):
        rows = order[start : start + size]
        yield _take(X, rows), _take(y, rows)


def train_step(network, loss, optimizer, X, y, max_norm=None):
    """Return the loss on X and y, and move the network one step down.

    Raises DivergedError, before anything moves, if the loss is not finite.
    """
    value, dA = loss(network.forward(X), y)
    if not math.isfinite(value):
        raise DivergedError(_where_it_broke(network, optimizer, X, value))
    network.backward(dA, input_gradient=False)
    gradient = network.gradient
    if max_norm is not None:
        [gradient] = clip_by_global_norm([gradient], max_norm)
    optimizer.step(network.theta, gradient)
    return value


# train_step says where a number overflowed; numpy need not warn of it.
@np.errstate(over="ignore", invalid="ignore")
def fit(
    network,
    loss,
    optimizer,
    X,
    y,
    epochs,
    batch_size,
    rng,
    *,
    validation=None,
    score=None,
    patience=None,
    max_norm=None,
    norms=False,
    progress=True,
):
    """Train the network and return the History.

    X : rows of floats or tokens; or a tuple, the arguments of forward.
    validation : (X, y), to measure the loss on after every epoch, and with
    it `score`, a function of (output, y) such as accuracy.
    patience : stop after so many epochs without a better validation loss,
    and put the network back to its best.
    max_norm : clip the gradient to this length.
    norms : record gradient_norms and activation_norms after every epoch.
    progress : show a bar if it takes longer than a few seconds.

    Ctrl-C, or the notebook's stop button, ends it early, and what has been
    learned stays. Raises DivergedError if the loss is not finite.
    """
    X, y = _checked(network, X, y)
    held_out = _held_out(network, validation, score, patience)
    epochs = as_count("fit", "epochs", epochs)
    size = as_count("fit", "batch_size", batch_size)
    steps = math.ceil(_count_rows("fit", X, y) / size)
    history = History(steps_per_epoch=steps)
    step = partial(train_step, network, loss, optimizer, max_norm=max_norm)
    try:
        with progress_bar(epochs * steps, progress) as bar, full_speed():
            while history.ending == "unfinished":
                for batch in minibatches(X, y, size, rng):
                    history.loss.append(step(*batch))
                    bar.update()
                if norms:
                    history.measure(network, batch[0])
                history.end_epoch(network, loss, held_out, score)
                history.decide(epochs, patience)
    except KeyboardInterrupt:
        history.ending = "interrupted"
    except DivergedError as error:
        history.ending, error.history = "diverged", history
        raise
    if patience and history.best_epoch:
        network.theta[:] = history.best_theta
    return history


def gradient_norms(network):
    """Return the length of the last gradient of every layer that learns."""
    ends = [0, *accumulate(network.sizes)]
    spans = [network.gradient[a:b] for a, b in pairwise(ends) if a < b]
    return [global_norm([gradient]) for gradient in spans]


def activation_norms(network, X):
    """Return the mean length of an output row, layer by layer, for X."""
    return [
        float(np.mean(np.linalg.norm(A.reshape(-1, A.shape[-1]), axis=1)))
        for A in _outputs(network, X)
    ]


def _checked(network, X, y, which=""):
    """Return X and y, the floats finite and in the network's dtype."""
    if not isinstance(network, Network):
        raise ValueError(
            f"fit: network is {network!r:.60}.\n"
            "  Needed: a Network, even of one layer.\n"
            "  Hint: Network([Dense(2, 1, rng)]) is one."
        )
    network.train(True)
    checked = []
    for name, value in ((which + "X", X), (which + "y", y)):
        arrays = [as_array("fit", name, part) for part in _parts(value)]
        for i, array in enumerate(arrays):
            if array.dtype.kind == "f":  # else labels, tokens, masks
                arrays[i] = array.astype(network.dtype, copy=False)
                check_finite("fit", name, arrays[i])
        whole = isinstance(value, tuple)
        checked.append(tuple(arrays) if whole else arrays[0])
    _count_rows("fit", *checked)
    return checked


def _held_out(network, validation, score, patience):
    if patience is not None:
        as_count("fit", "patience", patience)
    if isinstance(validation, tuple) and len(validation) == 2:
        return _checked(network, *validation, "validation ")
    if validation is score is patience is None:
        return None
    raise ValueError(
        "fit: score and patience look at rows that are not learned from.\n"
        "  Needed: validation=(X, y), with such rows.\n"
        "  Hint: datasets.train_test_split sets some aside."
    )


def _parts(value):
    return value if isinstance(value, tuple) else (value,)


def _count_rows(where, X, y):
    """Return how many rows X and y have, if that is one number above 0."""
    counts = [len(part) for part in (*_parts(X), *_parts(y))]
    if min(counts) == max(counts) > 0:
        return counts[0]
    raise ValueError(
        f"{where}: X and y have {' and '.join(map(str, counts))} rows.\n"
        "  Needed: one target for each row, and at least one row.\n"
        "  Hint: were both filtered in the same way?"
    )


def _take(arrays, rows):
    taken = tuple(np.take(part, rows, axis=0) for part in _parts(arrays))
    return taken if isinstance(arrays, tuple) else taken[0]


def _outputs(network, X):
    network.train(False)
    try:
        for layer in network.layers:
            X = layer.forward(*X) if isinstance(X, tuple) else layer.forward(X)
            yield X
    finally:
        network.train(True)


def _where_it_broke(network, optimizer, X, value):
    """Return the message for a loss that is not a finite number."""
    place = "the loss itself; the layers' outputs are finite"
    for layer, A in zip(network.layers, _outputs(network, X), strict=True):
        if not np.isfinite(A).all():
            place = f"layer {network.layers.index(layer)}, {layer!r}"
            break
    return (
        f"train_step: the loss is {value} at step {optimizer.steps + 1}; "
        f"first not finite is {place}.\n"
        "  Needed: finite numbers.\n"
        "  Hint: a smaller learning rate, or max_norm=1.0 to clip the "
        "gradient."
    )
