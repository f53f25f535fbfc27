"""Persistence of a randomly assigned difference: the curves of a lock-in trial."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import located, number, with_article, with_range
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.style import INK, QUIET, SMALL, LineStyle
from lockin_sim.world.names import format_label, get_sponsor_adjective

#: How the line of each cause that is switched off is drawn, distinguishable without colour.
_LOOKS = {
    "nothing": LineStyle(INK, "-", "o"),
    "switching_cost": LineStyle("#7A3B00", (0, (5, 2)), "s"),
    "others": LineStyle("#00594C", (0, (1.5, 1.5)), "^"),
    "tastes": LineStyle("#4B2A85", (0, (6, 2, 1.5, 2)), "D"),
    "contracts": LineStyle("#8A6D00", (0, (3, 1, 1, 1)), "v"),
    "all": LineStyle(QUIET, (0, (1, 1)), "X"),
}

#: Most places that are drawn, and the year after the coin that the headline is about, or the next one.
_PLACES, _TEN = 4, 10


@figure(of="lock_in")
def what_is_left(trial: xr.Dataset, *, title: str | None = None) -> Figure:
    """Plot the points left of 100 by year after the coin, with causes switched off and 95 % intervals.

    Parameters
    ----------
    trial
        of :func:`lockin_sim.lock_in`; the first four places are drawn; intervals are over draws
    title
        headline; by default what is left in the first place after ten years

    Raises
    ------
    InputError
        for a dataset that is not of ``lock_in``
    """
    if not {"left", "left_low", "left_high"} <= set(trial.data_vars) or "without" not in trial.dims:
        raise unusable("what_is_left, trial", words="another dataset", allowed="what lock_in returned")
    shown = trial.isel(place=slice(_PLACES))
    causes, labels = shown["without"].values.tolist(), shown["without_label"].values.tolist()
    room = kit.compute_name_room([f"100 {label}" for label in labels], SMALL)
    layer = format_label("domain", trial.attrs["domain"])
    one, other = (format_label("vendor", vendor) for vendor in str(trial.attrs["vendors"]).split(" "))
    runs = "draws" if "posterior" in trial.attrs else "runs as declared"
    sheet, panels = kit.build_panel_sheet(
        title or _describe_remainder(shown),
        f"All {trial.attrs['in_place']} of {layer} of an economy go to {one} or, with the same luck, to "
        f"{other} at the end of {trial.attrs['year']}. Difference in the part of "
        f"{_name_measured_vendors(trial)}, with 95 % "
        f"intervals of the mean over {trial.attrs['draws']} {runs}; causes are switched off from the next "
        "year on.",
        "points left of 100",
        shown.sizes["place"],
        2,
        wide=3.9 + room,
        more=0.85,
        high=3.1,
        left=0.75,
        right=room,
        bottom=0.62,
        gap=(room + 0.1, 0.55),
        lead=0.5,
    )
    for place, ax in enumerate(panels):
        _draw_cause_curves(ax, shown.isel(place=place), causes)
        kit.set_panel_title(ax, str(shown["place_label"].values[place]))
        kit.set_x_label(ax, "years after the coin")
    for place, ax in enumerate(panels):  # once the common axis is known
        ends = shown["left"].isel(place=place, after=-1).values
        kit.label_line_ends(
            ax,
            [
                kit.LineEnd(float(end), f"{number(float(end), 0)} {label}", _get_cause_style(cause).color)
                for cause, label, end in zip(causes, labels, ends, strict=True)
            ],
            0.085,
            shift=8,
        )
    return sheet


def _get_cause_style(cause: str) -> LineStyle:
    """Return the line style of a cause; the style of ``nothing`` for an unknown cause."""
    return _LOOKS.get(cause, _LOOKS["nothing"])


def _name_measured_vendors(trial: xr.Dataset) -> str:
    """Name the vendors whose share is measured: 'Chinese vendors', or a vendor without a sponsor."""
    sponsor = str(trial.attrs["sponsor"])
    first = str(trial.attrs["vendors"]).split(" ")[0]
    return f"{get_sponsor_adjective(sponsor)} vendors" if sponsor else format_label("vendor", first)


def _describe_remainder(shown: xr.Dataset) -> str:
    """Describe what is left in the first place after ten years, or the next year there is.

    Nothing is switched off if the trial has that case; else the first cause is.
    """
    causes = shown["without"].values.tolist()
    usual = "nothing" if "nothing" in causes else causes[0]
    after = [int(lag) for lag in shown["after"].values]
    lag = next((lag for lag in after if lag >= _TEN), after[-1])
    here = shown.sel(without=usual, after=lag).isel(place=0)
    mean, low, high = (number(float(here[f"left{end}"]), 0) for end in ("", "_low", "_high"))
    place = located(with_article(format_label(str(here["place_kind"].values), str(here["place"].values))))
    text = (
        f"Of 100 points that a coin gives {_name_measured_vendors(shown)} {place}, {mean} are left "
        f"after {lag} years"
    )
    return with_range(text, low, high) if np.isfinite(float(here["left_low"])) else text


def _draw_cause_curves(ax: Axes, here: xr.Dataset, causes: list[str]) -> None:
    """Draw a line for each cause, from 100 in the year of the coin, with intervals side by side."""
    after = here["after"].values.astype(float)
    ax.axhline(0, color=INK, linewidth=0.8)
    step = 0.008 * after[-1]
    for row, cause in enumerate(causes):
        look, one = _get_cause_style(cause), here.sel(without=cause)
        x = after + step * (row - (len(causes) - 1) / 2)
        ax.plot([0, *x], [100, *one["left"].values], color=look.color, linestyle=look.dash, linewidth=1.4)
        ax.vlines(x, one["left_low"].values, one["left_high"].values, color=look.color, linewidth=1.1)
        ax.plot(x, one["left"].values, marker=look.marker, markersize=5, color=look.color, linestyle="none")
    ax.set_xticks([0, *after], ["0", *(f"{lag:.0f}" for lag in after)])
    ax.set_xlim(-0.02 * after[-1], 1.05 * after[-1])
