"""JAX: one training step, compiled, and a loop over the steps in Python.

The compiler runs before the clock starts.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from workloads import SPEC, init, plan

BENDS = {"tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}


def cross_entropy(Z, y):
    right = jnp.take_along_axis(Z, y[..., jnp.newaxis], axis=-1)
    return jnp.mean(jax.nn.logsumexp(Z, axis=-1) - right[..., 0])


def mlp(spec, params, X, y):
    *inner, (V, c) = zip(params[::2], params[1::2], strict=True)
    for W, b in inner:
        X = BENDS[spec["act"]](X @ W + b)
    Z = X @ V + c
    if spec["loss"] == "ce":
        return cross_entropy(Z, y)
    return jnp.mean(jax.nn.softplus(Z[:, 0]) - y * Z[:, 0])


def rnn(spec, params, X, y):
    W, U, b, V, c = params

    def step(h, z):
        h = jnp.tanh(z + h @ U)
        return h, h

    first = jnp.zeros((spec["B"], spec["H"]))
    _, H = lax.scan(step, first, X @ W + b)
    return cross_entropy(H @ V + c, y)


def gru(rows, W, U, b, c, tokens, first):
    """Return the last state and all of them."""

    def step(h, z):
        xr, xz, xn = jnp.split(z, 3, axis=1)
        hr, hz, hn = jnp.split(h @ U + c, 3, axis=1)
        r, z = jax.nn.sigmoid(xr + hr), jax.nn.sigmoid(xz + hz)
        n = jnp.tanh(xn + r * hn)
        h = n + z * (h - n)
        return h, h

    return lax.scan(step, first, rows[tokens] @ W + b)


def translator(spec, params, source, known, answer):
    V, c = params[10:]
    first = jnp.zeros((spec["B"], spec["H"]))
    h, _ = gru(*params[:5], source, first)
    _, H = gru(*params[5:10], known, h)
    return cross_entropy(H @ V + c, answer)


MODELS = {"mlp": mlp, "rnn": rnn, "gru": translator}


def adam(params, grads, memory, rate):
    m, v, t = memory
    t = t + 1
    m = [0.9 * a + 0.1 * g for a, g in zip(m, grads, strict=True)]
    v = [0.999 * a + 0.001 * g * g for a, g in zip(v, grads, strict=True)]
    params = [
        p - rate * (a / (1 - 0.9**t)) / (jnp.sqrt(b / (1 - 0.999**t)) + 1e-8)
        for p, a, b in zip(params, m, v, strict=True)
    ]
    return params, (m, v, t)


def sgd(params, grads, memory, rate):
    return [p - rate * g for p, g in zip(params, grads, strict=True)], memory


def step_of(spec):
    """Return the step from (params, memory, batch) to the next two."""
    loss_of = MODELS[spec["kind"]]
    optimizer = adam if spec["opt"] == "adam" else sgd

    def step(params, memory, batch):
        loss, grads = jax.value_and_grad(
            lambda params: loss_of(spec, params, *batch)
        )(params)
        norms = None
        if "norms" in spec:
            norms = jnp.stack([jnp.linalg.norm(dW) for dW in grads[::2]])
        if "clip" in spec:
            length = jnp.sqrt(sum(jnp.vdot(g, g) for g in grads))
            factor = jnp.minimum(1, spec["clip"] / length)
            grads = [g * factor for g in grads]
        params, memory = optimizer(params, grads, memory, spec["lr"])
        return params, memory, (loss, norms)

    # The old arrays are given up, so that the new ones may take their place.
    return jax.jit(step, donate_argnums=(0, 1))


class Training:
    def __init__(self, w):
        self.w, self.spec = w, SPEC[w]
        columns, self.picks = plan(w)
        small = [
            column.astype(np.int32) if column.dtype == np.int64 else column
            for column in columns
        ]
        # Batches that are taken as they are can wait in JAX's own arrays;
        # rows are picked faster by numpy.
        if self.picks[0] is None:
            small = [jnp.asarray(column) for column in small]
        elif self.spec["kind"] != "mlp":
            small = [[jnp.asarray(A) for A in column] for column in small]
        self.columns, self.step = small, step_of(self.spec)

    def reset(self):
        self.params = [jnp.array(value) for value in init(self.w)]
        self.memory = None
        if self.spec["opt"] == "adam":
            m, v = ([jnp.zeros_like(p) for p in self.params] for _ in "mv")
            self.memory = m, v, jnp.zeros(())
        jax.block_until_ready((self.params, self.memory))

    def run(self, n=None):
        params, memory, notes = self.params, self.memory, []
        for pick in self.picks[:n]:
            batch = self.columns
            if pick is not None:
                batch = [column[pick] for column in self.columns]
            params, memory, note = self.step(params, memory, batch)
            notes.append(note)
        losses, self.norms = zip(*jax.device_get(notes), strict=True)
        return [float(loss) for loss in losses]


def make(w, variant=None):
    return Training(w)
