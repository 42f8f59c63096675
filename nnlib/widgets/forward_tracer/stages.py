"""The stages of a forward pass, and the names of all arrays on the way.

W0, b0, Z0, A0, W1, ... as in the lesson: a number for every Dense layer.
"""

from dataclasses import dataclass

import numpy as np

from nnlib.activations import softmax
from nnlib.layers import Activation, Dense, Dropout, LayerNorm
from nnlib.network import Network


@dataclass(frozen=True)
class Stage:
    """One layer: what goes in, what comes out, and how both are called.

    place : the layer's index in the network, as in its summary; "" for the
    softmax that turns scores into probabilities, outside the network.
    params : the names of W and b; without any, nothing is multiplied.
    text : what happens, such as "A0 @ W1 + b1" or "relu(Z0)".
    code : the line of Python that does it.
    """

    place: str
    layer: object
    takes: str
    gives: str
    params: tuple
    text: str
    code: str

    @property
    def what(self):
        """A few words for the arrow: relu, softmax, LayerNorm(16)."""
        if isinstance(self.layer, Activation):
            return self.layer.f.__name__
        return repr(self.layer)

    @property
    def opens_column(self):
        """Whether its output gets neurons of its own in the drawing."""
        return not isinstance(self.layer, Activation | LayerNorm | Dropout)


def list_stages(network, with_softmax):
    """Return the stages of a network, in order, with names for all arrays.

    with_softmax : end with probabilities, if the network ends with scores.

    >>> from nnlib.activations import relu
    >>> rng = np.random.default_rng(0)
    >>> net = Network([Dense(3, 2, rng), Activation(relu), Dense(2, 2, rng)])
    >>> [stage.text for stage in list_stages(net, with_softmax=True)]
    ['X @ W0 + b0', 'relu(Z0)', 'A0 @ W1 + b1', 'softmax(Z1)']
    """
    stages, at, count, taken = [], "X", 0, {"X"}
    for place, path, layer in flat(network):
        is_dense = isinstance(layer, Dense)
        number = count if is_dense else max(0, count - 1)
        gives = _unused(_letter(layer), number, taken)
        params = (f"W{number}", f"b{number}") if is_dense else ()
        count += is_dense
        text = f"{at} @ {params[0]} + {params[1]}" if is_dense else ""
        if isinstance(layer, Activation):
            text = f"{layer.f.__name__}({at})"
        code = f"{gives} = {path}.forward({at})"
        text = text or f"{layer!r} of {at}"
        stages.append(Stage(place, layer, at, gives, params, text, code))
        at = gives
    if with_softmax and not isinstance(layer, Activation):
        layer, text = Activation(softmax), f"softmax({at})"
        stages.append(Stage("", layer, at, "P", (), text, f"P = {text}"))
    return stages


def flat(network, place="", path="network"):
    """Yield (place, code, layer); a network within counts layer by layer."""
    for i, layer in enumerate(network.layers):
        where, code = f"{place}{i}", f"{path}.layers[{i}]"
        if isinstance(layer, Network):
            yield from flat(layer, f"{where}.", code)
        else:
            yield where, code, layer


def _letter(layer):
    if isinstance(layer, Activation):
        return "P" if layer.f is softmax else "A"
    letters = {Dense: "Z", LayerNorm: "N", Dropout: "D"}
    return letters.get(type(layer), "H")


def _unused(letter, number, taken):
    name = letter if letter == "P" else f"{letter}{number}"
    again = 1
    while name in taken:
        again += 1
        name = f"{letter}{number}_{again}"
    taken.add(name)
    return name


def list_columns(stages):
    """Return the stages column by column of neurons; the first is the input.

    What bends or scales the numbers of a column, one by one, stays in it.
    """
    columns = [[]]
    for stage in stages:
        if stage.opens_column:
            columns.append([])
        columns[-1].append(stage)
    return columns


# Whatever overflows is shown as it is: inf is an answer too.
@np.errstate(over="ignore", invalid="ignore")
def run(stages, X):
    """Return every array of the pass by its name, X and weights included."""
    arrays = {"X": X}
    for stage in stages:
        if stage.params:
            values = stage.layer.params["W"], stage.layer.params["b"]
            arrays |= dict(zip(stage.params, values, strict=True))
        arrays[stage.gives] = stage.layer.forward(arrays[stage.takes])
    return arrays
