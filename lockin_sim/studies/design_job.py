"""What points of a design are run for: the job that all their units share, checked before the first run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import MOST_AT_ONCE, Floats, Integers
from lockin_sim.design import Column, Design, point_of
from lockin_sim.design.columns import SCENARIO, check_apart
from lockin_sim.engines import engine_for
from lockin_sim.errors import InputError, as_whole, unknown_name, unusable, whole_number
from lockin_sim.levers import LEVERS, targets_of
from lockin_sim.measures import VARIABLES
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.runs.context import now
from lockin_sim.runs.jobs import DesignJob
from lockin_sim.runs.workers import Block
from lockin_sim.scenario import Named, Scenario, load_scenario
from lockin_sim.simulation import runs_together
from lockin_sim.studies.outcomes import select
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr

#: Bytes of recorded variables that runs computed together may hold.
BATCH_BYTES = 500_000_000


@dataclass(frozen=True)
class Kept:
    """What a sweep keeps of its runs.

    outcomes   names of outcomes
    years      in which they are kept; all up to the last one are simulated
    variables  names of variables to keep besides
    """

    outcomes: tuple[str, ...]
    years: tuple[int, ...]
    variables: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        """Last year simulated."""
        return self.years[-1]

    def record(self, world: World) -> set[str]:
        """Variables needed beyond those always there."""
        chosen = select(world, self.outcomes).values()
        return {*self.variables, *(name for outcome in chosen for name in outcome.record)}

    def shapes(self, world: World) -> dict[str, tuple[int, ...]]:
        """Arrays by name, with the lengths of their axes behind the run."""
        labels, years = axis_labels(world), len(self.years)
        found: dict[str, tuple[int, ...]] = dict.fromkeys(self.outcomes, (years,))
        for name in self.variables:
            found[self.name(name)] = (years, *(len(labels[axis]) for axis in VARIABLES[name].public_axes))
        return found

    def of(self, ds: xr.Dataset, world: World) -> Block:
        """The arrays of some runs, (run, year, ...)."""
        chosen = [year - world.first_year for year in self.years]
        cut = ds.isel(year=chosen)  # spares the work for all other years
        kept: Block = {
            name: outcome.of(ds, world)[:, chosen] if outcome.cumulative else outcome.of(cut, world)
            for name, outcome in select(world, self.outcomes).items()
        }
        return kept | {self.name(name): ds[name].values[:, chosen] for name in self.variables}

    def name(self, variable: str) -> str:
        """What a variable is called in the store: an outcome of its name, or the status, goes first."""
        taken = variable in (*self.outcomes, "status", "error")
        return f"{variable}_by_{'_'.join(VARIABLES[variable].public_axes)}" if taken else variable


#: What all units of a sweep share.
type SweepJob = DesignJob[Kept]


def axis_labels(world: World) -> dict[str, Sequence[Any]]:
    """Labels of the axes that variables may have."""
    return {
        "country": world.countries,
        "domain": world.domains,
        "vendor": world.vendors,
        "standard": world.standards,
        "body": world.body_names,
        "sponsor": world.sponsors,
        "group": world.group_names,
        "lot": range(len(world.lots)),
    }


def job_of(
    design: Design,
    *,
    scenario: Named,
    outcomes: Sequence[str] | None,
    years: Sequence[int],
    runs: int,
    seed: int,
    world: World | None,
    parameters: Parameters | Mapping[str, float | Floats] | None,
    record: Sequence[str],
) -> SweepJob:
    """What all units share, checked.  Arguments as in :func:`sweep`."""
    if not isinstance(design, Design):
        raise unusable("design", found=type(design).__name__, allowed="a Design, as ls.design.sobol() gives")
    own, world = world, world_of(world)
    runs, seed = whole_number("runs", runs, least=1, most=MOST_AT_ONCE), whole_number("seed", seed)
    chosen_years = years_of(years, world)
    variables = names_of("record", record, VARIABLES)
    known = select(world, None)
    chosen = tuple(known) if outcomes is None else names_of("outcomes", outcomes, known)
    if not chosen and not variables:
        raise unusable("outcomes", found=outcomes, allowed="at least one name here or in record")
    labels = axis_labels(world)
    for name in variables:
        for axis in VARIABLES[name].axes:
            if not len(labels[axis]):
                raise unusable("record", found=name, allowed=f"variables of this world, without any {axis}")
    scenarios = scenarios_of(design, scenario)
    given = parameters_of(parameters)
    given.check_runs(runs)
    held = 8 * len(range(world.first_year, chosen_years[-1] + 1)) * sum(
        int(np.prod([len(labels[axis]) for axis in VARIABLES[name].axes])) for name in variables
    )  # fmt: skip
    engine = engine_for(
        now().engine, years=len(design) * runs * (chosen_years[-1] - world.first_year), agents=False
    )
    job = DesignJob(
        own=own,
        scenarios=scenarios,
        parameters=given,
        seed=seed,
        runs=runs,
        keep=Kept(chosen, chosen_years, variables),
        batch=max(1, min(runs_together(world, engine), BATCH_BYTES // max(held, 1))),
        engine=engine,
    )
    check_fit(design, scenarios, world, given, chosen_years[-1])
    return job


def names_of(where: str, value: object, known: Collection[str]) -> tuple[str, ...]:
    """Names from a list, each once.  Raises InputError for anything but known names."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        example = value if isinstance(value, str) and value in known else next(iter(known))
        raise unusable(where, found=value, allowed=f"lists of names, such as [{example!r}]")
    names = list(value)
    for name in names:
        if not isinstance(name, str) or name not in known:
            raise unknown_name(where, found=name, known=known)
    return tuple(dict.fromkeys(names))


def years_of(value: Any, world: World) -> tuple[int, ...]:
    """The years to keep, in order, each once."""
    allowed = f"years from {world.first_year} to {world.last_year}, one after {world.first_year} at least"
    many = isinstance(value, Iterable) and not isinstance(value, str | Mapping)
    given = tuple(value) if many else (value,)
    unlike = not given or any(as_whole(year) is None for year in given)
    if unlike or min(given) < world.first_year or max(given) <= world.first_year:
        raise unusable("years", found=given if many else value, allowed=allowed)
    if max(given) > world.last_year:
        raise unusable("years", found=given if many else value, allowed=allowed)
    world.horizon((world.first_year, int(max(given))))
    return tuple(sorted({int(y) for y in given}))


def scenarios_of(design: Design, base: Named) -> dict[str, Scenario]:
    """The scenarios of a design by name; "" is the base.

    Files lie beside that of the experiment, where the design comes from one.
    Raises InputError naming the point for one that cannot be used.
    """
    found = {"": load_scenario(base)}
    for point in _first(design, SCENARIO):
        name = str(design.values[SCENARIO][point])
        beside = design.folder / name if design.folder and name.endswith(".toml") else name
        try:
            found[name] = load_scenario(beside)
        except InputError as error:
            raise InputError(f"design: {SCENARIO}, point {point}: {error}") from error
    return found


def check_fit(
    design: Design,
    scenarios: Mapping[str, Scenario],
    world: World,
    parameters: Parameters,
    last: int,
) -> None:
    """Let every column, every word and every scenario of a design meet the world once.

    last  last year simulated
    Raises InputError naming the column and the point, or the scenario.
    """
    for column in design.columns:
        for point in _first(design, column.name):
            _check_lever(
                column, str(design.values[column.name][point]), world, f"{column.name}, point {point}"
            )
    for name, scenario in sorted(scenarios.items()):
        if name or SCENARIO not in design.names or (design.values[SCENARIO] == "").any():
            scenario.configure(parameters)
            scenario.conditions(world, (world.first_year, last))
    check_apart(design, scenarios, world)
    for point in _telling(design):
        found = point_of(design, point, scenarios, last)
        try:
            found.scenario.configure(parameters)
            found.scenario.conditions(world, (world.first_year, last))
        except InputError as error:
            raise InputError(f"design: point {point}: {error}") from error


def _telling(design: Design) -> list[int]:
    """Points that show whatever a column can do to a scenario: the first of every word, and of every column
    under every scenario."""
    points = {p for name in design.names for p in _first(design, name)}
    under = design.values.get(SCENARIO, np.zeros(len(design), dtype=np.str_))
    for scenario in np.unique(under):
        here = np.flatnonzero(under == scenario)
        points |= {int(here[p]) for name in design.names for p in _first(design, name, here)}
    return sorted(points or {0})


def _check_lever(column: Column, value: str, world: World, where: str) -> None:
    """Target, years and word of a lever setting."""
    use = column.use
    if use is None:
        return
    lever = LEVERS[use.lever]
    targets_of(world, lever.target, f"design: {where}: target", list(use.targets))
    first, last = world.first_year, world.last_year
    start, end = (at if years is None else years for at, years in ((first, use.start), (last, use.end)))
    if not first <= start <= end <= last:
        allowed = f"years from {first} to {last}, in order"
        raise unusable(f"design: {where}: years", found=f"{start}-{end}", allowed=allowed)
    words = lever.settings[use.setting].words(world)
    if column.kind is str and value not in words:
        raise unknown_name(f"design: {where}", found=value, known=words)


def _first(design: Design, name: str, among: Integers | slice = slice(None)) -> list[int]:
    """The first point of every word of a column; of one of numbers, the first that says something.

    among  the points that are looked at, of which positions are returned
    """
    if name not in design.values:
        return []
    values = design.values[name][among]
    if values.dtype.kind == "U":
        words, points = np.unique(values, return_index=True)
        return sorted(int(p) for word, p in zip(words, points, strict=True) if word)
    result: list[int] = np.flatnonzero(~np.isnan(values))[:1].tolist()
    return result
