"""Read tables of the record as numbers, and its places as groups of markets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.errors import unusable
from lockin_sim.record import BRANDS, CHANGES, LOANS, MOBILE, SPONSOR
from lockin_sim.world import World, records, resolve_world
from lockin_sim.world.held_out import STANCES, is_kept_aside
from lockin_sim.world.loans import compute_loan_amounts
from lockin_sim.world.restrictions import stances
from lockin_sim.world.schema import Table, read_table, record_tables
from lockin_sim.world.suppliers import GENERATIONS, changes, spells

#: Odds that an economy is on the list of AI surveillance of 2022 at a GDP of 1 bn USD in 2020, and their
#: power of GDP: a logit of the 153 economies covered, 82 of them listed (``surveillance``; of log GDP
#: .93 +- .15).  Nearly all run some system; larger ones appear in press and tenders.
LISTED = (0.0348, 0.926)

#: Columns of ``networks_5g`` with Chinese shares, by year.
NETWORK_SHARES = {2020: "share_4g_2020", 2022: "share_5g_2022", 2024: "share_5g_2024"}

#: Scopes of publishers as market regions of the table of countries.
REGIONS = {
    "EMEA": ("africa", "cis", "eastern_europe", "gulf_middle_east", "western_europe"),
    "America": ("canada_australasia", "latin_america", "usa"),
    "Asia_Pacific": ("japan", "korea", "other_east_asia", "pacific_islands", "south_asia", "south_east_asia"),
    "Latin_America": ("latin_america",),
    "Central_and_Eastern_Europe": ("eastern_europe",),
}
#: Scopes as lists of economies.
LISTS = {
    "KEN_UGA_TZA": ("KEN", "UGA", "TZA"),
    "GCC": ("ARE", "BHR", "KWT", "OMN", "QAT", "SAU"),
    "EU5": ("DEU", "ESP", "FRA", "GBR", "ITA"),
    **{iso3: (iso3,) for iso3 in ("DEU", "GBR", "IND", "JPN", "KEN", "RUS", "USA")},
}
#: Australia and New Zealand count as Asia and the Pacific, not with Canada.
PACIFIC = ("AUS", "NZL")


def with_places(world: World, more: Iterable[str] = (), *, only: Iterable[str] | None = None) -> World:
    """Add a group of markets for each place of the record; groups change only what is measured.

    Parameters
    ----------
    world
        Any world.
    more
        ISO3 codes of further economies to be groups of their own.
    only
        Names of the groups to keep; None = all.
    """
    table = read_table("countries")
    region = dict(zip(table.labels, table["market_region"].tolist(), strict=True))
    codes, of = np.array(world.countries), np.array([region.get(c, "") for c in world.countries])
    masks = {name: np.isin(of, regions) & ~np.isin(codes, PACIFIC) for name, regions in REGIONS.items()}
    masks["Asia_Pacific"] |= np.isin(codes, PACIFIC)
    masks |= {name: np.isin(codes, members) for name, members in LISTS.items()}
    masks |= {code: codes == code for code in more}
    shape = len(world.domains), len(world.countries)
    groups = {name: np.broadcast_to(mask, shape) for name, mask in masks.items() if mask.any()}
    groups = {**world.groups, **groups}
    if only is not None:
        groups = {name: mask for name, mask in groups.items() if name in set(only)}
    return dataclasses.replace(world, groups=groups)


def check_recorded_world(world: World) -> World:
    """Return the world if it has all that the record is about.

    Raises InputError for a world without a recorded domain, vendor or sponsor, or with own facts.
    """
    bundled = resolve_world(None)
    if "own_facts" in world.facts:
        raise unusable("world", words="own facts", allowed="a world without, for no estimate rests on them")
    for known, has in (
        (bundled.domains, world.domains),
        (bundled.vendors, world.vendors),
        (bundled.sponsors, world.sponsors),
    ):
        if lacking := [name for name in known if name not in has]:
            found = f"{world.name}, which has no {lacking[0]}"
            raise unusable("world", words=found, allowed="one with all that is recorded, as the bundled one")
    return world


def mask_barred_economies(world: World) -> Bools:
    """Return the mask of economies in which restricting the sponsor's vendors does not apply.  (country,).

    These are the sponsor's home economies and economies that always barred its vendors.
    """
    h, d = world.sponsors.index(SPONSOR), world.domains.index(MOBILE)
    return world.conditions.barrier[0, d, :, h] | world.home[:, h]


def list_market_vendors(world: World, domain: str) -> tuple[str, ...]:
    """Return the vendors of a market."""
    return tuple(world.vendors[v] for v in world.slot_vendor[world.domains.index(domain)] if v >= 0)


def list_sponsor_vendors(world: World, domain: str) -> tuple[str, ...]:
    """Return the vendors of the sponsor in a market."""
    d, h = world.domains.index(domain), world.sponsors.index(SPONSOR)
    slots = np.flatnonzero((world.slot_vendor[d] >= 0) & (world.slot_sponsor[d] == h))
    return tuple(world.vendors[v] for v in world.slot_vendor[d, slots])


# --- tables as numbers ---------------------------------------------------------------------------------


def sum_brands_by_maker(shares: Mapping[str, float]) -> dict[str, float]:
    """Sum the shares of brands by maker in one market.

    A maker without all required brands is left out; other vendors keep their shares.
    """
    by_vendor = dict(shares)
    for vendor, (needed, besides) in BRANDS.items():
        parts = {brand: by_vendor.pop(brand) for brand in (*needed, *besides) if brand in by_vendor}
        if set(needed) <= set(parts):
            by_vendor[vendor] = sum(parts.values())
    return by_vendor


@cache
def load_bundled_table(name: str) -> Table:
    """Load a bundled table, of records or of the world; the table is read once."""
    return records(name) if name in record_tables() else read_table(name)


def load_recorded_loans() -> Table:
    """Load the Chinese loans for networks and services on them, project by project."""
    return load_bundled_table("loans")


def sum_loans_by_economy(table: Table, first: int, last: int) -> dict[str, float]:
    """Sum the loans of some years in a table of loans, USD m by economy."""
    mine, totals = (table["year"] >= first) & (table["year"] <= last), dict[str, float]()
    for iso3, amount in zip(
        table["iso3"][mine].tolist(), (1e3 * compute_loan_amounts(table)[mine]).tolist(), strict=True
    ):
        totals[iso3] = totals.get(iso3, 0.0) + amount
    return totals


def compute_chinese_loans(countries: Sequence[str], first: int = LOANS[0], last: int = LOANS[1]) -> Floats:
    """Compute recorded Chinese loans in the order of some economies, USD m.  (country,).

    Returns 0 for an economy without a record, NaN for an economy kept aside.
    """
    totals = sum_loans_by_economy(load_recorded_loans(), first, last)
    return np.array([np.nan if is_kept_aside(c) else totals.get(c, 0.0) for c in countries])


def read_surveillance(table: Table) -> dict[str, float]:
    """Return whether a Chinese vendor of AI surveillance was found in each covered economy, 0 or 1."""
    listed: dict[str, float] = {}
    for iso3, chinese in zip(table["iso3"].tolist(), table["chinese_vendor"].tolist(), strict=True):
        listed[iso3] = max(listed.get(iso3, 0.0), float(chinese))
    return listed


def compute_listing_probability(gdp: Floats) -> Floats:
    """Compute the chance that the record lists an economy with AI surveillance.  gdp (...), USD bn, 2020."""
    at_one, power = LISTED
    odds = at_one * gdp**power
    return odds / (1.0 + odds)


def compute_cable_shares(since: int, until: int) -> dict[str, dict[str, float]]:
    """Compute shares of cables, landings and km by supplier in a period.

    Shares are among cables of known suppliers.  Returns shares by supplier, by measure.
    """
    table, landed = records("cable_years"), records("cable_suppliers")
    mine = (table["year"] >= since) & (table["year"] <= until)
    columns = {
        "cables": (table, mine, "cables"),
        "landings": (landed, landed["period"] == f"{since}-{until}", "cables"),
        "km": (table, mine, "length"),
    }
    shares = {}
    for counted, (of, chosen, column) in columns.items():
        chosen &= of["supplier"] != "unknown"
        number = np.where(chosen, np.nan_to_num(of[column]), 0.0)
        names = np.unique(of["supplier"][chosen]).tolist()
        shares[counted] = {n: float(number[of["supplier"] == n].sum() / number.sum()) for n in names}
    return shares


def count_privacy_laws() -> dict[int, float]:
    """Count the economies with a privacy law at the ends of years."""
    table = records("privacy_laws")
    complete = table["moment"] != "middle"
    year = np.where(table["moment"] == "end", table["year"], table["year"] - 1)[complete]
    return dict(zip(year.tolist(), table["laws"][complete].tolist(), strict=True))


def read_revenue_by_region(vendor: str, year: int) -> dict[str, float]:
    """Return the shares of a vendor's revenue of a year, by scope."""
    table = records("vendor_figures")
    mine = (table["segment"] == "revenue_by_region") & (table["vendor"] == vendor) & (table["year"] == year)
    return dict(zip(table["scope"][mine].tolist(), table["value"][mine].tolist(), strict=True))


@cache
def load_recorded_stances() -> Table:
    """Load what economies on record had decided about the sponsor's vendors, see :func:`.stances`."""
    return stances(load_bundled_table("restrictions"), SPONSOR)


class NetworkShares(NamedTuple):
    """Recorded Chinese shares of mobile networks.

    countries   economies with any share
    share       of 4G in 2020, else the first of 5G; lower bounds count as values.  (country,)
    later       of 5G in 2022, else in 2024, NaN without a 5G share or without a 4G share.  (country,)
    later_year  year of ``later``.  (country,)
    fit         not kept aside.  (country,)
    """

    countries: tuple[str, ...]
    share: Floats
    later: Floats
    later_year: Floats
    fit: Bools


def load_network_shares() -> NetworkShares:
    """Load the recorded Chinese shares of mobile networks of all economies with any share."""
    table = records("networks_5g")
    early, middle, late = (table[name] for name in NETWORK_SHARES.values())
    after = np.where(np.isfinite(middle), middle, late)
    share = np.where(np.isfinite(early), early, after)
    some = np.isfinite(share)
    return NetworkShares(
        countries=tuple(np.array(table.labels)[some].tolist()),
        share=share[some],
        later=np.where(np.isfinite(early), after, np.nan)[some],
        later_year=np.where(np.isfinite(middle), 2022, 2024)[some],
        fit=np.array([not is_kept_aside(c, STANCES) for c in np.array(table.labels)[some]]),
    )


@cache
def list_complete_economies() -> tuple[str, ...]:
    """Return the economies with records of nearly all operators, the least biased part of the record."""
    table = records("supplier_economies")
    return tuple(np.array(table.labels)[table["complete"]].tolist())


@cache
def compute_recorded_retention() -> dict[str, float]:
    """Compute the recorded share of operators that stayed, in these economies, by name of :data:`CHANGES`."""
    known = [change for change in changes(spells()) if change.after.complete]
    first = GENERATIONS.index("4G")
    return {
        name: float(
            np.mean(
                [
                    change.stayed
                    for change in known
                    if change.after.generation == first + generation and (everybody or not change.hit)
                ]
            )
        )
        for name, (generation, everybody) in CHANGES.items()
    }


#: Differences between economies in their Chinese share, and its change: subject and number in words.
BETWEEN = {
    "spread": ("differences between economies", "standard deviation of Chinese shares, 2020"),
    "none": ("differences between economies", "part without Chinese networks, 2020"),
    "mean": ("differences between economies", "mean of Chinese shares, 2020"),
    "change": ("change from 4G to 5G", "mean absolute change of the Chinese share"),
}
#: A share that rounds to zero.
NOTHING = 0.01


def compute_country_differences(share: Floats, change: Floats) -> dict[str, Floats]:
    """Compute the numbers of :data:`BETWEEN`, (run,) each.

    Economies without a base, which occur in one run of a thousand, are left out.
    share, change  of each economy.  (run, country)
    """
    nothing = np.where(np.isnan(share), np.nan, share < NOTHING)
    return {
        "spread": np.nanstd(share, axis=1, ddof=1),
        "none": np.nanmean(nothing, axis=1),
        "mean": np.nanmean(share, axis=1),
        "change": np.nanmean(np.abs(change), axis=1),
    }


def mask_unasked_rows(world: World, table: Table) -> Bools:
    """Return the mask of rows of economies outside the world, or not concerned by restrictions.  (row,)."""
    codes = np.array(world.countries)[~mask_barred_economies(world)]
    return ~np.isin(table["iso3"], codes)
