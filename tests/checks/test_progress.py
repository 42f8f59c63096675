"""progress: what was passed is kept, whatever happens in between."""

import datetime
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import platformdirs
import pytest

from nnlib.checks import check, progress

TODAY = datetime.date.today().isoformat()


@pytest.fixture(autouse=True)
def folder(progress_folder, monkeypatch):
    """Keep the records of every test here in a folder of its own."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return progress_folder


def files(place):
    return sorted(
        str(file.relative_to(place))
        for file in Path(place).rglob("*")
        if file.is_file()
    )


def in_a_process(script, *arguments):
    """Start a script that sees the same folder."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


# --- record, passed, forget -------------------------------------------------


def test_at_first_nothing_is_passed(folder):
    assert progress.passed() == {}
    assert not folder.exists()


def test_passes_are_found_again_with_their_date(capsys):
    progress.record("01_perceptron", "perceptron_predict")
    progress.record("01_perceptron", "nand_weights")
    progress.record("02_activations", "relu")
    assert progress.passed() == {
        "01_perceptron": {
            "nand_weights": TODAY,
            "perceptron_predict": TODAY,
        },
        "02_activations": {"relu": TODAY},
    }
    assert capsys.readouterr().out == ""


def test_a_pass_is_one_small_file(folder):
    progress.record("01_perceptron", "nand_weights")
    assert files(folder) == ["01_perceptron/nand_weights.txt"]
    text = (folder / "01_perceptron/nand_weights.txt").read_text()
    assert text == f"{TODAY}\n"


def test_the_first_date_is_kept(folder):
    progress.record("01_perceptron", "nand_weights")
    file = folder / "01_perceptron/nand_weights.txt"
    file.write_text("2024-02-29\n", encoding="utf-8")
    progress.record("01_perceptron", "nand_weights")
    assert progress.passed()["01_perceptron"] == {"nand_weights": "2024-02-29"}


def test_a_file_that_cannot_be_read_still_counts(folder):
    progress.record("01_perceptron", "nand_weights")
    (folder / "01_perceptron/nand_weights.txt").write_bytes(b"\xff\xfe\xff")
    assert progress.passed() == {"01_perceptron": {"nand_weights": ""}}


def test_forget_deletes_the_records_and_nothing_else(folder):
    progress.record("01_perceptron", "nand_weights")
    (folder / "01_perceptron/half.draft").touch()
    (folder / "01_perceptron/notes.md").touch()
    (folder / "letter.txt").touch()
    progress.forget()
    assert progress.passed() == {}
    assert files(folder) == ["01_perceptron/notes.md", "letter.txt"]


def test_forgetting_nothing_is_no_error():
    progress.forget()
    progress.forget()
    assert progress.passed() == {}


# --- where ------------------------------------------------------------------


@pytest.mark.parametrize("off", ["off", "OFF", "Off"])
def test_off_means_off(off, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("NNLIB_PROGRESS", off)
    monkeypatch.chdir(tmp_path)
    progress.record("01_perceptron", "nand_weights")
    progress.forget()
    assert progress.folder() is None
    assert progress.passed() == {}
    assert files(tmp_path) == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("unset", [True, False])
def test_without_a_wish_it_is_the_system_s_place_for_data(unset, monkeypatch):
    if unset:
        monkeypatch.delenv("NNLIB_PROGRESS")
    else:
        monkeypatch.setenv("NNLIB_PROGRESS", "")
    data = platformdirs.user_data_path()
    assert data in progress.folder().parents
    assert "nnlib" in progress.folder().relative_to(data).parts


def test_a_tilde_is_the_home(monkeypatch):
    monkeypatch.setenv("NNLIB_PROGRESS", "~/of/mine")
    assert progress.folder() == Path.home() / "of" / "mine"


# --- what can go wrong ------------------------------------------------------


@pytest.mark.parametrize("below", ["", "deep/down"])
def test_a_folder_that_cannot_be_made_costs_the_record_only(
    below, tmp_path, monkeypatch, capsys
):
    # A file in the way, not permissions: those do not stop root.
    (tmp_path / "in_the_way").write_text("something else")
    place = tmp_path / "in_the_way" / below
    monkeypatch.setenv("NNLIB_PROGRESS", str(place))
    progress.record("01_perceptron", "nand_weights")
    said = capsys.readouterr().out
    assert said.startswith(f"(The pass could not be recorded in {place}: ")
    assert said.endswith(".)\n")
    assert "None" not in said
    assert progress.passed() == {}
    progress.forget()
    assert files(tmp_path) == ["in_the_way"]


def test_a_full_disk_costs_the_record_only(monkeypatch, capsys, folder):
    progress.record("01_perceptron", "nand_weights")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    progress.record("01_perceptron", "xor_from_nand")
    assert capsys.readouterr().out == (
        f"(The pass could not be recorded in {folder}: "
        "No space left on device.)\n"
    )
    assert list(progress.passed()["01_perceptron"]) == ["nand_weights"]


def test_a_draft_is_not_a_pass(folder):
    progress.record("01_perceptron", "nand_weights")
    (folder / "01_perceptron/tmp123.draft").write_text("2024-02-29\n")
    assert progress.passed() == {"01_perceptron": {"nand_weights": TODAY}}


@pytest.mark.parametrize(
    "moment",
    [
        "os.fsync = lambda handle: os._exit(9)",
        "pathlib.Path.replace = lambda draft, final: os._exit(9)",
        "os.fdopen = lambda *a, **k: os._exit(9)",
    ],
    ids=["written", "before the rename", "before a word"],
)
def test_a_killed_process_loses_no_earlier_pass(moment, folder):
    progress.record("01_perceptron", "nand_weights")
    process = in_a_process(
        f"""
        import os, pathlib
        from nnlib.checks import progress
        progress.record("01_perceptron", "perceptron_predict")
        {moment}
        progress.record("01_perceptron", "xor_from_nand")
        """
    )
    process.communicate(timeout=30)
    assert process.returncode == 9
    assert progress.passed() == {
        "01_perceptron": {
            "nand_weights": TODAY,
            "perceptron_predict": TODAY,
        }
    }
    progress.record("01_perceptron", "xor_from_nand")
    assert "xor_from_nand" in progress.passed()["01_perceptron"]


def test_two_processes_at_once_lose_nothing(folder):
    script = """
    import sys, time
    from nnlib.checks import progress
    who, start = sys.argv[1], float(sys.argv[2])
    time.sleep(max(0, start - time.time()))
    for i in range(50):
        progress.record("01_perceptron", f"{who}_{i}")
        progress.record("02_activations", f"common_{i}")
    """
    start = str(datetime.datetime.now().timestamp() + 0.8)
    processes = [in_a_process(script, who, start) for who in ("a", "b")]
    for process in processes:
        said, _ = process.communicate(timeout=60)
        assert said == ""
        assert process.returncode == 0
    passed = progress.passed()
    assert set(passed["01_perceptron"]) == {
        f"{who}_{i}" for who in ("a", "b") for i in range(50)
    }
    assert len(passed["02_activations"]) == 50
    dates = {date for sheet in passed.values() for date in sheet.values()}
    assert "" not in dates
    assert not [name for name in files(folder) if name.endswith(".draft")]


# --- through check ----------------------------------------------------------


def nand_weights():
    return [-1.0, -1.0], 1.5


def test_check_records_a_pass():
    check(nand_weights)
    assert progress.passed() == {"01_perceptron": {"nand_weights": TODAY}}


def test_grading_records_nothing(monkeypatch, folder):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    check(nand_weights)
    assert not folder.exists()


def test_validating_is_the_student_s_own_pass(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    check(nand_weights)
    assert "nand_weights" in progress.passed()["01_perceptron"]


def test_an_unwritable_folder_costs_no_pass(tmp_path, monkeypatch, capsys):
    (tmp_path / "in_the_way").touch()
    monkeypatch.setenv("NNLIB_PROGRESS", str(tmp_path / "in_the_way"))
    check(nand_weights)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("(The pass could not be recorded in ")
    assert second == "nand_weights: passed."
