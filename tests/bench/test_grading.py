"""The race of the graders is fair: the same twenty, and the right marks."""

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import grading
import pytest

BENCH = Path(grading.__file__)
SHEET = grading.USUAL
SCORES = [10] * 8 + [0] * 3 + [9, 6, 5, 7, 8, 7, 7, 4, 3]


def texts_of(notebook):
    found = grading.nbgraders_cells(notebook)
    return {name: cell["source"] for name, cell in found}


# --- the twenty --------------------------------------------------------------


@pytest.mark.parametrize("sheet", grading.SHEETS)
def test_there_are_twenty_submissions_of_every_sheet_always_the_same(sheet):
    handed = grading.submissions(sheet)
    assert len(handed) == 20
    assert handed == grading.submissions(sheet)
    asked = grading.answers(sheet)
    complete = [
        n for n in handed.values() if texts_of(n).items() >= asked.items()
    ]
    assert len(complete) == 8
    for name in asked:
        text = asked[name]
        compile(text, name, "exec")
        assert "SOLUTION" not in text


def test_every_fault_changes_the_answer_it_is_about():
    solved = grading.answers(SHEET)
    for fault, (name, *_) in grading.CHANGES.items():
        changed = grading.spoilt(solved, [fault])
        compile(changed[name], name, "exec")
        assert {n for n in solved if solved[n] != changed[n]} == {name}


def test_ours_marks_the_twenty_as_they_deserve(tmp_path):
    handed = grading.submissions(SHEET)
    job = grading.nnlib(tmp_path, SHEET, handed)
    assert grading.seconds_of(job) > 0
    assert job.marks() == dict(zip(handed, SCORES, strict=True))


# --- the others --------------------------------------------------------------


def test_otter_gets_every_check_once_and_at_its_worth(tmp_path):
    handed = grading.submissions(SHEET)
    job = grading.otter(tmp_path, SHEET, handed, processes=2)
    assert [len(lane) for lane in job.lanes] == [10, 10]
    with zipfile.ZipFile(tmp_path / "autograder.zip") as file:
        tests = [n for n in file.namelist() if n.startswith("tests/")]
        text = file.read("tests/mlp-forward-check.py").decode()
    assert len(tests) == 6
    assert "name, points = 'mlp-forward-check', 3" in text
    assert "exec('check(mlp_forward)', env)" in text
    handed_in = (tmp_path / "student-01" / f"{SHEET}.ipynb").read_text()
    assert "dense_forward(X, W, b)" in handed_in
    assert "check(dense_forward)" not in handed_in


def test_kernels_share_the_notebooks_out_without_marking_any(tmp_path):
    job = grading.kernels(tmp_path, SHEET, grading.submissions(SHEET), 2)
    paths = [path for (command,) in job.lanes for path in command[3:]]
    assert sorted(paths) == [f"student-{i:02d}.ipynb" for i in range(1, 21)]
    assert all((tmp_path / path).exists() for path in paths)
    assert job.marks() == {}


def test_whoever_is_not_installed_is_left_out_with_a_word_on_how(monkeypatch):
    monkeypatch.setattr(grading, "OTTER_PYTHON", "no-such-python")
    assert "OTTER_PYTHON=" in grading.left_out("otter-2")
    monkeypatch.setattr(grading, "find_spec", lambda name: None)
    assert 'pip install -e ".[test]"' in grading.left_out("nbgrader")
    assert grading.left_out("nnlib") is None
    assert grading.left_out("kernels") is None


def test_a_command_that_fails_ends_the_race_with_its_last_words(tmp_path):
    command = [sys.executable, "-c", "import sys; sys.exit('no such course')"]
    job = grading.Job(tmp_path, [[command]])
    with pytest.raises(SystemExit, match="no such course"):
        grading.seconds_of(job)


# --- what is measured --------------------------------------------------------


def test_commands_of_a_lane_run_in_turn(tmp_path):
    write, read = (
        [sys.executable, "-c", f"open('file', {mode!r})"] for mode in "wr"
    )
    assert grading.seconds_of(grading.Job(tmp_path, [[write, read]])) > 0
    (tmp_path / "file").unlink()
    with pytest.raises(SystemExit, match="FileNotFoundError"):
        grading.seconds_of(grading.Job(tmp_path, [[read, write]]))


def test_lanes_run_side_by_side(tmp_path):
    meet = """
import pathlib, sys, time
own, other = map(pathlib.Path, sys.argv[1:])
own.touch()
end = time.monotonic() + 20
while not other.exists():
    assert time.monotonic() < end
    time.sleep(0.01)
"""
    pairs = ("a", "b"), ("b", "a")
    lanes = [[[sys.executable, "-c", meet, *pair]] for pair in pairs]
    assert grading.seconds_of(grading.Job(tmp_path, lanes)) < 20


def test_memory_is_that_of_a_process_and_of_all_its_children(tmp_path):
    child = "x = bytearray(50 << 20); import time; time.sleep(0.4)"
    parent = (
        "import subprocess, sys; x = bytearray(30 << 20); "
        f"subprocess.run([sys.executable, '-c', {child!r}])"
    )
    command = [sys.executable, "-c", parent]
    seconds, seen = grading.watched(command, tmp_path, pause=0.02)
    assert seconds > 0.4
    assert 80 << 20 < max(seen) < 150 << 20


def test_a_process_that_has_ended_has_no_memory():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert grading.memory_of(process.pid) == 0
    assert grading.memory_of(os.getpid()) > 10 << 20


def test_crossings_are_counted_and_cost_something():
    before = os.getcwd()
    one, other, *_ = grading.submissions(SHEET).items()
    number = grading.crossings(SHEET, dict([one]))
    assert len(grading.answers(SHEET)) < number < 200
    assert grading.crossings(SHEET, dict([one, other])) == number
    assert os.getcwd() == before
    found = grading.costs(tries=1)
    assert found["a crossing with a number"] > 1
    assert found["a fork with its fences"] > 100
    assert found["a bubblewrap start"] != 0


def test_the_clock_takes_the_median_of_each_and_goes_round_them():
    order, pauses = [], iter([0.05, 0.0, 0.0])
    first, second = grading.clocked(
        3,
        lambda: (order.append(1), time.sleep(next(pauses))),
        lambda: order.append(2),
    )
    assert order == [1, 2, 1, 2, 1, 2]
    assert first < 40_000
    assert second < 40_000


# --- the command -------------------------------------------------------------


def test_a_sheet_that_does_not_exist_is_refused_with_those_that_do():
    done = subprocess.run(
        [sys.executable, BENCH, "04_backward"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no sheet is called 04_backward; 01_perceptron," in done.stderr


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], [SHEET]),
        (["--all"], grading.SHEETS),
        (["03_losses"], ["03_losses"]),
    ],
)
def test_sheets_are_the_usual_one_or_those_asked_for(
    monkeypatch, given, expected
):
    monkeypatch.setattr(sys, "argv", ["grading.py", *given])
    assert grading.parsed().sheets == expected
