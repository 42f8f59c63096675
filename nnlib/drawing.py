"""How networks and graphs look in a notebook: as text, HTML and SVG.

Nothing here computes anything that is learned from. What is drawn comes as
plain data from the modules of the core.
"""

import base64
from html import escape


def text_table(rows):
    """Return rows of words as lines with straight columns.

    >>> print(text_table([("layer", "size"), ("0", "12")]))
    layer  size
    0        12
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for *words, last in rows:
        cells = [w.ljust(n) for w, n in zip(words, widths, strict=False)]
        lines.append("  ".join([*cells, last.rjust(widths[-1])]).rstrip())
    return "\n".join(lines)


def html_table(rows):
    """Return rows of words as an HTML table; the first row is its head.

    >>> html_table([("layer",), ("<0>",)])
    '<table><tr><th>layer</th></tr><tr><td>&lt;0&gt;</td></tr></table>'
    """
    table = ""
    for i, row in enumerate(rows):
        kind = "td" if i else "th"
        cells = (f"<{kind}>{escape(word)}</{kind}>" for word in row)
        table += f"<tr>{''.join(cells)}</tr>"
    return f"<table>{table}</table>"


def graph_bundle(nodes):
    """Return a computational graph in words and, if it is small, drawn.

    Parameters
    ----------
    nodes : list of nnlib.graph.Scalar
        Inputs before their users; the result is the last.

    Returns
    -------
    dict of str to str
        By MIME type. The drawing is an image with the words as its text.

    >>> from nnlib.graph import Scalar
    >>> print(graph_bundle((Scalar(2.0, "a") * 3).nodes())["text/plain"])
    a = 2
    n2 = 3
    n3 = a * n2 = 6; slope 3 to a; slope 2 to n2
    """
    words = list(_words(nodes))
    lines = ["; ".join(filter(None, parts)) for parts in words]
    if len(nodes) > 60:
        lines.insert(10, f"and {len(nodes) - 11} more")
        return {"text/plain": "\n".join(lines)}
    text = "\n".join(lines)
    svg = base64.b64encode(_draw(nodes, words).encode()).decode()
    image = f"""<img alt="{escape(text)}"
        src="data:image/svg+xml;base64,{svg}">"""
    return {"text/plain": text, "text/html": image}


def _words(nodes):
    """Yield what a node is, its slopes and, after `backward`, its grad."""
    names = {x: x.name or f"n{i}" for i, x in enumerate(nodes, 1)}
    for node in nodes if len(nodes) <= 60 else nodes[:10] + nodes[-1:]:
        op, (a, *b) = node.operation, [names[x] for x, _ in node.inputs] or " "
        formula = f"{op}({a})" if op.isalpha() else " ".join([a, op, *b])
        value, grad = f"{node.value:z.4g}", f"grad {node.grad:z.4g}"
        text = " = ".join(filter(str.strip, [names[node], formula, value]))
        slopes = [f"slope {s:z.4g} to {names[x]}" for x, s in node.inputs]
        yield text, "; ".join(slopes), grad if nodes[-1].grad else ""


def _draw(nodes, words):
    """Return SVG. A node keeps its row up to the column of its last user."""
    arrows, rows, lines, texts, tags = {nodes[-1]: []}, {}, "", "", ""
    wide = 16 + 8 * max(14, *(len(text) for text, _, _ in words))
    for node, (text, _, grad) in zip(nodes[::-1], words[::-1], strict=True):
        columns = [column for column, *_ in arrows[node]] or [0]
        lane = range(min(columns), max(columns) + 1)
        row = max(rows.get(column, 0) for column in lane)
        rows |= dict.fromkeys(lane, row + 1)  # free from here on
        x, y = -lane[-1] * (wide + 90), -row * 60  # the result: 0, 0
        lines += f'<rect x="{x}" y="{y}" width="{wide}" height="46" rx="8"/>'
        texts += f"""<text x="{x + 8}" y="{y + 19}">{escape(text)}<tspan
            x="{x + 8}" dy="18" fill="#c75300">{grad}</tspan></text>"""
        for _, left, end, slope in arrows[node]:  # to its users
            lines += f"""<path d="M{x + wide} {y + 23}H{left - 90}C{left - 40}
                {y + 23} {left - 60} {end} {left} {end}"/>"""
            tags += f'<text x="{left - 8}" y="{end + 4}">{slope:z.4g}</text>'
        for k, (source, slope) in enumerate(node.inputs):
            end = y + 23 + 12 * (2 * k + 1 - len(node.inputs))
            arrows.setdefault(source, []).append((lane[-1] + 1, x, end, slope))
    w, h = max(rows) * (wide + 90) + wide + 16, max(rows.values()) * 60 + 2
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}"
        viewBox="{wide + 8 - w} {54 - h} {w} {h}" fill="#0072b2"
        style="font: 13px sans-serif; background: #fff">{texts}<g fill="none"
        stroke="#1f2328">{lines}</g><g fill="#c75300" text-anchor="end"
        stroke="#fff" stroke-width="5" paint-order="stroke">{tags}</g></svg>"""
