"""Effects of policies by start year, with lock-in and without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

import lockin_sim as ls
from lockin_sim import plots
from lockin_sim.studies.folder import write_table
from lockin_sim.studies.results import write_csv

SEED = 4

SCENARIOS = ("no_dsr", "us_pressure", "eu_coordinated", "eu_champions", "open_ran", "eu_package")

#: Read abroad, where a policy can act: without China's own market.
OUTCOMES = (
    "dependence_sensitive_CHN_excluding_CHN",
    "dependence_sensitive_CHN_greenfield",
    "dependence_sensitive_CHN_income:low",
    "cn2035_sensitive_excluding_CHN",
    "surplus",
)
HEADLINE = OUTCOMES[0]


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Move each policy's start from 2015 to 2035; leave tables and one figure a policy in a folder."""
    window = ls.window(
        SCENARIOS[:1] if reduced else SCENARIOS,
        starts=(2015, 2035) if reduced else (2015, 2020, 2025, 2030, 2035),
        after=15, outcomes=OUTCOMES, runs=4 if reduced else 12, seed=SEED, workers=workers,
    )  # fmt: skip
    write_table(window, ("effect",), folder / "window.csv")
    write_table(window, ("closing",), folder / "closing.csv")
    write_faster(window, folder / "closing_by_lock_in.csv")
    for scenario in window["scenario"].values:
        figure = plots.window_curve(window.sel(scenario=scenario, outcome=HEADLINE))
        plots.save(figure, folder / f"{scenario}.png")


def write_faster(window: xr.Dataset, path: Path) -> None:
    """Closing with lock-in less closing without, read 15 years after the start.

    The interval takes the two as independent; on the same luck they rather move together, which makes it
    too wide, not too narrow.  Beside it, in each mechanism, how much of the first start's effect the last one
    has lost.
    """
    at = window.sel(reading="after")
    with_, without = (at.sel(mechanism=name) for name in ("with_lock_in", "without_lock_in"))
    change = (with_["closing"] - without["closing"]).values
    halves = [(of["closing_high"] - of["closing_low"]).values / 2 for of in (with_, without)]
    half = np.hypot(*halves)
    lost = [(1 - of["effect"].isel(start=-1) / of["effect"].isel(start=0)).values for of in (with_, without)]
    columns = {
        "difference_of_closing": change, "low": change - half, "high": change + half,
        "lost_with_lock_in": lost[0], "lost_without_lock_in": lost[1],
    }  # fmt: skip
    keys = [(str(s), str(o)) for s in window["scenario"].values for o in window["outcome"].values]
    values = zip(*(column.ravel() for column in columns.values()), strict=True)
    rows = ([*key, *value] for key, value in zip(keys, values, strict=True))
    write_csv(path, ("scenario", "outcome", *columns), rows)
