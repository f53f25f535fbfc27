"""What a search is asked: sizes, years, and what is wanted of every goal, checked before the first run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lockin_sim.analysis.search.decisions import Decision, applied, decisions_of
from lockin_sim.analysis.search.optimiser import SMALLEST
from lockin_sim.conventions import Floats
from lockin_sim.design.apart import at_most, pairs_of
from lockin_sim.design.columns import set_twice
from lockin_sim.errors import InputError, unknown_name, unusable, whole_number
from lockin_sim.numeric import number
from lockin_sim.scenario import Named, Scenario
from lockin_sim.studies.goals import Goal, by_worth, goals_in
from lockin_sim.studies.pairing import levers_alone
from lockin_sim.wording import unit_of
from lockin_sim.world import World

#: Fewest draws of the sample that is searched and of fresh ones, half of which signposts are found on; and
#: fewest goals, for with one there is nothing to weigh.
FEWEST_DRAWS, FEWEST_FRESH, FEWEST_GOALS = 2, 4, 2

#: What is wanted of effects where nothing is said, in the unit shown.  Assumed: somebody else wants more, or
#: less, or the opposite.
WANTED = {"standards_abroad": -1.0, "eu_dependence": -1.0, "coverage": -0.05, "public_cost": 100.0}

#: Differences that are as good as none, in the unit shown: the search keeps one of packages so close.
ALIKE = {"standards_abroad": 0.1, "eu_dependence": 0.5, "coverage": 0.01, "public_cost": 5.0}


@dataclass(frozen=True)
class Asked:
    """A search, checked.

    base      what packages are added to, and compared with
    start     first year of packages;  review  year in which signposts are read
    wanted    of effects, by goal, in stored units.  (goal,)
    """

    base: Scenario
    goals: tuple[Goal, ...]
    decisions: tuple[Decision, ...]
    wanted: Floats
    start: int
    review: int
    budget: int
    generation: int
    draws: int
    fresh: int
    seed: int
    years: tuple[int, int]

    @property
    def sense(self) -> Floats:
        """Direction of every goal: 1 up, -1 down.  (goal,)."""
        return np.array([float(goal.sense) for goal in self.goals])

    @property
    def factor(self) -> Floats:
        """What stored numbers are multiplied with to be shown.  (goal,)."""
        return np.array([unit_of(goal.unit).factor for goal in self.goals])

    @property
    def alike(self) -> Floats:
        """Differences as good as none, in stored units.  (goal,)."""
        return np.array([ALIKE[goal.name] for goal in self.goals]) / self.factor


def asked(
    levers: Sequence[str] | None, wanted: Mapping[str, float] | None, *, scenario: Named, world: World,
    years: tuple[int, int] | None, start: int, review: int, budget: int, generation: int, draws: int,
    fresh: int, seed: int,
) -> Asked:  # fmt: skip
    """What is asked.  Raises InputError for anything that cannot be used."""
    whole_number("budget", budget, least=1)
    whole_number("generation", generation, least=SMALLEST)
    whole_number("draws", draws, least=FEWEST_DRAWS)
    whole_number("fresh", fresh, least=FEWEST_FRESH)
    seed, span = whole_number("seed", seed), world.horizon(years)
    goals = tuple(by_worth(goal) if goal.name == "coverage" else goal for goal in goals_in(world))
    if len(goals) < FEWEST_GOALS:
        text = f"{world.name}, which has {len(goals)} of the goals that packages are judged by"
        raise unusable("world", found=text, allowed=f"one with at least {FEWEST_GOALS}")
    first, last = span
    if not first < whole_number("start", start) < last:
        raise unusable("start", found=start, allowed=f"a year from {first + 1} to {last - 1}")
    if not start <= whole_number("review", review) < last:
        raise unusable("review", found=review, allowed=f"a year from {start}, the start, to {last - 1}")
    base, decisions = levers_alone(scenario), decisions_of(levers, start)
    _check_settings(base, decisions, world, span)
    return Asked(
        base, goals, decisions, _wanted(wanted, goals), start, review, budget, generation, draws, fresh, seed,
        span,
    )  # fmt: skip


def _wanted(given: Mapping[str, float] | None, goals: Sequence[Goal]) -> Floats:
    """What is wanted of effects, in stored units.  (goal,)."""
    names, values = [goal.name for goal in goals], dict(WANTED)
    for name, value in (given or {}).items():
        if name not in names:
            raise unknown_name("wanted", found=name, known=names)
        values[name] = number(f"wanted: {name}", value, allowed="a finite number, an effect")
    return np.array([values[goal.name] / unit_of(goal.unit).factor for goal in goals])


def _check_settings(
    base: Scenario, decisions: Sequence[Decision], world: World, years: tuple[int, int]
) -> None:
    """Let every decision meet the world, at all its words and at the ends of its numbers."""
    for decision in decisions:
        numbers = isinstance(decision.levels[0], float)
        for level in (0, len(decision.levels) - 1) if numbers else range(len(decision.levels)):
            try:
                applied(base, [decision], [level]).conditions(world, years)
            except InputError as error:
                raise InputError(f"levers: {decision.name}: {error}") from error
    for one, other in pairs_of(d.column for d in decisions):
        if both := at_most(one, other, world):
            raise set_twice("levers", one, other, both.words)
