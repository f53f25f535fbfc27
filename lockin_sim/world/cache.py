"""Arrays of a world: declared with axes and type, read-only, with a cache of values computed from them.

All objects that share a world read the same numbers.
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


def declare_array(axes: str, neutral: Any = 0) -> Any:
    """Declare an array field of a dataclass.

    axes     names, separated by spaces
    neutral  value without any effect, as in a toy world
    """
    return dataclasses.field(metadata={"axes": axes.split(), "neutral": neutral})


def declare_optional_array(axes: str) -> Any:
    """Declare an optional array field of a dataclass, None by default."""
    return dataclasses.field(default=None, metadata={"axes": axes.split()})


def get_array_axes(cls: Any) -> dict[str, list[str]]:
    """Return the axes of each array field of a class or instance; arrays may have leading axes."""
    fields = dataclasses.fields(cls)
    return {field.name: field.metadata["axes"] for field in fields if "axes" in field.metadata}


class ArrayRecord:
    """Base class of records of arrays: read-only, in copies and other processes, too.

    Whole numbers are cast to the type that a field declares, integers or floats.
    """

    def __post_init__(self) -> None:
        """Convert integer arrays to their declared type, and make all arrays read-only."""
        self.__setstate__(
            {name: cast_to_declared_kind(type(self), name, value) for name, value in vars(self).items()}
        )

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Restore content, read-only."""
        self.__dict__.update({name: make_read_only(value) for name, value in state.items()})

    @classmethod
    def with_neutral(cls, sizes: Mapping[str, int], **content: Any) -> Self:
        """Build an instance from some content, with the neutral value in every other declared array.

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


class ReadOnlyDict(dict[Any, Any]):
    """Read-only dictionary; ``|`` and ``dict`` return a writable copy."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        """Raise TypeError, since a world is read-only."""
        raise TypeError("a world is read-only; another one comes from edited tables, load_world(folder)")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """Return the arguments for pickling and copying."""
        return ReadOnlyDict, (dict(self),)


def make_read_only(value: Any) -> Any:
    """Make all arrays in a value read-only, in place; a dict becomes a read-only dict."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif sparse.issparse(value):
        for part in (value.data, value.indices, value.indptr):
            part.flags.writeable = False
    elif isinstance(value, tuple):
        for part in value:
            make_read_only(part)
    elif isinstance(value, dict):
        return ReadOnlyDict({name: make_read_only(part) for name, part in value.items()})
    return value


def has_equal_content(one: Any, other: Any) -> bool:
    """Whether two values of a world hold the same numbers and labels; NaN equals NaN."""
    if one is other:
        return True
    if sparse.issparse(one) and sparse.issparse(other):
        return bool(one.shape == other.shape and (one != other).nnz == 0)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == other.dtype.kind == "f")
    if isinstance(one, ArrayRecord) and type(one) is type(other):
        return has_equal_content(get_field_values(one), get_field_values(other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            has_equal_content(value, other[name]) for name, value in one.items()
        )
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(has_equal_content, one, other))
    return bool(one == other or (one != one and other != other))  # not a number, twice


def get_field_values(thing: ArrayRecord) -> dict[str, Any]:
    """Return the field values of an object by name, without cached properties."""
    if not dataclasses.is_dataclass(thing):
        return dict(vars(thing))
    return {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}


def cached_read_only_property[T](function: Callable[[Any], T]) -> cached_property[T]:
    """Declare a property that is computed once, with its arrays made read-only."""
    return cached_property(wraps(function)(lambda of: cast(T, make_read_only(function(of)))))


def cache_per_world[F: Callable[..., Any]](most: int) -> Callable[[F], F]:
    """Cache a function's results for the last worlds used, and up to ``most`` argument tuples for each world.

    A single cache for all worlds would keep as many worlds alive as it has entries.  Cached arrays are
    read-only.
    """

    def remember(function: F) -> F:
        """Wrap the function with its cache."""

        @lru_cache(maxsize=WORLDS)
        def of(world: Any) -> Callable[..., Any]:
            """Build the cached function of one world."""
            return lru_cache(maxsize=most)(lambda *more: make_read_only(function(world, *more)))

        cached: Any = wraps(function)(lambda world, *more: of(world)(*more))
        cached.cache_clear = of.cache_clear
        return cast(F, cached)

    return remember


def cast_to_declared_kind(cls: Any, name: str, value: Any) -> Any:
    """Cast an integer array to the type declared for a field; return other values unchanged."""
    kind = _get_declared_kinds(cls).get(name)
    if kind is None or not isinstance(value, np.ndarray) or value.dtype.kind not in "iu":
        return value
    return value.astype(kind, copy=False)


@cache
def _get_declared_kinds(cls: Any) -> dict[str, np.dtype[Any]]:
    """Return the dtype of each field declared as ``Floats`` or ``Integers``, optional fields included."""
    said = {field.name: str(field.type).split(" ")[0] for field in dataclasses.fields(cls)}
    return {name: _KINDS[kind] for name, kind in said.items() if kind in ("Floats", "Integers")}
