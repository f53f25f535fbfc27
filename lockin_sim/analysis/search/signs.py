"""Signposts: quantities that somebody can read in a year without knowing what the world is like."""

from __future__ import annotations

from lockin_sim.studies.outcomes import outcomes
from lockin_sim.studies.registry import Outcome, headlines
from lockin_sim.world import World


def signposts(world: World) -> dict[str, Outcome]:
    """Outcomes that serve as signposts, those that a world has, by name."""
    own, family = world.case.sponsors[0], world.case.family
    wanted = (
        headlines(world.case)[-1],
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
    return {name: known[name] for name in wanted if name in known}
