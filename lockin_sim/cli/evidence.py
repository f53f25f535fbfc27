"""The commands about evidence: ``lockin validate``, ``lockin sensitivity`` and ``lockin discover``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lockin_sim.cli.options import (
    RESUME,
    SEED,
    STORE,
    WORKERS,
    check_folder,
    kept_runs,
    simulating,
    whole,
)
from lockin_sim.cli.show import show
from lockin_sim.defaults import RUNS as DEFAULT_RUNS
from lockin_sim.defaults import SEED as DEFAULT_SEED
from lockin_sim.errors import unusable
from lockin_sim.runs.scheduler import Scheduler

if TYPE_CHECKING:
    from rich.table import Table

_FILES = (
    "CSV file with the columns of a record table (observations, networks_5g, surveillance, chinese_projects, "
    "cyber_votes): only its facts are scored. May be given several times."
)
_POSTERIOR = (
    "Draws of parameters with weights: a CSV file, or the folder of a calibration; the bundled if none."
)
_DRAWS = "Each run with a draw that fits the record, or all as declared."


@simulating
def validate(
    cluster: Scheduler | None,
    observations: Annotated[list[Path] | None, typer.Option(help=_FILES, metavar="FILE")] = None,
    posterior: Annotated[Path | None, typer.Option(help=_POSTERIOR)] = None,
    draws: Annotated[bool, typer.Option("--draws/--declared", help=_DRAWS)] = True,
    runs: Annotated[
        int, typer.Option(help="Runs of each ensemble, at least 8.", parser=whole, metavar="N")
    ] = DEFAULT_RUNS.mechanisms,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    out: Annotated[
        Path | None, typer.Option(help="Folder for scores.csv and facts.csv; none if not given.")
    ] = None,
    workers: Annotated[int | None, WORKERS] = None,
    store: Annotated[Path | None, STORE] = None,
    resume: Annotated[bool, RESUME] = False,
) -> None:
    """Set simulations beside the record and simple rivals: who foresees it better?"""
    from lockin_sim.analysis.validation import validate as study
    from lockin_sim.analysis.validation.page import sentences
    from lockin_sim.parameters import Parameters

    if posterior is not None and not draws:
        raise unusable("--declared", found="--posterior beside it", allowed="one of them")
    check_folder(out)
    with kept_runs(store, resume=resume, workers=workers, scheduler=cluster):
        found = study(
            posterior if draws else Parameters(), observations=observations, runs=runs, seed=seed,
            workers=workers, progress=True,
        )  # fmt: skip
    show(str(found), "", *sentences(found.scores))
    if out is not None:
        show(f"Scores and facts are in {found.write(out)}")


_STORE = "The store of a sweep."
_OUTCOME = "Name of the outcome; needed where the store has several."
_YEAR = "Year of the outcome; the last if not given."
_MISSING = "About points that are not defined: refuse, or drop to leave them out and say how many."
_GROUP = "Factors that count as one, as NAME=FACTOR,FACTOR. May be given several times."
_WITHIN = "Look at points with this value alone, as scenario=open_ran. May be given several times."
_RESAMPLES = typer.Option(help="Resamples behind what is said of how sure it is.", parser=whole, metavar="N")
_INTO = "Folder for the table and the figure; none if not given."


def sensitivity(
    store: Annotated[Path, typer.Argument(help=_STORE)],
    outcome: Annotated[str | None, typer.Option(help=_OUTCOME)] = None,
    year: Annotated[int | None, typer.Option(help=_YEAR, parser=whole, metavar="N")] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="sobol, morris or pawn; all if none is given.")
    ] = None,
    group: Annotated[list[str] | None, typer.Option(help=_GROUP)] = None,
    missing: Annotated[str, typer.Option(help=_MISSING)] = "refuse",
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    resamples: Annotated[int, _RESAMPLES] = 60,
    out: Annotated[Path | None, typer.Option(help=_INTO)] = None,
) -> None:
    """Which factors of a sweep move an outcome: Sobol, Morris and PAWN with intervals."""
    from lockin_sim.analysis import sensitivity as study

    check_folder(out)
    found = study.sensitivity(
        store, outcome, year, methods=method or study.METHODS, groups=_groups(group), missing=missing,
        seed=seed, resamples=resamples, progress=True,
    )  # fmt: skip
    show(_table(study.table(found), found.attrs["label"]), *study.sentences(found))
    if out is not None:
        from lockin_sim import plots

        written = study.write(found, out / "sensitivity.csv")
        plots.saving("sensitivity", found, out)["sensitivity"]()
        show(f"Table and figure are in {written.parent}")


def discover(
    store: Annotated[Path, typer.Argument(help=_STORE)],
    failing: Annotated[
        str, typer.Option(help="What fails: '< 0.3', '>= 12', 'lowest 20 %', 'highest 10 %'.")
    ],
    outcome: Annotated[str | None, typer.Option(help=_OUTCOME)] = None,
    year: Annotated[int | None, typer.Option(help=_YEAR, parser=whole, metavar="N")] = None,
    within: Annotated[list[str] | None, typer.Option(help=_WITHIN)] = None,
    missing: Annotated[str, typer.Option(help=_MISSING)] = "refuse",
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    resamples: Annotated[int, _RESAMPLES] = 20,
    out: Annotated[Path | None, typer.Option(help=_INTO)] = None,
) -> None:
    """In which worlds of a sweep it fails: boxes by PRIM, a tree, and how firm they are."""
    from lockin_sim.analysis import discovery as study

    check_folder(out)
    found = study.discover(
        store, outcome, year, failing=failing, within=_values(within), missing=missing, seed=seed,
        resamples=resamples, progress=True,
    )  # fmt: skip
    show(*study.sentences(found))
    if out is not None:
        from lockin_sim import plots

        written = study.write(found, out / "discovery.csv")
        plots.saving("discovery", found, out)["discovery"]()
        show(f"Table and figure are in {written.parent}")


def _values(given: list[str] | None) -> dict[str, str]:
    """Values of factors, as FACTOR=VALUE."""
    made = {}
    for text in given or []:
        name, sign, value = text.rpartition("=")
        if not (sign and name.strip()):
            raise unusable("--within", found=text, allowed="FACTOR=VALUE")
        if name.strip() in made:
            raise unusable("--within", found=f"{name.strip()} twice", allowed="each factor once")
        made[name.strip()] = value.strip()
    return made


def _groups(given: list[str] | None) -> dict[str, list[str]]:
    """Groups of factors; commas in brackets belong to an address."""
    made = {}
    for text in given or []:
        name, sign, members = text.partition("=")
        if not (sign and name.strip() and members.strip()):
            raise unusable("--group", found=text, allowed="NAME=FACTOR,FACTOR")
        if name.strip() in made:
            raise unusable("--group", found=f"{name.strip()} twice", allowed="each group once")
        made[name.strip()] = [m.strip() for m in re.split(r",(?![^\[]*\])", members)]
    return made


def _table(rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Numbers by factor, the ends of their intervals beside them."""
    from lockin_sim.studies.terminal import titled
    from lockin_sim.wording import number

    names = [n for n in dict.fromkeys(k for row in rows for k in row) if not n.endswith(("_low", "_high"))]
    table = titled(title)
    for name in names:
        table.add_column(name)
    for row in rows:
        cells = []
        for name in names:
            value = row.get(name, "")
            if isinstance(value, float):
                ends = f" ({number(row[f'{name}_low'], 2)} to {number(row[f'{name}_high'], 2)})"
                value = number(value, 2) + ends if value == value else number(value)
            cells.append(str(value))
        table.add_row(*cells)
    return table
