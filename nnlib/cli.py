"""The command `nnlib`: open the book, see what was passed, mark a course."""

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

from nnlib import installation

START = "lessons/00_start_here.ipynb"


def main(arguments=None):
    """Run `nnlib` with these arguments; return the exit status."""
    parser = argparse.ArgumentParser(prog="nnlib", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    lab = commands.add_parser("lab", help="open the book in JupyterLab")
    lab.add_argument("--port", type=int, help="the first free one from 8888")
    lab.add_argument(
        "--no-browser",
        action="store_true",
        help="print the address and open nothing",
    )
    progress = commands.add_parser(
        "progress", help="show which exercises have been passed"
    )
    progress.add_argument(
        "--forget", action="store_true", help="delete these records"
    )
    _add_grade(commands)
    chosen = parser.parse_args(arguments)
    if chosen.command == "grade" and (wrong := _misused(chosen)):
        parser.error(wrong)
    if chosen.command == "lab":
        return open_lab(chosen.port, chosen.no_browser)
    if chosen.command == "grade":
        return grade(chosen)
    return show_progress(chosen.forget)


def _add_grade(commands):
    """Describe `nnlib grade` to the parser."""
    parser = commands.add_parser(
        "grade",
        help="mark what students have handed in",
        description="In nbgrader's course directory: `nnlib grade NAME`. "
        "Anywhere else: `nnlib grade --assignment NAME FOLDER_OR_ZIP --out "
        "RESULTS`. What was marked before and has not changed is left alone.",
    )
    parser.add_argument(
        "what",
        metavar="NAME or FOLDER_OR_ZIP",
        help="the assignment; or, with --assignment, what was handed in",
    )
    parser.add_argument(
        "--assignment",
        metavar="NAME",
        help="a sheet of the book, or a folder with source notebooks",
    )
    parser.add_argument("--out", help="the folder for results")
    parser.add_argument("--student", help="mark this one alone")
    parser.add_argument("--db", help="the gradebook, as postgresql://...")
    parser.add_argument(
        "--jobs", type=_positive, help="markers at once; one for each core"
    )
    parser.add_argument(
        "--seed", type=int, help="where random inputs start; kept"
    )
    parser.add_argument(
        "--seconds",
        type=_positive,
        default=30,
        help="how long one cell may take; 30",
    )
    parser.add_argument(
        "--scheduler", metavar="tcp://...", help="of a Dask cluster"
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="run students' code without fences, with your own rights",
    )


def open_lab(port=None, no_browser=False):
    """Start JupyterLab on the book and wait until it ends."""
    if not (installation.ROOT / START).exists():
        return _complain(
            f"{START} is not where nnlib was installed from; clone the book "
            "and run `make lab` in its folder."
        )
    if found := installation.missing():
        return _complain(
            f"{' '.join(found)} Run `make lab` in the folder of the book."
        )
    if port is not None and not _is_free(port):
        return _complain(
            f"port {port} is in use; choose another, such as `make lab "
            f"PORT={port + 1}`, or leave PORT out."
        )
    port = port or next(filter(_is_free, range(8888, 65536)))
    command = lab_command(installation.ROOT, port)
    if no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container there is no one else
    print(f"The book opens on port {port}. Ctrl+C here closes it.", flush=True)
    server = subprocess.Popen(  # noqa: S603 (our own arguments)
        command, cwd=installation.ROOT, env=lab_environment(installation.ROOT)
    )
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            continue  # it reached JupyterLab too, which asks before it stops


def lab_command(root, port):
    """Return the command that starts JupyterLab on the book in `root`."""
    return [
        *(sys.executable, "-m", "jupyterlab"),
        *("--ip=127.0.0.1", f"--port={port}", "--port-retries=0"),
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{START}",
        "--ServerApp.log_level=ERROR",
        "--LabApp.log_level=ERROR",
        "--KernelManager.transport_encryption=auto",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]


def lab_environment(root):
    """Return the environment in which JupyterLab finds the book's settings.

    They count for this JupyterLab alone: no news, no look-ups for updates,
    and a layout that other projects' tabs stay out of.
    """
    home = root / ".jupyter"
    paths = [str(home), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        **os.environ,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths)),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def show_progress(forget=False):
    """Print the map of lessons, or delete the records of passed exercises."""
    from nnlib.checks import overview, progress

    if forget:
        progress.forget()
        print("All records of passed exercises are deleted.")
    else:
        print(overview())
    return 0


def grade(chosen):
    """Mark submissions; print what it came to, one line for a script."""
    try:
        return _grade(chosen)
    except KeyboardInterrupt:
        return _complain("stopped. The same command goes on from here.")


def _grade(chosen):
    try:
        from nnlib.grading import run, wire  # noqa: F401 (markers need it)

        store = _store(chosen)
    except ImportError as error:
        return _complain(
            f"{error.name} is missing. Grading needs more than reading does: "
            'python -m pip install -e ".[course]" in the folder of the book.'
        )
    except ValueError as error:
        return _complain(str(error))
    if chosen.trust:
        print(
            "nnlib: --trust: students' code runs without fences, and can do "
            "whatever you can.",
            file=sys.stderr,
        )
    options = chosen.jobs, chosen.seed, chosen.seconds
    try:
        summary = run.grade(store, *options, chosen.trust, chosen.scheduler)
    except (run.Refused, ValueError) as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(_of_system(error))
    for student, why in sorted(summary.failures):
        _complain(f"{student!r} could not be marked: {why}")
    print(f"{chosen.assignment or chosen.what}: {summary}")
    return 1 if summary.failures else 0


def _of_system(error):
    """Return what the system refused, and what is left to do."""
    if not error.filename:
        return str(error)
    return (
        f"{error.filename}: {error.strerror}. What was marked is kept; the "
        "same command goes on from here."
    )


def _store(chosen):
    """Return where submissions come from and results go to."""
    if chosen.assignment is None:
        from nnlib.grading.course import Course

        return Course(None, chosen.what, chosen.db, chosen.student)
    from nnlib.grading.folder import Results

    source, sheets = Path(chosen.assignment), installation.ROOT / "solutions"
    if not source.is_dir():
        source = sheets / chosen.assignment
    if not source.is_dir():
        known = ", ".join(sorted(p.name for p in sheets.glob("0*")))
        raise ValueError(
            f"there is no folder {chosen.assignment}, and no sheet of that "
            f"name. The sheets are {known or 'not here'}."
        )
    return Results(chosen.out, source, source.name, chosen.what)


def _misused(chosen):
    """Return what is wrong with options that do not go together, or None."""
    if chosen.assignment is None and chosen.out:
        return (
            "--out goes with --assignment; in a course directory results go "
            "to the gradebook"
        )
    if chosen.assignment and not chosen.out:
        return "--assignment needs --out, the folder for results"
    if chosen.assignment and (chosen.db or chosen.student):
        return "--db and --student are for course directories"
    return None


def _positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 is needed")
    return int(text)


def _is_free(port):
    with socket.socket() as probe:
        if os.name == "posix":  # a port that was just left counts as free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _complain(sentence):
    print(f"nnlib: {sentence}", file=sys.stderr)
    return 1
