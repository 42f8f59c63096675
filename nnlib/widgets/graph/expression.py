"""An expression of Scalars: evaluated again, nudged, and put into words."""

import keyword
import math
import operator

import numpy as np

from nnlib.gradcheck import numerical_gradient
from nnlib.graph import Scalar
from nnlib.widgets.graph.layout import place

MOST_NODES = 40
OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "minus": operator.neg,
}
METHODS = ("exp", "log", "tanh", "relu", "sigmoid")


def number(x, digits=4):
    """Return a number as short text, with a real minus sign.

    >>> number(-1.50000001), number(2e-7), number(1e6)
    ('−1.5', '2e−7', '1e6')
    """
    text = f"{x:z.{digits}g}"
    if "e" in text:
        mantissa, power = text.split("e")
        return _minus(f"{mantissa}e{int(power)}")
    return _minus(text)


def _minus(text):
    return text.replace("-", "\N{MINUS SIGN}")


class Expression:
    """The graph of one Scalar, with what words, pictures and nudges need.

    Parameters
    ----------
    where : str
        Who speaks in an error message.
    result : Scalar
        What the expression comes to. It is evaluated again; the reader's own
        graph stays as it is.
    unused : sequence of Scalar
        Inputs that the result does not depend on.

    Attributes
    ----------
    nodes : list of Scalar
        Inputs before their users; the result is the last. Their `grad` is
        filled in.
    names : list of str
        One for each node; all differ. A constant is called by its value.
    edges : list of (int, int, float)
        Input, user, local slope; in the order in which users list inputs.
    """

    def __init__(self, where, result, unused=()):
        originals = [*unused, *result.nodes()]
        if len(originals) > MOST_NODES:
            raise ValueError(
                f"{where}: the expression has {len(originals)} nodes.\n"
                f"  Needed: at most {MOST_NODES}, for a drawing to be read.\n"
                "  Hint: take two inputs instead of twenty; the rule is the "
                "same."
            )
        for node in originals:
            _check_operation(where, node)
        self._originals = originals
        self.place_of = {node: i for i, node in enumerate(originals)}
        self.powers = {i: _power(node) for i, node in enumerate(originals)}
        self.wiring = [
            [self.place_of[x] for x, _ in node.inputs] for node in originals
        ]
        self.names = _names(originals, len(unused))
        self.nodes, _ = self.evaluate({})
        self.nodes[-1].backward()
        self.edges = [
            (i, user, slope)
            for user, node in enumerate(self.nodes)
            for i, (_, slope) in zip(
                self.wiring[user], node.inputs, strict=True
            )
        ]

    def evaluate(self, values):
        """Compute all nodes again, with other values for some of them.

        Parameters
        ----------
        values : dict of int to float
            A node that has one here keeps it, whatever its inputs are.

        Returns
        -------
        (list of (Scalar or None), str)
            None for what has no value; what is in the way, or "".
        """
        found, trouble = [], ""
        for i, node in enumerate(self._originals):
            inputs = [found[k] for k in self.wiring[i]]
            try:
                if i in values or not inputs:
                    value = float(values.get(i, node.value))
                    new = Scalar(value, node.name)
                elif None in inputs:
                    new = None
                else:
                    new = self._apply(i, inputs)
            except (ArithmeticError, ValueError):
                new, at = None, " and ".join(number(x.value) for x in inputs)
                trouble = trouble or f"{self.formula(i)} has none at {at}"
            found.append(new)
        return found, trouble

    def _apply(self, i, inputs):
        """Do the operation of node i on other inputs."""
        node = self._originals[i]
        if self.powers[i] is not None:
            new = inputs[0] ** self.powers[i]
        elif node.operation in OPERATORS:
            new = OPERATORS[node.operation](*inputs)
        else:
            new = getattr(inputs[0], node.operation)()
        new.name = node.name
        return new

    def result_at(self, i, value):
        """Return the result if node i had this value, or nan."""
        last = self.evaluate({i: float(value)})[0][-1]
        return math.nan if last is None else last.value

    def nudged_slope(self, i):
        """Return d(result)/d(node i) by central differences, or nan."""
        value = np.array(self.nodes[i].value)
        h = 1e-5 * max(1.0, abs(float(value)))
        return float(
            numerical_gradient(lambda x: self.result_at(i, x), value, h)
        )

    def slopes_beside(self, i):
        """Return the slopes below and above node i: two, at a kink."""
        value = self.nodes[i].value
        h = 1e-5 * max(1.0, abs(value))
        return tuple(
            float(
                numerical_gradient(
                    lambda x: self.result_at(i, x), np.array(value + side), h
                )
            )
            for side in (-h, h)
        )

    @property
    def constants(self):
        """Return the numbers that were written into the expression."""
        return {
            i
            for i, node in enumerate(self.nodes)
            if not self.wiring[i] and not node.name
        }

    def formula(self, i, numbers=False):
        """Return "a * b" for node i, or with numbers "2 * −3"."""
        op = self.nodes[i].operation
        words = [
            number(self.nodes[k].value) if numbers else self.names[k]
            for k in self.wiring[i]
        ]
        if op in METHODS:
            return f"{op}({words[0]})"
        if op == "minus":
            return f"\N{MINUS SIGN}{_bracket(words[0])}"
        if self.powers[i] is not None:
            return f"{_bracket(words[0])} ** {number(self.powers[i])}"
        return f" {op} ".join(words)

    def lines(self):
        """Return the operations as lines of Python, inputs not included."""
        inline, names = self._inline(), list(self.names)
        for i in self.constants:
            names[i] = f"c{i}"  # "2" is no name in Python
        for i in inline:
            names[i] = repr(self.nodes[i].value)
        lines = []
        for i, node in enumerate(self.nodes):
            words = [names[k] for k in self.wiring[i]]
            if words:
                lines.append(f"{names[i]} = {self._python(i, words)}")
            elif i in self.constants - inline:
                lines.append(f"{names[i]} = Scalar({node.value!r})")
        return lines

    def _python(self, i, words):
        op = self.nodes[i].operation
        if self.powers[i] is not None:
            return f"{words[0]} ** {self.powers[i]!r}"
        if op == "minus":
            return f"-{words[0]}"
        if op in OPERATORS:
            return f" {op} ".join(words)
        return f"{words[0]}.{op}()"

    def _inline(self):
        """Return the constants that may stand as numbers where they are used.

        One operand at least must be a Scalar for a Scalar to come out.
        """
        constants = self.constants - {len(self.nodes) - 1}
        for wires in self.wiring:
            if wires and constants.issuperset(wires):
                constants = constants - set(wires)
        return constants

    def drawing(self):
        """Return the nodes and edges as plain data, with their places."""
        pairs = [(i, user) for i, user, _ in self.edges]
        columns, rows, passing = place(len(self.nodes), pairs)
        kinds = ["operation" if w else "input" for w in self.wiring]
        for i in self.constants:
            kinds[i] = "constant"
        nodes = [
            {
                "name": self.names[i],
                "formula": self.formula(i) if self.wiring[i] else "",
                "kind": kinds[i],
                "column": columns[i],
                "row": rows[i],
            }
            for i in range(len(self.nodes))
        ]
        edges = [
            {"from": i, "to": user, "slope": number(slope, 3), "by": way}
            for (i, user, slope), way in zip(self.edges, passing, strict=True)
        ]
        return nodes, edges


def build(where, f, inputs, make=Scalar):
    """Call f on named Scalars; return what it returns and what it was given.

    Parameters
    ----------
    where : str
    f : callable
    inputs : dict of str to float
    make : callable
        make(value, name) -> what stands for a number.

    Raises
    ------
    TypeError, ValueError
    """
    if not inputs:
        raise ValueError(
            f"{where}: f has no inputs.\n"
            "  Needed: a number for each name, such as a=2.0.\n"
            f"  Hint: {where}(lambda a, b: a * b, a=2.0, b=-3.0)"
        )
    given = {name: make(value, name) for name, value in inputs.items()}
    try:
        return f(**given), given
    except TypeError as error:
        raise TypeError(
            f"{where}: f(**inputs) raised: {error}\n"
            f"  Needed: a function of {', '.join(inputs)} made of + - * / **, "
            f"{', '.join(METHODS)}.\n"
            "  Hint: a.tanh() works on a Scalar, np.tanh(a) and math.tanh(a) "
            "do not."
        ) from None


def as_result(where, result):
    """Return `result`, if it is a Scalar."""
    if isinstance(result, Scalar):
        return result
    raise ValueError(
        f"{where}: f returned {result!r:.40}, of type "
        f"{type(result).__name__}.\n"
        "  Needed: one Scalar, made from the inputs.\n"
        "  Hint: a function of several results is drawn one at a time: "
        "lambda a: f(a)[0]"
    )


def _check_operation(where, node):
    """Raise unless the operation of a node can be done again."""
    op = node.operation
    if node.inputs and op not in (*OPERATORS, *METHODS) and op[:3] != "** ":
        raise ValueError(
            f"{where}: {op!r:.40} is no operation of Scalar.\n"
            f"  Needed: + - * / ** minus, {', '.join(METHODS)}.\n"
            "  Hint: write it with these; sqrt is ** 0.5."
        )


def _power(node):
    """Return the exponent of a ** k, which the name of the operation rounds.

    Where the rounded one does not give the value, the slope has it all.
    """
    if not node.operation.startswith("** "):
        return None
    k, ((x, slope),) = float(node.operation[3:]), node.inputs
    if math.pow(x.value, k) == node.value or not node.value:
        return k
    return slope * x.value / node.value


def _names(nodes, unused):
    """Return a different name for each node, as the Scalar's own repr does."""
    names, last = [], len(nodes) - 1
    taken = {node.name for node in nodes}
    for i, node in enumerate(nodes):
        if not node.inputs and not node.name and i < last:
            names.append(number(node.value))
            continue
        name = node.name
        if not _fits(name) or name in names:
            name = "L" if i == last and "L" not in taken else ""
        name = name or f"n{i + 1 - unused}"
        while name in names or (name in taken and name != node.name):
            name += "_"
        names.append(name)
    return names


def _fits(name):
    return name.isidentifier() and not keyword.iskeyword(name)


def _bracket(text):
    minus = text.startswith("\N{MINUS SIGN}")
    return f"({text})" if minus else text
