"""What may lie between the record and a mean over runs: luck, publishers, and what the model is off.

The record x is one run of one world, seen by publishers.  It is compared with the mean m over runs: x - m is
normal with covariance

    S = L + O + D + E,

L the luck of a single run, as runs of one point differ; O the publishers' error; D what the model is off,
alike for one seller in several years; E the error of the emulator, or of a mean over few runs.

D is learnt, kind of fact by kind, from what the model misses.  Of each kind the *ratio* compares squared
misses with the variance that is known of them: luck, parameters where they are drawn too, and a publisher's
error.  Above 1 the model leaves something out; below 1 it misses by less than its runs differ, as it does
where it was fitted to the record.  Few facts say little: a ratio is drawn to that of the median kind, which
counts as :data:`PRIOR` facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import chi2

from lockin_sim.conventions import Floats
from lockin_sim.record import Fact

#: The median kind counts as so many independent facts of each kind (assumed; more than 2).
PRIOR = 4.0

#: How alike the model is off for one seller in several years of a market (assumed).
ALIKE = 0.7

#: How far the luck's covariance is drawn to its own diagonal, so that few runs do not make facts look tied.
SHRUNK = 0.1

#: What the model is off is looked for until it changes by less than this part, or so often.
SETTLED, ROUNDS = 0.01, 50


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
    of: dict[str, tuple[int, float, float]] = {}
    for name in dict.fromkeys(kind.tolist()):
        mine = kind == name
        known = float(variance[mine].mean())
        if known > 0:
            independent = len({clusters[k] for k in np.flatnonzero(mine).tolist()})
            of[name] = independent, float(squares[mine].mean()) / known, known
    median = float(np.median([ratio for _, ratio, _ in of.values()])) if of else np.nan
    found = {}
    for name, (independent, ratio, known) in of.items():
        freedom, scale = PRIOR + independent, PRIOR * median + independent * ratio
        mean = scale / (freedom - 2)
        # the ratio is scale / x with x of a chi-square law; it lies above 1 where x is below scale
        above = max(mean * float(chi2.cdf(scale, freedom - 2)) - float(chi2.cdf(scale, freedom)), 0.0)
        found[name] = Learnt(mean, mean - above, above * known)
    return found


class Tolerance(NamedTuple):
    """What may lie between the record and a mean over runs.

    luck   covariance of single runs of one point.  (fact, fact)
    other  that of publishers' errors and of what the model leaves out.  (fact, fact)
    """

    luck: Floats
    other: Floats

    def log_likelihood(self, record: Floats, means: Floats, more: Floats) -> Floats:
        """Of a record at points, up to a constant that depends on ``more`` alone.  (point,).

        record  (fact,)
        means   over runs, or guesses of them.  (point, fact)
        more    variance of the means' own errors.  (fact,)
        """
        factor = cho_factor(self.luck + self.other + np.diag(more))
        gap = record - means
        found: Floats = -0.5 * np.einsum("pf,fp->p", gap, cho_solve(factor, gap.T))
        return found

    def implausibility(self, record: Floats, means: Floats, more: Floats) -> Floats:
        """Distance of every fact from the record, in standard deviations of all that may lie between.

        Arguments as in :meth:`log_likelihood`.  Returns (point, fact).
        """
        deviation = np.sqrt(np.diag(self.luck) + np.diag(self.other) + more)
        found: Floats = np.abs(means - record) / deviation
        return found


def tolerance(facts: Sequence[Fact], luck: Floats, off: Floats) -> Tolerance:
    """Luck beside publishers' errors and the model's own.

    luck  covariance of single runs, see :func:`luck_of`.  (fact, fact)
    off   standard deviation of what the model is off.  (fact,)
    """
    cluster = np.array([fact.cluster for fact in facts])
    same = cluster[:, None] == cluster
    alike = np.where(same, ALIKE, 0.0) + (1 - ALIKE) * np.eye(len(cluster))
    return Tolerance(luck, np.diag([fact.error**2 for fact in facts]) + alike * np.outer(off, off))


def luck_of(runs: Floats) -> Floats:
    """Covariance of single runs of one point, (fact, fact), of runs (point, run, fact)."""
    inside = runs - runs.mean(axis=1, keepdims=True)
    flat = inside.reshape(-1, inside.shape[-1])
    luck: Floats = flat.T @ flat / (len(flat) - len(runs))
    return (1 - SHRUNK) * luck + SHRUNK * np.diag(np.diag(luck))


def model_off(facts: Sequence[Fact], luck: Floats, means: Floats, more: Floats) -> Floats:
    """What the model is off, as a standard deviation of every fact.  (fact,).

    It is learnt by subject from misses where the record is likely, which depends on it in turn: the two are
    found by turns, from no error at all, until neither moves.
    luck         as in :func:`tolerance`
    means, more  guesses of means at many points and the variance of their error.  (point, fact) and (fact,)
    """
    seen = recorded(facts)
    subject, cluster = [fact.subject for fact in facts], [fact.cluster for fact in facts]
    known = np.diag(luck) + np.array([fact.error**2 for fact in facts]) + more
    squares, off = np.square(seen - means), np.zeros(len(facts))
    for _ in range(ROUNDS):
        likely = tolerance(facts, luck, off).log_likelihood(seen, means, more)
        weight = np.exp(likely - likely.max())
        found = learnt(subject, cluster, weight @ squares / weight.sum(), known)
        before, off = off, np.sqrt([found[name].more for name in subject])
        if (np.abs(off - before) <= SETTLED * off).all():
            break
    return off


def recorded(facts: Sequence[Fact]) -> Floats:
    """The recorded values.  (fact,)."""
    return np.array([fact.recorded for fact in facts])
