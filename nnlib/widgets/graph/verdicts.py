"""Whose gradients agree with nudging, and which operation is to blame.

An operation differs if, given the right slope from above, what it hands down
is wrong. If it only hands on what was wrong before, it is built on a wrong
value, and not to blame.
"""

import numpy as np

RIGHT, DIFFERS, BUILT, OPEN = (
    "agrees",
    "differs",
    "built on a wrong value",
    "not nudged",
)
RELATIVE = 1e-5  # what nudging can be trusted to
KINK = 1e-3  # slopes to both sides that differ by more are a kink


def plain_step(direction, node, sentence, **more):
    """Return one step of a pass as plain data, not judged yet."""
    return {
        "pass": direction,
        "node": node,
        "lines": [],
        "products": [],
        "sentence": sentence,
        "values": [],
        "grads": [],
        "edges": [],
        "verdict": "",
    } | more


def agree(nudged, computed, noise):
    """Return, entry by entry, whether two gradients agree.

    Parameters
    ----------
    nudged, computed : float or ndarray
    noise : float
        Smaller differences are lost in the rounding of the nudges.
    """
    size = np.maximum(np.abs(nudged), np.abs(computed))
    return np.abs(nudged - computed) <= RELATIVE * size + noise


def at_kink(beside, ours, computed, noise):
    """Return whether a slope will do where the curve has a kink.

    At a kink there is no one slope. relu at 0 is the one that matters: some
    count its slope there as 0, as nnlib does, some as 1.

    Parameters
    ----------
    beside : (float, float)
        Slopes just below and just above; if they are equal, it is no kink.
    ours : float
        With every bend that sits at its kink switched off, as nnlib counts.
        Below and above are each with some of them on, so that all of them on
        give below + above - ours.
    computed : float
        The slope in question.
    noise : float
    """
    low, high = min(beside), max(beside)
    if high - low <= KINK * max(abs(low), abs(high)) + noise:
        return False
    others = low, high, ours, low + high - ours
    room = RELATIVE * max(map(abs, others)) + noise
    return bool(min(others) - room <= computed <= max(others) + room)


def relative_error(nudged, computed):
    """Return the largest |a - b| in units of the largest |a| or |b|."""
    largest = max(np.abs(nudged).max(), np.abs(computed).max(), 1e-300)
    return float(np.abs(nudged / largest - computed / largest).max())


def diagnose(nudged, computed):
    """Return a guess at what went wrong with a gradient, or "".

    >>> diagnose(2.0, -2.0)
    'The sign is the other way round.'
    >>> diagnose(np.array([1.0, 2.0]), np.array([3.0, 6.0]))
    'Every entry is 3 times too large.'
    """
    nudged, computed = np.asarray(nudged), np.asarray(computed)
    if not computed.any():
        return "Nothing has arrived here."
    if np.allclose(nudged, -computed, rtol=1e-4):
        return "The sign is the other way round."
    share = np.vdot(nudged, computed) / max(np.vdot(nudged, nudged), 1e-300)
    times = max(share, 1 / share) if share > 0 else 0.0
    if not np.allclose(nudged * share, computed, rtol=1e-4):
        return ""
    if abs(times - round(times)) > 1e-3 or round(times) < 2:
        return ""  # no factor that anybody would forget
    way = "large" if share > 1 else "small"
    many = "Every entry" if nudged.ndim else "It"
    return f"{many} is {times:.0f} times too {way}."
