"""How well a simulation meets a record: scores of an ensemble, of chances, and of an order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from lockin_sim.conventions import Bools, Floats


class Area(NamedTuple):
    """Area under the ROC curve, and its standard error."""

    area: float
    error: float


def crps(ensemble: Floats, observed: Floats, error: float = 0.0) -> Floats:
    r"""Continuous ranked probability score of an ensemble, in the unit of what is observed; 0 is best.

    The fair estimate :math:`\overline{|x - y|} - \tfrac12 \overline{|x - x'|}`, the second mean over pairs of
    different members: it does not depend on their number, so that ensembles of unequal size compare.

    ensemble  (member, ...), at least two; observed (...)
    error     standard deviation of a normal error of every member: the mean is over it, too
    Source: Gneiting and Raftery (2007); Ferro (2014).
    """
    members = len(ensemble)
    if error > 0:
        off = _distance(ensemble - observed, error).mean(axis=0)
        pairs = _distance(ensemble[:, None] - ensemble, np.sqrt(2) * error).sum(axis=(0, 1))
        pairs = pairs - members * _distance(np.zeros(1), np.sqrt(2) * error)[0]
        smoothed: Floats = off - pairs / (2 * members * (members - 1))
        return smoothed
    ordered = np.sort(ensemble, axis=0)
    rank = np.arange(members).reshape(-1, *[1] * (ensemble.ndim - 1))
    apart = ((2 * rank - members + 1) * ordered).sum(axis=0) / (members * (members - 1))
    score: Floats = np.abs(ensemble - observed).mean(axis=0) - apart
    return score


def _distance(gap: Floats, error: float) -> Floats:
    """Mean absolute value of a gap with a normal error."""
    z = gap / error
    found: Floats = gap * (2 * norm.cdf(z) - 1) + 2 * error * norm.pdf(z)
    return found


def covered(ensemble: Floats, observed: Floats, level: float = 0.9, error: float = 0.0) -> Bools:
    """Whether the central interval of an ensemble holds what is observed.  (member, ...) and (...).

    error  as in :func:`crps`
    """
    tail = (1 - level) / 2
    if error > 0:
        below = norm.cdf((observed - ensemble) / error).mean(axis=0)
        inside: Bools = (tail <= below) & (below <= 1 - tail)
        return inside
    low, high = np.quantile(ensemble, [tail, 1 - tail], axis=0)
    held: Bools = (low <= observed) & (observed <= high)
    return held


def brier(chance: Floats, happened: Bools) -> float:
    """Mean squared distance of chances from what happened, 0 to 1; 0 is best.  Both (case,).

    Source: Brier (1950).
    """
    return float(np.mean((chance - happened) ** 2))


def auc(score: Floats, happened: Bools) -> Area:
    """Chance that a case that happened has the higher score than one that did not; ties count half.

    score, happened  (case,)
    The standard error is that of DeLong, DeLong and Clarke-Pearson (1988); NaN where a side has fewer than
    two cases, and so is the area where one has none.
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
