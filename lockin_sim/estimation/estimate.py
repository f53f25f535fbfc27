"""One estimate: a number, its interval, and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, stdtrit

from lockin_sim.conventions import Floats
from lockin_sim.statistics import CONFIDENCE

#: What a row is for: it gives a parameter its value, runs can be compared with it, it varies one choice of
#: such a row, or it should be zero if the row means what it says.
ROLES = ("estimate", "fact", "check", "placebo")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One row of the table of estimates.

    quantity     what is estimated, in words
    parameter    name of the parameter of the model that it informs; "" = none
    role         one of ROLES; each parameter has one row with "estimate"
    value        the estimate
    low, high    ends of its interval of 95 %; NaN where the record gives none
    n, clusters  observations, and groups of them that are independent of each other
    method       how
    tables       the tables it is made from
    silent_on    what the record cannot tell
    """

    quantity: str
    parameter: str = ""
    role: str = "estimate"
    value: float
    low: float = np.nan
    high: float = np.nan
    n: int
    clusters: int
    method: str
    tables: str
    silent_on: str


def share(hits: int, n: int) -> tuple[float, float, float]:
    """A share with its exact interval.  Source: Clopper and Pearson (1934)."""
    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return hits / n, low, high


def slope(y: Floats, x: Floats, group: Floats | None = None) -> tuple[float, float, int]:
    """Least squares of y on x with a constant for each group: slope, standard error, degrees of freedom.

    y, x, group  (observation,); None = one group
    """
    group = np.zeros(len(y)) if group is None else group
    centred = [values - _group_means(values, group) for values in (y, x)]
    square = float(centred[1] @ centred[1])
    weight = float(centred[0] @ centred[1]) / square
    free = len(y) - len(np.unique(group)) - 1
    rest = centred[0] - weight * centred[1]
    return weight, float(np.sqrt(rest @ rest / free / square)), free


def around(value: float, error: float, free: float) -> tuple[float, float, float]:
    """A value and the ends of its interval, by Student's t with ``free`` degrees of freedom."""
    half = float(stdtrit(free, 0.5 + CONFIDENCE / 2)) * error
    return value, value - half, value + half


def _group_means(values: Floats, group: Floats) -> Floats:
    """The mean of the own group.  (observation,)."""
    of = np.unique(group, return_inverse=True)[1]
    return (np.bincount(of, values) / np.bincount(of))[of]
