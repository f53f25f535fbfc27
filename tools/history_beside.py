"""The record as marks beside the lines of a region, and as rows beside what is simulated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from history_records import Told
from history_runs import SPONSORS, History

from lockin_sim.world import records
from lockin_sim.world.schema import read_table

#: Regions in whose panels a place of the record is drawn: those that it is, or nearly is.
PANELS = {
    "world": ("world",), "Europe": ("western_europe", "eastern_europe"), "Latin_America": ("latin_america",),
    "EU": ("western_europe", "eastern_europe"), "Central_and_Eastern_Europe": ("eastern_europe",),
    "Africa": ("africa",), "CHN": ("china",), "USA": ("usa",), "ASEAN": ("south_east_asia",),
    "ASEAN5": ("south_east_asia",),
}  # fmt: skip


class Point(NamedTuple):
    """A recorded part of one sponsor's vendors, summed over those that are recorded."""

    year: int
    sponsor: str
    share: float
    measure: str
    whole: bool  # all of the sponsor's vendors are in it


class Total(NamedTuple):
    """The recorded vendors of one sponsor in one place and year, by one publisher, beside simulated ones."""

    place: str
    point: Point
    vendors: tuple[str, ...]
    simulated: float
    source: str


def totals(h: History, domain: str) -> list[Total]:
    """Recorded shares of a market added up by sponsor."""
    owners = dict(_owners(h, domain))
    markets: dict[tuple[str, int, str, str], list[Row]] = {}
    for row in rows(h, domain):
        q = row.told.question
        markets.setdefault((q.place, q.year, q.kind, row.told.source), []).append(row)
    found = []
    for (place, year, measure, source), of_market in markets.items():
        for sponsor in SPONSORS:
            mine = {r.told.question.members: r for r in of_market
                    if all(owners[v] == sponsor for v in r.told.question.members)}  # fmt: skip
            chosen = [r for vendors, r in mine.items() if len(vendors) > 1][:1] or list(mine.values())
            if chosen:
                covered = tuple(v for r in chosen for v in r.told.question.members)
                whole = set(covered) >= {v for v, s in owners.items() if s == sponsor}
                point = Point(year, sponsor, sum(r.told.share for r in chosen), measure, whole)
                found.append(Total(place, point, covered, sum(r.simulated for r in chosen), source))
    return found


def points(h: History, domain: str) -> dict[str, list[Point]]:
    """Marks by panel: the whole of a sponsor's vendors, or else the most that is recorded of some of them."""
    best: dict[tuple[str, int, str, str], list[Point]] = {}
    for total in totals(h, domain):
        for panel in PANELS.get(total.place, ()):
            best.setdefault((panel, total.point.year, total.point.sponsor, total.point.measure), []).append(
                total.point
            )
    found: dict[str, list[Point]] = {}
    for (panel, *_), several in best.items():
        whole = [point for point in several if point.whole]
        found.setdefault(panel, []).extend(whole or [max(several, key=lambda point: point.share)])
    return found


def _owners(h: History, domain: str) -> list[tuple[str, str]]:
    """Vendors of a market and their sponsors."""
    d = h.domain(domain)
    names = (*h.world.sponsors, "")
    return [
        (h.world.vendors[v], names[s])
        for v, s in zip(h.world.slot_vendor[d].tolist(), h.world.slot_sponsor[d].tolist(), strict=True)
        if v >= 0
    ]


def recorded_spending() -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """Years with what the world spent on mobile networks, USD bn, and with China's part of it, per cent.

    China's part is what makes a vendor's share of the world the mean of its shares in China and outside.
    """
    table = records("market_sizes")
    mine = (table["domain"] == "mobile_network") & (table["scope"] == "world") & (table["unit"] == "USD bn")
    mine &= np.char.startswith(table["period"].astype(str), "Q") & (table["year"] <= 2020)
    mine &= ~np.char.startswith(table["quantity"].astype(str), "total")
    sizes = [(int(y), 4 * float(v)) for y, v in zip(table["year"][mine], table["value"][mine], strict=True)]
    size = read_table("domains")
    row = size.labels.index("mobile_network")
    sizes.append((int(size["market_size_year"][row]), float(size["market_size"][row])))
    table, parts = records("observations"), []
    for year in (2019, 2020):
        here = (table["split"] == "fit") & (table["domain"] == "mobile_network") & (table["year"] == year)
        here &= (
            (table["vendor"] == "huawei")
            & (table["measure"] == "sales")
            & (table["source"] == "delloro_2020")
        )
        here &= table["period"] == "FY"
        share = dict(zip(table["scope"][here].tolist(), table["share"][here].tolist(), strict=True))
        if {"world", "CHN", "excluding_CHN"} <= set(share):
            inside = (share["world"] - share["excluding_CHN"]) / (share["CHN"] - share["excluding_CHN"])
            parts.append((year, 100 * inside))
    return sizes, parts


class Row(NamedTuple):
    """One recorded share beside the simulated one."""

    told: Told
    simulated: float

    @property
    def miss(self) -> float:
        """Simulated less recorded, in points."""
        return 100 * (self.simulated - self.told.share)


def rows(h: History, domain: str) -> list[Row]:
    """All recorded shares of a market beside runs."""
    mean = h.said.mean(axis=0) if len(h.told) else []
    return [
        Row(told, float(said))
        for told, said in zip(h.told, mean, strict=True)
        if told.question.domain == domain
    ]


def phones_by_place(h: History) -> tuple[float, int]:
    """Mean miss of phones in places other than the world, in points, and of how many shares.

    What several publishers say of one vendor, place and year is one share.
    """
    several: dict[tuple[object, ...], list[float]] = {}
    for row in rows(h, "smartphone"):
        if row.told.question.place != "world":
            several.setdefault(row.told.question[1:5], []).append(row.miss)
    return float(np.mean([abs(np.mean(misses)) for misses in several.values()])), len(several)
