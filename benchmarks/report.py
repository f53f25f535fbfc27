"""Measurements as tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks import contestants as who
from benchmarks.timing import Times, ratios

#: What the first comparison is called, by engine.
OF_BOUND = "share of the hardware bound on one processor, {}"


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def comparisons(times: Mapping[str, Times], earlier: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """What the measurements say, each a ratio of costs a run, round by round.

    earlier  runs of an earlier commit together, and one at a time, if there are any
    """
    core, found = times[who.CORE], dict[str, list[float]]()
    found[OF_BOUND.format(who.CORE)] = ratios(times[who.BOUND], core)
    found["times as fast in float32 as in float64"] = ratios(core, times[who.core("float32")])
    found["times as fast as the Mesa engine, on one processor"] = ratios(times[who.MESA], core)
    found["times as fast as one run at a time"] = ratios(times[who.ALONE], core)
    found["times as fast on two processors as on one (wall)"] = ratios(core, times[who.TWO], "wall")
    found["cost of a swept run in that of the same run alone"] = ratios(times[who.SWEPT], times[who.RECORDED])
    found["cost of an evaluated point in that of its runs by the core alone"] = ratios(
        times[who.EVALUATED], times[who.POINTS]
    )
    if who.FAST in times:
        fast = times[who.FAST]
        found[OF_BOUND.format(who.FAST)] = ratios(times[who.BOUND], fast)
        found["fast: times as fast as the core, together"] = ratios(core, fast)
        found["fast: times as fast as the core, one run at a time"] = ratios(
            times[who.ALONE], times[who.FAST_ALONE]
        )
        found["fast: times as fast on two processors as on one (wall)"] = ratios(
            fast, times[who.FAST_TWO], "wall"
        )
    for name, ours in zip(earlier, (core, times[who.ALONE]), strict=False):
        found[f"times as fast as {name}"] = ratios(times[name], ours)
    sizes = [name for name in times if name.startswith(who.sparse(0).partition("0")[0])]
    for name in sizes[1:]:
        more = _countries(name) / _countries(sizes[0])
        text = f"cost a country with {_countries(name):,} in that with {_countries(sizes[0]):,}"
        found[text] = [ratio / more for ratio in ratios(times[name], times[sizes[0]])]
    return {name: spread(values) for name, values in found.items()}


def _countries(name: str) -> int:
    return int(name.rpartition(" ")[0].rpartition(" ")[2].replace(",", ""))


def markdown(result: Mapping[str, Any]) -> str:
    """The whole result as a page."""
    rows = [
        (
            name,
            t["runs"],
            t["cpu_ms_per_run"],
            t["wall_ms_per_run"],
            t["runs_per_second"],
            t["peak_memory_MB"],
        )
        for name, t in result["contestants"].items()
    ]
    head = ("what", "runs", "CPU, ms a run", "wall, ms a run", "runs a second", "peak memory, MB")
    compared = [(n, v["median"], v["least"], v["most"]) for n, v in result["comparisons"].items()]
    machine = "; ".join(f"{name} {value}" for name, value in result["machine"].items())
    years, rounds = result["years"], result["rounds"]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Made by `make bench`. Medians of {rounds} rounds in which all take turns; baseline, "
            f"{years[0]} to {years[1]} (worlds with a sparse influence: to {result['short']}). "
            "Ratios are taken round by round.",
            "",
            *table(head, rows),
            "",
            "Peak memory is that of a process that does this alone, Python and its libraries included.",
            "",
            *table(("finding", "median", "least", "most"), compared),
            "",
            "The hardware bound is the time of only the matrix products that the model needs, one",
            "exponential and one draw for each offer of a due lot, and the users' exponentials, for the",
            "same runs, each by the fastest of some routines on this machine (`benchmarks/bound.py`).",
            "",
            *table(
                ("part of the bound", "by", "CPU, ms a run"),
                ((name, v["by"], v["ms_per_run"]) for name, v in result["bound"].items()),
            ),
            "",
            *table(
                ("stage of the core", "CPU, ms a run", "share"),
                ((n, v["ms_per_run"], f"{v['share']:.1%}") for n, v in result["stages"].items()),
            ),
            "",
            *table(
                ("first answer of a new process", "seconds, median", "least", "most"),
                ((name, v["median"], v["least"], v["most"]) for name, v in result["starts"].items()),
            ),
            "",
            *precision(result["precision"], years),
            "",
            f"Machine: {machine}.",
            "",
        ]
    )


def precision(found: Mapping[str, Any], years: Sequence[int]) -> list[str]:
    """What float32 costs in accuracy, line by line."""
    head = (
        f"float32 less float64, {years[1]}",
        "largest of a run",
        "RMS of a run",
        "RMS of the mean over runs",
        "standard error of that mean",
        "largest, in standard errors",
    )
    winners = [(f"tenders of {year}", share) for year, share in found["other_winner"].items()]
    winners.append(("runs where that happens in any year", found["other_way"]))
    return [
        f"The same {found['runs']} runs in float32 and in float64, with the same luck. A run goes another",
        "way from where rounding decides a tender. Means over runs are as good as long as they differ by far",
        "less than their standard error.",
        "",
        *table(head, ((name, *values.values()) for name, values in found["outcomes"].items())),
        "",
        *table(("won by another vendor in float32", "share"), winners),
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A table of Markdown, line by line."""
    return [
        "| " + " | ".join(head) + " |",
        "|---|" + "---:|" * (len(head) - 1),
        *("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows),
    ]


def _cell(value: Any) -> str:
    """Numbers to three digits."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
