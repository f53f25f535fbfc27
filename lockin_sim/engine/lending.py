"""Track loans on record: how much of them waits for contracts, and which contracts they pay for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.engine.batch import Batch, Board
from lockin_sim.rules import finance

#: Where no loan on record waits.
_NOTHING: Floats = np.zeros((1, 1, 1))


def sum_waiting_loans(batch: Batch, board: Board) -> Floats:
    """Return what open loans on record have left, USD bn.  (run, country, lender), or (1, 1, 1) of 0."""
    if not batch.state.loan_left.any():
        return _NOTHING
    loans = batch.loans
    waiting = np.zeros((len(batch.runs), len(batch.world.countries), len(batch.world.lenders.names)))
    for some, left in _open_loans(batch, board):
        waiting[:, loans.country[some], loans.lender[some]] += left
    return waiting


def charge_loans(batch: Batch, board: Board, waiting: Floats, lent: Floats) -> Floats:
    """Take what contracts borrowed from the open loans, the oldest first, and let loans lapse.

    waiting  of :func:`sum_waiting_loans`;  lent  (run, country, lender), by contracts signed, USD bn
    Returns the new loans of the year, (run, country, lender), USD bn.
    """
    state, flows, loans = batch.state, batch.flows, batch.loans
    if waiting is _NOTHING:
        return finance.booked(lent, _NOTHING, board.now.recorded_loans)
    state.loan_left, met, unmet = state.loan_left.copy(), np.zeros(lent.shape), np.zeros(lent.shape)

    # loans of one year are of different borrowers or lenders, so that each year is charged at once
    for some, left in _open_loans(batch, board):
        cells = slice(None), loans.country[some], loans.lender[some]
        paid = np.minimum(left, lent[cells] - met[cells])
        state.loan_left[:, some] -= paid
        met[cells] += paid

    over = finance.is_over(loans.step, board.step, batch.broadcast(1).loan_wait)
    lapsed = np.where(over, state.loan_left, 0.0)
    state.loan_left = state.loan_left - lapsed
    for k in np.flatnonzero(lapsed.any(axis=0)):
        unmet[:, loans.country[k], loans.lender[k]] += lapsed[:, k]
    of_sponsor = batch.world.lenders.sponsor[:, None] == np.arange(len(batch.world.sponsors))
    flows.loans_met, flows.loans_unmet = met @ of_sponsor.astype(float), unmet @ of_sponsor.astype(float)
    return finance.booked(lent, met, board.now.recorded_loans)


def _open_loans(batch: Batch, board: Board) -> Iterator[tuple[slice, Floats]]:
    """Yield the open loans of each recorded year, oldest first.

    Their positions, and what they have left, (run, loan).
    """
    loans, p, now = batch.loans, batch.broadcast(1), board.step
    first, last = now - np.rint(np.max(p.loan_wait)), now + np.rint(np.max(p.loan_early))
    begins = np.searchsorted(loans.step, np.arange(first, last + 2))
    for begin, end in pairwise(begins.tolist()):
        if begin < end:
            some = slice(begin, end)
            is_open = finance.is_open(loans.step[some], now, p.loan_early, p.loan_wait)
            yield some, np.where(is_open, batch.state.loan_left[:, some], 0.0)
