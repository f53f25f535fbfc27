"""When operators buy, and what a contract is worth."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.rules.reduce import any_of

#: Years over which the lots of an economy move to a new generation (assumed).
ROLL_OUT_YEARS = 3


def generation_start(arrival: Integers, delay: Integers, shock: Floats) -> Integers:
    r"""Year in which a lot is due for a new generation.

    .. math:: t_g = \tau_g + \delta_i + \lfloor 3\,\varepsilon \rfloor        (T1)

    arrival  tau, year in which the generation comes on the market
    delay    delta, years by which the economy follows
    shock    epsilon, uniform in (0, 1): the lots of an economy follow over three years
    """
    return arrival + delay + np.floor(ROLL_OUT_YEARS * shock).astype(int)


def contract_end_probability(lifetime: Numbers) -> Floats:
    r"""Probability that a contract ends this year, where no generations do: :math:`h = \min(1, 1/L)` (T2).

    lifetime  L, years
    """
    return np.minimum(1.0, 1.0 / lifetime)


def removal_share(years_allowed: Floats, years_passed: Floats | float) -> Floats:
    r"""Share of what is restricted and still there that must go this year, so that all is gone in time.

    .. math:: f = 1 / \max(1,\; Y - t)  \text{ if } Y > 0, \text{ else } 0        (T3)

    A lot goes with this probability.

    years_allowed  Y, years to replace; 0 means that nothing is forced
    years_passed   t, years since the restriction began
    """
    return np.where(years_allowed > 0, 1.0 / np.maximum(1.0, years_allowed - years_passed), 0.0)


def contract_value(capacity: Floats | float, market_size: Floats, lifetime: Floats) -> Floats:
    r"""Value of a contract for some capacity over its life.

    .. math:: V = M\,L\,c        (T4)

    Capacity is bought anew once a lifetime on average, so that yearly spending averages M.

    capacity     c, share of the customer's capacity
    market_size  M, USD bn per year at full coverage
    lifetime     L, years
    Returns USD bn.
    """
    return market_size * lifetime * capacity


def within_cap(possible: Bools, held: Floats, at_stake: Floats, incumbent: Bools, share_cap: Floats) -> Bools:
    r"""Offers that may be taken: possible, and within the diversification cap.

    .. math:: k_v - w\,1[v = b] + w \le cap        (T5)

    possible   (..., vendor), bool: sold in this country this year and not restricted
    held       (..., vendor), k, the vendor's share of the country's capacity
    at_stake   (..., 1), w, share of it that the lot is
    incumbent  (..., vendor), bool: 1[v = b]
    share_cap  (..., 1), largest share of capacity that one vendor may reach; 1 is none.  Where it leaves
               nobody, as with a single lot, it is waived.
    """
    within = possible & (held + at_stake * ~incumbent <= share_cap + 1e-6)
    return np.where(any_of(within), within, possible)


def expansion(capacity: Floats, share: Floats) -> Floats:
    r"""Spending that follows the base: what whoever runs it sells without a contract.

    .. math:: E_v = e\,K_v        (T6)

    With contracts for the rest (T4) yearly spending averages what is installed.

    capacity  K, USD bn per year: market size times what the vendor runs
    share     e, part of spending that follows the base
    Returns USD bn.
    """
    return share * capacity
