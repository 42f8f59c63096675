"""What a worker behind the outer fence can see, reach and leave behind.

Every script here runs in a real sandbox; "inside" is always that.
"""

import ast
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import nnlib
from nnlib.grading import bubble

PACKAGE = Path(nnlib.__file__).parent
ROOT = PACKAGE.parent
DEVICES = ["null", "zero", "full", "random", "urandom"]
PLOTS = {
    "nnlib.plots",
    *(f"nnlib.plots.{file.stem}" for file in PACKAGE.glob("plots/[!_]*.py")),
}
ALWAYS_OPEN = PLOTS | {
    "nnlib",
    "nnlib.datasets",
    "nnlib.real_data",
    "nnlib.shapes",
    "nnlib.hints",
}


def inside(script, **options):
    """Run a script inside, and return what it prints, read as JSON."""
    done = subprocess.run(
        bubble.command(["-c", script], **options),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def errors_inside(statements, before="import os"):
    """Return the number of the OSError that each statement raises, or 0."""
    return inside(
        f"""
{before}
import json
numbers = []
for statement in {statements!r}:
    try:
        exec(statement)
        numbers.append(0)
    except OSError as error:
        numbers.append(error.errno)
print(json.dumps(numbers))
"""
    )


# --- the disk ---------------------------------------------------------------


def test_nothing_of_the_disk_is_there_but_python_and_its_packages():
    libraries = ("/usr/lib", "/usr/lib64", "/lib", "/lib64")
    python = (f"{sys.base_prefix}/lib", *bubble._site_folders())
    allowed = (*libraries, *python, "/book/nnlib")
    found = inside(
        f"""
import json, os
found = []
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders
                  if os.path.join(folder, name) not in {allowed!r}]
    found += [os.path.join(folder, name) for name in files]
print(json.dumps(found))
"""
    )
    devices = {f"/dev/{n}" for n in DEVICES}
    python = os.path.realpath(sys._base_executable)
    assert set(found) == devices | {"/etc/ld.so.cache", python}


def test_no_file_of_the_grader_or_of_who_runs_it_is_there(tmp_path):
    secret = tmp_path / "gradebook.db"
    secret.write_text("everything", encoding="utf-8")
    hidden = [
        secret,
        *(Path.home(), ROOT / "solutions", ROOT / "README.md"),
        *(PACKAGE / "checks", PACKAGE / "losses.py"),
        *("/etc/passwd", "/etc/hostname", "/etc/resolv.conf", "/bin/sh"),
        *("/usr/bin/env", "/usr/local/bin", "/var", "/opt", "/run", "/sys"),
        *("/proc/self", "/proc/1", "/dev/tty", "/dev/shm", "/dev/pts"),
    ]
    texts = [str(path) for path in hidden if Path(path) != Path("/")]
    found = inside(
        f"""
import json, os
print(json.dumps([path for path in {texts!r} if os.path.exists(path)]))
"""
    )
    # The home may be above Python itself; then there is nothing else in it.
    assert set(found) <= {str(Path.home())}


def test_the_home_of_who_grades_holds_python_or_nothing():
    home = str(Path.home())
    found = inside(
        f"""
import json, os
found = [os.path.join(folder, name)
         for folder, _, files in os.walk({home!r}) for name in files]
print(json.dumps(found))
"""
    )
    python = (sys.base_prefix, *bubble._site_folders())
    assert [path for path in found if not path.startswith(python)] == []


def test_an_nnlib_beside_other_packages_is_covered(tmp_path, monkeypatch):
    site = tmp_path / "lib" / "site-packages"
    for name in ("nnlib", "other"):
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text("x = 1", encoding="utf-8")
    monkeypatch.syspath_prepend(site)
    seen = inside(
        f"""
import json, os, nnlib, other
print(json.dumps([nnlib.__file__, other.__file__,
                  os.listdir({str(site / "nnlib")!r})]))
"""
    )
    other = str(site / "other" / "__init__.py")
    assert seen == ["/book/nnlib/__init__.py", other, []]


def test_what_covers_an_nnlib_cannot_be_written_to(tmp_path, monkeypatch):
    site = tmp_path / "site-packages"
    (site / "nnlib").mkdir(parents=True)
    monkeypatch.syspath_prepend(site)
    assert errors_inside([f"open('{site}/nnlib/x.py', 'w')"]) == [30]


def test_packages_in_pythons_own_folder_are_there(tmp_path, monkeypatch):
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "other.py").write_text("x = 7", encoding="utf-8")
    monkeypatch.setattr(bubble.sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.syspath_prepend(site)
    assert inside("import json, other; print(json.dumps(other.x))") == 7


def test_packages_that_python_does_not_import_here_are_not_there(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT)])
    found = inside(
        """
import json, os, sysconfig
site = os.path.join(sysconfig.get_path("stdlib"), "site-packages")
print(json.dumps(os.listdir(site) if os.path.isdir(site) else []))
"""
    )
    assert found == []


def test_only_the_folder_can_be_written_to():
    places = ["/x", "/book/x", "/book/nnlib/x", "/etc/x", "/dev/x"]
    places += ["/usr/lib/x", f"{sys.base_prefix}/lib/x", "/desk/../x"]
    places += [f"{site}/x" for site in bubble._site_folders()]
    statements = [f"open({place!r}, 'w')" for place in places]
    statements.append("open('x', 'w')")
    assert errors_inside(statements) == [30] * len(places) + [0]


def test_the_folder_has_bounds():
    script = "open('x', 'wb').write(bytes(3 << 20))"
    numbers = inside(
        f"""
import json
try:
    {script}
except OSError as error:
    print(json.dumps(error.errno))
""",
        writable=1 << 20,
    )
    assert numbers == 28  # no space left


def test_what_is_mounted_stays_as_it_is():
    failed = inside(
        f"""
import ctypes, json
c = ctypes.CDLL(None)
read_only = 0x1000 | 0x20 | 0x1
print(json.dumps([
    c.umount2(b"/usr/lib", 2),
    c.umount2(b"/book", 2),
    c.mount(None, b"/usr/lib", None, 0x1020, None),
    c.mount(None, {sys.base_prefix.encode() + b"/lib"!r}, None, 0x1020, None),
    c.mount(b"/dev", b"/desk", b"proc", 0, None),
    c.unshare(0x10000000),
]))
"""
    )
    assert failed == [-1] * 6


# --- everything else --------------------------------------------------------


def test_the_environment_is_the_sandbox_own(monkeypatch):
    monkeypatch.setenv("SECRET", "password")
    environment = inside("import json, os; print(json.dumps({**os.environ}))")
    assert "SECRET" not in environment
    assert "PATH" not in environment
    assert environment["HOME"] == "/desk"
    assert environment["PYTHONHASHSEED"] == "0"
    assert str(ROOT) not in environment["PYTHONPATH"].split(":")


def test_sets_have_one_order():
    script = "import json; print(json.dumps(list({'sigmoid', 'relu', 'a'})))"
    assert inside(script) == inside(script)


def test_the_machine_has_no_name_and_the_user_no_number():
    script = """
import json, os
print(json.dumps([os.uname().nodename, os.getuid(), os.getgid()]))
"""
    assert inside(script) == ["sandbox", 1000, 1000]


def test_there_are_no_other_processes():
    script = """
import json, os
try:
    os.kill(-1, 0)
except ProcessLookupError:
    print(json.dumps([os.getpid(), os.getppid()]))
"""
    assert inside(script) == [1, 0]


def test_no_address_can_be_reached():
    name = f"\0nnlib-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(name)
        abstract.listen()
        port = server.getsockname()[1]
        statements = [
            f"socket.create_connection(('127.0.0.1', {port}))",
            "socket.create_connection(('192.0.2.1', 80), 5)",
            f"socket.socket(socket.AF_UNIX).connect({name!r})",
        ]
        numbers = errors_inside(statements, before="import socket")
    assert numbers == [111, 101, 111]  # refused, unreachable, refused


def test_it_has_the_file_descriptors_that_it_was_given_and_no_others():
    ours, theirs = socket.socketpair()
    kept = os.open("/etc/hostname", os.O_RDONLY)
    script = f"""
import os, stat
found = []
for number in range(3, 1024):
    try:
        found.append((number, stat.S_ISSOCK(os.fstat(number).st_mode)))
    except OSError:
        pass
os.write({theirs.fileno()}, repr(found).encode())
"""
    with ours, theirs:
        subprocess.run(
            bubble.command(["-c", script]),
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            check=True,
            timeout=60,
        )
        assert ours.recv(1000) == repr([(theirs.fileno(), True)]).encode()
    os.close(kept)


def test_it_dies_with_who_started_it():
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    script = f"import os, time; os.write({number}, b'here'); time.sleep(600)"
    command = bubble.command(["-c", script])
    starter = (
        f"import subprocess; subprocess.run({command!r}, close_fds=False)"
    )
    with ours:
        ours.settimeout(60)
        process = subprocess.Popen(
            [sys.executable, "-c", starter],
            stdin=subprocess.DEVNULL,
            pass_fds=[number],
        )
        theirs.close()
        assert ours.recv(10) == b"here"
        process.kill()
        process.wait()
        assert ours.recv(10) == b""  # nobody holds the other end any more


# --- which modules of nnlib there are ---------------------------------------


def sheet(slug):
    """Return what the cells of a sheet import, and what it asks for."""
    file = ROOT / "solutions" / slug / f"{slug}.ipynb"
    imported, asked = set(), set()
    for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported |= {node.module}
                imported |= {f"{node.module}.{a.name}" for a in node.names}
            elif getattr(getattr(node, "func", None), "id", "") == "check":
                asked.add(node.args[0].id)
    return imported, asked


NETWORKS = {
    "nnlib.drawing": [],
    "nnlib.initializers": [],
    "nnlib.layers": [],
    "nnlib.losses": [],
    "nnlib.machine": [],
    "nnlib.network": [],
    "nnlib.optimizers": [],
    "nnlib.training": [],
}
# What each sheet has beside plots and data, and what is taken out of it.
SHEETS = {
    "01_perceptron": {},
    "02_activations": {
        "nnlib.activations": [
            "relu",
            "relu_prime",
            "sigmoid",
            "sigmoid_prime",
        ],
        **NETWORKS,
    },
    "03_losses": {
        "nnlib.activations": ["softmax"],
        "nnlib.gradcheck": [],
        "nnlib.losses": [
            "binary_cross_entropy",
            "cross_entropy",
            "huber",
            "mean_squared_error",
        ],
    },
    "04_forward_pass": {"nnlib.activations": [], **NETWORKS},
    "05_chain_rule": {},
    "06_backpropagation": {
        "nnlib.activations": [],
        "nnlib.gradcheck": ["gradient_error"],
    },
    "07_gradient_descent": {},
    "08_vanishing_exploding": {"nnlib.activations": []},
}


def test_every_sheet_of_the_book_is_in_the_table():
    slugs = {path.name for path in (ROOT / "solutions").iterdir()}
    assert {s for s in slugs if s[:2].isdigit()} == set(SHEETS)


@pytest.mark.parametrize("slug", SHEETS)
def test_a_sheet_leaves_open_what_it_imports_without_the_answers(slug):
    opened, closed = bubble.open_and_closed(*sheet(slug))
    assert opened == {**{name: [] for name in ALWAYS_OPEN}, **SHEETS[slug]}
    assert "nnlib.recurrent" in closed
    assert not set(opened) & closed


@pytest.mark.parametrize("slug", SHEETS)
def test_what_a_sheet_leaves_open_can_be_imported_inside(slug):
    imported, asked = sheet(slug)
    opened, closed = bubble.open_and_closed(imported, asked)
    script = f"""
import importlib, json
refused = []
for name, taken in {opened!r}.items():
    module = importlib.import_module(name)
    for thing in taken:
        try:
            getattr(module, thing)(1)
        except RuntimeError:
            refused.append(thing)
print(json.dumps(refused))
"""
    refused = inside(script, open_modules=opened, closed_modules=closed)
    assert set(refused) == {n for names in opened.values() for n in names}


def test_an_answer_is_nowhere_in_the_sandbox():
    opened, closed = bubble.open_and_closed({"nnlib.gradcheck"}, {"xor"})
    assert opened["nnlib.datasets"] == ["xor"]
    found = inside(
        """
import json, os, nnlib.datasets
files = [os.path.join(folder, name)
         for folder, _, names in os.walk("/book") for name in names]
texts = [open(file, encoding="utf-8").read() for file in files]
print(json.dumps([len(nnlib.datasets.digits()[0]),
    [file for file, text in zip(files, texts) if "def xor" in text],
    "def xor" in os.environ["NNLIB_CUT"],
    "def moons" in os.environ["NNLIB_CUT"]]))
""",
        open_modules=opened,
        closed_modules=closed,
    )
    assert found == [1797, [], False, True]


def test_numbers_that_a_sheet_asks_for_are_taken_out_as_well():
    opened, _ = bubble.open_and_closed({"nnlib.activations"}, {"SLOPES"})
    assert opened["nnlib.activations"] == ["SLOPES"]
    left = json.loads(
        inside(
            """
import json, os
print(json.dumps(os.environ["NNLIB_CUT"]))
""",
            open_modules=opened,
        )
    )
    assert "SLOPES = refusing" in left["nnlib.activations"]


def test_a_closed_module_has_names_that_cannot_be_used():
    said = inside(
        """
import json
from nnlib import layers
from nnlib.layers import Dense
class Mine(Dense):
    pass
said = []
for kind in (Dense, Mine):
    try:
        kind(3, 4)
    except RuntimeError as error:
        said.append(str(error))
print(json.dumps([said, isinstance(3, Dense), Dense is layers.Dense,
                  hasattr(layers, "__path__")]))
""",
        closed_modules=["nnlib.layers"],
    )
    sentence = (
        "is closed while this sheet is graded: the sheet asks for it, or "
        "does without it."
    )
    names = [f"nnlib.layers.Dense {sentence}", f"__main__.Mine {sentence}"]
    assert said == [names, False, True, False]


def test_checks_and_widgets_do_nothing_and_never_fail():
    closed = bubble.open_and_closed((), ())[1]
    said = inside(
        """
import json
from nnlib import checks, widgets
from nnlib.checks import check, overview, progress
from nnlib.checks.checking import examine
from nnlib.widgets.graph.view import chain_graph
print(json.dumps([check(print), overview(), examine(1, seed=2),
                  checks.check(None), widgets.chain_graph(3), chain_graph()]))
""",
        closed_modules=closed,
    )
    assert said == [None] * 6


def test_of_the_grader_there_is_the_sandbox_own_part_alone():
    found = inside(
        """
import json, os
print(json.dumps(sorted(os.listdir("/book/nnlib/grading"))))
"""
    )
    assert found == ["cells.py", "inside", "wire.py"]


# --- whether it works here --------------------------------------------------

MISSING = "from nnlib.grading import bubble; print(bubble.missing())"
SOMEBODY = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
ROOT_USER = ["unshare", "--user", "--map-root-user"]


def missing_for(*command):
    done = subprocess.run(
        [*command, sys.executable, "-c", MISSING],
        capture_output=True,
        check=True,
        timeout=60,
        text=True,
    )
    return done.stdout.strip()


def test_nothing_is_missing_where_these_tests_run():
    assert bubble.missing.__wrapped__() is None


@pytest.mark.parametrize("command", [SOMEBODY, ROOT_USER])
def test_the_fences_hold_for_root_and_for_people_without_any_rights(command):
    assert missing_for(*command) == "None"


def test_user_namespaces_that_are_forbidden_are_named():
    forbid = "echo 0 >/proc/sys/user/max_user_namespaces; exec"
    said = missing_for(*ROOT_USER, "sh", "-c", f'{forbid} "$@"', "sh")
    assert "sudo sysctl -w user.max_user_namespaces=10000" in said


def test_a_missing_bubblewrap_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt install bubblewrap" in bubble.missing.__wrapped__()
    with pytest.raises(FileNotFoundError, match="is not installed"):
        bubble.command([])


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("bwrap: Unknown option --disable-userns", "0.8 or newer is needed"),
        ("bwrap: Out of patience", "do not hold here: bwrap: Out of patience"),
    ],
)
def test_a_bubblewrap_that_fails_is_quoted(
    said, sentence, monkeypatch, tmp_path
):
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(f"#!/bin/sh\necho '{said}' >&2; exit 1", encoding="utf-8")
    bwrap.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert sentence in bubble.missing.__wrapped__()


def test_a_sandbox_in_which_processes_can_fork_does_not_count(monkeypatch):
    monkeypatch.setattr(bubble, "_PROBE", "import os; os.getpid()")
    assert "no word of why" in bubble.missing.__wrapped__()


def test_other_systems_are_told_so(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "need Linux" in bubble.missing.__wrapped__()
