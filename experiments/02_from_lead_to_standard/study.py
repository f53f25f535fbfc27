"""What loans win, what is left of it when they end, and whether the standard follows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import lockin_sim as ls
from experiments.pictures import LOOKS, Curve, curves
from lockin_sim.common.statistics import is_at_most
from lockin_sim.pages import plots
from lockin_sim.runs.results import write_frame

if TYPE_CHECKING:
    import xarray as xr

SEED = 0

PLACES = ("Africa", "income:low", "south_and_south_east_asia", "borrowers", "median")
DOMAINS = ("mobile_network", "smart_city")

#: Years of tables: the last with loans, five later, and twenty.
YEARS = (2030, 2035, 2050)

#: Draws in full, and in the reduced form, which has fewer rows too.
FULL, FEW = 64, 2

#: Variables of the tables, each with its ends, and the chance that luck alone made its range.
ENDS = ("", "_low", "_high")
LUCK = "_luck"
OUTCOMES = ("equipment", "sales", "reach", "coverage", "price")


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Tables of what is won, left and changed in every arm that was run; a figure of networks and one of the
    standard in Africa."""
    smaller: dict[str, Any] = {
        "places": PLACES[:1],
        "domains": DOMAINS[:1],
        "without": ("switching_cost_after",),
    }
    asked: dict[str, Any] = smaller if reduced else {"places": PLACES, "domains": DOMAINS}
    found = ls.lead(runs=FEW if reduced else FULL, seed=SEED, workers=workers, **asked)
    some = found.sel(year=list(YEARS))
    _write(some, ("won",), folder / "won.csv")
    _write(some, ("left",), folder / "left.csv")
    _write(some, OUTCOMES, folder / "changed.csv", level=True)
    _write(some, ("debt",), folder / "debt.csv", level=True)
    africa = found.sel(arm="programme", place="Africa", domain="mobile_network")
    plots.save(_networks(africa), folder / "networks.png")
    plots.save(_standard(africa), folder / "standard.png")


def _write(found: xr.Dataset, names: tuple[str, ...], path: Path, *, level: bool = False) -> None:
    """Rows of all combinations that were run, with intervals, and levels if wanted."""
    columns = [f"{name}{end}" for name in names for end in (*ENDS, LUCK, *(["_level"] if level else []))]
    axes = [str(axis) for axis in found[columns[0]].dims]
    frame = found[columns].reset_coords(drop=True).to_dataframe(dim_order=axes)
    write_frame(path, frame.dropna(how="all").reset_index()[[*axes, *columns]])


def _networks(africa: xr.Dataset) -> Any:
    """What the programme adds to Chinese networks, as it is and if leaving costs nothing after it."""
    rows = africa.sel(regulators="off")
    titles = {"nothing": "as it is", "switching_cost_after": "leaving costs nothing after"}
    drawn = {
        title: _curve(rows.sel(without=name), "equipment", look)
        for (name, title), look in zip(titles.items(), LOOKS, strict=False)
    }
    won, last = (
        100 * float(rows["equipment"].sel(without="nothing", year=year)) for year in (YEARS[0], YEARS[-1])
    )
    return _sheet(
        drawn,
        f"Loans win {won:.1f} points of Africa's mobile networks by {YEARS[0]}; {last:.1f} are left in "
        f"{YEARS[-1]}",
        "Chinese part of the networks: a programme of loans from 2011 to 2030 less none.",
    )


def _standard(africa: xr.Dataset) -> Any:
    """What the programme adds to networks that support the standard, where states prescribe none and where
    they may."""
    rows = africa.sel(without="nothing")
    titles = {"off": "states prescribe nothing", "on": "they may"}
    drawn = {
        title: _curve(rows.sel(regulators=name), "reach", look)
        for (name, title), look in zip(titles.items(), LOOKS, strict=False)
    }
    ends = [100 * float(rows["reach"].sel(regulators=name, year=YEARS[-1])) for name in titles]
    return _sheet(
        drawn,
        f"By {YEARS[-1]} the standard gains {ends[0]:.1f} points where states prescribe nothing, "
        f"{ends[1]:.1f} where they may",
        "Part of Africa's mobile networks that supports Chinese standards: a programme of loans less none.",
    )


def _curve(rows: xr.Dataset, name: str, look: Any) -> Curve:
    """An outcome by year, in points."""
    values = [100 * rows[f"{name}{end}"].values for end in ENDS]
    return Curve(rows["year"].values, *values, look, is_at_most(rows[f"{name}{LUCK}"].values))


def _sheet(drawn: dict[str, Curve], title: str, note: str) -> Any:
    """One panel of curves."""
    return curves(
        {"": drawn}, title=title, x="year", y="points", zero=True, digits=1, width=5.0,
        note=f"{note} Bars: nine in ten draws; dashed: at most that, for luck alone could have made it.",
    )  # fmt: skip
