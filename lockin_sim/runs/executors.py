"""Units of a job, as they are done: in this process, on several, or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from typing import Any, Protocol

from numpy.typing import NDArray

from lockin_sim.conventions import MOST_AT_ONCE
from lockin_sim.errors import whole_number
from lockin_sim.runs.keeping import now
from lockin_sim.runs.source import Code, check_code

#: What a unit becomes: arrays by name.
type Block = dict[str, NDArray[Any]]

#: One unit: its number, and the arguments of :meth:`Job.compute`.
type Task = tuple[int, tuple[Any, ...]]

#: Workers that one unit may cost before it counts as lost.
PATIENCE = 3


class Job(Protocol):
    """What all units share; it travels to every worker."""

    @property
    def code(self) -> Code:
        """The code that asked, which must be that of every worker."""

    def compute(self, *arguments: Any) -> Block:
        """One unit."""

    def lost(self, problem: str, *arguments: Any) -> Block:
        """What stands for a unit that cost too many workers; or raises InputError."""


def executed(
    job: Job, tasks: Iterable[Task], *, processes: int = 1, client: Any = None
) -> Generator[tuple[int, Block]]:
    """Units as they are done, by number.  Close it to end what has begun.

    processes  of this machine; 1 = this one alone
    client     a connected Dask cluster, which goes first; None = that of :func:`lockin_sim.running`, if any
    """
    client = now().client if client is None else client
    if client is not None:
        from lockin_sim.runs.dask import on_cluster

        return on_cluster(job, tasks, client)
    if processes == 1:
        return ((number, job.compute(*arguments)) for number, arguments in tasks)
    from lockin_sim.runs.pool import on_processes

    return on_processes(job, tasks, processes)


def answer(job: Job, arguments: tuple[Any, ...]) -> Block:
    """One unit on a worker.  Raises InputError where this is other code than that of who asked."""
    check_code(job.code)
    return job.compute(*arguments)


def check_numbers(runs: int, seed: int, workers: int | None = None, chunk: int = 1) -> int:
    """The number of processes.  Raises InputError for numbers that cannot be used."""
    processes = (os.cpu_count() or 1) if workers is None else workers
    whole_number("runs", runs, least=1, most=MOST_AT_ONCE)
    whole_number("seed", seed)
    whole_number("chunk", chunk, least=1)
    return whole_number("workers", processes, least=1)
