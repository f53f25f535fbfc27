"""Panels of lines over years: their grid, bands, headings, and the names at the lines' ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from lockin_sim.conventions import Floats
from lockin_sim.plots.kit.lettering import TEXT
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, spread


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


def heading(ax: Axes, text: str, pad: float = 6) -> None:
    """Name of a panel, at its left."""
    ax.set_title(text, loc="left", fontsize=TEXT + 1, fontweight="bold", color=INK, pad=pad)


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
