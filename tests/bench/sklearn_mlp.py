"""scikit-learn's MLPClassifier: the same network, rows and number of steps.

It draws its own initial values and its own order, and keeps a loss for each
epoch: so its losses are not those of the others, and steps come in epochs.
"""

import math
import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from workloads import SPEC, data


class Training:
    def __init__(self, w):
        self.spec = SPEC[w]
        self.X, self.y, self.orders = data(w)

    def reset(self):
        spec = self.spec
        self.model = MLPClassifier(
            hidden_layer_sizes=spec["sizes"][1:-1],
            activation=spec["act"],
            solver=spec["opt"],
            alpha=0,
            batch_size=spec["batch"],
            learning_rate_init=spec["lr"],
            max_iter=spec["epochs"],
            shuffle=self.orders[0] is not None,
            random_state=0,
            tol=0,
            momentum=0,
            n_iter_no_change=spec["epochs"],  # it stops for nothing
        )

    def run(self, n=None):
        if n is not None:
            steps = len(self.orders) // self.spec["epochs"]
            self.model.max_iter = math.ceil(n / steps)
        with warnings.catch_warnings():
            # That the last epoch has come is what is wanted here.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.model.fit(self.X, self.y)
        return self.model.loss_curve_


def make(w, variant=None):
    if w not in ("W1", "W2", "W3"):
        raise NotImplementedError(w)
    return Training(w)
