"""Switching costs and finance: the phase diagram of lock-in, and what money that ends leaves behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import lockin_sim as ls
from lockin_sim.conventions import Floats
from lockin_sim.results import write_csv
from lockin_sim.statistics import interval, paired, ratio

from .figures import AFRICA, COST, MONEY, POOR, draw

if TYPE_CHECKING:
    import xarray as xr

EXPERIMENT = ls.load_experiment(Path(__file__).parent / "experiment.toml")
SEED = EXPERIMENT.seed

FLOWS, ENDED = 2030, 2050

#: Fewer points, and runs of each.
REDUCED = {COST: [0.0, 3.0, 8.0], MONEY: [0.0, 3.5, 15.0]}
FEW = 2


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Tables of levels and of the effects of money at every point, and two phase diagrams."""
    experiment = EXPERIMENT
    if reduced:
        experiment = replace(EXPERIMENT, design=ls.design.grid(REDUCED), runs=FEW)
    with tempfile.TemporaryDirectory() as scratch:
        grid = experiment.sweep(Path(scratch) / "store.zarr", workers=workers).load()
    head = ("switching_cost", "envelope", "outcome", "year", "mean", "mean_low", "mean_high", "runs_used")
    write_csv(folder / "levels.csv", head, _levels(grid, experiment.outcomes or ()))
    effects = {"income:low": _effect_of_money(grid, POOR), "Africa": _effect_of_money(grid, AFRICA)}
    write_csv(
        folder / "money.csv", HEAD, (r for group, of in effects.items() for r in _money(group, grid, of))
    )
    grid = grid.assign(money_effect=effects["income:low"])
    draw(folder, grid)


def _points(grid: xr.Dataset) -> list[tuple[int, float, float]]:
    """Position, cost of switching and envelope of every point."""
    pairs = zip(grid[COST].values.tolist(), grid[MONEY].values.tolist(), strict=True)
    return [(point, cost, money) for point, (cost, money) in enumerate(pairs)]


def _levels(grid: xr.Dataset, outcomes: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Rows of levels over the grid."""
    for point, cost, money in _points(grid):
        for outcome in outcomes:
            for year in grid["year"].values.tolist():
                yield cost, money, outcome, year, *interval(_runs(grid[outcome], point, year), None)


def _runs(values: xr.DataArray, point: int, year: int) -> Floats:
    """Runs of one point, (run,)."""
    return np.asarray(values.sel(year=year).isel(point=point).values, dtype=np.float64)


def _effect_of_money(grid: xr.Dataset, outcome: str) -> xr.DataArray:
    """Dependence of a group less that of the same run without money, (point, run, year)."""
    none = {cost: point for point, cost, money in _points(grid) if money == 0}
    reference = grid[outcome].isel(point=[none[cost] for cost in grid[COST].values.tolist()])
    effect = grid[outcome] - reference.values
    text = "what Chinese loans from 2015 to 2030 add to dependence on Chinese vendors"
    return effect.assign_attrs(units="share", long_name=text)


HEAD = (
    *("group", "switching_cost", "envelope", "effect_2030", "effect_2030_low", "effect_2030_high"),
    *("effect_2050", "effect_2050_low", "effect_2050_high", "left", "left_low", "left_high", "runs_used"),
)


def _money(group: str, grid: xr.Dataset, effect: xr.DataArray) -> Iterator[tuple[Any, ...]]:
    """Effect of money while it flows and twenty years after, and what part is left."""
    for point, cost, money in _points(grid):
        if money:
            flows, ended = (_runs(effect, point, year) for year in (FLOWS, ENDED))
            zero = np.zeros(len(flows))
            effects = [paired(each, zero, None)[:3] for each in (flows, ended)]
            *left, used = ratio(ended, flows, None)
            yield group, cost, money, *effects[0], *effects[1], *left, used
