"""Single precision on request: what enters a batch is cast once, and nothing after that asks for a kind.

Numbers keep the kind of the arrays they come from: the world, the conditions, the parameters and the state
are cast before the first year, a new array takes the kind of the world, and a number of Python takes any
kind.  Three things stay in float64 whatever is asked for: the fit of the initial state, done once; uniform
draws, which are only compared with probabilities and could be rounded to 1; and the counts of votes, which
must be exact at a quota.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sparse

from lockin_sim.world import World
from lockin_sim.world.influence import Influence
from lockin_sim.world.markets import Lenders, Lots, Routes

#: What a world is made of beside its arrays.
_PARTS = (Influence, Lenders, Lots, Routes)


def cast[T](held: T, dtype: np.dtype[Any]) -> T:
    """A copy of an object whose float64 arrays are of another kind, stored in the same order; the same object
    for float64.  Whole numbers, truth values, tuples and mappings stay."""
    if dtype == np.float64:
        return held
    twin = copy.copy(held)
    for name, value in vars(held).items():
        if isinstance(value, np.ndarray) or sparse.issparse(value):
            value = value.astype(dtype) if value.dtype == np.float64 else value
        elif isinstance(value, _PARTS):
            value = cast(value, dtype)
        object.__setattr__(twin, name, value)
    return twin


@lru_cache(maxsize=8)  # a world is large
def world_in(world: World, dtype: np.dtype[Any]) -> World:
    """A world in one kind of numbers, with its lots, routes, lenders and influence; made once."""
    return cast(world, dtype)
