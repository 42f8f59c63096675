"""What a reader can set: starts, bounds, and what is refused."""

import pytest

from nnlib.widgets.settings import Choice, Model, Slider, Switch


class Oven(Model):
    SETTINGS = {
        "dish": Choice("dish", ("bread", "cake"), "bread"),
        "minutes": Slider("time (min)", (10, 20, 60), 20),
        "heat": Slider("heat", (0.5, 1.0, 2.0), 1.0),
        "fan": Switch("fan", False),
    }

    def __init__(self, **start):
        self.seen = []
        super().__init__(**start)

    def changed(self, name):
        self.seen.append(name)


def test_starts_are_defaults_or_what_is_asked_for():
    assert Oven().settings() == {
        "dish": "bread",
        "minutes": 20,
        "heat": 1.0,
        "fan": False,
    }
    assert Oven(fan=True, minutes=11).settings()["minutes"] == 11


def test_a_change_is_told_and_reset_goes_back_to_the_start():
    oven = Oven(dish="cake")
    oven.set("heat", 2)
    oven.set("dish", "bread")
    assert (oven.heat, oven.dish) == (2.0, "bread")
    assert isinstance(oven.heat, float)
    oven.reset()
    assert (oven.heat, oven.dish) == (1.0, "cake")
    assert oven.seen == [None, "heat", "dish", None]


@pytest.mark.parametrize(
    ("name", "value", "needed"),
    [
        ("dish", "soup", "one of bread, cake"),
        ("dish", 3, "one of bread, cake"),
        ("minutes", 61, "a whole number from 10 to 60"),
        ("minutes", 20.5, "a whole number from 10 to 60"),
        ("minutes", "20", "a whole number from 10 to 60"),
        ("heat", float("nan"), "a number from 0.5 to 2"),
        ("heat", 0.4, "a number from 0.5 to 2"),
        ("heat", None, "a number from 0.5 to 2"),
        ("heat", [1.0], "a number from 0.5 to 2"),
        ("fan", 1, "True or False"),
    ],
)
def test_a_bad_value_is_refused_and_changes_nothing(name, value, needed):
    oven = Oven()
    before = oven.settings()
    with pytest.raises(ValueError, match=f"^{name} is .*\n  Needed: {needed}"):
        oven.set(name, value)
    assert oven.settings() == before
    with pytest.raises(ValueError, match="Needed"):
        Oven(**{name: value})


def test_unknown_settings_are_named():
    with pytest.raises(ValueError, match="There is no setting 'salt'"):
        Oven().set("salt", 1)
    with pytest.raises(TypeError, match="salt: no such setting"):
        Oven(salt=1)


def test_a_whole_number_may_come_as_a_float():
    oven = Oven()
    oven.set("minutes", 60.0)
    assert oven.minutes == 60
    assert isinstance(oven.minutes, int)
