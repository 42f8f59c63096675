"""Lesson 05: right answers, and the wrong ones that readers give."""

import contextlib
import functools
import itertools
import math
import operator
from collections import Counter
from functools import partial

import numpy as np

from nnlib.checks.exercise import Exercise, Mistake, Refused
from nnlib.gradcheck import numerical_gradient
from nnlib.graph import Scalar

SHEET = "05_chain_rule"
NOTHING = "nothing (None)"  # what wrong_slope found, if it found nothing


def _grid(rng, *shape):
    """Return multiples of 1/8 from -2 to 2, without 0: sums are exact."""
    return rng.choice(np.delete(np.arange(-16, 17), 16), shape) / 8.0


class _Written:
    """A function that shows itself as the Python that it was made of."""

    def __init__(self, text, function):
        self.text, self.function = text, function

    def __call__(self, *values):
        return self.function(*values)

    def __repr__(self):
        return self.text

    def __deepcopy__(self, memo):
        return self


# --- numerical_gradient -----------------------------------------------------

_CUBES = _Written("lambda x: (x**3).sum()", lambda x: (x**3).sum())
_COUPLED = _Written(
    "lambda x: (x**3).sum() + x.sum() ** 2",
    lambda x: (x**3).sum() + x.sum() ** 2,
)
_WEIGHTED = _Written(
    "lambda x: (x.ravel() * np.arange(1, x.size + 1)).sum()",
    lambda x: (x.ravel() * np.arange(1, x.size + 1)).sum(),
)


def _gradient_cases(rng):
    """One number and many; h is so large that every difference shows."""
    cases = [(_CUBES, np.array([2.0]), 0.5)]
    for f, shape in [
        (_COUPLED, (2,)),
        (_WEIGHTED, (3,)),
        (_COUPLED, ()),
        (_CUBES, (2, 3)),
        (_WEIGHTED, (3, 2)),
        (_COUPLED, (2, 2, 3)),
        (_COUPLED, (1, 4)),
        (_COUPLED, (5, 1)),
    ]:
        x = np.asarray(_grid(rng, *shape))
        cases.append((f, x, float(rng.choice([0.125, 0.25, 0.5]))))
    return cases


def _gradient_and_x(answer, f, x, h):
    x = x.copy()
    gradient = answer(f, x, h)
    return gradient, x


def _differences(f, x, h, above=1, below=1, by=2, start=None):
    """Return (f(x + above h) - f(x - below h)) / (by h), entry by entry."""
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += above * h
        down[i] -= below * h
        gradient[i] = (f(up) - f(down)) / (by * h)
    return gradient


def _left_at(up, down, back):
    """Return central differences that move x itself and do not return it."""

    def answer(f, x, h):
        gradient = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            x[i] += up * h
            above = f(x)
            x[i] -= down * h
            gradient[i] = (above - f(x)) / (2 * h)
            x[i] += back * h
        return gradient

    return answer


def _right_and_moved(shift):
    """Return right slopes, with x moved in the end."""

    def answer(f, x, h):
        gradient = numerical_gradient(f, x, h)
        x += shift * h
        return gradient

    return answer


def _all_at_once(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def _one_for_all(f, x, h):
    return np.full(x.shape, _all_at_once(f, x, h))


def _flat(f, x, h):
    return numerical_gradient(f, x, h).ravel()


NUMERICAL_GRADIENT = Exercise(
    reference=numerical_gradient,
    sheet=SHEET,
    outputs=("gradient", "x after the call"),
    cases=_gradient_cases,
    look=_gradient_and_x,
    mistakes=(
        Mistake(
            "this is the forward difference: x was nudged to one side only.",
            "The central difference compares f a little above x with f a "
            "little below it. How far apart are those two places?",
            (
                partial(_differences, below=0, by=1),
                lambda f, x, h: _differences(f, x, h / 2, below=0, by=1),
            ),
        ),
        Mistake(
            "this is the backward difference: x was nudged to one side only.",
            "Is there a place in it where an entry is larger than x?",
            (partial(_differences, above=0, by=1),),
        ),
        Mistake(
            "x was nudged to one side only, and the difference divided as if "
            "it had been both.",
            "How far apart are the two places at which f was asked?",
            (
                partial(_differences, below=0),
                partial(_differences, above=0),
            ),
        ),
        Mistake(
            "the difference was divided by h. From x - h to x + h it is "
            "farther than that.",
            "The slope is a change of f per change of x. By how much does x "
            "change between the two?",
            (partial(_differences, by=1), partial(_differences, by=0.5)),
        ),
        Mistake(
            "(f(up) - f(down)) / 2 * h multiplies by h, where it should "
            "divide.",
            "Python goes from left to right. Which brackets are missing?",
            (lambda f, x, h: h * h * numerical_gradient(f, x, h),),
        ),
        Mistake(
            "the difference was not divided by the distance.",
            "A slope is a change per nudge. What has to be below the line?",
            (lambda f, x, h: 2 * h * numerical_gradient(f, x, h),),
        ),
        Mistake(
            "the sign is the other way round.",
            "If f grows with x, the slope is positive. Which of the two "
            "values is taken from which?",
            (lambda f, x, h: -numerical_gradient(f, x, h),),
        ),
        Mistake(
            "x was left changed: an entry was nudged and not put back.",
            "All later entries are measured from the wrong place then, and "
            "the caller's x is spoilt. What must happen before the next entry "
            "has its turn?",
            (
                _left_at(1, 2, 0),
                _left_at(1, 2, 2),
                _left_at(1, 2, -1),
                _left_at(1, 1, -1),
                _right_and_moved(-1),
                _right_and_moved(1),
            ),
        ),
        Mistake(
            "two names for one array: what was meant to be two nudged copies "
            "of x is x itself, twice.",
            "up = x makes no new array. Which method does?",
            (lambda f, x, h: np.zeros_like(x),),
        ),
        Mistake(
            "all entries were nudged at once.",
            "Each entry has a slope of its own. What may move while it is "
            "measured, and what has to stand still?",
            (_all_at_once, _one_for_all),
        ),
        Mistake(
            "h plays no part.",
            "The caller says how far to nudge.",
            (
                lambda f, x, h: numerical_gradient(f, x, 1e-3),
                lambda f, x, h: numerical_gradient(f, x, 1e-5),
                lambda f, x, h: numerical_gradient(f, x, 1e-6),
            ),
        ),
        Mistake(
            "the gradient came back as one flat row.",
            "It has one number for each entry of x, so it has the shape of x.",
            (_flat,),
        ),
    ),
)


# --- local_slopes -----------------------------------------------------------


def local_slopes(op, *values):
    """Return how fast the result of one operation moves with each input."""
    return _RIGHT_SLOPES[op](*values)


_RIGHT_SLOPES = {
    "add": lambda a, b: (1.0, 1.0),
    "mul": lambda a, b: (b, a),
    "exp": lambda a: (math.exp(a),),
    "tanh": lambda a: (1 - math.tanh(a) ** 2,),
    "relu": lambda a: (float(a > 0),),
}


def _slope_cases(rng):
    """All five operations, at ordinary places and at special ones."""
    a, b = _two_sizes(rng)
    c, d = _two_sizes(rng)
    places = sorted(rng.choice(np.arange(1, 16), 2, replace=False) / 8.0)
    near, far = map(float, places)
    return [
        ("add", 2.0, -3.0),
        ("add", a, b),
        ("mul", 2.0, -3.0),
        ("mul", c, d),
        ("mul", 0.0, b),
        *(("exp", x) for x in (0.0, 1.5, -near)),
        *(("tanh", x) for x in (0.0, 0.5, -far, 20.0)),
        *(("relu", x) for x in (2.0, -near, 0.0, 0.125)),
    ]


def _two_sizes(rng):
    """Return two numbers of different size."""
    a, b = rng.choice(np.arange(2, 17), 2, replace=False) / 8.0
    sign, other = rng.choice([-1, 1], 2)
    return float(sign * a), float(other * b)


def _with_slopes(op, rule):
    """Return wrong slopes: the rule for one operation, right for others."""
    return lambda name, *values: (
        rule(*values) if name == op else local_slopes(name, *values)
    )


def _bare(op, *values):
    slopes = local_slopes(op, *values)
    return slopes if len(slopes) > 1 else slopes[0]


def _results(op, *values):
    """Return what the operation comes to, in place of its slopes."""
    return {
        "add": lambda a, b: a + b,
        "mul": lambda a, b: a * b,
        "exp": math.exp,
        "tanh": math.tanh,
        "relu": lambda a: max(a, 0.0),
    }[op](*values)


LOCAL_SLOPES = Exercise(
    reference=local_slopes,
    sheet=SHEET,
    outputs=("the slopes",),
    cases=_slope_cases,
    mistakes=(
        Mistake(
            "the results of the operations were returned, not their slopes.",
            "The question is not what comes out, but how fast it moves when "
            "an input is nudged.",
            (
                _results,
                lambda op, *values: (_results(op, *values),),
                lambda op, *values: (_results(op, *values),) * len(values),
            ),
        ),
        Mistake(
            "for an operation with one input a bare number was returned.",
            "There is one slope for each input, in a tuple, even if there is "
            "only one. How does Python write a tuple of one?",
            (_bare,),
        ),
        Mistake(
            "the inputs of mul were taken in the wrong order: each input got "
            "itself.",
            "2 * b moves by 2 when b moves by 1. So what is the slope to b, "
            "and what is the slope to the 2?",
            (_with_slopes("mul", lambda a, b: (a, b)),),
        ),
        Mistake(
            "the slopes of mul are not the slopes of a product.",
            "Nudge a by h and leave b: (a + h) * b. By how much is that more "
            "than a * b?",
            (
                _with_slopes("mul", lambda a, b: (a * b, a * b)),
                _with_slopes("mul", lambda a, b: (a + b, a + b)),
                _with_slopes("mul", lambda a, b: (1.0, 1.0)),
            ),
        ),
        Mistake(
            "the slopes of add are not the slopes of a sum.",
            "Nudge a by h and leave b: by how much does a + b move? Does it "
            "depend on where you are?",
            (
                _with_slopes("add", lambda a, b: (a, b)),
                _with_slopes("add", lambda a, b: (b, a)),
                _with_slopes("add", lambda a, b: (0.0, 0.0)),
                _with_slopes("add", lambda a, b: (a + b, a + b)),
            ),
        ),
        Mistake(
            "the rule for powers was used on exp.",
            "In exp the input is up in the exponent, where it is fixed in a "
            "power. What is special about the slope of exp?",
            (
                _with_slopes("exp", lambda a: (a * math.exp(a - 1),)),
                _with_slopes("exp", lambda a: (a * math.exp(a),)),
            ),
        ),
        Mistake(
            "the slope of exp is not the slope of exp.",
            "At 0, exp is 1 and so is its slope; at 1.5 it is about 4.48, and "
            "so is its slope.",
            (
                _with_slopes("exp", lambda a: (a,)),
                _with_slopes("exp", lambda a: (1.0,)),
                _with_slopes("exp", lambda a: (math.exp(-a),)),
            ),
        ),
        Mistake(
            "the slope of tanh was made of its input, where its value "
            "belongs.",
            "It is one minus a square. The square of what?",
            (
                _with_slopes("tanh", lambda a: (1 - a * a,)),
                _with_slopes("tanh", lambda a: (1 - a,)),
            ),
        ),
        Mistake(
            "the slope of tanh is not right, though it is made of its value.",
            "At 0 it is 1, and far out on both sides it is almost 0. Does "
            "yours do that on both sides?",
            (
                _with_slopes("tanh", lambda a: (1 - math.tanh(a),)),
                _with_slopes(
                    "tanh", lambda a: (math.tanh(a) * (1 - math.tanh(a)),)
                ),
                _with_slopes("tanh", lambda a: (math.tanh(a),)),
                _with_slopes("tanh", lambda a: (math.tanh(a) ** 2 - 1,)),
                _with_slopes("tanh", lambda a: (1 + math.tanh(a) ** 2,)),
                _with_slopes("tanh", lambda a: (math.tanh(a) ** 2,)),
            ),
        ),
        Mistake(
            "the slope of relu at exactly 0 was taken to be 1 or one half.",
            "At the kink there is no one slope; this book takes 0. Which "
            "comparison leaves the equal case out?",
            (
                _with_slopes("relu", lambda a: (float(a >= 0),)),
                _with_slopes("relu", lambda a: ((1 + np.sign(a)) / 2,)),
            ),
        ),
        Mistake(
            "the value of relu was returned, not its slope.",
            "Above 0 relu hands its input on as it is. How much does the "
            "result move, then, if the input moves by h?",
            (_with_slopes("relu", lambda a: (max(a, 0.0),)),),
        ),
        Mistake(
            "the slope of relu below 0 is not 0.",
            "Below 0 the result is 0, and stays 0 if the input is nudged.",
            (
                _with_slopes("relu", lambda a: (1.0,)),
                _with_slopes("relu", lambda a: (-1.0 if a < 0 else 1.0,)),
                _with_slopes("relu", lambda a: (float(np.sign(a)),)),
            ),
        ),
        Mistake(
            "every slope has the wrong sign.",
            "If an input is nudged up and the result goes up, the slope is "
            "positive.",
            (lambda *call: tuple(-slope for slope in local_slopes(*call)),),
        ),
    ),
)


# --- path_product and total_slope -------------------------------------------


def path_product(slopes):
    """Return the product of the local slopes along one path."""
    return math.prod(slopes, start=1.0)


def total_slope(paths):
    """Return the sum over all paths of the product along each."""
    return sum((path_product(path) for path in paths), start=0.0)


def _path(rng, length):
    """Return slopes whose sums, products and means are all different."""
    slopes = rng.choice([-3.0, -2.0, -1.5, -0.5, 0.5, 1.5, 2.0, 3.0], length)
    return slopes.tolist()


def _product_cases(rng):
    return [
        ([2.0, 3.0],),
        ([-1.5],),
        ([],),
        ([3.0, -1.5, 0.5],),
        ([2.0, 0.0, 4.0],),
        (_path(rng, 4),),
        (_path(rng, 7),),
        ([0.5] * 10,),
        ([-1.0] * 5,),
    ]


PATH_PRODUCT = Exercise(
    reference=path_product,
    sheet=SHEET,
    outputs=("the product",),
    cases=_product_cases,
    mistakes=(
        Mistake(
            "the slopes along the path were added.",
            "The second gear turns twice as fast as the first, the third "
            "three times as fast as the second. How fast is the third?",
            (sum,),
        ),
        Mistake(
            "an empty path gave 0.",
            "It has no edges: it is the way from a number to itself. How fast "
            "does a number move with itself?",
            (lambda slopes: path_product(slopes) if slopes else 0.0,),
        ),
        Mistake(
            "everything came out as 0: the product started from 0.",
            "A sum starts from 0, for that adds nothing. What multiplies and "
            "changes nothing?",
            (lambda slopes: 0.0,),
        ),
        Mistake(
            "the return stands inside the loop: only the first slope was "
            "used.",
            "How far is the last line indented?",
            (lambda slopes: slopes[0] if slopes else 1.0,),
        ),
        Mistake(
            "only the last slope was used.",
            "The product so far has to be kept: what stands on the left of "
            "the equals sign, and does it stand on the right as well?",
            (lambda slopes: slopes[-1] if slopes else 1.0,),
        ),
        Mistake(
            "the first or the last slope of the path is missing.",
            "Where does the loop start, and where does it end?",
            (
                lambda slopes: path_product(slopes[1:]),
                lambda slopes: path_product(slopes[:-1]),
            ),
        ),
        Mistake(
            "signs were lost on the way.",
            "A path on which an odd number of slopes is negative turns the "
            "nudge round.",
            (lambda slopes: abs(path_product(slopes)),),
        ),
        Mistake(
            "all the products on the way were returned.",
            "One number is asked for: what the whole path does to a nudge.",
            (
                lambda slopes: np.cumprod(slopes),
                lambda slopes: [*np.cumprod([1.0, *slopes])],
            ),
        ),
    ),
)


def _total_cases(rng):
    return [
        ([[2.0, 3.0], [4.0]],),
        ([[3.0], [3.0]],),
        ([[-1.5, 0.5, 2.0]],),
        ([],),
        ([[]],),
        ([[], [0.5, 3.0]],),
        ([[0.0, 2.0], [1.5, 2.0]],),
        ([_path(rng, 2), _path(rng, 3), [4.0, 2.0]],),
        ([_path(rng, k) for k in (1, 3, 2, 5)] + [[7.0]],),
        ([[1.0]] * 20,),
    ]


TOTAL_SLOPE = Exercise(
    reference=total_slope,
    sheet=SHEET,
    outputs=("the slope",),
    cases=_total_cases,
    mistakes=(
        Mistake(
            "the paths were multiplied too.",
            "Along one path slopes multiply. What happens to two changes that "
            "arrive at the same place?",
            (
                lambda paths: math.prod(map(path_product, paths)),
                lambda paths: (
                    math.prod(map(path_product, paths)) if paths else 0.0
                ),
            ),
        ),
        Mistake(
            "sum and product are exchanged: slopes were added along each path "
            "and the paths multiplied.",
            "Which of the two happens along a path, and which where paths "
            "meet?",
            (
                lambda paths: math.prod(map(sum, paths)),
                lambda paths: math.prod(map(sum, paths)) if paths else 0.0,
            ),
        ),
        Mistake(
            "everything was added, along the paths as well.",
            "Two gears on one path: does the second add to the first?",
            (lambda paths: sum(map(sum, paths)),),
        ),
        Mistake(
            "= for +=: only the last path counts.",
            "Each path brings a share. Where is what the earlier ones "
            "brought?",
            (lambda paths: path_product(paths[-1]) if paths else 0.0,),
        ),
        Mistake(
            "only the first path counts.",
            "Is the return inside the loop over the paths?",
            (lambda paths: path_product(paths[0]) if paths else 0.0,),
        ),
        Mistake(
            "no path at all gave 1.",
            "If no path leads from a to L, what does L do when a is nudged?",
            (lambda paths: total_slope(paths) if paths else 1.0,),
        ),
        Mistake(
            "the sum starts from 1.",
            "What does a sum start from, so that nothing is added by it?",
            (lambda paths: 1.0 + total_slope(paths),),
        ),
        Mistake(
            "a path without edges gave 0.",
            "That is the way from a number to itself, and it moves as fast as "
            "itself. What is a product of no factors?",
            (lambda paths: total_slope(filter(None, paths)),),
        ),
        Mistake(
            "the mean over the paths was taken.",
            "Each path brings its whole change. a + a moves twice as fast as "
            "a.",
            (lambda paths: total_slope(paths) / max(len(paths), 1),),
        ),
        Mistake(
            "the product goes on from one path to the next.",
            "Each path starts anew. Where is the product set to 1?",
            (
                lambda paths: float(
                    sum(
                        path_product(itertools.chain(*paths[: i + 1]))
                        for i in range(len(paths))
                    )
                ),
            ),
        ),
        Mistake(
            "the products were returned one by one; they are not added yet.",
            "One number is asked for: what all paths do together.",
            (lambda paths: [path_product(path) for path in paths],),
        ),
    ),
)


# --- Scalar -----------------------------------------------------------------

DEEP = 2000  # operations: a function may not call itself that often
OFTEN = 32  # writes to one grad; a sweep needs two, and a few to set it to 0
ONCE = "every node once"
TOO_DEEP = "RecursionError"
AGAIN = "the same nodes again and again"
_CHAIN = f"L = sum([a] * {DEEP}, b)"
OPERATIONS = {
    "+": lambda a, b: a + b,
    "*": lambda a, b: a * b,
    "tanh": lambda a, b: a.tanh(),
    "backward": lambda a, b: a.backward(),
}


def _scalar_cases(rng):
    """Lines that are run with the reader's numbers; what their inputs are.

    The last number says how often backward() is called.
    """
    a, b, c = (float(x) for x in rng.permutation([0.5, -1.5, 1.0]))
    d, e, g = (float(x) for x in rng.permutation([0.25, 0.5, -0.75]))
    neuron = "p = w * x; q = v * y; s = p + q; z = s + b; L = z.tanh()"
    return [
        ("L = a + b", {"a": 2.0, "b": 3.0}, 1),
        ("L = a * b", {"a": 2.0, "b": 3.0}, 1),
        ("L = a.tanh()", {"a": 0.5}, 1),
        ("u = a * b; L = u + c", {"a": a, "b": b, "c": c}, 1),
        ("L = a + a", {"a": 3.0}, 1),
        ("L = a * a", {"a": 3.0}, 1),
        ("u = a + b; L = u * u", {"a": 2.0, "b": 3.0}, 1),
        ("u = a * b; t = u.tanh(); L = u + t", {"a": d, "b": e}, 1),
        ("u = a * b; t = u.tanh(); L = t + u", {"a": e, "b": g}, 1),
        ("u = a * b; v = u + a; t = v.tanh(); L = t * u", {"a": d, "b": g}, 1),
        ("L = a * a", {"a": a, "b": 1.0}, 1),  # b is not used
        # Which of p and q comes first is free; there is no other such case.
        ("p = a * b; q = a + c; L = p * q", {"a": b, "b": c, "c": a}, 1),
        ("u = a * b; L = u * a", {"a": b, "b": c}, 2),
        (
            neuron,
            {"w": d, "x": a, "v": e, "y": b, "b": g},
            1,
        ),
        (_LADDER, {"a": 0.5, "b": 1.0}, 1),
        (_CHAIN, {"a": d, "b": a}, 1),
    ]


def _ladder(depth):
    """Return lines in which paths double with every layer."""
    lines, x, y = [], "a", "b"
    for k in range(1, depth + 1):
        lines += [f"x{k} = {x} + {y}", f"y{k} = {x} * {y}"]
        x, y = f"x{k}", f"y{k}"
    return "; ".join([*lines, f"L = {x} + {y}"])


_LADDER = _ladder(6)


def _parts(lines):
    """Return [("u", "a * b"), ...] of lines such as "u = a * b; ..."."""
    return [tuple(line.split(" = ")) for line in lines.split("; ")]


def _computed(formula, nodes):
    """Do one operation on numbers of the reader's."""
    if formula.startswith("sum"):
        return sum([nodes["a"]] * DEEP, nodes["b"])
    if formula.endswith(".tanh()"):
        return nodes[formula.removesuffix(".tanh()")].tanh()
    left, sign, right = formula.split()
    act = {"+": operator.add, "*": operator.mul}[sign]
    return act(nodes[left], nodes[right])


def _scalar_call(lines, given, sweeps):
    """Write the case as Python; it ends with what is compared."""
    made = "; ".join(f"{name} = Scalar({x})" for name, x in given.items())
    calls = "; ".join(["L.backward()"] * sweeps)
    names = [name for name, _ in _parts(lines)]
    grads = ", ".join(f"{name}.grad" for name in [*names[::-1], *given])
    return f"{made}; {lines}; {calls}; (L.value, [{grads}])"


def _looked_at(answer, lines, given, sweeps):
    """Run the lines on numbers of the answer's; remember what is known."""
    if isinstance(answer, type) and issubclass(answer, Scalar | _Draft):
        return _known(answer, lines, tuple(given.items()), sweeps)
    return _swept(answer, lines, given, sweeps)


@functools.cache
def _known(answer, lines, given, sweeps):
    return _swept(answer, lines, dict(given), sweeps)


def _swept(answer, lines, given, sweeps):
    """Return how backward() went, the value of L, and the grads."""
    writes = []
    kind = _watched(answer, writes) if lines == _LADDER else answer
    nodes = {name: kind(value) for name, value in given.items()}
    for name, node in nodes.items():
        _number_in(node, "value", f"{name} = Scalar({given[name]})")
    with _told_what_is_missing(answer):
        for name, formula in _parts(lines):
            nodes[name] = _computed(formula, nodes)
            _must_be(nodes[name], answer, f"{name} = {formula}")
        writes.clear()
        try:
            for _ in range(sweeps):
                nodes["L"].backward()
        except RecursionError:
            if lines != _CHAIN:
                raise  # it would not end on a few nodes either
            return TOO_DEEP, 0.0, []
    if lines == _LADDER:  # how it was done is the question, not the numbers
        often = max(Counter(writes).values(), default=0) > OFTEN
        return AGAIN if often else ONCE, 0.0, []
    names = [*(name for name, _ in _parts(lines)[::-1]), *given]
    grads = [_number_in(nodes[n], "grad", f"{n}, in {lines}") for n in names]
    value = _number_in(nodes["L"], "value", f"L, in {lines}")
    return ONCE, value, grads


def _watched(answer, writes):
    """Return the reader's class, noting whose grad is written."""
    if not isinstance(answer, type):
        return answer

    def note(self, name, value):
        if name == "grad":
            writes.append(id(self))
        answer.__setattr__(self, name, value)

    return type(answer.__name__, (answer,), {"__setattr__": note})


def _number_in(node, name, where):
    """Return a number that a node holds, or say that it does not."""
    try:
        value = getattr(node, name)
    except AttributeError:
        raise Refused(
            f"{where}: it has no attribute {name}. A Scalar has a value and "
            "a grad from the start, and backward() fills in grad."
        ) from None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Refused(
            f"{where}: its {name} is {value!r:.40}, and a number is needed. "
            "A grad is 0.0 until backward() reaches it."
        ) from None


def _must_be(node, answer, line):
    """Refuse what is no number of the reader's class."""
    if node is None:
        raise Refused(
            f"{line}: this made None. Does the method end in return?"
        )
    if isinstance(answer, type) and not isinstance(node, answer):
        raise Refused(
            f"{line}: this made {node!r:.40}, of type {type(node).__name__}. "
            "An operation makes a new Scalar, which remembers its inputs."
        )


@contextlib.contextmanager
def _told_what_is_missing(answer):
    """Say which methods are not written yet, if some of them are."""
    try:
        yield
    except NotImplementedError:
        open_ones = [
            name for name, act in OPERATIONS.items() if _is_open(answer, act)
        ]
        verb = "raises" if len(open_ones) == 1 else "raise"
        raise Refused(
            f"{_listed(open_ones)} still {verb} NotImplementedError. Write "
            "the methods one after the other; the check goes on as far as it "
            "can."
        ) from None


def _is_open(answer, act):
    try:
        act(answer(0.5), answer(0.25))
    except NotImplementedError:
        return True
    except Exception:  # not written well, but written
        return False
    return False


def _listed(words):
    *first, last = words or ["A method"]
    return f"{', '.join(first)} and {last}" if first else last


class _Draft:
    """A Scalar as readers write it; wrong ones replace a part of it."""

    resets = True
    rules = {
        "+": lambda a, b, value: (1.0, 1.0),
        "*": lambda a, b, value: (b, a),
        "tanh": lambda a, value: (1 - value * value,),
    }

    def __init__(self, value, inputs=()):
        self.value, self.grad, self.inputs = value, 0.0, inputs

    def _made(self, name, value, *inputs):
        slopes = self.rules[name](*(x.value for x in inputs), value)
        return type(self)(value, tuple(zip(inputs, slopes, strict=True)))

    def __add__(self, other):
        return self._made("+", self.value + other.value, self, other)

    def __mul__(self, other):
        return self._made("*", self.value * other.value, self, other)

    def tanh(self):
        return self._made("tanh", math.tanh(self.value), self)

    def backward(self):
        nodes = _inputs_first(self)
        if self.resets:
            for node in nodes:
                node.grad = 0.0
        self.grad = self.start()
        self.sweep(nodes)

    def start(self):
        return 1.0

    def sweep(self, nodes):
        for node in reversed(nodes):
            for x, slope in node.inputs:
                self.hand(x, slope, node)

    def hand(self, x, slope, node):
        x.grad += slope * node.grad


def _inputs_first(node):
    return Scalar.nodes(node)  # it asks for nothing but `inputs`


def _stopped_if_deep(nodes):
    """Do what a function that calls itself does on a long chain."""
    if len(nodes) > DEEP:
        raise RecursionError


def _drafts(**parts):
    """Return classes with the same fault, in the ways readers write them.

    With and without grads set to 0 first, with and without calling itself.
    """
    sweep = parts.pop("sweep", _Draft.sweep)

    def recursive(self, nodes):
        _stopped_if_deep(nodes)
        sweep(self, nodes)

    return tuple(
        type("Scalar", (_Draft,), parts | {"sweep": way, "resets": resets})
        for resets in ((parts["resets"],) if "resets" in parts else (1, 0))
        for way in (sweep, recursive)
    )


def _with_rule(name, rule):
    return _drafts(rules=_Draft.rules | {name: rule})


def _overwrite(self, x, slope, node):
    x.grad = slope * node.grad


def _turned(self, nodes):
    """Sweep in the other order, where two orders are possible."""
    done, waiting = {}, [self]
    while waiting:
        rest = [x for x, _ in waiting[-1].inputs if x not in done]
        if rest:
            waiting.append(rest[-1])
        else:
            done[waiting.pop()] = True
    _Draft.sweep(self, list(done))


def _take_away(self, x, slope, node):
    x.grad -= slope * node.grad


def _slope_alone(self, x, slope, node):
    x.grad += slope


def _grad_alone(self, x, slope, node):
    x.grad += node.grad


def _value_for_grad(self, x, slope, node):
    x.grad += slope * node.value


def _hasty(self, nodes):
    """Hand on whatever is there, as soon as something arrives."""
    waiting = [(self, iter(self.inputs))]
    while waiting:
        node, inputs = waiting[-1]
        pair = next(inputs, None)
        if pair is None:
            waiting.pop()
        else:
            self.hand(*pair, node)
            waiting.append((pair[0], iter(pair[0].inputs)))


def _hasty_and_late(self, nodes):
    """Hand to all inputs, then let each of them hand on."""
    waiting = [self]
    while waiting:
        node = waiting.pop()
        for x, slope in node.inputs:
            self.hand(x, slope, node)
        waiting += [x for x, _ in reversed(node.inputs)]


def _hasty_in_turn(self, nodes):
    waiting = [self]
    for node in waiting:
        for x, slope in node.inputs:
            self.hand(x, slope, node)
            waiting.append(x)


def _users_first_met(turned):
    """Return a sweep that visits each node once, from the result on down."""

    def sweep(self, nodes):
        waiting, met = [self], set()
        while waiting:
            node = waiting.pop()
            if node in met:
                continue
            met.add(node)
            for x, slope in node.inputs:
                self.hand(x, slope, node)
            waiting += [x for x, _ in node.inputs][::turned]

    return sweep


def _in_turn(self, nodes):
    """Visit each node once, by its distance from the result."""
    waiting, met = [self], {self}
    for node in waiting:
        for x, slope in node.inputs:
            self.hand(x, slope, node)
            if x not in met:
                met.add(x)
                waiting.append(x)


def _forwards(self, nodes):
    for node in nodes:
        for x, slope in node.inputs:
            self.hand(x, slope, node)


def _along_every_path(self, nodes):
    """Add up path by path: right, and hopeless in a deep network."""
    waiting = [(self, 1.0)]
    self.grad = 0.0
    while waiting:
        node, product = waiting.pop()
        node.grad += product
        waiting += [(x, slope * product) for x, slope in node.inputs]


SCALAR = Exercise(
    reference=Scalar,
    sheet=SHEET,
    outputs=("the way through the graph", "L.value", "grads"),
    cases=_scalar_cases,
    look=_looked_at,
    call=_scalar_call,
    mistakes=(
        Mistake(
            "= for +=: a number that is used twice keeps the slope of one "
            "path only.",
            "Over paths, slopes add. What happens to the first share when the "
            "second arrives?",
            (
                *_drafts(hand=_overwrite),
                *_drafts(hand=_overwrite, sweep=_turned),
            ),
        ),
        Mistake(
            "calling backward() twice does not give what calling it once "
            "gives: it adds to the slopes of the call before.",
            "What should be in every grad before a sweep begins?",
            (
                *_drafts(resets=0),
                *_drafts(resets=0, start=lambda self: self.grad + 1.0),
            ),
        ),
        Mistake(
            "the order is wrong: a number hands its slope on as soon as "
            "something arrives, and again when more arrives.",
            "What it handed on first is then counted twice. When is a number "
            "complete, so that it may hand on, once?",
            (
                *_drafts(sweep=_hasty),
                *_drafts(sweep=_hasty_and_late),
                *_drafts(sweep=_hasty_in_turn),
            ),
        ),
        Mistake(
            "the order is wrong: each number hands on once, but some do it "
            "before all their users have handed to them.",
            "Inputs are made before their users. How does that give an order "
            "in which nothing comes too early?",
            (
                *_drafts(sweep=_users_first_met(1)),
                *_drafts(sweep=_users_first_met(-1)),
                *_drafts(sweep=_in_turn),
            ),
        ),
        Mistake(
            "only the inputs of the last operation have a slope. Perhaps the "
            "sweep goes from the inputs up, where it should come down.",
            "At the start only L knows its slope. Who can be next?",
            _drafts(sweep=_forwards),
        ),
        Mistake(
            "every slope is 0: nothing was there to be handed down.",
            "How fast does L move with itself? The sweep starts from that.",
            _drafts(start=lambda self: 0.0),
        ),
        Mistake(
            "the sign is wrong: slopes are taken away where they should be "
            "added.",
            "Paths add. If a + b goes up with a, what is the slope to a?",
            _drafts(hand=_take_away),
        ),
        Mistake(
            "the sweep starts from the value of L.",
            "How fast does L move with itself? That does not depend on how "
            "large L is.",
            _drafts(start=lambda self: self.value),
        ),
        Mistake(
            "local slopes alone arrive: what came from above is not in them.",
            "Along a path slopes multiply. The slope of L to x is the local "
            "slope times what?",
            _drafts(hand=_slope_alone),
        ),
        Mistake(
            "slopes are handed down as they are: the local slope is missing.",
            "Along a path slopes multiply. What lies on the edge between a "
            "number and its input?",
            _drafts(hand=_grad_alone),
        ),
        Mistake(
            "the local slope is multiplied by the value from above, where the "
            "slope from above belongs.",
            "Values go forward and slopes go backward. Which of the two "
            "belongs in the sweep?",
            _drafts(hand=_value_for_grad),
        ),
        Mistake(
            "in a product each input got its own value as its slope.",
            "If a is nudged by h, a * b moves by b times h. Whose value is "
            "the slope to a?",
            _with_rule("*", lambda a, b, value: (a, b)),
        ),
        Mistake(
            "in a product each input got the product as its slope.",
            "If a is nudged by h, a * b moves by how much?",
            _with_rule("*", lambda a, b, value: (value, value)),
        ),
        Mistake(
            "the slopes of a sum are those of a product.",
            "If a is nudged by h, a + b moves by h, wherever they are.",
            _with_rule("+", lambda a, b, value: (b, a)),
        ),
        Mistake(
            "the slope of tanh is not right.",
            "It is one minus a square. The square of the input, or of the "
            "value?",
            (
                *_with_rule("tanh", lambda a, value: (1 - a * a,)),
                *_with_rule("tanh", lambda a, value: (1 - value,)),
                *_with_rule("tanh", lambda a, value: (value,)),
                *_with_rule("tanh", lambda a, value: (value * value - 1,)),
                *_with_rule("tanh", lambda a, value: (1.0,)),
            ),
        ),
        Mistake(
            f"a chain of {DEEP} operations is too deep for a function that "
            "calls itself: Python stops it after about a thousand calls "
            "inside one another (RecursionError).",
            "A list can remember what is still to be done: look at its last "
            "node. When may that one leave the list?",
            _drafts(resets=1)[1:],
        ),
        Mistake(
            "the slopes are right, but every path was followed on its own, "
            "and the number of paths doubles with every layer.",
            "Two paths that meet go on together. Let each node add up first "
            "and hand on once.",
            _drafts(resets=1, sweep=_along_every_path),
        ),
    ),
)


# --- wrong_slope ------------------------------------------------------------

_POOL = {
    # name: how the function is written, the function, its slopes
    "add": ("lambda a, b: a + b", lambda a, b: a + b, lambda a, b: (1, 1)),
    "mul": ("lambda a, b: a * b", lambda a, b: a * b, lambda a, b: (b, a)),
    "sub": ("lambda a, b: a - b", lambda a, b: a - b, lambda a, b: (1, -1)),
    "square": ("lambda a: a * a", lambda a: a * a, lambda a: (2 * a,)),
    "exp": ("math.exp", math.exp, lambda a: (math.exp(a),)),
    "tanh": ("math.tanh", math.tanh, lambda a: (1 - math.tanh(a) ** 2,)),
    "relu": (
        "lambda a: max(a, 0.0)",
        lambda a: max(a, 0.0),
        lambda a: (float(a > 0),),
    ),
    "blend": (
        "lambda a, b, c: a * b + (1 - a) * c",
        lambda a, b, c: a * b + (1 - a) * c,
        lambda a, b, c: (b - c, a, 1 - a),
    ),
    "neuron": (
        "lambda w, x, b: math.tanh(w * x + b)",
        lambda w, x, b: math.tanh(w * x + b),
        lambda w, x, b: tuple(
            (1 - math.tanh(w * x + b) ** 2) * part for part in (x, w, 1)
        ),
    ),
    "energy": (
        "lambda m, v: 0.5 * m * v * v",
        lambda m, v: 0.5 * m * v * v,
        lambda m, v: (v * v / 2, m * v),
    ),
}
_FUNCTIONS = {name: _Written(*pair) for name, (*pair, _) in _POOL.items()}


def _operation(rng, name, values=None):
    """Return an operation with right slopes, away from kinks and zeros."""
    rule = _POOL[name][-1]
    count = rule.__code__.co_argcount
    if values is None:
        sizes = rng.choice(np.arange(4, 13), count, replace=False) / 8.0
        values = tuple((sizes * rng.choice([-1, 1], count)).tolist())
    slopes = rule(*values)
    return name, _FUNCTIONS[name], values, tuple(map(float, slopes))


def _claiming(operation, change):
    """Return the operation with changed slopes."""
    name, f, values, slopes = operation
    return name, f, values, tuple(map(float, change(slopes)))


def _only(i, change):
    """Return a change of slope i alone."""
    return lambda slopes: [
        change(slope) if k == i else slope for k, slope in enumerate(slopes)
    ]


def _wrong_slope_cases(rng):
    """No wrong slope, then one of each kind, at any place in the list."""

    def row(*names):
        return [_operation(rng, name) for name in names]

    def mixed(wrong, *names, at=None):
        operations = row(*names)
        place = rng.integers(len(names) + 1) if at is None else at
        operations.insert(int(place), wrong)
        return (operations,)

    times = _operation(rng, "mul", (2.0, 3.0))
    neuron = _operation(rng, "neuron", (0.5, -1.0, 0.25))
    blend = _operation(rng, "blend", (0.25, 2.0, -1.5))
    energy = _operation(rng, "energy", (2.0, 1.5))
    large = ("lift", *_operation(rng, "energy", (1000.0, 2.0))[1:])
    flipped = _claiming(neuron, _only(1, lambda s: -s))
    doubled = _claiming(energy, _only(0, lambda s: 2 * s))
    exchanged = _claiming(blend, lambda s: (s[0], s[2], s[1]))
    slightly = _claiming(blend, _only(2, lambda s: s + 0.055))
    halved = _claiming(large, _only(1, lambda s: s / 2))
    return [
        ([times],),
        ([_claiming(times, lambda slopes: slopes[::-1])],),
        ([_operation(rng, "add", (1.0, 2.0)), _claiming(times, _double)],),
        (row("add", "tanh", "exp"),),
        mixed(flipped, "mul", "relu", at=0),
        mixed(doubled, "blend", "exp", at=0),
        mixed(exchanged, "sub", "tanh"),
        mixed(slightly, "mul"),
        mixed(halved, "neuron", "square", at=1),
        ([large, neuron, energy, *row("square", "relu", "exp")],),
        ([*row("sub", "tanh"), _claiming(_steep(rng), _double)],),
        ([],),
    ]


def _steep(rng):
    return _operation(rng, "exp", (float(rng.choice([2.0, 2.5, 3.0])),))


def _double(slopes):
    return [2 * slope for slope in slopes]


def _nudged(f, values, h=1e-5):
    """Return the slopes of f by central differences."""
    slopes = []
    for i, value in enumerate(values):
        up, down = list(values), list(values)
        up[i], down[i] = value + h, value - h
        slopes.append((f(*up) - f(*down)) / (2 * h))
    return slopes


def wrong_slope(operations):
    """Return the name of the operation that claims a wrong slope, or None."""
    return _first(operations, _worst)


def _worst(nudged, claimed):
    """Return the largest difference, in units of what is to be noticed."""
    largest = max(map(abs, nudged), default=0.0)
    room = max(1e-3, 0.01 * largest) / 2
    return max(abs(a - b) for a, b in zip(nudged, claimed, strict=True)) / room


def _first(operations, measure, h=1e-5):
    """Return the name of the first operation whose measure is above 1."""
    for name, f, values, claimed in operations:
        if measure(_nudged(f, values, h), claimed) > 1:
            return name
    return None


def _found(answer, operations):
    found = answer(operations)
    return NOTHING if found is None else found


def _other(test):
    """Return a wrong answer that judges the slopes by another test."""
    return lambda operations: _first(operations, test)


def _to_one_side(measure, h):
    """Return a wrong answer that nudges to one side only, and how far."""

    def answer(operations):
        for name, f, values, claimed in operations:
            nudged = []
            for i, value in enumerate(values):
                moved = [*values[:i], value + h, *values[i + 1 :]]
                nudged.append((f(*moved) - f(*values)) / h)
            if measure(nudged, claimed) > 1:
                return name
        return None

    return answer


def _off_by(room):
    """Return a measure that is above 1 if a slope is off by more than room."""
    return lambda nudged, claimed: (
        max(map(abs, map(_minus, nudged, claimed))) / room
    )


def _position(operations):
    names = [name for name, *_ in operations]
    found = wrong_slope(operations)
    return None if found is None else names.index(found)


def _always_one(operations):
    """Name the operation with the largest difference, however small."""
    return max(
        operations,
        key=lambda o: _worst(_nudged(o[1], o[2]), o[3]),
        default=(None,),
    )[0]


WRONG_SLOPE = Exercise(
    reference=wrong_slope,
    sheet=SHEET,
    outputs=("the answer",),
    cases=_wrong_slope_cases,
    look=_found,
    mistakes=(
        Mistake(
            "the place of the operation in the list was returned, not its "
            "name.",
            "What is the first thing in each tuple?",
            (_position,),
        ),
        Mistake(
            "only the first slope of each operation was compared.",
            "An operation with three inputs claims three slopes.",
            (_other(lambda nudged, claimed: _worst(nudged[:1], claimed[:1])),),
        ),
        Mistake(
            "only the last slope of each operation was compared.",
            "An operation with three inputs claims three slopes.",
            (
                _other(
                    lambda nudged, claimed: _worst(nudged[-1:], claimed[-1:])
                ),
            ),
        ),
        Mistake(
            "slopes that are exchanged were not noticed: only what they come "
            "to together was compared.",
            "Nudge one input while the others stand still, and compare with "
            "the slope of that input.",
            (
                _other(
                    lambda nudged, claimed: _worst(
                        [sum(nudged)], [sum(claimed)]
                    )
                ),
                _other(
                    lambda nudged, claimed: _worst(
                        sorted(nudged), sorted(claimed)
                    )
                ),
            ),
        ),
        Mistake(
            "a slope with the wrong sign was not noticed.",
            "Is the difference of the two small, or the difference of their "
            "sizes?",
            (
                _other(
                    lambda nudged, claimed: _worst(
                        [*map(abs, nudged)], [*map(abs, claimed)]
                    )
                ),
            ),
        ),
        Mistake(
            "a slope that is too large was not noticed, or one that is too "
            "small.",
            "nudged - claimed may be negative. What makes a difference of "
            "both signs comparable with a tolerance?",
            (
                _other(
                    lambda nudged, claimed: (
                        1000 * max(map(_minus, nudged, claimed))
                    )
                ),
                _other(
                    lambda nudged, claimed: (
                        1000 * max(map(_minus, claimed, nudged))
                    )
                ),
            ),
        ),
        Mistake(
            "only the first operation was looked at.",
            "When do you know that none of them is wrong? How far is that "
            "return indented?",
            (lambda operations: wrong_slope(operations[:1]),),
        ),
        Mistake(
            "only the last operation decides.",
            "What was found about the earlier ones has to be kept, or "
            "returned at once.",
            (lambda operations: wrong_slope(operations[-1:]),),
        ),
        Mistake(
            "the name of an operation came back whose slopes are right.",
            "What is the condition under which a name is returned?",
            (
                lambda operations: next(
                    (o[0] for o in operations if wrong_slope([o]) is None),
                    None,
                ),
            ),
        ),
        Mistake(
            "some operation is named even if all are right.",
            "The largest difference may still be as small as rounding. What "
            "should come back if none is wrong?",
            (_always_one,),
        ),
        Mistake(
            "a slope that is off by a few percent was not noticed.",
            "A wrong one is off by at least 1 percent of the largest slope of "
            "its operation. What does your tolerance let through?",
            (
                _other(lambda nudged, claimed: _worst(nudged, claimed) / 20),
                _other(
                    lambda nudged, claimed: (
                        10
                        * max(map(abs, map(_minus, nudged, claimed)))
                        / (max(map(abs, nudged)) + 1e-9)
                    )
                ),
            ),
        ),
        Mistake(
            "the nudge is so large that curves are not straight over it: a "
            "right slope was taken for a wrong one.",
            "A slope is a promise about small steps. How large is yours?",
            (
                *(
                    partial(_first, measure=measure, h=h)
                    for h in (1.0, 0.5)
                    for measure in (_worst, _off_by(1e-2), _off_by(1e-3))
                ),
                _to_one_side(_worst, 1.0),
                _to_one_side(_worst, 0.1),
            ),
        ),
        Mistake(
            "a right slope of 2000 was taken for a wrong one: it was measured "
            "to one side, and judged as if it were small.",
            "How large a difference matters depends on how large the slopes "
            "of the operation are. And which way of nudging is more exact?",
            (
                _to_one_side(_off_by(1e-3), 1e-5),
                _to_one_side(_off_by(1e-3), -1e-5),
                _to_one_side(_off_by(1e-3), 1e-4),
            ),
        ),
        Mistake(
            "nothing was ever found.",
            "Try your function on one operation: mul at (2.0, 3.0) with the "
            "claim (2.0, 3.0). Which numbers do you compare?",
            (lambda operations: None,),
        ),
    ),
)


def _minus(a, b):
    return a - b


EXERCISES = (
    NUMERICAL_GRADIENT,
    LOCAL_SLOPES,
    PATH_PRODUCT,
    TOTAL_SLOPE,
    SCALAR,
    WRONG_SLOPE,
)
