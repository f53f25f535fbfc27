"""Routes of projects: drawn one after the other they are those drawn at once."""

import numpy as np
import pytest
from worlds import rich_world

from lockin_sim.draws import Draws
from lockin_sim.model.projects import plan, route


@pytest.mark.parametrize("seed", range(3))
def test_the_loop_form_of_plans_is_their_array_form(seed):
    world, draws = rich_world(seed, countries=4 + seed), Draws(seed, np.arange(40))
    routes, stream = world.routes, draws.stream("project", 2012)
    assert routes is not None
    plans = plan(world, stream)
    shock = draws.uniform(plans.keys[..., None], routes.landing_keys)
    mine = np.empty_like(plans.country[0, 0])
    for project in np.ndindex(plans.keys.shape):
        length = route(
            routes.count_upto, routes.first_upto, routes.further_upto, routes.distance, shock[project], mine
        )
        np.testing.assert_array_equal(mine, plans.country[project])
        assert length == pytest.approx(plans.length[project][0], rel=1e-14)
    assert (plans.country[..., 1:] >= 0).any()
    assert (plans.country[..., 1:] < 0).any()
