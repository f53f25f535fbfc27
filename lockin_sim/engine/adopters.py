"""Adopters of systems and of rules: each is taken up apart, beside the others."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Some, Year, some
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer


def adopters_adopt(batch: Batch, year: Year, around: Surroundings) -> Floats:
    """Adoption a year later.  (run, adopters' domain, country, vendor)."""
    world, p = batch.world, batch.shaped(3)
    weights = decisions.weights_of(p, 0.0)
    after, adopters = batch.state.adoption.copy(), world.bought_by("adopters")
    moving = may_move(batch, year, adopters)
    for enacted in (False, True):
        mine = np.flatnonzero((world.enacted[adopters] == enacted) & moving.any(axis=-1))
        slots = np.flatnonzero(moving[mine].any(axis=0))
        used = slice(int(slots[0]), int(slots[-1]) + 1) if slots.size else slice(0)
        for place in batch.together(mine):
            domains = some(adopters[place])
            shock: Floats | float = 0.0
            if enacted:
                keys = batch.cell_keys("adoption", year.year, domains)[..., None]
                shock = batch.draws.uniform(keys, world.offer_keys[domains, None, used])
            after[:, place, :, used] = decisions.adopt(
                batch.state.adoption[:, place, :, used],
                decisions.judge(_offers(batch, year, around, domains, used), weights),
                (year.on_sale[domains] & ~batch.barred_offers(around.barred, domains))[..., used],
                world.own_slots(year.year)[domains, :, used],
                enacted=enacted,
                lifetime=world.lifetime[domains][:, None, None],
                rate=year.now.adoption_rate[domains, None, used],
                shock=shock,
            )
    return after


def may_move(batch: Batch, year: Year, adopters: Integers) -> Bools:
    """What may be adopted otherwise a year later.  (adopters' domain, vendor).

    Every system, and of laws those that are passed somewhere, at a rate or at home: most are not.
    """
    world, adoption = batch.world, batch.state.adoption
    moving = world.slot_vendor[adopters] >= 0
    laws = world.enacted[adopters]
    domain, country, vendor = world.own_laws(year.year)
    place, there = np.searchsorted(adopters, domain), year.on_sale[domain, country, vendor]
    lacking = (adoption[:, place, country, vendor] <= 0).any(axis=0) & there
    at_home = np.zeros_like(moving)
    at_home[place[lacking], vendor[lacking]] = True
    passes = at_home | (year.now.adoption_rate[adopters] > 0)
    return moving & (passes | ~laws[:, None])


def _offers(batch: Batch, year: Year, around: Surroundings, domains: Some, used: slice) -> Offer:
    """What is known of each system or family of rules.  (run, domain, country, used vendor) each."""
    world = batch.world
    affinity = batch.of_offers(year.affinity, domains)[..., used]
    return adopters_offer(
        quality=year.quality[:, domains, None, used],
        place=year.now.place_utility[domains, :, used],
        layers=around.layers_of(world, domains, used),
        affinity=affinity * world.relative_affinity[domains][:, None, None],
        concern=world.concern_of_slots(year.year)[domains, :, used],
        salience=year.salience[:, world.slot_sponsor[domains, None, used]],
        taste=batch.taste[:, domains, :, used],
    )


def adopters_offer(**known: Floats) -> Offer:
    """An offer to adopters: without price, home, network, official status or an incumbent."""
    nothing = dict.fromkeys(("log_price", "benefit", "home_bonus", "home_part", "network", "status"), 0.0)
    return Offer(**nothing, **known)
