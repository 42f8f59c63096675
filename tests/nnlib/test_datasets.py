"""datasets: shapes, labels, chance that can be repeated, every message.

No test here uses the network. Small files stand in for the published ones;
those themselves are looked at where NNLIB_DATA names a folder that has them.
"""

import gzip
import hashlib
import http.server
import io
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import wave
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pooch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import real_data
from nnlib.datasets import (
    blobs,
    breast_cancer,
    circles,
    digits,
    mnist,
    moons,
    share_prices,
    spirals,
    spoken_digits,
    train_test_split,
    written_dates,
    xor,
)

PLANES = [blobs, moons, circles, xor, spirals]
NOISY = [moons, circles, xor, spirals]
on_every_plane = pytest.mark.parametrize("make", PLANES)
seeds = st.integers(0, 2**32 - 1)


def generator(seed=0):
    return np.random.default_rng(seed)


def error(function, *args, **kwargs):
    """Return the message of a call that has to fail."""
    with pytest.raises(ValueError, match="Needed: ") as caught:
        function(*args, **kwargs)
    return str(caught.value)


# --- points on a plane ------------------------------------------------------


@on_every_plane
@given(n=st.integers(1, 60), seed=seeds)
def test_n_points_on_a_plane_in_two_classes_of_one_size(make, n, seed):
    X, y = make(n, generator(seed))
    assert X.shape == (n, 2)
    assert X.dtype == float
    assert np.isfinite(X).all()
    assert y.shape == (n,)
    assert y.dtype == int
    assert set(y.tolist()) <= {0, 1}
    assert abs(np.sum(y == 0) - np.sum(y == 1)) <= 1


@on_every_plane
def test_one_point_is_of_class_0(make):
    X, y = make(1, generator())
    assert X.shape == (1, 2)
    assert y.tolist() == [0]


@on_every_plane
@given(seed=seeds)
def test_the_same_state_gives_the_same_points(make, seed):
    first, second = make(7, generator(seed)), make(7, generator(seed))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


@on_every_plane
@given(seed=seeds)
def test_another_state_gives_other_points(make, seed):
    rng = generator(seed)
    X, _ = make(7, rng)
    moved_on, _ = make(7, rng)
    other, _ = make(7, generator(seed + 1))
    assert not np.isin(X, moved_on).any()
    assert not np.isin(X, other).any()


@on_every_plane
def test_global_chance_is_left_alone(make):
    before = np.random.get_state()[1].copy()
    make(7, generator())
    assert np.array_equal(np.random.get_state()[1], before)


@on_every_plane
def test_a_whole_float_counts_points(make):
    assert len(make(np.float64(5), generator())[0]) == 5


@given(st.integers(0, 64).map(lambda k: k / 8))
def test_blobs_are_as_far_apart_as_they_are_told(distance):
    near, y = blobs(8, generator(), distance=0.0)
    far, _ = blobs(8, generator(), distance=distance)
    centres = far - near
    gap = centres[y == 1][:, np.newaxis] - centres[y == 0]
    assert np.hypot(gap[..., 0], gap[..., 1]) == pytest.approx(distance)


def test_blobs_have_spread_1():
    X, _ = blobs(20_000, generator(), distance=0.0)
    assert X.std(axis=0) == pytest.approx([1, 1], abs=0.02)
    assert X.mean(axis=0) == pytest.approx([0, 0], abs=0.03)


def test_moons_are_two_half_circles_of_radius_1():
    X, y = moons(60, generator(), noise=0)
    upper = X[y == 0] - [-0.5, -0.25]
    lower = X[y == 1] - [0.5, 0.25]
    assert np.hypot(*upper.T) == pytest.approx(1)
    assert np.hypot(*lower.T) == pytest.approx(1)
    assert (upper[:, 1] >= 0).all()
    assert (lower[:, 1] <= 0).all()


@pytest.mark.parametrize("inner", [0.25, 0.5, 1.0])
def test_circles_have_the_radii_they_are_told(inner):
    X, y = circles(60, generator(), noise=0, inner=inner)
    assert np.hypot(*X.T) == pytest.approx(np.where(y == 1, inner, 1.0))


def test_xor_is_1_where_one_coordinate_is():
    X, y = xor(11, generator(), noise=0)
    assert y.tolist() == (X[:, 0] != X[:, 1]).astype(int).tolist()
    assert {tuple(x) for x in X.tolist()} == {(0, 0), (0, 1), (1, 0), (1, 1)}


@pytest.mark.parametrize("turns", [0.5, 1.5])
def test_spirals_turn_as_often_as_they_are_told(turns):
    X, y = spirals(200, generator(), noise=0, turns=turns)
    radius = np.hypot(*X.T)
    angle = 2 * np.pi * turns * radius + np.pi * y
    assert radius.max() <= 1
    assert X[:, 0] == pytest.approx(radius * np.cos(angle))
    assert X[:, 1] == pytest.approx(radius * np.sin(angle))


@pytest.mark.parametrize("make", NOISY)
def test_noise_is_a_standard_deviation(make):
    # The points themselves are drawn before the noise: they stay.
    clean, _ = make(20_000, generator(), noise=0)
    noisy, _ = make(20_000, generator(), noise=0.25)
    assert (noisy - clean).std(axis=0) == pytest.approx([0.25, 0.25], abs=0.01)


@on_every_plane
@pytest.mark.parametrize("n", [0, -1, 2.5, None, [4]])
def test_n_has_to_be_a_count(make, n):
    came = "an array of shape (1,)" if n == [4] else n
    assert error(make, n, generator()).startswith(
        f"{make.__name__}: n is {came}.\n"
        "  Needed: a whole number above 0.\n"
        "  Hint: "
    )


def test_half_a_point():
    assert error(blobs, 2.5, generator()) == (
        "blobs: n is 2.5.\n"
        "  Needed: a whole number above 0.\n"
        "  Hint: int(n) cuts off the fraction."
    )


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (blobs, "distance"),
        (moons, "noise"),
        (circles, "noise"),
        (circles, "inner"),
        (xor, "noise"),
        (spirals, "noise"),
        (spirals, "turns"),
    ],
)
@pytest.mark.parametrize("value", [np.nan, np.inf, None])
def test_other_arguments_have_to_be_numbers(make, name, value):
    needed = "one number above 0" if name == "turns" else "one finite number"
    assert error(make, 4, generator(), **{name: value}).startswith(
        f"{make.__name__}: {name} is {value}.\n  Needed: {needed}.\n  Hint: "
    )


def test_spirals_have_to_turn():
    assert error(spirals, 4, generator(), turns=0).startswith(
        "spirals: turns is 0.\n  Needed: one number above 0.\n  Hint: "
    )


@pytest.mark.parametrize("make", NOISY)
def test_a_standard_deviation_is_not_negative(make):
    assert error(make, 4, generator(), noise=-0.5).startswith(
        f"{make.__name__}: noise is -0.5.\n  Needed: "
    )


@pytest.mark.parametrize("make", [*PLANES, "split"])
@pytest.mark.parametrize("rng", [None, 0, np.random.RandomState(0), np.random])
def test_chance_has_to_be_a_generator(make, rng):
    if make == "split":
        name = "train_test_split"
        said = error(train_test_split, np.zeros((4, 2)), np.zeros(4), rng)
    else:
        name = make.__name__
        said = error(make, 4, rng)
    assert said == (
        f"{name}: rng is {rng!r}.\n"
        "  Needed: a numpy random Generator.\n"
        "  Hint: make one, rng = np.random.default_rng(0), and pass it to "
        "every call."
    )


@on_every_plane
def test_chance_cannot_be_left_out(make):
    with pytest.raises(TypeError, match="rng"):
        make(4)


# --- digits -----------------------------------------------------------------


def test_all_digits():
    X, y = digits()
    assert X.shape == (1797, 64)
    assert y.shape == (1797,)
    assert y.dtype == int
    assert (X.min(), X.max()) == (0.0, 1.0)
    assert np.bincount(y).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180
    ]  # fmt: skip


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 9), min_size=1, unique=True))
def test_the_order_of_the_classes_decides_the_labels(classes):
    X_all, y_all = digits()
    X, y = digits(classes)
    for place, digit in enumerate(classes):
        assert np.array_equal(X[y == place], X_all[y_all == digit])
    assert set(y.tolist()) == set(range(len(classes)))
    assert len(X) == len(y)


def test_exchanged_classes_exchange_the_labels():
    X, y = digits((0, 1))
    X_turned, y_turned = digits((1, 0))
    assert np.array_equal(X, X_turned)
    assert np.array_equal(y, 1 - y_turned)


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_classes_may_be_any_sequence(kind):
    assert len(digits(kind([3, 8]))[0]) == 357


@pytest.mark.parametrize(
    "classes", [[], [3, 3], [10], [-1, 3], [0.5], ["3", "8"], [None]]
)
def test_what_is_not_digits(classes):
    assert error(digits, classes) == (
        f"digits: classes is {classes}.\n"
        "  Needed: digits from 0 to 9, each at most once.\n"
        "  Hint: digits(classes=(3, 8)) tells threes from eights."
    )


@pytest.mark.parametrize("classes", [3, None, [[3], [8]]])
def test_one_digit_alone_is_explained_as_well(classes):
    assert error(digits, classes) == (
        f"digits: classes is {classes}.\n"
        "  Needed: digits from 0 to 9, each at most once.\n"
        "  Hint: digits(classes=(3, 8)) tells threes from eights."
    )


# --- train_test_split -------------------------------------------------------


@given(st.integers(2, 60), st.integers(1, 7).map(lambda k: k / 8), seeds)
def test_a_split_loses_nothing_and_doubles_nothing(n, fraction, seed):
    if not 0 < round(n * fraction) < n:
        fraction = 0.5
    X = np.column_stack([np.arange(n), -np.arange(n)])
    y = 10 * np.arange(n)
    X_train, y_train, X_test, y_test = train_test_split(
        X, y, generator(seed), fraction
    )
    assert len(X_test) == round(n * fraction)
    both = np.concatenate([X_train, X_test])
    assert sorted(both[:, 0].tolist()) == list(range(n))
    for rows, labels in ((X_train, y_train), (X_test, y_test)):
        assert labels.tolist() == (10 * rows[:, 0]).tolist()
        assert (rows[:, 1] == -rows[:, 0]).all()


def test_a_split_depends_on_the_generator_alone():
    X, y = np.arange(40), np.arange(40)
    first, again, other = (
        train_test_split(X, y, generator(seed))[0].tolist()
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other
    assert first != sorted(first)


def test_a_split_leaves_what_it_is_given():
    X, y = np.arange(8), np.arange(8)
    for part in train_test_split(X, y, generator()):
        part[:] = -1
    assert X.tolist() == y.tolist() == list(range(8))


def test_a_split_takes_lists():
    X, y = [[1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1]
    listed = train_test_split(X, y, generator())
    arrays = train_test_split(np.array(X), np.array(y), generator())
    for one, other in zip(listed, arrays, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("n", "n_labels", "fraction", "aside"),
    [
        (4, 4, 0.0, 0),
        (4, 4, 1.0, 4),
        (4, 4, 1.5, 6),
        (4, 4, -0.5, -2),
        (4, 4, 0.1, 0),
        (1, 1, 0.5, 0),
        (0, 0, 0.5, 0),
    ],
)
def test_a_side_without_rows(n, n_labels, fraction, aside):
    X, y = np.zeros((n, 2)), np.zeros(n_labels)
    assert error(train_test_split, X, y, generator(), fraction) == (
        f"train_test_split: test_fraction {fraction} sets {aside} of {n} "
        "rows aside.\n"
        "  Needed: at least one row on each side.\n"
        "  Hint: test_fraction lies between 0 and 1, such as 0.5."
    )


@pytest.mark.parametrize("n_labels", [0, 3, 5])
def test_rows_without_labels(n_labels):
    """The fraction is right here: the hint has to be about the lengths."""
    X, y = np.zeros((4, 2)), np.zeros(n_labels)
    said = error(train_test_split, X, y, generator())
    assert said.startswith(f"train_test_split: X has 4 rows, y has {n_labels}")
    hint = said.split("Hint: ")[1]
    assert "test_fraction lies between" not in hint


@pytest.mark.parametrize("fraction", [np.nan, None, [0.5]])
def test_the_fraction_has_to_be_a_number(fraction):
    X, y = np.zeros((4, 2)), np.zeros(4)
    assert error(train_test_split, X, y, generator(), fraction).startswith(
        "train_test_split: test_fraction is "
    )


# --- measurements of tumours ------------------------------------------------


def test_measurements_are_those_of_scikit_learn():
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    X, y, names = breast_cancer()
    assert np.array_equal(X, bunch.data)
    assert X.shape == (569, 30)
    assert names == list(bunch.feature_names)
    assert all(type(name) is str for name in names)
    assert len(set(names)) == 30
    # scikit-learn counts benign as 1, we count what a doctor looks for.
    assert bunch.target_names.tolist() == ["malignant", "benign"]
    assert y.dtype == int
    assert np.array_equal(y == 1, bunch.target_names[bunch.target] != "benign")


def test_malignant_tumours_are_larger():
    X, y, names = breast_cancer()
    radius = X[:, names.index("mean radius")]
    area = X[:, names.index("mean area")]
    assert radius[y == 1].mean() > 1.4 * radius[y == 0].mean()
    # The same units throughout: an area is about pi times radius squared.
    assert np.median(area / (np.pi * radius**2)) == pytest.approx(1, abs=0.1)


# --- share prices -----------------------------------------------------------


def test_share_prices_of_one_company():
    dates, close = share_prices()
    assert dates.dtype == np.dtype("datetime64[D]")
    assert close.dtype == float
    assert dates.shape == close.shape == (1047,)
    assert (np.diff(dates) > np.timedelta64(0)).all()
    assert np.is_busday(dates).all()
    assert str(dates[0]) == "2004-08-19"
    assert str(dates[-1]) == "2008-10-14"
    assert close[[0, -1]].tolist() == [100.34, 362.71]
    assert (close.min(), close.max()) == (100.01, 741.79)
    assert str(dates[close.argmax()]) == "2007-11-06"


def test_share_prices_leave_no_file_open():
    script = "from nnlib.datasets import share_prices; share_prices()"
    done = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", "-c", script],
        capture_output=True,
        check=True,
        text=True,
    )
    assert "ResourceWarning" not in done.stderr


# --- what is imported, and when ---------------------------------------------


@pytest.mark.parametrize(
    ("call", "loaded"),
    [
        ("blobs(4, np.random.default_rng(0))", []),
        ("written_dates(4, np.random.default_rng(0))", []),
        ("share_prices()", ["matplotlib"]),
        ("breast_cancer()", ["sklearn"]),
    ],
)
def test_heavy_packages_wait_until_they_are_needed(call, loaded):
    script = f"""
import json, sys
import numpy as np
from nnlib.datasets import *
{call}
heavy = ("matplotlib", "matplotlib.pyplot", "pooch", "sklearn")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(done.stdout) == loaded


# --- dates, as people write them --------------------------------------------

MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6,
    "july": 7, "august": 8, "september": 9, "october": 10, "november": 11,
    "december": 12,
}  # fmt: skip
MONTHS |= {name[:3]: number for name, number in MONTHS.items()}
WEEKDAYS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "sunday",
)  # fmt: skip
ENDINGS = dict.fromkeys(range(1, 32), "th")
ENDINGS |= {1: "st", 21: "st", 31: "st", 2: "nd", 22: "nd", 3: "rd", 23: "rd"}
FORMS = {
    r"\d+ [a-z]{3,} \d{4}": "3 march 1998, 3 mar 1998",
    r"\d+[a-z]{2} of [a-z]+, \d{4}": "3rd of march, 1998",
    r"[a-z]+ \d+, \d{4}": "march 3, 1998",
    r"[a-z]+day, \d+ [a-z]+ \d{4}": "tuesday, 3 march 1998",
    r"[a-z]{3} [a-z]{3} \d+ \d{4}": "tue mar 3 1998",
}


def form_of(text):
    """Return the one form that fits, of the five in FORMS."""
    (form,) = [form for form in FORMS if re.fullmatch(form, text.lower())]
    return form


def read_date(text):
    """Read a date word by word; every word has to say the same day."""
    months, days, years, weekdays = [], [], [], []
    for word in re.findall(r"[a-z0-9]+", text.lower()):
        number = re.fullmatch(r"(\d+)([a-z]*)", word)
        if number and len(number[1]) == 4:
            assert not number[2]
            years.append(int(number[1]))
        elif number:
            days.append(int(number[1]))
            assert number[2] in ("", ENDINGS[days[0]])
        elif word in MONTHS:
            months.append(MONTHS[word])
        elif word != "of":
            (weekday,) = [
                place
                for place, name in enumerate(WEEKDAYS)
                if word in (name, name[:3])
            ]
            weekdays.append(weekday)
    (year,), (month,), (day,) = years, months, days
    found = date(year, month, day)
    assert weekdays in ([], [found.weekday()])
    return found.isoformat()


@settings(deadline=None)
@given(n=st.integers(1, 40), seed=seeds)
def test_every_text_names_its_date_and_no_other(n, seed):
    texts, dates = written_dates(n, generator(seed))
    assert type(texts) is type(dates) is list
    assert len(texts) == len(dates) == n
    assert {type(text) for text in texts + dates} == {str}
    assert [read_date(text) for text in texts] == dates
    assert all(form_of(text) for text in texts)


def test_all_days_are_written_in_all_ways():
    texts, dates = written_dates(20_000, generator())
    assert [read_date(text) for text in texts] == dates
    assert len(set(dates)) > 17_000
    days = [date.fromisoformat(text) for text in dates]
    assert {day.year for day in days} == set(range(1900, 2100))
    assert {(day.month, day.day) for day in days} >= {
        (month, day) for month in range(1, 13) for day in range(1, 29)
    } | {(2, 29), (1, 31), (12, 31)}
    # Half of the days lie in each century, a seventh on a Monday.
    assert np.mean([day.year < 2000 for day in days]) == pytest.approx(
        0.5, abs=0.02
    )
    assert np.mean([day.weekday() == 0 for day in days]) == pytest.approx(
        1 / 7, abs=0.02
    )
    ways = [(form_of(t), t.islower(), t.isupper()) for t in texts]
    shares = [ways.count(way) / len(ways) for way in set(ways)]
    assert len(shares) == 5 * 3
    # The first form comes with the month's name whole, and cut short.
    assert min(shares) == pytest.approx(1 / 18, abs=0.01)
    assert max(shares) == pytest.approx(2 / 18, abs=0.01)
    short = [re.fullmatch(r"\d+ [a-z]{3} \d{4}", t.lower()) for t in texts]
    assert 1 / 6 < np.mean([bool(found) for found in short]) < 1 / 4


def test_the_days_are_those_of_two_centuries():
    class Low(np.random.Generator):
        def integers(self, low, high=None, size=None):
            return np.full(size, low) if high else 0

    class High(np.random.Generator):
        def integers(self, low, high=None, size=None):
            return np.full(size, high - 1) if high else low - 1

    bits = np.random.PCG64(0)
    assert written_dates(1, Low(bits)) == (["1 January 1900"], ["1900-01-01"])
    assert written_dates(2, High(bits)) == (
        ["THU DEC 31 2099"] * 2,
        ["2099-12-31"] * 2,
    )


@given(seed=seeds)
def test_the_same_state_gives_the_same_dates(seed):
    rng = generator(seed)
    first = written_dates(9, rng)
    assert first == written_dates(9, generator(seed))
    assert first[1] != written_dates(9, rng)[1]


@pytest.mark.parametrize("n", [0, -1, 2.5, None, "4"])
def test_the_number_of_dates_is_a_count(n):
    assert error(written_dates, n, generator()).startswith(
        f"written_dates: n is {n!r}.\n  Needed: a whole number above 0.\n"
    )


@pytest.mark.parametrize("rng", [None, 0, np.random.RandomState(0)])
def test_dates_are_drawn_by_a_generator(rng):
    assert error(written_dates, 4, rng) == (
        f"written_dates: rng is {rng!r}.\n"
        "  Needed: a numpy random Generator.\n"
        "  Hint: make one, rng = np.random.default_rng(0), and pass it to "
        "every call."
    )


# --- files that are downloaded ----------------------------------------------

MNIST = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
ZIP = "recordings.zip"
SITES = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/{}",
    "spoken_digits": "https://github.com/Jakobovski/"
    "free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip",
}


def idx(values, magic=None):
    """Return an IDX file of bytes, packed."""
    magic = magic or 0x0800 + values.ndim
    header = struct.pack(f">{1 + values.ndim}I", magic, *values.shape)
    return gzip.compress(header + values.astype(np.uint8).tobytes(), mtime=0)


def wav(samples):
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(np.array(samples, "<i2").tobytes())
    return file.getvalue()


def packed(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def checksum_of_recordings(recordings):
    """Return SHA-256 over the sorted names, NUL, SHA-256 of the bytes."""
    return hashlib.sha256(
        b"".join(
            name.encode() + b"\0" + hashlib.sha256(recordings[name]).digest()
            for name in sorted(recordings)
        )
    ).hexdigest()


IMAGES = {
    "train": np.arange(3 * 784).reshape(3, 28, 28) % 256,
    "test": np.arange(2 * 784).reshape(2, 28, 28)[::-1] % 251,
}
LABELS = {"train": np.array([5, 0, 9]), "test": np.array([7, 2])}
SMALL = {
    name: idx(values[part])
    for part, names in MNIST.items()
    for name, values in zip(names, (IMAGES, LABELS), strict=True)
}
SAMPLES = {
    f"{digit}_{speaker}_{take}.wav": [digit - 9, -32768, 32767, take] + [0] * k
    for k, (digit, speaker, take) in enumerate(
        (digit, speaker, take)
        for digit in (0, 7)
        for speaker in ("lucas", "theo")
        for take in (0, 4, 5, 10, 49)
    )
}
RECORDINGS = {name: wav(samples) for name, samples in SAMPLES.items()}
SMALL[ZIP] = packed({f"recordings/{n}": c for n, c in RECORDINGS.items()})


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Small published files; an empty cache, and NNLIB_DATA unset."""
    monkeypatch.delenv("NNLIB_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / name)
    for name, content in SMALL.items():
        checksum = hashlib.md5(content).hexdigest()
        monkeypatch.setitem(real_data.FILES, name, (0.25, checksum))
    checksum = checksum_of_recordings(RECORDINGS)
    monkeypatch.setitem(real_data.FILES, ZIP, (16, checksum))
    return tmp_path


@pytest.fixture
def offline(monkeypatch):
    """Return the list of the hosts that were asked for, in vain."""
    asked = []

    def refuse(host, *args, **kwargs):
        asked.append(host)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    for proxy in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
        monkeypatch.delenv(proxy.upper(), raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


class Site:
    """A web server of this machine: what it has, and what it was asked."""

    def __init__(self):
        self.files, self.asked = {}, []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                site.asked.append(name)
                content = site.files.get(name)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler
        )
        self.thread = threading.Thread(
            target=self.server.serve_forever, args=(0.01,)
        )
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def site(folders, monkeypatch):
    site = Site()
    site.files = dict(SMALL)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setitem(
        real_data.SITES, "mnist", f"{site.address}/mirror/{{}}"
    )
    monkeypatch.setitem(
        real_data.SITES, "spoken_digits", f"{site.address}/tags/{ZIP}"
    )
    yield site
    site.close()


def put(root, folder, name, content=None):
    """Write a small published file, or another content, where it belongs."""
    (root / folder).mkdir(parents=True, exist_ok=True)
    content = SMALL[name] if content is None else content
    (root / folder / name).write_bytes(content)


def put_all(root):
    for name in SMALL:
        put(root, "spoken_digits" if name == ZIP else "mnist", name)


def contents(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def os_error(function, *args):
    """Return the message of a call that fails for want of a file."""
    with pytest.raises(OSError, match="Needed: ") as caught:
        function(*args)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return str(caught.value)


def without(folder, names, missing, problem, cache):
    """Return the message for files that are not to be had."""
    urls = [real_data.SITES[folder].format(name) for name in names]
    return (
        f"{folder}: no intact {missing}, and no download ({problem}).\n"
        f"  Needed: {' and '.join(urls)}.\n"
        f"  Hint: try again online, or save as {', '.join(names)} in "
        f"{cache / 'nnlib' / folder}, or {folder}/ in a folder that "
        "NNLIB_DATA names."
    )


def test_files_are_those_that_were_published():
    """The checksums of the data's README; the sites, one after the other."""
    assert real_data.SITES == SITES
    assert {name: entry[1] for name, entry in real_data.FILES.items()} == {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
        "recordings.zip": "a2e8a660492f28d9eed6270b290d26cb"
        "c5c81d6077ce87d3c0ad5adf4d4ee696",
    }


@pytest.mark.parametrize("load", [mnist, spoken_digits])
@pytest.mark.parametrize("part", ["all", "Train", "", None, 0, True, ["test"]])
def test_there_are_two_parts(load, part, folders, offline):
    assert error(load, part) == (
        f"{load.__name__}: part is {part!r}.\n"
        '  Needed: "train" or "test".\n'
        '  Hint: learn from "train", and keep "test" for the end.'
    )
    assert offline == []


def check_mnist(part):
    X, y = mnist(part)
    assert X.dtype == np.float32
    assert y.dtype == int
    assert y.tolist() == LABELS[part].tolist()
    wanted = IMAGES[part].reshape(len(y), 784) / 255
    assert pytest.approx(wanted, abs=1e-7) == X
    assert X[0, 29] == pytest.approx(IMAGES[part][0, 1, 1] / 255)


def check_spoken(part):
    sounds, y, speakers = spoken_digits(part)
    names = [
        name
        for name in sorted(SAMPLES)
        if name.endswith(("_0.wav", "_4.wav")) == (part == "test")
    ]
    assert type(sounds) is list
    assert y.dtype == int
    assert [f"{d}_{s}" for d, s in zip(y, speakers, strict=True)] == [
        name.rpartition("_")[0] for name in names
    ]
    assert len(sounds) == len(names) == {"test": 8, "train": 12}[part]
    for sound, name in zip(sounds, names, strict=True):
        assert sound.dtype == np.float32
        assert (sound * 32768).tolist() == SAMPLES[name]
        assert np.abs(sound).max() <= 1


def check(load, part):
    (check_mnist if load is mnist else check_spoken)(part)


both = pytest.mark.parametrize("load", [mnist, spoken_digits])
parts = pytest.mark.parametrize("part", ["train", "test"])


@both
@parts
def test_a_folder_of_the_reader_s_own(
    load, part, folders, offline, monkeypatch, capsys
):
    put_all(folders / "own")
    before = contents(folders)
    monkeypatch.setenv("NNLIB_DATA", str(folders / "own"))
    check(load, part)
    assert contents(folders) == before
    assert offline == []
    assert capsys.readouterr() == ("", "")


def test_a_folder_below_home(folders, offline, monkeypatch):
    put_all(folders / "own")
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(folders))
    monkeypatch.setenv("NNLIB_DATA", "~/own")
    check_mnist("test")


def test_no_name_is_not_the_working_folder(folders, offline, monkeypatch):
    put_all(folders / "here")
    monkeypatch.chdir(folders / "here")
    monkeypatch.setenv("NNLIB_DATA", "")
    assert os_error(spoken_digits) == without(
        "spoken_digits", (ZIP,), ZIP, "ConnectionError", folders
    )


@both
@parts
@pytest.mark.parametrize("own", [None, "", "empty", "not there"])
def test_a_file_in_the_cache(
    load, part, own, folders, offline, monkeypatch, capsys
):
    put_all(folders / "nnlib")
    (folders / "empty").mkdir()
    if own is not None:
        monkeypatch.setenv("NNLIB_DATA", own and str(folders / own))
    check(load, part)
    assert offline == []
    assert capsys.readouterr() == ("", "")


@parts
def test_each_part_has_files_of_its_own(part, folders, offline):
    """Two files are enough for one part, and no help to the other."""
    for name in MNIST[part]:
        put(folders / "nnlib", "mnist", name)
    check_mnist(part)
    other = {"train": "test", "test": "train"}[part]
    names = MNIST[other]
    assert os_error(mnist, other) == without(
        "mnist", names, names[0], "ConnectionError", folders
    )


@both
@parts
def test_a_download_is_made_once(load, part, site, folders, capsys):
    check(load, part)
    names = MNIST[part] if load is mnist else (ZIP,)
    assert site.asked == list(names)
    urls = [real_data.SITES[load.__name__].format(name) for name in names]
    size = "0.25" if load is mnist else "16"
    lines = "".join(f"Downloading {url}, {size} MB\n" for url in urls)
    assert capsys.readouterr() == (lines, "")
    assert contents(folders) == {
        str(Path("nnlib", load.__name__, name)): SMALL[name] for name in names
    }
    check(load, part)
    assert site.asked == list(names)
    assert capsys.readouterr() == ("", "")


def test_only_what_is_missing_is_downloaded(site, folders, monkeypatch):
    images, labels = MNIST["train"]
    put(folders / "own", "mnist", images)
    monkeypatch.setenv("NNLIB_DATA", str(folders / "own"))
    check_mnist("train")
    assert site.asked == [labels]
    assert set(contents(folders)) == {
        str(Path("own", "mnist", images)),
        str(Path("nnlib", "mnist", labels)),
    }


def test_the_archive_of_github_has_one_more_folder(site):
    root = "free-spoken-digit-dataset-1.0.10"
    site.files[ZIP] = packed(
        {f"{root}/README.md": b"Free Spoken Digit Dataset"}
        | {f"{root}/recordings/": b""}
        | {f"{root}/recordings/{n}": c for n, c in RECORDINGS.items()}
        | {f"{root}/utils/0_theo_0.wav": b"another"}
    )
    check_spoken("train")
    check_spoken("test")


def test_an_archive_that_was_packed_again(folders, offline):
    """On another machine, in another order, with that machine's litter."""
    names = sorted(RECORDINGS, reverse=True)
    files = {f"data/recordings/{name}": RECORDINGS[name] for name in names}
    litter = {f"__MACOSX/data/recordings/._{name}": b"Mac" for name in names}
    put(folders / "nnlib", "spoken_digits", ZIP, packed(litter | files))
    check_spoken("train")
    check_spoken("test")


IMAGES_NAME, LABELS_NAME = MNIST["test"]
ANY = sorted(RECORDINGS)[3]


def rezipped(change):
    """Return the small archive after a change to its recordings."""
    recordings = dict(RECORDINGS)
    change(recordings)
    return packed({f"recordings/{n}": c for n, c in recordings.items()})


def flipped(content, place):
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


DAMAGE = {
    "nothing in it": (IMAGES_NAME, b""),
    "a page in place of a file": (IMAGES_NAME, b"<html>Log in first</html>"),
    "cut short": (IMAGES_NAME, SMALL[IMAGES_NAME][:-9]),
    "one bit": (IMAGES_NAME, flipped(SMALL[IMAGES_NAME], 40)),
    "unpacked": (IMAGES_NAME, gzip.decompress(SMALL[IMAGES_NAME])),
    "the other part": (IMAGES_NAME, SMALL[MNIST["train"][0]]),
    "another magic number": (IMAGES_NAME, idx(IMAGES["test"], 0x0D03)),
    "an image too few": (IMAGES_NAME, idx(IMAGES["test"][:1])),
    "labels cut short": (LABELS_NAME, SMALL[LABELS_NAME][:-9]),
    "another label": (LABELS_NAME, idx(np.array([7, 3]))),
    "no zip": (ZIP, b"PK, but no archive"),
    "an empty zip": (ZIP, packed({})),
    "a zip of nothing": (ZIP, b""),
    "a zip cut short": (ZIP, SMALL[ZIP][:-30]),
    "a bit in a zip": (ZIP, flipped(SMALL[ZIP], 70)),
    "a sound left out": (ZIP, rezipped(lambda r: r.pop(ANY))),
    "a sound too many": (
        ZIP,
        rezipped(lambda r: r.update({"9_theo_1.wav": b"x"})),
    ),
    "a name": (ZIP, rezipped(lambda r: r.update({"1_al_1.wav": r.pop(ANY)}))),
    "a sample": (
        ZIP,
        rezipped(lambda r: r.update({ANY: flipped(r[ANY], 44)})),
    ),
}
damaged = pytest.mark.parametrize("damage", DAMAGE)


def load_damaged(damage):
    name, _ = DAMAGE[damage]
    return spoken_digits if name == ZIP else mnist


@damaged
def test_damage_that_a_checksum_finds(damage, folders, offline):
    """In the cache and out of the network's reach."""
    name, content = DAMAGE[damage]
    load = load_damaged(damage)
    put_all(folders / "nnlib")
    put(folders / "nnlib", load.__name__, name, content)
    names = (ZIP,) if name == ZIP else MNIST["test"]
    assert os_error(load, "test") == without(
        load.__name__, names, name, "ConnectionError", folders
    )
    assert len(set(offline)) == 1


@damaged
def test_what_is_damaged_in_the_cache_is_downloaded_again(
    damage, folders, site
):
    name, content = DAMAGE[damage]
    load = load_damaged(damage)
    put_all(folders / "nnlib")
    before = contents(folders)
    put(folders / "nnlib", load.__name__, name, content)
    check(load, "test")
    assert site.asked == [name]
    assert contents(folders) == before


@damaged
def test_what_is_damaged_in_the_reader_s_folder_stays_there(
    damage, folders, site, monkeypatch
):
    name, content = DAMAGE[damage]
    load = load_damaged(damage)
    put_all(folders / "own")
    put(folders / "own", load.__name__, name, content)
    before = contents(folders / "own")
    monkeypatch.setenv("NNLIB_DATA", str(folders / "own"))
    check(load, "test")
    assert site.asked == [name]
    assert contents(folders / "own") == before


@damaged
def test_a_download_that_brings_something_else(damage, folders, site):
    name, content = DAMAGE[damage]
    load = load_damaged(damage)
    site.files[name] = content
    names = (ZIP,) if name == ZIP else MNIST["test"]
    message = without(load.__name__, names, name, "another file came", folders)
    assert os_error(load, "test") == message
    assert os_error(load, "test") == message
    site.files = dict(SMALL)
    check(load, "test")


@both
def test_a_site_that_has_no_such_file(load, folders, site):
    site.files = {}
    names = (ZIP,) if load is spoken_digits else MNIST["train"]
    assert os_error(load) == without(
        load.__name__, names, names[0], "HTTPError", folders
    )
    assert contents(folders) == {}


def test_without_a_network_the_message_says_what_to_do(
    folders, offline, monkeypatch
):
    """The whole message, as a reader sees it."""
    monkeypatch.setattr(pooch, "os_cache", lambda name: Path("/home/me", name))
    site = "https://ossci-datasets.s3.amazonaws.com/mnist"
    assert os_error(mnist) == (
        "mnist: no intact train-images-idx3-ubyte.gz, and no download "
        "(ConnectionError).\n"
        f"  Needed: {site}/train-images-idx3-ubyte.gz and "
        f"{site}/train-labels-idx1-ubyte.gz.\n"
        "  Hint: try again online, or save as train-images-idx3-ubyte.gz, "
        "train-labels-idx1-ubyte.gz in /home/me/nnlib/mnist, or mnist/ in a "
        "folder that NNLIB_DATA names."
    )
    assert set(offline) == {"ossci-datasets.s3.amazonaws.com"}
    assert os_error(spoken_digits) == (
        "spoken_digits: no intact recordings.zip, and no download "
        "(ConnectionError).\n"
        "  Needed: https://github.com/Jakobovski/free-spoken-digit-dataset/"
        "archive/refs/tags/v1.0.10.zip.\n"
        "  Hint: try again online, or save as recordings.zip in "
        "/home/me/nnlib/spoken_digits, or spoken_digits/ in a folder that "
        "NNLIB_DATA names."
    )
    assert set(offline) == {"ossci-datasets.s3.amazonaws.com", "github.com"}


def test_a_cache_that_cannot_be_written(folders, site):
    (folders / "nnlib").write_text("a file where the folder should be")
    names = MNIST["test"]
    assert os_error(mnist, "test") == without(
        "mnist", names, names[0], "NotADirectoryError", folders
    )


def test_following_the_hint_helps(folders, offline):
    with pytest.raises(OSError, match="no intact t10k-images"):
        mnist("test")
    for name in MNIST["test"]:
        put(folders / "nnlib", "mnist", name)
    check_mnist("test")


# --- the published files themselves -----------------------------------------

OWN = os.environ.get("NNLIB_DATA")
needs_data = pytest.mark.skipif(
    not OWN, reason="NNLIB_DATA names no folder with the published files"
)
needs_training_half = pytest.mark.skipif(
    not OWN or not Path(OWN, "mnist", MNIST["train"][0]).exists(),
    reason="NNLIB_DATA names no folder with the training half of MNIST",
)


def bytes_of(*names):
    return Path(OWN, *names).read_bytes()


def check_published_mnist(part, counts, first):
    X, y = mnist(part)
    images, labels = (
        gzip.decompress(bytes_of("mnist", name)) for name in MNIST[part]
    )
    assert struct.unpack(">4I", images[:16]) == (0x0803, len(X), 28, 28)
    assert struct.unpack(">2I", labels[:8]) == (0x0801, len(X))
    assert X.shape == (sum(counts), 784)
    assert X.dtype == np.float32
    assert (X.min(), X.max()) == (0, 1)
    assert y.dtype == int
    assert y[:8].tolist() == first
    assert np.bincount(y).tolist() == counts
    assert y.tolist() == list(labels[8:])
    for row in (0, len(X) // 3, len(X) - 1):
        image = images[16 + 784 * row :][:784]
        assert np.rint(255 * X[row]).astype(int).tolist() == list(image)


@needs_data
def test_mnist_the_test_half(offline):
    check_published_mnist(
        "test",
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
        [7, 2, 1, 0, 4, 1, 4, 9],
    )
    assert offline == []


@needs_training_half
def test_mnist_the_training_half(offline):
    check_published_mnist(
        "train",
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
        [5, 0, 4, 1, 9, 2, 1, 3],
    )


@needs_data
@parts
def test_spoken_digits_as_published(part, offline):
    sounds, y, speakers = spoken_digits(part)
    share = {"train": 45, "test": 5}[part]
    names = [
        f"{digit}_{speaker}_{take}"
        for digit in range(10)
        for speaker in (
            "george", "jackson", "lucas", "nicolas", "theo", "yweweler"
        )
        for take in sorted(range(50), key=str)
        if (take < 5) == (part == "test")
    ]  # fmt: skip
    assert len(sounds) == len(y) == len(speakers) == len(names) == 60 * share
    for d, speaker, name in zip(y, speakers, names, strict=True):
        assert f"{d}_{speaker}" == name.rpartition("_")[0]
    archive = zipfile.ZipFile(io.BytesIO(bytes_of("spoken_digits", ZIP)))
    for name, sound in zip(names, sounds, strict=True):
        content = archive.read(f"recordings/{name}.wav")
        # Mono, 8,000 samples a second, 16 bits, and nothing but samples.
        assert struct.unpack("<HHIIHH", content[20:36]) == (
            1, 1, 8000, 16000, 2, 16
        )  # fmt: skip
        start = content.index(b"data") + 8
        (size,) = struct.unpack("<I", content[start - 4 : start])
        assert sound.ndim == 1
        assert sound.dtype == np.float32
        assert len(sound) == size // 2
        assert np.abs(sound).max() <= 1
        samples = np.array(
            struct.unpack(f"<{size // 2}h", content[start:][:size])
        )
        assert np.array_equal(sound * 32768, samples)
    assert len({len(sound) for sound in sounds}) > 100
    assert offline == []
