"""Who is measured: the engines, the executors, sizes of world, kinds of numbers, and the hardware bound."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

import lockin_sim as ls
from benchmarks.bound import Bound
from benchmarks.measuring import Contestant
from lockin_sim.conventions import Floats
from lockin_sim.engine import Engine
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario
from lockin_sim.simulation import BATCH, stacked
from lockin_sim.studies.outcomes import RECORD
from lockin_sim.world import World, load_world
from lockin_sim.world.markets import Influence, Lots, Routes

#: Neighbours that each country sees.
NEIGHBOURS = 32

#: Runs over which the first year is averaged.
RUNS = 8


@cache
def repeated(copies: int) -> World:
    """The bundled world, its countries repeated: ``copies`` times 199, with a sparse influence.

    Copies differ by their luck; the first has that of the bundled world, and the home of every vendor.
    Nobody has allies, who are a dense matrix.  The first year is drawn around its mean over some runs.
    """
    world = load_world()
    n, now = len(world.countries), world.conditions
    by_country = ("borrowing_rate", "home", "rival_votes", "democracy")
    changed: dict[str, Any] = {name: tiled(getattr(world, name), copies) for name in by_country}
    after_another = ("launch_year", "roll_out_years", "building_pace", "law", "concern")
    changed |= {name: tiled(getattr(world, name), copies, axis=1) for name in after_another}
    conditions = {f.name: _over_countries(getattr(now, f.name), n, copies) for f in dataclasses.fields(now)}
    bodies = tuple(
        dataclasses.replace(b, weight=tiled(b.weight, copies), firm_weight=tiled(b.firm_weight, copies))
        for b in world.bodies
    )
    facts = {
        "adoption": tiled(world.facts["adoption"], copies, axis=1),
        "landings": tiled(world.facts["landings"], copies),
    }
    return dataclasses.replace(
        world,
        name=f"{world.name} x {copies}",
        countries=tuple(f"{c} {copy}" if copy else c for copy in range(copies) for c in world.countries),
        bodies=bodies,
        lots=_lots(world.lots, n, copies),
        routes=None if world.routes is None else _routes(world.routes, copies),
        lenders=dataclasses.replace(world.lenders, appeal=tiled(world.lenders.appeal, copies)),
        allies=np.zeros((copies * n, 0)),
        influence=Influence(closest(world.influence.matrix, copies), copies * n),
        conditions=dataclasses.replace(now, **conditions),
        groups={name: tiled(mask, copies, axis=1) for name, mask in world.groups.items()},
        facts=facts,
        installed=tiled(_first_year(world), copies, axis=1),
        **changed,
    )


def _first_year(world: World) -> Floats:
    """What is installed in the first year, mean over some runs.  (domain, country, vendor)."""
    engine = Engine(
        world,
        Scenario.none(),
        Parameters(),
        seed=0,
        runs=range(RUNS),
        years=(world.first_year, world.last_year),
        record=frozenset({"installed"}),
    )
    next(engine.years())
    mean: Floats = engine.recorder.series()["installed"][:, 0].mean(axis=0)
    return mean


def _over_countries(array: Any, n: int, copies: int) -> Any:
    """Conditions (year, country, ...) or (year, domain, country, ...) repeated; others as they are."""
    for axis in (1, 2):
        if array.shape[axis : axis + 1] == (n,):
            return tiled(array, copies, axis)
    return array


def _lots(lots: Lots, n: int, copies: int) -> Lots:
    """The lots of every copy, in the order of domains, countries and operators."""
    copy = np.repeat(np.arange(copies), len(lots))
    columns = {name: tiled(getattr(lots, name), copies) for name in ("domain", "weight", "recorded")}
    country, operator = tiled(lots.country, copies) + n * copy, tiled(lots.operator, copies)
    operator = operator + len(lots.operators) * copy
    sibling = tiled(lots.sibling, copies)
    order = np.lexsort((np.arange(len(copy)), country, columns["domain"]))
    sibling = np.where(sibling >= 0, np.argsort(order)[sibling + len(lots) * copy], -1)
    columns |= {"country": country, "operator": operator, "sibling": sibling}
    return Lots(
        operators=lots.operators * copies, **{name: values[order] for name, values in columns.items()}
    )


def _routes(routes: Routes, copies: int) -> Routes:
    """As many projects a year, which land in any copy alike."""
    return dataclasses.replace(
        routes,
        first=tiled(routes.first, copies) / copies,
        further=np.tile(routes.further, (copies, copies)) / copies,
        distance=np.tile(routes.distance, (copies, copies)),
    )


def tiled(array: Any, copies: int, axis: int = 0) -> Any:
    """An array repeated along one axis."""
    return np.concatenate([array] * copies, axis=axis)


def closest(weights: Any, copies: int) -> csr_array:
    """The largest weights of each country, every second one on a country of the next copy; rows sum to 1."""
    n = len(weights)
    seen = np.argsort(-weights, axis=1)[:, :NEIGHBOURS]
    kept = np.take_along_axis(weights, seen, axis=1)
    kept = kept / kept.sum(axis=1, keepdims=True)
    elsewhere = np.arange(NEIGHBOURS) % 2
    columns = [(copy + elsewhere) % copies * n + seen for copy in range(copies)]
    rows = np.repeat(np.arange(copies * n), NEIGHBOURS)
    values = np.tile(kept.ravel(), copies)
    return csr_array((values, (rows, np.concatenate(columns).ravel())), shape=(copies * n, copies * n))


class Size(NamedTuple):
    """How much is measured.

    years   last year of the runs
    runs    of an engine that computes many together
    alone   of those computed one at a time
    swept   points of a sweep, with 8 runs each
    copies  of the countries, and runs, of each world with a sparse influence
    short   last year of their runs
    """

    years: int
    runs: int
    alone: int
    swept: int
    copies: tuple[tuple[int, int], ...]
    short: int


FULL = Size(2050, 2 * BATCH, 8, 16, ((1, 16), (10, 4), (50, 1)), 2020)
QUICK = Size(2014, BATCH, 4, 8, ((1, 8), (10, 1)), 2012)
TINY = Size(2011, 2, 1, 1, ((1, 1), (2, 1)), 2011)

CORES = 2

#: How an engine is put to work: many runs together, on each of two processors, or one run after another.
TOGETHER, PROCESSES, THREADS, ALONE = "", " on two processes", " on two threads", ", one run at a time"

# what the tables speak of besides
MESA, BOUND = "Mesa engine", "hardware bound"
RECORDED, SWEPT = "core, recording what a sweep needs", "sweep in this process"
POINTS, EVALUATED = "core, runs of points", "the same points by evaluate, all outcomes"


def engines(*, fast: bool) -> tuple[str, ...]:
    """The vectorised engines that can be used."""
    return ("core", "fast") if fast else ("core",)


def sparse(engine: str, countries: int) -> str:
    """Name of a world with a sparse influence."""
    return f"{engine}, sparse influence, {countries:,} countries"


def has_fast() -> bool:
    """Whether the compiled engine can be used; asked of another process, so that none is loaded here."""
    asked = "import lockin_sim as ls; ls.simulate(runs=1, years=(2010, 2011), engine='fast')"
    return (
        subprocess.run([sys.executable, "-c", asked], stderr=subprocess.DEVNULL, check=False).returncode == 0
    )


def contestants(size: Size, *, fast: bool) -> list[Contestant]:
    """All of them.  fast: with the compiled engine"""
    years, swept = (2010, size.years), 8 * size.swept
    found = [c for engine in engines(fast=fast) for c in _of_engine(engine, size)]
    found += [
        Contestant(MESA, 1, lambda: _runs(1, years, "mesa")),
        Contestant(BOUND, size.runs, lambda: _bound(size.runs, years)),
        Contestant(RECORDED, size.runs, lambda: _runs(size.runs, years, record=RECORD)),
        Contestant(SWEPT, swept, lambda: _sweep(size.swept, size.years)),
        Contestant(POINTS, swept, lambda: _points(size.swept, size.years)),
        Contestant(EVALUATED, swept, lambda: _evaluate(size.swept, size.years)),
    ]
    for engine, (copies, runs) in product(engines(fast=fast), size.copies):
        name = sparse(engine, copies * len(ls.load_world().countries))
        found.append(Contestant(name, runs, partial(_sparse, copies, runs, size.short, engine)))
    return found


def _of_engine(engine: str, size: Size) -> list[Contestant]:
    """One engine, in each way it is put to work."""
    years = (2010, size.years)
    works = {
        TOGETHER: (size.runs, partial(_runs, size.runs, years, engine)),
        PROCESSES: (CORES * size.runs, partial(_processes, size.runs, years, engine)),
        THREADS: (CORES * size.runs, partial(_threads, size.runs, years, engine)),
        ALONE: (size.alone, partial(_alone, size.alone, years, engine)),
    }
    return [Contestant(f"{engine}{how}", runs, work) for how, (runs, work) in works.items()]


def _runs(
    runs: int | Sequence[int],
    years: tuple[int, int],
    engine: str = "core",
    record: Sequence[str] = (),
) -> float:
    """Runs of the baseline, in this process."""
    ls.simulate(runs=runs, seed=1, years=years, engine=engine, record=record)
    return 0.0


def _alone(runs: int, years: tuple[int, int], engine: str) -> float:
    """The same, one after the other."""
    return sum(_runs([run], years, engine) for run in range(runs))


def _sparse(copies: int, runs: int, last: int, engine: str) -> float:
    """Runs of a world that is so many times as large."""
    ls.simulate(world=repeated(copies), runs=runs, seed=1, years=(2010, last), engine=engine)
    return 0.0


@cache
def made(runs: int, years: tuple[int, int]) -> Bound:
    """The bound of some runs, whose routines were chosen once."""
    return Bound(ls.load_world(), years, runs)


def _bound(runs: int, years: tuple[int, int]) -> float:
    """The hardware bound of some runs."""
    made(runs, years)()
    return 0.0


def _sweep(points: int, last: int) -> float:
    """One unit of a sweep, with the store made and opened."""
    design = ls.design.sobol({"switching_cost": (0, 10), "network_weight": (0, 8)}, n=points, seed=1)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        ls.sweep(design, out=Path(folder) / "s.zarr", runs=8, seed=1, years=(last - 1, last), unit=points)
    return 0.0


def _values(points: int) -> dict[str, Any]:
    """Points of two parameters, by name."""
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
    """Points evaluated, as an optimiser has it done."""
    ls.evaluate(_values(points), runs=8, seed=1, years=(last - 1, last))
    return 0.0


# --- two processors ---


@cache
def _workers() -> ProcessPoolExecutor:
    """As the workers of a sweep; they stay until the end, so that their start is not counted."""
    return ProcessPoolExecutor(CORES, mp_context=get_context("spawn"))


def _processes(runs: int, years: tuple[int, int], engine: str) -> float:
    """As many runs on each processor as otherwise on one."""
    futures = [_workers().submit(_timed, runs, years, engine) for _ in range(CORES)]
    return sum(future.result() for future in futures)


def _timed(runs: int, years: tuple[int, int], engine: str) -> float:
    """CPU seconds of runs in a process of their own."""
    began = time.process_time()
    _runs(runs, years, engine)
    return time.process_time() - began


def _threads(runs: int, years: tuple[int, int], engine: str) -> float:
    """The same in this process, whose threads share Python."""
    ls.simulate(runs=CORES * runs, seed=1, years=years, engine=engine, workers=CORES)
    return 0.0


def end() -> None:
    """Let the processes go."""
    if _workers.cache_info().currsize:
        _workers().shutdown()
        _workers.cache_clear()
