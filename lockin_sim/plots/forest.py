"""What each scenario changes, with its interval: the forest plot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lockin_sim.plots.kit.lettering import ROW, SPOKEN, TEXT, brief
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, room_for, rows_of, sheet
from lockin_sim.reader import Reader, subject
from lockin_sim.wording import opening, quoted, signed
from lockin_sim.world.case import bundled_case

MARKERS = "soD^v"  # by year, so that years differ in print


def effects(
    effects: xr.Dataset,
    outcome: str | None = None,
    years: Sequence[int] = (2035, 2050),
    *,
    title: str | None = None,
) -> Figure:
    """Forest plot of every scenario's mean paired difference from the baseline, with 95 % intervals.

    effects  dataset of ``lockin_sim.compare``; differences of shares are drawn in percentage points
    outcome  name on the ``outcome`` axis; None = the share of the family under study
    years    one to five; rows are sorted by the effect in the last of them, from the side with the largest
    title    the finding; by default the largest effect whose interval excludes zero, or that there is none
    Raises InputError for an unknown outcome or year, or an interval with its ends swapped.
    """
    outcome = outcome or f"{bundled_case().family}_share"
    reading = Reader(effects, [outcome], years)
    shown = reading.shown(outcome)
    last = years[-1]
    names = _sorted(reading, outcome, last)
    note = (
        f"{opening(shown.label)}: mean paired difference from the {brief(reading.base)} with its "
        f"95 % interval, {reading.pairs}. Filled markers: the interval excludes zero."
    )
    rows = [brief(reading.title(name), ROW) for name in names]
    figure, axes = sheet(
        title or _finding(reading, outcome, years, names), note,
        width=9.0, body=0.62 * max(len(names), 1) + 0.25,
        left=room_for(rows), right=2.3, bottom=0.62, lead=0.45,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, rows)
    ax.axvline(0, color=INK, linewidth=0.8)
    offsets = np.linspace(-0.16, 0.16, len(years)) if len(years) > 1 else np.zeros(1)
    for row, name in enumerate(names):
        for year, offset, marker in zip(years, offsets, MARKERS, strict=False):
            _mark(ax, reading, outcome, name, year, row + float(offset), marker)
    ax.margins(x=0.06)
    ax.set_xlabel(
        f"difference from the {brief(reading.base)}, {shown.effect_axis}", fontsize=SMALL, color=QUIET
    )
    ax.text(1.03, -0.72, "difference [95 % interval]", fontsize=SMALL - 1, color=QUIET,
            transform=ax.get_yaxis_transform(), ha="left", va="bottom")  # fmt: skip
    _key(ax, years)
    return figure


def _mark(ax: Axes, reading: Reader, outcome: str, name: str, year: int, y: float, marker: str) -> None:
    """One estimate with its interval and, right of the panel, its numbers."""
    difference = reading.effect(name, outcome, year)
    mean, low, high = float(difference.mean), float(difference.low), float(difference.high)
    clear = bool(difference.distinct)
    color = INK if clear else QUIET
    ax.plot([low, high], [y, y], color=color, linewidth=1.4, solid_capstyle="butt")
    ax.plot(
        [mean], [y], marker=marker, markersize=6.0, markeredgewidth=1.2, color=color,
        markerfacecolor=color if clear else "white", linestyle="none",
    )  # fmt: skip
    digits = reading.shown(outcome).telling(mean, low, high)
    shown = [signed(value, digits) for value in (mean, low, high)]
    numbers = f"{shown[0]} [{shown[1]}, {shown[2]}]" if np.isfinite(mean) else "no value"
    ax.text(
        1.03, y, f"{year}   {numbers}", transform=ax.get_yaxis_transform(), va="center",
        fontsize=SMALL, color=color,
    )  # fmt: skip


def _key(ax: Axes, years: Sequence[int]) -> None:
    """Which marker is which year, in one line above the panel."""
    handles = [
        Line2D([], [], marker=marker, color=INK, markersize=5.5, linewidth=1.4, label=str(year))
        for year, marker in zip(years, MARKERS, strict=False)
    ]
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.012, 1.0), ncols=len(years), frameon=False,
        fontsize=TEXT, labelcolor=INK, borderpad=0.1, handletextpad=0.5, columnspacing=1.5,
    )  # fmt: skip


def _sorted(reading: Reader, outcome: str, year: int) -> list[str]:
    """Scenarios by their effect, the largest in size on top; those without a value last."""
    effect = {name: float(reading.effect(name, outcome, year).mean) for name in reading.others}
    known = sorted((name for name in effect if np.isfinite(effect[name])), key=effect.__getitem__)
    if known and abs(effect[known[-1]]) > abs(effect[known[0]]):
        known.reverse()
    return known + [name for name in effect if name not in known]


def _finding(reading: Reader, outcome: str, years: Sequence[int], names: Sequence[str]) -> str:
    """The largest effect in the last year among those whose interval excludes zero."""
    shown, last = reading.shown(outcome), years[-1]
    found = {name: reading.effect(name, outcome, last) for name in names}
    clear = {name: difference for name, difference in found.items() if bool(difference.distinct)}
    if not clear:
        return f"{opening(shown.label)}: no policy changes it by more than chance could in {last}"
    name = max(clear, key=lambda each: abs(float(clear[each].mean)))
    three = (clear[name].mean, clear[name].low, clear[name].high)
    digits = shown.telling(*map(float, three))
    mean, low, high = (signed(float(value), digits) for value in three)
    way = "falls" if float(clear[name].mean) < 0 else "rises"
    policy = quoted(brief(reading.title(name), SPOKEN))
    return (
        f"{subject(shown.label)} {way} most under {policy}: {shown.effect(mean)} in {last} "
        f"(95 % interval {low} to {high})"
    )
