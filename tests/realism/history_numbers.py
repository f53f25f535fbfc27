"""Single numbers of a history that a reader would check at sight, and the record beside what is simulated.

The page and its tests share them.  Shares are in per cent, differences in points, money in USD bn.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from history_runs import History

from lockin_sim.record import MOBILE, NAVIGATION, Fact
from lockin_sim.record.tables import compute_chinese_loans
from lockin_sim.world.schema import read_table


def networks(h: History, place: str, year: int = 2020) -> float:
    """Chinese part of mobile networks, plain mean over the economies of a place, in per cent."""
    return 100 * float(h.part(MOBILE, place)[h.step(year)])


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
    years, known = (
        slice(h.step(first), h.step(last) + 1),
        np.isfinite(compute_chinese_loans(h.world.countries)),
    )
    lent = h.lent[:, years, :, h.world.sponsors.index("CHN")][..., known]
    return float(np.nansum(lent, axis=(1, 2)).mean())


# --- the rest --------------------------------------------------------------------------------------------


def galileo_abroad(h: History, year: int = 2032) -> float:
    """Part of devices outside the EU, by value, that read Galileo, in per cent."""
    now, d = h.world.conditions, h.domain(NAVIGATION)
    size = now.market_size[min(h.world.step(year), len(now.market_size) - 1), d] * ~h.members("EU")
    adopted = h.vendors[h.step(year), d, :, h.slot(NAVIGATION, "galileo")]
    return 100 * float((np.nan_to_num(adopted) * size).sum() / size.sum())


# --- the record beside what is simulated -----------------------------------------------------------------


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
