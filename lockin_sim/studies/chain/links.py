"""The links of the chain, what is changed to see them, and what they are cut by."""

from __future__ import annotations

from typing import NamedTuple

from lockin_sim.scenario import Scenario
from lockin_sim.studies.leads import with_lead
from lockin_sim.world import World

#: Factor of the owner's effort in all bodies where the agenda is moved from outside.
EFFORT = 2.0


class Link(NamedTuple):
    """One step of the chain: what a change does to the quantity after it, and to the one before it."""

    title: str
    change: str  # one of CHANGES
    before: str  # a quantity; for a first mover that of the first year
    after: str


LINKS = {
    "first_mover": Link("first mover to installed base", "lead", "base", "base"),
    "retention": Link("installed base to renewals kept", "lead", "base", "kept"),
    "agenda": Link("installed base to the agenda", "lead", "base", "contributions"),
    "votes": Link("installed base to votes in favour", "lead", "base", "yes"),
    "status": Link("agenda to status", "effort", "contributions", "status"),
    "compliance": Link("status to others' compliance", "effort", "status", "compliance"),
    "reach": Link("others' compliance to reach", "effort", "compliance", "reach"),
    "sales": Link("reach to its vendors' sales", "effort", "reach", "sales"),
}

#: What is changed from outside, each under the same luck.
CHANGES = {
    "lead": "its vendors were given part of what was built abroad by the first year",
    "effort": "its proposals in all bodies weigh twice as much",
}

#: What of a lead's effect is gone when a link is cut, with and without the lead.
CUTS: dict[str, tuple[str, dict[str, float]]] = {
    "agenda": ("through the agenda", {"agenda_elasticity": 0.0}),
    "votes": ("through votes", {"vested_interest": 0.0}),
    "bodies": ("through live standards that turn over", {"turnover": 0.0}),
    "lock_in": (
        "through lock-in",
        {"switching_cost": 0.0, "network_weight": 0.0, "own_network_weight": 0.0, "sibling_pull": 0.0},
    ),
}


def changed_worlds(
    world: World, baseline: Scenario, share: float, group: str
) -> dict[str, tuple[Scenario, World | None]]:
    """The world as it is, and under every change: a scenario, and a world of its own where it has one.

    share, group  of the lead, see :func:`lockin_sim.studies.leads.with_lead`
    """
    owner = world.case.sponsors[0]
    louder = baseline.with_lever("standards_effort", owner, from_=world.first_year, effort=EFFORT)
    return {
        "as is": (baseline, None),
        "lead": (baseline, with_lead(world, owner, share, group)),
        "effort": (louder.model_copy(update={"name": f"more effort of {owner} in bodies"}), None),
    }
