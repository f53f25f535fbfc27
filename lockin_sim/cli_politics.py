"""The command ``lockin audit``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lockin_sim.cli_options import RUNS, SEED, WORKERS, WORLD, YEARS, years_of
from lockin_sim.cli_show import show


def audit(
    one: Annotated[str, typer.Argument(help="A sponsor; the first of the world's case if none.")] = "",
    other: Annotated[str, typer.Argument(help="Another; the second of the case if none.")] = "",
    runs: Annotated[int, RUNS] = 16,
    seed: Annotated[int, SEED] = 1,
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
    world: Annotated[Path | None, WORLD] = None,
    venues: Annotated[bool, typer.Option(help="Swap the domains of any two bodies, too.")] = True,
) -> None:
    """Swap two sponsors in one input after the other: what does not swap is an assumption about a country."""
    from lockin_sim.studies import tables
    from lockin_sim.studies.audit import audit as study
    from lockin_sim.world import load_world

    found = study(
        one,
        other,
        world=load_world(world),
        venues=venues,
        runs=runs,
        seed=seed,
        years=years_of(years),
        workers=workers,
        progress=True,
    )
    show(tables.audit_table(found))
