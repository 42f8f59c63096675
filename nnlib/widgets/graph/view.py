"""The two graph widgets as a cell shows them."""

from nnlib.widgets.graph.chain_model import ChainGraph
from nnlib.widgets.graph.stepper_model import stepper
from nnlib.widgets.graph.still import draw_graph
from nnlib.widgets.view import View, javascript, stylesheet

STILL = "A still of the widget that runs in JupyterLab. "


class _ChainView(View):
    _esm = javascript("graph/graph.js", "graph/chain.js")
    _css = stylesheet("graph/graph.css")


class _StepperView(View):
    _esm = javascript("graph/graph.js", "graph/stepper.js")
    _css = stylesheet("graph/graph.css")


def chain_graph(f, /, reach=1.0, **inputs):
    """Show an expression whose inputs can be nudged, predicted and real.

    Parameters
    ----------
    f : callable
        f(**inputs) -> Scalar. It is called once, with named Scalars, and
        what is nudged is the graph that it built.
    reach : float
        The largest nudge, up or down.
    inputs : float
        By the names of f's arguments.

    Returns
    -------
    anywidget.AnyWidget
        Its `model` knows the `predicted` and the `real` change of every node.

    Raises
    ------
    TypeError, ValueError

    Source: lessons/05_chain_rule, "The whole rule".
    """
    model = ChainGraph(f, reach, **inputs)

    def still():
        later = ChainGraph(f, reach, **inputs)
        first = next(iter(later.SETTINGS))
        later.set(first, max(later.SETTINGS[first].options) / 5)
        facts, _ = later.frame()
        texts = [*map(_nudged, facts["nodes"])]
        alt = STILL + later.sentence()
        return draw_graph(facts["nodes"], facts["edges"], texts, alt)

    return _ChainView(model, still)


def backprop_stepper(
    what, /, X=None, y=None, loss=None, backward=None, scalar=None, **inputs
):
    """Show values going forward and slopes backward, step by step.

    Beside every slope stands what nudging gives. Where the two part, the
    operation is marked, and so is everything that is built on it.

    Parameters
    ----------
    what : Scalar, callable or Network
        The result of an expression; or f(**inputs) -> Scalar; or a network
        of Dense and Activation layers with dtype=float.
    X : ndarray, shape (n, n_in)
        For a network: a few rows.
    y : ndarray
        For a network: as its loss needs it.
    loss : callable, optional
        loss(Z, y) -> (value, dZ); losses.cross_entropy unless given.
    backward : dict of str to callable, optional
        For a network: your own functions in place of nnlib's.
        "loss": f(Z, y) -> dZ; "dense": f(dZ, X, W) -> (dX, dW, db); an
        activation by its name, such as "relu": f(dA, Z) -> dZ.
    scalar : type, optional
        For a function of inputs: your own class in place of nnlib's Scalar.
        scalar(value) makes a number; it has the operators that f uses,
        `grad`, and backward(). With `value` or `data`, the forward pass is
        compared as well.
    inputs : float
        For a function: by the names of its arguments.

    Returns
    -------
    anywidget.AnyWidget
        Its `model` knows the `step`, and what each one shows.

    Raises
    ------
    ShapeError, TypeError, ValueError

    Source: lessons/06_backpropagation, "Step through it".
    """
    model = stepper(what, X, y, loss, backward, scalar, **inputs)

    def still():
        what, alt = model.what, STILL + model.sentence(model.last)
        network = what.kind == "network"
        texts = map(_layer if network else _number, what.nodes)
        thumbs = _thumbs(what) if network else None
        return draw_graph(what.nodes, what.edges, [*texts], alt, thumbs)

    return _StepperView(model, still)


def _nudged(node):
    """Return what stands in the box of a Scalar that is nudged."""
    if node["kind"] == "constant":
        return [node["name"]]
    arrow = "\N{RIGHTWARDS ARROW}"
    return [
        _title(node),
        f"{node['value']} {arrow} {node['now']}",
        node["slope"],
        f"predicted {node['predicted']}",
        f"real {node['real']}",
    ]


def _number(node):
    """Return what stands in the box of a Scalar."""
    if node["kind"] == "constant":
        return [node["name"]]
    return [
        _title(node),
        f"value {node['value']}",
        f"{node['slope']} = {node['grad']}",
        f"nudged {node['nudged']}",
        _mark(node),
    ]


def _layer(node):
    """Return what stands in the box of a layer, beside its arrays."""
    return [
        node["name"],
        node["formula"] or "the data",
        f"{node['output']} {node['shape'] or '= ' + node['value']}",
        _mark(node),
    ]


def _thumbs(what):
    """Return the values and gradients of each node, to be drawn small."""
    arrays = what.arrays
    return {
        i: [
            (name, arrays[name])
            for name in (node["output"], f"d{node['output']}")
            if name in arrays
        ]
        for i, node in enumerate(what.nodes)
    }


def _title(node):
    formula = node["formula"]
    return f"{node['name']} = {formula}" if formula else node["name"]


def _mark(node):
    marks = {
        "agrees": "\N{CHECK MARK} agrees",
        "differs": "\N{BALLOT X} differs",
        "built on a wrong value": "\N{WHITE UP-POINTING TRIANGLE} built on it",
    }
    return marks.get(node["verdict"], "")
