"""The command ``lockin exit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockin_sim.cli.options import RESUME, SEED, STORE, WORKERS, Given, kept_runs, simulating, whole
from lockin_sim.cli.show import show
from lockin_sim.defaults import RUNS as DEFAULT_RUNS
from lockin_sim.defaults import SEED as DEFAULT_SEED
from lockin_sim.errors import unusable

if TYPE_CHECKING:
    from rich.table import Table

    from lockin_sim.report.parts import Table as Told

_COUNTRY = typer.Option(help="ISO 3166-1 code, as KEN.")
_LEAVING = "A vendor, or a sponsor by its code; the largest foreign one where states may restrict if none."
_SUPPLIER = "Who runs an operator's lots, where known: 'operator 1=nokia'. May be given several times."
_POLICY = "A policy to try, built in or a TOML file, as if it began in that year. May be given several times."
_POSTERIOR = "Folder of a calibration that parameters are drawn from; the bundled draws if none."
_OUT = "Folder for page, tables, dataset and manifest; results/exit_COUNTRY if none."


@simulating
def exit_(
    given: Given,
    country: Annotated[str, _COUNTRY],
    leaving: Annotated[str | None, typer.Option(help=_LEAVING)] = None,
    year: Annotated[
        int | None, typer.Option(help="Year of the plan; the first after the record if none.", parser=whole)
    ] = None,
    supplier: Annotated[list[str] | None, typer.Option(help=_SUPPLIER, metavar="OPERATOR=VENDOR")] = None,
    policy: Annotated[list[str] | None, typer.Option(help=_POLICY)] = None,
    posterior: Annotated[Path | None, typer.Option(help=_POSTERIOR, metavar="DIR")] = None,
    history: Annotated[
        str, typer.Option(help="Luck up to the present: prior, or conditioned on the record.")
    ] = "prior",
    draws: Annotated[
        int, typer.Option(help="Draws of parameters, each a run.", parser=whole, metavar="N")
    ] = DEFAULT_RUNS.mechanisms,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    out: Annotated[Path | None, typer.Option(help=_OUT, metavar="DIR")] = None,
    workers: Annotated[int | None, WORKERS] = None,
    store: Annotated[Path | None, STORE] = None,
    resume: Annotated[bool, RESUME] = False,
) -> None:
    """What leaving a vendor would cost an economy: what comes due when, now or later, and who could pay."""
    from lockin_sim.report.exit_answer import answer
    from lockin_sim.report.exit_page import write_exit_plan
    from lockin_sim.report.exit_tables import costs
    from lockin_sim.results.folder import check_folder
    from lockin_sim.studies.exits import exit_plan
    from lockin_sim.studies.exits.asked import country_of
    from lockin_sim.studies.exits.plan import Plan

    known, how = _suppliers(supplier), given.how()
    country_of(how["world"], country)  # a name that is none would name no folder
    folder = check_folder(Path("results") / f"exit_{country}" if out is None else out)
    with kept_runs(store, resume=resume, workers=workers, scheduler=None):
        found = exit_plan(
            country, leaving=leaving, year=year, suppliers=known, policies=policy, posterior=posterior,
            history=history, draws=draws, seed=seed, workers=workers, **how,
        )  # fmt: skip
    page = write_exit_plan(found, folder)
    plan = Plan(found)
    show(*answer(plan))
    told = costs(plan)
    if told is not None:
        show("", _table(told))
    show(f"The page is {page}; tables and dataset are beside it")


def _suppliers(texts: list[str] | None) -> dict[str, str]:
    """Vendor by operator, of ``operator 1=nokia`` and the like."""
    known: dict[str, str] = {}
    for text in texts or ():
        operator, sign, vendor = (part.strip() for part in text.rpartition("="))
        if not (sign and operator and vendor):
            raise unusable(
                "--supplier", found=text, allowed="an operator and a vendor, as 'operator 1=nokia'"
            )
        if operator in known:
            raise unusable("--supplier", found=f"{operator} twice", allowed="each operator once")
        known[operator] = vendor
    return known


def _table(told: Told) -> Table:
    """What each buyer would pay, now and later."""
    from lockin_sim.studies.terminal import titled

    table = titled(told.caption)
    for head in told.heads:
        table.add_column(head)
    for name, cells in told.rows:
        table.add_row(name, *(f"{c.text} ({c.small})" if c.small else c.text for c in cells))
    return table
