"""Read tables for some customers with numpy, for :mod:`.seen`; ``lanes`` has compiled counterparts.

Customers are given by positions along the first axes of a table: integers or arrays (row,), for one row each,
or an :class:`Axis` each, for all cells of runs, domains and countries at once.  Vendors lie along the last
axis, and a single number per customer is a row of length 1.  A table that is the same for all runs has one
run; a plain number holds everywhere.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Integers


class Axis(NamedTuple):
    """Positions along one axis of a grid of runs (0), domains (1) and countries (2)."""

    number: int
    places: Any = slice(None)


def row(table: Any, vendors: Any, *index: Any) -> Any:
    """Read the rows of a table at an index of its other axes; ``vendors`` is a slice of the last axis."""
    if isinstance(table, float) or isinstance(index[0], slice):
        return table
    if isinstance(index[0], Axis):
        return _of_grid(table, index)[..., vendors]
    return table.reshape(math.prod(table.shape[:-1]), table.shape[-1]).take(_place(table, index), axis=0)


def get(table: Any, *index: Any) -> Any:
    """Read one number for each customer; on a grid of integers, positions along an axis."""
    if isinstance(index[-1], Axis):
        numbers = _of_grid(table, index)
        return (
            Axis(index[-1].number, numbers.reshape(-1)) if numbers.dtype.kind == "i" else numbers[..., None]
        )
    numbers = table[tuple(map(_flat, index))]
    return numbers[:, None] if np.ndim(numbers) == 1 else numbers


def picked(table: Any, sponsors: Any, chosen: Integers, vendors: Any, *index: Any) -> Any:
    """Gather numbers known by sponsor for each offer; ``chosen`` is the sponsor of each, (..., vendor)."""
    if not isinstance(index[0], Axis):
        place = _place(table, index) * table.shape[-1]
        return table.reshape(-1).take(np.asarray(place)[..., None] + chosen)
    numbers, chosen = _of_grid(table, index), chosen[..., vendors]
    if any(axis.number == 1 for axis in index):  # a product with ones and zeros is faster than a look
        return numbers @ (np.arange(table.shape[-1])[:, None] == chosen[:, None]).astype(float)
    return numbers[:, 0][..., chosen].swapaxes(1, 2)


def picked_where(
    flags: Bools, table: Bools, sponsors: Any, chosen: Integers, vendors: Any, *index: Any
) -> Any:
    """Gather flags known by sponsor for each offer, false for customers without ``flags``."""
    return (
        picked(table, sponsors, chosen, vendors, *index) & flags
        if flags.any() and table.any()
        else flags & False
    )


def part(table: Any, position: Any) -> Any:
    """Read the table at one position of its first axis."""
    return table[position.places if isinstance(position, Axis) else _flat(position)]


def only(position: Any, vendors: Any) -> Any:
    """Return a row that is true at one position, and nowhere for -1."""
    return position == np.arange(vendors.start, vendors.stop)


def shared(table: Any, axis: int, position: Any) -> Any:
    """Return the position along an axis, or 0 if that axis has length 1 and serves all."""
    stays = isinstance(position, Axis | slice) or np.shape(table)[axis : axis + 1] != (1,)
    return position if stays else position * 0


def _of_grid(table: Any, index: tuple[Any, ...]) -> Any:
    """Read a table at positions along the axes it has, with length 1 along the others."""
    places = {axis.number: axis.places for axis in index}
    listed = places.get(2)
    if isinstance(listed, np.ndarray):
        places[2] = slice(None)
    numbers = table[tuple(places.get(number) for number in range(3))]
    return numbers.take(listed, axis=2) if isinstance(listed, np.ndarray) else numbers


def _flat(position: Any) -> Any:
    """Remove the last axis of positions of shape (row, 1)."""
    return position[:, 0] if np.ndim(position) == 2 else position


def _place(table: Any, index: tuple[Any, ...]) -> Any:
    """Compute positions in the flattened first axes of a table; a table of one run serves all."""
    place = _flat(index[0]) if len(table) > 1 else 0
    for length, along in zip(table.shape[1:], index[1:], strict=False):
        place = place * length + _flat(along)
    return place
