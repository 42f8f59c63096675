"""What is graded: a teacher's assignment, and what a student handed in.

Everything in a `Submission` is a stranger's: its bytes are read, within
bounds, and nothing in them is believed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import nnlib


class Unreadable(Exception):
    """A submission cannot be read; the message says why, in a sentence."""


@dataclass(frozen=True)
class Assignment:
    """A teacher's own files.

    Parameters
    ----------
    name : str
        Such as "06_backpropagation".
    files : dict of str to bytes
        All files of the source folder by their path in it, "/" between
        folders. Each "NAME.ipynb" at the top is a notebook to be graded; the
        others lie beside it when it runs.
    """

    name: str
    files: dict[str, bytes] = field(repr=False)

    @property
    def notebooks(self):
        """Return the names of the notebooks, without .ipynb, in order."""
        return sorted(
            path.removesuffix(".ipynb")
            for path in self.files
            if path.endswith(".ipynb") and "/" not in path
        )

    @cached_property
    def digest(self):
        """One text that changes when any of the files does."""
        return digest(self.name, self.files)

    def digest_with(self, handed_in, rules):
        """Return what a result depends on, as one text.

        Parameters
        ----------
        handed_in : dict of str to bytes, or str
            A student's files, or why there are none.
        rules : Rules
        """
        parts = rules.seed, rules.seconds, nnlib.__version__
        return digest(self.digest, handed_in, *parts)


@dataclass(frozen=True)
class Rules:
    """How a run marks.

    Parameters
    ----------
    seed : int
        The random inputs of `check` follow from it and from what was handed
        in: the same for the same files, and others after a change.
    seconds : float
        How long one cell may take; a whole submission, four times that.
    trusted : bool
        Whether to run students' code without fences.
    """

    seed: int
    seconds: float = 30.0  # nbgrader's own limit
    trusted: bool = False


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Parameters
    ----------
    student : str
        The student's name in lists. It is a stranger's text as well.
    read : callable
        read() -> {path: bytes} like `Assignment.files`. It raises Unreadable
        if there is no notebook in it, or too much of anything.
    """

    student: str
    read: Callable[[], dict[str, bytes]] = field(repr=False)


def digest(*parts):
    """Return one text for many bytes, dicts of bytes, texts and numbers.

    >>> digest({"a": b"1"}, 2) == digest({"a": b"1"}, 2) != digest(b"1", 2)
    True
    """
    sums = hashlib.sha256()
    for part in parts:
        if isinstance(part, dict):
            part = digest(*(x for pair in sorted(part.items()) for x in pair))
        kind = type(part).__name__
        data = part if isinstance(part, bytes) else str(part).encode()
        sums.update(f"{kind} {len(data)}:".encode() + data)
    return sums.hexdigest()
