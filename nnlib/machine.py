"""What networks ask of the machine: one core, a bar, and files."""

import sys
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np


@contextmanager
def full_speed():
    """Inside, keep what memory was given back, and use one core.

    A step of training makes the arrays of the step before again. The C
    library of Linux returns large ones to the system at once, and to be given
    new memory takes longer than to fill it; but it learns from the size of
    what is freed, so one large array, made and dropped, changes its mind.
    """
    np.empty(30_000_000, np.uint8)  # bytes; it learns from up to 32 MiB
    with one_blas_thread():
        yield


@contextmanager
def one_blas_thread():
    """Let matrix products use one core inside, and as many as before after.

    Two cores that share small products wait for one another more than they
    work, and ten times as long when a third program wants one of them.
    """
    with _blas().limit(limits=1):
        yield


@lru_cache
def _blas():
    # Imported here: importing nnlib imports numpy and nothing else.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def progress_bar(n_steps, wanted):
    """Return a bar to `update` at every step; it shows after 3 seconds."""
    from tqdm import tqdm

    return tqdm(
        total=n_steps,
        disable=not wanted,
        delay=3,
        leave=False,
        file=sys.stdout,
    )


def write_arrays(path, label, arrays):
    """Write a dict of arrays, and what they belong to, to a .npz file."""
    part = Path(f"{path}.part")  # a half-written file replaces nothing
    with part.open("wb") as file:
        np.savez(file, network=label, **arrays)
    part.replace(path)


def read_arrays(path, label, like):
    """Return what `write_arrays` wrote: never code, never half of it.

    Raises ValueError if the file is damaged, or of another label, or holds
    arrays of other names or shapes than the dict `like`.
    """
    with Path(path).open("rb") as file:
        try:
            found = dict(np.load(file, allow_pickle=False))
        except Exception as error:  # numpy and zipfile raise a dozen kinds
            raise ValueError(
                f"Network.load: {path} cannot be read ({error}).\n"
                "  Needed: a file that Network.save wrote, whole.\n"
                "  Hint: copy it again, or train and save again."
            ) from None
    saved = str(found.pop("network", "something else"))
    shapes = [{n: p.shape for n, p in d.items()} for d in (found, like)]
    if saved != label or shapes[0] != shapes[1]:
        raise ValueError(
            f"Network.load: {path} holds {saved}.\n"
            f"  Needed: {label}.\n"
            "  Hint: build the network as it was when it was saved."
        )
    return found
