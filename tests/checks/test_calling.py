"""calling: stopping what does not end, and hearing what is printed."""

import json
import linecache
import subprocess
import sys
import textwrap
import threading
import time
import traceback
import warnings

import numpy as np
import pytest

from nnlib.checks import calling
from nnlib.checks.calling import overheard, own_line, run_within


def forever():
    while True:
        pass


def in_a_process(script, seconds):
    """Run a script in a process of its own; return what it prints as JSON.

    A test that hangs would hold up all others.
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        check=True,
        text=True,
        timeout=seconds,
    )
    return json.loads(done.stdout)


def written(source, name, filename):
    """Return a function that a reader wrote in a cell of its own."""
    source = textwrap.dedent(source)
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    scope = {"__name__": "__main__", "np": np}
    exec(compile(source, filename, "exec"), scope)
    return scope[name]


# --- run_within -------------------------------------------------------------


def test_what_ends_in_time_is_left_alone():
    done = []
    assert run_within(5, lambda: done.append(1)) == (None, False)
    assert done == [1]


def test_an_endless_loop_is_stopped_on_time():
    start = time.perf_counter()
    stack, still_running = run_within(0.1, forever)
    assert 0.1 <= time.perf_counter() - start < 2
    assert not still_running
    assert stack[-1][0].f_code is forever.__code__


def test_an_endless_loop_is_stopped_in_another_thread():
    found = []
    thread = threading.Thread(
        target=lambda: found.append(run_within(0.1, forever))
    )
    thread.start()
    thread.join(10)
    assert found[0][0] is not None
    assert not found[0][1]


def test_only_what_took_too_long_is_stopped():
    """A neighbour that is in time goes on to its end."""
    found = []

    def work():
        end = time.perf_counter() + 0.4
        while time.perf_counter() < end:
            pass
        found.append("done")

    neighbour = threading.Thread(target=run_within, args=(30, work))
    neighbour.start()
    run_within(0.1, forever)
    neighbour.join(30)
    assert found == ["done"]


@pytest.mark.parametrize("caught", ["except Exception", "except"])
@pytest.mark.parametrize(
    "attempt", ["x = 1", "len([])", "helper()", "np.zeros(3).sum()"]
)
def test_code_that_catches_everything_is_stopped(attempt, caught):
    script = f"""
    import json
    import numpy as np
    from nnlib.checks.calling import run_within

    X = np.ones((2, 2))

    def helper():
        return 1

    def stubborn():
        while True:
            try:
                {attempt}
            {caught}:
                pass

    stack, still_running = run_within(0.1, stubborn)
    print(json.dumps([stack is not None, still_running]))
    """
    assert in_a_process(script, seconds=10) == [True, False]


def test_a_wait_inside_c_does_not_hold_up_the_answer(monkeypatch):
    """Nothing can end it, so it is reported as running on."""
    monkeypatch.setattr(calling, "PATIENCE", 0.2)
    start = time.perf_counter()
    stack, still_running = run_within(0.1, lambda: time.sleep(1.5))
    assert time.perf_counter() - start < 1
    assert stack is not None
    assert still_running


def test_the_pace_of_threads_is_put_back():
    before = sys.getswitchinterval()
    run_within(0.05, forever)
    assert sys.getswitchinterval() == before


def test_nothing_arrives_in_the_calling_thread():
    """The work ends at about the moment when the time is up."""
    before = threading.active_count()
    for i in range(100):
        end = time.perf_counter() + 0.002 + (i % 20 - 5) * 1e-5

        def work(end=end):
            while time.perf_counter() < end:
                pass

        run_within(0.002, work)
    assert threading.active_count() <= before


def test_a_debugger_works_after_a_stop():
    """Python 3.11 hangs at a traced call if an exception never arrived."""
    script = """
    import json, sys
    from nnlib.checks.calling import run_within

    def forever():
        while True:
            pass

    for _ in range(30):
        run_within(0.003, lambda: None)
        run_within(0.003, forever)
    sys.settrace(lambda *event: None)
    run_within(5, lambda: None)
    sys.settrace(None)
    print(json.dumps("traced"))
    """
    assert in_a_process(script, seconds=20) == "traced"


# --- overheard --------------------------------------------------------------


def test_what_is_printed_is_kept(capsys):
    with overheard() as text:
        print("one")
        assert text() == "one"
        print("two", file=sys.stderr)
    assert text() == "one\ntwo"
    assert capsys.readouterr() == ("", "")


def test_warnings_are_kept_and_stop_nothing():
    with overheard() as text:
        warnings.warn("mind the gap", stacklevel=1)
        value = np.exp(np.array([1000.0]))
    assert value == np.inf
    assert text() == (
        "UserWarning: mind the gap\n"
        "RuntimeWarning: overflow encountered in exp"
    )


def test_the_same_warning_is_kept_each_time():
    for _ in range(2):
        with overheard() as text:
            np.exp(np.array([1000.0]))
        assert "overflow" in text()


def test_everything_is_put_back_after_an_error(capsys):
    show, filters = warnings.showwarning, list(warnings.filters)
    with pytest.raises(KeyError), overheard():
        print({"lost": 1}["found"])
    assert warnings.showwarning is show
    assert list(warnings.filters) == filters
    print("heard again")
    assert capsys.readouterr().out == "heard again\n"


# --- own_line ---------------------------------------------------------------


def error_of(function, *arguments):
    with pytest.raises((ValueError, TypeError)) as caught:
        function(*arguments)
    return caught.value


def stack_of(error):
    return traceback.walk_tb(error.__traceback__)


def test_the_reader_s_line_is_named():
    answer = written(
        """
        def answer(X, w):
            z = X @ w
            return z
        """,
        "answer",
        "<cell 1>",
    )
    error = error_of(answer, np.zeros((2, 3)), np.zeros(2))
    assert own_line(stack_of(error), answer) == "line 3: z = X @ w"


def test_the_deepest_line_of_the_reader_s_is_named():
    answer = written(
        """
        def helper(X):
            return np.linalg.inv(X)

        def answer(X):
            return helper(X)
        """,
        "answer",
        "<cell 2>",
    )
    error = error_of(answer, np.zeros((2, 2)))
    assert (
        own_line(stack_of(error), answer) == "line 3: return np.linalg.inv(X)"
    )


def test_a_call_that_does_not_arrive_has_no_line():
    answer = written("def answer(): return 1", "answer", "<cell 3>")
    assert own_line(stack_of(error_of(answer, 1, 2, 3)), answer) is None


def test_an_answer_without_globals_has_no_line():
    assert (
        own_line(stack_of(error_of(np.linalg.inv, np.zeros((2, 2)))), len)
        is None
    )
