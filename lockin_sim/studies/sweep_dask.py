"""Units of a sweep on a cluster, through Dask distributed (extra ``cluster``)."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from lockin_sim.errors import InputError, unusable
from lockin_sim.studies.sweep_job import Job
from lockin_sim.studies.sweep_unit import Block, compute, failed_unit
from lockin_sim.studies.sweep_workers import PATIENCE, Task

#: Units in flight for each thread of the cluster: one computed, one waiting.
AHEAD = 2

#: Seconds to wait for a scheduler.
PATIENCE_SECONDS = 20

_known: dict[str, Job] = {}


@contextmanager
def client_of(scheduler: Any) -> Iterator[Any]:
    """A client of a cluster: the one given, or a new one for an address.

    Raises InputError without the library, or where nobody answers.
    """
    try:
        import distributed
    except ImportError as error:
        needed = "Dask distributed, which `pip install lockin-sim[cluster]` brings"
        raise unusable("scheduler", found="no library for it", allowed=needed) from error
    if isinstance(scheduler, distributed.Client):
        yield scheduler
        return
    if not isinstance(scheduler, str):
        raise unusable(
            "scheduler", found=scheduler, allowed="an address such as tcp://host:8786, or a Client"
        )
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        text = "the address of a Dask scheduler that answers, such as tcp://host:8786"
        raise unusable("scheduler", found=scheduler, allowed=text) from error
    try:
        yield client
    finally:
        client.close()


def on_cluster(job: Job, tasks: Iterable[Task], client: Any) -> Generator[tuple[int, Block]]:
    """Units on a cluster, as they are done.

    Few units are in flight at a time, so that memory stays bounded.  A unit on a worker that dies is computed
    again by another; one that was lost too often becomes rows with that error.
    Raises InputError where a worker has another version.
    """
    from distributed import CancelledError, as_completed
    from distributed.scheduler import KilledWorker

    content = pickle.dumps(job)
    name = hashlib.sha256(content).hexdigest()[:16]
    rest, given, lost = iter(tasks), dict[Any, Task](), dict[int, int]()
    done = as_completed(loop=client.loop)

    def submit(task: Task) -> None:
        future = client.submit(_on_worker, name, content, task[1], pure=False, retries=0)
        given[future] = task
        done.add(future)

    threads = max(1, sum(client.nthreads().values()))
    try:
        for _, task in zip(range(AHEAD * threads), rest, strict=False):
            submit(task)
        for future in done:
            task = given.pop(future)
            try:
                block = future.result()
            except (KilledWorker, CancelledError) as error:
                lost[task[0]] = lost.get(task[0], 0) + 1
                if isinstance(error, CancelledError) and lost[task[0]] < PATIENCE:
                    submit(task)
                    continue
                block = failed_unit(job, f"its workers ended abruptly: {error}"[:300], *task[1])
            for following in rest:
                submit(following)
                break
            yield task[0], block
            del future, block
    except OSError as error:
        raise InputError(f"scheduler: the connection was lost ({error}); resume when it is back.") from error
    finally:
        with contextlib.suppress(Exception):
            client.cancel(list(given), force=True)


def _on_worker(name: str, content: bytes, arguments: tuple[Any, ...]) -> Block:
    """A unit on a worker, which keeps the job for the next."""
    if name not in _known:
        _known.clear()
        _known[name] = pickle.loads(content)
    return compute(_known[name], *arguments)
