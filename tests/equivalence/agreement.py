"""What it means that engines agree."""

from collections.abc import Mapping

import numpy as np

from lockin_sim.draws import History
from lockin_sim.engine import Engine
from lockin_sim.measures import VARIABLES
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario
from lockin_sim.world import World

SEED = 11
EVERYTHING = frozenset(VARIABLES)


def assert_same(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> None:
    """Winners and flags equal, floats to 1e-9, NaN in the same places; for every variable."""
    assert set(one) == set(other)
    for name in one:
        a, b = np.asarray(one[name]), np.asarray(other[name])
        assert a.shape == b.shape, name
        if a.dtype.kind in "biu":
            np.testing.assert_array_equal(a, b, err_msg=str(name))
        else:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True, err_msg=str(name))


def series(
    world: World,
    scenario: Scenario,
    parameters: Parameters,
    runs: range | list[int],
    years: tuple[int, int],
    *,
    compiled: bool = False,
    history: History | None = None,
) -> dict[str, np.ndarray]:
    """All variables of some runs computed together, each (run, year, ...)."""
    engine = Engine(
        world, scenario, scenario.configure(parameters), seed=SEED, runs=runs, years=years, record=EVERYTHING,
        compiled=compiled, history=history,
    )  # fmt: skip
    return engine.series()
