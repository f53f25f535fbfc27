"""What all units of a sweep share, checked before the first run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import MOST_AT_ONCE, Floats
from lockin_sim.design import Design
from lockin_sim.engines import engine_for
from lockin_sim.errors import unusable, whole_number
from lockin_sim.measures import VARIABLES
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.runs.executors import Block
from lockin_sim.runs.keeping import now
from lockin_sim.runs.units import DesignJob
from lockin_sim.scenario import Named
from lockin_sim.simulation import runs_together
from lockin_sim.studies.outcomes import select
from lockin_sim.studies.sweep.fit import check_fit, names_of, scenarios_of, years_of
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
