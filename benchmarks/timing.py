"""Contestants measured in turn, round after round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks.command import say


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


def turns[T](of: Sequence[T], number: int) -> Sequence[T]:
    """The order of a round: each begins with another, so that nobody always follows the same neighbour."""
    first = number % len(of)
    return [*of[first:], *of[:first]]


def measured(contestants: Sequence[Contestant], rounds: int) -> dict[str, Times]:
    """Times of each contestant by name: one call that does not count, then one in every round."""
    times = {c.name: Times(c.runs, [], []) for c in contestants}
    for contestant in contestants:
        say(f"warming up: {contestant.name}")
        contestant.work()
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for contestant in turns(contestants, number):
            cpu, wall = time.process_time(), time.perf_counter()
            elsewhere = contestant.work()
            times[contestant.name].wall.append(time.perf_counter() - wall)
            times[contestant.name].cpu.append(time.process_time() - cpu + elsewhere)
    return times


def ratios(one: Times, other: Times, of: str = "cpu") -> list[float]:
    """Cost of a run of one in that of the other, round by round, so that drift cancels.  of: cpu or wall."""
    pairs = zip(getattr(one, of), getattr(other, of), strict=True)
    return [(a / one.runs) / (b / other.runs) for a, b in pairs]
