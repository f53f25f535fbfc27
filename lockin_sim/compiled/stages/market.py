"""Compute prices and what buyers see in compiled code, several vendors or neighbours at once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sparse

from lockin_sim.common.conventions import Floats
from lockin_sim.compiled import loops
from lockin_sim.compiled.lanes.cache import kernel
from lockin_sim.compiled.lanes.load_store import narrow, put, row
from lockin_sim.compiled.lanes.recompile import inlined, recompiled
from lockin_sim.compiled.lanes.rows import LANES, lanes
from lockin_sim.compiled.lanes.views import get, numbers_of, plain, shared, tables
from lockin_sim.engine.batch import Batch, Board, ParameterRow, Year, cache_by_year, on_sale
from lockin_sim.engine.market import compute_openness, sum_neighbour_base
from lockin_sim.model import decisions
from lockin_sim.model.seen import MarketView, Tenders, known_of
from lockin_sim.rules import diffusion, pricing
from lockin_sim.world import World

_learned_cost, _list_price, _log_price = map(
    recompiled, (pricing.learned_cost, pricing.list_price, pricing.log_price)
)
_standards_cost: Any = recompiled(decisions.compute_standards_cost)


def prices(batch: Batch, year: Year) -> tuple[Floats, Floats]:
    """Compute list prices and their logarithms, as the numpy stage does."""
    state = batch.state
    listed, log = np.empty(state.deployed.shape), np.empty(state.deployed.shape)
    _ask(
        batch.likes.families,
        batch.parameter_table,
        (state.deployed, state.compliance),
        *_offers_of(year),
        (listed, log),
    )
    return listed, log


@cache_by_year
def _offers_of(year: Year) -> tuple[Any, ...]:
    """Return what is known of offers and domains in a year."""
    world, now = year.world, year.now
    return (
        plain(world.initial_cost, now.cost_factor, now.state_support, world.owned_slots),
        plain(world.reference_volume, world.learning_exponent),
    )


@kernel
def _ask(like, numbers, states, offers, domains, out):
    """Compute every price, as ``engine.market`` does.

    like  a tuple as long as a row of families
    out   list price and its logarithm, filled.  (run, domain, vendor) each
    """
    (of_runs,), states, offers = tables((numbers,)), tables(states), tables(offers)
    domains, written = tables(domains), tables(out)
    vendors = states[0].shape[2]
    for r in range(len(states[0])):
        p = numbers_of(ParameterRow, of_runs, r)
        for d in range(states[0].shape[1]):
            for first in range(0, vendors, LANES):
                v = lanes(first, vendors)
                price = _price(like, r, d, v, p, states, offers, domains)
                put(written[0], price, r, d, v)
                put(written[1], _log_price(price), r, d, v)


@inlined
def _price(like, r, d, v, p, states, offers, domains):
    """Compute the list prices of some vendors."""
    cost = _learned_cost(
        get(offers[0], d, v) * get(offers[1], d, v),
        get(states[0], r, d, v),
        get(domains[0], d),
        p.learning_scale * get(domains[1], d),
    )
    added = _standards_cost(row(states[1], like, r, d, v), row(offers[3], like, d, v), p)
    return _list_price(cost, get(offers[2], d, v), added)


_exclusive, _fill_fits = recompiled(decisions.is_exclusive), recompiled(loops.fill_fits)
_fill_official, _fitting = recompiled(loops.fill_official_status), recompiled(diffusion.fitting_base)
_add_by_sponsor, _add_own_layers = recompiled(loops.add_by_sponsor), recompiled(loops.add_own_layers)

#: As many neighbours as are looked at at once.
_BESIDE = (0,) * LANES


def look_around(batch: Batch, board: Board, rows: Tenders) -> MarketView:
    """Compute what buyers see, as the numpy stage does; neighbours only where a lot is up for renewal."""
    world, state, runs = batch.world, batch.state, len(batch.runs)
    domains, countries, vendors = world.shape
    operators, sponsors, seen = (
        world.bought_by("operator"),
        len(batch.likes.sponsors),
        batch.audiences(board.known),
    )
    view = known_market(board.known)._replace(
        quality=board.quality,
        log_price=board.log_price,
        salience=board.salience,
        affinity=board.affinity,
        fit=np.empty((runs, domains, vendors, vendors)),
        layers=np.empty((runs, domains, countries, sponsors)),
        status=np.empty((runs, domains, *seen.demanded.shape[2:3], vendors)),
        audience=seen.of_country,
        barred=np.empty((runs, countries, sponsors), dtype=bool),
        installed=state.installed,
        taste=batch.taste,
        neighbours=np.empty((runs, len(operators), countries, vendors)),
    )
    by_sponsor = np.empty((countries, sponsors))
    _see(
        batch.parameter_table,
        (state.compliance, np.ascontiguousarray(state.status.swapaxes(1, 2))),
        (state.installed, state.since),
        (seen.weight, seen.demanded, np.zeros_like(seen.demanded[:1, :1])),
        _known_of_domains(board.known),
        (by_sponsor, by_sponsor.reshape(-1)),
        (view.fit, view.status),
        (view.layers.reshape(runs, domains, -1), view.barred),
    )
    weights, nearer = _weights(world)
    if not (len(weights) and batch.networked):
        return view._replace(neighbours=sum_neighbour_base(batch, view.fit))
    base, mixed = np.zeros((weights.shape[1], LANES, vendors)), np.empty(weights.shape)
    _look_at_neighbours(
        batch.likes.vendors,
        batch.parameter_table,
        (weights.reshape(-1), nearer.reshape(-1), mixed.reshape(-1), mixed),
        (state.installed, view.fit),
        (rows.run, rows.domain, rows.country, view.operators),
        (base, base.reshape(-1, vendors), np.zeros(vendors)),
        np.empty(len(world.lots), dtype=np.intp),
        view.neighbours,
    )
    return view


@cache_by_year
def known_market(year: Year) -> MarketView:
    """Return the part of the market view that is known ahead; the rest is None."""
    known = known_of(year.world, year.now, year.number) | {"on_sale": on_sale(year)}
    fields: dict[str, Any] = dict.fromkeys(MarketView._fields)
    return MarketView(**fields | dict(zip(known, plain(*known.values()), strict=True)))


@cache_by_year
def _known_of_domains(year: Year) -> tuple[Any, ...]:
    """Return openness between vendors, their sponsors, and which domains build on which."""
    stack = year.world.stack
    built_on = np.flatnonzero(stack.any(axis=0))
    return plain(compute_openness(year.world, year.now), year.world.slot_sponsor, stack.T, built_on)


@lru_cache(maxsize=8)  # as many worlds are kept
def _weights(world: World) -> tuple[Floats, Floats]:
    """Return the influence between countries in blocks of lanes, and its difference for nearby economies.

    (country, block, LANES) each, padded with zeros; empty where influence is not a full matrix.
    """
    influence, number = world.influence, len(world.countries)
    if influence.uniform or sparse.issparse(influence.matrix):
        return np.empty((0, 0, LANES)), np.empty((0, 0, LANES))
    weights, nearer = np.zeros((2, number, -(-number // LANES), LANES))
    weights.reshape(number, -1)[:, :number] = influence.matrix
    nearer.reshape(number, -1)[:, :number] = influence.mixed(1.0) - influence.matrix
    return weights, nearer


@kernel
def _see(numbers, spoken, installed, seen_by, domains, room, out, more):
    """Compute the market view without the neighbours, as ``engine.market`` does.

    spoken   compliance, and status by domain and body, as in the state
    installed  installed base, and since when vendors are barred, as in the state
    seen_by  weight of bodies (run or 1, domain, audience, body), demands of audiences (run or 1, domain or 1,
             audience, standard), and zeros with these axes
    domains  openness, sponsors, how much others build on each (domain, domain), and which are built on
    room     working arrays: what each sponsor built in one domain, (country, sponsor + 1), and its flat view
    out      fit and status, filled
    more     layers (run, domain, country * (sponsor + 1)) and barred, filled
    """
    of_runs, since, barred = tables((numbers, installed[1], more[1]))
    spoken, seen_by, (openness,) = tables(spoken), tables(seen_by), tables(domains[:1])
    fit, seen = tables(out)
    for r in range(len(since)):
        alone = _exclusive(numbers_of(ParameterRow, of_runs, r))
        weight, official_weight = seen_by[0][shared(seen_by[0], 0, r)], seen_by[2] if alone else seen_by[1]
        _speak(
            spoken[0][r],
            spoken[1][r],
            alone,
            weight,
            official_weight[shared(official_weight, 0, r)],
            openness,
            fit[r],
            seen[r],
        )
        _build(installed[0][r], domains, room, more[0][r])
        _bar(since[r], barred[r])


@inlined
def _speak(compliance, status, alone, weight, official_weight, openness, fit, seen):
    """Compute interoperability and the official status of offers in one run."""
    for d in range(len(fit)):
        _fill_fits(compliance[d], openness[d], alone, fit[d])
        _fill_official(
            weight[d], status[d], official_weight[shared(official_weight, 0, d)], compliance[d], seen[d]
        )


@inlined
def _build(installed, domains, room, layers):
    """Compute own other layers in one run; the loops are long enough to vectorise."""
    _, sponsor, stack, built_on = domains
    by_sponsor, cells = room
    for d in range(len(layers)):
        _clear(layers[d])
    for k in range(len(built_on)):
        e = built_on[k]
        _clear(cells)
        _add_by_sponsor(installed[e], sponsor[e], by_sponsor)
        _add_own_layers(cells, stack[e], layers)


@inlined
def _clear(cells):
    """Fill an array of one axis with zeros."""
    for cell in range(len(cells)):
        cells[cell] = 0.0


@inlined
def _bar(since, barred):
    """Compute which sponsors each country restricts in one run."""
    countries, sponsors = since.shape
    for c in range(countries):
        for h in range(sponsors):
            barred[c, h] = since[c, h] >= 0
        barred[c, sponsors] = False


@kernel
def _look_at_neighbours(like, numbers, weights, states, rows, room, up, out):
    """Compute the neighbours' base of countries with lots up for renewal.

    like     a tuple as long as a row of vendors
    numbers  parameters of each run
    weights  influence and its difference for nearby economies, both flat; and working arrays for the weights
             of a run, flat and (country, block, LANES)
    states   installed base and fit
    rows     run, domain and country of lots that are up, sorted, and the place of each domain
    room     working arrays: base of a domain by block, the same by country, and zeros for a row
    up       working array: countries with lots that are up in a run and domain.  (lot,)
    out      filled there.  (run, operators' domain, country, vendor)
    """
    of_runs, up, out = tables((numbers, up, out))
    general, nearer, filled, weights = tables(weights)
    nearby = np.nan
    (installed, fit), (run, domain, country, place) = tables(states), tables(rows)
    base, base_held, nothing = tables(room)
    first = 0
    while first < len(run):
        r, d, number, k = run[first], domain[first], 0, first
        while k < len(run) and run[k] == r and domain[k] == d:
            if k == first or country[k] != country[k - 1]:
                up[number] = country[k]
                number += 1
            k += 1
        first = k
        # weights are mixed anew only for a run with another part of nearby economies than the run before
        part = numbers_of(ParameterRow, of_runs, r).regional_weight
        if part != nearby:
            nearby = part
            for cell in range(len(filled)):
                filled[cell] = general[cell] + part * nearer[cell]
        for c in range(len(weights)):
            for v in range(len(nothing)):
                base_held[c, v] = installed[r, d, c, v]
        for some in range(0, number, LANES):
            c = get(up, lanes(some, number))
            seen = row(nothing, like)
            for block in range(len(base)):
                seen = seen + narrow(row(weights, _BESIDE, c, block), (base[block], like))
            put(out, _fitting(seen, fit[r, d]), r, place[d], c)
