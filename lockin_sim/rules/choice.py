"""Which offer is taken, with what probability, and what that is worth."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import SMALLEST, TIE_TOLERANCE, Bools, Floats, Integers, Numbers
from lockin_sim.rules.reduce import first_largest, largest, total


def choose(
    utility: Floats, offer_shock: Floats, *, noise_scale: float | Floats
) -> tuple[Bools, Floats, Floats]:
    r"""Offer that each tender accepts, one-hot, with its utility and its shock.

    .. math:: v^* = \arg\max_v\; u_v + \lambda\,\varepsilon_v        (C1)

    utility      (..., vendor), utility units; -inf marks an offer that may not be taken
    offer_shock  (..., vendor), standard Gumbel, which makes this a multinomial logit
    noise_scale  lambda, utility units; 0 is best response
    Offers within 1e-9 of the best are tied and the larger shock wins.  Where nothing may be
    taken nobody wins, the utility is -inf and the shock 0.  Returns the winner (..., vendor), and of it
    the utility with the shock, and the shock alone, (..., 1) each.
    Source: McFadden (1974).
    """
    score = utility + noise_scale * offer_shock
    best = largest(score)
    offered = best > -np.inf
    winner = (score >= best - TIE_TOLERANCE) & offered
    if np.count_nonzero(winner) > np.count_nonzero(offered):
        luck = np.where(winner, offer_shock, -np.inf)
        winner = first_largest(luck) & offered
    return winner, best, total(winner * offer_shock)


@np.errstate(over="ignore", invalid="ignore")
def given_winner(worth: Floats, shock: Floats, winner: Integers) -> Floats:
    r"""Shocks with which the offer that won on record wins, from unconditional shocks.

    .. math:: z = \log \sum_w e^{u_w} + \varepsilon_{v^*}, \qquad
              \varepsilon'_{v^*} = z - u_{v^*}, \qquad
              \varepsilon'_v = -\log\big(e^{-(u_v + \varepsilon_v)} + e^{-z}\big) - u_v        (C9)

    The largest of independent Gumbel totals is one around the log of their sum, whoever wins; the others are
    below it, and otherwise as they were.  So if the winner was drawn from the same choice, the shocks are
    independent standard Gumbel again, and they leave alone what they can: an offer that becomes better and
    has won wins again.

    worth   (..., offer), utility over noise scale; -inf for an offer that may not be taken, whose shock stays
    shock   (..., offer), standard Gumbel, independent
    winner  (...), position of the offer that won, which may be taken
    Source: Maddison and Tarlow (2017); Oberst and Sontag (2019), section 4.
    """
    won = np.arange(worth.shape[-1]) == winner[..., None]
    best, offered = largest(worth), worth > -np.inf
    top = best + np.log(total(np.exp(worth - best))) + total(shock * won)
    below = -np.logaddexp(-(worth + shock), -top)
    below = np.minimum(below, top - 10.0 * TIE_TOLERANCE)
    return np.where(offered, np.where(won, top, below) - np.where(offered, worth, 0.0), shock)


def builds(
    best: Floats,
    best_shock: Floats,
    outside: Numbers,
    outside_shock: Floats,
    *,
    noise_scale: float | Floats,
) -> Bools:
    r"""Whether new capacity is built: the best offer beats the outside option.

    .. math:: u_{v^*} + \lambda\varepsilon_{v^*} > u_0 + \lambda\varepsilon_0        (C2)

    best           (..., 1), utility of the accepted offer with its shock
    best_shock     (..., 1), its shock: if tied the larger shock wins, as among offers
    outside        (..., 1), u_0
    outside_shock  (..., 1), standard Gumbel
    """
    staying = outside + noise_scale * outside_shock
    better = best > staying + TIE_TOLERANCE
    tied = (best >= staying - TIE_TOLERANCE) & (best > -np.inf)
    return better | (tied & (best_shock > outside_shock))


@np.errstate(over="ignore")
def logit(utility: Floats, *, noise_scale: float | Floats) -> tuple[Floats, Floats]:
    r"""Probability that each offer is accepted, and the expected utility of the best one.

    .. math:: P_v = e^{u_v/\lambda} / \sum_w e^{u_w/\lambda},\qquad
              S = \lambda \log \sum_v e^{u_v/\lambda}        (C3, C4)

    utility      (..., vendor), utility units, -inf where not to be taken
    noise_scale  lambda; 0 shares the choice among the best
    Returns P (..., vendor), zeros where nothing is offered, and S (..., 1), utility units up to a
    constant, NaN there.
    Source: McFadden (1974); Small and Rosen (1981).
    """
    best = largest(utility)
    offered = best > -np.inf
    gap = np.where(offered, best, 0.0) - utility
    gap *= gap > TIE_TOLERANCE
    gap = gap * (-1.0 / np.maximum(noise_scale, SMALLEST))
    weight = np.exp(gap, out=gap)
    reach = np.where(offered, total(weight), 1.0)
    surplus = np.where(offered, best + noise_scale * np.log(reach), np.nan)
    weight *= 1.0 / reach
    return weight, surplus


def odds(worth: Floats) -> Floats:
    """Weights of offers in a choice, e to the power of worth over noise scale, in single precision: those
    of a few choices do not need more, and take half the time."""
    return np.exp(worth).astype(np.float32)


def log_mean(logs: Floats, axis: int = -1) -> Floats:
    """Logarithm of the mean of exponentials along an axis."""
    top = logs.max(axis=axis, keepdims=True)
    return np.squeeze(top, axis) + np.log(np.exp(logs - top).mean(axis=axis))


def after_tender(before: Floats, liked: Floats, weight: Floats) -> Floats:
    """Probability of each supplier after a tender, from that of each before it, under many tastes: the mean
    of the logit over who may have been there.

    before  (..., taste, incumbent), with any sum
    liked   (..., taste, offer), e to the power of tastes over noise scale
    weight  (..., incumbent, offer + 1), the same of worth without taste, 0 where not to be taken; the last is
            that of going without, which no taste is for
    Returns (..., taste, offer).
    """
    offers = weight[..., :-1]
    every = liked @ offers.swapaxes(-1, -2) + weight[..., None, :, -1]
    return ((before / np.maximum(every, np.finfo(every.dtype).tiny)) @ offers) * liked


def log_of(chance: Floats) -> Floats:
    """Log of probabilities, of none a very low one."""
    return np.log(np.maximum(chance, SMALLEST))


def weighted(log_weight: Floats, shock: Floats) -> Integers:
    """Candidates drawn with weights.  log_weight (..., candidate); shock (...), uniform from 0 to 1"""
    upto = np.cumsum(np.exp(log_weight - log_weight.max(axis=-1, keepdims=True)), axis=-1)
    return (upto < shock[..., None] * upto[..., -1:]).sum(axis=-1)


def forgone(utility: Floats, gone: Bools, *, noise_scale: Numbers) -> tuple[Floats, Floats, Floats]:
    r"""What a choice loses when some offers may not be taken.

    .. math:: \Delta = S(\text{all}) - S(\text{all but } G) = -\lambda \log \sum_{v \notin G} P_v        (C8)

    with S of (C4): the less likely the others are, the more is lost.

    utility      (..., vendor), utility units, -inf where not to be taken
    gone         (..., vendor), bool: G
    noise_scale  lambda, (..., 1) or a number
    Returns the chance that another one is accepted anyway, (..., 1); Delta, (..., 1), utility units, NaN
    where nothing else is offered; and the chance of each of the others, were those not there, (..., vendor).
    Source: Small and Rosen (1981).
    """
    taken, worth = logit(utility, noise_scale=noise_scale)
    others, left = logit(np.where(gone, -np.inf, utility), noise_scale=noise_scale)
    return total(taken * ~gone), np.maximum(worth - left, 0.0), others


@np.errstate(over="ignore")
def coverage_gain(surplus: Floats, outside: Numbers, *, noise_scale: float | Floats) -> Floats:
    r"""What being able to build is worth to a buyer that has nothing yet, over going without.

    .. math:: G = \lambda \log\big(e^{S/\lambda} + e^{u_0/\lambda}\big) - u_0
                = \lambda \log\big(1 + e^{(S - u_0)/\lambda}\big)        (C7)

    surplus      (..., 1), S of (C4); NaN or -inf where nothing is offered, which gains nothing
    outside      (..., 1), u_0
    noise_scale  lambda; 0 is the better of the two
    Returns (..., 1), utility units, NaN where going without is no option (-inf).
    Source: Small and Rosen (1981).
    """
    offered, option = surplus > -np.inf, np.greater(outside, -np.inf)
    gap = np.where(offered, surplus, 0.0) - np.where(option, outside, 0.0)
    scale = np.maximum(noise_scale, SMALLEST)
    gain = np.maximum(gap, 0.0) + noise_scale * np.log1p(np.exp(-np.abs(gap) / scale))
    return np.where(option, np.where(offered, gain, 0.0), np.nan)


@np.errstate(over="ignore")
def logistic(x: Floats) -> Floats:
    r"""Probability of the better of two: :math:`\Lambda(x) = 1 / (1 + e^{-x})` (C6).  x (...)."""
    return 1.0 / (1.0 + np.exp(-x))


def switching_pull(own_share: Floats | Bools, probability: Floats, probability_free: Floats) -> Floats:
    r"""Pull of the switching cost to each vendor: what it adds to the chance of those already installed.

    .. math:: \ell_v = x_v\,(P_v - P^0_v)        (C5)

    own_share         (..., vendor), x, share of the base
    probability       (..., vendor), P
    probability_free  (..., vendor), P0, the same without the switching term, at equal prices
    """
    return own_share * (probability - probability_free)
