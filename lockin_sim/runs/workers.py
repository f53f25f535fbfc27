"""Execute units in this process, on several of this machine, or on a cluster.

A worker that dies is replaced and its unit computed again; a unit that kills three workers is lost, which the
job handles.  An interruption stops the workers immediately.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import os
import pickle
import signal
import sys
import threading
import time
import traceback
import types
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from lockin_sim.common.conventions import MOST_AT_ONCE, PATIENCE_SECONDS, SMALLEST
from lockin_sim.common.errors import InputError, check_whole_number, unusable
from lockin_sim.common.extras import import_optional
from lockin_sim.common.files import check_path
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.values import number
from lockin_sim.runs.provenance import Code, check_code

#: Results of a unit: arrays by name.
type Block = dict[str, NDArray[Any]]

#: One unit: its number, and the arguments of :meth:`Job.compute`.
type Task = tuple[int, tuple[Any, ...]]

#: Least number of units of each worker, so that none waits for long while the last ones are computed.
UNITS_EACH = 4

#: Number of workers that a unit may kill before it is lost.
PATIENCE = 3


class Job(Protocol):
    """Protocol of a job: what all units share; it travels to every worker."""

    @property
    def code(self) -> Code:
        """Code of the caller, which every worker must have."""

    def compute(self, *arguments: Any) -> Block:
        """Compute one unit."""

    def lost(self, problem: str, *arguments: Any) -> Block:
        """Return a substitute for a lost unit, or raise InputError."""


def executed(
    job: Job, tasks: Iterable[Task], *, processes: int = 1, client: Any = None
) -> Generator[tuple[int, Block]]:
    """Yield results of units as they finish, by number; closing the generator stops the others.

    processes  of this machine; 1 = this one only
    client     a connected Dask cluster, which takes precedence
    """
    if client is not None:
        return on_cluster(job, tasks, client)
    if processes == 1:
        return ((number, job.compute(*arguments)) for number, arguments in tasks)
    return on_processes(job, tasks, processes)


def at_once(processes: int, client: Connected | None) -> int:
    """Return the number of units computed at a time: on the threads of a cluster, or on processes."""
    return processes if client is None else max(1, sum(client.client.nthreads().values()))


def answer(job: Job, arguments: tuple[Any, ...]) -> Block:
    """Compute a unit on a worker.  Raises InputError if its code differs from the caller's."""
    check_code(job.code)
    return job.compute(*arguments)


def packed(job: Job) -> bytes:
    """Serialise a job for workers.  Raises InputError for one with a part that they cannot import."""
    try:
        return pickle.dumps(job)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        allowed = f"workers=1, or parts of modules that workers can import ({error})"
        raise unusable("workers", words="a part of this process alone", allowed=allowed) from error


def check_numbers(runs: int, seed: int, workers: int | None = None, chunk: int = 1) -> int:
    """Return the number of processes.  Raises InputError for unusable numbers."""
    processes = (os.cpu_count() or 1) if workers is None else workers
    check_whole_number("runs", runs, least=1, most=MOST_AT_ONCE)
    check_whole_number("seed", seed)
    check_whole_number("chunk", chunk, least=1)
    return check_whole_number("workers", processes, least=1)


class _Process(SpawnProcess):
    """Worker process that does not import the caller's script, which needs no ``__main__`` guard."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        """Start a process that does not import the caller's main module."""
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = main


class Spawn(SpawnContext):
    """Context of spawned processes, the same on every system."""

    Process = _Process


@contextmanager
def interruption_waits() -> Iterator[None]:
    """Delay interruptions while processes start, so that none is left behind.

    The processes themselves ignore interruptions.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    resource_tracker.ensure_running()  # its start would unblock interruptions
    # Python handles signals in the main thread: record them there
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
    """Process that computes one unit at a time."""

    def __init__(self, setup: bytes) -> None:
        context = Spawn()
        self.pipe, inner = context.Pipe()
        self.process = context.Process(target=_serve, args=(inner,), daemon=True)
        self.process.start()
        inner.close()
        self.task: Task | None = None
        self.setup = setup

    def give(self, task: Task) -> None:
        """Send a unit to the process; a dead process is detected by its sentinel."""
        self.task = task
        with contextlib.suppress(OSError):
            self.pipe.send((self.setup, task[1]))
            self.setup = b""

    def take(self) -> Block | BaseException | None:
        """Receive the result; None if the process died."""
        try:
            result: Block | BaseException = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        return result

    def end(self) -> None:
        """Stop the process immediately."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


#: Processes of a block that have nothing to do; None outside of one.
_idle: ContextVar[list[Worker] | None] = ContextVar("idle", default=None)


@contextmanager
def shared_processes() -> Iterator[None]:
    """Reuse worker processes within a ``with`` block, since starting one takes seconds."""
    idle = list[Worker]()
    token = _idle.set(idle)
    try:
        yield
    finally:
        _idle.reset(token)
        for worker in idle:
            worker.end()


def _some(processes: int, setup: bytes) -> Iterator[Worker]:
    """Yield processes for a job, idle ones first."""
    idle = _idle.get()
    for _ in range(processes):
        if idle:
            worker = idle.pop()
            worker.setup = setup
            yield worker
        else:
            yield Worker(setup)


def on_processes(job: Job, tasks: Iterable[Task], processes: int) -> Generator[tuple[int, Block]]:
    """Yield results of units on several processes, as they finish.  Raises what a worker raises."""
    waiting, deaths, answered = list(tasks)[::-1], dict[int, int](), False
    setup = packed(job)
    workers: list[Worker] = []
    try:
        with interruption_waits():
            workers += _some(min(processes, len(waiting)), setup)
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
                    if waiting:  # before the caller writes the result to disk
                        worker.give(waiting.pop())
                    yield task[0], result
                if worker.task is None and waiting:
                    worker.give(waiting.pop())
    finally:
        idle = _idle.get()
        for worker in workers:
            if idle is None or worker.task is not None:
                worker.end()
            else:
                idle.append(worker)


def _serve(pipe: Connection[Any, Any]) -> None:
    """Run the main loop of a worker until its parent is gone.

    Each request, the first one with the job, is answered with the result or the error.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        content, job = b"", None
        while True:
            setup, arguments = pipe.recv()
            if setup:
                content, job = setup, None
            try:
                job = pickle.loads(content) if job is None else job
                result: Block | Exception = answer(job, arguments)
            except Exception as error:
                if not isinstance(error, InputError):
                    error.add_note(f"in a worker:\n{traceback.format_exc()}")
                result = error
            pipe.send(result)
    except (EOFError, OSError):
        return


#: Units per thread of the cluster: one running, one waiting.
AHEAD = 2

#: Seconds to wait for a scheduler to answer, or to return.
ANSWER_SECONDS = 20

#: Seconds between checks for workers.
ASK_SECONDS = 1.0

#: Seconds between checks of the scheduler.
LOOK_SECONDS = 0.05

_known: dict[str, Job] = {}


@checks_keywords()
@dataclass(frozen=True)
class Scheduler:
    """Dask scheduler with its options.

    address   such as tcp://host:8786; tls://host:8786 for an encrypted connection with certificates on both
              sides
    patience  seconds to wait if it has no workers
    ca_file, cert, key  files (PEM) for tls://: the certificate authority, this client's certificate, and its
                        key; missing ones come from the configuration of Dask

    Raises InputError for unusable options.
    """

    address: str
    patience: float = PATIENCE_SECONDS
    ca_file: Path | str | None = None
    cert: Path | str | None = None
    key: Path | str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.address, str) or not self.address:
            allowed = "the address of a Dask scheduler, such as tcp://host:8786"
            raise unusable("scheduler", found=self.address, allowed=allowed)
        number("patience", self.patience, allowed="seconds, more than 0", low=SMALLEST)
        for name in ("ca_file", "cert", "key"):
            file = getattr(self, name)
            if file is None:
                continue
            if not self.encrypted:
                raise unusable(
                    f"tls {name}", found=self.address, allowed="only with an address tls://host:port"
                )
            if not check_path(f"tls {name}", file, "the path of a file").is_file():
                raise unusable(f"tls {name}", found=str(file), allowed="an existing file")

    @property
    def encrypted(self) -> bool:
        """Whether the connection is encrypted, with certificates on both sides."""
        return self.address.startswith("tls://")


class Connected(NamedTuple):
    """Client of a cluster, and the seconds to wait for workers."""

    client: Any
    patience: float


@contextmanager
def connected(scheduler: Any) -> Iterator[Connected]:
    """Connect to a cluster: that of a given client, or of a new one for an address.

    Silences the library's log, since InputErrors report what matters.

    Raises InputError without the library, or if nobody answers.
    """
    distributed = import_optional("distributed", "scheduler")
    if isinstance(scheduler, distributed.Client):
        with _silent():
            yield Connected(scheduler, PATIENCE_SECONDS)
        return
    meant = Scheduler(scheduler) if isinstance(scheduler, str) else scheduler
    if not isinstance(meant, Scheduler):
        allowed = "an address such as tcp://host:8786, a Scheduler, or a Client"
        raise unusable("scheduler", found=scheduler, allowed=allowed)
    allowed, security = "the address of a Dask scheduler that answers, such as tcp://host:8786", None
    if meant.encrypted:
        allowed += " or tls://host:8786, and certificates that it and this side trust"
        files = {"tls_ca_file": meant.ca_file, "tls_client_cert": meant.cert, "tls_client_key": meant.key}
        encryption = {key: str(file) for key, file in files.items() if file}
        security = distributed.security.Security(require_encryption=True, **encryption)
    with _silent():
        try:
            # a client without a valid address hangs when discarded
            distributed.comm.addressing.get_address_host_port(meant.address)
            client = distributed.Client(
                meant.address, timeout=ANSWER_SECONDS, set_as_default=False, security=security
            )
        except (OSError, ValueError, TypeError) as error:
            raise unusable("scheduler", found=meant.address, allowed=allowed) from error
        try:
            yield Connected(client, meant.patience)
        finally:
            client.close()


@contextmanager
def _silent() -> Iterator[None]:
    """Silence all but critical messages of Dask and its server."""
    names = [n for n in logging.root.manager.loggerDict if n.partition(".")[0] in ("distributed", "tornado")]
    before = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def on_cluster(job: Job, tasks: Iterable[Task], cluster: Connected) -> Generator[tuple[int, Block]]:
    """Yield results of units on a cluster, as they finish.

    The job is sent to the scheduler once; workers get it from each other.  Few units are in flight at a time,
    so that memory stays bounded.  A unit on a worker that dies is computed again by another; one that is lost
    too often is left to the job.

    Raises InputError if a worker has another version, the scheduler is lost and does not return, or it has no
    workers for too long.
    """
    distributed = import_optional("distributed", "scheduler")
    client, content = cluster.client, packed(job)
    name = hashlib.sha256(content).hexdigest()[:16]
    rest, running, lost = iter(tasks), dict[Any, Task](), dict[int, int]()
    done, shared = distributed.as_completed(loop=client.loop), list[Any]()

    def share() -> Any:
        """Return the job on the cluster: a unit of its own, repeated if workers with it die."""
        if not shared or shared[-1].status in ("cancelled", "lost", "error"):
            with warnings.catch_warnings():  # a user's own world is large
                warnings.filterwarnings("ignore", message="Sending large graph")
                shared.append(client.submit(_content_of_job, content, pure=False))
        return shared[-1]

    def submit(task: Task) -> None:
        """Submit a unit to the cluster."""
        _check_there(client)
        future = client.submit(_on_worker, name, share(), task[1], pure=False, retries=0)
        running[future] = task
        done.add(future)

    def top_up() -> None:
        """Submit as many units as the current workers can use, since others may have joined."""
        wanted = AHEAD * max(1, sum(client.nthreads().values()))
        for task in itertools.islice(rest, max(0, wanted - len(running))):
            submit(task)

    try:
        top_up()
        while future := _next(done, cluster, top_up):
            task = running.pop(future)
            try:
                block = future.result()
            except (distributed.CancelledError, OSError) as error:  # the connection failed, not the unit
                lost[task[0]] = lost.get(task[0], 0) + 1
                if lost[task[0]] == PATIENCE:
                    raise OSError(f"units were lost {PATIENCE} times") from error
                submit(task)
                continue
            except distributed.scheduler.KilledWorker as error:
                block = job.lost(f"its workers ended abruptly: {error}"[:300], *task[1])
            top_up()
            yield task[0], block
            del future, block
    except OSError as error:
        raise InputError("scheduler: the connection was lost; resume when it is back.") from error
    finally:
        if client.status == "running":
            with contextlib.suppress(Exception):
                client.cancel([*running, *shared], force=True)


def _next(done: Any, cluster: Connected, top_up: Callable[[], None]) -> Any:
    """Return the next finished unit, None if none is left; new workers receive units meanwhile.

    Raises OSError if the scheduler is lost, InputError if it has no workers for too long.
    """
    seen = last_call = time.monotonic()
    while not done.has_ready():
        if done.is_empty():
            return None
        _check_there(cluster.client)
        time.sleep(LOOK_SECONDS)
        if (now := time.monotonic()) - last_call < min(ASK_SECONDS, cluster.patience):
            continue
        last_call = now
        if cluster.client.nthreads():
            seen = now
            top_up()
        elif now - seen >= cluster.patience:
            raise unusable(
                "scheduler",
                words=f"no workers for {cluster.patience:g} seconds",
                allowed="at least one; start some, then resume. Change the wait with --patience, or "
                "Scheduler(..., patience=)",
            )
    return done.next()


def _check_there(client: Any) -> None:
    """Wait until a lost scheduler returns.  Raises OSError if it does not."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while client.status == "connecting" and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    if client.status != "running":
        raise OSError("the scheduler is gone")


def _content_of_job(content: bytes) -> bytes:
    """Return a serialised job, which workers that need it cache."""
    return content


def _on_worker(name: str, content: bytes, arguments: tuple[Any, ...]) -> Block:
    """Compute a unit on a worker, which caches the job."""
    if name not in _known:
        _known.clear()
        _known[name] = pickle.loads(content)
    return answer(_known[name], arguments)
