"""The graph widgets without a browser: what they compute and say."""

import contextlib
import io
import itertools
import json
import math

import numpy as np
import pytest

from nnlib import losses
from nnlib.activations import relu, sigmoid, softmax, tanh
from nnlib.graph import Scalar
from nnlib.layers import Activation, Dense, LayerNorm
from nnlib.network import Network
from nnlib.widgets.graph.chain_model import ChainGraph
from nnlib.widgets.graph.expression import Expression, number
from nnlib.widgets.graph.layout import place
from nnlib.widgets.graph.network_steps import NetworkSteps
from nnlib.widgets.graph.stepper_model import stepper
from nnlib.widgets.graph.view import backprop_stepper, chain_graph

AGREES, DIFFERS = "agrees", "differs"
BUILT = "built on a wrong value"


def neuron(a, b, c):
    return (a * b + c).tanh()


def everything(a, b):
    """One node of every operation that a Scalar has."""
    u = (a / b - 2).exp() + (b**2 + 1).log() - a.sigmoid()
    return (-u).relu() + u.tanh() * b**0.3333333333333333 + 2**a


def run(code):
    """Run code as a reader would; return its names."""
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, names)
    return names


# --- the layout -------------------------------------------------------------


def graphs():
    rng = np.random.default_rng(5)
    for n in (1, 2, 5, 12, 30):
        edges = [
            (int(i), user)
            for user in range(1, n)
            for i in rng.integers(0, user, size=2)
        ]
        yield n, edges


@pytest.mark.parametrize(("n", "edges"), [*graphs()])
def test_every_edge_goes_right_and_nobody_overlaps(n, edges):
    columns, rows, passing = place(n, edges)
    for (left, right), way in zip(edges, passing, strict=True):
        between = [column for column, _ in way]
        assert between == list(range(columns[left] + 1, columns[right]))
    for i, j in itertools.combinations(range(n), 2):
        if columns[i] == columns[j]:
            assert abs(rows[i] - rows[j]) > 1 - 1e-9
    for (left, right), way in zip(edges, passing, strict=True):
        for column, row in way:  # an edge goes around nodes
            for i in range(n):
                if columns[i] == column and i not in (left, right):
                    assert abs(rows[i] - row) > 0.75 - 1e-9
    assert min(rows) == 0


def test_a_tree_has_no_crossings():
    edges = [(0, 4), (1, 4), (2, 5), (3, 5), (4, 6), (5, 6)]
    columns, rows, _ = place(7, edges)
    assert columns == [0, 0, 0, 0, 1, 1, 2]
    assert {rows[0], rows[1]} in ({0.0, 1.0}, {2.0, 3.0})


# --- expressions ------------------------------------------------------------


def test_an_expression_is_evaluated_again():
    a, b = Scalar(0.7, "a"), Scalar(1.3, "b")
    L = everything(a, b)
    expression = Expression("test", L)
    place_of = expression.place_of
    nodes, trouble = expression.evaluate({place_of[a]: 0.9})
    assert not trouble
    assert nodes[-1].value == everything(Scalar(0.9), Scalar(1.3)).value
    nodes, _ = expression.evaluate({})
    assert nodes[-1].value == L.value
    assert L.grad == a.grad == 0  # the reader's graph is left alone


def test_every_operation_agrees_with_nudging():
    L = everything(Scalar(0.7, "a"), Scalar(1.3, "b"))
    expression = Expression("test", L)
    for i, node in enumerate(expression.nodes):
        assert expression.nudged_slope(i) == pytest.approx(
            node.grad, rel=1e-7, abs=1e-9
        )


def test_names_differ_whatever_the_reader_calls_things():
    a, twin, odd = Scalar(2.0, "n4"), Scalar(3.0, "n4"), Scalar(1.0, "x[0]")
    L = (a * twin + odd).tanh()
    names = Expression("test", L).names
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)
    assert names[-1] == "L"


def test_numbers_as_text():
    minus = "\N{MINUS SIGN}"
    assert number(-2.35934) == f"{minus}2.359"
    assert number(-0.0) == "0"
    assert number(1.25e-7) == f"1.25e{minus}7"


def test_operations_that_cannot_be_done_again():
    a = Scalar(1.0, "a")
    cosine = Scalar(math.cos(1), "", [(a, -math.sin(1))], "cos")
    with pytest.raises(ValueError, match="'cos' is no operation of Scalar"):
        backprop_stepper(cosine)


def test_too_large_to_be_read():
    with pytest.raises(ValueError, match="the expression has 52 nodes"):
        chain_graph(lambda a: sum([a] * 50), a=1.0)


# --- chain_graph ------------------------------------------------------------


def test_the_start():
    model = ChainGraph(neuron, a=2.0, b=-3.0, c=5.5)
    assert list(model.SETTINGS) == ["nudge_a", "nudge_b", "nudge_c"]
    assert not model.real.any()
    assert model.sentence().replace("\N{MINUS SIGN}", "-") == (
        "L = -0.4621. It moves -2.359 times as fast as a, 1.573 times as fast "
        "as b, 0.7864 times as fast as c. Nudge an input: a prediction is "
        "slope times nudge."
    )


def test_prediction_and_reality_on_every_node():
    model = ChainGraph(neuron, a=2.0, b=-3.0, c=5.5)
    model.set("nudge_a", 0.1)
    model.set("nudge_c", -0.2)
    n3, n5 = 0.1 * -3, 0.1 * -3 - 0.2
    slope = 1 - math.tanh(-0.5) ** 2
    by_name = dict(zip(model.expression.names, model.predicted, strict=True))
    assert by_name == pytest.approx(
        {"a": 0.1, "b": 0, "n3": n3, "c": -0.2, "n5": n5, "L": slope * n5}
    )
    real = dict(zip(model.expression.names, model.real, strict=True))
    L = math.tanh(2.1 * -3 + 5.3) - math.tanh(-0.5)
    assert real["L"] == pytest.approx(L)
    assert real["n5"] == pytest.approx(n5)


def test_slopes_are_those_of_the_backward_pass():
    model = ChainGraph(everything, a=0.7, b=1.3)
    nodes = model.expression.nodes
    grads = [nodes[i].grad for i in model.inputs.values()]
    assert model.slopes[-1] == pytest.approx(grads)


def test_the_smaller_the_nudge_the_better_the_promise():
    misses = []
    for reach in (0.1, 0.01):
        model = ChainGraph(neuron, reach=reach, a=2.0, b=-3.0, c=5.5)
        model.set("nudge_a", reach)
        misses.append(abs(model.predicted[-1] - model.real[-1]))
    assert misses[0] / misses[1] == pytest.approx(100, rel=0.2)


def test_paths_add_at_a_fork():
    model = ChainGraph(lambda a: a * a + a, a=3.0)
    arrow = "\N{RIGHTWARDS ARROW}"
    assert model.path_lines() == [
        f"a {arrow} n2 {arrow} L:  3 * 1 = 3",
        f"a {arrow} n2 {arrow} L:  3 * 1 = 3",
        f"a {arrow} L:  1",
        "together:  3 + 3 + 1 = 7 = dL/da",
    ]
    model.select(1)
    assert model.path_lines()[-1] == "together:  3 + 3 = 6 = dn2/da"


def test_many_paths_are_counted():
    def doubled(a):
        for _ in range(20):
            a = a + a
        return a

    model = ChainGraph(doubled, a=1.0)
    assert model.path_lines()[6] == f"and {2**20 - 6} more paths"
    assert model.path_lines()[-1].endswith("= 1.05e6 = dL/da")


def test_choosing_an_input_shows_its_own_paths():
    model = ChainGraph(neuron, a=2.0, b=-3.0, c=5.5)
    model.select(model.inputs["b"])
    assert model.path_lines()[0].startswith("b ")
    assert model.target == len(model.expression.nodes) - 1
    model.select(model.inputs["c"])
    model.select(2)
    assert model.path_lines() == ["No path leads from c to n3: dn3/dc = 0."]
    model.reset()
    assert model.source == 0


def test_an_input_that_is_not_used():
    model = ChainGraph(lambda a, b: a * a, a=2.0, b=1.0)
    model.set("nudge_b", 0.5)
    assert model.real[-1] == model.predicted[-1] == 0
    assert "Prediction and reality agree." in model.sentence()
    frame_is_json(model)


def test_a_nudge_to_where_there_is_no_value():
    model = ChainGraph(lambda a, b: a.log() * b + a, a=0.5, b=2.0)
    model.set("nudge_a", -0.6)
    assert np.isnan(model.real[-1])
    assert model.sentence().replace("\N{MINUS SIGN}", "-") == (
        "a is nudged by -0.6. Then L has no value: log(a) has none at -0.1. "
        "The slopes, measured at the start, know nothing of that."
    )
    facts = frame_is_json(model)
    shown = {node["name"]: node["real"] for node in facts["nodes"]}
    assert shown["a"] != shown["L"] == "no value"
    assert run(model.code())["predicted"] == pytest.approx(-0.6 * 5)
    model.set("nudge_a", 0.0)
    assert "It moves" in model.sentence()


def test_bars_grow_and_then_part():
    model = ChainGraph(neuron, a=2.0, b=-3.0, c=5.5)
    lengths = []
    for nudge in (0.04, 0.1, 0.2, 0.5, 1.0):
        model.set("nudge_a", nudge)
        facts = frame_is_json(model)
        lengths.append(facts["nodes"][-1]["bars"])
    predicted, real = np.abs(lengths).T
    assert (np.diff(predicted)[:2] > 0).all()
    assert predicted[-2:] == pytest.approx([1, 1])
    assert (np.diff(predicted - real) > 0).all()


@pytest.mark.parametrize("nudges", [{}, {"nudge_a": 0.1, "nudge_b": -0.3}])
def test_code_gives_the_same_numbers(nudges):
    model = ChainGraph(everything, a=0.7, b=1.3)
    for name, nudge in nudges.items():
        model.set(name, nudge)
    names = run(model.code())
    assert names["predicted"] == pytest.approx(model.predicted[-1])
    assert names["real"] == pytest.approx(model.real[-1])


def test_constants_and_code():
    def f(a):
        return Scalar(2.0) * Scalar(3.0) * a + (-1.5) * a

    model = ChainGraph(f, a=1.0)
    model.set("nudge_a", 0.5)
    assert run(model.code())["real"] == pytest.approx(2.25)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda m: m.set("nudge_z", 0.1), "There is no setting 'nudge_z'"),
        (lambda m: m.set("nudge_a", 2.0), "nudge_a is 2.0"),
        (lambda m: m.set("nudge_a", math.nan), "nudge_a is nan"),
        (lambda m: m.select(99), "There is no node 99"),
        (lambda m: m.select("a"), "There is no node 'a'"),
    ],
)
def test_bad_requests_change_nothing(act, message):
    model = ChainGraph(neuron, a=2.0, b=-3.0, c=5.5)
    before = model.frame()
    with pytest.raises(ValueError, match=message):
        act(model)
    assert model.frame() == before


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: chain_graph(neuron), ValueError, "f has no inputs"),
        (lambda: chain_graph(neuron, a=1.0), TypeError, "raised: .*missing"),
        (lambda: chain_graph(np.tanh, x=1.0), TypeError, "a.tanh.. works"),
        (lambda: chain_graph(lambda a: 5.0, a=1.0), ValueError, "one Scalar"),
        (lambda: chain_graph(neuron, a="2", b=1, c=1), TypeError, "one fin"),
        (lambda: chain_graph(lambda a: a.log(), a=-1.0), ValueError, "log"),
        (
            lambda: chain_graph(lambda a: a, reach=0, a=1.0),
            ValueError,
            "reach is 0",
        ),
    ],
)
def test_calls_that_cannot_work(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


# --- backprop_stepper: expressions ------------------------------------------


def frame_is_json(model):
    facts, arrays = model.frame()
    json.dumps(facts, allow_nan=False)
    assert all(array.ndim == 2 for array in arrays.values())
    return facts


def at_the_end(model):
    model.end()
    frame_is_json(model)
    return model.sentence().replace("\N{MINUS SIGN}", "-")


def verdicts(model):
    what = model.what
    return dict(zip(what.names, what.verdicts, strict=True))


def test_steps_of_an_expression():
    model = stepper(neuron, a=2.0, b=-3.0, c=5.5)
    passes = [step["pass"] for step in model.what.steps]
    assert passes == ["start", *["forward"] * 3, *["backward"] * 4]
    said = []
    for _ in range(model.last + 1):
        said.append(model.sentence().replace("\N{MINUS SIGN}", "-"))
        model.on()
    assert said[0] == (
        "Step 0 of 7. Only the inputs have values: a = 2, b = -3, c = 5.5. "
        "Values go forward, then slopes backward."
    )
    assert said[1] == "Step 1 of 7. Forward: n3 = a * b = 2 * -3 = -6."
    assert said[7] == (
        "Step 7 of 7. Backward through n3 = a * b: dL/da = 0.7864 * -3 = "
        "-2.359; dL/db = 0.7864 * 2 = 1.573. dL/da by nudging -2.359: they "
        "agree. dL/db by nudging 1.573: they agree. All 6 slopes agree with "
        "nudging."
    )
    lines = model.what.steps[7]["lines"]
    assert lines[1] == "dL/db = dL/dn3 * dn3/db = 0.7864 * 2 = 1.573"


def test_a_fork_adds_path_by_path():
    model = stepper(lambda a: a * a + a, a=3.0)
    said = [line for step in model.what.steps for line in step["lines"]]
    assert said[-3:] == [
        "dL/da = dL/dL * slope of + = 1 * 1 = 1   (path 1 of 3)",
        "dL/da = 1 + dL/dn2 * dn2/da = 1 + 1 * 3 = 4   (path 2 of 3)",
        "dL/da = 4 + dL/dn2 * dn2/da = 4 + 1 * 3 = 7   (path 3 of 3)",
    ]
    done = [grad for step in model.what.steps for grad in step["grads"]]
    assert [g for g in done if g[0] == 0] == [[0, "1", False], [0, "7", True]]


def test_a_scalar_and_its_function_give_the_same_steps():
    a, b, c = (Scalar(x, n) for x, n in ((2.0, "a"), (-3.0, "b"), (5.5, "c")))
    L = neuron(a, b, c)
    L.backward()
    grads = a.grad, b.grad, c.grad
    one, other = stepper(L), stepper(neuron, a=2.0, b=-3.0, c=5.5)
    assert one.frame() == other.frame()
    assert (a.grad, b.grad, c.grad) == grads


def test_stepping():
    model = stepper(neuron, a=2.0, b=-3.0, c=5.5)
    model.back()
    assert model.step == 0
    model.go(5)
    model.on()
    assert model.step == model.frame()[0]["step"] == 6
    model.end()
    model.on()
    assert model.step == model.last == 7
    model.reset()
    assert model.step == 0
    for wrong in (8, -1, 1.5, "2", True, None):
        with pytest.raises(ValueError, match="There is no step"):
            model.go(wrong)
    assert model.step == 0


def test_code_of_an_expression():
    model = stepper(everything, a=0.7, b=1.3)
    names = run(model.code())
    inputs = {n.name: n.grad for n in model.what.expression.nodes if n.name}
    for name, grad in inputs.items():
        assert names[name].grad == pytest.approx(grad, rel=1e-12)


def test_a_kink_is_nobodys_fault():
    model = stepper(lambda a: (a * 2).relu() + a, a=0.0)
    assert DIFFERS not in verdicts(model).values()
    assert "At a kink: 0 on one side and 1" in " ".join(model.what.reasons)


def test_where_nudging_finds_no_value():
    tiny = stepper(lambda a: a.log(), a=1e-6)
    assert verdicts(tiny)["a"] == "not nudged"
    at_the_end(tiny)


def test_a_single_number():
    assert "All 1 slopes" in at_the_end(stepper(Scalar(3.0, "a")))
    at_the_end(stepper(Scalar(3.0)))


# --- the reader's own class -------------------------------------------------


class Right:
    """What lesson 05 asks for: +, *, tanh, backward."""

    seed = 1.0

    def __init__(self, data, inputs=()):
        self.data, self.grad, self.inputs = data, 0.0, inputs

    def slopes_of_tanh(self, t):
        return 1 - t * t

    def __add__(self, other):
        return type(self)(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        return type(self)(
            self.data * other.data,
            ((self, other.data), (other, self.data)),
        )

    def tanh(self):
        t = math.tanh(self.data)
        return type(self)(t, ((self, self.slopes_of_tanh(t)),))

    def order(self):
        found = []

        def visit(node):
            if node not in found:
                for x, _ in node.inputs:
                    visit(x)
                found.append(node)

        visit(self)
        return found[::-1]

    def hand(self, x, share):
        x.grad += share

    def backward(self):
        self.grad = self.seed
        for node in self.order():
            for x, slope in node.inputs:
                self.hand(x, slope * node.grad)


class Overwrites(Right):
    def hand(self, x, share):
        x.grad = share


class WrongTanh(Right):
    def slopes_of_tanh(self, t):
        return 1 - t


class WrongTwice(Overwrites, WrongTanh):
    pass


class Unseeded(Right):
    seed = 0.0


class Negative(Right):
    def hand(self, x, share):
        x.grad -= share


class Silent(Right):
    def __init__(self, data, inputs=()):
        self.hidden, self.grad, self.inputs = data, 0.0, inputs

    @property
    def data(self):
        return _Secret(self.hidden)


class _Secret(float):
    """Works as a number, but does not tell what it is worth."""

    def __float__(self):
        raise TypeError


def forked(a, b):
    return (a * b + a).tanh() * b


def own(scalar, f=forked):
    return stepper(f, scalar=scalar, a=0.5, b=-0.3)


@pytest.mark.parametrize("scalar", [Right, Silent, Scalar])
def test_a_right_class_agrees_everywhere(scalar):
    model = own(scalar)
    assert set(verdicts(model).values()) == {AGREES}
    assert "All 6 slopes agree" in at_the_end(model)


def test_assigning_for_adding_is_named():
    model = own(Overwrites)
    found = verdicts(model)
    assert [name for name, v in found.items() if v == DIFFERS] == ["a", "b"]
    assert "2 paths lead here, and paths add: += for =" in at_the_end(model)


def test_a_wrong_slope_is_blamed_once():
    model = own(WrongTanh)
    assert verdicts(model) == {
        "L": AGREES,
        "n5": AGREES,
        "n4": DIFFERS,
        "n3": BUILT,
        "a": BUILT,
        "b": BUILT,
    }
    assert at_the_end(model).endswith("The first to differ is dL/dn4.")


def test_a_second_fault_is_still_found():
    found = verdicts(own(WrongTwice))
    assert found["n4"] == found["a"] == found["b"] == DIFFERS
    assert found["n3"] == BUILT


def test_a_forgotten_seed():
    model = own(Unseeded)
    assert verdicts(model)["L"] == DIFFERS
    assert "Nothing has arrived here." in at_the_end(model) or (
        "Nothing has arrived here." in model.what.reasons
    )


def test_a_turned_sign():
    found = own(Negative)
    assert verdicts(found)["n5"] == DIFFERS
    index = found.what.names.index("n5")
    assert found.what.reasons[index] == "The sign is the other way round."


class NoTanh(Right):
    tanh = None


class NoProduct(Right):
    def __mul__(self, other):
        return None


class Numbers(Right):
    def __mul__(self, other):
        return self.data * other.data


class Plus(Right):
    def __mul__(self, other):
        return self + other


class NoBackward(Right):
    backward = None


class BadGrad(Right):
    def backward(self):
        self.grad = 1.0
        self.inputs[0][0].grad = None
        self.inputs[1][0].grad = math.nan


class Refuses:
    def __init__(self, value):
        raise RuntimeError("not today")


@pytest.mark.parametrize(
    ("scalar", "words"),
    [
        (NoTanh, "differs at n5 (raised TypeError: 'NoneType' object"),
        (NoProduct, "differs at n3 (raised TypeError: the operation retur"),
        (Numbers, "returned float -0.15, which remembers no inputs"),
        (Plus, "its value is 0.2, needed -0.15"),
        (NoBackward, "The first to differ is dL/dL."),
        (BadGrad, "The first to differ is dL/dn5."),
        (Refuses, "differs at a (raised RuntimeError: not today)"),
    ],
)
def test_a_class_that_breaks_breaks_nothing(scalar, words):
    assert words in at_the_end(own(scalar))


def test_reasons_stand_beside_bad_grads():
    reasons = dict(
        zip(own(BadGrad).what.names, own(BadGrad).what.reasons, strict=True)
    )
    assert reasons["n5"] == "grad is None"
    assert reasons["b"] == "grad is nan"


def test_a_constant_that_the_class_does_not_know():
    model = own(Right, lambda a, b: a * b + 2)
    assert "raised AttributeError" in at_the_end(model)
    text = " ".join(step["sentence"] for step in model.what.steps)
    assert "Yours differs: raised AttributeError" in text


def test_turned_operands_reach_the_class():
    assert set(verdicts(own(Scalar, lambda a, b: 2 * a - 1 / b)).values()) <= {
        AGREES,
        "not nudged",
    }


# --- backprop_stepper: networks ---------------------------------------------


def softmax_cross_entropy_backward(Z, y):
    P = softmax(Z)
    P[np.arange(len(y)), y] -= 1
    return P / len(y)


def dense_backward(dZ, X, W):
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


def relu_backward(dA, Z):
    return dA * (Z > 0)


RIGHT = {
    "loss": softmax_cross_entropy_backward,
    "dense": dense_backward,
    "relu": relu_backward,
}


def small(*bends):
    rng = np.random.default_rng(3)
    first, last = bends or (relu, None)
    layers = [Dense(2, 3, rng), Activation(first), Dense(3, 2, rng)]
    if last:
        layers.append(Activation(last))
    return Network(layers, dtype=float)


@pytest.fixture
def data():
    rng = np.random.default_rng(7)
    return rng.standard_normal((4, 2)), np.array([0, 1, 1, 0])


def test_steps_of_a_network(data):
    model = stepper(small(), *data)
    names = [node["name"] for node in model.what.nodes]
    assert names == ["X", "dense 1", "relu", "dense 2", "cross_entropy"]
    assert model.last == 8
    model.go(6)
    assert model.sentence().startswith(
        "Step 6 of 8. Backward through dense 2: dA1 = dZ2 @ W2.T: (4, 3) = "
        "(4, 2)(2, 3); dW2 = A1.T @ dZ2: (3, 2) = (3, 4)(4, 2); db2 = sum of "
        "the rows of dZ2: (2,) from (4, 2). Nudging agrees; the relative "
        "error is at most "
    )
    assert at_the_end(model).endswith(
        "All 57 entries of 8 gradients agree with nudging."
    )


def test_what_is_shown_is_what_nnlib_computes(data):
    network = small()
    X, y = data
    arrays = stepper(network, X, y).frame()[1]
    _, dZ = losses.cross_entropy(network.forward(X), y)
    dX = network.backward(dZ)
    assert np.allclose(arrays["dX"], dX)
    assert np.allclose(arrays["dW1"], network.layers[0].grads["W"])
    assert np.allclose(arrays["db2"][0], network.layers[2].grads["b"])
    assert np.allclose(arrays["dW1 nudged"], arrays["dW1"], atol=1e-8)
    assert np.allclose(arrays["A1.T"] @ arrays["dZ2"], arrays["dW2"])


def test_the_network_stays_as_it_is(data):
    network = small()
    theta, gradient = network.theta.copy(), network.gradient.copy()
    stepper(network, *data)
    assert np.array_equal(network.theta, theta)
    assert np.array_equal(network.gradient, gradient)
    with pytest.raises(ValueError, match="forward has not run"):
        network.backward(np.ones((4, 2)))


@pytest.mark.parametrize(
    ("bends", "loss", "y"),
    [
        ((tanh, sigmoid), losses.mean_squared_error, np.ones((4, 2))),
        ((sigmoid, softmax), losses.mean_squared_error, np.ones((4, 2))),
        ((tanh, None), losses.huber, np.ones((4, 2))),
        ((relu, None), losses.binary_cross_entropy, np.ones((4, 2))),
    ],
)
def test_other_layers_and_losses(data, bends, loss, y):
    model = stepper(small(*bends), data[0], y, loss=loss)
    assert set(model.what.verdicts.values()) == {AGREES}
    for step in model.what.steps:
        for product in step["products"]:
            if product.get("entry"):
                made = product["entry"].split(" = ")[-1].split(";")[0]
                nudged = product["entry"].split("by nudging ")[1]
                minus = "\N{MINUS SIGN}"
                values = [float(t.replace(minus, "-")) for t in (made, nudged)]
                assert values[0] == pytest.approx(values[1], rel=1e-3)
    names = run(model.code())
    dX = model.frame()[1]["dX"]
    assert np.allclose(names["dX"], dX)


def test_right_functions_agree(data):
    model = stepper(small(), *data, backward=RIGHT)
    assert set(model.what.verdicts.values()) == {AGREES}


def faults(model):
    return [n for n, v in model.what.verdicts.items() if v == DIFFERS]


def with_one(**wrong):
    return RIGHT | wrong


@pytest.mark.parametrize(
    ("wrong", "blamed", "words"),
    [
        (
            {"loss": lambda Z, y: 4 * softmax_cross_entropy_backward(Z, y)},
            ["dZ2"],
            "Every entry is 4 times too large.",
        ),
        (
            {"loss": lambda Z, y: -softmax_cross_entropy_backward(Z, y)},
            ["dZ2"],
            "The sign is the other way round.",
        ),
        ({"relu": lambda dA, Z: dA}, ["dZ1"], "dZ1: differs from nudging."),
        (
            {"dense": lambda dZ, X, W: (dZ @ W.T, X.T @ dZ, dZ.mean(axis=0))},
            ["db2", "db1"],
            "Every entry is 4 times too small.",
        ),
        (
            {"dense": lambda dZ, X, W: (dZ @ W.T, dZ.T @ X, dZ.sum(axis=0))},
            ["dW2", "dW1"],
            "dW2 has shape (2, 3), needed (3, 2).",
        ),
        (
            {"dense": lambda dZ, X, W: (dZ @ W, X.T @ dZ, dZ.sum(axis=0))},
            ["dA1", "dW2", "db2", "dX", "dW1", "db1"],
            "<lambda> raised ValueError: matmul:",
        ),
        (
            {"dense": lambda dZ, X, W: None},
            ["dA1", "dW2", "db2", "dX", "dW1", "db1"],
            "<lambda> returned None, needed (dA1, dW2, db2).",
        ),
        (
            {"dense": lambda dZ, X, W: (dZ @ W.T, X.T @ dZ)},
            ["dA1", "dW2", "db2", "dX", "dW1", "db1"],
            "<lambda> returned 2 things, needed (dA1, dW2, db2).",
        ),
        ({"loss": lambda Z, y: None}, ["dZ2"], "returned None for dZ2."),
        ({"loss": lambda Z, y: "no"}, ["dZ2"], "returned str 'no' for dZ2."),
        ({"relu": lambda dA, Z: dA * np.nan}, ["dZ1"], "dZ1 holds nan."),
        ({"relu": lambda dA, Z: dA / (Z > 9)}, ["dZ1"], "dZ1 holds inf."),
        ({"relu": lambda dA: dA}, ["dZ1"], "<lambda> raised TypeError:"),
        ({"relu": lambda dA, Z: 0 * dA}, ["dZ1"], "Nothing has arrived here."),
    ],
)
def test_each_fault_is_blamed_on_its_operation(data, wrong, blamed, words):
    model = stepper(small(), *data, backward=with_one(**wrong))
    assert faults(model) == blamed
    said = " ".join(step["sentence"] for step in model.what.steps)
    assert words in said
    assert f"({blamed[0]}" in at_the_end(model)


def test_what_follows_a_fault_is_built_on_it(data):
    backward = {"relu": lambda dA, Z: dA}
    model = stepper(small(), *data, backward=backward)
    found = {node["name"]: node["verdict"] for node in model.what.nodes}
    assert found == {
        "X": "",
        "cross_entropy": AGREES,
        "dense 2": AGREES,
        "relu": DIFFERS,
        "dense 1": BUILT,
    }
    assert "given the right slope from above" in model.sentence(model.last)


def test_two_faults_are_both_found(data):
    backward = with_one(
        loss=lambda Z, y: 4 * softmax_cross_entropy_backward(Z, y),
        dense=lambda dZ, X, W: (dZ @ W.T, X.T @ dZ, dZ.mean(axis=0)),
    )
    model = stepper(small(), *data, backward=backward)
    # Four times too much, then a quarter of it: the numbers look right.
    assert faults(model) == ["dZ2", "db2", "db1"]
    assert model.what.verdicts["dW2"] == BUILT
    assert at_the_end(model).endswith(
        "The first to differ is cross_entropy (dZ2). Wrong by themselves, "
        "even given the right slope from above: dense 2 (db2), dense 1 (db1)."
    )


def test_after_a_missing_gradient_the_right_one_goes_on(data):
    backward = with_one(loss=lambda Z, y: None)
    model = stepper(small(), *data, backward=backward)
    facts, arrays = model.frame()
    assert "dZ2" not in arrays
    assert np.allclose(arrays["right dZ2"], arrays["dZ2 nudged"])
    terms = [p["terms"] for p in facts["steps"][6]["products"]]
    assert terms[0] == ["right dZ2", "@", "W2.T"]
    assert model.what.verdicts["dW2"] == AGREES


def test_functions_may_spoil_what_they_are_given(data):
    def careless(dZ, X, W):
        grads = dense_backward(dZ, X, W)
        dZ[...], X[...], W[...] = 0, 0, 0
        return grads

    model = stepper(small(), *data, backward=with_one(dense=careless))
    assert set(model.what.verdicts.values()) == {AGREES}


def test_corners_of_xor_lie_on_kinks():
    """X = (0, 0) and b = 0 put a score exactly on the bend of relu."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    model = stepper(small(), X, np.array([0, 1, 1, 0]))
    assert set(model.what.verdicts.values()) == {AGREES}
    text = " ".join(step["sentence"] for step in model.what.steps)
    assert "sit at a kink" in text
    other = {"relu": lambda dA, Z: dA * (Z >= 0)}  # 1 at 0: no fault
    assert not faults(stepper(small(), X, [0, 1, 1, 0], backward=other))
    wrong = stepper(
        small(), X, np.array([0, 1, 1, 0]), backward={"relu": lambda dA, Z: dA}
    )
    assert faults(wrong) == ["dZ1"]


@pytest.mark.parametrize("seed", range(6))
def test_kinks_behind_kinks(seed):
    """A dead row puts all later scores on the bend; no one is to blame."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    rng = np.random.default_rng(seed)
    layers = [Dense(2, 3, rng), Activation(relu), Dense(3, 3, rng)]
    network = Network(
        [*layers, Activation(relu), Dense(3, 2, rng)], dtype=float
    )
    assert not faults(stepper(network, X, [0, 1, 1, 0], backward=RIGHT))
    wrong = RIGHT | {"relu": lambda dA, Z: dA}
    assert faults(stepper(network, X, [0, 1, 1, 0], backward=wrong))


def test_a_wrong_slope_of_ones_own_activation(data):
    def bump(Z):
        return np.exp(-Z * Z)

    rng = np.random.default_rng(0)

    def network(slope):
        layers = [Dense(2, 3, rng), Activation(bump, slope), Dense(3, 2, rng)]
        return Network(layers, dtype=float)

    right = stepper(network(lambda Z: -2 * Z * np.exp(-Z * Z)), *data)
    assert not faults(right)
    wrong = stepper(network(lambda Z: -Z * np.exp(-Z * Z)), *data)
    assert faults(wrong) == ["dZ1"]
    assert wrong.what.verdicts["dW1"] == BUILT
    assert "# your own, defined before: bump" in right.code()


def test_code_of_a_network(data):
    model = stepper(small(), *data)
    names = run(model.code())
    arrays = model.frame()[1]
    assert np.allclose(names["network"].layers[0].grads["W"], arrays["dW1"])
    assert names["loss"] == model.what.loss


def test_large_arrays_and_one_row():
    rng = np.random.default_rng(0)
    layers = [Dense(8, 8, rng), Activation(tanh), Dense(8, 3, rng)]
    network = Network(layers, dtype=float)
    at_the_end(stepper(network, rng.standard_normal((9, 8)), [0, 1, 2] * 3))
    at_the_end(stepper(network, rng.standard_normal((1, 8)), [2]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n, X, y: backprop_stepper(n), "without X and y"),
        (
            lambda n, X, y: backprop_stepper(n, X, y, scalar=Right),
            "scalar came with a network",
        ),
        (
            lambda n, X, y: backprop_stepper(n, X, y, a=1.0),
            "a came with a network",
        ),
        (
            lambda n, X, y: backprop_stepper(n, X.T, y),
            r"X has shape \(2, 4\)",
        ),
        (
            lambda n, X, y: backprop_stepper(n, X, y[:3]),
            r"y has shape \(3,\)",
        ),
        (
            lambda n, X, y: backprop_stepper(
                n, X, y, backward={"tanh": relu_backward}
            ),
            "backward has 'tanh'",
        ),
        (
            lambda n, X, y: backprop_stepper(n, X, y, backward={"relu": 3}),
            "backward has 'relu': 3",
        ),
        (
            lambda n, X, y: backprop_stepper(n.layers[0], X, y),
            "is neither",
        ),
        (lambda n, X, y: backprop_stepper(5), "5 is neither"),
        (
            lambda n, X, y: backprop_stepper(
                n, np.tile(X, (300, 1)), np.tile(y, 300)
            ),
            "entries",
        ),
        (
            lambda n, X, y: backprop_stepper(Scalar(1.0), a=2.0),
            "a Scalar came with a",
        ),
    ],
)
def test_calls_of_the_stepper_that_cannot_work(data, call, message):
    with pytest.raises(ValueError, match=message):
        call(small(), *data)


def test_networks_that_it_does_not_take(data):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="computes in float32"):
        backprop_stepper(Network([Dense(2, 2, rng)]), *data)
    norm = Network([Dense(2, 2, rng), LayerNorm(2)], dtype=float)
    with pytest.raises(ValueError, match="has a layer LayerNorm"):
        backprop_stepper(norm, *data)


def test_a_loss_that_is_no_number(data):
    def broken(Z, y):
        return math.nan, Z

    with pytest.raises(ValueError, match="the loss is nan"):
        NetworkSteps(small(), *data, loss=broken)


def test_inputs_may_be_called_x_and_y():
    model = stepper(lambda X, y: X * y, X=2.0, y=3.0)
    assert "All 3 slopes agree" in at_the_end(model)


# --- the views --------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda X, y: chain_graph(neuron, a=2.0, b=-3.0, c=5.5),
        lambda X, y: chain_graph(lambda a: a.log() + 2, a=0.1),
        lambda X, y: backprop_stepper(forked, scalar=WrongTwice, a=0.5, b=1.0),
        lambda X, y: backprop_stepper(forked, scalar=Refuses, a=0.5, b=1.0),
        lambda X, y: backprop_stepper(small(), X, y),
        lambda X, y: backprop_stepper(
            small(), X, y, backward={"loss": lambda Z, y: None}
        ),
    ],
)
def test_stills(data, make):
    bundle, about = make(*data)._repr_mimebundle_()
    assert len(bundle["image/png"]) > 5000
    alt = about["image/png"]["alt"]
    assert alt.startswith("A still of the widget that runs in JupyterLab. ")
    assert alt.endswith(".")


def test_the_controls_are_the_inputs():
    widget = chain_graph(neuron, a=2.0, b=-3.0, c=5.5)
    names = [(name, label) for name, _, label, _ in widget.controls]
    assert names[0] == ("nudge_a", "nudge a by")
    assert backprop_stepper(neuron, a=2.0, b=1.0, c=1.0).controls == []
