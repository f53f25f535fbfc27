"""Labelled arrays for figures: required axes checked, the label and unit of the declaration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name, unusable
from lockin_sim.plots.kit.facts import called
from lockin_sim.plots.kit.lettering import brief
from lockin_sim.reader import Shown
from lockin_sim.titles import scenario_title
from lockin_sim.wording import FRACTIONS, number, opening, quoted, spoken, unit_of

#: Beginnings of labels of numbers without a unit that are shares, shown per cent.
SHARES = (*FRACTIONS, "part of", "lock-in", "dependence", "reach of")


#: Axes whose labels say what is shown, once one of them is picked.
NAMED = (
    *("scenario", "outcome", "measure", "country", "group", "domain", "vendor", "standard", "sponsor"),
    *("body", "channel", "lever", "payer", "item"),
)


def variable(where: str, dataset: xr.Dataset, name: str, axes: Sequence[str] = ()) -> xr.DataArray:
    """A variable of a dataset.  Raises InputError that names what is missing: the variable, or an axis."""
    if not isinstance(dataset, xr.Dataset):
        raise unusable(where, found=type(dataset).__name__, allowed="an xarray.Dataset")
    if name not in dataset.variables:
        raise unknown_name(f"{where}, variable", found=name, known=[str(each) for each in dataset.variables])
    return with_axes(f"{where}, {name}", dataset[name], axes)


def with_axes(
    where: str, values: xr.DataArray, axes: Sequence[str], optional: Sequence[str] | None = None
) -> xr.DataArray:
    """``values`` if they have these axes, and no others than ``optional`` (None = any).

    Raises InputError that names the axis.
    """
    if not isinstance(values, xr.DataArray):
        raise unusable(where, found=type(values).__name__, allowed="an xarray.DataArray")
    there = [str(dim) for dim in values.dims]
    for axis in axes:
        if axis not in there:
            raise unknown_name(f"{where}: axis", found=f"no {axis!r}", known=there)
        if axis != "run" and axis not in values.coords:
            raise unusable(f"{where}: axis {axis}", found="no labels", allowed="a coordinate of this name")
    for axis in there:
        if optional is not None and axis not in (*axes, *optional):
            allowed = f"one of its labels picked first, as in values.sel({axis}=...)"
            raise unusable(f"{where}: axis", found=axis, allowed=allowed)
    return values


def shown(values: xr.DataArray) -> Shown:
    """How the variable is shown, from its attributes ``long_name`` and ``units``."""
    label = str(values.attrs.get("long_name") or spoken(values.name or "value"))
    unit = str(values.attrs.get("units", ""))
    share = unit in ("", "1") and label.lower().startswith(SHARES)
    return Shown(label, unit_of("share" if share else unit))


def what(values: xr.DataArray) -> str:
    """The variable's label with the labels that were picked: 'Share of ..., cn2035, mobile networks'."""
    return opening(", ".join([shown(values).label, *picked(values)]))


def picked(values: xr.DataArray, besides: Sequence[str] = ()) -> list[str]:
    """Labels of the axes from which one was picked, as they are written."""
    return [
        quoted(brief(scenario_title(str(coordinate.item()), values.coords)))
        if axis == "scenario"
        else called(str(axis), coordinate.item())
        for axis, coordinate in values.coords.items()
        if axis in NAMED and axis not in besides and coordinate.ndim == 0
    ]


def labels(values: xr.DataArray, axis: str) -> list[str]:
    """The labels of an axis as text."""
    return [str(label) for label in values[axis].values]


def numbers(values: xr.DataArray, *axes: str) -> Floats:
    """The values in shown units, axes in this order."""
    return np.asarray(values.transpose(*axes).values, dtype=float) * shown(values).factor


def runs_of(values: Floats) -> str:
    """'200 runs', and how many of them are left out somewhere because they hold no value there."""
    known = np.isfinite(values).reshape(len(values), -1)
    columns = known[:, known.any(axis=0)]
    out = int((~columns).any(axis=1).sum())
    count = "1 run" if len(values) == 1 else f"{number(len(values), 0)} runs"
    return count + (f" ({number(out, 0)} of them without a value in places)" if out else "")
