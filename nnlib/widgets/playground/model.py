"""A network in training: what it is made of, and what there is to see.

The network, the loss, the optimizer and the steps are nnlib's own. What is
drawn is worked out on a copy, so that looking does not disturb the training.
"""

import copy
import itertools
import time

import numpy as np

from nnlib import activations, losses, optimizers
from nnlib.datasets import train_test_split
from nnlib.initializers import xavier_init
from nnlib.layers import Activation, Dense
from nnlib.network import Network
from nnlib.shapes import as_labels
from nnlib.training import DivergedError, gradient_norms
from nnlib.widgets.playground.problem import (
    DATA,
    FEATURE_CODE,
    FEATURES,
    MOST_POINTS,
    points,
    see,
)
from nnlib.widgets.playground.run import Penalised, Run
from nnlib.widgets.settings import Choice, Model, Slider

SIDE = 50  # the surface is worked out on SIDE x SIDE points
MOST_LAYERS, MOST_UNITS = 6, 8
MOST_RECORDS = 500  # points of the loss curves
LOSSES = {
    "cross-entropy": losses.binary_cross_entropy,
    "squared error": losses.mean_squared_error,
}
OPTIMIZERS = ("SGD", "Momentum", "RMSprop", "Adam")
ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky_relu", "gelu", "identity")
RATES = (
    *(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03),
    *(0.1, 0.3, 1.0, 3.0, 10.0),
)
# What the future depends on, but not what has been learned so far.
ON_THE_WAY = {
    "optimizer",
    "learning_rate",
    "batch_size",
    "penalty",
    "strength",
}


class Playground(Model):
    """A small network that learns to tell two kinds of points apart.

    Parameters
    ----------
    hidden : tuple of int
        Units in each hidden layer.
    features : tuple of str
        What the network sees of a point: names from problem.FEATURES.
    **settings
        Start values for SETTINGS.

    Attributes
    ----------
    run : Run
        The training; run.network is the network.
    P_train, y_train, P_test, y_test : ndarray
        Points, shape (n, 2), and labels, shape (n,).
    playing : bool
    lost : bool
        Whether the loss is no longer a finite number.
    """

    SETTINGS = {
        "data": Choice("data", DATA, "moons"),
        "noise": Slider(
            "noise", (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5), 0.1
        ),
        "test_share": Slider(
            "share kept for testing", (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9), 0.3
        ),
        "activation": Choice("activation", ACTIVATIONS, "tanh"),
        "scale": Slider(
            "initial scale",
            (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0),
            1.0,
        ),
        "loss": Choice("loss", tuple(LOSSES), "cross-entropy"),
        "optimizer": Choice("optimizer", OPTIMIZERS, "SGD"),
        "learning_rate": Slider("learning rate", RATES, 0.1),
        "batch_size": Slider(
            "batch size", (1, 2, 5, 10, 20, 50, 100, 200), 10
        ),
        "penalty": Choice("regularisation", ("none", "L1", "L2"), "none"),
        "strength": Slider(
            "its strength", (0.0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1), 0.001
        ),
        "show": Choice("show", ("activations", "gradients"), "activations"),
    }
    ACTIONS = (
        *("set", "reset", "play", "pause", "step", "epoch", "go_to"),
        *("add_layer", "remove_layer", "add_unit", "remove_unit", "feature"),
        *("add", "remove", "select", "new_weights", "new_points"),
    )

    def __init__(self, hidden=(4, 2), features=("x1", "x2"), **settings):
        self._points_version = 0  # by which a view sees that they changed
        self._first = _checked_hidden(hidden), _checked_features(features)
        super().__init__(**settings)

    def reset(self):
        self.hidden, self.features = (list(part) for part in self._first)
        self._weights_seed = self._points_seed = 0
        self.playing = False
        super().reset()

    # --- what a reader can do -----------------------------------------------

    def changed(self, name):
        if name == "show":
            return
        if name in ON_THE_WAY:
            self._go_on_with(name)
        else:
            new = {None, "data", "noise", "test_share"}
            self._start_again(with_points=name in new)

    def play(self):
        """Let whoever shows this model call `train` again and again."""
        self._both_classes()
        self.playing = True

    def pause(self, step=None):
        """Stop; at a step that was just seen, if one is named."""
        self.playing = False
        if step is not None:
            self.go_to(step)

    def step(self):
        """Learn from one batch."""
        self.playing = False
        self._advance(1)

    def epoch(self):
        """Learn from every training point once: to the end of an epoch."""
        self.playing = False
        left = self.run.n_batches - self.run.batch
        self._advance(left or self.run.n_batches)

    def go_to(self, step):
        """Go back in time, or forward again to where we have been."""
        self.playing = False
        self.lost = False
        if isinstance(step, bool) or not isinstance(step, int):
            raise ValueError(f"go_to: step is {step!r:.40}, not a number.")
        self.run.go_to(step)

    def train(self, seconds):
        """Take as many steps as fit into so many seconds."""
        until = time.perf_counter() + seconds
        while self.playing and time.perf_counter() < until:
            self._advance(4)

    def add_layer(self):
        """Add a hidden layer before the output."""
        if len(self.hidden) == MOST_LAYERS:
            raise ValueError(f"There is room for {MOST_LAYERS} layers.")
        self.hidden.append(self.hidden[-1] if self.hidden else 2)
        self._start_again()

    def remove_layer(self):
        """Take the last hidden layer away."""
        if not self.hidden:
            raise ValueError("No hidden layer is left to take away.")
        self.hidden.pop()
        self._start_again()

    def add_unit(self, layer):
        """Add a unit to a hidden layer, counted from 0."""
        self._known_layer(layer)
        if self.hidden[layer] == MOST_UNITS:
            raise ValueError(f"There is room for {MOST_UNITS} units.")
        self.hidden[layer] += 1
        self._start_again()

    def remove_unit(self, layer):
        """Take a unit away from a hidden layer; one stays."""
        self._known_layer(layer)
        if self.hidden[layer] == 1:
            raise ValueError("The last unit stays; take away the layer.")
        self.hidden[layer] -= 1
        self._start_again()

    def feature(self, name):
        """Let the network see a feature, or no longer see it."""
        (name,) = _checked_features([name])
        if self.features == [name]:
            raise ValueError("The network has to see something.")
        wanted = set(self.features) ^ {name}
        self.features = [each for each in FEATURES if each in wanted]
        self._start_again()

    def add(self, x1, x2, label):
        """Add a training point."""
        if len(self.P_train) + len(self.P_test) >= MOST_POINTS:
            raise ValueError(f"There is room for {MOST_POINTS} points.")
        label = as_labels("add", "label", label)
        point = np.clip([[float(x1), float(x2)]], -self.reach, self.reach)
        if not np.isfinite(point).all():
            raise ValueError("A point needs two finite numbers.")
        self.P_train = np.vstack([self.P_train, point])
        self.y_train = np.append(self.y_train, label)
        self._points_changed()

    def remove(self, x1, x2):
        """Take the training point nearest to (x1, x2) away."""
        if not len(self.P_train):
            raise ValueError("There is no point to take away.")
        away = np.hypot(*(self.P_train - [float(x1), float(x2)]).T)
        self.P_train = np.delete(self.P_train, away.argmin(), axis=0)
        self.y_train = np.delete(self.y_train, away.argmin())
        if len(set(self.y_train.tolist())) < 2:
            self.playing = False
        self._points_changed()

    def select(self, layer=None, unit=None):
        """Choose a unit, layer 0 being the inputs; or, by None, the output."""
        self.selected = None
        if layer is None:
            return
        sizes = [len(self.features), *self.hidden]
        if not (
            isinstance(layer, int)
            and isinstance(unit, int)
            and 0 <= layer < len(sizes)
            and 0 <= unit < sizes[layer]
        ):
            raise ValueError("There is no such unit.")
        self.selected = (layer, unit)

    def new_weights(self):
        """Start again from other random weights."""
        self._weights_seed += 1
        self._start_again()

    def new_points(self):
        """Start again with other points of the same kind."""
        self._points_seed += 1
        self._start_again(with_points=True)

    # --- building and training ----------------------------------------------

    def _start_again(self, with_points=False):
        if with_points:
            self._draw_points()
        rng = np.random.default_rng(self._weights_seed)
        sizes = [len(self.features), *self.hidden, 1]
        f = getattr(activations, self.activation)
        layers = []
        for n_in, n_out in itertools.pairwise(sizes):
            layers += [Dense(n_in, n_out, rng, xavier_init), Activation(f)]
            layers[-2].params["W"] *= self.scale
        layers.pop()
        if self.loss == "squared error":
            layers.append(Activation(activations.sigmoid))
        network = Network(layers)
        self._lens = copy.deepcopy(network)
        self._is_weight = _weights_mask(network)
        self.run = Run(
            network,
            LOSSES[self.loss],
            self._penalised(self._optimizer()),
            *self._rows(),
            self.batch_size,
            self._weights_seed,
        )
        self.playing = self.playing and self._trainable
        self.lost, self._mixed = False, False
        self.selected = None
        self._records = []
        self._note_losses()

    def _draw_points(self):
        self._points_version += 1
        P, y = points(self.data, self.noise, self._points_seed)
        self._own_points = len(P) == 0
        if len(P):
            rng = np.random.default_rng(self._points_seed)
            parts = train_test_split(P, y, rng, self.test_share)
        else:
            parts = P, y, P, y
        self.P_train, self.y_train, self.P_test, self.y_test = parts
        self.reach = float(max(2.4, np.ceil(11 * abs(P).max(initial=0)) / 10))

    def _points_changed(self):
        """Go on with other points, or start once there are any."""
        self._points_version += 1
        self._own_points = True
        if self.run.step:
            self._mixed = True
            X, y = self._rows()
            self.run.alter(X=X, y=y)
            self._forget_the_future()
        else:
            self._start_again()

    def _rows(self):
        """Return (X, y) for the network; it needs one row to be made."""
        P, y = self.P_train, self.y_train
        if not len(P):
            P, y = np.zeros((1, 2)), np.zeros(1)
        X = see(P, self.features).astype(np.float32)
        return X, y[:, np.newaxis].astype(np.float32)

    def _optimizer(self):
        return getattr(optimizers, self.optimizer)(self.learning_rate)

    def _penalised(self, optimizer):
        if self.penalty == "none" or self.strength == 0:
            return optimizer
        return Penalised(
            optimizer, self.penalty, self.strength, self._is_weight
        )

    def _go_on_with(self, name):
        """Change a setting in the middle of the run."""
        self._mixed = self._mixed or self.run.step > 0
        optimizer = getattr(self.run.optimizer, "optimizer", None)
        optimizer = copy.deepcopy(optimizer or self.run.optimizer)
        if name == "optimizer":
            optimizer = self._optimizer()
        optimizer.learning_rate = self.learning_rate
        setup = {"batch_size": self.batch_size} if name == "batch_size" else {}
        self.run.alter(self._penalised(optimizer), **setup)
        self._forget_the_future()

    def _forget_the_future(self):
        step = self.run.step
        self._records = [r for r in self._records if r[0] < step]
        self._note_losses()
        self.lost = False

    @property
    def _trainable(self):
        return len(set(self.y_train.tolist())) == 2

    def _both_classes(self):
        if not self._trainable:
            raise ValueError(
                "Add points of both classes first: click on the plane, or "
                "press 0 and 1."
            )

    # numpy need not warn of what is said in words.
    @np.errstate(over="ignore", invalid="ignore")
    def _advance(self, steps):
        self._both_classes()
        try:
            for _ in range(steps):
                self.run.advance()
                if self.run.step % 50 == 0:
                    self._note_losses()
        except DivergedError:
            self.playing, self.lost = False, True

    def _note_losses(self):
        """Keep the losses at this step, for the curves."""
        if self._records and self._records[-1][0] >= self.run.step:
            return
        train, test = self._loss_on("train"), self._loss_on("test")
        self._records.append((self.run.step, train, test))
        if len(self._records) > MOST_RECORDS:
            self._records = self._records[::2]  # an odd number: the last stays

    def _loss_on(self, part):
        P, y = getattr(self, f"P_{part}"), getattr(self, f"y_{part}")
        if not len(P):
            return np.nan
        X = see(P, self.features).astype(np.float32)
        output = self._look(X)[-1]
        return self.run.loss(output, y[:, np.newaxis].astype(np.float32))[0]

    def _known_layer(self, layer):
        if not (isinstance(layer, int) and 0 <= layer < len(self.hidden)):
            raise ValueError("There is no such hidden layer.")

    # --- what there is to see -----------------------------------------------

    @np.errstate(over="ignore", invalid="ignore")
    def _look(self, X):
        """Return X and the output of every layer, on the copy."""
        self._lens.theta = self.run.network.theta
        outputs = [X]
        for layer in self._lens.layers:
            outputs.append(layer.forward(outputs[-1]))
        return outputs

    @np.errstate(over="ignore", invalid="ignore")
    def frame(self):
        """Return (facts, arrays): all that a view draws.

        Returns
        -------
        (dict, dict of str to ndarray)
            Numbers and text; float32 and uint8 arrays. A map is a picture
            of SIDE / 2 rows, from the top; 0 stands for -1, 255 for 1.
        """
        self._note_losses()
        surface, maps = self._maps()
        network, run = self.run.network, self.run
        dense = [layer for layer in network.layers if layer.params]
        norms = gradient_norms(network)
        facts = {
            "settings": self.settings(),
            "sentence": self.sentence(),
            "features": self.features,
            "all_features": list(FEATURES),
            "hidden": self.hidden,
            "step": run.step,
            "epoch": run.epoch,
            "oldest": run.oldest,
            "newest": run.newest,
            "playing": self.playing,
            "selected": self.selected,
            "reach": self.reach,
            "side": SIDE,
            "points": self._points_version,
        }
        arrays = {
            "surface": surface,
            "maps": maps,
            "weights": _flat(layer.params["W"] for layer in dense),
            "biases": _flat(layer.params["b"] for layer in dense),
            "weight_gradients": _flat(layer.grads["W"] for layer in dense),
            "unit_gradients": _flat(layer.grads["b"] for layer in dense),
            "norms": np.array(norms),
            "curves": np.array(self._records),
            "train": self.P_train,
            "train_labels": self.y_train,
            "test": self.P_test,
            "test_labels": self.y_test,
        }
        return facts, arrays

    def _maps(self):
        """Return the surface and a small map of every input and unit."""
        reach = self.reach * (1 - 1 / SIDE)  # the middles of the squares
        along = np.linspace(-reach, reach, SIDE)
        x1, x2 = np.meshgrid(along, along[::-1])
        P = np.column_stack([x1.ravel(), x2.ravel()])
        X = see(P, self.features).astype(np.float32)
        outputs = self._look(X)
        # Inputs, and what comes out of the bends: Dense, Activation, Dense...
        last = 2 * len(self.hidden)
        seen = [outputs[0], *outputs[2 : last + 1 : 2]]
        score = outputs[last + 1]
        if self.show == "gradients":
            seen = [seen[0], *self._leaning(len(P))]
        surface = np.tanh(score / 2)[:, 0]  # 2 p - 1
        if self.selected is not None:
            layer, unit = self.selected
            surface = _to_one(seen[layer][:, [unit]])[:, 0]
        small = np.concatenate(
            [_to_one(A).reshape(SIDE, SIDE, -1)[::2, ::2] for A in seen],
            axis=2,
        )
        return _bytes(surface), _bytes(np.moveaxis(small, 2, 0))

    def _leaning(self, n):
        """Return d(score)/d(z) of each hidden layer, shape (n, n_units).

        How fast the score moves with the unit's own z, at each point.
        """
        d = np.ones((n, 1), np.float32)
        slopes = []
        last = 2 * len(self.hidden)
        for layer in reversed(self._lens.layers[: last + 1]):
            d = layer.backward(d)
            if isinstance(layer, Activation):
                slopes.insert(0, d)
        return slopes

    def sentence(self):
        """Say in words what is seen."""
        if self.lost:
            return (
                f"After step {self.run.step} the loss is no longer a finite "
                "number: the steps were too long. Go back in time and lower "
                "the learning rate, or start with new weights."
            )
        if self.selected is not None:
            return self._about_unit(*self.selected)
        _, train, test = self._records[-1]
        if self.run.step != self._records[-1][0]:
            train, test = self._loss_on("train"), self._loss_on("test")
        words = f"Step {self.run.step:,}, epoch {self.run.epoch:,}. "
        if not self._trainable:
            return words + "Add points of both classes to begin."
        words += f"Loss on the training points {train:.3f}"
        if len(self.P_test):
            words += f", on the test points {test:.3f}"
            words += f"; {self._right():.0%} of these are read right"
        return words + ". " + self._about_gradients()

    def _right(self):
        X = see(self.P_test, self.features).astype(np.float32)
        score = self._look(X)[2 * len(self.hidden) + 1][:, 0]
        return float(np.mean((score >= 0) == self.y_test))

    def _about_gradients(self):
        norms = gradient_norms(self.run.network)
        if self.run.step == 0 or len(norms) == 1 or not min(norms):
            return f"Gradient norm at the output: {norms[-1]:.2g}."
        ratio = norms[-1] / norms[0]
        return (
            f"Gradient norm in layer 1 {norms[0]:.2g}, at the output "
            f"{norms[-1]:.2g}: {max(ratio, 1 / ratio):.1f} times "
            f"{'larger' if ratio >= 1 else 'smaller'}."
        )

    def _about_unit(self, layer, unit):
        if layer == 0:
            return f"Input {self.features[unit]}, as the network sees it."
        dense = self.run.network.layers[2 * layer - 2]
        names = (
            self.features
            if layer == 1
            else [f"unit {i + 1}" for i in range(self.hidden[layer - 2])]
        )
        parts = [
            f"{w:.2f} from {name} (gradient {g:.1g})"
            for name, w, g in zip(
                names,
                dense.params["W"][:, unit],
                dense.grads["W"][:, unit],
                strict=True,
            )
        ]
        return (
            f"Unit {unit + 1} of layer {layer}: weights {', '.join(parts)}; "
            f"bias {dense.params['b'][unit]:.2f} (gradient "
            f"{dense.grads['b'][unit]:.1g})."
        )

    # --- as code ------------------------------------------------------------

    def code(self):
        """Return the lines that train this network as far as it is now."""
        parts = (
            self._code_head(),
            self._code_points(),
            self._code_network(),
            self._code_training(),
        )
        return "\n".join(parts)

    def _code_head(self):
        remark = "# On screen some settings were changed on the way.\n"
        return (remark if self._mixed else "") + (
            "import itertools\n"
            "import numpy as np\n"
            "from nnlib import activations, datasets, losses, optimizers\n"
            "from nnlib.initializers import xavier_init\n"
            "from nnlib.layers import Activation, Dense\n"
            "from nnlib.network import Network\n"
            "from nnlib.training import minibatches, train_step\n"
        )

    def _code_points(self):
        if self._own_points:
            source = (
                f"P = np.array({self.P_train.tolist()}).reshape(-1, 2)\n"
                f"y = np.array({self.y_train.tolist()})\n"
            )
        else:
            source = _POINTS_CODE["digits" if self.data == "digits" else ""]
            source = source.format(
                data=self.data, noise=self.noise, seed=self._points_seed
            ) + (
                "P = (P - P.mean(axis=0)) / P.std(axis=0)\n"
                f"rng = np.random.default_rng({self._points_seed})\n"
                "P, y, P_test, y_test = datasets.train_test_split("
                f"P, y, rng, {self.test_share})\n"
            )
        columns = ", ".join(FEATURE_CODE[name] for name in self.features)
        return source + (
            "x1, x2 = P.T\n"
            f"X = np.column_stack([{columns}]).astype(np.float32)\n"
            "y = y[:, np.newaxis].astype(np.float32)\n"
        )

    def _code_network(self):
        sizes = [len(self.features), *self.hidden, 1]
        lines = [f"rng = np.random.default_rng({self._weights_seed})"]
        lines.append("network = Network([")
        for i, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
            lines.append(f"    Dense({n_in}, {n_out}, rng, xavier_init),")
            if i < len(self.hidden):
                f = f"activations.{self.activation}"
                lines.append(f"    Activation({f}),")
        if self.loss == "squared error":
            lines.append("    Activation(activations.sigmoid),")
        lines.append("])")
        if self.scale != 1:
            lines.append("for layer in network.layers:")
            lines.append('    if "W" in layer.params:')
            lines.append(f'        layer.params["W"] *= {self.scale}')
        return "\n".join(lines) + "\n"

    def _code_training(self):
        penalised = self.penalty != "none" and self.strength
        return (
            f"optimizer = optimizers.{self.optimizer}({self.learning_rate})\n"
            + (_PENALTY_CODE if penalised else "")
            + "batches = (\n"
            "    batch\n"
            "    for epoch in itertools.count()\n"
            f"    for batch in minibatches(X, y, {self.batch_size}, "
            f"np.random.default_rng([{self._weights_seed}, epoch]))\n"
            ")\n"
            f"for batch in itertools.islice(batches, {self.run.step}):\n"
            f"    train_step(network, losses.{LOSSES[self.loss].__name__}, "
            + (
                f'Penalised(optimizer, "{self.penalty}", {self.strength}, '
                "is_weight), *batch)\n"
                if penalised
                else "optimizer, *batch)\n"
            )
        )


_POINTS_CODE = {
    "": (
        "P, y = datasets.{data}(200, np.random.default_rng({seed}), "
        "noise={noise})\n"
    ),
    "digits": (
        "from nnlib.widgets.playground.problem import points\n"
        'P, y = points("digits", {noise}, {seed})\n'
    ),
}
_PENALTY_CODE = (
    "from nnlib.widgets.playground.run import Penalised\n"
    "is_weight = np.concatenate([\n"
    '    np.full(layer.params[name].size, name == "W")\n'
    "    for layer in network.layers for name in layer.params\n"
    "])\n"
)


def _weights_mask(network):
    """Return an array of bool like theta: weights, and not biases."""
    return np.concatenate(
        [
            np.full(layer.params[name].size, name == "W")
            for layer in network.layers
            for name in layer.params
        ]
    )


def _flat(arrays):
    return np.concatenate([array.ravel() for array in arrays])


def _to_one(A):
    """Scale each column so that its largest size is 1."""
    A = np.nan_to_num(A, posinf=0, neginf=0)
    largest = np.abs(A).max(axis=0)
    return A / np.where(largest > 0, largest, 1)


def _bytes(A):
    A = np.nan_to_num(A)
    return np.round(127.5 * (np.clip(A, -1, 1) + 1)).astype(np.uint8)


def _checked_hidden(hidden):
    sizes = list(hidden) if isinstance(hidden, list | tuple) else [None]
    whole = all(type(n) is int and 0 < n <= MOST_UNITS for n in sizes)
    if whole and len(sizes) <= MOST_LAYERS:
        return sizes
    raise ValueError(
        f"playground: hidden is {hidden!r:.60}.\n"
        f"  Needed: at most {MOST_LAYERS} whole numbers from 1 to "
        f"{MOST_UNITS}.\n"
        "  Hint: hidden=(4, 2) is a layer of 4 units and one of 2."
    )


def _checked_features(features):
    names = list(features) if isinstance(features, list | tuple) else [None]
    known = all(name in FEATURES for name in names)
    if names and known and len(set(names)) == len(names):
        return names
    raise ValueError(
        f"playground: features is {features!r:.60}.\n"
        f"  Needed: some of {', '.join(FEATURES)}, each once."
    )
