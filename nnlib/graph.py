"""The computational graph: slopes on the edges, and one sweep backwards.

Each operation notes how fast its result moves with each input: a local slope.
The chain rule needs no more. Multiply along a path, add over the paths.
"""

import math
import numbers

from nnlib.drawing import graph_bundle


def _operation(name, rule):
    """Return a method that computes by `rule` and keeps the slopes."""

    def method(*inputs):
        inputs = [x if isinstance(x, Scalar) else Scalar(x) for x in inputs]
        try:
            value, *slopes = rule(*(x.value for x in inputs))
            if not all(map(math.isfinite, (value, *slopes))):
                raise OverflowError
        except (ArithmeticError, ValueError) as error:
            at = " and ".join(str(x.value) for x in inputs)
            raise type(error)(
                f"Scalar: {name} has no finite value and slope at {at}.\n"
                "  Needed: above 0 for log and roots, not 0 below /, at most "
                "709 for exp.\n  Hint: scale or shift the input: exp(a - max)."
            ) from None
        return Scalar(value, "", zip(inputs, slopes, strict=True), name)

    return method


def _operator(name, rule):
    """Return the methods for self + other and for other + self."""
    method = _operation(name, rule)
    return method, lambda self, other: method(other, self)


class Scalar:
    """A number that remembers its inputs: pairs (scalar, local slope).

    `backward` fills in `grad`; `name` is what words and pictures call it.

    Source: lessons/05_chain_rule, "Build it"; Linnainmaa 1970.

    >>> a = Scalar(3.0)
    >>> b = a + a          # a is used twice: both paths count
    >>> c = b * b          # c = 4 a**2, so dc/da = 8 a
    >>> c.backward()
    >>> a.grad
    24.0
    """

    def __init__(self, value, name="", inputs=(), operation=""):
        real = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not real or not math.isfinite(value):
            raise (ValueError if real else TypeError)(
                f"Scalar: {value!r:.40} is of type {type(value).__name__}.\n"
                "  Needed: one finite number.\n  Hint: float(x) reads text, "
                "x[0] is an entry of an array; (b * a.log()).exp() is a ** b."
            )
        self.value, self.grad, self.name = float(value), 0.0, name
        self.inputs, self.operation = tuple(inputs), operation

    # A rule gives the value and then, for each input, the local slope.
    __add__, __radd__ = _operator("+", lambda a, b: (a + b, 1.0, 1.0))
    __sub__, __rsub__ = _operator("-", lambda a, b: (a - b, 1.0, -1.0))
    __mul__, __rmul__ = _operator("*", lambda a, b: (a * b, b, a))
    __truediv__, __rtruediv__ = _operator(
        "/", lambda a, b: (a / b, 1 / b, -a / b / b)
    )
    __neg__ = _operation("minus", lambda a: (-a, -1.0))
    exp = _operation("exp", lambda a: (e := math.exp(a), e))
    log = _operation("log", lambda a: (math.log(a), 1 / a))
    tanh = _operation("tanh", lambda a: (t := math.tanh(a), 1 - t * t))
    relu = _operation("relu", lambda a: (max(a, 0.0), float(a > 0)))
    sigmoid = _operation(  # exp of more than 709 would overflow
        "sigmoid", lambda a: (p := 1 / (1 + math.exp(min(-a, 709))), p - p * p)
    )
    __array_ufunc__ = None  # so that numpy leaves np.float64(2) * a to us

    def __pow__(self, exponent):
        k = Scalar(exponent).value  # if 0, the slope is 0, even at a = 0
        return _operation(
            f"** {k:g}", lambda a: (math.pow(a, k), k and k * a ** (k - 1))
        )(self)

    def __rpow__(self, base):
        return (Scalar(base).log() * self).exp()

    def nodes(self):
        """Return all that this node depends on, inputs before their users."""
        order, waiting = {}, [self]
        while waiting:
            first = [x for x, _ in waiting[-1].inputs if x not in order]
            waiting += reversed(first)
            if not first:
                order[waiting.pop()] = None
        return list(order)

    def backward(self):
        """Set `grad` in all `nodes`: how fast this node moves with each."""
        nodes = self.nodes()
        for node in nodes:
            node.grad = float(node is self)
        for node in reversed(nodes):  # each after all its users
            for x, slope in node.inputs:
                x.grad += slope * node.grad  # * along a path, + over paths

    def __repr__(self):
        return f"Scalar({self.value}, grad={self.grad})"

    def _repr_mimebundle_(self, include=None, exclude=None):
        """Return the graph for Jupyter: in words, and drawn if it is small."""
        return graph_bundle(self.nodes())
