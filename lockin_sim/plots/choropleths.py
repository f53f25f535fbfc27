"""One number of every economy on the world map, by classes that can be told apart in grey."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.intervals import BY_CHANCE, read_effects
from lockin_sim.plots.kit.base_map import checked_places, fill, ground
from lockin_sim.plots.kit.facts import called, capitals_of, largest_markets
from lockin_sim.plots.kit.labelled import (
    labels,
    numbers,
    runs_of,
    shown,
    what,
    with_axes,
)
from lockin_sim.plots.kit.lettering import brief
from lockin_sim.plots.kit.map_classes import (
    PLAIN,
    Class,
    draw_classes,
    effect_classes,
    level_classes,
    round_steps,
)
from lockin_sim.plots.kit.style import sheet, sponsor_color
from lockin_sim.reader import Shown
from lockin_sim.statistics import Estimate, means, quantiles
from lockin_sim.titles import baseline_name
from lockin_sim.wording import listed, number, signed, two_digits


def choropleth(
    values: xr.DataArray | xr.Dataset,
    *,
    steps: Sequence[float] | None = None,
    capitals: ArrayLike | None = None,
    title: str | None = None,
) -> Figure:
    """World map of one number by economy.

    values    a level, (country,) or (run, country), such as dependence on one sponsor; of runs the mean is
              drawn, hatched where they differ by far; or a dataset with ``effect``,
              ``effect_low`` and ``effect_high``, (country,): a policy's effect with its 95 % interval, drawn
              on a scale around zero, rises plain and falls dotted, hatched where the interval includes zero
    steps     rising lower ends of the classes in shown units (per cent, percentage points), for an effect
              of its size; by default round numbers
    capitals  (country, 2), latitude and longitude in degrees, for economies too small to fill; by default
              those of the bundled world
    title     the finding; by default the largest markets and the median, or how many economies move
    Raises InputError for missing variables or axes, steps that do not rise, swapped ends of an interval, or
    an economy with neither outline nor capital.
    """
    if isinstance(values, xr.Dataset):
        kind, finding, note, classes, countries = _effect(values, steps)
    else:
        kind, finding, note, classes, countries = _level(values, steps)
    places = checked_places(countries, capitals_of(countries) if capitals is None else capitals)
    figure, axes = sheet(
        title or finding, note,
        width=10.0, body=4.3, left=0.1, right=0.1, bottom=0.92, lead=0.08,
    )  # fmt: skip
    ground(axes[0, 0])
    fill(axes[0, 0], countries, places, [painted for each in classes for painted in each.painted])
    draw_classes(figure, classes, kind)
    return figure


type Drawing = tuple[str, str, str, list[Class], list[str]]  # unit, finding, note, classes, countries


def _level(level: xr.DataArray, steps: Sequence[float] | None) -> Drawing:
    """A level; of its mean and 90 % range where there are runs."""
    with_axes("choropleth, values", level, ("country",), ("run",))
    unit, countries, label = shown(level), labels(level, "country"), what(level) + _when(level)
    every = numbers(level.expand_dims("run") if "run" not in level.dims else level, "run", "country")
    values = means(every)
    ranges = quantiles(every, 0.05, 0.95) if len(every) > 1 else None
    note = f"{label}, {unit.axis}. Darker: more."
    if ranges is not None:
        note += f" Mean of {runs_of(every)}; hatched: their 90 % range spans three classes or more."
    sponsor = str(level.coords["sponsor"].item()) if "sponsor" in level.coords else ""
    color = sponsor_color(sponsor) if sponsor else PLAIN
    classes = level_classes(values, _checked(steps, values), color, ranges)
    return unit.axis, _told(values, ranges, countries, unit, label), note, classes, countries


def _effect(dataset: xr.Dataset, steps: Sequence[float] | None) -> Drawing:
    """An effect with its interval."""
    read = read_effects("choropleth, values", dataset, "country")
    effect, low, high = read.difference.mean, read.difference.low, read.difference.high
    clear = np.where(read.difference.distinct, np.abs(effect), np.nan)
    label = read.what + _when(dataset)
    note = (
        f"{label}, {read.unit.effect_axis}{_compared(dataset)}. Hatched: the 95 % interval "
        f"includes zero. Falls are dotted, rises plain; darker: larger. {BY_CHANCE}"
    )
    classes, countries = effect_classes(effect, low, high, _checked(steps, clear)), read.names["country"]
    finding = _moved(read.difference, countries, read.unit, label)
    return read.unit.effect_axis, finding, note, classes, countries


def _when(values: xr.DataArray | xr.Dataset) -> str:
    """The year, where one was picked: ', 2050'."""
    year = values.coords.get("year")
    return "" if year is None or year.ndim else f", {year.item()}"


def _compared(dataset: xr.Dataset) -> str:
    """From what the effects differ, and in how many runs, where a dataset says so."""
    about = dataset.attrs
    if not {"baseline", "runs"} <= set(about):
        return ""
    base = brief(baseline_name(str(about["baseline"]), dataset))
    return f": mean difference from the {base} over {number(about['runs'], 0)} runs"


def _checked(steps: Sequence[float] | None, size: Floats) -> list[float]:
    """Lower ends of the classes.  Raises InputError unless they rise."""
    bounds = round_steps(size) if steps is None else [float(step) for step in steps]
    if not 1 <= len(bounds) <= 6 or any(b <= a for a, b in itertools.pairwise(bounds)):
        raise unusable("steps", found=steps, allowed="one to six rising numbers")
    return bounds


def _told(values: Floats, ranges: Floats | None, countries: list[str], unit: Shown, label: str) -> str:
    """The number in the largest markets, and the median economy; an extreme of many would be noise."""
    known = np.isfinite(values)
    if not known.any():
        return f"{label}: no value in any economy"
    parts = []
    for at in largest_markets([c for c, there in zip(countries, known, strict=True) if there]):
        k = countries.index(at)
        digits = two_digits(float(values[k]))
        ends = [] if ranges is None else [number(float(end[k]), digits) for end in ranges]
        around = f" (90 % of runs: {' to '.join(ends)})" if ends else ""
        parts.append(f"{unit.rounded(float(values[k]))} in {called('country', at)}{around}")
    median = unit.rounded(float(np.median(values[known])))
    return f"{label}: {listed(parts)}; median of {int(known.sum())} economies {median}"


def _moved(difference: Estimate[Floats], countries: list[str], unit: Shown, label: str) -> str:
    """In how many economies it clearly rises and falls, and the effect in the largest market that moves."""
    rises, falls = difference.low > 0, difference.high < 0
    known, moved = int(np.isfinite(difference.mean).sum()), rises | falls
    if not moved.any():
        return f"{label}: in none of {known} economies more than chance could do"
    counts = [(int(falls.sum()), "falls"), (int(rises.sum()), "rises")]
    parts = [f"{word} in {count}" for count, word in sorted(counts, reverse=True) if count]
    (at,) = largest_markets([c for c, clear in zip(countries, moved, strict=True) if clear], most=1)
    three = [float(each[countries.index(at)]) for each in difference]
    size = unit.effect(signed(three[0], unit.telling(*three)))
    where = called("country", at)
    return f"{label}: {listed(parts)} of {known} economies; the largest market among these is {where}, {size}"
