"""Paths of the quality of offers: through the knots of the record, then to a level that stands still; and
what else the record allows."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.world.layout import Slots
from lockin_sim.world.tables import Table


def quality(table: Table, slots: Slots, years: Integers) -> tuple[Floats, Floats]:
    """Quality of each offer, and what holding its last recorded level adds.  Both (year, domain, vendor).

    Knots are joined by straight lines; after the last recorded one the path goes to the settled level, at
    which expected shares stand still, and stays there.  The addition is 0 until the last recorded knot.
    """
    path = np.zeros((len(years), *slots.vendor.shape))
    trend = np.zeros_like(path)
    for (domain, vendor), (d, v) in slots.at.items():
        mine = _of(table, domain, vendor)
        if not mine.any():
            continue
        order = np.flatnonzero(mine)[np.argsort(table["year"][mine], kind="stable")]
        knots, levels = table["year"][order], table["quality"][order]
        path[:, d, v] = np.interp(years, knots, levels)
        record = table["kind"][order] == "record"
        if record.any():
            last = np.flatnonzero(record)[-1]
            trend[:, d, v] = np.where(years > knots[last], levels[last] - path[:, d, v], 0.0)
    return path, trend


def drifted(t: dict[str, Table], slots: Slots, years: Integers, column: str) -> Floats:
    """What a fit with another drift adds to the quality of each offer; nothing once it has settled.
    (year, domain, vendor).

    column  of the table: half or twice the drift
    """
    table, path = t["quality_drifts"], np.zeros((len(years), *slots.vendor.shape))
    for (domain, vendor), (d, v) in slots.at.items():
        mine = _of(table, domain, vendor)
        ends = _of(t["quality"], domain, vendor) & (t["quality"]["kind"] == "settled")
        if mine.any():
            knots = np.append(table["year"][mine], t["quality"]["year"][ends])
            added = np.append(table[column][mine], np.zeros(ends.sum()))
            order = np.argsort(knots, kind="stable")
            path[:, d, v] = np.interp(years, knots[order], added[order])
    return path


def of_sponsor(
    slots: Slots, bought: Bools, sponsor: int, years: Integers, until: int
) -> tuple[Floats, Floats]:
    """Which offers to operators are a sponsor's, and how many decades a year lies behind the middle of the
    record, of these; held once it ends.  (year, domain, vendor) each.

    bought  which domains operators buy in, (domain,)
    until   last year of the record
    """
    theirs = (slots.sponsor == sponsor) & (slots.vendor >= 0) & bought[:, None]
    decades = (np.minimum(years, until) - (years[0] + until) / 2) / 10
    one = np.broadcast_to(theirs.astype(float), (len(years), *theirs.shape))
    return one, one * decades[:, None, None]


def _of(table: Table, domain: str, vendor: str) -> Bools:
    """Rows of an offer."""
    rows: Bools = (table["domain"] == domain) & (table["vendor"] == vendor)
    return rows
