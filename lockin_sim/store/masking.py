"""What is not marked as done, as if never written; read from disk only where it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing


class Masked(BackendArray):
    """An array that gives a fill value at points that are not known, and knows no more than asked for."""

    def __init__(self, variable: xr.Variable, known: NDArray[np.bool_], fill: Any) -> None:
        """known: whether each place on the first two axes counts.  Words are those of Python."""
        self.variable, self.known, self.fill = variable, known, fill
        self.shape = variable.shape
        self.dtype = np.dtype(object) if variable.dtype.kind == "T" else variable.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        """What is known: chunks of the rest are not touched, and may be damaged."""
        points, runs = (np.arange(n)[k] for n, k in zip(self.shape, key[:2], strict=False))
        there = self.known[np.ix_(np.atleast_1d(points), np.atleast_1d(runs))]
        rest = [np.arange(n)[k].shape for n, k in zip(self.shape[2:], key[2:], strict=True)]
        values = np.full((*there.shape, *(n for shape in rest for n in shape)), self.fill, dtype=self.dtype)
        whole = there.all(axis=1)
        parts = [(whole, np.ones(there.shape[1], dtype=bool))] if whole.any() else []
        for row in np.flatnonzero(~whole & there.any(axis=1)):
            parts.append((np.arange(len(there)) == row, there[row]))
        for rows, columns in parts:
            chosen = (_run(np.atleast_1d(points)[rows]), _run(np.atleast_1d(runs)[columns]))
            values[np.ix_(rows, columns)] = self.variable[(*chosen, *key[2:])].to_numpy()
        return values.reshape((*points.shape, *runs.shape, *values.shape[2:]))


def _run(places: NDArray[np.integer]) -> Any:
    """Places as a slice where they follow each other, which is read much faster."""
    if places.size and (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def masked(array: xr.DataArray, known: NDArray[np.bool_], fill: Any) -> xr.Variable:
    """The array without what is not known at places on its first two axes."""
    variable = array.variable
    lazy = indexing.LazilyIndexedArray(Masked(variable, known, fill))
    return xr.Variable(variable.dims, lazy, variable.attrs, variable.encoding)
