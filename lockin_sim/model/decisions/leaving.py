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
    """What it costs a buyer to do without the offers of some vendors: (C8) and (P10).

    offers        (..., vendor), utility, -inf where not to be taken
    switching     (..., vendor), that term of it
    benefit       (..., vendor), share of the price that loans take off
    gone          (..., vendor), bool: offers of those to leave
    price_weight  (..., 1), beta_p of (U14); noise (..., 1), the scale of chance
    """
    lost = choice.forgone(offers, gone, noise_scale=noise)
    free = choice.forgone(offers - switching, gone, noise_scale=noise)
    net_price = total(lost.others * (1.0 - np.asarray(benefit)))
    return Leaving(
        lost.chance,
        lost.loss,
        pricing.rebate(lost.loss, price_weight),
        pricing.rebate(free.loss, price_weight),
        np.where(np.isnan(lost.loss), np.nan, net_price),
        lost.others,
    )
