"""Calling a stranger's function: for so long and no longer, and quietly.

A watching thread raises `TookTooLong` in the calling thread when the time is
up. Unlike a signal this works on Windows and outside the main thread. It
cannot end a single long call into C, such as time.sleep.
"""

import contextlib
import ctypes
import io
import linecache
import sys
import threading
import traceback
import warnings


class TookTooLong(BaseException):
    """The time is up. Not an Exception: `except Exception` lets it pass."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raise TookTooLong in this thread once `seconds` have passed.

    >>> with time_limit(0.05):
    ...     while True:
    ...         pass
    Traceback (most recent call last):
        ...
    nnlib.checks.calling.TookTooLong
    """
    thread, done = threading.get_ident(), threading.Event()

    def watch():
        wait = seconds
        while not done.wait(wait):
            _raise_in(thread, TookTooLong)
            wait = 0.05  # again: the code may have caught it

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        # A late TookTooLong may arrive between any two of these lines.
        while watcher.is_alive():
            with contextlib.suppress(TookTooLong):
                done.set()
                watcher.join()
        with contextlib.suppress(TookTooLong):
            _raise_in(thread, None)


def _raise_in(thread, kind):
    """Raise an exception in a thread at its next line; None: take it back."""
    kind = ctypes.py_object(kind) if kind else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), kind)


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


def own_line(error, answer):
    """Return "line 3: z = X @ w" for the reader's last line before an error.

    All cells of a notebook share one set of globals; the deepest line that
    runs in it is the reader's, and what lies below is numpy's or nnlib's.

    Returns
    -------
    str or None
        None if no line of the reader's was reached.
    """
    home = getattr(answer, "__globals__", sys.modules["__main__"].__dict__)
    own = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals is home
    ]
    if not own:
        return None
    filename, line = own[-1]
    return f"line {line}: {linecache.getline(filename, line).strip()}"
