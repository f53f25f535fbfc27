"""The commands ``lockin chain`` and ``lockin ledger``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockin_sim.cli.options import RUNS, SEED, WORKERS, YEARS, Given, simulating, whole, years_of
from lockin_sim.cli.show import show
from lockin_sim.defaults import LEAD
from lockin_sim.defaults import RUNS as DEFAULT_RUNS
from lockin_sim.defaults import SEED as DEFAULT_SEED

if TYPE_CHECKING:
    import xarray as xr

_ALTERNATIVES = (
    "Structural alternative to ask it under; may be repeated; 'all' for every one. If not given, "
    "the model as declared and both corners."
)
_OUT = "Folder for dataset, tables, figures and manifest; none if not given."


@simulating
def chain(
    given: Given,
    alternative: Annotated[list[str] | None, typer.Option(help=_ALTERNATIVES)] = None,
    share: Annotated[float, typer.Option(help="Part of what stood abroad in the first year.")] = LEAD,
    runs: Annotated[int, RUNS] = DEFAULT_RUNS.mechanisms,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    out: Annotated[Path | None, typer.Option(help=_OUT)] = None,
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
) -> None:
    """From first mover to standard, link by link: what a lead moves, through what, and how surely."""
    from lockin_sim.results.folder import check_folder
    from lockin_sim.studies import chain as study
    from lockin_sim.studies.chain.answer import answer, group_in
    from lockin_sim.studies.chain.written import chain_table, links_table
    from lockin_sim.studies.variants import USUAL

    span = years_of(years)
    if out is not None:
        check_folder(out)
    names = alternative or list(USUAL)
    found = study.chain(
        list(study.ALTERNATIVES) if names == ["all"] else names,
        share=share,
        runs=runs,
        seed=seed,
        years=span,
        workers=workers,
        **given.how(),
    )
    if out is not None:
        _write(found, out)
    first, groups = str(found["alternative"].values[0]), ["world", group_in(found, None)]
    last = int(found["year"].values[-1])
    show(chain_table(found, last, groups, first), links_table(found, last, groups[-1], first))
    show(*answer(found))


@simulating
def ledger(
    given: Given,
    economies: Annotated[list[str], typer.Argument(help="ISO 3166-1 codes, as KEN.")],
    won: Annotated[int, typer.Option(help="Year of the contract.", parser=whole, metavar="YEAR")] = 2015,
    at: Annotated[int, typer.Option(help="Year to show.", parser=whole, metavar="YEAR")] = 2027,
    runs: Annotated[int, RUNS] = DEFAULT_RUNS.mechanisms,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    out: Annotated[Path | None, typer.Option(help=_OUT)] = None,
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
) -> None:
    """What one more network won is worth: votes, status, others' compliance and reach."""
    from lockin_sim.errors import unusable
    from lockin_sim.results.folder import check_folder
    from lockin_sim.studies import chain as study
    from lockin_sim.studies.chain.written import ledger_table

    span = years_of(years)
    last = given.world.horizon(span)[1]
    if not won < at <= last:
        raise unusable("--at", found=at, allowed=f"a year after {won}, up to {last}")
    if out is not None:
        check_folder(out)
    found = study.ledger(
        economies, year=won, runs=runs, seed=seed, years=span, workers=workers, **given.how()
    )
    if out is not None:
        _write(found, out)
    show(ledger_table(found, at))


def _write(found: xr.Dataset, out: Path) -> None:
    """Dataset, tables, figures and manifest."""
    from lockin_sim import plots
    from lockin_sim.netcdf import write_dataset
    from lockin_sim.reader import shown_years
    from lockin_sim.report import attempted
    from lockin_sim.results.folder import more_files, new_folder, write_manifest
    from lockin_sim.studies.chain.written import write_chain

    with new_folder(out) as folder:
        write_dataset(found, folder / "chain.nc")
        write_chain(found, folder, shown_years(found))
        write_manifest(folder, found.attrs)
    if "link" in found.dims:
        with more_files(out) as folder:  # numbers are kept whatever becomes of pictures
            attempted(plots.saving("chain", found, folder, svg=True))
    show(f"Dataset, tables and figures are in {out}")
