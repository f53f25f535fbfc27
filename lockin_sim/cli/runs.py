"""The commands ``lockin run`` and ``lockin claims``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lockin_sim.cli.options import (
    RESUME,
    RUNS,
    SCHEDULER,
    SEED,
    STORE,
    WORKERS,
    WORLD,
    YEARS,
    check_file,
    kept_runs,
    years_of,
)
from lockin_sim.cli.show import show
from lockin_sim.errors import unusable


def run(
    scenario: Annotated[str, typer.Argument(help="Built-in name or TOML file.")],
    runs: Annotated[int, RUNS] = 50,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[
        Path | None, typer.Option(help="CSV file for all outcomes by year; none if not given.")
    ] = None,
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
    world: Annotated[Path | None, WORLD] = None,
) -> None:
    """Run one scenario and show its outcomes, with their spread over runs."""
    from lockin_sim.studies import results, tables
    from lockin_sim.studies.comparison import effects_part
    from lockin_sim.studies.parts import compare_parts
    from lockin_sim.world import load_world

    span = years_of(years)
    check_file(out)
    levels = compare_parts(
        [effects_part()],
        [],
        baseline=scenario,
        world=load_world(world),
        runs=runs,
        seed=seed,
        years=span,
        workers=workers,
        progress=True,
    )["effects"]
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        results.write_levels(levels, out)
    show(tables.levels_table(levels), *tables.left_out(levels))


def claims(
    runs: Annotated[int, RUNS] = 64,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[Path, typer.Option(help="CSV file of all effects.")] = Path("results/claims.csv"),
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
    store: Annotated[Path | None, STORE] = None,
    resume: Annotated[bool, RESUME] = False,
    scheduler: Annotated[str | None, SCHEDULER] = None,
) -> None:
    """Switch mechanisms off one at a time and show what moves: by world, greenfield and built markets."""
    from lockin_sim.studies import claims as study
    from lockin_sim.studies import results, tables

    span = years_of(years)
    check_file(out)
    if out.suffix == ".json":
        raise unusable("--out", found=str(out), allowed="another ending; a .json is written beside it")
    with kept_runs(store, resume=resume, workers=workers, scheduler=scheduler):
        found = study.claims(runs=runs, seed=seed, years=span, workers=workers, progress=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    results.write_claims(found, out)
    show(*tables.claims_tables(found), f"All effects are in {out}")
