"""Many runs of several cases, in chunks on several processes, each chunk reduced where it was made.

A case is a scenario with parameters.  Whole datasets never travel and never pile up: a reducer turns
each chunk of runs into small arrays with the run as first axis, joined in the order of runs, so that
the numbers depend neither on the size of chunks nor on the number of workers.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import MOST_AT_ONCE, Floats
from lockin_sim.errors import InputError, whole_number
from lockin_sim.parameters import Parameters
from lockin_sim.progress import Progress, reporting
from lockin_sim.scenario import Scenario
from lockin_sim.simulation import simulate
from lockin_sim.wording import number
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Runs of a chunk; a reducer that records whole bases asks for fewer.
CHUNK = 16

type Reducer = Callable[[xr.Dataset, World], dict[str, Floats]]


@dataclass(frozen=True)
class Case:
    """Runs of one scenario and what to keep of them.

    label     names the case
    reduce    function of a module: dataset of some runs, world -> arrays by name, run first
    record    variables that it needs beyond those always there
    most      most runs computed together
    world     a world of its own, with the labels of that of all cases; None: that one
    history   as in :func:`lockin_sim.simulate`
    """

    label: str
    scenario: Scenario
    reduce: Reducer
    parameters: Parameters = field(default_factory=Parameters)
    record: tuple[str, ...] = ()
    most: int = CHUNK
    world: World | None = None
    history: str = "prior"


@dataclass(frozen=True)
class Setting:
    """What all chunks share: the world, the cases, the seed and the years."""

    world: World
    cases: tuple[Case, ...]
    seed: int
    years: tuple[int, int]

    def chunk(self, case: int, runs: range) -> dict[str, Floats]:
        """Some runs of one case, reduced."""
        chosen = self.cases[case]
        world = self.world if chosen.world is None else chosen.world
        ds = simulate(
            chosen.scenario,
            world=world,
            parameters=chosen.parameters,
            runs=runs,
            seed=self.seed,
            years=self.years,
            history=chosen.history,
            record=chosen.record,
        )
        return chosen.reduce(ds, world)


def run_cases(
    cases: Sequence[Case],
    *,
    world: World,
    runs: int,
    seed: int,
    years: tuple[int, int] | None,
    workers: int | None = None,
    chunk: int = CHUNK,
    progress: bool | Progress = False,
) -> dict[str, dict[str, Floats]]:
    """Run every case with the same luck and reduce it.

    workers   number of processes, this one alone if 1; None = one for each processor
    chunk     most runs computed together; more use more memory
    progress  True shows a bar on a terminal, elsewhere says what is computed on the error stream; a function
              is called with the number of runs done
    Returns arrays (run, ...) by name, by label of the case.
    Raises InputError for numbers that cannot be used, or a scenario that does not fit the world.
    """
    processes = check_numbers(runs, seed, workers, chunk)
    first, last = world.horizon(years)
    for case in cases:
        case.scenario.conditions(world if case.world is None else case.world, (first, last))
    setting = Setting(world, tuple(cases), seed, (first, last))
    pieces = [_pieces(runs, min(chunk, case.most)) for case in cases]
    # in the order of runs through all cases, so that no process is left with a long case at the end
    units = sorted(((c, p) for c in range(len(cases)) for p in pieces[c]), key=lambda unit: unit[1].start)
    done: dict[tuple[int, int], dict[str, Floats]] = {}
    with reporting(progress, runs * len(cases), _size_line(cases, runs, (first, last))) as report:
        for (c, piece), reduced in _computed(setting, units, min(processes, len(units))):
            done[c, piece.start] = reduced
            report(len(piece))
    joined = {}
    for c, case in enumerate(cases):
        parts = [done[c, piece.start] for piece in pieces[c]]
        joined[case.label] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return joined


def _size_line(cases: Sequence[Case], runs: int, years: tuple[int, int]) -> str:
    """What will be computed."""
    labels = [case.label for case in cases]
    more = f" and {len(labels) - 3} more" if len(labels) > 4 else ""
    shown = ", ".join(labels[:3] if more else labels) + more
    total = len(cases) * runs
    count = "1 run" if total == 1 else f"{len(cases)} x {runs} = {number(total, 0)} runs"
    return f"{shown}: {count}, {years[0]} to {years[1]}"


def _pieces(runs: int, most: int) -> list[range]:
    return [range(start, min(start + most, runs)) for start in range(0, runs, most)]


def check_numbers(runs: int, seed: int, workers: int | None = None, chunk: int = CHUNK) -> int:
    """The number of processes.  Raises InputError for numbers that cannot be used."""
    processes = (os.cpu_count() or 1) if workers is None else workers
    whole_number("runs", runs, least=1, most=MOST_AT_ONCE)
    whole_number("seed", seed)
    whole_number("chunk", chunk, least=1)
    return whole_number("workers", processes, least=1)


type _Unit = tuple[int, range]


def _computed(
    setting: Setting, units: Sequence[_Unit], processes: int
) -> Iterator[tuple[_Unit, dict[str, Floats]]]:
    """Units as they are done."""
    if processes <= 1:
        for unit in units:
            yield unit, setting.chunk(*unit)
        return
    with _pool(setting, processes) as pool:
        futures: dict[Future[dict[str, Floats]], _Unit] = {}
        try:
            with interruption_waits():
                futures |= {pool.submit(_work, unit): unit for unit in units}
            for future in as_completed(futures):
                yield futures.pop(future), future.result()
        except BrokenProcessPool as error:
            raise InputError(
                f"workers: one of {processes} processes ended abruptly, perhaps for lack of memory; try fewer"
            ) from error


@contextmanager
def _pool(setting: Setting, processes: int) -> Iterator[ProcessPoolExecutor]:
    """A pool that drops what has not begun when it is left early."""
    pool = ProcessPoolExecutor(processes, mp_context=Spawn(), initializer=_begin, initargs=(setting,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Process(SpawnProcess):
    """A worker that does not run the caller's script again.

    All that it needs is in this package, so that a script which calls :func:`run_cases` needs no
    ``if __name__ == "__main__"``.
    """

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = main


@contextmanager
def interruption_waits() -> Iterator[None]:
    """Start processes in it: an interruption comes when it is left, and they never get one.

    One that came while a process starts would leave a process behind that nobody knows.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    resource_tracker.ensure_running()  # it would let interruptions through when it begins
    # whichever thread the system hands an interruption to, Python tells the main one: it only takes note
    handler = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    masks = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if masks else None
    try:
        yield
    finally:
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)


class Spawn(SpawnContext):
    """New processes, the same on every system."""

    Process = _Process


_shared: list[Setting] = []


def _begin(setting: Setting) -> None:
    """What a worker does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared[:] = [setting]


def _work(unit: _Unit) -> dict[str, Floats]:
    return _shared[0].chunk(*unit)
