"""Lesson 05's exercises: right answers pass, and known mistakes are named.

The answers here are written as readers write them, in many styles. All of
them are judged on many draws of the random inputs.
"""

import functools
import itertools
import math

import numpy as np
import pytest
from judging import RUNS, assert_named, assert_passes, one_by_one, outcomes

from nnlib import gradcheck
from nnlib.checks.chain_rule import (
    DEEP,
    LOCAL_SLOPES,
    NUMERICAL_GRADIENT,
    PATH_PRODUCT,
    SCALAR,
    TOTAL_SLOPE,
    WRONG_SLOPE,
)

SEEDS = range(20)


# --- right answers: numerical_gradient --------------------------------------


def gradient_with_copies(f, x, h):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up = x.copy()
        up[i] += h
        down = x.copy()
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return gradient


def gradient_in_place(f, x, h):
    gradient = np.zeros_like(x)
    entries = np.nditer(x, flags=["multi_index"])
    while not entries.finished:
        i = entries.multi_index
        old = float(x[i])
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        below = f(x)
        gradient[i] = (above - below) / (2 * h)
        x[i] = old
        entries.iternext()
    return gradient


def gradient_with_flat(f, x, h):
    slopes = []
    for i in range(x.size):
        x.flat[i] += h
        above = f(x)
        x.flat[i] -= 2 * h
        below = f(x)
        x.flat[i] += h
        slopes.append((above - below) / (2 * h))
    return np.array(slopes).reshape(x.shape)


def gradient_with_unit_vectors(f, x, h):
    units = np.eye(x.size).reshape((x.size, *x.shape))
    slopes = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in units]
    return np.asfortranarray(slopes).reshape(x.shape)


def gradient_in_float32(f, x, h):
    x = np.array(x, dtype=np.float32, order="F")
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = np.float32(h)
        gradient[i] = (f(x + step) - f(x - step)) / np.float32(2 * h)
    return gradient


# --- right answers: local_slopes --------------------------------------------


def slopes_with_if(op, *values):
    if op == "add":
        return 1.0, 1.0
    if op == "mul":
        a, b = values
        return b, a
    (a,) = values
    if op == "exp":
        return (np.exp(a),)
    if op == "tanh":
        return (1 - np.tanh(a) ** 2,)
    if op == "relu":
        return (1.0 if a > 0 else 0.0,)
    raise ValueError(op)


def slopes_with_match(op, *values):
    match op, values:
        case "add", _:
            return [1, 1]
        case "mul", (a, b):
            return [b, a]
        case "exp", (a,):
            return [math.exp(a)]
        case "tanh", (a,):
            return [1 / math.cosh(a) ** 2]
        case "relu", (a,):
            return [int(a > 0)]


def slopes_in_float32(op, *values):
    values = np.array(values, dtype=np.float32)
    rules = {
        "add": np.ones_like,
        "mul": lambda v: v[::-1],
        "exp": np.exp,
        "tanh": lambda v: (1 - np.tanh(v)) * (1 + np.tanh(v)),
        "relu": lambda v: np.heaviside(v, np.float32(0)),
    }
    return rules[op](values)


# --- right answers: path_product and total_slope ----------------------------


def product_with_a_loop(slopes):
    product = 1.0
    for slope in slopes:
        product *= slope
    return product


def product_by_halves(slopes):
    if len(slopes) == 0:
        return 1
    if len(slopes) == 1:
        return slopes[0]
    half = len(slopes) // 2
    return product_by_halves(slopes[:half]) * product_by_halves(slopes[half:])


def product_in_float32(slopes):
    return np.prod(np.array(slopes, dtype=np.float32))


def product_with_reduce(slopes):
    return functools.reduce(lambda a, b: a * b, reversed(slopes), 1.0)


def product_in_place(slopes):
    product = 1.0
    while slopes:
        product *= slopes.pop()
    return product


def total_with_loops(paths):
    total = 0.0
    for path in paths:
        product = 1.0
        for slope in path:
            product = product * slope
        total += product
    return total


def total_in_one_line(paths):
    return sum(math.prod(path) for path in paths)


def total_in_float32(paths):
    return np.sum([np.prod(np.float32(path)) for path in paths])


def total_from_the_last(paths):
    if not paths:
        return 0
    *others, path = paths
    return total_from_the_last(others) + product_with_a_loop(path)


# --- right answers: Scalar --------------------------------------------------


class WithAList:
    """A list of what waits; `done` knows what is in the order."""

    def __init__(self, value, inputs=()):
        self.value = value
        self.grad = 0.0
        self.inputs = inputs

    def __add__(self, other):
        return WithAList(self.value + other.value, ((self, 1), (other, 1)))

    def __mul__(self, other):
        return WithAList(
            self.value * other.value,
            ((self, other.value), (other, self.value)),
        )

    def tanh(self):
        t = np.tanh(self.value)
        return WithAList(t, ((self, 1 - t**2),))

    def backward(self):
        order, done, waiting = [], set(), [(self, False)]
        while waiting:
            node, ready = waiting.pop()
            if ready:
                order.append(node)
            elif node not in done:
                done.add(node)
                waiting.append((node, True))
                for x, _ in node.inputs:
                    waiting.append((x, False))
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for x, slope in node.inputs:
                x.grad += slope * node.grad


class WithClosures:
    """Each knows how to push its slope to its inputs; float32 values."""

    def __init__(self, value, parents=()):
        self.value, self.grad = np.float32(value).item(), 0.0
        self.parents, self.push = parents, lambda: None

    def __add__(self, other):
        made = WithClosures(self.value + other.value, (self, other))

        def push():
            self.grad += made.grad
            other.grad += made.grad

        made.push = push
        return made

    def __mul__(self, other):
        made = WithClosures(self.value * other.value, (self, other))

        def push():
            self.grad += other.value * made.grad
            other.grad += self.value * made.grad

        made.push = push
        return made

    def tanh(self):
        made = WithClosures(np.tanh(self.value), (self,))

        def push():
            self.grad += (1 - made.value**2) * made.grad

        made.push = push
        return made

    def backward(self):
        users, waiting, reached = {self: 0}, [self], [self]
        while waiting:
            for x in waiting.pop().parents:
                if x not in users:
                    users[x] = 0
                    waiting.append(x)
                    reached.append(x)
                users[x] += 1
        for node in reached:
            node.grad = 0.0
        self.grad, ready = 1.0, [self]
        while ready:  # those whose users are all done
            node = ready.pop()
            node.push()
            for x in node.parents:
                users[x] -= 1
                if users[x] == 0:
                    ready.append(x)


class WithNumbers:
    """Made later, visited earlier: each is given a number when it is made."""

    __slots__ = ("grad", "inputs", "slopes", "value", "when")
    clock = itertools.count()

    def __init__(self, value, inputs=(), slopes=()):
        self.value, self.grad = value, 0
        self.inputs, self.slopes = inputs, slopes
        self.when = next(WithNumbers.clock)

    def __add__(self, other):
        if not isinstance(other, WithNumbers):
            other = WithNumbers(other)
        return WithNumbers(self.value + other.value, [self, other], [1, 1])

    def __mul__(self, other):
        if not isinstance(other, WithNumbers):
            other = WithNumbers(other)
        return WithNumbers(
            self.value * other.value, [self, other], [other.value, self.value]
        )

    def tanh(self):
        e = math.exp(2 * self.value)
        return WithNumbers((e - 1) / (e + 1), [self], [4 * e / (e + 1) ** 2])

    def backward(self):
        below = {self}
        waiting = [self]
        while waiting:
            new = set(waiting.pop().inputs) - below
            below |= new
            waiting.extend(new)
        for node in below:
            node.grad = 0
        self.grad = 1
        for node in sorted(below, key=lambda node: -node.when):
            for x, slope in zip(node.inputs, node.slopes, strict=True):
                x.grad += slope * node.grad


class WithALookup(WithAList):
    """Slow, and right: `in` goes through a list."""

    def __add__(self, other):
        return WithALookup(self.value + other.value, ((self, 1), (other, 1)))

    def __mul__(self, other):
        return WithALookup(
            self.value * other.value,
            ((self, other.value), (other, self.value)),
        )

    def tanh(self):
        t = np.tanh(self.value)
        return WithALookup(t, ((self, 1 - t**2),))

    def backward(self):
        order, waiting = [], [self]
        while waiting:
            node = waiting[-1]
            missing = [x for x, _ in node.inputs if x not in order]
            if missing:
                waiting.append(missing[0])
            else:
                waiting.pop()
                if node not in order:
                    order.append(node)
        grads = dict.fromkeys(order, 0.0)
        grads[self] = 1.0
        for node in order[::-1]:
            for x, slope in node.inputs:
                grads[x] += slope * grads[node]
        for node, grad in grads.items():
            node.grad = grad


# --- right answers: wrong_slope ---------------------------------------------


def wrong_with_loops(operations):
    h = 1e-5
    for name, f, values, claimed in operations:
        for i in range(len(values)):
            up, down = list(values), list(values)
            up[i] += h
            down[i] -= h
            slope = (f(*up) - f(*down)) / (2 * h)
            if abs(slope - claimed[i]) > 5e-4:
                return name
    return None


def wrong_with_nnlib(operations):
    for name, f, values, claimed in operations:
        slopes = gradcheck.numerical_gradient(
            lambda x, f=f: f(*x), np.array(values)
        )
        if not np.allclose(slopes, claimed, rtol=1e-4, atol=1e-4):
            return name


def wrong_by_the_stated_tolerance(operations):
    found = None
    for name, f, values, claimed in operations:
        slopes = []
        for i in range(len(values)):
            nudged = np.array(values)
            nudged[i] += 1e-6
            slopes.append((f(*nudged) - f(*values)) / 1e-6)
        error = np.abs(np.array(slopes) - claimed).max()
        if error >= max(1e-3, 0.01 * np.abs(slopes).max()):
            found = name
    return found


RIGHT = [
    (NUMERICAL_GRADIENT, gradient_with_copies),
    (NUMERICAL_GRADIENT, gradient_in_place),
    (NUMERICAL_GRADIENT, gradient_with_flat),
    (NUMERICAL_GRADIENT, gradient_with_unit_vectors),
    (NUMERICAL_GRADIENT, gradient_in_float32),
    (LOCAL_SLOPES, slopes_with_if),
    (LOCAL_SLOPES, slopes_with_match),
    (LOCAL_SLOPES, slopes_in_float32),
    (PATH_PRODUCT, product_with_a_loop),
    (PATH_PRODUCT, product_by_halves),
    (PATH_PRODUCT, product_in_float32),
    (PATH_PRODUCT, product_with_reduce),
    (PATH_PRODUCT, product_in_place),
    (TOTAL_SLOPE, total_with_loops),
    (TOTAL_SLOPE, total_in_one_line),
    (TOTAL_SLOPE, total_in_float32),
    (TOTAL_SLOPE, total_from_the_last),
    (SCALAR, WithAList),
    (SCALAR, WithClosures),
    (SCALAR, WithNumbers),
    (WRONG_SLOPE, wrong_with_loops),
    (WRONG_SLOPE, wrong_with_nnlib),
    (WRONG_SLOPE, wrong_by_the_stated_tolerance),
]


@one_by_one(RIGHT)
def test_right_answers_pass(exercise, answer):
    assert_passes(exercise, answer)


def test_a_slow_right_answer_passes_in_time():
    assert_passes(SCALAR, WithALookup, runs=3)


# --- wrong answers, as readers type them: numerical_gradient ----------------

FORWARD = "this is the forward difference: x was nudged to one side only."
LEFT = "x was left changed: an entry was nudged and not put back."


def forward_difference(f, x, h):
    gradient = np.zeros_like(x)
    start = f(x)
    for i in np.ndindex(x.shape):
        nudged = x.copy()
        nudged[i] += h
        gradient[i] = (f(nudged) - start) / h
    return gradient


def x_left_changed(f, x, h):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        below = f(x)
        gradient[i] = (above - below) / (2 * h)
    return gradient


def divided_by_h(f, x, h):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / h
    return gradient


def without_brackets(f, x, h):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / 2 * h
    return gradient


def two_names_for_one_array(f, x, h):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up = x
        down = x
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return gradient


def below_minus_above(f, x, h):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[i] = h
        gradient[i] = (f(x - e) - f(x + e)) / (2 * h)
    return gradient


def all_entries_together(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def with_a_step_of_its_own(f, x, h):
    h = 1e-5
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[i] = h
        gradient[i] = (f(x + e) - f(x - e)) / (2 * h)
    return gradient


def as_a_flat_list(f, x, h):
    slopes = []
    for i in range(x.size):
        up, down = x.copy(), x.copy()
        up.flat[i] += h
        down.flat[i] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


# --- local_slopes -----------------------------------------------------------


def slopes_but(**wrong):
    """Return slopes_with_if, typed with one mistake in it."""

    def answer(op, *values):
        if op in wrong:
            return wrong[op](*values)
        return slopes_with_if(op, *values)

    answer.__name__ = f"wrong_{'_'.join(wrong)}"
    return answer


def bare_numbers(op, *values):
    if op == "add":
        return (1.0, 1.0)
    if op == "mul":
        return (values[1], values[0])
    a = values[0]
    if op == "exp":
        return math.exp(a)
    if op == "tanh":
        return 1 - math.tanh(a) ** 2
    return 1.0 if a > 0 else 0.0


def sign_turned(op, *values):
    return tuple(-slope for slope in slopes_with_if(op, *values))


# --- path_product and total_slope -------------------------------------------


def added_along_the_path(slopes):
    total = 0
    for slope in slopes:
        total += slope
    return total


def started_from_zero(slopes):
    product = 0.0
    for slope in slopes:
        product *= slope
    return product


def assigned_for_multiplied(slopes):
    product = 1.0
    for slope in slopes:
        product = slope
    return product


def nothing_for_an_empty_path(slopes):
    if len(slopes) == 0:
        return 0.0
    return np.prod(slopes)


def returned_too_early(slopes):
    product = 1.0
    for slope in slopes:
        product *= slope
        return product
    return product


def assigned_for_added(paths):
    total = 0.0
    for path in paths:
        product = 1.0
        for slope in path:
            product *= slope
        total = product
    return total


def multiplied_over_paths(paths):
    total = 1.0
    for path in paths:
        for slope in path:
            total *= slope
    return total


def exchanged(paths):
    total = 1.0
    for path in paths:
        total *= sum(path)
    return total


def product_not_set_to_one_again(paths):
    total, product = 0.0, 1.0
    for path in paths:
        for slope in path:
            product *= slope
        total += product
    return total


def one_for_no_paths(paths):
    if not paths:
        return 1.0
    return sum(np.prod(path) for path in paths)


def mean_over_paths(paths):
    if not paths:
        return 0.0
    return np.mean([np.prod(path) for path in paths])


# --- Scalar -----------------------------------------------------------------

OVERWRITES = (
    "= for +=: a number that is used twice keeps the slope of one path only."
)
DOUBLES = (
    "calling backward() twice does not give what calling it once gives: it "
    "adds to the slopes of the call before."
)
AGAIN = (
    "the order is wrong: a number hands its slope on as soon as something "
    "arrives, and again when more arrives."
)
EARLY = (
    "the order is wrong: each number hands on once, but some do it before "
    "all their users have handed to them."
)
DEEPER = (
    f"a chain of {DEEP} operations is too deep for a function that calls "
    "itself: Python stops it after about a thousand calls inside one another "
    "(RecursionError)."
)
EVERY_PATH = (
    "the slopes are right, but every path was followed on its own, and the "
    "number of paths doubles with every layer."
)


class Micro:
    """Closures and a function that calls itself, as on a well-known page."""

    def __init__(self, value, children=()):
        self.value = value
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(children)

    def __add__(self, other):
        out = type(self)(self.value + other.value, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        out = type(self)(self.value * other.value, (self, other))

        def _backward():
            self.grad += other.value * out.grad
            other.grad += self.value * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.value)
        out = type(self)(t, (self,))

        def _backward():
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def topological(self):
        topo, visited = [], set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)

        build(self)
        return topo

    def backward(self):
        topo = self.topological()
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()


class MicroThatClears(Micro):
    def backward(self):
        topo = self.topological()
        for v in topo:
            v.grad = 0.0
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()


class Assigns(Micro):
    def __add__(self, other):
        out = type(self)(self.value + other.value, (self, other))

        def _backward():
            self.grad = out.grad
            other.grad = out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        out = type(self)(self.value * other.value, (self, other))

        def _backward():
            self.grad = other.value * out.grad
            other.grad = self.value * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.value)
        out = type(self)(t, (self,))

        def _backward():
            self.grad = (1 - t**2) * out.grad

        out._backward = _backward
        return out


class Pairs:
    """What the mistakes below have in common: a list of inputs."""

    def __init__(self, value, inputs=()):
        self.value, self.grad, self.inputs = value, 0.0, inputs

    def __add__(self, other):
        return type(self)(
            self.value + other.value, [(self, 1.0), (other, 1.0)]
        )

    def __mul__(self, other):
        return type(self)(
            self.value * other.value,
            [(self, other.value), (other, self.value)],
        )

    def tanh(self):
        t = math.tanh(self.value)
        return type(self)(t, [(self, 1 - t * t)])

    def order(self):
        done, waiting = {}, [self]
        while waiting:
            rest = [x for x, _ in waiting[-1].inputs if x not in done]
            if rest:
                waiting.append(rest[0])
            else:
                done[waiting.pop()] = True
        return list(done)


class AssignsInALoop(Pairs):
    def backward(self):
        order = self.order()
        self.grad = 1.0
        for node in reversed(order):
            for x, slope in node.inputs:
                x.grad = slope * node.grad


class Doubles(Pairs):
    def backward(self):
        self.grad = 1.0
        for node in reversed(self.order()):
            for x, slope in node.inputs:
                x.grad += slope * node.grad


class CallsItself(Pairs):
    """Recursion, each hands on as it is reached."""

    def backward(self, top=True):
        if top:
            for node in self.order():
                node.grad = 0.0
            self.grad = 1.0
        for x, slope in self.inputs:
            x.grad += slope * self.grad
            x.backward(False)


class CallsItselfAfterwards(Pairs):
    def backward(self, first=True):
        if first:
            self.grad = 1.0
        for x, slope in self.inputs:
            x.grad += slope * self.grad
        for x, _ in self.inputs:
            x.backward(first=False)


class VisitsOnce(Pairs):
    """Recursion with `visited`, before all users have had their turn."""

    def backward(self):
        self.grad, visited = 1.0, set()

        def visit(node):
            if node in visited:
                return
            visited.add(node)
            for x, slope in node.inputs:
                x.grad += slope * node.grad
            for x, _ in node.inputs:
                visit(x)

        visit(self)


class VisitsInTurn(Pairs):
    def backward(self):
        for node in self.order():
            node.grad = 0.0
        self.grad = 1.0
        queue = [self]
        seen = {self}
        while queue:
            node = queue.pop(0)
            for x, slope in node.inputs:
                x.grad += slope * node.grad
                if x not in seen:
                    seen.add(x)
                    queue.append(x)


class NotReversed(Pairs):
    def backward(self):
        order = self.order()
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in order:
            for x, slope in node.inputs:
                x.grad += slope * node.grad


class OnlyItsOwnInputs(Pairs):
    def backward(self):
        self.grad = 1.0
        for x, _ in self.inputs:
            x.grad = 0.0
        for x, slope in self.inputs:
            x.grad += slope


class NoStart(Pairs):
    def backward(self):
        for node in reversed(self.order()):
            for x, slope in node.inputs:
                x.grad += slope * node.grad


class Subtracts(Pairs):
    def backward(self):
        order = self.order()
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for x, slope in node.inputs:
                x.grad -= slope * node.grad


class LocalAlone(Pairs):
    def backward(self):
        order = self.order()
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in order[::-1]:
            for x, slope in node.inputs:
                x.grad += slope


class SlopesOfTheOther(MicroThatClears):
    def __mul__(self, other):
        out = type(self)(self.value * other.value, (self, other))

        def _backward():
            self.grad += self.value * out.grad
            other.grad += other.value * out.grad

        out._backward = _backward
        return out


class TanhOfTheInput(MicroThatClears):
    def tanh(self):
        out = type(self)(math.tanh(self.value), (self,))

        def _backward():
            self.grad += (1 - self.value**2) * out.grad

        out._backward = _backward
        return out


class EveryPath(Pairs):
    def backward(self):
        for node in self.order():
            node.grad = 0.0
        self.push(1.0)

    def push(self, amount):
        self.grad += amount
        for x, slope in self.inputs:
            x.push(slope * amount)


class EveryPathWithAList(Pairs):
    def backward(self):
        for node in self.order():
            node.grad = 0.0
        waiting = [(self, 1.0)]
        while waiting:
            node, amount = waiting.pop()
            node.grad += amount
            for x, slope in node.inputs:
                waiting.append((x, slope * amount))


# --- wrong_slope ------------------------------------------------------------


def slope_of(f, values, i, h=1e-5):
    up, down = list(values), list(values)
    up[i] += h
    down[i] -= h
    return (f(*up) - f(*down)) / (2 * h)


def first_slope_alone(operations):
    for name, f, values, claimed in operations:
        if abs(slope_of(f, values, 0) - claimed[0]) > 1e-3:
            return name
    return None


def without_abs(operations):
    for name, f, values, claimed in operations:
        for i in range(len(values)):
            if slope_of(f, values, i) - claimed[i] > 1e-4:
                return name
    return None


def sizes_alone(operations):
    for name, f, values, claimed in operations:
        for i in range(len(values)):
            if abs(abs(slope_of(f, values, i)) - abs(claimed[i])) > 1e-4:
                return name
    return None


def all_inputs_together(operations):
    h = 1e-5
    for name, f, values, claimed in operations:
        up = [value + h for value in values]
        down = [value - h for value in values]
        if abs((f(*up) - f(*down)) / (2 * h) - sum(claimed)) > 1e-3:
            return name
    return None


def place_in_the_list(operations):
    for k, (_, f, values, claimed) in enumerate(operations):
        for i in range(len(values)):
            if abs(slope_of(f, values, i) - claimed[i]) > 1e-3:
                return k
    return None


def returns_after_the_first(operations):
    for name, f, values, claimed in operations:
        for i in range(len(values)):
            if abs(slope_of(f, values, i) - claimed[i]) > 1e-3:
                return name
        return None
    return None


def always_names_one(operations):
    worst, found = -1.0, None
    for name, f, values, claimed in operations:
        slopes = [slope_of(f, values, i) for i in range(len(values))]
        largest = max(1e-1, *map(abs, slopes))
        for slope, claim in zip(slopes, claimed, strict=True):
            if abs(slope - claim) / largest > worst:
                worst, found = abs(slope - claim) / largest, name
    return found


def tolerant(operations):
    for name, f, values, claimed in operations:
        slopes = [slope_of(f, values, i) for i in range(len(values))]
        if not np.allclose(slopes, claimed, rtol=0.1):
            return name
    return None


def nudges_by_one(operations):
    for name, f, values, claimed in operations:
        for i in range(len(values)):
            if abs(slope_of(f, values, i, h=1.0) - claimed[i]) > 1e-2:
                return name
    return None


def turned_condition(operations):
    for name, f, values, claimed in operations:
        slopes = [slope_of(f, values, i) for i in range(len(values))]
        if np.allclose(slopes, claimed, rtol=1e-3, atol=1e-4):
            return name
    return None


NOT_TANH = "the slope of tanh is not right, though it is made of its value."
TYPED = [
    (NUMERICAL_GRADIENT, forward_difference, FORWARD),
    (NUMERICAL_GRADIENT, x_left_changed, LEFT),
    (
        NUMERICAL_GRADIENT,
        divided_by_h,
        "the difference was divided by h. From x - h to x + h it is farther "
        "than that.",
    ),
    (
        NUMERICAL_GRADIENT,
        two_names_for_one_array,
        "two names for one array: what was meant to be two nudged copies of "
        "x is x itself, twice.",
    ),
    (
        NUMERICAL_GRADIENT,
        below_minus_above,
        "the sign is the other way round.",
    ),
    (
        NUMERICAL_GRADIENT,
        all_entries_together,
        "all entries were nudged at once.",
    ),
    (NUMERICAL_GRADIENT, with_a_step_of_its_own, "h plays no part."),
    (
        NUMERICAL_GRADIENT,
        as_a_flat_list,
        "the gradient came back as one flat row.",
    ),
    (
        NUMERICAL_GRADIENT,
        without_brackets,
        "(f(up) - f(down)) / 2 * h multiplies by h, where it should divide.",
    ),
    (
        LOCAL_SLOPES,
        bare_numbers,
        "for an operation with one input a bare number was returned.",
    ),
    (LOCAL_SLOPES, sign_turned, "every slope has the wrong sign."),
    (
        LOCAL_SLOPES,
        slopes_but(mul=lambda a, b: (a, b)),
        "the inputs of mul were taken in the wrong order: each input got "
        "itself.",
    ),
    (
        LOCAL_SLOPES,
        slopes_but(add=lambda a, b: (a, b)),
        "the slopes of add are not the slopes of a sum.",
    ),
    (
        LOCAL_SLOPES,
        slopes_but(exp=lambda a: (a * np.exp(a - 1),)),
        "the rule for powers was used on exp.",
    ),
    (
        LOCAL_SLOPES,
        slopes_but(tanh=lambda a: (1 - a**2,)),
        "the slope of tanh was made of its input, where its value belongs.",
    ),
    (
        LOCAL_SLOPES,
        slopes_but(tanh=lambda a: (np.tanh(a) * (1 - np.tanh(a)),)),
        NOT_TANH,
    ),
    (LOCAL_SLOPES, slopes_but(tanh=lambda a: (1 - np.tanh(a),)), NOT_TANH),
    (
        LOCAL_SLOPES,
        slopes_but(relu=lambda a: (1 if a >= 0 else 0,)),
        "the slope of relu at exactly 0 was taken to be 1 or one half.",
    ),
    (
        LOCAL_SLOPES,
        slopes_but(relu=lambda a: (a if a > 0 else 0,)),
        "the value of relu was returned, not its slope.",
    ),
    (
        PATH_PRODUCT,
        added_along_the_path,
        "the slopes along the path were added.",
    ),
    (
        PATH_PRODUCT,
        started_from_zero,
        "everything came out as 0: the product started from 0.",
    ),
    (PATH_PRODUCT, assigned_for_multiplied, "only the last slope was used."),
    (PATH_PRODUCT, nothing_for_an_empty_path, "an empty path gave 0."),
    (
        PATH_PRODUCT,
        returned_too_early,
        "the return stands inside the loop: only the first slope was used.",
    ),
    (
        TOTAL_SLOPE,
        assigned_for_added,
        "= for +=: only the last path counts.",
    ),
    (TOTAL_SLOPE, multiplied_over_paths, "the paths were multiplied too."),
    (
        TOTAL_SLOPE,
        exchanged,
        "sum and product are exchanged: slopes were added along each path "
        "and the paths multiplied.",
    ),
    (
        TOTAL_SLOPE,
        product_not_set_to_one_again,
        "the product goes on from one path to the next.",
    ),
    (TOTAL_SLOPE, one_for_no_paths, "no path at all gave 1."),
    (TOTAL_SLOPE, mean_over_paths, "the mean over the paths was taken."),
    (SCALAR, Micro, DOUBLES),
    (SCALAR, MicroThatClears, DEEPER),
    (SCALAR, Assigns, OVERWRITES),
    (SCALAR, AssignsInALoop, OVERWRITES),
    (SCALAR, Doubles, DOUBLES),
    (SCALAR, CallsItself, AGAIN),
    (SCALAR, CallsItselfAfterwards, AGAIN),
    (SCALAR, VisitsOnce, EARLY),
    (SCALAR, VisitsInTurn, EARLY),
    (
        SCALAR,
        NotReversed,
        "only the inputs of the last operation have a slope. Perhaps the "
        "sweep goes from the inputs up, where it should come down.",
    ),
    (
        SCALAR,
        OnlyItsOwnInputs,
        "only the inputs of the last operation have a slope. Perhaps the "
        "sweep goes from the inputs up, where it should come down.",
    ),
    (
        SCALAR,
        NoStart,
        "every slope is 0: nothing was there to be handed down.",
    ),
    (
        SCALAR,
        Subtracts,
        "the sign is wrong: slopes are taken away where they should be added.",
    ),
    (
        SCALAR,
        LocalAlone,
        "local slopes alone arrive: what came from above is not in them.",
    ),
    (
        SCALAR,
        SlopesOfTheOther,
        "in a product each input got its own value as its slope.",
    ),
    (SCALAR, TanhOfTheInput, "the slope of tanh is not right."),
    (SCALAR, EveryPath, EVERY_PATH),
    (SCALAR, EveryPathWithAList, EVERY_PATH),
    (
        WRONG_SLOPE,
        first_slope_alone,
        "only the first slope of each operation was compared.",
    ),
    (
        WRONG_SLOPE,
        without_abs,
        "a slope that is too large was not noticed, or one that is too small.",
    ),
    (
        WRONG_SLOPE,
        sizes_alone,
        "a slope with the wrong sign was not noticed.",
    ),
    (
        WRONG_SLOPE,
        all_inputs_together,
        "slopes that are exchanged were not noticed: only what they come to "
        "together was compared.",
    ),
    (
        WRONG_SLOPE,
        place_in_the_list,
        "the place of the operation in the list was returned, not its name.",
    ),
    (
        WRONG_SLOPE,
        returns_after_the_first,
        "only the first operation was looked at.",
    ),
    (
        WRONG_SLOPE,
        always_names_one,
        "some operation is named even if all are right.",
    ),
    (
        WRONG_SLOPE,
        turned_condition,
        "the name of an operation came back whose slopes are right.",
    ),
    (
        WRONG_SLOPE,
        nudges_by_one,
        "the nudge is so large that curves are not straight over it: a right "
        "slope was taken for a wrong one.",
    ),
    (
        WRONG_SLOPE,
        tolerant,
        "a slope that is off by a few percent was not noticed.",
    ),
]


@one_by_one(TYPED)
def test_mistakes_are_named_as_readers_type_them(exercise, answer, what):
    # A chain of 2,000 operations takes a while, and little in it is random.
    assert_named(
        exercise, answer, what, runs=20 if exercise is SCALAR else RUNS
    )


# --- Scalar: what is said of classes that are not finished ------------------


def said_of(answer):
    (outcome,) = outcomes(SCALAR, answer, runs=1)
    assert outcome.state == "wrong"
    assert outcome.mistake is None
    return " ".join(outcome.details.split("\n\n")[0].split())


class Untouched:
    def __init__(self, value):
        raise NotImplementedError()

    def __add__(self, other):
        raise NotImplementedError()


class PlusAlone(Pairs):
    def __mul__(self, other):
        raise NotImplementedError()

    def tanh(self):
        raise NotImplementedError()

    def backward(self):
        raise NotImplementedError()


class NoSweepYet(Pairs):
    def backward(self):
        raise NotImplementedError()


class NoValue(Pairs):
    def __init__(self, value, inputs=()):
        self.data, self.grad, self.inputs = value, 0.0, inputs


class GradOfNone(Pairs):
    def __init__(self, value, inputs=()):
        self.value, self.grad, self.inputs = value, None, inputs

    def backward(self):
        self.grad = 1.0


class PlusOfNothing(Pairs):
    def __add__(self, other):
        type(self)(self.value + other.value, [(self, 1.0), (other, 1.0)])


class PlusOfFloats(Pairs):
    def __add__(self, other):
        return self.value + other.value


def test_an_untouched_class_is_not_started():
    (outcome,) = outcomes(SCALAR, Untouched, runs=1)
    assert outcome.state == "not started"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            PlusAlone,
            "*, tanh and backward still raise NotImplementedError. Write the "
            "methods one after the other; the check goes on as far as it can.",
        ),
        (
            NoSweepYet,
            "backward still raises NotImplementedError. Write the methods "
            "one after the other; the check goes on as far as it can.",
        ),
        (
            NoValue,
            "a = Scalar(2.0): it has no attribute value. A Scalar has a value "
            "and a grad from the start, and backward() fills in grad.",
        ),
        (
            GradOfNone,
            "a, in L = a + b: its grad is None, and a number is needed. A "
            "grad is 0.0 until backward() reaches it.",
        ),
        (
            PlusOfNothing,
            "L = a + b: this made None. Does the method end in return?",
        ),
        (
            PlusOfFloats,
            "L = a + b: this made 5.0, of type float. An operation makes a "
            "new Scalar, which remembers its inputs.",
        ),
    ],
)
def test_a_class_that_is_not_finished_is_told_what_is_missing(answer, said):
    assert said_of(answer) == said


def test_a_grad_is_there_from_the_start():
    """An input that is not used keeps the grad that it began with."""

    class Late(WithAList):
        def __init__(self, value, inputs=()):
            self.value, self.inputs = value, inputs

        def __add__(self, other):
            return Late(self.value + other.value, ((self, 1), (other, 1)))

        def __mul__(self, other):
            slopes = ((self, other.value), (other, self.value))
            return Late(self.value * other.value, slopes)

        def tanh(self):
            t = math.tanh(self.value)
            return Late(t, ((self, 1 - t * t),))

    assert said_of(Late) == (
        "b, in L = a * a: it has no attribute grad. A Scalar has a value and "
        "a grad from the start, and backward() fills in grad."
    )


def test_an_error_in_a_method_is_shown_with_its_line():
    class Slip(Pairs):
        def tanh(self):
            return type(self)(math.tanh(self.data), [])

        backward = WithAList.backward

    (outcome,) = outcomes(SCALAR, Slip, runs=1)
    assert outcome.state == "raised"
    assert "'Slip' object has no attribute 'data'" in outcome.details
    assert "math.tanh(self.data)" in outcome.details


def test_a_function_that_never_comes_back_is_an_error_of_its_own():
    class Endless(Pairs):
        def backward(self):
            self.backward()

    (outcome,) = outcomes(SCALAR, Endless, runs=1)
    assert outcome.state == "raised"
    assert outcome.summary == "Scalar: raised RecursionError."


def test_the_call_of_a_class_is_a_line_that_runs():
    (outcome,) = outcomes(SCALAR, Assigns, runs=1)
    (line,) = [
        line.removeprefix("  call ").strip()
        for line in outcome.details.splitlines()
        if line.startswith("  call ")
    ]
    assert line == (
        "a = Scalar(3.0); L = a + a; L.backward(); (L.value, [L.grad, a.grad])"
    )


# --- the random inputs ------------------------------------------------------


def test_the_inputs_are_fresh():
    for exercise in (NUMERICAL_GRADIENT, LOCAL_SLOPES, PATH_PRODUCT, SCALAR):
        first, again, other = (
            repr(exercise.cases(np.random.default_rng(seed)))
            for seed in (0, 0, 1)
        )
        assert first == again
        assert first != other


def test_arrays_have_all_kinds_of_shapes():
    cases = NUMERICAL_GRADIENT.cases(np.random.default_rng(0))
    shapes = {x.shape for _, x, _ in cases}
    assert {(), (1,), (2, 3), (2, 2, 3)} <= shapes


def test_wrong_slopes_are_off_by_as_much_as_the_sheet_says():
    """And right ones are right to many digits."""
    for seed in SEEDS:
        for (operations,) in WRONG_SLOPE.cases(np.random.default_rng(seed)):
            wrong = WRONG_SLOPE.reference(operations)
            for name, f, values, claimed in operations:
                slopes = [slope_of(f, values, i) for i in range(len(values))]
                off = np.abs(np.subtract(slopes, claimed)).max()
                least = max(1e-3, 0.01 * np.abs(slopes).max())
                assert off > 1.2 * least if name == wrong else off < 1e-6


def test_some_lists_hold_no_wrong_slope_and_names_differ():
    for seed in SEEDS:
        cases = WRONG_SLOPE.cases(np.random.default_rng(seed))
        found = [WRONG_SLOPE.reference(*case) for case in cases]
        assert found.count(None) >= 3
        assert len(set(found)) >= 5
        for (operations,) in cases:
            names = [operation[0] for operation in operations]
            assert len(set(names)) == len(names)
