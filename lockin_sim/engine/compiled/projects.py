"""Projects choose, compiled: each is offered the means over its landings, and several take theirs at once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, ParameterRow, Year
from lockin_sim.engine.buyers import Built, Projects, landing_fines
from lockin_sim.engine.compiled.draws import gumbel
from lockin_sim.engine.market import MarketView
from lockin_sim.engine.renewals import Landings, Loans
from lockin_sim.lanes.cache import kernel
from lockin_sim.lanes.functions import where
from lockin_sim.lanes.load_store import put, row
from lockin_sim.lanes.recompile import constructor, inlined, recompiled
from lockin_sim.lanes.rows import LANES, lanes, position
from lockin_sim.lanes.tables import get, numbers_of, plain, shared, tables
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer
from lockin_sim.rules import finance, pricing, utility
from lockin_sim.world import World

_judge, _worth, _weights_of = map(recompiled, (decisions.judge, decisions.worth, decisions.weights_of))
_choose, _known, _loans = recompiled(decisions.choose), constructor(Offer), recompiled(finance.loans)
_compliant_price = recompiled(pricing.compliant_price)
_effective_price, _length_term = recompiled(pricing.effective_price), recompiled(utility.length_term)


def projects_choose(
    batch: Batch, year: Year, landings: Landings | None, loans: Loans, around: MarketView
) -> Built | None:
    """As of the engine of numpy."""
    world, routes, now = batch.world, batch.world.routes, year.now
    if landings is None or routes is None:
        return None
    number, vendors = len(landings.run), world.shape[2]
    projects = len(batch.runs) * routes.yearly
    fines: Floats = np.zeros((1, vendors))
    if batch.exogenous.fines[year.step]:
        (fines,) = Projects(batch, landings, routes.yearly).means(landing_fines(batch, year, landings))
    paid, lent = np.empty((number, 1)), np.empty((number, len(world.lenders.names)))
    slot, signed = np.empty(number, dtype=np.intp), np.empty((number, 1), dtype=bool)
    keys = landings.plans.keys
    _build(
        batch.like, routes.domain, bool(world.financeable[routes.domain]), batch.parameter_table, keys.key,
        plain(landings.run, landings.project, landings.country),
        plain(landings.value, landings.plans.length.reshape(-1), fines),
        plain(keys.counter.reshape(-1)) + _given(world, world.concern_since(year.year)),
        plain(batch.taste, around.layers, around.status, around.audience, around.barred),
        plain(year.quality, year.log_price, year.salience, year.affinity),
        plain(year.on_sale, now.home_part, now.place_utility, now.log_income),
        plain(loans.place, loans.benefit, loans.given),
        (*np.empty((3, projects + 1), dtype=np.intp), *np.empty((3, projects, vendors))),
        (slot, signed, paid, lent),
    )  # fmt: skip
    return Built(landings, signed, slot, paid, lent)


@lru_cache(maxsize=8)
def _given(world: World, since: int) -> tuple[NDArray[Any], ...]:
    """What is known of the suppliers of projects from a change of concern on; since, the position of its
    year."""
    assert world.routes is not None
    d = world.routes.domain
    return plain(
        world.offer_keys[d], world.slot_sponsor[d], world.home_bonus[d], world.length_slope[d],
        world.concern_of_slots(world.first_year + since)[d], world.relative_affinity, world.sensitive,
    )  # fmt: skip


@kernel
def _build(like, d, asks, numbers, key, rows, values, given, states, posted, market, loans, scratch, out):
    """Every project: see ``engine.projects``, which gathers the same.

    like     a tuple as long as a row of vendors; d, asks  the domain, and whether loans pay for it
    rows     (row,) each: run, project and country of each landing, in this order
    scratch  filled: (project + 1,) each, first landing, run, and slot of the winner, -1 if there is none;
             (project, vendor) each, utility, log price, and part of the price that loans take off
    out      filled: (row,), (row, 1), (row, 1), (row, lender)
    """
    (of_runs,) = tables((numbers,))
    about, offered = (tables(rows), tables(values), tables(given)), tables(scratch)
    tabled = tables(states), tables(posted), tables(market), tables(loans)
    written, (run, project, _), (first, of, _, _, _, _) = tables(out), about[0], offered
    number, i = len(offered[3]), 0
    for q in range(number):
        first[q], of[q], j = i, run[i], project[i]
        while i < len(run) and run[i] == of[q] and project[i] == j:
            i += 1
        first[q + 1] = i
        p = numbers_of(ParameterRow, of_runs, of[q])
        _ask(q, d, asks, p, about, tabled, offered)
    for start in range(0, number, LANES):
        q = lanes(start, number)
        noise = numbers_of(ParameterRow, of_runs, get(of, q)).noise_scale
        _take(like, q, noise, key, about[2], offered)
    for q in range(number):
        p = numbers_of(ParameterRow, of_runs, of[q])
        _sign(q, asks, p, about, tabled[3], offered, written)


@inlined
def _ask(q, d, asks, p, about, tabled, offered):
    """What each supplier is worth to a project: means over its landings."""
    (_, _, country), (_, length, fines), given = about
    _, (quality, price, salience, _), (_, _, _, log_income), _ = tabled
    _, _, sponsor, home_bonus, slope, _, relative, _ = given
    first, of, _, utility, log_price, benefit = offered
    r, income, posted = of[q], 0.0, shared(price, of[q])
    for i in range(first[q], first[q + 1]):
        income += log_income[country[i]]
    weights = _weights_of(p, income / (first[q + 1] - first[q]))
    for v in range(utility.shape[1]):
        may, means = _means(q, r, d, v, asks, country, given, tabled, first)
        offer = _known(
            quality=quality[r, d, v],
            log_price=_compliant_price(price[posted, d, v], fines[shared(fines, q), v]),
            benefit=means[0],
            home_bonus=home_bonus[v],
            home_part=1.0 if means[1] > 0.0 else 0.0,
            place=means[2] + _length_term(length[q], slope[v]),
            network=0.0,
            layers=means[3],
            affinity=means[4] * relative[d],
            status=means[5],
            concern=means[6],
            salience=salience[shared(salience, r), sponsor[v]],
            taste=means[7],
        )
        utility[q, v] = _worth(_judge(offer, weights), may)
        log_price[q, v], benefit[q, v] = offer.log_price, offer.benefit


@inlined
def _means(q, r, d, v, asks, country, given, tabled, first):
    """Whether all landings of a project may take an offer, and means over them of what they know of it."""
    (taste, layers, status, audience, barred), (_, _, _, affinity), market, loans = tabled
    on_sale, home_part, place, _ = market
    h, concern, sensitive = given[2][v], given[5], given[7]
    may, b, k, a = True, 0.0, 0.0, 0.0
    part, there, seen, feared, liked = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(first[q], first[q + 1]):
        c = country[i]
        may = may and on_sale[d, c, v] and not (barred[r, c, h] and sensitive[d])
        b += loans[1][_row_of(loans, r, c, asks), h]
        part += home_part[d, c, v]
        there += place[d, c, v]
        k += layers[r, d, c, h]
        a += affinity[shared(affinity, r), c, h]
        seen += status[r, d, audience[c], v]
        feared += concern[c, v]
        liked += taste[r, d, c, v]
    n = float(first[q + 1] - first[q])
    return may, (b / n, part / n, there / n, k / n, a / n, seen / n, feared / n, liked / n)


@inlined
def _row_of(loans, r, c, asks):
    """As of ``Loans``, for one buyer."""
    return loans[0][r, c] if asks else 0


@inlined
def _take(like, q, noise, key, given, offered):
    """The projects of the lanes take the best offer; going without is no option."""
    shock = gumbel(key, get(given[0], q) ^ row(given[1], like))
    chosen = _choose(row(offered[3], like, q), shock, -np.inf, 0.0, noise < 0.0, noise)
    put(offered[2], where(chosen.signed, position(chosen.winner), -1), q)


@inlined
def _sign(q, asks, p, about, loans, offered, out):
    """The landings of a project are built by the supplier taken, if there is one."""
    (_, _, country), (value, _, _), given = about
    sponsor = given[2]
    first, of, taken, _, log_price, benefit = offered
    slot, signed, paid, lent = out
    v, built = max(taken[q], 0), taken[q] >= 0
    price = _effective_price(log_price[q, v], benefit[q, v]) if built else 0.0
    for i in range(first[q], first[q + 1]):
        slot[i], signed[i, 0], paid[i, 0] = v, built, price
        mine = _row_of(loans, of[q], country[i], asks)
        for k in range(lent.shape[1]):
            share = loans[2][mine, sponsor[v], k]
            lent[i, k] = _loans(value[i, 0] * signed[i, 0], share, p.financed_share, 1.0)
