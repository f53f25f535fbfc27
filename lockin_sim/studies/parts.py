"""Parts of a comparison: each says what it records of a run and how it becomes a dataset; all share the runs.

Scenarios meet the baseline run by run on the same luck.  However many parts are asked for, every run is
simulated once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import unusable, whole_number
from lockin_sim.histories import Given
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, Reducer, run_cases
from lockin_sim.runs.context import now
from lockin_sim.scenario import Named, Scenario
from lockin_sim.statistics import interval, mean_over_runs, paired, ratio
from lockin_sim.studies.options import provenance
from lockin_sim.studies.pairing import Pairing, chosen_scenarios, idle_ones, scenario_labels
from lockin_sim.studies.until import EFFECTS, MOST, UNTIL, Until, Wanted, in_rounds, of_part
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

type Variables = dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]


@dataclass(frozen=True)
class Part:
    """One dataset of a comparison.

    name      of the dataset
    reduce    function of a module: dataset of some runs, world -> arrays by name, run first
    build     makes the dataset of all runs
    record    variables that ``reduce`` needs beyond those always there
    baseline  whether only the runs of the baseline are looked at
    check     raises InputError for a world that it cannot be made of
    """

    name: str
    reduce: Reducer
    build: Callable[[Runs], xr.Dataset]
    record: tuple[str, ...] = ()
    baseline: bool = False
    check: Callable[[World], object] | None = None


@dataclass(frozen=True)
class Runs:
    """What a part kept of all runs: arrays (run, ...) by name, by label of the pairing."""

    world: World
    pairing: Pairing
    arrays: Mapping[str, Mapping[str, Floats]]
    parameters: Parameters
    runs: int
    seed: int
    years: tuple[int, int]
    about: Mapping[str, Any] = field(default_factory=dict)  # further attributes

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All that are compared, the baseline first."""
        return self.pairing.scenarios

    def of(self, scenario: Scenario, name: str) -> Floats:
        """One array of one scenario."""
        return self.arrays[scenario.name][name]

    def against(self, scenario: Scenario, name: str) -> Floats:
        """The same of the runs of the baseline that the scenario is paired with."""
        return self.arrays[self.pairing.against(scenario.name)][name]

    def effect(self, name: str, axes: tuple[str, ...], units: str) -> Variables:
        """Mean level and paired effect of one array in every scenario.  axes: those behind the run."""
        values = [self.of(scenario, name) for scenario in self.scenarios]
        level, used = (np.stack(found) for found in zip(*map(mean_over_runs, values), strict=True))
        names, bases = ("scenario", *axes), [self.against(scenario, name) for scenario in self.scenarios]
        return {
            "level": (names, level, {"units": units, "long_name": "mean over runs"}),
            "runs_used": (names, used, {"units": "runs", "long_name": "runs that define the level"}),
            **effects(list(map(paired, values, bases)), names, units),
        }

    @property
    def coordinates(self) -> dict[str, Any]:
        """Labels of scenarios and years."""
        return scenario_labels(self.pairing) | {"year": np.arange(self.years[0], self.years[1] + 1)}

    @property
    def attributes(self) -> dict[str, Any]:
        """How the runs were made."""
        made = provenance(
            self.world, parameters=self.parameters, runs=self.runs, seed=self.seed, years=self.years
        )
        return made | {"baseline": self.scenarios[0].name} | dict(self.about)


def effects(
    found: Sequence[tuple[Any, ...]], axes: tuple[str, ...], units: str, name: str = "effect"
) -> Variables:
    """Means, ends of intervals and pairs of several contrasts, the contrast being the first axis."""
    mean, low, high, used = (np.stack(values) for values in zip(*found, strict=True))
    pairs = "pairs_used" if name == "effect" else f"{name}_pairs_used"
    title = name.replace("_", " ")
    low_end, high_end = (f"{title}: {end} end of the 95 % interval" for end in ("lower", "upper"))
    return {
        name: (axes, mean, {"units": units, "long_name": f"{title}: mean paired difference"}),
        f"{name}_low": (axes, low, {"units": units, "long_name": low_end}),
        f"{name}_high": (axes, high, {"units": units, "long_name": high_end}),
        pairs: (axes, used, {"units": "runs", "long_name": f"{title}: pairs of runs that define it"}),
    }  # fmt: skip


def meaning(units: str, long_name: str) -> dict[str, str]:
    """What a variable is, as its attributes."""
    return {"units": units, "long_name": long_name}


def part(name: str, part: Floats, whole: Floats, axes: tuple[str, ...]) -> Variables:
    """One difference as a part of another, with Fieller's interval."""
    value, low, high, used = ratio(part, np.broadcast_to(whole, part.shape))
    text = name.replace("_", " ")
    return {
        name: (axes, value, {"units": "share", "long_name": f"{text}: ratio of means over pairs"}),
        f"{name}_low": (axes, low, {"units": "share", "long_name": f"{text}: lower end, Fieller"}),
        f"{name}_high": (axes, high, {"units": "share", "long_name": f"{text}: upper end, Fieller"}),
        f"{name}_pairs_used": (axes, used, {"units": "runs", "long_name": f"{text}: pairs that define it"}),
    }


def contrast(values: Floats, axes: tuple[str, ...], units: str, name: str) -> Variables:
    """Mean, interval and pairs of one array of differences by run.  (run, *axes)."""
    of_one = effects([interval(values)], ("one", *axes), units, name)
    return {key: (axes, value[0], about) for key, (_, value, about) in of_one.items()}


@dataclass(frozen=True)
class _Reduce:
    """All reducers of some parts, one after the other; names are kept apart by the part's."""

    parts: tuple[tuple[str, Reducer], ...]

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        return {
            f"{part}:{name}": values
            for part, reduce in self.parts
            for name, values in reduce(ds, world).items()
        }


def compare_parts(
    parts: Iterable[Part],
    scenarios: Sequence[Named] | Named,
    *,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    history: Given | None = None,
    runs: int = RUNS.comparison,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
    until: Wanted | None = None,
    most: int = MOST,
) -> dict[str, xr.Dataset]:
    """Several parts of one comparison from the same runs, by name.

    Arguments as in :func:`lockin_sim.compare`; ``until`` where one of the parts is that of the effects.
    Raises InputError for anything that cannot be used.
    """
    world = world_of(world)
    years = world.horizon(years)
    chosen, wanted, given = chosen_scenarios(baseline, scenarios), list(parts), parameters_of(parameters)
    for check in (part.check for part in wanted if part.check is not None):
        check(world)
    pairing = Pairing.of(chosen, world, years, history)
    if not now().rehearsal and (idle := idle_ones(chosen, world, years)):
        warnings.warn(idle, stacklevel=3)
    run = partial(
        run_cases, cases_of(wanted, pairing, given), world=world, seed=seed, years=years, workers=workers,
        chunk=chunk, progress=progress,
    )  # fmt: skip
    about: dict[str, Any] = {}
    if until is None:
        arrays = run(runs=runs)
    else:
        run = partial(run, most=most)
        if not any(part.name == EFFECTS for part in wanted):
            raise unusable("until", found=until, allowed="only where effects on outcomes are asked for")
        whole_number("most", most, least=whole_number("runs", runs, least=1))
        goal = Until.of(until, world, years, pairing.pairs())
        arrays, runs, look = in_rounds(run, goal, runs, most, progress)
        about = {UNTIL: goal.attribute(look, most)}
    return built(wanted, Runs(world, pairing, arrays, given, runs, seed, years, about))


def cases_of(parts: Sequence[Part], pairing: Pairing, parameters: Parameters) -> list[Case]:
    """What is run for some parts of a comparison, the baseline that is shown first."""
    cases = []
    for position, (label, scenario, history) in enumerate(pairing.runs()):
        mine = [part for part in parts if position == 0 or not part.baseline]
        reduce = _Reduce(tuple((part.name, part.reduce) for part in mine))
        record = tuple(dict.fromkeys(name for part in mine for name in part.record))
        cases.append(Case(label, scenario, reduce, parameters, record, history=history))
    return cases


def built(parts: Iterable[Part], runs: Runs) -> dict[str, xr.Dataset]:
    """The datasets of some parts by name, from the arrays of their :func:`cases_of`."""
    return {part.name: part.build(replace(runs, arrays=of_part(runs.arrays, part.name))) for part in parts}
