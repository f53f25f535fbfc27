"""Contestants measured in turn, round after round."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple


class Contestant(NamedTuple):
    """Something to measure.

    name  says what it is
    runs  simulation runs of one call
    work  does them; returns the CPU seconds that other processes spent on it, 0 if there are none
    """

    name: str
    runs: int
    work: Callable[[], float]


class Times(NamedTuple):
    """Seconds of one contestant, one number a round."""

    runs: int
    cpu: list[float]
    wall: list[float]

    @property
    def cpu_per_run(self) -> float:
        """Median."""
        return statistics.median(self.cpu) / self.runs

    @property
    def wall_per_run(self) -> float:
        """Median."""
        return statistics.median(self.wall) / self.runs


def measured(
    contestants: Sequence[Contestant], rounds: int, say: Callable[[str], None] = lambda text: None
) -> dict[str, Times]:
    """Times of each contestant by name: one call that does not count, then one in every round.

    Every round begins with another contestant, so that nobody always follows the same neighbour.
    """
    times = {c.name: Times(c.runs, [], []) for c in contestants}
    for contestant in contestants:
        say(f"warming up: {contestant.name}")
        contestant.work()
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for contestant in (
            *contestants[number % len(contestants) :],
            *contestants[: number % len(contestants)],
        ):
            cpu, wall = time.process_time(), time.perf_counter()
            elsewhere = contestant.work()
            times[contestant.name].wall.append(time.perf_counter() - wall)
            times[contestant.name].cpu.append(time.process_time() - cpu + elsewhere)
    return times


def ratios(one: Times, other: Times, of: str = "cpu") -> list[float]:
    """Cost of a run of one in that of the other, round by round, so that drift cancels.  of: cpu or wall."""
    pairs = zip(getattr(one, of), getattr(other, of), strict=True)
    return [(a / one.runs) / (b / other.runs) for a, b in pairs]


def peak_memory(
    names: Sequence[str], contestants: Callable[[], Sequence[Contestant]], end: Callable[[], None]
) -> Iterator[float]:
    """Most megabytes of a process that does one contestant's work alone, for each of them.

    contestants  a function of a module that makes them all
    end          ends the processes that they started
    """
    for name in names:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            yield pool.submit(_peak, name, contestants, end).result()


def _peak(name: str, contestants: Callable[[], Sequence[Contestant]], end: Callable[[], None]) -> float:
    next(c for c in contestants() if c.name == name).work()
    end()
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return max(resource.getrusage(w).ru_maxrss for w in whose) * unit / 1e6
