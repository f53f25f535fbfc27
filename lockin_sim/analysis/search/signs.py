"""Signposts: quantities that somebody can read in a year without knowing what the world is like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lockin_sim.studies.goals import Goal
from lockin_sim.studies.outcomes import outcomes
from lockin_sim.world import World


class Signpost(NamedTuple):
    """What is read: its label, and its unit."""

    label: str
    unit: str


def signposts(world: World, goals: Iterable[Goal]) -> dict[str, Signpost]:
    """Outcomes that serve as signposts, those that a world has, and where a goal stands, by name."""
    own, family = world.case.sponsors[0], world.case.family
    wanted = (
        f"dependence_sensitive_{own}_income:low",
        f"dependence_sensitive_{own}_income:lower_middle",
        f"dependence_sensitive_{own}",
        f"{family}_reach_income:low",
        f"{family}_others",
        "status_ITU",
        f"restricting_{own}",
        f"lending_{own}",
        f"lock_in_{own}",
    )
    known = outcomes(world)
    found = {name: Signpost(known[name].label, known[name].unit) for name in wanted if name in known}
    return found | {goal.name: Signpost(goal.what, goal.unit) for goal in goals if goal.unit == "share"}
