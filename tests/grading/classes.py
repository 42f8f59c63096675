"""A class that hands in one small sheet, and the command that marks it.

Marking one of them takes a few milliseconds, so that a run of hundreds can be
disturbed again and again.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time

import making
import psutil
import sqlalchemy as sa

NAME = "small"
SEED = 11
SETUP = "import numpy as np\nfrom nnlib.checks import check"
STUB = "raise NotImplementedError()"
RIGHT = "def relu(Z):\n    return np.maximum(Z, 0)"
ANSWERS = [
    RIGHT,
    "def relu(Z):\n    return np.abs(Z)",
    f"def relu(Z):\n    {STUB}",
    "def relu(Z):\n    return Z * (Z > 0)",
    "def relu(Z):\n    return 1 / 0",
]
WORKER = "nnlib.grading.inside.worker"
ENDLESS = "def relu(Z):\n    while True:\n        pass"
SLOW = """import time
def relu(Z):
    time.sleep(0.1 * (np.ndim(Z) == 0))  # in the first test
    return np.maximum(Z, 0)
"""


def sheet(answer=RIGHT, essay="Because."):
    """Return the notebook of the small sheet with these answers, as bytes."""
    cells = [
        making.cell("given", "setup", SETUP),
        making.cell("solution", "relu", answer),
        making.cell("test", "relu-plain", "assert relu(-1.0) == 0", 1),
        making.cell("test", "relu-check", "check(relu)", 2),
        making.cell("manual", "essay", essay, 3, kind="markdown"),
    ]
    return making.as_bytes(making.as_notebook(cells))


def source(folder):
    """Write the teacher's sheet into a new folder of this path."""
    folder.mkdir(parents=True)
    solution = RIGHT.replace("    ", "    ### BEGIN SOLUTION\n    ", 1)
    solution += "\n    ### END SOLUTION"
    (folder / f"{NAME}.ipynb").write_bytes(sheet(solution))
    return folder


def student(number):
    return f"s{number:04}"


def answer_of(number):
    """Return what a student of this number hands in."""
    return sheet(ANSWERS[number % len(ANSWERS)] + f"\n# {number}", f"{number}")


def hand_in(folder, numbers):
    """Write what these students hand in, one file each."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        file = folder / f"{student(number)}.ipynb"
        file.write_bytes(answer_of(number))


def course(root, numbers=()):
    """Write an nbgrader course directory in which these have handed in."""
    source(root / "source" / NAME)
    for number in numbers:
        submit(root, number)
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    return root


def submit(root, number, data=None):
    """Hand in one student's sheet in a course directory."""
    folder = root / "submitted" / student(number) / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").write_bytes(data or answer_of(number))


# --- runs --------------------------------------------------------------------


def command(*arguments):
    """Return the command `nnlib grade` with the Python of the tests."""
    start = "import sys; from nnlib.cli import main; sys.exit(main())"
    return [sys.executable, "-P", "-c", start, "grade", *map(str, arguments)]


@contextlib.contextmanager
def started(root, *arguments, **more):
    """Start `nnlib grade` in a folder, as the leader of a group of its own.

    Its folder for temporary files is `root`/tmp. It ends here at the latest.
    """
    (root / "tmp").mkdir(exist_ok=True)
    settings = {
        "cwd": root,
        "env": environment(root),
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "start_new_session": True,
    }
    settings |= more
    with subprocess.Popen(command(*arguments), **settings) as process:
        try:
            yield process
        finally:
            process.kill()


def environment(root, **more):
    return {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(root / ".jupyter"),
        "TMPDIR": str(root / "tmp"),
        **more,
    }


def grade(root, *arguments, seconds=120, **more):
    """Run `nnlib grade` to its end; return (exit status, stdout, stderr)."""
    with started(root, *arguments, **more) as process:
        out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


def family(process):
    """Return a process and all that come from it, as they are now."""
    with contextlib.suppress(psutil.NoSuchProcess):
        first = psutil.Process(process.pid)
        return [first, *first.children(recursive=True)]
    return []


def students(process):
    """Return the processes in which students' code runs at this moment.

    The parent of such a fork is the warm worker, and that one's is bwrap,
    which a marker has started.
    """
    return [one for one in family(process) if _is_fork(one)]


def _is_fork(one):
    with contextlib.suppress(psutil.NoSuchProcess):
        above = one.parent()
        mine, theirs = one.cmdline(), above.cmdline() if above else []
        is_worker = WORKER in mine and "bwrap" not in mine[0]
        return is_worker and mine == theirs
    return False


def wait_for_students(process, count, seconds=60):
    """Wait until so many students' code runs; return their processes."""
    end = time.monotonic() + seconds
    while len(found := students(process)) < count:
        assert time.monotonic() < end, "no student's code is run"
        assert not has_ended(process, 0.002), process.communicate()
    return found


def kill(process):
    """Kill a grader as the kernel does; return whom it had started."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGSTOP)  # it starts nobody from now on
    found = family(process)[1:]
    process.kill()
    process.wait()
    return found


def still_there(processes, seconds=10):
    """Return those that have not ended after so long."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def has_ended(process, seconds):
    """Wait that long for a process; return whether it has ended."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.returncode is not None


def wait_until(is_so, process, seconds=60):
    """Wait until something is so, or a process has ended."""
    end = time.monotonic() + seconds
    while not is_so() and not has_ended(process, 0.002):
        assert time.monotonic() < end, "nothing happens"


def wait_for(results, count, process):
    """Wait until so many results are stored, or the process has ended."""
    wait_until(lambda: len(inodes(results)) >= count, process)


def memory(process):
    """Return {(pid, is it a marker): bytes} of a grader and its family.

    Pages that several share count in parts, so that the sum is what the
    machine gives.
    """
    found = {}
    for one in family(process):
        with contextlib.suppress(psutil.Error, OSError):
            is_marker = "nnlib.grading.marker" in one.cmdline()
            found[one.pid, is_marker] = _pss(one.pid)
    return found


def _pss(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


# --- what came of them -------------------------------------------------------


def tree(folder):
    """Return {path: digest of its bytes} of all files in a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def inodes(folder):
    """Return {name: which file that is}: another one after each writing."""
    return {path.name: path.stat().st_ino for path in folder.glob("*.json")}


COLUMNS = {  # of a gradebook, without the random ids
    "grade": "b.name, s.auto_score, s.manual_score, s.needs_manual_grade",
    "comment": "b.name, s.auto_comment, s.manual_comment, ''",
}


def gradebook(root):
    """Return all marks and comments in a course's gradebook, sorted."""
    engine, found = sa.create_engine(f"sqlite:///{root}/gradebook.db"), []
    with engine.connect() as db:
        for table, columns in COLUMNS.items():
            rows = db.execute(
                sa.text(
                    f"SELECT '{table}', a.student_id, {columns} FROM {table} s"
                    " JOIN base_cell b ON b.id = s.cell_id"
                    " JOIN submitted_notebook n ON n.id = s.notebook_id"
                    " JOIN submitted_assignment a ON a.id = n.assignment_id"
                )
            )
            found += [tuple(row) for row in rows]
    engine.dispose()
    return sorted(found, key=str)
