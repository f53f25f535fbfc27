"""How official a standard becomes in each standards body."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.plots.kit.facts import called
from lockin_sim.plots.kit.lettering import brief
from lockin_sim.plots.kit.lines import End, band, heading, name_ends, panels
from lockin_sim.plots.kit.style import FAINT, INK, QUIET, SMALL, room_for, sheet
from lockin_sim.reader import Reader, matching
from lockin_sim.wording import opening, signed
from lockin_sim.world.case import bundled_case

COLUMNS = 3
PREFIX = "status_"


def body_status(effects: xr.Dataset, *, standard: str | None = None, title: str | None = None) -> Figure:
    """One panel per body: status of the standard over the years in the baseline and under every scenario.

    effects   dataset of ``lockin_sim.compare`` with outcomes ``status_<body>``: the share of the body's live
              standards that belong to the family, drawn in per cent
    standard  the family's name, for the texts; None = the one under study
    title     the finding; by default where the baseline's status ends highest and lowest
    The scenarios that raise and lower the status most are labelled where their intervals exclude zero; the
    rest are thin lines.  Raises InputError where the dataset holds no such outcome.
    """
    standard = brief(called("standard", standard or bundled_case().family))
    outcomes = matching(Reader(effects, []), PREFIX)
    reading = Reader(effects, outcomes)
    rows, columns = -(-len(outcomes) // COLUMNS), min(COLUMNS, len(outcomes))
    room = 0.4 + room_for([brief(reading.title(name)) for name in reading.scenarios], SMALL)
    figure, axes = sheet(
        title or _finding(reading, outcomes, standard),
        f"Share of {standard} among each body's live standards; {brief(reading.base)} dashed with its "
        f"5\N{EN DASH}95 % range of {reading.pairs}. Labelled: the largest rise and fall in the last year "
        "whose 95 % interval excludes zero, in percentage points; thin: all other scenarios.",
        width=max((2.1 + room) * columns + 0.5, 6.0), body=2.65 * rows - 0.55, grid=(rows, columns),
        left=0.75, right=room, bottom=0.45, gap=(room + 0.1, 0.55), lead=0.45, sharex=True, sharey=True,
    )  # fmt: skip
    shown = reading.shown(outcomes[0])
    for ax, outcome in zip(panels(axes, len(outcomes), shown.axis), outcomes, strict=True):
        _panel(ax, reading, outcome)
    axes.flat[0].set_ylim(0, 1.15 * axes.flat[0].get_ylim()[1])  # names of lines below those of bodies
    for ax, outcome in zip(axes.flat, outcomes, strict=False):
        _names(ax, reading, outcome)
    return figure


def _panel(ax: Axes, reading: Reader, outcome: str) -> None:
    """Lines and band of one body."""
    years = reading.calendar
    low, high = (reading.path(reading.baseline, outcome, q) for q in ("q05", "q95"))
    band(ax, years, low, high, FAINT, 0.7)
    for name in reading.others:
        ax.plot(years, reading.path(name, outcome, "mean"), color=QUIET, linewidth=0.5)
    for name, marker in _extremes(reading, outcome).items():
        line = reading.path(name, outcome, "mean")
        ax.plot(
            years, line, color=INK, linewidth=1.4, marker=marker, markevery=[-1], markersize=5, clip_on=False
        )
    ax.plot(
        years,
        reading.path(reading.baseline, outcome, "mean"),
        color=QUIET,
        linewidth=1.5,
        linestyle=(0, (4, 2)),
    )
    ax.set_xlim(years[0], years[-1])
    heading(ax, _body(outcome))


def _names(ax: Axes, reading: Reader, outcome: str) -> None:
    """Names at the lines' ends, once the common axis is known."""
    last, shown = int(reading.calendar[-1]), reading.shown(outcome)
    base = reading.level(reading.baseline, outcome, last).mean
    ends = [End(base, f"{shown.rounded(base)} {brief(reading.base)}", QUIET)]
    for name in _extremes(reading, outcome):
        change = float(reading.effect(name, outcome, last).mean)
        level = reading.level(name, outcome, last).mean
        ends.append(End(level, f"{signed(change)} {brief(reading.title(name))}"))
    name_ends(ax, ends, 0.115, SMALL - 0.5)


def _extremes(reading: Reader, outcome: str) -> dict[str, str]:
    """Scenario to marker: the largest clear rise and fall in the last year, where there are any."""
    last = int(reading.calendar[-1])
    found = {name: reading.effect(name, outcome, last) for name in reading.others}
    means = {name: float(each.mean) for name, each in found.items() if bool(each.distinct)}
    if not means:
        return {}
    highest, lowest = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    rise = {highest: "^"} if means[highest] > 0 else {}
    fall = {lowest: "v"} if means[lowest] < 0 else {}
    return rise | fall


def _finding(reading: Reader, outcomes: list[str], standard: str) -> str:
    """Where the status ends highest and lowest in the baseline."""
    last = int(reading.calendar[-1])
    levels = {each: reading.level(reading.baseline, each, last).mean for each in outcomes}
    finite = {each: value for each, value in levels.items() if np.isfinite(value)}
    if not finite:
        return f"{opening(standard)}: no status in {last}"
    top, bottom = max(finite, key=finite.__getitem__), min(finite, key=finite.__getitem__)
    highest = f"{reading.shown(top).rounded(finite[top])} of the live standards of {_body(top)}"
    lowest = (
        ""
        if top == bottom
        else f", {reading.shown(bottom).rounded(finite[bottom])} of those of {_body(bottom)}"
    )
    return f"{opening(standard)} reach {highest}{lowest} by {last} in the {brief(reading.base)}"


def _body(outcome: str) -> str:
    """The body's name as it is written."""
    return called("body", outcome.removeprefix(PREFIX))
