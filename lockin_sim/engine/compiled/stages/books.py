"""The books of a year, compiled: run by run, what its purchases change."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.books import book_decided
from lockin_sim.engine.compiled.blocks import put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.lines import keep, line, over
from lockin_sim.engine.compiled.memory import get, numbers_of, plain, shared, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.stages.totals import summed
from lockin_sim.engine.compiled.twins import compiled, inlined
from lockin_sim.engine.lending import Loans
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.politics import Decided
from lockin_sim.model import agenda, decisions, deliveries
from lockin_sim.model.decisions import Reasons
from lockin_sim.rules import contracts, diffusion, finance
from lockin_sim.world import World
from lockin_sim.world.cache import MOST_YEARS, per_world

_fill_demanding_share, _exclusive = map(compiled, (decisions.fill_demanding_share, decisions.exclusive))
_next_mix, _next_of_several = map(compiled, (decisions.next_mix, decisions.next_of_several))
_own_preference, _share_of = map(compiled, (diffusion.own_preference, diffusion.share_of))
_expansion, _delivered_by = compiled(contracts.expansion), compiled(deliveries.delivered_by)
_fill_sales, _fill_remembered = compiled(deliveries.fill_sales), compiled(agenda.fill_remembered)
_repayment, _take_up, _overspent = map(compiled, (finance.repayment, finance.take_up, finance.overspent))


def books(batch: Batch, year: Year, loans: Loans, decided: Decided, lent: Floats) -> None:
    """As of the engine of numpy."""
    world, state, flows, now = batch.world, batch.state, batch.flows, year.now
    moved = ("compliance", "deployed", "order_book", "sold", "debt", "instalment", "take_up", "overspent")
    after = {name: np.empty(getattr(state, name).shape) for name in moved}
    ahead, seen = batch.ahead, batch.ahead.audiences(now)
    flows.capacity = np.empty(flows.capacity.shape)
    flows.expansion, flows.sales = np.empty(flows.contracts.shape), np.empty(flows.contracts.shape)
    flows.lent = np.zeros(flows.lent.shape)
    _book(
        (batch.like, (0,) * len(world.standards)), year.step, batch.numbers,
        plain(state.installed, state.status, *(getattr(state, name) for name in moved)),
        *plain(loans.promised), plain(lent, state.instalment_change),
        plain(batch.stock_groups, batch.flow_groups),
        plain(now.market_size, ahead.market[year.step], now.tenor, now.grace, now.envelope),
        plain(now.demanded, seen.demanding),
        plain(np.array(seen.seen_by_all, ndmin=3, copy=None), ahead.push[year.step]),
        _families(world, year.year), _given(world),
        plain(batch.follows_base),
        tuple(np.empty((3, len(world.standards)))),
        (flows.contracts, flows.capacity, flows.expansion, flows.sales, flows.lent),
        tuple(after.values()),
    )  # fmt: skip
    for name, values in after.items():
        setattr(state, name, values)
    flows.lent_by_lender, flows.repaid = lent, state.instalment
    book_decided(batch, year, decided)


@lru_cache(maxsize=8)
def _given(world: World) -> tuple[Any, ...]:
    """What no year changes."""
    return plain(
        world.slot_sponsor, world.initial_compliance, world.traded, world.contract_years,
        deliveries.booked(world), deliveries.beside(world), world.lenders.sponsor,
    )  # fmt: skip


@per_world(most=MOST_YEARS)
def _families(world: World, year: int) -> tuple[Any, ...]:
    """Own families of vendors' sponsors, (domain, vendor, standard), and those that are there this year."""
    return plain(world.own_family(year), world.standard_entry <= year)


@kernel
def _book(
    likes, step, numbers, states, promised, money, groups, now, demands, posted, families, given, follows,
    scratch, flows, after,
):  # fmt: skip
    """The books of every run: see ``engine.books``, which keeps the same.

    likes    tuples as long as a row of vendors, and of families
    step     years since the initial state; numbers (run, parameter)
    states   installed and status, and then those that move; after  filled, the latter a year later
    money    lent, and changes of instalments, which are added to;  promised (run, lender)
    scratch  (family,) each
    flows    filled but for the first; what sponsors lent is added up
    """
    of_runs, promised = tables((numbers, promised))
    states, money, groups = tables(states), tables(money), tables(groups)
    now, demands, posted, families = tables(now), tables(demands), tables(posted), tables(families)
    given, follows, scratch = tables(given), tables(follows), tables(scratch)
    flows, after = tables(flows), tables(after)
    for r in range(len(states[0])):
        p = numbers_of(Numbers, of_runs, r)
        for d in range(len(now[0])):
            _sell(likes[0], r, d, states, groups, now, given, follows[0], flows, after)
            capacity = flows[1][r, 0, d]
            _learn(
                likes, r, d, p, states, now[0], capacity, demands, posted, families, given, scratch, after[0]
            )
        _fill_sales(states[4][r], flows[0][r], flows[2][r], given[4], given[3], flows[3][r], after[2][r])
        _fill_remembered(states[5][r], flows[3][r, 0], given[0], after[3][r])
        _owe(r, step, p, states, promised, money, now, given[6], flows[4], after)


@inlined
def _sell(like, r, d, states, groups, now, given, follows, flows, after):
    """What runs in a domain, what vendors sell without a contract, and what they deliver and learn from."""
    stock, flow = groups
    contracts, capacity, expansion = flows[:3]
    installed, size, share = states[0][r, d], now[0][d], follows[shared(follows, r), d]
    for g in range(len(stock)):
        keep(capacity[r, g, d], summed(like, stock[g, d], size, installed), like)
    for g in range(len(flow)):
        if len(stock) == len(flow):
            base = line(capacity[r, g, d], like)
        else:
            base = summed(like, flow[g, d], size, installed)
        keep(expansion[r, g, d], _expansion(base, share), like)
    delivered = _delivered_by(line(contracts[r, 0, d], like), line(expansion[r, 0, d], like), given[5][d])
    keep(after[1][r, d], line(states[3][r, d], like) + delivered / now[1][d], like)


@inlined
def _learn(likes, r, d, p, states, size, base, demands, posted, families, given, scratch, after):
    """Vendors of a domain move towards the standards that pull them."""
    like, few = likes
    installed, status, compliance = states[:3]
    demanded, some = demands
    seen, push = posted
    own, there = families
    sponsor, initial, traded = given[:3]
    official, asked, spoken = scratch
    weight, whole = seen[shared(seen, r), d], over(line(base, like))
    _fill_demanding_share(installed[r, d], size[d], demanded, some, traded[d], whole, asked)
    for s in range(len(there)):
        official[s] = spoken[s] = 0.0
        for b in range(len(weight)):
            official[s] += weight[b] * status[r, b, d, s] * there[s]
        for v in range(len(base)):
            spoken[s] += _share_of(base[v], whole) * compliance[r, d, v, s]
    for first in range(0, len(base), LANES):
        v = lanes(first, len(base))
        liked = _own_preference(row(own, few, d, v), get(push, get(sponsor, d, v)), p.own_standard_preference)
        why = Reasons(liked, row(official, few), row(asked, few), row(spoken, few), row(initial, few, d, v))
        before = row(compliance, few, r, d, v)
        put(after, _next_mix(before, why, p) if _exclusive(p) else _next_of_several(before, why, p), r, d, v)


@inlined
def _owe(r, step, p, states, promised, money, now, sponsor, lent_by_sponsor, after):
    """Old loans are repaid, new ones are booked; what was lent beyond the envelope is owed by the lender."""
    debt, instalment, take_up, overspent = states[6:]
    debt_after, instalment_after, take_up_after, overspent_after = after[4:]
    lent, change = money
    _, _, tenor, grace, envelope = now
    for k in range(len(sponsor)):
        h, spent = sponsor[k], 0.0
        first, last, share = _repayment(tenor[k], grace[k])
        for c in range(lent.shape[1]):
            amount = lent[r, c, k]
            if amount != 0.0:
                spent += amount
                lent_by_sponsor[r, c, h] += amount
                if step + first < change.shape[1]:
                    change[r, step + first, c, h] += share * amount
                if step + last + 1 < change.shape[1]:
                    change[r, step + last + 1, c, h] -= share * amount
        overspent_after[r, k] = _overspent(overspent[r, k], spent, envelope[k])
        take_up_after[r, k] = _take_up(take_up[r, k], spent, promised[r, k], p.take_up_memory)
    for c in range(debt.shape[1]):
        for h in range(debt.shape[2]):
            repaid = instalment[r, c, h] + change[r, step, c, h]
            instalment_after[r, c, h] = repaid
            debt_after[r, c, h] = debt[r, c, h] + lent_by_sponsor[r, c, h] - repaid
