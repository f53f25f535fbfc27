"""Questions that a record asks of a run: one number a run for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import NEVER, Floats
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.built import COUNTED, built
from lockin_sim.studies.hindcast.kept import CHINA, RECORD
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Simulated runs held at once: installed bases of all economies are large.
AT_ONCE = 8

MOBILE, CABLES = "mobile_network", "submarine_cable"

#: What must be recorded.
RECORDED = RECORD


class Question(NamedTuple):
    """What is asked of each run.

    kind     one of :data:`KINDS`
    domain   of the market, "" where there is none
    place    a group of markets, or an economy by ISO3 code
    year     of the figure, or the last of its years
    vendors  whose share, added up
    among    as a share of these vendors together; none = of all
    since    first year, where the figure is of several
    """

    kind: str
    domain: str
    place: str
    year: int
    vendors: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    since: int = 0


@dataclass(frozen=True)
class Asked:
    """Reduces runs to ``values`` (run, question)."""

    questions: tuple[Question, ...]

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        view = View(ds, world)
        found = [KINDS[question.kind](view, question) for question in self.questions]
        return {"values": np.stack(found, axis=1)}


class View:
    """Some runs as the record looks at them."""

    def __init__(self, ds: xr.Dataset, world: World) -> None:
        self.ds, self.world = ds, world
        self.groups = {name: k for k, name in enumerate(world.group_names)}

    @cached_property
    def sales(self) -> Floats:
        """Revenue, summed over a year and the two around it, whose own shares are averaged: reported years
        are not the model's.  Shares of a group's sales, (run, year, group, domain, vendor)."""
        revenue = self._by_group("group_sales")
        total = revenue.sum(axis=-1, keepdims=True)
        share = np.divide(revenue, total, out=np.full(revenue.shape, np.nan), where=total > 0)
        wide = np.full(share.shape, np.nan)
        wide[:, 1:-1] = (share[:, :-2] + share[:, 1:-1] + share[:, 2:]) / 3
        return wide

    @cached_property
    def base(self) -> Floats:
        """Shares of what a group of markets has, (run, year, group, domain, vendor)."""
        values: Floats = self.ds["group_vendor_share"].transpose(*_GROUPED).values
        return values

    @cached_property
    def built(self) -> Floats:
        """Cables, landings and km by year and supplier, (run, year, counted, vendor)."""
        return built(self.ds, self.world, int(self.ds.attrs["seed"]))

    def _by_group(self, name: str) -> Floats:
        """A variable by group, zero where nobody is."""
        values: Floats = np.nan_to_num(self.ds[name].transpose(*_GROUPED).values)
        return values

    def step(self, year: int) -> int:
        """Position of a year."""
        return year - int(self.ds["year"].values[0])

    def vendors(self, names: tuple[str, ...]) -> list[int]:
        """Positions of vendors."""
        return [self.world.vendors.index(name) for name in names]

    def domain(self, name: str) -> int:
        """Position of a domain."""
        return self.world.domains.index(name)

    def country(self, iso3: str) -> int:
        """Position of an economy."""
        return self.world.countries.index(iso3)


_GROUPED = ("run", "year", "group", "domain", "vendor")


def _among(view: View, shares: Floats, question: Question) -> Floats:
    """The part of some vendors.  shares (run, vendor)."""
    mine = np.nansum(shares[:, view.vendors(question.vendors)], axis=1)
    if question.among:
        whole = np.nansum(shares[:, view.vendors(question.among)], axis=1)
        mine = np.divide(mine, whole, out=np.full(len(mine), np.nan), where=whole > 0)
    undefined = np.isnan(shares).all(axis=1)
    found: Floats = np.where(undefined, np.nan, mine)
    return found


def sales(view: View, question: Question) -> Floats:
    """Share of a group's sales."""
    shares = view.sales[
        :, view.step(question.year), view.groups[question.place], view.domain(question.domain)
    ]
    return _among(view, shares, question)


def base(view: View, question: Question) -> Floats:
    """Share of what a group of markets, or an economy, has; zero of nothing is undefined."""
    if question.place in view.groups:
        at = view.step(question.year), view.groups[question.place], view.domain(question.domain)
        return _among(view, view.base[(slice(None), *at)], question)
    here = {"country": question.place, "domain": question.domain, "year": question.year}
    held = view.ds["installed"].sel(here).transpose("run", "vendor").values
    held = np.where(np.isnan(held).all(axis=1, keepdims=True), np.nan, np.nan_to_num(held))
    total = held.sum(axis=1, keepdims=True)
    return _among(view, np.divide(held, total, out=np.full(held.shape, np.nan), where=total > 0), question)


def change(view: View, question: Question) -> Floats:
    """How far a share moved, whichever way, from 2020."""
    before = base(view, question._replace(year=question.since))
    moved: Floats = np.abs(base(view, question) - before)
    return moved


def restricted(view: View, question: Question) -> Floats:
    """Whether an economy has restricted Chinese vendors by then: 0 or 1."""
    found: Floats = (_since(view, question.place) <= question.year).astype(float)
    return found


def restricting(view: View, question: Question) -> Floats:
    """How many of some economies, named in place of vendors, have by then."""
    since = np.stack([_since(view, iso3) for iso3 in question.vendors])
    counted: Floats = (since <= question.year).sum(axis=0).astype(float)
    return counted


def _since(view: View, iso3: str) -> Floats:
    """First year in which an economy restricts Chinese vendors, NEVER if it does not.  (run,)."""
    ds = view.ds
    here = ds["restricted"].sel(sponsor=CHINA, country=iso3).transpose("run", "year").values
    return np.where(here.any(axis=1), ds["year"].values[here.argmax(axis=1)], NEVER).astype(float)


def lent(view: View, question: Question) -> Floats:
    """What China lent an economy in some years, USD m."""
    years = slice(question.since, question.year)
    amount = view.ds["lent"].sel(sponsor=CHINA, country=question.place, year=years)
    found: Floats = 1000 * np.nansum(amount.transpose("run", "year").values, axis=1)
    return found


def lent_any(view: View, question: Question) -> Floats:
    """Whether that is anything that a record would show, 0 or 1."""
    return (lent(view, question) >= LEAST_LOAN).astype(float)


def listed(view: View, question: Question) -> Floats:
    """Chance that a record lists some vendors in an economy: 0 where it has none of them."""
    gdp = view.world.conditions.gdp[view.world.step(question.year), view.country(question.place)]
    found: Floats = (np.nan_to_num(base(view, question)) > 0) * recorded.listed(gdp)
    return found


def cables(view: View, question: Question) -> Floats:
    """Share of cables, landings or km of some years; place names what is counted."""
    steps = slice(view.step(question.since), view.step(question.year) + 1)
    totals = view.built[:, steps, COUNTED.index(question.place)].sum(axis=1)
    return _among(view, totals, question)


def adopted(view: View, question: Question) -> Floats:
    """How many economies have adopted a system or law, parts of them counted as such."""
    here = {"domain": question.domain, "vendor": question.vendors[0], "year": question.year}
    found: Floats = np.nansum(view.ds["adoption"].sel(here).transpose("run", "country").values, axis=1)
    return found


def phones_reading(view: View, question: Question) -> Floats:
    """Share of the world's phones, by value, in economies that have adopted a satellite system."""
    world = view.world
    phones = world.conditions.market_size[world.step(question.year), world.domains.index("smartphone")]
    here = {"domain": question.domain, "vendor": question.vendors[0], "year": question.year}
    share = np.nan_to_num(view.ds["adoption"].sel(here).transpose("run", "country").values)
    found: Floats = share @ phones / phones.sum()
    return found


#: A loan smaller than this, USD m, is none: nine tenths of those recorded are larger.
LEAST_LOAN = 15.0

#: Every kind of question.
KINDS: dict[str, Callable[[View, Question], Floats]] = {
    f.__name__: f
    for f in (
        sales, base, change, restricted, restricting, lent, lent_any, listed, cables, adopted,
        phones_reading,
    )
}  # fmt: skip
