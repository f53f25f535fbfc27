"""Which observation would overturn a conclusion: one fact changed within its error, and draws reweighted.

With x the record, m the means of facts at a draw and S the covariance of their difference (see
:mod:`lockin_sim.evidence.tolerance`), a draw with posterior weight w has, under the record x', the weight

    w' = w N(x' - m; 0, S) / N(x - m; 0, S).

x' is x with one fact moved up or down by two standard deviations of its publisher's assumed error.  Means
are over runs, each with the weight of its draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import unusable
from lockin_sim.comparisons.trial import Variables
from lockin_sim.evidence.tolerance import Tolerance
from lockin_sim.settings.ensemble import Source, resolve_posterior

if TYPE_CHECKING:
    import xarray as xr

#: Move of a fact, in standard deviations of the publisher's error.
MOVED = 2.0

#: Minimum effective draws after reweighting; otherwise the fact is skipped.
FEWEST = 20

#: Minimum share of facts that are not skipped; otherwise nothing is reported.
ENOUGH = 0.5

#: Directions in which a fact is moved.
SENSES = (1.0, -1.0)

#: Variables of the dataset with units and meanings.
NUMBERS = (
    ("expected", "as outcome_unit", "effect, mean over runs"),
    ("sense", "1", "fact moved up (1) or down (-1)"),
    ("left", "as outcome_unit", "mean effect with the fact moved"),
    ("part_left", "1", "part of the effect that is left"),
    ("effective_draws", "draws", "draws that count with the fact moved"),
    ("recorded", "as the fact", "recorded value of the fact"),
    ("moved_to", "as the fact", "where the fact is moved"),
)


def overturned_by(effects: xr.DataArray, posterior: Source = None, *, moved: float = MOVED) -> xr.Dataset:
    """The fact that reverses the sign of each mean effect, or else weakens it most.

    effects    over (run, scenario, outcome), with the coordinate ``draw`` of each run in the posterior
    posterior  as in :func:`lockin_sim.posterior_draws`
    moved      move of a fact, in standard deviations of its publisher's error
    Returns over (scenario, outcome): ``expected``, the mean over runs; ``fact`` and ``sense`` (1 up, -1
    down), the move of one fact that weakens the effect most; ``overturned``, whether that reverses the sign;
    ``left``, the mean effect then, and ``part_left``, its share of the original, below 0 if overturned;
    ``effective_draws`` behind it; ``recorded`` and ``moved_to`` of the fact.  Moves that leave fewer than 20
    effective draws are skipped: attribute ``facts_used`` counts the other facts.  If these are fewer than
    half, or there is no effect, ``fact`` is "" and numbers are NaN.
    Raises InputError for a posterior without means of facts.
    """
    import xarray as xr

    source = resolve_posterior(posterior)
    weights, effective = _weighed(source, effects["draw"].values, moved)
    known = effective >= FEWEST
    labels, recorded, error = (source[name].values for name in ("fact", "recorded", "published"))
    effect = effects.transpose("scenario", "outcome", "run").values
    text, numbers = np.full(effect.shape[:2], "", dtype=labels.dtype), np.full((7, *effect.shape[:2]), np.nan)
    for at in np.ndindex(*effect.shape[:2]):
        some = np.isfinite(effect[at])
        mean = numbers[0][at] = effect[at][some].mean() if some.any() else np.nan
        if not some.any() or mean == 0 or known.any(axis=1).mean() < ENOUGH:
            continue
        weight = weights[..., some]
        after = weight @ effect[at][some] / weight.sum(axis=-1)
        size = np.where(known, np.sign(mean) * after, np.inf)  # (fact, sense)
        fact, way = np.unravel_index(size.argmin(), size.shape)
        left, sense = after[fact, way], SENSES[way]
        moved_to = recorded[fact] + sense * moved * error[fact]
        text[at] = labels[fact]
        numbers[1:, *at] = sense, left, left / mean, effective[fact, way], recorded[fact], moved_to
    axes = ("scenario", "outcome")
    data: Variables = {
        name: (axes, values, {"units": unit, "long_name": words})
        for (name, unit, words), values in zip(NUMBERS, numbers, strict=True)
    }
    with np.errstate(invalid="ignore"):
        data["overturned"] = (axes, numbers[3] < 0, {"long_name": "whether the sign is then another"})
    data["fact"] = (axes, text, {"long_name": "fact that lowers the effect most if it is moved"})
    coords = {name: effects.coords[name] for name in axes}
    used = int(known.any(axis=1).sum())
    return xr.Dataset(data, coords=coords, attrs={"facts_used": used, "moved": float(moved)})


def _weighed(source: xr.Dataset, draws: np.ndarray, moved: float) -> tuple[Floats, Floats]:
    """Weights of runs under every moved record, (fact, sense, run), with sum 1, and effective draws,
    (fact, sense)."""
    needed = ("emulator_error", "fact_mean", "luck", "off", "published", "recorded")
    if missing := [name for name in needed if name not in source]:
        raise unusable("posterior", found=f"one without {missing[0]}", allowed="one of this version")
    values = {name: np.asarray(source[name].values, dtype=np.float64) for name in needed}
    tolerance = Tolerance(values["luck"], values["off"])
    noise = values["emulator_error"] ** 2
    used, which = np.unique(draws, return_inverse=True)
    means, record = values["fact_mean"][used], values["recorded"]
    before = tolerance.log_likelihood(record, means, noise)
    weights = np.empty((len(record), len(SENSES), len(draws)))
    effective = np.empty(weights.shape[:2])
    for fact, way in np.ndindex(*effective.shape):
        other = record.copy()
        other[fact] += SENSES[way] * moved * values["published"][fact]
        ratio = tolerance.log_likelihood(other, means, noise) - before
        likely = np.exp(ratio - ratio.max())
        of_draw = likely * np.bincount(which)
        effective[fact, way] = of_draw.sum() ** 2 / (of_draw**2).sum()
        weights[fact, way] = likely[which] / likely[which].sum()
    return weights, effective
