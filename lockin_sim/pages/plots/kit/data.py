"""Check and read labelled arrays for figures: axes, labels, units, and effects with their intervals.

Capitals and owners of vendors are read from the bundled world.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.errors import unknown_name, unusable
from lockin_sim.common.findings import CHANCE, Finding, define_unclear
from lockin_sim.common.formats import (
    FRACTIONS,
    Unit,
    effect_digits,
    number,
    opening,
    quoted,
    signed,
    spoken,
    unit_of,
)
from lockin_sim.common.statistics import Estimate
from lockin_sim.comparisons.effects_reader import EffectsReader, get_run_uncertainty, mark_clear_effects
from lockin_sim.pages.plots.kit.style import ROW, shorten_name
from lockin_sim.settings.titles import baseline_phrase, scenario_title
from lockin_sim.world.names import format_label, read_label_column
from lockin_sim.world.schema import read_table

#: What is said besides where an interval of a mean decides.
BY_CHANCE = " Of twenty effects that are zero, expect one that is not hatched."
EFFECT = ("effect", "effect_low", "effect_high")

#: Beginnings of labels of numbers without a unit that are shares, shown per cent.
SHARES = (*FRACTIONS, "part of", "pull of the switching cost", "dependence", "reach of")

#: Axes whose labels say what is shown, once one of them is picked.
NAMED = (
    *("scenario", "outcome", "measure", "country", "group", "domain", "vendor", "standard", "sponsor"),
    *("body", "channel", "lever", "payer", "item"),
)


def variable(where: str, dataset: xr.Dataset, name: str, axes: Sequence[str] = ()) -> xr.DataArray:
    """Return a variable of a dataset.  Raises InputError that names the missing variable or axis."""
    if not isinstance(dataset, xr.Dataset):
        raise unusable(where, found=type(dataset).__name__, allowed="an xarray.Dataset")
    if name not in dataset.variables:
        raise unknown_name(f"{where}, variable", found=name, known=[str(each) for each in dataset.variables])
    return with_axes(f"{where}, {name}", dataset[name], axes)


def with_axes(
    where: str, values: xr.DataArray, axes: Sequence[str], optional: Sequence[str] | None = None
) -> xr.DataArray:
    """Check that an array has these axes, and no others than ``optional`` (None = any), and return it.

    Raises InputError that names the axis.
    """
    if not isinstance(values, xr.DataArray):
        raise unusable(where, found=type(values).__name__, allowed="an xarray.DataArray")
    dims = [str(dim) for dim in values.dims]
    for axis in axes:
        if axis not in dims:
            raise unknown_name(f"{where}: axis", found=f"no {axis!r}", known=dims)
        if axis != "run" and axis not in values.coords:
            raise unusable(f"{where}: axis {axis}", words="no labels", allowed="a coordinate of this name")
    for axis in dims:
        if optional is not None and axis not in (*axes, *optional):
            allowed = f"one of its labels picked first, as in values.sel({axis}=...)"
            raise unusable(f"{where}: axis", found=axis, allowed=allowed)
    return values


def label_of(values: xr.DataArray) -> str:
    """Return the label of a variable, from its attribute ``long_name``."""
    return str(values.attrs.get("long_name") or spoken(values.name or "value"))


def unit_in(values: xr.DataArray) -> Unit:
    """Return the unit in which a variable is shown, from its attribute ``units``; shares may lack one."""
    unit = str(values.attrs.get("units", ""))
    return unit_of("share" if unit in ("", "1") and label_of(values).lower().startswith(SHARES) else unit)


def what(values: xr.DataArray) -> str:
    """Describe a variable with the labels that were selected: 'Share of ..., cn2035, mobile networks'."""
    return opening(", ".join([label_of(values), *picked(values)]))


def picked(values: xr.DataArray, besides: Sequence[str] = ()) -> list[str]:
    """List the labels of axes reduced to one label, as they are written."""
    return [
        quoted(shorten_name(scenario_title(str(coordinate.item()), values.coords)))
        if axis == "scenario"
        else called(str(axis), coordinate.item())
        for axis, coordinate in values.coords.items()
        if axis in NAMED and axis not in besides and coordinate.ndim == 0
    ]


def labels(values: xr.DataArray | xr.Dataset, axis: str) -> list[str]:
    """Return the labels of an axis as text."""
    return [str(label) for label in values[axis].values]


def numbers(values: xr.DataArray, *axes: str) -> Floats:
    """Return the values in shown units, with axes in this order."""
    return np.asarray(values.transpose(*axes).values, dtype=float) * unit_in(values).factor


def runs_of(values: Floats) -> str:
    """Format the number of runs, and how many of them lack a value somewhere: '200 runs'."""
    known = np.isfinite(values).reshape(len(values), -1)
    columns = known[:, known.any(axis=0)]
    out = int((~columns).any(axis=1).sum())
    count = "1 run" if len(values) == 1 else f"{number(len(values), 0)} runs"
    return count + (f" ({number(out, 0)} of them without a value in places)" if out else "")


def capitals_of(countries: Sequence[str]) -> Floats:
    """Return latitude and longitude of capitals in degrees; NaN if unknown.  (country, 2)."""
    columns = [read_label_column("countries", f"capital_{part}") for part in ("latitude", "longitude")]
    return np.array([[column.get(iso3, np.nan) for column in columns] for iso3 in countries], dtype=float)


def largest_markets(countries: Sequence[str], most: int = 3) -> list[str]:
    """Select the economies with the largest product, by the bundled table, largest first."""
    table = read_table("economy")
    product: dict[str, float] = {}
    for code, gdp in zip(table["iso3"], table["gdp"].tolist(), strict=True):
        product[str(code)] = max(product.get(str(code), 0.0), gdp)
    return sorted(countries, key=lambda code: -product.get(code, 0.0))[:most]


def called(axis: str, label: object) -> str:
    """Format a label of an axis for running text; a label unknown to the bundled tables is shortened."""
    name = format_label(axis, label)
    return shorten_name(name) if name == spoken(label) else name


def owner_of(vendor: str, owners: Mapping[str, str] | None = None) -> str:
    """Return the code of the sponsor that owns a vendor, '' for none, as given or from the bundled table.

    Raises InputError for a vendor that neither source has.
    """
    known = {**read_label_column("vendors", "sponsor"), **(owners or {})}
    if vendor not in known:
        raise unknown_name("vendor whose owner is not known", found=vendor, known=known)
    return str(known[vendor] or "")


@dataclass(frozen=True)
class Effects:
    """Effects over some axes, in shown units.

    difference  means and ends of their ranges, axes in the requested order
    clear       whether a direction may be claimed for each
    doubt       kind of the ranges
    unit        in which they are shown
    what        label and selected labels, as they are written
    names       labels of each axis
    written     labels of each axis as they are written in a figure
    baseline    what effects are differences from, as it is written
    """

    difference: Estimate[Floats]
    clear: Bools
    doubt: str
    unit: Unit
    what: str
    names: dict[str, list[str]]
    written: dict[str, list[str]]
    baseline: str

    @property
    def hatched(self) -> str:
        """Explanation of hatching."""
        if self.doubt != CHANCE:
            return f"{define_unclear(self.doubt)}."
        return f"{define_unclear(self.doubt)}, or it is below {self.unit.least:g}.{BY_CHANCE}"


def of_scenarios(study: xr.Dataset) -> xr.Dataset:
    """Return a study of scenarios; of a contrast, with its arms renamed to scenarios."""
    if "arm" not in study.dims:
        return study
    return study.rename(arm="scenario").assign_attrs(baseline=study.attrs["against"])


def read_effects(where: str, dataset: xr.Dataset, *axes: str) -> Effects:
    """Read effects over exactly these axes; one label must have been selected from all others.

    The baseline, of which all effects are zero, is dropped from an axis ``scenario``.

    Raises InputError for a missing or surplus axis, a missing variable, rows in different units, or interval
    ends that are swapped.
    """
    for name in EFFECT:
        with_axes(f"{where}, {name}", variable(where, dataset, name), axes, ())
    if "scenario" in axes and (baseline := dataset.attrs.get("baseline")) in dataset["scenario"].values:
        dataset = dataset.drop_sel(scenario=baseline)
    unit, what = _declared(where, dataset)
    single = "effect_q05" in dataset
    ends = ("effect", "effect_q05", "effect_q95") if single else EFFECT
    mean, low, high = (
        unit.factor * np.asarray(dataset[name].transpose(*axes).values, dtype=float) for name in ends
    )
    if (wrong := low > high + 1e-12).any():
        found = (float(low[wrong][0]), float(high[wrong][0]))
        raise unusable(f"{where}, effect_low to effect_high", found=found, allowed="the lower end first")
    names = {axis: labels(dataset, axis) for axis in axes}
    written = {axis: _written(dataset, axis) for axis in axes}
    baseline = shorten_name(baseline_phrase(str(dataset.attrs.get("baseline", "baseline")), dataset))
    sure = np.asarray(mark_clear_effects(dataset, unit).transpose(*axes).values, dtype=bool)
    doubt = get_run_uncertainty(dataset) if single else CHANCE
    return Effects(Estimate(mean, low, high), sure, doubt, unit, what, names, written, baseline)


def _declared(where: str, dataset: xr.Dataset) -> tuple[Unit, str]:
    """Return unit and label of the outcome or measure if the dataset has one, else of the variable."""
    effect = dataset["effect"]
    for axis in ("outcome", "measure"):
        if f"{axis}_unit" in dataset.coords:
            units = sorted({str(unit) for unit in np.atleast_1d(dataset[f"{axis}_unit"].values)})
            if len(units) > 1:
                raise unusable(f"{where}, units", found=units, allowed="rows of one unit; pick some of them")
            label = [] if axis in dataset.dims else [str(dataset.get(f"{axis}_label", dataset[axis]).item())]
            return unit_of(units[0]), opening(", ".join([*label, *picked(effect, (axis,))]))
    return unit_in(effect), what(effect)


def _written(dataset: xr.Dataset, axis: str) -> list[str]:
    """Return the labels of an axis as they are written: from the dataset, or else from the bundled world."""
    names = labels(dataset, axis)
    if axis == "scenario":
        return [shorten_name(scenario_title(name, dataset), ROW) for name in names]
    declared = dataset.get(f"{axis}_label")
    if declared is not None and declared.dims == (axis,):
        return [str(label) for label in declared.values]
    return [called(axis, name) for name in names]


def parted(written: list[str]) -> tuple[str, list[str]]:
    """Split off the text before a comma that all labels share, and return it with the rest of each label."""
    heads = {label.partition(", ")[0] if ", " in label else "" for label in written}
    if len(written) < 2 or len(heads) > 1 or "" in heads:
        return "", written
    (head,) = heads
    return head, [label.removeprefix(f"{head}, ") for label in written]


def written(values: Sequence[Any]) -> list[str]:
    """Format mean, low and high of an effect, with enough digits to distinguish them from zero."""
    digits = effect_digits(*map(float, values))
    return [signed(float(value), digits) for value in values]


def clear_effects(
    reading: EffectsReader, outcome: str, year: int, names: Sequence[str]
) -> dict[str, Finding]:
    """Return the clear effects in a year, by scenario."""
    effects = {name: reading.finding(name, outcome, year) for name in names}
    return {name: effect for name, effect in effects.items() if effect.clear}
