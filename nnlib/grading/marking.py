"""Marking one submission: the student's cells there, the teacher's tests here.

The tests come from the source notebook and run in this process; the names
that they use and that the teacher's own cells do not define are the student's
(see `remote`). A crash, an endless loop or noise costs the answer it came
from: the student's process is started again and has the other cells run once
more, and the marking goes on behind it.
"""

import base64
import contextlib
import inspect
import io
import json
import math
import os
import random
import re
import signal
import sys
import time
import warnings
from dataclasses import dataclass, field

import numpy as np

from nnlib.checks import CheckFailed, examined_by
from nnlib.checks.checking import Questions, put
from nnlib.grading import bubble, cells, plan, sandbox
from nnlib.grading.handed_in import Unreadable
from nnlib.grading.inside.shell import (
    LARGEST_PICTURE,
    MOST_PICTURES,
    Shell,
)
from nnlib.grading.names import find_wanted
from nnlib.grading.remote import (
    Gone,
    Late,
    Remote,
    RemoteType,
    Talk,
    is_function,
    source_of,
    super_of,
)

FORMAT = 1  # of results
TESTS = "tests"  # the folder where the teacher's tests run
WHOLE = 4  # cells' time for all cells of a notebook; each test has its own
MOST_STARTS = 20  # of the student's process, for one notebook
LONGEST = 20_000  # characters of a message
INSTALLED = re.compile(r"(?:/[\w.+@-]+)+/(site-packages|python3\.\d+|nnlib)/")
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
EVERYTHING = "*"  # stands for all steps
UNFINISHED = "What your code returned could not be dealt with."
PNG = b"\x89PNG\r\n\x1a\n"  # how such a file begins
HIDDEN = "A test that is not shown did not pass."


@dataclass
class Verdict:
    """What one test cell came to."""

    score: float
    state: str
    message: str = ""
    exercise: str | None = None
    mistake: str | None = None
    outputs: list = field(default_factory=list)


class Marker:
    """Marks any number of submissions of one assignment, one by one.

    Parameters
    ----------
    assignment : handed_in.Assignment
    rules : handed_in.Rules
    folder : str
        An empty folder, for what lies beside the notebooks. It is the
        caller's to remove.
    announce : callable
        Called with a name for every step before it runs.
    """

    def __init__(self, assignment, rules, folder, announce=str):
        self.assignment, self.rules = assignment, rules
        self.announce = announce
        self.sources = {
            name: plan.read_source(name, assignment.files[f"{name}.ipynb"])
            for name in assignment.notebooks
        }
        imported = set().union(*(s.imported for s in self.sources.values()))
        asked = set().union(*(s.asked for s in self.sources.values()))
        opened, closed = bubble.open_and_closed(imported, asked)
        warm = sorted({"numpy"} | {n for n in imported if n not in closed})
        unfenced = os.path.join(folder, "students") if rules.trusted else None
        steps = WHOLE + sum(
            cell.role == "test"
            for source in self.sources.values()
            for cell in source.cells
        )
        self.worker = sandbox.Worker(
            warm, opened, closed, steps * rules.seconds + 10, unfenced
        )
        self.worker.start()
        for name in cells.RARE & imported:
            cells.get_ready(name)
        self.at_start = frozenset(sys.modules)
        self.folder = os.path.join(folder, TESTS)
        os.mkdir(self.folder)
        for path, data in self.beside(assignment.files).items():
            file = os.path.join(self.folder, path)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "wb") as out:
                out.write(data)

    def close(self):
        """End the sandbox."""
        self.worker.close()

    def beside(self, files):
        """Return the files that are not notebooks to be marked."""
        marked = {f"{name}.ipynb" for name in self.sources}
        return {p: data for p, data in files.items() if p not in marked}

    def mark(self, submission, skipped=frozenset()):
        """Mark a submission.

        Parameters
        ----------
        submission : handed_in.Submission
        skipped : set of str
            Steps that have ended a marker before, as they were announced;
            they count as crashed.

        Returns
        -------
        (result, notebooks) : dict, dict of str to str
            As the README of results has it: data that JSON can hold, and
            the marked notebooks by file name.
        """
        try:
            files = submission.read()
        except Unreadable as reason:
            parts = [
                _unmarked(s, "unreadable", "") for s in self.sources.values()
            ]
            why = f"Nothing could be marked: {reason}"
            mark = self.assignment.digest_with(str(reason), self.rules)
            return self._result(submission, parts, [why], mark), {}
        mark = self.assignment.digest_with(files, self.rules)
        parts, notebooks = [], {}
        for name, source in self.sources.items():
            data = files.get(f"{name}.ipynb")
            if data is None:
                why = f"{name}.ipynb was not handed in."
                parts.append(_unmarked(source, "missing", why))
                continue
            try:
                laid = plan.make_plan(source, data)
            except Unreadable as reason:
                why = f"{name}.ipynb could not be marked: {reason}"
                parts.append(_unmarked(source, "unreadable", why))
                continue
            beside = self.beside(files) | self.beside(self.assignment.files)
            job = Notebook(self, source, laid, beside, mark, skipped)
            parts.append(job.mark())
            notebooks[f"{name}.ipynb"] = json.dumps(laid.notebook)
        return self._result(submission, parts, [], mark), notebooks

    def _result(self, submission, parts, remarks, mark):
        found = [cell for part in parts for cell in part["cells"]]
        return {
            "format": FORMAT,
            "assignment": self.assignment.name,
            "student": submission.student,
            "digest": mark,
            "score": sum(cell["score"] or 0.0 for cell in found),
            "max_score": sum(cell["points"] for cell in found),
            "needs_marking": any(cell["score"] is None for cell in found),
            "remarks": remarks,
            "notebooks": parts,
        }


class Notebook:
    """One notebook of a submission, while it is being marked."""

    def __init__(self, marker, source, laid, beside, mark, skipped):
        self.marker, self.source, self.laid = marker, source, laid
        self._beside, self._skipped = beside, skipped
        self._number = int(mark[:15], 16)
        self._remarks = list(laid.remarks)
        self._by_id = {cell.id: cell for cell in source.cells if cell.id}

    def mark(self):
        """Return the part of a result that is about this notebook."""
        shown = self._sat(is_shown=True)
        tests = [s for s in self.laid.steps if s.role == "test"]
        if any(self._released(s) != s.source for s in tests):
            # What a student's code says while it meets hidden tests is
            # never shown: it could tell what they are.
            self._hide(shown, self._sat(is_shown=False, seen=shown))
        marked = {s.id: self._entry(s, shown) for s in self.laid.steps if s.id}
        graded = [c for c in self.source.cells if c.grade or c.task]
        return {
            "name": self.source.name,
            "state": "graded",
            "remarks": self._remarks,
            "cells": [marked[cell.id] for cell in graded],
        }

    def _sat(self, is_shown, seen=None):
        """Run the whole notebook once; return {id of a test: Verdict}.

        What has taken all its time once is not run again.
        """
        sitting = Sitting(self.marker, self.source, self._beside)
        sitting.seed = self._number
        verdicts = {}
        try:
            for step in self.laid.steps:
                output = self.laid.notebook["cells"][step.cell]
                said = []
                if step.role in ("student", "given", "manual"):
                    said = self._ran(sitting, step)
                elif (
                    step.role == "test"
                    and seen
                    and seen[step.id].state
                    in (
                        "took too long",
                        "crashed",
                    )
                ):
                    sitting.skip(step)
                    verdicts[step.id] = seen[step.id]
                elif step.role == "test":
                    text = self._released(step) if is_shown else step.source
                    verdict = self._tested(sitting, step, text)
                    verdicts[step.id], said = verdict, verdict.outputs
                if is_shown and "outputs" in output:
                    output["outputs"] = said
        finally:
            sitting.end()
            self._remarks += sitting.remarks if is_shown else []
        return verdicts

    def _ran(self, sitting, step):
        """Run a student's cell; return its outputs."""
        if self._is_fatal(step):
            return [_error("Crashed", UNFINISHED)]
        return sitting.cell(step.source, step.id, self._draws())

    def _tested(self, sitting, step, text):
        if self._is_fatal(step):
            sitting.skip(step)
            return _failed("crashed", UNFINISHED)
        return sitting.test(text, step, self._by_id[step.id].points)

    def _is_fatal(self, step):
        """Return whether a step has ended a marker; announce it if not."""
        key = f"{self.source.name} {step.cell}"
        if key not in self._skipped:
            self.marker.announce(key)
        return bool(self._skipped & {key, EVERYTHING})

    def _draws(self):
        """Return whether a person will look at what the cells draw."""
        return any(s.role in ("manual", "task") for s in self.laid.steps)

    def _released(self, step):
        return self._by_id[step.id].released

    def _hide(self, shown, hidden):
        """Take the scores of the whole tests over, and none of their words."""
        for name, whole in hidden.items():
            cell, seen = self._by_id[name], shown[name]
            if cell.released == cell.source or not seen.score:
                continue
            if whole.score < seen.score and seen.state in (
                "passed",
                "partial",
            ):
                is_late = whole.state == "not run"
                seen.state = "not run" if is_late else "wrong"
                seen.message = whole.message if is_late else HIDDEN
                seen.outputs[:] = [_error("HiddenTest", HIDDEN)]
            seen.score = whole.score
            if whole.state == "passed":
                seen.state = "passed"

    def _entry(self, step, verdicts):
        """Return what a result says of one cell."""
        cell = self._by_id[step.id]
        entry = {
            "id": cell.id,
            "kind": "task" if cell.task else "manual",
            "exercise": None,
            "points": cell.points,
            "score": None,
            "state": "to mark",
            "mistake": None,
            "message": "",
        }
        if step.id in verdicts:
            verdict = verdicts[step.id]
            entry |= {
                "kind": "test",
                "exercise": verdict.exercise,
                "score": verdict.score,
                "state": verdict.state,
                "mistake": verdict.mistake,
                "message": _cut(verdict.message),
            }
        elif step.untouched and not cell.task:
            entry |= {"score": 0.0, "state": "not started"}
        return entry


class Sitting:
    """A student's process, with the teacher's tests that talk to it."""

    def __init__(self, marker, source, beside):
        self.marker, self.source = marker, source
        self._beside = beside
        self._ran, self._starts = [], 0
        self._seconds = marker.rules.seconds  # for one cell or test
        self._left = WHOLE * self._seconds  # for all cells
        self._before = []  # the teacher's cells that have run
        self.remarks = []
        self._talk = self._channel = None
        self.seed = 0

    def end(self):
        """End the student's process."""
        if self._channel is not None:
            self.marker.worker.end(self._channel)
            self._channel = None

    def cell(self, source, name, draws):
        """Run a student's cell; return its outputs for the notebook."""
        entry = [source, name or f"{len(self._ran) + 1}", draws]
        if self._left <= 0 or not self._is_ready():
            return [_error("NotRun", "There was no time left for this cell.")]
        heard = io.StringIO(), io.StringIO()
        try:
            with _heard(*heard):
                outputs = _shown(*_pair(self._ask("cell", *entry)))
            self._ran.append(entry)
        except Late as late:  # and not again, if there has to be an again
            what = f"stopped after {self._seconds:g} seconds, in {late.line}"
            outputs = [_error("TookTooLong", what)]
        except Gone as gone:  # and this cell is not run again
            self._give_up()
            outputs = [_error("Crashed", str(gone))]
        except Exception as error:
            self._ran.append(entry)
            outputs = [_of_student(error)]
        return [*_streams(*heard), *outputs]

    def skip(self, step):
        """Leave a test out, and not the teacher's cells before it."""
        self._before += step.before

    def test(self, text, step, points):
        """Run one of the teacher's tests and return the Verdict."""
        self._before += step.before
        heard, self._exercise = (io.StringIO(), io.StringIO()), None
        if self._is_prepared(text):
            verdict = self._verdict(text, step, points, heard)
        else:
            why = "There was no time left for this test."
            verdict = Verdict(0.0, "not run", why)
        verdict.exercise = self._exercise
        verdict.outputs = _streams(*heard) + verdict.outputs
        said = heard[1].getvalue()
        if verdict.score and said:  # nbgrader's rule
            verdict.score, verdict.state = 0.0, "raised"
            verdict.message = f"A warning counts as an error here:\n{said}"
        return verdict

    # --- one test -----------------------------------------------------------

    def _verdict(self, text, step, points, heard):
        try:
            with (
                _heard(*heard),
                examined_by(self._examine),
                self._talk.limit(self._seconds),
                _alarm(self._seconds + 2),
                _as_in_one_process(self._talk),
            ):
                return self._finished(text, step.id, points, heard[0])
        except Late as late:
            where = f", in {late.line}" if late.line else ""
            return _failed(
                "took too long",
                f"Stopped: it had not finished after {self._seconds:g} "
                f"seconds{where}.",
            )
        except Gone as gone:
            self._give_up()
            return _failed(
                "crashed", f"Your code ended the whole process: {gone}."
            )

    def _is_prepared(self, text):
        """Have all in place that a test needs, if possible.

        A process that ends now was ended by an earlier test.
        """
        for _ in range(2):
            if not self._is_ready():
                return False
            try:
                with (
                    _heard(io.StringIO(), io.StringIO()),
                    self._talk.limit(self._seconds),
                    _alarm(self._seconds + 2),
                ):
                    self._bind(text)
                return True
            except Late:
                return True
            except Gone:
                self._give_up()
        return False

    def _finished(self, text, name, points, heard):
        """Return the verdict on a test that has come to some end."""
        try:
            value = cells.run(text, self._names, name)
            return _partial(value, points, heard.getvalue())
        except CheckFailed as failed:
            found = failed.outcome
            said = _plain(str(found))
            outputs = [_error("CheckFailed", said)]
            return Verdict(
                0.0, found.state, said, None, found.mistake, outputs
            )
        except Exception as error:
            return self._of_test(error, text, name)

    def _of_test(self, error, text, name):
        """Return the verdict on a test that raised an error."""
        place = _place_of(error)
        lines = []
        if (number := _line_of(error, name)) is not None:
            lines.append(text.splitlines()[number - 1].strip())
        kind = type(error).__name__
        lines.append(_plain(f"{kind}: {error}".rstrip(": ")))
        if place is not None and place.line:
            lines.append(f"in your code, {place.line}")
        state = "raised"
        if isinstance(error, AssertionError):
            state = "wrong"
        elif isinstance(error, NotImplementedError):
            state = "not started"
        return _failed(state, "\n".join(lines), kind)

    def _examine(self, exercise, answer, seed):
        """Examine an answer for `check`, in time."""
        self._exercise = exercise.name
        drawn = [seed or 0, self.seed, *exercise.name.encode()]
        questions = Questions(exercise, np.random.default_rng(drawn))
        return put(questions, answer, self._in_time)

    def _in_time(self, seconds, work, answer):
        try:
            with self._talk.limit(seconds):
                work()
        except Late as late:
            return late.line or None, False
        return None

    def _bind(self, text):
        """Bring the names up to date, as a test is about to see them."""
        names = self._names
        while len(names.done) < len(self._before):
            cell = self._before[len(names.done)]
            names.done.append(cell)
            self._fetch(cell)
            names.are_given = True
            with contextlib.suppress(Exception):
                cells.run(cell, names, f"given {len(names.done)}")
            names.are_given = False
        self._fetch(text)

    def _fetch(self, text):
        """Get what a cell needs of the student's names."""
        names = self._names
        names.wanted |= find_wanted(text, self.source.asked)
        wanted = [n for n in sorted(names.wanted) if names.may_fetch(n)]
        names.take(wanted, self._talk.names(wanted))

    # --- the student's process ----------------------------------------------

    def _give_up(self):
        """End a process that is gone; raise WorkerFailed if all are."""
        if self.marker.worker.has_ended():
            raise sandbox.WorkerFailed("the sandbox ended")
        self.end()

    def _ask(self, what, *args):
        start = time.monotonic()
        try:
            with self._talk.limit(min(self._seconds, max(self._left, 0.1))):
                return self._talk.request(what, *args)
        finally:
            self._left -= time.monotonic() - start

    def _is_ready(self):
        """Have a process in which all cells so far have run, if possible."""
        while self._channel is None or not self._talk.is_alive:
            if self._starts == MOST_STARTS or self._left < 0:
                return False
            self.end()
            self._starts += 1
            self._channel = self.marker.worker.begin()
            self._talk = Talk(self._channel, self.source.operators)
            self._names = Names(self._talk, self.source)
            with contextlib.suppress(Gone, Late):
                self._again()
        return True

    def _again(self):
        _reset(self.seed, self.marker.folder, self.marker.at_start)
        self._ask("begin", self.seed % 2**32)
        for path, data in self._beside.items():
            self._put_beside(path, data)
        for entry in list(self._ran):
            try:
                with _heard(io.StringIO(), io.StringIO()):
                    self._ask("cell", *entry)
            except Gone:
                self._ran.remove(entry)
                raise
            except (Late, Exception):  # noqa: S112 (it may have failed before)
                continue

    def _put_beside(self, path, data):
        """Lay a file where the student's cells can read it."""
        try:
            self._ask("file", path, np.frombuffer(data, "u1"))
        except Exception as error:
            why = f"The file {path} could not be laid beside it: {error}"
            if why not in self.remarks:
                self.remarks.append(why)


class Names(dict):
    """The names of the tests: the teacher's own, and the student's.

    What the student was asked for is the student's: a test that deletes or
    replaces such a name does so on the other side.
    """

    def __init__(self, talk, source):
        shell = Shell(self)
        super().__init__(
            __name__="__main__",
            __builtins__=__builtins__,
            get_ipython=lambda: shell,
            display=shell.display,
            super=super_of,
        )
        self._talk, self._source = talk, source
        self.done, self.wanted = [], set()
        self._students, self._seen_at = set(), 0
        self._synced = {}  # what the student's names were when last seen
        self.are_given = False  # names that are bound now: as set up, no test

    def may_fetch(self, name):
        """Return whether a name can be the student's."""
        if name in self._source.lent:
            return False
        if name in self._source.asked:
            return True
        if name in self._source.own:
            return False  # also if the cell that binds it has failed
        if name in self._students:
            return True
        builtin = self["__builtins__"]
        builtin = builtin if isinstance(builtin, dict) else vars(builtin)
        return name not in self and name not in builtin

    def take(self, wanted, found):
        """Bind what was found, and unbind what is not there any more."""
        self._seen_at = self._talk.crossings
        for name in wanted:
            if name in found:
                dict.__setitem__(self, name, found[name])
                self._synced[name] = self._talk.bytes_of(found[name])
                self._students.add(name)
            elif name in self._students:
                self._students.discard(name)
                dict.pop(self, name, None)
        for name, statement in self._source.lent.items():
            if name not in self:
                with contextlib.suppress(Exception):
                    cells.run(statement, self, "import")

    def __getitem__(self, name):
        """Return what a name stands for, as it is now.

        The student's code may have changed data since it was fetched.
        """
        value = super().__getitem__(name)
        if name not in self._students or isinstance(
            value, Remote | RemoteType
        ):
            return value
        if self._talk.crossings != self._seen_at:
            found = self._talk.names([name])
            if self._talk.bytes_of(found.get(name)) != self._synced.get(name):
                self.take([name], found)
        return super().__getitem__(name)

    def __setitem__(self, name, value):
        if self._is_replaced(name):
            with contextlib.suppress(TypeError):  # what cannot cross is ours
                self._talk.names([], [[name, True, value]])
                self._students.add(name)
                self._synced[name] = self._talk.bytes_of(value)
        else:
            self._students.discard(name)
        super().__setitem__(name, value)

    def __delitem__(self, name):
        if self._is_replaced(name):
            self._talk.names([], [[name, False, None]])
        super().__delitem__(name)

    def _is_replaced(self, name):
        """Return whether a test binds a name that is the student's."""
        asked = name in self._source.asked and name not in self._source.lent
        return asked and not self.are_given


def _reset(seed, folder, modules):
    """Undo what the tests of another submission may have set."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    np.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    cells.hear_usual_warnings()
    warnings.showwarning = _show_warning
    os.chdir(folder)
    # A student may have changed what the teacher's own modules hold.
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None)
        if isinstance(file, str) and file.startswith(f"{folder}{os.sep}"):
            del sys.modules[name]


def _show_warning(message, category, *place, **more):
    """Show a warning without where it was: that is a path of this machine."""
    print(f"{category.__name__}: {message}", file=sys.stderr)


def _as_in_one_process(talk):
    """Let a test that seeds random numbers seed the student's as well.

    And let it read the text of what is a student's.
    """

    def shared(whose, own):
        def seed(value=None, *more):
            own(value, *more)
            talk.request("seed", whose, value)

        return seed

    patches = [
        (random, "seed", shared("random", random.seed)),
        (np.random, "seed", shared("numpy", np.random.seed)),
        (inspect, "getsource", source_of),
        (inspect, "isfunction", is_function),
    ]
    stack = contextlib.ExitStack()
    for module, name, changed in patches:
        stack.callback(setattr, module, name, getattr(module, name))
        setattr(module, name, changed)
    return stack


@contextlib.contextmanager
def _alarm(seconds):
    """Raise Late when a test itself, such as one of 2**x, has no end."""

    def ring(number, frame):
        raise Late

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# --- what is written down ---------------------------------------------------


@contextlib.contextmanager
def _heard(out, err):
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


def _partial(value, points, said):
    """Return the verdict on a test that has come to its end.

    A number on the last line is the score, as in nbgrader.
    """
    outputs = []
    if value is None or isinstance(value, Remote | RemoteType):
        return Verdict(points, "passed", _plain(said.strip()))
    # A number of numpy's is a number, though its text is not.
    shown = repr(value.item() if isinstance(value, np.generic) else value)
    outputs.append(_shown(shown, [])[0])
    try:
        score = float(shown)
    except ValueError:
        return Verdict(points, "passed", said.strip(), outputs=outputs)
    if not math.isfinite(score):
        return Verdict(0.0, "wrong", f"The score came out as {score}.")
    if score < 0:
        return Verdict(points, "passed", said.strip(), outputs=outputs)
    score = min(score, points)
    states = {0.0: "wrong", points: "passed"}
    state = states.get(score, "partial")
    return Verdict(score, state, said.strip(), outputs=outputs)


def _failed(state, message, kind="Failed"):
    return Verdict(0.0, state, message, outputs=[_error(kind, message)])


def _line_of(error, name):
    """Return the number of the innermost line of a test that was reached."""
    filename, line, trace = f"{cells.FIRST}{name}>", None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _place_of(error):
    """Return where a student's error came from, without asking for it."""
    try:
        return object.__getattribute__(error, "place")
    except AttributeError:
        return None


def _of_student(error):
    """Return the output for an error in a student's own cell."""
    place = _place_of(error)
    text = _plain(str(error))
    lines = [place.line] if place is not None and place.line else []
    return _error(type(error).__name__, text, lines)


def _error(kind, text, lines=()):
    text = _cut(text)
    return {
        "output_type": "error",
        "ename": kind,
        "evalue": text,
        "traceback": [*lines, f"{kind}: {text}"],
    }


def _pair(value):
    """Return (text or None, list) of what should be just that."""
    if type(value) is list and len(value) == 2:
        text, pictures = value
        if type(pictures) is list:
            return text if type(text) is str else None, pictures
    return None, []


def _shown(text, pictures):
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": picture}
        for picture in map(_picture, pictures[:MOST_PICTURES])
    ]
    if text is not None:
        result = {
            "output_type": "execute_result",
            "execution_count": None,
            "metadata": {},
            "data": {"text/plain": _plain(str(text))},
        }
        outputs.append(result)
    return outputs


def _picture(data):
    """Return what may be shown of a picture: a text, and a PNG."""
    text = data.get("text/plain") if type(data) is dict else None
    found = {"text/plain": _plain(text) if type(text) is str else "a picture"}
    image = data.get("image/png") if type(data) is dict else None
    if type(image) is str and len(image) <= LARGEST_PICTURE:
        with contextlib.suppress(ValueError):
            if base64.b64decode(image, validate=True)[:8] == PNG:
                found["image/png"] = image
    return found


def _streams(out, err):
    return [
        {"output_type": "stream", "name": name, "text": _plain(text)}
        for name, file in (("stdout", out), ("stderr", err))
        if (text := file.getvalue())
    ]


def _plain(text):
    """Return a text without what differs between runs and machines."""
    return INSTALLED.sub(".../", ADDRESS.sub("0x...", _cut(text)))


def _cut(text):
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]}\n[...]\n{text[-LONGEST // 2 :]}"


def _unmarked(source, state, why):
    """Return the part of a result for a notebook that cannot be run."""
    return {
        "name": source.name,
        "state": state,
        "remarks": [why] if why else [],
        "cells": [
            {
                "id": cell.id,
                "kind": "task"
                if cell.task
                else "test"
                if cell.role == "test"
                else "manual",
                "exercise": None,
                "points": cell.points,
                "score": 0.0,
                "state": "not run",
                "mistake": None,
                "message": "",
            }
            for cell in source.cells
            if cell.grade or cell.task
        ],
    }
