"""Adopters of systems and of rules: each is taken up apart, beside the others."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats, Integers
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer


def adopters_adopt(batch: Batch, year: Year, around: Surroundings) -> Floats:
    """Adoption a year later.  (run, adopters' domain, country, vendor)."""
    world, p = batch.world, batch.shaped(3)
    weights = decisions.weights_of(p, 0.0)  # type: ignore[arg-type]
    after, adopters = batch.state.adoption.copy(), world.bought_by("adopters")
    for enacted in (False, True):
        for domains in batch.together(adopters[world.enacted[adopters] == enacted]):
            place = np.searchsorted(adopters, domains)
            shock: Floats | float = 0.0
            if enacted:
                keys = batch.cell_keys("adoption", year.year, domains)[..., None]
                shock = batch.draws.uniform(keys, world.offer_keys[domains][:, None])
            after[:, place] = decisions.adopt(
                batch.state.adoption[:, place],
                decisions.judge(_offers(batch, year, around, domains), weights),
                year.on_sale[domains] & ~batch.barred_offers(around.barred, domains),
                world.own_system(year.year)[domains],
                enacted=enacted,
                lifetime=world.lifetime[domains][:, None, None],
                rate=year.now.adoption_rate[domains][:, None],
                shock=shock,
            )
    return after


def _offers(batch: Batch, year: Year, around: Surroundings, domains: Integers) -> Offer:
    """What is known of each system or family of rules.  (run, domain, country, vendor) each."""
    world = batch.world
    return adopters_offer(
        quality=year.quality[:, domains][:, :, None],
        place=year.now.place_utility[domains],
        layers=around.layers[:, domains],
        affinity=batch.of_offers(year.affinity, domains) * world.relative_affinity[domains][:, None, None],
        concern=world.concern_of_slots[domains],
        salience=year.salience[:, world.slot_sponsor[domains]][:, :, None],
        taste=batch.taste[:, domains],
    )


def adopters_offer(**known: Floats) -> Offer:
    """An offer to adopters: without price, home, network, official status or an incumbent."""
    nothing = dict.fromkeys(("log_price", "benefit", "home_bonus", "home_part", "network", "status"), 0.0)
    return Offer(**nothing, **known)  # type: ignore[arg-type]
