"""Data that people collected or wrote, as nnlib.datasets returns it.

Files too large to come along are found on this machine or downloaded, once.
NNLIB_DATA, an environment variable, may name a folder that has them; nothing
in it is changed. Others are kept in the user's cache. Checksums are compared.
"""

import gzip
import hashlib
import io
import os
import re
import wave
import zipfile
from datetime import date
from pathlib import Path

import numpy as np

from nnlib.shapes import as_count, as_generator

SITES = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/{}",
    "spoken_digits": "https://github.com/Jakobovski/free-spoken-digit-dataset"
    "/archive/refs/tags/v1.0.10.zip",
}
SPOKEN = "a2e8a660492f28d9eed6270b290d26cbc5c81d6077ce87d3c0ad5adf4d4ee696"
FILES = {  # size in MB and checksum: MD5, or SHA-256 of what is in the zip
    "train-images-idx3-ubyte.gz": (9.9, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    "train-labels-idx1-ubyte.gz": (0.03, "d53e105ee54ea40749a09fcbcd1e9432"),
    "t10k-images-idx3-ubyte.gz": (1.6, "9fb629c4189551a2d022fa330f9573f3"),
    "t10k-labels-idx1-ubyte.gz": (0.005, "ec29112dd5afa0611ce80d1b7f02629c"),
    "recordings.zip": (16, SPOKEN),
}
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
MONTHS = "January February March April May June July August September"
MONTHS += " October November December"  # those of `calendar` vary by country


def breast_cancer():
    """Return (X, y, names): 30 named measurements of each of 569 tumours.

    y is 1 for malignant, 0 for benign: the reverse of scikit-learn's.

    Source: used in lesson 10; Street, Wolberg and Mangasarian 1993.

    >>> np.bincount(breast_cancer()[1])
    array([357, 212])
    """
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return bunch.data, 1 - bunch.target, bunch.feature_names.tolist()


def share_prices():
    """Return (dates, close): Google's share price on 1,047 trading days.

    At the close, in US dollars, from 19 August 2004 to 14 October 2008.

    Source: used in lesson 11; matplotlib's sample data, goog.npz.

    >>> [str(part[0]) for part in share_prices()]
    ['2004-08-19', '100.34']
    """
    from matplotlib.cbook import get_sample_data

    prices = get_sample_data("goog.npz")["price_data"]
    return prices["date"], prices["close"]


def written_dates(n, rng):
    """Return (texts, dates): n days as people write them, and as 1998-03-03.

    All days from 1900 to 2099 are equally likely; each text names only one.

    Source: used in lesson 13; the task is that of Ahmed 2017, keras-attention.

    >>> written_dates(2, np.random.default_rng(2))
    (['8 July 2067', '28TH OF APRIL, 1952'], ['2067-07-08', '1952-04-28'])
    """
    texts, dates, where = [], [], "written_dates"
    n, rng = as_count(where, "n", n), as_generator(where, rng)
    first, end = (date(year, 1, 1).toordinal() for year in (1900, 2100))
    for day in map(date.fromordinal, rng.integers(first, end, n).tolist()):
        d, year, month = day.day, day.year, MONTHS.split()[day.month - 1]
        weekday = WEEKDAYS.split()[day.weekday()]
        th = {1: "st", 2: "nd", 3: "rd"}.get(d if d < 20 else d % 10, "th")
        forms = (
            f"{d} {month} {year}",
            f"{d} {month[:3]} {year}",
            f"{d}{th} of {month}, {year}",
            f"{month} {d}, {year}",
            f"{weekday}, {d} {month} {year}",
            f"{weekday[:3]} {month[:3]} {d} {year}",
        )
        text = forms[rng.integers(len(forms))]
        texts.append((text, text.lower(), text.upper())[rng.integers(3)])
        dates.append(day.isoformat())
    return texts, dates


def mnist(part="train"):
    """Return (X, y): 60,000 handwritten digits; part "test", 10,000 others.

    X has shape (n, 784): 28 x 28 pixels from 0 to 1, row by row, float32.

    Source: used in lesson 09; LeCun, Cortes and Burges 1998.

    >>> mnist("all")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: mnist: part is 'all'...
    """
    kind = "t10k" if _is_test("mnist", part) else "train"
    names = f"{kind}-images-idx3-ubyte.gz", f"{kind}-labels-idx1-ubyte.gz"
    images, labels = fetch("mnist", *names)
    X = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)
    y = np.frombuffer(labels, np.uint8, offset=8).astype(int)
    return np.divide(X, 255, dtype=np.float32), y


def spoken_digits(part="train"):
    """Return (sounds, y, speakers): each digit, said 50 times by six people.

    A sound is a float32 array, from -1 to 1, of 8,000 numbers a second. Part
    "test" has takes 0 to 4 of each (300 sounds), "train" the other 2,700.

    Source: used in lesson 12; Jakobovski and others 2018, CC BY-SA 4.0.

    >>> spoken_digits("all")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: spoken_digits: part is 'all'...
    """
    is_test = _is_test("spoken_digits", part)
    (files,) = fetch("spoken_digits", "recordings.zip")
    sounds, y, speakers = [], [], []
    for name, content in files.items():
        digit, speaker, take = name.removesuffix(".wav").split("_")
        if (int(take) < 5) == is_test:
            with wave.open(io.BytesIO(content)) as file:
                samples = np.frombuffer(file.readframes(len(content)), "<i2")
            sounds.append(samples.astype(np.float32) / 32768)
            y.append(int(digit))
            speakers.append(speaker)
    return sounds, np.array(y), np.array(speakers)


def fetch(folder, *names):
    """Yield what published files hold: found here, or else downloaded."""
    import pooch

    cache = pooch.os_cache("nnlib") / folder
    own = Path(os.environ.get("NNLIB_DATA") or cache.parent).expanduser()
    urls = {name: SITES[folder].format(name) for name in names}
    for name, url in urls.items():
        content = _opened(own / folder / name) or _opened(cache / name)
        if not content:
            print(f"Downloading {url}, {FILES[name][0]} MB", flush=True)
            file, problem = io.BytesIO(), "another file came"
            try:
                pooch.HTTPDownloader(timeout=20)(url, file, None)
                cache.mkdir(parents=True, exist_ok=True)
                (cache / name).write_bytes(file.getvalue())
            except OSError as error:  # as those of requests are
                problem = type(error).__name__
            content = _opened(cache / name)
        if not content:
            raise OSError(
                f"{folder}: no intact {name}, and no download ({problem}).\n"
                f"  Needed: {' and '.join(urls.values())}.\n"
                f"  Hint: try again online, or save as {', '.join(urls)} in "
                f"{cache}, or {folder}/ in a folder that NNLIB_DATA names."
            )
        yield content


def _opened(path):
    """Return what a file holds, or None unless it is as it was published."""
    data = path.read_bytes() if path.is_file() else b""
    check, sounds = hashlib.md5(data, usedforsecurity=False), {}
    if path.suffix == ".zip":
        check = hashlib.sha256()
        try:
            with zipfile.ZipFile(path) as file:
                for name in sorted(file.namelist()):
                    if re.search(r"recordings/\w+\.wav$", name):
                        sounds[name.rpartition("/")[2]] = file.read(name)
        except Exception:  # a damaged archive fails in many ways
            return None
        for name, wav in sounds.items():
            check.update(name.encode() + b"\0" + hashlib.sha256(wav).digest())
    whole = check.hexdigest() == FILES[path.name][1]
    return (sounds or gzip.decompress(data)) if whole else None


def _is_test(where, part):
    if part in ("train", "test"):
        return part == "test"
    raise ValueError(
        f"{where}: part is {part!r}.\n"
        '  Needed: "train" or "test".\n'
        '  Hint: learn from "train", and keep "test" for the end.'
    )
