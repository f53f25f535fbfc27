"""Users move: in each domain that users buy, shares flow between vendors and new users come."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.engine.batch import Batch, Some, Year
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Flowed, Offer, Weights
from lockin_sim.rules import diffusion, pricing, users, utility


class Moved(NamedTuple):
    """A year of users in some domains."""

    domains: Some  # (domain,)
    flowed: Flowed  # (run, domain, country, vendor), shares of capacity
    paid: Floats  # (run or 1, domain, country or 1, vendor), price asked


def users_move(batch: Batch, year: Year, leaving: Floats, around: Surroundings) -> list[Moved]:
    """A year in every domain that users buy; leaving as in ``Renewals``."""
    parts = batch.together(batch.world.bought_by("users"))
    return [_moved(batch, year, around, leaving, domains) for domains in parts]


class Asked(NamedTuple):
    """What users are offered in some domains, whoever they have.  (run, domain, country, vendor)."""

    offer: Offer
    weights: Weights
    barred: Bools  # restricted
    may: Bools  # what may be taken


def users_ask(batch: Batch, year: Year, around: Surroundings, domains: Some) -> Asked:
    """What is offered to the users of some domains."""
    p, installed = batch.shaped(3), batch.state.installed[:, domains]
    offer = _offers(batch, year, around, diffusion.market_shares(installed), domains)
    weights = decisions.weights_of(p, year.now.log_income[:, None])._replace(network=p.own_network_weight)
    barred = batch.barred_offers(around.barred, domains)
    may = year.on_sale[domains] & ~barred
    cap = year.now.share_cap[domains][..., None]
    if (cap < 1).any():
        may = users.open_to_new(may, installed, cap)
    return Asked(offer, weights, barred, may)


def _moved(batch: Batch, year: Year, around: Surroundings, leaving: Floats, domains: Some) -> Moved:
    """A year of users in domains that share a buyer."""
    world, p = batch.world, batch.shaped(3)
    asked = users_ask(batch, year, around, domains)
    offer = asked.offer
    outside = utility.outside_option(
        year.now.log_income[:, None],
        outside_level=p.outside_level,
        outside_income_weight=p.outside_income_weight,
    )
    cost = p.switching_cost * world.relative_switching[domains][:, None, None]
    flowed = decisions.flow(
        batch.state.installed[:, domains],
        decisions.worth(decisions.judge(offer, asked.weights), asked.may),
        users.friction(around.fit[:, domains], cost, noise_scale=p.noise_scale),
        asked.barred,
        batch.of_offers(leaving, domains),
        outside,
        lifetime=world.lifetime[domains][:, None, None],
        greenfield_rate=p.greenfield_rate,
        noise_scale=p.noise_scale,
    )
    return Moved(domains, flowed, pricing.effective_price(offer.log_price, np.zeros(1, dtype=world.dtype)))


def extra_cost(batch: Batch, year: Year, domains: Some) -> Floats | float:
    """What rules on data and fines add to prices, share of price; a plain 0 where nothing is asked.
    (run or 1, domain, country, vendor)."""
    world, now = batch.world, year.now
    cost: Floats | float = 0.0
    if batch.ahead.costs[year.step] and world.personal_data[domains].any():
        cost = batch.of_offers(now.compliance_cost[None], domains)
        cost = cost * world.personal_data[domains][:, None, None]
    if batch.ahead.fines[year.step]:
        cost = cost + pricing.fines(now.fine, batch.state.compliance[:, domains])
    return cost


def _offers(batch: Batch, year: Year, around: Surroundings, share: Floats, domains: Some) -> Offer:
    """What is known of each offer to the users of every country.  (run, domain, country, vendor) each."""
    world, now, p = batch.world, year.now, batch.shaped(3)
    asked = decisions.asked_price(
        year.log_price[:, domains][:, :, None],
        share if around.bargains else 0.0,
        extra_cost(batch, year, domains),
        p,
    )
    return Offer(
        quality=year.quality[:, domains][:, :, None],
        log_price=asked,
        benefit=0.0,
        home_bonus=world.home_bonus[domains][:, None],
        home_part=now.home_part[domains],
        place=now.place_utility[domains],
        network=diffusion.fitting_base(share, around.fit[:, domains] * world.own_pull[domains][:, None]),
        layers=around.layers_of(world, domains),
        affinity=batch.of_offers(year.affinity, domains) * world.relative_affinity[domains][:, None, None],
        status=around.status[:, domains].take(around.audience, axis=2),
        concern=world.concern_of_slots(year.year)[domains],
        salience=year.salience[:, world.slot_sponsor[domains]][:, :, None],
        taste=batch.taste[:, domains],
    )
