"""Regressions of operators' suppliers on state loans, from the record.

Whether a main supplier of a network is of the lender is regressed on an earlier loan, on a loan of the three
years after as a placebo, and on what loans follow: income, size, votes at the United Nations, regime, the
Belt and Road, region and generation.  A second regression is of suppliers of city surveillance.  Loans go
where the lender's vendors win anyway, so that a weight on loans is a bound rather than an effect;
:mod:`~lockin_sim.evidence.borrowers_in_runs` fits the regressions to runs of the model, where the effect is
known.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.evidence.estimate import EstimateRow, build_estimate_row, estimate_share, fit_least_squares
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


class SupplierObservation(NamedTuple):
    """Network of an operator, or surveillance of an economy, and whether its vendor is Chinese.

    year        of the contract, or of the edition of the record of surveillance
    generation  place among the generations; 0 for surveillance
    chinese     whether a main supplier is Chinese; in runs of surveillance a chance
    """

    iso3: str
    year: int
    generation: int
    chinese: float


class LoanRegression(NamedTuple):
    """Data of a regression of suppliers on loans.

    x          (observation, covariate): an earlier loan, a loan of the years after, and controls
    y          (observation,), 1 where the supplier is Chinese, else 0; in runs a chance
    economies  (observation,), index of the economy from 0
    """

    x: Floats
    y: Floats
    economies: Integers

    def of(self, covariate: int) -> Bools:
        """Whether each observation has a loan in the column of a covariate, (observation,)."""
        return self.x[:, covariate] > 0

    def without(self, covariate: int) -> LoanRegression:
        """Return the regression data without one covariate."""
        return self._replace(x=np.delete(self.x, covariate, axis=1))


#: Quantities of a line: what each is called, and its column.
BEFORE, AFTER = 0, 1


def name_loan_quantity(what: str, covariate: int, words: str) -> str:
    """Name the regression weight of a loan covariate as a quantity of the table of estimates.

    what       outcome of the regression, in words;  covariate  :data:`BEFORE` or :data:`AFTER`
    words      which economies
    """
    if covariate == BEFORE:
        return f"{what} after a loan, {words}"
    return f"the same before a loan of the next {AHEAD} years, {words}"


OF_NETWORKS, OF_CITIES = "main supplier is Chinese", "surveillance of cities has a Chinese vendor"
OF_US_VENDORS = f"the same of a US vendor, {POORER}"


def estimate_borrowers(folder: str | Path | None = None) -> list[EstimateRow]:
    """Estimate regressions of suppliers on loans, and retention of suppliers by borrowers and others.

    folder  of an edited copy of all tables; None for the bundled ones
    Returns rows on networks of all and of poorer economies, on retention, and on surveillance of cities.
    """
    world, loans = load_world(folder), _read_loan_years(folder)
    known = [s for s in spells(folder) if s.generation >= SINCE and _is_foreign(world, s.iso3)]
    mine = [
        SupplierObservation(s.iso3, s.year, s.generation, float(bool(s.first.vendors & RESTRICTED)))
        for s in known
    ]
    return [
        *_estimate_networks(ALL, mine, loans, world),
        *_estimate_networks(POORER, [s for s in mine if is_poorer(s.iso3, world)], loans, world),
        *_estimate_retention(known, loans),
        *_estimate_surveillance(loans, world, folder),
    ]


def estimate_supplier_retention() -> list[EstimateRow]:
    """Estimate retention of Chinese suppliers, from contracts that were read in a source alone.

    Returns a row for borrowers and a row for other economies.
    """
    world = load_world()
    known = [s for s in spells(recalled=False) if s.generation >= SINCE and _is_foreign(world, s.iso3)]
    return _estimate_retention(known, _read_loan_years(None))


def _is_foreign(world: World, iso3: str) -> bool:
    """Whether an economy is in the world and is not the lender."""
    return iso3 in world.countries and iso3 != SPONSOR


def _read_loan_years(folder: str | Path | None) -> dict[str, list[int]]:
    """Read the years with a loan on record of each economy, in the order of the table."""
    table = read_table("loans", folder)
    years: dict[str, list[int]] = {}
    for iso3, year in zip(table["iso3"].tolist(), table["year"].tolist(), strict=True):
        if year == year:
            years.setdefault(iso3, []).append(int(year))
    return years


def is_poorer(iso3: str, world: World) -> bool:
    """Whether the income group of an economy is other than high."""
    return not world.groups[f"income:{RICH}"][:, world.countries.index(iso3)].any()


def build_loan_regression(
    some: Sequence[SupplierObservation], loans: dict[str, list[int]], world: World
) -> LoanRegression:
    """Build the data of the regression of suppliers on loans.

    loans  years with a loan, by economy
    Columns of ``x``: an earlier loan, a loan of the next :data:`AHEAD` years but none earlier, and controls.
    """
    years = [loans.get(s.iso3, []) for s in some]
    before = np.array([any(year <= s.year for year in of) for s, of in zip(some, years, strict=True)])
    ahead = np.array(
        [any(0 < year - s.year <= AHEAD for year in of) for s, of in zip(some, years, strict=True)]
    )
    economies = np.unique([s.iso3 for s in some], return_inverse=True)[1]
    x = np.column_stack([before, ahead & ~before, _build_controls(some, world)]).astype(float)
    return LoanRegression(
        x[:, _select_varying_columns(x, economies)], np.array([s.chinese for s in some]), economies
    )


def _estimate_networks(
    words: str, some: Sequence[SupplierObservation], loans: dict[str, list[int]], world: World
) -> list[EstimateRow]:
    """Estimate the regression of networks: weight of an earlier loan, and of a later one as a placebo.

    words  which economies;  some  their networks;  loans  years with a loan, by economy
    """
    line = build_loan_regression(some, loans, world)
    fit = fit_least_squares(*line)
    each = np.eye(len(fit.values))
    return [
        build_estimate_row(
            name_loan_quantity(OF_NETWORKS, at, words),
            fit.interval(each[at]),
            int(line.of(at).sum()),
            fit.clusters,
            role=role,
            method=_LINE,
            tables="contracts, loans",
            silent_on=_SILENT,
        )
        for at, role in ((BEFORE, "check"), (AFTER, "placebo"))
    ]


def _estimate_surveillance(
    loans: dict[str, list[int]], world: World, folder: str | Path | None
) -> list[EstimateRow]:
    """Estimate the regression of surveillance in poorer economies that its record covers.

    Returns a row on Chinese vendors, and a row on US vendors as a placebo.
    """
    table = fitted_records("surveillance", folder)
    covered = table["edition"] == COVERED_IN
    lines = []
    for column, role, said in (
        ("chinese_vendor", "check", name_loan_quantity(OF_CITIES, BEFORE, POORER)),
        ("us_vendor", "placebo", OF_US_VENDORS),
    ):
        some = [
            SupplierObservation(iso3, COVERED_IN, 0, float(named))
            for iso3, named in zip(table["iso3"][covered].tolist(), table[column][covered], strict=True)
            if _is_foreign(world, iso3) and is_poorer(iso3, world)
        ]
        line = build_loan_regression(some, loans, world).without(AFTER)  # none is on record after it
        fit = fit_least_squares(*line)
        ends = fit.interval(np.eye(len(fit.values))[BEFORE])
        lines.append(
            build_estimate_row(
                said,
                ends,
                int(line.of(BEFORE).sum()),
                fit.clusters,
                role=role,
                method=_LINE,
                tables="surveillance, loans",
                silent_on=_SILENT,
            )
        )
    return lines


def _build_controls(some: Sequence[SupplierObservation], world: World) -> Floats:
    """Build the controls of the regression of suppliers.  (observation, control)

    Columns: constant, log income per head, log GDP, affinity in UN votes, Polity score, Belt and Road, and
    dummies of regions and generations.
    """
    countries = _read_countries()
    place = {code: n for n, code in enumerate(countries.labels)}
    at = np.array([place[s.iso3] for s in some])
    here = np.array([world.countries.index(s.iso3) for s in some])
    step = np.clip([s.year - world.first_year for s in some], 0, len(world.conditions.years) - 1)
    votes = world.conditions.affinity[step, here, world.sponsors.index(SPONSOR)]
    regime = np.nan_to_num(countries["polity_score"][at])
    road = countries["bri_year"][at] <= np.array([s.year for s in some])
    size = np.log(world.conditions.gdp[step, here])
    numbers = [world.conditions.log_income[step, here], size, votes, regime, road]
    return np.column_stack(
        [
            np.ones(len(some)),
            *numbers,
            _build_dummies(countries["region"][at]),
            _build_dummies(np.array([s.generation for s in some])),
        ]
    )


@cache
def _read_countries() -> Table:
    """Read the bundled table of economies, once."""
    return read_table("countries")


def _build_dummies(labels: Integers) -> Floats:
    """Build dummy columns of all labels but the first, (observation, label - 1)."""
    known = np.unique(labels)[1:]
    return np.array([labels == one for one in known], dtype=float).T.reshape(len(labels), -1)


def _select_varying_columns(x: Floats, cluster: Integers) -> Bools:
    """Select columns that differ from their median in at least two clusters.  (column,)

    A regression cannot tell a covariate from a single economy.  Both loans and the constant are always
    selected.
    """
    seen = [len(np.unique(cluster[column != np.median(column)])) for column in x.T]
    needed = np.array(seen) > 1
    needed[[0, 1, 2]] = True  # both loans and the constant
    return needed


def _estimate_retention(some: list[Spell], loans: dict[str, list[int]]) -> list[EstimateRow]:
    """Estimate how often operators with a Chinese main supplier keep a main supplier.

    At each change of generation; borrowers, with a loan by the year of the new contract, have a row of their
    own, and so have other economies.
    """
    stayed: dict[str, list[bool]] = {"borrowers": [], "other economies": []}
    for change in changes(some):
        if change.exposed:
            lent = any(year <= change.after.year for year in loans.get(change.after.iso3, []))
            stayed["borrowers" if lent else "other economies"].append(change.stayed)
    return [
        build_estimate_row(
            f"a Chinese main supplier stays at the next generation, {whose}",
            estimate_share(sum(of), len(of)),
            len(of),
            role="check",
            method="share, exact interval",
            tables="contracts, loans",
            silent_on=_SILENT,
        )
        for whose, of in stayed.items()
        if of
    ]
