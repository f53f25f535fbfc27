"""What sponsors put on the tables of bodies: contributions on record, and what their vendors sold."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.parameters import Parameters
from lockin_sim.rules import diffusion, voting
from lockin_sim.rules.reduce import total
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import MOST_YEARS, per_world

#: Years of sales that speak for a sponsor in the bodies: a release of 3GPP takes two, a study period of the
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
    known = total(weight)
    mix = np.where(known > 0, weight / np.where(known > 0, known, 1.0), 1.0 / len(world.sponsors))
    return np.repeat(mix[:, None], len(world.domains), axis=1).astype(world.dtype)


def remembered(world: World, before: Floats, sales: Floats) -> Floats:
    """The last years' shares of sales, when a year ends; a year without sales is like the one before it.

    before  (run, YEARS, domain, sponsor), newest last
    sales   (run, domain, vendor), of the year, USD bn
    """
    year = _by_sponsor(world, diffusion.market_shares(sales))
    newest = np.where(total(sales) > 0, year, before[:, -1])
    return np.concatenate([before[:, 1:], newest[:, None]], axis=1)


def fill_remembered(before: Floats, sales: Floats, sponsor: Integers, after: Floats) -> None:
    """The loop form of :func:`remembered`, for one run.

    before, after  (YEARS, domain, sponsor), the latter filled
    sales          (domain, vendor);  sponsor (domain, vendor), index of the sponsor, the last for none
    """
    years, domains, sponsors = before.shape
    for d in range(domains):
        whole = 0.0
        for v in range(sales.shape[1]):
            whole += sales[d, v]
        for h in range(sponsors):
            for year in range(1, years):
                after[year - 1, d, h] = before[year, d, h]
            after[years - 1, d, h] = 0.0 if whole > 0.0 else before[years - 1, d, h]
        for v in range(sales.shape[1]):
            if whole > 0.0 and sponsor[d, v] < sponsors:
                after[years - 1, d, sponsor[d, v]] += diffusion.share_of(sales[d, v], whole)


def _by_sponsor(world: World, shares: Floats) -> Floats:
    """Sums over the vendors of each sponsor.  (run, domain, vendor) to (run, domain, sponsor)."""
    return diffusion.base_by_sponsor(shares[..., None, :], world.sponsored_slots[..., :-1])[..., 0, :]


@per_world(most=MOST_YEARS)
def usual_sales(world: World, year: int) -> Floats:
    """Mean share of sales in the years before, on the path of the baseline.  (domain, sponsor)."""
    before, last = world.step(year) - 1, len(world.sales_path) - 1
    steps = [min(max(before - ago, 0), last) for ago in range(YEARS)]
    mean: Floats = world.sales_path[steps].mean(axis=0)
    return mean


def contributions(world: World, now: Conditions, sold: Floats, year: int, p: Parameters) -> Floats:
    """Weight of each sponsor's proposals in each body and domain.  (run, body, domain, sponsor).

    sold  (run, YEARS, domain, sponsor), shares of sales before this year
    p     parameters that meet (run, body, domain, sponsor)
    """
    return voting.agenda(
        now.effort.T[:, None],
        now.contribution.T[:, None],
        sold.mean(axis=1)[:, None],
        usual_sales(world, year),
        p.agenda_elasticity,
    )
