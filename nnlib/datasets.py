"""Things to learn from: points on a plane, and handwritten digits.

Each function returns X, one sample a row, and y, one whole number a row that
names its class. Points are drawn with the `rng` that is passed in: the same
generator in the same state gives the same points.
"""

import numpy as np

from nnlib.shapes import as_count, as_number


def blobs(n, rng, distance=4.0):
    """Two round clouds of points with spread 1, one for each class.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    distance : float
        From the centre of one cloud to the centre of the other.

    Returns
    -------
    (X, y) : ndarray of shape (n, 2), ndarray of int, shape (n,)
        The classes take turns: y is 0, 1, 0, 1, ...

    Source: lessons/01_perceptron, "Step through it".

    >>> X, y = blobs(5, np.random.default_rng(0))
    >>> X.shape, y
    ((5, 2), array([0, 1, 0, 1, 0]))
    """
    y = _labels("blobs", n)
    centre = as_number("blobs", "distance", distance) / np.sqrt(8)
    X = (2 * y[:, np.newaxis] - 1) * centre
    return X + _noise("blobs", rng, 1.0, (len(y), 2)), y


def moons(n, rng, noise=0.1):
    """Two half circles that reach into one another.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    noise : float
        Standard deviation of what is added to every coordinate.

    Returns
    -------
    (X, y) : ndarray of shape (n, 2), ndarray of int, shape (n,)

    Source: used from lesson 02 on; after scikit-learn's make_moons.

    >>> X, y = moons(4, np.random.default_rng(0), noise=0)
    >>> X.shape, y
    ((4, 2), array([0, 1, 0, 1]))
    """
    y = _labels("moons", n)
    angle = _uniform("moons", rng, 0, np.pi, len(y))
    sign = 1 - 2 * y
    X = np.column_stack(
        [sign * np.cos(angle) + y - 0.5, sign * np.sin(angle) + y / 2 - 0.25]
    )
    return X + _noise("moons", rng, noise, X.shape), y


def circles(n, rng, noise=0.05, inner=0.5):
    """A circle of radius 1 (class 0) around a smaller one (class 1).

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    noise : float
        Standard deviation of what is added to every coordinate.
    inner : float
        Radius of the smaller circle.

    Returns
    -------
    (X, y) : ndarray of shape (n, 2), ndarray of int, shape (n,)

    Source: used from lesson 02 on; after scikit-learn's make_circles.

    >>> X, y = circles(4, np.random.default_rng(0), noise=0)
    >>> np.hypot(X[:, 0], X[:, 1]).round(3)
    array([1. , 0.5, 1. , 0.5])
    """
    y = _labels("circles", n)
    angle = _uniform("circles", rng, 0, 2 * np.pi, len(y))
    radius = np.where(y == 1, as_number("circles", "inner", inner), 1.0)
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X + _noise("circles", rng, noise, X.shape), y


def xor(n, rng, noise=0.1):
    """Points around the corners of a square; opposite corners share a class.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    noise : float
        Standard deviation of what is added to every coordinate.

    Returns
    -------
    (X, y) : ndarray of shape (n, 2), ndarray of int, shape (n,)
        Corners take turns: (0, 0), (0, 1), (1, 1), (1, 0), (0, 0), ...

    Source: lessons/01_perceptron, "One line is not enough".

    >>> X, y = xor(4, np.random.default_rng(0), noise=0)
    >>> X.astype(int).tolist(), y
    ([[0, 0], [0, 1], [1, 1], [1, 0]], array([0, 1, 0, 1]))
    """
    y = _labels("xor", n)
    corner = np.arange(len(y)) % 4
    X = np.array([[0.0, 0], [0, 1], [1, 1], [1, 0]])[corner]
    return X + _noise("xor", rng, noise, X.shape), y


def spirals(n, rng, noise=0.02, turns=1.5):
    """Two spirals that wind around one another.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    noise : float
        Standard deviation of what is added to every coordinate.
    turns : float
        How often each spiral goes round.

    Returns
    -------
    (X, y) : ndarray of shape (n, 2), ndarray of int, shape (n,)
        All within distance 1 of the middle, but for the noise.

    Source: used from lesson 02 on; Lang and Witbrock 1988.

    >>> X, y = spirals(100, np.random.default_rng(0), noise=0)
    >>> bool(np.hypot(X[:, 0], X[:, 1]).max() <= 1)
    True
    """
    y = _labels("spirals", n)
    turns = as_number("spirals", "turns", turns, positive=True)
    # The square root spreads the points evenly along the arms.
    radius = np.sqrt(_uniform("spirals", rng, 0.01, 1, len(y)))
    angle = 2 * np.pi * turns * radius + np.pi * y
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X + _noise("spirals", rng, noise, X.shape), y


def digits(classes=range(10)):
    """Handwritten digits, 8 x 8 pixels, bundled with scikit-learn.

    Parameters
    ----------
    classes : sequence of int
        Which digits, each once.

    Returns
    -------
    (X, y) : ndarray of shape (n, 64), ndarray of int, shape (n,)
        Pixels from 0 (paper) to 1 (ink), row by row. y[i] is the place of
        the digit in `classes`: for all ten, the digit itself.

    Raises
    ------
    ValueError
        If a class is not a digit, or stands there twice.

    Source: lessons/01_perceptron; Alpaydin and Kaynak 1998, "Optical
    recognition of handwritten digits", UCI repository: its 1797 test images.

    >>> X, y = digits(classes=(3, 8))
    >>> X.shape, np.bincount(y)
    ((357, 64), array([183, 174]))
    """
    known = np.ndim(classes) == 1 and set(classes) <= set(range(10))
    if not known or not 0 < len(set(classes)) == len(classes):
        raise ValueError(
            f"digits: classes is {classes}.\n"
            "  Needed: digits from 0 to 9, each at most once.\n"
            "  Hint: digits(classes=(3, 8)) tells threes from eights."
        )
    # Importing scikit-learn takes half a second: only those wait who use it.
    from sklearn.datasets import load_digits

    bunch = load_digits()
    matches = bunch.target[:, np.newaxis] == np.array(classes)
    chosen = matches.any(axis=1)
    return bunch.data[chosen] / 16, matches[chosen].argmax(axis=1)


def train_test_split(X, y, rng, test_fraction=0.5):
    """Shuffle the rows and set a part of them aside, to be tested on.

    Parameters
    ----------
    X : ndarray, shape (n, ...)
    y : ndarray, shape (n,)
    rng : numpy.random.Generator
    test_fraction : float
        Between 0 and 1.

    Returns
    -------
    (X_train, y_train, X_test, y_test)

    Raises
    ------
    ValueError
        If X and y differ in length, or one of the two parts would be empty.

    Source: lessons/01_perceptron, "A machine from 1958".

    >>> X, y = np.arange(10), np.arange(10) % 2
    >>> parts = train_test_split(X, y, np.random.default_rng(0), 0.3)
    >>> [len(part) for part in parts]
    [7, 7, 3, 3]
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
    order = _generator(where, rng).permutation(n)
    test, train = order[:n_test], order[n_test:]
    return X[train], y[train], X[test], y[test]


def _labels(where, n):
    return np.arange(as_count(where, "n", n)) % 2


def _uniform(where, rng, low, high, n):
    return _generator(where, rng).uniform(low, high, n)


def _noise(where, rng, deviation, shape):
    deviation = as_number(where, "noise", deviation)
    if deviation < 0:
        raise ValueError(
            f"{where}: noise is {deviation}.\n"
            "  Needed: a standard deviation, 0 or above.\n"
            "  Hint: 0 draws the points exactly; 0.1 is a little noise."
        )
    return deviation * _generator(where, rng).standard_normal(shape)


def _generator(where, rng):
    """Return `rng`, or say what it should have been."""
    if isinstance(rng, np.random.Generator):
        return rng
    raise ValueError(
        f"{where}: rng is {rng!r}.\n"
        "  Needed: a numpy random Generator.\n"
        "  Hint: make one, rng = np.random.default_rng(0), and pass it to "
        "every call."
    )
