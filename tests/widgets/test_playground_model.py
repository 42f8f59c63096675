"""The playground without a browser: what it trains and what it shows."""

import json

import numpy as np
import pytest

from nnlib import widgets
from nnlib.gradcheck import numerical_gradient
from nnlib.widgets.playground import model as module
from nnlib.widgets.playground.model import SIDE, Playground
from nnlib.widgets.playground.problem import DATA, FEATURES, points, see


def steps(model, count):
    for _ in range(count):
        model.step()
    return model


def surface(model):
    _, arrays = model.frame()
    return arrays["surface"].reshape(SIDE, SIDE)


@pytest.mark.parametrize("data", [d for d in DATA if d != "own points"])
def test_points_are_centred_and_scaled_and_of_two_classes(data):
    P, y = points(data, 0.1, seed=3)
    assert P.shape == (200, 2)
    assert np.allclose(P.mean(axis=0), 0)
    assert np.allclose(P.std(axis=0), 1)
    assert set(y.tolist()) == {0, 1}
    assert np.array_equal(points(data, 0.1, 3)[0], P)
    assert not np.array_equal(points(data, 0.1, 4)[0], P)


def test_digits_lie_along_their_principal_components():
    P, _ = points("digits", 0.0, seed=0)
    assert abs(np.corrcoef(P.T)[0, 1]) < 1e-9  # components do not correlate


def test_features_are_what_they_are_called():
    P = np.array([[2.0, -3.0]])
    expected = [2.0, -3.0, 4.0, 9.0, -6.0, np.sin(4.0), np.sin(-6.0)]
    assert np.allclose(see(P, list(FEATURES)), expected)


@pytest.mark.parametrize("loss", ["cross-entropy", "squared error"])
@pytest.mark.parametrize("optimizer", module.OPTIMIZERS)
def test_it_learns(loss, optimizer):
    rates = {"SGD": 0.3, "Momentum": 0.1, "RMSprop": 0.03, "Adam": 0.03}
    model = Playground(
        hidden=(8, 8),
        loss=loss,
        optimizer=optimizer,
        learning_rate=rates[optimizer],
    )
    first = model._loss_on("train")
    steps(model, 3000)
    assert model._loss_on("train") < first / 3
    assert model._right() > 0.9


def test_a_frame_holds_all_there_is_to_draw():
    model = steps(Playground(hidden=(5, 3), features=("x1", "x1 x2")), 7)
    facts, arrays = model.frame()
    json.dumps(facts, allow_nan=False)
    assert facts["hidden"] == [5, 3]
    assert facts["features"] == ["x1", "x1 x2"]
    assert (facts["step"], facts["oldest"], facts["newest"]) == (7, 0, 7)
    half = SIDE // 2
    assert arrays["maps"].shape == (2 + 5 + 3, half, half)
    assert arrays["weights"].shape == (2 * 5 + 5 * 3 + 3,)
    assert arrays["weight_gradients"].shape == arrays["weights"].shape
    assert arrays["unit_gradients"].shape == (5 + 3 + 1,)
    assert arrays["norms"].shape == (3,)
    assert arrays["curves"][:, 0].tolist() == [0, 7]
    assert arrays["surface"].dtype == arrays["maps"].dtype == np.uint8


def test_the_surface_is_what_the_network_predicts():
    model = steps(Playground(hidden=(6,)), 200)
    picture = surface(model) / 127.5 - 1
    reach = model.reach * (1 - 1 / SIDE)
    # The picture's first row is its upper edge.
    for row, column in [(0, 0), (0, SIDE - 1), (SIDE - 1, 0), (20, 31)]:
        point = [
            -reach + 2 * reach * column / (SIDE - 1),
            reach - 2 * reach * row / (SIDE - 1),
        ]
        X = np.array([point], dtype=np.float32)
        p = 1 / (1 + np.exp(-model.run.network.predict(X)[0, 0]))
        assert picture[row, column] == pytest.approx(2 * p - 1, abs=0.005)


def test_squared_error_shows_the_same_kind_of_surface():
    model = steps(Playground(loss="squared error"), 5)
    X = np.zeros((1, 2), np.float32)
    p = model.run.network.predict(X)[0, 0]
    middle = surface(model)[SIDE // 2 - 1 : SIDE // 2 + 1].mean() / 127.5 - 1
    assert np.isfinite(middle)
    assert 0 < p < 1


def test_gradients_on_the_drawing_are_those_of_the_last_step():
    model = steps(Playground(hidden=(3,)), 4)
    _, arrays = model.frame()
    first, _, last = model.run.network.layers
    flat = np.concatenate([first.grads["W"].ravel(), last.grads["W"].ravel()])
    assert np.array_equal(arrays["weight_gradients"], flat)
    assert np.array_equal(
        arrays["unit_gradients"],
        np.concatenate([first.grads["b"], last.grads["b"]]),
    )
    whole = np.concatenate([first.grads["W"].ravel(), first.grads["b"]])
    assert arrays["norms"][0] == pytest.approx(np.linalg.norm(whole))


def test_looking_does_not_disturb_the_training():
    looked, left = (Playground(hidden=(4, 4)) for _ in range(2))
    for model in (looked, left):
        for _ in range(30):
            model.step()
            if model is looked:
                model.set("show", "gradients")
                gradient = model.run.network.gradient.copy()
                model.frame()
                assert np.array_equal(model.run.network.gradient, gradient)
    assert np.array_equal(looked.run.network.theta, left.run.network.theta)


def test_the_leaning_of_a_unit_is_a_slope():
    """d(score)/dz, compared with nudges of the unit's bias."""
    model = steps(Playground(hidden=(3, 2)), 20)
    P = np.array([[0.3, -0.8]])
    model._look(see(P, model.features).astype(np.float32))
    leaning = np.concatenate(model._leaning(1), axis=1)[0]
    network = model.run.network
    biases = np.concatenate([network.layers[i].params["b"] for i in (0, 2)])

    def score(b):
        network.layers[0].params["b"], network.layers[2].params["b"] = (
            b[:3],
            b[3:],
        )
        return float(network.predict(P)[0, 0])

    numeric = numerical_gradient(score, biases.astype(float), h=1e-3)
    assert np.allclose(leaning, numeric, atol=2e-3)


def test_going_back_shows_what_was_shown():
    model = steps(Playground(hidden=(4,)), 60)
    then = surface(model).copy(), model.sentence()
    steps(model, 90)
    assert not np.array_equal(surface(model), then[0])
    model.go_to(60)
    assert np.array_equal(surface(model), then[0])
    assert model.sentence() == then[1]
    assert model.frame()[0]["newest"] == 150


def test_another_rate_in_the_past_is_another_future():
    model = steps(Playground(), 120)
    model.go_to(70)
    model.set("learning_rate", 1.0)
    facts, arrays = model.frame()
    assert (facts["step"], facts["newest"]) == (70, 70)
    assert arrays["curves"][:, 0].max() == 70
    assert model.run.optimizer.learning_rate == 1.0


def test_a_new_rate_keeps_what_the_optimizer_remembers():
    model = steps(Playground(optimizer="Momentum"), 10)
    v = model.run.optimizer._v.copy()
    model.set("learning_rate", 0.3)
    assert np.array_equal(model.run.optimizer._v, v)
    model.set("penalty", "L2")
    assert np.array_equal(model.run.optimizer.optimizer._v, v)
    model.set("penalty", "none")
    assert np.array_equal(model.run.optimizer._v, v)


def test_a_penalty_keeps_weights_small():
    free = steps(Playground(data="spirals"), 800)
    held = steps(Playground(data="spirals", penalty="L2", strength=0.1), 800)
    sizes = [
        np.linalg.norm(model.frame()[1]["weights"]) for model in (free, held)
    ]
    assert sizes[1] < sizes[0] / 2


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden": (), "features": ("x1", "x2", "x1 x2"), "data": "xor"},
        {"penalty": "L1", "optimizer": "Adam", "learning_rate": 0.01},
        {"loss": "squared error", "activation": "relu", "scale": 0.5},
        {"data": "digits", "batch_size": 1, "test_share": 0.5},
        {"data": "circles", "noise": 0.0, "features": ("x1^2", "x2^2")},
    ],
)
def test_the_code_trains_the_same_network(settings):
    model = Playground(**settings)
    model.new_weights()
    model.new_points()
    steps(model, 130)
    seen = {}
    exec(model.code(), seen)
    assert np.allclose(
        seen["network"].theta, model.run.network.theta, atol=1e-6
    )
    assert len(seen["X"]) == len(model.P_train)


def test_the_code_holds_the_readers_own_points():
    model = Playground(data="own points")
    for x1, label in [(-1.0, 0), (1.0, 1), (0.5, 1)]:
        model.add(x1, 0.25, label)
    steps(model, 40)
    seen = {}
    exec(model.code(), seen)
    # Each point that came changed the order; from the start it is one order.
    assert np.array_equal(seen["X"], model.run.setup["X"])
    assert np.allclose(seen["network"].theta, model.run.network.theta)


def test_the_code_says_if_settings_changed_on_the_way():
    model = steps(Playground(), 3)
    assert "changed on the way" not in model.code()
    model.set("batch_size", 20)
    assert "changed on the way" in model.code()


def test_own_points_need_both_classes():
    model = Playground(data="own points")
    assert "Add points of both classes" in model.sentence()
    model.add(0.0, 0.0, 0)
    for action in (model.play, model.step, model.epoch):
        with pytest.raises(ValueError, match="Add points of both classes"):
            action()
    assert not model.playing
    model.add(1.0, 1.0, 1)
    model.play()
    assert model.playing
    model.remove(0.9, 0.9)
    assert not model.playing


def test_points_can_be_added_while_it_learns():
    model = steps(Playground(), 33)
    theta = model.run.network.theta.copy()
    n = len(model.P_train)
    model.add(0.0, 0.0, 1)
    assert len(model.run.setup["X"]) == n + 1
    assert model.run.step == 33
    assert np.array_equal(model.run.network.theta, theta)
    model.remove(0.01, 0.0)
    assert len(model.P_train) == n


def test_a_point_outside_goes_to_the_edge():
    model = Playground()
    model.add(99.0, -99.0, 0)
    assert model.P_train[-1].tolist() == [model.reach, -model.reach]


def test_there_is_an_end_to_the_points():
    model = Playground()
    for _ in range(200):
        model.add(0.0, 0.0, 1)
    with pytest.raises(ValueError, match="There is room for 400 points"):
        model.add(0.0, 0.0, 1)


def test_layers_and_units_come_and_go():
    model = Playground(hidden=(2,))
    model.add_layer()
    model.add_unit(1)
    assert model.hidden == [2, 3]
    assert [layer.n_out for layer in model.run.network.layers[::2]] == [
        2,
        3,
        1,
    ]
    model.remove_unit(0)
    with pytest.raises(ValueError, match="The last unit stays"):
        model.remove_unit(0)
    model.remove_layer()
    model.remove_layer()
    assert model.hidden == []
    with pytest.raises(ValueError, match="No hidden layer is left"):
        model.remove_layer()
    steps(model, 5)
    model.frame()
    for _ in range(6):
        model.add_layer()
    with pytest.raises(ValueError, match="There is room for 6 layers"):
        model.add_layer()
    for _ in range(6):
        model.add_unit(0)
    with pytest.raises(ValueError, match="There is room for 8 units"):
        model.add_unit(0)
    with pytest.raises(ValueError, match="no such hidden layer"):
        model.add_unit(6)
    with pytest.raises(ValueError, match="no such hidden layer"):
        model.add_unit("0")


def test_features_come_and_go():
    model = Playground()
    model.feature("x1 x2")
    assert model.features == ["x1", "x2", "x1 x2"]
    model.feature("x1")
    model.feature("x2")
    assert model.features == ["x1 x2"]
    with pytest.raises(ValueError, match="has to see something"):
        model.feature("x1 x2")
    with pytest.raises(ValueError, match="features is"):
        model.feature("x3")


def test_a_chosen_unit_is_shown_and_told():
    model = steps(Playground(hidden=(3,)), 10)
    model.select(1, 2)
    dense = model.run.network.layers[0]
    sentence = model.sentence()
    assert sentence.startswith("Unit 3 of layer 1: weights ")
    assert f"{dense.params['W'][0, 2]:.2f} from x1" in sentence
    _, arrays = model.frame()
    picture = surface(model)[::2, ::2]
    assert np.array_equal(picture, arrays["maps"][2 + 2])
    model.select(0, 1)
    assert model.sentence() == "Input x2, as the network sees it."
    model.select()
    assert model.sentence().startswith("Step 10")
    for bad in [(2, 0), (1, 3), (-1, 0), ("1", 0), (1, None)]:
        with pytest.raises(ValueError, match="There is no such unit"):
            model.select(*bad)


def test_a_deeper_unit_is_told_where_its_inputs_come_from():
    model = Playground(hidden=(2, 2))
    model.select(2, 0)
    assert "from unit 1 (gradient" in model.sentence()


def test_it_plays_for_as_long_as_it_is_let():
    model = Playground()
    model.train(0.01)
    assert model.run.step == 0  # not playing
    model.play()
    model.train(0.05)
    reached = model.run.step
    assert reached > 10
    model.pause()
    model.train(0.05)
    assert model.run.step == reached


def test_it_stops_at_the_step_that_was_seen():
    model = Playground()
    steps(model, 30)
    seen = surface(model).copy()
    model.play()
    model.train(0.05)
    newest = model.run.step
    model.pause(step=30)
    assert not model.playing
    assert (model.run.step, model.run.newest) == (30, newest)
    assert np.array_equal(surface(model), seen)


def test_a_step_seen_long_ago_has_a_past_of_its_own():
    """A fast machine is 2,000 steps further when its picture is seen."""
    model = Playground()
    steps(model, 1500)
    model.play()
    while model.run.step < 3500:
        model.train(0.01)
    model.pause(step=1500)
    assert model.run.step == 1500
    model.go_to(500)
    assert model.run.step == 500


def test_an_epoch_goes_to_its_end():
    model = Playground()
    model.epoch()
    assert model.run.batch == model.run.n_batches
    model.epoch()
    assert (model.run.epoch, model.run.batch) == (1, model.run.n_batches)


def test_a_lost_run_says_so_and_can_be_taken_back():
    model = Playground(
        activation="identity", optimizer="Momentum", learning_rate=10.0,
        loss="cross-entropy", features=("x1", "x1^2"), hidden=(8, 8, 8),
    )  # fmt: skip
    model.play()
    model.train(2.0)
    assert not model.playing
    assert "no longer a finite number" in model.sentence()
    json.dumps(model.frame()[0], allow_nan=False)
    model.go_to(0)
    assert "no longer" not in model.sentence()


def test_reset_stops_and_goes_back_to_the_beginning():
    model = Playground(hidden=(3,), noise=0.2)
    theta = model.run.network.theta.copy()
    model.add_layer()
    model.new_weights()
    model.set("data", "xor")
    model.play()
    model.train(0.02)
    model.reset()
    assert not model.playing
    assert model.hidden == [3]
    assert model.settings()["data"] == "moons"
    assert np.array_equal(model.run.network.theta, theta)


def test_curves_stay_short_however_long_it_runs():
    model = Playground()
    for step in range(0, 400_000, 50):
        model.run.step = step + 1
        model._note_losses()
    assert len(model._records) <= module.MOST_RECORDS
    recorded = [record[0] for record in model._records]
    assert recorded == sorted(set(recorded))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden": (9,)}, "playground: hidden is"),
        ({"hidden": 4}, "playground: hidden is"),
        ({"hidden": (1,) * 7}, "playground: hidden is"),
        ({"hidden": (True,)}, "playground: hidden is"),
        ({"features": ()}, "playground: features is"),
        ({"features": ("x1", "x1")}, "playground: features is"),
        ({"data": "cats"}, "data is 'cats'"),
        ({"learning_rate": -1}, "learning_rate is -1"),
    ],
)
def test_bad_arguments_say_what_is_needed(arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        widgets.playground(**arguments)
    assert "Needed" in str(caught.value)


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("go_to", {"step": "1"}),
        ("go_to", {"step": True}),
        ("add", {"x1": float("nan"), "x2": 0.0, "label": 1}),
        ("add", {"x1": 0.0, "x2": 0.0, "label": 2}),
    ],
)
def test_a_bad_request_is_refused(action, values):
    model = Playground()
    before = model.P_train.copy()
    with pytest.raises(ValueError, match=r"."):
        getattr(model, action)(**values)
    assert np.array_equal(model.P_train, before)
