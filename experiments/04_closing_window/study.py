"""Effects of policies by start year, with lock-in and without."""

from __future__ import annotations

from pathlib import Path

import lockin_sim as ls
from lockin_sim import plots
from lockin_sim.results import write_table

SEED = 4

SCENARIOS = (
    *("no_dsr", "no_state_support", "us_pressure", "eu_coordinated", "eu_champions", "open_ran"),
    "eu_package",
)

#: Read abroad, where a policy can act: without China's own market.
OUTCOMES = (
    "dependence_sensitive_CHN_excluding_CHN",
    "dependence_sensitive_CHN_greenfield",
    "dependence_sensitive_CHN_Africa",
    "dependence_sensitive_CHN_income:low",
    "cn2035_sensitive_excluding_CHN",
    "surplus",
)
HEADLINE = OUTCOMES[0]

#: Policies whose curves the answer shows.
SHOWN = ("no_dsr", "eu_champions", "open_ran")


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Move each policy's start from 2015 to 2035, unconditioned; leave tables and figures in a folder."""
    window = ls.window(
        SCENARIOS[:1] if reduced else SCENARIOS,
        starts=(2015, 2035) if reduced else (2015, 2025, 2035),
        after=15, outcomes=OUTCOMES, runs=4 if reduced else 24, seed=SEED, workers=workers,
    )  # fmt: skip
    write_table(window, ("effect",), folder / "window.csv")
    write_table(window, ("closing", "lost"), folder / "closing.csv")
    write_table(window, ("closing_by_lock_in",), folder / "closing_by_lock_in.csv")
    for scenario in SHOWN[:1] if reduced else SHOWN:
        figure = plots.window_curve(window.sel(scenario=scenario, outcome=HEADLINE))
        plots.save(figure, folder / f"{scenario}.png")
