"""Words for error messages: what came, and a guess at what went wrong.

Source: lessons/00_start_here, "Notation", whose names and shapes they use.
"""

import numpy as np


def shown(value):
    """Return what came in place of a number, in a few words."""
    if isinstance(value, list | tuple | np.ndarray):
        try:
            return f"an array of shape {np.shape(value)}"
        except ValueError:
            return "a list of lists of different lengths"
    return repr(value) if isinstance(value, str) else str(value)


def entry(name, place):
    """Return "X[1, 2]" for a place in X, and "x" where there are no axes."""
    return f"{name}[{', '.join(map(str, place))}]" if place else name


def guess(name, shape, wanted):
    """Guess what went wrong from the shape that came."""
    if not wanted:
        return f"a number has no axes; {name}[0] takes the first one out."
    if 0 in shape:
        return f"{name} is empty. Did a filter or a slice leave no rows?"
    if len(wanted) == 2:
        if len(shape) == 2 and fits(shape[::-1], wanted):
            return (
                f"rows are samples. {name}.T has a fitting shape; are "
                "samples in columns?"
            )
        if len(shape) == 1 and fits((1, *shape), wanted):
            return (
                f"one sample is a batch of one: {name}[np.newaxis] has "
                f"shape {(1, *shape)}."
            )
    if len(wanted) == 1 and len(shape) == 2 and 1 in shape:
        flat = (shape[0] * shape[1],)
        if fits(flat, wanted):
            return f"{name}.ravel() has shape {flat}."
    if name == "y" and len(wanted) == 1 and len(shape) == 2:
        return "y.argmax(axis=1) makes classes of one-hot rows."
    if len(shape) != len(wanted):
        return f"it has {_axes(len(shape))}; needed: {_axes(len(wanted))}."
    return "print both shapes; which of the two arrays is not as you thought?"


def guess_labels(name, array):
    """Guess what somebody meant by labels that are not all 0 or 1."""
    if np.isin(array, (-1, 1)).all():
        return (
            f"these look like labels -1 and +1; ({name} + 1) // 2 makes them "
            "0 and 1."
        )
    if array.ndim == 0:
        return "it is one label; which of the two classes is it?"
    return (
        f"to tell one class c from all others, use ({name} == c).astype(int)."
    )


def _axes(count):
    return "1 axis" if count == 1 else f"{count} axes"


def fits(shape, wanted):
    """Say whether a shape has the sizes wanted, of which None is any."""
    return len(shape) == len(wanted) and all(
        size == want if want is not None else size > 0
        for size, want in zip(shape, wanted, strict=True)
    )
