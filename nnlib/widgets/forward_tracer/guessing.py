"""Guess the shape: reading what was typed, and saying why it is not so."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reasons:
    """Why an array has its shape: its axes in letters, a reason for each."""

    axes: str
    why: tuple


def parse_shape(text, n):
    """Return a shape as a tuple, from whatever a reader types.

    n : what the letter n stands for.

    >>> [parse_shape(text, 5) for text in ("5,16", " [n x 16] ", "(16,)")]
    [(5, 16), (5, 16), (16,)]
    """
    bare = str(text).strip().strip("()[]").replace("\u00d7", "x").lower()
    parts = [part for part in re.split(r"[\s,;*x]+", bare) if part]
    if parts and all(re.fullmatch(r"n|[0-9]{1,9}", part) for part in parts):
        return tuple(n if part == "n" else int(part) for part in parts)
    came = "nothing" if not bare else repr(str(text))[:40]
    raise ValueError(
        f"{came} is no shape that can be read.\n"
        "  Needed: whole numbers with commas between them.\n"
        "  Hint: (3, 7) or 3, 7 or, with one axis, 3."
    )


def list_reasons(stages, arrays):
    """Return the Reasons of every array's shape, by name."""
    n, n_in = arrays["X"].shape
    rows = f"rows are samples, and {n} of them go through together"
    found = {
        "X": Reasons("(n, n_in)", (rows, f"each sample has {n_in} numbers"))
    }
    for stage in stages:
        width = arrays[stage.gives].shape[1]
        if stage.params:
            W, b = stage.params
            units = f"{stage.layer!r} has {width} units"
            meet = f"rows of {W} meet columns of {stage.takes}"
            found[W] = Reasons("(n_in, n_out)", (meet, units))
            found[b] = Reasons("(n_out,)", (f"{units}, one number for each",))
            why = rows, f"each unit, a column of {W}, fills one column"
        else:
            size = f"{stage.what} keeps the shape of {stage.takes}"
            if width != arrays[stage.takes].shape[1]:
                size = f"{stage.what} gives {width} numbers for each row"
            why = rows, size
        found[stage.gives] = Reasons("(n, n_out)", why)
    return found


def explain(name, shape, guess, reasons):
    """Say in words why `guess` is not the shape of an array.

    >>> meet = "rows of W1 meet columns of A0", "Dense(16, 10) has 10 units"
    >>> reasons = Reasons("(n_in, n_out)", meet)
    >>> print(explain("W1", (16, 10), (10, 16), reasons))
    Both numbers are right, in the other order: W1 is (n_in, n_out): rows of \
W1 meet columns of A0, so 16 comes first.
    """
    if len(guess) != len(shape):
        axes = "one axis" if len(shape) == 1 else "two axes"
        start = f"{name} has {axes}, {reasons.axes}"
        if len(shape) == 1:
            return f"{start}: {reasons.why[0]}, added to every row."
        return f"{start}. First, {reasons.why[0]}; then, {reasons.why[1]}."
    wrong = [have != want for have, want in zip(guess, shape, strict=True)]
    place = wrong.index(True)
    order = f"so {shape[place]} comes {('first', 'second')[place]}"
    if len(shape) == 1:
        order = f"so it is ({shape[0]},)"
    start = f"{name} is {reasons.axes}"
    if guess == shape[::-1]:
        start = f"Both numbers are right, in the other order: {start}"
    return f"{start}: {reasons.why[place]}, {order}."
