"""What follows from a world and a little more, kept for as long as the world is one of the last used."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial, wraps
from typing import Any, cast

#: Worlds of which anything is kept: a world is large.
WORLDS = 8

#: Years of a world of which anything is kept: more than most studies look at.
MOST_YEARS = 64


def kept[F: Callable[..., Any]](most: int) -> Callable[[F], F]:
    """Keep what a function gives for the last worlds, and of each world for the last ``most`` of what else it
    takes.  One memory for all of them would keep as many worlds as it has places.  What is kept is only to be
    read."""

    def keep(function: F) -> F:
        """The function with its memory."""

        @lru_cache(maxsize=WORLDS)
        def of(world: Any) -> Callable[..., Any]:
            """The same of one world."""
            return lru_cache(maxsize=most)(partial(function, world))

        @wraps(function)
        def remembered(world: Any, *more: Any) -> Any:
            """As the function."""
            return of(world)(*more)

        return cast(F, remembered)

    return keep
