"""Structural alternatives: choices about the model that the record does not decide, each said by a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lockin_sim.histories import CONDITIONED, PRIOR

#: The model as it is declared, and the name under which estimated parameters differ from run to run.
DEFAULT, DRAWN = "default", "drawn"


class Alternative(NamedTuple):
    """One way to see the world that the record allows."""

    title: str
    parameters: Mapping[str, float] = {}
    history: str = PRIOR


ALTERNATIVES = {
    DEFAULT: Alternative("as declared"),
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
    "conditioned": Alternative("each economy near its own record", history=CONDITIONED),
}

#: Those that say how the model is built.  The others draw parameters, or give economies another history:
#: draws of a posterior do the first, and what they fit is the history on record.
STRUCTURAL = {
    name: one
    for name, one in ALTERNATIVES.items()
    if one.history == Alternative("").history and name != DRAWN
}
