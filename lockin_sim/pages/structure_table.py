"""Tabulate the main numbers of a financed lead under alternative structures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.formats import UNDEFINED, number, opening
from lockin_sim.comparisons.structures import AFTER, AFTER_COIN, BY_STRUCTURE, ENDS, STRUCTURES
from lockin_sim.pages.page_parts import Cell, PageTable, Rows, table
from lockin_sim.settings.ensemble import BUNDLED_NAME
from lockin_sim.world import BUNDLED
from lockin_sim.world.case import load_bundled_case

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: File of numbers that come with the package, of the question of :data:`USUAL`.
FILE = "structures.csv"

#: What is asked where nothing else is.
USUAL = {
    "programme": 3.5,
    "since": 2011,
    "until": 2030,
    "allotment": "record",
    "world": BUNDLED,
    "posterior": BUNDLED_NAME,
}
PLACE, DOMAIN = "Africa", "mobile_network"


def structure_numbers(ds: xr.Dataset) -> pd.DataFrame | None:
    """Return a table with the columns structure, quantity, value, low, high and draws; None if there is none.

    ds  of :func:`lockin_sim.lead`; without structures of its own, the bundled numbers answer the default
        question
    """
    import pandas as pd

    if BY_STRUCTURE in ds:
        shape = ds.sizes["structure"], ds.sizes["quantity"]
        names, quantities = np.meshgrid(ds["structure"].values, ds["quantity"].values, indexing="ij")
        ends = {
            name: ds[f"{BY_STRUCTURE}{end}"].values.ravel()
            for name, end in zip(("value", "low", "high"), ENDS, strict=True)
        }
        frame = {"structure": names.ravel(), "quantity": quantities.ravel(), **ends}
        return pd.DataFrame(frame | {"draws": np.full(shape, ds.attrs["draws"]).ravel()})
    asked = ds.attrs | {"place": str(ds["place"].values[0]), "domain": str(ds["domain"].values[0])}
    usual = USUAL | {"lender": load_bundled_case().sponsors[0], "place": PLACE, "domain": DOMAIN}
    alike = all(asked.get(name) == value for name, value in usual.items()) and "parameters" not in asked
    return _bundled().copy() if alike else None


@cache
def _bundled() -> pd.DataFrame:
    """Read the bundled numbers."""
    import pandas as pd

    return pd.read_csv(StringIO((files("lockin_sim.evidence") / FILE).read_text(encoding="utf-8")))


def structure_range(numbers: pd.DataFrame) -> dict[str, Any]:
    """Summarise the number of structures, and the least and most that remains of the programme among them.

    Returns ``many``; ``ends`` by years after the last loan, each the least and the most with the title of
    their structures, None without any; and the number of structures under which too ``little`` was won.
    """
    wide = numbers.pivot(index="structure", columns="quantity", values="value")
    ends: dict[int, Any] = {}
    for after in AFTER:
        column = wide[f"left_{after}"].dropna()
        ends[after] = (
            None
            if column.empty
            else [
                (number(column[name], 0), STRUCTURES[name].title)
                for name in (column.idxmin(), column.idxmax())
            ]
        )
    return {"many": len(wide), "ends": ends, "little": int(wide[f"left_{AFTER[0]}"].isna().sum())}


def structure_table(
    numbers: pd.DataFrame, *, recorded: int, until: int, own: bool, **facts: Any
) -> PageTable:
    """Build the table of what was won and what remains of it, and of a random assignment, by structure.

    recorded, until  last year of the loans on record and of the programme
    own  whether the structures were simulated in the dataset
    """
    rows: Rows = []
    for name in dict.fromkeys(numbers["structure"]):
        mine = numbers[numbers["structure"] == name].set_index("quantity")
        rows.append((opening(STRUCTURES[name].title), [_cell(mine.loc[key]) for key in mine.index]))
    heads = ["structure"]
    for loans, year in (("as lent", recorded), ("programme", until)):
        heads += [f"{loans}: won by {year}", *(f"{loans}: left after {after}" for after in AFTER)]
    heads += [f"coin: left after {after}" for after in AFTER_COIN]
    draws = int(numbers["draws"].iloc[0])
    return table("lead.structures_table", heads, rows, own=own, draws=draws, **facts)


def _cell(row: Mapping[str, Any]) -> Cell:
    """Build a cell of a number with its interval; a dash if undefined."""
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    if not np.isfinite(value):
        return Cell(UNDEFINED)
    digits = 1 if "won" in str(getattr(row, "name", "")) else 0
    small = f"{number(low, digits)} to {number(high, digits)}" if np.isfinite([low, high]).all() else ""
    return Cell(number(value, digits), small)
