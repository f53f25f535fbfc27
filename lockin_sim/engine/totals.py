"""What was bought in a year, by market, and its sums over groups of markets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.operators import Signed
from lockin_sim.engine.projects import Built
from lockin_sim.engine.users import Moved
from lockin_sim.rules import contracts

#: What is counted of renewals, in this order.
COUNTED = ("renewed", "retained", "forced", "early", "surplus", "paid")


class Trade(NamedTuple):
    """A year's purchases by market, USD bn."""

    bought: Floats  # (run, domain, country, vendor)
    locked: Floats  # (run, domain, country, vendor), value that switching costs kept
    counted: Floats  # (run, domain, country, counted), as COUNTED names them
    lent: Floats  # (run, country, lender)


def trade(batch: Batch, year: Year, signed: Signed, moved: list[Moved], built: Built | None) -> Trade:
    """The year's purchases of all kinds of buyers."""
    domains, countries, vendors = batch.world.shape
    shape = (len(batch.runs), domains, countries)
    kind = batch.world.dtype
    bought, locked = np.zeros((*shape, vendors), dtype=kind), np.zeros((*shape, vendors), dtype=kind)
    counted = np.zeros((*shape, len(COUNTED)), dtype=kind)
    lent = np.zeros((len(batch.runs), countries, signed.lent.shape[1]), dtype=kind)
    _add_lots(signed, bought, locked, counted, lent)
    for one in moved:
        _add_users(batch, year, one, bought, locked, counted)
    if built is not None:
        _add_projects(batch, built, bought, counted, lent)
    return Trade(bought, locked, counted, lent)


def _add_lots(signed: Signed, bought: Floats, locked: Floats, counted: Floats, lent: Floats) -> None:
    rows, shown = signed.rows, signed.counted
    cell = rows.run, rows.domain, rows.country
    value = rows.value * signed.winner
    paid = signed.paid * value.sum(axis=-1, keepdims=True)
    numbers = (shown.renewed, shown.retained, shown.forced, shown.early, shown.surplus, paid)
    add_rows(bought, cell, value)
    add_rows(locked, cell, shown.locked)
    add_rows(counted, cell, np.concatenate(numbers, axis=-1))
    lends = signed.lent.any(axis=-1)
    np.add.at(lent, (rows.run[lends], rows.country[lends]), signed.lent[lends])


def add_rows(table: Floats, cell: tuple[Integers, ...], values: Floats) -> None:
    """Add rows (row, column) to a table (..., column) at their cells, in the order of rows."""
    shape = table.shape[:-1]
    place = np.ravel_multi_index(cell, shape)
    flat = table.reshape(-1, table.shape[-1])
    for column in range(values.shape[1]):
        flat[:, column] += np.bincount(place, weights=values[:, column], minlength=len(flat))


def _add_users(
    batch: Batch, year: Year, moved: Moved, bought: Floats, locked: Floats, counted: Floats
) -> None:
    d, flowed = moved.domain, moved.flowed
    value = contracts.contract_value(1.0, year.now.market_size[d][:, None], batch.world.lifetime[d])
    bought[:, d] = value * flowed.gained
    locked[:, d] = value * flowed.locked
    paid = np.sum(flowed.gained * moved.paid, axis=-1, keepdims=True)
    numbers = (flowed.renewed, flowed.retained, flowed.forced, flowed.early, flowed.surplus, paid)
    counted[:, d] = value * np.concatenate(numbers, axis=-1)


def _add_projects(batch: Batch, built: Built, bought: Floats, counted: Floats, lent: Floats) -> None:
    routes, landings = batch.world.routes, built.landings
    assert routes is not None
    domain = np.full(len(landings.run), routes.domain)
    value = landings.value * built.winner
    add_rows(bought, (landings.run, domain, landings.country), value)
    paid = np.zeros((len(domain), len(COUNTED)), dtype=value.dtype)
    paid[:, COUNTED.index("paid")] = (built.paid * landings.value)[:, 0]
    add_rows(counted, (landings.run, domain, landings.country), paid)
    np.add.at(lent, (landings.run, landings.country), built.lent)


def of_groups(values: Floats, groups: Bools, weight: Floats | float = 1.0) -> Floats:
    """Weighted sums over the countries of each group.

    values (run, domain, country, column); groups (group, domain, country); weight (domain, country)
    Returns (run, group, domain, column).
    """
    masks = np.ascontiguousarray((groups * weight).swapaxes(0, 1), dtype=values.dtype)
    return np.ascontiguousarray(np.matmul(masks, values).swapaxes(1, 2))
