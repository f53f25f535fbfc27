"""Intervals of the model: those of its runs, with what it is off beside them, learnt from fitted facts.

A fact that was fitted to is judged by what its other markets, years or economies teach; one that was kept
aside by all that were fitted to, whose misses say too little of it: it is expected to be missed
:data:`FURTHER` times as far before the spread of runs is drawn in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lockin_sim.analysis import discrepancy
from lockin_sim.analysis.discrepancy import Learnt
from lockin_sim.analysis.validation.rivals import CHANCES, Forecast, enter_ensemble, transformed
from lockin_sim.analysis.validation.subjects import FITTED, Fact
from lockin_sim.conventions import Floats

#: Facts kept aside are missed so many times as far as fitted ones (assumed: so it is by generalised
#: cross-validation where a fit has half as many effective unknowns as facts).
FURTHER = 2.0


class Misses:
    """What runs miss of the fitted facts that are numbers.

    facts    all that runs were asked about
    answers  what runs say of some, (run,) by place among the facts
    """

    def __init__(self, facts: Sequence[Fact], answers: Mapping[int, Floats]) -> None:
        rows = []
        for k, values in answers.items():
            fact, known = facts[k], transformed(facts[k], values[np.isfinite(values)])
            if fact.split == FITTED and fact.subject not in CHANCES and len(known) > 1:
                miss = float(transformed(fact, fact.recorded)) - known.mean()
                rows.append((fact.subject, fact.cluster, miss**2, known.var(ddof=1)))
        self._subject, self._cluster = (np.array([row[n] for row in rows], dtype=str) for n in (0, 1))
        self._square, self._variance = (np.array([row[n] for row in rows], dtype=float) for n in (2, 3))
        every = np.ones(len(rows), dtype=bool)
        self.all, self.aside = self._learnt(every), self._learnt(every, FURTHER)

    def without(self, fact: Fact) -> Learnt | None:
        """What facts of other clusters teach of its kind; None where they teach nothing."""
        own = (self._subject == fact.subject) & (self._cluster == fact.cluster)
        found = (self._learnt(~own) if own.any() else self.all).get(fact.subject)
        if found is None or fact.split == FITTED:
            return found
        return found._replace(left=self.aside[fact.subject].left)

    def _learnt(self, chosen: np.ndarray, further: float = 1.0) -> dict[str, Learnt]:
        """What some of the facts teach, by subject, were each missed so many times as far."""
        return discrepancy.learnt(
            self._subject[chosen].tolist(), self._cluster[chosen].tolist(),
            further**2 * self._square[chosen], self._variance[chosen],
        )  # fmt: skip


def enter_model(
    made: Forecast, facts: Sequence[Fact], answers: Mapping[int, Floats]
) -> dict[str, list[float]]:
    """Enter what runs say of every fact; returns what is learnt of each kind, see :class:`.Learnt`."""
    misses = Misses(facts, answers)
    for k, values in answers.items():
        enter_ensemble(made, k, facts[k], values, misses.without(facts[k]))
    return {subject: [*found, misses.aside[subject].left] for subject, found in misses.all.items()}
