"""PyTorch as its tutorials write it: nn.Module, torch.optim, no options.

Of the two biases that its plain RNN has for one sum, the second is left out
of the training: with both, a bias would learn twice as fast as elsewhere. Its
GRU needs them, and there the other peers but nnlib have two as well.
"""

from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
)
from workloads import SPEC, init, plan

BENDS = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU}


class MLP(nn.Module):
    def __init__(self, spec):
        super().__init__()
        layers = []
        for n_in, n_out in pairwise(spec["sizes"]):
            layers += [nn.Linear(n_in, n_out), BENDS[spec["act"]]()]
        self.layers = nn.Sequential(*layers[:-1])
        self.bce = spec["loss"] == "bce"

    def forward(self, X, y):
        Z = self.layers(X)
        if self.bce:
            return binary_cross_entropy_with_logits(Z[:, 0], y)
        return cross_entropy(Z, y)


class RNN(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.rnn = nn.RNN(spec["D"], spec["H"])
        self.output = nn.Linear(spec["H"], spec["K"])
        nn.init.zeros_(self.rnn.bias_hh_l0).requires_grad_(False)

    def forward(self, X, y):
        H, _ = self.rnn(X)
        return cross_entropy(self.output(H).flatten(0, 1), y.flatten())


class Translator(nn.Module):
    def __init__(self, spec):
        super().__init__()
        V, E, H = spec["V"], spec["E"], spec["H"]
        self.read, self.encoder = nn.Embedding(V, E), nn.GRU(E, H)
        self.reread, self.decoder = nn.Embedding(V, E), nn.GRU(E, H)
        self.output = nn.Linear(H, V)

    def forward(self, source, known, answer):
        _, h = self.encoder(self.read(source))
        H, _ = self.decoder(self.reread(known), h)
        Z = self.output(H)
        return cross_entropy(Z.flatten(0, 1), answer.flatten())


MODELS = {"mlp": MLP, "rnn": RNN, "gru": Translator}


class Training:
    def __init__(self, w):
        self.w, self.spec = w, SPEC[w]
        columns, picks = plan(w)
        self.columns = [torch.from_numpy(column) for column in columns]
        self.picks = picks
        if self.spec["kind"] == "mlp" and picks[0] is not None:
            self.picks = [torch.from_numpy(rows) for rows in picks]

    def reset(self):
        self.model = MODELS[self.spec["kind"]](self.spec)
        fill(self.model, init(self.w))
        adam = self.spec["opt"] == "adam"
        optimizer = torch.optim.Adam if adam else torch.optim.SGD
        self.params = [p for _, p in learned(self.model)]
        self.optimizer = optimizer(self.params, lr=self.spec["lr"])

    def run(self, n=None):
        losses, self.norms = [], []
        for pick in self.picks[:n]:
            batch = self.columns
            if pick is not None:
                batch = [column[pick] for column in self.columns]
            loss = self.model(*batch)
            self.optimizer.zero_grad()
            loss.backward()
            if "norms" in self.spec:
                dWs = [W.grad for W in self.params[::2]]
                self.norms.append([dW.norm().item() for dW in dWs])
            if "clip" in self.spec:
                nn.utils.clip_grad_norm_(self.params, self.spec["clip"])
            self.optimizer.step()
            losses.append(loss.item())
        return losses


def learned(model):
    return [(k, p) for k, p in model.named_parameters() if p.requires_grad]


def fill(model, values):
    """Copy the values into all parameters that learn, in their order."""
    for (name, p), value in zip(learned(model), values, strict=True):
        # PyTorch keeps its weights turned; the rows of tokens it does not.
        is_rows = name.startswith(("read", "reread"))
        p.data = torch.from_numpy(value if is_rows else value.T.copy())


def make(w, variant=None):
    return Training(w)
