"""Draw where the year's cables land.  Policies change who builds them, not the routes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.common.draws import Draws, Stream
from lockin_sim.world import World


class Plans(NamedTuple):
    """Projects of a year in some runs."""

    country: Integers  # (run, project, landing), index of the economy, -1 for no further landing
    length: Floats  # (run, project, 1), km
    keys: Stream  # (run, project), of each project


def landing_value(world: World, market_size: Floats) -> float:
    """Compute the value of one landing, USD bn: the world market over the expected number of landings."""
    assert world.routes is not None
    return float(market_size.sum()) / (world.routes.yearly * world.routes.expected_landings)


def plan(world: World, stream: Stream) -> Plans:
    """Draw the projects of one year from the routes of the world; ``stream`` is that of the year, (run,)."""
    routes = world.routes
    assert routes is not None
    most = len(routes.count)
    keys = stream[:, None] ^ routes.project_keys
    steps = routes.landing_keys
    shock = Draws.uniform(keys[..., None], steps)
    landings = 1 + _drawn(routes.count_upto, shock[..., 0])
    country = np.full((*keys.shape, most), -1)
    country[..., 0] = np.searchsorted(routes.first_upto, shock[..., 1]).clip(max=len(routes.first) - 1)
    length = np.full((*keys.shape, 1), routes.own_km)

    # projects that land more than once: further landings from the first, and the way to each
    several = landings > 1
    lands, luck = country[several], shock[several]
    legs = routes.legs(lands[:, 0])
    for k in range(1, most):
        more = landings[several] > k
        landing = _drawn(legs.further_upto[legs.row[more]], luck[more, 1 + k])
        repeated = (lands[more, :k] == landing[:, None]).any(axis=-1)
        lands[more, k] = np.where(repeated, -1, landing)
    km = np.where(lands[:, 1:] >= 0, legs.distance[legs.row[:, None], lands[:, 1:]], 0.0).sum(axis=-1)
    length[several, 0] = np.where(km > 0, km, routes.own_km)
    country[several] = lands
    return Plans(country, length, keys)


def _drawn(cumulative: Floats, shock: Floats) -> Integers:
    """Return the positions in cumulative chances, (..., position), at which shocks, (...), fall."""
    last = cumulative.shape[-1] - 1
    result: Integers = np.minimum((shock[..., None] > cumulative).sum(axis=-1), last)
    return result
