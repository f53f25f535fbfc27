"""What follows from a world and a little more, kept for as long as the world is one of the last used."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, cast

from lockin_sim.world.kinds import locked

#: Worlds of which anything is kept: a world is large.
WORLDS = 8

#: Years of a world of which anything is kept: more than most studies look at.
MOST_YEARS = 64


def kept[F: Callable[..., Any]](most: int) -> Callable[[F], F]:
    """Keep what a function gives for the last worlds, and of each world for the last ``most`` of what else it
    takes.  One memory for all of them would keep as many worlds as it has places.  Arrays that are kept are
    read-only."""

    def keep(function: F) -> F:
        """The function with its memory."""

        @lru_cache(maxsize=WORLDS)
        def of(world: Any) -> Callable[..., Any]:
            """The same of one world."""
            return lru_cache(maxsize=most)(lambda *more: locked(function(world, *more)))

        @wraps(function)
        def remembered(world: Any, *more: Any) -> Any:
            """As the function."""
            return of(world)(*more)

        return cast(F, remembered)

    return keep
