"""Loans and submarine cables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.analysis.calibration.facts import YEARS, Fact, Part
from lockin_sim.conventions import Floats
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.built import COUNTED, built
from lockin_sim.studies.hindcast.cables import CABLES
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.wording import spoken
from lockin_sim.world import World
from lockin_sim.world.names import group_name, sellers

if TYPE_CHECKING:
    import xarray as xr

#: Regions whose part of Chinese loans is compared; they do not overlap.
BORROWERS = ("Africa", "Asia_Pacific", "Latin_America", "Europe")


def loans(world: World) -> Part:
    """Parts of Chinese loans by region, 2011 to 2020, among economies that are not kept aside."""
    amount = recorded.chinese_loans(world.countries)
    usable = np.isfinite(amount)
    masks = [world.group_masks[world.group_names.index(g), 0] & usable for g in BORROWERS]
    anywhere = np.logical_or.reduce(masks)
    whole = amount[anywhere].sum()
    known = [
        Fact(
            "Chinese loans by region",
            f"part of {spoken(g)}, 2011 to 2020",
            float(amount[mask].sum() / whole),
            f"loans {g}",
            f"part of {group_name(g)}, 2011 to 2020",
        )
        for g, mask in zip(BORROWERS[:-1], masks, strict=False)
    ]  # fmt: skip  the last part follows from the others

    def read(ds: xr.Dataset) -> Floats:
        """Parts of what was lent in these years; of nothing, none.  (run, fact)."""
        lent = ds["lent"].sel(sponsor=CHINA, year=slice(2011, 2020)).transpose("run", "year", "country")
        total = np.nan_to_num(lent.values).sum(axis=1)
        whole = np.maximum(total[:, anywhere].sum(axis=1), np.finfo(float).tiny)
        return np.stack([total[:, mask].sum(axis=1) / whole for mask in masks[:-1]], axis=-1)

    return known, read


def cables(world: World) -> Part:
    """Shares of cables built from 2016 to 2020, by supplier, among those that the model has."""
    by_cable = {name: pair[0] for name, pair in recorded.cables(2016, 2020).items() if name in world.vendors}
    d = world.domains.index(CABLES)
    here = [n for n in by_cable if world.vendors.index(n) in world.slot_vendor[d]]
    whole = sum(by_cable[n] for n in here)
    known = [
        Fact("submarine cables", f"{spoken(n)}, 2016 to 2020", by_cable[n] / whole, f"cables {n}",
             f"{sellers(n)}, 2016 to 2020")
        for n in here[:-1]
    ]  # fmt: skip
    places = [world.vendors.index(n) for n in here]

    def read(ds: xr.Dataset) -> Floats:
        """Parts of the cables built in these years; of none, none.  (run, fact)."""
        seed = int(ds.attrs["seed"])
        number = built(ds, world, seed)[:, 2016 - YEARS[0] : 2021 - YEARS[0], COUNTED.index("cables")]
        mine = number.sum(axis=1)[:, places]
        total = np.maximum(mine.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        found: Floats = (mine / total)[:, :-1]
        return found

    return known, read
