"""Layers: what networks are made of. The contract, stated once.

forward(X) returns the output and keeps what backward needs. Rows of X are
samples; sequences, (n, n_steps, n_in), are rows as well.

backward(dA), given dA = dL/dA for the last output A, writes the gradient of
every parameter into `grads`, over what stood there, and returns dX = dL/dX;
with input_gradient=False, where nobody asks for it, None.

params and grads are dicts of arrays of the same names and shapes. Optimizers
alone change params, in place. A layer made of layers lists them in `layers`.
n_in and n_out are widths of rows; None where any width will do.

Source: lessons/04_forward_pass, 06_backpropagation, 08_vanishing_exploding.

>>> layer = Dense(2, 3, np.random.default_rng(0))
>>> layer.forward(np.ones((5, 2))).shape, layer.backward(np.ones((5, 3))).shape
((5, 3), (5, 2))
"""

import numpy as np

from nnlib.activations import SLOPES
from nnlib.initializers import he_init
from nnlib.shapes import (
    ShapeError,
    as_classes,
    as_count,
    as_floats,
    as_generator,
    check_shape,
    sum_rows,
)


class Layer:
    """What all layers share; by itself it has nothing to learn."""

    layers = ()
    n_in = n_out = None
    axes = ("n",)  # of the input, before its width
    training = True  # False while a network predicts

    def __init__(self, **params):
        self.params = params
        self.grads = {name: np.zeros_like(p) for name, p in params.items()}
        self.dtype = float if params else None
        self._shape = None  # of the last output

    def __repr__(self):
        widths = "" if self.n_in is None else f"{self.n_in}, {self.n_out}"
        return f"{type(self).__name__}({widths})"

    def output_shape(self, shape):
        """Return the shape of the output for an input of `shape`."""
        return (*shape[:-1], self.n_out or shape[-1])

    def named(self, path=""):
        """Yield (name, owner, key): the array is owner.params[key]."""
        for i, inner in enumerate(self.layers):
            yield from inner.named(f"{path}{i}.")
        for key in self.params:
            yield path + key, self, key

    def train(self, training):
        """Say whether what comes is training or, if False, prediction."""
        self.training = training
        for inner in self.layers:
            inner.train(training)

    def _rows(self, X):
        """Return X as rows of width n_in, in the dtype of the parameters."""
        known = type(X) is np.ndarray and X.dtype == self.dtype
        if known and X.ndim == 2 and X.shape[1] == self.n_in and len(X):
            return X  # at once: this runs at every step of training
        where = f"{type(self).__name__}.forward"
        X = as_floats(where, "X", X, self.dtype)
        steps = {"n_steps": None} if X.ndim == 3 else {}
        check_shape(where, "X", X, n=None, **steps, n_in=self.n_in)
        return X.reshape(-1, self.n_in)

    def _upstream(self, dA):
        """Return dA, if it has the shape of the last output."""
        known = type(dA) is np.ndarray and dA.dtype == self.dtype
        if known and dA.shape == self._shape:
            return dA
        where = f"{type(self).__name__}.backward"
        if self._shape is None:
            raise ValueError(
                f"{where}: forward has not run.\n"
                "  Needed: forward(X) first; backward goes its way back.\n"
                "  Hint: was forward called on another layer?"
            )
        dA = as_floats(where, "dA", dA, self.dtype)
        if dA.shape != self._shape:
            raise ShapeError(
                f"{where}: dA has shape {dA.shape}.\n"
                f"  Needed: {self._shape}, the shape of the last output.\n"
                "  Hint: dA holds one slope for every number that came out."
            )
        return dA


class Dense(Layer):
    """Fully connected layer, Z = X W + b. Rows of X are samples.

    W : shape (n_in, n_out), drawn by `init`; b : shape (n_out,), zeros.
    """

    def __init__(self, n_in, n_out, rng, init=he_init):
        self.n_in = as_count("Dense", "n_in", n_in)
        self.n_out = as_count("Dense", "n_out", n_out)
        super().__init__(W=init(n_in, n_out, rng), b=np.zeros(self.n_out))

    def forward(self, X):
        self._X = rows = self._rows(X)
        Z = np.dot(rows, self.params["W"])  # (n, n_in) @ (n_in, n_out)
        Z += self.params["b"]
        if rows is not X:
            Z = Z.reshape(*np.shape(X)[:-1], self.n_out)
        self._shape = Z.shape
        return Z

    def backward(self, dZ, input_gradient=True):
        dZ = self._upstream(dZ)
        d = dZ if dZ.ndim == 2 else dZ.reshape(-1, self.n_out)
        np.dot(self._X.T, d, out=self.grads["W"])  # (n_in, n) @ (n, n_out)
        sum_rows(d, out=self.grads["b"])  # b reaches every row: rows add
        if input_gradient:
            W_T = self.params["W"].T.copy()  # faster than the turned view
            dX = np.dot(d, W_T)  # (n, n_out) @ (n_out, n_in)
            return dX if d is dZ else dX.reshape(*dZ.shape[:-1], self.n_in)


class Activation(Layer):
    """A bend, A = f(Z), entry by entry, so that dZ = dA f'(Z).

    f : from nnlib.activations; or your own, with its `slope`, a function of Z
    as well. Softmax has a matrix of slopes for each row.
    """

    def __init__(self, f, slope=None):
        super().__init__()
        if slope is None and f not in SLOPES:
            names = ", ".join(known.__name__ for known in SLOPES)
            raise ValueError(
                f"Activation: f is {f!r}.\n"
                f"  Needed: a function of nnlib.activations: {names}.\n"
                "  Hint: one of your own comes with its slope, a function of "
                "Z: Activation(f, f_prime)."
            )
        self.f, self.slope = f, slope

    def __repr__(self):
        return f"Activation({self.f.__name__})"

    def forward(self, Z):
        self._Z = Z = as_floats("Activation.forward", "Z", Z)
        self._A = A = as_floats("Activation.forward", "f(Z)", self.f(Z))
        self._shape, self.dtype = A.shape, A.dtype
        return A

    def backward(self, dA, input_gradient=True):
        dA = self._upstream(dA)
        if self.slope is not None:
            return dA * self.slope(self._Z)
        slopes = SLOPES[self.f](self._Z, self._A)
        if slopes.ndim == dA.ndim:
            return dA * slopes
        return (dA[..., np.newaxis, :] @ slopes)[..., 0, :]


class Residual(Layer):
    """A branch and a way around it: A = X + branch(X). He and others 2016.

    Whatever the branch does to a gradient, the way around hands it on whole.
    """

    def __init__(self, branch):
        super().__init__()
        self.layers = (branch,)
        self.n_in, self.n_out = branch.n_in, branch.n_out
        self.axes = branch.axes
        shape = (*self.axes, self.n_in)
        if branch.output_shape(shape) != shape:
            raise ShapeError(
                f"Residual: {branch!r} takes (n, {self.n_in}) and returns "
                f"(n, {self.n_out}).\n"
                "  Needed: as many out as in, for the two are added.\n"
                "  Hint: end the branch with a Dense layer of that width."
            )

    def __repr__(self):
        return f"Residual({self.layers[0]!r})"

    def forward(self, X):
        A = self.layers[0].forward(X)
        A = A + as_floats("Residual.forward", "X", X, A.dtype)
        self._shape, self.dtype = A.shape, A.dtype
        return A

    def backward(self, dA, input_gradient=True):
        dA = self._upstream(dA)
        dX = self.layers[0].backward(dA, input_gradient)
        return dX + dA if input_gradient else None


class LayerNorm(Layer):
    """Every row to mean 0 and deviation 1, then times gain, plus shift.

    (X - mean) / sqrt(variance + 1e-5). Ba, Kiros and Hinton 2016.
    """

    def __init__(self, n_in):
        self.n_in = self.n_out = as_count("LayerNorm", "n_in", n_in)
        super().__init__(gain=np.ones(self.n_in), shift=np.zeros(self.n_in))

    def forward(self, X):
        rows = self._rows(X)
        centred = rows - rows.mean(axis=1, keepdims=True)
        variance = np.mean(centred * centred, axis=1, keepdims=True)
        self._deviation = np.sqrt(variance + 1e-5)
        self._N, self._shape = centred / self._deviation, np.shape(X)
        A = self.params["gain"] * self._N + self.params["shift"]
        return A.reshape(self._shape)

    def backward(self, dA, input_gradient=True):
        dA, N = self._upstream(dA).reshape(-1, self.n_in), self._N
        sum_rows(dA * N, out=self.grads["gain"])
        sum_rows(dA, out=self.grads["shift"])
        if not input_gradient:
            return None
        # To shift or to stretch a row changes nothing: those parts go.
        dN = dA * self.params["gain"]
        dN -= dN.mean(axis=1, keepdims=True)
        dN -= N * np.mean(dN * N, axis=1, keepdims=True)
        return (dN / self._deviation).reshape(self._shape)


class Dropout(Layer):
    """In training every entry is 0 with chance `rate`, and the others grow.

    Divided by 1 - rate, they keep their sum on average; so prediction, where
    all entries stay, needs no change. Srivastava and others 2014.
    """

    def __init__(self, rate, rng):
        super().__init__()
        self.rate, self._rng = rate, as_generator("Dropout", rng)
        if not 0 <= rate < 1:
            raise ValueError(
                f"Dropout: rate is {rate}.\n"
                "  Needed: a chance from 0 to below 1.\n"
                "  Hint: 0.2 drops every fifth entry; at 1 nothing is left."
            )

    def __repr__(self):
        return f"Dropout({self.rate})"

    def forward(self, X):
        X = as_floats("Dropout.forward", "X", X)
        self._shape, self.dtype, self._kept = X.shape, X.dtype, 1
        if self.training:
            kept = self._rng.random(X.shape) >= self.rate
            self._kept = kept.astype(X.dtype) / float(1 - self.rate)
        return X * self._kept

    def backward(self, dA, input_gradient=True):
        return self._upstream(dA) * self._kept


class Embedding(Layer):
    """A learned row for each token, A[i] = E[tokens[i]].

    Along whole numbers is no slope: backward returns None. Bengio and others
    2003.
    """

    def __init__(self, n_tokens, n_out, rng):
        self.n_tokens = as_count("Embedding", "n_tokens", n_tokens)
        self.n_out = as_count("Embedding", "n_out", n_out)
        rng = as_generator("Embedding", rng)
        super().__init__(E=rng.standard_normal((self.n_tokens, self.n_out)))

    def __repr__(self):
        return f"Embedding({self.n_tokens}, {self.n_out})"

    def output_shape(self, shape):
        return ("n", "n_steps", self.n_out)

    def forward(self, tokens):
        where = "Embedding.forward"
        self._tokens = as_classes(where, "tokens", tokens, self.n_tokens)
        self._shape = (*self._tokens.shape, self.n_out)
        return self.params["E"][self._tokens]

    def backward(self, dA, input_gradient=True):
        dA = self._upstream(dA).reshape(-1, self.n_out)
        # Equal tokens add up; a product with one-hot rows does that ten
        # times as fast as np.add.at.
        onehot = np.eye(self.n_tokens, dtype=dA.dtype)[self._tokens.ravel()]
        np.dot(onehot.T, dA, out=self.grads["E"])
