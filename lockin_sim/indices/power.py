"""Who decides in a weighted vote: power indices, exact by dynamic programming.

A coalition of voters wins if its weights sum to at least the quota.  Coalitions are counted in whole
numbers of any size, so that every index is exact before it becomes a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable

type _Counts = NDArray[np.object_]


def _checked(weights: Sequence[int] | NDArray[np.integer], quota: int) -> list[int]:
    values = np.asarray(weights)
    whole = values.ndim == 1 and values.size > 0 and np.array_equal(values, np.floor(values))
    if not whole or values.min() < 0:
        raise unusable("power weights", found=weights, allowed="whole numbers of at least 0, one a voter")
    if quota != int(quota) or not 0 < quota <= values.sum():
        raise unusable("power quota", found=quota, allowed=f"a whole number from 1 to {int(values.sum())}")
    return [int(w) for w in values]


def _coalitions(weights: list[int], quota: int) -> _Counts:
    """Number of coalitions by weight, those of the quota and more in the last place.  (quota + 1,)."""
    counts = np.zeros(quota + 1, dtype=object)
    counts[0] = 1
    for w in weights:
        counts = counts + _moved(counts, w, quota)
    return counts


def _moved(counts: _Counts, w: int, quota: int) -> _Counts:
    """The same coalitions with a voter of weight w added, along the last axis."""
    moved = np.zeros_like(counts)
    w = min(w, quota)
    moved[..., w:] = counts[..., : quota + 1 - w]
    moved[..., -1] = counts[..., quota - w :].sum(axis=-1)
    return moved


def _swings(weights: Sequence[int] | NDArray[np.integer], quota: int) -> tuple[list[int], int]:
    """Coalitions that each voter turns from losing to winning, and number of winning coalitions."""
    voters, quota = _checked(weights, quota), int(quota)
    by_weight: dict[int, int] = {}
    for w in set(voters):
        others = list(voters)
        others.remove(w)
        by_weight[w] = int(_coalitions(others, quota)[max(quota - w, 0) : quota].sum()) if w else 0
    return [by_weight[w] for w in voters], int(_coalitions(voters, quota)[-1])


def penrose(weights: Sequence[int] | NDArray[np.integer], quota: int) -> Floats:
    """Chance that a voter is decisive when all others vote yes or no at random: absolute Banzhaf (I29).

    weights  (voter,), whole numbers
    quota    least weight of a winning coalition
    Raises InputError for weights that are not whole or a quota that nobody or everybody meets.
    Source: Penrose (1946); Banzhaf (1965).
    """
    swings, _ = _swings(weights, quota)
    return np.array([s / 2 ** (len(swings) - 1) for s in swings])


def banzhaf(weights: Sequence[int] | NDArray[np.integer], quota: int) -> Floats:
    """Share of each voter in all swings: normalised Banzhaf index (I30).  Arguments as in :func:`penrose`."""
    swings, _ = _swings(weights, quota)
    return np.array([s / sum(swings) for s in swings])


def coleman_to_act(weights: Sequence[int] | NDArray[np.integer], quota: int) -> float:
    """Share of all coalitions that win (I31).  Source: Coleman (1971)."""
    swings, winning = _swings(weights, quota)
    return winning / 2 ** len(swings)


def coleman_to_prevent(weights: Sequence[int] | NDArray[np.integer], quota: int) -> Floats:
    """Share of winning coalitions that fail without the voter (I32).  Source: Coleman (1971)."""
    swings, winning = _swings(weights, quota)
    return np.array([s / winning for s in swings])


def coleman_to_initiate(weights: Sequence[int] | NDArray[np.integer], quota: int) -> Floats:
    """Share of losing coalitions that win with the voter (I33).  Source: Coleman (1971)."""
    swings, winning = _swings(weights, quota)
    losing = 2 ** len(swings) - winning
    return np.array([s / losing if losing else np.nan for s in swings])


def shapley_shubik(weights: Sequence[int] | NDArray[np.integer], quota: int) -> Floats:
    """Share of all orders of joining in which the voter turns a coalition into a winning one (I34).

    Arguments as in :func:`penrose`.  Source: Shapley and Shubik (1954).
    """
    voters, quota = _checked(weights, quota), int(quota)
    n = len(voters)
    order = [factorial(size) * factorial(n - 1 - size) for size in range(n)]
    by_weight: dict[int, float] = {}
    for w in set(voters):
        others = list(voters)
        others.remove(w)
        counts = np.zeros((n, quota + 1), dtype=object)  # by size and weight
        counts[0, 0] = 1
        for other in others:
            counts[1:] = counts[1:] + _moved(counts[:-1], other, quota)
        decisive = counts[:, max(quota - w, 0) : quota].sum(axis=1) if w else np.zeros(n, dtype=object)
        by_weight[w] = sum(c * o for c, o in zip(decisive, order, strict=True)) / factorial(n)
    return np.array([by_weight[w] for w in voters])


def representation_gap(power: Floats, weights: Floats) -> float:
    """Sum of the distances between shares of power and shares of weight (I35), 0 to 2."""
    shares = np.asarray(weights, dtype=np.float64)
    return float(np.abs(power - shares / shares.sum()).sum())
