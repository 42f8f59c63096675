"""Is everything here that the book needs? Only the standard library is used
to find out, so that the answer comes even where much is missing.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)


def missing():
    """Return what is missing or too old, one sentence each.

    Returns
    -------
    list of str
        Empty if all is well.

    Source: lessons/00_start_here, "Is everything here?".
    """
    found = []
    if sys.version_info < OLDEST_PYTHON:
        here = ".".join(map(str, sys.version_info[:2]))
        oldest = ".".join(map(str, OLDEST_PYTHON))
        found.append(
            f"Python {here} runs here, and {oldest} or newer is needed."
        )
    for name, lowest in _requirements():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            found.append(f"{name} is not installed.")
            continue
        if _numbers(version) < _numbers(lowest):
            found.append(
                f"{name} is {version}, and {lowest} or newer is needed."
            )
    return found


def report():
    """Print what is missing and how to get it, or that all is well.

    Source: lessons/00_start_here, "Is everything here?".
    """
    found = missing()
    if not found:
        print("Everything is here.")
        return
    print("\n".join(found))
    print(
        "To mend it, close JupyterLab and run `make lab` in the folder of "
        "the book.\nOn Windows, run the pip line of README.md again."
    )


def _requirements():
    """Return [(name, lowest version)] as requirements.txt has them."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return re.findall(r"^([\w-]+)>=([\d.]+)", text, flags=re.MULTILINE)


def _numbers(version):
    """Return (1, 2) for "1.2rc1": enough to compare releases."""
    return tuple(map(int, re.match(r"\d+(?:\.\d+)*", version)[0].split(".")))
