"""Recorded facts to compare with, as plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.nearness import by_maker as by_maker
from lockin_sim.nearness import held_out as held_out
from lockin_sim.world.schema import Table, records

#: Recorded names that stand for several vendors of the model.
TOGETHER = {
    "huawei_zte": ("huawei", "zte"),
    "hikvision_dahua": ("hikvision", "dahua"),
    "chinese_vendors": ("huawei", "zte", "xiaomi", "bbk", "transsion"),
    "absent_in_2000": ("huawei", "zte", "samsung"),
}
#: Odds that an economy is on the list of AI surveillance of 2022 at a GDP of 1 USD bn in 2020, and the power
#: of GDP that they rise with: a logit of the 119 economies covered, 62 of them listed (``surveillance``; of
#: log GDP .86 +- .16).  Nearly all run some system; of which press and tenders tell depends on their size.
LISTED = (0.0393, 0.864)
#: Countries in which a shop led in 2018.
LED_2018 = {"amazon": 58, "ebay": 13, "mercadolibre": 9, "alibaba": 15}


class Series(NamedTuple):
    """Shares of one scope, year and publisher."""

    domain: str
    scope: str
    year: int
    segment: str
    source: str
    measure: str = "sales"


class Stances(NamedTuple):
    """What economies did about Chinese suppliers of 5G networks."""

    countries: tuple[str, ...]
    since: Floats  # (country,), first year in which it restricts, NaN for never by 2023
    known_2020: Bools
    known_2023: Bools
    used: Bools  # both stances are clear enough to score against
    fit: Bools  # not kept aside


class NetworkShares(NamedTuple):
    """Recorded Chinese share of mobile networks."""

    countries: tuple[str, ...]
    share: Floats  # (country,), of 4G in 2020, else the first of 5G
    later: Floats  # (country,), of 5G in 2022, else in 2024, NaN without one or without the one of 4G
    later_year: Floats
    fit: Bools


def shares(series: Series) -> dict[str, float]:
    """Recorded shares by vendor of the model, or by a name of TOGETHER; others are left out."""
    table = records("observations")
    chosen = table["split"] == "fit"
    for column, value in series._asdict().items():
        chosen = chosen & (table[column] == value)
    chosen &= np.isin(table["period"], ["FY", "all"])
    return by_maker(dict(zip(table["vendor"][chosen].tolist(), table["share"][chosen].tolist(), strict=True)))


def stances() -> Stances:
    """Of all economies recorded, those kept aside too."""
    table = records("networks_5g")
    return Stances(
        countries=table.labels,
        since=table["restricted_since"],
        known_2020=table["status_2020"] != "",
        known_2023=table["status_2023"] != "",
        used=table["use_2020"] & table["use_2023"],
        fit=table["split"] == "fit",
    )


def network_shares() -> NetworkShares:
    """Of the economies with any; lower bounds count as they stand."""
    table = records("networks_5g")
    early, middle, late = (table[f"share_{name}"] for name in ("4g_2020", "5g_2022", "5g_2024"))
    share = _first(early, middle, late)
    some = np.isfinite(share)
    later = np.where(np.isfinite(early), _first(middle, late), np.nan)
    return NetworkShares(
        countries=tuple(np.array(table.labels)[some].tolist()),
        share=share[some],
        later=later[some],
        later_year=np.where(np.isfinite(middle), 2022, 2024)[some],
        fit=(table["split"] == "fit")[some],
    )


def _first(*columns: Floats) -> Floats:
    """The first known value of each row."""
    found = columns[0]
    for column in columns[1:]:
        found = np.where(np.isfinite(found), found, column)
    return found


def chinese_loans(countries: Sequence[str], first: int = 2010, last: int = 2020) -> Floats:
    """Recorded Chinese loans for networks and what runs on them, USD m; broadcasting left out.

    Economies without a record have 0, those kept aside NaN.  (country,).
    """
    table = records("chinese_projects")
    mine = (table["kind"] == "loan") & (table["domain"] != "broadcast")
    mine &= (table["year"] >= first) & (table["year"] <= last)
    amount = np.where(mine, np.nan_to_num(table["amount"]), 0.0)
    return _by_country(table, amount, countries)


def chinese_surveillance(countries: Sequence[str]) -> Floats:
    """Whether a Chinese vendor of AI surveillance was found by 2022; NaN where not covered.  (country,)."""
    table = records("surveillance")
    found = dict.fromkeys(table["iso3"].tolist(), 0.0)
    for iso3, chinese in zip(table["iso3"].tolist(), table["chinese_vendor"].tolist(), strict=True):
        found[iso3] = max(found[iso3], float(chinese))
    return np.array([found.get(iso3, np.nan) for iso3 in countries])


def listed(gdp: Floats) -> Floats:
    """Chance that the record lists an economy that runs AI surveillance.  gdp (...), USD bn of 2020."""
    at_one, power = LISTED
    odds = at_one * gdp**power
    found: Floats = odds / (1.0 + odds)
    return found


def cables(first: int, last: int) -> dict[str, tuple[float, float]]:
    """Shares of cables and of their length by supplier, among those with a known one, in some years."""
    table = records("cable_years")
    known = (table["year"] >= first) & (table["year"] <= last) & (table["supplier"] != "unknown")
    number, length = (np.nan_to_num(table[name]) * known for name in ("cables", "length"))
    mine = {name: table["supplier"] == name for name in np.unique(table["supplier"][known]).tolist()}
    return {
        name: (float(number[m].sum() / number.sum()), float(length[m].sum() / length.sum()))
        for name, m in mine.items()
    }


def landings(period: str) -> dict[str, float]:
    """Shares of landings by supplier, among those with a known one, over the economies recorded."""
    table = records("cable_suppliers")
    known = (table["period"] == period) & (table["supplier"] != "unknown")
    total = table["cables"][known].sum()
    names = np.unique(table["supplier"][known]).tolist()
    return {n: float(table["cables"][known & (table["supplier"] == n)].sum() / total) for n in names}


def privacy_laws() -> dict[int, float]:
    """Economies with a law on privacy, by the year at whose end they were counted."""
    table = records("privacy_laws")
    complete = table["moment"] != "middle"
    year = np.where(table["moment"] == "end", table["year"], table["year"] - 1)[complete]
    return dict(zip(year.tolist(), table["laws"][complete].tolist(), strict=True))


def _by_country(table: Table, values: Floats, countries: Sequence[str]) -> Floats:
    """Sums of a table by economy, undefined for those held out."""
    totals: dict[str, float] = {}
    for iso3, value in zip(table["iso3"].tolist(), values.tolist(), strict=True):
        totals[iso3] = totals.get(iso3, 0.0) + value
    return np.array([np.nan if held_out(i) else totals.get(i, 0.0) for i in countries])


def revenue_by_region(vendor: str, year: int) -> dict[str, float]:
    """Parts of all of a vendor's revenue of a year, by scope."""
    table = records("vendor_figures")
    mine = (table["segment"] == "revenue_by_region") & (table["vendor"] == vendor) & (table["year"] == year)
    return dict(zip(table["scope"][mine].tolist(), table["value"][mine].tolist(), strict=True))
