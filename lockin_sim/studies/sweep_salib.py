"""Sweeps for SALib (extra ``analysis``): its samples as designs, its inputs from a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.design import Design
from lockin_sim.design.methods import Varied, ranges_of
from lockin_sim.design.table import table
from lockin_sim.errors import InputError, unusable, whole_number
from lockin_sim.studies.sweep_means import response

if TYPE_CHECKING:
    import xarray as xr


class Inputs(NamedTuple):
    """What SALib's analyses take: the problem, the samples (point, column), and the response (point,)."""

    problem: dict[str, Any]
    X: Floats
    Y: Floats


def saltelli(varied: Varied, n: int, *, second_order: bool = True, seed: int = 0) -> Design:
    """Points for SALib's Sobol indices: ``n`` (2 D + 2), or n (D + 2) without the second order.

    varied  addresses, or a mapping from addresses to (low, high)
    Raises InputError for what cannot be used, and without SALib.
    """
    sample = _salib("sample.sobol")
    problem, ranges = _problem(varied)
    whole_number("design: n", n, least=1)
    if n & (n - 1):
        raise unusable("design: n", found=n, allowed="a power of two")
    points = sample(problem, n, calc_second_order=second_order, seed=whole_number("design: seed", seed))
    return _design(points, ranges, "saltelli")


def morris(varied: Varied, trajectories: int, *, levels: int = 4, seed: int = 0) -> Design:
    """Points for SALib's Morris screening: ``trajectories`` (D + 1).

    varied  addresses, or a mapping from addresses to (low, high);  levels  of the grid, even
    Raises InputError for what cannot be used, and without SALib.
    """
    sample = _salib("sample.morris")
    problem, ranges = _problem(varied)
    whole_number("design: trajectories", trajectories, least=2)
    if whole_number("design: levels", levels, least=2) % 2:
        raise unusable("design: levels", found=levels, allowed="an even number")
    points = sample(problem, trajectories, num_levels=levels, seed=whole_number("design: seed", seed))
    return _design(points, ranges, "morris")


def inputs(ds: xr.Dataset, outcome: str, year: int) -> Inputs:
    """Problem, samples and response of a sweep, for ``SALib.analyze``.

    The response is the mean over all runs of a point.
    Raises InputError if any run is undefined, or a column has no range or a missing value.
    """
    names = [str(n) for n, c in ds.coords.items() if c.dims == ("point",) and n != "point"]
    order = ds.attrs["identity"]["columns"]
    without = [n for n in names if "range" not in ds[n].attrs]
    if without:
        raise unusable("columns", found=without, allowed="columns that vary between two numbers")
    X = np.stack([ds[name].values for name in order], axis=1)
    if not np.isfinite(X).all():
        raise InputError("columns: a missing value in the design; allowed: numbers at all points.")
    ranges = {name: tuple(ds[name].attrs["range"]) for name in order}
    return Inputs(_of(ranges), X, response(ds, outcome, year))


def _problem(varied: Varied) -> tuple[dict[str, Any], dict[str, tuple[float, float]]]:
    ranges = ranges_of(varied)
    return _of(ranges), ranges


def _of(ranges: dict[str, Any]) -> dict[str, Any]:
    bounds = [list(ends) for ends in ranges.values()]
    return {"num_vars": len(ranges), "names": list(ranges), "bounds": bounds}


def _design(points: Floats, ranges: dict[str, tuple[float, float]], method: str) -> Design:
    columns = {name: np.clip(points[:, c], *ranges[name]) for c, name in enumerate(ranges)}
    return table(columns, method=method, ranges=ranges)


def _salib(module: str) -> Any:
    """The function ``sample`` of a module of SALib."""
    import importlib

    try:
        return importlib.import_module(f"SALib.{module}").sample
    except ImportError as error:
        needed = "SALib, which `pip install lockin-sim[analysis]` brings"
        raise unusable(module, found="no library for it", allowed=needed) from error
