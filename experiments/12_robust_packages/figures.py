"""Packages of a search as lines over parallel axes: what each sets, and what it changes."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.common.conventions import Integers
from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import joined, number, signed, two_digits, unit_of
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.style import FAINT, INK, QUIET, SMALL, TEXT

#: Line, marker and ink of packages that have a line of their own, distinguishable without colour.
_STYLES = (
    ("-", "o", INK), ((0, (5, 2)), "s", "#7A3B00"), ((0, (1.5, 1.5)), "^", "#4B2A85"),
    ((0, (6, 2, 1.5, 2)), "D", "#00594C"),
)  # fmt: skip

#: Inches for the name of an axis of packages, and height of one.
_NAMES, _ROW = 3.1, 0.52


def packages(search: xr.Dataset, *, title: str | None = None) -> Figure:
    """Packages that no other dominates in fresh draws: settings above, effects on the goals below.

    Parameters
    ----------
    search
        of :func:`.search`
    title
        the finding; by default how many packages are left, and in how many draws the first satisfies
    """
    if "dominated_by" not in getattr(search, "data_vars", ()):
        raise unusable("packages", found=type(search).__name__, allowed="the dataset of a search")
    free = np.flatnonzero(search["dominated_by"].values < 0)
    # where effects lie between worst and best of those shown, (package, goal); all alike: in the middle
    gains = (search["effect"] * search["goal_sense"]).transpose("package", "goal").values[free]
    low, wide = gains.min(axis=0), np.ptp(gains, axis=0)
    goals = np.divide(gains - low, wide, out=np.full(gains.shape, 0.5), where=wide > 0)
    places = np.concatenate([search["at"].values[free], np.full((len(free), 1), np.nan), goals], axis=1)
    rows = np.arange(places.shape[1])
    among = ", doing nothing among them" if "nothing" in search["package_title"].values[free] else ""
    satisfied = number(100 * float(search["satisfies"].values[0]), 0)
    finding = f"No other package does better in every goal than these {len(free)}{among}; the best"
    if search.sizes["package"] == 1:
        finding = "No package that was tried does better than doing nothing, which"
    figure, axes = kit.build_sheet(
        title or f"{finding} meets all goals in {satisfied} % of draws",
        f"Above: what a package sets, from {search.attrs['start']} on. Below: mean effects in "
        f"{search.sizes['draw']} fresh draws of the posterior, better to the right. Lines, numbered: the "
        "packages that meet all goals in most draws; ticks: the others.",
        width=9.5, body=_ROW * len(rows) + 0.2, left=_NAMES + 0.2, right=0.5, bottom=0.5,
    )  # fmt: skip
    ax = axes[0, 0]
    _frame(ax, search, free, len(rows))
    tick = {"marker": "|", "color": QUIET, "markersize": 9, "markeredgewidth": 0.9, "zorder": 2}
    ax.plot(places[len(_STYLES) :].T, rows, linestyle="none", **tick)
    for place, (line, marker, ink) in reversed([*zip(places, _STYLES, strict=False)]):
        known = np.isfinite(place)
        ax.plot(place[known], rows[known], color=ink, linewidth=1.6, linestyle=line, marker=marker,
                markersize=5.5, markerfacecolor="white", markeredgewidth=1.4, zorder=4)  # fmt: skip
    top = [np.clip(line[0], 0, 1) for line in places[: len(_STYLES)]]
    for k, at in enumerate(kit.spread_labels(top, 0.035)):
        ax.annotate(str(search["package"].values[free[k]]), (at, -0.62), ha="center", va="bottom",
                    fontsize=TEXT, fontweight="bold", color=_STYLES[k][2], annotation_clip=False)  # fmt: skip
    return figure


def _frame(ax: Axes, search: xr.Dataset, free: Integers, rows: int) -> None:
    """One horizontal axis a row, with its name and what stands at its ends."""
    decisions = search.sizes["decision"]
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(rows - 0.3, -0.7)
    ax.axis("off")
    for k in range(decisions):
        ends = [str(search[name].values[k]) for name in ("decision_first", "decision_last")]
        _row(ax, k, str(search["decision_title"].values[k]), ends)
    ax.annotate("Effects", (-0.035, decisions), fontsize=TEXT, fontweight="bold", color=INK,
                ha="right", va="center", annotation_clip=False)  # fmt: skip
    for k, goal in enumerate(search["goal"].values):
        of_goal = search.sel(goal=goal)
        unit = unit_of(str(of_goal["goal_unit"].item()))
        effect = of_goal["effect"].values[free] * unit.factor
        worst, best = (effect.min(), effect.max())[:: int(of_goal["goal_sense"])]
        ends = [signed(v, min(two_digits(v), 2)) if abs(v) >= 0.005 else "0" for v in (worst, best)]
        title, shown = str(of_goal["goal_title"].item()), [joined(end, unit.short) for end in ends]
        _row(ax, decisions + 1 + k, title, shown if shown[0] != shown[1] else ["", f"all {shown[1]}"])


def _row(ax: Axes, row: int, name: str, ends: list[str]) -> None:
    """The axis of one goal with its name and its ends."""
    ax.plot([0, 1], [row, row], color=FAINT, linewidth=3, solid_capstyle="round", zorder=1)
    lines = kit.wrap_text(name, _NAMES - 0.25, SMALL)
    ax.annotate("\n".join(lines), (-0.035, row), ha="right", va="center", fontsize=SMALL, color=INK,
                linespacing=1.15, annotation_clip=False)  # fmt: skip
    for at, side, text in ((0, "left", ends[0]), (1, "right", ends[1])):
        ax.annotate(text, (at, row + 0.14), ha=side, va="top", fontsize=SMALL - 1, color=QUIET, zorder=3,
                    bbox=kit.build_text_background(0.6, 0.9))  # fmt: skip
