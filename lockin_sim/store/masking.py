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
        """known: whether each place on the first axis counts.  Words are those of Python, for all writers."""
        self.variable, self.known, self.fill = variable, known, fill
        self.shape = variable.shape
        self.dtype = np.dtype(object) if variable.dtype.kind == "T" else variable.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        part = self.variable[key].to_numpy().astype(self.dtype)
        there = self.known[key[0]]
        if np.ndim(there) == 0:
            return part if there else np.full(part.shape, self.fill, dtype=self.dtype)
        part[~there] = self.fill
        return part


def masked(array: xr.DataArray, known: NDArray[np.bool_], fill: Any) -> xr.Variable:
    """The array without what is not known at places on its first axis."""
    variable = array.variable
    lazy = indexing.LazilyIndexedArray(Masked(variable, known, fill))
    return xr.Variable(variable.dims, lazy, variable.attrs, variable.encoding)
