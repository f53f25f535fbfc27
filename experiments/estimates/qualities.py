"""How far vendors' qualities drift: their changes between the years on record, over those of their market."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.special import stdtrit

from lockin_sim.common.statistics import CONFIDENCE
from lockin_sim.evidence.estimate import EstimateRow, build_estimate_row
from lockin_sim.world.schema import read_table

_SILENT = (
    "qualities are fitted: they take up whatever else moved shares, and fits draw the years together; "
    "whether changes go on or turn back"
)


def drifts(folder: str | Path | None = None) -> list[EstimateRow]:
    r"""Standard deviation of a vendor's change of quality in a year, and of each market by itself.

    Over the n vendors of a market that two years on record have in common, and the T years between these,

    .. math:: \sigma^2 = \frac{\sum \sum_v (\Delta q_v - \overline{\Delta q})^2 / T}{\sum (n - 1)}

    The interval is that of its logarithm, by leaving out one market after the other.
    """
    squares = _of_markets(folder)
    total, freedom = np.array(list(squares.values())).T
    value = float(np.sqrt(total.sum() / freedom.sum()))
    left = np.log((total.sum() - total) / (freedom.sum() - freedom)) / 2
    markets = len(left)
    error = float(np.sqrt((markets - 1) / markets * ((left - left.mean()) ** 2).sum()))
    reach = float(np.exp(stdtrit(markets - 1, (1 + CONFIDENCE) / 2) * error))
    method = "changes between years on record less the market's mean, over the root of the years between"
    rows = [
        build_estimate_row("drift of a vendor's quality in a year", (value, value / reach, value * reach),
            int(freedom.sum()), markets, parameter="quality_spread", role="estimate",
            method=f"{method}; markets left out", tables="quality, domains", silent_on=_SILENT),
    ]  # fmt: skip
    for name, (square, free) in squares.items():
        alone = float(np.sqrt(square / free))
        rows.append(
            build_estimate_row(
                f"drift of a vendor's quality in a year: {name}",
                (alone, np.nan, np.nan),
                int(free),
                method=method,
                tables="quality, domains",
            )
        )
    return rows


def _of_markets(folder: str | Path | None) -> dict[str, tuple[float, float]]:
    """Sum of squares and degrees of freedom of each market that somebody buys in, by its title."""
    table, domains = read_table("quality", folder), read_table("domains", folder)
    known = defaultdict[str, dict[int, dict[str, float]]](lambda: defaultdict(dict))
    for _, domain, vendor, year, quality, kind in table.rows("domain", "vendor", "year", "quality", "kind"):
        if kind == "record":
            known[domain][int(year)][vendor] = float(quality)
    found = dict[str, tuple[float, float]]()
    for domain, label, buyer in domains.rows("label", "buyer"):
        square, freedom, years = 0.0, 0, sorted(known[domain])
        for first, last in pairwise(years):
            then, now = known[domain][first], known[domain][last]
            change = np.array([now[vendor] - then[vendor] for vendor in then if vendor in now])
            if len(change) > 1 and buyer != "adopters":
                square += float(((change - change.mean()) ** 2).sum()) / (last - first)
                freedom += len(change) - 1
        if freedom:
            found[label] = (square, freedom)
    return found
