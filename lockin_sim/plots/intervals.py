"""Effects with their intervals, from any dataset of a study that compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.kit.facts import called
from lockin_sim.plots.kit.labelled import labels, picked, shown, variable, with_axes
from lockin_sim.plots.kit.lettering import ROW, brief
from lockin_sim.reader import Shown
from lockin_sim.statistics import Estimate
from lockin_sim.titles import baseline_name, scenario_title
from lockin_sim.wording import opening, unit_of

BY_CHANCE = "Of twenty effects that are nothing, one would not be hatched."
NAMES = ("effect", "effect_low", "effect_high")


@dataclass(frozen=True)
class Effects:
    """Effects over some axes, in shown units.

    difference  means and interval ends, axes as asked for
    unit        label and units;  what  label and the labels that were picked, as they are written
    names       labels of each axis;  written  the same as they are written in a figure
    baseline    what they differ from, as it is written
    """

    difference: Estimate[Floats]
    unit: Shown
    what: str
    names: dict[str, list[str]]
    written: dict[str, list[str]]
    baseline: str


def read_effects(where: str, dataset: xr.Dataset, *axes: str) -> Effects:
    """Effects over exactly these axes; from all others one label must have been picked.

    The baseline, of which all effects are zero, is left out of an axis ``scenario``.
    Raises InputError for a missing variable or axis, one too many, rows in different units, or interval ends
    that are swapped.
    """
    for name in NAMES:
        with_axes(f"{where}, {name}", variable(where, dataset, name), axes, ())
    if "scenario" in axes and (baseline := dataset.attrs.get("baseline")) in dataset["scenario"].values:
        dataset = dataset.drop_sel(scenario=baseline)
    unit, what = _declared(where, dataset)
    mean, low, high = (
        unit.factor * np.asarray(dataset[name].transpose(*axes).values, dtype=float) for name in NAMES
    )
    if (wrong := low > high + 1e-12).any():
        found = (float(low[wrong][0]), float(high[wrong][0]))
        raise unusable(f"{where}, effect_low to effect_high", found=found, allowed="the lower end first")
    names = {axis: labels(dataset[axis], axis) for axis in axes}
    written = {axis: _written(dataset, axis) for axis in axes}
    baseline = brief(baseline_name(str(dataset.attrs.get("baseline", "baseline")), dataset))
    return Effects(Estimate(mean, low, high), unit, what, names, written, baseline)


def _declared(where: str, dataset: xr.Dataset) -> tuple[Shown, str]:
    """Unit and label: of the outcome or measure where the dataset has such, or else of the variable."""
    effect = dataset["effect"]
    declared = shown(effect)
    for axis in ("outcome", "measure"):
        if f"{axis}_unit" in dataset.coords:
            units = sorted({str(unit) for unit in np.atleast_1d(dataset[f"{axis}_unit"].values)})
            if len(units) > 1:
                raise unusable(f"{where}, units", found=units, allowed="rows of one unit; pick some of them")
            label = [] if axis in dataset.dims else [str(dataset.get(f"{axis}_label", dataset[axis]).item())]
            declared = Shown(label[0] if label else axis, unit_of(units[0]))
            return declared, opening(", ".join([*label, *picked(effect, (axis,))]))
    return declared, opening(", ".join([declared.label, *picked(effect)]))


def _written(dataset: xr.Dataset, axis: str) -> list[str]:
    """Labels of an axis as they are written: those the dataset gives, or else of the bundled world."""
    names = labels(dataset[axis], axis)
    if axis == "scenario":
        return [brief(scenario_title(name, dataset), ROW) for name in names]
    given = dataset.get(f"{axis}_label")
    if given is not None and given.dims == (axis,):
        return [str(label) for label in given.values]
    return [called(axis, name) for name in names]


def parted(written: list[str]) -> tuple[str, list[str]]:
    """What comes before a comma in all of several labels, and the labels without it."""
    heads = {label.partition(", ")[0] if ", " in label else "" for label in written}
    if len(written) < 2 or len(heads) > 1 or "" in heads:
        return "", written
    (head,) = heads
    return head, [label.removeprefix(f"{head}, ") for label in written]
