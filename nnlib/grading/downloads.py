"""Whose file is it: the names that learning platforms give to files.

Canvas and Moodle write the student's name and number into the names of files
and folders. Here these are taken off again, and the number stays in the name
that the student has in lists, so that two of one name stay apart and the
platform finds them again when it imports the grades.
"""

import re
from dataclasses import dataclass, field

from nnlib.grading import reading
from nnlib.grading.handed_in import Unreadable

# lovelaceada_LATE_12345_6789012_06_backpropagation-1.ipynb; without names it
# is anon_AbC12_6789012_06_backpropagation.ipynb
_CANVAS = re.compile(
    r"(?:(?P<name>.+?)_(?P<late>LATE_)?(?P<user>[1-9]\d*)"
    r"|(?P<late_too>LATE_)?(?P<nobody>anon_[A-Za-z0-9]+))"
    r"_(?P<number>[1-9]\d*)_(?P<rest>.+)",
    re.ASCII | re.DOTALL,
)
# Ada Lovelace_123456_assignsubmission_file_, as a folder or before a name
_MOODLE = re.compile(
    r"(?P<name>[^_]+)_(?P<user>\d+)_assignsubmission_(?P<kind>[a-z]+)"
    r"(?:_(?P<rest>.+)|_?)",
    re.ASCII | re.DOTALL,
)
_KNOWN = re.compile(
    r"(?P<name>.*?) ?\(?(?P<system>canvas|participant) (?P<user>\d+)\)?",
    re.ASCII | re.DOTALL,
)
# Canvas counts what is handed in again; browsers and Jupyter count copies.
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<n>\d{1,9})", re.ASCII | re.DOTALL)
_COPY = re.compile(
    r"(?P<stem>.+?)(?:-Copy| ?\()(?P<n>\d{1,9})\)?", re.ASCII | re.DOTALL
)
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass
class HandedIn:
    """What belongs to one student.

    Attributes
    ----------
    student : str
    parts : list of (str, str)
        What stands at the top of the download, and the name that the student
        gave to it, or nothing for a folder of theirs.
    remarks : list of str
    """

    student: str
    parts: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Person:
    """A student as a learning platform knows them; None is not known."""

    name: str
    canvas: str | None = None
    moodle: str | None = None


def person(student):
    """Return who that is.

    >>> person("lovelaceada (canvas 12345)")
    Person(name='lovelaceada', canvas='12345', moodle=None)
    >>> person("Ada Lovelace (participant 7)").moodle
    '7'
    >>> person("ada")
    Person(name='ada', canvas=None, moodle=None)
    """
    known = _KNOWN.fullmatch(student)
    if not known:
        return Person(student)
    name = known["name"] or student
    if known["system"] == "canvas":
        return Person(name, canvas=known["user"])
    return Person(name, moodle=known["user"])


def by_student(tops):
    """Sort what stands at the top of a download by student.

    Parameters
    ----------
    tops : dict of str to bool
        Names, and whether it is a folder. Loose files that are neither a
        notebook nor an archive nor from a platform are left out.

    Returns
    -------
    list of HandedIn
        Sorted by student; each student has a name of their own.
    """
    from_platform, others = {}, []
    canvas = _from_canvas(tops)
    for top in sorted(tops):
        match = _MOODLE.fullmatch(top)
        if match and (tops[top] or match["rest"]):
            _add_moodle(from_platform, top, match, tops[top])
        elif top in canvas:
            _add_canvas(from_platform, top, canvas[top])
        elif tops[top]:
            others.append(HandedIn(reading.as_text(top), [(top, "")]))
        elif top.lower().endswith((".ipynb", *_ARCHIVES)):
            name = reading.as_text(top)
            others.append(HandedIn(name.rpartition(".")[0], [(top, name)]))
    found = _told_apart([*from_platform.values(), *others])
    return sorted(found, key=lambda handed_in: handed_in.student)


def arranged(files, notebooks, student):
    """Return the files with each notebook under its own name, and remarks.

    Parameters
    ----------
    files : dict of str to bytes
    notebooks : list of str
        The assignment's, without .ipynb. A student's only notebook may have
        any name if one is asked for.
    student : str
        A notebook of this name needs no remark.

    Raises
    ------
    Unreadable
        If there is none of them.
    """
    remarks = _unopened(files)
    files = _from_their_folder(files)
    found = [path for path in files if _is_notebook(path)]
    if not found:
        raise Unreadable(" ".join(["there is no notebook in it.", *remarks]))
    taken = {name: _fitting(name, found, notebooks) for name in notebooks}
    if not any(taken.values()) and len(notebooks) == len(found) == 1:
        taken = {notebooks[0]: found}
        if found[0][:-6] != student:
            remarks.append(
                f"{reading.shown(found[0])} was taken for "
                f"{notebooks[0]}.ipynb."
            )
    remarks += [
        f"Of {len(fits)} notebooks for {name}, {reading.shown(fits[-1])} was "
        "graded."
        for name, fits in taken.items()
        if len(fits) > 1
    ]
    if not any(taken.values()):
        needed = " or ".join(f"{name}.ipynb" for name in notebooks)
        raise Unreadable(f"none of its notebooks is called {needed}.")
    chosen = {f"{name}.ipynb": files[f[-1]] for name, f in taken.items() if f}
    left = {path for fits in taken.values() for path in fits}
    rest = {path: files[path] for path in files if path not in left}
    return {**rest, **chosen}, remarks


def _from_canvas(tops):
    """Return {name: match} if that is a download from Canvas, or nothing.

    "hw_3_2_ada.ipynb" looks like one, but Canvas gives no number twice.
    """
    matches = {
        top: match
        for top in tops
        if not tops[top] and (match := _CANVAS.fullmatch(top))
    }
    numbers = {match["number"] for match in matches.values()}
    people = {match.group("user", "name") for match in matches.values()}
    users = {user for user, _ in people}
    if len(numbers) == len(matches) and len(users) == len(people):
        return matches
    return {}


def _add_canvas(found, top, match):
    student = match["nobody"]
    if not student:
        name = reading.as_text(match["name"])
        student = f"{name} (canvas {match['user']})"
    handed_in = found.setdefault(student, HandedIn(student))
    if not reading.is_clutter(match["rest"]):
        handed_in.parts.append((top, reading.as_text(match["rest"])))
        # Of two files of one name, the one that came later is read later.
        handed_in.parts.sort(key=lambda part: _number(part[0]))
    if (match["late"] or match["late_too"]) and not handed_in.remarks:
        handed_in.remarks.append("Canvas marks this submission as late.")


def _number(top):
    return int(_CANVAS.fullmatch(top)["number"])


def _add_moodle(found, top, match, is_folder):
    number = f"participant {match['user']}"
    name = reading.as_text(match["name"])
    student = number if name == "Participant" else f"{name} ({number})"
    handed_in = found.setdefault(student, HandedIn(student))
    if match["kind"] == "file" and is_folder:
        handed_in.parts.append((top, ""))
    elif match["kind"] == "file" and not reading.is_clutter(match["rest"]):
        handed_in.parts.append((top, reading.as_text(match["rest"])))


def _told_apart(found):
    """Give a number to all but the first of one name, and say so."""
    seen = {}
    for handed_in in found:
        name = handed_in.student
        seen.setdefault(name, []).append(handed_in)
    for name, same in seen.items():
        number = 1
        for handed_in in same[1:]:
            while (number := number + 1) and f"{name} ({number})" in seen:
                pass
            handed_in.student = f"{name} ({number})"
            handed_in.remarks.append(
                f"{len(same)} submissions bear the name "
                f"{reading.shown(name)}; each was graded on its own."
            )
    return found


def _unopened(files):
    """Return a remark for each archive."""
    return [
        f"{reading.shown(path)} was not opened: an archive in a submission "
        "is not looked into."
        for path in files
        if path.lower().endswith(_ARCHIVES)
    ]


def _is_notebook(path):
    return "/" not in path and path.lower().endswith(".ipynb")


def _from_their_folder(files):
    """Return what is in the topmost folder that has a notebook."""
    folders = [
        path.rpartition("/")[0].split("/") if "/" in path else []
        for path in files
        if path.lower().endswith(".ipynb")
    ]
    if not folders:
        return files
    folder = "".join(
        f"{step}/" for step in min(folders, key=lambda f: (len(f), f))
    )
    return {
        path.removeprefix(folder): data
        for path, data in files.items()
        if path.startswith(folder)
    }


def _fitting(name, found, notebooks):
    """Return the notebooks that may be this one, what counts most last."""
    wanted = {other.casefold() for other in notebooks}
    ranked = []
    for path in found:
        stem = path[:-6]
        if stem.casefold() == name.casefold():
            ranked.append(((1, 0), path))
        elif stem.casefold() in wanted:
            continue
        elif (m := _AGAIN.fullmatch(stem)) and _same(m, name):
            ranked.append(((2, int(m["n"])), path))
        elif (m := _COPY.fullmatch(stem)) and _same(m, name):
            ranked.append(((0, int(m["n"])), path))
    return [path for _, path in sorted(ranked)]


def _same(match, name):
    return match["stem"].casefold() == name.casefold()
