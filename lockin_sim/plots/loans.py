"""What loans won a first mover: what is left after the last one, and whether the standard follows."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lockin_sim.common.errors import known_name, unusable
from lockin_sim.common.statistics import is_at_most
from lockin_sim.common.wording import number, opening, signed, two_digits, with_range
from lockin_sim.plots.kit import style as kit
from lockin_sim.plots.kit.figures import figure
from lockin_sim.plots.kit.style import FAINT, QUIET, RISE, SMALL
from lockin_sim.world.names import adjective, name_of

#: Colours of what stands beside the model as it is: leaving is free; states may prescribe standards.
FREE, PRESCRIBED = "#0A5FA8", "#7A1F7A"

#: What is drawn of what is left, with its colour and name at the end of the line.
CUTS = {
    "nothing": (RISE, "with switching costs"),
    "switching_cost_after": (FREE, "without"),
}

#: And of whether the standard follows.
RULES = {"off": (RISE, "states prescribe nothing"), "on": (PRESCRIBED, "they may prescribe")}


@figure(of="lead")
def lead(
    lead: xr.Dataset, *, place: str | None = None, domain: str | None = None, title: str | None = None
) -> Figure:
    """Of 100 points that loans won, how many are left, with switching costs and without; and the standard.

    Parameters
    ----------
    lead
        dataset of ``lockin_sim.lead``, its arm *programme*; grey while money flows
    place, domain
        labels; None = the first of each
    title
        the finding; by default how much is left in the last year

    Raises
    ------
    InputError
        for an unknown label, or a dataset without what is drawn
    """
    for name in ("left_mean_low", "won_luck", "reach_luck"):
        if name not in lead:
            raise unusable("lead: dataset", words=f"no {name}", allowed="a dataset of lockin_sim.lead")
    places, domains = (lead[axis].values.tolist() for axis in ("place", "domain"))
    place = known_name("place", found=place or places[0], known=places)
    domain = known_name("domain", found=domain or domains[0], known=domains)
    one = lead.sel(arm="programme", place=place, domain=domain)
    left, right = _rows(one, "without", CUTS), _rows(one, "regulators", RULES)
    room = 0.3 + kit.room_for([f"00 {name}" for _, name in CUTS.values()], SMALL)
    more = 0.3 + kit.room_for([f"+0.0 {name}" for _, name in RULES.values()], SMALL)
    figure, axes = kit.sheet(
        title or _finding(one), _note(one), width=6.4 + room + more, body=2.9, grid=(1, 2), left=0.6,
        right=more, bottom=0.5, gap=(room + 0.5, 0.0), lead=0.45,
    )  # fmt: skip
    _draw(axes[0][0], one, left, "left", 1.0)
    kit.heading(axes[0][0], "Of 100 points won, left")
    _draw(axes[0][1], one, right, "reach", 100.0)
    kit.heading(axes[0][1], "Points of reach of the standard")
    return figure


def _rows(one: xr.Dataset, axis: str, known: dict[str, tuple[str, str]]) -> dict[str, xr.Dataset]:
    """What is drawn along an axis: the usual row, and the others that were run."""
    other = {"without": "regulators", "regulators": "without"}[axis]
    usual = one.sel({other: {"regulators": "off", "without": "nothing"}[other]})
    return {name: usual.sel({axis: name}) for name in known if name in one[axis].values}


def _draw(ax: Axes, one: xr.Dataset, rows: dict[str, xr.Dataset], name: str, factor: float) -> None:
    """Lines with their bands, what they are at their ends, and grey while money flows."""
    years, since, until = one["year"].values, one.attrs["since"], one.attrs["until"]
    ax.axvspan(since, until, color=FAINT, alpha=0.6, linewidth=0, zorder=0)
    ax.axhline(0, color=QUIET, linewidth=0.8)
    after = years >= (until if name == "left" else years[0])
    ends = []
    for label, row in rows.items():
        color, said = (CUTS | RULES)[label]
        line = factor * row[name].values
        for kind, opacity in (("", 0.16), ("_mean", 0.3)):
            low, high = (factor * row[f"{name}{kind}_{end}"].values[after] for end in ("low", "high"))
            kit.band(ax, years[after], low, high, color, opacity)
            if not kind:
                kit.edges(ax, years[after], low, high, color, is_at_most(row[f"{name}_luck"].values[after]))
        ax.plot(
            years,
            line,
            color=color,
            linewidth=1.8,
            linestyle="-" if label in ("nothing", "off") else (0, (5, 2)),
        )
        written = number(line[-1], 0) if name == "left" else signed(line[-1])
        ends.append(kit.End(line[-1], f"{written} {said}", color, "bold"))
    ax.set_xlim(years[0], years[-1])
    bottom, top = map(float, ax.get_ylim())
    ax.set_ylim(bottom, top + 0.14 * (top - bottom))
    ax.text((since + until) / 2, top, "money flows", ha="center", va="bottom", fontsize=SMALL, color=QUIET)
    kit.name_ends(ax, [end for end in ends if np.isfinite(end.value)], 0.14, SMALL)


def _usual(one: xr.Dataset) -> xr.Dataset:
    """With nothing switched off, and states that prescribe nothing."""
    return one.sel(without="nothing", regulators="off")


def _finding(one: xr.Dataset) -> str:
    """How much is left in the last year."""
    last, usual = int(one["year"].values[-1]), _usual(one)
    who, where = adjective(one.attrs["lender"]), one["place_label"].item()
    rest = usual["left"].values[-1]
    if not np.isfinite(rest):
        return (
            f"Loans won {who} vendors too little of the {one['domain_label'].item()} of {where} to follow it"
        )
    return (
        f"Of 100 points that loans won {who} vendors in {one['domain_label'].item()} of {where}, "
        f"{number(float(rest), 0)} are left in {last}"
    )


def _note(one: xr.Dataset) -> str:
    """What is drawn."""
    usual, until = _usual(one), one.attrs["until"]
    lender = name_of("sponsor", one.attrs["lender"])
    points = [100 * float(usual[f"won{part}"]) for part in ("", "_low", "_high")]
    won, low, high = (number(value, max(0, two_digits(points[0]))) for value in points)
    at_most = bool(is_at_most(usual["won_luck"].values))
    ranged = np.isfinite(points).all()
    gain = with_range(f"{won} points", low, high, at_most=at_most) if ranged else f"{won} points"
    return (
        f"{opening(one['arm_label'].item())}, against no loans from {lender} since {one.attrs['since']}. "
        f"Won by {until}: {gain}. Lines: means; dark bands: their 95 % intervals; pale ones: "
        "nine in ten draws, with dashed edges where it is at most that, because luck alone could have made "
        "it. Right: equipment that supports the lender's standard, in percentage points, under each "
        "assumption on states."
    )
