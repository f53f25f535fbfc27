"""Packages of European levers searched over draws of the posterior, judged on fresh ones, and in order."""

from __future__ import annotations

from pathlib import Path

from lockin_sim.pages import plots

from .figures import packages
from .results import write_tables
from .search import search

SEED = 1

#: Sizes in full, and where the tables alone are made again.
FULL = {"budget": 400, "generation": 40, "draws": 24, "fresh": 96, "years": (2010, 2050)}
SMALL = {"budget": 12, "generation": 12, "draws": 2, "fresh": 4, "review": 2028, "years": (2010, 2030)}


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Tables of packages and of pathways, without single draws; the figure; an answer in words."""
    found = search(seed=SEED, workers=workers, **(SMALL if reduced else FULL))
    write_tables(found, folder)
    plots.save(packages(found), folder / "packages.png")
    (folder / "regret.csv").unlink()
