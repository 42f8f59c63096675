"""Calling a stranger's function: for so long and no longer, and quietly.

It runs in a thread of its own while the calling thread watches the clock, so
that no loop, and no wait inside C, can hold up the check. A thread that is
late is stopped from outside by an exception at its next line. That works on
every system; a signal would not work on Windows, or outside the main thread.
"""

import contextlib
import ctypes
import io
import linecache
import sys
import threading
import time
import traceback
import warnings
from dataclasses import dataclass

PATIENCE = 5.0  # seconds to go on trying to stop what is late


class Stopped(BaseException):
    """Ends a late thread. Not an Exception: `except Exception` misses it."""


def run_within(seconds, work):
    """Run work() in a thread of its own, and stop it if it is late.

    Parameters
    ----------
    seconds : float
    work : callable
        It must not raise.

    Returns
    -------
    (stack, still_running) : list of (frame, line) or None, bool
        stack is None if work ended in time, else where it was, the outermost
        call first. still_running: not even stopping it has helped.

    >>> run_within(5, lambda: None)
    (None, False)
    """

    ended = threading.Lock()
    ended.acquire()

    def run():
        try:
            with contextlib.suppress(Stopped):
                work()
        finally:
            ended.release()

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    in_time, end = False, time.monotonic() + seconds
    try:
        while not in_time and time.monotonic() < end:
            # In slices: on some systems nothing interrupts a longer wait.
            in_time = ended.acquire(timeout=min(0.1, seconds))
        stack = None if in_time else _stack(worker)
    finally:  # also when the reader interrupts the wait
        stopped = in_time or _stop(worker, work, ended)
    return stack, not stopped


def _stop(worker, work, ended):
    """Raise Stopped in a thread until it ends, or PATIENCE does.

    Code that catches everything in an endless loop catches Stopped as well.
    Threads that take turns quickly let the next one arrive while it is not
    looking, between two rounds: mostly, for where threads take turns is not
    up to us.
    """
    turn, end = sys.getswitchinterval(), time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if ended.acquire(blocking=False):
            _settle()
            return True
        if any(f.f_code is work.__code__ for f, _ in _stack(worker)):
            _raise_in(worker.ident)
        sys.setswitchinterval(1e-6)
        try:
            time.sleep(0)
        finally:
            sys.setswitchinterval(turn)
    return False


def _raise_in(thread):
    """Raise Stopped in a thread, at its next line."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(Stopped)
    )


def _settle():
    """Receive one Stopped here, so that Python expects no more of them.

    One that a thread did not live to receive would leave Python 3.11 looking
    for it at every line, and a debugger waiting for ever.
    """
    with contextlib.suppress(Stopped):
        _raise_in(threading.get_ident())
        while True:
            pass


def _stack(thread):
    """Return [(frame, line)] of a thread right now, outermost call first."""
    found, frame = [], sys._current_frames().get(thread.ident)
    while frame is not None:
        found.append((frame, frame.f_lineno))
        frame = frame.f_back
    return found[::-1]


@contextlib.contextmanager
def overheard():
    """Keep what is printed and warned inside; yield the text as it grows.

    >>> with overheard() as text:
    ...     print("hello")
    >>> text()
    'hello'
    """
    heard = io.StringIO()

    def keep_warning(message, category, *place, **more):
        heard.write(f"{category.__name__}: {message}\n")

    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(heard),
        contextlib.redirect_stderr(heard),
    ):
        warnings.simplefilter("always")
        warnings.showwarning = keep_warning
        yield lambda: heard.getvalue().strip()


def own_line(stack, answer):
    """Return "line 3: z = X @ w", the reader's innermost line in a stack.

    All cells of a notebook share one set of globals; a line that runs in it
    is the reader's, and what lies below is numpy's or nnlib's.

    Parameters
    ----------
    stack : iterable of (frame, line)
        The outermost call first, as traceback.walk_tb gives it.
    answer : callable

    Returns
    -------
    str or None
        None if no line of the reader's was reached.
    """
    # A class has no globals of its own, but its methods have.
    parts = [answer, *getattr(answer, "__dict__", {}).values()]
    homes = [f.__globals__ for f in parts if hasattr(f, "__globals__")]
    home = homes[0] if homes else sys.modules["__main__"].__dict__
    own = [
        (frame.f_code.co_filename, line)
        for frame, line in stack
        if frame.f_globals is home
    ]
    if not own:
        return None
    filename, line = own[-1]
    return f"line {line}: {linecache.getline(filename, line).strip()}"


@dataclass(frozen=True)
class Place:
    """Where in a reader's code an error came from.

    Attributes
    ----------
    line : str or None
        Such as "line 3: z = X @ w".
    function : str
        The name of the innermost function.
    is_answers : bool
        Whether that is the answer itself, and not one that it calls.
    """

    line: str | None
    function: str
    is_answers: bool


def place_of(error, answer):
    """Return the Place of an error that an answer raised.

    An error that comes from another process brings its `place` along.
    """
    if isinstance(getattr(error, "place", None), Place):
        return error.place
    stack = list(traceback.walk_tb(error.__traceback__))
    frames = [frame for frame, _ in stack]
    code = getattr(answer, "__code__", None)
    own = [frame for frame in frames if frame.f_code is code]
    is_answers = not own or frames[-1] is own[-1]
    last = frames[-1].f_code.co_name
    return Place(own_line(stack, answer), last, is_answers)
