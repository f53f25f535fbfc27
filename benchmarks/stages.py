"""Where the time of a run goes, stage by stage."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import lockin_sim as ls
from lockin_sim.core import engine

#: What is measured of a year, and what is done once a run: its begin, and the labels of its results.
MEASURED, ONCE = "measured", "begin and labels"


@contextmanager
def clocked(spent: Counter[str]) -> Iterator[None]:
    """In it, every stage of the vectorised engine adds its CPU seconds to ``spent``."""

    def clock(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent[name] += time.process_time() - began

        return timed

    stages, measured = dict(engine.STAGE), engine.Core.measured
    try:
        engine.STAGE.update({name: clock(name, function) for name, function in stages.items()})
        engine.Core.measured = clock(MEASURED, measured)
        yield
    finally:
        engine.STAGE.update(stages)
        engine.Core.measured = measured


def by_stage(runs: int, years: tuple[int, int]) -> dict[str, float]:
    """CPU seconds of some runs of the baseline by stage, in the order of the year."""
    spent: Counter[str] = Counter()
    with clocked(spent):
        began = time.process_time()
        ls.simulate(runs=runs, seed=1, years=years)
        total = time.process_time() - began
    return {name: spent[name] for name in (*engine.STAGE, MEASURED)} | {ONCE: total - spent.total()}
