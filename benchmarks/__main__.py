"""``python -m benchmarks``: measure, print, and write ``results/benchmarks/``."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import contestants as who
from benchmarks.bound import Bound
from benchmarks.machine import machine
from benchmarks.memory import peak_memory
from benchmarks.precision import errors
from benchmarks.report import comparisons, markdown
from benchmarks.stages import by_stage, in_kernels
from benchmarks.timing import Contestant, measured
from lockin_sim import load_world

OUT = Path(__file__).parents[1] / "results" / "benchmarks"

#: Parts of the bound, and how each is spoken of.
PARTS = {"product": "influence product", "exponentials": "exponentials", "draws": "draws"}


def benchmark(size: who.Size, rounds: int, say: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Everything measured, ready for JSON."""
    make = partial(who.contestants, size)
    try:
        times = measured(make(), rounds, say)
    finally:
        who.end()
    say("peak memory")
    memory = dict(zip(times, peak_memory(list(times), make, who.end), strict=True))
    say("precision")
    precision = errors(size.twice, (2010, size.years))
    say("stages")
    return {
        "machine": machine(),
        "rounds": rounds,
        "years": [2010, size.years],
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
        "bound_ms_per_run": _parts(size, rounds),
        "stages": _stages(size, rounds),
        "kernels": _kernels(size, rounds),
        "precision": precision,
    }


def _parts(size: who.Size, rounds: int) -> dict[str, float]:
    """Parts of the bound, milliseconds a run."""

    def work(part: Callable[[], None]) -> float:
        part()
        return 0.0

    whole = Bound(load_world(), (2010, size.years), size.runs)
    parts = [Contestant(text, size.runs, partial(work, getattr(whole, name))) for name, text in PARTS.items()]
    return {name: 1e3 * t.cpu_per_run for name, t in measured(parts, rounds).items()}


def _stages(size: who.Size, rounds: int) -> dict[str, dict[str, float]]:
    """Stages of the core, milliseconds a run and shares, of the round whose total is the median."""
    found = [by_stage(size.runs, (2010, size.years)) for _ in range(rounds)]
    middle = sorted(found, key=lambda spent: sum(spent.values()))[len(found) // 2]
    total = sum(middle.values())
    return {
        name: {"ms_per_run": 1e3 * spent / size.runs, "share": spent / total}
        for name, spent in middle.items()
    }


def _kernels(size: who.Size, rounds: int) -> dict[str, float]:
    """Shares of the core's time in kernels that hold no economics, medians."""
    found = [in_kernels(size.runs, (2010, size.years)) for _ in range(rounds)]
    return {name: statistics.median(shares[name] for shares in found) for name in found[0]}


def main(arguments: list[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough pass in a minute or two")
    parser.add_argument("--rounds", type=int, default=0, metavar="N", help="rounds; 5, or 3 if quick")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    chosen = parser.parse_args(arguments)
    size, rounds = (who.QUICK, 3) if chosen.quick else (who.FULL, 5)
    result = benchmark(size, chosen.rounds or rounds, lambda text: print(text, file=sys.stderr))
    name, page = "quick" if chosen.quick else "benchmarks", markdown(result)
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (chosen.out / f"{name}.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
