"""Which engines there are, which one some work is for, and threads.

A matrix product takes one thread, so that its last bits do not depend on who else computes; batches of runs
take several.
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
from typing import Any

from threadpoolctl import ThreadpoolController

from lockin_sim.errors import InputError, not_installed, unknown_name

#: The vectorised engine, the same compiled, and that of agents.
ENGINES = ("core", "fast", "mesa")

#: Chooses between the first two by how much work there is.
AUTO = "auto"

#: Years of runs that repay the compiler, which takes half a minute once and spares about 0.8 ms of each; and
#: those that repay the loading of code that it has compiled before.
WORTHWHILE, LOADED = 35_000, 400

#: Environment variable by which people switch the compiler off, to look for mistakes.
SWITCH = "NUMBA_DISABLE_JIT"


def compiler() -> bool:
    """Whether the compiler of the extra ``fast`` is installed, and not switched off."""
    return importlib.util.find_spec("numba") is not None and not switched_off()


def switched_off() -> bool:
    """Whether the environment switches the compiler off."""
    value = os.environ.get(SWITCH, "").strip()
    return value.lstrip("+-").isdecimal() and int(value) != 0


def compiled_before() -> bool:
    """Whether all code of the fast engine, of this version and for this processor, lies in the cache."""
    cache = importlib.import_module("lockin_sim.lanes.cache")
    return bool(cache.is_whole())


def engine_for(engine: str, *, years: int, agents: bool = True, bundled: bool = True) -> str:
    """The engine that some work is for.

    engine   one of ENGINES, or "auto": "fast" where it is installed and has enough to do, which is ten runs
             once its code is compiled, else "core"
    years    simulated of all runs together
    agents   whether that of agents can do the work
    bundled  whether the world is the bundled one: code compiled before may not fit another
    Raises InputError for one that is unknown or not installed.
    """
    known = ENGINES if agents else ENGINES[:2]
    if engine not in (*known, AUTO):
        raise unknown_name("engine", found=engine, known=(*known, AUTO))
    if engine == AUTO:
        if not compiler():
            return "core"
        if years < LOADED:
            return "core"
        return "fast" if years >= WORTHWHILE or (bundled and compiled_before()) else "core"
    if engine == "fast" and switched_off():
        found = f"'fast', with {SWITCH}={os.environ[SWITCH]}"
        raise InputError(f"engine: found {found}; allowed: 'core', or 'fast' without that variable.")
    if engine == "fast" and not compiler():
        raise not_installed("engine: found 'fast', and numba", "fast")
    return engine


def one_blas_thread() -> AbstractContextManager[Any]:
    """A context in which a matrix product takes one thread: products are small, several processes share the
    processors, and how a product is cut among threads changes its last bits."""
    context: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return context


@cache
def _libraries() -> ThreadpoolController:
    """The libraries with threads of their own, found once: looking for them takes longer than a short run."""
    return ThreadpoolController()


def in_threads[T, R](work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """What work gives for each item, in their order; with one thread in this one.

    Settings of who calls, as those of numpy for numbers that overflow, hold in all threads.  What an item
    raises is raised in its turn, and what has not begun then is not done.
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
