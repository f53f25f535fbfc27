"""Numbers of datasets as tables in CSV files: every digit, undefined ones blank, complete or not there."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.errors import unusable
from lockin_sim.files import guarded, whole_file
from lockin_sim.reader import shown_years
from lockin_sim.results.folder import MADE_BY, manifest_of, write_json

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def write_csv(path: Path, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A table in UTF-8, numbers as short as they are exact.

    Raises InputError where the file cannot be written.
    """
    with whole_file(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(guarded, head))
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    """A value as a cell of a CSV file: every digit, empty where undefined."""
    if isinstance(value, float | np.floating):
        return repr(float(value)) if np.isfinite(value) else ""
    return guarded(value.item() if isinstance(value, np.generic) else value)


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """A table of pandas without its index, as :func:`write_csv` writes it."""
    write_csv(path, frame.columns, frame.itertuples(index=False))


def tidy(ds: xr.Dataset, axes: Sequence[str], columns: Mapping[str, str] | Sequence[str]) -> pd.DataFrame:
    """A row for each combination of labels along the axes, the last running fastest.

    Parameters
    ----------
    ds : every column is a variable or coordinate of it, over some of the axes.
    axes : all dimensions of the columns.
    columns : names in the order of the table; a mapping gives each the head that it has there.
    """
    part = ds.reset_coords()[[name for name in columns if name not in ds.dims]]
    heads = columns if isinstance(columns, Mapping) else {}
    return part.to_dataframe(dim_order=list(axes)).reset_index()[list(columns)].rename(columns=heads)


def write_table(ds: xr.Dataset, variables: Sequence[str], path: Path) -> None:
    """Variables over the same axes as one table, with ends of intervals and pairs where there are any.

    One row for each combination of labels, with what labels stand for.  Of years, those that reports show;
    the year too where there is but one.  The unit, unless labels have units of their own.
    """
    columns = [n for v in variables for n in (v, f"{v}_low", f"{v}_high", pairs_of(v)) if n in ds]
    axes = [str(axis) for axis in ds[columns[0]].dims]
    if "year" in axes:
        ds = ds.sel(year=shown_years(ds))
    labels = [*axes, "year"] if "year" in ds.coords and "year" not in axes else axes
    head = [n for a in labels for n in (a, f"{a}_label", f"{a}_unit") if n == a or n in ds.coords]
    if "units" in ds[columns[0]].attrs and not any(name.endswith("_unit") for name in head):
        ds = ds.assign(unit=ds[columns[0]].attrs["units"])
        head.append("unit")
    write_frame(path, tidy(ds, axes, [*head, *columns]))


def pairs_of(variable: str) -> str:
    """The variable that counts the pairs of another."""
    return "pairs_used" if variable == "effect" else f"{variable}_pairs_used"


def check_claims(path: Path) -> None:
    """Raises InputError where the file that says how claims were made would take the place of another."""
    beside = path.with_suffix(".json")
    if beside.exists() and manifest_of(beside) is None:
        text = "another name: beside the table stands how it was made"
        raise unusable("output file", found=f"{path}, with somebody else's {beside.name}", allowed=text)


def write_claims(found: xr.Dataset, path: Path) -> None:
    """Effects of switching mechanisms off, one row a switch, measure and group; beside it, as .json, how they
    were made: version, seed, runs, years, and each switch with the hash of its scenario."""
    columns = {"switch": "switch", "switch_label": "switched_off", "measure": "measure"}
    columns |= {"measure_label": "meaning", "group": "group", "unit": "unit"}
    columns |= {name: name for name in ("full", "effect", "effect_low", "effect_high", "pairs_used")}
    write_frame(path, tidy(found.assign(unit="share"), ("switch", "measure", "group"), columns))
    switches = dict(zip(found["switch"].values.tolist(), found["switch_hash"].values.tolist(), strict=True))
    write_json(path.with_suffix(".json"), {"made_by": MADE_BY, **found.attrs, "switches": switches})
