"""Right answers that return, take and change whatever Python has.

It is written as the notebooks in `kinds` are. Each test passes in one process,
as nbgrader runs it, and so it has to pass in two.
"""

VALUES = r'''
# %% own setup
import collections
import copy
import datetime
import decimal
import enum
import fractions
import functools
import inspect
import io
import itertools
import math
import operator
import pathlib
import re
import string
import sys
import textwrap
import types
import typing
import unittest
from unittest import mock
import numpy as np
import numpy.testing as npt

case = unittest.TestCase()

# %% solution returns
def frac(a, b):
    """Return a fraction."""
    return fractions.Fraction(a, b)


def dec(x):
    return decimal.Decimal(x)


def day(y, m, d=1):
    return datetime.date(y, m, d)


def path(*parts):
    return pathlib.Path(*parts)


def pair(a, b):
    Pair = collections.namedtuple("Pair", "a b")
    return Pair(a, b)


def dd(words):
    d = collections.defaultdict(list)
    for w in words:
        d[w[0]].append(w)
    return d


def cnt(s):
    return collections.Counter(s)


def od():
    return collections.OrderedDict([("b", 1), ("a", 2)])


def dq(x):
    return collections.deque(x, maxlen=3)


def ba():
    return bytearray(b"ab")


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


def mixedup(x):
    return [x, {"f": lambda y: y + 1}, (Color.RED, x)]


def keys(d):
    return d.keys()


def vals(d):
    return d.values()


def items(d):
    return d.items()


def zipped(a, b):
    return zip(a, b)


def mapped(f, a):
    return map(f, a)


def enum_(a):
    return enumerate(a)


def rev(a):
    return reversed(a)


def ident(x):
    return x

# %% test frac-check 1
assert frac(1, 3) == fractions.Fraction(1, 3)
assert frac(1, 3) + frac(1, 6) == fractions.Fraction(1, 2)

# %% test frac2-check 1
assert frac(1, 2) == 0.5 and float(frac(1, 4)) == 0.25

# %% test frac3-check 1
assert frac(2, 4).numerator == 1
assert isinstance(frac(2, 4), fractions.Fraction)

# %% test dec-check 1
assert dec("0.1") + dec("0.2") == decimal.Decimal("0.3")

# %% test dec2-check 1
assert str(dec("1.50")) == "1.50"

# %% test day-check 1
assert day(2024, 2) == datetime.date(2024, 2, 1)

# %% test day2-check 1
assert (day(2024, 3) - day(2024, 2)).days == 29
assert day(2024, 3).isoformat() == "2024-03-01"

# %% test path2-check 1
assert path("a", "b.txt").suffix == ".txt"
assert str(path("a", "b")) == "a/b"

# %% test pair-check 1
p = pair(1, 2)
assert p.a == 1 and p[1] == 2 and p == (1, 2)

# %% test pair2-check 1
a, b = pair(1, 2)
assert (a, b) == (1, 2)
assert pair(1, 2)._fields == ("a", "b")

# %% test pair3-check 1
assert isinstance(pair(1, 2), tuple)

# %% test dd-check 1
assert dd(["ab", "ac", "b"]) == {"a": ["ab", "ac"], "b": ["b"]}

# %% test dd2-check 1
assert isinstance(dd([]), dict) and dict(dd(["x"])) == {"x": ["x"]}

# %% test cnt-check 1
assert cnt("aab") == {"a": 2, "b": 1}
assert cnt("aab")["z"] == 0

# %% test cnt2-check 1
assert cnt("aab").most_common(1) == [("a", 2)]

# %% test od-check 1
assert list(od()) == ["b", "a"] and od() == {"a": 2, "b": 1}

# %% test dq-check 1
assert list(dq([1, 2, 3, 4])) == [2, 3, 4]

# %% test dq3-check 1
d = dq([1, 2])
d.append(9)
assert len(d) == 3 and d[-1] == 9 and 9 in d

# %% test ba-check 1
assert ba() == b"ab"

# %% test enum-check 1
assert Color.RED.value == 1 and Color.RED.name == "RED"

# %% test enum2-check 1
assert Color.RED != Color.BLUE and Color(2) is Color.BLUE

# %% test enum3-check 1
assert [c.name for c in Color] == ["RED", "BLUE"]
assert Color["RED"] == Color.RED

# %% test mixed-check 1
x = mixedup(3)
assert x[0] == 3 and x[1]["f"](1) == 2 and x[2][0] == Color.RED

# %% test keys-check 1
assert list(keys({"a": 1})) == ["a"]
assert sorted(vals({"a": 2, "b": 1})) == [1, 2]
assert list(items({"a": 1})) == [("a", 1)]

# %% test keys3-check 1
assert len(items({"a": 1})) == 1 and ("a", 1) in items({"a": 1})

# %% test zip-check 1
assert list(zipped([1, 2], "ab")) == [(1, "a"), (2, "b")]
assert dict(zipped("ab", [1, 2])) == {"a": 1, "b": 2}

# %% test map-check 1
assert list(mapped(lambda x: x * 2, [1, 2])) == [2, 4]
assert list(enum_("ab")) == [(0, "a"), (1, "b")]
assert list(rev([1, 2])) == [2, 1]

# %% test args1-check 1
assert ident(fractions.Fraction(1, 3)) == fractions.Fraction(1, 3)

# %% test args2-check 1
assert ident(datetime.date(2024, 1, 1)).year == 2024

# %% test args4-check 1
assert ident(collections.Counter("aab"))["a"] == 2

# %% test args5-check 1
P = collections.namedtuple("P", "x y")
assert ident(P(1, 2)).x == 1

# %% test args7-check 1
assert ident(bytearray(b"a")) == b"a"
assert bytes(ident(memoryview(b"a"))) == b"a"

# %% test args12-check 1
assert ident(io.StringIO("abc")).read() == "abc"

# %% test args13-check 1
class Thing:
    kind = "thing"

    def __init__(self):
        self.x = 1

    def double(self):
        return 2 * self.x


t = Thing()
assert ident(t) is t

# %% test args14-check 1
assert ident(print) is print and ident(math.sin)(0.0) == 0

# %% test args15-check 1
assert ident(float("inf")) == math.inf and math.isnan(ident(math.nan))
assert ident(-0.0) == 0 and math.copysign(1, ident(-0.0)) == -1

# %% test args16-check 1
assert (
    ident(np.float32(1.5)).dtype == np.float32
    and ident(np.int8(3)) == 3
    and type(ident(np.bool_(True))) is np.bool_
)

# %% test args17-check 1
assert ident({1: "a", (1, 2): "b", None: "c", 1.5: "d"}) == {
    1: "a",
    (1, 2): "b",
    None: "c",
    1.5: "d",
}

# %% test args18-check 1
assert ident(10**300) == 10**300 and ident(-(2**63) - 1) == -(2**63) - 1

# %% test args19-check 1
assert ident("\ud800") == "\ud800" and ident("\x00é😀") == "\x00é😀"

# %% test args20-check 1
assert (
    ident([]) == []
    and ident(()) == ()
    and ident({}) == {}
    and ident(set()) == set()
    and ident("") == ""
)

# %% test args21-check 1
a = np.arange(12).reshape(3, 4)
assert (
    (ident(a.T) == a.T).all()
    and ident(a[::2, ::-1]).tolist() == a[::2, ::-1].tolist()
    and ident(a).dtype == a.dtype
)

# %% test args22-check 1
assert ident(np.datetime64("2024-01-01")) == np.datetime64("2024-01-01")
assert ident(np.array(5)).shape == () and ident(np.empty((0, 3))).shape == (
    0,
    3,
)

# %% test args24-check 1
assert (
    ident(slice(1, 2)) == slice(1, 2)
    and ident(...) is ...
    and ident(range(5)) == range(5)
)

# %% test args25-check 1
x = [1, 2]
assert ident(x) is x

# %% test args26-check 1
a = np.zeros(3)
assert ident(a) is a

# %% test args28-check 1
m = mock.MagicMock(return_value=3)
assert ident(m)() == 3

# %% test args29-check 1
assert (
    ident(int) is int
    and ident(ValueError) is ValueError
    and ident(np.float64) is np.float64
)

# %% solution objects
import time

calls = 0


def f(a, b: int = 2, *args, c="x", **kw) -> float:
    """Doc of f."""
    global calls
    calls += 1
    return a * b


def g(x):
    for i in range(3):
        x = x + i
    return x


square = lambda x: x**2


class K:
    """Doc of K."""

    shared = []

    def __init__(self, v=0):
        self.v = v
        self.items = []

    def m(self, x):
        """Doc of m."""
        return self.v + x

    @staticmethod
    def s(x):
        return x

    def __call__(self, x):
        return self.v * x

    def __getattr__(self, name):
        if name.startswith("dyn_"):
            return name[4:]
        raise AttributeError(name)

    def __str__(self):
        return f"<K {self.v}>"

    def __format__(self, spec):
        return "K:" + spec

    def __int__(self):
        return self.v

    def __float__(self):
        return float(self.v)

    def __index__(self):
        return self.v

    def __len__(self):
        return self.v

    def __setitem__(self, i, x):
        self.items.insert(i, x)

    def __delitem__(self, i):
        del self.items[i]

    def __getitem__(self, i):
        return self.items[i]

    def __pow__(self, n):
        return self.v**n

    def __divmod__(self, o):
        return divmod(self.v, o)

    def __round__(self, n=0):
        return round(self.v, n)

    def __array__(self, dtype=None, copy=None):
        return np.array([self.v, self.v])

    def __matmul__(self, o):
        return "mat"

    def __and__(self, o):
        return "and"

    def __invert__(self):
        return "inv"

    def __le__(self, o):
        return self.v <= o.v

    def __reversed__(self):
        return iter(self.items[::-1])


class Meta(type):
    def __len__(cls):
        return 7


class WithMeta(metaclass=Meta):
    pass


class Abstract(__import__("abc").ABC):
    @__import__("abc").abstractmethod
    def area(self): ...


class Sq(Abstract):
    def __init__(self, a):
        self.a = a

    def area(self):
        return self.a**2


class Slots:
    __slots__ = ("a",)

    def __init__(self, a):
        self.a = a


class Temp:
    def __init__(self, c):
        self.c = c

    @property
    def f(self):
        return self.c * 9 / 5 + 32

    @f.setter
    def f(self, v):
        self.c = (v - 32) * 5 / 9

    @f.deleter
    def f(self):
        self.c = None

    @functools.cached_property
    def cached(self):
        return [self.c]

    @functools.lru_cache
    def slow(self, x):
        return x


class Money:
    def __init__(self, x):
        self.x = x

    def __eq__(self, o):
        return isinstance(o, Money) and self.x == o.x

    def __radd__(self, o):
        return self if o == 0 else Money(self.x + o.x)

    def __add__(self, o):
        return Money(self.x + (o.x if isinstance(o, Money) else o))

    def __lt__(self, o):
        return self.x < o.x

    def __hash__(self):
        return hash(self.x)


@functools.total_ordering
class Ver:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v


def make(n):
    return [K(i) for i in range(n)]


def gen(n):
    got = None
    for i in range(n):
        got = yield (i, got)
    return "done"


def wait(s):
    time.sleep(s)
    return s


def err(kind):
    try:
        return {}["x"]
    except KeyError as e:
        raise kind("from") from e


def k_of(x):
    return x.v


def swap(k):
    k.v = 99
    return k

# %% test doc-check 1
assert f.__doc__ == "Doc of f."

# %% test doc2-check 1
assert K.__doc__ == "Doc of K." and K.m.__doc__ == "Doc of m."

# %% test nodoc-check 1
assert g.__doc__ is None

# %% test sig-check 1
assert list(inspect.signature(f).parameters) == ["a", "b", "args", "c", "kw"]

# %% test sig2-check 1
assert inspect.signature(f).parameters["b"].default == 2

# %% test defaults-check 1
assert f.__defaults__ == (2,) and f.__kwdefaults__ == {"c": "x"}

# %% test ann-check 1
assert f.__annotations__ == {"b": int, "return": float}

# %% test call-check 1
assert K(3)(4) == 12 and K(1).m(2) == 3 and K.m(K(5), 1) == 6 and K.s(4) == 4

# %% test bound-check 1
m = K(3).m
assert m(1) == 4 and list(map(m, [1, 2])) == [4, 5]

# %% test dyn-check 1
assert K(1).dyn_abc == "abc" and not hasattr(K(1), "nope")

# %% test str-check 1
assert str(K(2)) == "<K 2>" and f"{K(2)!s}" == "<K 2>"

# %% test int-check 1
assert (
    int(K(3)) == 3
    and float(K(3)) == 3.0
    and [1, 2, 3, 4][K(2)] == 3
    and hex(K(10)) == "0xa"
)

# %% test len-check 1
assert len(K(4)) == 4

# %% test setitem-check 1
k = K()
k[0] = "a"
k[0] = "b"
assert k[0] == "b" and k[1] == "a" and k.items == ["b", "a"]
del k[0]
assert k.items == ["a"]

# %% test ops-check 1
assert (
    K(2) ** 3 == 8
    and divmod(K(7), 2) == (3, 1)
    and K(1) @ 2 == "mat"
    and (K(1) & 2) == "and"
    and ~K(1) == "inv"
    and K(1) <= K(2)
)

# %% test round-check 1
assert round(K(2), 1) == 2

# %% test slice-check 1
k = K()
k[0] = 1
k[1] = 2
assert k[0:2] == [1, 2]

# %% test shared-check 1
assert K.shared is not None and K.shared == []

# %% test addattr-check 1
k = K(1)
k.extra = 5
assert k.extra == 5
del k.extra
assert not hasattr(k, "extra")

# %% test setclass-check 1
K.newattr = 3
assert K(1).newattr == 3
del K.newattr

# %% test method-replaced-check 1
old = K.m
K.m = lambda self, x: "new"
try:
    assert K(1).m(0) == "new"
finally:
    K.m = old
assert K(1).m(1) == 2

# %% test meta-check 1
assert len(WithMeta) == 7

# %% test abstract-check 1
with case.assertRaises(TypeError):
    Abstract()
assert (
    Sq(3).area() == 9
    and issubclass(Sq, Abstract)
    and isinstance(Sq(1), Abstract)
)

# %% test slots-check 1
s = Slots(1)
with case.assertRaises(AttributeError):
    s.b = 2

# %% test prop-check 1
t = Temp(100)
assert t.f == 212
t.f = 32
assert t.c == 0
del t.f
assert t.c is None

# %% test cached-check 1
t = Temp(1)
assert t.cached == [1] and t.slow(3) == 3

# %% test sum-check 1
assert sum([Money(1), Money(2)]) == Money(3) and sum([Money(1)]).x == 1

# %% test min-check 1
assert min(Money(3), Money(1)).x == 1 and sorted([Money(3), Money(1)])[
    0
] == Money(1)

# %% test eqlist-check 1
assert [Money(1), Money(2)] == [Money(1), Money(2)] and {Money(1): "a"}[
    Money(1)
] == "a"

# %% test ver-check 1
assert Ver(1) < Ver(2) <= Ver(2) and Ver(3) >= Ver(2) and Ver(1) != Ver(2)

# %% test add-check 1
assert (Money(1) + 5).x == 6

# %% test made-check 1
ks = make(3)
assert (
    [k.v for k in ks] == [0, 1, 2]
    and all(isinstance(k, K) for k in ks)
    and len(ks) == 3
)

# %% test made-eq-check 1
ks = make(2)
assert ks[0] is ks[0] and ks[0] is not ks[1]

# %% test pass-back-check 1
k = K(5)
assert k_of(k) == 5 and swap(k) is k and k.v == 99

# %% test gen-send-check 1
g_ = gen(3)
assert next(g_) == (0, None) and g_.send("hi") == (1, "hi")
g_.close()
with case.assertRaises(StopIteration):
    next(g_)

# %% test gen-return-check 1
def outer():
    r = yield from gen(1)
    yield r


assert list(outer()) == [(0, None), "done"]

# %% test gen-iter-check 1
assert hasattr(gen(1), "__next__") and iter(gen(1)) is not None

# %% test islice-check 1
assert list(itertools.islice(gen(100), 2)) == [(0, None), (1, None)]

# %% test err-check 1
with case.assertRaises(ValueError):
    err(ValueError)

# %% test partial-check 1
assert (
    functools.partial(f, 2)(5) == 10
    and functools.reduce(lambda a, b: f(a, b), [1, 2, 3]) == 6
)

# %% test vectorize-check 1
npt.assert_allclose(np.vectorize(square)(np.arange(3.0)), [0, 1, 4])
assert np.apply_along_axis(square, 0, np.arange(3)).tolist() == [0, 1, 4]

# %% test calls-check 1
before = calls
f(1)
f(2)
assert calls == before + 2

# %% test globals-check 1
assert callable(globals()["f"]) and callable(eval("f")) and "K" in dir()

# %% test sorted-key-check 1
assert (
    sorted([3, 1, 2], key=lambda x: -f(x)) == [3, 2, 1]
    and max([1, 2], key=square) == 2
)

# %% test filter-check 1
assert (
    list(filter(lambda x: square(x) > 1, [1, 2])) == [2]
    and any(map(square, [0, 1]))
    and all(map(square, [1]))
)

# %% test deepcopy-check 1
k = K(3)
k.items = [1]
c = copy.deepcopy(k)
c.items = [2]
assert k.items == [1] and c.items == [2] and type(c) is K

# %% test subclass-check 1
class Sub(K):
    def m(self, x):
        return super().m(x) * 2


assert Sub(1).m(2) == 6 and isinstance(Sub(1), K)

# %% test subclass2-check 1
class Sub2(Abstract):
    def area(self):
        return 1


assert Sub2().area() == 1

# %% test subclass-init-check 1
class Sub3(K):
    def __init__(self):
        K.__init__(self, 7)
        self.w = 1


s = Sub3()
assert s.v == 7 and s.w == 1

# %% test own-object-check 1
class Duck:
    v = 4


assert k_of(Duck()) == 4

# %% test eq-none-check 1
assert (K(1) == None) is False and (K(1) != 1) and K(1) is not None

# %% test bool-default-check 1
assert Slots(0) and not (Money(1) == 1)

# %% test identity-check 1
a = Slots(Slots(1))
assert a.a is a.a and a.a.a == 1

# %% test class-eq-check 1
assert (
    type(K(1)) == K
    and type(K(1)) is K
    and K(1).__class__ is K
    and K(1).__class__.__name__ == "K"
)

# %% test isinstance-builtin-check 1
assert isinstance(ident(True), bool) and isinstance(err, object)

# %% test print-check 1
out = io.StringIO()
from contextlib import redirect_stdout

with redirect_stdout(out):
    print(K(1), [Money(1)] and 1, sep="|")
assert out.getvalue() == "<K 1>|1\n"

# %% test nested-callback-check 1
def outer2(x):
    return f(x, 3) + g(x)


assert ident(outer2)(2) == 6 + 5

# %% test module-check 1
assert K.__module__ == "__main__" and f.__module__ == "__main__"

# %% test hasattr-f-check 1
f.tries = 3
assert f.tries == 3

# %% test ndarray-attr-check 1
t = Temp(np.arange(3.0))
t.c[0] = 10
assert t.c[0] == 10

# %% test list-attr-index-check 1
k = K()
k.items.append(3)
assert k.items == [3]

# %% test list-of-lists-check 1
k = K()
k.items = [[1, 2]]
row = k.items[0]
assert row[1] == 2

# %% solution writes
%%writefile made.py
def helper(): return 3

# %% solution own-module
import made

x = made.helper()

# %% test own-module-check 1
assert x == 3

# %% solution installs
%load_ext autoreload
%autoreload 2
!pip install numpy
%pip install numpy
x3 = 3

# %% test installs-check 1
assert x3 == 3

# %% solution shell
files = !ls
print(files)
x4 = 4

# %% test shell-check 1
assert x4 == 4

# %% solution help
np.mean?
x5 = 5

# %% test help-check 1
assert x5 == 5

# %% solution recursion
import sys

sys.setrecursionlimit(10000)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)

# %% test recursion-check 1
assert depth(2500) == 2500

# %% solution unittest
import unittest


class T(unittest.TestCase):
    def test_a(self):
        self.assertEqual(1, 1)


unittest.main(argv=[""], exit=False)
x9 = 9

# %% test unittest-check 1
assert x9 == 9

# %% solution doctest
def add(a, b):
    """
    >>> add(1, 2)
    3
    """
    return a + b


import doctest

outcome = doctest.testmod()
failed = outcome.failed
attempted = outcome.attempted

# %% test doctest-check 1
assert failed == 0 and attempted >= 1

# %% solution pickle-own
import pickle


class P:
    def __init__(self, x):
        self.x = x


def round_trip():
    return pickle.loads(pickle.dumps(P(3))).x

# %% test pickle-own-check 1
assert round_trip() == 3

# %% solution tempfile
import tempfile, os


def temp():
    with tempfile.NamedTemporaryFile("w", delete=False) as f:
        f.write("abc")
    with open(f.name) as g:
        r = g.read()
    os.remove(f.name)
    return r

# %% test tempfile-check 1
assert temp() == "abc"

# %% solution numpy-files
def npfile():
    np.save("a.npy", np.arange(3))
    np.savez("b.npz", x=np.ones(2))
    np.savetxt("c.txt", np.eye(2))
    return (
        np.load("a.npy").tolist(),
        np.load("b.npz")["x"].tolist(),
        np.loadtxt("c.txt").tolist(),
    )

# %% test numpy-files-check 1
assert npfile() == ([0, 1, 2], [1, 1], [[1, 0], [0, 1]])

# %% solution figure
import matplotlib.pyplot as plt


def savefig():
    fig, ax = plt.subplots()
    ax.plot([1, 2], label="a")
    ax.legend()
    fig.savefig("x.png")
    plt.close(fig)
    return os.path.getsize("x.png") > 100

# %% test figure-check 1
assert savefig()

# %% solution main
if __name__ == "__main__":
    main_ran = True

# %% test main-check 1
assert main_ran

# %% solution annotations
from __future__ import annotations
from dataclasses import dataclass


@dataclass
class Node:
    v: int
    next: Node | None = None

# %% test annotations-check 1
assert Node(1, Node(2)).next.v == 2

# %% solution match
def kind(x):
    match x:
        case [a, b]:
            return "two"
        case {"k": v}:
            return v
        case int():
            return "int"
        case _:
            return "other"

# %% test match-check 1
assert (
    kind([1, 2]) == "two"
    and kind({"k": 5}) == 5
    and kind(3) == "int"
    and kind("s") == "other"
)

# %% solution own-source
import inspect, typing


def hinted(x: int) -> str:
    return str(x)


src = inspect.getsource(hinted)
hints = str(typing.get_type_hints(hinted))

# %% test own-source-check 1
assert "return str(x)" in src and "int" in hints

# %% solution streams
import sys

print("a", flush=True)
sys.stdout.write("b")
sys.stdout.flush()
sys.stderr.flush()
enc = sys.stdout.encoding
tty = sys.stdout.isatty()
xc1 = 1

# %% test streams-check 1
assert xc1 == 1

# %% solution logging
import logging

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("x")
log.info("hello")


def logs(x):
    log.debug("quiet")
    return x

# %% test logging-check 1
assert logs(3) == 3

# %% solution display
from IPython.display import (
    display,
    HTML,
    Markdown,
    clear_output,
    Math,
    Latex,
    Image,
)

display(Markdown("a"))
clear_output(wait=True)
display(Math("x"))
from IPython import get_ipython

ip = get_ipython()
xc3 = 1

# %% test display-check 1
assert xc3 == 1

# %% solution tqdm
from tqdm import tqdm
from tqdm.auto import tqdm as auto

total = 0
for i in tqdm(range(3)):
    total += i
for i in auto(range(3)):
    total += i

# %% test tqdm-check 1
assert total == 6

# %% solution filters
import warnings

warnings.filterwarnings("ignore")


def quiet(x):
    return np.log(x)

# %% test filters-check 1
assert np.isneginf(quiet(0.0))

# %% solution underscore
In_there = "In" in globals()
3 + 4

# %% own x-c7
last = _

# %% test underscore-check 1
assert In_there in (True, False)

# %% solution named-tuple
from typing import NamedTuple


class Pt(NamedTuple):
    x: int
    y: int = 0


def pt():
    return Pt(1)

# %% test named-tuple-check 1
assert (
    pt() == (1, 0)
    and pt().x == 1
    and isinstance(pt(), tuple)
    and pt() == Pt(1, 0)
)

# %% solution database
import os
import sqlite3

db = sqlite3.connect(":memory:")
n = db.execute("select 1+1").fetchone()[0]
xd1b = (
    len(os.listdir(".")) >= 0
    and os.getcwd() != ""
    and os.environ.get("HOME") is not None
)
home = os.path.expanduser("~")

# %% test database-check 1
assert xd1b and n == 2

# %% solution traceback
def tb():
    import traceback

    try:
        1 / 0
    except ZeroDivisionError:
        traceback.print_exc(file=sys.stdout)
        return traceback.format_exc().splitlines()[-1]

# %% test traceback-check 1
assert tb() == "ZeroDivisionError: division by zero"

# %% solution class-hooks
class Base:
    registry = {}

    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Base.registry[cls.__name__] = cls


class Child(Base):
    pass


class Desc:
    def __get__(self, o, t=None):
        return 5

    def __set__(self, o, v):
        raise AttributeError("no")


class UsesDesc:
    d = Desc()

# %% test class-hooks-check 1
assert Base.registry["Child"] is Child and UsesDesc().d == 5

# %% test class-hooks-2-check 1
class Mine(Base):
    pass


assert "Mine" in Base.registry

# %% solution large
big = np.zeros((1000, 1000))


def large():
    return np.arange(10**6)


def verylarge():
    return np.zeros((2000, 2000))


def longlist():
    return list(range(200000))


def longtext():
    return "x" * 1000000


def manyd():
    return {i: str(i) for i in range(3000)}


def manyd2():
    return {i: i for i in range(5000)}


def nested(n):
    x = []
    for _ in range(n):
        x = [x]
    return x

# %% test large-check 1
assert big.shape == (1000, 1000) and large().sum() == 499999500000

# %% test large-2-check 1
assert verylarge().shape == (2000, 2000)

# %% test large-3-check 1
assert len(longlist()) == 200000

# %% test large-4-check 1
assert len(longtext()) == 1000000

# %% test large-5-check 1
assert len(manyd()) == 3000

# %% test large-6-check 1
assert len(manyd2()) == 5000 and manyd2()[4999] == 4999

# %% test large-7-check 1
assert nested(50)[0] is not None

# %% test large-8-check 1
X = np.random.rand(1000, 1000)


def take(a):
    return a.sum()

# %% solution large-arguments
def summed(a):
    return a.sum()


def grow(l):
    l.extend(range(100000))
    return l


def primes(n):
    return {
        p for p in range(2, n) if all(p % i for i in range(2, int(p**0.5) + 1))
    }

# %% test large-arguments-check 1
assert abs(summed(np.ones((1500, 1500))) - 2250000) < 1

# %% test large-arguments-2-check 1
assert len(grow([])) == 100000

# %% test large-arguments-3-check 1
assert len(primes(20000)) == 2262

# %% solution late-names
try:
    undefined_name
except NameError:
    pass


def later_defined():
    return defined_below() + 1


def defined_below():
    return 1

# %% test late-names-check 1
assert later_defined() == 2

# %% solution shadowed
del np
import numpy as np

sum = lambda xs: 42


def uses_sum(x):
    return sum(x)

# %% test shadowed-check 1
assert uses_sum([1]) == 42

# %% solution aliases
x = np.array([1.0, 2, 3])
y = x
y[0] = 9
z = (i for i in range(3))

# %% test aliases-check 1
assert x[0] == 9 and list(z) == [0, 1, 2]

# %% solution seeds
import random

random.seed(1)
r1 = random.random()
np.random.seed(1)
r2 = np.random.rand()

# %% test seeds-check 1
import random

random.seed(1)
assert r1 == random.random()
np.random.seed(1)
assert r2 == np.random.rand()

# %% solution network
class Net:
    def __init__(self):
        self.W = np.ones((2, 2))
        self.params = {"W": np.ones(2)}
        self.layers = [1, 2]

    def loss(self):
        return float((self.W**2).sum() + (self.params["W"] ** 2).sum())

# %% test network-check 1
n = Net()
h = 1e-6
before = n.loss()
n.W[0, 0] += h
assert abs((n.loss() - before) / h - 2) < 1e-3

# %% test network-2-check 1
n = Net()
n.params["W"][0] = 5
assert abs(n.loss() - 30) < 1e-9

# %% test network-3-check 1
n = Net()
n.W = np.zeros((2, 2))
assert n.loss() == 2

# %% test network-4-check 1
n = Net()
n.params["W"] = np.zeros(2)
assert n.loss() == 4

# %% test network-5-check 1
n = Net()
n.W *= 0
assert n.loss() == 2

# %% solution decorator
def deco(f):
    def inner(*a, **k):
        inner.n += 1
        return f(*a, **k)

    inner.n = 0
    return inner


@deco
def counted(x):
    return x

# %% test decorator-check 1
counted(1)
counted(2)
assert counted.n == 2

# %% test decorator-2-check 1
@deco
def mine(x):
    return x * 2


assert mine(4) == 8 and mine.n == 1

# %% solution lists-of-functions
def gather(*fs):
    return [f() for f in fs]


def make_adders():
    return [lambda x, i=i: x + i for i in range(3)]


def d_of_f():
    return {"sq": lambda x: x * x, "neg": lambda x: -x}

# %% test lists-of-functions-check 1
assert (
    gather(lambda: 1, lambda: "a") == [1, "a"]
    and [f(1) for f in make_adders()] == [1, 2, 3]
    and d_of_f()["sq"](3) == 9
)
'''
