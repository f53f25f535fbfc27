"""Estimate the difference between the record and a mean over runs: chance, publishers' and model errors.

The record x is one run of one world, seen by publishers.  It is compared with the mean m over runs: x - m is
normal with covariance

    S = L + O + D + E,

where L is chance in a single run, estimated from runs at one point; O the publishers' errors; D the model's
error, correlated for one seller over years; E the error of the emulator, or of a mean over few runs.

The model's error D is learnt from its misses by kind of fact.  For each kind the *ratio* compares squared
misses with their known variance: chance, parameters if these are drawn, and the publisher's error.  A ratio
above 1 means that the model leaves something out; below 1, that it misses by less than its runs differ, as it
does where it was fitted to the record.  Few facts are weak evidence, so each ratio is shrunk towards that of
the median kind, which counts as :data:`PRIOR` facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import chdtr

from lockin_sim.common.conventions import Floats
from lockin_sim.record import Fact

#: Weight of the median kind, in independent facts of each kind (assumed; more than 2).
PRIOR = 4.0

#: Correlation of the model's error for one seller over years of a market (assumed).
ALIKE = 0.7

#: Shrinkage of the covariance of chance to its diagonal, against spurious correlations from few runs.
SHRUNK = 0.1

#: Tolerance and maximum number of iterations for the model's error.
SETTLED, ROUNDS = 0.01, 50


class ErrorEstimate(NamedTuple):
    """Estimated error of the model in one kind of fact.

    ratio  mean of squared misses over their expectation, shrunk to the median kind
    left   share of the known variance that remains where misses are smaller
    more   variance beyond the known one, in the squared unit of the fact: the discrepancy
    """

    ratio: float
    left: float
    more: float

    @property
    def excess(self) -> float:
        """Variance of misses beyond the known one; 0 if misses are smaller."""
        return (self.ratio - 1) * self.more / (self.ratio - self.left) if self.ratio > 1 else 0.0


def estimate_errors(
    kinds: Sequence[str], clusters: Sequence[str], squares: Floats, variance: Floats
) -> dict[str, ErrorEstimate]:
    """Estimate the model's error in each kind that has a fact with known variance, from misses.

    kinds     of each fact
    clusters  facts of one kind and cluster have correlated misses, and count as one
    squares   squared misses, or their means over what is possible.  (fact,)
    variance  known variance of each miss.  (fact,)
    The ratio has a scaled inverse chi-square distribution, and ``left`` and ``more`` are its means below and
    above 1, so that a kind with little evidence has an error of its own.
    """
    kind = np.array(kinds, dtype=str)
    of: dict[str, tuple[int, float, float]] = {}
    for name in dict.fromkeys(kind.tolist()):
        mine = kind == name
        known = float(variance[mine].mean())
        if known > 0:
            independent = len({clusters[k] for k in np.flatnonzero(mine).tolist()})
            of[name] = independent, float(squares[mine].mean()) / known, known
    median = float(np.median([ratio for _, ratio, _ in of.values()])) if of else np.nan
    results = {}
    for name, (independent, ratio, known) in of.items():
        freedom, scale = PRIOR + independent, PRIOR * median + independent * ratio
        mean = scale / (freedom - 2)
        # the ratio is scale / x with chi-squared x; it is above 1 where x is below scale
        above = max(mean * float(chdtr(freedom - 2, scale)) - float(chdtr(freedom, scale)), 0.0)
        results[name] = ErrorEstimate(mean, mean - above, above * known)
    return results


class Tolerance(NamedTuple):
    """Covariance of the difference between the record and a mean over runs.

    luck   of single runs at one point.  (fact, fact)
    other  of publishers' errors and of the model's error.  (fact, fact)
    """

    luck: Floats
    other: Floats

    def log_likelihood(self, record: Floats, means: Floats, more: Floats) -> Floats:
        """Compute the log likelihood of a record at points, up to a constant that depends only on ``more``.

        record  (fact,)
        means   over runs, or emulated.  (point, fact)
        more    variance of the means' own errors.  (fact,)
        Returns (point,).
        """
        factor = cho_factor(self.luck + self.other + np.diag(more))
        gap = record - means
        result: Floats = -0.5 * np.einsum("pf,fp->p", gap, cho_solve(factor, gap.T))
        return result

    def implausibility(self, record: Floats, means: Floats, more: Floats) -> Floats:
        """Compute the distance of every fact from the record, in standard deviations of their difference.

        Arguments as in :meth:`log_likelihood`.
        Returns (point, fact).
        """
        deviation = np.sqrt(np.diag(self.luck) + np.diag(self.other) + more)
        return np.abs(means - record) / deviation


def build_tolerance(facts: Sequence[Fact], luck: Floats, off: Floats) -> Tolerance:
    """Build the tolerance from chance, publishers' errors and the model's error.

    luck  covariance of single runs, see :func:`estimate_run_covariance`.  (fact, fact)
    off   standard deviation of the model's error.  (fact,)
    """
    cluster = np.array([fact.cluster for fact in facts])
    same = cluster[:, None] == cluster
    alike = np.where(same, ALIKE, 0.0) + (1 - ALIKE) * np.eye(len(cluster))
    return Tolerance(luck, np.diag([fact.error**2 for fact in facts]) + alike * np.outer(off, off))


def estimate_run_covariance(runs: Floats) -> Floats:
    """Estimate the covariance of single runs at one point, (fact, fact), from runs (point, run, fact).

    Shrunk to its diagonal by :data:`SHRUNK`.
    """
    inside = runs - runs.mean(axis=1, keepdims=True)
    flat = inside.reshape(-1, inside.shape[-1])
    luck: Floats = flat.T @ flat / (len(flat) - len(runs))
    return (1 - SHRUNK) * luck + SHRUNK * np.diag(np.diag(luck))


def estimate_model_error(facts: Sequence[Fact], luck: Floats, means: Floats, more: Floats) -> Floats:
    """Estimate the standard deviation of the model's error in every fact.  (fact,)

    It is learnt by subject from misses where the record is likely, which depends on it in turn: iterate,
    starting from no error.
    luck         as in :func:`build_tolerance`
    means, more  emulated means at many points and the variance of their error.  (point, fact) and (fact,)
    """
    seen = list_recorded_values(facts)
    subject, cluster = [fact.subject for fact in facts], [fact.cluster for fact in facts]
    known = np.diag(luck) + np.array([fact.error**2 for fact in facts]) + more
    squares, off = np.square(seen - means), np.zeros(len(facts))
    for _ in range(ROUNDS):
        likely = build_tolerance(facts, luck, off).log_likelihood(seen, means, more)
        weight = np.exp(likely - likely.max())
        error = estimate_errors(subject, cluster, weight @ squares / weight.sum(), known)
        before, off = off, np.sqrt([error[name].more for name in subject])
        if (np.abs(off - before) <= SETTLED * off).all():
            break
    return off


def list_recorded_values(facts: Sequence[Fact]) -> Floats:
    """Return the recorded values of facts, (fact,)."""
    return np.array([fact.recorded for fact in facts])
