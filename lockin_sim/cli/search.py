"""The command ``lockin search``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockin_sim.cli.options import (
    SCENARIO,
    SEED,
    WORKERS,
    YEARS,
    Given,
    going_on,
    numbers_of,
    simulating,
    whole,
    years_of,
)
from lockin_sim.cli.show import show
from lockin_sim.defaults import SEED as DEFAULT_SEED

if TYPE_CHECKING:
    import xarray as xr
    from rich.table import Table

_NUMBER: Any = {"parser": whole, "metavar": "N"}
_OUT = "Folder for tables, figure, answer and the runs, which --resume goes on with."
_LEVER = (
    "A decision, may be given several times: 'export_finance[EU].envelope=2.5:30', "
    "'export_finance[EU].tied=false|true', or an address alone as in the default ones."
)
_WANTED = "An effect that satisfies, as standards_abroad=-1 (points) or public_cost=100 (bn USD)."
_BUDGET = "Packages to look at, in whole generations."
_DRAWS = "Draws of the posterior in which packages are searched."
_FRESH = "Draws in which those found are judged, and as many for pathways."
_REVIEW = "Year in which signposts are read; levers that wait begin in the next one."
_POSTERIOR = "Folder of a calibration; the bundled posterior if none."


@simulating
def search(
    given: Given,
    out: Annotated[Path, typer.Option(help=_OUT, metavar="DIR")],
    lever: Annotated[list[str] | None, typer.Option(help=_LEVER)] = None,
    wanted: Annotated[list[str] | None, typer.Option(help=_WANTED)] = None,
    budget: Annotated[int, typer.Option(help=_BUDGET, **_NUMBER)] = 480,
    generation: Annotated[int, typer.Option(help="Packages of a generation.", **_NUMBER)] = 40,
    draws: Annotated[int, typer.Option(help=_DRAWS, **_NUMBER)] = 24,
    fresh: Annotated[int, typer.Option(help=_FRESH, **_NUMBER)] = 128,
    start: Annotated[int, typer.Option(help="First year of packages.", **_NUMBER)] = 2026,
    review: Annotated[int, typer.Option(help=_REVIEW, **_NUMBER)] = 2032,
    posterior: Annotated[Path | None, typer.Option(help=_POSTERIOR, metavar="DIR")] = None,
    scenario: Annotated[str, SCENARIO] = "baseline",
    years: Annotated[str | None, YEARS] = None,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the runs in the folder.")] = False,
    workers: Annotated[int | None, WORKERS] = None,
) -> None:
    """Packages of levers that serve several goals in most draws, and which lever may wait."""
    from lockin_sim.analysis import search as study

    goals = numbers_of("--wanted", wanted, "GOAL=NUMBER, as public_cost=100", "each goal once")
    with going_on(out):
        found = study.search(
            lever, out=out, wanted=goals, budget=budget, generation=generation, draws=draws,
            fresh=fresh, start=start, review=review, posterior=posterior, scenario=scenario,
            years=years_of(years), seed=seed, resume=resume, workers=workers, **given.how(),
        )  # fmt: skip
    show(_table(found), *study.sentences(found), f"Tables, figure and answer are in {out}")


def _table(found: xr.Dataset) -> Table:
    """Packages that no other dominates, in words."""
    from lockin_sim.analysis.search import table
    from lockin_sim.studies.terminal import titled

    shown = titled("Packages that no other beats in every goal, on fresh draws")
    rows = table(found)
    for column in rows[0] if rows else ():
        shown.add_column(column)
    for row in rows:
        shown.add_row(*row.values())
    return shown
