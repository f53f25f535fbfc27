"""Where the time of a run goes: by stage of the year, and in the kernels that hold no economics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import lockin_sim as ls
from lockin_sim import draws
from lockin_sim.core import engine
from lockin_sim.core.rows import Rows
from lockin_sim.rules import choice, diffusion, restriction, utility, voting
from lockin_sim.world import influence

#: What is measured of a year, and what is done once a run: its begin, and the labels of its results.
MEASURED, ONCE = "measured", "begin and labels"

#: Functions that a compiled path could take over without a second copy of the model.
KERNELS: dict[str, tuple[tuple[Any, str], ...]] = {
    "random numbers from keys": ((draws, "_numbers"),),
    "rows gathered and put back": tuple((Rows, n) for n in ("offers", "by_sponsor", "by_audience", "put")),
    "softmax and largest offer of each row": ((choice, "logit"), (choice, "choose")),
}

#: Matrix products, the influence product first among them, which are BLAS's already.
PRODUCTS = "matrix products"
_PRODUCTS = {
    PRODUCTS: tuple((module, "product") for module in (influence, diffusion, utility, voting, restriction))
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
def clocked(
    spent: Counter[str],
    places: Mapping[str, tuple[tuple[Any, str], ...]],
    stages: MutableMapping[str, Callable[..., Any]],
) -> Iterator[None]:
    """In it, functions add their CPU seconds to ``spent``.

    places  attributes of modules and classes by the name they count under
    stages  functions by name
    """
    with ExitStack() as stack:
        for name, attributes in places.items():
            for holder, attribute in attributes:
                timed = _clock(spent, name, getattr(holder, attribute))
                stack.enter_context(patch.object(holder, attribute, timed))
        timed_stages = {name: _clock(spent, name, function) for name, function in stages.items()}
        stack.enter_context(patch.dict(stages, timed_stages))
        yield


def _spent(runs: int, years: tuple[int, int], **how: Any) -> tuple[Counter[str], float]:
    """CPU seconds of some runs of the baseline by name, and of all."""
    spent: Counter[str] = Counter()
    with clocked(spent, **how):
        began = time.process_time()
        ls.simulate(runs=runs, seed=1, years=years)
        return spent, time.process_time() - began


def by_stage(runs: int, years: tuple[int, int]) -> dict[str, float]:
    """CPU seconds of some runs of the baseline by stage, in the order of the year."""
    spent, total = _spent(runs, years, places={MEASURED: ((engine.Core, "measured"),)}, stages=engine.STAGE)
    return {name: spent[name] for name in (*engine.STAGE, MEASURED)} | {ONCE: total - spent.total()}


def in_kernels(runs: int, years: tuple[int, int]) -> dict[str, float]:
    """Share of the CPU seconds of some runs of the baseline that products and each group of kernels take."""
    places = _PRODUCTS | KERNELS
    spent, total = _spent(runs, years, places=places, stages={})
    return {name: spent[name] / total for name in places}
