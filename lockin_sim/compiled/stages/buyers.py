"""Implement the choices of buyers in compiled code, from ``model.stages``, several customers at once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.functions import total, where
from lockin_sim.compiled.lanes.load_store import keep, line, nothing, put, put_each, row, rows_of
from lockin_sim.compiled.lanes.recompile import inlined, recompiled
from lockin_sim.compiled.lanes.rows import LANES, at, lanes, position
from lockin_sim.compiled.lanes.views import get, numbers_of, plain, shared, tables
from lockin_sim.compiled.stages.books import add_users, counted_of
from lockin_sim.compiled.stages.draws import gumbel
from lockin_sim.compiled.stages.known import of_flows
from lockin_sim.engine import buyers as core
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, cache_by_year, on_sale, select_domains
from lockin_sim.engine.books import COUNTED
from lockin_sim.engine.buyers import Bought
from lockin_sim.engine.renewals import Landings
from lockin_sim.model import seen, stages
from lockin_sim.model.decisions import Offer, TenderCounts
from lockin_sim.model.seen import Adopting, Customers, Loans, LotTables, MarketView, Tenders, Using
from lockin_sim.model.start import tender_luck
from lockin_sim.rules import pricing
from lockin_sim.world import World

_operators_see, _lot_up = map(recompiled, (seen.operators_see, seen.lot_up))
_operators_ask, _operators_choose = map(recompiled, (stages.operators_ask, stages.operators_choose))
_operators_borrow, _loan_shares = map(recompiled, (stages.operators_borrow, seen.loan_shares))
_user_ties, _between = map(recompiled, (seen.user_ties, stages.between))
_users_see, _user_base = map(recompiled, (seen.users_see, seen.user_base))
_users_ask, _users_move = map(recompiled, (stages.users_ask, stages.users_move))
_projects_see, _landing_offered = map(recompiled, (seen.projects_see, stages.landing_offered))
_projects_ask, _projects_choose = map(recompiled, (stages.projects_ask, stages.projects_choose))
_adopters_see, _taken_up = map(recompiled, (seen.adopters_see, seen.taken_up))
_adopters_ask, _adopters_adopt = map(recompiled, (stages.adopters_ask, stages.adopters_adopt))
_effective_price, _projects_borrow = map(recompiled, (pricing.effective_price, stages.projects_borrow))


def operators_choose(
    batch: Batch, board: Board, rows: Tenders, loans: Loans, view: MarketView
) -> tuple[Bought, TenderCounts]:
    """Choose vendors in tenders, as the numpy stage does; pulls of switching costs are summed here."""
    number, likes, state = len(rows.run), batch.likes, batch.state
    cost = core.compute_lot_costs(batch, board, rows)
    (rules_cost,) = plain(cost if isinstance(cost, np.ndarray) else np.zeros((1, batch.world.shape[2])))
    counters = batch.draws.of_country("offer", board.year).counter
    luck = tender_luck(batch.world, batch.draws, counters, board.year, rows.run, rows.lot)
    lots = LotTables(*_known_of_lots(batch.world), state.incumbent, batch.lot_taste)
    slot, signed = np.empty((number, 1), dtype=np.intp), np.empty((number, 1), dtype=bool)
    paid, lent, sums = np.empty((number, 1)), np.empty((number, len(likes.lenders))), np.empty((8, number, 1))
    _sign(
        (likes.vendors, likes.sponsors, likes.lenders),
        batch.parameter_table,
        batch.bargains,
        core.list_lot_keys(batch, board),
        luck,
        rules_cost,
        view,
        lots,
        rows,
        loans,
        (slot, signed, paid, lent, sums),
    )
    bought = Bought(rows.run, rows.domain, rows.country, rows.value, slot[:, 0], signed, paid, lent)
    return bought, TenderCounts(*sums)


@lru_cache(maxsize=8)  # as many worlds are kept
def _known_of_lots(world: World) -> tuple[Any, Any, Any]:
    """Return the other lot of each operator, the weights of lots, and the labels of their luck."""
    sibling, weight, keys = plain(world.lots.sibling, world.lots.weight, world.lot_keys)
    return sibling, weight, keys


@kernel
def _sign(likes, parameters, bargains, keys, luck, cost, market, lots, tenders, loans, out):
    """Decide every lot due for renewal, by ``model.stages``.

    likes  tuples as long as a row of vendors, sponsors and lenders
    keys   labels of luck
    cost   as of :func:`.lot_up`
    out    filled: (row, 1) each, except loans (row, lender) and counts (counted, row, 1)
    """
    (of_runs, cost), luck, (like, sponsors, lenders) = tables((parameters, cost)), tables(luck), likes
    market, lots = tables(market), tables(lots)
    tenders, loans, (slot, signed, paid, lent, sums) = tables(tenders), tables(loans), tables(out)
    first, number = 0, len(tenders.run)
    while first < number:
        r, d, last = tenders.run[first], tenders.domain[first], first + 1
        while last < number and tenders.run[last] == r and tenders.domain[last] == d:
            last += 1
        p = numbers_of(ParameterRow, of_runs, r)
        for one in range(first, last, LANES):
            i = lanes(one, last)
            here = Customers(r, d, get(tenders.country, i), like, sponsors, lenders)
            offers = _operators_see(here, i, market, lots, tenders, loans)
            lot = _lot_up(here, i, market, lots, tenders, loans, cost, luck)
            judged = _operators_ask(offers, lot, p, bargains)
            done = _operators_choose(judged, offers, lot, keys, p)
            put(slot, done.slot, i, 0)
            put(signed, done.signed, i, 0)
            put(paid, done.paid, i, 0)
            put(lent, _operators_borrow(done, lot, _loan_shares(here, done.slot, market, loans), p), i)
            put_each(sums, _shown(done.counted), (0,), i)
        first = last


@inlined
def _shown(counted):
    """Return the counts of renewals, with the pull of switching costs summed over vendors."""
    return TenderCounts(
        counted.renewed,
        counted.retained,
        counted.forced,
        counted.early,
        total(counted.pulled),
        counted.surplus,
        counted.considered,
        counted.coverage_surplus,
    )


# --- users --------------------------------------------------------------------------------------------


def users_move(batch: Batch, board: Board, leaving: Floats, view: MarketView) -> None:
    """Let users choose, as the numpy stage does; counts by offer are summed over offers."""
    domains, (_, countries, vendors) = batch.world.bought_by("users"), batch.world.shape
    if not len(domains):
        return
    flows, likes, cost = (
        batch.flows,
        batch.likes,
        core.compute_user_costs(batch, board, select_domains(domains)),
    )
    by_customer = batch.bargains or isinstance(cost, np.ndarray)
    (rules_cost,) = plain(cost if isinstance(cost, np.ndarray) else np.zeros((1, 1, 1, vendors)))
    _move(
        (likes.vendors, likes.sponsors),
        *plain(domains),
        batch.parameter_table,
        (batch.bargains, by_customer),
        view,
        Using(leaving, rules_cost, *_known_of_users(batch.world)),
        (batch.flow_groups, batch.exogenous.worth[board.step]),
        (*np.empty((2, vendors, vendors)), *np.empty((2, countries, vendors))),
        (np.empty((countries if by_customer else 1, vendors)), np.empty((len(COUNTED), countries, 1))),
        of_flows(flows),
        counted_of(flows),
    )


@lru_cache(maxsize=8)
def _known_of_users(world: World) -> tuple[Any, ...]:
    """Return the pull of own users by vendor, and switching cost, lifetime and hosting by domain."""
    return plain(world.own_pull, world.relative_switching, world.lifetime, world.hosted)


@kernel
def _move(likes, domains, parameters, asks, market, using, sold, scratch, room, flows, shown):
    """Compute every market of users by ``model.stages``, in place.

    likes    tuples as long as a row of vendors and sponsors
    domains  domains of users.  (number,)
    asks     whether prices depend on the customer's base, and whether they differ by customer
    sold     groups (group, domain, country), and value of contracts for a whole market (domain, country)
    scratch  working arrays: (vendor, vendor) each, for what all markets of a domain share, and (country,
             vendor) each, for gains and the pull of switching costs
    room     working arrays: prices (country or 1, vendor), and counts (counted, country, 1)
    flows, shown  added to, as in ``books._trade``
    """
    (of_runs, price, counted), market, using = tables((parameters, *room)), tables(market), tables(using)
    (fitting, friction, gained, pulled), (groups, worth) = tables(scratch), tables(sold)
    (like, sponsors), flows, shown = likes, tables(flows), tables(shown)
    for k in range(len(domains)):  # what a year gives all runs of a domain stays near
        d = domains[k]
        for r in range(len(of_runs)):
            p = numbers_of(ParameterRow, of_runs, r)
            for first in range(0, len(like), LANES):
                u = lanes(first, len(like))
                here = Customers(r, d, u, like, sponsors)
                fits, left = _between(row(market.fit, like, r, d, u), _user_ties(here, using), p)
                put(fitting, fits, u)
                put(friction, left, u)
            if not asks[1]:
                listed = row(market.log_price, like, shared(market.log_price, 0, r), d)
                put(price, _effective_price(listed, 0.0), 0)
            for first in range(0, len(gained), LANES):
                c = lanes(first, len(gained))
                here = Customers(r, d, c, like, sponsors)
                offers, base = _users_see(here, market), _user_base(here, k, market, using)
                judged = _users_ask(offers, base, fitting, p, asks[0])
                flowed = _users_move(judged, offers, base, friction, p)
                put(market.installed, flowed.installed, r, d, c)
                put(gained, flowed.gained, c)
                put(pulled, flowed.pulled, c)
                put_each(counted, _counted(flowed), (0,), c)
                if asks[1]:
                    put(price, _effective_price(judged.offer.log_price, 0.0), c)
            add_users(like, r, d, groups, worth, (gained, pulled, price), counted, flows, shown)


@inlined
def _counted(flowed):
    """Return the counts of users, summed over vendors."""
    return (
        total(flowed.renewed),
        total(flowed.retained),
        total(flowed.forced),
        total(flowed.early),
        total(flowed.surplus),
        flowed.considered,
        flowed.coverage_surplus,
    )


# --- projects -----------------------------------------------------------------------------------------


def projects_choose(
    batch: Batch, board: Board, landings: Landings | None, loans: Loans, view: MarketView
) -> Bought:
    """Choose the builders of projects, as the numpy stage does."""
    world, routes = batch.world, batch.world.routes
    if landings is None or routes is None:
        return core.build_no_landings(batch)
    number, vendors, likes = len(landings.run), world.shape[2], batch.likes
    projects, fields, fines = len(batch.runs) * routes.yearly, len(Offer._fields), np.zeros((1, vendors))
    if batch.exogenous.fines[board.step]:
        of_all = core.Projects(batch, landings, routes.yearly)
        fines = plain(*of_all.means(core.compute_landing_fines(batch, board, landings)))[0]
    slot, signed = np.empty((number, 1), dtype=np.intp), np.empty((number, 1), dtype=bool)
    paid, lent, keys = np.empty((number, 1)), np.empty((number, len(likes.lenders))), landings.plans.keys
    _build(
        (likes.vendors, likes.sponsors, likes.lenders),
        routes.domain,
        batch.parameter_table,
        (keys.key, keys.counter.reshape(-1)),
        (landings.run, landings.country, landings.project),
        routes.yearly,
        (landings.value, landings.plans.length.reshape(-1), fines, *_slopes(world)),
        view,
        loans,
        (np.empty((fields, number, vendors)), np.empty((fields, projects, vendors))),
        (np.empty((number, vendors), dtype=bool), np.empty((projects, vendors), dtype=bool)),
        (np.empty(number, dtype=np.intp), *np.empty((3, projects), dtype=np.intp)),
        tuple(np.empty((2, projects))),
        (slot, signed, paid, lent),
    )
    domain = np.full(number, routes.domain)
    return Bought(landings.run, domain, landings.country, landings.value, slot[:, 0], signed, paid, lent)


@lru_cache(maxsize=8)
def _slopes(world: World) -> tuple[Any, ...]:
    """Return how suited each supplier is to long cables."""
    return plain(world.length_slope)


@kernel
def _build(
    likes, d, parameters, luck, rows, yearly, values, market, loans, offers, open_to, projects, taken, out
):
    """Decide every project, by ``model.stages``.

    likes    tuples as long as a row of vendors, sponsors and lenders
    rows     run and country of each landing, and its project among the yearly ones of a run.  (row,) each
    offers   working array.  (field of an offer, row or project, vendor)
    open_to  working array of who may build, with the same axes
    projects working arrays: project of each landing, and run, first landing and winner's slot (-1 for none)
    of each project taken    working arrays: income and price.  (project,) each out      filled: (row, 1)
    each, and (row, lender)
    """
    (of_runs, counter), (run, country, project) = tables((parameters, luck[1])), tables(rows)
    (of, of_project, first, slots), (value, length_, fines, slope) = tables(projects), tables(values)
    market, loans, (met, means), (lets, may) = tables(market), tables(loans), tables(offers), tables(open_to)
    (incomes, prices), (slot, signed, paid, lent) = tables(taken), tables(out)
    (like, sponsors, lenders), number = likes, len(of_project)
    for i in range(len(run)):  # every project lands somewhere
        of[i] = run[i] * yearly + project[i]
        if i == 0 or of[i] != of[i - 1]:
            of_project[of[i]], first[of[i]] = run[i], i
    for start in range(0, len(run), LANES):
        i = lanes(start, len(run))
        here = Customers(get(run, i), d, get(country, i), like, sponsors, lenders)
        offer, lets_build = _landing_offered(_projects_see(here, market, loans))
        put_each(met, offer, like, i)
        put(lets, lets_build, i)
    for q in range(number):
        last = first[q + 1] if q + 1 < number else len(run)
        incomes[q] = _mean(like, first[q], last, q, met, means, lets, may, country, market.log_income)
    for start in range(0, number, LANES):
        q = lanes(start, number)
        p = numbers_of(ParameterRow, of_runs, get(of_project, q))
        cost = row(fines, like, shared(fines, 0, q))
        judged = _projects_ask(
            rows_of(Offer, means, like, q),
            row(may, like, q),
            get(incomes, q),
            cost,
            get(length_, q),
            row(slope, like, d),
            p,
        )
        shock = gumbel(luck[0], get(counter, q) ^ row(market.keys, like, d))
        chosen, signs, price = _projects_choose(judged, shock, p.noise_scale)
        winner = position(chosen)
        put(slots, where(signs, winner, -1), q)
        put(prices, at(price, winner), q)
    for start in range(0, len(run), LANES):
        i = lanes(start, len(run))
        q, r = get(of, i), get(run, i)
        here = Customers(r, d, get(country, i), like, sponsors, lenders)
        built = get(slots, q) >= 0
        winner = where(built, get(slots, q), 0)
        worth, p = where(built, get(value, i, 0), 0.0), numbers_of(ParameterRow, of_runs, r)
        put(slot, winner, i, 0)
        put(signed, built, i, 0)
        put(paid, where(built, get(prices, q), 0.0), i, 0)
        shares = _loan_shares(here, winner, market, loans)
        put(lent, _projects_borrow(worth, shares, p), i)


@inlined
def _mean(like, first, last, q, met, means, lets, may, country, log_income):
    """Average offers over the landings of a project, and exclude suppliers that a landing excludes.

    Returns the mean log income of the landings.
    """
    income = 0.0
    for field in range(len(met)):
        total = nothing(like)
        for i in range(first, last):
            total = total + line(met[field, i], like)
        keep(means[field, q], total / (1.0 * (last - first)), like)
    for v in range(len(like)):
        every = True
        for i in range(first, last):
            every = every and lets[i, v]
        may[q, v] = every
    for i in range(first, last):
        income += log_income[country[i]]
    return income / (last - first)


# --- adopters -----------------------------------------------------------------------------------------


def adopters_adopt(batch: Batch, board: Board, view: MarketView) -> Floats:
    """Adopt systems and rules, as the numpy stage does."""
    luck, before = batch.draws.of_country("adoption", board.year), batch.state.adoption
    after, (known, laws, others) = before.copy(), _known_of_adopters(board.known)
    _take_up(
        batch.likes.sponsors,
        batch.parameter_table,
        luck.key,
        luck.counter,
        known,
        laws,
        view,
        Adopting(before, *others),
        after,
    )
    return after


@cache_by_year
def _known_of_adopters(year: Year) -> tuple[Any, ...]:
    """Return what a year fixes about adoption in all runs.

    Domains of adopters, where laws are passed, and which systems and rules may move in any run; sponsors' own
    laws by place among these domains, country and slot; and the inputs of adoption.
    """
    world, adopters = year.world, year.world.bought_by("adopters")
    there, laws = world.slot_vendor[adopters] >= 0, world.enacted[adopters]
    moving = there & ((year.now.adoption_rate[adopters] > 0) | ~laws[:, None])
    domain, country, vendor = world.own_laws(year.number)
    own = on_sale(year)[domain, country, vendor] & (world.slot_vendor[domain, vendor] >= 0)
    place = np.searchsorted(adopters, domain)
    return (
        plain(adopters, laws, moving),
        plain(place[own], country[own], vendor[own]),
        plain(world.own_slots(year.number), year.now.adoption_rate, world.lifetime, world.cell_keys),
    )


@kernel
def _take_up(sponsors, parameters, key, luck, known, laws, market, adopting, after):
    """Compute every system and family of rules that may move, by ``model.stages``.

    known  domains of adopters, (number,), where laws are passed, (number,), and what may move, (number,
           vendor); a sponsor's own law also moves in a run that lacks it
    laws   place of the domain, country and vendor of each law.  (law,) each
    after  filled where something moves.  (run, number, country, vendor)
    """
    (of_runs, luck, after), market = tables((parameters, luck, after)), tables(market)
    adopting = tables(adopting)
    (adopters, enacted, moving), (place, country, vendor) = known, laws
    countries, lacking = market.on_sale.shape[1], np.empty_like(moving)
    for r in range(len(of_runs)):
        p = numbers_of(ParameterRow, of_runs, r)
        lacking[:] = moving
        for law in range(len(place)):
            if adopting.adoption[r, place[law], country[law], vendor[law]] <= 0.0:
                lacking[place[law], vendor[law]] = True
        for k in range(len(adopters)):
            for v in range(moving.shape[1]):
                if lacking[k, v]:
                    for first in range(0, countries, LANES):
                        c = lanes(first, countries)
                        here = Customers(r, adopters[k], c, v, sponsors)
                        offers, before = _adopters_see(here, market), _taken_up(here, k, luck, adopting)
                        judged = _adopters_ask(offers, p)
                        adopted = _adopters_adopt(judged.offers, enacted[k], key, offers, before)
                        put(after, adopted, r, k, c, v)
