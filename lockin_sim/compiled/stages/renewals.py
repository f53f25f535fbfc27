"""Implement renewals, projects and loans in compiled code, run by run."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import NEVER, Floats
from lockin_sim.common.draws import Stream
from lockin_sim.compiled import loops
from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.load_store import put
from lockin_sim.compiled.lanes.recompile import inlined, recompiled
from lockin_sim.compiled.lanes.rows import LANES, lanes
from lockin_sim.compiled.lanes.views import get, numbers_of, plain, shared, tables
from lockin_sim.compiled.stages.draws import gumbel, uniform
from lockin_sim.compiled.stages.known import of_batch, of_conditions, of_state, of_world
from lockin_sim.engine import renewals as core
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, cache_by_year
from lockin_sim.engine.renewals import (
    Landings,
    Renewals,
    compute_head_starts,
    find_scheduled_markets,
    grant_elements,
)
from lockin_sim.model import decisions
from lockin_sim.model.decisions import DueLots
from lockin_sim.model.projects import Plans, landing_value
from lockin_sim.model.seen import Loans, Tenders
from lockin_sim.rules import contracts, finance
from lockin_sim.world.markets import Routes

_due, _end_chance, _must_go = map(
    recompiled, (decisions.find_due_lots, decisions.compute_end_probability, decisions.compute_forced_removal)
)
_carried_over, _contract_years = (
    recompiled(decisions.compute_carry_over),
    recompiled(decisions.compute_contract_years),
)
_generations, _contract_value = recompiled(loops.generations), recompiled(contracts.contract_value)


#: Names of the shocks that lots meet.
_SHOCKS = ("contract", "greenfield", "removal")


def renewals(batch: Batch, board: Board) -> Renewals:
    """Find the lots up for renewal and plan projects, as the numpy stage does."""
    world, most = batch.world, batch.state.incumbent.size
    ordered, markets = bool(batch.exogenous.orders[board.step]), find_scheduled_markets(batch, board)
    luck = [batch.draws.of_country(name, board.year) for name in _SHOCKS]
    calendar = np.zeros((0, 0, 0), dtype=bool) if markets is None else markets
    runs = len(batch.runs) if ordered else 1
    leaving = np.zeros((runs, len(world.countries), len(world.sponsors) + 1))
    whole, flags = np.empty((6, most), dtype=np.intp), np.empty((len(DueLots._fields), most, 1), dtype=bool)
    up = Tenders(*whole, *flags, *np.empty((2, most, 1)))
    number = _put_up(
        of_batch(batch),
        of_world(world),
        of_conditions(board.known),
        of_state(batch.state),
        board.year,
        (tuple(shock.key for shock in luck), luck[0].counter),
        ordered,
        (*plain(batch.signed_on_record(board.year), calendar), leaving),
        *plain(compute_head_starts(batch, board)),
        up,
    )
    return Renewals(up.some(slice(number)), batch.stages.planned(batch, board), leaving)


@kernel
def _put_up(batch, world, now, state, year, luck, ordered, markets, early, up):
    """Find the lots that are up in every run, as ``engine.renewals`` does, and return their number.

    luck     keys of the shocks that lots meet, and their counters, (run, country or 1)
    ordered  whether any restriction requires removal
    markets  lots with a contract signed this year on record, (lot,); markets that a calendar puts up, empty
             or (run or 1, domain, country); share that must be removed, filled if ordered, (run or 1,
             country, sponsor + 1)
    early    years by which generations come before their dates.  (run or 1, domain or 1, country or 1)
    up       filled
    """
    batch, world, now, state = tables(batch), tables(world), tables(now), tables(state)
    (early,), markets, up = tables((early,)), tables(markets), tables(up)
    keys, (counters,) = luck[0], tables((luck[1],))
    row = 0
    for r in range(len(state.incumbent)):
        p = numbers_of(ParameterRow, batch.parameter_table, r)
        if ordered:
            _restricted(state.since[r], now.phase_out_years, year, markets[2][r])
        for lot in range(len(world.lots_domain)):
            d, c, incumbent = world.lots_domain[lot], world.lots_country[lot], state.incumbent[r, lot]
            arrived, following = -1, NEVER
            due_by = year + early[shared(early, 0, r), shared(early, 1, d), shared(early, 2, c)]
            if world.by_generation[d]:
                arrived, following = _generations(batch.generation_start, r, lot, due_by)
            counter = counters[r, shared(counters, 1, c)] ^ world.lot_keys[lot]
            due = _due_to(r, lot, arrived, p, keys, counter, markets, world, state)
            if due.renewed or due.considered:
                up.run[row], up.lot[row], up.domain[row], up.country[row] = r, lot, d, c
                up.incumbent[row], up.arrived[row] = incumbent, arrived
                up.renewed[row, 0], up.considered[row, 0] = due.renewed, due.considered
                up.early[row, 0], up.freed[row, 0] = due.early, due.freed
                follows = batch.follows_base[shared(batch.follows_base, 0, r), d]
                capacity = world.lots_weight[lot] * (1.0 - follows)
                years = _contract_years(following, due_by, world.lifetime[d], p)
                up.value[row, 0] = _contract_value(capacity, now.market_size[d, c], years)
                left, relative = 1.0, world.relative_switching[d]
                if due.freed:
                    left = world.generation_carry_over[d, arrived]
                up.carry_over[row, 0] = _carried_over(incumbent, due.freed, left, relative, p)
                row += 1
    return row


@inlined
def _restricted(since, allowed, year, leaving):
    """Compute the share of each sponsor's base that must be removed in each country of a run."""
    for c in range(since.shape[0]):
        for sponsor in range(since.shape[1]):
            leaving[c, sponsor] = _must_go(since[c, sponsor], allowed[c, sponsor], year)


@inlined
def _due_to(r, lot, arrived, p, keys, counter, markets, world, state):
    """Decide whether a lot comes up for renewal, and for which reason."""
    d, c, incumbent = world.lots_domain[lot], world.lots_country[lot], state.incumbent[r, lot]
    (contract, greenfield, removal), (signed, calendar, leaving) = keys, markets
    ends, considers, leaves = False, False, False
    if len(calendar):
        ends = considers = calendar[shared(calendar, 0, r), d, c]
    elif incumbent >= 0:
        ends = uniform(contract, counter) < _end_chance(world.by_generation[d], world.lifetime[d], p)
    else:
        considers = uniform(greenfield, counter) < p.greenfield_rate * world.building_pace[d, c]
    ends, considers = ends or signed[lot], considers or signed[lot]
    if incumbent >= 0 and world.sensitive[d]:
        share = leaving[shared(leaving, 0, r), c, world.slot_sponsor[d, incumbent]]
        leaves = share > 0.0 and uniform(removal, counter) < share
    return _due(incumbent, state.generation[r, lot], arrived, ends, considers, leaves)


_route = recompiled(loops.route)


def planned(batch: Batch, board: Board) -> Landings | None:
    """Plan the projects of the year, as the numpy stage does."""
    routes = batch.world.routes
    if routes is None:
        return None
    if routes.all_legs is None:
        landings = core.plan_landings(batch, board)
        assert landings is not None
        run, project, country = map(np.ascontiguousarray, (landings.run, landings.project, landings.country))
        return Landings(landings.plans, run, project, country, landings.value)
    stream, projects = batch.draws.stream("project", board.year), (len(batch.runs), routes.yearly)
    country = np.empty((*projects, len(routes.count)), dtype=np.intp)
    length, keys = np.empty((*projects, 1)), np.empty(projects, dtype=np.uint64)
    row = np.empty((3, country.size), dtype=np.intp)
    shock = np.empty(len(routes.landing_keys))
    number = _plan(stream.key, stream.counter, _of_projects(routes), shock, (country, length, keys, row))
    run, project, place = row[:, :number]
    value = np.full((number, 1), _landing_value(board.known))
    return Landings(Plans(country, length, Stream(stream.key, keys)), run, project, place, value)


@cache_by_year
def _landing_value(year: Year) -> float:
    """Return the value of one landing, USD bn, in a world with routes."""
    assert year.world.routes is not None
    return landing_value(year.world, year.now.market_size[year.world.routes.domain])


@lru_cache(maxsize=8)
def _of_projects(routes: Routes) -> tuple[NDArray[np.generic], ...]:
    """Return what is known of all projects, in a world that stores the legs from each economy."""
    assert routes.all_legs is not None
    _, further_upto, distance = routes.all_legs
    return plain(
        routes.project_keys, routes.landing_keys, routes.count_upto, routes.first_upto, further_upto, distance
    )


@kernel
def _plan(key, runs, known, scratch, out):
    """Plan every project, as ``model.projects`` does, and return the number of landings.

    out  filled: (run, project, landing), (run, project, 1), (run, project), and the first entries of (3,
         row): run, project and economy of each landing
    """
    runs, shock = tables((runs, scratch))
    projects, steps, count_upto, first_upto, further_upto, distance = tables(known)
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


_helps, _may_pay, _paid_beside = map(
    recompiled, (decisions.is_willing_lender, decisions.is_loan_eligible, decisions.compute_loan_multiple)
)
_loans, _budget, _priority = map(recompiled, (finance.loans, finance.budget, finance.priority))
_serve, _borrow = recompiled(loops.serve), recompiled(loops.borrow)
_drawn, _on_record = recompiled(finance.drawn), recompiled(finance.on_record)


class _Work(NamedTuple):
    """Working arrays of one run and one lender.

    Requests and promises of the run; and of the lender: the buyers that ask, their order, the loans they
    request and the share they get.
    """

    requests: Any  # (country, lender) each
    promise: Any
    asking: Any  # (country,) each
    order: Any
    requested: Any
    share: Any
    left: Any  # (sponsor + 1,), of a loan


def lend(batch: Batch, board: Board, up: Renewals, waiting: Floats) -> Loans:
    """Grant loans, as the numpy stage does."""
    world, rows, landings = batch.world, up.rows, up.landings
    runs, countries, lenders = len(batch.runs), len(world.countries), len(world.lenders.names)
    luck, known = batch.draws.of_country("lender", board.year), of_world(world)
    place = np.empty((runs, countries), dtype=np.intp)
    shares = np.empty((1 + place.size, len(world.sponsors) + 1, lenders))
    paid = known.financeable, known.backbone, known.expansion_share
    out = Loans(np.empty((runs, lenders)), place, shares, np.empty(shares.shape[:2]), *paid)
    requests, promise = np.empty((2, countries, lenders))
    order, lending, share = np.empty((3, countries))
    asking, left = np.empty(countries, dtype=np.intp), np.empty(shares.shape[1])
    work = _Work(requests, promise, asking, order, lending, share, left)
    none = rows.run[:0], rows.country[:0], rows.value[:0]
    filled = _promise(
        batch.parameter_table,
        known,
        of_conditions(board.known),
        of_state(batch.state),
        board.year,
        (luck.key, luck.counter),
        (*_terms_of(board.known), waiting),
        rows,
        none if landings is None else (landings.run, landings.country, landings.value),
        -1 if world.routes is None else world.routes.domain,
        work,
        out,
    )
    return out._replace(shares=shares[:filled], benefit=out.benefit[:filled])


@cache_by_year
def _terms_of(year: Year) -> tuple[Any, ...]:
    """Return grant elements, (country, lender), and envelopes without loans on record, (lender,)."""
    left = finance.left(year.now.envelope, year.now.recorded_loans)
    return plain(grant_elements(year.world, year.now), left)


@kernel
def _promise(numbers, world, now, state, year, luck, terms, lots, landings, landing_domain, work, out):
    """Promise loans to the buyers of every run, as ``engine.renewals`` does.

    luck      key of the order in which lenders serve, and its counters, (run, country or 1)
    terms     of :func:`_terms_of`, and waiting loans, (run or 1, country or 1, lender or 1)
    lots      lots up for renewal
    landings  run, country and value of each landing, in ``landing_domain``, -1 if there is none

    Returns how many entries of ``out.shares`` are used; the first one is empty.
    """
    (of_runs, counters), (element, envelope, waiting) = tables((numbers, luck[1])), tables(terms)
    state = tables(state)
    world, now, work, out, lots = tables(world), tables(now), tables(work), tables(out), tables(lots)
    (landing_run, lands_in, worth), read = tables(landings), (world, now, state, element)
    for g in range(len(work.left)):
        out.benefit[0, g] = 0.0
        for h in range(len(now.tied)):
            out.shares[0, g, h] = 0.0
    row, landing, filled = 0, 0, 1
    for r in range(len(out.promised)):
        p = numbers_of(ParameterRow, of_runs, r)
        for c in range(len(work.requests)):
            for h in range(len(now.tied)):
                work.requests[c, h], work.promise[c, h] = 0.0, 0.0
        while row < len(lots.run) and lots.run[row] == r:
            d, c, value = lots.domain[row], lots.country[row], lots.value[row, 0]
            _ask(r, d, c, value, year, p, read, work.requests)
            row += 1
        while landing < len(landing_run) and landing_run[landing] == r:
            _ask(r, landing_domain, lands_in[landing], worth[landing, 0], year, p, read, work.requests)
            landing += 1
        for h in range(len(now.tied)):
            money = _budget(envelope[h], state.overspent[r, h], state.take_up[r, h])
            out.promised[r, h] = _lend(r, h, money, luck[0], counters, read, waiting, work)
        for c in range(len(work.requests)):
            out.place[r, c] = 0
            if _promised(work.promise[c]):
                terms = (now.tied, world.lenders_sponsor), p.financed_share, p.loan_weight, work.left
                _borrow(work.promise[c], element[c], *terms, out.shares[filled], out.benefit[filled])
                out.place[r, c] = filled
                filled += 1
    return filled


@inlined
def _ask(r, d, c, value, year, p, read, requests):
    """Add the largest loans that a contract could request from each lender."""
    world, now, state, element = read
    if not world.financeable[d]:
        return
    base = _paid_beside(world.backbone[d], world.expansion_share[d], p)
    for h in range(len(now.tied)):
        sponsor = world.lenders_sponsor[h]
        barred = world.sensitive[d] & (state.since[r, c, sponsor] >= 0)
        eligible = _may_pay(world.first_sale[d, sponsor] <= year, barred, now.tied[h])
        eligible &= _helps(world.lenders_appeal[c, h], element[c, h])
        requests[c, h] += _loans(value, eligible, p.financed_share, base)


@inlined
def _lend(r, h, money, key, counters, read, waiting, work):
    """Promise the loans of one lender: waiting loans first, then requests in a drawn order.

    Returns the sum of the latter, USD bn; 0 if every loan is as recorded.
    """
    world, now, _, element = read
    number, total, by_rule = 0, 0.0, True
    for c in range(len(work.requests)):  # whoever does not ask is written over by the next
        waits, recorded = _waiting(waiting, r, c, h), now.recorded_loans[c, h]
        work.promise[c, h] = _on_record(0.0, 0.0, work.requests[c, h], waits)
        request, by_rule = _drawn(work.requests[c, h], recorded, waits), by_rule and recorded < 0.0
        work.asking[number], work.requested[number], work.share[number] = c, request, 1.0
        number += request > 0.0
        total += request
    if total > money:
        for first in range(0, number, LANES):
            k = lanes(first, number)
            c = get(work.asking, k)
            label = get(counters, r, shared(counters, 1, c)) ^ get(world.lender_keys, c, h)
            shock, appeal = gumbel(key, label), get(world.lenders_appeal, c, h)
            exponent = world.lenders_by_grant_element[h]
            put(work.order, _priority(appeal, get(element, c, h), exponent, shock), k)
        _serve(number, work.order, work.requested, money, work.share)
    total = 0.0
    for k in range(number):
        c, served = work.asking[k], work.requested[k]
        waits = _waiting(waiting, r, c, h)
        work.promise[c, h] = _on_record(work.share[k], served, work.requests[c, h], waits)
        total += work.share[k] * served
    return total if by_rule else 0.0


@inlined
def _waiting(waiting, r, c, h):
    """Return a lender's waiting money in a country, USD bn."""
    return waiting[shared(waiting, 0, r), shared(waiting, 1, c), shared(waiting, 2, h)]


@inlined
def _promised(promise):
    """Whether a buyer is promised a loan."""
    promised = False
    for h in range(len(promise)):
        promised |= promise[h] > 0.0
    return promised
