"""Arrays of a world have the kind of numbers that their field says, however they were written, and stay as
they are: all that share a world read the same numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache, cached_property, wraps
from typing import Any, NoReturn

import numpy as np
import scipy.sparse as sparse


class OfKinds:
    """What is made of arrays: whole numbers where its fields say so, and floats elsewhere.  All are
    read-only, in copies and in other processes too."""

    def __post_init__(self) -> None:
        """Bring whole numbers into their kind, and lock all arrays."""
        made: Any = type(self)
        for name, kind in _kinds(made).items():
            value = getattr(self, name)
            if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.dtype != kind:
                object.__setattr__(self, name, value.astype(kind))
        self.__setstate__(vars(self))

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Take over some content, read-only."""
        self.__dict__.update({name: locked(value) for name, value in state.items()})


class Locked(dict[Any, Any]):
    """A dict that is only read; ``|`` and ``dict`` give one that may be written to."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        """Raises TypeError: nothing of a world changes."""
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


def derived[T](function: Callable[[Any], T]) -> cached_property[T]:
    """A property that is computed once; its arrays are read-only."""

    @wraps(function)
    def once(of: Any) -> T:
        """As the function."""
        found: T = locked(function(of))
        return found

    return cached_property(once)


@cache
def _kinds(made: Any) -> dict[str, np.dtype[Any]]:
    """Kind of each field that is declared as ``Floats`` or ``Integers``, also where it may be None."""
    kinds = {"Floats": np.dtype(np.float64), "Integers": np.dtype(np.intp)}
    said = {field.name: str(field.type).split(" ")[0] for field in dataclasses.fields(made)}
    return {name: kinds[kind] for name, kind in said.items() if kind in kinds}
