"""Recorded loans of state lenders for networks and for what runs on them, project by project."""

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


def compute_loan_amounts(table: Table) -> Floats:
    """Compute the amount of each row of the table of loans, USD bn at prices of 2021.  (row,)

    0 in rows that say that nothing is recorded.  An amount that is not stated is the median of its kind and
    decade, or of its kind if that decade has none.
    """
    known, decade = table["amount"], table["year"] // _DECADE
    millions = np.nan_to_num(known)
    for row in np.flatnonzero(np.isnan(known) & ~find_unrecorded_loans(table)):
        alike = (table["kind"] == table["kind"][row]) & ~np.isnan(known)
        near = alike & (decade == decade[row])
        millions[row] = np.median(known[near] if near.any() else known[alike]) if alike.any() else 0.0
    return millions / 1e3


def sum_loans(t: Tables, when: Callable[[Floats], Bools]) -> Floats:
    """Sum loans over years, USD bn, NaN for economies without a record.  (country, lender)

    when  function from years to the mask of the years that are summed
    """
    total = np.zeros((t.size("countries"), t.size("lenders")))
    cells = t.at("loans", "iso3"), _find_lenders(t)
    np.add.at(total, cells, np.where(when(t["loans"]["year"]), compute_loan_amounts(t["loans"]), 0.0))
    total[tuple(each[find_unrecorded_loans(t["loans"])] for each in cells)] = np.nan
    return total


def build_recorded_loans(t: Tables) -> Floats:
    """Build the loans on record after the first year, USD bn.  (year, country, lender)

    :data:`NOT_RECORDED` in the first year, for economies without a record, and after the last year on record
    of any loan of the lender's sponsor.
    """
    loans = np.full((len(t.years), t.size("countries"), t.size("lenders")), NOT_RECORDED)
    last, sponsor = np.full(t.size("sponsors"), -NEVER), t.at("lenders", "sponsor")
    year = np.nan_to_num(t["loans"]["year"], nan=-NEVER).astype(int)
    np.maximum.at(last, sponsor[_find_lenders(t)], year)
    for step, now in enumerate(t.years[1:].tolist(), start=1):
        of_year = sum_loans(t, lambda years, now=now: years == now)  # type: ignore[misc]
        known = ~np.isnan(of_year) & (last[sponsor] >= now)
        loans[step][known] = of_year[known]
    return loans


def compute_recorded_instalments(t: Tables) -> Floats:
    """Compute the principal of loans up to the first year that is repaid in it and later, USD bn.

    Loans are repaid at the terms of their lender.
    Returns (year since the first, country, sponsor).
    """
    instalments = np.zeros((LONGEST, t.size("countries"), t.size("sponsors")))
    table, lenders, sponsor = t["loans"], t["lenders"], t.at("lenders", "sponsor")
    cells = zip(
        _find_lenders(t).tolist(),
        t.at("loans", "iso3").tolist(),
        compute_loan_amounts(table).tolist(),
        strict=True,
    )
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
    """Loans on record after the first year, oldest first.  (loan,) each."""

    step: Integers  # years since the first one
    country: Integers
    lender: Integers
    amount: Floats  # USD bn

    @classmethod
    def of(cls, recorded: Floats) -> RecordedLoans:
        """List the loans of an array (year, country, lender)."""
        step, country, lender = np.nonzero(recorded[1:] > 0)
        return cls(step + 1, country, lender, recorded[1:][step, country, lender])

    def untaken(self, before: RecordedLoans, left: Floats) -> Floats:
        """Compute the money of each loan that no contract has taken, (run, loan), USD bn.

        before  earlier list of loans;  left  (run, loan), USD bn of that list that contracts have not taken
        """
        if all(map(np.array_equal, self, before)):
            return left
        taken = dict(zip(zip(*before[:3], strict=True), (before.amount - left).T, strict=True))
        untaken = np.tile(self.amount, (len(left), 1))
        for place, cell in enumerate(zip(*self[:3], strict=True)):
            untaken[:, place] -= taken.get(cell, 0.0)
        return np.maximum(untaken, 0.0)


def find_unrecorded_loans(table: Table) -> Bools:
    """Find the rows that say that nothing is recorded of an economy's loans.  (row,), bool."""
    return np.isnan(table["year"])


def _find_lenders(t: Tables) -> Integers:
    """Find the position of the lender of each row of the table of loans.  (row,)."""
    place = {name: h for h, name in enumerate(t["lenders"].labels)}
    return np.array([place[name] for name in t["loans"]["lender"].tolist()], dtype=int)
