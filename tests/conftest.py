import os

import pytest

# Before any test puts tests/ on the path: there is a folder of that name.
import nnlib  # noqa: F401

# The machine's own folders are not for tests to write to.
os.environ["NNLIB_PROGRESS"] = "off"


@pytest.fixture
def progress_folder(tmp_path, monkeypatch):
    """A reader's folder of passed exercises that is this test's own."""
    monkeypatch.setenv("NNLIB_PROGRESS", str(tmp_path / "progress"))
    return tmp_path / "progress"
