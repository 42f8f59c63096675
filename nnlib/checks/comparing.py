"""Is this the expected result, and if not, where does it first differ?"""

import inspect
import math

import numpy as np

from nnlib.checks.exercise import RELATIVE

ABSOLUTE = 1e-7
LARGEST = 10_000  # entries that are written out


def difference(came, expected, names, relative=RELATIVE):
    """Return a sentence on the first difference, or None if there is none.

    Parameters
    ----------
    came : object
        Anything at all.
    expected : object or tuple of object
        One result, or a tuple of as many as there are names. A list of
        numbers counts as an array; any other list is gone through.
    names : tuple of str
    relative : float
        How far a number may be off, as a share of it.

    Returns
    -------
    str or None

    >>> difference(np.array([1.0, 2.5]), np.array([1.0, 2.0]), ("w",))
    'w[1] is 2.5, and 2.0 is expected.'
    >>> difference((np.zeros(2), 1), (np.zeros(2), 1.0), ("w", "b"))
    >>> difference([(np.zeros(2), 1.0)], [(np.zeros(2), 0.5)], ("grads",))
    'grads[0][1] is 1.0, and 0.5 is expected.'
    """
    if came is None:
        return (
            "It returned None. Does every way through the function end in "
            "return?"
        )
    if len(names) == 1:
        return _part_difference(came, expected, names[0], relative)
    if not isinstance(came, tuple | list) or len(came) != len(names):
        count = len(came) if isinstance(came, tuple | list) else 1
        values = "value" if count == 1 else "values"
        return (
            f"It returned {count} {values}, and {len(names)} are expected: "
            f"({', '.join(names)})."
        )
    for part, want, name in zip(came, expected, names, strict=True):
        found = _part_difference(part, want, name, relative)
        if found:
            return found
    return None


def _part_difference(came, expected, name, relative):
    if came is None:
        return f"{name} is None. Does every way through end in return?"
    if isinstance(expected, str):
        if isinstance(came, str) and came == expected:
            return None
        return f"{name} is {as_code(came)}, and {expected!r} is expected."
    if holds_parts(expected):
        return _list_difference(came, expected, name, relative)
    return _leaf_difference(came, expected, name, relative)


def holds_parts(value):
    """Return whether a value is a list of more than plain numbers.

    >>> holds_parts([1.0, 2.0]), holds_parts([(1, 2), (3, 4)])
    (False, True)
    """
    return isinstance(value, tuple | list) and not all(
        isinstance(part, int | float | np.number) for part in value
    )


def _list_difference(came, expected, name, relative):
    is_list = isinstance(came, tuple | list) or (
        isinstance(came, np.ndarray) and came.ndim > 0
    )
    if not is_list:
        return f"{name} is {_kind(came)}, and a list is expected."
    if len(came) != len(expected):
        entries = "entry" if len(came) == 1 else "entries"
        return (
            f"{name} has {len(came)} {entries}, and {len(expected)} are "
            "expected."
        )
    for i, (part, want) in enumerate(zip(came, expected, strict=True)):
        found = _part_difference(part, want, f"{name}[{i}]", relative)
        if found:
            return found
    return None


def _leaf_difference(came, expected, name, relative):
    expected = np.asarray(expected)
    try:
        array = np.asarray(came)
    except ValueError:
        array = np.asarray(None)
    kinds = "biuf" if expected.dtype.kind in "iu" else "iuf"
    if array.dtype.kind not in kinds:
        if array.dtype.kind == "b":
            return f"{name} holds True and False, and numbers are expected."
        return f"{name} is {_kind(came)}, and {_kind(expected)} is expected."
    if array.shape != expected.shape:
        return f"{name} is {_kind(array)}, and {_kind(expected)} is expected."
    close = np.isclose(
        array, expected, rtol=relative, atol=ABSOLUTE, equal_nan=True
    )
    if close.all():
        return None
    first = tuple(map(int, np.argwhere(~close)[0]))
    at = f"{name}[{', '.join(map(str, first))}]" if first else name
    return (
        f"{at} is {array[first].item()!r}, and "
        f"{expected[first].item()!r} is expected."
    )


def _kind(value):
    """Say what a value is: "an array of shape (3,)", "one number".

    >>> _kind(np.zeros((2, 3))), _kind(1.5), _kind(np.array(["a"]))
    ('an array of shape (2, 3)', 'one number', 'an array of text')
    """
    if isinstance(value, np.ndarray) and value.dtype.kind not in "biuf":
        words = {"U": "text", "S": "bytes", "c": "complex numbers"}
        return f"an array of {words.get(value.dtype.kind, 'objects')}"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, int | float | np.number | np.ndarray):
        return "one number"
    return a_type(value)


def a_type(value):
    """Return a value's type with its article.

    >>> a_type("x"), a_type(3)
    ('a str', 'an int')
    """
    name = type(value).__name__
    starts_like_a_vowel = name[0] in "aeio" or name == "ndarray"
    return f"{'an' if starts_like_a_vowel else 'a'} {name}"


def holds_booleans(came):
    """Return whether a result, or a part of it, is True and False.

    >>> holds_booleans((np.array([1.0]), np.array([True])))
    True
    """
    if isinstance(came, tuple | list):
        return any(map(holds_booleans, came))
    return np.asarray(came).dtype.kind == "b"


def as_code(value):
    """Return Python source that makes `value`, with every digit.

    >>> as_code(np.array([0.1, -2.0]))
    'np.array([0.1, -2.0])'
    """
    if isinstance(value, np.ndarray) and value.size > LARGEST:
        return f"an array of shape {value.shape}"
    if isinstance(value, np.ndarray):
        return f"np.array({as_code(value.tolist())})"
    if isinstance(value, np.generic):
        return as_code(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return f"-np.{-value}" if value < 0 else f"np.{value}"
    if isinstance(value, tuple):
        parts = [as_code(part) for part in value]
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_code, value)) + "]"
    return value.__name__ if inspect.isroutine(value) else repr(value)
