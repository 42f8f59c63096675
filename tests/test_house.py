"""The rules of the house: who imports whom, and what readers get to read."""

import ast
import io
import json
import re
import statistics
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import nnlib

PACKAGE = Path(nnlib.__file__).parent
# Files, screens, cores, words: what has nothing to do with how nets learn.
TOOLS = {
    "cli.py",
    "real_data.py",
    "drawing.py",
    "hints.py",
    "installation.py",
    "machine.py",
}
CORE = sorted(p for p in PACKAGE.glob("*.py") if p.name not in TOOLS)
PARTS = {
    part: sorted((PACKAGE / part).rglob("*.py"))
    for part in ("plots", "widgets", "checks", "grading")
}
CORE_NAMES = {f"nnlib.{path.stem}" for path in CORE} - {"nnlib.__init__"}
TOOL_NAMES = {
    f"nnlib.{name}" for name in ("real_data", "drawing", "hints", "machine")
}
STANDARD = set(sys.stdlib_module_names)
# Imported where they are used, inside a function.
HEAVY = {
    "datasets.py": ("sklearn",),
    "real_data.py": ("matplotlib", "pooch", "sklearn"),
    "machine.py": ("threadpoolctl", "tqdm"),
}
MESSAGES = [*CORE, *PARTS["plots"], *PARTS["checks"]]


def name_of(path):
    return str(path.relative_to(PACKAGE))


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=name_of)


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path):
    """Yield (module, whether it is imported inside a function).

    `from nnlib import shapes` counts as nnlib.shapes, and so does
    `from nnlib.shapes import as_count`.
    """
    tree = tree_of(path)
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole module"
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                known = (PACKAGE.parent / module.replace(".", "/")).exists()
                file = PACKAGE.parent / (module.replace(".", "/") + ".py")
                whole = known or file.exists()
                yield module if whole else node.module, id(node) in inside


def belongs(module, *allowed):
    return any(
        module == home or module.startswith(f"{home}.") for home in allowed
    )


def functions(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(path, function):
    """Return the lines of a function that hold code, its signature too."""
    lines = set()
    source = io.StringIO(path.read_text(encoding="utf-8")).readline
    empty = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    for token in tokenize.generate_tokens(source):
        if token.type not in empty:
            lines.update(range(token.start[0], token.end[0] + 1))
    lines &= set(range(function.lineno, function.end_lineno + 1))
    if ast.get_docstring(function) is not None:
        text = function.body[0]
        lines -= set(range(text.lineno, text.end_lineno + 1))
    return lines


def in_a_fresh_process(script):
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


# --- arrows point one way ---------------------------------------------------


@each([*CORE, *(PACKAGE / name for name in HEAVY)])
def test_the_core_imports_numpy_and_itself_alone(path):
    for module, inside in imports(path):
        if belongs(module, *HEAVY.get(path.name, ())):
            assert inside, f"{module} takes long to import"
            continue
        assert (
            module in CORE_NAMES | TOOL_NAMES
            or module.split(".")[0] in STANDARD
            or belongs(module, "numpy")
        ), module


# Who may know of whom, inside the core: each names those below it.
ORDER = [
    {"drawing", "hints", "machine"},
    {"shapes"},
    {"real_data"},
    {"perceptron", "datasets", "graph", "gradcheck"},
    {"activations", "initializers"},
    {"losses", "layers"},
    {"network", "recurrent", "fixed_point"},
    {"optimizers"},
    {"training"},
]


@each(CORE)
def test_arrows_in_the_core_point_down(path):
    if path.stem == "__init__":
        return
    levels = {name: i for i, names in enumerate(ORDER) for name in names}
    for module, _ in imports(path):
        if belongs(module, "nnlib"):
            below = module.removeprefix("nnlib.")
            assert levels[below] < levels[path.stem], module


def test_the_two_routes_to_a_gradient_never_meet():
    """Scalars and layers are compared, so neither may use the other."""
    found = {module for module, _ in imports(PACKAGE / "graph.py")}
    assert not {m for m in found if belongs(m, "numpy", "nnlib")} - {
        "nnlib.drawing"
    }


@each(PARTS["plots"])
def test_plots_import_the_core_and_matplotlib(path):
    # matplotlib needs cycler and PIL, so they are always there.
    outside = ("numpy", "matplotlib", "cycler", "PIL")
    for module, _ in imports(path):
        assert (
            module in CORE_NAMES - {"nnlib.perceptron"}
            or belongs(module, "nnlib.plots", *outside)
            or module.split(".")[0] in STANDARD
        ), module


@each(PARTS["plots"])
def test_plots_do_without_pyplot(path):
    for module, _ in imports(path):
        assert not belongs(module, "matplotlib.pyplot", "pylab")


@each(PARTS["widgets"])
def test_widgets_import_the_core_and_plots(path):
    for module, _ in imports(path):
        if belongs(module, "nnlib"):
            assert module in CORE_NAMES or belongs(
                module, "nnlib.plots", "nnlib.widgets"
            ), module


@each(PARTS["checks"])
def test_checks_import_the_core(path):
    for module, inside in imports(path):
        if belongs(module, "platformdirs"):
            assert inside, "only who records a pass waits for it"
            continue
        assert (
            module in CORE_NAMES
            or belongs(module, "nnlib.checks", "numpy")
            or module.split(".")[0] in STANDARD
        ), module


# What the grader stands on, beside the standard library, and where.
OUTSIDE = {
    "grading/course.py": ("jupyter_core", "nbgrader", "traitlets"),
    "grading/gradebook.py": ("sqlalchemy",),
    "grading/cluster.py": ("distributed",),
    "grading/run.py": ("tqdm",),
    "grading/wire.py": ("msgpack",),
    "grading/cells.py": ("IPython",),
}


@each(PARTS["grading"])
def test_grading_imports_the_checks_and_little_else(path):
    allowed = OUTSIDE.get(name_of(path), ())
    for module, inside in imports(path):
        if belongs(module, "nbgrader", "IPython", "distributed", "tqdm"):
            assert inside, "it takes long to import"
        assert (
            module == "nnlib"
            or belongs(module, "nnlib.grading", "nnlib.checks", "numpy")
            or belongs(module, *allowed)
            or module.split(".")[0] in STANDARD
        ), module


# Nothing of the trusted side is there where a student's code runs.
OF_BOTH = {"nnlib.grading.wire", "nnlib.grading.cells"}


@each([p for p in PARTS["grading"] if p.parent.name == "inside"])
def test_the_untrusted_side_stands_alone(path):
    for module, _ in imports(path):
        if belongs(module, "nnlib"):
            assert module in OF_BOTH or belongs(
                module, "nnlib.grading.inside"
            ), module


def test_importing_nnlib_loads_nothing_heavy():
    script = """
import json, sys
import nnlib
heavy = ("matplotlib", "ipywidgets", "anywidget", "sklearn", "IPython")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    assert in_a_fresh_process(script) == []


def test_importing_the_core_and_the_checks_loads_nothing_heavy():
    names = ", ".join(sorted(CORE_NAMES | {"nnlib.checks"}))
    script = f"""
import json, sys
import {names}
heavy = ("matplotlib", "ipywidgets", "anywidget", "sklearn", "IPython",
         "platformdirs", "pooch", "threadpoolctl", "tqdm")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    assert in_a_fresh_process(script) == []


def test_importing_nnlib_takes_no_time():
    script = """
import json, time
import numpy
start = time.perf_counter()
import nnlib
print(json.dumps(time.perf_counter() - start))
"""
    seconds = [in_a_fresh_process(script) for _ in range(7)]
    assert statistics.median(seconds) <= 0.015


# --- what readers read ------------------------------------------------------


def test_the_core_can_be_read_in_an_evening():
    """Under 2,000 lines of code, docstrings and comments together.

    Blank lines do not count, nor do the TOOLS; with `wc -l` it is more.
    """
    lines = [
        line
        for path in CORE
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    assert len(lines) < 2000


@each(CORE)
def test_functions_fit_on_half_a_page(path):
    for function in functions(path):
        length = len(code_lines(path, function))
        if (path.name, function.name) == ("training.py", "fit"):
            # Fourteen arguments, each on a line of its own: the body counts.
            length -= function.body[0].lineno - function.lineno
        assert length <= 25, f"{function.name}: {length} lines"


@each(CORE)
def test_chance_is_passed_in(path):
    modern = {
        "BitGenerator",
        "Generator",
        "PCG64",
        "SeedSequence",
        "default_rng",
    }
    for node in ast.walk(tree_of(path)):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "random"
        ):
            assert node.attr in modern, f"line {node.lineno}: {node.attr}"
    for module, _ in imports(path):
        assert not belongs(module, "random", "numpy.random")


@each(CORE)
def test_no_seeds_inside(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            assert not ast.unparse(node.func).endswith("default_rng")


@each([*CORE, *(path for part in PARTS.values() for path in part)])
def test_no_star_imports(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            assert "*" not in [alias.name for alias in node.names]


@each(CORE)
def test_no_lambda_has_a_name(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            assert not isinstance(node.value, ast.Lambda), node.lineno


def public_things():
    for path in CORE:
        lecture = ast.get_docstring(tree_of(path))
        for node in tree_of(path).body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_"):
                where = f"{path.stem}.{node.name}"
                yield pytest.param(node, lecture, id=where)


@pytest.mark.parametrize(("thing", "lecture"), [*public_things()])
def test_public_things_have_a_source_and_an_example(thing, lecture):
    """In its own docstring, or for a family of things in the module's."""
    text = ast.get_docstring(thing)
    assert text
    assert len(text.splitlines()[0]) <= 75
    source = re.compile(r"^Source: \S", re.MULTILINE)
    assert source.search(text) or source.search(lecture)
    assert ">>> " in text or ">>> " in lecture


@each(CORE)
def test_every_module_opens_with_its_lecture_note(path):
    text = ast.get_docstring(tree_of(path))
    assert len(text.splitlines()) >= 3


@each(MESSAGES)
def test_texts_are_calm_and_finished(path):
    """No exclamation mark in any text, and nothing left for later."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # "!=" is code in an example.
            assert not re.search(r"!(?!=)", node.value), node.lineno
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", source)


# --- these rules themselves -------------------------------------------------


def test_the_rules_find_the_files():
    assert {"shapes.py", "perceptron.py", "datasets.py"} <= {
        path.name for path in CORE
    }
    assert {path.stem for path in CORE} - {"__init__"} < set().union(*ORDER)
    assert all(PARTS.values())


def test_lines_of_code_are_counted_without_prose(tmp_path):
    path = tmp_path / "example.py"
    path.write_text(
        "def f(\n"
        "    x,\n"
        "):\n"
        '    """One.\n'
        "\n"
        "    Two.\n"
        '    """\n'
        "    # A comment.\n"
        "\n"
        '    text = """a\n'
        '    b"""\n'
        "    return x, text  # and another\n"
    )
    (function,) = functions(path)
    assert sorted(code_lines(path, function)) == [1, 2, 3, 10, 11, 12]


def test_imports_are_told_inside_from_outside(tmp_path):
    path = tmp_path / "example.py"
    path.write_text(
        "import numpy as np\n"
        "from nnlib import perceptron\n"
        "from nnlib.shapes import as_count\n"
        "def f():\n"
        "    from sklearn.datasets import load_digits\n"
    )
    assert list(imports(path)) == [
        ("numpy", False),
        ("nnlib.perceptron", False),
        ("nnlib.shapes", False),
        ("sklearn.datasets", True),
    ]
