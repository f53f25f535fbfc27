"""What moves an outcome: total and first effects, and PAWN beside a factor without effect."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.design import factor_title
from lockin_sim.errors import unusable
from lockin_sim.plots.kit.lettering import TEXT
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, room_for, rows_of, sheet
from lockin_sim.wording import opening

#: Most factors that are drawn; the rest move less.
MOST = 16

#: What is drawn in each panel: heading, and the axis.
_PANELS = {
    "total": ("Sobol", "part of the variance"),
    "mu_star": ("Morris", "mean size of the change"),
    "pawn": ("PAWN", "distance of distributions"),
}


def sensitivity(found: xr.Dataset, *, title: str | None = None) -> Figure:
    """Dots with intervals of 95 %, a panel a method, the factor that moves most on top.

    found  dataset of ``lockin_sim.sensitivity``
    title  the finding; by default the factor with the largest effect and its interval
    Raises InputError for a dataset without any of the methods.
    """
    panels = [name for name in _PANELS if name in found]
    if not panels:
        raise unusable("sensitivity", found=list(found.data_vars), allowed="a dataset of ls.sensitivity")
    order = np.argsort(-np.nan_to_num(found[panels[0]].values, nan=-1.0), kind="stable")[:MOST]
    names = [factor_title(found["factor"].values[k]) for k in order]
    figure, axes = sheet(
        title or _finding(found, panels[0], int(order[0])), _note(found), width=3.2 + 2.5 * len(panels),
        body=0.32 * len(names) + 0.3, grid=(1, len(panels)), left=room_for(names), right=0.3, bottom=0.62,
        gap=(0.35, 0.0), lead=0.52,
    )  # fmt: skip
    for column, name in enumerate(panels):
        ax = axes[0, column]
        rows_of(ax, names, labels=column == 0)
        _panel(ax, found, name, order)
        heading, axis = _PANELS[name]
        unit = found.attrs.get("unit", "")
        ax.set_xlabel(f"{axis}, {unit}" if name == "mu_star" and unit else axis, fontsize=SMALL, color=QUIET)
        ax.set_title(heading, loc="left", fontsize=TEXT + 1, fontweight="bold", color=INK, pad=8)
    return figure


def _panel(ax: Axes, found: xr.Dataset, name: str, order: np.ndarray) -> None:
    """Dots of one method; of Sobol's also hollow ones, for what a factor does alone."""
    for row, k in enumerate(order):
        value, low, high = (float(found[f"{name}{end}"][k]) for end in ("", "_low", "_high"))
        ax.plot([low, high], [row] * 2, color=INK, linewidth=1.4, solid_capstyle="butt")
        ax.plot([value], [row], marker="o", markersize=6, color=INK, linestyle="none")
        if name == "total" and "first" in found:
            first = float(found["first"][k])
            ax.plot([first], [row], marker="o", markersize=6, markerfacecolor="white", markeredgecolor=INK,
                    linestyle="none")  # fmt: skip
    if name == "pawn":
        ax.axvline(float(found.attrs["pawn_of_nothing"]), color=QUIET, linewidth=0.9, linestyle=":")
    else:
        ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))


def _note(found: xr.Dataset) -> str:
    """What the marks are, and what stands behind them."""
    parts = [f"{found.attrs['points']} points, mean over {found.attrs['runs']} runs; lines: 95 % intervals."]
    if "total" in found:
        parts.append("Sobol: filled, total effect with interactions; hollow, the factor alone.")
    if "pawn" in found:
        parts.append("Dotted: what a factor without effect reaches once in twenty times.")
    if found.attrs["emulator"] != "none":
        explained = f"{100 * found.attrs['held_out_explained']:.0f} %"
        parts.append(
            f"By an emulator that explains {explained} of held-out variance, its error in the intervals."
        )
    if found.attrs["points_dropped"]:
        parts.append(f"{found.attrs['points_dropped']} undefined points left out.")
    return " ".join(parts)


def _finding(found: xr.Dataset, name: str, k: int) -> str:
    """What moves the outcome most, as a title."""
    label, year = opening(found.attrs["label"]), found.attrs["year"]
    value, low, high = (float(found[f"{name}{end}"][k]) for end in ("", "_low", "_high"))
    if not np.isfinite(value):
        return f"{label} in {year} is the same at all points"
    measure = {"total": "total effect", "mu_star": "change", "pawn": "distance"}[name]
    mover = factor_title(found["factor"].values[k])
    return f"{label} in {year} is moved most by {mover} ({measure} {value:.2g}, {low:.2g} to {high:.2g})"
