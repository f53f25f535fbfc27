"""``python -m benchmarks``: measure, print, and write ``results/benchmarks/``."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks import contestants as who
from benchmarks.bound import PARTS
from benchmarks.measuring import Contestant, asked, first_answers, machine, measured, peak_memory, say, write
from benchmarks.page import comparisons, figure, markdown, spread
from benchmarks.stages import by_stage
from lockin_sim.plots.kit.figures import save

#: Most rounds of new processes, each of which may compile everything.
STARTS = 3


def benchmark(size: who.Size, rounds: int) -> dict[str, Any]:
    """Everything measured, ready for JSON."""
    fast, years = who.has_fast(), (2010, size.years)
    engines, make = who.engines(fast=fast), partial(who.contestants, size, fast=fast)
    try:
        times = measured(make(), rounds)
    finally:
        who.end()
    say("peak memory")
    memory = dict(zip(times, peak_memory([*times], make, who.end), strict=True))
    say("first answers")
    starts = first_answers(engines, size.years, min(rounds, STARTS))
    say("stages")
    return {
        "machine": machine(),
        "rounds": rounds,
        "years": list(years),
        "short": size.short,
        "contestants": {
            name: {
                "runs": t.runs,
                "cpu_ms_per_run": 1e3 * t.cpu_per_run,
                "wall_ms_per_run": 1e3 * t.wall_per_run,
                "runs_per_second": 1 / t.wall_per_run,
                "peak_memory_MB": memory[name],
            }
            for name, t in times.items()
        },
        "comparisons": comparisons(times),
        "bound": _parts(size, rounds),
        "stages": {engine: _stages(size.runs, years, engine, rounds) for engine in engines},
        "starts": {name: spread(seconds) for name, seconds in starts.items()},
    }


def _parts(size: who.Size, rounds: int) -> dict[str, dict[str, Any]]:
    """Parts of the bound: milliseconds a run, and by which routine."""
    whole = who.made(size.runs, (2010, size.years))

    def work(part: str) -> float:
        """No other process spends time on it."""
        whole.part(part)
        return 0.0

    parts = [Contestant(name, size.runs, partial(work, name)) for name in PARTS]
    times = measured(parts, rounds)
    return {
        text: {"ms_per_run": 1e3 * times[name].cpu_per_run, "by": whole.by[name]}
        for name, text in PARTS.items()
    }


def _stages(runs: int, years: tuple[int, int], engine: str, rounds: int) -> dict[str, dict[str, float]]:
    """Stages of an engine, milliseconds a run and shares, of the round whose total is the median."""
    found = [by_stage(runs, years, engine) for _ in range(rounds)]
    middle = sorted(found, key=lambda spent: sum(spent.values()))[len(found) // 2]
    total = sum(middle.values())
    return {
        name: {"ms_per_run": 1e3 * spent / runs, "share": spent / total} for name, spent in middle.items()
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure and write."""
    chosen = asked("benchmarks", __doc__, arguments, takes="a minute or two", rounds=5, quick_rounds=3)
    result = benchmark(who.QUICK if chosen.quick else who.FULL, chosen.rounds)
    name = "quick" if chosen.quick else "benchmarks"
    write(chosen.out, name, result, markdown(result, f"{name}.png"))
    save(figure(result), chosen.out / f"{name}.png")


if __name__ == "__main__":
    main()
