"""Phase diagrams over the cost of switching and the yearly envelope."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import lockin_sim as ls

if TYPE_CHECKING:
    import xarray as xr

COST, MONEY = "switching_cost", "export_finance[CHN].envelope@2015-2030"

#: How the envelope is called on an axis.
LOANS = "Chinese_loans_2015-2030"

#: The world as it is: the default cost, and the mean recorded envelope of 2010 to 2019.
REAL = {COST: float(ls.Parameters().switching_cost), LOANS: 3.5}

POOR, AFRICA = "dependence_sensitive_CHN_income:low", "dependence_sensitive_CHN_Africa"

#: Name of the figure, outcome, year, critical level.
DIAGRAMS = (
    ("dependence", POOR, 2030, 0.5),
    ("what_money_leaves", "money_effect", 2050, 2.0),
)


def draw(folder: Path, grid: xr.Dataset) -> None:
    """The phase diagrams; the effect of money in percentage points."""
    points = (100 * grid["money_effect"]).assign_attrs(
        grid["money_effect"].attrs | {"units": "percentage points"}
    )
    grid = grid.assign(money_effect=points).rename({MONEY: LOANS})
    for name, outcome, year, level in DIAGRAMS:
        figure = ls.plots.phase_diagram(grid, outcome, COST, LOANS, year=year, level=level, marked=REAL)
        ls.plots.save(figure, folder / f"{name}.png")
