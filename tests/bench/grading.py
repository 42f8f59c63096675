"""How fast `nnlib grade` marks, beside nbgrader, Otter and bare kernels.

    python tests/bench/grading.py                     one sheet, ten minutes
    python tests/bench/grading.py 06_backpropagation  another
    python tests/bench/grading.py --all -n 1          all of them, once

All mark the same twenty submissions, with the same check cells. Each starts
from the shell, on the same two cores, with everything that belongs to its
command in the time; the clock goes round them within every repetition. Marks
are compared as well: speed counts for nothing if they are wrong.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
import warnings
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import numpy as np
from bench import THREADS, say, use_cores

from nnlib.grading import bubble, marking, remote, sandbox
from nnlib.grading.handed_in import Assignment, Rules, Submission

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted(path.name for path in (ROOT / "solutions").iterdir())
USUAL = "04_forward_pass"
CORES = 2
LONG = 10  # times the twenty, under other names
WITHOUT = "### "  # nbgrader's own comments around a solution
COMPLETE, UNTOUCHED, FAULTY = 8, 3, 9
OTTER_PYTHON = os.environ.get("OTTER_PYTHON", sys.executable)


# --- twenty submissions ------------------------------------------------------

CHANGES = {  # what students get wrong: cell, old text, new text
    "no bias": ("dense-forward", "X @ W + b", "X @ W"),
    "transposed": ("dense-forward", "X @ W", "X @ W.T"),
    "raises": (
        "dense-forward",
        "return X @ W",
        "raise ValueError(X.shape)  #",
    ),
    "no relu": ("mlp-forward", "np.maximum(Z, 0)", "Z"),
    "relu last": ("mlp-forward", "return Z", "return np.maximum(Z, 0)"),
    "turned": ("layer-shapes", "(n, size)", "(size, n)"),
    "weights alone": ("count-parameters", " + n_out", ""),
    "columns": ("predict-classes", "axis=1", "axis=0"),
    "from one": ("first-wrong-layer", "return k", "return k + 1"),
}
FAULTS = {  # by sheet and student: changes, or cells that were left out
    "04_forward_pass": [
        ["no bias"],
        ["transposed", "first-wrong-layer"],
        ["raises", "no relu", "columns"],
        ["relu last"],
        ["weights alone", "turned"],
        ["layer-shapes", "count-parameters", "predict-classes"],
        ["from one"],
        ["mlp-forward", "first-wrong-layer"],
        ["no bias", "relu last", "from one"],
    ]
}


def submissions(sheet):
    """Return {student: notebook} of the twenty, always the same.

    Eight are complete, three are as they were given out, and in nine some
    answers are wrong or missing.
    """
    solved = answers(sheet)
    names = list(solved)
    faults = FAULTS.get(sheet) or [
        [names[(i + k) % len(names)] for k in range(1 + i % 3)]
        for i in range(FAULTY)
    ]
    written = [solved] * COMPLETE + [{}] * UNTOUCHED
    written += [spoilt(solved, some) for some in faults]
    starter = (ROOT / "exercises" / sheet / f"{sheet}.ipynb").read_bytes()
    return {
        f"student-{i:02d}": filled_in(json.loads(starter), texts)
        for i, texts in enumerate(written, start=1)
    }


def answers(sheet):
    """Return {name of a cell: the book's own answer}."""
    return {
        grade_id: "".join(
            line for line in cell["source"] if WITHOUT not in line
        )
        for grade_id, cell in nbgraders_cells(notebook_of(sheet))
        if cell["metadata"]["nbgrader"]["solution"]
    }


def spoilt(solved, faults):
    """Return answers with faults: names of CHANGES, or cells to leave out."""
    texts = dict(solved)
    for fault in faults:
        if fault not in CHANGES:
            del texts[fault]
            continue
        name, old, new = CHANGES[fault]
        texts[name] = texts[name].replace(old, new)
    return texts


def filled_in(notebook, texts):
    """Return a notebook with the texts of some cells replaced."""
    for name, cell in nbgraders_cells(notebook):
        cell["source"] = texts.get(name, cell["source"])
    return notebook


def notebook_of(sheet):
    """Return a sheet as its teacher has it."""
    file = ROOT / "solutions" / sheet / f"{sheet}.ipynb"
    return json.loads(file.read_bytes())


def nbgraders_cells(notebook):
    """Yield (name, cell) of all cells that nbgrader knows."""
    for cell in notebook["cells"]:
        if about := cell["metadata"].get("nbgrader"):
            yield about["grade_id"], cell


# --- who marks them ----------------------------------------------------------

NNLIB = "import sys; from nnlib.cli import main; sys.exit(main())"
KERNELS = """
import sys, nbclient, nbformat
for path in sys.argv[1:]:
    notebook = nbformat.read(path, 4)
    nbclient.NotebookClient(notebook, allow_errors=True).execute()
"""
OTTER_TEST = """
from otter.test_files import test_case

OK_FORMAT = False
name, points = {name!r}, {points!r}


@test_case()
def test(env):
    exec({text!r}, env)
"""
SCORES = """
SELECT sa.student_id, sum(g.auto_score) FROM grade g
JOIN submitted_notebook sn ON sn.id = g.notebook_id
JOIN submitted_assignment sa ON sa.id = sn.assignment_id
GROUP BY sa.student_id"""


@dataclass
class Job:
    """Work for the clock.

    Parameters
    ----------
    folder : Path
        Where it is done.
    lanes : list of list of list of str
        Commands: lanes run side by side, what is in one lane in turn.
    marks : callable
        Returns {student: score} when the work is done; {} if there are none.
    """

    folder: Path
    lanes: list
    marks: Callable = field(default=dict)


def nnlib(folder, sheet, handed):
    for student, notebook in handed.items():
        write(folder / "handed" / student / f"{sheet}.ipynb", notebook)
    command = [sys.executable, "-c", NNLIB, "grade", "handed"]
    command += ["--assignment", str(ROOT / "solutions" / sheet)]
    command += ["--out", "out", "--jobs", str(CORES)]

    def marks():
        files = (folder / "out" / "results").glob("*.json")
        results = [json.loads(file.read_bytes()) for file in files]
        return {result["student"]: result["score"] for result in results}

    return Job(folder, [[command]], marks)


def nbgrader(folder, sheet, handed, processes=1):
    """One course directory for each process: they share no gradebook."""
    first = folder / "course-0"
    source = Path("solutions", sheet)
    shutil.copytree(ROOT / source, first / source)
    shutil.copy(ROOT / "nbgrader_config.py", first)
    program = [sys.executable, "-m", "nbgrader"]
    run([*program, "generate_assignment", sheet], first)
    courses = [folder / f"course-{i}" for i in range(processes)]
    for course in courses[1:]:
        shutil.copytree(first, course)
    for i, course in enumerate(courses):
        for student in list(handed)[i::processes]:
            file = course / "submitted" / student / sheet / f"{sheet}.ipynb"
            write(file, handed[student])
    mark = [*program, "autograde", sheet, "--log-level=ERROR", "--course-dir"]

    def marks():
        found = {}
        for course in courses:
            with closing(sqlite3.connect(course / "gradebook.db")) as book:
                found |= dict(book.execute(SCORES))
        return found

    return Job(folder, [[[*mark, str(c)]] for c in courses], marks)


def otter(folder, sheet, handed, processes=1):
    """An assignment in Otter's format, whose tests are the check cells.

    A notebook for Otter has none of them, so that each runs once.
    """
    with zipfile.ZipFile(folder / "autograder.zip", "w") as file:
        file.writestr("otter_config.json", "{}")
        for name, text, points in checks(notebook_of(sheet)):
            test = OTTER_TEST.format(name=name, text=text, points=points)
            file.writestr(f"tests/{name}.py", test)
    lanes = [[] for _ in range(processes)]
    for i, (student, notebook) in enumerate(handed.items()):
        write(folder / student / f"{sheet}.ipynb", without_checks(notebook))
        command = [OTTER_PYTHON, "-m", "otter", "run", "--no-logo"]
        command += ["--autograder", "autograder.zip", "--output-dir", student]
        lanes[i % processes].append([*command, f"{student}/{sheet}.ipynb"])

    def marks():
        return {
            student: sum(
                test.get("score", 0)
                for test in json.loads(
                    (folder / student / "results.json").read_bytes()
                )["tests"]
            )
            for student in handed
        }

    return Job(folder, lanes, marks)


def kernels(folder, sheet, handed, processes=1):
    """A fresh kernel for each notebook, and no marks: what others build on."""
    paths = [f"{student}.ipynb" for student in handed]
    for path, notebook in zip(paths, handed.values(), strict=True):
        write(folder / path, notebook)
    program = [sys.executable, "-c", KERNELS]
    lanes = [[[*program, *paths[i::processes]]] for i in range(processes)]
    return Job(folder, lanes)


def checks(notebook):
    """Yield (name, text, points) of the cells that test an answer."""
    for name, cell in nbgraders_cells(notebook):
        about = cell["metadata"]["nbgrader"]
        if about["grade"] and not about["solution"]:
            yield name, "".join(cell["source"]), about["points"]


def without_checks(notebook):
    names = {name for name, _, _ in checks(notebook)}
    left = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") not in names
    ]
    return notebook | {"cells": left}


def write(file, notebook):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(notebook), encoding="utf-8")


GRADERS = {  # name: (what the table calls it, what makes the job)
    "nnlib": ("nnlib grade --jobs 2", nnlib),
    "nbgrader": ("nbgrader autograde", nbgrader),
    "nbgrader-2": ("nbgrader, two processes", partial(nbgrader, processes=2)),
    "otter": ("otter run", otter),
    "otter-2": ("otter run, two processes", partial(otter, processes=2)),
    "kernels": ("kernels, not marked", kernels),
    "kernels-2": ("kernels, two processes", partial(kernels, processes=2)),
}


def left_out(name):
    """Say why a grader cannot take part; None if it can."""
    if name.startswith("nbgrader") and find_spec("nbgrader") is None:
        return 'it is not installed. To install it: pip install -e ".[test]"'
    if name.startswith("otter"):
        probe = [OTTER_PYTHON, "-c", "import otter, nnlib"]
        with suppress(OSError):
            if not subprocess.run(probe, capture_output=True).returncode:
                return None
        return (
            "it is not installed. In an environment of its own:\n"
            '  pip install "otter-grader[grading]" --requirement '
            "requirements.txt\n"
            "and then OTTER_PYTHON=that/environment/bin/python make "
            "bench-grading"
        )
    return None


# --- the clock ---------------------------------------------------------------


def environment(folder, program=sys.executable):
    """Return what commands see: one thread each, nothing left at home.

    nbgrader finds a program of its own, alembic, by the path alone. All may
    keep their bytecode, as they do on a teacher's machine.
    """
    usual = dict(os.environ)
    usual.pop("PYTHONDONTWRITEBYTECODE", None)
    path = f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}"
    places = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")
    return (
        usual
        | dict.fromkeys(THREADS, "1")
        | {place: str(folder / place) for place in places}
        | {"NNLIB_PROGRESS": "off", "PATH": path}
    )


def run(command, folder):
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder, command[0]),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        sys.exit(f"{' '.join(command[:6])} failed: {''.join(last)}")


def seconds_of(job):
    """Return how long all lanes take."""

    def follow(lane):
        for command in lane:
            run(command, job.folder)

    start = time.perf_counter()
    with ThreadPoolExecutor(len(job.lanes)) as pool:
        list(pool.map(follow, job.lanes))
    return time.perf_counter() - start


def race(names, sheet, repetitions):
    """Return {name: seconds for one submission, in each repetition}."""
    handed = submissions(sheet)
    times, marks, names = {name: [] for name in names}, {}, list(names)
    for _ in range(repetitions):
        for name in names:
            say(f"{sheet}  {GRADERS[name][0]}")
            with TemporaryDirectory(prefix="bench-") as folder:
                job = GRADERS[name][1](Path(folder), sheet, handed)
                times[name].append(seconds_of(job) / len(handed))
                marks[name] = job.marks()
        names = names[1:] + names[:1]  # nobody always follows the same one
    for name, found in marks.items():
        for sentence in disagreements(found, marks.get("nnlib")):
            say(f"{GRADERS[name][0]}: {sentence}")
    return times


def disagreements(found, ours):
    """Return a sentence for each student to whom we give other marks.

    >>> disagreements({"ada": 2.0, "bob": 1}, {"ada": 3.0, "bob": 1.0})
    ['ada has 2, and 3 with nnlib grade']
    """
    if not found or not ours:
        return []
    return [
        f"{student} has {found.get(student, 0):g}, and {mark:g} with "
        "nnlib grade"
        for student, mark in sorted(ours.items())
        if found.get(student) != mark
    ]


# --- a long run --------------------------------------------------------------


def at_length(sheet):
    """Mark the twenty many times over.

    Returns
    -------
    seconds : float
        For one submission.
    early, late : float
        The most memory of all processes in both halves of the run, in bytes.
    """
    handed = {
        f"{student}-{k:02d}": notebook
        for student, notebook in submissions(sheet).items()
        for k in range(LONG)
    }
    say(f"{sheet}  nnlib grade, {len(handed)} submissions")
    with TemporaryDirectory(prefix="bench-") as folder:
        job = nnlib(Path(folder), sheet, handed)
        seconds, seen = watched(job.lanes[0][0], folder)
        if len(job.marks()) != len(handed):
            sys.exit("nnlib grade failed in its long run.")
    middle = len(seen) // 2 or 1
    late = max(seen[middle:], default=0)
    return seconds / len(handed), max(seen[:middle]), late


def watched(command, folder, pause=0.25):
    """Run a command; return (seconds, bytes of memory, again and again)."""
    start, seen = time.perf_counter(), []
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(Path(folder)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None:
        seen.append(sum(map(memory_of, family(process.pid))))
        with suppress(subprocess.TimeoutExpired):
            process.wait(pause)
    return time.perf_counter() - start, seen


def family(pid):
    """Return a process and all that it has started, by their numbers."""
    children = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # Behind the name, which is in brackets: state, parent.
            parent = file.read_text().rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(file.parent.name))
    found = [pid]
    for one in found:  # it grows as it is read
        found += children.get(one, [])
    return found


def memory_of(pid):
    """Return a process's bytes; of shared pages its share.

    Where the kernel does not say how a page is shared, as with another
    user's process, shared pages count in full.
    """
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(text.partition("\nPss:")[2].split()[0]) << 10
    except PermissionError:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):  # it has just ended
        return 0


# --- what the parts cost -----------------------------------------------------


class Counted(remote.Talk):
    """A talk that counts how often something came from the other side."""

    answers = 0

    def _receive(self, made_here):
        Counted.answers += 1
        return super()._receive(made_here)


def crossings(sheet, handed):
    """Return how often one submission crosses, on average."""
    name = f"{sheet}.ipynb"
    source = json.dumps(notebook_of(sheet)).encode()
    before = Counted.answers
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        chdir(folder),
        warnings.catch_warnings(),
        mock.patch.object(marking, "Talk", Counted),
    ):
        assignment = Assignment(sheet, {name: source})
        marker = marking.Marker(assignment, Rules(1), folder)
        for student, notebook in handed.items():
            files = {name: json.dumps(notebook).encode()}
            marker.mark(Submission(student, partial(dict, files)))
        marker.close()
    return (Counted.answers - before) / len(handed)


def costs(tries):
    """Return {what: microseconds}, medians of so many tries or more."""
    one_thread = mock.patch.dict(os.environ, dict.fromkeys(THREADS, "1"))
    with TemporaryDirectory(prefix="bench-") as folder, one_thread:
        open_worker = sandbox.Worker(["numpy"], unfenced=f"{folder}/open")
        worker = sandbox.Worker(["numpy"])
        (warm,) = clocked(1, lambda: worker.end(worker.begin()))
        open_worker.end(open_worker.begin())
        bare = ["-I", "-S", "-c", ""]
        alone, bwrap = clocked(
            tries,
            lambda: call([sys._base_executable, *bare]),
            lambda: call(bubble.command(bare)),
        )
        fork, unfenced = clocked(
            tries, lambda: one_fork(worker), lambda: one_fork(open_worker)
        )
        found = round_trips(worker, tries)
        worker.close()
        open_worker.close()
    return found | {
        "a fork with its fences": fork,
        "  of that the fences": fork - unfenced,
        "a bubblewrap start": bwrap - alone,
        "a sandbox until it is warm": warm,
    }


def round_trips(worker, tries):
    """Return what it costs to call a student's function."""
    channel = worker.begin()
    talk = remote.Talk(channel)
    array = np.ones((5, 3))
    with talk.limit(60):
        text = "def same(x):\n    return x\n"
        talk.request("cell", text, "same", False)
        same = talk.names(["same"])["same"]
        found = clocked(50 * tries, lambda: same(array), lambda: same(2.5))
    worker.end(channel)
    names = "a crossing with a (5, 3) array", "a crossing with a number"
    return dict(zip(names, found, strict=True))


def one_fork(worker):
    channel = worker.begin()
    talk = remote.Talk(channel)
    with talk.limit(60):
        talk.request("begin", 0)  # it answers when the fences are up
    worker.end(channel)


def call(command):
    subprocess.run(command, check=True, capture_output=True)


def clocked(tries, *works):
    """Return the median of each, done in turn, in microseconds."""
    found = [[] for _ in works]
    for _ in range(tries):
        for work, times in zip(works, found, strict=True):
            start = time.perf_counter()
            work()
            times.append(1e6 * (time.perf_counter() - start))
    return [statistics.median(times) for times in found]


# --- what is printed ---------------------------------------------------------

NOTES = """
Seconds for one of {n} submissions: median, least and most of {rounds}; all
{n} at once, each command from its start. times: how many of ours fit in.
Kernels run the notebooks, checks among them, and note no marks.
Code behind the last test, which no mark depends on, nnlib grade leaves out.
"""


def table(sheet, times, long=None):
    """Return a table of how fast all were.

    >>> found = {"nnlib": [0.05, 0.04, 0.06], "otter": [2.0]}
    >>> print(table("04_forward_pass", found, long=0.025))
    04_forward_pass            seconds   least-most    a second  times
    nnlib grade --jobs 2         0.050   0.040-0.060      20.00    1.0
      200 submissions            0.025   0.025-0.025      40.00    0.5
    otter run                    2.000   2.000-2.000       0.50   40.0
    """
    ours = statistics.median(times["nnlib"])
    rows = []
    for name, seconds in times.items():
        rows.append((GRADERS[name][0], seconds))
        if name == "nnlib" and long is not None:
            n = LONG * (COMPLETE + UNTOUCHED + FAULTY)
            rows.append((f"  {n} submissions", [long]))
    lines = [f"{sheet:26} seconds   least-most    a second  times"]
    for what, some in rows:
        usual = statistics.median(some)
        spread = f"{min(some):.3f}-{max(some):.3f}"
        lines.append(
            f"{what:26}{usual:8.3f}{spread:>14}{1 / usual:11.2f}"
            f"{usual / ours:7.1f}"
        )
    return "\n".join(lines)


def parts(sheet, early, late):
    """Return lines on memory, crossings and what they cost."""
    crossing = crossings(sheet, submissions(sheet))
    lines = [
        ("most memory, first half", f"{early / 2**20:.0f} MB"),
        ("most memory, second half", f"{late / 2**20:.0f} MB"),
        ("crossings of a submission", f"{crossing:.0f}"),
    ]
    for what, micro in costs(20).items():
        is_long = micro > 1000
        lines.append(
            (what, f"{micro / 1000:.1f} ms" if is_long else f"{micro:.0f} us")
        )
    return "\n".join(f"{what:30}{value:>10}" for what, value in lines)


def main():
    chosen = parsed()
    use_cores(CORES)
    if why := bubble.missing():
        sys.exit(why)
    names = ["nnlib"]
    for name in chosen.graders:
        if why := left_out(name):
            say(f"{name} is left out: {why}")
        elif name not in names:
            names.append(name)
    for sheet in chosen.sheets:
        times = race(names, sheet, chosen.repetitions)
        seconds, *memory = at_length(sheet)
        print(table(sheet, times, seconds), parts(sheet, *memory), sep="\n\n")
        print(flush=True)
    n = COMPLETE + UNTOUCHED + FAULTY
    rounds = f"{chosen.repetitions} round{'s'[: chosen.repetitions - 1]}"
    print(NOTES.strip().format(n=n, rounds=rounds))


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sheets",
        nargs="*",
        metavar="SHEET",
        default=[USUAL],
        help=f"{USUAL} unless you say so",
    )
    parser.add_argument(
        "--all", action="store_true", help="all sheets of the book"
    )
    parser.add_argument(
        "-g",
        "--graders",
        nargs="+",
        metavar="NAME",
        choices=GRADERS,
        default=[*GRADERS],
        help=", ".join(GRADERS),
    )
    parser.add_argument(
        "-n",
        "--repetitions",
        type=int,
        metavar="N",
        default=3,
        help="3 unless you say so",
    )
    chosen = parser.parse_args()
    chosen.sheets = SHEETS if chosen.all else chosen.sheets
    if chosen.repetitions < 1:
        parser.error("repetitions has to be at least 1")
    for sheet in chosen.sheets:
        if sheet not in SHEETS:
            parser.error(f"no sheet is called {sheet}; {', '.join(SHEETS)}")
    return chosen


if __name__ == "__main__":
    main()
