"""Results as they are stored, for the tests of what is made of them."""

HOSTILE = [
    "<script>document.title='run'</script>",
    "<img src=http://127.0.0.1:9/x onerror=document.title='run'>",
    "\"'><svg onload=document.title='run'>",
    "</pre></style></title><meta http-equiv=refresh content=0;url=//x>",
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r\n=1",
    "a\nb\rc\x00d\x1be",
    "../../etc/passwd",
    "\ud800 and \udfff",
    "\u202etxt.exe\u202c \u2066x",
    "javascript:alert(1)",
    "x" * 100_000,
    "&lt;b&gt;&#x3c;",
    "",
]


def a_cell(name="sigmoid", state="passed", **changes):
    points = changes.get("points", 2.0)
    return {
        "id": f"{name}-check",
        "kind": "test",
        "exercise": name,
        "points": points,
        "score": points if state == "passed" else 0.0,
        "state": state,
        "mistake": None,
        "message": f"{name}: {state}.",
        **changes,
    }


def a_book(*cells, **changes):
    return {
        "name": "06_backpropagation",
        "state": "graded",
        "remarks": [],
        "cells": list(cells),
        **changes,
    }


def a_result(student="ada", *cells, **changes):
    books = changes.get("notebooks", [a_book(*(cells or [a_cell()]))])
    marked = [cell for book in books for cell in book["cells"]]
    return {
        "format": 1,
        "assignment": "06_backpropagation",
        "student": student,
        "digest": "d1",
        "score": sum(cell["score"] or 0 for cell in marked),
        "max_score": sum(cell["points"] for cell in marked),
        "needs_marking": any(cell["score"] is None for cell in marked),
        "remarks": [],
        "notebooks": books,
        **changes,
    }


def to_mark(name="why"):
    return a_cell(
        name,
        "to mark",
        kind="manual",
        exercise=None,
        score=None,
        message="",
        id=name,
    )


def hostile(text):
    """Return a result with a stranger's text wherever one may stand."""
    cell = a_cell("relu", "wrong", mistake=text, message=text)
    book = a_book(cell, a_cell("odd", text), remarks=[text])
    return a_result(text, notebooks=[book], remarks=[text, text])
