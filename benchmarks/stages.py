"""Where the time of a run goes, by stage of the year."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import lockin_sim as ls
from lockin_sim.engine import Engine, schedule

type Places = Mapping[str, tuple[tuple[Any, str], ...]]

#: What is done once a run: its begin, and the labels of its results.
ONCE = "begin and labels"

#: Stages of the year in their order, and what is measured of it.
STAGES: Places = {
    "policy and prices": ((schedule, "post"),),
    "renewals": ((schedule, "renewals"),),
    "finance": ((schedule, "lend"),),
    "votes": ((schedule, "votes"),),
    "restrictions": ((schedule, "restrictions"),),
    "choice": tuple((schedule, name) for name in ("choose", "trade", "commit")),
    "books": ((schedule, "books"),),
    "measure": ((Engine, "_measured"),),
}


def _clock(spent: Counter[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, adding its CPU seconds to ``spent``."""

    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[name] += time.process_time() - began

    return timed


@contextmanager
def clocked(spent: Counter[str], places: Places) -> Iterator[None]:
    """In it, functions add their CPU seconds to ``spent``.

    places  attributes of modules and classes by the name they count under
    """
    with ExitStack() as stack:
        for name, attributes in places.items():
            for holder, attribute in attributes:
                timed = _clock(spent, name, getattr(holder, attribute))
                stack.enter_context(patch.object(holder, attribute, timed))
        yield


def by_stage(runs: int, years: tuple[int, int], engine: str) -> dict[str, float]:
    """CPU seconds of some runs of the baseline by stage, in the order of the year."""
    spent: Counter[str] = Counter()
    with clocked(spent, STAGES):
        began = time.process_time()
        ls.simulate(runs=runs, seed=1, years=years, engine=engine)
        total = time.process_time() - began
    return {name: spent[name] for name in STAGES} | {ONCE: total - spent.total()}
