"""The forward tracer without a browser: state in, arrays out."""

import inspect
import json
import textwrap

import numpy as np
import pytest

from nnlib.activations import relu, sigmoid, softmax, tanh
from nnlib.layers import (
    Activation,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Residual,
)
from nnlib.network import Network
from nnlib.recurrent import RNN
from nnlib.shapes import ShapeError
from nnlib.widgets.forward_tracer.guessing import parse_shape
from nnlib.widgets.forward_tracer.model import (
    DIGITS,
    MOST_LINES,
    MOST_UNITS,
    ForwardTracer,
    read_digits,
)
from nnlib.widgets.forward_tracer.view import forward_tracer


@pytest.fixture(scope="module")
def trained():
    return read_digits()


@pytest.fixture
def tracer():
    return ForwardTracer()


def small(*layers, n=3, n_in=2, **others):
    rng = np.random.default_rng(1)
    layers = layers or (
        Dense(2, 4, rng),
        Activation(tanh),
        Dense(4, 3, rng),
    )
    X = rng.normal(size=(n, n_in))
    return ForwardTracer(Network(layers), X, **others)


def run_code(model, **names):
    exec(model.code(), names)
    return names


# --- the pass ---------------------------------------------------------------


def test_every_array_of_the_pass_is_there_by_name(tracer, trained):
    network, X, _ = trained
    assert {name: a.shape for name, a in tracer.arrays.items()} == {
        "X": (5, 64),
        "W0": (64, 16),
        "b0": (16,),
        "Z0": (5, 16),
        "A0": (5, 16),
        "W1": (16, 10),
        "b1": (10,),
        "Z1": (5, 10),
        "P": (5, 10),
    }
    Z = network.forward(X)
    assert np.array_equal(tracer.arrays["Z1"], Z)
    assert np.array_equal(tracer.arrays["P"], softmax(Z))
    assert np.array_equal(
        tracer.arrays["A0"], np.maximum(tracer.arrays["Z0"], 0)
    )


def test_names_follow_the_layers():
    rng = np.random.default_rng(0)
    model = small(
        Dense(2, 4, rng),
        LayerNorm(4),
        Activation(relu),
        Network([Dropout(0.5, rng), Dense(4, 4, rng), Activation(relu)]),
        Residual(Dense(4, 4, rng)),
        Activation(sigmoid),
        Activation(relu),
    )
    names = [stage.gives for stage in model.stages]
    assert names == ["Z0", "N0", "A0", "D0", "Z1", "A1", "H1", "A1_2", "A1_3"]
    places = [stage.place for stage in model.stages]
    assert places == ["0", "1", "2", "3.0", "3.1", "3.2", "4", "5", "6"]
    assert [len(stages) for stages in model.columns] == [0, 4, 2, 3]
    # Dropout is at rest: what is shown is a prediction.
    assert np.array_equal(model.arrays["D0"], model.arrays["A0"])
    final = model.network.predict(model.X)
    assert np.array_equal(model.arrays["A1_3"], final)
    json.dumps(model.frame()[0])


def test_probabilities_only_where_there_are_classes_and_scores():
    rng = np.random.default_rng(0)
    assert "P" not in small().arrays
    assert "P" in small(y=[0, 1, 2]).arrays
    assert "P" in small(names="abc").arrays
    ends = small(Dense(2, 2, rng), Activation(softmax), names="ab")
    assert [stage.gives for stage in ends.stages] == ["Z0", "P"]
    one = small(Dense(2, 1, rng), Activation(sigmoid), y=[0, 1, 0])
    assert [stage.gives for stage in one.stages] == ["Z0", "A0"]
    assert one.sentence().startswith("X[0] comes out as A0[0] = (")


def test_the_network_that_came_is_left_alone(trained):
    network, X, _ = trained
    before = network.theta.copy()
    model = ForwardTracer(network, X)
    network.theta += 1
    try:
        model.put(np.zeros(64))
        Z = model.arrays["Z1"]
    finally:
        network.theta = before
    assert np.array_equal(Z, network.forward(model.X))
    assert network.training


# --- what a reader does -----------------------------------------------------


def test_painting_changes_one_row_and_what_follows(tracer):
    before = {name: a.copy() for name, a in tracer.arrays.items()}
    tracer.show_row(2)
    tracer.put([0.5] * 64)
    for name in ("X", "Z0", "Z1", "P"):
        same = (tracer.arrays[name] == before[name]).all(axis=1)
        assert same.tolist() == [True, True, False, True, True], name
    assert "as you changed it" in tracer.sentence()
    tracer.reset()
    assert np.array_equal(tracer.arrays["P"], before["P"])
    assert tracer.row == 0


def test_the_sentence_names_shapes_and_reading(tracer):
    best = tracer.arrays["P"].argmax(axis=1)
    for row in range(5):
        tracer.show_row(row)
        right = "rightly" if best[row] == tracer.y[row] else "wrongly"
        assert tracer.sentence().startswith(
            f"X[{row}], of class {tracer.y[row]}, is read as {best[row]} "
        )
        assert right in tracer.sentence()
    assert tracer.sentence().endswith(
        "All 5 rows go through at once, without a loop: X (5, 64) becomes "
        "P (5, 10)."
    )


def test_one_layer_at_a_time(tracer):
    sentences = []
    for step in range(5):
        tracer.show_steps(step)
        sentences.append(tracer.sentence())
    below = np.count_nonzero(tracer.arrays["Z0"] < 0)
    assert sentences[0].startswith("X (5, 64): 5 rows, one for each sample.")
    assert sentences[1] == (
        "Layer 0: X (5, 64) @ W0 (64, 16) + b0 (16,) gives Z0 (5, 16)."
    )
    assert sentences[2] == (
        f"Layer 1: relu(Z0) gives A0 (5, 16). {below} of 80 numbers were "
        "below 0 and are now 0."
    )
    assert sentences[3] == (
        "Layer 2: A0 (5, 16) @ W1 (16, 10) + b1 (10,) gives Z1 (5, 10)."
    )
    tracer.show_steps(1)
    tracer.show_row(2)
    assert tracer.sentence() == f"X[2] is marked. {sentences[1]}"
    assert sentences[4].startswith(
        "Outside the network: softmax(Z1) gives P (5, 10). Every row adds up "
        "to 1; the largest is P[0, "
    )


def test_a_column_shows_what_is_revealed(tracer):
    titles = []
    for step in range(5):
        tracer.show_steps(step)
        facts, arrays = tracer.frame()
        titles.append([column["title"] for column in facts["columns"]])
        name = titles[-1][1]
        assert np.array_equal(arrays["column1"], tracer.arrays[name][0])
    assert [title[1] for title in titles] == ["Z0", "Z0", "A0", "A0", "A0"]


def test_the_sum_of_a_neuron_is_written_out():
    W, b = np.array([[2.0], [-1.0], [0.5]]), np.array([-10.0])
    dense = Dense(3, 1, np.random.default_rng(0))
    dense.params["W"][:], dense.params["b"][:] = W, b
    model = ForwardTracer(Network([dense, Activation(relu)]), [[1, 4, -3]])
    model.choose(1, 0)
    assert model.frame()[0]["sum"] == [
        "Z0[0, 0] = X[0] @ W0[:, 0] + b0[0]",
        "= 4 \u00d7 (\u22121) + 1 \u00d7 2 + \u22123 \u00d7 0.5 + (\u221210)"
        " = \u221213.5.",
        "A0[0, 0] = relu(\u221213.5) = 0.",
    ]
    assert model.sentence() == (
        "Z0[0, 0] = \u221213.5 adds up 3 products and a bias. The largest "
        "product, \u22124, comes from X[0, 1]. "
        "A0[0, 0] = relu(\u221213.5) = 0."
    )
    model.choose(0, 2)
    assert model.sentence() == "X[0, 2] = \u22123 is an input."
    model.show_steps(0)
    model.choose(1, 0)
    assert model.sentence().startswith("This neuron is not reached yet")


def test_the_parts_of_a_sum_add_up(tracer):
    tracer.show_row(3)
    for column, name in ((1, "0"), (2, "1")):
        for unit in (0, 9):
            tracer.choose(column, unit)
            arrays = tracer.frame()[1]
            z = arrays["terms"].sum() + tracer.arrays[f"b{name}"][unit]
            assert z == pytest.approx(
                tracer.arrays[f"Z{name}"][3, unit], abs=1e-4
            )
            assert np.allclose(
                arrays["terms"], arrays["inputs"] * arrays["weights"]
            )
    tracer.show_steps(1)
    assert tracer.frame()[0]["sum"] is None
    assert "terms" not in tracer.frame()[1]
    tracer.choose(None, None)
    assert tracer.frame()[0]["unit"] is None


def test_the_strongest_weights_become_lines(tracer):
    tracer.choose(None, None)
    W = tracer.arrays["W1"]
    lines = tracer.frame()[1]["lines2"]
    assert len(lines) == MOST_LINES
    i, j = lines[:, 0].astype(int), lines[:, 1].astype(int)
    assert np.array_equal(W[i, j], lines[:, 2].astype(W.dtype))
    rest = np.abs(W).copy()
    rest[i, j] = 0
    assert rest.max() <= np.abs(lines[:, 2]).min()
    tracer.choose(2, 7)
    mine = tracer.frame()[1]["lines2"]
    assert np.count_nonzero(mine[:, 1] == 7) == 16


def test_a_wide_layer_is_drawn_in_part():
    rng = np.random.default_rng(0)
    model = small(Dense(2, 40, rng), Activation(relu), Dense(40, 3, rng))
    model.choose(1, 30)
    facts, arrays = model.frame()
    column = facts["columns"][1]
    assert (column["start"], column["size"]) == (22, 40)
    assert np.array_equal(
        arrays["column1"], model.arrays["A0"][0, 22 : 22 + MOST_UNITS]
    )
    inside = arrays["lines2"][:, 0]
    assert inside.min() >= 22
    assert inside.max() < 38
    model.choose(1, 39)
    assert model.frame()[0]["columns"][1]["start"] == 24


def test_a_frame_can_be_sent_even_when_numbers_overflow(tracer):
    tracer.put([3e38] * 64)
    facts, arrays = tracer.frame()
    json.dumps(facts, allow_nan=False)
    assert not np.isfinite(arrays["Z0"]).all()
    tracer.choose(1, 2)
    json.dumps(tracer.frame()[0], allow_nan=False)


def test_large_arrays_are_thinned_out():
    rng = np.random.default_rng(0)
    model = small(Dense(784, 200, rng), n=20, n_in=784)
    facts, arrays = model.frame()
    assert facts["input"]["kind"] == "picture"
    assert facts["sizes"]["W0"] == (784, 200)
    assert arrays["W0"].shape == (112, 100)
    assert np.array_equal(arrays["W0"][1], model.arrays["W0"][7, ::2])
    assert arrays["x"].shape == (784,)


def test_few_inputs_get_sliders_and_many_a_column():
    assert small().frame()[0]["input"]["kind"] == "sliders"
    rng = np.random.default_rng(0)
    many = small(Dense(20, 2, rng), n_in=20)
    assert many.frame()[0]["input"]["kind"] == "units"
    assert many.frame()[1]["column0"].shape == (16,)


# --- guess the shape --------------------------------------------------------


def test_shapes_are_hidden_until_they_are_found():
    model = ForwardTracer(guess_shapes=True)
    facts, _ = model.frame()
    assert set(facts["game"]["shapes"].values()) == {None}
    assert "5 samples of 8 x 8 pixels each" in facts["sentence"]
    for step in range(5):
        model.show_steps(step)
        assert "(5," not in model.sentence()
        assert "(16" not in model.sentence()
    for name, array in model.arrays.items():
        model.guess(name, str(array.shape))
        assert f"Right: {name} has shape {array.shape}." in model.sentence()
    facts, _ = model.frame()
    assert facts["game"]["found"] == facts["game"]["tries"] == 9
    assert facts["game"]["next"] is None
    assert "No shape is hidden any more" in model.sentence()
    model.guess("X", "5, 64")
    assert model.sentence().startswith("X is no longer hidden")
    assert model.tries == 9


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("W1", "10, 16", "in the other order: W1 is (n_in, n_out): rows of "
         "W1 meet columns of A0, so 16 comes first."),
        ("W1", "5, 10", "rows of W1 meet columns of A0, so 16 comes first."),
        ("W1", "16, 16", "Dense(16, 10) has 10 units, so 10 comes second."),
        ("Z0", "16, 5", "rows are samples, and 5 of them go through together"
         ", so 5 comes first."),
        ("Z0", "5, 64", "a column of W0, fills one column, so 16 comes"),
        ("A0", "5, 10", "relu keeps the shape of Z0, so 16 comes second."),
        ("b0", "1, 16", "b0 has one axis, (n_out,): Dense(64, 16) has 16 "
         "units, one number for each, added to every row."),
        ("b0", "64", "one number for each, so it is (16,)."),
        ("X", "64", "X has two axes, (n, n_in). First, rows are samples"),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_answered_with_a_reason(name, text, said):
    model = ForwardTracer(guess_shapes=True)
    model.guess(name, text)
    assert model.sentence().startswith("Not (")
    assert said in model.sentence()
    assert "0 of 9 found, 1 try." in model.sentence()
    assert model.frame()[0]["game"]["shapes"][name] is None


def test_giving_up_shows_one_shape():
    model = ForwardTracer(guess_shapes=True)
    model.give_up("b1")
    assert model.sentence().startswith("b1 is (n_out,), here (10,): ")
    assert "1 given up" in model.sentence()
    assert model.frame()[0]["game"]["shapes"]["b1"] == "(10,)"
    model.set("guess_shapes", False)
    assert "(?, ?)" not in model.sentence()
    model.set("guess_shapes", True)
    assert model.frame()[0]["game"]["given_up"] == 0


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("5,16", (5, 16)),
        ("(5, 16)", (5, 16)),
        ("(5,16,)", (5, 16)),
        ("[5 16]", (5, 16)),
        ("5 x 16", (5, 16)),
        ("5\u00d716", (5, 16)),
        ("n, 16", (7, 16)),
        ("16", (16,)),
        ("(16,)", (16,)),
        ("2;3;4", (2, 3, 4)),
    ],
)
def test_shapes_are_read_as_people_write_them(text, shape):
    assert parse_shape(text, 7) == shape


@pytest.mark.parametrize(
    "text", ["", "()", "five", "-1, 2", "1.5", "?", "9" * 40]
)
def test_what_is_no_shape_is_said_kindly(text):
    model = ForwardTracer(guess_shapes=True)
    with pytest.raises(ValueError, match="Needed: whole numbers with commas"):
        model.guess("W0", text)
    assert model.tries == 0


# --- code -------------------------------------------------------------------


def test_the_code_of_the_default_makes_the_same_arrays(tracer, capsys):
    tracer.put([1.0, *tracer.X[0, 1:]])
    tracer.show_row(4)
    tracer.put(np.linspace(0, 1, 64))
    made = run_code(tracer)
    for name in ("Z0", "A0", "Z1", "P"):
        assert np.array_equal(made[name], tracer.arrays[name]), name
    assert "X[0, 0] = 1.0\n" in tracer.code()
    assert capsys.readouterr().out.startswith(
        "(5, 64) (5, 16) (5, 16) (5, 10)"
    )


def test_the_digits_are_read_by_the_lines_that_are_shown():
    body = textwrap.dedent(inspect.getsource(read_digits).split('"""')[2])
    lines = DIGITS.split("\n\n")[2]
    squeezed = "".join(lines.split()).replace("[", "").replace("]", "")
    for line in body.split("fit(")[0].split("\n\n"):
        part = "".join(line.split()).replace("[", "").replace("]", "")
        assert part.rstrip(",)") in squeezed
    assert "fit(network,cross_entropy,Adam(0.01),X,y,10,32,rng)" in squeezed


def test_the_code_of_a_small_network_stands_alone(capsys):
    for model in (small(), small(y=[0, 1, 2])):
        made = run_code(model)
        for stage in model.stages:
            assert np.allclose(
                made[stage.gives], model.arrays[stage.gives], atol=1e-6
            )
        assert all(len(line) <= 79 for line in model.code().splitlines())
    printed = capsys.readouterr().out
    assert printed.startswith("(3, 2) (3, 4) (3, 4) (3, 3)\n")


def test_the_code_of_a_large_network_asks_for_it(trained):
    network, X, y = trained
    model = ForwardTracer(network, np.vstack([X, X]), np.append(y, y))
    model.show_row(1)
    model.choose(2, 4)
    made = run_code(model, network=model.network)
    assert made["P"].shape == (1, 10)
    assert np.allclose(made["P"][0], model.arrays["P"][1], atol=1e-6)
    assert "Z1[0, 4]" in model.code()


# --- what does not fit ------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("put", {"values": [0.0] * 63}),
        ("put", {"values": [float("nan")] * 64}),
        ("put", {"values": [1e300] * 64}),
        ("put", {"values": "ink"}),
        ("put", {"values": None}),
        ("show_row", {"row": 5}),
        ("show_row", {"row": True}),
        ("show_row", {"row": 1.5}),
        ("show_steps", {"step": -1}),
        ("choose", {"column": 3, "unit": 0}),
        ("choose", {"column": 1, "unit": 16}),
        ("choose", {"column": 1, "unit": None}),
        ("guess", {"name": "Q", "text": "1"}),
        ("give_up", {"name": ["X"]}),
        ("set", {"name": "guess_shapes", "value": "yes"}),
    ],
)
def test_bad_requests_change_nothing(tracer, action, values):
    before = tracer.frame()
    with pytest.raises(ValueError, match="Needed: "):
        getattr(tracer, action)(**values)
    after = tracer.frame()
    assert after[0] == before[0]
    for name, array in before[1].items():
        assert np.array_equal(array, after[1][name]), name


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda net, X: ForwardTracer("net", X), "Needed: a Network"),
        (lambda net, X: ForwardTracer(None, X), "Needed: a Network"),
        (lambda net, X: ForwardTracer(net), "X is None"),
        (lambda net, X: ForwardTracer(net, X[:, :60]), "n_in = 64"),
        (lambda net, X: ForwardTracer(net, np.tile(X, (7, 1))), "at most 32"),
        (lambda net, X: ForwardTracer(net, X, [1, 2]), "y has shape"),
        (lambda net, X: ForwardTracer(net, X, [10] * 5), "from 0 to 9"),
        (lambda net, X: ForwardTracer(net, X, names="ab"), "names has 2"),
        (lambda net, X: ForwardTracer(guess_shapes=1), "True or False"),
    ],
)
def test_bad_arguments_are_refused(trained, make, said):
    network, X, _ = trained
    with pytest.raises(ValueError, match="Needed") as error:
        make(network, X)
    assert said in str(error.value)


def test_sequences_are_refused():
    rng = np.random.default_rng(0)
    for layer in (Embedding(4, 2, rng), RNN(2, 3, rng, last=True)):
        with pytest.raises(ValueError, match="takes sequences"):
            ForwardTracer(Network([layer]), np.ones((2, 2)))


# --- the view ---------------------------------------------------------------


def test_a_lesson_calls_it(trained):
    network, X, y = trained
    assert forward_tracer().model.is_default
    widget = forward_tracer(network, X, y, guess_shapes=True)
    assert widget.model.guess_shapes
    assert forward_tracer(network, X[:1], names="abcdefghij").model.y is None
    with pytest.raises(ShapeError):
        forward_tracer(network, X.T)


@pytest.mark.parametrize("guess", [False, True])
def test_the_still_says_what_it_shows(guess):
    widget = forward_tracer(guess_shapes=guess)
    picture = widget._still()
    assert picture.alt.startswith(
        "A still of the widget that runs in JupyterLab. "
    )
    assert picture.alt.endswith(".")
    assert picture.png.startswith(b"\x89PNG")


def test_a_still_of_any_network(trained):
    rng = np.random.default_rng(0)
    network = Network([Dense(3, 30, rng), Activation(relu), Dense(30, 1, rng)])
    assert forward_tracer(network, np.ones((4, 3)))._still().png
