"""What an offer is worth to a customer, term by term.

.. math:: u_v = q + p + h + e + n + k + a + o + c + \\tau + b + s        (U0)

Each function is one term of the sum; ``model.decisions`` adds them up and ``explain`` prints them.  Every one
works on numbers and on arrays alike, whose last axis is the vendor.
"""

from __future__ import annotations

import math

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Numbers
from lockin_sim.rules.reduce import total


def quality_term(quality: Numbers, quality_weight: Numbers) -> Numbers:
    r"""Worth of the product itself: :math:`\beta_q q_v` (U1).  quality (..., vendor), utility units."""
    return quality_weight * quality


def price_term(log_customer_price: Numbers, finance_benefit: Numbers, price_weight: Numbers) -> Numbers:
    r"""Disutility of the effective price after finance.

    .. math:: -\beta_p \big(\log p_{iv} + \log(1 - B_{ih(v)})\big)        (U2)

    log_customer_price  (..., vendor)
    finance_benefit     (..., vendor), B of (F4), share of the price that loans take off, below 1
    """
    return -price_weight * (log_customer_price + log_rest(finance_benefit))


def log_rest(benefit: Numbers) -> Numbers:
    """Log of what is left of a price, log(1 - B), 0 where nothing is taken off: most offers have no loan."""
    if isinstance(benefit, float):
        return math.log1p(-benefit)
    return np.log1p(-benefit, out=np.zeros_like(benefit), where=benefit != 0)


def price_sensitivity(log_income: Numbers, *, price_weight: Numbers, price_income_slope: Numbers) -> Numbers:
    r"""Weight of a log point of price, falling with income: :math:`\beta_p (y_i / y_{ref})^{-\eta}` (U14).

    log_income  log of income per head over the reference income
    Source: income and price elasticities of trade (Markusen 2013); size assumed.
    """
    return price_weight * np.exp(-price_income_slope * log_income)


def home_term(home_bonus: Numbers, home_part: Numbers, home_preference: Numbers) -> Numbers:
    r"""Bonus of an offer at home, or of a local partner's part of it: :math:`\beta_h b_v \rho_{iv}` (U3).

    home_bonus  (..., vendor), b, of the offer
    home_part   (..., vendor), rho: 1 at home, a partner's stake abroad, else 0
    """
    return home_preference * home_bonus * home_part


def network_term(fitting: Numbers, network_weight: Numbers) -> Numbers:
    r"""Pull of an interoperable base: the neighbours' for operators, the own country's for users.

    .. math:: \beta_n \sum_j w_{ij} \sum_u k_{ju} m_{uv} \quad\text{or}\quad
              \beta_g g_{dv} \sum_u x_{iu} m_{uv}  (U4)

    fitting  (..., vendor), the base that works with the offer, already weighted
    Source: Katz and Shapiro (1985); Brock and Durlauf (2001).
    """
    return network_weight * fitting


def stack_term(own_layers: Numbers, stack_weight: Numbers) -> Numbers:
    r"""Pull of own layers by the same sponsor's vendors: :math:`\beta_k K_{dh(v)}` (U5).  (..., vendor)."""
    return stack_weight * own_layers


def switching_term(incumbent_fit: Numbers, switching_cost: Numbers, carry_over: Numbers) -> Numbers:
    r"""Cost of leaving the lot's own incumbent b: :math:`-\beta_s c_g (1 - m_{bv})` (U6).

    incumbent_fit   (..., vendor), m of the incumbent with the offer, 1 for itself and where there is none
    switching_cost  beta_s, utility units
    carry_over      (..., 1), c_g: 1 at contract end, less when a new generation frees the buyer
    Source: Klemperer (1987); Farrell and Klemperer (2007).
    """
    return -switching_cost * carry_over * (1.0 - incumbent_fit)


def affinity_term(affinity: Numbers, affinity_weight: Numbers) -> Numbers:
    r"""Pull of affinity with the offer's sponsor: :math:`\beta_a A_{ih(v)}` (U7).  (..., vendor)."""
    return affinity_weight * affinity


def official_term(seen: Numbers, official_weight: Numbers) -> Numbers:
    r"""Pull of official status, as the country sees it: :math:`\beta_o F_{iv}` (U8).

    seen  (..., vendor), status of the standards that the offer complies with, of :func:`official_status`
    """
    return official_weight * seen


def official_status(status: Floats, compliance: Floats, demanded: Floats | Bools) -> Floats:
    r"""Status of the standards that each offer supports in a market.

    .. math:: \sum_s F_{is} \big(d_{is} + (1 - d_{is})\, a_{vs}\big)        (U15)

    Status sums to 1 over families, so that an offer which supports all of them has all of it.

    status      (..., country, standard)
    compliance  (..., vendor, standard)
    demanded    (..., country, standard), d, whether the market demands the family: every offer there has it
    Returns (..., country, vendor).
    """
    spoken = status * demanded
    return (status - spoken) @ np.swapaxes(compliance, -1, -2) + total(spoken)


def drifted(taste: Floats, fresh: Floats, persistence: Numbers) -> Floats:
    r"""Taste in one generation, from that in the generation before: it is as spread as before.

    .. math:: \tau_g = \rho\,\tau_{g-1} + \sqrt{1 - \rho^2}\,\eta_g        (U16)

    taste, fresh  (..., vendor), standard normal, independent
    persistence   rho, their correlation; 1: tastes last
    """
    return persistence * taste + np.sqrt(1.0 - np.square(persistence)) * fresh


def concern_term(concern: Numbers, salience: Numbers, concern_weight: Numbers) -> Numbers:
    r"""Distrust of an offer below a ban: :math:`-\beta_c S_h(t) C_{ih(v)}` (U9).

    concern   (..., vendor), C, concern about the offer's sponsor, 0 to 1
    salience  (..., vendor), S, how much the security of its vendors is on the agenda
    """
    return -concern_weight * salience * concern


def sibling_term(sibling_fit: Numbers, sibling_pull: Numbers) -> Numbers:
    r"""Pull of what the operator runs in its other lot: :math:`\beta_b m_{b'v}` (U10).  (..., vendor)."""
    return sibling_pull * sibling_fit


def length_term(length: Numbers, length_slope: Numbers) -> Numbers:
    r"""Who is suited to long cables: :math:`\lambda_v \log(\ell / 3000\,km)` (U11).

    length  (..., 1), km; length_slope (..., vendor)
    """
    return length_slope * np.log(length / 3000.0)


def outside_option(log_income: Numbers, *, outside_level: Numbers, outside_income_weight: Numbers) -> Numbers:
    r"""Utility of leaving new capacity unbuilt.

    .. math:: u_0 - \beta_y \log(y_i / y_{ref})        (U12)

    log_income  log of income per head over the reference income
    """
    return outside_level - outside_income_weight * log_income


def salience_now(recorded: Floats, years_after: Numbers, fading: Numbers) -> Floats:
    r"""Salience of vendor security: as recorded, then fading.

    .. math:: S_h(t) = S_h(T)\,e^{-\phi\,(t - T)}        (U13)

    recorded     (..., sponsor), S at the last recorded year T
    years_after  (..., sponsor), t - T, 0 during the record
    fading       phi, per year; 0: it stays
    """
    return recorded * np.exp(-fading * np.asarray(years_after))
