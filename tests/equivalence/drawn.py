"""Parameters drawn by chance, for engines to be compared at."""

import numpy as np

from lockin_sim.parameters import Parameters, declarations


def drawn_parameters(seed):
    """Half of the parameters at their default, half anywhere in their range; restrictions are frequent."""
    rng = np.random.default_rng(seed)
    values = {
        name: float(rng.uniform(*declared.range)) if rng.random() < 0.5 else declared.default
        for name, declared in declarations().items()
    }
    return Parameters(**(values | {"restriction_intercept": -1.0}))
