"""A teacher's notebook: what is asked, given and tested, and for how much.

It is in nbgrader's format, of any of its versions, with all solutions and
hidden tests. It is read once in a run, so what a plan needs of it is worked
out here.
"""

import math
import re
from dataclasses import dataclass, field, replace

from nnlib.grading import names, notebooks
from nnlib.grading.handed_in import Unreadable

CODE_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
TEXT_STUB = "YOUR ANSWER HERE"
RIGHTS = ("grade", "solution", "locked", "task", "points")
MARKED = ("test", "manual", "text")
AUTOTEST = re.compile(r"^\s*#.*AUTOTEST", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One cell of a source notebook.

    Parameters
    ----------
    id : str or None
        nbgrader's grade_id; None for a cell that nbgrader has no part in.
    kind : str
        "code", "markdown" or "raw".
    source : str
        The whole text, with solutions and hidden tests.
    released : str
        The text as students got it, if the stubs were nbgrader's own.
    points : float
    grade, solution, locked, task : bool
        As in nbgrader; `locked` as its rule has it, so also for tests.
    metadata : dict
        For the cell of the graded notebook. Shared: never write to it.
    attachments : dict
    """

    id: str | None
    kind: str
    source: str
    released: str
    points: float = 0.0
    grade: bool = False
    solution: bool = False
    locked: bool = False
    task: bool = False
    metadata: dict = field(default_factory=dict, repr=False)
    attachments: dict = field(default_factory=dict, repr=False)

    @property
    def role(self):
        """Return the role of a step for this cell, None if it has none."""
        code = self.kind == "code"
        if self.id is None:
            return None
        if self.task:
            return "task"
        if self.grade and self.solution:
            return "manual" if code else "text"
        if self.grade:
            return "test"
        if self.solution:
            return "student" if code else None
        return "given" if code else None

    @property
    def is_given(self):
        """Whether this is code that nobody marks, locked or not."""
        return self.kind == "code" and not (self.grade or self.solution)


@dataclass(frozen=True)
class Source:
    """A teacher's notebook.

    Parameters
    ----------
    name : str
        The file's name without .ipynb.
    cells : tuple of Cell
    asked : frozenset of str
        The top-level names that its solution cells define.
    lent : dict of str to str
        Those of `asked` that solution cells only ever import, with the
        statement that does it: {"np": "import numpy as np"}.
    own : frozenset of str
        The names that its other cells bind, tests as well.
    operators : dict of str to frozenset of str
        Special methods of the classes among `asked`: {"Vector": {"add"}}.
    imported : frozenset of str
        Dotted names that its ungraded code cells import, with the packages
        that they are in. `from nnlib import datasets` may be a module or
        not; it counts as "nnlib" and "nnlib.datasets". Cells that no mark
        depends on, after the last marked one, do not count.
    metadata : dict
        The notebook's own.
    places : dict of str to int
        Where the cell with an id stands in `cells`.
    needed : tuple of int
        The ungraded code cells that the tests need, see `names.find_needed`.
    """

    name: str
    cells: tuple[Cell, ...] = field(repr=False)
    asked: frozenset[str]
    lent: dict[str, str]
    own: frozenset[str]
    operators: dict[str, frozenset[str]]
    imported: frozenset[str]
    metadata: dict = field(repr=False)
    places: dict[str, int] = field(repr=False)
    needed: tuple[int, ...] = field(repr=False)


def read_source(name, data):
    """Read a teacher's notebook.

    Parameters
    ----------
    name : str
        The file's name without .ipynb.
    data : bytes

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If it cannot be graded by, with a sentence that says why.
    """
    try:
        handed, metadata, _ = notebooks.read_cells(data)
        _check_language(metadata)
        cells = tuple(_source_cell(cell) for cell in handed)
        places = _places(cells)
    except (Unreadable, ValueError) as trouble:
        raise ValueError(f"{name}.ipynb: {trouble}") from None
    parsed = [
        names.parse(c.source) if c.kind == "code" else None for c in cells
    ]
    asked, lent = names.find_asked(cells, parsed)
    end = end_of_marked(cell.role for cell in cells)
    return Source(
        name=name,
        cells=cells,
        asked=asked,
        lent=lent,
        own=names.find_own(cells, parsed),
        operators=names.find_operators(cells, parsed),
        imported=names.find_imported(cells[:end], parsed[:end]),
        metadata=metadata,
        places=places,
        needed=names.find_needed(cells, parsed, asked - lent.keys()),
    )


def end_of_marked(roles):
    """Return how many of these cells there are to the last marked one.

    The work on a task often stands below it, so with a task it is all.

    >>> end_of_marked(["student", "test", "student"])
    2
    """
    roles = list(roles)
    if "task" in roles:
        return len(roles)
    marked = [i for i, role in enumerate(roles) if role in MARKED]
    return max(marked, default=-1) + 1


def _check_language(metadata):
    """Raise ValueError for a notebook whose kernel is not Python's."""
    kernel = notebooks.as_dict(metadata.get("kernelspec"))
    language = kernel.get("language", "python")
    if language != "python":
        raise ValueError(
            f"the notebook's language is {language}; only Python's can be "
            "graded."
        )


def _source_cell(handed):
    """Return a cell of a source notebook."""
    own = rights(handed.nbgrader)
    cell = Cell(
        id=_grade_id(handed) if any(own[:4]) else None,
        kind=handed.kind,
        source=handed.text,
        released=handed.text,
        attachments=handed.attachments,
        **dict(zip(RIGHTS, own, strict=True)),
    )
    metadata = {x: y for x, y in handed.metadata.items() if x != "nbgrader"}
    if cell.id is None:
        return replace(cell, metadata=metadata)
    _check_cell(cell)
    metadata["nbgrader"] = _nbgrader(cell)
    return replace(cell, released=_released(cell), metadata=metadata)


def rights(nbgrader):
    """Return what nbgrader's metadata say, by the rules of all its versions.

    >>> rights({"grade": True, "locked": False, "points": "2"})
    (True, False, True, False, 2.0)
    """
    grade, solution, locked, task = (
        bool(nbgrader.get(key, False)) for key in RIGHTS[:4]
    )
    points = 0.0
    if grade or task:
        try:
            points = float(nbgrader.get("points") or 0)
        except (TypeError, ValueError, OverflowError):
            points = math.nan
    return grade, solution, not solution and (grade or locked), task, points


def _grade_id(handed):
    """Return the id of a teacher's cell that nbgrader has a part in."""
    name = handed.nbgrader.get("grade_id")
    if not isinstance(name, str) or not name:
        raise ValueError(
            "a cell is marked for nbgrader but has no id; it begins with "
            f"{handed.text[:40]!r}."
        )
    return name


def _check_cell(cell):
    """Raise ValueError for a cell that nobody could grade."""
    if not 0 <= cell.points < math.inf:
        raise ValueError(f"the points of {cell.id} are no number from 0 up.")
    if cell.grade and not cell.solution and cell.kind != "code":
        raise ValueError(f"{cell.id} is a test, but it is not code.")
    if cell.task and cell.kind != "markdown":
        raise ValueError(f"{cell.id} is a task, but it is not markdown.")
    if cell.kind == "code" and AUTOTEST.search(cell.source):
        raise ValueError(
            f"{cell.id} has a line with AUTOTEST, which `nbgrader "
            "generate_assignment` replaces by tests; write the tests out."
        )


def _nbgrader(cell):
    """Return nbgrader's metadata of a cell, in its schema 3."""
    meta = {
        "cell_type": cell.kind,
        "grade": cell.grade,
        "grade_id": cell.id,
        "locked": cell.locked,
        "schema_version": 3,
        "solution": cell.solution,
        "task": cell.task,
    }
    if cell.grade or cell.task:
        meta["points"] = cell.points
    return meta


def _released(cell):
    """Return a cell's text as `nbgrader generate_assignment` leaves it."""
    stub = CODE_STUB if cell.kind == "code" else TEXT_STUB
    text = _cut(cell, cell.source, "SOLUTION", stub.split("\n"))
    if cell.solution and text == cell.source:
        text = stub
    text = _cut(cell, text, "HIDDEN TESTS")
    return _cut(cell, text, "MARK SCHEME")


def _cut(cell, text, mark, stub=()):
    """Replace the regions between BEGIN and END of a mark by a stub."""
    lines, inside = [], False
    for line in text.split("\n"):
        if f"BEGIN {mark}" in line:
            if inside:
                raise ValueError(f"{cell.id} has two BEGIN {mark} in a row.")
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + part for part in stub]
        elif f"END {mark}" in line:
            inside = False
        elif not inside:
            lines.append(line)
    if inside:
        raise ValueError(f"{cell.id} has BEGIN {mark}, but no END {mark}.")
    return "\n".join(lines)


def _places(cells):
    """Return where each id stands."""
    places = {}
    for index, cell in enumerate(cells):
        if cell.id in places:
            raise ValueError(f"two cells have the id {cell.id}.")
        if cell.id is not None:
            places[cell.id] = index
    return places
