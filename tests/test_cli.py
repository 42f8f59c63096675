"""The command `nnlib`, and what it says when something is missing."""

import os
import shutil
import socket
import subprocess
import sys

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


# --- nnlib grade -------------------------------------------------------------

SHEET = "01_perceptron"


@pytest.fixture
def handed_in(tmp_path, monkeypatch):
    """A current folder in which "in" holds one sheet, as it was given out."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    starter = installation.ROOT / "exercises" / SHEET / f"{SHEET}.ipynb"
    shutil.copy(starter, tmp_path / "in" / "ada.ipynb")
    (tmp_path / "none").mkdir()
    (tmp_path / "no.zip").write_text("this is no zip")
    return tmp_path


def test_grade_says_in_one_line_what_it_came_to(handed_in, capsys):
    arguments = ["grade", "--assignment", SHEET, "in", "--out", "in/marks"]
    for summary in ("1 marked, 0 unchanged", "0 marked, 1 unchanged"):
        assert cli.main([*arguments, "--jobs", "1"]) == 0
        out, err = capsys.readouterr()
        assert out == f"{SHEET}: {summary}\n"
        assert err == ""
    assert (handed_in / "in" / "marks" / "grades.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--assignment 99_no_such in --out out", "99_no_such"),
        (f"--assignment {SHEET} nowhere --out out", "nowhere is not there"),
        (f"--assignment {SHEET} no.zip --out out", "cannot be read as a zip"),
        (f"--assignment {SHEET} none --out out", "othing was handed in"),
        (f"--assignment {SHEET} in --out in", "--out"),
        (f"--assignment {SHEET} in --out no.zip", "no.zip"),
        (f"--assignment {SHEET} in --out no.zip/out", "no.zip"),
        (f"--assignment {SHEET} in --out /proc/out", "/proc/out"),
        (f"--assignment {SHEET} in --out out --scheduler x", "x"),
        ("99_no_such", "99_no_such"),
        ("99_no_such --db nonsense", "postgresql:///gradebook"),
    ],
)
def test_grade_refuses_in_one_sentence(handed_in, capsys, arguments, said):
    assert cli.main(["grade", *arguments.split()]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("nnlib: ")
    assert said in err
    assert err.count("\n") == 1
    assert "Errno" not in err


@pytest.mark.parametrize("where", [".", "marks"])
def test_grade_keeps_its_results_out_of_the_source(handed_in, capsys, where):
    shutil.copytree(installation.ROOT / "solutions" / SHEET, "source")
    arguments = "grade", "--assignment", "source", "in"
    assert cli.main([*arguments, "--out", f"source/{where}"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("nnlib: ")
    assert "--out" in err


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        f"--assignment {SHEET} in",
        f"--assignment {SHEET} in --out out --db sqlite:///x",
        f"--assignment {SHEET} in --out out --student ada",
        f"{SHEET} --out out",
        f"{SHEET} --jobs 0",
        f"{SHEET} --seconds x",
        f"{SHEET} --seed x",
    ],
)
def test_grade_called_in_a_wrong_way_ends_with_2(handed_in, capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(["grade", *arguments.split()])
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: nnlib")
    assert "_positive" not in err


def test_grade_says_what_could_not_be_marked(handed_in, capsys, monkeypatch):
    from nnlib.grading import run

    summary = run.Summary(marked=1, failures=[("a\n\x1b[1m", "it was ill")])
    monkeypatch.setattr(run, "grade", lambda *_: summary)
    assert cli.main(["grade", "--assignment", SHEET, "in", "--out", "x"]) == 1
    out, err = capsys.readouterr()
    assert out == f"{SHEET}: 1 marked, 0 unchanged, 1 failed\n"
    assert err == "nnlib: 'a\\n\\x1b[1m' could not be marked: it was ill\n"


def test_grade_without_its_packages_says_how_to_get_them(tmp_path):
    text = "import sys; sys.modules['msgpack'] = None; from nnlib import cli; "
    text += f"sys.exit(cli.main(['grade', {SHEET!r}]))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", text],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nnlib: msgpack is missing. ")
    assert 'pip install -e ".[course]"' in done.stderr
