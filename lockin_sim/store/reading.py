"""Stores as labelled datasets."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.cf import ADDRESS, plain
from lockin_sim.errors import InputError, unusable
from lockin_sim.store.description import damaged as damaged_description
from lockin_sim.store.layout import JOURNAL, NOT_RUN, Chunks, Unit, given_name, local, units
from lockin_sim.store.marks import Marks, is_store, marked_units, whole_units
from lockin_sim.store.staging import half_moved

if TYPE_CHECKING:
    import xarray as xr


def open_sweep(path: str | Path, *, verify: bool = True) -> xr.Dataset:
    """Open a store of ``lockin sweep``, finished or not.

    verify  compare every unit with its checksum; False opens a very large store at once

    Returns a dataset over (point, run, year, ...), read from disk as it is used: outcomes with units, the
    columns of the design as coordinates of ``point``, ``status`` (0 not computed, 1 done, 2 failed) and
    ``error`` (point, run).  A run that failed or is not computed yet is NaN.  The attributes hold the
    provenance, and ``runs_done``, ``runs_failed`` and ``runs_missing``.
    Raises InputError for something that is not a store, or one that is damaged.
    """
    import xarray as xr

    place = Path(path)
    if not is_store(place):
        raise unusable("store", found=str(path), allowed="a store made by `lockin sweep`")
    _check_whole(place, str(path))
    try:
        ds = xr.open_zarr(local(place, read_only=True), chunks=None, consolidated=True)
        names = list(ds.attrs["arrays"])
        cut = units(ds.sizes["point"], ds.sizes["run"], ds.attrs)
        across = sum(unit.points.start == 0 for unit in cut)
        chunks = Chunks({name: ds[name].ndim for name in names}, across)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise InputError(f"{path}: the description of the store cannot be read ({error})") from error
    ds.attrs = plain({key: value for key, value in ds.attrs.items() if key != "arrays"})
    ds = ds.set_coords([name for name in ds.data_vars if name not in names])
    for name in names:
        ds[name].encoding.pop("coordinates", None)  # names on disk; who writes the dataset finds them anew
    given = {n: ds[n].attrs.pop(ADDRESS, given_name(str(n))) for n in ds.coords}
    ds = ds.rename({stored: name for stored, name in given.items() if stored != name})
    words = {n: c for n, c in ds.coords.items() if c.dtype.kind == "T"}
    ds = ds.assign_coords(
        {n: (c.dims, c.values.astype(object).astype(np.str_), c.attrs) for n, c in words.items()}
    )
    done = _known(place, chunks, str(path), verify=verify)
    total = ds.sizes["point"] * ds.sizes["run"]
    failed, known = (sum(e[key] for e in done.values()) for key in ("failed", "runs"))
    # all but words are read as they are where there is nothing to hide
    ds = _masked(ds, names if known < total else ["error"], cut, done)
    counts = {"runs_done": known - failed, "runs_failed": failed, "runs_missing": total - known}
    result: xr.Dataset = ds.assign_attrs(counts)
    return result


def _check_whole(place: Path, said: str) -> None:
    """Raises InputError for a store with a lost journal or a damaged description."""
    if not (place / JOURNAL).is_file():
        text = f"{JOURNAL} is missing, which says what is computed"
        raise InputError(f"{said}: {text}; nothing was read. `--resume` computes the units again.")
    found = damaged_description(place)
    if found:
        text = f"{', '.join(found[:5])}{' ...' if len(found) > 5 else ''}"
        raise InputError(
            f"{said}: the description of the store cannot be read, damaged or missing: {text}; "
            "nothing was read. `--resume` mends it and keeps the units."
        )


def _known(place: Path, chunks: Chunks, said: str, *, verify: bool) -> Marks:
    """Marks of the units that can be read.

    A unit that was being put in place of an older one is left out with a warning.
    Raises InputError for units that do not fit their mark.
    """
    if verify:
        done, damaged = whole_units(place, chunks)
        if damaged:  # or put in place of an older one while this was reading
            mended, damaged = whole_units(place, chunks, damaged)
            done |= mended
    else:
        done, damaged = marked_units(place), []
    moving = half_moved(place, chunks, marked_units(place))
    if moving is not None:
        done.pop(moving, None)
        damaged = [unit for unit in damaged if unit != moving]
        text = f"unit {moving} was being replaced when the sweep stopped, and counts as not computed"
        warnings.warn(f"{said}: {text}; `--resume` completes it", stacklevel=3)
    if damaged:
        text = f"{len(damaged)} of {len(done) + len(damaged)} units are damaged ({damaged[:5]}...)"
        raise InputError(f"{said}: {text}; nothing was read. Resume the sweep to compute them again.")
    return done


def _masked(ds: xr.Dataset, names: list[str], cut: list[Unit], done: Collection[int]) -> xr.Dataset:
    """What is not marked as done is as if never written; nothing is read for that."""
    from lockin_sim.store.masking import masked

    known = np.zeros((ds.sizes["point"], ds.sizes["run"]), dtype=bool)
    for number, unit in enumerate(cut):
        known[unit.place] = number in done
    fill = {"status": NOT_RUN, "error": ""}
    return ds.assign({name: masked(ds[name], known, fill.get(name, np.nan)) for name in names})
