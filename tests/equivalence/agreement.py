"""What it means that engines agree."""

import numpy as np

from lockin_sim.common.engines import find_stages
from lockin_sim.engine import Batch, Engine
from lockin_sim.model.measures import VARIABLES
from lockin_sim.settings.parameters import Parameters, collect_declarations

SEED = 11
EVERYTHING = frozenset(VARIABLES)


def assert_same(one, other):
    """Winners and flags equal, floats to 1e-9, NaN in the same places; for every variable."""
    assert set(one) == set(other)
    for name in one:
        a, b = np.asarray(one[name]), np.asarray(other[name])
        assert a.shape == b.shape, name
        if a.dtype.kind in "biu":
            np.testing.assert_array_equal(a, b, err_msg=str(name))
        else:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True, err_msg=str(name))


def series(world, scenario, parameters, runs, years, *, compiled=False, history=None):
    """All variables of some runs computed together, each (run, year, ...)."""
    batch = Batch(
        world, scenario, scenario.configure(parameters), seed=SEED, runs=runs, years=years, record=EVERYTHING,
        stages=find_stages("fast" if compiled else "core"), history=history,
    )  # fmt: skip
    return Engine(batch).series()


# --- drawn parameters ---


def drawn_parameters(seed):
    """Half of the parameters at their default, half anywhere in their range; restrictions are frequent."""
    rng = np.random.default_rng(seed)
    values = {
        name: float(rng.uniform(*declared.range)) if rng.random() < 0.5 else declared.default
        for name, declared in collect_declarations().items()
    }
    return Parameters(**(values | {"restriction_intercept": -1.0}))
