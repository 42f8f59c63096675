"""The same training in three ways, to see what `fit` costs and what it saves.

fit : by fit. bare : by a loop around train_step, under the same conditions.
free : the same loop, with as many cores as numpy likes.
"""

import numpy as np
from nnlib_ import Training

from nnlib.machine import full_speed
from nnlib.training import fit, minibatches, train_step


class Fit(Training):
    def reset(self):
        super().reset()
        # Of W3's rows a part is enough: untold, threads take a minute.
        self.rows = self.X[:12_800], self.y[:12_800]
        self.epochs, self.size = self.spec["epochs"], self.spec["batch"]
        self.rng = np.random.default_rng(0)

    def run(self):
        rows, size, rng = self.rows, self.size, self.rng
        return fit(*self.model, *rows, self.epochs, size, rng).loss


class Free(Fit):
    def run(self):
        losses = []
        for _ in range(self.epochs):
            for batch in minibatches(*self.rows, self.size, self.rng):
                losses.append(train_step(*self.model, *batch))
        return losses


class Bare(Free):
    def run(self):
        with full_speed():
            return super().run()


WAYS = {"fit": Fit, "bare": Bare, "free": Free}


def make(w, variant):
    return WAYS[variant](w)
