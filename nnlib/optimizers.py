"""Optimizers: from a gradient to a step.

step(theta, gradient) changes theta in place; both are arrays of one shape, a
network's whole vector or anything else that learns. What an optimizer has
seen of one theta, it remembers: another theta needs another optimizer.

learning_rate is a number above 0; or a schedule, a function of the number of
steps taken that returns one.

Source: lessons/07_gradient_descent, 08_vanishing_exploding.

>>> for optimizer in (SGD(0.1), Momentum(0.1), RMSprop(0.1), Adam(0.1)):
...     theta = np.array([0.0, 0.0])
...     for gradient in ([-1.0, -10.0], [-1.0, -10.0]):
...         optimizer.step(theta, np.array(gradient))
...     print(optimizer, theta.round(2))
SGD(0.1) [0.2 2. ]
Momentum(0.1) [0.29 2.9 ]
RMSprop(0.1) [0.55 0.55]
Adam(0.1) [0.2 0.2]
>>> clip_by_global_norm([np.array([3.0]), np.array([4.0])], max_norm=1.0)
[array([0.6]), array([0.8])]
"""

from dataclasses import dataclass

import numpy as np

from nnlib.shapes import as_count, as_floats, as_number, check_same


class SGD:
    """theta - learning_rate gradient: straight down. Robbins and Monro 1951.

    steps counts the steps taken. What is below differs in `_step` alone.
    """

    _v = None  # what has been, in those that remember

    def __init__(self, learning_rate):
        self.learning_rate, self.steps = learning_rate, 0
        if not callable(learning_rate):
            as_number(type(self).__name__, "learning_rate", learning_rate, 1)

    def __repr__(self):
        return f"{type(self).__name__}({self.learning_rate})"

    def step(self, theta, gradient):
        """Change theta in place."""
        _check_theta(theta, self._v)
        gradient = as_floats("step", "gradient", gradient, theta.dtype)
        check_same("step", "gradient", gradient, "theta", theta)
        rate = self.learning_rate
        if callable(rate):
            rate = rate(self.steps)
            as_number("schedule", "learning rate", rate, positive=True)
        self.steps += 1
        theta -= self._step(rate, gradient)

    def _step(self, rate, gradient):
        return rate * gradient


class Momentum(SGD):
    """A ball that rolls: the step is learning_rate v. Polyak 1964.

    v = momentum v + gradient
    """

    def __init__(self, learning_rate, momentum=0.9):
        super().__init__(learning_rate)
        self.momentum = _kept("momentum", momentum)

    def _step(self, rate, gradient):
        v = 0 if self._v is None else self._v
        self._v = self.momentum * v + gradient
        return rate * self._v


class RMSprop(SGD):
    """Every entry's step is measured by the usual size of its gradient.

    v = decay v + (1 - decay) gradient^2, and the step is
    learning_rate gradient / (sqrt(v) + 1e-8). Tieleman and Hinton 2012.
    """

    def __init__(self, learning_rate=0.001, decay=0.9):
        super().__init__(learning_rate)
        self.decay = _kept("decay", decay)

    def _step(self, rate, gradient):
        v = 0 if self._v is None else self._v
        self._v = self.decay * v + (1 - self.decay) * gradient**2
        return rate * gradient / (np.sqrt(self._v) + 1e-8)


class Adam(SGD):
    """Momentum and RMSprop at once, unbiased from the first step on.

    m = beta1 m + (1 - beta1) gradient,    M = m / (1 - beta1^t)
    v = beta2 v + (1 - beta2) gradient^2,  V = v / (1 - beta2^t), and the step
    is learning_rate M / (sqrt(V) + 1e-8). Kingma and Ba 2015.
    """

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999):
        super().__init__(learning_rate)
        self.beta1, self.beta2 = _kept("beta1", beta1), _kept("beta2", beta2)

    def _step(self, rate, gradient):
        if self._v is None:
            self._m, self._v = np.zeros_like(gradient), np.zeros_like(gradient)
        # m and v are kept without their factors (1 - beta). Those are plain
        # numbers and wait: every pass over a long vector takes time.
        self._m *= self.beta1
        self._m += gradient
        self._v *= self.beta2
        self._v += gradient * gradient
        m_scale = (1 - self.beta1) / (1 - self.beta1**self.steps)
        v_scale = ((1 - self.beta2) / (1 - self.beta2**self.steps)) ** 0.5
        root = np.sqrt(self._v)
        root += 1e-8 / v_scale
        step = self._m / root
        step *= rate * m_scale / v_scale
        return step


@dataclass(frozen=True)
class StepDecay:
    """A schedule: `rate`, times `factor` after every so many steps."""

    rate: float
    every: int
    factor: float = 0.1

    def __post_init__(self):
        as_count("StepDecay", "every", self.every)

    def __call__(self, step):
        return self.rate * self.factor ** (step // self.every)


@dataclass(frozen=True)
class Cosine:
    """A schedule: down half a wave in n_steps. Loshchilov and Hutter 2017."""

    rate: float
    n_steps: int
    last: float = 1e-6

    def __post_init__(self):
        as_count("Cosine", "n_steps", self.n_steps)

    def __call__(self, step):
        wave = np.cos(np.pi * min(step / self.n_steps, 1)).item()
        return self.last + (self.rate - self.last) * (1 + wave) / 2


def clip_by_global_norm(grads, max_norm):
    """Return the arrays, all shortened by one factor if they are too long.

    As one vector they keep their direction, and their length is at most
    max_norm. What is not finite stays. Pascanu, Mikolov and Bengio 2013.
    """
    where = "clip_by_global_norm"
    max_norm = as_number(where, "max_norm", max_norm, positive=True)
    if isinstance(grads, np.ndarray):
        return clip_by_global_norm([grads], max_norm)[0]
    grads = [as_floats(where, "grads", g) for g in grads]
    norm = global_norm(grads)
    scale = max_norm / norm if max_norm < norm < np.inf else None
    return [g * scale for g in grads] if scale else grads


def global_norm(grads):
    """Return the Euclidean length of a list of arrays as one vector."""
    grads = list(grads)
    square = sum(float(np.vdot(g, g)) for g in grads)
    if 1e-30 < square < 1e30:
        return square**0.5
    # The squares leave what float32 can hold: again, in another unit.
    unit = 2.0**-100 if square < 1 else 2.0**100
    grads = [g / unit for g in grads]
    return unit * sum(float(np.vdot(g, g)) for g in grads) ** 0.5


def _check_theta(theta, past):
    if not (isinstance(theta, np.ndarray) and theta.dtype.kind == "f"):
        raise ValueError(
            f"step: theta is {theta!r:.60}.\n"
            "  Needed: an array of floats, which can change in place.\n"
            "  Hint: theta = np.array(theta, dtype=float), once, at the start."
        )
    if past is not None and past.shape != theta.shape:
        raise ValueError(
            f"step: theta has shape {theta.shape}.\n"
            f"  Needed: {past.shape}, as in the steps before.\n"
            "  Hint: another theta needs another optimizer."
        )


def _kept(name, value):
    if 0 <= as_number("optimizer", name, value) < 1:
        return value
    raise ValueError(
        f"optimizer: {name} is {value}.\n"
        "  Needed: a number from 0 to below 1.\n"
        "  Hint: 0.9 remembers about ten steps, 0.999 about a thousand."
    )
