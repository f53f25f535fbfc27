"""In which worlds it fails: the limits of a box, and the points over its two firmest limits."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lockin_sim.design import factor_title
from lockin_sim.plots.kit.lettering import TEXT
from lockin_sim.plots.kit.style import FAINT, INK, QUIET, RISE, SMALL, room_for, rows_of, sheet
from lockin_sim.wording import opening

#: Most features whose limits are drawn.
MOST = 10


def discovery(found: xr.Dataset, *, title: str | None = None) -> Figure:
    """Limits of the first box beside how often each is found again; and all points over two features.

    found  dataset of ``lockin_sim.discover``
    title  the finding; by default density and coverage of the first box
    """
    order = np.lexsort((-found["score"].values, -found["recurrence"].values))[:MOST]
    names = [factor_title(found["feature"].values[k]) for k in order]
    a = found.attrs
    note = (
        f"{a['points']} points, {a['points_failing']} of them fail: {a['failing']}. Bars: where the box of "
        f"PRIM lies in the range tried; beside them how many of {a['resamples']} resamples limit the feature "
        "again. Right: filled, points that fail; the frame is the box."
    )
    figure, axes = sheet(
        title or _finding(found), note, width=10.4, body=max(0.34 * len(names) + 0.3, 3.0), grid=(1, 2),
        left=room_for(names), right=0.3, bottom=0.62, gap=(1.3, 0.0), lead=0.52,
    )  # fmt: skip
    rows_of(axes[0, 0], names)
    _limits(axes[0, 0], found, order)
    _points(axes[0, 1], found, order)
    return figure


def _first(found: xr.Dataset) -> xr.Dataset | None:
    """The first box, if any was found."""
    return found.isel(box=0) if found.sizes["box"] else None


def _limits(ax: Axes, found: xr.Dataset, order: np.ndarray) -> None:
    """One bar a feature, from 0 to 1 of its range."""
    box = _first(found)
    for row, k in enumerate(order):
        low, high = found["x"].values[:, k].min(), found["x"].values[:, k].max()
        ax.plot([0, 1], [row] * 2, color=FAINT, linewidth=5, solid_capstyle="butt", zorder=1)
        if box is not None:
            ends = np.clip([float(box["low"][k]), float(box["high"][k])], low, high)
            if ends[0] > low or ends[1] < high:
                at = (ends - low) / (high - low)
                ax.plot(at, [row] * 2, color=RISE, linewidth=5, solid_capstyle="butt", zorder=2)
        again = f"{100 * float(found['recurrence'][k]):.0f} %"
        place = ax.get_yaxis_transform()
        ax.text(1.03, row, again, va="center", fontsize=SMALL, color=QUIET, transform=place)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 1], ["lowest", "highest"])
    ax.set_title("The box", loc="left", fontsize=TEXT + 1, fontweight="bold", color=INK, pad=8)
    ax.text(1.03, -0.75, "again", fontsize=SMALL, color=QUIET, transform=ax.get_yaxis_transform())


def _points(ax: Axes, found: xr.Dataset, order: np.ndarray) -> None:
    """All points over the two features that are found again most often."""
    one, other = (int(k) for k in (order[0], order[min(1, len(order) - 1)]))
    x, fails = found["x"].values, found["fails"].values.astype(bool)
    shown = x[:, [one, other]].copy()
    rng = np.random.default_rng(0)
    for column, k in enumerate((one, other)):
        if str(found["kind"].values[k]) != "number":  # levels apart from each other, not on top
            shown[:, column] += rng.uniform(-0.2, 0.2, len(x))
    ax.plot(*shown[~fails].T, linestyle="none", marker="o", markersize=4, markerfacecolor="white",
            markeredgecolor=QUIET, markeredgewidth=0.8)  # fmt: skip
    ax.plot(*shown[fails].T, linestyle="none", marker="o", markersize=4.5, color=RISE)
    box = _first(found)
    if box is not None:
        edges = zip((one, other), (ax.get_xlim(), ax.get_ylim()), strict=True)
        ends = [[float(np.clip(float(box[end][k]), *edge)) for end in ("low", "high")] for k, edge in edges]
        (left, right), (bottom, top) = ends
        frame = Rectangle(
            (left, bottom), right - left, top - bottom, fill=False, edgecolor=INK, linewidth=1.6
        )
        ax.add_patch(frame)
    names, kinds = found["feature"].values, found["kind"].values
    if kinds[one] != "number":
        ax.set_xticks([0, 1], ["no", "yes"])
    if kinds[other] != "number":
        ax.set_yticks([0, 1], ["no", "yes"])
    ax.set_xlabel(factor_title(names[one]), fontsize=SMALL, color=QUIET)
    ax.set_ylabel(factor_title(names[other]), fontsize=SMALL, color=QUIET)
    ax.set_title("The points", loc="left", fontsize=TEXT + 1, fontweight="bold", color=INK, pad=8)


def _finding(found: xr.Dataset) -> str:
    """Where the outcome fails, as a title."""
    box, a = _first(found), found.attrs
    if box is None:
        return f"{opening(a['label'])} in {a['year']} fails in no world more than in others"
    density, coverage = (f"{100 * float(box[name]):.0f} %" for name in ("density", "coverage"))
    return (
        f"{opening(a['label'])} in {a['year']} fails where {box['words'].item()}: {density} of those "
        f"worlds, and {coverage} of all that fail"
    )
