"""Means over the runs of a sweep, which say how many runs they left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import InputError, unknown_name, unusable
from lockin_sim.statistics import mean_over_runs

if TYPE_CHECKING:
    import xarray as xr


def over_runs(ds: xr.Dataset) -> xr.Dataset:
    """Mean of every variable over the runs that define it, and ``<name>_left_out``, the runs that do not.

    (point, run, ...) -> (point, ...).  A run that failed, is missing, or does not define the variable is left
    out; a mean of nothing is NaN.
    """
    import xarray as xr

    means: dict[str, Any] = {}
    for name in _numbers(ds):
        axes = tuple(d for d in ds[name].dims if d != "run")
        mean, used = mean_over_runs(ds[name].transpose("run", *axes).values)
        left_out = {"units": "runs", "long_name": f"runs left out of {name}"}
        means[name] = (axes, mean, ds[name].attrs)
        means[f"{name}_left_out"] = (axes, ds.sizes["run"] - used, left_out)
    coords = {n: c for n, c in ds.coords.items() if "run" not in c.dims}
    return xr.Dataset(means, coords=coords, attrs=ds.attrs)


def response(ds: xr.Dataset, outcome: str, year: int) -> Floats:
    """Mean of one outcome over all runs of each point in one year, (point,), for an analysis.

    Raises InputError if any run is left out: an analysis must not rest on what is not there.
    """
    known = _numbers(ds)
    if outcome not in known:
        raise unknown_name("outcome", found=outcome, known=known)
    if year not in ds["year"].values:
        raise unusable("year", found=year, allowed=f"one of {ds['year'].values.tolist()}")
    values = ds[outcome].sel(year=year).transpose("point", "run", ...).values
    bad = ~np.isfinite(values)
    if bad.any():
        points = np.flatnonzero(bad.any(axis=tuple(range(1, bad.ndim))))
        state = f"{int(bad.sum())} of {bad.size} runs at {len(points)} points ({points[:8].tolist()} ...)"
        raise InputError(
            f"{outcome} in {year}: not defined in {state}; allowed: all runs. Look at `status` and `error`, "
            "retry what failed, or choose points without them."
        )
    return np.asarray(values.mean(axis=1))


def _numbers(ds: xr.Dataset) -> list[str]:
    """Variables that have a number for each run."""
    return [str(n) for n, v in ds.data_vars.items() if "run" in v.dims and n not in ("status", "error")]
