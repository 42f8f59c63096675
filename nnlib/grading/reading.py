"""Read what a stranger left on the disk, and nothing else.

A folder of a submission may hold symbolic links to the teacher's files, pipes
that never end, or a million files. So each file is opened without following
links, looked at before it is read, and counted while it is read.
"""

import os
import stat
from contextlib import contextmanager
from pathlib import Path

from nnlib.grading.handed_in import Unreadable

LARGEST = 32_000_000  # bytes of one submission, all files together
MOST_FILES = 500  # of one submission; folders count as well
DEEPEST = 20  # folders in folders
LONGEST = 255  # bytes in one name: what file systems take
LONGEST_PATH = 1000  # bytes
_CLUTTER = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"}
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = _FILE | os.O_DIRECTORY


class Budget:
    """Count the files and bytes of one submission, and say stop."""

    def __init__(self):
        self.bytes = LARGEST
        self._files = MOST_FILES

    def one_more(self):
        """Count one file or folder; raise Unreadable if it is too many."""
        self._files -= 1
        if self._files < 0:
            raise Unreadable(f"it holds more than {MOST_FILES} files.")

    def take(self, data):
        """Count these bytes and return them; raise Unreadable if too many."""
        self.bytes -= len(data)
        if self.bytes < 0:
            raise Unreadable(
                f"it is larger than {LARGEST // 1_000_000} MB, which is more "
                "than a submission may have."
            )
        return data


def is_clutter(name):
    """Say whether a file or folder of this name is the computer's own.

    >>> is_clutter(".ipynb_checkpoints"), is_clutter("__MACOSX")
    (True, True)
    >>> is_clutter("06_backpropagation.ipynb")
    False
    """
    return name.startswith(".") or name in _CLUTTER


def read_folder(path, below=None, budget=None):
    """Return {path: bytes} of the files in a folder, as `Submission.read`.

    Clutter is left out, such as .ipynb_checkpoints and all names that start
    with a dot. The folder need not hold a notebook.

    Parameters
    ----------
    path : path-like
        The folder itself may not be a symbolic link.
    below : path-like, optional
        A folder of the teacher's that `path` lies in. Between the two no
        symbolic link is followed either. By default the folder's parent.
    budget : Budget, optional
        Of a submission that is in several places.

    Raises
    ------
    Unreadable
        With a sentence that names paths inside of the folder only.
    """
    files = {}
    with _opened(path, below, _FOLDER) as folder:
        _read_into(files, folder, (), budget or Budget())
    return dict(sorted(files.items()))


def read_file(path, below=None, budget=None):
    """Return the bytes of one file, with the care of `read_folder`."""
    with _opened(path, below, _FILE) as file:
        return _contents(file, Path(path).name, budget or Budget())


def as_text(name):
    """Return a file's name as text that can be encoded.

    >>> as_text("Zo\\udceb")
    'Zo\ufffd'
    """
    return os.fsencode(name).decode("utf-8", "replace")


def shown(path):
    """Return a stranger's path as short text on one line.

    >>> shown("a\\nb")
    "'a\\\\nb'"
    """
    text = path if path.isprintable() else ascii(path)
    return text if len(text) <= 80 else f"{text[:38]}...{text[-38:]}"


def too_long(path):
    """Say whether a disk might not take a file of this path.

    >>> too_long("a" * 256), too_long("a/" * 120)
    (True, False)
    """
    longest = max(len(step.encode()) for step in path.split("/"))
    return longest > LONGEST or len(path.encode()) > LONGEST_PATH


@contextmanager
def _opened(path, below, flags):
    """Open `path` step by step, so that no step can be a link."""
    below = Path(path).parent if below is None else Path(below)
    *steps, last = Path(path).relative_to(below).parts
    here = os.open(below, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in steps:
            here = _replaced(here, _open(here, step, _FOLDER, step))
        here = _replaced(here, _open(here, last, flags, last))
        yield here
    finally:
        os.close(here)


def _replaced(old, new):
    os.close(old)
    return new


def _open(folder, name, flags, path):
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        mode = _mode(folder, name)
        if stat.S_ISLNK(mode):
            raise Unreadable(
                f"{shown(path)} is a symbolic link; hand in the file itself."
            ) from None
        if mode and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise Unreadable(f"{shown(path)} is not a file.") from None
        raise Unreadable(
            f"{shown(path)} cannot be read: {error.strerror}."
        ) from None


def _mode(folder, name):
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return 0


def _read_into(files, folder, parents, budget):
    if len(parents) > DEEPEST:
        raise Unreadable(f"its folders are more than {DEEPEST} deep.")
    for name in sorted(_names(folder, budget)):
        here = (*parents, as_text(name))
        path = "/".join(here)
        if too_long(path):
            raise Unreadable(f"the name {shown(path)} is too long.")
        mode = _mode(folder, name)
        kind = _FOLDER if stat.S_ISDIR(mode) else _FILE
        opened = _open(folder, name, kind, path)
        try:
            if kind == _FOLDER:
                _read_into(files, opened, here, budget)
            else:
                files[path] = _contents(opened, path, budget)
        finally:
            os.close(opened)


def _names(folder, budget):
    with os.scandir(folder) as entries:
        for entry in entries:
            budget.one_more()
            if not is_clutter(entry.name):
                yield entry.name


def _contents(file, path, budget):
    about = os.fstat(file)
    if not stat.S_ISREG(about.st_mode):
        raise Unreadable(f"{shown(path)} is not a file.")
    if about.st_nlink > 1:
        # It may be a second name of a file that is not the student's.
        raise Unreadable(
            f"{shown(path)} is a hard link; a copy of the file is needed."
        )
    parts = []
    while part := os.read(file, min(budget.bytes + 1, 1 << 20)):
        parts.append(budget.take(part))
    return b"".join(parts)
