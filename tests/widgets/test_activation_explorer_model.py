"""The activation explorer without a browser: state in, arrays out."""

import json

import numpy as np
import pytest

from nnlib.activations import SLOPES, sigmoid, sigmoid_prime
from nnlib.widgets.activation_explorer.model import (
    FUNCTIONS,
    GRID,
    HEIGHTS,
    LAYERS,
    REACH,
    UNITS,
    ActivationExplorer,
)
from nnlib.widgets.activation_explorer.view import activation_explorer
from nnlib.widgets.view import View

EVERY = pytest.mark.parametrize("name", list(FUNCTIONS))


@EVERY
def test_curves_and_point_are_the_functions_of_nnlib(name):
    model = ActivationExplorer(name, z=-0.3)
    f = FUNCTIONS[name]
    facts, arrays = model.frame()
    assert np.array_equal(arrays["f"], f(GRID))
    assert np.array_equal(arrays["slope"], SLOPES[f](GRID))
    assert facts["f_z"] == f(np.array([-0.3]))[0]
    assert facts["slope_z"] == SLOPES[f](np.array([-0.3]))[0]
    low, high = HEIGHTS[name]
    assert low <= arrays["f"].min() <= arrays["f"].max() <= high


@EVERY
def test_every_stop_of_the_point_is_on_the_grid(name):
    """So the browser can look up f and its slope where a hand is."""
    for z in ActivationExplorer.SETTINGS["z"].options:
        i = round((z + REACH) / (GRID[1] - GRID[0]))
        assert GRID[i] == pytest.approx(z, abs=1e-12)
    assert GRID[len(GRID) // 2] == 0  # the kinks and the step are met


@EVERY
@pytest.mark.parametrize(("mean", "spread"), [(0.0, 0.1), (-6.0, 10.0)])
def test_every_unit_is_counted(name, mean, spread):
    model = ActivationExplorer(name, mean=mean, spread=spread)
    facts, arrays = model.frame()
    assert arrays["slope_counts"].sum() == UNITS
    beyond = facts["below"] + facts["above"]
    assert arrays["input_counts"].sum() + beyond == UNITS
    assert arrays["flat_counts"].sum() == round(UNITS * model.saturated)
    assert (arrays["flat_counts"] <= arrays["slope_counts"]).all()


def test_the_layer_follows_mean_and_spread():
    model = ActivationExplorer(mean=2.0, spread=3.0)
    assert model.Z.mean() == pytest.approx(2.0, abs=0.2)
    assert model.Z.std() == pytest.approx(3.0, abs=0.2)
    before = model.Z
    model.set("z", 4.0)
    assert model.Z is before
    model.set("mean", 3.0)
    assert np.allclose(model.Z - before, 1.0)


def test_what_is_seen_of_the_slopes():
    model = ActivationExplorer(mean=4.0)
    slopes = sigmoid_prime(model.Z)
    assert model.mean_slope == slopes.mean()
    assert model.saturated == np.mean(slopes < 0.01)
    left = model.frame()[1]["left"]
    assert left.shape == (LAYERS + 1,)
    assert np.allclose(left, slopes.mean() ** np.arange(11))


def test_a_larger_mean_saturates_more():
    shares = [ActivationExplorer(mean=float(m)).saturated for m in range(7)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] > 0.8


@pytest.mark.parametrize(
    ("name", "share"),
    [("step", 1.0), ("identity", 0.0), ("relu", 0.5), ("leaky_relu", 0.0)],
)
def test_shares_that_can_be_told_without_a_computer(name, share):
    model = ActivationExplorer(name, spread=5.0)
    assert model.saturated == pytest.approx(share, abs=0.03)


def test_the_sentence():
    assert ActivationExplorer(mean=6.0).sentence() == (
        "sigmoid at z = 0: f(z) = 0.5, slope 0.25. In a layer whose inputs "
        "have mean 6 and spread 1, the mean slope is 0.00405, and 91.7 % of "
        "the units have a slope closer to 0 than 0.01. Roughly: of a "
        "gradient of 1, 1.2e\u221224 is left after ten layers of this kind, "
        "by their slopes alone."
    )
    assert (
        ActivationExplorer("step")
        .sentence()
        .endswith(
            "nothing is left after the first layer of this kind, and nothing "
            "before it can learn."
        )
    )
    assert (
        ActivationExplorer("identity")
        .sentence()
        .endswith("without a bend ten layers are no more than one.")
    )


def test_turn_goes_round():
    model = ActivationExplorer("step")
    seen = [model.activation]
    for _ in FUNCTIONS:
        model.turn(1)
        seen.append(model.activation)
    assert seen == [*FUNCTIONS, "step"]
    model.turn(-1)
    assert model.activation == "gelu"
    with pytest.raises(ValueError, match="Needed: 1 or -1"):
        model.turn(2)
    assert model.activation == "gelu"


def test_reset():
    model = ActivationExplorer("tanh", z=1.0, mean=2.0, spread=3.0)
    start = model.frame()
    for name, value in (("activation", "relu"), ("z", 0.0), ("mean", -1.0)):
        model.set(name, value)
    model.reset()
    assert model.frame()[0] == start[0]


@EVERY
def test_the_code_computes_what_is_on_screen(name):
    model = ActivationExplorer(name, z=-0.7, mean=1.5, spread=2.0)
    found = {}
    exec(model.code(), found)
    assert found["mean_slope"] == model.mean_slope
    assert found["saturated"] == model.saturated
    assert FUNCTIONS[name] is found[name]


def test_the_code_prints_what_is_left(capsys):
    model = ActivationExplorer(z=2.0)
    exec(model.code(), {})
    point, _, left = capsys.readouterr().out.splitlines()
    assert float(point.split()[0]) == sigmoid(np.array([2.0]))[0]
    assert float(left) == pytest.approx(model.left_after(10))


@EVERY
def test_facts_are_json(name):
    for spread in (0.1, 10.0):
        model = ActivationExplorer(name, mean=6.0, spread=spread)
        json.dumps(model.frame()[0], allow_nan=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"activation": "sigmod"}, "one of step, identity, sigmoid"),
        ({"activation": None}, "one of step"),
        ({"z": 11.0}, "from -10 to 10"),
        ({"mean": float("nan")}, "from -6 to 6"),
        ({"spread": 0}, "from 0.1 to 10"),
        ({"spread": "wide"}, "spread is 'wide'"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        activation_explorer(**arguments)


def test_a_refused_value_changes_nothing():
    model = ActivationExplorer()
    start = model.frame()[0]
    with pytest.raises(ValueError, match="Needed: a number from -10 to 10"):
        model.set("z", 1e9)
    assert model.frame()[0] == start


@EVERY
def test_the_still(name):
    view = activation_explorer(name, z=1.5, mean=-1.0, spread=0.5)
    assert isinstance(view, View)
    picture = view._still()
    assert picture.png.startswith(b"\x89PNG")
    assert picture.alt == (
        "A still of the widget that runs in JupyterLab. "
        + view.model.sentence()
    )
    assert picture.alt.endswith(".")
