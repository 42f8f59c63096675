"""Which names the cells of a teacher's notebook define, read and change.

The trusted side runs the given cells that the tests need, and no others: a
cell that only plots an answer would call it for nothing. The answers' names
say what is to be asked of the student's side. All of it is read off the
source with `ast` and `symtable`; nothing is run.
"""

import ast
import builtins
import functools
import re
import symtable
import warnings
from dataclasses import dataclass

DOT = re.compile(r"\.")
MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)

# Code with one of these may read any name: the text does not tell which.
ALL_SEEING = frozenset({"eval", "exec", "globals", "locals", "vars", "dir"})
ALWAYS = ""  # no name is empty


@dataclass(frozen=True)
class _Names:
    """The names of one cell.

    `reads` are names of the notebook's own scope, `late` those of them that
    functions read, perhaps long after the cell has run, and `binds` what it
    binds or changes in place.
    """

    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()


def parse(text):
    """Return a text's syntax tree and table of symbols, None if it has none.

    Magics are not Python. They count as lines that do nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as "\\d" in the text
        for version in (text, MAGIC.sub(r"\1pass", text)):
            try:
                return (
                    ast.parse(version),
                    symtable.symtable(version, "cell", "exec"),
                )
            except (SyntaxError, ValueError):
                continue
    return None


def _scopes(table):
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _bound(table):
    """Return the names that a cell binds, and those it only imports."""
    assigned, imported = set(), set()
    for scope in _scopes(table):
        for symbol in scope.get_symbols():
            if scope is table or symbol.is_global():
                if symbol.is_assigned():
                    assigned.add(symbol.get_name())
                if symbol.is_imported():
                    imported.add(symbol.get_name())
    return assigned | imported, imported - assigned


def find_asked(cells, parsed):
    """Return the names that answers bind, and the imports among them."""
    bound, kept, statements = set(), set(), {}
    for cell, found in zip(cells, parsed, strict=True):
        if cell.solution and found:
            tree, table = found
            names, imports = _bound(table)
            bound |= names
            kept |= names - imports
            statements |= _import_statements(tree)
    lent = {x: statements[x] for x in sorted(bound - kept)}
    return frozenset(bound), lent


def _import_statements(tree):
    """Return {name: statement} for every name that is imported."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                one = type(node)(**(vars(node) | {"names": [alias]}))
                found[name] = ast.unparse(one)
    return found


def find_own(cells, parsed):
    """Return the names that the teacher's own cells bind, tests as well."""
    found = set()
    for cell, code in zip(cells, parsed, strict=True):
        if code and not cell.solution:
            found |= _bound(code[1])[0]
    return frozenset(found)


def find_operators(cells, parsed):
    """Return {class: its special methods} of the classes that answers define.

    "add" stands for `__add__`. A class with a base brings along what nobody
    can read off the text: then every one counts, "*".

    Returns
    -------
    dict of str to frozenset of str
    """
    found = {}
    for cell, code in zip(cells, parsed, strict=True):
        if not (cell.solution and code):
            continue
        for node in ast.walk(code[0]):
            if isinstance(node, ast.ClassDef):
                found[node.name] = frozenset(_special_methods(node))
    return found


def _special_methods(node):
    """Yield "add" for each `__add__` that a class defines."""
    plain = {base.id for base in node.bases if isinstance(base, ast.Name)}
    if node.decorator_list or node.keywords or plain - {"object"}:
        yield "*"
    for part in ast.walk(node):
        name = None
        if isinstance(part, ast.FunctionDef):
            name = part.name
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            name = part.id
        is_special = name and name.startswith("__") and name.endswith("__")
        # An __exit__ that never returns anything swallows no error either.
        if is_special and (name != "__exit__" or _returns_something(part)):
            yield name.strip("_")
            if name == "__eq__":
                yield "ne"


def _returns_something(function):
    """Return whether a function has a return that is not of None or False."""
    return any(
        isinstance(node, ast.Return)
        and node.value is not None
        and not (
            isinstance(node.value, ast.Constant)
            and node.value.value in (None, False)
        )
        for node in ast.walk(function)
    )


def find_imported(cells, parsed):
    """Return the dotted names that ungraded code cells import."""
    found = set()
    for cell, code in zip(cells, parsed, strict=True):
        if not (code and cell.is_given):
            continue
        for node in ast.walk(code[0]):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module)
                found |= {
                    f"{node.module}.{alias.name}"
                    for alias in node.names
                    if alias.name != "*"
                }
    parents = {
        name[: dot.start()] for name in found for dot in DOT.finditer(name)
    }
    return frozenset(found | parents)


def _names(code, modules, asked):
    """Return the _Names of a parsed cell."""
    tree, table = code
    reads, late = set(), set()
    for scope in _scopes(table):
        for symbol in scope.get_symbols():
            if symbol.is_referenced() and scope is table:
                reads.add(symbol.get_name())
            elif symbol.is_referenced() and symbol.is_global():
                late.add(symbol.get_name())
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and _root(node.target):
            reads.add(_root(node.target))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            reads.add(node.id)
    return _Names(
        reads=frozenset(reads | late),
        binds=frozenset(_bound(table)[0] | (_changes(tree, modules) - asked)),
        late=frozenset(late),
    )


def _changes(tree, modules):
    """Return the names whose values a cell may change in place.

    They are those of `x[0] = 1`, `x.a = 1` and `x.method()`, and those that
    a call is given whose result nobody takes, as in `shuffle(x)`.
    """
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript):
            if not isinstance(node.ctx, ast.Load):
                found.add(_root(node))
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                found.add(_root(node.func))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if _root(call.func) not in modules:
                found |= {_root(x) for x in call.args}
    return found - modules - {None}


def _root(node):
    """Return the name that `x`, `x.a` or `x[0].b` begins with, else None."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


@functools.lru_cache(1024)
def find_wanted(text, asked):
    """Return the names that a cell may look up among the student's.

    Parameters
    ----------
    text : str
        Of a cell of the teacher's.
    asked : frozenset of str
        The names that answers bind.

    Returns
    -------
    frozenset of str

    >>> sorted(find_wanted("y = 3; assert sigmoid(y) == z", frozenset()))
    ['sigmoid', 'z']
    """
    code = parse(text)
    if code is None:
        return asked
    found = _names(code, frozenset(), asked)
    if found.reads & ALL_SEEING:
        return found.reads | asked
    return found.reads - _bound(code[1])[0] | found.reads & asked


def find_needed(cells, parsed, asked):
    """Return the given code cells that run on the trusted side.

    They are all that stand before the last test, except those that are only
    about an answer, such as a plot of it: that read an asked-for name, or
    one that such a cell binds, and bind nothing and change nothing that a
    test or a cell that is needed reads later.
    """
    tests = [i for i, cell in enumerate(cells) if cell.role == "test"]
    last = max(tests, default=0)
    given = [i for i in range(last) if cells[i].is_given]
    names = _names_of(parsed, tests + given, asked)
    spared = set(given)
    while True:
        about = _about_answers(given, names, spared, asked)
        now = _unread(about, names)
        if now == spared:
            return tuple(i for i in given if i not in spared)
        spared = now


def _names_of(parsed, indices, asked):
    """Return {index: _Names} of these cells.

    A cell that cannot be parsed, or that may read names by their text, reads
    all names, and it binds one that is always wanted, so that it is needed.
    """
    modules = frozenset(dir(builtins)).union(
        *(_import_statements(code[0]) for code in parsed if code)
    )
    found = {
        i: _names(parsed[i], modules, asked) if parsed[i] else None
        for i in indices
    }
    plain = [names for names in found.values() if names]
    everything = frozenset().union(*(x.reads | x.binds for x in plain))
    dark = _Names(reads=everything, binds=frozenset({ALWAYS}))
    return {
        i: names if names and not names.reads & ALL_SEEING else dark
        for i, names in found.items()
    }


def _about_answers(given, names, spared, asked):
    """Return those spared cells that depend on asked-for names."""
    found, foreign = set(), set(asked)
    for i in given:
        if i in spared and names[i].reads & foreign:
            found.add(i)
            foreign |= names[i].binds
    return found


def _unread(about, names):
    """Return those cells of `about` that bind nothing that is wanted."""
    wanted = {ALWAYS}.union(*(x.late for x in names.values()))
    spared = set()
    for i in sorted(names, reverse=True):
        if i in about and not names[i].binds & wanted:
            spared.add(i)
        else:
            wanted |= names[i].reads
    return spared
