"""The goals by which policies are judged, each with its direction.

No goal ranks above another, and somebody may want the opposite of any: a report says which policy serves
which goal, a search which packages serve all of them together.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.studies.breakdown import ITEMS, OF_COSTS, WORK, cost_arrays, in_group, measures, payers
from lockin_sim.studies.contrast import Measure, Setup
from lockin_sim.studies.outcomes import RECORD, Outcome, headlines, outcome_labels, outcomes, select
from lockin_sim.world import World
from lockin_sim.world.case import Case
from lockin_sim.world.names import adjective, name_of

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
    """The goals of a case; none without a family of standards or a sponsor under study."""
    if not case.family or not case.sponsors:
        return []
    own, standard = case.sponsors[0], name_of("standard", case.family)
    return [
        Goal("standards_abroad", f"Fewer {standard} abroad", f"share of {standard} abroad", -1, "share",
             "effects", {"outcome": headlines(case)[-1]}),
        Goal("eu_dependence", f"Less dependence of the EU on {adjective(own)} vendors",
             f"{adjective(own)} vendors' part of EU members' sensitive networks", -1, "share",
             "by_group", {"measure": f"dependence_sensitive_{own}", "group": "EU"}),
        Goal("public_cost", "Lowest public cost", "what all governments together pay", -1, "USD bn",
             "public_cost", {"item": "total", "payer": "governments"}),
    ]  # fmt: skip


def goals_in(world: World) -> list[Goal]:
    """The goals of a world's case for which it has the outcome, or the group of markets."""
    known = outcomes(world)
    return [
        goal
        for goal in goals_of(world.case)
        if goal.at.get("outcome", goal.name) in (*known, goal.name)
        and goal.at.get("group", "world") in world.group_names
    ]


def values(goal: Goal, ds: xr.Dataset, world: World) -> Floats:
    """A goal's number, (run, year); needs the variables of :func:`record`."""
    if goal.study == "effects":
        return select(world, [goal.at["outcome"]])[goal.at["outcome"]].of(ds, world)
    if goal.study == "by_group":
        return in_group(ds, world, goal.at["measure"], goal.at["group"])
    cost = cost_arrays(ds, world, chosen=())["cost"][:, :, payers(world).index(goal.at["payer"])]
    free = cost[:, ITEMS.index(WORK)]  # in a search, work in bodies is free
    paid: Floats = cost[:, ITEMS.index(goal.at["item"])] - free
    return paid


def record(goals: Iterable[Goal], world: World) -> tuple[str, ...]:
    """Variables that goals need beyond those always recorded."""
    needed: list[str] = []
    for goal in goals:
        if goal.study == "effects":
            needed += select(world, [goal.at["outcome"]])[goal.at["outcome"]].record
        elif goal.study == "by_group":
            needed.append(measures(world)[goal.at["measure"]].variable)
        else:
            needed += OF_COSTS
    return tuple(dict.fromkeys(needed))


#: Goals that serve as outcomes in the last year, beside the headline.
ASKED = ("eu_dependence", "public_cost")


def goals_asked(world: World) -> dict[str, Goal]:
    """Goals of :data:`ASKED` that a world has, by name."""
    return {goal.name: goal for goal in goals_in(world) if goal.name in ASKED}


def asked(world: World, names: Iterable[str] | None) -> dict[str, Outcome]:
    """Outcomes by name, with goals of a world among them: one number per run and year.

    names  None = every outcome, and no goal
    Raises InputError for an unknown name.
    """
    if names is None:
        return select(world, None)
    goals = goals_asked(world)
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
    needed = (*RECORD, *(name for outcome in known.values() for name in outcome.record))
    labels, of = outcome_labels(known) | {"year": how.calendar}, partial(_stacked, names=tuple(known))
    return Measure(of, ("outcome", "year"), labels, tuple(dict.fromkeys(needed)))


def _stacked(ds: xr.Dataset, world: World, names: tuple[str, ...]) -> dict[str, Floats]:
    """Outcomes of some runs, ``values`` (run, outcome, year)."""
    return {"values": np.stack([outcome.of(ds, world) for outcome in asked(world, names).values()], axis=1)}
