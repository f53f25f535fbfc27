"""Constants of the first year: found once, so that expected shares meet the world's and the regions' records.

They are found at the default parameters, over a fixed sample of lasting tastes, and are the same in every
scenario.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.draws import Draws
from lockin_sim.model.tastes import fixed_taste, operator_taste
from lockin_sim.parameters import Parameters
from lockin_sim.rules import users, utility
from lockin_sim.threads import one_blas_thread
from lockin_sim.world import World

#: Tastes that expected shares are taken over, and rounds of raking.
SAMPLE, ROUNDS = 64, 80

#: Most tastes of all lots together: where there are many lots, few tastes of each are as good.
OF_LOTS = 200_000


class Constants(NamedTuple):
    """What, beside lasting tastes, decides who was first."""

    appeal: (
        Floats  # (domain, country, vendor), utility units: constant, region term and home; -inf not on sale
    )


def constants(world: World) -> Constants:
    """The constants of a world, computed once; one that only imposes a first year has those of the record."""
    return _constants(world.facts.get("recorded", world))


@lru_cache(maxsize=8)  # a world is large
def _constants(world: World) -> Constants:
    """The constants of just this world, kept."""
    with one_blas_thread():  # whoever asks first, the numbers are the same
        return _raked(world)


def _raked(world: World) -> Constants:
    """The constants under which mean shares are what the tables say."""
    p, now = Parameters(), world.conditions.at(0)
    draws = Draws(0, np.arange(SAMPLE))
    offered = world.offered(world.first_year, now.served, now.barrier)
    home = utility.home_term(world.home_bonus[:, None], now.home_part, p.home_preference)
    appeal = np.where(offered, home + np.zeros(offered.shape), -np.inf)
    weight = world.facts["coverage"] * now.market_size
    taste = fixed_taste(world, draws, p, np.arange(SAMPLE))
    for d in world.bought_by("users"):
        appeal[d] = _rake_users(world, int(d), appeal[d], taste[:, d], weight[d], p)
    if len(world.lots):
        few = max(4, min(SAMPLE, OF_LOTS // len(world.lots)))
        by_operator = operator_taste(world, Draws(0, np.arange(few)), p)
        for d in world.bought_by("operator"):
            mine = np.flatnonzero(world.lots.domain == d)
            lot = taste[:few, d][:, world.lots.country[mine]] + by_operator[:, mine]
            appeal[d] = _rake_lots(world, int(d), appeal[d], mine, lot, weight[d], p)
    return Constants(appeal)


def _odds(taste: Floats, p: Parameters) -> Floats:
    """Odds of a sample's tastes, row by row.  (sample, row, vendor) to (row, sample, vendor)."""
    return np.ascontiguousarray(users.appeal(taste, noise_scale=p.noise_scale).weight.swapaxes(0, 1))


def _step(target: Floats, found: Floats) -> Floats:
    """How far a constant must move: log of what is wanted over what was found; 0 where nothing is wanted."""
    wanted = (target > 0) & (found > 0)
    return np.log(np.where(wanted, target, 1.0) / np.where(wanted, found, 1.0))


def _rake_users(world: World, d: int, appeal: Floats, taste: Floats, weight: Floats, p: Parameters) -> Floats:
    """Constants of vendors that meet the world's shares, and terms of countries where theirs are recorded."""
    base, recorded = world.facts["base_share"][d], world.facts["users_base"][d]
    known = np.isfinite(recorded).any(axis=-1)
    appeal, tastes = np.where(base > 0, appeal, -np.inf), _odds(taste, p)
    for _ in range(ROUNDS):
        odds = users.appeal(appeal, noise_scale=p.noise_scale).weight
        shares = users.expected_shares(odds, tastes)
        if known.any():
            given = np.where(np.isnan(recorded[known]), 0.0, recorded[known])
            appeal[known] += np.where(given > 0, _step(given, shares[known]), -30.0 * (shares[known] > 1e-9))
        total = weight @ shares
        appeal = appeal + np.where(base > 0, _step(base, total / max(total.sum(), 1e-300)), 0.0)
    return appeal


def _rake_lots(
    world: World, d: int, appeal: Floats, mine: Integers, taste: Floats, weight: Floats, p: Parameters
) -> Floats:
    """Constants of vendors that meet the world's shares, and terms of regions that meet their anchors."""
    base, country = world.facts["base_share"][d], world.lots.country[mine]
    size = weight[country] * world.lots.weight[mine]
    appeal, tastes = np.where(base > 0, appeal, -np.inf), _odds(taste, p)
    anchors = _reconciled(world, d, weight)
    for _ in range(ROUNDS):
        odds = users.appeal(appeal, noise_scale=p.noise_scale).weight
        shares = users.expected_shares(odds[country], tastes)
        total = size @ shares
        appeal = appeal + np.where(base > 0, _step(base, total / max(total.sum(), 1e-300)), 0.0)
        for inside, vendors, target in anchors:
            here = size * inside[country]
            found = (here @ shares)[vendors].sum() / max(here.sum(), 1e-300)
            if 0 < found < 1:
                appeal[np.ix_(inside, vendors)] += 0.5 * (logit(target) - logit(found))
    return appeal


def _reconciled(world: World, d: int, weight: Floats) -> list[tuple[Bools, Bools, float]]:
    """Anchors of a domain: countries, vendors and their share there, with one factor on all odds so that the
    regions add up to the world's share."""
    facts = world.facts
    found: list[tuple[Bools, Bools, float]] = []
    for sponsor in np.unique(facts["anchor_sponsor"][facts["anchor_domain"] == d]):
        rows = np.flatnonzero((facts["anchor_domain"] == d) & (facts["anchor_sponsor"] == sponsor))
        vendors = (world.slot_sponsor[d] == sponsor) & (facts["base_share"][d] > 0)
        inside, share = facts["anchor_mask"][rows], facts["anchor_share"][rows]
        size = inside @ weight / weight.sum()
        total = facts["base_share"][d][vendors].sum()
        if size.sum() > 0.9 and 0 < total < 1:
            shift = brentq(lambda f: size @ expit(logit(share) + f) - total * size.sum(), -20, 20)  # noqa: B023
            share = expit(logit(share) + shift)
        found += [(mask, vendors, float(value)) for mask, value in zip(inside, share, strict=True)]
    return found
