"""A training run that can be taken back, and done again to the last digit.

Every so many steps all that the future depends on is put aside. To go back is
to return to such a mark and to train on from there: the same batches come in
the same order, so the same weights come out.
"""

import copy
import itertools
from dataclasses import dataclass

import numpy as np

from nnlib.training import minibatches, train_step

SPACING = 50  # steps between marks: at most so many are done again
# Steps that can be taken back: a thousand before the one that was seen last,
# and the thousands that a fast machine has taken since.
KEPT = 5000


@dataclass(frozen=True)
class Mark:
    """A run at one step."""

    step: int
    epoch: int
    batch: int
    theta: np.ndarray
    gradient: np.ndarray
    optimizer: object
    setup: dict


class Penalised:
    """An optimizer that also makes weights smaller, by L1 or L2.

    It adds the slope of the penalty to the gradient: strength * theta for
    L2, which is strength / 2 * (sum of squares), and strength * sign(theta)
    for L1. Biases are left alone.
    """

    def __init__(self, optimizer, penalty, strength, is_weight):
        self.optimizer, self.is_weight = optimizer, is_weight
        self.penalty, self.strength = penalty, strength

    @property
    def steps(self):
        return self.optimizer.steps

    def step(self, theta, gradient):
        slope = theta if self.penalty == "L2" else np.sign(theta)
        pull = self.strength * slope * self.is_weight
        self.optimizer.step(theta, gradient + pull.astype(theta.dtype))


class Run:
    """A network in training.

    Parameters
    ----------
    network, loss, optimizer, X, y, batch_size
        As nnlib.training.fit takes them.
    seed : int
        Of the order of the rows, together with the number of the epoch.

    Attributes
    ----------
    step, epoch : int
        Steps taken, whole epochs behind us.
    newest : int
        The last step that has been reached with these settings.
    """

    def __init__(self, network, loss, optimizer, X, y, batch_size, seed):
        self.network, self.loss = network, loss
        self.optimizer, self.seed = optimizer, seed
        self.setup = {"X": X, "y": y, "batch_size": batch_size}
        self.step = self.epoch = self.batch = self.newest = 0
        self.marks = []
        self._order()
        self._mark()

    @property
    def oldest(self):
        """The first step that can still be gone back to."""
        return self.marks[0].step

    @property
    def n_batches(self):
        """How many batches an epoch has."""
        return -(-len(self.setup["X"]) // self.setup["batch_size"])

    def advance(self):
        """Learn from the next batch. DivergedError if the loss is lost."""
        batch = next(self._batches, None)
        if batch is None:
            self.epoch, self.batch = self.epoch + 1, 0
            self._order()
            batch = next(self._batches)
        train_step(self.network, self.loss, self.optimizer, *batch)
        self.step += 1
        self.batch += 1
        self.newest = max(self.newest, self.step)
        if self.step % SPACING == 0 and self.step > self.marks[-1].step:
            self._mark()

    def go_to(self, step):
        """Go to a step between `oldest` and `newest`."""
        step = max(self.oldest, min(self.newest, step))
        # From the mark before it, unless it is just ahead of where we are.
        near = [m for m in self.marks if m.step <= step][-1]
        if not near.step <= self.step <= step:
            self._return_to(near)
        while self.step < step:
            self.advance()

    def alter(self, optimizer=None, **setup):
        """Go on from here with other settings: another future."""
        self.optimizer = optimizer or self.optimizer
        if setup:
            self.setup = self.setup | setup
            # A new epoch: there is no middle of an order that never was.
            self.epoch, self.batch = self.epoch + (self.batch > 0), 0
            self._order()
        self.newest = self.step
        self.marks = [m for m in self.marks if m.step < self.step]
        self._mark()

    def _order(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        batches = minibatches(rng=rng, **self.setup)
        self._batches = itertools.islice(batches, self.batch, None)

    def _mark(self):
        self.marks.append(
            Mark(
                self.step,
                self.epoch,
                self.batch,
                self.network.theta.copy(),
                self.network.gradient.copy(),
                copy.deepcopy(self.optimizer),
                self.setup,
            )
        )
        while len(self.marks) > 1 and self.marks[1].step <= self.step - KEPT:
            self.marks.pop(0)

    def _return_to(self, mark):
        self.step, self.epoch, self.batch = mark.step, mark.epoch, mark.batch
        self.network.theta = mark.theta
        self.network.gradient[:] = mark.gradient
        self.optimizer = copy.deepcopy(mark.optimizer)
        self.setup = mark.setup
        self._order()
