"""Points in, outcomes out, in memory: for optimisers, samplers and analyses from elsewhere."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from lockin_sim.conventions import RUNS, SEED, Floats
from lockin_sim.design import Design, table
from lockin_sim.errors import unusable
from lockin_sim.parameters import Parameters
from lockin_sim.progress import Progress, reporting
from lockin_sim.runs.store import FAILED, units_of
from lockin_sim.runs.workers import Block, check_numbers, executed
from lockin_sim.scenario import Named
from lockin_sim.simulation import check_progress
from lockin_sim.studies.design_job import SweepJob, job_of
from lockin_sim.studies.outcomes import outcome_labels, select
from lockin_sim.studies.sweep import FEWEST_UNITS, point_labels, unit_size
from lockin_sim.world import World

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: What is varied: addresses to values by point.
type Points = Mapping[str, Sequence[Any] | Floats] | pd.DataFrame | Design


@overload
def evaluate(
    points: Points,
    *,
    outcomes: Sequence[str] | None = None,
    years: Sequence[int] = (2035, 2050),
    runs: int = RUNS.points,
    seed: int = SEED,
    scenario: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    workers: int | None = 1,
    progress: bool | Progress = False,
    as_arrays: Literal[False] = False,
) -> xr.Dataset: ...


@overload
def evaluate(
    points: Points,
    *,
    outcomes: Sequence[str] | None = None,
    years: Sequence[int] = (2035, 2050),
    runs: int = RUNS.points,
    seed: int = SEED,
    scenario: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    workers: int | None = 1,
    progress: bool | Progress = False,
    as_arrays: Literal[True],
) -> dict[str, Floats]: ...


def evaluate(
    points: Points,
    *,
    outcomes: Sequence[str] | None = None,
    years: Sequence[int] = (2035, 2050),
    runs: int = RUNS.points,
    seed: int = SEED,
    scenario: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    workers: int | None = 1,
    progress: bool | Progress = False,
    as_arrays: bool = False,
) -> xr.Dataset | dict[str, Floats]:
    """Simulate points and return their outcomes; every point meets the same luck, that of runs 0, 1, 2, ...

    So a difference between two points is what they differ in, and equal points give equal numbers, in one
    call or in two.
    points      values of each address, one a point: a mapping, a DataFrame or a design.  An address is the
                name of a parameter, ``lever[target].setting`` or ``scenario``, see :mod:`lockin_sim.design`
    outcomes    names of outcomes; None = all (see ``lockin describe metrics``)
    years       years to return; the simulation ends with the last one
    runs        runs of each point
    scenario    what points start from that do not name one
    seed, world, parameters   as in :func:`lockin_sim.simulate`; points come last
    workers     processes, begun and ended in this call; 1 = this one alone, None = one for each processor
    progress    True shows a bar on a terminal or in a notebook; a function is called with runs done
    as_arrays   whether to return plain arrays (point, run, year) by outcome

    Returns a dataset with ``value`` (point, run, outcome, year), and along ``point`` what was varied.  A run
    that fails is NaN, a warning says so, and ``error`` (point, run) says why.
    Raises InputError for anything that cannot be used, before anything is simulated.
    """
    design = points if isinstance(points, Design) else _complete(points)
    job = job_of(
        design, scenario=scenario, outcomes=outcomes, years=years, runs=runs, seed=seed, world=world,
        parameters=parameters, record=(),
    )  # fmt: skip
    processes = check_numbers(runs, seed, workers)
    found = _computed(job, design, processes, check_progress(progress))
    _warn_of_failures(found)
    if as_arrays:
        return {name: found[name] for name in job.keep.outcomes}
    return _labelled(found, job, design)


def _complete(points: Any) -> Design:
    """Points of a table.  Raises InputError for a missing value, which a design may have, but an optimiser
    does not mean."""
    design = table(points, where="points")
    for column in design.columns:
        values = design.values[column.name]
        missing = np.flatnonzero(values == "" if values.dtype.kind == "U" else np.isnan(values))
        if missing.size:
            text = (
                "a value at every point; a design, as of ls.design.table(points), may leave some as they are"
            )
            where = f"points: {column.name}, point {missing[0]}"
            raise unusable(where, found=values[missing[0]].item(), allowed=text)
    return design


def _computed(job: SweepJob, design: Design, processes: int, progress: bool | Progress) -> Block:
    """All runs of all points, (point, run, ...) by name."""
    run_bytes = 8 * len(job.keep.outcomes) * len(job.keep.years)
    fewest = 1 if processes == 1 else FEWEST_UNITS  # small units cost: runs computed together are cheaper
    cut = units_of(len(design), job.runs, *unit_size(len(design), job.runs, run_bytes, fewest=fewest))
    tasks = [(number, (design.rows(unit.points), unit.runs, None)) for number, unit in enumerate(cut)]
    started = executed(job, tasks, processes=min(processes, len(tasks)))
    found = job.blank(len(design), job.runs)
    with reporting(progress, len(design) * job.runs) as report, closing(started) as blocks:
        for number, block in blocks:
            for name, values in block.items():
                found[name][cut[number].place] = values
            report(block["status"].size)
    return found


def _warn_of_failures(found: Block) -> None:
    """Warn of runs that failed, with the first reason."""
    failed = found["status"] == FAILED
    if failed.any():
        point, run = np.argwhere(failed)[0].tolist()
        first = f"at point {point}, run {run}: {found['error'][point, run]}"
        text = f"{int(failed.sum())} of {failed.size} runs failed and are NaN, first {first}"
        warnings.warn(text, stacklevel=3)


def _labelled(found: Block, job: SweepJob, design: Design) -> xr.Dataset:
    """What was found, with labels."""
    import xarray as xr

    values = np.stack([found[name] for name in job.keep.outcomes], axis=2)
    about = {"units": "as outcome_unit", "long_name": "outcome of a run"}
    data = {
        "value": (("point", "run", "outcome", "year"), values, about),
        "error": (("point", "run"), found["error"].astype(object).astype(np.str_)),
    }
    labels = point_labels(job, design) | outcome_labels(select(job.world, job.keep.outcomes))
    made = {"version": job.code.version, "world": job.world.name, "seed": job.seed, "runs": job.runs}
    return xr.Dataset(data, coords=labels, attrs=made | {"scenario": job.scenarios[""].name})
