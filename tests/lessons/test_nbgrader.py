"""A course run with nbgrader itself: release, submit, autograde, export."""

import csv
import os
import shutil
import subprocess
import sys

import notebooks
import pytest

SLUG = "01_perceptron"


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    """Return {student: score} as nbgrader exports it."""
    course = tmp_path_factory.mktemp("course")
    shutil.copy(notebooks.ROOT / "nbgrader_config.py", course)
    shutil.copytree(notebooks.ROOT / "solutions", course / "solutions")
    nbgrader(course, "generate_assignment", SLUG)
    solved = (course / "solutions" / SLUG / f"{SLUG}.ipynb").read_text()
    sheet = (course / "exercises" / SLUG / f"{SLUG}.ipynb").read_text()
    strict = solved.replace(
        "return (X @ w + b >= 0)", "return (X @ w + b > 0)"
    )
    assert strict != solved
    for student, text in {
        "solved": solved,
        "untouched": sheet,
        "strict": strict,
    }.items():
        folder = course / "submitted" / student / SLUG
        folder.mkdir(parents=True)
        (folder / f"{SLUG}.ipynb").write_text(text)
    nbgrader(course, "autograde", SLUG)
    nbgrader(course, "export")
    with (course / "grades.csv").open() as file:
        return {
            r["student_id"]: float(r["score"]) for r in csv.DictReader(file)
        }


def nbgrader(course, *arguments):
    # nbgrader calls alembic, which is installed beside it.
    beside = os.path.dirname(sys.executable)
    environment = {
        **os.environ,
        "NNLIB_PROGRESS": str(course / "progress"),
        "PATH": os.pathsep.join([beside, os.environ["PATH"]]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # The teacher has not passed what the students have passed.
    assert not (course / "progress").exists()


def test_right_answers_earn_all_points(scores):
    assert scores["solved"] == 9


def test_an_untouched_sheet_earns_none(scores):
    assert scores["untouched"] == 0


def test_one_wrong_answer_costs_its_own_points(scores):
    assert scores["strict"] == 8
