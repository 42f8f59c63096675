"""What passes between kernel and browser."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import nnlib
from nnlib import datasets, widgets
from nnlib.widgets.playground import view as playground_view
from nnlib.widgets.playground.view import UNDER_WAY
from nnlib.widgets.view import View


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
    return ask_all(view, (action, values))


def ask_all(view, *requests):
    """Send requests as one message; return the one answer."""
    before = len(view.sent)
    listed = [{"action": a, "values": v} for a, v in requests]
    view._answer(view, {"requests": listed, "ticket": "t-1"}, [])
    assert len(view.sent) == before + 1
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


def test_all_that_was_asked_for_is_done_and_answered_once(view):
    content, _ = ask_all(
        view,
        ("move", {"row": 3, "x": 0.5, "y": 0.25}),
        ("move", {"row": 80, "x": 0.5, "y": 0.25}),  # there is no such point
        ("select", {"row": 2}),
        ("code", {}),
    )
    assert view.model.X[3].tolist() == [0.5, 0.25]
    assert content["facts"]["selected"] == 2
    assert content["facts"]["sentence"] == "There is no point 81."
    assert content["facts"]["code"] == view.model.code()


@pytest.mark.parametrize("action", ["show", "frame", "__init__", "misread"])
def test_only_actions_are_called(view, action):
    """Whoever writes to the widget reaches what a reader may do, no more."""
    content, _ = ask(view, action)
    assert content["facts"]["updates"] == 0


def digits():
    X, y = datasets.digits(classes=(0, 1))
    return X[:40], y[:40], X[40:], y[40:]


MADE = {
    "activation_explorer": lambda: widgets.activation_explorer(),
    "backprop_stepper": lambda: widgets.backprop_stepper(
        lambda a, b: (a * b).tanh(), a=2.0, b=-0.5
    ),
    "chain_graph": lambda: widgets.chain_graph(
        lambda a, b: a * b + a, a=2.0, b=-0.5
    ),
    "descent": lambda: widgets.descent(),
    "forward_tracer": lambda: widgets.forward_tracer(),
    "gradient_flow": lambda: widgets.gradient_flow(depth=5),
    "loss_race": lambda: widgets.loss_race(),
    "perceptron_digits": lambda: widgets.perceptron_digits(*digits()),
    "perceptron_plane": lambda: widgets.perceptron_plane(
        *datasets.blobs(8, np.random.default_rng(0))
    ),
    "playground": lambda: widgets.playground(),
}


def test_every_widget_is_made_here():
    assert [*MADE] == sorted(widgets.__all__)


@pytest.mark.parametrize("name", MADE)
def test_a_page_without_a_kernel_gets_a_picture_and_a_sentence(name):
    widget = MADE[name]()
    before = json.dumps(widget.model.frame()[0], allow_nan=False)
    data, metadata = widget._repr_mimebundle_()
    assert data["image/png"].startswith("iVBOR")
    assert data["text/plain"].startswith("A still of the widget that runs in")
    assert data["text/plain"].endswith(".")
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data
    # Drawing it does not move it.
    assert json.dumps(widget.model.frame()[0], allow_nan=False) == before


@pytest.mark.parametrize("name", MADE)
def test_a_frame_can_be_sent(name):
    """Plain facts with a sentence and the settings; arrays that pack."""
    widget = MADE[name]()
    facts, arrays = widget.model.frame()
    assert facts["sentence"].strip().endswith((".", "?"))
    if hasattr(widget.model, "SETTINGS"):
        assert facts["settings"] == widget.model.settings()
    for array in arrays.values():
        assert array.dtype.kind in "fiub"
        if array.dtype.kind != "f":  # it is sent in one byte
            assert array.size == 0 or 0 <= array.min() <= array.max() <= 255


@pytest.mark.parametrize("name", MADE)
def test_reset_leads_back_to_the_first_frame(name):
    widget = MADE[name]()
    first = widget.model.frame()[0]["sentence"]
    for setting, control in getattr(widget.model, "SETTINGS", {}).items():
        widget.model.set(setting, control.options[-1])
    widget.model.reset()
    assert widget.model.frame()[0]["sentence"] == first


ROOT = Path(nnlib.__file__).parent / "widgets"
OWN = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/*.js"))


def views(kind=View):
    """Yield every class of view there is."""
    for each in kind.__subclasses__():
        yield each
        yield from views(each)


def script_of(kind):
    """A class holds a text, and a trait once the first widget is made."""
    return getattr(kind._esm, "default_value", kind._esm)


def style_of(kind):
    return getattr(kind._css, "default_value", kind._css)


def test_every_script_belongs_to_a_view():
    used = "\n".join(script_of(kind) for kind in views())
    assert OWN
    for path in OWN:
        assert (ROOT / path).read_text(encoding="utf-8") in used, path


@pytest.mark.parametrize("kind", [*views()], ids=lambda kind: kind.__name__)
def test_scripts_and_styles_are_self_contained(kind):
    script, style = script_of(kind), style_of(kind)
    assert script.count("export default") == 1
    assert not re.search(r"^\s*import\b|\bimport\(", script, re.M)
    assert "://" not in script.replace("http://www.w3.org/2000/svg", "")
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("kind", [*views()], ids=lambda kind: kind.__name__)
def test_scripts_leave_colours_to_the_theme(kind):
    assert not re.search(r"[\"'`]#[0-9a-fA-F]{3,8}\b", script_of(kind))
    own = style_of(kind).split("\n", 2)[2]  # after the two themes
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb", own)


@pytest.mark.parametrize("kind", [*views()], ids=lambda kind: kind.__name__)
def test_both_themes_have_every_colour_that_is_used(kind):
    styles = style_of(kind)
    used = {part.split(")")[0] for part in styles.split("var(--nn-")[1:]}
    assert used
    for role in used:
        assert styles.count(f"--nn-{role}:") == 2, role


def test_code_comes_when_it_is_asked_for(view):
    content, _ = ask(view, "next")
    assert "code" not in content["facts"]
    content, _ = ask(view, "code")
    assert content["facts"]["code"] == view.model.code()
    assert content["facts"]["updates"] == 1


def test_controls_are_the_models_settings():
    controls = widgets.playground().controls
    assert controls[0][:3] == ["data", "Choice", "data"]
    kinds = {name: kind for name, kind, _, _ in controls}
    assert kinds["learning_rate"] == "Slider"
    assert [*kinds] == [*widgets.playground().model.SETTINGS]


def test_a_question_may_come_first(view):
    assert (view.question, view.guess) == ("", "")
    assert view.ask_first("Will it end?", "yes", "no") is view
    assert view.question == "Will it end?"
    assert view.answers == ["yes", "no"]


@pytest.fixture
def playground():
    widget = widgets.playground()
    widget.sent = []
    widget.send = lambda content, buffers: widget.sent.append(content)
    return widget


def in_a_loop(widget, script):
    """Run an async function in a loop that the widget knows."""

    async def run():
        widget._loop = asyncio.get_running_loop()
        await script()
        widget.model.pause()
        if widget._task:
            await widget._task

    # In a thread of its own: a browser test may have left a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(run())).result()


def tell(widget, action, **values):
    request = {"action": action, "values": values}
    widget._answer(widget, {"requests": [request], "ticket": None}, [])


def shown(widget):
    return [c["facts"] for c in widget.sent if "number" in c["facts"]]


def test_playing_trains_and_sends_only_what_is_drawn(playground):
    async def script():
        tell(playground, "play")
        await asyncio.sleep(0.3)
        assert len(shown(playground)) == UNDER_WAY  # nobody draws
        steps = playground.model.run.step
        playground._answer(playground, {"seen": UNDER_WAY}, [])
        await asyncio.sleep(0.2)
        assert len(shown(playground)) == 2 * UNDER_WAY
        assert playground.model.run.step > steps

    in_a_loop(playground, script)


def test_pausing_ends_the_training(playground):
    async def script():
        tell(playground, "play")
        await asyncio.sleep(0.1)
        tell(playground, "pause")
        steps = playground.model.run.step
        await asyncio.sleep(0.1)
        assert playground.model.run.step == steps > 0
        assert playground._task.done()
        assert playground.sent[-1]["facts"]["playing"] is False
        tell(playground, "play")
        await asyncio.sleep(0.05)
        assert playground.model.run.step > steps

    in_a_loop(playground, script)


def test_training_ends_when_the_page_is_gone(playground, monkeypatch):
    monkeypatch.setattr(playground_view, "PATIENCE", 0.1)

    async def script():
        tell(playground, "play")
        await asyncio.sleep(0.5)
        assert not playground.model.playing
        assert playground._task.done()

    in_a_loop(playground, script)


def test_a_closed_widget_trains_no_more(playground):
    async def script():
        tell(playground, "play")
        await asyncio.sleep(0.05)
        playground.close()
        await asyncio.sleep(0.05)
        assert playground._task.done()

    in_a_loop(playground, script)


def test_a_setting_changed_while_it_plays_leaves_it_playing(playground):
    async def script():
        tell(playground, "play")
        await asyncio.sleep(0.05)
        tell(playground, "set", name="data", value="xor")
        await asyncio.sleep(0.1)
        assert playground.model.playing
        assert playground.model.run.step > 0
        assert playground.model.data == "xor"

    in_a_loop(playground, script)


def test_a_training_that_is_lost_sends_its_last_words(playground):
    async def script():
        playground.model.play()
        playground.model.run.network.theta[:] = np.nan
        tell(playground, "play")
        await asyncio.sleep(0.1)
        last = playground.sent[-1]["facts"]
        assert not last["playing"]
        assert "no longer a finite number" in last["sentence"]

    in_a_loop(playground, script)
