"""What the measurements say, as ratios of what takes turns."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from benchmarks import contestants as who
from benchmarks.timing import Times, ratios

#: What is said of an earlier commit, which has a model of its own.
OF_BEFORE = "on its own model"


def of_bound(engine: str) -> str:
    """What is said of an engine on one processor."""
    return f"{engine}: share of the hardware bound"


def on_two(engine: str, what: str) -> str:
    """What is said of it on two.  what: processes or threads"""
    return f"{engine}: times as fast on two {what} as on one (wall)"


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def comparisons(times: Mapping[str, Times], earlier: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """What the measurements say, each a ratio of costs a run, round by round.

    earlier  runs of an earlier commit together, and one at a time, if there are any
    """
    found: dict[str, list[float]] = {}
    engines = who.engines(fast="fast" in times)
    for engine in engines:
        one, alone = times[engine], times[engine + who.ALONE]
        found[of_bound(engine)] = ratios(times[who.BOUND], one)
        found[on_two(engine, "processes")] = ratios(one, times[engine + who.PROCESSES], "wall")
        found[on_two(engine, "threads")] = ratios(one, times[engine + who.THREADS], "wall")
        found[f"{engine}: times as fast together as one run at a time"] = ratios(alone, one)
        sizes = [name for name in times if name.startswith(who.sparse(engine, 0).partition("0")[0])]
        for name in sizes[1:]:
            more = _countries(name) / _countries(sizes[0])
            text = f"{engine}: cost a country with {_countries(name):,} in that with {_countries(sizes[0]):,}"
            found[text] = [ratio / more for ratio in ratios(times[name], times[sizes[0]])]
    core, alone = times["core"], times["core" + who.ALONE]
    if "fast" in engines:
        found["fast: times as fast as the core"] = ratios(core, times["fast"])
        single = ratios(alone, times["fast" + who.ALONE])
        found["fast: times as fast as the core, one run at a time"] = single
    found["core: times as fast as the Mesa engine"] = ratios(times[who.MESA], core)
    found["core: cost of a swept run in that of the same run alone"] = ratios(
        times[who.SWEPT], times[who.RECORDED]
    )
    found["core: cost of an evaluated point in that of its runs"] = ratios(
        times[who.EVALUATED], times[who.POINTS]
    )
    for name, ours in zip(earlier, (core, alone), strict=False):
        found[f"core: times as fast as {name}"] = ratios(times[name], ours)
    return {name: spread(values) for name, values in found.items()}


def _countries(name: str) -> int:
    """How many the world has that a contestant runs."""
    return int(name.rpartition(" ")[0].rpartition(" ")[2].replace(",", ""))
