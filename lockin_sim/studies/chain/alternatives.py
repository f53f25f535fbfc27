"""Parameters of the chain's runs under a structural alternative."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.parameters import Parameters, declarations
from lockin_sim.scenario import Scenario
from lockin_sim.studies.futures.drawn import drawn
from lockin_sim.studies.variants import DRAWN

#: How the source of a parameter begins whose value was estimated from records.
ESTIMATED = "estimated"


def parameters_under(name: str, given: Parameters, baseline: Scenario, runs: int, seed: int) -> Parameters:
    """Parameters beside those that an alternative sets; those drawn differ by run, alike in all arms.

    Drawn are all whose declared source says that they are estimated, evenly over their declared ranges
    (a Latin hypercube over the runs), but for those that are given another value, or set by the baseline.
    """
    if name != DRAWN:
        return given
    estimated = [
        d.name for d in declarations().values()
        if d.source.startswith(ESTIMATED) and d.name not in baseline.parameters
        and np.array_equal(getattr(given, d.name), d.default)
    ]  # fmt: skip
    values: Mapping[str, Floats] = drawn(estimated, max(runs, 2), "latin_hypercube", seed)
    return given.replace({key: np.asarray(value[:runs]) for key, value in values.items()})
