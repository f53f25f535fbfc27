"""Read the recorded decisions of states on a sponsor's vendors, as orders by year."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from lockin_sim.common.conventions import Integers
from lockin_sim.world.schema import Table
from lockin_sim.world.table_arrays import Tables

#: Kinds of rows that bind operators; the others say that no order was in force.
ORDERS = frozenset({"ban", "law", "practice"})

#: What a state must do: restrict, leave alone, or as it likes.
MUST, MAY_NOT, FREE = 1, -1, 0


def by_state(table: Table) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """Group year and kind of rows by economy and sponsor, in the order of years."""
    rows_of = defaultdict[tuple[str, str], list[tuple[int, str]]](list)
    for _, iso3, sponsor, year, kind in table.rows("iso3", "sponsor", "year", "kind"):
        rows_of[iso3, sponsor].append((int(year), kind))
    return {state: sorted(rows) for state, rows in rows_of.items()}


def recorded_orders(t: Tables) -> Integers:
    """Return whether a state restricts a sponsor's vendors on record.  (year, country, sponsor).

    :data:`MUST`, :data:`MAY_NOT`, or :data:`FREE` where nothing is recorded and after the present.  A row
    holds until the next one, and the last to the present.  Nobody restricted before the first row.
    """
    shape = len(t.years), t.size("countries"), t.size("sponsors")
    orders, known = np.full(shape, FREE), t.years <= t.span.present
    country, sponsor = t.index["countries"], t.index["sponsors"]
    for (iso3, whom), rows in by_state(t["restrictions"]).items():
        here = orders[:, country[iso3], sponsor[whom]]
        here[known] = MAY_NOT
        for year, kind in rows:
            here[known & (t.years >= year)] = MUST if kind in ORDERS else MAY_NOT
    return orders


def stances(table: Table, sponsor: str) -> Table:
    """Tabulate each economy's recorded decision on a sponsor's vendors at the ends of 2020 and 2023.

    Columns: ``iso3``; ``kind_2020`` and ``kind_2023``, "" where nothing is recorded; ``clear_2020`` and
    ``clear_2023``, whether they are clear enough to score against; ``restricted_since``, first year of an
    order, NaN for none.
    """
    rows_of = defaultdict[str, list[tuple[int, str, bool]]](list)
    for _, iso3, whom, year, kind, clear in table.rows("iso3", "sponsor", "year", "kind", "clear"):
        if whom == sponsor:
            rows_of[iso3].append((int(year), kind, bool(clear)))
    columns = defaultdict[str, list[object]](list)
    for iso3, rows in rows_of.items():
        columns["iso3"].append(iso3)
        begun = [year for year, kind, _ in rows if kind in ORDERS]
        columns["restricted_since"].append(float(min(begun, default=np.nan)))
        for end in (2020, 2023):
            *_, (year, kind, clear) = [(0, "", False), *sorted(row for row in rows if row[0] <= end)]
            known = kind in ORDERS or year == end  # that there was none says nothing of later years
            columns[f"kind_{end}"].append(kind if known else "")
            columns[f"clear_{end}"].append(known and clear)
    return Table(table.name, tuple(rows_of), {name: np.array(of) for name, of in columns.items()})
