"""What holds for every exercise of the book, whatever it asks for."""

import dataclasses
import inspect

import numpy as np
import pytest
from judging import assert_named, outcomes

from nnlib.checks import examine
from nnlib.checks.checking import EXERCISES

each = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def pretend(exercise, body):
    """Return an answer with the exercise's name whose calls all do `body`."""
    scope = {"__name__": "__main__"}
    if inspect.isclass(exercise.reference):
        text = (
            f"class {exercise.name}:\n    def __init__(self, *values):\n"
            f"        {body}"
        )
    else:
        text = f"def {exercise.name}(*values):\n    {body}"
    exec(text, scope)
    return scope[exercise.name]


@each
def test_nnlib_s_own_answer_passes_without_a_remark(exercise):
    for outcome in outcomes(exercise, exercise.reference):
        assert outcome.state == "passed", str(outcome)
        assert "remark" not in outcome.details


@each
def test_an_untouched_starter_is_not_started(exercise):
    answer = pretend(exercise, "raise NotImplementedError()")
    for outcome in outcomes(exercise, answer, runs=3):
        assert outcome.state == "not started"


@each
def test_an_endless_answer_is_stopped(exercise):
    answer = pretend(exercise, "while True: pass")
    quick = dataclasses.replace(exercise, seconds=0.05)
    (outcome,) = outcomes(quick, answer, runs=1)
    assert outcome.state == "took too long"


@each
def test_an_answer_of_nothing_is_wrong(exercise):
    for outcome in outcomes(exercise, pretend(exercise, "return"), runs=3):
        assert outcome.state in ("wrong", "raised")


@pytest.mark.parametrize(
    ("exercise", "mistake"),
    [
        pytest.param(exercise, mistake, id=f"{exercise.name}-{i}")
        for exercise in EXERCISES.values()
        for i, mistake in enumerate(exercise.mistakes)
    ],
)
def test_every_listed_mistake_is_named(exercise, mistake):
    for answer in mistake.answers:
        assert_named(exercise, answer, mistake.what, runs=3)


@each
def test_a_hint_does_not_repeat_what_happened(exercise):
    assert exercise.mistakes
    for mistake in exercise.mistakes:
        assert mistake.what != mistake.hint
        for text in (mistake.what, mistake.hint):
            assert text.strip() == text
            assert text.endswith((".", "?"))


@each
def test_the_call_in_a_message_is_python(exercise):
    (outcome,) = outcomes(exercise, pretend(exercise, "return"), runs=1)
    (line,) = [
        line.removeprefix("  call ").strip()
        for line in outcome.details.splitlines()
        if line.startswith("  call ")
    ]
    compile(line, "<call>", "exec")


@each
def test_a_check_is_quick(exercise):
    """A reader does not wait, and a grader has hundreds of notebooks."""
    rng = np.random.default_rng(0)
    quick = dataclasses.replace(exercise, seconds=1.0)
    assert examine(quick, exercise.reference, rng).state == "passed"
