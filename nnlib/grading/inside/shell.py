"""What a notebook expects of IPython, as far as grading needs it.

A kernel takes a second to start and would do nothing for a mark. Timings run
what they time, once; what would reach the system or install something does
nothing; what is shown is kept only where a person will look at it.
"""

import base64
import contextlib
import io
import sys

from nnlib.grading import cells

RUN_ONCE = {"time", "timeit", "capture", "prun", "memit", "mprun"}
MOST_PICTURES = 20
LARGEST_PICTURE = 400_000  # bytes


class Shell:
    """Stands in for get_ipython()."""

    def __init__(self, names):
        self.names = names
        self.user_ns = names
        self.shown = []

    def display(self, *things, **options):
        """Keep what should be shown, for `pictures`."""
        self.shown.extend(things[:MOST_PICTURES])

    def run_line_magic(self, name, line, *more, **options):
        if name in RUN_ONCE:
            return cells.run(_without_options(line), self.names, f"%{name}")
        return None

    def run_cell_magic(self, name, line, cell):
        if name in RUN_ONCE:
            cells.run(cell, self.names, f"%%{name}")
        elif name == "writefile":
            with open(_without_options(line), "w", encoding="utf-8") as file:
                file.write(cell)

    def system(self, command):
        """Do nothing: there is no shell here."""

    def getoutput(self, command, *more, **options):
        return []

    def __getattr__(self, name):
        return lambda *arguments, **options: None


def _without_options(line):
    words = line.split()
    while words and words[0].startswith("-"):
        del words[: 2 if len(words[0]) == 2 else 1]
    return " ".join(words)


def pictures(shown, wanted):
    """Empty the list of what was shown; return the pictures among it as data.

    Figures that pyplot holds are closed after every cell, as in a notebook.

    Returns
    -------
    list of dict of str to str
        From MIME types to text; images as base64.
    """
    things, shown[:] = list(shown), []
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and pyplot.get_fignums():
        things += [pyplot.figure(n) for n in pyplot.get_fignums()]
    drawn = [_as_data(t) for t in things[:MOST_PICTURES]] if wanted else []
    if pyplot is not None:
        pyplot.close("all")
    return drawn


def _as_data(thing):
    found = {"text/plain": repr(thing)[:10_000]}
    with contextlib.suppress(Exception):
        bundle = thing._repr_mimebundle_()
        bundle = bundle[0] if isinstance(bundle, tuple) else bundle
        image = bundle.get("image/png")
        if isinstance(image, bytes):
            image = base64.b64encode(image).decode()
        if isinstance(image, str):
            found["image/png"] = image
    with contextlib.suppress(Exception):
        if "image/png" not in found and hasattr(thing, "savefig"):
            file = io.BytesIO()
            thing.savefig(file, format="png", dpi=72)
            found["image/png"] = base64.b64encode(file.getvalue()).decode()
    if len(found.get("image/png", "")) > LARGEST_PICTURE:
        del found["image/png"]
    return found
