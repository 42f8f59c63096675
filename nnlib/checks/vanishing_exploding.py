"""Lesson 08: right answers, and the wrong ones that readers give."""

from functools import lru_cache, partial
from itertools import pairwise

import numpy as np

from nnlib import initializers, optimizers
from nnlib.activations import relu, sigmoid, tanh
from nnlib.checks.comparing import as_code
from nnlib.checks.exercise import Exercise, Mistake, Refused, eighths

SHEET = "08_vanishing_exploding"
FUNCTIONS = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}


def _slope(activation, Z):
    """Return f'(Z); fast, for it runs many thousands of times."""
    if activation == "relu":
        return (Z > 0).astype(float)
    A = FUNCTIONS[activation](Z)
    return A * (1 - A) if activation == "sigmoid" else 1 - A * A


# --- gradient_norms ---------------------------------------------------------


def gradient_norms(sizes, activation, scale, rng):
    """Return the norm of the gradient at the scores of every layer."""
    return _norms(sizes, activation, scale, rng)


def _deviation(scale, n_in, n_out):
    return scale / np.sqrt(n_in)


def _down(dZ, W):
    return W @ dZ


def _norms(
    sizes,
    activation,
    scale,
    rng,
    deviation=_deviation,
    slope=_slope,
    down=_down,
    noted="dZ",
    last_slope=True,
):
    """Run both passes, in the right way or in one of the wrong ones."""
    f = FUNCTIONS[activation]
    weights = [
        deviation(scale, n_in, n_out) * rng.standard_normal((n_in, n_out))
        for n_in, n_out in pairwise(sizes)
    ]
    A, scores = rng.standard_normal(sizes[0]), []
    for W in weights:
        scores.append(A @ W)
        A = f(scores[-1])
    dA, norms = rng.standard_normal(sizes[-1]), []
    for W, Z in zip(weights[::-1], scores[::-1], strict=True):
        dZ = dA * slope(activation, Z)
        if Z is scores[-1] and not last_slope:
            dZ = dA
        dX = down(dZ, W)
        noted_one = {"dZ": dZ, "dA": dA, "dX": dX}[noted]
        norms.append(float(np.sqrt(noted_one @ noted_one)))
        dA = dX
    return norms[::-1]


def _norms_cases(rng):
    """Square networks first: there a wrong turn of W raises nothing."""
    shapes = [
        ("sigmoid", [1, 1]),
        ("tanh", [2, 2, 2]),
        ("relu", [8, 8, 8, 8]),
        ("sigmoid", [3, 3, 3]),
        ("tanh", [4, 2, 3]),
        ("tanh", [2, 5, 3]),
        ("relu", [12, 16, 9]),
        ("sigmoid", [4, 1, 6, 2]),
        ("tanh", [9, 7, 5, 3, 11]),
    ]
    return [
        (sizes, activation, float(scale), int(rng.integers(10**6)))
        for (activation, sizes), scale in zip(
            shapes,
            rng.permutation([0.5, 0.75, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0]),
            strict=True,
        )
    ]


def _norms_look(answer, sizes, activation, scale, seed):
    return answer(sizes, activation, scale, np.random.default_rng(seed))


def _norms_call(sizes, activation, scale, seed):
    given = ", ".join(map(as_code, (sizes, activation, scale)))
    return f"gradient_norms({given}, np.random.default_rng({seed}))"


def _turned(dZ, W):
    return W.T @ dZ


def _slope_of_a(activation, Z):
    return _slope(activation, FUNCTIONS[activation](Z))


def _slope_with_z_for_a(activation, Z):
    if activation == "relu":
        return Z > 0
    return Z * (1 - Z) if activation == "sigmoid" else 1 - Z * Z


def _first_unnoted(sizes, activation, scale, rng):
    return _norms(sizes, activation, scale, rng)[1:]


def _squares(sizes, activation, scale, rng):
    return [n * n for n in _norms(sizes, activation, scale, rng)]


def _backwards(sizes, activation, scale, rng):
    return _norms(sizes, activation, scale, rng)[::-1]


def _no_slopes(activation, Z):
    return np.ones_like(Z)


def _f_for_slope(activation, Z):
    return FUNCTIONS[activation](Z)


NORMS = Exercise(
    reference=gradient_norms,
    sheet=SHEET,
    outputs=("norms",),
    cases=_norms_cases,
    look=_norms_look,
    call=_norms_call,
    relative=1e-3,  # numbers with many digits: float32 differs in the fifth
    mistakes=(
        Mistake(
            "the norms are in the wrong order: the last layer's comes first.",
            "The way back meets the last layer first. What has to be done "
            "with the list at its end?",
            (_backwards,),
        ),
        Mistake(
            "the weights were divided by the root of n_out, not of n_in.",
            "A score is a sum over the inputs of a layer. How many terms has "
            "it?",
            (
                partial(
                    _norms,
                    deviation=lambda scale, n_in, n_out: scale / n_out**0.5,
                ),
            ),
        ),
        Mistake(
            "the weights were divided by n_in: that is the variance for the "
            "deviation.",
            "Draws of deviation 1, times a number, have that number for their "
            "deviation. Which one is asked for?",
            (
                partial(
                    _norms,
                    deviation=lambda scale, n_in, n_out: scale / n_in,
                ),
            ),
        ),
        Mistake(
            "the weights were multiplied by the scale and not divided by the "
            "root of n_in.",
            "With more inputs a sum has more terms, and gets larger. What "
            "makes up for it?",
            (partial(_norms, deviation=lambda scale, n_in, n_out: scale),),
        ),
        Mistake(
            "the scale plays no part.",
            "It is one of the arguments; where do the weights come in?",
            (
                partial(
                    _norms,
                    deviation=lambda scale, n_in, n_out: 1 / n_in**0.5,
                ),
            ),
        ),
        Mistake(
            "on the way back W was used as on the way forward, not turned.",
            "dA has one entry for each input of the layer. Which way must W "
            "be turned for that, also where n_in and n_out differ?",
            (partial(_norms, down=_turned),),
        ),
        Mistake(
            "the slope was taken at A, and not at Z.",
            "f'(z) is the slope at the place where the score is. With "
            "sigmoid_prime and its relatives, what has to be passed in?",
            (partial(_norms, slope=_slope_of_a),),
        ),
        Mistake(
            "a slope written with A, such as a (1 - a), was given Z.",
            "The slope of the sigmoid at z is a (1 - a) with a = sigmoid(z). "
            "What stands for a in your line?",
            (partial(_norms, slope=_slope_with_z_for_a),),
        ),
        Mistake(
            "the gradient was multiplied by f(Z), and not by its slope.",
            "The chain rule multiplies slopes. Is it the function or its "
            "derivative that you call on the way back?",
            (partial(_norms, slope=_f_for_slope),),
        ),
        Mistake(
            "the slopes play no part.",
            "On its way back, the gradient passes the activation of each "
            "layer before it comes to the weights.",
            (partial(_norms, slope=_no_slopes),),
        ),
        Mistake(
            "the slope of the last layer's activation is missing.",
            "The upstream gradient stands at the output of the last layer, "
            "behind its activation.",
            (partial(_norms, last_slope=False),),
        ),
        Mistake(
            "these are the norms of dA, before the slopes, and not of dZ.",
            "The gradient at the scores is asked for. Is the norm noted "
            "before or after the slopes have been multiplied in?",
            (partial(_norms, noted="dA"),),
        ),
        Mistake(
            "these are the norms of dX, the gradient at each layer's inputs.",
            "Note the norm before the gradient goes on through the weights.",
            (partial(_norms, noted="dX"),),
        ),
        Mistake(
            "the norm of the first layer is missing.",
            "There are as many norms as there are layers: one fewer than "
            "there are sizes.",
            (_first_unnoted,),
        ),
        Mistake(
            "these are the squares of the norms.",
            "A length is the square root of a sum of squares.",
            (_squares,),
        ),
    ),
)


# --- xavier_init and he_init ------------------------------------------------

MEASURED = 3000  # so many draws tell a deviation to about 1 %
FEW, FROM_RNG = "too few to tell", "the rng"


def _init_cases(rng):
    sizes = [(1, 1), (3, 2), (60, 20), (20, 60), (250, 10)]
    return [(*size, int(rng.integers(10**6))) for size in sizes]


def _init_look(answer, n_in, n_out, seed):
    """Measure draws: what is chance must not decide, and what is not must.

    Nothing of the order or kind of the draws is prescribed; of a mean or a
    deviation no more is asked than so many draws can tell.
    """
    rng = np.random.default_rng(seed)
    W = _as_weights(answer(n_in, n_out, rng))
    if W.shape != (n_in, n_out) or W.size == 1:
        return W.shape, FEW, FEW, FROM_RNG
    if W.size < 100:  # too few to measure; but chance can be looked into
        again, other = (
            _as_weights(
                answer(n_in, n_out, np.random.default_rng(seed + more))
            )
            for more in (0, 1)
        )
        return W.shape, FEW, FEW, _source(W, again, other)
    draws = [
        _as_weights(answer(n_in, n_out, rng))
        for _ in range(MEASURED // W.size)
    ]
    every = np.stack([W, *draws])
    deviation = float(every.std())
    # Under eight times what chance does to a mean, it counts as 0.
    is_chance = abs(every.mean()) < 8 * deviation / every.size**0.5
    return (
        W.shape,
        0.0 if is_chance else float(every.mean()),
        deviation,
        FROM_RNG,
    )


def _as_weights(came):
    if came is None:
        raise Refused(
            "It returned None. Does every way through the function end in "
            "return?"
        )
    try:
        W = np.asarray(came, dtype=float)
    except (TypeError, ValueError):
        raise Refused("An array of numbers is expected.") from None
    if not np.isfinite(W).all():
        raise Refused("Not all of the weights are finite numbers.")
    return W


def _source(W, again, other):
    """Say where chance comes from: W and `again` are of one seed."""
    if not np.array_equal(W, again):
        return "not from the rng: the same seed gives other weights"
    if np.array_equal(W, other):
        return "not from the rng: another seed gives the same weights"
    return FROM_RNG


def _init_call(name):
    def call(n_in, n_out, seed):
        rng = f"np.random.default_rng({seed})"
        return f"{name}({n_in}, {n_out}, {rng})  # shape, mean, deviation"

    return call


def _normal(n_in, n_out, rng, deviation):
    return deviation * rng.standard_normal((n_in, n_out))


def _drawn(deviation):
    """Return an initializer of this deviation, a function of both sizes."""
    return lambda n_in, n_out, rng: _normal(
        n_in, n_out, rng, deviation(n_in, n_out)
    )


def _spread(deviation):
    """Return uniform draws between minus and plus a limit."""
    return lambda n_in, n_out, rng: rng.uniform(
        -deviation(n_in, n_out), deviation(n_in, n_out), (n_in, n_out)
    )


def _above_0(deviation):
    """Return uniform draws between 0 and a limit, whichever is meant."""
    return lambda n_in, n_out, rng: rng.uniform(
        0, deviation(n_in, n_out), (n_in, n_out)
    )


def _xavier(n_in, n_out):
    return (2 / (n_in + n_out)) ** 0.5


def _he(n_in, n_out):
    return (2 / n_in) ** 0.5


def _init_mistakes(rule):
    """Return what goes wrong with any rule, a deviation for two sizes."""
    return (
        Mistake(
            "the variance was taken for the deviation.",
            "Draws of deviation 1, times a number, have that number for their "
            "deviation, and its square for their variance.",
            (_drawn(lambda n_in, n_out: rule(n_in, n_out) ** 2),),
        ),
        Mistake(
            "the limit of uniform draws was taken for their deviation.",
            "Between -1 and 1, uniform draws have a variance of 1/3. How wide "
            "must they spread to have the one that is asked for?",
            (_spread(rule), _spread(lambda a, b: rule(a, b) ** 2)),
        ),
        Mistake(
            "there are no negative weights.",
            "The rule supposes a mean of 0, so that the terms of a sum do not "
            "all push the same way.",
            (
                _above_0(rule),
                _above_0(lambda a, b: 3**0.5 * rule(a, b)),
                lambda a, b, rng: np.abs(_normal(a, b, rng, rule(a, b))),
                lambda a, b, rng: rule(a, b) * rng.random((a, b)),
            ),
        ),
        Mistake(
            "the shape is turned: (n_out, n_in).",
            "X @ W has to work for X of shape (n, n_in).",
            (lambda a, b, rng: _normal(b, a, rng, rule(a, b)),),
        ),
        Mistake(
            "the rng is not used: the weights come from a generator of their "
            "own, always in the same state.",
            "With its own seed inside, every layer of the same shape would "
            "get the same weights. Where should chance come from?",
            (
                lambda a, b, rng: _normal(
                    a, b, np.random.default_rng(0), rule(a, b)
                ),
            ),
        ),
        Mistake(
            "the deviation is 1: the draws were not scaled.",
            "standard_normal has a deviation of 1, whatever the sizes are.",
            (_drawn(lambda n_in, n_out: 1.0),),
        ),
    )


INIT_OUTPUTS = (
    "the shape",
    "the mean",
    "the deviation",
    "the source of chance",
)
XAVIER = Exercise(
    reference=initializers.xavier_init,
    sheet=SHEET,
    outputs=INIT_OUTPUTS,
    cases=_init_cases,
    look=_init_look,
    call=_init_call("xavier_init"),
    relative=0.12,
    mistakes=(
        *_init_mistakes(_xavier),
        Mistake(
            "the variance is 1 / n_in, which keeps the size on the way "
            "forward alone.",
            "The way back asks for 1 / n_out. Which variance lies between?",
            (_drawn(lambda n_in, n_out: n_in**-0.5),),
        ),
        Mistake(
            "the variance is 1 / n_out, which keeps the size on the way back "
            "alone.",
            "The way forward asks for 1 / n_in. Which variance lies between?",
            (_drawn(lambda n_in, n_out: n_out**-0.5),),
        ),
        Mistake(
            "the 2 is missing: the variance is 1 / (n_in + n_out).",
            "For n_in = n_out = n it should be 1 / n.",
            (_drawn(lambda n_in, n_out: (n_in + n_out) ** -0.5),),
        ),
        Mistake(
            "this is he_init: the variance is 2 / n_in.",
            "Xavier's rule looks both ways. Which of the sizes is missing?",
            (_drawn(_he),),
        ),
        Mistake(
            "the root of 2 became 2: the variance is 4 / (n_in + n_out).",
            "The 2 is a part of the variance, so it stands under the root.",
            (_drawn(lambda a, b: 2 / (a + b) ** 0.5),),
        ),
    ),
)
HE = Exercise(
    reference=initializers.he_init,
    sheet=SHEET,
    outputs=INIT_OUTPUTS,
    cases=_init_cases,
    look=_init_look,
    call=_init_call("he_init"),
    relative=0.12,
    mistakes=(
        *_init_mistakes(_he),
        Mistake(
            "n_out was taken for n_in.",
            "A score is a sum over what comes into a neuron. How many terms "
            "has it?",
            (_drawn(lambda n_in, n_out: (2 / n_out) ** 0.5),),
        ),
        Mistake(
            "the 2 is missing: the variance is 1 / n_in.",
            "Relu sets half of the scores to 0. What makes up for it?",
            (_drawn(lambda n_in, n_out: n_in**-0.5),),
        ),
        Mistake(
            "this is xavier_init: the variance is 2 / (n_in + n_out).",
            "He's rule keeps the size on the way forward. Does n_out matter "
            "for the size of a score?",
            (_drawn(_xavier),),
        ),
        Mistake(
            "the root of 2 became 2: the variance is 4 / n_in.",
            "The 2 is a part of the variance, so it stands under the root.",
            (_drawn(lambda n_in, n_out: 2 / n_in**0.5),),
        ),
        Mistake(
            "the root was taken of the 2 alone: the deviation is sqrt(2) / "
            "n_in.",
            "The variance is 2 / n_in. Its root is the root of the whole.",
            (_drawn(lambda n_in, n_out: 2**0.5 / n_in),),
        ),
    ),
)


# --- clip_by_global_norm ----------------------------------------------------


def _clip_cases(rng):
    """Gradients too long, too short, of length 0, and very long."""
    shapes = [[(2,)], [(2,), (1,)], [(3, 2), (2,)], [(4, 3), (3,), (3, 1)]]
    cases = []
    for parts in shapes:
        grads = [eighths(rng, *shape) for shape in parts]
        norm = np.sqrt(sum(np.sum(g * g) for g in grads))
        limit = float(np.round(8 * norm) / 8)
        cases.append((grads, limit / 4))
        cases.append((grads, 4 * limit))
    one_long = [eighths(rng, 2, 2) / 8, 16 * eighths(rng, 3)]
    cases.append((one_long, 2.0))
    cases.append(([np.zeros(2), np.zeros((2, 2))], 1.0))
    cases.append(([2.0**30 * eighths(rng, 2, 3), eighths(rng, 3)], 3.0))
    cases.append(([np.zeros((2, 2)), eighths(rng, 2) / 1024], 0.5))
    return cases


def _length(grads):
    return float(np.sqrt(sum(np.sum(g * g) for g in grads)))


def _clip(grads, max_norm, measure=_length, scale_of=None):
    """Shorten by one factor, with any way to measure and to scale."""
    norm = measure(grads)
    if norm <= max_norm:
        return list(grads)
    scale = max_norm / norm if scale_of is None else scale_of(max_norm, norm)
    return [g * scale for g in grads]


def _each_alone(grads, max_norm):
    return [_clip([g], max_norm)[0] for g in grads]


def _always(grads, max_norm):
    norm = _length(grads)
    return [g * (max_norm / norm) if norm else g for g in grads]


def _always_by_nan(grads, max_norm):
    """Where all is 0, numpy divides 0 by 0."""
    return [g * max_norm / np.float64(_length(grads)) for g in grads]


def _always_by_error(grads, max_norm):
    """Where all is 0, Python refuses to divide."""
    scale = max_norm / _length(grads)
    return [g * scale for g in grads]


def _wrong_way_round(grads, max_norm):
    norm = _length(grads)
    scale = max_norm / norm if 0 < norm < max_norm else 1.0
    return [g * scale for g in grads]


def _largest_entry(grads):
    return max(float(np.abs(g).max()) for g in grads)


CLIP = Exercise(
    reference=optimizers.clip_by_global_norm,
    sheet=SHEET,
    outputs=("grads",),
    cases=_clip_cases,
    mistakes=(
        Mistake(
            "each array was clipped by itself, with a factor of its own.",
            "If one array is shortened more than another, where does the "
            "whole gradient point? All arrays together are one vector.",
            (_each_alone,),
        ),
        Mistake(
            "gradients that are short enough were made longer.",
            "Clipping shortens. What should the factor be if the norm is "
            "below max_norm?",
            (_always, _always_by_nan, _always_by_error),
        ),
        Mistake(
            "short gradients were made longer, and long ones left as they "
            "are.",
            "Which of the two, the norm or max_norm, must be the larger for "
            "something to be done?",
            (_wrong_way_round,),
        ),
        Mistake(
            "the norms of the arrays were added up.",
            "Lengths at right angles do not add: a step of 3 and one of 4 "
            "lead 5 away. What does add?",
            (
                partial(
                    _clip,
                    measure=lambda grads: sum(_length([g]) for g in grads),
                ),
            ),
        ),
        Mistake(
            "the root is missing: the norm is not the sum of the squares.",
            "A length is the square root of a sum of squares.",
            (
                partial(_clip, measure=lambda grads: _length(grads) ** 2),
                partial(
                    _clip, scale_of=lambda max_norm, norm: max_norm / norm**2
                ),
            ),
        ),
        Mistake(
            "the longest of the arrays decided alone.",
            "The norm is that of all arrays as one vector, and all of them "
            "count.",
            (
                partial(
                    _clip,
                    measure=lambda grads: max(_length([g]) for g in grads),
                ),
            ),
        ),
        Mistake(
            "every entry was cut off at max_norm by itself.",
            "That turns the gradient. One factor for everything keeps its "
            "direction.",
            (
                lambda grads, max_norm: [
                    np.clip(g, -max_norm, max_norm) for g in grads
                ],
            ),
        ),
        Mistake(
            "the largest entry was taken for the norm.",
            "The norm is the square root of the sum of all squares.",
            (partial(_clip, measure=_largest_entry),),
        ),
        Mistake(
            "long gradients were shortened to a norm of 1, and not of "
            "max_norm.",
            "Divided by its norm, a vector has length 1. What must it be "
            "multiplied by?",
            (partial(_clip, scale_of=lambda max_norm, norm: 1 / norm),),
        ),
        Mistake(
            "the gradients came back as they were.",
            "Are the shortened arrays the ones that are returned?",
            (lambda grads, max_norm: list(grads),),
        ),
    ),
)


# --- residual_backward ------------------------------------------------------


def residual_backward(dA, branch_backward):
    """Return dX of a layer that returns X + branch(X)."""
    return dA + branch_backward(dA)


def _residual_cases(rng):
    """Branches are linear on the way back: dA times a matrix of slopes."""
    return [
        (eighths(rng, n, width), eighths(rng, width, width))
        for n, width in [(1, 1), (1, 2), (2, 2), (3, 1), (4, 3), (7, 5)]
    ]


def _residual_look(answer, dA, slopes):
    def branch_backward(upstream):
        return upstream @ slopes

    return answer(dA, branch_backward)


def _residual_call(dA, slopes):
    return (
        f"residual_backward({as_code(dA)}, lambda dA: dA @ {as_code(slopes)})"
    )


RESIDUAL = Exercise(
    reference=residual_backward,
    sheet=SHEET,
    outputs=("dX",),
    cases=_residual_cases,
    look=_residual_look,
    call=_residual_call,
    mistakes=(
        Mistake(
            "the way around is missing: only the branch hands something back.",
            "X reaches the output by two paths. Over paths, slopes add.",
            (lambda dA, back: back(dA),),
        ),
        Mistake(
            "the branch is missing: only the way around hands something back.",
            "X reaches the output by two paths. What comes back through the "
            "other one?",
            (lambda dA, back: dA + 0.0,),
        ),
        Mistake(
            "the two parts were multiplied.",
            "Multiply along a path, add over paths: which of the two is it "
            "where two ways meet?",
            (lambda dA, back: dA * back(dA),),
        ),
        Mistake(
            "1 was added, and not dA.",
            "The slope of the way around is 1, and what arrives is "
            "multiplied by it. What arrives?",
            (lambda dA, back: 1 + back(dA),),
        ),
        Mistake(
            "the branch's part was subtracted.",
            "The layer returns a sum. Which sign has the slope of each part?",
            (
                lambda dA, back: dA - back(dA),
                lambda dA, back: back(dA) - dA,
            ),
        ),
        Mistake(
            "the mean of the two parts was taken.",
            "The layer adds X and its branch; it does not halve them.",
            (lambda dA, back: (dA + back(dA)) / 2,),
        ),
        Mistake(
            "the sum went through the branch, and not dA itself.",
            "Both paths start from the same upstream gradient.",
            (
                lambda dA, back: back(dA + back(dA)),
                lambda dA, back: dA + back(dA + back(dA)),
            ),
        ),
        Mistake(
            "dA was counted twice.",
            "There is one way around, with slope 1, and the branch.",
            (
                lambda dA, back: 2 * dA + back(dA),
                lambda dA, back: dA + back(2 * dA),
                lambda dA, back: back(dA + dA),
            ),
        ),
    ),
)


# --- living_scale -----------------------------------------------------------

DEPTH, WIDTH, SEEDS = 30, 64, range(15)
TIMES = 10.0  # the first norm may be so many times the last, or its share


def living_scale(activation):
    """Return a scale at which thirty layers keep the gradient's size."""
    return {"sigmoid": 12.0, "tanh": 1.25, "relu": 2**0.5}[activation]


@lru_cache(maxsize=1)
def _networks():
    """Return weights, inputs and upstream gradients, one for each seed.

    They are those of gradient_norms([64] * 31, activation, 1.0,
    np.random.default_rng(seed)), as one array for all seeds.
    """
    W, x, dA = [], [], []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        W.append(rng.standard_normal((DEPTH, WIDTH, WIDTH)) / WIDTH**0.5)
        x.append(rng.standard_normal((1, WIDTH)))
        dA.append(rng.standard_normal((1, WIDTH)))
    return np.stack(W, axis=1), np.array(x), np.array(dA)


@lru_cache(maxsize=200)
def shrunk(activation, scale):
    """Return the median of first norm / last norm over the seeds."""
    W, A, dA = _networks()
    scores = []
    for layer in W:
        scores.append(A @ (scale * layer))  # (9, 1, 64) @ (9, 64, 64)
        A = FUNCTIONS[activation](scores[-1])
    dZ = last = dA * _slope(activation, scores[-1])
    for layer, Z in zip(W[:0:-1], scores[-2::-1], strict=True):
        dA = dZ @ (scale * layer).swapaxes(1, 2)
        dZ = dA * _slope(activation, Z)
    first, last = (np.sqrt(np.sum(d * d, axis=(1, 2))) for d in (dZ, last))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.median(first / last)
    return float(ratio)


def _life(answer, activation):
    """Return "alive", or what becomes of the gradient at this scale."""
    came = answer(activation)
    array = np.asarray(came) if not isinstance(came, list) else np.zeros(0)
    if array.dtype.kind not in "iuf" or array.size != 1:
        raise Refused(
            f"For {activation} it returned {_short(came)}, and one number is "
            "expected."
        )
    scale = float(array.item())
    if not (np.isfinite(scale) and scale > 0):
        raise Refused(
            f"For {activation} it returned {scale:g}. A scale is a finite "
            "number above 0."
        )
    with np.errstate(all="ignore"):  # at large scales it may well overflow
        ratio = shrunk(activation, scale)
    if 1 / TIMES <= ratio <= TIMES:
        return "alive"
    what = "vanishes" if ratio < 1 else "explodes"
    if not np.isfinite(ratio):
        return f"lost: at scale {scale:g} it is not a finite number"
    return f"lost: at scale {scale:g} it {what}, first / last is {ratio:.0e}"


def _short(value):
    text = as_code(value) if value is not None else "None"
    return text if len(text) <= 40 else f"{text[:37]}..."


def _table(sigmoid_scale, tanh_scale, relu_scale):
    scales = dict(
        zip(FUNCTIONS, (sigmoid_scale, tanh_scale, relu_scale), strict=True)
    )
    return lambda activation: scales[activation]


LIVING = Exercise(
    reference=living_scale,
    sheet=SHEET,
    outputs=("the gradient",),
    cases=lambda rng: [("relu",), ("tanh",), ("sigmoid",)],
    look=_life,
    mistakes=(
        Mistake(
            "a scale of 1, which is Xavier's, for every activation.",
            "It supposes slopes near 1. Which are the slopes of relu, and of "
            "the sigmoid, in the mean of their squares?",
            (_table(1.0, 1.0, 1.0),),
        ),
        Mistake(
            "the root of 2, which is He's, for every activation.",
            "The 2 makes up for the half that relu lets through. How much "
            "does the sigmoid let through?",
            (_table(2**0.5, 2**0.5, 2**0.5),),
        ),
        Mistake(
            "for relu, the variance was returned and not the deviation.",
            "With W = scale / sqrt(n) times draws of deviation 1, what is the "
            "variance of W? And what should it be for relu?",
            tuple(
                _table(s, t, 2.0)
                for s in (12.0, 1.0, 2.0, 4.0)
                for t in (1.25, 1.0, 2.0)
            ),
        ),
        Mistake(
            "for the sigmoid the scale is 4, to make up for its slope of at "
            "most 1/4.",
            "Larger weights make larger scores. How large is the slope "
            "there? Look at the lesson's table, or measure.",
            tuple(
                _table(4.0, t, r) for t in (1.25, 1.0) for r in (2**0.5, 1.0)
            ),
        ),
        Mistake(
            "for relu the root of 2 became its inverse: the weights are made "
            "smaller.",
            "Relu loses half of the squares. Must the weights make up for it "
            "by being larger or smaller?",
            tuple(
                _table(s, t, 0.5**0.5)
                for s in (12.0, 1.0, 4.0)
                for t in (1.25, 1.0)
            ),
        ),
        Mistake(
            "the slope itself was returned, and not what makes up for it.",
            "Scale times typical slope should be 1.",
            (_table(0.25, 1.0, 0.5), _table(0.25, 1.0, 0.5**0.5)),
        ),
    ),
)

EXERCISES = (NORMS, XAVIER, HE, CLIP, RESIDUAL, LIVING)
