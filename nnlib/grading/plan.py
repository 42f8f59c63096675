"""From a teacher's notebook and a student's to the steps that are run.

`make_plan` lays a student's notebook over the source: what was asked, what it
is worth and how it is tested comes from the source alone, and only the
answers, their order and the student's own cells come from the student.
Nothing of the student's is parsed or run here.
"""

import hashlib
from dataclasses import dataclass, field, replace

from nnlib.grading import notebooks
from nnlib.grading.source import (
    Cell,
    Source,
    end_of_marked,
    read_source,
    rights,
)

__all__ = ["Cell", "Plan", "Source", "Step", "make_plan", "read_source"]

MOST_REMARKS = 100
NAMELESS = (
    "The cells had lost nbgrader's names, as they do when they are copied "
    "into a new notebook. They were run where they stood, and tests that "
    "could not be known by their text at the end."
)
COPY = -1  # of a test; no cell of the source is there


@dataclass(frozen=True)
class Step:
    """One cell's turn.

    Parameters
    ----------
    role : str
        "student": the student's code, run in the sandbox. "given": the
        teacher's, run there as well. "test": run on the trusted side.
        "manual": the student's code, run in the sandbox; a person marks it.
        "text" and "task": nothing runs, a person marks it. "after": code
        that no mark depends on, not run.
    source : str
        The text that runs, or that a person marks.
    before : tuple of str
        For a test, what runs on the trusted side before it.
    id : str or None
        The grade_id in the source.
    cell : int
        Where the cell stands in `Plan.notebook["cells"]`.
    untouched : bool
        Whether an answer is still what students got.
    """

    role: str
    source: str
    before: tuple[str, ...]
    id: str | None
    cell: int
    untouched: bool


@dataclass(frozen=True)
class Plan:
    """What is run, what is said on it, and the notebook to be filled in."""

    steps: tuple[Step, ...]
    remarks: tuple[str, ...]
    notebook: dict = field(repr=False)


def make_plan(source, data):
    """Lay a student's notebook over the source.

    Parameters
    ----------
    source : Source
    data : bytes
        The student's file, whatever is in it.

    Returns
    -------
    Plan
        Every graded cell of the source has one step in it.

    Raises
    ------
    Unreadable
        If the file is no notebook, with a sentence that says why.
    """
    handed, _, remarks = notebooks.read_cells(data)
    layout = _Layout(source, handed, remarks)
    return _written(source, layout.placed(), layout.remarks)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A cell of the plan, at a spot of the student's notebook or after it."""

    spot: int  # -1 is before the first cell
    kind: str
    role: str | None
    text: str
    late: bool = False  # put in after the spot
    index: int = 0  # in the source: the order of what is put in at one spot
    cell: Cell | None = None  # of the source
    untouched: bool = False
    attachments: dict = field(default_factory=dict)

    @property
    def order(self):
        """Return what the cells of a plan are sorted by."""
        return self.spot, self.late, self.index


class _Layout:
    """One student's cells, each with the cell of the source that it is."""

    def __init__(self, source, handed, remarks):
        self.source = source
        self.handed = handed
        self.remarks = remarks
        self.claims = [
            source.places.get(x) if isinstance(x, str) else None
            for x in (cell.nbgrader.get("grade_id") for cell in handed)
        ]
        self.nameless = not any(k is not None for k in self.claims)
        if self.nameless and source.places:
            self._say(NAMELESS if handed else "The notebook has no cells.")
        self._know_by_text()
        if not self.nameless:
            self._look_at_metadata()
        self.where = self._without_copies()
        self.ends = self._ends()

    def _say(self, remark):
        self.remarks.append(remark)

    def _look_at_metadata(self):
        """Say which cells' metadata are not those that were given out."""
        for number, (cell, k) in enumerate(
            zip(self.handed, self.claims, strict=True), start=1
        ):
            claimed = rights(cell.nbgrader)
            if k is None and (any(claimed) or "grade_id" in cell.nbgrader):
                self._say(
                    f"The metadata of cell {number} had been changed; it was "
                    "run as a cell of the student's own."
                )
            elif k is not None:
                known = self.source.cells[k]
                schema = cell.nbgrader.get("schema_version", 0)
                if schema not in range(4) or claimed != _rights_of(known):
                    self._say(
                        f"The metadata of the cell {known.id} had been "
                        "changed; the original's were used."
                    )

    def _know_by_text(self):
        """Let given cells and tests that lost their id be known by text."""
        lost, known = {}, set(self.claims)
        for k, cell in enumerate(self.source.cells):
            if cell.role in ("test", "given") and k not in known:
                lost.setdefault(_plain(cell.released), []).append(k)
        if not lost:
            return
        for i, cell in enumerate(self.handed):
            if self.claims[i] is None and cell.kind == "code":
                found = lost.get(_plain(cell.text))
                self.claims[i] = found.pop(0) if found else None

    def _without_copies(self):
        """Settle which of several cells of one id is meant; return places.

        A claim that is given up becomes None, a cell of the student's own,
        or COPY for a copy of a test, which is left out.
        """
        spots = {}
        for i, k in enumerate(self.claims):
            if k is not None:
                spots.setdefault(k, []).append(i)
        for k, several in spots.items():
            if len(several) > 1:
                self._settle(k, several)
        return {
            k: i for i, k in enumerate(self.claims) if k not in (None, COPY)
        }

    def _settle(self, k, several):
        """Leave the claim on the source's cell k to one of several cells."""
        cell = self.source.cells[k]
        intact = [i for i in several if self._is_intact(i, k)]
        if not cell.locked:
            meant, which = several[-1], "the last one counts"
        elif cell.role == "given" and intact:
            meant, which = intact[0], "the original was used"
        else:
            meant, which = (intact or several)[-1], "the original was used"
        for i in several:
            if i != meant:
                self.claims[i] = None
        if cell.role == "test":
            for i in intact:
                self.claims[i] = k if i == meant else COPY
        self._say(
            f"The {_what(cell)} {cell.id} stood there {len(several)} times; "
            f"{which}."
        )

    def _is_intact(self, i, k):
        """Whether a cell still is what students got as the source's k."""
        handed, cell = self.handed[i], self.source.cells[k]
        if handed.kind != cell.kind:
            return False
        if handed.text in (cell.released, cell.source):
            return True
        text = _plain(handed.text)
        return text == _plain(cell.released) or text == _plain(cell.source)

    def _ends(self):
        """Return, for each cell, the last of the student's own after it.

        What is put in after an answer is put in after these: they may hold
        a helper that the answer calls.
        """
        ends = list(range(len(self.claims)))
        for i in reversed(range(len(ends) - 1)):
            if self.claims[i + 1] in (None, COPY):
                ends[i] = ends[i + 1]
        return ends

    def placed(self):
        """Return all cells of the plan, in the order in which they run."""
        placed = [self._own(i) for i, k in enumerate(self.claims) if k is None]
        here = bound = tested = -1  # spots: known, that tests await, tests
        lost = self.nameless
        for k, cell in enumerate(self.source.cells):
            spot = self.where.get(k)
            if cell.role == "test":
                placed.append(self._test(k, bound, tested, lost))
                tested = placed[-1].spot
            elif spot is not None:
                placed.append(self._found(k, spot))
            elif cell.id is not None:
                placed += self._missing(k, here)
                lost = lost or cell.solution
            if cell.role is not None and spot is not None:
                here = spot
            if cell.role in ("student", "manual", "given"):
                bound = max(bound, here)
        return sorted(placed, key=lambda one: one.order)

    def _own(self, i):
        handed = self.handed[i]
        return _Placed(
            spot=i,
            role="student" if handed.kind == "code" else None,
            kind=handed.kind,
            text=handed.text,
            attachments=handed.attachments,
        )

    def _test(self, k, bound, tested, lost):
        """Place a test: where it stands, but never before its answers."""
        cell, spot = self.source.cells[k], self.where.get(k)
        late = spot is None or spot < bound
        if spot is None:
            self._say_missing(cell)
            # An answer that is not known may be any of the student's cells.
            bound = len(self.claims) - 1 if lost else max(bound, tested)
        elif not self._is_intact(spot, k):
            self._say_changed(cell)
        if spot is not None and late:
            self._say(
                f"The check cell {cell.id} stood before a cell that it comes "
                "after on the sheet; it was run after that."
            )
        if late:
            spot = self.ends[bound] if bound >= 0 else -1
        return _put(cell, k, spot, late, cell.source)

    def _found(self, k, spot):
        """Place a given cell or an answer where it stands."""
        cell, handed = self.source.cells[k], self.handed[spot]
        if cell.locked:
            if not self._is_intact(spot, k):
                self._say_changed(cell)
            return _put(cell, k, spot, False, cell.released)
        if handed.kind != cell.kind:
            was, read = (
                ("text", "run as code")
                if cell.kind == "code"
                else ("code", "read as text")
            )
            self._say(
                f"The answer cell {cell.id} had been turned into {was}; it "
                f"was {read}."
            )
        return replace(
            _put(cell, k, spot, False, handed.text),
            untouched=cell.solution and _is_untouched(cell, handed),
            attachments=handed.attachments,
        )

    def _missing(self, k, here):
        """Return what is put in for a cell that is not there, if anything."""
        cell = self.source.cells[k]
        if cell.role is None:
            return []
        self._say_missing(cell)
        if cell.role == "student":
            return []
        text = cell.released if cell.role in ("given", "task") else ""
        return [_put(cell, k, here, True, text)]

    def _say_changed(self, cell):
        self._say(
            f"The {_what(cell)} {cell.id} had been changed; the original was "
            "used."
        )

    def _say_missing(self, cell):
        if self.nameless:
            return
        remark = f"The {_what(cell)} {cell.id} was missing"
        if cell.role in ("test", "given", "task"):
            remark += "; the original was used"
        self._say(f"{remark}.")


def _put(cell, k, spot, late, text):
    """Return a cell of the source, placed."""
    return _Placed(
        spot=spot,
        late=late,
        index=k,
        role=cell.role,
        kind=cell.kind,
        text=text,
        cell=cell,
        attachments=cell.attachments,
    )


def _what(cell):
    """Return what a cell of the source is called in a remark."""
    if cell.role == "test":
        return "check cell"
    return "answer cell" if cell.solution else "cell"


def _rights_of(cell):
    """Return the _rights of a cell of the source."""
    return cell.grade, cell.solution, cell.locked, cell.task, cell.points


def _plain(text):
    """Return a text without the white space at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))


def _is_untouched(cell, handed):
    """Whether an answer is still the starter.

    A starter may hold any course's own stub. Its checksum, which nbgrader
    has put into its metadata, tells for all of them; forged, it takes marks
    away and gives none. For code that no person looks at, it is also enough
    if only comments and `raise NotImplementedError` differ.
    """
    if _plain(handed.text) == _plain(cell.released):
        return True
    if handed.nbgrader.get("checksum") == _checksum(cell, handed.text):
        return True
    return cell.role == "student" and _bare(handed.text) == _bare(
        cell.released
    )


def _checksum(cell, text):
    """Return nbgrader's checksum of a source's cell with this text."""
    points = str(cell.points) if cell.grade else ""
    rights = f"{cell.grade}{cell.solution}{cell.locked}"
    whole = f"{text}{cell.kind}{rights}{cell.id}{points}"
    return hashlib.md5(whole.encode(), usedforsecurity=False).hexdigest()


def _bare(text):
    """Return the lines of code without those that stand for an answer."""
    lines = [line.strip() for line in text.split("\n")]
    stub = ("#", "raise NotImplementedError")
    return [line for line in lines if line and not line.startswith(stub)]


def _written(source, placed, remarks):
    """Return the Plan of cells that stand in order."""
    end = end_of_marked(one.role for one in placed)
    ready, steps = set(), []
    for i, one in enumerate(placed):
        if one.role is not None:
            idle = i >= end and one.role in ("student", "given")
            steps.append(
                Step(
                    role="after" if idle else one.role,
                    source=one.text,
                    before=_before(source, one, ready),
                    id=one.cell and one.cell.id,
                    cell=i,
                    untouched=one.untouched,
                )
            )
    return Plan(tuple(steps), _few(remarks), _notebook(source, placed))


def _before(source, one, ready):
    """Return what a test needs first, and count it as run."""
    if one.role != "test":
        return ()
    fresh = [k for k in source.needed if k < one.index and k not in ready]
    ready.update(fresh)
    return tuple(source.cells[k].released for k in fresh)


def _few(remarks):
    """Return not too many remarks: a stranger may provoke any number."""
    more = len(remarks) - MOST_REMARKS
    if more <= 0:
        return tuple(remarks)
    return (*remarks[:MOST_REMARKS], f"There are {more:,} more remarks.")


def _notebook(source, placed):
    """Return a notebook of format 4.5 without any outputs."""
    cells = []
    for number, one in enumerate(placed, start=1):
        cell = {
            "cell_type": one.kind,
            "id": f"cell-{number}",
            "metadata": dict(one.cell.metadata) if one.cell else {},
            "source": one.text,
        }
        if one.cell and one.role == "test":
            cell["source"] = one.cell.released
        if one.kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        elif one.attachments:
            cell["attachments"] = one.attachments
        cells.append(cell)
    kept = ("kernelspec", "language_info")
    metadata = {x: source.metadata[x] for x in kept if x in source.metadata}
    return {
        "cells": cells,
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
