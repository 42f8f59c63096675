"""An assignment of every usual kind of cell, with right and wrong answers.

Each notebook is one text. A line that starts with "# %%" begins a cell: its
role, its name, and its points if it is marked. A "wrong" cell, or an "other"
one that is right as well, is what another student writes into the answer cell
of that name.
"""

FUNCTIONS = r'''
# %% text title
# Functions, variables and tests of all kinds

# %% own setup
import io
import math
import random
import warnings
from contextlib import redirect_stderr, redirect_stdout
from unittest import TestCase
from unittest.mock import Mock, patch

import numpy as np
import numpy.testing as npt

DATA = [3, 1, 2]
case = TestCase()

# %% given helper
def nearly(a, b, tolerance=1e-9):
    return abs(a - b) <= tolerance

# %% solution squares
def squares(n):
    """Return the squares of 1 to n."""
    ### BEGIN SOLUTION
    if n < 1:
        raise ValueError("n must be at least 1")
    return [i ** 2 for i in range(1, n + 1)]
    ### END SOLUTION
# %% wrong squares
def squares(n):
    return [i ** 2 for i in range(n)]
# %% wrong squares
def squares(n):
    result = []
    for i in range(1, n + 1):
        result.append(i * i)
    print("squares of", n)
    return result
# %% wrong squares
def squares(n)
    return n
# %% other squares
def squares(n):
    if n < 1:
        raise ValueError
    return list(map(lambda i: i * i, range(1, n + 1)))

# %% test squares-plain 1
assert squares(1) == [1]
assert squares(2) == [1, 4]
assert squares(10) == [1, 4, 9, 16, 25, 36, 49, 64, 81, 100]

# %% test squares-raises 1
try:
    squares(0)
except ValueError:
    pass
else:
    raise AssertionError("did not raise")
### BEGIN HIDDEN TESTS
with case.assertRaises(ValueError):
    squares(-4)
### END HIDDEN TESTS

# %% solution sum-of-squares
def sum_of_squares(n):
    ### BEGIN SOLUTION
    return sum(squares(n))
    ### END SOLUTION
# %% wrong sum-of-squares
def sum_of_squares(n):
    return n * (n + 1) * (2 * n + 1) // 6
# %% wrong sum-of-squares
def sum_of_squares(n):
    try:
        return sum(squares(n))
    except NameError:
        return 0
# %% wrong sum-of-squares
def sum_of_squares(n):
    total = 0
    for square in squares(n):
        total += square
    return total

# %% test sum-of-squares-value 1
assert sum_of_squares(1) == 1
assert sum_of_squares(10) == 385, "ten squares make 385"

# %% test sum-of-squares-relies 1
original_squares = squares
del squares
try:
    sum_of_squares(1)
except NameError:
    pass
else:
    raise AssertionError("sum_of_squares does not use squares")
finally:
    squares = original_squares

# %% test sum-of-squares-mock 2
before, calls = squares, []
def squares(n):
    calls.append(n)
    return [7, 8]
try:
    assert sum_of_squares(3) == 15
    assert calls == [3]
finally:
    squares = before

# %% test sum-of-squares-mock-object 2
before = squares
squares = Mock(return_value=[1, 1, 1])
try:
    assert sum_of_squares(5) == 3
    squares.assert_called_once_with(5)
    assert squares.call_count == 1
finally:
    squares = before

# %% solution mean
def mean(values):
    ### BEGIN SOLUTION
    return sum(values) / len(values)
    ### END SOLUTION
# %% wrong mean
def mean(values):
    return sum(values) // len(values)
# %% wrong mean
def mean(values):
    return np.mean(values)
# %% wrong mean
def mean(values):
    total = 0.0
    for v in values:
        total = total + v
    total / len(values)

# %% test mean-check 2
assert mean([1, 2, 3]) == 2, "the mean of 1, 2, 3"
assert nearly(mean([1, 2]), 1.5), f"it was {mean([1, 2])}"
npt.assert_allclose(mean(np.arange(7.0)), 3.0)
### BEGIN HIDDEN TESTS
assert isinstance(mean([1, 2]), float)
rng = np.random.default_rng(5)
values = rng.normal(size=50)
npt.assert_almost_equal(mean(values), values.mean())
npt.assert_almost_equal(mean(list(values)), values.mean(), decimal=5)
### END HIDDEN TESTS

# %% test mean-partial 4
score = 0
if mean([1, 2]) == 1.5:
    score += 2.5
if mean([4]) == 4:
    score += 1
score

# %% test mean-partial-zero 2
0.0 if mean([1, 2]) != 1.5 else 0.5

# %% test mean-not-a-number 2
"right" if mean([1, 2]) == 1.5 else "wrong"

# %% test mean-quiet 2
1 if mean([4]) == 4 else 0;

# %% test mean-numpy-number 2
np.float64(1.25) if mean([1, 2]) == 1.5 else np.float64(0.25)

# %% test mean-negative 2
-1 if mean([1, 2]) == 1.5 else 0.5

# %% test mean-boolean 2
mean([1, 2]) == 1.5

# %% test mean-student-s-value 3
mean([1.0, 1.0])

# %% solution distances
def distances(points, to=(0, 0), *, squared=False, **options):
    ### BEGIN SOLUTION
    d = [(x - to[0]) ** 2 + (y - to[1]) ** 2 for x, y in points]
    return d if squared else [v ** 0.5 for v in d]
    ### END SOLUTION
# %% wrong distances
def distances(points, to, squared):
    return [0 for p in points]
# %% wrong distances
def distances(*args, **kw):
    points, to = args[0], (args[1] if len(args) > 1 else kw.get("to", (0, 0)))
    d = ((np.array(points) - to) ** 2).sum(axis=1)
    return list(d) if kw.get("squared") else list(np.sqrt(d))
# %% wrong distances
def distances(points, to=(0, 0), squared=False):
    return [math.dist(p, to) for p in points]

# %% test distances-keywords 2
assert distances([(3, 4)]) == [5]
assert distances([(3, 4)], (3, 4)) == [0]
assert distances([(3, 4)], to=(3, 0)) == [4]
assert distances(points=[(3, 4), (0, 0)], squared=True) == [25, 0]

# %% test distances-unpacked 2
arguments, named = [[(3, 4), (6, 8)]], {"to": (0, 0), "squared": True}
assert distances(*arguments, **named) == [25, 100]
with case.assertRaises(TypeError):
    distances()

# %% solution collect
def collect(item, into=None):
    ### BEGIN SOLUTION
    into = [] if into is None else into
    into.append(item)
    return into
    ### END SOLUTION
# %% wrong collect
def collect(item, into=[]):
    into.append(item)
    return into
# %% wrong collect
def collect(item, into=None):
    return (into or []) + [item]
# %% wrong collect
def collect(item, into=()):
    into = list(into)
    into.append(item)
    return tuple(into)

# %% test collect-default 2
assert collect(1) == [1]
assert collect(2) == [2]

# %% test collect-in-place 2
mine = ["a"]
back = collect("b", mine)
assert mine == ["a", "b"]
assert back == mine
case.assertEqual(collect("c", into=["x"]), ["x", "c"])

# %% solution sort-in-place
def sort_in_place(values):
    ### BEGIN SOLUTION
    values.sort()
    ### END SOLUTION
# %% wrong sort-in-place
def sort_in_place(values):
    values = sorted(values)
# %% wrong sort-in-place
def sort_in_place(values):
    return sorted(values)
# %% wrong sort-in-place
def sort_in_place(values):
    for i in range(len(values)):
        for j in range(len(values) - 1 - i):
            if values[j] > values[j + 1]:
                values[j], values[j + 1] = values[j + 1], values[j]

# %% test sort-in-place-check 2
numbers = [3, 1, 2]
assert sort_in_place(numbers) is None
assert numbers == [1, 2, 3]
array = np.array([3.0, 1.0, 2.0])
sort_in_place(array)
npt.assert_array_equal(array, [1, 2, 3])
words = ["b", "a"]
again = words
sort_in_place(words)
assert again == ["a", "b"] and again is words

# %% solution fill
def fill(matrix, record):
    ### BEGIN SOLUTION
    matrix[0, :] = 7
    record["filled"] = True
    record["parts"].append(1)
    ### END SOLUTION
# %% wrong fill
def fill(matrix, record):
    matrix = matrix + 7
    record = {"filled": True, "parts": [1]}
# %% wrong fill
def fill(matrix, record):
    for j in range(matrix.shape[1]):
        matrix[0][j] = 7.0
    record.update(filled=True)
    record["parts"] += [1]
# %% wrong fill
def fill(matrix, record):
    matrix[:] = 7
    del record["parts"]

# %% test fill-array 1
M = np.zeros((2, 3), dtype=int)
fill(M, {"parts": []})
assert M.tolist() == [[7, 7, 7], [0, 0, 0]]
view = np.zeros((4, 4))[::2, ::2]
fill(view, {"parts": []})
assert view.sum() == 14

# %% test fill-dict 1
record = {"parts": []}
parts = record["parts"]
fill(np.ones((1, 1)), record)
assert record == {"filled": True, "parts": [1]}
assert parts == [1]

# %% solution factorial
def factorial(n):
    ### BEGIN SOLUTION
    return 1 if n < 2 else n * factorial(n - 1)
    ### END SOLUTION
# %% wrong factorial
def factorial(n):
    return n * factorial(n - 1)
# %% wrong factorial
def factorial(n):
    result = 1
    while n > 1:
        result, n = result * n, n - 1
    return result
# %% wrong factorial
def factorial(n):
    return math.gamma(n + 1)

# %% test factorial-check 2
assert [factorial(n) for n in range(6)] == [1, 1, 2, 6, 24, 120]
assert factorial(30) == 265252859812191058636308480000000
assert factorial(100) % (10 ** 9 + 7) == 437918130

# %% test factorial-recursive 1
real, seen = factorial, []
def factorial(n):
    seen.append(n)
    return real(n)
real(5)
factorial = real
assert seen, "it should call itself"

# %% solution adder
def adder(n):
    """Return a function that adds n."""
    ### BEGIN SOLUTION
    def add(x):
        return x + n
    return add
    ### END SOLUTION
# %% wrong adder
def adder(n):
    return lambda x: x + 1
# %% wrong adder
def adder(n):
    return n + 1
# %% other adder
class _Adder:
    def __init__(self, n):
        self.n = n
    def __call__(self, x):
        return x + self.n
adder = _Adder

# %% test adder-check 2
add3 = adder(3)
assert callable(add3)
assert add3(4) == 7
assert adder(1)(2) == 3
assert list(map(adder(2), [1, 2])) == [3, 4]

# %% solution counter
def make_counter():
    ### BEGIN SOLUTION
    count = 0
    def counter():
        nonlocal count
        count += 1
        return count
    return counter
    ### END SOLUTION
# %% wrong counter
def make_counter():
    count = 0
    def counter():
        count += 1
        return count
    return counter
# %% wrong counter
total = 0
def make_counter():
    def counter():
        global total
        total += 1
        return total
    return counter
# %% wrong counter
from itertools import count
def make_counter():
    return count(1).__next__

# %% test counter-check 2
one, two = make_counter(), make_counter()
assert [one(), one(), one()] == [1, 2, 3]
assert two() == 1

# %% solution apply-twice
def apply_twice(f, x):
    ### BEGIN SOLUTION
    return f(f(x))
    ### END SOLUTION
# %% wrong apply-twice
def apply_twice(f, x):
    return f(x)
# %% wrong apply-twice
def apply_twice(f, x):
    y = f(x)
    z = f(y)
    f(z)
    return z
# %% wrong apply-twice
def apply_twice(f, x):
    try:
        return f(f(x))
    except Exception:
        return None

# %% test apply-twice-check 2
assert apply_twice(lambda x: x + 3, 1) == 7
assert apply_twice(str.upper, "a") == "A"
assert apply_twice(math.sqrt, 16) == 2
assert apply_twice(np.exp, 0.0) == math.e

# %% test apply-twice-count 1
met = []
def spy(x):
    met.append(x)
    return x * 2
assert apply_twice(spy, 5) == 20
assert met == [5, 10]

# %% test apply-twice-error 1
def refuse(x):
    raise KeyError("not this one")
with case.assertRaises(KeyError):
    apply_twice(refuse, 1)

# %% solution compose
def compose(*functions):
    ### BEGIN SOLUTION
    def composed(x):
        for f in reversed(functions):
            x = f(x)
        return x
    return composed
    ### END SOLUTION
# %% wrong compose
def compose(f, g):
    return lambda x: f(g(x))
# %% wrong compose
def compose(*functions):
    def composed(x):
        for f in functions:
            x = f(x)
        return x
    return composed
# %% other compose
from functools import reduce
def compose(*functions):
    return reduce(lambda f, g: lambda x: f(g(x)), functions, lambda x: x)

# %% test compose-check 2
both = compose(lambda x: x + 1, lambda x: x * 10)
assert both(2) == 21
assert compose(abs, int)("-3") == 3
assert compose()("as it is") == "as it is"
assert compose(squares, len)([1, 2]) == [1, 4]

# %% solution memo
def memoized(f):
    ### BEGIN SOLUTION
    known = {}
    def wrapper(x):
        if x not in known:
            known[x] = f(x)
        return known[x]
    return wrapper
    ### END SOLUTION
# %% wrong memo
def memoized(f):
    return f
# %% other memo
import functools
memoized = functools.lru_cache
# %% wrong memo
def memoized(f):
    known = {}
    def wrapper(x):
        known[x] = f(x)
        return known[x]
    return wrapper

# %% test memo-check 2
worked = []
@memoized
def slow(x):
    worked.append(x)
    return x * x
assert slow(4) == 16
assert slow(4) == 16
assert worked == [4]

# %% solution change-globals
level = 0
def raise_level(by=1):
    ### BEGIN SOLUTION
    global level
    level += by
    ### END SOLUTION
# %% wrong change-globals
level = 0
def raise_level(by=1):
    level = by
# %% wrong change-globals
level = 0
def raise_level(by=1):
    global level
    level = level + 1
    return level
# %% wrong change-globals
level = 10
def raise_level(by=1):
    globals()["level"] += by

# %% test change-globals-check 2
assert level == 0
raise_level()
assert level == 1
raise_level(by=4)
assert level == 5

# %% test change-globals-again 1
level = 100
raise_level(1)
assert level == 101

# %% solution greet
def greet(name):
    """Print a greeting."""
    ### BEGIN SOLUTION
    print("Hello, " + name + ".")
    ### END SOLUTION
# %% wrong greet
def greet(name):
    return "Hello, " + name + "."
# %% wrong greet
import sys
def greet(name):
    sys.stdout.write("Hello, ")
    sys.stdout.write(f"{name}.\n")
# %% wrong greet
import sys
def greet(name):
    print("Hello,", name, ".", file=sys.stderr)

# %% test greet-captured 2
out = io.StringIO()
with redirect_stdout(out):
    greet("Ada")
assert out.getvalue() == "Hello, Ada.\n"
assert out.getvalue().splitlines()[0].startswith("Hello")

# %% test greet-printed 1
greet("Bob")
print("that was it")

# %% test greet-stderr 1
err = io.StringIO()
with redirect_stderr(err):
    greet("Cleo")
assert err.getvalue() == ""

# %% test greet-patched 1
with patch("builtins.print") as printed:
    print("to the mock")
printed.assert_called_once_with("to the mock")

# %% solution shout
def shout(text):
    ### BEGIN SOLUTION
    return text.upper() + "?"
    ### END SOLUTION
# %% wrong shout
def shout(text):
    warnings.warn("this is too loud")
    return text.upper() + "?"
# %% wrong shout
import logging
def shout(text):
    logging.warning("shouting")
    return text.upper() + "?"
# %% wrong shout
def shout(text):
    return text.capitalize() + "?"

# %% test shout-check 2
assert shout("what") == "WHAT?"
assert "é".upper() in shout("café")

# %% test shout-quiet 1
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    assert shout("a") == "A?"
assert heard == [], "no warnings please"

# %% solution logs
def logs(values):
    ### BEGIN SOLUTION
    with np.errstate(all="ignore"):
        return np.log(values)
    ### END SOLUTION
# %% wrong logs
def logs(values):
    return np.log(values)
# %% wrong logs
def logs(values):
    return [math.log(v) for v in values]
# %% wrong logs
def logs(values):
    return np.log10(values)

# %% test logs-check 1
npt.assert_allclose(logs(np.array([1.0, math.e])), [0, 1], atol=1e-12)

# %% test logs-warned 1
assert np.isneginf(logs(np.array([0.0]))[0])

# %% test logs-error 1
with warnings.catch_warnings():
    warnings.simplefilter("error")
    logs(np.array([0.0, 1.0]))

# %% solution unused
def unused():
    ### BEGIN SOLUTION
    return None
    ### END SOLUTION
# %% wrong unused
def unused():
    return 0
# %% wrong unused
unused = None

# %% test unused-check 1
assert unused() is None

# %% solution draws
def draw(n):
    """Return n draws with random and n with numpy."""
    ### BEGIN SOLUTION
    return [random.random() for _ in range(n)], np.random.rand(n)
    ### END SOLUTION
# %% wrong draws
def draw(n):
    return [random.uniform(1, 2) for _ in range(n)], np.random.rand(n)
# %% wrong draws
def draw(n):
    first = [random.random() for _ in range(n)]
    second = np.array([np.random.rand() for _ in range(n)])
    return first, second
# %% wrong draws
def draw(n):
    rng = np.random.default_rng()
    return [random.random() for _ in range(n)], rng.random(n)

# %% test draws-seeded 2
random.seed(3)
np.random.seed(3)
mine = [random.random() for _ in range(4)], np.random.rand(4)
random.seed(3)
np.random.seed(3)
theirs = draw(4)
assert theirs[0] == mine[0]
npt.assert_array_equal(theirs[1], mine[1])

# %% test draws-fresh 1
assert draw(3)[0] != draw(3)[0]

# %% solution sample
def sample(rng, n=3):
    ### BEGIN SOLUTION
    return rng.normal(size=n)
    ### END SOLUTION
# %% wrong sample
def sample(rng, n=3):
    return np.random.default_rng(1).normal(size=n)
# %% wrong sample
def sample(rng, n=3):
    return np.array([rng.normal() for _ in range(n)])
# %% wrong sample
def sample(rng, n=3):
    rng.normal(size=n)
    return rng.normal(size=n)

# %% test sample-check 2
rng, twin = np.random.default_rng(9), np.random.default_rng(9)
npt.assert_allclose(sample(rng), twin.normal(size=3))
npt.assert_allclose(sample(rng, n=2), twin.normal(size=2))
assert rng.normal() == twin.normal()

# %% own between
note = "a cell of the teacher's between the others"
limit = 10

# %% solution below
def below(values):
    """Return those that are below limit."""
    ### BEGIN SOLUTION
    return [v for v in values if v < limit]
    ### END SOLUTION
# %% wrong below
def below(values):
    return [v for v in values if v <= 10]
# %% wrong below
limit = 3
def below(values):
    return [v for v in values if v < limit]
# %% wrong below
def below(values):
    return filter(lambda v: v < limit, values)

# %% test below-check 2
assert below([1, 10, 5, 30]) == [1, 5]
assert limit == 10

# %% test below-any-iterable 1
assert list(below(iter([1, 2, 11]))) == [1, 2]

# %% solution describe
def describe(*values, sep=", ", end="."):
    ### BEGIN SOLUTION
    return sep.join(map(str, values)) + end
    ### END SOLUTION
# %% wrong describe
def describe(*values):
    return ", ".join(values) + "."
# %% wrong describe
def describe(*values, sep=", ", end="."):
    text = ""
    for i, v in enumerate(values):
        text += (sep if i else "") + "%s" % (v,)
    return text + end

# %% test describe-check 2
assert describe(1, "a", 2.5) == "1, a, 2.5."
assert describe() == "."
assert describe("x", None, sep="-", end="") == "x-None"
assert describe([1, 2], (3,), {"k": {1}}) == "[1, 2], (3,), {'k': {1}}."

# %% solution typed
def typed(x: int, y: "float" = 0.5) -> float:
    ### BEGIN SOLUTION
    return x * y
    ### END SOLUTION
# %% wrong typed
def typed(x, y=0.5):
    return x * y
# %% wrong typed
typed = lambda x, y=0.5: x * y
# %% wrong typed
from typing import Optional
def typed(x: int, y: Optional[float] = None) -> float:
    return x * (y or 0.5)

# %% test typed-check 2
assert typed(4) == 2
assert isinstance(typed(3, 1.5), float)

# %% solution words
def count_words(text):
    ### BEGIN SOLUTION
    found = {}
    for word in text.lower().split():
        found[word] = found.get(word, 0) + 1
    return found
    ### END SOLUTION
# %% other words
from collections import Counter
def count_words(text):
    return Counter(text.lower().split())
# %% wrong words
from collections import defaultdict
def count_words(text):
    found = defaultdict(int)
    for word in text.split():
        found[word] += 1
    return found
# %% wrong words
def count_words(text):
    return {w: text.lower().count(w) for w in set(text.lower().split())}

# %% test words-check 2
assert count_words("a b A") == {"a": 2, "b": 1}
assert count_words("") == {}
assert sorted(count_words("to be or not to be").items()) == [
    ("be", 2), ("not", 1), ("or", 1), ("to", 2)]
assert count_words("x")["x"] == 1
assert "y" not in count_words("x")

# %% solution pairs
def pairs(n):
    """Yield all pairs of numbers below n."""
    ### BEGIN SOLUTION
    for i in range(n):
        for j in range(i + 1, n):
            yield i, j
    ### END SOLUTION
# %% wrong pairs
def pairs(n):
    return [(i, j) for i in range(n) for j in range(i + 1, n)]
# %% wrong pairs
from itertools import combinations
def pairs(n):
    return combinations(range(n), 2)
# %% wrong pairs
def pairs(n):
    for i in range(n):
        for j in range(n):
            yield (i, j)

# %% test pairs-list 1
assert list(pairs(3)) == [(0, 1), (0, 2), (1, 2)]
assert sum(1 for _ in pairs(5)) == 10

# %% test pairs-lazy 1
generator = pairs(300)
assert next(generator) == (0, 1)
assert next(generator) == (0, 2)

# %% test pairs-exhausted 1
few = pairs(2)
next(few)
with case.assertRaises(StopIteration):
    next(few)
assert next(few, "none") == "none"

# %% solution numbers
ten = 10
third = 1 / 3
big = 2 ** 100
point = 3 + 4j
yes = True
### BEGIN SOLUTION
### END SOLUTION
# %% wrong numbers
ten = "10"
third = 0.33
big = 2.0 ** 100
point = (3, 4)
yes = 1
# %% wrong numbers
ten = np.int64(10)
third = np.float32(1) / 3
big = pow(2, 100)
point = complex(3, 4)
yes = np.bool_(True)
# %% wrong numbers
ten = 5 + 5
third = 1 / 3

# %% test numbers-int 1
assert ten == 10
assert isinstance(ten, (int, np.integer))
assert type(ten) is int

# %% test numbers-float 1
assert abs(third - 1 / 3) < 1e-6
case.assertAlmostEqual(third, 1 / 3, places=6)

# %% test numbers-big 1
assert big == 1267650600228229401496703205376
assert isinstance(big, int)

# %% test numbers-complex 1
assert point.real == 3 and point.imag == 4
assert abs(point) == 5

# %% test numbers-bool 1
assert yes is True

# %% test numbers-defined 1
assert "point" in globals()
assert "no_such_name" not in globals()

# %% solution containers
### BEGIN SOLUTION
name = "Grace"
letters = list(name)
record = {"name": name, "years": [1906, 1992], "tags": ("navy", "cobol")}
unique = set("banana")
fixed = frozenset({1, 2})
nothing = None
table = np.arange(6).reshape(2, 3)
raw = b"\x00\x01"
span = range(3)
nested = [[1, [2, (3, {"a": [4]})]]]
first, *rest = [1, 2, 3]
### END SOLUTION
# %% wrong containers
name = 'Grace'
letters = tuple(name)
record = {"name": "Grace", "years": (1906, 1992), "tags": ["navy", "cobol"]}
unique = list("banana")
fixed = {1, 2}
nothing = "None"
table = [[0, 1, 2], [3, 4, 5]]
raw = "\x00\x01"
span = [0, 1, 2]
nested = [[1, [2, [3, {"a": [4]}]]]]
first, rest = 1, (2, 3)
# %% wrong containers
name = str("Grace")
letters = [c for c in name]
record = dict(name=name, years=[1906, 1992], tags=("navy", "cobol"))
unique = {"a", "b", "n"}
fixed = frozenset([2, 1])
nothing = print()
table = np.array([[0, 1, 2], [3, 4, 5]], dtype=float)
raw = bytes([0, 1])
span = range(0, 3)
nested = [[1, [2, (3, {"a": [4.0]})]]]
first, rest = 1, [2, 3]

# %% test containers-str 1
assert name == "Grace"
assert name.upper() == "GRACE" and len(name) == 5
assert f"{name:>7}" == "  Grace"

# %% test containers-list 1
assert letters == ["G", "r", "a", "c", "e"]
assert letters[0] == "G" and letters[-1] == "e" and letters[1:3] == ["r", "a"]

# %% test containers-dict 1
assert record["name"] == "Grace"
assert record["years"][1] - record["years"][0] == 86
assert set(record) == {"name", "years", "tags"}
assert record.get("tags") == ("navy", "cobol")
case.assertDictEqual(
    record,
    {"name": "Grace", "years": [1906, 1992], "tags": ("navy", "cobol")},
)

# %% test containers-set 1
assert unique == {"b", "a", "n"}
assert isinstance(unique, set) and "a" in unique
assert isinstance(fixed, frozenset) and fixed | {3} == {1, 2, 3}

# %% test containers-none 1
assert nothing is None

# %% test containers-array 1
assert table.shape == (2, 3)
assert table.dtype.kind == "i"
npt.assert_array_equal(table.sum(axis=0), [3, 5, 7])
npt.assert_equal(table[1], [3, 4, 5])

# %% test containers-bytes 1
assert raw == b"\x00\x01" and raw[1] == 1

# %% test containers-range 1
assert span == range(3) and list(span) == [0, 1, 2]
case.assertIsInstance(span, range)

# %% test containers-nested 1
assert nested == [[1, [2, (3, {"a": [4]})]]]
assert isinstance(nested[0][1][1], tuple)

# %% test containers-rest 1
assert first == 1 and rest == [2, 3]

# %% solution arrays
def standardize(X):
    ### BEGIN SOLUTION
    return (X - X.mean(axis=0)) / X.std(axis=0)
    ### END SOLUTION
# %% wrong arrays
def standardize(X):
    return (X - X.mean()) / X.std()
# %% wrong arrays
def standardize(X):
    X = X.astype(np.float32)
    X -= X.mean(axis=0)
    X /= X.std(axis=0)
    return X
# %% wrong arrays
def standardize(X):
    return np.matrix((X - X.mean(axis=0)) / X.std(axis=0))
# %% other arrays
def standardize(X):
    columns = [(c - np.mean(c)) / np.std(c) for c in np.asarray(X).T]
    return np.array(columns).T

# %% test arrays-check 2
rng = np.random.default_rng(0)
X = rng.normal(3, 2, size=(20, 4))
Z = standardize(X)
assert isinstance(Z, np.ndarray), type(Z)
assert Z.shape == X.shape
npt.assert_allclose(Z.mean(axis=0), 0, atol=1e-5)
npt.assert_allclose(Z.std(axis=0), np.ones(4), rtol=1e-5)
npt.assert_array_almost_equal(X, rng.normal(size=0) if 0 else X)

# %% test arrays-kinds 1
assert Z.dtype == np.float64
assert Z.ndim == 2 and Z.T.shape == (4, 20)
assert (Z[0] == Z[0, :]).all()

# %% test arrays-unchanged 1
X = np.arange(6.0).reshape(3, 2)
before = X.copy()
standardize(X)
assert np.array_equal(X, before), "X was changed"

# %% solution strings
def table_of(rows):
    ### BEGIN SOLUTION
    return "\n".join(f"{k:<5}{v:6.2f}" for k, v in rows.items())
    ### END SOLUTION
# %% wrong strings
def table_of(rows):
    return "\n".join(f"{k} {v}" for k, v in rows.items())
# %% wrong strings
def table_of(rows):
    lines = []
    for k in rows:
        lines.append(k.ljust(5) + ("%.2f" % rows[k]).rjust(6))
    return "\n".join(lines)

# %% test strings-check 1
assert table_of({"a": 1, "bb": 22.333}) == "a      1.00\nbb    22.33"
case.assertRegex(table_of({"x": 0}), r"^x +0\.00$")
case.assertMultiLineEqual(table_of({}), "")

# %% solution optional
def first_even(values):
    ### BEGIN SOLUTION
    return next((v for v in values if v % 2 == 0), None)
    ### END SOLUTION
# %% wrong optional
def first_even(values):
    for v in values:
        if v % 2 == 0:
            return v
        else:
            return None
# %% wrong optional
def first_even(values):
    return [v for v in values if not v % 2][0]

# %% test optional-check 1
assert first_even([1, 4, 6]) == 4
assert first_even([1]) is None

# %% test optional-several 1
for values, wanted in [([2], 2), ([3, 8], 8), ([], None)]:
    came = first_even(values)
    assert came == wanted, (values, came, wanted)

# %% test optional-unittest 1
import unittest
class TestFirstEven(unittest.TestCase):
    def test_some(self):
        self.assertEqual(first_even((5, 6)), 6)
    def test_none(self):
        self.assertIsNone(first_even([]))
outcome = unittest.TextTestRunner(stream=io.StringIO()).run(
    unittest.defaultTestLoader.loadTestsFromTestCase(TestFirstEven))
assert outcome.wasSuccessful()

# %% test optional-fewer 1
import inspect
assert "values" in inspect.signature(first_even).parameters
assert first_even.__name__ == "first_even"

# %% test optional-doc 1
assert squares.__doc__ is None or "squares" in squares.__doc__

# %% solution errors
def invert(x):
    ### BEGIN SOLUTION
    if x == 0:
        raise ZeroDivisionError("no inverse of 0")
    if isinstance(x, str):
        raise TypeError(f"not for {x!r}")
    return 1 / x
    ### END SOLUTION
# %% wrong errors
def invert(x):
    return 1 / x
# %% wrong errors
class NoInverse(ZeroDivisionError):
    def __init__(self, x):
        super().__init__(f"no inverse of {x}")
        self.x = x
def invert(x):
    if isinstance(x, str):
        raise TypeError("not for " + repr(x))
    if not x:
        raise NoInverse(x)
    return x ** -1.0
# %% wrong errors
def invert(x):
    try:
        return 1 / x
    except Exception as error:
        return error
# %% wrong errors
def invert(x):
    assert x != 0, "no inverse of 0"
    return 1 / float(x)

# %% test errors-kind 1
with case.assertRaises(ZeroDivisionError):
    invert(0)
case.assertRaises(TypeError, invert, "three")
assert invert(4) == 0.25

# %% test errors-message 1
with case.assertRaisesRegex(ZeroDivisionError, "no inverse"):
    invert(0)
try:
    invert("three")
except TypeError as error:
    assert str(error) == "not for 'three'"
    assert error.args == ("not for 'three'",)
else:
    assert False, "a text has no inverse"

# %% test errors-any 1
try:
    invert(0)
except ArithmeticError as error:
    caught = error
assert isinstance(caught, ZeroDivisionError)

# %% test errors-numpy 1
npt.assert_raises(ZeroDivisionError, invert, 0)
assert np.isclose(invert(np.float64(8)), 0.125)

# %% manual explain 3 code
### BEGIN SOLUTION
print("sorted", sorted(DATA))
### END SOLUTION
# %% wrong explain
sorted(DATA

# %% manual essay 4 markdown
Because a list can change and a tuple cannot.
# %% wrong essay
I do not know.

# %% task project 5
Write a small report of your own. The cells below are yours.

# %% own after
print("the end")
'''

CLASSES = r'''
# %% own setup
import copy
import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from unittest import TestCase

import numpy as np

case = TestCase()

# %% solution vector
class Vector:
    """A vector in the plane."""

    dimension = 2

    ### BEGIN SOLUTION
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __repr__(self):
        return f"Vector({self.x}, {self.y})"

    def __eq__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return (self.x, self.y) == (other.x, other.y)

    def __hash__(self):
        return hash((self.x, self.y))

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return self + -1 * other

    def __mul__(self, k):
        return Vector(k * self.x, k * self.y)

    __rmul__ = __mul__

    def __neg__(self):
        return -1 * self

    def __abs__(self):
        return (self.x ** 2 + self.y ** 2) ** 0.5

    def __bool__(self):
        return bool(self.x or self.y)

    def __iter__(self):
        yield self.x
        yield self.y

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __len__(self):
        return 2

    def __contains__(self, value):
        return value in (self.x, self.y)

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    @property
    def norm(self):
        return abs(self)

    @norm.setter
    def norm(self, value):
        k = value / abs(self)
        self.x *= k
        self.y *= k

    @classmethod
    def unit(cls):
        return cls(1, 0)

    @staticmethod
    def dot(a, b):
        return a.x * b.x + a.y * b.y
    ### END SOLUTION
# %% wrong vector
class Vector:
    dimension = 3
    def __init__(self, x, y):
        self.x = y
        self.y = x
    def __add__(self, other):
        return Vector(self.x + other.x, self.y - other.y)
    def __repr__(self):
        return "a vector"
    def __abs__(self):
        return self.x + self.y
# %% wrong vector
@dataclass(frozen=True)
class Vector:
    x: float
    y: float
    dimension = 2
    def __add__(self, o):
        return type(self)(self.x + o.x, self.y + o.y)
    def __abs__(self):
        return float(np.hypot(self.x, self.y))
    def norm(self):
        return abs(self)
    def __iter__(self):
        return iter((self.x, self.y))
# %% wrong vector
class Vector(list):
    dimension = 2
    def __init__(self, x, y):
        super().__init__([x, y])
    x = property(lambda self: self[0])
    y = property(lambda self: self[1])
    def __mul__(self, k):
        return Vector(k * self.x, k * self.y)
    __rmul__ = __mul__
    @property
    def norm(self):
        return (self.x * self.x + self.y * self.y) ** 0.5
    def __repr__(self):
        return f"Vector({self.x}, {self.y})"

# %% test vector-attributes 1
v = Vector(3, 4)
assert v.x == 3
assert v.y == 4
assert Vector.dimension == v.dimension == 2

# %% test vector-set 1
v = Vector(1, 2)
v.x = 10
assert v.x == 10 and v.y == 2

# %% test vector-add 1
total = Vector(1, 2) + Vector(3, 5)
assert (total.x, total.y) == (4, 7)
assert isinstance(total, Vector)
assert type(total) is Vector

# %% test vector-multiply 1
double, twice = 2 * Vector(1, 2), Vector(1, 2) * 2
assert double.x == twice.x == 2
assert double.y == twice.y == 4

# %% test vector-equal 1
assert Vector(1, 2) == Vector(1, 2)
assert Vector(1, 2) != Vector(2, 1)
assert not Vector(1, 2) == "a text"
assert Vector(1, 2) in [Vector(0, 0), Vector(1, 2)]

# %% test vector-results-equal 1
assert Vector(1, 2) + Vector(1, 1) == Vector(2, 3)
assert [Vector(1, 0) + Vector(0, 1)] == [Vector(1, 1)]
case.assertEqual(Vector(0, 1) + Vector(0, 1), Vector(0, 2))

# %% test vector-subtract 1
assert (Vector(3, 3) - Vector(1, 2)).x == 2
assert (-Vector(1, 2)).y == -2

# %% test vector-abs 1
assert abs(Vector(3, 4)) == 5

# %% test vector-repr 1
assert repr(Vector(1, 2)) == "Vector(1, 2)"
assert str(Vector(0, 0)) == "Vector(0, 0)"
assert f"{Vector(1, 2)}" == "Vector(1, 2)"

# %% test vector-print 1
out = io.StringIO()
with redirect_stdout(out):
    print(Vector(1, 2), "and", Vector(3, 4))
assert out.getvalue() == "Vector(1, 2) and Vector(3, 4)\n"

# %% test vector-bool 1
assert Vector(0, 1)
assert not Vector(0, 0)

# %% test vector-iter 1
x, y = Vector(5, 6)
assert (x, y) == (5, 6)
assert list(Vector(1, 2)) == [1, 2] and tuple(Vector(1, 2)) == (1, 2)
assert sum(Vector(1, 2)) == 3

# %% test vector-index 1
v = Vector(7, 8)
assert v[0] == 7 and v[-1] == 8
assert len(v) == 2
with case.assertRaises(IndexError):
    v[2]

# %% test vector-in 1
assert 7 in Vector(7, 8)
assert 1 not in Vector(7, 8)

# %% test vector-sort 1
found = sorted([Vector(3, 4), Vector(1, 0), Vector(0, 2)])
assert [abs(v) for v in found] == [1, 2, 5]
assert max(Vector(1, 1), Vector(9, 9)).x == 9

# %% test vector-hash 1
assert len({Vector(1, 2), Vector(1, 2), Vector(2, 1)}) == 2
names = {Vector(0, 0): "origin"}
assert names[Vector(0, 0)] == "origin"

# %% test vector-in-place 1
v = w = Vector(1, 1)
v += Vector(1, 2)
assert v is w and w.y == 3

# %% test vector-property 1
v = Vector(3, 4)
assert v.norm == 5
v.norm = 10
assert v.x == 6

# %% test vector-class-method 1
assert Vector.unit().x == 1
assert Vector.dot(Vector(1, 2), Vector(3, 4)) == 11
assert isinstance(Vector.unit(), Vector)

# %% test vector-has 1
assert hasattr(Vector, "__add__")
assert hasattr(Vector(1, 2), "x")
assert not hasattr(Vector(1, 2), "z")
assert getattr(Vector(1, 2), "q", "none") == "none"

# %% test vector-attribute-error 1
with case.assertRaises(AttributeError):
    Vector(1, 2).nothing_of_this_name
with case.assertRaises(TypeError):
    Vector(1)

# %% test vector-many 1
assert [v.x for v in [Vector(i, 0) for i in range(3)]] == [0, 1, 2]
a, b = Vector(1, 2), Vector(1, 2)
assert a is not b and a is a

# %% test vector-copy 1
a = Vector(1, 2)
b = copy.copy(a)
c = copy.deepcopy([a])[0]
assert (b.x, c.y) == (1, 2) and b is not a and c is not a

# %% test vector-dict 1
assert vars(Vector(1, 2)) == {"x": 1, "y": 2}

# %% test vector-partial 4
points = 0
v = Vector(3, 4)
if v.x == 3 and v.y == 4:
    points += 1
try:
    if (v + v).y == 8:
        points += 1
except Exception:
    pass
try:
    points += abs(v) == 5
except TypeError:
    pass
points

# %% solution account
### BEGIN SOLUTION
class NotEnough(Exception):
    def __init__(self, missing):
        super().__init__(f"{missing} is missing")
        self.missing = missing


class Account:
    accounts = 0

    def __init__(self, owner, balance=0):
        self.owner = owner
        self._balance = balance
        self.history = []
        Account.accounts += 1

    @property
    def balance(self):
        return self._balance

    def pay_in(self, amount):
        if amount <= 0:
            raise ValueError("amount must be above 0")
        self._balance += amount
        self.history.append(("in", amount))

    def pay_out(self, amount):
        if amount > self._balance:
            raise NotEnough(amount - self._balance)
        self._balance -= amount
        self.history.append(("out", amount))


class Savings(Account):
    def __init__(self, owner, balance=0, rate=0.1):
        super().__init__(owner, balance)
        self.rate = rate

    def add_interest(self):
        self.pay_in(self.balance * self.rate)
### END SOLUTION
# %% wrong account
class NotEnough(ValueError):
    pass
class Account:
    accounts = 0
    history = []
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
    def pay_in(self, amount):
        self.balance =+ amount
        self.history.append(("in", amount))
    def pay_out(self, amount):
        if amount > self.balance:
            raise NotEnough(amount)
        self.balance -= amount
class Savings(Account):
    def add_interest(self):
        self.pay_in(self.balance * 0.1)
# %% wrong account
class NotEnough(Exception):
    def __init__(self, missing):
        self.missing = missing
    def __str__(self):
        return str(self.missing) + " is missing"
class Account:
    accounts = 0
    def __init__(self, owner, balance=0):
        type(self).accounts += 1
        self.owner, self.balance, self.history = owner, balance, []
    def pay_in(self, amount):
        if not amount > 0:
            raise ValueError(amount)
        self.balance += amount
        self.history += [("in", amount)]
    def pay_out(self, amount):
        if self.balance < amount:
            raise NotEnough(missing=amount - self.balance)
        self.balance -= amount
        self.history += [["out", amount]]
class Savings:
    def __init__(self, owner, balance=0, rate=0.1):
        self.__account = Account(owner, balance)
        self.rate = rate
    def __getattr__(self, name):
        return getattr(self.__account, name)
    def add_interest(self):
        self.pay_in(self.balance * self.rate)

# %% test account-basic 1
account = Account("Ada", 100)
account.pay_in(50)
account.pay_out(30)
assert account.balance == 120
assert account.owner == "Ada"

# %% test account-errors 1
account = Account("Ada")
with case.assertRaises(ValueError):
    account.pay_in(-1)
with case.assertRaises(NotEnough):
    account.pay_out(1)

# %% test account-error-object 1
with case.assertRaises(NotEnough) as caught:
    Account("Ada", 5).pay_out(7)
assert caught.exception.missing == 2
assert str(caught.exception) == "2 is missing"

# %% test account-error-class 1
assert issubclass(NotEnough, Exception)
assert not issubclass(NotEnough, ValueError)
try:
    Account("B").pay_out(3)
except Exception as error:
    assert type(error).__name__ == "NotEnough"
    assert isinstance(error, NotEnough)
else:
    raise AssertionError("it should be refused")

# %% test account-raise-it 1
try:
    raise NotEnough(3)
except NotEnough as error:
    assert error.missing == 3

# %% test account-history 1
a, b = Account("Ada"), Account("Bob")
a.pay_in(1)
assert a.history == [("in", 1)]
assert b.history == []
a.history.append("forged")
assert len(a.history) == 2

# %% test account-property 1
account = Account("Ada", 5)
with case.assertRaises(AttributeError):
    account.balance = 10 ** 6

# %% test account-class-attribute 1
before = Account.accounts
Account("x")
Account("y")
assert Account.accounts == before + 2

# %% test account-reset 1
Account.accounts = 0
Account("z")
assert Account.accounts == 1

# %% test account-inherits 1
assert issubclass(Savings, Account)
assert isinstance(Savings("Ada"), Account)
assert Account in Savings.__mro__ and Savings.__bases__ == (Account,)
savings = Savings("Ada", 100, rate=0.5)
savings.add_interest()
assert savings.balance == 150

# %% test account-overridden 1
class Watched(Account):
    def pay_in(self, amount):
        super().pay_in(amount)
        self.seen = amount
w = Watched("Ada")
w.pay_in(3)
assert w.seen == 3
assert w.balance == 3

# %% test account-calls-overridden 1
class Counted(Savings):
    calls = 0
    def pay_in(self, amount):
        Counted.calls += 1
        super().pay_in(amount)
c = Counted("Ada", 100)
c.add_interest()
assert Counted.calls == 1

# %% test account-patched 1
paid = []
original = Account.pay_in
Account.pay_in = lambda self, amount: paid.append(amount)
try:
    Savings("Ada", 10).add_interest()
finally:
    Account.pay_in = original
assert paid == [1.0]

# %% solution point
@dataclass(order=True)
class Point:
    ### BEGIN SOLUTION
    x: int
    y: int = 0
    tags: list = field(default_factory=list, compare=False)
    ### END SOLUTION
# %% wrong point
@dataclass
class Point:
    x: int = 0
    y: int = 0
    tags: tuple = ()
# %% wrong point
from collections import namedtuple
Point = namedtuple("Point", "x y tags", defaults=(0, ()))
# %% wrong point
class Point:
    def __init__(self, x, y=0):
        self.x, self.y, self.tags = x, y, []

# %% test point-fields 1
p = Point(1)
assert (p.x, p.y) == (1, 0)
assert Point(x=3, y=4).y == 4

# %% test point-equal 1
assert Point(1, 2) == Point(1, 2)
assert Point(1, 2) < Point(1, 3)

# %% test point-repr 1
assert repr(Point(1, 2)).startswith("Point(x=1, y=2")

# %% test point-default 1
p, q = Point(1), Point(1)
p.tags.append("a")
assert q.tags == []

# %% test point-dataclass 1
import dataclasses
assert dataclasses.is_dataclass(Point)

# %% solution timer
class Suppress:
    """Keep errors of one kind from getting out of a with block."""
    ### BEGIN SOLUTION
    def __init__(self, kind):
        self.kind, self.seen = kind, False

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.seen = kind is not None and issubclass(kind, self.kind)
        return self.seen
    ### END SOLUTION
# %% wrong timer
class Suppress:
    def __init__(self, kind):
        self.kind, self.seen = kind, False
    def __enter__(self):
        return self
    def __exit__(self, *what):
        pass
# %% other timer
from contextlib import contextmanager
class Suppress:
    seen = False
    def __init__(self, kind):
        self.kind = kind
    def __enter__(self):
        return self
    def __exit__(self, t, e, tb):
        if isinstance(e, self.kind):
            self.seen = True
            return True
# %% wrong timer
class Suppress:
    def __init__(self, kind):
        self.seen = True
    def __enter__(self):
        return None
    def __exit__(self, *what):
        return True

# %% test timer-enter 1
with Suppress(KeyError) as s:
    pass
assert s.seen is False

# %% test timer-suppresses 1
with Suppress(ZeroDivisionError) as s:
    1 / 0
assert s.seen

# %% test timer-lets-through 1
with case.assertRaises(ZeroDivisionError):
    with Suppress(KeyError):
        1 / 0

# %% solution countdown
class Countdown:
    ### BEGIN SOLUTION
    def __init__(self, start):
        self.left = start

    def __iter__(self):
        return self

    def __next__(self):
        if self.left <= 0:
            raise StopIteration
        self.left -= 1
        return self.left + 1
    ### END SOLUTION
# %% wrong countdown
class Countdown:
    def __init__(self, start):
        self.start = start
    def __iter__(self):
        n = self.start
        while n > 0:
            yield n
            n -= 1
# %% wrong countdown
def Countdown(start):
    return iter(range(start, 0, -1))
# %% wrong countdown
class Countdown:
    def __init__(self, start):
        self.n = start
    def __iter__(self):
        return self
    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration
        return self.n

# %% test countdown-for 1
seen = []
for n in Countdown(3):
    seen.append(n)
assert seen == [3, 2, 1]

# %% test countdown-list 1
assert list(Countdown(4)) == [4, 3, 2, 1]
assert sum(Countdown(4)) == 10
assert list(zip(Countdown(2), "ab")) == [(2, "a"), (1, "b")]
assert [*Countdown(2)] == [2, 1] and max(Countdown(5)) == 5

# %% test countdown-next 1
c = Countdown(2)
assert next(c) == 2 and next(c) == 1
assert next(c, None) is None

# %% test countdown-twice 1
c = Countdown(2)
assert list(c) == [2, 1] and list(c) == []

# %% solution stack
class Stack:
    ### BEGIN SOLUTION
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
        return self

    def pop(self):
        if not self.items:
            raise IndexError("pop from an empty stack")
        return self.items.pop()

    def __len__(self):
        return len(self.items)
    ### END SOLUTION
# %% wrong stack
class Stack:
    items = []
    def push(self, item):
        self.items.append(item)
    def pop(self):
        return self.items.pop(0)
    def __len__(self):
        return len(self.items)
# %% other stack
from collections import deque
class Stack:
    def __init__(self):
        self.items = deque()
    def push(self, item):
        self.items.append(item)
        return self
    def pop(self):
        return self.items.pop()
    def __len__(self):
        return len(self.items)

# %% test stack-push 1
s = Stack()
s.push(1)
s.push("two")
assert len(s) == 2
assert s.pop() == "two" and s.pop() == 1

# %% test stack-chained 1
assert len(Stack().push(1).push(2)) == 2

# %% test stack-empty 1
with case.assertRaises(IndexError):
    Stack().pop()
assert not Stack()

# %% test stack-objects 1
s, thing = Stack(), object
s.push(Stack())
s.push([1, 2])
assert s.pop() == [1, 2]
assert isinstance(s.pop(), Stack)

# %% test stack-fresh 1
Stack().push(1)
assert len(Stack()) == 0

# %% test stack-items 1
s = Stack()
s.push(5)
assert s.items == [5]
assert list(s.items) == [5]

# %% solution node
### BEGIN SOLUTION
class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next


def to_linked(values):
    head = None
    for v in reversed(values):
        head = Node(v, head)
    return head


def from_linked(node):
    values = []
    while node is not None:
        values.append(node.value)
        node = node.next
    return values
### END SOLUTION
# %% wrong node
class Node:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next
def to_linked(values):
    head = None
    for v in values:
        head = Node(v, head)
    return head
def from_linked(node):
    return [node.value] + from_linked(node.next) if node else []
# %% wrong node
class Node:
    __slots__ = ("value", "next")
    def __init__(self, value, next=None):
        self.value, self.next = value, next
def to_linked(values):
    return Node(values[0], to_linked(values[1:])) if values else None
def from_linked(node):
    while node:
        yield node.value
        node = node.next

# %% test node-build 1
head = to_linked([1, 2, 3])
assert head.value == 1
assert head.next.value == 2
assert head.next.next.next is None

# %% test node-back 1
assert from_linked(to_linked([4, 5])) == [4, 5]
assert from_linked(Node(1, Node(2))) == [1, 2]
assert from_linked(None) == []

# %% test node-relink 1
a, b = Node("a"), Node("b")
a.next = b
b.value = "c"
assert a.next.value == "c" and a.next is b

# %% solution describe
def area(shape):
    """Return the area of anything with width and height."""
    ### BEGIN SOLUTION
    return shape.width * shape.height
    ### END SOLUTION
# %% wrong describe
def area(shape):
    return shape.width + shape.height
# %% wrong describe
def area(shape):
    return getattr(shape, "width") * getattr(shape, "height")

# %% test describe-own-class 1
class Flat:
    def __init__(self, width, height):
        self.width, self.height = width, height
assert area(Flat(2, 3)) == 6

# %% solution json
def dumps(thing):
    ### BEGIN SOLUTION
    return json.dumps(thing, sort_keys=True)
    ### END SOLUTION
# %% wrong json
def dumps(thing):
    return str(thing)
# %% wrong json
def dumps(thing):
    return json.dumps(dict(sorted(thing.items())))

# %% test json-check 1
assert dumps({"b": 1, "a": [None, True, 1.5]}) == (
    '{"a": [null, true, 1.5], "b": 1}')
assert json.loads(dumps({"x": "ü"})) == {"x": "ü"}
'''

PLACES = r'''
# %% own setup
%matplotlib inline
import csv
import os
import time

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display

# %% given read-only
with open("data.csv") as file:
    ROWS = [(name, int(number)) for name, number in csv.reader(file)]
!ls data.csv

# %% solution total
def total(path):
    """Return the sum of the second column of a file."""
    ### BEGIN SOLUTION
    with open(path) as file:
        return sum(int(line.split(",")[1]) for line in file)
    ### END SOLUTION
# %% wrong total
def total(path):
    return len(open(path).readlines())
# %% other total
%%time
def total(path):
    return int(np.loadtxt(path, delimiter=",", usecols=1).sum())
# %% wrong total
def total(path):
    with open("/data/" + path) as file:
        return sum(int(line.split(",")[1]) for line in file)

# %% test total-check 2
assert total("data.csv") == sum(n for _, n in ROWS)
assert total("more/other.csv") == 30

# %% test total-written 1
with open("mine.csv", "w") as file:
    file.write("a,5\nb,6\n")
assert os.path.exists("mine.csv")

# %% test total-missing 1
try:
    total("no_such_file.csv")
except FileNotFoundError:
    pass
else:
    raise AssertionError("there is no such file")

# %% solution save
def save(text):
    ### BEGIN SOLUTION
    with open("saved.txt", "w") as file:
        file.write(text)
    ### END SOLUTION
# %% wrong save
def save(text):
    with open("save.txt", "w") as file:
        file.write(text)
# %% wrong save
from pathlib import Path
def save(text):
    Path("saved.txt").write_text(text)
    return Path("saved.txt")

# %% solution load
def load():
    ### BEGIN SOLUTION
    with open("saved.txt") as file:
        return file.read()
    ### END SOLUTION

# %% test save-and-load 1
save("kept")
assert load() == "kept"

# %% solution plot
def draw(xs):
    """Draw x against its square; return the squares."""
    ### BEGIN SOLUTION
    ys = [x ** 2 for x in xs]
    plt.plot(xs, ys)
    plt.title("squares")
    plt.show()
    return ys
    ### END SOLUTION
# %% wrong plot
def draw(xs):
    plt.scatter(xs, xs)
    return xs
# %% wrong plot
def draw(xs):
    fig, ax = plt.subplots()
    ys = np.asarray(xs) ** 2
    ax.plot(xs, ys)
    fig.tight_layout()
    return list(ys)

# %% test plot-check 2
assert draw([1, 2, 3]) == [1, 4, 9]

# %% test plot-shown 1
draw([1])
plt.plot([1, 2])

# %% solution magics
%timeit -n 1 -r 1 sum(range(10))
%time hidden = 3
!echo hello
answer = 42
### BEGIN SOLUTION
display(HTML("<b>bold</b>"))
### END SOLUTION
# %% wrong magics
%pwd
answer = 41
# %% wrong magics
%%capture
answer = 42
print("kept quiet")
# %% wrong magics
get_ipython().run_line_magic("precision", "3")
answer = 42
answer?

# %% test magics-check 1
%matplotlib inline
assert answer == 42

# %% test magics-cell 1
%%time
assert answer == 42

# %% test magics-display 1
display("shown")
assert answer == 42

# %% solution last
def last():
    ### BEGIN SOLUTION
    return _
    ### END SOLUTION
# %% wrong last
1 + 1
# %% wrong last
raise RuntimeError("at the top of a cell")
def last():
    return 1

# %% test last-defined 1
assert callable(last)

# %% solution regex
pattern = r"\d+"
### BEGIN SOLUTION
### END SOLUTION
# %% wrong regex
pattern = "\d+"
# %% wrong regex
import re
pattern = re.compile(r"\d+")

# %% test regex-check 1
import re
assert re.findall(pattern, "a1b22") == ["1", "22"]

# %% solution pandas-like
import datetime
### BEGIN SOLUTION
day = datetime.date(2024, 2, 29)
### END SOLUTION
# %% wrong pandas-like
day = "2024-02-29"
# %% wrong pandas-like
from datetime import date
day = date(2024, 3, 1)

# %% test date-check 1
assert day.month == 2 and day.day == 29

# %% solution slow
def slow(n):
    ### BEGIN SOLUTION
    time.sleep(0.01)
    return n
    ### END SOLUTION
# %% wrong slow
def slow(n):
    return time.time()

# %% test slow-check 1
start = time.perf_counter()
assert slow(3) == 3
assert time.perf_counter() - start < 5

# %% manual picture 2 code
### BEGIN SOLUTION
plt.plot([1, 2, 3]);
### END SOLUTION
# %% wrong picture
plt.plot(1, 2, 3, 4, 5

# %% text end
That is all.
'''

SPARE = r"""
# %% own setup
x = 1

# %% solution plus
def plus(a, b):
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION
# %% wrong plus
def plus(a, b):
    return a - b

# %% test plus-check 2
assert plus(1, 2) == 3
### BEGIN HIDDEN TESTS
assert plus("a", "b") == "ab"
assert plus([1], [2]) == [1, 2]
### END HIDDEN TESTS

# %% manual words 3 markdown
They are added.
"""

NOTEBOOKS = {
    "functions": FUNCTIONS,
    "classes": CLASSES,
    "places": PLACES,
    "spare": SPARE,
}
FILES = {"data.csv": b"a,1\nb,2\nc,40\n", "more/other.csv": b"x,10\ny,20\n"}
