"""Units of a job, as they are done: in this process, on several of this machine, or on a cluster.

A worker that dies is replaced and its unit computed again; a unit that kills its worker three times is lost,
which is for the job to say what it means.  An interruption ends the workers at once.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
import types
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Protocol

from numpy.typing import NDArray

from lockin_sim.conventions import MOST_AT_ONCE
from lockin_sim.errors import InputError, whole_number
from lockin_sim.runs.provenance import Code, check_code

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
    client     a connected Dask cluster, which goes first
    """
    if client is not None:
        from lockin_sim.runs.cluster import on_cluster

        return on_cluster(job, tasks, client)
    if processes == 1:
        return ((number, job.compute(*arguments)) for number, arguments in tasks)
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


class _Process(SpawnProcess):
    """A worker that does not run the caller's script again.

    All that it needs is in this package, so that a script which calls it needs no
    ``if __name__ == "__main__"``.
    """

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        """Start a process that does not import the caller's main module anew."""
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = main


class Spawn(SpawnContext):
    """New processes, the same on every system."""

    Process = _Process


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


class Worker:
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
    """Units on several processes, as they are done.  Raises what a worker raises."""
    waiting, deaths, answered = list(tasks)[::-1], dict[int, int](), False
    setup = pickle.dumps(job)
    workers: list[Worker] = []
    try:
        with interruption_waits():
            workers += [Worker(setup) for _ in range(min(processes, len(waiting)))]
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
                        workers[workers.index(worker)] = worker = Worker(setup)
                    deaths[task[0]] = deaths.get(task[0], 0) + 1
                    if not answered and sum(deaths.values()) >= 2 * PATIENCE * len(workers):
                        raise InputError("workers: every process ends abruptly; try fewer, or one.")
                    if deaths[task[0]] < PATIENCE:
                        waiting.insert(0, task)
                    else:
                        text = f"its process ended abruptly {PATIENCE} times, perhaps for lack of memory"
                        yield task[0], job.lost(text, *task[1])
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
            _answer(pipe, job)
    except (EOFError, OSError):
        return


def _answer(pipe: Connection[Any, Any], job: Job) -> None:
    """Answer one request of a pipe, with the result or the error."""
    arguments = pipe.recv()
    try:
        result: Block | Exception = answer(job, arguments)
    except Exception as error:
        if not isinstance(error, InputError):
            error.add_note(f"in a worker:\n{traceback.format_exc()}")
        result = error
    pipe.send(result)
