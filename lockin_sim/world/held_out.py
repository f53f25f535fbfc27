"""Read which recorded facts are held out to test forecasts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from lockin_sim.common.conventions import NEVER
from lockin_sim.world.schema import Table, read_table, records

#: Kinds of facts: all records, what states decided about suppliers, contracts of operators, market shares.
RECORDS, STANCES, CONTRACTS, SHARES = KINDS = ("records", "stances", "contracts", "shares")

#: Kind of the facts of tables whose rows are not kept aside as records.
_KIND_OF = {
    "networks_5g": STANCES,
    "restrictions": STANCES,
    "supplier_economies": STANCES,
    "contracts": CONTRACTS,
}


#: Last year of facts that fits use, by scope and kind.
type Split = dict[tuple[str, str], float]


def read_split(folder: str | Path | None = None) -> Split:
    """Read which facts are held out, by scope and kind; None = the bundled tables."""
    rows = records("kept_aside", folder).rows("scope", "what", "after")
    return {(scope, what): -NEVER if np.isnan(after) else after for _, scope, what, after in rows}


split, _bundled = cache(read_split), cache(read_table)


def is_kept_aside(scope: str, what: str = RECORDS, year: float = NEVER) -> bool:
    """Whether a fact of an economy is held out: it may be neither fitted to nor conditioned on.

    what  kind of the fact, one of :data:`KINDS`
    year  of the fact; NEVER = whether any is
    """
    return any(year > after for after in _about(split(), scope, what))


def _about(known: Split, scope: str, what: str) -> list[float]:
    """Return the entries of the table on a kind of facts of an economy."""
    return [known[scope, kind] for kind in {RECORDS, what} if (scope, kind) in known]


def fitted_records(name: str, folder: str | Path | None = None) -> Table:
    """Return a table with only the rows that estimates may use: neither held out nor a user's own facts.

    name, folder  as of :func:`.read_table`
    """
    table, known = (
        (_bundled(name), split()) if folder is None else (read_table(name, folder), read_split(folder))
    )
    year = table["year"] if "year" in table else np.full(len(table.labels), NEVER)
    kind = _KIND_OF.get(name, RECORDS)
    rows = zip(table["iso3"].tolist(), year.tolist(), strict=True)
    used = [all(when <= after for after in _about(known, iso3, kind)) for iso3, when in rows]
    if name == "contracts":
        used = [row and status != "yours" for row, status in zip(used, table["status"], strict=True)]
    return table.take(np.flatnonzero(used).tolist())
