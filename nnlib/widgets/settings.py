"""What a reader can set in a widget: by slider, by menu, by switch.

A model names its settings once, in SETTINGS. From this one list come the
controls on the page, the check of what arrives from the browser, and `reset`.
"""

import math
import numbers
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One of a few names, from a menu."""

    label: str
    options: tuple
    start: str

    def check(self, name, value):
        if isinstance(value, str) and value in self.options:
            return value
        raise ValueError(
            f"{name} is {value!r:.60}.\n"
            f"  Needed: one of {', '.join(self.options)}."
        )


@dataclass(frozen=True)
class Slider:
    """A number; the slider stops at `options`, code may set any between."""

    label: str
    options: tuple
    start: float

    def check(self, name, value):
        low, high = min(self.options), max(self.options)
        whole = all(isinstance(option, int) for option in self.options)
        number = isinstance(value, numbers.Real) and math.isfinite(value)
        if number and low <= value <= high:
            if not whole:
                return float(value)
            if value == int(value):
                return int(value)
        kind = "a whole number" if whole else "a number"
        raise ValueError(
            f"{name} is {value!r:.60}.\n"
            f"  Needed: {kind} from {low:g} to {high:g}."
        )


@dataclass(frozen=True)
class Switch:
    """On or off."""

    label: str
    start: bool
    options = (False, True)

    def check(self, name, value):
        if value is True or value is False:
            return value
        raise ValueError(f"{name} is {value!r:.60}.\n  Needed: True or False.")


class Model:
    """The state of a widget: settings as attributes, and what follows.

    A subclass names its SETTINGS and its ACTIONS, and writes `changed`,
    `frame`, `sentence` and `code`.

    >>> class Lamp(Model):
    ...     SETTINGS = {"watts": Slider("power (W)", (5, 10, 20), 10)}
    >>> lamp = Lamp(watts=20)
    >>> lamp.set("watts", 5)
    >>> lamp.settings()
    {'watts': 5}
    >>> lamp.reset()
    >>> lamp.watts
    20
    """

    SETTINGS = {}
    ACTIONS = ("set", "reset")

    def __init__(self, **start):
        starts = {name: s.start for name, s in self.SETTINGS.items()}
        if unknown := start.keys() - starts.keys():
            raise TypeError(
                f"{', '.join(sorted(unknown))}: no such setting.\n"
                f"  Needed: some of {', '.join(starts)}."
            )
        self._start = {
            name: self.SETTINGS[name].check(name, value)
            for name, value in (starts | start).items()
        }
        self.reset()

    def set(self, name, value):
        """Change one setting, if the value is one that it can have."""
        if name not in self.SETTINGS:
            raise ValueError(f"There is no setting {name!r:.40}.")
        setattr(self, name, self.SETTINGS[name].check(name, value))
        self.changed(name)

    def reset(self):
        """Go back to how everything was at the start."""
        for name, value in self._start.items():
            setattr(self, name, value)
        self.changed(None)

    def changed(self, name):
        """Compute what follows from a setting; None for all of them."""

    def settings(self):
        """Return the current settings by name."""
        return {name: getattr(self, name) for name in self.SETTINGS}

    def arguments(self):
        """Return the settings that differ from the defaults, as code.

        >>> class Lamp(Model):
        ...     SETTINGS = {"watts": Slider("power (W)", (5, 10, 20), 10)}
        >>> Lamp(watts=20).arguments()
        'watts=20'
        """
        return ", ".join(
            f"{name}={getattr(self, name)!r}"
            for name, setting in self.SETTINGS.items()
            if getattr(self, name) != setting.start
        )
