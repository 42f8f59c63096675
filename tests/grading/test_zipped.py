import contextlib
import io
import stat
import struct
import zipfile

import numpy as np
import pytest

from nnlib.grading import reading, zipped
from nnlib.grading.handed_in import Unreadable


def archive(folder, files, name="class.zip"):
    """Write a zip of {name or ZipInfo: bytes} and open it."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return zipped.Archive(path)


def read(found, top):
    return found.read(top, reading.Budget())


def refusal_of(found, top):
    with pytest.raises(Unreadable) as refused:
        read(found, top)
    return str(refused.value)


def test_folders_and_files_at_the_top_are_read_apart(tmp_path):
    found = archive(
        tmp_path,
        {
            "ada/a.ipynb": b"1",
            "ada/data/x.csv": b"2",
            "bob.ipynb": b"3",
            "eve/": b"",
            "__MACOSX/ada/._a.ipynb": b"4",
            "ada/.ipynb_checkpoints/a.ipynb": b"5",
        },
    )
    assert found.tops == {"ada": True, "bob.ipynb": False, "eve": True}
    assert read(found, "ada") == {"a.ipynb": b"1", "data/x.csv": b"2"}
    assert read(found, "bob.ipynb") == {"bob.ipynb": b"3"}
    assert read(found, "eve") == {}


def test_a_folder_that_was_zipped_as_a_whole_is_unwrapped(tmp_path):
    files = {"class/": b"", "class/ada.ipynb": b"1", "class/bob/b.ipynb": b"2"}
    found = archive(tmp_path, {**files, "__MACOSX/class/._x": b""})
    assert found.tops == {"ada.ipynb": False, "bob": True}
    assert archive(tmp_path, files, "other.zip").tops == {"class": True}


@pytest.mark.parametrize(
    ("name", "top"),
    [
        ("../../etc/cron.d/x", "../../etc/cron.d/x"),
        ("/etc/passwd", "/etc/passwd"),
        ("C:\\Windows\\x.ipynb", "C:\\Windows\\x.ipynb"),
        ("..\\x.ipynb", "..\\x.ipynb"),
        ("\\\\server\\x.ipynb", "\\\\server\\x.ipynb"),
        ("ada/../bob/x.ipynb", "ada"),
        ("ada\\..\\..\\x.ipynb", "ada"),
    ],
)
def test_a_path_that_leads_out_is_refused_and_takes_nobodys_place(
    tmp_path, name, top
):
    found = archive(tmp_path, {name: b"evil", "bob/x.ipynb": b"bob's"})
    assert "leads out of it" in refusal_of(found, top)
    assert read(found, "bob") == {"x.ipynb": b"bob's"}
    assert not (tmp_path.parent / "x.ipynb").exists()


def test_marks_between_folders_as_windows_writes_them_are_understood(tmp_path):
    found = archive(tmp_path, {"ada\\data\\x.csv": b"1"})
    assert read(found, "ada") == {"data/x.csv": b"1"}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (stat.S_IFLNK, "ada/x is a symbolic link; hand in the file itself."),
        (stat.S_IFIFO, "ada/x is not a file."),
        (stat.S_IFCHR, "ada/x is not a file."),
    ],
)
def test_what_is_not_a_file_is_refused(tmp_path, kind, message):
    info = zipfile.ZipInfo("ada/x")
    info.external_attr = (kind | 0o777) << 16
    found = archive(tmp_path, {info: b"/etc/passwd", "bob.ipynb": b"1"})
    assert refusal_of(found, "ada") == message.replace("ada/", "")
    assert read(found, "bob.ipynb") == {"bob.ipynb": b"1"}


def test_a_zip_bomb_is_stopped_while_it_is_inflated(tmp_path):
    bomb = bytes(reading.LARGEST + 1)
    found = archive(tmp_path, {"ada/x": bomb, "bob.ipynb": b"1"})
    assert (tmp_path / "class.zip").stat().st_size < 50_000
    assert "larger than 32 MB" in refusal_of(found, "ada")
    assert read(found, "bob.ipynb") == {"bob.ipynb": b"1"}


def test_a_bomb_in_many_pieces_is_counted_together(tmp_path):
    piece = bytes(reading.LARGEST // 4)
    found = archive(tmp_path, {f"ada/{n}": piece for n in range(5)})
    assert "larger than 32 MB" in refusal_of(found, "ada")


def test_a_header_that_lies_about_the_size_gets_nothing_more(tmp_path):
    archive(tmp_path, {"ada/x": bytes(1_000_000)})
    path = tmp_path / "class.zip"
    lying = path.read_bytes().replace(
        struct.pack("<L", 1_000_000), struct.pack("<L", 10)
    )
    path.write_bytes(lying)
    message = refusal_of(zipped.Archive(path), "ada")
    assert message == "x is damaged in the zip."


def test_five_hundred_files_are_enough(tmp_path):
    found = archive(tmp_path, {f"ada/{n}": b"" for n in range(501)})
    assert refusal_of(found, "ada") == "it holds more than 500 files."


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_is_refused(tmp_path):
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("ada/x.ipynb", b"right")
        made.writestr("ada/x.ipynb", b"wrong")
        made.writestr("bob.ipynb", b"1")
    found = zipped.Archive(path)
    assert refusal_of(found, "ada") == "the zip holds x.ipynb more than once."
    assert read(found, "bob.ipynb") == {"bob.ipynb": b"1"}


def test_a_name_cannot_be_a_file_and_a_folder(tmp_path):
    found = archive(tmp_path, {"ada/a": b"1", "ada/a/b": b"2"})
    assert refusal_of(found, "ada") == "a is a file and a folder at once."


def test_a_name_that_no_disk_takes_is_refused(tmp_path):
    found = archive(tmp_path, {f"ada/{'x' * 300}": b"1"})
    assert "is too long" in refusal_of(found, "ada")


def test_a_locked_file_is_refused(tmp_path):
    archive(tmp_path, {"ada.ipynb": b"1"})
    path = tmp_path / "class.zip"
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    path.write_bytes(data)
    message = refusal_of(zipped.Archive(path), "ada.ipynb")
    assert message == "ada.ipynb is locked with a password."


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_cannot_be_inflated_piece_by_piece_is_refused(
    tmp_path, method
):
    info = zipfile.ZipInfo("ada.ipynb")
    info.compress_type = method
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as made:
        made.writestr(info, bytes(100_000), compress_type=method)
    found = zipped.Archive(tmp_path / "class.zip")
    message = refusal_of(found, "ada.ipynb")
    assert message == "ada.ipynb is packed in an unusual way."


def test_damage_to_one_file_costs_that_one_alone(tmp_path):
    text = bytes(range(256)) * 40
    archive(tmp_path, {"ada.ipynb": text, "bob.ipynb": text})
    path = tmp_path / "class.zip"
    data = bytearray(path.read_bytes())
    start = data.index(b"ada.ipynb") + len("ada.ipynb")
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    found = zipped.Archive(path)
    message = refusal_of(found, "ada.ipynb")
    assert message == "ada.ipynb is damaged in the zip."
    assert read(found, "bob.ipynb") == {"bob.ipynb": text}


@pytest.mark.parametrize("keep", [0, 30, 200])
def test_a_zip_that_is_no_zip_or_cut_short_is_a_clear_error(tmp_path, keep):
    archive(tmp_path, {"ada.ipynb": bytes(100), "bob.ipynb": bytes(100)})
    path = tmp_path / "class.zip"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"cannot be read as a zip: .*once"):
        zipped.Archive(path)


def test_a_list_of_files_that_would_fill_the_memory_is_not_read(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(zipped, "LARGEST_LIST", 1000)
    with pytest.raises(ValueError, match="its list of files is too long"):
        archive(tmp_path, {f"{n}.ipynb": b"" for n in range(100)})


def test_more_entries_than_a_class_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(zipped, "MOST_ENTRIES", 99)
    with pytest.raises(ValueError, match="holds more than 99 files"):
        archive(tmp_path, {f"{n}.ipynb": b"" for n in range(100)})


def test_names_that_a_mac_wrote_without_saying_so_are_utf_8(tmp_path):
    archive(tmp_path, {"Zoe.ipynb": b"1"})
    path = tmp_path / "class.zip"
    data = path.read_bytes()
    assert data.count(b"Zoe.") == 2
    path.write_bytes(data.replace(b"Zoe.", "Zoë".encode()))
    assert list(zipped.Archive(path).tops) == ["Zoëipynb"]


def test_random_damage_never_ends_in_anything_else(tmp_path):
    rng = np.random.default_rng(4)
    archive(tmp_path, {"ada/a.ipynb": bytes(300), "bob.ipynb": b"text" * 50})
    whole = (tmp_path / "class.zip").read_bytes()
    path = tmp_path / "damaged.zip"
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(256)
        path.write_bytes(data)
        try:
            found = zipped.Archive(path)
        except ValueError:
            continue
        for top in found.tops:
            with contextlib.suppress(Unreadable):
                read(found, top)


def test_the_file_is_closed_when_nobody_needs_it_any_more(tmp_path):
    found = archive(tmp_path, {"ada.ipynb": b"1"})
    file = found._zip._file
    assert isinstance(file, io.FileIO)
    del found
    assert file.closed
