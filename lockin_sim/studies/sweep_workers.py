"""Units of a sweep in this process, or on several processes of this machine.

A worker that dies is replaced and its unit computed again; a unit that kills its worker three times becomes
rows with that error.  An interruption ends the workers at once: what they had begun is computed again by a
resumed sweep.
"""

from __future__ import annotations

import pickle
import signal
from collections.abc import Callable, Generator, Iterable
from multiprocessing.connection import Connection, wait
from typing import Any

from lockin_sim.errors import InputError
from lockin_sim.studies.cases import Spawn, interruption_waits
from lockin_sim.studies.sweep_job import Job
from lockin_sim.studies.sweep_unit import Block, compute, failed_unit

#: One unit: its number, and the arguments of :func:`compute` after the job.
type Task = tuple[int, tuple[Any, ...]]

#: Workers that one unit may cost before it counts as failed.
PATIENCE = 3


def in_process(job: Job, tasks: Iterable[Task]) -> Generator[tuple[int, Block]]:
    """Units one after the other."""
    for unit, arguments in tasks:
        yield unit, compute(job, *arguments)


class _Worker:
    """A process that computes one unit at a time."""

    def __init__(self, setup: bytes) -> None:
        context = Spawn()
        self.pipe, inner = context.Pipe()
        self.process = context.Process(target=_serve, args=(inner,), daemon=True)
        self.process.start()
        inner.close()
        self.task: Task | None = None
        self._setup = setup

    def give(self, task: Task) -> None:
        """Begin a unit; a worker that is gone shows by its sentinel."""
        self.task = task
        try:
            if self._setup:
                self.pipe.send_bytes(self._setup)
                self._setup = b""
            self.pipe.send(task[1])
        except OSError:
            pass

    def take(self) -> Block | BaseException | None:
        """What it has computed, or None if it died first."""
        try:
            result: Block | BaseException = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        return result

    def end(self) -> None:
        """Stop at once."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def on_processes(job: Job, tasks: Iterable[Task], processes: int) -> Generator[tuple[int, Block]]:
    """Units on several processes, as they are done.  Raises what a worker raises, such as InputError."""
    waiting, deaths, answered = list(tasks)[::-1], dict[int, int](), False
    setup = pickle.dumps(job)
    workers: list[_Worker] = []
    try:
        with interruption_waits():
            workers += [_Worker(setup) for _ in range(min(processes, len(waiting)))]
        for worker in workers:
            worker.give(waiting.pop())
        while busy := {w.pipe: w for w in workers if w.task is not None}:
            for ready in wait(list(busy)):
                worker = busy[ready]  # type: ignore[index]
                assert worker.task is not None
                task, result = worker.task, worker.take()
                worker.task = None
                if isinstance(result, BaseException):
                    raise result
                if result is None:
                    worker.end()
                    with interruption_waits():
                        workers[workers.index(worker)] = worker = _Worker(setup)
                    deaths[task[0]] = deaths.get(task[0], 0) + 1
                    if not answered and sum(deaths.values()) >= 2 * PATIENCE * len(workers):
                        raise InputError("workers: every process ends abruptly; try fewer, or one.")
                    if deaths[task[0]] < PATIENCE:
                        waiting.insert(0, task)
                    else:
                        text = f"its process ended abruptly {PATIENCE} times, perhaps for lack of memory"
                        yield task[0], failed_unit(job, text, *task[1])
                else:
                    answered = True
                    if waiting:  # before the result is written, so that the worker does not wait for the disk
                        worker.give(waiting.pop())
                    yield task[0], result
                if worker.task is None and waiting:
                    worker.give(waiting.pop())
    finally:
        for worker in workers:
            worker.end()


def _serve(pipe: Connection[Any, Any]) -> None:
    """What a worker does until its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        job = pickle.loads(pipe.recv_bytes())
        while True:
            _answer(pipe, lambda arguments: compute(job, *arguments))
    except (EOFError, OSError):
        return


def _answer(pipe: Connection[Any, Any], of: Callable[[tuple[Any, ...]], Block]) -> None:
    arguments = pipe.recv()
    try:
        result: Block | BaseException = of(arguments)
    except InputError as error:
        result = error
    pipe.send(result)
