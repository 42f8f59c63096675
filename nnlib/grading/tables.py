"""Grades as tables: for people, and in what Canvas and Moodle import.

Spreadsheets run what looks like a formula, and names and remarks are
strangers' text: such fields get an apostrophe in front. All three start with
a byte order mark. Without it Excel takes UTF-8 for something else and spoils
the names; Moodle takes it off, and Canvas looks for its first heading behind
it.
"""

import csv
import html
import io
import re
from dataclasses import dataclass

from nnlib.grading.downloads import person

LONGEST = 1000  # characters of a field
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u2069\ufeff\ufffe\uffff]+"
)


@dataclass(frozen=True)
class Row:
    """What the tables need of a result.

    Attributes
    ----------
    student : str
    score, max_score : float
    needs_marking : bool
        A person has to add marks; what is imported leaves the grade open.
    cells : dict of str to (float or None)
        The score of each graded cell.
    remarks : str
    comment : str
        What was found, in a line for the student, in HTML.
    """

    student: str
    score: float
    max_score: float
    needs_marking: bool
    cells: dict[str, float | None]
    remarks: str
    comment: str

    @classmethod
    def of(cls, result):
        """Return the row of a result."""
        books = result["notebooks"]
        cells = {
            name_of(book, cell, books): cell
            for book in books
            for cell in book["cells"]
        }
        remarks = [*result["remarks"]]
        for book in books:
            remarks += book["remarks"]
        return cls(
            plain(result["student"]),
            result["score"],
            result["max_score"],
            result["needs_marking"],
            {plain(name): cell["score"] for name, cell in cells.items()},
            plain(" ".join(remarks)),
            _comment(cells.values(), remarks),
        )


def name_of(book, cell, books):
    """Return what a graded cell is called in tables."""
    return f"{book['name']}/{cell['id']}" if len(books) > 1 else cell["id"]


def number(points):
    """Return points as people write them.

    >>> number(7.0), number(0.125), number(None)
    ('7', '0.125', '')
    """
    if points is None:
        return ""
    return f"{points:.4f}".rstrip("0").rstrip(".")


def plain(text):
    """Return a stranger's text as one short line that is not a formula.

    >>> plain("=1+1\\nand more")
    "'=1+1 and more"
    """
    text = _UNSEEN.sub(" ", text[:LONGEST]).strip()
    return f"'{text}" if text.startswith(_FORMULA) else text


def grades(assignment, rows):
    """Return grades.csv: a line per student, a column per graded cell."""
    cells = list(dict.fromkeys(name for row in rows for name in row.cells))
    heading = ["student", "score", "max_score", "needs_marking"]
    lines = [[*heading, *cells, "remarks"]]
    for row in rows:
        points = [number(row.cells.get(name)) for name in cells]
        numbers = [number(row.score), number(row.max_score)]
        marking = "yes" if row.needs_marking else "no"
        lines.append([row.student, *numbers, marking, *points, row.remarks])
    return _csv(lines)


def canvas(assignment, rows):
    """Return what Canvas's gradebook imports.

    Canvas finds a student by ID, else by login, else by name, and asks which
    assignment is meant if none is called like this one.
    """
    most = max((row.max_score for row in rows), default=0)
    title = plain(assignment)
    ids = ["ID", "SIS User ID", "SIS Login ID", "Section"]
    lines = [
        ["Student", *ids, title],
        ["    Points Possible", "", "", "", "", number(most)],
    ]
    for row in rows:
        who = person(row.student)
        login = "" if who.canvas or who.moodle else who.name
        lines.append([who.name, who.canvas or "", "", login, "", _grade(row)])
    return _csv(lines)


def moodle(assignment, rows):
    """Return what Moodle takes as an offline grading worksheet.

    Moodle finds a student by the Identifier alone, and wants a column for
    the time of the last grade, which may be empty.
    """
    lines = [
        [
            "Identifier",
            "Full name",
            "Grade",
            "Maximum Grade",
            "Last modified (grade)",
            "Feedback comments",
        ]
    ]
    for row in rows:
        who = person(row.student)
        identifier = f"Participant {who.moodle}" if who.moodle else ""
        grade = [_grade(row), number(row.max_score)]
        lines.append([identifier, who.name, *grade, "", row.comment])
    return _csv(lines)


FORMATS = {
    "grades.csv": grades,
    "grades_canvas.csv": canvas,
    "grades_moodle.csv": moodle,
}


def _grade(row):
    return "" if row.needs_marking else number(row.score)


def _comment(cells, remarks):
    """Return a line per student for Moodle, which shows it as HTML."""
    found = []
    for cell in cells:
        name = cell["exercise"] or cell["id"]
        state = f"{name}: {cell['state']}"
        if cell["mistake"]:
            state += f" ({cell['mistake'].rstrip('.')})"
        found.append(f"{state}.")
    return html.escape(plain(" ".join([*found, *remarks])))


def _csv(lines):
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return "\ufeff" + text.getvalue()
