"""How likely the record is at a point.  It is one run of one world, seen by publishers; a model leaves out.

The record x is compared with the mean m over runs: x - m is normal with covariance

    S = L + O + D + E,

L the luck of a single run, as runs of one point differ; O the publishers' error; D what the model is off,
learnt by kind of fact, alike for one seller in several years; E the error of the emulator, or of a mean over
few runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from lockin_sim.analysis import discrepancy
from lockin_sim.analysis.calibration.facts import ALIKE, Fact
from lockin_sim.conventions import Floats

#: How far the luck's covariance is drawn to its own diagonal, so that few runs do not make facts look tied.
SHRUNK = 0.1

#: What the model is off is looked for until it changes by less than this part, or so often.
SETTLED, ROUNDS = 0.01, 50


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


def tolerance(facts: Sequence[Fact], runs: Floats, off: Floats) -> Tolerance:
    """What may lie between the record and a mean.

    runs  of every fact; luck is how those of one point differ.  (point, run, fact)
    off   standard deviation of what the model is off.  (fact,)
    """
    return _with_error(facts, _luck(runs), off)


def learnt(facts: Sequence[Fact], runs: Floats, means: Floats, more: Floats) -> Floats:
    """What the model is off, as a standard deviation of every fact.  (fact,).

    It is learnt by subject from misses where the record is likely, which depends on it in turn: the two are
    found by turns, from no error at all, until neither moves.
    runs         as in :func:`tolerance`
    means, more  guesses of means at many points and the variance of their error.  (point, fact) and (fact,)
    """
    seen, luck = record(facts), _luck(runs)
    subject, kind = [fact.subject for fact in facts], [fact.kind for fact in facts]
    known = np.diag(luck) + np.array([fact.observation**2 for fact in facts]) + more
    squares, off = np.square(seen - means), np.zeros(len(facts))
    for _ in range(ROUNDS):
        likely = _with_error(facts, luck, off).log_likelihood(seen, means, more)
        weight = np.exp(likely - likely.max())
        found = discrepancy.learnt(subject, kind, weight @ squares / weight.sum(), known)
        before, off = off, np.sqrt([found[name].more for name in subject])
        if (np.abs(off - before) <= SETTLED * off).all():
            break
    return off


def _luck(runs: Floats) -> Floats:
    """Covariance of single runs of one point.  (fact, fact)."""
    inside = runs - runs.mean(axis=1, keepdims=True)
    flat = inside.reshape(-1, inside.shape[-1])
    luck: Floats = flat.T @ flat / (len(flat) - len(runs))
    return (1 - SHRUNK) * luck + SHRUNK * np.diag(np.diag(luck))


def _with_error(facts: Sequence[Fact], luck: Floats, off: Floats) -> Tolerance:
    """Luck beside publishers' errors and the model's own."""
    kind = np.array([fact.kind for fact in facts])
    same = kind[:, None] == kind
    alike = np.where(same, ALIKE, 0.0) + (1 - ALIKE) * np.eye(len(kind))
    published = np.diag([fact.observation**2 for fact in facts])
    return Tolerance(luck, published + alike * np.outer(off, off))


def record(facts: Sequence[Fact]) -> Floats:
    """The recorded values.  (fact,)."""
    return np.array([fact.recorded for fact in facts])
