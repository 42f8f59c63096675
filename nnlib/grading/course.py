"""An nbgrader course directory: submissions in, gradebook and autograded/ out.

What is written is what `nbgrader autograde` would write, where it would write
it, so that formgrader, export and feedback go on from there. Importing
nbgrader takes seconds, so only what is rare waits for it: a sheet that is new
to the gradebook, and submissions that came late.
"""

import contextlib
import fcntl
import glob
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from datetime import datetime
from fnmatch import fnmatch
from functools import cached_property, partial
from pathlib import Path, PurePosixPath

from jupyter_core.application import JupyterApp
from traitlets.config import Application, LazyConfigValue

from nnlib.grading import gradebook, report
from nnlib.grading.folder import file_stem
from nnlib.grading.handed_in import Assignment, Submission, Unreadable, digest
from nnlib.grading.reading import read_file, read_folder
from nnlib.grading.source import read_source
from nnlib.grading.writing import clear_unfinished, write_whole

LONGEST_NAME = 128  # characters of a student's name, in nbgrader's gradebook
_STAMPS = ("%Y-%m-%d %H:%M:%S.%f UTC", "%Y-%m-%d %H:%M:%S UTC")
_IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback"]


class Course:
    """One assignment of a course directory.

    Parameters
    ----------
    root : path-like or None
        The course directory. None stands for the one in nbgrader's settings
        of this computer, or else the current folder.
    name : str
        The assignment.
    db_url : str, optional
        The gradebook, such as "postgresql:///gradebook". By default what
        nbgrader's settings say, or else gradebook.db in the course directory.
    student : str, optional
        The only student whose submission is wanted.

    Raises
    ------
    ValueError
        If nbgrader_config.py cannot be read, or the gradebook's address.
    """

    def __init__(self, root, name, db_url=None, student=None):
        here = [] if root else [os.getcwd()]
        self._config = _settings(*here)
        root = root or self._setting("root", os.getcwd())
        self.root = Path(root).absolute()
        self._config = _settings(*here, str(self.root))
        self.name, self._student = name, student
        db_url = db_url or self._setting("db_url", "sqlite:///gradebook.db")
        # As nbgrader does, which goes to the course directory first.
        self._db_url = re.sub(
            "^sqlite:///(?=[^/:])", lambda _: f"sqlite:///{self.root}/", db_url
        )
        self._gradebook = gradebook.Gradebook(self._db_url)

    @property
    def folder(self):
        """The folder where the grader keeps this assignment's results."""
        own = self.root / ".nnlib"
        folder = own / "grading" / file_stem(self.name)
        if not folder.is_dir():
            own.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

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
        file = self.folder / "seed"
        if given is not None:
            write_whole(file, f"{given}\n", 0o600)
        elif not file.exists():
            drawn = self.folder / f".seed-{secrets.token_hex(8)}"
            write_whole(drawn, f"{secrets.randbits(63)}\n", 0o600)
            with contextlib.suppress(FileExistsError):
                os.link(drawn, file)  # of two graders at once one is first
            drawn.unlink()
        try:
            return int(file.read_text("ascii"))
        except ValueError:
            raise ValueError(
                f"{file} does not hold a number. Delete it, and all is graded "
                "once more with a new seed."
            ) from None

    # --- what is to be graded -----------------------------------------------

    def assignment(self):
        """Return the source folder, and tell the gradebook of it if need be.

        Raises
        ------
        ValueError
            If there is no source notebook, or nbgrader refuses it.
        """
        if not self._source.notebooks:
            raise ValueError(
                f"There is no notebook in {self._path('source', '.')}. Is "
                f"{self.name!r} the assignment's name, and is {self.root} the "
                "course directory?"
            )
        begun = self.folder / "generating"
        known = self._gradebook.cells(self.name)
        if begun.exists() or known != self._wanted():
            begun.touch()
            self._generate()
            begun.unlink()
        return self._source

    def submissions(self):
        """Return a list of Submission, sorted by student.

        Raises
        ------
        ValueError
            If the one student who was asked for has handed in nothing.
        """
        before, after = self._around_student("submitted")
        pattern = f"{glob.escape(before)}*{glob.escape(after)}"
        students = sorted(
            path[len(before) : len(path) - len(after)]
            for path in glob.glob(pattern)
            if os.path.isdir(path)
        )
        if self._student is not None:
            if self._student not in students:
                raise ValueError(
                    f"{self._student} has handed in nothing: there is no "
                    f"folder {self._path('submitted', self._student)}."
                )
            students = [self._student]
        return [Submission(s, partial(self._read, s)) for s in students]

    @cached_property
    def _source(self):
        folder = Path(self._path("source", "."))
        files = {
            path.relative_to(folder).as_posix(): path
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        return Assignment(
            self.name,
            {
                name: path.read_bytes()
                for name, path in files.items()
                if not self._is_ignored(name)
            },
        )

    def _wanted(self):
        """Return the `Gradebook.cells` that the source asks for."""
        found = set()
        for name in self._source.notebooks:
            data = self._source.files[f"{name}.ipynb"]
            for cell in read_source(name, data).cells:
                if cell.grade:
                    found.add((name, cell.id, "GradeCell", cell.points))
                if cell.solution:
                    found.add((name, cell.id, "SolutionCell", None))
                if cell.task:
                    found.add((name, cell.id, "TaskCell", cell.points))
        return found

    def _read(self, student):
        if not _fits(student):
            raise Unreadable(
                "its folder's name does not fit into a gradebook, which takes "
                f"UTF-8 of at most {LONGEST_NAME} characters; rename it and "
                "grade again."
            )
        files = self._handed_in(student)
        _moment(files.get("timestamp.txt"))
        if not any(_is_notebook(name) and "/" not in name for name in files):
            raise Unreadable("there is no notebook in it.")
        return files

    def _handed_in(self, student):
        files = self._opened(student, read_folder)
        return {n: x for n, x in files.items() if not self._is_ignored(n)}

    def _opened(self, student, reader, name=""):
        """Read a student's folder, or a file in it, without following links.

        A teacher may have linked the folder that bears the student's name;
        what is in it is the student's.
        """
        before, after = self._around_student("submitted")
        path = before + student + after
        own = before + student + after.split("/")[0]
        below = os.path.dirname(path) if own == path else own
        try:
            return reader(Path(path, name), below)
        except (FileNotFoundError, PermissionError) as error:
            raise Unreadable(
                f"its folder cannot be read: {error.strerror}."
            ) from None

    # --- what has been graded -----------------------------------------------

    def graded(self):
        """Return {student: digest} of what is stored whole.

        A result counts if the gradebook holds its marks and the autograded
        folder is there: either may have been deleted since, or put back from
        an older copy.
        """
        clear_unfinished(self.folder)
        marks = self._gradebook.marks(self.name)
        return {
            result["student"]: result["digest"]
            for result in self.stored_results()
            if not _fits(student := result["student"])
            or (
                marks.get(student, {}).items()
                >= gradebook.scores(result).items()
                and os.path.isdir(self._path("autograded", student))
            )
        }

    def stored_results(self):
        """Yield all stored results, sorted by student, one at a time."""
        found = {}
        for file in self.folder.glob("*.json"):
            if (result := _result(file)) is not None:
                found[result["student"]] = file
        for student in sorted(found):
            if (result := _result(found[student])) is not None:
                yield result

    def keep(self, result, notebooks):
        """Store one result: files, gradebook, and last what says "graded".

        Parameters
        ----------
        result : dict
        notebooks : dict of str to str
            The autograded notebooks, by file name.

        Raises
        ------
        OSError
            Such as a full disk, or a gradebook that stays locked. The result
            is then not stored, and what was stored before still is, if it
            can be.
        """
        student = result["student"]
        file = self.folder / f"{file_stem(student)}.json"
        with open(self.folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two graders take turns
            if _fits(student):
                place = Path(self._path("autograded", student))
                files, moment = self._autograded(student, notebooks)
                with (
                    self._beside(place, files) as new,
                    _set_aside(file),
                    _swapped(place, new),
                ):
                    self._gradebook.write(
                        self.name,
                        result,
                        _answers(notebooks),
                        moment,
                        self._late_penalty,
                    )
            write_whole(file, json.dumps(result, indent=1))

    def finish(self, results):
        """Write the class report; all else is in the gradebook."""
        report.write(self.folder / "report.html", results, self.name)

    # --- autograded/ --------------------------------------------------------

    def _autograded(self, student, notebooks):
        """Return the files of an autograded folder, and when it came in.

        As with nbgrader, the teacher's files replace the student's, but for
        those that the settings spare.
        """
        files, stamp, moment = {}, None, None
        with contextlib.suppress(Unreadable):
            stamp = self._opened(student, read_file, "timestamp.txt")
            moment = _moment(stamp)
        with contextlib.suppress(Unreadable):
            files = self._handed_in(student)
        if stamp is not None:
            files["timestamp.txt"] = stamp
        spared = self._setting("exclude_overwriting", {}, "Autograde")
        ours = {
            name: data
            for name, data in self._source.files.items()
            if name not in spared.get(self.name, [])
        }
        theirs = {n: x for n, x in files.items() if not _clashes(n, ours)}
        others = {
            name: data
            for name, data in (theirs | ours).items()
            if not _is_notebook(name)
        }
        return others | {n: t.encode() for n, t in notebooks.items()}, moment

    @contextlib.contextmanager
    def _beside(self, place, files):
        """Write these files into a new folder beside `place`."""
        new = place.with_name(_aside(place, "new"))
        shutil.rmtree(new, ignore_errors=True)  # of a grader that was killed
        try:
            new.mkdir(parents=True)
            for name, data in files.items():
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                # Only what cannot be copied again waits for the disk.
                write = write_whole if _is_notebook(name) else Path.write_bytes
                write(new / name, data)
            self._set_permissions(new)
            yield new
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _set_permissions(self, folder):
        shared = self._setting("groupshared", False)
        mode = self._setting(
            "permissions", 664 if shared else 444, "Autograde"
        )
        for path in [folder, *folder.rglob("*")]:
            if not path.is_dir():
                path.chmod(int(str(mode), 8))
            elif shared:
                path.chmod(path.stat().st_mode & 0o777 | 0o2770)

    # --- nbgrader -----------------------------------------------------------

    def _path(self, step, student):
        """Return where nbgrader keeps a student's files of one step."""
        default = "{nbgrader_step}/{student_id}/{assignment_id}"
        path = self._setting("directory_structure", default).format(
            nbgrader_step=self._setting(f"{step}_directory", step),
            student_id=student,
            assignment_id=self.name,
        )
        return os.path.join(self.root, path)

    def _around_student(self, step):
        before, after = self._path(step, "\0").split("\0")
        return before, after

    def _is_ignored(self, name):
        patterns = self._setting("ignore", _IGNORED)
        return any(
            fnmatch(part, pattern)
            for part in name.split("/")
            for pattern in patterns
        )

    def _setting(self, name, default, section="CourseDirectory"):
        value = self._config[section].get(name, default)
        if isinstance(value, LazyConfigValue):  # such as ignore.append("*.o")
            return value.get_value(default)
        return value

    def _generate(self):
        """Put the assignment into the gradebook with nbgrader's own code.

        It is `nbgrader generate_assignment`, but that the release folder is
        left alone: it may hold what students have got.
        """
        from nbgrader.converters import GenerateAssignment
        from nbgrader.coursedir import CourseDirectory
        from nbgrader.utils import capture_log

        course = self._setting("course_id", "")
        if not course and not self._db_url.startswith("sqlite"):
            course = "default_course"  # nbgrader's own; others take no ""
        directory = CourseDirectory(
            config=self._config,
            root=str(self.root),
            assignment_id=self.name,
            db_url=self._db_url,
            course_id=course,
            groupshared=False,
        )
        converter = GenerateAssignment(directory, config=self._config)
        with tempfile.TemporaryDirectory() as nowhere, _alembic_found():
            converter._format_dest = lambda *_, **__: f"{nowhere}/released"
            outcome = capture_log(converter)
        if not outcome["success"]:
            said = f"{outcome['error']}{outcome.get('log', '')}".rstrip()
            errors = re.findall(r"^ *[\w.]*Error: (.+)$", said, re.MULTILINE)
            raise ValueError(
                f"nbgrader could not put {self.name} into the gradebook: "
                f"{(errors or said.splitlines())[-1]}"
            )

    def _late_penalty(self, student, score, seconds):
        return self._late_plugin.late_submission_penalty(
            student, score, seconds
        )

    @cached_property
    def _late_plugin(self):
        from nbgrader.preprocessors import AssignLatePenalties

        sys.path.insert(0, str(self.root))  # where a course's own would lie
        try:
            judge = AssignLatePenalties(config=self._config)
            judge.init_plugin()
        finally:
            sys.path.remove(str(self.root))
        return judge.plugin_inst


def _settings(*folders):
    """Return nbgrader's settings: this computer's, then these folders'."""
    name = "nbgrader_config"
    app = JupyterApp(config_file_name=name, raise_config_file_errors=True)
    try:
        app.load_config_file()
        for folder in dict.fromkeys(folders):
            Application.load_config_file(app, name, folder)
    except Exception as error:
        raise ValueError(
            f"{name}.py cannot be read. {type(error).__name__}: {error}"
        ) from error
    return app.config


def _fits(student):
    """Say whether a gradebook can hold a student of this name."""
    with contextlib.suppress(UnicodeEncodeError):
        student.encode()
        return len(student) <= LONGEST_NAME
    return False


def _moment(stamp):
    """Return when a submission came in, in UTC and without a time zone.

    >>> _moment(b"2026-01-31 23:59:00.000001 UTC")
    datetime.datetime(2026, 1, 31, 23, 59, 0, 1)
    """
    text = (stamp or b"")[:200].decode("utf-8", "replace").strip()
    for form in _STAMPS:  # what nbgrader itself writes
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, form)
    if not text:
        return None
    from nbgrader.utils import parse_utc

    try:
        return parse_utc(text)
    except (ValueError, OverflowError, TypeError):
        raise Unreadable("its timestamp.txt holds no date and time.") from None


def _is_notebook(name):
    return name.endswith(".ipynb")


def _clashes(name, ours):
    """Say whether a file would be a folder of ours, or the reverse."""
    parents = {str(parent) for parent in PurePosixPath(name).parents}
    return not parents.isdisjoint(ours) or any(
        other.startswith(f"{name}/") for other in ours
    )


def _answers(notebooks):
    """Return {(notebook, cell): text} of all cells that nbgrader knows."""
    found = {}
    for name, text in notebooks.items():
        for cell in json.loads(text)["cells"]:
            cell_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            found[name.removesuffix(".ipynb"), cell_id] = "".join(
                cell["source"]
            )
    return found


def _result(file):
    """Return what is stored in a file, or None if it is none of ours."""
    try:
        result = json.loads(file.read_bytes())
        if f"{file_stem(result['student'])}.json" == file.name:
            return result
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None


def _aside(place, why):
    """Return a name for a neighbour of a folder that nbgrader overlooks."""
    return f".nnlib-{digest(place.name)[:16]}-{why}"


@contextlib.contextmanager
def _set_aside(file):
    """Take a file away for good, but put it back if what follows fails."""
    old = file.with_suffix(".old")
    with contextlib.suppress(FileNotFoundError):
        os.replace(file, old)
    try:
        yield
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.replace(old, file)
        raise
    old.unlink(missing_ok=True)


@contextlib.contextmanager
def _swapped(place, new):
    """Let a new folder take the place of another, unless what follows fails.

    Both steps are renames. If the grader is killed between them the result is
    not stored yet, and is graded again.
    """
    old = place.with_name(_aside(place, "old"))
    shutil.rmtree(old, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        os.rename(place, old)
    try:
        os.rename(new, place)
        yield
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            os.rename(old, place)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _alembic_found():
    """Let nbgrader find a command that it needs for a new gradebook.

    It lies beside Python, which need not be on the search path.
    """
    path = os.environ.get("PATH", os.defpath)
    beside = os.path.dirname(sys.executable)
    os.environ["PATH"] = f"{beside}{os.pathsep}{path}"
    try:
        yield
    finally:
        os.environ["PATH"] = path
