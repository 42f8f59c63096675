"""Lesson 01: right answers, and the wrong ones that readers give."""

from functools import partial

import numpy as np

from nnlib import perceptron as right
from nnlib.checks.exercise import Exercise, Mistake, Refused, eighths

SHEET = "01_perceptron"
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


# --- perceptron_predict -----------------------------------------------------


def _predict_cases(rng):
    """Batches of many shapes; the first row of each is exactly on the line."""
    cases = []
    for n, n_in in [(1, 1), (2, 1), (1, 3), (4, 2), (3, 5), (9, 4), (50, 7)]:
        X, w = eighths(rng, n, n_in), eighths(rng, n_in)
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
            (lambda X, w, b: (X @ w + b > 0).astype(int),),
        ),
        Mistake(
            "the bias plays no part in the answer.",
            "z has two terms, and the second one does not depend on X.",
            (lambda X, w, b: (X @ w >= 0).astype(int),),
        ),
        Mistake(
            "the bias was taken away where it should be added.",
            "b says how ready the neuron is to answer 1 when all inputs are "
            "0: a positive b makes it readier.",
            (lambda X, w, b: (X @ w - b >= 0).astype(int),),
        ),
        Mistake(
            "the two labels are -1 and +1.",
            "Some books use them; here the labels are 0 and 1, and the "
            "update rule relies on it.",
            (lambda X, w, b: np.where(X @ w + b >= 0, 1, -1),),
        ),
        Mistake(
            "the sign of z was returned: -1, 0 or +1.",
            "There are two labels, 0 and 1, and z = 0 belongs to one of them.",
            (lambda X, w, b: np.sign(X @ w + b),),
        ),
        Mistake(
            "0 and 1 are exchanged.",
            "Try one point by hand: is its z negative or not, and which "
            "label does that give?",
            (lambda X, w, b: (X @ w + b < 0).astype(int),),
        ),
        Mistake(
            "z itself was returned; the threshold is missing.",
            "The weighted sum is only half of a neuron. What turns it into "
            "a yes or a no?",
            (lambda X, w, b: X @ w + b,),
        ),
        Mistake(
            "the answers came as one column, of shape (n, 1).",
            "One number for each row is asked for: shape (n,). Which of the "
            "arrays in your product has an axis too many?",
            (lambda X, w, b: (X @ w + b >= 0).astype(int)[:, np.newaxis],),
        ),
        Mistake(
            "z was compared with 1, not with 0.",
            "The labels are 0 and 1, but the threshold for z lies elsewhere.",
            (lambda X, w, b: (X @ w + b >= 1).astype(int),),
        ),
    ),
)


# --- perceptron_update ------------------------------------------------------

# What an update adds is a step, times x for w and times 1 for b. A wrong
# update has a wrong rule for the step, or applies a right one wrongly.


def _right_rule(z, y):
    return y - (z >= 0)


def _right_use(w, b, x, rate, step):
    return w + rate * step * x, b + rate * step


def _update_cases(rng):
    """Each label with z below 0, exactly 0, and above."""
    cases = []
    for n_in in (1, 2, 3, 6):
        for z in (-1.25, 0.0, 2.5):
            for y in (0, 1):
                w, x = eighths(rng, n_in), eighths(rng, n_in)
                rate = float(rng.choice([0.25, 0.5, 2.0]))
                cases.append((w, float(z - x @ w), x, y, rate))
    return cases


_WRONG_RULES = (
    (
        "samples that were read right changed the weights too.",
        "The perceptron learns from mistakes alone. What should the step be "
        "when y and the prediction are equal?",
        (lambda z, y: 2 * y - 1,),
    ),
    (
        "a point exactly on the line, where z is 0, was read as 0.",
        "z >= 0 counts as 1. Which comparison includes the equal case?",
        (lambda z, y: y - (z > 0),),
    ),
    (
        "the sign of the update is flipped: every step makes the mistake "
        "worse.",
        "If a 1 was read as 0, z was too small. Which way must w move to make "
        "z = x w + b larger?",
        (lambda z, y: (z >= 0) - y,),
    ),
    (
        "labels 0/1 and -1/+1 are mixed: the rule for -1 and +1 was used on "
        "labels that are 0 and 1.",
        "Write down y and the prediction for all four cases. What must be "
        "added in each, and what does your formula add?",
        (
            lambda z, y: y * ((z >= 0) != y),
            lambda z, y: y * (y * z <= 0),
            lambda z, y: y * (y * z < 0),
            lambda z, y: y - (1 if z >= 0 else -1),
            lambda z, y: y - np.sign(z),
            lambda z, y: 2 * y - 1 - (z >= 0),
            lambda z, y: (2 * y - 1) * ((z >= 0) != 2 * y - 1),
        ),
    ),
    (
        "every mistake was added, also those where a 0 was read as 1.",
        "There are two kinds of mistake, and they pull in opposite "
        "directions.",
        (lambda z, y: (z >= 0) != y,),
    ),
    (
        "the error was taken from z and not from the prediction.",
        "The perceptron compares y with its answer, 0 or 1. That other rule "
        "exists too: it is Widrow and Hoff's, of 1960.",
        (lambda z, y: y - z,),
    ),
)

_WRONG_USES = (
    (
        "the bias was never updated.",
        "The bias is a weight whose input is always 1. What does the rule say "
        "for such a weight?",
        lambda w, b, x, rate, step: (w + rate * step * x, b),
    ),
    (
        "the learning rate plays no part.",
        "It scales the step. Where does the step appear?",
        lambda w, b, x, rate, step: (w + step * x, b + step),
    ),
    (
        "the learning rate scales the step of w and not that of b.",
        "w and b follow the same rule.",
        lambda w, b, x, rate, step: (w + rate * step * x, b + step),
    ),
    (
        "the same was added to every weight; the input plays no part.",
        "A weight whose input was large had more to do with the mistake than "
        "one whose input was small.",
        lambda w, b, x, rate, step: (w + rate * step, b + rate * step),
    ),
)


def _step_mistakes(answers):
    """Return all mistakes of one step; answers(rule, use) are wrong ones."""
    return (
        *(
            Mistake(what, hint, answers(_right_rule, use))
            for what, hint, use in _WRONG_USES
        ),
        *(
            Mistake(
                what,
                hint,
                tuple(a for rule in rules for a in answers(rule, _right_use)),
            )
            for what, hint, rules in _WRONG_RULES
        ),
    )


def _updates(rule, use):
    """Return the update, in a tuple, that follows a rule and a use of it."""

    def update(w, b, x, y, rate):
        return use(w, b, x, rate, float(rule(x @ w + b, y)))

    return (update,)


UPDATE = Exercise(
    reference=right.perceptron_update,
    sheet=SHEET,
    outputs=("w", "b"),
    cases=_update_cases,
    mistakes=(
        *_step_mistakes(_updates),
        Mistake(
            "w and b came back as they were.",
            "After a mistake they have to change; are the new values the ones "
            "that are returned?",
            (lambda w, b, x, y, rate: (w, b),),
        ),
    ),
)


# --- fit_perceptron ---------------------------------------------------------


def _separable(rng, n, n_in):
    """Points that a line through the grid tells apart, none of them on it."""
    w, b = eighths(rng, n_in), float(eighths(rng, 1)[0]) / 4 + 1 / 128
    X = eighths(rng, n, n_in)
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


def _counted_once(z, y, step):
    return step != 0


def _train(
    X,
    y,
    epochs,
    rate,
    rule=_right_rule,
    use=_right_use,
    count=_counted_once,
    start=0.0,
):
    """Train with any rule, use of it, and way to count mistakes."""
    w, b, mistakes = np.full(X.shape[1], start), 0.0, []
    while len(mistakes) < epochs and 0 not in mistakes:
        mistakes.append(0)
        for x, label in zip(X, y, strict=True):
            z = x @ w + b
            step = float(rule(z, label))
            mistakes[-1] += count(z, label, step)
            w, b = use(w, b, x, rate, step)
    return w, b, mistakes


def _fits(rule, use):
    """Return training with a wrong step, once for each way of counting."""
    ways = (
        _counted_once,
        lambda z, y, step: abs(step),
        lambda z, y, step: (z >= 0) != y,
        lambda z, y, step: y * z <= 0,
    )
    return tuple(
        partial(_train, rule=rule, use=use, count=count) for count in ways
    )


def _no_stop(X, y, epochs, rate):
    w, b, mistakes = _train(X, y, epochs, rate)
    return w, b, mistakes + [0] * (epochs - len(mistakes))


def _clean_epoch_left_out(X, y, epochs, rate):
    w, b, mistakes = _train(X, y, epochs, rate)
    return w, b, mistakes[:-1] if mistakes[-1] == 0 else mistakes


def _counted_on(X, y, epochs, rate):
    """No epoch but a clean first one has a count of 0: it runs to the end."""
    w, b, mistakes = _no_stop(X, y, epochs, rate)
    total = list(np.cumsum(mistakes))
    return w, b, total[:1] if total[0] == 0 else total


def _counted_on_and_stopped(X, y, epochs, rate):
    w, b, mistakes = _train(X, y, epochs, rate)
    return w, b, list(np.cumsum(mistakes))


def _noted_at_every_row(X, y, epochs, rate):
    """The count so far is noted after each sample, not after each epoch."""
    w, b, noted = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        count = 0
        for x, label in zip(X, y, strict=True):
            step = float(_right_rule(x @ w + b, label))
            w, b = _right_use(w, b, x, rate, step)
            count += step != 0
            noted.append(count)
        if count == 0:
            break
    return w, b, noted


def _one_epoch(X, y, epochs, rate):
    return _train(X, y, 1, rate)


def _total_only(X, y, epochs, rate):
    w, b, mistakes = _train(X, y, epochs, rate)
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
        *_step_mistakes(_fits),
        Mistake(
            "training went on after an epoch without a mistake.",
            "After a clean epoch nothing can change any more. What ends a "
            "for loop early?",
            (_no_stop,),
        ),
        Mistake(
            "the clean epoch at the end is missing from the list.",
            "Its count is 0, and it belongs to the list like the others. Is "
            "the count noted before the loop is left?",
            (_clean_epoch_left_out,),
        ),
        Mistake(
            "the count of mistakes goes on from one epoch to the next.",
            "mistakes[e] is about epoch e alone. Where does counting start?",
            (_counted_on, _counted_on_and_stopped),
        ),
        Mistake(
            "the number of all mistakes was returned, not one for each epoch.",
            "A list with one number for each epoch is asked for.",
            (_total_only,),
        ),
        Mistake(
            "the count was noted after every sample, not once an epoch.",
            "The list has one number for each epoch. How far is the line that "
            "notes it indented?",
            (_noted_at_every_row,),
        ),
        Mistake(
            "training ended after the first epoch.",
            "Is the return inside the loop over epochs?",
            (_one_epoch,),
        ),
        Mistake(
            "training started from weights of 1.",
            "Start from zeros: w holds n_in of them, and b is 0.",
            (partial(_train, start=1.0),),
        ),
        Mistake(
            "a whole epoch was read with the same weights, and changed them "
            "once, at its end.",
            "The perceptron learns from each mistake at once: the next sample "
            "is read with the new weights.",
            (_batch,),
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
    call="perceptron_predict([[0, 0], [0, 1], [1, 0], [1, 1]], "
    "*nand_weights())",
    mistakes=(
        Mistake(
            "these are the weights of AND.",
            "NAND is its opposite. What happens to the answer if every weight "
            "and the bias change their sign?",
            (lambda: (np.array([2.0, 2.0]), -3.0),),
        ),
        Mistake(
            "these are the weights of OR.",
            "NAND says 0 in one case only: which one?",
            (lambda: (np.array([2.0, 2.0]), -1.0),),
        ),
        Mistake(
            "these are the weights of NOR.",
            "One input of 1 is not enough to make NAND say 0.",
            (lambda: (np.array([-2.0, -2.0]), 1.0),),
        ),
        Mistake(
            "the neuron says 1 to everything. Perhaps z is exactly 0 at "
            "(1, 1), and z >= 0 counts as 1.",
            "Compute z at (1, 1) by hand. It has to be below 0.",
            (lambda: (np.array([-1.0, -1.0]), 2.0),),
        ),
        Mistake(
            "the neuron says 0 to everything.",
            "Compute z at (0, 0) by hand: only the bias is left.",
            (lambda: (np.array([-1.0, -1.0]), -1.0),),
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
            (lambda x1, x2, nand: int(x1 == x2),),
        ),
        Mistake(
            "this is AND.",
            "XOR says 0 to (1, 1).",
            (lambda x1, x2, nand: x1 * x2,),
        ),
        Mistake(
            "this is OR.",
            "OR and XOR differ at (1, 1) alone. Which gate tells it apart?",
            (lambda x1, x2, nand: int(x1 + x2 > 0),),
        ),
        Mistake(
            "this is NAND itself.",
            "NAND and XOR differ at (0, 0) alone. Combine the result with "
            "each input in turn.",
            (lambda x1, x2, nand: 1 - x1 * x2,),
        ),
        Mistake(
            "this is NOR.",
            "It says 1 in one case only; XOR says 1 in two.",
            (lambda x1, x2, nand: int(x1 + x2 == 0),),
        ),
    ),
)

EXERCISES = (PREDICT, UPDATE, FIT, NAND, XOR)
