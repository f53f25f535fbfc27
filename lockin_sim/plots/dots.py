"""Dependence on and lock-in to vendors of several sponsors, side by side and by the same measure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.plots.kit.lettering import ROW, TEXT, brief
from lockin_sim.plots.kit.style import (
    INK,
    QUIET,
    SMALL,
    room_for,
    rows_of,
    sheet,
    sponsor_color,
    sponsor_marker,
)
from lockin_sim.reader import Reader
from lockin_sim.wording import listed
from lockin_sim.world.case import bundled_case
from lockin_sim.world.names import adjective

MEASURES = {"dependence": "Dependence", "lock_in": "Lock-in"}


def dependence(
    effects: xr.Dataset,
    year: int = 2050,
    *,
    sponsors: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Dot plot: dependence on and lock-in to each sponsor's vendors, mean and 5-95 % range, per scenario.

    effects   dataset of ``lockin_sim.compare`` with the outcomes ``dependence_<sponsor>`` and
              ``lock_in_<sponsor>`` for each of ``sponsors``; shares are drawn in per cent
    year      the year shown
    sponsors  whose; None = those that the case compares
    title     the finding; by default the baseline's order of sponsors
    Raises InputError for a missing outcome or year.
    """
    sponsors = bundled_case().sponsors if sponsors is None else sponsors
    reading = Reader(
        effects, [f"{measure}_{sponsor}" for measure in MEASURES for sponsor in sponsors], [year]
    )
    names = [reading.baseline, *reading.others]
    rows = [brief(reading.title(name), ROW) for name in names]
    figure, axes = sheet(
        title or _finding(reading, sponsors, year),
        f"Vendors of {listed([adjective(s) for s in sponsors])} owners measured alike, {year}: mean and "
        f"5\N{EN DASH}95 % range of {reading.pairs}. Dotted: mean of the {brief(reading.base)}.",
        width=9.6, body=0.24 * len(names) * len(sponsors) + 0.3, grid=(1, len(MEASURES)),
        left=room_for(rows), right=0.3, bottom=0.62, gap=(0.4, 0.0), lead=0.52,
    )  # fmt: skip
    for column, (ax, (measure, heading)) in enumerate(zip(axes[0], MEASURES.items(), strict=True)):
        rows_of(ax, rows, labels=column == 0)
        shown = reading.shown(f"{measure}_{sponsors[0]}")
        for lane, sponsor in enumerate(sponsors):
            offset = 0.56 * (lane - (len(sponsors) - 1) / 2) / max(len(sponsors) - 1, 1)
            _lane(ax, reading, f"{measure}_{sponsor}", sponsor, names, year, offset)
        low, high = ax.get_xlim()
        ax.set_xlim(min(0.0, low), high + 0.05 * (high - low))
        ax.set_title(heading, loc="left", fontsize=TEXT + 1, fontweight="bold", color=INK, pad=8)
        ax.set_xlabel(shown.axis, fontsize=SMALL, color=QUIET)
    return figure


def _lane(
    ax: Axes, reading: Reader, outcome: str, sponsor: str, names: Sequence[str], year: int, offset: float
) -> None:  # fmt: skip
    """One sponsor's dots; the first row names the sponsor."""
    color, marker = sponsor_color(sponsor), sponsor_marker(sponsor)
    base = reading.level(reading.baseline, outcome, year).mean
    ax.axvline(base, color=color, linewidth=0.8, linestyle=":", zorder=1)
    for row, name in enumerate(names):
        mean, low, high = reading.level(name, outcome, year)
        ax.plot([low, high], [row + offset] * 2, color=color, linewidth=1.3, solid_capstyle="butt")
        ax.plot([mean], [row + offset], marker=marker, markersize=6, color=color, markeredgecolor="white",
                markeredgewidth=0.6, linestyle="none")  # fmt: skip
        if row == 0 and np.isfinite(high):
            ax.annotate(adjective(sponsor), (high, offset), xytext=(5, 0), textcoords="offset points",
                        va="center", fontsize=SMALL, fontweight="bold", color=color,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})  # fmt: skip


def _finding(reading: Reader, sponsors: Sequence[str], year: int) -> str:
    """The baseline's lock-in by sponsor, largest first, with dependence beside it."""
    lock_in = {s: reading.level(reading.baseline, f"lock_in_{s}", year).mean for s in sponsors}
    order = sorted(sponsors, key=lambda s: -lock_in[s] if np.isfinite(lock_in[s]) else np.inf)
    parts = [f"{reading.shown(f'lock_in_{s}').rounded(lock_in[s])} to {adjective(s)}" for s in order]
    top = max(sponsors, key=lambda s: reading.level(reading.baseline, f"dependence_{s}", year).mean)
    where = f"in the {brief(reading.base)} of {year}"
    first = f"Lock-in is {listed(parts)} vendors {where}"
    same = "also highest" if top == order[0] else "highest"
    return f"{first}; dependence is {same} on {adjective(top)} vendors"
