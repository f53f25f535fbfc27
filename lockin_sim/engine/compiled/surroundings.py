"""What everybody sees, compiled: each run in one pass, and only those neighbours whom somebody looks at."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sparse

from lockin_sim.conventions import Floats
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled import stand_ins  # noqa: F401 - gives rules their meaning for rows
from lockin_sim.engine.compiled.blocks import put, row
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.lanes import lanes
from lockin_sim.engine.compiled.memory import get, numbers_of, plain, tables
from lockin_sim.engine.compiled.products import narrow
from lockin_sim.engine.compiled.rows import LANES
from lockin_sim.engine.compiled.twins import compiled, inlined
from lockin_sim.engine.numbers import Numbers
from lockin_sim.engine.renewals import Rows
from lockin_sim.engine.surroundings import Surroundings, neighbours, place_of_operators
from lockin_sim.model import decisions
from lockin_sim.rules import diffusion, utility
from lockin_sim.world import World

_exclusive, _fill_fits = compiled(decisions.exclusive), compiled(diffusion.fill_fits)
_fill_official, _fitting = compiled(utility.fill_official_status), compiled(diffusion.fitting_base)
_add_by_sponsor, _add_own_layers = compiled(diffusion.add_by_sponsor), compiled(diffusion.add_own_layers)

#: As many neighbours as are looked at at once.
_BESIDE = (0,) * LANES


def look_around(batch: Batch, year: Year, rows: Rows) -> Surroundings:
    """As of the engine of numpy; neighbours' base is there where a lot is up, and no number elsewhere."""
    world, state, now, runs = batch.world, batch.state, year.now, len(batch.runs)
    domains, countries, vendors = world.shape
    place, weights, stack = _standing(world)
    sponsors, seen = len(batch.like_sponsors), batch.audiences(now)
    around = Surroundings(
        fit=np.empty((runs, domains, vendors, vendors)),
        neighbours=np.empty((runs, len(world.bought_by("operator")), countries, vendors)),
        place=place,
        layers=np.empty((runs, domains, countries, sponsors)),
        status=np.empty((runs, domains, len(seen.demanded), vendors)),
        audience=seen.of_country,
        barred=np.empty((runs, countries, sponsors), dtype=bool),
        bargains=batch.bargains,
    )
    by_body = plain(seen.weight.reshape(-1, *seen.weight.shape[-3:]))[0]
    openness = diffusion.pair_openness(now.openness, now.compatibility, world.slot_sponsor)
    _see(
        batch.numbers, plain(state.compliance, state.status), *plain(state.installed, state.since),
        by_body, *plain(seen.demanded, openness), world.slot_sponsor, stack,
        (around.fit, around.status, around.layers, around.barred),
    )  # fmt: skip
    if len(weights) and np.any(batch.parameters.network_weight):
        _look_at_neighbours(
            batch.like, weights, state.installed, place, plain(rows.run, rows.domain, rows.country),
            around.fit, around.neighbours,
        )  # fmt: skip
        return around
    return around._replace(neighbours=neighbours(batch, around.fit))


@lru_cache(maxsize=8)  # as many worlds are kept
def _standing(world: World) -> tuple[Any, ...]:
    """What no year changes: operators' domains, weights of neighbours, and who builds on a domain."""
    return place_of_operators(world), _weights(world), np.ascontiguousarray(world.stack.T)


def _weights(world: World) -> Floats:
    """Influence of countries on one another, filled up with zeros; none where it is no full matrix.
    (country, block, LANES)."""
    influence, number = world.influence, len(world.countries)
    if influence.uniform or sparse.issparse(influence.matrix):
        return np.empty((0, 0, LANES))
    weights = np.zeros((number, -(-number // LANES), LANES))
    weights.reshape(number, -1)[:, :number] = influence.matrix
    return weights


@kernel
def _see(numbers, spoken, installed, since, weight, demanded, openness, sponsor, stack, out):
    """All but the neighbours: see ``engine.surroundings``, which gathers the same.

    spoken  compliance and status, as in the state
    weight  (run or 1, domain, audience, body)
    out     fit, status, layers and barred, filled
    """
    (compliance, status), (fit, seen, layers, barred) = spoken, out
    runs, domains, countries, sponsors = layers.shape
    (of_runs,), nothing = tables((numbers,)), np.zeros_like(demanded)
    by_sponsor = np.empty((countries, sponsors))
    flat, cells = layers.reshape((runs, domains, countries * sponsors)), by_sponsor.reshape(-1)
    for r in range(runs):
        alone = _exclusive(numbers_of(Numbers, of_runs, r))
        asked, bodies = nothing if alone else demanded, weight[r if len(weight) > 1 else 0]
        flat[r] = 0.0
        for d in range(domains):
            _fill_fits(compliance[r, d], openness[d], alone, fit[r, d])
            _fill_official(bodies[d], status[r, :, d], asked, compliance[r, d], seen[r, d])
            if stack[d].any():
                by_sponsor[:] = 0.0
                _add_by_sponsor(installed[r, d], sponsor[d], by_sponsor)
                _add_own_layers(cells, stack[d], flat[r])
        barred[r, :, : sponsors - 1], barred[r, :, sponsors - 1] = since[r] >= 0, False


@kernel
def _look_at_neighbours(like, weights, installed, place, rows, fit, out):
    """Neighbours of countries with lots that are up.

    like     a tuple as long as a row of vendors
    weights  (country, block, LANES)
    rows     run, domain and country of lots that are up, in this order
    out      filled there: (run, operators' domain, country, vendor)
    """
    run, domain, country = rows
    countries, vendors = installed.shape[2:]
    base, up = np.zeros((weights.shape[1], LANES, vendors)), np.empty(countries, dtype=np.intp)
    held = base.reshape((-1, vendors))[:countries]
    tabled = tables((weights, base, fit, up, np.zeros(vendors), out))
    first = 0
    while first < len(run):
        r, d, number, k = run[first], domain[first], 0, first
        while k < len(run) and run[k] == r and domain[k] == d:
            if k == first or country[k] != country[k - 1]:
                up[number] = country[k]
                number += 1
            k += 1
        first = k
        held[:] = installed[r, d]
        _of_domain(like, r, d, place[d], number, tabled)


@inlined
def _of_domain(like, r, d, k, number, tabled):
    """The neighbours' base that works with each offer in one domain, for so many countries."""
    weights, base, fit, up, nothing, out = tabled
    for first in range(0, number, LANES):
        c = get(up, lanes(first, number))
        seen = row(nothing, like)
        for block in range(len(base)):
            seen = seen + narrow(row(weights, _BESIDE, c, block), (base[block], like))
        put(out, _fitting(seen, fit[r, d]), r, k, c)
