"""How well the tables' values are known: counts of measured, estimated and assumed ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.world.schema import RECORDS, Table, read_all, record_tables, records

STATUSES = ("measured", "estimated", "assumed")

#: Columns that say how a value is shown or where it is from.
_NO_FACTS = {"source", "status", "color", "note", "label", "name", "unit"}


def status_counts(tables: Mapping[str, Table] | None = None) -> dict[str, dict[str, Counter[str]]]:
    """Values by status, table by table and column by column; keys do not count.

    tables  tables already read; None reads the bundled ones
    """
    t = read_all() if tables is None else tables
    declared = t["columns"]
    keys = {label for label, key in zip(declared.labels, declared["key"], strict=True) if key}
    return {
        name: columns
        for name, table in t.items()
        if name not in ("columns", "exceptions")
        and (
            columns := {
                column: Counter(provenance(name, label, column, tables=t)[1] for label in table.labels)
                for column in table
                if f"{name}/{column}" in declared.labels
                and f"{name}/{column}" not in keys
                and column not in _NO_FACTS
            }
        )
    }


def provenance(
    table: str, key: str, column: str, *, tables: Mapping[str, Table] | None = None
) -> tuple[str, str]:
    """Source and status of one value: a key of ``sources.bib``, and measured, estimated or assumed.

    Most specific first: an exception, the row's own ``source`` and ``status``, the column.

    table   table name, of either kind
    key     key of the row, its parts joined by '/'
    column  column name
    tables  tables already read; None reads the bundled ones

    Raises :class:`~lockin_sim.errors.InputError` for an unknown table, row or column.
    """
    if tables is None:
        tables = read_all() | ({table: records(table)} if table in record_tables() else {})
    if table not in tables:
        raise unknown_name("table", found=table, known=tables)
    asked = tables[table]
    if column not in asked:
        raise unknown_name(f"column of {table}", found=column, known=asked)
    if key not in asked.labels:
        raise unknown_name(f"row of {table}", found=key, known=asked.labels)
    declared, special = tables["columns"], tables["exceptions"]
    places = (f"{table}/{column}", f"{RECORDS}{table}/{column}")
    rule = next((row for row, label in enumerate(declared.labels) if label in places), None)
    if rule is None:
        raise unusable(f"columns.csv, {table}/{column}", found="no row", allowed="columns that it declares")
    found = {what: str(declared[what][rule]) for what in ("source", "status")}
    row = asked.labels.index(key)
    found |= {what: str(asked[what][row]) for what in found if what in asked}
    for candidate in np.flatnonzero((special["table"] == table) & (special["column"] == column)):
        if _matches(str(special["key"][candidate]), key):
            found = {what: str(special[what][candidate]) for what in found}
    return found["source"], found["status"]


def _matches(pattern: str, key: str) -> bool:
    """Whether a key of ``exceptions.csv`` names this row; '*' stands for any part."""
    parts, wanted = key.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted, strict=True))
