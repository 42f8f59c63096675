"""The outer fence: a process that sees Python, a student's nnlib, and no more.

bubblewrap starts it with a disk of its own that is put together here, without
a network, other processes, capabilities or the environment of whoever grades.
"""

import ast
import functools
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import nnlib

BOOK = "/book"  # holds the nnlib of the sandbox
FOLDER = "/desk"  # the one place in the sandbox that can be written to
NEVER_OPEN = ("checks", "cli", "grading", "widgets")
QUIET = ("checks", "widgets")
ALWAYS = {"nnlib.datasets", "nnlib.plots"}

_NNLIB = Path(nnlib.__file__).parent
_INSIDE = _NNLIB / "grading" / "inside"
_ENVIRONMENT = {
    "HOME": FOLDER,
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JOBLIB_MULTIPROCESSING": "0",
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",  # sets in the same order: the same marks
    "PYTHONNOUSERSITE": "1",
    "PYTHONSAFEPATH": "1",
}
_SWITCHES = {
    "kernel.apparmor_restrict_unprivileged_userns": "0",
    "kernel.unprivileged_userns_clone": "1",
    "user.max_user_namespaces": "10000",
}
_PROBE = f"""
import os
from nnlib.grading.inside import fences
fences.lock_down({FOLDER!r}, fences.prepare())
try:
    os.fork()
except PermissionError:
    print("fenced", flush=True)
"""


def command(
    arguments, *, open_modules=None, closed_modules=(), writable=64 << 20
):
    """Return the command line of a Python in the sandbox.

    It inherits the file descriptors that it is given (`pass_fds`), and dies
    with the thread that started it.

    Parameters
    ----------
    arguments : list of str
        Of Python, such as ["-m", "nnlib.grading.inside.worker"].
    open_modules : dict of str to list of str
        Modules of nnlib that are there, and the names that were taken out
        of each.
    closed_modules : iterable of str
        Those that can be imported and not used. `open_and_closed` returns
        both.
    writable : int
        Bytes of everything in FOLDER.

    Raises
    ------
    FileNotFoundError
        If bubblewrap is not installed.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise FileNotFoundError("bubblewrap is not installed")
    opened = {"nnlib": [], **(open_modules or {})}
    environment = {
        **_ENVIRONMENT,
        "PYTHONPATH": os.pathsep.join([BOOK, *_site_folders()]),
        "NNLIB_CUT": json.dumps(_cut(opened)),
    }
    return [
        bwrap,
        *("--unshare-user", "--disable-userns", "--unshare-pid"),
        *("--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--hostname", "sandbox"),
        *("--die-with-parent", "--new-session", "--as-pid-1"),
        # What a fork mounts its own folder with, before it gives that up.
        *("--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"),
        *("--uid", "1000", "--gid", "1000", "--clearenv"),
        *_flat("--setenv", environment.items()),
        *_system(),
        *_python(),
        *_students_nnlib(opened, closed_modules),
        *("--size", str(writable), "--tmpfs", FOLDER, "--chdir", FOLDER),
        *("--remount-ro", "/", "--", _executable(), *arguments),
    ]


def open_and_closed(imported, asked):
    """Return which modules of nnlib a sheet leaves open, and which it closes.

    Open is what the sheet's own cells import, with all that it needs in turn;
    plots and data count as imported. What the student has to define is taken
    out, wherever it is: the rest of that module may be needed for an answer.

    Parameters
    ----------
    imported : iterable of str
        Such as {"nnlib", "nnlib.losses"}; what is no module is passed over.
    asked : iterable of str
        Names that the student has to define, such as {"sigmoid"}.

    Returns
    -------
    dict of str to list of str
        Open modules, each with the names that are taken out of it.
    set of str
        All others.

    >>> open_and_closed({"nnlib.losses"}, {"relu"})[0]["nnlib.activations"]
    ['relu']
    """
    files = _modules()
    opened = {"nnlib"}
    for name in {*imported, *ALWAYS} & set(files):
        if _top(name) not in NEVER_OPEN:
            opened |= _needed(name, files)
    taken = {n: sorted(_read(files[n])[1] & set(asked)) for n in opened}
    closed = set(files) - opened
    return taken, {name for name in closed if _top(name) != "grading"}


@functools.cache
def missing():
    """Say why strangers' code cannot be fenced in here; None if it can.

    It starts a process behind both fences once, and remembers what came.
    """
    if not sys.platform.startswith("linux"):
        return "The fences around students' code need Linux."
    if shutil.which("bwrap") is None:
        return (
            "bubblewrap is not installed: `sudo apt install bubblewrap`, or "
            "the package of that name elsewhere."
        )
    try:
        done = subprocess.run(  # noqa: S603 (our own arguments)
            command(["-c", _PROBE]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
    except subprocess.TimeoutExpired:
        return "bubblewrap did not start within 30 seconds."
    if done.stdout == "fenced\n":
        return None
    return _reason(done.stderr)


def _reason(said):
    """Return a sentence for what bubblewrap or Python said last."""
    last = said.strip().splitlines()[-1:] or ["no word of why"]
    for switch, value in _SWITCHES.items():
        file = Path("/proc/sys", *switch.split("."))
        if file.exists() and _forbids(switch, file.read_text().strip()):
            return (
                f"Linux forbids user namespaces here ({switch}), which "
                f"bubblewrap needs: `sudo sysctl -w {switch}={value}`. It "
                f"said: {last[0]}"
            )
    if "Unknown option" in said:
        return "bubblewrap is too old: version 0.8 or newer is needed."
    return f"The fences around students' code do not hold here: {last[0]}"


def _forbids(switch, value):
    return value == ("1" if "restrict" in switch else "0")


# --- the disk of the sandbox -------------------------------------------------


def _flat(option, pairs):
    return [part for pair in pairs for part in (option, *pair)]


def _bind(paths):
    return _flat("--ro-bind-try", [(str(p), str(p)) for p in paths])


def _system():
    """Shared libraries, and the five devices that do no harm."""
    devices = [f"/dev/{n}" for n in ("null", "zero", "full", "random")]
    options = _flat("--dev-bind", [(d, d) for d in [*devices, "/dev/urandom"]])
    for name in ("lib", "lib64"):
        if os.path.islink(f"/{name}"):
            options += ["--symlink", os.readlink(f"/{name}"), f"/{name}"]
        else:
            options += _bind([f"/{name}"])
    return options + _bind(["/usr/lib", "/usr/lib64", "/etc/ld.so.cache"])


def _python():
    """Python and its packages, with a hole where nnlib may be."""
    base = Path(sys.base_prefix)
    # /usr/lib is there; /usr/local holds more than Python.
    shared = base in (Path("/usr"), Path("/usr/local"))
    library = sorted(base.glob("lib/libpython*")) if shared else [base / "lib"]
    standard = Path(sysconfig.get_path("stdlib"))
    sites = [Path(site) for site in _site_folders()]
    holes = {standard / n for n in ("site-packages", "dist-packages")}
    holes = {hole for hole in holes if hole.is_dir()} - set(sites)
    holes |= {s / "nnlib" for s in sites if (s / "nnlib").is_dir()}
    return [
        *_bind([_executable(), *library, standard, *sites]),
        *_flat("--tmpfs", [(str(hole),) for hole in sorted(holes)]),
        *_flat("--remount-ro", [(str(hole),) for hole in sorted(holes)]),
    ]


def _executable():
    # In a venv this is the Python that it was made from.
    return os.path.realpath(sys._base_executable)


def _site_folders():
    names = ("site-packages", "dist-packages")
    return [p for p in sys.path if Path(p).name in names and Path(p).is_dir()]


def _students_nnlib(open_modules, closed_modules):
    """The modules of nnlib, each as itself or as one that only seems so."""
    files = _modules()
    real = {*_machinery()}
    # Symlinks, because every mount makes all others slower.
    stand_ins = {
        name: "quiet.py" if _top(name) in QUIET else "closed.py"
        for name in closed_modules
    }
    for name, taken in open_modules.items():
        if taken:
            stand_ins[name] = "cut.py"
        else:
            real.add(files[name])
        if files[name].name == "__init__.py":
            real |= {*files[name].parent.glob("*.mplstyle")}
    options = _flat("--ro-bind", [(str(f), _seen(f)) for f in sorted(real)])
    for name, kind in sorted(stand_ins.items()):
        options += ["--symlink", _seen(_INSIDE / kind), _seen(files[name])]
    return options


def _cut(open_modules):
    """Return {module: what is left of it} where something was taken out."""
    files = _modules()
    return {
        name: _source_without(files[name], set(taken))
        for name, taken in open_modules.items()
        if taken
    }


def _source_without(file, names):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    body = []
    for node in tree.body:
        if not _defined(node) & names:
            body.append(node)
            continue
        for name in sorted(_defined(node)):
            refusal = (
                "from nnlib.grading.inside.closed import refusing\n"
                f"{name} = refusing(__name__, {name!r})"
            )
            body += ast.parse(refusal).body
    return ast.unparse(ast.Module(body, []))


def _seen(file):
    """Return where the sandbox has a file of nnlib."""
    return str(Path(BOOK, "nnlib", file.relative_to(_NNLIB)))


def _machinery():
    """The sandbox's own part of the grader."""
    grading = _NNLIB / "grading"
    return [grading / "wire.py", grading / "cells.py", *_INSIDE.glob("*.py")]


# --- what a module defines and needs ----------------------------------------


@functools.cache
def _modules():
    """Return {name: file} of all modules of nnlib."""
    found = {}
    for file in sorted(_NNLIB.rglob("*.py")):
        parts = ["nnlib", *file.relative_to(_NNLIB).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        found[".".join(parts)] = file
    return found


def _top(name):
    """Return "checks" for "nnlib.checks.progress"."""
    return name.split(".")[1] if "." in name else ""


def _needed(name, files):
    """Return the modules that are imported with this one, itself as well."""
    needed, waiting = set(), [name]
    while waiting:
        name = waiting.pop()
        if name in files and name not in needed:
            needed.add(name)
            waiting += [name.rpartition(".")[0], *_read(files[name])[0]]
    return needed


@functools.cache
def _read(file):
    """Return (names that a module imports, names that it defines)."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            imported |= {node.module, *names}
    return imported, set().union(*map(_defined, tree.body))


def _defined(node):
    """Return the names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
        return {n.id for n in names if isinstance(n.ctx, ast.Store)}
    return set()
