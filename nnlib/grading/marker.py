"""A marker as a process of its own, and the handle that others hold of it.

A teacher's test may be brought down by what a student returns, as `2 ** f(3)`
is. Then the process ends, another takes its place, and the test that it was
at counts as crashed. `mark` can be called from any thread, of this program
or of a worker of a cluster.
"""

import contextlib
import faulthandler
import os
import resource
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from multiprocessing.connection import Connection

from nnlib.grading.handed_in import Submission, Unreadable

ENVIRONMENT = {
    "PYTHONHASHSEED": "0",  # sets in the same order: the same marks
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "NBGRADER_EXECUTION": "autograde",
    "NNLIB_PROGRESS": "off",
}
MEMORY = 2 << 30  # bytes of address space
HANGING = 15  # seconds beyond a cell's own: such a step never comes back
PATIENCE = 1.0  # seconds for a marker to end by itself
MOST_TRIES = 20
MOST_LOST = 2  # sandboxes that one submission may outlive


class MarkerFailed(Exception):
    """The grader itself could not do its work; says why."""


def mark(assignment, rules, student, files, why=None):
    """Mark a submission in one of this program's marker processes.

    Parameters
    ----------
    assignment : handed_in.Assignment
    rules : handed_in.Rules
    student : str
    files : dict of str to bytes or None
    why : str, optional
        Why there are no files.

    Returns
    -------
    (result, notebooks)
        See `marking.Marker.mark`.

    Raises
    ------
    MarkerFailed
    """
    kind = assignment.digest, rules
    with _lock:
        hand = _idle[kind].pop() if _idle[kind] else None
    hand = hand or MarkerProcess(assignment, rules)
    try:
        return hand.mark(student, files, why)
    finally:
        with _lock:
            _idle[kind].append(hand)


def warm_up(assignment, rules, count):
    """Start so many markers, to be ready when the first work comes."""
    kind = assignment.digest, rules
    _idle[kind] += [MarkerProcess(assignment, rules) for _ in range(count)]


def close_all(assignment, rules):
    """End all marker processes for a run, those at work as well."""
    with _lock:
        hands = [hand for hand in _all if hand.about == (assignment, rules)]
        _idle.pop((assignment.digest, rules), None)
    for hand in hands:
        hand.close()


_setting_up, _here = threading.Lock(), []  # in a marker process
_idle, _all, _lock = defaultdict(list), set(), threading.Lock()


class MarkerProcess:
    """One marker process; it is started again whenever it ends."""

    def __init__(self, assignment, rules):
        self.about = assignment, rules
        self._is_closed, self._turn = False, threading.Lock()
        with _lock:
            _all.add(self)
        self._start()

    def mark(self, student, files, why):
        """Mark a submission, with as many processes as it takes.

        A step that a process ends at is not to blame at once: someone may
        have ended the process. If it happens again, it counts as crashed.
        """
        ended_at, lost = Counter(), 0
        for n in range(MOST_TRIES):
            self._step = None
            fatal = {step for step, times in ended_at.items() if times > 1}
            if n == MOST_TRIES - 1:
                fatal = {"*"}
            try:
                what, *parts = self._asked((student, files, why, fatal))
            except (EOFError, OSError):
                ended_at[self._step] += 1
                with self._turn:
                    self._end()
                    self._start()
                continue
            if what == "done":
                return parts
            if what == "failed" or lost == MOST_LOST:
                raise MarkerFailed(parts[0])
            lost += 1
        raise MarkerFailed("the marker process ends each time it starts")

    def close(self):
        """End the process, and with it its sandbox, for good."""
        with _lock:
            _all.discard(self)
        with self._turn:
            self._is_closed = True
            self._end()

    def _asked(self, work):
        self._line.send(work)
        while (message := self._line.recv())[0] == "at":
            self._step = message[1]
        return message

    def _start(self):
        if self._is_closed:
            raise MarkerFailed("the run was stopped")
        name = f"nnlib-marker-{secrets.token_hex(8)}"
        self._folder = os.path.join(tempfile.gettempdir(), name)
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own)
                [sys.executable, "-P", "-m", __spec__.name, self._folder],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **ENVIRONMENT},
                process_group=0,  # Ctrl+C is for the grader alone
            )
        self._line = Connection(ours.detach())
        with contextlib.suppress(OSError):
            self._line.send(self.about)

    def _end(self):
        _hang_up(self._line)  # it ends its sandbox, and then itself
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _hang_up(line):
    """Close a line, also while another thread waits for what comes on it."""
    if not line.closed:
        with (
            contextlib.suppress(OSError),  # the other end may be gone
            socket.socket(fileno=os.dup(line.fileno())) as end,
        ):
            end.shutdown(socket.SHUT_RDWR)
        line.close()


def main(line, folder):
    """Mark what arrives on a line, until it ends."""
    from nnlib.checks.calling import Stopped
    from nnlib.grading import marking, sandbox

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.path.append(os.path.join(folder, marking.TESTS))
    assignment, rules = line.recv()

    def announce(step):
        faulthandler.dump_traceback_later(
            HANGING + rules.seconds, exit=True, file=nowhere
        )
        line.send(("at", step))

    with open(os.devnull, "w") as nowhere:
        with _setting_up:
            os.mkdir(folder, 0o700)
            marker = marking.Marker(assignment, rules, folder, announce)
            _here.append(marker)
        while True:
            student, files, why, fatal = line.recv()
            try:
                done = marker.mark(_handed(student, files, why), fatal)
                line.send(("done", *done))
            except sandbox.WorkerFailed as error:
                line.send(("lost", str(error)))
            except (Exception, Stopped) as error:
                line.send(("failed", f"{type(error).__name__}: {error}"))
            faulthandler.cancel_dump_traceback_later()


def _end_with(line, folder):
    """End this process when the other end of the line is gone."""
    gone = select.poll()
    gone.register(line.fileno(), select.POLLRDHUP)
    gone.poll()
    _setting_up.acquire()  # and nothing is written from now on
    for marker in _here:
        marker.close()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _handed(student, files, why):
    def read():
        if files is None:
            raise Unreadable(why)
        return files

    return Submission(student, read)


if __name__ == "__main__":
    line = Connection(os.dup(0))
    watcher = threading.Thread(
        target=_end_with, args=(line, sys.argv[1]), daemon=True
    )
    watcher.start()
    with contextlib.suppress(EOFError, OSError):
        main(line, sys.argv[1])
    watcher.join()
