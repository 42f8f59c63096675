"""Two neurons, equally wrong; one learns with each loss.

Input x = 1, target y = 0, one weight and one bias each, the same start. With
squared error the gradient in z is 2 (a - y) a (1 - a); the more wrong a is,
the smaller its factor a (1 - a). Cross-entropy's gradient is a - y.

Many starts run at once, one column each. A test holds the numbers to those
of two real networks.
"""

import numpy as np

from nnlib.activations import sigmoid, sigmoid_prime
from nnlib.widgets.settings import Model, Slider, Switch

STEPS = 300
GOAL = 0.1  # an output below this counts as learned
STARTS = (
    *(0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99),
    *(0.995, 0.998, 0.999, 0.9995, 0.9999),
)
_RATES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)


class LossRace(Model):
    """The race, computed from start to end whenever a setting changes.

    Parameters
    ----------
    start : float
        Both neurons' first output a, from 0.5 to 0.9999; the target is 0.
    learning_rate : float
    same_first_step : bool
        Give squared error a larger learning rate, so that the first steps
        of the two are equal.

    Attributes
    ----------
    A, dZ : ndarray, shape (2, STEPS + 1)
        Outputs and gradients dL/dz after 0, 1, 2, ... steps; row 0 learns
        with squared error, row 1 with cross-entropy.
    arrival : list of int or None, length 2
        The first step after which the output is below GOAL.
    arrivals : ndarray, shape (2, len(STARTS))
        The same for every start in STARTS, at the same learning rates; nan
        for those that are not there after STEPS.
    rates : list of float, length 2
        The learning rates of the two.

    >>> race = LossRace(start=0.98, learning_rate=0.15)
    >>> race.arrival
    [224, 50]
    >>> race.set("same_first_step", True)
    >>> race.arrival
    [8, 50]
    """

    SETTINGS = {
        "start": Slider("start at a", STARTS, 0.98),
        "learning_rate": Slider("learning rate", _RATES, 0.15),
        "same_first_step": Switch("same first step", False),
    }

    def __init__(self, start=0.98, learning_rate=0.15, same_first_step=False):
        super().__init__(
            start=start,
            learning_rate=learning_rate,
            same_first_step=same_first_step,
        )

    def changed(self, name):
        self.ratio = 1.0
        if self.same_first_step:  # 2 a (1 - a) is what squared error lacks
            self.ratio = 1 / (2 * self.start * (1 - self.start))
        self.rates = [self.ratio * self.learning_rate, self.learning_rate]
        starts = np.array([self.start, *STARTS])
        A, dZ, self.last_z = run(starts, self.rates)
        self.A, self.dZ = A[:, :, 0].T, dZ[:, :, 0].T
        self.last_z = self.last_z[:, 0]
        arrivals = first_below(A)
        self.arrival = [
            None if np.isnan(step) else int(step) for step in arrivals[:, 0]
        ]
        self.arrivals = arrivals[:, 1:]

    def frame(self):
        """Return (facts, arrays): all that is drawn.

        Arrays: outputs and pushes, shape (2, STEPS + 1), where a push is the
        gradient in z times the neuron's learning rate over the other's;
        starts, shape (len(STARTS),), as scores z, and arrivals for them.
        """
        facts = {
            "sentence": self.sentence(),
            "settings": self.settings(),
            "before": self.before(),
            "after": self.sentence(),
            "arrival": self.arrival,
            "ratio": _text(self.ratio),
            "start_z": score(self.start),
            "steps": STEPS,
            "goal": GOAL,
        }
        arrays = {
            "outputs": self.A,
            "pushes": self.dZ * np.array([[self.ratio], [1.0]]),
            "starts": np.array([score(a) for a in STARTS]),
            "arrivals": self.arrivals,
        }
        return facts, arrays

    def before(self):
        """Return in words what is seen before the start."""
        return (
            f"Both neurons put out a = {_text(self.start, 4)} where 0 is "
            f"right. Which of them is below {GOAL} first?"
        )

    def sentence(self):
        """Return in words how the race went."""
        return f"Start at a = {_text(self.start, 4)}. " + (
            self._fair() if self.same_first_step else self._plain()
        )

    def _plain(self):
        first = self.dZ[0, 0], self.dZ[1, 0]
        text = (
            f"Cross-entropy {_when(self.arrival[1], first=True)}, squared "
            f"error {_when(self.arrival[0])}: its first gradient was "
            f"{_text(first[0])}, {_text(first[1] / first[0])} times smaller"
        )
        if self.start < 0.9:
            return f"{text}. With a more wrong start it will be smaller still."
        return (
            f"{text}, because the slope a (1 \u2212 a) is almost 0 where the "
            "output is most wrong."
        )

    def _fair(self):
        """Return what happens when the first steps are equal."""
        growth = self.dZ[0].max() / self.dZ[0, 0]
        text = (
            "For the same first step, squared error's learning rate is "
            f"{_text(self.ratio)} times larger. It "
            f"{_when(self.arrival[0], first=True)}, cross-entropy "
            f"{_when(self.arrival[1])}. "
        )
        if growth > 1.5:
            text += (
                f"Its steps grow to {_text(growth)} times the first, as the "
                "slope comes back. "
            )
        return text + self._price()

    def _price(self):
        """Return what a learning rate made for one start costs."""
        z = self.last_z[0]
        slope = float(sigmoid_prime(z))
        if slope < 1e-4:
            size = f"only {_text(slope, 2)}" if slope else "0 to 16 digits"
            return (
                f"It ends at z = {_text(z)}, where the slope is {size}: "
                "should another sample need the opposite, it could not turn."
            )
        slow, quick = np.nan_to_num(self.arrivals[:, -1], nan=np.inf)
        if slow <= quick:
            return "From another start, its first step would be another."
        return (
            f"But that rate suits this start: from a = {STARTS[-1]} it takes "
            f"{_steps(slow)}, cross-entropy {_steps(quick)}."
        )

    def code(self):
        """Return the lines that run the same race with two networks."""
        return _CODE.format(
            start=self.start,
            steps=STEPS,
            slow=self.rates[0],
            fast=self.rates[1],
        )


_CODE = """\
import numpy as np
from nnlib import layers, losses
from nnlib.activations import sigmoid
from nnlib.network import Network
from nnlib.optimizers import SGD
from nnlib.training import train_step

rng = np.random.default_rng(0)  # Dense asks for it; theta is set below
x, y, start = np.array([[1.0]]), np.array([[0.0]]), {start!r}
neurons = [layers.Dense(1, 1, rng), layers.Dense(1, 1, rng)]
bend = layers.Activation(sigmoid)
races = [  # cross-entropy takes the score z itself
    (Network([neurons[0], bend], float), losses.mean_squared_error, {slow!r}),
    (Network([neurons[1]], float), losses.binary_cross_entropy, {fast!r}),
]
outputs = []
for (network, loss, learning_rate), neuron in zip(races, neurons):
    network.theta = np.log(start / (1 - start)) / 2  # z = w x + b
    optimizer = SGD(learning_rate)
    for step in range({steps}):
        train_step(network, loss, optimizer, x, y)
    outputs.append(sigmoid(neuron.forward(x)).item())
print(outputs)
"""


def score(a):
    """Return the z whose sigmoid is a."""
    return float(np.log(a / (1 - a)))


def run(starts, rates):
    """Return A, dZ, both shape (STEPS + 1, 2, n), and the last scores Z.

    starts : ndarray, shape (n,), first outputs
    rates : learning rates of squared error and of cross-entropy
    """
    Z = np.tile(np.log(starts / (1 - starts)), (2, 1))
    # x = 1, so that dL/dw = dL/db = dL/dz, and z = w + b moves twice as far.
    reach = 2 * np.array(rates)[:, np.newaxis]
    A_all = np.empty((STEPS + 1, *Z.shape))
    dZ_all = np.empty_like(A_all)
    for step in range(STEPS + 1):
        A = sigmoid(Z)
        dZ = A.copy()  # a - y with y = 0
        dZ[0] *= 2 * sigmoid_prime(Z[0], A[0])
        A_all[step], dZ_all[step] = A, dZ
        last, Z = Z, Z - reach * dZ
    return A_all, dZ_all, last


def first_below(A):
    """Return the first step at which A is below GOAL, nan where it is not.

    A : ndarray, shape (n_steps, ...)
    """
    hits = A < GOAL
    return np.where(hits.any(axis=0), hits.argmax(axis=0), np.nan)


def _when(step, first=False):
    """Return the end of a clause: when a neuron was below GOAL."""
    if step is None:
        return f"is not below {GOAL} after {STEPS} steps"
    verb = f"is below {GOAL} " if first else ""
    return f"{verb}after {step} step{'s' if step != 1 else ''}"


def _steps(count):
    return f"more than {STEPS}" if np.isinf(count) else f"{count:.0f}"


def _text(number, digits=3):
    """Return a number as short text, with a real minus sign."""
    if abs(number) >= 1000:
        return f"{number:,.0f}".replace("-", "\u2212")
    text = f"{number:.{digits}g}".replace("e-0", "e-")
    return text.replace("-", "\u2212")
