"""How well the tables' values are known: counts of measured, estimated and assumed ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from lockin_sim.world.tables import Table, provenance, read_all

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
