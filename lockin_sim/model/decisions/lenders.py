"""Lenders: to whom money goes, and what it pays for."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.parameters import Parameters


def helps(appeal: Floats, grant_element: Floats) -> Bools:
    """Whether a lender lends to an economy at all, and at better terms than its own.  (..., lender).

    appeal         (..., lender), log weight, -inf: never
    grant_element  (..., lender), per cent
    """
    found: Bools = (appeal > -np.inf) & (grant_element > 0)
    return found


def may_pay(sells: Bools, barred: Bools, tied: Bools) -> Bools:
    """Whether money may pay for a contract: untied for any, tied where its own sponsor's vendors may win it.

    sells   (..., lender), whether a vendor of the lender's sponsor is on the market
    barred  (..., lender), whether the buyer may take none of them
    tied    (lender,)
    Returns (..., lender).
    """
    return np.where(tied, np.where(barred, False, sells), True)


def paid_beside(backbone: Bools, p: Parameters) -> Floats:
    """What loans pay over a contract, as a multiple of it: with what carries it, or 1.  backbone (...)."""
    return np.where(backbone, p.financed_base, 1.0)
