"""What passes between kernel and browser."""

import numpy as np
import pytest

from nnlib import datasets, widgets
from nnlib.widgets.view import View, javascript, stylesheet


@pytest.fixture
def view():
    """A widget whose messages to the browser are kept in `sent`."""
    widget = widgets.perceptron_plane(
        *datasets.blobs(8, np.random.default_rng(0))
    )
    widget.sent = []
    widget.send = lambda content, buffers: widget.sent.append(
        (content, buffers)
    )
    return widget


def ask(view, action, **values):
    request = {"action": action, "values": values, "ticket": "t-1"}
    view._answer(view, request, [])
    return view.sent[-1]


def test_an_answer_carries_ticket_facts_and_binary_arrays(view):
    content, buffers = ask(view, "next")
    assert content["ticket"] == "t-1"
    assert content["facts"]["updates"] == 1
    arrays = {
        name: np.frombuffer(data, dtype=kind).reshape(shape)
        for (name, kind, shape), data in zip(
            content["layout"], buffers, strict=True
        )
    }
    assert np.allclose(arrays["points"], view.model.X)
    assert arrays["labels"].tolist() == view.model.y.tolist()
    assert arrays["points"].dtype == np.float32
    assert arrays["misread"].dtype == np.uint8


def test_a_request_with_values(view):
    content, _ = ask(view, "move", row=3, x=0.5, y=0.25)
    assert view.model.X[3].tolist() == [0.5, 0.25]
    assert content["facts"]["selected"] == 3


def test_a_refused_request_says_why_and_changes_nothing(view):
    before = view.model.X.copy()
    content, _ = ask(view, "move", row=80, x=0.5, y=0.25)
    assert content["facts"]["sentence"] == "There is no point 81."
    assert np.array_equal(view.model.X, before)


@pytest.mark.parametrize("action", ["show", "frame", "__init__", "misread"])
def test_only_actions_are_called(view, action):
    """Whoever writes to the widget reaches what a reader may do, no more."""
    content, _ = ask(view, action)
    assert content["facts"]["updates"] == 0


def test_a_page_without_a_kernel_gets_a_picture_and_a_sentence(view):
    data, metadata = view._repr_mimebundle_()
    assert data["image/png"].startswith("iVBOR")
    assert data["text/plain"].startswith(
        "A still of the widget that runs in JupyterLab. "
    )
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert view.model.updates == 0  # drawing it does not step it


def test_scripts_and_styles_are_self_contained():
    for part in ("perceptron/plane.js", "perceptron/digits.js"):
        script = javascript(part)
        assert script.count("export default") == 1
        assert "import " not in script
        assert "://" not in script.replace("http://www.w3.org/2000/svg", "")
    assert "url(" not in stylesheet()
    assert "@import" not in stylesheet()


def test_both_themes_have_every_colour_that_is_used():
    styles = stylesheet()
    used = {part.split(")")[0] for part in styles.split("var(--nn-")[1:]}
    for role in used:
        assert styles.count(f"--nn-{role}:") == 2, role


def test_every_widget_is_a_view():
    for name in widgets.__all__:
        assert name.startswith("perceptron_")
    assert isinstance(widgets.perceptron_plane([[0.0, 1.0]], [1]), View)
