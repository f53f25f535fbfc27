"""What all units of a sweep share, checked before the first run."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.conventions import MOST_AT_ONCE, Floats
from lockin_sim.design import Design
from lockin_sim.errors import unusable, whole_number
from lockin_sim.measures import VARIABLES
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.scenario import Scenario
from lockin_sim.simulation import BATCH
from lockin_sim.studies.outcomes import select
from lockin_sim.studies.sweep_arguments import names_of, years_of
from lockin_sim.studies.sweep_fit import check_fit, scenarios_of
from lockin_sim.studies.sweep_source import source_digest
from lockin_sim.world import World, world_of

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
    version, source, numpy   of the code that makes the sweep, which must be that of every worker
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
    source: str = field(default_factory=source_digest)
    numpy: str = np.__version__

    @property
    def stage(self) -> World:
        """The world."""
        return world_of(self.world)


def kept_shape(job: Job, name: str) -> tuple[int, ...]:
    """Lengths of the axes of a kept variable behind the run."""
    labels = axis_labels(job.stage)
    return (len(job.years), *(len(labels[axis]) for axis in VARIABLES[name].public_axes))


def kept_name(job: Job, name: str) -> str:
    """What a kept variable is called in the store: an outcome of its name, or the status, goes first."""
    taken = name in (*job.outcomes, "status", "error")
    return f"{name}_by_{'_'.join(VARIABLES[name].public_axes)}" if taken else name


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
    stage = world_of(world)
    runs, seed = whole_number("runs", runs, least=1, most=MOST_AT_ONCE), whole_number("seed", seed)
    chosen_years = years_of(years, stage)
    variables = names_of("record", record, VARIABLES)
    known = select(stage, None)
    chosen = tuple(known) if outcomes is None else names_of("outcomes", outcomes, known)
    if not chosen and not variables:
        raise unusable("outcomes", found=outcomes, allowed="at least one name here or in record")
    labels = axis_labels(stage)
    for name in variables:
        for axis in VARIABLES[name].axes:
            if not len(labels[axis]):
                raise unusable("record", found=name, allowed=f"variables of this world, without any {axis}")
    scenarios = scenarios_of(design, scenario)
    given = parameters_of(parameters)
    if given.runs not in (None, runs):
        raise unusable("parameters: run axis", found=given.runs, allowed=f"the number of runs, {runs}")
    held = 8 * len(range(stage.first_year, chosen_years[-1] + 1)) * sum(
        int(np.prod([len(labels[axis]) for axis in VARIABLES[name].axes])) for name in variables
    )  # fmt: skip
    job = Job(
        world=world,
        scenarios=scenarios,
        parameters=given,
        seed=seed,
        runs=runs,
        years=chosen_years,
        outcomes=chosen,
        variables=variables,
        batch=max(1, min(BATCH, BATCH_BYTES // max(held, 1))),
    )
    check_fit(design, scenarios, stage, given, chosen_years[-1])
    return job
