"""The commands ``lockin chain`` and ``lockin ledger``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockin_sim.cli.options import RUNS, SEED, WORKERS, WORLD, YEARS, whole, years_of
from lockin_sim.cli.show import show

if TYPE_CHECKING:
    import xarray as xr

_ALTERNATIVES = "Structural alternative to ask it under; may be repeated; 'all' for every one."
_OUT = "Folder for dataset, tables, figures and manifest; none if not given."


def chain(
    alternative: Annotated[list[str] | None, typer.Option(help=_ALTERNATIVES)] = None,
    share: Annotated[float, typer.Option(help="Part of what stood abroad in the first year.")] = 0.6,
    runs: Annotated[int, RUNS] = 64,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[Path | None, typer.Option(help=_OUT)] = None,
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
    world: Annotated[Path | None, WORLD] = None,
) -> None:
    """From first mover to standard, link by link: what a lead moves, through what, and how surely."""
    from lockin_sim.studies import chain as study
    from lockin_sim.studies import results
    from lockin_sim.studies.chain.answer import answer, group_in
    from lockin_sim.studies.chain.written import chain_table, links_table
    from lockin_sim.world import load_world

    span = years_of(years)
    if out is not None:
        results.check_folder(out)
    names = alternative or ["default"]
    found = study.chain(
        list(study.ALTERNATIVES) if names == ["all"] else names,
        share=share,
        world=load_world(world),
        runs=runs,
        seed=seed,
        years=span,
        workers=workers,
        progress=True,
    )
    if out is not None:
        _write(found, out)
    first, groups = str(found["alternative"].values[0]), ["world", group_in(found, None)]
    last = int(found["year"].values[-1])
    show(chain_table(found, last, groups, first), links_table(found, last, groups[-1], first))
    show(*answer(found))


def ledger(
    economies: Annotated[list[str], typer.Argument(help="ISO 3166-1 codes, as KEN.")],
    won: Annotated[int, typer.Option(help="Year of the contract.", parser=whole, metavar="YEAR")] = 2015,
    at: Annotated[int, typer.Option(help="Year to show.", parser=whole, metavar="YEAR")] = 2027,
    runs: Annotated[int, RUNS] = 64,
    seed: Annotated[int, SEED] = 1,
    out: Annotated[Path | None, typer.Option(help=_OUT)] = None,
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
    world: Annotated[Path | None, WORLD] = None,
) -> None:
    """What one more network won is worth: votes, status, others' compliance and reach."""
    from lockin_sim.errors import unusable
    from lockin_sim.studies import chain as study
    from lockin_sim.studies import results
    from lockin_sim.studies.chain.written import ledger_table
    from lockin_sim.world import load_world

    stage, span = load_world(world), years_of(years)
    last = stage.horizon(span)[1]
    if not won < at <= last:
        raise unusable("--at", found=at, allowed=f"a year after {won}, up to {last}")
    if out is not None:
        results.check_folder(out)
    found = study.ledger(
        economies, year=won, world=stage, runs=runs, seed=seed, years=span, workers=workers, progress=True
    )
    if out is not None:
        _write(found, out)
    show(ledger_table(found, at))


def _write(found: xr.Dataset, out: Path) -> None:
    """Dataset, tables, figures and manifest."""
    from lockin_sim import plots
    from lockin_sim.studies import results
    from lockin_sim.studies.chain.written import write_chain
    from lockin_sim.studies.folder import write_dataset

    with results.new_folder(out) as folder:
        write_dataset(found, folder / "chain.nc")
        write_chain(found, folder, results.shown_years(found))
        if "link" in found.dims:
            plots.save(plots.chain(found), folder / "chain.png", svg=True)
            if found.sizes["alternative"] > 1:
                plots.save(plots.chain_alternatives(found), folder / "alternatives.png", svg=True)
        results.write_json(folder / results.MANIFEST, {"made_by": results.MADE_BY, **found.attrs})
    show(f"Dataset, tables and figures are in {out}")
