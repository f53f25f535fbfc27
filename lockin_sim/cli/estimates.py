"""The command ``lockin estimates``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockin_sim.cli.options import WORLD, check_file
from lockin_sim.cli.show import show

if TYPE_CHECKING:
    from rich.table import Table

    from lockin_sim.estimation import Estimate


def estimates(
    out: Annotated[Path | None, typer.Option(help="CSV file for the whole table; none if not given.")] = None,
    world: Annotated[Path | None, WORLD] = None,
) -> None:
    """Refit parameters from the record tables: estimates with intervals, checks, placebos, what is silent."""
    from lockin_sim.estimation import frame, refitted
    from lockin_sim.results.tables import write_frame
    from lockin_sim.world import load_world

    check_file(out)
    load_world(world)  # a defect in its other tables is told as by every command
    rows = refitted(world)
    main = [row for row in rows if row.role in ("estimate", "fact")]
    show(_main_table(main), _other_table([row for row in rows if row not in main]))
    show("What the record cannot tell", *(f"  {_name(row)}: {row.silent_on}" for row in main))
    if out is not None:
        table = frame(rows)
        write_frame(out, table)
        show(f"The whole table is {out}")


def _main_table(rows: Sequence[Estimate]) -> Table:
    """Estimates of parameters, beside their defaults, and facts."""
    from lockin_sim.parameters import declarations
    from lockin_sim.wording import UNDEFINED, number

    heads = ("estimate", "95 %", "default", "n", "clusters", "method", "tables")
    table = _table("Estimated parameters", "parameter", *heads)
    declared = declarations()
    for row in rows:
        default = f"{declared[row.parameter].default:g}" if row.parameter in declared else UNDEFINED
        fitted = (number(row.value, 2), _interval(row), default, str(row.n), str(row.clusters))
        table.add_row(_name(row), *fitted, row.method, row.tables)
    return table


def _other_table(rows: Sequence[Estimate]) -> Table:
    """What varies one choice, and what should be zero."""
    from lockin_sim.wording import number

    table = _table("Checks and placebos", "quantity", "role", "estimate", "95 %", "n", "clusters")
    for row in rows:
        counts = str(row.n), str(row.clusters)
        table.add_row(row.quantity, row.role, number(row.value, 3), _interval(row), *counts)
    return table


def _name(row: Estimate) -> str:
    """The parameter of the model, or the quantity where it is none."""
    return row.parameter or row.quantity


def _interval(row: Estimate) -> str:
    """From its low to its high end, or a dash."""
    from lockin_sim.wording import UNDEFINED, number

    if row.low != row.low:
        return UNDEFINED
    return f"{number(row.low, 2)} to {number(row.high, 2)}"


def _table(title: str, *columns: str) -> Table:
    """An empty table of the terminal with these columns."""
    from lockin_sim.studies.terminal import titled

    table = titled(title)
    for column in columns:
        table.add_column(column, no_wrap=column == "95 %", min_width=23 if column == "parameter" else None)
    return table
