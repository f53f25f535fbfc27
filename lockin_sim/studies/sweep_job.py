"""What all units of a sweep share, checked before the first run."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.design import Design, point_of
from lockin_sim.errors import unknown_name, unusable, whole_number
from lockin_sim.metrics import VARIABLES
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario, load_scenario
from lockin_sim.simulation import BATCH
from lockin_sim.studies.outcomes import select
from lockin_sim.world import World, load_world

#: Bytes of recorded variables that runs computed together may hold.
BATCH_BYTES = 500_000_000


@dataclass(frozen=True)
class Job:
    """What all units of a sweep share.

    world      None = the bundled one
    scenarios  by name; "" is the one of points that name none
    runs       runs of each point, numbered from 0
    years      years that are kept; all up to the last one are simulated
    outcomes   names of outcomes;  variables  names of variables to keep besides
    batch      most runs computed together
    """

    world: World | None
    scenarios: Mapping[str, Scenario]
    parameters: Parameters
    seed: int
    runs: int
    years: tuple[int, ...]
    outcomes: tuple[str, ...]
    variables: tuple[str, ...] = ()
    batch: int = BATCH
    version: str = field(default_factory=lambda: importlib.metadata.version("lockin-sim"))

    @property
    def stage(self) -> World:
        """The world."""
        return load_world() if self.world is None else self.world


def kept_shape(job: Job, name: str) -> tuple[int, ...]:
    """Lengths of the axes of a kept variable behind the run."""
    labels = axis_labels(job.stage)
    return (len(job.years), *(len(labels[axis]) for axis in VARIABLES[name].axes))


def kept_name(job: Job, name: str) -> str:
    """What a kept variable is called in the store: an outcome of its name, or the status, goes first."""
    taken = name in (*job.outcomes, "status", "error")
    return f"{name}_by_{'_'.join(VARIABLES[name].axes)}" if taken else name


def axis_labels(world: World) -> dict[str, Sequence[str]]:
    """Labels of the axes that variables may have."""
    return {
        "country": world.countries,
        "domain": world.domains,
        "vendor": world.vendors,
        "standard": world.standards,
        "body": world.body_names,
        "sponsor": world.sponsors,
        "group": world.group_names,
    }


def job_of(
    design: Design,
    *,
    scenario: str | Path | Scenario,
    outcomes: Sequence[str] | None,
    years: Sequence[int],
    runs: int,
    seed: int,
    world: World | None,
    parameters: Parameters | Mapping[str, float | Floats] | None,
    record: Sequence[str],
) -> Job:
    """What all units share, checked.  Arguments as in :func:`sweep`."""
    if not isinstance(design, Design):
        raise unusable("design", found=type(design).__name__, allowed="a Design, as ls.design.sobol() gives")
    stage = load_world() if world is None else world
    runs, seed = whole_number("runs", runs, least=1), whole_number("seed", seed)
    chosen_years = _years(years, stage)
    if isinstance(outcomes, str) or isinstance(record, str):
        raise unusable("outcomes, record", found=outcomes, allowed="lists of names")
    for name in record:
        if name not in VARIABLES:
            raise unknown_name("record", found=name, known=VARIABLES)
    base = load_scenario(scenario)
    scenarios = {"": base}
    for name in design.values.get("scenario", ()):
        if name and str(name) not in scenarios:
            scenarios[str(name)] = load_scenario(str(name))
    given = parameters if isinstance(parameters, Parameters) else Parameters(**(parameters or {}))
    if given.runs not in (None, runs):
        raise unusable("parameters: run axis", found=given.runs, allowed=f"the number of runs, {runs}")
    labels = axis_labels(stage)
    held = 8 * len(range(stage.first_year, chosen_years[-1] + 1)) * sum(
        int(np.prod([len(labels[axis]) for axis in VARIABLES[name].axes])) for name in record
    )  # fmt: skip
    job = Job(
        world=world,
        scenarios=scenarios,
        parameters=given,
        seed=seed,
        runs=runs,
        years=chosen_years,
        outcomes=tuple(select(stage, outcomes)),
        variables=tuple(dict.fromkeys(record)),
        batch=max(1, min(BATCH, BATCH_BYTES // max(held, 1))),
    )
    for point in _first_points(design):
        found = point_of(design, point, scenarios, chosen_years[-1])
        found.scenario.configure(given)
        found.scenario.conditions(stage, (stage.first_year, chosen_years[-1]))
    return job


def _years(years: Sequence[int], world: World) -> tuple[int, ...]:
    """The years to keep, in order, each once."""
    given = (years,) if isinstance(years, int) else tuple(years)
    allowed = f"years from {world.first_year} to {world.last_year}, one after {world.first_year} at least"
    whole = all(isinstance(y, int | np.integer) and not isinstance(y, bool) for y in given)
    if not given or not whole or min(given) < world.first_year or max(given) <= world.first_year:
        raise unusable("years", found=given, allowed=allowed)
    if max(given) > world.last_year:
        raise unusable("years", found=given, allowed=allowed)
    world.horizon((world.first_year, int(max(given))))
    return tuple(sorted({int(y) for y in given}))


def _first_points(design: Design) -> set[int]:
    """A point for each column that says something, so that every address meets the world once."""
    points = set()
    for values in design.values.values():
        said = np.flatnonzero(values != "" if values.dtype.kind == "U" else ~np.isnan(values))
        points |= {int(said[0])} if said.size else set()
    if "scenario" in design.values:
        points |= {int(p) for p in np.unique(design.values["scenario"], return_index=True)[1]}
    return points or {0}
