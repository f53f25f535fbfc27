"""Run studies as contrasts: name the arms, run them once with the same shocks, subtract, and estimate.

An arm is one configuration to run.  All arms of a trial share the same shocks, so that their difference is
due to their configuration alone.  Runs are labelled arrays over the axes of the arms, subtracted by name::

    arms = {(kind, name): Arm(scenario, parameters) for ...}
    share = Trial(("mechanism", "scenario"), arms, measure, setup(runs, **options)).run()["share"]
    estimate("share", effect=share.sel(scenario="open_ran") - share.sel(scenario="baseline"))
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from lockin_sim.common.conventions import SEED, Floats, Integers
from lockin_sim.common.errors import InputError, check_whole_number, unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.progress import Progress
from lockin_sim.common.statistics import (
    estimate_interval,
    estimate_ratio,
    mean_over_runs,
    summarise_single_runs,
)
from lockin_sim.common.values import ByYear, check_listed
from lockin_sim.common.versions import stamp
from lockin_sim.comparisons.measured_places import select_headlines
from lockin_sim.comparisons.uncertainty import DECLARED, PosteriorSample, check_structure
from lockin_sim.model.measures import Reading
from lockin_sim.record.histories import (
    CONDITIONED,
    PRIOR,
    Given,
    build_histories,
    choose_history,
    condition_on_contracts,
    name_history,
)
from lockin_sim.runs.jobs import CHUNK, Reducer, RunCase, run_cases
from lockin_sim.runs.provenance import compute_digest_or_blank
from lockin_sim.runs.simulation import check_progress
from lockin_sim.settings.ensemble import Source
from lockin_sim.settings.parameters import ByName, Parameters, collect_fixed_values, resolve_parameters
from lockin_sim.settings.scenario import Named, Scenario, load_scenario
from lockin_sim.settings.titles import THOUGHT, TITLE
from lockin_sim.world import OwnFacts, World, resolve_world
from lockin_sim.world.case import HEADLINES
from lockin_sim.world.own_facts import own_facts_attributes

if TYPE_CHECKING:
    import xarray as xr


class ArmOptions(TypedDict, total=False):
    """Options of a study that has its own arguments for years and draws, see :class:`Options`."""

    world: World | None
    own_facts: OwnFacts
    parameters: Parameters | ByName | None
    seed: int
    workers: int | None
    progress: bool | Progress | None
    chunk: int


class Options(ArmOptions, total=False):
    """Options of every study: keywords besides its question and its number of runs.

    :func:`lockin_sim.running` sets where results are stored, on which machines and by which engine they are
    computed.  A study raises InputError before its first run for unusable options.

    Attributes
    ----------
    world : World; None = the bundled one.
    own_facts : the user's own facts about suppliers, see :func:`lockin_sim.load_world`.
    parameters : of all runs, as in :func:`lockin_sim.simulate`.
    posterior : source of each run's other parameters, and of its history if that is conditioned: "bundled", a
        folder of ``lockin calibrate``, or its dataset; None = all at their defaults.  Draws appear in
        proportion to their weights, and all arms of a study share them.
    structure : "declared", or "drawn": every second draw then has another model structure, each of the
        alternatives of ``data/variants.toml`` in turn, but none that sets one of ``parameters``.
    seed : of all shocks.
    years : first and last year; None = those of the world's case.
    workers : number of processes; None = one per processor, or this one only for few runs.  Results
        do not depend on it.
    progress : True shows a bar with the time left, on a terminal or in a notebook, and lines elsewhere; a
        function is called with the number of runs done; False shows nothing; None = a bar on a terminal or in
        a notebook only.
    chunk : maximum number of runs computed together in a process; more use more memory.  Results do not
        depend on it.
    """

    posterior: Source
    structure: str | Sequence[str]
    years: tuple[int, int] | None


def take_world(options: ArmOptions) -> World:
    """Return the world of a study with the user's own facts, and store it in the options in place of both."""
    options["world"] = world = resolve_world(options.get("world"), options.pop("own_facts", None))
    return world


@dataclass(frozen=True)
class Setup:
    """Options of a study with all defaults filled in.

    parameters  of all runs, drawn parameters included
    drawn       the draws; None if all runs have the same parameters
    """

    world: World
    parameters: Parameters
    runs: int
    seed: int
    years: tuple[int, int]
    workers: int | None
    progress: bool | Progress
    chunk: int
    drawn: PosteriorSample | None = None

    @property
    def calendar(self) -> Integers:
        """All years of the study, in order."""
        return np.arange(self.years[0], self.years[1] + 1)

    def run(
        self, cases: Sequence[RunCase], *, runs: int | None = None, before: int = 0, most: int | None = None
    ) -> dict[str, dict[str, Floats]]:
        """Run cases with the same shocks, and return arrays (run, ...) by name, by label of the case.

        runs  None = those of the setup
        before, most  see :func:`lockin_sim.runs.jobs.run_cases`
        """
        return run_cases(
            cases, world=self.world, runs=self.runs if runs is None else runs, seed=self.seed,
            years=self.years, workers=self.workers, chunk=self.chunk, progress=self.progress, before=before,
            most=most,
        )  # fmt: skip

    @property
    def draws(self) -> Integers | None:
        """Draw of each run, as statistics take it; None if all runs have the same parameters.  (run,)."""
        return None if self.drawn is None else self.drawn.draws[: self.runs]

    def configured(self, arm: Arm) -> tuple[Scenario, Parameters]:
        """Return the scenario of an arm, with its levers only, and all parameters of the arm.

        Raises InputError for an unknown scenario, or unusable parameters.
        """
        scenario, parameters = load_scenario(arm.scenario), arm.parameters
        own = resolve_parameters(parameters, self.years)
        if parameters is None and not scenario.parameters:
            return scenario, self.parameters
        values = scenario.configure(own if isinstance(parameters, Parameters) else self.parameters)
        changes: dict[str, Any] = {}
        for name in [] if parameters is None or isinstance(parameters, Parameters) else list(parameters):
            value, before = getattr(own, name), getattr(values, name)
            changes[name] = value.after(before, self.years[0]) if isinstance(value, ByYear) else value
        return scenario.model_copy(update={"parameters": {}}), values.replace(changes)

    def history(self, history: Given | None) -> Given:
        """Return the history of a comparison, see :func:`.choose_history`.

        A conditioned history is that of each run's draw where the posterior has one; it meets the record in
        this study's own world and parameters, whatever an arm changes.
        """
        usual = choose_history(self.world, self.years, history)
        return self.conditioned if isinstance(usual, str) and usual == CONDITIONED else usual

    @cached_property
    def conditioned(self) -> Given:
        """Conditioned history of all runs; prior if there is none."""
        own = None if self.drawn is None else self.drawn.history(self.world)
        how: dict[str, Any] = {
            "world": self.world, "runs": np.arange(self.runs), "parameters": self.parameters,
        }  # fmt: skip
        past = build_histories(CONDITIONED, **how) if own is None else condition_on_contracts(own, **how)
        return PRIOR if past is None else past

    def attributes(self, **about: Any) -> dict[str, Any]:
        """Return the provenance attributes of a dataset, with further attributes in ``about``."""
        return self._provenance | about

    @cached_property
    def _provenance(self) -> dict[str, Any]:
        """Provenance attributes shared by all datasets of the study, cached as a digest takes long."""
        alike = self.parameters if self.drawn is None else self.drawn.others
        about = build_provenance(
            self.world, parameters=alike, runs=self.runs, seed=self.seed, years=self.years
        )
        if self.drawn is not None:
            about |= self.drawn.attributes(self.years[1])
        return about


def build_setup(
    runs: int,
    *,
    world: World | None = None,
    own_facts: OwnFacts = None,
    parameters: Parameters | ByName | None = None,
    posterior: Source = None,
    structure: str | Sequence[str] = DECLARED,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress | None = None,
    chunk: int = CHUNK,
) -> Setup:
    """Complete the :class:`Options` of a study with their defaults.  runs: number of parameter draws.

    Raises InputError for an unusable world, parameters or years; other numbers are checked when cases are
    run.
    """
    built = check_structure(structure, posterior)
    world = resolve_world(world, own_facts)
    span = world.horizon(years)
    values, drawn = resolve_parameters(parameters, span), None
    if posterior is not None:
        drawn = PosteriorSample.of(posterior, values, collect_fixed_values(parameters), runs, seed, built)
        values = drawn.parameters
    shown = check_progress(progress)
    chunk = check_whole_number("chunk", chunk, least=1)
    return Setup(world, values, runs, seed, span, workers, shown, chunk, drawn)


def build_provenance(
    world: World, *, parameters: Parameters, runs: int, seed: int, years: tuple[int, int]
) -> dict[str, Any]:
    """Build the provenance attributes of a dataset.

    ``parameters``, as JSON by name, are the parameters of all scenarios that differ from their defaults;
    worlds of the same name differ in their hash.
    """
    about: dict[str, Any] = {
        **stamp(),
        "world": world.name,
        "family": world.case.family,
        "sponsors": " ".join(world.case.sponsors),
        HEADLINES: " ".join(select_headlines(world)),
        "present": world.present,
        "world_hash": compute_digest_or_blank(world),
        "facts_until": world.facts_until,
        **own_facts_attributes(world),
    }
    if changed := parameters.changed():
        about["parameters"] = json.dumps(changed)
    if isinstance(changed.get("price_weight"), dict):
        about["price_weight"] = float(parameters.at(years[1]).price_weight)
    return about | {
        "first_year": int(years[0]), "last_year": int(years[1]), "seed": int(seed), "runs": int(runs),
    }  # fmt: skip


# --- arms and measures ---


@checks_keywords()
@dataclass(frozen=True)
class Arm:
    """One configuration of a study; it shares with the other arms whatever it does not change.

    scenario    a built-in name, the path of a TOML file, or a :class:`Scenario`
    parameters  by name, replacing the study's values, drawn values too: a number, an array (run,), or numbers
                by year, as in ``{"switching_cost": {2031: 0.0}}``, before which the study's value holds; or
                :class:`Parameters`, replacing all of the study
    world       another world, with the same economies, domains, vendors and lots as the study's
    history     as in :func:`lockin_sim.simulate`; None = conditioned where the world has a record; a
                conditioned history meets the record in the study's world and parameters
    """

    scenario: Named = "baseline"
    parameters: Parameters | ByName | None = None
    world: World | None = None
    history: Given | None = None


@dataclass(frozen=True)
class Measure:
    """Arrays kept of an arm's runs.

    of      function of a module: dataset of some runs, world -> arrays by name, run first
    axes    of every array, after the run
    labels  coordinates along these axes
    record  variables that the function needs beyond those always recorded, or all as
            :class:`lockin_sim.model.measures.Alone`
    """

    of: Reducer
    axes: tuple[str, ...]
    labels: Mapping[str, Any]
    record: tuple[str | Reading, ...] = ()


@dataclass(frozen=True)
class Trial:
    """Design of a study: arms along axes, the measure, and the set-up.

    Equal arms are run once.
    """

    axes: tuple[str, ...]
    arms: Mapping[Any, Arm]  # by label along each axis
    measure: Measure
    setup: Setup

    @cached_property
    def _cases(self) -> dict[Any, RunCase]:
        """Case of each arm by its key; equal arms share one case."""
        sets: list[Parameters] = [self.setup.parameters]
        first: dict[Hashable, RunCase] = {}
        cases = {}
        for key, arm in self.arms.items():
            scenario, values = self.setup.configured(arm)
            if values not in sets:
                sets.append(values)
            values = sets[sets.index(values)]  # arms with equal ones share their runs' past
            history = self.setup.history(arm.history)
            luck = history if isinstance(history, str) else id(history)
            label = " ".join(filter(None, map(str, key)))
            how: dict[str, Any] = {"world": arm.world, "history": history, "most": self.setup.chunk}
            case = RunCase(label, scenario, self.measure.of, values, self.measure.record, **how)
            cases[key] = first.setdefault((scenario.hash, id(values), id(arm.world), luck), case)
        return cases

    @property
    def cases(self) -> list[RunCase]:
        """Cases to run, each once."""
        return list({case.label: case for case in self._cases.values()}.values())

    def of_arm(self, *key: Any) -> RunCase:
        """Return the case of an arm, given its label along each axis."""
        return self._cases[key]

    def run(self) -> xr.Dataset:
        """Run all arms and return their dataset, see :meth:`dataset`."""
        return self.dataset(self.setup.run(self.cases))

    def dataset(self, arrays: Mapping[str, Mapping[str, Floats]]) -> xr.Dataset:
        """Build the dataset of the arrays of all cases, by label of the case.

        Each variable is over (run, axes of the arms, axes of the measure), NaN for combinations without an
        arm; if runs have draws, the coordinate ``draw`` along run names them for
        :func:`estimate_differences`.
        """
        import xarray as xr

        labels: list[list[Any]] = [list(dict.fromkeys(at)) for at in zip(*self.arms, strict=True)]
        data = {}
        for name, like in next(iter(arrays.values())).items():
            values = np.full((len(like), *map(len, labels), *like.shape[1:]), np.nan)
            for key, case in self._cases.items():
                at: Any = [of.index(one) for of, one in zip(labels, key, strict=True)]
                values[(slice(None), *at)] = arrays[case.label][name]
            data[name] = (("run", *self.axes, *self.measure.axes), values)
        coordinates: dict[str, Any] = dict(zip(self.axes, labels, strict=True))
        if self.setup.drawn is not None:
            coordinates[DRAW] = ("run", self.setup.drawn.draws[: len(like)])
        return xr.Dataset(data, coords=coordinates | dict(self.measure.labels))


# --- estimates ---

#: Coordinate along ``run``: the draw of each.
DRAW = "draw"


def estimate_differences(units: str, **contrasts: xr.DataArray) -> xr.Dataset:
    """Estimate means over runs of differences, with 95 % intervals.

    units  of all differences;  contrasts  by name, over (run, ...)
    Intervals are Student's t, over draws where runs have them.  Returns ``name``, ``name_low``, ``name_high``
    and ``name_pairs_used`` for each; ``pairs_used`` for the difference called ``effect``.
    """
    import xarray as xr

    data: dict[str, xr.DataArray] = {}
    for name, by_run in contrasts.items():
        results = estimate_interval(_put_run_first(by_run), read_draws(by_run))
        data |= _build_interval_variables(
            name, by_run, results, units, "mean paired difference", "{} end of the 95 % interval"
        )
    return xr.Dataset(data)


def estimate_ratios(**of: tuple[xr.DataArray, xr.DataArray]) -> xr.Dataset:
    """Estimate ratios of means of two differences, with Fieller's 95 % intervals.

    An interval is NaN where the interval of the second difference includes zero; names as in
    :func:`estimate_differences`.
    """
    import xarray as xr

    data: dict[str, xr.DataArray] = {}
    for name, (one, other) in of.items():
        share, whole = xr.broadcast(one.transpose("run", ...), other)
        results = estimate_ratio(_put_run_first(share), whole.transpose(*share.dims).values, read_draws(one))
        data |= _build_interval_variables(
            name, share, results, "share", "ratio of means over pairs", "{} end, Fieller"
        )
    return xr.Dataset(data)


def estimate_means(units: str, **levels: xr.DataArray) -> xr.Dataset:
    """Compute means over runs, ``name`` and ``name_runs_used``.  levels: over (run, ...), by name."""
    import xarray as xr

    data = {}
    for name, values in levels.items():
        (average, used), like = mean_over_runs(_put_run_first(values)), values.isel(run=0, drop=True)
        text = name.replace("_", " ")
        data[name] = like.copy(data=average).assign_attrs(units=units, long_name=f"{text}: mean over runs")
        about = {"units": "runs", "long_name": f"{text}: runs that define it"}
        data[f"{name}_runs_used"] = like.copy(data=used).assign_attrs(about)
    return xr.Dataset(data)


def _build_interval_variables(
    name: str, by_run: xr.DataArray, results: tuple[Any, ...], units: str, of_mean: str, of_end: str
) -> dict[str, xr.DataArray]:
    """Build the variables of a contrast's mean, interval and number of pairs, with their attributes."""
    like = by_run.transpose("run", ...).isel(run=0, drop=True)
    about = _build_interval_attributes(name, units, of_mean, of_end)
    return {
        key: like.copy(data=values).assign_attrs(text)
        for (key, text), values in zip(about.items(), results, strict=True)
    }


def _build_interval_attributes(name: str, units: str, of_mean: str, of_end: str) -> dict[str, dict[str, str]]:
    """Build the attributes of the mean of a contrast, the ends of its interval and its pairs, by name."""
    text = name.replace("_", " ")
    pairs = "pairs_used" if name == "effect" else f"{name}_pairs_used"
    return {
        name: build_variable_attributes(units, f"{text}: {of_mean}"),
        f"{name}_low": build_variable_attributes(units, f"{text}: {of_end.format('lower')}"),
        f"{name}_high": build_variable_attributes(units, f"{text}: {of_end.format('upper')}"),
        pairs: build_variable_attributes("runs", f"{text}: pairs of runs that define it"),
    }


def read_draws(by_run: xr.DataArray) -> Integers | None:
    """Return the draw of each run; None if all runs have the same parameters.  (run,)."""
    return by_run[DRAW].values if DRAW in by_run.coords else None


def _put_run_first(values: xr.DataArray) -> Floats:
    """Return the values with the run first, contiguous in memory, which fixes the order of summation."""
    return np.ascontiguousarray(values.transpose("run", ...).values)


# --- the same of plain arrays ---

type Variables = dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]


def build_variable_attributes(units: str, long_name: str) -> dict[str, str]:
    """Build the attributes of a variable: its units and long name."""
    return {"units": units, "long_name": long_name}


#: Range and signs of an effect in single runs, in the order of :func:`.summarise_single_runs`.
SINGLE_RUNS = {
    "effect_q05": "effect: below it are 5 % of runs",
    "effect_q95": "effect: above it are 5 % of runs",
    "effect_above": "effect: share of runs in which it is above zero",
    "effect_below": "effect: share of runs in which it is below zero",
    "effect_draws": "effect: effective number of draws behind it, or of runs if all have the same parameters",
}


def estimate_effects(
    differences: Iterable[Floats], axes: tuple[str, ...], units: str, draws: Integers | None
) -> Variables:
    """Estimate several effects: means with intervals, ranges and signs of single runs, numbers of pairs.

    differences  by run, (run, ...), one for each label of the first of the ``axes``
    draws        of the runs, as in :func:`lockin_sim.common.statistics.estimate_interval`
    """
    about = _build_interval_attributes(
        "effect", units, "mean paired difference", "{} end of the 95 % interval of the mean"
    )
    about |= {
        key: build_variable_attributes(units if key in ("effect_q05", "effect_q95") else "1", text)
        for key, text in SINGLE_RUNS.items()
    }
    every = ((*estimate_interval(each, draws), *summarise_single_runs(each, draws)) for each in differences)
    results = zip(*every, strict=True)
    return {
        key: (axes, np.stack(values), text)
        for (key, text), values in zip(about.items(), results, strict=True)
    }


# --- scenarios ---

#: Coordinate along ``scenario``: the kind of history behind its effect.
HISTORY = "history"


def has_prior_history(effects: xr.Dataset) -> bool:
    """Whether the runs of a comparison have prior histories, which do not follow the record."""
    return HISTORY in effects.coords and PRIOR in effects[HISTORY].values.tolist()


def build_scenario_coordinates(scenarios: Sequence[Scenario], history: Given, present: int) -> dict[str, Any]:
    """Build the coordinates of scenarios: name, title, question, source, group, history and hash.

    They also mark yardsticks and thought experiments.  A thought experiment changes the past; its
    decisions have the luck with which the baseline meets the record.
    """
    thoughts = [one.is_thought_experiment(present) for one in scenarios]
    nobodys = [one.yardstick or past for one, past in zip(scenarios, thoughts, strict=True)]
    return {
        "scenario": [s.name for s in scenarios],
        TITLE: ("scenario", [s.called for s in scenarios]),
        "scenario_question": ("scenario", [s.question for s in scenarios]),
        "scenario_source": ("scenario", [" ".join(s.source.split()) for s in scenarios]),
        "scenario_assumption": ("scenario", [s.assumption for s in scenarios]),
        "scenario_group": ("scenario", [s.group for s in scenarios]),
        "scenario_yardstick": ("scenario", nobodys),
        THOUGHT: ("scenario", thoughts),
        HISTORY: ("scenario", [name_history(history)] * len(scenarios)),
        "scenario_hash": ("scenario", [s.hash for s in scenarios]),
    }


# --- which scenarios are compared ---


def list_scenarios(scenarios: Sequence[Named] | Named) -> list[Named]:
    """Return one scenario or several as a list.  Raises InputError for a collection without an order."""
    if isinstance(scenarios, str | Path | Scenario):
        return [scenarios]
    check_listed("scenarios", scenarios, allowed="a name, a TOML file, a Scenario, or a list of them")
    return list(scenarios)


def load_compared_scenarios(baseline: Named, others: Sequence[Named] | Named) -> list[Scenario]:
    """Load the baseline and then the other scenarios, which may include the baseline.

    Raises InputError for two scenarios of one name, a repeated scenario, a policy compared with itself alone,
    anything that is not a scenario, and for one of several that sets parameters.
    """
    several = [baseline, *list_scenarios(others)]
    load, chosen = load_comparable_scenario if len(several) > 1 else load_scenario, dict[str, Scenario]()
    seen = set[str]()
    for position, scenario in enumerate(map(load, several)):
        name = scenario.name
        if chosen.setdefault(name, scenario).hash != scenario.hash:
            text = f"scenarios: two different ones have the name {name!r}; allowed: one of each name"
            raise InputError(text)
        if name in seen:
            raise unusable("scenarios", words=f"{name} twice", allowed="each scenario once")
        if position:
            seen.add(name)
    if len(several) > 1 and len(chosen) == 1 and scenario.levers:  # without levers it is asked for its levels
        allowed = "a baseline and other policies; `lockin run` shows a policy by itself"
        raise unusable("scenarios", words=f"only {name}, which is the baseline, too", allowed=allowed)
    return list(chosen.values())


def load_comparable_scenario(name: Named) -> Scenario:
    """Load a scenario to compare with other scenarios.

    Raises InputError for one that sets parameters: their effect would be mistaken for that of its levers.
    """
    scenario = load_scenario(name)
    if scenario.parameters:
        options = " ".join(f"--parameter {key}={value:g}" for key, value in scenario.parameters.items())
        allowed = (
            f"only levers in scenarios that are compared; to set it in all of them {options}, in Python "
            f"parameters={scenario.parameters}; in one of them a sweep over the parameter (docs/sweeps.md)"
        )
        names = ", ".join(scenario.parameters)
        raise unusable(f"scenario {scenario.name}: parameters", found=names, allowed=allowed)
    return scenario


def describe_idle_scenarios(chosen: Sequence[Scenario], world: World, years: tuple[int, int]) -> str:
    """Warn of scenarios that differ in nothing from the baseline in these years; "" where all differ.

    An example are levers that begin later.
    """
    base, *others = chosen
    now = base.conditions(world, years)
    idle = [
        scenario.name
        for scenario in others
        if now.same_until(scenario.conditions(world, years)) == len(now.years)
    ]
    return f"{', '.join(idle)}: nothing differs from {base.name} from {years[0]} to {years[1]}" * bool(idle)
