"""What states lend: grant element, finite envelopes, effective price, debt service."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.rules.reduce import total


def grant_element(
    rate: Floats | float,
    tenor: Floats | float,
    grace: Floats | float,
    discount_rate: Floats | float,
    payments_per_year: Floats | float = 1,
) -> Floats:
    r"""Grant element of a loan repaid in equal instalments of principal, per cent of its face value.

    .. math:: GE = 100\left(1 - \frac{r/a}{d}\right)
              \left(1 - \frac{(1+d)^{-aG} - (1+d)^{-aT}}{d\,a\,(T - G)}\right),
              \quad d = (1+\rho)^{1/a} - 1        (F1)

    rate               r, interest, per year (0.02 is 2 %)
    tenor              T, years to the last payment; at least one payment follows the grace
    grace              G, years before the first principal period begins
    discount_rate      rho, per year, above 0: here the borrower's own rate
    payments_per_year  a
    Source: OECD-DAC grant element formula; discounting at the borrower's rate is this model's choice.
    """
    a = np.asarray(payments_per_year) * 1.0
    repaid_over = np.maximum(np.asarray(tenor) - grace, 1.0 / a)
    d = (1.0 + np.asarray(discount_rate)) ** (1.0 / a) - 1.0
    annuity = (1.0 + d) ** (-a * grace) - (1.0 + d) ** (-a * (grace + repaid_over))
    return 100.0 * (1.0 - rate / a / d) * (1.0 - annuity / (d * a * repaid_over))


def priority(appeal: Floats, grant_element: Floats, exponent: Floats, shock: Floats) -> Floats:
    r"""Order in which a lender serves those who ask: a draw with chances that follow their appeal.

    .. math:: k_{ih} = A_{ih} + \varphi_h \log GE_{ih} + \varepsilon_{ih}        (F2)

    The largest comes first, so that the first served is i with chance proportional to exp(A) GE^phi.

    appeal         (..., country, lender), A, log weight, -inf: never
    grant_element  (..., country, lender), per cent
    exponent       (lender,), phi; 0: terms do not count
    shock          (..., country, lender), standard Gumbel
    """
    worth = np.maximum(grant_element, 1e-6)
    return appeal + exponent * np.log(worth) + shock


def promises(priority: Floats, requests: Floats, budget: Floats) -> Floats:
    r"""Share of each country's request that a lender can promise, in order of priority until nothing is left.

    .. math:: r_{ih} = \min\big(1, \max(0, E_h - \sum_{j\ before\ i} R_{jh}) / R_{ih}\big)        (F8)

    priority  (..., country, lender), of (F2)
    requests  (..., country, lender), R, largest loans that this year's contracts could ask for, USD bn
    budget    (..., lender), E, USD bn
    Returns (..., country, lender), 0 to 1; 0 without a request.
    """
    promised = (requests > 0).astype(float)
    short = requests.sum(axis=-2) > budget  # money that lasts for all needs no order
    if short.any():
        by_lender = np.swapaxes(promised, -1, -2)
        wanted, first = np.swapaxes(requests, -1, -2)[short], np.swapaxes(priority, -1, -2)[short]
        by_lender[short] = _in_order(first, wanted, budget[short])
    return promised


def _in_order(priority: Floats, requests: Floats, money: Floats) -> Floats:
    """Promises of lenders without money for all.  priority, requests (lender, country); money (lender,)."""
    order = np.argsort(np.where(requests > 0, -priority, np.inf), axis=-1)
    lender = np.arange(len(order))[:, None]
    wanted = requests[lender, order]
    share = promised_share(money[:, None] - (np.cumsum(wanted, axis=-1) - wanted), wanted)
    promised = np.empty_like(share)
    promised[lender, order] = share
    return promised


def promised_share(left: Numbers, request: Numbers) -> Floats:
    """Share of a request that what those before leave can pay; 0 without a request."""
    asks = request > 0
    return np.where(asks, np.minimum(1.0, np.maximum(0.0, left / np.where(asks, request, 1.0))), 0.0)


def is_open(year: Integers, now: int, early: Numbers, wait: Numbers) -> Bools:
    r"""Whether a loan on record of a year can pay for contracts now.

    .. math:: y - a \le t \le y + w_l        (F12)

    year         (loan,), y, of the record;  now  t, of the same calendar
    early, wait  a and w_l, years, rounded to whole ones
    """
    return (year - np.rint(early) <= now) & (now <= year + np.rint(wait))


def is_over(year: Integers, now: int, wait: Numbers) -> Bools:
    """Whether a loan on record of a year can pay for no contract after this year.  As :func:`is_open`."""
    result: Bools = now >= year + np.rint(wait)
    return result


def drawn(requests: Numbers, recorded: Numbers, waiting: Numbers) -> Floats:
    """Requests that a rule serves: what waiting loans do not pay, where nothing is on record.

    requests, recorded  (..., country, lender), R and loans on record, USD bn, below 0 where there is none
    waiting             (..., country, lender), W, money of open loans that no contract has taken, USD bn
    """
    return np.where(recorded < 0, np.maximum(requests - waiting, 0.0), 0.0)


def on_record(promises: Numbers, served: Numbers, requests: Numbers, waiting: Numbers) -> Floats:
    r"""Share of each country's request that is promised: what waits, and beyond it what a rule promises.

    .. math:: r_{ih} = \min\big(1, (W_{ih} + r'_{ih} R'_{ih}) / R_{ih}\big)\ \text{where } W_{ih} > 0   (F11)

    promises           (..., country, lender), r' of (F8): of what the rule serves
    served             (..., country, lender), R' of :func:`drawn`, USD bn
    requests, waiting  as of :func:`drawn`
    """
    return np.where(waiting > 0, promised_share(waiting + promises * served, requests), promises)


def booked(lent: Floats, met: Floats, recorded: Floats) -> Floats:
    """New loans: what is on record, whatever it pays for, else what was signed beyond loans that waited.

    lent, met  (..., country, lender), loans of the contracts signed, and the part that waited, USD bn
    recorded   (..., country, lender), USD bn, below 0 where there is none
    """
    return np.where(recorded < 0, lent - met, recorded)


def left(envelope: Floats, recorded: Floats) -> Floats:
    """What loans on record leave of envelopes, USD bn.

    envelope (..., lender);  recorded  (..., country, lender), below 0 where there is none
    """
    result: Floats = envelope - np.maximum(recorded, 0.0).sum(axis=-2)
    return result


def budget(envelope: Floats, overspent: Floats, take_up: Floats) -> Floats:
    r"""Money that a lender can promise, knowing that part of what it promises is not taken.

    .. math:: \max(0, E_h - O_h) / \bar w_h        (F9)

    envelope   (..., lender), E, of the year, USD bn
    overspent  (..., lender), O, lent beyond past envelopes, USD bn
    take_up    (..., lender), w, forecast share of promises that are taken; 0 counts as a hundredth
    """
    return np.maximum(0.0, envelope - overspent) / np.maximum(take_up, 0.01)


def overspent(before: Floats, spent: Floats, envelope: Floats) -> Floats:
    """Money lent beyond past envelopes, when a year ends: what one leaves over makes up for another.

    before    (..., lender), when the year began, USD bn
    spent     (..., lender), lent in the year, USD bn;  envelope (..., lender), of the year, USD bn
    """
    return np.maximum(0.0, before + spent - envelope)


def co_finance(
    promise: Floats, grant_element: Floats, tied: Bools, sponsor: Integers, sponsors: int
) -> Floats:
    r"""Share of a loan that each lender gives to a buyer of each sponsor's vendors.

    The buyer takes the most concessional promises first, until the loan is full:

    .. math:: f_{gh} = \min\big(r_h,\; 1 - \sum_{h'\ better} r_{h'}\big)
              \text{ if } h \text{ is of } g \text{ or untied, else } 0        (F3)

    promise        (..., lender), r, share of a loan that the lender promises this buyer, 0 to 1
    grant_element  (..., lender), per cent: what the promises are ranked by, the earlier lender on ties
    tied           (lender,), bool: money for vendors of the lender's own sponsor only
    sponsor        (lender,), index of its sponsor; sponsors is their number
    Returns (..., sponsor + 1, lender): for vendors of each sponsor, and last for those without one.
    """
    serves = (sponsor == np.arange(sponsors + 1)[:, None]) | ~tied
    available = promise[..., None, :] * serves
    full = total(available)[..., 0] > 1.0  # what makes less than a loan is taken as it is
    if full.any():
        ranked = np.broadcast_to(grant_element[..., None, :], available.shape)[full]
        available[full] = _best_first(available[full], ranked)
    result: Floats = available
    return result


def _best_first(available: Floats, grant_element: Floats) -> Floats:
    """Promises (..., lender), each cut to what better ones leave of a loan."""
    lender = np.arange(available.shape[-1])
    first, second = grant_element[..., :, None], grant_element[..., None, :]
    better = (first > second) | ((first == second) & (lender[:, None] < lender))
    return taken(1.0 - (available[..., None, :] @ better.astype(float))[..., 0, :], available)


def taken(left: Numbers, available: Numbers) -> Floats:
    """Part of a promise that fills what better ones leave of a loan."""
    return np.minimum(np.maximum(left, 0.0), available)


def price_benefit(
    shares: Floats, grant_element: Floats, financed_share: float | Floats, weight: float | Floats
) -> Floats:
    r"""Share of a contract's price that its loans take off.

    .. math:: B_{ig} = 1 - \Big(1 - \phi \sum_h f_{igh}\,\max(0, GE_{ih}) / 100\Big)^{w}        (F4)

    shares          (..., sponsor + 1, lender), f of (F3)
    grant_element   (..., lender), per cent
    financed_share  (..., 1), phi, share of a contract that a loan can pay; 0 is no finance
    weight          (..., 1), w, of (F13)
    Returns (..., sponsor + 1).
    """
    benefit = financed_share * np.einsum("...gh,...h->...g", shares, gift(grant_element))
    return np.asarray(weigh_benefit(benefit, weight))


def weigh_benefit(benefit: Numbers, weight: Numbers) -> Numbers:
    r"""Weigh what loans take off a price, as a price weight that acts on loans alone.

    .. math:: 1 - (1 - B)^w        (F13)

    benefit  B, share of the price;  weight  w: 1 leaves the share as it is
    """
    return 1.0 - (1.0 - benefit) ** weight


def gift(grant_element: Numbers) -> Floats:
    """What a loan is worth as a gift, share of its face value; nothing where it is dearer than the market.

    grant_element  per cent
    """
    return np.maximum(0.0, grant_element) / 100.0


def loans(value: Floats, shares: Floats | Bools, financed_share: Numbers, base: Numbers) -> Floats:
    r"""Money that each lender pays for a contract: :math:`\phi\,b\,V\,f_h` (F10).

    value           (..., 1), V, USD bn
    shares          (..., lender), f of (F3), for the vendor chosen
    financed_share  phi
    base            (..., 1), b: what the loans pay over the contract, with what follows it without a tender
                    and, of mobile networks, what carries them; 1 where they pay it alone
    """
    return financed_share * base * value * shares


def grant_equivalent(lent: Floats, grant_element: Floats) -> Floats:
    r"""What loans are worth to their borrowers as gifts.

    .. math:: L_{ih}\,\max(0, GE_{ih}) / 100        (F7)

    lent           (..., country, sponsor), L, USD bn
    grant_element  (..., country, sponsor), per cent
    Source: OECD-DAC; at the borrower's own rate, as (F1).  A lender that borrows at less pays less.
    """
    return lent * gift(grant_element)


def take_up(past: Floats, taken: Floats, offered: Floats, memory: float | Floats) -> Floats:
    r"""Forecast share of offered loans that will be taken.

    .. math:: \bar w' = \omega\,\bar w + (1 - \omega)\,T / O        (F5)

    past     (..., sponsor), the forecast so far
    taken    (..., sponsor), loans given, USD bn
    offered  (..., sponsor), loans promised, USD bn; 0 leaves the forecast as it is
    memory   omega, weight of the past
    """
    offering = offered > 0
    share = taken / np.where(offering, offered, 1.0)
    return np.where(offering, memory * past + (1.0 - memory) * share, past)


def repayment(tenor: float, grace: float) -> tuple[int, int, float]:
    r"""First and last year after signing in which principal is repaid, and the share each year.

    .. math:: \text{share} = 1 / (T - G)        (F6)

    tenor, grace  T and G, years, rounded to whole ones; at least one payment is made
    """
    whole_grace = round(float(grace))
    last = max(round(float(tenor)), whole_grace + 1)
    return whole_grace + 1, last, 1.0 / (last - whole_grace)
