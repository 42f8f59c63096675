"""Lesson 01: right answers, and the wrong ones that readers give."""

import numpy as np

from nnlib import perceptron as right
from nnlib.checks.exercise import Exercise, Mistake, Refused

SHEET = "01_perceptron"
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def _grid(rng, *shape):
    """Return multiples of 1/8 from -3 to 3, without 0: sums are exact."""
    return rng.choice(np.delete(np.arange(-24, 25), 24), shape) / 8.0


# --- perceptron_predict -----------------------------------------------------


def _predict_cases(rng):
    """Batches of many shapes; the first row of each is exactly on the line."""
    cases = []
    for n, n_in in [(1, 1), (2, 1), (1, 3), (4, 2), (3, 5), (9, 4), (50, 7)]:
        X, w = _grid(rng, n, n_in), _grid(rng, n_in)
        cases.append((X, w, float(-X[0] @ w)))
        # A row of zeros: the bias alone decides.
        X = np.vstack([np.zeros(n_in), X])
        cases.append((X, w, float(rng.choice([-0.5, -2.0]))))
        cases.append((X * 2.0**12, w, 0.5))
    return cases


PREDICT = Exercise(
    reference=right.perceptron_predict,
    sheet=SHEET,
    outputs=("y_hat",),
    cases=_predict_cases,
    mistakes=(
        Mistake(
            "a point exactly on the line, where z is 0, was read as 0.",
            "z >= 0 counts as 1. Which comparison includes the equal case?",
            lambda X, w, b: (X @ w + b > 0).astype(int),
        ),
        Mistake(
            "the bias plays no part in the answer.",
            "z has two terms, and the second one does not depend on X.",
            lambda X, w, b: (X @ w >= 0).astype(int),
        ),
        Mistake(
            "the bias was taken away where it should be added.",
            "b says how ready the neuron is to answer 1 when all inputs are "
            "0: a positive b makes it readier.",
            lambda X, w, b: (X @ w - b >= 0).astype(int),
        ),
        Mistake(
            "the two labels are -1 and +1.",
            "Some books use them; here the labels are 0 and 1, and the "
            "update rule relies on it.",
            lambda X, w, b: np.where(X @ w + b >= 0, 1, -1),
        ),
        Mistake(
            "the sign of z was returned: -1, 0 or +1.",
            "There are two labels, 0 and 1, and z = 0 belongs to one of them.",
            lambda X, w, b: np.sign(X @ w + b),
        ),
        Mistake(
            "0 and 1 are exchanged.",
            "Try one point by hand: is its z negative or not, and which "
            "label does that give?",
            lambda X, w, b: (X @ w + b < 0).astype(int),
        ),
        Mistake(
            "z itself was returned; the threshold is missing.",
            "The weighted sum is only half of a neuron. What turns it into "
            "a yes or a no?",
            lambda X, w, b: X @ w + b,
        ),
        Mistake(
            "z was compared with 1, not with 0.",
            "The labels are 0 and 1, but the threshold for z lies elsewhere.",
            lambda X, w, b: (X @ w + b >= 1).astype(int),
        ),
    ),
)


# --- perceptron_update ------------------------------------------------------


def _read(x, w, b):
    return int(x @ w + b >= 0)


def _stepped(w, b, x, step):
    return w + step * x, b + step


def _update_cases(rng):
    """Each label with z below 0, exactly 0, and above."""
    cases = []
    for n_in in (1, 2, 3, 6):
        for z in (-1.25, 0.0, 2.5):
            for y in (0, 1):
                w, x = _grid(rng, n_in), _grid(rng, n_in)
                rate = float(rng.choice([0.25, 0.5, 2.0]))
                cases.append((w, float(z - x @ w), x, y, rate))
    return cases


def _bias_forgotten(w, b, x, y, rate):
    return w + rate * (y - _read(x, w, b)) * x, b


def _always_updated(w, b, x, y, rate):
    return _stepped(w, b, x, rate * (2 * y - 1))


def _strict_threshold(w, b, x, y, rate):
    return _stepped(w, b, x, rate * (y - int(x @ w + b > 0)))


def _flipped(w, b, x, y, rate):
    return _stepped(w, b, x, rate * (_read(x, w, b) - y))


def _label_as_sign(w, b, x, y, rate):
    wrong = y != _read(x, w, b)
    return _stepped(w, b, x, rate * y if wrong else 0.0)


def _label_in_product(w, b, x, y, rate):
    return _stepped(w, b, x, rate * y if y * (x @ w + b) <= 0 else 0.0)


def _sign_as_prediction(w, b, x, y, rate):
    return _stepped(w, b, x, rate * (y - (2 * _read(x, w, b) - 1)))


def _always_added(w, b, x, y, rate):
    return _stepped(w, b, x, rate * (y != _read(x, w, b)))


def _sum_as_prediction(w, b, x, y, rate):
    return _stepped(w, b, x, rate * (y - (x @ w + b)))


def _rate_forgotten(w, b, x, y, rate):
    return _stepped(w, b, x, y - _read(x, w, b))


def _rate_not_on_bias(w, b, x, y, rate):
    error = y - _read(x, w, b)
    return w + rate * error * x, b + error


def _input_forgotten(w, b, x, y, rate):
    error = y - _read(x, w, b)
    return w + rate * error, b + rate * error


def _never_updated(w, b, x, y, rate):
    return w, b


_LABELS = (
    "labels 0/1 and -1/+1 are mixed: the rule for -1 and +1 was used on "
    "labels that are 0 and 1."
)
_LABELS_HINT = (
    "Write down y and the prediction for all four cases. What must be added "
    "in each, and what does your formula add?"
)


def _with_answer(update, *, also=()):
    """Return the mistakes of one step, each answered through `update`."""
    return (
        Mistake(
            "the bias was never updated.",
            "The bias is a weight whose input is always 1. What does the rule "
            "say for such a weight?",
            update(_bias_forgotten),
        ),
        Mistake(
            "samples that were read right changed the weights too.",
            "The perceptron learns from mistakes alone. What should the step "
            "be when y and the prediction are equal?",
            update(_always_updated),
        ),
        Mistake(
            "a point exactly on the line, where z is 0, was read as 0.",
            "z >= 0 counts as 1. Which comparison includes the equal case?",
            update(_strict_threshold),
        ),
        Mistake(
            "the sign of the update is flipped: every step makes the mistake "
            "worse.",
            "If a 1 was read as 0, z was too small. Which way must w move to "
            "make z = x w + b larger?",
            update(_flipped),
        ),
        Mistake(_LABELS, _LABELS_HINT, update(_label_as_sign)),
        Mistake(_LABELS, _LABELS_HINT, update(_label_in_product)),
        Mistake(_LABELS, _LABELS_HINT, update(_sign_as_prediction)),
        Mistake(
            "every mistake was added, also those where a 0 was read as 1.",
            "There are two kinds of mistake, and they pull in opposite "
            "directions.",
            update(_always_added),
        ),
        Mistake(
            "the error was taken from z and not from the prediction.",
            "The perceptron compares y with its answer, 0 or 1. That other "
            "rule exists too: it is Widrow and Hoff's, of 1960.",
            update(_sum_as_prediction),
        ),
        Mistake(
            "the learning rate plays no part.",
            "It scales the step. Where does the step appear?",
            update(_rate_forgotten),
        ),
        Mistake(
            "the learning rate scales the step of w and not that of b.",
            "w and b follow the same rule.",
            update(_rate_not_on_bias),
        ),
        Mistake(
            "the same was added to every weight; the input plays no part.",
            "A weight whose input was large had more to do with the mistake "
            "than one whose input was small.",
            update(_input_forgotten),
        ),
        *also,
    )


UPDATE = Exercise(
    reference=right.perceptron_update,
    sheet=SHEET,
    outputs=("w", "b"),
    cases=_update_cases,
    mistakes=_with_answer(
        lambda update: update,
        also=(
            Mistake(
                "w and b came back as they were.",
                "After a mistake they have to change; are the new values "
                "the ones that are returned?",
                _never_updated,
            ),
        ),
    ),
)


# --- fit_perceptron ---------------------------------------------------------


def _separable(rng, n, n_in):
    """Points that a line through the grid tells apart, none of them on it."""
    w, b = _grid(rng, n_in), float(_grid(rng, 1)[0]) / 4 + 1 / 128
    X = _grid(rng, n, n_in)
    return X, (X @ w + b >= 0).astype(int)


def _fit_cases(rng):
    """Data with and without a line between the classes; few and many epochs.

    The first ones are small, so that a reader can follow them by hand.
    """
    scale = float(rng.choice([0.5, 1.0, 2.0]))
    line = np.array([[1.0], [3.0], [4.0]]) * scale
    square = scale * (2 * CORNERS - 1)
    cases = [
        (np.array([[scale]]), np.array([0]), 5, 0.5),
        (line, np.array([0, 1, 1]), 60, 0.5),
        (square, np.array([0, 1, 1, 1]), 30, 2.0),
        (square, np.array([0, 1, 1, 0]), 7, 0.25),  # XOR: no line
        (line, np.array([0, 1, 1]), 2, 2.0),
    ]
    for n, n_in in [(6, 2), (8, 3), (12, 2)]:
        X, y = _separable(rng, n, n_in)
        cases.append((X, y, 200, float(rng.choice([0.25, 0.5, 2.0]))))
        cases.append((X, rng.integers(0, 2, n), 4, 2.0))
    return cases


def _train(update, X, y, epochs, rate, w=None, stop=True):
    """Train with any update rule; count the samples that it moves."""
    w, b, mistakes = np.zeros(X.shape[1]) if w is None else w, 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            count += _read(x, w, b) != label
            w, b = update(w, b, x, label, rate)
        mistakes.append(count)
        if stop and count == 0:
            break
    return w, b, mistakes


def _fit_with(update):
    return lambda X, y, epochs, rate: _train(update, X, y, epochs, rate)


def _step(w, b, x, y, rate):
    return _stepped(w, b, x, rate * (y - _read(x, w, b)))


def _no_stop(X, y, epochs, rate):
    return _train(_step, X, y, epochs, rate, stop=False)


def _clean_epoch_left_out(X, y, epochs, rate):
    w, b, mistakes = _train(_step, X, y, epochs, rate)
    return w, b, mistakes[:-1] if mistakes[-1] == 0 else mistakes


def _counted_on(X, y, epochs, rate):
    w, b, mistakes = _train(_step, X, y, epochs, rate)
    return w, b, list(np.cumsum(mistakes))


def _one_epoch(X, y, epochs, rate):
    return _train(_step, X, y, 1, rate)


def _started_at_ones(X, y, epochs, rate):
    return _train(_step, X, y, epochs, rate, w=np.ones(X.shape[1]))


def _total_only(X, y, epochs, rate):
    w, b, mistakes = _train(_step, X, y, epochs, rate)
    return w, b, sum(mistakes)


def _batch(X, y, epochs, rate):
    """All samples are read with the weights of the epoch's beginning."""
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
    while len(mistakes) < epochs and 0 not in mistakes:
        error = y - (X @ w + b >= 0)
        w, b = w + rate * error @ X, b + rate * error.sum()
        mistakes.append(int(np.abs(error).sum()))
    return w, b, mistakes


FIT = Exercise(
    reference=right.fit_perceptron,
    sheet=SHEET,
    outputs=("w", "b", "mistakes"),
    cases=_fit_cases,
    mistakes=(
        *_with_answer(_fit_with),
        Mistake(
            "training went on after an epoch without a mistake.",
            "After a clean epoch nothing can change any more. What ends a "
            "for loop early?",
            _no_stop,
        ),
        Mistake(
            "the clean epoch at the end is missing from the list.",
            "Its count is 0, and it belongs to the list like the others. Is "
            "the count noted before the loop is left?",
            _clean_epoch_left_out,
        ),
        Mistake(
            "the count of mistakes goes on from one epoch to the next.",
            "mistakes[e] is about epoch e alone. Where does counting start?",
            _counted_on,
        ),
        Mistake(
            "the number of all mistakes was returned, not one for each epoch.",
            "A list with one number for each epoch is asked for.",
            _total_only,
        ),
        Mistake(
            "training ended after the first epoch.",
            "Is the return inside the loop over epochs?",
            _one_epoch,
        ),
        Mistake(
            "training started from weights of 1.",
            "Start from zeros: w holds n_in of them, and b is 0.",
            _started_at_ones,
        ),
        Mistake(
            "a whole epoch was read with the same weights, and changed them "
            "once, at its end.",
            "The perceptron learns from each mistake at once: the next sample "
            "is read with the new weights.",
            _batch,
        ),
    ),
)


# --- nand_weights and xor_from_nand -----------------------------------------


def _gate(answer):
    """Return what a neuron with the answer's weights says at four corners."""
    pair = answer()
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Refused("Two things are expected: (w, b).")
    try:
        w, b = (np.asarray(part, dtype=float) for part in pair)
    except (TypeError, ValueError):
        raise Refused("w and b must hold numbers.") from None
    if w.shape != (2,) or b.size != 1:
        raise Refused(
            f"w has shape {w.shape} and b {b.shape}; NAND has two inputs, so "
            "w has shape (2,), and b is one number."
        )
    if not (np.isfinite(w).all() and np.isfinite(b).all()):
        raise Refused("w and b must be finite numbers.")
    return tuple((CORNERS @ w + b.item() >= 0).astype(int).tolist())


NAND = Exercise(
    reference=right.nand_weights,
    sheet=SHEET,
    outputs=tuple(f"the answer to ({a:g}, {b:g})" for a, b in CORNERS),
    cases=lambda rng: [()],
    look=_gate,
    mistakes=(
        Mistake(
            "these are the weights of AND.",
            "NAND is its opposite. What happens to the answer if every weight "
            "and the bias change their sign?",
            lambda: (np.array([2.0, 2.0]), -3.0),
        ),
        Mistake(
            "these are the weights of OR.",
            "NAND says 0 in one case only: which one?",
            lambda: (np.array([2.0, 2.0]), -1.0),
        ),
        Mistake(
            "these are the weights of NOR.",
            "One input of 1 is not enough to make NAND say 0.",
            lambda: (np.array([-2.0, -2.0]), 1.0),
        ),
        Mistake(
            "the neuron says 1 to everything. Perhaps z is exactly 0 at "
            "(1, 1), and z >= 0 counts as 1.",
            "Compute z at (1, 1) by hand. It has to be below 0.",
            lambda: (np.array([-1.0, -1.0]), 2.0),
        ),
        Mistake(
            "the neuron says 0 to everything.",
            "Compute z at (0, 0) by hand: only the bias is left.",
            lambda: (np.array([-1.0, -1.0]), -1.0),
        ),
    ),
)


def _true_nand(a, b):
    return int(not (a and b))


def _truth_table(answer):
    """Ask for all four corners, with a NAND that counts how often it is used.

    Four gates are the fewest that make XOR; with less, Python's own logic has
    done a part.
    """
    uses = []

    def nand(a, b):
        uses.append((a, b))
        return _true_nand(a, b)

    table, fewest = [], 4
    for x1, x2 in CORNERS.astype(int).tolist():
        before = len(uses)
        result = answer(x1, x2, nand)
        table.append(result)
        fewest = min(fewest, len(uses) - before)
    if table == [0, 1, 1, 0] and fewest < 4:
        raise Refused(
            f"The results are right, but nand was used {fewest} times, and "
            "XOR takes at least 4. Something other than neurons decided."
        )
    return tuple(table)


XOR = Exercise(
    reference=right.xor_from_nand,
    sheet=SHEET,
    outputs=tuple(f"the result for ({a:g}, {b:g})" for a, b in CORNERS),
    cases=lambda rng: [()],
    look=_truth_table,
    call="[xor_from_nand(a, b, nand) for a in (0, 1) for b in (0, 1)]",
    mistakes=(
        Mistake(
            "this is XNOR: 1 where the inputs are equal.",
            "One more nand turns a result round: what is nand(a, a)?",
            lambda x1, x2, nand: int(x1 == x2),
        ),
        Mistake(
            "this is AND.",
            "XOR says 0 to (1, 1).",
            lambda x1, x2, nand: x1 * x2,
        ),
        Mistake(
            "this is OR.",
            "OR and XOR differ at (1, 1) alone. Which gate tells it apart?",
            lambda x1, x2, nand: int(x1 + x2 > 0),
        ),
        Mistake(
            "this is NAND itself.",
            "NAND and XOR differ at (0, 0) alone. Combine the result with "
            "each input in turn.",
            lambda x1, x2, nand: 1 - x1 * x2,
        ),
        Mistake(
            "this is NOR.",
            "It says 1 in one case only; XOR says 1 in two.",
            lambda x1, x2, nand: int(x1 + x2 == 0),
        ),
    ),
)

EXERCISES = (PREDICT, UPDATE, FIT, NAND, XOR)
