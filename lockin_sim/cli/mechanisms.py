"""How lock-in works, and how sure that is: commands from run to audit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from lockin_sim.cli.options import (
    GoOn,
    How,
    OneScenario,
    Scenario,
    WorldFolder,
    check_file,
    check_folder,
    count,
    going_on,
    pairs_of,
    sharing,
    show,
    table,
    word,
)
from lockin_sim.conventions import LEAD, RUNS
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
    from lockin_sim.results import check_folder
    from lockin_sim.studies import chain as study
    from lockin_sim.studies.chain_answer import answer, group_in
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
    from lockin_sim.results import check_folder
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
    from lockin_sim.results import more_files, new_folder, write_manifest
    from lockin_sim.studies.chain_answer import write_chain

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
    from lockin_sim.results import check_claims, write_claims
    from lockin_sim.studies import lock_in as study
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


#: Rows of the table of parameters in the terminal.
MOST = 12

_OUT = "Folder for draws, tables, figures and the runs, which --resume goes on with."
_ONLY = "A parameter to calibrate, may be given several times; all if none is named."


@sharing("seed", "workers", "model")
def calibrate(
    how: How,
    out: Annotated[Path, Option(help=_OUT, metavar="DIR")],
    only: Annotated[list[str] | None, Option(help=_ONLY)] = None,
    waves: Annotated[int, count("Waves of runs.")] = 3,
    points: Annotated[int, count("Points of a wave.")] = 256,
    runs: Annotated[int, count("Runs of each point and of each draw.")] = RUNS.calibration,
    draws: Annotated[int, count("Draws to keep.")] = 256,
    resume: GoOn = False,
) -> None:
    """What the record leaves of the parameters: weighted draws, and how much was learnt of each."""
    from lockin_sim.evidence.calibrate import calibrate as study
    from lockin_sim.parameters import declarations, parameter_title
    from lockin_sim.wording import number

    with going_on(out):
        result = study(
            out, only=only, waves=waves, points=points, runs=runs, draws=draws, resume=resume, **how.study
        )
    off, most_learnt = result["sales_off"].values, result.sortby("learnt").isel(parameter=slice(MOST))
    rows = []
    for name in most_learnt["parameter"].values.tolist():
        one = most_learnt.sel(parameter=name)
        mean, low, high, learnt = (number(float(one[v]), 2) for v in ("mean", "low", "high", "learnt"))
        default = f"{declarations()[name].default:g}"
        rows.append((parameter_title(name), default, mean, f"{low} to {high}", learnt))
    heads = ("parameter", "default", "mean", "90 %", "spread left")
    answer = (
        f"Runs miss mobile networks sold by {off[0]:.1f} points on average in the first wave, "
        f"by {off[-1]:.1f} in the last, by {result.attrs['draws_sales_off']:.1f} at the draws. "
        f"{result.sizes['draw']} draws weigh as much as {result.attrs['effective_draws']:.0f} even ones."
    )
    title = "What the record says of the parameters, most learnt first"
    show(table(title, heads, rows, whole=heads), answer, f"Draws, tables and figures are in {out}")


_FILES = (
    "CSV file with the columns of a record table (observations, networks_5g, surveillance, chinese_projects, "
    "cyber_votes): only its facts are scored. May be given several times."
)
_POSTERIOR = (
    "Draws of parameters with weights: a CSV file, or the folder of a calibration; the bundled if none."
)
_FITTED = "Each run with a draw that fits the record, or all as declared."


@sharing("seed", "workers", "store", "cluster")
def validate(
    how: How,
    observations: Annotated[list[Path] | None, Option(help=_FILES, metavar="FILE")] = None,
    posterior: Annotated[Path | None, Option(help=_POSTERIOR)] = None,
    draws: Annotated[bool, Option("--draws/--declared", help=_FITTED)] = True,
    runs: Annotated[int, count("Runs of each ensemble, at least 8.")] = RUNS.mechanisms,
    out: Annotated[
        Path | None, Option(help="Folder for scores.csv and facts.csv; none if not given.")
    ] = None,
) -> None:
    """Set simulations beside the record and simple rivals: who foresees it better?"""
    from lockin_sim.evidence.scores import sentences
    from lockin_sim.evidence.validate import validate as study
    from lockin_sim.parameters import Parameters

    if posterior is not None and not draws:
        raise unusable("--declared", found="--posterior beside it", allowed="one of them")
    check_folder(out)
    with how.stored():
        result = study(
            posterior if draws else Parameters(), observations=observations, runs=runs, progress=True,
            **how.study,
        )  # fmt: skip
    show(str(result), "", *sentences(result.scores))
    if out is not None:
        show(f"Scores and facts are in {result.write(out)}")


def estimates(
    subject: Annotated[str | None, typer.Argument(help="What they are about; everything if none.")] = None,
    out: Annotated[Path | None, Option(help="CSV file for the whole table; none if not given.")] = None,
    world: WorldFolder = None,
) -> None:
    """Refit parameters from the record tables: estimates with intervals, checks, placebos, what is silent."""
    import pandas as pd

    from lockin_sim.evidence.estimates import refitted
    from lockin_sim.parameters import declarations
    from lockin_sim.results import write_frame
    from lockin_sim.wording import UNDEFINED, number
    from lockin_sim.world import load_world

    check_file(out)
    load_world(world)  # a defect in its other tables is told as by every command
    rows = refitted(subject, world)
    main = [row for row in rows if row.role in ("estimate", "fact")]
    declared, fitted, checked = declarations(), [], []
    for row in rows:
        ends = f"{number(row.low, 2)} to {number(row.high, 2)}" if row.low == row.low else UNDEFINED
        default = f"{declared[row.parameter].default:g}" if row.parameter in declared else UNDEFINED
        counts = str(row.n), str(row.clusters)
        if row in main:
            name = row.parameter or row.quantity
            fitted.append((name, number(row.value, 2), ends, default, *counts, row.method, row.tables))
        else:
            checked.append((row.quantity, row.role, number(row.value, 3), ends, *counts))
    heads = ("parameter", "estimate", "95 %", "default", "n", "clusters", "method", "tables")
    show(table("Estimated parameters", heads, fitted, whole=["95 %"], wide={"parameter": 23}))
    columns = ("quantity", "role", "estimate", "95 %", "n", "clusters")
    show(table("Checks and placebos", columns, checked, whole=["95 %"]))
    silent = (f"  {row.parameter or row.quantity}: {row.silent_on}" for row in main)
    show("What the record cannot tell", *silent)
    if out is not None:
        write_frame(out, pd.DataFrame(rows))
        show(f"The whole table is {out}")


@sharing("runs", "seed", "years", "workers", "model", runs=RUNS.votes)
def audit(
    how: How,
    one: Annotated[str, typer.Argument(help="A sponsor; the first of the world's case if none.")] = "",
    other: Annotated[str, typer.Argument(help="Another; the second of the case if none.")] = "",
    venues: Annotated[bool, Option(help="Swap the domains of any two bodies, too.")] = True,
) -> None:
    """Swap two sponsors in one input after the other: what does not swap is an assumption about a country."""
    from lockin_sim.studies import tables
    from lockin_sim.studies.audit import audit as study

    show(tables.audit_table(study(one, other, venues=venues, **how.study)))
