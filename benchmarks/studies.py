"""How long the two longest studies take: a sweep of 100,000 runs, and one wave of a calibration.

``python -m benchmarks.studies`` computes a part of each by the very functions that do the whole, by every
engine, on one and on two processes, in turns, and says from that how long the whole takes.  Results go to
``results/benchmarks/``.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import lockin_sim as ls
from benchmarks import contestants as who
from benchmarks.measuring import asked, machine, of_children, processor_seconds, say, turns, write
from benchmarks.page import about, table
from lockin_sim.evidence.calibrate import cube, scoped, simulated
from lockin_sim.evidence.posterior import prior

ROOT = Path(__file__).parents[1]

#: The sweep, as an experiment file, and points of it that are computed together.
EXPERIMENT, UNIT = Path("experiments/09_hundred_thousand_runs/experiment.toml"), 16

#: Points and runs of each of a wave.
WAVE = (256, 32)


class Report(NamedTuple):
    """Some work was done."""

    at: float  # seconds since the begin
    cpu: float  # seconds of all processes until then
    more: int  # runs done since the report before


class Pace(NamedTuple):
    """How some work went on.

    first  seconds until each process had done something once, and the runs done by then
    wall   seconds of a run from there on;  cpu  of processors
    """

    first: tuple[float, int]
    wall: float
    cpu: float

    def of(self, runs: int) -> float:
        """Seconds of so many runs."""
        seconds, done = self.first
        return seconds + (runs - done) * self.wall


def pace(reports: Sequence[Report], workers: int) -> Pace:
    """From reports of work that is done.  The begin of processes counts once."""
    begin, end = reports[workers - 1], reports[-1]
    done, runs = (sum(report.more for report in some) for some in (reports[:workers], reports[workers:]))
    return Pace((begin.at, done), (end.at - begin.at) / runs, (end.cpu - begin.cpu) / runs)


class Study(NamedTuple):
    """A long study.

    what     it is
    runs     of the whole;  part  points that are computed
    work     computes them: points, engine, processes, and whom to tell of runs done
    """

    what: str
    runs: int
    part: int
    work: Callable[[int, str, int, Callable[[int], None]], None]


def studies(sweep_points: int, wave_points: int) -> list[Study]:
    """Both, with so many points computed."""
    experiment, (points, runs) = ls.load_experiment(ROOT / EXPERIMENT), WAVE
    return [
        Study("sweep", len(experiment.design) * experiment.runs, sweep_points, _sweep),
        Study("wave of a calibration", points * runs, wave_points, _wave),
    ]


def _sweep(points: int, engine: str, workers: int, look: Callable[[int], None]) -> None:
    """The first points of the experiment into a store."""
    loaded = ls.load_experiment(ROOT / EXPERIMENT)
    part = replace(loaded, design=loaded.design.rows(range(points)))
    with tempfile.TemporaryDirectory() as folder, ls.running(engine=engine):
        part.sweep(Path(folder) / "s.zarr", workers=workers, unit=UNIT, progress=look)


@cache
def _scoped() -> Any:
    """The bundled world with the places of the record, and the facts of it."""
    return scoped(ls.load_world())


def _wave(points: int, engine: str, workers: int, look: Callable[[int], None]) -> None:
    """The first points of the first wave."""
    known, (world, facts) = prior(), _scoped()
    with ls.running(engine=engine):
        simulated(
            "wave 1", cube(WAVE[0], len(known.names), 1)[:points], facts=facts, prior=known, world=world,
            parameters=ls.Parameters(), runs=WAVE[1], seed=1, workers=workers, progress=look,
        )  # fmt: skip


def _clocked(study: Study, engine: str, workers: int) -> tuple[Pace, float]:
    """How a part went on, and the most megabytes of one of its workers, 0 if there are none."""
    reports, peak = list[Report](), 0.0
    began = time.perf_counter()

    def look(more: int) -> None:
        """Note when these runs were done."""
        nonlocal peak
        reports.append(Report(time.perf_counter() - began, processor_seconds(), more))
        peak = max(peak, of_children())

    study.work(study.part, engine, workers, look)
    return pace(reports, workers), peak


def measured(parts: Sequence[Study], rounds: int) -> list[dict[str, Any]]:
    """A line of each study, engine and number of processes."""
    found = dict[tuple[str, str, int], list[Any]]()
    every = list(product(parts, who.engines(fast=who.has_fast()), (1, who.CORES)))
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for study, name, workers in turns(every, number):
            say(f"  {study.what}, {name}, {workers}")
            found.setdefault((study.what, name, workers), []).append(_clocked(study, name, workers))
    wholes = {study.what: study.runs for study in parts}
    return [_line(*key, wholes[key[0]], paces, found) for key, paces in sorted(found.items(), key=_place)]


def _place(item: tuple[tuple[str, str, int], Any]) -> tuple[bool, bool, bool, int]:
    """Where a line stands in the table: the sweep first, and what is slow before what is fast."""
    what, name, workers = item[0]
    return what != "sweep", name == "fast", name == "core", workers


def _line(
    what: str, name: str, workers: int, runs: int, paces: Sequence[tuple[Pace, float]], found: Any
) -> dict[str, Any]:
    """What is said of one of them."""
    single = [pace.wall for pace, _ in found[what, name, 1]]
    times = [one / pace.wall for one, (pace, _) in zip(single, paces, strict=True)]
    return {
        "study": what,
        "by": name,
        "processes": workers,
        "first_answer_s": statistics.median(pace.first[0] for pace, _ in paces),
        "cpu_ms_per_run": 1e3 * statistics.median(pace.cpu for pace, _ in paces),
        "wall_ms_per_run": 1e3 * statistics.median(pace.wall for pace, _ in paces),
        "times_as_fast_as_on_one": statistics.median(times),
        "whole_runs": runs,
        "whole_minutes": statistics.median(pace.of(runs) for pace, _ in paces) / 60,
        "peak_memory_MB": max(peak for _, peak in paces),
    }


HEAD = (
    "study", "by", "processes", "first runs after, s", "CPU, ms a run", "wall, ms a run", "processors busy",
    "times as fast as on one", "the whole, minutes", "peak memory of a worker, MB",
)  # fmt: skip

PAGE = """\
# The longest studies

How long a sweep of a hundred thousand runs takes
([experiment 09](../../experiments/09_hundred_thousand_runs/README.md)), and one wave of `lockin calibrate`.
Made by `python -m benchmarks.studies`.

{table}

Computed was a part ({points}), by the functions that do the whole, in {rounds} in which all take turns.
*The whole*, in runs {wholes}, is scaled up from that: the time until every process has first answered,
and for all other runs the wall time of a run from there on. Medians over rounds; how much faster two
processes are is taken round by round. *Processors busy*: CPU time in wall time and processes; what is
missing waited for each other, or for somebody else on the machine.

Machine: {machine}
"""


def markdown(result: dict[str, Any]) -> str:
    """The whole result as a page."""
    rounds, wholes = result["rounds"], {row["study"]: row["whole_runs"] for row in result["studies"]}
    return PAGE.format(
        table="\n".join(table(HEAD, map(_shown, result["studies"]))),
        wholes=", ".join(f"{runs:,} for the {what}" for what, runs in wholes.items()),
        points="; ".join(f"{what}: {points} points" for what, points in result["points"].items()),
        rounds="one round" if rounds == 1 else f"{rounds} rounds",
        machine=about(result["machine"]),
    )


def _shown(row: dict[str, Any]) -> list[Any]:
    """A line of the table."""
    before = ("study", "by", "processes", "first_answer_s", "cpu_ms_per_run", "wall_ms_per_run")
    busy = row["cpu_ms_per_run"] / (row["wall_ms_per_run"] * row["processes"])
    after = (row["times_as_fast_as_on_one"], row["whole_minutes"], row["peak_memory_MB"] or "not seen")
    return [*(row[name] for name in before), f"{busy:.0%}", *after]


def main(arguments: list[str] | None = None) -> None:
    """Measure and write."""
    chosen = asked("benchmarks.studies", __doc__, arguments, takes="two minutes", rounds=3, quick_rounds=1)
    parts = studies(*((4 * UNIT, 3) if chosen.quick else (6 * UNIT, 16)))
    result = {
        "machine": machine(),
        "rounds": chosen.rounds,
        "points": {study.what: study.part for study in parts},
        "studies": measured(parts, chosen.rounds),
    }
    write(chosen.out, "quick_studies" if chosen.quick else "studies", result, markdown(result))


if __name__ == "__main__":
    main()
