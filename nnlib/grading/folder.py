"""Grade without a course directory: a folder or a zip in, a folder out.

What a learning platform gives out goes in as it is. In the results folder
each submission has a JSON with all that was found, which also says that it has
been graded, and a page of feedback; tables and the class report come last.
"""

import hashlib
import json
import os
import secrets
from pathlib import Path
from urllib.parse import quote

from nnlib.grading import (
    downloads,
    feedback,
    reading,
    report,
    tables,
    zipped,
)
from nnlib.grading.handed_in import Assignment, Submission
from nnlib.grading.writing import clear_unfinished, write_whole

LONGEST_NAME = 150  # bytes of a file's name that a student's name may fill


class Results:
    """What is graded from a folder or a zip, and where it is stored.

    Parameters
    ----------
    out : path-like
        The results folder. It is made when it is first needed.
    assignment_folder : path-like
        The teacher's files, with the source notebook.
    name : str
        The assignment's name.
    handed_in : path-like
        A folder or a .zip: one notebook or one folder per student, or a
        download from Canvas or Moodle.
    """

    def __init__(self, out, assignment_folder, name, handed_in):
        self.out = Path(out)
        self._assignment_folder = Path(assignment_folder)
        self._name = name
        self._handed_in = Path(handed_in)
        self._notebooks = None
        self._remarks = {}
        out, source = self.out.resolve(), self._assignment_folder.resolve()
        if out == self._handed_in.resolve() or source in [out, *out.parents]:
            raise ValueError(
                f"--out {self.out} is where notebooks are read from. Name "
                "another folder for results."
            )

    @property
    def folder(self):
        """The results folder."""
        self.out.mkdir(parents=True, exist_ok=True)
        return self.out

    def assignment(self):
        """Return the teacher's files.

        Raises
        ------
        ValueError
            If there is no notebook in them.
        """
        folder = self._assignment_folder
        files = {}
        for path in sorted(folder.rglob("*")):
            steps = path.relative_to(folder).parts
            if path.is_file() and not any(map(reading.is_clutter, steps)):
                files["/".join(steps)] = path.read_bytes()
        found = Assignment(self._name, files)
        if not found.notebooks:
            raise ValueError(
                f"There is no notebook in {folder}. Needed: the folder of "
                f"the assignment's source, with {self._name}.ipynb in it."
            )
        return found

    def submissions(self):
        """Return a list of Submission, sorted by student.

        Raises
        ------
        ValueError
            If there is neither a folder nor a zip that can be read.
        """
        source = self._source()
        self._notebooks = self.assignment().notebooks
        return [
            Submission(one.student, self._reader(source, one))
            for one in downloads.by_student(source.tops)
        ]

    def graded(self):
        """Return {student: digest} of what is stored already."""
        return {
            result["student"]: result["digest"]
            for result in self.stored_results()
        }

    def keep(self, result, notebooks):
        """Store one result whole: the page first, the JSON last.

        Parameters
        ----------
        result : dict
        notebooks : dict of str to str
            Not stored here; the page says what they would.
        """
        remarks = self._remarks.get(result["student"], [])
        result = {**result, "remarks": [*remarks, *result["remarks"]]}
        stem = file_stem(result["student"])
        self._write(f"feedback/{stem}.html", feedback.page(result))
        self._write(f"results/{stem}.json", json.dumps(result, indent=1))

    def seed(self, given=None):
        """Return the seed of the marking, drawn once and then kept.

        Parameters
        ----------
        given : int, optional
            The seed to use, and to keep, from now on.

        Raises
        ------
        ValueError
            If the file that keeps it was changed to something else.
        """
        path = self.out / "seed"
        if given is None:
            try:
                return int(path.read_text("ascii"))
            except FileNotFoundError:
                given = secrets.randbits(63)
            except ValueError:
                raise ValueError(
                    f"{path} does not hold a number. Delete it, and all is "
                    "graded once more with a new seed."
                ) from None
        self._write("seed", f"{given}\n", mode=0o600)
        return given

    def stored_results(self):
        """Yield all stored results, sorted by student, one at a time."""
        found = {}
        for path in (self.out / "results").glob("*.json"):
            if (result := _result(path)) is not None:
                found[result["student"]] = path
        for student in sorted(found):
            if (result := _result(found[student])) is not None:
                yield result

    def finish(self, results):
        """Write the tables and the class report.

        Parameters
        ----------
        results : iterable of dict
            All stored results; gone through once.
        """
        rows = []

        def noted():
            for result in results:
                rows.append(tables.Row.of(result))
                yield result

        self._write("report.html", report.page(noted(), self._name))
        for name, table in tables.FORMATS.items():
            self._write(name, table(self._name, rows))
        for folder in ("", "results", "feedback"):
            clear_unfinished(self.out / folder)

    def _source(self):
        path = self._handed_in
        if path.is_dir():
            return _Folder(path, self.out)
        if path.is_file():
            return zipped.Archive(path)
        raise ValueError(
            f"{path} is not there. Needed: a folder of submissions, or the "
            "zip that the learning platform gives out."
        )

    def _reader(self, source, one):
        def read():
            budget, files = reading.Budget(), {}
            for top, name in one.parts:
                found = source.read(top, budget)
                files |= {name or path: found[path] for path in found}
            files, remarks = downloads.arranged(
                files, self._notebooks, one.student
            )
            self._remarks[one.student] = [*one.remarks, *remarks]
            return files

        self._remarks[one.student] = one.remarks
        return read

    def _write(self, name, content, mode=0o666):
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content, mode)


class _Folder:
    """The counterpart of `zipped.Archive` on the disk."""

    def __init__(self, path, out):
        self._path = path
        self.tops = {}
        with os.scandir(path) as entries:
            for entry in entries:
                is_ours = Path(entry.path).resolve() == out.resolve()
                if not is_ours and not reading.is_clutter(entry.name):
                    self.tops[entry.name] = entry.is_dir()

    def read(self, top, budget):
        path = self._path / top
        if self.tops[top]:
            return reading.read_folder(path, self._path, budget)
        return {top: reading.read_file(path, self._path, budget)}


def file_stem(student):
    """Return a name for a student's files that fits every disk.

    A digest is added to names that a disk might not tell apart, such as those
    that differ in capital letters.

    >>> file_stem("ada")
    'ada'
    >>> file_stem("../Ada")
    '%2E.%2FAda~4e4af21652'
    """
    safe = quote(student, safe=" ()',@+=", errors="surrogatepass")
    safe = safe.replace("~", "%7E")
    if safe.startswith("."):
        safe = f"%2E{safe[1:]}"
    sums = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()
    if len(safe) > LONGEST_NAME:
        return f"{safe[: LONGEST_NAME - 50]}~{sums[:40]}"
    if not safe or safe != safe.lower().rstrip():
        return f"{safe}~{sums[:10]}"
    return safe


def _result(path):
    """Return what is stored in a file, or None if it is none of ours."""
    try:
        result = json.loads(path.read_bytes())
        if file_stem(result["student"]) == path.stem and result["digest"]:
            return result
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return None
