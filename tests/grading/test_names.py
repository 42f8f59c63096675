import json

import pytest

from nnlib.grading import source


def read(*cells):
    """Return a Source of cells such as "answer: def f(): pass"."""
    made = []
    for number, text in enumerate(cells):
        role, code = text.split(": ", 1)
        nbgrader = {
            "answer": {"solution": True},
            "test": {"grade": True},
            "given": {"locked": True},
            "open": {},
        }[role]
        meta = {"grade_id": f"cell-{number}", **nbgrader}
        made.append(
            {
                "cell_type": "code",
                "metadata": {"nbgrader": meta} if nbgrader else {},
                "source": code,
            }
        )
    return source.read_source("sheet", json.dumps({"cells": made}).encode())


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("def f(x):\n    y = x", "f"),
        ("async def f():\n    pass", "f"),
        ("class A:\n    b = 1\n    def c(self): pass", "A"),
        ("a = b = 1", "a b"),
        ("a, (b, *c) = z", "a b c"),
        ("a: int = 1", "a"),
        ("a += 1", "a"),
        ("for i, x in z:\n    y = 1\nelse:\n    w = 2", "i x y w"),
        ("with open('x') as f, g as (h, i):\n    pass", "f h i"),
        ("if (n := 3) > 2:\n    m = 1", "n m"),
        ("squares = [k * (j := k) for k in range(3)]", "squares j"),
        (
            "import numpy as np\nimport os.path\nfrom a import b as c",
            "np os c",
        ),
        ("try:\n    x = 1\nexcept ValueError as e:\n    y = 2", "x e y"),
        ("def f():\n    global g\n    g = 1", "f g"),
        ("f = lambda q: q", "f"),
        ("x.a = 1\nx[0] = 2\nprint(y)", ""),
        ("match p:\n    case [a, {'k': b}]:\n        pass", "a b"),
        ("%matplotlib inline\nif 1:\n  !ls\na = b = 2", "a b"),
        ("if True:\n    %time a = 1\nb = 2", "b"),
        ("a = '''\n%d\n''' % 3\nb = (7\n% 4)", "a b"),
        ("a = '\\d'", "a"),
        ("this is not Python", ""),
        ("a = '\0'", ""),
    ],
)
def test_the_names_that_an_answer_defines_are_asked_for(code, names):
    assert read(f"answer: {code}").asked == set(names.split())


def test_only_answers_define_what_is_asked_for():
    found = read("given: a = 1", "answer: b = 1", "open: c = 1", "test: d = 1")
    assert found.asked == {"b"}


def test_what_answers_only_import_is_lent_to_the_tests():
    found = read(
        "answer: import numpy as np\nimport os.path\nfrom math import pi, e",
        "answer: from numpy import linalg as la\npi = 3\nimport math as e",
        "answer: def e(): pass",
        "answer: from math import tau\ntau = 6",
    )
    assert found.asked == {"np", "os", "pi", "e", "la", "tau"}
    assert found.lent == {
        "la": "from numpy import linalg as la",
        "np": "import numpy as np",
        "os": "import os.path",
    }


ANSWER = "answer: def f(x): return x"
TEST = "test: assert f(X) == 2"


@pytest.mark.parametrize(
    ("cells", "needed"),
    [
        # What a test reads, and what that is made of.
        (["given: X = 1", ANSWER, TEST], [0]),
        (["given: import m\nY = m.z", "open: X = Y", ANSWER, TEST], [0, 1]),
        # What nobody reads is needed as well, if it is no answer's business.
        (["given: print('hello')", ANSWER, TEST], [0]),
        # A plot of the answer is not.
        ([ANSWER, "given: plot(f)", TEST], []),
        ([ANSWER, "given: fig, ax = new()\nax.plot(f(1))", TEST], []),
        ([ANSWER, "given: def show():\n    plot(f(1))", TEST], []),
        # Nor is what follows from such a cell.
        ([ANSWER, "given: Z = f(1)", "given: plot(Z)", TEST], []),
        ([ANSWER, "given: Z = f(1)", "given: Z += 1", TEST], []),
        # Unless a test reads it, or a cell that is needed.
        ([ANSWER, "given: X = f(1)", TEST], [1]),
        ([ANSWER, "given: Z = f(1)", "given: X = Z", TEST], [1, 2]),
        (["given: Z = 1", ANSWER, "given: Z += f(1)\nX = Z", TEST], [0, 2]),
        # What is made of an answer may be changed in place.
        (
            [ANSWER, "given: X = f(1)", "given: X.fit(f(2))", TEST],
            [1, 2],
        ),
        (["given: X = []", ANSWER, "given: X.append(f(1))", TEST], [0, 2]),
        (["given: X = [0]", ANSWER, "given: X[0] = f(1)", TEST], [0, 2]),
        (["given: X = A()", ANSWER, "given: X.a.b = f(1)", TEST], [0, 2]),
        (["given: X = [0]", ANSWER, "given: f(X)", TEST], [0, 2]),
        # To look at it is not to change it.
        (["given: X = [0]", ANSWER, "given: Z = f(X.a) + X[0]", TEST], [0]),
        # A generator of random numbers is changed by drawing from it.
        (
            [
                "given: r = new()",
                ANSWER,
                "given: print(f(r.normal()))",
                "test: assert f(r.normal()) == 1",
            ],
            [0, 2],
        ),
        # A module is not, and neither is what the student's side holds.
        (
            [
                "given: import m",
                ANSWER,
                "given: m.plot(f(1))",
                "test: assert m.near(f(1), 1)",
            ],
            [0],
        ),
        (["answer: f = A()", "given: f.fit(1)", "test: assert f.w == 1"], []),
        # Cells that bind what is read earlier, but not later.
        ([ANSWER, "given: X = 1", TEST, "given: X = f(2)", "test: f(1)"], [1]),
        # A function reads its names when it is called, not where it stands.
        (
            [
                "given: def g(): return X",
                ANSWER,
                "given: X = f(1)",
                "test: assert g() == f(1)",
            ],
            [0, 2],
        ),
        # An answer's name, bound again by a given cell.
        ([ANSWER, "given: f = faster(f)", TEST], [1]),
        # What cannot be parsed, or reads names by their text.
        ([ANSWER, "given: %%bash\nls -l", TEST], [1]),
        ([ANSWER, "given: Z = f(1)", "given: x = !ls", TEST], [1, 2]),
        ([ANSWER, "given: Z = f(1)", "test: assert 'Z' in globals()"], [1]),
        ([ANSWER, "given: exec('X = f(1)')", TEST], [1]),
        ([ANSWER, "given: %time plot(f)\nplot(f)", TEST], []),
        # What comes after the last test.
        ([ANSWER, TEST, "given: X = 1"], []),
        (["given: X = 1"], []),
        # A module that an answer imports too is not the answer's.
        (
            ["answer: import m\ndef f(): pass", "given: m.plot(1)", TEST],
            [1],
        ),
    ],
)
def test_the_given_cells_that_tests_need_are_those(cells, needed):
    assert list(read(*cells).needed) == needed
