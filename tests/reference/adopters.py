"""Adopters: each system or family of rules apart."""

import math

from reference.chance import Chance
from reference.initial import is_own
from reference.year import View, sponsor_of


def adopters_adopt(view: View, chance: Chance, d: int, i: int, tastes: list[float]) -> list[float]:
    """Adoption of each system or family of rules a year later."""
    world, p, year = view.world, view.p, view.year
    after = []
    for v, before in enumerate(view.state.adoption[d, i]):
        utility = (
            p.quality_weight * year.quality[d][v]
            + year.now.place_utility[d, i, v]
            + p.stack_weight * view.layers(d, i, v)
            + p.affinity_weight * view.affinity(d, i, v)
            - p.concern_weight * view.distrust(d, i, v)
            + tastes[v]
        )
        likes = 1 / (1 + math.exp(-utility)) if view.may(d, i, v) else 0.0
        h = sponsor_of(world, d, v)
        own = h is not None and is_own(world, year.year, d, i, h)
        if own and view.may(d, i, v):
            likes = 1.0
        if world.enacted[d]:
            hazard = 1 - math.exp(-2 * year.now.adoption_rate[d, v] * likes)  # A2
            keys = (world.cell_keys[d, i], world.offer_keys[d, v])
            luck = chance.uniform("adoption", *keys, year=year.year, country=i)
            after.append(1.0 if before > 0 or luck < hazard or likes == 1.0 else 0.0)
        else:
            after.append(before + (likes - before) / max(world.lifetime[d], 1.0))  # A1
    return after
