"""What was to be shown on facts kept aside, fixed before it was measured, and whether it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lockin_sim.analysis.validation import subjects as of
from lockin_sim.analysis.validation.asked import MOBILE
from lockin_sim.analysis.validation.rivals import CHANCES, UN
from lockin_sim.analysis.validation.scores import FEWEST, MAIN, MODEL, REFITTED, Score
from lockin_sim.analysis.validation.subjects import ECONOMY, YEAR

#: Most that shares may be missed by on average, in parts of one, on facts of some splits.
MISSES = (
    (of.PLACES, (ECONOMY, YEAR), of.PLACES, 0.098),
    (of.SALES[MOBILE], (YEAR,), f"{of.SALES[MOBILE]} after {of.LAST_FITTED}", 0.04),
)
#: The largest Brier score of who borrows, on economies kept aside.
BORROWERS = 0.207

#: Part of facts that intervals of 90 % may hold.
HELD = (0.8, 0.97)

#: Standard errors in half an interval of 95 %.
_ERRORS = 1.96


class Aim(NamedTuple):
    """A number that was to be reached.

    what    of which facts, and how many
    found   the number; NaN where there is no such fact
    wanted  in words
    holds   whether it is reached; False where there is no such fact
    """

    what: str
    found: float
    wanted: str
    holds: bool

    @property
    def answer(self) -> str:
        """Whether it holds, in a word or two."""
        return "no such facts" if np.isnan(self.found) else "yes" if self.holds else "no"


def aims(scores: Sequence[Score]) -> list[Aim]:
    """What was to be shown of the subjects that were scored."""
    at = {(s.subject, s.split, s.forecast): s for s in scores}
    subjects = dict.fromkeys(s.subject for s in scores)

    def mine(subject: str, *splits: str) -> list[Score]:
        """Scores of the model, that which is set beside rivals, on some splits."""
        found = (at.get((subject, split, MAIN.get(subject, MODEL))) for split in splits)
        return [score for score in found if score is not None]

    made = []
    for subject, splits, what, most in MISSES:
        if subject in subjects:
            parts = mine(subject, *splits)
            found = 100 * _mean(parts, [s.miss for s in parts])
            text = f"{what}, {_counted(parts)}: mean miss, points"
            made.append(Aim(text, found, f"<= {100 * most:g}", found <= 100 * most))
    for subject in (of.BY_2020, of.BY_2023):
        rival = at.get((subject, ECONOMY, UN))
        if rival is not None:
            made.append(_beside(subject, rival))
    if of.BORROWS in subjects:
        parts = mine(of.BORROWS, ECONOMY)
        found = _mean(parts, [s.score for s in parts])
        made.append(
            Aim(f"{of.BORROWS}, {_counted(parts)}: Brier", found, f"<= {BORROWERS}", found <= BORROWERS)
        )
    for subject in subjects:
        parts = mine(subject, ECONOMY, YEAR)
        if subject not in CHANCES and sum(s.clusters for s in parts) >= FEWEST:
            found, (low, high) = _mean(parts, [s.covered for s in parts]), HELD
            text = f"{subject}, {_counted(parts)}: part in the interval of 90 %"
            made.append(Aim(text, found, f"{low} to {high}", low <= found <= high))
    return made


def _beside(subject: str, rival: Score) -> Aim:
    """Restrictions: that the rule fitted to other economies is as good as UN votes alone.

    rival  the score of these on economies kept aside, with that of the rule on the same
    """
    error = (rival.high - rival.low) / (2 * _ERRORS)
    text = f"{subject}, {rival.facts} economies kept aside, {REFITTED}: Brier"
    wanted = f"<= {rival.score:.3f} + {error:.3f} (UN votes alone and a standard error)"
    return Aim(text, rival.model, wanted, rival.model <= rival.score + error)


def _counted(parts: Sequence[Score]) -> str:
    """How many facts."""
    count = sum(s.facts for s in parts)
    return f"{count} fact{'s' if count != 1 else ''} kept aside"


def _mean(parts: Sequence[Score], values: Sequence[float]) -> float:
    """Mean over the facts of several splits, NaN of none."""
    count = [s.facts for s in parts]
    return float(np.average(values, weights=count)) if parts else np.nan
