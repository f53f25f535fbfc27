"""Where the time of a run goes: by stage of the year, and in the kernels that hold no economics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import lockin_sim as ls
from lockin_sim import draws
from lockin_sim.engine import Engine, operators, projects, schedule, totals
from lockin_sim.rules import choice, diffusion, users, utility
from lockin_sim.world.influence import Influence

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

#: Functions that a compiled path could take over without a second copy of the model.
KERNELS: Places = {
    "random numbers from keys": ((draws, "_numbers"),),
    "rows gathered": ((operators, "at"), (operators, "of_sponsor_at"), (projects, "at")),
    "softmax and largest offer of each row": ((choice, "logit"), (choice, "choose"), (users, "appeal")),
}

#: Matrix products, the influence product first among them, which are BLAS's already.
PRODUCTS = "matrix products"
_PRODUCTS: Places = {
    PRODUCTS: (
        (Influence, "neighbours"),
        *((diffusion, name) for name in ("fitting_base", "base_by_sponsor", "own_layers", "of_sponsors")),
        (utility, "official_status"),
        (totals, "of_groups"),
        (totals, "in_all"),
    )
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


def _spent(runs: int, years: tuple[int, int], places: Places) -> tuple[Counter[str], float]:
    """CPU seconds of some runs of the baseline by name, and of all."""
    spent: Counter[str] = Counter()
    with clocked(spent, places):
        began = time.process_time()
        ls.simulate(runs=runs, seed=1, years=years)
        return spent, time.process_time() - began


def by_stage(runs: int, years: tuple[int, int]) -> dict[str, float]:
    """CPU seconds of some runs of the baseline by stage, in the order of the year."""
    spent, total = _spent(runs, years, STAGES)
    return {name: spent[name] for name in STAGES} | {ONCE: total - spent.total()}


def in_kernels(runs: int, years: tuple[int, int]) -> dict[str, float]:
    """Share of the CPU seconds of some runs of the baseline that products and each group of kernels take."""
    places = _PRODUCTS | KERNELS
    spent, total = _spent(runs, years, places)
    return {name: spent[name] / total for name in places}
