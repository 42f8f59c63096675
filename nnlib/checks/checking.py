"""The check below every exercise: call, compare, and say what is wrong.

The inputs come from a fresh generator each time, and nothing here knows the
answers in advance but nnlib's own functions: there is nothing to memorise.
"""

import contextlib
import copy
import difflib
import inspect
import os
import textwrap
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from nnlib.checks import (
    activations,
    backpropagation,
    chain_rule,
    forward_pass,
    gradient_descent,
    losses,
    perceptron,
    progress,
    vanishing_exploding,
)
from nnlib.checks.calling import (
    Stopped,
    overheard,
    own_line,
    place_of,
    run_within,
)
from nnlib.checks.comparing import (
    a_type,
    as_code,
    difference,
    holds_booleans,
    holds_parts,
)
from nnlib.checks.exercise import Refused

EXERCISES = {
    exercise.name: exercise
    for lesson in (
        perceptron,
        activations,
        losses,
        forward_pass,
        chain_rule,
        backpropagation,
        gradient_descent,
        vanishing_exploding,
    )
    for exercise in lesson.EXERCISES
}


@dataclass(frozen=True)
class Outcome:
    """What a check found.

    Attributes
    ----------
    state : str
        "passed", "wrong", "not started", "raised" or "took too long".
    summary : str
        One line.
    details : str
        The rest of the message, or nothing.
    mistake : str or None
        What happened, in words, if the answer is a known wrong one.
    """

    state: str
    summary: str
    details: str = ""
    mistake: str | None = None

    def __str__(self):
        return "\n".join(filter(None, [self.summary, self.details]))


class CheckFailed(AssertionError):
    """The answer is not right yet. Jupyter shows the message alone."""

    def __init__(self, outcome):
        super().__init__(outcome.summary)
        self.outcome = outcome

    def _render_traceback_(self):
        return str(self.outcome).splitlines()


@dataclass(frozen=True)
class _Call:
    """One call of an answer: what went in, what came out."""

    arguments: tuple
    result: object
    error: BaseException | None
    heard: str
    changed: tuple[tuple[str, bool], ...]  # name, and whether it is a list


def check(answer, *, seed=None):
    """Check a reader's answer, print what was found, record a pass.

    Parameters
    ----------
    answer : function or class
        It has the name of the exercise.
    seed : int, optional
        For the same random inputs again. Without it they are fresh.

    Raises
    ------
    CheckFailed
        If the answer is not right; its `outcome` says why.
    ValueError
        If there is no exercise of that name, or the answer is nnlib's own.

    Source: lessons/00_start_here, "How a page works".
    """
    outcome = _examiner.get()(_find(answer), answer, seed)
    if outcome.state != "passed":
        raise CheckFailed(outcome)
    print(outcome)


def _examined_here(exercise, answer, seed):
    """Examine an answer as its reader does, and record a pass."""
    outcome = examine(exercise, answer, np.random.default_rng(seed))
    # A teacher who grades with nbgrader has not passed what students passed.
    is_graded = os.environ.get("NBGRADER_EXECUTION") == "autograde"
    if outcome.state == "passed" and not is_graded:
        progress.record(exercise.sheet, exercise.name)
    return outcome


_examiner = ContextVar("examiner", default=_examined_here)


@contextlib.contextmanager
def examined_by(examiner):
    """Let `check` ask someone else inside, such as a grader.

    Parameters
    ----------
    examiner : callable
        examiner(exercise, answer, seed) -> Outcome
    """
    token = _examiner.set(examiner)
    try:
        yield
    finally:
        _examiner.reset(token)


class Questions:
    """The cases of an exercise, drawn once, to examine any number of answers.

    What is right on them, and what each known wrong answer returns, is found
    out when it is first needed, and kept.

    Parameters
    ----------
    exercise : Exercise
    rng : numpy.random.Generator
    """

    def __init__(self, exercise, rng):
        self.exercise = exercise
        self.cases = exercise.cases(rng)
        self._wrong = {}

    @cached_property
    def expected(self):
        """What nnlib's own function returns, case by case."""
        look, right = self.exercise.look, self.exercise.reference
        return [look(right, *case) for case in self.cases]

    def wrong(self, answer, number):
        """Return (result, whether it raised) of a wrong answer on a case."""
        key = id(answer), number
        if key not in self._wrong:
            case = copy.deepcopy(self.cases[number])
            try:
                result = self.exercise.look(answer, *case)
                self._wrong[key] = result, False
            except Exception:
                self._wrong[key] = None, True
        return self._wrong[key]


def examine(exercise, answer, rng):
    """Return the Outcome of calling `answer` on every case of an exercise.

    Parameters
    ----------
    exercise : Exercise
    answer : callable
    rng : numpy.random.Generator

    Returns
    -------
    Outcome
    """
    return put(Questions(exercise, rng), answer, _in_a_thread)


def put(questions, answer, run):
    """Put questions to an answer and return the Outcome.

    Parameters
    ----------
    questions : Questions
    answer : callable
    run : callable
        run(seconds, work, answer) -> None if work() ended in time, else
        (line, still_running): where the answer was, in words or None, and
        whether it could not even be stopped.
    """
    exercise, cases, calls, late = (
        questions.exercise,
        questions.cases,
        [],
        [],
    )

    def work():
        for case in cases:
            if late:  # an answer that slept through being stopped
                return
            calls.append(_call(exercise, answer, case, heard))
            if isinstance(calls[-1].error, NotImplementedError):
                return  # nothing that comes later is looked at

    with overheard() as heard:
        lateness = run(exercise.seconds, work, answer)
    if lateness is not None:
        late.append(True)
        case = cases[min(len(calls), len(cases) - 1)]
        return _too_long(exercise, case, *lateness)
    for call, want in zip(calls, questions.expected, strict=False):
        if isinstance(call.error, NotImplementedError):
            return _not_started(exercise, answer, call)
        if isinstance(call.error, Refused):
            return _wrong(questions, calls, call, want, str(call.error))
        if call.error is not None:
            return _raised(questions, answer, calls, call)
        found = _difference(exercise, call.result, want)
        if found:
            return _wrong(questions, calls, call, want, found)
    return _passed(exercise, calls)


def _in_a_thread(seconds, work, answer):
    """Run work() in a thread of its own, for so long and no longer."""
    stack, still_running = run_within(seconds, work)
    if stack is None:
        return None
    return own_line(stack, answer), still_running


def _find(answer):
    """Return the exercise that an answer is for, or say what to pass."""
    name = getattr(answer, "__name__", None)
    if name not in EXERCISES:
        came = f"called {name!r}" if name else a_type(answer)
        near = difflib.get_close_matches(str(name or answer), EXERCISES, n=1)
        raise ValueError(
            f"check: there is no exercise for what came; it is {came}.\n"
            "  Needed: the function itself, under the name of its exercise.\n"
            f"  Hint: check({(near or list(EXERCISES))[0]})"
        )
    if str(getattr(answer, "__module__", "")).startswith("nnlib."):
        raise ValueError(
            f"check: this {name} is nnlib's own.\n"
            "  Needed: the one that you write.\n"
            "  Hint: run the cell with your answer again; an import further "
            "down has replaced it."
        )
    return EXERCISES[name]


def _call(exercise, answer, case, heard):
    """Call an answer on a copy of its arguments; keep what it says and does.

    An answer that changes an array it was given can only harm the copy.
    """
    given = tuple(
        value if callable(value) else copy.deepcopy(value) for value in case
    )
    result = error = None
    before = len(heard())
    try:
        result = exercise.look(answer, *given)
    except Stopped:
        raise
    except BaseException as raised:
        error = raised
    changed = tuple(
        (name, holds_parts(old))
        for name, old, new in zip(
            _parameters(exercise.reference), case, given, strict=False
        )
        if not _equal(old, new)
    )
    return _Call(case, result, error, heard()[before:].strip(), changed)


@cache
def _parameters(function):
    return tuple(inspect.signature(function).parameters)


def _equal(old, new):
    """Return whether no array in an argument has changed."""
    if isinstance(old, tuple | list):
        return len(old) == len(new) and all(map(_equal, old, new))
    if not isinstance(old, np.ndarray):
        return True
    return old.shape == new.shape and old.tobytes() == new.tobytes()


def _difference(exercise, came, expected):
    return difference(came, expected, exercise.outputs, exercise.relative)


def _passed(exercise, calls):
    remarks = []
    if len(calls) > 1:
        remarks.append(f"All {len(calls)} calls agree with nnlib.")
    changed = sorted({pair for call in calls for pair in call.changed})
    if changed:
        name, nested = changed[0]
        what = f"arrays in {name}" if nested else f"array {name}"
        one = "W" if nested else name
        remarks.append(
            _prose(
                f"A remark: your function changes the {what} that it is "
                f"given, and the caller loses the old values. {one} = {one} "
                f"+ ... makes a new array; {one} += ... writes into the old "
                "one."
            )
        )
    if any(holds_booleans(call.result) for call in calls):
        remarks.append(
            _prose(
                "A remark: it returns True and False. They count as 1 and 0, "
                "but numpy refuses to subtract them; .astype(int) makes them "
                "numbers."
            )
        )
    return Outcome("passed", f"{exercise.name}: passed.", "\n".join(remarks))


def _wrong(questions, calls, call, want, found):
    exercise = questions.exercise
    lines = [
        _prose(found),
        "",
        f"  call      {_as_call(exercise, call.arguments)}",
    ]
    if call.error is None:
        lines.append(f"  came      {as_code(call.result)}")
        lines.append(f"  expected  {as_code(want)}")
    mistake = _recognise(questions, calls)
    return Outcome(
        "wrong",
        f"{exercise.name}: not right yet.",
        "\n".join([*lines, *_said(call), *_diagnosis(mistake)]),
        mistake.what if mistake else None,
    )


def _said(call):
    """Return what an answer printed, as lines of a message."""
    printed = textwrap.indent(call.heard, "  printed   ")
    return [printed] if printed else []


def _diagnosis(mistake):
    """Return lines that name a mistake and help to think about it."""
    if mistake is None:
        return []
    return [
        "",
        _prose(f"What happened: {mistake.what}"),
        _prose(f"Hint: {mistake.hint}"),
    ]


def _recognise(questions, calls):
    """Return the known mistake that does the same everywhere.

    A product of the wrong shapes works where arrays are square, and raises
    elsewhere: errors are compared as well, but cannot be all there is.
    """
    errors = [call.error for call in calls]
    if None not in errors or any(isinstance(e, Refused) for e in errors):
        return None
    with np.errstate(all="ignore"):  # wrong answers may well diverge
        for mistake in questions.exercise.mistakes:
            for wrong in mistake.answers:
                if all(
                    _same(questions, wrong, number, call)
                    for number, call in enumerate(calls)
                ):
                    return mistake
    return None


def _same(questions, wrong_answer, number, call):
    """Return whether a known wrong answer does what the reader's did."""
    wrong, raises = questions.wrong(wrong_answer, number)
    if raises or call.error is not None:
        return raises and call.error is not None
    return _difference(questions.exercise, call.result, wrong) is None


def _raised(questions, answer, calls, call):
    exercise, kind = questions.exercise, type(call.error).__name__
    line = place_of(call.error, answer).line
    lines = [
        "",
        f"  {line or 'before the first line of your function'}",
        f"  {kind}: {call.error}".rstrip(": "),
        f"  call      {_as_call(exercise, call.arguments)}",
    ]
    mistake = _recognise(questions, calls)
    return Outcome(
        "raised",
        f"{exercise.name}: raised {kind}.",
        "\n".join([*lines, *_said(call), *_diagnosis(mistake)]),
        mistake.what if mistake else None,
    )


def _not_started(exercise, answer, call):
    """Tell an untouched answer from one that calls an untouched one."""
    place = place_of(call.error, answer)
    last = place.function
    if not place.is_answers and last in EXERCISES:
        return Outcome(
            "raised",
            f"{exercise.name}: it calls {last}, which is not started yet.",
        )
    return Outcome("not started", f"{exercise.name}: not started yet.")


def _too_long(exercise, case, line, still_running):
    hint = "Hint: does every loop come closer to its end?"
    if still_running:
        hint += (
            " It could not be stopped, and is still running: restart the "
            "kernel (menu Kernel) before you go on."
        )
    lines = [
        "",
        f"  {line or 'not in a line of yours'}",
        f"  call      {_as_call(exercise, case)}",
        "",
        _prose(hint),
    ]
    return Outcome(
        "took too long",
        f"{exercise.name}: stopped; it had not finished after "
        f"{exercise.seconds:g} seconds.",
        "\n".join(lines),
    )


def _as_call(exercise, arguments):
    """Return a line of Python that makes the same call again."""
    if callable(exercise.call):
        return exercise.call(*arguments)
    if exercise.call:
        return exercise.call
    return f"{exercise.name}({', '.join(map(as_code, arguments))})"


def _prose(text):
    return textwrap.fill(text, 76)
