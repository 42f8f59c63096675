"""layers: the contract, held by every layer; then what each one promises.

Whether gradients are right is the business of test_gradients.py.
"""

import numpy as np
import pytest

from nnlib.activations import relu, softmax, tanh
from nnlib.fixed_point import FixedPoint
from nnlib.initializers import zeros_init
from nnlib.layers import (
    Activation,
    Dense,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Residual,
)
from nnlib.network import Network
from nnlib.recurrent import GRU, LSTM, RNN
from nnlib.shapes import ShapeError

RNG_HINT = (
    "make one, rng = np.random.default_rng(0), and pass it to every call."
)

# Every layer, made for rows of width 3.
LAYERS = {
    "Dense": lambda rng: Dense(3, 2, rng),
    "tanh": lambda rng: Activation(tanh),
    "softmax": lambda rng: Activation(softmax),
    "own": lambda rng: Activation(np.sin, lambda Z: np.cos(Z)),
    "Residual": lambda rng: Residual(Dense(3, 3, rng)),
    "Residual of tanh": lambda rng: Residual(Activation(tanh)),
    "LayerNorm": lambda rng: LayerNorm(3),
    "Dropout": lambda rng: Dropout(0.5, rng),
    "Embedding": lambda rng: Embedding(6, 2, rng),
    "FixedPoint": lambda rng: FixedPoint(3, 2, rng),
    "RNN": lambda rng: RNN(3, 2, rng),
    "GRU": lambda rng: GRU(3, 2, rng),
    "LSTM": lambda rng: LSTM(3, 2, rng, last=True),
    "Network": lambda rng: Network(
        [Dense(3, 4, rng), Activation(tanh), Network([Dense(4, 2, rng)])],
        dtype=float,
    ),
}
OVER_TIME = {"RNN", "GRU", "LSTM"}
NO_PARAMETERS = {"tanh", "softmax", "own", "Residual of tanh", "Dropout"}
# Those that take rows of any width, and so cannot miss one.
ANY_WIDTH = {*NO_PARAMETERS, "Embedding"}
each_layer = pytest.mark.parametrize("name", LAYERS)


def but(*left_out):
    names = set(LAYERS).difference(*left_out)
    return pytest.mark.parametrize("name", sorted(names))


def made(name, seed=0):
    """Return a layer whose biases are not 0 and whose gains are not 1."""
    layer = LAYERS[name](np.random.default_rng(seed))
    rng = np.random.default_rng([seed, 1])
    for _, owner, key in layer.named():
        noise = 0.1 * rng.standard_normal(owner.params[key].shape)
        owner.params[key] += noise
    return layer


def inputs(name, n=4, seed=2):
    rng = np.random.default_rng(seed)
    if name == "Embedding":
        return rng.integers(0, 6, (n, 5))
    shape = (n, 5, 3) if name in OVER_TIME else (n, 3)
    return rng.integers(-8, 9, shape) / 4  # exact in float32


def slopes_for(A, seed=3):
    return np.random.default_rng(seed).standard_normal(A.shape)


def copies(layer, what):
    return {
        name: getattr(owner, what)[key].copy()
        for name, owner, key in layer.named()
    }


def assert_close(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, 1e-9, 1e-12, name)


def passes(layer, X, dA=None):
    """Return A, dX and grads of one pass there and back."""
    A = layer.forward(X)
    dX = layer.backward(slopes_for(A) if dA is None else dA)
    found = {"A": A.copy(), **copies(layer, "grads")}
    return found if dX is None else {**found, "dX": dX}


def error(function, *args, **kwargs):
    """Return the error of a call that has to fail."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(*args, **kwargs)
    return caught.value


def message(came, needed, hint):
    return f"{came}.\n  Needed: {needed}.\n  Hint: {hint}"


# --- the contract -----------------------------------------------------------


@pytest.mark.parametrize("n", [1, 4])
@each_layer
def test_shapes_there_and_back(name, n):
    layer, X = made(name), inputs(name, n)
    A = layer.forward(X)
    promised = layer.output_shape(("n", *X.shape[1:]))
    assert len(A.shape) == len(promised)
    assert A.shape[-1] == promised[-1]
    assert len(A) == n
    dX = layer.backward(slopes_for(A))
    if name == "Embedding":
        assert dX is None
    else:
        assert dX.shape == X.shape
    for _, owner, key in layer.named():
        assert owner.grads[key].shape == owner.params[key].shape
        assert np.any(owner.grads[key] != 0)


@pytest.mark.parametrize("name", sorted({*LAYERS} - OVER_TIME - {"Embedding"}))
def test_sequences_are_rows_as_well(name):
    layer, X = made(name), inputs(name, n=6)
    layer.train(False)
    flat = passes(layer, X)
    dA = slopes_for(flat["A"])
    deep = passes(layer, X.reshape(2, 3, 3), dA.reshape(2, 3, -1))
    assert deep["A"].shape == (2, 3, flat["A"].shape[1])
    assert deep["dX"].shape == (2, 3, 3)
    deep["A"] = deep["A"].reshape(6, -1)
    deep["dX"] = deep["dX"].reshape(6, 3)
    assert_close(deep, flat)


@each_layer
def test_a_float32_network_computes_in_float32(name):
    layer = made(name)
    network = Network([layer])
    X = inputs(name)
    X = X if name == "Embedding" else X.astype(np.float32)
    A = network.forward(X)
    assert A.dtype == np.float32
    dX = network.backward(slopes_for(A))  # float64, as a list would be
    assert dX is None or dX.dtype == np.float32
    for _, owner, key in network.named():
        assert owner.params[key].dtype == np.float32
        assert owner.grads[key].dtype == np.float32


@but(NO_PARAMETERS, {"Embedding"})
def test_parameters_decide_the_dtype_and_not_the_input(name):
    single, double = Network([made(name)]), made(name)
    X = inputs(name)
    assert single.forward(X).dtype == np.float32
    assert double.forward(X.astype(np.float32)).dtype == np.float64


@but({"Embedding"})
def test_float32_and_float64_come_to_the_same(name):
    X, double = inputs(name), made(name)
    single = Network([made(name)])
    expected = double.forward(X)
    found = single.forward(X.astype(np.float32))
    np.testing.assert_allclose(found, expected, 1e-5, 1e-5)


@each_layer
def test_gradients_are_written_over_the_old_ones(name):
    layer, X = made(name), inputs(name)
    layer.train(False)
    first = passes(layer, X)
    arrays = [owner.grads[key] for _, owner, key in layer.named()]
    assert_close(passes(layer, X), first)
    # The same arrays: in a network they are windows into one vector.
    for array, (_, owner, key) in zip(arrays, layer.named(), strict=True):
        assert owner.grads[key] is array


@each_layer
def test_backward_twice_adds_nothing(name):
    layer, X = made(name), inputs(name)
    once = passes(layer, X)
    layer.backward(slopes_for(once["A"]))
    grads = copies(layer, "grads")
    assert_close(grads, {key: once[key] for key in grads})


@each_layer
def test_passes_leave_parameters_and_inputs_as_they_are(name):
    layer, X = made(name), inputs(name)
    before, X_before = copies(layer, "params"), X.copy()
    X.setflags(write=False)
    A = layer.forward(X)
    A_before, dA = A.copy(), slopes_for(A)
    dA_before = dA.copy()
    dA.setflags(write=False)
    layer.backward(dA)
    after = copies(layer, "params")
    assert all(np.array_equal(after[key], before[key]) for key in before)
    assert np.array_equal(X, X_before)
    assert np.array_equal(dA, dA_before)
    assert np.array_equal(A, A_before)


@but(NO_PARAMETERS)
def test_without_input_gradient_the_others_stay_the_same(name):
    layer, X = made(name), inputs(name)
    A = layer.forward(X)
    dA = slopes_for(A)
    layer.backward(dA)
    expected = copies(layer, "grads")
    for _, owner, key in layer.named():
        owner.grads[key][...] = np.nan
    assert layer.backward(dA, input_gradient=False) is None
    found = copies(layer, "grads")
    assert all(np.array_equal(found[key], expected[key]) for key in expected)


@each_layer
def test_the_latest_forward_counts(name):
    layer, X = made(name), inputs(name)
    layer.train(False)
    expected = passes(layer, X)
    layer.forward(inputs(name, n=2, seed=9))
    assert_close(passes(layer, X), expected)
    layer.forward(inputs(name, n=4, seed=9))
    assert_close(passes(layer, X), expected)


@but(ANY_WIDTH)
def test_a_refused_input_leaves_the_pass_before_it_alone(name):
    layer, X = made(name), inputs(name)
    expected = passes(layer, X)
    error(layer.forward, X[..., :2])
    layer.backward(slopes_for(expected["A"]))
    grads = copies(layer, "grads")
    assert_close(grads, {key: expected[key] for key in grads})


@pytest.mark.parametrize("seed", range(3))
@each_layer
def test_the_gradients_of_two_halves_add_up_to_that_of_the_whole(name, seed):
    layer, X = made(name, seed), inputs(name, n=5, seed=seed + 20)
    layer.train(False)
    whole = passes(layer, X)
    dA = slopes_for(whole["A"])
    one = passes(layer, X[:2], dA[:2])
    two = passes(layer, X[2:], dA[2:])
    for key in ("A", "dX"):
        if key in whole:
            assert_close(
                {key: np.concatenate([one.pop(key), two.pop(key)])},
                {key: whole.pop(key)},
            )
    assert_close({key: one[key] + two[key] for key in one}, whole)


@each_layer
def test_lists_and_integers_do_as_well(name):
    X = inputs(name)
    X = X if name == "Embedding" else np.round(X)
    expected = passes(made(name), X)
    dA = slopes_for(expected["A"]).tolist()
    assert_close(passes(made(name), X.tolist(), dA), expected)
    assert_close(passes(made(name), X.astype(np.int8), dA), expected)


@each_layer
def test_the_layout_in_memory_does_not_matter(name):
    X = inputs(name)
    expected = passes(made(name), X)
    dA = slopes_for(expected["A"])
    wide = np.repeat(np.repeat(X, 2, axis=0), 3, axis=-1)
    wide_d = np.repeat(np.repeat(dA, 2, axis=0), 3, axis=-1)
    for same, same_d in (
        (np.asfortranarray(X), np.asfortranarray(dA)),
        (wide[::2, ..., ::3], wide_d[::2, ..., ::3]),
        (np.flip(np.flip(X).copy()), np.flip(np.flip(dA).copy())),
    ):
        assert_close(passes(made(name), same, same_d), expected)


# Who speaks up where a whole layer is given something that does not fit.
SPEAKS = {
    "Dense": "Dense",
    "Residual": "Dense",
    "LayerNorm": "LayerNorm",
    "FixedPoint": "FixedPoint",
    "Network": "Dense",
}
each_speaker = pytest.mark.parametrize("name", SPEAKS)
NEEDED = "(n, n_in) with n_in = 3"


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        pytest.param(
            (3, 5),
            "rows are samples. X.T has a fitting shape; are samples in "
            "columns?",
            id="columns for rows",
        ),
        pytest.param(
            (3,),
            "one sample is a batch of one: X[np.newaxis] has shape (1, 3).",
            id="one sample",
        ),
        pytest.param(
            (4, 2),
            "print both shapes; which of the two arrays is not as you "
            "thought?",
            id="another width",
        ),
        pytest.param(
            (0, 3),
            "X is empty. Did a filter or a slice leave no rows?",
            id="no rows",
        ),
        pytest.param((), "it has 0 axes; needed: 2 axes.", id="a number"),
    ],
)
@each_speaker
def test_inputs_of_another_shape_are_refused(name, shape, hint):
    said = error(made(name).forward, np.zeros(shape))
    assert type(said) is ShapeError
    came = f"{SPEAKS[name]}.forward: X has shape {shape}"
    assert str(said) == message(came, NEEDED, hint)


@each_speaker
def test_sequences_of_another_width_are_not_told_to_lose_an_axis(name):
    said = error(made(name).forward, np.zeros((2, 5, 4)))
    assert type(said) is ShapeError
    first, needed, hint = str(said).split("\n")
    assert first == f"{SPEAKS[name]}.forward: X has shape (2, 5, 4)."
    assert needed.endswith("with n_in = 3.")
    assert "2 axes" not in hint


@each_speaker
def test_inputs_that_are_not_numbers_are_refused(name):
    said = error(made(name).forward, [["a", "b", "c"]])
    assert str(said) == message(
        f"{SPEAKS[name]}.forward: X is list of dtype <U1",
        "an array of numbers",
        "np.array(X, dtype=float) must work on it; look for text, None or a "
        "row that is too short.",
    )


@each_layer
def test_backward_before_forward_is_explained(name):
    layer = made(name)
    speaker = {"Network": "Dense", "Residual of tanh": "Residual"}.get(
        name, type(layer).__name__
    )
    said = error(layer.backward, np.ones((4, 2)))
    assert type(said) is ValueError
    assert str(said) == message(
        f"{speaker}.backward: forward has not run",
        "forward(X) first; backward goes its way back",
        "was forward called on another layer?",
    )


@each_layer
def test_upstream_gradients_of_another_shape_are_refused(name):
    layer = made(name)
    A = layer.forward(inputs(name))
    speaker = {"Network": "Dense", "Residual of tanh": "Residual"}.get(
        name, type(layer).__name__
    )
    before = copies(layer, "grads")
    # All but the first would broadcast, and the result would be wrong.
    for dA in (
        np.ones((*A.shape[:-1], A.shape[-1] + 1)),
        np.ones((*A.shape[:-1], 1)),
        np.ones(A.shape[1:]),
        np.ones((1, *A.shape)),
        1.0,
    ):
        said = error(layer.backward, dA)
        assert type(said) is ShapeError
        assert str(said) == message(
            f"{speaker}.backward: dA has shape {np.shape(dA)}",
            f"{A.shape}, the shape of the last output",
            "dA holds one slope for every number that came out.",
        )
    assert_close(copies(layer, "grads"), before)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Dense", "Dense(3, 2)"),
        ("tanh", "Activation(tanh)"),
        ("Residual", "Residual(Dense(3, 3))"),
        ("LayerNorm", "LayerNorm(3, 3)"),
        ("Dropout", "Dropout(0.5)"),
        ("Embedding", "Embedding(6, 2)"),
        (
            "Network",
            "Network([Dense(3, 4), Activation(tanh), Network([Dense(4, 2)])])",
        ),
    ],
)
def test_layers_say_what_they_are(name, shown):
    assert repr(made(name)) == shown


def test_a_plain_layer_has_nothing_to_learn():
    layer = Layer()
    assert repr(layer) == "Layer()"
    assert list(layer.named()) == []
    assert layer.output_shape(("n", 7)) == ("n", 7)


def test_parameters_are_named_by_their_way_through_the_layers():
    layer = Residual(Residual(Dense(2, 2, np.random.default_rng(0))))
    named = list(layer.named("3."))
    inner = layer.layers[0].layers[0]
    assert [name for name, _, _ in named] == ["3.0.0.W", "3.0.0.b"]
    assert [(owner is inner, key) for _, owner, key in named] == [
        (True, "W"),
        (True, "b"),
    ]


def test_training_and_prediction_reach_inner_layers():
    layer = Residual(Residual(Dropout(0.5, np.random.default_rng(0))))
    inner = layer.layers[0].layers[0]
    assert inner.training is True
    layer.train(False)
    assert inner.training is False
    layer.train(True)
    assert inner.training is True


# Division makes floats: n_in / 2 is 4.0, and a whole number all the same.
@pytest.mark.parametrize(
    ("make", "widths"),
    [
        (lambda rng: Dense(4.0, 2.0, rng), (4, 2)),
        (lambda rng: LayerNorm(4.0), (4, 4)),
        (lambda rng: Embedding(4.0, 2.0, rng), (None, 2)),
    ],
    ids=["Dense", "LayerNorm", "Embedding"],
)
def test_whole_floats_are_widths(make, widths):
    layer = make(np.random.default_rng(0))
    assert (layer.n_in, layer.n_out) == widths


@pytest.mark.parametrize(
    ("make", "came"),
    [
        (lambda rng: Dense(0, 2, rng), "Dense: n_in is 0"),
        (lambda rng: Dense(2, -1, rng), "Dense: n_out is -1"),
        (lambda rng: LayerNorm(0), "LayerNorm: n_in is 0"),
        (lambda rng: Embedding(0, 2, rng), "Embedding: n_tokens is 0"),
        (lambda rng: Embedding(2, "2", rng), "Embedding: n_out is '2'"),
    ],
)
def test_widths_that_are_no_counts_are_refused(make, came):
    said = error(make, np.random.default_rng(0))
    assert str(said) == message(
        came, "a whole number above 0", "the smallest is 1."
    )


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: Dropout(0.5, 0), "Dropout"),
        (lambda: Embedding(3, 2, 0), "Embedding"),
    ],
)
def test_a_seed_is_no_generator(make, where):
    assert str(error(make)) == message(
        f"{where}: rng is 0", "a numpy random Generator", RNG_HINT
    )


# --- Dense ------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_dense_agrees_with_three_loops(seed):
    rng = np.random.default_rng(seed)
    n, n_in, n_out = rng.integers(1, 6, 3)
    layer = Dense(n_in, n_out, rng)
    layer.params["b"][:] = rng.standard_normal(n_out)
    W, b = layer.params["W"], layer.params["b"]
    X, dZ = rng.standard_normal((n, n_in)), rng.standard_normal((n, n_out))
    Z, dX = np.zeros((n, n_out)), np.zeros((n, n_in))
    dW, db = np.zeros((n_in, n_out)), np.zeros(n_out)
    for i in range(n):
        for k in range(n_out):
            Z[i, k] = b[k]
            db[k] += dZ[i, k]
            for j in range(n_in):
                Z[i, k] += X[i, j] * W[j, k]
                dW[j, k] += X[i, j] * dZ[i, k]
                dX[i, j] += dZ[i, k] * W[j, k]
    found = passes(layer, X, dZ)
    assert_close(found, {"A": Z, "W": dW, "b": db, "dX": dX})


def test_dense_in_numbers_that_can_be_checked_in_the_head():
    layer = Dense(2, 1, np.random.default_rng(0))
    layer.params["W"][:] = [[2.0], [-1.0]]
    layer.params["b"][:] = 10.0
    assert layer.forward([[1.0, 3.0]]).tolist() == [[9.0]]
    assert layer.backward([[5.0]]).tolist() == [[10.0, -5.0]]
    assert layer.grads["W"].tolist() == [[5.0], [15.0]]
    assert layer.grads["b"].tolist() == [5.0]


def test_dense_draws_its_weights_by_init_and_starts_biases_at_0():
    def counting(n_in, n_out, rng):
        return np.arange(6.0).reshape(n_in, n_out)

    rng = np.random.default_rng(0)
    layer = Dense(3, 2, rng, init=counting)
    assert layer.params["W"].tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert layer.params["b"].tolist() == [0.0, 0.0]
    assert not Dense(3, 2, rng, init=zeros_init).params["W"].any()
    # By default the deviation is sqrt(2 / n_in), which suits relu.
    wide = Dense(200, 300, rng).params["W"]
    assert wide.std() == pytest.approx(0.1, rel=0.02)


def test_one_generator_gives_each_layer_weights_of_its_own():
    rng = np.random.default_rng(0)
    first, second = Dense(3, 2, rng), Dense(3, 2, rng)
    again = Dense(3, 2, np.random.default_rng(0))
    assert not np.array_equal(first.params["W"], second.params["W"])
    assert np.array_equal(first.params["W"], again.params["W"])


# --- Activation -------------------------------------------------------------


def test_an_activation_bends_entry_by_entry():
    layer = Activation(relu)
    assert layer.forward([[-1.0, 2.0]]).tolist() == [[0.0, 2.0]]
    assert layer.backward([[5.0, 7.0]]).tolist() == [[0.0, 7.0]]


def test_an_activation_of_one_s_own_comes_with_its_slope():
    seen = []

    def square_prime(Z):
        seen.append(Z.tolist())
        return 2 * Z

    def square(Z):
        return Z * Z

    layer = Activation(square, square_prime)
    assert repr(layer) == "Activation(square)"
    A = layer.forward(np.array([[3.0, -1.0]]))
    assert A.tolist() == [[9.0, 1.0]]
    assert layer.backward([[1.0, 10.0]]).tolist() == [[6.0, -20.0]]
    assert seen == [[[3.0, -1.0]]]


def test_one_s_own_slope_wins_over_the_known_one():
    layer = Activation(relu, lambda Z: np.full_like(Z, 0.5))
    layer.forward(np.array([[-1.0, 2.0]]))
    assert layer.backward([[4.0, 4.0]]).tolist() == [[2.0, 2.0]]


def test_a_bend_that_returns_integers_cuts_no_slope_off():
    """A step with a made-up slope, as for networks of spikes."""
    layer = Activation(
        lambda Z: (Z > 0).astype(int), lambda Z: np.ones_like(Z)
    )
    layer.forward(np.array([[1.0, -1.0]]))
    assert layer.backward([[0.5, 0.5]]).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("f", "shown"), [("relu", "'relu'"), (np.tanh, "<ufunc 'tanh'>")]
)
def test_an_activation_without_a_slope_is_refused(f, shown):
    said = error(Activation, f)
    assert type(said) is ValueError
    assert str(said) == message(
        f"Activation: f is {shown}",
        "a function of nnlib.activations: step, identity, sigmoid, tanh, "
        "relu, leaky_relu, gelu, softmax",
        "one of your own comes with its slope, a function of Z: "
        "Activation(f, f_prime).",
    )


# --- Residual ---------------------------------------------------------------


def test_residual_adds_its_input_to_its_branch():
    dense = Dense(2, 2, np.random.default_rng(0))
    dense.params["W"][:] = [[0.0, 1.0], [0.0, 0.0]]
    layer = Residual(dense)
    assert layer.forward([[3.0, 4.0]]).tolist() == [[3.0, 7.0]]
    assert layer.backward([[1.0, 10.0]]).tolist() == [[11.0, 10.0]]
    assert dense.grads["W"].tolist() == [[3.0, 30.0], [4.0, 40.0]]


def test_residual_asks_its_branch_for_no_more_than_it_needs():
    asked = []

    class Noting(Dense):
        def backward(self, dZ, input_gradient=True):
            asked.append(input_gradient)
            return super().backward(dZ, input_gradient)

    layer = Residual(Noting(3, 3, np.random.default_rng(0)))
    dA = slopes_for(layer.forward(np.ones((2, 3))))
    assert layer.backward(dA, input_gradient=False) is None
    assert layer.backward(dA).shape == (2, 3)
    assert asked == [False, True]


def test_behind_a_branch_of_zeros_a_gradient_arrives_whole():
    rng = np.random.default_rng(0)
    layer = Residual(Dense(3, 3, rng, init=zeros_init))
    X, dA = rng.standard_normal((2, 4, 3))
    assert np.array_equal(layer.forward(X), X)
    assert np.array_equal(layer.backward(dA), dA)


def test_a_branch_must_return_as_many_as_it_takes():
    rng = np.random.default_rng(0)
    said = error(Residual, Dense(2, 3, rng))
    assert type(said) is ShapeError
    assert str(said) == message(
        "Residual: Dense(2, 3) takes (n, 2) and returns (n, 3)",
        "as many out as in, for the two are added",
        "end the branch with a Dense layer of that width.",
    )
    network = Network([Dense(3, 5, rng), Activation(relu), Dense(5, 2, rng)])
    assert "takes (n, 3) and returns (n, 2)" in str(error(Residual, network))


@pytest.mark.parametrize("n", [1, 4])
def test_a_branch_that_loses_the_steps_is_refused(n):
    """(n, n_in) and (n, n_steps, n_in) add up by accident if n fits."""
    rng = np.random.default_rng(0)
    with pytest.raises(ShapeError):
        Residual(GRU(3, 3, rng, last=True)).forward(np.ones((n, 4, 3)))


def test_residual_of_a_sequence_takes_sequences():
    layer = Residual(GRU(3, 3, np.random.default_rng(0)))
    assert layer.axes == ("n", "n_steps")


# --- LayerNorm --------------------------------------------------------------


def norm_rows(n=5, n_in=4, seed=0):
    return 10 * np.random.default_rng(seed).standard_normal((n, n_in)) + 3


def test_layer_norm_gives_every_row_mean_0_and_deviation_1():
    A = LayerNorm(4).forward(norm_rows())
    np.testing.assert_allclose(A.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(A.std(axis=1), 1, rtol=1e-5)


def test_layer_norm_in_numbers_that_can_be_checked_in_the_head():
    layer = LayerNorm(2)
    layer.params["gain"][:] = 2.0, 3.0
    layer.params["shift"][:] = 10.0, 20.0
    A = layer.forward([[100.0, 300.0]])  # -1 and 1 after norming
    np.testing.assert_allclose(A, [[8.0, 23.0]], rtol=1e-8)
    # The small number below the root counts where rows are nearly flat.
    tiny = 1e-5**0.5
    A = layer.forward([[-tiny, tiny]])
    np.testing.assert_allclose(A, [[10 - 2**0.5, 20 + 3 / 2**0.5]])


def test_layer_norm_ignores_a_shift_and_a_stretch_of_a_row():
    layer, X = LayerNorm(4), norm_rows()
    A = layer.forward(X)
    np.testing.assert_allclose(layer.forward(X + 7.0), A, atol=1e-9)
    factors = np.array([[2.0], [0.5], [30.0], [1.0], [4.0]])
    np.testing.assert_allclose(layer.forward(factors * X), A, rtol=1e-5)
    np.testing.assert_allclose(layer.forward(-X), -A, atol=1e-12)


def test_layer_norm_treats_each_row_alone():
    layer, X = LayerNorm(4), norm_rows()
    whole = layer.forward(X)
    X[0] = 1000.0
    assert np.array_equal(layer.forward(X)[1:], whole[1:])


def test_the_gradient_of_layer_norm_has_nothing_along_shift_and_stretch():
    layer, X = LayerNorm(4), norm_rows()
    layer.params["gain"][:] = 1.0, -2.0, 0.5, 3.0
    dX = layer.backward(slopes_for(layer.forward(X)))
    np.testing.assert_allclose(dX.sum(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose((dX * X).sum(axis=1), 0, atol=1e-5)


def test_a_flat_row_becomes_the_shift():
    layer = LayerNorm(3)
    layer.params["shift"][:] = 1.0, 2.0, 3.0
    assert layer.forward([[5.0] * 3]).tolist() == [[1.0, 2.0, 3.0]]
    assert np.isfinite(layer.backward([[1.0, -2.0, 4.0]])).all()


# --- Dropout ----------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.75])
def test_dropout_drops_the_share_it_is_told_and_raises_the_rest(rate):
    X = np.full((200, 200), 3.0)
    A = Dropout(rate, np.random.default_rng(0)).forward(X)
    assert np.mean(A == 0) == pytest.approx(rate, abs=0.01)
    np.testing.assert_allclose(A[A != 0], 3.0 / (1 - rate), rtol=1e-12)


def test_dropout_keeps_every_entry_s_mean():
    layer = Dropout(0.3, np.random.default_rng(0))
    X = np.array([[1.0, -2.0, 5.0]])
    mean = np.mean([layer.forward(X) for _ in range(20_000)], axis=0)
    np.testing.assert_allclose(mean, X, rtol=0.02)


def test_dropout_draws_anew_at_every_pass_and_entry_by_entry():
    layer = Dropout(0.5, np.random.default_rng(0))
    X = np.ones((20, 30))
    first = layer.forward(X).copy()
    assert not np.array_equal(layer.forward(X), first)
    assert len(np.unique(first, axis=0)) == 20
    assert len(np.unique(first, axis=1).T) == 30
    again = Dropout(0.5, np.random.default_rng(0)).forward(X)
    assert np.array_equal(again, first)


def test_the_way_back_is_closed_where_the_way_there_was():
    layer = Dropout(0.5, np.random.default_rng(0))
    X = np.ones((4, 6))
    A = layer.forward(X)
    assert np.array_equal(layer.backward(X), A)
    assert np.array_equal(layer.backward(7 * X), 7 * A)


def test_in_prediction_dropout_does_nothing_and_draws_nothing():
    rng = np.random.default_rng(0)
    layer, X = Dropout(0.5, rng), np.arange(12.0).reshape(3, 4)
    layer.forward(X)  # what it dropped in training is forgotten
    before = rng.bit_generator.state
    layer.train(False)
    assert np.array_equal(layer.forward(X), X)
    assert np.array_equal(layer.backward(X), X)
    assert rng.bit_generator.state == before
    layer.train(True)
    assert np.any(layer.forward(X + 1) == 0)


def test_a_rate_from_numpy_leaves_float32_alone():
    """np.linspace(0, 0.5, 3) yields such rates."""
    layer = Dropout(np.float64(0.5), np.random.default_rng(0))
    X = np.ones((2, 3), dtype=np.float32)
    assert layer.forward(X).dtype == np.float32
    assert layer.backward(X).dtype == np.float32


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
def test_a_rate_that_is_no_chance_is_refused(rate):
    said = error(Dropout, rate, np.random.default_rng(0))
    assert type(said) is ValueError
    assert str(said) == message(
        f"Dropout: rate is {rate}",
        "a chance from 0 to below 1",
        "0.2 drops every fifth entry; at 1 nothing is left.",
    )


# --- Embedding --------------------------------------------------------------


def test_embedding_looks_its_rows_up():
    layer = Embedding(4, 3, np.random.default_rng(0))
    E = layer.params["E"]
    assert E.shape == (4, 3)
    tokens = np.array([[3, 0, 3], [1, 2, 0]])
    A = layer.forward(tokens)
    for i in np.ndindex(tokens.shape):
        assert np.array_equal(A[i], E[tokens[i]])


def test_the_gradients_of_equal_tokens_add_up():
    layer = Embedding(4, 2, np.random.default_rng(0))
    layer.forward([[1, 1, 3], [0, 1, 3]])
    dA = np.arange(1.0, 13.0).reshape(2, 3, 2)
    assert layer.backward(dA) is None
    assert layer.grads["E"].tolist() == [
        [7.0, 8.0],
        [1.0 + 3.0 + 9.0, 2.0 + 4.0 + 10.0],
        [0.0, 0.0],
        [5.0 + 11.0, 6.0 + 12.0],
    ]


def test_tokens_need_not_be_sequences_nor_of_type_int():
    layer = Embedding(4, 2, np.random.default_rng(0))
    expected = layer.params["E"][[2, 0]]
    for tokens in ([2, 0], (2.0, 0.0), np.array([2, 0], dtype=np.uint8)):
        assert np.array_equal(layer.forward(tokens), expected)


def test_changing_the_output_changes_no_embedding():
    layer = Embedding(4, 2, np.random.default_rng(0))
    before = layer.params["E"].copy()
    layer.forward([[0, 1]])[:] = 0
    assert np.array_equal(layer.params["E"], before)


@pytest.mark.parametrize(
    ("tokens", "came"),
    [
        ([[0, 4]], "tokens[0, 1] is 4"),
        ([[0, 1], [-1, 9]], "tokens[1, 0] is -1"),
        ([0.0, 0.5], "tokens[1] is 0.5"),
        (np.array([0, 255], dtype=np.uint8), "tokens[1] is 255"),
    ],
)
def test_tokens_out_of_range_are_refused(tokens, came):
    layer = Embedding(4, 2, np.random.default_rng(0))
    said = error(layer.forward, tokens)
    assert type(said) is ValueError
    first, needed, hint = str(said).split("\n")
    assert first == f"Embedding.forward: {came}."
    assert needed == "  Needed: whole numbers from 0 to 3."
    assert hint.startswith("  Hint: ")
