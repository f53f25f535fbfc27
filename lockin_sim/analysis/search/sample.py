"""Packages in a sample of draws: what each does to every goal, draw by draw, on the luck of doing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.ensemble import posterior_draws
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import Case, run_cases
from lockin_sim.scenario import Scenario
from lockin_sim.statistics import weighted_mean
from lockin_sim.studies.goals import COVERED, Goal, record, values
from lockin_sim.studies.outcomes import RECORD, select
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.ensemble import Source

#: Runs computed together, which is fastest.
TOGETHER = 32


@dataclass(frozen=True)
class Judged:
    """Reduces runs to ``goals`` (run, goal) and, where signposts are asked for, ``signs`` (run, signpost).

    goals  read in the last year, what grows until then included; coverage as the mean of the years from
           ``start`` on, since a single year's is mostly luck
    signs  names of outcomes or of goals, read in the year ``review``
    """

    goals: tuple[Goal, ...]
    start: int
    signs: tuple[str, ...] = ()
    review: int = 0

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        years = ds["year"].values.tolist()
        found = [self._read(goal, values(goal, ds, world), years.index(self.start)) for goal in self.goals]
        made = {"goals": np.stack(found, axis=1)}
        if self.signs:
            at = years.index(self.review)
            made["signs"] = np.stack([self._sign(name, ds, world)[:, at] for name in self.signs], axis=1)
        return made

    def _sign(self, name: str, ds: xr.Dataset, world: World) -> Floats:
        """What a goal or an outcome is in a simulation, by run and year."""
        goal = next((goal for goal in self.goals if goal.name == name), None)
        return select(world, [name])[name].of(ds, world) if goal is None else values(goal, ds, world)

    def _read(self, goal: Goal, by_year: Floats, start: int) -> Floats:
        """The one number a run that a goal is about: the last year's, or the mean since the start."""
        if goal.name == COVERED:
            return weighted_mean(by_year[:, start:], np.ones(by_year.shape[1] - start))
        last: Floats = by_year[:, -1]
        return last


@dataclass(frozen=True)
class Sample:
    """Draws of the parameters, each with luck of its own; run r of every package has draw r and luck r.

    draws       values by parameter, (draw,)
    size        number of draws
    seed        of the luck
    parameters  what is the same in all draws
    """

    draws: Mapping[str, Floats]
    size: int
    seed: int
    parameters: Parameters
    world: World
    years: tuple[int, int]
    workers: int | None

    def run(
        self, scenarios: Mapping[str, Scenario], judged: Judged, progress: bool | Progress
    ) -> dict[str, dict[str, Floats]]:
        """Arrays of ``judged`` by name, by label of the scenario."""
        given = self.parameters.replace(dict(self.draws))
        needed = [*record(judged.goals, self.world)]
        needed += RECORD if judged.signs else ()
        cases = [
            Case(label, scenario, judged, given, tuple(dict.fromkeys(needed)), TOGETHER)
            for label, scenario in scenarios.items()
        ]
        return run_cases(
            cases, world=self.world, runs=self.size, seed=self.seed, years=self.years, workers=self.workers,
            chunk=TOGETHER, progress=progress,
        )  # fmt: skip


def sample(
    n: int, seed: int, source: Source, *, parameters: Mapping[str, float | Floats] | Parameters | None,
    world: World, years: tuple[int, int], workers: int | None,
) -> Sample:  # fmt: skip
    """Draws of the posterior, without parameters that are given for all of them."""
    given = parameters_of(parameters)
    given.check_runs(n)
    named = set(parameters) if isinstance(parameters, Mapping) else set(given.given())
    drawn = posterior_draws(n, seed=seed, source=source)
    return Sample({k: v for k, v in drawn.items() if k not in named}, n, seed, given, world, years, workers)


def effects(found: Mapping[str, Mapping[str, Floats]], labels: Sequence[str], baseline: str) -> Floats:
    """Paired differences from doing nothing, to nine decimals: what is less is arithmetic, and would make
    packages differ that do the same.  (package, draw, goal).

    Where a goal has no number with a package and none without, nobody is left whom it is about, and the
    package changes nothing: 0.  Where it has one of both, the difference is NaN.
    """
    nothing = found[baseline]["goals"]
    reached = np.stack([found[label]["goals"] for label in labels])
    nobody = np.isnan(reached) & np.isnan(nothing)
    made: Floats = np.where(nobody, 0.0, reached - nothing).round(9)
    return made
