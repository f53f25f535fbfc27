"""Read operators' main suppliers from one generation of mobile networks to the next, as recorded.

A main supplier runs the largest part of an operator's radio network, or one of several large parts.  At a
change of generation an operator stays if one that it had at the end of the old is among the first of the new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import NEVER
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.schema import Table, records

#: Vendors that restrictions of 5G suppliers are about.
RESTRICTED = frozenset({"huawei", "zte"})

#: Firms that others took over count as these, as they do among the vendors of the model.
SUCCESSORS = {"alcatel_lucent": "nokia", "motorola": "nokia", "nortel": "ericsson"}

GENERATIONS = ("2G", "3G", "4G", "5G")

#: Chance that a row names the wrong supplier, by status and confidence (assumed): memory errs more often.
ERRORS = {
    ("read", "high"): 0.02,
    ("read", "medium"): 0.05,
    ("read", "low"): 0.15,
    ("recalled", "high"): 0.1,
    ("recalled", "medium"): 0.2,
    ("recalled", "low"): 0.35,
}


class Mains(NamedTuple):
    """Main suppliers of an operator at some time.

    vendors   names
    error     chance that they are wrong
    recalled  whether a row that names one is recalled
    """

    vendors: frozenset[str]
    error: float
    recalled: bool


class Spell(NamedTuple):
    """Network of one operator and generation with a known main supplier.

    generation   position in GENERATIONS
    year         of its first suppliers
    first, last  main suppliers at its start, and after all swaps
    restricted   whether it is of 5G and the economy restricted vendors by then, in fact or formally
    formal       whether formally
    complete     whether nearly all operators of the economy are in the table
    swaps        main suppliers replaced within the generation
    """

    iso3: str
    operator: str
    generation: int
    year: int
    first: Mains
    last: Mains
    restricted: bool
    formal: bool
    complete: bool
    swaps: int


class Change(NamedTuple):
    """An operator's networks before and after a change of generation."""

    before: Spell
    after: Spell

    @property
    def stayed(self) -> bool:
        """Whether a main supplier of the old network is one of the new."""
        return bool(self.before.last.vendors & self.after.first.vendors)

    @property
    def exposed(self) -> bool:
        """Whether a main supplier of the old network is a target of restrictions."""
        return bool(self.before.last.vendors & RESTRICTED)

    @property
    def hit(self) -> bool:
        """Whether the change is exposed and restricted."""
        return self.exposed and self.after.restricted

    @property
    def recalled(self) -> bool:
        """Whether one of the two ends is recalled."""
        return self.before.last.recalled or self.after.first.recalled

    @property
    def error(self) -> float:
        """Chance that one of the two ends is wrong."""
        return 1 - (1 - self.before.last.error) * (1 - self.after.first.error)


def by_rank(table: Table) -> Table:
    """Sort the contracts of each network and year by rank."""
    columns = (table[name].tolist() for name in ("iso3", "operator", "generation", "year"))
    keys = list(zip(*columns, np.nan_to_num(table["rank"], nan=np.inf).tolist(), strict=True))
    return table.take(sorted(range(len(keys)), key=keys.__getitem__))


def spells(folder: str | Path | None = None, *, recalled: bool = False) -> list[Spell]:
    """Read the networks with a main supplier that estimates rest on, by operator and generation.

    folder    of an edited copy of all tables; None = the bundled ones
    recalled  whether to include recalled rows, which enter no fit
    """
    since = records("supplier_economies", folder).rows("complete", "restricted_since", "formal_since")
    economies = {iso3: tuple(of) for iso3, *of in since}
    table = by_rank(fitted_records("contracts", folder))
    columns = {name: column.tolist() for name, column in table.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    rows = [row for row in rows if recalled or row["status"] == "read"]
    rows.sort(key=lambda row: (*_network(row), row["year"]))
    networks = (_spell(list(of), economies) for _, of in groupby(rows, key=_network))
    return [network for network in networks if network is not None]


def changes(known: Iterable[Spell]) -> Iterator[Change]:
    """Yield changes from one generation to the next with both ends known."""
    by_network = {(s.iso3, s.operator, s.generation): s for s in known}
    for (iso3, operator, generation), after in by_network.items():
        before = by_network.get((iso3, operator, generation - 1))
        if before is not None:
            yield Change(before, after)


def _network(row: dict[str, Any]) -> tuple[str, str, int]:
    """Return economy, operator and generation of a row."""
    return row["iso3"], row["operator"], GENERATIONS.index(row["generation"])


def _spell(rows: list[dict[str, Any]], economies: Mapping[str, tuple[Any, ...]]) -> Spell | None:
    """Summarise the rows of one network, in the order of their years; None without a main supplier.

    economies  whether nearly all operators of each are recorded, and the years since which it restricts
               vendors, and formally; NaN for never
    """
    named = [row for row in rows if row["event"] in ("main", "sole", "swap_in")]
    if not named:
        return None
    year, now, swaps = named[0]["year"], dict[str, dict[str, Any]](), 0
    for row in rows:
        vendor = row["vendor"]
        if row["event"] == "swap_out":
            now.pop(vendor, None)
        elif row in named:
            swaps += row["event"] == "swap_in" and row["year"] > rows[0]["year"]
            if row["event"] == "swap_in" and row["previous_vendor"] in now:
                del now[row["previous_vendor"]]
            elif row["event"] == "swap_in" and not row["previous_vendor"] and row["part"] != row["part"]:
                now.clear()  # whose place it took is not known: of all
            now[vendor] = row
    complete, restricted, formal = economies.get(rows[0]["iso3"], (False, NEVER, NEVER))
    last = rows[0]["generation"] == GENERATIONS[-1]  # restrictions are about the newest
    return Spell(
        *_network(rows[0]),
        year,
        _mains([row for row in named if row["year"] == year]),
        _mains(list(now.values()) or named),
        last and year >= restricted,
        last and year >= formal,
        complete,
        swaps,
    )


def _mains(rows: list[dict[str, Any]]) -> Mains:
    """Return the suppliers that rows name, with the largest error among them."""
    return Mains(
        frozenset(SUCCESSORS.get(row["vendor"], row["vendor"]) for row in rows),
        max(ERRORS[row["status"], row["confidence"]] for row in rows),
        any(row["status"] == "recalled" for row in rows),
    )
