"""What the bench prints: peers down, workloads across.

Timings come as {(peer, workload): Timings}. The median of the wall time is
what one waits for. The least CPU time is what the work itself takes, for
neighbours can only add to it: on one thread, peers are compared by that. CPU
times of several threads add up, and there it is the least wall time.
"""

from dataclasses import dataclass, field
from statistics import median

REFERENCES = ("torch", "textbook")  # the first of them that is there
TOLERANCE = 1e-4  # between first losses


@dataclass
class Timings:
    """First and last loss, and the seconds of every round."""

    first: float | None = None
    last: float | None = None
    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)


def table_of_times(timings, threads=1):
    """Return a table of milliseconds and ratios, and how to read it.

    >>> some = {
    ...     ("nnlib", "W1"): Timings(0.5, 0.1, [0.03, 0.02], [0.02, 0.02]),
    ...     ("torch", "W1"): Timings(0.5, 0.1, [0.12, 0.10], [0.11, 0.10]),
    ...     ("jax", "W1"): Timings(0.6, 0.1, [0.05, 0.05], [0.05, 0.04]),
    ...     ("floor", "W1"): Timings(wall=[0.01, 0.01], cpu=[0.01, 0.01]),
    ... }
    >>> print(table_of_times(some))
    threads 1, rounds 2            W1
    nnlib    median wall ms        25
             least CPU ms          20
             speed               5.00
    torch    median wall ms       110
             least CPU ms         100
             speed               1.00
    jax      median wall ms        50
             least CPU ms          40
             speed               2.50~
    floor    median wall ms        10
             least CPU ms          10
             speed              10.00
    nnlib    products' share      50%
    <BLANKLINE>
    speed: the least CPU time of torch, divided by the peer's own;
      ~ if the peer's first loss is another, and so is its work.
    products' share: the least CPU time of floor, divided by nnlib's.
    """
    peers, workloads = _names(timings)
    reference = next((name for name in REFERENCES if name in peers), "torch")
    clock, name = ("cpu", "CPU") if threads == 1 else ("wall", "wall")
    least = {key: min(getattr(t, clock)) for key, t in timings.items()}
    found = {
        "median wall ms": {k: _ms(median(t.wall)) for k, t in timings.items()},
        "least CPU ms": {k: _ms(min(t.cpu)) for k, t in timings.items()},
        "speed": _speeds(timings, least, reference),
    }
    rows = [(peer, what, found[what]) for peer in peers for what in found]
    if "nnlib" in peers:
        rows.append(("nnlib", "products' share", _shares(least)))
    rounds = max(len(timing.wall) for timing in timings.values())
    title = f"threads {threads}, rounds {rounds}"
    return f"""{_grid(title, workloads, rows)}

speed: the least {name} time of {reference}, divided by the peer's own;
  ~ if the peer's first loss is another, and so is its work.
products' share: the least {name} time of floor, divided by nnlib's."""


def table_of_losses(timings):
    """Return a table of first and last losses: is it the same work?

    >>> print(table_of_losses({("nnlib", "W1"): Timings(0.689549, 0.005514)}))
                                   W1
    nnlib    first loss       0.68955
             last loss        0.00551
    """
    peers, workloads = _names(timings)
    told = {k: t for k, t in timings.items() if t.first is not None}
    found = {
        "first loss": {k: f"{t.first:.5f}" for k, t in told.items()},
        "last loss": {k: f"{t.last:.5f}" for k, t in told.items()},
    }
    rows = [(peer, what, found[what]) for peer in peers for what in found]
    return _grid("", workloads, rows)


def _names(timings):
    """Return the peers and the workloads, each name once."""
    peers, workloads = zip(*timings, strict=True)
    return list(dict.fromkeys(peers)), list(dict.fromkeys(workloads))


def _speeds(timings, least, reference):
    speeds = {}
    for (peer, w), timing in timings.items():
        if (reference, w) in timings:
            ratio = least[reference, w] / least[peer, w]
            mark = "" if _alike(timing, timings[reference, w]) else "~"
            speeds[peer, w] = f"{ratio:.2f}{mark}"
    return speeds


def _shares(least):
    return {
        (peer, w): f"{least['floor', w] / seconds:.0%}"
        for (peer, w), seconds in least.items()
        if ("floor", w) in least
    }


def _alike(timing, other):
    """Return whether the first losses agree; the floor has none."""
    if timing.first is None or other.first is None:
        return True
    return abs(timing.first - other.first) <= TOLERANCE


def _ms(seconds):
    return f"{1000 * seconds:.0f}"


def _grid(title, workloads, rows):
    """Return a table of rows (peer, what, {(peer, workload): text})."""
    lines, above = [f"{title:25}" + _columns(workloads)], None
    for peer, what, texts in rows:
        cells = [texts.get((peer, w), "-") for w in workloads]
        name = "" if peer == above else peer
        lines.append(f"{name:9}{what:16}" + _columns(cells))
        above = peer
    return "\n".join(map(str.rstrip, lines))


def _columns(cells):
    """Return the cells side by side; a mark stands right of its column."""
    return "".join(
        f"{cell:>9}" if cell.endswith("~") else f"{cell:>8} " for cell in cells
    )
