"""The reader's own numbers, sent through an expression beside nnlib's.

Every operation is done on both, so it is known which of the reader's numbers
stands where in the graph; their class needs nothing but its operators, `grad`
and `backward()`.
"""

import contextlib
import operator

import numpy as np

from nnlib.graph import Scalar
from nnlib.widgets.graph.expression import METHODS


class Failure:
    """Stands where the reader's number would, and says why it does not."""

    def __init__(self, reason):
        self.reason = reason


class Both:
    """A Scalar, and the reader's number that came about in the same way.

    Parameters
    ----------
    ours : Scalar
    theirs : object or Failure
    known : dict of Scalar to object
        All pairs of one run; this one is added.
    """

    def __init__(self, ours, theirs, known):
        self.ours, self.theirs, self.known = ours, theirs, known
        known[ours] = theirs

    def do(self, act, *others, turned=False):
        """Do `act` on both halves; what the reader's raises is kept."""
        inputs = [self, *others][:: -1 if turned else 1]
        ours = act(*(_half(x, "ours") for x in inputs))
        mine = [_half(x, "theirs") for x in inputs]
        if any(isinstance(x, Failure) for x in mine):
            theirs = Failure("")  # nothing new: an earlier one failed
        else:
            theirs = attempt(lambda: _real(act(*mine)))
        return Both(ours, theirs, self.known)

    def __neg__(self):
        return self.do(operator.neg)


def _half(x, name):
    return getattr(x, name) if isinstance(x, Both) else x


def _operators(act):
    return (
        lambda self, other: self.do(act, other),
        lambda self, other: self.do(act, other, turned=True),
    )


for _name in ("add", "sub", "mul", "truediv", "pow"):
    _there, _turned = _operators(getattr(operator, f"__{_name}__"))
    setattr(Both, f"__{_name}__", _there)
    setattr(Both, f"__r{_name}__", _turned)
for _name in METHODS:
    _act = operator.methodcaller(_name)
    setattr(Both, _name, lambda self, act=_act: self.do(act))


def pairs(scalar, known):
    """Return make(value, name) -> Both, for nnlib.widgets.graph's `build`."""
    return lambda value, name: Both(
        Scalar(value, name), attempt(lambda: scalar(value)), known
    )


def attempt(act):
    """Return act(), or the Failure that it ends in."""
    try:
        with np.errstate(all="ignore"):
            return act()
    except Exception as error:  # a stranger's code may raise anything
        words = str(error).strip().partition("\n")[0]
        return Failure(f"raised {type(error).__name__}: {words:.160}")


def value_of(theirs):
    """Return what a reader's number is worth, or None if it does not say."""
    for name in ("value", "data"):
        with contextlib.suppress(Exception):
            return float(getattr(theirs, name))
    return None


def grad_of(theirs):
    """Return a finite gradient of the reader's number, or a Failure."""
    if isinstance(theirs, Failure):
        return theirs
    grad = attempt(lambda: theirs.grad)
    if isinstance(grad, Failure):
        return grad
    try:
        number = float(grad)
    except (TypeError, ValueError):
        return Failure(f"grad is {grad!r:.40}")
    if not np.isfinite(number):
        return Failure(f"grad is {number}")
    return number


def _real(theirs):
    """Refuse what is certainly no number of the reader's class."""
    if theirs is None or theirs is NotImplemented:
        raise TypeError(f"the operation returned {theirs}")
    if isinstance(theirs, int | float):
        raise TypeError(
            f"the operation returned {type(theirs).__name__} {theirs:g}, "
            "which remembers no inputs"
        )
    return theirs
