"""Where a measured number must lie so that a correct model is refused once in a million times.

Every region is two-sided with a false-alarm rate of ``ALPHA``, exact or guaranteed for every sample size:

==============  ==========================================================================
``binomial``    a count out of n independent trials of known probability: exact quantiles
``normal``      a mean of n independent numbers of known standard deviation (large n)
``hoeffding``   a mean of n independent numbers that lie in an interval: any law, any n
``bernstein``   the same, narrower where the standard deviation is known and small
``azuma``       the same for a sum of martingale differences: a mean over time as well
``dkw``         the largest gap between an empirical and the exact distribution function
``chi_square``  counts in cells, cells merged until each expects 25
``exact``       nothing random: a relative error of 1e-9, or the one stated
==============  ==========================================================================
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

ALPHA = 1e-6
#: Two-sided normal quantile of ALPHA, and the factor of Hoeffding, Azuma and DKW bounds.
Z = float(stats.norm.isf(ALPHA / 2))
FACTOR = float(np.sqrt(np.log(2 / ALPHA) / 2))


class Region(NamedTuple):
    """Accepted values, both ends included, and the rule that drew them."""

    low: float
    high: float
    rule: str

    def holds(self, value):
        return bool(self.low <= value <= self.high)


def binomial(p, n):
    """Share of successes among n independent trials of probability p."""
    law = stats.binom(n, p)
    low, high = float(law.ppf(ALPHA / 2)), float(law.isf(ALPHA / 2))
    return Region((low - 0.25) / n, (high + 0.25) / n, "exact binomial")


def normal(mean, sd, n):
    """Mean of n independent numbers."""
    half = Z * sd / np.sqrt(n)
    return Region(mean - half, mean + half, "normal, known sd")


def hoeffding(mean, n, *, low=0.0, high=1.0):
    """Mean of n independent numbers between low and high."""
    half = FACTOR * (high - low) / np.sqrt(n)
    return Region(mean - half, mean + half, "Hoeffding")


def bernstein(mean, sd, n, *, high):
    """Mean of n independent numbers of known standard deviation within ``high`` of their mean."""
    log = np.log(2 / ALPHA)
    half = sd * np.sqrt(2 * log / n) + high * log / (3 * n)
    return Region(float(mean - half), float(mean + half), "Bernstein")


def azuma(mean, n, *, low=0.0, high=1.0, gain=1.0):
    """Mean of n numbers, each independent of the others given the past, amplified ``gain`` times."""
    half = gain * FACTOR * (high - low) / np.sqrt(n)
    return Region(mean - half, mean + half, "Azuma-Hoeffding")


def dkw(n):
    """Largest distance between the distribution function of n draws and the exact one."""
    return Region(0.0, FACTOR / float(np.sqrt(n)), "Dvoretzky-Kiefer-Wolfowitz")


def chi_square(cells):
    """Pearson's statistic over some cells of known probability."""
    return Region(0.0, float(stats.chi2.isf(ALPHA, cells - 1)), f"chi-square, {cells - 1} df")


def exact(value, *, relative=1e-9, absolute=0.0):
    """A number without chance."""
    half = max(relative * abs(value), absolute)
    return Region(value - half, value + half, "no chance: rounding only")


def merged(counts, probability):
    """Counts and expected counts of neighbouring cells, merged until each expects 25."""
    observed, total = np.asarray(counts, dtype=float), float(np.sum(counts))
    expected = total * np.asarray(probability, dtype=float)
    cells = []
    for o, e in zip(observed, expected, strict=True):
        if cells and cells[-1][1] < 25:
            cells[-1][0] += o
            cells[-1][1] += e
        else:
            cells.append([o, e])
    if len(cells) > 1 and cells[-1][1] < 25:
        o, e = cells.pop()
        cells[-1][0] += o
        cells[-1][1] += e
    table = np.array(cells)
    return table[:, 0], table[:, 1]


def pearson(counts, probability):
    """Pearson's statistic over the merged cells, and how many these are."""
    observed, expected = merged(counts, probability)
    return float(((observed - expected) ** 2 / expected).sum()), len(expected)
