"""Every decision, composed once: which terms make up an offer's worth, what is counted, what is booked.

Both engines, the initial state and ``explain`` call these functions: on the rows of a batch of runs, or on
the one row of an agent.  They hold no state and know no tables; each takes a named tuple and returns one.
"""

from lockin_sim.model.decisions.adopters import adopt
from lockin_sim.model.decisions.leaving import Leaving, leave
from lockin_sim.model.decisions.lenders import helps, may_pay, paid_beside
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
from lockin_sim.model.decisions.operators import (
    Chosen,
    Counted,
    Due,
    carried_over,
    choose,
    contract_years,
    count,
    due,
    end_chance,
    following,
    generations,
    left_by,
    must_go,
)
from lockin_sim.model.decisions.politics import (
    Live,
    Stance,
    Voter,
    ballot,
    decide,
    inclination,
    quota_of,
    reconsider,
    turn_over,
)
from lockin_sim.model.decisions.quality import posted_quality
from lockin_sim.model.decisions.standards import (
    Reasons,
    demanding,
    demanding_share,
    demands,
    exclusive,
    fill_demanding_share,
    next_compliance,
    next_mix,
    next_of_several,
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
    "posted_quality",
    "Due",
    "due",
    "end_chance",
    "must_go",
    "left_by",
    "carried_over",
    "following",
    "generations",
    "contract_years",
    "helps",
    "may_pay",
    "paid_beside",
    "Chosen",
    "choose",
    "Counted",
    "count",
    "Leaving",
    "leave",
    "Flowed",
    "flow",
    "adopt",
    "Voter",
    "inclination",
    "ballot",
    "quota_of",
    "decide",
    "Live",
    "turn_over",
    "Stance",
    "reconsider",
    "Reasons",
    "next_compliance",
    "next_mix",
    "next_of_several",
    "works_with",
    "speaking_cost",
    "demands",
    "demanding",
    "demanding_share",
    "fill_demanding_share",
    "exclusive",
]
