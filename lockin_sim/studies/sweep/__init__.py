"""Sweeps: many points of a design, each with its runs, streamed to a store that can be resumed."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.design import Design
from lockin_sim.errors import InputError, unusable
from lockin_sim.parameters import Parameters
from lockin_sim.progress import Progress, reporting
from lockin_sim.runs.executors import Block, Task, check_numbers, executed
from lockin_sim.runs.provenance import ANOTHER_PROCESSOR, session
from lockin_sim.scenario import Named
from lockin_sim.simulation import check_progress
from lockin_sim.store import Store, open_sweep
from lockin_sim.store.journal import read as read_journal
from lockin_sim.store.layout import DONE, FAILED, JOURNAL
from lockin_sim.studies.sweep.fit import path_of
from lockin_sim.studies.sweep.job import SweepJob, job_of
from lockin_sim.studies.sweep.layout import design_difference, identity, layout_of, size_line
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


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
    out         the store, a new directory (Zarr v3)
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
    Returns a dataset over (point, run, year), opened from the store; see :func:`lockin_sim.open_sweep`.
    Raises InputError for anything that cannot be used, and where the store cannot be written.  After an
    interruption (KeyboardInterrupt) the store can be resumed.
    """
    job = job_of(
        design, scenario=scenario, outcomes=outcomes, years=years, runs=runs, seed=seed, world=world,
        parameters=parameters, record=record,
    )  # fmt: skip
    if retry and not resume:
        raise unusable("retry", found="a new sweep", allowed="only with resume")
    processes = check_numbers(runs, seed, workers)
    place = path_of("out", out, "the path of a new directory, such as 'sweep.zarr'")
    run_sweep(
        job, design, place, resume=resume, retry=retry, processes=processes, scheduler=scheduler,
        unit=unit, progress=check_progress(progress),
    )  # fmt: skip
    return open_sweep(out, verify=False)


def run_sweep(
    job: SweepJob,
    design: Design,
    out: Path,
    *,
    resume: bool,
    retry: bool,
    processes: int,
    scheduler: Any,
    unit: int | None,
    progress: bool | Callable[[int], None],
) -> None:
    """Compute what is missing in the store, by whichever executor."""
    executor = f"{processes} processes" if scheduler is None else "Dask distributed"
    about = session(executor)
    with ExitStack() as stack:
        client = None
        if scheduler is not None:
            from lockin_sim.runs.dask import connected

            client = stack.enter_context(connected(scheduler))
        layout = layout_of(job, design, identity(job, design), about, unit)
        if resume:
            try:
                store = stack.enter_context(Store.resume(out, layout))
            except InputError as error:
                raise InputError(f"{error}{design_difference(out, design)}") from error
        else:
            store = stack.enter_context(Store.create(out, layout))
        _check_source(store, about)
        units = store.missing + (store.with_failures if retry else [])
        if units:
            store.begin(about)
        total, again = len(design) * job.runs, sum(store.done[u]["failed"] for u in units if u in store.done)
        before = sum(entry["runs"] for entry in store.done.values()) - again
        bad = sum(entry["failed"] for entry in store.done.values()) - again
        if progress is True:
            print(size_line(str(out), layout), file=sys.stderr)
        report = stack.enter_context(
            reporting(progress, total, before=before, bad=bad, closing=str(out)),
        )
        tasks = _tasks(store, design, units)
        blocks = stack.enter_context(closing(executed(job, tasks, processes=processes, client=client)))
        for number, block in blocks:
            report(*_write(store, number, block))


def _tasks(store: Store, design: Design, units: list[int]) -> Iterator[Task]:
    """Units to compute; in one that is there, all runs that did not fail are left out."""
    for number in units:
        skip = store.read(number)["status"] == DONE if number in store.done else None
        unit = store.units[number]
        yield number, (design.rows(unit.points), unit.runs, skip)


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


def _check_source(store: Store, about: Mapping[str, Any]) -> None:
    """Say so if parts of the store may come from other code of this version, another numpy or processor."""
    sessions = [e["session"] for e in read_journal(store.path / JOURNAL) if "session" in e]
    for key, (what, how) in _MAY_CHANGE.items():
        other = [before.get(key, about[key]) != about[key] for before in sessions]
        if any(other):
            since = "the last session" if other[-1] else "an earlier session"
            text = f"{store.path}: {what} changed since {since}; parts of the store may differ{how}"
            warnings.warn(text, stacklevel=4)


#: What of a session may be another than that of one before, in words, and by how much numbers may differ.
_MAY_CHANGE = {
    "source": ("the code or data of the model", ""),
    "numpy": ("the version of numpy", ""),
    "processor": ("the kind of processor", ANOTHER_PROCESSOR),
}
