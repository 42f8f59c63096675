"""machine: one core inside, as many as before after; a bar that goes away."""

import io
import subprocess
import sys

import numpy as np
import pytest
import tqdm.std
from threadpoolctl import threadpool_info, threadpool_limits

from nnlib.machine import full_speed, one_blas_thread, progress_bar


def blas_threads():
    """Return the number of each library; there can be more than numpy's."""
    return [
        pool["num_threads"]
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]


@pytest.fixture
def two_threads():
    """Two BLAS threads to begin with, on whatever machine this runs."""
    with threadpool_limits(limits=2, user_api="blas"):
        assert np.eye(2) @ [1.0, 1.0] @ [1.0, 1.0] == 2  # by numpy's BLAS
        before = blas_threads()
        assert 2 in before
        yield before


class Clock:
    """A clock on which every look takes two seconds."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 2.0
        return self.now


def screen(text):
    """Return the lines that are left after text with carriage returns."""
    left = []
    for line in text.split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        left.append(shown.rstrip())
    return left


# --- full_speed -------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux's C library")
def test_memory_that_was_given_back_is_used_again():
    """In a new process: what was freed before changes what is kept."""
    script = """
import resource
import numpy as np
from nnlib.machine import full_speed

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        arrays = [np.ones(100_000) for _ in range(5)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

at_first = faults()
with full_speed():
    faults()
    print(at_first, faults())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
    )
    at_first, kept = map(int, done.stdout.split())
    assert kept < at_first / 10


def test_full_speed_is_on_one_core(two_threads):
    with full_speed():
        assert min(blas_threads()) == 1
    assert blas_threads() == two_threads


# --- one_blas_thread --------------------------------------------------------


def test_matrix_products_have_one_thread_inside_and_the_old_number_after(
    two_threads,
):
    with one_blas_thread():
        assert min(blas_threads()) == 1
    assert blas_threads() == two_threads


def test_the_threads_come_back_after_an_error(two_threads):
    with pytest.raises(KeyboardInterrupt), one_blas_thread():
        raise KeyboardInterrupt
    assert blas_threads() == two_threads


def test_one_inside_another_stays_at_one_until_the_outer_ends(two_threads):
    with one_blas_thread():
        with one_blas_thread():
            assert min(blas_threads()) == 1
        assert min(blas_threads()) == 1
    assert blas_threads() == two_threads


def test_a_number_set_later_is_the_one_that_comes_back(two_threads):
    """What is kept is the number before this use, not before the first."""
    with one_blas_thread():
        pass
    with threadpool_limits(limits=1, user_api="blas"):
        with one_blas_thread():
            pass
        assert set(blas_threads()) == {1}


# --- progress_bar -----------------------------------------------------------


def test_a_short_run_shows_nothing(capsys):
    with progress_bar(5, True) as bar:
        for _ in range(5):
            bar.update()
    assert capsys.readouterr() == ("", "")


def test_a_long_run_shows_a_bar_on_stdout_that_disappears(capsys, monkeypatch):
    monkeypatch.setattr(tqdm.std, "time", Clock())
    with progress_bar(20, True) as bar:
        for _ in range(20):
            bar.update()
    out, err = capsys.readouterr()
    assert "20/20" in out
    assert screen(out) == [""]
    assert err == ""


def test_the_bar_waits_three_seconds(capsys, monkeypatch):
    """The clock's looks are at 2, 4 and 6: the second is too early."""
    monkeypatch.setattr(tqdm.std, "time", Clock())
    with progress_bar(20, True) as bar:
        start = bar.start_t
        bar.update()
        assert capsys.readouterr().out == ""
        bar.update()
        assert bar.last_print_t - start >= 3
        assert "2/20" in capsys.readouterr().out


def test_the_bar_goes_away_after_an_error_too(capsys, monkeypatch):
    monkeypatch.setattr(tqdm.std, "time", Clock())

    def five_of_20():
        with progress_bar(20, True) as bar:
            for _ in range(5):
                bar.update()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        five_of_20()
    out, err = capsys.readouterr()
    assert "5/20" in out
    assert screen(out) == [""]
    assert err == ""


def test_an_unwanted_bar_shows_nothing_in_a_long_run(capsys, monkeypatch):
    monkeypatch.setattr(tqdm.std, "time", Clock())
    with progress_bar(20, False) as bar:
        for _ in range(20):
            bar.update()
    assert capsys.readouterr() == ("", "")


def test_the_bar_finds_the_stdout_of_its_own_time(monkeypatch):
    """A notebook puts another stdout in place for every cell."""
    monkeypatch.setattr(tqdm.std, "time", Clock())
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with progress_bar(9, True) as bar:
        for _ in range(9):
            bar.update()
    assert "9/9" in sys.stdout.getvalue()
