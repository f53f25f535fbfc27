"""Renewals, compiled: which lots are up and what each is worth, lot by lot."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.conventions import NEVER
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.chance import uniform
from lockin_sim.engine.compiled.memory import numbers_of, plain, shared, tables
from lockin_sim.engine.compiled.twins import compiled, inlined
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.renewals import Renewals, Rows, called
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Due
from lockin_sim.rules import contracts
from lockin_sim.world import World

_due, _end_chance, _must_go = map(compiled, (decisions.due, decisions.end_chance, decisions.must_go))
_carried_over, _contract_years = compiled(decisions.carried_over), compiled(decisions.contract_years)
_generations, _contract_value = compiled(decisions.generations), compiled(contracts.contract_value)


def renewals(batch: Batch, year: Year) -> Renewals:
    """As of the engine of numpy."""
    world, state, allowed = batch.world, batch.state, year.now.phase_out_years
    runs, most, ordered = len(batch.runs), state.incumbent.size, bool(batch.ahead.orders[year.step])
    luck = [batch.draws.of_country(name, year.year) for name in ("contract", "greenfield", "removal")]
    markets = called(batch, year)
    leaving = np.zeros((runs if ordered else 1, len(world.countries), len(world.sponsors) + 1))
    whole, flags = np.empty((6, most), dtype=np.intp), np.empty((len(Due._fields), most), dtype=bool)
    money = np.empty((2, most))
    up = _up(
        batch.numbers, year.year, tuple(shock.key for shock in luck), ordered,
        *lots_of(world),
        plain(state.incumbent, state.generation, batch.generation_start, state.since),
        plain(luck[0].counter, np.zeros((0, 0, 0), dtype=bool) if markets is None else markets),
        plain(year.now.market_size, batch.follows_base, allowed),
        (leaving, whole, flags, money),
    )  # fmt: skip
    run, lot, domain, country, incumbent, arrived = whole[:, :up]
    due, (value, carry_over) = Due(*flags[:, :up, None]), money[:, :up, None]
    rows = Rows(run, lot, domain, country, incumbent, arrived, due, value, carry_over)
    return Renewals(rows, batch.stages.planned(batch, year), leaving)


@lru_cache(maxsize=8)  # a world is large
def lots_of(world: World) -> tuple[Any, ...]:
    """What no year changes of lots, and of their domains."""
    lots = world.lots
    return (
        plain(lots.domain, lots.country, lots.weight, world.lot_keys),
        plain(
            world.by_generation, world.lifetime, world.sensitive, world.relative_switching,
            world.slot_sponsor, world.generation_carry_over, world.building_pace,
        ),
    )  # fmt: skip


@kernel
def _up(numbers, year, keys, ordered, lots, domains, states, luck, posted, out):
    """Every lot of every run: see ``engine.renewals``, which gathers the same.

    keys  of shocks to contracts, to what is built, and by orders;  ordered  whether anything must go
    luck  counters of those shocks, and markets that a calendar puts up: none, or (run or 1, domain, country)
    out   filled: what must go, and of lots that are up whole numbers, flags and amounts (column, row)
    Returns how many lots are up.
    """
    lots, domains, states, luck, posted = (
        tables(lots),
        tables(domains),
        tables(states),
        tables(luck),
        tables(posted),
    )
    (of_runs,), (leaving, whole, flags, money) = tables((numbers,)), tables(out)
    row = 0
    for r in range(len(states[0])):
        p = numbers_of(Numbers, of_runs, r)
        if ordered:
            _restricted(states[3][r], posted[2], year, leaving[r])
        for lot in range(len(lots[0])):
            d, c = lots[0][lot], lots[1][lot]
            arrived, following = -1, NEVER
            if domains[0][d]:
                arrived, following = _generations(states[2], r, lot, year)
            up = _due_to(r, d, c, lot, arrived, p, keys, lots, domains, states, luck, leaving)
            if up.renewed or up.considered:
                whole[0, row], whole[1, row], whole[2, row], whole[3, row] = r, lot, d, c
                whole[4, row], whole[5, row] = states[0][r, lot], arrived
                flags[0, row], flags[1, row] = up.renewed, up.considered
                flags[2, row], flags[3, row] = up.early, up.freed
                capacity = lots[2][lot] * (1.0 - posted[1][shared(posted[1], r), d])
                years = _contract_years(following, year, domains[1][d], p)
                money[0, row] = _contract_value(capacity, posted[0][d, c], years)
                left = domains[5][d, arrived] if up.freed else 1.0
                money[1, row] = _carried_over(states[0][r, lot], up.freed, left, domains[3][d], p)
                row += 1
    return row


@inlined
def _restricted(since, allowed, year, leaving):
    """What must go of each sponsor's base in each country of a run."""
    for c in range(since.shape[0]):
        for sponsor in range(since.shape[1]):
            leaving[c, sponsor] = _must_go(since[c, sponsor], allowed[c, sponsor], year)


@inlined
def _due_to(r, d, c, lot, arrived, p, keys, lots, domains, states, luck, leaving):
    """Whether a lot is up, and why."""
    incumbent, (counters, markets) = states[0][r, lot], luck
    counter = counters[r, c if counters.shape[1] > 1 else 0] ^ lots[3][lot]
    ends, considers, leaves = False, False, False
    if len(markets):
        ends = considers = markets[shared(markets, r), d, c]
    elif incumbent >= 0:
        ends = uniform(keys[0], counter) < _end_chance(domains[0][d], domains[1][d], p)
    else:
        considers = uniform(keys[1], counter) < p.greenfield_rate * domains[6][d, c]
    if incumbent >= 0 and domains[2][d]:
        share = leaving[shared(leaving, r), c, domains[4][d, incumbent]]
        leaves = share > 0.0 and uniform(keys[2], counter) < share
    return _due(incumbent, states[1][r, lot], arrived, ends, considers, leaves)
