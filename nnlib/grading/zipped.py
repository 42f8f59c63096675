"""Read the zip that a learning platform gives out, without unpacking it.

Nothing is written to the disk, so no path in the zip can lead out of it.
What a file's header says of its size is not believed: bytes are counted while
they are inflated.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from nnlib.grading import reading
from nnlib.grading.handed_in import Unreadable

MOST_ENTRIES = 100_000
LARGEST_LIST = 16_000_000  # bytes of the list of all files, read at once
# bz2 and lzma inflate a piece without a bound, and no platform uses them.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


class Archive:
    """A zip of submissions.

    Attributes
    ----------
    tops : dict of str to bool
        What stands at the top, and whether it is a folder. What leads out of
        the zip stands there under its whole path, and reading it says so.

    Raises
    ------
    ValueError
        If the zip as a whole cannot be read.
    """

    def __init__(self, path):
        try:
            self._zip = _Zip(path)
        except (*_BROKEN, MemoryError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ValueError(
                f"{path} cannot be read as a zip: {reason}. "
                "Download it once more, or unpack it and give the folder."
            ) from None
        infos = self._zip.infolist()
        if len(infos) > MOST_ENTRIES:
            raise ValueError(f"{path} holds more than {MOST_ENTRIES} files.")
        self._members = {}
        for member in _unwrapped(map(_Member.of, infos), Path(path).stem):
            if member.refusal or not member.is_clutter:
                self._members.setdefault(member.top, []).append(member)
        self.tops = {
            top: any(m.is_folder or len(m.steps) > 1 for m in members)
            or bool(members[0].refusal)
            for top, members in self._members.items()
        }

    def read(self, top, budget):
        """Return {path in it: bytes} for a folder, {its name: bytes} else.

        Raises
        ------
        Unreadable
        """
        files = {}
        for member in self._members[top]:
            budget.one_more()
            if member.refusal:
                raise Unreadable(member.refusal)
            if member.is_folder:
                continue
            path = "/".join(member.steps[self.tops[top] :])
            if path in files:
                raise Unreadable(
                    f"the zip holds {reading.shown(path)} more than once."
                )
            files[path] = self._inflated(member.info, path, budget)
        _refuse_files_in_files(files)
        return dict(sorted(files.items()))

    def _inflated(self, info, path, budget):
        _refuse_odd(info, reading.shown(path))
        parts = []
        try:
            with self._zip.open(info) as file:
                while part := file.read(min(budget.bytes + 1, 1 << 20)):
                    parts.append(budget.take(part))
        except _BROKEN:
            raise Unreadable(
                f"{reading.shown(path)} is damaged in the zip."
            ) from None
        return b"".join(parts)


class _Zip(zipfile.ZipFile):
    """A zip that closes its file, and whose list of files is bounded."""

    def __init__(self, path):
        self._file = _Bounded(path)
        try:
            super().__init__(self._file)
        except BaseException:
            self._file.close()
            raise

    def __del__(self):
        super().__del__()
        self._file.close()


class _Bounded(io.FileIO):
    def read(self, size=-1):
        if size > LARGEST_LIST:
            raise ValueError("its list of files is too long")
        return super().read(size)


@dataclass(frozen=True)
class _Member:
    info: zipfile.ZipInfo
    steps: tuple[str, ...]  # of its path
    refusal: str | None = None

    @property
    def top(self):
        return self.steps[0]

    @property
    def is_folder(self):
        return self.info.filename.endswith(("/", "\\"))

    @property
    def is_clutter(self):
        return any(map(reading.is_clutter, self.steps))

    @classmethod
    def of(cls, info):
        """Return it with its path, or the reason why that is refused."""
        name = _name(info)
        # Some zips from Windows have its own mark between folders.
        path = name.replace("\\", "/")
        steps = tuple(
            step for step in path.split("/") if step not in ("", ".")
        )
        rooted = path.startswith("/") or re.match("[A-Za-z]:", path)
        if rooted or not steps or steps[0] == "..":
            return cls(info, (name,), _leads_out(name))
        if ".." in steps:
            return cls(info, steps, _leads_out(name))
        if reading.too_long(path):
            refusal = f"the name {reading.shown(name)} is too long."
            return cls(info, steps, refusal)
        return cls(info, steps)


def _leads_out(name):
    return f"the path {reading.shown(name)} in the zip leads out of it."


def _name(info):
    """Return the name; UTF-8 that is not marked as such is common on Macs."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode()
    except ValueError:
        return info.filename


def _unwrapped(members, stem):
    """Leave out the folder that a zipped folder is in: it has its name."""
    members = list(members)
    kept = [m for m in members if m.refusal or not m.is_clutter]
    if any(m.top != stem for m in kept):
        return members
    if any(len(m.steps) == 1 and not m.is_folder for m in kept):
        return members
    return [
        _Member(m.info, m.steps[1:], m.refusal)
        for m in kept
        if len(m.steps) > 1
    ]


def _refuse_odd(info, name):
    """Raise Unreadable for what is not simply a packed file."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise Unreadable(
            f"{name} is a symbolic link; hand in the file itself."
        )
    if kind not in (0, stat.S_IFREG):
        raise Unreadable(f"{name} is not a file.")
    if info.flag_bits & 0x1:
        raise Unreadable(f"{name} is locked with a password.")
    if info.compress_type not in _METHODS:
        raise Unreadable(f"{name} is packed in an unusual way.")


def _refuse_files_in_files(files):
    """Raise Unreadable for a and a/b: no disk could hold both."""
    for path in files:
        steps = path.split("/")
        for n in range(1, len(steps)):
            if "/".join(steps[:n]) in files:
                raise Unreadable(
                    f"{reading.shown('/'.join(steps[:n]))} is a file and a "
                    "folder at once."
                )
