"""What vendors ask: learning, list price, customer price, quality that catches up."""

from __future__ import annotations

import math

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Numbers
from lockin_sim.rules.reduce import alone, largest, total


def learned_cost(
    initial_cost: Floats,
    deployed: Numbers,
    reference_volume: Floats,
    learning_exponent: Floats,
) -> Floats:
    r"""Unit cost after learning by doing.

    .. math:: c = c_0 \left(\frac{Q + Q_{ref}}{Q_{ref}}\right)^{-\ell}        (P1)

    A reference volume shared by all vendors keeps the cost of a small entrant from collapsing.

    initial_cost       (..., vendor), c_0, 1 = industry mean
    deployed           (..., vendor), Q, cumulative deployments, years of world market
    reference_volume   (..., 1), Q_ref, years of world market, above 0
    learning_exponent  (..., 1), l = -log2(1 - learning rate); 0 is no learning
    Source: Wright (1936); Nagy et al. (2013).
    """
    return initial_cost * ((deployed + reference_volume) / reference_volume) ** (-learning_exponent)


def list_price(cost: Floats, subsidy: Floats, standards_cost: Numbers = 0.0) -> Floats:
    r"""Price before finance and rebates.

    .. math:: p = c\,(1 - s)(1 + \ell)        (P2)

    cost            (..., vendor), 1 = industry mean at the start
    subsidy         (..., vendor), s, share of the cost that a state pays, below 1; 0 is none
    standards_cost  (..., vendor), l of (P8), what standards add; 0 is nothing
    """
    return cost * (1.0 - subsidy) * (1.0 + standards_cost)


def standards_cost(
    compliance: Floats, foreign: Floats, *, dual_cost: Numbers, royalty_rate: Numbers
) -> Floats:
    r"""What supporting standards adds to a price: every family beyond the first, and royalties to others.

    .. math:: \ell_v = \delta \Big(\sum_s a_{vs} - \max_s a_{vs}\Big) + \rho \sum_s a_{vs} b_{vs}        (P8)

    compliance    (..., vendor, standard), a, 0 to 1 each
    foreign       (vendor, standard), b, 1 where the vendor's sponsor is not among the family's owners
    dual_cost     delta, share of price a family; 0 is none
    royalty_rate  rho, share of price a family; 0 is none.  Who receives it is not followed
    Returns (..., vendor), share of price.
    """
    further = alone(total(compliance) - largest(compliance))
    return dual_cost * further + royalty_rate * alone(total(compliance * foreign))


def fines(fine: Floats, compliance: Floats) -> Floats:
    r"""What offers that do not support a demanded family cost more in each market.

    .. math:: \sum_s \varphi_{is} (1 - a_{vs})        (P9)

    fine        (..., country, standard), phi, share of price
    compliance  (..., vendor, standard), a, what the vendor builds for all markets
    Returns (..., country, vendor), share of price.
    """
    return fine @ np.swapaxes(1.0 - compliance, -1, -2)


def subsidy_paid(price: Floats, subsidy: Floats, value: Floats) -> Floats:
    r"""What a state pays towards the cost of what its vendor sells.

    .. math:: s\,c\,V = \frac{s}{1 - s}\,p\,V        (P7)

    price    (..., vendor), p, list price of (P2)
    subsidy  (..., vendor), s, share of the cost, below 1
    value    (..., vendor), V, value signed at a price of 1, USD bn
    """
    return subsidy / (1.0 - subsidy) * price * value


def log_price(price: Floats) -> Floats:
    """Log of a price, in which utility is linear.  price (..., vendor), above 0."""
    return np.log(price)


def log_customer_price(
    log_list_price: Numbers,
    own_share: Numbers,
    *,
    lock_in_markup: Numbers,
    penetration_discount: Numbers,
) -> Numbers:
    r"""Log price for one customer: bargain, then rip-off.

    .. math:: \log p_i = \log p + \mu\,x - \delta\,(1 - x)        (P3)

    log_list_price        (..., vendor)
    own_share             (..., vendor), x, the vendor's share of this customer's base
    lock_in_markup        mu, log price; 0 is none
    penetration_discount  delta, log price; 0 is none
    Source: Klemperer (1987, 1995).
    """
    return log_list_price + lock_in_markup * own_share - penetration_discount * (1.0 - own_share)


def effective_price(log_customer_price: Numbers, finance_benefit: Numbers) -> Floats:
    r"""Price that a customer pays in the end.

    .. math:: p_i\,(1 - B)        (P4)

    log_customer_price  (..., vendor), log of the price of (P3)
    finance_benefit     (..., vendor), B, share of the price that loans take off
    """
    return np.exp(log_customer_price) * (1.0 - finance_benefit)


def catch_up(quality: Floats, offered: Bools, rate: Numbers) -> Floats:
    r"""Quality gained in a year by imitating the frontier.

    .. math:: \Delta q_v = \kappa\,(\max_u q_u - q_v)        (P5)

    quality  (..., vendor), utility units
    offered  (..., vendor), bool: on the market this year; others neither lead nor learn
    rate     kappa, share of the gap closed per year; 0 is none
    """
    frontier = np.max(np.where(offered, quality, -np.inf), axis=-1, keepdims=True)
    gap = np.where(offered, frontier - quality, 0.0)
    return rate * gap


def drift(shock: Floats, uncertain: Floats, spread: Numbers) -> Floats:
    r"""Change of quality in a year that nobody foresees, after the last year on record.

    .. math:: \Delta q_v = \sigma_q\,\epsilon_v        (P12)

    shock      (..., vendor), epsilon, standard normal
    uncertain  (..., vendor), 1 where quality is not on record any more, else 0
    spread     sigma_q, utility units per square root of a year; 0 is none
    """
    return spread * shock * uncertain


def around(drift: Numbers) -> tuple[Numbers, Numbers]:
    r"""How far a drift of qualities lies towards half and towards twice that of the fit.

    .. math:: \min(1, \max(0, \mp\log_2 d))        (P11)

    drift  d, over the drift of the fit; 1 is as fitted.  Paths lie on straight lines between the three fits
    """
    way = math.log2(drift) if isinstance(drift, float) else np.log2(drift)
    return np.clip(-way, 0.0, 1.0), np.clip(way, 0.0, 1.0)


def compliant_price(log_customer_price: Numbers, compliance_cost: Numbers) -> Numbers:
    r"""Log price once a vendor has passed on what a market's rules cost it: on data, and on standards (P9).

    .. math:: \log p_i + \log(1 + c_{iv})        (P6)

    log_customer_price  (..., vendor), log of the price of (P3)
    compliance_cost     (..., vendor), c, share of the price; 0 is none
    """
    return log_customer_price + log_of_more(compliance_cost)


def subsidised(compliance_cost: Numbers, subsidy: Floats) -> Floats:
    r"""What is added to a price where a state pays part of it; below zero where less is left to pay.

    .. math:: c - s\,(1 + c)        (P13)

    With it in (P6) a buyer pays (1 + c) (1 - s) of the price.

    compliance_cost  (..., vendor), c of (P6), share of the price
    subsidy          (..., vendor), s, share of what is asked, below 1; 0 is none
    """
    return compliance_cost - subsidy * (1.0 + compliance_cost)


def log_of_more(part: Numbers) -> Numbers:
    """Log of a price to which a part is added, log(1 + c); a plain number keeps the kind of the prices."""
    return math.log1p(part) if isinstance(part, float) else np.log1p(part)


def rebate(loss: Floats, price_weight: Numbers) -> Floats:
    r"""Share of every price that must be taken off for a loss of utility not to be felt.

    .. math:: g = 1 - e^{-\Delta / \beta_p}        (P10)

    A price p (1 - g) in (U2) gives back what was lost, as a loan of benefit g would.

    loss          Delta, utility units, at least 0
    price_weight  beta_p, of (U14); NaN where a price does not count against an offer
    Source: compensating variation (Small and Rosen 1981).
    """
    weight = np.where(np.greater(price_weight, 0), price_weight, np.nan)
    return -np.expm1(-loss / weight)
