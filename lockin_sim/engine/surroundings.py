"""What everybody sees when they choose: who works with whom, neighbours, own layers, official status."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Some, Year
from lockin_sim.model import decisions
from lockin_sim.rules import diffusion, utility
from lockin_sim.rules.reduce import with_none
from lockin_sim.world import World


class Surroundings(NamedTuple):
    """Read once at the beginning of the stage, before anybody commits."""

    fit: Floats  # (run, domain, vendor, vendor), how well one vendor's base works with another's offer
    neighbours: Floats  # (run, operators' domain, country, vendor), the neighbours' base that works with it
    place: Integers  # (domain,), position among the operators' domains
    layers: Floats  # (run, domain, country, sponsor + 1), own other layers of each sponsor
    status: Floats  # (run, domain, audience, vendor), official status of what an offer speaks
    audience: Integers  # (country,), whose picture of it each country sees
    barred: Bools  # (run, country, sponsor + 1), restricted
    bargains: bool  # whether prices depend on what a customer holds

    def layers_of(self, world: World, domains: Some, slots: slice = slice(None)) -> Floats:
        """Own other layers of each offer's sponsor.  (run, domain, country, vendor)."""
        return diffusion.of_sponsors(self.layers[:, domains], world.sponsored_slots[domains, slots])


def look_around(batch: Batch, year: Year) -> Surroundings:
    """The state as everybody sees it before choosing."""
    world, state, now, p = batch.world, batch.state, year.now, batch.parameters
    openness = diffusion.pair_openness(now.openness, now.compatibility, world.slot_sponsor)
    shaped = batch.shaped(3)
    fit = decisions.works_with(state.compliance, openness, shaped)
    sponsored = world.sponsored_slots
    demanded = now.demanded & ~np.all(decisions.exclusive(shaped))
    audience, first = batch.audiences(demanded)
    seen = world.attention(now.mandate, shaped.forum_weight, first) @ state.status.swapaxes(1, 2)
    place = np.zeros(len(world.domains), dtype=int)
    operators = world.bought_by("operator")
    place[operators] = np.arange(len(operators))
    return Surroundings(
        fit=fit,
        neighbours=_neighbours(batch, operators, fit),
        place=place,
        layers=diffusion.own_layers(diffusion.base_by_sponsor(state.installed, sponsored), world.stack),
        status=utility.official_status(seen, state.compliance, decisions.demands(demanded[first], shaped)),
        audience=audience,
        barred=with_none(state.since >= 0),
        bargains=bool(np.any(p.lock_in_markup) or np.any(p.penetration_discount)),
    )


def _neighbours(batch: Batch, operators: Integers, fit: Floats) -> Floats:
    """The neighbours' base that works with each offer.  (run, operators' domain, country, vendor)."""
    base = batch.state.installed[:, operators]
    if not (operators.size and np.any(batch.parameters.network_weight)):
        return np.zeros_like(base)
    return diffusion.fitting_base(batch.world.influence.neighbours(base), fit[:, operators])
