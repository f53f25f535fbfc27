"""Whether the points of a sweep are those of a method's own design, in its order."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats


def saltelli(x: Floats) -> bool | None:
    """Whether points are of ``SALib.sample.sobol``: True with second order, False without, None if not.

    Each block is a point A, A with one factor of B at a time, with second order B with one factor of A at a
    time, and B.
    """
    n, k = x.shape
    for second, size in ((True, 2 * k + 2), (False, k + 2)):
        if n % size or n < 2 * size:
            continue
        blocks = x.reshape(-1, size, k)
        a, b = blocks[:, 0], blocks[:, -1]
        one = np.eye(k, dtype=bool)
        mixed = np.where(one[None], b[:, None], a[:, None])
        fits = np.array_equal(blocks[:, 1 : k + 1], mixed)
        if second:
            other = np.where(one[None], a[:, None], b[:, None])
            fits = fits and np.array_equal(blocks[:, k + 1 : -1], other)
        if fits:
            return second
    return None


def morris_levels(unit: Floats) -> int | None:
    """Levels of a design of ``SALib.sample.morris``, of points from 0 to 1; None if it is none.

    Each trajectory changes every factor once, by one and the same step.
    """
    n, k = unit.shape
    if n % (k + 1) or n < 2 * (k + 1):
        return None
    steps = np.diff(unit.reshape(-1, k + 1, k), axis=1)
    moved = np.abs(steps) > 1e-9
    if not ((moved.sum(axis=2) == 1).all() and (moved.sum(axis=1) == 1).all()):
        return None
    sizes = np.abs(steps[moved])
    if np.ptp(sizes) > 1e-6 or sizes[0] <= 0.5:
        return None
    levels = 2 * sizes[0] / (2 * sizes[0] - 1)
    return round(levels) if abs(levels - round(levels)) < 1e-4 else None
