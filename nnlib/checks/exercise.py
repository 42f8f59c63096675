"""What is known about an exercise: its answer, its inputs, its mistakes."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Loose enough for float32, tight enough that no real mistake slips through.
RELATIVE = 1e-5
SILENCE = "nothing"  # what numpy says of a computation that went well
EIGHTHS = np.delete(np.arange(-24, 25), 24) / 8.0


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that readers have given before.

    Parameters
    ----------
    what : str
        What happened, in a sentence that names the mistake.
    hint : str
        What to think about. It does not give the answer away.
    answers : tuple of callable
        Wrong answers, one for each way to make this mistake. A reader's
        answer that returns the same as one of them everywhere has made it.
    """

    what: str
    hint: str
    answers: tuple[Callable, ...]


def eighths(rng, *shape):
    """Return multiples of 1/8 from -3 to 3, without 0: sums are exact."""
    return rng.choice(EIGHTHS, shape)


def returned(answer, *arguments):
    """Look at an answer in the usual way: call it."""
    return answer(*arguments)


def returned_and_warned(answer, *arguments):
    """Call an answer, and listen to what numpy says of its arithmetic.

    Returns
    -------
    (result, said) : object and str
        said is SILENCE, or the first warning, such as "overflow encountered
        in exp".
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with np.errstate(all="warn", under="ignore"):
            result = answer(*arguments)
    said = [str(w.message) for w in caught if w.category is RuntimeWarning]
    return result, (said or [SILENCE])[0]


@dataclass(frozen=True)
class Exercise:
    """One function or class that a reader writes.

    Parameters
    ----------
    reference : callable
        nnlib's own function or class. The exercise has its name.
    sheet : str
        The slug of the lesson, such as "01_perceptron".
    outputs : tuple of str
        What the parts of the result are called. A part is a number, an array,
        a text, or a list of such parts.
    cases : callable
        cases(rng) -> list of argument tuples, small ones first. The numbers
        are multiples of 1/8, so that float32 and any order of summation
        give the same sums, and a tie is a tie.
    mistakes : tuple of Mistake
    look : callable
        look(answer, *arguments) -> what is compared; it may raise `Refused`.
    call : str or callable
        How to write the call, if it is not name(*arguments); or
        call(*arguments) -> str.
    relative : float
        How far a number may be off, as a share of it.
    seconds : float
        All calls together may take this long.
    """

    reference: Callable
    sheet: str
    outputs: tuple[str, ...]
    cases: Callable
    mistakes: tuple[Mistake, ...]
    look: Callable = returned
    call: str | Callable = ""
    relative: float = RELATIVE
    seconds: float = 5.0

    @property
    def name(self):
        return self.reference.__name__


class Refused(Exception):
    """A `look` says in words why the answer cannot be right."""
