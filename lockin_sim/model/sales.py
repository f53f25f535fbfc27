"""Compute deliveries and sales of vendors, and the proposals that sponsors can therefore make."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Numbers
from lockin_sim.rules import contracts, diffusion, voting
from lockin_sim.rules.reduce import total
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import MOST_YEARS, cache_per_world


def follows_base(world: World, p: Parameters) -> Floats:
    """Return the part of spending that follows the base, by domain.  (run or 1, domain)."""
    share = world.expansion_share
    return contracts.follows_base(share, np.reshape(p.expansion_share, (-1, 1)))


def expansion(world: World, p: Parameters, capacity: Floats) -> Floats:
    """Compute sales without a contract to whoever runs the base.  (run, group, domain, vendor), USD bn.

    capacity  installed after this year's purchases, USD bn a year.  (run, group, domain, vendor)
    """
    return contracts.expansion(capacity, follows_base(world, p)[:, None, :, None])


def delivered(world: World, signed: Floats, expansion: Floats) -> Floats:
    """Compute deliveries of a year: contracts, and in operators' domains expansion beside them.

    signed     contracts of the year, USD bn.  (..., domain, vendor)
    expansion  USD bn; that of users is part of their purchases, others have none.  (..., domain, vendor)
    """
    return delivered_by(signed, expansion, beside(world)[:, None])


def beside(world: World) -> Bools:
    """Return the domains in which expansion is delivered beside contracts.  (domain,)."""
    return np.array([buyer == "operator" for buyer in world.buyer])


def delivered_by(signed: Floats, expansion: Floats, beside: Bools) -> Floats:
    """Compute deliveries, USD bn; ``beside`` is whether expansion is delivered beside contracts."""
    return signed + expansion * beside


def sell(world: World, order_book: Floats, signed: Floats, expansion: Floats) -> tuple[Floats, Floats]:
    """Book contracts in equal parts over their years, and sell expansion at once.

    order_book         USD bn.  (run, year ahead, group, domain, vendor)
    signed, expansion  USD bn; contracts are not booked where all spending follows the base.
                       (run, group, domain, vendor)

    Returns sales of the year, (run, group, domain, vendor), and the next order book, USD bn.
    """
    years = world.contract_years[:, None]
    yearly = yearly_part(signed, booked(world)[:, None], years.astype(float))
    ahead = np.arange(order_book.shape[1])[:, None, None, None] < years
    book = order_book + np.where(ahead, yearly[:, None], 0.0)
    after = np.concatenate([book[:, 1:], np.zeros_like(yearly)[:, None]], axis=1)
    return book[:, 0] + expansion, after


def booked(world: World) -> Bools:
    """Return the domains whose contracts are booked: not all spending follows the base.  (domain,)."""
    return ~(world.expansion_share >= 1.0)  # NaN is the parameter, which leaves contracts


def yearly_part(signed: Floats, booked: Bools, years: Numbers) -> Floats:
    """Compute the sales of a contract in each of its years, USD bn; ``booked`` is whether it is booked."""
    return signed * booked / years


#: Years of sales that count for a sponsor in the bodies: a release of 3GPP takes two, a study period of the
#: ITU four (assumed).
YEARS = 3


def first_sales(world: World, installed: Floats) -> Floats:
    """Return shares of sales before the first year, those of the base.  (run, YEARS, domain, sponsor).

    installed  shares of capacity.  (run, domain, country, vendor)
    """
    size = world.conditions.at(0).market_size[:, None]
    base = np.ascontiguousarray(size @ installed)[..., 0, :]
    return np.repeat(_by_sponsor(world, diffusion.market_shares(base))[:, None], YEARS, axis=1)


def first_origin(world: World) -> Floats:
    """Compute the initial origin of each body's live standards, by contributions of the first year.

    Equal parts where none are known.  (body, domain, sponsor), rows sum to 1.
    """
    now = world.conditions.at(0)
    weight = (now.effort * now.contribution).T
    known, even = total(weight), 1.0 / max(len(world.sponsors), 1)
    mix = np.where(known > 0, weight / np.where(known > 0, known, 1.0), even)
    return np.repeat(mix[:, None], len(world.domains), axis=1)


def remembered(world: World, before: Floats, sales: Floats) -> Floats:
    """Advance the record of recent shares of sales by a year; a year without sales repeats the one before.

    before  newest last.  (run, YEARS, domain, sponsor)
    sales   of the year, USD bn.  (run, domain, vendor)
    """
    year = _by_sponsor(world, diffusion.market_shares(sales))
    newest = np.where(total(sales) > 0, year, before[:, -1])
    return np.concatenate([before[:, 1:], newest[:, None]], axis=1)


def _by_sponsor(world: World, shares: Floats) -> Floats:
    """Sum over the vendors of each sponsor.  (run, domain, vendor) -> (run, domain, sponsor)."""
    return diffusion.base_by_sponsor(shares[..., None, :], world.sponsored_slots[..., :-1])[..., 0, :]


@cache_per_world(most=MOST_YEARS)
def usual_sales(world: World, year: int) -> Floats:
    """Compute the mean share of sales in earlier years, on the path of the baseline.  (domain, sponsor)."""
    before, last = world.step(year) - 1, len(world.sales_path) - 1
    steps = [min(max(before - ago, 0), last) for ago in range(YEARS)]
    return world.sales_path[steps].mean(axis=0)


def contributions(world: World, now: Conditions, sold: Floats, year: int, p: Parameters) -> Floats:
    """Compute the weight of each sponsor's proposals in each body and domain.  (run, body, domain, sponsor).

    sold  shares of sales before this year.  (run, YEARS, domain, sponsor)
    p     parameters that broadcast to (run, body, domain, sponsor)
    """
    return voting.agenda(
        now.effort.T[:, None],
        world.conditions.at(0).effort.T[:, None],
        now.contribution.T[:, None],
        sold.mean(axis=1)[:, None],
        usual_sales(world, year),
        p.effort_returns,
        p.agenda_elasticity,
    )
