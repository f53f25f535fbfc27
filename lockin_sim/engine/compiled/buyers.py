"""Buyers, compiled: several lots, markets or countries at once, each in one pass over its offers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, ParameterRow, Year, some
from lockin_sim.engine.buyers import Moved, Signed, cost_to_lots, cost_to_users
from lockin_sim.engine.compiled.draws import gumbel, uniform
from lockin_sim.engine.compiled.projects import projects_choose  # noqa: F401
from lockin_sim.engine.market import MarketView
from lockin_sim.engine.renewals import Loans, Rows
from lockin_sim.lanes.cache import kernel
from lockin_sim.lanes.functions import anywhere, total, where
from lockin_sim.lanes.load_store import picked, put, row
from lockin_sim.lanes.recompile import constructor, inlined, recompiled
from lockin_sim.lanes.rows import LANES, at, lanes, only, position
from lockin_sim.lanes.tables import get, length, numbers_of, part, plain, shared, tables
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Counted, Due, Flowed, Offer
from lockin_sim.rules import contracts, diffusion, finance, pricing, users, utility
from lockin_sim.world import World
from lockin_sim.world.cache import MOST_YEARS, per_world

_judge, _worth, _weights_of = map(recompiled, (decisions.judge, decisions.worth, decisions.weights_of))
_choose, _count, _asked_price = map(recompiled, (decisions.choose, decisions.count, decisions.asked_price))
_outside, _within_cap = recompiled(utility.outside_option), recompiled(contracts.within_cap)
_effective_price, _known = recompiled(pricing.effective_price), constructor(Offer)
_loans, _paid_beside = recompiled(finance.loans), recompiled(decisions.paid_beside)


def operators_choose(batch: Batch, year: Year, rows: Rows, loans: Loans, around: MarketView) -> Signed:
    """As of the engine of numpy; what is locked in is summed over vendors here."""
    world, now, number = batch.world, year.now, len(rows.run)
    cost = cost_to_lots(batch, year, rows)
    cost = cost if isinstance(cost, np.ndarray) else np.zeros((1, world.shape[2]))
    luck = [batch.draws.of_country(name, year.year) for name in ("offer", "outside")]
    slot, signed = np.empty(number, dtype=np.intp), np.empty((number, 1), dtype=bool)
    paid, lent = np.empty((number, 1)), np.empty((number, len(world.lenders.names)))
    sums = np.empty((len(Counted._fields), number, 1))
    _sign(
        (batch.like, batch.like_sponsors), batch.parameter_table, around.bargains,
        plain(rows.run, rows.lot, rows.domain, rows.country, rows.incumbent),
        plain(*rows.due),
        plain(rows.value, rows.carry_over, cost),
        (luck[0].key, luck[1].key, *plain(luck[0].counter)),
        plain(batch.state.incumbent, around.place, around.audience),
        plain(batch.lot_taste, around.fit, around.neighbours, batch.state.installed),
        plain(loans.place, loans.benefit, loans.given),
        plain(year.quality, year.log_price, year.salience, year.affinity),
        plain(around.layers, around.status, around.barred),
        plain(year.on_sale, now.home_part, now.place_utility, now.share_cap, now.log_income),
        *_given(world, world.concern_since(year.year)),
        (slot, signed, paid, lent, sums),
    )  # fmt: skip
    return Signed(rows, signed, slot, Counted(*sums), paid, lent)


@lru_cache(maxsize=8)  # a world is large
def _given(world: World, since: int) -> tuple[Any, ...]:
    """What is known of offers and domains, of what lenders pay for, and of lots, from a change of concern on;
    since, the position of its year."""
    return (
        plain(
            world.concern_of_slots(world.first_year + since), world.slot_sponsor, world.home_bonus,
            world.offer_keys, world.sensitive, world.relative_affinity,
        ),
        plain(world.financeable, world.backbone, world.expansion_share),
        plain(world.lots.sibling, world.lots.weight, world.lot_keys),
    )  # fmt: skip


@kernel
def _sign(
    likes, numbers, bargains, rows, due, values, luck, places, states, loans, posted, seen, market,
    given, pays, lots, out,
):  # fmt: skip
    """Every lot that is up: see ``engine.operators``, which gathers the same.

    likes  a tuple as long as a row of vendors, and one of sponsors
    rows   (row,) each: run, lot, domain, country, incumbent
    luck   keys of the shocks to offers and to leaving a lot unbuilt, and the counters of both
    out    filled: (row,), (row, 1) twice, (row, lender) and (counted, row, 1)
    """
    (of_runs,), lots = tables((numbers,)), tables(lots)
    about = tables(rows), tables(due), tables(values), tables(places), lots
    tabled = tables(states), tables(posted), tables(seen), tables(market), tables(given)
    shocks, loans, written = (luck[0], luck[1], *tables(luck[2:])), tables(loans), tables(out)
    pays = tables(pays)
    run, domain, first = about[0][0], about[0][2], 0
    while first < length(run, 0):
        last = _alike(run, domain, first)
        r, d = get(run, first), get(domain, first)
        p, lends = numbers_of(ParameterRow, of_runs, r), get(pays[0], d)
        for one in range(first, last, LANES):
            _lots(likes, lanes(one, last), r, d, p, bargains, lends, about, shocks, tabled, loans, written)
        base = _paid_beside(get(pays[1], d), get(pays[2], d), p)
        for i in range(first, last):
            _pay(i, r, d, p.financed_share, base, lends, about, tabled[4][1], loans, written)
        first = last


@inlined
def _alike(run, domain, first):
    """Where the rows end that are of the same run and domain as one."""
    last = first + 1
    while (
        last < length(run, 0)
        and get(run, last) == get(run, first)
        and get(domain, last) == get(domain, first)
    ):
        last += 1
    return last


@inlined
def _lots(likes, i, r, d, p, bargains, lends, about, shocks, tabled, loans, out):
    """The lots of the lanes decide."""
    rows, due, values, _, lots = about
    states, _, seen, market, given = tabled
    like, across = likes
    lot, c = get(rows[1], i), get(rows[3], i)
    own = only(get(rows[4], i), like)
    place = get(loans[0], r, c) if lends else c * 0
    benefit = picked(loans[1], across, part(given[1], d), like, place)
    offer = _offer_to_lots(likes, i, r, lot, d, c, own, bargains, benefit, p, about, tabled)
    barred = picked(seen[2], across, part(given[1], d), like, r, c) & get(given[4], d)
    may = row(market[0], like, d, c) & ~barred
    cap = get(market[3], d, c)
    if anywhere(cap < 1.0):
        may = where(
            cap < 1.0, _within_cap(may, row(states[3], like, r, d, c), get(lots[1], lot), own, cap), may
        )
    income = get(market[4], c)
    terms = _judge(offer, _weights_of(p, income))
    offers = _worth(terms, may)
    outside = _outside(income, outside_level=p.outside_level, outside_income_weight=p.outside_income_weight)
    counter = get(shocks[2], r, c * (1 if length(shocks[2], 1) > 1 else 0)) ^ get(lots[2], lot)
    shock = gumbel(shocks[0], counter ^ row(given[3], like, d))
    staying = gumbel(shocks[1], counter)
    up = Due(get(due[0], i, 0), get(due[1], i, 0), get(due[2], i, 0), get(due[3], i, 0))
    chosen = _choose(offers, shock, outside, staying, up.considered, p.noise_scale)
    value = get(values[0], i, 0)
    counted = _count(value, up, own, barred, offers, terms.switching, outside, chosen.winner, p.noise_scale)
    slot = position(chosen.winner)
    put(out[0], slot, i)
    put(out[1], chosen.signed, i, 0)
    paid = at(_effective_price(offer.log_price, offer.benefit), slot)
    put(out[2], where(chosen.signed, paid, 0.0), i, 0)
    _write_counted(counted, i, out[4])


@inlined
def _pay(i, r, d, financed_share, base, lends, about, sponsor, loans, out):
    """What each lender pays for the contract of one lot."""
    slot, signed, _, lent, _ = out
    place = loans[0][r, about[0][3][i]] if lends else 0
    value = about[2][0][i, 0] * signed[i, 0]
    for h in range(lent.shape[1]):
        lent[i, h] = _loans(value, loans[2][place, sponsor[d, slot[i]], h], financed_share, base)


@inlined
def _write_counted(counted, i, sums):
    """Put away what lots show, in the order of ``Counted``."""
    put(sums, counted.renewed, 0, i, 0)
    put(sums, counted.retained, 1, i, 0)
    put(sums, counted.forced, 2, i, 0)
    put(sums, counted.early, 3, i, 0)
    put(sums, total(counted.locked), 4, i, 0)
    put(sums, counted.surplus, 5, i, 0)
    put(sums, counted.considered, 6, i, 0)
    put(sums, counted.coverage_surplus, 7, i, 0)


@inlined
def _offer_to_lots(likes, i, r, lot, d, c, own, bargains, benefit, p, about, tabled):
    """What is known of each offer to some lots."""
    rows, _, values, places, lots = about
    states, posted, seen, market, given = tabled
    like, across = likes
    fit, sponsors, taste = states[1], part(given[1], d), row(states[0], like, r, lot)
    incumbent, sibling = get(rows[4], i), get(lots[0], lot)
    other = where(sibling >= 0, get(places[0], r, _there(sibling)), -1)
    held = where(own, 1.0, 0.0) if bargains else taste * 0.0
    listed = row(posted[1], like, shared(posted[1], r), d)
    return _known(
        quality=row(posted[0], like, r, d),
        log_price=_asked_price(listed, held, row(values[2], like, shared(values[2], i)), p),
        benefit=benefit,
        home_bonus=row(given[2], like, d),
        home_part=row(market[1], like, d, c),
        place=row(market[2], like, d, c),
        network=row(states[2], like, r, get(places[1], d), c),
        layers=picked(seen[0], across, sponsors, like, r, d, c),
        affinity=picked(posted[3], across, sponsors, like, shared(posted[3], r), c) * get(given[5], d),
        status=row(seen[1], like, r, d, get(places[2], c)),
        concern=row(given[0], like, d, c),
        salience=picked(posted[2], across, sponsors, like, shared(posted[2], r)),
        taste=taste,
        sibling_fit=where(other >= 0, row(fit, like, r, d, _there(other)), 0.0),
        incumbent_fit=where(incumbent >= 0, row(fit, like, r, d, _there(incumbent)), 1.0),
        carry_over=get(values[1], i, 0),
    )


@inlined
def _there(position):
    """A position to read at, also where there is none."""
    return where(position >= 0, position, 0)


_flow = recompiled(decisions.flow)
_market_shares, _friction = recompiled(diffusion.market_shares), recompiled(users.friction)
_open_to_new = recompiled(users.open_to_new)


def users_move(batch: Batch, year: Year, leaving: Floats, around: MarketView) -> list[Moved]:
    """As of the engine of numpy; what is counted by offers there is summed over them here."""
    world, now, domains = batch.world, year.now, batch.world.bought_by("users")
    if not len(domains):
        return []
    some_of_them, runs, (_, countries, vendors) = some(domains), len(batch.runs), world.shape
    of_offers, of_markets = (runs, len(domains), countries, vendors), (runs, len(domains), countries, 1)
    after, gained, locked = (np.empty(of_offers) for _ in range(3))
    sums = np.empty((7, *of_markets))
    cost = cost_to_users(batch, year, some_of_them)
    by_customer = around.bargains or isinstance(cost, np.ndarray)
    cost = cost if isinstance(cost, np.ndarray) else np.zeros((1, 1, 1, vendors))
    paid = np.empty(of_offers if by_customer else (runs, len(domains), 1, vendors))
    _move(
        (batch.like, batch.like_sponsors), domains, batch.users_parameter_table,
        (around.bargains, by_customer),
        plain(batch.state.installed, batch.taste, around.fit, cost),
        plain(year.quality, year.log_price, year.salience, year.affinity),
        plain(around.layers, around.status, around.audience, around.barred, leaving),
        plain(
            year.on_sale, now.home_part, now.place_utility, world.concern_of_slots(year.year), now.share_cap
        ),
        plain(now.log_income, world.slot_sponsor, world.home_bonus, world.sensitive),
        plain(world.own_pull, world.relative_affinity, world.relative_switching, world.lifetime),
        tuple(np.empty((2, vendors, vendors))), (after, gained, locked, sums, paid),
    )  # fmt: skip
    renewed, retained, forced, early, surplus, considered, coverage = sums
    flowed = Flowed(after, gained, renewed, retained, forced, early, locked, surplus, considered, coverage)
    return [Moved(some_of_them, flowed, paid)]


@kernel
def _move(likes, domains, numbers, asks, states, posted, seen, market, given, scaled, scratch, out):
    """Every market of users: see ``engine.users``, which gathers the same.

    likes    a tuple as long as a row of vendors, and one of sponsors
    domains  (some,), those of users; numbers (run, parameter)
    asks     whether prices depend on what a customer holds, and whether they differ between customers
    scratch  (vendor, vendor) each, for what is the same in all markets of a domain
    out      filled: (run, some, country, vendor or 1) each
    """
    (values,), (fitting, friction) = tables((numbers,)), tables(scratch)
    tabled = tables(states), tables(posted), tables(seen), tables(market), tables(given), tables(scaled)
    written = tables(out)
    countries = length(tabled[0][0], 2)
    for k in range(len(domains)):  # what a year gives all runs of a domain stays near
        for r in range(length(tabled[0][0], 0)):
            p = numbers_of(ParameterRow, values, r)
            _matrices(likes[0], r, domains[k], p, fitting, friction, tabled)
            if not asks[1]:
                listed = row(tabled[1][1], likes[0], shared(tabled[1][1], r), domains[k])
                put(written[4], _effective_price(listed, 0.0), r, k, 0)
            for first in range(0, countries, LANES):
                c = lanes(first, countries)
                _markets(likes, r, k, domains[k], c, p, asks, fitting, friction, tabled, written)


@inlined
def _matrices(like, r, d, p, fitting, friction, tabled):
    """Who works with whom, as users of a domain count it, and what is left of an offer after switching."""
    for first in range(0, len(like), LANES):
        u = lanes(first, len(like))
        fits = row(tabled[0][2], like, r, d, u)
        put(fitting, fits * row(tabled[5][0], like, d), u)
        put(friction, _friction(fits, p.switching_cost * get(tabled[5][2], d), noise_scale=p.noise_scale), u)


@inlined
def _markets(likes, r, k, d, c, p, asks, fitting, friction, tabled, out):
    """A year of one run and domain, in the countries of the lanes."""
    states, _, seen, market, given, scaled = tabled
    like, across = likes
    sponsors, held = part(given[1], d), row(states[0], like, r, d, c)
    barred = picked(seen[3], across, sponsors, like, r, c) & get(given[3], d)
    may = row(market[0], like, d, c) & ~barred
    cap = get(market[4], d, c)
    if anywhere(cap < 1.0):
        may = _open_to_new(may, held, cap)
    offer = _offer_to_users(likes, r, k, d, c, held, asks[0], fitting, p, tabled)
    income = get(given[0], c)
    flowed = _flow(
        held,
        _worth(_judge(offer, _weights_of(p, income)), may),
        friction,
        barred,
        picked(seen[4], across, sponsors, like, shared(seen[4], r), c),
        _outside(income, outside_level=p.outside_level, outside_income_weight=p.outside_income_weight),
        lifetime=get(scaled[3], d),
        greenfield_rate=p.greenfield_rate,
        noise_scale=p.noise_scale,
    )
    _write_flowed(flowed, r, k, c, out)
    if asks[1]:
        put(out[4], _effective_price(offer.log_price, 0.0), r, k, c)


@inlined
def _write_flowed(flowed, r, k, c, out):
    """Put away what happened in a market."""
    after, gained, locked, sums = out[:4]
    put(after, flowed.installed, r, k, c)
    put(gained, flowed.gained, r, k, c)
    put(locked, flowed.locked, r, k, c)
    put(sums, total(flowed.renewed), 0, r, k, c, 0)
    put(sums, total(flowed.retained), 1, r, k, c, 0)
    put(sums, total(flowed.forced), 2, r, k, c, 0)
    put(sums, total(flowed.early), 3, r, k, c, 0)
    put(sums, total(flowed.surplus), 4, r, k, c, 0)
    put(sums, flowed.considered, 5, r, k, c, 0)
    put(sums, flowed.coverage_surplus, 6, r, k, c, 0)


@inlined
def _offer_to_users(likes, r, k, d, c, held, bargains, fitting, p, tabled):
    """What is known of each offer to the users of some countries."""
    states, posted, seen, market, given, scaled = tabled
    like, across = likes
    extra, share, sponsors = states[3], _market_shares(held), part(given[1], d)
    run, domain = shared(extra, r), k % length(extra, 1)
    cost = row(extra, like, run, domain, c) if length(extra, 2) > 1 else row(extra, like, run, domain, 0)
    own = share if bargains else share * 0.0
    return _known(
        quality=row(posted[0], like, r, d),
        log_price=_asked_price(row(posted[1], like, shared(posted[1], r), d), own, cost, p),
        benefit=0.0,
        home_bonus=row(given[2], like, d),
        home_part=row(market[1], like, d, c),
        place=row(market[2], like, d, c),
        network=share @ fitting,
        layers=picked(seen[0], across, sponsors, like, r, d, c),
        affinity=picked(posted[3], across, sponsors, like, shared(posted[3], r), c) * get(scaled[1], d),
        status=row(seen[1], like, r, d, get(seen[2], c)),
        concern=row(market[3], like, d, c),
        salience=picked(posted[2], across, sponsors, like, shared(posted[2], r)),
        taste=row(states[1], like, r, d, c),
    )


_adopt = recompiled(decisions.adopt)


def adopters_adopt(batch: Batch, year: Year, around: MarketView) -> Floats:
    """As of the engine of numpy."""
    world, now, after = batch.world, year.now, batch.state.adoption.copy()
    luck, adopters, laws = batch.draws.of_country("adoption", year.year), *_standing(world, year.year)
    moving = np.empty((len(adopters), world.shape[2]), dtype=bool)
    _take_up(
        batch.parameter_table, luck.key, adopters, laws,
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
        p = numbers_of(ParameterRow, of_runs, r)
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
