"""Long tables laid out as arrays: years, positions of labels, vendors in the slots of their domains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.world.tables import Table

#: Position of each label, by table.
type Index = dict[str, dict[str, int]]

#: A year that does not come.
NEVER = 9999

#: Columns of the table of offers that are numbers of a slot, 0 where blank.
_NUMBERS = (
    *("initial_base_share", "initial_volume", "home_bonus", "length_slope"),
    *("adoption_rate", "adoption_rate_growth"),
)


@dataclass(frozen=True)
class Slots:
    """Offers by (domain, vendor slot); empty slots have vendor -1 and are never entered.

    vendor   index of the vendor, -1 where empty
    sponsor  index of the sponsor; the number of sponsors where there is none
    home     index of the home country, -1 if none
    entry    first year
    local    stands for many local suppliers
    cost     relative cost, 1 where empty
    numbers  further columns of the table of offers by name
    at       slot of a vendor in a domain, by their labels
    """

    vendor: Integers
    sponsor: Integers
    home: Integers
    entry: Integers
    local: Bools
    cost: Floats
    numbers: dict[str, Floats]
    at: dict[tuple[str, str], tuple[int, int]]


def slots_of(t: dict[str, Table], index: Index) -> Slots:
    """Offers of each domain in the order of their table."""
    offers, vendors = t["offers"], t["vendors"]
    at: dict[tuple[str, str], tuple[int, int]] = {}
    filled = dict.fromkeys(t["domains"].labels, 0)
    for domain, vendor in zip(offers["domain"].tolist(), offers["vendor"].tolist(), strict=True):
        at[domain, vendor] = index["domains"][domain], filled[domain]
        filled[domain] += 1
    shape, none = (len(filled), max(filled.values())), len(index["sponsors"])
    slots = Slots(
        vendor=np.full(shape, -1),
        sponsor=np.full(shape, none),
        home=np.full(shape, -1),
        entry=np.full(shape, NEVER),
        local=np.zeros(shape, dtype=bool),
        cost=np.ones(shape),
        numbers={name: np.zeros(shape) for name in _NUMBERS},
        at=at,
    )
    for row, place in enumerate(at.values()):
        v = index["vendors"][str(offers["vendor"][row])]
        slots.vendor[place] = v
        slots.sponsor[place] = index["sponsors"].get(vendors["sponsor"][v], none)
        slots.home[place] = index["countries"].get(vendors["home"][v], -1)
        slots.entry[place] = offers["entry_year"][row]
        slots.local[place] = vendors["kind"][v] == "local"
        slots.cost[place] = offers["relative_cost"][row]
        for name in _NUMBERS:
            slots.numbers[name][place] = np.nan_to_num(offers[name][row])
    return slots


def matrix(
    table: Table, rows: dict[str, int], row: str, columns: dict[str, int], column: str, value: str
) -> Floats:
    """A long table as a matrix; what it does not name is 0."""
    matrix = np.zeros((len(rows), len(columns)))
    for r, c, v in zip(table[row], table[column], table[value], strict=True):
        matrix[rows[r], columns[c]] = v
    return matrix


def anchored(
    years: Integers,
    table: Table,
    labels: dict[str, int],
    label: str,
    value: str,
    *,
    rows: Bools | None = None,
    stepwise: bool = False,
) -> Floats:
    """Paths through the anchors of a table, held outside.  (year, label).

    Between two anchors a straight line, or stepwise the value of the earlier one.
    """
    path = np.zeros((len(years), len(labels)))
    for name, column in labels.items():
        mine = (table[label] == name) & (True if rows is None else rows)
        if mine.any():
            anchors, values = table["year"][mine], table[value][mine].astype(float)
            step = np.maximum(np.searchsorted(anchors, years, side="right") - 1, 0)
            path[:, column] = values[step] if stepwise else np.interp(years, anchors, values)
    return path


def lasting(years: Integers, table: Table, row: int) -> Bools:
    """Years in which a row with a first and perhaps a last year holds.  (year,)."""
    until = table["until"][row]
    result: Bools = (years >= table["from"][row]) & (np.isnan(until) | (years <= until))
    return result
