"""The page of a measurement: ratios of what takes turns, aims, tables, and the figure of stages."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from benchmarks import contestants as who
from benchmarks.measuring import Times, ratios
from lockin_sim.plots.kit.style import INK, QUIET, RISE, SMALL, room_for, rows_of, sheet


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A table, line by line."""
    return [
        "| " + " | ".join(head) + " |",
        "|---|" + "---:|" * (len(head) - 1),
        *("| " + " | ".join(cell(value) for value in row) + " |" for row in rows),
    ]


def cell(value: Any) -> str:
    """Numbers to three digits."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def of_bound(engine: str) -> str:
    """What is said of an engine on one processor."""
    return f"{engine}: share of the hardware bound"


def on_two(engine: str, what: str) -> str:
    """What is said of it on two.  what: processes or threads"""
    return f"{engine}: times as fast on two {what} as on one (wall)"


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def comparisons(times: Mapping[str, Times]) -> dict[str, dict[str, float]]:
    """What the measurements say, each a ratio of costs a run, round by round."""
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
    return {name: spread(values) for name, values in found.items()}


def _countries(name: str) -> int:
    """How many the world has that a contestant runs."""
    return int(name.rpartition(" ")[0].rpartition(" ")[2].replace(",", ""))


class Aim(NamedTuple):
    """Something that was aimed at.

    what    is meant
    wanted  the most of it that will do, or with ``more`` the least
    unit    of that
    where   keys of the result that lead to the number
    """

    what: str
    wanted: float
    unit: str
    more: bool
    where: tuple[str, ...]

    def line(self, result: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
        """What is wanted, what was found, and whether that will do; None if it was not measured."""
        found: Any = result
        for key in self.where:
            if key not in found:
                return None
            found = found[key]
        wanted = f"{'at least' if self.more else 'at most'} {cell(self.wanted)}{self.unit}"
        met = found >= self.wanted if self.more else found <= self.wanted
        return self.what, wanted, f"{cell(float(found))}{self.unit}", "yes" if met else "no"


def _alone(engine: str) -> tuple[str, ...]:
    """Where the cost of a run alone is found."""
    return "contestants", f"{engine}, one run at a time", "cpu_ms_per_run"


def aims(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """A line of each aim that was measured."""
    two = on_two("fast", "processes")
    known = [
        Aim("core, one run alone", 60, " ms", False, _alone("core")),
        Aim("core, many runs together", 20, " ms a run", False, ("contestants", "core", "cpu_ms_per_run")),
        Aim("fast, one run alone", 15, " ms", False, _alone("fast")),
        Aim(of_bound("fast"), 0.45, "", True, ("comparisons", of_bound("fast"), "median")),
        Aim(two, 1.85, "", True, ("comparisons", two, "median")),
        Aim("fast, first answer, compiler cached", 3, " s", False, ("starts", "fast, cached", "median")),
        Aim("fast, first answer, compiler cold", 40, " s", False, ("starts", "fast, cold", "median")),
    ]  # fmt: skip
    return (line for aim in known if (line := aim.line(result)))


#: What each engine is drawn in.
COLORS = {"core": QUIET, "fast": INK}

#: Inches of a row, and the part of it that bars take.
_ROW, _BARS = 0.42, 0.72


def figure(result: Mapping[str, Any]) -> Figure:
    """Bars of milliseconds a run, by stage and engine; the hardware bound as a last row."""
    stages, bound = result["stages"], sum(part["ms_per_run"] for part in result["bound"].values())
    totals = {engine: sum(s["ms_per_run"] for s in of.values()) for engine, of in stages.items()}
    names = [*next(iter(stages.values())), "hardware bound, all of it"]
    took = " and ".join(f"{total:.2g} ms by {engine}" for engine, total in totals.items())
    years = "{} to {}".format(*result["years"])
    drawn, axes = sheet(
        f"A run takes {took}; hardware alone needs {bound:.2g} ms",
        f"CPU time of a run of the baseline, {years}, many together on one processor, by stage of the year.",
        width=7.5, body=_ROW * len(names), left=room_for(names), right=0.6, lead=0.25,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, names)
    height = _BARS / len(stages)
    for number, (engine, of) in enumerate(stages.items()):
        offset = (number - (len(stages) - 1) / 2) * height
        for row, stage in enumerate(of.values()):
            _bar(ax, row + offset, stage["ms_per_run"], height, COLORS[engine], engine if row == 0 else "")
    _bar(ax, len(names) - 1, bound, height, RISE, "")
    ax.set_xlabel("milliseconds of a processor a run", fontsize=SMALL, color=QUIET)
    ax.legend(frameon=False, fontsize=SMALL, loc="lower right")
    return drawn


def _bar(ax: Any, at: float, value: float, height: float, color: str, label: str) -> None:
    """A bar with its number behind it."""
    ax.barh(at, value, height=0.9 * height, color=color, label=label or None, zorder=2)
    ax.annotate(cell(float(f"{value:.2g}")), (value, at), (3, 0), textcoords="offset points", va="center",
                fontsize=SMALL, color=color)  # fmt: skip


#: Least ratio of wall to CPU time from which on a machine counts as shared with others.
SHARED = 1.1

PAGE = """\
# Benchmarks

How long a run of the baseline takes, {first} to {last}, by each engine, and how long by hardware alone.
Made by `make bench`; what each engine is stands in [engines](../../docs/engines.md), how long whole studies
take in [the longest studies](studies.md).

{aims}

Medians of {rounds} in which all take turns, so that a machine whose speed drifts slows all alike; ratios
are taken round by round.

![Where the time of a run goes, by engine]({picture})

## A run

{runs}

Runs of worlds with a sparse influence end in {short}. Peak memory is that of a process that does this
alone, Python and its libraries included; of several processes, of the largest.

## In turns

{comparisons}

## Where the time goes

{stages}

The *hardware bound* is the time of only the work that no implementation of the model can leave out: the
matrix products, one exponential and one draw for each offer of a due lot, and the users' exponentials, for
the same runs, each by the fastest of some routines on this machine (`benchmarks/bound.py`). Sums,
comparisons, politics, finance and what is measured cost nothing in it.

{bound}

## The first answer

Seconds of a new process from its start to the result of one run. *Cold*: everything is compiled; *cached*:
an earlier process has compiled it.

{starts}

## The machine

{machine}

{shared}
"""


def markdown(result: Mapping[str, Any], picture: str) -> str:
    """The whole result as a page.  picture: name of the figure beside it"""
    years, rounds = result["years"], result["rounds"]
    parts = {
        "aims": table(("aim", "wanted", "found", "met"), aims(result)),
        "runs": _runs(result["contestants"]),
        "comparisons": _spreads("finding", result["comparisons"]),
        "stages": _stages(result["stages"]),
        "bound": table(
            ("part of the bound", "by", "CPU, ms a run"),
            ((name, v["by"], v["ms_per_run"]) for name, v in result["bound"].items()),
        ),
        "starts": _spreads("engine", result["starts"]),
    }
    return PAGE.format(
        first=years[0],
        last=years[1],
        short=result["short"],
        rounds="one round" if rounds == 1 else f"{rounds} rounds",
        picture=picture,
        machine=about(result["machine"]),
        shared=_shared(result["contestants"]),
        **{name: "\n".join(lines) for name, lines in parts.items()},
    )


def about(machine: Mapping[str, str]) -> str:
    """The machine in a line."""
    return "; ".join(f"{name} {value}" for name, value in machine.items()) + "."


def _runs(contestants: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What a run costs, line by line."""
    head = ("what", "runs", "CPU, ms a run", "wall, ms a run", "runs a second", "peak memory, MB")
    columns = ("runs", "cpu_ms_per_run", "wall_ms_per_run", "runs_per_second", "peak_memory_MB")
    return table(head, ((name, *(t[column] for column in columns)) for name, t in contestants.items()))


def _spreads(what: str, found: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Medians with the least and the most of all rounds, line by line."""
    columns = ("median", "least", "most")
    return table((what, *columns), ((name, *(v[column] for column in columns)) for name, v in found.items()))


def _stages(stages: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    """Milliseconds a run, and shares, of each stage by each engine, line by line."""
    head = ["stage", *(f"{engine}, {what}" for engine in stages for what in ("CPU, ms a run", "share"))]
    names = next(iter(stages.values()))
    return table(
        head,
        (
            (name, *(v for s in stages.values() for v in (s[name]["ms_per_run"], f"{s[name]['share']:.1%}")))
            for name in names
        ),
    )


def _shared(contestants: Mapping[str, Mapping[str, float]]) -> str:
    """Whether others used the processors meanwhile."""
    waited = statistics.median(t["wall_ms_per_run"] / t["cpu_ms_per_run"] for t in contestants.values())
    if waited < SHARED:
        return "Nobody else used the processors: one at work was not kept waiting."
    return (
        f"Others used the processors meanwhile: wall time was {waited:.2g} times CPU time in the median. "
        "CPU times are little touched by that; wall times and what follows from them are."
    )
