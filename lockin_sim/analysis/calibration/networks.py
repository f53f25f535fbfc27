"""Whose networks economies run, and who restricts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.analysis.calibration.facts import YEARS, Fact, Part
from lockin_sim.conventions import Floats
from lockin_sim.studies.hindcast import recorded, renewals
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.studies.hindcast.mobile import MOBILE, NOTHING
from lockin_sim.studies.hindcast.others import CITIES
from lockin_sim.studies.hindcast.politics import COUNTED
from lockin_sim.studies.hindcast.targets import TARGETS
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


#: Regions whose networks in use are recorded, and the target of the hindcast that holds how much.
REGIONS = {"Europe": "chinese_base_europe", "Africa": "chinese_base_africa"}


def in_use(world: World) -> Part:
    """Chinese share of mobile networks in use in 2020, by region."""
    subject, d, step = "mobile networks in use", world.domains.index(MOBILE), 2020 - YEARS[0]
    known = [
        Fact(subject, f"Chinese share in {region}, 2020", TARGETS[name].recorded, f"base {region}")
        for region, name in REGIONS.items()
    ]
    vendors = [world.vendors.index(v) for v in recorded.TOGETHER["huawei_zte"]]
    groups = [world.group_names.index(region) for region in REGIONS]

    def read(ds: xr.Dataset) -> Floats:
        """Chinese share of each region in 2020.  (run, fact)."""
        share = ds["group_vendor_share"].transpose("run", "year", "group", "domain", "vendor").values
        found: Floats = np.nan_to_num(share[:, step, groups, d][..., vendors]).sum(-1)
        return found

    return known, read


def between_economies(world: World) -> Part:
    """How much recorded economies differ in their Chinese share, and how much each changed from 4G to 5G."""
    record = recorded.network_shares()
    fit = np.flatnonzero(record.fit & np.isin(record.countries, world.countries))
    names = [record.countries[k] for k in fit]
    share, later = record.share[fit], record.later[fit]
    paired = np.isfinite(later)
    known = [
        Fact("differences between economies", "standard deviation of Chinese shares, 2020",
             float(share.std(ddof=1)), "spread"),
        Fact("differences between economies", "part without Chinese networks, 2020",
             float((share < NOTHING).mean()), "none"),
        Fact("differences between economies", "mean of Chinese shares, 2020", float(share.mean()), "mean"),
        Fact("change from 4G to 5G", "mean absolute change of the Chinese share",
             float(np.abs(later - share)[paired].mean()), "change"),
    ]  # fmt: skip
    steps = (record.later_year[fit].astype(int) - YEARS[0])[paired]

    def read(ds: xr.Dataset) -> Floats:
        """Spread, part without Chinese networks, mean, and change.  (run, fact)."""
        chinese = chinese_share(ds, world, MOBILE, names)
        now = chinese[:, 2020 - YEARS[0]]
        later = chinese[:, steps, np.flatnonzero(paired)]
        # an economy that runs nothing yet, as one may in a run of a thousand, differs from no other
        nothing = np.where(np.isnan(now), np.nan, now < NOTHING)
        change = np.abs(later - now[:, paired])
        mean, spread = np.nanmean(now, axis=1), np.nanstd(now, axis=1, ddof=1)
        return np.stack([spread, np.nanmean(nothing, axis=1), mean, np.nanmean(change, axis=1)], -1)

    return known, read


#: Operators that keep a main supplier, by the name of the change of generation.
STAYING = {
    "stays_4g": "from 3G to 4G",
    "stays_5g": "from 4G to 5G",
    "stays_5g_free": "from 4G to 5G, without restricted incumbents",
}


def staying(world: World) -> Part:
    """Operators that keep a main supplier from one generation to the next, where nearly all are recorded.

    Not by region: of these, only Western Europe has more than six, and its part lies within the doubt.
    """
    known = [
        Fact("operators that stay", f"part of those recorded, {STAYING[name]}", part, name)
        for name, part in renewals.recorded().items()
    ]

    def read(ds: xr.Dataset) -> Floats:
        """The same part of the operators of these economies.  (run, fact)."""
        return renewals.simulated(ds, world)

    return known, read


def restricting(world: World) -> Part:
    """Number of recorded economies that restrict Chinese vendors, by year; those kept aside are not asked."""
    record = recorded.stances()
    d, h = world.domains.index(MOBILE), world.sponsors.index(CHINA)
    barred = world.conditions.barrier[0, d, :, h] | world.home[:, h]
    asked = [
        (k, world.countries.index(iso3))
        for k, iso3 in enumerate(record.countries)
        if record.fit[k] and record.known_2020[k] and iso3 in world.countries
        and not barred[world.countries.index(iso3)]
    ]  # fmt: skip
    rows, places = (np.array(column) for column in zip(*asked, strict=True))
    known = [
        Fact("economies that restrict", f"of {len(asked)} asked, by {year}",
             float((record.since[rows] <= year).sum()), "restricting")
        for year in COUNTED
    ]  # fmt: skip
    steps = np.array(COUNTED) - YEARS[0]

    def read(ds: xr.Dataset) -> Floats:
        """How many of those asked had ever restricted, by year.  (run, fact)."""
        restricted = ds["restricted"].sel(sponsor=CHINA).transpose("run", "year", "country").values
        ever = np.logical_or.accumulate(restricted[..., places], axis=1)
        found: Floats = ever[:, steps].sum(axis=-1).astype(float)
        return found

    return known, read


def surveillance(world: World) -> Part:
    """Economies listed with a Chinese vendor of AI surveillance, of those covered."""
    found = recorded.chinese_surveillance(world.countries)
    covered = np.array(world.countries)[np.isfinite(found)].tolist()
    listed = recorded.listed(world.conditions.gdp[world.step(2020), np.isfinite(found)])
    known = [
        Fact("AI surveillance", "economies with a Chinese vendor", float(np.nansum(found > 0)), "cities")
    ]

    def read(ds: xr.Dataset) -> Floats:
        """How many covered economies would be listed with a Chinese vendor.  (run, fact)."""
        share = chinese_share(ds.sel(year=[2020]), world, CITIES, covered)
        some: Floats = (share > 0) @ listed
        return some

    return known, read


def chinese_share(ds: xr.Dataset, world: World, domain: str, countries: Sequence[str]) -> Floats:
    """Chinese share of what operators of a domain run, (run, year, country), NaN where they run nothing.

    ds  with ``incumbent``
    """
    held = ds["incumbent"].transpose("run", "year", "lot")
    mine = held["lot_domain"].values == domain
    vendor, country, weight = (
        held.values[..., mine], held["lot_country"].values[mine], held["weight"].values[mine]
    )  # fmt: skip
    d, h = world.domains.index(domain), world.sponsors.index(CHINA)
    chinese = np.isin(vendor, world.slot_vendor[d][world.sponsored[d, :, h] & (world.slot_vendor[d] >= 0)])
    belongs = country[:, None] == np.asarray(countries)
    total = ((vendor >= 0) * weight) @ belongs
    found: Floats = np.divide(
        (chinese * weight) @ belongs, total, out=np.full(total.shape, np.nan), where=total > 0
    )
    return found
