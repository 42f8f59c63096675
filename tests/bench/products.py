"""The matrix products of a workload and nothing else: the floor.

Each is np.dot into an array that is ready, with its arguments in the cache if
they fit. Nobody who trains with float32 on this machine gets below it.
"""

import numpy as np
from workloads import gemms


class Products:
    def __init__(self, w):
        rng = np.random.default_rng(0)
        self.jobs = []
        for count, M, K, N, (left, right) in gemms(w):
            A = _matrix(M, K, left == "T", rng)
            B = _matrix(K, N, right == "T", rng)
            self.jobs.append((count, A, B, np.empty((M, N), np.float32)))

    def reset(self):
        """There is nothing to put back."""

    def run(self, n=None):
        for count, A, B, out in self.jobs:
            for _ in range(count if n is None else n):
                np.dot(A, B, out=out)
        return []


def make(w, variant=None):
    return Products(w)


def _matrix(n_rows, n_columns, turned, rng):
    shape = (n_columns, n_rows) if turned else (n_rows, n_columns)
    A = rng.standard_normal(shape, dtype=np.float32)
    return A.T if turned else A
