"""Open stores of sweeps as labelled datasets, and export them to other formats."""

from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.extras import check_installed, import_optional
from lockin_sim.common.files import check_apart, check_target, guard_cell, read_content, write_atomically
from lockin_sim.common.netcdf import encode_dataset, plain, plain_value
from lockin_sim.common.versions import warn_of_difference
from lockin_sim.runs.store import (
    DESCRIPTION,
    DONE,
    FAILED,
    NOT_RUN,
    UNIT_POINTS,
    UNIT_RUNS,
    Arrays,
    Layout,
    StoredVariable,
    check_earlier,
    described,
    head,
    is_store,
    marks,
    unit_file,
    units_of,
    whole_units,
)
from lockin_sim.runs.store_files import JOURNAL, checksum, clear_errors, scratch_folder

if TYPE_CHECKING:
    import pandas as pd

#: Key of the provenance, as JSON, in the metadata of a Parquet file.
PROVENANCE = "lockin_sim"

#: Attributes kept of a column of flags.
FLAGS = ("flag_values", "flag_meanings")


def open_sweep(path: str | Path, *, verify: bool = True) -> xr.Dataset:
    """Open a store of ``lockin sweep``, finished or not.

    verify  compare every unit with its checksum; False opens a very large store immediately

    Returns a dataset over (point, run, year, ...), read from disk on access: outcomes with units, the columns
    of the design as coordinates of ``point``, ``status`` (0 not computed, 1 done, 2 failed) and ``error``
    (point, run).  Failed and missing runs are NaN.  The attributes contain the provenance, and ``runs_done``,
    ``runs_failed`` and ``runs_missing``.
    Raises InputError for something that is not a store, or one that is damaged.
    """
    place = Path(path)
    layout, done = _layout(place), marks(place)
    warn_of_difference(place, layout.attributes)
    if verify:
        whole = whole_units(place, done)
        if len(whole) < len(done):  # unless they were replaced in the meantime
            done = marks(place)
            whole = whole_units(place, done)
        if damaged := sorted(done.keys() - whole.keys()):
            text = f"{len(damaged)} of {len(done)} units are damaged ({damaged[:5]}...)"
            raise InputError(f"{place}: {text}; nothing was read. Resume the sweep to compute them again.")
    known, failed = (sum(mark[key] for mark in done.values()) for key in ("runs", "failed"))
    counts = {"runs_done": known - failed, "runs_failed": failed}
    counts |= {"runs_missing": layout.points * layout.runs - known}
    files = {unit: unit_file(place, unit, mark) for unit, mark in done.items()}

    def variable(name: str, of: StoredVariable, dtype: Any = np.float64, fill: Any = np.nan) -> xr.Variable:
        """Build a variable read from the files of units, without units that xarray would decode as dates."""
        stored = _Stored(layout, files, name, of.shape, np.dtype(dtype), fill)
        about = {"long_name": of.long_name, "units": of.units.replace(" since ", " from ")}
        return xr.Variable(("point", "run", *of.axes), indexing.LazilyIndexedArray(stored), about)

    arrays = {name: variable(name, of) for name, of in layout.variables.items()}
    arrays["error"] = variable("error", StoredVariable((), (), "", "why a run failed"), object, "")
    arrays["status"] = variable("status", StoredVariable((), (), "", "state of a run"), np.int8, NOT_RUN)
    del arrays["status"].attrs["units"]
    flags = {"flag_values": [NOT_RUN, DONE, FAILED], "flag_meanings": "not_computed done failed"}
    arrays["status"].attrs |= flags
    about = plain({**json.loads(layout.text), **counts})
    return xr.Dataset(dict(sorted(arrays.items())), dict(sorted(layout.coordinates.items())), about)


def _layout(place: Path) -> Layout:
    """Read the description of a store.  Raises InputError for anything else, or a damaged one."""
    check_earlier(place)
    description = head(place)
    if not is_store(place) or (description is not None and not description["description"]):
        raise unusable("store", found=str(place), allowed="a store made by `lockin sweep`")
    if not (place / JOURNAL).is_file():
        text = f"{JOURNAL} is missing, which says what is computed"
        raise InputError(f"{place}: {text}; nothing was read. `--resume` computes the units again.")
    content = read_content(place / DESCRIPTION)
    if content is None or (description is not None and checksum(content) != description["description"]):
        raise InputError(
            f"{place}: the description of the store cannot be read, damaged or missing: {DESCRIPTION}; "
            "nothing was read. `--resume` mends it and keeps the units."
        )
    return described(place, content)


class _Stored(BackendArray):
    """Array of a store, read on access, with a fill value where no unit is done."""

    def __init__(
        self,
        layout: Layout,
        files: Mapping[int, Path],
        name: str,
        rest: tuple[int, ...],
        dtype: np.dtype[Any],
        fill: Any,
    ) -> None:
        self.files, self.name, self.dtype, self.fill = files, name, dtype, fill
        self.shape = (layout.points, layout.runs, *rest)
        self._unit, self._across = (layout.unit_points, layout.unit_runs), -(-layout.runs // layout.unit_runs)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        """Read a selection, from the files of its units only."""
        places = [np.arange(n)[k] for n, k in zip(self.shape, key, strict=True)]
        points, runs, *rest = map(np.atleast_1d, places)
        values = np.full((len(points), len(runs), *map(len, rest)), self.fill, dtype=self.dtype)
        rows, columns = points // self._unit[0], runs // self._unit[1]
        for first, second in itertools.product(np.unique(rows).tolist(), np.unique(columns).tolist()):
            file = self.files.get(first * self._across + second)
            if file is not None:
                here, there = np.flatnonzero(rows == first), np.flatnonzero(columns == second)
                mine = (points[here] % self._unit[0], runs[there] % self._unit[1], *rest)
                try:
                    values[np.ix_(here, there)] = Arrays(file)[self.name][np.ix_(*mine)]
                except FileNotFoundError as error:
                    text = "a unit was replaced since the store was opened; open it again"
                    raise InputError(f"{file.parent}: {text}.") from error
        return values.reshape([n for place in places for n in place.shape])


# --- other formats ---


def export(store: str | Path | xr.Dataset, path: str | Path) -> Path:
    """Write a store to one file, or to one folder of Zarr, by the ending of its name.

    ``.csv`` and ``.parquet``: one row per point, run and year, with the columns of the design, the seed, the
    outcomes, the status and the error, but no variables with further axes.  Undefined numbers are blank or
    null.  Texts that a spreadsheet would run as a formula have a leading apostrophe in ``.csv``; units,
    meanings and provenance are in the metadata of ``.parquet``.  ``.nc`` and ``.zarr``: everything, by the CF
    Conventions.
    Raises InputError for another ending, a missing library, a file that cannot be written, or one in a store.
    """
    target = check_ending(path)
    if target.suffix == ".zarr":
        check_apart(target.parent, "export", target)
        if target.exists():
            raise unusable("export", found=str(target), allowed="the name of a new folder")
        ds = open_sweep(store) if isinstance(store, str | Path) else store
        check_installed("zarr", "export to .zarr")
        written = encode_dataset(ds)
        written["error"] = written["error"].astype(np.dtypes.StringDType())
        with clear_errors(target), scratch_folder(target) as new, warnings.catch_warnings():
            # consolidated metadata, which other readers may ignore
            warnings.filterwarnings("ignore", message="Consolidated metadata is currently not part")
            written.to_zarr(new, mode="w-", zarr_format=3)
            new.rename(target)
        return target
    check_target(target, "export")
    ds = open_sweep(store) if isinstance(store, str | Path) else store
    with write_atomically(target, "export") as unfinished:
        _WRITERS[target.suffix](ds, unfinished)
    return target


def check_ending(path: str | Path) -> Path:
    """Return the path.  Raises InputError for an ending of no known format."""
    target = Path(path)
    if target.suffix not in (*_WRITERS, ".zarr"):
        raise unusable("export", found=str(path), allowed=f"a name ending in {', '.join(_WRITERS)}, .zarr")
    return target


def tables(ds: xr.Dataset) -> Iterator[pd.DataFrame]:
    """Yield tables unit by unit: point, run and year, design, seed, outcomes, status and error."""
    beside = (("point",), ("run",))
    columns = [str(n) for n, c in ds.coords.items() if c.dims in beside and n not in ds.dims]
    names = [str(n) for n, v in ds.data_vars.items() if v.dims == ("point", "run", "year")]
    sizes = (int(ds.attrs[key]) for key in (UNIT_POINTS, UNIT_RUNS))
    for unit in units_of(ds.sizes["point"], ds.sizes["run"], *sizes):
        points, runs = unit.place
        part = ds[[*names, "status", "error"]].isel(point=points, run=runs).load()
        frame = part.reset_coords(columns)[[*columns, *names, "status", "error"]].to_dataframe(
            dim_order=["point", "run", "year"]
        )
        frame["error"] = frame["error"].astype(str)
        yield frame.reset_index()


def _csv(ds: xr.Dataset, path: Path) -> None:
    """Write all tables below each other as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for position, frame in enumerate(tables(ds)):
            words = frame.select_dtypes(exclude="number")
            frame[words.columns] = words.map(guard_cell)
            frame.columns = [guard_cell(name) for name in frame.columns]
            frame.to_csv(file, header=position == 0, index=False, lineterminator="\n")


def _parquet(ds: xr.Dataset, path: Path) -> None:
    """Write all tables into one Parquet file, with unit and meaning of each column and the provenance."""
    pyarrow = import_optional("pyarrow", "export to .parquet")
    parquet = import_optional("pyarrow.parquet", "export to .parquet")
    parts = (pyarrow.Table.from_pandas(frame, preserve_index=False) for frame in tables(ds))
    first, fields = next(parts), []
    for field in first.schema:
        about = plain(ds[field.name].attrs) if field.name in ds.variables else {}
        metadata = {key: str(about[key]) for key in ("units", "long_name", *FLAGS) if key in about}
        fields.append(field.with_metadata(metadata) if metadata else field)
    provenance = json.dumps(ds.attrs, sort_keys=True, default=plain_value)
    schema = pyarrow.schema(fields, {**(first.schema.metadata or {}), PROVENANCE: provenance})
    with parquet.ParquetWriter(path, schema) as writer:
        for part in itertools.chain([first], parts):
            writer.write_table(part.cast(schema))


def _netcdf(ds: xr.Dataset, path: Path) -> None:
    """Write NetCDF with the best available library, by the CF Conventions."""
    try:
        encode_dataset(ds).to_netcdf(path)
    except (ImportError, ValueError, TypeError) as error:
        raise InputError(f"export to NetCDF: {error}") from error


_WRITERS = {".csv": _csv, ".parquet": _parquet, ".nc": _netcdf}
