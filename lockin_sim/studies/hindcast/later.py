"""After the record: how far shares drift."""

from __future__ import annotations

import numpy as np

from lockin_sim.studies.hindcast.rows import Drift
from lockin_sim.studies.hindcast.sample import Sample
from lockin_sim.world.schema import read_table

#: Years that an offer's quality has to settle in after its last recorded one.
SETTLES = 3


def last_recorded() -> dict[tuple[str, str], int]:
    """Last year with a recorded quality of each offer, by domain and vendor."""
    table = read_table("quality")
    last: dict[tuple[str, str], int] = {}
    for domain, vendor, year, kind in zip(
        *(table[c] for c in ("domain", "vendor", "year", "kind")), strict=True
    ):
        if kind == "record":
            last[domain, vendor] = max(last.get((domain, vendor), 0), int(year))
    return last


def drifts(sample: Sample, until: int = 2050) -> list[Drift]:
    """Movement of each vendor's share of the world's base from when its quality has settled."""
    if until > sample.last_year:
        return []
    base = sample.means["base"].sel(group="world")
    rows = []
    for (domain, vendor), year in last_recorded().items():
        if sample.world.buyer[sample.world.domains.index(domain)] == "adopters":
            continue
        path = base.sel(domain=domain, vendor=vendor)
        start, end = (float(path.sel(year=y)) for y in (year + SETTLES, until))
        if np.isfinite(start) and np.isfinite(end):
            moved = path.sel(year=slice(year + SETTLES, until)).values - start
            farthest = float(moved[np.abs(moved).argmax()])
            rows.append(Drift(domain, vendor, year + SETTLES, start, end, farthest))
    return rows


def largest(rows: list[Drift]) -> dict[str, float]:
    """The largest movement in each domain, in points: to the end, and to any year."""
    found: dict[str, float] = {}
    for row in rows:
        for name, change in ((f"drift_{row.domain}", row.change), (f"drift_{row.domain}_ever", row.farthest)):
            found[name] = max(found.get(name, 0.0), 100 * abs(change))
    return found
