"""Adopters of systems and of rules, compiled: those of several countries at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.blocks import put
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.chance import uniform
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.memory import get, length, numbers_of, plain, shared, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, constructor, inlined
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer
from lockin_sim.world import World
from lockin_sim.world.cache import MOST_YEARS, per_world

_judge, _adopt, _weights_of = map(compiled, (decisions.judge, decisions.adopt, decisions.weights_of))
_known = constructor(Offer)


def adopters_adopt(batch: Batch, year: Year, around: Surroundings) -> Floats:
    """As of the engine of numpy."""
    world, now, after = batch.world, year.now, batch.state.adoption.copy()
    luck, adopters, laws = batch.draws.of_country("adoption", year.year), *_standing(world, year.year)
    moving = np.empty((len(adopters), world.shape[2]), dtype=bool)
    _take_up(
        batch.numbers, luck.key, adopters, laws,
        plain(batch.state.adoption, batch.taste, around.layers, around.barred),
        plain(year.quality, year.salience, year.affinity),
        plain(
            year.on_sale, now.place_utility, world.concern_of_slots(year.year), world.own_slots(year.year)
        ),
        plain(now.adoption_rate, world.slot_sponsor, world.sensitive, world.relative_affinity),
        plain(world.lifetime, world.enacted, world.slot_vendor),
        plain(luck.counter, world.cell_keys, world.offer_keys),
        moving, after,
    )  # fmt: skip
    return after


@per_world(most=MOST_YEARS)
def _standing(world: World, year: int) -> tuple[Any, ...]:
    """What no run changes: domains of adopters, and sponsors' own laws: place among them, country, slot."""
    adopters, (domain, country, slot) = world.bought_by("adopters"), world.own_laws(year)
    return adopters, plain(np.searchsorted(adopters, domain), country, slot)


@kernel
def _take_up(numbers, key, adopters, laws, states, posted, market, given, kinds, chance, moving, after):
    """Every system and family of rules that may move: see ``engine.adopters``, which gathers the same.

    adopters  (some,), domains of adopters;  laws (law,) each, as of ``_standing``
    moving    (some, vendor), to work with
    after     filled where something moves: (run, some, country, vendor)
    """
    of_runs, written = tables((numbers, after))
    tabled = tables(states), tables(posted), tables(market), tables(given), tables(kinds), tables(chance)
    countries = length(tabled[0][0], 2)
    for r in range(length(tabled[0][0], 0)):
        p = numbers_of(Numbers, of_runs, r)
        _find_moving(states[0][r], adopters, laws, market[0], given[0], kinds, moving)
        for k in range(len(adopters)):
            for v in range(moving.shape[1]):
                if moving[k, v]:
                    for first in range(0, countries, LANES):
                        c = lanes(first, countries)
                        put(written, _adopted(r, k, adopters[k], c, v, p, key, tabled), r, k, c, v)


@inlined
def _find_moving(adoption, adopters, laws, on_sale, rate, kinds, moving):
    """What may be adopted otherwise in one run a year later: see ``engine.adopters.may_move``."""
    _, enacted, vendor = kinds
    place, country, slot = laws
    for k in range(len(adopters)):
        d = adopters[k]
        for v in range(moving.shape[1]):
            moving[k, v] = vendor[d, v] >= 0 and (not enacted[d] or rate[d, v] > 0.0)
    for law in range(len(place)):
        k, v = place[law], slot[law]
        if on_sale[adopters[k], country[law], v] and adoption[k, country[law], v] <= 0.0:
            moving[k, v] = True


@inlined
def _adopted(r, k, d, c, v, p, key, tabled):
    """Adoption of one system or family a year later, in the countries of the lanes."""
    states, posted, market, given, kinds, chance = tabled
    sponsor = get(given[1], d, v)
    barred = get(states[3], r, c, sponsor) & get(given[2], d)
    offer = _known(
        quality=get(posted[0], r, d, v),
        log_price=0.0,
        benefit=0.0,
        home_bonus=0.0,
        home_part=0.0,
        place=get(market[1], d, c, v),
        network=0.0,
        layers=get(states[2], r, d, c, sponsor),
        affinity=get(posted[2], shared(posted[2], r), c, sponsor) * get(given[3], d),
        status=0.0,
        concern=get(market[2], d, c, v),
        salience=get(posted[1], shared(posted[1], r), sponsor),
        taste=get(states[1], r, d, c, v),
    )
    mine = c * (1 if length(chance[0], 1) > 1 else 0)
    return _adopt(
        get(states[0], r, k, c, v),
        _judge(offer, _weights_of(p, 0.0)),
        get(market[0], d, c, v) & ~barred,
        get(market[3], d, c, v),
        enacted=get(kinds[1], d),
        lifetime=get(kinds[0], d),
        rate=get(given[0], d, v),
        shock=uniform(key, get(chance[0], r, mine) ^ get(chance[1], d, c) ^ get(chance[2], d, v)),
    )
