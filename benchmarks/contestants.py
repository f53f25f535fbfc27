"""Who is measured: the engines, the executors, sizes of world, kinds of numbers, and the hardware bound."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import lockin_sim as ls
from benchmarks.bound import Bound
from benchmarks.timing import Contestant
from benchmarks.worlds import repeated
from lockin_sim.simulation import BATCH, stacked
from lockin_sim.studies.outcomes import RECORD


class Size(NamedTuple):
    """How much is measured.

    years   last year of the runs
    runs    of an engine that computes many together
    alone   of those computed one at a time
    swept   points of a sweep, with 8 runs each
    copies  of the countries, and runs, of each world with a sparse influence
    short   last year of their runs
    twice   runs compared in both kinds of numbers
    """

    years: int
    runs: int
    alone: int
    swept: int
    copies: tuple[tuple[int, int], ...]
    short: int
    twice: int


FULL = Size(2050, 2 * BATCH, 8, 16, ((1, 16), (10, 4), (50, 1)), 2020, 8 * BATCH)
QUICK = Size(2014, BATCH, 4, 8, ((1, 8), (10, 1)), 2012, 2 * BATCH)
TINY = Size(2011, 2, 1, 1, ((1, 1), (2, 1)), 2011, 2)

CORES = 2

# what the table speaks of
CORE, TWO, ALONE, MESA = "core", "core on two processors", "core, one run at a time", "Mesa engine"
RECORDED, SWEPT = "core, recording what a sweep needs", "sweep in this process"
POINTS, EVALUATED = "core, runs of points", "the same points by evaluate, all outcomes"
BOUND = "hardware bound"
FAST, FAST_TWO, FAST_ALONE = "fast", "fast on two processors", "fast, one run at a time"

#: Kinds of numbers that the vectorised engine computes in.
KINDS = ("float64", "float32")


def core(kind: str) -> str:
    """Name of the vectorised engine in one kind of numbers."""
    return CORE if kind == "float64" else f"{CORE}, {kind}"


def sparse(countries: int) -> str:
    """Name of a world with a sparse influence."""
    return f"core, sparse influence, {countries:,} countries"


def has_fast() -> bool:
    """Whether the compiled engine can be used; asked of another process, so that none is loaded here."""
    asked = "import lockin_sim as ls; ls.simulate(runs=1, years=(2010, 2011), engine='fast')"
    return (
        subprocess.run([sys.executable, "-c", asked], stderr=subprocess.DEVNULL, check=False).returncode == 0
    )


def contestants(size: Size, *, fast: bool) -> list[Contestant]:
    """All of them.  fast: with the compiled engine"""
    years = (2010, size.years)
    found = [
        *(Contestant(core(kind), size.runs, lambda k=kind: _core(size.runs, years, k)) for kind in KINDS),
        Contestant(TWO, CORES * size.runs, lambda: _two(size.runs, years)),
        Contestant(ALONE, size.alone, lambda: _alone(size.alone, years)),
        Contestant(MESA, 1, lambda: _simulate(runs=1, seed=1, years=years, engine="mesa")),
        Contestant(
            RECORDED,
            size.runs,
            lambda: _simulate(runs=size.runs, seed=1, years=years, record=RECORD, engine="core"),
        ),
        Contestant(SWEPT, 8 * size.swept, lambda: _sweep(size.swept, size.years)),
        Contestant(POINTS, 8 * size.swept, lambda: _points(size.swept, size.years)),
        Contestant(EVALUATED, 8 * size.swept, lambda: _evaluate(size.swept, size.years)),
    ]
    if fast:
        found += [
            Contestant(FAST, size.runs, lambda: _core(size.runs, years, "float64", "fast")),
            Contestant(FAST_TWO, CORES * size.runs, lambda: _two(size.runs, years, "fast")),
            Contestant(FAST_ALONE, size.alone, lambda: _alone(size.alone, years, "fast")),
        ]
    found.append(Contestant(BOUND, size.runs, lambda: _bound(size.runs, years)))
    for copies, runs in size.copies:
        name = sparse(copies * len(ls.load_world().countries))
        found.append(Contestant(name, runs, lambda c=copies, r=runs: _sparse(c, r, size.short)))
    return found


def _simulate(**arguments: Any) -> float:
    ls.simulate(**arguments)
    return 0.0


def _core(runs: int, years: tuple[int, int], kind: str, engine: str = "core") -> float:
    return _simulate(runs=runs, seed=1, years=years, dtype=kind, engine=engine)


def _alone(runs: int, years: tuple[int, int], engine: str = "core") -> float:
    return sum(_simulate(runs=[run], seed=1, years=years, engine=engine) for run in range(runs))


def _sparse(copies: int, runs: int, last: int) -> float:
    return _simulate(world=repeated(copies), runs=runs, seed=1, years=(2010, last), engine="core")


@cache
def made(runs: int, years: tuple[int, int]) -> Bound:
    """The bound of some runs, whose routines were chosen once."""
    return Bound(ls.load_world(), years, runs)


def _bound(runs: int, years: tuple[int, int]) -> float:
    made(runs, years)()
    return 0.0


def _sweep(points: int, last: int) -> float:
    """One unit of a sweep, with the store made and opened."""
    design = ls.design.sobol({"switching_cost": (0, 10), "network_weight": (0, 8)}, n=points, seed=1)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        ls.sweep(design, out=Path(folder) / "s.zarr", runs=8, seed=1, years=(last - 1, last), unit=points)
    return 0.0


def _values(points: int) -> dict[str, Any]:
    design = ls.design.sobol({"switching_cost": (0, 10), "network_weight": (0, 8)}, n=points, seed=1)
    return {name: design.values[name] for name in design.names}


def _points(points: int, last: int) -> float:
    """The runs of points by the core alone: the engine, with what outcomes need recorded."""
    world, values = ls.load_world(), _values(points)
    rows = np.repeat(np.arange(points), 8)
    for first in range(0, len(rows), BATCH):
        some = rows[first : first + BATCH]
        stacked(
            ls.load_scenario("baseline"),
            world=world,
            parameters=ls.Parameters(**{name: of_point[some] for name, of_point in values.items()}),
            runs=(np.arange(first, first + len(some)) % 8).tolist(),
            seed=1,
            years=(2010, last),
            record=RECORD,
        )
    return 0.0


def _evaluate(points: int, last: int) -> float:
    ls.evaluate(_values(points), runs=8, seed=1, years=(last - 1, last))
    return 0.0


# --- two processors ---


@cache
def _processes() -> ProcessPoolExecutor:
    """As the workers of a sweep; they stay until the end, so that their start is not counted."""
    return ProcessPoolExecutor(CORES, mp_context=get_context("spawn"))


def _two(runs: int, years: tuple[int, int], engine: str = "core") -> float:
    """As many runs on each processor as otherwise on one."""
    futures = [_processes().submit(_timed, _core, runs, years, "float64", engine) for _ in range(CORES)]
    return sum(future.result() for future in futures)


def _timed(work: Callable[..., float], *arguments: Any) -> float:
    began = time.process_time()
    work(*arguments)
    return time.process_time() - began


def end() -> None:
    """Let the processes go."""
    if _processes.cache_info().currsize:
        _processes().shutdown()
        _processes.cache_clear()
