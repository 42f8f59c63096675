"""Network: layers in a row, and itself a layer.

forward goes through them in order, backward in the opposite order. All
parameters lie in one long vector, theta, and all gradients in another; what
the layers hold are windows into them. So an optimizer moves a whole network
with a handful of vector operations, however many layers it has.

Source: lessons/04_forward_pass, "A picture on its way".

>>> from nnlib.layers import Dense
>>> network = Network([Dense(3, 2, np.random.default_rng(0))])
>>> print(network.summary())
layer  what         output  parameters
input               (n, 3)
0      Dense(3, 2)  (n, 2)           8
>>> network.forward(np.ones((5, 3))).shape, network.theta.shape
((5, 2), (8,))
>>> network.layers[0].params["b"] = 7.0  # copied into the window
>>> network.theta[-2:]
array([7., 7.], dtype=float32)
"""

from copy import deepcopy

import numpy as np

from nnlib.drawing import html_table, text_table
from nnlib.layers import Layer
from nnlib.machine import read_arrays, write_arrays
from nnlib.shapes import ShapeError


class Windows(dict):
    """Arrays by name; to assign to one is to copy into it. A copy is plain."""

    def __init__(self, arrays, home):
        super().__init__(arrays)
        self.home = home  # the network whose vector they are windows into

    def __setitem__(self, name, values):
        self[name][...] = values

    def __deepcopy__(self, memo):
        return deepcopy(dict(self), memo)


class Network(Layer):
    """A list of layers, trained as one.

    dtype : of all parameters. float32 is twice as fast as float, and seven
    digits are enough to train; to check gradients, take dtype=float.
    """

    def __init__(self, layers, dtype=np.float32):
        super().__init__()
        self.layers = tuple(layers)
        _check_new(self.layers)
        _check_fit(self.layers)
        self.axes = self.layers[0].axes
        widths = [layer.n_in for layer in self.layers if layer.n_out]
        self.n_in = widths[0] if widths else None
        self.n_out = self.output_shape((*self.axes, self.n_in))[-1]
        self.sizes = [
            sum(owner.params[key].size for _, owner, key in layer.named())
            for layer in self.layers
        ]
        _move(self, *np.zeros((2, sum(self.sizes)), dtype), self)

    def __repr__(self):
        return f"Network({list(self.layers)})"

    def __deepcopy__(self, memo):
        return Network(deepcopy(self.layers, memo), self.theta.dtype)

    @property
    def theta(self):
        """All parameters, shape (n_parameters,); to assign is to copy."""
        return self._theta

    @theta.setter
    def theta(self, values):
        self._theta[...] = values

    def output_shape(self, shape):
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    def forward(self, X):
        """Return the output; a tuple X holds the first layer's arguments."""
        first, *others = self.layers
        whole = isinstance(first, Network) or not isinstance(X, tuple)
        A = first.forward(X) if whole else first.forward(*X)
        for layer in others:
            A = layer.forward(A)
        return A

    def backward(self, dA, input_gradient=True):
        first, *others = self.layers
        for layer in reversed(others):
            dA = layer.backward(dA)
        return first.backward(dA, input_gradient)

    def predict(self, X):
        """Return the output for X, with dropout switched off."""
        self.train(False)
        try:
            return self.forward(X)
        finally:
            self.train(True)

    def summary(self):
        """Return a table: layers, shapes of their outputs, parameters."""
        return text_table(self._table())

    def _repr_html_(self):
        return html_table(self._table())

    def _table(self):
        shape = (*self.axes, self.n_in)
        rows = [("layer", "what", "output", "parameters")]
        rows.append(("input", "", _text(shape), ""))
        for i, layer in enumerate(self.layers):
            shape, size = layer.output_shape(shape), self.sizes[i]
            rows.append((str(i), repr(layer), _text(shape), f"{size:,}"))
        return rows

    def save(self, path):
        """Write the parameters to `path`, a .npz file of numbers alone."""
        write_arrays(path, repr(self), self._arrays())

    def load(self, path):
        """Take over the parameters that `save` wrote: all of them or none."""
        mine = self._arrays()
        for name, values in read_arrays(path, repr(self), mine).items():
            mine[name][...] = values

    def _arrays(self):
        return {name: owner.params[key] for name, owner, key in self.named()}


def _text(shape):
    return f"({', '.join('.' if n is None else str(n) for n in shape)})"


def _check_new(layers):
    """Raise unless these are layers, each once, and of no other network."""
    for layer in layers:
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Network: {layer!r} is no layer.\n"
                "  Needed: a list of layers.\n"
                "  Hint: a function such as relu is one as Activation(relu)."
            )
    parts = [part for layer in layers for part in _parts(layer)]
    if not layers or len(set(parts)) < len(parts):
        raise ValueError(
            f"Network: layers is {list(layers)}.\n"
            "  Needed: one layer at least, and each only once.\n"
            "  Hint: a layer remembers one forward pass; make a second one."
        )
    for part in parts:
        if isinstance(part.params, Windows) and part.params.home not in parts:
            raise ValueError(
                f"Network: {part!r} belongs to another network.\n"
                "  Needed: layers of no network, or a whole network.\n"
                "  Hint: copy.deepcopy(layer) makes one with the same weights."
            )


def _check_fit(layers):
    """Raise unless each layer takes what the one before returns."""
    shape = (*layers[0].axes, layers[0].n_in)
    for i, layer in enumerate(layers):
        if shape[-1] and layer.n_in not in (None, shape[-1]):
            raise ShapeError(
                f"Network: layer {i}, {layer!r}, gets {_text(shape)} from "
                f"layer {i - 1}, {layers[i - 1]!r}.\n"
                f"  Needed: {_text((*shape[:-1], layer.n_in))}.\n"
                "  Hint: n_in of a layer is n_out of the one before."
            )
        shape = layer.output_shape(shape)


def _parts(layer):
    yield layer
    for inner in layer.layers:
        yield from _parts(inner)


def _move(layer, theta, gradient, home):
    """Make the layer's arrays windows into two vectors; return their size."""
    start, params, grads = 0, {}, {}
    for inner in layer.layers:
        start += _move(inner, theta[start:], gradient[start:], home)
    for name, p in layer.params.items():
        window = slice(start, start + p.size)
        theta[window] = p.ravel()
        params[name] = theta[window].reshape(p.shape)
        grads[name] = gradient[window].reshape(p.shape)
        start += p.size
    layer.params, layer.grads = Windows(params, home), Windows(grads, home)
    layer.dtype = theta.dtype
    if isinstance(layer, Network):
        layer._theta, layer.gradient = theta[:start], gradient[:start]
    return start
