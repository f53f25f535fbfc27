"""Rows of the tables of a hindcast, and how sets of them are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.recorded import Series
from lockin_sim.studies.hindcast.sample import Sample

if TYPE_CHECKING:
    import xarray as xr


class Share(NamedTuple):
    """One recorded share beside the simulated one."""

    domain: str
    measure: str  # sales, base, cables, landings or km
    scope: str
    year: int
    segment: str
    vendor: str
    recorded: float
    simulated: float  # mean over runs
    deviation: float  # standard deviation over runs of the simulated year, NaN where not kept
    source: str

    @property
    def error(self) -> float:
        """Simulated less recorded."""
        return self.simulated - self.recorded


class Economy(NamedTuple):
    """What is recorded of one economy beside what is simulated: mean over runs, or a chance."""

    domain: str
    what: str
    country: str
    recorded: float
    simulated: float
    fit: bool  # not kept aside


class Drift(NamedTuple):
    """How far a share of the world's sales moves when nothing is recorded any more."""

    domain: str
    vendor: str
    since: int
    start: float
    end: float

    @property
    def change(self) -> float:
        """Change of the share."""
        return self.end - self.start


class Check(NamedTuple):
    """Something that is believable at sight, or not."""

    what: str
    number: float
    holds: bool


class Found(NamedTuple):
    """What one subject adds to a hindcast."""

    scores: Mapping[str, float]
    shares: Sequence[Share] = ()
    economies: Sequence[Economy] = ()


def smoothed(sample: Sample) -> xr.DataArray:
    """Mean shares of sales, each year with the two around it: reported years are not the model's."""
    return sample.means["sales"].rolling(year=3, center=True).mean()


def compared(sample: Sample, series: Iterable[Series], *, among: bool = False) -> list[Share]:
    """Recorded shares beside simulated ones.

    among  both as shares of the vendors that are recorded, where others are in one of the two totals only
    """
    found: list[Share] = []
    sales, deviation = smoothed(sample), sample.means["sales_sd"]
    for one in series:
        here = {"domain": one.domain, "group": one.scope, "year": one.year}
        if one.scope not in sales["group"].values or one.year > sample.last_year:
            continue
        simulated = (sales if one.measure == "sales" else sample.means["base"]).sel(here)
        offered = set(simulated["vendor"].values[np.isfinite(simulated.values)].tolist())
        rows = []
        for vendor, share in recorded.shares(one).items():
            members = [v for v in recorded.TOGETHER.get(vendor, (vendor,)) if v in offered]
            if not members:
                continue
            alone = len(members) == 1 and one.measure == "sales"
            spread = float(deviation.sel(here).sel(vendor=members[0])) if alone else np.nan
            value = float(simulated.sel(vendor=members).sum())
            rows.append((vendor, share, value, spread))
        whole = [sum(row[k] for row in rows) if among else 1.0 for k in (1, 2)]
        found += [
            Share(
                one.domain, one.measure, one.scope, one.year, one.segment, vendor, share / whole[0],
                value / whole[1], spread / whole[1], one.source,
            )
            for vendor, share, value, spread in rows
        ]  # fmt: skip
    return found


def errors(rows: Iterable[Share]) -> tuple[float, float]:
    """Mean absolute error and the largest, in points; NaN without rows."""
    distance = [100 * abs(row.error) for row in rows]
    return (float(np.mean(distance)), max(distance)) if distance else (np.nan, np.nan)


