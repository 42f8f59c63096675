"""The two passes through an expression, one operation at a time."""

import numpy as np

from nnlib.graph import Scalar
from nnlib.widgets.graph.both import (
    Failure,
    attempt,
    grad_of,
    pairs,
    value_of,
)
from nnlib.widgets.graph.expression import (
    Expression,
    as_result,
    build,
    number,
)
from nnlib.widgets.graph.verdicts import (
    BUILT,
    DIFFERS,
    OPEN,
    RIGHT,
    agree,
    at_kink,
    diagnose,
    plain_step,
    relative_error,
)

WHERE = "backprop_stepper"


class ScalarSteps:
    """What the stepper shows of an expression.

    Parameters
    ----------
    expression : Expression
    theirs : dict of int to object, optional
        The reader's numbers by node, after their backward(); Failure where
        there is none.
    broken : str
        Why their backward() did not end well.

    Attributes
    ----------
    nodes, edges, steps : list of dict
        Plain data, for the drawing. A step knows what it changes: `values`
        are nodes, `grads` are [node, text of the slope so far].
    names : list of str
    verdicts, reasons : list of str
        One for each node, about its gradient.
    """

    kind = "scalar"

    def __init__(self, expression, theirs=None, broken=""):
        self.expression, self.theirs, self.broken = expression, theirs, broken
        self.names = expression.names
        self.nodes, self.edges = expression.drawing()
        self.nudged = [
            expression.nudged_slope(i) for i in range(len(self.names))
        ]
        self.noise = 1e-9 * max(1.0, abs(expression.nodes[-1].value))
        self._read()
        self._judge_values()
        self._judge_grads()
        for i, node in enumerate(self.nodes):
            node |= self._about(i)
        self.steps = [self._start(), *self._forward(), *self._backward()]
        self.arrays = {}
        self.own_functions = theirs is not None

    def _read(self):
        """Take the gradients to be judged: the reader's, or nnlib's."""
        nodes = self.expression.nodes
        if self.theirs is None:
            self.grads = [node.grad for node in nodes]
            return
        self.grads = [
            grad_of(self.theirs[i]) if i in self.theirs else None
            for i in range(len(nodes))
        ]
        if self.broken:
            self.grads = [Failure("")] * len(nodes)
            self.grads[-1] = Failure(self.broken)

    def _judge_values(self):
        """Find operations of the reader's whose value is wrong, or missing.

        Each is judged by the inputs that it got.
        """
        self.wrong_values = {}
        for i, theirs in (self.theirs or {}).items():
            if isinstance(theirs, Failure):
                if theirs.reason:
                    self.wrong_values[i] = theirs.reason
                continue
            value = value_of(theirs)
            got = [
                value_of(self.theirs.get(k)) for k in self.expression.wiring[i]
            ]
            if value is None or (got and None in got):
                needed, value = self.expression.nodes[i].value, value
            else:
                needed = self._value_given(i, got)
            if value is not None and not agree(needed, value, 1e-12):
                self.wrong_values[i] = (
                    f"its value is {number(value)}, needed {number(needed)}"
                )

    def _value_given(self, i, got):
        """Return what node i comes to for the values that it was given."""
        given = dict(zip(self.expression.wiring[i], got, strict=True))
        node = self.expression.evaluate(given)[0][i]
        return np.nan if node is None else node.value

    def _judge_grads(self):
        """Judge every gradient, in the order of the sweep."""
        count = len(self.grads)
        self.verdicts, self.reasons = [OPEN] * count, [""] * count
        blamed = bool(self.wrong_values)
        for i in reversed(range(count)):
            grad, nudged = self.grads[i], self.nudged[i]
            constant = i in self.expression.constants
            if grad is None or np.isnan(nudged) or constant:
                continue
            if not isinstance(grad, Failure) and self._fits(i, grad):
                self.verdicts[i] = RIGHT
                continue
            own = not blamed or self._expected(i) is not None
            self.verdicts[i] = DIFFERS if own else BUILT
            if own:
                self.reasons[i] = self._reason(i)
                blamed = True

    def _fits(self, i, grad):
        """Return whether a gradient agrees with nudging node i."""
        if agree(self.nudged[i], grad, self.noise):
            return True
        beside = self.expression.slopes_beside(i)
        ours = self.expression.nodes[i].grad
        if not at_kink(beside, ours, grad, self.noise):
            return False
        low, high = map(number, sorted(beside))
        self.reasons[i] = (
            f"At a kink: {low} on one side and {high} on the other, nudging "
            "gives their middle, and any slope between them will do."
        )
        return True

    def _expected(self, i):
        """Return what node i should have got from its users' wrong slopes.

        None if that is what it has: then it is not to blame. Steps backward
        are linear, so this is as fair as to give it the right ones.
        """
        if self.wrong_values:
            return None
        total = float(i == len(self.grads) - 1)
        for start, user, slope in self.expression.edges:
            if start == i:
                above = self.grads[user]
                if above is None or isinstance(above, Failure):
                    return None
                total += slope * above
        grad = self.grads[i]
        fits = not isinstance(grad, Failure) and agree(total, grad, self.noise)
        return None if fits else total

    def _reason(self, i):
        """Say what is wrong with a gradient."""
        grad = self.grads[i]
        if isinstance(grad, Failure):
            return grad.reason or "there is no number to ask"
        shares = [
            slope * self.expression.nodes[user].grad
            for start, user, slope in self.expression.edges
            if start == i
        ]
        if len(shares) > 1 and any(
            agree(share, grad, self.noise) for share in shares
        ):
            return (
                f"One path alone gives {number(grad)}. "
                f"{len(shares)} paths lead here, and paths add: += for =."
            )
        return diagnose(self.nudged[i], grad)

    def _about(self, i):
        """Return what the drawing shows of node i."""
        grad, nudged = self.grads[i], self.nudged[i]
        shown = self.expression.nodes[i].grad if grad is None else grad
        missing = isinstance(shown, Failure)
        error = ""
        if not missing and np.isfinite(nudged):
            error = number(relative_error(nudged, shown), 2)
        return {
            "slope": f"d{self.names[-1]}/d{self.names[i]}",
            "value": number(self.expression.nodes[i].value),
            "grad": "none" if missing else number(shown),
            "nudged": "none" if np.isnan(nudged) else number(nudged),
            "error": error,
            "verdict": self.verdicts[i],
            "reason": self.reasons[i],
            "shape": "",
        }

    def _start(self):
        """Return the first step: only the inputs have values."""
        nodes, constants = self.expression.nodes, self.expression.constants
        leaves = [i for i, w in enumerate(self.expression.wiring) if not w]
        known = ", ".join(
            f"{self.names[i]} = {number(nodes[i].value)}"
            for i in leaves
            if i not in constants or len(nodes) == 1
        )
        wrong = "".join(
            f" Yours differs at {self.names[i]}: {reason}."
            for i, reason in self.wrong_values.items()
            if i in leaves
        )
        return plain_step(
            "start",
            None,
            f"Only the inputs have values: {known or 'none has a name'}. "
            f"Values go forward, then slopes backward.{wrong}",
            lines=[known] if known else [],
            values=leaves,
        )

    def _forward(self):
        """Yield the steps of the forward pass."""
        expression = self.expression
        for i, wires in enumerate(expression.wiring):
            if not wires:
                continue
            line = (
                f"{self.names[i]} = {expression.formula(i)} = "
                f"{expression.formula(i, numbers=True)} = "
                f"{number(expression.nodes[i].value)}"
            )
            words, wrong = f"Forward: {line}.", self.wrong_values.get(i)
            yield plain_step(
                "forward",
                i,
                f"{words} Yours differs: {wrong}." if wrong else words,
                lines=[line, f"yours: {wrong}"] if wrong else [line],
                values=[i],
                edges=self._edges_into(i),
                verdict=DIFFERS if wrong else "",
            )

    def _backward(self):
        """Yield the steps of the backward pass."""
        self._arrived, self._sums = {}, [0.0] * len(self.names)
        last = len(self.names) - 1
        line = f"d{self.names[last]}/d{self.names[last]} = 1"
        yield plain_step(
            "backward",
            last,
            f"Backward: {line}, for {self.names[last]} moves with itself."
            + self._words(last),
            lines=[line],
            grads=[[last, self.nodes[last]["grad"], True]],
            verdict=self.verdicts[last],
        )
        for i in reversed(range(last + 1)):
            if self.expression.wiring[i]:
                yield self._sweep(i)

    def _sweep(self, i):
        """Return the step in which node i hands its slope to its inputs."""
        lines, grads, said, words = [], {}, [], ""
        for k in self._edges_into(i):
            source = self.edges[k]["from"]
            line, short, arrived = self._share(i, source, k)
            count = len(self._edges_from(source))
            if count > 1:
                line += f"   (path {arrived} of {count})"
            complete = arrived == count
            sofar = number(self._sums[source])
            shown = self.nodes[source]["grad"] if complete else sofar
            lines.append(line)
            said.append(short)
            grads[source] = [source, shown, complete]
            if complete:
                words += self._words(source)
        formula = f"{self.names[i]} = {self.expression.formula(i)}"
        return plain_step(
            "backward",
            i,
            f"Backward through {formula}: {'; '.join(said)}.{words}",
            lines=lines,
            grads=list(grads.values()),
            edges=self._edges_into(i),
            verdict=self._worst(g[0] for g in grads.values() if g[2]),
        )

    def _share(self, i, source, k):
        """Return upstream * local = downstream, long and short; the count."""
        above = self.expression.nodes[i].grad
        slope = self.expression.edges[k][2]
        count = self._arrived.get(source, 0)
        plus = f"{number(self._sums[source])} + " if count else ""
        self._arrived[source] = count + 1
        self._sums[source] += slope * above
        there, up = self.nodes[source]["slope"], self.nodes[i]["slope"]
        local = f"d{self.names[i]}/d{self.names[source]}"
        if i == len(self.names) - 1 or source in self.expression.constants:
            local = f"slope of {self.expression.nodes[i].operation}"
        numbers = (
            f"{plus}{number(above)} * {number(slope)} = "
            f"{number(self._sums[source])}"
        )
        line = f"{there} = {plus}{up} * {local} = {numbers}"
        return line, f"{there} = {numbers}", count + 1

    def _words(self, i):
        """Say whether a complete gradient agrees with nudging."""
        node = self.nodes[i]
        name, mine = f" {node['slope']}", self.theirs is not None
        if self.verdicts[i] == OPEN:
            return ""
        if self.verdicts[i] == RIGHT:
            who = f"{name}: yours {node['grad']}," if mine else name
            text = f"{who} by nudging {node['nudged']}"
            if self.reasons[i]:
                return f"{text}. {self.reasons[i]}"
            return f"{text}: they agree."
        words = f"{name} by nudging {node['nudged']}, yours {node['grad']}:"
        reason = f" {self.reasons[i]}".rstrip()
        return f"{words} {self.verdicts[i]}.{_full(reason)}"

    def _worst(self, nodes):
        found = {self.verdicts[i] for i in nodes}
        for verdict in (DIFFERS, BUILT, RIGHT):
            if verdict in found:
                return verdict
        return ""

    def _edges_into(self, i):
        return [k for k, edge in enumerate(self.edges) if edge["to"] == i]

    def _edges_from(self, i):
        return [k for k, edge in enumerate(self.edges) if edge["from"] == i]

    def summary(self):
        """Say how it went, at the end."""
        forward = [
            f"{self.names[i]} ({reason})"
            for i, reason in sorted(self.wrong_values.items())
        ]
        differs = [
            self.nodes[i]["slope"]
            for i in reversed(range(len(self.names)))
            if self.verdicts[i] == DIFFERS
        ]
        if forward:
            return f"The forward pass differs at {', '.join(forward)}."
        if differs:
            first, *others = differs
            text = f"The first to differ is {first}."
            if others:
                text += f" Another fault is at {', '.join(others)}."
            return text
        count = self.verdicts.count(RIGHT)
        return f"All {count} slopes agree with nudging."

    def code(self):
        """Return the lines that build the expression and sweep back."""
        nodes = zip(self.names, self.expression.nodes, strict=True)
        inputs = [
            (name, node.value)
            for i, (name, node) in enumerate(nodes)
            if not self.expression.wiring[i]
            and i not in self.expression.constants
        ]
        return "\n".join(
            [
                "from nnlib.graph import Scalar",
                "",
                *(f'{name} = Scalar({x!r}, "{name}")' for name, x in inputs),
                *self.expression.lines(),
                f"{self.names[-1]}.backward()",
                f"print({', '.join(f'{name}.grad' for name, _ in inputs)})",
            ]
        )


def scalar_steps(f, inputs, scalar=None):
    """Return the ScalarSteps of a Scalar, or of a function of named inputs.

    Parameters
    ----------
    f : Scalar or callable
    inputs : dict of str to float
    scalar : type, optional
        The reader's own class.
    """
    if isinstance(f, Scalar):
        return ScalarSteps(Expression(WHERE, f))
    if scalar is None:
        result, _ = build(WHERE, f, inputs)
        return ScalarSteps(Expression(WHERE, as_result(WHERE, result)))
    known = {}
    result, _ = build(WHERE, f, inputs, pairs(scalar, known))
    ours = as_result(WHERE, getattr(result, "ours", result))
    expression = Expression(WHERE, ours)
    end, broken = known[ours], ""
    if not isinstance(end, Failure):
        done = attempt(lambda: end.backward())
        if isinstance(done, Failure):
            broken = f"backward() {done.reason}"
    place_of = expression.place_of
    theirs = {place_of[n]: x for n, x in known.items() if n in place_of}
    return ScalarSteps(expression, theirs, broken)


def _full(text):
    return text if not text or text.endswith(".") else f"{text}."
