"""What a right answer to an exercise is, and what the usual wrong ones are.

`check(answer)` calls a function that a reader wrote on fresh random inputs,
compares what comes back with nnlib's own function, and says what is wrong and
why. `examine` is the same without the printing, for whoever grades.
"""

from nnlib.checks.checking import CheckFailed, Outcome, check, examine

__all__ = ["CheckFailed", "Outcome", "check", "examine"]
