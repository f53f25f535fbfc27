"""Effect of a first mover's loans: its vendors' share of equipment with and without loans."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.common.errors import resolve_name, unusable
from lockin_sim.common.formats import number, opening
from lockin_sim.pages.plots.kit import style as kit
from lockin_sim.pages.plots.kit.figures import figure
from lockin_sim.pages.plots.kit.style import FAINT, FALL, INK, QUIET, RISE, SMALL
from lockin_sim.world.names import format_label, get_sponsor_adjective


class LoanLineStyle(NamedTuple):
    """Colour, dash pattern and end label of the line of an arm."""

    color: str
    dash: str | tuple[int, tuple[float, ...]]
    said: str


#: Lines by arm, from those with most loans to none: told apart by their dashes where there is no colour.
LINES = {
    "programme": LoanLineStyle(RISE, "-", "with {programme:g} bn a year to {until}"),
    "as_lent_then_stopped": LoanLineStyle(FALL, (0, (6, 1.5, 1, 1.5)), "as lent, to {recorded_until}"),
    "never": LoanLineStyle(INK, (0, (3, 2)), "without loans"),
}

#: Panels by what is switched off, with what is drawn in each.
PANELS = {
    "nothing": ("With switching costs", tuple(LINES)),
    "switching_cost_after": ("If leaving costs nothing after the last loan", ("programme", "never")),
}

#: Years after the last loan in which the distance between lines is written.
APART = (0, 10)


@figure(of="lead")
def lead(
    lead: xr.Dataset, *, place: str | None = None, domain: str | None = None, title: str | None = None
) -> Figure:
    """Plot the lender's share of the equipment, 0 to 100 %, with and without loans and switching costs.

    Parameters
    ----------
    lead
        dataset of ``lockin_sim.lead``; years in which the money of its programme flows are shaded grey
    place, domain
        labels; None = the first of each
    title
        headline; by default the share with the loans on record and without loans

    Raises
    ------
    InputError
        for an unknown label, or a dataset without the variables that are drawn
    """
    if "equipment_level" not in lead or "won" not in lead:
        raise unusable("lead: dataset", words="no equipment_level", allowed="a dataset of lockin_sim.lead")
    places, domains = (lead[axis].values.tolist() for axis in ("place", "domain"))
    place = resolve_name("place", found=place or places[0], known=places)
    domain = resolve_name("domain", found=domain or domains[0], known=domains)
    one = lead.sel(regulators="off", place=place, domain=domain)
    panels = [cut for cut in PANELS if cut in one["without"].values]
    ends = [f"00 % {line.said.format(**one.attrs)}" for line in LINES.values()]
    room = 0.2 + kit.compute_name_room(ends, SMALL)
    figure, axes = kit.build_sheet(
        title or _describe_loan_effect(one),
        _describe_loan_panels(one, panels),
        width=len(panels) * (4.0 + room),
        body=3.6,
        grid=(1, len(panels)),
        left=0.6,
        right=room,
        bottom=0.5,
        gap=(room + 0.5, 0.0),
        lead=0.45,
    )
    for ax, cut in zip(axes[0], panels, strict=True):
        head, arms = PANELS[cut]
        _draw_loan_lines(ax, one.sel(without=cut), [arm for arm in arms if arm in one["arm"].values])
        kit.set_panel_title(ax, head)
    return figure


def _draw_loan_lines(ax: Axes, one: xr.Dataset, arms: list[str]) -> None:
    """Draw the lines of arms in per cent, their distance in some years, and grey while money flows."""
    years, since, until = one["year"].values, one.attrs["since"], one.attrs["until"]
    ax.set_xlim(years[0], years[-1])
    ax.set_ylim(0, 100)
    ax.set_yticks(range(0, 101, 20), [f"{tick} %" for tick in range(0, 101, 20)])
    ax.axvspan(since, until, color=FAINT, alpha=0.6, linewidth=0, zorder=0)
    ax.text((since + until) / 2, 97, "money flows", ha="center", va="top", fontsize=SMALL, color=QUIET)

    ends = []
    for arm in arms:
        line, level = LINES[arm], 100 * one["equipment_level"].sel(arm=arm).values
        ax.plot(years, level, color=line.color, linestyle=line.dash, linewidth=1.9)
        said = f"{number(level[-1], 0)} % {line.said.format(**one.attrs)}"
        ends.append(kit.LineEnd(level[-1], said, line.color, "bold"))
    kit.label_line_ends(ax, [end for end in ends if np.isfinite(end.value)], 0.06, SMALL)

    marks = {until + after: "programme" for after in APART if until + after < years[-1]}
    if "as_lent_then_stopped" in arms and one.attrs["recorded_until"] < until - 5:
        marks[one.attrs["recorded_until"]] = "as_lent_then_stopped"
    for year, arm in marks.items():
        above, below = (
            100 * float(one["equipment_level"].sel(arm=each, year=year)) for each in (arm, "never")
        )
        _draw_distance(ax, year, above, below, LINES[arm].color)


def _draw_distance(ax: Axes, year: int, above: float, below: float, color: str) -> None:
    """Draw the distance between two levels in a year, and write its size beneath."""
    if not np.isfinite(above + below):
        return
    ax.plot([year, year], [below, above], color=color, linewidth=1.4, solid_capstyle="butt")
    apart = number(above - below, 0 if abs(above - below) >= 2 else 1)
    ax.annotate(
        f"{year}:\n{apart} points",
        (year, min(above, below)),
        xytext=(0, -8),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=SMALL,
        color=color,
        linespacing=1.15,
        bbox=kit.build_text_background(0.6, 0.75),
    )


def _describe_loan_effect(one: xr.Dataset) -> str:
    """Describe the share of the lender's vendors with the loans on record and without loans."""
    year, usual = int(one.attrs["recorded_until"]), one.sel(without="nothing")
    lent, never = (
        number(100 * float(usual["equipment_level"].sel(arm=arm, year=year)), 0)
        for arm in ("as_lent_then_stopped", "never")
    )
    return (
        f"With the loans on record {get_sponsor_adjective(one.attrs['lender'])} vendors had {lent} % of the "
        f"{one['domain_label'].item()} of {one['place_label'].item()} in {year}, without them {never} %"
    )


def _describe_loan_panels(one: xr.Dataset, panels: list[str]) -> str:
    """Describe what the panels show, for the note under the headline."""
    lender, since = format_label("sponsor", one.attrs["lender"]), one.attrs["since"]
    other = " Right: in both worlds leaving costs nothing after the last loan." if len(panels) > 1 else ""
    return (
        f"{opening(one['domain_label'].item())} of {one['place_label'].item()}: part that is from "
        f"{get_sponsor_adjective(one.attrs['lender'])} vendors, mean over draws, with loans from "
        f"{lender} and without "
        f"any since {since}. Points: how far lines with loans are above that "
        f"without.{other}"
    )
