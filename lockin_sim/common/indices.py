"""Compute measures of results: market concentration, scores of predictions, and power in votes.

The functions know nothing of the model.  Power indices are exact by dynamic programming: a coalition wins if
its weight meets the quota under every rule, which is so if the outsiders are light enough.  Sets of outsiders
are counted in integers of any size, so that every index is exact before it becomes a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.errors import unusable
from lockin_sim.common.keywords import checks_keywords

__all__ = [
    "Area",
    "auc",
    "banzhaf",
    "brier",
    "covered",
    "crps",
    "hhi",
    "penrose",
    "shapley_shubik",
    "squared_error",
    "swings",
    "widened",
]


@checks_keywords()
def hhi(shares: Floats) -> Floats:
    r"""Compute the Herfindahl-Hirschman index :math:`\sum_k x_k^2`; times 10 000 on the antitrust scale.

    shares  (..., vendor), each 0 to 1, NaN where a vendor is not on the market
    Source: Herfindahl (1950); Hirschman (1964).
    """
    return np.nansum(np.square(shares), axis=-1)


# --- scores of ensembles, of probabilities, and of an order ---


#: Equally likely parts of a normal error.
_STRATA = 40


class Area(NamedTuple):
    """Area under the ROC curve, and its standard error."""

    area: float
    error: float


@checks_keywords()
def crps(ensemble: Floats, observed: Floats, error: float = 0.0) -> Floats:
    r"""Compute the continuous ranked probability score of an ensemble; 0 is best.

    The fair estimate :math:`\overline{|x - y|} - \tfrac12 \overline{|x - x'|}`, the second mean over pairs of
    different members: it does not depend on their number, so that ensembles of unequal size compare.

    ensemble  (member, ...), at least two; observed (...)
    error     standard deviation of a normal error of every member, over which the mean is also taken
    Source: Gneiting and Raftery (2007); Ferro (2014).
    """
    members = len(ensemble)
    if error > 0:
        off = _distance(ensemble - observed, error).mean(axis=0)
        pairs = _distance(ensemble[:, None] - ensemble, np.sqrt(2) * error).sum(axis=(0, 1))
        pairs = pairs - members * _distance(np.zeros(1), np.sqrt(2) * error)[0]
        result: Floats = off - pairs / (2 * members * (members - 1))
        return result
    ordered = np.sort(ensemble, axis=0)
    rank = np.arange(members).reshape(-1, *[1] * (ensemble.ndim - 1))
    apart = ((2 * rank - members + 1) * ordered).sum(axis=0) / (members * (members - 1))
    return np.abs(ensemble - observed).mean(axis=0) - apart


@checks_keywords()
def squared_error(ensemble: Floats, observed: Floats) -> Floats:
    r"""Compute the squared distance of the mean of an ensemble from the observation; 0 is best.

    The fair estimate :math:`(\bar x - y)^2 - s^2 / m` for :math:`m` members of variance :math:`s^2` does not
    depend on their number; of members that are 0 or 1 it is the Brier score of their chance.

    ensemble  (member, ...), at least two; observed (...)
    Source: Ferro (2014).
    """
    result: Floats = (ensemble.mean(axis=0) - observed) ** 2 - ensemble.var(axis=0, ddof=1) / len(ensemble)
    return result


def _distance(gap: Floats, error: float) -> Floats:
    """Compute the mean absolute value of a gap with a normal error."""
    from scipy.stats import norm  # lazy: it loads slowly, and most who import this module need none of it

    z = gap / error
    distance: Floats = gap * (2 * norm.cdf(z) - 1) + 2 * error * norm.pdf(z)
    return distance


@checks_keywords()
def covered(ensemble: Floats, observed: Floats, level: float = 0.9, error: float = 0.0) -> Bools:
    """Whether the central interval of an ensemble contains the observation.  (member, ...) and (...).

    error  as in :func:`crps`
    """
    tail = (1 - level) / 2
    if error > 0:
        from scipy.stats import norm  # lazy, as above

        below = norm.cdf((observed - ensemble) / error).mean(axis=0)
        result: Bools = (tail <= below) & (below <= 1 - tail)
        return result
    low, high = np.quantile(ensemble, [tail, 1 - tail], axis=0)
    inside: Bools = (low <= observed) & (observed <= high)
    return inside


@checks_keywords()
def widened(ensemble: Floats, error: float) -> Floats:
    """Add a normal error to the members of an ensemble: each becomes :data:`_STRATA` quantiles of it.

    ensemble  (member, ...);  error  standard deviation;  returns (member * stratum, ...)
    """
    from scipy.stats import norm  # lazy, as above

    off = norm.ppf((np.arange(_STRATA) + 0.5) / _STRATA, scale=error)
    members: Floats = ensemble[:, None] + off.reshape(-1, *[1] * (ensemble.ndim - 1))
    return members.reshape(-1, *ensemble.shape[1:])


@checks_keywords()
def brier(chance: Floats, happened: Bools) -> float:
    """Compute the mean squared distance of probabilities from outcomes; 0 is best.  (case,) each.

    Source: Brier (1950).
    """
    return float(np.mean((chance - happened) ** 2))


@checks_keywords()
def auc(score: Floats, happened: Bools) -> Area:
    """Compute the chance that a case that happened scores higher than one that did not; ties count half.

    score, happened  (case,) The standard error is that of DeLong, DeLong and Clarke-Pearson (1988); NaN if a
    side has fewer than two cases, and so is the area if one has none.
    """
    yes, no = score[happened], score[~happened]
    if not (len(yes) and len(no)):
        return Area(np.nan, np.nan)
    above = (yes[:, None] > no) + 0.5 * (yes[:, None] == no)
    area = float(above.mean())
    if min(len(yes), len(no)) < 2:
        return Area(area, np.nan)
    variance = above.mean(axis=1).var(ddof=1) / len(yes) + above.mean(axis=0).var(ddof=1) / len(no)
    return Area(area, float(np.sqrt(variance)))


# --- power in weighted votes ----

type _Counts = NDArray[np.object_] | NDArray[np.int64]
type _Voter = tuple[int, ...]  # weights of one voter, by rule

_INT64_VOTERS = 62  # more have too many coalitions for an int64


def _checked(weights: ArrayLike, quota: int | Sequence[int]) -> tuple[list[_Voter], tuple[int, ...]]:
    """Check weights and quota; return the voters, and the weight outside a winning coalition, by rule."""
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
    """Count the sets of voters that may stay outside, by weight under each rule.  (room + 1, ...)."""
    counts = np.zeros([r + 1 for r in room], dtype=np.int64 if len(voters) <= _INT64_VOTERS else object)
    counts[(0,) * len(room)] = 1
    for voter in voters:
        if all(w <= r for w, r in zip(voter, room, strict=True)):
            lighter = counts[tuple(slice(r + 1 - w) for w, r in zip(voter, room, strict=True))].copy()
            counts[tuple(slice(w, None) for w in voter)] += lighter
    return counts


def _by_kind(voters: list[_Voter], room: tuple[int, ...]) -> dict[_Voter, _Counts]:
    """Count, for each kind of voter, the sets of outsiders without one voter of that kind."""
    places = {kind: voters.index(kind) for kind in set(voters)}
    return {kind: _outsiders(voters[:at] + voters[at + 1 :], room) for kind, at in places.items()}


@checks_keywords()
def swings(weights: ArrayLike, quota: int | Sequence[int]) -> tuple[list[int], int]:
    """Count the coalitions that each voter turns from losing to winning, and the winning coalitions.

    A voter's swings are the winning coalitions with it minus those without it.
    """
    voters, room = _checked(weights, quota)
    winning = int(_outsiders(voters, room).sum())
    turned = {kind: 2 * int(sets.sum()) - winning for kind, sets in _by_kind(voters, room).items()}
    return [turned[voter] for voter in voters], winning


@checks_keywords()
def penrose(weights: ArrayLike, quota: int | Sequence[int]) -> Floats:
    """Compute each voter's chance to be decisive when all others vote at random: absolute Banzhaf index.

    weights  (voter,) or (rule, voter), whole numbers
    quota    least weight of a winning coalition; with several rules one for each, all to be met
    Raises InputError for weights that are not whole or a quota that nobody or everybody meets.
    Source: Penrose (1946); Banzhaf (1965).
    """
    turned, _ = swings(weights, quota)
    return np.array([s / 2 ** (len(turned) - 1) for s in turned])


@checks_keywords()
def banzhaf(weights: ArrayLike, quota: int | Sequence[int]) -> Floats:
    """Compute each voter's share of all swings (normalised Banzhaf index); arguments as :func:`penrose`."""
    turned, _ = swings(weights, quota)
    return np.array([s / sum(turned) for s in turned])


@checks_keywords()
def shapley_shubik(weights: ArrayLike, quota: int | Sequence[int]) -> Floats:
    """Compute the share of all orders of joining in which a voter completes a winning coalition.

    Arguments as in :func:`penrose`.  Source: Shapley and Shubik (1954).
    """
    heads, room = _counted(*_checked(weights, quota))
    n = len(heads)
    later = [factorial(size) * factorial(n - 1 - size) for size in range(n)]

    def by_size(sets: _Counts) -> NDArray[np.object_]:
        """Count sets by size."""
        return sets.reshape(len(sets), -1).sum(axis=1).astype(object)

    all_sets, power = by_size(_outsiders(heads, room)), {}
    for kind, sets in _by_kind(heads, room).items():
        inside = by_size(sets)
        without = np.append((all_sets - inside)[1:], 0)  # later voters may stay out, but not with it
        decisive = inside - without
        power[kind] = sum(d * o for d, o in zip(decisive, later, strict=False)) / factorial(n)
    return np.array([power[head] for head in heads])


def _counted(voters: list[_Voter], room: tuple[int, ...]) -> tuple[list[_Voter], tuple[int, ...]]:
    """Replace all rules of equal weights by a first rule that counts heads."""
    head_room, rules = len(voters), []
    for rule, column in enumerate(zip(*voters, strict=True)):
        if min(column) == max(column):
            head_room = min(head_room, room[rule] // column[0])
        else:
            rules.append(rule)
    heads = [(1, *(voter[rule] for rule in rules)) for voter in voters]
    return heads, (head_room, *(room[rule] for rule in rules))
