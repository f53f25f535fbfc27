"""Which observation would overturn a conclusion: one fact moved within its error, draws weighed anew.

With x the record, m the means of facts at a draw and S the covariance of all that may lie between them (see
:mod:`lockin_sim.evidence.tolerance`), a draw that the posterior gives the weight w has under the
record x' the weight

    w' = w N(x' - m; 0, S) / N(x - m; 0, S).

x' is x with one fact moved up or down by twice the standard deviation that is assumed of its publisher's
error.  Futures of a draw weigh as the draw does, whatever their alternative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.ensemble import Source, digest, posterior_of
from lockin_sim.errors import unusable
from lockin_sim.evidence.tolerance import Tolerance
from lockin_sim.studies.contrast import Variables

if TYPE_CHECKING:
    import xarray as xr

#: Standard deviations of the publisher's error by which a fact is moved.
MOVED = 2.0

#: Draws that must count after weighing anew, or nothing is said of a fact.
FEWEST = 20

#: Part of the facts that draws must be able to follow, or nothing is said of any.
ENOUGH = 0.5

#: Senses in which a fact is moved.
SENSES = (1.0, -1.0)


class Weighed(NamedTuple):
    """Futures under other records.

    weights    sum 1.  (fact, sense, future)
    effective  number of draws that count.  (fact, sense)
    """

    weights: Floats
    effective: Floats


def overturned_by(futures: xr.Dataset, posterior: Source = None, *, moved: float = MOVED) -> xr.Dataset:
    """The fact that turns the sign of each mean effect, or else brings it nearest to that.

    futures    of :func:`lockin_sim.futures`, drawn from that posterior
    posterior  as in :func:`lockin_sim.posterior_draws`
    moved      by how many standard deviations of its publisher's error a fact is moved
    Returns over (scenario, outcome): ``expected``, the mean over futures; ``fact`` and ``sense`` (1 up, -1
    down), the move of one fact that lowers its size most; ``overturned``, whether the sign is then another;
    ``left``, the mean effect then, and ``part_left`` of what it was, below 0 if overturned;
    ``effective_draws`` that carry it; ``recorded`` and ``moved_to`` of the fact.  A move after which fewer
    than 20 draws count is not looked at: attribute ``facts_used`` counts the facts that were.  Where these
    are fewer than half, or there is no effect, ``fact`` is "" and numbers are NaN.
    Raises InputError for futures that are not drawn from the posterior, and one without means of facts.
    """
    source = posterior_of(posterior)
    if futures.attrs.get("posterior") != digest(source):
        allowed = "those drawn from this posterior, by lockin_sim.futures"
        raise unusable("futures", found=f"drawn by {futures.attrs.get('method', '?')}", allowed=allowed)
    weighed = _weighed(source, futures["draw"].values, moved)
    known = weighed.effective >= FEWEST
    effect = futures["effect"].transpose("scenario", "outcome", "future").values
    shape = effect.shape[:2]
    labels = source["fact"].values
    recorded, error = source["recorded"].values, source["published"].values
    text = np.full(shape, "", dtype=labels.dtype)
    names = ("expected", "sense", "left", "part_left", "effective_draws", "recorded", "moved_to")
    found = {name: np.full(shape, np.nan) for name in names}
    for at in np.ndindex(*shape):
        some = np.isfinite(effect[at])
        mean = effect[at][some].mean() if some.any() else np.nan
        found["expected"][at] = mean
        if not some.any() or mean == 0 or known.any(axis=1).mean() < ENOUGH:
            continue
        weight = weighed.weights[..., some]
        after = weight @ effect[at][some] / weight.sum(axis=-1)
        size = np.where(known, np.sign(mean) * after, np.inf)  # (fact, sense)
        fact, way = np.unravel_index(size.argmin(), size.shape)
        text[at] = labels[fact]
        values = (
            SENSES[way], after[fact, way], after[fact, way] / mean, weighed.effective[fact, way],
            recorded[fact], recorded[fact] + SENSES[way] * moved * error[fact],
        )  # fmt: skip
        for name, value in zip(names[1:], values, strict=True):
            found[name][at] = value
    return _dataset(futures, found, text, int(known.any(axis=1).sum()), moved)


def _weighed(source: xr.Dataset, draws: np.ndarray, moved: float) -> Weighed:
    """Weights of futures under every moved record."""
    needed = ("fact_mean", "luck", "off", "published", "recorded")
    if missing := [name for name in needed if name not in source]:
        raise unusable("posterior", found=f"one without {missing[0]}", allowed="one of this version")
    values = {name: np.asarray(source[name].values, dtype=np.float64) for name in needed}
    tolerance = Tolerance(values["luck"], values["off"])
    noise = np.diag(values["luck"]) / int(source.attrs["runs"])
    used, which = np.unique(draws, return_inverse=True)
    means, record = values["fact_mean"][used], values["recorded"]
    before = tolerance.log_likelihood(record, means, noise)
    weights = np.empty((len(record), len(SENSES), len(draws)))
    effective = np.empty(weights.shape[:2])
    for fact in range(len(record)):
        for way, sense in enumerate(SENSES):
            other = record.copy()
            other[fact] += sense * moved * values["published"][fact]
            ratio = tolerance.log_likelihood(other, means, noise) - before
            of_draw = np.exp(ratio - ratio.max()) * np.bincount(which)
            effective[fact, way] = of_draw.sum() ** 2 / (of_draw**2).sum()
            of_future = np.exp(ratio - ratio.max())[which]
            weights[fact, way] = of_future / of_future.sum()
    return Weighed(weights, effective)


def _dataset(
    futures: xr.Dataset, found: dict[str, Floats], fact: np.ndarray, used: int, moved: float
) -> xr.Dataset:
    """All that was found, as a dataset over scenarios and outcomes."""
    import xarray as xr

    axes, unit = ("scenario", "outcome"), {"units": "as outcome_unit"}
    about = {
        "expected": unit | {"long_name": "effect, mean over futures"},
        "sense": {"units": "1", "long_name": "fact moved up (1) or down (-1)"},
        "left": unit | {"long_name": "mean effect with the fact moved"},
        "part_left": {"units": "1", "long_name": "part of the effect that is left"},
        "effective_draws": {"units": "draws", "long_name": "draws that count with the fact moved"},
        "recorded": {"units": "as the fact", "long_name": "recorded value of the fact"},
        "moved_to": {"units": "as the fact", "long_name": "where the fact is moved"},
    }
    data: Variables = {name: (axes, value, about[name]) for name, value in found.items()}
    with np.errstate(invalid="ignore"):
        overturned = found["part_left"] < 0
    data["fact"] = (axes, fact, {"long_name": "fact that lowers the effect most if it is moved"})
    data["overturned"] = (axes, overturned, {"long_name": "whether the sign is then another"})
    labels = {name: futures.coords[name] for name in futures.coords if set(futures[name].dims) <= set(axes)}
    return xr.Dataset(data, coords=labels, attrs=futures.attrs | {"facts_used": used, "moved": float(moved)})
