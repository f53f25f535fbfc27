"""Arrays of a world: declared with axes and type, read-only, with a cache of what is computed from them.

All that share a world read the same numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache, wraps
from typing import Any, NoReturn, Self, cast

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

#: Worlds of which anything is remembered: a world is large.
WORLDS = 8

#: Years of a world of which anything is remembered: more than most studies look at.
MOST_YEARS = 64

#: Kinds of numbers that a field may be declared as.
_KINDS = {"Floats": np.dtype(np.float64), "Integers": np.dtype(np.intp), "Bools": np.dtype(np.bool_)}

#: Axes of the facts of the initial state that are arrays by what a world names.
FACT_AXES = {
    "coverage": ["domain", "country"],
    "base_share": ["domain", "vendor"],
    "users_base": ["domain", "country", "vendor"],
    "adoption": ["domain", "country", "vendor"],
    "anchor_mask": ["anchor", "country"],
}


def per(axes: str, neutral: Any = 0) -> Any:
    """Declare an array of a dataclass.

    axes     names, separated by spaces
    neutral  what it holds where nothing happens, as in a toy world
    """
    return dataclasses.field(metadata={"axes": axes.split(), "neutral": neutral})


def perhaps(axes: str) -> Any:
    """Declare an optional array."""
    return dataclasses.field(default=None, metadata={"axes": axes.split()})


def axes_of(cls: Any) -> dict[str, list[str]]:
    """Axes of each array that a class declares, or that a thing has; others may come before them."""
    fields = dataclasses.fields(cls)
    return {field.name: field.metadata["axes"] for field in fields if "axes" in field.metadata}


class OfArrays:
    """A class of arrays: integers where its fields say so, floats elsewhere, read-only in copies and other
    processes, too."""

    def __post_init__(self) -> None:
        """Bring whole numbers into their kind, and lock all arrays."""
        self.__setstate__({name: of_kind(type(self), name, value) for name, value in vars(self).items()})

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Take over some content, read-only."""
        self.__dict__.update({name: locked(value) for name, value in state.items()})

    @classmethod
    def with_neutral(cls, sizes: Mapping[str, int], **content: Any) -> Self:
        """One of some content; declared arrays that are not in it are neutral.

        sizes  length of each axis
        """
        neutral: dict[str, NDArray[Any]] = {}
        for field in dataclasses.fields(cast(Any, cls)):
            if "neutral" in field.metadata and field.name not in content:
                shape = [sizes[axis] for axis in field.metadata["axes"]]
                kind = _KINDS[str(field.type)]
                years = [shape.pop(0)] if field.metadata["axes"][0] == "year" else []  # alike, and kept once
                of_year = np.full(shape, field.metadata["neutral"], dtype=kind)
                neutral[field.name] = np.broadcast_to(of_year, (*years, *shape))
        return cls(**content, **neutral)


class Locked(dict[Any, Any]):
    """A read-only dict; ``|`` and ``dict`` return one that may be written to."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        """Raises TypeError: a world is read-only."""
        raise TypeError("a world is read-only; another one comes from edited tables, load_world(folder)")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """As it is pickled and copied."""
        return Locked, (dict(self),)


def locked(value: Any) -> Any:
    """The value with all its arrays read-only; a dict becomes one that is only read."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif sparse.issparse(value):
        for part in (value.data, value.indices, value.indptr):
            part.flags.writeable = False
    elif isinstance(value, tuple):
        for part in value:
            locked(part)
    elif isinstance(value, dict):
        return Locked({name: locked(part) for name, part in value.items()})
    return value


def alike(one: Any, other: Any) -> bool:
    """Whether two things of a world hold the same numbers and labels."""
    if one is other:
        return True
    if sparse.issparse(one) and sparse.issparse(other):
        return bool(one.shape == other.shape and (one != other).nnz == 0)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == other.dtype.kind == "f")
    if isinstance(one, OfArrays) and type(one) is type(other):
        return alike(content_of(one), content_of(other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(value, other[name]) for name, value in one.items())
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other or (one != one and other != other))  # not a number, twice


def content_of(thing: OfArrays) -> dict[str, Any]:
    """What something is made of, without what was derived from it."""
    if not dataclasses.is_dataclass(thing):
        return dict(vars(thing))
    return {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}


def derived[T](function: Callable[[Any], T]) -> cached_property[T]:
    """A property that is computed once; its arrays are read-only."""
    return cached_property(wraps(function)(lambda of: cast(T, locked(function(of)))))


def per_world[F: Callable[..., Any]](most: int) -> Callable[[F], F]:
    """Cache a function's results for the worlds used last, and up to ``most`` argument tuples for each.

    One cache for all would hold as many worlds as it has places.  Cached arrays are read-only.
    """

    def remember(function: F) -> F:
        """The function with its cache."""

        @lru_cache(maxsize=WORLDS)
        def of(world: Any) -> Callable[..., Any]:
            """The same of one world."""
            return lru_cache(maxsize=most)(lambda *more: locked(function(world, *more)))

        cached: Any = wraps(function)(lambda world, *more: of(world)(*more))
        cached.cache_clear = of.cache_clear
        return cast(F, cached)

    return remember


def of_kind(cls: Any, name: str, value: Any) -> Any:
    """The value of a field, whole numbers in the kind that a class declares for it."""
    kind = _kinds(cls).get(name)
    if kind is None or not isinstance(value, np.ndarray) or value.dtype.kind not in "iu":
        return value
    return value.astype(kind, copy=False)


@cache
def _kinds(cls: Any) -> dict[str, np.dtype[Any]]:
    """Kind of each field that is declared as ``Floats`` or ``Integers``, also where it may be None."""
    said = {field.name: str(field.type).split(" ")[0] for field in dataclasses.fields(cls)}
    return {name: _KINDS[kind] for name, kind in said.items() if kind in ("Floats", "Integers")}
