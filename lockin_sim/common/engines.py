"""Name the engines, choose between them, and limit threads.

A matrix product uses one thread, so that its last bits do not depend on other computations; batches of runs
use several.

A matrix product uses one thread, so that its last bits do not depend on other computations; batches of runs
use several.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import cache
from typing import Any, Literal, cast

from threadpoolctl import ThreadpoolController

from lockin_sim.common.errors import InputError, check_known
from lockin_sim.common.extras import not_installed

#: Names of engines of runs and of studies, for editors to complete; others are refused at run time.
type EngineName = Literal["core", "fast", "mesa", "auto"]
type StudyEngine = Literal["core", "fast", "auto"]

#: The vectorised engine, the compiled one, and that of agents.
ENGINES = ("core", "fast", "mesa")

#: Chooses between the first two by the amount of work.
AUTO = "auto"

#: Simulated years from which compiling pays, which takes half a minute once and saves about 0.8 ms each; and
#: those from which loading compiled code pays.
WORTHWHILE, LOADED = 35_000, 400

#: Years of runs that one process simulates in the time that another takes to start, by engine.
ALONE = {"core": 2_000, "fast": 8_000}

#: Folder of the compiled engine, which is imported by this name alone.
COMPILED = "lockin_sim.compiled"

#: Implementation of the stages of a year by engine, imported by name: no engine needs the folder of another.
STAGES_BY_ENGINE = {
    "core": ("lockin_sim.engine.schedule", "numpy_stages"),
    "fast": (f"{COMPILED}.table", "compiled_stages"),
}

#: Environment variable that disables the compiler, for debugging.
SWITCH = "NUMBA_DISABLE_JIT"


def has_compiler() -> bool:
    """Whether the compiled engine is there, its extra ``fast`` is installed and it is enabled."""
    return all(map(importlib.util.find_spec, (COMPILED, "numba"))) and not is_compiler_disabled()


def is_compiler_disabled() -> bool:
    """Whether the environment disables the compiler."""
    value = os.environ.get(SWITCH, "").strip()
    return value.lstrip("+-").isdecimal() and int(value) != 0


def is_compiled() -> bool:
    """Whether the cache holds all code of the fast engine, for this version and processor."""
    cache = importlib.import_module(f"{COMPILED}.lanes.cache")
    return bool(cache.is_whole())


def choose_engine(
    engine: str, *, years: int, agents: bool = True, bundled: bool = True, compiles: bool = True
) -> EngineName:
    """Choose the engine for some work.

    engine   one of ENGINES, or "auto": "fast" if it is installed and has enough to do, which is ten runs once
             its code is compiled, else "core"
    years    total number of simulated years over all runs
    agents   whether the engine of agents can do the work
    bundled  whether the world is the bundled one; compiled code may not fit another
    compiles  whether the compiler supports all of the model: no term or voting procedure of a user's own,
              and no code that was replaced in memory

    Raises InputError for an engine that is unknown, not installed or not able to.
    """
    known = ENGINES if agents else ENGINES[:2]
    check_known("engine", engine, (*known, AUTO))
    if engine == AUTO:
        if not has_compiler() or not compiles:
            return "core"
        if years < LOADED:
            return "core"
        return "fast" if years >= WORTHWHILE or (bundled and is_compiled()) else "core"
    if engine == "fast" and not compiles:
        own = "a term (World.with_term), a voting procedure of one's own or replaced code is not compiled"
        allowed = f"'core', 'mesa' or 'auto', for {own}"
        raise InputError(f"engine: found 'fast'; allowed: {allowed}.")
    if engine == "fast" and is_compiler_disabled():
        setting = f"'fast', with {SWITCH}={os.environ[SWITCH]}"
        raise InputError(f"engine: found {setting}; allowed: 'core', or 'fast' without that variable.")
    if engine == "fast" and not has_compiler():
        raise not_installed("numba", "engine 'fast'")
    return cast(EngineName, engine)


def find_stages(engine: str) -> Any:
    """Return the implementation of the stages of a year in the engine "core" or "fast"."""
    module, function = STAGES_BY_ENGINE[engine]
    return getattr(importlib.import_module(module), function)()


def choose_processes(engine: str, years: int, processes: int, *, workers: int | None) -> int:
    """Return the number of processes for some work: one where starting others takes longer.

    years    total number of simulated years over all runs
    workers  what the caller requested; None = nothing
    """
    return 1 if workers is None and years < ALONE[engine] else processes


def limit_blas_threads() -> AbstractContextManager[Any]:
    """Limit matrix products to one thread within a ``with`` block.

    Products are small, several processes share the processors, and the division among threads changes last
    bits.
    """
    result: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return result


@cache
def _libraries() -> ThreadpoolController:
    """Return the libraries with threads of their own, cached since finding them outlasts a short run."""
    return ThreadpoolController()


def map_in_threads[T, R](work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Yield the result of ``work`` for each item, in order; one thread means the calling one.

    Settings of the caller, such as numpy's for overflow, hold in all threads.  Errors are raised in the order
    of the items, and work that has not started then is cancelled.
    """
    if threads == 1:
        yield from map(work, items)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        for future in [pool.submit(copy_context().run, work, item) for item in items]:
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)
