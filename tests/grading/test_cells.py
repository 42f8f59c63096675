"""cells: what a cell shows, and where it says that something went wrong."""

import linecache
import subprocess
import sys
import traceback

import pytest

from nnlib.grading import cells


def run(source, name="mine", **names):
    return cells.run(source, names, name)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("3 * 4", 12),
        ("a = 3\na + 1", 4),
        ("a = 3; a + 1", 4),
        ("a = 3", None),
        ("3 * 4;", None),
        ("3 * 4 ;  \n", None),
        ("[1]\n# the end", [1]),
        ("None", None),
        ("", None),
        ("# nothing", None),
        ("if True:\n    3", None),
        ("def f():\n    return 3\nf()", 3),
        ("'a;'", "a;"),
        ("(1,\n 2)", (1, 2)),
        ("(x := 5)", 5),
    ],
)
def test_the_value_of_the_last_line_is_what_a_cell_shows(source, value):
    assert run(source) == value


def test_a_cell_binds_its_names_where_it_is_told_to():
    names = {"b": 2}
    assert cells.run("a = b + 1\na", names, "1") == 3
    assert names["a"] == 3


def test_cells_of_one_name_space_see_each_other():
    names = {}
    cells.run("def f():\n    return g()", names, "1")
    cells.run("def g():\n    return 4", names, "2")
    assert cells.run("f()", names, "3") == 4


def test_an_error_on_the_last_line_is_raised_after_all_others_ran():
    names = {}
    with pytest.raises(ZeroDivisionError):
        cells.run("a = 1\n1 / 0", names, "1")
    assert names["a"] == 1


def test_tracebacks_name_the_cell_and_show_its_line():
    with pytest.raises(ZeroDivisionError) as caught:
        run("a = 1\nb = a / 0  # here\n", "softmax")
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno) == ("<cell softmax>", 2)
    assert last.line == "b = a / 0  # here"


def test_the_lines_of_a_cell_stay_known_when_files_are_looked_at_again():
    run("a = 1", "kept")
    linecache.checkcache()
    assert linecache.getline("<cell kept>", 1) == "a = 1"


def test_a_cell_that_does_not_parse_raises_with_its_own_line():
    with pytest.raises(SyntaxError) as caught:
        run("a = 1\ndef f(:\n    pass", "broken")
    assert caught.value.filename == "<cell broken>"
    assert caught.value.lineno == 2
    assert caught.value.text.strip() == "def f(:"


@pytest.mark.parametrize("source", ["a = 1\x00", "'\ud800'", "1\n  2"])
def test_text_that_no_compiler_takes_is_an_error_of_the_cell(source):
    with pytest.raises((SyntaxError, ValueError)):
        run(source)


@pytest.mark.parametrize("source", ["return 3", "await x", "break"])
def test_what_parses_but_does_not_compile_is_a_syntax_error(source):
    with pytest.raises(SyntaxError):
        run(source)


class Shell:
    def __init__(self):
        self.asked = []

    def run_line_magic(self, name, line, *more):
        self.asked.append((name, line))

    def run_cell_magic(self, name, line, cell):
        self.asked.append((name, line, cell))

    def system(self, command):
        self.asked.append(command)


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("%matplotlib inline\na = 1", ("matplotlib", "inline")),
        ("a = 1\n%time f(3)", ("time", "f(3)")),
        ("%%timeit -n 3\nf(3)", ("timeit", "-n 3", "f(3)\n")),
        ("!ls /", "ls /"),
        ("if True:\n    %time a", ("time", "a")),
    ],
)
def test_magics_are_calls_of_the_shell(source, asked):
    shell = Shell()
    run(source, get_ipython=lambda: shell)
    assert shell.asked == [asked]


def test_a_question_mark_is_no_error():
    shell = Shell()
    run("print?", get_ipython=lambda: shell)
    assert shell.asked == [("pinfo", "print")]


def test_a_line_number_is_right_below_a_magic():
    with pytest.raises(ZeroDivisionError) as caught:
        run("%time 3\n1 / 0", "below", get_ipython=Shell)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno == 2


def test_a_cell_without_magics_does_not_load_ipython():
    """It takes longer than to mark a notebook."""
    script = (
        "import sys\n"
        "from nnlib.grading import cells\n"
        "cells.run('a = 1; a % 2', {}, 'x')\n"
        "print('IPython' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "False\n"


def test_a_cell_sees_no_future_statement_of_the_graders_own():
    names = {}
    cells.run("def f(x: undefined_name): pass", {"undefined_name": 3}, "1")
    cells.run("def f(x: int): pass\nf.__annotations__", names, "2")
    assert names["f"].__annotations__ == {"x": int}
