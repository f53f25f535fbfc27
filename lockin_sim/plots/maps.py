"""World maps: one number of every economy, and to whose vendors each is locked in."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.kit.data import (
    BY_CHANCE,
    called,
    capitals_of,
    labels,
    largest_markets,
    numbers,
    read_effects,
    runs_of,
    shown,
    what,
    with_axes,
    written,
)
from lockin_sim.plots.kit.figures import figure
from lockin_sim.plots.kit.maps import (
    NOTES,
    SLATE,
    Class,
    Paint,
    checked_places,
    draw_classes,
    effect_classes,
    fill,
    ground,
    level_classes,
    round_steps,
)
from lockin_sim.plots.kit.style import (
    INK,
    QUIET,
    SMALL,
    brief,
    lightness,
    sheet,
    sponsor_color,
    sponsor_hatch,
    sponsor_marker,
    toward,
)
from lockin_sim.reader import Shown
from lockin_sim.statistics import Estimate, means, quantiles
from lockin_sim.titles import baseline_name
from lockin_sim.wording import listed, number, opening, two_digits
from lockin_sim.world.names import adjective

_NONE_COLOR = "#E3E6E9"
_LINE = 0.24  # inches: a line of the table under the map
_CLASSES, _PITCH, _SWATCH = 1.9, 0.85, (0.75, 0.62)  # left end, distance and size of its swatches


@figure(of="an outcome by country")
def choropleth(
    values: xr.DataArray | xr.Dataset,
    *,
    steps: Sequence[float] | None = None,
    capitals: ArrayLike | None = None,
    title: str | None = None,
) -> Figure:
    """World map of one number by economy.

    Parameters
    ----------
    values
        a level, (country,) or (run, country), such as dependence on one sponsor; of runs the mean is
        drawn, hatched where they differ by far; or a dataset with ``effect``, ``effect_low`` and
        ``effect_high``, (country,): a policy's effect with its 95 % interval, drawn on a scale around
        zero, rises plain and falls dotted, hatched where the interval includes zero
    steps
        rising lower ends of the classes in shown units (per cent, percentage points), for an effect of
        its size; by default round numbers
    capitals
        (country, 2), latitude and longitude in degrees, for economies too small to fill; by default those
        of the bundled world
    title
        the finding; by default the largest markets and the median, or how many economies move

    Raises
    ------
    InputError
        for missing variables or axes, steps that do not rise, swapped ends of an interval, or an economy
        with neither outline nor capital
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


type _Drawing = tuple[str, str, str, list[Class], list[str]]  # unit, finding, note, classes, countries


def _level(level: xr.DataArray, steps: Sequence[float] | None) -> _Drawing:
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
    color = sponsor_color(sponsor) if sponsor else SLATE
    classes = level_classes(values, _checked(steps, values), color, ranges)
    return unit.axis, _told(values, ranges, countries, unit, label), note, classes, countries


def _effect(dataset: xr.Dataset, steps: Sequence[float] | None) -> _Drawing:
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
    """Lower ends of the classes.

    Raises
    ------
    InputError
        unless they rise
    """
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
    for at in largest_markets([c for c, finite in zip(countries, known, strict=True) if finite]):
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
    size = unit.effect(written(unit, [each[countries.index(at)] for each in difference])[0])
    where = called("country", at)
    return f"{label}: {listed(parts)} of {known} economies; the largest market among these is {where}, {size}"


@figure(of="dependence and lock-in by country")
def lock_in_map(
    dependence: ArrayLike,
    lock_in: ArrayLike,
    countries: Sequence[str],
    sponsors: Sequence[str],
    *,
    capitals: ArrayLike,
    steps: Sequence[float] = (0.05, 0.15, 0.30),
    when: str = "",
    title: str | None = None,
) -> Figure:
    """World map: fill and hatch say to whose vendors an economy is most locked in, depth says how strongly.

    Parameters
    ----------
    dependence
        (country, sponsor), 0-1: share of the installed base; its mean stands in the key
    lock_in
        (country, sponsor), 0-1: lock-in to that sponsor's vendors; NaN where nothing is defined
    countries, sponsors
        ISO3 codes, and codes, in the order of the two arrays' axes
    capitals
        (country, 2), latitude and longitude in degrees: dots for economies too small to fill
    steps
        rising lower ends of the classes of lock-in; below the first: not locked in
    when
        year, scenario and technologies, for the note: "baseline, 2050, all domains"
    title
        the finding; by default how many economies are locked in to each sponsor's vendors

    Raises
    ------
    InputError
        for shapes that do not fit, steps that do not rise, or an economy with neither outline nor
        capital
    """
    base, locked = np.asarray(dependence, dtype=float), np.asarray(lock_in, dtype=float)
    _check(base, locked, (len(countries), len(sponsors)), steps)
    places = checked_places(countries, capitals)
    ranking = _rank(locked, steps)
    counts = [int((ranking.sponsor == index).sum()) for index in range(len(sponsors))]
    order = sorted((i for i, count in enumerate(counts) if count), key=lambda i: -counts[i])
    note = "Colour and hatch: to whose vendors lock-in is strongest. Depth: how strong. " + (
        f"{opening(when)}." if when else ""
    )
    figure, axes = sheet(
        title or _locked(sponsors, counts, order, len(countries)), note.strip(),
        width=10.0, body=4.3, left=0.1, right=0.1, bottom=0.55 + 0.24 * (len(order) + 1), lead=0.08,
    )  # fmt: skip
    ground(axes[0, 0])
    classes: list[tuple[ArrayLike, Paint]] = [(ranking.sponsor < 0, Paint(_NONE_COLOR))]
    for index, name in enumerate(sponsors):
        for step in range(len(steps)):
            economies = (ranking.sponsor == index) & (ranking.step == step)
            classes.append((economies, _paint(name, step, len(steps))))
    fill(axes[0, 0], countries, places, classes)
    _draw_key(figure, ranking, base, sponsors, order, steps)
    return figure


def _check(base: Floats, locked: Floats, shape: tuple[int, int], steps: Sequence[float]) -> None:
    """Refuse arrays of other shapes, and steps that do not rise."""
    for name, array in (("dependence", base), ("lock_in", locked)):
        if array.shape != shape:
            raise unusable(f"{name}, shape", found=array.shape, allowed=f"{shape}")
    if not 1 <= len(steps) <= 4 or any(b <= a for a, b in itertools.pairwise(steps)):
        raise unusable("steps", found=tuple(steps), allowed="one to four rising numbers")


def _locked(sponsors: Sequence[str], counts: Sequence[int], order: Sequence[int], total: int) -> str:
    """How many economies are locked in to each sponsor's vendors."""
    if not order:
        return f"None of {total} economies is locked in to one sponsor's vendors"
    first, *further = order
    parts = [f"to {adjective(sponsors[i])} ones in {counts[i]}" for i in further[:2]]
    rest = sum(counts[i] for i in further[2:])
    parts += [f"to others in {rest}"] if rest else []
    whose = adjective(sponsors[first])
    start = f"Lock-in is strongest to {whose} vendors in {counts[first]} of {total} economies"
    return f"{start}, {listed(parts)}" if parts else start


@dataclass(frozen=True)
class _Ranking:
    """Each economy's strongest lock-in, (country,): index of the sponsor and of the class, -1 for none."""

    sponsor: NDArray[np.intp]
    step: NDArray[np.intp]


def _rank(lock_in: Floats, steps: Sequence[float]) -> _Ranking:
    """Strongest sponsor and class of every economy; (country, sponsor) in, -1 below the first step or NaN."""
    known = np.where(np.isfinite(lock_in), lock_in, -np.inf)
    strongest = known.max(axis=1)
    step = np.searchsorted(np.asarray(steps, dtype=float), strongest, side="right") - 1
    return _Ranking(sponsor=np.where(step >= 0, known.argmax(axis=1), -1), step=step)


def _paint(sponsor: str, step: int, steps: int) -> Paint:
    """Fill, hatch and hatch colour of one class: the weaker the lock-in, the paler the sponsor's colour."""
    face = toward(sponsor_color(sponsor), "white", 0.66 * (steps - 1 - step) / max(steps - 1, 1))
    line = toward(face, "white", 0.55) if lightness(face) < 0.5 else toward(face, "black", 0.35)
    return Paint(face, sponsor_hatch(sponsor, "oo"), line, sponsor_marker(sponsor))


def _draw_key(
    figure: Figure, ranking: _Ranking, dependence: Floats, sponsors: Sequence[str], order: Sequence[int],
    steps: Sequence[float]
) -> None:  # fmt: skip
    """A table under the map: sponsor, classes of lock-in, number of economies, mean dependence."""
    width, height = figure.get_size_inches()
    rows = len(order) + 1
    ax = figure.add_axes((0.02, 0.12 / height, 0.96, _LINE * (rows + 1.2) / height))
    ax.set_axis_off()
    ax.set_xlim(0, width * 0.96)
    ax.set_ylim(rows + 0.1, -1.1)
    numbers = _CLASSES + _PITCH * len(steps) + 0.35
    _heads(ax, steps, numbers)
    for row, index in enumerate(order):
        name, economies = sponsors[index], ranking.sponsor == index
        ax.plot([0.12], [row + 0.3], marker=sponsor_marker(name), markersize=5.5,
                color=sponsor_color(name), markeredgecolor=INK, markeredgewidth=0.5)  # fmt: skip
        _row(ax, row, f"{adjective(name)} vendors", numbers, economies, dependence[economies, index])
        for step in range(len(steps)):
            look = _paint(name, step, len(steps))
            swatch = Rectangle((_CLASSES + _PITCH * step, row), *_SWATCH, facecolor=look.face, linewidth=0)
            look.on(swatch)
            ax.add_patch(swatch)
    _row(ax, rows - 1, "not locked in", numbers, ranking.sponsor < 0, np.array([]))
    ax.add_patch(Rectangle((_CLASSES, rows - 1), *_SWATCH, facecolor=_NONE_COLOR, linewidth=0))
    small: dict[str, Any] = {"fontsize": SMALL - 1, "color": QUIET, "va": "center"}
    ax.text(_CLASSES + _PITCH, rows - 0.7, f"below {100 * steps[0]:.0f} %, or no tender", **small)
    ax.text(
        width * 0.96 - 0.05, rows - 0.7, ha="right",
        s=NOTES, **small,
    )  # fmt: skip


def _heads(ax: Axes, steps: Sequence[float], numbers: float) -> None:
    """Column headings."""
    heads = [f"{100 * low:.0f}\N{EN DASH}{100 * high:.0f} %" for low, high in itertools.pairwise(steps)]
    heads.append(f"{100 * steps[-1]:.0f} % and more")
    small: dict[str, Any] = {"fontsize": SMALL - 1, "color": QUIET, "va": "bottom"}
    for step, head in enumerate(heads):
        ax.text(_CLASSES + _PITCH * step, -0.25, head, **small)
    ax.text(_CLASSES, -0.95, "lock-in", fontweight="bold", **small)
    ax.text(numbers, -0.25, "economies, and their mean dependence on these vendors", **small)


def _row(ax: Axes, row: int, name: str, numbers: float, economies: NDArray[np.bool_], share: Floats) -> None:
    """Name at the left; count and mean share at the right."""
    known = share[np.isfinite(share)]
    dependence = f", {100 * known.mean():.0f} %" if len(known) else ""
    ax.text(0.3, row + 0.3, name, fontsize=SMALL, color=INK, va="center")
    ax.text(numbers, row + 0.3, f"{int(economies.sum())}{dependence}", fontsize=SMALL, color=INK, va="center")
