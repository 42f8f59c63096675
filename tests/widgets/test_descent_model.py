"""The descent widget without a browser: state in, paths out."""

import json
import re

import numpy as np
import pytest

from nnlib.gradcheck import gradcheck, numerical_gradient
from nnlib.shapes import ShapeError
from nnlib.widgets.descent import model as module
from nnlib.widgets.descent.model import (
    CURVES,
    FAR,
    GRID,
    LANDSCAPES,
    LEVELS,
    REACH,
    STEEPEST,
    Descent,
    contours,
    heights,
)
from nnlib.widgets.descent.view import LOOKS, descent

each_landscape = pytest.mark.parametrize("name", LANDSCAPES)


def run_of(name, **settings):
    """Return the run of one optimiser alone."""
    others = {f"show_{other}": other == name for other in LOOKS}
    (run,) = Descent(**others, **settings).runs
    return run


def curvature(name, point):
    """Return the second derivatives, shape (2, 2), by nudging."""
    function = LANDSCAPES[name].function
    return np.array(
        [
            numerical_gradient(lambda p, i=i: function(p)[1][i], point)
            for i in range(2)
        ]
    )


# --- landscapes -------------------------------------------------------------


@each_landscape
def test_gradients_agree_with_nudges(name):
    rng = np.random.default_rng(1951)
    for point in rng.uniform(-REACH, REACH, (20, 2)):
        assert gradcheck(LANDSCAPES[name].function, point).error < 1e-7


@each_landscape
def test_places_are_what_they_are_called(name):
    for place in LANDSCAPES[name].places:
        point = np.array([place.x, place.y])
        _, gradient = LANDSCAPES[name].function(point)
        assert gradient == pytest.approx([0, 0], abs=1e-12)
        signs = np.sign(np.linalg.eigvalsh(curvature(name, point)))
        wanted = [1, 1] if place.kind == "minimum" else [-1, 1]
        assert signs.tolist() == wanted


@each_landscape
def test_the_deepest_place_comes_first_and_its_loss_is_0(name):
    land = LANDSCAPES[name]
    losses = [land.function(np.array([p.x, p.y]))[0] for p in land.places]
    assert losses[0] == 0
    assert losses == sorted(losses)
    axis = np.linspace(-REACH, REACH, 201)
    loss, gradient = land.function(np.array(np.meshgrid(axis, axis)))
    assert loss.shape == (201, 201)
    assert gradient.shape == (2, 201, 201)
    assert loss.min() >= 0


def test_the_steepest_curvature_of_the_bowl():
    found = np.linalg.eigvalsh(curvature("bowl", np.array([0.3, -1.0])))
    assert found == pytest.approx([0.5, STEEPEST])


@each_landscape
def test_the_top_row_of_the_map_is_the_far_end_of_y(name):
    u, land = heights(name), LANDSCAPES[name]
    assert u.shape == (GRID, GRID)
    assert u.min() >= 0
    assert u.max() == 1
    corner, _ = land.function(np.array([-REACH, REACH]))
    largest, _ = land.function(np.array(LANDSCAPES[name].start))
    scale = largest / _height_at(name, land.start) ** land.power
    assert u[0, 0] ** land.power * scale == pytest.approx(corner, rel=0.05)


def _height_at(name, point):
    step = 2 * REACH / (GRID - 1)
    col = round((point[0] + REACH) / step)
    row = round((REACH - point[1]) / step)
    return heights(name)[row, col]


@each_landscape
def test_contours_lie_at_their_levels(name):
    pieces, land = contours(name), LANDSCAPES[name]
    assert pieces.shape[1:] == (2, 2)
    assert np.abs(pieces).max() <= REACH
    highest = land.function(_grid())[0].max()
    loss, _ = land.function(pieces.reshape(-1, 2).T)
    steps = LEVELS * (loss / highest) ** (1 / land.power)
    # Straight pieces in round valleys: the lowest levels are the least exact.
    assert np.abs(steps - steps.round()).max() < 0.25
    assert np.abs(steps - steps.round()).mean() < 0.01
    assert {*steps.round().astype(int)} == {*range(1, LEVELS)}
    lengths = np.hypot(*(pieces[:, 1] - pieces[:, 0]).T)
    assert lengths.max() < 1.5 * 2 * REACH / (GRID - 1)


def _grid():
    axis = np.linspace(-REACH, REACH, GRID)
    return np.array(np.meshgrid(axis, axis))


# --- what the lesson claims -------------------------------------------------


def test_the_limit_of_the_bowl_is_hit():
    start = (-1.0, 1.0)
    below, just, above = (
        run_of("SGD", learning_rate=rate, start=start, steps=250)
        for rate in (0.24, 2 / STEEPEST, 0.26)
    )
    assert below.losses[-1] < 1e-8
    assert not just.exploded
    assert np.abs(just.path[:, 1]).tolist() == [1.0] * 251
    assert above.exploded


def test_momentum_stands_a_larger_learning_rate():
    limit = 2 * 1.9 / STEEPEST
    for rate, explodes in ((0.98 * limit, False), (1.05 * limit, True)):
        run = run_of("Momentum", learning_rate=rate, steps=250)
        assert run.exploded == explodes


def test_steps_shrink_in_a_bowl_and_not_in_general():
    steps = run_of("SGD", learning_rate=0.05).step_lengths
    assert (np.diff(steps) < 0).all()
    steps = run_of("SGD", landscape="plateau", learning_rate=0.1).step_lengths
    assert (np.diff(steps) > 0).all()


def test_plain_descent_stops_in_the_wrong_valley_and_momentum_does_not():
    model = Descent(landscape="two valleys")
    assert (
        "SGD (loss 0.34) and Adam (0.34) settled in the right valley, which "
        "is not the deepest; Momentum (3e-6) settled in the left valley, the "
        "deepest" in model.sentence()
    )


def test_who_starts_on_the_ridge_stays_on_it():
    model = Descent(landscape="saddle", steps=250)
    assert all((run.path[:, 1] == 0).all() for run in model.runs)
    assert "SGD (loss 0.25)" in model.sentence()
    assert "stuck on the saddle" in model.sentence()
    model.move(-1.6, 0.01)
    assert "stuck" not in model.sentence()
    assert "the upper minimum" in model.sentence()


def test_on_a_plateau_it_helps_to_divide_by_the_size():
    sgd = run_of("SGD", landscape="plateau", learning_rate=0.05)
    adam = run_of("Adam", landscape="plateau", learning_rate=0.05)
    assert sgd.losses[-1] > 0.9
    assert adam.losses[-1] < 0.001


# --- the model --------------------------------------------------------------


def test_the_runs_are_those_of_the_optimizers():
    model = Descent(landscape="valley", learning_rate=0.05, steps=15)
    optimizers = [
        module.SGD(0.05),
        module.Momentum(0.05, 0.9),
        module.RMSprop(0.05),
        module.Adam(0.05),
    ]
    for run, optimizer in zip(model.runs, optimizers, strict=True):
        assert run.name == type(optimizer).__name__
        theta = model.start.copy()
        for i in range(16):
            loss, gradient = module.valley(theta)
            assert np.array_equal(run.path[i], theta)
            assert np.array_equal(run.gradients[i], gradient)
            assert run.losses[i] == loss
            optimizer.step(theta, gradient)


def test_the_start_moves_and_stays_on_the_map():
    model = Descent()
    model.move(0.5, 7)
    assert model.start.tolist() == [0.5, REACH]
    assert all(run.path[0].tolist() == [0.5, REACH] for run in model.runs)


def test_a_landscape_has_a_start_of_its_own_and_reset_goes_back():
    model = Descent(start=(1.0, -1.0), learning_rate=0.2)
    model.move(0.25, 0.5)
    model.set("learning_rate", 0.05)
    assert model.start.tolist() == [0.25, 0.5]
    model.set("landscape", "saddle")
    assert tuple(model.start) == LANDSCAPES["saddle"].start
    model.reset()
    assert model.landscape == "bowl"
    assert model.learning_rate == 0.2
    assert model.start.tolist() == [1.0, -1.0]


def test_the_callers_start_stays_what_it_was():
    start = np.array([1.0, -1.0])
    model = Descent(start=start)
    model.move(0.0, 0.0)
    start[0] = 2.0
    model.reset()
    assert model.start.tolist() == [1.0, -1.0]


def test_the_map_is_sent_with_a_new_landscape_and_on_request():
    model = Descent()
    assert "heights" in model.frame()[1]
    model.move(0.0, 1.0)
    assert "heights" not in model.frame()[1]
    model.field()
    assert "contours" in model.frame()[1]
    model.set("momentum", 0.5)
    assert "heights" not in model.frame()[1]
    model.set("landscape", "valley")
    assert model.frame()[1]["heights"].shape == (GRID, GRID)


def test_frame_holds_all_that_is_drawn():
    facts, arrays = Descent(steps=30, show_RMSprop=False).frame()
    assert facts["shown"] == ["SGD", "Momentum", "Adam"]
    assert facts["taken"] == [30, 30, 30]
    assert facts["places"] == [[0.0, 0.0, "minimum"]]
    assert arrays["paths"].shape == arrays["gradients"].shape == (3, 31, 2)
    assert arrays["losses"].shape == arrays["step_lengths"].shape == (3, 31)
    assert np.isnan(arrays["step_lengths"][:, -1]).all()
    assert arrays["downhill"].tolist() == pytest.approx([0.9, -7.2])


def test_a_run_that_exploded_ends_and_leaves_no_numbers_after_it():
    facts, arrays = Descent(learning_rate=0.3).frame()
    n = facts["taken"][0]
    assert n < 120
    assert np.abs(arrays["paths"][0, n]).max() > FAR
    assert np.abs(arrays["paths"][0, n - 1]).max() <= FAR
    assert np.isnan(arrays["paths"][0, n + 1 :]).all()
    assert np.isnan(arrays["losses"][0, n + 1 :]).all()
    assert "SGD (loss 40000) exploded in 14 steps" in facts["sentence"]


@each_landscape
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("rate", [0.001, 1.0])
def test_facts_are_finite_whatever_happens(name, curve, rate):
    model = Descent(landscape=name, curve=curve, learning_rate=rate, steps=15)
    for x in (-REACH, 0.0, REACH):
        for y in (-REACH, 0.0, REACH):
            model.move(x, y)
            facts, arrays = model.frame()
            json.dumps(facts, allow_nan=False)
            assert 0 < facts["axis"][0] < facts["axis"][1] < 1e30
            assert np.nanmax(arrays["losses"]) < 1e30


def test_without_an_optimizer():
    model = Descent(**{f"show_{name}": False for name in LOOKS})
    facts, arrays = model.frame()
    assert facts["sentence"] == (
        "A start at (-1.80, 0.90), and no optimiser is on."
    )
    assert arrays["paths"].shape == (0, 121, 2)
    assert facts["axis"] == (0.1, 10.0)


@pytest.mark.parametrize(
    ("rate", "says"),
    [
        (0.1, "0.1 is below it. Momentum's is 1 + 0.9 times that, 0.475."),
        (0.25, "at just that, it hops across the bowl for ever."),
        (0.26, "0.26 is above it, and it explodes."),
    ],
)
def test_the_limit_in_words(rate, says):
    sentence = Descent(learning_rate=rate).sentence()
    assert "2 / lambda_max = 2 / 8 = 0.25; " in sentence
    assert says in sentence


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"learning_rate": 0.01}, "SGD (loss 0.24) still going down."),
        ({"learning_rate": 0.26, "steps": 30}, "SGD (loss 330) going up."),
        (
            {"landscape": "plateau", "learning_rate": 0.02},
            "SGD (loss 0.94) crawling, 0.00086 a step.",
        ),
        (
            {"landscape": "plateau", "start": (1.0, 0.5)},
            "SGD (loss 0) settled in the minimum. At the start the gradient "
            "is 0.",
        ),
        (
            {"learning_rate": 0.25, "start": (0.0, 1.0)},
            "SGD (loss 4) not at rest, 2 a step.",
        ),
    ],
)
def test_how_a_run_ends_in_words(settings, says):
    others = dict.fromkeys(("Momentum", "RMSprop", "Adam"), False)
    model = Descent(
        **{f"show_{n}": on for n, on in others.items()}, **settings
    )
    assert says in model.sentence()


def test_hopping_about_is_not_going_down():
    run = run_of("RMSprop", landscape="plateau")
    verdict = Descent(landscape="plateau").verdict(run)
    assert re.fullmatch(r"not at rest, 0\.\d+ a step", verdict)


def test_lengths_in_words():
    model = Descent(curve="step length", learning_rate=0.05, show_Adam=False)
    sentence = model.sentence()
    assert sentence.startswith(
        "After 120 steps from (-1.80, 0.90), the step length: SGD from 0.36 "
        "to 0.0022, shorter than the one before 119 times of 119; Momentum"
    )
    model.set("curve", "gradient length")
    assert "SGD from 7.3 to 0.043, " in model.sentence()
    assert np.array_equal(
        model.values(model.runs[0])[:1], [np.hypot(0.9, 7.2)]
    )


def test_downhill_and_the_deepest_point():
    assert "points 56 degrees away from" in Descent().sentence()
    on_the_axis = Descent(start=(1.0, 0.0)).sentence()
    assert "points 0 degrees away from" in on_the_axis


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"landscape": "two valleys", "start": (1.25, 0.3), "momentum": 0.5},
        {"learning_rate": 0.3, "show_Adam": False, "show_RMSprop": False},
        {"landscape": "valley", "show_SGD": False, "steps": 30},
    ],
)
def test_code_ends_where_the_runs_end(settings, capsys):
    model = Descent(**settings)
    exec(model.code(), {})
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(model.runs)
    for line, run in zip(printed, model.runs, strict=True):
        assert line.startswith(f"{run.name}({model.learning_rate}) ")
        numbers = [float(word) for word in line.split()[1:]]
        assert numbers[:2] == run.path[-1].tolist()
        assert numbers[2] == run.losses[-1]


def test_code_without_an_optimizer_runs_too(capsys):
    exec(Descent(**{f"show_{name}": False for name in LOOKS}).code(), {})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("set", {"name": "learning_rate", "value": 7}),
        ("set", {"name": "landscape", "value": "hill"}),
        ("set", {"name": "colour", "value": "red"}),
        ("move", {"x": float("nan"), "y": 0.0}),
        ("move", {"x": 0.0, "y": "up"}),
    ],
)
def test_a_wrong_request_changes_nothing(action, values):
    model = Descent()
    before = model.settings(), model.start.tolist(), model.sentence()
    with pytest.raises(ValueError, match=r"Needed|no setting"):
        getattr(model, action)(**values)
    assert before == (model.settings(), model.start.tolist(), model.sentence())


# --- the call in a lesson, and the picture ----------------------------------


def test_calls_that_a_lesson_makes():
    model = descent("bowl", 0.25, optimizers="SGD", start=(-1.8, 1)).model
    assert [run.name for run in model.runs] == ["SGD"]
    model = descent("saddle", optimizers=("SGD", "Adam"), steps=60).model
    assert [len(run.path) for run in model.runs] == [61, 61]
    assert descent(momentum=0.5, curve="step length").model.momentum == 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"landscape": "hill"}, "landscape is 'hill'.\n  Needed: one of bowl"),
        ({"learning_rate": 3}, "learning_rate is 3.\n  Needed: a number from"),
        ({"momentum": 1}, "momentum is 1.\n  Needed: a number from 0 to 0.98"),
        ({"steps": 1.5}, "steps is 1.5.\n  Needed: a whole number"),
        ({"start": (3, 0)}, "descent: start is (3, 0).\n  Needed: both"),
        ({"start": (1, 2, 3)}, "descent: start has shape (3,).\n  Needed:"),
        ({"optimizers": "Adagrad"}, "optimizers has 'Adagrad' in it.\n"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        descent(**arguments)


def test_a_start_of_the_wrong_shape_is_a_shape_error():
    with pytest.raises(ShapeError):
        descent(start=[[1.0, 1.0]])


@each_landscape
def test_the_still(name):
    widget = descent(name, learning_rate=0.25)
    data, metadata = widget._repr_mimebundle_()
    assert data["image/png"]
    alt = metadata["image/png"]["alt"]
    assert alt == (
        "A still of the widget that runs in JupyterLab. "
        + widget.model.sentence()
    )
    assert alt.endswith(".")


def test_the_still_without_an_optimizer():
    assert descent(optimizers=())._repr_mimebundle_()[0]["image/png"]
