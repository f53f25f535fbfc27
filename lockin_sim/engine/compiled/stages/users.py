"""Users move, compiled: each market of each run in one pass, those of several countries at once."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year, some
from lockin_sim.engine.compiled.blocks import picked, put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.functions import anywhere, total
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.memory import get, length, numbers_of, part, plain, shared, tables
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, constructor, inlined
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.surroundings import Surroundings
from lockin_sim.engine.users import Moved, extra_cost
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Flowed, Offer
from lockin_sim.rules import diffusion, pricing, users, utility

_judge, _worth, _flow = compiled(decisions.judge), compiled(decisions.worth), compiled(decisions.flow)
_weights_of, _asked_price = compiled(decisions.weights_of), compiled(decisions.asked_price)
_market_shares, _friction = compiled(diffusion.market_shares), compiled(users.friction)
_open_to_new, _outside = compiled(users.open_to_new), compiled(utility.outside_option)
_known, _effective_price = constructor(Offer), compiled(pricing.effective_price)


def users_move(batch: Batch, year: Year, leaving: Floats, around: Surroundings) -> list[Moved]:
    """As of the engine of numpy; what is counted by offers there is summed over them here."""
    world, now, domains = batch.world, year.now, batch.world.bought_by("users")
    if not len(domains):
        return []
    some_of_them, runs, (_, countries, vendors) = some(domains), len(batch.runs), world.shape
    of_offers, of_markets = (runs, len(domains), countries, vendors), (runs, len(domains), countries, 1)
    after, gained, locked = (np.empty(of_offers) for _ in range(3))
    sums = np.empty((7, *of_markets))
    cost = extra_cost(batch, year, some_of_them)
    by_customer = around.bargains or isinstance(cost, np.ndarray)
    cost = cost if isinstance(cost, np.ndarray) else np.zeros((1, 1, 1, vendors))
    paid = np.empty(of_offers if by_customer else (runs, len(domains), 1, vendors))
    _move(
        (batch.like, batch.like_sponsors), domains, batch.users_numbers, (around.bargains, by_customer),
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
            p = numbers_of(Numbers, values, r)
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
    offer = _offer(likes, r, k, d, c, held, asks[0], fitting, p, tabled)
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
    _write(flowed, r, k, c, out)
    if asks[1]:
        put(out[4], _effective_price(offer.log_price, 0.0), r, k, c)


@inlined
def _write(flowed, r, k, c, out):
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
def _offer(likes, r, k, d, c, held, bargains, fitting, p, tabled):
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
