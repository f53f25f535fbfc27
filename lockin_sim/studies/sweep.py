"""Sweeps: many points of a design, each with its runs, streamed to a store that can be resumed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import RUNS, SEED, Floats
from lockin_sim.design import Column, Design
from lockin_sim.draws import GENERATOR
from lockin_sim.errors import InputError, unknown_name, unusable, whole_number
from lockin_sim.files import path_of
from lockin_sim.measures import VARIABLES
from lockin_sim.parameters import Parameters
from lockin_sim.progress import Progress, reporting
from lockin_sim.runs.provenance import digest, session, world_digest
from lockin_sim.runs.store import DONE, FAILED, Layout, Store, Variable
from lockin_sim.runs.workers import Block, Task, check_numbers, executed
from lockin_sim.scenario import Named
from lockin_sim.simulation import check_progress
from lockin_sim.statistics import mean_over_runs
from lockin_sim.studies.design_job import SweepJob, axis_labels, job_of
from lockin_sim.studies.outcomes import select
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Units that a sweep is cut into, where units are not too small or too large by that.
UNITS = 128

#: Fewest and most runs of a unit: seconds of work, so that handing it over and writing it cost little.
LEAST_RUNS, MOST_RUNS = 256, 1024

#: Fewest runs of a unit that holds but some runs of one point: what a kill costs.
LEAST_PART = 128

#: Units a small sweep is cut into at least, so that several workers have something to do.
FEWEST_UNITS = 8

#: Most bytes of a unit, unless one run has more.
UNIT_BYTES = 64_000_000


def sweep(
    design: Design,
    *,
    out: str | Path,
    scenario: Named = "baseline",
    outcomes: Sequence[str] | None = None,
    years: Sequence[int] = (2035, 2050),
    runs: int = RUNS.points,
    seed: int = SEED,
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    record: Sequence[str] = (),
    resume: bool = False,
    retry: bool = False,
    workers: int | None = 1,
    scheduler: Any = None,
    unit: int | None = None,
    progress: bool | Progress = False,
) -> xr.Dataset:
    """Simulate every point of a design with the same runs, and stream what is kept to a store.

    design      points, see :mod:`lockin_sim.design`
    out         the store, a new directory
    scenario    what points start from that do not name one
    outcomes    names of outcomes to keep; None = all (see ``lockin describe metrics``)
    years       years to keep; the simulation ends with the last one
    runs        runs of each point; run r of every point meets the same luck
    seed, world, parameters   as in :func:`lockin_sim.simulate`; columns of the design come last
    record      variables of ``simulate`` to keep besides, whole: this can be large.  One that is called like
                an outcome is kept as ``lock_in_by_domain``
    resume      go on with the store, made by the same version, seed and design; a new one if there is none
    retry       with resume: also compute failed runs again
    workers     processes; 1 = this one alone, None = one for each processor
    scheduler   address of a Dask scheduler, a :class:`lockin_sim.Scheduler` or a ``distributed.Client``,
                instead of ``workers``
    unit        points computed and written together; None = a few seconds of work
    progress    True shows a bar on a terminal and one line at the end; a function is called with runs done

    The numbers depend neither on workers, scheduler and unit, nor on interruptions.
    Returns a dataset over (point, run, year), opened from the store; see :func:`lockin_sim.open_results`.
    Raises InputError for anything that cannot be used, and where the store cannot be written.  After an
    interruption (KeyboardInterrupt) the store can be resumed.
    """
    from lockin_sim.runs.stored import open_sweep

    job = job_of(
        design, scenario=scenario, outcomes=outcomes, years=years, runs=runs, seed=seed, world=world,
        parameters=parameters, record=record,
    )  # fmt: skip
    if retry and not resume:
        raise unusable("retry", found="a new sweep", allowed="only with resume")
    processes = check_numbers(runs, seed, workers)
    place = path_of("out", out, "the path of a new directory, such as 'sweep'")
    _run(
        job, design, place, resume=resume, retry=retry, processes=processes, scheduler=scheduler, unit=unit,
        progress=check_progress(progress),
    )  # fmt: skip
    return open_sweep(out, verify=False)


def _run(
    job: SweepJob, design: Design, out: Path, *, resume: bool, retry: bool, processes: int, scheduler: Any,
    unit: int | None, progress: bool | Progress,
) -> None:  # fmt: skip
    """Compute what is missing in a store, by whichever executor."""
    with ExitStack() as stack:
        client = None
        if scheduler is not None:
            from lockin_sim.runs.workers import connected

            client = stack.enter_context(connected(scheduler))
        about = session(f"{processes} processes" if client is None else "Dask distributed")
        store = stack.enter_context(_opened(job, design, out, about, unit, resume=resume))
        _stream(job, design, store, about, retry=retry, processes=processes, client=client, progress=progress)


def _opened(
    job: SweepJob, design: Design, out: Path, about: Mapping[str, Any], unit: int | None, *, resume: bool
) -> Store:
    """The store of a sweep.  Raises InputError for one that was made otherwise, naming what differs."""
    layout = _layout(job, design, about, unit)
    try:
        return Store(out, layout.attributes["identity"], resume=resume, layout=layout)
    except InputError as error:
        raise InputError(f"{error}{_design_difference(out, design)}") from error


def _stream(
    job: SweepJob, design: Design, store: Store, about: Mapping[str, Any], *, retry: bool, processes: int,
    client: Any, progress: bool | Progress,
) -> None:  # fmt: skip
    """Compute what is missing in the store, and with ``retry`` what failed."""
    assert store.layout is not None
    cut = store.layout.units
    missing = [number for number in range(len(cut)) if number not in store.done]
    numbers = missing + (store.with_failures if retry else [])
    store.begin(about, adding=bool(numbers))
    again = sum(store.done[number]["failed"] for number in numbers if number in store.done)
    there, bad = (sum(mark[key] for mark in store.done.values()) - again for key in ("runs", "failed"))
    if progress is True:
        print(_size_line(str(store.path), store.layout), file=sys.stderr)

    def tasks() -> Iterator[Task]:
        """Units to compute; in one that is there, all runs that did not fail are left out."""
        for number in numbers:
            skip = store.read(number)["status"] == DONE if number in store.done else None
            yield number, (design.rows(cut[number].points), cut[number].runs, skip)

    total = len(design) * job.runs
    with (
        reporting(progress, total, before=there, bad=bad, closing=str(store.path)) as report,
        closing(executed(job, tasks(), processes=processes, client=client)) as blocks,
    ):
        for number, block in blocks:
            report(*_write(store, number, block))


def _write(store: Store, number: int, block: Block) -> tuple[int, int]:
    """Add a unit to the store; runs computed, and runs that failed."""
    computed = block["status"] != 0
    if not computed.all():
        before = store.read(number)
        for name, values in block.items():
            values[~computed] = before[name][~computed]
    failed = int((block["status"][computed] == FAILED).sum())
    store.write(number, block)
    return int(computed.sum()), failed


# --- the store of a sweep ---


def unit_size(
    points: int, runs: int, run_bytes: int, given: int | None = None, fewest: int = FEWEST_UNITS
) -> tuple[int, int]:
    """Points and runs of a unit: several points with all their runs, or one with some of them.

    given  points that are asked for;  fewest  units that several workers could share
    Raises InputError for a given number that cannot be used.
    """
    if given is not None:
        return min(whole_number("unit", given, least=1), points), runs
    bound = UNIT_BYTES / max(run_bytes, 1)
    part = min(max(points * runs / UNITS, LEAST_PART), MOST_RUNS, max(bound, 1.0))
    if runs > max(part, min(LEAST_RUNS, bound)):
        pieces = int(np.ceil(runs / part))
        return 1, int(np.ceil(runs / pieces))
    wanted = min(max(points * runs / UNITS, LEAST_RUNS), MOST_RUNS) / runs
    fitting = min(wanted, bound / runs, points / fewest)
    return max(1, min(int(np.ceil(fitting)), points)), runs


def _layout(job: SweepJob, design: Design, about: Mapping[str, Any], unit: int | None) -> Layout:
    """The layout of the store of a sweep."""
    kept, shapes, variables = job.keep, job.keep.shapes(job.world), {}
    for name, outcome in select(job.world, kept.outcomes).items():
        variables[name] = Variable(("year",), shapes[name], outcome.unit, outcome.label)
    for variable in kept.variables:
        declared, name = VARIABLES[variable], kept.name(variable)
        axes = ("year", *declared.public_axes)
        variables[name] = Variable(axes, shapes[name], declared.unit, declared.long_name)
    run_bytes = 8 * sum(int(np.prod(v.shape)) for v in variables.values())
    labels = axis_labels(job.world)
    used = {axis for name in kept.variables for axis in VARIABLES[name].axes}
    coordinates = point_labels(job, design)
    coordinates |= {axis: ((axis,), np.array(labels[axis]), {}) for axis in labels if axis in used}
    attributes = {
        "made_by": "lockin_sim",
        "identity": _identity(job, design),
        "version": job.code.version,
        "scenario": job.scenarios[""].name,
        "scenario_hash": job.scenarios[""].hash,
        "seed": job.seed,
        "generator": GENERATOR,
        "world": job.world.name,
        "design_method": design.method,
        "design_hash": design.hash,
        **{key: about[key] for key in ("machine", "processor", "python", "numpy", "commit", "source")},
    }
    points, runs = unit_size(len(design), job.runs, run_bytes, unit)
    return Layout(len(design), job.runs, points, runs, variables, coordinates, attributes)


def point_labels(job: SweepJob, design: Design) -> dict[str, Any]:
    """Points, runs and years, and what the design varies."""
    return {
        "point": (("point",), np.arange(len(design)), {"long_name": "point of the design"}),
        "run": (("run",), np.arange(job.runs), {"long_name": "run; the same luck at every point"}),
        "year": (("year",), np.array(job.keep.years), {"long_name": "year"}),
        **{c.name: (("point",), design.values[c.name], _about(c, design)) for c in design.columns},
    }


def _identity(job: SweepJob, design: Design) -> dict[str, Any]:
    """Everything that decides the numbers of a sweep, by name; equal ones give equal numbers."""
    return {
        "version": job.code.version,
        "seed": job.seed,
        "generator": GENERATOR,
        "runs": job.runs,
        "scenario": {name or job.scenarios[""].name: s.hash for name, s in job.scenarios.items()},
        "parameters": digest(job.parameters),
        **({} if job.engine == "core" else {"engine": job.engine}),
        "world": {"name": job.world.name, "hash": world_digest(job.world)},
        "columns": list(design.names),
        "points": len(design),
        "design": design.hash,
        "years": list(job.keep.years),
        "outcomes": list(job.keep.outcomes),
        "variables": list(job.keep.variables),
    }


def _design_difference(out: Path, design: Design) -> str:
    """Which columns of the design of a store have other values here, in words; "" if none can be named."""
    from lockin_sim.runs.stored import open_sweep

    try:
        found = open_sweep(out, verify=False)
    except InputError:
        return ""
    different = []
    for name in design.names:
        values = design.values[name]
        if name not in found.coords or found[name].shape != values.shape:
            continue
        before = found[name].values
        other = (before != values) & ~((before != before) & (values != values))  # NaN is not another NaN
        if np.any(other):
            different.append(f"{name} from point {int(np.argmax(other))} on")
    return f" The design differs in {', '.join(different)}." if different else ""


def _size_line(where: str, layout: Layout) -> str:
    """How much will be computed and written."""
    size, runs = layout.size, layout.points * layout.runs
    (years,) = layout.coordinates["year"][1].shape
    text = f"{size / 1e6:,.1f} MB" if size > 1e6 else f"{size / 1e3:,.1f} kB"
    return (
        f"{where}: {layout.points:,} points x {layout.runs} runs = {runs:,} runs; "
        f"{len(layout.variables)} outcomes in {years} years, {text}"
    )


def _about(column: Column, design: Design) -> dict[str, Any]:
    """Attributes of a column of the design."""
    about: dict[str, Any] = {"units": column.unit, "long_name": column.doc}
    if column.name in design.ranges:
        about["range"] = list(design.ranges[column.name])
    return about


# --- means ---


def over_runs(ds: xr.Dataset) -> xr.Dataset:
    """Mean of every variable over the runs that define it, and ``<name>_left_out``, the runs that do not.

    (point, run, ...) -> (point, ...).  A run that failed, is missing, or does not define the variable is left
    out; a mean of nothing is NaN.
    """
    import xarray as xr

    means: dict[str, Any] = {}
    for name in _numbers(ds):
        axes = tuple(d for d in ds[name].dims if d != "run")
        mean, used = mean_over_runs(ds[name].transpose("run", *axes).values)
        left_out = {"units": "runs", "long_name": f"runs left out of {name}"}
        means[name] = (axes, mean, ds[name].attrs)
        means[f"{name}_left_out"] = (axes, ds.sizes["run"] - used, left_out)
    coords = {n: c for n, c in ds.coords.items() if "run" not in c.dims}
    return xr.Dataset(means, coords=coords, attrs=ds.attrs)


def response(ds: xr.Dataset, outcome: str, year: int) -> Floats:
    """Mean of one outcome over all runs of each point in one year, (point,), for an analysis.

    Raises InputError if any run is left out: an analysis must not rest on what is not there.
    """
    known = _numbers(ds)
    if outcome not in known:
        raise unknown_name("outcome", found=outcome, known=known)
    if year not in ds["year"].values:
        raise unusable("year", found=year, allowed=f"one of {ds['year'].values.tolist()}")
    values = ds[outcome].sel(year=year).transpose("point", "run", ...).values
    bad = ~np.isfinite(values)
    if bad.any():
        points = np.flatnonzero(bad.any(axis=tuple(range(1, bad.ndim))))
        state = f"{int(bad.sum())} of {bad.size} runs at {len(points)} points ({points[:8].tolist()} ...)"
        raise InputError(
            f"{outcome} in {year}: not defined in {state}; allowed: all runs. Look at `status` and `error`, "
            "retry what failed, or choose points without them."
        )
    return np.asarray(values.mean(axis=1))


def _numbers(ds: xr.Dataset) -> list[str]:
    """Variables that have a number for each run."""
    return [str(n) for n, v in ds.data_vars.items() if "run" in v.dims and n not in ("status", "error")]
