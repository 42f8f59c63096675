"""The race of two losses without a browser: state in, arrays out."""

import json

import numpy as np
import pytest

from nnlib import layers, losses
from nnlib.activations import sigmoid
from nnlib.network import Network
from nnlib.optimizers import SGD
from nnlib.training import train_step
from nnlib.widgets.loss_race.model import (
    GOAL,
    STARTS,
    STEPS,
    LossRace,
    run,
    score,
)
from nnlib.widgets.loss_race.view import loss_race
from nnlib.widgets.view import View

SQUARED, CROSS = 0, 1
SETTINGS = pytest.mark.parametrize(
    "settings",
    [
        {},
        {"start": 0.5, "learning_rate": 0.3},
        {"start": 0.9999, "learning_rate": 5.0},
        {"start": 0.8, "learning_rate": 1.0, "same_first_step": True},
        {"start": 0.9999, "same_first_step": True},
        {"start": 0.77, "learning_rate": 0.123},
    ],
)


def train(which, start, learning_rate, steps):
    """Return the outputs of a real network of one neuron, and dL/dz."""
    dense = layers.Dense(1, 1, np.random.default_rng(0))
    bend = [layers.Activation(sigmoid)] if which == SQUARED else []
    network = Network([dense, *bend], dtype=float)
    network.theta = score(start) / 2
    loss = [losses.mean_squared_error, losses.binary_cross_entropy][which]
    optimizer = SGD(learning_rate)
    x, y = np.array([[1.0]]), np.array([[0.0]])
    A, dZ = [], []
    for _ in range(steps):
        A.append(sigmoid(dense.forward(x)).item())
        train_step(network, loss, optimizer, x, y)
        dZ.append(dense.grads["b"].item())
    return np.array(A), np.array(dZ)


@SETTINGS
@pytest.mark.parametrize("which", [SQUARED, CROSS])
def test_the_race_is_the_training_of_real_networks(settings, which):
    race = LossRace(**settings)
    A, dZ = train(which, race.start, race.rates[which], STEPS + 1)
    assert race.A.shape == race.dZ.shape == (2, STEPS + 1)
    assert np.allclose(race.A[which], A, rtol=1e-8, atol=1e-14)
    assert np.allclose(race.dZ[which], dZ, rtol=1e-8, atol=1e-12)


def test_many_starts_at_once_are_as_many_races():
    starts = np.array([0.6, 0.99])
    together = run(starts, [0.2, 0.1])[0]
    for i, start in enumerate(starts):
        alone = run(starts[i : i + 1], [0.2, 0.1])[0]
        assert np.array_equal(together[:, :, i], alone[:, :, 0])
        assert np.allclose(together[0, :, i], start)


def test_whisper_and_shout():
    race = LossRace(start=0.98)
    assert race.dZ[CROSS, 0] == pytest.approx(0.98)
    assert race.dZ[SQUARED, 0] == pytest.approx(2 * 0.98 * 0.98 * 0.02)


@SETTINGS
def test_who_is_below_the_goal_and_when(settings):
    race = LossRace(**settings)
    for A, step in zip(race.A, race.arrival, strict=True):
        if step is None:
            assert A.min() >= GOAL
        else:
            assert A[step] < GOAL
            assert A[:step].min() >= GOAL


def test_the_more_wrong_the_start_the_slower_squared_error_learns():
    race = LossRace(learning_rate=0.5)
    slow, quick = race.arrivals
    known = slow[~np.isnan(slow)]
    assert (np.diff(known) > 0).all()
    assert np.isnan(slow[len(known) :]).all()
    assert 0 < len(known) < len(STARTS)
    assert known[-1] > 8 * known[0]
    assert quick[-1] <= 2 * quick[0]
    for i, start in enumerate(STARTS[: len(known)]):
        arrival = LossRace(start, learning_rate=0.5).arrival
        assert arrival == [slow[i], quick[i]]


@pytest.mark.parametrize("start", STARTS)
def test_the_same_first_step(start):
    race = LossRace(start, same_first_step=True)
    steps = race.rates * race.dZ[:, 0]
    assert steps[SQUARED] == pytest.approx(steps[CROSS])
    assert race.rates[CROSS] == race.learning_rate
    pushes = race.frame()[1]["pushes"]
    assert pushes[SQUARED, 0] == pytest.approx(pushes[CROSS, 0])
    assert np.array_equal(pushes[CROSS], race.dZ[CROSS])


def test_without_the_switch_the_rates_are_one():
    race = LossRace(same_first_step=True)
    race.set("same_first_step", False)
    assert race.rates == [0.15, 0.15]
    assert np.array_equal(race.frame()[1]["pushes"], race.dZ)


def sentence(**settings):
    return LossRace(**settings).sentence()


def test_the_sentence():
    assert sentence() == (
        "Start at a = 0.98. Cross-entropy is below 0.1 after 50 steps, "
        "squared error after 224 steps: its first gradient was 0.0384, 25.5 "
        "times smaller, because the slope a (1 \u2212 a) is almost 0 where "
        "the output is most wrong."
    )
    assert "squared error is not below 0.1 after 300 steps" in sentence(
        start=0.9999
    )
    assert sentence(start=0.5).endswith("it will be smaller still.")
    assert LossRace().before() == (
        "Both neurons put out a = 0.98 where 0 is right. Which of them is "
        "below 0.1 first?"
    )


def test_the_sentence_for_the_same_first_step():
    assert sentence(same_first_step=True) == (
        "Start at a = 0.98. For the same first step, squared error's learning "
        "rate is 25.5 times larger. It is below 0.1 after 8 steps, "
        "cross-entropy after 50 steps. Its steps grow to 7.05 times the "
        "first, as the slope comes back. But that rate suits this start: "
        "from a = 0.9999 it takes more than 300, cross-entropy 67."
    )
    far = sentence(start=0.9999, same_first_step=True)
    assert "5,001 times larger" in far
    assert "0 to 16 digits" in far
    slow = sentence(learning_rate=0.01, same_first_step=True)
    assert slow.endswith(
        "From another start, its first step would be another."
    )
    near = sentence(start=0.98, learning_rate=2.0, same_first_step=True)
    assert "the slope is only 1.2e\u221211" in near


def test_one_step_is_not_steps():
    assert "after 1 step," in sentence(start=0.5, learning_rate=5.0) + ","


@SETTINGS
def test_the_code_runs_the_same_race(settings, capsys):
    race = LossRace(**settings)
    found = {}
    exec(race.code(), found)
    assert np.allclose(found["outputs"], race.A[:, -1], rtol=1e-8, atol=1e-14)
    assert capsys.readouterr().out.startswith("[")


@SETTINGS
def test_facts_are_json(settings):
    facts, arrays = LossRace(**settings).frame()
    json.dumps(facts, allow_nan=False)
    assert all(
        np.isfinite(arrays[name]).all() for name in ("outputs", "pushes")
    )
    assert arrays["arrivals"].shape == (2, len(arrays["starts"]))


def test_reset():
    race = LossRace(start=0.9)
    start = race.frame()[0]
    race.set("start", 0.5)
    race.set("learning_rate", 1.0)
    race.set("same_first_step", True)
    race.reset()
    assert race.frame()[0] == start


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": 0.3}, "from 0.5 to 0.9999"),
        ({"start": 1.0}, "from 0.5 to 0.9999"),
        ({"start": "0.9"}, "start is '0.9'"),
        ({"learning_rate": 0}, "from 0.01 to 5"),
        ({"same_first_step": 1}, "True or False"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        loss_race(**arguments)


def test_a_refused_value_changes_nothing():
    race = LossRace()
    start = race.frame()[0]
    with pytest.raises(ValueError, match="Needed: a number from"):
        race.set("start", 2.0)
    assert race.frame()[0] == start


@SETTINGS
def test_the_still(settings):
    view = loss_race(**settings)
    assert isinstance(view, View)
    picture = view._still()
    assert picture.png.startswith(b"\x89PNG")
    assert picture.alt == (
        "A still of the widget that runs in JupyterLab. "
        + view.model.sentence()
    )
