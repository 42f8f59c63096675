"""The tables of nbgrader's gradebook, as far as marking needs them.

nbgrader's own classes take seconds to import and commit once for each cell.
Here SQLAlchemy reads the columns from the gradebook itself, in SQLite or
PostgreSQL, and one transaction writes all that one submission changes.
"""

import uuid
from contextlib import contextmanager
from types import SimpleNamespace

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool

PATIENCE = 60  # seconds that another program may keep the gradebook locked
UNTOUCHED = "No response."  # nbgrader's own words
_TABLES = [
    *("student", "assignment", "notebook", "base_cell", "source_cell"),
    *("grade_cells", "task_cells", "solution_cells"),
    *("submitted_assignment", "submitted_notebook", "grade", "comment"),
]
_NEW = {  # what nbgrader's classes put into new rows
    "submitted_notebook": {"flagged": False},
    "grade": {"needs_manual_grade": True},
}
_SIGNS_OF_AGE = ("no such", "does not exist", "not available in")


class Gradebook:
    """A gradebook, which need not be there yet.

    Parameters
    ----------
    url : str
        As SQLAlchemy takes it.

    Raises
    ------
    ValueError
        If this is no address of a gradebook.
    OSError
        By every method, if the gradebook cannot be read or written;
        TimeoutError if another program keeps it locked.
    """

    def __init__(self, url):
        try:
            self._url = sa.make_url(url)
            self._engine = _engine(self._url)
        except (sa.exc.ArgumentError, ImportError) as error:
            raise ValueError(
                f"The gradebook's address cannot be used: {error}. Needed: "
                "such as sqlite:///gradebook.db or postgresql:///gradebook."
            ) from None
        self._known = None

    def cells(self, assignment):
        """Return the set of cells that marks and comments belong to.

        Returns
        -------
        set of tuple, empty if the assignment is not there
            (notebook, cell, kind, points), where kind is nbgrader's
            "GradeCell", "TaskCell" or "SolutionCell"; points is None for the
            last.
        """
        with self._transaction() as db:
            if not _has_tables(db):
                return set()
            t = self._tables(db)
            points = sa.func.coalesce(
                t.grade_cells.c.max_score, t.task_cells.c.max_score
            )
            cell = t.base_cell.c
            rows = (
                sa.select(t.notebook.c.name, cell.name, cell.type, points)
                .select_from(t.notebook)
                .join(t.assignment)
                .join(t.base_cell)
                .outerjoin(t.grade_cells)
                .outerjoin(t.task_cells)
                .where(t.assignment.c.name == assignment)
            )
            return {tuple(row) for row in db.execute(rows)}

    def marks(self, assignment):
        """Return what the grader has given so far, asking once.

        Returns
        -------
        dict of str to dict
            {student: {(notebook, cell): score}}; None for a score that waits
            for a person.
        """
        found = {}
        with self._transaction() as db:
            if not _has_tables(db):
                return found
            t = self._tables(db)
            student = t.submitted_assignment.c.student_id
            cell = (t.notebook.c.name, t.base_cell.c.name)
            rows = (
                sa.select(student, *cell, t.grade.c.auto_score)
                .select_from(t.grade)
                .join(t.base_cell)
                .join(t.notebook)
                .join(t.assignment)
                .join(
                    t.submitted_notebook,
                    t.submitted_notebook.c.id == t.grade.c.notebook_id,
                )
                .join(
                    t.submitted_assignment,
                    t.submitted_assignment.c.id
                    == t.submitted_notebook.c.assignment_id,
                )
                .where(t.assignment.c.name == assignment)
            )
            for name, *place, score in db.execute(rows):
                found.setdefault(name, {})[tuple(place)] = score
        return found

    def write(self, assignment, result, answers, moment=None, penalty=None):
        """Write one submission's marks and comments, all or none of them.

        What a person has given stays: scores, extra credit, comments.

        Parameters
        ----------
        assignment : str
            The name of one that is in the gradebook.
        result : dict
        answers : dict of tuple to str
            {(notebook, cell): text} of the answers that were handed in.
        moment : datetime, optional
            When they were, in UTC and without a time zone. Without it the
            gradebook's own note stays.
        penalty : callable, optional
            penalty(student, score, seconds) returns the points to take off a
            notebook that is so many seconds late, or None.
        """
        with self._transaction() as db:
            entry = _Entry(db, self._tables(db), result)
            entry.open(assignment, moment)
            for notebook in entry.notebooks():
                entry.mark(notebook)
                entry.comment(notebook, answers)
                entry.take_off(notebook, penalty)

    def _tables(self, db):
        if self._known is None:
            metadata = sa.MetaData()
            # SQLite has no lengths of time and would take this for a date.
            extension = sa.Column("extension", sa.Interval)
            sa.Table(
                "submitted_assignment", metadata, extension, autoload_with=db
            )
            metadata.reflect(db, only=_TABLES)
            self._known = SimpleNamespace(**metadata.tables)
        return self._known

    @contextmanager
    def _transaction(self):
        try:
            with self._engine.begin() as db:
                yield db
        except sa.exc.SQLAlchemyError as error:
            raise self._in_words(error) from error

    def _in_words(self, error):
        where = self._url.render_as_string(hide_password=True)
        what = " ".join(str(getattr(error, "orig", None) or error).split())
        if "locked" in what or "lock timeout" in what:
            return TimeoutError(
                f"Another program has kept the gradebook {where} locked for "
                f"{PATIENCE} seconds. Close it and grade again: what is "
                "graded already is kept."
            )
        advice = ""
        if any(sign in what for sign in _SIGNS_OF_AGE):
            advice = (
                " It may be an older nbgrader's: make a copy of it, then run "
                "`nbgrader db upgrade`."
            )
        return OSError(f"The gradebook {where} cannot be used: {what}{advice}")


class _Entry:
    """What is written about one submission, inside of one transaction."""

    def __init__(self, db, tables, result):
        self._db, self._t, self._result = db, tables, result

    def open(self, assignment, moment):
        """Find or make the rows of the student and of the submission."""
        t, student = self._t, self._result["student"]
        self._row(t.student, id=student)
        named = t.assignment.c.name == assignment
        self._assignment = self._db.execute(
            sa.select(t.assignment.c.id).where(named)
        ).scalar_one()
        self._submission = self._row(
            t.submitted_assignment,
            assignment_id=self._assignment,
            student_id=student,
        )
        if moment is not None:
            self._db.execute(
                sa.update(t.submitted_assignment)
                .where(t.submitted_assignment.c.id == self._submission)
                .values(timestamp=moment)
            )
        self._late = self._seconds_late()

    def notebooks(self):
        """Return what the other methods need to know of each notebook."""
        t = self._t
        missing = {"state": "missing", "cells": []}
        found = {book["name"]: book for book in self._result["notebooks"]}
        sources = self._db.execute(
            sa.select(t.notebook.c.id, t.notebook.c.name)
            .where(t.notebook.c.assignment_id == self._assignment)
            .order_by(t.notebook.c.name)
        )
        return [
            SimpleNamespace(
                name=name,
                source=source,
                row=self._row(
                    t.submitted_notebook,
                    assignment_id=self._submission,
                    notebook_id=source,
                ),
                there=(book := found.get(name, missing))["state"] == "graded",
                scores=_scores(book),
                states={cell["id"]: cell["state"] for cell in book["cells"]},
            )
            for source, name in sources.all()
        ]

    def mark(self, notebook):
        """Write the scores of a notebook, by nbgrader's rules."""
        grade = self._t.grade
        rows = self._rows(grade, notebook, "GradeCell", "TaskCell")
        waits = sa.bindparam("waits", type_=sa.Boolean)
        seen = grade.c.manual_score.is_not(None)
        if not notebook.there:  # then a person has nothing to look at
            seen = sa.false()
        changes = sa.update(grade).where(grade.c.id == sa.bindparam("row"))
        self._each(
            changes.values(
                auto_score=sa.bindparam("score"),
                needs_manual_grade=sa.or_(seen, waits),
            ),
            [
                {"row": rows[cell], "score": score, "waits": score is None}
                for cell, score in notebook.scores.items()
                if cell in rows
            ],
        )

    def comment(self, notebook, answers):
        """Say of each answer whether there is one, as nbgrader does."""
        comment, source = self._t.comment, self._t.source_cell
        rows = self._rows(comment, notebook, "SolutionCell", "TaskCell")
        given = self._db.execute(
            sa.select(source.c.name, source.c.source).where(
                source.c.notebook_id == notebook.source
            )
        )
        untouched = {
            name
            for name, text in given
            if (answer := answers.get((notebook.name, name))) is not None
            and answer.rstrip() == (text or "").rstrip()
        }
        for cell, state in notebook.states.items():  # known better than this
            untouched.discard(cell)
            if state == "not started" and notebook.there:
                untouched.add(cell)
        changes = sa.update(comment).where(comment.c.id == sa.bindparam("row"))
        self._each(
            changes.values(auto_comment=sa.bindparam("text")),
            [
                {"row": row, "text": UNTOUCHED if cell in untouched else None}
                for cell, row in rows.items()
            ],
        )

    def take_off(self, notebook, penalty):
        """Take points off a notebook that was handed in late."""
        points = None
        if self._late > 0 and penalty is not None:
            score = self._score(notebook)
            points = penalty(self._result["student"], score, self._late)
        if points is not None:
            points = min(max(points, 0), score)
        submitted = self._t.submitted_notebook
        self._db.execute(
            sa.update(submitted)
            .where(submitted.c.id == notebook.row)
            .values(late_submission_penalty=points)
        )

    def _seconds_late(self):
        t = self._t
        submission = t.submitted_assignment
        moment, extension, due = self._db.execute(
            sa.select(
                submission.c.timestamp,
                submission.c.extension,
                t.assignment.c.duedate,
            )
            .join(t.assignment)
            .where(submission.c.id == self._submission)
        ).one()
        if moment is None or due is None:
            return 0
        if extension is not None:
            due += extension
        return max(0, (moment - due).total_seconds())

    def _score(self, notebook):
        """Return what a notebook is worth, with what a person has given."""
        grade = self._t.grade.c
        given = sa.func.coalesce(grade.manual_score, grade.auto_score)
        extra = sa.func.coalesce(grade.extra_credit, 0.0)
        return self._db.execute(
            sa.select(sa.func.coalesce(sa.func.sum(given + extra), 0.0)).where(
                grade.notebook_id == notebook.row
            )
        ).scalar_one()

    def _rows(self, table, notebook, *kinds):
        """Return {cell: id} of its rows in a table; make what is missing."""
        cell = self._t.base_cell.c
        of_cells = dict(
            self._db.execute(
                sa.select(cell.name, cell.id)
                .where(cell.notebook_id == notebook.source)
                .where(cell.type.in_(kinds))
                .order_by(cell.name)
            ).all()
        )
        mine = table.c.notebook_id == notebook.row
        there = sa.select(table.c.cell_id, table.c.id).where(mine)
        rows = dict(self._db.execute(there).all())
        new = [
            {"id": uuid.uuid4().hex, "notebook_id": notebook.row, "cell_id": c}
            | _NEW.get(table.name, {})
            for c in of_cells.values()
            if c not in rows
        ]
        self._each(sa.insert(table), new)
        rows |= {row["cell_id"]: row["id"] for row in new}
        return {name: rows[cell_id] for name, cell_id in of_cells.items()}

    def _row(self, table, **key):
        """Return the id of the row with this key; make it if there is none."""
        found = self._db.execute(
            sa.select(table.c.id).where(
                *(table.c[name] == value for name, value in key.items())
            )
        ).scalar()
        if found is None:
            found = key.get("id", uuid.uuid4().hex)
            new = {"id": found, **_NEW.get(table.name, {}), **key}
            self._db.execute(sa.insert(table).values(new))
        return found

    def _each(self, statement, rows):
        if rows:
            self._db.execute(statement, rows)


def scores(result):
    """Return what a result says the gradebook should hold.

    Returns
    -------
    dict of tuple to float or None
        {(notebook, cell): score}, None where a person has to give it. A
        notebook that was not handed in, or cannot be read, has no marks.

    >>> scores({"notebooks": [{"name": "sheet", "state": "missing",
    ...                        "cells": [{"id": "essay", "score": None}]}]})
    {('sheet', 'essay'): 0.0}
    """
    return {
        (book["name"], cell): score
        for book in result["notebooks"]
        for cell, score in _scores(book).items()
    }


def _scores(book):
    there = book["state"] == "graded"
    return {
        cell["id"]: cell["score"] if there else 0.0 for cell in book["cells"]
    }


def _engine(url):
    # A connection lasts for one transaction: the file may be replaced, or the
    # server be restarted, while a grader runs.
    if url.get_backend_name() != "sqlite":
        wait = {"options": f"-c lock_timeout={PATIENCE}s"}
        return sa.create_engine(url, connect_args=wait, poolclass=NullPool)
    wait = {"timeout": PATIENCE}
    engine = sa.create_engine(url, connect_args=wait, poolclass=NullPool)
    event.listen(engine, "connect", _leave_begin_to_us)
    event.listen(engine, "begin", _begin_as_writer)
    return engine


def _leave_begin_to_us(connection, _):
    connection.isolation_level = None


def _begin_as_writer(connection):
    """Wait for the lock at once.

    A transaction that reads first and then finds that another has written
    would fail without waiting.
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _has_tables(db):
    return sa.inspect(db).has_table("assignment")
