"""What lock-in keeps of a difference made by chance, cause by cause, and over switching cost and tastes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lockin_sim as ls
from experiments.pictures import LOOKS, Curve, curves
from lockin_sim.pages import plots
from lockin_sim.runs.results import write_csv, write_table

SEED = 1

PLACES = ("Africa", "income:low", "south_and_south_east_asia", "KEN", "PAK", "BRA")

#: Switching costs, and spreads of operators' lasting tastes, of the second table; utility.
COSTS = (0.0, 1.5, 3.0, 4.5, 6.0)
TASTES = (0.0, 0.85, 1.7, 2.6)

#: Where and after how many years the second table reads what is left.
WHERE, AFTER = "Africa", (10, 25)

#: Draws in full, and in the reduced form.
FULL, FEW = 32, 2


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Tables of what is left by cause and place, and by switching cost and tastes; a figure of each."""
    how: dict[str, Any] = {"runs": FEW if reduced else FULL, "seed": SEED, "workers": workers}
    trial = ls.lock_in(PLACES[-1:] if reduced else PLACES, **how)
    write_table(trial, ("left", "all_at_once"), folder / "left.csv")
    write_table(trial, ("half_life",), folder / "half_life.csv")
    plots.save(plots.what_is_left(trial), folder / "what_is_left.png")
    where = PLACES[-1] if reduced else WHERE
    costs, tastes = (COSTS[1:2], TASTES[1:2]) if reduced else (COSTS, TASTES)
    rows = list(_by_cost_and_taste(where, costs, tastes, how))
    write_csv(folder / "by_cost_and_taste.csv", HEAD, iter(rows))
    plots.save(_drawn([dict(zip(HEAD, row, strict=True)) for row in rows]), folder / "by_cost_and_taste.png")


HEAD = ("switching_cost", "taste_operator", "place", "after", "left", "left_low", "left_high")


def _by_cost_and_taste(
    where: str, costs: tuple[float, ...], tastes: tuple[float, ...], how: dict[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Rows of what is left in a place with a switching cost and a spread of tastes that all draws share."""
    for cost in costs:
        for taste in tastes:
            values = {"switching_cost": cost, "taste_operator": taste}
            trial = ls.lock_in(where, after=AFTER, without="nothing", parameters=values, **how)
            for after in AFTER:
                cell = trial.sel(without="nothing", place=where, after=after)
                yield cost, taste, where, after, *(float(cell[f"left{end}"]) for end in ("", "_low", "_high"))


def _drawn(rows: list[dict[str, Any]]) -> Any:
    """What is left against the switching cost, a panel a number of years, a curve a spread of tastes."""
    panels = {}
    for after in AFTER:
        of_years = [row for row in rows if row["after"] == after]
        tastes = sorted({row["taste_operator"] for row in of_years})
        panels[f"after {after} years"] = {
            f"spread of tastes {taste:g}": Curve(
                *([row[name] for row in of_years if row["taste_operator"] == taste] for name in AXES), look
            )
            for taste, look in zip(tastes, LOOKS, strict=False)
        }
    first = [row for row in rows if row["after"] == AFTER[0]]
    low, high = (end(first, key=lambda row: float(row["left"])) for end in (min, max))
    return curves(
        panels,
        title=f"After {AFTER[0]} years {low['left']:.0f} to {high['left']:.0f} points of 100 are left, "
        "by what leaving costs and how much tastes differ",
        note="Mobile networks: what is left of a difference that a coin made; 95 % intervals of the mean "
        "over draws. Switching cost and spread of tastes are the same in all draws.",
        x="cost of switching vendors (utility)", y="points left of 100", columns=2, zero=True, width=3.4,
    )  # fmt: skip


AXES = ("switching_cost", "left", "left_low", "left_high")
