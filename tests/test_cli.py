"""The command `nnlib`, and what it says when something is missing."""

import os
import socket
import subprocess

import pytest

from nnlib import cli, installation
from nnlib.checks import progress


@pytest.fixture
def started(monkeypatch):
    """Keep the commands that would have started a server."""
    commands = []

    class Server:
        def __init__(self, command, **more):
            commands.append((command, more))

        def wait(self):
            return 0

    monkeypatch.setattr(subprocess, "Popen", Server)
    return commands


def test_lab_opens_the_first_page(started, capsys):
    assert cli.main(["lab"]) == 0
    command, more = started[0]
    assert f"--LabApp.default_url=/lab/tree/{cli.START}" in command
    assert "--ip=127.0.0.1" in command
    assert "--LabApp.news_url=None" in command
    paths = more["env"]["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert paths[0] == str(installation.ROOT / ".jupyter")
    assert capsys.readouterr().out.startswith("The book opens on port ")


def test_lab_takes_the_next_port_when_the_first_is_in_use(started):
    with socket.socket() as neighbour:
        try:
            neighbour.bind(("127.0.0.1", 8888))
        except OSError:
            pass  # somebody else has it: just as well
        else:
            neighbour.listen()
        cli.main(["lab"])
    command, _ = started[0]
    assert "--port=8888" not in command


def test_lab_says_when_the_chosen_port_is_in_use(started, capsys):
    with socket.socket() as neighbour:
        neighbour.bind(("127.0.0.1", 0))
        neighbour.listen()
        port = neighbour.getsockname()[1]
        assert cli.main(["lab", "--port", str(port)]) == 1
    assert started == []
    assert capsys.readouterr().err == (
        f"nnlib: port {port} is in use; choose another, such as `make lab "
        f"PORT={port + 1}`, or leave PORT out.\n"
    )


def test_lab_without_the_book(started, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(installation, "ROOT", tmp_path)
    assert cli.main(["lab"]) == 1
    assert started == []
    assert capsys.readouterr().err.startswith(
        "nnlib: lessons/00_start_here.ipynb is not where nnlib was installed "
    )


def test_lab_with_a_package_missing(started, capsys, monkeypatch):
    monkeypatch.setattr(
        installation, "_requirements", lambda: [("not-there", "1.0")]
    )
    assert cli.main(["lab"]) == 1
    assert capsys.readouterr().err == (
        "nnlib: not-there is not installed. Run `make lab` in the folder of "
        "the book.\n"
    )


def test_progress_is_shown_and_forgotten(progress_folder, capsys):
    progress.record("01_perceptron", "perceptron_predict")
    assert cli.main(["progress"]) == 0
    assert "1 of 5" in capsys.readouterr().out
    assert cli.main(["progress", "--forget"]) == 0
    assert progress.passed() == {}
    cli.main(["progress"])
    assert "0 of 5" in capsys.readouterr().out.split("deleted.")[1]


def test_installation_is_complete_here(capsys):
    installation.report()
    assert capsys.readouterr().out == "Everything is here.\n"


def test_installation_says_what_is_missing_or_old(capsys, monkeypatch):
    monkeypatch.setattr(
        installation,
        "_requirements",
        lambda: [("not-there", "1.0"), ("numpy", "99.1"), ("numpy", "1.9")],
    )
    monkeypatch.setattr(installation, "OLDEST_PYTHON", (9, 1))
    numpy = installation.metadata.version("numpy")
    installation.report()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("runs here, and 9.1 or newer is needed.")
    assert lines[1] == "not-there is not installed."
    assert lines[2] == f"numpy is {numpy}, and 99.1 or newer is needed."
    assert lines[3].startswith("To mend it, close JupyterLab and run")


def test_requirements_are_read():
    names = [name for name, _ in installation._requirements()]
    assert {"numpy", "jupyterlab", "anywidget"} <= set(names)
    assert len(names) == 11
