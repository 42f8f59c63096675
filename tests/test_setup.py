"""`make` on machines where something is missing: one line that helps."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = ("Makefile", "requirements.txt", "constraints.txt", "pyproject.toml")


@pytest.fixture
def fresh(tmp_path):
    """A folder that has what `make` reads, and no .venv."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder, *arguments, **environment):
    # `make test` runs these tests: its own variables are not for them.
    inherited = ("PIP_", "MAKE", "MFLAGS", "PYTHON")
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(inherited)
    }
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
    )


def stand_in(folder, script):
    """Return the path of something that is called like Python."""
    path = folder / "some-python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def lines(done):
    """Return what was said, without make's own last line."""
    assert done.returncode != 0
    return [
        line
        for line in done.stderr.splitlines()
        if not line.startswith("make: ***")
    ]


def test_an_old_python(fresh):
    old = stand_in(fresh, "exit 1")
    assert lines(make(fresh, "lab", f"PYTHON={old}")) == [
        "Python 3.11 or newer is needed. Install it from python.org, or name "
        "yours: make lab PYTHON=python3.12"
    ]


def test_no_python_at_all(fresh):
    (said,) = lines(make(fresh, "lab", "PYTHON="))
    assert said.startswith("Python 3.11 or newer is needed.")


def test_a_python_without_venv(fresh):
    bare = stand_in(fresh, 'case "$2" in *ensurepip*) exit 1;; esac')
    assert lines(make(fresh, "lab", f"PYTHON={bare}")) == [
        "This Python has no venv module. On Debian and Ubuntu: apt-get "
        "install python3-venv"
    ]


def test_no_network(fresh):
    """Port 9 on this machine refuses, as a network that is down does."""
    done = make(
        fresh,
        "lab",
        f"PYTHON={sys.executable}",
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL="https://127.0.0.1:9/simple",
        PIP_NO_CACHE_DIR="1",
        PIP_RETRIES="1",
    )
    assert lines(done) == [
        "The packages could not be downloaded: is there a network? When "
        "there is, run the same command again."
    ]
    assert not (fresh / ".venv/reader").exists()


def test_an_installation_that_fails_for_another_reason(fresh):
    (fresh / "requirements.txt").write_text("not a requirement\n")
    done = make(fresh, "lab", f"PYTHON={sys.executable}")
    assert lines(done) == [
        "Installing failed; the reason is at the end of .venv/install.log"
    ]


def test_the_second_start_installs_nothing(fresh):
    (fresh / ".venv").mkdir()
    (fresh / ".venv/reader").touch()
    done = make(fresh, "--dry-run", "lab", "PORT=9000")
    assert done.stdout.split() == [".venv/bin/nnlib", "lab", "--port", "9000"]


def test_new_requirements_are_installed_at_the_next_start(fresh):
    (fresh / ".venv").mkdir()
    stamp = fresh / ".venv/reader"
    stamp.touch()
    os.utime(fresh / "requirements.txt", (2e9, 2e9))
    assert "pip" in make(fresh, "--dry-run", "lab").stdout


def test_constraints_are_names_and_versions_within_the_requirements():
    pins = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, version = re.fullmatch(r"([\w.-]+)==([\w.]+)", line).groups()
            pins[name.lower().replace("_", "-")] = version
    wanted = (ROOT / "requirements.txt").read_text()
    assert wanted.endswith("\n-e .\n")
    for name, lowest in re.findall(r"^([\w-]+)>=([\d.]+)", wanted, re.M):
        pinned = [int(n) for n in re.findall(r"\d+", pins[name])]
        assert pinned >= [int(n) for n in lowest.split(".")], name
