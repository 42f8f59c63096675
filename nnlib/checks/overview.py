"""The map of lessons, with the exercises that the reader has passed."""

import json
from pathlib import Path

from nnlib.checks import progress
from nnlib.checks.checking import EXERCISES

LESSONS = Path(__file__).resolve().parents[2] / "lessons"


class Overview:
    """One row a lesson: (slug, title, names passed, names still to do)."""

    def __init__(self, rows):
        self.rows = rows

    def __repr__(self):
        lines = []
        for slug, title, passed, open_ in self.rows:
            lines.append(f"{slug}  {title}")
            lines.append(f"    {_count(passed, open_)}")
            if open_:
                lines.append(f"    next: {open_[0]}")
        return "\n".join(lines)

    def _repr_markdown_(self):
        lines = ["| lesson | exercises | passed | next |", "|---|---|---|---|"]
        for slug, title, passed, open_ in self.rows:
            sheet = f"../exercises/{slug}/{slug}.ipynb"
            marks = "●" * len(passed) + "○" * len(open_)
            following = f"`{open_[0]}`" if open_ else "all done"
            lines.append(
                f"| [{slug[:2]} {title}]({slug}.ipynb) | [sheet]({sheet}) | "
                f"{marks}<br>{_count(passed, open_)} | {following} |"
            )
        return "\n".join(lines)


def overview():
    """Return the map of lessons; the last line of a cell shows it.

    Returns
    -------
    Overview

    Source: lessons/00_start_here, "The lessons, and how far you are".
    """
    done = progress.passed()
    rows = []
    for slug in sorted({exercise.sheet for exercise in EXERCISES.values()}):
        names = [
            name
            for name, exercise in EXERCISES.items()
            if exercise.sheet == slug
        ]
        passed = [name for name in names if name in done.get(slug, {})]
        open_ = [name for name in names if name not in passed]
        rows.append((slug, _title(slug), passed, open_))
    return Overview(rows)


def _count(passed, open_):
    return f"{len(passed)} of {len(passed) + len(open_)}"


def _title(slug):
    """Return a lesson's first heading, without the mark and the number.

    Where nnlib is installed without the book, the slug has to do.
    """
    lesson = LESSONS / f"{slug}.ipynb"
    if not lesson.exists():
        return slug
    text = lesson.read_text(encoding="utf-8")
    heading = "".join(json.loads(text)["cells"][0]["source"]).splitlines()[0]
    return heading.lstrip("# 0123456789.")
