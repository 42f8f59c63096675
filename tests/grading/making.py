"""Notebooks for tests: a teacher's, and what students make of them.

Answers to the book's sheets are not written a second time. The tests of the
checks hold hundreds, right and wrong, and `typed_out` turns any of them into
the text of a cell.
"""

import ast
import importlib.util
import inspect
import json
import sys
from functools import cache
from pathlib import Path

from nnlib.checks.checking import EXERCISES
from nnlib.grading import run
from nnlib.grading.folder import Results

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted(path.name for path in (ROOT / "solutions").iterdir())
KERNEL = {
    "display_name": "Python 3",
    "language": "python",
    "name": "python3",
}
RIGHTS = {
    "given": {"locked": True},
    "solution": {"solution": True},
    "test": {"grade": True, "locked": True},
    "manual": {"grade": True, "solution": True},
    "task": {"task": True, "locked": True},
}


# --- cells -------------------------------------------------------------------


def cell(role, name, text, points=0, kind=None):
    """Return a cell with nbgrader's metadata, "own" for one without."""
    made = {
        "cell_type": kind or ("markdown" if role == "task" else "code"),
        "id": name,
        "metadata": {},
        "source": text,
    }
    if made["cell_type"] == "code":
        made |= {"execution_count": None, "outputs": []}
    if role != "own":
        about = dict.fromkeys(("grade", "solution", "locked", "task"), False)
        about |= {"grade_id": name, "schema_version": 3, **RIGHTS[role]}
        if about["grade"] or about["task"]:
            about["points"] = points
        made["metadata"]["nbgrader"] = about
    return made


def as_notebook(cells):
    """Return a notebook of these cells, as a dict."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": KERNEL},
        "cells": cells,
    }


def as_bytes(notebook):
    return json.dumps(notebook).encode()


def grade_id(one):
    """Return nbgrader's name of a cell, None if it has none."""
    return one["metadata"].get("nbgrader", {}).get("grade_id")


def text_of(one):
    return "".join(one["source"])


def filled_in(data, answers):
    """Return a notebook's bytes with some answers written into it.

    Parameters
    ----------
    data : bytes
    answers : dict of str to str
        The text of the cell with this name.
    """
    notebook = json.loads(data)
    for one in notebook["cells"]:
        if grade_id(one) in answers:
            one["source"] = answers[grade_id(one)]
    return as_bytes(notebook)


# --- notebooks as texts ------------------------------------------------------


def cells_in(text):
    """Return the cells of a notebook that is written as one text.

    Returns
    -------
    cells : list of dict
    others : dict of str to list of str
        {name: what other students write into the cell}.
    """
    cells, others = [], {}
    for part in text.split("\n# %% ")[1:]:
        head, _, body = part.partition("\n")
        role, name, *more = head.split()
        body = body.strip("\n")
        if role in ("wrong", "other"):
            others.setdefault(name, []).append(body)
            continue
        points = float(more[0]) if more else 0
        kind = "markdown" if role == "text" or "markdown" in more else None
        role = "own" if role == "text" else role
        cells.append(cell(role, name, body, points, kind))
    return cells, others


# --- the real grader ---------------------------------------------------------


def graded(folder, source, handed, **options):
    """Grade submissions with all that the grader is; return its results.

    Parameters
    ----------
    folder : Path
        It is filled with "source", "handed" and "out".
    source : bytes or dict of str to bytes
        The teacher's notebook, or files. The assignment is called "sheet".
    handed : dict of str to (bytes or dict of str to bytes)
        By student.
    options
        Of `run.grade`.

    Returns
    -------
    dict of str to dict
    """
    write_files(folder / "source", as_files(source))
    for student, files in handed.items():
        write_files(folder / "handed" / student, as_files(files))
    store = Results(
        folder / "out", folder / "source", "sheet", folder / "handed"
    )
    options = {"jobs": 2, "seed": 1} | options
    summary = run.grade(store, **options)
    assert summary.failures == []
    return {result["student"]: result for result in store.stored_results()}


def as_files(given):
    return given if isinstance(given, dict) else {"sheet.ipynb": given}


def write_files(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


# --- the sheets of the book --------------------------------------------------


def source_of(sheet):
    """Return a sheet of the book as its teacher has it, as bytes."""
    return (ROOT / "solutions" / sheet / f"{sheet}.ipynb").read_bytes()


def starter_of(sheet):
    """Return a sheet as students get it, as bytes."""
    return (ROOT / "exercises" / sheet / f"{sheet}.ipynb").read_bytes()


@cache
def solutions_of(sheet):
    """Return {exercise: (name of the answer's cell, the answer's text)}."""
    found = {}
    for one in json.loads(source_of(sheet))["cells"]:
        if one["metadata"].get("nbgrader", {}).get("solution"):
            for name in bound_by(ast.parse(text_of(one)).body):
                if name in EXERCISES:
                    found[name] = grade_id(one), text_of(one)
    return found


@cache
def answers_to(sheet):
    """Return {exercise: [(answer, the mistake that it makes)]}.

    They are all that stand at the top of the checks' own tests; a right one
    makes the mistake None.
    """
    module = _tests_of(sheet)
    found = {name: [] for name in solutions_of(sheet)}
    for exercise, answer, *what in [*module.RIGHT, *module.TYPED]:
        if vars(module).get(answer.__name__) is answer:
            pair = answer, what[0] if what else None
            found[exercise.name].append(pair)
    return found


def _tests_of(sheet):
    folder = ROOT / "tests" / "checks"
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    name = f"test_{sheet.partition('_')[2]}"
    known = f"checks_{name}"
    if known not in sys.modules:
        file = folder / f"{name}.py"
        spec = importlib.util.spec_from_file_location(known, file)
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


# --- answers as text ---------------------------------------------------------


def typed_out(answer, name):
    """Return a cell that defines an answer by a name, and all that it needs.

    Parameters
    ----------
    answer : function or class
        It stands at the top of a module.
    name : str
        What it is called in the cell.
    """
    text = inspect.getsource(inspect.getmodule(answer))
    tree, lines = ast.parse(text), text.splitlines()
    wanted, waiting = set(), [answer.__name__]
    known = {bound: node for node in tree.body for bound in bound_by([node])}
    while waiting:
        node = known.get(waiting.pop())
        if node is not None and node not in wanted:
            wanted.add(node)
            waiting += _read_by(node)
    parts = [_lines_of(node, lines) for node in tree.body if node in wanted]
    if answer.__name__ != name:
        renamed = f"{answer.__name__}.__name__ = {name!r}"
        parts.append(f"{name} = {answer.__name__}\n{renamed}")
    return "\n\n\n".join(parts)


def bound_by(statements):
    """Return the names that some statements bind at the top."""
    found = []
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found += [(a.asname or a.name).split(".")[0] for a in node.names]
        elif isinstance(node, ast.Assign):
            found += [
                part.id
                for target in node.targets
                for part in ast.walk(target)
                if isinstance(part, ast.Name)
            ]
    return found


def _read_by(node):
    return [x.id for x in ast.walk(node) if isinstance(x, ast.Name)]


def _lines_of(node, lines):
    first = min([node, *getattr(node, "decorator_list", [])], key=_line)
    return "\n".join(lines[_line(first) - 1 : node.end_lineno])


def _line(node):
    return node.lineno
