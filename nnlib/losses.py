"""Losses: one number that says how wrong, and which way is better.

Each returns (value, gradient) from one function, so that the two cannot drift
apart. The value is a mean over rows, and over columns where there are several
numbers to a row; its 1/n stands here and nowhere else. The gradient has the
shape of the first argument. Cross-entropies take scores, not probabilities,
and are in nats. Shapes must be equal: (n, 1) minus (n,) would be (n, n).

Source: lessons/03_losses, "One number, and a slope for every weight".

>>> mean_squared_error([[3.0, 0.0]], [[1.0, 0.0]])
(2.0, array([[2., 0.]]))
>>> huber([[3.0, 0.5]], [[0.0, 0.0]], delta=1.0)
(1.3125, array([[0.5 , 0.25]]))
>>> binary_cross_entropy([[1000.0], [-1000.0]], [[1], [1]])
(500.0, array([[ 0. ],
       [-0.5]]))
>>> cross_entropy([[1000.0, 0.0], [0.0, 1000.0]], [0, 0])
(500.0, array([[ 0. ,  0. ],
       [-0.5,  0.5]]))
"""

import numpy as np

from nnlib.activations import relu, sigmoid
from nnlib.shapes import (
    as_classes,
    as_floats,
    as_number,
    check_same,
    check_shape,
    sum_rows,
)


def mean_squared_error(Y_hat, Y):
    """Return the mean of (Y_hat - Y)^2 over all entries. Legendre 1805."""
    Y_hat, Y = _pair("mean_squared_error", "Y_hat", Y_hat, "Y", Y)
    error = Y_hat - Y
    return _mean(error * error), error * (2 / error.size)


def huber(Y_hat, Y, delta=1.0):
    """Return a mean in which no outlier shouts. Huber 1964.

    e^2 / 2 for errors up to delta, and delta (|e| - delta / 2) beyond.
    """
    Y_hat, Y = _pair("huber", "Y_hat", Y_hat, "Y", Y)
    delta = as_number("huber", "delta", delta, positive=True)
    error = Y_hat - Y
    bounded = np.clip(error, -delta, delta)
    return _mean(bounded * (error - bounded / 2)), bounded / error.size


def binary_cross_entropy(Z, y):
    """Return the mean of -log(probability of y). Good 1952.

    log(1 + exp(z)) - y z, with slope sigmoid(z) - y. y has the shape of Z;
    labels are 0 or 1, and probabilities between them will do.
    """
    Z, y = _pair("binary_cross_entropy", "Z", Z, "y", y)
    if np.count_nonzero(y * y <= y) < y.size:  # nan is no label either
        raise ValueError(
            f"binary_cross_entropy: y goes from {y.min():g} to {y.max():g}.\n"
            "  Needed: labels 0 and 1, or probabilities between them.\n"
            "  Hint: (y + 1) / 2 makes -1 and +1 into 0 and 1; for more "
            "than two classes, take cross_entropy."
        )
    # log(1 + exp(z)), without exp of anything above 0.
    softplus = relu(Z) + np.log1p(np.exp(-np.abs(Z)))
    return _mean(softplus - y * Z), (sigmoid(Z) - y) * (1 / Z.size)


def cross_entropy(Z, y):
    """Return the mean of -log(probability of class y). Bridle 1990.

    log(sum of exp(z_j)) - z_y, with slopes softmax(z) - onehot(y). Z has shape
    (n, n_classes) or (n, n_steps, n_classes), y the same without the last.
    """
    Z = as_floats("cross_entropy", "Z", Z)
    y = _classes("cross_entropy", Z, y)
    # A column for each sample: numpy is quicker down than across.
    S = Z.reshape(-1, Z.shape[-1]).T.copy()
    n, hits = y.size, y.reshape(-1) * y.size + np.arange(y.size)  # in S
    S -= S.max(axis=0)  # a shift cancels out
    dS = np.exp(S)
    sums = sum_rows(dS)
    loss = sum_rows(np.log(sums) - S.take(hits))
    dS /= n * sums  # softmax(z) / n
    dS.reshape(-1)[hits] -= 1 / n
    return float(loss) / n, dS.T.reshape(Z.shape)


def accuracy(Z, y):
    """Return the share of rows whose highest score is the right class."""
    Z = as_floats("accuracy", "Z", Z)
    return float(np.mean(Z.argmax(axis=-1) == _classes("accuracy", Z, y)))


def _pair(where, name, value, target_name, target):
    value = as_floats(where, name, value)
    target = as_floats(where, target_name, target, value.dtype)
    check_same(where, target_name, target, name, value)
    if not value.size:
        check_shape(where, name, value, n=None, n_out=None)
    return value, target


def _classes(where, Z, y):
    """Return y, if it holds one class for every row of scores."""
    if not (2 <= Z.ndim <= 3 and Z.size):
        check_shape(where, "Z", Z, n=None, n_classes=None)
    y = as_classes(where, "y", y, Z.shape[-1])
    if y.shape != Z.shape[:-1]:
        axes = dict(zip(("n", "n_steps"), Z.shape[:-1], strict=False))
        check_shape(where, "y", y, **axes)
    return y


def _mean(array):
    return float(sum_rows(array.ravel())) / array.size
