"""Stores to other formats: CSV and Parquet as long tables, part by part, and NetCDF."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.cf import encoded, plain, plain_value
from lockin_sim.errors import InputError, not_installed, unusable
from lockin_sim.files import guarded
from lockin_sim.outputs import check_target, whole_file
from lockin_sim.store.layout import units
from lockin_sim.store.reading import open_sweep

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Key of the provenance among the metadata of a Parquet file, which is JSON.
PROVENANCE = "lockin_sim"

#: What is kept of a column of flags.
FLAGS = ("flag_values", "flag_meanings")

FORMATS = (".csv", ".parquet", ".nc")


def export(store: str | Path | xr.Dataset, path: str | Path) -> Path:
    """Write a store to one file, by the ending of its name.

    ``.csv`` and ``.parquet``: one row a point, run and year, with the columns of the design, the outcomes,
    the status and the error; variables with further axes are left to NetCDF.  Undefined numbers are blank or
    null.  A text that a spreadsheet would run as a formula has an apostrophe before it in ``.csv``; units,
    meanings and provenance are in the metadata of ``.parquet``.  ``.nc``: everything, by the CF Conventions.
    Raises InputError for another ending, a missing library, a file that cannot be written, or one in a store.
    """
    target = check_ending(path)
    check_target(target, "export")
    ds = open_sweep(store) if isinstance(store, str | Path) else store
    with whole_file(target, "export") as unfinished:
        {".csv": _csv, ".parquet": _parquet, ".nc": _netcdf}[target.suffix](ds, unfinished)
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
    """Write all tables one below the other as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for position, frame in enumerate(tables(ds)):
            words = frame.select_dtypes(exclude="number")
            frame[words.columns] = words.map(guarded)
            frame.columns = [guarded(name) for name in frame.columns]
            frame.to_csv(file, header=position == 0, index=False, lineterminator="\n")


def _parquet(ds: xr.Dataset, path: Path) -> None:
    """Write all tables one below the other as a Parquet file."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise not_installed("export to Parquet: pyarrow", "analysis") from error
    parts = (pyarrow.Table.from_pandas(frame, preserve_index=False) for frame in tables(ds))
    first = next(parts)
    schema = _described(first.schema, ds)
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for part in itertools.chain([first], parts):
            writer.write_table(part.cast(schema))


def _described(schema: Any, ds: xr.Dataset) -> Any:
    """The schema with what the dataset says: unit and meaning of each column, provenance of the whole."""
    import pyarrow

    fields = []
    for field in schema:
        about = plain(ds[field.name].attrs) if field.name in ds.variables else {}
        kept = {key: str(about[key]) for key in ("units", "long_name", *FLAGS) if key in about}
        fields.append(field.with_metadata(kept) if kept else field)
    provenance = json.dumps(ds.attrs, sort_keys=True, default=plain_value)
    return pyarrow.schema(fields, {**(schema.metadata or {}), PROVENANCE: provenance})


def _netcdf(ds: xr.Dataset, path: Path) -> None:
    """With the best library there is, by the CF Conventions."""
    try:
        encoded(ds).to_netcdf(path)
    except (ImportError, ValueError, TypeError) as error:
        raise InputError(f"export to NetCDF: {error}") from error
