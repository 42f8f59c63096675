"""What passes between the two sides of the grader: data, and nothing else.

A frame is two lengths, a msgpack text, and the bytes of all its arrays. Both
lengths are bounded before any memory is taken, every array is measured
against the bytes that came, and what is not data crosses as a number that
only its own side can resolve. Nothing is ever unpickled.

The same file runs inside the sandbox, so it imports numpy and msgpack alone.
"""

import builtins
import functools
import math
import os
import re
import struct
import sys
import time
from collections import Counter, OrderedDict, defaultdict, namedtuple
from datetime import date, datetime
from datetime import time as clock
from decimal import Decimal
from fractions import Fraction

import msgpack
import numpy as np

LARGEST_TEXT = 2 << 20  # bytes of msgpack: at most 160 MB as objects
LARGEST_DATA = 64 << 20  # bytes of arrays
MOST_EQUAL = 16  # hashes of a dict or a set: more are meant to be slow
DEEPEST = 32  # tuples in tuples: each takes some of the C stack
LONGEST_INT = 8192  # bytes
LONGEST_PATTERN = 1000  # characters
DTYPE = re.compile(r"[<>|=]?[?biufcSUmM]\d{1,9}(\[\d{0,9}[a-zA-Z]{1,2}\])?")
KINDS = "?biufcSUmM"  # of arrays that are nothing but numbers and text

_HEAD = struct.Struct("<II")
_COMPLEX = struct.Struct("<dd")
_TUPLE, _SET, _FROZENSET, _RANGE, _SLICE = 1, 2, 3, 4, 5
_COMPLEX_CODE, _INT, _ARRAY, _SCALAR, _ELLIPSIS = 6, 7, 8, 9, 10
_NAMED, _WRITTEN, _DICT, _TYPE, _PATTERN = 12, 13, 14, 15, 16
_ABOVE_ALL = 20  # from here on: what `keep` and `find` know


class Malformed(Exception):
    """What came is not what this protocol writes."""


class TooLarge(Exception):
    """What should be sent has more than the other side takes."""


class Closed(Exception):
    """The other side is gone."""


class TimedOut(Exception):
    """Nothing came in time."""


class Codec:
    """Writes and reads values; things that are not data become numbers.

    Parameters
    ----------
    keep : callable
        keep(thing) -> (kind, value): what stands for a thing that cannot
        cross; kind is a small int, value is data. It may raise TypeError.
    find : callable
        find(kind, value) -> the thing that such a pair of the *other* side
        stands for here. It may raise Malformed.
    """

    def __init__(self, keep, find):
        self._keep, self._find = keep, find
        self._data = []
        # One for each level of tuples in tuples: making one takes long.
        self._packers, self._level = [], 0

    def encode(self, value):
        """Return the frame for a value, as one bytes object."""
        self._data, self._level = [], 0
        text = self._pack(value)
        size = sum(map(len, self._data))
        if len(text) > LARGEST_TEXT or size > LARGEST_DATA:
            raise TooLarge(
                f"it takes {max(len(text), size):,} bytes, and at most "
                f"{LARGEST_TEXT:,} bytes of values and {LARGEST_DATA:,} of "
                "arrays are looked at"
            )
        return b"".join([_HEAD.pack(len(text), size), text, *self._data])

    def _pack(self, value):
        if self._level > DEEPEST:
            raise TooLarge("it is nested too deeply")
        if self._level == len(self._packers):
            packer = msgpack.Packer(
                default=self._other,
                strict_types=True,
                unicode_errors="surrogatepass",
                buf_size=4096,
            )
            self._packers.append(packer)
        self._level += 1
        try:
            return self._packers[self._level - 1].pack(value)
        finally:
            self._level -= 1

    def _other(self, thing):
        kind, pack, data = type(thing), self._pack, self._data
        if kind is np.ndarray or isinstance(thing, np.generic):
            return _array(thing, data) or self._kept(thing)
        if isinstance(thing, np.ndarray):
            plain = np.ndarray.view(thing, np.ndarray)
            return _array(plain, data) or self._kept(thing)
        if kind is tuple:
            return msgpack.ExtType(_TUPLE, pack(list(thing)))
        if kind in (set, frozenset):
            code = _SET if kind is set else _FROZENSET
            return msgpack.ExtType(code, pack(_in_order(thing)))
        if kind is int:
            size = thing.bit_length() // 8 + 1
            if size > LONGEST_INT:
                raise TooLarge(f"an int of {size:,} bytes")
            return msgpack.ExtType(
                _INT, thing.to_bytes(size, "little", signed=True)
            )
        if kind is complex:
            return msgpack.ExtType(
                _COMPLEX_CODE, _COMPLEX.pack(thing.real, thing.imag)
            )
        if kind in (range, slice):
            code = _RANGE if kind is range else _SLICE
            ends = [thing.start, thing.stop, thing.step]
            return msgpack.ExtType(code, pack(ends))
        if thing is Ellipsis:
            return msgpack.ExtType(_ELLIPSIS, b"")
        if kind in WRITTEN:
            number = list(WRITTEN).index(kind)
            return msgpack.ExtType(_WRITTEN, pack([number, str(thing)]))
        if kind is re.Pattern and len(thing.pattern) <= LONGEST_PATTERN:
            return msgpack.ExtType(
                _PATTERN, pack([thing.pattern, thing.flags])
            )
        if kind in DICTS:
            parts = [DICTS.index(kind), dict(thing)]
            return msgpack.ExtType(_DICT, pack(parts))
        if isinstance(thing, type) and thing in TYPES:
            return msgpack.ExtType(_TYPE, pack(TYPES[thing]))
        if _is_named(kind):
            parts = [kind.__name__, list(kind._fields), list(thing)]
            return msgpack.ExtType(_NAMED, pack(parts))
        return self._kept(thing)

    def _kept(self, thing):
        kind, value = self._keep(thing)
        return msgpack.ExtType(_ABOVE_ALL + kind, self._pack(value))

    def decode(self, text, data):
        """Return the value of a frame's two parts, or raise Malformed."""
        view, place, level = memoryview(data), [0], [0]

        def other(code, body):
            return self._resolved(code, bytes(body), unpack, view, place)

        def unpack(part):
            level[0] += 1
            if level[0] > DEEPEST + 1:
                raise Malformed("nested too deeply")
            value = msgpack.unpackb(
                part,
                ext_hook=other,
                object_pairs_hook=_as_dict,
                strict_map_key=False,
                unicode_errors="surrogatepass",
                timestamp=1,  # as a plain number: nobody sends one
            )
            level[0] -= 1
            return value

        try:
            value = unpack(text)
        except Malformed:
            raise
        except (
            ValueError,  # msgpack's own errors are of this kind
            TypeError,  # a list as a key of a dict
            RecursionError,
            MemoryError,
            OverflowError,
            struct.error,
            ArithmeticError,  # a fraction with 0 below, a number that is none
            IndexError,
            AttributeError,
            msgpack.exceptions.StackError,
        ) as error:
            raise Malformed(f"{type(error).__name__} in a frame") from None
        if place[0] != len(view):
            raise Malformed("bytes that belong to no array")
        return value

    def _resolved(self, code, body, unpack, view, place):
        if code == _TUPLE:
            return tuple(_listed(unpack(body)))
        if code in (_ARRAY, _SCALAR):
            return _from_bytes(code, body, view, place)
        if code in (_SET, _FROZENSET):
            parts = _with_fair_hashes(_listed(unpack(body)))
            return (set if code == _SET else frozenset)(parts)
        if code == _INT and len(body) <= LONGEST_INT:
            return int.from_bytes(body, "little", signed=True)
        if code == _COMPLEX_CODE:
            return complex(*_COMPLEX.unpack(body))
        if code in (_RANGE, _SLICE):
            start, stop, step = _listed(unpack(body))
            return (range if code == _RANGE else slice)(start, stop, step)
        if code == _ELLIPSIS:
            return Ellipsis
        if code == _NAMED:
            name, fields, values = _listed(unpack(body))
            return _named(name, *map(tuple, (fields, values)))
        if code == _WRITTEN:
            number, text = _listed(unpack(body))
            return [*WRITTEN.values()][number](text[:LONGEST_INT])
        if code == _PATTERN:
            return _pattern(*_listed(unpack(body)))
        if code == _TYPE:
            return _type_called(unpack(body))
        if code == _DICT:
            number, parts = _listed(unpack(body))
            return _as_kind(DICTS[number], parts)
        if code >= _ABOVE_ALL:
            return self._find(code - _ABOVE_ALL, unpack(body))
        raise Malformed("an unknown kind of value")


def _in_order(parts):
    """Return a set's parts, in order if they are plain: nobody is asked."""
    kinds = set(map(type, parts))
    is_plain = len(kinds) == 1 and kinds <= {int, float, str, bytes}
    return sorted(parts) if is_plain else list(parts)


def _as_dict(pairs):
    _with_fair_hashes([key for key, _ in pairs])
    return dict(pairs)


def _with_fair_hashes(keys):
    """Return keys that do not all have one hash, which takes for ever."""
    if len(keys) > MOST_EQUAL:
        # Sorted, not counted: a table of equal hashes is slow as well.
        hashes = sorted(map(hash, keys))
        pairs = zip(hashes, hashes[MOST_EQUAL:], strict=False)
        if any(first == later for first, later in pairs):
            raise Malformed("equal hashes")
    return keys


# --- what the standard library makes of plain data ---------------------------

# Numbers and dates that are as good as their text.
WRITTEN = {
    Fraction: lambda text: Fraction(*map(int, text.split("/"))),
    Decimal: Decimal,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    clock: clock.fromisoformat,
}
DICTS = [Counter, OrderedDict, defaultdict]


# Types that are the same on both sides, by their names.
TYPES = {
    kind: f"{kind.__module__}.{kind.__name__}"
    for kind in (
        *(bool, int, float, complex, str, bytes, bytearray, object),
        *(list, tuple, dict, set, frozenset, range, slice, type(None)),
        *(
            k
            for k in vars(builtins).values()
            if isinstance(k, type) and issubclass(k, BaseException)
        ),
        *{
            k
            for k in vars(np).values()
            if isinstance(k, type) and issubclass(k, np.generic)
        },
        np.ndarray,
        *(Fraction, Decimal, Counter, OrderedDict, defaultdict),
    )
}


def _pattern(text, flags):
    if type(text) not in (str, bytes) or len(text) > LONGEST_PATTERN:
        raise Malformed("no pattern")
    try:
        return re.compile(text, flags)
    except re.error:
        raise Malformed("a pattern that is none") from None


def _type_called(name):
    for kind, known in TYPES.items():
        if known == name:
            return kind
    raise Malformed("an unknown type")


def _is_named(kind):
    """Return whether a class was made by namedtuple and not touched since."""
    fields = kind.__dict__.get("_fields")
    is_tuple = kind.__bases__ == (tuple,) and type(fields) is tuple
    return is_tuple and _are_names((kind.__name__, *fields))


def _are_names(names):
    return len(names) <= 64 and all(
        type(n) is str and n.isascii() and len(n) < 100 for n in names
    )


def _named(name, fields, values):
    """Return a namedtuple; its class is made here, from its names alone."""
    kind = _namedtuple(name, fields)
    if len(fields) != len(values):
        raise Malformed("too many fields")
    return kind._make(values)


@functools.lru_cache(256)
def _namedtuple(name, fields):
    if not _are_names((name, *fields)):
        raise Malformed("no names")
    return namedtuple(name, fields)


def _as_kind(kind, parts):
    if type(parts) is not dict:
        raise Malformed("no dict")
    return kind(None, parts) if kind is defaultdict else kind(parts)


def _listed(value):
    if type(value) is not list:
        raise Malformed("a list is needed here")
    return value


# --- arrays -----------------------------------------------------------------


@functools.lru_cache(1024)
def _description(dtype, shape):
    return msgpack.packb([dtype, shape])


def _array(array, data):
    """Return what stands for an array, or None if it holds objects."""
    if array.dtype.kind not in KINDS or array.dtype.fields is not None:
        return None
    code = _ARRAY if isinstance(array, np.ndarray) else _SCALAR
    if array.nbytes > LARGEST_DATA:
        raise TooLarge(f"an array of {array.nbytes:,} bytes")
    data.append(array.tobytes()[: array.nbytes])  # "" would have one
    return msgpack.ExtType(code, _description(array.dtype.str, array.shape))


@functools.lru_cache(1024)
def _described(body):
    """Return (dtype, shape, bytes needed) that a description asks for."""
    name, shape = _listed(msgpack.unpackb(body))
    if type(name) is not str or not DTYPE.fullmatch(name):
        raise Malformed("no dtype")
    dtype = np.dtype(name)
    if dtype.kind not in KINDS or dtype.fields is not None or dtype.subdtype:
        raise Malformed("a dtype that is not of numbers or text")
    if len(_listed(shape)) > 32 or not all(
        type(n) is int and 0 <= n <= LARGEST_DATA for n in shape
    ):
        raise Malformed("no shape")
    return dtype, tuple(shape), math.prod(shape) * dtype.itemsize


def _from_bytes(code, body, view, place):
    if len(body) > 400:
        raise Malformed("a long description")
    dtype, shape, size = _described(body)
    start, end = place[0], place[0] + size
    is_empty = math.prod(shape) and not dtype.itemsize
    if end > len(view) or (is_empty and code == _ARRAY):
        raise Malformed("an array with too few bytes")
    place[0] = end
    part = view[start:end].tobytes()
    _check_values(dtype, part)
    array = np.ndarray(shape, dtype, part).copy()
    return array if code == _ARRAY else array[()]


def _check_values(dtype, part):
    """Refuse bytes that are no value of their kind, which numpy trusts."""
    top = 0
    if dtype.kind == "b":
        top = max(part, default=0)
        most = 1
    elif dtype.kind == "U" and part:
        codes = np.frombuffer(part, np.dtype("u4").newbyteorder(dtype.str[0]))
        top, most = codes.max(), sys.maxunicode
    if top and top > most:
        raise Malformed("bytes that are no value of their dtype")


# --- what was changed on the other side --------------------------------------


def change(old, new):
    """Make a thing that was passed look as the other side has left it."""
    if type(old) is not type(new):
        return
    if type(old) is np.ndarray:
        if old.shape == new.shape and old.dtype == new.dtype:
            old[...] = new
    elif type(old) is list:
        if len(old) == len(new):
            old[:] = [_changed(a, b) for a, b in zip(old, new, strict=True)]
        else:
            old[:] = new
    elif type(old) is tuple and len(old) == len(new):
        for a, b in zip(old, new, strict=True):
            change(a, b)
    elif type(old) is dict:
        now = {k: _changed(old.get(k), v) for k, v in new.items()}
        old.clear()
        old.update(now)
    elif type(old) is set:
        old.clear()
        old.update(new)


def _changed(old, new):
    """Return the old thing, changed, if it can be changed; else the new."""
    if type(old) is type(new) and type(old) in (list, dict, set):
        change(old, new)
        return old
    if type(old) is type(new) is tuple and len(old) == len(new):
        return tuple(_changed(a, b) for a, b in zip(old, new, strict=True))
    if type(old) is not np.ndarray or type(new) is not np.ndarray:
        return new
    if old.shape == new.shape and old.dtype == new.dtype:
        old[...] = new
        return old
    return new


# --- random generators ------------------------------------------------------


def state_of(rng):
    """Return the state of a numpy Generator as data."""
    return [type(rng.bit_generator).__name__, rng.bit_generator.state]


def generator_in(state, rng=None):
    """Return a numpy Generator in a state that came as data.

    Parameters
    ----------
    state : list
        What `state_of` returned.
    rng : numpy.random.Generator, optional
        One to be put into that state, if it is of the same kind.
    """
    name, inner = _listed(state)
    # The others' states hold indices that numpy believes.
    if name not in ("PCG64", "PCG64DXSM"):
        raise Malformed("a random generator that is no PCG64")
    rng = rng or np.random.Generator(getattr(np.random, name)(0))
    try:
        rng.bit_generator.state = inner
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise Malformed(f"{type(error).__name__} in a generator") from None
    return rng


# --- the channel ------------------------------------------------------------


def write(fd, frame):
    """Write a whole frame to a socket.

    Raises
    ------
    Closed
        If nobody is there to read it.
    """
    try:
        done = os.write(fd, frame)
        while done < len(frame):
            done += os.write(fd, memoryview(frame)[done:])
    except OSError as error:
        raise Closed(str(error)) from None


class Reader:
    """Reads frames from a socket; what arrives early waits in a buffer.

    Parameters
    ----------
    receive : callable
        receive(n) -> at most n bytes, and none at the end.
    """

    def __init__(self, receive):
        self._receive, self._early = receive, b""

    def read(self, until=math.inf):
        """Return the two parts of the next frame.

        Parameters
        ----------
        until : float
            When to give up, on the clock time.monotonic().

        Returns
        -------
        (text, data) : bytes and bytes

        Raises
        ------
        Closed, TimedOut, Malformed
        """
        self._have(_HEAD.size, until)
        text, data = _HEAD.unpack_from(self._early)
        if text > LARGEST_TEXT or data > LARGEST_DATA:
            raise Malformed(f"a frame of {text + data:,} bytes")
        middle, end = _HEAD.size + text, _HEAD.size + text + data
        self._have(end, until)
        whole, self._early = self._early, self._early[end:]
        return whole[_HEAD.size : middle], whole[middle:end]

    def _have(self, size, until):
        """Read until the buffer has so many bytes."""
        parts, missing = [self._early], size - len(self._early)
        while missing > 0:
            try:
                part = self._receive(max(missing, 65536))
            except TimeoutError:
                raise TimedOut from None
            except OSError as error:
                raise Closed(str(error)) from None
            if not part:
                raise Closed("the end of the channel")
            parts.append(part)
            missing -= len(part)
            if time.monotonic() > until:
                raise TimedOut
        self._early = b"".join(parts) if len(parts) > 1 else parts[0]
