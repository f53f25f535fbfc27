"""How lock-in works: the commands run, chain, ledger, claims and coalitions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from lockin_sim.cli.options import How, OneScenario, Scenario, check_file, count, pairs_of, sharing, word
from lockin_sim.cli.show import show
from lockin_sim.defaults import LEAD, RUNS
from lockin_sim.errors import unusable

if TYPE_CHECKING:
    import xarray as xr


@sharing("runs", "seed", "years", "history", "workers", "model", runs=RUNS.scenario, history="prior")
def run(
    how: How,
    scenario: OneScenario,
    out: Annotated[Path | None, Option(help="CSV file for all outcomes by year; none if not given.")] = None,
) -> None:
    """Run one scenario and show its outcomes, with their spread over runs."""
    from lockin_sim.studies import tables
    from lockin_sim.studies.comparison import compare_parts, effects_part
    from lockin_sim.studies.suite import write_levels

    check_file(out)
    levels = compare_parts([effects_part()], [], baseline=scenario, **how.study)["effects"]
    if out is not None:
        write_levels(levels, out)
    show(tables.levels_table(levels), *tables.left_out(levels))


_ALTERNATIVES = (
    "Structural alternative to ask it under; may be repeated; 'all' for every one. If not given, "
    "the model as declared and both corners."
)
Folder = Annotated[
    Path | None, Option(help="Folder for dataset, tables, figures and manifest; none if not given.")
]


@sharing("runs", "seed", "years", "workers", "model")
def chain(
    how: How,
    alternative: Annotated[list[str] | None, Option(help=_ALTERNATIVES)] = None,
    share: Annotated[float, Option(help="Part of what stood abroad in the first year.")] = LEAD,
    out: Folder = None,
) -> None:
    """From first mover to standard, link by link: what a lead moves, through what, and how surely."""
    from lockin_sim.results.folder import check_folder
    from lockin_sim.studies import chain as study
    from lockin_sim.studies.chain.said import answer, group_in
    from lockin_sim.studies.tables import chain_table, links_table
    from lockin_sim.studies.variants import ALTERNATIVES, USUAL

    if out is not None:
        check_folder(out)
    names = alternative or list(USUAL)
    result = study.chain(list(ALTERNATIVES) if names == ["all"] else names, share=share, **how.study)
    if out is not None:
        _write(result, out)
    first, groups = str(result["alternative"].values[0]), ["world", group_in(result, None)]
    last = int(result["year"].values[-1])
    show(chain_table(result, last, groups, first), links_table(result, last, groups[-1], first))
    show(*answer(result))


@sharing("runs", "seed", "years", "workers", "model")
def ledger(
    how: How,
    economies: Annotated[list[str], typer.Argument(help="ISO 3166-1 codes, as KEN.")],
    won: Annotated[int, count("Year of the contract.", "YEAR")] = 2015,
    at: Annotated[int, count("Year to show.", "YEAR")] = 2027,
    out: Folder = None,
) -> None:
    """What one more network won is worth: votes, status, others' compliance and reach."""
    from lockin_sim.results.folder import check_folder
    from lockin_sim.studies import chain as study
    from lockin_sim.studies.tables import ledger_table

    last = how.tables.horizon(how.span)[1]
    if not won < at <= last:
        raise unusable("--at", found=at, allowed=f"a year after {won}, up to {last}")
    if out is not None:
        check_folder(out)
    result = study.ledger(economies, year=won, **how.study)
    if out is not None:
        _write(result, out)
    show(ledger_table(result, at))


def _write(result: xr.Dataset, out: Path) -> None:
    """Dataset, tables, figures and manifest."""
    from lockin_sim import plots
    from lockin_sim.netcdf import write_dataset
    from lockin_sim.reader import shown_years
    from lockin_sim.report import attempted
    from lockin_sim.results.folder import more_files, new_folder, write_manifest
    from lockin_sim.studies.chain.said import write_chain

    with new_folder(out) as folder:
        write_dataset(result, folder / "chain.nc")
        write_chain(result, folder, shown_years(result))
        write_manifest(folder, result.attrs)
    if "link" in result.dims:
        with more_files(out) as folder:  # numbers are kept whatever becomes of pictures
            attempted(plots.saving("chain", result, folder, svg=True))
    show(f"Dataset, tables and figures are in {out}")


_DRAWS = "Each run with a draw that fits the record and one way to build the model, or all as declared."


@sharing("runs", "seed", "years", "workers", "store", "cluster", "model")
def claims(
    how: How,
    out: Annotated[Path, Option(help="CSV file of all effects.")] = Path("results/claims.csv"),
    draws: Annotated[bool, Option("--draws/--declared", help=_DRAWS)] = True,
) -> None:
    """Switch mechanisms off one at a time and show what moves: by world, greenfield and built markets."""
    from lockin_sim.results.tables import check_claims, write_claims
    from lockin_sim.studies import claims as study
    from lockin_sim.studies import tables

    check_file(out)
    if out.suffix == ".json":
        raise unusable("--out", found=str(out), allowed="another ending; a .json is written beside it")
    check_claims(out)
    with how.stored():
        result = study.claims(draws=draws, **how.study)
    write_claims(result, out)
    show(*tables.claims_tables(result), f"All effects are in {out}")


@sharing("runs", "seed", "workers", "model", runs=RUNS.votes)
def coalitions(
    how: How,
    change: Annotated[
        list[str] | None, typer.Argument(help="Economies that change vendor, as KEN=EU; none if not given.")
    ] = None,
    domain: Annotated[str, Option(help="What the proposals are about.")] = "mobile_network",
    family: Annotated[str, Option(help="Whose proposals; that of the world's case if none.")] = "",
    year: Annotated[int | None, Option(help="Year of the vote; the last of the case if none.")] = None,
    scenario: Scenario = "baseline",
) -> None:
    """Who could pass or stop a family's proposals in each body, and whom a change of vendor makes pivotal."""
    from lockin_sim.studies import tables
    from lockin_sim.studies.bodies import coalitions as study

    allowed = "an economy and a sponsor, as KEN=EU"
    changes = pairs_of("change", change, word, allowed, "each economy once")
    result = study(scenario=scenario, family=family, domain=domain, year=year, change=changes, **how.study)
    show(*tables.coalition_tables(result))
