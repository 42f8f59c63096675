import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lab import Reader, book_in_lab, browser


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def lab(lab_folder):
    """One JupyterLab for all tests."""
    with book_in_lab(lab_folder) as served:
        yield served


@pytest.fixture(scope="session")
def chromium_process():
    with browser() as process:
        yield process


@pytest.fixture
def reader(chromium_process, lab):
    """A new browser window, closed at the end of the test."""
    someone = Reader(chromium_process, lab)
    yield someone
    someone.close()
