"""Recurrent backpropagation, in the older sense of the word.

The units of this network feed one another until nothing changes any more, and
the output is where they come to rest. Its gradient needs no memory of the
way there: it is the resting point of a second network, linear, with the same
weights turned round. Nothing is unrolled.

Source: lessons/11_recurrent; Almeida 1987; Pineda 1987.

>>> layer = FixedPoint(2, 3, np.random.default_rng(0))
>>> layer.forward([[0.0, 0.0]])
array([[0., 0., 0.]])
"""

import numpy as np

from nnlib.initializers import orthogonal_init, xavier_init
from nnlib.layers import Layer
from nnlib.shapes import as_count, sum_rows


class FixedPoint(Layer):
    """A = tanh(X W + A U + b), solved for A by going round.

    dL/dz solves dZ = (dA + dZ U^T) (1 - A^2), by going round as well. U is
    drawn so small that both settle; if training makes it large, they say so.
    """

    def __init__(self, n_in, n_out, rng, max_rounds=1000):
        self.n_in = as_count("FixedPoint", "n_in", n_in)
        self.n_out = as_count("FixedPoint", "n_out", n_out)
        self.max_rounds = as_count("FixedPoint", "max_rounds", max_rounds)
        super().__init__(
            W=xavier_init(n_in, n_out, rng),
            U=orthogonal_init(n_out, n_out, rng) / 2,
            b=np.zeros(n_out),
        )

    def forward(self, X):
        rows, U = self._rows(X), self.params["U"]
        Z = rows @ self.params["W"] + self.params["b"]
        self._A = self._settle("forward", lambda A: np.tanh(Z + A @ U), 0 * Z)
        self._X, self._shape = rows, (*np.shape(X)[:-1], self.n_out)
        return self._A.reshape(self._shape)

    def backward(self, dA, input_gradient=True):
        dA = self._upstream(dA).reshape(-1, self.n_out)
        slope = 1 - self._A * self._A
        back = self.params["U"].T
        dZ = self._settle(
            "backward", lambda d: (dA + d @ back) * slope, 0 * dA
        )
        np.dot(self._X.T, dZ, out=self.grads["W"])
        np.dot(self._A.T, dZ, out=self.grads["U"])
        sum_rows(dZ, out=self.grads["b"])
        if input_gradient:
            dX = dZ @ self.params["W"].T
            return dX.reshape(*self._shape[:-1], self.n_in)

    def _settle(self, way, go_round, start):
        A, epsilon = start, np.finfo(start.dtype).eps
        for _ in range(self.max_rounds):
            before, A = A, go_round(A)
            change, size = np.abs(A - before).max(), np.abs(A).max()
            if change <= 4 * epsilon * size < np.inf:
                return A
        raise ValueError(
            f"FixedPoint.{way}: still changing by {change:.1e} after "
            f"{self.max_rounds} rounds.\n"
            "  Needed: weights U with which the units come to rest.\n"
            "  Hint: make U smaller, U *= 0.5, and train in smaller steps."
        )
