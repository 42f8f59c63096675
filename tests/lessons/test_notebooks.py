"""The notebooks of the book: their form, their outputs, their sheets."""

import ast
import re
from collections import Counter

import notebooks
import pytest

import nnlib
from nnlib.checks.checking import EXERCISES

BOOK = notebooks.book()
LESSONS = [path for path in BOOK if path.parent.name == "lessons"]
SOLUTIONS = [path for path in BOOK if path.parents[1].name == "solutions"]


def name(path):
    return f"{path.parent.name}/{path.name}"


def code_cells(path):
    return [c for c in notebooks.read(path).cells if c.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


@pytest.mark.parametrize("path", BOOK, ids=name)
def test_bytes_are_canonical(path):
    assert path.read_bytes() == notebooks.canonical(notebooks.read(path)), (
        "run `make format`"
    )


@pytest.mark.parametrize("path", BOOK, ids=name)
def test_file_is_small(path):
    assert path.stat().st_size < 1_000_000


def test_cell_ids_are_chosen_by_hand_and_unique():
    """A sheet has the ids of the solution that it is made from."""
    ids = Counter(
        cell.id
        for path in notebooks.sources()
        for cell in notebooks.read(path).cells
    )
    assert [i for i, count in ids.items() if count > 1] == []
    assert [i for i in ids if not re.fullmatch(r"[a-z][a-z0-9-]+", i)] == []
    assert [i for i in ids if re.fullmatch(r"[0-9a-f]{8}", i)] == []


@pytest.mark.parametrize("path", BOOK, ids=name)
def test_it_says_which_nnlib_it_was_written_for(path):
    release = ".".join(nnlib.__version__.split(".")[:2])
    written = [c for c in code_cells(path) if "written_for" in c.source]
    assert len(written) == 1
    assert f'nnlib.written_for("{release}")' in written[0].source


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_cells_are_short(path):
    for cell in notebooks.read(path).cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 15, cell.id
        elif "|---|" not in cell.source and not cell.id.endswith(LISTS):
            words = re.sub(r"\$\$?[^$]*\$\$?", "", cell.source).split()
            assert len(words) <= 130, cell.id


# Cells that are a list of things and not an idea.
LISTS = ("-title", "-works", "-summary", "-sources")


MOVING = r"widgets\.|overview\(|perf_counter\("


@pytest.mark.parametrize("path", notebooks.sources(), ids=name)
def test_only_what_cannot_be_stable_is_left_out_of_the_comparison(path):
    """A widget, a timing, or what depends on the reader's own progress."""
    for cell in code_cells(path):
        if "nbval-ignore-output" in tags(cell):
            assert re.search(MOVING, cell.source), cell.id
        else:
            assert not re.search(r"^widgets\.", cell.source, re.M), cell.id


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_outputs_are_there(path):
    """A page without a kernel shows what running it would show."""
    for cell in code_cells(path):
        last = ast.parse(cell.source).body[-1]
        shows = isinstance(last, ast.Expr) and "written" not in cell.source
        assert cell.outputs or not shows, cell.id
        for output in cell.outputs:
            text = str(output)
            assert "widget-view" not in text, cell.id
            assert "/ipykernel" not in text, cell.id
            assert output.get("name") != "stderr", cell.id


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_pictures_have_a_sentence_that_describes_them(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                alt = output.metadata["image/png"]["alt"]
                assert alt == output.data["text/plain"]
                assert alt.endswith("."), cell.id


def test_sources_in_docstrings_are_headings_of_the_lesson():
    """`Source: 01_perceptron, "One rule"` leads somewhere."""
    headings = {
        path.stem: {
            line.lstrip("# ")
            for cell in notebooks.read(path).cells
            if cell.cell_type == "markdown"
            for line in cell.source.splitlines()
            if line.startswith("#")
        }
        for path in LESSONS
    }
    named = []
    for module in (notebooks.ROOT / "nnlib").rglob("*.py"):
        text = re.sub(r"\s+", " ", module.read_text(encoding="utf-8"))
        named += re.findall(
            r'Source: (?:lessons/)?(\d\d_\w+),? "([^"]+)"', text
        )
    assert len(named) > 20
    assert [n for n in named if n[1] not in headings.get(n[0], ())] == []


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_links_lead_somewhere(path):
    cells = notebooks.read(path).cells
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", BOOK, ids=name)
def test_text_is_plain(path):
    for cell in notebooks.read(path).cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"`[^`]*`|\$[^$]*\$|<[^>]*>", "", cell.source)
            assert "!" not in prose, cell.id
            assert not re.search("[\U0001f300-\U0001faff✅❌]", prose), cell.id


def test_every_lesson_with_exercises_has_a_sheet():
    assert {path.parent.name for path in SOLUTIONS} == {
        exercise.sheet for exercise in EXERCISES.values()
    }


@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_a_sheet_takes_nothing_from_the_checks_but_check(path):
    """What a check knows stays on the side of whoever grades."""
    text = "\n".join(cell.source for cell in code_cells(path))
    assert re.findall(r"nnlib\.checks[. ].*", text) == [
        "nnlib.checks import check"
    ]


@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_sheet_is_in_step_with_its_solution(path):
    sheet = notebooks.ROOT / "exercises" / path.parent.name / path.name
    made = notebooks.canonical(notebooks.exercise(path))
    assert sheet.read_bytes() == made, "run `make exercises`"


@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_sheet_asks_for_every_exercise_of_its_lesson(path):
    """Task, starter, three hints, and a locked check, in this order."""
    sheet = notebooks.ROOT / "exercises" / path.parent.name / path.name
    cells = notebooks.read(sheet).cells
    wanted = [n for n, e in EXERCISES.items() if e.sheet == path.parent.name]
    checks = [i for i, c in enumerate(cells) if c.source.startswith("check(")]
    assert [cells[i].source for i in checks] == [f"check({n})" for n in wanted]
    for i, exercise in zip(checks, wanted, strict=True):
        check, hints, starter, task = (cells[i - back] for back in range(4))
        assert tags(check) == ["raises-exception"]
        assert check.metadata.nbgrader["locked"]
        assert check.metadata.nbgrader["points"] > 0
        assert check.metadata.nbgrader["schema_version"] == 3
        assert hints.source.count("<details>") == 3
        assert starter.metadata.nbgrader["solution"]
        assert re.match(rf"(def|class) {exercise}\b", starter.source)
        assert "raise NotImplementedError()" in starter.source
        assert "SOLUTION" not in starter.source
        assert "**Example.**" in task.source


@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_untouched_sheet_runs_to_the_end(path):
    """Every check says "not started", and nothing else fails."""
    sheet = notebooks.ROOT / "exercises" / path.parent.name / path.name
    ran = notebooks.run(notebooks.read(sheet), sheet.parent)
    said = [
        "".join(output.traceback)
        for cell in ran.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]
    wanted = [n for n, e in EXERCISES.items() if e.sheet == path.parent.name]
    assert said == [f"{n}: not started yet." for n in wanted]
