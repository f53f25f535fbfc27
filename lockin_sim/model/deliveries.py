"""What vendors deliver and sell in a year: contracts, and what follows the base without one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Numbers
from lockin_sim.parameters import Parameters
from lockin_sim.rules import contracts
from lockin_sim.rules.reduce import as_kind
from lockin_sim.world import World


def follows_base(world: World, p: Parameters) -> Floats:
    """Part of spending that follows the base: the domain's, or the parameter.  (run or 1, domain)."""
    given = world.expansion_share
    return contracts.follows_base(given, as_kind(np.reshape(p.expansion_share, (-1, 1)), given))


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
    return delivered_by(signed, expansion, beside(world)[:, None])


def beside(world: World) -> Bools:
    """Domains in which expansion is delivered beside contracts.  (domain,)."""
    return np.array([buyer == "operator" for buyer in world.buyer])


def delivered_by(signed: Floats, expansion: Floats, beside: Bools) -> Floats:
    """What a vendor delivers, USD bn; beside  whether expansion is delivered beside contracts."""
    return signed + expansion * beside


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
    yearly = yearly_part(signed, booked(world)[:, None], years.astype(world.dtype))
    ahead = np.arange(order_book.shape[1])[:, None, None, None] < years
    book = order_book + np.where(ahead, yearly[:, None], 0.0)
    return Sales(
        book[:, 0] + expansion, np.concatenate([book[:, 1:], np.zeros_like(yearly)[:, None]], axis=1)
    )


def booked(world: World) -> Bools:
    """Domains whose contracts are booked: all but those where all spending follows the base.  (domain,)."""
    return ~(world.expansion_share >= 1.0)  # NaN is the parameter, which leaves contracts


def yearly_part(signed: Floats, booked: Bools, years: Numbers) -> Floats:
    """Part of a contract that is sold in each of its years, USD bn; booked  whether it is."""
    return signed * booked / years


def fill_sales(
    book: Floats,
    signed: Floats,
    expansion: Floats,
    booked: Bools,
    years: Floats,
    sales: Floats,
    after: Floats,
) -> None:
    """The loop form of :func:`sell`, for one run.

    book               (year ahead, group, domain, vendor), the order book
    signed, expansion  (group, domain, vendor);  booked, years (domain,), as of the world
    sales, after       filled: (group, domain, vendor), and the order book of next year
    """
    ahead, groups, domains, vendors = book.shape
    for g in range(groups):
        for d in range(domains):
            for v in range(vendors):
                yearly = yearly_part(signed[g, d, v], booked[d], years[d])
                sales[g, d, v] = book[0, g, d, v] + yearly + expansion[g, d, v]
                for year in range(1, ahead):
                    more = yearly if year < years[d] else 0.0
                    after[year - 1, g, d, v] = book[year, g, d, v] + more
                after[ahead - 1, g, d, v] = 0.0
