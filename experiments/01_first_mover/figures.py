"""Figures: what is left of each lead, where, and what lock-in saves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

import lockin_sim as ls
from experiments.pictures import LOOKS, Curve, curves
from lockin_sim.plots.kit.style import INK, Look, below, heading, room_for, rows_of, sheet
from lockin_sim.wording import MINUS, opening, spoken
from lockin_sim.world.names import group_name, name_of

from .setting import CALLED, DELAY, EVERYWHERE, SHARE, SHOCK, SHOWN, UNTIL, WITH, WITHOUT

#: Panels: what was given, and the year in which it is whole.
PANELS = {
    "first_lots": f"{SHARE:.0%} of what stood in 2010".replace("%", " %"),
    "window": f"cheaper until {UNTIL - 1}",
    "late_entry": f"not {DELAY} years late",
}
#: When figures are read.
LATE = 2035

#: Ends of the axes of parts, per cent: intervals of parts of little are wide.
CUT = (-25, 110)


def left_of_leads(ds: xr.Dataset) -> ls.plots.Figure:
    """Part of each lead that is left over the years, abroad, by mechanism; a panel a way of being first."""
    abroad = ds.sel(group=EVERYWHERE, domain=SHOWN)
    panels = {}
    for mover, head in PANELS.items():
        since = int(ds["mover_year"].sel(mover=mover))
        of = abroad.sel(mover=mover, year=slice(since, None))
        panels[head] = {
            CALLED[name]: _curve(of.sel(mechanism=name), "left", look)
            for name, look in zip(ds["mechanism"].values, LOOKS, strict=False)
        }

    def at(mover: str, mechanism: str) -> str:
        """What is left of a mover's lead late without a mechanism, in per cent."""
        return f"{100 * float(abroad['left'].sel(mover=mover, mechanism=mechanism, year=LATE)):.0f}"

    said = [
        f"{at(mover, WITH)} % of {what} ({at(mover, WITHOUT)} % without lock-in)"
        for mover, what in (
            ("first_lots", "a lead in first lots"),
            ("window", "what one cheap generation won"),
            ("late_entry", "what a late start had cost"),
        )
    ]
    return curves(
        panels,
        title=f"What is left in {LATE}: {', '.join(said)}",
        note=f"Chinese vendors in {name_of('domain', SHOWN)} {group_name(EVERYWHERE)}: difference that "
        f"being first makes, as a part of that in 2010, {UNTIL - 1} and "
        f"{2010 + DELAY - 1}. Each line is compared with "
        f"its own world. {ds.attrs['runs']} paired runs, 95 % interval over runs (Fieller).",
        x="year",
        y="left, per cent",
        zero=True,
        width=3.3,
    )


def loss(ds: xr.Dataset) -> ls.plots.Figure:
    """Loss after the shock as a part of the share without it, by group and mechanism."""
    of = ds.sel(domain=SHOWN, year=slice(SHOCK - 1, None))
    panels = {
        group_name(group): {
            CALLED[name]: _curve(of.sel(group=group, mechanism=name), "loss_part", look)
            for name, look in zip(ds["mechanism"].values, LOOKS, strict=False)
        }
        for group in ds["group"].values
    }
    lost = [
        f"{100 * float(of['loss_part'].sel(group=EVERYWHERE, mechanism=name, year=LATE)):.0f} % {text}"
        for name, text in ((WITH, "with lock-in"), (WITHOUT, "without"))
    ]
    return curves(
        panels,
        title=f"If their price advantage ends in {SHOCK}, Chinese vendors have lost abroad by {LATE}: "
        f"{', '.join(lost)}",
        note=f"{opening(name_of('domain', SHOWN))}: shortfall against the world without the shock, "
        f"in per cent of the share there. {ds.attrs['runs']} paired runs, 95 % interval over runs (Fieller).",
        x="year",
        y="lost, per cent of the share",
        zero=True,
    )


def by_group(moved: xr.Dataset, answer: xr.Dataset) -> ls.plots.Figure:
    """Where a lead lasts: part left, and part lost after the shock, by group, with lock-in and without."""
    panels = [(f"{opening(spoken(mover))}: left", moved.sel(mover=mover), "left") for mover in PANELS]
    panels.append((f"{SHOCK} shock: lost", answer, "loss_part"))
    groups = [str(group) for group in moved["group"].values]
    names = [group_name(group) for group in groups]
    longest, shortest = _extremes(moved, groups)
    figure, axes = sheet(
        f"Of a lead in first lots, {longest} keep most by {LATE}, {shortest} least",
        f"Chinese vendors in {name_of('domain', SHOWN)} in {LATE}, per cent, with 95 % intervals over "
        "runs (Fieller). Filled: the model as it is; hollow: without switching costs and network effects. "
        f"{moved.attrs['runs']} paired runs. A row without a mark: the lead was unclear. "
        f"Axes are cut at {CUT[0]} and {CUT[1]}.".replace("-", MINUS),
        width=room_for(names) + 4 * 2.5, body=0.36 * len(names) + 0.2, grid=(1, 4), left=room_for(names),
        right=0.3, bottom=0.5, gap=(0.25, 0.0), lead=0.55,
    )  # fmt: skip
    for place, (ax, (head, of, name)) in enumerate(zip(axes[0], panels, strict=True)):
        rows_of(ax, names, labels=place == 0)
        ax.axvline(0, color=INK, linewidth=0.8)
        heading(ax, head)
        ax.set_xlim(*CUT)
        below(ax, "per cent")
        for lane, (mechanism, face) in enumerate(((WITH, INK), (WITHOUT, "white"))):
            at = of.sel(domain=SHOWN, year=LATE, mechanism=mechanism, group=groups)
            for row, (mean, low, high) in enumerate(_ends(at, name)):
                y = row + 0.3 * (lane - 0.5)
                ax.plot([low, high], [y, y], color=INK, linewidth=1.2)
                ax.plot([mean], [y], "o", color=INK, markerfacecolor=face, markersize=5)
    return figure


def _extremes(moved: xr.Dataset, groups: list[str]) -> tuple[str, str]:
    """Groups in which most and least of a lead in first lots is left, of those clear of chance."""
    of = moved.sel(mover="first_lots", mechanism=WITH, domain=SHOWN, year=LATE, group=groups)
    left = of["left"].values
    known = np.flatnonzero((of["left_low"].values > 0) | (of["left_high"].values < 0))
    if not known.size:
        return "no group beyond chance", "none"
    chosen = [known[pick(left[known])] for pick in (np.argmax, np.argmin)]
    most, least = (f"{group_name(groups[k])} ({100 * left[k]:.0f} %)" for k in chosen)
    return most, least


def _ends(ds: xr.Dataset, name: str) -> Iterator[tuple[float, float, float]]:
    """Means and ends, per cent, group by group."""
    for values in zip(*(ds[f"{name}{end}"].values for end in ("", "_low", "_high")), strict=True):
        mean, low, high = (100 * float(value) for value in values)
        yield mean, low, high


def _curve(ds: xr.Dataset, name: str, look: Look) -> Curve:
    """A curve over the years, per cent."""
    return Curve(ds["year"].values, *(100 * ds[f"{name}{end}"].values for end in ("", "_low", "_high")), look)
