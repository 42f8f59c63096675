"""Forward, then backward, one operation at a time: which step is shown."""

from nnlib.graph import Scalar
from nnlib.losses import cross_entropy
from nnlib.network import Network
from nnlib.widgets.graph.network_gradients import WHERE
from nnlib.widgets.graph.network_steps import NetworkSteps
from nnlib.widgets.graph.scalar_steps import scalar_steps
from nnlib.widgets.settings import Model


class Stepper(Model):
    """The steps of both passes, all known from the start, and one of them.

    Parameters
    ----------
    what : ScalarSteps or NetworkSteps

    Attributes
    ----------
    step : int
        From 0, where only the inputs have values, to `last`.
    """

    ACTIONS = ("set", "reset", "go", "back", "on", "end")

    def __init__(self, what):
        self.what = what
        self.last = len(what.steps) - 1
        super().__init__()

    def reset(self):
        """Go to the first step."""
        self.step = 0

    def go(self, step):
        """Go to one step, counted from 0."""
        whole = isinstance(step, int) and not isinstance(step, bool)
        if not whole or not 0 <= step <= self.last:
            raise ValueError(
                f"There is no step {step!r:.20}.\n"
                f"  Needed: a whole number from 0 to {self.last}.\n"
                "  Hint: end() goes to the last one."
            )
        self.step = step

    def back(self):
        """Go back one step, if there is one."""
        self.step = max(0, self.step - 1)

    def on(self):
        """Go on one step, if there is one."""
        self.step = min(self.last, self.step + 1)

    def end(self):
        """Go to the last step."""
        self.step = self.last

    def sentence(self, step=None):
        """Say in words what a step does; without one, what is shown."""
        step = self.step if step is None else step
        words = self.what.steps[step]["sentence"]
        text = f"Step {step} of {self.last}. {words}"
        return f"{text} {self.what.summary()}" if step == self.last else text

    def frame(self):
        """Return (facts, arrays): all steps, and which one is shown."""
        steps = [
            step | {"sentence": self.sentence(k)}
            for k, step in enumerate(self.what.steps)
        ]
        facts = {
            "sentence": self.sentence(),
            "settings": {},
            "step": self.step,
            "kind": self.what.kind,
            "nodes": self.what.nodes,
            "edges": self.what.edges,
            "steps": steps,
            "summary": self.what.summary(),
            "own": self.what.own_functions,
        }
        return facts, self.what.arrays

    def code(self):
        """Return the nnlib lines that build it and sweep back."""
        return self.what.code()


def stepper(
    what, X=None, y=None, loss=None, backward=None, scalar=None, **inputs
):
    """Return the Stepper for a Scalar, a function of inputs, or a network.

    Raises
    ------
    TypeError, ValueError
    """
    if isinstance(what, Scalar) or (
        callable(what) and not hasattr(what, "forward")
    ):
        for name, value in (
            ("X", X),
            ("y", y),
            ("loss", loss),
            ("backward", backward),
        ):
            if value is not None:
                inputs[name] = value  # an input may well be called y
        _check_inputs(what, inputs, scalar)
        return Stepper(scalar_steps(what, inputs, scalar))
    if isinstance(what, Network) and (X is None or y is None):
        raise ValueError(
            f"{WHERE}: the network came without X and y.\n"
            "  Needed: rows to send through it, and what they should be.\n"
            "  Hint: backprop_stepper(network, X[:4], y[:4])"
        )
    if inputs or scalar is not None:
        extra = ", ".join([*inputs, *(["scalar"] if scalar else [])])
        raise ValueError(
            f"{WHERE}: {extra} came with a network.\n"
            "  Needed: network, X, y, loss and backward alone.\n"
            '  Hint: your own functions go into backward={"dense": ...}.'
        )
    return Stepper(NetworkSteps(what, X, y, loss or cross_entropy, backward))


def _check_inputs(what, inputs, scalar):
    """Raise if a Scalar came with what only a function needs."""
    if isinstance(what, Scalar) and (inputs or scalar is not None):
        raise ValueError(
            f"{WHERE}: a Scalar came with {', '.join(inputs) or 'scalar'}.\n"
            "  Needed: the Scalar alone, for its inputs are known.\n"
            "  Hint: to run your own class, pass a function: "
            "backprop_stepper(lambda a: a * a, scalar=MyScalar, a=2.0)"
        )
