"""Every function that draws: an alt text, no pyplot, and nobody disturbed."""

import json
import subprocess
import sys
import textwrap
import threading

import matplotlib as mpl
import numpy as np
import pytest

from nnlib.plots import (
    Picture,
    bars,
    contours,
    curves,
    heat,
    history,
    images,
    neurons,
    norms,
    plane,
    surface,
    theme,
    weights,
)
from nnlib.training import History

RUN = History(
    loss=[2.0, 1.8, 1.0, 0.8, 0.7, 0.5],
    validation_loss=[1.5, 0.9, 1.1],
    score=[0.5, 0.8, 0.75],
    gradient_norms=[[1e-9, 1e-3, 2.0], [0.0, 1e-2, 1.0], [1e-8, 1e-2, 0.5]],
    activation_norms=[[3.0, 2.0, 1.0]],
    steps_per_epoch=2,
    epochs=3,
    best_epoch=2,
)
PIXELS = np.linspace(0, 1, 3 * 64).reshape(3, 64)
DRAWINGS = {
    "bars": lambda: bars(
        {"a": [1e-9, 1.0], "b": [1.0, 2.0]}, "layer", "norm", "Bars.", log=True
    ),
    "contours": lambda: contours(
        lambda P: (P**2).sum(axis=1),
        (-1, 1, -2, 2),
        "A bowl.",
        paths={"down": [[1, 1], [0.5, 0.5]]},
        marks={"minimum": (0, 0)},
        log=True,
    ),
    "curves": lambda: curves(
        {"a": [3, 1, 0], "b": [2, 2, 2]}, "epoch", "mistakes", "Two curves."
    ),
    "log curves": lambda: curves(
        {"a": [1.0, 10.0], "b": [2.0, 5.0]},
        "bound",
        "mistakes",
        "Points under a line.",
        x=[1, 10],
        log=True,
        points=("a",),
    ),
    "one log axis": lambda: curves(
        {"a": [1.0, 1e-9]}, "layer", "norm", "It falls.", log="y"
    ),
    "heat": lambda: heat(
        {"W": np.eye(3), "b": [1.0, -2.0], "X": PIXELS}, "Three arrays."
    ),
    "history": lambda: history(RUN),
    "images": lambda: images(PIXELS, titles=["a", "b", "c"]),
    "neurons": neurons,
    "norms": lambda: norms(RUN),
    "plane": lambda: plane([[0, 1], [1, 0]], [0, 1], [1.0, -1.0], 0.0),
    "surface": lambda: surface(
        lambda P: P[:, 0] - 0.5, [[0, 1], [1, 0]], [0, 1], "A line."
    ),
    "weights": lambda: weights(PIXELS - 0.5, titles=["a", "b", "c"]),
}
every_drawing = pytest.mark.parametrize("name", DRAWINGS)


@pytest.fixture(scope="module")
def pictures():
    """Return one picture of each kind, on the light card."""
    return {name: draw() for name, draw in DRAWINGS.items()}


def settings():
    """Return matplotlib's settings; to look one up could load pyplot."""
    return dict(dict.items(mpl.rcParams))


@every_drawing
def test_every_drawing_is_a_picture_with_a_sentence(pictures, name):
    picture = pictures[name]
    assert isinstance(picture, Picture)
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.alt.strip().endswith(".")
    data, metadata = picture._repr_mimebundle_()
    assert data["text/plain"] == metadata["image/png"]["alt"] == picture.alt


@every_drawing
def test_drawing_again_gives_the_same_and_leaves_the_settings(pictures, name):
    before = settings()
    assert DRAWINGS[name]().png == pictures[name].png
    assert settings() == before


@every_drawing
def test_the_dark_card_is_another_file_with_the_same_sentence(pictures, name):
    theme("dark")
    try:
        dark = DRAWINGS[name]()
    finally:
        theme("light")
    assert dark.png != pictures[name].png
    assert dark.alt == pictures[name].alt


def test_every_function_that_draws_is_in_the_list_above():
    from nnlib import plots

    others = {"Picture", "bounds", "color", "drawing", "half_plane", "theme"}
    assert set(plots.__all__) - others == set(DRAWINGS) - {
        "log curves",
        "one log axis",
    }


def test_drawing_does_not_load_pyplot_and_asks_for_no_display():
    script = textwrap.dedent(
        """
        import json, sys
        import matplotlib
        before = dict(dict.items(matplotlib.rcParams))
        from nnlib.plots import curves, images, neurons, plane, weights
        curves({"a": [3, 1, 0]}, "epoch", "mistakes", "A curve.")
        images([[0.5] * 64])
        neurons()
        plane([[0, 1], [1, 0]], [0, 1], [1.0, -1.0], 0.0)
        weights([[0.5] * 64])
        same = dict(dict.items(matplotlib.rcParams)) == before
        print(json.dumps(["matplotlib.pyplot" in sys.modules, same]))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(done.stdout) == [False, True]


def test_two_threads_at_once_draw_what_one_draws_alone(pictures):
    start, together, errors = threading.Barrier(2), [], []

    def work(names):
        try:
            start.wait(10)
            together.extend((name, DRAWINGS[name]().png) for name in names)
        except BaseException as error:
            errors.append(error)

    orders = [list(DRAWINGS), list(reversed(DRAWINGS))]
    threads = [threading.Thread(target=work, args=[o]) for o in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert len(together) == 2 * len(DRAWINGS)
    for name, png in together:
        assert png == pictures[name].png, name


@pytest.mark.parametrize(
    ("n", "sentence"),
    [(1, "1 handwritten digit."), (12, "12 handwritten digits.")],
)
def test_images_count_themselves(n, sentence):
    assert images(np.zeros((n, 64))).alt == sentence


def test_one_row_of_weights_needs_no_batch():
    assert weights(PIXELS[0]).png == weights(PIXELS[:1]).png


def test_weights_share_one_scale():
    """Twice the weights, alone, look as before; beside others they do not."""
    small = PIXELS[:1] - 0.5
    assert (
        weights([small[0], 2 * small[0]]).png
        != weights([small[0], small[0]]).png
    )


def test_a_run_is_told_in_a_sentence():
    assert history(RUN).alt == (
        "Loss by epoch: 1.9 in the first, 0.6 in the last of 3. On rows held "
        "out, 0.9 at best, in 2. Score there at the end: 0.75."
    )


def test_a_run_that_was_interrupted_in_its_first_epoch_is_drawn():
    short = History(loss=[2.0, 1.0], steps_per_epoch=9, ending="interrupted")
    assert history(short).alt.startswith("Loss by epoch: 1.5 in the first")


def test_norms_are_told_in_a_sentence():
    assert norms(RUN, "activation").alt == (
        "Activation norms by layer, after epoch 1: from 3 in the first to 1."
    )


def test_only_two_kinds_of_norm_are_recorded():
    with pytest.raises(ValueError, match="norms: kind is") as caught:
        norms(RUN, "weight")
    assert str(caught.value) == (
        'norms: kind is \'weight\'.\n  Needed: "gradient" or "activation".'
    )


def test_a_run_without_norms_says_how_to_get_them():
    with pytest.raises(ValueError, match="recorded no norms") as caught:
        norms(History(loss=[1.0], steps_per_epoch=1, epochs=1))
    assert str(caught.value) == (
        "norms: the run recorded no norms.\n"
        "  Needed: fit(..., norms=True).\n"
        "  Hint: train again with it; it costs little."
    )


def test_a_run_of_no_steps_has_nothing_to_draw():
    with pytest.raises(ValueError, match="no steps") as caught:
        history(History())
    assert str(caught.value) == (
        "history: the run has no steps.\n"
        "  Needed: the History of a fit that took at least one."
    )


def test_points_are_drawn_however_many_there_are():
    def drawn(**more):
        return curves({"a": range(100)}, "x", "y", "A row.", **more).png

    assert drawn(points=("a",)) != drawn()
    nothing = curves({"a": [np.nan] * 100}, "x", "y", "A row.").png
    assert len(drawn(points=("a",))) > 1.2 * len(nothing)
