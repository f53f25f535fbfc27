"""States that prescribe families of standards, or withdraw what they prescribed."""

import math

import lockin_sim as ls
from lockin_sim.world import World
from reference.chance import Chance
from reference.state import State, everything_installed
from reference.year import Year, demands

PROJECT = 0.07  # USD bn
Prescribed = dict[tuple[int, int], int]  # (d, i): family


def regulation(world: World, chance: Chance, state: State, year: Year, p: ls.Parameters) -> Prescribed:
    """What every state prescribes from now on."""
    domain, country, _ = world.shape
    base, after = everything_installed(world, state), dict(state.prescribed)
    for d in (d for d in range(domain) if world.buyer[d] != "adopters"):
        for i in range(country):
            luck = chance.uniform("regulation", world.cell_keys[d, i], year=year.year, country=i)
            if (d, i) in after:
                built = _built(state, base[d, i], d, after[d, i])
                if built < p.withdrawal_threshold and luck < 1 - math.exp(-p.withdrawal_rate):  # R9
                    del after[d, i]
                continue
            families = _families(world, year, i)
            if len(families) < 2 or any(year.now.demanded[i]):
                continue
            weights = [math.exp(_pull(world, state, year, p, base, d, i, s)) for s in families]
            upto = 0.0
            for s, weight in zip(families, weights, strict=True):
                upto += (1 - math.exp(-p.regulation_rate)) * weight / sum(weights)  # R8
                if luck < upto:
                    after[d, i] = s
                    break
    return after


def _families(world: World, year: Year, i: int) -> list[int]:
    """Families that exist, and of states that own any, their own."""
    there = [s for s, first in enumerate(world.standard_entry) if first <= year.year]
    sponsors = [h for h in range(len(world.sponsors)) if world.home[i, h]]
    own = [s for s in range(len(world.standards)) if any(world.owners[s, h] > 0 for h in sponsors)]
    return [s for s in there if s in own] if own else there


def _built(state: State, base: list[float], d: int, s: int) -> float:
    """Share of a market's base that is built to a family."""
    return sum(k * state.compliance[d][v][s] for v, k in enumerate(base))


def _pull(world, state, year, p, base, d: int, i: int, s: int) -> float:
    """What draws a state to a family (R7)."""
    influence, neighbours = world.influence, 0.0
    for j in range(influence.n):
        if influence.uniform:
            weight = 0.0 if j == i else 1 / max(influence.n - 1, 1)
        else:
            weight = influence.matrix[i, j]
        neighbours += weight * demands(state, year, d, j, s)
    owed = sum(state.debt[i][h] for h in range(len(world.sponsors)) if world.owners[s, h] > 0)
    return (
        p.regulation_equipment * _built(state, base[d, i], d, s)
        + p.regulation_neighbours * neighbours
        + p.regulation_loans * math.log(1 + owed / PROJECT)
        + p.regulation_treaty * year.now.treaty[i, s]
    )
