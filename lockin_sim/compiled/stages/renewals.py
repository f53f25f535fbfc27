"""Renewals, compiled: which lots are up and what each is worth, where projects land, who lends for them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import NEVER
from lockin_sim.common.draws import Stream
from lockin_sim.compiled import loops
from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.load_store import put
from lockin_sim.compiled.lanes.recompile import inlined, recompiled
from lockin_sim.compiled.lanes.rows import LANES, lanes
from lockin_sim.compiled.lanes.tables import get, numbers_of, plain, plain_named, shared, tables
from lockin_sim.compiled.stages.draws import gumbel, uniform
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, of_year
from lockin_sim.engine.renewals import Landings, Loans, Renewals, Rows, called, grant_elements, head_starts
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Due
from lockin_sim.model.projects import Plans, landing_value
from lockin_sim.rules import contracts, finance
from lockin_sim.world import World
from lockin_sim.world.markets import Routes

_due, _end_chance, _must_go = map(recompiled, (decisions.due, decisions.end_chance, decisions.must_go))
_carried_over, _contract_years = recompiled(decisions.carried_over), recompiled(decisions.contract_years)
_generations, _contract_value = recompiled(loops.generations), recompiled(contracts.contract_value)


class _Lots(NamedTuple):
    """What is read of lots: as in the world, the state, and what is posted in a year."""

    domain: Any  # (lot,) each
    country: Any
    weight: Any
    keys: Any
    signed: Any  # whether a contract for it is signed this year on record
    by_generation: Any  # (domain,) each
    lifetime: Any
    sensitive: Any
    relative_switching: Any
    sponsor: Any  # (domain, vendor)
    carry_over: Any  # (domain, generation)
    pace: Any  # (domain, country), at which networks are built
    size: Any  # (domain, country), of markets
    allowed: Any  # (country, sponsor), years left to what must go
    follows: Any  # (run or 1, domain), part of spending that follows the base
    early: Any  # (run or 1, domain or 1, country or 1), years by which generations come before their dates
    incumbent: Any  # (run, lot) each
    generation: Any
    starts: Any  # (generation, run, lot)
    since: Any  # (run, country, sponsor)
    counters: Any  # (run, country or 1), of shocks
    called: Any  # markets that a calendar puts up: none, or (run or 1, domain, country)
    leaving: Any  # filled where anything must go: (run or 1, country, sponsor + 1)


#: Names of the shocks that lots meet.
_SHOCKS = ("contract", "greenfield", "removal")


class _Up(NamedTuple):
    """Lots that are up, filled: (row,) each, named as in ``Rows`` and ``Due``."""

    run: Any
    lot: Any
    domain: Any
    country: Any
    incumbent: Any
    arrived: Any
    renewed: Any
    considered: Any
    early: Any
    freed: Any
    value: Any
    carry_over: Any


def renewals(batch: Batch, board: Board) -> Renewals:
    """As of the engine of numpy."""
    world, state = batch.world, batch.state
    runs, most, ordered = len(batch.runs), state.incumbent.size, bool(batch.exogenous.orders[board.step])
    luck = [batch.draws.of_country(name, board.year) for name in _SHOCKS]
    markets = called(batch, board)
    known = _Lots(
        **_lots_of(world),
        **_posted(board.known),
        **plain_named(
            signed=batch.signed_on_record(board.year),
            called=np.zeros((0, 0, 0), dtype=bool) if markets is None else markets,
            early=head_starts(batch, board),
        ),
        follows=batch.follows_base,
        incumbent=state.incumbent,
        generation=state.generation,
        starts=batch.generation_start,
        since=state.since,
        counters=luck[0].counter,
        leaving=np.zeros((runs if ordered else 1, len(world.countries), len(world.sponsors) + 1)),
    )
    whole, flags = np.empty((6, most), dtype=np.intp), np.empty((len(Due._fields), most), dtype=bool)
    up = _Up(*whole, *flags, *np.empty((2, most)))
    keys = tuple(shock.key for shock in luck)
    number = _put_up(batch.parameter_table, board.year, keys, ordered, known, up)
    found = _Up(*(column[:number] for column in up))
    due = Due(*(getattr(found, name)[:, None] for name in Due._fields))
    rows = Rows(*found[:6], due, found.value[:, None], found.carry_over[:, None])
    return Renewals(rows, batch.stages.planned(batch, board), known.leaving)


@of_year
def _posted(year: Year) -> dict[str, Any]:
    """Sizes of markets, and years that are left to what must go."""
    return plain_named(size=year.now.market_size, allowed=year.now.phase_out_years)


@lru_cache(maxsize=8)  # a world is large
def _lots_of(world: World) -> dict[str, Any]:
    """What no year changes of lots, and of their domains."""
    lots = world.lots
    return plain_named(
        domain=lots.domain,
        country=lots.country,
        weight=lots.weight,
        keys=world.lot_keys,
        by_generation=world.by_generation,
        lifetime=world.lifetime,
        sensitive=world.sensitive,
        relative_switching=world.relative_switching,
        sponsor=world.slot_sponsor,
        carry_over=world.generation_carry_over,
        pace=world.building_pace,
    )


@kernel
def _put_up(numbers, year, keys, ordered, known, up):
    """Every lot of every run: see ``engine.renewals``, which gathers the same.

    keys     of the shocks that lots meet;  ordered  whether anything must go
    Returns how many lots are up.
    """
    (of_runs,), known, up = tables((numbers,)), tables(known), tables(up)
    row = 0
    for r in range(len(known.incumbent)):
        p = numbers_of(ParameterRow, of_runs, r)
        if ordered:
            _restricted(known.since[r], known.allowed, year, known.leaving[r])
        for lot in range(len(known.domain)):
            d, c, incumbent = known.domain[lot], known.country[lot], known.incumbent[r, lot]
            arrived, following, early = -1, NEVER, known.early
            due_by = year + early[shared(early, 0, r), shared(early, 1, d), shared(early, 2, c)]
            if known.by_generation[d]:
                arrived, following = _generations(known.starts, r, lot, due_by)
            due = _due_to(r, lot, arrived, p, keys, known)
            if due.renewed or due.considered:
                up.run[row], up.lot[row], up.domain[row], up.country[row] = r, lot, d, c
                up.incumbent[row], up.arrived[row] = incumbent, arrived
                up.renewed[row], up.considered[row] = due.renewed, due.considered
                up.early[row], up.freed[row] = due.early, due.freed
                capacity = known.weight[lot] * (1.0 - known.follows[shared(known.follows, 0, r), d])
                years = _contract_years(following, due_by, known.lifetime[d], p)
                up.value[row] = _contract_value(capacity, known.size[d, c], years)
                left = known.carry_over[d, arrived] if due.freed else 1.0
                up.carry_over[row] = _carried_over(incumbent, due.freed, left, known.relative_switching[d], p)
                row += 1
    return row


@inlined
def _restricted(since, allowed, year, leaving):
    """What must go of each sponsor's base in each country of a run."""
    for c in range(since.shape[0]):
        for sponsor in range(since.shape[1]):
            leaving[c, sponsor] = _must_go(since[c, sponsor], allowed[c, sponsor], year)


@inlined
def _due_to(r, lot, arrived, p, keys, known):
    """Whether a lot comes up for renewal, and why."""
    d, c, incumbent = known.domain[lot], known.country[lot], known.incumbent[r, lot]
    counter = known.counters[r, shared(known.counters, 1, c)] ^ known.keys[lot]
    (contract, greenfield, removal), (ends, considers, leaves) = keys, (False, False, False)
    if len(known.called):
        ends = considers = known.called[shared(known.called, 0, r), d, c]
    elif incumbent >= 0:
        ends = uniform(contract, counter) < _end_chance(known.by_generation[d], known.lifetime[d], p)
    else:
        considers = uniform(greenfield, counter) < p.greenfield_rate * known.pace[d, c]
    ends, considers = ends or known.signed[lot], considers or known.signed[lot]
    if incumbent >= 0 and known.sensitive[d]:
        share = known.leaving[shared(known.leaving, 0, r), c, known.sponsor[d, incumbent]]
        leaves = share > 0.0 and uniform(removal, counter) < share
    return _due(incumbent, known.generation[r, lot], arrived, ends, considers, leaves)


_route = recompiled(loops.route)


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
    number = _plan(stream.key, stream.counter, _of_projects(routes), shock, (country, length, keys, row))
    run, project, place = row[:, :number]
    value = np.full((number, 1), _landing_value(board.known))
    return Landings(Plans(country, length, Stream(stream.key, keys)), run, project, place, value)


@of_year
def _landing_value(year: Year) -> float:
    """Value of one landing, USD bn; of a world with routes."""
    assert year.world.routes is not None
    return landing_value(year.world, year.now.market_size[year.world.routes.domain])


@lru_cache(maxsize=8)
def _of_projects(routes: Routes) -> tuple[NDArray[np.generic], ...]:
    """What is known of all projects."""
    return plain(
        routes.project_keys, routes.landing_keys, routes.count_upto, routes.first_upto, routes.further_upto,
        routes.distance,
    )  # fmt: skip


@kernel
def _plan(key, runs, known, scratch, out):
    """Every project: see ``model.projects``.  Returns the number of landings.

    out  filled: (run, project, landing), (run, project, 1), (run, project), and of each landing, in order,
         run, project and economy (3, row), of which only as many as there are landings
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


_helps, _may_pay, _paid_beside = map(recompiled, (decisions.helps, decisions.may_pay, decisions.paid_beside))
_loans, _budget, _priority = map(recompiled, (finance.loans, finance.budget, finance.priority))
_serve, _borrow = recompiled(loops.serve), recompiled(loops.borrow)
_promised_share = recompiled(finance.promised_share)


class _Lenders(NamedTuple):
    """What is read of lenders and of whom they serve: as in the world, the state, and the year's terms."""

    appeal: Any  # (country, lender)
    exponent: Any  # (lender,) each
    sponsor: Any
    keys: Any  # (country, lender)
    financeable: Any  # (domain,) each
    sensitive: Any
    backbone: Any
    expansion: Any
    first_sale: Any  # (domain, sponsor)
    element: Any  # (country, lender), grant elements
    tied: Any  # (lender,)
    envelope: Any  # (lender,), without loans on record
    recorded: Any  # (country, lender), loans on record
    take_up: Any  # (run, lender) each
    overspent: Any
    since: Any  # (run, country, sponsor)
    counters: Any  # (run, country or 1), of shocks


class _Work(NamedTuple):
    """To work with, for one run: requests and promises; and for one lender: who asks, in which order, for how
    much, and gets how much of it."""

    requests: Any  # (country, lender) each
    promise: Any
    asking: Any  # (country,) each
    order: Any
    requested: Any
    share: Any
    left: Any  # (sponsor + 1,), of a loan


def lend(batch: Batch, board: Board, up: Renewals) -> Loans:
    """As of the engine of numpy."""
    world, state, rows, landings = batch.world, batch.state, up.rows, up.landings
    runs, countries, lenders = len(batch.runs), len(world.countries), len(world.lenders.names)
    luck = batch.draws.of_country("lender", board.year)
    place = np.empty((runs, countries), dtype=np.intp)
    shares = np.empty((1 + place.size, len(world.sponsors) + 1, lenders))
    out = Loans(np.empty((runs, lenders)), place, shares, np.empty(shares.shape[:2]))
    known = _Lenders(
        **_lenders_of(world), **_terms_of(board.known), take_up=state.take_up, overspent=state.overspent,
        since=state.since, counters=luck.counter,
    )  # fmt: skip
    requests, promise = np.empty((2, countries, lenders))
    order, asked, share = np.empty((3, countries))
    asking, left = np.empty(countries, dtype=np.intp), np.empty(shares.shape[1])
    work = _Work(requests, promise, asking, order, asked, share, left)
    none = rows.run[:0], rows.country[:0], rows.value[:0]
    filled = _promise(
        batch.parameter_table, board.year, luck.key, known,
        (rows.run, rows.country, rows.value, rows.domain),
        none if landings is None else (landings.run, landings.country, landings.value),
        -1 if world.routes is None else world.routes.domain, work, out,
    )  # fmt: skip
    return out._replace(shares=shares[:filled], benefit=out.benefit[:filled])


@of_year
def _terms_of(year: Year) -> dict[str, Any]:
    """Grant elements, whose loans are tied, envelopes without loans on record, and these."""
    now = year.now
    left = finance.left(now.envelope, now.recorded_loans)
    element = grant_elements(year.world, now)
    return plain_named(element=element, tied=now.tied, envelope=left, recorded=now.recorded_loans)


@lru_cache(maxsize=8)  # a world is large
def _lenders_of(world: World) -> dict[str, Any]:
    """What no year changes of lenders, and of the domains that they pay for."""
    lenders = world.lenders
    return plain_named(
        appeal=lenders.appeal,
        exponent=lenders.by_grant_element,
        sponsor=lenders.sponsor,
        keys=world.lender_keys,
        financeable=world.financeable,
        sensitive=world.sensitive,
        backbone=world.backbone,
        expansion=world.expansion_share,
        first_sale=world.first_sale,
    )


@kernel
def _promise(numbers, year, key, known, lots, landings, landing_domain, work, out):
    """Loans to the buyers of every run: see ``engine.renewals``, which gathers the same.

    key       of the order in which lenders serve
    lots      contracts in the order of runs: run, country, value (row, 1) and domain;  landings  likewise, of
              landing_domain, which is -1 without any
    Returns in how many places of ``out.shares`` something is; nothing is in the first.
    """
    (of_runs,), known, work, out = tables((numbers,)), tables(known), tables(work), tables(out)
    (run, country, value, domain), (landing_run, lands_in, worth) = tables(lots), tables(landings)
    for g in range(len(work.left)):
        out.benefit[0, g] = 0.0
        for h in range(len(known.tied)):
            out.shares[0, g, h] = 0.0
    row, landing, filled = 0, 0, 1
    for r in range(len(out.promised)):
        p = numbers_of(ParameterRow, of_runs, r)
        for c in range(len(work.requests)):
            for h in range(len(known.tied)):
                work.requests[c, h], work.promise[c, h] = 0.0, 0.0
        while row < len(run) and run[row] == r:
            _ask(r, domain[row], country[row], value[row, 0], year, p, known, work.requests)
            row += 1
        while landing < len(landing_run) and landing_run[landing] == r:
            c = lands_in[landing]
            _ask(r, landing_domain, c, worth[landing, 0], year, p, known, work.requests)
            landing += 1
        for h in range(len(known.tied)):
            out.promised[r, h] = _lend(r, h, key, known, work)
        for c in range(len(work.requests)):
            out.place[r, c] = 0
            if _promised(work.promise[c]):
                borrower = known.element[c], (known.tied, known.sponsor), p.financed_share, work.left
                _borrow(work.promise[c], *borrower, out.shares[filled], out.benefit[filled])
                out.place[r, c] = filled
                filled += 1
    return filled


@inlined
def _ask(r, d, c, value, year, p, known, requests):
    """Add the largest loans that a contract could ask of each lender."""
    if not known.financeable[d]:
        return
    base = _paid_beside(known.backbone[d], known.expansion[d], p)
    for h in range(len(known.sponsor)):
        barred = known.sensitive[d] & (known.since[r, c, known.sponsor[h]] >= 0)
        eligible = _may_pay(known.first_sale[d, known.sponsor[h]] <= year, barred, known.tied[h])
        eligible &= _helps(known.appeal[c, h], known.element[c, h])
        requests[c, h] += _loans(value, eligible, p.financed_share, base)


@inlined
def _lend(r, h, key, known, work):
    """Promises of a lender, as recorded, and to others who ask, or in a drawn order until nothing is left:
    their sum, USD bn, 0 where any is as recorded."""
    number, total, by_rule = 0, 0.0, True
    for c in range(len(work.requests)):  # whoever does not ask is written over by the next
        request, recorded = work.requests[c, h], known.recorded[c, h]
        if recorded >= 0.0:
            work.promise[c, h], by_rule = _promised_share(recorded, request), False
            continue
        work.asking[number], work.requested[number], work.share[number] = c, request, 1.0
        number += request > 0.0
        total += request
    money = _budget(known.envelope[h], known.overspent[r, h], known.take_up[r, h])
    if total > money:
        for first in range(0, number, LANES):
            k = lanes(first, number)
            c = get(work.asking, k)
            label = get(known.counters, r, shared(known.counters, 1, c)) ^ get(known.keys, c, h)
            shock, appeal = gumbel(key, label), get(known.appeal, c, h)
            put(work.order, _priority(appeal, get(known.element, c, h), known.exponent[h], shock), k)
        _serve(number, work.order, work.requested, money, work.share)
    total = 0.0
    for k in range(number):
        work.promise[work.asking[k], h] = work.share[k]
        total += work.share[k] * work.requested[k]
    return total if by_rule else 0.0


@inlined
def _promised(promise):
    """Whether a buyer is promised anything."""
    found = False
    for h in range(len(promise)):
        found |= promise[h] > 0.0
    return found
