"""Structural alternatives: choices about the model that the record does not decide, each said by a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.parameters import Parameters, declarations
from lockin_sim.scenario import Scenario
from lockin_sim.studies.futures import drawn

#: How the source of a parameter begins whose value was estimated from records.
ESTIMATED = "estimated"

#: The name under which estimated parameters differ from run to run.
DRAWN = "drawn"


class Alternative(NamedTuple):
    """One way to see the world that the record allows."""

    title: str
    parameters: Mapping[str, float] = {}
    history: str = "prior"


ALTERNATIVES = {
    "default": Alternative("as declared"),
    DRAWN: Alternative("estimated parameters drawn from their ranges"),
    "no_vested_interest": Alternative("own networks move no vote", {"vested_interest": 0.0}),
    "strong_vested_interest": Alternative("own networks move votes strongly", {"vested_interest": 4.0}),
    "all_contested": Alternative("votes decide everything, but in 3GPP", {"contested_share": 1.0}),
    "fixed_agenda": Alternative("sales move no agenda", {"agenda_elasticity": 0.0}),
    "exclusive": Alternative(
        "a vendor speaks one family less for each it learns",
        {"exclusive_compliance": 1.0, "compliance_rate": 0.06, "own_standard_preference": 0.3},
    ),
    "wuzhen_binds": Alternative("the Wuzhen conference binds like other bodies", {"forum_weight": 0.5}),
    "salience_stays": Alternative("concern about vendors does not fade", {"salience_fading": 0.0}),
    "quality_held": Alternative("quality stays where the record ends", {"trend_after_record": 1.0}),
    "taste": Alternative(
        "lasting tastes rather than switching costs",
        {"taste_country": 1.2, "taste_operator": 1.2, "switching_cost": 3.0},
    ),
    "conditioned": Alternative("three recorded economies as in 2020", history="conditioned"),
}


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
