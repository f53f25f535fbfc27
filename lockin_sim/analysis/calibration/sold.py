"""Recorded shares of sales."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.analysis.calibration.facts import YEARS, Fact, Part
from lockin_sim.conventions import Floats
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.mobile import LEFT_OUT, MOBILE
from lockin_sim.studies.hindcast.recorded import Series
from lockin_sim.wording import located, spoken
from lockin_sim.world import World
from lockin_sim.world.names import place, sellers

if TYPE_CHECKING:
    import xarray as xr


def sold(world: World, subject: str, series: Iterable[Series], *, among: bool) -> Part:
    """Shares of sales, each year with the two around it; ``among`` as parts of the vendors recorded."""
    known: list[Fact] = []
    places: list[
        tuple[int, int, int, list[int], list[int]]
    ] = []  # group, domain, year, vendors, vendors of block
    for one in series:
        if one.scope not in world.group_names or one.year < YEARS[0] + 2:  # the first year has no sales
            continue
        d = world.domains.index(one.domain)
        here = {world.vendors[v] for v in world.slot_vendor[d] if v >= 0}
        block = {
            vendor: (share, [m for m in recorded.TOGETHER.get(vendor, (vendor,)) if m in here])
            for vendor, share in recorded.shares(one).items()
            if one.domain != MOBILE or (one.scope, vendor) not in LEFT_OUT
        }
        block = {vendor: found for vendor, found in block.items() if found[1]}
        everyone = sorted({world.vendors.index(m) for _, members in block.values() for m in members})
        whole = sum(share for share, _ in block.values()) if among else 1.0
        for vendor, (share, members) in block.items():
            what = f"{spoken(vendor)} in {spoken(one.scope)}, {one.year} ({one.source})"
            called = f"{sellers(vendor)} {located(place(one.scope))}, {one.year}"
            known.append(Fact(subject, what, share / whole, f"{subject} {one.scope} {vendor}", called))
            places.append(
                (world.group_names.index(one.scope), d, one.year - YEARS[0],
                 [world.vendors.index(m) for m in members], everyone)
            )  # fmt: skip

    def read(ds: xr.Dataset) -> Floats:
        """Shares of sales of three years around each fact's.  (run, fact)."""
        sales = ds["group_sales"].transpose("run", "year", "group", "domain", "vendor").values
        found = np.empty((len(sales), len(places)))
        for k, (group, d, step, vendors, everyone) in enumerate(places):
            near = np.nan_to_num(sales[:, step - 1 : step + 2, group, d])
            total = near[..., everyone] if among else near
            found[:, k] = (near[..., vendors].sum(-1) / total.sum(-1)).mean(axis=1)
        return found

    return known, read
