"""network: one vector behind all layers, what fits, tables, and files."""

import copy
import pickle
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from nnlib.activations import relu, tanh
from nnlib.drawing import html_table, text_table
from nnlib.layers import (
    Activation,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Residual,
)
from nnlib.network import Network, Windows
from nnlib.recurrent import GRU, LSTM
from nnlib.shapes import ShapeError

DTYPES = [np.float32, np.float64]
each_dtype = pytest.mark.parametrize("dtype", DTYPES)


def nested(dtype=np.float32, seed=0, width=4):
    """A network with every way to hold layers inside layers."""
    rng = np.random.default_rng(seed)
    inner = Network([Dense(3, width, rng), Activation(tanh)])
    return Network(
        [
            inner,
            Dropout(0.5, rng),
            Residual(Network([Dense(width, width, rng)])),
            LayerNorm(width),
            Dense(width, 2, rng),
        ],
        dtype,
    )


def reader(seed=0):
    rng = np.random.default_rng(seed)
    return Network(
        [Embedding(1000, 3, rng), GRU(3, 4, rng, last=True), Dense(4, 2, rng)]
    )


def rows(n=5, seed=1):
    return np.random.default_rng(seed).standard_normal((n, 3))


def arrays(network, what="params"):
    return [getattr(owner, what)[key] for _, owner, key in network.named()]


def assert_windows(network):
    """All parameters tile theta in order, all gradients tile gradient."""
    for what, vector in (
        ("params", network.theta),
        ("grads", network.gradient),
    ):
        vector[:] = np.arange(vector.size)
        found = np.concatenate([a.ravel() for a in arrays(network, what)])
        assert np.array_equal(found, vector)
        for array in arrays(network, what):
            array += 1
        assert np.array_equal(vector, np.arange(vector.size) + 1)
    for layer in network.layers:
        if isinstance(layer, Network):
            assert_windows(layer)


def error(function, *args, **kwargs):
    """Return the error of a call that has to fail."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(*args, **kwargs)
    return caught.value


def message(came, needed, hint):
    return f"{came}.\n  Needed: {needed}.\n  Hint: {hint}"


# --- layers in a row --------------------------------------------------------


def test_a_network_is_its_layers_one_after_the_other():
    rng = np.random.default_rng(0)
    first, second = Dense(3, 4, rng), Dense(4, 2, rng)
    X, dA = rows(), np.ones((5, 2))
    hidden = first.forward(X)
    A = second.forward(np.tanh(hidden))
    dH = second.backward(dA) * (1 - np.tanh(hidden) ** 2)
    expected = [first.backward(dH), *first.grads.values()]
    expected += [*second.grads.values()]
    network = Network(
        copy.deepcopy([first, Activation(tanh), second]), dtype=float
    )
    np.testing.assert_allclose(network.forward(X), A, rtol=1e-12)
    found = [network.backward(dA), *arrays(network, "grads")]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_the_weights_drawn_are_the_weights_kept():
    dense = Dense(3, 2, np.random.default_rng(0))
    W = dense.params["W"].copy()
    assert np.array_equal(Network([dense], float).layers[0].params["W"], W)
    single = Network([Dense(3, 2, np.random.default_rng(0))])
    assert np.array_equal(single.layers[0].params["W"], W.astype(np.float32))


def test_a_tuple_holds_the_arguments_of_the_first_layer():
    rng = np.random.default_rng(0)
    layer = LSTM(2, 3, rng, last=True)
    network = Network([layer, Dense(3, 1, rng)], dtype=float)
    X = rng.standard_normal((2, 4, 2))
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1]], dtype=bool)
    state = rng.standard_normal((2, 2, 3))
    A = network.forward((X, mask, state))
    H = layer.forward(X, mask, state)
    np.testing.assert_allclose(A, network.layers[1].forward(H))
    assert not np.allclose(A, network.forward(X))
    assert np.array_equal(network.predict((X, mask, state)), A)


def test_a_tuple_finds_its_way_into_networks_of_networks():
    rng = np.random.default_rng(0)
    inner = Network([LSTM(2, 3, rng, last=True)])
    network = Network([inner, Dense(3, 1, rng)], dtype=float)
    X = rng.standard_normal((2, 4, 2))
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1]], dtype=bool)
    H = inner.layers[0].forward(X, mask)
    expected = network.layers[1].forward(H)
    np.testing.assert_allclose(network.forward((X, mask)), expected)


def test_input_gradient_is_asked_of_the_first_layer_alone():
    network = nested(float)
    A = network.forward(rows())
    dX = network.backward(np.ones_like(A))
    expected = network.gradient.copy()
    network.gradient[:] = np.nan
    assert dX.shape == (5, 3)
    assert network.backward(np.ones_like(A), input_gradient=False) is None
    assert np.array_equal(network.gradient, expected)


def test_a_network_of_one_layer_without_parameters():
    network = Network([Activation(relu)])
    assert network.theta.shape == network.gradient.shape == (0,)
    assert network.forward([[-1.0, 2.0]]).tolist() == [[0.0, 2.0]]
    assert network.backward([[3.0, 3.0]]).tolist() == [[0.0, 3.0]]


def test_widths_and_axes_of_a_network_are_those_of_its_ends():
    network = nested()
    assert (network.n_in, network.n_out, network.axes) == (3, 2, ("n",))
    assert network.output_shape(("n", 3)) == ("n", 2)
    assert reader().n_out == 2
    outer = Network([network])
    assert (outer.n_in, outer.n_out) == (3, 2)
    assert Network([Activation(relu)]).n_out is None


@pytest.mark.parametrize("first", ["Dropout", "Activation"])
def test_what_takes_any_width_may_come_first(first):
    """Dropout of the inputs is as old as dropout."""
    rng = np.random.default_rng(0)
    layer = Dropout(0.2, rng) if first == "Dropout" else Activation(tanh)
    network = Network([layer, Dense(3, 2, rng)])
    assert network.forward(rows()).shape == (5, 2)
    assert network.backward(np.ones((5, 2))).shape == (5, 3)


# --- windows ----------------------------------------------------------------


@each_dtype
def test_theta_and_gradient_are_one_vector_each(dtype):
    network = nested(dtype)
    assert network.theta.dtype == network.gradient.dtype == dtype
    size = 3 * 4 + 4 + 4 * 4 + 4 + 4 + 4 + 4 * 2 + 2
    assert network.theta.shape == network.gradient.shape == (size,)
    assert_windows(network)


def test_theta_has_the_order_of_the_names():
    names = [name for name, _, _ in nested().named()]
    assert names == [
        "0.0.W",
        "0.0.b",
        "2.0.0.W",
        "2.0.0.b",
        "3.gain",
        "3.shift",
        "4.W",
        "4.b",
    ]


def test_what_backward_writes_arrives_in_gradient():
    network = nested(float)
    network.backward(np.ones_like(network.forward(rows())))
    found = np.concatenate([g.ravel() for g in arrays(network, "grads")])
    assert np.array_equal(network.gradient, found)
    assert np.count_nonzero(found) > found.size / 2


def test_a_step_along_theta_changes_what_forward_returns():
    network = Network([Dense(3, 2, np.random.default_rng(0))], dtype=float)
    network.theta[:] = 0
    network.theta[-2:] = 5.0, 6.0
    assert network.forward(rows(1)).tolist() == [[5.0, 6.0]]


@pytest.mark.parametrize("what", ["params", "grads"])
def test_to_assign_to_a_window_is_to_copy(what):
    network = nested()
    vector = network.theta if what == "params" else network.gradient
    windows = getattr(network.layers[4], what)
    before = windows["W"]
    W = np.arange(8).reshape(4, 2)
    windows["W"] = W
    assert windows["W"] is before
    assert vector[-10:-2].tolist() == list(range(8))
    W[:] = -1  # the reader's own array is not kept
    assert vector[-10:-2].tolist() == list(range(8))
    windows["b"] += 3
    windows["b"] *= 2
    windows["b"][0] += 1
    assert windows["b"].tolist() == vector[-2:].tolist()


def test_to_assign_to_theta_is_to_copy_as_well():
    """theta = theta - 0.1 * gradient must not leave the layers behind."""
    network = nested()
    network.theta = np.full(network.theta.shape, 2.0)
    assert all(np.all(array == 2.0) for array in arrays(network))
    assert network.theta.dtype == np.float32


def test_a_wrong_shape_is_refused_and_nothing_changes():
    network = nested()
    before = network.theta.copy()
    params = network.layers[4].params
    with pytest.raises(ValueError, match=re.escape("(2,4)")):
        params["W"] = np.zeros((2, 4))
    with pytest.raises(KeyError, match="V"):
        params["V"] = np.zeros((4, 2))
    assert np.array_equal(network.theta, before)
    assert set(params) == {"W", "b"}


def test_a_network_inside_another_keeps_its_own_vectors():
    rng = np.random.default_rng(0)
    inner = Network([Dense(3, 2, rng)], dtype=float)
    before = inner.theta.copy()
    inner.gradient[:] = 7.0
    outer = Network([Dense(4, 3, rng), inner, Dense(2, 1, rng)], float)
    assert np.array_equal(inner.theta, before)
    assert inner.theta.base is outer.theta.base
    inner.theta += 1
    assert np.array_equal(outer.theta[15:23], before + 1)
    outer.theta[15:23] = -1
    assert np.all(inner.theta == -1)
    assert np.all(inner.layers[0].params["W"] == -1)
    inner.gradient[:] = 5
    assert np.all(outer.gradient[15:23] == 5)
    assert np.all(np.delete(outer.gradient, np.s_[15:23]) == 0)
    inner.forward(rows())
    inner.backward(np.ones((5, 2)))
    assert np.array_equal(outer.gradient[21:23], [5.0, 5.0])
    assert_windows(Network([outer]))


def test_a_network_inside_another_takes_over_its_dtype():
    inner = Network([Dense(3, 2, np.random.default_rng(0))], dtype=float)
    Network([inner])
    assert inner.theta.dtype == np.float32
    assert inner.forward(rows()).dtype == np.float32


# --- copies -----------------------------------------------------------------


def test_a_deep_copy_is_independent_and_has_windows_of_its_own():
    network = nested(float)
    twin = copy.deepcopy(network)
    theta = network.theta.copy()
    assert repr(twin) == repr(network)
    assert twin.theta.dtype == float
    assert np.array_equal(twin.theta, theta)
    assert np.array_equal(twin.predict(rows()), network.predict(rows()))
    assert_windows(twin)
    assert np.array_equal(network.theta, theta)
    network.theta[:] = 0
    assert np.all(twin.theta != 0)
    assert_windows(network)


def test_a_copied_layer_belongs_to_no_network():
    network = nested()
    layer = copy.deepcopy(network.layers[4])
    assert type(layer.params) is dict
    assert type(layer.grads) is dict
    layer.params["W"][:] = 0
    assert np.all(network.layers[4].params["W"] != 0)
    other = Network([layer], dtype=float)
    assert_windows(other)
    residual = copy.deepcopy(network.layers[2])
    assert np.array_equal(
        Network([residual]).theta, network.layers[2].layers[0].theta
    )


def test_a_copy_drops_what_the_original_drops():
    """Its generator is copied too, so both draw the same from here on."""
    network = nested()
    twin = copy.deepcopy(network)
    assert np.array_equal(twin.forward(rows()), network.forward(rows()))


# --- prediction -------------------------------------------------------------


def dropouts(network):
    return [network.layers[1], network.layers[5].layers[0].layers[1]]


def with_dropouts():
    rng = np.random.default_rng(0)
    network = nested(float)
    inner = Residual(Network([Dense(2, 2, rng), Dropout(0.5, rng)]))
    return Network([*copy.deepcopy(network.layers), inner], dtype=float)


def test_predict_switches_dropout_off_and_on_again():
    network = with_dropouts()
    assert not np.array_equal(network.forward(rows()), network.forward(rows()))
    assert np.array_equal(network.predict(rows()), network.predict(rows()))
    assert all(layer.training for layer in dropouts(network))
    assert network.training is True
    network.train(False)
    assert not any(layer.training for layer in dropouts(network))
    expected = network.forward(rows())
    network.train(True)
    assert np.array_equal(network.predict(rows()), expected)


def test_dropout_is_on_again_after_an_error():
    network = with_dropouts()
    assert type(error(network.predict, np.ones((2, 9)))) is ShapeError
    assert all(layer.training for layer in dropouts(network))


# --- what fits --------------------------------------------------------------


def test_layers_that_do_not_fit_are_named_with_both_shapes():
    rng = np.random.default_rng(0)
    layers = [Dense(3, 4, rng), Activation(relu), Dense(5, 2, rng)]
    said = error(Network, layers)
    assert type(said) is ShapeError
    assert str(said) == message(
        "Network: layer 2, Dense(5, 2), gets (n, 4) from layer 1, "
        "Activation(relu)",
        "(n, 5)",
        "n_in of a layer is n_out of the one before.",
    )
    # Refused, they are free for another attempt.
    assert Network(layers[:2]).n_out == 4


def test_sequences_and_networks_that_do_not_fit():
    rng = np.random.default_rng(0)
    said = str(error(Network, [Embedding(9, 3, rng), GRU(4, 2, rng)]))
    assert said == message(
        "Network: layer 1, GRU(4, 2), gets (n, n_steps, 3) from layer 0, "
        "Embedding(9, 3)",
        "(n, n_steps, 4)",
        "n_in of a layer is n_out of the one before.",
    )
    inner = Network([Dense(4, 2, rng)])
    said = str(error(Network, [Dense(2, 3, rng), inner]))
    assert said.startswith(
        "Network: layer 1, Network([Dense(4, 2)]), gets (n, 3) from layer 0, "
        "Dense(2, 3)."
    )


def test_a_layer_twice_is_refused():
    rng = np.random.default_rng(0)
    layer = Dense(3, 3, rng)
    lines = (
        "one layer at least, and each only once",
        "a layer remembers one forward pass; make a second one.",
    )
    said = error(Network, [layer, layer])
    assert type(said) is ValueError
    assert str(said) == message(
        "Network: layers is [Dense(3, 3), Dense(3, 3)]", *lines
    )
    assert str(error(Network, [])) == message("Network: layers is []", *lines)
    said = str(error(Network, [layer, Residual(layer)]))
    assert said.startswith("Network: layers is [Dense(3, 3), Residual(")


def test_a_layer_of_another_network_is_refused():
    network = nested()
    before = network.theta.copy()
    for layer, shown in (
        (network.layers[4], "Dense(4, 2)"),
        (network.layers[0].layers[0], "Dense(3, 4)"),
        (network.layers[0].layers[1], "Activation(tanh)"),
        (network.layers[0], "Network([Dense(3, 4), Activation(tanh)])"),
    ):
        said = error(Network, [layer])
        assert type(said) is ValueError
        assert str(said) == message(
            f"Network: {shown} belongs to another network",
            "layers of no network, or a whole network",
            "copy.deepcopy(layer) makes one with the same weights.",
        )
    assert np.array_equal(network.theta, before)
    assert_windows(network)


def test_a_whole_network_can_be_a_layer_at_any_depth():
    network = nested()
    theta = network.theta.copy()
    outer = Network([network])
    assert np.array_equal(outer.theta, theta)
    outermost = Network([outer])
    assert np.array_equal(outermost.theta, theta)
    assert_windows(outermost)


def test_what_is_no_layer_is_refused_with_a_hint():
    """Activation(relu) is what the reader meant."""
    rng = np.random.default_rng(0)
    said = str(error(Network, [Dense(3, 2, rng), relu]))
    assert said.startswith("Network: ")
    assert "relu" in said
    assert "  Hint: " in said


# --- tables -----------------------------------------------------------------


def test_the_summary_of_a_network_of_networks():
    rng = np.random.default_rng(0)
    network = Network(
        [
            Network([Dense(3, 400, rng), Activation(relu)]),
            Dropout(0.5, rng),
            Residual(Dense(400, 400, rng)),
            Dense(400, 2, rng),
        ]
    )
    assert network.summary().splitlines() == [
        "layer  what                                        output    "
        "parameters",
        "input                                              (n, 3)",
        "0      Network([Dense(3, 400), Activation(relu)])  (n, 400)  "
        "     1,600",
        "1      Dropout(0.5)                                (n, 400)  "
        "         0",
        "2      Residual(Dense(400, 400))                   (n, 400)  "
        "   160,400",
        "3      Dense(400, 2)                               (n, 2)    "
        "       802",
    ]


def test_the_summary_of_a_reader_of_sequences():
    lines = [line.split("  ") for line in reader().summary().splitlines()]
    words = [[w.strip() for w in line if w.strip()] for line in lines]
    assert words[0] == ["layer", "what", "output", "parameters"]
    # Tokens have no width: their shape is (n, n_steps), or (n, .) for any.
    assert words[1] in (["input", "(n, n_steps)"], ["input", "(n, .)"])
    assert words[2:] == [
        ["0", "Embedding(1000, 3)", "(n, n_steps, 3)", "3,000"],
        ["1", "GRU(3, 4)", "(n, 4)", "100"],
        ["2", "Dense(4, 2)", "(n, 2)", "10"],
    ]
    rng = np.random.default_rng(0)
    every_step = Network([LSTM(5, 4, rng), Dense(4, 2, rng)]).summary()
    assert "(n, n_steps, 5)" in every_step.splitlines()[1]
    assert "(n, n_steps, 2)" in every_step.splitlines()[-1]


def test_a_width_that_may_be_any_is_a_dot():
    summary = Network([Activation(relu), Activation(tanh)]).summary()
    assert [line.count("(n, .)") for line in summary.splitlines()[1:]] == [
        1,
        1,
        1,
    ]


class Cells(HTMLParser):
    """Read a table back, as a browser would."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows = set(), []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, text):
        self.rows[-1][-1] += text


@pytest.mark.parametrize("make", [nested, reader])
def test_the_table_in_a_notebook_says_what_the_summary_says(make):
    html = Cells(make()._repr_html_())
    assert html.tags == {"table", "tr", "th", "td"}
    assert text_table(html.rows) == make().summary()
    assert html.rows[0] == ["layer", "what", "output", "parameters"]


def test_hostile_names_are_text_and_nothing_else():
    def f(Z):
        return Z

    f.__name__ = "<script>alert('&amp;')</script><td>\"'"
    network = Network([Activation(f, lambda Z: np.ones_like(Z))])
    html = Cells(network._repr_html_())
    assert html.tags == {"table", "tr", "th", "td"}
    assert html.rows[2][1] == f"Activation({f.__name__})"
    assert f.__name__ in network.summary()


def test_tables_of_words():
    rows = [("a", "bbb", "c"), ("aa", "b", "1,000"), ("", "", "")]
    assert text_table(rows) == "a   bbb      c\naa  b    1,000\n"
    assert html_table([("a", "b"), ("<", "&")]) == (
        "<table><tr><th>a</th><th>b</th></tr>"
        "<tr><td>&lt;</td><td>&amp;</td></tr></table>"
    )


# --- files ------------------------------------------------------------------


@each_dtype
@pytest.mark.parametrize("as_text", [False, True], ids=["Path", "str"])
def test_what_is_saved_is_loaded_to_the_last_bit(tmp_path, dtype, as_text):
    path = tmp_path / "weights.npz"
    path = str(path) if as_text else path
    network, other = nested(dtype, seed=0), nested(dtype, seed=1)
    # Numbers that any detour through text or another precision would bend.
    network.theta[:5] = 1 / 3, -0.0, 1e-40, np.inf, np.nan
    network.save(path)
    theta = other.theta
    other.load(path)
    assert other.theta is theta
    assert theta.tobytes() == network.theta.tobytes()
    assert_windows(other)


def test_a_file_is_named_as_it_was_asked_for_and_is_alone(tmp_path):
    for name in ("weights.npz", "weights", "weights.of.june"):
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        nested().save(folder / name)
        assert [path.name for path in folder.iterdir()] == [name]
        nested(seed=1).load(folder / name)


def test_a_file_holds_numbers_under_the_names_of_the_parameters(tmp_path):
    network = nested()
    network.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert str(file["network"]) == repr(network)
        assert set(file) - {"network"} == {n for n, _, _ in network.named()}
        for name, owner, key in network.named():
            assert np.array_equal(file[name], owner.params[key])


def test_precision_may_change_between_save_and_load(tmp_path):
    network, double = nested(np.float32), nested(np.float64, seed=1)
    network.save(tmp_path / "a.npz")
    double.load(tmp_path / "a.npz")
    assert double.theta.dtype == np.float64
    assert np.array_equal(double.theta, network.theta)
    double.theta[0] = 1 / 3
    double.save(tmp_path / "a.npz")
    network.load(tmp_path / "a.npz")
    assert network.theta.dtype == np.float32
    assert network.theta[0] == np.float32(1 / 3)


def refused(network, path):
    """Load in vain, and return the message; nothing may have changed."""
    before = network.theta.tobytes()
    said = error(network.load, path)
    assert type(said) is ValueError
    assert network.theta.tobytes() == before
    return str(said)


def unreadable(path):
    """Match the message for a file that is none of ours, or not whole."""
    return re.compile(
        re.escape(f"Network.load: {path} cannot be read (")
        + r".+\)\.\n"
        + re.escape(
            "  Needed: a file that Network.save wrote, whole.\n"
            "  Hint: copy it again, or train and save again."
        ),
        re.DOTALL,
    )


def test_files_that_are_not_whole_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    network = nested()
    nested(seed=1).save(path)
    whole = path.read_bytes()
    for size in [*range(0, len(whole), 41), len(whole) - 1]:
        path.write_bytes(whole[:size])
        said = refused(network, path)
        assert unreadable(path).fullmatch(said), said


def test_one_wrong_byte_is_noticed_or_does_no_harm(tmp_path):
    """Some bytes of a zip file hold dates; the checksums guard the rest."""
    path = tmp_path / "a.npz"
    network, saved = nested(), nested(seed=1)
    saved.save(path)
    whole, start = path.read_bytes(), network.theta.copy()
    noticed = 0
    for i in range(0, len(whole), 7):
        changed = bytes([whole[i] ^ 0x55])
        path.write_bytes(whole[:i] + changed + whole[i + 1 :])
        network.theta[:] = start
        try:
            network.load(path)
            expected = saved.theta
        except ValueError:
            expected = start
            noticed += 1
        assert np.array_equal(network.theta, expected), i
    assert noticed > len(whole) / 7 / 2


class Trap:
    """Unpickled, it writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def foreign_files(folder):
    """Yield files that np.load, or a careless reader, would take."""
    trap = Trap(folder / "sprung")
    path = folder / "file.npz"
    path.write_bytes(b"")
    yield path
    path.write_text("W: 1.0 2.0\n", encoding="utf-8")
    yield path
    path.write_bytes(pickle.dumps(trap))
    yield path
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    yield path
    for name in ("0.0.W", "network"):
        objects = np.empty(1, dtype=object)
        objects[0] = trap
        np.savez(path, allow_pickle=True, **{name: objects})
        yield path


def test_foreign_and_pickled_files_are_refused(tmp_path):
    network = nested()
    for path in foreign_files(tmp_path):
        assert unreadable(path).fullmatch(refused(network, path))
        assert not (tmp_path / "sprung").exists()


def test_the_whole_message_for_a_file_of_something_else(tmp_path):
    np.savez(tmp_path / "data.npz", X=np.zeros((3, 2)), y=np.zeros(3))
    network = nested()
    said = refused(network, tmp_path / "data.npz")
    assert said == message(
        f"Network.load: {tmp_path / 'data.npz'} holds something else",
        repr(network),
        "build the network as it was when it was saved.",
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: [Dense(3, 4, rng)],
        lambda rng: [Dense(3, 2, rng), Activation(tanh)],
        lambda rng: [Dense(2, 3, rng)],
        lambda rng: [Dense(3, 2, rng), LayerNorm(2)],
        lambda rng: [Network([Dense(3, 2, rng)])],
    ],
    ids=["width", "activation", "transposed", "one more", "nested"],
)
def test_a_file_of_another_network_is_refused(tmp_path, make):
    rng = np.random.default_rng(0)
    path = tmp_path / "a.npz"
    other = Network(make(rng))
    other.save(path)
    network = Network([Dense(3, 2, rng)])
    assert refused(network, path) == message(
        f"Network.load: {path} holds {other!r}",
        "Network([Dense(3, 2)])",
        "build the network as it was when it was saved.",
    )


@pytest.mark.parametrize("change", ["shape", "missing", "extra"])
def test_the_right_name_with_the_wrong_arrays_is_refused(tmp_path, change):
    """As a later nnlib might write, whose layers look the same in words."""
    network = nested()
    found = {name: owner.params[key] for name, owner, key in network.named()}
    if change == "shape":  # it would fit by broadcasting
        found["4.b"] = np.zeros(1)
    elif change == "missing":
        del found["4.b"]
    else:
        found["4.c"] = np.zeros(2)
    path = tmp_path / "a.npz"
    np.savez(path, network=repr(network), **found)
    assert "build the network as it was" in refused(network, path)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="No such file"):
        nested().load(tmp_path / "none.npz")


def test_saving_again_replaces_the_file(tmp_path):
    path = tmp_path / "a.npz"
    nested(seed=0, width=9).save(path)
    nested(seed=1).save(path)
    network = nested(seed=2)
    network.load(path)
    assert np.array_equal(network.theta, nested(seed=1).theta)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    nested(seed=0).save(path)
    whole = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half of it")
        file.flush()
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full_disk)
        with pytest.raises(OSError, match="No space left"):
            nested(seed=1).save(path)
    assert path.read_bytes() == whole
    nested(seed=1).save(path)  # what was left behind is in nobody's way
    network = nested(seed=2)
    network.load(path)
    assert np.array_equal(network.theta, nested(seed=1).theta)
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def test_windows_know_their_network():
    network = nested()
    assert type(network.layers[4].params) is Windows
    assert network.layers[4].params.home is network
    assert network.layers[0].layers[0].grads.home is network
