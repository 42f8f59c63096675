import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader import utils
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearSolutions,
)

from nnlib import installation
from nnlib.grading import source

ANSWER = '''def f(x):
    """Double."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION'''
HIDDEN = """assert f(1) == 2
### BEGIN HIDDEN TESTS
assert f(2) == 4
### END HIDDEN TESTS
assert f(3) == 6"""
TASK = """Draw it.
=== BEGIN MARK SCHEME ===
2 points for axes.
=== END MARK SCHEME ==="""


def cell(text, kind="code", **nbgrader):
    made = new_code_cell if kind == "code" else new_markdown_cell
    metadata = {"nbgrader": nbgrader} if nbgrader else {}
    return made(text, metadata=metadata)


def read(*cells, **metadata):
    notebook = new_notebook(cells=list(cells), metadata=metadata)
    return source.read_source("sheet", json.dumps(notebook).encode())


@pytest.mark.parametrize(
    ("text", "kind", "rights"),
    [
        (ANSWER, "code", {"solution": True}),
        ("return 2 * x", "code", {"solution": True}),
        (ANSWER, "code", {"solution": True, "grade": True, "points": 1}),
        ("It is *so*.", "md", {"solution": True, "grade": True, "points": 1}),
        (HIDDEN, "code", {"grade": True, "points": 1}),
        (TASK, "md", {"task": True, "points": 1}),
        ("import numpy", "code", {"locked": True}),
    ],
)
def test_the_released_text_is_that_of_nbgrader(text, kind, rights):
    nbgrader = {"grade": False, "solution": False, "locked": False} | rights
    made = cell(text, kind, grade_id="a", schema_version=3, **nbgrader)
    found = read(made).cells[0]
    resources = {"language": "python"}
    for step in (ClearSolutions, ClearHiddenTests, ClearMarkScheme):
        step().preprocess_cell(made, resources, 0)
    assert found.released == made.source
    assert found.source == text


def test_a_text_without_regions_keeps_its_last_empty_lines():
    found = read(cell("a = 1\n\n", grade_id="a", locked=True)).cells[0]
    assert found.released == "a = 1\n\n"


@pytest.mark.parametrize(
    "nbgrader",
    [
        {"grade": True, "points": "2"},
        {"grade": True, "points": ""},
        {"grade": True},
        {"solution": True, "points": 3},
        {"grade": True, "solution": True, "points": 3, "schema_version": 1},
        {"locked": True, "solution": True, "schema_version": 2},
        {"locked": True, "schema_version": 2, "checksum": "abc"},
        {"locked": False, "points": 5},
        {
            "schema_version": 3,
            **{"grade": False, "solution": False, "locked": True},
        },
    ],
)
def test_metadata_of_all_versions_mean_what_nbgrader_makes_of_them(nbgrader):
    found = read(cell("1", grade_id="a", **nbgrader)).cells[0]
    upgraded = MetadataValidator().upgrade_cell_metadata(
        cell("1", grade_id="a", **nbgrader)
    )
    meta = upgraded.metadata.get("nbgrader", {})
    assert found.grade == utils.is_grade(upgraded)
    assert found.solution == utils.is_solution(upgraded)
    assert found.locked == utils.is_locked(upgraded)
    assert found.points == meta.get("points", 0)
    assert found.id == meta.get("grade_id")


def test_a_task_is_read_with_its_points():
    found = read(cell("x", "md", task=True, grade_id="a", points=2)).cells[0]
    assert (found.role, found.points) == ("task", 2.0)


def test_the_cells_metadata_pass_nbgraders_own_examination():
    rights = {"solution": True, "grade": True, "points": 1}
    made = cell("x", grade_id="a", **rights)
    made.metadata["tags"] = ["long"]
    found = read(made).cells[0]
    made.metadata = found.metadata
    MetadataValidator().validate_cell(made)
    assert found.metadata["tags"] == ["long"]
    assert found.metadata["nbgrader"]["grade_id"] == "a"


@pytest.mark.parametrize(
    ("kind", "rights", "role"),
    [
        ("code", {}, None),
        ("code", {"locked": True}, "given"),
        ("md", {"locked": True}, None),
        ("code", {"solution": True}, "student"),
        ("md", {"solution": True}, None),
        ("code", {"solution": True, "grade": True}, "manual"),
        ("md", {"solution": True, "grade": True}, "text"),
        ("code", {"grade": True}, "test"),
        ("md", {"task": True}, "task"),
    ],
)
def test_each_kind_of_cell_has_its_role(kind, rights, role):
    name = {"grade_id": "a"} if rights else {}
    assert read(cell("1", kind, **rights, **name)).cells[0].role == role


TEST = {"grade": True, "grade_id": "a"}


@pytest.mark.parametrize(
    ("cells", "trouble"),
    [
        ([cell("1", **TEST)] * 2, "two cells have the id a."),
        (
            [cell("1", grade=True)],
            "a cell is marked for nbgrader but has no id; it begins with '1'.",
        ),
        (
            [cell("1", points=-1, **TEST)],
            "the points of a are no number from 0 up.",
        ),
        (
            [cell("1", points="many", **TEST)],
            "the points of a are no number from 0 up.",
        ),
        (
            [cell("1", points=float("inf"), **TEST)],
            "the points of a are no number from 0 up.",
        ),
        ([cell("1", "md", **TEST)], "a is a test, but it is not code."),
        (
            [cell("1", task=True, grade_id="a")],
            "a is a task, but it is not markdown.",
        ),
        (
            [cell("### BEGIN SOLUTION\n1", solution=True, grade_id="a")],
            "a has BEGIN SOLUTION, but no END SOLUTION.",
        ),
        (
            [cell("# BEGIN HIDDEN TESTS\n" * 2, **TEST)],
            "a has two BEGIN HIDDEN TESTS in a row.",
        ),
        (
            [cell("### AUTOTEST f(1)", **TEST)],
            "a has a line with AUTOTEST, which `nbgrader "
            "generate_assignment` replaces by tests; write the tests out.",
        ),
    ],
)
def test_a_source_that_cannot_be_graded_by_is_refused(cells, trouble):
    data = json.dumps({"cells": cells}).encode()
    with pytest.raises(ValueError, match="sheet") as refusal:
        source.read_source("sheet", data)
    assert str(refusal.value) == f"sheet.ipynb: {trouble}"


def test_a_source_in_another_language_is_refused():
    with pytest.raises(ValueError, match="the notebook's language is R; only"):
        read(kernelspec={"language": "R", "name": "r", "display_name": "R"})


def test_a_source_that_is_no_notebook_is_refused_in_the_same_way():
    with pytest.raises(ValueError, match=r"^sheet\.ipynb: The file is empty"):
        source.read_source("sheet", b"")


def test_only_cells_that_run_say_what_is_imported():
    found = read(
        cell("import numpy as np\nfrom nnlib import datasets, plots"),
        cell("import scipy", solution=True, grade_id="a"),
        cell("import os.path", **TEST | {"grade_id": "b"}),
        cell("from nnlib.activations import relu"),
        cell("import json", **TEST | {"grade_id": "c"}),
        cell("import nnlib.layers"),
    )
    assert found.imported == {
        *("numpy", "nnlib", "nnlib.datasets", "nnlib.plots"),
        *("nnlib.activations", "nnlib.activations.relu"),
    }


def test_below_a_task_everything_runs():
    found = read(
        cell("Draw.", "md", task=True, grade_id="a"), cell("import json")
    )
    assert found.imported == {"json"}


def test_the_sheets_of_the_book_ask_for_what_they_check():
    path = installation.ROOT / "solutions/06_backpropagation"
    data = (path / "06_backpropagation.ipynb").read_bytes()
    found = source.read_source("06_backpropagation", data)
    assert found.asked == {
        *("softmax_cross_entropy_backward", "dense_backward", "sgd_step"),
        *("relu_backward", "mlp_backward", "gradient_error"),
        "find_wrong_gradient",
    }
    assert found.lent == {}
    assert found.needed == (1,)
    assert sum(cell.points for cell in found.cells) == 13
