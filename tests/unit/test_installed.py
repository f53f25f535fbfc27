"""What is installed follows from who runs the lots: in loops as in arrays."""

import numpy as np
from worlds import rich_world

from lockin_sim.engine import Engine
from lockin_sim.model.state import installed_of, run_lots
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario


def test_lots_in_loops_are_those_of_arrays():
    world, runs = rich_world(3), range(4)
    engine = Engine(
        world, Scenario.none(), Parameters(), seed=1, runs=runs, years=(2010, 2012), record=frozenset()
    )
    state, lots = engine.batch.state, world.lots
    before, held = state.installed.copy(), state.installed.copy()
    state.incumbent = np.random.default_rng(3).integers(-1, world.shape[2], state.incumbent.shape)
    for run in runs:
        run_lots(state.incumbent[run], lots.domain, lots.country, lots.weight, held[run])
    installed_of(world, state)
    bought = world.bought_by("operator")
    assert (state.installed != before)[:, bought].any()
    np.testing.assert_array_equal(held[:, bought], state.installed[:, bought])
