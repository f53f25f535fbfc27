"""Search: packages of levers that serve several goals at once in most worlds that fit the record.

The algorithm is the EMA Workbench's generational Borg (Hadka and Reed 2013, with epsilon dominance of
Laumanns et al. 2002), in the unit cube, because its operators work on real numbers only.  It draws from
Python's global generator, which here has a state of its own, so that equal evaluations give equal searches: a
resumed search repeats its earlier packages.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import MOST_DRAWS, SEED, Floats, Integers
from lockin_sim.common.errors import InputError, check_whole_number, unknown_name, unusable
from lockin_sim.common.extras import import_optional
from lockin_sim.common.formats import unit_of
from lockin_sim.common.progress import Progress, reporting
from lockin_sim.common.statistics import mean_by_column
from lockin_sim.common.values import check_listed, number
from lockin_sim.comparisons.measured_places import list_recorded_variables, outcomes, select_outcomes
from lockin_sim.comparisons.trial import Setup, build_provenance, load_comparable_scenario
from lockin_sim.runs.jobs import RunCase
from lockin_sim.runs.simulation import check_progress
from lockin_sim.settings.design.columns import (
    build_set_twice_error,
    compute_largest_overlap,
    iterate_address_pairs,
)
from lockin_sim.settings.ensemble import posterior_draws, select_draws
from lockin_sim.settings.parameters import ByName, Parameters, collect_fixed_values, resolve_parameters
from lockin_sim.settings.scenario import Named, Scenario
from lockin_sim.world import World, resolve_world

from .decisions import (
    ALIKE,
    NOTHING,
    Decision,
    active,
    applied,
    at_rest,
    decisions_of,
    package,
)
from .goals import Goal, goals_in, record, values
from .results import (
    Pathway,
    dataset,
    pathway,
    regret,
    satisfied,
    scale_of,
)

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.settings.ensemble import Source

#: Minimum draws of the search sample and of new samples, half of which select signposts; and minimum goals,
#: since one goal has no trade-offs.
FEWEST_DRAWS, FEWEST_FRESH, FEWEST_GOALS = 2, 4, 2

#: Default wanted effects, in the unit shown (assumed: others want more, or less, or the opposite).
WANTED = {"standards_abroad": -1.0, "eu_dependence": -1.0, "public_cost": 100.0}

#: Number of runs computed together (the fastest).
TOGETHER = 32

#: Minimum size of a generation: some operators of Borg have ten parents.
SMALLEST = 12

#: Evaluates the points of a generation: (place, decision) -> (place, objective), lower is better.
type Evaluate = Callable[[Floats], Floats]

type Levels = tuple[int, ...]


def search(
    levers: Sequence[str] | None = None,
    *,
    wanted: Mapping[str, float] | None = None,
    budget: int = 480,
    generation: int = 40,
    draws: int = 24,
    fresh: int = 128,
    start: int = 2026,
    review: int = 2032,
    posterior: Source = None,
    scenario: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | ByName | None = None,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress | None = None,
) -> xr.Dataset:
    """Search for packages of levers that no other beats on every goal, and test them in new draws.

    The EMA Workbench's optimiser compares mean effects on the goals of the case in a sample of draws, with
    the shocks of doing nothing; the packages that it keeps are then tested in a new sample.
    levers      decisions, as ``export_finance[EU].envelope=2.5:30`` or, with its range in
                :data:`.decisions.DEFAULT`, ``restriction[EU].mode``; None = all
    wanted      satisfactory effects by goal, in the unit shown: -1 is one point less, 100 is 100 bn USD more
    budget      packages to try, in whole generations;  generation  packages in one, at least 12
    draws       number of draws to search in;  fresh  number to test in, and to find pathways in
    start       first year of packages;  review  year of signposts, after which postponed levers begin
    posterior   as in :func:`lockin_sim.posterior_draws`;  scenario  scenario to which packages are added
    Other arguments as in :func:`lockin_sim.compare`.

    Returns a dataset over ``package`` (doing nothing first, then by share of satisfactory draws), ``goal``,
    ``draw``, ``decision``, ``generation`` and ``lever``, see
    :func:`experiments.12_robust_packages.results.dataset`.
    Raises InputError for anything that cannot be used, and for a missing package.
    """
    import_optional("ema_workbench", "workbench")  # fail before anything is simulated
    world, progress = resolve_world(world), check_progress(progress)
    want = planned(
        levers, wanted, scenario=scenario, world=world, years=years, start=start, review=review,
        budget=budget, generation=generation, draws=draws, fresh=fresh, seed=seed,
    )  # fmt: skip
    samples = [
        sample(n, want.seed + step, posterior, parameters=parameters, world=world, years=want.years,
               workers=workers)
        for step, n in enumerate((want.draws, want.fresh, want.fresh))
    ]  # fmt: skip
    return _tested(want, samples, world, resolve_parameters(parameters, want.years), progress)


def _tested(
    want: SearchPlan, samples: Sequence[Sample], world: World, parameters: Parameters,
    progress: bool | Progress,
) -> xr.Dataset:  # fmt: skip
    """Search in the first sample, test in the second, and try waiting in the third.

    parameters  those that are the same in all draws
    Of packages too similar to choose between the optimiser keeps one; of those like doing nothing, that one.
    """
    places, past, known = _searched(want, samples[0], progress)
    tried = (package(want.decisions, unit) for unit in places)
    moving = (levels for levels in tried if (np.abs(known[levels]) >= want.alike).any())
    packages = list(dict.fromkeys([at_rest(want.decisions), *moving]))
    labelled = {f"package {k}": levels for k, levels in enumerate(packages)}
    said = f"fresh draws: {len(packages)} packages, each in {want.fresh} draws"
    with reporting(progress, (len(packages) + 1) * want.fresh, said) as report:
        scenarios = {NOTHING: want.base} | want.scenarios(labelled)
        judged = samples[1].run(scenarios, Reduce(want.goals), report)
    by_draw = effects(judged, list(labelled), NOTHING)
    _check_defined(by_draw, want)
    gains = by_draw * want.sense
    share = satisfied(gains, want.least).mean(axis=1)
    behind = regret(gains, scale_of(gains)).max(axis=1)
    # the most satisfactory first, ties by the smallest regret
    order = np.lexsort((behind, -share)).tolist()
    packages, by_draw = [packages[k] for k in order], by_draw[order]
    posts = signposts(world, want.goals)
    ways = _pathways(want, packages[0], scale_of(by_draw * want.sense), tuple(posts), samples[2], progress)
    looked = np.array([known.get(levels, np.zeros(len(want.goals))) for levels in packages])
    about = build_provenance(world, parameters=parameters, runs=want.fresh, seed=want.seed, years=want.years)
    drawn = (samples[1].positions, samples[2].positions)
    ds = dataset(want, packages, looked, by_draw, ways, past, posts, drawn)
    return ds.assign_attrs(about | {"packages_looked_at": len(known)})


def _searched(
    want: SearchPlan, chosen: Sample, progress: bool | Progress
) -> tuple[Floats, dict[str, list[int]], dict[Levels, Floats]]:
    """What :func:`optimised` returns, and mean effects of every package tried, (goal,) by package."""
    judging, known = Reduce(want.goals), dict[Levels, Floats]()
    said = f"search: about {want.budget} packages, each in {want.draws} draws"
    with reporting(progress, (want.budget + 1) * want.draws, said) as report:
        nothing = chosen.run({NOTHING: want.base}, judging, report)[NOTHING]

        def evaluate(units: Floats) -> Floats:
            """Minus the gains of packages at points of the unit cube; none is run twice."""
            packages = [package(want.decisions, unit) for unit in units]
            new = {f"package {len(known) + n}": levels for n, levels in enumerate(dict.fromkeys(packages))
                   if levels not in known}  # fmt: skip
            if new:
                runs = chosen.run(want.scenarios(new), judging, report)
                gains = mean_by_column(effects({NOTHING: nothing, **runs}, list(new), NOTHING).swapaxes(0, 1))
                known.update(zip(new.values(), gains, strict=True))
            costs: Floats = -np.stack([known[levels] for levels in packages]) * want.sense
            _check_defined(costs, want)
            return costs

        places, past = optimised(
            evaluate, decisions=len(want.decisions), epsilons=want.alike.tolist(), budget=want.budget,
            generation=want.generation, seed=want.seed,
        )  # fmt: skip
    return places, past, known


def _check_defined(by_draw: Floats, want: SearchPlan) -> None:
    """Raises InputError for an undefined goal.  (package, ..., goal)"""
    if not np.isfinite(by_draw).all():
        bad = want.goals[int(np.argwhere(~np.isfinite(by_draw))[0, -1])]
        raise InputError(f"search: {bad.title}: found an undefined goal in some run; allowed: other years.")


def _pathways(
    want: SearchPlan, whole: Levels, scale: Floats, posts: tuple[str, ...], chosen: Sample,
    progress: bool | Progress,
) -> list[Pathway]:  # fmt: skip
    """Verdicts on every lever of a package, in draws used neither for the search nor for the choice."""
    levers, rest = active(want.decisions, whole), at_rest(want.decisions)
    without = {f"without {k}": (*whole[:k], rest[k], *whole[k + 1 :]) for k in levers}
    scenarios = {NOTHING: want.base} | want.scenarios({"whole": whole} | without)
    for k in levers:
        scenarios[f"later {k}"] = applied(want.base, want.decisions, whole, {k: want.review + 1})
    judging = Reduce(want.goals, posts, want.review)
    with reporting(progress, len(scenarios) * want.fresh, "pathways: levers that wait") as report:
        arrays = chosen.run(scenarios, judging, report)
    labels = list(scenarios)[1:]
    gains = dict(zip(labels, effects(arrays, labels, NOTHING) * want.sense, strict=True))
    ways = [
        pathway(
            k, {"whole": gains["whole"], "without": gains[f"without {k}"], "later": gains[f"later {k}"]},
            arrays[f"without {k}"]["signs"], want.least, scale,
        )
        for k in levers
    ]  # fmt: skip
    return sorted(ways, key=lambda way: -way.loss)


@dataclass(frozen=True)
class SearchPlan:
    """A search after all checks.

    base      to which packages are added, and with which they are compared
    start     first year of packages;  review  year in which signposts are read
    wanted    effects by goal, in stored units.  (goal,)
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
        """Direction of every goal: 1 up, -1 down.  (goal,)"""
        return np.array([float(goal.sense) for goal in self.goals])

    @property
    def least(self) -> Floats:
        """Wanted gains, of which more is better.  (goal,)"""
        return self.wanted * self.sense

    @property
    def alike(self) -> Floats:
        """Negligible differences, in stored units.  (goal,)"""
        return np.array([ALIKE[goal.name] / unit_of(goal.unit).factor for goal in self.goals])

    def scenarios(self, packages: Mapping[str, Levels]) -> dict[str, Scenario]:
        """The scenario of each package, by label."""
        return {label: applied(self.base, self.decisions, levels) for label, levels in packages.items()}


def planned(
    levers: Sequence[str] | None, wanted: Mapping[str, float] | None, *, scenario: Named, world: World,
    years: tuple[int, int] | None, start: int, review: int, budget: int, generation: int, draws: int,
    fresh: int, seed: int,
) -> SearchPlan:  # fmt: skip
    """The plan for the arguments.  Raises InputError for anything that cannot be used."""
    check_whole_number("budget", budget, least=1, most=MOST_DRAWS)
    check_whole_number("generation", generation, least=SMALLEST, most=MOST_DRAWS)
    check_whole_number("draws", draws, least=FEWEST_DRAWS, most=MOST_DRAWS)
    check_whole_number("fresh", fresh, least=FEWEST_FRESH, most=MOST_DRAWS)
    seed, span = check_whole_number("seed", seed), world.horizon(years)
    goals = tuple(goals_in(world))
    if len(goals) < FEWEST_GOALS:
        text = f"{world.name}, which has {len(goals)} of the goals"
        raise unusable("world", found=text, allowed=f"one with at least {FEWEST_GOALS}")
    first, last = span
    if not first < check_whole_number("start", start) < last:
        raise unusable("start", found=start, allowed=f"a year from {first + 1} to {last - 1}")
    if not start <= check_whole_number("review", review) < last:
        raise unusable("review", found=review, allowed=f"a year from {start}, the start, to {last - 1}")
    if not isinstance(wanted, Mapping | None):
        raise unusable("wanted", found=wanted, allowed="effects by goal, or None")
    names, values = [goal.name for goal in goals], WANTED.copy()
    for name, value in (wanted or {}).items():
        if name not in names:
            raise unknown_name("wanted", found=name, known=names)
        values[name] = number(f"wanted: {name}", value, allowed="a finite number, an effect")
    effect = np.array([values[goal.name] / unit_of(goal.unit).factor for goal in goals])
    if levers is not None:
        check_listed(
            "levers", levers, allowed="a list of decisions, such as ['restriction[EU].mode'], or None"
        )
    base, decisions = load_comparable_scenario(scenario), decisions_of(levers, start)
    _check_settings(base, decisions, world, span)
    return SearchPlan(
        base, goals, decisions, effect, start, review, budget, generation, draws, fresh, seed, span
    )  # fmt: skip


def _check_settings(
    base: Scenario, decisions: Sequence[Decision], world: World, years: tuple[int, int]
) -> None:
    """Check every decision against the world, with all its words and the ends of its numbers."""
    for decision in decisions:
        numbers = isinstance(decision.levels[0], float)
        for level in (0, len(decision.levels) - 1) if numbers else range(len(decision.levels)):
            try:
                applied(base, [decision], [level]).conditions(world, years)
            except InputError as error:
                raise InputError(f"levers: {decision.name}: {error}") from error
    for one, other in iterate_address_pairs(d.column for d in decisions):
        if both := compute_largest_overlap(one, other, world):
            raise build_set_twice_error("levers", one, other, both.words)


@dataclass(frozen=True)
class Reduce:
    """Reduces runs to ``goals`` (run, goal) and, with signposts, ``signs`` (run, signpost).

    goals  read in the last year, including cumulative ones
    signs  names of outcomes or of goals, read in the year ``review``
    """

    goals: tuple[Goal, ...]
    signs: tuple[str, ...] = ()
    review: int = 0

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        years = ds["year"].values.tolist()
        by_year = {goal.name: values(goal, ds, world) for goal in self.goals}
        arrays = {"goals": np.stack([path[:, -1] for path in by_year.values()], axis=1)}
        if self.signs:
            known = select_outcomes(world, [name for name in self.signs if name not in by_year])
            paths = [by_year[n] if n in by_year else known[n].of(ds, world) for n in self.signs]
            arrays["signs"] = np.stack([path[:, years.index(self.review)] for path in paths], axis=1)
        return arrays


class Sample(NamedTuple):
    """Draws of the parameters with their shocks; run r of every package has draw r and shocks r.

    how        set-up of its runs
    positions  of the draws in the posterior; None if no parameter is drawn.  (draw,)
    """

    how: Setup
    positions: Integers | None

    def run(
        self, scenarios: Mapping[str, Scenario], reduce: Reduce, progress: bool | Progress
    ) -> dict[str, dict[str, Floats]]:
        """Arrays of ``reduce`` by name, by label of the scenario."""
        world, parameters = self.how.world, self.how.parameters
        signs = [name for name in reduce.signs if name not in {goal.name for goal in reduce.goals}]
        needed = (
            *record(reduce.goals, world),
            *(list_recorded_variables(select_outcomes(world, signs).values()) if signs else ()),
        )
        variables = tuple(dict.fromkeys(needed))
        cases = [
            RunCase(label, scenario, reduce, parameters, variables, TOGETHER)
            for label, scenario in scenarios.items()
        ]
        return replace(self.how, progress=progress).run(cases)


def sample(
    n: int, seed: int, source: Source, *, parameters: Parameters | ByName | None, world: World,
    years: tuple[int, int], workers: int | None,
) -> Sample:  # fmt: skip
    """Draws of the posterior, without parameters with fixed values."""
    values = resolve_parameters(parameters, years)
    values.check_runs(n)
    fixed, drawn = collect_fixed_values(parameters), posterior_draws(n, seed=seed, source=source)
    varied = {name: of for name, of in drawn.items() if name not in fixed}
    positions = select_draws(n, seed=seed, source=source) if varied else None
    how = Setup(world, values.replace(varied), n, seed, years, workers, progress=False, chunk=TOGETHER)
    return Sample(how, positions)


def effects(arrays: Mapping[str, Mapping[str, Floats]], labels: Sequence[str], baseline: str) -> Floats:
    """Paired differences from doing nothing, rounded to nine decimals, since rounding errors would make
    equal packages differ.  (package, draw, goal)

    Where a goal is undefined both with a package and without, it concerns nobody and the package changes
    nothing: 0.  Where only one is undefined, the difference is NaN.
    """
    nothing = arrays[baseline]["goals"]
    reached = np.stack([arrays[label]["goals"] for label in labels])
    nobody = np.isnan(reached) & np.isnan(nothing)
    return np.where(nobody, 0.0, reached - nothing).round(9)


def signposts(world: World, goals: Iterable[Goal]) -> dict[str, tuple[str, str]]:
    """Label and unit of outcomes that are signposts, as far as a world has them, and of goals, by name."""
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
        f"switching_pull_{own}",
    )
    known = outcomes(world)
    labels = {name: (known[name].label, known[name].unit) for name in wanted if name in known}
    return labels | {goal.name: (goal.what, goal.unit) for goal in goals if goal.unit == "share"}


class _Batches:
    """The optimiser's evaluator: all packages of a generation together."""

    def __init__(self, evaluate: Evaluate) -> None:
        self.evaluate = evaluate

    def evaluate_all(self, jobs: Sequence[Any], **_: Any) -> Sequence[Any]:
        """Give every job its objectives."""
        if not jobs:
            return jobs
        units = np.array([[float(v) for v in job.solution.variables] for job in jobs])
        for job, costs in zip(jobs, self.evaluate(units).tolist(), strict=True):
            job.solution.problem.function = lambda _, costs=costs: costs
            job.solution.evaluate()
        return jobs


def optimised(
    evaluate: Evaluate, *, decisions: int, epsilons: Sequence[float], budget: int, generation: int, seed: int
) -> tuple[Floats, dict[str, list[int]]]:
    """Search the unit cube for points that no other dominates by epsilon.

    decisions   number of axes of the cube
    epsilons    negligible difference of each objective
    budget      approximate number of points, in whole generations
    generation  points in a generation, at least :data:`SMALLEST`
    Returns the points, (place, decision); and after each generation their number, ``archive``, and the number
    of epsilon improvements, ``improved``.
    """
    workbench = import_optional("ema_workbench", "search")
    module = import_optional("ema_workbench.em_framework.optimization", "search")
    names = [f"x{k}" for k in range(decisions)]
    axes = [workbench.RealParameter(name, 0.0, 1.0) for name in names]
    lower = workbench.ScalarOutcome.MINIMIZE
    costs = [workbench.ScalarOutcome(f"y{k}", kind=lower) for k in range(len(epsilons))]
    problem = module.Problem("levers", axes, costs)
    archive, improved = list[int](), list[int]()
    with _own_luck(seed):
        algorithm = module.GenerationalBorg(
            problem, list(epsilons), population_size=generation, evaluator=_Batches(evaluate)
        )
        while algorithm.nfe < budget:
            algorithm.step()
            archive.append(len(algorithm.archive))
            improved.append(int(algorithm.archive.improvements))
    places = np.array([[float(v) for v in solution.variables] for solution in algorithm.archive])
    return places, {"archive": archive, "improved": improved}


@contextmanager
def _own_luck(seed: int) -> Iterator[None]:
    """Python's generator at a seed inside the block, restored afterwards."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
