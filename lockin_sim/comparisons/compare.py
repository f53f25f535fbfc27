"""Compare scenarios with a baseline, run by run with the same shocks: levels, paired differences, intervals.

A comparison has parts.  Each part declares what it records of a run and how to build its dataset; all parts
share the runs, so that every run is simulated once.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from lockin_sim.common.conventions import MOST_AT_ONCE, RUNS, Floats
from lockin_sim.common.errors import check_whole_number, convert_to_int, unusable
from lockin_sim.common.formats import unit_of
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import (
    STATISTICS,
    count_runs_needed,
    difference,
    mean_by_column,
    mean_over_runs,
    summarise_levels,
)
from lockin_sim.common.values import check_truth
from lockin_sim.common.values import number as checked_number
from lockin_sim.comparisons.measured_places import (
    list_mapped_domains,
    list_recorded_variables,
    select_outcomes,
    with_places,
)
from lockin_sim.comparisons.outcomes import build_outcome_coordinates
from lockin_sim.comparisons.stopping import (
    MOST,
    UNTIL,
    TargetWidths,
    Wanted,
    run_until_narrow,
    select_target_widths,
)
from lockin_sim.comparisons.trial import (
    HISTORY,
    SINGLE_RUNS,
    Options,
    Setup,
    Variables,
    build_scenario_coordinates,
    build_setup,
    build_variable_attributes,
    describe_idle_scenarios,
    estimate_effects,
    list_scenarios,
    load_compared_scenarios,
    take_world,
)
from lockin_sim.model.measures import LAST, Reading
from lockin_sim.record.histories import Given
from lockin_sim.runs.context import now
from lockin_sim.runs.jobs import Reducer, RunCase
from lockin_sim.runs.results import tidy
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import Named, Scenario
from lockin_sim.settings.titles import (
    add_scenario_files,
    build_definition_coordinate,
    get_scenario_label,
    map_scenario_files,
)
from lockin_sim.world import World, resolve_world
from lockin_sim.world.case import HEADLINES
from lockin_sim.world.recorded import country_labels

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Target width of an interval: of a share, absolute; of anything else, relative to the baseline's mean.
WIDTH = 0.01

#: Name of the part of a comparison with the outcomes.
EFFECTS = "effects"


class ComparisonOptions(Options, total=False):
    """Keyword options of a comparison; :func:`lockin_sim.compare` describes each."""

    baseline: Named
    history: Given | None
    until: Wanted | None
    most: int


@dataclass(frozen=True)
class ComparisonPart:
    """Part of a comparison, which becomes one dataset.

    name      of the dataset
    reduce    function of a module: dataset of some runs, world -> arrays by name, run first
    build     function that builds the dataset of all runs
    record    variables that ``reduce`` needs beyond those always recorded, of all years or some
    baseline  whether the part needs runs of the baseline only
    """

    name: str
    reduce: Reducer
    build: Callable[[ComparedRuns], xr.Dataset]
    record: tuple[str | Reading, ...] = ()
    baseline: bool = False


@dataclass(frozen=True)
class ComparedRuns:
    """Arrays of all runs of one part of a comparison.

    how        set-up of the comparison, with the final number of runs
    scenarios  compared scenarios, the baseline first
    history    history of all scenarios
    arrays     (run, ...) by name, by scenario
    about      further attributes
    """

    how: Setup
    scenarios: Sequence[Scenario]
    history: Given
    arrays: Mapping[str, Mapping[str, Floats]]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """World of all runs."""
        return self.how.world

    def of(self, scenario: Scenario, name: str) -> Floats:
        """Return an array of a scenario.  (run, ...)."""
        return self.arrays[scenario.name][name]

    def base(self, name: str) -> Floats:
        """Return an array of the baseline.  (run, ...)."""
        return self.of(self.scenarios[0], name)

    def effect(self, name: str, axes: tuple[str, ...], units: str) -> Variables:
        """Estimate the mean level and the paired effect of an array in every scenario.

        name  of the array;  axes  its axes after the run;  units  of the array
        """
        values = [self.of(scenario, name) for scenario in self.scenarios]
        level, used = (np.stack(arrays) for arrays in zip(*map(mean_over_runs, values), strict=True))
        names, base = ("scenario", *axes), self.base(name)
        moved = (difference(each, base) for each in values)  # one at a time: each is as large as its runs
        return {
            "level": (names, level, build_variable_attributes(units, "mean over runs")),
            "runs_used": (names, used, build_variable_attributes("runs", "runs that define the level")),
            **estimate_effects(moved, names, units, self.how.draws),
        }

    def dataset(self, data: Variables, labels: Mapping[str, Any]) -> xr.Dataset:
        """Build a dataset from variables, labels of their axes, scenarios, years and attributes."""
        import xarray as xr

        of_scenarios = build_scenario_coordinates(self.scenarios, self.history, self.world.present)
        about = self.how.attributes(baseline=self.scenarios[0].name) | dict(self.about)
        return xr.Dataset(data, of_scenarios | {"year": self.how.calendar} | dict(labels), about)


def _reduce_parts(ds: xr.Dataset, world: World, parts: tuple[tuple[str, Reducer], ...]) -> dict[str, Floats]:
    """Reduce a dataset of runs for several parts; the names of the arrays are ``part:name``."""
    arrays = {part: reduce(ds, world) for part, reduce in parts}
    return {f"{part}:{name}": values for part, of in arrays.items() for name, values in of.items()}


def compare_parts(
    parts: Iterable[ComparisonPart],
    scenarios: Sequence[Named] | Named,
    *,
    baseline: Named = "baseline",
    history: Given | None = None,
    until: Wanted | None = None,
    most: int = MOST,
    runs: int = RUNS.pool,
    **options: Unpack[Options],
) -> dict[str, xr.Dataset]:
    """Compute several parts of one comparison from the same runs; datasets by name of the part.

    Arguments as in :func:`lockin_sim.compare`; ``until`` needs the part of the effects.
    Raises InputError for unusable arguments.
    """
    wanted, limit = list(parts), runs
    if until is not None:
        if not any(part.name == EFFECTS for part in wanted):
            raise unusable("until", found=until, allowed="only together with effects on outcomes")
        limit = check_whole_number(
            "most", most, least=check_whole_number("runs", runs, least=1), most=MOST_AT_ONCE
        )
    elif convert_to_int(most) != MOST:
        raise unusable("most", found=most, allowed="only with until")
    whole = build_setup(limit, **options)
    how = replace(whole, runs=runs)
    chosen = load_compared_scenarios(baseline, scenarios)
    if not now().rehearsal and (idle := describe_idle_scenarios(chosen, how.world, how.years)):
        warnings.warn(idle, stacklevel=3)
    luck, about = whole.history(history), dict[str, Any]()
    cases = build_comparison_cases(wanted, chosen, how.parameters, luck)
    if until is None:
        arrays = how.run(cases)
    else:
        draws = replace(how, runs=limit).draws
        goal = TargetWidths.of(until, how.world, how.years, draws, _count_effective_draws(how))
        run = partial(how.run, cases, most=limit)
        effects = partial(select_part_arrays, part=EFFECTS)
        arrays, done, look = run_until_narrow(run, goal, runs, limit, how.progress, effects)
        how, about = replace(how, runs=done), {UNTIL: goal.attribute(look, limit)}
    return build_part_datasets(wanted, ComparedRuns(how, chosen, luck, arrays, about))


def build_comparison_cases(
    parts: Sequence[ComparisonPart], scenarios: Sequence[Scenario], parameters: Parameters, history: Given
) -> list[RunCase]:
    """Build the cases to run for the parts of a comparison, the baseline first."""
    cases = []
    for position, scenario in enumerate(scenarios):
        mine = [part for part in parts if position == 0 or not part.baseline]
        reduce = partial(_reduce_parts, parts=tuple((part.name, part.reduce) for part in mine))
        record = tuple(dict.fromkeys(name for part in mine for name in part.record))
        cases.append(RunCase(scenario.name, scenario, reduce, parameters, record, history=history))
    return cases


def build_part_datasets(parts: Iterable[ComparisonPart], runs: ComparedRuns) -> dict[str, xr.Dataset]:
    """Build the datasets of parts by name, from the arrays of the cases of :func:`build_comparison_cases`."""
    return {
        part.name: part.build(replace(runs, arrays=select_part_arrays(runs.arrays, part.name)))
        for part in parts
    }


def select_part_arrays(arrays: Mapping[str, Mapping[str, Floats]], part: str) -> dict[str, dict[str, Floats]]:
    """Select the arrays of one part by scenario and name."""
    return {
        scenario: {n.partition(":")[2]: v for n, v in of.items() if n.partition(":")[0] == part}
        for scenario, of in arrays.items()
    }


#: Whose vendors economies have in the last year.
LAST_SHARES = Reading("country_sponsor_share", LAST)

# --- effects on outcomes ---


@checks_keywords(*Options.__annotations__)
def compare(
    scenarios: Sequence[Named] | Named,
    *,
    outcomes: Sequence[str] | str | None = None,
    baseline: Named = "baseline",
    history: Given | None = None,
    maps: bool = True,
    width: float = WIDTH,
    until: Wanted | None = None,
    most: int = MOST,
    runs: int = RUNS.pool,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Compare scenarios with a baseline, run by run with the same shocks.

    Parameters
    ----------
    scenarios : built-in names, paths of TOML files or :class:`lockin_sim.Scenario` objects.
    outcomes : names, see :func:`lockin_sim.outcomes`, the most important first; None = all of them.
    baseline : scenario with which the other scenarios are compared.
    history : "conditioned" follows the record up to the present, "prior" leaves the past to chance, see
        :mod:`lockin_sim.record.histories`; None = conditioned in the bundled world beyond the present.
    maps : whether to compute the variables by country, which need most of the memory.
    width : target width of the 95 % interval of an effect: absolute for a share (0.01 is one point), relative
        to the baseline's mean for any other outcome.
    until : add runs until 95 % intervals are this narrow, or about as narrow as draws allow: percentage
        points, for each headline outcome and scenario in the years that reports show, 2035 and the last; or a
        mapping from outcomes to widths, in points for shares and otherwise in the outcome's unit; None = add
        none.  The attributes ``runs`` and ``until`` have the result, see :mod:`.comparisons.stopping`.
    runs, most : number of runs of each scenario, with ``until`` of the first round and at most.
    options : see :class:`lockin_sim.comparisons.trial.Options`.

    Returns
    -------
    Dataset
        Over (scenario, outcome, year), the baseline first: ``level`` with its statistics mean, q05, q50 and
        q95 over runs; ``effect``, the mean paired difference from the baseline, with the ends ``effect_low``
        and ``effect_high`` of its 95 % interval (Student's t, over draws if runs have any); ``effect_q05``
        and ``effect_q95``, between which nine in ten single runs lie; the shares of runs ``effect_above`` and
        ``effect_below`` zero, of ``effect_draws`` effective draws; ``runs_used`` and ``pairs_used``, runs
        in which the outcome is defined; ``runs_needed``, the number of runs expected to reach
        ``wanted_width`` (outcome, year).  Along ``scenario``: question, source, hash, its file, levers and
        parameters as JSON, and ``history``, the kind of history behind its effect.  With ``maps``, of the
        baseline: ``dependence`` (country, domain, sponsor), a sponsor's part of what an economy has installed
        in the last year, mean over runs; networks first, then other sensitive domains.

    Raises
    ------
    InputError
        For unusable arguments, and for an empty list of scenarios.
    """
    check_truth("maps", maps)
    others = list_scenarios(scenarios)
    if not others:
        raise unusable("scenarios", found=scenarios, allowed="at least one to compare with the baseline")
    options["world"] = world = with_places(take_world(options), outcomes)
    parts, wanted = (
        [build_effects_part(world, outcomes, width=width)],
        select_target_widths(until, world, outcomes),
    )
    how: Any = {"history": history, "until": wanted, "most": most, "runs": runs, **options}
    parts_run = compare_parts(parts + [MAPS] * maps, others, baseline=baseline, **how)
    return merge_effects(parts_run, map_scenario_files([baseline, *others]))


def merge_effects(parts: Mapping[str, xr.Dataset], files: Mapping[str, str]) -> xr.Dataset:
    """Merge the effects with the scenarios' files by name, and with the maps if there are any."""
    effects, maps = add_scenario_files(parts["effects"], files), parts.get("maps")
    return effects if maps is None else effects.merge(maps, combine_attrs="override")


def tabulate_levels(effects: xr.Dataset) -> pd.DataFrame:
    """Tabulate the levels of all outcomes: one row per scenario, outcome and year."""
    level = effects["level"].to_dataset("statistic")
    return _tabulate_by_outcome(effects.assign(level), (*STATISTICS, "runs_used"))


def tabulate_effects(effects: xr.Dataset) -> pd.DataFrame:
    """Tabulate paired differences from the baseline: one row per scenario, outcome and year."""
    compared = effects.drop_sel(scenario=effects.attrs["baseline"])
    return _tabulate_by_outcome(compared, ("effect", "effect_low", "effect_high", *SINGLE_RUNS, "pairs_used"))


def _tabulate_by_outcome(effects: xr.Dataset, names: Sequence[str]) -> pd.DataFrame:
    """Tabulate variables by scenario, outcome and year, with the kind of history in the last column."""
    luck = [get_scenario_label(effects, HISTORY, str(name)) for name in effects["scenario"].values]
    ds, axes = effects.assign_coords({HISTORY: ("scenario", luck)}), ("scenario", "outcome", "year")
    heads = {"outcome_label": "label", "outcome_unit": "unit"}
    columns = ("scenario", "outcome", *heads, "year", *names, HISTORY)
    return tidy(ds, axes, {name: heads.get(name, name) for name in columns})


def compute_outcome_arrays(
    ds: xr.Dataset, world: World, names: tuple[str, ...] | None = None
) -> dict[str, Floats]:
    """Compute the named outcomes, or all, by name, each (run, year)."""
    return {name: outcome.of(ds, world) for name, outcome in select_outcomes(world, names).items()}


def build_effects_part(
    world: World | None, chosen: Sequence[str] | None = None, *, width: float = WIDTH
) -> ComparisonPart:
    """Build the part with levels and effects of outcomes.

    world   None = the bundled one;  chosen  names of outcomes; None = all of them
    Raises InputError for an unknown name, no name, or an unusable width.
    """
    width = checked_number("width", width, allowed="a finite number above 0", low=sys.float_info.min)
    known = select_outcomes(resolve_world(world), chosen)
    if not known:
        raise unusable("outcomes", found=chosen, allowed="at least one")
    names = None if chosen is None else tuple(known)
    arrays, build = (
        partial(compute_outcome_arrays, names=names),
        partial(_build_effects_dataset, names=names, width=width),
    )
    return ComparisonPart(EFFECTS, arrays, build, list_recorded_variables(known.values()))


def _count_effective_draws(how: Setup) -> float:
    """Return the effective number of draws of the posterior; inf if parameters are not drawn."""
    return np.inf if how.drawn is None else how.drawn.effective


def _build_effects_dataset(runs: ComparedRuns, *, names: tuple[str, ...] | None, width: float) -> xr.Dataset:
    """Build the dataset of statistics of outcomes, with labels and units; chosen ones are its headlines."""
    known = select_outcomes(runs.world, names)
    every = {label: np.stack([of[name] for name in known], axis=1) for label, of in runs.arrays.items()}
    stacked = [every[s.name] for s in runs.scenarios]
    axes, own_unit = ("scenario", "outcome", "year"), "as outcome_unit"
    draws = runs.how.draws
    level, used = zip(*(summarise_levels(values, draws) for values in stacked), strict=True)
    shares = np.array([unit_of(o.unit).share for o in known.values()])[:, None]
    wanted = width * np.where(shares, 1.0, np.abs(level[0][..., 0]))
    moved = [difference(each, stacked[0]) for each in stacked]
    needed = np.stack(
        [count_runs_needed(each, wanted, draws, _count_effective_draws(runs.how)) for each in moved]
    )
    data: Variables = {
        "level": (
            (*axes, "statistic"),
            np.stack(level),
            build_variable_attributes(own_unit, "level over runs"),
        ),
        "runs_used": (axes, np.stack(used), build_variable_attributes("runs", "runs that define the level")),
        **estimate_effects(moved, axes, own_unit, draws),
        "runs_needed": (
            axes,
            needed,
            build_variable_attributes("runs", "runs needed for an interval of the target width"),
        ),
        "wanted_width": (
            axes[1:],
            wanted,
            build_variable_attributes(own_unit, "target width of the interval of an effect"),
        ),
    }
    labels = (
        build_definition_coordinate(runs.scenarios)
        | build_outcome_coordinates(known)
        | {"statistic": list(STATISTICS)}
    )
    return runs.dataset(data, labels).assign_attrs({} if names is None else {HEADLINES: " ".join(names)})


def compute_map_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Compute the sponsors' parts of what each economy has installed in the last year.

    Returns ``dependence`` (run, country, domain, sponsor).
    """
    last = LAST_SHARES.of(ds).sel(domain=list_mapped_domains(world))
    return {"dependence": last.transpose("run", "country", "domain", "sponsor").values}


def _build_maps_dataset(runs: ComparedRuns) -> xr.Dataset:
    """Build the dataset of means over the baseline's runs, by country, domain and sponsor."""
    import xarray as xr

    base, world = runs.scenarios[0], runs.world
    about = build_variable_attributes("1", "part of what is installed that a sponsor's vendors run")
    labels = {"domain": list_mapped_domains(world), "sponsor": list(world.sponsors)}
    return xr.Dataset(
        {
            "dependence": (
                ("country", "domain", "sponsor"),
                mean_by_column(runs.of(base, "dependence")),
                about,
            )
        },
        coords=country_labels(world) | labels,
        attrs=runs.how.attributes(baseline=base.name) | dict(runs.about),
    )


#: Whose vendors economies have in the baseline.
MAPS = ComparisonPart("maps", compute_map_arrays, _build_maps_dataset, (LAST_SHARES,), baseline=True)
