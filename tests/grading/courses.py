"""A small course for tests: one assignment, three students, all cell kinds."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa

NAME = "ps 1"
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "101"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.ignore.append("*.o")
c.LateSubmissionPlugin.penalty_method = "zero"
"""
HIDDEN = "### BEGIN HIDDEN TESTS\nassert twice(-1) == -2\n### END HIDDEN TESTS"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
CELLS = {  # id: (type, role, points, text of the source)
    "twice": (
        "code",
        "solution",
        0,
        "def twice(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n"
        "    ### END SOLUTION",
    ),
    "twice-check": ("code", "test", 2, f"assert twice(3) == 6\n{HIDDEN}"),
    "partly-check": ("code", "test", 4, "1.5 if twice(1) == 2 else 0.5"),
    "plot": ("code", "manual", 3, "### BEGIN SOLUTION\n0\n### END SOLUTION"),
    "essay": ("markdown", "manual", 4, "Because."),
    "project": ("markdown", "task", 5, "Do something."),
}
EXTRA = {"extra-check": ("code", "test", 1, "assert True")}
ROLES = {
    "solution": {"solution": True},
    "test": {"grade": True, "locked": True},
    "manual": {"grade": True, "solution": True},
    "task": {"task": True, "locked": True},
}


def notebook(cells, **texts):
    """Return a notebook's JSON; `texts` replace those of some cells."""
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {
                "kernelspec": {
                    "display_name": "Python 3",
                    "language": "python",
                    "name": "python3",
                }
            },
            "cells": [
                _cell(cell_id, *about[:3], texts.get(cell_id, about[3]))
                for cell_id, about in cells.items()
            ],
        }
    )


def _cell(cell_id, cell_type, role, points, text):
    nbgrader = {
        "grade_id": cell_id,
        "schema_version": 3,
        **dict.fromkeys(("grade", "solution", "locked", "task"), False),
        **ROLES[role],
    }
    if role != "solution":
        nbgrader["points"] = points
    code = {"execution_count": None, "outputs": []}
    return {
        "cell_type": cell_type,
        "id": cell_id,
        "metadata": {"nbgrader": nbgrader},
        "source": text,
        **(code if cell_type == "code" else {}),
    }


STARTER = {
    "twice": "def twice(x):\n    # YOUR CODE HERE\n"
    "    raise NotImplementedError()",
    "twice-check": "assert twice(3) == 6\n",
    "plot": STUB,
    "essay": "YOUR ANSWER HERE",
}
RIGHT = {"twice": "def twice(x):\n    return x + x"}
# What the students hand in: {notebook: {cell: text}}, and when.
HANDED_IN = {
    "ada": (
        {"sheet": {**RIGHT, "plot": "1", "essay": "Thus."}, "extra": {}},
        "2026-01-02 10:00:00.000000 UTC",  # late
    ),
    "bob": ({"sheet": {}, "extra": {}}, "2025-12-31 10:00:00 +0100"),
    "cleo": ({"sheet": {**RIGHT, "essay": "Hm."}}, None),
}


def make(root):
    """Write a course directory: source and submissions, no gradebook."""
    source = root / "solutions" / NAME
    source.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG)
    (source / "sheet.ipynb").write_text(notebook(CELLS))
    (source / "extra.ipynb").write_text(notebook(EXTRA))
    (source / "data").mkdir()
    (source / "data" / "numbers.csv").write_text("1,2\n")
    (source / "junk.o").write_text("")
    for student, (sheets, stamp) in HANDED_IN.items():
        hand_in(root, student, sheets, stamp)
    return root


def hand_in(root, student, sheets, stamp=None):
    """Put a student's notebooks where nbgrader looks for them."""
    folder = root / "submitted" / student / NAME
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, texts in sheets.items():
        (folder / f"{name}.ipynb").write_text(handed_in(name, texts))
    (folder / "notes.txt").write_bytes(os.fsencode(f"{student}'s own"))
    (folder / "data" / "numbers.csv").write_text("changed")
    if stamp is not None:
        (folder / "timestamp.txt").write_text(stamp)
    return folder


def handed_in(name, texts):
    cells = {"sheet": CELLS, "extra": EXTRA}[name]
    return notebook(cells, **{**STARTER, **texts})


def result(student, digest="1", sheets=None):
    """Return the result that marking a student's submission should have."""
    sheets = HANDED_IN[student][0] if sheets is None else sheets
    books = [
        _book("extra", EXTRA, sheets.get("extra")),
        _book("sheet", CELLS, sheets.get("sheet")),
    ]
    cells = [cell for book in books for cell in book["cells"]]
    return {
        "format": 1,
        "assignment": NAME,
        "student": student,
        "digest": digest,
        "score": sum(cell["score"] or 0.0 for cell in cells),
        "max_score": sum(cell["points"] for cell in cells),
        "needs_marking": any(cell["score"] is None for cell in cells),
        "remarks": [],
        "notebooks": books,
    }


def _book(name, cells, texts):
    graded = {c: about for c, about in cells.items() if about[2]}
    state = "missing" if texts is None else "graded"
    marks = {c: _mark(c, graded[c], texts) for c in graded}
    return {
        "name": name,
        "state": state,
        "remarks": [],
        "cells": [
            {
                "id": cell,
                "kind": "manual" if about[1] == "manual" else about[1],
                "exercise": None,
                "points": float(about[2]),
                "score": marks[cell][0],
                "state": marks[cell][1],
                "mistake": None,
                "message": "",
            }
            for cell, about in graded.items()
        ],
    }


def _mark(cell, about, texts):
    if texts is None:
        return 0.0, "not run"
    if about[1] == "task":
        return None, "to mark"
    if about[1] == "manual":
        return (None, "to mark") if cell in texts else (0.0, "not started")
    if cell == "extra-check":
        return 1.0, "passed"
    if "twice" not in texts:
        return 0.0, "not started"
    return (1.5, "partial") if cell == "partly-check" else (2.0, "passed")


def autograded(student, sheets=None):
    """Return the notebooks that come with a result."""
    sheets = HANDED_IN[student][0] if sheets is None else sheets
    return {f"{n}.ipynb": handed_in(n, texts) for n, texts in sheets.items()}


def nbgrader(root, *command):
    """Run the real nbgrader in a course directory; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command, "--log-level=ERROR"],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def script(root, text):
    """Run Python in a course directory; return the JSON that it printed."""
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def environment(root):
    beside = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(root / ".jupyter"),
        "HOME": str(root),
    }


@contextlib.contextmanager
def postgresql():
    """Start a PostgreSQL server of our own; yield the address of a database.

    It refuses to run as root, so then the user that Debian made for it does.
    """
    found = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    programs = (sorted(found) or [Path(shutil.which("pg_ctl"))])[-1].parent
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # A socket's path may have 107 characters, which tmp_path exceeds.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        if user:
            shutil.chown(folder, "postgres")
        options = f"-c listen_addresses= -c fsync=off -k {folder}"

        def run(name, *arguments):
            subprocess.run(
                [*user, programs / name, "-D", f"{folder}/data", *arguments],
                cwd=folder,
                check=True,
                stdout=subprocess.DEVNULL,
            )

        run("initdb", "--no-sync", "-A", "trust", "-U", "teacher")
        run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://teacher@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


def new_database(server, name, like="template1"):
    """Make a database that is a copy of another; return its address."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")
