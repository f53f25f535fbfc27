"""Ballots in the bodies, compiled: several members at once, each in one pass over the families."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.blocks import put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.chance import uniform
from lockin_sim.engine.compiled.lanes import at, lanes
from lockin_sim.engine.compiled.memory import get, length, numbers_of, part, plain, shared, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, inlined
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.politics import Tables, cycle_shock, ties
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Voter

_inclination, _ballot = compiled(decisions.inclination), compiled(decisions.ballot)


def ballots(batch: Batch, year: Year, tables: Tables) -> tuple[Bools, Bools]:
    """As of the engine of numpy."""
    world, luck = batch.world, batch.draws.of_country("ballot", year.year)
    domains = np.unique(tables.domain)
    families, runs = world.challenger.shape[0], len(batch.runs)
    yes, cast = np.empty((2, runs, families, len(tables.of)), dtype=bool)
    body, domain = tables.body[tables.of], tables.domain[tables.of]
    found = np.zeros((len(domains), len(world.countries), families))
    _cast(
        (0,) * families, batch.like, batch.numbers, luck.key, found,
        plain(tables.of, body, np.searchsorted(domains, domain), domain, tables.country, domains),
        plain(batch.state.installed, ties(batch, year), world.democracy, world.owned_slots),
        plain(world.usual_base, world.challenger[None]),
        plain(luck.counter, world.ballot_keys, cycle_shock(batch, year, tables)),
        (yes, cast),
    )  # fmt: skip
    return yes.swapaxes(1, 2), cast.swapaxes(1, 2)


@kernel
def _cast(like, vendors, numbers, key, scratch, rows, states, given, chance, out):
    """Every ballot: see ``engine.politics``, which gathers the same.

    like  a tuple as long as a row of families, vendors as one of vendors
    out   filled: (run, family, ballot) each
    """
    of_runs, found = tables((numbers, scratch))
    rows, states, given, chance, out = (
        tables(rows),
        tables(states),
        tables(given),
        tables(chance),
        tables(out),
    )
    countries, number = length(states[2], 0), length(rows[0], 0)
    for r in range(length(states[0], 0)):
        p = numbers_of(Numbers, of_runs, r)
        for k in range(length(rows[5], 0)):
            for first in range(0, countries, LANES):
                c = lanes(first, countries)
                put(found, _of_countries(like, vendors, r, get(rows[5], k), c, p, states, given), k, c)
        for first in range(0, number, LANES):
            i = lanes(first, number)
            b, d, c = get(rows[1], i), get(rows[3], i), get(rows[4], i)
            shock = row(chance[2], like, r, get(rows[0], i))
            mine = c * (1 if length(chance[0], 1) > 1 else 0)
            luck = uniform(key, get(chance[0], r, mine) ^ row(chance[1], like, b, d, c))
            yes, cast = _ballot(row(found, like, get(rows[2], i), c), shock, luck, p)
            for s in range(len(like)):
                put(out[0], at(yes, s), r, s, i)
                put(out[1], at(cast, s), r, s, i)


@inlined
def _of_countries(like, vendors, r, d, c, p, states, given):
    """What some countries make of the families in a domain."""
    voter = Voter(
        row(states[0], vendors, r, d, c),
        row(states[1], like, shared(states[1], r), c),
        get(states[2], c),
    )
    return _inclination(voter, (part(states[3], d), like), row(given[0], like, d), row(given[1], like, 0), p)
