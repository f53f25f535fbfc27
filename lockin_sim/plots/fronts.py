"""Packages that a search kept: what each sets and what it does to every goal, as lines over parallel axes."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.conventions import Floats, Integers
from lockin_sim.errors import unusable
from lockin_sim.plots.kit.lettering import TEXT
from lockin_sim.plots.kit.style import FAINT, INK, QUIET, SMALL, sheet, spread, wrapped
from lockin_sim.wording import joined, number, signed, two_digits, unit_of

#: Packages that are named and have a line of their own; the others are drawn behind them.
NAMED = 4

#: Line, marker and ink of each, to be told apart without colour.
STYLES = (
    ("-", "o", INK), ((0, (5, 2)), "s", "#7A3B00"), ((0, (1.5, 1.5)), "^", "#4B2A85"),
    ((0, (6, 2, 1.5, 2)), "D", "#00594C"),
)  # fmt: skip

#: Inches for the name of an axis, and height of one.
NAMES, ROW = 3.1, 0.52


def packages(search: xr.Dataset, *, title: str | None = None) -> Figure:
    """Packages that no other dominates in fresh draws: settings above, effects on the goals below.

    search  of :func:`lockin_sim.search`
    title   the finding; by default how many packages are left, and in how many draws the first satisfies
    """
    if "dominated_by" not in getattr(search, "data_vars", ()):
        raise unusable("packages", found=type(search).__name__, allowed="the dataset of lockin_sim.search")
    free = np.flatnonzero(search["dominated_by"].values < 0)
    settings, goals = search["at"].values[free], _goals(search, free)
    places = np.concatenate([settings, np.full((len(free), 1), np.nan), goals], axis=1)
    figure, axes = sheet(
        title or _finding(search, free),
        f"Every line is a package. Above: what it sets, from {search.attrs['start']} on. Below: mean effects "
        f"in {search.sizes['draw']} fresh draws of the posterior, better to the right. Numbered: those that "
        "satisfy in most draws; grey: the other packages that no package beats in every goal.",
        width=9.5, body=ROW * places.shape[1] + 0.2, left=NAMES + 0.2, right=0.5, bottom=0.5,
    )  # fmt: skip
    ax = axes[0, 0]
    _frame(ax, search, free, places.shape[1])
    for k in reversed(range(len(free))):
        _line(ax, places[k], STYLES[k] if k < NAMED else None)
    top = [np.clip(line[0], 0, 1) for line in places[:NAMED]]
    for k, at in enumerate(spread(top, 0.035)):
        ax.annotate(str(search["package"].values[free[k]]), (at, -0.62), ha="center", va="bottom",
                    fontsize=TEXT, fontweight="bold", color=STYLES[k][2], annotation_clip=False)  # fmt: skip
    return figure


def _goals(search: xr.Dataset, free: Integers) -> Floats:
    """Where effects lie between the worst and the best of those shown, (package, goal); all alike: middle."""
    gains = (search["effect"] * search["goal_sense"]).transpose("package", "goal").values[free]
    low, wide = gains.min(axis=0), np.ptp(gains, axis=0)
    placed: Floats = np.divide(gains - low, wide, out=np.full(gains.shape, 0.5), where=wide > 0)
    return placed


def _finding(search: xr.Dataset, free: Integers) -> str:
    """What the search found, as a title."""
    share = 100 * float(search["satisfies"].values[0])
    left = f"{len(free)} packages, doing nothing among them, are beaten by no other in every goal"
    if "nothing" not in search["package_title"].values[free]:
        left = f"{len(free)} packages are beaten by no other in every goal"
    return f"{left}; the best of them reaches all that is wanted in {number(share, 0)} % of draws"


def _frame(ax: Axes, search: xr.Dataset, free: Integers, rows: int) -> None:
    """One horizontal axis a row, with its name and what stands at its ends."""
    decisions = search.sizes["decision"]
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(rows - 0.3, -0.7)
    ax.axis("off")
    for k in range(decisions):
        ends = tuple(str(search[name].values[k]) for name in ("decision_first", "decision_last"))
        _row(ax, k, str(search["decision_title"].values[k]), ends)
    ax.annotate("Effects", (-0.035, decisions), fontsize=TEXT, fontweight="bold", color=INK,
                ha="right", va="center", annotation_clip=False)  # fmt: skip
    for k, goal in enumerate(search["goal"].values):
        here = search.sel(goal=goal)
        unit = unit_of(str(here["goal_unit"].item()))
        effect = here["effect"].values[free] * unit.factor
        worst, best = (effect.min(), effect.max())[:: int(here["goal_sense"])]
        _row(ax, decisions + 1 + k, str(here["goal_title"].item()), tuple(
            joined(_signed(v), unit.short) for v in (worst, best)
        ))  # fmt: skip


def _signed(value: float) -> str:
    """An effect's size alone, as short as it can be told."""
    digits = two_digits(value)
    return "0" if abs(value) < 0.005 else signed(value, min(digits, 2))


def _row(ax: Axes, row: int, name: str, ends: tuple[str, ...]) -> None:
    """The axis of one goal with its name and its ends."""
    ax.plot([0, 1], [row, row], color=FAINT, linewidth=3, solid_capstyle="round", zorder=1)
    lines = wrapped(name, NAMES - 0.25, SMALL)
    ax.annotate("\n".join(lines), (-0.035, row), ha="right", va="center", fontsize=SMALL, color=INK,
                linespacing=1.15, annotation_clip=False)  # fmt: skip
    for at, side, text in ((0, "left", ends[0]), (1, "right", ends[1])):
        ax.annotate(text, (at, row + 0.14), ha=side, va="top", fontsize=SMALL - 1, color=QUIET, zorder=3,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.9})  # fmt: skip


def _line(ax: Axes, places: Floats, style: tuple[object, str, str] | None) -> None:
    """The line of one package over the goals."""
    rows = np.arange(len(places))
    known = np.isfinite(places)
    if style is None:
        ax.plot(places[known], rows[known], color="#B4BBC1", linewidth=0.8, zorder=2)
        return
    line, marker, ink = style
    ax.plot(places[known], rows[known], color=ink, linewidth=1.6, linestyle=line, marker=marker,
            markersize=5.5, markerfacecolor="white", markeredgewidth=1.4, zorder=4)  # fmt: skip
