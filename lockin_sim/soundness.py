"""Whether the numbers of runs are numbers, and what is said where not, whichever engine made them."""

from __future__ import annotations

import warnings
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lockin_sim.model.state import State

if TYPE_CHECKING:
    import xarray as xr

#: Variables that are defined in every year of every run.
ALWAYS_DEFINED = ("coverage", "total_debt", "restricting")

#: Variables that are defined in the same years and domains as each other.
TOGETHER = ("lock_in", "retention", "surplus")


def defects(ds: xr.Dataset) -> list[str]:
    """What is wrong with each run: a number that is infinite, or undefined where it cannot be; "" if nothing.

    The whole state is looked at where ``unsound`` is recorded.
    """
    found = [""] * ds.sizes["run"]

    def blame(wrong: NDArray[np.bool_], text: str) -> None:
        """wrong  (run, year, ...)"""
        for run in np.flatnonzero(wrong.any(axis=tuple(range(1, wrong.ndim)))):
            years = wrong[run].any(axis=tuple(range(1, wrong.ndim - 1)))
            found[run] = found[run] or f"{text} in {int(ds['year'].values[np.argmax(years)])}"

    for position, field in enumerate(fields(State) if "unsound" in ds else ()):
        wrong = ds["unsound"].values == position
        blame(wrong, f"the state ({field.name}) has a number that is not finite")
    for name in ALWAYS_DEFINED:
        blame(~np.isfinite(ds[name].values), f"{name} is not a number")
    first, *others = (np.isnan(ds[name].values) for name in TOGETHER)
    for name, other in zip(TOGETHER[1:], others, strict=True):
        blame(first != other, f"{TOGETHER[0]} and {name} are not defined together")
    signed = np.nan_to_num(ds["contracts"].values) > 0
    blame(signed & ~np.isfinite(ds["price_paid"].values), "price_paid is not a number")
    return found


def looked_over(ds: xr.Dataset) -> xr.Dataset:
    """The dataset, with a warning of runs whose numbers are no numbers: what is wrong with the first."""
    found = defects(ds)
    wrong = [place for place, text in enumerate(found) if text]
    if wrong:
        first = f"run {int(ds['run'].values[wrong[0]])}: {found[wrong[0]]}"
        text = f"{len(wrong)} of {len(found)} runs have numbers that are not finite, first {first}"
        warnings.warn(text, stacklevel=3)
    return ds
