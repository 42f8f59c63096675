"""The real grader against strangers who want marks, secrets or its end.

One run marks them all, with innocent neighbours first, between and last. Then
each test looks at one of them, or at what else there is: the neighbours, the
disk, the processes, and sockets that nobody may have called.
"""

import contextlib
import html.parser
import json
import os
import re
import socket
import tempfile
import threading
import time
import uuid
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import hostile
import pytest
from hostile import ATTACKS, CHECKS, FULL, FULL_SCORE, INNOCENT
from nbgrader.api import Gradebook

import nnlib
from nnlib.grading import course, folder, run

SEED, SECONDS = 7, 2
WHOLE = FULL_SCORE + hostile.WHY_POINTS


# --- the scene ---------------------------------------------------------------


@dataclass
class Scene:
    """A course with secrets in it, and what became of it in one run."""

    root: Path
    secrets: dict = field(default_factory=dict)
    results: dict = field(default_factory=dict)
    notebooks: dict = field(default_factory=dict)
    summary: run.Summary | None = None
    calls: list = field(default_factory=list)
    seen: set = field(default_factory=set)  # processes that there were
    memory: int = 0  # bytes of all of them, at most
    mark: str = ""  # in the names of all files that are tried to be written
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)

    def secret(self, name):
        """Return a text that may be seen nowhere but where it is put."""
        return self.secrets.setdefault(name, f"canary-{uuid.uuid4().hex}")

    def outputs(self):
        """Yield (name, text) of everything that somebody may come to see."""
        for path in sorted((self.root / "out").rglob("*")):
            if path.is_file():
                yield path.name, path.read_text("utf-8", "replace")
        for student, books in self.notebooks.items():
            for text in books.values():
                yield student, text


class Listening(folder.Results):
    """Results that also keep the marked notebooks."""

    def keep(self, result, notebooks):
        self.notebooks[result["student"]] = notebooks
        super().keep(result, notebooks)


def as_student(name):
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def snapshot(root):
    """Return all that can be told of the files in a folder."""
    found = {}
    for path in sorted(root.rglob("*")):
        about = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        if len(content) > 10**7:
            content = len(content)
        kept = about.st_mode, about.st_mtime_ns, about.st_nlink, content
        found[str(path.relative_to(root))] = kept
    return found


def descendants():
    """Return {(pid, when it started)} of all processes that come from here."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                text = Path("/proc", entry, "stat").read_text()
                fields = text.rpartition(")")[2].split()
                parents[int(entry)] = int(fields[1]), fields[19]
    ours, more = {os.getpid()}, True
    while more:
        more = {p for p, (up, _) in parents.items() if up in ours} - ours
        ours |= more
    return {(p, parents[p][1]) for p in ours if p in parents} - {
        (os.getpid(), parents[os.getpid()][1])
    }


def is_alive(process):
    pid, started = process
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:
        return False
    return fields.split()[19] == started


def memory_of(process):
    """Return how many bytes of memory are a process's own."""
    with contextlib.suppress(OSError):
        pages = Path(f"/proc/{process[0]}/statm").read_text().split()
        return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")
    return 0


@contextlib.contextmanager
def watched(scene):
    """See which processes there are inside, and which of them are left."""
    seen, over = set(), threading.Event()
    before = descendants()

    def watch():
        while not over.wait(0.1):
            now = descendants()
            seen.update(now)
            scene.memory = max(scene.memory, sum(map(memory_of, now)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        scene.seen = seen - before


@contextlib.contextmanager
def listeners(scene):
    """Yield the addresses of sockets, and note who called them."""
    kinds = {
        "tcp": (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        "udp": (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        "unix": (socket.AF_UNIX, socket.SOCK_STREAM, f"{scene.root}/socket"),
        "abstract": (
            *(socket.AF_UNIX, socket.SOCK_STREAM),
            f"\0canary-{uuid.uuid4().hex}",
        ),
    }
    with contextlib.ExitStack() as stack:
        open_ones = {}
        for name, (family, kind, address) in kinds.items():
            one = stack.enter_context(socket.socket(family, kind))
            one.bind(address)
            one.setblocking(False)
            if kind == socket.SOCK_STREAM:
                one.listen()
            open_ones[name] = one
        yield {name: one.getsockname() for name, one in open_ones.items()}
        for name, one in open_ones.items():
            with contextlib.suppress(BlockingIOError):
                one.recv(1) if name == "udp" else one.accept()
                scene.calls.append(name)


def lay_out(scene):
    """Write the source, a gradebook, a home and what was handed in."""
    root = scene.root
    for name in ("source", "handed in", "home", "tmp"):
        (root / name).mkdir()
    secrets = {
        "gradebook.db": scene.secret("gradebook"),
        "home/.secret": scene.secret("home"),
        "home/.netrc": scene.secret("netrc"),
    }
    for path, text in secrets.items():
        (root / path).write_text(text)
    scene.secrets["hidden tests"] = hostile.SECRET
    (root / "source" / "sheet.ipynb").write_text(hostile.source())


def hand_in(scene, addresses):
    """Write what everybody hands in."""
    fill = filler(scene, addresses)
    place = scene.root / "handed in"
    for name in INNOCENT:
        mine = hostile.beside(f"# {scene.secret('neighbour')}")
        write(place / name, mine, str)
    for name, attack in ATTACKS.items():
        write(place / name, attack, fill)
    for name in os.fsencode("pipe"), os.fsencode("link"):
        os.mkdir(os.path.join(os.fsencode(place), name))
    os.mkfifo(place / "pipe" / "sheet.ipynb")
    (place / "link" / "sheet.ipynb").symlink_to(
        scene.root / "source" / "sheet.ipynb"
    )


def write(place, attack, fill):
    place.mkdir()
    file = place / "sheet.ipynb"
    if isinstance(attack.data, int):
        with open(file, "wb") as whole:
            whole.truncate(attack.data)
    else:
        whole = attack.data
        file.write_bytes(attack.notebook(fill) if whole is None else whole)
    for path, content in attack.files.items():
        (place / path).parent.mkdir(exist_ok=True)
        (place / path).write_bytes(content)


def filler(scene, addresses):
    """Return what puts this scene's names into the code of an attack."""
    root = scene.root
    scene.secrets["asked"] = "the-hidden-one"
    found = {
        "RUN": f"canary-{uuid.uuid4().hex}",
        "PATHS": [
            *(f"{root}/source/sheet.ipynb", f"{root}/gradebook.db"),
            *(f"{root}/home/.secret", f"{root}/home/.netrc"),
            *(f"{root}/handed in/anna/sheet.ipynb", f"{root}/out/seed"),
            *("/etc/passwd", "/etc/shadow", "/root", os.getcwd()),
        ],
        "PLACES": [str(root), f"{root}/out", f"{root}/home", f"{root}/tmp"],
        "HTML": hostile.HTML,
        "PORT": addresses["tcp"][1],
        "UDP": addresses["udp"][1],
        "UNIX": addresses["unix"],
        "ABSTRACT": addresses["abstract"][1:].decode(),
        "HOST": socket.gethostname(),
        "PID": os.getpid(),
    }
    scene.mark = found["RUN"]
    pattern = re.compile(f"@({'|'.join(found)})@")
    return lambda text: pattern.sub(lambda m: str(found[m[1]]), text)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Everybody marked, in one run."""
    scene = Scene(tmp_path_factory.mktemp("course"))
    lay_out(scene)
    with pytest.MonkeyPatch.context() as patch, listeners(scene) as addresses:
        patch.setenv("NNLIB_CANARY", scene.secret("environment"))
        patch.setenv("HOME", str(scene.root / "home"))
        patch.setenv("TMPDIR", str(scene.root / "tmp"))
        patch.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("fonts")))
        patch.setattr(tempfile, "tempdir", None)
        hand_in(scene, addresses)
        where = [scene.root / x for x in ("source", "handed in")]
        scene.before = snapshot(scene.root)
        store = Listening(scene.root / "out", where[0], "sheet", where[1])
        store.notebooks = scene.notebooks
        with watched(scene):
            scene.summary = run.grade(
                store, jobs=2, seed=SEED, seconds=SECONDS
            )
        scene.results = {r["student"]: r for r in store.stored_results()}
        scene.after = snapshot(scene.root)
    return scene


def marks(result):
    """Return {test: score} of a result."""
    return {
        cell["id"].removesuffix("-check"): cell["score"]
        for book in result["notebooks"]
        for cell in book["cells"]
        if cell["kind"] == "test"
    }


# --- marks -------------------------------------------------------------------


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_wins_nothing_and_costs_nothing_else(scene, name):
    attack, result = ATTACKS[name], scene.results[as_student(name)]
    came = marks(result)
    assert came.keys() == CHECKS.keys()
    won = {x: came[x] for x in attack.lost if came[x]}
    assert won == {}
    lost = {x: came[x] for x in attack.must_keep if came[x] != FULL[x]}
    assert lost == {}
    assert {x: came[x] for x in attack.scores} == attack.scores
    assert result["score"] == sum(came.values())
    assert result["max_score"] == WHOLE


@pytest.mark.parametrize("name", INNOCENT)
def test_a_neighbour_keeps_full_marks(scene, name):
    result = scene.results[name]
    assert marks(result) == FULL
    assert result["remarks"] == result["notebooks"][0]["remarks"] == []


def test_everybody_gets_a_result_and_nothing_failed(scene):
    assert scene.summary.failures == []
    expected = {*map(as_student, ATTACKS), *INNOCENT, "pipe", "link"}
    assert scene.results.keys() == expected


def test_neighbours_have_one_result_but_for_their_name(scene):
    first, *others = (scene.results[name] for name in INNOCENT)
    assert all(
        {**other, "student": first["student"]} == first for other in others
    )


@pytest.mark.parametrize("name", ["pipe", "link"])
def test_what_is_no_file_is_not_read(scene, name):
    assert scene.results[name]["score"] == 0
    assert len(scene.results[name]["remarks"]) == 1


# --- secrets -----------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["hidden tests", "gradebook", "home", "netrc", "environment", "asked"],
)
def test_a_secret_is_nowhere_to_be_seen(scene, name):
    secret = scene.secrets[name]
    assert [where for where, text in scene.outputs() if secret in text] == []


def test_a_neighbours_answers_are_in_no_other_notebook(scene):
    secret = scene.secrets["neighbour"]
    seen = {where for where, text in scene.outputs() if secret in text}
    assert seen == set(INNOCENT)


def test_no_path_of_the_grader_is_in_any_output(scene):
    places = str(scene.root), str(Path(nnlib.__file__).parent)
    told = {*hostile.READING, *hostile.SOCKETS, *hostile.WRITING}
    found = [
        (where, place)
        for where, text in scene.outputs()
        for place in places
        if place in text and Path(where).stem not in told
    ]
    assert found == []


# --- the machine -------------------------------------------------------------


def test_nobody_was_called(scene):
    assert scene.calls == []


def test_no_process_is_left(scene):
    assert len(scene.seen) > 20
    end = time.monotonic() + 10  # the kernel takes a moment to end them
    while any(map(is_alive, scene.seen)) and time.monotonic() < end:
        time.sleep(0.05)
    assert [process for process in scene.seen if is_alive(process)] == []


def test_no_attack_takes_all_memory(scene):
    assert 10**8 < scene.memory < 4 * 10**9


def test_nothing_that_was_there_has_changed(scene):
    # Temporary files came and went in "tmp"; only its date is another.
    for name in scene.before.keys() - {"tmp"}:
        assert scene.after[name] == scene.before[name], name


def test_nothing_is_there_that_the_grader_did_not_write(scene):
    new = scene.after.keys() - scene.before.keys()
    strange = {x for x in new if not x.startswith("out")}
    assert strange == set()
    places = "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/", os.getcwd()
    for place in places:
        if os.path.isdir(place):
            assert scene.mark not in os.listdir(place)


def test_results_are_not_large(scene):
    sizes = {
        name: len(text) for name, text in scene.outputs() if len(text) > 10**7
    }
    assert sizes == {}


# --- pages -------------------------------------------------------------------


class Elements(html.parser.HTMLParser):
    """Collects what a browser would run or load."""

    def __init__(self):
        super().__init__()
        self.active = []

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "iframe", "object", "embed", "base", "link"):
            self.active.append(tag)
        for name, value in attributes:
            outside = name in ("src", "href", "action") and not str(
                value
            ).startswith(("data:image/", "#", "feedback/"))
            if name.startswith("on") or outside:
                self.active.append(f"{tag} {name}={value}")


def test_no_page_runs_or_loads_anything(scene):
    pages = sorted((scene.root / "out").rglob("*.html"))
    assert len(pages) == len(scene.results) + 1
    for page in pages:
        elements = Elements()
        elements.feed(page.read_text("utf-8"))
        assert elements.active == [], page.name


def test_no_marked_notebook_brings_html(scene):
    for student, books in scene.notebooks.items():
        for text in books.values():
            kinds = re.findall(r'"(text/\w+|application/\w+)":', text)
            assert set(kinds) <= {"text/plain"}, student


def test_no_table_holds_a_formula(scene):
    for table in (scene.root / "out").glob("*.csv"):
        cells = re.findall(
            r'(?:^|[,\n])"?([=+\-@\t\r][^,"\n]*)', table.read_text("utf-8")
        )
        assert [c for c in cells if not re.fullmatch(r"[+-]?[\d.]+", c)] == []


# --- what one leaves to the next ---------------------------------------------

LEAVES = """
import fcntl, os, struct
def square(x):
    if type(x) is int and x > 10**6:
        for n in range(3):
            try:
                flags = os.O_APPEND | os.O_NONBLOCK
                fcntl.fcntl(n, fcntl.F_SETFL, flags)
            except OSError: pass
            for command in (37, 6):
                try:
                    lock = struct.pack("hhqqi4x", 1, 0, x, 1, 0)
                    fcntl.fcntl(n, command, lock)
                except OSError: pass
        for path in ("/var/x", "/dev/shm/x", "/desk/x", "../x"):
            try: open(path, "w").write(str(x))
            except OSError: pass
    return x * x
"""
FINDS = """
import fcntl, os, struct
for n in range(3):
    print("flags", fcntl.fcntl(n, fcntl.F_GETFL) & (os.O_APPEND | 2048))
for command in (36, 5):
    try:
        lock = struct.pack("hhqqi4x", 1, 0, 0, 0, 0)
        null = os.open("/dev/null", os.O_RDWR)
        print("lock", fcntl.fcntl(null, command, lock))
    except OSError as error: print(error)
print(sorted(os.listdir("/desk")), sorted(os.listdir("/")))
"""


def small_run(root, handed, files=(), source=None):
    """Mark a few, one after the other; return the Listening store."""
    for place in ("source", "in"):
        (root / place).mkdir()
    (root / "source" / "sheet.ipynb").write_text(source or hostile.source())
    for name, text in files:
        (root / "source" / name).write_text(text)
    for name, attack in handed.items():
        write(root / "in" / name, attack, str)
    store = Listening(root / "out", root / "source", "sheet", root / "in")
    store.notebooks = {}
    summary = run.grade(store, jobs=1, seed=SEED, seconds=SECONDS)
    assert summary.failures == []
    return store


def test_what_hidden_tests_ask_cannot_be_left_for_the_next(tmp_path):
    finds = hostile.beside(FINDS)
    leaves = hostile.Attack(answers={"square": LEAVES})
    store = small_run(tmp_path, {"a": finds, "b": leaves, "c": finds})
    before, after = (
        store.notebooks[name]["sheet.ipynb"] for name in ("a", "c")
    )
    assert "flags 0" in before
    assert after == before


def test_a_teachers_data_are_as_they_were_for_the_next(tmp_path):
    total = "def total(x):\n    {}return float(np.sum(x))"
    source = hostile.notebook(
        [
            (
                "import numpy as np\nfrom numbers_of import DATA",
                hostile.about("setup", locked=True),
            ),
            (
                f"### BEGIN SOLUTION\n{total.format('')}\n### END SOLUTION",
                hostile.about("total", solution=True),
            ),
            (
                "assert total(DATA) == 6.0",
                hostile.about("total-check", grade=True, points=1),
            ),
        ]
    )
    data = json.loads(source)

    def handed(text):
        data["cells"][1]["source"] = total.format(text)
        return hostile.Attack(data=json.dumps(data).encode())

    store = small_run(
        tmp_path,
        {"a": handed(""), "b": handed("x *= 0; "), "c": handed("")},
        [("numbers_of.py", "import numpy as np\nDATA = np.arange(4.0)")],
        source,
    )
    scores = {r["student"]: r["score"] for r in store.stored_results()}
    assert scores == {"a": 1, "b": 0, "c": 1}


# --- the gradebook -----------------------------------------------------------

FORGERS = (
    "more points",
    "tests made easy",
    "tests twice and elsewhere",
    "results written inside",
    "cells that are none",
)


def test_a_gradebook_has_the_teachers_points_and_the_graders_marks(tmp_path):
    (tmp_path / "source" / "sheet").mkdir(parents=True)
    (tmp_path / "source" / "sheet" / "sheet.ipynb").write_text(
        hostile.source()
    )
    for student in ("anna", *FORGERS):
        handed = ATTACKS.get(student, hostile.Attack())
        (tmp_path / "submitted" / student).mkdir(parents=True)
        write(tmp_path / "submitted" / student / "sheet", handed, str)
    store = course.Course(tmp_path, "sheet")
    run.grade(store, jobs=2, seed=SEED, seconds=SECONDS)
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as book:
        for student in FORGERS:
            found = book.find_submission("sheet", student)
            assert (found.score, found.max_score) == (0, WHOLE)
        found = book.find_submission("sheet", "anna")
        assert (found.score, found.max_score) == (FULL_SCORE, WHOLE)


# --- the door ----------------------------------------------------------------


def test_without_fences_nothing_of_a_strangers_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run.bubble, "missing", lambda: "There are none.")
    with pytest.raises(run.Refused, match=r"There are none\. Nothing was run"):
        small_run(tmp_path, {"a": hostile.beside("1 / 0")})
    assert not (tmp_path / "out" / "results").exists()


def test_a_zip_reaches_nothing_outside_and_bursts_nothing(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "sheet.ipynb").write_text(hostile.source())
    right = hostile.Attack().notebook()
    with zipfile.ZipFile(tmp_path / "all.zip", "w", 8) as archive:
        archive.writestr("anna/sheet.ipynb", right)
        for name in (
            "../up/sheet.ipynb",
            "/root/sheet.ipynb",
            "..\\b.ipynb",
            "C:/x/sheet.ipynb",
            "bob/../../../sheet.ipynb",
        ):
            archive.writestr(name, right)
        link = zipfile.ZipInfo("link/sheet.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, str(tmp_path / "source" / "sheet.ipynb"))
        archive.writestr("bomb/sheet.ipynb", bytes(3 * 10**8))
        archive.writestr("zoe/sheet.ipynb", right)
    before = snapshot(tmp_path)
    store = folder.Results(
        tmp_path / "out", tmp_path / "source", "sheet", tmp_path / "all.zip"
    )
    summary = run.grade(store, jobs=2, seed=SEED, seconds=SECONDS)
    assert summary.failures == []
    scores = {r["student"]: r["score"] for r in store.stored_results()}
    assert scores["anna"] == scores["zoe"] == FULL_SCORE
    assert scores["bomb"] == 0
    after = snapshot(tmp_path)
    assert before.items() <= after.items()
    new = after.keys() - before.keys()
    assert all(x.startswith("out") for x in new)
