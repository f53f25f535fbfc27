"""How an outcome moves over the years, scenario by scenario, against the baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.plots.kit.lettering import SPOKEN, TEXT, brief
from lockin_sim.plots.kit.lines import End, band, name_ends, panels
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, sheet, wrapped
from lockin_sim.reader import Reader, require, subject
from lockin_sim.wording import joined, opening, quoted, signed
from lockin_sim.world.case import bundled_case

COLUMNS, MANY = (3, 4), 6  # panels per row for up to MANY panels, and for more


def trajectories(
    effects: xr.Dataset,
    outcome: str | None = None,
    *,
    scenarios: Sequence[str] | None = None,
    statistic: str = "mean",
    title: str | None = None,
) -> Figure:
    """One panel per scenario: the outcome over the years with its 5-95 % band, and the baseline behind it.

    effects    dataset of ``lockin_sim.compare``; shares are drawn in per cent, other outcomes in their unit
    outcome    name on the ``outcome`` axis; None = the share of the family under study
    scenarios  which to draw and in which order; all but the baseline by default
    statistic  the line: "mean" or "q50" (median)
    title      the finding; computed from the last year by default
    Raises InputError for an unknown outcome, scenario or statistic.
    """
    outcome = outcome or f"{bundled_case().family}_share"
    reading = Reader(effects, [outcome])
    require("statistic", [statistic], ["mean", "q50"])
    names = list(scenarios) if scenarios is not None else reading.others
    names = names or [reading.baseline]
    require("scenarios", names, reading.scenarios)
    shown = reading.shown(outcome)
    line = "mean" if statistic == "mean" else "median"
    note = (
        f"{opening(shown.label)}, {line} and 5\N{EN DASH}95 % range of {reading.pairs}. Solid: the scenario; "
        f"dashed and hatched: the {brief(reading.base)}. In each panel: mean paired difference in "
        f"{reading.calendar[-1]} with its 95 % interval."
    )
    columns = min(COLUMNS[len(names) > MANY], len(names))
    rows = -(-len(names) // columns)
    figure, axes = sheet(
        title or _finding(reading, outcome, names), note,
        width=max(3.4 * columns, 6.0), body=2.75 * rows + 0.85 * (rows - 1), grid=(rows, columns),
        left=0.75, right=0.75, bottom=0.45, gap=(0.75, 0.85), lead=0.72, sharex=True, sharey=True,
    )  # fmt: skip
    for ax, name in zip(panels(axes, len(names), shown.axis), names, strict=True):
        _panel(ax, reading, outcome, name, statistic)
    axes.flat[0].set_ylim(_limits(reading, outcome, names))
    for ax, name in zip(axes.flat, names, strict=False):
        _ends(ax, reading, outcome, name, statistic)
    return figure


def _panel(ax: Axes, reading: Reader, outcome: str, scenario: str, statistic: str) -> None:
    """Baseline dashed with a hatched band, scenario solid with a plain one, both named at their ends."""
    years = reading.calendar
    for name, color, dash, hatch, opacity in (
        (reading.baseline, QUIET, (0, (4, 2)), "////", 0.14),
        (scenario, INK, "-", None, 0.2),
    ):
        line = reading.path(name, outcome, statistic)
        low, high = (reading.path(name, outcome, q) for q in ("q05", "q95"))
        band(ax, years, low, high, color, opacity, hatch)
        ax.plot(years, line, color=color, linestyle=dash, linewidth=1.8 if hatch is None else 1.3)
    ax.set_xlim(years[0], years[-1])
    _heading(ax, reading, scenario)
    if scenario != reading.baseline:
        _difference(ax, reading, outcome, scenario)


def _heading(ax: Axes, reading: Reader, scenario: str) -> None:
    """The scenario's name and, in two lines at most, its question."""
    ax.text(
        0,
        1.155,
        brief(reading.title(scenario)),
        transform=ax.transAxes,
        fontsize=TEXT + 1,
        fontweight="bold",
        color=INK,
    )
    question = wrapped(reading.question(scenario), 2.65, SMALL - 1)
    if len(question) > 2:
        question[1] += " \N{HORIZONTAL ELLIPSIS}"
    ax.text(
        0, 1.13, "\n".join(question[:2]), transform=ax.transAxes, va="top", fontsize=SMALL - 1, color=QUIET
    )


def _difference(ax: Axes, reading: Reader, outcome: str, scenario: str) -> None:
    """The effect in the last year, in the corner that rising lines leave free."""
    shown, difference = reading.shown(outcome), reading.effect(scenario, outcome, int(reading.calendar[-1]))
    three = (difference.mean, difference.low, difference.high)
    digits = shown.telling(*map(float, three))
    mean, low, high = (signed(float(value), digits) for value in three)
    ax.text(
        0.03, 0.95, f"{joined(mean, shown.unit.short)}\n[{low}, {high}]",
        transform=ax.transAxes, va="top", fontsize=SMALL, color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip


def _limits(reading: Reader, outcome: str, names: Sequence[str]) -> tuple[float, float]:
    """A common vertical axis that holds every band and zero, with head room."""
    ranges = [
        reading.path(name, outcome, statistic)
        for name in (reading.baseline, *names)
        for statistic in ("mean", "q05", "q95")
    ]
    known = np.concatenate(ranges)
    known = known[np.isfinite(known)]
    low, high = (min(0.0, float(known.min())), max(0.0, float(known.max()))) if len(known) else (0.0, 1.0)
    return low * 1.06, (high * 1.06 or 1.0)


def _ends(ax: Axes, reading: Reader, outcome: str, scenario: str, statistic: str) -> None:
    """Values of the last year beside the lines' ends, the baseline's in grey."""
    ends = []
    for name, color, weight in ((reading.baseline, QUIET, "normal"), (scenario, INK, "bold")):
        value = float(reading.path(name, outcome, statistic)[-1])
        ends.append(End(value, reading.shown(outcome).level(value), color, weight))
    name_ends(ax, ends if scenario != reading.baseline else ends[1:])


def _finding(reading: Reader, outcome: str, names: Sequence[str]) -> str:
    """The baseline's last value, and the scenario that moves it furthest beyond chance, if any does."""
    shown, last = reading.shown(outcome), int(reading.calendar[-1])
    base = reading.level(reading.baseline, outcome, last).mean
    if not np.isfinite(base):
        return f"{opening(shown.label)}: no value in {last}"
    start = f"{subject(shown.label)} reaches {shown.rounded(base)} in {last} in the {brief(reading.base)}"
    policies = [name for name in names if name != reading.baseline]
    found = {name: reading.effect(name, outcome, last) for name in policies}
    clear = {name: abs(float(each.mean)) for name, each in found.items() if bool(each.distinct)}
    if not policies:
        return start
    if not clear:
        return f"{start}; no policy moves it by more than chance could"
    furthest = max(clear, key=clear.__getitem__)
    mean, low, high = (float(end) for end in found[furthest])
    size = shown.effect(signed(mean, shown.telling(mean, low, high)))
    return f"{start}; {quoted(brief(reading.title(furthest), SPOKEN))} moves it furthest, by {size}"
