"""The class report: where a class stands, and where it is stuck.

It is made in one pass over all results and keeps counts alone, so that its
memory does not grow with the class. Like the students' pages it is one file
without scripts.
"""

from collections import Counter

from nnlib.grading import tables
from nnlib.grading.feedback import as_code, document, shown
from nnlib.grading.writing import write_whole

STATES = {
    "passed": "Passed",
    "partial": "In part",
    "wrong": "Wrong",
    "not started": "Not started",
    "raised": "Error",
    "took too long": "Too long",
    "crashed": "Crashed",
    "not run": "Not run",
    "to mark": "To mark",
}
WIDTH, HEIGHT = 620, 260  # of the plot, in its own units
MOST_NAMES = 100  # of students in a list
MOST_MISTAKES = 50  # that are told apart in one exercise
_REST = "(others)"


def summary(results):
    """Count what was found in all results, which are gone through once.

    Parameters
    ----------
    results : iterable of dict

    Returns
    -------
    dict
        "submissions" and "needs marking" (numbers), "max_score" (points),
        "scores" ({points: submissions}), "cells" ({name: {"exercise",
        "kind", "points", "states" and "mistakes"}}, the last two as
        {text: submissions}), "not started" and "unreadable" ({"number",
        "names"}), and "stuck" (the name of the cell that the fewest passed
        and the most tried or should have, or None).
    """
    found = {
        "submissions": 0,
        "needs marking": 0,
        "max_score": 0.0,
        "scores": Counter(),
        "cells": {},
        "not started": {"number": 0, "names": []},
        "unreadable": {"number": 0, "names": []},
    }
    for result in results:
        _count(found, result)
    found["stuck"] = _stuck(found["cells"])
    return found


def page(results, assignment=""):
    """Return the report as an HTML document; `results` as for `summary`."""
    found = summary(results)
    title = f"Class report on {assignment}".removesuffix(" on ")
    parts = [f"<h1>{shown(title)}</h1>", f"<p>{_opening(found)}</p>"]
    if found["submissions"]:
        parts += [*_scores(found), *_stuck_at(found), *_exercises(found)]
        parts += [*_mistakes(found), *_names(found)]
    return document(title, parts)


def write(path, results, assignment=""):
    """Write the report to a file, whole or not at all."""
    write_whole(path, page(results, assignment))


def _count(found, result):
    found["submissions"] += 1
    found["needs marking"] += bool(result["needs_marking"])
    found["max_score"] = max(found["max_score"], result["max_score"])
    found["scores"][round(result["score"], 4)] += 1
    books = result["notebooks"]
    states = set()
    for book in books:
        for cell in book["cells"]:
            _count_cell(
                found["cells"], tables.name_of(book, cell, books), cell
            )
            if cell["kind"] == "test":
                states.add(cell["state"])
    if all(book["state"] != "graded" for book in books):
        _note(found["unreadable"], result)
    elif states == {"not started"}:
        _note(found["not started"], result)


def _count_cell(cells, name, cell):
    counts = cells.setdefault(
        name,
        {
            "exercise": cell["exercise"] or name,
            "kind": cell["kind"],
            "points": cell["points"],
            "states": Counter(),
            "mistakes": Counter(),
        },
    )
    counts["states"][cell["state"]] += 1
    if mistake := cell["mistake"]:
        known = counts["mistakes"]
        if mistake not in known and len(known) >= MOST_MISTAKES:
            mistake = _REST
        known[mistake] += 1


def _note(names, result):
    names["number"] += 1
    if len(names["names"]) < MOST_NAMES:
        names["names"].append(result["student"][:200])


def _stuck(cells):
    """Return the first of the tests that the fewest passed."""
    failed = {
        name: cell["states"].total() - cell["states"]["passed"]
        for name, cell in cells.items()
        if cell["kind"] == "test"
    }
    worst = max(failed, key=failed.get, default=None)
    return worst if worst is not None and failed[worst] else None


def _opening(found):
    n = found["submissions"]
    if not n:
        return "Nothing has been graded yet."
    mean = sum(s * k for s, k in found["scores"].items()) / n
    text = (
        f"{_many(n, 'submission')}, on average {mean:.1f} of "
        f"{tables.number(found['max_score'])} points."
    )
    if waiting := found["needs marking"]:
        text += (
            f" In {waiting} of them a person still has to mark something, "
            "which counts 0 until then."
        )
    return text


def _many(n, what):
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _stuck_at(found):
    if found["stuck"] is None:
        yield "<p>Everybody passed every test.</p>"
        return
    cell = found["cells"][found["stuck"]]
    n, passed = cell["states"].total(), cell["states"]["passed"]
    yield "<h2>Where the class is stuck</h2>"
    yield '<div class="card bad">'
    yield (
        f"<p>{as_code(cell['exercise'])} was passed by {passed} of {n}; no "
        "exercise was passed by fewer.</p>"
    )
    if cell["mistakes"]:
        mistake, times = cell["mistakes"].most_common(1)[0]
        yield (
            f"<p>What happened most often there, in "
            f"{_many(times, 'submission')}: {shown(mistake)}</p>"
        )
    yield "</div>"


def _exercises(found):
    used = _used_states(found)
    heads = "".join(
        f'<th scope="col" class="n">{shown(STATES.get(state, state))}</th>'
        for state in used
    )
    yield "<h2>Exercise by exercise</h2>"
    yield (
        '<div class="wide" tabindex="0" role="region" '
        'aria-label="Exercise by exercise"><table>'
    )
    yield "<caption>Number of submissions</caption>"
    yield f'<thead><tr><th scope="col">Exercise</th>{heads}</tr></thead>'
    yield "<tbody>"
    for cell in found["cells"].values():
        counts = "".join(
            f'<td class="n">{cell["states"][state] or "&middot;"}</td>'
            for state in used
        )
        yield (
            f'<tr><th scope="row">{as_code(cell["exercise"])}</th>'
            f"{counts}</tr>"
        )
    yield "</tbody></table></div>"


def _used_states(found):
    """Return the states that were met, in the order of STATES."""
    met = {s for cell in found["cells"].values() for s in cell["states"]}
    return [s for s in STATES if s in met] + sorted(met - set(STATES))


def _mistakes(found):
    cells = [cell for cell in found["cells"].values() if cell["mistakes"]]
    if not cells:
        return
    yield "<h2>Known mistakes</h2>"
    yield '<div class="wide"><table>'
    yield "<caption>What the checks recognised, and how often</caption>"
    yield (
        '<thead><tr><th scope="col">What happened</th>'
        '<th scope="col" class="n">Submissions</th></tr></thead>'
    )
    for cell in cells:
        yield (
            '<tbody><tr><th colspan="2" scope="rowgroup">'
            f"{as_code(cell['exercise'])}</th></tr>"
        )
        for mistake, times in cell["mistakes"].most_common():
            yield (
                f'<tr><th scope="row">{shown(mistake)}</th>'
                f'<td class="n">{times}</td></tr>'
            )
        yield "</tbody>"
    yield "</table></div>"


def _names(found):
    headings = {
        "not started": "Who has not started",
        "unreadable": "Whose submission could not be read",
    }
    for key, heading in headings.items():
        number, names = found[key]["number"], found[key]["names"]
        if not number:
            continue
        yield f"<h2>{heading}</h2>"
        yield "<ul>"
        for name in names:
            yield f"<li><bdi>{shown(name)}</bdi></li>"
        if number > len(names):
            yield f"<li>and {number - len(names)} more</li>"
        yield "</ul>"


def _scores(found):
    yield "<h2>Points</h2>"
    alt = shown(_in_words(found))
    yield f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{alt}">'
    yield from _plot(found)
    yield "</svg>"


def _in_words(found):
    scores = sorted(found["scores"].elements())
    middle = scores[len(scores) // 2]
    return (
        f"How many submissions got how many points: from "
        f"{tables.number(scores[0])} to {tables.number(scores[-1])}, "
        f"half of them {tables.number(middle)} or more."
    )


def _plot(found):
    """Yield the distribution of the points: bars, a scale, and what it is.

    It is drawn with the page's own colours, so it follows light and dark.
    """
    most = found["max_score"] or 1.0
    n = min(20, max(1, round(most)))
    counts = Counter()
    for score, students in found["scores"].items():
        counts[min(n - 1, max(0, int(score / most * n)))] += students
    tallest = max(counts.values(), default=1)
    left, top, bottom = 46, 12, HEIGHT - 42
    step = (WIDTH - left - 8) / n
    for y, label in ((top, tallest), (bottom, 0)):
        yield f'<path class="line" d="M{left} {y}H{WIDTH - 8}"/>'
        yield _label(left - 8, y + 5, label, "end")
    for i in range(n):
        tall = (bottom - top) * counts[i] / tallest
        yield (
            f'<rect class="bar" x="{left + i * step + 1:.1f}" '
            f'y="{bottom - tall:.1f}" width="{max(step - 2, 1):.1f}" '
            f'height="{tall:.1f}"><title>{_bar(i, n, most, counts[i])}'
            "</title></rect>"
        )
    for i in range(0, n + 1, max(1, n // 5)):
        points = tables.number(round(most * i / n, 2))
        yield _label(left + i * step, bottom + 18, points)
    yield _label((left + WIDTH) / 2, HEIGHT - 4, "points")
    yield _label(-(top + bottom) / 2, 12, "submissions", turned=True)


def _label(x, y, text, anchor="middle", turned=False):
    turn = ' transform="rotate(-90)"' if turned else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}>'
        f"{text}</text>"
    )


def _bar(i, n, most, count):
    """Say in words what one bar is."""
    low, high = (tables.number(round(most * k / n, 2)) for k in (i, i + 1))
    return f"{low} to {high} points: {_many(count, 'submission')}"
