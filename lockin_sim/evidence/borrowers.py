"""Economies that borrowed, before and after: what the record says of loans and suppliers.

A line is fitted to whether a main supplier of a network is of the lender: on a loan of before, on a loan of
the three years after as a placebo, and on what loans follow: income, size, votes at the United Nations,
regime, the Belt and Road, region and generation.  The same of who supplies surveillance of cities.  Loans go
where the lender's vendors win anyway, so what a line says of them is a bound rather than an effect;
:mod:`~lockin_sim.evidence.borrowers_in_runs` fits it to runs of the model, where the effect is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.evidence.estimate import EstimateRow, least_squares, row, share
from lockin_sim.record import SPONSOR
from lockin_sim.world import World, load_world
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.schema import Table, read_table
from lockin_sim.world.suppliers import RESTRICTED, Spell, changes, spells

#: Years after a contract in which a loan cannot have brought it about.
AHEAD = 3

#: First generation that counts: before it, contracts are of years without loans.
SINCE = 1

#: Income group of economies that no lender lends to.
RICH = "high"

#: Edition of the record of surveillance that covers economies without any, too.
COVERED_IN = 2022

#: Of which economies lines are fitted.
ALL, POORER = "all economies", "economies that are not rich"

_LINE = "least squares with controls, errors by economy left out"
_SILENT = "why a state lent there; loans are on record from one lender alone"


class Supplied(NamedTuple):
    """A network of an operator, or the surveillance of an economy, and whose vendor supplies it.

    year        of the contract, or in which it is seen
    generation  place among the generations; 0 of surveillance
    chinese     whether a main supplier is; in runs a chance
    """

    iso3: str
    year: int
    generation: int
    chinese: float


class Line(NamedTuple):
    """Data of a regression.

    x          (observation, covariate): a loan of before, one of the years after, and controls
    y          (observation,), 1 where the supplier is Chinese, else 0; in runs a chance
    economies  (observation,), from 0
    """

    x: Floats
    y: Floats
    economies: Integers

    def of(self, covariate: int) -> Bools:
        """Observations with a loan of before, or of the years after.  (observation,)"""
        return self.x[:, covariate] > 0

    def without(self, covariate: int) -> Line:
        """The line without a covariate."""
        return self._replace(x=np.delete(self.x, covariate, axis=1))


#: Quantities of a line: what each is called, and its column.
BEFORE, AFTER = 0, 1


def quantity(what: str, covariate: int, words: str) -> str:
    """A weight of a regression in words."""
    if covariate == BEFORE:
        return f"{what} after a loan, {words}"
    return f"the same before a loan of the next {AHEAD} years, {words}"


OF_NETWORKS, OF_CITIES = "main supplier is Chinese", "surveillance of cities has a Chinese vendor"
OF_US_VENDORS = f"the same of a US vendor, {POORER}"


def borrowers(folder: str | Path | None = None) -> list[EstimateRow]:
    """Lines on loans and suppliers, and how often operators stay, with borrowers apart."""
    world, loans = load_world(folder), _years_of_loans(folder)
    known = [s for s in spells(folder) if s.generation >= SINCE and _abroad(world, s.iso3)]
    mine = [Supplied(s.iso3, s.year, s.generation, float(bool(s.first.vendors & RESTRICTED))) for s in known]
    return [
        *_lines(ALL, mine, loans, world),
        *_lines(POORER, [s for s in mine if is_poorer(s.iso3, world)], loans, world),
        *_staying(known, loans),
        *_of_cities(loans, world, folder),
    ]


def read_staying() -> list[EstimateRow]:
    """Estimate from contracts that were read how often operators stay: of borrowers, then of others."""
    world = load_world()
    known = [s for s in spells(recalled=False) if s.generation >= SINCE and _abroad(world, s.iso3)]
    return _staying(known, _years_of_loans(None))


def _abroad(world: World, iso3: str) -> bool:
    """Whether an economy is one of the world, and not the lender."""
    return iso3 in world.countries and iso3 != SPONSOR


def _years_of_loans(folder: str | Path | None) -> dict[str, list[int]]:
    """Years with a loan on record, by economy."""
    table = read_table("loans", folder)
    years: dict[str, list[int]] = {}
    for iso3, year in zip(table["iso3"].tolist(), table["year"].tolist(), strict=True):
        if year == year:
            years.setdefault(iso3, []).append(int(year))
    return years


def is_poorer(iso3: str, world: World) -> bool:
    """Whether an economy is not of high income."""
    return not world.groups[f"income:{RICH}"][:, world.countries.index(iso3)].any()


def line_of(some: Sequence[Supplied], loans: dict[str, list[int]], world: World) -> Line:
    """What a line on loans is fitted to.  loans: years with any, by economy"""
    years = [loans.get(s.iso3, []) for s in some]
    before = np.array([any(year <= s.year for year in of) for s, of in zip(some, years, strict=True)])
    ahead = np.array(
        [any(0 < year - s.year <= AHEAD for year in of) for s, of in zip(some, years, strict=True)]
    )
    economies = np.unique([s.iso3 for s in some], return_inverse=True)[1]
    x = np.column_stack([before, ahead & ~before, _controls(some, world)]).astype(float)
    return Line(x[:, _needed(x, economies)], np.array([s.chinese for s in some]), economies)


def _lines(
    words: str, some: Sequence[Supplied], loans: dict[str, list[int]], world: World
) -> list[EstimateRow]:
    """The line of some networks: its weight on a loan of before, and on one of after, the placebo."""
    line = line_of(some, loans, world)
    fit = least_squares(*line)
    each = np.eye(len(fit.values))
    return [
        row(quantity(OF_NETWORKS, at, words), fit.interval(each[at]), int(line.of(at).sum()), fit.clusters,
            role=role, method=_LINE, tables="contracts, loans", silent_on=_SILENT)
        for at, role in ((BEFORE, "check"), (AFTER, "placebo"))
    ]  # fmt: skip


def _of_cities(loans: dict[str, list[int]], world: World, folder: str | Path | None) -> list[EstimateRow]:
    """The line of surveillance in economies that its record covers, and of US vendors as a placebo."""
    table = fitted_records("surveillance", folder)
    covered = table["edition"] == COVERED_IN
    lines = []
    for column, role, said in (
        ("chinese_vendor", "check", quantity(OF_CITIES, BEFORE, POORER)),
        ("us_vendor", "placebo", OF_US_VENDORS),
    ):
        some = [
            Supplied(iso3, COVERED_IN, 0, float(named))
            for iso3, named in zip(table["iso3"][covered].tolist(), table[column][covered], strict=True)
            if _abroad(world, iso3) and is_poorer(iso3, world)
        ]
        line = line_of(some, loans, world).without(AFTER)  # none is on record after it
        fit = least_squares(*line)
        ends = fit.interval(np.eye(len(fit.values))[BEFORE])
        lines.append(row(said, ends, int(line.of(BEFORE).sum()), fit.clusters, role=role, method=_LINE,
                         tables="surveillance, loans", silent_on=_SILENT))  # fmt: skip
    return lines


def _controls(some: Sequence[Supplied], world: World) -> Floats:
    """What loans follow: constant, income, size, votes, regime, Belt and Road, regions, generations."""
    countries = _countries()
    place = {code: n for n, code in enumerate(countries.labels)}
    at = np.array([place[s.iso3] for s in some])
    here = np.array([world.countries.index(s.iso3) for s in some])
    step = np.clip([s.year - world.first_year for s in some], 0, len(world.conditions.years) - 1)
    votes = world.conditions.affinity[step, here, world.sponsors.index(SPONSOR)]
    regime = np.nan_to_num(countries["polity_score"][at])
    road = countries["bri_year"][at] <= np.array([s.year for s in some])
    size = np.log(world.conditions.gdp[step, here])
    numbers = [world.conditions.log_income[step, here], size, votes, regime, road]
    return np.column_stack([
        np.ones(len(some)), *numbers, _dummies(countries["region"][at]),
        _dummies(np.array([s.generation for s in some])),
    ])  # fmt: skip


@cache
def _countries() -> Table:
    """The table of economies, which every line reads."""
    return read_table("countries")


def _dummies(labels: Integers) -> Floats:
    """Columns of all labels but the first."""
    known = np.unique(labels)[1:]
    return np.array([labels == one for one in known], dtype=float).T.reshape(len(labels), -1)


def _needed(x: Floats, cluster: Integers) -> Bools:
    """Columns that vary in at least two clusters: a line cannot tell others from a single economy."""
    seen = [len(np.unique(cluster[column != np.median(column)])) for column in x.T]
    needed = np.array(seen) > 1
    needed[[0, 1, 2]] = True  # both loans and the constant
    return needed


def _staying(some: list[Spell], loans: dict[str, list[int]]) -> list[EstimateRow]:
    """How often a Chinese main supplier is one of the next generation, with borrowers apart."""
    stayed: dict[str, list[bool]] = {"borrowers": [], "other economies": []}
    for change in changes(some):
        if change.exposed:
            lent = any(year <= change.after.year for year in loans.get(change.after.iso3, []))
            stayed["borrowers" if lent else "other economies"].append(change.stayed)
    return [
        row(f"a Chinese main supplier stays at the next generation, {whose}", share(sum(of), len(of)),
            len(of), role="check", method="share, exact interval", tables="contracts, loans",
            silent_on=_SILENT)
        for whose, of in stayed.items() if of
    ]  # fmt: skip
