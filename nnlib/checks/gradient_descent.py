"""Lesson 07: right answers, and the wrong ones that readers give."""

import math
from functools import lru_cache, partial

import numpy as np

from nnlib import training
from nnlib.checks.comparing import a_type, as_code
from nnlib.checks.exercise import Exercise, Mistake, Refused, eighths

SHEET = "07_gradient_descent"
FEW = 20  # rows; more never come out of a shuffle in order, or alike twice


def _as_numbers(value):
    """Return an array of numbers; None if that is not what it is."""
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array if array.dtype.kind in "biuf" else None


# --- minibatches ------------------------------------------------------------

NOT_ASKED = "not asked here"
ONCE = "each comes once in an epoch"
NEVER = "some never come"
TWICE = "some come more than once, and some never"
AGAIN = "all come, and some of them more than once"
FATES = (TWICE, NEVER, AGAIN, ONCE)
TOGETHER = "each comes with its row"
APART = "some come with another row"
SHUFFLED = "shuffled anew by rng"
FIXED = "the same in every epoch"
AS_GIVEN = "that of X, not shuffled"
FOREIGN = "not drawn from rng: the same seed gives another one"
BLOCKS = "neighbours stay together: whole batches are shuffled, not rows"


def _minibatches_cases(rng):
    """(n, n_in, batch_size, seed): one row, a rest, no rest, one batch."""
    n = int(rng.integers(26, 30))
    sizes = [(7, 1, 3), (n, 2, 4), (4, 1, 1), (1, 2, 3)]
    return [(*size, int(rng.integers(10_000))) for size in sizes]


def _numbered(n, n_in):
    """Return (X, y) in which row i has label i."""
    return np.arange(n * n_in).reshape(n, n_in) / 8, np.arange(n)


def _epoch(answer, n, n_in, batch_size, rng):
    """Return the numbers of the rows, batch by batch, and all labels."""
    X, y = _numbered(n, n_in)
    batches = answer(X, y, batch_size, rng)
    if batches is None:
        raise Refused(
            "It returned None. Nothing was yielded, and no list returned."
        )
    rows, labels = [np.zeros(0)], []
    for pair in batches:
        numbers, own = _as_batch(pair, n_in)
        rows.append(numbers[:, 0] * 8 / n_in)
        labels.extend(own.tolist())
    if not set(np.concatenate(rows).tolist()) <= set(range(n)):
        raise Refused("A batch holds a row that X does not have.")
    return [row.astype(int) for row in rows[1:]], labels


def _as_batch(pair, n_in):
    """Return (X, y) of one batch as arrays, if that is what it is."""
    if not (isinstance(pair, tuple | list) and len(pair) == 2):
        raise Refused(
            "Every batch must be a pair, (rows of X, their labels); one is "
            f"{a_type(pair)}. Is a return inside the loop, or are X and y "
            "not together?"
        )
    numbers, own = (_as_numbers(part) for part in pair)
    if numbers is None or own is None or numbers.shape[1:] != (n_in,):
        came = "is no array of numbers"
        if numbers is not None:
            came = f"has shape {numbers.shape}"
        raise Refused(
            f"The X of a batch {came}, and (n_rows, {n_in}) is needed; its y "
            "has shape (n_rows,)."
        )
    if own.shape != (len(numbers),):
        raise Refused(
            f"A batch has {len(numbers)} rows and labels of shape "
            f"{own.shape}. One label for each row is needed."
        )
    return numbers, own


def _fate(rows, n):
    """Say how often each row came in one epoch."""
    counts = np.bincount(np.concatenate(rows), minlength=n)
    if counts.max() > 1:
        return TWICE if counts.min() < 1 else AGAIN
    return NEVER if counts.min() < 1 else ONCE


def _first_found(found, known):
    """Return the first of the known words that was found anywhere."""
    return next(word for word in known if word in found)


def _kind_of_order(epochs, again):
    """Say where the order comes from.

    epochs: the numbers of the rows, batch by batch. again: the same for as
    many epochs of another run with the same seed, or fewer.
    """
    orders = [np.concatenate(rows).tolist() for rows in epochs]
    repeated = [np.concatenate(rows).tolist() for rows in again]
    if all(order == orders[0] for order in orders):
        return AS_GIVEN if orders[0] == sorted(orders[0]) else FIXED
    if orders[: len(repeated)] != repeated:
        return FOREIGN
    if max(map(len, epochs[0])) > 1 and all(
        np.array_equal(batch, np.arange(len(batch)) + batch[0])
        for rows in epochs
        for batch in rows
    ):
        return BLOCKS
    return SHUFFLED


def _properties_of_batches(answer, n, n_in, batch_size, seed):
    """Ask for three epochs and say what they have in common.

    Of few rows it is only asked how they are cut: chance may leave them in
    order, and draw none of them twice.
    """
    rng = np.random.default_rng(seed)
    count = 3 if n > FEW else 1
    found = [_epoch(answer, n, n_in, batch_size, rng) for _ in range(count)]
    epochs = [rows for rows, _ in found]
    sizes = [len(batch) for batch in epochs[0]]
    if n <= FEW or not sizes:
        return sizes, NOT_ASKED, NOT_ASKED, NOT_ASKED
    rng = np.random.default_rng(seed)
    again = [_epoch(answer, n, n_in, batch_size, rng)[0]]
    is_apart = any(
        np.concatenate(rows).tolist() != labels for rows, labels in found
    )
    return (
        sizes,
        _first_found([_fate(rows, n) for rows in epochs], FATES),
        APART if is_apart else TOGETHER,
        _kind_of_order(epochs, again),
    )


def _write_minibatches(n, n_in, batch_size, seed):
    X = f"np.arange({n * n_in}).reshape({n}, {n_in}) / 8"
    rng = f"np.random.default_rng({seed})"
    return f"list(minibatches({X}, np.arange({n}), {batch_size}, {rng}))"


def _cut(X, y, rows, size):
    """Return the batches of X and y, in the order of rows."""
    starts = range(0, len(rows), size)
    return [(X[rows[i : i + size]], y[rows[i : i + size]]) for i in starts]


def _unshuffled(X, y, size, rng):
    return _cut(X, y, np.arange(len(X)), size)


def _shuffled_apart(X, y, size, rng):
    return _cut(
        rng.permutation(X), rng.permutation(y), np.arange(len(X)), size
    )


def _x_alone_shuffled(X, y, size, rng):
    return _cut(rng.permutation(X), y, np.arange(len(X)), size)


def _y_alone_shuffled(X, y, size, rng):
    return _cut(X, rng.permutation(y), np.arange(len(X)), size)


def _rest_dropped(X, y, size, rng):
    batches = _cut(X, y, rng.permutation(len(X)), size)
    return [pair for pair in batches if len(pair[1]) == size]


def _with_replacement(X, y, size, rng):
    return _cut(X, y, rng.integers(len(X), size=len(X)), size)


def _with_replacement_and_no_rest(X, y, size, rng):
    n = math.ceil(len(X) / size) * size
    return _cut(X, y, rng.integers(len(X), size=n), size)


def _with_replacement_and_rest_dropped(X, y, size, rng):
    n = len(X) // size * size
    return _cut(X, y, rng.integers(len(X), size=n), size)


def _drawn_for_each_batch(X, y, size, rng):
    """No row twice in one batch, but twice in an epoch."""
    n, batches = len(X), []
    for _ in range(math.ceil(n / size)):
        rows = rng.choice(n, min(size, n), replace=False)
        batches.append((X[rows], y[rows]))
    return batches


def _seed_inside(X, y, size, rng):
    return training.minibatches(X, y, size, np.random.default_rng(0))


def _other_generator(X, y, size, rng):
    return training.minibatches(X, y, size, np.random.default_rng())


def _whole_batches(X, y, size, rng):
    batches = _unshuffled(X, y, size, rng)
    return [batches[i] for i in rng.permutation(len(batches))]


def _filled_up(X, y, size, rng):
    """The last batch is filled with rows of the first."""
    rows = rng.permutation(len(X))
    return _cut(X, y, np.resize(rows, math.ceil(len(X) / size) * size), size)


def _split(parts):
    """Return an answer that cuts the rows into parts(n, size) batches."""

    def batches(X, y, size, rng):
        rows = rng.permutation(len(X))
        pieces = np.array_split(rows, parts(len(X), size))
        return [(X[piece], y[piece]) for piece in pieces if len(piece)]

    return batches


MINIBATCHES = Exercise(
    reference=training.minibatches,
    sheet=SHEET,
    outputs=(
        "the list of batch sizes",
        "what happens to the rows",
        "what happens to the labels",
        "the order of the rows",
    ),
    cases=_minibatches_cases,
    look=_properties_of_batches,
    call=_write_minibatches,
    mistakes=(
        Mistake(
            "the rows come in the order in which they lie in X.",
            "Neighbours in a file are often alike. What can rng make of the "
            "numbers from 0 to n - 1?",
            (_unshuffled,),
        ),
        Mistake(
            "X and y were shuffled each on its own: the labels belong to "
            "other rows now.",
            "Shuffle the numbers of the rows, once. Then pick both with the "
            "same numbers.",
            (_shuffled_apart, _x_alone_shuffled, _y_alone_shuffled),
        ),
        Mistake(
            "the rows that are left over at the end were dropped.",
            "10 rows in batches of 4 make three batches. What does a slice "
            "do that reaches beyond the end?",
            (_rest_dropped,),
        ),
        Mistake(
            "the rows were drawn with replacement: some come twice in an "
            "epoch, and some never.",
            "Think of a deck of cards that is shuffled once and dealt out to "
            "the last card.",
            (
                _with_replacement,
                _with_replacement_and_no_rest,
                _with_replacement_and_rest_dropped,
                _drawn_for_each_batch,
            ),
        ),
        Mistake(
            "the order is the same in every epoch: a seed inside the "
            "function starts it afresh each time.",
            "rng goes on where it stopped the last time. Who makes it, and "
            "how often?",
            (_seed_inside,),
        ),
        Mistake(
            "the order does not come from the rng that was passed in.",
            "A run can only be repeated if all chance in it comes from one "
            "generator. Which one is drawn from here?",
            (_other_generator,),
        ),
        Mistake(
            "the batches were shuffled, and the rows in each stayed "
            "neighbours.",
            "Every row should be able to meet every other. What comes first, "
            "to cut or to shuffle?",
            (_whole_batches,),
        ),
        Mistake(
            "the last batch was filled up with rows that had their turn.",
            "The last batch may be smaller than the others.",
            (_filled_up,),
        ),
        Mistake(
            "batch_size was taken for the number of batches.",
            "It is the number of rows in one batch.",
            (_split(lambda n, size: size),),
        ),
        Mistake(
            "what is left over was spread over the other batches.",
            "All batches but the last have exactly batch_size rows.",
            (
                _split(lambda n, size: math.ceil(n / size)),
                _split(lambda n, size: max(n // size, 1)),
            ),
        ),
    ),
)


# --- momentum_step ----------------------------------------------------------


def momentum_step(theta, gradient, v, learning_rate, momentum):
    """Return (theta, v) after one step of a ball that rolls."""
    v = momentum * v + gradient
    return theta - learning_rate * v, v


def _momentum_cases(rng):
    """A first step with v = 0, then others; vectors and matrices."""
    cases = [
        (np.array([1.0]), np.array([2.0]), np.array([0.0]), 0.5, 0.5),
        (np.array([1.0]), np.array([2.0]), np.array([4.0]), 0.25, 0.5),
    ]
    for shape in [(1,), (3,), (2, 3), (4, 1), (6,)]:
        theta, gradient, v = eighths(rng, 3, *shape)
        rate = float(rng.choice([0.125, 0.25, 0.5]))
        cases.append(
            (theta, gradient, v, rate, float(rng.choice([0.25, 0.75])))
        )
    theta, gradient, v = eighths(rng, 3, 2)
    cases.append((theta, gradient * 2**12, v, 2.0**-10, 0.75))
    cases.append((theta, gradient, v, 0.25, 0.0))
    return cases


def _factor_on_the_gradient(theta, gradient, v, rate, momentum):
    v = momentum * v + (1 - momentum) * gradient
    return theta - rate * v, v


def _roll_up(theta, gradient, v, rate, momentum):
    v = momentum * v + gradient
    return theta + rate * v, v


def _old_v(theta, gradient, v, rate, momentum):
    return theta - rate * v, momentum * v + gradient


def _rate_inside(theta, gradient, v, rate, momentum):
    v = momentum * v + rate * gradient
    return theta - v, v


def _rate_inside_and_below_0(theta, gradient, v, rate, momentum):
    v = momentum * v - rate * gradient
    return theta + v, v


def _rate_inside_and_outside(theta, gradient, v, rate, momentum):
    v = momentum * v + rate * gradient
    return theta - rate * v, v


def _minus_the_gradient(theta, gradient, v, rate, momentum):
    v = momentum * v - gradient
    return theta - rate * v, v


def _v_below_0(theta, gradient, v, rate, momentum):
    v = momentum * v - gradient
    return theta + rate * v, v


def _nothing_forgotten(theta, gradient, v, rate, momentum):
    v = v + gradient
    return theta - rate * v, v


def _momentum_on_the_gradient(theta, gradient, v, rate, momentum):
    v = v + momentum * gradient
    return theta - rate * v, v


def _plain_step(theta, gradient, v, rate, momentum):
    return theta - rate * gradient, momentum * v + gradient


def _v_not_kept(theta, gradient, v, rate, momentum):
    return theta - rate * (momentum * v + gradient), v


def _nesterov(theta, gradient, v, rate, momentum):
    v = momentum * v + gradient
    return theta - rate * (momentum * v + gradient), v


MOMENTUM_STEP = Exercise(
    reference=momentum_step,
    sheet=SHEET,
    outputs=("theta", "v"),
    cases=_momentum_cases,
    mistakes=(
        Mistake(
            "the gradient was multiplied by (1 - momentum).",
            "Adam's m is such a mean. Here v is a sum: the gradient enters it "
            "whole.",
            (_factor_on_the_gradient,),
        ),
        Mistake(
            "theta goes up: the step was added.",
            "The gradient points to where the loss grows. Which sign leads "
            "down?",
            (_roll_up, _minus_the_gradient),
        ),
        Mistake(
            "v has the wrong sign: minus the gradient was gathered, and then "
            "added to theta.",
            "theta comes out right, but v is asked for as a sum of gradients. "
            "Where does the minus belong?",
            (_v_below_0,),
        ),
        Mistake(
            "theta was moved by the old v, before the new gradient was in it.",
            "Which of the two lines must come first?",
            (_old_v,),
        ),
        Mistake(
            "the learning rate is inside v.",
            "v remembers gradients alone. The learning rate comes in when "
            "theta moves.",
            (
                _rate_inside,
                _rate_inside_and_below_0,
                _rate_inside_and_outside,
            ),
        ),
        Mistake(
            "v forgets nothing: momentum plays no part.",
            "By what is the old v multiplied before the gradient joins it?",
            (_nothing_forgotten,),
        ),
        Mistake(
            "momentum multiplies the gradient and not the old v.",
            "What should fade with time, the new or the old?",
            (_momentum_on_the_gradient,),
        ),
        Mistake(
            "theta took a plain step, along the gradient alone.",
            "What is the use of v if theta does not follow it?",
            (_plain_step,),
        ),
        Mistake(
            "theta is right, but v came back as it was.",
            "The next step needs the new v. Is it the one that is returned?",
            (_v_not_kept,),
        ),
        Mistake(
            "this is Nesterov's step, of 1983, which looks one step ahead.",
            "A good one, but not the one asked for: theta moves along v "
            "itself.",
            (_nesterov,),
        ),
        Mistake(
            "theta and v came back in the wrong order.",
            "Which comes first in (theta, v)?",
            (lambda *values: momentum_step(*values)[::-1],),
        ),
    ),
)


# --- adam_step --------------------------------------------------------------


def adam_step(theta, gradient, m, v, t, learning_rate, beta1, beta2, epsilon):
    """Return (theta, m, v) after step t, counted from 1."""
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    M, V = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - learning_rate * M / (np.sqrt(V) + epsilon), m, v


def _adam_cases(rng):
    """First steps and late ones; an epsilon that can be seen, and a tiny one.

    The betas are sums of few powers of 2: float32 holds them exactly.
    """
    one = np.array([1.0])
    cases = [(one, 4 * one, 0 * one, 0 * one, 1, 0.5, 0.5, 0.75, 0.5)]
    for shape, t in [((1,), 1), ((3,), 1), ((2, 3), 2), ((4,), 3), ((5,), 40)]:
        theta, gradient, m = eighths(rng, 3, *shape)
        v = eighths(rng, *shape) ** 2
        if t == 1:
            m, v = np.zeros(shape), np.zeros(shape)
        rate = float(rng.choice([0.125, 0.25, 0.5]))
        betas = [(0.5, 0.75), (0.75, 0.9375), (0.875, 0.984375)]
        beta1, beta2 = betas[rng.integers(3)]
        epsilon = float(rng.choice([0.25, 0.5]))
        cases.append((theta, gradient, m, v, t, rate, beta1, beta2, epsilon))
    still = np.array([0.0, 1.0, -1024.0])
    zeros = np.zeros(3)
    cases.append((zeros, still, zeros, zeros, 1, 0.125, 0.875, 0.984375, 1e-8))
    return cases


def _adam(
    theta,
    gradient,
    m,
    v,
    t,
    rate,
    beta1,
    beta2,
    epsilon,
    *,
    gather=lambda old, new, beta: beta * old + (1 - beta) * new,
    square=np.square,
    m_hat=lambda m, beta, t: m / (1 - beta**t),
    v_hat=lambda v, beta, t: v / (1 - beta**t),
    size=lambda V, epsilon: np.sqrt(V) + epsilon,
    sign=-1,
):
    """Take an Adam step in which any one part may be another."""
    m, v = gather(m, gradient, beta1), gather(v, square(gradient), beta2)
    M, V = m_hat(m, beta1, t), v_hat(v, beta2, t)
    return theta + sign * rate * M / size(V, epsilon), m, v


def _uncorrected(mean, beta, t):
    return mean


def _from(shift):
    """Return a correction whose t is another one."""
    return lambda mean, beta, t: mean / (1 - beta ** (t + shift))


def _corrected_kept(theta, gradient, m, v, t, rate, beta1, beta2, epsilon):
    theta, m, v = adam_step(
        *(theta, gradient, m, v, t, rate, beta1, beta2, epsilon)
    )
    return theta, m / (1 - beta1**t), v / (1 - beta2**t)


def _betas_exchanged(theta, gradient, m, v, t, rate, beta1, beta2, epsilon):
    return adam_step(theta, gradient, m, v, t, rate, beta2, beta1, epsilon)


def _exchanged_at_the_end(*values):
    theta, m, v = adam_step(*values)
    return theta, v, m


def _exchanged_in_the_step(
    theta, gradient, m, v, t, rate, beta1, beta2, epsilon
):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    M, V = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - rate * V / (np.sqrt(M) + epsilon), m, v


def _gradient_in_the_step(
    theta, gradient, m, v, t, rate, beta1, beta2, epsilon
):
    _, m, v = adam_step(
        *(theta, gradient, m, v, t, rate, beta1, beta2, epsilon)
    )
    V = v / (1 - beta2**t)
    return theta - rate * gradient / (np.sqrt(V) + epsilon), m, v


def _old_means(theta, gradient, m, v, t, rate, beta1, beta2, epsilon):
    _, new_m, new_v = adam_step(
        *(theta, gradient, m, v, t, rate, beta1, beta2, epsilon)
    )
    M, V = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - rate * M / (np.sqrt(V) + epsilon), new_m, new_v


ADAM_STEP = Exercise(
    reference=adam_step,
    sheet=SHEET,
    outputs=("theta", "m", "v"),
    cases=_adam_cases,
    mistakes=(
        Mistake(
            "the bias correction is missing: m and v are used as they are.",
            "After the first step m is (1 - beta1) times the gradient, too "
            "small by that factor. What makes up for it?",
            (partial(_adam, m_hat=_uncorrected, v_hat=_uncorrected),),
        ),
        Mistake(
            "only one of m and v is corrected.",
            "Both start from 0, and both are too small at first.",
            (
                partial(_adam, m_hat=_uncorrected),
                partial(_adam, v_hat=_uncorrected),
            ),
        ),
        Mistake(
            "the correction counts the steps wrongly: t is 1 at the first "
            "step.",
            "Put t = 1 into your correction, by hand. What should be left of "
            "(1 - beta1) times the gradient?",
            (
                partial(_adam, m_hat=_from(-1), v_hat=_from(-1)),
                partial(_adam, m_hat=_from(1), v_hat=_from(1)),
            ),
        ),
        Mistake(
            "the correction divides by 1 - beta, whatever t is.",
            "After a thousand steps nothing is too small any more. What "
            "happens to beta to the power of t?",
            (
                partial(
                    _adam,
                    m_hat=lambda m, beta, t: m / (1 - beta),
                    v_hat=lambda v, beta, t: v / (1 - beta),
                ),
            ),
        ),
        Mistake(
            "epsilon is inside the square root.",
            "It is added to the usual size of the gradient, not to the "
            "square of it.",
            (partial(_adam, size=lambda V, epsilon: np.sqrt(V + epsilon)),),
        ),
        Mistake(
            "epsilon plays no part.",
            "What is 0 / 0, for a parameter whose gradient has always been 0?",
            (partial(_adam, size=lambda V, epsilon: np.sqrt(V)),),
        ),
        Mistake(
            "the square root is missing.",
            "v is a mean of squares. What has the size of a gradient again?",
            (partial(_adam, size=lambda V, epsilon: V + epsilon),),
        ),
        Mistake(
            "v gathers the gradient itself and not its square.",
            "Gradients of both signs would cancel in v. What is never "
            "below 0?",
            (partial(_adam, square=lambda gradient: gradient),),
        ),
        Mistake(
            "v gathers the square of m and not of the gradient.",
            "m and v are two memories of the same gradients; neither is made "
            "from the other.",
            (
                lambda theta, g, m, v, t, rate, b1, b2, epsilon: _adam(
                    *(theta, g, m, v, t, rate, b1, b2, epsilon),
                    square=lambda g: (b1 * m + (1 - b1) * g) ** 2,
                ),
            ),
        ),
        Mistake(
            "the factors (1 - beta) are missing: m and v are sums and not "
            "means.",
            "If the gradient is the same for ever, m should end at that "
            "gradient. Where does yours end?",
            (partial(_adam, gather=lambda old, new, beta: beta * old + new),),
        ),
        Mistake(
            "beta and 1 - beta are exchanged.",
            "beta is what is kept of the old: 0.9 of it, for example.",
            (
                partial(
                    _adam,
                    gather=lambda old, new, beta: (
                        (1 - beta) * old + beta * new
                    ),
                ),
            ),
        ),
        Mistake(
            "beta1 and beta2 are exchanged.",
            "Which of them belongs to m?",
            (_betas_exchanged,),
        ),
        Mistake(
            "m and v are exchanged.",
            "m says where to go, and v how far it is usual to go.",
            (_exchanged_at_the_end, _exchanged_in_the_step),
        ),
        Mistake(
            "the corrected m and v came back.",
            "Corrected once more in the next step, they would be far too "
            "large. Which ones should be remembered?",
            (_corrected_kept,),
        ),
        Mistake(
            "theta follows the gradient and not m. This is RMSprop, with a "
            "correction.",
            "m has been gathered. Where is it used?",
            (_gradient_in_the_step,),
        ),
        Mistake(
            "theta was moved by the old m and v.",
            "Which lines must come first?",
            (_old_means,),
        ),
        Mistake(
            "theta goes up: the step was added.",
            "The gradient points to where the loss grows. Which sign leads "
            "down?",
            (partial(_adam, sign=1),),
        ),
    ),
)


# --- largest_learning_rate --------------------------------------------------


def largest_learning_rate(H):
    """Return 2 / lambda_max of a bowl whose Hessian is H."""
    return 2 / np.linalg.eigvalsh(H).max()


def _bowl(rng, n):
    """Return a Hessian with eigenvalues from about 1 to 2 n, far apart.

    Some entries beside the diagonal are below 0, and none of the diagonal.
    """
    lambdas = np.append(rng.uniform(1, n, n - 1), 2 * n + rng.uniform(0, 2))
    Q = np.linalg.qr(rng.normal(size=(n, n)))[0]
    H = np.round((Q * lambdas) @ Q.T * 64) / 64
    return (H + H.T) / 2


def _limit_cases(rng):
    """A parabola, a bowl along the axes, turned ones, flat and steep ones."""
    a, b = rng.choice([2.0, 4.0, 8.0]), rng.choice([0.5, 1.0])
    long, short = 6.0 + a, 5.0 + b / 2
    cases = [
        np.array([[a]]),
        np.diag([b, a, b / 2]),
        np.array([[long, short], [short, long]]),
        np.array([[long, -short], [-short, long]]),
    ]
    cases += [_bowl(rng, n) for n in (3, 4, 6)]
    cases += [_bowl(rng, 3) / 32, _bowl(rng, 4) * 64]
    return [(H,) for H in cases]


def _over(number):
    """Return an answer that divides 2 by number(H)."""
    return lambda H: 2 / number(H)


LARGEST_LEARNING_RATE = Exercise(
    reference=largest_learning_rate,
    sheet=SHEET,
    outputs=("the learning rate",),
    cases=_limit_cases,
    mistakes=(
        Mistake(
            "it was computed from the smallest eigenvalue.",
            "Which direction explodes first, the flat one or the steep one?",
            (_over(lambda H: np.linalg.eigvalsh(H)[0]),),
        ),
        Mistake(
            "it is 1 / lambda, half of the limit.",
            "At 1 / lambda the factor 1 - rate * lambda is 0. At which "
            "product is it -1?",
            (lambda H: 1 / np.linalg.eigvalsh(H)[-1],),
        ),
        Mistake(
            "it was computed from the trace, the sum of all eigenvalues.",
            "Each direction goes its own way, with its own eigenvalue. Only "
            "one of them sets the limit.",
            (_over(np.trace), _over(lambda H: np.linalg.eigvalsh(H).mean())),
        ),
        Mistake(
            "it was computed from the largest entry of H, which lies on its "
            "diagonal.",
            "The diagonal holds the curvatures along the axes of the "
            "parameters. Is the bowl steepest along one of them?",
            (_over(np.max),),
        ),
        Mistake(
            "it was computed from the eigenvalue that came first, or last, "
            "whichever that is.",
            "np.linalg.eigvals does not sort. Which one is needed?",
            (
                _over(lambda H: np.linalg.eigvals(H)[0]),
                _over(lambda H: np.linalg.eigvals(H)[-1]),
            ),
        ),
        Mistake(
            "it was computed from the smallest and the largest eigenvalue: "
            "this is the best rate, not the limit.",
            "At this rate both directions shrink equally fast. From which "
            "rate on does one of them grow?",
            (
                _over(
                    lambda H: (
                        np.linalg.eigvalsh(H)[0] + np.linalg.eigvalsh(H)[-1]
                    )
                ),
            ),
        ),
        Mistake(
            "it is the largest eigenvalue itself, or twice that.",
            "The steeper the bowl, the smaller the rate must be.",
            (
                lambda H: np.linalg.eigvalsh(H)[-1],
                lambda H: 2 * np.linalg.eigvalsh(H)[-1],
            ),
        ),
        Mistake(
            "it was computed from the root of the sum of all squares in H.",
            "np.linalg.norm(H) mixes all eigenvalues. Which one counts?",
            (_over(np.linalg.norm),),
        ),
        Mistake(
            "it was computed from the determinant, the product of all "
            "eigenvalues.",
            "Each direction goes its own way, with its own eigenvalue. Only "
            "one of them sets the limit.",
            (_over(np.linalg.det),),
        ),
    ),
)


# --- train ------------------------------------------------------------------

MEAN = "the mean of the losses of each epoch"
ALONG = "along the gradient of its batch"
LED = "where the last step led"
AS_IT_SHOULD = (-1.0, ALONG, LED, MEAN)
FELL = "close to the lowest possible one"


def mean_squared(theta, X, y):
    """Return (loss, gradient) of the predictions X theta."""
    error = X @ theta - y
    return float(error @ error) / len(y), (2 / len(y)) * (error @ X)


def problem(n, n_in, seed):
    """Return (loss_and_gradient, theta, X, y): points near a line."""
    X, y = _points(n, n_in, seed)
    return mean_squared, np.zeros(n_in), X.copy(), y.copy()


@lru_cache
def _points(n, n_in, seed):
    rng = np.random.default_rng(seed)
    X = eighths(rng, n, n_in)
    # No two rows are alike, and float32 holds all of them exactly.
    X[:, 0] = (rng.permutation(n) - n // 2 + 0.5) / (4 if n > 8 else 1)
    return X, X @ eighths(rng, n_in) + eighths(rng, n) / 8


def train(
    loss_and_gradient, theta, X, y, epochs, batch_size, learning_rate, rng
):
    """Move theta in place and return the mean loss of each epoch."""
    history = []
    for _ in range(epochs):
        steps = []
        for batch in training.minibatches(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, *batch)
            theta -= learning_rate * gradient
            steps.append(loss)
        history.append(float(np.mean(steps)))
    return history


def _train_cases(rng):
    """(n, n_in, epochs, batch_size, learning_rate, seed)."""
    sizes = [(3, 1, 3, 2), (1, 1, 2, 1), (6, 2, 2, 3)]
    cases = []
    for n, n_in, epochs, batch_size in sizes:
        rate = float(rng.choice([1, 3])) / 64
        cases.append((n, n_in, epochs, batch_size, rate))
    cases.insert(1, (22, 2, 2, 4, 1 / 32))
    return [(*case, int(rng.integers(10_000))) for case in cases]


class _Witness:
    """A loss_and_gradient that keeps what it was asked and what it said."""

    def __init__(self, loss_and_gradient):
        self.function = loss_and_gradient
        self.thetas, self.batches, self.losses, self.gradients = [], [], [], []

    def __call__(self, theta, X, y):
        theta, X, y = np.array(theta, dtype=float), np.array(X), np.array(y)
        loss, gradient = self.function(theta, X, y)
        self.thetas.append(theta)
        self.batches.append((X, y))
        self.losses.append(loss)
        self.gradients.append(gradient)
        return loss, gradient.copy()


def _watched(answer, n, n_in, epochs, batch_size, rate, seed):
    """Train once. Return (history, theta, witness, problem)."""
    function, theta, X, y = problem(n, n_in, seed)
    witness = _Witness(function)
    rng = np.random.default_rng(seed)
    given = (X.copy(), y.copy(), epochs, batch_size, rate, rng)
    history = answer(witness, theta, *given)
    return history, theta, witness, (X, y)


def _rows_asked_for(witness, X, y):
    """Return the numbers of the rows of each call, and whether y fits."""
    number = {row: i for i, row in enumerate(X[:, 0].tolist())}
    rows, fits = [], True
    for batch_X, batch_y in witness.batches:
        if batch_X.shape[1:] != X.shape[1:] or len(batch_X) != len(batch_y):
            raise Refused(
                "loss_and_gradient was given an X of shape "
                f"{batch_X.shape} and a y of shape {batch_y.shape}; it needs "
                f"(n_rows, {X.shape[1]}) and (n_rows,)."
            )
        rows.append(
            [number.get(value, -1) for value in batch_X[:, 0].tolist()]
        )
        if -1 in rows[-1]:
            raise Refused(
                "loss_and_gradient was given a row that X does not have."
            )
        fits = fits and batch_y.tolist() == y[rows[-1]].tolist()
    return rows, fits


def _properties_of_training(answer, n, n_in, epochs, batch_size, rate, seed):
    """Train, and say of every part whether it is as it should be."""
    case = (n, n_in, epochs, batch_size, rate, seed)
    history, theta, witness, (X, y) = _watched(answer, *case)
    if history is None:
        return None
    values = _as_numbers(history)
    if values is None or values.ndim != 1:
        raise Refused(
            "history must be a list of numbers, one for each epoch, and "
            f"nothing else is returned; it is {a_type(history)}."
        )
    if not witness.losses:
        raise Refused("loss_and_gradient was never called.")
    rows, fits = _rows_asked_for(witness, X, y)
    per_epoch = math.ceil(n / batch_size)
    whole = len(rows) == epochs * per_epoch
    parts = _by_epoch(rows, per_epoch)
    fate, order = ONCE, SHUFFLED
    if whole:
        fate = _first_found([_fate(part, n) for part in parts], FATES)
    if whole and fate == ONCE and n > FEW:
        case = (n, n_in, 1, batch_size, rate, seed)
        again, _ = _rows_asked_for(_watched(answer, *case)[2], X, y)
        order = _kind_of_order(parts, _by_epoch(again, per_epoch))
    found = (
        len(values),
        len(rows),
        [len(batch) for batch in rows],
        fate,
        TOGETHER if fits else APART,
        order,
        *_steps(witness, rate),
        _end(theta, witness, rate),
        _what_it_holds(values, witness, per_epoch, parts, epochs),
    )
    is_right = found[3:] == (ONCE, TOGETHER, SHUFFLED, *AS_IT_SHOULD)
    low = _how_low(theta, X, y) if is_right and n > FEW else NOT_ASKED
    return *found, low


def _by_epoch(rows, per_epoch):
    """Return lists of the batches of each epoch."""
    return [rows[i : i + per_epoch] for i in range(0, len(rows), per_epoch)]


def _steps(witness, rate):
    """Compare what theta did between two calls with the gradient."""
    moves = np.diff(witness.thetas, axis=0)
    steps = rate * np.array(witness.gradients[:-1])
    if not len(moves) or not (steps**2).sum() > 0:
        return -1.0, ALONG
    multiple = float((moves * steps).sum() / (steps**2).sum())
    off = np.abs(moves - multiple * steps).max()
    if not off <= 1e-4 * np.abs(steps).max() * max(abs(multiple), 1):
        return 0.0, "elsewhere"
    return round(multiple, 4), ALONG


def _end(theta, witness, rate):
    led = witness.thetas[-1] - rate * witness.gradients[-1]
    if np.allclose(theta, led, rtol=1e-4, atol=1e-6):
        return LED
    return "as it was at the start" if not theta.any() else "elsewhere"


def _what_it_holds(values, witness, per_epoch, parts, epochs):
    """Say what the numbers in history are."""
    losses = np.array(witness.losses)
    if len(losses) != epochs * per_epoch or len(values) != epochs:
        return "numbers that do not belong to the epochs"
    table = losses.reshape(epochs, per_epoch)
    sizes = [[len(batch) for batch in part] for part in parts]
    for name, made in WAYS_TO_NOTE.items():
        if np.allclose(values, made(table, sizes), rtol=1e-5, atol=1e-7):
            return name
    return "other numbers"


WAYS_TO_NOTE = {
    MEAN: lambda table, sizes: table.mean(axis=1),
    "the sum of the losses of each epoch": lambda table, sizes: table.sum(1),
    "the last loss of each epoch": lambda table, sizes: table[:, -1],
    "the first loss of each epoch": lambda table, sizes: table[:, 0],
    "a mean in which small batches count less": lambda table, sizes: (
        np.average(table, axis=1, weights=sizes)
    ),
    "the mean of all losses so far": lambda table, sizes: (
        np.cumsum(table.mean(axis=1)) / np.arange(1, len(table) + 1)
    ),
    "sums that go on from epoch to epoch": lambda table, sizes: np.cumsum(
        table.sum(axis=1)
    ),
}


def _how_low(theta, X, y):
    lowest = np.linalg.lstsq(X, y, rcond=None)[0]
    start, end, best = (
        mean_squared(point, X, y)[0]
        for point in (np.zeros_like(theta), theta, lowest)
    )
    # A right answer comes far closer than half way.
    return FELL if end - best < 0.5 * (start - best) else "still far up"


def _write_train(n, n_in, epochs, batch_size, rate, seed):
    function, *arrays = problem(n, n_in, seed)
    given = [function.__name__, *map(as_code, arrays), epochs, batch_size]
    text = ", ".join(map(str, given))
    return f"train({text}, {rate}, np.random.default_rng({seed}))"


def _train_with(
    loss_and_gradient,
    theta,
    X,
    y,
    epochs,
    batch_size,
    rate,
    rng,
    *,
    batches=training.minibatches,
    sign=-1,
    scaled=True,
    noted=np.mean,
):
    """Train with one part replaced."""
    history = []
    for _ in range(epochs):
        losses = []
        for batch in batches(X, y, batch_size, rng):
            loss, gradient = loss_and_gradient(theta, *batch)
            theta += sign * (rate if scaled else 1) * gradient
            losses.append(loss)
        history.append(noted(losses))
    return history


def _weighted(loss_and_gradient, theta, X, y, epochs, batch_size, rate, rng):
    sizes = []

    def counting(theta, X, y):
        sizes.append(len(y))
        return loss_and_gradient(theta, X, y)

    return _train_with(
        *(counting, theta, X, y, epochs, batch_size, rate, rng),
        noted=lambda losses: np.average(losses, weights=sizes[-len(losses) :]),
    )


def _one_long_history(*arguments):
    losses = []
    _train_with(*arguments, noted=losses.extend)
    return losses


def _whole_data_once(f, theta, X, y, epochs, batch_size, rate, rng):
    return _train_with(f, theta, X, y, epochs, len(X), rate, rng)


def _step_after_the_epoch(f, theta, X, y, epochs, batch_size, rate, rng):
    """The step is outside the loop over batches: the last one counts."""
    history = []
    for _ in range(epochs):
        losses = []
        for batch in training.minibatches(X, y, batch_size, rng):
            loss, gradient = f(theta, *batch)
            losses.append(loss)
        theta -= rate * gradient
        history.append(np.mean(losses))
    return history


def _gathered(scale):
    """Return an answer that adds up an epoch's gradients for one step."""

    def answer(f, theta, X, y, epochs, batch_size, rate, rng):
        history = []
        for _ in range(epochs):
            losses, total = [], 0
            for batch in training.minibatches(X, y, batch_size, rng):
                loss, gradient = f(theta, *batch)
                losses.append(loss)
                total = total + gradient
            theta -= rate * total / (len(losses) if scale else 1)
            history.append(np.mean(losses))
        return history

    return answer


def _all_rows_each_step(f, theta, X, y, epochs, batch_size, rate, rng):
    return _train_with(
        *(f, theta, X, y, epochs, batch_size, rate, rng),
        batches=lambda X, y, size, rng: (
            (X, y) for _ in range(math.ceil(len(X) / size))
        ),
    )


def _one_batch_an_epoch(f, theta, X, y, epochs, batch_size, rate, rng):
    return _train_with(
        *(f, theta, X, y, epochs, batch_size, rate, rng),
        batches=lambda *data: [next(training.minibatches(*data))],
    )


def _shuffled_once(f, theta, X, y, epochs, batch_size, rate, rng):
    rows = rng.permutation(len(X))
    return _train_with(
        *(f, theta, X[rows], y[rows], epochs, batch_size, rate, rng),
        batches=_unshuffled,
    )


def _new_array(f, theta, *others):
    """The theta of the caller stays what it was."""
    return _train_with(f, theta.copy(), *others)


def _looked_again(f, theta, X, y, epochs, batch_size, rate, rng):
    history = []
    for _ in range(epochs):
        _train_with(f, theta, X, y, 1, batch_size, rate, rng)
        history.append(f(theta, X, y)[0])
    return history


def _too_many_steps(f, theta, X, y, epochs, batch_size, rate, rng):
    """Epochs were taken for steps."""
    history = []
    while len(history) < epochs:
        for batch in training.minibatches(X, y, batch_size, rng):
            if len(history) < epochs:
                loss, gradient = f(theta, *batch)
                theta -= rate * gradient
                history.append(loss)
    return history


def _going_on(noted):
    """Return an answer whose list of losses is never emptied."""

    def answer(*arguments):
        losses = []

        def note(more):
            losses.extend(more)
            return noted(losses)

        return _train_with(*arguments, noted=note)

    return answer


TRAIN = Exercise(
    reference=train,
    sheet=SHEET,
    outputs=(
        "the length of history",
        "the number of calls of loss_and_gradient",
        "the list of batch sizes",
        "what happens to the rows",
        "what happens to the labels",
        "the order of the rows",
        "the step, as a multiple of learning_rate * gradient,",
        "the direction of the steps",
        "theta at the end",
        "what history holds",
        "the loss at the end",
    ),
    cases=_train_cases,
    look=_properties_of_training,
    call=_write_train,
    mistakes=(
        Mistake(
            "theta goes up: the steps were added.",
            "The gradient points to where the loss grows. Which sign leads "
            "down?",
            (partial(_train_with, sign=1),),
        ),
        Mistake(
            "the theta that was passed in is still what it was: the steps "
            "went into a new array.",
            "theta = theta - ... gives the name to a new array, and the "
            "caller never sees it. What writes into the old one?",
            (_new_array,),
        ),
        Mistake(
            "the rows come in the order in which they lie in X.",
            "Neighbours in a file are often alike. What does rng do here?",
            (partial(_train_with, batches=_unshuffled),),
        ),
        Mistake(
            "the order is the same in every epoch.",
            "Where is the shuffling, before the loop over epochs or inside?",
            (
                _shuffled_once,
                partial(_train_with, batches=_seed_inside),
            ),
        ),
        Mistake(
            "the batches were gone through, but theta moved only once, after "
            "the last of them.",
            "How far is the line that moves theta indented?",
            (_step_after_the_epoch, _gathered(True), _gathered(False)),
        ),
        Mistake(
            "every step used the gradient of all rows.",
            "What is passed to loss_and_gradient in the inner loop?",
            (_all_rows_each_step,),
        ),
        Mistake(
            "history has one number for each step, not for each epoch.",
            "What has to be made of the losses of an epoch before they are "
            "noted?",
            (_one_long_history,),
        ),
        Mistake(
            "history holds sums and not means.",
            "With smaller batches an epoch has more steps. Should that make "
            "the number larger?",
            (partial(_train_with, noted=np.sum),),
        ),
        Mistake(
            "history holds the last loss of each epoch alone.",
            "One batch is a noisy guess. What do all batches of the epoch "
            "say together?",
            (partial(_train_with, noted=lambda losses: losses[-1]),),
        ),
        Mistake(
            "there was one step in each epoch, on all rows at once.",
            "An epoch has as many steps as there are batches.",
            (_whole_data_once,),
        ),
        Mistake(
            "only the first batch of each epoch was used.",
            "Is the line that notes the loss, or a return or a break, inside "
            "the loop over batches?",
            (_one_batch_an_epoch,),
        ),
        Mistake(
            "an epoch was taken for a step: training ended after as many "
            "steps as there should be epochs.",
            "Two loops are needed, one inside the other. What does each of "
            "them count?",
            (_too_many_steps,),
        ),
        Mistake(
            "history holds the first loss of each epoch alone.",
            "One batch is a noisy guess. What do all batches of the epoch "
            "say together?",
            (partial(_train_with, noted=lambda losses: losses[0]),),
        ),
        Mistake(
            "the losses were weighted by the sizes of their batches.",
            "That is a good mean too, but here every step counts the same.",
            (_weighted,),
        ),
        Mistake(
            "the losses of earlier epochs still count in later ones.",
            "history[e] is about epoch e alone. Where does gathering start?",
            (_going_on(np.mean), _going_on(np.sum)),
        ),
        Mistake(
            "the loss was computed once more, on all rows, after each epoch.",
            "Every step has already told its loss. No further call is needed.",
            (_looked_again,),
        ),
        Mistake(
            "the learning rate plays no part.",
            "It scales the step. Where does the step appear?",
            (partial(_train_with, scaled=False),),
        ),
        Mistake(
            "theta never moved.",
            "Which line changes it?",
            (partial(_train_with, sign=0),),
        ),
        Mistake(
            "the order does not come from the rng that was passed in.",
            "A run can only be repeated if all chance in it comes from one "
            "generator. Which one is drawn from here?",
            (partial(_train_with, batches=_other_generator),),
        ),
        Mistake(
            "the rows that are left over at the end were dropped.",
            "How many steps does an epoch of 10 rows in batches of 4 have?",
            (partial(_train_with, batches=_rest_dropped),),
        ),
    ),
)


# --- diagnose ---------------------------------------------------------------


def diagnose(history):
    """Return one word for a list of losses, one for each epoch."""
    return _label(np.asarray(history, dtype=float))


def _is_lost(h):
    return not np.isfinite(h).all() or h[-1] > h[0]


def _jumps(h):
    return np.mean(h[1:] > 1.1 * h[:-1]) >= 0.25


def _gains(h):
    return h[-1] < 0.9 * h[len(h) // 2]


def _label(
    h,
    lost=_is_lost,
    jumps=_jumps,
    crawls=lambda h: h[-1] > 0.9 * h[0],
    gains=_gains,
):
    """Go through the rules in order, any of which may be another."""
    if lost(h):
        return "diverged"
    if jumps(h):
        return "bouncing"
    if crawls(h):
        return "crawling"
    return "learning" if gains(h) else "settled"


def _diagnose_cases(rng):
    """Every label, by every way to it, and far from every border.

    A run is written by how many times as large each loss is as the one
    before. n has both parities in different draws, and so has the length.
    """
    n = int(rng.integers(8, 20))
    down, up = rng.uniform(0.6, 0.8), rng.uniform(1.25, 1.75)
    runs = [
        (1, [down] * 3),  # learning
        (4, [0.25, 0.999, 0.998, 0.999]),  # settled
        (6, [0.99, 0.995, 0.99]),  # crawling, and much in numbers
        (-4, [down] * 5),  # learning, and little in numbers
        (0, [0.5, 1.5, 0.5, 1.5]),  # bouncing
        (0, [up] * 3),  # diverged
        (2, [down, np.nan, 1.0]),
        (2, [up, 40.0, np.inf]),
        (0, [0.5] + [1.06] * 20),  # diverged, without a jump
        (3, [3.0, 0.25] + [0.7] * n),  # learning, from a peak
        (0, [1.03, 0.75] * n),  # learning, with small rises
        (-3, [down] * n + [1.3] + [0.8] * n),  # learning, with one jump
        (0, [0.97] * (2 * n)),  # learning, evenly
        (0, [0.999] * n + [down] * (n // 2)),  # learning, late
        (2, [0.5] * n + [0.999] * (2 * n)),  # settled
        (-2, [0.5] * 4 + [1.03, 1 / 1.03] * n),  # settled, with noise
        (-5, [1.03, 0.998 / 1.03] * n),  # crawling, with noise
        (0, [0.4, 1.6] * n),  # bouncing on the way down
        (1, [0.5] + [0.7, 1.4] * n),  # bouncing around one height
        (1, [0.5, 1.996] * n),  # bouncing below the first height
        (0, [1.5, 0.8, 0.8] * n),  # bouncing, every third time
    ]
    cases = [2.0**power * np.cumprod([1.0, *run]) for power, run in runs]
    cases += [np.array([2.0, bad, 1.0, 0.5]) for bad in (np.nan, np.inf)]
    return [(h.tolist(),) for h in cases]


def _or(**rules):
    """Return an answer in which some rules are others."""
    return lambda history: _label(np.asarray(history, dtype=float), **rules)


def _exchanged(history):
    label = diagnose(history)
    return {"learning": "settled", "settled": "learning"}.get(label, label)


def _crawling_first(history):
    h = np.asarray(history, dtype=float)
    if not _is_lost(h) and h[-1] > 0.9 * h[0]:
        return "crawling"
    return diagnose(history)


def _never(h):
    return False


DIAGNOSE = Exercise(
    reference=diagnose,
    sheet=SHEET,
    outputs=("the label",),
    cases=_diagnose_cases,
    mistakes=(
        Mistake(
            "losses that are not finite numbers were not noticed.",
            "nan is neither above nor below anything: every comparison with "
            "it is False. How can it be asked for?",
            (_or(lost=lambda h: h[-1] > h[0]),),
        ),
        Mistake(
            "nan was noticed, and inf was not.",
            "Both mean that the run is lost. What does np.isfinite say of "
            "each?",
            (_or(lost=lambda h: np.isnan(h).any() or h[-1] > h[0]),),
        ),
        Mistake(
            "only the last loss was asked whether it is finite.",
            "One loss that is not a number is enough, wherever it stands.",
            (_or(lost=lambda h: not np.isfinite(h[-1]) or h[-1] > h[0]),),
        ),
        Mistake(
            "a run that ends above its first loss was not called diverged.",
            "Diverged has two signs. Which one is checked?",
            (_or(lost=lambda h: not np.isfinite(h).all()),),
        ),
        Mistake(
            "a run that was high for a while was called diverged, though it "
            "came down again.",
            "Which loss counts, the highest or the last?",
            (
                _or(lost=lambda h: not np.isfinite(h).all() or h.max() > h[0]),
                _or(
                    lost=lambda h: (
                        not np.isfinite(h).all() or h.max() > 1.1 * h[0]
                    )
                ),
            ),
        ),
        Mistake(
            "every small rise counted as a jump.",
            "All runs are a little noisy. By how much must a loss rise to be "
            "a jump?",
            (_or(jumps=lambda h: np.mean(h[1:] > h[:-1]) >= 0.25),),
        ),
        Mistake(
            "one jump was enough to be called bouncing.",
            "A single jump happens to good runs too. What share of the "
            "comparisons must be jumps?",
            (_or(jumps=lambda h: bool((h[1:] > 1.1 * h[:-1]).any())),),
        ),
        Mistake(
            "rises and falls are exchanged: falls counted as jumps.",
            "Which of two neighbours is the later one?",
            (_or(jumps=lambda h: np.mean(h[:-1] > 1.1 * h[1:]) >= 0.25),),
        ),
        Mistake(
            "only the first and the last loss were compared.",
            "Two numbers cannot tell a run that bounces, or one that has "
            "come to rest. Where is the rest of the curve looked at?",
            (
                _or(jumps=_never, gains=lambda h: True),
                _or(jumps=_never, gains=_never),
            ),
        ),
        Mistake(
            "jumps play no part: nothing is called bouncing.",
            "How does each loss compare with the one before it?",
            (_or(jumps=_never),),
        ),
        Mistake(
            "crawling was asked for before bouncing.",
            "The first rule that fits decides. What is their order?",
            (_crawling_first,),
        ),
        Mistake(
            "crawling was decided by a difference and not by a share.",
            "A fall by 0.1 is much for a loss of 0.2 and nothing for one of "
            "200.",
            (
                _or(crawls=lambda h: h[0] - h[-1] < 0.1),
                _or(crawls=lambda h: h[0] - h[-1] <= 0.9),
            ),
        ),
        Mistake(
            "a run that kept more than a tenth of its first loss was called "
            "crawling.",
            "Falling by less than a tenth, and falling to a tenth: which is "
            "meant?",
            (_or(crawls=lambda h: h[-1] > 0.1 * h[0]),),
        ),
        Mistake(
            "nothing is called crawling.",
            "How much of the first loss is left at the end?",
            (_or(crawls=_never),),
        ),
        Mistake(
            "learning and settled are exchanged.",
            "Which of them is still going down?",
            (_exchanged,),
        ),
        Mistake(
            "the last two losses decided whether it is still learning.",
            "From one epoch to the next a good run may gain little. Compare "
            "the end with the middle.",
            (_or(gains=lambda h: h[-1] < 0.9 * h[-2]),),
        ),
    ),
)

EXERCISES = (
    MINIBATCHES,
    MOMENTUM_STEP,
    ADAM_STEP,
    LARGEST_LEARNING_RATE,
    TRAIN,
    DIAGNOSE,
)
