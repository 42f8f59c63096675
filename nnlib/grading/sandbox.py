"""A student's process, as the trusted side has it: started, used, ended.

One `Worker` is a warm Python behind bubblewrap. `begin` lets it fork and
returns the channel to that fork; `end` makes sure that the fork is gone. A
worker whose fork left anything behind is thrown away with it.
"""

import array
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys

from nnlib.grading import bubble
from nnlib.grading.inside.worker import ENDED, READY

PATIENCE = 30.0  # seconds for a start, or for the end of a fork


class WorkerFailed(Exception):
    """The sandbox does not do what it should; the message says what."""


class Worker:
    """A warm Python that forks once for every submission.

    Parameters
    ----------
    modules : list of str
        What is imported before the first fork.
    opened, closed : set of str
        Modules of nnlib that are there, and that only seem to be.
    seconds : float
        Of the processor's time, for each fork.
    unfenced : str, optional
        A folder to be made and to run in, without any fences.
    """

    def __init__(
        self, modules=(), opened=(), closed=(), seconds=600, unfenced=None
    ):
        self._options = list(modules), opened, closed, seconds, unfenced
        self._process = self._control = None
        self._is_ready = False

    def begin(self):
        """Return a channel to a new fork: a socket.

        Raises
        ------
        WorkerFailed
        """
        if self._process is None:
            self.start()
        if not self._is_ready:
            self._expect(READY)
            self._is_ready = True
        ours, theirs = socket.socketpair()
        with theirs:
            rights = array.array("i", [theirs.fileno()])
            what = (socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)
            try:
                self._control.sendmsg([b"+"], [what])
            except OSError as error:
                self.close()
                raise WorkerFailed(f"the sandbox ended: {error}") from None
        return ours

    def end(self, channel):
        """End the fork behind a channel, whatever it is doing."""
        channel.close()
        if self._process is None:
            return
        try:
            self._control.send(b"-")
            answer = self._answer()
        except (OSError, WorkerFailed):
            answer = None
        if answer != ENDED:
            self.close()

    def has_ended(self):
        """Return whether the worker is gone, which no fork can bring about."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
                self.close()
        return self._process is None

    def start(self):
        """Start the process; it gets ready while others work."""
        modules, opened, closed, seconds, unfenced = self._options
        self._is_ready = False
        self._control, theirs = socket.socketpair()
        number, folder = theirs.fileno(), unfenced or bubble.FOLDER
        about = [number, folder, not unfenced, int(seconds), modules]
        what = json.dumps(about)
        command = ["-m", "nnlib.grading.inside.worker", what]
        if unfenced:
            os.makedirs(folder, exist_ok=True)
            command.insert(0, sys.executable)
        else:
            command = bubble.command(
                command, open_modules=opened, closed_modules=closed
            )
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own)
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[number],
                process_group=0,
            )

    def close(self):
        """End the whole sandbox and all that is in it."""
        if self._process is not None:
            # All of the group: a bubblewrap that is still being set up has
            # a second process, which does not yet die with the first.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._control.close()
            self._process = None
            if self._options[-1]:
                shutil.rmtree(self._options[-1], ignore_errors=True)

    def _expect(self, what):
        try:
            answer = self._answer()
        except WorkerFailed:
            self.close()
            raise
        if answer != what:
            self.close()
            raise WorkerFailed("the sandbox did not start")

    def _answer(self):
        ready, _, _ = select.select([self._control], [], [], PATIENCE)
        if not ready:
            raise WorkerFailed(f"no sandbox after {PATIENCE:g} seconds")
        return self._control.recv(1)
