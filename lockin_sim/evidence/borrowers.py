"""Operators of economies that borrowed, before and after: what the record says of loans and suppliers.

A line is fitted to whether a main supplier of a network is of the lender: on a loan of before, on a loan of
the three years after as a placebo, and on what loans follow: income, size, votes at the United Nations,
regime, the Belt and Road, region and generation.  Loans go where the lender's vendors win anyway, so what a
line says of them is a bound rather than an effect.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.evidence.estimate import Estimate, least_squares, row, share
from lockin_sim.record import SPONSOR
from lockin_sim.world import World, load_world
from lockin_sim.world.schema import read_table
from lockin_sim.world.suppliers import RESTRICTED, Spell, changes, spells

#: Years after a contract in which a loan cannot have brought it about.
AHEAD = 3

#: First generation that counts: before it, contracts are of years without loans.
SINCE = 1

#: Income group of economies that no lender lends to.
RICH = "high"

TABLES = "contracts, loans"
_LINE = "least squares with controls, errors by economy left out"
_SILENT = "why a state lent there; loans are on record from one lender alone"


def borrowers(folder: str | Path | None = None) -> list[Estimate]:
    """Lines on loans and suppliers, and how often operators stay, with borrowers apart."""
    world, known = load_world(folder), [s for s in spells(folder) if s.generation >= SINCE]
    loans = _years_of_loans(folder)
    mine = [s for s in known if s.iso3 in world.countries and s.iso3 != SPONSOR]
    poorer = [s for s in mine if not _is_rich(world, s)]
    return [
        *_lines("all economies", mine, loans, world),
        *_lines("economies that are not rich", poorer, loans, world),
        *_staying(mine, loans),
    ]


def _years_of_loans(folder: str | Path | None) -> dict[str, list[int]]:
    """Years with a loan on record, by economy."""
    table = read_table("loans", folder)
    found: dict[str, list[int]] = {}
    for iso3, year in zip(table["iso3"].tolist(), table["year"].tolist(), strict=True):
        if year == year:
            found.setdefault(iso3, []).append(int(year))
    return found


def _is_rich(world: World, spell: Spell) -> bool:
    """Whether an operator is in an economy of high income."""
    mask = world.groups[f"income:{RICH}"]
    return bool(mask.any(axis=0)[world.countries.index(spell.iso3)])


def _lines(words: str, some: list[Spell], loans: dict[str, list[int]], world: World) -> list[Estimate]:
    """The line of some networks: its weight on a loan of before, and on one of after, the placebo."""
    years = [loans.get(s.iso3, []) for s in some]
    before = np.array([any(year <= s.year for year in of) for s, of in zip(some, years, strict=True)])
    ahead = np.array(
        [any(0 < year - s.year <= AHEAD for year in of) for s, of in zip(some, years, strict=True)]
    )
    chinese = np.array([bool(s.first.vendors & RESTRICTED) for s in some], dtype=float)
    economies = np.unique([s.iso3 for s in some], return_inverse=True)[1]
    x = np.column_stack([before, ahead & ~before, _controls(some, world)]).astype(float)
    fit = least_squares(x[:, _needed(x, economies)], chinese, economies)
    names = {
        f"main supplier is Chinese after a loan, {words}": (0, "estimate", before),
        f"the same before a loan of the next {AHEAD} years, {words}": (1, "placebo", ahead & ~before),
    }
    return [
        row(name, fit.interval(np.eye(len(fit.values))[place]), int(has.sum()), fit.clusters,
            role=role if role == "placebo" else "check", method=_LINE, tables=TABLES, silent_on=_SILENT)
        for name, (place, role, has) in names.items()
    ]  # fmt: skip


def _controls(some: list[Spell], world: World) -> Floats:
    """What loans follow: constant, income, size, votes, regime, Belt and Road, regions, generations."""
    countries = read_table("countries")
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


def _staying(some: list[Spell], loans: dict[str, list[int]]) -> list[Estimate]:
    """How often a Chinese main supplier is one of the next generation, with borrowers apart."""
    kept: dict[str, list[bool]] = {"borrowers": [], "other economies": []}
    for change in changes(some):
        if change.exposed:
            lent = any(year <= change.after.year for year in loans.get(change.after.iso3, []))
            kept["borrowers" if lent else "other economies"].append(change.stayed)
    return [
        row(f"a Chinese main supplier stays at the next generation, {whose}", share(sum(of), len(of)),
            len(of), role="check", method="share, exact interval", tables=TABLES, silent_on=_SILENT)
        for whose, of in kept.items() if of
    ]  # fmt: skip
