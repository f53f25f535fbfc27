"""One unit of a sweep: some points with all their runs, computed together and reduced to what is kept.

Runs of points that share a scenario are stacked; each number is, bit for bit, that of the run alone.  A run
that fails, or whose numbers are not numbers, becomes a row with its error; its neighbours are computed again
without it.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.design import Design, Point, point_of
from lockin_sim.errors import InputError
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario
from lockin_sim.simulation import stacked
from lockin_sim.store.layout import DONE, FAILED
from lockin_sim.studies.outcomes import select
from lockin_sim.studies.sweep_checks import defects as defects_of
from lockin_sim.studies.sweep_checks import describe
from lockin_sim.studies.sweep_job import Job, kept_name, kept_shape
from lockin_sim.studies.sweep_source import source_digest
from lockin_sim.world import World

type Block = dict[str, NDArray[Any]]


class Row(NamedTuple):
    """One run of one point, both by position in the unit."""

    point: int
    run: int


def compute(job: Job, design: Design, skip: NDArray[np.bool_] | None = None) -> Block:
    """All runs of the points of a design, reduced.

    skip  (point, run), runs to leave out; their numbers are NaN and their status is "not computed"
    Returns arrays (point, run, ...) by name, with ``status`` and ``error``.
    Raises InputError where this is other code than that of the sweep.
    """
    _check_code(job)
    world = job.stage
    block = blank(job, len(design))
    todo = [Row(p, r) for p in range(len(design)) for r in range(job.runs) if skip is None or not skip[p, r]]
    for rows, points in _batches(job, design, todo, block):
        _fill(job, world, rows, points, block)
    return block


def _check_code(job: Job) -> None:
    """A worker may be elsewhere: with another version, another commit of it, or another numpy."""
    here = importlib.metadata.version("lockin-sim")
    if here != job.version:
        raise InputError(f"worker: found lockin-sim {here}; allowed: {job.version}, as the sweep.")
    if source_digest() != job.source:
        text = f"found other code of lockin-sim {here} ({source_digest()})"
        raise InputError(f"worker: {text}; allowed: the commit of the sweep ({job.source}).")
    if np.__version__ != job.numpy:
        raise InputError(f"worker: found numpy {np.__version__}; allowed: {job.numpy}, as the sweep.")


def blank(job: Job, points: int) -> Block:
    """The arrays of a unit before anything is computed."""
    shape = (points, job.runs)
    names: dict[str, tuple[int, ...]] = {name: (len(job.years),) for name in job.outcomes}
    names |= {kept_name(job, name): kept_shape(job, name) for name in job.variables}
    block: Block = {name: np.full((*shape, *rest), np.nan) for name, rest in names.items()}
    block["error"] = np.full(shape, "", dtype=np.dtypes.StringDType())
    block["status"] = np.zeros(shape, dtype=np.int8)
    return block


def _batches(
    job: Job, design: Design, rows: Sequence[Row], block: Block
) -> Iterator[tuple[list[Row], dict[int, Point]]]:
    """Rows that can be computed together, with their points; a point that cannot be used fails here."""
    points: dict[int, Point | None] = {}
    batch: list[Row] = []
    for row in rows:
        if row.point not in points:
            try:
                points[row.point] = point_of(design, row.point, job.scenarios, job.years[-1])
            except Exception as error:
                points[row.point] = None
                problem = describe(error)
        point = points[row.point]
        if point is None:
            _fail(block, row, problem)
            continue
        first = points[batch[0].point] if batch else None
        if first is not None and (len(batch) == job.batch or first.scenario != point.scenario):
            yield batch, {r.point: p for r in batch if (p := points[r.point]) is not None}
            batch = []
        batch.append(row)
    if batch:
        yield batch, {r.point: p for r in batch if (p := points[r.point]) is not None}


def _fill(job: Job, world: World, rows: list[Row], points: dict[int, Point], block: Block) -> None:
    """Compute a batch into a unit; each run alone if one spoils it for all."""
    try:
        kept, defects = _computed(job, world, rows, points)
    except Exception as error:
        if len(rows) == 1:
            _fail(block, rows[0], describe(error))
            return
        for row in rows:
            _fill(job, world, [row], points, block)
        return
    for position, row in enumerate(rows):
        if defects[position]:
            _fail(block, row, defects[position])
            continue
        block["status"][row] = DONE
        for name, values in kept.items():
            block[name][row] = values[position]


def _computed(job: Job, world: World, rows: list[Row], points: dict[int, Point]) -> tuple[Block, list[str]]:
    """What is kept of some runs, (row, ...) by name, and what is wrong with each, "" if nothing."""
    scenario = points[rows[0].point].scenario
    parameters = _parameters(job, scenario, [(points[row.point].parameters, row.run) for row in rows])
    first, chosen_outcomes = world.first_year, select(world, job.outcomes)
    record = {"unsound", *job.variables, *(name for o in chosen_outcomes.values() for name in o.record)}
    # a number that overflows or is undefined is an error here, not a value
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        ds = stacked(
            scenario,
            world=world,
            parameters=parameters,
            runs=[row.run for row in rows],
            seed=job.seed,
            years=(first, job.years[-1]),
            record=sorted(record),
        )
        chosen = [year - first for year in job.years]
        cut = ds.isel(year=chosen)  # spares the work for all other years
        kept: Block = {
            name: outcome.of(ds, world)[:, chosen] if outcome.cumulative else outcome.of(cut, world)
            for name, outcome in chosen_outcomes.items()
        }
    defects = defects_of(ds)
    for name, values in kept.items():
        for position in np.flatnonzero(np.isinf(values).any(axis=1)):
            defects[position] = defects[position] or f"outcome {name} is infinite"
    kept |= {kept_name(job, name): ds[name].values[:, chosen] for name in job.variables}
    return kept, defects


def _parameters(job: Job, scenario: Scenario, rows: list[tuple[dict[str, float], int]]) -> Parameters:
    """Parameters of each row: those given, changed by the scenario, changed by the point."""
    changed = {name for values, _ in rows for name in values}
    values: dict[str, Any] = {}
    given = scenario.configure(job.parameters).as_dict()
    for name, value in given.items():
        of_run = [float(value[run]) if isinstance(value, np.ndarray) else value for _, run in rows]
        if name in changed:
            of_run = [point.get(name, v) for (point, _), v in zip(rows, of_run, strict=True)]
        values[name] = of_run[0] if len(set(of_run)) == 1 else np.array(of_run)
    return Parameters(**values)


def _fail(block: Block, row: Row, problem: str) -> None:
    block["status"][row] = FAILED
    block["error"][row] = problem


def failed_unit(job: Job, problem: str, design: Design, skip: NDArray[np.bool_] | None = None) -> Block:
    """A unit that could not be computed at all; runs to leave out stay "not computed"."""
    block = blank(job, len(design))
    lost = np.ones(block["status"].shape, dtype=bool) if skip is None else ~skip
    block["status"][lost] = FAILED
    block["error"][lost] = problem
    return block
