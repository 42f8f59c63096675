"""graph: slopes, the order of the sweep, every message, words and picture.

Slopes are held against central differences. The chain rule itself is held
against its own sentence: list every path, multiply along it, add them up.
"""

import base64
import gc
import html
import math
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.graph import Scalar

SVG = "{http://www.w3.org/2000/svg}"
moderate = st.floats(-4, 4)
positive = st.floats(0.25, 4)
not_zero = st.one_of(positive, positive.map(lambda a: -a))

# What to call, where its inputs come from, what it is without a graph.
FUNCTIONS = {
    "exp": (lambda a: a.exp(), moderate, math.exp),
    "log": (lambda a: a.log(), positive, math.log),
    "tanh": (lambda a: a.tanh(), moderate, math.tanh),
    "relu": (lambda a: a.relu(), not_zero, lambda a: max(a, 0)),
    "sigmoid": (
        lambda a: a.sigmoid(),
        moderate,
        lambda a: 1 / (1 + math.exp(-a)),
    ),
    "neg": (lambda a: -a, moderate, lambda a: -a),
    "a ** 0": (lambda a: a**0, moderate, lambda a: 1),
    "a ** 1": (lambda a: a**1, moderate, lambda a: a),
    "a ** 2": (lambda a: a**2, moderate, lambda a: a * a),
    "a ** 3": (lambda a: a**3, moderate, lambda a: a**3),
    "a ** -1": (lambda a: a**-1, not_zero, lambda a: 1 / a),
    "a ** -2": (lambda a: a**-2, not_zero, lambda a: 1 / a**2),
    "a ** 0.5": (lambda a: a**0.5, positive, math.sqrt),
    "a ** -1.5": (lambda a: a**-1.5, positive, lambda a: 1 / a**1.5),
    "2 ** a": (lambda a: 2**a, moderate, lambda a: 2.0**a),
    "a + 3": (lambda a: a + 3, moderate, lambda a: a + 3),
    "3 + a": (lambda a: 3 + a, moderate, lambda a: 3 + a),
    "a - 3": (lambda a: a - 3, moderate, lambda a: a - 3),
    "3 - a": (lambda a: 3 - a, moderate, lambda a: 3 - a),
    "a * 3": (lambda a: a * 3, moderate, lambda a: a * 3),
    "3 * a": (lambda a: 3 * a, moderate, lambda a: 3 * a),
    "a / 3": (lambda a: a / 3, moderate, lambda a: a / 3),
    "3 / a": (lambda a: 3 / a, not_zero, lambda a: 3 / a),
    "a + a": (lambda a: a + a, moderate, lambda a: 2 * a),
    "a - a": (lambda a: a - a, moderate, lambda a: 0),
    "a * a": (lambda a: a * a, moderate, lambda a: a**2),
    "a / a": (lambda a: a / a, not_zero, lambda a: 1),
}
OPERATORS = {
    "+": (lambda a, b: a + b, moderate),
    "-": (lambda a, b: a - b, moderate),
    "*": (lambda a, b: a * b, moderate),
    "/": (lambda a, b: a / b, not_zero),
}
# Names of Scalar that compute, and the rows above that hold them to it.
ROWS = {
    "__add__": "a + 3",
    "__radd__": "3 + a",
    "__sub__": "a - 3",
    "__rsub__": "3 - a",
    "__mul__": "a * 3",
    "__rmul__": "3 * a",
    "__truediv__": "a / 3",
    "__rtruediv__": "3 / a",
    "__pow__": "a ** 2",
    "__rpow__": "2 ** a",
    "__neg__": "neg",
    "exp": "exp",
    "log": "log",
    "tanh": "tanh",
    "relu": "relu",
    "sigmoid": "sigmoid",
}


def slope_of(f, a, h=1e-5):
    return (f(a + h) - f(a - h)) / (2 * h)


def close(value):
    return pytest.approx(value, rel=1e-6, abs=1e-8)


def gradients(result, *scalars):
    result.backward()
    return [x.grad for x in scalars]


def paths(result, x):
    """Yield the slopes along every path from the result to x."""
    if result is x:
        yield []
    for source, slope in result.inputs:
        for path in paths(source, x):
            yield [slope, *path]


# --- one operation at a time ------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
@given(data=st.data())
def test_slopes_agree_with_central_differences(name, data):
    function, domain, plain = FUNCTIONS[name]
    a = data.draw(domain)
    x = Scalar(a)
    result = function(x)
    assert result.value == pytest.approx(plain(a), rel=1e-12, abs=1e-15)
    assert gradients(result, x) == [close(slope_of(plain, a))]


@pytest.mark.parametrize("name", OPERATORS)
@given(data=st.data())
def test_operators_have_a_slope_for_each_side(name, data):
    operator, domain = OPERATORS[name]
    a, b = data.draw(domain), data.draw(domain)
    x, y = Scalar(a), Scalar(b)
    result = operator(x, y)
    assert result.operation == name
    assert result.value == operator(a, b)
    (left, to_left), (right, to_right) = result.inputs
    assert left is x
    assert right is y
    assert to_left == close(slope_of(lambda a: operator(a, b), a))
    assert to_right == close(slope_of(lambda b: operator(a, b), b))
    assert gradients(result, x, y) == [to_left, to_right]


def test_every_operation_has_a_row_in_the_table():
    others = {"nodes", "backward", "__init__", "__repr__"}
    names = {
        name
        for name, thing in vars(Scalar).items()
        if callable(thing) and name not in others
    }
    assert names - {"_repr_mimebundle_"} == set(ROWS)
    assert set(ROWS.values()) <= set(FUNCTIONS)


@pytest.mark.parametrize(
    ("result", "operation", "slopes"),
    [
        (Scalar(3.0) + 4, "+", [1.0, 1.0]),
        (Scalar(3.0) - 4, "-", [1.0, -1.0]),
        (Scalar(3.0) * 4, "*", [4.0, 3.0]),
        (Scalar(3.0) / 4, "/", [0.25, -0.1875]),
        (Scalar(3.0) ** 2, "** 2", [6.0]),
        (-Scalar(3.0), "minus", [-1.0]),
        (Scalar(0.0).exp(), "exp", [1.0]),
        (Scalar(4.0).log(), "log", [0.25]),
        (Scalar(0.0).tanh(), "tanh", [1.0]),
        (Scalar(3.0).relu(), "relu", [1.0]),
        (Scalar(0.0).relu(), "relu", [0.0]),
        (Scalar(0.0).sigmoid(), "sigmoid", [0.25]),
    ],
    ids=lambda x: x.operation if isinstance(x, Scalar) else "",
)
def test_operations_and_slopes_are_plain_data(result, operation, slopes):
    assert result.operation == operation
    assert [slope for _, slope in result.inputs] == slopes
    assert all(type(slope) is float for _, slope in result.inputs)
    assert type(result.inputs) is tuple
    assert type(result.value) is float


def test_reflected_operators_keep_the_order_as_written():
    a = Scalar(2.0)
    for result, value in [(5 + a, 7), (5 - a, 3), (5 * a, 10), (5 / a, 2.5)]:
        (constant, _), (right, _) = result.inputs
        assert (constant.value, constant.inputs) == (5.0, ())
        assert right is a
        assert result.value == value


def test_a_sum_starts_from_a_plain_0():
    scalars = [Scalar(1.0), Scalar(2.0)]
    assert gradients(sum(scalars), *scalars) == [1.0, 1.0]


def test_a_power_of_0_is_flat_even_at_0():
    a = Scalar(0.0)
    result = a**0
    assert (result.value, gradients(result, a)) == (1.0, [0.0])


def test_the_relu_has_slope_0_at_0():
    a = Scalar(0.0)
    assert gradients(a.relu(), a) == [0.0]


@pytest.mark.parametrize("a", [-1000.0, -40.0, 40.0, 1000.0])
def test_far_out_the_flat_functions_are_flat_and_finite(a):
    x = Scalar(a)
    assert x.sigmoid().value == pytest.approx(float(a > 0), abs=1e-15)
    assert x.tanh().value == math.copysign(1, a)
    assert gradients(x.sigmoid(), x) == [pytest.approx(0, abs=1e-15)]
    assert gradients(x.tanh(), x) == [0.0]
    assert gradients(x.relu(), x) == [float(a > 0)]


def test_the_logarithm_of_a_sigmoid_is_finite_far_out():
    a = Scalar(-700.0)
    p = a.sigmoid()
    loss = -p.log()
    assert loss.value == close(700.0)
    assert gradients(loss, a) == [close(-1.0)]


def test_exp_underflows_to_0_quietly():
    a = Scalar(-1000.0)
    assert gradients(a.exp(), a) == [0.0]


@given(moderate)
def test_sigmoids_of_a_and_minus_a_add_up_to_1(a):
    both = Scalar(a).sigmoid().value + Scalar(-a).sigmoid().value
    assert both == pytest.approx(1, abs=1e-15)


def test_dividing_a_number_by_itself_gives_exactly_1():
    for a in range(1, 100):
        assert (Scalar(a) / a).value == 1.0


def test_extreme_divisors_are_divided_by():
    a, b = Scalar(1e200), Scalar(1e200)
    assert gradients(a / b, a, b) == [1e-200, -1e-200]


# --- the whole graph --------------------------------------------------------


def test_a_fork_adds_its_paths():
    a = Scalar(3.0)
    assert gradients(a + a, a) == [2.0]
    assert gradients(a * a, a) == [6.0]
    assert gradients(a - a, a) == [0.0]
    assert gradients(a / a, a) == [0.0]


def test_a_diamond_waits_for_both_sides():
    """b must be visited after both of its users, whichever comes first."""
    a = Scalar(2.0)
    b = a * a
    for result in [b * (b + 1), (b + 1) * b, (b + b) * b, b * b.exp().log()]:
        value = result.value
        expected = {20: 36.0, 32: 64.0, 16: 32.0}[round(value)]
        assert gradients(result, a) == [close(expected)]


@st.composite
def graphs(draw):
    """A few inputs, and operations whose slopes stay moderate."""
    nodes = [Scalar(draw(moderate)) for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 7))):
        a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        made = [a + b, a - b, a.tanh() * b.tanh(), a.sigmoid(), -a, 2 * a]
        nodes.append(draw(st.sampled_from(made)))
    return nodes[-1]


@given(graphs())
def test_gradients_multiply_along_paths_and_add_over_them(result):
    result.backward()
    for node in result.nodes():
        total = math.fsum(math.prod(path) for path in paths(result, node))
        assert node.grad == pytest.approx(total, rel=1e-12, abs=1e-12)


@given(moderate, moderate)
def test_gradients_of_an_expression_agree_with_central_differences(a, b):
    def f(a, b):
        return (a * b + a.tanh()) * (b - 2 * a).sigmoid() / (1 + b * b)

    def number(a, b):
        return f(Scalar(a), Scalar(b)).value

    x, y = Scalar(a), Scalar(b)
    assert gradients(f(x, y), x, y) == [
        close(slope_of(lambda a: number(a, b), a)),
        close(slope_of(lambda b: number(a, b), b)),
    ]


@given(graphs())
def test_nodes_come_once_and_before_their_users(result):
    nodes = result.nodes()
    place = {node: i for i, node in enumerate(nodes)}
    assert len(place) == len(nodes)
    assert nodes[-1] is result
    for node in nodes:
        for x, _ in node.inputs:
            assert place[x] < place[node]


def test_nodes_come_in_the_order_of_writing():
    a, b, c = Scalar(1.0), Scalar(2.0), Scalar(3.0)
    product = a * b
    result = product + c
    assert result.nodes() == [a, b, product, c, result]


@given(graphs())
def test_a_second_sweep_gives_the_same(result):
    result.backward()
    first = [node.grad for node in result.nodes()]
    result.backward()
    assert [node.grad for node in result.nodes()] == first


def test_a_sweep_from_an_inner_node_starts_anew():
    a = Scalar(3.0)
    b = a * a
    c = 10 * b
    assert gradients(c, a, b, c) == [60.0, 10.0, 1.0]
    assert gradients(b, a, b) == [6.0, 1.0]
    assert c.grad == 1.0, "b does not know its users"


def test_a_node_that_is_not_reached_stays_at_0():
    a, b = Scalar(3.0), Scalar(4.0)
    unused = a * b
    a.tanh().backward()
    assert (b.grad, unused.grad) == (0.0, 0.0)


def test_a_node_whose_paths_are_flat_gets_0():
    a, b = Scalar(3.0), Scalar(-4.0)
    assert gradients(a + b.relu(), a, b) == [1.0, 0.0]
    assert gradients(0 * a, a) == [0.0]


def test_before_a_sweep_every_gradient_is_0():
    result = Scalar(3.0) * 4
    assert [node.grad for node in result.nodes()] == [0.0, 0.0, 0.0]


def test_two_results_share_their_inputs_and_the_last_sweep_counts():
    a = Scalar(3.0)
    double, triple = 2 * a, 3 * a
    assert gradients(double, a) == [2.0]
    assert gradients(triple, a) == [3.0]


def test_an_input_alone_has_slope_1_by_itself():
    a = Scalar(3.0)
    assert gradients(a, a) == [1.0]


def test_a_chain_of_100_000_nodes_is_built_swept_shown_and_thrown_away():
    start = time.process_time()  # other processes do not count
    x = y = Scalar(0.5)
    for _ in range(100_000):
        y = -y
    y.backward()
    assert x.grad == 1.0
    assert len(y.nodes()) == 100_001
    assert repr(y) == "Scalar(0.5, grad=1.0)"
    assert "text/html" not in y._repr_mimebundle_()
    del x, y
    gc.collect()
    assert time.process_time() - start < 5  # anything quadratic takes hours


def test_a_thousand_forks_are_not_2_to_the_1000_paths():
    x = y = Scalar(1.0)
    for _ in range(1000):
        y = y * 0.5 + y * 0.5
    assert gradients(y, x) == [1.0]


# --- what it takes ----------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [2, 2.0, Fraction(2), np.float64(2), np.float32(2), np.int64(2)],
    ids=lambda value: type(value).__name__,
)
def test_plain_numbers_and_numpy_scalars_become_floats(value):
    a = Scalar(3.0)
    assert type(Scalar(value).value) is float
    for result in [a * value, value * a]:
        assert type(result) is Scalar
        assert result.value == 6.0
    for result in [value - a, value / a - 1 - 2 / a + a.relu() / 3 - a / 3]:
        assert result.value == close(-1.0)
    assert (a**value).value == 9.0
    assert (value**a).value == close(8.0)


WHAT_IS_NEEDED = (
    "\n  Needed: one finite number."
    "\n  Hint: float(x) reads text, x[0] is an entry of an array; "
    "(b * a.log()).exp() is a ** b."
)
OUT_OF_RANGE = (
    "\n  Needed: above 0 for log and roots, not 0 below /, at most 709 for "
    "exp.\n  Hint: scale or shift the input: exp(a - max)."
)


@pytest.mark.parametrize(
    ("make", "error", "came"),
    [
        (lambda: Scalar("3"), TypeError, "'3' is of type str"),
        (lambda: Scalar(True), TypeError, "True is of type bool"),
        (lambda: Scalar(None), TypeError, "None is of type NoneType"),
        (lambda: Scalar(1 + 2j), TypeError, "(1+2j) is of type complex"),
        (lambda: Scalar([1.0]), TypeError, "[1.0] is of type list"),
        (
            lambda: Scalar(np.array([1.0, 2.0])),
            TypeError,
            "array([1., 2.]) is of type ndarray",
        ),
        (
            lambda: Scalar(np.array(1.0)),
            TypeError,
            "array(1.) is of type ndarray",
        ),
        (
            lambda: Scalar(list(range(100))),
            TypeError,
            "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1 is of type list",
        ),
        (lambda: Scalar(math.nan), ValueError, "nan is of type float"),
        (lambda: Scalar(-math.inf), ValueError, "-inf is of type float"),
        (lambda: Scalar(1.0) + "3", TypeError, "'3' is of type str"),
        (lambda: "3" + Scalar(1.0), TypeError, "'3' is of type str"),
        (lambda: Scalar(1.0) / "3", TypeError, "'3' is of type str"),
        (lambda: Scalar(1.0) * True, TypeError, "True is of type bool"),
        (
            lambda: np.array([1.0, 2.0]) * Scalar(1.0),
            TypeError,
            "array([1., 2.]) is of type ndarray",
        ),
        (
            lambda: Scalar(3.0) ** Scalar(2.0),
            TypeError,
            "Scalar(2.0, grad=0.0) is of type Scalar",
        ),
        (lambda: Scalar(3.0) ** "2", TypeError, "'2' is of type str"),
        (lambda: "2" ** Scalar(3.0), TypeError, "'2' is of type str"),
    ],
)
def test_what_is_not_a_number_is_refused(make, error, came):
    with pytest.raises(error) as caught:
        make()
    assert type(caught.value) is error
    assert str(caught.value) == f"Scalar: {came}.{WHAT_IS_NEEDED}"


@pytest.mark.parametrize(
    ("make", "error", "operation", "at"),
    [
        (lambda a: a(-1).log(), ValueError, "log", "-1.0"),
        (lambda a: a(0).log(), ValueError, "log", "0.0"),
        (lambda a: a(6) / 0, ZeroDivisionError, "/", "6.0 and 0.0"),
        (lambda a: 6 / a(0), ZeroDivisionError, "/", "6.0 and 0.0"),
        (lambda a: a(0) ** -1, ValueError, "** -1", "0.0"),
        (lambda a: a(0) ** 0.5, ZeroDivisionError, "** 0.5", "0.0"),
        (lambda a: a(-8) ** 0.5, ValueError, "** 0.5", "-8.0"),
        (lambda a: a(-8) ** 1e-20, ValueError, "** 1e-20", "-8.0"),
        (lambda a: a(1000).exp(), OverflowError, "exp", "1000.0"),
        (lambda a: a(1e200) ** 2, OverflowError, "** 2", "1e+200"),
        (lambda a: a(1e-200) ** -1, OverflowError, "** -1", "1e-200"),
        (lambda a: a(1e308) * 10, OverflowError, "*", "1e+308 and 10.0"),
        (lambda a: a(1e308) + 1e308, OverflowError, "+", "1e+308 and 1e+308"),
        (
            lambda a: a(-1e308) - 1e308,
            OverflowError,
            "-",
            "-1e+308 and 1e+308",
        ),
        (lambda a: a(1) / 1e-200, OverflowError, "/", "1.0 and 1e-200"),
        (lambda a: a(1e-310).log(), OverflowError, "log", "1e-310"),
        (lambda a: (-2) ** a(3), ValueError, "log", "-2.0"),
        (lambda a: 0 ** a(3), ValueError, "log", "0.0"),
        (lambda a: 10 ** a(400), OverflowError, "exp", "921.0340371976183"),
    ],
)
def test_what_has_no_value_or_no_slope_is_refused(make, error, operation, at):
    with pytest.raises(error) as caught:
        make(Scalar)
    assert type(caught.value) is error
    assert str(caught.value) == (
        f"Scalar: {operation} has no finite value and slope at {at}."
        f"{OUT_OF_RANGE}"
    )
    assert caught.value.__suppress_context__


# --- in words ---------------------------------------------------------------


def named():
    a, b = Scalar(2.0, name="a"), Scalar(3.0, name="b")
    c = a * b
    c.name = "c"
    return a, b, c


def words(scalar):
    return scalar._repr_mimebundle_()["text/plain"]


def test_the_repr_is_short():
    _, _, c = named()
    assert repr(c) == "Scalar(6.0, grad=0.0)"
    c.backward()
    assert repr(c) == "Scalar(6.0, grad=1.0)"


def test_words_before_a_sweep_say_nothing_of_gradients():
    assert words(named()[2]) == (
        "a = 2\nb = 3\nc = a * b = 6; slope 3 to a; slope 2 to b"
    )


def test_words_after_a_sweep_say_the_gradients():
    c = named()[2]
    c.backward()
    assert words(c) == (
        "a = 2; grad 3\n"
        "b = 3; grad 2\n"
        "c = a * b = 6; slope 3 to a; slope 2 to b; grad 1"
    )


def test_words_of_functions_powers_and_numbers_without_a_name():
    _, _, c = named()
    assert words(2 - (-c / 4).tanh() ** 2).splitlines() == [
        "n1 = 2",
        "a = 2",
        "b = 3",
        "c = a * b = 6; slope 3 to a; slope 2 to b",
        "n5 = minus(c) = -6; slope -1 to c",
        "n6 = 4",
        "n7 = n5 / n6 = -1.5; slope 0.25 to n5; slope 0.375 to n6",
        "n8 = tanh(n7) = -0.9051; slope 0.1807 to n7",
        "n9 = n8 ** 2 = 0.8193; slope -1.81 to n8",
        "n10 = n1 - n9 = 1.181; slope 1 to n1; slope -1 to n9",
    ]


def test_words_have_no_minus_0():
    assert words(Scalar(-0.0, name="a") * -1).splitlines()[0] == "a = 0"


def test_an_inner_node_shows_what_the_sweep_from_further_on_left_there():
    a, b, c = named()
    (10 * c).backward()
    assert words(c).endswith("slope 2 to b; grad 10")
    d = a + b
    assert "grad" not in words(d), "d has not been swept"


# --- the picture ------------------------------------------------------------


def neuron():
    w, x = [Scalar(-3.0, "w1"), Scalar(1.0, "w2")], [Scalar(2.0), Scalar(0.0)]
    z = w[0] * x[0] + w[1] * x[1] + Scalar(6.88, "b")
    return z.sigmoid()


def micro_mlp():
    x = [Scalar(1.0, "x1"), Scalar(-2.0, "x2")]
    hidden = [
        (Scalar(0.5 * k) * x[0] + Scalar(-0.3) * x[1] + 0.1).tanh()
        for k in (1, 2)
    ]
    return (hidden[0] * 1.2 + hidden[1] * -0.7 - 1) ** 2


def many_forks():
    x = Scalar(0.5, "x")
    y = x.exp() * x.tanh() + x * 2 - x.relu() / x
    return y * x + y


def fork():
    a = Scalar(3.0, "a")
    return a + a


def skip():
    a, b = Scalar(3.0, "a"), Scalar(2.0, "b")
    return a * b + a


PICTURES = {
    "an input": lambda: Scalar(3.0, "a"),
    "a product": lambda: named()[2],
    "fork": fork,
    "tanh": lambda: (Scalar(2.0, "a") * -3 + 7).tanh(),
    "skip": skip,
    "neuron": neuron,
    "micro mlp": micro_mlp,
    "many forks": many_forks,
    "small numbers": lambda: Scalar(-1.2345e-300) * Scalar(-1.2345e-5),
    "escaped": lambda: Scalar(1.0, '<a & "b">') + Scalar(2.0, "it's"),
}


def image(scalar):
    """Return the one img element as it is parsed, and its SVG."""
    page = scalar._repr_mimebundle_()["text/html"]
    source, alt = re.fullmatch(
        r'<img (?=.*\bsrc="([^"]*)")(?=.*\balt="([^"]*)")[^>]*>',
        page.replace("\n", "\0"),
    ).groups()
    kind, data = source.split(",")
    assert kind == "data:image/svg+xml;base64"
    svg = ET.fromstring(base64.b64decode(data, validate=True))
    return html.unescape(alt).replace("\0", "\n"), svg


def boxes(svg):
    return [
        tuple(float(rect.get(key)) for key in ("x", "y", "width", "height"))
        for rect in svg.iter(f"{SVG}rect")
    ]


def labels(svg):
    (group,) = (g for g in svg.iter(f"{SVG}g") if g.get("text-anchor"))
    return [
        (float(text.get("x")), float(text.get("y")), text.text)
        for text in group
    ]


def curves(svg):
    """Yield start, the level part's end, and the end of every edge."""
    for path in svg.iter(f"{SVG}path"):
        numbers = re.findall(r"-?\d+(?:\.\d+)?", path.get("d"))
        assert len(numbers) == 9
        x0, y0, x1, _, _, _, _, x2, y2 = map(float, numbers)
        yield (x0, y0), (x1, y0), (x2, y2)


@pytest.fixture(params=PICTURES)
def pictured(request):
    scalar = PICTURES[request.param]()
    scalar.backward()
    return scalar


def test_the_alt_text_is_the_graph_in_words(pictured):
    alt, _ = image(pictured)
    assert alt == words(pictured)
    assert alt


def test_the_picture_has_a_box_per_node_and_an_edge_per_slope(pictured):
    _, svg = image(pictured)
    nodes = pictured.nodes()
    slopes = [slope for node in nodes for _, slope in node.inputs]
    assert len(boxes(svg)) == len(nodes)
    assert len([*curves(svg)]) == len(slopes)
    assert sorted(text for *_, text in labels(svg)) == sorted(
        f"{slope:z.4g}" for slope in slopes
    )
    assert sorted(text.text for text in svg.findall(f"{SVG}text")) == sorted(
        line.split(";")[0] for line in words(pictured).splitlines()
    )
    assert sorted(tspan.text for tspan in svg.iter(f"{SVG}tspan")) == sorted(
        f"grad {node.grad:z.4g}" for node in nodes
    )


def test_everything_is_inside_the_picture(pictured):
    _, svg = image(pictured)
    left, top, width, height = map(float, svg.get("viewBox").split())
    assert (svg.get("width"), svg.get("height")) == (
        f"{width:g}",
        f"{height:g}",
    )
    for x, y, w, h in boxes(svg):
        assert left < x < x + w < left + width
        assert top < y < y + h < top + height
    for x, y, text in labels(svg):
        assert left < x - 7.4 * len(text) < x < left + width
        assert top < y - 13 < y < top + height
    for points in curves(svg):
        for x, y in points:
            assert left < x < left + width
            assert top < y < top + height


def test_boxes_are_wide_enough_for_their_text(pictured):
    _, svg = image(pictured)
    width = boxes(svg)[0][2]
    for text in svg.findall(f"{SVG}text"):
        assert 8 * len(text.text) + 16 <= width


def test_the_box_of_a_short_name_has_room_for_a_long_gradient():
    a = Scalar(1.0, "a")
    (a * -1.2345e-100).backward()
    _, svg = image(a)
    (tspan,) = svg.iter(f"{SVG}tspan")
    assert tspan.text == "grad -1.234e-100"
    assert 7.4 * len(tspan.text) + 8 < boxes(svg)[0][2]


def test_boxes_and_labels_keep_apart(pictured):
    _, svg = image(pictured)
    places = boxes(svg)
    # A line of text is about 16 high. Digits are up to 8.3 wide, the minus
    # and the point less: for the longest number, 7.4 was measured.
    places += [
        (x - 7.4 * len(text), y - 12, 7.4 * len(text), 16)
        for x, y, text in labels(svg)
    ]
    for i, (x, y, w, h) in enumerate(places):
        for other_x, other_y, other_w, other_h in places[:i]:
            apart_across = x >= other_x + other_w or other_x >= x + w
            apart_down = y >= other_y + other_h or other_y >= y + h
            assert apart_across or apart_down


def test_edges_leave_and_reach_boxes_and_pass_through_none(pictured):
    _, svg = image(pictured)
    places = boxes(svg)
    for (x0, y0), (x1, _), (x2, y2) in curves(svg):
        assert any((x0, y0) == (x + w, y + h / 2) for x, y, w, h in places)
        assert any(x2 == x and y < y2 < y + h for x, y, w, h in places)
        assert x0 <= x1 < x2
        for x, y, w, h in places:
            level = y < y0 < y + h and x < x1 and x0 < x + w
            bent = x < x2 and x1 < x + w
            assert not level
            assert not bent


def test_inputs_stand_left_of_their_users():
    _, svg = image(many_forks())
    for (x0, _), _, (x2, _) in curves(svg):
        assert x0 + 90 <= x2


def test_both_edges_of_a_fork_are_seen():
    _, svg = image(fork())
    (_, _, first), (_, _, second) = curves(svg)
    assert abs(first[1] - second[1]) >= 16


def test_names_are_escaped():
    name = '<a & "b">'
    result = Scalar(3.0, name=name) * 2
    alt, svg = image(result)
    assert alt.startswith(f"{name} = 3\n")
    assert f"{name} = 3" in [text.text for text in svg.iter(f"{SVG}text")]
    page = result._repr_mimebundle_()["text/html"]
    assert page.count("<") == page.count(">") == 1


def test_without_a_sweep_no_box_has_a_gradient():
    _, svg = image(skip())
    assert {tspan.text for tspan in svg.iter(f"{SVG}tspan")} == {None}


def test_the_picture_needs_nothing_from_elsewhere():
    _, svg = image(micro_mlp())
    source = ET.tostring(svg, encoding="unicode")
    assert source.count("http") == 1, "the namespace alone"
    assert not re.search("href|script|@import|url", source)


def chain(length):
    y = Scalar(1.0)
    for _ in range(length - 1):
        y = -y
    assert len(y.nodes()) == length
    return y


def test_60_nodes_are_drawn_and_61_are_told_in_12_lines():
    assert len(words(chain(60)).splitlines()) == 60
    assert len(boxes(image(chain(60))[1])) == 60
    bundle = chain(61)._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    lines = bundle["text/plain"].splitlines()
    assert lines[:2] == ["n1 = 1", "n2 = minus(n1) = -1; slope -1 to n1"]
    assert lines[9].startswith("n10 = ")
    assert lines[10] == "and 50 more"
    assert lines[11] == "n61 = minus(n60) = 1; slope -1 to n60"
    assert len(lines) == 12


def test_jupyter_shows_the_picture_and_the_words():
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(skip())
    assert data == skip()._repr_mimebundle_(include=None, exclude=None)
    assert list(data) == ["text/plain", "text/html"]


# --- the module -------------------------------------------------------------


def test_it_does_without_numpy():
    script = "import sys, nnlib.graph; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
