"""Renewals, compiled: which lots are up and what each is worth, where projects land, who lends for them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.load_store import put
from lockin_sim.compiled.lanes.recompile import inlined, recompiled
from lockin_sim.compiled.lanes.rows import LANES, lanes
from lockin_sim.compiled.lanes.tables import get, numbers_of, plain, shared, tables
from lockin_sim.compiled.stages.draws import gumbel, uniform
from lockin_sim.conventions import NEVER
from lockin_sim.draws import Stream
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, of_year
from lockin_sim.engine.renewals import Landings, Loans, Renewals, Rows, called, grant_elements, head_starts
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Due
from lockin_sim.model.projects import Plans, landing_value, route
from lockin_sim.rules import contracts, finance
from lockin_sim.world import World
from lockin_sim.world.markets import Routes

_due, _end_chance, _must_go = map(recompiled, (decisions.due, decisions.end_chance, decisions.must_go))
_carried_over, _contract_years = recompiled(decisions.carried_over), recompiled(decisions.contract_years)
_generations, _contract_value = recompiled(decisions.generations), recompiled(contracts.contract_value)


def renewals(batch: Batch, board: Board) -> Renewals:
    """As of the engine of numpy."""
    world, state = batch.world, batch.state
    runs, most, ordered = len(batch.runs), state.incumbent.size, bool(batch.exogenous.orders[board.step])
    luck = [batch.draws.of_country(name, board.year) for name in ("contract", "greenfield", "removal")]
    markets = called(batch, board)
    leaving = np.zeros((runs if ordered else 1, len(world.countries), len(world.sponsors) + 1))
    whole, flags = np.empty((6, most), dtype=np.intp), np.empty((len(Due._fields), most), dtype=bool)
    money = np.empty((2, most))
    up = _up(
        batch.parameter_table, board.year, tuple(shock.key for shock in luck), ordered,
        *lots_of(world),
        (state.incumbent, state.generation, batch.generation_start, state.since),
        (luck[0].counter, np.zeros((0, 0, 0), dtype=bool) if markets is None else plain(markets)[0]),
        (*_sizes_of(board.known), batch.follows_base, *plain(head_starts(batch, board))),
        *plain(batch.signed_on_record(board.year)),
        (leaving, whole, flags, money),
    )  # fmt: skip
    run, lot, domain, country, incumbent, arrived = whole[:, :up]
    due, (value, carry_over) = Due(*flags[:, :up, None]), money[:, :up, None]
    rows = Rows(run, lot, domain, country, incumbent, arrived, due, value, carry_over)
    return Renewals(rows, batch.stages.planned(batch, board), leaving)


@of_year
def _sizes_of(year: Year) -> tuple[Any, ...]:
    """Sizes of markets, and years that are left to what must go."""
    return plain(year.now.market_size, year.now.phase_out_years)


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
def _up(numbers, year, keys, ordered, lots, domains, states, luck, posted, signed, out):
    """Every lot of every run: see ``engine.renewals``, which gathers the same.

    keys  of shocks to contracts, to what is built, and by orders;  ordered  whether anything must go
    luck  counters of those shocks, and markets that a calendar puts up: none, or (run or 1, domain, country)
    posted  sizes of markets, years left to what must go, part of spending that follows the base, and years by
            which generations come before their dates
    signed  (lot,), whether a contract for it is signed this year on record
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
    (of_runs, signed), (leaving, whole, flags, money) = tables((numbers, signed)), tables(out)
    row = 0
    for r in range(len(states[0])):
        p = numbers_of(ParameterRow, of_runs, r)
        if ordered:
            _restricted(states[3][r], posted[1], year, leaving[r])
        for lot in range(len(lots[0])):
            d, c = lots[0][lot], lots[1][lot]
            arrived, following, early = -1, NEVER, posted[3]
            due_by = year + early[shared(early, 0, r), shared(early, 1, d), shared(early, 2, c)]
            if domains[0][d]:
                arrived, following = _generations(states[2], r, lot, due_by)
            up = _due_to(r, d, c, lot, arrived, p, keys, lots, domains, states, luck, signed, leaving)
            if up.renewed or up.considered:
                whole[0, row], whole[1, row], whole[2, row], whole[3, row] = r, lot, d, c
                whole[4, row], whole[5, row] = states[0][r, lot], arrived
                flags[0, row], flags[1, row] = up.renewed, up.considered
                flags[2, row], flags[3, row] = up.early, up.freed
                capacity = lots[2][lot] * (1.0 - posted[2][shared(posted[2], 0, r), d])
                years = _contract_years(following, due_by, domains[1][d], p)
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
def _due_to(r, d, c, lot, arrived, p, keys, lots, domains, states, luck, signed, leaving):
    """Whether a lot comes up for renewal, and why."""
    incumbent, (counters, markets) = states[0][r, lot], luck
    counter = counters[r, shared(counters, 1, c)] ^ lots[3][lot]
    ends, considers, leaves = False, False, False
    if len(markets):
        ends = considers = markets[shared(markets, 0, r), d, c]
    elif incumbent >= 0:
        ends = uniform(keys[0], counter) < _end_chance(domains[0][d], domains[1][d], p)
    else:
        considers = uniform(keys[1], counter) < p.greenfield_rate * domains[6][d, c]
    ends, considers = ends or signed[lot], considers or signed[lot]
    if incumbent >= 0 and domains[2][d]:
        share = leaving[shared(leaving, 0, r), c, domains[4][d, incumbent]]
        leaves = share > 0.0 and uniform(keys[2], counter) < share
    return _due(incumbent, states[1][r, lot], arrived, ends, considers, leaves)


_route = recompiled(route)


def planned(batch: Batch, board: Board) -> Landings | None:
    """As of the engine of numpy."""
    routes = batch.world.routes
    if routes is None:
        return None
    stream, projects = batch.draws.stream("project", board.year), (len(batch.runs), routes.yearly)
    country = np.empty((*projects, len(routes.count)), dtype=np.intp)
    length, keys = np.empty((*projects, 1)), np.empty(projects, dtype=np.uint64)
    row = np.empty((3, country.size), dtype=np.intp)
    shock = np.empty(len(routes.landing_keys))
    number = _plan(stream.key, stream.counter, _given(routes), shock, (country, length, keys, row))
    run, project, place = row[:, :number]
    value = np.full((number, 1), _landing_value(board.known))
    return Landings(Plans(country, length, Stream(stream.key, keys)), run, project, place, value)


@of_year
def _landing_value(year: Year) -> float:
    """Value of one landing, USD bn; of a world with routes."""
    assert year.world.routes is not None
    return landing_value(year.world, year.now.market_size[year.world.routes.domain])


@lru_cache(maxsize=8)
def _given(routes: Routes) -> tuple[NDArray[np.generic], ...]:
    """What is known of all projects."""
    return plain(
        routes.project_keys, routes.landing_keys, routes.count_upto, routes.first_upto, routes.further_upto,
        routes.distance,
    )  # fmt: skip


@kernel
def _plan(key, runs, given, scratch, out):
    """Every project: see ``model.projects``.  Returns the number of landings.

    out  filled: (run, project, landing), (run, project, 1), (run, project), and of each landing, in order,
         run, project and economy (3, row), of which only as many as there are landings
    """
    runs, shock = tables((runs, scratch))
    projects, steps, count_upto, first_upto, further_upto, distance = tables(given)
    country, length, keys, row = tables(out)
    number = 0
    for r in range(len(runs)):
        for j in range(len(projects)):
            keys[r, j] = runs[r] ^ projects[j]
            for k in range(len(steps)):
                shock[k] = uniform(key, keys[r, j] ^ steps[k])
            length[r, j, 0] = _route(count_upto, first_upto, further_upto, distance, shock, country[r, j])
            for k in range(country.shape[2]):
                if country[r, j, k] >= 0:
                    row[0, number], row[1, number], row[2, number] = r, j, country[r, j, k]
                    number += 1
    return number


_helps, _may_pay, _paid_beside = map(recompiled, (decisions.helps, decisions.may_pay, decisions.paid_beside))
_loans, _budget, _priority = map(recompiled, (finance.loans, finance.budget, finance.priority))
_serve, _borrow = recompiled(finance.serve), recompiled(finance.borrow)
_promised_share = recompiled(finance.promised_share)


def lend(batch: Batch, board: Board, up: Renewals) -> Loans:
    """As of the engine of numpy."""
    world, state, rows, landings = batch.world, batch.state, up.rows, up.landings
    runs, countries, lenders = len(batch.runs), len(world.countries), len(world.lenders.names)
    luck = batch.draws.of_country("lender", board.year)
    promised, place = np.empty((runs, lenders)), np.empty((runs, countries), dtype=np.intp)
    given = np.empty((1 + place.size, len(world.sponsors) + 1, lenders))
    benefit = np.empty(given.shape[:2])
    none = rows.run[:0], rows.country[:0], rows.value[:0]
    filled = _promise(
        batch.parameter_table, board.year, luck.key, -1 if world.routes is None else world.routes.domain,
        *lenders_of(world),
        _terms_of(board.known), (state.take_up, state.overspent, state.since, luck.counter),
        (rows.run, rows.country, rows.value, rows.domain),
        none if landings is None else (landings.run, landings.country, landings.value),
        (*np.empty((2, countries, lenders)), np.empty(given.shape[1])),
        (np.empty(countries, dtype=np.intp), *np.empty((3, countries))),
        (promised, place, given, benefit),
    )  # fmt: skip
    return Loans(promised, place, given[:filled], benefit[:filled])


@of_year
def _terms_of(year: Year) -> tuple[Any, ...]:
    """Grant elements, whose loans are tied, envelopes without loans on record, and these."""
    now = year.now
    left = finance.left(now.envelope, now.recorded_loans)
    return plain(grant_elements(year.world, now), now.tied, left, now.recorded_loans)


@lru_cache(maxsize=8)  # a world is large
def lenders_of(world: World) -> tuple[Any, ...]:
    """What no year changes of lenders, and of the domains that they pay for."""
    lenders = world.lenders
    return (
        plain(lenders.appeal, lenders.by_grant_element, lenders.sponsor, world.lender_keys),
        plain(world.financeable, world.sensitive, world.backbone, world.expansion_share, world.first_sale),
    )


@kernel
def _promise(
    numbers, year, key, routes, lenders, domains, terms, states, rows, landings, of_run, of_lender, out
):
    """Loans to the buyers of every run: see ``engine.lending``, which gathers the same.

    key        of the order in which lenders serve;  routes  domain that projects buy, -1 without any
    rows       (row,) each, in the order of runs, as landings are
    of_run     to work with: requests and promises (country, lender), what is left of a loan (sponsor + 1,)
    of_lender  to work with: who asks, in which order, for how much, and gets how much of it (country,)
    out        filled: what is promised, and for buyers of each economy where what they are given is, what it
               is, and what it takes off the price
    Returns in how many places something is; nothing is in the first.
    """
    lenders, domains, terms, states = tables(lenders), tables(domains), tables(terms), tables(states)
    (of_runs,), up, landed, out = tables((numbers,)), tables(rows), tables(landings), tables(out)
    (requests, promise, left), served = tables(of_run), tables(of_lender)
    for g in range(len(left)):
        out[3][0, g] = 0.0
        for h in range(len(terms[1])):
            out[2][0, g, h] = 0.0
    row, landing, filled = 0, 0, 1
    for r in range(len(out[0])):
        p = numbers_of(ParameterRow, of_runs, r)
        for c in range(len(requests)):
            for h in range(len(terms[1])):
                requests[c, h], promise[c, h] = 0.0, 0.0
        while row < len(up[0]) and up[0][row] == r:
            _ask(r, up[3][row], up[1][row], up[2][row, 0], year, p, lenders, domains, terms, states, requests)
            row += 1
        while landing < len(landed[0]) and landed[0][landing] == r:
            c, value = landed[1][landing], landed[2][landing, 0]
            _ask(r, routes, c, value, year, p, lenders, domains, terms, states, requests)
            landing += 1
        for h in range(len(terms[1])):
            out[0][r, h] = _lend(r, h, key, lenders, terms, states, requests, promise, *served)
        for c in range(len(requests)):
            out[1][r, c] = 0
            if _promised(promise[c]):
                borrower = terms[0][c], (terms[1], lenders[2]), p.financed_share, left
                _borrow(promise[c], *borrower, out[2][filled], out[3][filled])
                out[1][r, c] = filled
                filled += 1
    return filled


@inlined
def _ask(r, d, c, value, year, p, lenders, domains, terms, states, requests):
    """Add the largest loans that a contract could ask of each lender."""
    appeal, _, sponsor, _ = lenders
    financeable, sensitive, backbone, expansion, first_sale = domains
    if not financeable[d]:
        return
    base = _paid_beside(backbone[d], expansion[d], p)
    for h in range(len(sponsor)):
        barred = sensitive[d] & (states[2][r, c, sponsor[h]] >= 0)
        eligible = _may_pay(first_sale[d, sponsor[h]] <= year, barred, terms[1][h])
        eligible &= _helps(appeal[c, h], terms[0][c, h])
        requests[c, h] += _loans(value, eligible, p.financed_share, base)


@inlined
def _lend(r, h, key, lenders, terms, states, requests, promise, asking, order, asked, share):
    """Promises of a lender, as recorded, and to others who ask, or in a drawn order until nothing is left:
    their sum, USD bn, 0 where any is as recorded."""
    appeal, exponent, _, keys = lenders
    take_up, overspent, _, counter = states
    number, total, by_rule = 0, 0.0, True
    for c in range(len(requests)):  # whoever does not ask is written over by the next
        recorded = terms[3][c, h]
        if recorded >= 0.0:
            promise[c, h], by_rule = _promised_share(recorded, requests[c, h]), False
            continue
        asking[number], asked[number], share[number] = c, requests[c, h], 1.0
        number += requests[c, h] > 0.0
        total += requests[c, h]
    money = _budget(terms[2][h], overspent[r, h], take_up[r, h])
    if total > money:
        for first in range(0, number, LANES):
            k = lanes(first, number)
            c = get(asking, k)
            shock = gumbel(key, get(counter, r, shared(counter, 1, c)) ^ get(keys, c, h))
            put(order, _priority(get(appeal, c, h), get(terms[0], c, h), exponent[h], shock), k)
        _serve(number, order, asked, money, share)
    total = 0.0
    for k in range(number):
        promise[asking[k], h] = share[k]
        total += share[k] * asked[k]
    return total if by_rule else 0.0


@inlined
def _promised(promise):
    """Whether a buyer is promised anything."""
    found = False
    for h in range(len(promise)):
        found |= promise[h] > 0.0
    return found
