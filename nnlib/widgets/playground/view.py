"""The playground as a cell shows it: a network that learns while you watch."""

import asyncio
import time
from functools import partial

from nnlib.plots.style import Picture, color, diverging, drawing
from nnlib.widgets.playground.model import SIDE, Playground
from nnlib.widgets.view import View, javascript, stylesheet

SLICE = 0.006  # seconds of training between looks at what else is to do
PAUSE_BETWEEN_FRAMES = 0.03  # seconds: more than 50 a second nobody sees
UNDER_WAY = 4  # frames sent and not yet drawn, at most
STOPS = {"pause", "step", "epoch", "go_to", "reset"}
PATIENCE = 3.0  # seconds without a sign of the page, before training stops


class _PlaygroundView(View):
    """Trains between the messages of the browser, and sends frames.

    The training is a task of the kernel's own event loop, so it waits while
    a cell runs. The page says which frame it has drawn; where it no longer
    does, it has been closed, and the training ends.
    """

    _esm = javascript("playground/playground.js")
    _css = stylesheet("playground/playground.css")

    def __init__(self, model, still):
        super().__init__(model, still)
        self._sent = self._seen = 0
        self._waiting = 0  # messages that want the lock
        self._heard = 0.0
        self._task = None
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:  # plain Python, where no browser looks on
            self._loop = None

    def _answer(self, widget, message, buffers):
        self._heard = time.monotonic()
        if "seen" in message:
            self._seen = max(self._seen, message["seen"])
            return
        if any(request["action"] in STOPS for request in message["requests"]):
            self.model.playing = False  # at once, not after this slice
        self._waiting += 1
        try:
            super()._answer(widget, message, buffers)
        finally:
            self._waiting -= 1
        if self.model.playing and self._loop is not None:
            self._loop.call_soon_threadsafe(self._start)

    def _start(self):
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._play())

    async def _play(self):
        self._seen, last = self._sent, 0.0
        while self.model.playing and self.comm is not None:
            frame = None
            with self._lock:
                self.model.train(SLICE)
                now = time.monotonic()
                due = now - last > PAUSE_BETWEEN_FRAMES
                if due and self._sent - self._seen < UNDER_WAY:
                    frame, last = self.model.frame(), now
                if now - self._heard > PATIENCE:
                    self.model.pause()
            if frame is not None:
                self._sent += 1
                frame[0]["number"] = self._sent
                self._show(*frame, None)
            # The threads that receive and send need a moment to themselves.
            busy = frame is not None or self._waiting
            await asyncio.sleep(0.002 if busy else 0)
        if self.model.lost and self.comm is not None:  # ended by itself
            with self._lock:
                frame = self.model.frame()
            self._show(*frame, None)


def playground(data="moons", hidden=(4, 2), features=("x1", "x2"), **settings):
    """Show a small network that learns while you watch and interfere.

    Parameters
    ----------
    data : str
        moons, circles, xor, spirals, digits (threes and eights in two
        dimensions), or own points.
    hidden : tuple of int
        Units in each hidden layer: at most 6 layers of at most 8.
    features : tuple of str
        What the network sees of a point: x1, x2, x1^2, x2^2, x1 x2, sin x1,
        sin x2.
    **settings
        noise, test_share, activation, scale, loss, optimizer, learning_rate,
        batch_size, penalty, strength, show: as in the menus.

    Returns
    -------
    anywidget.AnyWidget
        Its `model` has run.network, a nnlib.network.Network, and can be told
        all that the buttons tell it: model.step(), model.set("data", "xor").

    Raises
    ------
    ValueError, TypeError

    Source: lessons/00_widgets, "A playground".
    """
    make = partial(Playground, hidden, features, data=data, **settings)
    return _PlaygroundView(make(), lambda: _still(make()))


def _still(later):
    """Draw a new playground as it is after 300 steps."""
    if len(later.P_train):
        for _ in range(300):
            later.step()
    arrays = later.frame()[1]
    surface = arrays["surface"].reshape(SIDE, SIDE) / 127.5 - 1
    reach = later.reach
    alt = (
        "A still of the widget that runs in JupyterLab: the plane as a "
        f"network sees it. {later.sentence()}"
    )
    with drawing(8.4, 3.6) as figure:
        plane, curves = figure.subplots(1, 2)
        plane.imshow(
            surface,
            cmap=diverging(),
            vmin=-1.6,
            vmax=1.6,
            extent=(-reach, reach, -reach, reach),
        )
        for label, marker in enumerate("o^"):
            X = later.P_train[later.y_train == label]
            c = color(f"class_{label}")
            plane.plot(*X.T, marker, color=c, markersize=4, linestyle="")
        plane.set(xlabel="x1", ylabel="x2", title="what the network says")
        steps, train, test = arrays["curves"].T
        curves.plot(steps, train, label="training points")
        curves.plot(steps, test, label="test points")
        curves.set(xlabel="step", ylabel="loss", title="loss")
        curves.set_ylim(0, None)
        curves.legend()
        return Picture(figure, alt)
