"""A batch on its way through a network: every array and its shape.

Nothing here knows of a widget or a browser. The network is a copy, so that
training the original goes on undisturbed; its layers do the arithmetic.
"""

import copy
import math
import textwrap

import numpy as np

from nnlib import datasets
from nnlib.activations import SLOPES, relu
from nnlib.layers import Activation, Dense
from nnlib.losses import cross_entropy
from nnlib.network import Network
from nnlib.optimizers import Adam
from nnlib.shapes import (
    as_classes,
    as_floats,
    as_numbers,
    check_finite,
    check_shape,
)
from nnlib.training import fit
from nnlib.widgets.forward_tracer.guessing import (
    explain,
    list_reasons,
    parse_shape,
)
from nnlib.widgets.forward_tracer.stages import (
    flat,
    list_columns,
    list_stages,
    run,
)
from nnlib.widgets.settings import Model, Switch

MOST_ROWS = 32  # of a batch: more would be too thin to see
MOST_UNITS = 16  # drawn in one column of neurons
MOST_LINES = 70  # drawn between two columns
MOST_PARAMETERS = 200  # written out as code
PICTURES = {64: 8, 784: 28}  # numbers in a row: pixels along a side


def read_digits():
    """Return (network, X, y): trained on digits, and 5 it has not seen.

    The same lines as in DIGITS, below, which `code` shows; a test compares
    the two.
    """
    rng = np.random.default_rng(5)
    X, y, X_test, y_test = datasets.train_test_split(*datasets.digits(), rng)
    network = Network(
        [Dense(64, 16, rng), Activation(relu), Dense(16, 10, rng)]
    )
    fit(network, cross_entropy, Adam(0.01), X, y, 10, 32, rng)
    return network, X_test[:5], y_test[:5]


class ForwardTracer(Model):
    """A batch of rows in a network; any row can be changed, and looked into.

    Parameters
    ----------
    network : Network, optional
        Of layers that take rows. Without it, a small one that reads digits.
    X : ndarray, shape (n, n_in), optional
        At most MOST_ROWS rows.
    y : ndarray of int, shape (n,), optional
        Classes, to say whether a row is read right.
    names : sequence of str, optional
        What the classes are called.
    guess_shapes : bool

    Attributes
    ----------
    network : Network
        A copy of the one that came.
    X : ndarray, shape (n, n_in)
        With the changes made on the page.
    row, step : int
        The row that is looked at; how many stages are revealed.
    unit : (column, unit) or None
        The neuron whose sum is written out.
    arrays : dict of str to ndarray
        Every array of the pass, by name.
    """

    SETTINGS = {"guess_shapes": Switch("hide the shapes: guess them", False)}
    ACTIONS = (
        "set",
        "reset",
        "put",
        "show_row",
        "show_steps",
        "choose",
        "guess",
        "give_up",
    )

    def __init__(
        self, network=None, X=None, y=None, names=None, guess_shapes=False
    ):
        self.is_default = network is None and X is None
        if self.is_default:
            network, X, y_digits = read_digits()
            y = y_digits if y is None else y
        self.network = _checked_network(network)
        self._start_X = _checked_rows(self.network, X)
        n_out = self.network.forward(self._start_X).shape[1]
        self.y, self.names = _checked_classes(
            y, names, len(self._start_X), n_out
        )
        self.stages = list_stages(
            self.network, with_softmax=self.names is not None and n_out > 1
        )
        self.columns = list_columns(self.stages)
        super().__init__(guess_shapes=guess_shapes)

    # -- what a reader can do --

    def reset(self):
        """Go back to the rows and the view of the beginning."""
        self.X = self._start_X.copy()
        self.row, self.step = 0, len(self.stages)
        self.unit = None
        super().reset()  # which runs the pass
        self.unit = self._loudest()
        self._topic = "guess" if self.guess_shapes else "pass"

    def changed(self, name):
        """Run the pass anew; a new game of guessing begins with no tries."""
        self.arrays = run(self.stages, self.X)
        self.reasons = list_reasons(self.stages, self.arrays)
        self.found, self.given_up, self.tries = set(), set(), 0
        self._note = ""
        self._topic = "guess" if self.guess_shapes else "pass"

    def put(self, values):
        """Replace the numbers of the row that is looked at."""
        with np.errstate(over="ignore"):  # what is too large becomes inf
            new = as_floats("put", "values", values, self.X.dtype)
        check_shape("put", "values", new, n_in=self.X.shape[1])
        check_finite("put", "values", new)
        self.X[self.row] = new
        self.arrays = run(self.stages, self.X)
        self._topic = "pass"

    def show_row(self, row):
        """Look at another row of the batch."""
        self.row = _place("show_row", "row", row, len(self.X))
        self._topic = "pass"

    def show_steps(self, step):
        """Reveal the arrays of the first `step` stages."""
        most = len(self.stages) + 1
        self.step = _place("show_steps", "step", step, most)
        self._topic = "step"

    def choose(self, column, unit):
        """Choose the neuron whose sum is written out; None for no one."""
        if column is None:
            self.unit, self._topic = None, "pass"
            return
        column = _place("choose", "column", column, len(self.columns))
        size = self._width(column)
        self.unit = column, _place("choose", "unit", unit, size)
        self._topic = "unit"

    def guess(self, name, text):
        """Compare a typed shape with the true one, and say what is wrong."""
        shape = self._shape(name)
        guess = parse_shape(text, len(self.X))
        self._topic = "guess"
        if not self._is_hidden(name):
            self._note = f"{name} is no longer hidden: it is {shape}."
            return
        self.tries += 1
        if guess == shape:
            self.found.add(name)
            self._note = f"Right: {name} has shape {shape}."
            return
        why = explain(name, shape, guess, self.reasons[name])
        self._note = f"Not {guess}. {why}"

    def give_up(self, name):
        """Show the shape of one array."""
        shape, self._topic = self._shape(name), "guess"
        if self._is_hidden(name):
            self.given_up.add(name)
        reasons = self.reasons[name]
        why = "; ".join(reasons.why)
        self._note = f"{name} is {reasons.axes}, here {shape}: {why}."

    # -- what is to be seen --

    def frame(self):
        """Return (facts, arrays): all that a view draws.

        Every array of the pass comes by its name, thinned out if it is large;
        `x` is the row that is looked at, and `lines1` and so on are the
        strongest weights between two columns of neurons, (from, to, weight).
        """
        facts = {
            "sentence": self.sentence(),
            "settings": self.settings(),
            "row": self.row,
            "rows": len(self.X),
            "step": self.step,
            "steps": len(self.stages),
            "input": self._input(),
            "names": self.names,
            "columns": [self._column(c) for c in range(len(self.columns))],
            "pieces": self._pieces(),
            "sizes": {k: _sheet(a).shape for k, a in self.arrays.items()},
            "bounds": {k: _bound(a) for k, a in self.arrays.items()},
            "unit": self.unit,
            "sum": self._sum_lines(),
            "game": self._game(),
        }
        arrays = {name: _thinned(a) for name, a in self.arrays.items()}
        arrays["x"] = self.X[self.row]
        for c in range(len(self.columns)):
            shown = self.arrays[self._revealed(c)][self.row]
            arrays[f"column{c}"] = shown[self._window(c)]
            arrays[f"lines{c}"] = self._lines(c)
        return facts, arrays | self._sum_arrays()

    def sentence(self):
        """Say in words what is seen."""
        if self._topic == "guess" and self.guess_shapes:
            return self._sentence_of_game()
        if self._topic == "unit" and self.unit:
            return self._sentence_of_unit()
        if self._topic == "step" or self.step == 0:
            return self._sentence_of_step()
        if self.step < len(self.stages):
            return f"X[{self.row}] is marked. {self._sentence_of_step()}"
        if self.names is None:
            return f"{self._about_row()} {self._about_batch()}"
        return f"{self._reading()} {self._about_batch()}"

    def code(self):
        """Return nnlib lines that compute the arrays on screen."""
        rows = slice(None)
        if not self.is_default and self.X.size > 512:
            rows = slice(self.row, self.row + 1)
        names = ["X", *(stage.gives for stage in self.stages)]
        shapes = ", ".join(f"{name}.shape" for name in names)
        lines = self._code_for_start(rows)
        lines += [stage.code for stage in self.stages]
        lines += [f"print({shapes})"]
        stage = self._stage_of_unit()
        if stage is not None:
            row = self.row if rows == slice(None) else 0
            place = f"{stage.gives}[{row}, {self.unit[1]}]"
            lines += [f"print({place})  # the neuron that was chosen"]
        return "\n".join(lines)

    # -- helpers --

    def _loudest(self):
        """Return the neuron of the first layer that says most, if any."""
        for c in range(1, len(self.columns)):
            values = self.arrays[self.columns[c][-1].gives][self.row]
            return c, int(np.nan_to_num(np.abs(values)).argmax())
        return None

    def _width(self, column):
        first = self.columns[column]
        name = first[0].gives if first else "X"
        return self.arrays[name].shape[1]

    def _window(self, column):
        """Return which units are drawn: around the chosen one, if many."""
        size = self._width(column)
        if column == 0 and self._input()["kind"] != "units":
            return slice(0, size)
        start = 0
        if self.unit and self.unit[0] == column:
            start = min(max(0, self.unit[1] - 8), max(0, size - MOST_UNITS))
        return slice(start, min(size, start + MOST_UNITS))

    def _revealed(self, column):
        """Return the name of the newest array that a column can show."""
        name = "X" if column == 0 else self.columns[column][0].gives
        for stage in self.columns[column]:
            # The probabilities get bars of their own beside the neurons.
            if self.stages.index(stage) < self.step and stage.gives != "P":
                name = stage.gives
        return name

    def _column(self, c):
        """Return what a view must know about one column of neurons."""
        stages, window = self.columns[c], self._window(c)
        first = self.stages.index(stages[0]) + 1 if stages and c else 0
        layers = ", ".join(stage.what for stage in stages if stage.place)
        return {
            "title": "X" if c == 0 else self._revealed(c),
            "layers": layers,
            "step": first,
            "start": window.start,
            "size": self._width(c),
            "bound": _bound(self.arrays[self._revealed(c)]),
        }

    def _lines(self, c):
        """Return the strongest weights into a column, (from, to, weight)."""
        if not self.columns[c] or not self.columns[c][0].params or c == 0:
            return np.zeros((0, 3))
        W = self.arrays[self.columns[c][0].params[0]]
        left, right = self._window(c - 1), self._window(c)
        part = np.nan_to_num(np.abs(W[left, right])).ravel()
        keep = np.argsort(-part, kind="stable")[:MOST_LINES]
        if self.unit and self.unit[0] == c:
            mine = (
                self.unit[1]
                - right.start
                + np.arange(0, len(part), right.stop - right.start)
            )
            best = mine[np.argsort(-part[mine], kind="stable")]
            keep = np.union1d(keep, best[:MOST_LINES])
        i, j = np.divmod(keep, right.stop - right.start)
        i, j = i + left.start, j + right.start
        return np.column_stack([i, j, W[i, j]]).astype(float)

    def _input(self):
        """Return how the input is shown, and between which numbers."""
        n_in = self.X.shape[1]
        high = float(max(1e-6, np.abs(self._start_X).max()))
        low = 0.0 if self._start_X.min() >= 0 else -high
        side = PICTURES.get(n_in)
        kind = "picture" if side else "sliders" if n_in <= 8 else "units"
        return {"kind": kind, "side": side or 0, "low": low, "high": high}

    def _pieces(self):
        """Return the arrays in the order of reading, a list per column.

        A piece is (what stands before it, name, role, step): role says how
        its edges take part in the product, step when it is revealed.
        """
        table = []
        for stages in self.columns:
            line = []
            for stage in stages:
                step = self.stages.index(stage) + 1
                if stage.params:
                    W, b = stage.params
                    line = [
                        ("", stage.takes, "left", step - 1),
                        ("@", W, "right", step),
                        ("+", b, "bias", step),
                        ("=", stage.gives, "result", step),
                    ]
                    continue
                if not line:
                    line = [("", stage.takes, "result", step - 1)]
                what = f"\u2192 {stage.what} \u2192"
                line.append((what, stage.gives, "result", step))
            heads = [
                f"layer {s.place}: {s.layer!r}" if s.place else "then softmax"
                for s in stages
            ]
            if line:
                table.append({"head": "; ".join(heads), "pieces": line})
        return table

    def _stage_of_unit(self):
        """Return the stage that adds up the chosen neuron's terms."""
        if self.unit is None or not self.columns[self.unit[0]]:
            return None
        stage = self.columns[self.unit[0]][0]
        reached = self.stages.index(stage) < self.step
        return stage if reached and self.unit[0] else None

    def _terms(self, stage):
        """Return the inputs of the chosen neuron, its weights, products."""
        inputs = self.arrays[stage.takes][self.row]
        weights = self.arrays[stage.params[0]][:, self.unit[1]]
        with np.errstate(over="ignore", invalid="ignore"):
            return inputs, weights, inputs * weights

    def _sum_arrays(self):
        stage = self._stage_of_unit()
        if stage is None or not stage.params:
            return {}
        inputs, weights, terms = self._terms(stage)
        return {"inputs": inputs, "weights": weights, "terms": terms}

    def _sum_lines(self):
        """Write the chosen neuron's sum out, the largest terms first."""
        stage = self._stage_of_unit()
        if stage is None:
            return None
        at = f"[{self.row}, {self.unit[1]}]"
        value = self.arrays[stage.gives][self.row, self.unit[1]]
        lines = [f"{stage.gives}{at} = {_number(value)}, from {stage.what}."]
        if stage.params:
            lines = self._sum_of(stage, at, value)
        for later in self.columns[self.unit[0]][1:]:
            if self.stages.index(later) >= self.step:
                break
            after = self.arrays[later.gives][self.row, self.unit[1]]
            made = f"{later.what} of row {self.row}"
            if isinstance(later.layer, Activation) and later.gives != "P":
                made = f"{later.what}({_number(value)})"
            lines.append(f"{later.gives}{at} = {made} = {_number(after)}.")
            value = after
        return lines

    def _sum_of(self, stage, at, value):
        W, b = stage.params
        unit = self.unit[1]
        inputs, weights, terms = self._terms(stage)
        order = np.argsort(-np.abs(terms), kind="stable")
        most = order[: 4 if len(terms) > 5 else 5]
        words = [
            f"{_number(inputs[i])} \u00d7 {_signed(weights[i])}" for i in most
        ]
        left = len(terms) - len(most)
        if left:
            with np.errstate(over="ignore", invalid="ignore"):
                rest = _number(terms[order[len(most) :]].sum())
            words.append(f"(the other {left} terms: {rest})")
        words.append(_signed(self.arrays[b][unit]))
        names = f"{stage.takes}[{self.row}] @ {W}[:, {unit}] + {b}[{unit}]"
        return [
            f"{stage.gives}{at} = {names}",
            f"= {' + '.join(words)} = {_number(value)}.",
        ]

    # -- sentences --

    def _text(self, name):
        """Return an array's name with its shape, or with question marks."""
        hidden = self._is_hidden(name)
        return f"{name} {'(?, ?)' if hidden else self._shape(name)}"

    def _about_batch(self):
        end = self._text(self.stages[-1].gives)
        if len(self.X) == 1:
            return f"The batch is one row: {self._text('X')} becomes {end}."
        return (
            f"All {len(self.X)} rows go through at once, without a loop: "
            f"{self._text('X')} becomes {end}."
        )

    def _about_row(self):
        name = self.stages[-1].gives
        values = self.arrays[name][self.row]
        text = ", ".join(_number(value) for value in values[:4])
        more = ", ..." if len(values) > 4 else ""
        return (
            f"X[{self.row}] comes out as {name}[{self.row}] = ({text}{more})."
        )

    def _reading(self):
        """Say as which class the row is read, and whether that is right."""
        output = self.arrays[self.stages[-1].gives][self.row]
        if len(output) == 1 or not np.isfinite(output).all():
            return self._about_row()
        best = int(output.argmax())
        said = f"is read as {self.names[best]}"
        if self.stages[-1].gives == "P":
            share = _number(output[best])
            share = "above 0.999" if share == "1" else share
            said += f" with probability {share}"
        who = f"X[{self.row}]"
        if not np.array_equal(self.X[self.row], self._start_X[self.row]):
            return f"{who}, as you changed it, {said}."
        if self.y is not None:
            true = int(self.y[self.row])
            said += ", rightly" if true == best else ", wrongly"
            who += f", of class {self.names[true]},"
        return f"{who} {said}."

    def _sentence_of_step(self):
        if self.step == 0:
            n = len(self.X)
            return (
                f"{self._text('X')}: {n} {'row' if n == 1 else 'rows'}, one "
                f"for each sample. X[{self.row}] is marked. Nothing has been "
                "computed yet."
            )
        stage = self.stages[self.step - 1]
        head = f"Layer {stage.place}" if stage.place else "Outside the network"
        end = self._text(stage.gives)
        if stage.params:
            W, b = map(self._text, stage.params)
            left = self._text(stage.takes)
            return f"{head}: {left} @ {W} + {b} gives {end}."
        return f"{head}: {stage.text} gives {end}. {self._about(stage)}"

    def _sentence_of_unit(self):
        """Say what the chosen neuron adds up, and what weighs most."""
        column, unit = self.unit
        if column == 0:
            value = _number(self.X[self.row, unit])
            return f"X[{self.row}, {unit}] = {value} is an input."
        stage = self._stage_of_unit()
        if stage is None:
            return "This neuron is not reached yet: go on to its layer."
        lines = self._sum_lines()
        if not stage.params:
            return " ".join(lines)
        terms = self._terms(stage)[2]
        value = _number(self.arrays[stage.gives][self.row, unit])
        top = int(np.nan_to_num(np.abs(terms)).argmax())
        return (
            f"{stage.gives}[{self.row}, {unit}] = {value} adds up "
            f"{len(terms)} products and a bias. The largest product, "
            f"{_number(terms[top])}, comes from {stage.takes}[{self.row}, "
            f"{top}]. {' '.join(lines[2:])}"
        ).rstrip()

    def _about(self, stage):
        """Say in a sentence what a layer without a product does."""
        Z, A = self.arrays[stage.takes], self.arrays[stage.gives]
        if isinstance(stage.layer, Activation) and stage.layer.f is relu:
            count = int(np.count_nonzero(Z < 0))
            return f"{count} of {Z.size} numbers were below 0 and are now 0."
        if stage.gives == "P":
            best = int(np.nan_to_num(A[self.row]).argmax())
            most = f"P[{self.row}, {best}] = {_number(A[self.row, best])}"
            return f"Every row adds up to 1; the largest is {most}."
        if Z.shape == A.shape:
            return "The numbers change, the shape stays."
        return f"Each row now has {A.shape[1]} numbers."

    def _sentence_of_game(self):
        left = [name for name in self.reasons if self._is_hidden(name)]
        tries = f"{self.tries} {'try' if self.tries == 1 else 'tries'}"
        score = f"{len(self.found)} of {len(self.reasons)} found, {tries}"
        score += f", {len(self.given_up)} given up." if self.given_up else "."
        if not left:
            return f"{self._note} No shape is hidden any more: {score}"
        if self._note:
            return f"{self._note} {score} Next: {left[0]}."
        side = PICTURES.get(self.X.shape[1])
        n, n_in = self.X.shape
        each = f"{side} x {side} pixels" if side else f"{n_in} numbers"
        return (
            f"{n} samples of {each} each go in together. Which shape has "
            "X? Type it into its field, such as 3, 7, and press Enter."
        )

    # -- guessing --

    def _shape(self, name):
        if not isinstance(name, str) or name not in self.reasons:
            raise ValueError(
                f"There is no array {name!r:.40}.\n"
                f"  Needed: one of {', '.join(self.reasons)}."
            )
        return self.arrays[name].shape

    def _is_hidden(self, name):
        known = self.found | self.given_up
        return bool(self.guess_shapes) and name not in known

    def _game(self):
        """Return the texts of all shapes, and how the guessing stands."""
        hidden = [name for name in self.reasons if self._is_hidden(name)]
        shapes = {
            name: None if name in hidden else str(self._shape(name))
            for name in self.reasons
        }
        return {
            "shapes": shapes,
            "next": hidden[0] if hidden else None,
            "tries": self.tries,
            "found": len(self.found),
            "given_up": len(self.given_up),
        }

    # -- code --

    def _code_for_start(self, rows):
        """Return the lines that make the network and X."""
        if self.is_default:
            return [DIGITS, *self._code_for_changes()]
        X = f"X = np.array({_listed(self.X[rows])})"
        if rows != slice(None):
            X = f"# X[{self.row}], the row on screen:\n{X}"
        return [*_code_for_network(self.network, self.stages), X]

    def _code_for_changes(self):
        """Return a line for every number, or whole row, that was changed."""
        lines = []
        for row, new in enumerate(self.X):
            at = np.flatnonzero(new != self._start_X[row])
            if len(at) > 8:
                lines.append(_wrapped(f"X[{row}] = {_listed(new)}"))
                continue
            lines += [f"X[{row}, {i}] = {_listed(new[i])}" for i in at]
        return lines


def _code_for_network(network, stages):
    """Return lines that make a small network anew, or take a large as given.

    Its parameters are written out, where they are few and its layers plain.
    """
    functions = {"softmax"} if not stages[-1].place else set()
    makers = []
    for layer in network.layers:
        if isinstance(layer, Dense):
            makers.append(f"Dense({layer.n_in}, {layer.n_out}, rng)")
        elif isinstance(layer, Activation) and layer.f in SLOPES:
            functions.add(layer.f.__name__)
            makers.append(repr(layer))
    plain = len(makers) == len(network.layers)
    lines = ["import numpy as np", ""]
    if not plain or network.theta.size > MOST_PARAMETERS:
        if not stages[-1].place:
            lines += ["from nnlib.activations import softmax", ""]
        start = "# network is the one that was passed to forward_tracer."
        return [*lines, start, "network.train(False)  # no dropout"]
    if functions:
        names = ", ".join(sorted(functions))
        lines.append(f"from nnlib.activations import {names}")
    return [
        *lines,
        "from nnlib.layers import Activation, Dense",
        "from nnlib.network import Network",
        "",
        "rng = np.random.default_rng(0)",
        _wrapped(f"network = Network([{', '.join(makers)}])"),
        _wrapped(f"network.theta = {_listed(network.theta)}"),
    ]


DIGITS = """\
import numpy as np

from nnlib import datasets
from nnlib.activations import relu, softmax
from nnlib.layers import Activation, Dense
from nnlib.losses import cross_entropy
from nnlib.network import Network
from nnlib.optimizers import Adam
from nnlib.training import fit

rng = np.random.default_rng(5)
X, y, X_test, y_test = datasets.train_test_split(*datasets.digits(), rng)
network = Network([Dense(64, 16, rng), Activation(relu), Dense(16, 10, rng)])
fit(network, cross_entropy, Adam(0.01), X, y, 10, 32, rng)
X = X_test[:5]"""


# --- looking at what came ---------------------------------------------------


def _checked_network(network):
    """Return a copy that predicts, if its layers take rows."""
    if not isinstance(network, Network):
        raise ValueError(
            f"forward_tracer: network is {network!r:.60}.\n"
            "  Needed: a Network, together with X, rows to send through it.\n"
            "  Hint: without any argument a small one that reads digits is "
            "shown."
        )
    for _, _, layer in flat(network):
        if layer.axes != ("n",) or len(layer.output_shape(("n", 1))) != 2:
            raise ValueError(
                f"forward_tracer: {layer!r} takes sequences.\n"
                "  Needed: layers that take rows of numbers, (n, n_in).\n"
                "  Hint: Dense, Activation and LayerNorm do."
            )
    network = copy.deepcopy(network)
    network.train(False)
    return network


def _checked_rows(network, X):
    """Return a copy of X in the network's dtype, if it is a small batch."""
    if X is None:
        raise ValueError(
            "forward_tracer: X is None.\n"
            "  Needed: rows to send through the network, (n, n_in).\n"
            "  Hint: a few will do, such as X_test[:5]."
        )
    X = as_numbers("forward_tracer", "X", X, n=None, n_in=network.n_in)
    if len(X) > MOST_ROWS:
        raise ValueError(
            f"forward_tracer: X has {len(X)} rows.\n"
            f"  Needed: at most {MOST_ROWS}, so that each can be seen.\n"
            "  Hint: X[:5] are its first five."
        )
    return X.astype(network.theta.dtype)  # a copy, in any case


def _checked_classes(y, names, n, n_out):
    """Return (y, names) of the classes, or None for what is not known."""
    if y is not None:
        y = as_classes("forward_tracer", "y", y, max(2, n_out))
        check_shape("forward_tracer", "y", y, n=n)
        if names is None:
            names = range(max(2, n_out))
    if names is None:
        return y, None
    names = tuple(map(str, names))
    if len(names) != max(2, n_out):
        raise ValueError(
            f"forward_tracer: names has {len(names)} entries.\n"
            f"  Needed: {max(2, n_out)}, one for each class.\n"
            f"  Hint: the network has {n_out} outputs."
        )
    return y, names


def _place(where, name, value, count):
    """Return `value`, if it is a whole number from 0 to count - 1."""
    is_whole = isinstance(value, int | np.integer) and value is not True
    if is_whole and 0 <= value < count:
        return int(value)
    raise ValueError(
        f"{where}: {name} is {value!r:.40}.\n"
        f"  Needed: a whole number from 0 to {count - 1}.\n"
        "  Hint: counting starts at 0."
    )


# --- numbers for the page ---------------------------------------------------


def _bound(array):
    """Return the largest finite size in an array, for its colours."""
    sizes = np.abs(array[np.isfinite(array)])
    return float(sizes.max(initial=0.0)) or 1.0


def _sheet(array):
    """Return an array with two axes: b as one row."""
    return np.atleast_2d(array)


def _thinned(array):
    """Return a sheet of at most 128 x 128 numbers: every second, or so."""
    sheet = _sheet(array)
    down, across = (math.ceil(size / 128) for size in sheet.shape)
    return sheet[::down, ::across]


def _number(value):
    """Return three digits of a number, with a minus sign that is one."""
    return f"{value:.3g}".replace("-", "\u2212")


def _signed(value):
    """Return a number to stand after a sign: in brackets if below 0."""
    return f"({_number(value)})" if value < 0 else _number(value)


def _listed(numbers):
    """Return numbers as Python writes them, with all of their digits."""
    if np.ndim(numbers) == 0:
        return str(numbers)
    if np.ndim(numbers) == 2:
        rows = [_wrapped(f"    {_listed(row)},", "     ") for row in numbers]
        return "\n".join(["[", *rows, "]"])
    # As what it is, a float32 is short; as a float it grows ten digits.
    return f"[{', '.join(map(str, numbers))}]"


def _wrapped(line, indent="    "):
    return textwrap.fill(line, 79, subsequent_indent=indent)
