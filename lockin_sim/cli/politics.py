"""The commands ``lockin audit`` and ``lockin coalitions``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from lockin_sim.cli.options import RUNS, SCENARIO, SEED, WORKERS, YEARS, Given, simulating, years_of
from lockin_sim.cli.show import show
from lockin_sim.defaults import RUNS as DEFAULT_RUNS
from lockin_sim.defaults import SEED as DEFAULT_SEED
from lockin_sim.errors import unusable


@simulating
def audit(
    given: Given,
    one: Annotated[str, typer.Argument(help="A sponsor; the first of the world's case if none.")] = "",
    other: Annotated[str, typer.Argument(help="Another; the second of the case if none.")] = "",
    runs: Annotated[int, RUNS] = DEFAULT_RUNS.votes,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    years: Annotated[str | None, YEARS] = None,
    workers: Annotated[int | None, WORKERS] = None,
    venues: Annotated[bool, typer.Option(help="Swap the domains of any two bodies, too.")] = True,
) -> None:
    """Swap two sponsors in one input after the other: what does not swap is an assumption about a country."""
    from lockin_sim.studies import tables_politics as tables
    from lockin_sim.studies.audit import audit as study

    found = study(
        one,
        other,
        venues=venues,
        runs=runs,
        seed=seed,
        years=years_of(years),
        workers=workers,
        **given.how(),
    )
    show(tables.audit_table(found))


@simulating
def coalitions(
    given: Given,
    change: Annotated[
        list[str] | None, typer.Argument(help="Economies that change vendor, as KEN=EU; none if not given.")
    ] = None,
    domain: Annotated[str, typer.Option(help="What the proposals are about.")] = "mobile_network",
    family: Annotated[str, typer.Option(help="Whose proposals; that of the world's case if none.")] = "",
    year: Annotated[int | None, typer.Option(help="Year of the vote; the last of the case if none.")] = None,
    runs: Annotated[int, RUNS] = DEFAULT_RUNS.votes,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    workers: Annotated[int | None, WORKERS] = None,
    scenario: Annotated[str, SCENARIO] = "baseline",
) -> None:
    """Who could pass or stop a family's proposals in each body, and whom a change of vendor makes pivotal."""
    from lockin_sim.studies import tables_politics as tables
    from lockin_sim.studies.coalitions import coalitions as study

    found = study(
        scenario=scenario,
        family=family,
        domain=domain,
        year=year,
        change=_changes(change or []),
        runs=runs,
        seed=seed,
        workers=workers,
        **given.how(),
    )
    show(*tables.coalition_tables(found))


def _changes(texts: Sequence[str]) -> dict[str, str]:
    """Sponsors by economy.  Raises InputError for an economy that comes twice."""
    found: dict[str, str] = {}
    for economy, sponsor in map(_changed, texts):
        if economy in found:
            raise unusable("change", found=f"{economy} twice", allowed="each economy once")
        found[economy] = sponsor
    return found


def _changed(text: str) -> tuple[str, str]:
    """Economy and sponsor of ``KEN=EU``."""
    economy, equals, sponsor = text.partition("=")
    if not (economy and equals and sponsor):
        raise unusable("change", found=text, allowed="an economy and a sponsor, as KEN=EU")
    return economy, sponsor
