"""The same submissions, marked by nbgrader and by us, cell by cell.

Two course directories are marked by the real `nbgrader autograde`, side by
side, and copies of them by `nnlib grade`. Then both gradebooks are compared.
"""

import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import courses
import kinds
import making
import pytest
import values

CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "twice"
c.CourseDirectory.source_directory = "solutions"
c.ClearSolutions.code_stub = {
    "python": "raise NotImplementedError()  # your answer goes here"
}
"""
GENERATE = """
import json
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

config = Config()
exec(open("nbgrader_config.py").read(), {"get_config": lambda: config})
api = NbGraderAPI(config=config)
outcomes = [api.generate_assignment(name) for name in %r]
print(json.dumps([outcome["success"] for outcome in outcomes]))
"""
KINDS = "kinds"
# One half of the work for each of the two cores.
HALVES = (KINDS, *making.SHEETS[:2]), tuple(making.SHEETS[2:])
SCORES = """
SELECT a.name, sa.student_id, n.name, c.name, g.auto_score, g.manual_score,
       g.extra_credit, g.needs_manual_grade,
       coalesce(gc.max_score, tc.max_score)
FROM grade g JOIN base_cell c ON c.id = g.cell_id
JOIN notebook n ON n.id = c.notebook_id
LEFT JOIN grade_cells gc ON gc.id = c.id
LEFT JOIN task_cells tc ON tc.id = c.id
JOIN submitted_notebook sn ON sn.id = g.notebook_id
JOIN submitted_assignment sa ON sa.id = sn.assignment_id
JOIN assignment a ON a.id = sa.assignment_id"""
COMMENTS = """
SELECT a.name, sa.student_id, n.name, c.name, k.auto_comment,
       k.manual_comment
FROM comment k JOIN base_cell c ON c.id = k.cell_id
JOIN notebook n ON n.id = c.notebook_id
JOIN submitted_notebook sn ON sn.id = k.notebook_id
JOIN submitted_assignment sa ON sa.id = sn.assignment_id
JOIN assignment a ON a.id = sa.assignment_id"""


# Where the two differ, and are meant to.
WANTED = {
    # nbgrader cannot read the text "np.float64(0.25)", and gives all points.
    "mean-numpy-number": "a numpy number on the last line is a score",
    "mean-student-s-value": "a numpy number on the last line is a score",
    "arrays-check": "of a subclass of arrays the numbers alone arrive",
}


# --- answers in many styles --------------------------------------------------


def wrapped(name, before, after="return came", first=""):
    """Return code that puts lines around every call of a function."""
    return (
        f"\n\n{first}_{name} = {name}\n\n\ndef {name}(*values):\n    {before}"
        f"\n    came = _{name}(*values)\n    {after}\n"
    )


STYLES = {
    "prints": lambda text, name: text + wrapped(name, "print('met', values)"),
    "warns": lambda text, name: (
        text
        + wrapped(
            name,
            "warnings.warn('slow', stacklevel=1)",
            first="import warnings\n",
        )
    ),
    "prints-to-stderr": lambda text, name: (
        text
        + wrapped(name, "print('!', file=sys.stderr)", first="import sys\n")
    ),
    "decorated": lambda text, name: (
        "import functools\n\n\ndef counted(f):\n    @functools.wraps(f)\n"
        "    def inner(*values):\n        inner.calls += 1\n"
        "        return f(*values)\n    inner.calls = 0\n    return inner\n"
        f"\n\n{text}\n\n\n{name} = counted({name})"
    ),
    "lambda": lambda text, name: (
        f"{text}\n\n\n_own = {name}\n{name} = lambda *values: _own(*values)"
    ),
    "partial": lambda text, name: (
        f"import functools\n{text}\n\n\n{name} = functools.partial({name})"
    ),
    "without-return": lambda text, name: text.replace("return ", "came = "),
    "wrong-syntax": lambda text, name: f"{text}\n    came = (",
    "raises-first": lambda text, name: f"1 / 0\n\n\n{text}",
    "raises-last": lambda text, name: f"{text}\n\n\n1 / 0",
    "timed": lambda text, name: f"%%time\n{text}",
    "tried-out": lambda text, name: f"{text}\n\n\nprint({name})\n{name}",
    "changes-what-it-is-given": lambda text, name: (
        text
        + wrapped(
            name,
            "pass",
            "[v.fill(7) for v in values if hasattr(v, 'fill')]\n"
            "    return came",
        )
    ),
    "answers-once": lambda text, name: (
        text
        + wrapped(
            name,
            "global _n",
            "_n += 1\n    return came if _n < 2 else None",
            first="_n = 0\n",
        )
    ),
}
BELOW, ABOVE = "in-an-own-cell-below", "with-a-helper-in-an-own-cell"


def styled_cells(cells, sheet, styles):
    """Return a starter's cells, each answer written in another style."""
    written = []
    for one in cells:
        name, text = known_answer(one, sheet)
        if name is None or text.startswith("class "):
            written.append(one | {"source": text} if name else one)
            continue
        style = next(styles)
        own = making.cell("own", f"own-{name}", text)
        if style == BELOW:
            written += [one, own]
        elif style == ABOVE:
            own["source"] = text + f"\n\n\nmy_{name} = {name}\ndel {name}"
            call = f"def {name}(*values):\n    return my_{name}(*values)"
            written += [own, one | {"source": call}]
        else:
            written.append(one | {"source": STYLES[style](text, name)})
    return written


def known_answer(one, sheet):
    """Return the exercise that a cell is for, and the book's answer."""
    for name, (cell_id, text) in making.solutions_of(sheet).items():
        if making.grade_id(one) == cell_id:
            return name, text
    return None, ""


# --- what is handed in -------------------------------------------------------


def mixed(sheet, turn):
    """Return {cell: text}: of each exercise a right or a wrong answer."""
    answers = {}
    for i, (name, (cell_id, _)) in enumerate(
        making.solutions_of(sheet).items()
    ):
        pool = [
            text
            for answer, mistake in making.answers_to(sheet)[name]
            if (mistake is None) == ((i + turn) % 2 == 0)
            and "nnlib" not in (text := making.typed_out(answer, name))
        ]
        answers[cell_id] = pool[(7 * turn + i) % len(pool)] if pool else ""
    return answers


def hand_in_a_sheet(root, sheet, styles):
    """Write six submissions of one of the book's sheets."""
    starter = (root / "release" / sheet / f"{sheet}.ipynb").read_bytes()
    solved = dict(making.solutions_of(sheet).values())
    half = dict(list(solved.items())[::2])
    texts = {
        "solved": solved,
        "untouched": {},
        "half": half,
        "mixed-1": mixed(sheet, 1),
        "mixed-2": mixed(sheet, 2),
    }
    handed = {s: making.filled_in(starter, x) for s, x in texts.items()}
    notebook = json.loads(starter)
    notebook["cells"] = styled_cells(notebook["cells"], sheet, styles)
    handed["styled"] = making.as_bytes(notebook)
    for student, data in handed.items():
        folder = root / "submitted" / student / sheet
        folder.mkdir(parents=True)
        (folder / f"{sheet}.ipynb").write_bytes(data)


def hand_in_all_kinds(root):
    """Write six submissions of the assignment with every kind of cell.

    One of them lacks a notebook.
    """
    for name, text in kinds.NOTEBOOKS.items():
        cells, others = making.cells_in(text)
        solved = {
            one["id"]: one["source"]
            for one in cells
            if one["metadata"].get("nbgrader", {}).get("solution")
        }
        texts = {"solved": solved, "untouched": {}} | {
            f"other-{k}": {
                cell: [*others.get(cell, []), *[text] * 4][k]
                for cell, text in solved.items()
            }
            for k in range(4)
        }
        starter = (root / "release" / KINDS / f"{name}.ipynb").read_bytes()
        for student, answers in texts.items():
            if (name, student) == ("spare", "other-1"):
                continue
            folder = root / "submitted" / student / KINDS
            folder.mkdir(parents=True, exist_ok=True)
            data = making.filled_in(starter, answers)
            (folder / f"{name}.ipynb").write_bytes(data)


def write_sources(root, names):
    for name in names:
        folder = root / "solutions" / name
        folder.mkdir(parents=True)
        if name != KINDS:
            (folder / f"{name}.ipynb").write_bytes(making.source_of(name))
            continue
        for path, data in kinds.FILES.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(data)
        for notebook, text in kinds.NOTEBOOKS.items():
            cells, _ = making.cells_in(text)
            data = making.as_bytes(making.as_notebook(cells))
            (folder / f"{notebook}.ipynb").write_bytes(data)


# --- both graders ------------------------------------------------------------


@dataclass
class Marked:
    """What a gradebook says: {(assignment, student, notebook, cell): ...}."""

    scores: dict
    comments: dict

    @classmethod
    def read(cls, roots):
        found = cls({}, {})
        for root in roots:
            with sqlite3.connect(root / "gradebook.db") as db:
                for row in db.execute(SCORES):
                    found.scores[row[:4]] = row[4:]
                for row in db.execute(COMMENTS):
                    found.comments[row[:4]] = row[4:]
            db.close()
        return found


# In Python 3.11 two threads that parse at once disturb each other.
PARSING = threading.Lock()


def mark_twice(root, names, styles):
    """Mark a course with nbgrader and a copy of it with nnlib."""
    root.mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG)
    write_sources(root, names)
    assert all(courses.script(root, GENERATE % (names,)))
    with PARSING:
        for name in names:
            if name == KINDS:
                hand_in_all_kinds(root)
            else:
                hand_in_a_sheet(root, name, styles)
    copy = root.with_name(f"{root.name}-ours")
    shutil.copytree(root, copy)
    for name in names:
        courses.nbgrader(root, "autograde", name)
        run_ours(copy, name)
    return root, copy


def run_ours(root, name):
    main = "import sys; from nnlib.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", main, "grade", name, "--jobs", "1"],
        cwd=root,
        env=courses.environment(root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 marked" in done.stdout


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What nbgrader's gradebook and ours say, after both have marked all."""
    folder = tmp_path_factory.mktemp("courses")
    styles = list(
        itertools.islice(itertools.cycle([*STYLES, BELOW, ABOVE]), 99)
    )
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(
                mark_twice, folder / f"half-{i}", names, iter(styles[9 * i :])
            )
            for i, names in enumerate(HALVES)
        ]
        roots = [job.result() for job in jobs]
    theirs, ours = zip(*roots, strict=True)
    return Marked.read(theirs), Marked.read(ours)


def differences(theirs, ours, assignment):
    """Return one line for each cell of an assignment that is not alike."""
    places = {p for p in {*theirs, *ours} if p[0] == assignment}
    assert places
    return [
        f"{' '.join(place[1:])}: nbgrader {theirs.get(place)}, "
        f"ours {ours.get(place)}"
        for place in sorted(places)
        if theirs.get(place) != ours.get(place) and place[-1] not in WANTED
    ]


@pytest.mark.parametrize("assignment", [KINDS, *making.SHEETS])
def test_every_cell_has_nbgraders_score(both, assignment):
    theirs, ours = both
    found = differences(theirs.scores, ours.scores, assignment)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("cell", WANTED)
def test_a_difference_that_is_wanted_is_there(both, cell):
    theirs, ours = both
    places = [place for place in theirs.scores if place[-1] == cell]
    assert any(theirs.scores[p] != ours.scores[p] for p in places)


@pytest.mark.parametrize("assignment", [KINDS, *making.SHEETS])
def test_every_answer_has_nbgraders_comment(both, assignment):
    theirs, ours = both
    found = differences(theirs.comments, ours.comments, assignment)
    assert not found, "\n".join(found)


def test_the_submissions_are_worth_comparing(both):
    """Most kinds of outcome are there, and not one student's are like
    another's."""
    theirs, _ = both
    outcomes = {}
    for place, (score, *_, points) in theirs.scores.items():
        outcomes.setdefault(place[:2], []).append(score)
        if score is not None:
            assert 0 <= score <= points
    for sheet in making.SHEETS:
        of_sheet = [tuple(x) for p, x in outcomes.items() if p[0] == sheet]
        assert len(of_sheet) == 6
        assert len(set(of_sheet)) >= 4
    assert sum(None in x for x in outcomes.values()) >= 5


def test_values_of_all_kinds_pass_between_a_test_and_an_answer(tmp_path):
    cells, _ = making.cells_in(values.VALUES)
    solved = making.as_bytes(making.as_notebook(cells))
    result = making.graded(tmp_path, solved, {"ada": solved})["ada"]
    (book,) = result["notebooks"]
    failed = [cell for cell in book["cells"] if cell["state"] != "passed"]
    assert not failed, "\n".join(
        f"{cell['id']}: {cell['state']}, {cell['message']}" for cell in failed
    )
    assert result["score"] == result["max_score"] > 100


# --- all that the checks know ------------------------------------------------

# These answers call what a sheet does without, and so they are not marked.
WITH_NNLIB = {
    "design_found_by_chance",
    "wrong_with_nnlib",
    "mlp_masked_by_outputs",
    "mlp_with_nnlib",
    "mlp_that_learns_fast_on_the_way",
    "train_in_float32",
    "norms_with_nnlib",
}


@pytest.mark.parametrize("sheet", making.SHEETS)
def test_every_answer_that_the_checks_know_is_judged_as_they_judge_it(
    sheet, tmp_path
):
    """nbgrader calls the same checks; here all of their answers are marked."""
    known = making.answers_to(sheet)
    turns = range(max(map(len, known.values())))
    asked = {
        f"turn-{t}": {x: known[x][t] for x in known if t < len(known[x])}
        for t in turns
    }
    handed = {s: with_answers(sheet, answers) for s, answers in asked.items()}
    results = making.graded(tmp_path, making.source_of(sheet), handed)
    for student, answers in asked.items():
        (book,) = results[student]["notebooks"]
        assert book["remarks"] == []
        judged = {cell["exercise"]: cell for cell in book["cells"]}
        for name, (answer, mistake) in answers.items():
            assert_judged(judged[name], answer, mistake)


def with_answers(sheet, answers):
    texts = {
        making.solutions_of(sheet)[name][0]: making.typed_out(answer, name)
        for name, (answer, _) in answers.items()
    }
    return making.filled_in(making.starter_of(sheet), texts)


def assert_judged(cell, answer, mistake):
    if answer.__name__ in WITH_NNLIB:
        assert cell["score"] == 0
        assert "is closed while this sheet is graded" in cell["message"]
    elif mistake is None:
        assert cell["state"] == "passed", cell["message"]
        assert cell["score"] == cell["points"]
    else:
        assert cell["mistake"] == mistake, cell["message"]
        assert cell["score"] == 0
