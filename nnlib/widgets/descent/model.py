"""Four optimisers going down one landscape: state in, paths out.

A landscape is a function of two variables that returns its loss and its
gradient at once, as every loss in nnlib does. The lowest loss of each is 0,
so that a logarithmic axis can show how close a run has come.
"""

import inspect
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nnlib.optimizers import SGD, Adam, Momentum, RMSprop
from nnlib.shapes import as_number, as_numbers
from nnlib.widgets.settings import Choice, Model, Slider, Switch

REACH = 2.0  # the map shows -REACH to REACH on both axes
FAR = 100.0  # a run that is further out than this has exploded, and stops
GRID = 97  # odd, so that both axes run through grid points
LEVELS = 24  # contour lines, from the lowest point to the highest
STEEPEST = 8.0  # lambda_max of the bowl, its curvature along y
RATES = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.125, 0.15),
    *(0.2, 0.22, 0.24, 0.25, 0.26, 0.28, 0.3, 0.4, 0.45, 0.5, 0.7, 1.0),
)
CURVES = ("loss", "step length", "gradient length")
OPTIMIZERS = {
    "SGD": SGD,
    "Momentum": Momentum,
    "RMSprop": RMSprop,
    "Adam": Adam,
}
CODE = """\
import numpy as np

from nnlib.optimizers import {classes}


{source}

for optimizer in [
{calls}
]:
    theta = np.array([{x!r}, {y!r}])
    for _ in range({steps}):
        if np.abs(theta).max() > {far:g}:
            break  # it has exploded
        loss, gradient = {name}(theta)
        optimizer.step(theta, gradient)
    print(optimizer, *theta, {name}(theta)[0])
"""


def bowl(theta):
    """A long bowl: sixteen times as steep across as along."""
    x, y = theta
    loss = 0.25 * x**2 + 4 * y**2
    return loss, np.array([0.5 * x, 8 * y])


def valley(theta):
    """A bent valley with a floor that is almost level."""
    x, y = theta
    above = y + 1 - 0.5 * x**2  # the floor is where this is 0
    loss = 0.05 * (x - 1) ** 2 + above**2
    return loss, np.array([0.1 * (x - 1) - 2 * x * above, 2 * above])


def two_valleys(theta):
    """A deep valley on the left, and one on the right that is less deep."""
    x, y = theta
    left, right = (x + 1) ** 2, (x - 1) ** 2 + 0.18
    aside = y - 0.5 * x
    loss = 0.5 * left * right + 0.5 * aside**2
    slope = (x + 1) * right + left * (x - 1)
    return loss, np.array([slope - 0.5 * aside, aside])


def saddle(theta):
    """Two minima, and between them a saddle: a minimum only along x."""
    x, y = theta
    loss = 0.5 * x**2 + 0.25 * (y**2 - 1) ** 2
    return loss, np.array([x, y * (y**2 - 1)])


def plateau(theta):
    """A hole in a plain: the further from it, the more level."""
    x, y = theta
    square = 2 * (x - 1) ** 2 + 2 * (y - 0.5) ** 2
    flatter = 4 / (1 + square) ** 2
    loss = square / (1 + square)
    return loss, np.array([flatter * (x - 1), flatter * (y - 0.5)])


@dataclass(frozen=True)
class Place:
    """A point of a landscape at which the gradient is 0."""

    x: float
    y: float
    name: str
    kind: str = "minimum"


@dataclass(frozen=True)
class Landscape:
    """A function, its places from the deepest on, and where to start.

    power : contour lines are drawn at equal steps of loss**(1 / power).
    """

    function: object
    places: tuple
    start: tuple
    power: float = 2


LANDSCAPES = {
    "bowl": Landscape(
        bowl,
        (Place(0.0, 0.0, "the minimum"),),
        (-1.8, 0.9),
    ),
    "valley": Landscape(
        valley,
        (Place(1.0, -0.5, "the minimum"),),
        (-1.2, 1.0),
    ),
    "two valleys": Landscape(
        two_valleys,
        (
            Place(-1.0, -0.5, "the left valley, the deepest"),
            Place(0.9, 0.45, "the right valley, which is not the deepest"),
            Place(0.1, 0.05, "the pass between the valleys", "saddle"),
        ),
        (1.7, 1.5),
        power=3,
    ),
    "saddle": Landscape(
        saddle,
        (
            Place(0.0, 1.0, "the upper minimum"),
            Place(0.0, -1.0, "the lower minimum"),
            Place(0.0, 0.0, "the saddle, which is no minimum", "saddle"),
        ),
        (-1.6, 0.0),
    ),
    "plateau": Landscape(
        plateau,
        (Place(1.0, 0.5, "the minimum"),),
        (-1.4, -1.0),
        power=1,
    ),
}


@dataclass(frozen=True)
class Run:
    """One optimiser's way down, one row for the start and for each step.

    path, gradients : ndarray, shape (n_steps + 1, 2)
    losses : ndarray, shape (n_steps + 1,)
    """

    name: str
    path: np.ndarray
    losses: np.ndarray
    gradients: np.ndarray

    @property
    def exploded(self):
        return _is_far(self.path[-1])

    @property
    def step_lengths(self):
        """Shape (n_steps,)."""
        return _lengths(np.diff(self.path, axis=0))


def descend(name, optimizer, function, start, steps):
    """Return the Run of an optimizer from `start`, until it is FAR out."""
    theta = np.array(start, dtype=float)
    path, gradients = np.empty((2, steps + 1, 2))
    losses = np.empty(steps + 1)
    for i in range(steps + 1):
        path[i] = theta
        losses[i], gradients[i] = function(theta)
        if i == steps or _is_far(theta):
            break
        optimizer.step(theta, gradients[i])
    n = i + 1
    return Run(name, path[:n], losses[:n], gradients[:n])


@lru_cache
def heights(landscape):
    """Return what the map shades, 0 to 1, shape (GRID, GRID); row 0 is top."""
    x = np.linspace(-REACH, REACH, GRID)
    land = LANDSCAPES[landscape]
    loss, _ = land.function(np.array(np.meshgrid(x, x[::-1])))
    return (loss / loss.max()) ** (1 / land.power)


@lru_cache
def contours(landscape):
    """Return the contour lines, in short pieces.

    Every cell of the grid is two triangles. A level line crosses two sides of
    a triangle or none, which leaves no case undecided.

    Returns
    -------
    ndarray, shape (n_pieces, 2, 2)
        Both ends of every piece.
    """
    u = heights(landscape)
    axis = np.linspace(-REACH, REACH, GRID)
    points = np.dstack([*np.meshgrid(axis, axis[::-1]), u])
    a, b = points[:-1, :-1], points[:-1, 1:]
    c, d = points[1:, :-1], points[1:, 1:]
    triangles = np.array([[a, b, c], [d, c, b]])  # (2, 3, rows, cols, xyu)
    triangles = triangles.transpose(0, 2, 3, 1, 4).reshape(-1, 3, 3)
    levels = np.arange(1, LEVELS) / LEVELS
    return np.concatenate([_level_line(triangles, v) for v in levels])


def _level_line(triangles, level):
    """Return the pieces of one level, shape (n_pieces, 2, 2)."""
    above = triangles[:, :, 2] > level
    split = triangles[above.any(axis=1) & ~above.all(axis=1)]
    there = np.roll(split, -1, axis=1)
    height, next_height = split[:, :, 2], there[:, :, 2]
    crossed = (height > level) != (next_height > level)  # 2 of 3 sides
    here, there = split[crossed], there[crossed]
    share = (level - here[:, 2:]) / (there[:, 2:] - here[:, 2:])
    return (here + share * (there - here))[:, :2].reshape(-1, 2, 2)


def _inside(start):
    """Return `start` as an array, if it is a point of the map."""
    point = as_numbers("descent", "start", start, axes=2)
    if np.abs(point).max() > REACH:
        raise ValueError(
            f"descent: start is ({point[0]:g}, {point[1]:g}).\n"
            f"  Needed: both numbers from {-REACH:g} to {REACH:g}.\n"
            "  Hint: (-1.5, 1.0) would do, for example."
        )
    return point.astype(float)


class Descent(Model):
    """A landscape, a start, and the optimisers that run from it.

    Parameters
    ----------
    start : (float, float), optional
        Without it, each landscape's own.
    settings
        As in SETTINGS.

    Attributes
    ----------
    start : ndarray, shape (2,)
    runs : list of Run
        Of the optimisers that are switched on.
    """

    ACTIONS = ("set", "reset", "move", "field")
    SETTINGS = {
        "landscape": Choice("landscape", tuple(LANDSCAPES), "bowl"),
        "learning_rate": Slider("learning rate", RATES, 0.1),
        "momentum": Slider(
            "momentum of Momentum",
            (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98),
            0.9,
        ),
        "steps": Slider("steps", (15, 30, 60, 120, 180, 250), 120),
        "curve": Choice("plot", CURVES, "loss"),
        **{f"show_{name}": Switch(name, True) for name in OPTIMIZERS},
    }

    def __init__(self, start=None, **settings):
        self._start_given = None
        if start is not None:
            self._start_given = _inside(start)
        super().__init__(**settings)

    def changed(self, name):
        """Run again; another landscape starts from its own start."""
        own = LANDSCAPES[self.landscape].start
        if name is None:
            given = self._start_given
            self.start = np.array(own if given is None else given)
        elif name == "landscape":
            self.start = np.array(own)
        self.sends_field = name in (None, "landscape")
        if name != "curve":
            self._run()

    def move(self, x, y):
        """Start from (x, y), or from the edge if that lies outside."""
        point = [as_number("move", "x", x), as_number("move", "y", y)]
        self.start = np.clip(point, -REACH, REACH)
        self.sends_field = False
        self._run()

    def field(self):
        """Send the map of the landscape with the next frame."""
        self.sends_field = True

    def frame(self):
        """Return (facts, arrays): all that a view draws."""
        land = LANDSCAPES[self.landscape]
        facts = {
            "sentence": self.sentence(),
            "settings": self.settings(),
            "start": self.start.tolist(),
            "reach": REACH,
            "axis": self.axis(),
            "shown": [run.name for run in self.runs],
            "taken": [len(run.path) - 1 for run in self.runs],
            "places": [[p.x, p.y, p.kind] for p in land.places],
        }
        n, runs = self.steps + 1, self.runs
        arrays = {
            "paths": _table([run.path for run in runs], (n, 2)),
            "losses": _table([run.losses for run in runs], (n,)),
            "gradients": _table([run.gradients for run in runs], (n, 2)),
            "step_lengths": _table([run.step_lengths for run in runs], (n,)),
            "downhill": -land.function(self.start)[1],
        }
        if self.sends_field:
            arrays["heights"] = heights(self.landscape)
            arrays["contours"] = contours(self.landscape)
        return facts, arrays

    def sentence(self):
        """Say in words what the picture shows."""
        x, y = self.start
        if not self.runs:
            return f"A start at ({x:.2f}, {y:.2f}), and no optimiser is on."
        begin = f"After {self.steps} steps from ({x:.2f}, {y:.2f})"
        told = self._endings()
        if self.curve != "loss":
            begin = f"{begin}, the {self.curve}"
            told = "; ".join(map(self._shrinking, self.runs))
        parts = [f"{begin}: {told}.", self._limit(), self._aim()]
        return " ".join(part for part in parts if part)

    def values(self, run):
        """Return what the plot shows of a run, one number for each step."""
        if self.curve == "loss":
            return run.losses
        if self.curve == "step length":
            return run.step_lengths
        return _lengths(run.gradients)

    def axis(self):
        """Return the ends of the plot's logarithmic axis.

        Not all the way down to rounding errors, nor up into an explosion.
        """
        values = [self.values(run) for run in self.runs] or [np.zeros(1)]
        begin = max(v[0] for v in values)
        values = np.concatenate(values)
        values = values[values > 0]
        if not (begin and values.size):
            return 0.1, 10.0
        low = max(values.min(), 1e-9)
        high = max(min(values.max(), 1e3 * begin), 10 * low)
        return float(10 ** np.floor(np.log10(low))), float(2 * high)

    def verdict(self, run):
        """Say in a few words how a run ended."""
        if run.exploded:
            return f"exploded in {len(run.path) - 1} steps"
        last = run.step_lengths[-1]
        place, distance = self._nearest(run.path[-1])
        if distance < 0.05 and last < 0.01:
            stands = place.kind == "saddle"
            return f"{'stuck on' if stands else 'settled in'} {place.name}"
        n = len(run.losses) // 4
        before, late = run.losses[-2 * n : -n], run.losses[-n:]
        if late.mean() > 1.05 * before.mean() and late[-1] > run.losses[0]:
            return "going up"
        # Whoever hops about gains little, and does not get far from there.
        moves = np.diff(run.path[-n - 1 :], axis=0)
        walks = _lengths(moves.sum(axis=0)) > 0.5 * _lengths(moves).sum()
        gain = 0.99 if walks else 0.9
        if late.max() < before.mean() and late.mean() < gain * before.mean():
            return "still going down"
        size = _short(last)
        return f"{'crawling' if last < 0.01 else 'not at rest'}, {size} a step"

    def code(self):
        """Return the lines that end where the runs end."""
        function = LANDSCAPES[self.landscape].function
        name, (x, y) = function.__name__, self.start.tolist()
        classes = ", ".join(sorted(run.name for run in self.runs)) or "SGD"
        calls = [self._call(run.name) for run in self.runs]
        return CODE.format(
            classes=classes,
            source=inspect.getsource(function),
            name=name,
            calls="\n".join(f"    {call}," for call in calls),
            x=x,
            y=y,
            steps=self.steps,
            far=FAR,
        )

    def _run(self):
        function = LANDSCAPES[self.landscape].function
        self.runs = [
            descend(
                name,
                optimizer(self.learning_rate, *self._more(name)),
                function,
                self.start,
                self.steps,
            )
            for name, optimizer in OPTIMIZERS.items()
            if getattr(self, f"show_{name}")
        ]

    def _more(self, name):
        """Return the arguments of an optimizer after its learning rate."""
        return (self.momentum,) if name == "Momentum" else ()

    def _call(self, name):
        values = [self.learning_rate, *self._more(name)]
        return f"{name}({', '.join(map(repr, values))})"

    def _nearest(self, point):
        """Return the nearest place, and how far away it is."""
        places = LANDSCAPES[self.landscape].places
        far = [float(np.hypot(*(point - (p.x, p.y)))) for p in places]
        i = int(np.argmin(far))
        return places[i], far[i]

    def _endings(self):
        """Say how all runs ended, those that ended alike together."""
        alike, word = {}, "loss "
        for run in self.runs:
            told = f"{run.name} ({word}{_short(run.losses[-1])})"
            alike.setdefault(self.verdict(run), []).append(told)
            word = ""
        ends = [f"{_and(names)} {end}" for end, names in alike.items()]
        return "; ".join(ends)

    def _shrinking(self, run):
        """Say how the steps, or the gradients, of a run changed in length."""
        sizes = self.values(run)
        fewer = int(np.sum(np.diff(sizes) < 0))
        return (
            f"{run.name} from {_short(sizes[0])} to {_short(sizes[-1])}, "
            f"shorter than the one before {fewer} times of {len(sizes) - 1}"
        )

    def _limit(self):
        """Compare the learning rate with the largest that settles."""
        if self.landscape != "bowl" or not self.show_SGD:
            return ""
        limit, rate = 2 / STEEPEST, self.learning_rate
        verdict = f"{rate:g} is below it"
        if rate == limit:
            verdict = "at just that, it hops across the bowl for ever"
        elif rate > limit:
            verdict = f"{rate:g} is above it, and it explodes"
        text = (
            "The largest learning rate at which SGD settles is 2 / "
            f"lambda_max = 2 / {STEEPEST:g} = {limit:g}; {verdict}."
        )
        if self.show_Momentum:
            more = (1 + self.momentum) * limit
            text += (
                f" Momentum's is 1 + {self.momentum:g} times that, {more:.3g}."
            )
        return text

    def _aim(self):
        """Compare downhill with the way to the deepest point."""
        land = LANDSCAPES[self.landscape]
        downhill = -land.function(self.start)[1]
        way = (land.places[0].x, land.places[0].y) - self.start
        lengths = np.hypot(*downhill) * np.hypot(*way)
        if lengths < 1e-12:
            return "At the start the gradient is 0."
        angle = np.degrees(np.arccos(np.clip(downhill @ way / lengths, -1, 1)))
        return (
            f"Downhill at the start points {angle:.0f} degrees away from the "
            "deepest point."
        )


def _short(number):
    """Write a number in two digits: 330, 0.34, 2e-7."""
    text = f"{float(f'{number:.2g}'):g}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def _and(words):
    """Join words as English does."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _is_far(theta):
    """Return np.abs(theta).max() > FAR, faster than numpy for two numbers."""
    x, y = theta.tolist()
    return abs(x) > FAR or abs(y) > FAR


def _lengths(vectors):
    """Return the length of every row."""
    return np.sqrt((vectors**2).sum(axis=-1))


def _table(rows, shape):
    """Return arrays of different lengths as one, with NaN after their ends."""
    table = np.full((len(rows), *shape), np.nan)
    for place, row in zip(table, rows, strict=True):
        place[: len(row)] = row
    return table
