"""Datasets in files of NetCDF 3, which every reader knows, by the CF Conventions, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.cf import decoded, encoded
from lockin_sim.errors import InputError
from lockin_sim.files import check_regular
from lockin_sim.outputs import whole_file

if TYPE_CHECKING:
    import xarray as xr


def write_dataset(ds: xr.Dataset, path: Path) -> None:
    """A dataset as NetCDF 3, which every reader knows, by the CF Conventions; complete or not there."""
    with whole_file(path) as unfinished:
        encoded(ds).to_netcdf(unfinished, engine="scipy")


#: What a reader raises that takes sizes, names and types from a damaged file.
_DAMAGED = (OSError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, MemoryError)


def read_dataset(path: Path) -> xr.Dataset:
    """A dataset as it was written, in memory.  Raises InputError for a file that is missing or damaged."""
    import xarray as xr

    if path.exists():
        check_regular(path)
    try:
        with xr.open_dataset(path, engine="scipy") as opened:
            ds = opened.load()
    except FileNotFoundError as error:
        text = "this file is missing; allowed: a folder with all that its manifest lists."
        raise InputError(f"{path}: {text}") from error
    except _DAMAGED as error:
        raise InputError(f"{path}: a damaged file, or not NetCDF ({error})") from error
    plain = {name: _plain(variable) for name, variable in ds.variables.items()}
    ds = ds.assign_coords({name: plain[name] for name in ds.coords}).assign(
        {name: plain[name] for name in ds.data_vars}
    )
    attributes = {k: v.item() if isinstance(v, np.generic) else v for k, v in ds.attrs.items()}
    return decoded(ds.drop_encoding().assign_attrs(attributes))


def _plain(variable: xr.Variable) -> xr.Variable:
    """Whole numbers and texts in the types that they had: NetCDF 3 has short ones alone."""
    kind: Any = {"i": np.int64, "O": np.str_}.get(variable.dtype.kind, variable.dtype)
    return variable.astype(kind)
