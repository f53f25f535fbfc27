"""What is bought when: tenders by lots, new capacity, forced replacement, and how a winner is booked."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats

#: A decision to build adds at least this share of a country's capacity, or all that is missing (assumed).
LEAST_BUILD = 0.02


def tender_probability(lots: Floats, lifetime: Floats) -> Floats:
    r"""Probability that some lot of a deployed capacity is tendered this year.

    .. math:: P = \min(1,\; n_{lots} / L)        (T1)

    lots      number of independent buyers
    lifetime  L, years
    """
    return np.minimum(1.0, lots / lifetime)


def released_base(
    installed: Floats, tendered: Bools, tranche: Floats, banned: Bools, phase_out: Floats
) -> Floats:
    r"""Base that this year's tender puts up for replacement.

    .. math:: r_v = \tau k_v + f_v\,1[v\ banned]\,(1 - \tau) k_v        (T2)

    installed  (..., vendor), shares of the customer's capacity
    tendered   (..., 1), bool: a lot is re-tendered
    tranche    (..., 1), tau, share of the capacity in a lot
    banned     (..., vendor), bool: the customer restricts the vendor
    phase_out  (..., vendor), f, share of the banned base that must go this year; 0 is none
    """
    regular = np.where(tendered, tranche, 0.0)
    forced = np.where(banned, phase_out, 0.0)
    return installed * (regular + forced * (1.0 - regular))


def phase_out_share(years_allowed: Floats, years_passed: Floats | float) -> Floats:
    r"""Share of the remaining banned base that must go this year, so that all is gone in time.

    .. math:: f = 1 / \max(1,\; Y - t)  \text{ if } Y > 0, \text{ else } 0        (T3)

    years_allowed  Y, years to replace; 0 means that nothing is forced
    years_passed   t, years since the restriction began
    """
    return np.where(years_allowed > 0, 1.0 / np.maximum(1.0, years_allowed - years_passed), 0.0)


def new_capacity(deployed: Floats, considered: Bools, build_out: float | Floats) -> Floats:
    r"""Capacity that a country would add if it accepted an offer.

    .. math:: n = \min(g,\; \max(b\,g,\; 0.02)),\quad g = 1 - \sum_v k_v        (T4)

    deployed    (..., 1), share of capacity, all vendors together
    considered  (..., 1), bool: undeployed capacity is on the agenda this year
    build_out   b, share of the undeployed capacity that one decision builds
    Returns (..., 1).
    """
    undeployed = np.maximum(0.0, 1.0 - deployed)
    step = np.minimum(undeployed, np.maximum(build_out * undeployed, LEAST_BUILD))
    return np.where(considered, step, 0.0)


def book_winner(installed: Floats, released: Floats, added: Floats, winner: Bools) -> Floats:
    r"""Installed base after the tender.

    .. math:: k'_v = k_v - r_v + 1[v\ wins]\,(\sum_u r_u + n)        (T5)

    installed  (..., vendor), shares before
    released   (..., vendor), shares put up for replacement
    added      (..., 1), new capacity built
    winner     (..., vendor), one-hot; nobody wins: nothing changes
    """
    gained = np.sum(released, axis=-1, keepdims=True) + added
    decided = np.any(winner, axis=-1, keepdims=True)
    return installed - decided * released + winner * gained


def contract_value(capacity: Floats | float, market_size: Floats, lifetime: Floats) -> Floats:
    r"""Value of a contract for some capacity over its life.

    .. math:: V = M\,L\,c        (T6)

    Every share is re-tendered once a lifetime on average, so that yearly spending averages M.

    capacity     c, share of the customer's capacity
    market_size  M, USD bn per year at full coverage
    lifetime     L, years
    Returns USD bn.
    """
    return market_size * lifetime * capacity
