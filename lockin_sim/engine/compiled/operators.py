"""Operators choose, compiled: each lot that is up in one pass over its offers, several lots at once."""

from __future__ import annotations

import numpy as np

from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled import stand_ins  # noqa: F401 - gives rules their meaning for rows
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
from lockin_sim.engine.operators import Signed, extra_cost, money
from lockin_sim.engine.renewals import Rows
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Counted, Due, Offer
from lockin_sim.rules import contracts, pricing, utility

_judge, _worth, _weights_of = map(compiled, (decisions.judge, decisions.worth, decisions.weights_of))
_choose, _count, _asked_price = map(compiled, (decisions.choose, decisions.count, decisions.asked_price))
_outside, _within_cap = compiled(utility.outside_option), compiled(contracts.within_cap)
_effective_price, _known = compiled(pricing.effective_price), constructor(Offer)


def operators_choose(batch: Batch, year: Year, rows: Rows, loans: Loans, around: Surroundings) -> Signed:
    """As of the engine of numpy; what is locked in is summed over vendors here."""
    world, now = batch.world, year.now
    number, vendors = len(rows.run), world.shape[2]
    given = loans.row_of(rows.run, rows.country, world.financeable[rows.domain])
    cost = extra_cost(batch, year, rows)
    cost = cost if isinstance(cost, np.ndarray) else np.zeros((1, vendors))
    offers, outside = (batch.row_keys(name, year.year, rows.run, rows.lot) for name in ("offer", "outside"))
    slot, paid, signed = (
        np.zeros(number, dtype=np.intp),
        np.zeros((number, 1)),
        np.zeros((number, 1), dtype=bool),
    )
    sums = np.zeros((len(Counted._fields), number, 1))
    _sign(
        (batch.like, batch.like_sponsors), batch.numbers, around.bargains,
        plain(rows.run, rows.lot, rows.domain, rows.country, rows.incumbent, given),
        plain(*rows.due),
        plain(rows.value, rows.carry_over, cost),
        (offers.key, *plain(offers.counter), outside.key, *plain(outside.counter, world.offer_keys)),
        plain(batch.state.incumbent, world.lots.sibling, around.place, around.audience),
        plain(batch.lot_taste, around.fit, around.neighbours, loans.benefit, batch.state.installed),
        plain(year.quality, pricing.log_price(year.list_price), year.salience, year.affinity),
        plain(around.layers, around.status, around.barred),
        plain(year.on_sale, now.home_part, now.place_utility, world.concern_of_slots, now.share_cap),
        plain(now.log_income, world.slot_sponsor, world.home_bonus, world.sensitive),
        plain(world.relative_affinity, world.lots.weight),
        (slot, paid, signed, sums),
    )  # fmt: skip
    return Signed(rows, signed, slot, Counted(*sums), paid, money(batch, rows, loans, given, signed, slot))


@kernel
def _sign(
    likes, numbers, bargains, rows, due, values, keys, places,
    states, posted, seen, market, given, scaled, out,
):  # fmt: skip
    """Every lot that is up: see ``engine.operators``, which gathers the same.

    likes  a tuple as long as a row of vendors, and one of sponsors
    rows   (row,) each: run, lot, domain, country, incumbent, row of what loans give
    out    filled: (row,), (row, 1), (row, 1) and (counted, row, 1)
    """
    (of_runs,) = tables((numbers,))
    about = tables(rows), tables(values), tables(places)
    tabled = tables(states), tables(posted), tables(seen), tables(market), tables(given), tables(scaled)
    up, shocks, written = tables(due), (keys[0], keys[2], *tables((keys[1], keys[3], keys[4]))), tables(out)
    run, domain, first = about[0][0], about[0][2], 0
    while first < length(run, 0):
        last = _alike(run, domain, first)
        r, d = get(run, first), get(domain, first)
        p = numbers_of(Numbers, of_runs, r)
        for one in range(first, last, LANES):
            _lots(likes, lanes(one, last), r, d, p, bargains, about, up, shocks, tabled, written)
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
def _lots(likes, i, r, d, p, bargains, about, due, shocks, tabled, out):
    """The lots of the lanes decide."""
    rows, values, _ = about
    states, _, seen, market, given, scaled = tabled
    like, across = likes
    lot, c = get(rows[1], i), get(rows[3], i)
    own = only(get(rows[4], i), like)
    offer = _offer(likes, i, r, lot, d, c, own, bargains, p, about, tabled)
    barred = picked(seen[2], across, part(given[1], d), like, r, c) & get(given[3], d)
    may = row(market[0], like, d, c) & ~barred
    cap = get(market[4], d, c)
    if anywhere(cap < 1.0):
        may = where(
            cap < 1.0, _within_cap(may, row(states[4], like, r, d, c), get(scaled[1], lot), own, cap), may
        )
    income = get(given[0], c)
    terms = _judge(offer, _weights_of(p, income))
    offers = _worth(terms, may)
    outside = _outside(income, outside_level=p.outside_level, outside_income_weight=p.outside_income_weight)
    shock = gumbel(shocks[0], get(shocks[2], i) ^ row(shocks[4], like, d))
    staying = gumbel(shocks[1], get(shocks[3], i))
    up = Due(get(due[0], i, 0), get(due[1], i, 0), get(due[2], i, 0), get(due[3], i, 0))
    chosen = _choose(offers, shock, outside, staying, up.considered, p.noise_scale)
    value = get(values[0], i, 0)
    counted = _count(value, up, own, barred, offers, terms.switching, outside, chosen.winner, p.noise_scale)
    slot = position(chosen.winner)
    put(out[0], slot, i)
    put(out[2], chosen.signed, i, 0)
    paid = at(_effective_price(offer.log_price, offer.benefit), slot)
    put(out[1], where(chosen.signed, paid, 0.0), i, 0)
    _write(counted, i, out[3])


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
def _offer(likes, i, r, lot, d, c, own, bargains, p, about, tabled):
    """What is known of each offer to some lots."""
    rows, values, places = about
    states, posted, seen, market, given, scaled = tabled
    like, across = likes
    fit, sponsors, taste = states[1], part(given[1], d), row(states[0], like, r, lot)
    incumbent, sibling = get(rows[4], i), get(places[1], lot)
    other = where(sibling >= 0, get(places[0], r, _there(sibling)), -1)
    held = where(own, 1.0, 0.0) if bargains else taste * 0.0
    listed = row(posted[1], like, shared(posted[1], r), d)
    return _known(
        quality=row(posted[0], like, r, d),
        log_price=_asked_price(listed, held, row(values[2], like, shared(values[2], i)), p),
        benefit=picked(states[3], across, sponsors, like, get(rows[5], i)),
        home_bonus=row(given[2], like, d),
        home_part=row(market[1], like, d, c),
        place=row(market[2], like, d, c),
        network=row(states[2], like, r, get(places[2], d), c),
        layers=picked(seen[0], across, sponsors, like, r, d, c),
        affinity=picked(posted[3], across, sponsors, like, shared(posted[3], r), c) * get(scaled[0], d),
        status=row(seen[1], like, r, d, get(places[3], c)),
        concern=row(market[3], like, d, c),
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
