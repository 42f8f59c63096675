import os
import socket

import pytest

from nnlib.grading import reading
from nnlib.grading.handed_in import Unreadable


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "submitted" / "ada"
    made.mkdir(parents=True)
    (made / "sheet.ipynb").write_bytes(b"{}")
    return made


def refusal_of(folder, **options):
    with pytest.raises(Unreadable) as refused:
        reading.read_folder(folder, **options)
    return str(refused.value)


def test_files_come_by_their_paths_and_clutter_is_left_out(folder):
    (folder / "data").mkdir()
    (folder / "data" / "rows.csv").write_bytes(b"1,2")
    for name in (".ipynb_checkpoints", "__MACOSX", ".git"):
        (folder / name).mkdir()
        (folder / name / "sheet.ipynb").write_bytes(b"old")
    (folder / ".DS_Store").write_bytes(b"x")
    assert reading.read_folder(folder) == {
        "data/rows.csv": b"1,2",
        "sheet.ipynb": b"{}",
    }


@pytest.mark.parametrize("target", ["../../secret", "/etc/passwd", "gone"])
def test_a_symbolic_link_is_not_followed_wherever_it_leads(folder, target):
    (folder.parents[1] / "secret").write_bytes(b"the answers")
    (folder / "link").symlink_to(target)
    assert refusal_of(folder) == (
        "link is a symbolic link; hand in the file itself."
    )


def test_a_link_to_a_folder_is_not_entered(folder, tmp_path):
    (tmp_path / "solutions").mkdir()
    (folder / "more").symlink_to(tmp_path / "solutions")
    assert "more is a symbolic link" in refusal_of(folder)


def test_no_folder_between_the_teachers_and_the_file_may_be_a_link(folder):
    other = folder.parent / "bob"
    other.symlink_to(folder)
    (folder / "sheet").mkdir()
    assert "bob is a symbolic link" in refusal_of(other)
    refused = refusal_of(other / "sheet", below=folder.parent)
    assert "bob is a symbolic link" in refused


def test_a_hard_link_may_be_a_file_of_someone_else(folder):
    (folder.parent / "secret").write_bytes(b"the answers")
    os.link(folder.parent / "secret", folder / "mine.ipynb")
    assert refusal_of(folder) == (
        "mine.ipynb is a hard link; a copy of the file is needed."
    )


def test_a_pipe_or_a_socket_does_not_hold_the_reader_up(folder):
    os.mkfifo(folder / "pipe")
    assert refusal_of(folder) == "pipe is not a file."
    (folder / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "socket"))
        assert refusal_of(folder) == "socket is not a file."


def test_what_is_too_large_is_refused_before_it_fills_the_memory(folder):
    with open(folder / "huge.bin", "wb") as file:
        file.truncate(10**12)  # a terabyte of nothing
    assert "larger than 32 MB" in refusal_of(folder)


def test_many_files_are_too_many_also_if_they_are_hidden_or_empty(folder):
    for n in range(reading.MOST_FILES - 1):
        (folder / f".{n}").touch()
    assert list(reading.read_folder(folder)) == ["sheet.ipynb"]
    (folder / "one_more").mkdir()
    assert refusal_of(folder) == "it holds more than 500 files."


def test_folders_in_folders_come_to_an_end(folder):
    (folder / "/".join(["d"] * 25)).mkdir(parents=True)
    assert "folders are more than 20 deep" in refusal_of(folder)


def test_names_that_no_text_can_hold_are_made_readable(folder):
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "wb") as file:
        file.write(b"odd")
    files = reading.read_folder(folder)
    assert files["\ufffd\ufffd.txt"] == b"odd"
    assert all(path.encode() for path in files)


def test_a_name_that_a_disk_would_not_take_again_is_refused(folder):
    with open(os.fsencode(folder) + b"/" + b"\xff" * 100, "wb"):
        assert "is too long" in refusal_of(folder)


def test_a_file_that_may_not_be_read_says_so_without_the_whole_path(folder):
    message = refusal_of(folder / "gone")
    assert message == "gone cannot be read: No such file or directory."


def test_one_budget_counts_over_several_places(folder):
    budget = reading.Budget()
    budget.bytes = 3
    reading.read_file(folder / "sheet.ipynb", budget=budget)
    with pytest.raises(Unreadable, match="larger than"):
        reading.read_folder(folder, budget=budget)
