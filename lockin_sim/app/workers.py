"""Processes that compute the requests of visitors, one unit of each visitor in turn."""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import InputError
from lockin_sim.runs.jobs import CaseJob, RunCase, of_cases
from lockin_sim.runs.provenance import Code
from lockin_sim.runs.simulation import Past
from lockin_sim.runs.workers import Worker, interruption_waits
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import World, resolve_world

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class PageTask:
    """Unit of work for a visitor.

    key    name of the result: equal keys, equal results
    work   computes the result for a world, in another process; None = the bundled world
    inbox  queue that receives (key, result or exception)
    """

    key: str
    work: Callable[[World | None], Any]
    inbox: SimpleQueue[tuple[str, Any]]


class RoundRobinQueue:
    """Queue that serves visitors in turn, so that a large request delays others by at most one unit.

    The units of one visitor are served in the order in which they were queued.

    most  maximum number of waiting units of one visitor
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._waiting: OrderedDict[int, deque[PageTask]] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, visitor: int, unit: PageTask) -> None:
        """Queue a unit of a visitor.  Raises InputError if ``most`` units of the visitor already wait."""
        with self._changed:
            mine = self._waiting.setdefault(visitor, deque())
            if len(mine) >= self.most:
                raise InputError(
                    f"queue: found {len(mine)} units of this page waiting; allowed: {self.most}. "
                    "Wait a moment and try again."
                )
            mine.append(unit)
            self._changed.notify()

    def take(self) -> tuple[int, PageTask] | None:
        """Remove and return the next visitor and unit, once there is one; None after the queue is closed."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            visitor, mine = next(iter(self._waiting.items()))
            unit = mine.popleft()
            del self._waiting[visitor]
            if mine:  # behind everybody else
                self._waiting[visitor] = mine
            return visitor, unit

    def drop(self, visitor: int, unless: Callable[[PageTask], bool] = lambda unit: False) -> list[PageTask]:
        """Remove the units of a visitor, except those that ``unless`` keeps, and return the removed units."""
        with self._changed:
            mine = self._waiting.pop(visitor, deque())
            staying = deque(unit for unit in mine if unless(unit))
            if staying:
                self._waiting[visitor] = staying
            return [unit for unit in mine if not unless(unit)]

    def waiting(self, visitor: int) -> int:
        """Return the number of waiting units of a visitor."""
        with self._changed:
            return len(self._waiting.get(visitor, ()))

    def close(self) -> None:
        """Close the queue and discard all waiting units."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()


@dataclass(frozen=True)
class Block:
    """Some runs of a case, reduced: the same units that :func:`lockin_sim.runs.jobs.run_cases` computes.

    baseline  scenario whose past a process keeps for blocks of the same runs; this block continues from that
              past if its scenario shares it; None: all years are simulated
    """

    case: RunCase
    runs: range
    seed: int
    years: tuple[int, int]
    engine: str = "core"
    baseline: Scenario | None = None

    @property
    def key(self) -> str:
        """Name of the block's numbers, the same for every visitor."""
        return f"runs {self.case.digest} {self._about}"

    @property
    def _about(self) -> str:
        """Part of the key that blocks of the same runs share: seed, years, first and last run."""
        return f"{self.seed} {self.years} {self.runs.start} {self.runs.stop}"

    def __call__(self, world: World | None) -> dict[str, Floats]:
        """Compute the arrays of the block by name, run first."""
        here = resolve_world(world)
        past = self._get_past(here)
        if past is not None and past.shared_by(self.case.scenario):
            return self.case.reduce(past.dataset(self.case.scenario), here)
        job = CaseJob(world, (self.case,), self.seed, self.years, self.engine)
        return of_cases(job.compute((0,), self.runs))[0]

    def _get_past(self, world: World) -> Past | None:
        """Return the baseline's runs up to the present, kept by the process or simulated now.

        None without a baseline, for years that do not span the present, and for thought experiments.
        """
        present, case = world.present, self.case
        if self.baseline is None or not self.years[0] <= present < self.years[1]:
            return None
        if case.scenario.is_thought_experiment(present):
            return None
        key = f"{replace(case, scenario=self.baseline).digest} {self._about} {self.engine}"
        if key not in _PASTS:
            if len(_PASTS) == REMEMBERED:
                del _PASTS[next(iter(_PASTS))]
            _PASTS[key] = Past(
                self.baseline,
                present,
                world=world,
                parameters=case.parameters,
                runs=self.runs,
                seed=self.seed,
                years=self.years,
                history=case.history,
                record=case.record,
                engine=self.engine,
            )
        return _PASTS[key]


#: Pasts that a process keeps at most, by what they are of: those of 32 runs of a page take 60 MB.
REMEMBERED = 4
_PASTS: dict[str, Past] = {}


#: Runs over which it is counted how often a decision ends so, where a page has as many.
COUNTED = 24


def compute_explanation(world: World | None, **asked: Any) -> tuple[str, str]:
    """Explain an economy's choice; return the sentence, and the table as HTML.

    asked  arguments of :func:`lockin_sim.studies.explanation.explain`
    """
    from lockin_sim.studies.explanation import explain

    story = explain(world=world, **asked)
    return story.sentence, story._repr_html_()


def render_report(world: World | None, studies: Mapping[str, xr.Dataset]) -> str:
    """Render the report of studies as HTML."""
    from lockin_sim.pages.report import Comparison

    return Comparison(studies).page()


class Brief(NamedTuple):
    """Functions of :mod:`lockin_sim.pages.country_brief` that describe an economy, without and with runs."""

    at_once: Callable[..., str]
    of_runs: Callable[..., str]


def compute_country_text(
    world: World | None, say: Callable[..., str], economy: str, runs: int, **options: Any
) -> tuple[str, int, str]:
    """Return an economy, a number of runs, and the text as HTML that ``say`` writes from that many runs.

    say  ``of_runs`` of a :class:`Brief`
    """
    how: dict[str, Any] = {"runs": runs, "world": world, "workers": 1, "progress": False}
    return economy, runs, say(economy, **how, **options)


#: Beginning of the keys of what is the same for whoever asks for it.
SHARED = ("runs ", "story ", "economy ")


class ResultCache:
    """Cache of results of limited size in bytes; the least recently used results are discarded first."""

    def __init__(self, most: int) -> None:
        self.most, self.held = most, 0
        self._of: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Any:
        """Return the result of a key, or None."""
        with self._lock:
            if key not in self._of:
                return None
            self._of.move_to_end(key)
            return self._of[key][0]

    def put(self, key: str, result: Any) -> None:
        """Store a result, if its key begins with one of ``SHARED``: the same result for every visitor."""
        if not key.startswith(SHARED):
            return
        arrays = result.values() if isinstance(result, dict) else ()
        size = sum(array.nbytes for array in arrays) or 10_000
        with self._lock:
            self.held -= self._of.pop(key, (None, 0))[1]
            self._of[key] = result, size
            self.held += size
            while self.held > self.most:
                self.held -= self._of.popitem(last=False)[1][1]


@dataclass(frozen=True)
class _TaskJob:
    """Job of all worker processes, which runs any unit of work.  world: None = the bundled one."""

    world: World | None
    code: Code = field(default_factory=Code.here)

    def compute(self, work: Any) -> Any:
        """Run a unit of work on the world."""
        return work(self.world)

    def lost(self, problem: str, work: Any) -> Any:
        """Raises InputError, since a lost unit has no substitute."""
        raise InputError(f"workers: {problem}")


class WorkerPool:
    """Pool of processes that compute units from the queue until the pool is closed.

    world    world of all runs; None = the bundled one
    seconds  maximum time of a unit; a process that exceeds this is ended, and the visitor informed
    """

    def __init__(
        self, turns: RoundRobinQueue, *, processes: int, world: World | None, cache_bytes: int, seconds: float
    ) -> None:
        self.turns, self.seconds, self.kept = turns, seconds, ResultCache(cache_bytes)
        self._setup = pickle.dumps(_TaskJob(world))
        self._processes = [self._new() for _ in range(processes)]
        self._threads = [
            threading.Thread(target=self._serve_queue, args=(n,), name=f"lockin app worker {n}", daemon=True)
            for n in range(processes)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Close the queue and end the processes at once."""
        self.turns.close()
        for worker in self._processes:
            worker.process.kill()
        for thread in self._threads:
            thread.join(10.0)
        for worker in self._processes:
            worker.end()

    def _new(self) -> Worker:
        """Start a process, with interruptions held back meanwhile."""
        with interruption_waits():
            return Worker(self._setup)

    def _serve_queue(self, position: int) -> None:
        """Compute units from the queue in one process; the loop of a thread, until the queue is closed."""
        while (taken := self.turns.take()) is not None:
            _, unit = taken
            result = self.kept.get(unit.key)
            if result is None:
                result = self._computed(position, unit)
                if not isinstance(result, BaseException):
                    self.kept.put(unit.key, result)
            unit.inbox.put((unit.key, result))

    def _computed(self, position: int, unit: PageTask) -> Any:
        """Return the result of a unit, or the exception with which it ended.

        A process that died or took too long is replaced.
        """
        worker = self._processes[position]
        worker.give((0, (unit.work,)))
        in_time = worker.pipe.poll(self.seconds)
        result = worker.take() if in_time else None
        if result is None:
            worker.end()
            self._processes[position] = self._new()
            why = "its process ended abruptly" if in_time else f"it took more than {self.seconds:g} s"
            return InputError(f"computation: {why}; try again, or compare fewer policies.")
        return result
