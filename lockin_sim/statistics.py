"""Statistics over paired runs: means, spread, intervals, ratios, and required numbers of runs.

The first axis is the run.  Undefined values are left out and counted; they never become zero.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri, stdtrit

from lockin_sim.conventions import Bools, Floats, Integers

#: Confidence of all intervals.
CONFIDENCE = 0.95

#: Quantiles over runs beside a mean.
QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}

#: Statistics of :func:`levels`, in order.
STATISTICS = ("mean", *QUANTILES)

#: Numbers of runs with tabulated Student's t; above, the usual expansion is exact to less than a run.
_TABLE = 20_000


class Estimate[V: (float, Floats)](NamedTuple):
    """A mean with its uncertainty, for one quantity or an array, in the unit shown.

    low, high  ends of its range over runs, or of its interval; NaN if undefined
    """

    mean: V
    low: V
    high: V

    @property
    def known(self) -> Bools:
        """Whether the mean is defined."""
        result: Bools = np.isfinite(self.mean)
        return result

    @property
    def distinct(self) -> Bools:
        """Whether the interval excludes zero; an undefined interval does not."""
        result: Bools = np.greater(self.low, 0) | np.less(self.high, 0)
        return result


def difference(values: Floats, reference: Floats) -> Floats:
    """Difference by run, NaN where a member of the pair is undefined."""
    return np.where(np.isfinite(values) & np.isfinite(reference), values - reference, np.nan)


def mean_over_runs(values: Floats) -> tuple[Floats, Integers]:
    """Mean of finite values over the first axis, NaN if there are none, and their number."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0), count


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """Mean of defined values over the last axis; NaN if there are none.  Shapes broadcast."""
    known = np.isfinite(values)
    weight = np.where(known, weights, 0.0)
    total = weight.sum(axis=-1)
    part = np.where(known, values, 0.0) * weight
    result: Floats = np.divide(part.sum(axis=-1), total, out=np.full(total.shape, np.nan), where=total > 0)
    return result


def means(values: Floats) -> Floats:
    """Mean of finite values over the first axis, NaN if there are none."""
    return mean_over_runs(values)[0]


def quantiles(values: Floats, *probabilities: float) -> Floats:
    """Quantiles of finite values over the first axis, NaN if there are none.  (probability, ...)

    Linear between order statistics, as in numpy, but from one sort of all columns together.
    Source: Hyndman and Fan (1996), type 7.
    """
    known = np.isfinite(values)
    ordered, count = np.sort(np.where(known, values, np.nan), axis=0), known.sum(axis=0)  # NaN goes last
    found = np.full((len(probabilities), *values.shape[1:]), np.nan)
    for number, probability in enumerate(probabilities):
        place = probability * np.maximum(count - 1, 0)
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(count - 1, 0))
        low, high = (np.take_along_axis(ordered, at[None], axis=0)[0] for at in (below, above))
        part = place - below
        # from the nearer end, so that it never exceeds the other one
        found[number] = np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part))
    return found


def levels(values: Floats) -> tuple[Floats, Integers]:
    """Mean and quantiles of finite values over runs.  (run, ...) -> (..., statistic), and the number of
    runs"""
    mean, count = mean_over_runs(values)
    return np.stack([mean, *quantiles(values, *QUANTILES.values())], axis=-1), count


def interval(values: Floats) -> tuple[Floats, Floats, Floats, Integers]:
    """Mean over runs, the ends of its interval by Student's t (none for one run), and the number of runs."""
    mean, count = mean_over_runs(values)
    half = _t(count) * spread(values) / np.sqrt(np.maximum(count, 1))
    return mean, mean - half, mean + half, count


def paired(values: Floats, reference: Floats) -> tuple[Floats, Floats, Floats, Integers]:
    """Mean difference by run, the ends of its interval by Student's t, and the number of pairs.

    values, reference  (run, ...)
    Leaves out a pair with an undefined member; one pair has a mean without an interval.
    """
    return interval(difference(values, reference))


def single_runs(values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """5 % and 95 % quantiles of a difference, and the shares of runs in which it is above and below zero.

    Over the first axis of finite values, NaN if there are none.
    """
    low, high = quantiles(values, QUANTILES["q05"], QUANTILES["q95"])
    known = np.isfinite(values).sum(axis=0)
    above, below = (
        np.divide(signs.sum(axis=0), known, out=np.full(known.shape, np.nan), where=known > 0)
        for signs in (values > 0, values < 0)
    )
    return low, high, above, below


def spread(values: Floats) -> Floats:
    """Standard deviation over runs of finite values, NaN for fewer than two."""
    mean, count = mean_over_runs(values)
    squares = np.where(np.isfinite(values), values - mean, 0.0) ** 2
    return np.sqrt(np.where(count > 1, squares.sum(axis=0) / np.maximum(count - 1, 1), np.nan))


def _t(count: Integers) -> Floats:
    """Student's t at the confidence of all intervals, for a number of runs; NaN for fewer than two."""
    return np.where(count > 1, stdtrit(np.maximum(count - 1, 1), 0.5 + CONFIDENCE / 2), np.nan)


def runs_needed(differences: Floats, width: Floats) -> Floats:
    r"""Number of runs at which the interval of the mean difference is expected to reach a target width.

    The least :math:`n \ge 2` with :math:`2\,t_{n-1}\,s/\sqrt n \le w`, divided by the share of runs that
    define the difference; s is their standard deviation.
    differences  (run, ...); width (...), w, in their unit
    NaN if fewer than two runs define it, or the width is not positive.
    """
    deviation, count = spread(differences), np.isfinite(differences).sum(axis=0)
    usable = np.isfinite(deviation) & (np.asarray(width) > 0)
    wanted = np.divide(width, deviation, out=np.full(deviation.shape, np.inf), where=usable & (deviation > 0))
    table = _widths()
    pairs = 2.0 + np.searchsorted(-table, -wanted)
    z = ndtri(0.5 + CONFIDENCE / 2)
    many = np.ceil((2 * z / wanted) ** 2 + (z**2 + 1) / 2)
    pairs = np.where(pairs < 2 + len(table), pairs, many)
    return np.where(usable, np.ceil(pairs * len(differences) / np.maximum(count, 1)), np.nan)


@cache
def _widths() -> Floats:
    """Width of the interval in standard deviations, for 2, 3, ... runs; decreasing."""
    runs = np.arange(2, _TABLE)
    return 2 * _t(runs) / np.sqrt(runs)


def ratio(part: Floats, whole: Floats) -> tuple[Floats, Floats, Floats, Integers]:
    r"""Mean of one paired difference over the mean of another, with Fieller's interval.

    The interval contains all r for which the mean of :math:`a - r\,b` does not differ from zero by Student's
    t.
    part, whole  a and b, (run, ...)
    Returns the ratio, its ends, and the number of runs that define both.  All three are NaN if the interval
    of b includes zero.
    Source: Fieller (1954).
    """
    known = np.isfinite(part) & np.isfinite(whole)
    a, b = np.where(known, part, np.nan), np.where(known, whole, np.nan)
    (top, count), (bottom, _) = mean_over_runs(a), mean_over_runs(b)
    squared = _t(count) ** 2 / np.maximum(count, 1) / np.maximum(count - 1, 1)
    da, db = np.where(known, a - top, 0.0), np.where(known, b - bottom, 0.0)
    aa, ab, bb = (squared * (x * y).sum(axis=0) for x, y in ((da, da), (da, db), (db, db)))
    # the ends solve (bottom^2 - bb) r^2 - 2 (top bottom - ab) r + (top^2 - aa) = 0
    lead, middle, last = bottom**2 - bb, top * bottom - ab, top**2 - aa
    known_ratio = lead > 0
    root = np.sqrt(np.maximum(0.0, middle**2 - lead * last))
    found = [
        np.divide(x, y, out=np.full(lead.shape, np.nan), where=known_ratio)
        for x, y in ((top, bottom), (middle - root, lead), (middle + root, lead))
    ]
    return found[0], found[1], found[2], count
