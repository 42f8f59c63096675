"""Plain numpy: what one writes first, with the formulas beside the keyboard.

A new array for every result, a gradient for every input, whether anybody asks
for it or not, and all of a recurrent layer inside its loop over time.
"""

import numpy as np
from workloads import SPEC, init, plan


class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, dZ):
        self.dW = self.X.T @ dZ
        self.db = dZ.sum(axis=0)
        return dZ @ self.W.T


class Tanh:
    def forward(self, Z):
        self.A = np.tanh(Z)
        return self.A

    def backward(self, dA):
        return dA * (1 - self.A**2)


class Sigmoid:
    def forward(self, Z):
        self.A = sigmoid(Z)
        return self.A

    def backward(self, dA):
        return dA * self.A * (1 - self.A)


class ReLU:
    def forward(self, Z):
        self.positive = Z > 0
        return Z * self.positive

    def backward(self, dA):
        return dA * self.positive


BENDS = {"tanh": Tanh, "sigmoid": Sigmoid, "relu": ReLU}


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def binary_cross_entropy(Z, y):
    """Return the loss and dZ; Z has shape (n, 1)."""
    z = Z[:, 0]
    loss = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
    dz = (sigmoid(z) - y) / len(y)
    return loss.mean(), dz.astype(Z.dtype)[:, np.newaxis]


def cross_entropy(Z, y):
    """Return the loss and dZ; Z has shape (n, n_classes)."""
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = powers / powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.log(P[rows, y]).mean()
    P[rows, y] -= 1
    return loss, P / len(y)


class SGD:
    def __init__(self, rate):
        self.rate = rate

    def step(self, params, grads):
        for p, g in zip(params, grads, strict=True):
            p -= self.rate * g


class Adam:
    def __init__(self, rate):
        self.rate, self.t, self.m, self.v = rate, 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            self.m[i] = 0.9 * self.m.get(i, 0) + 0.1 * g
            self.v[i] = 0.999 * self.v.get(i, 0) + 0.001 * g**2
            m = self.m[i] / (1 - 0.9**self.t)
            v = self.v[i] / (1 - 0.999**self.t)
            p -= self.rate * m / (np.sqrt(v) + 1e-8)


class MLP:
    """Dense layers with a bend between each two of them."""

    def __init__(self, spec, params):
        self.dense, self.layers = [], []
        for W, b in zip(params[::2], params[1::2], strict=True):
            self.dense.append(Dense(W, b))
            self.layers += [self.dense[-1], BENDS[spec["act"]]()]
        self.layers.pop()
        bce = spec["loss"] == "bce"
        self.loss = binary_cross_entropy if bce else cross_entropy

    def gradients(self, A, y):
        for layer in self.layers:
            A = layer.forward(A)
        loss, dA = self.loss(A, y)
        for layer in reversed(self.layers):
            dA = layer.backward(dA)
        return loss, [g for layer in self.dense for g in (layer.dW, layer.db)]


class RNN:
    """h' = tanh(x W + h U + b), and scores h V + c at every step."""

    def __init__(self, spec, params):
        self.params = params

    def gradients(self, X, y):
        W, U, b, V, c = self.params
        T, n, _ = X.shape
        H = [np.zeros((n, len(U)), X.dtype)]
        loss, dZ = 0, []
        for x, labels in zip(X, y, strict=True):
            H.append(np.tanh(x @ W + H[-1] @ U + b))
            value, dz = cross_entropy(H[-1] @ V + c, labels)
            loss += value / T
            dZ.append(dz / T)
        dW, dU, db, dV, dc = (np.zeros_like(p) for p in self.params)
        dh = np.zeros_like(H[0])
        for t in reversed(range(T)):
            dV += H[t + 1].T @ dZ[t]
            dc += dZ[t].sum(axis=0)
            da = (dh + dZ[t] @ V.T) * (1 - H[t + 1] ** 2)
            dW += X[t].T @ da
            dU += H[t].T @ da
            db += da.sum(axis=0)
            dh = da @ U.T
        return loss, [dW, dU, db, dV, dc]


class GRU:
    """r, z = sigmoid(x W + b + h U + c), n = tanh(x W + b + r (h U + c)).

    The new state is (1 - z) n + z h. Each array holds r, z, n side by side.
    """

    def __init__(self, W, U, b, c):
        self.params = W, U, b, c

    def forward(self, X, h):
        W, U, b, c = self.params
        self.X, self.kept, H = X, [], []
        for x in X:
            xr, xz, xn = np.split(x @ W + b, 3, axis=1)
            hr, hz, hn = np.split(h @ U + c, 3, axis=1)
            r, z = sigmoid(xr + hr), sigmoid(xz + hz)
            n = np.tanh(xn + r * hn)
            self.kept.append((h, r, z, n, hn))
            h = (1 - z) * n + z * h
            H.append(h)
        return np.stack(H)

    def backward(self, dH, dh):
        """Return dX and the gradient of the state before the first step."""
        W, U, _, _ = self.params
        self.grads = dW, dU, db, dc = [np.zeros_like(p) for p in self.params]
        dX = np.zeros_like(self.X)
        for t in reversed(range(len(self.X))):
            h, r, z, n, hn = self.kept[t]
            dh = dh + dH[t]
            dn = dh * (1 - z) * (1 - n**2)
            dz = dh * (h - n) * z * (1 - z)
            dr = dn * hn * r * (1 - r)
            from_x = np.concatenate([dr, dz, dn], axis=1)
            from_h = np.concatenate([dr, dz, dn * r], axis=1)
            dW += self.X[t].T @ from_x
            dU += h.T @ from_h
            db += from_x.sum(axis=0)
            dc += from_h.sum(axis=0)
            dX[t] = from_x @ W.T
            dh = dh * z + from_h @ U.T
        return dX, dh


class Translator:
    """One GRU reads; another goes on from its last state, and answers."""

    def __init__(self, spec, params):
        self.read, self.reread = params[0], params[5]
        self.encoder, self.decoder = GRU(*params[1:5]), GRU(*params[6:10])
        self.output = Dense(*params[10:])

    def gradients(self, source, known, answer):
        first = np.zeros((source.shape[1], len(self.output.W)), np.float32)
        read = self.encoder.forward(self.read[source], first)
        H = self.decoder.forward(self.reread[known], read[-1])
        Z = self.output.forward(H.reshape(-1, H.shape[-1]))
        loss, dZ = cross_entropy(Z, answer.ravel())
        dH = self.output.backward(dZ).reshape(H.shape)
        dknown, dh = self.decoder.backward(dH, np.zeros_like(first))
        dsource, _ = self.encoder.backward(np.zeros_like(read), dh)
        dread, dreread = np.zeros_like(self.read), np.zeros_like(self.reread)
        np.add.at(dread, source, dsource)
        np.add.at(dreread, known, dknown)
        return loss, [
            *(dread, *self.encoder.grads),
            *(dreread, *self.decoder.grads),
            *(self.output.dW, self.output.db),
        ]


MODELS = {"mlp": MLP, "rnn": RNN, "gru": Translator}


class Training:
    def __init__(self, w):
        self.w, self.spec = w, SPEC[w]
        self.columns, self.picks = plan(w)

    def reset(self):
        self.params = init(self.w)
        self.model = MODELS[self.spec["kind"]](self.spec, self.params)
        optimizer = Adam if self.spec["opt"] == "adam" else SGD
        self.optimizer = optimizer(self.spec["lr"])

    def run(self, n=None):
        losses, self.norms = [], []
        for pick in self.picks[:n]:
            batch = self.columns
            if pick is not None:
                batch = [column[pick] for column in self.columns]
            loss, grads = self.model.gradients(*batch)
            if "norms" in self.spec:
                self.norms.append([np.linalg.norm(dW) for dW in grads[::2]])
            if "clip" in self.spec:
                grads = clipped(grads, self.spec["clip"])
            self.optimizer.step(self.params, grads)
            losses.append(loss)
        return losses


def clipped(grads, longest):
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    return [g * (longest / norm) for g in grads] if norm > longest else grads


def make(w, variant=None):
    return Training(w)
