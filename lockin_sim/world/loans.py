"""What state lenders lent for networks and what runs on them, as recorded, project by project."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.rules.finance import repayment
from lockin_sim.world.schema import Table
from lockin_sim.world.table_arrays import Tables

#: Where nothing is recorded of loans, in place of an amount.
NOT_RECORDED = -1.0

#: Years after the first in which loans of before may still be repaid.
LONGEST = 60

#: Years that count as one decade when an amount is not known.
_DECADE = 10


def amounts(table: Table) -> Floats:
    """USD bn at prices of 2021 of each row of the table of loans, 0 where it says that nothing is recorded.
    (row,)

    An amount that is not stated is the median of its kind and decade, else of its kind.
    """
    known, decade = table["amount"], table["year"] // _DECADE
    millions = np.nan_to_num(known)
    for row in np.flatnonzero(np.isnan(known) & ~unrecorded(table)):
        alike = (table["kind"] == table["kind"][row]) & ~np.isnan(known)
        near = alike & (decade == decade[row])
        millions[row] = np.median(known[near] if near.any() else known[alike]) if alike.any() else 0.0
    return millions / 1e3


def lent(t: Tables, when: Callable[[Floats], Bools]) -> Floats:
    """Sums over years, USD bn, NaN for economies of which nothing is recorded.  (country, lender)

    when  which years count
    """
    total = np.zeros((t.size("countries"), t.size("lenders")))
    cells = t.at("loans", "iso3"), _lender(t)
    np.add.at(total, cells, np.where(when(t["loans"]["year"]), amounts(t["loans"]), 0.0))
    total[tuple(each[unrecorded(t["loans"])] for each in cells)] = np.nan
    return total


def recorded_loans(t: Tables) -> Floats:
    """Loans after the first year, USD bn; :data:`NOT_RECORDED` for economies of which nothing is recorded,
    and after the last year on record of any loan of its sponsor.  (year, country, lender)"""
    loans = np.full((len(t.years), t.size("countries"), t.size("lenders")), NOT_RECORDED)
    last, sponsor = np.full(t.size("sponsors"), -NEVER), t.at("lenders", "sponsor")
    year = np.nan_to_num(t["loans"]["year"], nan=-NEVER).astype(int)
    np.maximum.at(last, sponsor[_lender(t)], year)
    for step, now in enumerate(t.years[1:].tolist(), start=1):
        of_year = lent(t, lambda years, now=now: years == now)  # type: ignore[misc]
        known = ~np.isnan(of_year) & (last[sponsor] >= now)
        loans[step][known] = of_year[known]
    return loans


def recorded_instalments(t: Tables) -> Floats:
    """Principal of loans of the first year and before that is repaid in it and later, USD bn, at the terms of
    its lender.  (year since, country, sponsor)"""
    instalments = np.zeros((LONGEST, t.size("countries"), t.size("sponsors")))
    table, lenders, sponsor = t["loans"], t["lenders"], t.at("lenders", "sponsor")
    cells = zip(_lender(t).tolist(), t.at("loans", "iso3").tolist(), amounts(table).tolist(), strict=True)
    for row, (h, country, amount) in enumerate(cells):
        signed = table["year"][row]
        if not signed <= t.span.first:
            continue
        first, last, share = repayment(lenders["tenor"][h], lenders["grace"][h])
        since = int(signed) - t.span.first
        years = slice(max(since + first, 0), max(since + last + 1, 0))
        instalments[years, country, sponsor[h]] += share * amount
    return instalments


class RecordedLoans(NamedTuple):
    """Loans on record after the first year, the oldest first.  (loan,) each."""

    step: Integers  # years since the first one
    country: Integers
    lender: Integers
    amount: Floats  # USD bn

    @classmethod
    def of(cls, recorded: Floats) -> RecordedLoans:
        """List the loans of a table (year, country, lender)."""
        step, country, lender = np.nonzero(recorded[1:] > 0)
        return cls(step + 1, country, lender, recorded[1:][step, country, lender])

    def untaken(self, before: RecordedLoans, left: Floats) -> Floats:
        """Money of these loans that no contract has taken, (run, loan), USD bn.

        before  other loans, of which contracts have taken what is not left.  left  (run, loan), USD bn
        """
        if all(map(np.array_equal, self, before)):
            return left
        taken = dict(zip(zip(*before[:3], strict=True), (before.amount - left).T, strict=True))
        untaken = np.tile(self.amount, (len(left), 1))
        for place, cell in enumerate(zip(*self[:3], strict=True)):
            untaken[:, place] -= taken.get(cell, 0.0)
        return np.maximum(untaken, 0.0)


def unrecorded(table: Table) -> Bools:
    """Rows that say that nothing is recorded of an economy.  (row,)"""
    return np.isnan(table["year"])


def _lender(t: Tables) -> Integers:
    """Positions of the lenders of the rows."""
    place = {name: h for h, name in enumerate(t["lenders"].labels)}
    return np.array([place[name] for name in t["loans"]["lender"].tolist()], dtype=int)
