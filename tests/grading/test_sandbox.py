"""sandbox: one warm worker, a fork for each, and nothing left of any.

A fork is asked what it finds by a Talk, as a submission would be.
"""

import contextlib
import os
import signal
import time

import pytest
from talking import SECONDS

from nnlib.grading import sandbox
from nnlib.grading.remote import Gone, Late, Talk

SLOW = 30.0  # seconds, for a start on a machine that does much else


@pytest.fixture(params=["fenced", "unfenced"], scope="module")
def worker(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sandbox") / "students"
    unfenced = str(folder) if request.param == "unfenced" else None
    one = sandbox.Worker(["numpy", "fractions"], unfenced=unfenced)
    yield one
    one.close()


@pytest.fixture
def trusted(tmp_path):
    one = sandbox.Worker(["numpy"], unfenced=str(tmp_path / "students"))
    yield one
    one.close()


@contextlib.contextmanager
def fork(worker, seed=1):
    """Yield a function that runs a cell in a fork of its own."""
    channel = worker.begin()
    try:
        talk = Talk(channel)
        with talk.limit(SLOW):
            talk.request("begin", seed)

            def run(source, seconds=SECONDS):
                with talk.limit(seconds):
                    return talk.request("cell", source, "1", False)[0]

            yield run
    finally:
        worker.end(channel)


def is_running(pid):
    """Return whether there is such a process, or was it only a zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_fork_runs_cells(worker):
    with fork(worker) as run:
        run("a = 3")
        assert run("a * 4") == "12"


def test_each_fork_starts_from_nothing(worker):
    with fork(worker) as run:
        run("import fractions\na = 3\nfractions.Fraction = a")
        assert run("fractions.Fraction") == "3"
    with fork(worker) as run:
        with pytest.raises(NameError):
            run("a")
        assert "class" in run("import fractions; fractions.Fraction")


def test_forks_share_one_worker(worker):
    parents = []
    for _ in range(3):
        with fork(worker) as run:
            parents.append(run("import os; os.getppid()"))
    assert len(set(parents)) == 1


def test_what_is_asked_for_is_imported_before(worker):
    with fork(worker) as run:
        assert run("import sys; 'fractions' in sys.modules") == "True"
        assert run("'IPython' in sys.modules") == "False"


def test_random_numbers_are_the_same_in_every_fork(worker):
    drawn = []
    for seed in (7, 7, 8):
        with fork(worker, seed) as run:
            run("import random, numpy as np")
            drawn.append((run("random.random()"), run("np.random.rand()")))
    assert drawn[0] == drawn[1]
    assert drawn[0][0] != drawn[2][0]
    assert drawn[0][1] != drawn[2][1]


def test_files_of_a_fork_are_there_until_it_ends(worker):
    with fork(worker) as run:
        run("import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').write('x')")
        assert run("os.listdir()") == "['a']"
        folder = run("os.getcwd()")
    with fork(worker) as run:
        assert run("import os; os.listdir()") == "[]"
        assert run("os.getcwd()") == folder
        assert run("os.listdir(os.pardir)") == "['notebook']"


def test_a_fork_that_will_not_end_is_ended(worker):
    with fork(worker) as run, pytest.raises((Gone, Late)):
        run(
            "import signal\n"
            "for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
            "    signal.signal(n, signal.SIG_IGN)\n"
            "while True:\n"
            "    try:\n"
            "        while True: sum(range(9))\n"
            "    except BaseException: pass",
            0.2,
        )
    with fork(worker) as run:
        assert run("3") == "3"


def test_a_fork_that_ends_itself_is_nothing_special(worker):
    for _ in range(2):
        with fork(worker) as run, pytest.raises(Gone):
            run("import os; os._exit(3)")
        assert not worker.has_ended()


def test_a_fork_that_takes_its_folder_away_does_no_harm(worker):
    with fork(worker) as run:
        run("import os, shutil\nshutil.rmtree(os.getcwd(), True)")
    with fork(worker) as run:
        assert run("import os; os.listdir()") == "[]"


def test_the_process_of_a_fork_is_gone_when_it_has_ended(trusted):
    with fork(trusted) as run:
        pid = int(run("import os; os.getpid()"))
        assert is_running(pid)
    assert not is_running(pid)


def test_a_worker_that_was_killed_is_replaced(trusted):
    with fork(trusted) as run:
        parent = int(run("import os; os.getppid()"))
    os.kill(parent, signal.SIGKILL)
    lost = contextlib.suppress(sandbox.WorkerFailed, Gone, Late)
    with lost, fork(trusted) as run:
        run("3")
    with fork(trusted) as run:
        assert int(run("import os; os.getppid()")) != parent


def test_a_worker_that_is_killed_while_a_fork_runs_is_replaced(trusted):
    with fork(trusted) as run:
        parent = int(run("import os; os.getppid()"))
        os.kill(parent, signal.SIGKILL)
    with fork(trusted) as run:
        assert int(run("import os; os.getppid()")) != parent


def test_a_worker_that_was_killed_has_ended(trusted):
    with fork(trusted) as run:
        parent = int(run("import os; os.getppid()"))
        assert not trusted.has_ended()
        os.kill(parent, signal.SIGKILL)
        end = time.monotonic() + SECONDS
        while not trusted.has_ended():
            assert time.monotonic() < end


def test_a_closed_worker_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "students"
    worker = sandbox.Worker(["numpy"], unfenced=str(folder))
    with fork(worker) as run:
        pids = [run(f"import os; os.get{which}pid()") for which in ("", "p")]
        run("open('a.txt', 'w').write('x')")
        worker.close()
        assert not folder.exists()
        assert not is_running(int(pids[1]))
    worker.close()


def test_a_closed_worker_starts_again_when_it_is_needed(tmp_path):
    worker = sandbox.Worker(["numpy"], unfenced=str(tmp_path / "students"))
    try:
        for _ in range(2):
            with fork(worker) as run:
                assert run("3") == "3"
            worker.close()
    finally:
        worker.close()


def test_a_worker_that_was_started_before_is_used(tmp_path):
    """Its first fork comes from it, and so does the second."""
    worker = sandbox.Worker(["numpy"], unfenced=str(tmp_path / "students"))
    worker.start()
    try:
        parents = []
        for _ in range(2):
            with fork(worker) as run:
                parents.append(run("import os; os.getppid()"))
        assert len(set(parents)) == 1
    finally:
        worker.close()


def test_a_module_that_cannot_be_imported_stops_nobody(tmp_path):
    modules = ["numpy", "no_such_module", "antigravity.nothing"]
    worker = sandbox.Worker(modules, unfenced=str(tmp_path / "students"))
    try:
        with fork(worker) as run:
            assert run("3") == "3"
    finally:
        worker.close()


def test_a_sandbox_that_does_not_start_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox.sys, "executable", "/bin/false")
    worker = sandbox.Worker(unfenced=str(tmp_path / "students"))
    with pytest.raises(sandbox.WorkerFailed, match="sandbox"):
        worker.begin()


def test_a_sandbox_that_says_nothing_is_not_waited_for_long(
    tmp_path, monkeypatch
):
    script = tmp_path / "sleeper"
    script.write_text("#!/bin/sh\nexec sleep 60\n")
    script.chmod(0o755)
    monkeypatch.setattr(sandbox.sys, "executable", str(script))
    monkeypatch.setattr(sandbox, "PATIENCE", 0.2)
    worker = sandbox.Worker(unfenced=str(tmp_path / "students"))
    start = time.monotonic()
    with pytest.raises(sandbox.WorkerFailed, match=r"after 0\.2 seconds"):
        worker.begin()
    assert time.monotonic() - start < SECONDS / 4
    worker.close()


def test_only_behind_the_fences_nothing_of_the_disk_is_seen(worker, request):
    is_fenced = request.node.callspec.params["worker"] == "fenced"
    here = os.path.abspath(__file__)
    with fork(worker) as run:
        seen = run(f"import os; os.path.exists({here!r})")
    assert seen == str(not is_fenced)
