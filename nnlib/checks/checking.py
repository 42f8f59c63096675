"""The check below every exercise: call, compare, and say what is wrong.

The inputs come from a fresh generator each time, and nothing here knows the
answers in advance but nnlib's own functions: there is nothing to memorise.
"""

import copy
import difflib
import inspect
import os
import textwrap
import traceback
from dataclasses import dataclass

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
from nnlib.checks.calling import Stopped, overheard, own_line, run_within
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
    exercise = _find(answer)
    outcome = examine(exercise, answer, np.random.default_rng(seed))
    if outcome.state != "passed":
        raise CheckFailed(outcome)
    # A teacher who grades with nbgrader has not passed what students passed.
    if os.environ.get("NBGRADER_EXECUTION") != "autograde":
        progress.record(exercise.sheet, exercise.name)
    print(outcome)


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
    cases, calls, late = exercise.cases(rng), [], []

    def work():
        for case in cases:
            if late:  # an answer that slept through being stopped
                return
            calls.append(_call(exercise, answer, case, heard))

    with overheard() as heard:
        stack, still_running = run_within(exercise.seconds, work)
    if stack is not None:
        late.append(True)
        case = cases[min(len(calls), len(cases) - 1)]
        return _too_long(exercise, answer, stack, case, still_running)
    expected = [exercise.look(exercise.reference, *case) for case in cases]
    for call, want in zip(calls, expected, strict=True):
        if isinstance(call.error, NotImplementedError):
            return _not_started(exercise, answer, call)
        if isinstance(call.error, Refused):
            return _wrong(exercise, calls, call, want, str(call.error))
        if call.error is not None:
            return _raised(exercise, answer, calls, call)
        found = _difference(exercise, call.result, want)
        if found:
            return _wrong(exercise, calls, call, want, found)
    return _passed(exercise, calls)


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
    names = inspect.signature(exercise.reference).parameters
    changed = tuple(
        (name, holds_parts(old))
        for name, old, new in zip(names, case, given, strict=False)
        if not _equal(old, new)
    )
    return _Call(case, result, error, heard()[before:].strip(), changed)


def _equal(old, new):
    """Return whether no array in an argument has changed."""
    if isinstance(old, tuple | list):
        return len(old) == len(new) and all(map(_equal, old, new))
    return not isinstance(old, np.ndarray) or np.array_equal(
        old, new, equal_nan=old.dtype.kind in "fc"
    )


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


def _wrong(exercise, calls, call, want, found):
    lines = [
        _prose(found),
        "",
        f"  call      {_as_call(exercise, call.arguments)}",
    ]
    if call.error is None:
        lines.append(f"  came      {as_code(call.result)}")
        lines.append(f"  expected  {as_code(want)}")
    mistake = _recognise(exercise, calls)
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


def _recognise(exercise, calls):
    """Return the known mistake that does the same everywhere.

    A product of the wrong shapes works where arrays are square, and raises
    elsewhere: errors are compared as well, but cannot be all there is.
    """
    errors = [call.error for call in calls]
    if None not in errors or any(isinstance(e, Refused) for e in errors):
        return None
    with np.errstate(all="ignore"):  # wrong answers may well diverge
        for mistake in exercise.mistakes:
            for wrong in mistake.answers:
                if all(_same(exercise, wrong, call) for call in calls):
                    return mistake
    return None


def _same(exercise, wrong_answer, call):
    """Return whether a known wrong answer does what the reader's did."""
    try:
        wrong = exercise.look(wrong_answer, *copy.deepcopy(call.arguments))
    except Exception:
        return call.error is not None
    return (
        call.error is None
        and _difference(exercise, call.result, wrong) is None
    )


def _raised(exercise, answer, calls, call):
    kind = type(call.error).__name__
    line = own_line(traceback.walk_tb(call.error.__traceback__), answer)
    lines = [
        "",
        f"  {line or 'before the first line of your function'}",
        f"  {kind}: {call.error}".rstrip(": "),
        f"  call      {_as_call(exercise, call.arguments)}",
    ]
    mistake = _recognise(exercise, calls)
    return Outcome(
        "raised",
        f"{exercise.name}: raised {kind}.",
        "\n".join([*lines, *_said(call), *_diagnosis(mistake)]),
        mistake.what if mistake else None,
    )


def _not_started(exercise, answer, call):
    """Tell an untouched answer from one that calls an untouched one."""
    frames = [f for f, _ in traceback.walk_tb(call.error.__traceback__)]
    own = [f for f in frames if f.f_code is getattr(answer, "__code__", None)]
    last = frames[-1].f_code.co_name
    if own and frames[-1] is not own[-1] and last in EXERCISES:
        return Outcome(
            "raised",
            f"{exercise.name}: it calls {last}, which is not started yet.",
        )
    return Outcome("not started", f"{exercise.name}: not started yet.")


def _too_long(exercise, answer, stack, case, still_running):
    hint = "Hint: does every loop come closer to its end?"
    if still_running:
        hint += (
            " It could not be stopped, and is still running: restart the "
            "kernel (menu Kernel) before you go on."
        )
    lines = [
        "",
        f"  {own_line(stack, answer) or 'not in a line of yours'}",
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
