"""Every decision, composed once: which terms make up an offer's worth, what is counted, what is booked.

Both engines, the initial state and ``explain`` call these functions: on the rows of a batch of runs, or on
the one row of an agent.  They hold no state and know no tables; each takes a named tuple and returns one.
"""

from lockin_sim.model.decisions.adopters import adopt
from lockin_sim.model.decisions.offers import (
    Offer,
    Terms,
    Weights,
    asked_price,
    judge,
    terms_at,
    weights_of,
    worth,
)
from lockin_sim.model.decisions.operators import Chosen, Counted, Due, carried_over, choose, count, due
from lockin_sim.model.decisions.politics import (
    Stance,
    Voter,
    ballot,
    decide,
    inclination,
    new_origin,
    reconsider,
    turn_over,
)
from lockin_sim.model.decisions.standards import (
    Reasons,
    demanding_share,
    demands,
    exclusive,
    next_compliance,
    speaking_cost,
    works_with,
)
from lockin_sim.model.decisions.users import Flowed, flow

__all__ = [
    "Weights",
    "weights_of",
    "Offer",
    "Terms",
    "judge",
    "terms_at",
    "worth",
    "asked_price",
    "Due",
    "due",
    "carried_over",
    "Chosen",
    "choose",
    "Counted",
    "count",
    "Flowed",
    "flow",
    "adopt",
    "Voter",
    "inclination",
    "ballot",
    "decide",
    "turn_over",
    "new_origin",
    "Stance",
    "reconsider",
    "Reasons",
    "next_compliance",
    "works_with",
    "speaking_cost",
    "demands",
    "demanding_share",
    "exclusive",
]
