"""Recurrent layers: the same weights at every step, and a state between.

Unrolled, it is a deep network with a layer for each step, and backpropagation
through time is backpropagation through that: weight gradients add over the
steps, and the gradient of the state is multiplied at each, so that it vanishes
or explodes. Gates (LSTM, GRU) make a path along which it need not.

The loops over time hold what depends on the step before and nothing else;
the rest is done for all steps at once. Inside, time is the first axis, and
every gate g has its own W[g] for the input and U[g] for the state.

Source: lessons/11_recurrent; Werbos 1990.

>>> for kind in (RNN, GRU, LSTM):
...     layer = kind(3, 4, np.random.default_rng(0))
...     H = layer.forward(np.ones((2, 5, 3)), mask=np.ones((2, 5), bool))
...     print(layer, H.shape, layer.state.shape, layer.params["W"].shape)
RNN(3, 4) (2, 5, 4) (1, 2, 4) (1, 3, 4)
GRU(3, 4) (2, 5, 4) (1, 2, 4) (3, 3, 4)
LSTM(3, 4) (2, 5, 4) (2, 2, 4) (4, 3, 4)
"""

import numpy as np

from nnlib.activations import sigmoid
from nnlib.initializers import orthogonal_init, xavier_init
from nnlib.layers import Layer
from nnlib.shapes import as_count, as_floats, check_shape, sum_rows


class Recurrent(Layer):
    """What the three share: the way along the steps, and the way back.

    W : (n_gates, n_in, n_hidden), U : (n_gates, n_hidden, n_hidden), b :
    (n_gates, n_hidden). A state is (n_states, n, n_hidden), the output first;
    `state` is the last, and `dstate` the gradient of the one at the start.

    last : the output is that of the last step alone, (n, n_hidden).
    truncate : backward lets no gradient of the state past every so many steps.
    """

    axes = ("n", "n_steps")
    n_gates = n_states = 1

    def __init__(self, n_in, n_hidden, rng, last=False, truncate=None):
        where = type(self).__name__
        self.n_in = as_count(where, "n_in", n_in)
        self.n_out = as_count(where, "n_hidden", n_hidden)
        self.last, self.truncate = last, truncate
        if truncate is not None:
            as_count(where, "truncate", truncate)
        g = range(self.n_gates)
        super().__init__(
            W=np.stack([xavier_init(n_in, n_hidden, rng) for _ in g]),
            U=np.stack([orthogonal_init(n_hidden, n_hidden, rng) for _ in g]),
            b=np.zeros((self.n_gates, n_hidden)),
        )

    def output_shape(self, shape):
        return (*shape[: 1 if self.last else -1], self.n_out)

    def forward(self, X, mask=None, state=None):
        """Return the output of every step, (n, n_steps, n_hidden).

        mask : shape (n, n_steps), False where a sequence has no step: there
        the state stands still. state : before the first step, else zeros.
        """
        X = self._sequences(X, mask)
        n_steps, n, _ = X.shape
        Z = np.matmul(X.reshape(-1, self.n_in), self.params["W"])
        Z += self.params["b"][:, np.newaxis]
        self._Z = Z = Z.reshape(-1, n_steps, n, self.n_out)
        S = np.empty((n_steps + 1, self.n_states, n, self.n_out), Z.dtype)
        S[0] = (
            0 if state is None else self._state("forward", "state", state, n)
        )
        self._X, self._S = X, S
        for t in range(n_steps):
            self._step(t, Z[:, t], S[t], S[t + 1])
            if mask is not None:
                np.copyto(S[t + 1], S[t], where=~self._mask[t])
        self.state = S[-1]
        H = S[-1, 0] if self.last else S[1:, 0].transpose(1, 0, 2)
        self._shape = H.shape
        return H

    def backward(self, dH, input_gradient=True, dstate=None):
        """dstate : dL/dstate of the state behind the last step; dH or None."""
        if dH is not None or self._shape is None:
            dH = self._upstream(dH)
        dS = np.zeros_like(self._S[0])
        if dstate is not None:
            dS += self._state("backward", "dstate", dstate, dS.shape[1])
        if dH is not None and self.last:
            dS[0] += dH
            dH = None
        dZ = self._through_time(dH, dS)
        X = self._X.reshape(-1, self.n_in).T
        H = self._S[:-1, 0].reshape(-1, self.n_out).T
        W, grads = self.params["W"], self.grads
        for g, to_state in enumerate(self._to_states(dZ)):
            dz = dZ[g].reshape(-1, self.n_out)
            np.dot(X, dz, out=grads["W"][g])
            np.dot(H, to_state.reshape(-1, self.n_out), out=grads["U"][g])
            sum_rows(dz, out=grads["b"][g])
        if input_gradient:
            dX = sum(np.matmul(d, w.T) for d, w in zip(dZ, W, strict=True))
            return dX.transpose(1, 0, 2)

    def _through_time(self, dH, dS):
        """Return dL/dz of every gate and step; leave dstate behind."""
        dZ = self._slopes()  # to be multiplied by what comes back
        back = self.params["U"].transpose(0, 2, 1).copy()  # faster than U.T
        for t in reversed(range(len(self._X))):
            if dH is not None:
                dS[0] += dH[:, t]
            if self._mask is None:
                dS = self._step_back(t, dS, dZ[:, t], back)
            else:
                there = self._mask[t]
                stood = np.where(there, 0, dS)
                dS = np.where(there, dS, 0)
                dS = self._step_back(t, dS, dZ[:, t], back) + stood
            if self.truncate and t and t % self.truncate == 0:
                dS = np.zeros_like(dS)
        self.dstate = dS
        return dZ

    def _sequences(self, X, mask):
        """Return X with time first, and keep the mask alike."""
        where = f"{type(self).__name__}.forward"
        X = as_floats(where, "X", X, self.dtype)
        check_shape(where, "X", X, n=None, n_steps=None, n_in=self.n_in)
        self._mask = None
        if mask is not None:
            mask = np.asarray(mask, dtype=bool)
            check_shape(where, "mask", mask, n=len(X), n_steps=X.shape[1])
            self._mask = mask.T[:, :, np.newaxis]
        return np.ascontiguousarray(X.transpose(1, 0, 2))

    def _state(self, way, name, value, n):
        """Return a state, or the gradient of one, if it has the shape."""
        where = f"{type(self).__name__}.{way}"
        value = as_floats(where, name, value, self.dtype)
        sizes = {"n_states": self.n_states, "n": n, "n_hidden": self.n_out}
        check_shape(where, name, value, **sizes)
        return value

    def _to_states(self, dZ):
        """Return dL/d(h U) for every gate."""
        return dZ


class RNN(Recurrent):
    """h' = tanh(x W + h U + b). Elman 1990."""

    def _step(self, t, Z, S, S_new):
        np.tanh(Z + np.dot(S[0], self.params["U"][0]), out=S_new)

    def _slopes(self):
        H = self._S[1:, 0]
        return (1 - H * H)[np.newaxis]

    def _step_back(self, t, dS, dZ, back):
        dZ *= dS
        return np.dot(dZ[0], back[0])[np.newaxis]


class GRU(Recurrent):
    """h' = n + z (h - n): the gate z keeps the old state. Cho and others 2014.

    r, z = sigmoid(x W + h U + b) and n = tanh(x W + b + r (h U + c)).
    """

    n_gates = 3

    def __init__(self, n_in, n_hidden, rng, last=False, truncate=None):
        super().__init__(n_in, n_hidden, rng, last, truncate)
        self.params["c"] = np.zeros(n_hidden)
        self.grads["c"] = np.zeros(n_hidden)

    def _step(self, t, Z, S, S_new):
        if t == 0:
            self._Q = np.empty_like(self._Z[2])
        h, gates, n = S[0], Z[:2], Z[2]
        products = np.matmul(h, self.params["U"])
        gates[:] = sigmoid(gates + products[:2])
        q = np.add(products[2], self.params["c"], out=self._Q[t])
        np.tanh(n + gates[0] * q, out=n)
        np.add(n, gates[1] * (h - n), out=S_new[0])

    def _slopes(self):
        (r, z, n), slopes = self._Z, np.empty_like(self._Z)
        np.multiply(self._Q, r - r * r, out=slopes[0])
        np.multiply(self._S[:-1, 0] - n, z - z * z, out=slopes[1])
        np.multiply(1 - z, 1 - n * n, out=slopes[2])
        self._dq = np.empty_like(self._Q)
        return slopes

    def _step_back(self, t, dS, dZ, back):
        (r, z, _), (dr, dz, dn) = self._Z[:, t], dZ
        dZ[1:] *= dS
        dr *= dn
        dq = np.multiply(dn, r, out=self._dq[t])
        dh = dS[0] * z
        for d, u in zip((dr, dz, dq), back, strict=True):
            dh += np.dot(d, u)
        return dh[np.newaxis]

    def _to_states(self, dZ):
        sum_rows(self._dq.reshape(-1, self.n_out), out=self.grads["c"])
        return [*dZ[:2], self._dq]


class LSTM(Recurrent):
    """c' = f c + i g and h' = o tanh(c'). Hochreiter and Schmidhuber 1997.

    i, f, o = sigmoid(x W + h U + b), g = tanh(the same). b starts at 1 for f,
    so that a new network remembers (Gers and others 2000).
    """

    n_gates, n_states = 4, 2

    def __init__(self, n_in, n_hidden, rng, last=False, truncate=None):
        super().__init__(n_in, n_hidden, rng, last, truncate)
        self.params["b"][1] = 1

    def _step(self, t, Z, S, S_new):
        Z += np.matmul(S[0], self.params["U"])
        Z[:3] = sigmoid(Z[:3])
        i, f, o, g = Z[0], Z[1], Z[2], np.tanh(Z[3], out=Z[3])
        S_new[1] = f * S[1] + i * g
        S_new[0] = o * np.tanh(S_new[1])

    def _slopes(self):
        i, f, o, g = self._Z
        T = np.tanh(self._S[1:, 1])
        self._dc = o * (1 - T * T)
        c = self._S[:-1, 1]
        return np.stack(
            [
                g * (i - i * i),
                c * (f - f * f),
                T * (o - o * o),
                i * (1 - g * g),
            ]
        )

    def _step_back(self, t, dS, dZ, back):
        dc = dS[1] + dS[0] * self._dc[t]
        dZ *= np.stack([dc, dc, dS[0], dc])
        return np.stack([np.matmul(dZ, back).sum(axis=0), dc * self._Z[1, t]])
