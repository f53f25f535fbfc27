"""What vendors deliver and sell in a year: contracts, and what follows the base without one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.parameters import Parameters
from lockin_sim.rules import contracts
from lockin_sim.world import World


def follows_base(world: World, p: Parameters) -> Floats:
    """Part of spending that follows the base: the domain's, or the parameter.  (run or 1, domain)."""
    given = world.expansion_share
    share = np.where(np.isnan(given), np.reshape(p.expansion_share, (-1, 1)), given)
    return share.astype(given.dtype, copy=False)


def expansion(world: World, p: Parameters, capacity: Floats) -> Floats:
    """What is sold without a contract, to whoever runs the base.  (run, group, domain, vendor), USD bn.

    capacity  (run, group, domain, vendor), installed after this year's purchases, USD bn a year
    """
    return contracts.expansion(capacity, follows_base(world, p)[:, None, :, None])


def delivered(world: World, signed: Floats, expansion: Floats) -> Floats:
    """What is delivered in a year: contracts, and in operators' domains expansion beside them.

    signed     (..., domain, vendor), contracts of the year, USD bn
    expansion  (..., domain, vendor), USD bn.  That of users is in what they buy already; others have none.
    """
    beside = np.array([buyer == "operator" for buyer in world.buyer])
    result: Floats = signed + expansion * beside[:, None]
    return result


class Sales(NamedTuple):
    """A year of sales, USD bn."""

    sales: Floats  # (run, group, domain, vendor)
    order_book: Floats  # (run, year ahead, group, domain, vendor), from next year on


def sell(world: World, order_book: Floats, signed: Floats, expansion: Floats) -> Sales:
    """Contracts are booked in equal parts over their years; expansion is sold as it comes.

    order_book         (run, year ahead, group, domain, vendor), USD bn
    signed, expansion  (run, group, domain, vendor), USD bn; where all spending follows the base contracts are
                       counted and not booked
    """
    years = world.contract_years[:, None]
    booked = ~(world.expansion_share >= 1.0)[:, None]  # NaN is the parameter, which leaves contracts
    yearly = signed * booked / years.astype(world.dtype)
    ahead = np.arange(order_book.shape[1])[:, None, None, None] < years
    book = order_book + np.where(ahead, yearly[:, None], 0.0)
    return Sales(
        book[:, 0] + expansion, np.concatenate([book[:, 1:], np.zeros_like(yearly)[:, None]], axis=1)
    )
