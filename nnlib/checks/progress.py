"""Which exercises have been passed, on this machine and nowhere else.

A pass is one small file in a folder of the reader's. Writing it is a rename,
which either happens or does not; two notebooks at once, a crash or a full
disk can lose no earlier pass, and no lock is needed. NNLIB_PROGRESS names
another folder, or says "off".
"""

import contextlib
import datetime
import os
import tempfile
from pathlib import Path


def folder():
    """Return the Path of the reader's folder, or None if it is off."""
    chosen = os.environ.get("NNLIB_PROGRESS", "")
    if chosen.lower() == "off":
        return None
    if chosen:
        return Path(chosen).expanduser()
    # Only those wait for the import who record or look something up.
    import platformdirs

    return Path(platformdirs.user_data_dir("nnlib", appauthor=False))


def record(sheet, name):
    """Remember that an exercise was passed; the first time counts.

    A folder that cannot be written to costs the record and not the pass.

    Parameters
    ----------
    sheet : str
        Such as "01_perceptron".
    name : str
        The exercise's name.

    Source: lessons/00_start_here, "The lessons, and how far you are".
    """
    place = folder()
    if place is None:
        return
    final = place / sheet / f"{name}.txt"
    try:
        if final.exists():
            return
        final.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=final.parent, suffix=".draft")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(datetime.date.today().isoformat() + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(final)
    except OSError as error:
        print(
            f"(The pass could not be recorded in {place}: {error.strerror}.)"
        )


def passed():
    """Return {sheet: {name: date}} of all that was passed.

    Returns
    -------
    dict of str to dict of str to str
        Dates as YYYY-MM-DD; "" where the file cannot be read.
    """
    found, place = {}, folder()
    if place is not None:
        for file in sorted(place.glob("*/*.txt")):
            date = ""
            with contextlib.suppress(OSError, UnicodeDecodeError):
                date = file.read_text(encoding="utf-8").strip()
            found.setdefault(file.parent.name, {})[file.stem] = date
    return found


def forget():
    """Delete all records of passed exercises, and nothing else."""
    place = folder()
    if place is not None:
        for file in [*place.glob("*/*.txt"), *place.glob("*/*.draft")]:
            file.unlink(missing_ok=True)
