"""What an array must look like, and what to say when it does not.

Most bugs in a neural network are arrays of the wrong shape, and the worst of
them raise nothing: (n, 1) minus (n,) is (n, n). So every public function
looks at its arrays first, and an error says four things: where it happened,
what came, what is needed, and what to try.
"""

import numpy as np


class ShapeError(ValueError):
    """An array has the wrong shape."""


def check_shape(where, name, array, **dims):
    """Raise ShapeError unless `array` has the dimensions `dims`, in order.

    Parameters
    ----------
    where : str
        The function that is speaking, such as "perceptron_predict".
    name : str
        What the caller calls the array.
    array : ndarray
    **dims : int or None
        One per axis, named as in the notation table. None: any size but 0.

    Raises
    ------
    ShapeError

    Source: lessons/00_start_here, "Notation".

    >>> check_shape("Dense.forward", "X", np.zeros((3, 5)), n=None, n_in=3)
    Traceback (most recent call last):
        ...
    nnlib.shapes.ShapeError: Dense.forward: X has shape (3, 5).
      Needed: (n, n_in) with n_in = 3.
      Hint: rows are samples. X.T has a fitting shape; are samples in columns?
    """
    wanted = tuple(dims.values())
    if _fits(array.shape, wanted):
        return
    axes = ", ".join(dims) + ("," if len(dims) == 1 else "")
    known = [f"{axis} = {size}" for axis, size in dims.items() if size]
    needed = f"({axes})" + (" with " + ", ".join(known) if known else "")
    if not dims:
        needed = "one number"
    raise ShapeError(
        f"{where}: {name} has shape {array.shape}.\n"
        f"  Needed: {needed}.\n"
        f"  Hint: {_hint(name, array.shape, wanted)}"
    )


def as_numbers(where, name, value, **dims):
    """Return `value` as a float array of the given dimensions.

    Lists and integers are converted; float32 and float64 stay as they are.

    Raises
    ------
    ValueError
        If it holds anything but finite numbers.
    ShapeError
        If the dimensions do not fit; see `check_shape`.

    Source: lessons/00_start_here, "Notation".

    >>> as_numbers("mean", "x", [1, 2], n=None)
    array([1., 2.])
    """
    array = _as_array(where, name, value)
    if not np.issubdtype(array.dtype, np.floating):
        array = array.astype(float)
    check_shape(where, name, array, **dims)
    if not np.isfinite(array).all():
        first = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        raise ValueError(
            f"{where}: {_entry(name, first)} is {array[first]}.\n"
            "  Needed: finite numbers.\n"
            "  Hint: a division by 0 or an overflow came earlier, or the "
            "data has gaps. np.isfinite finds the rows to look at."
        )
    return array


def as_labels(where, name, value, **dims):
    """Return `value` as an integer array of labels, each 0 or 1.

    Raises
    ------
    ValueError
        If a label is neither 0 nor 1.
    ShapeError
        If the dimensions do not fit; see `check_shape`. Without any, one
        label is needed.

    Source: lessons/00_start_here, "Notation".

    >>> as_labels("fit_perceptron", "y", [-1, 1], n=2)
    Traceback (most recent call last):
        ...
    ValueError: fit_perceptron: y[0] is -1.
      Needed: labels that are 0 or 1.
      Hint: these look like labels -1 and +1; (y + 1) // 2 makes them 0 and 1.
    """
    array = _as_array(where, name, value)
    check_shape(where, name, array, **dims)
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        first = tuple(map(int, np.argwhere(wrong)[0]))
        if np.isin(array, (-1, 1)).all():
            hint = (
                f"these look like labels -1 and +1; ({name} + 1) // 2 makes "
                "them 0 and 1."
            )
        elif not dims:
            hint = "it is one label; which of the two classes is it?"
        else:
            hint = (
                f"to tell one class c from all others, use "
                f"({name} == c).astype(int)."
            )
        raise ValueError(
            f"{where}: {_entry(name, first)} is {array[first]}.\n"
            "  Needed: labels that are 0 or 1.\n"
            f"  Hint: {hint}"
        )
    return array.astype(int)


def as_number(where, name, value, positive=False):
    """Return `value` as a float: one finite number, above 0 if `positive`.

    Raises
    ------
    ValueError

    Source: lessons/00_start_here, "Notation".

    >>> as_number("perceptron_update", "learning_rate", 0, positive=True)
    Traceback (most recent call last):
        ...
    ValueError: perceptron_update: learning_rate is 0.
      Needed: one number above 0.
      Hint: 1.0 is a good start.
    """
    number = _one_number(value)
    fits = number is not None and np.isfinite(number)
    if fits and (number > 0 or not positive):
        return float(number)
    needed = "one number above 0" if positive else "one finite number"
    hint = "1.0 is a good start." if positive else "0.5 would do, for example."
    if isinstance(value, list | tuple | np.ndarray) and len(value) == 1:
        hint = f"if it is an array with one entry, {name}.item() takes it out."
    raise ValueError(
        f"{where}: {name} is {_shown(value)}.\n"
        f"  Needed: {needed}.\n"
        f"  Hint: {hint}"
    )


def as_count(where, name, value):
    """Return `value` as an int: a whole number above 0.

    Raises
    ------
    ValueError

    Source: lessons/00_start_here, "Notation".

    >>> as_count("blobs", "n", 2.5)
    Traceback (most recent call last):
        ...
    ValueError: blobs: n is 2.5.
      Needed: a whole number above 0.
      Hint: int(n) cuts off the fraction.
    """
    number = _one_number(value)
    is_positive = number is not None and 0 < number < np.inf
    if is_positive and number.dtype.kind != "b" and number % 1 == 0:
        return int(number)
    is_fraction = is_positive and number > 1
    hint = f"int({name}) cuts off the fraction."
    raise ValueError(
        f"{where}: {name} is {_shown(value)}.\n"
        "  Needed: a whole number above 0.\n"
        f"  Hint: {hint if is_fraction else 'the smallest is 1.'}"
    )


def _one_number(value):
    """Return a real number as an array without axes, or None."""
    try:
        array = np.asarray(value)
    except ValueError:  # a list of lists of different lengths
        return None
    is_number = array.ndim == 0 and array.dtype.kind in "buif"
    return array if is_number else None


def _shown(value):
    """Return what came in place of a number, in a few words."""
    if isinstance(value, list | tuple | np.ndarray):
        try:
            return f"an array of shape {np.shape(value)}"
        except ValueError:
            return "a list of lists of different lengths"
    return repr(value) if isinstance(value, str) else str(value)


def _entry(name, place):
    """Return "X[1, 2]" for a place in X, and "x" where there are no axes."""
    return f"{name}[{', '.join(map(str, place))}]" if place else name


def _as_array(where, name, value):
    """Return `value` as an array of bool, int or float, or raise."""
    try:
        array = np.asarray(value)
    except ValueError:  # numpy refuses rows of different lengths
        array = None
    if array is not None and array.dtype.kind in "buif":
        return array
    if array is None:
        came = "holds rows of different lengths"
    else:
        came = f"is {type(value).__name__} of dtype {array.dtype}"
    raise ValueError(
        f"{where}: {name} {came}.\n"
        "  Needed: an array of numbers.\n"
        f"  Hint: np.array({name}, dtype=float) must work on it; look for "
        "text, None or a row that is too short."
    )


def _fits(shape, wanted):
    return len(shape) == len(wanted) and all(
        size == want if want is not None else size > 0
        for size, want in zip(shape, wanted, strict=True)
    )


def _hint(name, shape, wanted):
    """Guess what went wrong from the shape that came."""
    if not wanted:
        return f"a number has no axes; {name}[0] takes the first one out."
    if 0 in shape:
        return f"{name} is empty. Did a filter or a slice leave no rows?"
    if len(wanted) == 2:
        if len(shape) == 2 and _fits(shape[::-1], wanted):
            return (
                f"rows are samples. {name}.T has a fitting shape; are "
                "samples in columns?"
            )
        if len(shape) == 1 and _fits((1, *shape), wanted):
            return (
                f"one sample is a batch of one: {name}[np.newaxis] has "
                f"shape {(1, *shape)}."
            )
    if len(wanted) == 1 and len(shape) == 2 and 1 in shape:
        flat = (shape[0] * shape[1],)
        if _fits(flat, wanted):
            return f"{name}.ravel() has shape {flat}."
    if len(shape) != len(wanted):
        return f"it has {_axes(len(shape))}; needed: {_axes(len(wanted))}."
    return "print both shapes; which of the two arrays is not as you thought?"


def _axes(count):
    return "1 axis" if count == 1 else f"{count} axes"
