"""Submarine cables: whose they are by number, by landing and by length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.built import COUNTED
from lockin_sim.studies.hindcast.rows import Found, Share, errors
from lockin_sim.studies.hindcast.sample import Sample

if TYPE_CHECKING:
    import xarray as xr

CABLES = "submarine_cable"

#: Spans of years with a record that the model has simulated from their start.
PERIODS = ((2011, 2015), (2016, 2020))


def cables(sample: Sample) -> Found:
    """Shares of cables, landings and km by period, among the suppliers that the model has."""
    rows: list[Share] = []
    for first, last in PERIODS:
        totals = sample.means["built"].sel(year=slice(first, last)).sum("year")
        by_cable = recorded.cables(first, last)
        known = {
            "cables": {name: pair[0] for name, pair in by_cable.items()},
            "landings": recorded.landings(f"{first}-{last}"),
            "km": {name: pair[1] for name, pair in by_cable.items()},
        }
        for counted, of_suppliers in known.items():
            rows += _beside(totals.sel(counted=counted), counted, last, of_suppliers)
    scores = {f"cables_{c}_error": errors(r for r in rows if r.measure == c)[0] for c in COUNTED}
    totals = sample.means["built"].sel(year=slice(2016, 2020)).sum("year").sum("vendor")
    scores["cables_per_year"] = float(totals.sel(counted="cables")) / 5
    scores["cables_landings_each"] = float(totals.sel(counted="landings") / totals.sel(counted="cables"))
    scores["cables_km_each"] = float(totals.sel(counted="km") / totals.sel(counted="cables"))
    return Found(scores, rows)


def _beside(totals: xr.DataArray, counted: str, year: int, of_suppliers: dict[str, float]) -> list[Share]:
    """Recorded shares beside simulated ones, both of the suppliers that are in both."""
    here = [
        name
        for name in of_suppliers
        if name in totals["vendor"].values and float(totals.sel(vendor=name)) > 0
    ]
    reported = np.array([of_suppliers[name] for name in here])
    simulated = totals.sel(vendor=here).values
    return [
        Share(CABLES, counted, "world", year, "five_years", name, one, other, np.nan, "telegeography_2022")
        for name, one, other in zip(
            here, (reported / reported.sum()).tolist(), (simulated / simulated.sum()).tolist(), strict=True
        )
    ]
