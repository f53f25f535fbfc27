"""A continuum of users: who leaves whom for whom in a year, and who comes new."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import SMALLEST, Bools, Floats, Numbers
from lockin_sim.rules.reduce import any_of, by_transposed, largest, total

#: Utility units by which an offer may be worse than the best, or a switch cost, and still have a weight.
_SPAN = 15.0

#: Noise below which such a weight would be no normal number, and the largest cost of a switch over the noise.
_LEAST_NOISE, _MOST_FRICTION = -_SPAN / np.log(SMALLEST), -0.5 * float(np.log(SMALLEST))


def noise_of(noise_scale: float | Floats) -> Floats:
    """Noise scale of users' choices: the parameter, but at least so large that no weight vanishes.

    A continuum is never of one mind: 0 counts as 0.02 utility units.
    """
    result: Floats = np.maximum(noise_scale, _LEAST_NOISE)
    return result


class Appeal(NamedTuple):
    """What offers are worth to a user who has none yet."""

    weight: Floats  # (..., vendor), w = exp(u / lambda) over that of the best; 0 where not to be taken
    total: Floats  # (..., 1), W, the sum; 1 where nothing is offered
    chance: Floats  # (..., vendor), w / W, chance that such a user takes the offer
    surplus: Floats  # (..., 1), lambda log of the sum, utility units; -inf where nothing is offered


def appeal(utility: Floats, *, noise_scale: float | Floats) -> Appeal:
    r"""Weights of a logit choice without switching costs.

    .. math:: w_v = e^{(u_v - \max u)/\lambda},\quad W = \sum_v w_v,\quad S = \max u + \lambda\log W  (N1)

    utility      (..., vendor), utility units, -inf where not to be taken
    noise_scale  lambda, utility units, raised by :func:`noise_of`
    """
    noise = noise_of(noise_scale)
    best = largest(utility)
    offered = best > -np.inf
    weight = utility - np.where(offered, best, 0.0)
    weight *= 1.0 / noise
    weight = np.exp(weight, out=weight)
    reach = np.where(offered, total(weight), 1.0)
    return Appeal(weight, reach, weight * (1.0 / reach), best + noise * np.log(reach))


def expected_shares(odds: Floats, tastes: Floats) -> Floats:
    r"""Choice probabilities, mean over a sample of tastes.

    .. math:: \bar P_v = \frac{1}{S} \sum_s \frac{a_v t_{sv}}{\sum_w a_w t_{sw}}        (N6)

    odds    (..., vendor), a, odds of what all have in common; 0 where not to be taken
    tastes  (..., sample, vendor), t, odds of each taste of the sample
    """
    reach = tastes @ odds[..., None]
    part = np.where(reach > 0, 1.0, 0.0) / np.where(reach > 0, reach, 1.0)
    result: Floats = odds * (np.swapaxes(part, -1, -2) @ tastes)[..., 0, :] / tastes.shape[-2]
    return result


def friction(fit: Floats, switching_cost: float | Floats, *, noise_scale: float | Floats) -> Floats:
    r"""What is left of an offer's weight after the cost of switching to it.

    .. math:: \kappa_{uv} = e^{-\beta_s (1 - m_{uv})/\lambda}        (N2)

    fit             (..., vendor, vendor), m of (D1), 1 for the own vendor
    switching_cost  beta_s, utility units; below 0 it draws users away, as far as numbers reach
    """
    return np.exp(np.minimum(-switching_cost * (1.0 - fit) / noise_of(noise_scale), _MOST_FRICTION))


class Moves(NamedTuple):
    """Where the users of a year's renewals go."""

    gained: Floats  # (..., vendor), arrivals, the own vendor's renewals included
    stayed: Floats  # (..., vendor), of those leaving a vendor, who come back to it
    pulled: Floats  # (..., vendor), of those, who would not without switching costs
    surplus: Floats  # (..., vendor), expected utility of those leaving a vendor, summed over users


def moves(leaving: Floats, appeal: Appeal, friction: Floats, *, noise_scale: float | Floats) -> Moves:
    r"""Renewals by destination.

    .. math:: P(v|u) = w_v \kappa_{uv} / D_u,\quad D_u = \sum_v w_v \kappa_{uv},\quad
              y_v = \sum_u r_u P(v|u)        (N3)

    Weights are taken as parts of their sum: S + lambda log D is the expected utility of a renewal.

    leaving   (..., country, vendor), r, users of each vendor that are up for renewal
    appeal    of (N1), (..., country, vendor)
    friction  (..., vendor, vendor), kappa of (N2)
    Where nothing is offered, or all of it is too unlikely to be a normal number, everybody stays.
    """
    chance, noise = appeal.chance, noise_of(noise_scale)
    reach = by_transposed(chance, friction)
    possible = reach >= SMALLEST  # what is below has lost digits, and a share by it overflows
    somewhere = bool(np.all(possible))
    moving = leaving
    if not somewhere:
        reach, moving = np.where(possible, reach, 1.0), leaving * possible
    share = moving / reach
    gained, stayed = share @ friction, chance * share
    gained *= chance
    pulled = stayed - moving * chance
    surplus = np.log(reach, out=reach)
    surplus *= noise
    surplus += np.where(appeal.surplus > -np.inf, appeal.surplus, 0.0)
    surplus *= leaving
    if somewhere:
        return Moves(gained, stayed, pulled, surplus)
    stuck = leaving - moving
    return Moves(gained + stuck, stayed + stuck, pulled, surplus)


@np.errstate(over="ignore", invalid="ignore")
def newcomers(
    deployed: Floats, surplus: Floats, outside: Numbers, rate: Numbers, noise_scale: Numbers
) -> tuple[Floats, Floats]:
    r"""Capacity that new users consider, and add.

    .. math:: \Delta K = \gamma\,(1 - K)\,\Lambda\big((S - u_0)/\lambda\big)        (N4)

    deployed  (..., 1), K
    surplus   (..., 1), S of (N1)
    outside   (..., 1), u_0 of (U12), -inf: everybody considered comes
    rate      gamma, share of those without that consider it in a year
    Returns shares of capacity of those who think of it in a year, and of them who come.  (..., 1) each
    """
    gap = (surplus - outside) / noise_of(noise_scale)
    come = np.where(surplus > -np.inf, 1.0 / (1.0 + np.exp(-gap)), 0.0)
    considered = rate * np.maximum(0.0, 1.0 - deployed)
    return considered, considered * come


def open_to_new(possible: Bools, share: Floats, share_cap: Floats) -> Bools:
    r"""Offers open to arrivals under a diversification cap: those with :math:`x_v < cap` (N5).

    possible   (..., vendor), bool
    share      (..., vendor), x, share of capacity
    share_cap  (..., 1); where it leaves nobody it is waived
    """
    within = possible & ((share < share_cap) | (share_cap >= 1.0))
    return np.where(any_of(within), within, possible)
