"""What states lend: grant element, finite envelopes, effective price, debt service."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats


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


def ration(envelope: Floats, requests: Floats, take_up: Floats) -> Floats:
    r"""Share of the loans asked for that a sponsor can promise.

    .. math:: \mathrm{ration}_h = \min(1,\; E_h / (R_h\,\bar w_h))        (F2)

    envelope  (..., sponsor), E, what is left for this year, USD bn, at least 0
    requests  (..., sponsor), R, the largest loans this year's tenders could ask for, USD bn
    take_up   (..., sponsor), w, share of offered loans that were taken in past years
    """
    expected = np.maximum(requests * take_up, envelope)
    share = envelope / np.where(expected > 0, expected, 1.0)
    return np.where(requests > 0, share, 1.0)


def co_finance(promise: Floats, grant_element: Floats, tied: Bools) -> Floats:
    r"""Share of a loan that each sponsor gives to a buyer of each sponsor's vendors.

    The buyer takes the most concessional promises first, until the loan is full:

    .. math:: f_{gh} = \min\big(r_h,\; 1 - \sum_{h'\ better} f_{gh'}\big)
              \text{ if } h = g \text{ or } h \text{ is untied, else } 0        (F3)

    promise        (..., sponsor), r, share of any loan that the sponsor promises this country, 0 to 1
    grant_element  (..., sponsor), per cent: what the promises are ranked by
    tied           (sponsor,), bool: money for the sponsor's own vendors only
    Returns (..., sponsor + 1, sponsor): vendors of each sponsor, and last those without one.
    """
    # sponsors first, so that the long axes stay together: (own sponsor, lender, ...)
    promised, element = np.moveaxis(promise, -1, 0), np.moveaxis(grant_element, -1, 0)
    n = len(promised)
    element = element.reshape(n, *[1] * (promised.ndim - element.ndim), *element.shape[1:])
    lenders = np.arange(n)
    earlier = (lenders[:, None] < lenders).reshape(n, n, *[1] * (element.ndim - 1))
    better = (element[:, None] > element) | ((element[:, None] == element) & earlier)
    left = np.ones_like(promised)  # of a loan, once untied promises that are better are taken
    for h in np.flatnonzero(~tied):
        left = left - better[h] * promised[h]
    given = np.zeros((n + 1, *promised.shape), dtype=promised.dtype)
    for h in lenders:
        if tied[h]:
            given[h, h] = np.clip(left[h], 0.0, promised[h])
            continue
        given[:, h] = np.clip(left[h], 0.0, promised[h])
        for g in np.flatnonzero(tied):  # own money, better and for own vendors only
            given[g, h] = np.clip(left[h] - better[g, h] * promised[g], 0.0, promised[h])
    return np.moveaxis(given, (0, 1), (-2, -1))


def price_benefit(given: Floats, grant_element: Floats, financed_share: float | Floats) -> Floats:
    r"""Share of a contract's price that its loans take off.

    .. math:: B_{ig} = \phi \sum_h f_{igh}\,\max(0, GE_{ih}) / 100        (F4)

    given           (..., country, sponsor + 1, sponsor), f of (F3)
    grant_element   (..., country, sponsor), per cent
    financed_share  phi, share of a contract that a loan can pay; 0 is no finance
    Returns (..., country, sponsor + 1).
    """
    worth = np.maximum(0.0, grant_element) / 100.0
    by_lender = (given[..., h] * worth[..., h, None] for h in range(worth.shape[-1]))
    return financed_share * sum(by_lender, start=np.zeros(given.shape[:-1], dtype=given.dtype))


def grant_equivalent(lent: Floats, grant_element: Floats) -> Floats:
    r"""What loans are worth to their borrowers as gifts.

    .. math:: L_{ih}\,\max(0, GE_{ih}) / 100        (F7)

    lent           (..., country, sponsor), L, USD bn
    grant_element  (..., country, sponsor), per cent
    Source: OECD-DAC; at the borrower's own rate, as (F1).  A lender that borrows at less pays less.
    """
    return lent * np.maximum(0.0, grant_element) / 100.0


def take_up(past: Floats, taken: Floats, offered: Floats, memory: float | Floats) -> Floats:
    r"""Forecast share of offered loans that will be taken.

    .. math:: \bar w' = \omega\,\bar w + (1 - \omega)\,T / O        (F5)

    past     (..., sponsor), the forecast so far
    taken    (..., sponsor), loans given, USD bn
    offered  (..., sponsor), loans promised, USD bn; 0 leaves the forecast as it is
    memory   omega, weight of the past
    """
    asked = offered > 0
    share = taken / np.where(asked, offered, 1.0)
    return np.where(asked, memory * past + (1.0 - memory) * share, past)


def repayment(tenor: float, grace: float) -> tuple[int, int, float]:
    r"""First and last year after signing in which principal is repaid, and the share each year.

    .. math:: \text{share} = 1 / (T - G)        (F6)

    tenor, grace  T and G, years, rounded to whole ones; at least one payment is made
    """
    whole_grace = round(float(grace))
    last = max(round(float(tenor)), whole_grace + 1)
    return whole_grace + 1, last, 1.0 / (last - whole_grace)
