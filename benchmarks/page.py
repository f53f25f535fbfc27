"""The page of a measurement."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks.aims import aims
from benchmarks.findings import OF_BEFORE
from benchmarks.table import table

#: Least ratio of wall to CPU time from which on a machine counts as shared with others.
SHARED = 1.1

PAGE = """\
# Benchmarks

How long a run of the baseline takes, {first} to {last}, by each engine, and how long by hardware alone.
Made by `make bench`; what each engine is stands in [engines](../../docs/engines.md), how long whole studies
take in [the longest studies](studies.md).

{aims}

Medians of {rounds} in which all take turns, so that a machine whose speed drifts slows all alike; ratios
are taken round by round.{before}

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


EARLIER = """\
 An earlier commit runs the model that it had, which was simpler: what it
is compared in is a run, not the work of a run."""


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
        before=EARLIER if any(OF_BEFORE in name for name in result["contestants"]) else "",
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
