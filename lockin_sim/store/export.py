"""Stores to other formats: CSV and Parquet as long tables, part by part, and NetCDF."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.errors import InputError, unusable
from lockin_sim.store.layout import units
from lockin_sim.store.reading import open_sweep

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FORMATS = (".csv", ".parquet", ".nc")


def export(store: str | Path | xr.Dataset, path: str | Path) -> Path:
    """Write a store to one file, by the ending of its name.

    ``.csv`` and ``.parquet``: one row a point, run and year, with the columns of the design, the outcomes,
    the status and the error; variables with further axes are left to NetCDF.  Undefined numbers are blank or
    null.  ``.nc``: everything, as NetCDF.
    Raises InputError for another ending, a missing library, or a file that cannot be written.
    """
    target = check_ending(path)
    ds = open_sweep(store) if isinstance(store, str | Path) else store
    unfinished = target.with_name(f".{target.name}.unfinished")
    write = {".csv": _csv, ".parquet": _parquet, ".nc": _netcdf}[target.suffix]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write(ds, unfinished)
        unfinished.replace(target)
    except OSError as error:
        raise unusable(
            "export", found=str(path), allowed=f"a file that can be written ({error.strerror or error})"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return target


def check_ending(path: str | Path) -> Path:
    """The path.  Raises InputError for an ending that is not one of FORMATS."""
    target = Path(path)
    if target.suffix not in FORMATS:
        raise unusable("export", found=str(path), allowed=f"a name ending in {', '.join(FORMATS)}")
    return target


def tables(ds: xr.Dataset) -> Iterator[pd.DataFrame]:
    """Rows of one unit after the other: point, run and year, design, outcomes, status and error."""
    columns = [str(n) for n, c in ds.coords.items() if c.dims == ("point",) and n != "point"]
    names = [str(n) for n, v in ds.data_vars.items() if v.dims == ("point", "run", "year")]
    for unit in units(ds.sizes["point"], ds.sizes["run"], ds.attrs):
        points, runs = unit.place
        part = ds[[*names, "status", "error"]].isel(point=points, run=runs).load()
        frame = part.reset_coords(columns)[[*columns, *names, "status", "error"]].to_dataframe(
            dim_order=["point", "run", "year"]
        )
        frame["error"] = frame["error"].astype(str)
        yield frame.reset_index()


def _csv(ds: xr.Dataset, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for position, frame in enumerate(tables(ds)):
            frame.to_csv(file, header=position == 0, index=False, lineterminator="\n")


def _parquet(ds: xr.Dataset, path: Path) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        needed = "pyarrow, which `pip install lockin-sim[analysis]` brings"
        raise unusable("export to Parquet", found="no library for it", allowed=needed) from error
    parts = (pyarrow.Table.from_pandas(frame, preserve_index=False) for frame in tables(ds))
    first = next(parts)
    with pyarrow.parquet.ParquetWriter(path, first.schema) as writer:
        for part in itertools.chain([first], parts):
            writer.write_table(part.cast(first.schema))


def _netcdf(ds: xr.Dataset, path: Path) -> None:
    """With the best library there is; scipy's NetCDF 3 has no long integers and no nested attributes."""
    import json

    plain: dict[str, Any] = {
        key: value if isinstance(value, str | int | float) else json.dumps(value, sort_keys=True)
        for key, value in ds.attrs.items()
    }
    error = ds["error"]
    ds = ds.assign_attrs(plain).assign(
        error=(error.dims, error.values.astype(object).astype(np.str_), error.attrs)
    )
    # a slash makes a group in NetCDF
    ds = ds.rename({n: str(n).replace("/", ":") for n in ds.variables if "/" in str(n)})
    try:
        ds.to_netcdf(path)
    except (ImportError, ValueError, TypeError) as error:
        raise InputError(f"export to NetCDF: {error}") from error
