"""Projects of a year are planned, compiled: one after the other."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lockin_sim.draws import Stream
from lockin_sim.engine.batch import Batch, Year
from lockin_sim.engine.compiled.cache import kernel
from lockin_sim.engine.compiled.chance import uniform
from lockin_sim.engine.compiled.memory import plain, tables
from lockin_sim.engine.compiled.twins import compiled
from lockin_sim.engine.renewals import Landings
from lockin_sim.model.projects import Plans, landing_value, route
from lockin_sim.world.markets import Routes

_route = compiled(route)


def planned(batch: Batch, year: Year) -> Landings | None:
    """As of the engine of numpy."""
    world, routes = batch.world, batch.world.routes
    if routes is None:
        return None
    stream, projects = batch.draws.stream("project", year.year), (len(batch.runs), routes.yearly)
    country = np.empty((*projects, len(routes.count)), dtype=np.intp)
    length, keys = np.empty((*projects, 1)), np.empty(projects, dtype=np.uint64)
    row = np.empty((3, country.size), dtype=np.intp)
    shock = np.empty(len(routes.landing_keys))
    number = _plan(stream.key, stream.counter, _given(routes), shock, (country, length, keys, row))
    run, project, place = row[:, :number]
    value = landing_value(world, year.now.market_size[routes.domain])
    return Landings(
        Plans(country, length, Stream(stream.key, keys)), run, project, place, np.full((number, 1), value)
    )


@lru_cache(maxsize=8)
def _given(routes: Routes) -> tuple[NDArray[np.generic], ...]:
    """What is known of all projects."""
    return plain(
        routes.project_keys, routes.landing_keys, routes.count_upto, routes.first_upto, routes.further_upto,
        routes.distance,
    )  # fmt: skip


@kernel
def _plan(key, runs, given, scratch, out):
    """Every project: see ``model.projects``.  Returns the number of landings.

    out  filled: (run, project, landing), (run, project, 1), (run, project), and of each landing, in order,
         run, project and economy (3, row), of which only as many as there are landings
    """
    runs, shock = tables((runs, scratch))
    projects, steps, count_upto, first_upto, further_upto, distance = tables(given)
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
