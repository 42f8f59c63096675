"""Write a file whole or not at all.

A grader may be killed, or the disk may fill up, at any moment. What stands
under a file's final name is then what stood there before.
"""

import os
import secrets
from pathlib import Path

_UNFINISHED = ".new"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_whole(path, data, mode=0o666):
    """Replace the file by one of this content, in one step.

    Parameters
    ----------
    path : path-like
    data : bytes or str
        A text is written as UTF-8.
    mode : int
        The file's permissions, of which the process's umask takes some.

    Raises
    ------
    OSError
        Such as a full disk; the file is then as it was.
    """
    path = Path(path)
    data = data.encode() if isinstance(data, str) else data
    new = path.parent / f".{secrets.token_hex(8)}{_UNFINISHED}"
    try:
        with open(os.open(new, _NEW, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def clear_unfinished(folder):
    """Delete what a writer that was killed has left in a folder."""
    for left in Path(folder).glob(f".*{_UNFINISHED}"):
        left.unlink(missing_ok=True)
