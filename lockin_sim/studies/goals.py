"""The goals by which policies are judged, each with its direction.

No goal ranks above another, and somebody may want the opposite of any: a report says which policy serves
which goal, a search which packages serve all of them together.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import unusable
from lockin_sim.common.values import check_listed
from lockin_sim.studies.breakdown import ITEMS, OF_COSTS, WORK, cost_arrays, payers
from lockin_sim.studies.contrast import Measure, Setup
from lockin_sim.studies.outcomes import Outcome, outcome_labels
from lockin_sim.studies.places import headlines, record_of, select, with_places
from lockin_sim.world import World, world_of
from lockin_sim.world.case import Case

if TYPE_CHECKING:
    import xarray as xr


class Goal(NamedTuple):
    """A number that is wanted to rise (1) or to fall (-1).

    name   in tables;  title  for readers;  what  the number in words
    unit   of the number
    study  dataset of a comparison that contains it, and where:  at
    year   of the number; 0 = unspecified
    note   for readers
    """

    name: str
    title: str
    what: str
    sense: int
    unit: str
    study: str
    at: dict[str, str]
    year: int = 0
    note: str = ""


def goals_of(case: Case) -> list[Goal]:
    """The goals of a case, and low public cost; none without a family of standards."""
    if not case.family:
        return []
    cost = {"item": "total", "payer": "governments"}
    return [
        *(Goal(goal.name, goal.title, goal.title, -1, "", "effects", {"outcome": goal.outcome})
          for goal in case.goals),
        Goal("public_cost", "Lowest public cost", "what all governments together pay", -1, "USD bn",
             "public_cost", cost),
    ]  # fmt: skip


def goals_in(world: World) -> list[Goal]:
    """The goals of a world's case, those that are outcomes in their words and units."""
    return [
        goal if (outcome := _outcome(goal, world)) is None else goal._replace(
            what=outcome.label, unit=outcome.unit, at={"outcome": outcome.name}
        )
        for goal in goals_of(world.case)
    ]  # fmt: skip


def _outcome(goal: Goal, world: World) -> Outcome | None:
    """The outcome that a goal is; None for a cost."""
    if goal.study != "effects":
        return None
    (outcome,) = select(world, [goal.at["outcome"]]).values()
    return outcome


def values(goal: Goal, ds: xr.Dataset, world: World) -> Floats:
    """A goal's number, (run, year); needs the variables of :func:`record`."""
    if (outcome := _outcome(goal, world)) is not None:
        return outcome.of(ds, world)
    cost = cost_arrays(ds, world, chosen=())["cost"][:, :, payers(world).index(goal.at["payer"])]
    free = cost[:, ITEMS.index(WORK)]  # in a search, work in bodies is free
    paid: Floats = cost[:, ITEMS.index(goal.at["item"])] - free
    return paid


def record(goals: Iterable[Goal], world: World) -> tuple[str, ...]:
    """Variables that goals need beyond those always recorded."""
    needed: list[str] = []
    for goal in goals:
        outcome = _outcome(goal, world)
        needed += OF_COSTS if outcome is None else outcome.record
    return tuple(dict.fromkeys(needed))


def goals_by_name(world: World) -> dict[str, Goal]:
    """Goals of a world, which serve as outcomes, too."""
    return {goal.name: goal for goal in goals_in(world)}


def read_in(world: World | None, names: Iterable[str] | None, *usual: str) -> tuple[tuple[str, ...], World]:
    """Names of outcomes, goals among them, and a world that measures the economies that they are read in.

    world  None = the bundled one;  names  None = the headlines of its case and the usual ones
    """
    world = world_of(world)
    if names is None:
        names = (*headlines(world), *usual)
    check_listed("outcomes", names, allowed="a list of names of outcomes")
    goals = goals_by_name(world)
    return tuple(names), with_places(world, [name for name in names if name not in goals])


def asked(world: World, names: Iterable[str] | None) -> dict[str, Outcome]:
    """Outcomes by name, with goals of a world among them: one number per run and year.

    names  None = every outcome, and no goal
    Raises InputError for an unknown name.
    """
    if names is None:
        return select(world, None)
    goals = goals_by_name(world)
    chosen: dict[str, Outcome] = {}
    for name in names:
        if name in goals:
            goal = goals[name]
            of = partial(values, goal)
            chosen[name] = Outcome(name, goal.unit, goal.what, "", of, record=record([goal], world))
        else:
            chosen |= select(world, [name])
    return chosen


def selected(how: Setup, names: Iterable[str] | None) -> Measure:
    """The measure of the named outcomes, goals among them; None = every outcome.

    Raises InputError for an unknown name, and for none.
    """
    known = asked(how.world, names)
    if not known:
        raise unusable("outcomes", found=(), allowed="at least one")
    labels, of = outcome_labels(known) | {"year": how.calendar}, partial(_stacked, names=tuple(known))
    return Measure(of, ("outcome", "year"), labels, record_of(known.values()))


def _stacked(ds: xr.Dataset, world: World, names: tuple[str, ...]) -> dict[str, Floats]:
    """Outcomes of some runs, ``values`` (run, outcome, year)."""
    return {"values": np.stack([outcome.of(ds, world) for outcome in asked(world, names).values()], axis=1)}
