"""Simulate points and return their outcomes: the job shared by all units of a design, and results in memory.

The job is checked before the first run.  For external optimisers, samplers and analyses.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Collection, Mapping, Sequence, Set
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack, overload

import numpy as np

from lockin_sim.common.conventions import MOST_AT_ONCE, RUNS, SEED, Floats, Integers
from lockin_sim.common.draws import GENERATOR, History
from lockin_sim.common.errors import InputError, check_whole_number, convert_to_int, unknown_name, unusable
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.progress import Progress, reporting
from lockin_sim.common.values import check_truth
from lockin_sim.common.versions import stamp
from lockin_sim.comparisons.measured_places import select_outcomes, with_places
from lockin_sim.comparisons.outcomes import build_outcome_coordinates
from lockin_sim.comparisons.trial import build_setup
from lockin_sim.comparisons.uncertainty import DECLARED
from lockin_sim.model.measures import VARIABLES
from lockin_sim.model.measures.recorder import build_seed_coordinate
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.histories import PRIOR, Given, build_histories, name_history
from lockin_sim.runs.context import now
from lockin_sim.runs.own_parts import OwnParts
from lockin_sim.runs.provenance import compute_digest, compute_world_digest
from lockin_sim.runs.simulation import check_progress, runs_together
from lockin_sim.runs.store import FAILED, units_of
from lockin_sim.runs.workers import UNITS_EACH, Block, check_numbers, executed
from lockin_sim.settings.design import Design, configure_point, table
from lockin_sim.settings.design.columns import SCENARIO, check_no_overlap, column
from lockin_sim.settings.ensemble import Source
from lockin_sim.settings.levers import LEVERS, resolve_targets
from lockin_sim.settings.parameters import ByName, Parameters, collect_declarations, resolve_parameters
from lockin_sim.settings.scenario import Named, Scenario, load_scenario
from lockin_sim.studies.points_job import PointsJob, get_axis_labels
from lockin_sim.world import OwnFacts, World, resolve_world

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Maximum bytes of recorded variables of runs computed together.
BATCH_BYTES = 500_000_000

#: Most runs of a design whose own pasts are kept on disk; those of more would fill the cache of others.
SHARED_PASTS = 256

#: Number of units of a design, unless they become too small or too large, or are too few for the workers; and
#: the minimum that keeps a few workers busy.
UNITS, FEWEST_UNITS = 128, 8

#: Minimum and maximum runs of a unit: seconds of work, so that transfer and writing cost little.
#: Minimum runs of a unit with part of a point: what a kill costs.  Maximum bytes, unless one run has more.
LEAST_RUNS, MOST_RUNS, LEAST_PART, UNIT_BYTES = 256, 1024, 128, 64_000_000

#: Values by point, by the address that they vary.
type Points = Mapping[str, Sequence[Any] | Floats] | pd.DataFrame | Design


class PointOptions(TypedDict, total=False):
    """Settings common to all points.

    Attributes
    ----------
    scenario : scenario of points that name none.
    outcomes : name or names of outcomes; None = all (see ``lockin describe outcomes``).
    years : years to keep, by default 2035 and 2050; the simulation ends with the last of them.
    seed, world, own_facts, parameters : as in :func:`lockin_sim.simulate`; values that vary by point override
        them.
    history : past of all runs, by default that of comparisons: conditioned on the record if the years extend
        beyond the present.  A point that changes a parameter before the present meets the record with it; an
        address such as ``switching_cost@2026`` acts later, and shares the past of the other points.
    posterior, structure : as in :func:`lockin_sim.compare`.
    """

    scenario: Named
    outcomes: Sequence[str] | str | None
    years: Sequence[int]
    seed: int
    world: World | None
    own_facts: OwnFacts
    parameters: Parameters | ByName | None
    history: Given | None
    posterior: Source
    structure: str | Sequence[str]


# --- points and their outcomes, in memory ---


@overload
def evaluate(
    points: Points,
    *,
    runs: int = RUNS.points,
    workers: int | None = 1,
    progress: bool | Progress | None = None,
    against: Named | None = None,
    as_arrays: Literal[False] = False,
    **options: Unpack[PointOptions],
) -> xr.Dataset:
    """Outcomes as a dataset."""


@overload
def evaluate(
    points: Points,
    *,
    runs: int = RUNS.points,
    workers: int | None = 1,
    progress: bool | Progress | None = None,
    against: Named | None = None,
    as_arrays: Literal[True],
    **options: Unpack[PointOptions],
) -> dict[str, Floats]:
    """Outcomes as plain arrays (point, run, year) by name."""


@checks_keywords(*PointOptions.__annotations__)
def evaluate(
    points: Points,
    *,
    runs: int = RUNS.points,
    workers: int | None = 1,
    progress: bool | Progress | None = None,
    against: Named | None = None,
    as_arrays: bool = False,
    **options: Unpack[PointOptions],
) -> xr.Dataset | dict[str, Floats]:
    """Simulate points and return their outcomes; all points share the shocks of runs 0, 1, 2, ...

    So only their values make points differ, and equal points give equal numbers, in one call or in two.

    Parameters
    ----------
    points : values of each address, one per point: a mapping, a DataFrame or a design.  An address is the
        name of a parameter, ``lever[target].setting`` or ``scenario``, see :mod:`lockin_sim.settings.design`.
    runs : runs of each point.
    workers : number of processes of this call; 1 = this one only, None = one per processor.
    progress : None shows a bar on a terminal or in a notebook; a function is called with the number of runs
        done; False shows nothing.
    against : scenario to subtract at each point's parameters and runs, so that values are effects of the
        point's policy, as a sensitivity index of an effect needs; None = levels.
    as_arrays : whether to return plain arrays (point, run, year) by outcome.
    options : scenario, outcomes, years, seed, world, parameters, history, posterior; see
        :class:`lockin_sim.studies.points.PointOptions`.

    Returns
    -------
    Dataset
        ``value`` (point, run, outcome, year), and the varied values along ``point``.  A run that fails is
        NaN, with a warning, and ``error`` (point, run) says why.

    Raises
    ------
    InputError
        For anything that cannot be used, before anything is simulated.
    """
    import xarray as xr

    check_truth("as_arrays", as_arrays)
    design = points if isinstance(points, Design) else _build_complete_design(points)
    job = build_points_job(design, runs=runs, **options)
    processes = collect_own_parts(job, design).processes(workers, check_numbers(runs, job.seed, workers))
    reference = None if against is None else _build_reference(job, design, against)
    results = _compute_points(job, design, processes, check_progress(progress))
    if reference is not None:
        results = _subtract_reference(results, job, reference, processes)
    if failures := _describe_failures(results):
        warnings.warn(failures, stacklevel=2)
    if as_arrays:
        return {name: results[name] for name in job.outcomes}
    values = np.stack([results[name] for name in job.outcomes], axis=2)
    name = None if reference is None else reference.scenario.name
    meaning = (
        "outcome of a run" if name is None else f"outcome of a run less that of {name} at the same parameters"
    )
    about = {"units": "as outcome_unit", "long_name": meaning}
    data = {
        "value": (("point", "run", "outcome", "year"), values, about),
        "error": (("point", "run"), results["error"].astype(object).astype(np.str_)),
    }
    labels = build_point_coordinates(job, design) | build_outcome_coordinates(
        select_outcomes(job.world, job.outcomes)
    )
    attributes = build_points_attributes(job, design) | {"runs": job.runs, "source": job.code.source}
    attributes |= {} if name is None else {"against": name}
    with suppress(InputError):  # parts of a user's own that cannot be identified; such datasets never merge
        identity = build_points_identity(job, design)
        identity |= {} if reference is None else {"against": reference.scenario.hash}
        attributes["identity"] = json.dumps(identity, sort_keys=True)
    return xr.Dataset(data, coords=labels, attrs=attributes)


class Reference(NamedTuple):
    """Points of a scenario that is subtracted: each combination of a design's parameters once.

    places  position of the reference of each point of the design.  (point,)
    """

    scenario: Scenario
    design: Design
    places: Integers


def _build_reference(job: PointsJob, design: Design, against: Named) -> Reference:
    """Build the points to subtract, and check that the scenario fits them."""
    scenario = load_scenario(against)
    columns = tuple(each for each in design.columns if each.parameter in collect_declarations())
    if columns:
        table_of_points = np.stack([design.values[each.name] for each in columns], axis=1)
        _, first, places = np.unique(table_of_points, axis=0, return_index=True, return_inverse=True)
        values = {each.name: design.values[each.name][first] for each in columns}
    else:
        columns, values = (column(SCENARIO),), {SCENARIO: np.array([""])}
        places = np.zeros(len(design), dtype=np.intp)
    points = Design(columns, values)
    _check_fit(points, {"": scenario}, job.world, job.parameters, job.years[-1])
    return Reference(scenario, points, places.reshape(-1))


def _subtract_reference(results: Block, job: PointsJob, reference: Reference, processes: int) -> Block:
    """Subtract the outcomes of the reference, run by run; a run that fails in either has failed."""
    other = _compute_points(
        replace(job, scenarios={"": reference.scenario}), reference.design, processes, progress=False
    )
    block = dict(results)
    for name in job.outcomes:
        block[name] = results[name] - other[name][reference.places]
    failed = other["status"][reference.places] == FAILED
    block["status"] = np.where(failed, np.int8(FAILED), results["status"])
    block["error"] = np.where(failed, other["error"][reference.places], results["error"])
    return block


def _describe_failures(results: Block) -> str:
    """Describe the failed runs in a message, "" without failures.  Raises InputError if all failed."""
    failed = results["status"] == FAILED
    if not failed.any():
        return ""
    point, run = np.argwhere(failed)[0].tolist()
    first = f"at point {point}, run {run}: {results['error'][point, run]}"
    if failed.all():
        raise InputError(f"points: all {failed.size} runs failed, first {first}")
    return f"{int(failed.sum())} of {failed.size} runs failed and are NaN, first {first}"


def _build_complete_design(points: Any) -> Design:
    """Build a design from a table of points and check that every point has a value in each column.

    Raises InputError for a missing value: allowed in a design, but a mistake when it comes from an optimiser.
    """
    design = table(points, where="points")
    for name, values in design.values.items():
        missing = np.flatnonzero(values == "" if values.dtype.kind == "U" else np.isnan(values))
        if missing.size:
            allowed = "a value at every point; gaps only in a design, as from ls.design.table"
            raise unusable(
                f"points: {name}, point {missing[0]}", found=values[missing[0]].item(), allowed=allowed
            )
    return design


def _compute_points(job: PointsJob, design: Design, processes: int, progress: bool | Progress) -> Block:
    """Compute all runs of all points of a design.  (point, run, ...) by name."""
    run_bytes = 8 * len(job.outcomes) * len(job.years)
    fewest = 1 if processes == 1 else FEWEST_UNITS  # larger batches of runs are faster
    size = choose_unit_size(len(design), job.runs, run_bytes, fewest=fewest, workers=processes)
    cut = units_of(len(design), job.runs, *size)
    tasks = [(number, (design.rows(unit.points), unit.runs, None)) for number, unit in enumerate(cut)]
    started = executed(job, tasks, processes=min(processes, len(tasks)))
    results = job.blank(len(design), job.runs)
    with reporting(progress, len(design) * job.runs) as report, closing(started) as blocks:
        for number, block in blocks:
            for name, values in block.items():
                results[name][cut[number].place] = values
            report(block["status"].size)
    return results


def choose_unit_size(
    points: int,
    runs: int,
    run_bytes: int,
    chosen: int | None = None,
    *,
    fewest: int = FEWEST_UNITS,
    workers: int = 1,
) -> tuple[int, int]:
    """Choose the number of points and runs of a unit: several whole points, or part of the runs of one point.

    run_bytes  bytes of one run's results;  chosen  number of points set by the caller, None = automatic
    fewest     minimum number of units of whole points;  workers  number of units computed at a time
    Returns (points, runs).  Raises InputError if ``chosen`` is not a positive whole number.
    """
    if chosen is not None:
        return min(check_whole_number("unit", chosen, least=1), points), runs
    bound, total = UNIT_BYTES / max(run_bytes, 1), points * runs
    share = max(total / (UNITS_EACH * workers), 1.0) if workers > 1 else np.inf

    # points of many runs in parts
    part = min(max(total / UNITS, LEAST_PART), MOST_RUNS, max(bound, 1.0), share)
    if runs > max(part, min(LEAST_RUNS, bound, share)):
        pieces = int(np.ceil(runs / part))
        return 1, int(np.ceil(runs / pieces))

    # whole points, some together; rounded down where workers are to have their share
    wanted = min(max(total / UNITS, LEAST_RUNS), MOST_RUNS) / runs
    fitting = int(np.ceil(min(wanted, bound / runs, points / fewest)))
    return max(1, int(min(fitting, points, share / runs))), runs


def build_point_coordinates(job: PointsJob, design: Design) -> dict[str, Any]:
    """Build the coordinates of a dataset of points: point, run, seed, year, and varied columns."""
    labels: dict[str, Any] = {
        "point": (("point",), np.arange(len(design)), {"long_name": "point of the design"}),
        "run": (("run",), np.arange(job.runs), {"long_name": "run; the same shocks at every point"}),
        "seed": build_seed_coordinate(job.seed, job.runs),
        "year": (("year",), np.array(job.years), {"long_name": "year"}),
    }
    for each in design.columns:
        ends = {"range": list(design.ranges[each.name])} if each.name in design.ranges else {}
        about = {"units": each.unit, "long_name": each.doc} | ends
        labels[each.name] = (("point",), design.values[each.name], about)
    return labels


def build_points_attributes(job: PointsJob, design: Design) -> dict[str, Any]:
    """Build the attributes of a dataset of points: version, scenario, seed, world and design."""
    base = job.scenarios[""]
    return {
        **stamp(),
        "scenario": base.name,
        "scenario_hash": base.hash,
        "seed": job.seed,
        "generator": GENERATOR,
        "world": job.world.name,
        "design_method": design.method,
        "design_hash": design.hash,
        "histories": PRIOR if job.history is None else name_history(job.history),
        **job.about,
    }


def build_points_identity(job: PointsJob, design: Design) -> dict[str, Any]:
    """Collect all inputs that determine the numbers of a dataset of points, by name.

    Raises InputError for the user's own parts (terms, levers, worlds) that cannot be identified.
    """
    base = job.scenarios[""]
    return {
        "version": job.code.version,
        "seed": job.seed,
        "generator": GENERATOR,
        "runs": job.runs,
        "scenario": {name or base.name: scenario.hash for name, scenario in job.scenarios.items()},
        "parameters": compute_digest(job.parameters),
        **({} if job.history is None else {"history": compute_digest(job.history)}),
        **({} if job.engine == "core" else {"engine": job.engine}),
        "world": {"name": job.world.name, "hash": compute_world_digest(job.world)},
        "columns": list(design.names),
        "points": len(design),
        "design": design.hash,
        "years": list(job.years),
        "outcomes": list(job.outcomes),
        "variables": list(job.variables),
        **({"plugins": job.code.identity["plugins"]} if job.code.plugins else {}),
        **collect_own_parts(job, design).identity(),
    }


def collect_own_parts(job: PointsJob, design: Design) -> OwnParts:
    """Collect the user's own parts (of the world, and levers) that the points of a design use."""
    levers = {use.lever for scenario in job.scenarios.values() for use in scenario.levers}
    return OwnParts.of([job.world], levers | {c.use.lever for c in design.columns if c.use is not None})


# --- checks ---


def build_points_job(
    design: Design,
    *,
    runs: int,
    scenario: Named = "baseline",
    outcomes: Sequence[str] | str | None = None,
    years: Sequence[int] = (2035, 2050),
    seed: int = SEED,
    world: World | None = None,
    own_facts: OwnFacts = None,
    parameters: Parameters | ByName | None = None,
    history: Given | None = None,
    posterior: Source = None,
    structure: str | Sequence[str] = DECLARED,
    record: Sequence[str] = (),
    store: Path | None = None,
) -> PointsJob:
    """Check all arguments and build the job that the units of a design share.

    Arguments as in :func:`lockin_sim.sweep`.
    store  to resume; its engine is used unless an engine is named
    Raises InputError for arguments that cannot be used.
    """
    if not isinstance(design, Design):
        raise unusable("design", found=type(design).__name__, allowed="a Design, as ls.design.sobol() gives")
    plain, world = world is None and own_facts is None, resolve_world(world, own_facts)
    own = None if plain else world
    if outcomes is not None:
        placed = with_places(world, outcomes)
        own, world = own if placed is world else placed, placed
    runs, seed = (
        check_whole_number("runs", runs, least=1, most=MOST_AT_ONCE),
        check_whole_number("seed", seed),
    )
    kept_years = _check_kept_years(years, world)
    variables, chosen = _check_names("record", record, VARIABLES), tuple(select_outcomes(world, outcomes))
    if not chosen and not variables:
        raise unusable("outcomes", found=outcomes, allowed="at least one name here or in record")
    cells = len(kept_years) * _count_record_bytes(variables, world)
    scenarios = _load_design_scenarios(design, scenario)
    given = resolve_parameters(parameters, (world.first_year, world.last_year))
    given.check_runs(runs)
    for each in (each for each in design.columns if each.parameter in collect_declarations()):
        given.constant(each.parameter, "points set it")
    span = world.first_year, kept_years[-1]
    drawn: dict[str, Any] = {"posterior": posterior, "structure": structure, "seed": seed, "years": span}
    how = build_setup(runs, world=world, parameters=parameters, **drawn)
    values, past = how.parameters, how.history(history)
    luck = build_histories(past, world=world, runs=np.arange(runs), parameters=values)
    _check_noise(design, luck)
    simulated = len(design) * runs * (kept_years[-1] - world.first_year)
    _check_fit(design, scenarios, world, values, kept_years[-1])
    bundled, compiles = world is resolve_world(None), world.compiles
    engine = now().engine_for(years=simulated, bundled=bundled, store=store, compiles=compiles)
    batch = max(1, min(runs_together(world, engine), BATCH_BYTES // max(cells, 1)))
    about = {} if how.drawn is None else how.drawn.attributes(kept_years[-1])
    kept = chosen, kept_years, variables
    on_disk = len(design) * runs <= SHARED_PASTS
    return PointsJob(own, scenarios, values, seed, runs, *kept, batch, engine, luck, on_disk, about)


def _count_record_bytes(variables: Sequence[str], world: World) -> int:
    """Count the bytes of further variables in a run and year.  Raises InputError for an empty variable."""
    lengths, cells = {axis: len(of) for axis, of in get_axis_labels(world).items()}, 0
    for name in variables:
        axes = VARIABLES[name].axes
        for axis in (axis for axis in axes if not lengths[axis]):
            raise unusable("record", found=name, allowed=f"variables of this world, without any {axis}")
        cells += int(np.prod([lengths[axis] for axis in axes]))
    return 8 * cells


def _check_noise(design: Design, history: History | ConditionedHistories | None) -> None:
    """Refuse points without noise, at which no luck can be drawn given the record."""
    if not isinstance(history, ConditionedHistories):
        return
    for each in (each for each in design.columns if each.parameter == "noise_scale"):
        if (without := np.flatnonzero(design.values[each.name] <= 0)).size:
            allowed = (
                "above 0 with history 'conditioned', which draws luck given the record; or history='prior'"
            )
            raise unusable(f"design: {each.name}, point {without[0]}", found=0, allowed=allowed)


def _check_names(where: str, value: object, known: Collection[str]) -> tuple[str, ...]:
    """Return a list of known names as a tuple without repeats.  Raises InputError for anything else."""
    if isinstance(value, str | Mapping | Set) or not np.iterable(value):
        example = value if isinstance(value, str) and value in known else next(iter(known))
        raise unusable(where, found=value, allowed=f"lists of names, such as [{example!r}]")
    names = list(value)
    for name in names:
        if not isinstance(name, str) or name not in known:
            raise unknown_name(where, found=name, known=known)
    return tuple(dict.fromkeys(names))


def _check_kept_years(value: Any, world: World) -> tuple[int, ...]:
    """Return the years to keep, sorted and without repeats.

    Raises InputError for anything but years of the world, at least one of them after its first year.
    """
    many, first = np.iterable(value) and not isinstance(value, str), world.first_year
    years = tuple(value) if many else (value,)
    unlike = (
        isinstance(value, Mapping | Set) or not years or any(convert_to_int(year) is None for year in years)
    )
    if unlike or min(years) < first or not first < max(years) <= world.last_year:
        allowed = f"years from {first} to {world.last_year}, one after {first} at least"
        raise unusable("years", found=years if many else value, allowed=allowed)
    world.horizon((first, int(max(years))))
    return tuple(sorted({int(year) for year in years}))


def _load_design_scenarios(design: Design, base: Named) -> dict[str, Scenario]:
    """Load the scenarios of a design by name; "" is the base.

    Relative paths start from the folder of the design's experiment.
    Raises InputError naming the point of a scenario that cannot be used.
    """
    scenarios = {"": load_scenario(base)}
    for point in _find_first_points(design, SCENARIO):
        name = str(design.values[SCENARIO][point])
        beside = design.folder / name if design.folder and name.endswith(".toml") else name
        try:
            scenarios[name] = load_scenario(beside)
        except InputError as error:
            raise InputError(f"design: {SCENARIO}, point {point}: {error}") from error
    return scenarios


def _check_fit(
    design: Design, scenarios: Mapping[str, Scenario], world: World, parameters: Parameters, last: int
) -> None:
    """Check every column, every word and every scenario of a design against the world.

    last  last year simulated
    Raises InputError naming the column and the point, or the scenario.
    """
    for each in design.columns:
        if each.start is not None and not world.first_year <= each.start <= last:
            allowed = f"a first year from {world.first_year} to {last}"
            raise unusable(f"design: {each.name}", found=each.start, allowed=allowed)
        if (use := each.use) is not None:
            for point in _find_first_points(design, each.name):
                where, word = f"design: {each.name}, point {point}", str(design.values[each.name][point])
                lever, (low, high) = LEVERS[use.lever], (world.first_year, world.last_year)
                resolve_targets(world, lever.target, f"{where}: target", list(use.targets))
                start, end = low if use.start is None else use.start, high if use.end is None else use.end
                if not low <= start <= end <= high:
                    allowed = f"years from {low} to {high}, in order"
                    raise unusable(f"{where}: years", found=f"{start}-{end}", allowed=allowed)
                words = lever.settings[use.setting].words(world)
                if each.kind is str and word not in words:
                    raise unknown_name(where, found=word, known=words)
    for name, scenario in sorted(scenarios.items()):
        if name or SCENARIO not in design.names or (design.values[SCENARIO] == "").any():
            scenario.configure(parameters)
            scenario.conditions(world, (world.first_year, last))
    check_no_overlap(design, scenarios, world)
    # a sufficient set of points: the first of every word, and of every column under every scenario
    telling = {point for name in design.names for point in _find_first_points(design, name)}
    under = design.values.get(SCENARIO, np.zeros(len(design), dtype=np.str_))
    for scenario_name in np.unique(under):
        at = np.flatnonzero(under == scenario_name)
        telling |= {int(at[place]) for name in design.names for place in _find_first_points(design, name, at)}
    for point in sorted(telling or {0}):
        variant, _ = configure_point(design, point, scenarios, last)
        try:
            variant.configure(parameters)
            variant.conditions(world, (world.first_year, last))
        except InputError as error:
            raise InputError(f"design: point {point}: {error}") from error


def _find_first_points(design: Design, name: str, among: Integers | slice = slice(None)) -> list[int]:
    """Find the first point of each word of a text column; of a numeric column, the first point with a value.

    among  positions of the points to search
    Returns positions within ``among``; empty if the design does not have the column.
    """
    if name not in design.values:
        return []
    values = design.values[name][among]
    if values.dtype.kind == "U":
        words, points = np.unique(values, return_index=True)
        return sorted(int(p) for word, p in zip(words, points, strict=True) if word)
    result: list[int] = np.flatnonzero(~np.isnan(values))[:1].tolist()
    return result
