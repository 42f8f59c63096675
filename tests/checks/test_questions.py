"""checking: the questions that a grader puts to an answer elsewhere.

What a reader sees is held by test_checking; here it is what another program
needs: the same questions for many answers, another way to call them, and
another one to ask.
"""

import dataclasses
import threading
import types

import numpy as np
import pytest

from nnlib.checks import CheckFailed, Outcome, check, examine, examined_by
from nnlib.checks.calling import Place, Stopped, own_line, place_of
from nnlib.checks.checking import EXERCISES, Questions, put
from nnlib.checks.exercise import Exercise, Mistake

PASSED = Outcome("passed", "relu: passed.")
CALLED = []


@pytest.fixture(autouse=True)
def _fresh(progress_folder, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    CALLED.clear()


def twice(x):
    """Be the reference of an exercise."""
    CALLED.append("right")
    return 2 * x


def thrice(x):
    CALLED.append("wrong")
    return 3 * x


def broken(x):
    CALLED.append("broken")
    raise ValueError(x)


EXERCISE = Exercise(
    reference=twice,
    sheet="00_none",
    outputs=("the double",),
    cases=lambda rng: [(1.0,), (rng.normal(),), (np.ones(3),)],
    mistakes=(
        Mistake("it raised.", "Why?", (broken,)),
        Mistake("it was trebled.", "Why?", (thrice,)),
    ),
)


def questions(seed=1):
    return Questions(EXERCISE, np.random.default_rng(seed))


def at_once(seconds, work, answer):
    """Run work as a grader may: here and now."""
    work()


def relu(Z):
    return np.maximum(Z, 0)


# --- Questions ---------------------------------------------------------------


def test_what_is_right_is_found_out_when_it_is_needed_and_once():
    asked = questions()
    assert CALLED == []
    for _ in range(3):
        assert put(asked, lambda x: 2 * x, at_once).state == "passed"
    assert CALLED == ["right"] * 3  # one for each case


def test_what_is_wrong_is_found_out_once_for_all_answers():
    asked = questions()
    for _ in range(3):
        outcome = put(asked, lambda x: 3 * x, at_once)
        assert outcome.mistake == "it was trebled."
    assert CALLED.count("wrong") == 3
    assert CALLED.count("right") == 3


def test_a_wrong_answer_that_raises_is_asked_once_as_well():
    asked = questions()
    for _ in range(3):
        assert asked.wrong(broken, 0) == (None, True)
    assert CALLED == ["broken"]


def test_each_case_of_a_wrong_answer_is_kept_by_itself():
    asked = questions()
    assert asked.wrong(thrice, 0) == (3.0, False)
    assert asked.wrong(thrice, 2)[0].tolist() == [3, 3, 3]


def test_a_right_answer_never_asks_for_wrong_ones():
    put(questions(), lambda x: 2 * x, at_once)
    assert set(CALLED) == {"right"}


def test_the_questions_are_drawn_once_and_follow_from_the_seed():
    first, same, other = questions(), questions(), questions(2)
    assert first.cases[1] == same.cases[1] != other.cases[1]
    assert first.cases is first.cases


def test_an_answer_that_changes_what_it_is_given_changes_no_question():
    def spoils(x):
        if isinstance(x, np.ndarray):
            x *= 2
            return x
        return 2 * x

    asked = questions()
    assert put(asked, spoils, at_once).state == "passed"
    np.testing.assert_array_equal(asked.cases[2][0], 1)
    assert put(asked, lambda x: 2 * x, at_once).state == "passed"


def test_a_mistake_that_changes_what_it_is_given_changes_no_question():
    def spoils(x):
        x *= 5
        return x

    asked = questions()
    assert asked.wrong(spoils, 2)[0].tolist() == [5, 5, 5]
    np.testing.assert_array_equal(asked.cases[2][0], 1)


# --- put ---------------------------------------------------------------------


def test_another_way_to_run_is_told_the_time_and_the_answer():
    def run(seconds, work, answer):
        told.append((seconds, answer))
        work()

    def answer(x):
        return 2 * x

    told = []
    assert put(questions(), answer, run).state == "passed"
    assert told == [(EXERCISE.seconds, answer)]


def test_who_is_late_gets_the_line_that_the_other_way_found():
    outcome = put(
        questions(), twice, lambda *_: ("line 3: while True:", False)
    )
    assert outcome.state == "took too long"
    assert "line 3: while True:" in outcome.details
    assert "could not be stopped" not in outcome.details


def test_who_could_not_be_stopped_is_told_so():
    outcome = put(questions(), twice, lambda *_: (None, True))
    assert "not in a line of yours" in outcome.details
    assert "could not be stopped" in outcome.details


def test_the_case_that_took_too_long_is_named():
    def run(seconds, work, answer):
        with pytest.raises(Stopped):
            work()
        return "line 1: pass", False

    def slow(x):
        if isinstance(x, np.ndarray):
            raise Stopped
        return 2 * x

    outcome = put(questions(), slow, run)
    assert "twice(np.array([1.0, 1.0, 1.0]))" in outcome.details


def test_what_stops_an_answer_passes_through_put():
    def gone(x):
        raise Stopped

    with pytest.raises(Stopped):
        put(questions(), gone, at_once)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "dense_forward"])
def test_put_at_once_comes_to_what_examine_comes_to(name):
    exercise = EXERCISES[name]
    wrong = exercise.mistakes[0].answers[0]
    for answer in (exercise.reference, wrong):
        asked = Questions(exercise, np.random.default_rng(5))
        assert put(asked, answer, at_once) == examine(
            exercise, answer, np.random.default_rng(5)
        )


def test_one_set_of_questions_does_for_right_and_wrong_answers_in_any_order():
    exercise = EXERCISES["relu"]
    asked = Questions(exercise, np.random.default_rng(5))
    answers = [relu, np.abs, relu, lambda Z: Z, np.abs]
    states = [put(asked, answer, at_once).state for answer in answers]
    assert states == ["passed", "wrong", "passed", "wrong", "wrong"]


# --- examined_by -------------------------------------------------------------


def test_a_check_asks_who_is_to_examine(capsys):
    def examiner(exercise, answer, seed):
        asked.append((exercise.name, answer, seed))
        return PASSED

    asked = []
    with examined_by(examiner):
        check(relu, seed=4)
    assert asked == [("relu", relu, 4)]
    assert capsys.readouterr().out == "relu: passed.\n"


def test_what_another_finds_wrong_is_raised():
    outcome = Outcome("wrong", "relu: not right yet.", mistake="none")
    with examined_by(lambda *_: outcome), pytest.raises(CheckFailed) as caught:
        check(relu)
    assert caught.value.outcome is outcome


def test_examiners_nest_and_the_outer_one_comes_back():
    heard = []

    def called(name):
        return lambda *_: heard.append(name) or PASSED

    with examined_by(called("outer")):
        with examined_by(called("inner")):
            check(relu)
        check(relu)
    check(relu, seed=1)
    assert heard == ["inner", "outer"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, Stopped])
def test_an_examiner_is_gone_after_any_error(error):
    def refuse(*_):
        raise error

    with pytest.raises(error), examined_by(refuse):
        check(relu)
    check(relu, seed=1)


def test_an_examiner_of_one_thread_is_none_of_another():
    def elsewhere():
        try:
            check(relu, seed=1)
        except BaseException as error:
            found.append(error)

    def refuse(*_):
        raise ValueError

    found = []
    with examined_by(refuse):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join(60)
    assert found == []


def test_another_examiner_records_no_pass_of_a_reader(progress_folder):
    with examined_by(lambda *_: PASSED):
        check(relu)
    assert not progress_folder.exists()
    check(relu, seed=1)
    assert progress_folder.exists()


def test_an_answer_to_nothing_is_refused_before_anyone_is_asked():
    def unknown(x):
        return x

    asked = []
    with (
        examined_by(lambda *_: asked.append(1)),
        pytest.raises(ValueError, match="there is no exercise"),
    ):
        check(unknown)
    assert asked == []


# --- place_of ----------------------------------------------------------------


def raised_by(answer):
    try:
        answer()
    except Exception as error:
        return error
    raise AssertionError


def fails():
    raise ValueError("here")


def helped():
    return fails()


def test_a_place_that_came_along_is_the_place():
    error, place = raised_by(fails), Place("line 9: boom()", "boom", False)
    error.place = place
    assert place_of(error, fails) is place


def test_an_error_that_has_another_place_is_looked_up_as_ever():
    error = raised_by(fails)
    error.place = "the kitchen"
    assert place_of(error, fails).function == "fails"


def test_an_error_of_the_answer_itself_is_told_from_a_helpers():
    assert place_of(raised_by(fails), fails).is_answers
    assert not place_of(raised_by(helped), helped).is_answers
    assert place_of(raised_by(helped), helped).function == "fails"


def test_a_place_has_the_line_of_the_reader():
    error = raised_by(helped)
    assert place_of(error, helped).line.endswith('raise ValueError("here")')
    stack = [(error.__traceback__.tb_frame, error.__traceback__.tb_lineno)]
    assert own_line(stack, types.FunctionType(fails.__code__, {})) is None


def test_an_answer_from_elsewhere_that_is_not_started_is_told_apart():
    """The place says whether it was the answer or one that it calls."""

    def not_started(place):
        def answer(x):
            error = NotImplementedError()
            error.place = place
            raise error

        return put(questions(), answer, at_once)

    own = not_started(Place(None, "twice", True))
    assert own.state == "not started"
    other = not_started(Place(None, "relu", False))
    assert other.state == "raised"
    assert "it calls relu, which is not started yet" in other.summary


def test_an_error_from_elsewhere_is_shown_with_its_line():
    def answer(x):
        error = ValueError("far away")
        error.place = Place("line 7: y = x @ x", "answer", True)
        raise error

    outcome = put(questions(), answer, at_once)
    assert "  line 7: y = x @ x\n  ValueError: far away" in outcome.details


def test_a_place_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Place(None, "", True).line = "line 1"
