"""Decisions of the model: the terms of an offer's utility, and what is counted and booked.

Both engines, the initial state and ``explain`` call these functions: on the rows of a batch of runs, or on
the single row of an agent.  The functions are stateless and know no tables; each takes and returns named
tuples or arrays.
"""

from lockin_sim.model.decisions.offers import *  # noqa: F403
from lockin_sim.model.decisions.purchases import *  # noqa: F403
from lockin_sim.model.decisions.states import *  # noqa: F403
