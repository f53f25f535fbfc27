"""One unit of a design: some points with some runs of each, computed together and reduced to what is kept.

Runs of points that share a scenario are stacked; each number is, bit for bit, that of the run alone.  A run
that fails, or whose numbers are not numbers, becomes a row with its error; its neighbours are computed again
without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lockin_sim.design import Design, Point, point_of
from lockin_sim.engines import engine_for
from lockin_sim.parameters import Parameters
from lockin_sim.runs.provenance import Code, describe
from lockin_sim.runs.store import DONE, FAILED
from lockin_sim.runs.workers import Block
from lockin_sim.scenario import Scenario
from lockin_sim.simulation import BATCH, stacked
from lockin_sim.soundness import defects as defects_of
from lockin_sim.world import World, world_of

if TYPE_CHECKING:
    import xarray as xr


class Keep(Protocol):
    """What is kept of runs: of a module, so that it can travel."""

    @property
    def last(self) -> int:
        """Last year that is needed."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Arrays in which an infinite number is a run that failed."""

    def record(self, world: World) -> set[str]:
        """Variables needed beyond those always there."""

    def shapes(self, world: World) -> dict[str, tuple[int, ...]]:
        """Arrays by name, with the lengths of their axes behind the run."""

    def of(self, ds: xr.Dataset, world: World) -> Block:
        """The arrays of some runs, (run, ...)."""


@dataclass(frozen=True)
class DesignJob[K: Keep]:
    """What all units of a design share.  A job of the executor.

    own        a world of its own, which travels with it; None = the bundled one
    scenarios  by name; "" is the one of points that name none
    runs       runs of each point, numbered from 0
    batch      most runs computed together
    engine     "core" or "fast"
    """

    own: World | None
    scenarios: Mapping[str, Scenario]
    parameters: Parameters
    seed: int
    runs: int
    keep: K
    batch: int = BATCH
    engine: str = "core"
    code: Code = field(default_factory=Code.here)

    @property
    def world(self) -> World:
        """The world that it is of."""
        return world_of(self.own)

    def compute(self, design: Design, runs: range, skip: NDArray[np.bool_] | None = None) -> Block:
        """Runs of the points of a design, reduced.

        runs  their numbers
        skip  (point, run), runs to leave out; their numbers are NaN and their status is "not computed"
        Returns arrays (point, run, ...) by name, with ``status`` and ``error``.
        Raises InputError on a worker that does not have the engine: no run is to blame for that.
        """
        engine_for(self.engine, years=0, agents=False)
        block = self.blank(len(design), len(runs))
        left_out = np.zeros(block["status"].shape, dtype=bool) if skip is None else skip
        todo = [Row(point, place, runs[place]) for point, place in np.argwhere(~left_out).tolist()]
        for rows, points in _batches(self, design, todo, block):
            _fill(self, rows, points, block)
        return block

    def lost(self, problem: str, design: Design, runs: range, skip: NDArray[np.bool_] | None = None) -> Block:
        """A unit that could not be computed at all; runs to leave out stay "not computed"."""
        block = self.blank(len(design), len(runs))
        lost = np.ones(block["status"].shape, dtype=bool) if skip is None else ~skip
        block["status"][lost] = FAILED
        block["error"][lost] = problem
        return block

    def blank(self, points: int, runs: int) -> Block:
        """The arrays of so many points and runs before anything is computed."""
        shape = (points, runs)
        block: Block = {
            n: np.full((*shape, *rest), np.nan) for n, rest in self.keep.shapes(self.world).items()
        }
        block["error"] = np.full(shape, "", dtype=np.dtypes.StringDType())
        block["status"] = np.zeros(shape, dtype=np.int8)
        return block


class Row(NamedTuple):
    """One run of one point, both by position in the unit; and the number of the run."""

    point: int
    place: int
    run: int

    @property
    def at(self) -> tuple[int, int]:
        """Where it is in the unit."""
        return self.point, self.place


def _batches(
    job: DesignJob[Any], design: Design, rows: Sequence[Row], block: Block
) -> Iterator[tuple[list[Row], dict[int, Point]]]:
    """Rows that can be computed together, with their points; a point that cannot be used fails here."""
    points: dict[int, Point | None] = {}
    batch: list[Row] = []
    for row in rows:
        if row.point not in points:
            try:
                points[row.point] = point_of(design, row.point, job.scenarios, job.keep.last)
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


def _fill(job: DesignJob[Any], rows: list[Row], points: dict[int, Point], block: Block) -> None:
    """Compute a batch into a unit; each run alone if one spoils it for all."""
    try:
        kept, defects = _computed(job, rows, points)
    except Exception as error:
        if len(rows) == 1:
            _fail(block, rows[0], describe(error))
            return
        for row in rows:
            _fill(job, [row], points, block)
        return
    for position, row in enumerate(rows):
        if defects[position]:
            _fail(block, row, defects[position])
            continue
        block["status"][row.at] = DONE
        for name, values in kept.items():
            block[name][row.at] = values[position]


def _computed(job: DesignJob[Any], rows: list[Row], points: dict[int, Point]) -> tuple[Block, list[str]]:
    """What is kept of some runs, (row, ...) by name, and what is wrong with each, "" if nothing."""
    world, scenario = job.world, points[rows[0].point].scenario
    parameters = _parameters(job, scenario, [(points[row.point].parameters, row.run) for row in rows])
    # a number that overflows or is undefined is an error here, not a value
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        ds = stacked(
            scenario,
            world=world,
            parameters=parameters,
            runs=[row.run for row in rows],
            seed=job.seed,
            years=(world.first_year, job.keep.last),
            record=sorted({"unsound", *job.keep.record(world)}),
            engine=job.engine,
        )
        kept = job.keep.of(ds, world)
    defects = defects_of(ds)
    for name in job.keep.outcomes:
        for position in np.flatnonzero(np.isinf(kept[name]).reshape(len(rows), -1).any(axis=1)):
            defects[position] = defects[position] or f"outcome {name} is infinite"
    return kept, defects


def _parameters(
    job: DesignJob[Any], scenario: Scenario, rows: list[tuple[dict[str, float], int]]
) -> Parameters:
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
    """Mark a run as failed, with the reason."""
    block["status"][row.at] = FAILED
    block["error"][row.at] = problem
