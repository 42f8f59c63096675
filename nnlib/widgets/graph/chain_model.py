"""What a nudge does to every node of an expression, and what slopes predict.

Along a path the local slopes multiply, and over paths they add. That gives
the slope of each node to each input, and slope times nudge is a prediction.
Reality is the expression, evaluated again at the nudged inputs.
"""

import math

import numpy as np

from nnlib.widgets.graph.expression import (
    Expression,
    as_result,
    build,
    number,
)
from nnlib.widgets.settings import Model, Slider

PARTS = 50  # slider stops to each side
MOST_PATHS = 6  # written out; the others are counted


class ChainGraph(Model):
    """An expression whose inputs can be nudged.

    Parameters
    ----------
    f : callable
        f(**inputs) -> Scalar, called once.
    reach : float
        The largest nudge, up or down.
    inputs : float
        By the names of f's arguments.

    Attributes
    ----------
    slopes : ndarray, shape (n_nodes, n_inputs)
        How fast each node moves with each input.
    paths : ndarray of float, shape (n_nodes, n_inputs)
        How many paths lead from each input to each node.
    source, target : int
        The input whose paths are shown, as a column of `slopes`, and the
        node they lead to.
    """

    ACTIONS = ("set", "reset", "select")

    def __init__(self, f, reach=1.0, **inputs):
        result, given = build("chain_graph", f, inputs)
        within = set(as_result("chain_graph", result).nodes())
        unused = [x for x in given.values() if x not in within]
        self.expression = Expression("chain_graph", result, unused)
        place_of = self.expression.place_of
        self.inputs = {name: place_of[x] for name, x in given.items()}
        self.reach = _as_reach(reach)
        stops = np.arange(-PARTS, PARTS + 1) * (self.reach / PARTS)
        stops = tuple(float(f"{stop:.6g}") for stop in stops)
        self.SETTINGS = {
            f"nudge_{name}": Slider(f"nudge {name} by", stops, 0.0)
            for name in inputs
        }
        self._drawing = self.expression.drawing()
        self._trace()
        super().__init__()

    def reset(self):
        """Take all nudges back, and look at the result again."""
        self.source, self.target = 0, len(self.expression.nodes) - 1
        super().reset()

    def changed(self, name):
        """Predict, and evaluate again."""
        if name is not None:
            self.source = list(self.SETTINGS).index(name)
        self.nudges = np.array(list(self.settings().values()))
        nodes = self.expression.nodes
        moved, self.trouble = self.expression.evaluate(
            {
                i: nodes[i].value + nudge
                for i, nudge in zip(
                    self.inputs.values(), self.nudges, strict=True
                )
            }
        )
        now = [math.nan if node is None else node.value for node in moved]
        self.now = np.array(now)
        self.real = self.now - [node.value for node in nodes]
        with np.errstate(over="ignore", invalid="ignore"):
            self.predicted = self.slopes @ self.nudges

    def select(self, node):
        """Look at one node: which paths lead from the nudged input to it."""
        if node not in range(len(self.expression.nodes)):
            raise ValueError(f"There is no node {node!r:.20}.")
        self.target = node
        places = list(self.inputs.values())
        if node in places:
            self.source = places.index(node)
            self.target = len(self.expression.nodes) - 1

    def _trace(self):
        """Multiply along the edges and add up at the nodes, inputs first."""
        shape = len(self.expression.nodes), len(self.inputs)
        self.slopes, self.paths = np.zeros(shape), np.zeros(shape)
        for column, i in enumerate(self.inputs.values()):
            self.slopes[i, column] = self.paths[i, column] = 1
        with np.errstate(over="ignore", invalid="ignore"):
            for i, user, slope in self.expression.edges:
                self.slopes[user] += slope * self.slopes[i]
                self.paths[user] += self.paths[i]

    def frame(self):
        """Return (facts, arrays): all that a view draws."""
        nodes, edges = self._drawing
        on = self._on_paths()
        nodes = [
            node | self._node(i) | {"on": i in on}
            for i, node in enumerate(nodes)
        ]
        edges = [
            edge | {"on": edge["from"] in on and edge["to"] in on}
            for edge in edges
        ]
        facts = {
            "sentence": self.sentence(),
            "settings": self.settings(),
            "nodes": nodes,
            "edges": edges,
            "source": list(self.inputs.values())[self.source],
            "target": self.target,
            "step": self.reach / PARTS,
            "result": self.expression.names[-1],
            "inputs": [
                [f"nudge_{name}", i] for name, i in self.inputs.items()
            ],
            "paths": self.path_lines(),
        }
        return facts, {}

    def _node(self, i):
        """Return what is written on a node, and the lengths of its bars."""
        node, result = self.expression.nodes[i], self.expression.names[-1]
        real, predicted, now = self.real[i], self.predicted[i], self.now[i]
        return {
            "value": number(node.value, 3),
            "now": "none" if np.isnan(now) else number(now, 3),
            "slope": f"d{result}/d{self.expression.names[i]} = "
            f"{number(node.grad, 3)}",
            "predicted": _signed(predicted),
            "real": "no value" if np.isnan(real) else _signed(real),
            "bars": self._bars(i),
            "moves": bool(self.paths[i] @ (self.nudges != 0)),
        }

    def _bars(self, i):
        """Return predicted and real change as lengths from -1 to 1.

        Up to a quarter of the reach the bars grow with the nudge; from there
        on the longer one is 1, and what is to be seen is how they part.
        """
        reach = np.abs(self.slopes[i]) @ (self.nudges != 0) * self.reach / 4
        pair = np.nan_to_num([self.predicted[i], self.real[i]])
        scale = max(reach, *np.abs(pair), 1e-300)
        return [float(length) for length in pair / scale]

    def _on_paths(self):
        """Return the nodes on some path from the source to the target."""
        start = list(self.inputs.values())[self.source]
        after, before = {start}, {self.target}
        edges = self.expression.edges
        for i, user, _ in edges:
            if i in after:
                after.add(user)
        for i, user, _ in reversed(edges):
            if user in before:
                before.add(i)
        return after & before

    def path_lines(self):
        """Return the paths from source to target, their products, the sum."""
        names = self.expression.names
        start = list(self.inputs.values())[self.source]
        slope = f"d{names[self.target]}/d{names[start]}"
        total = number(self.slopes[self.target, self.source], 3)
        count = int(self.paths[self.target, self.source])
        if start == self.target:
            return [f"{slope} = 1: it moves with itself."]
        if not count:
            return [
                f"No path leads from {names[start]} to {names[self.target]}: "
                f"{slope} = 0."
            ]
        lines, products = [], []
        for route, slopes in self._routes(start, self.target):
            way = " \N{RIGHTWARDS ARROW} ".join(names[i] for i in route)
            products.append(number(math.prod(slopes), 3))
            factors = " * ".join(map(_bracketed, slopes))
            if len(slopes) > 1:
                factors += f" = {products[-1]}"
            lines.append(f"{way}:  {factors}")
        if count > len(lines):
            lines.append(f"and {count - len(lines)} more paths")
            products.append("...")
        if count > 1:
            lines.append(f"together:  {' + '.join(products)} = {total}")
        lines[-1] += f" = {slope}"
        return lines

    def _routes(self, start, target):
        """Return the first MOST_PATHS paths: nodes, slopes."""
        found, waiting, on = [], [([start], [])], self._on_paths()
        while waiting and len(found) < MOST_PATHS:
            route, slopes = waiting.pop()
            if route[-1] == target:
                found.append((route, slopes))
                continue
            onward = [
                ([*route, user], [*slopes, slope])
                for i, user, slope in self.expression.edges
                if i == route[-1] and user in on
            ]
            waiting += reversed(onward)
        return found

    def sentence(self):
        """Say in words what the picture shows."""
        names, nodes = self.expression.names, self.expression.nodes
        if self.trouble:
            return (
                f"{self._nudged()} Then {names[-1]} has no value: "
                f"{self.trouble}. The slopes, measured at the start, know "
                "nothing of that."
            )
        if not self.nudges.any():
            slopes = ", ".join(
                f"{number(nodes[i].grad)} times as fast as {name}"
                for name, i in self.inputs.items()
            )
            return (
                f"{names[-1]} = {number(nodes[-1].value)}. It moves {slopes}. "
                "Nudge an input: a prediction is slope times nudge."
            )
        i = self.target
        miss = abs(self.predicted[i] - self.real[i])
        words = (
            f"{self._nudged()} {names[i]} should move by "
            f"{_signed(self.predicted[i])} and really moves by "
            f"{_signed(self.real[i])}, from {number(nodes[i].value)} to "
            f"{number(self.now[i])}."
        )
        return f"{words} {_miss(miss, abs(self.real[i]))}"

    def _nudged(self):
        names = [
            f"{name} is nudged by {_signed(nudge)}"
            for name, nudge in zip(self.inputs, self.nudges, strict=True)
            if nudge
        ]
        return f"{', '.join(names)}."

    def code(self):
        """Return the nnlib lines for what is on screen."""
        names = ", ".join(self.inputs)
        at = [self.expression.nodes[i].value for i in self.inputs.values()]
        lines = [
            "from nnlib.graph import Scalar",
            "",
            "",
            f"def expression({names}):",
            *(f"    {line}" for line in self.expression.lines()),
            f"    return {self.expression.names[-1]}",
            "",
            "",
            f"inputs = [Scalar(x) for x in {at}]",
            f"nudges = {self.nudges.tolist()}",
            "result = expression(*inputs)",
            "result.backward()",
            "pairs = list(zip(inputs, nudges))",
            "predicted = sum(x.grad * nudge for x, nudge in pairs)",
        ]
        if not self.trouble:
            lines += [
                "nudged = expression(*(x + nudge for x, nudge in pairs))",
                "real = nudged.value - result.value",
            ]
        shown = "predicted" if self.trouble else "predicted, real"
        return "\n".join([*lines, f"print({shown})"])


def _as_reach(reach):
    if isinstance(reach, bool) or not isinstance(reach, int | float):
        valid = False
    else:
        valid = 0 < reach < math.inf
    if not valid:
        raise ValueError(
            f"chain_graph: reach is {reach!r:.40}.\n"
            "  Needed: one number above 0, the largest nudge.\n"
            "  Hint: 1.0 nudges every input by up to 1, up and down."
        )
    return float(reach)


def _signed(x):
    """Return a number with its sign, also a plus.

    >>> _signed(0.25), _signed(0.0)
    ('+0.25', '0')
    """
    return f"+{number(x, 3)}" if x > 0 else number(x, 3)


def _bracketed(x):
    return f"({number(x, 3)})" if x < 0 else number(x, 3)


def _miss(miss, real):
    """Say how far a prediction is from what happened."""
    if miss <= 1e-9 * max(real, 1e-300) or miss < 1e-15:
        return "Prediction and reality agree."
    if not real:
        return f"The prediction is off by {number(miss, 2)}."
    share = f"{number(100 * miss / real, 2)}\N{NO-BREAK SPACE}%"
    return f"The prediction is off by {number(miss, 2)}, {share}."
