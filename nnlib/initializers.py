"""Initializers: where training starts.

Weights that are all alike learn the same. Weights too small or too large make
the numbers shrink or grow by a factor at every layer. Each function returns
W, shape (n_in, n_out), drawn with `rng`.

Source: lessons/08_vanishing_exploding, "The scale that keeps it alive".

>>> rng = np.random.default_rng(0)
>>> for init in (zeros_init, normal_init, xavier_init, he_init):
...     print(init.__name__, init(200, 600, rng).std().round(3))
zeros_init 0.0
normal_init 0.01
xavier_init 0.05
he_init 0.1
>>> Q = orthogonal_init(2, 2, rng)
>>> (Q.T @ Q).round(12) + 0.0
array([[1., 0.],
       [0., 1.]])
"""

import numpy as np

from nnlib.shapes import as_count, as_generator, as_number


def zeros_init(n_in, n_out, rng=None):
    """Return zeros: right for biases; as weights, they stay alike."""
    return np.zeros(_size("zeros_init", n_in, n_out))


def normal_init(n_in, n_out, rng, scale=0.01):
    """Return normal draws of deviation `scale`."""
    scale = as_number("normal_init", "scale", scale)
    return scale * _draw("normal_init", n_in, n_out, rng)


def xavier_init(n_in, n_out, rng):
    """Return draws of variance 2 / (n_in + n_out). Glorot and Bengio 2010.

    With 1 / n_in, activations keep their size on the way forward; with
    1 / n_out, gradients do on the way back. This is in between.
    """
    W = _draw("xavier_init", n_in, n_out, rng)
    return W * (2 / sum(W.shape)) ** 0.5


def he_init(n_in, n_out, rng):
    """Return draws of variance 2 / n_in. He and others 2015.

    The 2 makes up for relu, which lets one half through.
    """
    W = _draw("he_init", n_in, n_out, rng)
    return W * (2 / len(W)) ** 0.5


def orthogonal_init(n_in, n_out, rng):
    """Return a rotation or a part of one. Saxe and others 2014.

    No direction grows or shrinks, however often it is applied.
    """
    W = _draw("orthogonal_init", n_in, n_out, rng)
    is_tall = len(W) >= W.shape[1]
    Q, R = np.linalg.qr(W if is_tall else W.T)
    Q *= np.sign(np.diag(R))  # makes every rotation equally likely
    return Q if is_tall else Q.T


def _draw(where, n_in, n_out, rng):
    size = _size(where, n_in, n_out)
    return as_generator(where, rng).standard_normal(size)


def _size(where, n_in, n_out):
    return as_count(where, "n_in", n_in), as_count(where, "n_out", n_out)
