"""Things to learn from: points on a plane, digits, and data from real_data.

X holds one sample a row, y the class of each row. On a plane X has shape
(n, 2), y is 0, 1, 0, 1, ..., and `noise` is the standard deviation of what is
added to a coordinate. Chance is `rng`, a numpy Generator: the same state, the
same points. What does not fit raises ValueError; a failed download, OSError.
"""

import numpy as np

from nnlib.real_data import (  # noqa: F401, for readers to import from here
    breast_cancer,
    mnist,
    share_prices,
    spoken_digits,
    written_dates,
)
from nnlib.shapes import as_count, as_generator, as_number


def blobs(n, rng, distance=4.0):
    """Two round clouds with spread 1, their centres `distance` apart.

    Source: lessons/01_perceptron, "Step through it".

    >>> blobs(5, np.random.default_rng(0))[1]
    array([0, 1, 0, 1, 0])
    """
    y = np.arange(as_count("blobs", "n", n)) % 2
    centre = as_number("blobs", "distance", distance) / np.sqrt(8)
    X = (2 * y[:, np.newaxis] - 1) * centre
    return X + _noise("blobs", rng, 1.0, (len(y), 2)), y


def moons(n, rng, noise=0.1):
    """Two half circles that reach into one another.

    Source: used from lesson 02 on; after scikit-learn's make_moons.

    >>> moons(4, np.random.default_rng(0), noise=0)[0].shape
    (4, 2)
    """
    y = np.arange(as_count("moons", "n", n)) % 2
    angle = as_generator("moons", rng).uniform(0, np.pi, len(y))
    sign = 1 - 2 * y
    X = np.column_stack(
        [sign * np.cos(angle) + y - 0.5, sign * np.sin(angle) + y / 2 - 0.25]
    )
    return X + _noise("moons", rng, noise, X.shape), y


def circles(n, rng, noise=0.05, inner=0.5):
    """A circle of radius 1 (class 0) around one of radius `inner` (class 1).

    Source: used from lesson 02 on; after scikit-learn's make_circles.

    >>> np.hypot(*circles(3, np.random.default_rng(0), noise=0)[0].T).round(3)
    array([1. , 0.5, 1. ])
    """
    y = np.arange(as_count("circles", "n", n)) % 2
    angle = as_generator("circles", rng).uniform(0, 2 * np.pi, len(y))
    radius = np.where(y == 1, as_number("circles", "inner", inner), 1.0)
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X + _noise("circles", rng, noise, X.shape), y


def xor(n, rng, noise=0.1):
    """Points around the corners of a square; opposite corners share a class.

    Source: lessons/01_perceptron, "One line is not enough".

    >>> xor(4, np.random.default_rng(0), noise=0)[0].astype(int).tolist()
    [[0, 0], [0, 1], [1, 1], [1, 0]]
    """
    y = np.arange(as_count("xor", "n", n)) % 2
    X = np.array([[0.0, 0], [0, 1], [1, 1], [1, 0]])[np.arange(len(y)) % 4]
    return X + _noise("xor", rng, noise, X.shape), y


def spirals(n, rng, noise=0.02, turns=1.5):
    """Two spirals that wind around one another, each `turns` times.

    Source: used from lesson 02 on; Lang and Witbrock 1988.

    >>> spirals(3, np.random.default_rng(0), noise=0)[0].round(1).tolist()
    [[0.2, 0.8], [-0.1, 0.5], [-0.1, 0.2]]
    """
    y = np.arange(as_count("spirals", "n", n)) % 2
    turns = as_number("spirals", "turns", turns, positive=True)
    # The square root spreads the points evenly along the arms.
    radius = np.sqrt(as_generator("spirals", rng).uniform(0.01, 1, len(y)))
    angle = 2 * np.pi * turns * radius + np.pi * y
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X + _noise("spirals", rng, noise, X.shape), y


def digits(classes=range(10)):
    """Return (X, y): handwritten digits, bundled with scikit-learn.

    X has shape (n, 64): 8 x 8 pixels from 0 (paper) to 1 (ink), row by row.
    y[i] is the place of the digit in `classes`: for all ten, the digit.

    Source: lessons/01_perceptron; Alpaydin and Kaynak 1998, UCI repository.

    >>> [part.shape for part in digits(classes=(3, 8))]
    [(357, 64), (357,)]
    """
    known = np.ndim(classes) == 1 and set(classes) <= set(range(10))
    if not known or not 0 < len(set(classes)) == len(classes):
        raise ValueError(
            f"digits: classes is {classes}.\n"
            "  Needed: digits from 0 to 9, each at most once.\n"
            "  Hint: digits(classes=(3, 8)) tells threes from eights."
        )
    from sklearn.datasets import load_digits

    bunch = load_digits()
    matches = bunch.target[:, np.newaxis] == np.array(classes)
    chosen = matches.any(axis=1)
    return bunch.data[chosen] / 16, matches[chosen].argmax(axis=1)


def train_test_split(X, y, rng, test_fraction=0.5):
    """Shuffle the rows and return (X_train, y_train, X_test, y_test).

    Source: lessons/01_perceptron, "A machine from 1958".

    >>> parts = train_test_split(range(5), range(5), np.random.default_rng(0))
    >>> [len(part) for part in parts]
    [3, 3, 2, 2]
    """
    where, X, y = "train_test_split", np.asarray(X), np.asarray(y)
    n = len(X)
    n_test = round(n * as_number(where, "test_fraction", test_fraction))
    if len(y) != n:
        raise ValueError(
            f"{where}: X has {n} rows, y has {len(y)}.\n"
            "  Needed: one label for each row.\n"
            "  Hint: were both filtered in the same way?"
        )
    if not 0 < n_test < n:
        raise ValueError(
            f"{where}: test_fraction {test_fraction} sets {n_test} of {n} "
            "rows aside.\n"
            "  Needed: at least one row on each side.\n"
            "  Hint: test_fraction lies between 0 and 1, such as 0.5."
        )
    order = as_generator(where, rng).permutation(n)
    test, train = order[:n_test], order[n_test:]
    return X[train], y[train], X[test], y[test]


def _noise(where, rng, deviation, shape):
    deviation = as_number(where, "noise", deviation)
    if deviation < 0:
        raise ValueError(
            f"{where}: noise is {deviation}.\n"
            "  Needed: a standard deviation, 0 or above.\n"
            "  Hint: 0 draws the points exactly; 0.1 is a little noise."
        )
    return deviation * as_generator(where, rng).standard_normal(shape)
