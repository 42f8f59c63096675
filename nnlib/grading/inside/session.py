"""One submission, inside the sandbox: runs its cells and answers calls.

The other side asks, this side does what it is asked with the student's
objects, and says what came of it. Nothing here is trusted by anyone: the
student's code shares this process, and may have changed any of it.
"""

import builtins
import contextlib
import copy
import inspect
import io
import linecache
import operator
import os
import random
import signal
import sys
import traceback
import types
import warnings
from functools import partial

import numpy as np

from nnlib.grading import cells, wire
from nnlib.grading.inside.shell import Shell, pictures

REQUEST, ANSWER, REPLY, CALLBACK = range(4)
HERE, THERE, RANDOM, SHOWN, PASSED = range(5)  # what a number stands for
MOST_WARNINGS = 100  # that are kept of one request
MOST_TEXT = 100_000  # characters of output that are kept of one request
AGAIN = 0.25  # seconds until one who caught the alarm hears it again
NESTED = {list, tuple, dict, set}  # what may hold arrays

# What a class may be able to do, in the order of the bits that say so.
_SPECIAL = """
call getitem setitem delitem len iter next contains enter exit bool int float
complex index array abs neg pos invert round add sub mul matmul truediv
floordiv mod divmod pow lshift rshift and xor or radd rsub rmul rmatmul
rtruediv rfloordiv rmod rpow rand rxor ror eq ne lt le gt ge iadd isub imul
imatmul itruediv hash str repr
"""
ABILITIES = tuple(_SPECIAL.split())
_OPERATORS = """
getitem setitem delitem contains index neg pos invert add sub mul matmul
truediv floordiv mod pow lshift rshift xor eq ne lt le gt ge iadd isub imul
imatmul itruediv
"""

OPERATIONS = {
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "type": type,
    "dir": dir,
    "array": lambda thing: np.array(thing.__array__()),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "super": super,
    "source": inspect.getsource,
    "code": lambda thing: _code(thing),
    "amend": lambda thing, name, new: _amend(thing, name, new),
    "seed": lambda whose, seed: SEEDS[whose](seed),
    "signature": lambda thing: [
        [p.name, p.kind.value, p.default is not p.empty, _default(p)]
        for p in inspect.signature(thing).parameters.values()
    ],
    "isinstance": isinstance,
    "call": lambda thing, *args, **named: thing(*args, **named),
    "str": str,
    "repr": repr,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "len": len,
    "iter": iter,
    "next": next,
    "abs": abs,
    "round": round,
    "divmod": divmod,
    "hash": hash,
    "and": operator.and_,
    "or": operator.or_,
    "enter": lambda thing: type(thing).__enter__(thing),
    "exit": lambda thing, *what: type(thing).__exit__(thing, *_raised(*what)),
    **{name: getattr(operator, name) for name in _OPERATORS.split()},
}


PASSED_BACK = {list, dict, set, np.ndarray}  # what `is` may be asked of


class Argument:
    """Stands for an argument, in place of a copy of it."""

    def __init__(self, number):
        self.number = number


def _code(thing):
    """Return what a test may want to know of a function's code."""
    found = {n: getattr(thing.__code__, n) for n in dir(thing.__code__)}
    plain = (int, str, tuple)
    return {
        n: value
        for n, value in found.items()
        if n.startswith("co_") and type(value) in plain and n != "co_consts"
    }


SEEDS = {"random": random.seed, "numpy": np.random.seed}


def _amend(thing, name, new):
    """Change an attribute in place, or set it where that is not possible."""
    old = getattr(thing, name)
    wire.change(old, new)
    fits = type(old) is not np.ndarray or old.shape == new.shape
    if type(old) is not type(new) or not fits:
        setattr(thing, name, new)


def _default(parameter):
    """Return a parameter's default, if a test may want to see it."""
    plain = (type(None), bool, int, float, str, tuple)
    return parameter.default if type(parameter.default) in plain else None


def _raised(name=None, text=""):
    """Return the three things that `__exit__` is told of an error."""
    if name is None:
        return None, None, None
    kind = getattr(builtins, name, Exception)
    return kind, kind(text), None


class OutOfTime(BaseException):
    """Ends what takes too long. Not an Exception, so few catch it."""


class Heard:
    """What was printed: the first MOST_TEXT characters of a request."""

    def __init__(self):
        self.parts, self._room = [], MOST_TEXT

    def add(self, name, text):
        if self._room > 0 and text:
            self.parts.append([name, text[: self._room]])
            self._room -= len(text)

    def taken(self):
        """Return it, and start afresh."""
        parts = self.parts
        self.__init__()
        return parts


class Stream(io.TextIOBase):
    """A standard stream that is heard."""

    def __init__(self, name, heard):
        self._name, self._heard = name, heard

    def writable(self):
        return True

    def write(self, text):
        self._heard.add(self._name, str(text))
        return len(text)


class Elsewhere:
    """Stands for an object of the other side: what it shows can be asked."""

    def __init__(self, number, ask):
        self.__dict__.update(_is_there=number, _ask=ask)

    def __getattr__(self, name):
        found = None if name.startswith("_") else self._ask(name)
        if not found:
            raise AttributeError(name)
        return found[0]

    def __iter__(self):
        return self

    def __next__(self):
        found = self._ask("")
        if not found:
            raise StopIteration
        return found[0]


class Unbound:
    """Stands for what can be called there and is no function."""

    def __init__(self, function):
        self.__dict__.update(vars(function), __name__=function.__name__)
        self._function = function

    def __call__(self, *args, **named):
        return self._function(*args, **named)


def _as_argument(value, args):
    """Return which argument a value is, if it is one; else the value."""
    for number, one in enumerate(args):
        if one is value:
            return Argument(number)
    return value


def _is_stub(thing):
    return type(thing) in (Elsewhere, Unbound, types.FunctionType)


class Session:
    """Everything that one submission has made so far.

    Parameters
    ----------
    channel : int
        The file descriptor of a socket.
    """

    def __init__(self, channel):
        self._channel, self._reader = (
            channel,
            wire.Reader(partial(os.read, channel)),
        )
        self._codec = wire.Codec(self._keep, self._find)
        self._things, self._numbers, self._stubs = [], {}, {}
        self._generators, self._states = {}, {}  # by the other side's number
        self._told, self._told_now = set(), set()  # numbers
        self._heard, self._warned = Heard(), []
        self._is_students = False
        main = types.ModuleType("__main__")
        sys.modules["__main__"], self.names = main, main.__dict__
        self._shell = shell = Shell(self.names)
        self.names.update(get_ipython=lambda: shell, display=shell.display)

    def serve(self):
        """Do what the other side asks, until it closes the channel."""
        signal.signal(signal.SIGALRM, self._ring)
        sys.stdout = Stream("stdout", self._heard)
        sys.stderr = Stream("stderr", self._heard)
        cells.hear_usual_warnings()
        warnings.showwarning = self._show_warning
        with contextlib.suppress(wire.Closed):
            while True:
                self._do(self._receive())

    # --- messages -----------------------------------------------------------

    def _receive(self):
        return self._codec.decode(*self._reader.read())

    def _send(self, *message):
        self._told_now = set()
        frame = self._codec.encode(list(message))
        wire.write(self._channel, frame)
        self._told |= self._told_now

    def _do(self, message):
        """Answer one request, whatever it comes to."""
        _, what, args, named, seconds, listens = message
        before = self._seen(args, named) if what == "call" else None
        failed, value = self._tried(what, args, named, seconds, listens)
        try:
            has_changed = before and before != self._seen(args, named)
            changed = [args, named] if has_changed else None
            if what == "call" and type(value) in PASSED_BACK:
                value = _as_argument(value, args)
            self._send(REPLY, failed, value, self._more(changed))
        except wire.Closed:
            raise
        except BaseException as error:
            self._heard.taken()
            self._send(REPLY, True, self._unsendable(error), None)

    def _seen(self, args, named):
        """Return what arguments look like, if a function may change them."""
        if named or any(type(a) in NESTED for a in args):
            return self._codec.encode([args, named])
        return [a.tobytes() for a in args if type(a) is np.ndarray]

    def _more(self, changed):
        drawn = self._drawn() if self._generators else None
        if not (self._heard.parts or self._warned or changed or drawn):
            return None
        warned, self._warned = self._warned, []
        return [self._heard.taken(), warned, changed, drawn]

    def _drawn(self):
        """Return the states of those generators that were drawn from.

        One that nobody holds any more, but this table, is forgotten.
        """
        drawn = []
        for number in list(self._generators):
            state = wire.state_of(self._generators[number])
            if state != self._states[number]:
                self._states[number] = state
                drawn.append([number, state])
            if sys.getrefcount(self._generators[number]) == 2:
                del self._generators[number]
        return drawn

    def _unsendable(self, error):
        """Return what to say of a result that cannot be sent."""
        kind = "TooLarge" if isinstance(error, wire.TooLarge) else "TypeError"
        text = f"the result cannot be read: {_text_of(error)[:500]}"
        return [kind, "ValueError", [text], text, "", "", True, None]

    # --- requests -----------------------------------------------------------

    def _tried(self, what, args, named, seconds, listens):
        """Return (whether it failed, the value or what went wrong)."""
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
            if listens:
                return False, self._attentively(listens, what, args, named)
            return False, self._done(what, args, named)
        except wire.Closed:
            raise
        except BaseException as error:
            self._is_students = False
            return True, self._problem(error)
        finally:
            self._is_students = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _done(self, what, args, named):
        """Do one thing and return what comes of it."""
        if what == "cell":
            return self._cell(*args)
        if what == "names":
            return self._named(*args)
        if what == "begin":
            return self._begin(*args)
        if what == "file":
            return self._file(*args)
        operation = OPERATIONS[what]
        self._is_students = True
        return operation(*args, **named)

    def _file(self, path, data):
        """Put a file beside the notebook."""
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as file:
            file.write(data.tobytes())

    def _begin(self, seed):
        """Start from a known state of the random numbers and the path."""
        sys.path.append("")  # at the end: a file called numpy.py hides none
        random.seed(seed)
        np.random.seed(seed)

    def _cell(self, source, name, draws):
        """Run a cell; return [what its last line shows, pictures]."""
        self._is_students = True
        value = cells.run(source, self.names, name)
        shown = None
        if value is not None:
            self.names["_"] = value
            shown = repr(value)[:MOST_TEXT]
        drawn = pictures(self._shell.shown, draws)
        self._is_students = False
        return [shown if not drawn else None, drawn]

    def _named(self, wanted, changes):
        """Take changed names over; return those of `wanted` that exist."""
        for name, is_there, value in changes:
            if is_there:
                self.names[name] = value
            else:
                self.names.pop(name, None)
        found = [[n, self.names[n]] for n in wanted if n in self.names]
        return [pair for pair in found if self._can_cross(pair[1])]

    def _can_cross(self, value):
        """Return whether a value can be sent, as data or as a number."""
        if type(value) in (types.FunctionType, type):
            return True
        try:
            self._codec.encode(value)
        except Exception:
            return False
        return True

    # --- time and attention -------------------------------------------------

    def _ring(self, number, frame):
        if self._is_students:
            raise OutOfTime

    def _attentively(self, listens, *request):
        """Do one thing, and hear every warning on the way."""
        filters = warnings.filters[:]
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # about files
        try:
            with np.errstate(**listens):
                return self._done(*request)
        finally:
            warnings.filters[:] = filters
            warnings._filters_mutated()

    def _show_warning(self, message, category, filename, *place, **more):
        if len(self._warned) < MOST_WARNINGS:
            own = str(filename).startswith(cells.FIRST)
            name = getattr(category, "__name__", "Warning")
            text = str(message)[:2000]
            module = "__main__" if own else "a package"
            self._warned.append([str(name), text, module])

    # --- errors -------------------------------------------------------------

    def _problem(self, error):
        """Return what went wrong, as data.

        Returns
        -------
        [name, base, args, text, line, function, is_answers, own]
            base is the nearest exception that both sides know; own is the
            error itself, if its class is the student's.
        """
        if isinstance(error, OutOfTime):
            return ["OutOfTime", "", [], "", *self._line(error), None]
        if isinstance(error, StopIteration):
            returned = [] if error.value is None else [error.value]
            return ["StopIteration"] * 2 + [returned, "", "", "", True, None]
        kind = type(error)
        base = next(
            (c.__name__ for c in kind.__mro__ if _is_known(c)), "Exception"
        )
        args = [a for a in error.args if type(a) in (str, int, float, bool)]
        if len(args) != len(error.args):
            args = [_text_of(error)]
        args = [a[:5000] if type(a) is str else a for a in args[:5]]
        is_own = isinstance(error, Exception) and not _is_known(kind)
        own = error if is_own else None
        text = _text_of(error)[:MOST_TEXT]
        name = kind.__name__[:200]
        return [name, base, args, text, *self._line(error), own]

    def _line(self, error):
        """Return the innermost line of the student's, and its function."""
        if isinstance(error, SyntaxError) and error.lineno:
            return [
                f"line {error.lineno}: {(error.text or '').strip()}",
                "",
                True,
            ]
        frames = [
            (frame.f_code, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
            if frame.f_code.co_filename.startswith(cells.FIRST)
        ]
        if not frames:
            return ["", "", True]
        (outer, _), (code, line) = frames[0], frames[-1]
        text = linecache.getline(code.co_filename, line).strip()
        place = f"line {line}: {text}"[:1000]
        return [place, code.co_name[:200], outer is code]

    # --- things that stay here ----------------------------------------------

    def _keep(self, thing):
        """Return the number that stands for a thing of this side."""
        if type(thing) is Argument:
            return PASSED, thing.number
        there = thing.__dict__.get("_is_there") if _is_stub(thing) else None
        if type(there) is int and self._stubs.get(there) is thing:
            return THERE, there
        if type(thing) is np.random.Generator:
            return RANDOM, self._number_of(thing)
        number = self._numbers.get(id(thing))
        if number is None:
            number = self._numbers[id(thing)] = len(self._things)
            self._things.append(thing)
        if number in self._told:
            return HERE, number
        self._told_now.add(number)
        return HERE, [number, *_described(thing)]

    def _find(self, kind, value):
        """Return what a number from the other side stands for."""
        if kind == HERE:
            return self._things[value]
        if kind == SHOWN:
            number, ask = value
            if number not in self._stubs:
                self._stubs[number] = Elsewhere(number, ask)
            return self._stubs[number]
        if kind == RANDOM:
            number, state = value
            rng = wire.generator_in(state, self._generators.get(number))
            self._generators[number], self._states[number] = rng, state
            return rng
        number, name, binds = value
        if number not in self._stubs:
            stub = self._stub(number, name)
            self._stubs[number] = stub if binds else Unbound(stub)
        return self._stubs[number]

    def _number_of(self, rng):
        """Return the other side's number of a generator, or its state."""
        for number, known in self._generators.items():
            if known is rng:
                return number
        return wire.state_of(rng)

    def _stub(self, number, name):
        """Return a function that calls one of the other side's."""

        def there(*args, **named):
            return self._call_back(number, args, named)

        there.__name__ = there.__qualname__ = name
        there._is_there = number
        return there

    def _call_back(self, number, args, named):
        was, self._is_students = self._is_students, False
        try:
            self._send(CALLBACK, number, args, named)
            while (message := self._receive())[0] == REQUEST:
                left = signal.getitimer(signal.ITIMER_REAL)
                self._do(message)
                signal.setitimer(signal.ITIMER_REAL, *left)
        finally:
            self._is_students = was
        _, failed, value = message
        if failed:
            name, text = value
            raise getattr(builtins, name, RuntimeError)(text)
        return value


def _is_known(kind):
    return (
        kind.__module__ == "builtins" or kind is np.linalg.LinAlgError
    ) and issubclass(kind, Exception)


def _text_of(error):
    try:
        return str(error)
    except Exception:
        return ""


def _described(thing):
    """Return [what it is, its name, its class or what its class is]."""
    kind = type(thing)
    if isinstance(thing, type):
        known = [c for c in thing.__bases__ if c.__module__ != "builtins"]
        errors = [c.__name__ for c in thing.__mro__ if _is_known(c)]
        base, bits = errors[0] if errors else "", abilities_of(thing)
        return ["class", thing.__name__[:200], known[:8], base, bits]
    if kind in (types.FunctionType, types.MethodType, types.BuiltinMethodType):
        return ["function", str(thing.__name__)[:200]]
    return ["object", kind.__name__[:200], kind]


def abilities_of(kind):
    """Return which of ABILITIES a class has, as bits of a number."""
    return sum(
        1 << i
        for i, name in enumerate(ABILITIES)
        if _is_able(kind, f"__{name}__")
    )


def _is_able(kind, name):
    if name in (
        "__eq__",
        "__ne__",
        "__hash__",
        "__str__",
        "__repr__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
    ):
        return getattr(kind, name, None) is not getattr(object, name)
    return getattr(kind, name, None) is not None
