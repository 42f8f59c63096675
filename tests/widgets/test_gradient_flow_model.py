"""The gradient flow widget without a browser: state in, arrays out."""

import inspect
import json

import numpy as np
import pytest

from nnlib.widgets.gradient_flow.model import (
    CEILING,
    FLAT,
    FLOOR,
    GradientFlow,
    compared,
    decades,
    fit,
    limits,
    short,
)
from nnlib.widgets.gradient_flow.view import gradient_flow

KINDS = [
    {},
    {"activation": "relu", "initial": "he", "scale": 2.0},
    {"activation": "tanh", "residual": True},
    {"activation": "gelu", "normalise": True, "scale": 0.5},
    {
        "activation": "leaky_relu",
        "residual": True,
        "normalise": True,
        "depth": 7,
        "width": 5,
        "seed": 3,
    },
    {"activation": "identity", "depth": 1},
]


def each_kind(test):
    return pytest.mark.parametrize("kind", KINDS, ids=str)(test)


def done(code):
    names = {}
    exec(code, names)
    return names


@each_kind
def test_the_code_prints_the_norms_on_screen(kind, capsys):
    model = GradientFlow(**kind)
    names = done(model.code())
    passes = model.passes
    assert np.allclose(names["activations"], passes.forward, rtol=1e-12)
    assert np.allclose(names["gradients"], passes.activations, rtol=1e-12)
    assert np.allclose(names["parameters"], passes.parameters, rtol=1e-12)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == model.depth
    last = [float(norm) for norm in printed[-1].split()]
    assert last == pytest.approx(
        [passes.forward[-1], passes.activations[-1], passes.parameters[-1]],
        rel=0.06,
    )


@each_kind
def test_what_arrives_at_a_layer_is_what_a_nudge_of_its_output_does(kind):
    model = GradientFlow(**kind)
    names = done(model.code())
    network, X, y = names["network"], names["X"], names["y"]
    rng = np.random.default_rng(1)
    at = model.depth // 2
    A = X
    for layer in network.layers[:at]:
        A = layer.forward(A)

    def loss(A):
        for layer in network.layers[at:]:
            A = layer.forward(A)
        return names["cross_entropy"](A, y)[0]

    direction = rng.standard_normal(A.shape)
    h = 1e-6
    nudged = (loss(A + h * direction) - loss(A - h * direction)) / (2 * h)
    dA = (
        model.passes.arriving[at - 1]
        if at
        else model.layers[0].backward(model.passes.arriving[0])
    )
    assert nudged == pytest.approx(np.sum(dA * direction), abs=1e-9, rel=1e-4)


def test_a_sigmoid_network_loses_its_gradient_and_not_its_activations():
    facts, arrays = GradientFlow().frame()
    assert facts["sentence"].startswith(
        "Layer 1 of 30: gradient norm 7e-20, 5.2 times smaller than layer "
        "2's; its typical slope is 0.21, and 0 % are below 0.01."
    )
    assert arrays["backward"][0] < -19
    assert np.ptp(arrays["forward"]) < 0.1
    assert facts["backward"]["factor"] == "0.229"


def test_the_power_in_the_sentence_is_that_of_the_factor_in_it():
    sentence = GradientFlow().frame()[0]["sentence"]
    assert "0.229, and 0.229^29 = 2.7e-19." in sentence
    assert short(0.229**29) == "2.7e-19"


def test_residual_and_normalise_each_keep_the_gradient_alive():
    for cure in ("residual", "normalise"):
        flow = GradientFlow(**{cure: True}).passes.activations
        assert flow.max() < 10 * flow.min()


def test_relu_with_large_weights_explodes_both_ways_and_levels_parameters():
    model = GradientFlow(activation="relu", initial="he", scale=4.0)
    passes = model.passes
    assert passes.forward[-1] > 1e17
    assert passes.activations[0] > 1e16
    assert passes.parameters.max() < 20 * passes.parameters.min()
    assert passes.parameters.min() > 1e17


def test_only_the_setting_changes():
    model = GradientFlow(depth=4)
    W = [model._parts(layer)[-2].params["W"].copy() for layer in model.layers]
    X, y, V = model.X, model.y, model.output.params["W"]
    model.set("depth", 9)
    model.set("activation", "relu")
    model.set("normalise", True)
    model.set("initial", "he")
    model.set("scale", 3.0)
    assert np.array_equal(model.X, X)
    assert np.array_equal(model.y, y)
    assert np.array_equal(model.output.params["W"], V)
    for before, layer in zip(W, model.layers, strict=False):
        after = model._parts(layer)[-2].params["W"]
        assert np.allclose(after, 3 * np.sqrt(2) * before)


def test_settings_by_slider_are_settings_from_the_start():
    model = GradientFlow(depth=40)
    model.set("scale", 0.3)
    model.set("depth", 12)
    model.set("scale", 2.5)
    model.set("depth", 20)
    fresh = GradientFlow(depth=20, scale=2.5)
    assert np.array_equal(model.passes.activations, fresh.passes.activations)
    assert np.array_equal(model.passes.parameters, fresh.passes.parameters)


@each_kind
def test_a_layers_factors_multiply_to_what_goes_on(kind):
    model = GradientFlow(**kind)
    for layer in range(1, model.depth + 1):
        model.select(layer)
        chain = model.chain()
        assert chain["arrives"] == model.passes.activations[layer - 1]
        assert chain["leaves"] == pytest.approx(
            chain["arrives"] * chain["layer"]
        )
        if layer > 1:
            before = model.passes.activations[layer - 2]
            assert chain["leaves"] == pytest.approx(before)
        assert ("normalisation" in chain) == model.normalise
        if not model.residual:
            parts = chain["slopes"] * chain["weights"]
            parts *= chain.get("normalisation", 1)
            assert parts == pytest.approx(chain["layer"])


def test_looking_at_a_layer_changes_nothing():
    model = GradientFlow(residual=True, normalise=True, depth=6)
    before = [part.copy() for part in model.passes.arriving]
    first = model.frame()[1]
    for layer in (1, 6, 3):
        model.select(layer)
        model.frame()
    model.select(1)
    for name, array in model.frame()[1].items():
        assert np.array_equal(array, first[name])
    for one, other in zip(before, model.passes.arriving, strict=True):
        assert np.array_equal(one, other)


def test_the_histogram_holds_every_slope():
    for activation in ("sigmoid", "tanh", "relu", "leaky_relu", "gelu"):
        model = GradientFlow(activation=activation, scale=3.0)
        facts, arrays = model.frame()
        assert arrays["histogram"].sum() == pytest.approx(1)
        slopes = model.slopes()
        share = np.mean(np.abs(slopes) < FLAT)
        assert f"and {100 * share:.0f} % are below" in facts["sentence"]
        assert facts["typical"] == pytest.approx(np.sqrt(np.mean(slopes**2)))
    model = GradientFlow(activation="relu", initial="he")
    centres = model.frame()[1]["edges"][:-1] + 0.0125
    full = centres[model.frame()[1]["histogram"] > 0]
    assert np.allclose(full, [0, 1])


def test_pinned_bars_stay_while_settings_change():
    model = GradientFlow()
    sigmoid = decades(model.passes.activations)
    facts, arrays = model.frame()
    assert facts["pinned"] is None
    assert arrays["pinned_backward"].shape == (0,)
    model.pin()
    model.set("activation", "relu")
    model.set("depth", 12)
    facts, arrays = model.frame()
    assert facts["pinned"] == "sigmoid, Xavier x 1, 30 layers"
    assert np.array_equal(arrays["pinned_backward"], sigmoid)
    assert arrays["backward"].shape == (12,)
    assert facts["limits"][0] == -20
    assert facts["sentence"].endswith(
        "Pinned: sigmoid, Xavier x 1, 30 layers; there, layer 1 has 7e-20."
    )
    model.set("gradient_of", "parameters")
    assert model.frame()[1]["pinned_backward"][0] != sigmoid[0]
    model.pin()
    assert model.frame()[0]["pinned"] is None


def test_gradient_of_parameters_is_said():
    model = GradientFlow(gradient_of="parameters")
    facts, arrays = model.frame()
    assert np.array_equal(arrays["backward"], decades(model.passes.parameters))
    assert "gradient norm of its parameters 8.5e-20" in facts["sentence"]
    assert "Layer by layer towards the input" in facts["sentence"]


def test_new_random_numbers_and_back():
    model = GradientFlow(seed=5)
    before = model.passes.activations
    model.draw()
    assert not np.array_equal(model.passes.activations, before)
    assert "default_rng(6)" in model.code()
    model.pin()
    model.select(7)
    model.set("depth", 50)
    model.reset()
    assert np.array_equal(model.passes.activations, before)
    assert (model.selected, model.pinned, model.seed) == (1, None, 5)


def test_the_chosen_layer_stays_inside():
    model = GradientFlow()
    model.select(30)
    assert "Layer 30 of 30" in model.sentence()
    assert "where the way back begins" in model.sentence()
    model.set("depth", 10)
    assert model.selected == 10
    model.set("depth", 20)
    assert model.selected == 10


def test_far_beyond_the_axis_is_said_in_words():
    low = GradientFlow(activation="identity", depth=60, scale=0.05)
    facts, _ = low.frame()
    assert "gradient norm under 1e-45" in facts["sentence"]
    assert facts["limits"] == [FLOOR, 5]
    high = GradientFlow(
        activation="identity", initial="he", depth=60, scale=4.0
    )
    facts, arrays = high.frame()
    assert "gradient norm over 1e40" in facts["sentence"]
    assert facts["limits"] == [-5, CEILING]
    assert arrays["backward"][0] > CEILING
    json.dumps(facts, allow_nan=False)


def test_what_has_died_is_exactly_0():
    """Two units to a layer: some layer has none that is above 0."""
    model = GradientFlow(width=2, activation="relu", depth=60)
    facts, arrays = model.frame()
    gone = np.isneginf(arrays["backward"])
    assert gone[0]
    assert facts["backward"] == {"line": None, "factor": None}
    assert "gradient norm 0, the same as layer 2's" in facts["sentence"]
    assert f"In {gone.sum()} of 60 layers it is exactly 0" in facts["sentence"]
    json.dumps(facts, allow_nan=False)
    model.select(int(gone.sum()))
    assert f"0, nothing left of layer {gone.sum() + 1}'s" in model.sentence()


def test_one_layer_has_no_line():
    facts, _ = GradientFlow(depth=1).frame()
    assert facts["forward"] == {"line": None, "factor": None}
    assert "On the way back" not in facts["sentence"]
    assert "Its activations have length 3.1." in facts["sentence"]


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu", "tanh"])
@pytest.mark.parametrize("scale", [0.05, 4.0])
@pytest.mark.parametrize("cured", [False, True])
def test_nothing_overflows_at_the_ends(activation, scale, cured):
    model = GradientFlow(
        activation=activation,
        initial="he",
        scale=scale,
        depth=60,
        residual=cured,
        normalise=cured,
    )
    facts, _ = model.frame()
    passes = model.passes
    for norms in (passes.forward, passes.activations, passes.parameters):
        assert np.isfinite(norms).all()
        assert (norms > 0).all()
    json.dumps(facts, allow_nan=False)


def test_limits_move_in_steps_of_five_decades():
    assert limits(np.array([0.3, -0.7])) == [-5, 5]
    assert limits(np.array([-5.1])) == [-10, 5]
    assert limits(np.array([-14.9]), np.array([12.0])) == [-15, 15]
    assert limits(np.array([-300.0, 300.0])) == [FLOOR, CEILING]
    assert limits(np.array([-np.inf, np.nan])) == [-5, 5]


def test_the_line_is_that_of_least_squares():
    norms = np.random.default_rng(0).standard_normal(9)
    slope, start = np.polyfit(np.arange(9), norms, 1)
    assert fit(norms) == pytest.approx([start, start + 8 * slope])
    assert fit(np.array([1.0])) is None
    assert fit(np.array([1.0, -np.inf])) is None


def test_comparisons_in_words():
    assert compared(0.0, 1.0) == "nothing left of"
    assert compared(0.0, 0.0) == "the same as"
    assert compared(1.0, 0.0) == "more than"


@pytest.mark.parametrize("layer", [0, 31, 1.0, True, "1", None])
def test_only_layers_that_exist_can_be_chosen(layer):
    model = GradientFlow()
    with pytest.raises(
        ValueError, match=r"Needed: a whole number from 1 to 3"
    ):
        model.select(layer)
    assert model.selected == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("depth", 0),
        ("depth", 61),
        ("depth", 2.5),
        ("scale", 4.1),
        ("scale", "1"),
        ("activation", "step"),
        ("initial", "zeros"),
        ("residual", 1),
        ("gradient_of", "W"),
    ],
)
def test_bad_settings_change_nothing(name, value):
    model = GradientFlow()
    before = model.frame()[0]
    with pytest.raises(ValueError, match=rf"^{name} is .*\n  Needed: "):
        model.set(name, value)
    assert model.frame()[0] == before
    with pytest.raises(ValueError, match=rf"^{name} is .*\n  Needed: "):
        gradient_flow(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("width", 0, "gradient_flow: width is 0"),
        ("width", 1, "gradient_flow: width is 1.\n  Needed: a whole number f"),
        ("width", 200, "gradient_flow: width is 200.\n  Needed: a whole"),
        ("seed", -1, "gradient_flow: seed is -1.\n  Needed: a whole number"),
        ("seed", 0.5, "gradient_flow: seed is 0.5.\n  Needed: a whole number"),
    ],
)
def test_bad_arguments_are_explained(name, value, message):
    with pytest.raises(ValueError, match=message) as error:
        gradient_flow(**{name: value})
    assert "\n  Hint: " in str(error.value)


def test_the_call_of_a_lesson():
    names = list(inspect.signature(gradient_flow).parameters)
    assert names[:6] == [
        "depth",
        "activation",
        "initial",
        "scale",
        "residual",
        "normalise",
    ]
    widget = gradient_flow(20, "relu", "he", 1.5, residual=True)
    assert widget.model.depth == len(widget.model.layers) == 20
    assert set(widget.model.ACTIONS) >= {"set", "reset", "select", "pin"}


@pytest.mark.parametrize(
    "kind", [*KINDS[:4], {"depth": 60, "scale": 0.05}], ids=str
)
def test_without_a_kernel_a_still_stands_there(kind):
    widget = gradient_flow(**kind)
    data, metadata = widget._repr_mimebundle_()
    assert data["image/png"]
    alt = metadata["image/png"]["alt"]
    assert alt.startswith(
        "A still of the widget that runs in JupyterLab. Layer 1 of "
    )
    assert alt.endswith(".")
