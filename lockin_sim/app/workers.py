"""Processes that compute what visitors ask for, and what they have computed for somebody already."""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from lockin_sim.app.turns import Turns, Unit
from lockin_sim.errors import InputError
from lockin_sim.runs.pool import Worker, interruption_waits
from lockin_sim.runs.source import Code
from lockin_sim.world import World

#: Beginning of the keys of what is the same for whoever asks for it.
SHARED = ("runs ", "story ")


class Kept:
    """Results that somebody may ask for again, up to so many bytes; the longest unused go first."""

    def __init__(self, most: int) -> None:
        self.most, self.held = most, 0
        self._of: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Any:
        """The result, or None."""
        with self._lock:
            if key not in self._of:
                return None
            self._of.move_to_end(key)
            return self._of[key][0]

    def put(self, key: str, result: Any) -> None:
        """Keep a result, if it is one that is the same for everybody."""
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
class _Errands:
    """The job of all processes: whatever they are handed.  world: None = the bundled one."""

    world: World | None
    code: Code = field(default_factory=Code.here)

    def compute(self, work: Any) -> Any:
        """Run what a process was handed."""
        return work.done(self.world)

    def lost(self, problem: str, work: Any) -> Any:
        """Raises InputError: what a process was handed cannot be lost and left out."""
        raise InputError(f"workers: {problem}")


class Workers:
    """So many processes that take units from the queue until they are closed.

    world      the world of all runs; None = the bundled one
    seconds    that a unit may take: a process that takes longer is ended, and the visitor told
    """

    def __init__(
        self, turns: Turns, *, processes: int, world: World | None, kept: int, seconds: float
    ) -> None:
        self.turns, self.seconds, self.kept = turns, seconds, Kept(kept)
        self._setup = pickle.dumps(_Errands(world))
        self._processes = [self._new() for _ in range(processes)]
        self._threads = [
            threading.Thread(target=self._serve, args=(n,), name=f"lockin app worker {n}", daemon=True)
            for n in range(processes)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the processes at once."""
        self.turns.close()
        for worker in self._processes:
            worker.process.kill()
        for thread in self._threads:
            thread.join(10.0)
        for worker in self._processes:
            worker.end()

    def _new(self) -> Worker:
        """Another process."""
        with interruption_waits():
            return Worker(self._setup)

    def _serve(self, position: int) -> None:
        """What a thread does: hand its process one unit after the other."""
        while (taken := self.turns.take()) is not None:
            _, unit = taken
            result = self.kept.get(unit.key)
            if result is None:
                result = self._computed(position, unit)
                if not isinstance(result, BaseException):
                    self.kept.put(unit.key, result)
            unit.inbox.put((unit.key, result))

    def _computed(self, position: int, unit: Unit) -> Any:
        """The result of a unit, or the exception that it ended with; a process that died is replaced."""
        worker = self._processes[position]
        worker.give((0, (unit.work,)))
        in_time = worker.pipe.poll(self.seconds)
        result = worker.take() if in_time else None
        if result is None:
            worker.end()
            self._processes[position] = self._new()
            why = "its process ended abruptly" if in_time else f"it took more than {self.seconds:g} s"
            return InputError(f"computation: {why}; allowed: a smaller question, or another try.")
        return result
