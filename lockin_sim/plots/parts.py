"""Who carries a standard: the base its owners' vendors built, or the compliance of everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.plots.kit.facts import called
from lockin_sim.plots.kit.lettering import ROW, SPOKEN, TEXT, brief
from lockin_sim.plots.kit.style import (
    INK,
    NO_SPONSOR,
    QUIET,
    SMALL,
    room_for,
    rows_of,
    sheet,
    sponsor_color,
    toward,
)
from lockin_sim.reader import Reader
from lockin_sim.wording import quoted
from lockin_sim.world.case import case_of
from lockin_sim.world.names import adjective


class _Carried(NamedTuple):
    """Names of the outcomes of a case, and how its family and its owners are called."""

    title: str  # of the family
    owners: str  # what their vendors are called
    sponsor: str
    own: str
    others: str
    total: str


def _carried(effects: xr.Dataset) -> _Carried:
    """Of the case that the effects are about."""
    case = case_of(effects.attrs)
    owners, family = adjective(case.sponsors[0]), case.family
    outcomes = (f"{family}_{owners.lower()}_base", f"{family}_others", f"{family}_share")
    return _Carried(called("standard", family), owners, case.sponsors[0], *outcomes)


def two_parts(
    effects: xr.Dataset,
    years: Sequence[int] = (2035, 2050),
    *,
    title: str | None = None,
) -> Figure:
    """Stacked bars: the share of the family under study that its owners' base and others' compliance carry.

    effects  dataset of ``lockin_sim.compare`` with outcomes such as ``cn2035_chinese_base`` and
             ``cn2035_others`` (means are stacked) and, for the 5-95 % range of the sum, ``cn2035_share``
    years    one panel each
    title    the finding; by default the others' part of the whole, in the last of the years
    Raises InputError for a missing outcome or year.
    """
    of = _carried(effects)
    reading = Reader(effects, [of.own, of.others], years)
    ranged = of.total in reading.outcomes
    names = [reading.baseline, *reading.others]
    shown = reading.shown(of.own)
    unit = shown.axis
    note = f"Share of {of.title} in the world's installed capacity, mean of {reading.pairs}" + (
        "; whiskers: 5\N{EN DASH}95 % range of the sum." if ranged else "."
    )
    rows = [brief(reading.title(name), ROW) for name in names]
    figure, axes = sheet(
        title or _finding(reading, of, names, years[-1]), note,
        width=max(4.6 * len(years), 6.5), body=0.46 * len(names) + 0.2, grid=(1, len(years)),
        left=room_for(rows), right=0.4, bottom=0.6, gap=(0.45, 0.0), lead=0.62, sharex=True,
    )  # fmt: skip
    axes[0, 0].set_xlim(0, _widest(reading, of, names, years, ranged=ranged))
    for column, (ax, year) in enumerate(zip(axes[0], years, strict=True)):
        rows_of(ax, rows, labels=column == 0)
        _bars(ax, reading, of, names, year, ranged=ranged)
        ax.set_title(str(year), loc="left", fontsize=TEXT + 1, fontweight="bold", color=INK, pad=20)
        ax.set_xlabel(f"{unit} of installed capacity", fontsize=SMALL, color=QUIET)
    return figure


def _bars(ax: Axes, reading: Reader, of: _Carried, names: list[str], year: int, *, ranged: bool) -> None:
    """The two parts of every scenario, their values inside, the range of the sum on top."""
    color = sponsor_color(of.sponsor)
    shown = reading.shown(of.own)
    own = np.array([reading.level(name, of.own, year).mean for name in names])
    others = np.array([reading.level(name, of.others, year).mean for name in names])
    rows = np.arange(len(names))
    ax.barh(rows, own, height=0.5, color=color, linewidth=0)
    hatched = ax.barh(
        rows, others, left=own, height=0.5, facecolor=toward(NO_SPONSOR, "white", 0.55), hatch="////",
        edgecolor="white", hatchcolor=NO_SPONSOR, linewidth=0.8,
    )  # fmt: skip
    for bar in hatched:
        bar.set_hatch_linewidth(0.6)
    if ranged:
        for row, name in enumerate(names):
            _, low, high = reading.level(name, of.total, year)
            ax.plot([low, high], [row + 0.36] * 2, color=INK, linewidth=1.0, marker="|", markersize=4)
    widest = ax.get_xlim()[1]
    for row, (first, second) in enumerate(zip(own, others, strict=True)):
        _inside(ax, 0.008 * widest, row, shown.level(first), "white", first > 0.13 * widest)
        _inside(ax, first + 0.008 * widest, row, shown.level(second), INK, second > 0.13 * widest)
        if np.isfinite(first + second):
            total = shown.level(first + second)
            ax.text(first + second + 0.012 * widest, row, total, va="center", fontsize=SMALL, color=INK)
    ax.text(
        0,
        -0.62,
        f"{of.owners} vendors",
        color=color,
        fontsize=SMALL,
        fontweight="bold",
        va="bottom",
    )
    place = float(np.clip(own[0], 0.44 * widest, 0.57 * widest))
    ax.text(place, -0.62, "others that comply", color=QUIET, fontsize=SMALL, fontweight="bold", va="bottom")


def _inside(ax: Axes, x: float, row: int, text: str, color: str, fits: bool) -> None:
    """A value at the left end of its bar, on a plain ground, where it fits."""
    if fits:
        ground = {"facecolor": toward(NO_SPONSOR, "white", 0.55), "edgecolor": "none", "pad": 1.2}
        ax.text(
            x, row + 0.02, text, va="center", fontsize=SMALL, color=color, fontweight="bold",
            bbox=ground if color == INK else None,
        )  # fmt: skip


def _finding(reading: Reader, of: _Carried, names: Sequence[str], year: int) -> str:
    """The others' part of the whole in the baseline, and the scenario in which it differs most."""
    part = {}
    for name in names:
        own, others = (reading.level(name, outcome, year).mean for outcome in (of.own, of.others))
        part[name] = 100 * others / (own + others) if own + others > 0 else float("nan")
    base = part[reading.baseline]
    text = (
        f"Equipment of {of.owners} vendors carries {100 - base:.0f} % of {of.title} in {year}, other vendors "
        f"that comply carry {base:.0f} %"
    )
    far = max(names, key=lambda name: abs(part[name] - base) if np.isfinite(part[name]) else -1.0)
    if far == reading.baseline or round(part[far]) == round(base):
        return f"{text}, whatever the policy"
    return f"{text}; under {quoted(brief(reading.title(far), SPOKEN))} these carry {part[far]:.0f} %"


def _widest(
    reading: Reader, of: _Carried, names: Sequence[str], years: Sequence[int], *, ranged: bool
) -> float:
    """Right end of the common axis: the longest bar or whisker, and room for a number."""
    longest = [0.0]
    for name in names:
        for year in years:
            longest.append(sum(reading.level(name, each, year).mean for each in (of.own, of.others)))
            longest.append(reading.level(name, of.total, year).high if ranged else 0.0)
    return 1.1 * float(np.nanmax(longest)) or 1.0
