"""Which recorded facts are kept aside to test forecasts, and which were released after the last fit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lockin_sim.conventions import NEVER
from lockin_sim.world.schema import Table, read_table, records

#: Kinds of facts: all records, what states decided about suppliers, contracts of operators, market shares.
RECORDS, STANCES, CONTRACTS, SHARES = KINDS = ("records", "stances", "contracts", "shares")

#: Kind of the facts of tables whose rows are not kept aside as records.
_KIND_OF = {
    "networks_5g": STANCES, "restrictions": STANCES, "supplier_economies": STANCES, "contracts": CONTRACTS
}  # fmt: skip


class Aside(NamedTuple):
    """Facts that no fit has used.

    after     last year that fits did use
    released  whether they may be shown, met and conditioned on all the same
    """

    after: float
    released: bool


type Split = dict[tuple[str, str], Aside]


def read_split(folder: str | Path | None = None) -> Split:
    """Facts that no fit has used, by scope and kind; of all tables in a folder, None for the bundled ones."""
    rows = records("kept_aside", folder).rows("scope", "what", "after", "released")
    return {
        (scope, what): Aside(-NEVER if np.isnan(after) else after, released != "")
        for _, scope, what, after, released in rows
    }


split, _bundled = cache(read_split), cache(read_table)


def is_kept_aside(scope: str, what: str = RECORDS, year: float = NEVER) -> bool:
    """Whether a fact of an economy is kept aside: it may not even be conditioned on.

    what  kind of the fact, one of :data:`KINDS`
    year  of the fact; NEVER: whether any is
    """
    return any(year > of.after and not of.released for of in _about(split(), scope, what))


def is_out_of_fits(scope: str, what: str = RECORDS, year: float = NEVER) -> bool:
    """Whether no fit has used a fact of an economy: it is kept aside, or was released after the last one.

    what, year  as in :func:`is_kept_aside`
    """
    return any(year > of.after for of in _about(split(), scope, what))


def _about(known: Split, scope: str, what: str) -> list[Aside]:
    """What the table says of a kind of facts of an economy."""
    return [known[scope, kind] for kind in {RECORDS, what} if (scope, kind) in known]


def fitted_records(name: str, folder: str | Path | None = None) -> Table:
    """A table with the rows alone that estimates rest on.

    name, folder  as of :func:`.read_table`
    """
    table, known = (
        (_bundled(name), split()) if folder is None else (read_table(name, folder), read_split(folder))
    )
    year = table["year"] if "year" in table else np.full(len(table.labels), NEVER)
    kind = _KIND_OF.get(name, RECORDS)
    rows = zip(table["iso3"].tolist(), year.tolist(), strict=True)
    used = np.array([all(when <= of.after for of in _about(known, iso3, kind)) for iso3, when in rows])
    labels = tuple(np.array(table.labels)[used].tolist())
    return Table(name, labels, {column: values[used] for column, values in table.items()})
