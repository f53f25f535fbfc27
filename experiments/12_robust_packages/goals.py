"""The goals by which policies are judged, each with its direction.

No goal ranks above another, and somebody may want the opposite of any: a report says which policy serves
which goal, a search which packages serve all of them together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from lockin_sim.common.conventions import Floats
from lockin_sim.comparisons.by_group import ITEMS, OF_COSTS, WORK, compute_cost_arrays, list_payers
from lockin_sim.comparisons.measured_places import select_outcomes
from lockin_sim.comparisons.outcomes import Outcome
from lockin_sim.world import World
from lockin_sim.world.case import Case

if TYPE_CHECKING:
    import xarray as xr


class Goal(NamedTuple):
    """A number that is wanted to rise (1) or to fall (-1).

    name     in tables;  title  for readers;  what  the number in words
    unit     of the number
    outcome  that it is; "" = what governments pay
    """

    name: str
    title: str
    what: str
    sense: int
    unit: str
    outcome: str


def goals_of(case: Case) -> list[Goal]:
    """The goals of a case, and low public cost; none without a family of standards."""
    if not case.family:
        return []
    return [
        *(Goal(goal.name, goal.title, goal.title, -1, "", goal.outcome) for goal in case.goals),
        Goal("public_cost", "Lowest public cost", "what all governments together pay", -1, "USD bn", ""),
    ]


def goals_in(world: World) -> list[Goal]:
    """The goals of a world's case, those that are outcomes in their words and units."""
    return [
        goal if (outcome := _outcome(goal, world)) is None else goal._replace(
            what=outcome.label, unit=outcome.unit, outcome=outcome.name
        )
        for goal in goals_of(world.case)
    ]  # fmt: skip


def _outcome(goal: Goal, world: World) -> Outcome | None:
    """The outcome that a goal is; None for a cost."""
    if not goal.outcome:
        return None
    (outcome,) = select_outcomes(world, [goal.outcome]).values()
    return outcome


def values(goal: Goal, ds: xr.Dataset, world: World) -> Floats:
    """A goal's number, (run, year); needs the variables of :func:`record`."""
    if (outcome := _outcome(goal, world)) is not None:
        return outcome.of(ds, world)
    cost = compute_cost_arrays(ds, world, chosen=())["cost"][:, :, list_payers(world).index("governments")]
    return cost[:, ITEMS.index("total")] - cost[:, ITEMS.index(WORK)]  # work in bodies is free here


def record(goals: Iterable[Goal], world: World) -> tuple[str, ...]:
    """Variables that goals need beyond those always recorded."""
    needed: list[str] = []
    for goal in goals:
        outcome = _outcome(goal, world)
        needed += OF_COSTS if outcome is None else outcome.record
    return tuple(dict.fromkeys(needed))
