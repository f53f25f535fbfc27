"""What is wrong with a run: numbers that are not numbers, and errors in one line."""

from __future__ import annotations

import traceback
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lockin_sim.model.state import State

if TYPE_CHECKING:
    import xarray as xr

#: Longest text kept of an error.
ERROR_LENGTH = 500

#: Variables that are defined in every year of every run.
ALWAYS_DEFINED = ("coverage", "total_debt", "restricting")

#: Variables that are defined in the same years and domains as each other.
TOGETHER = ("lock_in", "retention", "surplus")


def defects(ds: xr.Dataset) -> list[str]:
    """What is wrong with each run: a number that is infinite, or undefined where it cannot be."""
    found = [""] * ds.sizes["run"]

    def blame(wrong: NDArray[np.bool_], text: str) -> None:
        """wrong  (run, year, ...)"""
        for run in np.flatnonzero(wrong.any(axis=tuple(range(1, wrong.ndim)))):
            years = wrong[run].any(axis=tuple(range(1, wrong.ndim - 1)))
            found[run] = found[run] or f"{text} in {int(ds['year'].values[np.argmax(years)])}"

    unsound = ds["unsound"].values
    for position, field in enumerate(fields(State)):
        blame(unsound == position, f"the state ({field.name}) has a number that is not finite")
    for name in ALWAYS_DEFINED:
        blame(~np.isfinite(ds[name].values), f"{name} is not a number")
    first, *others = (np.isnan(ds[name].values) for name in TOGETHER)
    for name, other in zip(TOGETHER[1:], others, strict=True):
        blame(first != other, f"{TOGETHER[0]} and {name} are not defined together")
    signed = np.nan_to_num(ds["contracts"].values) > 0
    blame(signed & ~np.isfinite(ds["price_paid"].values), "price_paid is not a number")
    return found


def describe(error: BaseException) -> str:
    """Kind, message and place of an error, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text[: ERROR_LENGTH - len(place)] + place
