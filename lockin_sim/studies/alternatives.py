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
    parts: tuple[str, ...] = ()  # of a corner: alternatives that it puts together


#: Alternatives in all but corners.
_SINGLE = {
    DEFAULT: Alternative("as declared"),
    DRAWN: Alternative("estimated parameters drawn from their ranges"),
    "no_vested_interest": Alternative("own networks move no vote", {"vested_interest": 0.0}),
    "strong_vested_interest": Alternative("own networks move votes strongly", {"vested_interest": 4.0}),
    "all_contested": Alternative("votes decide everything, but in 3GPP", {"contested_share": 1.0}),
    "fixed_agenda": Alternative("sales move no agenda", {"agenda_elasticity": 0.0}),
    "steep_agenda": Alternative("agendas follow sales more than in proportion", {"agenda_elasticity": 2.3}),
    "exclusive": Alternative(
        "a vendor speaks one family less for each it learns",
        {"exclusive_compliance": 1.0, "compliance_rate": 0.06, "own_standard_preference": 0.3},
    ),
    "wuzhen_binds": Alternative("the Wuzhen conference binds like other bodies", {"forum_weight": 0.5}),
    "salience_stays": Alternative("concern about vendors does not fade", {"salience_fading": 0.0}),
    "quality_held": Alternative("quality stays where the record ends", {"trend_after_record": 1.0}),
    "half_drift": Alternative("qualities drift by half as much over the record", {"quality_drift": 0.5}),
    "double_drift": Alternative("qualities drift by twice as much over the record", {"quality_drift": 2.0}),
    "bargaining": Alternative(
        "vendors bargain: new customers pay less, captive ones more",
        {"penetration_discount": 0.15, "lock_in_markup": 0.15},
    ),
    "strong_bargaining": Alternative(
        "vendors bargain hard", {"penetration_discount": 0.3, "lock_in_markup": 0.3}
    ),
    "switching": Alternative(
        "switching costs rather than lasting tastes", {"switching_cost": 5.0, "taste_operator": 0.4}
    ),
    "taste": Alternative(
        "lasting tastes rather than switching costs", {"switching_cost": 1.0, "taste_operator": 3.0}
    ),
    "conditioned": Alternative("each economy near its own record", history=CONDITIONED),
}


def _together(title: str, *parts: str) -> Alternative:
    """A corner: what each of some alternatives sets, all at once."""
    settings = {name: value for part in parts for name, value in _SINGLE[part].parameters.items()}
    return Alternative(title, settings, parts=parts)


#: The corners of the model: what carries a lead on, through votes, agendas and lock-in, is as strong as
#: single alternatives have it, or as weak.
CORNERS = {
    "all_for_lock_in": _together(
        "all that carries a lead on together",
        *("strong_vested_interest", "all_contested", "steep_agenda", "wuzhen_binds", "switching"),
    ),
    "all_against_lock_in": _together(
        "all that wears a lead down together",
        *("no_vested_interest", "fixed_agenda", "strong_bargaining", "taste"),
    ),
}

ALTERNATIVES = _SINGLE | CORNERS

#: What a chain is followed under unless others are named.
USUAL = (DEFAULT, *CORNERS)

#: Those that say how the model is built.  The others draw parameters, or give economies another history:
#: draws of a posterior do the first, and what they fit is the history on record.
STRUCTURAL = {
    name: one
    for name, one in ALTERNATIVES.items()
    if one.history == Alternative("").history and name != DRAWN
}
