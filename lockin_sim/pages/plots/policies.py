"""Effects of scenarios: rows of intervals, paths, and a table of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from lockin_sim.common.errors import unusable
from lockin_sim.common.findings import CHANCE, RANGES, define_unclear, get_range_name
from lockin_sim.common.formats import joined, opening, quoted, signed, two_digits
from lockin_sim.comparisons.effects_reader import EffectsReader, check_known, format_subject
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.data import (
    Effects,
    clear_effects,
    of_scenarios,
    parted,
    read_effects,
    variable,
    written,
)
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.style import INK, QUIET, ROW, SMALL, SPOKEN, TEXT

_MARKERS = "soD^v"  # by year, so that years differ in print
_CELL = (0.92, 0.4)  # inches; wider where a word of a head needs it
_BESIDE = 0.08  # inches between the heads of two columns
_UNCLEAR = "#F1F3F4"


@figure(of="effects")
def effects(
    effects: xr.Dataset,
    outcome: str | None = None,
    years: Sequence[int] = (2035, 2050),
    *,
    title: str | None = None,
) -> Figure:
    """Draw a forest plot of every scenario's mean paired difference from the baseline, with its range.

    Parameters
    ----------
    effects
        dataset of ``lockin_sim.compare``; differences of shares are drawn in percentage points
    outcome
        name on the ``outcome`` axis; None = the headline
    years
        one to five; rows are sorted by the effect in the last of them, from the side with the largest
    title
        headline; by default the largest effect whose interval excludes zero, or that no effect does

    Raises
    ------
    InputError
        for an unknown outcome or year, or an interval with its ends swapped
    """
    outcome = outcome or EffectsReader(effects).headline
    reading = EffectsReader(effects, [outcome], years)
    label, unit, base = reading.label(outcome), reading.unit(outcome), kit.shorten_name(reading.base)
    findings = {(n, year): reading.finding(n, outcome, year) for n in reading.others for year in years}
    size = {name: findings[name, years[-1]].size for name in reading.others}
    doubt = next((each.doubt for each in findings.values() if each.known), CHANCE)
    names = sorted((name for name in size if np.isfinite(size[name])), key=size.__getitem__)
    if names and abs(size[names[-1]]) > abs(size[names[0]]):
        names.reverse()
    names += [name for name in size if name not in names]
    figure, (ax,) = kit.build_row_sheet(
        title or _describe_largest_effect(reading, outcome, years[-1], names),
        f"{opening(label)}: mean paired difference from {base} and {get_range_name(doubt)}, "
        f"{reading.pairs}. Open markers: {define_unclear(doubt)}.",
        [kit.shorten_name(reading.title(name), ROW) for name in names],
        width=9.0,
        row=0.62,
        more=0.25,
        right=2.3,
        lead=0.45,
    )
    ax.axvline(0, color=INK, linewidth=0.8)
    offsets = np.linspace(-0.16, 0.16, len(years)) if len(years) > 1 else np.zeros(1)
    for row, name in enumerate(names):
        for year, offset, marker in zip(years, offsets, _MARKERS, strict=False):
            effect = findings[name, year]
            color, place = INK if effect.clear else QUIET, row + float(offset)
            kit.draw_interval(
                ax, place, effect.estimate, color, marker=marker, markeredgewidth=1.2, clear=effect.clear
            )
            numbers = effect.with_range if effect.known else "no value"
            kit.write_beside_row(ax, place, f"{year}   {numbers}", SMALL, color)
    ax.margins(x=0.06)
    kit.set_x_label(ax, f"difference from {base}, {unit.effect_axis}")
    kit.write_beside_row(
        ax, -0.72, f"difference ({get_range_name(doubt)})", SMALL - 1, QUIET, ha="left", va="bottom"
    )
    _draw_year_legend(ax, years)
    return figure


def _draw_year_legend(ax: Axes, years: Sequence[int]) -> None:
    """Draw the legend of markers by year, in one line above the panel."""
    marks = [
        Line2D([], [], marker=marker, color=INK, markersize=5.5, linewidth=1.4, label=str(year))
        for year, marker in zip(years, _MARKERS, strict=False)
    ]
    ax.legend(
        handles=marks,
        loc="lower left",
        bbox_to_anchor=(-0.012, 1.0),
        ncols=len(years),
        frameon=False,
        fontsize=TEXT,
        labelcolor=INK,
        borderpad=0.1,
        handletextpad=0.5,
        columnspacing=1.5,
    )


def _describe_largest_effect(reading: EffectsReader, outcome: str, year: int, names: Sequence[str]) -> str:
    """Describe the largest clear effect in a year, or state that no policy has a clear effect."""
    label, clear = reading.label(outcome), clear_effects(reading, outcome, year, names)
    if not clear:
        return f"{opening(label)}: no policy clearly changes it in {year}"
    name = max(clear, key=lambda each: abs(clear[each].size))
    low, high = clear[name].signs
    way = "falls" if clear[name].size < 0 else "rises"
    policy, one = quoted(kit.shorten_name(reading.title(name), SPOKEN)), len(names) == 1
    where = f"under {policy}" if one else f"most under {policy}, of {len(names)} compared"
    return (
        f"{format_subject(label)} {way} {where}: {clear[name].change} in {year} "
        f"({RANGES[clear[name].doubt]} {low} to {high})"
    )


@figure(of="effects")
def trajectories(
    effects: xr.Dataset,
    outcome: str | None = None,
    *,
    scenarios: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the outcome over the years, one panel per scenario: mean, nine in ten runs, and the baseline.

    Parameters
    ----------
    effects
        dataset of ``lockin_sim.compare``; shares are drawn in per cent, other outcomes in their unit
    outcome
        name on the ``outcome`` axis; None = the headline
    scenarios
        scenarios to draw, in this order; all but the baseline by default
    title
        headline; computed from the last year by default

    Raises
    ------
    InputError
        for an unknown outcome or scenario
    """
    outcome = outcome or EffectsReader(effects).headline
    reading = EffectsReader(effects, [outcome])
    names = list(reading.others if scenarios is None else scenarios) or [reading.baseline]
    check_known("scenarios", names, reading.scenarios)
    label, unit = reading.label(outcome), reading.unit(outcome)
    doubt = reading.finding(names[0], outcome).doubt
    last = [unit.said(reading.level(name, outcome).mean) for name in (reading.baseline, *names)]
    room = max(0.75, 0.15 + max(kit.measure_text_width(text, SMALL, "bold") for text in last))
    figure, panels = kit.build_panel_sheet(
        title or _describe_furthest_scenario(reading, outcome, names),
        f"{opening(label)}: mean and nine in ten of {reading.pairs}. Solid: the scenario; "
        f"dashed and hatched: {kit.shorten_name(reading.base)}. In each panel: mean paired difference in "
        f"{reading.last} and {get_range_name(doubt)}.",
        unit.axis,
        len(names),
        4 if len(names) > 6 else 3,
        wide=2.65 + room,
        least=6.0,
        high=2.75,
        gap=(room, 0.85),
        left=0.75,
        right=room,
        bottom=0.45,
        lead=0.72,
    )
    for ax, name in zip(panels, names, strict=True):
        _draw_path_panel(ax, reading, outcome, name)
    every = [reading.path(n, outcome, s) for n in (reading.baseline, *names) for s in ("mean", "q05", "q95")]
    panels[0].set_ylim(kit.compute_axis_limits(np.concatenate(every)))
    for ax, name in zip(panels, names, strict=True):
        ends = []
        for path, color, weight in ((reading.baseline, QUIET, "normal"), (name, INK, "bold")):
            value = float(reading.path(path, outcome, "mean")[-1])
            ends.append(kit.LineEnd(value, unit.said(value), color, weight))
        kit.label_line_ends(ax, ends if name != reading.baseline else ends[1:])
    return figure


def _draw_path_panel(ax: Axes, reading: EffectsReader, outcome: str, scenario: str) -> None:
    """Draw the panel of a scenario: paths, question, and the effect in the last year.

    The baseline is dashed with a hatched band, the scenario solid with a plain band.
    """
    years = reading.calendar
    for name, color, dash, hatch, opacity, width in (
        (reading.baseline, QUIET, (0, (4, 2)), "////", 0.14, 1.3),
        (scenario, INK, "-", None, 0.2, 1.8),
    ):
        line, low, high = (reading.path(name, outcome, each) for each in ("mean", "q05", "q95"))
        kit.draw_band(ax, years, low, high, color, opacity, hatch)
        ax.plot(years, line, color=color, linestyle=dash, linewidth=width)
    ax.set_xlim(years[0], years[-1])
    question = kit.wrap_text(reading.question(scenario), 2.65, SMALL - 1)
    if len(question) > 2:
        question[1] += " \N{HORIZONTAL ELLIPSIS}"
    inside: dict[str, Any] = {"transform": ax.transAxes, "color": INK}
    ax.text(
        0, 1.155, kit.shorten_name(reading.title(scenario)), fontsize=TEXT + 1, fontweight="bold", **inside
    )
    ax.text(0, 1.13, "\n".join(question[:2]), va="top", fontsize=SMALL - 1, **inside | {"color": QUIET})
    if scenario != reading.baseline:  # in the corner that rising lines leave free
        effect = reading.finding(scenario, outcome)
        text = f"{joined(effect.signed, reading.unit(outcome).short)}\n({effect.signed_ends})"
        ax.text(0.03, 0.95, text, va="top", fontsize=SMALL, bbox=kit.build_text_background(1.5), **inside)


def _describe_furthest_scenario(reading: EffectsReader, outcome: str, names: Sequence[str]) -> str:
    """Describe the baseline's last value, and the scenario with the largest clear effect, if any."""
    label, last = reading.label(outcome), reading.last
    base = reading.level(reading.baseline, outcome).mean
    if not np.isfinite(base):
        return f"{opening(label)}: no value in {last}"
    reached = reading.unit(outcome).rounded(base)
    start = f"{format_subject(label)} reaches {reached} in {last} in {kit.shorten_name(reading.base)}"
    policies = [name for name in names if name != reading.baseline]
    clear = clear_effects(reading, outcome, last, policies)
    if not clear:
        return f"{start}; no policy clearly moves it" if policies else start
    furthest = max(clear, key=lambda name: abs(clear[name].size))
    size = clear[furthest].change
    named = quoted(kit.shorten_name(reading.title(furthest), SPOKEN))
    if len(policies) == 1:
        return f"{start}; {named} moves it by {size}"
    return f"{start}; of {len(policies)} compared {named} moves it furthest, by {size}"


@figure(of="a study by domain, group or outcome")
def heat_map(effects: xr.Dataset, *, title: str | None = None) -> Figure:
    """Draw a table of effects with a number in each cell.

    A row is a scenario or an arm of a contrast; a column is a domain, group, outcome or year.  The darker,
    the larger; a cell whose effect is not clear is hatched, its number in brackets.  A clear effect that
    rounds to zero keeps its sign.

    Parameters
    ----------
    effects
        dataset with ``effect``, ``effect_low`` and ``effect_high`` over scenario and one more axis, such
        as ``by_group.breakdown(..., by="domain").sel(measure="cn2035_share", year=2050)``, or some
        outcomes and one year of ``lockin_sim.compare``; or over arm in place of scenario, as of
        ``lockin_sim.contrast``; the baseline is left out
    title
        headline; by default the largest clear effect

    Raises
    ------
    InputError
        for a missing or surplus axis, rows in different units, or swapped ends of an interval
    """
    effects = of_scenarios(effects)
    dims = variable("heat_map, effects", effects, "effect", ("scenario",)).dims
    across = [str(dim) for dim in dims if dim != "scenario"]
    if len(across) != 1:
        allowed = "one axis beside scenario; pick labels of others with effects.sel(...)"
        raise unusable("heat_map, axes", found=across, allowed=allowed)
    read = read_effects("heat_map, effects", effects, "scenario", *across)
    shared, heads = parted(read.written[across[0]])
    year = effects.coords.get("year")
    when = f" in {int(year.item())}" if year is not None and year.ndim == 0 else ""
    what, rows = opening(read.what or shared or "effects") + when, read.written["scenario"]
    parts = [head.replace("-", "- ") for head in heads]  # where a line may end too
    words = (kit.measure_text_width(word, SMALL) for part in parts for word in part.split())
    cell = max(_CELL[0], max(words, default=0.0) + _BESIDE)  # one width for all, in which every word fits
    columns = [[line.replace("- ", "-") for line in kit.wrap_text(p, cell - _BESIDE, SMALL)] for p in parts]
    left, width = kit.compute_name_room(rows) + 0.1, cell * len(columns)
    figure, axes = kit.build_sheet(
        title or _describe_largest_cell(read, heads, what),
        f"{what}: mean paired difference from {read.baseline}, "
        f"{read.unit.effect_axis}. Darker: larger. Hatched and in brackets: "
        f"{read.hatched}",
        width=max(left + width + 0.3, 6.5),
        body=_CELL[1] * max(len(rows), 1),
        left=left,
        right=max(0.3, 6.5 - left - width),
        bottom=0.2,
        lead=0.3 + 0.15 * max(map(len, columns)),
    )
    _draw_effect_table(axes[0, 0], read, rows, ["\n".join(lines) for lines in columns])
    return figure


def _draw_effect_table(ax: Axes, read: Effects, rows: list[str], columns: list[str]) -> None:
    """Draw the cells with their numbers, row names at the left and column names on top; pale if unclear."""
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xticks(range(len(columns)), columns)
    ax.xaxis.tick_top()
    ax.tick_params(axis="y", colors=INK, labelsize=TEXT)
    ax.tick_params(axis="x", colors=INK, labelsize=SMALL)
    difference, unit_digits = read.difference, read.unit.digits
    clear = np.abs(difference.mean[read.clear])
    largest = float(clear.max()) if len(clear) else 1.0
    digits = unit_digits + bool(np.any(clear < 0.5 * 10.0**-unit_digits))  # none reads as zero
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": TEXT, "fontweight": "bold"}
    for row, column in np.ndindex(difference.mean.shape):
        mean, distinct = float(difference.mean[row, column]), bool(read.clear[row, column])
        if not np.isfinite(mean):
            plain = {"fontsize": SMALL - 1.5, "fontweight": "normal", "color": QUIET}
            ax.text(column, row, "no value", **style | plain)
            continue
        text = signed(mean, min(digits, two_digits(mean)) if mean else digits, keep=distinct)
        face = kit.effect_color(mean / largest) if distinct else _UNCLEAR
        patch = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=face, edgecolor="white", linewidth=1.2)
        if distinct:
            ax.text(column, row, text, **style, color="white" if kit.compute_lightness(face) < 0.55 else INK)
        else:
            patch.set(hatch="////", hatchcolor="#D3D8DC", hatch_linewidth=0.6)
            plain = {
                "fontweight": "normal",
                "color": "#4E5962",
                "bbox": kit.build_text_background(1.0, color=_UNCLEAR),
            }
            ax.text(column, row, f"({text})", **style | plain)
        ax.add_patch(patch)


def _describe_largest_cell(read: Effects, heads: list[str], what: str) -> str:
    """Describe the largest clear effect of a table, or state that nothing has a clear effect."""
    distinct = read.clear
    if not distinct.any():
        return f"{what}: nothing clearly changes it"
    sizes = np.where(distinct, np.abs(read.difference.mean), -1.0)
    row, column = np.unravel_index(int(sizes.argmax()), sizes.shape)
    mean, low, high = written([each[row, column] for each in read.difference])
    return (
        f"{what}: largest of {sizes.size} effects under {quoted(read.written['scenario'][row])}, "
        f"{heads[column]}: {joined(mean, read.unit.change)} ({RANGES[read.doubt]} {low} to {high})"
    )
