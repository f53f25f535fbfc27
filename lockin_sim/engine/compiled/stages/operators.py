"""Operators choose, compiled: each lot that is up in one pass over its offers, several lots at once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.blocks import picked, put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.chance import gumbel
from lockin_sim.engine.compiled.functions import anywhere, total, where
from lockin_sim.engine.compiled.lanes import at, lanes, only, position
from lockin_sim.engine.compiled.memory import get, length, numbers_of, part, plain, shared, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, constructor, inlined
from lockin_sim.engine.lending import Loans
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.operators import Signed, extra_cost
from lockin_sim.engine.renewals import Rows
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Counted, Due, Offer
from lockin_sim.rules import contracts, finance, pricing, utility
from lockin_sim.world import World

_judge, _worth, _weights_of = map(compiled, (decisions.judge, decisions.worth, decisions.weights_of))
_choose, _count, _asked_price = map(compiled, (decisions.choose, decisions.count, decisions.asked_price))
_outside, _within_cap = compiled(utility.outside_option), compiled(contracts.within_cap)
_effective_price, _known = compiled(pricing.effective_price), constructor(Offer)
_loans, _paid_beside = compiled(finance.loans), compiled(decisions.paid_beside)


def operators_choose(batch: Batch, year: Year, rows: Rows, loans: Loans, around: Surroundings) -> Signed:
    """As of the engine of numpy; what is locked in is summed over vendors here."""
    world, now, number = batch.world, year.now, len(rows.run)
    cost = extra_cost(batch, year, rows)
    cost = cost if isinstance(cost, np.ndarray) else np.zeros((1, world.shape[2]))
    luck = [batch.draws.of_country(name, year.year) for name in ("offer", "outside")]
    slot, signed = np.empty(number, dtype=np.intp), np.empty((number, 1), dtype=bool)
    paid, lent = np.empty((number, 1)), np.empty((number, len(world.lenders.names)))
    sums = np.empty((len(Counted._fields), number, 1))
    _sign(
        (batch.like, batch.like_sponsors), batch.numbers, around.bargains,
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
        p, lends = numbers_of(Numbers, of_runs, r), get(pays[0], d)
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
    offer = _offer(likes, i, r, lot, d, c, own, bargains, benefit, p, about, tabled)
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
    _write(counted, i, out[4])


@inlined
def _pay(i, r, d, financed_share, base, lends, about, sponsor, loans, out):
    """What each lender pays for the contract of one lot."""
    slot, signed, _, lent, _ = out
    place = loans[0][r, about[0][3][i]] if lends else 0
    value = about[2][0][i, 0] * signed[i, 0]
    for h in range(lent.shape[1]):
        lent[i, h] = _loans(value, loans[2][place, sponsor[d, slot[i]], h], financed_share, base)


@inlined
def _write(counted, i, sums):
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
def _offer(likes, i, r, lot, d, c, own, bargains, benefit, p, about, tabled):
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
