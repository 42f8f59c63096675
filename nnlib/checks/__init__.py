"""What a right answer to an exercise is, and what the usual wrong ones are.

`check(answer)` calls a function that a reader wrote on fresh random inputs,
compares what comes back with nnlib's own function, and says what is wrong and
why. `examine` is the same without the printing, for whoever grades. `overview`
is the map of lessons with what the reader has passed.
"""

from nnlib.checks.checking import (
    CheckFailed,
    Outcome,
    check,
    examine,
    examined_by,
)
from nnlib.checks.overview import overview

__all__ = [
    "CheckFailed",
    "Outcome",
    "check",
    "examine",
    "examined_by",
    "overview",
]
