"""The two passes through a small network, one operation at a time."""

import numpy as np

from nnlib.activations import SLOPES, softmax
from nnlib.layers import Dense
from nnlib.losses import cross_entropy, mean_squared_error
from nnlib.widgets.graph.both import Failure
from nnlib.widgets.graph.expression import number
from nnlib.widgets.graph.network_code import network_code
from nnlib.widgets.graph.network_gradients import NetworkGradients
from nnlib.widgets.graph.verdicts import (
    BUILT,
    DIFFERS,
    RIGHT,
    plain_step,
    relative_error,
)

MOST_TERMS = 6  # of a sum that is written out


class NetworkSteps(NetworkGradients):
    """What the stepper shows of a network.

    Attributes
    ----------
    nodes, edges, steps : list of dict
        Plain data, for the drawing. A step's `products` say which arrays
        make which.
    arrays : dict of str to ndarray, two-dimensional
        All that is shown, by the names that stand in the products: "A1.T",
        "dW2", and "dW2 nudged" for the finite differences.
    """

    kind = "network"

    def __init__(self, network, X, y, loss=cross_entropy, backward=None):
        super().__init__(network, X, y, loss, backward)
        self.own_functions = bool(self.backward)
        self.arrays = {}
        self.nodes, self.edges = self._drawing()
        self.steps = [*self._forward(), *self._backward()]

    def _keep(self, name, array):
        """Put an array among those that are drawn, as rows and columns."""
        if isinstance(array, Failure):
            return
        array = np.asarray(array, dtype=float)
        if array.ndim == 1:  # labels stand beside their rows
            array = array[:, np.newaxis] if name == "y" else array[np.newaxis]
        self.arrays[name] = array

    def _drawing(self):
        """Return nodes and edges, one after the other."""
        nodes = [self._node("X", "", "X", "input")]
        for op in self.operations:
            name = self.loss_function.__name__
            if op.layer is not None:
                name = f"{op.key} {op.number}".strip()
            verdict = _worst({self.verdicts[name] for name in op.outputs})
            formula = self._formula(op)
            nodes.append(self._node(name, formula, op.after, verdict=verdict))
        for i, node in enumerate(nodes):
            node["column"] = i
        edges = [
            {"from": i, "to": i + 1, "slope": "", "by": []}
            for i in range(len(nodes) - 1)
        ]
        return nodes, edges

    def _node(self, name, formula, output, kind="operation", verdict=""):
        """Return what the drawing shows of one node, but for its place."""
        node = {
            "name": name,
            "formula": formula,
            "kind": kind,
            "output": output,
            "verdict": verdict,
            "row": 0.0,
            "value": number(self.loss) if output == "loss" else "",
            "shape": "",
        }
        if output != "loss":
            node["shape"] = str(self.values[output].shape)
            self._keep(output, self.values[output])
            self._keep(f"d{output}", self.flowing[f"d{output}"])
        return node

    def _formula(self, op):
        if op.layer is None:
            return f"{self.loss_function.__name__}({op.before}, y)"
        if isinstance(op.layer, Dense):
            return f"{op.before} W{op.number} + b{op.number}"
        return f"{op.key}({op.before})"

    def _forward(self):
        """Yield the steps of the forward pass."""
        n, n_in = self.values["X"].shape
        rows = f"{n} rows of {n_in} numbers go in"
        yield plain_step("start", 0, f"X: {n, n_in}. {rows}.", values=[0])
        for i, op in enumerate(self.operations, start=1):
            product = self._forward_product(op)
            text = product["text"]
            if op.layer is None:
                text += f" = {number(self.loss)}"
            yield plain_step(
                "forward",
                i,
                f"Forward: {text}.",
                values=[i],
                edges=[i - 1],
                products=[product],
            )

    def _forward_product(self, op):
        """Return what the operation computes, as arrays with shapes."""
        shape, before, after = self._shape, op.before, op.after
        if op.layer is None:
            self._keep("y", self.y)
            loss = self.loss_function.__name__
            text = f"loss = {loss}({before}, y)"
            terms = [f"{loss}(", before, ",", "y", ")"]
            return {"name": "", "terms": terms, "text": text}
        if isinstance(op.layer, Dense):
            W, b = f"W{op.number}", f"b{op.number}"
            self._keep(W, self.values[W])
            self._keep(b, self.values[b])
            terms = [before, "@", W, "+", b]
            made = f"{shape(before)}{shape(W)} + {shape(b)}"
            text = f"{after} = {' '.join(terms)}: {shape(after)} = {made}"
        else:
            terms = [f"{op.key}(", before, ")"]
            how = "row by row" if op.layer.f is softmax else "entry by entry"
            text = f"{after} = {op.key}({before}): {shape(after)}, {how}"
        return {"name": after, "terms": terms, "text": text}

    def _shape(self, name):
        return str(self.values[name].shape)

    def _backward(self):
        """Yield the steps of the backward pass."""
        for i, op in reversed([*enumerate(self.operations, start=1)]):
            products = [self._product(op, name) for name in op.outputs]
            words = "; ".join(p["text"] for p in products)
            verdict = self.nodes[i]["verdict"]
            yield plain_step(
                "backward",
                i,
                f"Backward through {self.nodes[i]['name']}: {words}. "
                f"{self._verdict_words(op, products)}",
                grads=[[i - 1, "", True]],
                edges=[i - 1],
                products=products,
                verdict=verdict,
            )

    def _verdict_words(self, op, products):
        """Say what nudging says of one operation."""
        verdict = _worst({p["verdict"] for p in products})
        if verdict == RIGHT:
            worst = number(max(p["error"] for p in products), 2)
            text = f"Nudging agrees; the relative error is at most {worst}."
            kinks = sum(int(self.kinks[name].sum()) for name in op.outputs)
            if kinks:
                text += (
                    f" {kinks} entries sit at a kink: nudging gives the "
                    "middle of two slopes, and nobody can say which is right."
                )
            return text
        if verdict == BUILT:
            return (
                "Built on a wrong value: given the right slope from above, "
                "this operation is right."
            )
        wrong = [p for p in products if p["verdict"] == DIFFERS]
        names = ", ".join(p["name"] for p in wrong)
        reasons = dict.fromkeys(p["reason"] for p in wrong if p["reason"])
        verb = "differ" if "," in names else "differs"
        return f"{names}: {verb} from nudging. {' '.join(reasons)}".rstrip()

    def _product(self, op, name):
        """Return upstream * local = downstream for one gradient."""
        terms, text, entry = self._terms(op, name)
        self._keep(name, self.flowing[name])
        self._keep(f"{name} nudged", self.nudged[name])
        error = self._error(name)
        at = self._worst_entry(name)
        return {
            "name": name,
            "terms": [self._stand_in(term) for term in terms],
            "text": text,
            "verdict": self.verdicts[name],
            "reason": self.reasons[name],
            "error": error,
            "shown_error": "" if error is None else number(error, 2),
            "at": at if len(at) == 2 else [0, *at],
            "entry": self._entry(name, tuple(at), entry(*at)),
        }

    def _error(self, name):
        """Return the relative error of what flows, kinks left out, or None."""
        flowing, nudged = self.flowing[name], self.nudged[name]
        if isinstance(flowing, Failure):
            return None
        if self.verdicts[name] == RIGHT:
            flowing = np.where(self.kinks[name], nudged, flowing)
        return relative_error(nudged, flowing)

    def _worst_entry(self, name):
        """Return where to look: the entry most in error, or the largest."""
        shown = self._shown(name)
        if isinstance(shown, Failure):
            off = np.abs(self.nudged[name])
        elif self.verdicts[name] == RIGHT:
            off = np.where(self.kinks[name], 0, np.abs(shown))
        else:
            off = np.abs(shown - self.nudged[name])
        return [int(k) for k in np.unravel_index(off.argmax(), off.shape)]

    def _shown(self, name):
        """Return what an operation is judged by, if it is to blame."""
        blamed = self.verdicts[name] == DIFFERS
        return self.own[name] if blamed else self.flowing[name]

    def _terms(self, op, name):
        """Return the arrays of a product, it in words, and its summands.

        The summands of an entry are pairs (upstream, local).
        """
        if op.layer is None:
            return self._loss_terms(op, name)
        up = np.asarray(self._upstream(op, name))
        if not isinstance(op.layer, Dense):
            return self._slope_terms(op, name, up)
        if name.startswith("db"):
            return self._bias_terms(op, name, up)
        return self._weight_terms(op, name, up)

    def _weight_terms(self, op, name, up):
        """Return the terms of dW = A.T dZ, or of dA = dZ W.T."""
        dZ, A, shape = f"d{op.after}", self.values[op.before], self._shape
        W = self.values[f"W{op.number}"]
        if name.startswith("dW"):
            turned, array = f"{op.before}.T", A.T
            terms, shapes = [turned, "@", dZ], f"{A.T.shape}{up.shape}"
        else:
            turned, array = f"W{op.number}.T", W.T
            terms, shapes = [dZ, "@", turned], f"{up.shape}{W.T.shape}"
        self._keep(turned, array)

        def entry(i, j):
            if name.startswith("dW"):
                return zip(A[:, i], up[:, j], strict=True)
            return zip(up[i], W[j], strict=True)

        text = f"{name} = {' '.join(terms)}: {shape(name[1:])} = {shapes}"
        return terms, text, entry

    def _bias_terms(self, op, name, up):
        """Return the terms of db: the rows of dZ, added up."""
        dZ, shape = f"d{op.after}", self._shape(name[1:])
        return (
            ["sum of the rows of", dZ],
            f"{name} = sum of the rows of {dZ}: {shape} from {up.shape}",
            lambda j: zip(up[:, j], strict=True),
        )

    def _upstream(self, op, name):
        """Return the slope from above that one entry is written out with."""
        above = f"d{op.after}"
        flowing = self.flowing[above]
        if isinstance(flowing, Failure) or self.verdicts[name] == DIFFERS:
            return self._right(above)
        return flowing

    def _stand_in(self, term):
        """Return the name of what stands for a gradient that never came."""
        if isinstance(self.flowing.get(term), Failure):
            self._keep(f"right {term}", self._right(term))
            return f"right {term}"
        return term

    def _slope_terms(self, op, name, up):
        """Return the terms of an activation's step back."""
        Z, f = self.values[op.before], op.layer.f
        if f is softmax:
            return (
                ["each row of", f"d{op.after}", "@ the slopes of softmax"],
                f"{name} = each row of d{op.after} @ its matrix of slopes: "
                f"{Z.shape}",
                lambda i, j: zip(up[i], SLOPES[f](Z)[i][:, j], strict=True),
            )
        slope = op.layer.slope or SLOPES[f]
        slopes, local = slope(Z), f"{op.key}'({op.before})"
        self._keep(local, slopes)
        return (
            [f"d{op.after}", "*", local],
            f"{name} = d{op.after} * {local}: {Z.shape} = "
            f"{Z.shape} * {Z.shape}, entry by entry",
            lambda i, j: [(up[i, j], slopes[i, j])],
        )

    def _loss_terms(self, op, name):
        """Return the terms of the first step back, from the loss."""
        Z, y, n = self.values[op.before], self.y, len(self.y)
        shape = f"{Z.shape}"
        if self.loss_function is cross_entropy:
            P, Y = softmax(Z), np.eye(Z.shape[1])[y.astype(int)]
            self._keep(f"softmax({op.before})", P)
            self._keep("onehot(y)", Y)
            return (
                ["(", f"softmax({op.before})", "-", "onehot(y)", f") / {n}"],
                f"{name} = (softmax({op.before}) - onehot(y)) / {n}: {shape}",
                lambda i, j: [(P[i, j], -Y[i, j], n)],
            )
        if self.loss_function is mean_squared_error:
            self._keep("y", y)
            return (
                ["2 * (", op.before, "-", "y", f") / {Z.size}"],
                f"{name} = 2 * ({op.before} - y) / {Z.size}: {shape}",
                lambda i, j: [(2 * Z[i, j], -2 * y[i, j], Z.size)],
            )
        return (
            [f"slope of {self.loss_function.__name__} at", op.before],
            f"{name} = the slope of {self.loss_function.__name__}: {shape}",
            lambda *at: [],
        )

    def _entry(self, name, at, summands):
        """Write out one entry of a gradient: the sum that makes it."""
        terms = [tuple(map(float, s)) for s in summands]
        where = f"{name}[{', '.join(map(str, at))}]"
        if not terms:
            return ""
        if len(terms[0]) == 3:  # (a + b) / n, from a loss
            a, b, n = terms[0]
            total, sign = (a + b) / n, "\N{MINUS SIGN}" if b <= 0 else "+"
            made = f"({number(a)} {sign} {number(abs(b))}) / {n:g}"
        else:
            total = sum(float(np.prod(t)) for t in terms)
            texts = [" * ".join(map(number, t)) for t in terms[:MOST_TERMS]]
            if len(terms) > MOST_TERMS:
                texts.append("...")
            made = " + ".join(texts)
        words = f"{where} = {made} = {number(total)}"
        shown, nudged = self._shown(name), number(self.nudged[name][at])
        if self.verdicts[name] == RIGHT:
            return f"{words}; by nudging {nudged}"
        if isinstance(shown, Failure):
            return f"{words}; by nudging {nudged}"
        words += f"; yours {number(shown[at])}, by nudging {nudged}"
        if self.verdicts[name] == DIFFERS and shown is not self.flowing[name]:
            words = f"Given the right slope from above: {words}"
        return words

    def summary(self):
        """Say how it went, at the end."""
        faults = []
        for i, op in reversed([*enumerate(self.operations, start=1)]):
            names = [n for n in op.outputs if self.verdicts[n] == DIFFERS]
            if names:
                faults.append(f"{self.nodes[i]['name']} ({', '.join(names)})")
        if faults:
            first, *others = faults
            text = f"The first to differ is {first}."
            if others:
                text += (
                    " Wrong by themselves, even given the right slope from "
                    f"above: {', '.join(others)}."
                )
            return text
        count = sum(self.nudged[name].size for name in self.verdicts)
        return (
            f"All {count} entries of {len(self.verdicts)} gradients agree "
            "with nudging."
        )

    def code(self):
        """Return the lines that build the network and sweep back."""
        return network_code(self)


def _worst(verdicts):
    for verdict in (DIFFERS, BUILT, RIGHT):
        if verdict in verdicts:
            return verdict
    return ""
