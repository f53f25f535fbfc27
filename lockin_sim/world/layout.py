"""Long tables laid out as arrays: positions of labels, matrices, vendors in the slots of their domains."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.world.tables import Table

#: Position of each label, by table.
type Index = dict[str, dict[str, int]]


def slots_of(t: dict[str, Table], index: Index) -> dict[str, Any]:
    """Offers laid out by (domain, vendor slot); empty slots have vendor -1 and are never entered."""
    offers, vendors = t["offers"], t["vendors"]
    by_domain = [np.flatnonzero(offers["domain"] == d) for d in t["domains"].labels]
    width = max(len(rows) for rows in by_domain)
    none = len(index["sponsors"])
    slots: dict[str, Any] = {
        name: np.full((len(by_domain), width), fill)
        for name, fill in (("vendor", -1), ("sponsor", none), ("home", -1), ("entry_year", 9999))
    }
    facts = (
        "base_share_2010",
        "sales_share_2010",
        "volume_2010",
        "quality_entry",
        "quality_growth",
        "growth_from",
    )
    slots |= {name: np.zeros((len(by_domain), width)) for name in (*facts, "growth_until")}
    slots["relative_cost"] = np.ones((len(by_domain), width))
    for d, rows in enumerate(by_domain):
        for s, row in enumerate(rows):
            v = index["vendors"][offers["vendor"][row]]
            slots["vendor"][d, s] = v
            slots["sponsor"][d, s] = index["sponsors"].get(vendors["sponsor"][v], none)
            slots["home"][d, s] = index["countries"].get(vendors["home"][v], -1)
            for name in ("entry_year", "relative_cost", *facts, "growth_until"):
                slots[name][d, s] = offers[name][row]
    return slots


def matrix(
    table: Table, rows: dict[str, int], row: str, columns: dict[str, int], column: str, value: str
) -> Floats:
    """A long table as a matrix; what it does not name is 0."""
    matrix = np.zeros((len(rows), len(columns)))
    for r, c, v in zip(table[row], table[column], table[value], strict=True):
        matrix[rows[r], columns[c]] = v
    return matrix
