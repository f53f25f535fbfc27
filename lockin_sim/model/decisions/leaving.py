"""Leaving some vendors: what a buyer would lose, in utility and money, and how likely it goes by itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Numbers
from lockin_sim.rules import choice, pricing
from lockin_sim.rules.reduce import total


class Leaving(NamedTuple):
    """What leaving means to a buyer whose contract is up.  (..., 1) each, NaN where nobody else offers."""

    chance: Floats  # that it goes to somebody else by itself
    loss: Floats  # Delta of (C8), utility units
    rebate: Floats  # of (P10), share of others' prices that makes up for it
    without_switching: Floats  # the same, had it no incumbent to switch from
    net_price: Floats  # what loans leave of others' price, mean over whom it would take; 1 without loans
    others: Floats  # (..., vendor), whom it would take, were those to leave not there; sums to 1


def leave(
    offers: Floats, switching: Numbers, benefit: Numbers, gone: Bools, price_weight: Numbers, noise: Numbers
) -> Leaving:
    r"""What it costs a buyer to do without the offers of some vendors.

    .. math:: \Delta = S(\text{all}) - S(\text{all but those})        (C8)

    with S of (C4): what the choice is worth, with the offers that it would have and without.

    offers        (..., vendor), utility, -inf where not to be taken
    switching     (..., vendor), that term of it
    benefit       (..., vendor), share of the price that loans take off
    gone          (..., vendor), bool: offers of those to leave
    price_weight  (..., 1), beta_p of (U14); noise (..., 1), the scale of chance
    """
    free = offers - switching
    chance, others, loss = _without(offers, gone, noise)
    _, _, free_loss = _without(free, gone, noise)
    return Leaving(
        chance,
        loss,
        pricing.rebate(loss, price_weight),
        pricing.rebate(free_loss, price_weight),
        np.where(np.isnan(loss), np.nan, total(others * (1.0 - np.asarray(benefit)))),
        others,
    )


def _without(offers: Floats, gone: Bools, noise: Numbers) -> tuple[Floats, Floats, Floats]:
    """Chance to go by itself, (..., 1); who of the others is taken, (..., vendor); Delta of (C8)."""
    taken, worth = choice.logit(offers, noise_scale=noise)
    others, left = choice.logit(np.where(gone, -np.inf, offers), noise_scale=noise)
    # where there is nobody to leave for, what is lost has no measure; where nobody to leave, nothing is lost
    loss = np.where(np.isnan(left), np.nan, np.maximum(worth - left, 0.0))
    return total(taken * ~gone), others, loss
