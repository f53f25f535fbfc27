"""Variance of an outcome over points and runs: what parameters explain, what luck, and which parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from lockin_sim.common.conventions import Floats

RESAMPLES, SEED = 400, 0

#: Parts of equal size into which a parameter's values are cut.
BINS = 8

ENDS = ("low", "high")


@dataclass(frozen=True)
class Parts:
    """Components of variance of a two-way layout, points by runs.

    parameters   between points;  same_run  of what the runs have in common at all points
    interaction  of what is particular to a run of a point;  points  behind them
    resampled    luck's share of the variance in resamples of points
    """

    parameters: float
    same_run: float
    interaction: float
    points: int
    resampled: Floats

    @property
    def luck(self) -> float:
        """Share of the variance that comes with the run, 0 to 1; NaN without any variance."""
        luck = self.same_run + self.interaction
        total = luck + self.parameters
        return luck / total if total > 0 else np.nan


def decomposed(values: Floats, *, resamples: int = RESAMPLES) -> Parts:
    """Components of variance by analysis of variance, random effects; values (point, run).

    A point with an undefined run is left out.  A component that comes out below zero is zero.
    Source: Searle, Casella and McCulloch (1992), two-way crossed layout without replication.
    """
    known = values[np.isfinite(values).all(axis=1)]
    rng = np.random.default_rng(SEED)
    again = [_components(known[rng.integers(len(known), size=len(known))]) for _ in range(resamples)]
    shares = np.array([(r + e) / (p + r + e) if p + r + e > 0 else np.nan for p, r, e in again])
    return Parts(*_components(known), len(known), shares)


def _components(values: Floats) -> tuple[float, float, float]:
    """Variance between points, between runs, and of the rest."""
    points, runs = values.shape
    if points < 2 or runs < 2:
        return np.nan, np.nan, np.nan
    of_point, of_run = values.mean(axis=1), values.mean(axis=0)
    rest = values - of_point[:, None] - of_run + values.mean()
    interaction = float((rest**2).sum() / ((points - 1) * (runs - 1)))
    between = float(of_point.var(ddof=1)) - interaction / runs
    common = float(of_run.var(ddof=1)) - interaction / points
    return max(0.0, between), max(0.0, common), interaction


def interval(resampled: Floats) -> tuple[float, float]:
    """The middle 95 % of resamples."""
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return float(low), float(high)


def first_order(values: Floats, parameters: Mapping[str, Floats]) -> dict[str, Floats]:
    """Share of the variance between points that each parameter explains alone, with the ends of its interval.

    Correlation ratio over parts of equal size, less what that many parts explain by chance; resampled points.
    values  (point, run);  parameters  (point,) by name
    """
    known = np.isfinite(values).all(axis=1)
    mean, found = values[known].mean(axis=1), {}
    rng = np.random.default_rng(SEED)
    chosen = rng.integers(len(mean), size=(RESAMPLES, len(mean)))
    for name, of in parameters.items():
        part = _parts(of[known], min(BINS, max(2, len(mean) // 4)))
        again = [_explained(mean[some], part[some]) for some in chosen]
        found[name] = np.array([_explained(mean, part), *np.nanquantile(again, [0.025, 0.975])])
    return found


def _parts(values: Floats, count: int) -> np.ndarray:
    """Which of so many parts of equal size each value is in."""
    return (count * (rankdata(values, method="ordinal") - 1) / len(values)).astype(int)


def _explained(values: Floats, part: np.ndarray) -> float:
    """Adjusted correlation ratio; NaN where nothing varies."""
    counts = np.bincount(part)
    total = float(((values - values.mean()) ** 2).sum())
    used = int((counts > 0).sum())
    if total <= 0 or len(values) <= used:
        return np.nan
    means = np.bincount(part, weights=values) / np.maximum(counts, 1)
    within = float(((values - means[part]) ** 2).sum())
    return 1 - within / total * (len(values) - 1) / (len(values) - used)


def thirds(values: Floats) -> dict[str, np.ndarray]:
    """Positions of the lowest, middle and highest third."""
    part = _parts(values, 3)
    return {name: np.flatnonzero(part == k) for k, name in enumerate(("lowest", "middle", "highest"))}


def correlations(early: Floats, late: Floats) -> tuple[float, Floats]:
    """Of early and late values, (point, run): between means of points; and within points, with its ends."""
    known = np.isfinite(early).all(axis=1) & np.isfinite(late).all(axis=1)
    one, other = early[known], late[known]
    between = _correlation(one.mean(axis=1), other.mean(axis=1))
    one, other = (x - x.mean(axis=1, keepdims=True) for x in (one, other))
    rng = np.random.default_rng(SEED)
    chosen = rng.integers(len(one), size=(RESAMPLES, len(one)))
    again = [_correlation(one[some].ravel(), other[some].ravel()) for some in chosen]
    return between, np.array(
        [_correlation(one.ravel(), other.ravel()), *np.nanquantile(again, [0.025, 0.975])]
    )


def _correlation(one: Floats, other: Floats) -> float:
    """Correlation over all numbers, undefined where one is constant."""
    product = float(np.sqrt(((one - one.mean()) ** 2).sum() * ((other - other.mean()) ** 2).sum()))
    return float(((one - one.mean()) * (other - other.mean())).sum()) / product if product > 0 else np.nan


def spreads(values: Floats) -> tuple[float, float, float]:
    """Mean over points of the standard deviation over runs, and its 95 % interval (normal)."""
    known = values[np.isfinite(values).all(axis=1)]
    deviation = known.std(axis=1, ddof=1)
    half = 1.96 * float(deviation.std(ddof=1)) / np.sqrt(len(deviation)) if len(deviation) > 1 else np.nan
    return float(deviation.mean()), float(deviation.mean() - half), float(deviation.mean() + half)
