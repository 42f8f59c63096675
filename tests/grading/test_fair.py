"""What one answer, or one odd file, may cost: itself, and nothing else.

All of it goes through the whole grader, from a folder of submissions to the
results and pages in another.
"""

import contextlib
import html
import io
import json
import os

import making
import pytest

from nnlib.checks import CheckFailed, check
from nnlib.grading import run
from nnlib.grading.folder import Results

SECRET = "velvet-octopus-7431"
SHEET = f'''
# %% own setup
import io

import numpy as np

from nnlib.checks import check

# %% solution double
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
# %% test double-check 2
assert double(3) == 6
assert double(np.ones(2)).tolist() == [2, 2], "arrays as well"

# %% solution sigmoid
def sigmoid(Z):
    ### BEGIN SOLUTION
    E = np.exp(-np.abs(Z))
    return np.where(Z >= 0, 1, E) / (1 + E)
    ### END SOLUTION
# %% test sigmoid-check 3
check(sigmoid)

# %% given between
LIMIT = 100

# %% solution count
def count_words(text):
    ### BEGIN SOLUTION
    return len(text.split())
    ### END SOLUTION
# %% test count-check 1
assert count_words("a b c") == 3
### BEGIN HIDDEN TESTS
assert count_words("{SECRET} {SECRET}") == 2
assert count_words("{SECRET}") < LIMIT
### END HIDDEN TESTS

# %% test count-partly 2
0.5 * (count_words("") == 0) + 1.5 * (count_words("a") == 1)

# %% manual essay 4 markdown
Because.
'''
CELLS, _ = making.cells_in(SHEET)
SOURCE = making.as_bytes(making.as_notebook(CELLS))
SOLVED = {
    one["id"]: one["source"]
    for one in CELLS
    if one["metadata"].get("nbgrader", {}).get("solution")
}
FULL = {
    "double-check": 2,
    "sigmoid-check": 3,
    "count-check": 1,
    "count-partly": 2,
    "essay": None,
}


def notebook(cells=None, **texts):
    """Return a solved notebook, as a dict, but for the texts given here."""
    cells = [dict(one) for one in cells or CELLS]
    for one in cells:
        one["metadata"] = json.loads(json.dumps(one["metadata"]))
        name = making.grade_id(one)
        one["source"] = texts.get(name, one["source"])
        if "HIDDEN" in one["source"]:
            one["source"] = one["source"].partition("### BEGIN HIDDEN")[0]
    return making.as_notebook(cells)


def solved(**texts):
    return making.as_bytes(notebook(**texts))


def scores(result):
    (book,) = result["notebooks"]
    return {cell["id"]: cell["score"] for cell in book["cells"]}


def states(result):
    (book,) = result["notebooks"]
    return {cell["id"]: cell["state"] for cell in book["cells"]}


def a_cell(result, name):
    (book,) = result["notebooks"]
    return next(cell for cell in book["cells"] if cell["id"] == name)


def all_written(folder):
    """Return the text of every file that a run has written."""
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert len(files) > 4
    return "\n".join(path.read_text("utf-8") for path in files)


# --- one answer costs itself alone -------------------------------------------

BAD = {
    "raises": "raise ValueError('not today')",
    "divides": "1 / 0",
    "interrupts": "raise KeyboardInterrupt",
    "raises-of-its-own": "raise type('Odd', (BaseException,), {})('odd')",
    "stops": "raise StopIteration",
    "recurses": "(lambda f: f(f))(lambda f: f(f))",
    "loops": "while True: pass",
    "sleeps": "__import__('time').sleep(1000)",
    "sorts-for-ever": "sum(i for i in iter(int, 1))",
    "ignores-the-alarm": (
        "while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass"
    ),
    "leaves": "__import__('os')._exit(0)",
    "leaves-with-status": "__import__('os')._exit(3)",
    "aborts": "__import__('os').abort()",
    "segfaults": "__import__('ctypes').string_at(0)",
    "kills-itself": "__import__('os').kill(__import__('os').getpid(), 9)",
    "sys-exit": "__import__('sys').exit()",
    "sys-exit-with-words": "__import__('sys').exit('good bye')",
    "exit": "exit()",
    "quit": "quit()",
    "takes-all-memory": "x = [bytearray(10 ** 8) for _ in range(10 ** 5)]",
}
LATE = {"loops", "sleeps", "sorts-for-ever", "ignores-the-alarm"}
CRASHED = {
    "leaves",
    "leaves-with-status",
    "aborts",
    "segfaults",
    "kills-itself",
}


def in_call(bad):
    return f"def double(x):\n    {bad}\n    return 2 * x"


def in_cell(bad):
    return f"if True:\n    {bad}\n\n\ndef double(x):\n    return 2 * x"


@pytest.fixture(scope="module")
def ruined(tmp_path_factory):
    """The results of one run in which many students have one bad answer."""
    handed = {"a-neighbour": solved(), "z-neighbour": solved()}
    for name, bad in BAD.items():
        handed[f"{name}-in-call"] = solved(double=in_call(bad))
        handed[f"{name}-in-cell"] = solved(double=in_cell(bad))
    folder = tmp_path_factory.mktemp("ruined")
    return making.graded(folder, SOURCE, handed, seconds=2.0)


@pytest.mark.parametrize("where", ["in-call", "in-cell"])
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_answer_costs_its_own_points_alone(ruined, bad, where):
    result = ruined[f"{bad}-{where}"]
    assert scores(result) == FULL | {"double-check": 0}
    assert result["score"] == 6


@pytest.mark.parametrize("bad", sorted(LATE))
def test_an_answer_without_end_is_said_to_have_been_stopped(ruined, bad):
    cell = a_cell(ruined[f"{bad}-in-call"], "double-check")
    assert cell["state"] in ("took too long", "crashed")
    if bad in ("loops", "sleeps"):
        assert cell["state"] == "took too long"
        assert "after 2 seconds" in cell["message"]


@pytest.mark.parametrize("bad", sorted(CRASHED))
def test_an_answer_that_ends_the_process_is_said_to_do_so(ruined, bad):
    cell = a_cell(ruined[f"{bad}-in-call"], "double-check")
    assert cell["state"] == "crashed"
    assert "ended the whole process" in cell["message"]


def test_an_error_is_shown_with_the_line_of_the_test_and_of_the_answer(ruined):
    cell = a_cell(ruined["raises-in-call"], "double-check")
    assert cell["state"] == "raised"
    assert cell["message"].splitlines() == [
        "assert double(3) == 6",
        "ValueError: not today",
        "in your code, line 2: raise ValueError('not today')",
    ]


def test_the_neighbours_of_bad_answers_have_full_marks(ruined):
    for student in ("a-neighbour", "z-neighbour"):
        assert scores(ruined[student]) == FULL


def test_a_checked_answer_that_ends_the_process_costs_itself_alone(tmp_path):
    crashes = "def sigmoid(Z):\n    __import__('os')._exit(0)"
    sleeps = "def sigmoid(Z):\n    __import__('time').sleep(1000)"
    handed = {
        "crashes": solved(sigmoid=crashes),
        "sleeps": solved(sigmoid=sleeps),
    }
    results = making.graded(tmp_path, SOURCE, handed, seconds=2.0)
    for student, state in (
        ("crashes", "crashed"),
        ("sleeps", "took too long"),
    ):
        assert scores(results[student]) == FULL | {"sigmoid-check": 0}
        assert a_cell(results[student], "sigmoid-check")["state"] == state


def test_every_answer_may_be_bad_and_the_last_one_right(tmp_path):
    texts = {
        "double": "def double(x):\n    while True: pass",
        "sigmoid": "def sigmoid(Z):\n    __import__('os')._exit(0)",
    }
    results = making.graded(
        tmp_path, SOURCE, {"ada": solved(**texts)}, seconds=2.0
    )
    wanted = FULL | {"double-check": 0, "sigmoid-check": 0}
    assert scores(results["ada"]) == wanted


def test_many_endless_cells_leave_time_for_the_answers_that_end(tmp_path):
    loop = making.cell("own", "loop", "while True: pass")
    texts = {
        "double": in_call(BAD["loops"]),
        "sigmoid": "def sigmoid(Z):\n    while True: pass",
    }
    book = notebook(**texts)
    book["cells"][1:1] = [loop, loop, loop]
    handed = {"ada": making.as_bytes(book)}
    results = making.graded(tmp_path, SOURCE, handed, seconds=1.0)
    wanted = FULL | {"double-check": 0, "sigmoid-check": 0}
    assert scores(results["ada"]) == wanted


def test_a_test_that_fails_leaves_later_tests_what_they_need(tmp_path):
    """The first test also brings in what the teacher imports."""
    wrong = {"wrong": solved(double="def double(x):\n    return 3 * x")}
    results = making.graded(tmp_path, SOURCE, wrong)
    assert scores(results["wrong"]) == FULL | {"double-check": 0}


# --- notebooks that are not as they were given out ---------------------------


def place_of(cells, name):
    return next(i for i, one in enumerate(cells) if one["id"] == name)


def changed(change):
    """Return a solved notebook whose cells went through `change`."""
    book = notebook()
    book["cells"] = change(book["cells"]) or book["cells"]
    return making.as_bytes(book)


def moved_up(cells):
    cells.insert(0, cells.pop(place_of(cells, "sigmoid-check")))


def moved_down(cells):
    cells.append(cells.pop(place_of(cells, "double")))


def turned_round(cells):
    # But for the set-up: an answer needs numpy.
    return [cells[0], *reversed(cells[1:])]


def duplicated_answer(cells):
    place = place_of(cells, "double")
    wrong = dict(cells[place], source="def double(x):\n    return 0")
    cells.insert(place, wrong)


def duplicated_test(cells):
    place = place_of(cells, "double-check")
    cells.insert(place, dict(cells[place]))


def deleted_test(cells):
    del cells[place_of(cells, "sigmoid-check")]


def emptied_test(cells):
    cells[place_of(cells, "sigmoid-check")]["source"] = "pass"


def with_test_as_text(cells):
    one = cells[place_of(cells, "double-check")]
    one["cell_type"] = "markdown"
    del one["outputs"], one["execution_count"]


def with_answer_as_text(cells):
    one = cells[place_of(cells, "double")]
    one["cell_type"] = "markdown"
    del one["outputs"], one["execution_count"]


def with_answer_as_raw(cells):
    one = cells[place_of(cells, "count")]
    one["cell_type"] = "raw"
    del one["outputs"], one["execution_count"]


def changed_points(cells):
    about = cells[place_of(cells, "double-check")]["metadata"]["nbgrader"]
    about["points"] = 1000


def changed_rights(cells):
    about = cells[place_of(cells, "double")]["metadata"]["nbgrader"]
    about |= {"grade": True, "points": 50, "locked": True}


def forged_cell(cells):
    cells.append(making.cell("test", "free-points", "pass", points=100))


def lost_ids(cells):
    for one in cells:
        one["metadata"] = {}
        del one["id"]


def lost_one_id(cells):
    cells[place_of(cells, "double-check")]["metadata"] = {}


def wild_metadata(cells):
    for one in cells[2:4]:
        one["metadata"]["nbgrader"] |= {"schema_version": "new", "task": 7}


def given_changed(cells):
    cells[place_of(cells, "between")]["source"] = "LIMIT = -1"


CHANGED = {  # and a piece of the remark
    "moved-up": (moved_up, "stood before a cell that it comes after"),
    "moved-down": (moved_down, "stood before a cell that it comes after"),
    "turned-round": (turned_round, "stood before a cell that it comes after"),
    "duplicated-answer": (duplicated_answer, "the last one counts"),
    "duplicated-test": (duplicated_test, "stood there 2 times"),
    "deleted-test": (deleted_test, "sigmoid-check was missing"),
    "emptied-test": (emptied_test, "sigmoid-check had been changed"),
    "test-as-text": (with_test_as_text, "double-check had been changed"),
    "answer-as-text": (with_answer_as_text, "had been turned into text"),
    "answer-as-raw": (with_answer_as_raw, "had been turned into text"),
    "changed-points": (changed_points, "double-check had been changed"),
    "changed-rights": (changed_rights, "double had been changed"),
    "forged-cell": (forged_cell, "The metadata of cell 11 had been changed"),
    "lost-ids": (lost_ids, "had lost nbgrader's names"),
    "wild-metadata": (wild_metadata, "had been changed"),
    "given-changed": (given_changed, "between had been changed"),
}


def format_3():
    """Return a solved notebook as it was written before 2015."""
    cells = []
    for one in notebook()["cells"]:
        old = {"cell_type": one["cell_type"], "metadata": one["metadata"]}
        if one["cell_type"] == "code":
            old |= {"input": one["source"], "language": "python"}
            old |= {"outputs": [], "collapsed": False}
        else:
            old["source"] = one["source"]
        cells.append(old)
    book = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "sheet"}}
    return making.as_bytes(book | {"worksheets": [{"cells": cells}]})


def format_4_0():
    book = notebook() | {"nbformat_minor": 0}
    for one in book["cells"]:
        del one["id"]
        one["source"] = one["source"].splitlines(keepends=True)
    return making.as_bytes(book)


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """The results of a run with odd notebooks, and the folder."""
    own = making.cell("own", "mine", "x = 1\nprint('mine')")
    extra = [one for cell in notebook()["cells"] for one in (cell, own)]
    handed = {name: changed(change) for name, (change, _) in CHANGED.items()}
    handed |= {
        "format-3": format_3(),
        "format-4-0": format_4_0(),
        "new-cells": making.as_bytes(making.as_notebook(extra)),
        "lost-one-id": changed(lost_one_id),
        "utf-16": solved().decode().encode("utf-16"),
        "byte-order-mark": b"\xef\xbb\xbf" + solved(),
        "without-answer": changed(
            lambda cells: cells.pop(place_of(cells, "double")) and None
        ),
        "without-cells": making.as_bytes(making.as_notebook([])),
    }
    folder = tmp_path_factory.mktemp("odd")
    return making.graded(folder, SOURCE, handed), folder


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_notebook_is_graded_by_what_was_asked(odd, name):
    results, folder = odd
    assert scores(results[name]) == FULL
    (book,) = results[name]["notebooks"]
    assert any(CHANGED[name][1] in remark for remark in book["remarks"])
    page = (folder / "out" / "feedback" / f"{name}.html").read_text("utf-8")
    for remark in book["remarks"]:
        assert html.escape(remark) in page


@pytest.mark.parametrize(
    ("name", "remark"),
    [("format-3", "older format"), ("utf-16", "UTF-16")],
)
def test_an_older_notebook_is_read_and_remarked_on(odd, name, remark):
    results, _ = odd
    assert scores(results[name]) == FULL
    assert remark in " ".join(results[name]["notebooks"][0]["remarks"])


@pytest.mark.parametrize(
    "name", ["format-4-0", "new-cells", "byte-order-mark"]
)
def test_what_is_quite_usual_needs_no_remark(odd, name):
    results, _ = odd
    assert scores(results[name]) == FULL
    assert results[name]["notebooks"][0]["remarks"] == []


def test_a_test_that_lost_its_id_is_known_by_its_text(odd):
    results, _ = odd
    assert scores(results["lost-one-id"]) == FULL


def test_an_answer_that_was_deleted_costs_its_own_points_alone(odd):
    results, _ = odd
    result = results["without-answer"]
    assert scores(result) == FULL | {"double-check": 0}
    assert "double was missing" in " ".join(result["notebooks"][0]["remarks"])


def test_a_notebook_without_cells_has_no_marks_and_a_remark(odd):
    results, _ = odd
    result = results["without-cells"]
    assert result["score"] == 0
    assert [x for x in scores(result).values() if x] == []
    assert result["notebooks"][0]["remarks"] == ["The notebook has no cells."]


# --- what cannot be read -----------------------------------------------------

UNREADABLE = {  # and a piece of what is said
    "no-notebook": (b"Dear teacher, here is my homework.", "not JSON"),
    "no-cells": (b'{"nbformat": 4}', "no notebook"),
    "a-list": (b"[1, 2, 3]", "no notebook"),
    "latin-1": ('{"cells": ["Zo\xeb"]}'.encode("latin-1"), "UTF-8"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "UTF-8"),
    "empty": (b"", "empty"),
    "blank": (b" \n\n ", "empty"),
    "deep": (b'{"cells": ' + b"[" * 200_000, "nested"),
    "cut-short": (solved()[:-500], "not JSON"),
}


@pytest.fixture(scope="module")
def unread(tmp_path_factory):
    """The results of a run with files that are no notebooks, the folder."""
    folder = tmp_path_factory.mktemp("unread")
    handed = {name: data for name, (data, _) in UNREADABLE.items()}
    handed |= {"a-neighbour": solved(), "z-neighbour": solved()}
    handed["nothing"] = {}
    handed["other-files"] = {"homework.docx": b"PK", "notes.txt": b"hm"}
    huge = folder / "handed" / "huge" / "sheet.ipynb"
    huge.parent.mkdir(parents=True)
    huge.touch()
    os.truncate(huge, 200_000_000)
    (folder / "handed" / "a-folder" / "sheet.ipynb").mkdir(parents=True)
    return making.graded(folder, SOURCE, handed), folder


@pytest.mark.parametrize(
    ("name", "said"),
    [(name, said) for name, (_, said) in UNREADABLE.items()]
    + [
        ("huge", "larger than 32 MB"),
        ("nothing", "notebook"),
        ("other-files", "notebook"),
        ("a-folder", "notebook"),
    ],
)
def test_what_cannot_be_read_has_no_marks_and_one_clear_line(
    unread, name, said
):
    results, folder = unread
    result = results[name]
    assert result["score"] == 0
    assert set(scores(result).values()) == {0.0}
    assert not result["needs_marking"]
    (line,) = [*result["remarks"], *result["notebooks"][0]["remarks"]]
    assert said in line
    assert line.endswith(".")
    assert "\n" not in line
    assert len(line) < 200
    page = (folder / "out" / "feedback" / f"{name}.html").read_text("utf-8")
    assert html.escape(line) in page


def test_the_neighbours_of_what_cannot_be_read_have_full_marks(unread):
    results, _ = unread
    for student in ("a-neighbour", "z-neighbour"):
        assert scores(results[student]) == FULL
    assert len(results) == len(UNREADABLE) + 6


def test_a_missing_notebook_of_several_costs_its_points_alone(tmp_path):
    source = {"sheet.ipynb": SOURCE, "more.ipynb": SOURCE}
    handed = {"ada": {"more.ipynb": solved(), "data.csv": b"1,2"}}
    result = making.graded(tmp_path, source, handed)["ada"]
    found = {book["name"]: book for book in result["notebooks"]}
    assert found["sheet"]["state"] == "missing"
    assert found["more"]["state"] == "graded"
    assert result["score"] == 8
    assert result["max_score"] == 24
    assert found["sheet"]["remarks"] == ["sheet.ipynb was not handed in."]


# --- the same again ----------------------------------------------------------

DIVERSE = {
    "double": "def double(x):\n    print(object(), {'a', 'b', 'c', x})\n"
    "    return 3 * x",
    # It is right on the first inputs, which are always the same.
    "sigmoid": "def sigmoid(Z):\n"
    "    return 0.5 + np.tanh(Z / 2) / 2 + 0.1 * (Z.size > 3)",
    "count": "import random\n\n\ndef count_words(text):\n"
    "    return random.randrange(3)",
}


def written(folder, student):
    """Return the bytes of a student's JSON and page."""
    out = folder / "out"
    return (
        (out / "results" / f"{student}.json").read_bytes(),
        (out / "feedback" / f"{student}.html").read_bytes(),
    )


def test_the_same_submission_has_the_same_marks_byte_for_byte(tmp_path):
    """Alone, among others, by one marker or two: it makes no difference."""
    ada, bob = solved(**DIVERSE), solved(sigmoid=DIVERSE["sigmoid"])
    crash = solved(double=in_call(BAD["leaves"]))
    loud = solved(double="np.random.seed(0)\nnp.seterr(all='raise')\n1 / 0")
    runs = [
        ({"ada": ada}, 1),
        ({"ada": ada, "bob": bob}, 1),
        ({"aa": loud, "ab": crash, "ada": ada, "bob": bob}, 1),
        ({"aa": bob, "ada": ada, "b1": loud, "b2": crash}, 2),
        ({f"a{i}": bob for i in range(5)} | {"ada": ada}, 2),
    ]
    seen = set()
    for i, (handed, jobs) in enumerate(runs):
        folder = tmp_path / str(i)
        making.graded(folder, SOURCE, handed, jobs=jobs, seed=12)
        seen.add(written(folder, "ada"))
    assert len(seen) == 1
    # It is not that there was no chance in it.
    making.graded(tmp_path / "other", SOURCE, {"ada": ada}, seed=13)
    assert written(tmp_path / "other", "ada") not in seen


def test_grading_again_with_another_seed_gives_honest_work_the_same_marks(
    tmp_path,
):
    wrong = solved(sigmoid="def sigmoid(Z):\n    return np.tanh(Z)")
    handed = {"ada": solved(), "bob": wrong, "cleo": solved(**DIVERSE)}
    marks = []
    for seed in (1, 2, 3):
        folder = tmp_path / str(seed)
        results = making.graded(folder, SOURCE, handed, seed=seed)
        marks.append([scores(results[s]) for s in ("ada", "bob")])
    assert marks[0] == marks[1] == marks[2]
    assert marks[0] == [FULL, FULL | {"sigmoid-check": 0}]


def test_the_seed_is_kept_so_that_a_second_run_changes_nothing(tmp_path):
    making.graded(tmp_path, SOURCE, {"ada": solved(**DIVERSE)}, seed=None)
    before = written(tmp_path, "ada")
    store = Results(
        tmp_path / "out", tmp_path / "source", "sheet", tmp_path / "handed"
    )
    assert run.grade(store, jobs=1).unchanged == 1
    assert written(tmp_path, "ada") == before
    (tmp_path / "out" / "results" / "ada.json").unlink()
    assert run.grade(store, jobs=1).marked == 1
    assert written(tmp_path, "ada") == before


# --- what a student reads ----------------------------------------------------


def said_by_check(text, name):
    """Return what a learner reads below an answer."""
    scope = {"__name__": "__main__"}
    exec("import numpy as np", scope)
    exec(compile(text, "<cell>", "exec"), scope)
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            check(scope[name])
    except CheckFailed as failed:
        return str(failed.outcome)
    return out.getvalue().strip()


def without_numbers(message):
    """Return a message's lines, but for those that random inputs are in."""
    return [
        line
        for line in message.splitlines()
        if not any(sign.isdigit() for sign in line)
    ]


@pytest.mark.parametrize("sheet", making.SHEETS)
def test_a_student_reads_what_check_says_to_a_learner(sheet, tmp_path):
    """Of each exercise two wrong answers and a right one."""
    known = making.answers_to(sheet)
    texts = {
        student: {
            name: making.typed_out(answers[pick][0], name)
            for name, answers in known.items()
        }
        for student, pick in (("last", -1), ("third-last", -3), ("first", 0))
    }
    places = {x: c for x, (c, _) in making.solutions_of(sheet).items()}
    handed = {
        student: making.filled_in(
            making.starter_of(sheet),
            {places[name]: text for name, text in answers.items()},
        )
        for student, answers in texts.items()
    }
    results = making.graded(tmp_path, making.source_of(sheet), handed)
    for student, answers in texts.items():
        page = (tmp_path / "out/feedback" / f"{student}.html").read_text()
        for cell in results[student]["notebooks"][0]["cells"]:
            text = answers[cell["exercise"]]
            if "nnlib" in text:
                continue
            wanted = without_numbers(said_by_check(text, cell["exercise"]))
            assert without_numbers(cell["message"]) == wanted
            assert html.escape(cell["message"]) in page


def test_an_answer_without_random_inputs_is_told_exactly_the_same(tmp_path):
    sheet = "01_perceptron"
    text = "def nand_weights():\n    return np.array([1.0, 1.0]), -1.5"
    handed = making.filled_in(making.starter_of(sheet), {"nand-weights": text})
    results = making.graded(tmp_path, making.source_of(sheet), {"ada": handed})
    cell = a_cell(results["ada"], "nand-weights-check")
    assert cell["message"] == said_by_check(text, "nand_weights")
    assert cell["mistake"] in " ".join(cell["message"].split())


TELLTALES = {
    "prints": "print(text)",
    "prints-to-stderr": "__import__('sys').stderr.write(text)",
    "raises": "raise ValueError(text)",
    "asserts": "assert not text, text",
    "raises-of-its-own": "raise type(text, (Exception,), {})(text)",
    "names-an-attribute": "getattr(object, text)",
    "looks-up": "{}[text]",
    "warns": "__import__('warnings').warn(text)",
    "remembers": "seen.append(text)",
    "displays": "display(text)",
    "files": "open('seen.txt', 'a').write(text)",
    "renames-itself": "count_words.__name__ = text",
    "returns-it": "return text",
    "returns-a-float": (
        "return type('F', (float,), {'__repr__': lambda s: text})(len(text))"
    ),
    "logs": "__import__('logging').warning(text)",
    "sleeps-in-it": "exec(f\"while '{text}': pass\")",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The results of answers that tell what they are called with."""
    after = making.cell("own", "after", "print(seen)\nseen")
    read = making.cell("own", "read", "print(open('seen.txt').read())")
    handed = {}
    for name, tells in TELLTALES.items():
        text = (
            f"seen = []\n\n\ndef count_words(text):\n    {tells}\n"
            "    return len(text.split())"
        )
        book = notebook(count=text)
        place = place_of(book["cells"], "count-check") + 1
        book["cells"][place:place] = [after, read]
        handed[name] = making.as_bytes(book)
    handed["wrong"] = solved(count="def count_words(text):\n    return 3")
    folder = tmp_path_factory.mktemp("told")
    return making.graded(folder, SOURCE, handed, seconds=2.0), folder


def test_no_hidden_test_is_told_to_anyone(told):
    _, folder = told
    assert SECRET not in all_written(folder)
    assert "octopus" not in all_written(folder)


def test_a_hidden_test_that_fails_is_said_to_be_hidden(told):
    results, _ = told
    cell = a_cell(results["wrong"], "count-check")
    assert cell["score"] == 0
    assert cell["state"] == "wrong"
    assert cell["message"] == "A test that is not shown did not pass."


def test_no_paths_and_no_tracebacks_of_the_grader_are_shown(ruined, told):
    results, folder = told
    text = all_written(folder) + json.dumps([ruined, results])
    for sign in (
        "Traceback",
        str(folder),
        str(making.ROOT),
        os.path.dirname(os.__file__),
        "site-packages",
        "nnlib/grading",
        "nnlib.grading",
        "marking.py",
        "session.py",
        "bwrap",
    ):
        assert sign not in text


ERRORS = {
    "import": "from numpy import nothing_of_this_name",
    "module": "raise ValueError(np)",
    "deep-in-numpy": "np.linalg.solve(np.ones((2, 2)), np.ones(3))",
    "file": "open('no_such_file.csv')",
    "proxy": "raise TypeError(str(type(x)))",
    "nnlib": "import nnlib.network\n    nnlib.network.Network([])",
}


def test_errors_of_packages_show_no_paths_of_this_computer(tmp_path):
    handed = {name: solved(double=in_call(x)) for name, x in ERRORS.items()}
    results = making.graded(tmp_path, SOURCE, handed)
    for result in results.values():
        cell = a_cell(result, "double-check")
        assert cell["state"] in ("raised", "not started")
        for sign in ("site-packages", "lib/python", "/book", str(tmp_path)):
            assert sign not in json.dumps(result)
