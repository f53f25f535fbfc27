"""Points of a sweep for outside analyses: numbers in a matrix, one response per point.

Truths are 0 and 1, and words are numbered in alphabetical order; the encoding is reported.  A point without a
number is refused, or left out and counted: undefined values never become numbers.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import InputError, not_installed, unknown_name, unusable
from lockin_sim.results import write_csv

if TYPE_CHECKING:
    import xarray as xr

#: Packages of the extra ``search``.
WORKBENCH = "ema_workbench"

#: Treatments of undefined points.
MISSING = ("refuse", "drop")

#: Minimum number of points.
FEWEST = 16


@dataclass(frozen=True, eq=False)
class Factor:
    """One factor that was varied.

    name    its address, or its own name
    levels  words in the order of their numbers, "" for the scenario's own value; none for numbers
    low, high   ends of its numbers
    discrete    whether it is a word or a truth
    """

    name: str
    levels: tuple[str, ...]
    low: float
    high: float
    discrete: bool

    def from_unit(self, unit: Floats) -> Floats:
        """Numbers at positions from 0 to 1, rounded to levels if it has any."""
        if self.discrete:
            many = round(self.high - self.low) + 1
            level: Floats = np.minimum(np.floor(unit * many), many - 1) + self.low
            return level
        return self.low + unit * (self.high - self.low)

    def word(self, value: float) -> str:
        """A value as written in the design."""
        if self.levels:
            return self.levels[round(value)] or "as the scenario has it"
        if self.discrete:
            return "true" if value else "false"
        return f"{value:.4g}"


@dataclass(frozen=True, eq=False)
class Points:
    """Points of a sweep with one response each.

    factors    what differs between points
    x          (point, factor)
    y          (point,), mean over runs
    noise      mean over points of the squared standard error of ``y``
    constant   names of columns that never differ
    dropped    number of points left out
    about      outcome, year, label and unit
    """

    factors: tuple[Factor, ...]
    x: Floats
    y: Floats
    noise: float
    constant: tuple[str, ...]
    dropped: int
    about: dict[str, Any]

    @property
    def names(self) -> list[str]:
        """Names of the factors."""
        return [factor.name for factor in self.factors]

    def encoded(self) -> str:
        """Encoding of factors that are not numbers, in words; "" if all are."""
        parts = []
        for factor in self.factors:
            if factor.levels:
                words = ", ".join(f"{n} = {factor.word(n)}" for n in range(len(factor.levels)))
                parts.append(f"{factor.name}: {words}")
            elif factor.discrete:
                parts.append(f"{factor.name}: 0 = false, 1 = true")
        return "; ".join(parts)


def points_of(
    source: str | Path | xr.Dataset,
    outcome: str | None = None,
    year: int | None = None,
    missing: str = "refuse",
) -> Points:
    """Points of a store or dataset of ``sweep`` or ``evaluate``.

    source   a store of ``lockin sweep``, or the dataset of :func:`lockin_sim.sweep`, ``evaluate`` or
             ``open_results``
    outcome  name of an outcome; None = the only one
    year     None = the last
    missing  treatment of points with a run that failed, is missing or does not define the outcome: "refuse",
             or "drop" to leave them out and report their number
    Raises InputError for anything that cannot be used.
    """
    if missing not in MISSING:
        raise unknown_name("missing", found=missing, known=MISSING)
    ds = opened(source)
    name, values, about = _response(ds, outcome, year)
    columns = [str(n) for n, c in ds.coords.items() if c.dims == ("point",) and n != "point"]
    if not columns:
        raise unusable("points", found="nothing that varies", allowed="a sweep of a design")
    coded = {n: _coded(ds[n].values) for n in columns}
    good = np.isfinite(np.column_stack([values, *(numbers for _, numbers in coded.values())])).all(axis=1)
    where, dropped = f"{name} in {about['year']}", int((~good).sum())
    if dropped and missing == "refuse":
        which = np.flatnonzero(~good)[:8].tolist()
        raise InputError(
            f"{where}: undefined at {dropped} of {good.size} points ({which} ...), where a run failed or has "
            "no such outcome, a value is missing, or the sweep is unfinished (continue with resume=True or "
            "--resume); allowed: all points defined, or missing='drop' (--missing drop) to leave them out."
        )
    if good.sum() < FEWEST:
        raise unusable(where, found=f"{good.sum()} points", allowed=f"at least {FEWEST}")
    varied = {n: (words, x[good]) for n, (words, x) in coded.items() if np.ptp(x[good]) > 0}
    if not varied:
        raise unusable(
            "points", found="points that are all alike", allowed="a design in which something varies"
        )
    factors = []
    for n, (words, numbers) in varied.items():
        low, high = (0.0, len(words) - 1.0) if words else (float(numbers.min()), float(numbers.max()))
        factors.append(Factor(n, words, low, high, bool(words) or is_truth(n)))
    x, runs = np.column_stack([numbers for _, numbers in varied.values()]), values.shape[1]
    noise = float((values[good].var(axis=1, ddof=1) / runs).mean()) if runs > 1 else 0.0
    constant = tuple(n for n in columns if n not in varied)
    return Points(tuple(factors), x, values[good].mean(axis=1), noise, constant, dropped, about)


def opened(source: Any) -> xr.Dataset:
    """The dataset of a store, or the dataset itself.  Raises InputError for anything else."""
    if isinstance(source, str | Path):
        from lockin_sim.runs.stored import open_sweep

        return open_sweep(source)
    if not hasattr(source, "data_vars") or "point" not in source.dims:
        allowed = "the path of a store, or the dataset of ls.sweep or ls.evaluate"
        raise unusable("points", found=type(source).__name__, allowed=allowed)
    ds: xr.Dataset = source
    return ds


def _response(ds: xr.Dataset, outcome: str | None, year: int | None) -> tuple[str, Floats, dict[str, Any]]:
    """Name and values (point, run) of the outcome."""
    stacked = "outcome" in ds.dims
    if stacked:
        known = [str(n) for n in ds["outcome"].values]
    else:
        skip = ("status", "error")
        axes = {"point", "run", "year"}
        known = [str(n) for n, v in ds.data_vars.items() if n not in skip and set(v.dims) == axes]
    if outcome is None and len(known) != 1:
        raise unusable("outcome", found="none", allowed=f"one of {', '.join(known)}")
    name = known[0] if outcome is None else outcome
    if name not in known:
        raise unknown_name("outcome", found=name, known=known)
    years = [int(y) for y in ds["year"].values]
    at = years[-1] if year is None else year
    if at not in years:
        raise unusable("year", found=year, allowed=f"one of {years}")
    variable = ds["value"].sel(outcome=name) if stacked else ds[name]
    values = np.asarray(variable.sel(year=at).transpose("point", "run").values, dtype=float)
    label = str(variable["outcome_label"].item()) if stacked else str(variable.attrs.get("long_name", name))
    unit = str(variable["outcome_unit"].item()) if stacked else str(variable.attrs.get("units", ""))
    return name, values, {"outcome": name, "year": at, "label": label, "unit": unit, "runs": values.shape[1]}


def _coded(values: Any) -> tuple[tuple[str, ...], Floats]:
    """Words and numbers of a column; a missing word is a level of its own: the scenario's value."""
    array = np.asarray(values)
    if array.dtype.kind in "UOT":
        words = array.astype(object).astype(str)
        levels, numbers = np.unique(words, return_inverse=True)
        return tuple(levels.tolist()), numbers.astype(float)
    return (), array.astype(float)


def is_truth(name: str) -> bool:
    """Whether the values of an address are true and false."""
    from lockin_sim.design import column

    try:
        return column(name).kind is bool
    except InputError:
        return False  # a column of a user's own dataset


# --- optional packages, and files ---


def needed(module: str) -> Any:
    """An optional module.

    Raises InputError with what to install if it is missing.
    """
    try:
        with warnings.catch_warnings(), _without_altair():
            warnings.simplefilter("ignore")  # the EMA Workbench lists missing optional packages
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # the package itself is broken
        raise not_installed(package, "search" if package == WORKBENCH else "analysis") from error


@contextmanager
def _without_altair() -> Iterator[None]:
    """Hide a package that the EMA Workbench does not need and that fails without docstrings (``-OO``)."""
    hidden = sys.flags.optimize > 1 and "altair" not in sys.modules
    if hidden:
        sys.modules["altair"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules["altair"]


def write_records(path: str | Path, records: Sequence[Mapping[str, Any]]) -> Path:
    """Write records as CSV, one row each, numbers in six digits; returns the path."""
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = ([record.get(name, "") for name in names] for record in records)
    write_csv(Path(path), names, rows, digits=6)
    return Path(path)
