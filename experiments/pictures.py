"""A figure that several studies share: panels of curves with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lockin_sim.common.formats import number, two_digits
from lockin_sim.pages.plots.kit.style import (
    INK,
    QUIET,
    SMALL,
    LineEnd,
    LineStyle,
    build_sheet,
    compute_name_room,
    label_line_ends,
    set_panel_title,
)

#: Looks of curves that no sponsor's colour fits, told apart by dash and mark as well.
LOOKS = (
    LineStyle(INK, "-", "o"),
    LineStyle("#8A4FB0", (0, (4, 2)), "s"),
    LineStyle("#7A6A00", (0, (1, 1.2)), "^"),
    LineStyle("#6B7680", (0, (5, 1, 1, 1)), "D"),
    LineStyle("#0B6E6E", (0, (3, 1, 1, 1, 1, 1)), "v"),
)

#: Points of a curve that have a mark and an interval.
MOST_MARKS = 8


@dataclass(frozen=True)
class Curve:
    """Means with interval ends over x, and how they are drawn; dashed where an interval is at most that."""

    x: ArrayLike
    mean: ArrayLike
    low: ArrayLike
    high: ArrayLike
    look: LineStyle
    at_most: ArrayLike = False


def curve(
    rows: Sequence[Mapping[str, Any]], x: str, name: str, look: LineStyle, *, factor: float = 1.0
) -> Curve:
    """A curve from rows of a table with the columns x, name, name_low and name_high."""
    ends = [[factor * float(row[f"{name}{end}"]) for row in rows] for end in ("", "_low", "_high")]
    return Curve([row[x] for row in rows], *ends, look)


def span(values: Sequence[float], digits: int = 0) -> str:
    """The least and the largest of some numbers, as in "12 to 20", or the one that both are."""
    low, high = (f"{end(values):.{digits}f}" for end in (min, max))
    return low if low == high else f"{low} to {high}"


def curves(
    panels: Mapping[str, Mapping[str, Curve]],
    *,
    title: str,
    note: str,
    x: str,
    y: str,
    columns: int = 3,
    zero: bool = False,
    digits: int = 0,
    width: float = 3.0,
    sharey: str = "all",
) -> Figure:
    """Panels of curves, each named at its end with its last value.

    panels  heading -> name of the curve -> curve;  title  the finding, made from the numbers
    x, y    what the axes show, with units;  zero  whether the line of zero is drawn
    digits  decimals of the values at the ends, fewer where that makes three digits
    width   of a panel, inches;  sharey  "all", or "row" for a scale each
    """
    count = min(columns, len(panels))
    rows = -(-len(panels) // count)
    names = [f"-00.0 {name}" for curves in panels.values() for name in curves]
    room = compute_name_room(names, SMALL, "bold")
    figure, axes = build_sheet(
        title, note, width=(width + room) * count + 0.7, body=2.5 * rows + 0.55 * (rows - 1),
        grid=(rows, count), left=0.8, right=room, bottom=0.62, gap=(room + 0.15, 0.55), lead=0.5,
        sharex=True, sharey=sharey,
    )  # fmt: skip
    for place, ax in enumerate(axes.flat):
        ax.set_visible(place < len(panels))
    for place, (ax, (head, drawn)) in enumerate(zip(axes.flat, panels.items(), strict=False)):
        set_panel_title(ax, head)
        if zero:
            ax.axhline(0, color=INK, linewidth=0.8)
        for lane, curve in enumerate(drawn.values()):
            _draw(ax, curve, lane - (len(drawn) - 1) / 2)
        if place % count == 0:
            ax.set_ylabel(y, fontsize=SMALL, color=QUIET)
        if place + count >= len(panels):
            ax.set_xlabel(x, fontsize=SMALL, color=QUIET)
            ax.tick_params(labelbottom=True)
    for ax, drawn in zip(axes.flat, panels.values(), strict=False):
        ends = [_end(curve, name, digits) for name, curve in drawn.items()]
        label_line_ends(ax, ends, 0.09, shift=8)
    return figure


def _draw(ax: Axes, curve: Curve, lane: float) -> None:
    """One curve, its points a little beside those of the others."""
    x = np.asarray(curve.x, dtype=float)
    mean, low, high = (np.asarray(each, dtype=float) for each in (curve.mean, curve.low, curve.high))
    x = x + lane * 0.01 * np.ptp(x)
    style: dict[str, Any] = {"color": curve.look.color}
    ax.plot(x, mean, linestyle=curve.look.dash, linewidth=1.6, **style)
    marked = slice(None, None, max(1, len(x) // MOST_MARKS))
    dashed = np.broadcast_to(curve.at_most, x.shape)[marked]
    lines = [(0, (2, 1.5)) if at_most else "-" for at_most in dashed]
    ax.vlines(x[marked], low[marked], high[marked], linewidth=1.2, linestyles=lines, **style)
    ax.plot(x[marked], mean[marked], linestyle="none", marker=curve.look.marker, markersize=4.5, **style)


def _end(curve: Curve, name: str, digits: int) -> LineEnd:
    """The end of a curve with its last number and name."""
    last = float(np.asarray(curve.mean, dtype=float)[-1])
    written = number(last, min(digits, two_digits(last))) if abs(last) >= 0.5 * 10.0**-digits else "0"
    return LineEnd(last, f"{written} {name}", curve.look.color, "bold")
