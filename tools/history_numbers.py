"""Single numbers of a history that a reader would check at sight; the page and its tests share them.

Shares are in per cent, differences in points, money in USD bn.
"""

from __future__ import annotations

import itertools

import numpy as np
from history_runs import SPONSORS, History

from lockin_sim.conventions import Floats
from lockin_sim.evidence.validate import facts_of
from lockin_sim.indices import crps
from lockin_sim.record import FITTED
from lockin_sim.record.facts import FIRST
from lockin_sim.record.tables import chinese_loans
from lockin_sim.world import World
from lockin_sim.world.schema import read_table

MOBILE, PHONES, SHOPS = "mobile_network", "smartphone", "e_commerce"
CLOUDS, CITIES = "cloud", "smart_city"
NAVIGATION, PROTOCOLS, PAYMENTS = "satellite_navigation", "internet_protocol", "digital_payments"

#: Whose networks Strand counted: the EU with Britain, and the three that follow its rules but Liechtenstein.
BESIDE_THE_EU = ("GBR", "NOR", "CHE", "ISL")


def networks(h: History, place: str, year: int = 2020) -> float:
    """Chinese part of mobile networks, plain mean over the economies of a place, in per cent."""
    return 100 * float(h.part(MOBILE, place)[h.step(year)])


def ahead(h: History, place: str, other: str, year: int = 2020) -> float:
    """By how many points one place has more Chinese networks than another."""
    return networks(h, place, year) - networks(h, other, year)


def by_people(h: History, places: tuple[str, ...], year: int = 2020) -> float:
    """Chinese part of networks weighted by population, in per cent."""
    mask = np.any([h.members(place) for place in places], axis=0)
    part = h.part_of_each(MOBILE, year)
    people = _people(h.world, year) * (mask & np.isfinite(part))
    return 100 * float((np.nan_to_num(part) * people).sum() / people.sum())


def above_half(h: History, year: int = 2020) -> float:
    """How many of the 31 economies of Europe have more than half Chinese networks, mean over runs."""
    mask = h.members("EU") | np.isin(h.world.countries, BESIDE_THE_EU)
    return float((h.parts[:, h.step(year), h.domain(MOBILE), mask, 0] > 0.5).sum(axis=1).mean())


def huawei(h: History, place: str, year: int) -> float:
    """Huawei's part of networks, plain mean over the economies of a place, in per cent."""
    here = h.vendors[h.step(year), h.domain(MOBILE), h.members(place), h.world.vendors.index("huawei")]
    return 100 * float(here.mean())


def sold(h: History, year: int, domain: str = MOBILE) -> float:
    """Chinese vendors' part of the world's sales, in per cent."""
    return 100 * float(h.chinese_sales(domain)[h.step(year)])


def largest_wave(h: History, first: int = 2014, last: int = 2026, within: int = 4) -> float:
    """Largest change of that part between two years at most so many apart, in points."""
    path = 100 * h.chinese_sales(MOBILE)[h.step(first) : h.step(last) + 1]
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


def country_score(h: History) -> float:
    """CRPS of the recorded Chinese shares of networks that may be fitted to, in points."""
    mine = [fact for fact in facts_of(h.world) if fact.subject == FIRST and fact.split == FITTED]
    place = [h.world.countries.index(fact.question.place) for fact in mine]
    found = h.parts[:, h.step(2020), h.domain(MOBILE), :, 0][:, place].astype(float)
    return 100 * float(crps(found, np.array([fact.recorded for fact in mine])).mean())


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


def outside_nato(h: History, year: int = 2023) -> float:
    """The same, mean over members of the EU that were not in NATO when the year began."""
    table = read_table("memberships")
    allies = table["iso3"][(table["club"] == "NATO") & (table["from"] < year)]
    eu = np.array(h.world.countries)[h.members("EU")]
    who = [c for c in eu.tolist() if c not in allies]
    return float(np.mean([restricting(h, iso3, year) for iso3 in who]))


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


def least_rules(h: History, iso3: str) -> float:
    """Least adoption of the EU's data rules in an economy in any year and run, in per cent."""
    return 100 * float(np.nan_to_num(h.rules[:, :, h.world.countries.index(iso3)]).min())


def galileo_abroad(h: History, year: int = 2032) -> float:
    """Part of devices outside the EU, by value, that read Galileo, in per cent."""
    return 100 * _abroad(h, "galileo", year)


def chinese_protocols(h: History) -> float:
    """Most that Chinese rules of internet protocols are adopted in any economy, year and run, in per cent."""
    return 100 * float(np.nanmax(h.parts[:, :, h.domain(PROTOCOLS), :, SPONSORS.index("CHN")]))


def one_vendor(h: History, domain: str, iso3: str, vendor: str, year: int = 2020) -> float:
    """Share of one vendor in one economy, in per cent."""
    return 100 * h.vendor(domain, iso3, vendor, year)


def first_maker(h: History, iso3: str, year: int = 2019) -> str:
    """The maker of most phones in use in an economy."""
    here = h.vendors[h.step(year), h.domain(PHONES), h.world.countries.index(iso3)]
    return h.world.vendors[int(np.nanargmax(here))]


def _abroad(h: History, system: str, year: int) -> float:
    """Adoption of Galileo outside its states, weighted by the size of the market."""
    now, d = h.world.conditions, h.domain(NAVIGATION)
    size = now.market_size[min(h.world.step(year), len(now.market_size) - 1), d] * ~h.members("EU")
    adopted = h.vendors[h.step(year), d, :, h.world.vendors.index(system)]
    return float((np.nan_to_num(adopted) * size).sum() / size.sum())


def _people(world: World, year: int) -> Floats:
    """Population, millions.  (country,)."""
    table = read_table("economy")
    now = dict(zip(table["iso3"][table["year"] == year].tolist(),
                   table["population"][table["year"] == year].tolist(), strict=True))  # fmt: skip
    return np.array([now.get(iso3, 0.0) for iso3 in world.countries])
