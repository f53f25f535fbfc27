"""Write result folders that are complete, old or new, at every moment, and leave others' files untouched.

A folder is ours by its manifest, with the files listed there.  If nothing else is inside, the new folder and
the old one exchange names in one system call.  If it contains other files, or the system has no such call,
the new folder moves into the old one, hidden, and its files move to their places one by one: from then on the
new results are complete, in two places, and later readers and writers know both.  Links are never followed:
nothing behind them is written or removed.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.conventions import years_shown
from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.files import (
    check_apart,
    find_existing_folder,
    guard_cell,
    is_link,
    read_json,
    write_atomically,
)
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.netcdf import read_dataset
from lockin_sim.common.versions import MANIFEST, read_versions, warn_of_difference
from lockin_sim.runs.store import is_store
from lockin_sim.runs.store_files import exchange, scratch_folder
from lockin_sim.settings import ensemble

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


MADE_BY = "lockin_sim"

#: Folder of the datasets.
DATA = "data"

#: Keys of manifests of results that took hours: only results of the same kind may replace them.
KINDS = ("calibration",)

#: Hidden folder of new results until every file is in its place.
STAGED = ".lockin_new"

#: Suffix of others' files in the way of a result, and maximum number of names in a message.
ASIDE, _SHOWN = ".kept", 8


@checks_keywords()
def open_results(path: str | Path) -> Any:
    """Open the dataset or datasets in a result folder, as the study returned them.

    Parameters
    ----------
    path : A folder made by ``lockin compare``, ``lockin calibrate`` or ``lockin sweep``; ``"bundled"`` is the
        bundled calibration.

    Returns
    -------
    dict of str to Dataset
        Of a comparison, by name.  Always: ``effects`` (as :func:`lockin_sim.compare` returns it),
        ``by_group``, ``by_domain``, ``by_country`` and ``public_cost``; on request ``chain``.
    Dataset
        Of a calibration, see :func:`lockin_sim.calibrate`; of a sweep, see :func:`lockin_sim.sweep`, read
        from disk on access, finished or not.

    Raises
    ------
    InputError
        For a folder with none of these, or one that is damaged.

    Warns
    -----
    UserWarning
        Of results of another minor version or of other rules.
    """
    from lockin_sim.runs.store_datasets import open_sweep

    if not isinstance(path, str | Path) or not str(path):
        raise unusable("open_results", found=path, allowed="the path of a folder of results, or 'bundled'")
    folder = Path(path)  # a store may have any name that its file system allows
    if path == "bundled":
        return ensemble.open_posterior()
    if is_store(folder):
        return open_sweep(folder)
    if (folder / ensemble.DATASET).is_file():
        return ensemble.open_posterior(folder)
    datasets = open_comparison(folder)
    warn_of_difference(folder, read_versions(folder))
    return datasets


def open_comparison(folder: Path) -> dict[str, xr.Dataset]:
    """Open the datasets listed in a manifest, with its version and rules as attributes.

    Raises InputError for a folder without such a manifest, or one that is damaged.
    """
    allowed = "a folder made by `lockin compare`, `lockin calibrate` or `lockin sweep`"
    try:
        manifest = read_json(placed(folder, MANIFEST))
    except InputError as error:
        raise unusable("results", found=str(folder), allowed=allowed) from error
    places = manifest.get("datasets") if isinstance(manifest, dict) else None
    if not isinstance(places, dict) or manifest.get("made_by") != MADE_BY:
        raise unusable("results", words=f"{folder}, which lists no datasets", allowed=allowed)
    for name, place in places.items():
        inside = isinstance(place, str) and re.fullmatch(rf"{DATA}/[\w.-]+", place)
        if not inside or len(place) > 250:
            where = f"{folder / MANIFEST}: datasets.{name}"
            raise unusable(where, found=place, allowed=f"a file in {DATA}/ of the folder")
    stamped = read_versions(placed(folder, MANIFEST).parent)
    return {n: read_dataset(placed(folder, place)).assign_attrs(stamped) for n, place in places.items()}


def check_folder(out: Path, beside: Collection[str] = (), kind: str = "") -> Path:
    """Check that a path is free, an empty folder or earlier results of ours; return it as absolute.

    Parameters
    ----------
    out : the folder.
    beside : folders of ours inside it that are written separately, such as that of the runs.
    kind : one of KINDS, whose earlier results may be replaced; blank for any other study.

    Raises
    ------
    InputError
        For a file, somebody else's folder, a folder of inputs, or a path that cannot be written to.
    """
    place, allowed = out.resolve(), "a new folder, an empty one, or one with earlier results"
    if place.exists() and not place.is_dir():
        raise unusable("output folder", found=str(out), allowed=f"{allowed}, not a file")
    check_apart(place, "output folder", out)
    names = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    refused = next((f"whose {name} is a link" for name in beside if is_link(place / name)), "")
    if not refused and (present := [name for name in names if name not in beside]):
        content = manifest_of(place) or manifest_of(place / STAGED)
        earlier = next((name for name in KINDS if content and name in content), "")
        if content is None:
            refused = f"which holds {min(present, key=lambda name: (name == MANIFEST, name))}"
        elif "files" not in content:
            refused = f"whose {MANIFEST} does not say which files are results"
        elif earlier != kind:
            refused = f"which holds {f'a {earlier}' if earlier else 'other results'}"
    if refused:
        raise unusable("output folder", words=f"{out}, {refused}", allowed=allowed)
    with _refusals(out):
        above = find_existing_folder(out)
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise unusable("output folder", found=str(out), allowed=f"a writable place, which {above} is not")
    return place


@contextmanager
def new_folder(out: Path, beside: Collection[str] = (), kind: str = "") -> Iterator[Path]:
    """Yield a folder to fill, with a manifest, which replaces earlier results at ``out`` when complete.

    On an error, ``out`` stays unchanged.  Others' files in ``out`` stay, with a warning.  Arguments and
    errors as in :func:`check_folder`.
    """
    place = check_folder(out, beside, kind)
    with _refusals(out), scratch_folder(place) as new:
        new.mkdir()
        yield new
        _list(new, _files(new))
        if place.exists():
            settle(place)
        if not place.exists():
            new.rename(place)
        elif not others(place) and exchange(new, place):
            for name in others(new):  # arrived in the meantime
                _make_way(place, name, listed(place))
                _move(new, place, name)
        else:
            new.rename(place / STAGED)
            settle(place)
    others_left = [name for name in others(place) if name.split("/")[0] not in beside]
    if others_left:
        more = f" and {len(others_left) - _SHOWN} more" if len(others_left) > _SHOWN else ""
        text = f"left unchanged, since not in {MANIFEST}: {', '.join(others_left[:_SHOWN])}{more}"
        warnings.warn(f"{out}: {text}", stacklevel=3)


@contextmanager
def more_files(out: Path) -> Iterator[Path]:
    """Yield a folder of additional files, which join the results at ``out`` if no error occurs."""
    place = out.resolve()
    with _refusals(out), scratch_folder(place) as new:
        new.mkdir()
        yield new
        before, names = listed(place), _files(new)
        for name in names:
            _make_way(place, name, before)
        _list(place, names | before)
        for name in sorted(names):
            _move(new, place, name)


def write_manifest(folder: Path, about: Mapping[str, Any]) -> None:
    """Write the provenance of results as their manifest, indented JSON in UTF-8; accepts NumPy numbers."""
    content = {"made_by": MADE_BY, **about}
    text = json.dumps(content, indent=2, ensure_ascii=False, default=np.generic.item)
    with write_atomically(folder / MANIFEST) as unfinished:
        unfinished.write_text(f"{text}\n", encoding="utf-8")


def manifest_of(place: Path) -> dict[str, Any] | None:
    """Read the manifest in a result folder, or in a separate file; None if there is none of ours."""
    try:
        file = place / MANIFEST if place.is_dir() else place
        content = None if is_link(file) else read_json(file)
    except InputError:
        return None
    return content if isinstance(content, dict) and content.get("made_by") == MADE_BY else None


def placed(folder: Path, name: str) -> Path:
    """Return the path of a result file, final or staged."""
    staged = folder / STAGED
    waits = not is_link(staged) and (staged / MANIFEST).exists() and (staged / name).exists()
    return staged / name if waits else folder / name


def listed(folder: Path) -> set[str]:
    """List the files in a folder's manifest, and the manifest itself.

    Names that lead outside or through a link are left out.
    """
    content = manifest_of(folder)
    if content is None:
        return set()
    names = content.get("files", ())
    paths = [PurePosixPath(str(name)) for name in names] if isinstance(names, list | dict) else []
    return {MANIFEST} | {
        str(path)
        for path in paths
        if not path.is_absolute()
        and ".." not in path.parts
        and not any(is_link(folder / part) for part in (path, *path.parents) if part.parts)
    }


def others(folder: Path) -> list[str]:
    """List files and folders that no manifest of ours lists."""
    ours = listed(folder)
    above = {str(parent) for name in ours for parent in PurePosixPath(name).parents} - {"."}

    def within(part: Path) -> Iterator[str]:
        """Yield others' files below a folder."""
        for path in sorted(part.iterdir()):
            name = path.relative_to(folder).as_posix()
            if name in above and path.is_dir() and not is_link(path):
                yield from within(path)
            elif name not in ours and name != STAGED:
                yield name

    return list(within(folder))


@contextmanager
def _refusals(out: Path) -> Iterator[None]:
    """Turn disk errors into one message that names the path instead of the scratch folder."""
    try:
        yield
    except (OSError, InputError) as error:
        refused = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(refused, OSError):
            raise
        allowed = f"a writable place ({refused.strerror or refused})"
        raise unusable("output folder", found=str(out), allowed=allowed) from refused


def settle(place: Path) -> None:
    """Move the staged results of a folder to their places, after any interruption."""
    staged = place / STAGED
    ours, new = listed(place), set() if is_link(staged) else listed(staged)
    if new:
        for name in ours - new:
            (place / name).unlink(missing_ok=True)
            for parent in PurePosixPath(name).parents[:-1]:  # folders that become empty
                with suppress(OSError):
                    (place / parent).rmdir()
        for name in sorted(new - {MANIFEST}):
            if (staged / name).exists():
                _make_way(place, name, ours)
                _move(staged, place, name)
        _move(staged, place, MANIFEST)
    _remove_empty(staged)
    _make_way(place, STAGED, set())


def _remove_empty(folder: Path) -> None:
    """Remove a folder and its empty subfolders; files, links and their folders stay."""
    if is_link(folder) or not folder.is_dir():
        return
    for path in folder.iterdir():
        _remove_empty(path)
    with suppress(OSError):
        folder.rmdir()


def _files(folder: Path) -> set[str]:
    """List all files of a folder except its manifest."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MANIFEST}


def _list(folder: Path, files: Iterable[str]) -> None:
    """Write the list of files into the manifest, unless the manifest describes its files itself."""
    content = manifest_of(folder)
    if content is None:
        raise ValueError(f"{folder} has no {MANIFEST}")
    if not isinstance(content.get("files"), dict):
        write_manifest(folder, {**content, "files": sorted({*files} - {MANIFEST})})


def _move(source: Path, place: Path, name: str) -> None:
    """Move a finished file into its place."""
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (source / name).replace(place / name)


def _make_way(place: Path, name: str, ours: set[str]) -> None:
    """Rename others' files that are in the way of ours, with a warning."""
    for part in [*reversed(PurePosixPath(name).parents), PurePosixPath(name)][1:]:
        path, last = place / part, str(part) == name
        folder_on_the_way = path.is_dir() and not last and not is_link(path)
        if not os.path.lexists(path) or str(part) in ours or folder_on_the_way:
            continue
        names = (path.with_name(f"{path.name}{ASIDE}{n or ''}") for n in range(10**6))
        free = next(p for p in names if not os.path.lexists(p))
        path.rename(free)
        warnings.warn(f"{path}: not a result, renamed to {free.name}", stacklevel=2)


def write_csv(
    path: Path, head: Iterable[str], rows: Iterable[Iterable[Any]], *, digits: int | None = None
) -> None:
    """Write a table in UTF-8, with the shortest exact numbers, or with fixed significant digits.

    Raises InputError if the file cannot be written.
    """

    _write(path, head, ([_cell(value, digits) for value in row] for row in rows))


def _cell(value: Any, digits: int | None = None) -> Any:
    """Convert a value to a cell, with every digit unless ``digits`` is given; "" if undefined."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        number = repr(value) if digits is None else f"{value:.{digits}g}"
        return number if math.isfinite(value) else ""
    return guard_cell(value)


def _write(path: Path, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write rows of cells as a file."""
    with write_atomically(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(guard_cell, head))
        writer.writerows(rows)


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a pandas table without its index, as :func:`write_csv` does."""
    _write(path, frame.columns, zip(*(_cells(column) for _, column in frame.items()), strict=True))


def _cells(column: pd.Series[Any]) -> list[Any]:
    """Convert a column to cells, formatting repeated labels once."""
    values: list[Any] = column.tolist()
    if column.dtype.kind == "f":
        for place in np.flatnonzero(~np.isfinite(column.to_numpy())):
            values[place] = ""
        return values
    if all(type(value) is str for value in values):
        known = {value: guard_cell(value) for value in set(values)}
        return [known[value] for value in values]
    return [_cell(value) for value in values]


def tidy(ds: xr.Dataset, axes: Sequence[str], columns: Mapping[str, str] | Sequence[str]) -> pd.DataFrame:
    """Convert a dataset to one row per combination of labels along the axes, the last varying fastest.

    Parameters
    ----------
    ds : with a variable or coordinate over some of the axes for every column.
    axes : all dimensions of the columns.
    columns : names in the order of the table; a mapping gives each its head.
    """
    part = ds.reset_coords()[[name for name in columns if name not in ds.dims]]
    heads = columns if isinstance(columns, Mapping) else {}
    return part.to_dataframe(dim_order=list(axes)).reset_index()[list(columns)].rename(columns=heads)


def shown_years(ds: xr.Dataset) -> list[int]:
    """Return the years of a dataset that tables show: 2035, if the last year is later, and the last year."""
    return years_shown(int(ds["year"].values[-1]))


def table_of(ds: xr.Dataset, variables: Sequence[str]) -> pd.DataFrame:
    """Tabulate variables over the same axes, with intervals and numbers of pairs.

    One row per combination of labels, with their titles, in the years that reports show; with the unit,
    unless labels have their own.
    """
    ends = ("", "_low", "_high", "_q05", "_q95", "_above", "_below")
    columns = [n for v in variables for n in (*(f"{v}{end}" for end in ends), pairs_of(v)) if n in ds]
    axes = [str(axis) for axis in ds[columns[0]].dims]
    if "year" in axes:
        ds = ds.sel(year=shown_years(ds))
    labels = [*axes, "year"] if "year" in ds.coords and "year" not in axes else axes
    head = [
        n for a in labels for n in (a, f"{a}_label", f"{a}_unit", f"{a}_record") if n == a or n in ds.coords
    ]
    if "units" in ds[columns[0]].attrs and not any(name.endswith("_unit") for name in head):
        ds = ds.assign(unit=ds[columns[0]].attrs["units"])
        head.append("unit")
    return tidy(ds, axes, [*head, *columns])


def write_table(ds: xr.Dataset, variables: Sequence[str], path: Path) -> None:
    """Write variables as the table of :func:`table_of`."""
    write_frame(path, table_of(ds, variables))


def pairs_of(variable: str) -> str:
    """Return the name of the variable that holds the number of pairs of another variable."""
    return "pairs_used" if variable == "effect" else f"{variable}_pairs_used"


def write_records(path: str | Path, records: Sequence[Mapping[str, Any]]) -> Path:
    """Write records as CSV, one row each, numbers in six digits; return the path."""
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = ([record.get(name, "") for name in names] for record in records)
    write_csv(Path(path), names, rows, digits=6)
    return Path(path)
