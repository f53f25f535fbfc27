"""World maps: one number of every economy, and to whose vendors each is locked in."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from lockin_sim.conventions import Bools, Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.kit import style as kit
from lockin_sim.plots.kit.data import (
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
    mark_unrecorded,
    round_steps,
)
from lockin_sim.plots.kit.style import INK, QUIET, SMALL
from lockin_sim.statistics import means, quantiles
from lockin_sim.titles import baseline_name
from lockin_sim.wording import listed, number, opening, two_digits, with_article
from lockin_sim.world.names import adjective
from lockin_sim.world.recorded import COUNTRY_RECORD, unrecorded

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
        zero, rises plain and falls dotted, hatched where the interval includes zero.  Where they say what is
        on record of networks, as datasets of the bundled world do (``country_record``), horizontal lines mark
        economies without any record
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
    map_ = _effect(values, steps) if isinstance(values, xr.Dataset) else _level(values, steps)
    places = checked_places(map_.countries, capitals_of(map_.countries) if capitals is None else capitals)
    figure, axes = kit.sheet(
        title or map_.finding, map_.note,
        width=10.0, body=4.3, left=0.1, right=0.1, bottom=0.92, lead=0.08,
    )  # fmt: skip
    ground(axes[0, 0])
    fill(axes[0, 0], map_.countries, places, [painted for each in map_.classes for painted in each.painted])
    marked = mark_unrecorded(axes[0, 0], map_.countries, places, _unrecorded(values))
    draw_classes(figure, [*map_.classes, *marked], map_.unit)
    return figure


def _unrecorded(values: xr.DataArray | xr.Dataset) -> Bools:
    """Economies of whose networks nothing is on record, where the data say what is.  (country,)"""
    if COUNTRY_RECORD in values.coords:
        return unrecorded(values.coords[COUNTRY_RECORD].values)
    return np.zeros(values.sizes["country"], dtype=bool)


class _Drawing(NamedTuple):
    """What a map of one number shows, and what is said above and below it."""

    unit: str
    finding: str
    note: str
    classes: list[Class]
    countries: list[str]


def _level(level: xr.DataArray, steps: Sequence[float] | None) -> _Drawing:
    """A level, of its mean and 90 % range where there are runs; labelled in the largest markets."""
    with_axes("choropleth, values", level, ("country",), ("run",))
    unit, countries, label = shown(level), labels(level, "country"), what(level) + _when(level)
    every = numbers(level.expand_dims("run") if "run" not in level.dims else level, "run", "country")
    values, ranges = means(every), quantiles(every, 0.05, 0.95) if len(every) > 1 else None
    note, known = f"{label}, {unit.axis}. Darker: more.", np.isfinite(values)
    if ranges is not None:
        note += f" Mean of {runs_of(every)}; hatched: their 90 % range spans three classes or more."
    finding, parts, guessed = f"{label}: no value in any economy", [], _unrecorded(level)
    for at in largest_markets([c for c, finite in zip(countries, known, strict=True) if finite]):
        k = countries.index(at)
        digits = two_digits(float(values[k]))
        ends = [] if ranges is None else [number(float(end[k]), digits) for end in ranges]
        where, around = with_article(called("country", at)), " to ".join(ends)
        mean = f"{unit.rounded(float(values[k]))} in {where}"
        parts.append(
            mean
            if not ends
            else f"{ends[0]} to {unit.rounded(float(ranges[1, k]))} in {where} (90 % of runs, no record)"
            if guessed[k] and ranges is not None
            else f"{mean} (90 % of runs: {around})"
        )
    if parts:
        median = unit.rounded(float(np.median(values[known])))
        finding = f"{label}: {listed(parts)}; median of {int(known.sum())} economies {median}"
    sponsor = str(level.coords["sponsor"].item()) if "sponsor" in level.coords else ""
    color = kit.sponsor_color(sponsor) if sponsor else SLATE
    classes = level_classes(values, _checked(steps, values), color, ranges)
    return _Drawing(unit.axis, finding, note, classes, countries)


def _effect(dataset: xr.Dataset, steps: Sequence[float] | None) -> _Drawing:
    """An effect with its interval; labelled where it is clear, and in the largest market that moves."""
    read = read_effects("choropleth, values", dataset, "country")
    effect, moved, about = read.difference.mean, read.clear, dataset.attrs
    known = int(np.isfinite(effect).sum())
    label, countries = read.what + _when(dataset), read.names["country"]
    compared = ""
    if {"baseline", "runs"} <= set(about):
        base = kit.brief(baseline_name(str(about["baseline"]), dataset))
        compared = f": mean difference from the {base} over {number(about['runs'], 0)} runs"
    note = (
        f"{label}, {read.unit.effect_axis}{compared}. Hatched: {read.hatched} "
        "Falls are dotted, rises plain; darker: larger."
    )
    finding = f"{label}: no clear effect in any of {known} economies"
    if moved.any():
        counts = [(int((moved & (effect < 0)).sum()), "falls"), (int((moved & (effect > 0)).sum()), "rises")]
        parts = [f"{word} in {count}" for count, word in sorted(counts, reverse=True) if count]
        (at,) = largest_markets([c for c, clear in zip(countries, moved, strict=True) if clear], most=1)
        size = written(read.unit, [each[countries.index(at)] for each in read.difference])[0]
        finding = (
            f"{label}: {listed(parts)} of {known} economies; the largest market among these is "
            f"{with_article(called('country', at))}, {read.unit.effect(size)}"
        )
    classes = effect_classes(effect, moved, _checked(steps, np.where(moved, np.abs(effect), np.nan)))
    return _Drawing(read.unit.effect_axis, finding, note, classes, countries)


def _when(values: xr.DataArray | xr.Dataset) -> str:
    """The year, where one was picked: ', 2050'."""
    year = values.coords.get("year")
    return "" if year is None or year.ndim else f", {year.item()}"


def _checked(steps: Sequence[float] | None, size: Floats) -> list[float]:
    """Lower ends of the classes.  Raises InputError unless they rise."""
    bounds = round_steps(size) if steps is None else [float(step) for step in steps]
    if not 1 <= len(bounds) <= 6 or any(b <= a for a, b in itertools.pairwise(bounds)):
        raise unusable("steps", found=steps, allowed="one to six rising numbers")
    return bounds


@figure(of="dependence and lock-in by country")
def lock_in_map(
    dependence: ArrayLike,
    lock_in: ArrayLike,
    countries: Sequence[str],
    sponsors: Sequence[str],
    *,
    capitals: ArrayLike,
    recorded: Sequence[str] = (),
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
    recorded
        ``country_record`` of each economy; horizontal lines mark those of which nothing is on record
    steps
        rising lower ends of the classes of lock-in; below the first: not locked in
    when
        year, scenario and technologies, for the note: "baseline, 2050, all domains"
    title
        the finding; by default how many economies are locked in to each sponsor's vendors

    Raises
    ------
    InputError
        for shapes that do not fit, steps that do not rise, or an economy with neither outline nor capital
    """
    base, locked = np.asarray(dependence, dtype=float), np.asarray(lock_in, dtype=float)
    for name, array in (("dependence", base), ("lock_in", locked)):
        if array.shape != (len(countries), len(sponsors)):
            raise unusable(f"{name}, shape", found=array.shape, allowed=f"{(len(countries), len(sponsors))}")
    if not 1 <= len(steps) <= 4 or any(b <= a for a, b in itertools.pairwise(steps)):
        raise unusable("steps", found=tuple(steps), allowed="one to four rising numbers")
    places, ranking = checked_places(countries, capitals), _rank(locked, steps)
    counts = [int((ranking.sponsor == index).sum()) for index in range(len(sponsors))]
    order = sorted((i for i, count in enumerate(counts) if count), key=lambda i: -counts[i])
    figure, axes = kit.sheet(
        title or _locked(sponsors, counts, order, len(countries)), _reading(when, recorded),
        width=10.0, body=4.3, left=0.1, right=0.1, bottom=0.55 + 0.24 * (len(order) + 1), lead=0.08,
    )  # fmt: skip
    ground(axes[0, 0])
    classes = [(ranking.sponsor < 0, Paint(_NONE_COLOR))]
    for index, step in np.ndindex(len(sponsors), len(steps)):
        economies = (ranking.sponsor == index) & (ranking.step == step)
        classes.append((economies, _paint(sponsors[index], step, len(steps))))
    fill(axes[0, 0], countries, places, classes)
    mark_unrecorded(axes[0, 0], countries, places, unrecorded(recorded))
    _draw_key(figure, ranking, base, sponsors, order, steps)
    return figure


def _reading(when: str, recorded: Sequence[str]) -> str:
    """How to read a map of lock-in."""
    unknown = int(unrecorded(recorded).sum())
    note = "Colour and hatch: to whose vendors lock-in is strongest. Depth: how strong."
    note += f" {opening(when)}." if when else ""
    return note + (f" Horizontal lines: networks not recorded ({unknown} economies)." if unknown else "")


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


class _Ranking(NamedTuple):
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
    face = kit.toward(kit.sponsor_color(sponsor), "white", 0.66 * (steps - 1 - step) / max(steps - 1, 1))
    line = kit.toward(face, "white", 0.55) if kit.lightness(face) < 0.5 else kit.toward(face, "black", 0.35)
    return Paint(face, kit.sponsor_hatch(sponsor, "oo"), line, kit.sponsor_marker(sponsor))


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
    count_at = _CLASSES + _PITCH * len(steps) + 0.35
    small: dict[str, Any] = {"fontsize": SMALL - 1, "color": QUIET}
    heads = [f"{100 * low:.0f}\N{EN DASH}{100 * high:.0f} %" for low, high in itertools.pairwise(steps)]
    for step, head in enumerate([*heads, f"{100 * steps[-1]:.0f} % and more"]):
        ax.text(_CLASSES + _PITCH * step, -0.25, head, va="bottom", **small)
    ax.text(_CLASSES, -0.95, "lock-in", fontweight="bold", va="bottom", **small)
    heading = "economies, and their mean dependence on these vendors"
    ax.text(count_at, -0.25, heading, va="bottom", **small)
    for row, index in enumerate(order):
        name, economies = sponsors[index], ranking.sponsor == index
        ax.plot([0.12], [row + 0.3], marker=kit.sponsor_marker(name), markersize=5.5,
                color=kit.sponsor_color(name), markeredgecolor=INK, markeredgewidth=0.5)  # fmt: skip
        known = dependence[economies, index][np.isfinite(dependence[economies, index])]
        mean = f", {100 * known.mean():.0f} %" if len(known) else ""
        looks = [_paint(name, step, len(steps)) for step in range(len(steps))]
        _row(ax, row, f"{adjective(name)} vendors", looks, count_at, f"{int(economies.sum())}{mean}")
    _row(ax, rows - 1, "not locked in", [Paint(_NONE_COLOR)], count_at, f"{int((ranking.sponsor < 0).sum())}")
    ax.text(
        _CLASSES + _PITCH, rows - 0.7, f"below {100 * steps[0]:.0f} %, or no tender", va="center", **small
    )
    ax.text(width * 0.96 - 0.05, rows - 0.7, NOTES, ha="right", va="center", **small)


def _row(ax: Axes, row: int, name: str, looks: Sequence[Paint], count_at: float, count: str) -> None:
    """A name at the left, a swatch of each class, and at the right how many economies there are."""
    ax.text(0.3, row + 0.3, name, fontsize=SMALL, color=INK, va="center")
    ax.text(count_at, row + 0.3, count, fontsize=SMALL, color=INK, va="center")
    for step, look in enumerate(looks):
        swatch = Rectangle((_CLASSES + _PITCH * step, row), *_SWATCH, facecolor=look.face, linewidth=0)
        look.on(swatch)
        ax.add_patch(swatch)
