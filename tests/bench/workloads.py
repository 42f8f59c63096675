"""The six workloads: what is trained, on what, from where, in which order.

All chance comes from fixed seeds. So every peer starts from the same
parameters and sees the same rows in the same order, and what differs is the
time. A workload is a dict of SPEC; `desc` says it in words. The short names:

    kind    mlp, rnn or gru            sizes   widths of an mlp's layers
    act     the bend between them      loss    bce or ce: cross-entropies
    opt     sgd or adam                lr      its learning rate
    batch   rows a step                epochs  times that every row comes
    norms   note the length of dL/dW of every layer, at every step
    T, B    steps of a sequence, and sequences a batch
    D, H, K widths of input, state and output
    V, E    tokens, and numbers that stand for one of them
    nb      batches that there are     steps   batches that are trained on
    clip    the greatest length of the gradient
"""

from itertools import pairwise

import numpy as np

SPEC = {
    "W1": {
        "kind": "mlp",
        "desc": "two moons, 2-16-16-1, all 200 points at once, 1000 steps",
        "sizes": [2, 16, 16, 1],
        "act": "tanh",
        "loss": "bce",
        "opt": "sgd",
        "lr": 0.5,
        "batch": 200,
        "epochs": 1000,
    },
    "W2": {
        "kind": "mlp",
        "desc": "small digits, 64-64-32-10, 32 rows a step, 20 epochs, Adam",
        "sizes": [64, 64, 32, 10],
        "act": "relu",
        "loss": "ce",
        "opt": "adam",
        "lr": 1e-3,
        "batch": 32,
        "epochs": 20,
    },
    "W3": {
        "kind": "mlp",
        "desc": "the size of MNIST, 784-128-64-10, 128 rows a step, 1 epoch",
        "sizes": [784, 128, 64, 10],
        "act": "relu",
        "loss": "ce",
        "opt": "sgd",
        "lr": 0.05,
        "batch": 128,
        "epochs": 1,
    },
    "W4": {
        "kind": "mlp",
        "desc": "30 sigmoid layers of 64, 200 steps, a norm of each gradient",
        "sizes": [64] * 31 + [10],
        "act": "sigmoid",
        "loss": "ce",
        "opt": "sgd",
        "lr": 0.1,
        "batch": 64,
        "epochs": 1,
        "norms": True,
    },
    "W5": {
        "kind": "rnn",
        "desc": "a plain RNN over 50 steps, 128 wide, clipped, 100 steps",
        "T": 50,
        "B": 32,
        "D": 32,
        "H": 128,
        "K": 32,
        "steps": 100,
        "nb": 10,
        "lr": 0.1,
        "clip": 1.0,
        "opt": "sgd",
    },
    "W6": {
        "kind": "gru",
        "desc": "two GRUs that reverse 20 tokens, 128 wide, 50 steps, Adam",
        "T": 20,
        "B": 64,
        "V": 32,
        "E": 64,
        "H": 128,
        "steps": 50,
        "nb": 10,
        "lr": 1e-3,
        "opt": "adam",
    },
}


def data(w, dtype=np.float32):
    """Return what workload `w` is trained on.

    mlp : X, shape (n, n_in); y, shape (n,); and for every step the rows to
    take, or None for all of them.
    rnn : a list of X, shape (T, B, D), and one of y, shape (T, B).
    gru : lists of what is read, what is known and what comes next, tokens of
    shape (T, B).
    """
    spec, rng = SPEC[w], np.random.default_rng(1)
    if spec["kind"] == "mlp":
        X, y = _ROWS[w](rng)
        orders = [*_orders(len(X), spec["batch"], spec["epochs"], rng)]
        return np.ascontiguousarray(X, dtype), y.astype(np.int64), orders
    draw = _largest_before if spec["kind"] == "rnn" else _reversed_tokens
    batches = [draw(spec, rng, dtype) for _ in range(spec["nb"])]
    return tuple(list(column) for column in zip(*batches, strict=True))


def plan(w):
    """Return (columns, picks): arrays, and what each step takes of them all.

    A pick is an array of rows, the number of a batch, or None for everything.
    """
    spec = SPEC[w]
    if spec["kind"] == "mlp":
        X, y, orders = data(w)
        return [
            X,
            y.astype(np.float32) if spec["loss"] == "bce" else y,
        ], orders
    columns = [np.stack(column) for column in data(w)]
    return columns, [k % spec["nb"] for k in range(spec["steps"])]


def init(w, dtype=np.float32):
    """Return the parameters at the start, weights as (n_in, n_out).

    mlp : W and b of every layer.
    rnn : W of the input, W of the state, b; W and b of the output.
    gru : of the encoder, then of the decoder: a row for each token, W of the
    input, W of the state, b beside each; W and b of the output. A GRU's W and
    b hold the gates r, z and n side by side.
    """
    spec, rng = SPEC[w], np.random.default_rng(2)
    if spec["kind"] == "mlp":
        gain = 2 if spec["act"] == "relu" else 1
        values = []
        for n_in, n_out in pairwise(spec["sizes"]):
            W = rng.standard_normal((n_in, n_out)) * np.sqrt(gain / n_in)
            values += [W, np.zeros(n_out)]
    elif spec["kind"] == "rnn":
        D, H, K = spec["D"], spec["H"], spec["K"]
        values = [_weights(D, H, rng), _weights(H, H, rng), np.zeros(H)]
        values += [_weights(H, K, rng), np.zeros(K)]
    else:
        V, E, H = spec["V"], spec["E"], spec["H"]
        values = []
        for _ in ("encoder", "decoder"):
            values += [0.5 * rng.standard_normal((V, E))]
            values += [_weights(E, 3 * H, rng), _weights(H, 3 * H, rng)]
            values += [np.zeros(3 * H), np.zeros(3 * H)]
        values += [_weights(H, V, rng), np.zeros(V)]
    return [np.ascontiguousarray(value, dtype) for value in values]


def gemms(w):
    """Return all matrix products of a workload: (count, M, K, N, kind).

    They are of shapes (M, K) @ (K, N). A letter T in `kind` says which of the
    two lies in memory the other way round: NN forward, TN for the gradient of
    a weight, NT for that of an input, which no first layer needs.
    """
    spec = SPEC[w]
    if spec["kind"] == "mlp":
        return [*_mlp_gemms(w, spec)]
    T, B, H, steps = spec["T"], spec["B"], spec["H"], spec["steps"]
    if spec["kind"] == "rnn":
        # The state before the first step is zero: one product less.
        inner, once = steps * (T - 1), (steps, T * B)
        return [
            *_layer_gemms(*once, spec["D"], H, first=True),
            *_layer_gemms(*once, H, spec["K"]),
            (inner, B, H, H, "NN"),
            (inner, B, H, H, "NT"),
            (steps, H, T * B, H, "TN"),
        ]
    both = 2 * steps  # encoder and decoder
    return [
        *_layer_gemms(both, T * B, spec["E"], 3 * H),
        *_layer_gemms(steps, T * B, H, spec["V"]),
        (both * T, B, H, 3 * H, "NN"),
        (both * T, B, 3 * H, H, "NT"),
        (both, H, T * B, 3 * H, "TN"),
    ]


def _moons(rng, n=200, noise=0.1):
    angle = np.linspace(0, np.pi, n // 2)
    outer = np.column_stack([np.cos(angle), np.sin(angle)])
    inner = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    X = np.concatenate([outer, inner])
    return X + noise * rng.standard_normal(X.shape), np.repeat([0, 1], n // 2)


def _digits(rng):
    from sklearn.datasets import load_digits  # half a second to import

    X, y = load_digits(return_X_y=True)
    return X / 16, y


def _pictures(rng, n=60_000):
    X = rng.random((n, 784), dtype=np.float32)
    return X, rng.integers(0, 10, n)


def _noise(rng, n=12_800):
    return rng.standard_normal((n, 64)), rng.integers(0, 10, n)


_ROWS = {"W1": _moons, "W2": _digits, "W3": _pictures, "W4": _noise}


def _orders(n, size, epochs, rng):
    """Yield the rows of every step."""
    for _ in range(epochs):
        if size >= n:
            yield None
        else:
            order = rng.permutation(n)
            for start in range(0, n, size):
                yield order[start : start + size]


def _largest_before(spec, rng, dtype):
    """Return numbers, and as targets which was largest one step ago."""
    X = rng.standard_normal((spec["T"], spec["B"], spec["D"])).astype(dtype)
    y = np.zeros(X.shape[:2], np.int64)
    y[1:] = X[:-1].argmax(axis=-1) % spec["K"]
    return X, y


def _reversed_tokens(spec, rng, dtype):
    """Return tokens; the same backwards, a step late; and backwards."""
    tokens = rng.integers(1, spec["V"], (spec["T"], spec["B"]))
    answer = tokens[::-1].copy()
    known = np.zeros_like(answer)  # 0 says: begin
    known[1:] = answer[:-1]
    return tokens, known, answer


def _weights(n_in, n_out, rng):
    return rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)


def _mlp_gemms(w, spec):
    rows = {"W1": 200, "W2": 1797, "W3": 60_000, "W4": 12_800}[w]
    full, rest = divmod(rows, spec["batch"])
    for steps, n in ((full, spec["batch"]), (1, rest)):
        for i, (n_in, n_out) in enumerate(pairwise(spec["sizes"])):
            if n:
                count = steps * spec["epochs"]
                yield from _layer_gemms(count, n, n_in, n_out, first=i == 0)


def _layer_gemms(count, n, n_in, n_out, first=False):
    """Return a layer's products: forward, and two on the way back."""
    products = [(count, n, n_in, n_out, "NN"), (count, n_in, n, n_out, "TN")]
    return products if first else [*products, (count, n, n_out, n_in, "NT")]
