"""Adopters of systems and of rules: each is taken up apart, beside the others."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer


def adopters_adopt(batch: Batch, year: Year, around: Surroundings) -> Floats:
    """Adoption a year later.  (run, adopters' domain, country, vendor)."""
    world, p = batch.world, batch.shaped(2)
    weights = decisions.weights_of(p)  # type: ignore[arg-type]
    own, after = world.own_system(year.year), batch.state.adoption.copy()
    for place, d in enumerate(world.bought_by("adopters")):
        sponsor = world.slot_sponsor[d]
        barred = around.barred[:, :, sponsor] & world.sensitive[d]
        offer = adopters_offer(
            quality=year.quality[:, d, None],
            place=year.now.place_utility[d],
            layers=around.layers[:, d][:, :, sponsor],
            affinity=year.affinity[:, :, sponsor] * world.relative_affinity[d],
            concern=world.concern_of_slots[d],
            salience=year.salience[:, None, sponsor],
            taste=batch.taste[:, d],
        )
        keys = batch.cell_keys("adoption", year.year, np.array([d]))[:, 0, :, None]
        after[:, place] = decisions.adopt(
            batch.state.adoption[:, place],
            decisions.judge(offer, weights),
            year.on_sale[d] & ~barred,
            own[d],
            enacted=bool(world.enacted[d]),
            lifetime=float(world.lifetime[d]),
            rate=year.now.adoption_rate[d],
            shock=batch.draws.uniform(keys, world.offer_keys[d]),
        )
    return after


def adopters_offer(**known: Floats) -> Offer:
    """An offer to adopters: without price, home, network, official status or an incumbent."""
    nothing = dict.fromkeys(("log_price", "benefit", "home_bonus", "home_part", "network", "status"), 0.0)
    return Offer(**nothing, **known)  # type: ignore[arg-type]
