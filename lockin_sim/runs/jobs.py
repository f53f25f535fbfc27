"""Define jobs of the executor: many runs of several cases, divided into units.

A case is a scenario with parameters.  Whole datasets never travel or accumulate: a reducer turns each chunk
of runs into small arrays with the run as first axis, joined in the order of runs, so that results depend
neither on the size of chunks nor on the number of workers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.draws import GENERATOR
from lockin_sim.common.engines import choose_processes
from lockin_sim.common.errors import InputError
from lockin_sim.common.formats import number
from lockin_sim.common.progress import Progress, reporting
from lockin_sim.model.measures import Reading, groups_measured, recorded
from lockin_sim.record.histories import PRIOR, Given
from lockin_sim.runs.context import now
from lockin_sim.runs.own_parts import OwnParts
from lockin_sim.runs.provenance import Code, compute_digest, compute_world_digest, session
from lockin_sim.runs.simulation import (
    check_progress,
    runs_together,
    simulate,
    simulate_together,
)
from lockin_sim.runs.store import ranges
from lockin_sim.runs.workers import UNITS_EACH, Block, Job, at_once, check_numbers, executed
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import World, resolve_world

if TYPE_CHECKING:
    import xarray as xr


#: Default number of runs in a chunk; fewer for reducers that record whole bases.
CHUNK = 16

#: Minimum number of units when cases are combined, and maximum number of cases in a unit.
FEWEST, MOST = 8, 8

type Reducer = Callable[[xr.Dataset, World], dict[str, Floats]]


@dataclass(frozen=True)
class RunCase:
    """Case of a job: a scenario and what to keep of its runs.

    label     name of the case
    reduce    function of a module: dataset of some runs, world -> arrays by name, run first
    record    variables that it needs beyond those always recorded, of all years or some
    most      maximum number of runs computed together
    world     its own world, with the labels of the job's world; None = the job's
    history   as in :func:`lockin_sim.simulate`
    """

    label: str
    scenario: Scenario
    reduce: Reducer
    parameters: Parameters = field(default_factory=Parameters)
    record: tuple[str | Reading, ...] = ()
    most: int = CHUNK
    world: World | None = None
    history: Given = PRIOR

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits of everything but the label, including its own world."""
        own = "" if self.world is None else compute_world_digest(self.world)
        return compute_digest(
            [self.scenario.hash, self.parameters, self.reduce, self.record, own, self.history]
        )


@dataclass(frozen=True)
class CaseJob:
    """Job of the executor: world, cases, seed and years of all chunks.

    world  None = the bundled one, which every worker has already
    """

    world: World | None
    cases: tuple[RunCase, ...]
    seed: int
    years: tuple[int, int]
    engine: str = "core"
    code: Code = field(default_factory=Code.here)

    def compute(self, cases: tuple[int, ...], runs: range) -> Block:
        """Simulate and reduce some runs of cases that share a past; arrays by number of the case and name."""
        chosen = [self.cases[case] for case in cases]
        first = chosen[0]
        world = resolve_world(self.world if first.world is None else first.world)
        how: dict[str, Any] = {
            "world": world,
            "runs": runs,
            "seed": self.seed,
            "years": self.years,
            "history": first.history,
            "engine": self.engine,
        }
        simulated: Iterable[tuple[int, xr.Dataset]]
        if len(chosen) > 1:
            scenarios, parameters, records = zip(
                *((case.scenario, case.parameters, case.record) for case in chosen), strict=True
            )
            simulated = simulate_together(scenarios, parameters=parameters, records=records, **how)
        else:
            how |= {"parameters": first.parameters, "record": first.record, "progress": False}
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "the dataset of")  # it is reduced at once
                simulated = [(0, simulate(first.scenario, **how))]
        block: Block = {}
        for position, ds in simulated:
            reduced = chosen[position].reduce(ds, world)
            block |= {f"{cases[position]}:{name}": values for name, values in reduced.items()}
            del ds  # before the next is simulated
        return block

    def identity(self) -> dict[str, Any]:
        """Return everything that determines the results, by name."""
        world = resolve_world(self.world)
        return {
            **self.code.identity,
            "world": f"{world.name} {compute_world_digest(world)}",
            "seed": int(self.seed),
            "generator": GENERATOR,
            "years": list(self.years),
            **({} if self.engine == "core" else {"engine": self.engine}),
            "cases": {case.label: case.digest for case in self.cases},
        }

    def description(self, runs: int) -> str:
        """Describe the job; the labels of many cases are left out."""
        labels, total = [case.label for case in self.cases], len(self.cases) * runs
        shown = f"{', '.join(labels)}: " if len(labels) <= 4 else ""
        count = "1 run" if total == 1 else f"{len(labels)} x {runs} = {number(total, 0)} runs"
        return f"{shown}{count}, {self.years[0]} to {self.years[1]}, engine {self.engine}"

    def lost(self, problem: str, cases: tuple[int, ...], runs: range) -> NoReturn:
        """Raise InputError: a case without some of its runs has no result."""
        labels = ", ".join(self.cases[case].label for case in cases)
        where = f"{labels}, runs {runs.start} to {runs.stop - 1}"
        raise InputError(f"workers: {where}: {problem}; allowed: fewer workers, or smaller chunks.")


def run_cases(
    cases: Sequence[RunCase],
    *,
    world: World,
    runs: int,
    seed: int,
    years: tuple[int, int] | None,
    workers: int | None = None,
    chunk: int = CHUNK,
    progress: bool | Progress = False,
    before: int = 0,
    most: int | None = None,
) -> dict[str, dict[str, Floats]]:
    """Run every case with the same shocks and reduce it.

    workers   number of processes, 1 for this one only; None = one per processor, or
              this one only where others would take longer to start
    chunk     maximum number of runs computed together; more use more memory
    progress  True shows a bar on a terminal, elsewhere announces the job on the error stream; a function is
              called with the number of runs done
    before    number of runs of each case to skip, since they were computed before
    most      total number of runs over all calls, the length of parameter arrays; None = ``runs``

    Returns arrays (run, ...) by name, by label of the case.

    Raises InputError for unusable numbers, or a scenario that does not fit the world.
    """
    levers = {use.lever for each in cases for use in each.scenario.levers}
    own_parts = OwnParts.of([world, *(each.world for each in cases if each.world is not None)], levers)
    processes = check_numbers(runs, seed, workers, chunk)
    processes = own_parts.processes(workers, processes, cluster=now().client is not None)
    first, last = world.horizon(years)
    check_progress(progress)
    for each in cases:
        each.parameters.check_runs(runs if most is None else most)
        each.scenario.conditions(world if each.world is None else each.world, (first, last))
    own, simulated = None if world is resolve_world(None) else world, len(cases) * runs * (last - first)
    compiles = all((world if each.world is None else each.world).compiles for each in cases)
    engine = now().engine_for(years=simulated, bundled=own is None, compiles=compiles)
    processes = choose_processes(engine, simulated, processes, workers=workers)
    job = CaseJob(own, tuple(cases), seed, (first, last), engine)
    size = min([chunk, *(each.most for each in cases)])
    pieces, fits = ranges(runs, size, before), size <= runs_together(world, engine)
    # a store does not say what its units are: they do not depend on the number of workers
    stored, several = now().store is not None, at_once(processes, now().client)
    alone = not stored and processes == 1 and now().client is None
    fewest = 1 if alone else FEWEST if stored else max(FEWEST, UNITS_EACH * several)
    together = sharing(cases, world, (first, last), len(cases) * len(pieces) // fewest if fits else 1)
    # many cases first, so that no long unit remains at the end; and group by group, so that one process makes
    # the histories that others find
    units = [(some, piece) for some in sorted(together, key=len, reverse=True) for piece in pieces]
    about = {"runs before": int(before), "runs": int(runs), "runs of a unit": len(pieces[0])}
    blocks = all_units(
        job,
        units,
        [len(some) * len(piece) for some, piece in units],
        processes=processes,
        identity=lambda: job.identity() | own_parts.identity() | about,
        progress=progress,
        description=job.description(runs - before),
    )
    of_case: dict[int, list[Block]] = {}
    while blocks:  # each is let go once its case is joined
        for place, block in of_cases(blocks.pop(0)).items():
            of_case.setdefault(place, []).append(block)
    return {case.label: joined(of_case.pop(place)) for place, case in enumerate(cases)}


def of_cases(block: Block) -> dict[int, Block]:
    """Split the arrays of a block by number of the case."""
    blocks: dict[int, Block] = {}
    for key, values in block.items():
        case, _, name = key.partition(":")
        blocks.setdefault(int(case), {})[name] = values
    return blocks


def sharing(
    cases: Sequence[RunCase], world: World, years: tuple[int, int], at_most: int
) -> list[tuple[int, ...]]:
    """Group cases to compute in one unit, by position.

    Cases of a group begin together in one world and with one history, and differ in levers, or from some year
    on in parameters.

    at_most  maximum number of cases in a unit, up to MOST, so that processes have units to share
    """
    alike: dict[Hashable, list[list[int]]] = {}
    values = [case.scenario.configure(case.parameters) for case in cases]
    for place, case in enumerate(cases):
        history: Hashable = id(case.history)
        if isinstance(case.history, str):  # which may be made for the parameters
            history = case.history, id(case.parameters)
        # sums over one or several groups of markets differ in their last bits
        sums = map(len, groups_measured(world, recorded(case.record)))
        groups = alike.setdefault((id(case.world), history, *sums), [])
        same = (group for group in groups if values[group[0]].same_until(values[place], years))
        if (group := next(same, None)) is None:
            groups.append([place])
        else:
            group.append(place)
    size, units = max(1, min(at_most, MOST)), []
    for group in (group for groups in alike.values() for group in groups):
        own = cases[group[0]].world
        own = world if own is None else own
        first, *others = [cases[number].scenario.conditions(own, years) for number in group]
        parting = {
            number: min(first.same_until(other), values[group[0]].same_until(values[number], years))
            for number, other in zip(group[1:], others, strict=True)
        }
        # those that diverge last stay together
        late = [group[0], *sorted(parting, key=lambda number: -parting[number])]
        units += [tuple(late[place : place + size]) for place in range(0, len(late), size)]
    return sorted(units)


def all_units(
    job: Job,
    units: Sequence[tuple[Any, ...]],
    sizes: Sequence[int],
    *,
    identity: Callable[[], dict[str, Any]],
    processes: int,
    progress: bool | Progress,
    description: str,
) -> list[Block]:
    """Compute all units of a job, in order, with the store of :func:`lockin_sim.running` if there is one.

    units        arguments of :meth:`Job.compute`
    sizes        number of runs of each unit
    identity     returns everything that determines results and units
    description  of the job, in words
    """
    with now().units(identity) as store:
        done = {} if store is None else {number: store.read(number) for number in store.done}
        before = sum(sizes[number] for number in done)
        tasks = [(number, unit) for number, unit in enumerate(units) if number not in done]
        description += f"; {before} of them are done already" if before else ""
        processes = min(processes, max(len(tasks), 1))
        if store is not None:
            store.begin(session(f"{processes} processes"), adding=bool(tasks))
        with (
            reporting(progress, sum(sizes), description, before=before) as report,
            closing(executed(job, tasks, processes=processes, client=now().client)) as blocks,
        ):
            for number, block in blocks:
                if store is not None:
                    store.write(number, block)
                done[number] = block
                report(sizes[number])
    return [done[number] for number in range(len(units))]


def joined(blocks: Sequence[Block]) -> Block:
    """Concatenate consecutive blocks of runs, (run, ...) by name."""
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
