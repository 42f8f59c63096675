"""session and shell: what the side does on which a student's code runs.

Each test forks a process for itself, without any fences: what the code may
not do is tested elsewhere, here it is what comes back.
"""

import base64
import time
import warnings

import matplotlib
import numpy as np
import pytest
from talking import SECONDS, student

from nnlib.checks.calling import Stopped
from nnlib.grading.inside.session import MOST_TEXT, MOST_WARNINGS
from nnlib.grading.inside.shell import (
    LARGEST_PICTURE,
    MOST_PICTURES,
    Shell,
    pictures,
)
from nnlib.grading.remote import Gone, Late


@pytest.fixture
def ada():
    """A student who has written nothing yet."""
    with student("") as one:
        yield one


def said(capsys):
    heard = capsys.readouterr()
    return heard.out, heard.err


# --- cells -------------------------------------------------------------------


def test_a_cell_shows_the_value_of_its_last_line(ada):
    assert ada.run("3 * 4") == "12"
    assert ada.run("'a'") == "'a'"
    assert ada.run("a = 1") is None
    assert ada.run("3;") is None


def test_cells_share_their_names_and_the_last_value(ada):
    ada.run("a = 3")
    ada.run("a * 2")
    assert ada.run("_ + a") == "9"


def test_a_value_that_shows_very_much_is_cut(ada):
    assert len(ada.run("'a' * 10**6")) == MOST_TEXT


def test_a_value_that_cannot_be_shown_is_an_error_of_the_cell(ada):
    with pytest.raises(ZeroDivisionError):
        ada.run("class A:\n    def __repr__(self):\n        1 / 0\nA()")
    assert ada.run("3") == "3"


def test_code_runs_as_main(ada):
    assert ada.run("__name__") == "'__main__'"
    assert ada.run("import __main__, sys; __main__ is sys.modules[__name__]")
    assert ada.run("a = 5\nimport __main__\n__main__.a") == "5"
    assert ada.run("class A: pass\nA.__module__") == "'__main__'"


def test_the_files_beside_a_notebook_are_there(ada, tmp_path):
    ada.run(f"import os; os.chdir({str(tmp_path)!r})")
    for path, data in {"a.txt": b"one", "b/c.bin": b"\0\xff"}.items():
        ada.talk.request("file", path, np.frombuffer(data, "u1"))
    assert ada.run("open('b/c.bin', 'rb').read()") == repr(b"\0\xff")
    assert (tmp_path / "a.txt").read_text() == "one"


def test_a_module_beside_a_notebook_hides_none_of_pythons(ada, tmp_path):
    ada.run(f"import os; os.chdir({str(tmp_path)!r})")
    for path in ("helper.py", "fractions.py"):
        data = np.frombuffer(b"a = 'beside'", "u1")
        ada.talk.request("file", path, data)
    assert ada.run("import helper; helper.a") == "'beside'"
    ada.run("import sys\nsys.modules.pop('fractions', None)")
    assert ada.run("import fractions; hasattr(fractions, 'a')") == "False"


def test_random_numbers_follow_from_the_seed_alone():
    for draw in ("random.random()", "np.random.rand()"):
        drawn = []
        for seed in (1, 1, 2):
            with student("import random, numpy as np") as one:
                one.talk.request("begin", seed)
                drawn.append(one.run(draw))
        assert drawn[0] == drawn[1] != drawn[2]


# --- what is heard -----------------------------------------------------------


def test_what_a_cell_prints_is_printed_here(ada, capsys):
    ada.run("import sys\nprint('a')\nprint('b', file=sys.stderr)")
    assert said(capsys) == ("a\n", "b\n")


def test_what_was_printed_before_an_error_is_not_lost(ada, capsys):
    with pytest.raises(ZeroDivisionError):
        ada.run("print('a')\n1 / 0")
    assert said(capsys) == ("a\n", "")


def test_what_was_printed_once_is_not_printed_twice(ada, capsys):
    ada.run("print('a')")
    ada.run("3")
    assert said(capsys) == ("a\n", "")


def test_only_the_first_part_of_a_flood_is_heard(ada, capsys):
    ada.run("for _ in range(30):\n    print('x' * 10**5)")
    out, _ = said(capsys)
    assert len(out) == MOST_TEXT
    ada.run("print('after')")
    assert said(capsys)[0] == "after\n"


def test_print_takes_what_it_takes_elsewhere(ada, capsys):
    ada.run("import sys\nprint(1, 2, sep='-', end='', flush=True)")
    ada.run("print(sys.stdout.write('abc'))")
    assert said(capsys)[0] == "1-2abc3\n"


def test_a_warning_arrives_as_a_warning(ada):
    ada.run("import warnings\ndef f():\n    warnings.warn('careful')")
    with pytest.warns(UserWarning, match="careful"):
        ada.f()


def test_the_kind_of_a_warning_arrives(ada):
    ada.run(
        "import warnings\n"
        "class Mine(UserWarning): pass\n"
        "def f(): warnings.warn('a', FutureWarning)\n"
        "def g(): warnings.warn('b', Mine)\n"
    )
    with pytest.warns(FutureWarning, match="a"):
        ada.f()
    with pytest.warns(UserWarning, match="b"):
        ada.g()


def test_no_more_warnings_are_kept_than_anyone_reads(ada):
    ada.run(
        "import warnings\ndef f():\n"
        "    for n in range(1000): warnings.warn(f'warning {n}')"
    )
    f = ada.f
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        f()
    assert len(heard) == MOST_WARNINGS


# --- names -------------------------------------------------------------------


def test_names_that_are_not_there_are_left_out(ada):
    ada.run("a = 3\nb = [1, (2, 3)]")
    assert ada.talk.names(["a", "b", "c"]) == {"a": 3, "b": [1, (2, 3)]}


def test_names_that_cannot_cross_are_left_out(ada):
    ada.run("big = 1 << 10**6\nfine = 3\nloop = []\nloop.append(loop)")
    assert ada.talk.names(["big", "fine", "loop"]) == {"fine": 3}


def test_a_test_can_replace_and_delete_a_students_name(ada):
    ada.run("a = 3\nb = 4\ndef f(): return a")
    f = ada.f
    ada.talk.names([], [["a", True, 10], ["b", False, None]])
    assert f() == 10
    with pytest.raises(NameError):
        ada.run("b")
    ada.talk.names([], [["b", False, None]])


# --- time --------------------------------------------------------------------


def test_an_endless_cell_is_stopped_and_the_line_is_named(ada):
    source = "def f():\n    n = 0\n    while True:\n        n += 1\nf()"
    start = time.monotonic()
    with pytest.raises(Late) as late, ada.talk.limit(0.3):
        ada.run(source)
    assert 0.3 <= time.monotonic() - start < 1.3
    assert late.value.line in ("line 3: while True:", "line 4: n += 1")


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "import time; time.sleep(60)",
        "import threading; threading.Event().wait()",
        "sum(range(10**12))",
    ],
)
def test_whatever_takes_too_long_is_stopped_and_the_rest_goes_on(ada, body):
    if body.startswith("sum"):
        body = "[n for n in iter(int, 1)]"
    ada.run(f"def f():\n    {body}\ndef g():\n    return 3")
    f, g = ada.f, ada.g
    with pytest.raises(Late) as late, ada.talk.limit(0.2):
        f()
    assert late.value.line == f"line 2: {body}"
    assert g() == 3


CATCHES = """
def spin():
    while True:
        sum(range(100))

def once():
    try:
        spin()
    except BaseException:
        return "out"

def ever():
    while True:
        once()
"""


def test_who_catches_what_stops_it_may_still_return_something(ada):
    ada.run(CATCHES)
    once = ada.once
    with ada.talk.limit(0.2):
        assert once() == "out"


def test_who_never_lets_go_is_left_to_be_ended(ada):
    ada.run(CATCHES)
    ever = ada.ever
    with pytest.raises(Stopped), ada.talk.limit(0.1):
        ever()


def test_no_alarm_rings_after_the_end_of_a_request(ada):
    with ada.talk.limit(0.2):
        ada.run("3")
    assert ada.run("import time\ntime.sleep(0.4)\n5") == "5"


# --- the shell ---------------------------------------------------------------


def test_magics_that_time_run_what_they_time_once(ada, capsys):
    ada.run("n = 0\ndef f():\n    global n\n    n += 1")
    ada.run("%time f()")
    ada.run("%timeit -n 100 -r 7 f()")
    ada.run("%%time\nf()\nf()")
    ada.run("%%timeit\nf()")
    ada.run("%%capture out\nf()")
    assert ada.run("n") == "6"
    assert said(capsys)[1] == ""


def test_what_a_magic_runs_binds_names_of_the_notebook(ada):
    ada.run("%%time\na = 5")
    assert ada.run("a") == "5"


def test_an_error_below_a_magic_is_an_error_of_the_cell(ada):
    with pytest.raises(ZeroDivisionError):
        ada.run("%%time\n1 / 0")


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline",
        "%load_ext autoreload\n%autoreload 2",
        "!pip install something",
        "%pip install something",
        "files = !ls",
        "%%bash\nrm -rf /nowhere",
        "%%html\n<b>",
        "get_ipython().ast_node_interactivity = 'all'",
        "get_ipython().register_magic_function(print)",
        "len?",
    ],
)
def test_what_only_a_kernel_could_do_does_nothing(ada, source, capsys):
    assert ada.run(source) is None
    assert said(capsys) == ("", "")
    assert ada.run("3") == "3"


def test_what_a_notebook_asks_its_shell_for_is_there(ada):
    ada.run("a = 5")
    assert ada.run("get_ipython().user_ns['a']") == "5"
    assert ada.run("get_ipython().getoutput('ls')") == "[]"


def test_figures_are_drawn_if_a_person_will_look_and_closed_anyway(ada):
    draw = (
        "import matplotlib\nmatplotlib.use('Agg')\n"
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    )
    for wanted, count in ((False, 0), (True, 1)):
        shown, drawn = ada.talk.request("cell", draw, "1", wanted)
        assert shown is None
        assert len(drawn) == count
        assert ada.run("plt.get_fignums()") == "[]"
    png = base64.b64decode(drawn[0]["image/png"])
    assert png.startswith(b"\x89PNG")
    assert "Figure" in drawn[0]["text/plain"]


def test_display_is_known_and_shows_what_it_is_given(ada):
    source = "display({'a': 1}, [2])"
    shown, drawn = ada.talk.request("cell", source, "1", True)
    assert shown is None
    assert [one["text/plain"] for one in drawn] == ["{'a': 1}", "[2]"]
    assert ada.talk.request("cell", "3", "2", True) == ["3", []]


class Picture:
    """Something that a notebook can show as a picture."""

    def __init__(self, data):
        self.data = data

    def __repr__(self):
        return "a picture"

    def _repr_mimebundle_(self):
        return {"image/png": self.data, "text/html": "<script>"}, {}


def test_of_what_is_shown_only_pictures_and_texts_are_kept():
    assert pictures([Picture(b"abc")], True) == [
        {"text/plain": "a picture", "image/png": "YWJj"}
    ]
    assert pictures([Picture("YWJj")], True)[0]["image/png"] == "YWJj"


def test_a_picture_that_is_too_large_is_left_out():
    large = Picture("a" * (LARGEST_PICTURE + 1))
    assert pictures([large], True) == [{"text/plain": "a picture"}]


def test_not_more_pictures_are_kept_than_anyone_looks_at():
    shell = Shell({})
    shell.display(*range(100))
    assert len(pictures(shell.shown, True)) == MOST_PICTURES
    assert shell.shown == []


def test_figures_that_nobody_wants_are_closed_as_well():
    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.figure()
    assert pictures([], False) == []
    assert pyplot.get_fignums() == []


# --- the end -----------------------------------------------------------------


def test_a_process_that_ends_is_noticed_at_once(ada):
    start = time.monotonic()
    with pytest.raises(Gone, match="ended"):
        ada.run("import os\nos._exit(0)")
    assert time.monotonic() - start < SECONDS / 4


def test_results_do_not_change_after_they_were_returned(ada):
    ada.run("kept = [1, 2]\nimport numpy as np\na = np.zeros(2)")
    kept, a = ada.kept, ada.a
    ada.run("kept.append(3)\na += 1")
    assert kept == [1, 2]
    np.testing.assert_array_equal(a, 0)
