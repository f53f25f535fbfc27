"""What vendors deliver and sell in a year, and what sponsors therefore put on the tables of bodies."""

from __future__ import annotations

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Numbers
from lockin_sim.rules import contracts, diffusion, voting
from lockin_sim.rules.reduce import total
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import MOST_YEARS, cache_per_world


def follows_base(world: World, p: Parameters) -> Floats:
    """Part of spending that follows the base: the domain's, or the parameter.  (run or 1, domain)."""
    share = world.expansion_share
    return contracts.follows_base(share, np.reshape(p.expansion_share, (-1, 1)))


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


def sell(world: World, order_book: Floats, signed: Floats, expansion: Floats) -> tuple[Floats, Floats]:
    """Contracts are booked in equal parts over their years; expansion is sold as it comes.

    order_book         (run, year ahead, group, domain, vendor), USD bn
    signed, expansion  (run, group, domain, vendor), USD bn; where all spending follows the base contracts are
                       counted and not booked
    Returns sales of the year, (run, group, domain, vendor), and the order book of the next, USD bn.
    """
    years = world.contract_years[:, None]
    yearly = yearly_part(signed, booked(world)[:, None], years.astype(float))
    ahead = np.arange(order_book.shape[1])[:, None, None, None] < years
    book = order_book + np.where(ahead, yearly[:, None], 0.0)
    after = np.concatenate([book[:, 1:], np.zeros_like(yearly)[:, None]], axis=1)
    return book[:, 0] + expansion, after


def booked(world: World) -> Bools:
    """Domains whose contracts are booked: all but those where all spending follows the base.  (domain,)."""
    return ~(world.expansion_share >= 1.0)  # NaN is the parameter, which leaves contracts


def yearly_part(signed: Floats, booked: Bools, years: Numbers) -> Floats:
    """Part of a contract that is sold in each of its years, USD bn; booked  whether it is."""
    return signed * booked / years


#: Years of sales that count for a sponsor in the bodies: a release of 3GPP takes two, a study period of the
#: ITU four (assumed).
YEARS = 3


def first_sales(world: World, installed: Floats) -> Floats:
    """Shares of sales before the first year: those of the base.  (run, YEARS, domain, sponsor).

    installed  (run, domain, country, vendor), shares of capacity
    """
    size = world.conditions.at(0).market_size[:, None]
    base = np.ascontiguousarray(size @ installed)[..., 0, :]
    return np.repeat(_by_sponsor(world, diffusion.market_shares(base))[:, None], YEARS, axis=1)


def first_origin(world: World) -> Floats:
    """Whose the live standards of each body are at the start: by the contributions of the first year, or
    everybody's alike where none are known.  (body, domain, sponsor), rows sum to 1."""
    now = world.conditions.at(0)
    weight = (now.effort * now.contribution).T
    known, even = total(weight), 1.0 / max(len(world.sponsors), 1)
    mix = np.where(known > 0, weight / np.where(known > 0, known, 1.0), even)
    return np.repeat(mix[:, None], len(world.domains), axis=1)


def remembered(world: World, before: Floats, sales: Floats) -> Floats:
    """The last years' shares of sales, when a year ends; a year without sales is like the one before it.

    before  (run, YEARS, domain, sponsor), newest last
    sales   (run, domain, vendor), of the year, USD bn
    """
    year = _by_sponsor(world, diffusion.market_shares(sales))
    newest = np.where(total(sales) > 0, year, before[:, -1])
    return np.concatenate([before[:, 1:], newest[:, None]], axis=1)


def _by_sponsor(world: World, shares: Floats) -> Floats:
    """Sums over the vendors of each sponsor.  (run, domain, vendor) to (run, domain, sponsor)."""
    return diffusion.base_by_sponsor(shares[..., None, :], world.sponsored_slots[..., :-1])[..., 0, :]


@cache_per_world(most=MOST_YEARS)
def usual_sales(world: World, year: int) -> Floats:
    """Mean share of sales in the years before, on the path of the baseline.  (domain, sponsor)."""
    before, last = world.step(year) - 1, len(world.sales_path) - 1
    steps = [min(max(before - ago, 0), last) for ago in range(YEARS)]
    return world.sales_path[steps].mean(axis=0)


def contributions(world: World, now: Conditions, sold: Floats, year: int, p: Parameters) -> Floats:
    """Weight of each sponsor's proposals in each body and domain.  (run, body, domain, sponsor).

    sold  (run, YEARS, domain, sponsor), shares of sales before this year
    p     parameters that meet (run, body, domain, sponsor)
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
