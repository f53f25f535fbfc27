"""What everybody sees when they choose: who works with whom, neighbours, own layers, official status."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Some, Year
from lockin_sim.engine.renewals import Rows
from lockin_sim.model import decisions
from lockin_sim.rules import diffusion, utility
from lockin_sim.rules.reduce import with_none
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import per_world


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


def look_around(batch: Batch, year: Year, rows: Rows) -> Surroundings:
    """The state as everybody sees it before choosing.

    rows  lots that are up: the neighbours of others need not be looked at, though here they are
    """
    world, state, now, p = batch.world, batch.state, year.now, batch.shaped(3)
    fit = decisions.works_with(state.compliance, openness_between(world, now), p)
    seen = batch.ahead.audiences(now)
    status = seen.weight @ state.status.swapaxes(1, 2)
    return Surroundings(
        fit=fit,
        neighbours=neighbours(batch, fit),
        place=place_of_operators(world),
        layers=diffusion.own_layers(
            diffusion.base_by_sponsor(state.installed, world.sponsored_slots), world.stack
        ),
        status=utility.official_status(status, state.compliance, decisions.demands(seen.demanded, p)),
        audience=seen.of_country,
        barred=with_none(state.since >= 0),
        bargains=batch.bargains,
    )


def openness_between(world: World, now: Conditions) -> Floats:
    """Openness of each domain between two vendors (D8).  (domain, vendor, vendor)."""
    return _openness(world, now.openness.tobytes(), now.compatibility.tobytes())


@per_world(most=64)  # both change in few years, and are the same in all runs
def _openness(world: World, openness: bytes, compatibility: bytes) -> Floats:
    """The same, of the bytes of the conditions."""
    of_domains, between = (np.frombuffer(table, world.dtype) for table in (openness, compatibility))
    sponsors = len(world.sponsors)
    return diffusion.pair_openness(of_domains, between.reshape(sponsors, sponsors), world.slot_sponsor)


def place_of_operators(world: World) -> Integers:
    """Position of each domain among those of operators.  (domain,)."""
    place, operators = np.zeros(len(world.domains), dtype=int), world.bought_by("operator")
    place[operators] = np.arange(len(operators))
    return place


def neighbours(batch: Batch, fit: Floats) -> Floats:
    """The neighbours' base that works with each offer.  (run, operators' domain, country, vendor)."""
    operators = batch.world.bought_by("operator")
    base = batch.state.installed[:, operators]
    if not (operators.size and batch.networked):
        return np.zeros_like(base)
    return diffusion.fitting_base(batch.world.influence.neighbours(base), fit[:, operators])
