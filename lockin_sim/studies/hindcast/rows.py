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


class Drift(NamedTuple):
    """How far a share of the world's sales moves when nothing is recorded any more."""

    domain: str
    vendor: str
    since: int
    start: float
    end: float
    farthest: float  # change to the year in which it is farthest from the start

    @property
    def change(self) -> float:
        """Change of the share."""
        return self.end - self.start


class Check(NamedTuple):
    """Something that is believable at sight, or not."""

    name: str
    what: str
    number: float
    holds: bool


class Found(NamedTuple):
    """What one subject adds to a hindcast."""

    scores: Mapping[str, float]
    shares: Sequence[Share] = ()


def smoothed(sample: Sample) -> xr.DataArray:
    """Mean shares of sales, each year with the two around it: reported years are not the model's."""
    return sample.means["sales"].rolling(year=3, center=True).mean()


def compared(sample: Sample, series: Iterable[Series], *, among: bool = False) -> list[Share]:
    """Recorded shares beside simulated ones.

    among  both as shares of the vendors that are recorded, where others are in one of the two totals only
    """
    known = [one for one in series if one.scope in sample.world.group_names and one.year <= sample.last_year]
    blocks = [_block(sample, one) for one in known]
    return [row for block in blocks for row in (_among(block) if among else block)]


def _block(sample: Sample, one: Series) -> list[Share]:
    """The rows of one series whose vendors the domain has."""
    here = {"domain": one.domain, "group": one.scope, "year": one.year}
    sold = one.measure == "sales"
    simulated = (smoothed(sample) if sold else sample.means["base"]).sel(here)
    deviation = sample.means["sales_sd"].sel(here)
    offered = set(simulated["vendor"].values[np.isfinite(simulated.values)].tolist())
    rows = []
    for vendor, share in recorded.shares(one).items():
        members = [v for v in recorded.TOGETHER.get(vendor, (vendor,)) if v in offered]
        if members:
            value = float(simulated.sel(vendor=members).sum())
            spread = float(deviation.sel(vendor=members[0])) if sold and len(members) == 1 else np.nan
            place = (one.domain, one.measure, one.scope, one.year, one.segment)
            rows.append(Share(*place, vendor, share, value, spread, one.source))
    return rows


def _among(block: list[Share]) -> list[Share]:
    """The same as shares of the vendors recorded."""
    reported, simulated = sum(row.recorded for row in block), sum(row.simulated for row in block)
    return [
        row._replace(
            recorded=row.recorded / reported,
            simulated=row.simulated / simulated,
            deviation=row.deviation / simulated,
        )
        for row in block
    ]


def errors(rows: Iterable[Share]) -> tuple[float, float]:
    """Mean absolute error and the largest, in points; NaN without rows."""
    distance = [100 * abs(row.error) for row in rows]
    return (float(np.mean(distance)), max(distance)) if distance else (np.nan, np.nan)
