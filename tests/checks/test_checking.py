"""checking: what a reader is told, for every way an answer can go.

The readers' answers stand here as text, so that each has a cell of its own:
a file name and line numbers that messages can name.
"""

import _thread
import dataclasses
import linecache
import re
import sys
import textwrap
import threading
import time
import warnings

import numpy as np
import pytest

from nnlib import perceptron
from nnlib.checks import CheckFailed, Outcome, calling, check, examine
from nnlib.checks.checking import EXERCISES
from nnlib.checks.exercise import Exercise, Mistake, returned_and_warned

PREDICT = EXERCISES["perceptron_predict"]
UPDATE = EXERCISES["perceptron_update"]
RIGHT = """
def perceptron_predict(X, w, b):
    return (X @ w + b >= 0).astype(int)
"""
STRICT = """
def perceptron_predict(X, w, b):
    return (X @ w + b > 0).astype(int)
"""


@pytest.fixture(autouse=True)
def folder(progress_folder, monkeypatch):
    """Keep the records of every test here in a folder of its own."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return progress_folder


def written(source, name="perceptron_predict", filename="<cell 1>"):
    """Return a function that a reader wrote in a cell of its own."""
    source = textwrap.dedent(source).lstrip("\n")
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    scope = {"__name__": "__main__", "np": np, "sys": sys}
    exec(compile(source, filename, "exec"), scope)
    return scope[name]


def outcome_of(source, exercise=PREDICT, seed=0):
    answer = written(source, exercise.name)
    return examine(exercise, answer, np.random.default_rng(seed))


def body(*lines):
    """Return an answer to perceptron_predict with these lines."""
    return "\n    ".join(["def perceptron_predict(X, w, b):", *lines])


def labelled(outcome):
    """Return {label: value} of the lines "call", "came", "expected" ..."""
    return dict(re.findall(r"^  (\w+) {2,}(.*)$", outcome.details, re.M))


# --- passed -----------------------------------------------------------------


def test_a_right_answer_passes_and_says_so(capsys):
    assert check(written(RIGHT)) is None
    assert capsys.readouterr().out == (
        "perceptron_predict: passed.\nAll 21 calls agree with nnlib.\n"
    )


def test_one_call_is_not_called_all_of_them():
    source = "def nand_weights():\n    return [-1, -1], 1.5"
    outcome = outcome_of(source, EXERCISES["nand_weights"])
    assert outcome == Outcome("passed", "nand_weights: passed.")


def test_what_a_right_answer_prints_is_not_shown(capsys):
    source = RIGHT.replace(
        "    return", "    print('z', X @ w + b)\n    return"
    )
    check(written(source))
    assert "z" not in capsys.readouterr().out.split()


def test_what_a_right_answer_warns_of_is_not_shown(capsys, recwarn):
    source = RIGHT.replace("    return", "    np.exp(1000.0)\n    return")
    check(written(source))
    out, err = capsys.readouterr()
    assert "overflow" not in out + err
    assert len(recwarn) == 0


def test_an_answer_in_place_passes_with_a_remark():
    outcome = outcome_of(
        """
        def perceptron_update(w, b, x, y, learning_rate):
            error = y - int(x @ w + b >= 0)
            w += learning_rate * error * x
            b += learning_rate * error
            return w, b
        """,
        UPDATE,
    )
    assert outcome.state == "passed"
    assert outcome.mistake is None
    assert " ".join(outcome.details.split()) == (
        "All 24 calls agree with nnlib. "
        "A remark: your function changes the array w that it is given, and "
        "the caller loses the old values. w = w + ... makes a new array; "
        "w += ... writes into the old one."
    )


def test_an_answer_of_booleans_passes_with_a_remark():
    outcome = outcome_of(body("return X @ w + b >= 0"))
    assert outcome.state == "passed"
    assert " ".join(outcome.details.split()) == (
        "All 21 calls agree with nnlib. "
        "A remark: it returns True and False. They count as 1 and 0, but "
        "numpy refuses to subtract them; .astype(int) makes them numbers."
    )


def test_a_list_of_parts_passes():
    outcome = outcome_of(
        """
        def perceptron_update(w, b, x, y, learning_rate):
            error = y - int(x @ w + b >= 0)
            return [w + learning_rate * error * x, b + learning_rate * error]
        """,
        UPDATE,
    )
    assert outcome.state == "passed"


# --- wrong ------------------------------------------------------------------


def test_a_known_mistake_is_told_in_full():
    outcome = outcome_of(STRICT)
    shown = labelled(outcome)
    first, *_, what, why = outcome.details.split("\n")
    assert outcome.state == "wrong"
    assert outcome.summary == "perceptron_predict: not right yet."
    assert first == "y_hat[0] is 0, and 1 is expected."
    assert (shown["came"], shown["expected"]) == (
        "np.array([0])",
        "np.array([1])",
    )
    assert outcome.mistake == (
        "a point exactly on the line, where z is 0, was read as 0."
    )
    assert what == f"What happened: {outcome.mistake}"
    assert why == (
        "Hint: z >= 0 counts as 1. Which comparison includes the equal case?"
    )
    assert str(outcome) == f"{outcome.summary}\n{outcome.details}"


def test_an_unknown_mistake_is_shown_without_a_guess():
    outcome = outcome_of(body("return np.arange(len(X)) % 2"))
    assert outcome.state == "wrong"
    assert outcome.mistake is None
    assert "What happened" not in outcome.details
    assert "Hint" not in outcome.details
    assert set(labelled(outcome)) == {"call", "came", "expected"}


def test_no_message_is_wider_than_a_page():
    for source in (STRICT, body("return X @ w - b >= 0"), body("return X")):
        for line in str(outcome_of(source)).splitlines():
            assert len(line) <= 79 or line.startswith("  ")


@pytest.mark.parametrize(
    ("result", "first"),
    [
        (
            "None",
            "It returned None. Does every way through the function end in "
            "return?",
        ),
        (
            "1",
            "y_hat is one number, and an array of shape (1,) is expected.",
        ),
        (
            "np.ones((len(X), 1))",
            "y_hat is an array of shape (1, 1), and an array of shape (1,) "
            "is expected.",
        ),
        (
            "np.ones(len(X) + 1)",
            "y_hat is an array of shape (2,), and an array of shape (1,) is "
            "expected.",
        ),
        (
            "'1'",
            "y_hat is a str, and an array of shape (1,) is expected.",
        ),
        (
            "['1'] * len(X)",
            "y_hat is a list, and an array of shape (1,) is expected.",
        ),
        (
            "{'y_hat': 1}",
            "y_hat is a dict, and an array of shape (1,) is expected.",
        ),
        (
            "[[1], [1, 0]]",
            "y_hat is a list, and an array of shape (1,) is expected.",
        ),
    ],
)
def test_results_of_another_kind(result, first):
    outcome = outcome_of(body(f"return {result}"))
    assert outcome.state == "wrong"
    said = outcome.details.split("\n\n")[0]
    assert " ".join(said.split()) == first


@pytest.mark.parametrize(
    "result",
    [
        "np.array(['1'] * len(X))",
        "np.array([1] * len(X), dtype=object)",
        "np.array([None] * len(X))",
        "np.ones(len(X)) * 1j",
    ],
)
def test_arrays_of_something_else_are_told_from_arrays_of_numbers(result):
    outcome = outcome_of(body(f"return {result}"))
    assert outcome.state == "wrong"
    said = " ".join(outcome.details.split("\n\n")[0].split())
    came, expected = re.fullmatch(
        r"y_hat is (.+), and (.+) is expected\.", said
    ).groups()
    assert came != expected
    assert not came.startswith("a ndarray")


@pytest.mark.parametrize(
    ("result", "count"),
    [("w", "1 value"), ("(w,)", "1 value"), ("w, b, x", "3 values")],
)
def test_another_number_of_results(result, count):
    outcome = outcome_of(
        "def perceptron_update(w, b, x, y, learning_rate):\n"
        f"    return {result}",
        UPDATE,
    )
    assert outcome.state == "wrong"
    assert outcome.details.startswith(
        f"It returned {count}, and 2 are expected: (w, b).\n"
    )


def test_a_tuple_of_one_is_shown_with_its_comma():
    """The comma is the mistake."""
    outcome = outcome_of(
        body("y_hat = (X @ w + b >= 0).astype(int),", "return y_hat")
    )
    assert outcome.state == "wrong"
    assert re.fullmatch(
        r"\(np\.array\(\[[01]\]\),\)", labelled(outcome)["came"]
    )


def test_what_a_wrong_answer_printed_is_shown():
    outcome = outcome_of(
        body("print('n is', len(X))", "print('done')", "return X @ w")
    )
    assert outcome.state == "wrong"
    assert "\n  printed   n is 1\n  printed   done" in outcome.details


def test_what_a_wrong_answer_warned_of_is_shown(recwarn):
    outcome = outcome_of(
        body("np.exp(1000.0)", "return (X @ w + b > 0).astype(int)")
    )
    assert outcome.state == "wrong"
    assert "  printed   RuntimeWarning: overflow enc" in outcome.details
    assert len(recwarn) == 0


def test_numbers_are_never_cut():
    outcome = outcome_of(
        body("return (X @ w + b >= 0) + 1e-4 * (len(X) > 50)")
    )
    shown = labelled(outcome)
    assert outcome.details.startswith("y_hat[0] is ")
    assert "..." not in outcome.details
    assert len(eval(shown["came"], {"np": np})) == 51
    assert len(eval(shown["expected"], {"np": np})) == 51


def test_changing_the_arguments_does_not_change_what_is_expected():
    """Each call has its own copies, and the message shows the inputs."""
    harmed = body(
        "y_hat = (X @ w + b > 0).astype(int)",
        "X[:] = w[:] = 0",
        "return y_hat",
    )
    assert outcome_of(harmed) == outcome_of(STRICT)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("perceptron_predict", STRICT),
        (
            "perceptron_update",
            """
            def perceptron_update(w, b, x, y, learning_rate):
                error = y - int(x @ w + b >= 0)
                return w + learning_rate * error * x, b
            """,
        ),
        (
            "fit_perceptron",
            """
            def fit_perceptron(X, y, epochs, learning_rate):
                w, b, mistakes = np.zeros(X.shape[1]), 0.0, []
                for _ in range(epochs):
                    count = 0
                    for x, label in zip(X, y):
                        error = label - int(x @ w + b >= 0)
                        w = w + learning_rate * error * x
                        b = b + learning_rate * error
                        count += abs(error)
                    mistakes.append(count)
                return w, b, mistakes
            """,
        ),
        (
            "nand_weights",
            """
            def nand_weights():
                return np.array([1.0, 1.0]), -1.5
            """,
        ),
        (
            "xor_from_nand",
            """
            def xor_from_nand(x1, x2, nand):
                return nand(x1, x2)
            """,
        ),
    ],
)
def test_the_printed_call_can_be_run_and_gives_what_came(name, source):
    exercise = EXERCISES[name]
    outcome = outcome_of(source, exercise)
    shown = labelled(outcome)
    scope = {
        "np": np,
        name: written(source, name),
        "nand": lambda a, b: 1 - a * b,
    }
    scope.setdefault("perceptron_predict", perceptron.perceptron_predict)
    assert outcome.state == "wrong"
    again = eval(shown["call"], scope)
    came = eval(shown["came"], scope)
    if len(exercise.outputs) == 1:
        again, came = [again], [came]
    assert len(again) == len(came)
    for part, other in zip(again, came, strict=True):
        assert np.array_equal(part, other)


# --- not started, raised, took too long -------------------------------------


def test_a_stub_is_not_started():
    outcome = outcome_of(body("raise NotImplementedError"))
    assert outcome == Outcome(
        "not started", "perceptron_predict: not started yet."
    )


def test_a_stub_with_a_word_of_its_own_is_not_started():
    outcome = outcome_of(body("raise NotImplementedError('your turn')"))
    assert outcome.state == "not started"


def test_an_answer_that_raises_names_the_reader_s_line():
    outcome = outcome_of(body("z = w @ X + b", "return z >= 0"))
    assert outcome.state == "raised"
    assert outcome.summary == "perceptron_predict: raised ValueError."
    assert outcome.details.startswith(
        "\n  line 2: z = w @ X + b\n  ValueError: matmul: "
    )
    assert labelled(outcome)["call"].startswith("perceptron_predict(np.arr")
    assert "nnlib" not in outcome.details
    assert "Traceback" not in outcome.details


def test_the_deepest_line_of_the_reader_s_is_named():
    source = """
    def z_of(X, w, b):
        return X @ w + bias

    def perceptron_predict(X, w, b):
        return z_of(X, w, b) >= 0
    """
    outcome = outcome_of(source)
    assert outcome.summary == "perceptron_predict: raised NameError."
    assert "\n  line 2: return X @ w + bias\n" in outcome.details
    assert "\n  NameError: name 'bias' is not defined\n" in outcome.details


def test_what_was_printed_before_an_error_is_shown():
    outcome = outcome_of(body("print('here')", "return X[len(X)]"))
    assert outcome.state == "raised"
    assert "\n  printed   here" in outcome.details


def test_an_answer_with_other_parameters_has_no_line():
    outcome = outcome_of("def perceptron_predict(X): return X")
    assert outcome.state == "raised"
    assert "before the first line of your function" in outcome.details
    assert "takes 1 positional argument but 3 were given" in outcome.details


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("sys.exit('bye')", "SystemExit"),
        ("raise SystemExit", "SystemExit"),
        ("return perceptron_predict(X, w, b)", "RecursionError"),
        ("raise Exception", "Exception"),
        ("assert len(X) > 99, 'too few'", "AssertionError"),
        ("raise StopIteration", "StopIteration"),
        ("raise TimeoutError", "TimeoutError"),
    ],
)
def test_whatever_is_raised_is_told(line, kind):
    outcome = outcome_of(body(line))
    assert outcome.state == "raised"
    assert outcome.summary == f"perceptron_predict: raised {kind}."
    assert f"\n  line 2: {line}\n" in outcome.details
    for shown in outcome.details.splitlines():
        assert shown == shown.rstrip()


def test_an_answer_that_calls_one_that_is_not_started():
    outcome = outcome_of(
        """
        def perceptron_update(w, b, x, y, learning_rate):
            raise NotImplementedError()

        def fit_perceptron(X, y, epochs, learning_rate):
            return perceptron_update(X[0], 0.0, X[0], 1, 1.0)
        """,
        EXERCISES["fit_perceptron"],
    )
    assert outcome.state == "raised"
    assert str(outcome) == (
        "fit_perceptron: it calls perceptron_update, which is not started yet."
    )


def test_a_reader_who_interrupts_the_kernel_is_obeyed():
    """The stop button raises KeyboardInterrupt in the main thread."""
    rounds = [0]

    def perceptron_predict(X, w, b):
        while True:
            rounds[0] += 1

    threading.Timer(0.2, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        examine(PREDICT, perceptron_predict, np.random.default_rng(0))
    seen = rounds[0]
    time.sleep(0.1)
    assert rounds[0] == seen, "the loop goes on, and slows the kernel down"


def test_an_answer_that_raises_what_a_reader_raises():
    outcome = outcome_of(body("raise KeyboardInterrupt"))
    assert outcome.summary == "perceptron_predict: raised KeyboardInterrupt."


def in_a_thread(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join(30)
    return found[0]


def in_this_thread(work):
    return work()


@pytest.mark.parametrize("where", [in_this_thread, in_a_thread])
@pytest.mark.parametrize(
    "lines",
    [
        ["while True:", "    z = X @ w"],
        ["while True:", "    try: X @ w", "    except: pass"],
        ["while True:", "    try: X @ w", "    except Exception: pass"],
        ["i = 0", "while i < len(X):", "    X[i] @ w", "return X"],
    ],
    ids=["plain", "bare except", "except Exception", "forgotten step"],
)
def test_an_endless_answer_is_stopped(where, lines):
    exercise = dataclasses.replace(PREDICT, seconds=0.2)
    start = time.perf_counter()
    outcome = where(lambda: outcome_of(body(*lines), exercise))
    assert time.perf_counter() - start < 5
    assert outcome.state == "took too long"
    assert outcome.summary == (
        "perceptron_predict: stopped; it had not finished after 0.2 seconds."
    )
    assert re.match(r"\n  line [2-5]: \S", outcome.details)
    assert labelled(outcome)["call"].startswith("perceptron_predict(np.arr")
    assert outcome.details.endswith(
        "Hint: does every loop come closer to its end?"
    )


def test_an_answer_that_cannot_be_stopped_is_told_so(monkeypatch):
    """It waits inside C, where no exception arrives."""
    monkeypatch.setattr(calling, "PATIENCE", 0.1)
    exercise = dataclasses.replace(PREDICT, seconds=0.1)
    outcome = outcome_of(
        body("import time", "time.sleep(1)", "return 1"), exercise
    )
    assert outcome.state == "took too long"
    assert outcome.details.startswith("\n  line 3: time.sleep(1)\n  call  ")
    assert " ".join(outcome.details.split("\n\n")[-1].split()) == (
        "Hint: does every loop come closer to its end? It could not be "
        "stopped, and is still running: restart the kernel (menu Kernel) "
        "before you go on."
    )


def test_an_answer_that_was_stopped_does_not_pass(monkeypatch):
    # One that arrives while something is cleaned up is lost; more follow.
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: None)
    exercise = dataclasses.replace(PREDICT, seconds=0.2)
    outcome = outcome_of(
        body(
            "try:",
            "    while True:",
            "        pass",
            "except:",
            "    return (X @ w + b >= 0).astype(int)",
        ),
        exercise,
    )
    assert outcome.state == "took too long"


def test_after_an_endless_answer_the_next_check_works(capsys):
    exercise = dataclasses.replace(PREDICT, seconds=0.1)
    outcome_of(body("while True: pass"), exercise)
    check(written(RIGHT))
    assert "passed" in capsys.readouterr().out


def test_a_check_puts_warnings_and_output_back(capsys):
    show, filters = warnings.showwarning, list(warnings.filters)
    outcome_of(body("print('inside')", "raise ValueError"))
    print("outside")
    assert capsys.readouterr().out == "outside\n"
    assert warnings.showwarning is show
    assert list(warnings.filters) == filters


# --- check ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "state"),
    [
        (STRICT, "wrong"),
        (body("raise NotImplementedError"), "not started"),
        (body("return 1 / 0"), "raised"),
    ],
)
def test_a_failed_check_shows_the_message_alone(source, state, capsys, folder):
    with pytest.raises(CheckFailed) as caught:
        check(written(source), seed=3)
    failed = caught.value
    assert failed.outcome.state == state
    assert failed._render_traceback_() == str(failed.outcome).splitlines()
    assert str(failed) == failed.outcome.summary
    assert isinstance(failed, AssertionError)  # nbgrader gives no points
    assert capsys.readouterr() == ("", "")
    assert not folder.exists()


@pytest.mark.parametrize(
    "source", [STRICT, body("return X @ w"), body("return X[9]")]
)
def test_the_same_seed_gives_the_same_message(source):
    said = []
    for seed in (5, 5, 6):
        with pytest.raises(CheckFailed) as caught:
            check(written(source), seed=seed)
        said.append(str(caught.value.outcome))
    assert said[0] == said[1]
    assert said[0] != said[2]


def test_without_a_seed_the_numbers_are_fresh():
    said = set()
    for _ in range(3):
        with pytest.raises(CheckFailed) as caught:
            check(written(STRICT))
        said.add(str(caught.value.outcome))
    assert len(said) > 1


def test_global_chance_is_left_alone():
    before = np.random.get_state()[1].copy()
    check(written(RIGHT))
    assert np.array_equal(np.random.get_state()[1], before)


def refused(answer):
    with pytest.raises(ValueError, match="Needed: ") as caught:
        check(answer)
    return str(caught.value)


def no_exercise(came, hint):
    return (
        f"check: there is no exercise for what came; it is {came}.\n"
        "  Needed: the function itself, under the name of its exercise.\n"
        f"  Hint: check({hint})"
    )


def percetron_updat():
    """A name that was typed in a hurry."""


@pytest.mark.parametrize(
    ("answer", "came", "hint"),
    [
        (percetron_updat, "called 'percetron_updat'", "perceptron_update"),
        (lambda X: X, "called '<lambda>'", "perceptron_predict"),
        ("fit_perceptron", "a str", "fit_perceptron"),
        ("fit_perceptrn", "a str", "fit_perceptron"),
        (np.zeros(3), "an ndarray", "perceptron_predict"),
        (None, "a NoneType", "perceptron_predict"),
        (3, "an int", "perceptron_predict"),
    ],
    ids=["misspelt", "lambda", "text", "misspelt text", "array", "None", "3"],
)
def test_what_is_no_answer(answer, came, hint):
    assert refused(answer) == no_exercise(came, hint)


@pytest.mark.parametrize("name", EXERCISES)
def test_nnlib_s_own_function_is_no_answer(name):
    assert refused(EXERCISES[name].reference) == (
        f"check: this {name} is nnlib's own.\n"
        "  Needed: the one that you write.\n"
        "  Hint: run the cell with your answer again; an import further down "
        "has replaced it."
    )


def test_an_exercise_has_the_name_of_its_function():
    for name, exercise in EXERCISES.items():
        assert name == exercise.name == exercise.reference.__name__
        assert re.fullmatch(r"0[1-8]_[a-z_]+", exercise.sheet)


# --- classes, warnings, lists of arrays -------------------------------------


class Counter:
    """Adds up what it is given."""

    def __init__(self):
        self.total = 0.0

    def add(self, value):
        self.total += value


def count(answer, values):
    counter = answer()
    for value in values:
        counter.add(value)
    return counter.total


COUNTER = Exercise(
    reference=Counter,
    sheet="01_perceptron",
    outputs=("total",),
    cases=lambda rng: [([1.0, 2.0],), ([0.5],)],
    mistakes=(),
    look=count,
    call=lambda values: f"count({values})",
)
WRONG_CLASS = """
class Counter:
    def __init__(self):
        self.total = 0.0

    def add(self, value):
        self.total = {}
"""


@pytest.mark.parametrize(
    ("line", "state", "said"),
    [
        ("self.total + value", "passed", "All 2 calls agree with nnlib."),
        ("value", "wrong", "total is 2.0, and 3.0 is expected."),
        (
            "self.sum + value",
            "raised",
            "line 6: self.total = self.sum + value",
        ),
    ],
)
def test_a_class_is_checked_like_a_function(line, state, said):
    outcome = outcome_of(WRONG_CLASS.format(line), COUNTER)
    assert outcome.state == state
    assert said in outcome.details
    assert state == "passed" or "call      count([1.0, 2.0])" in str(outcome)


def test_a_class_that_was_not_touched_is_not_started():
    source = "class Counter:\n    def __init__(self):\n"
    source += "        raise NotImplementedError()"
    assert outcome_of(source, COUNTER).state == "not started"


def test_what_numpy_says_can_be_a_part_of_the_result():
    import warnings as other_warnings

    def overflows(Z):
        other_warnings.warn("mind the gap", UserWarning, stacklevel=1)
        return np.exp(Z)

    with np.errstate(all="ignore"):
        assert returned_and_warned(overflows, 1e4) == (
            np.inf,
            "overflow encountered in exp",
        )
        assert returned_and_warned(np.exp, -1e4) == (0.0, "nothing")


def test_a_change_inside_a_list_is_remarked_on():
    def add_up(params):
        params[0][0][...] += 1.0
        return 1.0

    exercise = dataclasses.replace(
        COUNTER,
        reference=add_up,
        outputs=("a",),
        cases=lambda rng: [([(np.zeros(2), np.zeros(1))],)],
        look=lambda answer, params: answer(params),
    )
    outcome = examine(exercise, add_up, np.random.default_rng(0))
    assert outcome.state == "passed"
    assert "changes the arrays in params that it is" in outcome.details


def test_a_known_mistake_that_raises_is_not_the_reader_s():
    def raises(values):
        raise ValueError("no")

    mistake = Mistake("it raised.", "Why?", (lambda: raises([]),))
    exercise = dataclasses.replace(COUNTER, mistakes=(mistake,))
    outcome = outcome_of(WRONG_CLASS.format("value"), exercise)
    assert outcome.state == "wrong"
    assert outcome.mistake is None


TURNED = Mistake("W was turned.", "Why?", (lambda W, x: x @ W.T,))
PRODUCT = dataclasses.replace(
    COUNTER,
    reference=lambda W, x: x @ W,
    outputs=("z",),
    cases=lambda rng: [
        (np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(2)),
        (np.ones((2, 3)), np.ones(2)),
    ],
    mistakes=(TURNED,),
    look=lambda answer, W, x: answer(W, x),
    call="product",
)


@pytest.mark.parametrize(
    ("answer", "state", "mistake"),
    [
        (lambda W, x: x @ W.T, "wrong", TURNED.what),
        (lambda W, x: [sum(x * row) for row in W], "wrong", TURNED.what),
        (lambda W, x: x @ W.T if W.shape[1] == 3 else x @ W, "raised", None),
        (lambda W, x: W @ "x", "raised", None),
    ],
)
def test_a_mistake_is_known_by_its_values_and_by_where_it_raises(
    answer, state, mistake
):
    outcome = examine(PRODUCT, answer, np.random.default_rng(0))
    assert outcome.state == state
    assert outcome.mistake == mistake


def test_an_answer_that_raises_is_told_of_its_mistake():
    swapped = dataclasses.replace(
        PRODUCT, cases=lambda rng: PRODUCT.cases(rng)[::-1]
    )
    outcome = examine(swapped, TURNED.answers[0], np.random.default_rng(0))
    assert outcome.state == "raised"
    assert outcome.details.endswith("What happened: W was turned.\nHint: Why?")
