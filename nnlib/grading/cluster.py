"""Marking on a Dask cluster, when one machine is not enough.

The bytes of a submission travel in its task, so no disk is shared. Each
worker keeps marker processes of its own, and a task whose worker is gone is
given to another.
"""

import contextlib
import logging

from nnlib.grading import marker

AHEAD = 3  # submissions for each thread: so that none has to wait
PATIENCE = 20  # seconds for the scheduler, and for the first worker


class Cluster:
    """A connection to a scheduler, as a context manager.

    Parameters
    ----------
    address : str
        Such as "tcp://10.0.0.1:8786".
    assignment : handed_in.Assignment
    rules : handed_in.Rules
        What its marker processes are for; they end with the run.

    Raises
    ------
    ValueError
        If nobody answers there, or distributed is not installed.
    """

    def __init__(self, address, assignment, rules):
        self._about, self._address = (assignment, rules), address
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            from distributed import Client
        except ImportError:
            raise ValueError(
                "--scheduler needs Dask: python -m pip install distributed"
            ) from None
        try:
            self._client = Client(address, timeout=PATIENCE)
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, TimeoutError) as error:
            raise ValueError(
                f"No Dask scheduler with workers answers at {address}: {error}"
            ) from None

    def __enter__(self):
        threads = sum(self._client.nthreads().values())
        executor = self._client.get_executor(pure=False)
        return executor, AHEAD * max(threads, 1), self._check

    def _check(self):
        """Raise OSError when the scheduler is gone."""
        if self._client.status not in ("running", "connecting"):
            raise OSError(f"the Dask scheduler at {self._address} has gone")

    def __exit__(self, *why):
        with contextlib.suppress(Exception):  # it may be why this ends
            self._client.run(marker.close_all, *self._about)
        self._client.close()
