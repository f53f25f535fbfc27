"""World maps: a number of each economy, and the sponsor whose vendors lead in each economy."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import joined, listed, number, two_digits, with_article
from lockin_sim.common.statistics import mean_by_column, quantiles
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.data import (
    called,
    capitals_of,
    labels,
    largest_markets,
    numbers,
    read_effects,
    runs_of,
    unit_in,
    what,
    with_axes,
    written,
)
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.maps import (
    NOTES,
    SLATE,
    MapClass,
    MapStyle,
    build_effect_classes,
    build_level_classes,
    check_capitals,
    compute_class_bounds,
    draw_base_map,
    draw_class_legend,
    fill_economies,
    mark_unrecorded,
)
from lockin_sim.pages.plots.kit.style import INK, QUIET, SMALL
from lockin_sim.settings.titles import baseline_phrase
from lockin_sim.world.names import get_sponsor_adjective
from lockin_sim.world.recorded import COUNTRY_RECORD, unrecorded

_NONE_COLOR = "#E3E6E9"
_PARTS = (0.0, 0.5, 0.75)  # lower ends of the classes of a leader's part
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
    """Draw a world map of one number by economy.

    Parameters
    ----------
    values
        a level, (country,) or (run, country), such as dependence on one sponsor; of runs the mean is
        drawn, hatched where they differ by far; or a dataset with ``effect``, ``effect_low`` and
        ``effect_high``, (country,): a policy's effect with its 95 % interval, drawn on a scale around
        zero, rises plain and falls dotted, hatched where the interval includes zero.  With a coordinate
        ``country_record``, as in datasets of the bundled world, horizontal lines mark economies whose
        networks have no record
    steps
        rising lower ends of the classes in shown units (per cent, percentage points); for an effect, of
        its size; by default round numbers
    capitals
        (country, 2), latitude and longitude in degrees, for economies too small to fill; by default the
        capitals of the bundled world
    title
        headline; by default the largest markets and the median, or how many economies move

    Raises
    ------
    InputError
        for missing variables or axes, steps that do not rise, swapped ends of an interval, or an economy
        with neither outline nor capital
    """
    reading = (
        _read_effect_map(values, steps) if isinstance(values, xr.Dataset) else _read_level_map(values, steps)
    )
    (finding, note, unit, classes), countries = reading, labels(values, "country")
    places = check_capitals(countries, capitals_of(countries) if capitals is None else capitals)
    figure, axes = kit.build_sheet(
        title or finding,
        note,
        width=10.0,
        body=4.3,
        left=0.1,
        right=0.1,
        bottom=0.92,
        lead=0.08,
    )
    draw_base_map(axes[0, 0])
    fill_economies(axes[0, 0], countries, places, [painted for each in classes for painted in each.painted])
    marked = mark_unrecorded(axes[0, 0], countries, places, _mask_unrecorded(values))
    draw_class_legend(figure, [*classes, *marked], unit)
    return figure


def _mask_unrecorded(values: xr.DataArray | xr.Dataset) -> Bools:
    """Return a mask of economies whose networks have no record, (country,).

    All are False for data without the coordinate ``country_record``.
    """
    if COUNTRY_RECORD in values.coords:
        return unrecorded(values)
    return np.zeros(values.sizes["country"], dtype=bool)


#: What a map shows, and what is said above it: the finding, how to read it, the unit, and classes.
type _Reading = tuple[str, str, str, list[MapClass]]


def _read_level_map(level: xr.DataArray, steps: Sequence[float] | None) -> _Reading:
    """Return headline, note, unit and classes of a level.

    For several runs, the mean is drawn and the range of nine in ten runs is stated.  The headline names the
    largest markets.
    """
    with_axes("choropleth, values", level, ("country",), ("run",))
    unit, countries, label = (
        unit_in(level),
        labels(level, "country"),
        what(level) + _format_selected_year(level),
    )
    every = numbers(level.expand_dims("run") if "run" not in level.dims else level, "run", "country")
    values, ranges = mean_by_column(every), quantiles(every, 0.05, 0.95) if len(every) > 1 else None
    note, known = f"{label}, {unit.axis}. Darker: more.", np.isfinite(values)
    if ranges is not None:
        note += f" Mean of {runs_of(every)}; hatched: nine in ten of them span three classes or more."
    finding, parts, guessed = f"{label}: no value in any economy", [], _mask_unrecorded(level)
    for at in largest_markets([c for c, finite in zip(countries, known, strict=True) if finite]):
        k = countries.index(at)
        digits = two_digits(float(values[k]))
        ends = [] if ranges is None else [number(float(end[k]), digits) for end in ranges]
        where, around = with_article(called("country", at)), " to ".join(ends)
        mean = f"{unit.rounded(float(values[k]))} in {where}"
        parts.append(
            mean
            if not ends
            else f"{ends[0]} to {unit.rounded(float(ranges[1, k]))} in {where} (nine in ten runs, no record)"
            if guessed[k] and ranges is not None
            else f"{mean} (nine in ten runs: {around})"
        )
    if parts:
        median = unit.rounded(float(np.median(values[known])))
        finding = f"{label}: {listed(parts)}; median of {int(known.sum())} economies {median}"
    sponsor = str(level.coords["sponsor"].item()) if "sponsor" in level.coords else ""
    color = kit.sponsor_color(sponsor) if sponsor else SLATE
    classes = build_level_classes(values, _check_steps(steps, values), color, ranges)
    return finding, note, unit.axis, classes


def _read_effect_map(dataset: xr.Dataset, steps: Sequence[float] | None) -> _Reading:
    """Return headline, note, unit and classes of an effect with its interval.

    The headline counts the economies that clearly move, and states the effect in their largest market.
    """
    read = read_effects("choropleth, values", dataset, "country")
    effect, moved, about = read.difference.mean, read.clear, dataset.attrs
    known = int(np.isfinite(effect).sum())
    label, countries = read.what + _format_selected_year(dataset), read.names["country"]
    compared = ""
    if {"baseline", "runs"} <= set(about):
        base = kit.shorten_name(baseline_phrase(str(about["baseline"]), dataset))
        compared = f": mean difference from {base} over {number(about['runs'], 0)} runs"
    note = (
        f"{label}, {read.unit.effect_axis}{compared}. Hatched: {read.hatched} "
        "Falls are dotted, rises plain; darker: larger."
    )
    finding = f"{label}: no clear effect in any of {known} economies"
    if moved.any():
        counts = [(int((moved & (effect < 0)).sum()), "falls"), (int((moved & (effect > 0)).sum()), "rises")]
        parts = [f"{word} in {count}" for count, word in sorted(counts, reverse=True) if count]
        (at,) = largest_markets([c for c, clear in zip(countries, moved, strict=True) if clear], most=1)
        size = written([each[countries.index(at)] for each in read.difference])[0]
        finding = (
            f"{label}: {listed(parts)} of {known} economies; the largest market among these is "
            f"{with_article(called('country', at))}, {joined(size, read.unit.change)}"
        )
    classes = build_effect_classes(
        effect, moved, _check_steps(steps, np.where(moved, np.abs(effect), np.nan))
    )
    return finding, note, read.unit.effect_axis, classes


def _format_selected_year(values: xr.DataArray | xr.Dataset) -> str:
    """Format the selected year, ', 2050'; an empty string if no single year is selected."""
    year = values.coords.get("year")
    return "" if year is None or year.ndim else f", {year.item()}"


def _check_steps(steps: Sequence[float] | None, size: Floats) -> list[float]:
    """Return the lower ends of the classes.  Raises InputError unless they are one to six rising numbers."""
    bounds = compute_class_bounds(size) if steps is None else [float(step) for step in steps]
    if not 1 <= len(bounds) <= 6 or any(b <= a for a, b in itertools.pairwise(bounds)):
        raise unusable("steps", found=steps, allowed="one to six rising numbers")
    return bounds


@figure(of="sponsors' parts by country")
def leaders(shares: xr.DataArray, *, capitals: ArrayLike | None = None, title: str | None = None) -> Figure:
    """Draw a world map of leading sponsors: fill and hatch show the sponsor, depth its vendors' share.

    Parameters
    ----------
    shares
        (country, sponsor) or (run, country, sponsor), 0-1: share of what is installed that each sponsor's
        vendors run, one domain selected; of runs the mean is drawn.  With a coordinate ``country_record``,
        horizontal lines mark economies without any record
    capitals
        (country, 2), latitude and longitude in degrees, for economies too small to fill; by default the
        capitals of the bundled world
    title
        headline; by default in how many economies each sponsor's vendors lead

    Raises
    ------
    InputError
        for a missing or surplus axis, or an economy with neither outline nor capital
    """
    with_axes("leaders, shares", shares, ("country", "sponsor"), ("run",))
    countries, sponsors = labels(shares, "country"), labels(shares, "sponsor")
    every = shares.expand_dims("run") if "run" not in shares.dims else shares
    leading, steps = _find_leaders(mean_by_column(every.transpose("run", "country", "sponsor").values))
    places = check_capitals(countries, capitals_of(countries) if capitals is None else capitals)
    counts = [int((leading == index).sum()) for index in range(len(sponsors))]
    order = sorted((i for i, count in enumerate(counts) if count), key=lambda i: -counts[i])
    figure, axes = kit.build_sheet(
        title or _describe_leaders(shares, [(sponsors[i], counts[i]) for i in order], len(countries)),
        _describe_leader_map(shares),
        width=10.0,
        body=4.3,
        left=0.1,
        right=0.1,
        bottom=0.55 + 0.24 * (len(order) + 1),
        lead=0.08,
    )
    draw_base_map(axes[0, 0])
    classes = [(leading < 0, MapStyle(_NONE_COLOR))]
    for index, step in np.ndindex(len(sponsors), len(_PARTS)):
        economies = (leading == index) & (steps == step)
        classes.append((economies, _build_leader_style(sponsors[index], step)))
    fill_economies(axes[0, 0], countries, places, classes)
    mark_unrecorded(axes[0, 0], countries, places, _mask_unrecorded(shares))
    _draw_leader_legend(figure, leading, [(i, sponsors[i]) for i in order])
    return figure


def _describe_leader_map(shares: xr.DataArray) -> str:
    """Describe how to read a map of leaders, for the note under the headline."""
    unknown = int(_mask_unrecorded(shares).sum())
    note = (
        "Colour and hatch: whose vendors run the largest part of what is installed. Depth: how large it is."
    )
    return note + (f" Horizontal lines: networks not recorded ({unknown} economies)." if unknown else "")


def _describe_leaders(shares: xr.DataArray, counts: Sequence[tuple[str, int]], total: int) -> str:
    """Describe in how many economies each sponsor's vendors lead.

    counts  sponsors with their numbers of economies, the largest first;  total  number of economies
    """
    domain, year = (shares.coords.get(axis) for axis in ("domain", "year"))
    where = "" if domain is None else f" in {called('domain', domain.item())}"
    when = "" if year is None else f" ({year.item()})"
    if not counts:
        return f"No sponsor's vendors lead{where} in any of {total} economies{when}"
    (first, most), *further = counts
    parts = [f"{get_sponsor_adjective(sponsor)} ones in {count}" for sponsor, count in further[:2]]
    rest = sum(count for _, count in further[2:])
    parts += [f"others in {rest}"] if rest else []
    counted = listed([f"{most} of {total} economies", *parts])
    return f"{get_sponsor_adjective(first)} vendors lead{where} in {counted}{when}"


def _find_leaders(shares: Floats) -> tuple[Integers, Integers]:
    """Find each economy's leading sponsor and the class of its share: two arrays of positions, (country,).

    Positions are -1 where nothing is installed, or where vendors of no sponsor lead.
    shares  (country, sponsor)
    """
    values = np.nan_to_num(shares)
    most = values.max(axis=1)
    leads = most > np.maximum(1.0 - values.sum(axis=1), 0.0)
    step = np.searchsorted(_PARTS, most, side="right") - 1
    return np.where(leads, values.argmax(axis=1), -1), np.where(leads, step, -1)


def _build_leader_style(sponsor: str, step: int) -> MapStyle:
    """Return fill, hatch and hatch colour of one class; the smaller the share, the paler the fill."""
    face = kit.mix_colors(
        kit.sponsor_color(sponsor), "white", 0.66 * (len(_PARTS) - 1 - step) / (len(_PARTS) - 1)
    )
    line = (
        kit.mix_colors(face, "white", 0.55)
        if kit.compute_lightness(face) < 0.5
        else kit.mix_colors(face, "black", 0.35)
    )
    return MapStyle(face, kit.sponsor_hatch(sponsor, "oo"), line, kit.sponsor_marker(sponsor))


def _draw_leader_legend(figure: Figure, leading: Integers, named: Sequence[tuple[int, str]]) -> None:
    """Draw a table under the map: sponsor, classes of its share, number of economies that it leads in.

    leading  of :func:`_find_leaders`;  named  position and name of each sponsor
    """
    width, height = figure.get_size_inches()
    rows = len(named) + 1
    ax = figure.add_axes((0.02, 0.12 / height, 0.96, _LINE * (rows + 1.2) / height))
    ax.set_axis_off()
    ax.set_xlim(0, width * 0.96)
    ax.set_ylim(rows + 0.1, -1.1)
    count_at = _CLASSES + _PITCH * len(_PARTS) + 0.35
    small: dict[str, Any] = {"fontsize": SMALL - 1, "color": QUIET}
    ends = [f"{100 * low:.0f}\N{EN DASH}{100 * high:.0f} %" for low, high in itertools.pairwise(_PARTS)][1:]
    for step, head in enumerate(
        [f"below {100 * _PARTS[1]:.0f} %", *ends, f"{100 * _PARTS[-1]:.0f} % and more"]
    ):
        ax.text(_CLASSES + _PITCH * step, -0.25, head, va="bottom", **small)
    ax.text(_CLASSES, -0.95, "their part", fontweight="bold", va="bottom", **small)
    ax.text(count_at, -0.25, "economies", va="bottom", **small)
    for row, (index, name) in enumerate(named):
        ax.plot(
            [0.12],
            [row + 0.3],
            marker=kit.sponsor_marker(name),
            markersize=5.5,
            color=kit.sponsor_color(name),
            markeredgecolor=INK,
            markeredgewidth=0.5,
        )
        looks = [_build_leader_style(name, step) for step in range(len(_PARTS))]
        count = int((leading == index).sum())
        _draw_legend_row(ax, row, f"{get_sponsor_adjective(name)} vendors", looks, count_at, f"{count}")
    none = int((leading < 0).sum())
    _draw_legend_row(ax, rows - 1, "others, or nothing", [MapStyle(_NONE_COLOR)], count_at, f"{none}")
    ax.text(width * 0.96 - 0.05, rows - 0.7, NOTES, ha="right", va="center", **small)


def _draw_legend_row(
    ax: Axes, row: int, name: str, looks: Sequence[MapStyle], count_at: float, count: str
) -> None:
    """Draw a row of the table: a name, a swatch of each class, and the number of economies."""
    ax.text(0.3, row + 0.3, name, fontsize=SMALL, color=INK, va="center")
    ax.text(count_at, row + 0.3, count, fontsize=SMALL, color=INK, va="center")
    for step, look in enumerate(looks):
        swatch = Rectangle((_CLASSES + _PITCH * step, row), *_SWATCH, facecolor=look.face, linewidth=0)
        look.on(swatch)
        ax.add_patch(swatch)
