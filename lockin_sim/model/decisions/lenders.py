"""Lenders: to whom money goes, and what it pays for."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Numbers
from lockin_sim.parameters import Parameters
from lockin_sim.rules import contracts


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


def paid_beside(backbone: Bools, expansion: Numbers, p: Parameters) -> Floats:
    """What loans pay over a contract, as a multiple of it: the network that it begins, and what carries it.

    A tender is for a part of the spending of its years, the rest follows without one; a loan pays for both,
    so that what is lent does not depend on how spending is divided.

    backbone   (...), whether loans also pay what carries a network
    expansion  (...), part of the domain's spending that follows the base; NaN: that of the parameters
    """
    follows = contracts.follows_base(expansion, p.expansion_share)
    tendered = np.where(follows < 1.0, 1.0 - follows, 1.0)  # nothing is tendered where all of it follows
    return np.where(backbone, p.financed_base, 1.0) / tendered
