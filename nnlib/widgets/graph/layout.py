"""Where the nodes of a graph stand, so that its edges are easy to follow.

Columns by distance from the result, so that every edge goes one way; rows so
that few edges cross (Sugiyama, Tagawa and Toda 1981) and most run straight.
An edge that passes a column has a place of its own in it: it goes around
what stands there.
"""

from itertools import pairwise

import numpy as np

SLIM = 0.5  # the room an edge needs beside a node, which needs 1
SWEEPS = 16
PULL = (1, 2, 8)  # of an edge on its ends: the middle of one runs straight


def place(n, edges):
    """Return columns, rows and the places that edges pass on their way.

    Parameters
    ----------
    n : int
        Nodes, inputs before their users; the last one is the result.
    edges : list of (int, int)
        From input to user.

    Returns
    -------
    (list of int, list of float, list of list of (int, float))
        Column and row of each node; (column, row) for each column between
        the two ends of an edge.

    >>> place(3, [(0, 2), (1, 2)])
    ([0, 0, 1], [0.0, 1.0, 0.5], [[], []])
    """
    columns = _columns(n, edges)
    chains, width = _chains(columns, edges)
    layers = [[] for _ in range(max(columns) + 1)]
    for i, column in enumerate(columns):
        layers[column].append(i)
    pulls = {}
    for chain in {tuple(chain) for chain in chains}:
        for left, right in pairwise(chain):
            weight = PULL[(left >= n) + (right >= n)]
            pulls.setdefault(left, []).append((right, weight))
            pulls.setdefault(right, []).append((left, weight))
        for step, i in enumerate(chain[1:-1], start=1):
            layers[columns[chain[0]] + step].append(i)
    rows = _rows([sorted(layer) for layer in layers], pulls, width)
    low = min(rows[:n])
    rows = [row - low for row in rows]
    passing = [
        [(columns[c[0]] + k, rows[i]) for k, i in enumerate(c)][1:-1]
        for c in chains
    ]
    return columns, rows[:n], passing


def _columns(n, edges):
    """Return the column of each node: as far right as its users allow."""
    distance = [0] * n
    for left, right in sorted(edges, key=lambda edge: -edge[1]):
        distance[left] = max(distance[left], distance[right] + 1)
    return [max(distance) - d for d in distance]


def _chains(columns, edges):
    """Return each edge as nodes, one to a column, and the room of each."""
    width, chains, known = [1.0] * len(columns), [], {}
    for left, right in edges:
        if (left, right) not in known:
            between = columns[right] - columns[left] - 1
            start = len(width)
            width += [SLIM] * between
            middle = range(start, start + between)
            known[left, right] = [left, *middle, right]
        chains.append(known[left, right])
    return chains, width


def _rows(layers, pulls, width):
    """Return a row for each node; neighbours pull, and nobody overlaps."""
    rows = [0.0] * len(width)
    for layer in layers:
        for k, i in enumerate(layer):
            rows[i] = float(k)
    for sweep in range(SWEEPS):
        for layer in layers[:: 1 if sweep % 2 else -1]:
            wanted, weight = {}, {}
            for i in layer:
                near = pulls.get(i, [(i, 1)])
                weight[i] = sum(w for _, w in near)
                wanted[i] = sum(rows[j] * w for j, w in near) / weight[i]
            if sweep < SWEEPS // 2:  # later on the order stays
                layer.sort(key=wanted.get)
            spaced = _spread(
                [wanted[i] for i in layer],
                [width[i] for i in layer],
                [weight[i] for i in layer],
            )
            for i, row in zip(layer, spaced, strict=True):
                rows[i] = row
    return rows


def _spread(wanted, room, weight):
    """Return the rows nearest to `wanted` that leave everyone enough room.

    Least squares under an order: neighbours that are too close form a block,
    which stands where its members would on average (pool adjacent violators).

    >>> _spread([0.0, 0.0, 5.0], [1, 1, 1], [1, 1, 1])
    [-0.5, 0.5, 5.0]
    """
    offsets = np.cumsum([0, *((a + b) / 2 for a, b in pairwise(room))])
    blocks = []  # level, weight, size
    for target, w in zip(np.subtract(wanted, offsets), weight, strict=True):
        blocks.append((float(target), w, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, v, m), (b, w, k) = blocks[-2:]
            blocks[-2:] = [((a * v + b * w) / (v + w), v + w, m + k)]
    levels = [level for level, _, size in blocks for _ in range(size)]
    return [float(level + o) for level, o in zip(levels, offsets, strict=True)]
