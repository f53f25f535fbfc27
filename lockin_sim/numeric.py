"""Values from outside as numbers: the one place that says what counts as one.

Truth values, words, bytes, complex numbers and spans of time are no numbers, though numpy makes numbers of
them; nor is a masked value.  A mapping or a set has no order in which to take its values.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Set
from typing import Any, TypeGuard

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable

#: Sequences that are one word.
_WORDS = (str, bytes, bytearray, memoryview)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is one real number, NaN and infinite ones among them."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.timedelta64)


def number(
    where: str, value: object, *, allowed: str, low: float = -math.inf, high: float = math.inf
) -> float:
    """The value as a float.  Raises InputError unless it is a finite number from ``low`` to ``high``."""
    try:
        found = float(value) if is_number(value) else math.nan
    except OverflowError:  # a whole number beyond all floats
        found = math.nan
    if not math.isfinite(found) or not low <= found <= high:
        raise unusable(where, found=value, allowed=allowed)
    return found


def as_python(value: Any) -> Any:
    """A number, truth or word of numpy as Python has it, which is how files have it; all else as it is."""
    if isinstance(value, np.bool_ | np.str_):
        return value.item()
    if is_number(value) and isinstance(value, np.generic):
        return int(value) if isinstance(value, np.integer) else float(value)
    return value


def check_listed(where: str, value: Any, *, allowed: str) -> None:
    """Raises InputError unless the value is a sequence, an array or a Series: for a word, what has no order,
    and a masked value."""
    if isinstance(value, (*_WORDS, Mapping, Set)) or not np.iterable(value):
        raise unusable(where, found=value, allowed=allowed)
    if _masked(value):
        raise unusable(where, found="masked values", allowed=f"{allowed}, none of them masked")


def _masked(value: object) -> bool:
    """Whether a value, or one in a list, is masked."""
    if isinstance(value, list | tuple):
        return any(_masked(each) for each in value if isinstance(each, list | tuple | np.ndarray))
    return isinstance(value, np.ma.MaskedArray) and bool(np.ma.is_masked(value))


def array(where: str, value: Any, *, allowed: str) -> Floats:
    """A copy of the value as float64, of any shape.

    Raises InputError for what holds anything but numbers; NaN and infinite ones are the caller's to judge.
    """
    single = is_number(value) or getattr(value, "ndim", 1) == 0
    if not single or np.ma.is_masked(value):
        check_listed(where, value, allowed=allowed)
    try:
        held = np.array(value, dtype=None if hasattr(value, "dtype") else object)
    except (TypeError, ValueError) as error:
        raise unusable(where, found=value, allowed=allowed) from error
    if held.dtype.kind not in "iufO":
        raise unusable(where, found=held.flat[0] if held.size else value, allowed=allowed)
    for each in held.flat if held.dtype.kind == "O" else ():
        if not is_number(each):
            raise unusable(where, found=each, allowed=allowed)
    try:
        return held.astype(np.float64)
    except OverflowError as error:
        raise unusable(where, found=value, allowed=allowed) from error


def _index(value: Any) -> Any:
    """The index of a Series; None for anything else."""
    index = getattr(value, "index", None)  # that of a list is a method
    return index if hasattr(index, "equals") else None


def check_counted(where: str, value: Any) -> None:
    """Raises InputError for a Series whose index does not count its values from 0: their order is not that of
    their labels."""
    index = _index(value)
    if index is not None and index.tolist() != list(range(len(index))):
        allowed = "one that counts from 0, as of reset_index(drop=True)"
        raise unusable(where, found=f"a Series with the index {index.tolist()}", allowed=allowed)


def check_alike(where: str, columns: Mapping[str, Any]) -> None:
    """Raises InputError where two columns are Series of unlike indexes: rows would be mixed by position."""
    known = {name: index for name, c in columns.items() if (index := _index(c)) is not None}
    first, *others = known or [""]
    for name in others:
        if not known[name].equals(known[first]):
            found = f"a Series whose index is not that of {first}"
            raise unusable(f"{where}: {name}", found=found, allowed="one index for all columns")
