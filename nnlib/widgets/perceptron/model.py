"""A perceptron in training, one mistake at a time: state in, arrays out.

Nothing here knows of a widget or a browser. The rule, the search for the next
mistake and the predictions are nnlib.perceptron's own.
"""

from dataclasses import dataclass

import numpy as np

from nnlib.perceptron import (
    next_mistake,
    perceptron_predict,
    perceptron_update,
)
from nnlib.plots import half_plane
from nnlib.shapes import as_labels, as_number, as_numbers

LIMIT = 1000  # updates in one go; data without a line would go on for ever
MOST_POINTS = 200


@dataclass(frozen=True)
class Update:
    """One mistake and what it changed."""

    row: int
    w: np.ndarray  # before
    b: float  # before
    z: float  # of the misread row, before


class Steps:
    """A perceptron that goes from mistake to mistake.

    Parameters
    ----------
    X : ndarray, shape (n, n_in)
    y : ndarray of int, shape (n,)
        0 or 1.
    learning_rate : float

    Attributes
    ----------
    w, b : ndarray of shape (n_in,), float
    updates : int
        Mistakes so far.
    last : Update or None
        The newest one, while it is what the picture is about.
    """

    def __init__(self, X, y, learning_rate=1.0):
        where = type(self).__name__
        self.X = as_numbers(where, "X", X, n=None, n_in=None).copy()
        self.y = as_labels(where, "y", y, n=len(self.X))
        self.learning_rate = as_number(
            where, "learning_rate", learning_rate, positive=True
        )
        self.forget()

    def forget(self):
        """Go back to weights of 0; the data stay."""
        self.w, self.b = np.zeros(self.X.shape[1]), 0.0
        self.row = self.updates = 0
        self.last = None

    def next(self):
        """Find the next mistake and learn from it, if there is one."""
        self.last = None
        found = next_mistake(self.X, self.y, self.w, self.b, self.row)
        if found is None:
            return
        x, z = self.X[found], float(self.X[found] @ self.w + self.b)
        self.last = Update(found, self.w, self.b, z)
        self.w, self.b = perceptron_update(
            self.w, self.b, x, self.y[found], self.learning_rate
        )
        self.row = (found + 1) % len(self.X)
        self.updates += 1

    def end(self):
        """Go on until no mistake is left, for at most LIMIT updates."""
        for _ in range(LIMIT):
            self.next()
            if self.last is None:
                return
        self.last = None

    def misread(self):
        """Return an array of bool, shape (n,): which rows are read wrong."""
        return perceptron_predict(self.X, self.w, self.b) != self.y


class Plane(Steps):
    """A perceptron with two inputs, and points that can be moved about.

    Attributes
    ----------
    selected : int or None
        The point that the keyboard moves.
    reach : float
        The plane shows -reach to reach on both axes.
    """

    ACTIONS = (
        "next",
        "end",
        "forget",
        "reset",
        "add",
        "move",
        "remove",
        "select",
    )

    def __init__(self, X, y, learning_rate=1.0):
        super().__init__(X, y, learning_rate)
        if self.X.shape[1] != 2 or len(self.X) > MOST_POINTS:
            raise ValueError(
                f"perceptron_plane: X has shape {self.X.shape}.\n"
                f"  Needed: (n, 2), with at most {MOST_POINTS} points.\n"
                "  Hint: choose two columns, X[:, [0, 1]], and fewer rows."
            )
        self._start = self.X.copy(), self.y.copy()
        self.reach = float(np.ceil(np.abs(self.X).max() * 1.15 + 0.01))
        self.selected = None
        self.note = ""

    def next(self):
        self.note = ""
        super().next()

    def reset(self):
        """Go back to the points of the beginning and to weights of 0."""
        self.X, self.y = (array.copy() for array in self._start)
        self.selected, self.note = None, ""
        self.forget()

    def add(self, x, y, label):
        """Add a point of class `label` at (x, y) and select it."""
        if len(self.X) >= MOST_POINTS:
            raise ValueError(f"There is room for {MOST_POINTS} points.")
        point = self._inside(x, y)
        self.X = np.vstack([self.X, point])
        self.y = np.append(self.y, as_labels("add", "label", label))
        self._changed(len(self.X) - 1, "was added at")

    def move(self, row, x, y):
        """Move a point to (x, y), or to the edge if that lies outside."""
        self._known(row)
        self.X[row] = self._inside(x, y)
        self._changed(row, "is now at")

    def remove(self, row):
        """Take a point away. The last one stays."""
        self._known(row)
        if len(self.X) == 1:
            raise ValueError("The last point stays; add another one first.")
        self.X = np.delete(self.X, row, axis=0)
        self.y = np.delete(self.y, row)
        self.row %= len(self.X)
        self.selected, self.last = None, None
        self.note = f"A point was taken away; {len(self.X)} are left."

    def select(self, row):
        """Choose the point that the keyboard moves; None for no point."""
        self.selected, self.note = None, ""
        if row is not None:
            self._known(row)
            self.last = None
            self.selected = row
            self.note = self._about(row, "is at")

    def frame(self):
        """Return (facts, arrays): all that a view draws.

        Returns
        -------
        (dict, dict of str to ndarray)
            Numbers and text; float32 and uint8 arrays.
        """
        box = (-self.reach, self.reach, -self.reach, self.reach)
        side, line = half_plane(self.w, self.b, box)
        weights = [self.w] if self.last is None else [self.last.w, self.w]
        facts = {
            "sentence": self.sentence(),
            "reach": self.reach,
            "weight_reach": float(max(1.0, 1.25 * np.abs(weights).max())),
            "b": self.b,
            "updates": self.updates,
            "mistake": None if self.last is None else self.last.row,
            "selected": self.selected,
        }
        arrays = {
            "points": self.X,
            "labels": self.y,
            "misread": self.misread(),
            "side": side,
            "line": line,
            "weights": np.array(weights),
        }
        return facts, arrays

    def sentence(self):
        """Say in words what the picture shows."""
        n, wrong = len(self.X), int(self.misread().sum())
        left = f"{wrong or 'None'} of {n} points {_are(wrong)} misread."
        if self.note:
            return f"{self.note} {left}"
        weights = f"w = ({self.w[0]:.2f}, {self.w[1]:.2f}), b = {self.b:.2f}."
        if self.last is not None:
            label = self.y[self.last.row]
            verb = "added to" if label else "taken from"
            return (
                f"Mistake {self.updates}: point {self.last.row + 1} is a "
                f"{label} and was read as {1 - label}. Its coordinates were "
                f"{verb} w, and 1 {verb} b. Now {weights} {left}"
            )
        if self.updates == 0:
            return (
                f"{n} points. w and b are 0, so z is 0 everywhere, and every "
                f"point is read as 1. {left}"
            )
        if wrong == 0:
            return (
                f"No mistake is left after {self.updates} updates. {weights}"
            )
        return (
            f"After {self.updates} updates: {weights} {left} Is there a line "
            "between the classes at all?"
        )

    def code(self):
        """Return the lines that make these points and this line."""
        return (
            "import numpy as np\n"
            "from nnlib.perceptron import next_mistake, perceptron_predict, "
            "perceptron_update\n\n"
            f"X = np.array({self.X.tolist()})\n"
            f"y = np.array({self.y.tolist()})\n"
            f"w, b = np.array({self.w.tolist()}), {self.b!r}\n"
            'print("misread:", (perceptron_predict(X, w, b) != y).sum())\n\n'
            f"row = next_mistake(X, y, w, b, {self.row})\n"
            "if row is not None:\n"
            "    w, b = perceptron_update(w, b, X[row], y[row], "
            f"{self.learning_rate!r})\n"
        )

    def _about(self, row, verb):
        x, y = self.X[row]
        label = self.y[row]
        z = perceptron_predict(self.X[[row]], self.w, self.b)[0]
        return (
            f"Point {row + 1}, a {label}, {verb} ({x:.2f}, {y:.2f}) and is "
            f"read as {z}."
        )

    def _changed(self, row, verb):
        self.selected, self.last = row, None
        self.note = self._about(row, verb)

    def _inside(self, x, y):
        edge = 0.98 * self.reach
        return np.clip([float(x), float(y)], -edge, edge)

    def _known(self, row):
        if not 0 <= row < len(self.X):
            raise ValueError(f"There is no point {row + 1}.")


class Digits(Steps):
    """A perceptron that learns to tell two handwritten digits apart.

    Parameters
    ----------
    X, y : ndarray of shape (n, 64), ndarray of int, shape (n,)
        To learn from.
    X_test, y_test : ndarray of shape (m, 64), ndarray of int, shape (m,)
        To be tested on after every update.
    names : (str, str)
        What the classes are called.
    """

    ACTIONS = ("next", "end", "reset")

    def __init__(self, X, y, X_test, y_test, names=("0", "1")):
        self._test = X_test, np.asarray(y_test)
        self.names = names
        super().__init__(X, y)
        if self.X.shape[1] != 64:
            raise ValueError(
                f"perceptron_digits: X has shape {self.X.shape}.\n"
                "  Needed: (n, 64), pictures of 8 x 8 pixels.\n"
                "  Hint: datasets.digits(classes=(0, 1)) returns such rows."
            )

    def forget(self):
        super().forget()
        self.scores = [self._score()]

    reset = forget

    def next(self):
        super().next()
        if self.last is not None:
            self.scores.append(self._score())

    def frame(self):
        """Return (facts, arrays): all that a view draws."""
        before = self.w if self.last is None else self.last.w
        shown = self.row if self.last is None else self.last.row
        facts = {
            "sentence": self.sentence(),
            "mistake": None if self.last is None else self.last.row,
            "sign": 0 if self.last is None else int(2 * self.y[shown] - 1),
            "largest": float(np.abs([before, self.w]).max() or 1.0),
            "updates": self.updates,
        }
        arrays = {
            "digit": self.X[shown],
            "before": before,
            "after": self.w,
            "scores": np.array(self.scores),
        }
        return facts, arrays

    def sentence(self):
        """Say in words what the picture shows."""
        m = len(self._test[1])
        score = (
            f"Of {m} new pictures, {round(self.scores[-1] * m)} are read "
            f"right ({100 * self.scores[-1]:.0f} %)."
        )
        if self.last is not None:
            label = self.y[self.last.row]
            verb = "added to" if label else "taken from"
            return (
                f"Mistake {self.updates}: picture {self.last.row + 1} is a "
                f"{self.names[label]} and was read as a "
                f"{self.names[1 - label]} (z = {self.last.z:.2f}). It was "
                f"{verb} the weights. {score}"
            )
        if self.updates == 0:
            return (
                f"{len(self.X)} pictures to learn from. All weights are 0, "
                f"so every picture is read as a {self.names[1]}. {score}"
            )
        wrong = int(self.misread().sum())
        if wrong == 0:
            return (
                f"No mistake is left: after {self.updates} updates all "
                f"{len(self.X)} pictures are read right. {score}"
            )
        return (
            f"After {self.updates} updates {wrong} of {len(self.X)} pictures "
            f"{_are(wrong)} still misread. {score}"
        )

    def code(self):
        """Return the lines that learn from as many mistakes.

        X and y are the pictures that the widget was given.
        """
        return (
            "import numpy as np\n"
            "from nnlib.perceptron import next_mistake, perceptron_update\n\n"
            "# X and y: the pictures and labels given to perceptron_digits.\n"
            f"w, b, row = np.zeros({self.X.shape[1]}), 0.0, 0\n"
            f"for _ in range({self.updates}):\n"
            "    row = next_mistake(X, y, w, b, row)\n"
            "    w, b = perceptron_update(w, b, X[row], y[row], "
            f"{self.learning_rate!r})\n"
            "    row = (row + 1) % len(X)\n"
        )

    def _score(self):
        X_test, y_test = self._test
        return float(
            np.mean(perceptron_predict(X_test, self.w, self.b) == y_test)
        )


def _are(count):
    return "is" if count == 1 else "are"
