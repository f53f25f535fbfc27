"""Shapes that figures share: rows, panels, intervals, bands, headings, and names at the ends of lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from lockin_sim.conventions import Floats
from lockin_sim.plots.kit.style import FAINT, INK, QUIET, SMALL, TEXT


class Look(NamedTuple):
    """How one line of a panel is drawn."""

    color: str
    dash: str | tuple[int, tuple[float, ...]]
    marker: str


class End(NamedTuple):
    """What stands beside a line's end."""

    value: float
    text: str
    color: str = INK
    weight: str = "normal"


def plate(pad: float, alpha: float | None = None, color: str = "white") -> dict[str, Any]:
    """The plain ground under a text, so that it can be read over lines."""
    return {"facecolor": color, "edgecolor": "none", "pad": pad} | ({} if alpha is None else {"alpha": alpha})


def heading(ax: Axes, text: str, pad: float = 6) -> None:
    """Name of a panel, at its left."""
    ax.set_title(text, loc="left", fontsize=TEXT + 1, fontweight="bold", color=INK, pad=pad)


def below(ax: Axes, text: str) -> None:
    """Name of the horizontal axis."""
    ax.set_xlabel(text, fontsize=SMALL, color=QUIET)


def beside(ax: Axes, row: float, text: str, size: float, color: str, **look: Any) -> None:
    """A text right of a panel of rows."""
    where: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center"}
    ax.text(1.03, row, text, fontsize=size, color=color, **where | look)


def rows_of(ax: Axes, names: Sequence[str], labels: bool = True) -> None:
    """Name horizontal rows 0, 1, ... from the top down; grid lines run the other way."""
    ax.grid(visible=False, axis="y")
    ax.grid(axis="x", color=FAINT, linewidth=0.5)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.set_yticks(range(len(names)), list(names) if labels else [""] * len(names))
    ax.tick_params(axis="y", colors=INK, labelsize=TEXT)
    for row in range(1, len(names), 2):
        ax.axhspan(row - 0.5, row + 0.5, color="#F4F6F7", linewidth=0, zorder=0)


def interval(
    ax: Axes, row: float, values: Sequence[Any], color: str = INK, *, clear: bool = True,
    width: float = 1.4, **mark: Any,
) -> None:  # fmt: skip
    """A mean with its interval in a row of a panel; hollow where it is not clear.

    values  mean, low and high;  mark  how the mean looks, as arguments of ``Axes.plot``
    """
    mean, low, high = map(float, values)
    ax.plot([low, high], [row, row], color=color, linewidth=width, solid_capstyle="butt")
    look: dict[str, Any] = {"marker": "o", "markersize": 6, "linestyle": "none"}
    ax.plot([mean], [row], color=color, **look | {"markerfacecolor": color if clear else "white"} | mark)


def stripe(ax: Axes, row: float, ends: ArrayLike, color: str, zorder: int) -> None:
    """A thick bar from end to end in a row of a panel."""
    ax.plot(ends, [row, row], color=color, linewidth=5, solid_capstyle="butt", zorder=zorder)


def spread(
    positions: Sequence[float], gap: float, floor: float = -np.inf, ceiling: float = np.inf
) -> NDArray[np.floating[Any]]:
    """Label positions at least ``gap`` apart, in the same order, moved a little each, from floor to ceiling.

    Where that leaves too little room for all, some stand below the floor.
    """
    order = np.argsort(positions, kind="stable")
    placed = np.asarray(positions, dtype=float).copy()
    for _ in range(50):
        for lower, upper in itertools.pairwise(order):
            short = gap - (placed[upper] - placed[lower])
            if short > 1e-12:
                placed[lower] -= short / 2
                placed[upper] += short / 2
    for rank, at in enumerate(order):  # the lowest ones push up what stands on them
        placed[at] = max(placed[at], floor + rank * gap)
    for rank, at in enumerate(order[::-1]):
        placed[at] = min(placed[at], ceiling - rank * gap)
    return placed


def columns_of(count: int, most: int) -> int:
    """Columns of a grid of panels: as many as fit, but four panels stand two by two."""
    return 2 if count == 4 else min(most, count)


def panels(axes: NDArray[Any], count: int, unit: str) -> Iterator[Axes]:
    """The first ``count`` axes of a grid, with years below and the unit at the left; the rest are hidden."""
    columns = axes.shape[1]
    for place, ax in enumerate(axes.flat):
        if place >= count:
            ax.set_visible(False)
            continue
        if place % columns == 0:
            ax.set_ylabel(unit, fontsize=SMALL, color=QUIET)
        ax.tick_params(labelbottom=place + columns >= count)
        yield ax


def band(
    ax: Axes, x: ArrayLike, low: Floats, high: Floats, color: str, opacity: float, hatch: str | None = None
) -> None:
    """A range over the years; its hatch is what tells two bands apart in print."""
    ax.fill_between(x, low, high, facecolor=color, alpha=opacity, linewidth=0, zorder=1)
    if hatch:
        lines = ax.fill_between(
            x, low, high, facecolor="none", hatch=hatch, hatchcolor="#B4BCC3", linewidth=0, zorder=1
        )
        lines.set_hatch_linewidth(0.4)


def name_ends(
    ax: Axes, ends: Sequence[End], gap: float = 0.11, size: float = SMALL, shift: float = 6
) -> None:
    """Texts beside the lines' ends, moved apart but not off the axis; once the vertical axis is known.

    gap  least distance, as a share of the axis;  shift  points from the axes to the text
    An end without a value has no text.
    """
    known = [end for end in ends if end.value == end.value]
    low, high = ax.get_ylim()
    places = spread([end.value for end in known], gap * (high - low), low, high)
    for end, place in zip(known, places, strict=True):
        ax.annotate(
            end.text, (1, float(place)), xycoords=("axes fraction", "data"), xytext=(shift, 0),
            textcoords="offset points", va="center", fontsize=size, color=end.color, fontweight=end.weight,
            annotation_clip=False,
        )  # fmt: skip
