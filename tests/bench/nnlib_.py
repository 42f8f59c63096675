"""nnlib as a peer: networks, an optimizer and train_step, as a reader would.

Every peer is a file with make(workload, variant), which returns a training:
reset() puts it back to its start and is not timed; run(n) is, trains n steps,
or all of them, and returns the losses. What a peer cannot do is a
NotImplementedError.
"""

from itertools import cycle, islice

import numpy as np
from workloads import SPEC, data, init

from nnlib.activations import relu, sigmoid, tanh
from nnlib.layers import Activation, Dense, Embedding, Layer
from nnlib.losses import binary_cross_entropy, cross_entropy
from nnlib.machine import full_speed
from nnlib.network import Network
from nnlib.optimizers import SGD, Adam
from nnlib.recurrent import GRU, RNN
from nnlib.training import gradient_norms, train_step

BENDS = {"relu": relu, "sigmoid": sigmoid, "tanh": tanh}
OPTIMIZERS = {"adam": Adam, "sgd": SGD}


class Translator(Layer):
    """Reads one sequence, and goes on with another in the state it is in."""

    axes = ("n", "n_steps")

    def __init__(self, n_tokens, n_embedded, n_hidden, rng):
        super().__init__()
        self.n_out = n_hidden
        self.layers = [
            Embedding(n_tokens, n_embedded, rng),
            GRU(n_embedded, n_hidden, rng),
            Embedding(n_tokens, n_embedded, rng),
            GRU(n_embedded, n_hidden, rng),
        ]

    def forward(self, source, known):
        read, encoder, reread, decoder = self.layers
        encoder.forward(read.forward(source))
        return decoder.forward(reread.forward(known), state=encoder.state)

    def backward(self, dH, input_gradient=True):
        read, encoder, reread, decoder = self.layers
        reread.backward(decoder.backward(dH))
        read.backward(encoder.backward(None, dstate=decoder.dstate))


class Training:
    def __init__(self, w):
        self.w, self.spec, self.loss = w, SPEC[w], cross_entropy
        if self.spec["kind"] == "mlp":
            self.X, self.y, self.orders = data(w)
            if self.spec["loss"] == "bce":
                self.loss = binary_cross_entropy
                self.y = self.y.astype(np.float32)[:, np.newaxis]
        else:
            batches = zip(*data(w), strict=True)
            self.batches = [_batch_first(*batch) for batch in batches]

    def reset(self):
        self.network = network_of(self.w)
        self.optimizer = OPTIMIZERS[self.spec["opt"]](self.spec["lr"])
        self.model = self.network, self.loss, self.optimizer

    def run(self, n=None):
        losses, self.norms = [], []
        clip, wants_norms = self.spec.get("clip"), "norms" in self.spec
        with full_speed():
            for X, y in islice(self._minibatches(), n):
                losses.append(train_step(*self.model, X, y, max_norm=clip))
                if wants_norms:
                    self.norms.append(gradient_norms(self.network))
        return losses

    def _minibatches(self):
        if self.spec["kind"] != "mlp":
            yield from islice(cycle(self.batches), self.spec["steps"])
            return
        X, y = self.X, self.y
        for rows in self.orders:
            if rows is None:
                yield X, y
            else:
                yield X.take(rows, axis=0), y.take(rows, axis=0)


def make(w, variant=None):
    return Training(w)


def network_of(w):
    """Return the workload's network, with the parameters it starts from."""
    build = {"mlp": _mlp, "rnn": _rnn, "gru": _gru}[SPEC[w]["kind"]]
    # What is drawn here is written over: in nnlib, to build is to draw.
    layers, values = build(SPEC[w], init(w), np.random.default_rng(0))
    network = Network(layers)
    for place, value in zip(network.named(), values, strict=True):
        _, layer, name = place
        layer.params[name] = value
    return network


def _mlp(spec, values, rng):
    layers = []
    for W in values[::2]:
        layers += [Dense(*W.shape, rng), Activation(BENDS[spec["act"]])]
    return layers[:-1], values


def _rnn(spec, values, rng):
    D, H, K = spec["D"], spec["H"], spec["K"]
    return [RNN(D, H, rng), Dense(H, K, rng)], values


def _gru(spec, values, rng):
    V, E, H = spec["V"], spec["E"], spec["H"]
    encoder, decoder, output = values[:5], values[5:10], values[10:]
    values = [*_gate_by_gate(*encoder), *_gate_by_gate(*decoder), *output]
    return [Translator(V, E, H, rng), Dense(H, V, rng)], values


def _gate_by_gate(rows, W, U, b, c):
    """Return the same with an array for each gate, and one bias for r and z.

    Beside the state, nnlib has a bias for the gate n alone, where it matters.
    """
    W, U = (np.stack(np.split(A, 3, axis=1)) for A in (W, U))
    b, c = b.reshape(3, -1), c.reshape(3, -1)
    b[:2] += c[:2]
    return rows, W, U, b, c[2]


def _batch_first(*arrays):
    """Return (X, y) with a sequence in each row; X may be two arrays."""
    *X, y = (np.ascontiguousarray(A.swapaxes(0, 1)) for A in arrays)
    return (X[0] if len(X) == 1 else tuple(X)), y
