"""One number of every economy on the world map, by classes that can be told apart in grey."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lockin_sim.errors import unusable
from lockin_sim.plots.base_map import checked_places, fill, ground
from lockin_sim.plots.facts import capitals_of, name_of
from lockin_sim.plots.labelled import (
    labels,
    means,
    numbers,
    quantiles,
    runs_of,
    shown,
    variable,
    what,
    with_axes,
)
from lockin_sim.plots.map_classes import (
    PLAIN,
    Class,
    draw_classes,
    effect_classes,
    level_classes,
    round_steps,
)
from lockin_sim.plots.reading import Numbers, Shown, listed
from lockin_sim.plots.style import sheet, signed, sponsor_color


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
              on a scale around zero, rises plain and falls dotted, hatched where the interval holds zero
    steps     rising lower ends of the classes in shown units (per cent, percentage points), for an effect
              of its size; by default round numbers
    capitals  (country, 2), latitude and longitude in degrees, for economies too small to fill; by default
              those of the bundled world
    title     the finding; by default the largest value and the median, or how many economies move
    Raises InputError for missing variables or axes, steps that do not rise, swapped ends of an interval, or
    an economy with neither outline nor capital.
    """
    effects = values if isinstance(values, xr.Dataset) else None
    main = variable("choropleth, values", values, "effect") if isinstance(values, xr.Dataset) else values
    with_axes("choropleth, values", main, ("country",), ("run",) if effects is None else ())
    countries, unit = labels(main, "country"), shown(main)
    places = checked_places(countries, capitals_of(countries) if capitals is None else capitals)
    if effects is None:
        kind, finding, note, classes = _level(main, countries, unit, steps)
    else:
        kind, finding, note, classes = _effect(effects, main, countries, unit, steps)
    figure, axes = sheet(
        title or finding, f"{what(main)}, {kind or 'no unit'}. {note}",
        width=10.0, body=4.3, left=0.1, right=0.1, bottom=0.92, lead=0.08,
    )  # fmt: skip
    ground(axes[0, 0])
    fill(axes[0, 0], countries, places, [painted for each in classes for painted in each.painted])
    draw_classes(figure, classes, kind)
    return figure


def _level(
    main: xr.DataArray, countries: Sequence[str], unit: Shown, steps: Sequence[float] | None
) -> tuple[str, str, str, list[Class]]:
    """Unit, finding, note and classes of a level; of its mean and 90 % range where there are runs."""
    values, ranges, note = numbers(main, *map(str, main.dims)), None, "Darker: more."
    if "run" in main.dims:
        every = numbers(main, "run", "country")
        values, ranges = means(every), quantiles(every, 0.05, 0.95)
        note = f"Mean of {runs_of(every)}. {note} Hatched: their 90 % range spans three classes or more."
    sponsor = str(main.coords["sponsor"].item()) if "sponsor" in main.coords else ""
    color = sponsor_color(sponsor) if sponsor else PLAIN
    classes = level_classes(values, _checked(steps, values), color, ranges)
    return unit.level_unit, _extremes(values, ranges, countries, unit, what(main)), note, classes


def _effect(
    effects: xr.Dataset, main: xr.DataArray, countries: Sequence[str], unit: Shown,
    steps: Sequence[float] | None,
) -> tuple[str, str, str, list[Class]]:  # fmt: skip
    """Unit, finding, note and classes of an effect."""
    effect, (low, high) = numbers(main, "country"), _interval(effects, unit)
    clear = np.where((low > 0) | (high < 0), np.abs(effect), np.nan)
    note = "Hatched: the 95 % interval holds zero. Falls are dotted, rises are plain; darker: larger."
    classes = effect_classes(effect, low, high, _checked(steps, clear))
    return unit.effect_unit, _moved(effect, low, high, countries, unit, what(main)), note, classes


def _checked(steps: Sequence[float] | None, size: Numbers) -> list[float]:
    """Lower ends of the classes.  Raises InputError unless they rise."""
    bounds = round_steps(size) if steps is None else [float(step) for step in steps]
    if not 1 <= len(bounds) <= 6 or any(b <= a for a, b in itertools.pairwise(bounds)):
        raise unusable("steps", found=steps, allowed="one to six rising numbers")
    return bounds


def _interval(values: xr.Dataset, unit: Shown) -> tuple[Numbers, Numbers]:
    """Ends of the intervals in shown units.  Raises InputError where they are swapped."""
    low, high = (
        np.asarray(variable("choropleth, values", values, name, ("country",)).values, dtype=float)
        for name in ("effect_low", "effect_high")
    )
    if (wrong := low > high + 1e-12).any():
        found = (float(low[wrong][0]), float(high[wrong][0]))
        raise unusable("effect_low to effect_high", found=found, allowed="the lower end first")
    return unit.factor * low, unit.factor * high


def _extremes(
    values: Numbers, ranges: Numbers | None, countries: Sequence[str], unit: Shown, label: str
) -> str:
    """Where the number is largest, and the median economy."""
    known = np.isfinite(values)
    if not known.any():
        return f"{label}: no value in any economy"
    top = int(np.nanargmax(values))
    median = unit.level(float(np.median(values[known])))
    where, value = name_of("country", countries[top]), unit.level(float(values[top]))
    ends = [] if ranges is None else [f"{end[top]:.{unit.digits}f}" for end in ranges]
    around = f" (90 % of runs: {' to '.join(ends)})" if ends else ""
    return f"{label}: highest in {where}, {value}{around}; median of {int(known.sum())} economies {median}"


def _moved(
    effect: Numbers, low: Numbers, high: Numbers, countries: Sequence[str], unit: Shown, label: str
) -> str:
    """How many economies rise and fall distinguishably, and the largest of these effects."""
    rises, falls = low > 0, high < 0
    known, moved = int(np.isfinite(effect).sum()), rises | falls
    if not moved.any():
        return f"{label}: the 95 % interval holds zero in all {known} economies"
    counts = [(int(falls.sum()), "falls"), (int(rises.sum()), "rises")]
    counts = sorted([each for each in counts if each[0]], reverse=True)
    parts = [f"{word} in {count}" for count, word in counts]
    top = int(np.nanargmax(np.where(moved, np.abs(effect), np.nan)))
    digits = unit.finer(float(effect[top]))
    mean, lower, upper = (signed(float(each[top]), digits) for each in (effect, low, high))
    where = name_of("country", countries[top])
    return (
        f"{label}: {listed(parts)} of {known} economies, most in {where}: "
        f"{mean} {unit.effect_unit} [{lower}, {upper}]"
    )
