"""Between a model in the kernel and its drawing in the browser.

The browser sends what the reader did since the last answer: {"requests":
[{"action", "values"}, ...], "ticket"}. The kernel does it and answers with one
frame: facts as JSON, arrays as binary, and the ticket, so that the browser
knows which message was answered.
"""

import threading
from importlib import resources

import anywidget
import numpy as np
import traitlets

from nnlib.plots.style import THEMES

_HERE = resources.files("nnlib.widgets")


def _read(path):
    return _HERE.joinpath(*path.split("/")).read_text(encoding="utf-8")


def javascript(*parts):
    """Return the shared script and a widget's own as one ES module.

    A module that arrives as text cannot import its neighbours.
    """
    return "\n".join(map(_read, ("view.js", "chart.js", *parts)))


def stylesheet(own=None):
    """Return the shared styles, the book's colours, and a widget's own.

    A page has one style sheet for all its widgets, so a widget's own rules
    are nested in its package's name.
    """
    light, dark = (
        "; ".join(f"--nn-{role}: {value}" for role, value in theme.items())
        for theme in (THEMES["light"], THEMES["dark"])
    )
    return (
        f".nn-widget {{ {light} }}\n"
        f'[data-jp-theme-light="false"] .nn-widget {{ {dark} }}\n'
        + _read("view.css")
        + (f".nn-in-{own.split('/')[0]} {{\n{_read(own)}}}\n" if own else "")
    )


class View(anywidget.AnyWidget):
    """Shows a model in the browser.

    Parameters
    ----------
    model : object
        frame() -> (facts, arrays) is all that is drawn, facts["sentence"]
        says it in words, code() returns the nnlib lines that make it, and
        ACTIONS names the methods that the browser may call.
    still : callable
        still() -> Picture, for pages without a kernel.

    Attributes
    ----------
    guess : str
        What the reader answered to `ask_first`, or "".
    """

    _css = stylesheet()
    package = traitlets.Unicode().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)
    answers = traitlets.List().tag(sync=True)
    guess = traitlets.Unicode().tag(sync=True)

    def __init__(self, model, still):
        settings = getattr(model, "SETTINGS", {})
        super().__init__(
            package=type(self).__module__.split(".")[2],
            controls=[
                [name, type(s).__name__, s.label, list(s.options)]
                for name, s in settings.items()
            ],
        )
        self.model = model
        self._still = still
        # Messages are answered on a thread of their own, beside the cells.
        self._lock = threading.Lock()
        self.on_msg(self._answer)

    def ask_first(self, question, *answers):
        """Lock the widget until the reader has guessed, and return it.

        The guess is kept in the reader's own browser, and shown again beside
        what really happens.

        Parameters
        ----------
        question : str
        answers : str
            What to choose from; without any, the reader types.
        """
        self.question, self.answers = question, list(answers)
        return self

    def _answer(self, _widget, message, _buffers):
        """Do what the reader asked for, and send what is now to be seen."""
        requests, trouble = message["requests"], None
        with self._lock:
            for request in requests:
                try:
                    self._do(**request)
                except ValueError as error:
                    trouble = str(error)
            facts, arrays = self.model.frame()
            if any(request["action"] == "code" for request in requests):
                facts["code"] = self.model.code()
        if trouble:
            facts["sentence"] = trouble
        self._show(facts, arrays, message["ticket"])

    def _do(self, action, values):
        if action in self.model.ACTIONS:
            getattr(self.model, action)(**values)

    def _show(self, facts, arrays, ticket):
        """Send a frame to the browser."""
        packed = [_pack(array) for array in arrays.values()]
        layout = [
            [name, kind, shape]
            for name, (kind, shape, _) in zip(arrays, packed, strict=True)
        ]
        self.send(
            {"ticket": ticket, "facts": facts, "layout": layout},
            buffers=[data for _, _, data in packed],
        )

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        picture, about = self._still()._repr_mimebundle_()
        return {**data, **picture}, {**metadata, **about}


def _pack(array):
    """Return ("f4" or "u1", shape, bytes) of an array."""
    kind = "f4" if array.dtype.kind == "f" else "u1"
    packed = np.ascontiguousarray(array, dtype=kind)
    return kind, list(packed.shape), packed.tobytes()
