"""Sums and maxima over a short last axis, such as that of vendors, and one more column.

numpy reduces a last axis of ten numbers at ten times the cost of an addition.  These go another way to the
same numbers; each row is reduced by itself, in an order that does not depend on what rows are beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lockin_sim.common.conventions import Bools, Floats, Integers

#: So few columns are added one by one.
_FEW = 4


def total(values: Floats) -> Floats:
    """Sum over the last axis, which stays.  (..., column) to (..., 1)."""
    if 0 < values.shape[-1] <= _FEW:
        summed = values[..., :1]
        for column in range(1, values.shape[-1]):
            summed = summed + values[..., column : column + 1]
        return summed
    result: Floats = np.einsum("...v->...", values)[..., None]
    return result


def largest(values: Floats) -> Floats:
    """Maximum over the last axis, which stays.  (..., column) to (..., 1)."""
    columns = np.ascontiguousarray(np.moveaxis(values, -1, 0))
    result: Floats = np.maximum.reduce(columns)[..., None]
    return result


def by_few(rows: Floats, few: Floats) -> Floats:
    """Matrix product with a narrow matrix, such as that of vendors and families of standards, stored with the
    few columns first: numpy works along the last axis in memory, and three numbers are too few for it.

    (..., row, column) by (..., column, few) to (..., row, few).
    """
    product: Floats = np.swapaxes(few, -1, -2) @ np.swapaxes(rows, -1, -2)
    return np.swapaxes(product, -1, -2)


def by_transposed(rows: Floats, matrix: Floats) -> Floats:
    """Rows times a square matrix whose rows and columns change places.  (..., row, column) each way."""
    return rows @ np.ascontiguousarray(np.swapaxes(matrix, -1, -2))


def nothing(like: Floats) -> Floats:
    """A zero that meets rows; in compiled code as many zeros as a row has.  (1,)."""
    return np.zeros(1)


def first_largest(values: Floats) -> Bools:
    """The first of the largest over the last axis, one-hot.  (..., column)."""
    first = np.argmax(values, axis=-1, keepdims=True)
    largest: Bools = np.arange(values.shape[-1]) == first
    return largest


def alone(values: NDArray[Any]) -> NDArray[Any]:
    """What a reduction leaves, without the axis that it left.  (..., 1) to (...)."""
    return values[..., 0]


def any_of(flags: Bools) -> Bools:
    """Whether any is true, over the last axis, which stays.  (..., column) to (..., 1)."""
    any_true: Bools = np.einsum("...v->...", flags)[..., None]
    return any_true


def position(flags: Bools) -> Integers:
    """Where the last axis is true first, 0 if nowhere.  (..., column) to (..., 1)."""
    return flags.argmax(axis=-1)[..., None]


def at(values: Floats, position: Integers) -> Floats:
    """The number at one position of the last axis, which stays.  (..., column), at (row, 1)."""
    whole = np.broadcast_to(values, (len(position), values.shape[-1]))
    return np.take_along_axis(whole, position, axis=-1)


def only_if(needed: bool, values: NDArray[Any]) -> Any:
    """Values, or a plain zero where nobody needs them."""
    return values if needed else 0.0


def with_none(by_sponsor: NDArray[Any], none: float = 0) -> NDArray[Any]:
    """Values by sponsor, and last that of vendors without one.  (..., sponsor) to (..., sponsor + 1)."""
    whole = np.full((*by_sponsor.shape[:-1], by_sponsor.shape[-1] + 1), none, dtype=by_sponsor.dtype)
    whole[..., :-1] = by_sponsor
    return whole
