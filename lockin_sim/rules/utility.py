"""What an offer is worth to a country, term by term.

.. math:: u_v = q + p + h + n + k + s + a + o + \\tau        (U0)

Each function is one term; an engine adds them up and ``explain`` prints them.  Arrays are rows of
tenders, last axis vendor; a term that does not vary over an axis has length 1 there.
"""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import CAPACITY_TOLERANCE, Bools, Floats, product, tolerance


def quality_term(quality: Floats, quality_weight: float | Floats) -> Floats:
    r"""Worth of the product itself: :math:`\beta_q q_v` (U1).  quality (..., vendor), utility units."""
    return quality_weight * quality


def price_term(log_customer_price: Floats, finance_benefit: Floats, price_weight: float | Floats) -> Floats:
    r"""Disutility of the effective price after finance.

    .. math:: -\beta_p \big(\log p_{iv} + \log(1 - B_{ih(v)})\big)        (U2)

    log_customer_price  (..., vendor)
    finance_benefit     (..., vendor), B of (F4), share of the price that loans take off, below 1
    """
    return -price_weight * (log_customer_price + np.log1p(-finance_benefit))


def home_term(at_home: Bools, home_preference: float | Floats) -> Floats:
    r"""Bonus of a vendor in its home country: :math:`\beta_h 1[home(v) = i]` (U3).  (..., vendor)."""
    return home_preference * at_home


def network_term(neighbours_fit: Floats, network_weight: float | Floats) -> Floats:
    r"""Pull of the neighbours' interoperable base.

    .. math:: \beta_n \sum_j w_{ij} \sum_u k_{ju} m_{uv}        (U4)

    neighbours_fit  (..., vendor), already weighted by influence
    Source: Katz and Shapiro (1985); Brock and Durlauf (2001).
    """
    return network_weight * neighbours_fit


def stack_term(own_layers: Floats, stack_weight: float | Floats) -> Floats:
    r"""Pull of own layers by the same sponsor's vendors: :math:`\beta_k K_{dh(v)}` (U5).  (..., vendor)."""
    return stack_weight * own_layers


def switching_term(base: Floats | float, own_fit: Floats, switching_cost: float | Floats) -> Floats:
    r"""Cost of replacing the own base that the offer does not fit.

    .. math:: -\beta_s \sum_u k_u (1 - m_{uv}) = -\beta_s \big(\sum_u k_u - f_v\big)        (U6)

    base     (..., 1), sum of own shares
    own_fit  (..., vendor), f, own base that works with the offer
    Source: Klemperer (1987); Farrell and Klemperer (2007).
    """
    return -switching_cost * (base - own_fit)


def affinity_term(affinity: Floats, affinity_weight: float | Floats) -> Floats:
    r"""Pull of affinity with the offer's sponsor: :math:`\beta_a A_{ih(v)}` (U7).  (..., vendor)."""
    return affinity_weight * affinity


def official_term(status: Floats, compliance: Floats, official_weight: float | Floats) -> Floats:
    r"""Pull of official status, as this country sees it in the bodies it belongs to.

    .. math:: \beta_o \sum_s a_{vs} F_{is}        (U8)

    status      (..., country, standard)
    compliance  (..., vendor, standard)
    Returns (..., country, vendor).
    """
    return official_weight * product(status, np.swapaxes(compliance, -1, -2))


def outside_option(
    log_income: Floats, *, outside_level: float | Floats, outside_income_weight: float | Floats
) -> Floats:
    r"""Utility of leaving new capacity unbuilt.

    .. math:: u_0 - \beta_y \log(y_i / y_{ref})        (U9)

    log_income  log of income per head over the reference income
    """
    return outside_level - outside_income_weight * log_income


def open_offers(
    possible: Bools, installed: Floats, released: Floats, added: Floats, share_cap: Floats
) -> Bools:
    r"""Offers that may be taken: possible, and within the diversification cap (U10).

    possible   (..., vendor), bool: sold in this country this year and not restricted
    installed, released  (..., vendor); added (..., 1): the base and what the tender would move
    share_cap  (..., 1), largest share of capacity one vendor may reach; 1 is none.  Where the cap
               leaves nobody, it is waived.
    """
    gained = np.sum(released, axis=-1, keepdims=True) + added
    after = installed - released + gained
    within = possible & (after <= share_cap + tolerance(CAPACITY_TOLERANCE, after))
    return np.where(np.any(within, axis=-1, keepdims=True), within, possible)
