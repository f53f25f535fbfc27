"""Which offer is taken, with what probability, and what that is worth."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import TIE_TOLERANCE, Bools, Floats


def choose(utility: Floats, taste_shock: Floats, *, noise_scale: float | Floats) -> tuple[Bools, Floats]:
    r"""Offer that each tender accepts, one-hot, and its utility with the shock.

    .. math:: v^* = \arg\max_v\; u_v + \lambda\,\varepsilon_v        (C1)

    utility      (..., vendor), utility units; -inf marks an offer that may not be taken
    taste_shock  (..., vendor), standard Gumbel, which makes this a multinomial logit
    noise_scale  lambda, utility units; 0 is best response
    Offers within 1e-9 of the best are tied and the larger shock wins.  Where nothing may be taken
    nobody wins and the utility is -inf.  Returns (..., vendor) and (..., 1).
    Source: McFadden (1974).
    """
    score = utility + noise_scale * taste_shock
    best = np.max(score, axis=-1, keepdims=True)
    luck = np.where(score >= best - TIE_TOLERANCE, taste_shock, -np.inf)
    winner = luck == np.max(luck, axis=-1, keepdims=True)
    return winner & (best > -np.inf), best


def builds(best: Floats, outside: Floats, outside_shock: Floats, *, noise_scale: float | Floats) -> Bools:
    r"""Whether new capacity is built: the best offer beats the outside option.

    .. math:: \max_v(u_v + \lambda\varepsilon_v) > u_0 + \lambda\varepsilon_0        (C2)

    best           (..., 1), utility of the accepted offer with its shock
    outside        (..., 1), u_0
    outside_shock  (..., 1), standard Gumbel
    """
    return best > outside + noise_scale * outside_shock


def _weights(utility: Floats, noise_scale: float | Floats) -> tuple[Floats, Floats]:
    """Logit weights relative to the best offer, and the best utility (0 where nothing is offered)."""
    best = np.max(utility, axis=-1, keepdims=True)
    best = np.where(best > -np.inf, best, 0.0)
    gap = best - utility
    scale = np.maximum(noise_scale, np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):
        return np.exp(-np.where(gap <= TIE_TOLERANCE, 0.0, gap) / scale), best


def choice_probability(utility: Floats, *, noise_scale: float | Floats) -> Floats:
    r"""Probability that each offer is accepted.

    .. math:: P_v = e^{u_v/\lambda} / \sum_w e^{u_w/\lambda}        (C3)

    utility  (..., vendor); noise_scale 0 shares the choice among the best.  Zeros where nothing is offered.
    """
    weights, _ = _weights(utility, noise_scale)
    total = np.sum(weights, axis=-1, keepdims=True)
    return weights / np.where(total > 0, total, 1.0)


def adopter_surplus(utility: Floats, *, noise_scale: float | Floats) -> Floats:
    r"""Expected utility of the best offer, up to a constant.

    .. math:: \lambda \log \sum_v e^{u_v/\lambda}        (C4)

    utility  (..., vendor).  Returns (..., 1), utility units; NaN where nothing is offered.
    Source: Small and Rosen (1981).
    """
    weights, best = _weights(utility, noise_scale)
    total = np.sum(weights, axis=-1, keepdims=True)
    with np.errstate(divide="ignore"):
        return np.where(total > 0, best + noise_scale * np.log(total), np.nan)


def lock_in(own_share: Floats, probability: Floats, probability_free: Floats) -> Floats:
    r"""Lock-in to each vendor: what switching costs add to the chance of those already installed.

    .. math:: \ell_v = x_v\,(P_v - P^0_v)        (C5)

    own_share         (..., vendor), x, share of the base
    probability       (..., vendor), P
    probability_free  (..., vendor), P0, the same without the switching term, at equal prices
    """
    return own_share * (probability - probability_free)
