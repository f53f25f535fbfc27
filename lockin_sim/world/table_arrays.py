"""Tables laid out as arrays: positions of labels, years, and vendors in the slots of their domains.

A *rule* computes a number that no table states from the tables of one world: :mod:`~lockin_sim.world.states`,
:mod:`~lockin_sim.world.demand` and :mod:`~lockin_sim.world.vendors` are made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.world.case import Span
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
    """The tables of one world, with the positions of what they name.

    span     years of the case
    studied  sponsor under study
    """

    def __init__(self, tables: Mapping[str, Table], span: Span, studied: str) -> None:
        super().__init__(tables)
        self.span, self.studied = span, studied
        self.results: dict[Any, Any] = {}  # of rules that others build on

    def size(self, table: str) -> int:
        """Number of rows."""
        return len(self[table].labels)

    @cached_property
    def years(self) -> Integers:
        """All years that conditions are laid out for.  (year,)."""
        return np.arange(self.span.first, self.span.settled + 1)

    @cached_property
    def index(self) -> dict[str, dict[str, int]]:
        """Position of each label, by table."""
        return {name: {label: i for i, label in enumerate(self[name].labels)} for name in NAMED.values()}

    def at(self, table: str, column: str) -> Integers:
        """Positions of the labels that a column holds, -1 where it is blank.  (row,)."""
        known = self.index[NAMED[column]]
        labels = self[table][column].tolist()
        return np.array([known[label] if label else -1 for label in labels], dtype=int)

    def matrix(self, table: str, *columns: str, value: str = "", none: float = 0.0) -> NDArray[Any]:
        """A long table as an array by what some of its columns name.

        value  column of the numbers; "" for whether there is a row
        none   where there is no row
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
        """Paths through the anchors of a table, constant outside them.  (year, label).

        Between two anchors a straight line, or stepwise the value of the earlier one.
        rows  those that count;  none  where a label has no anchors
        """
        columns, at = self[table], self.at(table, label)
        path = np.full((len(self.years), self.size(NAMED[label])), none)
        for column in np.unique(at[np.broadcast_to(rows, at.shape)]):
            anchors, values = (columns[name][(at == column) & rows] for name in ("year", value))
            step = np.maximum(np.searchsorted(anchors, self.years, side="right") - 1, 0)
            path[:, column] = values[step] if stepwise else np.interp(self.years, anchors, values)
        return path

    def lasting(self, table: str) -> Bools:
        """Years in which the rows of a table hold: a blank in from or until is no bound.  (row, year)."""
        first, last = (self[table][name][:, None] for name in ("from", "until"))
        return (np.isnan(first) | (self.years >= first)) & (np.isnan(last) | (self.years <= last))

    # --- vendors in the slots of their domains, in the order of the table of offers ---

    @cached_property
    def slot(self) -> dict[tuple[int, int], int]:
        """Slot of a vendor in a domain, by their positions."""
        slots: dict[tuple[int, int], int] = {}
        filled = [0] * self.size("domains")
        domain, vendor = (self.at("offers", column).tolist() for column in ("domain", "vendor"))
        for d, v in zip(domain, vendor, strict=True):
            slots[d, v] = filled[d]
            filled[d] += 1
        return slots

    def offers(self, table: str) -> list[tuple[int, int]]:
        """Domain and slot of the offer that each row of a table names; those without a vendor have -1."""
        rows = zip(self.at(table, "domain").tolist(), self.at(table, "vendor").tolist(), strict=True)
        return [(d, self.slot[d, v] if v >= 0 else -1) for d, v in rows]

    def by_slot(self, of_offers: ArrayLike, empty: Any) -> NDArray[Any]:
        """What is known of each offer, or ``empty`` where a slot is.  (domain, vendor)."""
        shape = self.size("domains"), max(self.slot.values()) + 1
        laid = np.full(shape, empty)
        laid[self.at("offers", "domain"), list(self.slot.values())] = of_offers
        return laid

    def offered(self, column: str) -> Floats:
        """Numbers of a column of the table of offers, 0 where blank and in empty slots.  (domain, vendor)."""
        return self.by_slot(np.nan_to_num(self["offers"][column]), 0.0)

    @cached_property
    def slot_vendor(self) -> Integers:
        """Vendor, -1 where the slot is empty.  (domain, vendor)."""
        return self.by_slot(self.at("offers", "vendor"), -1)

    @cached_property
    def slot_sponsor(self) -> Integers:
        """Sponsor; the number of sponsors where there is none.  (domain, vendor)."""
        none = self.size("sponsors")
        sponsor = self.at("vendors", "sponsor")[self.at("offers", "vendor")]
        return self.by_slot(np.where(sponsor < 0, none, sponsor), none)

    @cached_property
    def slot_home(self) -> Integers:
        """Home country, -1 if none.  (domain, vendor)."""
        return self.by_slot(self.at("vendors", "home")[self.at("offers", "vendor")], -1)

    @cached_property
    def slot_entry(self) -> Integers:
        """First year on the market; NEVER in an empty slot.  (domain, vendor)."""
        return self.by_slot(self["offers"]["entry_year"], NEVER)

    @cached_property
    def is_local(self) -> Bools:
        """Whether an offer stands for many local suppliers.  (domain, vendor)."""
        return self.by_slot(self["vendors"]["kind"][self.at("offers", "vendor")] == "local", False)


def once[T](rule: Callable[[Tables], T]) -> Callable[[Tables], T]:
    """A rule whose result the tables remember, since others build on it."""

    @wraps(rule)
    def result(t: Tables) -> T:
        """As the rule."""
        if rule not in t.results:
            t.results[rule] = rule(t)
        value: T = t.results[rule]
        return value

    return result
