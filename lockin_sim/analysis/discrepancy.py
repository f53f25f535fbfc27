"""How far a model is off, kind of fact by kind, learnt from what it misses.

Of each kind the *ratio* compares squared misses with the variance that is known of them: the luck of a run,
where parameters are drawn that too, and a publisher's error.  Above 1 the model leaves something out; below 1
it misses by less than its runs differ, as it does where it was fitted to the record.  Few facts say little: a
ratio is drawn to that of the median kind, which counts as :data:`PRIOR` facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import chi2

from lockin_sim.conventions import Floats

#: The median kind counts as so many independent facts of each kind (assumed; more than 2).
PRIOR = 4.0


class Learnt(NamedTuple):
    """What is known of one kind of fact.

    ratio  mean of squared misses over what is expected of them, drawn to the median kind
    left   part of the known variance that is left where misses are smaller
    more   variance beyond the known one, in the unit of the fact squared: the discrepancy
    """

    ratio: float
    left: float
    more: float


def learnt(
    kinds: Sequence[str], clusters: Sequence[str], squares: Floats, variance: Floats
) -> dict[str, Learnt]:
    """What misses say of each kind that has a fact whose variance is known.

    kinds     of each fact
    clusters  facts of one kind and cluster are missed alike, and count as one
    squares   squared misses, or their means over what is possible.  (fact,)
    variance  known variance of each miss.  (fact,)
    The chance of a ratio is that of a scaled inverse chi-square, and ``left`` and ``more`` are its means
    below and above 1, so that a kind of which little is known is granted an error of its own.
    """
    kind = np.array(kinds, dtype=str)
    found: dict[str, tuple[int, float, float]] = {}
    for name in dict.fromkeys(kind.tolist()):
        mine = kind == name
        known = float(variance[mine].mean())
        if known > 0:
            independent = len({clusters[k] for k in np.flatnonzero(mine).tolist()})
            found[name] = independent, float(squares[mine].mean()) / known, known
    if not found:
        return {}
    median = float(np.median([ratio for _, ratio, _ in found.values()]))
    return {name: _drawn(median, *one) for name, one in found.items()}


def _drawn(median: float, independent: int, ratio: float, known: float) -> Learnt:
    """The ratio of a kind drawn to the median one, and what it leaves of its variance and adds to it."""
    freedom = PRIOR + independent
    scale = PRIOR * median + independent * ratio
    mean = scale / (freedom - 2)
    # the ratio is scale / x with x of a chi-square law; it lies above 1 where x is below scale
    above = max(mean * float(chi2.cdf(scale, freedom - 2)) - float(chi2.cdf(scale, freedom)), 0.0)
    return Learnt(mean, mean - above, above * known)
