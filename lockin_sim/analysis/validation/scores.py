"""Forecasters beside each other: mean scores, and whether the model is better than a rival."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lockin_sim.analysis.validation import subjects as of
from lockin_sim.analysis.validation.rivals import CHANCES, Forecast, transformed
from lockin_sim.analysis.validation.subjects import SPLITS, Fact
from lockin_sim.conventions import Bools, Floats
from lockin_sim.indices import auc

MODEL, REFITTED, GIVEN = "model", "model, refitted", "model, given 4G"

#: The forecast of the model that is set beside rivals where it is not :data:`MODEL`: one that has seen
#: neither more nor less than they have.
MAIN = {of.BY_2020: REFITTED, of.BY_2023: REFITTED, of.VOTES: REFITTED, of.LATER: GIVEN}

#: All splits together.
ALL = "all"

#: Resamples of clusters, and the fewest clusters of which an interval says anything.
RESAMPLES, FEWEST = 2000, 5

BETTER, EQUAL, WORSE, FEW = "better", "equal", "worse", "too few"


class Score(NamedTuple):
    """How one forecaster did on one subject, on facts of one split on which it and the model said something.

    subject, split, forecast   names
    facts, clusters            how many, and how many groups of them that are independent
    measure, score             CRPS or Brier, its mean; 0 is best
    model                      the mean of the model on the same facts
    covered                    part of the facts in the interval of 90 %, NaN for chances and single numbers
    auc, auc_error             of chances, and its standard error (DeLong); NaN for others
    low, high                  interval of 95 % of the model's score less this one's, by resampling clusters
    verdict                    what the model is beside this one: better, equal, worse, or too few to say; ""
                               for the model itself
    miss                       mean distance of what was said from the record, in the unit that is scored
    """

    subject: str
    split: str
    forecast: str
    facts: int
    clusters: int
    measure: str
    score: float
    model: float
    covered: float
    auc: float
    auc_error: float
    low: float
    high: float
    verdict: str
    miss: float = np.nan


def scores(facts: Sequence[Fact], forecasts: Sequence[Forecast], seed: int) -> tuple[Score, ...]:
    """Every forecaster on every subject, all splits together and each alone."""
    found = []
    subject = np.array([fact.subject for fact in facts])
    split = np.array([fact.split for fact in facts])
    by_name = {forecast.name: forecast for forecast in forecasts}
    for name in dict.fromkeys(subject.tolist()):
        of_subject = subject == name
        splits = [s for s in SPLITS if (of_subject & (split == s)).any()]
        for part in [ALL, *splits] if len(splits) > 1 else splits:
            mine = of_subject if part == ALL else of_subject & (split == part)
            main = by_name[MAIN.get(name, MODEL)]
            for forecast in forecasts:
                both = mine & np.isfinite(forecast.score) & np.isfinite(main.score)
                if both.any():
                    found.append(_score(name, part, forecast, main, facts, both, seed))
    return tuple(found)


def _score(
    subject: str,
    split: str,
    forecast: Forecast,
    main: Forecast,
    facts: Sequence[Fact],
    both: Bools,
    seed: int,
) -> Score:
    """The score of one forecast on the facts that both it and the model speak of."""
    chosen = np.flatnonzero(both).tolist()
    names, cluster = np.unique([facts[k].cluster for k in chosen], return_inverse=True)
    area, error = np.nan, np.nan
    if subject in CHANCES and np.ptp(forecast.said[chosen]) > 0 and not _constant(forecast):
        happened = np.array([facts[k].recorded > 0 for k in chosen])
        area, error = auc(forecast.said[chosen], happened)
    low = high = np.nan
    verdict = ""
    if forecast is not main:
        low, high, verdict = judged(main.score[chosen] - forecast.score[chosen], cluster, seed)
    known = forecast.covered[chosen]
    recorded = np.array([float(transformed(facts[k], facts[k].recorded)) for k in chosen])
    return Score(
        subject, split, forecast.name, len(chosen), len(names), "Brier" if subject in CHANCES else "CRPS",
        float(forecast.score[chosen].mean()), float(main.score[chosen].mean()),
        float(np.nanmean(known)) if np.isfinite(known).any() else np.nan, area, error, low, high, verdict,
        float(np.abs(forecast.said[chosen] - recorded).mean()),
    )  # fmt: skip


def _constant(forecast: Forecast) -> bool:
    """Whether a forecaster says the same of all cases but for the case itself, and so orders nothing."""
    return forecast.name == "climatology"


def judged(difference: Floats, cluster: np.ndarray, seed: int) -> tuple[float, float, str]:
    """Interval of a mean difference of scores, and what it says of the model.

    difference  (fact,), the model's score less the rival's: below 0 the model is better
    cluster     (fact,), number of the cluster, from 0
    """
    many = int(cluster.max()) + 1
    if many < FEWEST:
        return np.nan, np.nan, FEW
    total, count = np.bincount(cluster, difference, many), np.bincount(cluster, minlength=many)
    drawn = np.random.default_rng(seed).integers(many, size=(RESAMPLES, many))
    means = total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975]).tolist()
    return low, high, BETTER if high < 0 else WORSE if low > 0 else EQUAL
