"""The commands ``lockin run`` and ``lockin claims``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lockin_sim.cli.options import (
    HISTORY,
    RESUME,
    RUNS,
    SCENARIO_ARGUMENT,
    SEED,
    STORE,
    WORKERS,
    YEARS,
    Given,
    check_file,
    kept_runs,
    simulating,
    years_of,
)
from lockin_sim.cli.show import show
from lockin_sim.defaults import RUNS as DEFAULT_RUNS
from lockin_sim.defaults import SEED as DEFAULT_SEED
from lockin_sim.errors import unusable
from lockin_sim.runs.scheduler import Scheduler

_DRAWS = "Each run with a draw that fits the record and one way to build the model, or all as declared."


@simulating
def run(
    given: Given,
    scenario: Annotated[str, SCENARIO_ARGUMENT],
    runs: Annotated[int, RUNS] = DEFAULT_RUNS.scenario,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    out: Annotated[
        Path | None, typer.Option(help="CSV file for all outcomes by year; none if not given.")
    ] = None,
    years: Annotated[str | None, YEARS] = None,
    history: Annotated[str, HISTORY] = "prior",
    workers: Annotated[int | None, WORKERS] = None,
) -> None:
    """Run one scenario and show its outcomes, with their spread over runs."""
    from lockin_sim.studies import tables
    from lockin_sim.studies.comparison import effects_part
    from lockin_sim.studies.parts import compare_parts
    from lockin_sim.studies.suite import write_levels

    span = years_of(years)
    check_file(out)
    levels = compare_parts(
        [effects_part()],
        [],
        baseline=scenario,
        runs=runs,
        seed=seed,
        years=span,
        history=history,
        workers=workers,
        **given.how(),
    )["effects"]
    if out is not None:
        write_levels(levels, out)
    show(tables.levels_table(levels), *tables.left_out(levels))


@simulating
def claims(
    given: Given,
    cluster: Scheduler | None,
    runs: Annotated[int, RUNS] = DEFAULT_RUNS.mechanisms,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    out: Annotated[Path, typer.Option(help="CSV file of all effects.")] = Path("results/claims.csv"),
    draws: Annotated[bool, typer.Option("--draws/--declared", help=_DRAWS)] = True,
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
    store: Annotated[Path | None, STORE] = None,
    resume: Annotated[bool, RESUME] = False,
) -> None:
    """Switch mechanisms off one at a time and show what moves: by world, greenfield and built markets."""
    from lockin_sim.results.tables import check_claims, write_claims
    from lockin_sim.studies import claims as study
    from lockin_sim.studies import tables

    span = years_of(years)
    check_file(out)
    if out.suffix == ".json":
        raise unusable("--out", found=str(out), allowed="another ending; a .json is written beside it")
    check_claims(out)
    with kept_runs(store, resume=resume, workers=workers, scheduler=cluster):
        found = study.claims(
            draws=draws, runs=runs, seed=seed, years=span, workers=workers, **given.how()
        )  # fmt: skip
    write_claims(found, out)
    show(*tables.claims_tables(found), f"All effects are in {out}")
