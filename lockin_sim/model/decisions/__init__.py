"""Every decision, composed once: which terms make up an offer's worth, what is counted, what is booked.

Both engines, the initial state and ``explain`` call these functions: on the rows of a batch of runs, or on
the one row of an agent.  They hold no state and know no tables; each takes a named tuple and returns one.
"""

from lockin_sim.model.decisions.offers import *  # noqa: F403
from lockin_sim.model.decisions.purchases import *  # noqa: F403
from lockin_sim.model.decisions.states import *  # noqa: F403
