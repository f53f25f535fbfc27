"""Paths of the quality of offers: through the knots of the record, then to a level that stands still."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats, Integers
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
        mine = (table["domain"] == domain) & (table["vendor"] == vendor)
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
