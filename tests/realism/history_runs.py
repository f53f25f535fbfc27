"""Runs of the baseline as a reader of history looks at them: by economy, sponsor and year, beside the record.

Whose vendors an economy has is kept of every run; single vendors as means over runs.  A region is a market
region or group of the table of economies, and its figure the plain mean over its economies: weights by output
would show the largest and hide the rest.  Recorded shares that are kept aside (``split``) are not read;
quarters stand for a year that is not known as a whole.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

import lockin_sim as ls
from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.statistics import mean_by_column
from lockin_sim.model.measures import Alone
from lockin_sim.record import PHONES, Fact, Question
from lockin_sim.record.facts import BY_NUMBER, WHOLE, group_shares_by_market, match_reported_vendors
from lockin_sim.record.questions import AT_ONCE, BY_SLOT, RunView, answer_questions
from lockin_sim.record.tables import sum_brands_by_maker
from lockin_sim.record.tables import with_places as with_scopes
from lockin_sim.world import World, records
from lockin_sim.world.schema import read_table

RECORD = Alone((*BY_SLOT.values(), "debt", "lent", "restricted"))
SPONSORS = ("CHN", "USA", "EU")


@dataclass(frozen=True)
class History:
    """What is kept of some runs.

    parts       part of what an economy has that the vendors of each of SPONSORS run; of systems and rules
                that do not exclude each other, how far theirs is adopted.  (run, year, domain, country,
                sponsor), NaN where it has nothing
    vendors     the same by slot of a vendor, mean over runs.  (year, domain, country, slot)
    rules       adoption of the rules of the EU.  (run, year, country)
    debt, lent  USD bn.  (run, year, country, sponsor)
    restricted  whether Chinese vendors are restricted.  (run, year, country)
    sales       USD bn by slot, in the world and in China.  (run, year, domain, slot) each
    told        recorded shares, where they were asked for, and ``said``, what runs say of them.  (run, fact)
    """

    world: World
    years: tuple[int, ...]
    parts: Floats
    vendors: Floats
    rules: Floats
    debt: Floats
    lent: Floats
    restricted: Bools
    sales: Floats
    sales_of_china: Floats
    said: Floats
    told: list[Fact] = field(default_factory=list)

    @property
    def runs(self) -> int:
        """How many runs."""
        return len(self.parts)

    def step(self, year: int) -> int:
        """Position of a year."""
        return self.years.index(year)

    def domain(self, name: str) -> int:
        """Position of a domain."""
        return self.world.domains.index(name)

    @cached_property
    def groups(self) -> dict[str, Bools]:
        """Economies of the world, of each market region, and of each group of economies."""
        mine = np.array([region_of()[c] for c in self.world.countries])
        found = {str(name): mine == name for name in np.unique(mine)}
        named = {name: mask for name, mask in self.world.groups.items() if (mask == mask[:1]).all()}
        return {name: mask[0] for name, mask in named.items()} | found | {"world": mine != ""}

    def members(self, place: str) -> Bools:
        """Economies of a region or group, or the one economy of a code."""
        if place in self.groups:
            return self.groups[place]
        return np.arange(len(self.world.countries)) == self.world.countries.index(place)

    def part(self, domain: str, place: str, sponsor: str = "CHN") -> Floats:
        """A sponsor's part: mean over runs, then plain mean over economies that have any.  (year,)."""
        here = self.parts[:, :, self.domain(domain), self.members(place), SPONSORS.index(sponsor)]
        return mean_by_column(mean_by_column(here).T)

    def vendor(self, domain: str, iso3: str, vendor: str, year: int) -> float:
        """Mean share of one vendor in one economy."""
        place = self.domain(domain), self.world.countries.index(iso3), self.slot(domain, vendor)
        return float(self.vendors[(self.step(year), *place)])

    def slot(self, domain: str, vendor: str) -> int:
        """Slot of a vendor in a domain."""
        slots = self.world.slot_vendor[self.domain(domain)].tolist()
        return slots.index(self.world.vendors.index(vendor))

    def sold(self, domain: str, sponsor: str = "CHN") -> Floats:
        """A sponsor's part of the world's sales, mean over runs of yearly shares.  (year,)."""
        d, sales = self.domain(domain), np.nan_to_num(self.sales[:, :, self.domain(domain)])
        whole, mine = sales.sum(axis=-1), of_sponsors(self.world)[d, :, SPONSORS.index(sponsor)]
        part = sales[..., mine].sum(axis=-1)
        found: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0).mean(axis=0)
        return found

    def spending(self, domain: str) -> tuple[Floats, Floats]:
        """USD bn that the world and China spend, mean over runs.  (year,) each, NaN in the first."""
        d = self.domain(domain)
        world, china = (
            np.nansum(sales[:, :, d], axis=-1).mean(axis=0) for sales in (self.sales, self.sales_of_china)
        )
        world[0] = china[0] = np.nan
        return world, china

    def restricting(self, iso3: str) -> Floats:
        """Part of runs in which an economy restricts Chinese vendors.  (year,)."""
        here: Floats = self.restricted[:, :, self.world.countries.index(iso3)].mean(axis=0)
        return here


def of_sponsors(world: World) -> Bools:
    """Which vendors are whose in each market.  (domain, slot, sponsor of SPONSORS)."""
    theirs = world.slot_sponsor[..., None] == [world.sponsors.index(sponsor) for sponsor in SPONSORS]
    return theirs & (world.slot_vendor >= 0)[..., None]


def simulated(
    runs: int = 64,
    seed: int = 77,
    engine: str = "auto",
    until: int = 2050,
    *,
    facts: bool = False,
    history: str = "prior",
) -> History:
    """Simulate the baseline, some runs at a time.

    facts    ask the runs about recorded shares of phones, too
    history  as of :func:`lockin_sim.simulate`
    """
    world = with_places(ls.load_world()) if facts else ls.load_world()
    told = shares(world) if facts else []
    questions, whose, batches = tuple(fact.question for fact in told), of_sponsors(world), []
    for first in range(0, runs, AT_ONCE):
        ds = ls.simulate(
            "baseline", world=world, runs=range(first, min(first + AT_ONCE, runs)), seed=seed, engine=engine,
            history=history, years=(world.first_year, until), record=RECORD,
        )  # fmt: skip
        said = answer_questions(RunView(ds, world), questions) if facts else np.zeros((ds.sizes["run"], 0))
        batches.append(_kept(ds, world, whose) | {"said": said})
    years = tuple(range(world.first_year, until + 1))
    weights = [len(batch["parts"]) / runs for batch in batches]
    vendors = sum(w * batch.pop("vendors") for w, batch in zip(weights, batches, strict=True))
    joined = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    return History(world=world, years=years, vendors=vendors, told=told, **joined)


def _kept(ds: xr.Dataset, world: World, whose: Bools) -> dict[str, Floats]:
    """What is kept of a batch."""
    laws = world.domains.index("data_governance")
    rules = world.slot_vendor[laws].tolist().index(world.vendors.index("eu_rules"))
    adopted, by_group = (
        BY_SLOT["adoption"].of(ds),
        BY_SLOT["group_sales"].of(ds).transpose("run", "year", "group", "domain", "slot"),
    )
    money = ("run", "year", "country", "sponsor")
    by_domain = [_of_domain(ds, world, d, theirs) for d, theirs in enumerate(whose)]
    parts, vendors = zip(*by_domain, strict=True)
    return {
        "parts": np.stack(parts, axis=2),
        "vendors": np.stack(vendors, axis=1),
        "rules": adopted.isel(domain=laws, slot=rules).transpose("run", "year", "country").values,
        "debt": ds["debt"].transpose(*money).values,
        "lent": ds["lent"].transpose(*money).values,
        "restricted": ds["restricted"].sel(sponsor="CHN").transpose("run", "year", "country").values > 0,
        "sales": by_group.sel(group="world").values,
        "sales_of_china": by_group.sel(group="CHN").values,
    }


def _of_domain(ds: xr.Dataset, world: World, d: int, theirs: Bools) -> tuple[Floats, Floats]:
    """Parts of sponsors in a domain, (run, year, country, sponsor), and shares of vendors, mean over runs, of
    what an economy has, or adoption of what does not exclude others.  One domain after the other: all at once
    take gigabytes.  theirs (slot, sponsor)"""
    beside = world.buyer[d] == "adopters"
    here = BY_SLOT["adoption" if beside else "installed"].of(ds).isel(domain=d)
    amounts = np.nan_to_num(here.transpose("run", "year", "country", "slot").values)
    whole = 1.0 if beside else amounts.sum(axis=-1, keepdims=True)
    some = np.broadcast_to(np.asarray(whole) > 0, (*amounts.shape[:-1], 1))
    shares = np.divide(amounts, whole, out=np.zeros(amounts.shape), where=some)
    parts = np.where(some, shares @ theirs, np.nan).astype(np.float32)
    return parts, shares.sum(axis=0) / np.maximum(some.sum(axis=0), 1)


# --- recorded shares, place by place --------------------------------------------------------------------

#: Places of the record that no group of the world or of a hindcast stands for.
LISTS = {
    "ASEAN": ("BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM"),
    "East_Africa": ("BDI", "ETH", "KEN", "RWA", "TZA", "UGA"),
    "IDN_VNM_PHL_THA": ("IDN", "VNM", "PHL", "THA"),
    "North_America": ("CAN", "USA"),
}
#: The same of regions of the United Nations and market regions.
TOGETHER = {"Middle_East_and_Africa": ("africa", "gulf_middle_east")}


def region_of() -> dict[str, str]:
    """Market region of each economy."""
    table = read_table("countries")
    return dict(zip(table.labels, table["market_region"].tolist(), strict=True))


def with_places(world: World) -> World:
    """The world with a group for every place of the record; groups change nothing but what is measured."""
    wide = with_scopes(world)
    region = region_of()
    masks = {name: np.isin(world.countries, members) for name, members in LISTS.items()}
    for name, members in TOGETHER.items():
        masks[name] = np.array([region[c] in members for c in world.countries])
    singly = {str(c) for c in records("observations")["scope"].tolist()} & {*world.countries}
    masks |= {c: np.isin(world.countries, [c]) for c in sorted(singly - {*wide.groups})}
    shape = len(world.domains), len(world.countries)
    more = {name: np.broadcast_to(mask, shape) for name, mask in masks.items()}
    return dataclasses.replace(wide, groups={**wide.groups, **more})


def shares(world: World) -> list[Fact]:
    """Recorded shares of phones that may be fitted to and that runs of the world have an answer to."""
    table = records("observations")
    usable = (table["split"] == "fit") & np.isin(table["measure"], ["sales", "base"])
    usable &= table["domain"] == PHONES
    usable &= (table["segment"] != BY_NUMBER) & (table["year"] > world.first_year + 1)
    keys, markets = ("domain", "scope", "year", "segment", "source", "measure"), dict[Any, Any]()
    for (*key, period), shares in group_shares_by_market(table, usable, *keys, "period").items():
        markets.setdefault(tuple(key), {})[period] = shares
    found = []
    for (domain, place, year, _, source, measure), periods in markets.items():
        if place not in world.groups and place not in ("world", *world.countries):
            continue
        known: dict[tuple[str, ...], list[float]] = {}
        for of_vendors in ({p: s for p, s in periods.items() if p in WHOLE} or periods).values():
            for _, share, members in match_reported_vendors(world, domain, sum_brands_by_maker(of_vendors)):
                known.setdefault(members, []).append(share)
        found += [
            Fact("shares", Question(measure, domain, place, int(year), v), float(np.mean(s)), source=source)
            for v, s in known.items()
        ]
    return found
