"""Running one cell of a notebook, on either side of the grader.

A cell is plain Python nearly always, and is run as such. Only what does not
parse, such as a magic, is given to IPython to be rewritten first: importing
IPython takes longer than marking a whole notebook.
"""

import ast
import importlib.util
import linecache
import sys
import warnings

# These import matplotlib; but sheets draw after their tests.
RARE = {"nnlib.plots"}
FIRST = "<cell "  # every file name of a cell starts so


def run(source, namespace, name):
    """Run a cell and return the value of its last line, or None.

    Parameters
    ----------
    source : str
    namespace : dict
    name : str
        What the cell is called in tracebacks.

    Raises
    ------
    Exception
        Whatever the cell raises, SyntaxError among it.

    >>> run("a = 3; a * a", {}, "square")
    9
    >>> run("a = 3; a * a;", {}, "quiet")
    """
    body, last = compiled(source, name)
    if body is not None:
        exec(body, namespace)  # noqa: S102 (what a cell is for)
    if last is None:
        return None
    return eval(last, namespace)  # noqa: S307 (its last line)


def get_ready(name):
    """Import a module, or be ready to import it when it is first used."""
    if name not in RARE or name in sys.modules:
        importlib.import_module(name)
        return
    spec = importlib.util.find_spec(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    package, _, own = name.rpartition(".")
    setattr(sys.modules[package], own, module)


def hear_usual_warnings():
    """Show the warnings that Python shows a notebook, and no others."""
    warnings.resetwarnings()
    for unheard in (
        *(DeprecationWarning, PendingDeprecationWarning),
        *(ImportWarning, ResourceWarning),
    ):
        warnings.simplefilter("ignore", unheard)
    warnings.filterwarnings("default", ".*", DeprecationWarning, "__main__")


def compiled(source, name):
    """Return the code of a cell, and that of its last line if it has a value.

    Returns
    -------
    (body, last) : code or None, code or None
    """
    filename = f"{FIRST}{name}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    tree = _parsed(source, filename)
    last = None
    is_quiet = source.rstrip().endswith(";")
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not is_quiet:
        last = ast.Expression(tree.body.pop().value)
    return (
        compile(tree, filename, "exec") if tree.body else None,
        compile(last, filename, "eval") if last else None,
    )


def _parsed(source, filename):
    try:
        return ast.parse(source, filename)
    except SyntaxError:
        rewritten = without_magics(source)
        if rewritten == source:
            raise
        return ast.parse(rewritten, filename)


def without_magics(source):
    """Return a cell in plain Python, its magics as calls of get_ipython()."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(source)
