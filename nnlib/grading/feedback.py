"""The page that a student gets: what was found, in words.

It is one file without scripts, and its policy forbids to load or run anything.
Everything on it that came from the submission is escaped, and characters that
would reorder or hide text are written out.
"""

import html
import re

from nnlib.grading.tables import number

LONGEST = 20_000  # characters of one message
LONGEST_LINE = 500  # of a remark or a name
MOST_REMARKS = 50

STATES = {
    "passed": "Passed.",
    "partial": "Right in part.",
    "wrong": "Not right yet.",
    "not started": "Not started.",
    "raised": "It stopped with an error.",
    "took too long": "It took too long and was stopped.",
    "crashed": "Python itself came to an end while this ran.",
    "not run": "It was not run.",
    "to mark": "A person is going to mark this.",
}
_COLORS = re.compile("\x1b\\[[0-9;]{0,20}m")  # of a terminal
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --card: #ffffff;
  --page: #f3f4f6; --faint: #d5d9de; --soft: #57606a; --good: #00684e;
  --bad: #a34400; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --card: #16191d; --page: #0d0f12;
    --faint: #3a4048; --soft: #a5adb8; --good: #2fc79a; --bad: #f0a030; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 17px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 860px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 8px 0; }
h2 { font-size: 1.25rem; margin: 36px 0 8px; }
h3 { font-size: 1.05rem; margin: 0 0 4px; }
p { margin: 6px 0; }
a { color: inherit; }
code, pre { font: 0.87em/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { margin: 10px 0 0; padding: 12px; background: var(--page);
  border-radius: 6px; white-space: pre-wrap; overflow: hidden;
  unicode-bidi: plaintext; }
.card { background: var(--card); border: 1px solid var(--faint);
  border-left: 5px solid var(--soft); border-radius: 8px;
  padding: 14px 16px; margin: 14px 0; overflow: hidden; }
.good { border-left-color: var(--good); }
.bad { border-left-color: var(--bad); }
.good .state { color: var(--good); font-weight: 600; }
.bad .state { color: var(--bad); font-weight: 600; }
.score { font-size: 1.25rem; font-weight: 600; margin: 14px 0 6px; }
.soft { color: var(--soft); }
.points { float: right; margin-left: 12px; color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: var(--card); }
caption { text-align: left; color: var(--soft); padding: 4px 0; }
th, td { text-align: left; vertical-align: top; padding: 7px 10px;
  border-bottom: 1px solid var(--faint); overflow-wrap: normal; }
th[scope=row], th[scope=rowgroup] { font-weight: 500; }
th[scope=rowgroup] { background: var(--page); padding-top: 14px; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { max-width: 620px; width: 100%; height: auto; border-radius: 8px;
  background: var(--card); padding: 6px; }
svg text { fill: var(--soft); font: 14px system-ui, sans-serif; }
svg .bar { fill: var(--good); }
svg .line { stroke: var(--faint); }
@media (max-width: 600px) {
  body { font-size: 16px; }
  th, td { padding: 6px; font-size: 0.9em; }
  .card { padding: 12px; }
}
@media print {
  :root { color-scheme: light; --ink: #000000; --card: #ffffff;
    --page: #ffffff; --faint: #999999; --soft: #333333; --good: #00684e;
    --bad: #a34400; }
  body { font-size: 11pt; }
  pre { border: 1px solid var(--faint); }
  .card, tr, svg { break-inside: avoid-page; }
  h2, h3 { break-after: avoid-page; }
}
"""
# Nothing is loaded, run or sent, whatever a page may hold.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def page(result):
    """Return one student's page, an HTML document.

    Parameters
    ----------
    result : dict
        A result in the plain form that is stored as JSON.

    Returns
    -------
    str
        Text that UTF-8 can encode.
    """
    title = f"Feedback on {result['assignment']}"
    parts = [
        f"<h1>{shown(title)}</h1>",
        f'<p class="soft">For <bdi>{shown(result["student"])}</bdi></p>',
        *_score(result),
        *_remarks(result["remarks"]),
        *_overview(result["notebooks"]),
    ]
    several = len(result["notebooks"]) > 1
    for n, book in enumerate(result["notebooks"]):
        heading = f"Notebook {book['name']}" if several else "In detail"
        details = [
            *_remarks([*_missing(book), *book["remarks"]]),
            *(
                _cell(cell, _place(n, m))
                for m, cell in enumerate(book["cells"])
                if _has_details(cell)
            ),
        ]
        if details:
            parts += [f"<h2>{shown(heading)}</h2>", *details]
    return document(title, parts)


def document(title, parts):
    """Return an HTML document with a title and these parts of a body."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en-GB">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{shown(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            *parts,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def shown(text, longest=LONGEST_LINE):
    """Return a stranger's text as HTML, its middle left out if it is long.

    >>> shown("<b>\\u202e\\x00</b>")
    '&lt;b&gt;&lt;U+202E&gt;&lt;U+0000&gt;&lt;/b&gt;'
    """
    if len(text) > longest:
        start, end = longest * 3 // 5, longest * 2 // 5
        left_out = len(text) - start - end
        note = f"[... {left_out:,} characters are left out here ...]"
        text = f"{text[:start]}\n{note}\n{text[-end:]}"
    text = _COLORS.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return html.escape(_UNSEEN.sub(_named, text))


def as_code(text):
    """Return an exercise's name as HTML that may be broken at its "_".

    >>> as_code("sgd_step")
    '<code>sgd_<wbr>step</code>'
    """
    return f"<code>{shown(text).replace('_', '_<wbr>')}</code>"


def _named(match):
    return f"<U+{ord(match[0]):04X}>"


def _score(result):
    points = f"{number(result['score'])} of {number(result['max_score'])}"
    yield f'<p class="score">{points} points</p>'
    cells = [cell for book in result["notebooks"] for cell in book["cells"]]
    states = {cell["state"] for cell in cells if cell["kind"] == "test"}
    if states == {"passed"}:
        yield "<p>Everything that was tested passed. Well done.</p>"
    elif states == {"not started"}:
        yield (
            "<p>None of the exercises has been started yet. Each one stands "
            "on its own, so any of them is a good place to begin.</p>"
        )
    elif "passed" in states:
        yield (
            "<p>What passed is yours to keep. For the rest, the messages "
            "below say what was called, what came and what was expected.</p>"
        )
    if result["needs_marking"]:
        yield (
            "<p>Some answers are still to be read by a person. Their points "
            "are not in this number yet.</p>"
        )


def _remarks(remarks):
    if not remarks:
        return
    yield "<ul>"
    for remark in remarks[:MOST_REMARKS]:
        yield f"<li>{shown(remark)}</li>"
    if len(remarks) > MOST_REMARKS:
        yield f"<li>And {len(remarks) - MOST_REMARKS} more like these.</li>"
    yield "</ul>"


def _missing(book):
    if book["state"] == "missing":
        return ["This notebook was not handed in."]
    if book["state"] == "unreadable":
        return ["This notebook could not be read as a notebook."]
    return []


def _overview(notebooks):
    if not any(book["cells"] for book in notebooks):
        return
    yield '<div class="wide"><table>'
    yield "<caption>Exercises and points</caption>"
    yield (
        '<thead><tr><th scope="col">Exercise</th><th scope="col">What was '
        'found</th><th scope="col" class="n">Points</th></tr></thead><tbody>'
    )
    for n, book in enumerate(notebooks):
        for m, cell in enumerate(book["cells"]):
            title = _title(cell)
            if _has_details(cell):
                title = f'<a href="#{_place(n, m)}">{title}</a>'
            yield (
                f'<tr><th scope="row">{title}</th><td>{_state(cell)}</td>'
                f'<td class="n">{_points(cell)}</td></tr>'
            )
    yield "</tbody></table></div>"


def _cell(cell, place):
    look = {"passed": " good", "to mark": ""}.get(cell["state"], " bad")
    parts = [
        f'<section class="card{look}" id="{place}">',
        f'<span class="points">{_points(cell)}</span>',
        f"<h3>{_title(cell)}</h3>",
        f'<p class="state">{_state(cell)}</p>',
    ]
    told = " ".join(cell["message"].split())
    if cell["mistake"] and cell["mistake"] not in told:
        parts.append(f"<p>What happened: {shown(cell['mistake'])}</p>")
    if cell["message"]:
        parts.append(f"<pre>{shown(cell['message'], LONGEST)}</pre>")
    return "\n".join([*parts, "</section>"])


def _place(n, m):
    return f"cell-{n + 1}-{m + 1}"


def _has_details(cell):
    return bool(cell["message"] or cell["mistake"])


def _title(cell):
    return as_code(cell["exercise"] or cell["id"])


def _state(cell):
    return STATES.get(cell["state"]) or shown(cell["state"])


def _points(cell):
    if cell["score"] is None:
        return f"of {number(cell['points'])}"
    return f"{number(cell['score'])} of {number(cell['points'])}"
