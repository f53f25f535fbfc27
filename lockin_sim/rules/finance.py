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
    tenor              T, years to the last payment, above grace
    grace              G, years before the first principal period begins
    discount_rate      rho, per year, above 0: here the borrower's own rate
    payments_per_year  a
    Source: OECD-DAC grant element formula; discounting at the borrower's rate is this model's choice.
    """
    a = np.asarray(payments_per_year, dtype=np.float64)
    d = (1.0 + np.asarray(discount_rate)) ** (1.0 / a) - 1.0
    annuity = (1.0 + d) ** (-a * grace) - (1.0 + d) ** (-a * np.asarray(tenor))
    return 100.0 * (1.0 - rate / a / d) * (1.0 - annuity / (d * a * (np.asarray(tenor) - grace)))


def ration(envelope: Floats, requests: Floats, take_up: Floats) -> Floats:
    r"""Share of the loans asked for that a sponsor can promise.

    .. math:: \mathrm{ration}_h = \min(1,\; E_h / (R_h\,\bar w_h))        (F2)

    envelope  (..., sponsor), E, what is left for this year, USD bn, at least 0
    requests  (..., sponsor), R, the largest loans this year's tenders could ask for, USD bn
    take_up   (..., sponsor), w, share of offered loans that were taken in past years
    """
    expected = requests * take_up
    return np.where(expected > envelope, envelope / np.where(expected > 0, expected, 1.0), 1.0)


def price_benefit(
    grant_element: Floats, ration: Floats, lends: Bools, financed_share: float | Floats
) -> Floats:
    r"""Share of a contract's price that a sponsor's loan takes off.

    .. math:: b_{ih} = \phi\;\mathrm{ration}_h\,\max(0, GE_{ih}) / 100        (F3)

    grant_element   (..., country, sponsor), per cent
    ration          (..., 1, sponsor), 0 to 1
    lends           (..., country, sponsor), bool: the sponsor lends to this country at all
    financed_share  phi, share of a contract that a loan can pay; 0 is no finance
    """
    return np.where(lends, financed_share * ration * np.maximum(0.0, grant_element) / 100.0, 0.0)


def best_finance(benefit: Floats, tied: Bools) -> tuple[Floats, Floats]:
    r"""Best loan for the vendors of each sponsor, and who gives it.

    .. math:: B_{ig} = \max(b_{ig},\; \max_{h\ untied} b_{ih})        (F4)

    benefit  (..., sponsor), share of the price taken off by each sponsor's loan
    tied     (..., sponsor), bool: the loan is for the sponsor's own vendors only
    Returns the benefit and the index of the lender, both (..., sponsor + 1): for the vendors of
    each sponsor, and last for vendors without one.  The lender is -1 where no loan helps.
    """
    own = np.concatenate([benefit, np.zeros_like(benefit[..., :1])], axis=-1)
    untied = np.where(tied, 0.0, benefit)
    anyone = np.max(untied, axis=-1, keepdims=True)
    lender = np.where(own >= anyone, np.arange(own.shape[-1]), np.argmax(untied, axis=-1, keepdims=True))
    best = np.maximum(own, anyone)
    return best, np.where(best > 0, lender, -1)


def take_up(past: Floats, taken: Floats, offered: Floats, memory: float | Floats) -> Floats:
    r"""Forecast share of offered loans that will be taken.

    .. math:: \bar w' = \omega\,\bar w + (1 - \omega)\,T / O        (F5)

    past     (..., sponsor), the forecast so far
    taken    (..., sponsor), unrationed loans of the tenders won with this sponsor's money, USD bn
    offered  (..., sponsor), requests of this year, USD bn; 0 leaves the forecast as it is
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
