"""Projects: where this year's cables land.  Policies do not move routes, only who builds them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats, Integers
from lockin_sim.common.draws import Draws, Stream
from lockin_sim.world import World


class Plans(NamedTuple):
    """Projects of a year, of some runs."""

    country: Integers  # (run, project, landing), index of the economy, -1 for no further landing
    length: Floats  # (run, project, 1), km
    keys: Stream  # (run, project), of each project


def landing_value(world: World, market_size: Floats) -> float:
    """Value of one landing, USD bn: the world market of the year, spread over the landings expected."""
    assert world.routes is not None
    return float(market_size.sum()) / (world.routes.yearly * world.routes.expected_landings)


def plan(world: World, stream: Stream) -> Plans:
    """Projects of one year, drawn from the routes of the world.  stream (run,), of that year."""
    routes = world.routes
    assert routes is not None
    most = len(routes.count)
    keys = stream[:, None] ^ routes.project_keys
    steps = routes.landing_keys
    shock = Draws.uniform(keys[..., None], steps)
    landings = 1 + _drawn(routes.count_upto, shock[..., 0])
    country = np.full((*keys.shape, most), -1)
    country[..., 0] = _drawn(routes.first_upto, shock[..., 1])
    for k in range(1, most):
        more = landings > k
        landing = _drawn(routes.further_upto[country[more, 0]], shock[more, 1 + k])
        repeated = (country[more, :k] == landing[:, None]).any(axis=-1)
        country[more, k] = np.where(repeated, -1, landing)
    return Plans(country, _length(routes.distance, country), keys)


def _drawn(cumulative: Floats, shock: Floats) -> Integers:
    """Positions whose parts of the cumulative chances, (..., position), hold shocks (...)."""
    last = cumulative.shape[-1] - 1
    result: Integers = np.minimum((shock[..., None] > cumulative).sum(axis=-1), last)
    return result


def _length(distance: Floats, country: Integers) -> Floats:
    """Length of each project: from its first landing to each of the others, or domestic.  (..., 1), km."""
    first = country[..., :1]
    legs = np.where(country[..., 1:] >= 0, distance[first, country[..., 1:]], 0.0)
    total = legs.sum(axis=-1, keepdims=True)
    return np.where(total > 0, total, distance[first, first])
