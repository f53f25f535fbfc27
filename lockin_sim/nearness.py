"""How near a simulated past is to what is recorded of each economy, and which runs to take by that.

Kinds of record, each with the distance that counts as one (assumed; records are rough):

    networks      share of the sponsor's vendors in mobile networks of 2020, 0.06
    phones        share of its makers in phones sold, among the makers recorded, 0.1
    restrictions  whether the economy restricts them by 2020 and by 2023, 0.3
    loans         what it lent from 2011 to 2020: log of 1 + USD m / 15, 1

A run is taken with weight exp(-d**2 / 2), d**2 the sum over kinds of the mean square over facts of a kind.
Rows that are kept aside for tests are never used.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.world import World, records
from lockin_sim.world.case import bundled_case

if TYPE_CHECKING:
    import xarray as xr

#: The distance that counts as one, by kind.
WIDTHS = {"networks": 0.06, "phones": 0.1, "restrictions": 0.3, "loans": 1.0}

#: Whose vendors and loans the record is about, and in which domains.
SPONSOR, NETWORKS, PHONES = bundled_case().sponsors[0], "mobile_network", "smartphone"

#: Year of the shares of networks; years of loans; and the loan, USD m, that is told from none.
BASE_YEAR, LOANS, LEAST_LOAN = 2020, (2011, 2020), 15.0

#: What must be recorded of a run.
RECORD = ("group_sales", "group_vendor_share", "lent", "restricted")

#: Brands of one vendor of the model: those that a row needs, and those that it may have besides.
BRANDS = {
    "bbk": (("oppo", "vivo"), ("realme",)),
    "transsion": (("tecno", "itel", "infinix"), ()),
}

#: A square so large that a run without a number is the last to be taken.
FAR = 1e6


class Recorded(NamedTuple):
    """One fact of an economy: its kind, a key of WIDTHS; where; when; its value; of phones the makers."""

    kind: str
    country: str
    year: int
    value: float
    makers: tuple[str, ...] = ()


def held_out(iso3: str) -> bool:
    """Whether an economy is kept aside for tests."""
    return int(hashlib.sha256(f"data2:{iso3}".encode()).hexdigest(), 16) % 10 < 3


def by_maker(of_names: Mapping[str, float]) -> dict[str, float]:
    """Shares of one market with brands added up to their maker, if all that are needed are known."""
    found = dict(of_names)
    for vendor, (needed, besides) in BRANDS.items():
        parts = {brand: found.pop(brand) for brand in (*needed, *besides) if brand in found}
        if set(needed) <= set(parts):
            found[vendor] = sum(parts.values())
    return found


def networks_of(shares: Mapping[str, float]) -> tuple[Recorded, ...]:
    """Shares of networks by economy, as facts."""
    return tuple(Recorded("networks", code, BASE_YEAR, float(share)) for code, share in shares.items())


def facts_of(world: World) -> tuple[Recorded, ...]:
    """What is recorded of the economies of a world and may be used for fitting; nothing without vendors of
    the sponsor in networks."""
    if not (NETWORKS in world.domains and SPONSOR in world.sponsors):
        return ()
    known = [*_networks(), *_loans(world.countries), *_phones(world)]
    return tuple(fact for fact in known if fact.country in world.countries)


@lru_cache(maxsize=1)
def _networks() -> tuple[Recorded, ...]:
    """Shares of networks, and who restricts."""
    table, found = records("networks_5g"), list[Recorded]()
    for row in np.flatnonzero(table["split"] == "fit"):
        code, share = str(table["iso3"][row]), float(table["share_4g_2020"][row])
        found += networks_of({code: share} if np.isfinite(share) else {})
        for year in (2020, 2023):
            if table[f"use_{year}"][row]:
                restricts = float(table["restricted_since"][row] <= year)
                found.append(Recorded("restrictions", code, year, restricts))
    return tuple(found)


def _loans(countries: tuple[str, ...]) -> list[Recorded]:
    """Loans of economies that are not kept aside, USD m; having none is recorded, too."""
    table = records("chinese_projects")
    mine = (table["kind"] == "loan") & (table["domain"] != "broadcast")
    mine &= (table["year"] >= LOANS[0] - 1) & (table["year"] <= LOANS[1])
    total = dict.fromkeys((code for code in countries if not held_out(code) and code != SPONSOR), 0.0)
    for code, amount in zip(table["iso3"][mine].tolist(), table["amount"][mine].tolist(), strict=True):
        if code in total and np.isfinite(amount):
            total[code] += amount
    return [Recorded("loans", code, LOANS[1], amount) for code, amount in total.items()]


def _phones(world: World) -> list[Recorded]:
    """The sponsor's part of phones sold by makers recorded, report by report."""
    if PHONES not in world.domains:
        return []
    table, d = records("observations"), world.domains.index(PHONES)
    theirs = _theirs(world, d)
    mine = (table["domain"] == PHONES) & (table["segment"] == "smartphones") & (table["split"] == "fit")
    mine &= (table["measure"] == "sales") & (table["year"] > world.first_year) & (table["year"] <= BASE_YEAR)
    reports: dict[tuple[object, ...], dict[str, float]] = {}
    offered = {world.vendors[v] for v in world.slot_vendor[d] if v >= 0}
    for row in np.flatnonzero(mine & np.isin(table["scope"], world.countries)):
        key = tuple(table[name][row].item() for name in ("scope", "year", "period", "source"))
        reports.setdefault(key, {})[str(table["vendor"][row])] = float(table["share"][row])
    found = []
    for (code, year, *_), brands in reports.items():
        shares = {maker: share for maker, share in by_maker(brands).items() if maker in offered}
        if theirs & {*shares} and {*shares} - theirs:
            part = sum(shares[maker] for maker in sorted(theirs & {*shares})) / sum(shares.values())
            found.append(Recorded("phones", str(code), int(str(year)), part, tuple(shares)))
    return found


def _theirs(world: World, domain: int) -> set[str]:
    """Names of the sponsor's vendors in a domain."""
    mine = world.slot_sponsor[domain] == world.sponsors.index(SPONSOR)
    return {world.vendors[v] for v in world.slot_vendor[domain, mine] if v >= 0}


def scoped(world: World, facts: tuple[Recorded, ...]) -> World:
    """The world with the economies whose markets are recorded as its only groups, which change nothing."""
    asked = dict.fromkeys(fact.country for fact in facts if fact.kind in ("networks", "phones"))
    shape = len(world.domains), len(world.countries)
    groups = {code: np.broadcast_to(np.isin(world.countries, [code]), shape) for code in asked}
    return dataclasses.replace(world, groups=groups)


def simulated(ds: xr.Dataset, world: World, facts: tuple[Recorded, ...]) -> Floats:
    """The same numbers of runs in a world that is :func:`scoped`.  (run, fact)."""
    theirs = {d: [v in _theirs(world, world.domains.index(d)) for v in world.vendors] for d in world.domains}
    first, place = int(ds["year"].values[0]), {code: n for n, code in enumerate(world.countries)}
    of_sponsor = ds[["restricted", "lent"]].sel(sponsor=SPONSOR).transpose("run", "year", "country")
    restricted, lent = of_sponsor["restricted"].values.astype(float), np.nan_to_num(of_sponsor["lent"].values)
    grouped = ("run", "year", "group", "vendor")
    base, sold = (
        ds[name].sel(domain=domain).transpose(*grouped).values if domain in world.domains else np.empty(0)
        for name, domain in (("group_vendor_share", NETWORKS), ("group_sales", PHONES))
    )
    groups, found = {name: n for n, name in enumerate(world.group_names)}, []
    for fact in facts:
        step, here = fact.year - first, place[fact.country]
        if fact.kind == "networks":
            number = base[:, step, groups[fact.country]][:, theirs[NETWORKS]].sum(axis=1)
        elif fact.kind == "phones":
            sales = np.nan_to_num(sold[:, step, groups[fact.country]])
            among = np.isin(world.vendors, fact.makers)
            whole, part = sales[:, among].sum(axis=1), sales[:, among & theirs[PHONES]].sum(axis=1)
            number = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
        elif fact.kind == "restrictions":
            number = restricted[:, step, here]
        else:
            number = 1000 * lent[:, max(LOANS[0] - first, 0) : step + 1, here].sum(axis=1)
        found.append(number)
    return np.stack(found, axis=1)


def errors(numbers: Floats, facts: tuple[Recorded, ...]) -> Floats:
    """How far runs are from the record, on the scale of a kind, with sign.  (run, fact)."""
    value, loan = np.array([fact.value for fact in facts]), np.array([f.kind == "loans" for f in facts])
    with np.errstate(invalid="ignore"):
        found: Floats = np.where(
            loan, np.log1p(np.where(loan, numbers, 0) / LEAST_LOAN) - np.log1p(value * loan / LEAST_LOAN),
            numbers - value,
        )  # fmt: skip
    return found


def distances(numbers: Floats, facts: tuple[Recorded, ...]) -> dict[str, Floats]:
    """Squares of the distance of runs to the record, for each economy with any.  (run,) by country."""
    squares = np.nan_to_num(np.square(errors(numbers, facts)), nan=FAR)
    kinds: dict[tuple[str, str], list[int]] = {}
    for n, fact in enumerate(facts):
        kinds.setdefault((fact.country, fact.kind), []).append(n)
    found: dict[str, Floats] = {}
    for (code, kind), columns in kinds.items():
        mean = squares[:, columns].mean(axis=1) / WIDTHS[kind] ** 2
        found[code] = found.get(code, 0.0) + mean
    return found


def taken(distance: Floats, shock: Floats) -> Integers:
    """Runs drawn with weights that fall with their distance.

    distance  squares, of each run of a pool.  (run,)
    shock     even between 0 and 1, one for each run that is wanted
    Returns numbers in the pool, of the shape of ``shock``.
    """
    weight = np.exp(-0.5 * (distance - distance.min()))
    found = np.searchsorted(np.cumsum(weight) / weight.sum(), shock)
    return np.minimum(found, len(distance) - 1)
