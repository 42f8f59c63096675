"""Lesson 03: right answers, and the wrong ones that readers give.

Here a loss returns its value alone. A wrong answer may be wrong and unstable
at once, so most mistakes are tried with several ways to get from scores to
surprises, of which one alone survives scores of 1000.
"""

import numpy as np

from nnlib import losses as right
from nnlib.activations import sigmoid, softmax
from nnlib.checks.exercise import (
    SILENCE,
    Exercise,
    Mistake,
    Refused,
    eighths,
    returned_and_warned,
)

SHEET = "03_losses"
# Scores are subtracted from their own logarithms: float32 loses a digit.
FROM_SCORES = 1e-4
TINY = (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16)


def _value(answer, *arguments):
    """Return the value and what numpy said of it; refuse (value, gradient).

    What is not finite speaks for itself, whatever numpy said on the way.
    """
    result, said = returned_and_warned(answer, *arguments)
    if isinstance(result, tuple | list) and len(result) == 2:
        shapes = [getattr(part, "shape", ()) for part in result]
        if shapes == [(), arguments[0].shape] != [(), ()]:
            raise Refused(
                "It returned two things, a number and an array. nnlib's own "
                "losses return (value, gradient) like that; here the value "
                "alone is asked for. The gradient's turn comes in lesson 6."
            )
    return result, said if _is_finite(result) else SILENCE


def _is_finite(result):
    try:
        return bool(np.isfinite(np.asarray(result, dtype=float)).all())
    except (TypeError, ValueError):
        return True


def _means(ways, change):
    """Return the wrong answer change(f) for each way f to get the entries."""
    return tuple(change(way) for way in ways)


# What goes wrong after the entries have been computed, and before.

SUM = (
    "the sum was returned, not the mean.",
    "Think of a batch with every sample in it twice: should the loss be "
    "twice as large?",
)
HALF_SUM = (
    "half of the sum was returned.",
    "Two things to change: what does the loss do when the batch grows, and "
    "where does the half come from?",
)
HALF = (
    "half of the mean was returned.",
    "Some books put a factor 1/2 in front, to make the slope look nicer. "
    "Here the loss is the plain mean.",
)
BASE_2 = (
    "the logarithm has base 2: the loss is in bits.",
    "Losses are in nats here. Which logarithm is numpy's log?",
)
PAIRS = (
    "every prediction was compared with every target, (n, 1) against (n,), "
    "and numpy made (n, n) of it.",
    "Print the shape of the array just before you take its mean. How many "
    "entries should it have?",
)
ENTRIES = (
    "one number for each entry or sample was returned.",
    "A loss is one number. How do you get from these to one?",
)
SIGN = (
    "the sign is turned round: the worse the answer, the lower the loss.",
    "The logarithm of a probability is negative; a loss is not.",
)


def _reduced(ways):
    """Return the mistakes that any mean of entries(first, second) can have.

    The first two ways are the likely ones: recognising takes time.
    """
    likely = ways[:2]

    def pairs(f):
        return lambda a, b, *v: np.mean(f(a, b[:, np.newaxis], *v))

    def raveled(f):
        return lambda a, b, *v: np.mean(f(a.reshape(-1, 1), b.reshape(-1), *v))

    return (
        Mistake(*SUM, _means(ways, lambda f: lambda *v: np.sum(f(*v)))),
        Mistake(*PAIRS, (*_means(likely, pairs), *_means(likely, raveled))),
        Mistake(*HALF, _means(likely, lambda f: lambda *v: f(*v).mean() / 2)),
        Mistake(
            *HALF_SUM, _means(likely, lambda f: lambda *v: f(*v).sum() / 2)
        ),
        Mistake(
            "the sum over all entries was divided by the number of rows.",
            "The mean is taken over all entries, rows and columns alike.",
            _means(likely, lambda f: lambda *v: f(*v).sum() / len(v[0])),
        ),
        Mistake(
            "the mean was taken along one axis alone.",
            "One number is asked for, whatever the shape. What does np.mean "
            "do when it is told no axis?",
            (
                lambda *v: ways[0](*v).mean(axis=0),
                lambda *v: ways[0](*v).mean(axis=-1),
            ),
        ),
        Mistake(*ENTRIES, _means(likely, lambda f: f)),
    )


# --- mean_squared_error -----------------------------------------------------


def mean_squared_error(Y_hat, Y):
    """Return the mean of (Y_hat - Y)^2 over all entries."""
    return right.mean_squared_error(Y_hat, Y)[0]


def _number_cases(rng):
    """Predictions and targets; first two errors, of opposite sign."""
    cases = [
        (np.array([0.5, 3.0]), np.array([2.0, rng.choice([-1.0, 1.0])])),
        (np.array([2.5]), np.array([-0.5])),
    ]
    for shape in [(3, 1), (1, 3), (4, 3)]:
        cases.append((eighths(rng, *shape), eighths(rng, *shape)))
    scale = 2.0**10
    cases.append((eighths(rng, 5, 1) * scale, eighths(rng, 5, 1) * scale))
    return cases


def _square(Y_hat, Y):
    return (Y_hat - Y) ** 2


MEAN_SQUARED_ERROR = Exercise(
    reference=mean_squared_error,
    sheet=SHEET,
    outputs=("loss", "numpy's warning"),
    cases=_number_cases,
    look=_value,
    mistakes=(
        *_reduced((_square,)),
        Mistake(
            "the root of the mean squared error was returned.",
            "The root has the unit of the data, which is nice to report; the "
            "loss is the mean itself.",
            (lambda Y_hat, Y: np.sqrt(np.mean((Y_hat - Y) ** 2)),),
        ),
        Mistake(
            "the errors were not squared; their distances were averaged.",
            "An error of 2 should cost four times as much as an error of 1.",
            (lambda Y_hat, Y: np.mean(np.abs(Y_hat - Y)),),
        ),
        Mistake(
            "errors of opposite sign cancel out.",
            "One error of +3 and one of -3: is that a perfect prediction? "
            "What comes first, the square or the mean?",
            (
                lambda Y_hat, Y: np.mean(Y_hat - Y) ** 2,
                lambda Y_hat, Y: np.mean(Y_hat - Y),
                lambda Y_hat, Y: np.mean(Y - Y_hat),
                lambda Y_hat, Y: np.abs(np.mean(Y - Y_hat)),
                lambda Y_hat, Y: np.sum(Y_hat - Y) ** 2 / Y.size,
            ),
        ),
        Mistake(
            "the squares were subtracted, not the numbers.",
            "Which comes first in (a - b)^2?",
            (
                lambda Y_hat, Y: np.mean(Y_hat**2 - Y**2),
                lambda Y_hat, Y: np.mean(Y**2 - Y_hat**2),
            ),
        ),
    ),
)


# --- binary_cross_entropy ---------------------------------------------------


def binary_cross_entropy(Z, y):
    """Return the mean of -log(probability of y), from scores."""
    return right.binary_cross_entropy(Z, y)[0]


def _binary_cases(rng):
    """Two scores, extreme ones, and batches with both labels in them."""
    far = float(rng.choice([1000.0, 1200.0]))
    cases = [
        (np.array([2.0, rng.choice([0.5, -1.0])]), np.array([1, 0])),
        (np.array([far]), np.array([0])),
        (np.array([-far]), np.array([1])),
        (np.array([far, -far]), np.array([1, 0])),
    ]
    for shape in [(3, 1), (1, 3), (4, 3)]:
        y = np.zeros(shape, dtype=int)
        y.flat[: y.size // 2 + 1] = 1
        cases.append((eighths(rng, *shape), rng.permuted(y)))
    return cases


def _p(Z):
    """The sigmoid as it is written at first."""
    return 1 / (1 + np.exp(-Z))


def _stable(Z, y):
    return np.logaddexp(0, Z) - y * Z


def _from_p(Z, y):
    p = sigmoid(Z)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def _from_chosen_p(Z, y):
    p = sigmoid(Z)
    return -np.log(np.where(y == 1, p, 1 - p))


def _from_chosen_naive_p(Z, y):
    p = _p(Z)
    return -np.log(np.where(y == 1, p, 1 - p))


def _from_softplus(Z, y):
    return np.log(1 + np.exp(Z)) - y * Z


def _from_both_softplus(Z, y):
    return y * np.log(1 + np.exp(-Z)) + (1 - y) * np.log(1 + np.exp(Z))


def _from_signed_softplus(Z, y):
    return np.log(1 + np.exp(np.where(y == 1, -Z, Z)))


def _from_chosen_softplus(Z, y):
    return np.where(y == 1, np.log(1 + np.exp(-Z)), np.log(1 + np.exp(Z)))


def _plus_yz(Z, y):
    return np.logaddexp(0, Z) + y * Z


def _naive_plus_yz(Z, y):
    return np.log(1 + np.exp(Z)) + y * Z


_UNSTABLE = (
    _from_p,
    _from_softplus,
    _from_chosen_p,
    _from_chosen_naive_p,
    _from_both_softplus,
    _from_signed_softplus,
    _from_chosen_softplus,
)
_BINARY = (_stable, *_UNSTABLE)
_COMMON = _BINARY[:4]  # the usual ways to write it


def _clipped(tiny):
    def clipped(Z, y):
        p = np.clip(sigmoid(Z), tiny, 1 - tiny)
        return np.mean(-(y * np.log(p) + (1 - y) * np.log(1 - p)))

    return clipped


def _added(tiny):
    def added(Z, y):
        p = sigmoid(Z)
        return np.mean(
            -(y * np.log(p + tiny) + (1 - y) * np.log(1 - p + tiny))
        )

    return added


def _both_branches(Z, y):
    softplus = np.where(
        Z > 0, Z + np.log(1 + np.exp(-Z)), np.log(1 + np.exp(Z))
    )
    return np.mean(softplus - y * Z)


BINARY_CROSS_ENTROPY = Exercise(
    reference=binary_cross_entropy,
    sheet=SHEET,
    outputs=("loss", "numpy's warning"),
    cases=_binary_cases,
    look=_value,
    relative=FROM_SCORES,
    mistakes=(
        Mistake(
            "it is right for usual scores, and breaks where the sigmoid is "
            "rounded to 0 or 1, or exp overflows.",
            "Try one score of 1000. Which number in your formula gets too "
            "large, or is rounded, and what could be taken out of it first?",
            _means(_UNSTABLE, lambda f: lambda Z, y: np.mean(f(Z, y))),
        ),
        Mistake(
            "the probability was kept away from 0 and 1 by a tiny number, so "
            "that very wrong scores all cost the same.",
            "The loss of a score of 1000 with label 0 is 1000. Where does "
            "your formula lose it: before the logarithm, or after?",
            (*map(_added, TINY), *map(_clipped, TINY[:2])),
        ),
        Mistake(
            "the value is right, but numpy computed both branches of a "
            "np.where, and one of them overflows.",
            "np.where chooses between two arrays that are already there. "
            "Which exponent would be safe for both signs of the score?",
            (_both_branches,),
        ),
        Mistake(
            *BASE_2,
            _means(
                _BINARY,
                lambda f: lambda Z, y: np.mean(f(Z, y)) / np.log(2),
            ),
        ),
        *_reduced(_COMMON),
        Mistake(
            *SIGN,
            _means(_COMMON, lambda f: lambda Z, y: -np.mean(f(Z, y))),
        ),
        Mistake(
            "the labels are exchanged: a high score counts as class 0.",
            "Which probability belongs to y = 1, sigmoid(z) or 1 - "
            "sigmoid(z)?",
            _means(_COMMON, lambda f: lambda Z, y: np.mean(f(Z, 1 - y))),
        ),
        Mistake(
            "samples of class 0 cost nothing.",
            "A neuron that always says 1 would be perfect. What does it pay "
            "where the label is 0?",
            (
                lambda Z, y: np.mean(y * np.logaddexp(0, -Z)),
                lambda Z, y: -np.mean(y * np.log(sigmoid(Z))),
                lambda Z, y: np.mean(y * np.log(1 + np.exp(-Z))),
            ),
        ),
        Mistake(
            "y z was added where it has to be taken away.",
            "A high score with label 1 is right, and should cost little.",
            _means(
                (_plus_yz, _naive_plus_yz), lambda f: lambda *v: np.mean(f(*v))
            ),
        ),
        Mistake(
            "the labels play no part: log(1 + exp(z)) alone was returned.",
            "What has to be taken away from it where the label is 1?",
            (
                lambda Z, y: np.mean(np.logaddexp(0, Z)),
                lambda Z, y: np.mean(np.log(1 + np.exp(Z))),
            ),
        ),
        Mistake(
            "this is the formula for labels -1 and +1.",
            "Put y = 0 into it. Does the score still matter?",
            (
                lambda Z, y: np.mean(np.logaddexp(0, -y * Z)),
                lambda Z, y: np.mean(np.log(1 + np.exp(-y * Z))),
            ),
        ),
        Mistake(
            "this is the squared error of the probability.",
            "It never exceeds 1, so it cannot shout. What is the surprise of "
            "a probability p?",
            (
                lambda Z, y: np.mean((sigmoid(Z) - y) ** 2),
                lambda Z, y: np.mean((_p(Z) - y) ** 2),
            ),
        ),
        Mistake(
            "the scores were taken for probabilities.",
            "Z goes from minus to plus infinity. What makes a probability of "
            "a score?",
            (
                lambda Z, y: np.mean(
                    -(y * np.log(Z) + (1 - y) * np.log(1 - Z))
                ),
                lambda Z, y: np.mean(-np.log(np.where(y == 1, Z, 1 - Z))),
            ),
        ),
    ),
)


# --- softmax ----------------------------------------------------------------


def _scores(rng, *shape):
    """Return scores without a tie, which would hide the highest of a row."""
    return eighths(rng, *shape) + rng.permutation(shape[1]) / 64


def _softmax_cases(rng):
    """Two samples, one, extreme ones, and batches of two shapes."""
    far = float(rng.choice([1000.0, 1200.0]))
    arrays = [
        _scores(rng, 2, 3),
        _scores(rng, 1, 2),
        np.array([[far, far - 1.0]]),
        np.array([[-far, 1.0 - far, -far]]),
        np.array([[far, 0.0, -far], [-far, 1.0 - far, -far]]),
        _scores(rng, 5, 2),
        _scores(rng, 3, 6),
    ]
    return [(Z,) for Z in arrays]


def _shares(E, axis=-1):
    return E / E.sum(axis=axis, keepdims=True)


def _shifted(Z, axis=-1):
    return Z - Z.max(axis=axis, keepdims=True)


def _naive_softmax(Z):
    return _shares(np.exp(Z))


SOFTMAX = Exercise(
    reference=softmax,
    sheet=SHEET,
    outputs=("P", "numpy's warning"),
    cases=_softmax_cases,
    look=_value,
    mistakes=(
        Mistake(
            "no shift: exp overflows, or all of a row is rounded to 0, where "
            "the scores are large.",
            "Adding the same number to all scores of a row changes nothing. "
            "Which number would make the largest of them harmless?",
            (
                _naive_softmax,
                lambda Z: _shares(np.exp(Z - Z.mean(axis=1, keepdims=True))),
                lambda Z: _shares(np.exp(Z - Z.min(axis=1, keepdims=True))),
            ),
        ),
        Mistake(
            "the largest score of the whole array was subtracted, so that a "
            "row far below it is rounded to 0.",
            "Each row may be shifted by a number of its own.",
            (lambda Z: _shares(np.exp(Z - Z.max())),),
        ),
        Mistake(
            "the columns add up to 1, not the rows: the wrong axis.",
            "Rows are samples. Along which axis do the scores of one sample "
            "lie?",
            (
                lambda Z: _shares(np.exp(_shifted(Z, 0)), 0),
                lambda Z: _shares(np.exp(Z), 0),
                lambda Z: _shares(np.exp(Z - Z.max()), 0),
                lambda Z: _shares(np.exp(_shifted(Z)), 0),
            ),
        ),
        Mistake(
            "the whole array adds up to 1, not every row.",
            "Each sample has its own probabilities. What does sum do when it "
            "is told no axis?",
            (
                lambda Z: np.exp(Z - Z.max()) / np.exp(Z - Z.max()).sum(),
                lambda Z: np.exp(_shifted(Z)) / np.exp(_shifted(Z)).sum(),
                lambda Z: np.exp(Z) / np.exp(Z).sum(),
            ),
        ),
        Mistake(
            "the shares are missing: the rows do not add up to 1.",
            "exp makes every score positive. What makes probabilities of "
            "them?",
            (lambda Z: np.exp(_shifted(Z)), np.exp),
        ),
        Mistake(
            "the scores are shifted above the line of the fraction and not "
            "below it.",
            "The shift cancels out only if the same scores stand in both "
            "places.",
            (
                lambda Z: (
                    np.exp(_shifted(Z)) / np.exp(Z).sum(axis=1, keepdims=True)
                ),
            ),
        ),
        Mistake(
            "shares of the scores were taken, without exp.",
            "A score may be negative, a probability may not. What comes "
            "first?",
            (
                _shares,
                lambda Z: _shares(_shifted(Z)),
                lambda Z: _shares(np.abs(Z)),
            ),
        ),
        Mistake(
            "powers of 2 were taken where powers of e are meant.",
            "Scores are logarithms in nats. Which function undoes numpy's "
            "log?",
            (lambda Z: _shares(np.exp2(_shifted(Z))),),
        ),
        Mistake(
            "the sign of the scores is turned round: the highest score gets "
            "the lowest probability.",
            "Which is larger, exp(2) or exp(-2)?",
            (
                lambda Z: _shares(np.exp(_shifted(-Z))),
                lambda Z: _shares(np.exp(-Z)),
                lambda Z: _shares(np.exp(Z.max(axis=1, keepdims=True) - Z)),
            ),
        ),
        Mistake(
            "every score went through a sigmoid of its own.",
            "Do the numbers of a row add up to 1? Here the classes compete.",
            (sigmoid, _p, lambda Z: _shares(sigmoid(Z))),
        ),
        Mistake(
            "the logarithms of the probabilities were returned.",
            "Probabilities lie between 0 and 1.",
            (
                lambda Z: (
                    _shifted(Z)
                    - np.log(np.exp(_shifted(Z)).sum(axis=1, keepdims=True))
                ),
                lambda Z: np.log(softmax(Z)),
                lambda Z: np.log(_naive_softmax(Z)),
            ),
        ),
        Mistake(
            "all of the probability went to the highest score.",
            "That is the hard maximum. The soft one leaves something for the "
            "others.",
            (lambda Z: np.eye(Z.shape[1])[Z.argmax(axis=1)],),
        ),
    ),
)


# --- cross_entropy ----------------------------------------------------------


def cross_entropy(Z, y):
    """Return the mean of -log(probability of class y), from scores."""
    return right.cross_entropy(Z, y)[0]


def _class_cases(rng):
    """As for softmax; the first sample's class has its lowest score."""
    far = float(rng.choice([1000.0, 1200.0]))
    cases = [
        (np.array([[far, 0.0]]), np.array([0])),
        (np.array([[far, 0.0]]), np.array([1])),
        (np.array([[-far, 1.0 - far]]), np.array([0])),
        (
            np.array([[1.0, far, -far], [-far, 1.0 - far, -far]]),
            np.array([2, 1]),
        ),
    ]
    batches = []
    for shape in [(2, 3), (1, 2), (5, 2), (3, 6)]:
        Z = _scores(rng, *shape)
        y = rng.integers(0, shape[1], shape[0])
        y[0] = Z[0].argmin()
        batches.append((Z, y))
    return [*batches[:2], *cases, *batches[2:]]


def _log_p(Z, axis=-1):
    Z = _shifted(Z, axis)
    return Z - np.log(np.exp(Z).sum(axis=axis, keepdims=True))


def _log_of_softmax(Z, axis=-1):
    return np.log(_shares(np.exp(_shifted(Z, axis)), axis))


def _log_of_picked(Z, axis=-1):
    """As if only the logarithms that are used were taken: no warning."""
    with np.errstate(divide="ignore"):
        return _log_of_softmax(Z, axis)


def _log_of_naive(Z, axis=-1):
    return np.log(_shares(np.exp(Z), axis))


def _naive_log_p(Z, axis=-1):
    return Z - np.log(np.exp(Z).sum(axis=axis, keepdims=True))


def _log_of_global(Z, axis=-1):
    return np.log(_shares(np.exp(Z - Z.max()), axis))


def _log_of_picked_global(Z, axis=-1):
    with np.errstate(divide="ignore"):
        return _log_of_global(Z, axis)


def _global_log_p(Z, axis=-1):
    return _naive_log_p(Z - Z.max(), axis)


_NO_SHIFT = (_log_of_naive, _naive_log_p)
_ROUNDED = (_log_of_softmax, _log_of_picked)
_GLOBAL = (_log_of_global, _log_of_picked_global, _global_log_p)
_LOGS = (_log_p, _log_of_picked, *_NO_SHIFT, _log_of_softmax)
_LIKELY = _LOGS[:3]


def _picked(table, y):
    """Return the entry of each row that y names."""
    return table[np.arange(len(y)), y]


def _tiny_added(tiny):
    return lambda Z, y: -np.mean(np.log(_picked(softmax(Z), y) + tiny))


def _tiny_clipped(tiny):
    return lambda Z, y: (
        -np.mean(np.log(np.maximum(_picked(softmax(Z), y), tiny)))
    )


def _of_logs(change, ways=_LOGS):
    """Return change(log_p) for several ways to get log probabilities."""
    return _means(ways, change)


CROSS_ENTROPY = Exercise(
    reference=cross_entropy,
    sheet=SHEET,
    outputs=("loss", "numpy's warning"),
    cases=_class_cases,
    look=_value,
    relative=FROM_SCORES,
    mistakes=(
        Mistake(
            "no shift: exp overflows, or a whole row is rounded to 0, where "
            "the scores are large.",
            "Only differences of scores count. What could be subtracted from "
            "a row before exp sees it?",
            _means(
                _NO_SHIFT, lambda f: lambda Z, y: -np.mean(_picked(f(Z), y))
            ),
        ),
        Mistake(
            "the logarithm was taken of a probability that had been rounded "
            "to 0.",
            "log(exp(a) / sum) can be written as a difference, in which the "
            "tiny quotient never appears.",
            (
                *_means(
                    _ROUNDED,
                    lambda f: lambda Z, y: -np.mean(_picked(f(Z), y)),
                ),
                lambda Z, y: (
                    -np.sum(np.eye(Z.shape[1])[y] * _log_of_softmax(Z))
                    / len(y)
                ),
            ),
        ),
        Mistake(
            "the probability was kept away from 0 by a tiny number, so that "
            "very wrong scores all cost the same.",
            "The loss of the scores (1000, 0) with label 1 is 1000. Which "
            "form of the formula never leaves the logarithms?",
            (*map(_tiny_added, TINY), *map(_tiny_clipped, TINY[:2])),
        ),
        Mistake(
            "the largest score of the whole array was subtracted, so that a "
            "row far below it is rounded to 0.",
            "Each row may be shifted by a number of its own.",
            _means(_GLOBAL, lambda f: lambda Z, y: -np.mean(_picked(f(Z), y))),
        ),
        Mistake(
            *SUM, _of_logs(lambda f: lambda Z, y: -np.sum(_picked(f(Z), y)))
        ),
        Mistake(
            *BASE_2,
            _of_logs(
                lambda f: lambda Z, y: -np.mean(_picked(f(Z), y)) / np.log(2)
            ),
        ),
        Mistake(
            "the softmax was taken over the wrong axis: the samples compete, "
            "not the classes.",
            "Rows are samples. Along which axis do the scores of one sample "
            "lie?",
            _of_logs(lambda f: lambda Z, y: -np.mean(_picked(f(Z, 0), y))),
        ),
        Mistake(
            "the mean went over all classes too: it was divided by n times "
            "the number of classes.",
            "Each sample pays once, for the class that it is. By what is the "
            "sum to be divided?",
            _of_logs(
                lambda f: lambda Z, y: -np.sum(_picked(f(Z), y)) / Z.size
            ),
        ),
        Mistake(
            "every row was charged for the labels of all samples: an array "
            "of (n, n) was averaged.",
            "Z[:, y] takes whole columns. You want one entry from each row: "
            "row 0 with y[0], row 1 with y[1], and so on.",
            (
                *_of_logs(lambda f: lambda Z, y: -np.mean(f(Z)[:, y])),
                *_of_logs(
                    lambda f: lambda Z, y: -np.sum(f(Z)[:, y]) / len(y),
                    _LIKELY,
                ),
            ),
        ),
        Mistake(
            *SIGN,
            _of_logs(
                lambda f: lambda Z, y: np.mean(_picked(f(Z), y)), _LIKELY
            ),
        ),
        Mistake(
            *ENTRIES,
            _of_logs(lambda f: lambda Z, y: -_picked(f(Z), y), _LIKELY),
        ),
        Mistake(
            "half of the mean was returned.",
            "The factor 1/2 belongs to another loss, in other books.",
            _of_logs(
                lambda f: lambda Z, y: -np.mean(_picked(f(Z), y)) / 2, _LIKELY
            ),
        ),
        Mistake(
            "the labels play no part: the class with the highest score was "
            "taken for the right one.",
            "What a network believes is in Z. What happened is in y.",
            _of_logs(
                lambda f: lambda Z, y: -np.mean(f(Z).max(axis=1)), _LIKELY
            ),
        ),
        Mistake(
            "the score of the right class is missing: log(sum of exp) alone "
            "was returned.",
            "-log(exp(a) / s) has two parts.",
            (
                lambda Z, y: np.mean(Z.max(axis=1) - _log_p(Z).max(axis=1)),
                lambda Z, y: np.mean(np.log(np.exp(Z).sum(axis=1))),
            ),
        ),
        Mistake(
            "the mean of the probabilities was taken first, and then its "
            "logarithm.",
            "Surprises add up, so it is they that are averaged. Which comes "
            "first?",
            (
                lambda Z, y: -np.log(np.mean(_picked(softmax(Z), y))),
                lambda Z, y: -np.log(np.mean(_picked(_naive_softmax(Z), y))),
            ),
        ),
        Mistake(
            "the probabilities went through the softmax once more.",
            "The scores are in Z. How often do they have to become "
            "probabilities?",
            (lambda Z, y: -np.mean(_picked(_log_p(softmax(Z)), y)),),
        ),
        Mistake(
            "the scores were taken for probabilities.",
            "Z goes from minus to plus infinity. What makes probabilities of "
            "scores?",
            (lambda Z, y: -np.mean(np.log(_picked(Z, y))),),
        ),
    ),
)


# --- huber ------------------------------------------------------------------


def huber(Y_hat, Y, delta):
    """Return the mean of half squares that go on as straight lines."""
    return right.huber(Y_hat, Y, delta)[0]


def _huber_cases(rng):
    """Errors below, at and above delta on both sides, and delta not 1."""
    two = float(rng.choice([0.25, 2.0]))
    cases = [
        (np.array([-two * 4, two / 2]), np.array([0.0, 0.0]), two),
        (np.array([3.0]), np.array([0.0]), 1.0),
        (np.array([0.5, -0.25]), np.array([0.0, 0.0]), 1.0),
        (np.array([1.125, -1.0]), np.array([0.5, 3.0]), 0.5),
    ]
    for shape in [(3, 1), (4, 3)]:
        delta = float(rng.choice([0.5, 1.5, 2.0]))
        Y_hat, Y = eighths(rng, *shape), eighths(rng, *shape)
        Y_hat.flat[:3] = Y.flat[:3] + delta * np.array([2.0, -3.0, 0.5])
        cases.append((Y_hat, Y, delta))
    cases.append((eighths(rng, 6) * 1000, np.zeros(6), 2.0))
    return cases


def _pieces(inner, outer, inside=lambda e, delta: np.abs(e) <= delta):
    """Return the mean of inner(e, delta) and outer(e, delta)."""

    def loss(Y_hat, Y, delta):
        e = Y_hat - Y
        return np.mean(
            np.where(inside(e, delta), inner(e, delta), outer(e, delta))
        )

    return loss


def _half_square(e, delta):
    return e**2 / 2


def _line(e, delta):
    return delta * (np.abs(e) - delta / 2)


def _huber_entries(Y_hat, Y, delta):
    e = Y_hat - Y
    return np.where(
        np.abs(e) <= delta, _half_square(e, delta), _line(e, delta)
    )


HUBER = Exercise(
    reference=huber,
    sheet=SHEET,
    outputs=("loss", "numpy's warning"),
    cases=_huber_cases,
    look=_value,
    mistakes=(
        *(m for m in _reduced((_huber_entries,)) if m.what != HALF[0]),
        Mistake(
            "half of the mean was returned, or the factor 1/2 stands there "
            "twice.",
            "A small error e costs half of its square.",
            (
                lambda *v: huber(*v) / 2,
                _pieces(lambda e, d: e**2 / 4, lambda e, d: _line(e, d) / 2),
            ),
        ),
        Mistake(
            "the factor 1/2 of the square is missing.",
            "Compute both pieces at |e| = delta by hand. Do they meet?",
            (
                _pieces(lambda e, d: e**2, _line),
                _pieces(lambda e, d: e**2, lambda e, d: 2 * _line(e, d)),
            ),
        ),
        Mistake(
            "the straight line starts too high: what has to be taken away "
            "from it is missing.",
            "Compute both pieces at |e| = delta by hand. Do they meet?",
            (_pieces(_half_square, lambda e, d: d * np.abs(e)),),
        ),
        Mistake(
            "the straight line does not meet the parabola at delta.",
            "At |e| = delta both pieces cost the same. What does each of "
            "yours cost there?",
            (
                _pieces(_half_square, lambda e, d: d * (np.abs(e) - d)),
                _pieces(_half_square, lambda e, d: d * (np.abs(e) - 0.5)),
                _pieces(_half_square, lambda e, d: d * np.abs(e) - d / 2),
                _pieces(_half_square, lambda e, d: np.abs(e) - d / 2),
                _pieces(_half_square, lambda e, d: d * (np.abs(e) + d / 2)),
                _pieces(_half_square, lambda e, d: d * np.abs(e) + d * d / 2),
            ),
        ),
        Mistake(
            "the distance plays the wrong part beyond delta: the line is "
            "|e| alone.",
            "How steep is the parabola at |e| = delta? The line goes on like "
            "that.",
            (_pieces(_half_square, lambda e, d: np.abs(e)),),
        ),
        Mistake(
            "beyond delta the loss stays constant.",
            "An outlier should pull, though not more than delta. What slope "
            "has a constant?",
            (
                _pieces(_half_square, lambda e, d: d * d / 2),
                _pieces(_half_square, lambda e, d: d + 0 * e),
                _pieces(_half_square, lambda e, d: 0 * e),
            ),
        ),
        Mistake(
            "the sign of the error matters: a large error below the target "
            "is not an outlier for your condition, or its line falls.",
            "Is an error of -10 small? Compare its size with delta, not the "
            "error itself.",
            (
                _pieces(_half_square, _line, lambda e, d: e <= d),
                _pieces(_half_square, lambda e, d: d * (e - d / 2)),
                _pieces(
                    _half_square,
                    lambda e, d: d * (e - d / 2),
                    lambda e, d: e <= d,
                ),
            ),
        ),
        Mistake(
            "the two pieces are exchanged: small errors got the line, large "
            "ones the square.",
            "Which errors are the outliers, those below delta or those above?",
            (_pieces(_line, _half_square),),
        ),
        Mistake(
            "the square was compared with delta, not the error.",
            "delta has the unit of the error.",
            (
                _pieces(_half_square, _line, lambda e, d: e**2 <= d),
                _pieces(_half_square, _line, lambda e, d: e**2 / 2 <= d),
            ),
        ),
        Mistake(
            "it was divided by delta: this is the smooth L1 loss.",
            "It is a relative of Huber's. In his, the slope near 0 is the "
            "error itself.",
            (lambda Y_hat, Y, delta: huber(Y_hat, Y, delta) / delta,),
        ),
        Mistake(
            "delta plays no part: 1 was taken for it.",
            "The third argument says where the line begins.",
            (lambda Y_hat, Y, delta: huber(Y_hat, Y, 1.0),),
        ),
        Mistake(
            "large errors are squared too.",
            "An error of 1000 should cost about delta times 1000. Where does "
            "delta come in?",
            (
                lambda Y_hat, Y, delta: np.mean((Y_hat - Y) ** 2) / 2,
                lambda Y_hat, Y, delta: np.mean((Y_hat - Y) ** 2),
            ),
        ),
        Mistake(
            "small errors cost their distance too: there is no parabola.",
            "Up to delta the loss is half the square.",
            (
                lambda Y_hat, Y, delta: np.mean(np.abs(Y_hat - Y)),
                lambda Y_hat, Y, delta: delta * np.mean(np.abs(Y_hat - Y)),
                _pieces(_line, _line),
            ),
        ),
        Mistake(
            "all errors together were treated as large or small.",
            "Each entry has its own error. One np.where can choose for all "
            "of them, one by one.",
            (
                _pieces(
                    _half_square,
                    _line,
                    lambda e, d: np.mean(np.abs(e)) <= d,
                ),
                _pieces(
                    _half_square, _line, lambda e, d: np.all(np.abs(e) <= d)
                ),
                _pieces(
                    _half_square, _line, lambda e, d: np.any(np.abs(e) <= d)
                ),
            ),
        ),
    ),
)


# --- accuracy_is_not_the_loss -----------------------------------------------

LOWER, EQUAL, HIGHER = "lower than b's", "equal to b's", "higher than b's"


def accuracy_is_not_the_loss():
    """Return (Z_a, Z_b, y): a is right more often and has the higher loss."""
    y = np.array([0, 0, 0])
    Z_a = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 9.0]])
    Z_b = np.array([[1.0, 0.0], [0.0, 0.1], [0.0, 0.1]])
    return Z_a, Z_b, y


def _two_models(answer):
    """Say in words how model a compares with model b."""
    parts = answer()
    if not isinstance(parts, tuple | list) or len(parts) != 3:
        raise Refused("Three things are expected: (Z_a, Z_b, y).")
    try:
        Z_a, Z_b, y = (np.asarray(part, dtype=float) for part in parts)
    except (TypeError, ValueError):
        raise Refused("Z_a, Z_b and y must hold numbers.") from None
    for name, Z in (("Z_a", Z_a), ("Z_b", Z_b)):
        _look_at_scores(name, Z)
    if Z_a.shape != Z_b.shape:
        raise Refused(
            f"Z_a has shape {Z_a.shape} and Z_b {Z_b.shape}. The two models "
            "look at the same samples and the same classes."
        )
    n, n_classes = Z_a.shape
    if y.shape != (n,):
        raise Refused(
            f"y has shape {y.shape}; there is one label for each of the {n} "
            f"rows, so ({n},) is needed."
        )
    if not np.isin(y, np.arange(n_classes)).all():
        raise Refused(
            f"y must hold whole numbers from 0 to {n_classes - 1}, the "
            "places of the classes."
        )
    y = y.astype(int)
    return tuple(
        HIGHER if a - b > 1e-9 else LOWER if b - a > 1e-9 else EQUAL
        for a, b in (
            (right.accuracy(Z_a, y), right.accuracy(Z_b, y)),
            (cross_entropy(Z_a, y), cross_entropy(Z_b, y)),
        )
    )


def _look_at_scores(name, Z):
    if Z.ndim != 2:
        raise Refused(
            f"{name} has shape {Z.shape}; scores have shape (n, n_classes)."
        )
    if len(Z) < 3 or Z.shape[1] < 2:
        raise Refused(
            f"{name} has shape {Z.shape}; at least 3 samples and 2 classes "
            "are needed."
        )
    if not np.isfinite(Z).all():
        raise Refused(f"{name} must hold finite numbers.")
    highest = Z.max(axis=1, keepdims=True) == Z
    for row in np.flatnonzero(highest.sum(axis=1) > 1):
        raise Refused(
            f"Row {row} of {name} has two highest scores, a tie. Which class "
            "it is read as would be chance; make one of them higher."
        )


def _models(a, b):
    """Return a wrong design: the scores of class 0, which is always right.

    Class 1 has the score 0.
    """

    def design():
        both = [np.array([[z, 0.0] for z in scores]) for scores in (a, b)]
        return *both, np.zeros(len(a), dtype=int)

    return design


def _same_loss():
    """Return the score at which two errors of -1 cost as much as one."""
    pays = np.logaddexp(0, 1.0) * 2 - np.logaddexp(0, -1.0)
    return -np.log(np.expm1(pays))


_EQUAL_ACCURACY = (
    "the two models are right equally often.",
    "Give b one error more than a. Only the highest score of a row decides "
    "what it is read as.",
)

ACCURACY_IS_NOT_THE_LOSS = Exercise(
    reference=accuracy_is_not_the_loss,
    sheet=SHEET,
    outputs=("a's accuracy", "a's cross-entropy"),
    cases=lambda rng: [()],
    look=_two_models,
    mistakes=(
        Mistake(
            "a and b are exchanged: it is b that has the higher accuracy and "
            "the higher loss.",
            "Almost there. In which order are the two asked for?",
            (_models((1.0, -0.1, -0.1), (1.0, 1.0, -9.0)),),
        ),
        Mistake(
            "a is better in both: it is right more often, and its loss is "
            "lower.",
            "How much can one single error cost, if a is very sure of it?",
            (_models((1.0, 1.0, -1.0), (1.0, -1.0, -1.0)),),
        ),
        Mistake(
            "a is worse in both: it is right less often, and its loss is "
            "higher.",
            "First make a right more often than b. Then look for the error "
            "that costs most.",
            (_models((1.0, -1.0, -1.0), (1.0, 1.0, -1.0)),),
        ),
        Mistake(
            *_EQUAL_ACCURACY,
            (
                _models((1.0, 1.0, -9.0), (1.0, 1.0, -1.0)),
                _models((1.0, 1.0, -1.0), (1.0, 1.0, -9.0)),
            ),
        ),
        Mistake(
            "the two models are the same, or cannot be told apart by "
            "accuracy or loss.",
            "Begin with accuracy: which rows does a read rightly that b "
            "does not?",
            (_models((1.0, 1.0, -1.0), (1.0, 1.0, -1.0)),),
        ),
        Mistake(
            "the two losses are equal, though one of the models is right "
            "more often.",
            "The scores of a wrongly read row may be as extreme as you like.",
            (
                _models((1.0, 1.0, _same_loss()), (1.0, -1.0, -1.0)),
                _models((1.0, -1.0, -1.0), (1.0, 1.0, _same_loss())),
            ),
        ),
    ),
)

EXERCISES = (
    MEAN_SQUARED_ERROR,
    BINARY_CROSS_ENTROPY,
    SOFTMAX,
    CROSS_ENTROPY,
    HUBER,
    ACCURACY_IS_NOT_THE_LOSS,
)
