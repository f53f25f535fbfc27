"""Ballots in the bodies, compiled: several members at once, each in one pass over the families."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.blocks import put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.chance import normal, uniform
from lockin_sim.engine.compiled.lanes import at, lanes
from lockin_sim.engine.compiled.memory import get, length, numbers_of, part, plain, shared, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, inlined
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.politics import Tables
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Voter
from lockin_sim.rules.reduce import by_few
from lockin_sim.world import World

_inclination, _ballot = compiled(decisions.inclination), compiled(decisions.ballot)
_by_few = compiled(by_few)


def ballots(batch: Batch, year: Year, tables: Tables) -> tuple[Bools, Bools]:
    """As of the engine of numpy."""
    world, luck = batch.world, batch.draws.of_country("ballot", year.year)
    cycle = batch.draws.stream("cycle", year.year)
    families, runs = world.challenger.shape[0], len(batch.runs)
    yes, cast = np.empty((2, runs, families, len(tables.of)), dtype=bool)
    found = np.zeros((len(tables.domains), len(world.countries), families))
    _cast(
        ((0,) * families, batch.like, batch.like_sponsors), batch.numbers, (luck.key, cycle.key),
        (found, np.empty((len(tables.body), families))),
        plain(tables.body, tables.domain, tables.place, tables.domains), plain(tables.of, tables.country),
        plain(batch.state.installed, year.affinity, world.democracy, world.owned_slots),
        plain(world.usual_base, world.challenger[None], _ties(world)),
        plain(luck.counter, world.ballot_keys), plain(cycle.counter, world.proposal_keys),
        (yes, cast),
    )  # fmt: skip
    return yes.swapaxes(1, 2), cast.swapaxes(1, 2)


@lru_cache(maxsize=8)  # as many worlds are kept
def _ties(world: World) -> Floats:
    """As of a world, and none for vendors without a sponsor.  (sponsor + 1, standard)."""
    return np.pad(world.ties, ((0, 1), (0, 0)))


@kernel
def _cast(likes, numbers, keys, scratch, about, rows, states, given, chance, cycle, out):
    """Every ballot: see ``engine.politics``, which gathers the same.

    likes    tuples as long as rows of families, of vendors, and of sponsors, none last
    keys     of the shocks to ballots and to tables
    scratch  what countries make of families in each domain, (some, country, family), and (table, family)
    about    of each table its body, domain and place of the domain, and the domains with any
    rows     (ballot,) each: table and country
    out      filled: (run, family, ballot) each
    """
    of_runs, found, shocks = tables((numbers, *scratch))
    about, rows, states, given = tables(about), tables(rows), tables(states), tables(given)
    chance, cycle, out = tables(chance), tables(cycle), tables(out)
    like, countries, number = likes[0], length(states[2], 0), length(rows[0], 0)
    for r in range(length(states[0], 0)):
        p = numbers_of(Numbers, of_runs, r)
        for k in range(length(about[3], 0)):
            for first in range(0, countries, LANES):
                c = lanes(first, countries)
                put(found, _of_countries(likes, r, get(about[3], k), c, p, states, given), k, c)
        for first in range(0, length(about[0], 0), LANES):
            t = lanes(first, length(about[0], 0))
            proposal = row(cycle[1], like, get(about[0], t), get(about[1], t))
            put(shocks, normal(keys[1], get(cycle[0], r) ^ proposal), t)
        for first in range(0, number, LANES):
            i = lanes(first, number)
            t, c = get(rows[0], i), get(rows[1], i)
            mine = c * (1 if length(chance[0], 1) > 1 else 0)
            ballot = row(chance[1], like, get(about[0], t), get(about[1], t), c)
            luck = uniform(keys[0], get(chance[0], r, mine) ^ ballot)
            yes, cast = _ballot(row(found, like, get(about[2], t), c), row(shocks, like, t), luck, p)
            for s in range(len(like)):
                put(out[0], at(yes, s), r, s, i)
                put(out[1], at(cast, s), r, s, i)


@inlined
def _of_countries(likes, r, d, c, p, states, given):
    """What some countries make of the families in a domain."""
    like, vendors, sponsors = likes
    voter = Voter(
        row(states[0], vendors, r, d, c),
        _by_few(row(states[1], sponsors, shared(states[1], r), c), (given[2], like)),
        get(states[2], c),
    )
    return _inclination(voter, (part(states[3], d), like), row(given[0], like, d), row(given[1], like, 0), p)
