"""Lesson 06: right answers, and the wrong ones that readers give."""

from functools import partial
from itertools import pairwise

import numpy as np

from nnlib.activations import relu, softmax
from nnlib.checks.comparing import as_code
from nnlib.checks.exercise import Exercise, Mistake, Refused, eighths
from nnlib.gradcheck import gradient_error
from nnlib.losses import cross_entropy

SHEET = "06_backpropagation"
# What gradients may be off by, as a share of the largest of all of them: a
# sum of float32 numbers that nearly cancel has no more digits.
ROUNDING = 1e-5


def _unlike_turned(rng, n):
    """Return a square array that is not its own transpose."""
    while True:
        A = eighths(rng, n, n)
        if n == 1 or np.any(A != A.T):
            return A


def _labels(rng, n, n_classes):
    """Return n labels, the last class among them."""
    y = rng.integers(0, n_classes, n)
    y[rng.integers(n)] = n_classes - 1
    return y


def _hot(Z, y):
    return np.eye(Z.shape[1])[y]


# --- softmax_cross_entropy_backward -----------------------------------------


def softmax_cross_entropy_backward(Z, y):
    """Return the blame of the scores, (softmax(Z) - onehot(y)) / n."""
    return cross_entropy(Z, y)[1]


def _score_cases(rng):
    """One row and several, few classes and many, scores far out."""
    cases = []
    for n, n_classes in [(1, 2), (2, 2), (3, 2), (4, 5)]:
        cases.append((eighths(rng, n, n_classes), _labels(rng, n, n_classes)))
    Z, y = eighths(rng, 3, 4), _labels(rng, 3, 4)
    far = 1000.0 * rng.choice([-1, 1], (3, 1))
    return [*cases, (Z + far, y), (500 * Z[:2, :3], _labels(rng, 2, 3))]


def _unshifted(Z, y):
    E = np.exp(Z)
    return (E / E.sum(axis=1, keepdims=True) - _hot(Z, y)) / len(Z)


def _whole_columns(Z, y):
    """P[:, y] -= 1 takes from every row, and from a column only once."""
    P = softmax(Z)
    P[:, y] -= 1
    return P / len(Z)


def _down(Z):
    """Softmax over the rows of each column."""
    return softmax(Z.T).T


def _over_all(Z):
    return softmax(Z.reshape(1, -1)).reshape(Z.shape)


def _from(probabilities):
    return lambda Z, y: (probabilities(Z) - _hot(Z, y)) / len(Z)


def _slope_left_in(Z, y):
    P = softmax(Z)
    return (P - _hot(Z, y)) * P * (1 - P) / len(Z)


SCORES = Exercise(
    reference=softmax_cross_entropy_backward,
    sheet=SHEET,
    outputs=("dZ",),
    cases=_score_cases,
    mistakes=(
        Mistake(
            "the 1/n is missing: the blame of each row came back whole.",
            "The loss is a mean over the rows. How much does one of n rows "
            "count in a mean?",
            (lambda Z, y: softmax(Z) - _hot(Z, y),),
        ),
        Mistake(
            "it was divided by the number of all entries of Z.",
            "The loss is a mean over samples. How many of those are there?",
            (lambda Z, y: (softmax(Z) - _hot(Z, y)) / Z.size,),
        ),
        Mistake(
            "it was divided by the number of classes.",
            "The loss is a mean over samples. Which axis of Z counts them?",
            (lambda Z, y: (softmax(Z) - _hot(Z, y)) / Z.shape[1],),
        ),
        Mistake(
            "the sign is the other way round.",
            "Make the score of the right class larger: does the loss rise or "
            "fall? Which sign has its slope then?",
            (lambda Z, y: (_hot(Z, y) - softmax(Z)) / len(Z),),
        ),
        Mistake(
            "nothing was taken away at the right class.",
            "The loss has two terms, and one of them is the score of the "
            "right class itself. What is its slope?",
            (lambda Z, y: softmax(Z) / len(Z),),
        ),
        Mistake(
            "the probabilities were divided by n, and the 1 at the right "
            "class was not.",
            "The mean covers both terms of the loss. Which comes first, the "
            "difference or the division?",
            (lambda Z, y: softmax(Z) / len(Z) - _hot(Z, y),),
        ),
        Mistake(
            "1 was taken away in whole columns, not at one place in each row.",
            "P[:, y] means every row, for all the columns in y. Which index "
            "names row 0 with y[0], row 1 with y[1], and so on?",
            (
                _whole_columns,
                lambda Z, y: (softmax(Z) - _hot(Z, y).sum(axis=0)) / len(Z),
            ),
        ),
        Mistake(
            "softmax ran down the columns: each column adds up to 1.",
            "Probabilities belong to a sample. Along which axis do the "
            "classes of one sample lie?",
            (_from(_down),),
        ),
        Mistake(
            "softmax ran over the whole array at once: all samples share one "
            "sum.",
            "Every row of P adds up to 1 by itself. What keeps the rows "
            "apart in a sum?",
            (_from(_over_all),),
        ),
        Mistake(
            "exp overflows for large scores, or every exp of a row is 0.",
            "A shift of a whole row leaves softmax as it is. Which shift "
            "makes the largest score of each row harmless?",
            (_unshifted,),
        ),
        Mistake(
            "the scores themselves were used where their probabilities are "
            "needed.",
            "What turns a row of scores into shares of 1?",
            (_from(lambda Z: Z),),
        ),
        Mistake(
            "a slope of the softmax, p (1 - p), was multiplied in as well.",
            "In P - onehot that slope has already met its opposite. Derive "
            "the loss with respect to the scores, not the probabilities.",
            (_slope_left_in,),
        ),
    ),
)


# --- dense_backward ---------------------------------------------------------


def dense_backward(dZ, X, W):
    """Return the blame (dX, dW, db) of all that goes into a dense layer."""
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


def _dense_cases(rng):
    """A square one first, so that turned arrays still give numbers."""
    square = [tuple(_unlike_turned(rng, n) for _ in range(3)) for n in (1, 2)]
    cases = [
        (
            eighths(rng, n, n_out),
            eighths(rng, n, n_in),
            eighths(rng, n_in, n_out),
        )
        for n, n_in, n_out in [(1, 2, 3), (4, 3, 2), (2, 3, 5)]
    ]
    dZ, X, W = cases[1]
    return [*square, *cases, (dZ * 2.0**12, X * 2.0**-3, W * 2.0**12)]


def _dense(**parts):
    """Return a dense_backward with some of its three results replaced."""

    def answer(dZ, X, W):
        right = dense_backward(dZ, X, W)
        names = ("dX", "dW", "db")
        return tuple(
            parts[name](dZ, X, W) if name in parts else value
            for name, value in zip(names, right, strict=True)
        )

    return answer


def _mean_of(part):
    return lambda dZ, X, W: part(dZ, X, W) / len(X)


def _weights(dZ, X, W):
    return X.T @ dZ


def _biases(dZ, X, W):
    return dZ.sum(axis=0)


def _through_new(dZ, X, W, rate):
    return dZ @ (W - rate * X.T @ dZ).T


_UNTURNED_DX = (
    lambda dZ, X, W: dZ @ W,
    lambda dZ, X, W: W @ dZ,
)
_UNTURNED_DW = (
    lambda dZ, X, W: X @ dZ,
    lambda dZ, X, W: dZ @ X,
    lambda dZ, X, W: X @ dZ.T,
)

DENSE = Exercise(
    reference=dense_backward,
    sheet=SHEET,
    outputs=("dX", "dW", "db"),
    cases=_dense_cases,
    mistakes=(
        Mistake(
            "db is a mean over the rows where a sum is needed.",
            "The 1/n is in dZ already. The bias reached every row; what does "
            "the chain rule do with several paths?",
            (_dense(db=_mean_of(_biases)),),
        ),
        Mistake(
            "the blame was divided by n once more.",
            "The 1/n lives in the loss, and dZ has brought it along. What "
            "would nudging say?",
            (
                _dense(dW=_mean_of(_weights), db=_mean_of(_biases)),
                _dense(dW=_mean_of(_weights)),
            ),
        ),
        Mistake(
            "W was not transposed on the way back to the inputs.",
            "The sum for dX runs over the scores j, which are columns of dZ. "
            "Are they rows of the other array?",
            tuple(_dense(dX=dX) for dX in _UNTURNED_DX),
        ),
        Mistake(
            "the wrong array was transposed, or none, on the way to dW.",
            "The sum for dW runs over the samples. In which position must "
            "the samples stand in each of the two arrays of a product?",
            tuple(_dense(dW=dW) for dW in _UNTURNED_DW),
        ),
        Mistake(
            "neither product has a transposed array in it.",
            "Write down the shapes of both arrays and of the result. What is "
            "added up in each, and does it stand in the middle?",
            tuple(
                _dense(dX=dX, dW=dW)
                for dX in _UNTURNED_DX
                for dW in _UNTURNED_DW
            ),
        ),
        Mistake(
            "a result is transposed: its rows and columns have changed "
            "places.",
            "The blame of an array has that array's own shape. Compare dX "
            "with X, and dW with W.",
            (
                _dense(dW=lambda dZ, X, W: dZ.T @ X),
                _dense(dX=lambda dZ, X, W: W @ dZ.T),
                _dense(
                    dX=lambda dZ, X, W: W @ dZ.T,
                    dW=lambda dZ, X, W: dZ.T @ X,
                ),
            ),
        ),
        Mistake(
            "reshape was used where a transpose is needed.",
            "Both give a fitting shape. Write out a 2 by 3 array: which of "
            "the two makes its rows into columns?",
            (
                _dense(dX=lambda dZ, X, W: dZ @ W.reshape(W.shape[::-1])),
                _dense(dW=lambda dZ, X, W: X.reshape(X.shape[::-1]) @ dZ),
                _dense(
                    dX=lambda dZ, X, W: dZ @ W.reshape(W.shape[::-1]),
                    dW=lambda dZ, X, W: X.reshape(X.shape[::-1]) @ dZ,
                ),
            ),
        ),
        Mistake(
            "the rows of dZ were not added up for db.",
            "db has the shape of b. One nudge of a bias moves a whole column "
            "of Z; what becomes of the blames in that column?",
            (_dense(db=lambda dZ, X, W: dZ),),
        ),
        Mistake(
            "db adds up each row of dZ, not each column.",
            "A bias belongs to one score and serves all samples. Over which "
            "axis do the samples run?",
            (_dense(db=lambda dZ, X, W: dZ.sum(axis=1)),),
        ),
        Mistake(
            "db came as one row of shape (1, n_out).",
            "b has shape (n_out,), and so has its blame. Which option of sum "
            "keeps an axis?",
            (_dense(db=lambda dZ, X, W: dZ.sum(axis=0, keepdims=True)),),
        ),
        Mistake(
            "db is one number: everything was added up.",
            "There is one bias for each score. Which axis must stay?",
            (_dense(db=lambda dZ, X, W: dZ.sum()),),
        ),
        Mistake(
            "dX was carried back through weights that had already been "
            "changed.",
            "dX is the slope at the weights of the forward pass. Nobody has "
            "taken a step yet.",
            tuple(
                _dense(dX=partial(_through_new, rate=rate))
                for rate in (1.0, 0.5, 0.1, 0.01)
            ),
        ),
        Mistake(
            "the results came in the order dW, db, dX.",
            "First what the layer below is waiting for: dX, dW, db.",
            (lambda dZ, X, W: (X.T @ dZ, dZ.sum(axis=0), dZ @ W.T),),
        ),
        Mistake(
            "the results came in the order dW, dX, db.",
            "First what the layer below is waiting for: dX, dW, db.",
            (lambda dZ, X, W: (X.T @ dZ, dZ @ W.T, dZ.sum(axis=0)),),
        ),
    ),
)


# --- relu_backward ----------------------------------------------------------


def relu_backward(dA, Z):
    """Return the blame before the bend: dA where Z > 0, and 0 elsewhere."""
    return np.where(Z > 0, dA, 0.0)


def _relu_cases(rng):
    """Scores below 0, above it, and exactly 0, each in every case."""
    cases = []
    for n, n_out in [(1, 3), (3, 1), (2, 2), (2, 4), (5, 3)]:
        Z = eighths(rng, n, n_out)
        places = rng.permutation(Z.size)
        Z.flat[places[:3]] = [-0.5, 0.0, 1.5]
        dA = eighths(rng, n, n_out)
        cases.append((dA, Z))
        # Blame of both signs where it passes, and where it does not.
        cases.append((-dA * 2.0**12, Z * 2.0**-12))
    return cases


RELU = Exercise(
    reference=relu_backward,
    sheet=SHEET,
    outputs=("dZ",),
    cases=_relu_cases,
    mistakes=(
        Mistake(
            "the mask is missing: all of the blame came through.",
            "A neuron that was off did not change when it was nudged. How "
            "much blame can it hand on?",
            (lambda dA, Z: dA,),
        ),
        Mistake(
            "the slope at exactly 0 was taken as 1.",
            "The book takes 0 there: a neuron whose sum is 0 counts as off.",
            (lambda dA, Z: dA * (Z >= 0),),
        ),
        Mistake(
            "the mask was taken from the blame and not from the scores.",
            "Blame may well be negative. Which of the two arrays says "
            "whether a neuron was on?",
            (lambda dA, Z: relu(dA), lambda dA, Z: dA * (dA >= 0)),
        ),
        Mistake(
            "the mask alone was returned.",
            "The chain rule multiplies: what comes from above times the "
            "local slope.",
            (lambda dA, Z: (Z > 0) * 1.0,),
        ),
        Mistake(
            "the blame was multiplied by the output of relu, not by its "
            "slope.",
            "relu(Z) and its slope agree nowhere but at 0 and 1. How steep "
            "is relu at z = 3?",
            (lambda dA, Z: dA * relu(Z),),
        ),
        Mistake(
            "the blame was multiplied by the scores.",
            "The local slope of relu is 0 or 1, whatever z is.",
            (lambda dA, Z: dA * Z,),
        ),
        Mistake(
            "the mask is the wrong way round: the neurons that were off hand "
            "on the blame.",
            "Draw relu. On which side of 0 does it rise?",
            (lambda dA, Z: dA * (Z <= 0), lambda dA, Z: dA * (Z < 0)),
        ),
        Mistake(
            "the sign of the score was used as the slope.",
            "Below 0 relu is flat. Is its slope there -1?",
            (lambda dA, Z: dA * np.sign(Z),),
        ),
    ),
)


# --- mlp_backward -----------------------------------------------------------


def mlp_backward(cache, params, y):
    """Return [(dW, db), ...]: the whole sweep, from the loss to the first."""
    return _sweep(cache, params, y)


def _right_start(Z, y):
    return (softmax(Z) - _hot(Z, y)) / len(Z)


def _right_layer(dZ, X, W):
    return X.T @ dZ, dZ.sum(axis=0)


def _right_way_back(dZ, W, dW):
    return dZ @ W.T


def _right_bend(dA, Z, own):
    return dA * (Z > 0)


def _sweep(
    cache,
    params,
    y,
    start=_right_start,
    layer=_right_layer,
    way_back=_right_way_back,
    bend=_right_bend,
):
    """Sweep back with any of the four equations replaced."""
    dZ, grads = start(cache[-1][1], y), []
    for k in reversed(range(len(params))):
        (X, Z), W = cache[k], params[k][0]
        dW, db = layer(dZ, X, W)
        grads.insert(0, (dW, db))
        if k > 0:
            dA = way_back(dZ, W, dW)
            dZ = bend(dA, cache[k - 1][1], Z)
    return grads


def _swept(**parts):
    return partial(_sweep, **parts)


def _forward(X, params):
    """Return the cache of a forward pass."""
    cache = []
    for W, b in params:
        Z = X @ W + b
        cache.append((X, Z))
        X = relu(Z)
    return cache


def _network(rng, n, *sizes):
    """Return (cache, params, y) with neurons on and off in hidden layers."""
    while True:
        params = [
            (eighths(rng, n_in, n_out) / 2, eighths(rng, n_out) / 2)
            for n_in, n_out in pairwise(sizes)
        ]
        X = eighths(rng, n, sizes[0])
        cache = _forward(X, params)
        y = _labels(rng, n, sizes[-1])
        if any(np.all(Z > 0) or np.all(Z <= 0) for _, Z in cache[:-1]):
            continue
        # And blame arrives everywhere.
        grads = mlp_backward(cache, params, y)
        if min(np.abs(g).max() for pair in grads for g in pair) > 0.02:
            return cache, params, y


def _mlp_cases(rng):
    sizes = [(3, 2, 3, 2), (4, 3, 2, 4, 3)]
    others = [_network(rng, *size) for size in sizes]
    return [_network(rng, 1, 2, 2), _square_network(rng), *others]


def _square_network(rng):
    """Return one in which arrays in wrong places fit, and do harm."""
    while True:
        network = _network(rng, 2, 2, 2, 2)
        right = _sweep(*network)[0][0]
        own = _sweep(*network, bend=lambda dA, Z, own: dA * (own > 0))[0][0]
        turned = _sweep(*network, way_back=lambda dZ, W, dW: dZ @ W)[0][0]
        if min(np.abs(right - wrong).max() for wrong in (own, turned)) > 0.01:
            return network


def _settled(answer, cache, params, y):
    """Call an answer; what is right but for rounding counts as right."""
    came = answer(cache, params, y)
    if answer is mlp_backward or not isinstance(came, list | tuple):
        return came
    right = mlp_backward(cache, params, y)
    largest = max(np.abs(g).max() for pair in right for g in pair)
    return [
        tuple(
            _nearly(*found, largest) for found in zip(pair, want, strict=True)
        )
        if isinstance(pair, list | tuple) and len(pair) == 2
        else pair
        for pair, want in zip(came, right, strict=False)
    ] + list(came[len(right) :])


def _nearly(came, want, largest):
    """Return `want` if that is what came, but for rounding."""
    try:
        array = np.asarray(came, dtype=float)
    except (TypeError, ValueError):
        return came
    room = ROUNDING * largest
    same = array.shape == want.shape and np.abs(array - want).max() <= room
    return want if same else came


def _new_weights(rate):
    return _swept(way_back=lambda dZ, W, dW: dZ @ (W - rate * dW).T)


def _stepped(rate):
    def answer(cache, params, y):
        return [
            (W - rate * dW, b - rate * db)
            for (W, b), (dW, db) in zip(
                params, _sweep(cache, params, y), strict=True
            )
        ]

    return answer


def _masked_start(Z, y):
    return _right_start(Z, y) * (Z > 0)


def _last_alone(cache, params, y):
    return [_sweep(cache, params, y)[-1]]


def _three_each(cache, params, y):
    """(dX, dW, db) for each layer, as dense_backward returns them."""
    grads, dZ = [], _right_start(cache[-1][1], y)
    for k in reversed(range(len(params))):
        found = dense_backward(dZ, cache[k][0], params[k][0])
        grads.insert(0, found)
        if k > 0:
            dZ = relu_backward(found[0], cache[k - 1][1])
    return grads


_RATES = (1.0, 0.5, 0.1, 0.05, 0.01)

MLP = Exercise(
    reference=mlp_backward,
    sheet=SHEET,
    outputs=("grads",),
    cases=_mlp_cases,
    look=_settled,
    mistakes=(
        Mistake(
            "the mask is missing: blame passed through neurons that were off.",
            "Between two layers stands a relu. What does it do to the blame "
            "on the way back?",
            (_swept(bend=lambda dA, Z, own: dA),),
        ),
        Mistake(
            "the 1/n is missing.",
            "The loss is a mean over rows. Where does its 1/n enter the "
            "sweep?",
            (_swept(start=lambda Z, y: softmax(Z) - _hot(Z, y)),),
        ),
        Mistake(
            "the blame was divided by n at every layer.",
            "The 1/n lives in the loss alone; dZ carries it along.",
            (
                _swept(
                    layer=lambda dZ, X, W: (
                        X.T @ dZ / len(X),
                        dZ.mean(axis=0),
                    )
                ),
                _swept(
                    start=lambda Z, y: softmax(Z) - _hot(Z, y),
                    layer=lambda dZ, X, W: (X.T @ dZ, dZ.mean(axis=0)),
                ),
            ),
        ),
        Mistake(
            "db is a mean over the rows where a sum is needed.",
            "A bias reached every row, and paths are added. Where has the "
            "1/n already been counted?",
            (
                _swept(
                    layer=lambda dZ, X, W: (X.T @ dZ, dZ.mean(axis=0)),
                ),
            ),
        ),
        Mistake(
            "the blame was carried back through weights that had already "
            "been changed.",
            "A gradient belongs to the weights of the forward pass. When may "
            "a step be taken at the earliest?",
            tuple(map(_new_weights, _RATES)),
        ),
        Mistake(
            "a step was taken: new weights came back, not gradients.",
            "Backpropagation computes slopes. Who takes the step?",
            tuple(map(_stepped, _RATES)),
        ),
        Mistake(
            "W was not transposed on the way back.",
            "The sum runs over the scores of a row, which are the columns of "
            "dZ. Are they the rows of the other array?",
            (_swept(way_back=lambda dZ, W, dW: dZ @ W),),
        ),
        Mistake(
            "the mask was taken from the layer's own scores, not from those "
            "that went into its relu.",
            "The blame that arrives at a layer's inputs passes the relu "
            "below it. Which Z went through that one?",
            (_swept(bend=lambda dA, Z, own: dA * (own > 0)),),
        ),
        Mistake(
            "the list starts with the last layer.",
            "The sweep meets the last layer first, but the list is in the "
            "order of params.",
            (lambda cache, params, y: _sweep(cache, params, y)[::-1],),
        ),
        Mistake(
            "the scores of the last layer were masked as well.",
            "After the last layer comes softmax, and no relu. Which layers "
            "have a bend behind them?",
            (_swept(start=_masked_start),),
        ),
        Mistake(
            "the sign is the other way round in every gradient.",
            "P - onehot or onehot - P? Which score should come down?",
            (_swept(start=lambda Z, y: (_hot(Z, y) - softmax(Z)) / len(Z)),),
        ),
        Mistake(
            "the slope at exactly 0, or at every score, was not 0 or 1: the "
            "blame was multiplied by relu itself.",
            "On the way back the blame meets the slope of the bend, not its "
            "output.",
            (_swept(bend=lambda dA, Z, own: dA * relu(Z)),),
        ),
        Mistake(
            "each entry of the list holds (db, dW).",
            "The order is that of params: first the weights, then the bias.",
            (
                lambda cache, params, y: [
                    (db, dW) for dW, db in _sweep(cache, params, y)
                ],
            ),
        ),
        Mistake(
            "each entry of the list holds three arrays, dX among them.",
            "dX is needed on the way, by the layer below. In the list there "
            "is one array for each of W and b.",
            (_three_each,),
        ),
        Mistake(
            "the list has the last layer alone.",
            "Is the return inside the loop over the layers?",
            (_last_alone,),
        ),
    ),
)


# --- gradient_error ---------------------------------------------------------


def _error_cases(rng):
    """Equal and opposite entries, zeros, entries without digits, nan."""
    a = np.abs(eighths(rng, 4)) + 1
    signs = rng.choice([-1, 1], 4)
    large, small = 2.0**6, 2.0**-9
    unlike = np.array([1.5, 1.0, -1.0, 0.5])
    cases = [
        (signs * a, signs * a * unlike),
        (signs * a * unlike, signs * a),
        (np.array([4.0, 0.0]), np.array([4.0, 0.0])),
        # Below a thousandth of the largest: it depends on whose largest.
        (np.array([large, small]), np.array([large, 3 * small])),
        (np.array([1.0, 0.0, small]), np.array([4 * large, small, 0.0])),
        (np.array([4 * large, 0.0, small]), np.array([1.0, -small, 0.0])),
        (np.zeros((2, 1)), np.zeros((2, 1))),
        (eighths(rng, 3, 2), eighths(rng, 3, 2)),
        (2.0**-20 * eighths(rng, 2, 3), 2.0**-20 * eighths(rng, 2, 3)),
        (2.0**20 * eighths(rng, 1, 4), 2.0**20 * eighths(rng, 1, 4)),
        (2.0**-44 * a, 2.0**-44 * signs * a * unlike),
        (np.array([[a[0]]]), np.array([[np.nan]])),
    ]
    return cases


def _error(size, floor, top=None):
    """Return a gradient_error with other sizes, and another floor."""

    def answer(numeric, analytic):
        a, b = np.abs(numeric), np.abs(analytic)
        below = np.maximum(size(a, b), floor(a, b))
        off = numeric - analytic
        errors = (np.abs(off) if top is None else top(off)) / below
        return np.where(np.isnan(errors), np.inf, errors)

    return answer


def _larger(a, b):
    return np.maximum(a, b)


def _floor(a, b):
    return max(a.max(), b.max(), 1e-300) / 1000


def _no_floor(numeric, analytic):
    off = np.abs(numeric - analytic)
    return off / np.maximum(np.abs(numeric), np.abs(analytic))


def _nan_kept(numeric, analytic):
    a, b = np.abs(numeric), np.abs(analytic)
    off = np.abs(numeric - analytic)
    return off / np.maximum(_larger(a, b), _floor(a, b))


def _worst_alone(numeric, analytic):
    return gradient_error(numeric, analytic).max()


def _infinite(value):
    return np.where(np.isnan(value), np.inf, value)


def _added(epsilon):
    def answer(numeric, analytic):
        a, b = np.abs(numeric), np.abs(analytic)
        off = np.abs(numeric - analytic)
        return _infinite(off / (_larger(a, b) + epsilon(a, b)))

    return answer


ERROR = Exercise(
    reference=gradient_error,
    sheet=SHEET,
    outputs=("error",),
    cases=_error_cases,
    mistakes=(
        Mistake(
            "there is no floor: entries near 0 are divided by next to "
            "nothing, or by 0.",
            "Two entries that are both 0 agree. And an entry that is tiny "
            "beside its neighbours has no digits to compare.",
            (
                _no_floor,
                lambda numeric, analytic: _infinite(
                    _no_floor(numeric, analytic)
                ),
                lambda numeric, analytic: np.nan_to_num(
                    _no_floor(numeric, analytic), nan=0.0
                ),
                lambda numeric, analytic: np.where(
                    np.isnan(analytic),
                    np.inf,
                    np.nan_to_num(_no_floor(numeric, analytic), nan=0.0),
                ),
            ),
        ),
        Mistake(
            "the difference is absolute: it was divided by nothing.",
            "An error of 0.01 is much for a slope of 0.02 and little for "
            "one of 100.",
            (
                lambda numeric, analytic: np.abs(numeric - analytic),
                lambda numeric, analytic: _infinite(
                    np.abs(numeric - analytic)
                ),
            ),
        ),
        Mistake(
            "nan was left as it is.",
            "nan < 1e-6 is False, and nan > 1e-6 is False as well, so nan "
            "slips through any test. Which value never does?",
            (_nan_kept,),
        ),
        Mistake(
            "the sign of the difference was kept.",
            "An error says how far two numbers are apart, whichever is "
            "larger.",
            (_error(_larger, _floor, top=lambda off: off),),
        ),
        Mistake(
            "it was divided by the sum of the two sizes.",
            "The unit is the larger of the two. What is the error of 1 "
            "against 0 then?",
            (_error(lambda a, b: a + b, _floor),),
        ),
        Mistake(
            "it was divided by the size of one of the two gradients alone.",
            "If that one is close to 0 and the other is not, what comes out? "
            "Neither of the two is known to be right.",
            (
                _error(lambda a, b: a, _floor),
                _error(lambda a, b: b, _floor),
            ),
        ),
        Mistake(
            "it was divided by the smaller of the two.",
            "The unit is the larger of the two sizes.",
            (_error(np.minimum, _floor),),
        ),
        Mistake(
            "all entries were divided by the largest of the whole array.",
            "A small entry may be quite wrong without being far off the "
            "largest. Which unit has each entry?",
            (_error(lambda a, b: 1000 * _floor(a, b), _floor),),
        ),
        Mistake(
            "the floor is a fixed number, whatever the gradients are.",
            "Gradients may all be of size 0.000001, or all of size a "
            "million. What is small is small beside the largest.",
            tuple(
                _error(_larger, lambda a, b, floor=floor: floor)
                for floor in (1e-3, 1e-2, 1e-6, 1e-8, 1e-10, 1e-12, 1.0)
            ),
        ),
        Mistake(
            "something was added to the size, where a floor is needed.",
            "A floor changes nothing for entries above it. Is that so if "
            "you add?",
            (
                _added(_floor),
                *(
                    _added(lambda a, b, e=e: e)
                    for e in (1e-6, 1e-8, 1e-10, 1e-12)
                ),
            ),
        ),
        Mistake(
            "the floor looks at one of the two gradients alone.",
            "The largest entry may be in either of them.",
            (
                _error(_larger, lambda a, b: max(a.max(), 1e-300) / 1000),
                _error(_larger, lambda a, b: max(b.max(), 1e-300) / 1000),
            ),
        ),
        Mistake(
            "one number came back: the worst of the errors.",
            "One error for each entry is asked for. Who wants the worst can "
            "take the maximum of them.",
            (
                _worst_alone,
                lambda numeric, analytic: gradient_error(
                    numeric, analytic
                ).mean(),
            ),
        ),
    ),
)


# --- sgd_step ---------------------------------------------------------------


def sgd_step(params, grads, learning_rate):
    """Return new (W, b), each moved against its gradient."""
    return _step(params, grads, learning_rate)


def _against(p, g, rate):
    return p - rate * g


def _step(params, grads, rate, W_rule=_against, b_rule=_against):
    return [
        (W_rule(W, dW, rate), b_rule(b, db, rate))
        for (W, b), (dW, db) in zip(params, grads, strict=True)
    ]


def _steps(rule):
    return partial(_step, W_rule=rule, b_rule=rule)


def _step_cases(rng):
    """One layer and several; the learning rate is never 1."""
    cases = []
    for sizes in [(1, 1), (2, 3), (2, 3, 2), (3, 1, 2, 2), (2, 2, 2)]:
        shapes = [((n_in, n_out), (n_out,)) for n_in, n_out in pairwise(sizes)]
        params, grads = (
            [(eighths(rng, *W), eighths(rng, *b)) for W, b in shapes]
            for _ in range(2)
        )
        cases.append((params, grads, float(rng.choice([0.25, 0.5, 2.0]))))
    return cases


def _one_layer_alone(place):
    def answer(params, grads, rate):
        new, moved = list(params), _step(params, grads, rate)
        new[place] = moved[place]
        return new

    return answer


def _flat(params, grads, rate):
    return [p for pair in _step(params, grads, rate) for p in pair]


STEP = Exercise(
    reference=sgd_step,
    sheet=SHEET,
    outputs=("params",),
    cases=_step_cases,
    mistakes=(
        Mistake(
            "the step goes up: the gradient was added.",
            "Blame above 0 means that a weight is too large. Which way must "
            "it move?",
            (_steps(lambda p, g, rate: p + rate * g),),
        ),
        Mistake(
            "the learning rate plays no part.",
            "It says how far to go for a blame of 1. Where does it appear?",
            (_steps(lambda p, g, rate: p - g),),
        ),
        Mistake(
            "the bias was never moved.",
            "Every number that has a gradient learns, and the bias has one.",
            (partial(_step, b_rule=lambda b, db, rate: b),),
        ),
        Mistake(
            "the learning rate scales the step of W and not that of b.",
            "All numbers follow the same rule.",
            (partial(_step, b_rule=lambda b, db, rate: b - db),),
        ),
        Mistake(
            "the steps came back, not the new parameters.",
            "Where does one stand after a step?",
            (
                _steps(lambda p, g, rate: rate * g),
                _steps(lambda p, g, rate: -rate * g),
            ),
        ),
        Mistake(
            "the sign of the gradient was used, not its size.",
            "Plain gradient descent moves each weight in proportion to its "
            "blame.",
            (_steps(lambda p, g, rate: p - rate * np.sign(g)),),
        ),
        Mistake(
            "the gradient was divided by the learning rate.",
            "A larger learning rate makes a longer step.",
            (_steps(lambda p, g, rate: p - g / rate),),
        ),
        Mistake(
            "the parameters shrank as well: the whole difference was "
            "multiplied by the learning rate.",
            "Only the step is scaled. Which bracket is one too many?",
            (_steps(lambda p, g, rate: rate * (p - g)),),
        ),
        Mistake(
            "only one of the layers moved.",
            "Is the return inside the loop, or does an index stand still?",
            (_one_layer_alone(0), _one_layer_alone(-1)),
        ),
        Mistake(
            "the list has the first layer alone.",
            "Is the return inside the loop over the layers?",
            (lambda p, g, rate: _step(p, g, rate)[:1],),
        ),
        Mistake(
            "the parameters came back as they were.",
            "Are the new arrays the ones that are returned?",
            (lambda params, grads, rate: params,),
        ),
        Mistake(
            "one flat list of arrays came back, not a list of pairs.",
            "There is one (W, b) for each layer, as in params.",
            (_flat,),
        ),
    ),
)


# --- find_wrong_gradient ----------------------------------------------------

TOLERANCE = 0.01  # of the largest entry of an array


def mlp_loss(params, X, y):
    """Return the loss of a network with relu between its layers."""
    for W, b in params[:-1]:
        X = np.maximum(X @ np.asarray(W) + b, 0)
    W, b = params[-1]
    Z = X @ np.asarray(W) + b
    Z = Z - Z.max(axis=1, keepdims=True)
    right = Z[np.arange(len(y)), y]
    return float(np.mean(np.log(np.exp(Z).sum(axis=1)) - right))


def _true(loss_at, params):
    """Return the gradients; readers nudge, but that takes far longer."""
    return _sweep(_forward(loss_at.X, params), params, loss_at.y)


def _off(numeric, claimed):
    """Return whether a claimed gradient is wrong."""
    largest = max(np.abs(numeric).max(), np.abs(claimed).max(), 1e-300)
    return np.abs(numeric - claimed).max() > TOLERANCE * largest


def _places(params):
    return [(layer, which) for layer in range(len(params)) for which in (0, 1)]


def find_wrong_gradient(loss_at, params, grads):
    """Return (layer, which) of the first wrong gradient, or None."""
    return _find(loss_at, params, grads)


def _find(loss_at, params, grads, wrong=_off, places=_places):
    """Look at some places with some way to judge; return the first wrong."""
    right = _true(loss_at, params)
    for layer, which in places(params):
        if wrong(right[layer][which], grads[layer][which]):
            return layer, which
    return None


def _smooth_network(rng, n, *sizes):
    """Return (cache, params, y) such that no nudge flips a relu."""
    while True:
        cache, params, y = _network(rng, n, *sizes)
        near = [np.abs(Z).min() for _, Z in cache[:-1]]
        if min(near, default=1.0) > 0.05:
            return cache, params, y


def _sign(g, cache, params, y):
    return -g


def _times_n(g, cache, params, y):
    return g * len(y)


def _mean(g, cache, params, y):
    return g / len(y)


def _turned(g, cache, params, y):
    return g.T.copy()


def _unmasked(which):
    def wrong(g, cache, params, y):
        return _sweep(cache, params, y, bend=lambda dA, Z, own: dA)[0][which]

    return wrong


def _last_entry(g, cache, params, y):
    """One entry is wrong, and it is not the first."""
    wrong = g.copy()
    wrong.flat[-1] += 0.5 * np.abs(g).max()
    return wrong


# Rows and widths, which gradient is wrong, and how.
_SUSPECTS = (
    ((1, 1, 2), (0, 0), _sign),
    ((2, 2, 2), (0, 1), _mean),
    ((1, 1, 3), None, None),
    ((2, 2, 2), (0, 0), _turned),
    ((2, 1, 2, 2), (0, 1), _unmasked(1)),
    ((3, 1, 2, 2), (1, 0), _times_n),
    ((2, 1, 1, 2), None, None),
    ((2, 1, 2, 2), (1, 0), _last_entry),
    ((2, 1, 1, 2), (1, 1), _sign),
    ((2, 2, 2, 2), (0, 0), _unmasked(0)),
)


def _suspect(rng, sizes, place, spoil):
    """Return (loss_at, params, grads), one of them wrong or none."""
    while True:
        cache, params, y = _smooth_network(rng, *sizes)
        grads = mlp_backward(cache, params, y)
        loss_at = Loss(cache[0][0], y)
        if place is None:
            return loss_at, params, grads
        layer, which = place
        right = grads[layer][which]
        wrong = spoil(right, cache, params, y)
        if _is_clear(right, wrong):
            pair = list(grads[layer])
            pair[which] = wrong
            grads[layer] = tuple(pair)
            return loss_at, params, grads


def _is_clear(right, wrong):
    """Return whether no tolerance of a reader's decides what is found.

    An entry is off by ten times what has to be noticed. And who compares too
    little, such as sums, sees either a large difference or none.
    """
    largest = max(np.abs(right).max(), np.abs(wrong).max())
    off = np.abs(right - wrong).max() / largest
    pairs = (
        (right.sum(), wrong.sum()),
        (np.linalg.norm(right), np.linalg.norm(wrong)),
        (right.flat[0], wrong.flat[0]),
    )
    seen = [abs(a - b) / largest for a, b in pairs]
    seen.append(np.abs(np.abs(right) - np.abs(wrong)).max() / largest)
    return off > 10 * TOLERANCE and all(not 1e-9 < s < 0.05 for s in seen)


class Loss:
    """loss_at(params), for one batch."""

    def __init__(self, X, y):
        self.X, self.y = X, y

    def __call__(self, params):
        return mlp_loss(params, self.X, self.y)

    def __repr__(self):
        X, y = as_code(self.X), as_code(self.y)
        return f"(lambda params: mlp_loss(params, {X}, {y}))"


def _suspect_cases(rng):
    return [_suspect(rng, *suspect) for suspect in _SUSPECTS]


def _named(answer, loss_at, params, grads):
    """Return in words which gradient an answer found to be wrong."""
    found = answer(loss_at, params, grads)
    if found is None:
        return "None"
    pair = isinstance(found, tuple | list) and len(found) == 2
    whole = pair and all(
        isinstance(part, int | np.integer) and not isinstance(part, bool)
        for part in found
    )
    if not whole:
        raise Refused(
            f"It returned {as_code(found):.60}, and (layer, which) is "
            "expected, two whole numbers, or None."
        )
    return f"({int(found[0])}, {int(found[1])})"


def _apart(a, b):
    """Return whether two numbers differ; 0 is no rare value, and no unit."""
    return abs(a - b) > 1e-5


def _by_sums(right, claimed):
    return _apart(right.sum(), claimed.sum())


def _by_norms(right, claimed):
    return _apart(np.linalg.norm(right), np.linalg.norm(claimed))


def _by_sizes(right, claimed):
    return np.any(_apart(np.abs(right), np.abs(claimed)))


def _by_first(right, claimed):
    return _apart(right.flat[0], claimed.flat[0])


def _moved(change):
    """Return the right search, with what it found changed."""

    def answer(loss_at, params, grads):
        found = _find(loss_at, params, grads)
        return None if found is None else change(*found)

    return answer


def _never_none(loss_at, params, grads):
    """The place with the largest error, however small it is."""
    right = _true(loss_at, params)
    errors = {
        (layer, which): gradient_error(
            right[layer][which], grads[layer][which]
        ).max()
        for layer, which in _places(params)
    }
    return max(errors, key=errors.get)


FIND = Exercise(
    reference=find_wrong_gradient,
    sheet=SHEET,
    outputs=("found",),
    cases=_suspect_cases,
    look=_named,
    call=lambda loss_at, params, grads: (
        f"find_wrong_gradient({loss_at!r}, {as_code(params)}, "
        f"{as_code(grads)})"
    ),
    mistakes=(
        Mistake(
            "nothing was ever found: it returned None for wrong gradients as "
            "well.",
            "Does every return stand where the loops can reach it, and is "
            "each claimed gradient compared with a nudged one?",
            (lambda loss_at, params, grads: None,),
        ),
        Mistake(
            "every gradient looks wrong: (0, 0) came back each time.",
            "Try it on gradients that are right. Is the difference of two "
            "losses divided by the whole way between the nudges? And how "
            "many digits can nudging be trusted to?",
            (lambda loss_at, params, grads: (0, 0),),
        ),
        Mistake(
            "the gradients of the biases were not looked at.",
            "Each layer has two arrays.",
            (partial(_find, places=lambda params: _places(params)[::2]),),
        ),
        Mistake(
            "the gradients of the weights were not looked at.",
            "Each layer has two arrays.",
            (partial(_find, places=lambda params: _places(params)[1::2]),),
        ),
        Mistake(
            "only the first layer was looked at.",
            "Is a return None inside the loop, before the next layer has had "
            "its turn?",
            (partial(_find, places=lambda params: _places(params)[:2]),),
        ),
        Mistake(
            "only the weights of the first layer were looked at.",
            "Is a return None inside the loop, before the next array has had "
            "its turn?",
            (partial(_find, places=lambda params: _places(params)[:1]),),
        ),
        Mistake(
            "only the last layer was looked at.",
            "Which layers does the loop go through?",
            (
                lambda loss_at, params, grads: _find(
                    *(loss_at, params, grads),
                    places=lambda params: _places(params)[-2:],
                ),
            ),
        ),
        Mistake(
            "the layer and the array have changed places.",
            "The answer is (layer, which): first where, then 0 for W or 1 "
            "for b.",
            (_moved(lambda layer, which: (which, layer)),),
        ),
        Mistake(
            "the layers were counted from 1.",
            "params[0] is the first one.",
            (_moved(lambda layer, which: (layer + 1, which)),),
        ),
        Mistake(
            "0 stands for b and 1 for W.",
            "In each pair (W, b), which one has index 0?",
            (_moved(lambda layer, which: (layer, 1 - which)),),
        ),
        Mistake(
            "a wrong array was not noticed because the sums agree.",
            "Exchange two entries, and the sum stays what it is. What has to "
            "be compared?",
            (partial(_find, wrong=_by_sums),),
        ),
        Mistake(
            "a wrong array was not noticed because the lengths agree.",
            "Turn an array round, or its sign, and its length stays what it "
            "is. What has to be compared?",
            (partial(_find, wrong=_by_norms),),
        ),
        Mistake(
            "a wrong sign was not noticed.",
            "What does abs do to a gradient that points the wrong way? It "
            "belongs around the difference.",
            (partial(_find, wrong=_by_sizes),),
        ),
        Mistake(
            "only the first entry of each array was looked at.",
            "An array is wrong if any of its entries is. Which loop is "
            "missing, or which return comes too early?",
            (partial(_find, wrong=_by_first),),
        ),
        Mistake(
            "something was found where every gradient is right.",
            "The largest error is always somewhere. How large must it be to "
            "count?",
            (_never_none,),
        ),
    ),
)

EXERCISES = (SCORES, DENSE, RELU, MLP, ERROR, STEP, FIND)
