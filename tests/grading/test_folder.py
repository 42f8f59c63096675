import csv
import os
import resource
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import marked
import pytest

from nnlib.grading import folder
from nnlib.grading.handed_in import Unreadable

SHEET = "06_backpropagation"


@pytest.fixture
def source(tmp_path):
    made = tmp_path / "solutions" / SHEET
    (made / "data").mkdir(parents=True)
    (made / f"{SHEET}.ipynb").write_bytes(b"{}")
    (made / "data" / "rows.csv").write_bytes(b"1,2")
    (made / ".ipynb_checkpoints").mkdir()
    (made / ".ipynb_checkpoints" / "old.ipynb").write_bytes(b"old")
    return made


@pytest.fixture
def store(tmp_path, source):
    """Return make({path: bytes}): a store of these files in a folder."""

    def make(files):
        handed_in = tmp_path / "handed in"
        for path, data in files.items():
            (handed_in / path).parent.mkdir(parents=True, exist_ok=True)
            (handed_in / path).write_bytes(data)
        return folder.Results(tmp_path / "out", source, SHEET, handed_in)

    return make


def keep_all(store):
    for submission in store.submissions():
        try:
            submission.read()
            result = marked.a_result(submission.student)
        except Unreadable as refused:
            result = marked.a_result(
                submission.student,
                marked.a_cell(state="not run"),
                remarks=[f"Nothing could be read: {refused}"],
            )
        store.keep(result, {})
    store.finish(store.stored_results())


def tree(out):
    """Return {path: bytes} of all that is in the results folder."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_the_assignment_is_the_folder_of_its_source(store):
    found = store({}).assignment()
    assert found.name == SHEET
    assert found.files == {f"{SHEET}.ipynb": b"{}", "data/rows.csv": b"1,2"}


def test_a_source_without_a_notebook_is_an_error_that_helps(store, source):
    (source / f"{SHEET}.ipynb").unlink()
    with pytest.raises(ValueError, match=r"There is no notebook in .*Needed:"):
        store({}).assignment()


@pytest.mark.parametrize("zipped", [False, True])
def test_students_come_sorted_from_a_folder_and_from_a_zip(
    tmp_path, source, store, zipped
):
    files = {
        "bob.ipynb": b"bob's",
        "ada/any name.ipynb": b"ada's",
        "ada/d/x.csv": b"1",
        "Eve Ng_3_assignsubmission_file_/06_backpropagation.ipynb": b"eve's",
        "kim_LATE_5_678_06_backpropagation-1.ipynb": b"kim's",
        "readme.txt": b"of the teacher's",
        "__MACOSX/._bob.ipynb": b"",
    }
    made = store(files)
    if zipped:
        with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
            for path, data in files.items():
                archive.writestr(path, data)
        path = tmp_path / "class.zip"
        made = folder.Results(tmp_path / "out", source, SHEET, path)
    found = {one.student: one.read() for one in made.submissions()}
    name = f"{SHEET}.ipynb"
    assert list(found.items()) == [
        ("Eve Ng (participant 3)", {name: b"eve's"}),
        ("ada", {"d/x.csv": b"1", name: b"ada's"}),
        ("bob", {name: b"bob's"}),
        ("kim (canvas 5)", {name: b"kim's"}),
    ]


def test_what_the_names_say_gets_into_the_remarks(store, tmp_path):
    made = store(
        {
            "kim_LATE_5_678_06_backpropagation.ipynb": b"1",
            "kim_LATE_5_679_06_backpropagation-1.ipynb": b"2",
        }
    )
    keep_all(made)
    (result,) = made.stored_results()
    assert result["remarks"] == [
        "Canvas marks this submission as late.",
        "Of 2 notebooks for 06_backpropagation, 06_backpropagation-1.ipynb "
        "was graded.",
    ]
    (page,) = (tmp_path / "out" / "feedback").iterdir()
    assert "Canvas marks this submission as late." in page.read_text()


def test_bytes_are_read_when_they_are_asked_for(store, tmp_path):
    made = store({"ada.ipynb": b"1"})
    (submission,) = made.submissions()
    (tmp_path / "handed in" / "ada.ipynb").write_bytes(b"2")
    assert submission.read() == {f"{SHEET}.ipynb": b"2"}


def test_one_bad_submission_costs_nobody_else_anything(store, tmp_path):
    made = store({"ada.ipynb": b"1", "gil/essay.pdf": b"", "eve.zip": b"PK"})
    secret = tmp_path / "solutions" / SHEET / f"{SHEET}.ipynb"
    (tmp_path / "handed in" / "bob.ipynb").symlink_to(secret)
    (tmp_path / "handed in" / "lin").symlink_to(secret.parent)
    os.mkfifo(tmp_path / "handed in" / "kim.ipynb")
    keep_all(made)
    scores = {r["student"]: r["score"] for r in made.stored_results()}
    assert scores.pop("ada") == 2
    assert scores == dict.fromkeys(["bob", "eve", "gil", "kim", "lin"], 0)


def test_what_leads_out_of_a_zip_is_listed_and_not_read(tmp_path, source):
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../../ada.ipynb", "/etc/passwd", "ada.ipynb"):
            archive.writestr(name, name)
    made = folder.Results(tmp_path / "out", source, SHEET, path)
    keep_all(made)
    scores = {r["student"]: r["score"] for r in made.stored_results()}
    assert scores == {"../../ada.ipynb": 0, "/etc/passwd": 0, "ada": 2}


def test_a_students_files_together_have_one_budget(
    store, monkeypatch, tmp_path
):
    made = store(
        {"kim_5_678_a.bin": bytes(60), "kim_5_679_b.ipynb": bytes(60)}
    )
    monkeypatch.setattr("nnlib.grading.reading.LARGEST", 100)
    (submission,) = made.submissions()
    with pytest.raises(Unreadable, match="is larger than"):
        submission.read()


def test_the_results_folder_may_lie_where_the_submissions_are(
    tmp_path, source
):
    (tmp_path / "ada.ipynb").write_bytes(b"1")
    made = folder.Results(tmp_path / "out", source, SHEET, tmp_path)
    before = [one.student for one in made.submissions()]
    keep_all(made)
    assert [one.student for one in made.submissions()] == before


@pytest.mark.parametrize("there", [False, True])
def test_what_is_neither_a_folder_nor_a_zip_is_an_error_that_helps(
    tmp_path, source, there
):
    if there:
        (tmp_path / "class.zip").write_bytes(b"not a zip")
    made = folder.Results(tmp_path, source, SHEET, tmp_path / "class.zip")
    with pytest.raises(ValueError, match=r"Download it|Needed: a folder"):
        made.submissions()


def test_what_was_stored_is_found_again_by_its_digest(store):
    made = store({})
    results = [marked.a_result(name, digest=f"of {name}") for name in "ba"]
    for result in results:
        made.keep(result, {})
    assert store({}).graded() == {"a": "of a", "b": "of b"}
    assert list(store({}).stored_results()) == results[::-1]


def test_the_same_result_is_stored_as_the_same_bytes(store, tmp_path):
    made = store({})
    made.keep(marked.a_result("ada"), {})
    before = tree(tmp_path / "out")
    made.keep(marked.a_result("ada"), {})
    assert tree(tmp_path / "out") == before


def test_a_file_that_is_no_result_is_not_taken_for_one(store, tmp_path):
    made = store({})
    made.keep(marked.a_result("ada"), {})
    results = tmp_path / "out" / "results"
    whole = (results / "ada.json").read_bytes()
    for n in range(20):
        (results / f"copy {n}.json").write_bytes(whole.replace(b"d1", b"d2"))
    (results / "bob.json").write_bytes(whole[:100])
    (results / "eve.json").write_bytes(b"[1]")
    (results / "kim.json").write_bytes(b"\xff")
    assert made.graded() == {"ada": "d1"}


@pytest.mark.parametrize("name", marked.HOSTILE)
def test_a_strangers_name_stays_in_its_folder_and_is_found_again(
    store, tmp_path, name
):
    made = store({})
    made.keep(marked.a_result(name), {})
    made.finish(made.stored_results())
    assert list(made.graded()) == [name]
    assert sorted(os.listdir(tmp_path)) == ["out", "solutions"]
    for path in (tmp_path / "out").rglob("*"):
        assert path.name.isascii()
        assert not path.name.startswith(".")
        assert path.name.isprintable()
        assert len(path.name) <= 200


def test_names_that_a_disk_might_not_tell_apart_have_files_of_their_own():
    names = ["ada", "Ada", "ADA", "ada ", " ada", "é", "e\u0301", "É"]
    names += [
        folder.file_stem("Ada").lower(),
        "ada~1",
        "a" * 200,
        "a" * 201,
        ".",
    ]
    stems = [folder.file_stem(name) for name in names]
    assert len({stem.casefold() for stem in stems}) == len(names)
    assert all(stem == stem.rstrip() for stem in stems)
    assert folder.file_stem("ada lovelace") == "ada lovelace"


def test_the_seed_is_drawn_once_and_kept_to_oneself(store, tmp_path):
    seed = store({}).seed()
    assert seed == store({}).seed()
    assert (tmp_path / "out" / "seed").stat().st_mode & 0o777 == 0o600
    assert seed >= 0


def test_a_seed_that_is_given_is_kept(store):
    store({}).seed()
    assert store({}).seed(12) == 12
    assert store({}).seed() == 12
    assert store({}).seed(0) == 0
    assert store({}).seed() == 0


def test_a_seed_that_was_spoilt_is_an_error_that_helps(store, tmp_path):
    store({}).seed()
    (tmp_path / "out" / "seed").write_text("seven")
    with pytest.raises(ValueError, match=r"does not hold a number. Delete"):
        store({}).seed()


def test_finish_writes_the_tables_and_the_report_and_can_be_repeated(
    store, tmp_path
):
    made = store({"ada.ipynb": b"1", "bob.ipynb": b"2"})
    keep_all(made)
    before = tree(tmp_path / "out")
    assert list(before) == [
        "feedback/ada.html",
        "feedback/bob.html",
        "grades.csv",
        "grades_canvas.csv",
        "grades_moodle.csv",
        "report.html",
        "results/ada.json",
        "results/bob.json",
    ]
    made.finish(made.stored_results())
    assert tree(tmp_path / "out") == before
    with open(tmp_path / "out" / "grades.csv", encoding="utf-8-sig") as file:
        lines = list(csv.reader(file))
    assert [line[:2] for line in lines[1:]] == [["ada", "2"], ["bob", "2"]]
    assert "2 submissions" in (tmp_path / "out" / "report.html").read_text()


def test_finish_without_any_result_writes_headings(store, tmp_path):
    made = store({})
    made.finish(made.stored_results())
    assert "Nothing has been graded yet." in (
        tmp_path / "out" / "report.html"
    ).read_text("utf-8")


def test_what_a_killed_run_left_is_cleared_at_the_end(store, tmp_path):
    made = store({})
    made.keep(marked.a_result("ada"), {})
    for where in ("", "results", "feedback"):
        (tmp_path / "out" / where / ".0a1b.new").touch()
    made.finish(made.stored_results())
    assert not list((tmp_path / "out").rglob("*.new"))


@pytest.mark.parametrize(("limit", "left"), [(100, []), (50_000, ["html"])])
def test_a_full_disk_leaves_nothing_half_written(
    source, tmp_path, limit, left
):
    """Either the page fits and the JSON does not, or neither does."""
    program = """
        import sys
        import marked
        from nnlib.grading import folder
        made = folder.Results("out", sys.argv[1], "sheet", "none")
        cell = marked.a_cell("relu", "wrong", mistake="x" * 100_000)
        try:
            made.keep(marked.a_result("ada", cell), {})
        except OSError:
            print("refused")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(source)],
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (limit, limit)
        ),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "refused\n", done.stderr
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [path.name.split(".")[1] for path in files] == left
    assert all(path.read_text().endswith("</html>\n") for path in files)
    made = folder.Results(tmp_path / "out", source, SHEET, tmp_path)
    assert made.graded() == {}
