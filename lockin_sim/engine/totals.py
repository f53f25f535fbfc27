"""What was bought in a year, summed over groups of markets."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Year, add_at
from lockin_sim.engine.operators import Signed
from lockin_sim.engine.projects import Built
from lockin_sim.engine.users import Moved
from lockin_sim.rules.reduce import total


def trade(batch: Batch, year: Year, signed: Signed, moved: list[Moved], built: Built | None) -> Floats:
    """Write the year's purchases of all kinds of buyers into its flows.

    Returns what was lent for them, (run, country, lender), USD bn.
    """
    lent = np.zeros(
        (len(batch.runs), len(batch.world.countries), signed.lent.shape[1]), dtype=signed.lent.dtype
    )
    _add_lots(batch, signed, lent)
    for part in moved:
        _add_users(batch, year, part)
    if built is not None:
        _add_projects(batch, built, lent)
    return lent


class Cells(NamedTuple):
    """Where rows are added: one run, domain and country each."""

    run: Integers  # (row,)
    domain: Integers  # (row,)
    country: Integers  # (row,)
    members: list[Integers]  # rows whose market is of each group, in order

    @classmethod
    def of(cls, groups: Bools, run: Integers, domain: Integers, country: Integers) -> Cells:
        """Cells of rows.  groups (group, domain, country)"""
        return cls(run, domain, country, [np.flatnonzero(of[domain, country]) for of in groups])

    def add(self, table: Floats, value: Floats, *slot: Integers) -> None:
        """Add values (row, 1) to a table by groups, in the order of rows.

        table  (run, group, domain), or with the slots of the rows behind
        """
        shape = (table.shape[0], *table.shape[2:])
        place, size = np.ravel_multi_index((self.run, self.domain, *slot), shape), math.prod(shape)
        for g, rows in enumerate(self.members):
            added = np.bincount(place[rows], weights=value[rows, 0], minlength=size)
            table[:, g] += added.reshape(shape)

    def add_by_country(self, table: Floats, value: Floats, *slot: Integers) -> None:
        """Add values (row, 1) to a table (run, domain, country) or with the slots of the rows behind."""
        add_at(table, value[:, 0], self.run, self.domain, self.country, *slot)


def _add_lots(batch: Batch, signed: Signed, lent: Floats) -> None:
    """Contracts of lots, by market."""
    flows, rows, shown = batch.flows, signed.rows, signed.counted
    cells = Cells.of(batch.flow_groups, rows.run, rows.domain, rows.country)
    value, held = rows.value * signed.signed, np.maximum(rows.incumbent, 0)
    locked = total(shown.locked)
    cells.add(flows.contracts, value, signed.slot)
    cells.add(flows.lock_in, locked, held)
    for name in ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus"):
        cells.add(getattr(flows, name), getattr(shown, name))
    cells.add(flows.paid, signed.paid * value)
    if batch.by_country:
        cells.add_by_country(flows.country_lock_in, locked, held)
        cells.add_by_country(flows.country_renewed, shown.renewed)
    row, lender = np.nonzero(signed.lent)
    add_at(lent, signed.lent[row, lender], rows.run[row], rows.country[row], lender)


def _add_users(batch: Batch, year: Year, moved: Moved) -> None:
    """What users bought and left, by market."""
    flows, domains, flowed = batch.flows, moved.domains, moved.flowed
    value = batch.ahead.worth[year.step, domains]
    groups = batch.flow_groups[:, domains]
    flows.contracts[:, :, domains] = of_groups(flowed.gained, groups, value)
    flows.lock_in[:, :, domains] = of_groups(flowed.locked, groups, value)
    names = ["renewed", "retained", "surplus"] + ["forced", "early"] * bool(flowed.forced.any())
    by_market = (groups * value).swapaxes(0, 1)
    by_column = {1: by_market, batch.world.shape[2]: np.repeat(by_market, batch.world.shape[2], axis=2)}
    for name in [*names, "considered", "coverage_surplus"]:
        values = getattr(flowed, name)
        getattr(flows, name)[:, :, domains] = in_all(values, by_column[values.shape[-1]])
    if moved.paid.shape[2] == 1:  # one price for all countries
        flows.paid[:, :, domains] = total(flows.contracts[:, :, domains] * moved.paid[:, None, :, 0])[..., 0]
    else:
        flows.paid[:, :, domains] = in_all(flowed.gained * moved.paid, by_column[moved.paid.shape[-1]])
    if batch.by_country:
        flows.country_lock_in[:, domains] = value[..., None] * flowed.locked
        flows.country_renewed[:, domains] = value * total(flowed.renewed)[..., 0]


def _add_projects(batch: Batch, built: Built, lent: Floats) -> None:
    """Landings of projects, by market."""
    routes, landings = batch.world.routes, built.landings
    assert routes is not None
    domain = np.full(len(landings.run), routes.domain)
    cells = Cells.of(batch.flow_groups, landings.run, domain, landings.country)
    cells.add(batch.flows.contracts, landings.value * built.signed, built.slot)
    cells.add(batch.flows.paid, built.paid * landings.value)
    row, lender = np.nonzero(built.lent)
    add_at(lent, built.lent[row, lender], landings.run[row], landings.country[row], lender)


def of_groups(values: Floats, groups: Bools, weight: Floats | float = 1.0) -> Floats:
    """Weighted sums over the countries of each group.

    values (run, domain, country, column); groups (group, domain, country); weight (domain, country)
    Returns (run, group, domain, column).
    """
    masks = np.ascontiguousarray((groups * weight).swapaxes(0, 1), dtype=values.dtype)
    return np.ascontiguousarray(np.matmul(masks, values).swapaxes(1, 2))


def in_all(values: Floats, weights: Floats) -> Floats:
    """Weighted sums over countries and columns of each group, at a fifth of the cost of sums by column.

    values (run, domain, country, column); weights (domain, group, country * column)
    Returns (run, group, domain).
    """
    flat = values.reshape(*values.shape[:2], -1, 1)
    result: Floats = np.matmul(weights, flat)[..., 0].swapaxes(1, 2)
    return result
