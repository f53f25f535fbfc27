"""Tables laid out as arrays: positions of labels, years, and vendors in the slots of their domains.

A *rule* computes a number that no table states from the tables of one world: :mod:`~lockin_sim.world.states`,
:mod:`~lockin_sim.world.demand` and :mod:`~lockin_sim.world.vendors` consist of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.world.case import CaseYears
from lockin_sim.world.schema import Table

#: Table whose labels a column holds.
NAMED = {
    **dict.fromkeys(("iso3", "other_iso3", "home"), "countries"),
    **dict.fromkeys(("domain", "base_domain"), "domains"),
    "vendor": "vendors",
    **dict.fromkeys(("standard", "home_standard"), "standards"),
    **dict.fromkeys(("sponsor", "rival"), "sponsors"),
    "body": "bodies",
}


class Tables(dict[str, Table]):
    """Tables of one world, with the positions of the labels that they hold.

    span     years of the case
    studied  sponsor under study
    """

    def __init__(self, tables: Mapping[str, Table], span: CaseYears, studied: str) -> None:
        super().__init__(tables)
        self.span, self.studied = span, studied
        self.results: dict[Any, Any] = {}  # of rules that others build on

    def size(self, table: str) -> int:
        """Return the number of rows of a table."""
        return len(self[table].labels)

    @cached_property
    def years(self) -> Integers:
        """Years for which conditions are laid out.  (year,)."""
        return np.arange(self.span.first, self.span.settled + 1)

    @cached_property
    def index(self) -> dict[str, dict[str, int]]:
        """Position of each label, by table."""
        return {name: {label: i for i, label in enumerate(self[name].labels)} for name in NAMED.values()}

    def at(self, table: str, column: str) -> Integers:
        """Return the positions of the labels in a column, -1 where the cell is blank.  (row,)."""
        known = self.index[NAMED[column]]
        labels = self[table][column].tolist()
        return np.array([known[label] if label else -1 for label in labels], dtype=int)

    def matrix(self, table: str, *columns: str, value: str = "", none: float = 0.0) -> NDArray[Any]:
        """Lay out a long table as an array with one axis for each of ``columns``.

        value  column of the numbers; "" for a mask of the combinations that have a row
        none   number where there is no row
        """
        shape = [self.size(NAMED[column]) for column in columns]
        array: NDArray[Any] = np.full(shape, none) if value else np.zeros(shape, dtype=bool)
        array[tuple(self.at(table, column) for column in columns)] = self[table][value] if value else True
        return array

    def path(
        self,
        table: str,
        label: str,
        value: str,
        *,
        rows: Bools | bool = True,
        stepwise: bool = False,
        none: float = 0.0,
    ) -> Floats:
        """Interpolate paths through the anchors of a table, constant outside them.  (year, label).

        Between two anchors a straight line, or if ``stepwise`` the value of the earlier anchor.
        rows  mask of the rows used;  none  value of a label without anchors
        """
        columns, at = self[table], self.at(table, label)
        path = np.full((len(self.years), self.size(NAMED[label])), none)
        for column in np.unique(at[np.broadcast_to(rows, at.shape)]):
            anchors, values = (columns[name][(at == column) & rows] for name in ("year", value))
            step = np.maximum(np.searchsorted(anchors, self.years, side="right") - 1, 0)
            path[:, column] = values[step] if stepwise else np.interp(self.years, anchors, values)
        return path

    def lasting(self, table: str) -> Bools:
        """Compute the years in which each row of a table holds.  (row, year).

        A blank in from or until is no bound.
        """
        first, last = (self[table][name][:, None] for name in ("from", "until"))
        return (np.isnan(first) | (self.years >= first)) & (np.isnan(last) | (self.years <= last))

    # --- vendors in the slots of their domains, in the order of the table of offers ---

    @cached_property
    def slot(self) -> dict[tuple[int, int], int]:
        """Slot of each vendor in each domain, by positions of domain and vendor."""
        slots: dict[tuple[int, int], int] = {}
        filled = [0] * self.size("domains")
        domain, vendor = (self.at("offers", column).tolist() for column in ("domain", "vendor"))
        for d, v in zip(domain, vendor, strict=True):
            slots[d, v] = filled[d]
            filled[d] += 1
        return slots

    def offers(self, table: str) -> list[tuple[int, int]]:
        """List domain and slot of the offer in each row of a table.

        The slot is -1 in rows without a vendor.
        """
        rows = zip(self.at(table, "domain").tolist(), self.at(table, "vendor").tolist(), strict=True)
        return [(d, self.slot[d, v] if v >= 0 else -1) for d, v in rows]

    def by_slot(self, of_offers: ArrayLike, empty: Any) -> NDArray[Any]:
        """Arrange values of offers by slot, with ``empty`` in empty slots.  (domain, vendor)."""
        shape = self.size("domains"), max(self.slot.values()) + 1
        laid = np.full(shape, empty)
        laid[self.at("offers", "domain"), list(self.slot.values())] = of_offers
        return laid

    def offered(self, column: str) -> Floats:
        """Arrange a numeric column of the table of offers by slot.  (domain, vendor).

        Blank cells and empty slots are 0.
        """
        return self.by_slot(np.nan_to_num(self["offers"][column]), 0.0)

    @cached_property
    def slot_vendor(self) -> Integers:
        """Vendor in each slot, -1 where the slot is empty.  (domain, vendor)."""
        return self.by_slot(self.at("offers", "vendor"), -1)

    @cached_property
    def slot_sponsor(self) -> Integers:
        """Sponsor in each slot; the number of sponsors where there is none.  (domain, vendor)."""
        none = self.size("sponsors")
        sponsor = self.at("vendors", "sponsor")[self.at("offers", "vendor")]
        return self.by_slot(np.where(sponsor < 0, none, sponsor), none)

    @cached_property
    def slot_home(self) -> Integers:
        """Home country of the vendor in each slot, -1 if none.  (domain, vendor)."""
        return self.by_slot(self.at("vendors", "home")[self.at("offers", "vendor")], -1)

    @cached_property
    def slot_entry(self) -> Integers:
        """First year on the market of each slot; NEVER in an empty slot.  (domain, vendor)."""
        return self.by_slot(self["offers"]["entry_year"], NEVER)

    @cached_property
    def is_local(self) -> Bools:
        """Whether each offer represents many local suppliers.  (domain, vendor)."""
        return self.by_slot(self["vendors"]["kind"][self.at("offers", "vendor")] == "local", False)


def cache_rule[T](rule: Callable[[Tables], T]) -> Callable[[Tables], T]:
    """Cache the result of a rule in the tables, since other rules use the result."""

    @wraps(rule)
    def result(t: Tables) -> T:
        """Return the cached result of the rule for tables, or compute it."""
        if rule not in t.results:
            t.results[rule] = rule(t)
        value: T = t.results[rule]
        return value

    return result
