"""Points of two classes, and what the network is told about each of them."""

import numpy as np

from nnlib import datasets

N_POINTS = 200
MOST_POINTS = 400

# What the network may see of a point, and how a reader would write it.
FEATURES = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1^2": lambda x1, x2: x1**2,
    "x2^2": lambda x1, x2: x2**2,
    "x1 x2": lambda x1, x2: x1 * x2,
    "sin x1": lambda x1, x2: np.sin(2 * x1),
    "sin x2": lambda x1, x2: np.sin(2 * x2),
}
FEATURE_CODE = {
    "x1": "x1",
    "x2": "x2",
    "x1^2": "x1**2",
    "x2^2": "x2**2",
    "x1 x2": "x1 * x2",
    "sin x1": "np.sin(2 * x1)",
    "sin x2": "np.sin(2 * x2)",
}
DATA = ("moons", "circles", "xor", "spirals", "digits", "own points")


def digits_on_a_plane(rng, noise):
    """Threes and eights, seen from where they differ from one another most.

    The two columns are the first two principal components: the directions in
    which 64 pixels vary most.
    """
    X, y = datasets.digits(classes=(3, 8))
    rows = rng.permutation(len(X))[:N_POINTS]
    X, y = X[rows] - X[rows].mean(axis=0), y[rows]
    X = X @ np.linalg.svd(X, full_matrices=False)[2][:2].T
    return X + noise * rng.standard_normal(X.shape), y


def points(data, noise, seed):
    """Return (P, y): points with mean 0 and deviation 1, shape (n, 2)."""
    rng = np.random.default_rng(seed)
    if data == "own points":
        return np.zeros((0, 2)), np.zeros(0, dtype=int)
    if data == "digits":
        P, y = digits_on_a_plane(rng, noise)
    else:
        P, y = getattr(datasets, data)(N_POINTS, rng, noise=noise)
    return (P - P.mean(axis=0)) / P.std(axis=0), y


def see(P, features):
    """Return what the network gets for points P, shape (n, n_features)."""
    x1, x2 = P[:, 0], P[:, 1]
    return np.column_stack([FEATURES[name](x1, x2) for name in features])
