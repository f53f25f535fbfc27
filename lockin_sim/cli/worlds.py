"""Define the commands about worlds: sweep, export, check, scenarios and describe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from typer import Option

from lockin_sim.cli.options import (
    Seed,
    SharedOptions,
    WorldFolder,
    add_shared_options,
    explain_interruption,
    show,
)
from lockin_sim.common.conventions import SEED
from lockin_sim.common.errors import InputError

if TYPE_CHECKING:
    from lockin_sim.studies.printing import Topic


@add_shared_options("workers", "resume", "cluster", "model")
def sweep(
    how: SharedOptions,
    experiment: Annotated[Path, typer.Argument(help="TOML file of the experiment.")],
    out: Annotated[Path, Option(help="Folder of the new store, such as sweep.")],
    retry: Annotated[bool, Option("--retry", help="With --resume: also repeat failed runs.")] = False,
) -> None:
    """Simulate every point of an experiment, into a store from which it can be resumed."""
    how.check_executor()
    if retry and not how.resume:
        raise InputError("--retry: found a new sweep; allowed: only with --resume.")

    from lockin_sim.studies.sweep import load_experiment

    chosen = load_experiment(experiment)
    if how.resume and not out.exists():
        print(f"lockin: nothing to resume in {out}; starting a new sweep", file=sys.stderr)
    with explain_interruption(out, _left):
        chosen.sweep(out, resume=how.resume, retry=retry, scheduler=how.cluster, **how.study)


def _left(out: Path) -> str:
    """Describe how to continue an interrupted sweep."""
    from lockin_sim.runs.store import is_store

    if is_store(out):
        return f"interrupted; the runs in {out} are complete: continue with --resume"
    return f"interrupted before {out} was created; run the same command again"


Store = Annotated[Path, typer.Argument(help="Folder of a sweep's store.")]


def export(
    store: Store,
    file: Annotated[Path, typer.Argument(help="Output file, ending in .csv, .parquet, .nc or .zarr.")],
) -> None:
    """Write the store of a sweep as CSV, Parquet, NetCDF or Zarr."""
    from lockin_sim.runs.store_datasets import check_ending, open_sweep
    from lockin_sim.runs.store_datasets import export as write

    check_ending(file)
    ds = open_sweep(store)
    print(f"Wrote {store} to {write(ds, file)}")
    missing, failed = (ds.attrs[f"runs_{key}"] for key in ("missing", "failed"))
    if missing or failed:
        runs = ds.sizes["point"] * ds.sizes["run"]
        counts = f"{missing:,} of {runs:,} runs are missing and {failed:,} failed"
        print(f"lockin: {store}: {counts}; their outcomes are undefined", file=sys.stderr)


def check(
    folder: Annotated[Path, typer.Argument(help="Folder with the tables of a world.")],
    seed: Seed = SEED,
) -> None:
    """Check that neither order of rows, labels, units nor engine changes a world's numbers.

    Exit status 1 if a change makes a difference.
    """
    from lockin_sim.studies.check import check as checked

    found = checked(folder, seed=seed)
    print(found)
    if not found.holds:
        raise typer.Exit(1)


def scenarios() -> None:
    """List the built-in scenarios by subject: the question of each, what decides it, and its sources."""
    from lockin_sim.studies.printing import build_scenario_tables

    show(*build_scenario_tables())


def describe(
    topic: Annotated[str, typer.Argument(help="parameters, levers, metrics, outcomes, scenarios or world.")],
    world: WorldFolder = None,
) -> None:
    """List what the model declares, with units, bounds and sources."""
    from lockin_sim.studies.printing import describe as described

    show(*described(cast("Topic", topic), world=world))  # which refuses others
