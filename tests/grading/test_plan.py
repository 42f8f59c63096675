import copy
import json

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader import utils

from nnlib import installation
from nnlib.grading import plan
from nnlib.grading.handed_in import Unreadable

SHEETS = sorted(
    path.name for path in (installation.ROOT / "solutions").iterdir()
)
ANSWER = """def {0}(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION"""
STUB = """def {0}(x):
    # YOUR CODE HERE
    raise NotImplementedError()"""


def cell(name, text, kind="code", **rights):
    """Return a cell; without a name it has no metadata of nbgrader."""
    nbgrader = {
        **{"grade": False, "solution": False, "locked": False},
        **{"task": False, "schema_version": 3, "grade_id": name},
        **rights,
    }
    return {
        "cell_type": kind,
        "metadata": {"nbgrader": nbgrader} if name else {},
        "source": text,
    }


def answer(name, text=ANSWER, kind="code", **rights):
    return cell(name, text.format(name), kind, solution=True, **rights)


def check_of(name, text="assert {0}(1) == 1"):
    return cell(
        f"{name}-check",
        text.format(name),
        **{"grade": True, "locked": True, "points": 2},
    )


def own(text, kind="code"):
    return cell(None, text, kind)


SETUP = cell("setup", "import numpy as np", locked=True)
SHEET = [SETUP, answer("f"), check_of("f"), answer("g"), check_of("g")]
HANDED = [
    SETUP,
    answer("f", "def f(x): return 1"),
    check_of("f"),
    answer("g", "def g(x): return 2"),
    check_of("g"),
]


def data(cells, **rest):
    return json.dumps({"cells": cells, **rest}).encode()


def source_of(cells=SHEET, **metadata):
    return plan.read_source("sheet", data(cells, metadata=metadata))


def lay(handed, cells=SHEET):
    """Return the plan of a student's cells over a source's."""
    return plan.make_plan(source_of(cells), data(handed))


def turns(made):
    """Return the roles and ids of a plan, as in "test f-check"."""
    return [f"{step.role} {step.id or step.source}" for step in made.steps]


IN_ORDER = ["given setup", "student f", "test f-check", "student g"]
IN_ORDER += ["test g-check"]


# Honest notebooks


def test_an_honest_notebook_runs_cell_by_cell_without_remarks():
    made = lay(HANDED)
    assert turns(made) == IN_ORDER
    assert made.remarks == ()
    assert made.steps[1].source == "def f(x): return 1"
    assert made.steps[2].source == "assert f(1) == 1"
    assert [step.cell for step in made.steps] == [0, 1, 2, 3, 4]


def test_white_space_at_the_ends_of_lines_is_no_change():
    handed = copy.deepcopy(HANDED)
    handed[0]["source"] = ["import numpy as np  \n", "\n", " "]
    handed[2]["source"] = "assert f(1) == 1\r\n"
    assert lay(handed).remarks == ()


def test_a_students_own_cells_run_where_they_stand():
    handed = [*HANDED[:3], own("y = 1"), own("Note", "markdown"), *HANDED[3:]]
    made = lay(handed)
    assert turns(made) == [*IN_ORDER[:3], "student y = 1", *IN_ORDER[3:]]
    assert made.remarks == ()
    assert made.notebook["cells"][4]["source"] == "Note"


def test_code_after_the_last_marked_cell_is_not_run():
    cells = [*SHEET, cell("demo", "f(g(1))", locked=True)]
    handed = [*HANDED, cells[-1], own("1 / 0")]
    assert turns(lay(handed, cells)) == [
        *IN_ORDER,
        "after demo",
        "after 1 / 0",
    ]


def test_with_a_task_all_code_is_run_as_the_work_may_stand_below_it():
    task = cell("draw", "Draw.", "markdown", task=True, locked=True, points=1)
    made = lay([*HANDED, task, own("plot(f)")], [*SHEET, task])
    assert turns(made) == [*IN_ORDER, "task draw", "student plot(f)"]


@pytest.mark.parametrize("slug", SHEETS)
def test_the_books_sheets_are_laid_without_remarks(slug):
    path = installation.ROOT / "solutions" / slug / f"{slug}.ipynb"
    sheet = installation.ROOT / "exercises" / slug / f"{slug}.ipynb"
    source = plan.read_source(slug, path.read_bytes())
    for file, untouched in ((sheet, True), (path, False)):
        made = plan.make_plan(source, file.read_bytes())
        answers = [
            step
            for step in made.steps
            if step.id and source.cells[source.places[step.id]].solution
        ]
        assert made.remarks == ()
        assert len(answers) >= 5
        assert {step.untouched for step in answers} == {untouched}
        assert [step.id for step in made.steps if step.role == "test"] == [
            cell.id for cell in source.cells if cell.role == "test"
        ]


# What runs on the trusted side before a test


def test_a_test_gets_what_it_needs_once_and_no_more():
    cells = [
        SETUP,
        answer("f"),
        own("X = np.ones(3)"),
        cell("show", "plot(f(X))", locked=True),
        check_of("f", "assert f(X) == 1"),
        own("Y = 2 * X"),
        answer("g"),
        check_of("g", "assert g(Y) == 1"),
        check_of("g2", "assert g(X) == 1"),
    ]
    tests = [step for step in lay(cells, cells).steps if step.role == "test"]
    assert [step.before for step in tests] == [
        ("import numpy as np", "X = np.ones(3)"),
        ("Y = 2 * X",),
        (),
    ]


def test_what_a_test_needs_is_the_teachers_whatever_the_student_wrote():
    cells = [SETUP, own("X = 1"), answer("f"), check_of("f", "f(X)")]
    handed = [SETUP, own("X = 7"), answer("f"), check_of("f", "pass")]
    made = lay(handed, cells)
    assert made.steps[-1].before == ("import numpy as np", "X = 1")
    assert "student X = 7" in turns(made)


def test_a_test_that_runs_first_brings_what_stands_before_it_in_the_source():
    cells = [
        answer("f"),
        own("X = 1"),
        check_of("f", "f(X)"),
        own("Y = 1"),
        check_of("g", "f(X + Y)"),
    ]
    handed = [cells[0], cells[4], cells[2]]
    made = lay(handed, cells)
    assert [step.before for step in made.steps[1:]] == [
        ("X = 1", "Y = 1"),
        (),
    ]


# Tests and given cells


def test_an_edited_test_is_the_sources_at_its_own_place():
    handed = [*HANDED[:2], own("y = 1"), check_of("f", "pass"), *HANDED[3:]]
    made = lay(handed)
    assert turns(made) == [*IN_ORDER[:2], "student y = 1", *IN_ORDER[2:]]
    assert made.steps[3].source == "assert f(1) == 1"
    assert made.remarks == (
        "The check cell f-check had been changed; the original was used.",
    )


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_test_turned_into_text_is_run_all_the_same(kind):
    handed = copy.deepcopy(HANDED)
    handed[2]["cell_type"] = kind
    made = lay(handed)
    assert turns(made) == IN_ORDER
    assert made.notebook["cells"][2]["cell_type"] == "code"
    assert made.remarks == (
        "The check cell f-check had been changed; the original was used.",
    )


def test_a_missing_test_comes_after_its_answer_and_the_helpers_below():
    handed = [*HANDED[:2], own("h = 1"), own("Text", "raw"), *HANDED[3:]]
    made = lay(handed)
    assert turns(made) == [*IN_ORDER[:2], "student h = 1", *IN_ORDER[2:]]
    assert made.notebook["cells"][3]["source"] == "Text"
    assert made.remarks == (
        "The check cell f-check was missing; the original was used.",
    )


def test_missing_tests_come_in_the_sources_order():
    cells = [answer("f"), *(check_of(name) for name in "abc")]
    made = lay([cells[0], cells[2]], cells)
    assert turns(made)[1:] == ["test a-check", "test b-check", "test c-check"]


def test_a_test_without_any_answer_may_come_first():
    assert turns(lay([own("1")], [check_of("f")])) == [
        "student 1",
        "test f-check",
    ]
    made = lay([own("1"), check_of("f")], [check_of("e"), check_of("f")])
    assert turns(made) == ["test e-check", "student 1", "test f-check"]


def test_a_missing_test_of_a_missing_answer_comes_at_the_end():
    made = lay([SETUP, *HANDED[3:], own("def f(x): return 1")])
    assert turns(made) == [
        *("given setup", "student g", "test g-check"),
        *("student def f(x): return 1", "test f-check"),
    ]
    assert made.remarks == (
        "The answer cell f was missing.",
        "The check cell f-check was missing; the original was used.",
    )


def test_a_test_waits_for_an_answer_that_was_moved_below_it():
    setup, f, f_check, g, g_check = HANDED
    made = lay([setup, f_check, g, g_check, f, own("h = 1")])
    assert turns(made) == [
        *("given setup", "student g", "student f", "student h = 1"),
        *("test f-check", "test g-check"),
    ]
    assert made.remarks == tuple(
        f"The check cell {name}-check stood before a cell that it comes "
        "after on the sheet; it was run after that."
        for name in "fg"
    )


def test_an_answer_and_its_test_may_be_moved_up_and_down_together():
    cells = [*SHEET, answer("h"), check_of("h")]
    setup, f, f_check, g, g_check, h, h_check = cells
    made = lay([setup, f, g, f_check, h, g_check, h_check], cells)
    assert [step.role for step in made.steps[1:]] == [
        *("student", "student", "test", "student", "test", "test"),
    ]
    assert made.remarks == ()


def test_a_test_waits_for_a_given_cell_that_was_moved_below_it():
    made = lay([*HANDED[1:3], SETUP, *HANDED[3:]])
    assert turns(made)[:3] == ["student f", "given setup", "test f-check"]


def test_an_edited_given_cell_is_the_sources():
    handed = [cell("setup", "np = None", locked=True), *HANDED[1:]]
    made = lay(handed)
    assert made.steps[0].source == "import numpy as np"
    assert made.notebook["cells"][0]["source"] == "import numpy as np"
    assert made.remarks == (
        "The cell setup had been changed; the original was used.",
    )


def test_a_missing_given_cell_is_put_back_where_it_stood():
    middle = cell("middle", "Z = f(1)", locked=True)
    cells = [*SHEET[:3], middle, *SHEET[3:]]
    made = lay(HANDED[1:], cells)
    assert turns(made) == [
        *("given setup", "student f", "test f-check"),
        *("given middle", "student g", "test g-check"),
    ]
    assert made.remarks == (
        "The cell setup was missing; the original was used.",
        "The cell middle was missing; the original was used.",
    )


def test_a_missing_given_cell_is_not_led_astray_by_a_heading():
    title = cell("title", "# Sheet", "markdown", locked=True)
    made = lay([*HANDED[1:], title], [title, *SHEET])
    assert turns(made) == IN_ORDER


def test_a_locked_text_is_the_sources_and_needs_not_be_there():
    title = cell("title", "# Sheet", "markdown", locked=True)
    changed = cell("title", "# Mine", "markdown", locked=True)
    made = lay([changed, *HANDED], [title, *SHEET])
    assert made.notebook["cells"][0]["source"] == "# Sheet"
    assert made.remarks == (
        "The cell title had been changed; the original was used.",
    )
    assert lay(HANDED, [title, *SHEET]).remarks == ()


def test_copies_of_a_test_are_left_out():
    made = lay([*HANDED[:2], check_of("f"), *HANDED[2:]])
    assert turns(made) == IN_ORDER
    assert len(made.notebook["cells"]) == 5
    assert made.remarks == (
        "The check cell f-check stood there 2 times; the original was used.",
    )


def test_a_copy_of_a_test_that_was_written_over_is_a_cell_of_the_students():
    scratch = check_of("f", "help_me = 1")
    made = lay([*HANDED[:3], scratch, *HANDED[3:]])
    assert turns(made) == [
        *IN_ORDER[:3],
        "student help_me = 1",
        *IN_ORDER[3:],
    ]


def test_of_copies_that_were_all_written_over_the_last_one_is_the_test():
    handed = [*HANDED[:2], check_of("f", "a"), check_of("f", "b"), *HANDED[3:]]
    made = lay(handed)
    assert turns(made) == [*IN_ORDER[:2], "student a", *IN_ORDER[2:]]


def test_a_copy_of_a_given_cell_runs_again_and_moves_nothing():
    made = lay([*HANDED, SETUP, own("1")])
    assert turns(made) == [
        *IN_ORDER,
        "after import numpy as np",
        "after 1",
    ]


# Answers


def test_a_missing_answer_costs_a_remark_and_its_test_stays():
    made = lay([SETUP, *HANDED[2:]])
    assert turns(made) == [x for x in IN_ORDER if x != "student f"]
    assert made.remarks == ("The answer cell f was missing.",)


def test_of_copies_of_an_answer_the_last_one_counts_and_all_run():
    twice = [answer("f", "f = 1"), answer("f", "f = 2"), answer("f", "f = 3")]
    made = lay([SETUP, *twice, *HANDED[2:]])
    assert turns(made) == [
        *("given setup", "student f = 1", "student f = 2", "student f"),
        *IN_ORDER[2:],
    ]
    assert made.steps[3].source == "f = 3"
    assert made.remarks == (
        "The answer cell f stood there 3 times; the last one counts.",
    )


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_an_answer_turned_into_text_is_run_as_code(kind):
    handed = copy.deepcopy(HANDED)
    handed[1]["cell_type"] = kind
    made = lay(handed)
    assert turns(made) == IN_ORDER
    assert made.steps[1].source == "def f(x): return 1"
    assert made.remarks == (
        "The answer cell f had been turned into text; it was run as code.",
    )


TEXT = answer("why", "It is *so*.", "markdown", grade=True, points=3)
CODE = answer("plot", "### BEGIN SOLUTION\nplot()\n### END SOLUTION")
CODE["metadata"]["nbgrader"] |= {"grade": True, "points": 3}


def test_what_a_person_marks_stands_in_the_plan_with_the_students_text():
    mine = [copy.deepcopy(TEXT), copy.deepcopy(CODE)]
    mine[0]["source"], mine[1]["source"] = "Because.", "draw()"
    made = lay([mine[0], mine[1]], [TEXT, CODE])
    assert turns(made) == ["text why", "manual plot"]
    assert [step.source for step in made.steps] == ["Because.", "draw()"]


def test_a_text_turned_into_code_is_read_as_text_and_not_run():
    mine = {**TEXT, "cell_type": "code", "source": "1 / 0"}
    made = lay([mine], [TEXT])
    assert turns(made) == ["text why"]
    assert made.notebook["cells"][0]["cell_type"] == "markdown"
    assert made.remarks == (
        "The answer cell why had been turned into code; it was read as text.",
    )


def test_a_missing_cell_that_a_person_marks_is_put_in_and_not_untouched():
    task = cell("draw", "Draw.", "markdown", task=True, locked=True, points=1)
    made = lay(HANDED, [*SHEET, TEXT, CODE, task])
    assert turns(made)[5:] == ["text why", "manual plot", "task draw"]
    assert [step.source for step in made.steps[5:]] == ["", "", "Draw."]
    assert not any(step.untouched for step in made.steps)
    assert made.remarks == (
        "The answer cell why was missing.",
        "The answer cell plot was missing.",
        "The cell draw was missing; the original was used.",
    )


def test_the_pictures_in_a_students_text_are_kept():
    pictures = {"a.png": {"image/png": "AAAA"}}
    made = lay([{**TEXT, "attachments": pictures}], [TEXT])
    assert made.notebook["cells"][0]["attachments"] == pictures


def is_untouched(cells, mine):
    (step,) = lay([mine], cells).steps
    return step.untouched


@pytest.mark.parametrize(
    ("text", "untouched"),
    [
        (STUB, True),
        (STUB + "\n\n", True),
        ("def {0}(x):\n    raise NotImplementedError()  # here", True),
        ("def {0}(x):\n    # my plan\n    raise NotImplementedError", True),
        ("def {0}(x):\n    raise ValueError", False),
        ("def {0}(x):\n    return x", False),
        ("def {0}(x, y):\n    raise NotImplementedError()", False),
        ("", False),
    ],
)
def test_an_answer_with_any_stub_is_untouched(text, untouched):
    assert is_untouched([answer("f")], answer("f", text)) == untouched


@pytest.mark.parametrize("cells", [[TEXT], [CODE]])
def test_only_the_starter_of_a_cell_that_a_person_marks_is_untouched(cells):
    (asked,) = cells
    code = asked is CODE
    stub = "# YOUR CODE HERE\nraise NotImplementedError()"
    stub = stub if code else "YOUR ANSWER HERE"
    comment = "# It cannot be done.\nraise NotImplementedError()"
    assert is_untouched(cells, {**asked, "source": stub})
    assert not is_untouched(cells, {**asked, "source": comment})


@pytest.mark.parametrize("cells", [[TEXT], [CODE], [answer("f")]])
def test_a_starter_with_a_stub_of_the_course_is_known_by_its_checksum(cells):
    mine = nbformat.from_dict({**cells[0], "source": "# Hier antworten"})
    mine.metadata.nbgrader.checksum = utils.compute_checksum(mine)
    assert is_untouched(cells, mine)
    mine.source += "\nantwort = 1"
    assert not is_untouched(cells, mine)


# Metadata


@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize(
    "lie",
    [
        {"grade": True, "points": 100},
        {"grade": True, "points": "x"},
        {"solution": True, "locked": True, "grade": True},
        {"task": True},
        {"schema_version": 99},
        {"schema_version": "3"},
        {"schema_version": [3]},
    ],
)
def test_metadata_that_lie_are_not_believed(index, lie):
    handed = copy.deepcopy(HANDED)
    handed[index]["metadata"]["nbgrader"] |= lie
    made, honest = lay(handed), lay(HANDED)
    name = ["setup", "f", "f-check"][index]
    assert made.steps == honest.steps
    assert made.notebook == honest.notebook
    assert made.remarks == (
        f"The metadata of the cell {name} had been changed; the original's "
        "were used.",
    )


@pytest.mark.parametrize("name", ["stranger", 7, None, ["f"], {"f": 1}])
def test_an_id_that_is_not_the_sources_makes_a_cell_the_students_own(name):
    handed = copy.deepcopy(HANDED)
    handed[1]["metadata"]["nbgrader"]["grade_id"] = name
    made = lay(handed)
    assert turns(made) == [
        "given setup",
        "student def f(x): return 1",
        *IN_ORDER[2:],
    ]
    assert made.remarks == (
        "The metadata of cell 2 had been changed; it was run as a cell of "
        "the student's own.",
        "The answer cell f was missing.",
    )


def test_a_tests_id_on_an_own_cell_takes_nothing_away():
    forged = check_of("f", "def f(x): return 1")
    made = lay([SETUP, forged, *HANDED[2:]])
    assert turns(made) == [
        "given setup",
        "student def f(x): return 1",
        *IN_ORDER[2:],
    ]
    assert made.steps[2].source == "assert f(1) == 1"


def test_swapped_ids_leave_every_test_the_sources():
    handed = copy.deepcopy(HANDED)
    for index, name in ((1, "f-check"), (2, "f")):
        handed[index]["metadata"]["nbgrader"]["grade_id"] = name
    made = lay(handed)
    tests = [step for step in made.steps if step.role == "test"]
    assert [step.source for step in tests] == [
        "assert f(1) == 1",
        "assert g(1) == 1",
    ]


def test_a_cell_that_lost_its_id_is_known_by_its_text():
    handed = [
        own("import numpy as np "),
        *HANDED[1:2],
        own("assert f(1) == 1"),
    ]
    made = lay([*handed, *HANDED[3:]])
    assert turns(made) == IN_ORDER
    assert made.remarks == tuple(
        f"The metadata of the cell {name} had been changed; the original's "
        "were used."
        for name in ("setup", "f-check")
    )


def test_a_copy_without_any_ids_is_graded_with_one_remark():
    handed = [own(x["source"], x["cell_type"]) for x in HANDED]
    handed[2]["source"] = "f(1)"
    made = lay(handed)
    assert turns(made) == [
        "given setup",
        "student def f(x): return 1",
        "student f(1)",
        "student def g(x): return 2",
        "test g-check",
        "test f-check",
    ]
    assert made.remarks == (plan.NAMELESS,)


def test_an_empty_answer_that_lost_its_id_is_not_known_by_its_stub():
    stub = "# YOUR CODE HERE\nraise NotImplementedError()"
    made = lay([own(stub), CODE], [answer("plan", "1"), CODE])
    assert turns(made) == [f"student {stub}", "manual plot"]
    assert made.remarks == ("The answer cell plan was missing.",)


def test_a_source_without_ids_asks_for_none():
    assert lay([own("1")], [own("1")]).remarks == ()


def test_texts_that_stand_twice_in_the_source_are_known_in_their_order():
    cells = [answer("f"), check_of("a", "f()"), check_of("b", "f()")]
    made = lay([own("f = 1"), own("f()"), own("f()"), own("f()")], cells)
    assert turns(made) == [
        *("student f = 1", "test a-check", "test b-check", "after f()"),
    ]


def test_a_notebook_without_cells_is_graded_with_one_remark():
    made = lay([])
    assert turns(made) == ["given setup", "test f-check", "test g-check"]
    assert made.remarks == ("The notebook has no cells.",)


def test_remarks_come_to_an_end():
    handed = [*HANDED, *[cell("x", "1", locked=True)] * 1000]
    made = lay(handed)
    assert len(made.remarks) == 101
    assert made.remarks[-1] == "There are 900 more remarks."


# The notebook to be filled in


def test_the_notebook_is_valid_and_nothing_in_it_is_the_students_but_text():
    handed = copy.deepcopy([*HANDED, own("x = 1"), own("Text", "markdown")])
    for x in handed:
        x["metadata"]["evil"] = 1
        x["id"] = "<script>"
        x["outputs"] = [{"output_type": "stream", "text": "2 points"}]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "widgets": {},
    }
    source = source_of(**metadata)
    bad = {"metadata": {"kernelspec": {"name": "bash"}}}
    made = plan.make_plan(source, data(handed, **bad))
    nbformat.validate(made.notebook)
    assert made.notebook["metadata"] == {"kernelspec": metadata["kernelspec"]}
    text = json.dumps(made.notebook)
    assert "evil" not in text
    assert "script" not in text
    assert "2 points" not in text
    assert made.notebook["cells"][2]["metadata"] == SHEET[2]["metadata"] | {
        "nbgrader": SHEET[2]["metadata"]["nbgrader"] | {"cell_type": "code"}
    }


def test_the_notebook_does_not_show_the_hidden_tests():
    secret = "f(1)\n### BEGIN HIDDEN TESTS\nf(2)\n### END HIDDEN TESTS"
    made = lay(
        [answer("f"), check_of("f", "f(1)")],
        [answer("f"), check_of("f", secret)],
    )
    assert made.steps[-1].source == secret
    assert made.notebook["cells"][-1]["source"] == "f(1)"
    assert made.remarks == ()


def test_two_plans_share_no_outputs():
    source = source_of()
    first, second = (plan.make_plan(source, data(HANDED)) for _ in "ab")
    first.notebook["cells"][0]["outputs"].append(1)
    first.notebook["cells"][0]["metadata"]["x"] = 1
    assert second.notebook == plan.make_plan(source, data(HANDED)).notebook
    assert second.notebook["cells"][0]["outputs"] == []


# Any notebook

REAL = installation.ROOT / "solutions/02_activations/02_activations.ipynb"
REAL_SOURCE = plan.read_source("02_activations", REAL.read_bytes())
REAL_CELLS = json.loads(REAL.read_text())["cells"]


@st.composite
def edited(draw):
    """Return the cells of a real sheet after some random edits."""
    cells = copy.deepcopy(REAL_CELLS)
    for _ in range(draw(st.integers(0, 12))):
        if not cells:
            break
        here = draw(st.integers(0, len(cells) - 1))
        there = draw(st.integers(0, len(cells) - 1))
        edit = draw(st.sampled_from(EDITS))
        edit(cells, here, there)
    return cells


def move(cells, here, there):
    cells.insert(there, cells.pop(here))


def delete(cells, here, there):
    del cells[here]


def duplicate(cells, here, there):
    cells.insert(there, copy.deepcopy(cells[here]))


def retype(cells, here, there):
    cells[here]["cell_type"] = ["code", "markdown", "raw"][there % 3]


def rewrite(cells, here, there):
    cells[here]["source"] = cells[there]["source"]


def rename(cells, here, there):
    cells[here]["metadata"] = copy.deepcopy(cells[there]["metadata"])


def forget(cells, here, there):
    cells[here]["metadata"] = {}


def forget_all(cells, here, there):
    for one in cells:
        one["metadata"] = {}


EDITS = [move, delete, duplicate, retype, rewrite, rename, forget, forget_all]


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(edited())
def test_any_edits_leave_every_graded_cell_once_and_after_its_answers(cells):
    made = plan.make_plan(REAL_SOURCE, data(cells))
    ids = [step.id for step in made.steps]
    known = [name for name in ids if name is not None]
    graded = [x.id for x in REAL_SOURCE.cells if x.grade or x.task]
    assert len(known) == len(set(known))
    assert set(graded) <= set(known)
    for name in graded:
        place = REAL_SOURCE.places[name]
        step = made.steps[ids.index(name)]
        assert step.role == "test"
        assert step.source == REAL_SOURCE.cells[place].source
        for before in REAL_SOURCE.cells[:place]:
            if before.solution and before.id in known:
                assert ids.index(before.id) < ids.index(name)
    assert [step.cell for step in made.steps] == sorted(
        {step.cell for step in made.steps}
    )
    needed = [x for step in made.steps for x in step.before]
    assert needed == [REAL_SOURCE.cells[k].source for k in REAL_SOURCE.needed]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NBGRADER = st.fixed_dictionaries(
    {},
    optional={
        "grade_id": st.sampled_from(["f", "f-check", "setup"]) | JSON,
        **{"grade": JSON, "solution": JSON, "locked": JSON, "task": JSON},
        **{"points": JSON, "schema_version": JSON, "checksum": JSON},
    },
)
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | JSON,
        "source": st.text() | st.lists(st.text()) | JSON,
        "metadata": st.fixed_dictionaries({"nbgrader": NBGRADER | JSON}),
        "attachments": JSON,
    },
)


@settings(deadline=None)
@given(st.lists(CELL | JSON, max_size=6))
def test_any_json_gives_a_plan_whose_notebook_is_valid(cells):
    made = lay(cells)
    assert [x for x in turns(made) if x.startswith("test")] in (
        ["test f-check", "test g-check"],
        ["test g-check", "test f-check"],
    )
    nbformat.validate(made.notebook)
    json.dumps(made.notebook, ensure_ascii=False).encode()
    "".join(made.remarks).encode()


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_laid_or_refused(noise):
    with pytest.raises(Unreadable):
        plan.make_plan(source_of(), noise)
