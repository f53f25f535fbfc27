"""Single numbers of a history that a reader would check at sight, and the record beside what is simulated.

The page and its tests share them.  Shares are in per cent, differences in points, money in USD bn.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from history_runs import SPONSORS, History

from lockin_sim.record import MOBILE, NAVIGATION, Fact
from lockin_sim.record.tables import chinese_loans
from lockin_sim.world import records
from lockin_sim.world.schema import read_table

PROTOCOLS = "internet_protocol"


def networks(h: History, place: str, year: int = 2020) -> float:
    """Chinese part of mobile networks, plain mean over the economies of a place, in per cent."""
    return 100 * float(h.part(MOBILE, place)[h.step(year)])


def by_people(h: History, places: tuple[str, ...], year: int = 2020) -> float:
    """Chinese part of networks weighted by population, in per cent."""
    mask = np.any([h.members(place) for place in places], axis=0)
    part = h.part_of_each(MOBILE, year)
    table = read_table("economy")
    rows = zip(table["iso3"].tolist(), table["year"].tolist(), table["population"].tolist(), strict=True)
    now = {iso3: people for iso3, when, people in rows if when == year}
    people = np.array([now.get(iso3, 0.0) for iso3 in h.world.countries]) * (mask & np.isfinite(part))
    return 100 * float((np.nan_to_num(part) * people).sum() / people.sum())


def huawei(h: History, place: str, year: int) -> float:
    """Huawei's part of networks, plain mean over the economies of a place, in per cent."""
    here = h.vendors[h.step(year), h.domain(MOBILE), h.members(place), h.world.vendors.index("huawei")]
    return 100 * float(here.mean())


def sold(h: History, year: int, domain: str = MOBILE) -> float:
    """Chinese vendors' part of the world's sales, in per cent."""
    return 100 * float(h.sold(domain)[h.step(year)])


def largest_wave(h: History, first: int = 2014, last: int = 2026, within: int = 4) -> float:
    """Largest change of that part between two years at most so many apart, in points."""
    path = 100 * h.sold(MOBILE)[h.step(first) : h.step(last) + 1]
    pairs = itertools.combinations(range(len(path)), 2)
    return max(abs(float(path[b] - path[a])) for a, b in pairs if b - a <= within)


def spent_in_china(h: History, year: int) -> float:
    """China's part of what the world spends on mobile networks, in per cent."""
    world, china = (path[h.step(year)] for path in h.spending(MOBILE))
    return 100 * float(china / world)


def spending_swing(h: History, first: int = 2012, last: int = 2022) -> float:
    """The largest year of the world's spending on mobile networks over the smallest."""
    path = h.spending(MOBILE)[0][h.step(first) : h.step(last) + 1]
    return float(path.max() / path.min())


def steps_of_quality(domain: str) -> dict[str, float]:
    """Largest step between neighbouring knots of each vendor's quality, the settled level among them."""
    table = read_table("quality")
    found: dict[str, float] = {}
    mine = table["domain"] == domain
    for vendor in np.unique(table["vendor"][mine]).tolist():
        here = mine & (table["vendor"] == vendor)
        path = table["quality"][here][np.argsort(table["year"][here], kind="stable")]
        found[vendor] = float(np.abs(np.diff(path)).max(initial=0.0))
    return found


def largest_step(domain: str = MOBILE) -> float:
    """Largest step of any vendor's quality."""
    return max(steps_of_quality(domain).values())


def residuals(domain: str = MOBILE) -> int:
    """How many terms of a market nothing else explains; rows alike in years and size are one."""
    table = read_table("events")
    mine = (table["domain"] == domain) & (table["kind"] == "residual")
    columns = ("vendor", "sponsor", "from", "until", "utility", "note")
    return len({tuple(str(table[name][row]) for name in columns) for row in np.flatnonzero(mine)})


# --- states ----------------------------------------------------------------------------------------------


def owed_to_rivals(h: History, borrowers: tuple[str, ...] = ("CHN", "RUS")) -> float:
    """Most that one of these owes the EU, Japan or the USA in any year of any run, USD bn."""
    who = [h.world.countries.index(iso3) for iso3 in borrowers]
    whom = [h.world.sponsors.index(name) for name in ("EU", "JPN", "USA")]
    return float(np.nanmax(h.debt[:, :, who][..., whom]))


def restricting(h: History, iso3: str, year: int) -> float:
    """In how many of a hundred runs an economy restricts Chinese vendors."""
    return 100 * float(h.restricting(iso3)[h.step(year)])


def eu_states(h: History, year: float = 2023.5) -> float:
    """How many of the EU's states restrict: between the ends of two years, mean over runs."""
    count = h.restricted[:, :, h.members("EU")].sum(axis=2).mean(axis=0)
    return float(np.interp(year, np.array(h.years) + 1.0, count))


def lent_by_china(h: History, first: int = 2011, last: int = 2020) -> float:
    """What China lent to economies that are not kept aside, USD bn, mean over runs."""
    years, known = slice(h.step(first), h.step(last) + 1), np.isfinite(chinese_loans(h.world.countries))
    lent = h.lent[:, years, :, h.world.sponsors.index("CHN")][..., known]
    return float(np.nansum(lent, axis=(1, 2)).mean())


# --- the rest --------------------------------------------------------------------------------------------


def galileo_abroad(h: History, year: int = 2032) -> float:
    """Part of devices outside the EU, by value, that read Galileo, in per cent."""
    now, d = h.world.conditions, h.domain(NAVIGATION)
    size = now.market_size[min(h.world.step(year), len(now.market_size) - 1), d] * ~h.members("EU")
    adopted = h.vendors[h.step(year), d, :, h.world.vendors.index("galileo")]
    return 100 * float((np.nan_to_num(adopted) * size).sum() / size.sum())


# --- the record as marks beside lines, and as rows beside what is simulated ----------------------------

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
                point = Point(year, sponsor, sum(r.told.recorded for r in chosen), measure, whole)
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
        here &= (table["vendor"] == "huawei") & (table["measure"] == "sales") & (table["period"] == "FY")
        here &= table["source"] == "delloro_2020"
        share = dict(zip(table["scope"][here].tolist(), table["share"][here].tolist(), strict=True))
        if {"world", "CHN", "excluding_CHN"} <= set(share):
            inside = (share["world"] - share["excluding_CHN"]) / (share["CHN"] - share["excluding_CHN"])
            parts.append((year, 100 * inside))
    return sizes, parts


class Row(NamedTuple):
    """One recorded share beside the simulated one."""

    told: Fact
    simulated: float

    @property
    def miss(self) -> float:
        """Simulated less recorded, in points."""
        return 100 * (self.simulated - self.told.recorded)


def rows(h: History, domain: str) -> list[Row]:
    """All recorded shares of a market beside runs."""
    means = h.said.mean(axis=0).tolist() if h.told else []
    pairs = zip(h.told, means, strict=True)
    return [Row(told, said) for told, said in pairs if told.question.domain == domain]


def phones_by_place(h: History) -> tuple[float, int]:
    """Mean miss of phones in places other than the world, in points, and of how many shares.

    What several publishers say of one vendor, place and year is one share.
    """
    several: dict[tuple[object, ...], list[float]] = {}
    for row in rows(h, "smartphone"):
        if row.told.question.place != "world":
            several.setdefault(row.told.question[1:5], []).append(row.miss)
    return float(np.mean([abs(np.mean(misses)) for misses in several.values()])), len(several)
