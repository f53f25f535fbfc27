"""The command ``lockin explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lockin_sim.cli.options import SCENARIO, SEED, Given, simulating, whole
from lockin_sim.cli.show import show
from lockin_sim.defaults import SEED as DEFAULT_SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from lockin_sim.explanation import Explanation

#: What an offer is worth that may not be taken.
BARRED = "barred"

_OPERATOR = "Where operators buy, one of them; the one with the largest lot that is up if not given."


@simulating
def explain(
    given: Given,
    country: Annotated[str, typer.Argument(help="ISO 3166-1 code, as KEN.")],
    domain: Annotated[str, typer.Argument(help="As mobile_network; `lockin describe world` lists them.")],
    year: Annotated[int, typer.Argument(help="Year of the decision.", parser=whole, metavar="YEAR")],
    scenario: Annotated[str, SCENARIO] = "baseline",
    run: Annotated[int, typer.Option(help="Number of the run.", parser=whole, metavar="N")] = 0,
    seed: Annotated[int, SEED] = DEFAULT_SEED,
    operator: Annotated[str | None, typer.Option(help=_OPERATOR)] = None,
    history: Annotated[
        str, typer.Option(help="Luck up to the present: prior, or conditioned on the record.")
    ] = "prior",
) -> None:
    """Why somebody chose whom: every offer of one decision in one run, term by term."""
    from lockin_sim.explanation import explain as study

    how = given.how()
    del how["progress"]  # one run takes a second
    found = study(
        scenario,
        country=country,
        domain=domain,
        year=year,
        run=run,
        seed=seed,
        operator=operator,
        history=history,
        **how,
    )
    show(found.sentence, "", *_tables(found))


def _tables(found: Explanation) -> list[Table]:
    """Terms by vendor, and what else decides; offers side by side, the best first."""
    from lockin_sim.wording import number, signed, spoken
    from lockin_sim.world.names import name_of

    ds = found.data
    called = [name_of("vendor", label) for label in ds.vendor.values]
    terms = ds.terms.transpose("term", "vendor").values
    rows = [(str(n), v) for n, v in zip(ds.term.values, terms, strict=True) if v.any()]
    worth = _table("What each offer is worth to the buyer, in units of utility", called)
    for name, values in (*rows, ("together", ds.utility.values)):
        worth.add_row(name, *(BARRED if value == float("-inf") else signed(value, 2) for value in values))
    other = _table("What else is known of it", called)
    for key, values in ds.data_vars.items():
        if values.dims == ("vendor",) and key != "utility":
            cells = (
                name_of("lender", v) if isinstance(v, str) else number(v, 2) for v in values.values.tolist()
            )
            other.add_row(spoken(key), *cells)
    return [worth, other]


def _table(title: str, vendors: Sequence[str]) -> Table:
    """An empty table of the terminal with a column for each vendor."""
    from lockin_sim.studies.terminal import titled

    table = titled(title)
    table.add_column("")
    for vendor in vendors:
        table.add_column(str(vendor), justify="right")
    return table
