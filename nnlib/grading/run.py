"""One run of the grader: what is left to do, who does it, what it came to.

Markers work side by side, in processes of their own or on a Dask cluster;
this process alone reads what was handed in and stores each result whole. It
can be ended at any moment: the next run does what is left.
"""

import contextlib
import fcntl
import os
import shutil
import sys
from concurrent.futures import (
    FIRST_COMPLETED,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field

from nnlib.grading import bubble, marker
from nnlib.grading.handed_in import Rules, Unreadable

AHEAD = 3  # submissions that wait for each marker: more would only take memory


class Refused(Exception):
    """The grader will not start; the message says what to do."""


@dataclass
class Summary:
    """What a run came to.

    Attributes
    ----------
    marked, unchanged, unreadable : int
        Submissions that were marked now, that had been before, and those
        marked now of which nothing could be read.
    to_mark : int
        Submissions in which a person has something to mark.
    failures : list of (student, why)
        What the grader could not do; the next run tries again.
    """

    marked: int = 0
    unchanged: int = 0
    unreadable: int = 0
    to_mark: int = 0
    failures: list = field(default_factory=list)

    def __str__(self):
        parts = [f"{self.marked} marked", f"{self.unchanged} unchanged"]
        if self.unreadable:
            parts.append(f"{self.unreadable} unreadable")
        if self.to_mark:
            parts.append(f"{self.to_mark} for a person to finish")
        if self.failures:
            parts.append(f"{len(self.failures)} failed")
        return ", ".join(parts)


def grade(
    store, jobs=None, seed=None, seconds=30.0, trusted=False, scheduler=None
):
    """Mark what is new or has changed, and store it.

    Parameters
    ----------
    store : course.Course or folder.Results
    jobs : int, optional
        How many markers work at once; by default one for each core.
    seed : int, optional
        Where random inputs start; by default drawn once, and kept.
    seconds : float
        How long one cell may take.
    trusted : bool
        Whether to run students' code without fences.
    scheduler : str, optional
        Address of a Dask scheduler, such as "tcp://10.0.0.1:8786".

    Returns
    -------
    Summary

    Raises
    ------
    Refused
        If there are no fences, and `trusted` is not set.
    ValueError
        If there is no such assignment.
    """
    assignment = store.assignment()
    with _alone_in(store.folder):
        rules = Rules(store.seed(seed), seconds, trusted)
        summary, is_fenced = Summary(), not (trusted or scheduler)
        try:
            with _executor(assignment, rules, jobs, scheduler) as places:
                work = _work(store, assignment, rules, summary)
                for student, done in _spread(places, work, assignment, rules):
                    _take(store, student, done, summary, is_fenced)
        finally:
            marker.close_all(assignment, rules)
        store.finish(store.stored_results())
    return summary


@contextlib.contextmanager
def _alone_in(folder):
    """Keep other runs out; the kernel lets them in when this one ends."""
    with open(folder / "running", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                f"another `nnlib grade` is at work in {folder}. Wait for it, "
                "or stop it; the next run goes on from there."
            ) from None
        yield


@contextlib.contextmanager
def _executor(assignment, rules, jobs, scheduler):
    """Yield who does the work, how many submissions fit at once, a check.

    check() raises an error if those who do the work are gone.
    """
    if scheduler:
        from nnlib.grading.cluster import Cluster

        with Cluster(scheduler, assignment, rules) as places:
            yield places
        return
    jobs = jobs or os.cpu_count() or 1
    if not rules.trusted and shutil.which("bwrap") is None:
        _refuse()
    marker.warm_up(assignment, rules, jobs)
    executor = ThreadPoolExecutor(jobs)  # each thread waits for a marker
    try:
        yield executor, jobs * AHEAD, lambda: None
        executor.shutdown()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _work(store, assignment, rules, summary):
    """Yield (student, files, why there are none) of all that is to do."""
    before = store.graded()
    submissions = store.submissions()
    if not submissions:
        raise Refused(f"nothing was handed in for {assignment.name}.")
    for submission in _with_progress(submissions):
        files, why = None, None
        try:
            files = submission.read()
        except Unreadable as reason:
            why = str(reason)
        now = assignment.digest_with(why if files is None else files, rules)
        if before.get(submission.student) == now:
            summary.unchanged += 1
        else:
            yield submission.student, files, why


def _with_progress(submissions):
    from tqdm import tqdm

    return tqdm(
        submissions,
        desc="Marking",
        unit=" submissions",
        disable=not sys.stderr.isatty(),
        leave=False,
    )


def _spread(places, work, assignment, rules):
    """Yield (student, future) as each is done, a few in work at a time."""
    (executor, most, check), waiting = places, {}
    for student, files, why in work:
        future = executor.submit(
            marker.mark, assignment, rules, student, files, why
        )
        waiting[future] = student
        while len(waiting) >= most:
            yield from _done(waiting, check)
    while waiting:
        yield from _done(waiting, check)


def _done(waiting, check):
    done, _ = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
    check()
    for future in done:
        yield waiting.pop(future), future


def _refuse():
    """Raise Refused if strangers' code cannot be fenced in here."""
    if why := bubble.missing():
        raise Refused(
            f"{why} Nothing was run. In a place where a hostile notebook can "
            "do no harm, --trust marks without fences."
        )


def _take(store, student, future, summary, is_fenced):
    """Store one result, or note that there is none."""
    try:
        result, notebooks = future.result()
    except Exception as error:
        if is_fenced and not summary.marked and not summary.failures:
            _refuse()  # each worker tries its fences before it is ready
        summary.failures.append((student, f"{error}"))
        return
    store.keep(result, notebooks)
    summary.marked += 1
    summary.unreadable += not notebooks
    summary.to_mark += result["needs_marking"]
