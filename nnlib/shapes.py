"""What an array must look like, and what to say when it does not.

Most bugs in a neural network are arrays of the wrong shape, and the worst of
them raise nothing: (n, 1) minus (n,) is (n, n). So every public function
looks at its arrays first, and an error says four things: where it happened,
what came, what is needed, and what to try. `where` is the function that is
speaking, `name` is what its caller calls the value, and `dims` has an entry
for each axis, named as in the notation table: its size, or None for any but 0.

Source: lessons/00_start_here, "Notation".

>>> check_shape("Dense.forward", "X", np.zeros((3, 5)), n=None, n_in=3)
Traceback (most recent call last):
    ...
nnlib.shapes.ShapeError: Dense.forward: X has shape (3, 5).
  Needed: (n, n_in) with n_in = 3.
  Hint: rows are samples. X.T has a fitting shape; are samples in columns?
>>> as_labels("fit_perceptron", "y", [-1, 1], n=2)
Traceback (most recent call last):
    ...
ValueError: fit_perceptron: y[0] is -1.
  Needed: labels that are 0 or 1.
  Hint: these look like labels -1 and +1; (y + 1) // 2 makes them 0 and 1.
>>> as_numbers("mean", "x", [1, 2], n=None), as_count("blobs", "n", 3.0)
(array([1., 2.]), 3)
"""

from functools import lru_cache

import numpy as np

from nnlib.hints import entry, fits, guess, guess_labels, shown


class ShapeError(ValueError):
    """An array has the wrong shape."""


def check_shape(where, name, array, **dims):
    """Raise ShapeError unless `array` has the dimensions `dims`, in order."""
    wanted = tuple(dims.values())
    if fits(array.shape, wanted):
        return
    axes = ", ".join(dims) + ("," if len(dims) == 1 else "")
    known = [f"{axis} = {size}" for axis, size in dims.items() if size]
    needed = f"({axes})" + (" with " + ", ".join(known) if known else "")
    raise ShapeError(
        f"{where}: {name} has shape {array.shape}.\n"
        f"  Needed: {needed if dims else 'one number'}.\n"
        f"  Hint: {guess(name, array.shape, wanted)}"
    )


def check_same(where, name, array, other_name, other):
    """Raise ShapeError unless the two arrays have the same shape."""
    if array.shape == other.shape:
        return
    hint = "they are compared entry by entry; nothing is repeated to fit."
    if array.size == other.size:
        hint = f"{name}.reshape({other_name}.shape) has it; is that meant?"
    raise ShapeError(
        f"{where}: {name} has shape {array.shape}.\n"
        f"  Needed: {other.shape}, the shape of {other_name}.\n"
        f"  Hint: {hint}"
    )


def as_floats(where, name, value, dtype=None):
    """Return `value` as an array of floats of any shape, finite or not.

    dtype : what to convert to; without it float32 and float64 stay as they
    are, and lists, integers and booleans become float64.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value if dtype is None else value.astype(dtype, copy=False)
    array = as_array(where, name, value)
    is_float = array.dtype.kind == "f"
    return array.astype(dtype or (array.dtype if is_float else float))


def as_numbers(where, name, value, **dims):
    """Return `value` as finite floats of the given dimensions."""
    array = as_floats(where, name, value)
    check_shape(where, name, array, **dims)
    check_finite(where, name, array)
    return array


def check_finite(where, name, array):
    """Raise ValueError for the first entry that is inf or nan."""
    wrong = ~np.isfinite(array)
    if wrong.any():
        hint = "a division by 0 or an overflow came earlier, or the data has "
        hint += "gaps. np.isfinite finds the rows to look at."
        _refuse_entry(where, name, array, wrong, "finite numbers", hint)


def as_labels(where, name, value, **dims):
    """Return `value` as integers, each 0 or 1; without dims, one label."""
    array = as_array(where, name, value)
    check_shape(where, name, array, **dims)
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        needed, hint = "labels that are 0 or 1", guess_labels(name, array)
        _refuse_entry(where, name, array, wrong, needed, hint)
    return array.astype(int)


def as_classes(where, name, value, n_classes):
    """Return `value` as whole numbers from 0 to n_classes - 1, any shape."""
    array = as_array(where, name, value)
    if array.dtype.kind in "iu":
        # Unsigned, a negative number is a huge one: one comparison does.
        wrong = array.astype(np.uint64) >= n_classes
    else:
        wrong = (array != np.floor(array)) | (array < 0) | (array >= n_classes)
    if np.count_nonzero(wrong):
        needed = f"whole numbers from 0 to {n_classes - 1}"
        hint = f"there are {n_classes} of them; the first is 0, not 1."
        _refuse_entry(where, name, array, wrong, needed, hint)
    return array.astype(int, copy=False)


def as_number(where, name, value, positive=False):
    """Return `value` as a float: one finite number, above 0 if `positive`."""
    number = _one_number(value)
    fits = number is not None and np.isfinite(number)
    if fits and (number > 0 or not positive):
        return float(number)
    needed = "one number above 0" if positive else "one finite number"
    hint = f"{0.1 if positive else 0.5} would do, for example."
    if isinstance(value, list | tuple | np.ndarray) and len(value) == 1:
        hint = f"if it is an array with one entry, {name}.item() takes it out."
    raise ValueError(
        f"{where}: {name} is {shown(value)}.\n"
        f"  Needed: {needed}.\n"
        f"  Hint: {hint}"
    )


def as_count(where, name, value):
    """Return `value` as an int: a whole number above 0."""
    number = _one_number(value)
    is_positive = number is not None and 0 < number < np.inf
    if is_positive and number.dtype.kind != "b" and number % 1 == 0:
        return int(number)
    hint = "the smallest is 1."
    if is_positive and number > 1:
        hint = f"int({name}) cuts off the fraction."
    raise ValueError(
        f"{where}: {name} is {shown(value)}.\n"
        f"  Needed: a whole number above 0.\n  Hint: {hint}"
    )


def as_generator(where, rng):
    """Return `rng`, if it is a numpy random Generator."""
    if isinstance(rng, np.random.Generator):
        return rng
    raise ValueError(
        f"{where}: rng is {rng!r}.\n"
        "  Needed: a numpy random Generator.\n"
        "  Hint: make one, rng = np.random.default_rng(0), and pass it to "
        "every call."
    )


def sum_rows(A, out=None):
    """Return A.sum(axis=0), as ones @ A: much faster for small matrices."""
    return np.dot(_ones(len(A), A.dtype), A, out)


def _refuse_entry(where, name, array, wrong, needed, hint):
    first = tuple(map(int, np.argwhere(wrong)[0]))
    raise ValueError(
        f"{where}: {entry(name, first)} is {array[first]}.\n"
        f"  Needed: {needed}.\n"
        f"  Hint: {hint}"
    )


@lru_cache(maxsize=16)
def _ones(n, dtype):
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


def _one_number(value):
    """Return a real number as an array without axes, or None."""
    try:
        array = np.asarray(value)
    except ValueError:  # a list of lists of different lengths
        return None
    is_number = array.ndim == 0 and array.dtype.kind in "buif"
    return array if is_number else None


def as_array(where, name, value):
    """Return `value` as an array of bool, int or float, or raise."""
    try:
        array = np.asarray(value)
    except ValueError:  # numpy refuses rows of different lengths
        array = None
    if array is not None and array.dtype.kind in "buif":
        return array
    came = "holds rows of different lengths"
    if array is not None:
        came = f"is {type(value).__name__} of dtype {array.dtype}"
    raise ValueError(
        f"{where}: {name} {came}.\n"
        "  Needed: an array of numbers.\n"
        f"  Hint: np.array({name}, dtype=float) must work on it; look for "
        "text, None or a row that is too short."
    )
