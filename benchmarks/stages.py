"""Where the time of a run goes, by stage of the year."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from typing import Any
from unittest.mock import patch

import lockin_sim as ls
from lockin_sim.engine import schedule
from lockin_sim.model.measures import Recorder
from lockin_sim.runs import simulation

#: What is done once a run: its begin, and the labels of its results.
ONCE = "begin and labels"

#: Stages of the year in their order and what is measured of it, with the functions that do each: those that
#: the year calls, stages that numpy or compiled code does, or what records.
STAGES: Mapping[str, tuple[str, ...]] = {
    "policy and prices": ("post",),
    "renewals": ("renewals",),
    "finance": ("lend",),
    "votes": ("votes",),
    "restrictions": ("restrictions",),
    "choice": ("choose", "trade", "commit"),
    "books": ("books",),
    "measure": ("add", "series"),
}


def _clock(spent: Counter[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, adding its CPU seconds to ``spent``."""

    def timed(*args: Any, **kwargs: Any) -> Any:
        """The function, with its time noted."""
        began = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[name] += time.process_time() - began

    return timed


@contextmanager
def clocked(spent: Counter[str]) -> Iterator[None]:
    """In it, what does the stages of the year adds its CPU seconds to ``spent``."""
    stage = {name: stage for stage, names in STAGES.items() for name in names}
    chosen, done_by_engines = simulation.find_stages, {part.name for part in fields(schedule.Stages)}

    def find_stages(name: str) -> schedule.Stages:
        """Stages with a clock."""
        done = chosen(name)
        clocks: dict[str, Any] = {n: _clock(spent, stage[n], f) for n, f in vars(done).items() if n in stage}
        return replace(done, **clocks)

    with ExitStack() as stack:
        stack.enter_context(patch.object(simulation, "find_stages", find_stages))
        for name in stage.keys() - done_by_engines:
            holder = schedule if hasattr(schedule, name) else Recorder
            stack.enter_context(patch.object(holder, name, _clock(spent, stage[name], getattr(holder, name))))
        yield


def by_stage(runs: int, years: tuple[int, int], engine: str) -> dict[str, float]:
    """CPU seconds of some runs of the baseline by stage, in the order of the year."""
    ls.simulate(runs=1, seed=1, years=years, engine=engine)  # what is compiled is loaded before
    spent: Counter[str] = Counter()
    with clocked(spent):
        began = time.process_time()
        ls.simulate(runs=runs, seed=1, years=years, engine=engine)
        total = time.process_time() - began
    return {name: spent[name] for name in STAGES} | {ONCE: total - spent.total()}
