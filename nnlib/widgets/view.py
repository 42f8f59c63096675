"""Between a model in the kernel and its drawing in the browser.

The browser sends one request at a time: {"action", "values", "ticket"}. The
kernel does it and answers with a frame: facts as JSON, arrays as binary, and
the ticket, so that the browser knows which request was answered.
"""

import threading
from importlib import resources

import anywidget
import numpy as np

from nnlib.plots.style import THEMES

_HERE = resources.files("nnlib.widgets")


def javascript(*parts):
    """Return the shared script and a widget's own as one ES module.

    A module that arrives as text cannot import its neighbours.
    """
    return "\n".join(
        _HERE.joinpath(*path.split("/")).read_text(encoding="utf-8")
        for path in ("view.js", *parts)
    )


def stylesheet():
    """Return the shared styles, with the book's colours for both themes."""
    light, dark = (
        "; ".join(f"--nn-{role}: {value}" for role, value in theme.items())
        for theme in (THEMES["light"], THEMES["dark"])
    )
    return (
        f".nn-widget {{ {light} }}\n"
        f'[data-jp-theme-light="false"] .nn-widget {{ {dark} }}\n'
        + _HERE.joinpath("view.css").read_text(encoding="utf-8")
    )


class View(anywidget.AnyWidget):
    """Shows a model that has `frame()` and ACTIONS, the names it answers to.

    Parameters
    ----------
    model : object
        frame() -> (facts, arrays); each action is a method.
    still : callable
        still() -> Picture, for pages without a kernel.
    """

    _css = stylesheet()

    def __init__(self, model, still):
        super().__init__()
        self.model = model
        self._still = still
        # Messages are answered on a thread of their own, beside the cells.
        self._lock = threading.Lock()
        self.on_msg(self._answer)

    def _answer(self, _widget, request, _buffers):
        """Do what the reader asked for, and send what is now to be seen."""
        trouble = None
        with self._lock:
            try:
                if request["action"] in self.model.ACTIONS:
                    action = getattr(self.model, request["action"])
                    action(**request["values"])
            except ValueError as error:
                trouble = str(error)
            facts, arrays = self.model.frame()
        if trouble:
            facts["sentence"] = trouble
        packed = [_pack(array) for array in arrays.values()]
        layout = [
            [name, kind, shape]
            for name, (kind, shape, _) in zip(arrays, packed, strict=True)
        ]
        self.send(
            {"ticket": request["ticket"], "facts": facts, "layout": layout},
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
