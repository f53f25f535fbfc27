"""Arrays of a world have the kind of numbers that their field says, however they were written."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np


class OfKinds:
    """What is made of arrays: whole numbers where its fields say so, and floats elsewhere."""

    def __post_init__(self) -> None:
        """Bring whole numbers into their kind."""
        made: Any = type(self)
        for name, kind in _kinds(made).items():
            value = getattr(self, name)
            if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.dtype != kind:
                object.__setattr__(self, name, value.astype(kind))


@cache
def _kinds(made: Any) -> dict[str, np.dtype[Any]]:
    """Kind of each field that is declared as ``Floats`` or ``Integers``, also where it may be None."""
    kinds = {"Floats": np.dtype(np.float64), "Integers": np.dtype(np.intp)}
    said = {field.name: str(field.type).split(" ")[0] for field in dataclasses.fields(made)}
    return {name: kinds[kind] for name, kind in said.items() if kind in kinds}
