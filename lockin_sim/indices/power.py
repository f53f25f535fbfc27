"""Who decides in a weighted vote: power indices, exact by dynamic programming.

A coalition wins if its weight meets the quota, under every rule where there are several.  So it wins exactly
if those outside it are light enough.  Sets of outsiders are counted in whole numbers of any size, so that
every index is exact before it becomes a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable

type _Counts = NDArray[np.object_] | NDArray[np.int64]
type _Voter = tuple[int, ...]  # weights of one voter, by rule

_INT64_VOTERS = 62  # so many coalitions can still be counted in a machine word


def _checked(weights: ArrayLike, quota: int | Sequence[int]) -> tuple[list[_Voter], tuple[int, ...]]:
    """Voters, and how much weight may stay outside a winning coalition by rule."""
    values = np.asarray(weights)
    rules = np.atleast_2d(values)
    whole = values.ndim in (1, 2) and values.size > 0 and np.array_equal(values, np.floor(values))
    if not whole or values.min() < 0:
        raise unusable(
            "power weights", found=weights, allowed="whole numbers of at least 0: (voter,) or (rule, voter)"
        )
    quotas, totals = np.atleast_1d(quota), rules.sum(axis=1)
    if quotas.shape != totals.shape:
        raise unusable("power quota", found=quota, allowed=f"one for each of {len(rules)} rules")
    for one, total in zip(quotas, totals, strict=True):
        if one != int(one) or not 0 < one <= total:
            raise unusable("power quota", found=one, allowed=f"a whole number from 1 to {int(total)}")
    voters = [tuple(int(w) for w in voter) for voter in rules.T]
    return voters, tuple(int(t - q) for t, q in zip(totals, quotas, strict=True))


def _outsiders(voters: list[_Voter], room: tuple[int, ...]) -> _Counts:
    """Number of sets of these voters that may stay outside, by weight under each rule.  (room + 1, ...)."""
    counts = np.zeros([r + 1 for r in room], dtype=np.int64 if len(voters) <= _INT64_VOTERS else object)
    counts[(0,) * len(room)] = 1
    for voter in voters:
        if all(w <= r for w, r in zip(voter, room, strict=True)):
            lighter = counts[tuple(slice(r + 1 - w) for w, r in zip(voter, room, strict=True))].copy()
            counts[tuple(slice(w, None) for w in voter)] += lighter
    return counts


def _by_kind(voters: list[_Voter], room: tuple[int, ...]) -> dict[_Voter, _Counts]:
    """The sets that leave one voter inside, for each kind of voter."""
    return {kind: _outsiders(_without(voters, kind), room) for kind in set(voters)}


def _without(voters: list[_Voter], kind: _Voter) -> list[_Voter]:
    """The voters but one of a kind."""
    others = list(voters)
    others.remove(kind)
    return others


def _swings(weights: ArrayLike, quota: int | Sequence[int]) -> tuple[list[int], int]:
    """Coalitions that each voter turns from losing to winning, and number of winning coalitions.

    A voter's swings are the winning coalitions with it less those without it.
    """
    voters, room = _checked(weights, quota)
    winning = int(_outsiders(voters, room).sum())
    swings = {kind: 2 * int(sets.sum()) - winning for kind, sets in _by_kind(voters, room).items()}
    return [swings[voter] for voter in voters], winning


def penrose(weights: ArrayLike, quota: int | Sequence[int]) -> Floats:
    """Chance that a voter is decisive when all others vote yes or no at random: absolute Banzhaf (I29).

    weights  (voter,) or (rule, voter), whole numbers
    quota    least weight of a winning coalition; with several rules one for each, all to be met
    Raises InputError for weights that are not whole or a quota that nobody or everybody meets.
    Source: Penrose (1946); Banzhaf (1965).
    """
    swings, _ = _swings(weights, quota)
    return np.array([s / 2 ** (len(swings) - 1) for s in swings])


def banzhaf(weights: ArrayLike, quota: int | Sequence[int]) -> Floats:
    """Share of each voter in all swings: normalised Banzhaf index (I30).  Arguments as in :func:`penrose`."""
    swings, _ = _swings(weights, quota)
    return np.array([s / sum(swings) for s in swings])


def coleman_to_act(weights: ArrayLike, quota: int | Sequence[int]) -> float:
    """Share of all coalitions that win (I31).  Source: Coleman (1971)."""
    swings, winning = _swings(weights, quota)
    result: float = winning / 2 ** len(swings)
    return result


def coleman_to_prevent(weights: ArrayLike, quota: int | Sequence[int]) -> Floats:
    """Share of winning coalitions that fail without the voter (I32).  Source: Coleman (1971)."""
    swings, winning = _swings(weights, quota)
    return np.array([s / winning for s in swings])


def coleman_to_initiate(weights: ArrayLike, quota: int | Sequence[int]) -> Floats:
    """Share of losing coalitions that win with the voter (I33).  Source: Coleman (1971)."""
    swings, winning = _swings(weights, quota)
    losing = 2 ** len(swings) - winning
    return np.array([s / losing if losing else np.nan for s in swings])


def shapley_shubik(weights: ArrayLike, quota: int | Sequence[int]) -> Floats:
    """Share of all orders of joining in which the voter turns a coalition into a winning one (I34).

    Arguments as in :func:`penrose`.  Source: Shapley and Shubik (1954).
    """
    heads, room = _counted(*_checked(weights, quota))
    n = len(heads)
    later = [factorial(size) * factorial(n - 1 - size) for size in range(n)]

    def by_size(sets: _Counts) -> NDArray[np.object_]:
        """How many sets there are of each size."""
        return sets.reshape(len(sets), -1).sum(axis=1).astype(object)

    all_sets, power = by_size(_outsiders(heads, room)), {}
    for kind, sets in _by_kind(heads, room).items():
        inside = by_size(sets)
        decisive = inside - np.append(
            (all_sets - inside)[1:], 0
        )  # who joins later may stay out, but not with it
        power[kind] = sum(d * o for d, o in zip(decisive, later, strict=False)) / factorial(n)
    return np.array([power[head] for head in heads])


def _counted(voters: list[_Voter], room: tuple[int, ...]) -> tuple[list[_Voter], tuple[int, ...]]:
    """The same vote with a first rule that counts heads, and takes in all rules of one vote each."""
    head_room, rules = len(voters), []
    for rule, column in enumerate(zip(*voters, strict=True)):
        if min(column) == max(column):
            head_room = min(head_room, room[rule] // column[0])
        else:
            rules.append(rule)
    heads = [(1, *(voter[rule] for rule in rules)) for voter in voters]
    return heads, (head_room, *(room[rule] for rule in rules))


def representation_gap(power: Floats, weights: Floats) -> float:
    """Sum of the distances between shares of power and shares of weight (I35), 0 to 2."""
    shares = np.asarray(weights, dtype=np.float64)
    return float(np.abs(power - shares / shares.sum()).sum())
