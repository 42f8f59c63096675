"""Marking on a Dask cluster of real processes, one of which is killed."""

import contextlib
import json
import subprocess
import sys

import classes
import psutil
import pytest

COUNT = 40
LOCAL = (
    *("--assignment", f"source/{classes.NAME}", "in"),
    *("--seed", classes.SEED, "--out"),
)


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    """A folder with what was handed in and, in "here", how it was marked."""
    root = tmp_path_factory.mktemp("hall")
    classes.source(root / "source" / classes.NAME)
    (root / "in").mkdir()
    for number in range(COUNT):
        file = root / "in" / f"{classes.student(number)}.ipynb"
        file.write_bytes(classes.sheet(classes.SLOW, f"{number}"))
    assert classes.grade(root, *LOCAL, "here")[0] == 0
    return root


@contextlib.contextmanager
def running(root, program, *arguments):
    """Run one of Dask's programs; end it and all that it has started."""
    with (
        open(root / f"{program}.log", "a") as log,
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *arguments],
            cwd=root,
            env=classes.environment(root),
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            yield process
        finally:
            for one in classes.kill(process):
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()


@contextlib.contextmanager
def scheduler(root):
    """Run a scheduler; yield its address."""
    file = root / "scheduler.json"
    where = "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file
    file.unlink(missing_ok=True)  # of another test
    with running(root, "dask_scheduler", "--no-dashboard", *where) as process:
        classes.wait_until(file.exists, process)
        yield json.loads(file.read_text())["address"]


def worker(root, address, name, nanny):
    return running(
        root,
        "dask_worker",
        *(address, "--nthreads", "1", "--no-dashboard", "--name", name),
        *("--nanny" if nanny else "--no-nanny", "--host", "127.0.0.1"),
        *("--local-directory", str(root / "tmp")),
    )


@pytest.mark.parametrize("nanny", [False, True])
def test_a_worker_that_is_killed_loses_nothing(hall, nanny):
    out = hall / f"there {nanny}"
    with (
        scheduler(hall) as address,
        worker(hall, address, "a", nanny) as first,
        worker(hall, address, "b", nanny) as second,
    ):
        there = *LOCAL, out, "--scheduler", address
        with classes.started(hall, *there) as process:
            classes.wait_for(out / "results", 10, process)
            classes.wait_for_students(second, 1)
            (fork,) = classes.wait_for_students(first, 1)
            *_, bwrap, marker, killed = fork.parents()[:4]
            killed.kill()
            assert classes.still_there([fork, bwrap, marker, killed]) == []
            said, err = process.communicate(timeout=100)
        left = [*classes.family(first), *classes.family(second)]
        assert not any("nnlib.grading" in str(o.cmdline()) for o in left)
    assert (process.returncode, err) == (0, "")
    assert said.startswith("source/small: 40 marked, 0 unchanged")
    assert classes.tree(out) == classes.tree(hall / "here")


def test_a_scheduler_that_nobody_is_at_ends_the_run_with_a_sentence(hall):
    nobody = "tcp://127.0.0.1:1"
    status, out, err = classes.grade(
        hall, *LOCAL, "there", "--scheduler", nobody, seconds=40
    )
    assert (status, out) == (1, "")
    assert err.startswith(
        f"nnlib: No Dask scheduler with workers answers at {nobody}: "
    )
    assert err.count("\n") == 1
    assert not (hall / "there" / "results").exists()
