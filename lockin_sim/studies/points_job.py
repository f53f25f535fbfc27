"""Runs of the points of a design, as a job of the executor; a unit is some points with some of their runs.

Runs of points that share a scenario are stacked; each number equals, bit for bit, the number of the run
computed alone.  A run that fails, or has undefined results, becomes a row with its error; the remaining runs
of its batch are computed again without it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.draws import History
from lockin_sim.common.engines import choose_engine
from lockin_sim.common.values import ByYear, combine_rows, select_runs
from lockin_sim.comparisons.measured_places import select_outcomes
from lockin_sim.model.measures import VARIABLES
from lockin_sim.model.measures.recorder import find_defects, list_axis_labels
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.runs.provenance import Code, describe
from lockin_sim.runs.simulation import stacked
from lockin_sim.runs.store import DONE, FAILED
from lockin_sim.runs.workers import Block
from lockin_sim.settings.design import ALWAYS, Design, configure_point
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import World, resolve_world


def get_axis_labels(world: World) -> dict[str, Sequence[Any]]:
    """Return the labels of each axis of the recorded variables, including lots."""
    return list_axis_labels(world) | {"lot": range(len(world.lots))}


class PointRun(NamedTuple):
    """One run of one point.

    Its scenario and changed parameters, its position in the unit, and its run number.
    """

    scenario: Scenario
    parameters: Mapping[str, float | ByYear]
    at: tuple[int, int]
    run: int

    def kind(self, present: int) -> tuple[Scenario, bool, list[str]]:
        """Return what runs computed together must share: the scenario, whose past, what changes by year."""
        by_year = sorted(name for name, value in self.parameters.items() if isinstance(value, ByYear))
        return self.scenario, self.changes_past(present), by_year

    def changes_past(self, present: int) -> bool:
        """Whether the point changes a parameter in a year up to the present."""
        return any(
            not isinstance(value, ByYear) or min(value.years) <= present for value in self.parameters.values()
        )


def _combine_parameters(parameters: Parameters, rows: Sequence[PointRun]) -> Parameters:
    """Combine the parameters of rows, which change the same ones from some year on.

    parameters  of all points, by run number
    """
    values = dict[str, Any]()
    for name, value in parameters.as_dict().items():
        of_rows: list[Any] = [row.parameters.get(name) for row in rows]
        for k, (row, own) in enumerate(zip(rows, of_rows, strict=True)):
            usual = select_runs(value, row.run)
            of_rows[k] = (
                usual if own is None else own.after(usual, ALWAYS) if isinstance(own, ByYear) else own
            )
        values[name] = combine_rows(of_rows)
    return Parameters(**values)


@dataclass(frozen=True)
class PointsJob:
    """Settings shared by all units of a design.

    own        the user's own world, sent to workers with the job; None = the bundled world
    scenarios  by name; "" is the scenario of points that name none
    runs       runs of each point, numbered from 0
    outcomes   names of outcomes to keep;  variables  names of further variables to keep
    years      to keep; all years up to the last one are simulated
    batch      maximum number of runs computed together
    engine     "core" or "fast"
    history    past of runs of points that change no parameter before the present, a row for each run; None =
               the runs' own.  Of other points the record is met at the point's own parameters
    on_disk    whether pasts met at points' own parameters are kept on disk
    about      attributes of the draws of parameters; empty without draws
    """

    own: World | None
    scenarios: Mapping[str, Scenario]
    parameters: Parameters
    seed: int
    runs: int
    outcomes: tuple[str, ...]
    years: tuple[int, ...]
    variables: tuple[str, ...]
    batch: int
    engine: str
    history: History | ConditionedHistories | None = None
    on_disk: bool = True
    about: Mapping[str, Any] = field(default_factory=dict)
    code: Code = field(default_factory=Code.here)

    @property
    def world(self) -> World:
        """World of the job, the bundled world if ``own`` is None."""
        return resolve_world(self.own)

    # --- what is kept ---

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Lengths of the axes after the run, of each stored array, by name."""
        labels, years = get_axis_labels(self.world), len(self.years)
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(self.outcomes, (years,))
        for name in self.variables:
            axes = VARIABLES[name].public_axes
            shapes[self.stored(name)] = (years, *(len(labels[axis]) for axis in axes))
        return shapes

    def stored(self, variable: str) -> str:
        """Return the name of a variable in the store.

        The names of its axes are appended if an outcome or status has the name of the variable.
        """
        taken = variable in (*self.outcomes, "status", "error")
        return f"{variable}_by_{'_'.join(VARIABLES[variable].public_axes)}" if taken else variable

    # --- runs ---

    def compute(self, design: Design, runs: range, skip: NDArray[np.bool_] | None = None) -> Block:
        """Simulate runs of the points of a design and reduce them to the kept outcomes and variables.

        runs  run numbers
        skip  (point, run), runs to leave out; their numbers are NaN and their status is "not computed"
        Returns arrays (point, run, ...) by name, with ``status`` and ``error``.
        Raises InputError if the worker lacks the engine; errors of single runs are recorded instead.
        """
        choose_engine(self.engine, years=0, agents=False)
        block, rows = self.blank(len(design), len(runs)), list[PointRun]()
        wanted = np.ones(block["status"].shape, dtype=bool) if skip is None else ~skip
        for place in np.flatnonzero(wanted.any(axis=1)).tolist():
            try:
                scenario, changed = configure_point(design, place, self.scenarios, self.years[-1])
            except Exception as error:
                block["status"][place, wanted[place]] = FAILED
                block["error"][place, wanted[place]] = describe(error)
                continue
            mine = np.flatnonzero(wanted[place]).tolist()
            rows += [PointRun(scenario, changed, (place, k), runs[k]) for k in mine]
        for _, alike in itertools.groupby(rows, key=lambda row: row.kind(self.world.present)):
            for some in itertools.batched(alike, self.batch):
                self._fill_rows(some, block)
        return block

    def _fill_rows(self, rows: Sequence[PointRun], block: Block) -> None:
        """Compute runs of one scenario and write them into a unit, separately if one of them fails."""
        try:
            results, wrong = self._computed(rows)
        except Exception as error:
            if len(rows) > 1:
                for row in rows:
                    self._fill_rows([row], block)
                return
            results, wrong = {}, [describe(error)]
        for position, (row, defect) in enumerate(zip(rows, wrong, strict=True)):
            block["status"][row.at], block["error"][row.at] = FAILED if defect else DONE, defect
            for name, values in results.items() if not defect else ():
                block[name][row.at] = values[position]

    def _computed(self, rows: Sequence[PointRun]) -> tuple[Block, list[str]]:
        """Simulate runs that share a scenario.

        Returns arrays (row, ...) by name, and the error of each row, "" if it succeeded.
        """
        world, scenario = self.world, rows[0].scenario
        values = _combine_parameters(scenario.configure(self.parameters), rows)
        chosen = select_outcomes(world, self.outcomes)
        needed = {"unsound", *self.variables, *(name for each in chosen.values() for name in each.record)}
        # overflow and undefined results are errors here
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            ds = stacked(
                scenario,
                world=world,
                parameters=values,
                runs=[row.run for row in rows],
                seed=self.seed,
                years=(world.first_year, self.years[-1]),
                measured=self.years,
                record=sorted(needed),
                engine=self.engine,
                history=self._select_past(rows),
            )
            results: Block = {name: outcome.of(ds, world) for name, outcome in chosen.items()}
        results |= {self.stored(name): ds[name].values for name in self.variables}
        wrong = find_defects(ds)
        for name in self.outcomes:  # in which an infinite number means that the run failed
            for position in np.flatnonzero(np.isinf(results[name]).reshape(len(rows), -1).any(axis=1)):
                wrong[position] = wrong[position] or f"outcome {name} is infinite"
        return results, wrong

    def _select_past(self, rows: Sequence[PointRun]) -> History | None:
        """Return the past of rows: that of their runs, or the record met at the points' parameters."""
        if self.history is None:
            return None
        numbers = np.array([row.run for row in rows])
        recorded = isinstance(self.history, ConditionedHistories)
        if not (recorded and rows[0].changes_past(self.world.present)):  # as all rows computed together
            runs, places = np.unique(numbers, return_inverse=True)
            return self.history[runs][places]
        assert isinstance(self.history, ConditionedHistories)
        past = replace(self.history.past[numbers], tastes=None)  # tastes known are those at other parameters
        values = _combine_parameters(self.parameters, rows)
        return replace(self.history, past=past, runs=numbers, parameters=values, on_disk=self.on_disk)[:]

    def lost(self, problem: str, design: Design, runs: range, skip: NDArray[np.bool_] | None = None) -> Block:
        """Build the block of a unit that could not be computed: failed, with ``problem`` as error.

        Runs in ``skip`` stay "not computed".
        """
        block = self.blank(len(design), len(runs))
        lost = np.ones(block["status"].shape, dtype=bool) if skip is None else ~skip
        block["status"][lost] = FAILED
        block["error"][lost] = problem
        return block

    def blank(self, points: int, runs: int) -> Block:
        """Create the arrays of a unit, (point, run, ...) by name: NaN, and status "not computed"."""
        shape = (points, runs)
        block: Block = {name: np.full((*shape, *rest), np.nan) for name, rest in self.shapes.items()}
        block["error"] = np.full(shape, "", dtype=np.dtypes.StringDType())
        block["status"] = np.zeros(shape, dtype=np.int8)
        return block
