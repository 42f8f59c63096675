import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import datetime, timedelta

import courses
import pytest
import sqlalchemy as sa

from nnlib.grading import course, gradebook
from nnlib.grading.handed_in import Unreadable

STUDENTS = ["ada", "bob", "cleo"]
# What a gradebook says, but for its random ids.
SAYS = {
    "cells": """
        SELECT n.name, c.name, c.type, g.max_score, g.cell_type, t.max_score
        FROM base_cell c JOIN notebook n ON n.id = c.notebook_id
        LEFT JOIN grade_cells g ON g.id = c.id
        LEFT JOIN task_cells t ON t.id = c.id""",
    "sources": """
        SELECT n.name, c.name, c.cell_type, c.locked, c.source, c.checksum
        FROM source_cell c JOIN notebook n ON n.id = c.notebook_id""",
    "assignments": "SELECT name, course_id FROM assignment",
    "students": "SELECT id, first_name, last_name, email FROM student",
    "submissions": """
        SELECT student_id, timestamp, extension FROM submitted_assignment""",
    "notebooks": """
        SELECT a.student_id, n.name, s.flagged, s.late_submission_penalty
        FROM submitted_notebook s JOIN notebook n ON n.id = s.notebook_id
        JOIN submitted_assignment a ON a.id = s.assignment_id""",
    "grades": """
        SELECT a.student_id, n.name, c.name, c.type, g.auto_score,
               g.manual_score, g.extra_credit, g.needs_manual_grade
        FROM grade g JOIN base_cell c ON c.id = g.cell_id
        JOIN notebook n ON n.id = c.notebook_id
        JOIN submitted_notebook s ON s.id = g.notebook_id
        JOIN submitted_assignment a ON a.id = s.assignment_id""",
    "comments": """
        SELECT a.student_id, n.name, c.name, c.type, g.auto_comment,
               g.manual_comment
        FROM comment g JOIN base_cell c ON c.id = g.cell_id
        JOIN notebook n ON n.id = c.notebook_id
        JOIN submitted_notebook s ON s.id = g.notebook_id
        JOIN submitted_assignment a ON a.id = s.assignment_id""",
}
DUE = "UPDATE assignment SET duedate = '2026-01-01 00:00:00.000000'"


@pytest.fixture(autouse=True)
def no_settings_of_this_computer(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "no settings"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A course whose assignment has been put into the gradebook."""
    root = courses.make(tmp_path_factory.mktemp("fresh"))
    course.Course(root, courses.NAME).assignment()
    return root


@pytest.fixture(scope="module")
def server(fresh):
    """A PostgreSQL server whose database `fresh` knows the assignment."""
    with courses.postgresql() as address:
        first = courses.new_database(address, "fresh")
        store = course.Course(fresh, courses.NAME, db_url=first)
        assert store.graded() == {}  # there are no tables yet
        store.assignment()
        yield address


@pytest.fixture
def root(fresh, tmp_path):
    """A copy of that course, to do with as one likes."""
    return shutil.copytree(fresh, tmp_path / "course")


@pytest.fixture(scope="module")
def ours(fresh, tmp_path_factory):
    """A course with a due date that has been graded by hand-made results."""
    root = shutil.copytree(fresh, tmp_path_factory.mktemp("ours") / "course")
    change(url(root), DUE)
    keep_all(course.Course(root, courses.NAME))
    return root


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """The same course, graded by nbgrader."""
    root = courses.make(tmp_path_factory.mktemp("theirs"))
    courses.nbgrader(root, "generate_assignment", courses.NAME)
    change(url(root), DUE)
    courses.nbgrader(root, "autograde", courses.NAME)
    return root


def url(root):
    return f"sqlite:///{root}/gradebook.db"


def change(address, statement):
    engine = sa.create_engine(address)
    with engine.begin() as db:
        changed = db.execute(sa.text(statement)).rowcount
    engine.dispose()
    assert changed


def says(address, *what):
    """Return {kind: sorted rows} of what a gradebook says."""
    engine = sa.create_engine(address)
    found = {}
    with engine.connect() as db:
        for name in what or SAYS:
            rows = db.execute(sa.text(SAYS[name])).all()
            found[name] = sorted(str(tuple(map(plain, row))) for row in rows)
    engine.dispose()
    return found


def plain(value):
    """Return what SQLite would have said for what PostgreSQL says."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    return int(value) if isinstance(value, bool) else value


def keep(store, student, digest="1", sheets=None):
    store.keep(
        courses.result(student, digest, sheets),
        courses.autograded(student, sheets),
    )


def keep_all(store):
    for student in STUDENTS:
        keep(store, student)


def everything(root):
    """Return {path: (permissions, bytes)} of a course but for .nnlib."""
    return {
        path.relative_to(root).as_posix(): (
            stat.filemode(path.stat().st_mode),
            path.read_bytes() if path.is_file() else None,
        )
        for path in sorted(root.rglob("*"))
        if ".nnlib" not in path.relative_to(root).parts
        and not path.name.startswith("gradebook.db")
    }


def formgrader_sees(root):
    """Return what formgrader lists; the real one, without its server."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config.loader import PyFileConfigLoader

    path = str(root / "nbgrader_config.py")
    config = PyFileConfigLoader(path).load_config()
    folder = CourseDirectory(config=config, root=str(root))
    return NbGraderAPI(folder, config=config).get_submissions(courses.NAME)


# --- the same as nbgrader ---------------------------------------------------


def test_the_gradebook_says_what_nbgrader_would_have_written(ours, theirs):
    assert says(url(ours)) == says(url(theirs))


def test_the_autograded_folders_hold_what_nbgraders_do(ours, theirs):
    found = {
        path: about
        for path, about in everything(ours).items()
        if path.startswith("autograded")
    }
    expected = {
        path: about
        for path, about in everything(theirs).items()
        if path.startswith("autograded")
    }
    assert found.keys() == expected.keys()
    for path, (mode, data) in found.items():
        assert mode == expected[path][0], path
        if not path.endswith(".ipynb"):
            assert data == expected[path][1], path


def test_nbgrader_exports_these_grades(ours):
    courses.nbgrader(ours, "export")
    _, *rows = (ours / "grades.csv").read_text().splitlines()
    assert [row.split(",")[2:] for row in rows] == [
        [
            "2026-01-02 10:00:00",
            "ada",
            "",
            "",
            "",
            "4.5",
            "4.5",
            "0.0",
            "19.0",
        ],
        [
            "2025-12-31 09:58:20",
            "bob",
            "",
            "",
            "",
            "1.0",
            "0.0",
            "1.0",
            "19.0",
        ],
        ["", "cleo", "", "", "", "3.5", "0.0", "3.5", "19.0"],
    ]


def test_nbgrader_makes_feedback_of_it(ours):
    courses.nbgrader(ours, "generate_feedback", courses.NAME)
    folder = ours / "feedback"
    page = (folder / "bob" / courses.NAME / "sheet.html").read_text()
    assert re.search(r"sheet \(Score: 0\.0 / 18\.0\)", page)
    assert "No response." in page
    assert not (folder / "cleo" / courses.NAME / "extra.html").exists()


def test_formgrader_sees_the_submissions(ours):
    seen = formgrader_sees(ours)
    assert [s["student"] for s in seen] == STUDENTS
    assert [s["autograded"] for s in seen] == [True] * 3
    assert [s["score"] for s in seen] == [4.5, 1.0, 3.5]
    assert [s["needs_manual_grade"] for s in seen] == [True] * 3


def test_a_submission_that_cannot_be_read_is_graded_for_formgrader(root):
    (root / "submitted" / "bob" / courses.NAME / "sheet.ipynb").unlink()
    (root / "submitted" / "bob" / courses.NAME / "extra.ipynb").unlink()
    store = course.Course(root, courses.NAME)
    with pytest.raises(Unreadable, match="there is no notebook in it"):
        store.submissions()[1].read()
    result = courses.result("bob", sheets={})
    for book in result["notebooks"]:
        book["state"] = "unreadable"
    result["notebooks"][1]["cells"][-1]["score"] = None  # of the task
    store.keep(result, {})
    bob = formgrader_sees(root)[1]
    assert bob["autograded"]
    assert bob["score"] == 0
    assert not bob["needs_manual_grade"]
    assert store.graded() == {"bob": "1"}


# --- what is to be graded ---------------------------------------------------


def test_a_course_is_listed_and_graded_without_importing_nbgrader(root):
    """It takes seconds, and nothing here needs it."""
    change(url(root), "UPDATE assignment SET duedate = '2027-01-01 00:00:00'")
    text = f"""
import json, sys
sys.path.insert(0, {os.path.dirname(courses.__file__)!r})
import courses
from nnlib.grading.course import Course
store = Course({str(root)!r}, courses.NAME)
store.assignment(), store.graded()
ada, *_ = store.submissions()
store.keep(courses.result("ada"), courses.autograded("ada"))
print(json.dumps(sorted({{"nbgrader", "nbformat"}} & set(sys.modules))))
"""
    assert courses.script(root, text) == []


def test_the_teachers_files_are_read_but_for_what_nbgrader_ignores(root):
    found = course.Course(root, courses.NAME).assignment()
    assert sorted(found.files) == [
        "data/numbers.csv",
        "extra.ipynb",
        "sheet.ipynb",
    ]
    assert found.notebooks == ["extra", "sheet"]


def test_submissions_are_sorted_and_read_when_asked(root):
    (root / "submitted" / "ada" / courses.NAME / "junk.o").write_text("")
    found = course.Course(root, courses.NAME).submissions()
    assert [one.student for one in found] == STUDENTS
    files = found[0].read()
    assert files["notes.txt"] == b"ada's own"
    assert sorted(files) == [
        "data/numbers.csv",
        "extra.ipynb",
        "notes.txt",
        "sheet.ipynb",
        "timestamp.txt",
    ]


def test_one_student_can_be_asked_for(root):
    store = course.Course(root, courses.NAME, student="bob")
    assert [one.student for one in store.submissions()] == ["bob"]
    store = course.Course(root, courses.NAME, student="dora")
    with pytest.raises(ValueError, match="dora has handed in nothing: there"):
        store.submissions()


def test_an_assignment_without_a_source_is_refused(root):
    store = course.Course(root, "ps 2")
    with pytest.raises(ValueError, match=r"There is no notebook in .*ps 2"):
        store.assignment()
    assert store.submissions() == []


def test_points_that_a_teacher_has_changed_reach_the_gradebook(root):
    keep(course.Course(root, courses.NAME), "ada")
    cells = courses.CELLS | {"essay": (*courses.CELLS["essay"][:2], 9, "")}
    file = root / "solutions" / courses.NAME / "sheet.ipynb"
    file.write_text(courses.notebook(cells))
    store = course.Course(root, courses.NAME)
    store.assignment()
    (row,) = [r for r in says(url(root), "cells")["cells"] if "9.0" in r]
    assert "essay" in row
    assert not (root / "release").exists()


def test_nbgraders_reason_is_given_if_it_refuses_a_change(root):
    keep(course.Course(root, courses.NAME), "ada")
    cells = courses.CELLS | {"more": ("code", "test", 1, "assert True")}
    file = root / "solutions" / courses.NAME / "sheet.ipynb"
    file.write_text(courses.notebook(cells))
    with pytest.raises(ValueError, match="Cannot add or remove cells for no"):
        course.Course(root, courses.NAME).assignment()


def test_an_assignment_that_a_killed_grader_left_half_told_is_told_again(root):
    store = course.Course(root, courses.NAME)
    before = says(url(root))
    change(url(root), "DELETE FROM source_cell WHERE name = 'essay'")
    (store.folder / "generating").touch()
    store.assignment()
    assert says(url(root)) == before
    assert not (store.folder / "generating").exists()


def test_a_file_that_is_no_gradebook_is_named(root):
    (root / "gradebook.db").write_bytes(b"no database at all, but long" * 99)
    store = course.Course(root, courses.NAME)
    with pytest.raises(
        OSError, match=r"gradebook\.db cannot be used: file is"
    ):
        store.assignment()


def test_an_old_gradebook_is_named_with_what_to_do(root):
    with sqlite3.connect(root / "gradebook.db") as db:
        db.execute("DROP TABLE task_cells")
    db.close()
    with pytest.raises(OSError, match="run `nbgrader db upgrade`"):
        keep(course.Course(root, courses.NAME), "ada")


@pytest.mark.parametrize("address", ["nowhere", "nosuch://x/y"])
def test_an_address_that_is_none_is_refused(root, address):
    with pytest.raises(ValueError, match="Needed: such as sqlite:///grade"):
        course.Course(root, courses.NAME, db_url=address)


def test_folders_may_have_brackets_in_their_names(root):
    root = root.rename(root.with_name("course [1]"))
    (root / "solutions" / courses.NAME).rename(root / "solutions" / "p[s]")
    for student in STUDENTS:
        folder = root / "submitted" / student
        (folder / courses.NAME).rename(folder / "p[s]")
    found = course.Course(root, "p[s]").submissions()
    assert [one.student for one in found] == STUDENTS
    assert "sheet.ipynb" in found[0].read()


# --- settings ---------------------------------------------------------------


def test_another_order_of_folders_is_followed(root):
    config = root / "nbgrader_config.py"
    config.write_text(
        config.read_text() + "\nc.CourseDirectory.directory_structure = "
        "'{assignment_id}/{nbgrader_step}/{student_id}'\n"
    )
    for step in ("solutions", "submitted"):
        (root / courses.NAME / step).mkdir(parents=True)
    for path in (root / "solutions" / courses.NAME).iterdir():
        path.rename(root / courses.NAME / "solutions" / path.name)
    for student in STUDENTS:
        path = root / "submitted" / student / courses.NAME
        path.rename(root / courses.NAME / "submitted" / student)
    store = course.Course(root, courses.NAME)
    store.assignment()
    assert [one.student for one in store.submissions()] == STUDENTS
    assert b"ada" in store.submissions()[0].read()["notes.txt"]
    keep_all(store)
    placed = root / courses.NAME / "autograded"
    assert sorted(path.name for path in placed.iterdir()) == STUDENTS
    assert list(store.graded()) == STUDENTS


def test_settings_of_the_computer_say_where_the_course_is(
    root, tmp_path, monkeypatch
):
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "nbgrader_config.py").write_text(
        f"get_config().CourseDirectory.root = {str(root)!r}"
    )
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(settings))
    monkeypatch.chdir(tmp_path)
    store = course.Course(None, courses.NAME)
    assert store.root == root
    assert [one.student for one in store.submissions()] == STUDENTS
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "none"))
    assert course.Course(None, courses.NAME).root == tmp_path


def test_settings_that_fail_are_not_passed_over(root):
    (root / "nbgrader_config.py").write_text("1 / 0")
    with pytest.raises(ValueError, match="ZeroDivisionError: division by"):
        course.Course(root, courses.NAME)


def test_shared_folders_and_spared_files_are_as_in_the_settings(root):
    config = root / "nbgrader_config.py"
    config.write_text(
        config.read_text()
        + "\nc.CourseDirectory.groupshared = True"
        + "\nc.Autograde.exclude_overwriting = "
        + f"{{{courses.NAME!r}: ['data/numbers.csv']}}\n"
    )
    keep(course.Course(root, courses.NAME), "ada")
    folder = root / "autograded" / "ada" / courses.NAME
    assert (folder / "data" / "numbers.csv").read_text() == "changed"
    assert stat.filemode((folder / "data").stat().st_mode) == "drwxrwsr-x"
    mode = (folder / "sheet.ipynb").stat().st_mode
    assert stat.filemode(mode) == "-rw-rw-r--"


def test_what_the_grader_says_of_an_answer_counts_more_than_its_text(root):
    result = courses.result("bob")
    _, sheet = result["notebooks"]
    sheet["cells"][2] |= {"score": None, "state": "to mark"}
    store = course.Course(root, courses.NAME)
    store.keep(result, courses.autograded("bob"))
    rows = says(url(root), "comments")["comments"]
    assert [("No response." in row) for row in rows] == [
        *(True, False, False),  # essay, plot, project
        True,  # twice
    ]
    sheet["state"] = "missing"
    store.keep(result, {})
    rows = says(url(root), "comments")["comments"]
    assert not any("No response." in row for row in rows)


# --- strangers --------------------------------------------------------------


def test_links_out_of_a_submission_cost_that_student_alone(root):
    folder = root / "submitted" / "bob" / courses.NAME
    (folder / "sheet.ipynb").unlink()
    (folder / "sheet.ipynb").symlink_to(root / "gradebook.db")
    ada, bob, _ = course.Course(root, courses.NAME).submissions()
    with pytest.raises(Unreadable, match=r"sheet\.ipynb is a symbolic link"):
        bob.read()
    assert "sheet.ipynb" in ada.read()
    shutil.rmtree(folder)
    folder.symlink_to(root / "solutions" / courses.NAME)
    with pytest.raises(Unreadable, match="is a symbolic link"):
        bob.read()


def test_a_hard_link_to_the_source_is_not_read_or_copied(root):
    folder = root / "submitted" / "bob" / courses.NAME
    os.link(
        root / "solutions" / courses.NAME / "sheet.ipynb", folder / "x.txt"
    )
    store = course.Course(root, courses.NAME)
    with pytest.raises(Unreadable, match=r"x\.txt is a hard link"):
        store.submissions()[1].read()
    keep(store, "bob", sheets={})
    copied = root / "autograded" / "bob" / courses.NAME
    assert not (copied / "x.txt").exists()
    assert (copied / "timestamp.txt").exists()


def test_a_link_that_the_teacher_has_made_is_followed(root, tmp_path):
    elsewhere = tmp_path / "clone of bob's"
    (root / "submitted" / "bob").rename(elsewhere)
    (root / "submitted" / "bob").symlink_to(elsewhere)
    bob = course.Course(root, courses.NAME).submissions()[1]
    assert bob.read()["notes.txt"] == b"bob's own"


def test_a_folder_that_may_not_be_read_costs_that_student_alone(
    root, monkeypatch
):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    bob = course.Course(root, courses.NAME).submissions()[1]
    monkeypatch.setattr(course, "read_folder", refuse)  # root may read all
    with pytest.raises(Unreadable, match=r"be read: Permission denied\."):
        bob.read()


@pytest.mark.parametrize(
    "student",
    [
        "new\nline",
        " Zoë 'O\" d;--",
        "x..",
        "=1+1",
        "%2e%2e",
        "[a-z]*?",
        "{0}",
        "x" * 128,
    ],
)
def test_any_name_that_a_folder_can_have_is_graded(root, student):
    courses.hand_in(root, student, courses.HANDED_IN["ada"][0])
    store = course.Course(root, courses.NAME)
    (one,) = [s for s in store.submissions() if s.student == student]
    assert "sheet.ipynb" in one.read()
    result = {**courses.result("ada"), "student": student}
    store.keep(result, courses.autograded("ada"))
    assert store.graded() == {student: "1"}
    assert list(store.stored_results()) == [result]
    copied = root / "autograded" / student / courses.NAME / "notes.txt"
    assert copied.read_text() == f"{student}'s own"


@pytest.mark.parametrize("student", ["x" * 129, os.fsdecode(b"Zo\xeb")])
def test_a_name_that_no_gradebook_takes_is_stored_without_it(root, student):
    courses.hand_in(root, student, courses.HANDED_IN["ada"][0])
    store = course.Course(root, courses.NAME)
    (one,) = [s for s in store.submissions() if s.student == student]
    with pytest.raises(Unreadable, match="name does not fit into a gradeboo"):
        one.read()
    before = says(url(root))
    result = {**courses.result("ada", sheets={}), "student": student}
    store.keep(result, {})
    assert store.graded() == {student: "1"}
    assert list(store.stored_results()) == [result]
    assert says(url(root)) == before
    assert not (root / "autograded").exists()


def test_a_time_stamp_without_a_time_costs_that_student_alone(root):
    folder = root / "submitted" / "bob" / courses.NAME
    (folder / "timestamp.txt").write_bytes(b"\xffyesterday")
    store = course.Course(root, courses.NAME)
    with pytest.raises(Unreadable, match=r"timestamp\.txt holds no date"):
        store.submissions()[1].read()
    keep(store, "bob", sheets={})
    (row,) = says(url(root), "submissions")["submissions"]
    assert row == "('bob', None, None)"


def test_an_empty_time_stamp_is_none_as_in_nbgrader(root):
    folder = root / "submitted" / "bob" / courses.NAME
    (folder / "timestamp.txt").write_text(" \n")
    assert course.Course(root, courses.NAME).submissions()[1].read()


def test_a_students_file_gives_way_to_a_folder_of_the_teachers(root):
    folder = root / "submitted" / "bob" / courses.NAME
    shutil.rmtree(folder / "data")
    (folder / "data").write_text("in the way")
    (folder / "extra.ipynb").unlink()
    (folder / "extra.ipynb").mkdir()
    (folder / "extra.ipynb" / "x").write_text("in the way")
    keep(course.Course(root, courses.NAME), "bob")
    copied = root / "autograded" / "bob" / courses.NAME
    assert (copied / "data" / "numbers.csv").read_text() == "1,2\n"
    assert (copied / "extra.ipynb").is_file()


# --- nothing is lost --------------------------------------------------------


def test_the_same_seed_comes_back_and_one_that_is_given_stays(root):
    store = course.Course(root, courses.NAME)
    drawn = store.seed()
    assert course.Course(root, courses.NAME).seed() == drawn
    assert store.seed(5) == 5
    assert course.Course(root, courses.NAME).seed() == 5
    file = store.folder / "seed"
    assert stat.filemode(file.stat().st_mode) == "-rw-------"
    mode = (root / ".nnlib").stat().st_mode
    assert stat.filemode(mode) == "drwx------"
    file.write_text("many")
    with pytest.raises(ValueError, match="does not hold a number"):
        store.seed()


def test_graders_that_start_together_use_one_seed(root):
    stores = [course.Course(root, courses.NAME) for _ in range(8)]
    start, drawn = threading.Barrier(len(stores)), []

    def draw(store):
        start.wait()
        drawn.append(store.seed())

    threads = [threading.Thread(target=draw, args=[s]) for s in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == len(stores)
    assert len(set(drawn)) == 1
    left = sorted(path.name for path in stores[0].folder.iterdir())
    assert left == ["seed"]


def test_grading_again_changes_nothing(root):
    store = course.Course(root, courses.NAME)
    keep_all(store)
    before = everything(root), says(url(root))
    keep_all(store)
    assert (everything(root), says(url(root))) == before


def test_what_a_person_has_given_is_never_changed(root):
    store = course.Course(root, courses.NAME)
    keep(store, "ada")
    change(
        url(root),
        "UPDATE grade SET manual_score = 2.5, extra_credit = 1, "
        "needs_manual_grade = 0",
    )
    change(url(root), "UPDATE comment SET manual_comment = 'Well done.'")
    keep(store, "ada", "2", sheets={"sheet": {}})
    grades = says(url(root), "grades")["grades"]
    assert len(grades) == 6
    for row in grades:  # a person looks at it once more, if it is there
        seen = "0)" if "extra-check" in row else "1)"
        assert row.endswith(f"2.5, 1.0, {seen}"), row
    for row in says(url(root), "comments")["comments"]:
        assert "'Well done.'" in row
    assert store.graded() == {"ada": "2"}


def test_a_gradebook_put_back_from_an_older_copy_does_not_count(root):
    store = course.Course(root, courses.NAME)
    keep(store, "bob")
    keep(store, "cleo", sheets={"sheet": {}})
    shutil.copy(root / "gradebook.db", root / "copy")
    keep(store, "ada")
    keep(store, "cleo", "2")
    assert store.graded() == {"ada": "1", "bob": "1", "cleo": "2"}
    (root / "copy").replace(root / "gradebook.db")
    assert store.graded() == {"bob": "1"}
    (root / "gradebook.db").unlink()
    assert store.graded() == {}


def test_an_autograded_folder_that_was_deleted_does_not_count(root):
    store = course.Course(root, courses.NAME)
    keep_all(store)
    shutil.rmtree(root / "autograded" / "bob")
    (store.folder / "cleo.json").write_text('{"half a')
    assert store.graded() == {"ada": "1"}


def test_stored_results_are_what_was_kept_in_the_order_of_students(root):
    store = course.Course(root, courses.NAME)
    for student in reversed(STUDENTS):
        keep(store, student)
    (store.folder / "other.json").write_text("[]")
    (store.folder / "copy.json").write_text(json.dumps({"student": "ada"}))
    kept = [courses.result(student) for student in STUDENTS]
    assert list(store.stored_results()) == kept
    store.finish(store.stored_results())
    assert list(store.stored_results()) == kept


PRELUDE = f"""
import os, resource, sys
sys.path.insert(0, {os.path.dirname(courses.__file__)!r})
import courses
from nnlib.grading import course, gradebook
store = course.Course(os.getcwd(), courses.NAME)
store.graded()
"""
KEEP = """
store.keep(courses.result("ada", "2"), courses.autograded("ada"))
"""
KILLED = {
    "while files are written": """
course.Course._set_permissions = lambda *_: os._exit(9)
""",
    "when the old folder is gone": """
rename = os.rename
os.rename = lambda a, b: rename(a, b) if "-old" in str(b) else os._exit(9)
""",
    "before the transaction": """
gradebook.Gradebook.write = lambda *_: os._exit(9)
""",
    "inside the transaction": """
gradebook._Entry.comment = lambda *_: os._exit(9)
""",
    "after the transaction": """
write = course.write_whole
course.write_whole = lambda path, *rest: (
    os._exit(9) if path.name == "ada.json" else write(path, *rest)
)
""",
}


def run(root, text):
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + text],
        cwd=root,
        env=courses.environment(root),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("moment", KILLED)
@pytest.mark.parametrize("first", [True, False], ids=["first", "again"])
def test_a_grader_that_was_killed_is_as_if_it_had_not_been(
    root, tmp_path, moment, first
):
    store = course.Course(root, courses.NAME)
    keep(store, "bob")
    if not first:
        keep(store, "ada", sheets={"sheet": {}})
    undisturbed = shutil.copytree(root, tmp_path / "undisturbed")
    keep(course.Course(undisturbed, courses.NAME), "ada", "2")
    done = run(root, KILLED[moment] + KEEP)
    assert done.returncode == 9, done.stderr
    assert store.graded().keys() - {"ada"} == {"bob"}
    # What was stored before counts until something of it is touched.
    untouched = not first and moment == "while files are written"
    assert store.graded().get("ada") == ("1" if untouched else None)
    keep(store, "ada", "2")
    assert everything(root) == everything(undisturbed)
    assert says(url(root)) == says(url(undisturbed))
    assert store.graded() == {"ada": "2", "bob": "1"}


@pytest.mark.parametrize("room", [1000, 20_000], ids=["files", "gradebook"])
def test_a_full_disk_leaves_everything_as_it_was(root, room):
    store = course.Course(root, courses.NAME)
    keep(store, "ada", sheets={"sheet": {}})
    before = everything(root), says(url(root)), store.graded()
    limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))"
    done = run(root, limit + KEEP)
    assert done.returncode == 1
    assert "OSError: " in done.stderr.splitlines()[-1], done.stderr
    assert (everything(root), says(url(root)), store.graded()) == before
    left = {path.name for path in store.folder.iterdir()}
    assert left == {"ada.json", "lock"}


def test_a_gradebook_that_another_program_writes_to_is_waited_for(root):
    store = course.Course(root, courses.NAME)
    other = sqlite3.connect(
        root / "gradebook.db", isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN EXCLUSIVE")
    later = threading.Timer(0.3, other.execute, ["COMMIT"])
    later.start()
    keep(store, "ada")
    later.join()
    other.close()
    assert store.graded() == {"ada": "1"}


def test_a_gradebook_that_stays_locked_is_given_up_in_the_end(
    root, monkeypatch
):
    monkeypatch.setattr(gradebook, "PATIENCE", 0.1)
    store = course.Course(root, courses.NAME)
    keep(store, "ada", sheets={"sheet": {}})
    before = everything(root), says(url(root)), store.graded()
    other = sqlite3.connect(root / "gradebook.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TimeoutError, match=r"locked for 0\.1 seconds\. Clos"):
        keep(store, "ada", "2")
    other.close()
    assert (everything(root), says(url(root)), store.graded()) == before


def test_a_transaction_has_the_gradebook_to_itself_from_its_start(root):
    """Else one that reads, and then writes, would fail without waiting."""
    store = course.Course(root, courses.NAME)
    other = sqlite3.connect(
        root / "gradebook.db", timeout=0, isolation_level=None
    )
    with (
        store._gradebook._transaction(),
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_reader_does_not_keep_the_grader_waiting(root, monkeypatch):
    """Formgrader is one: it has read something and keeps its connection."""
    monkeypatch.setattr(gradebook, "PATIENCE", 0.1)
    other = sqlite3.connect(root / "gradebook.db")
    other.execute("SELECT * FROM grade").fetchall()
    keep(course.Course(root, courses.NAME), "ada")
    other.close()


# --- PostgreSQL -------------------------------------------------------------


def test_postgresql_says_the_same_and_nbgrader_reads_it(root, server, ours):
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    address = courses.new_database(server, "whole", like="fresh")
    store = course.Course(root, courses.NAME, db_url=address)
    change(address, DUE)
    keep_all(store)
    assert says(address) == says(url(ours))
    assert store.graded() == dict.fromkeys(STUDENTS, "1")
    keep_all(store)
    assert says(address) == says(url(ours))
    with Gradebook(address, "101") as book:
        CsvExportPlugin(to=str(root / "grades.csv")).export(book)
    table = (root / "grades.csv").read_text()
    assert "ada,,,,4.5,4.5,0.0,19.0" in table


def test_postgresql_keeps_marks_of_a_person_and_waits_for_locks(
    root, server, monkeypatch
):
    address = courses.new_database(server, "locked", like="fresh")
    monkeypatch.setattr(gradebook, "PATIENCE", 1)
    store = course.Course(root, courses.NAME, db_url=address)
    keep(store, "ada", sheets={"sheet": {}})
    change(address, "UPDATE grade SET manual_score = 2.5, extra_credit = 1")
    before = says(address)
    engine = sa.create_engine(address)
    with engine.connect() as other:
        other.execute(sa.text("UPDATE grade SET auto_score = 99"))
        with pytest.raises(TimeoutError, match="locked for 1 seconds"):
            keep(store, "ada", "2")
        assert says(address) == before
    engine.dispose()
    keep(store, "ada", "2")
    for row in says(address, "grades")["grades"]:
        assert row.endswith("2.5, 1.0, 1)"), row
    assert store.graded() == {"ada": "2"}


def test_an_extension_is_a_length_of_time_in_both(root, server):
    extended = courses.new_database(server, "extended", like="fresh")
    for address in (url(root), extended):
        store = course.Course(root, courses.NAME, db_url=address)
        keep(store, "ada")
        change(address, DUE)
        engine = sa.create_engine(address)
        with engine.begin() as db:
            table = sa.Table(
                "submitted_assignment",
                sa.MetaData(),
                sa.Column("extension", sa.Interval),
                autoload_with=db,
            )
            db.execute(sa.update(table).values(extension=timedelta(days=1)))
        engine.dispose()
        keep(store, "ada")  # ten hours late, less fourteen
        for row in says(address, "notebooks")["notebooks"]:
            assert not row.endswith("None)")


def test_postgresql_takes_an_assignment_of_a_course_without_a_name(
    root, server
):
    config = (root / "nbgrader_config.py").read_text()
    (root / "nbgrader_config.py").write_text(config.replace("101", ""))
    (root / "solutions" / courses.NAME).rename(root / "solutions" / "ps 2")
    address = courses.new_database(server, "nameless", like="fresh")
    store = course.Course(root, "ps 2", db_url=address)
    store.assignment()
    assert "('ps 2', 'default_course')" in says(address)["assignments"]


def test_a_gradebook_in_the_settings_lies_in_the_course_directory(root):
    config = (root / "nbgrader_config.py").read_text()
    (root / "nbgrader_config.py").write_text(
        config + "\nc.CourseDirectory.db_url = 'sqlite:///marks.db'\n"
    )
    (root / "gradebook.db").rename(root / "marks.db")
    keep(course.Course(root, courses.NAME), "ada")
    assert not (root / "gradebook.db").exists()
    absolute = f"sqlite:///{root}/marks.db"
    store = course.Course(root, courses.NAME, db_url=absolute)
    assert store.graded() == {"ada": "1"}
