"""Arguments of a sweep by themselves: what kind of thing each must be, said before anything is made of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.world import World


def path_of(where: str, value: object, allowed: str) -> Path:
    """A path.  Raises InputError for anything that cannot be one."""
    if not isinstance(value, str | Path) or "\0" in str(value) or not str(value):
        raise unusable(where, found=value, allowed=allowed)
    return Path(value)


def names_of(where: str, value: object, known: Collection[str]) -> tuple[str, ...]:
    """Names from a list, each once.  Raises InputError for anything but known names."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        example = value if isinstance(value, str) and value in known else next(iter(known))
        raise unusable(where, found=value, allowed=f"lists of names, such as [{example!r}]")
    names = list(value)
    for name in names:
        if not isinstance(name, str) or name not in known:
            raise unknown_name(where, found=name, known=known)
    return tuple(dict.fromkeys(names))


def years_of(value: Any, world: World) -> tuple[int, ...]:
    """The years to keep, in order, each once."""
    allowed = f"years from {world.first_year} to {world.last_year}, one after {world.first_year} at least"
    many = isinstance(value, Iterable) and not isinstance(value, str | Mapping)
    given = tuple(value) if many else (value,)
    whole = all(isinstance(y, int | np.integer) and not isinstance(y, bool) for y in given)
    if not given or not whole or min(given) < world.first_year or max(given) <= world.first_year:
        raise unusable("years", found=given if many else value, allowed=allowed)
    if max(given) > world.last_year:
        raise unusable("years", found=given if many else value, allowed=allowed)
    world.horizon((world.first_year, int(max(given))))
    return tuple(sorted({int(y) for y in given}))
