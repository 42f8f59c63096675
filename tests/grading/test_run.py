"""Runs of the grader that are disturbed: nothing is lost or counted twice."""

import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import statistics
import termios
import time

import classes
import pytest

COUNT = 200


@pytest.fixture
def hall(tmp_path):
    """A folder with the teacher's sheet, and nothing handed in yet."""
    classes.source(tmp_path / "source" / classes.NAME)
    return tmp_path


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A course directory whose gradebook knows the sheet: that takes long."""
    course = classes.course(tmp_path_factory.mktemp("course"))
    status, _, err = classes.grade(course, classes.NAME)
    assert (status, err) == (1, "nnlib: nothing was handed in for small.\n")
    return course


@pytest.fixture
def course(generated, tmp_path):
    """Return make(count, name): a course in which so many have handed in."""

    def make(count, name="course"):
        made = shutil.copytree(generated, tmp_path / name)
        for number in range(count):
            classes.submit(made, number)
        return made

    return make


def to_folder(out="out", *more):
    """Return the arguments that mark what is in the folder "in"."""
    return (
        *("--assignment", f"source/{classes.NAME}", "in", "--out", out),
        *("--jobs", "2", *more),
    )


# --- killed ------------------------------------------------------------------


def moments(kills):
    """Yield when to kill: (results that are stored, seconds after that).

    One in five comes while the grader starts, one in ten when all results are
    stored, the others anywhere between. The last repeats without end, for
    runs that have come to theirs first.
    """
    rng = random.Random(7)
    first, last = kills // 5, kills // 10
    for number in sorted(rng.sample(range(1, COUNT), kills - first - last)):
        if first and rng.random() < 0.3:
            first -= 1
            yield 0, rng.uniform(0, 1)
        yield number, rng.uniform(0, 0.05)
    while True:
        yield COUNT, rng.uniform(0, 0.2)


def killed_again_and_again(root, arguments, results, kills):
    """Kill a run at so many moments, then let it come to its end."""
    orphans, seen, killed = [], {}, 0
    for stored, seconds in moments(kills):
        with classes.started(root, *arguments) as process:
            classes.wait_for(results, stored, process)
            killed += not classes.has_ended(process, seconds)
            left = classes.kill(process)
        assert classes.still_there(orphans) == []
        orphans, before, seen = left, seen, classes.inodes(results)
        assert before.items() <= seen.items(), "marked a second time"
        if killed == kills:
            break
    status, out, err = classes.grade(root, *arguments)
    assert (status, err) == (0, "")
    assert classes.still_there(orphans) == []
    assert list((root / "tmp").iterdir()) == []
    return out


def test_a_run_that_is_killed_fifty_times_comes_to_the_same_end(hall):
    classes.hand_in(hall / "in", range(COUNT))
    seed = "--seed", classes.SEED
    assert classes.grade(hall, *to_folder("undisturbed", *seed))[0] == 0
    out = killed_again_and_again(
        hall, to_folder("out", *seed), hall / "out" / "results", kills=50
    )
    assert out.startswith("source/small: 0 marked, 200 unchanged")
    assert classes.tree(hall / "out") == classes.tree(hall / "undisturbed")


def test_a_course_that_is_killed_comes_to_the_same_end(tmp_path, course):
    arguments = classes.NAME, "--jobs", "2", "--seed", classes.SEED
    whole = course(COUNT, "whole")
    assert classes.grade(whole, *arguments)[0] == 0
    disturbed = classes.course(tmp_path / "disturbed", range(COUNT))
    results = disturbed / ".nnlib" / "grading" / classes.NAME
    killed_again_and_again(disturbed, arguments, results, kills=12)
    assert_same(disturbed, whole)
    assert len(classes.gradebook(whole)) == COUNT * 5


def test_a_grader_that_is_killed_takes_endless_students_with_it(hall):
    hand_in_all(hall, classes.ENDLESS)
    with classes.started(hall, *to_folder()) as process:
        students = classes.wait_for_students(process, 2)
        left = classes.kill(process)
    assert set(students) <= set(left)
    assert classes.still_there(left, 8) == []
    assert list((hall / "tmp").iterdir()) == []


def hand_in_all(hall, answer, names="abcdef"):
    """Let all of these students hand in the same."""
    (hall / "in").mkdir(exist_ok=True)
    for name in names:
        (hall / "in" / f"{name}.ipynb").write_bytes(classes.sheet(answer))


# --- something else ends -----------------------------------------------------


@pytest.mark.parametrize("who", ["marker", "bwrap"])
def test_processes_that_are_killed_cost_nobody_a_mark(hall, who):
    hand_in_all(hall, classes.SLOW.replace("0.1", "1.0"))
    with classes.started(hall, *to_folder()) as process:
        forks = classes.wait_for_students(process, 2)
        above = [fork.parents()[1 if who == "bwrap" else 2] for fork in forks]
        assert all(who in " ".join(one.cmdline()[:5]) for one in above)
        classes.has_ended(process, 0.3)  # they get into the test
        for one in above:
            one.kill()
        assert classes.still_there(above + forks) == []
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("source/small: 6 marked, 0 unchanged")
    assert [one["score"] for one in stored_in(hall / "out")] == [3.0] * 6


def stored_in(out):
    """Return all stored results."""
    files = sorted((out / "results").glob("*.json"))
    return [json.loads(file.read_bytes()) for file in files]


# --- no room, no lock, no fences ---------------------------------------------


def test_a_disk_without_room_stops_the_run_and_it_goes_on_later(hall):
    classes.hand_in(hall / "in", range(20))
    long = "def relu(Z):\n    raise ValueError('x' * 20_000)"
    (hall / "in" / "s0012.ipynb").write_bytes(classes.sheet(long))
    again = to_folder("undisturbed", "--seed", classes.SEED)
    assert classes.grade(hall, *again)[0] == 0
    arguments = to_folder("out", "--seed", classes.SEED)
    whole = hall / "undisturbed"
    needed = (whole / "results" / "s0012.json").stat().st_size
    assert needed < (whole / "feedback" / "s0012.html").stat().st_size
    full = limited_to(needed)  # enough for the result, not for the page
    status, out, err = classes.grade(hall, *arguments, preexec_fn=full)
    assert (status, out) == (1, "")
    assert err.startswith("nnlib: ")
    assert err.count("\n") == 1
    before = classes.inodes(hall / "out" / "results")
    assert "s0012.json" not in before
    assert not any(p.name.startswith(".") for p in hall.rglob("out/*/*"))
    assert classes.grade(hall, *arguments)[0] == 0
    assert before.items() <= classes.inodes(hall / "out" / "results").items()
    assert classes.tree(hall / "out") == classes.tree(hall / "undisturbed")


def limited_to(size):
    """Return what makes every file that is longer fail, as a full disk."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))


def test_a_gradebook_without_room_stops_the_run_and_it_goes_on(course):
    arguments = classes.NAME, "--jobs", "2", "--seed", classes.SEED
    whole, full = course(60, "whole"), course(60, "full")
    assert classes.grade(whole, *arguments)[0] == 0
    limit = limited_to((full / "gradebook.db").stat().st_size + 3 * 4096)
    status, out, err = classes.grade(full, *arguments, preexec_fn=limit)
    assert (status, out) == (1, "")
    assert err.startswith("nnlib: The gradebook sqlite:///")
    assert err.count("\n") == 1
    stored = classes.inodes(full / ".nnlib" / "grading" / classes.NAME)
    marks = {student for _, student, *_ in classes.gradebook(full)}
    assert {f"{student}.json" for student in marks} == set(stored)
    assert 0 < len(stored) < 60
    assert classes.grade(full, *arguments)[0] == 0
    assert_same(full, whole)


def assert_same(disturbed, undisturbed):
    """Compare all that the grader has written in two course directories."""
    for folder in ("autograded", ".nnlib"):
        found = classes.tree(disturbed / folder)
        assert found == classes.tree(undisturbed / folder)
    assert classes.gradebook(disturbed) == classes.gradebook(undisturbed)


def test_a_gradebook_that_is_locked_for_a_while_is_waited_for(course):
    root = course(60)
    results = root / ".nnlib" / "grading" / classes.NAME
    with (
        classes.started(root, classes.NAME, "--jobs", "2") as process,
        opened(root) as other,
    ):
        classes.wait_for(results, 3, process)
        other.execute("BEGIN EXCLUSIVE")
        stored = len(classes.inodes(results))
        assert not classes.has_ended(process, 2)
        assert len(classes.inodes(results)) <= stored + 1
        other.execute("COMMIT")
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("small: 60 marked, 0 unchanged")
    assert len(classes.gradebook(root)) == 60 * 5


def opened(course):
    """Return a connection of another program to the gradebook."""
    file = course / "gradebook.db"
    return contextlib.closing(sqlite3.connect(file, isolation_level=None))


def test_without_fences_nothing_is_run(hall):
    classes.hand_in(hall / "in", range(3))
    (hall / "empty").mkdir()
    alone = classes.environment(hall, PATH=str(hall / "empty"))
    status, out, err = classes.grade(hall, *to_folder(), env=alone)
    assert (status, out) == (1, "")
    assert err.startswith("nnlib: bubblewrap is not installed: ")
    assert err.count("\n") == 1
    assert "Nothing was run" in err
    assert not (hall / "out" / "results").exists()
    for unchanged in (0, 3):
        arguments = to_folder("out", "--trust")
        status, out, err = classes.grade(hall, *arguments, env=alone)
        assert status == 0
        assert f"{3 - unchanged} marked, {unchanged} unchanged" in out
        assert err == (
            "nnlib: --trust: students' code runs without fences, and can do "
            "whatever you can.\n"
        )


# --- again -------------------------------------------------------------------


def test_only_what_is_new_or_has_changed_is_marked_again(hall):
    classes.hand_in(hall / "in", range(10))
    results = hall / "out" / "results"

    def marked_now():
        before = classes.inodes(results)
        status, out, err = classes.grade(hall, *to_folder())
        assert (status, err) == (0, "")
        now = classes.inodes(results)
        new = {name for name in now if now[name] != before.get(name)}
        counts = f"{len(new)} marked, {len(now) - len(new)} unchanged"
        assert out.startswith(f"source/small: {counts}")
        return {name.removesuffix(".json") for name in new}

    everyone = {classes.student(number) for number in range(10)}
    assert marked_now() == everyone
    assert marked_now() == set()
    (hall / "in" / "s0003.ipynb").write_bytes(classes.sheet(essay="Now so."))
    assert marked_now() == {"s0003"}
    classes.hand_in(hall / "in", [10])
    assert marked_now() == {"s0010"}
    (results / "s0005.json").unlink()
    assert marked_now() == {"s0005"}
    file = hall / "source" / "small" / "small.ipynb"
    file.write_bytes(file.read_bytes().replace(b"relu(-1.0)", b"relu(-2.0)"))
    assert marked_now() == {*everyone, "s0010"}
    assert marked_now() == set()


def test_marks_and_comments_that_a_person_gave_stay(course):
    root = course(3)
    assert classes.grade(root, classes.NAME)[0] == 0
    with opened(root) as db:
        db.execute(
            "UPDATE grade SET manual_score = 2.5, needs_manual_grade = 0"
            " WHERE auto_score IS NULL"
        )
        db.execute("UPDATE comment SET manual_comment = 'Well said.'")
    given = classes.gradebook(root)
    assert sum(row[4] == 2.5 for row in given) == 3
    status, out, _ = classes.grade(root, classes.NAME)
    assert status == 0
    assert out.startswith("small: 0 marked, 3 unchanged")
    assert classes.gradebook(root) == given
    classes.submit(root, 1, classes.answer_of(3))
    assert "1 marked, 2 unchanged" in classes.grade(root, classes.NAME)[1]
    now = classes.gradebook(root)
    assert [row[4] for row in now] == [row[4] for row in given]
    assert {row[1] for row in set(now) - set(given)} == {classes.student(1)}


# --- stopped -----------------------------------------------------------------


@pytest.mark.parametrize("send", [os.kill, os.killpg])
@pytest.mark.parametrize("kind", ["usual", "endless"])
def test_control_c_stops_at_once_and_the_next_run_goes_on(hall, send, kind):
    classes.hand_in(hall / "in", range(40))
    slow = [classes.student(i) for i in range(5, 40)]
    hand_in_all(hall, classes.SLOW, slow if kind == "usual" else [])
    if kind == "endless":
        hand_in_all(hall, classes.ENDLESS, ["t1", "t2"])
    results = hall / "out" / "results"
    with classes.started(hall, *to_folder()) as process:
        classes.wait_for(results, 40 if kind == "endless" else 5, process)
        classes.wait_for_students(process, 2)
        everyone, before = classes.family(process)[1:], time.monotonic()
        send(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert time.monotonic() - before < 2
    assert (process.returncode, out) == (1, "")
    assert err == "nnlib: stopped. The same command goes on from here.\n"
    assert classes.still_there(everyone, 2) == []
    assert list((hall / "tmp").iterdir()) == []
    stored = classes.inodes(results)
    hand_in_all(hall, classes.RIGHT, ["t1", "t2"])
    assert classes.grade(hall, *to_folder())[0] == 0
    assert stored.items() <= classes.inodes(results).items()
    assert len(classes.inodes(results)) == 42


# --- memory ------------------------------------------------------------------


def test_memory_stays_the_same_however_many_hand_in(hall):
    classes.hand_in(hall / "in", range(600))
    most, early, late = 0, [], []
    results = hall / "out" / "results"
    with classes.started(hall, *to_folder()) as process:
        while not classes.has_ended(process, 0.1):
            sizes = classes.memory(process)
            most = max(most, sum(sizes.values()))
            stored = len(classes.inodes(results))
            here = {1: early, 2: early, 4: late, 5: late}.get(stored // 100)
            if here is not None:
                markers = [
                    n for (_, is_marker), n in sizes.items() if is_marker
                ]
                here.append(sum(markers))
        assert process.communicate()[0].startswith("source/small: 600 marked")
    assert most < 300e6
    assert statistics.median(late) < statistics.median(early) + 4e6


# --- what it says ------------------------------------------------------------


def test_progress_is_shown_on_a_terminal_and_nowhere_else(hall):
    classes.hand_in(hall / "in", range(20))
    status, out, err = classes.grade(hall, *to_folder("one"))
    assert (status, err) == (0, "")
    assert out == (
        "source/small: 20 marked, 0 unchanged, 20 for a person to finish\n"
    )
    ours, theirs = os.openpty()
    termios.tcsetwinsize(ours, (24, 80))
    with open(ours, "rb", buffering=0) as terminal, open(theirs, "wb") as end:
        status, again, _ = classes.grade(hall, *to_folder("two"), stderr=end)
        shown = terminal.read(100_000).decode()
    assert (status, again) == (0, out)
    assert "Marking: " in shown
    assert "/20 [" in shown


def test_a_second_run_at_the_same_time_is_refused(hall):
    hand_in_all(hall, classes.SLOW)
    with classes.started(hall, *to_folder()) as first:
        classes.wait_for_students(first, 1)
        status, out, err = classes.grade(hall, *to_folder())
        assert (status, out) == (1, "")
        assert "another `nnlib grade` is at work in" in err
        assert err.count("\n") == 1
        out, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, "")
    assert out.startswith("source/small: 6 marked, 0 unchanged")


BROKEN = """#!/bin/sh
case "$*" in *inside.worker*) exit 1;; esac
exec {real} "$@"
"""


def test_what_the_grader_cannot_do_is_said_and_tried_again(hall):
    classes.hand_in(hall / "in", range(3))
    (hall / "broken").mkdir()
    broken = hall / "broken" / "bwrap"  # it works, but for the workers
    broken.write_text(BROKEN.format(real=shutil.which("bwrap")))
    broken.chmod(0o755)
    path = f"{broken.parent}{os.pathsep}{os.environ['PATH']}"
    ill = classes.environment(hall, PATH=path)
    status, out, err = classes.grade(hall, *to_folder(), env=ill)
    assert (status, out) == (
        1,
        "source/small: 0 marked, 0 unchanged, 3 failed\n",
    )
    assert err.count("\n") == 3
    first = min(err.splitlines())
    assert first.startswith("nnlib: 's0000' could not be marked: ")
    assert "Traceback" not in err
    status, out, _ = classes.grade(hall, *to_folder())
    assert status == 0
    assert out.startswith("source/small: 3 marked, 0 unchanged")
