"""marking: what each kind of answer comes to, and that it alone.

One small sheet with a cell of every kind is marked again and again, each
time with other answers. It runs without fences: they are tested elsewhere.
"""

import base64
import copy
import json
import math
import re
import warnings

import nbformat
import numpy as np
import pytest
from making import as_bytes, as_notebook, cell, filled_in

from nnlib.grading.handed_in import (
    Assignment,
    Rules,
    Submission,
    Unreadable,
)
from nnlib.grading.marking import HIDDEN, LONGEST, Marker

SEED = 7
SECONDS = 10.0  # more than any of this takes
HASTY = 1.0
HIDDEN_TEST = """assert double(2) == 4, "two and two"
### BEGIN HIDDEN TESTS
secret = 1234.5
assert double(secret) == 2 * secret, f"not for {secret}"
### END HIDDEN TESTS"""


def solution(text):
    return f"### BEGIN SOLUTION\n{text}\n### END SOLUTION"


SHEET = [
    cell("own", "title", "# A sheet", kind="markdown"),
    cell(
        "given",
        "setup",
        "import numpy as np\nfrom nnlib.checks import check\nlimit = 3",
    ),
    cell("solution", "double", solution("def double(x):\n    return 2 * x")),
    cell("test", "double-test", "assert double(2) == 4, double(2)", 2),
    cell("test", "double-hidden", HIDDEN_TEST, 3),
    cell("given", "helper", "def ask(n):\n    return double(n) + limit"),
    cell("test", "double-helper", "assert ask(1) == 5", 1),
    cell(
        "test",
        "double-part",
        "right = sum(double(n) == 2 * n for n in range(4))\nright / 2",
        2,
    ),
    cell(
        "solution",
        "counter",
        solution("count = 0\ndef step():\n    return count + 1"),
    ),
    cell("test", "counter-set", "count = 5\nassert step() == 6", 1),
    cell(
        "test",
        "counter-gone",
        "del count\n"
        "try:\n    step()\nexcept NameError:\n    pass\n"
        "else:\n    raise AssertionError('it was there')",
        1,
    ),
    cell(
        "solution",
        "relu",
        solution("def relu(Z):\n    return np.maximum(Z, 0)"),
    ),
    cell("test", "relu-check", "check(relu)", 2),
    cell("manual", "essay", solution("plot = 3\nplot"), 4),
    cell("manual", "words", solution("Because."), 5, kind="markdown"),
    cell("task", "work", "Draw something.", 6),
    cell("solution", "last", solution("import math\nlast = math.pi")),
    cell("test", "last-test", "assert math.isclose(last, math.pi)", 1),
]
MAXIMUM = 28
RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "counter": "count = 0\ndef step():\n    return count + 1",
    "relu": "def relu(Z):\n    return np.maximum(Z, 0)",
    "essay": "plot = 3\nplot",
    "words": "Because of that.",
    "last": "import math\nlast = math.pi",
}
TESTS = {
    one["id"]: one["metadata"]["nbgrader"]["points"]
    for one in SHEET
    if one["metadata"].get("nbgrader", {}).get("grade")
    and not one["metadata"]["nbgrader"]["solution"]
}
SOURCE = as_bytes(as_notebook(SHEET))
FIELDS = {
    "format": int,
    "assignment": str,
    "student": str,
    "digest": str,
    "score": float,
    "max_score": float,
    "needs_marking": bool,
    "remarks": list,
    "notebooks": list,
}
CELL_FIELDS = {
    "id": str,
    "kind": str,
    "exercise": str | None,
    "points": float,
    "score": float | None,
    "state": str,
    "mistake": str | None,
    "message": str,
}


def handed_in(**answers):
    """Return the files of a student, right but for these answers."""
    return {"sheet.ipynb": filled_in(SOURCE, RIGHT | answers)}


@pytest.fixture(scope="module")
def marker(tmp_path_factory):
    assignment = Assignment("first", {"sheet.ipynb": SOURCE})
    rules = Rules(SEED, seconds=SECONDS)
    with marking(assignment, rules, tmp_path_factory.mktemp("m")) as one:
        yield one


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A marker for what has no end."""
    assignment = Assignment("first", {"sheet.ipynb": SOURCE})
    rules = Rules(SEED, seconds=HASTY)
    with marking(assignment, rules, tmp_path_factory.mktemp("h")) as one:
        yield lambda **answers: cells_of(marked(one, handed_in(**answers))[0])


class marking:  # noqa: N801 (used as a function)
    """A Marker without fences that is closed at the end."""

    def __init__(self, assignment, rules, folder):
        rules = Rules(rules.seed, rules.seconds, trusted=True)
        self.marker = Marker(assignment, rules, str(folder))

    def __enter__(self):
        return self.marker

    def __exit__(self, *what):
        self.marker.close()


def marked(marker, files, student="ada"):
    """Return the result and the notebooks of some files."""
    return marker.mark(Submission(student, lambda: files))


def cells_of(result, number=0):
    return {one["id"]: one for one in result["notebooks"][number]["cells"]}


@pytest.fixture
def mark(marker):
    """mark(double="def ...") -> {id: what a result says of the cell}."""

    def one(**answers):
        return cells_of(marked(marker, handed_in(**answers))[0])

    return one


def lost(cells):
    """Return the ids of the tests that did not get their points."""
    return {
        name
        for name, points in TESTS.items()
        if cells[name]["score"] != points
    }


# --- what an answer comes to -------------------------------------------------

DOUBLE = {"double-test", "double-hidden", "double-helper", "double-part"}


def test_right_answers_get_all_points(mark):
    cells = mark()
    assert lost(cells) == set()
    assert {cells[name]["state"] for name in TESTS} == {"passed"}


@pytest.mark.parametrize(
    ("answer", "state", "message"),
    [
        ("return 3 * x", "wrong", "AssertionError: 6"),
        ("return x + y", "raised", "NameError: name 'y' is not defined"),
        ("raise NotImplementedError", "not started", "NotImplementedError"),
        ("import os; os._exit(1)", "crashed", "ended the whole process"),
        ("import sys; sys.exit(1)", "raised", "SystemExit"),
        ("raise KeyboardInterrupt", "raised", "KeyboardInterrupt"),
        ("return double(x)", "raised", "RecursionError"),
        ("return np.zeros(10**8)", "raised", "cannot be read"),
        ("return object()", "wrong", "AssertionError"),
    ],
)
def test_each_way_to_fail_costs_the_tests_of_that_answer_alone(
    mark, answer, state, message
):
    cells = mark(double=f"def double(x):\n    {answer}")
    assert cells["double-test"]["state"] == state
    assert message in cells["double-test"]["message"]
    assert lost(cells) == DOUBLE


def test_an_endless_answer_costs_its_tests_alone(hasty):
    cells = hasty(double="def double(x):\n    while True: pass")
    assert cells["double-test"]["state"] == "took too long"
    assert "line 2: while True: pass" in cells["double-test"]["message"]
    assert lost(cells) == DOUBLE


def test_a_message_names_the_line_of_the_test_and_of_the_answer(mark):
    cells = mark(double="def double(x):\n    y = x\n    return y / 0")
    assert cells["double-test"]["message"].splitlines() == [
        "assert double(2) == 4, double(2)",
        "ZeroDivisionError: division by zero",
        "in your code, line 3: return y / 0",
    ]


def test_an_answer_that_does_not_parse_costs_its_tests_alone(marker):
    files = handed_in(double="def double(x:\n    return 2 * x")
    result, notebooks = marked(marker, files)
    assert lost(cells_of(result)) == DOUBLE
    outputs = outputs_of(notebooks, "double")
    assert outputs[0]["ename"] == "SyntaxError"
    assert "was never closed" in outputs[0]["evalue"]


def test_an_answer_that_ends_its_process_costs_its_tests_alone(mark):
    cells = mark(double="import os\nos._exit(0)")
    assert lost(cells) == DOUBLE
    assert cells["double-test"]["state"] == "raised"


def test_an_endless_cell_costs_its_own_tests_alone(hasty):
    cells = hasty(double="while True: pass")
    assert lost(cells) == DOUBLE


def test_after_a_crash_all_but_the_crash_runs_again(mark):
    """Names and numbers of the cells before are there in the new process."""
    cells = mark(
        counter="count = 0\nimport os\n"
        "def step():\n    return os._exit(0) if count == 5 else count + 1"
    )
    assert lost(cells) == {"counter-set"}
    assert cells["counter-set"]["state"] == "crashed"


def test_after_a_crash_cells_behind_an_endless_one_run_again(hasty):
    cells = hasty(
        double="while True: pass",
        counter="import os\ncount = 0\n"
        "def step():\n    return os._exit(0) if count == 5 else count + 1",
    )
    assert lost(cells) == DOUBLE | {"counter-set"}


@pytest.mark.parametrize(
    "text",
    [
        "return 'mine'",
        "raise ValueError('no')",
        "import os; os._exit(0)",
        "return 5",
    ],
)
@pytest.mark.parametrize("where", ["in the cell", "in the function"])
def test_an_error_with_words_of_its_own_costs_its_tests_alone(
    mark, text, where
):
    """Honest ones once brought the marker down: it asked for the text."""
    own = f"class Mine(Exception):\n    def __str__(self):\n        {text}\n"
    body = "raise Mine()" if where == "in the cell" else "pass"
    cells = mark(double=f"{own}{body}\ndef double(x):\n    raise Mine(x)")
    assert lost(cells) == DOUBLE


def test_a_warning_on_the_error_channel_costs_the_points(mark):
    cells = mark(
        double="import sys\ndef double(x):\n"
        "    print('careful', file=sys.stderr)\n    return 2 * x"
    )
    assert lost(cells) == DOUBLE
    assert "careful" in cells["double-test"]["message"]


def test_what_an_answer_prints_costs_nothing(mark):
    cells = mark(double="def double(x):\n    print('hi')\n    return 2 * x")
    assert lost(cells) == set()
    assert cells["double-test"]["message"] == "hi"


# --- partial credit ----------------------------------------------------------


def test_a_number_at_the_end_of_a_test_is_its_score(mark):
    cells = mark(double="def double(x):\n    return 0 if x == 1 else 2 * x")
    assert cells["double-part"]["score"] == 1.5
    assert cells["double-part"]["state"] == "partial"


def test_no_part_right_is_wrong(mark):
    cells = mark(double="def double(x):\n    return -1")
    assert cells["double-part"]["score"] == 0
    assert cells["double-part"]["state"] == "wrong"


@pytest.mark.parametrize(
    ("last", "score", "state"),
    [
        ("0.5", 0.5, "partial"),
        ("0", 0.0, "wrong"),
        ("2", 2.0, "passed"),
        ("7", 2.0, "passed"),
        ("float('inf')", 0.0, "wrong"),
        ("float('nan')", 0.0, "wrong"),
        ("None", 2.0, "passed"),
        ("'text'", 2.0, "passed"),
        ("True", 2.0, "passed"),
        ("0.5;", 2.0, "passed"),
        ("[a]", 2.0, "passed"),
        ("a", 2.0, "passed"),
        ("{1: a}", 2.0, "passed"),
    ],
)
def test_the_last_line_of_a_test_counts_as_in_nbgrader(
    last, score, state, many
):
    cells = many[last]
    assert (cells["score"], cells["state"]) == (score, state)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Return {last line: the cell of a test that ends with it}."""
    ends = test_the_last_line_of_a_test_counts_as_in_nbgrader
    lines = [row[0] for row in ends.pytestmark[0].args[1]]
    answer = "class A:\n    def __repr__(self): return '0.25'\na = A()"
    parts = [cell("solution", "a", solution(answer))]
    parts += [
        cell("test", f"t{n}", f"x = 3\n{line}", 2)
        for n, line in enumerate(lines)
    ]
    book = as_bytes(as_notebook(parts))
    assignment = Assignment("ends", {"a.ipynb": book})
    folder = tmp_path_factory.mktemp("many")
    with marking(assignment, Rules(1), folder) as marker:
        files = {"a.ipynb": filled_in(book, {"a": answer})}
        cells = cells_of(marked(marker, files)[0])
    return {line: cells[f"t{n}"] for n, line in enumerate(lines)}


# --- hidden tests ------------------------------------------------------------


def test_a_hidden_test_takes_points_and_says_nothing(marker):
    files = handed_in(double="def double(x):\n    return 4 if x == 2 else x")
    result, notebooks = marked(marker, files)
    found = cells_of(result)["double-hidden"]
    assert (found["score"], found["state"]) == (0, "wrong")
    assert found["message"] == HIDDEN
    for text in (json.dumps(result), *notebooks.values()):
        assert "1234.5" not in text
        assert "2469" not in text
        assert "secret" not in text


def test_what_an_answer_says_to_a_hidden_test_is_never_shown(marker):
    files = handed_in(
        double="def double(x):\n    print('I was given', x)\n"
        "    if x > 1000: raise ValueError(f'given {x}')\n    return 2 * x"
    )
    result, notebooks = marked(marker, files)
    assert cells_of(result)["double-hidden"]["score"] == 0
    for text in (json.dumps(result), *notebooks.values()):
        assert "given 1234.5" not in text
    assert "I was given 2" in json.dumps(notebooks)


def test_a_test_that_fails_before_its_hidden_part_says_why(mark):
    cells = mark(double="def double(x):\n    return 5")
    assert "two and two" in cells["double-hidden"]["message"]


def test_a_hidden_test_that_takes_too_long_says_nothing_either(hasty):
    cells = hasty(
        double="def double(x):\n    while x == 1234.5: pass\n    return 2 * x"
    )
    assert cells["double-hidden"]["message"] == HIDDEN
    assert lost(cells) == {"double-hidden"}


# --- names -------------------------------------------------------------------


def test_a_name_of_a_test_is_set_where_the_answer_sees_it(mark):
    cells = mark(counter="def step():\n    return count + 1\ncount = 1")
    assert lost(cells) == set()


def test_a_deleted_name_is_gone_where_the_answer_would_see_it(mark):
    keep = "count = 0\ndef step(count=count):\n    return count + 1"
    assert lost(mark(counter=keep)) == {"counter-set", "counter-gone"}


def test_a_module_that_an_answer_imports_is_lent_to_the_tests(mark):
    cells = mark(last="from math import pi\nlast = pi")
    assert lost(cells) == set()


def test_a_student_cannot_replace_what_the_tests_use(mark):
    cells = mark(
        double="import builtins, math\n"
        "def double(x): return 0\n"
        "class math:\n    isclose = staticmethod(lambda *a: True)\n"
        "limit = -5\n"
        "def ask(n): return 5\n"
        "def check(f): pass\n",
        last="last = 0",
        relu="def relu(Z): return Z",
    )
    assert lost(cells) == DOUBLE | {"last-test", "relu-check"}


def test_an_answer_that_lies_about_its_equals_gets_nothing(mark):
    liar = (
        "class Liar:\n"
        "    def __eq__(self, other): return True\n"
        "    __add__ = __radd__ = lambda self, other: Liar()\n"
        "    def __float__(self): return 2.0\n"
        "def double(x): return Liar()"
    )
    assert lost(mark(double=liar)) == DOUBLE


# --- checks of the book ------------------------------------------------------


def test_a_check_says_what_the_learner_would_have_seen(mark):
    found = mark(relu="def relu(Z):\n    return Z + 1")["relu-check"]
    assert (found["state"], found["exercise"]) == ("wrong", "relu")
    assert found["message"].startswith("relu: not right yet.\n")
    assert "  expected  " in found["message"]


def test_a_check_names_a_known_mistake(mark):
    wrong = "def relu(Z):\n    return np.abs(Z)"
    found = mark(relu=wrong)["relu-check"]
    assert found["mistake"]
    assert found["mistake"].split()[0] in found["message"]


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("raise NotImplementedError", "not started"),
        ("return Z + nothing", "raised"),
        ("import os; os._exit(0)", "crashed"),
    ],
)
def test_a_check_meets_every_kind_of_answer(mark, body, state):
    found = mark(relu=f"def relu(Z):\n    {body}")["relu-check"]
    assert found["state"] == state
    assert found["score"] == 0


def test_an_endless_answer_to_a_check_is_late_with_its_line(hasty):
    found = hasty(relu="def relu(Z):\n    while True: pass")
    assert found["relu-check"]["state"] == "took too long"
    assert "line 2: while True: pass" in found["relu-check"]["message"]
    assert lost(found) == {"relu-check"}


def test_a_check_of_another_function_is_no_check_of_this_one(mark):
    cells = mark(
        relu="def sigmoid(Z):\n    return (1 + np.tanh(Z / 2)) / 2\n"
        "relu = sigmoid"
    )
    assert lost(cells) == {"relu-check"}


def test_the_inputs_of_a_check_follow_from_seed_and_submission(
    marker, tmp_path
):
    tell = (
        "def relu(Z):\n"
        "    if Z.size > 3: raise ValueError(repr(Z))\n"
        "    return np.maximum(Z, 0)  # "
    )

    def words(one, comment):
        result, _ = marked(one, handed_in(relu=tell + comment))
        text = cells_of(result)["relu-check"]["message"]
        return re.search("array.*", text)[0]

    first = words(marker, "a")
    assert first == words(marker, "a")
    assert first != words(marker, "b")
    other = Rules(SEED + 1, seconds=SECONDS)
    with marking(marker.assignment, other, tmp_path) as second:
        assert first != words(second, "a")


def test_the_same_submission_gets_the_same_result_byte_for_byte(marker):
    files = handed_in(
        double="def double(x):\n    return object()",
        relu="def relu(Z):\n    return np.random.rand()",
        essay="import random\n{'a', 'b', random.random()}",
    )
    first, second = (json.dumps(marked(marker, files)) for _ in range(2))
    assert first == second
    assert re.search(r"0x[0-9a-f]{6}", first) is None


# --- manual cells ------------------------------------------------------------


def test_what_a_person_marks_waits_for_one(marker):
    result, _ = marked(marker, handed_in())
    cells = cells_of(result)
    for name, kind in (
        ("essay", "manual"),
        ("words", "manual"),
        ("work", "task"),
    ):
        assert cells[name]["kind"] == kind
        assert (cells[name]["score"], cells[name]["state"]) == (
            None,
            "to mark",
        )
    assert result["needs_marking"] is True
    assert result["score"] == sum(TESTS.values())
    assert result["max_score"] == MAXIMUM


def test_an_essay_that_was_not_begun_needs_nobody(mark):
    cells = mark(words="YOUR ANSWER HERE")
    assert (cells["words"]["score"], cells["words"]["state"]) == (
        0,
        "not started",
    )
    assert cells["essay"]["score"] is None


def outputs_of(notebooks, name):
    """Return the outputs of a cell of the one marked notebook."""
    for one in json.loads(notebooks["sheet.ipynb"])["cells"]:
        if one["metadata"].get("nbgrader", {}).get("grade_id") == name:
            return one["outputs"]
    raise KeyError(name)


def test_a_person_sees_what_a_cell_printed_and_showed(marker):
    files = handed_in(essay="print('words')\n[1, 2]")
    outputs = outputs_of(marked(marker, files)[1], "essay")
    assert outputs[0]["text"] == "words\n"
    assert outputs[1]["data"]["text/plain"] == "[1, 2]"


def picture(data):
    """Return a cell that shows something as a picture of these bytes."""
    return (
        "class Picture:\n"
        "    def _repr_mimebundle_(self, *a, **b):\n"
        f"        return {{'image/png': {data!r}, 'text/html': '<script>'}}\n"
        "display(Picture())"
    )


def test_a_person_sees_the_picture_that_a_cell_showed(marker):
    data = b"\x89PNG\r\n\x1a\n and so on"
    _, notebooks = marked(marker, handed_in(essay=picture(data)))
    shown = outputs_of(notebooks, "essay")[0]["data"]
    assert base64.b64decode(shown["image/png"]) == data
    assert "text/html" not in shown


@pytest.mark.parametrize("data", [b"<svg>", "'><script>", "a" * 10**6, ""])
def test_what_is_no_picture_is_not_shown_as_one(marker, data):
    _, notebooks = marked(marker, handed_in(essay=picture(data)))
    for output in outputs_of(notebooks, "essay"):
        assert set(output.get("data", {})) <= {"text/plain"}


# --- results -----------------------------------------------------------------


def assert_whole(result):
    """A result has the fields of results, and JSON can hold it."""
    assert {k: type(v) for k, v in result.items()} | {
        "score": float,
        "max_score": float,
    } == FIELDS
    for part in result["notebooks"]:
        assert set(part) == {"name", "state", "remarks", "cells"}
        for one in part["cells"]:
            assert set(one) == set(CELL_FIELDS)
            for key, kind in CELL_FIELDS.items():
                kind = (kind | int) if key in ("points", "score") else kind
                assert isinstance(one[key], kind), key
    assert json.loads(json.dumps(result, allow_nan=False)) == result


ANSWERS = [
    {},
    {"double": "def double(x):\n    return float('nan')"},
    {"double": "import os\nos._exit(0)", "relu": ""},
    {"essay": "print('\\ud800' + chr(0) * 9)\nraise ValueError('\\ud800')"},
    {"essay": "'<script>' + chr(27)", "words": "\x1b[31m </textarea>"},
    {"double": "class double(int):\n    def __repr__(self): return '9'"},
]


@pytest.mark.parametrize("answers", ANSWERS)
def test_a_result_has_its_fields_and_a_notebook_is_valid(marker, answers):
    result, notebooks = marked(marker, handed_in(**answers))
    assert_whole(result)
    assert [one["id"] for one in result["notebooks"][0]["cells"]] == [
        one["id"]
        for one in SHEET
        if one["metadata"].get("nbgrader", {}).get("grade")
        or one["metadata"].get("nbgrader", {}).get("task")
    ]
    book = json.loads(notebooks["sheet.ipynb"])
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbformat.validate(book)
    notebooks["sheet.ipynb"].encode()


def test_a_long_message_is_cut(mark):
    cells = mark(
        double="def double(x):\n"
        "    print('x' * 90_000)\n    raise ValueError('y' * 90_000)"
    )
    assert len(cells["double-test"]["message"]) <= LONGEST + 100


def test_addresses_are_left_out(mark):
    cells = mark(double="def double(x):\n    return [object(), double]")
    assert "0x..." in cells["double-test"]["message"]
    assert re.search("0x[0-9a-f]{4}", cells["double-test"]["message"]) is None


def test_no_path_of_the_machine_is_named(marker):
    files = handed_in(
        double="def double(x):\n    return np.linalg.inv(x)",
        relu="import os\ndef relu(Z):\n    return Z.no_such_thing",
        essay="import os\nraise ValueError",
    )
    result, notebooks = marked(marker, files)
    for text in (json.dumps(result), *notebooks.values()):
        assert "site-packages" not in text
        assert "/nnlib/" not in text
        assert "Traceback" not in text


def test_nothing_of_one_submission_is_there_for_the_next(marker):
    marked(
        marker,
        handed_in(
            double="import builtins\nbuiltins.print = None\n"
            "open('left.txt', 'w').write('x')\nnp.exp = None\n"
            "def double(x): return 2 * x"
        ),
    )
    files = handed_in(
        essay="import os\nassert not os.path.exists('left.txt')\nnp.exp(0.0)"
    )
    result, notebooks = marked(marker, files)
    assert lost(cells_of(result)) == set()
    assert "1.0" in json.dumps(outputs_of(notebooks, "essay"))


def test_a_students_name_is_taken_as_it_is(marker):
    for student in ("=cmd()", "a\nb", "../x", "\ud800", "x" * 10_000):
        result, _ = marked(marker, handed_in(), student)
        assert result["student"] == student
        assert_whole(result)


def test_a_step_that_brought_a_marker_down_is_crashed_the_next_time(
    marker, monkeypatch
):
    """Whatever was announced last is what is skipped."""
    announced = []
    monkeypatch.setattr(marker, "announce", announced.append)
    assert lost(cells_of(marked(marker, handed_in())[0])) == set()
    costs = {}
    for step in set(announced):
        submission = Submission("ada", handed_in)
        cells = cells_of(marker.mark(submission, {step})[0])
        costs[step] = lost(cells)
        assert all(cells[x]["state"] != "passed" for x in costs[step])
    assert {"double-test"} in costs.values()
    assert DOUBLE in costs.values()
    assert announced.index(
        next(step for step, cost in costs.items() if cost == DOUBLE)
    ) < announced.index(
        next(step for step, cost in costs.items() if cost == {"double-test"})
    )


# --- files -------------------------------------------------------------------


def test_a_notebook_that_is_not_there_costs_its_points(marker):
    result, notebooks = marked(marker, {"other.ipynb": SOURCE})
    part = result["notebooks"][0]
    assert part["state"] == "missing"
    assert part["remarks"] == ["sheet.ipynb was not handed in."]
    assert result["score"] == 0
    assert result["max_score"] == MAXIMUM
    assert {one["state"] for one in part["cells"]} == {"not run"}
    assert result["needs_marking"] is False
    assert notebooks == {}
    assert_whole(result)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", b"{", b"[]", b"{}", b"3", b"\x00" * 99]
)
def test_a_file_that_is_no_notebook_costs_its_points(marker, data):
    result, notebooks = marked(marker, {"sheet.ipynb": data})
    assert result["notebooks"][0]["state"] == "unreadable"
    assert "could not be marked" in result["notebooks"][0]["remarks"][0]
    assert (result["score"], result["max_score"]) == (0, MAXIMUM)
    assert notebooks == {}
    assert_whole(result)


def test_a_submission_that_cannot_be_read_costs_its_points(marker):
    def read():
        raise Unreadable("it is a zip of nothing.")

    result, notebooks = marker.mark(Submission("ada", read))
    assert result["remarks"] == [
        "Nothing could be marked: it is a zip of nothing."
    ]
    assert (result["score"], result["max_score"]) == (0, MAXIMUM)
    assert notebooks == {}
    assert_whole(result)


def test_a_digest_changes_with_what_a_result_depends_on(marker):
    def digest(files, student="ada"):
        return marked(marker, files, student)[0]["digest"]

    first = digest(handed_in())
    assert first == digest(handed_in(), "ben")
    assert first != digest(handed_in(words="Other."))
    assert first != digest(handed_in() | {"more.txt": b""})
    assert re.fullmatch("[0-9a-f]{64}", first)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A marker of two notebooks with files beside them."""
    one = [
        cell("solution", "read", solution("def read(): return 1")),
        cell("test", "read-test", "assert read() == ['teacher', 'mine']", 1),
        cell(
            "test",
            "own-file",
            "assert open('data.txt').read() == 'teacher'",
            1,
        ),
    ]
    two = [
        cell("solution", "read", solution("def read(): return 2")),
        cell("test", "read-test", "assert read() == 2", 3),
    ]
    files = {
        "one.ipynb": as_bytes(as_notebook(one)),
        "two.ipynb": as_bytes(as_notebook(two)),
        "data.txt": b"teacher",
        "deep/er/data.txt": b"teacher",
    }
    assignment = Assignment("pair", files)
    folder = tmp_path_factory.mktemp("pair")
    with marking(assignment, Rules(1, 2.0), folder) as marker:
        yield marker


def pair_of(**answers):
    sources = {
        "one": "def read():\n    return [open('data.txt').read(),"
        " open('own.txt').read()]",
        "two": "def read(): return 2",
    }
    files = {"own.txt": b"mine", "data.txt": b"changed"}
    for name, text in (sources | answers).items():
        if text is not None:
            files[f"{name}.ipynb"] = as_bytes(
                as_notebook([cell("solution", "read", text)])
            )
    return files


def test_files_beside_a_notebook_are_there_and_the_teachers_win(pair):
    result, notebooks = marked(pair, pair_of())
    assert [part["name"] for part in result["notebooks"]] == ["one", "two"]
    assert result["score"] == result["max_score"] == 5
    assert set(notebooks) == {"one.ipynb", "two.ipynb"}


def test_files_in_folders_are_there(pair):
    text = "def read():\n    return [open('deep/er/data.txt').read(), 'mine']"
    assert marked(pair, pair_of(one=text))[0]["score"] == 5


def test_one_notebook_does_not_see_what_another_did(pair):
    result, _ = marked(
        pair,
        pair_of(
            one="open('left.txt', 'w').write('x')\nread = 3",
            two="import os\ndef read(): return 2 + os.path.exists('left.txt')",
        ),
    )
    assert cells_of(result, 1)["read-test"]["score"] == 3


def test_a_notebook_that_is_missing_costs_its_own_points_alone(pair):
    result, notebooks = marked(pair, pair_of(one=None))
    assert [p["state"] for p in result["notebooks"]] == ["missing", "graded"]
    assert result["score"] == 3
    assert set(notebooks) == {"two.ipynb"}


def test_a_notebook_that_is_unreadable_costs_its_own_points_alone(pair):
    files = pair_of() | {"two.ipynb": b"not JSON"}
    result, _ = marked(pair, files)
    assert result["notebooks"][1]["state"] == "unreadable"
    assert cells_of(result)["read-test"]["score"] == 1


def test_cells_that_never_end_do_not_hold_up_a_class(tmp_path):
    """After some of them there is no time for more, and that is said."""
    answer = "while True: pass"
    parts = [cell("solution", f"a{n}", answer) for n in range(9)]
    parts.append(cell("test", "t", "assert 3", 1))
    book = as_bytes(as_notebook(parts))
    assignment = Assignment("slow", {"sheet.ipynb": book})
    with marking(assignment, Rules(1, seconds=0.1), tmp_path) as marker:
        _, notebooks = marked(marker, {"sheet.ipynb": book})
    assert outputs_of(notebooks, "a0")[0]["ename"] == "TookTooLong"
    assert outputs_of(notebooks, "a8")[0]["ename"] == "NotRun"


def test_each_test_has_time_of_its_own(tmp_path):
    """Slow answers to some do not cost the others."""
    answer = "def f(n):\n    while n: pass"
    parts = [cell("solution", "f", solution(answer))]
    parts += [cell("test", f"t{n}", f"f({n < 5:d})", 1) for n in range(7)]
    book = as_bytes(as_notebook(parts))
    assignment = Assignment("slow", {"sheet.ipynb": book})
    with marking(assignment, Rules(1, seconds=0.5), tmp_path) as marker:
        files = {"sheet.ipynb": filled_in(book, {"f": answer})}
        cells = cells_of(marked(marker, files)[0])
    states = [one["state"] for one in cells.values()]
    assert states == ["took too long"] * 5 + ["passed"] * 2


def test_a_marker_leaves_the_settings_of_numpy_as_they_were(marker):
    before = np.geterr(), copy.copy(warnings.filters)
    marked(marker, handed_in(double="np.seterr(all='raise')"))
    assert np.geterr()["divide"] == "warn"
    assert before[0]["under"] in ("ignore", "warn")
    assert math.isfinite(marked(marker, handed_in())[0]["score"])
