"""The commands of sweeps: ``lockin sweep`` and ``lockin export``."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import Abort

from lockin_sim.cli.options import (
    RESUME,
    WORKERS,
    Given,
    check_executor,
    simulating,
)
from lockin_sim.errors import InputError
from lockin_sim.runs.scheduler import Scheduler


@simulating
def sweep(
    given: Given,
    cluster: Scheduler | None,
    experiment: Annotated[Path, typer.Argument(help="TOML file of the experiment.")],
    out: Annotated[Path, typer.Option(help="The store to make, a directory such as sweep.zarr.")],
    workers: Annotated[int | None, WORKERS] = None,
    resume: Annotated[bool, RESUME] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="With --resume: also compute failed runs again.")
    ] = False,
) -> None:
    """Simulate every point of an experiment; results stream to a store that can be resumed."""
    check_executor(workers, cluster)
    if retry and not resume:
        raise InputError("--retry: found a new sweep; allowed: only with --resume.")

    from lockin_sim.studies.sweep.experiment import load_experiment

    chosen = load_experiment(experiment)
    if resume and not out.exists():
        print(f"lockin: nothing to resume in {out} yet; it is made", file=sys.stderr)
    try:
        chosen.sweep(out, resume=resume, retry=retry, workers=workers, scheduler=cluster, **given.how())
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt but the message
        raise Abort(_interrupted(out)) from None


def _interrupted(out: Path) -> str:
    """What is left of a sweep that was interrupted."""
    from lockin_sim.store import is_store

    if is_store(out):
        return f"interrupted; what is in {out} is whole, --resume goes on"
    return f"interrupted before {out} was made; nothing is left of it, the same command begins anew"


def export(
    store: Annotated[Path, typer.Argument(help="The store of a sweep.")],
    file: Annotated[Path, typer.Argument(help="What to write: a name ending in .csv, .parquet or .nc.")],
) -> None:
    """Write the store of a sweep to one file: CSV, Parquet or NetCDF."""
    from lockin_sim.store import check_ending, open_sweep
    from lockin_sim.store import export as write

    check_ending(file)
    ds = open_sweep(store)
    print(f"{store} is in {write(ds, file)}")
    missing, failed = (ds.attrs[f"runs_{key}"] for key in ("missing", "failed"))
    if missing or failed:
        runs = ds.sizes["point"] * ds.sizes["run"]
        counts = f"of {runs:,} runs {missing:,} are not computed and {failed:,} failed"
        print(f"lockin: {store}: {counts}; their outcomes are undefined", file=sys.stderr)
