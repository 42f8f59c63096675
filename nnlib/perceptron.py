"""The perceptron: a weighted sum, a threshold, and one rule.

It adds up its inputs, each times a weight, and says 1 if the sum is at least
0. It learns from its mistakes alone: each one is added to the weights, or
taken from them, and a right answer changes nothing. Rosenblatt built it in
1958; everything in the later lessons is an answer to what it could not do.

    z = x w + b        y_hat = 1 if z >= 0 else 0

Everywhere below, X has shape (n, n_in), one sample x a row; y has shape (n,),
labels 0 or 1; w has shape (n_in,); b is one number; learning_rate is above 0.
Other shapes raise ShapeError; a value that is not finite or not of its kind
raises ValueError.
"""

import numpy as np

from nnlib.shapes import as_count, as_labels, as_number, as_numbers


def perceptron_predict(X, w, b):
    """Return 1 for each row of X with x w + b >= 0, and 0 for the others.

    Source: 01_perceptron, "A sum and a threshold"; Rosenblatt 1958.

    >>> perceptron_predict([[2.0, 1.0], [0.0, 1.0]], w=[1.0, -1.0], b=0.0)
    array([1, 0])
    """
    X, w, b = _looked_at("perceptron_predict", X, w, b)
    return (X @ w + b >= 0).astype(int)  # (n, n_in) @ (n_in,)


def perceptron_update(w, b, x, y, learning_rate):
    """Return (w, b) after one sample has been looked at: x, of label y.

    error = y - y_hat is 0 for a right answer, else +1 or -1:

        w + learning_rate error x,    b + learning_rate error

    The values are new; the arrays that were passed in stay as they are.

    Source: 01_perceptron, "One rule"; Rosenblatt 1958.

    >>> perceptron_update(np.zeros(2), 0.0, [1.0, 2.0], y=0, learning_rate=1)
    (array([-1., -2.]), -1.0)
    """
    where = "perceptron_update"
    w = as_numbers(where, "w", w, n_in=None)
    x = as_numbers(where, "x", x, n_in=len(w))
    b = as_number(where, "b", b)
    y = as_labels(where, "y", y)
    rate = as_number(where, "learning_rate", learning_rate, positive=True)
    error = int(y) - int(x @ w + b >= 0)
    return w + rate * error * x, b + rate * error


def fit_perceptron(X, y, epochs, learning_rate):
    """Train from zero weights: every row in order, epoch after epoch.

    Return (w, b, mistakes): mistakes[e] counts the updates in epoch e. There
    are at most `epochs` of them; one without a mistake is the last.

    Source: 01_perceptron, "One rule"; Rosenblatt 1958.

    >>> fit_perceptron([[1.0], [-1.0]], [1, 0], epochs=9, learning_rate=1)
    (array([1.]), -1.0, [1, 0])
    """
    where = "fit_perceptron"
    X = as_numbers(where, "X", X, n=None, n_in=None)
    y = as_labels(where, "y", y, n=len(X))
    epochs = as_count(where, "epochs", epochs)
    rate = as_number(where, "learning_rate", learning_rate, positive=True)
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    while len(mistakes) < epochs and 0 not in mistakes:
        count = 0
        for x, label in zip(X, y, strict=True):
            before = b
            w, b = perceptron_update(w, b, x, label, rate)
            count += b != before  # the bias moves with every mistake
        mistakes.append(count)
    return w, b, mistakes


def next_mistake(X, y, w, b, start=0):
    """Return the index of the first misread row, from `start` on and round.

    If every row is read right, return None.

    Source: 01_perceptron, "Step through it".

    >>> next_mistake([[1.0], [-1.0], [2.0]], [1, 0, 0], w=[1.0], b=0.0)
    2
    """
    X, w, b = _looked_at("next_mistake", X, w, b)
    y = as_labels("next_mistake", "y", y, n=len(X))
    if not isinstance(start, int | np.integer):
        raise ValueError(
            f"next_mistake: start is {start!r}.\n"
            "  Needed: the number of a row, 0 for the first.\n"
            "  Hint: the row after the last mistake, or leave start out."
        )
    wrong = np.flatnonzero((X @ w + b >= 0) != (y == 1))
    if len(wrong) == 0:
        return None
    ahead = wrong[wrong >= start]
    return int(ahead[0] if len(ahead) else wrong[0])


def margin(X, y, w, b):
    """Return the distance of the line's closest call, negative if misread.

    The bias counts as a weight whose input is always 1, so with x' = (x, 1)
    and w' = (w, b), and s = +1 for label 1, -1 for label 0:

        margin = min over i of s_i (x'_i w') / |w'|

    It has the units of X. If w and b are all 0 there is no line: ValueError.

    Source: 01_perceptron, "Why it must stop"; Novikoff 1962.

    >>> margin([[3.0], [-5.0]], [1, 0], w=[1.0], b=0.0)
    3.0
    """
    return _margin("margin", X, y, w, b)


def mistake_bound(X, y, w, b):
    """Return (R / margin)^2: no perceptron makes more mistakes on X and y.

    w and b are any weights that read every row right, found in any way; if
    they misread one, that is a ValueError. R is the length of the longest row
    of (X, 1). The bound holds for training from zero weights, for every order
    of the rows and every learning rate.

    Source: 01_perceptron, "Why it must stop"; Novikoff 1962.

    >>> mistake_bound([[2.0], [-2.0]], [1, 0], w=[1.0], b=0.0)
    1.25
    """
    closest = _margin("mistake_bound", X, y, w, b)
    if closest <= 0:
        raise ValueError(
            f"mistake_bound: the margin of w and b is {closest:.3g}.\n"
            "  Needed: weights that read every row of X right, with room.\n"
            "  Hint: if no such weights exist, no bound does either, and the "
            "perceptron never stops."
        )
    longest_squared = np.max(np.sum(np.square(X), axis=1)) + 1
    return float(longest_squared / closest**2)


def nand_weights():
    """Return (w, b) of a perceptron that computes NAND of two inputs.

    z = 3 - 2 x1 - 2 x2 is at least 0 unless both inputs are 1.

    Source: 01_perceptron, "One line is not enough"; McCulloch and Pitts 1943.

    >>> w, b = nand_weights()
    >>> perceptron_predict([[0, 0], [0, 1], [1, 0], [1, 1]], w, b)
    array([1, 1, 1, 0])
    """
    return np.array([-2.0, -2.0]), 3.0


def xor_from_nand(x1, x2, nand):
    """Return x1 XOR x2, 1 if exactly one is 1, from four calls of `nand`.

    Source: 01_perceptron, "One line is not enough"; Sheffer 1913.

    >>> xor_from_nand(1, 0, nand=lambda a, b: 1 - a * b)
    1
    """
    not_both = nand(x1, x2)
    return nand(nand(x1, not_both), nand(not_both, x2))


def _looked_at(where, X, w, b):
    w = as_numbers(where, "w", w, n_in=None)
    X = as_numbers(where, "X", X, n=None, n_in=len(w))
    return X, w, as_number(where, "b", b)


def _margin(where, X, y, w, b):
    X, w, b = _looked_at(where, X, w, b)
    side = 2 * as_labels(where, "y", y, n=len(X)) - 1
    length = np.sqrt(w @ w + b * b)
    if length == 0:
        raise ValueError(
            f"{where}: w and b are all 0.\n"
            "  Needed: weights that draw a line.\n"
            "  Hint: train first; fit_perceptron returns w and b."
        )
    return float(np.min(side * (X @ w + b)) / length)
