"""The figure of a measurement: what each stage of the year takes, by engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from benchmarks.table import cell
from lockin_sim.plots.kit.shapes import rows_of
from lockin_sim.plots.kit.style import INK, QUIET, RISE, SMALL, room_for, sheet

#: What each engine is drawn in.
COLORS = {"core": QUIET, "fast": INK}

#: Inches of a row, and the part of it that bars take.
_ROW, _BARS = 0.42, 0.72


def figure(result: Mapping[str, Any]) -> Figure:
    """Bars of milliseconds a run, by stage and engine; the hardware bound as a last row."""
    stages, bound = result["stages"], sum(part["ms_per_run"] for part in result["bound"].values())
    totals = {engine: sum(s["ms_per_run"] for s in of.values()) for engine, of in stages.items()}
    names = [*next(iter(stages.values())), "hardware bound, all of it"]
    took = " and ".join(f"{total:.2g} ms by {engine}" for engine, total in totals.items())
    years = "{} to {}".format(*result["years"])
    drawn, axes = sheet(
        f"A run takes {took}; hardware alone needs {bound:.2g} ms",
        f"CPU time of a run of the baseline, {years}, many together on one processor, by stage of the year.",
        width=7.5, body=_ROW * len(names), left=room_for(names), right=0.6, lead=0.25,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, names)
    height = _BARS / len(stages)
    for number, (engine, of) in enumerate(stages.items()):
        offset = (number - (len(stages) - 1) / 2) * height
        for row, stage in enumerate(of.values()):
            _bar(ax, row + offset, stage["ms_per_run"], height, COLORS[engine], engine if row == 0 else "")
    _bar(ax, len(names) - 1, bound, height, RISE, "")
    ax.set_xlabel("milliseconds of a processor a run", fontsize=SMALL, color=QUIET)
    ax.legend(frameon=False, fontsize=SMALL, loc="lower right")
    return drawn


def _bar(ax: Any, at: float, value: float, height: float, color: str, label: str) -> None:
    """A bar with its number behind it."""
    ax.barh(at, value, height=0.9 * height, color=color, label=label or None, zorder=2)
    ax.annotate(cell(float(f"{value:.2g}")), (value, at), (3, 0), textcoords="offset points", va="center",
                fontsize=SMALL, color=color)  # fmt: skip
