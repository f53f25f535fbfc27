"""Compile the fast engine ahead of its first use, on all processors.

``python -m lockin_sim.compiled.beforehand`` does it for the bundled world, unless the code is in the cache.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import fields, replace
from typing import Any

import numpy as np

from lockin_sim.common.engines import find_stages, has_compiler, is_compiled, limit_blas_threads
from lockin_sim.engine import Batch, Engine
from lockin_sim.engine.schedule import Stages
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world import resolve_world

#: Parts that take the longest: they go first, so that no processor is left with one in the end.
_LONGEST = ("operators_choose", "users_move", "projects_choose", "books", "adopters_adopt")


def compile_parts(progress: Callable[[int, int], None]) -> None:
    """Compile each part of a year of the bundled world into the cache, in one process per processor.

    progress  called with the number of parts done, and of all
    """
    parts = sorted((part.name for part in fields(Stages)), key=lambda name: name not in _LONGEST)
    number = min(os.cpu_count() or 1, len(parts))
    with ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_compile, part) for part in parts]
        for done, future in enumerate(as_completed(futures), 1):
            future.result()
            progress(done, len(parts))


def _compile(part: str) -> None:
    """Compile one part by a run of two years in which numpy does all other parts."""
    world = resolve_world(None)
    first, _ = world.horizon(None)
    others = {name: stage for name, stage in vars(find_stages("core")).items() if name not in (part, "draws")}
    changed: dict[str, Any] = {name: _handing_over(stage) for name, stage in others.items()}
    changed[part] = getattr(find_stages("fast"), part)
    batch = Batch(
        world,
        Scenario.none(),
        Parameters(),
        seed=0,
        runs=range(1),
        years=(first, first + 2),
        record=frozenset(),
        stages=replace(find_stages("core"), **changed),
    )
    with limit_blas_threads():
        Engine(batch).series()


def _handing_over(stage: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a numpy stage so that its arrays are laid out like those of compiled stages."""
    return lambda *takes: _ordered(stage(*takes))


def _ordered(value: Any) -> Any:
    """Return the result of a stage with all arrays laid out as compiled code requires."""
    from lockin_sim.compiled.lanes.views import plain  # where there is a compiler

    if isinstance(value, np.ndarray):
        return plain(value)[0]
    if not isinstance(value, tuple):
        return value
    return getattr(value, "_make", tuple)(map(_ordered, value))


def _say(done: int, parts: int) -> None:
    """Print progress on one line of a terminal."""
    if sys.stderr.isatty() or done == parts:
        text, end = (
            f"Compiling the fast engine, once: {done} of {parts} parts",
            "\n" if done == parts else "\r",
        )
        print(text, end=end, file=sys.stderr, flush=True)


def compile_once(*, quiet: bool = False) -> None:
    """Compile what the cache lacks, with progress on the error stream unless ``quiet``."""
    from lockin_sim.compiled.lanes.cache import folder

    if is_compiled():
        return
    if folder() is not None:
        compile_parts((lambda done, parts: None) if quiet else _say)
    elif not quiet:  # what other processes compile would be lost with them
        print("Compiling the fast engine, half a minute: it cannot be kept here", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if has_compiler():
        compile_once()
    else:
        text = "No compiler (numba) fits this Python: runs take more than twice as long, by the engine core."
        print(text, file=sys.stderr)
