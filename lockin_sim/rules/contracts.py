"""When operators buy, and what a contract is worth."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.rules.reduce import any_of

#: Years over which the lots of an economy move to a new generation where nothing is said of it (assumed).
ROLL_OUT_YEARS = 3


def generation_start(launch: Integers, years: Integers, shock: Floats) -> Integers:
    r"""Year in which a lot is due for a new generation.

    .. math:: t_g = \tau_{gi} + \lfloor Y_{gi}\,\varepsilon \rfloor        (T1)

    launch  tau, year in which the first lots of the economy are due
    years   Y, years over which its lots follow
    shock   epsilon, uniform in (0, 1)
    """
    result: Integers = launch + np.floor(years * shock).astype(int)
    return result


def head_start(lead: Integers, on_sale: Bools) -> Integers:
    r"""Years by which a generation comes to a market before its date: lots are due as early as the first
    vendor that may sell there has it.

    .. math:: t_g' = t_g - \max_{v \text{ on sale}} \Lambda_v        (T9)

    lead     Lambda, (..., vendor), years by which each vendor has it before its date
    on_sale  (..., vendor), whether the vendor may sell there
    Returns (...).
    """
    return np.where(on_sale, lead, 0).max(axis=-1, initial=0)


def years_sooner(lead: Integers, left: Integers) -> Integers:
    r"""Years by which a buyer has a generation sooner with a vendor that leads.

    .. math:: S_v = d \text{ if } d \le \Lambda_v, \text{ else } 0        (T10)

    lead  Lambda, years by which the vendor has it before its date
    left  d, years until that date in the buyer's economy, at least 1; none follows: more than any lead
    """
    return np.where(left <= lead, left, 0)


def swapped_part(begun: Integers | int, years: Numbers, year: int) -> Floats:
    r"""Compute the part of a lot that the new vendor has replaced at the end of a year.

    .. math:: \min(1, (t - t_0 + 1) / G)        (T11)

    begun  t_0, year of the contract;  years  G, that a swap takes;  year  t, not before begun
    """
    return np.minimum(1.0, (year + 1.0 - begun) / years)


def contract_end_probability(lifetime: Numbers) -> Floats:
    r"""Probability that a contract ends this year, where no generations do: :math:`h = \min(1, 1/L)` (T2).

    lifetime  L, years
    """
    return np.minimum(1.0, 1.0 / lifetime)


def removal_share(years_allowed: Floats, years_passed: Floats | float) -> Floats:
    r"""Share of what is restricted and still there that must go this year, so that all is gone in time.

    .. math:: f = 1 / \max(1,\; Y - t)  \text{ if } Y > 0, \text{ else } 0        (T3)

    A lot goes with this probability.

    years_allowed  Y, years to replace, from the one after the restriction on; 0 means that nothing is forced
    years_passed   t, of them, before this one: 0 in the year after the restriction
    """
    return np.where(years_allowed > 0, 1.0 / np.maximum(1.0, years_allowed - years_passed), 0.0)


def expected_years(end_rate: Numbers, following: Numbers, lifetime: Numbers) -> Floats:
    r"""Years until a lot that is signed today is expected to be up again.

    .. math:: T = \sum_{k=0}^{n-1} (1 - h)^k = \frac{1 - (1 - h)^n}{h},
              \text{ or } L \text{ where no generation follows}        (T7)

    Removal by order, which nobody expects, ends a contract earlier: what replaces it is spent on top.

    end_rate   h, chance that the contract ends in a year between two generations
    following  n, years until the lot is due for the next generation, at least 1; inf where none follows
    lifetime   L, years
    """
    known = following < np.inf
    n = np.where(known, following, 1.0)
    rate = np.where(end_rate > 0, end_rate, 1.0)
    until_next = np.where(end_rate > 0, (1.0 - (1.0 - rate) ** n) / rate, n)
    return np.where(known, until_next, lifetime)


def contract_value(capacity: Floats | float, market_size: Floats, years: Numbers) -> Floats:
    r"""Value of a contract for some capacity, for as long as it is expected to last.

    .. math:: V = M\,T\,c        (T4)

    Every year of capacity is bought once, so that yearly spending averages M whenever contracts end.

    capacity     c, share of the customer's capacity
    market_size  M, USD bn per year at full coverage
    years        T of (T7) for a lot; the lifetime L for users, of whom 1/L renew in a year
    Returns USD bn.
    """
    return market_size * years * capacity


def within_cap(
    possible: Bools, share: Floats, at_stake: Floats, incumbent: Bools, share_cap: Floats
) -> Bools:
    r"""Offers that may be taken: possible, and within the diversification cap.

    .. math:: k_v - w\,1[v = b] + w \le cap        (T5)

    possible   (..., vendor), bool: sold in this country this year and not restricted
    share      (..., vendor), k, the vendor's share of the country's capacity
    at_stake   (..., 1), w, share of it that the lot is
    incumbent  (..., vendor), bool: 1[v = b]
    share_cap  (..., 1), largest share of capacity that one vendor may reach; 1 is none.  Where it leaves
               nobody, as with a single lot, it is waived.
    """
    within = possible & (share + at_stake * ~incumbent <= share_cap + 1e-6)
    return np.where(any_of(within), within, possible)


def follows_base(of_domain: Numbers, otherwise: Numbers) -> Floats:
    """Part of spending that follows the base without a tender.

    of_domain  e of a domain that has its own, else NaN
    otherwise  e of all others
    """
    return np.where(np.isnan(of_domain), otherwise, of_domain)


def expansion(capacity: Floats, share: Floats) -> Floats:
    r"""Spending that follows the base: what whoever runs it sells without a contract.

    .. math:: E_v = e\,K_v        (T6)

    With contracts for the rest (T4) yearly spending averages what is installed.

    capacity  K, USD bn per year: market size times what the vendor runs
    share     e, part of spending that follows the base
    Returns USD bn.
    """
    return share * capacity


def leaving_cost(spending: Floats, paid_ahead: Floats | float, rebate: Floats, net_price: Floats) -> Floats:
    r"""What it costs a buyer to leave an incumbent, in the money of contracts.

    .. math:: C = q\,(g\,M\,T\,c + A),\qquad A = 0 \text{ at the end of a contract, } (1 - e)\,M\,T\,c
              \text{ before it}        (T8)

    spending    M T c, of (T4): what is spent until the next contract, USD bn
    paid_ahead  A, what was paid ahead, is not used, and is bought again, USD bn
    rebate      g of (P10), share of others' price that makes up for what is lost
    net_price   q, what loans leave of others' price
    Returns USD bn.
    """
    return net_price * (rebate * spending + paid_ahead)
