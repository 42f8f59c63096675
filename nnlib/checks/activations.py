"""Lesson 02: right answers, and the wrong ones that readers give."""

import numpy as np

from nnlib import activations as right
from nnlib.activations import leaky_relu, relu, sigmoid, tanh_prime
from nnlib.checks.exercise import (
    Exercise,
    Mistake,
    Refused,
    returned_and_warned,
)

SHEET = "02_activations"
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def _grid(rng, *shape, reach=3):
    """Return multiples of 1/8 from -reach to reach: sums are exact."""
    return rng.integers(-8 * reach, 8 * reach + 1, shape) / 8.0


def _batches(rng):
    """Return arrays of scores, small ones first, zeros and large among them.

    The first are always the same, so that no two mistakes can agree on all of
    them by chance.
    """
    return [
        np.array([-2.0, 0.0, 1.5]),
        np.array([[0.0]]),
        np.array([[-0.125, 0.5, 3.0]]),
        *(_grid(rng, *shape) for shape in [(4, 1), (2, 3)]),
        _grid(rng, 5, 4, reach=12),
        np.array([40.0, -40.0, -6.5, 0.0]),
    ]


def _one_by_one(arrays):
    return [(array,) for array in arrays]


# --- collapse ---------------------------------------------------------------


def collapse(W1, b1, W2, b2):
    """Return (W, b) of the one linear layer that two in a row are."""
    return W1 @ W2, b1 @ W2 + b2


def _collapse_cases(rng):
    """Layers of many shapes; no number is 0 or 1, so that all of them count.

    The first is of numbers alone, and square layers come last.
    """
    numbers = np.delete(np.arange(-24, 25), [16, 24, 32]) / 8.0
    shapes = [(1, 1, 1), (2, 3, 1), (1, 2, 3), (3, 1, 2), (4, 3, 2)]
    return [
        tuple(rng.choice(numbers, size) for size in [(i, h), h, (h, o), o])
        for i, h, o in [*shapes, (2, 3, 6), (3, 3, 3)]
    ]


# What these do raises an error for most shapes, but not for square ones.
_PROBE = (
    np.array([[2.0, -1.0], [0.5, 3.0]]),
    np.array([5.0, -7.0]),
    np.array([[-3.0, 1.5], [4.0, 0.25]]),
    np.array([11.0, 0.125]),
)
_W2_W1 = (
    "W is W2 times W1, and the order of a product matters: for most shapes "
    "this one is not even defined. Which of the two matrices does X meet "
    "first?"
)
_B1_UNTOUCHED = (
    "b is b1 + b2, but b1 is added before the second layer, and b2 after it. "
    "What does the second layer do to everything that comes in?"
)


def _collapsed(answer, *layers):
    """Call the answer; tell two mistakes that fail on most shapes."""
    try:
        W, b = answer(*(part.copy() for part in _PROBE))
        W, b = np.asarray(W, dtype=float), np.asarray(b, dtype=float)
    except Exception:
        return answer(*layers)  # now it may tell of its own error
    W1, b1, W2, b2 = _PROBE
    # With two single numbers the order does not matter, if b is right.
    harmless = layers[0].size == 1 and np.array_equal(b, b1 @ W2 + b2)
    if np.array_equal(W, W2 @ W1) and not harmless:
        raise Refused(_W2_W1)
    if np.array_equal(b, b1 + b2):
        raise Refused(_B1_UNTOUCHED)
    return answer(*layers)


COLLAPSE = Exercise(
    reference=collapse,
    sheet=SHEET,
    outputs=("W", "b"),
    cases=_collapse_cases,
    look=_collapsed,
    mistakes=(
        Mistake(
            "b1 was forgotten.",
            "Put X = 0 into the first layer. What comes out of it, and what "
            "does the second layer make of that?",
            (lambda W1, b1, W2, b2: (W1 @ W2, b2),),
        ),
        Mistake(
            "b2 was forgotten.",
            "What does the second layer add, after it has multiplied?",
            (lambda W1, b1, W2, b2: (W1 @ W2, b1 @ W2),),
        ),
        Mistake(
            "both biases were forgotten.",
            "Put X = 0 into both layers, one after the other. What comes out?",
            (lambda W1, b1, W2, b2: (W1 @ W2, 0 * b2),),
        ),
        Mistake(
            "W came back transposed.",
            "X has shape (n, n_in), and X W has to have shape (n, n_out). "
            "What is the shape of W?",
            (lambda W1, b1, W2, b2: ((W1 @ W2).T, b1 @ W2 + b2),),
        ),
        Mistake(
            "W and b came back in the wrong order.",
            "The pair is (W, b): the weights come first.",
            (lambda W1, b1, W2, b2: (b1 @ W2 + b2, W1 @ W2),),
        ),
        Mistake(
            "b is a matrix of one row.",
            "A bias has shape (n_out,), one axis. Was b1 made into a row "
            "before it was multiplied?",
            (lambda W1, b1, W2, b2: (W1 @ W2, b1[np.newaxis] @ W2 + b2),),
        ),
        Mistake(
            "the biases are in W as well.",
            "To send the rows of the unit matrix through both layers is a "
            "fine idea. But what comes out of a layer is more than x W.",
            (
                lambda W1, b1, W2, b2: (
                    (W1 + b1) @ W2 + b2,
                    b1 @ W2 + b2,
                ),
            ),
        ),
        Mistake(
            "b2 went through the second layer too, or b was added twice.",
            "Write down x W1 + b1, put it into the second layer, and multiply "
            "out. How often does each bias occur?",
            (
                lambda W1, b1, W2, b2: (W1 @ W2, b1 @ W2 + 2 * b2),
                lambda W1, b1, W2, b2: (W1 @ W2, 2 * (b1 @ W2) + b2),
                lambda W1, b1, W2, b2: (W1 @ W2, 2 * (b1 @ W2 + b2)),
            ),
        ),
    ),
)


# --- sigmoid ----------------------------------------------------------------


def _sigmoid_cases(rng):
    """Each end by itself: a formula may overflow at one of them alone."""
    first, *others = _batches(rng)
    ends = np.array([-1000.0]), np.array([1000.0])
    both = np.array([[-1000.0, 0.5], [-0.25, 1000.0]])
    return _one_by_one([first, *ends, *others, both])


SIGMOID = Exercise(
    reference=right.sigmoid,
    sheet=SHEET,
    outputs=("A", "numpy's warning"),
    cases=_sigmoid_cases,
    look=returned_and_warned,
    mistakes=(
        Mistake(
            "the values are right, but exp(-z) overflows for very negative "
            "z, and numpy warns of it.",
            "Where z is negative, exp(-z) is large and exp(z) is small. Can "
            "you write the same fraction with exp(z)? Or is there a curve of "
            "the same shape that cannot overflow?",
            (
                lambda Z: 1 / (1 + np.exp(-Z)),
                lambda Z: 1 / (1 + np.e**-Z),
            ),
        ),
        Mistake(
            "for large z it divides infinity by infinity: that is nan.",
            "exp(1000) does not fit into a number. For positive z, which form "
            "of the fraction has only small exponentials in it?",
            (
                lambda Z: np.exp(Z) / (1 + np.exp(Z)),
                lambda Z: np.exp(Z) / (np.exp(Z) + 1),
                lambda Z: np.e**Z / (1 + np.e**Z),
            ),
        ),
        Mistake(
            "for very negative z exp(z) is 0, and 1 / 0 came up on the way.",
            "The fraction 1 / (1 + 1 / exp(z)) divides twice. Which of the "
            "divisions goes wrong?",
            (lambda Z: 1 / (1 + 1 / np.exp(Z)),),
        ),
        Mistake(
            "the values are right, but np.where computes both of its "
            "branches everywhere, also the one that overflows.",
            "It chooses among results that are there already. What could you "
            "put into both exponentials that is never positive?",
            (
                lambda Z: np.where(
                    Z >= 0,
                    1 / (1 + np.exp(-Z)),
                    np.exp(Z) / (1 + np.exp(Z)),
                ),
            ),
        ),
        Mistake(
            "the sign of z is lost: this is 1 / (1 + exp(z)), which falls "
            "where the sigmoid rises.",
            "What should come out for a large positive z, near 0 or near 1?",
            (
                lambda Z: 1 / (1 + np.exp(Z)),
                lambda Z: 1 / (1 + np.e**Z),
                lambda Z: sigmoid(-Z),
            ),
        ),
        Mistake(
            "1 / 1 + exp(-z) is read as (1 / 1) + exp(-z).",
            "Python divides before it adds. What belongs under the line?",
            (
                lambda Z: 1 / 1 + np.exp(-Z),
                lambda Z: 1 / 1 + np.e**-Z,
            ),
        ),
        Mistake(
            "this is tanh, which runs from -1 to 1.",
            "The sigmoid runs from 0 to 1, and is one half at 0. How would "
            "you move and squeeze tanh?",
            (np.tanh,),
        ),
        Mistake(
            "the curve is twice as steep: this is the sigmoid of 2 z.",
            "tanh(z) is 2 sigmoid(2 z) - 1. What goes into tanh to get "
            "sigmoid(z)?",
            (lambda Z: sigmoid(2 * Z),),
        ),
        Mistake(
            "the slope was returned, and not the curve.",
            "At z = 0 the sigmoid is one half; its slope there is a quarter.",
            (lambda Z: right.sigmoid_prime(Z),),
        ),
    ),
)


# --- sigmoid_prime ----------------------------------------------------------

SIGMOID_PRIME = Exercise(
    reference=right.sigmoid_prime,
    sheet=SHEET,
    outputs=("slope",),
    cases=lambda rng: _one_by_one(_batches(rng)),
    mistakes=(
        Mistake(
            "the slope was taken at sigmoid(z), and not at z.",
            "The sigmoid was applied twice. Is what comes in already an "
            "output, or is it a score?",
            (lambda Z: right.sigmoid_prime(sigmoid(Z)),),
        ),
        Mistake(
            "z (1 - z) was computed, with the score where the output belongs.",
            "In a (1 - a), a is the output of the sigmoid. What comes in is "
            "z.",
            (lambda Z: Z * (1 - Z),),
        ),
        Mistake(
            "only one of the two factors is there.",
            "The slope is small at both ends. Which of the two factors is "
            "small on the left, and which on the right?",
            (sigmoid, lambda Z: 1 - sigmoid(Z)),
        ),
        Mistake(
            "a was multiplied by 1 + a; what counts is what is missing to 1.",
            "A slope of the sigmoid is never above a quarter. What is yours "
            "at z = 0?",
            (lambda Z: sigmoid(Z) * (1 + sigmoid(Z)),),
        ),
        Mistake(
            "this is the rule for tanh, 1 - a^2.",
            "Each activation has its own. What is the slope of the sigmoid "
            "at z = 0, and what does yours say?",
            (lambda Z: 1 - sigmoid(Z) ** 2, tanh_prime),
        ),
        Mistake(
            "the sign is wrong: the sigmoid rises everywhere.",
            "Two minus signs meet on the way: one from exp(-z), one from "
            "1 / D.",
            (lambda Z: -right.sigmoid_prime(Z),),
        ),
        Mistake(
            "a factor is squared that should not be.",
            "Try z = 0, where a is one half: a (1 - a) is a quarter.",
            (
                lambda Z: sigmoid(Z) * (1 - sigmoid(Z)) ** 2,
                lambda Z: sigmoid(Z) ** 2 * (1 - sigmoid(Z)),
                lambda Z: sigmoid(Z) ** 2,
                lambda Z: (1 - sigmoid(Z)) ** 2,
            ),
        ),
    ),
)


# --- relu and relu_prime ----------------------------------------------------


def _relu_cases(rng):
    # No entry is -0.0, and 0 itself is in the first.
    return _one_by_one([*_batches(rng), np.array([-4096.0, 0.0, 4096.0])])


RELU = Exercise(
    reference=right.relu,
    sheet=SHEET,
    outputs=("A",),
    cases=_relu_cases,
    mistakes=(
        Mistake(
            "this answers the question whether z is above 0, with True and "
            "False or 1 and 0.",
            "relu hands z itself on where it is above 0. What could you do "
            "with your True and False, and z?",
            (
                lambda Z: (Z > 0).astype(int),
                lambda Z: (Z >= 0).astype(int),
            ),
        ),
        Mistake(
            "np.max with 0 as its second argument takes the largest entry "
            "along axis 0.",
            "The larger of two numbers, entry by entry, is another function "
            "of numpy, with a longer name.",
            (lambda Z: np.max(Z, 0),),
        ),
        Mistake(
            "the smaller of 0 and z was taken, not the larger.",
            "What should come out for z = -2? For z = 2?",
            (lambda Z: np.minimum(0, Z),),
        ),
        Mistake(
            "negative numbers came back as positive ones: this is |z|.",
            "What should come out for z = -2?",
            (np.abs, lambda Z: np.maximum(-Z, Z)),
        ),
        Mistake(
            "left and right are exchanged: this is relu(-z).",
            "On which side of 0 is relu flat?",
            (lambda Z: relu(-Z),),
        ),
        Mistake(
            "this is leaky relu: it lets a hundredth through below 0.",
            "relu lets nothing through there.",
            (leaky_relu,),
        ),
        Mistake(
            "the numbers below 0 are missing, and not 0.",
            "Z[Z > 0] picks some entries. The result needs as many as Z, in "
            "the same shape.",
            (lambda Z: Z[Z > 0], lambda Z: Z[Z >= 0]),
        ),
        Mistake(
            "the result is cut off at 1 as well.",
            "relu has no upper bound: to the right of 0 it goes on for ever.",
            (lambda Z: np.clip(Z, 0, 1),),
        ),
        Mistake(
            "Z came back as it was.",
            "What becomes of the numbers below 0?",
            (lambda Z: Z.copy(),),
        ),
    ),
)

RELU_PRIME = Exercise(
    reference=right.relu_prime,
    sheet=SHEET,
    outputs=("slope",),
    cases=_relu_cases,
    mistakes=(
        Mistake(
            "the slope at exactly 0 is 1, and this book takes 0 there.",
            "It is a choice, and everybody has to make the same. Which "
            "comparison leaves the equal case out?",
            (lambda Z: (Z >= 0).astype(float),),
        ),
        Mistake(
            "the slope at exactly 0 is one half, and this book takes 0 there.",
            "It is a choice, and everybody has to make the same. A nudge to "
            "both sides cannot make it.",
            (lambda Z: np.heaviside(Z, 0.5),),
        ),
        Mistake(
            "relu itself was returned, and not its slope.",
            "How much does relu(z) change for each unit of z, at z = 3?",
            (relu,),
        ),
        Mistake(
            "the slope is 1 everywhere.",
            "Nudge z = -2 a little. How much does relu(z) change?",
            (np.ones_like,),
        ),
        Mistake(
            "the slope is 0 everywhere.",
            "Nudge z = 2 a little. How much does relu(z) change?",
            (np.zeros_like,),
        ),
        Mistake(
            "the sign of z was returned: below 0 this is -1.",
            "Nudge z = -2 a little. How much does relu(z) change?",
            (np.sign,),
        ),
        Mistake(
            "left and right are exchanged.",
            "On which side of 0 is relu flat?",
            (
                lambda Z: (Z < 0).astype(float),
                lambda Z: (Z <= 0).astype(float),
            ),
        ),
        Mistake(
            "this is the slope of leaky relu.",
            "relu lets nothing through below 0.",
            (right.leaky_relu_prime,),
        ),
    ),
)


# --- saturated_fraction -----------------------------------------------------


def saturated_fraction(Z, tolerance):
    """Return the share of the entries of Z with sigmoid slope < tolerance."""
    return float(np.mean(right.sigmoid_prime(Z) < tolerance))


def _saturated_cases(rng):
    """No slope lies so close to the tolerance that rounding could decide.

    But a slope of exactly 1/4, at 0, meets a tolerance of 1/4. The first
    cases tell all the mistakes apart.
    """
    fixed = [
        (np.array([[0.0, 8.0, -8.0], [5.0, 1.0, 0.5]]), 0.01),
        (np.array([[6.0, 0.5, -6.0], [-1.0, 1.25, 2.0]]), 0.2),
        (np.array([[0.0, 1.0], [0.0, -2.0], [0.0, 3.0]]), 0.25),
    ]
    drawn = [
        (_grid(rng, *shape, reach=8), float(rng.choice([0.01, 0.05, 0.1])))
        for shape in [(1, 1), (1, 5), (6, 1), (20, 5)]
    ]
    return [*fixed, *drawn, (_grid(rng, 3, 2), 0.5)]


def _slopes(Z):
    return right.sigmoid_prime(Z)


SATURATED = Exercise(
    reference=saturated_fraction,
    sheet=SHEET,
    outputs=("share",),
    cases=_saturated_cases,
    mistakes=(
        Mistake(
            "this is the share of the entries that are not saturated.",
            "Saturated means that the slope is small. Which way does the "
            "comparison go?",
            (
                lambda Z, tolerance: np.mean(_slopes(Z) > tolerance),
                lambda Z, tolerance: np.mean(_slopes(Z) >= tolerance),
            ),
        ),
        Mistake(
            "a slope that equals the tolerance was counted.",
            "Saturated is what lies below the tolerance.",
            (lambda Z, tolerance: np.mean(_slopes(Z) <= tolerance),),
        ),
        Mistake(
            "the entries were counted; a share is asked for.",
            "A share lies between 0 and 1. What do you divide by?",
            (lambda Z, tolerance: np.sum(_slopes(Z) < tolerance),),
        ),
        Mistake(
            "the count was divided by the number of rows alone.",
            "How many entries has Z? Each row has one for every unit.",
            (lambda Z, tolerance: np.sum(_slopes(Z) < tolerance) / len(Z),),
        ),
        Mistake(
            "the tolerance plays no part: the limit is a fixed number.",
            "Which limit for z belongs to a tolerance of 0.01? And to one of "
            "0.2?",
            (
                lambda Z, tolerance: np.mean(_slopes(Z) < 0.01),
                lambda Z, tolerance: np.mean(np.abs(Z) > 4.6),
                lambda Z, tolerance: np.mean(np.abs(Z) > 4.585),
            ),
        ),
        Mistake(
            "this is in percent.",
            "A share lies between 0 and 1.",
            (lambda Z, tolerance: 100 * np.mean(_slopes(Z) < tolerance),),
        ),
        Mistake(
            "there is one share for each unit, or each row.",
            "One number is asked for, over all entries of Z.",
            (
                lambda Z, tolerance: np.mean(_slopes(Z) < tolerance, axis=0),
                lambda Z, tolerance: np.mean(_slopes(Z) < tolerance, axis=1),
            ),
        ),
        Mistake(
            "there is a yes or no for each entry; the share of the yes is "
            "missing.",
            "True counts as 1 and False as 0. What is their mean?",
            (lambda Z, tolerance: (_slopes(Z) < tolerance).astype(int),),
        ),
        Mistake(
            "the slope was taken at sigmoid(z), and not at z.",
            "A function for a slope takes Z. Is the sigmoid applied twice?",
            (lambda Z, tolerance: np.mean(_slopes(sigmoid(Z)) < tolerance),),
        ),
        Mistake(
            "the output was compared, and not the slope; so only one end "
            "counts.",
            "A sigmoid is flat at both ends. What is small at both of them?",
            (
                lambda Z, tolerance: np.mean(sigmoid(Z) < tolerance),
                lambda Z, tolerance: np.mean(sigmoid(Z) > 1 - tolerance),
            ),
        ),
        Mistake(
            "outputs close to 0 or 1 were counted, and not small slopes.",
            "That is nearly the same for a small tolerance, but it is not "
            "what is asked. What is the slope where the output is 0.2?",
            (
                lambda Z, tolerance: np.mean(
                    np.minimum(sigmoid(Z), 1 - sigmoid(Z)) < tolerance
                ),
            ),
        ),
        Mistake(
            "the scores were compared, and not their slopes.",
            "Z holds scores. Which function gives the slope at each of them?",
            (
                lambda Z, tolerance: np.mean(tolerance > Z),
                lambda Z, tolerance: np.mean(np.abs(Z) < tolerance),
            ),
        ),
        Mistake(
            "whole units were counted, and not entries.",
            "A unit may be saturated for one row of Z and not for another. "
            "Every entry counts by itself.",
            (
                lambda Z, tolerance: np.mean(
                    (_slopes(Z) < tolerance).all(axis=0)
                ),
                lambda Z, tolerance: np.mean(
                    (_slopes(Z) < tolerance).any(axis=0)
                ),
                lambda Z, tolerance: np.mean(
                    _slopes(Z).mean(axis=0) < tolerance
                ),
            ),
        ),
        Mistake(
            "this is the slope of tanh.",
            "The units here are sigmoids, whose slope is at most 1/4.",
            (lambda Z, tolerance: np.mean(tanh_prime(Z) < tolerance),),
        ),
    ),
)


# --- xor_with_relu ----------------------------------------------------------


def xor_with_relu():
    """Return (W1, b1, W2, b2): a fold where the sum of the inputs is 1."""
    W1, b1 = np.ones((2, 2)), np.array([0.0, -1.0])
    return W1, b1, np.array([[1.0], [-2.0]]), np.array([-0.5])


_SHAPES = {"W1": (2, 2), "b1": (2,), "W2": (2, 1), "b2": (1,)}
_IN_USE, _IDLE = "in use", "never in use"


def _network(answer):
    """Return what the answer's network says at the corners, and of its bend.

    The bend is in use if some unit has a sum above 0 at one corner, and
    below 0 at another. If none has, the network is linear on the corners.
    """
    parts = answer()
    if not isinstance(parts, tuple | list) or len(parts) != len(_SHAPES):
        raise Refused("Four things are expected: (W1, b1, W2, b2).")
    W1, b1, W2, b2 = (
        _as_weights(name, part)
        for name, part in zip(_SHAPES, parts, strict=True)
    )
    with np.errstate(all="ignore"):
        sums = CORNERS @ W1 + b1
        f = relu(sums) @ W2 + b2
        largest = CORNERS @ np.abs(W1) + np.abs(b1)
        scale = largest @ np.abs(W2) + np.abs(b2)
    if not np.isfinite(f).all():
        raise Refused(
            "The weights are so large that the network's output is no longer "
            "a finite number."
        )
    bent = (sums > 0).any(axis=0) & (sums < 0).any(axis=0)
    # What is 0 on paper may be 1e-17 here.
    table = (f > 1e-12 * scale)[:, 0].astype(int).tolist()
    return *table, _IN_USE if bent.any() else _IDLE


def _as_weights(name, part):
    """Return one part of the answer as an array, or say what is wrong."""
    try:
        array = np.asarray(part)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise Refused(f"{name} must hold numbers.")
    if array.shape != _SHAPES[name]:
        raise Refused(
            f"{name} has shape {array.shape}, and {_SHAPES[name]} is needed."
        )
    if not np.isfinite(array).all():
        raise Refused(f"{name} must hold finite numbers.")
    return array.astype(float)


def _linear(p, q, c, idle=False):
    """Return an answer whose network gives p x1 + q x2 + c at the corners.

    The first unit is always above its bend. The second one has a bend, or
    not if it is idle; its weight in the last layer is 0.
    """

    def weights():
        slope = 0.0 if idle else 1.0
        W1 = np.array([[p, slope], [q, -slope]])
        W2 = np.array([[1.0], [0.0]])
        return W1, np.array([8.0, 0.0]), W2, np.array([c - 8.0])

    return weights


# (p, q, c): what a line can say at the corners.
_AND, _OR, _NAND, _NOR = (2, 2, -3), (2, 2, -1), (-2, -2, 3), (-2, -2, 1)
_ALWAYS, _NEVER = (0, 0, 1), (0, 0, -1)
_ONE_INPUT = (2, 0, -1), (0, 2, -1), (-2, 0, 1), (0, -2, 1)
_ONE_CORNER = (-2, 2, -1), (2, -2, -1)
_ALL_BUT_ONE = (2, -2, 1), (-2, 2, 1)
_LINES = (
    *(_AND, _OR, _NAND, _NOR, _ALWAYS, _NEVER),
    *(*_ONE_INPUT, *_ONE_CORNER, *_ALL_BUT_ONE),
)


def _xnor():
    W1, b1, W2, b2 = xor_with_relu()
    return W1, b1, -W2, -b2


XOR_RELU = Exercise(
    reference=xor_with_relu,
    sheet=SHEET,
    outputs=(
        *(f"the answer to ({a:g}, {b:g})" for a, b in CORNERS),
        "the bend",
    ),
    cases=lambda rng: [()],
    look=_network,
    call="(lambda W1, b1, W2, b2: relu([[0, 0], [0, 1], [1, 0], [1, 1]] @ W1 "
    "+ b1) @ W2 + b2)(*xor_with_relu())",
    mistakes=(
        Mistake(
            "this is XNOR: above 0 where the inputs are equal.",
            "It is XOR with the sign turned round. Which layer decides the "
            "sign of the output?",
            (_xnor,),
        ),
        Mistake(
            "this is AND.",
            "Only (1, 1) is above 0. It should be the other way at three "
            "points; look at what each hidden unit gives at (0, 1).",
            (_linear(*_AND),),
        ),
        Mistake(
            "this is OR.",
            "OR and XOR differ at (1, 1) alone. Which hidden unit could wake "
            "up there, and pull the output down?",
            (_linear(*_OR),),
        ),
        Mistake(
            "this is NAND.",
            "NAND and XOR differ at (0, 0) alone. What is the output there, "
            "where only the biases are left?",
            (_linear(*_NAND),),
        ),
        Mistake(
            "this is NOR.",
            "Only (0, 0) is above 0. What is the output there, where only the "
            "biases are left, and what should it be?",
            (_linear(*_NOR),),
        ),
        Mistake(
            "the output is above 0 at all four points.",
            "Start with (0, 0): only the biases are left there.",
            (_linear(*_ALWAYS),),
        ),
        Mistake(
            "the output is above 0 at none of the four points. Perhaps it is "
            "exactly 0 somewhere, and 0 is not above 0.",
            "Compute the output at (0, 1) by hand. Is b2 too low?",
            (_linear(*_NEVER),),
        ),
        Mistake(
            "only one of (0, 1) and (1, 0) is above 0.",
            "That is one half of XOR. What would the same do with the two "
            "inputs exchanged?",
            tuple(_linear(*line) for line in _ONE_CORNER),
        ),
        Mistake(
            "one of the two inputs decides alone.",
            "XOR needs both. Does every hidden unit look at x1 and at x2?",
            tuple(_linear(*line) for line in _ONE_INPUT),
        ),
        Mistake(
            "three of the four points are above 0, among them (0, 0) and "
            "(1, 1).",
            "Where the inputs are equal the output has to be 0 or less.",
            tuple(_linear(*line) for line in _ALL_BUT_ONE),
        ),
        Mistake(
            "the bend is never in use. At all four points each hidden unit "
            "stays on one side of 0, so the network is linear there, and no "
            "linear network does XOR.",
            "Compute X W1 + b1 for the four points. Some unit needs a sum "
            "below 0 at one of them and above 0 at another.",
            tuple(_linear(*line, idle=True) for line in _LINES),
        ),
    ),
)

EXERCISES = (
    COLLAPSE,
    SIGMOID,
    SIGMOID_PRIME,
    RELU,
    RELU_PRIME,
    SATURATED,
    XOR_RELU,
)
