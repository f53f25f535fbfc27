"""The commands about evidence: ``lockin validate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lockin_sim.cli.options import RESUME, SCHEDULER, SEED, STORE, WORKERS, kept_runs, whole
from lockin_sim.cli.show import show

_FILES = (
    "CSV file with the columns of a record table (observations, networks_5g, surveillance, chinese_projects, "
    "cyber_votes): only its facts are scored. May be given several times."
)
_DRAWS = "Draws of parameters with weights: a CSV file, or the folder of a calibration."


def validate(
    observations: Annotated[list[Path] | None, typer.Option(help=_FILES, metavar="FILE")] = None,
    posterior: Annotated[Path | None, typer.Option(help=_DRAWS)] = None,
    runs: Annotated[
        int, typer.Option(help="Runs of each ensemble, at least 8.", parser=whole, metavar="N")
    ] = 64,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for scores.csv and facts.csv; none if not given.")
    ] = None,
    workers: Annotated[int | None, WORKERS] = None,
    store: Annotated[Path | None, STORE] = None,
    resume: Annotated[bool, RESUME] = False,
    scheduler: Annotated[str | None, SCHEDULER] = None,
) -> None:
    """Set simulations beside the record and simple rivals: who foresees it better?"""
    from lockin_sim.analysis.validation import validate as study
    from lockin_sim.analysis.validation.page import sentences

    with kept_runs(store, resume=resume, workers=workers, scheduler=scheduler):
        found = study(
            posterior, observations=observations, runs=runs, seed=seed, workers=workers, progress=True
        )
    show(str(found), "", *sentences(found.scores))
    if out is not None:
        show(f"Scores and facts are in {found.write(out)}")
