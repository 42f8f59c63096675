"""Lesson 04: right answers, and the wrong ones that readers give."""

from functools import partial
from itertools import pairwise

import numpy as np

from nnlib.checks.comparing import as_code
from nnlib.checks.exercise import Exercise, Mistake

SHEET = "04_forward_pass"


def _grid(rng, *shape):
    """Return multiples of 1/4 from -3/2 to 3/2, without 0: sums are exact."""
    steps = rng.integers(-6, 6, shape)
    return (steps + (steps >= 0)) / 4.0


def _relu(Z):
    return np.maximum(Z, 0)


def _column(b):
    return np.reshape(b, (-1, 1))


# --- dense_forward ----------------------------------------------------------


def dense_forward(X, W, b):
    """Return X W + b."""
    return X @ W + b


def _dense_cases(rng):
    """Square arrays and others; in the last batch all scores are below 0."""
    shapes = [(2, 2, 2), (1, 2, 3), (3, 2, 1), (3, 3, 3), (1, 1, 4)]
    shapes += [(4, 4, 4), (5, 3, 2), (2, 3, 5), (40, 6, 7), (1, 1, 1)]
    cases = [
        (_grid(rng, n, n_in), _grid(rng, n_in, n_out), _grid(rng, n_out))
        for n, n_in, n_out in shapes
    ]
    X, W, b = cases[6]
    return [*cases, (X * 2.0**12, W, b), (X, W, b - 64)]


DENSE = Exercise(
    reference=dense_forward,
    sheet=SHEET,
    outputs=("Z",),
    cases=_dense_cases,
    mistakes=(
        Mistake(
            "W was transposed. Where W is square nothing stops that, and the "
            "numbers are wrong.",
            "W has shape (n_in, n_out), and X has shape (n, n_in). Which axes "
            "of the two meet in X @ W?",
            (lambda X, W, b: X @ W.T + b,),
        ),
        Mistake(
            "the bias was added down the columns: each sample got one, "
            "instead of each neuron.",
            "b has one number for each neuron, and a neuron is a column of Z. "
            "To which axis of Z does numpy fit an array of shape (n_out,) by "
            "itself?",
            (lambda X, W, b: X @ W + _column(b),),
        ),
        Mistake(
            "the bias is missing.",
            "Every neuron starts its sum from its own bias.",
            (lambda X, W, b: X @ W,),
        ),
        Mistake(
            "the bias was subtracted.",
            "z = x W + b, with a plus.",
            (lambda X, W, b: X @ W - b,),
        ),
        Mistake(
            "an activation was applied: nothing below 0 came back.",
            "This layer returns its scores as they are. The bend is a layer "
            "of its own.",
            (
                lambda X, W, b: _relu(X @ W + b),
                lambda X, W, b: _relu(X @ W) + b,
            ),
        ),
        Mistake(
            "the bias was added to the weights before the product.",
            "What is inside the brackets, and what should be?",
            (lambda X, W, b: X @ (W + b),),
        ),
        Mistake(
            "the result is turned round: its rows are neurons, and not "
            "samples.",
            "Rows are samples, in Z as in X.",
            (lambda X, W, b: (X @ W + b).T,),
        ),
        Mistake(
            "only the first sample went through.",
            "X holds a whole batch. Which product does all of its rows?",
            (
                lambda X, W, b: X[0] @ W + b,
                lambda X, W, b: X[:1] @ W + b,
            ),
        ),
        Mistake(
            "the batch was added up: one row came back for all samples.",
            "Rows never meet: row i of Z is about row i of X alone.",
            (
                lambda X, W, b: (X @ W + b).sum(axis=0),
                lambda X, W, b: (X @ W).sum(axis=0) + b,
            ),
        ),
    ),
)


# --- mlp_forward ------------------------------------------------------------


def mlp_forward(X, params):
    """Return (Z, cache): relu between the layers, none after the last."""
    cache = []
    for W, b in params:
        X = _relu(cache[-1][1]) if cache else X
        cache.append((X, X @ W + b))
    return cache[-1][1], cache


def _network(rng, sizes):
    return [
        (_grid(rng, n_in, n_out), _grid(rng, n_out))
        for n_in, n_out in pairwise(sizes)
    ]


def _mlp_cases(rng):
    """One layer and more; square ones; in each X some numbers below 0."""
    plan = [(2, 2, 2), (2, 2, 2, 2), (1, 2, 3, 1), (3, 2, 4), (1, 1, 1, 1)]
    plan += [(4, 4, 4, 4, 4), (5, 3, 4, 2), (2, 4, 3, 5, 2), (20, 6, 5, 4)]
    cases = []
    for n, *sizes in plan:
        X, params = _grid(rng, n, sizes[0]), _network(rng, sizes)
        X[0, 0] = -abs(X[0, 0])
        cases.append((X, params))
    X, params = cases[6]
    return [*cases, (X * 2.0**8, params)]


def _walk(X, params, layer, bend=_relu, kept=lambda X, Z, A: (X, Z)):
    """Go through the layers in any way, and keep anything.

    bend(Z) follows every layer but the last; kept(X_in, Z, what is handed
    on) becomes an entry of the cache.
    """
    cache, last = [], len(params) - 1
    for k, (W, b) in enumerate(params):
        Z = layer(X, W, b)
        A = Z if k == last else bend(Z)
        cache.append(kept(X, Z, A))
        X = A
    return X, cache


def _straight(Z):
    return Z


_right_walk = partial(_walk, layer=dense_forward)


def _bent_at_the_end(X, params, kept=lambda Z: Z):
    Z, cache = mlp_forward(X, params)
    return _relu(Z), [*cache[:-1], (cache[-1][0], kept(cache[-1][1]))]


def _bent_at_the_start(X, params):
    return mlp_forward(_relu(X), params)


def _bent_at_the_start_unseen(X, params):
    """The first entry of the cache holds X itself."""
    Z, cache = mlp_forward(_relu(X), params)
    return Z, [(X, cache[0][1]), *cache[1:]]


def _all_activations(X, params):
    Z, cache = mlp_forward(X, params)
    return Z, [(X_in, _relu(scores)) for X_in, scores in cache]


def _same_input(X, params):
    Z, cache = mlp_forward(X, params)
    return Z, [(X, scores) for _, scores in cache]


def _scores_for_inputs(X, params):
    """Each entry holds the scores of the layer before as its input."""
    Z, cache = mlp_forward(X, params)
    inputs = [X, *(scores for _, scores in cache[:-1])]
    return Z, [(X_in, z) for X_in, (_, z) in zip(inputs, cache, strict=True)]


def _cache_changed(change):
    """Return a right pass whose cache comes back changed."""

    def forward(X, params):
        Z, cache = mlp_forward(X, params)
        return Z, change(cache)

    return forward


MLP = Exercise(
    reference=mlp_forward,
    sheet=SHEET,
    outputs=("Z", "cache"),
    cases=_mlp_cases,
    mistakes=(
        Mistake(
            "an activation was applied after the last layer.",
            "The last layer returns bare scores. How does the loop know that "
            "it has reached the last one?",
            (
                _bent_at_the_end,
                partial(_bent_at_the_end, kept=_relu),
            ),
        ),
        Mistake(
            "relu is missing: the layers are straight, and could be one.",
            "What happens to the scores of a layer before the next one gets "
            "them?",
            (partial(_right_walk, bend=_straight),),
        ),
        Mistake(
            "relu was applied to X itself, before the first product.",
            "relu stands between the layers. Is there a layer before the "
            "first one?",
            (_bent_at_the_start, _bent_at_the_start_unseen),
        ),
        Mistake(
            "the cache holds what came out of relu, and not the scores.",
            "The second entry of each tuple is Z. If Z was changed in place, "
            "by out=Z or Z[Z < 0] = 0, the cache has changed too.",
            (
                partial(_right_walk, kept=lambda X, Z, A: (X, A)),
                _all_activations,
            ),
        ),
        Mistake(
            "the cache holds the network's X in every tuple, and not the "
            "input of each layer.",
            "What does the second layer get as its input?",
            (_same_input,),
        ),
        Mistake(
            "the cache holds the scores of the layer before as a layer's "
            "input, without relu.",
            "The input of a layer is exactly what its product used.",
            (_scores_for_inputs,),
        ),
        Mistake(
            "the tuples in the cache are the other way round.",
            "(X_in, Z): first what went in, then what came out.",
            (_cache_changed(lambda cache: [pair[::-1] for pair in cache]),),
        ),
        Mistake(
            "the cache holds the scores of each layer alone.",
            "Each entry is a tuple of two arrays.",
            (_cache_changed(lambda cache: [Z for _, Z in cache]),),
        ),
        Mistake(
            "the cache holds the input of each layer alone.",
            "Each entry is a tuple of two arrays.",
            (_cache_changed(lambda cache: [X for X, _ in cache]),),
        ),
        Mistake(
            "the last layer is missing from the cache.",
            "One tuple for each layer. Which line notes that of the last?",
            (_cache_changed(lambda cache: cache[:-1]),),
        ),
        Mistake(
            "the cache is in the opposite order.",
            "The first layer comes first.",
            (_cache_changed(lambda cache: cache[::-1]),),
        ),
        Mistake(
            "the biases are missing.",
            "Each entry of params is a pair. Where is its second half used?",
            (partial(_walk, layer=lambda X, W, b: X @ W),),
        ),
        Mistake(
            "the weights were transposed. Where W is square nothing stops "
            "that, and the numbers are wrong.",
            "W has shape (n_in, n_out). Which axes meet in X @ W?",
            (partial(_walk, layer=lambda X, W, b: X @ W.T + b),),
        ),
        Mistake(
            "the biases were added down the columns: each sample got one, "
            "instead of each neuron.",
            "A neuron is a column of Z. To which axis does numpy fit an array "
            "of shape (n_out,) by itself?",
            (partial(_walk, layer=lambda X, W, b: X @ W + _column(b)),),
        ),
    ),
)


# --- layer_shapes -----------------------------------------------------------


def layer_shapes(sizes, n):
    """Return the shapes of X and of every layer's output."""
    return [(n, size) for size in sizes]


def _sizes_cases(rng):
    """Lists of sizes, all different, and none of them equal to another n."""
    cases = [[2, 3], [3, 1], [64, 32, 10]]
    for length in (2, 3, 4, 6):
        cases.append(rng.permutation(np.arange(2, 30))[:length].tolist())
    return [*cases, [784, 1000, 500, 10]]


def _shapes_cases(rng):
    cases = [([2, 3], 1), ([2, 3], 5), ([64, 32, 10], 5)]
    for sizes in _sizes_cases(rng)[3:]:
        cases.append((sizes, int(rng.integers(30, 99))))
    return cases


def _as_text(value):
    """Write one shape as Python does, and anything else as code."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        whole = [isinstance(size, int | np.integer) for size in value]
        if all(whole):
            return str(tuple(map(int, value)))
    return as_code(value)


def _shapes_as_text(answer, sizes, n):
    """Compare shapes as texts: "(5, 32)" is easier to read than an array."""
    shapes = answer(sizes, n)
    if isinstance(shapes, np.ndarray):
        shapes = shapes.tolist()
    if isinstance(shapes, list | tuple):
        return [_as_text(shape) for shape in shapes]
    return shapes


SHAPES = Exercise(
    reference=layer_shapes,
    sheet=SHEET,
    outputs=("shapes",),
    cases=_shapes_cases,
    look=_shapes_as_text,
    mistakes=(
        Mistake(
            "n was left out: these are the shapes of single samples.",
            "A whole batch of n samples goes through together. Which axis "
            "counts them?",
            (
                lambda sizes, n: [(size,) for size in sizes],
                lambda sizes, n: list(sizes),
            ),
        ),
        Mistake(
            "the axes are the other way round: samples are in the columns.",
            "Rows are samples. Which number comes first in a shape?",
            (lambda sizes, n: [(size, n) for size in sizes],),
        ),
        Mistake(
            "X is missing from the list.",
            "The list starts with the shape of what goes in.",
            (lambda sizes, n: [(n, size) for size in sizes[1:]],),
        ),
        Mistake(
            "the output of the last layer is missing from the list.",
            "How many arrays are there, X and all outputs together? Where "
            "does your loop end?",
            (lambda sizes, n: [(n, size) for size in sizes[:-1]],),
        ),
        Mistake(
            "these are the shapes of the weights.",
            "The weights stay where they are. What goes through the network "
            "is X, and what becomes of it.",
            (
                lambda sizes, n: list(pairwise(sizes)),
                lambda sizes, n: [pair[::-1] for pair in pairwise(sizes)],
            ),
        ),
        Mistake(
            "relu has an entry of its own.",
            "One shape for X and one for each layer's output: the "
            "activation keeps the shape, and is not listed.",
            (
                lambda sizes, n: [
                    (n, size)
                    for k, size in enumerate(sizes)
                    for _ in range(1 + (0 < k < len(sizes) - 1))
                ],
                lambda sizes, n: [
                    (n, size)
                    for k, size in enumerate(sizes)
                    for _ in range(1 + (k > 0))
                ],
            ),
        ),
        Mistake(
            "n is multiplied into the sizes.",
            "A shape keeps the two numbers apart: how many samples, and how "
            "many numbers for each.",
            (
                lambda sizes, n: [(n * size,) for size in sizes],
                lambda sizes, n: [n * size for size in sizes],
            ),
        ),
    ),
)


# --- count_parameters -------------------------------------------------------


def count_parameters(sizes):
    """Return how many weights and biases the layers have together."""
    return sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))


def _counted(one_layer):
    """Return a count that adds up one_layer(n_in, n_out) over the layers."""
    return lambda sizes: sum(one_layer(*pair) for pair in pairwise(sizes))


COUNT = Exercise(
    reference=count_parameters,
    sheet=SHEET,
    outputs=("the number",),
    cases=lambda rng: [(sizes,) for sizes in _sizes_cases(rng)],
    relative=1e-12,
    mistakes=(
        Mistake(
            "the biases were not counted.",
            "How many numbers does b hold, in a layer with n_out neurons?",
            (_counted(lambda n_in, n_out: n_in * n_out),),
        ),
        Mistake(
            "biases were counted for the input too.",
            "The input is not a layer of neurons: nothing is added up there.",
            (
                lambda sizes: (
                    sum(n_in * n_out for n_in, n_out in pairwise(sizes))
                    + sum(sizes)
                ),
            ),
        ),
        Mistake(
            "there is a bias for each input of a layer, and not for each "
            "neuron.",
            "b has shape (n_out,).",
            (_counted(lambda n_in, n_out: n_in * (n_out + 1)),),
        ),
        Mistake(
            "each layer has one bias, and not one for each neuron.",
            "Every neuron has a bias of its own.",
            (_counted(lambda n_in, n_out: n_in * n_out + 1),),
        ),
        Mistake(
            "the last layer's biases were left out.",
            "There is no activation after the last layer, but it has a bias "
            "for each of its neurons.",
            (lambda sizes: count_parameters(sizes) - sizes[-1],),
        ),
        Mistake(
            "only the biases were counted.",
            "And the weights?",
            (lambda sizes: sum(sizes[1:]),),
        ),
        Mistake(
            "neurons were counted, and not parameters.",
            "How many numbers does one neuron hold?",
            (sum,),
        ),
        Mistake(
            "all sizes were multiplied with one another.",
            "Each layer connects two neighbours in the list. The layers' "
            "numbers add up.",
            (
                lambda sizes: int(np.prod(sizes)),
                lambda sizes: int(np.prod(sizes)) + sum(sizes[1:]),
            ),
        ),
        Mistake(
            "only the first layer was counted.",
            "Is the return inside the loop?",
            (lambda sizes: count_parameters(sizes[:2]),),
        ),
        Mistake(
            "the last layer is missing.",
            "A list of k sizes describes k - 1 layers. Where does your loop "
            "end?",
            (lambda sizes: count_parameters(sizes[:-1]),),
        ),
        Mistake(
            "1 was added on both sides of a layer.",
            "The bias is one more input. Is it one more neuron as well?",
            (_counted(lambda n_in, n_out: (n_in + 1) * (n_out + 1)),),
        ),
    ),
)


# --- predict_classes --------------------------------------------------------


def predict_classes(Z):
    """Return the place of the largest score in each row."""
    return Z.argmax(axis=1)


def _classes_cases(rng):
    """Rows without ties, also all below 0, and as many rows as classes."""
    cases = []
    for n, n_classes in [(2, 2), (1, 3), (3, 2), (3, 3), (4, 10), (50, 5)]:
        order = np.argsort(rng.random((n, n_classes)), axis=1)
        cases.append((order / 4.0 + _grid(rng, n, 1),))
        cases.append((order / 4.0 - 16,))
    # Two scores whose exponentials are both too large for a float.
    return [*cases, (np.array([[0.0, 1000.0, 2000.0], [-4000.0, 0.5, 0.25]]),)]


def _without_shift(Z):
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    return P.argmax(axis=1)


CLASSES = Exercise(
    reference=predict_classes,
    sheet=SHEET,
    outputs=("classes",),
    cases=_classes_cases,
    mistakes=(
        Mistake(
            "argmax went along the wrong axis: this says, for each class, "
            "which sample has the highest score.",
            "One answer for each row is asked for. Along which axis are the "
            "scores of one sample?",
            (lambda Z: Z.argmax(axis=0),),
        ),
        Mistake(
            "one number came back for the whole batch.",
            "Without an axis, argmax counts through all entries of the array.",
            (lambda Z: int(Z.argmax()),),
        ),
        Mistake(
            "these are the highest scores themselves.",
            "A class is a place in the row, and not the value there.",
            (lambda Z: Z.max(axis=1),),
        ),
        Mistake(
            "the class with the lowest score was taken.",
            "A high score speaks for a class.",
            (lambda Z: Z.argmin(axis=1),),
        ),
        Mistake(
            "the score furthest from 0 was taken, whatever its sign.",
            "A score far below 0 speaks against a class.",
            (
                lambda Z: np.abs(Z).argmax(axis=1),
                lambda Z: (Z * Z).argmax(axis=1),
            ),
        ),
        Mistake(
            "classes were counted from 1.",
            "The first class is 0, as the first column is Z[:, 0].",
            (lambda Z: Z.argmax(axis=1) + 1,),
        ),
        Mistake(
            "the result is a column of shape (n, 1).",
            "(n,) is asked for. Compared with labels of shape (n,), a column "
            "becomes (n, n).",
            (lambda Z: Z.argmax(axis=1, keepdims=True),),
        ),
        Mistake(
            "each row has a 1 at its highest score: these are one-hot rows, "
            "and not classes.",
            "One whole number for each row is asked for.",
            (lambda Z: (Z.max(axis=1, keepdims=True) == Z).astype(int),),
        ),
        Mistake(
            "scores below 0 were made 0 first; where all are below 0 that "
            "leaves a tie.",
            "The last layer has no activation. Do you need one to find the "
            "largest score?",
            (lambda Z: _relu(Z).argmax(axis=1),),
        ),
        Mistake(
            "the exponentials of large scores overflowed.",
            "softmax keeps the order of the scores. Do you need it here?",
            (_without_shift, lambda Z: np.exp(Z).argmax(axis=1)),
        ),
        Mistake(
            "a threshold at 0 decides.",
            "With more than two classes the scores of a row are compared with "
            "one another.",
            (
                lambda Z: (Z[:, -1] > 0).astype(int),
                lambda Z: (Z > 0).astype(int),
            ),
        ),
    ),
)


# --- first_wrong_layer ------------------------------------------------------

# The colleague's arrays are the right ones, rounded a little differently
# after the first layer, but for what a plan says: {layer: error}. What
# follows a wrong layer is computed from it, but for layers that are "mended".

ROUNDING = 1e-12
PLANS = (
    (2, (2, 2), {0: "bias missing"}),
    (2, (2, 3), {}),
    (1, (2, 3, 2), {1: "entry off"}),
    (3, (3, 4, 2), {}),
    (3, (2, 3, 3, 2), {1: "relu missing"}),
    (2, (3, 3, 3, 3), {1: "W transposed"}),
    (4, (3, 4, 3, 2), {0: "entry off", 1: "mended", 2: "bias missing"}),
    (3, (2, 3, 4, 3, 2), {3: "relu after it"}),
    (4, (3, 4, 5, 3), {2: "entry off"}),
    (4, (3, 5, 4, 2), {1: "rows swapped", 2: "mended"}),
)


def first_wrong_layer(X, params, scores):
    """Return the first layer whose scores are wrong, or None."""
    _, cache = mlp_forward(X, params)
    for k, (came, (_, Z)) in enumerate(zip(scores, cache, strict=True)):
        if not _close(came, Z):
            return k
    return None


def _exact_network(rng, n, sizes):
    """Return (X, params): no score is 0, and every sum is exact.

    Products of the inputs are multiples of `unit` / 4, and each bias is off
    that grid by half of its step.
    """
    X, params, unit = _grid(rng, n, sizes[0]), [], 1 / 4
    for n_in, n_out in pairwise(sizes):
        params.append((_grid(rng, n_in, n_out), _grid(rng, n_out) + unit / 8))
        unit /= 8
    return X, params


def _spoilt(error, X, W, b, before):
    """Return the scores of one layer with an error, or None if it shows not.

    X is the layer's input, and `before` its input without relu.
    """
    Z = X @ W + b
    wrong = {
        "bias missing": X @ W,
        "relu missing": before @ W + b,
        "relu after it": _relu(Z),
        "rows swapped": Z[::-1],
    }.get(error)
    if error == "W transposed" and W.shape[0] == W.shape[1]:
        wrong = X @ W.T + b
    if error == "entry off":  # the largest of the last row, by a little
        wrong = Z.copy()
        wrong[-1, np.abs(Z[-1]).argmax()] *= 1.0001
        return wrong
    if wrong is None or _close(wrong, Z, share=0.01):
        return None
    return wrong


def _colleague(rng, n, sizes, plan):
    """Return (X, params, scores) with the errors of a plan, or None.

    Every hidden layer has scores on both sides of 0, so that relu matters.
    """
    X, params = _exact_network(rng, n, sizes)
    right = [Z for _, Z in mlp_forward(X, params)[1]]
    if not all(Z.min() < 0 < Z.max() for Z in right[:-1]):
        return None
    scores, before = [], X
    for k, (W, b) in enumerate(params):
        A = _relu(before) if k else X
        Z = right[k] if plan.get(k) == "mended" else A @ W + b
        if plan.get(k, "mended") != "mended":
            Z = _spoilt(plan[k], A, W, b, before)
            if Z is None:
                return None
        rounding = ROUNDING * rng.uniform(-1, 1, Z.shape)
        scores.append(Z * (1 + rounding) if k or len(params) == 1 else Z)
        before = Z
    return X, params, scores


def _colleagues(rng):
    cases = []
    for n, sizes, plan in PLANS:
        case = None
        while case is None:
            case = _colleague(rng, n, sizes, plan)
        cases.append(case)
    return cases


def _in_words(answer, *case):
    """Write the result as text: None is a result here like any other."""
    result = answer(*case)
    if isinstance(result, np.ndarray) and result.ndim == 0:
        result = result.item()
    return as_code(result)


def _search(X, params, scores, walk=None, close=None, found=None):
    """Look for wrong layers in any way.

    walk(X, params) -> the arrays to compare with; close(came, expected) ->
    bool; found(list of wrong layers, number of layers) -> result.
    """
    expected = (walk or _right_scores)(X, params)
    with np.errstate(all="ignore"):
        wrong = [
            k
            for k, (came, Z) in enumerate(zip(scores, expected, strict=True))
            if not (close or _close)(came, Z)
        ]
    return (found or _first)(wrong, len(params))


def _right_scores(X, params):
    return [Z for _, Z in mlp_forward(X, params)[1]]


def _scores_of(layer, bend=_relu):
    """Return a walk through the layers that returns all scores."""

    def walk(X, params):
        return [Z for _, Z in _walk(X, params, layer, bend)[1]]

    return walk


def _close(came, Z, share=1e-6):
    return bool(np.all(np.abs(came - Z) <= share * np.abs(Z)))


def _first(wrong, n_layers):
    return wrong[0] if wrong else None


def _only(place):
    """Return `found` of who looks at one layer alone."""

    def found(wrong, n_layers):
        layer = range(n_layers)[place]
        return layer if layer in wrong else None

    return found


WRONG_LAYER = Exercise(
    reference=first_wrong_layer,
    sheet=SHEET,
    outputs=("the layer",),
    cases=_colleagues,
    look=_in_words,
    mistakes=(
        Mistake(
            "it always says that nothing is wrong.",
            "Can your function reach a return with a number?",
            (lambda X, params, scores: None,),
        ),
        Mistake(
            "the answer is the last layer, whatever the scores are.",
            "What does your function say when all scores are right?",
            (lambda X, params, scores: len(params) - 1,),
        ),
        Mistake(
            "the last wrong layer came back, not the first.",
            "A wrong layer makes those after it wrong. When may the search "
            "end?",
            (partial(_search, found=lambda k, n: k[-1] if k else None),),
        ),
        Mistake(
            "layers were counted from 1.",
            "The first layer is 0, as scores[0] is its array.",
            (partial(_search, found=lambda k, n: k[0] + 1 if k else None),),
        ),
        Mistake(
            "the number of wrong layers came back.",
            "An index is asked for: where does it begin?",
            (
                partial(_search, found=lambda k, n: len(k)),
                partial(_search, found=lambda k, n: len(k) or None),
            ),
        ),
        Mistake(
            "all wrong layers came back.",
            "Only the first of them is asked for.",
            (
                partial(_search, found=lambda k, n: k),
                partial(_search, found=lambda k, n: k or None),
            ),
        ),
        Mistake(
            "arrays were compared to the last digit. Two programs that are "
            "both right may round differently.",
            "Which function of numpy compares with a tolerance?",
            (partial(_search, close=np.array_equal),),
        ),
        Mistake(
            "only the first layer was looked at.",
            "Is there a return in the loop that is reached in its first "
            "round, whatever it has found?",
            (partial(_search, found=_only(0)),),
        ),
        Mistake(
            "only the last layer was looked at.",
            "The last scores say that something is wrong. Where it began "
            "stands in the arrays before.",
            (partial(_search, found=_only(-1)),),
        ),
        Mistake(
            "only the first sample was looked at.",
            "An error can sit in any row.",
            (partial(_search, close=lambda came, Z: _close(came[0], Z[0])),),
        ),
        Mistake(
            "only sums or means were compared. Errors can cancel out.",
            "Compare entry by entry.",
            (
                partial(
                    _search,
                    close=lambda came, Z: np.isclose(
                        came.sum(), Z.sum(), rtol=1e-6, atol=0
                    ),
                ),
                partial(
                    _search,
                    close=lambda came, Z: np.isclose(came.sum(), Z.sum()),
                ),
            ),
        ),
        Mistake(
            "the pass it compares with has no relu between the layers.",
            "Run your own pass on a small network with one hidden layer. "
            "What does layer 1 get?",
            (partial(_search, walk=_scores_of(dense_forward, _straight)),),
        ),
        Mistake(
            "the pass it compares with has no biases.",
            "Each entry of params is a pair (W, b).",
            (partial(_search, walk=_scores_of(lambda X, W, b: X @ W)),),
        ),
        Mistake(
            "scores were compared with activations.",
            "`scores` holds Z of every layer, as it is before relu.",
            (
                partial(
                    _search,
                    walk=lambda X, params: [
                        _relu(Z) for Z in _right_scores(X, params)
                    ],
                ),
                partial(
                    _search,
                    walk=lambda X, params: [
                        *map(_relu, _right_scores(X, params)[:-1]),
                        _right_scores(X, params)[-1],
                    ],
                ),
            ),
        ),
        Mistake(
            "where no layer is wrong, a number came back.",
            "If all layers are right there is no index to return; None says "
            "so.",
            (
                partial(_search, found=lambda k, n: k[0] if k else -1),
                partial(_search, found=lambda k, n: k[0] if k else n),
                partial(_search, found=lambda k, n: k[0] if k else 0),
                partial(_search, found=lambda k, n: k[0] if k else n - 1),
            ),
        ),
        Mistake(
            "the tolerance is too wide: a small error went through.",
            "Numbers count as equal if they differ by at most 1e-6 of the "
            "right one.",
            (
                partial(_search, close=partial(_close, share=1e-3)),
                partial(_search, close=partial(_close, share=1e-2)),
                partial(_search, close=partial(_close, share=1e-1)),
                partial(_search, close=partial(np.allclose, atol=1e-1)),
                partial(_search, close=partial(np.allclose, atol=1e-2)),
            ),
        ),
    ),
)

EXERCISES = (DENSE, MLP, SHAPES, COUNT, CLASSES, WRONG_LAYER)
