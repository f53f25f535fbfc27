"""Users move: in each domain that users buy, shares flow between vendors and new users come."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.renewals import removal
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Flowed, Offer
from lockin_sim.rules import contracts, diffusion, pricing, users, utility


class Moved(NamedTuple):
    """A year of users in one domain."""

    domain: int
    flowed: Flowed  # (run, country, vendor), shares of capacity
    paid: Floats  # (run, country, vendor), price asked


def users_move(batch: Batch, year: Year, around: Surroundings) -> list[Moved]:
    """A year in every domain that users buy."""
    leaving = removal(batch, year)
    return [_moved(batch, year, around, leaving, int(d)) for d in batch.world.bought_by("users")]


def _moved(batch: Batch, year: Year, around: Surroundings, leaving: Floats, d: int) -> Moved:
    world, p = batch.world, batch.shaped(2)
    installed = batch.state.installed[:, d]
    share = diffusion.market_shares(installed)
    offer = _offers(batch, year, around, share, d)
    weights = decisions.weights_of(p, year.now.log_income[:, None])._replace(network=p.own_network_weight)
    sponsor = world.slot_sponsor[d]
    barred = around.barred[:, :, sponsor] & world.sensitive[d]
    may = year.on_sale[d] & ~barred
    cap = year.now.share_cap[d][:, None]
    if (cap < 1).any():
        may = users.open_to_new(may, installed, cap)
    outside = utility.outside_option(
        year.now.log_income[:, None],
        outside_level=p.outside_level,
        outside_income_weight=p.outside_income_weight,
    )
    cost = p.switching_cost * world.relative_switching[d]
    flowed = decisions.flow(
        installed,
        decisions.worth(decisions.judge(offer, weights), may),
        users.friction(around.fit[:, d], cost, noise_scale=p.noise_scale),
        barred,
        leaving[:, :, sponsor],
        outside,
        lifetime=world.lifetime[d],
        greenfield_rate=p.greenfield_rate,
        noise_scale=p.noise_scale,
    )
    return Moved(d, flowed, pricing.effective_price(offer.log_price, np.zeros(1, dtype=world.dtype)))


def _offers(batch: Batch, year: Year, around: Surroundings, share: Floats, d: int) -> Offer:
    """What is known of each offer to the users of every country.  (run, country, vendor) each."""
    world, now, p = batch.world, year.now, batch.shaped(2)
    sponsor = world.slot_sponsor[d]
    cost: Floats | float = 0.0
    if world.personal_data[d] and now.compliance_cost.any():
        cost = now.compliance_cost[:, sponsor]
    asked = decisions.asked_price(
        pricing.log_price(year.list_price[:, d, None]),
        share if around.bargains else 0.0,
        cost,
        p,  # type: ignore[arg-type]
    )
    audience, _ = world.audience
    return Offer(
        quality=year.quality[:, d, None],
        log_price=asked,
        benefit=0.0,
        home_bonus=world.home_bonus[d],
        home_part=now.home_part[d],
        place=now.place_utility[d],
        network=diffusion.fitting_base(share, around.fit[:, d]) * world.own_pull[d],
        layers=around.layers[:, d][:, :, sponsor],
        affinity=year.affinity[:, :, sponsor] * world.relative_affinity[d],
        status=around.status[:, d][:, audience],
        concern=world.concern_of_slots[d],
        salience=year.salience[:, None, sponsor],
        taste=batch.taste[:, d],
    )


def value_of(batch: Batch, year: Year, d: int) -> Floats:
    """Value of what users of each country buy, by capacity.  (country, 1), USD bn."""
    return contracts.contract_value(1.0, year.now.market_size[d][:, None], batch.world.lifetime[d])
