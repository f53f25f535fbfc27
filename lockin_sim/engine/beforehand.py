"""Compile the fast engine before anybody waits for it, on all processors.

``python -m lockin_sim.engine.beforehand`` does it for the bundled world; where its code lies in the cache
already, nothing is done.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed

from lockin_sim.engine.schedule import PARTS, Engine
from lockin_sim.engines import compiled_before, compiler, one_blas_thread
from lockin_sim.parameters import Parameters
from lockin_sim.scenario import Scenario
from lockin_sim.world import world_of

#: What keeps a processor busy the longest goes first.
_LONGEST = ("operators_choose", "users_move", "projects_choose", "books", "adopters_adopt")


def compile_parts(progress: Callable[[int, int], None], processes: int | None = None) -> None:
    """Compile each part of a year of the bundled world, and keep it in the cache.

    progress   called with the number of parts done, and of all
    processes  that share the parts; None = one for each processor
    """
    parts = [*_LONGEST, *(part for part in PARTS if part not in _LONGEST)]
    number = min(processes or os.cpu_count() or 1, len(parts))
    with ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_compile, part) for part in parts]
        for done, future in enumerate(as_completed(futures), 1):
            future.result()
            progress(done, len(parts))


def _compile(part: str) -> None:
    """Compile one part in a run of two years, in which numpy does all others."""
    world = world_of(None)
    first, _ = world.horizon(None)
    with one_blas_thread():
        Engine(
            world, Scenario.none(), Parameters(), seed=0, runs=range(1), years=(first, first + 2),
            record=frozenset(), compiled={part},
        ).series()  # fmt: skip


def _say(done: int, parts: int) -> None:
    """How far it has come, on one line of a terminal."""
    end = "\n" if done == parts else "\r"
    if sys.stderr.isatty() or done == parts:
        print(
            f"Compiling the fast engine, once: {done} of {parts} parts", end=end, file=sys.stderr, flush=True
        )


def compile_once() -> None:
    """Compile what is not in the cache, with a count on the error stream."""
    if not compiler():
        text = (
            "No compiler (numba) for this Python: the engine core is used, which takes about twice as long."
        )
        print(text, file=sys.stderr)
    elif not compiled_before():
        compile_parts(_say)


if __name__ == "__main__":
    compile_once()
