"""What scenarios change: intervals in rows, paths over the years, and a table of coloured numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.plots.kit.data import (
    BY_CHANCE,
    Effects,
    clear_effects,
    parted,
    read_effects,
    variable,
    written,
)
from lockin_sim.plots.kit.figures import figure
from lockin_sim.plots.kit.shapes import End, band, below, beside, interval, name_ends, panels, plate, rows_of
from lockin_sim.plots.kit.style import (
    INK,
    QUIET,
    ROW,
    SMALL,
    SPOKEN,
    TEXT,
    brief,
    effect_color,
    lightness,
    room_for,
    sheet,
    text_width,
    wrapped,
)
from lockin_sim.reader import Reader, require, subject
from lockin_sim.wording import joined, opening, quoted, signed, two_digits
from lockin_sim.world.case import bundled_case

_MARKERS = "soD^v"  # by year, so that years differ in print
_COLUMNS, _MANY = (3, 4), 6  # panels per row for up to _MANY panels, and for more
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
    """Forest plot of every scenario's mean paired difference from the baseline, with 95 % intervals.

    Parameters
    ----------
    effects
        dataset of ``lockin_sim.compare``; differences of shares are drawn in percentage points
    outcome
        name on the ``outcome`` axis; None = the share of the family under study
    years
        one to five; rows are sorted by the effect in the last of them, from the side with the largest
    title
        the finding; by default the largest effect whose interval excludes zero, or that there is none

    Raises
    ------
    InputError
        for an unknown outcome or year, or an interval with its ends swapped
    """
    outcome = outcome or f"{bundled_case().family}_share"
    reading = Reader(effects, [outcome], years)
    shown, base = reading.shown(outcome), brief(reading.base)
    names = _by_effect(reading, outcome, years[-1])
    rows = [brief(reading.title(name), ROW) for name in names]
    figure, axes = sheet(
        title or _largest(reading, outcome, years[-1], names),
        f"{opening(shown.label)}: mean paired difference from the {base} with its "
        f"95 % interval, {reading.pairs}. Filled markers: the interval excludes zero.",
        width=9.0, body=0.62 * max(len(names), 1) + 0.25,
        left=room_for(rows), right=2.3, bottom=0.62, lead=0.45,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, rows)
    ax.axvline(0, color=INK, linewidth=0.8)
    offsets = np.linspace(-0.16, 0.16, len(years)) if len(years) > 1 else np.zeros(1)
    for row, name in enumerate(names):
        for year, offset, marker in zip(years, offsets, _MARKERS, strict=False):
            effect = reading.effect(name, outcome, year)
            clear = bool(effect.distinct)
            color, place = INK if clear else QUIET, row + float(offset)
            interval(ax, place, effect, color, clear=clear, marker=marker, markeredgewidth=1.2)
            mean, low, high = written(shown, effect)
            numbers = f"{mean} [{low}, {high}]" if np.isfinite(effect.mean) else "no value"
            beside(ax, place, f"{year}   {numbers}", SMALL, color)
    ax.margins(x=0.06)
    below(ax, f"difference from the {base}, {shown.effect_axis}")
    beside(ax, -0.72, "difference [95 % interval]", SMALL - 1, QUIET, ha="left", va="bottom")
    _key(ax, years)
    return figure


def _key(ax: Axes, years: Sequence[int]) -> None:
    """Which marker is which year, in one line above the panel."""
    marks = [
        Line2D([], [], marker=marker, color=INK, markersize=5.5, linewidth=1.4, label=str(year))
        for year, marker in zip(years, _MARKERS, strict=False)
    ]
    ax.legend(
        handles=marks, loc="lower left", bbox_to_anchor=(-0.012, 1.0), ncols=len(years), frameon=False,
        fontsize=TEXT, labelcolor=INK, borderpad=0.1, handletextpad=0.5, columnspacing=1.5,
    )  # fmt: skip


def _by_effect(reading: Reader, outcome: str, year: int) -> list[str]:
    """Scenarios by their effect, the largest in size on top; those without a value last."""
    effect = {name: float(reading.effect(name, outcome, year).mean) for name in reading.others}
    known = sorted((name for name in effect if np.isfinite(effect[name])), key=effect.__getitem__)
    if known and abs(effect[known[-1]]) > abs(effect[known[0]]):
        known.reverse()
    return known + [name for name in effect if name not in known]


def _largest(reading: Reader, outcome: str, year: int, names: Sequence[str]) -> str:
    """The largest effect in a year among those whose interval excludes zero."""
    shown, clear = reading.shown(outcome), clear_effects(reading, outcome, year, names)
    if not clear:
        return f"{opening(shown.label)}: no policy changes it by more than chance could in {year}"
    name = max(clear, key=lambda each: abs(float(clear[each].mean)))
    mean, low, high = written(shown, clear[name])
    way = "falls" if float(clear[name].mean) < 0 else "rises"
    policy = quoted(brief(reading.title(name), SPOKEN))
    return (
        f"{subject(shown.label)} {way} most under {policy}: {shown.effect(mean)} in {year} "
        f"(95 % interval {low} to {high})"
    )


@figure(of="effects")
def trajectories(
    effects: xr.Dataset,
    outcome: str | None = None,
    *,
    scenarios: Sequence[str] | None = None,
    statistic: str = "mean",
    title: str | None = None,
) -> Figure:
    """One panel per scenario: the outcome over the years with its 5-95 % band, and the baseline behind it.

    Parameters
    ----------
    effects
        dataset of ``lockin_sim.compare``; shares are drawn in per cent, other outcomes in their unit
    outcome
        name on the ``outcome`` axis; None = the share of the family under study
    scenarios
        which to draw and in which order; all but the baseline by default
    statistic
        the line: "mean" or "q50" (median)
    title
        the finding; computed from the last year by default

    Raises
    ------
    InputError
        for an unknown outcome, scenario or statistic
    """
    outcome = outcome or f"{bundled_case().family}_share"
    reading = Reader(effects, [outcome])
    require("statistic", [statistic], ["mean", "q50"])
    names = list(scenarios) if scenarios is not None else reading.others
    names = names or [reading.baseline]
    require("scenarios", names, reading.scenarios)
    shown = reading.shown(outcome)
    line = "mean" if statistic == "mean" else "median"
    columns = min(_COLUMNS[len(names) > _MANY], len(names))
    rows = -(-len(names) // columns)
    figure, axes = sheet(
        title or _furthest(reading, outcome, names),
        f"{opening(shown.label)}, {line} and 5\N{EN DASH}95 % range of {reading.pairs}. Solid: the scenario; "
        f"dashed and hatched: the {brief(reading.base)}. In each panel: mean paired difference in "
        f"{reading.last} with its 95 % interval.",
        width=max(3.4 * columns, 6.0), body=2.75 * rows + 0.85 * (rows - 1), grid=(rows, columns),
        left=0.75, right=0.75, bottom=0.45, gap=(0.75, 0.85), lead=0.72, sharex=True, sharey=True,
    )  # fmt: skip
    for ax, name in zip(panels(axes, len(names), shown.axis), names, strict=True):
        _path_panel(ax, reading, outcome, name, statistic)
    axes.flat[0].set_ylim(_limits(reading, outcome, names))
    for ax, name in zip(axes.flat, names, strict=False):
        ends = []
        for drawn, color, weight in ((reading.baseline, QUIET, "normal"), (name, INK, "bold")):
            value = float(reading.path(drawn, outcome, statistic)[-1])
            ends.append(End(value, shown.level(value), color, weight))
        name_ends(ax, ends if name != reading.baseline else ends[1:])
    return figure


def _path_panel(ax: Axes, reading: Reader, outcome: str, scenario: str, statistic: str) -> None:
    """Baseline dashed with a hatched band, scenario solid with a plain one, and its last effect."""
    years = reading.calendar
    for name, color, dash, hatch, opacity in (
        (reading.baseline, QUIET, (0, (4, 2)), "////", 0.14),
        (scenario, INK, "-", None, 0.2),
    ):
        low, high = (reading.path(name, outcome, q) for q in ("q05", "q95"))
        band(ax, years, low, high, color, opacity, hatch)
        line = reading.path(name, outcome, statistic)
        ax.plot(years, line, color=color, linestyle=dash, linewidth=1.8 if hatch is None else 1.3)
    ax.set_xlim(years[0], years[-1])
    question = wrapped(reading.question(scenario), 2.65, SMALL - 1)
    if len(question) > 2:
        question[1] += " \N{HORIZONTAL ELLIPSIS}"
    inside: dict[str, Any] = {"transform": ax.transAxes, "color": INK}
    ax.text(0, 1.155, brief(reading.title(scenario)), fontsize=TEXT + 1, fontweight="bold", **inside)
    lines = "\n".join(question[:2])
    ax.text(0, 1.13, lines, va="top", fontsize=SMALL - 1, **inside | {"color": QUIET})
    if scenario != reading.baseline:  # in the corner that rising lines leave free
        shown = reading.shown(outcome)
        mean, *ends = written(shown, reading.effect(scenario, outcome))
        text = f"{joined(mean, shown.unit.short)}\n[{', '.join(ends)}]"
        ax.text(0.03, 0.95, text, va="top", fontsize=SMALL, bbox=plate(1.5), **inside)


def _limits(reading: Reader, outcome: str, names: Sequence[str]) -> tuple[float, float]:
    """A common vertical axis that holds every band and zero, with head room."""
    drawn = np.concatenate([
        reading.path(name, outcome, statistic)
        for name in (reading.baseline, *names)
        for statistic in ("mean", "q05", "q95")
    ])  # fmt: skip
    known = drawn[np.isfinite(drawn)]
    low, high = (min(0.0, float(known.min())), max(0.0, float(known.max()))) if len(known) else (0.0, 1.0)
    return low * 1.06, (high * 1.06 or 1.0)


def _furthest(reading: Reader, outcome: str, names: Sequence[str]) -> str:
    """The baseline's last value, and the scenario that moves it furthest beyond chance, if any does."""
    shown, last = reading.shown(outcome), reading.last
    base = reading.level(reading.baseline, outcome).mean
    if not np.isfinite(base):
        return f"{opening(shown.label)}: no value in {last}"
    start = f"{subject(shown.label)} reaches {shown.rounded(base)} in {last} in the {brief(reading.base)}"
    policies = [name for name in names if name != reading.baseline]
    clear = clear_effects(reading, outcome, last, policies)
    if not policies:
        return start
    if not clear:
        return f"{start}; no policy moves it by more than chance could"
    furthest = max(clear, key=lambda name: abs(float(clear[name].mean)))
    size = shown.effect(written(shown, clear[furthest])[0])
    return f"{start}; {quoted(brief(reading.title(furthest), SPOKEN))} moves it furthest, by {size}"


@figure(of="a study by domain, group or outcome")
def heat_map(effects: xr.Dataset, *, title: str | None = None) -> Figure:
    """Table of effects, a number in each cell: one row a scenario, one column a domain, group or outcome.

    The darker, the larger; a cell whose 95 % interval includes zero is hatched, its number in brackets.  A
    clear effect that rounds to zero keeps its sign.

    Parameters
    ----------
    effects
        dataset with ``effect``, ``effect_low`` and ``effect_high`` over scenario and one more axis, such
        as ``lockin_sim.breakdown(..., by="domain").sel(measure="cn2035_share", year=2050)`` or some
        outcomes and one year of ``lockin_sim.compare``; the baseline is left out
    title
        the finding; by default the largest effect whose interval excludes zero

    Raises
    ------
    InputError
        for a missing or surplus axis, rows in different units, or swapped ends of an interval
    """
    dims = variable("heat_map, effects", effects, "effect", ("scenario",)).dims
    across = [str(dim) for dim in dims if dim != "scenario"]
    if len(across) != 1:
        allowed = "one axis beside scenario; pick labels of others with effects.sel(...)"
        raise unusable("heat_map, axes", found=across, allowed=allowed)
    read = read_effects("heat_map, effects", effects, "scenario", *across)
    shared, heads = parted(read.written[across[0]])
    year = effects.coords.get("year")
    when = f" in {int(year.item())}" if year is not None and year.ndim == 0 else ""
    what = opening(read.what or shared or "effects") + when
    rows, cell = read.written["scenario"], _cell_width(heads)
    columns = [_lines(head, cell - _BESIDE) for head in heads]
    left, width = room_for(rows) + 0.1, cell * len(columns)
    figure, axes = sheet(
        title or _largest_cell(read, heads, what),
        f"{what}: mean paired difference from the {read.baseline}, "
        f"{read.unit.effect_axis}. Darker: larger. Hatched and in brackets: the 95 % "
        f"interval includes zero. {BY_CHANCE}",
        width=max(left + width + 0.3, 6.5), body=_CELL[1] * max(len(rows), 1), left=left,
        right=max(0.3, 6.5 - left - width), bottom=0.2, lead=0.3 + 0.15 * max(map(len, columns)),
    )  # fmt: skip
    ax = axes[0, 0]
    _frame(ax, rows, ["\n".join(lines) for lines in columns])
    difference = read.difference
    clear = np.abs(difference.mean[difference.distinct])
    largest = float(clear.max()) if len(clear) else 1.0
    digits = read.unit.digits + bool(np.any(clear < 0.5 * 10.0**-read.unit.digits))  # none reads as zero
    for row, column in np.ndindex(difference.mean.shape):
        mean, distinct = float(difference.mean[row, column]), bool(difference.distinct[row, column])
        text = signed(mean, min(digits, two_digits(mean)) if mean else digits, keep=distinct)
        _cell(ax, row, column, mean, text, mean / largest if distinct else None)
    return figure


def _words(head: str) -> str:
    """The head with a blank after every hyphen, where a line may end too."""
    return head.replace("-", "- ")


def _lines(head: str, inches: float) -> list[str]:
    """Lines of a head no wider than that, unless a single word is."""
    return [line.replace("- ", "-") for line in wrapped(_words(head), inches, SMALL)]


def _cell_width(heads: list[str]) -> float:
    """Inches of a column: one width for all, in which the longest word of any head fits."""
    words = [text_width(word, SMALL) for head in heads for word in _words(head).split()]
    return max(_CELL[0], max(words, default=0.0) + _BESIDE)


def _frame(ax: Axes, rows: list[str], columns: list[str]) -> None:
    """Names of rows at the left, of columns on top."""
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xticks(range(len(columns)), columns)
    ax.xaxis.tick_top()
    ax.tick_params(axis="y", colors=INK, labelsize=TEXT)
    ax.tick_params(axis="x", colors=INK, labelsize=SMALL)


def _cell(ax: Axes, row: int, column: int, mean: float, text: str, depth: float | None) -> None:
    """One coloured number; ``depth`` as a share of the largest, None where the interval includes zero."""
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": TEXT, "fontweight": "bold"}
    if not np.isfinite(mean):
        plain = {"fontsize": SMALL - 1.5, "fontweight": "normal", "color": QUIET}
        ax.text(column, row, "no value", **style | plain)
        return
    face = _UNCLEAR if depth is None else effect_color(depth)
    patch = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=face, edgecolor="white", linewidth=1.2)
    if depth is None:
        patch.set(hatch="////", hatchcolor="#D3D8DC", hatch_linewidth=0.6)
        plain = {"fontweight": "normal", "color": "#4E5962", "bbox": plate(1.0, color=_UNCLEAR)}
        ax.text(column, row, f"({text})", **style | plain)
    else:
        ax.text(column, row, text, **style, color="white" if lightness(face) < 0.55 else INK)
    ax.add_patch(patch)


def _largest_cell(read: Effects, heads: list[str], what: str) -> str:
    """The largest effect among those whose interval excludes zero."""
    difference: Sequence[Floats] = read.difference
    distinct = read.difference.distinct
    if not distinct.any():
        return f"{what}: no policy changes it by more than chance could"
    sizes = np.where(distinct, np.abs(read.difference.mean), -1.0)
    row, column = (int(place) for place in np.unravel_index(int(sizes.argmax()), sizes.shape))
    mean, low, high = written(read.unit, [each[row, column] for each in difference])
    return (
        f"{what}: largest effect under {quoted(read.written['scenario'][row])}, {heads[column]}, of "
        f"{read.unit.effect(mean)} (95 % interval {low} to {high})"
    )
