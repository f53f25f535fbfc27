"""Adopters of systems and of rules, compiled: those of several countries at once."""

from __future__ import annotations

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled import stand_ins  # noqa: F401 - gives rules their meaning for rows
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.chance import uniform
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.memory import get, length, numbers_of, picked, plain, put, row, shared, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, constructor, inlined
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer

_judge, _adopt, _weights_of = map(compiled, (decisions.judge, decisions.adopt, decisions.weights_of))
_known = constructor(Offer)


def adopters_adopt(batch: Batch, year: Year, around: Surroundings) -> Floats:
    """As of the engine of numpy; here all systems and rules go through the decision, those too that nobody
    may adopt otherwise this year."""
    world, now, after = batch.world, year.now, batch.state.adoption.copy()
    adopters, luck = world.bought_by("adopters"), batch.draws.of_country("adoption", year.year)
    used = (0,) * max((world.slots_used[d] for d in adopters), default=0)
    if not used:
        return after
    _take_up(
        used, adopters, batch.numbers, luck.key,
        plain(batch.state.adoption, batch.taste, around.layers, around.barred),
        plain(year.quality, year.salience, year.affinity),
        plain(year.on_sale, now.place_utility, world.concern_of_slots, world.own_system(year.year)),
        plain(now.adoption_rate, world.slot_sponsor, world.sensitive, world.relative_affinity),
        plain(world.lifetime, world.enacted),
        plain(luck.counter, world.cell_keys, world.offer_keys),
        after,
    )  # fmt: skip
    return after


@kernel
def _take_up(like, domains, numbers, key, states, posted, market, given, kinds, chance, after):
    """Every system and family of rules: see ``engine.adopters``, which gathers the same.

    like   a tuple as long as the slots that are used
    after  filled: (run, some, country, vendor)
    """
    of_runs, written = tables((numbers, after))
    tabled = tables(states), tables(posted), tables(market), tables(given), tables(kinds), tables(chance)
    countries = length(tabled[0][0], 2)
    for r in range(length(tabled[0][0], 0)):
        p = numbers_of(Numbers, of_runs, r)
        for k in range(len(domains)):
            for first in range(0, countries, LANES):
                c = lanes(first, countries)
                put(written, _adopted(like, r, k, domains[k], c, p, key, tabled), r, k, c)


@inlined
def _adopted(like, r, k, d, c, p, key, tabled):
    """Adoption a year later, in the countries of the lanes."""
    states, posted, market, given, kinds, chance = tabled
    sponsor = row(given[1], like, d)
    barred = picked(states[3], sponsor, r, c) & get(given[2], d)
    offer = _known(
        quality=row(posted[0], like, r, d),
        log_price=0.0,
        benefit=0.0,
        home_bonus=0.0,
        home_part=0.0,
        place=row(market[1], like, d, c),
        network=0.0,
        layers=picked(states[2], sponsor, r, d, c),
        affinity=picked(posted[2], sponsor, shared(posted[2], r), c) * get(given[3], d),
        status=0.0,
        concern=row(market[2], like, d, c),
        salience=picked(posted[1], sponsor, shared(posted[1], r)),
        taste=row(states[1], like, r, d, c),
    )
    mine = c * (1 if length(chance[0], 1) > 1 else 0)
    return _adopt(
        row(states[0], like, r, k, c),
        _judge(offer, _weights_of(p, 0.0)),
        row(market[0], like, d, c) & ~barred,
        row(market[3], like, d, c),
        enacted=get(kinds[1], d),
        lifetime=get(kinds[0], d),
        rate=row(given[0], like, d),
        shock=uniform(key, get(chance[0], r, mine) ^ get(chance[1], d, c) ^ row(chance[2], like, d)),
    )
