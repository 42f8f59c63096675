import os
import resource
import subprocess
import sys

import pytest

from nnlib.grading.writing import clear_unfinished, write_whole


def test_a_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "a.json"
    write_whole(path, "old")
    with open(path) as reader:
        write_whole(path, b"new")
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.json"]


def test_permissions_are_those_that_were_asked_for(tmp_path):
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "page", "x")
        write_whole(tmp_path / "seed", "x", mode=0o600)
    finally:
        os.umask(before)
    assert (tmp_path / "page").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "seed").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_what_was_there_before(tmp_path):
    path = tmp_path / "a.json"
    write_whole(path, "old")
    program = (
        "import sys\n"
        "from nnlib.grading.writing import write_whole\n"
        "try:\n"
        "    write_whole(sys.argv[1], b'x' * 100_000)\n"
        "except OSError:\n"
        "    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (50_000, 50_000)
        ),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "refused\n", done.stderr
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_link_in_the_place_of_the_file_is_replaced_not_followed(tmp_path):
    (tmp_path / "precious").write_text("keep")
    (tmp_path / "a.json").symlink_to("precious")
    write_whole(tmp_path / "a.json", "new")
    assert (tmp_path / "precious").read_text() == "keep"


def test_what_a_killed_writer_left_is_cleared_and_nothing_else(tmp_path):
    for name in (".0123.new", "mine.new", ".hidden"):
        (tmp_path / name).touch()
    clear_unfinished(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".hidden", "mine.new"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "gone" / "a", "x")
