"""Agenda: how much a firm's part in a standard grows with its sales of the years before.

For the standard of the fourth generation the table knows cumulated parts of the largest firms and their
order, not each firm's own.  What order and sums allow is a small set of splits; every estimate is made at
each of them, and its interval covers them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.estimation.estimate import Estimate, around, slope
from lockin_sim.world import records

_TABLES = "standards_facts, observations"
_SEGMENTS = ("ran", "mobile_infrastructure")
#: Years of sales that precede a figure and count for it.
LAG = 3

#: Cumulated parts are reported as "nearly" or "over": each may be off by as much.
ROUNDED = 0.01

#: Vendors of the sponsors whose economies IETF authors are counted by.
_HOMES = {"CHN": ("huawei", "zte"), "EU27": ("ericsson", "nokia"), "KOR": ("samsung",)}
_CONTRIBUTIONS = (
    "three firms at two dates: which came first (who leads a standard may sell more for it), the size of a "
    "firm's research, and what a contribution is worth, as they are counted and not weighed"
)
_PATENTS = "declared patents are not checked for being needed, and firms without networks declare many"
_IETF = "one undated count of authors by economy, and sales of firms that are not their only employers"


def estimated(folder: str | Path | None = None) -> list[Estimate]:
    """The elasticity of contributions with respect to lagged sales: pooled, differenced, and elsewhere."""
    sales, then = fourth_generation_sales(folder), fifth_generation(folder)
    later = {firm: lagged_sales(firm, 2021, folder) for firm in then}
    pooled, differenced = [], []
    for first in splits(folder):
        at = [(first[f], sales[f]) for f in then], [(then[f], later[f]) for f in then]
        y, x = np.log(np.array(at)).transpose(2, 0, 1)
        date = np.repeat([0.0, 1.0], len(then))
        pooled.append(around(*slope(y.ravel(), x.ravel(), date)))
        differenced.append(around(*slope(y[1] - y[0], x[1] - x[0])))
    three = "log shares of three firms, {}; interval over all splits that order and sums allow"
    lasting = three.format("a constant for each date")
    change = three.format("change from 2011 to 2021")
    return [
        _row("3GPP contributions, pooled", "estimate", _over(pooled), 6, 3, lasting, _CONTRIBUTIONS),
        _row("3GPP contributions, first differences", "check", _over(differenced), 3, 3, change, ""),
        _cross("declared 5G patents", patents(folder), folder, _PATENTS),
        *(_ietf(quantity, folder) for quantity in ("draft_author_share", "rfc_author_share")),
    ]


def splits(folder: str | Path | None = None) -> Iterator[Mapping[str, float]]:
    """Approved LTE papers of Ericsson, Nokia and Huawei, first to third, by all that the sums allow.

    The third and fourth together have what the first four have more than the first two, and neither has
    less than the fifth or sixth.  Three values of each part: least, middle, most.
    """
    table = records("standards_facts", folder)
    is_sum = table["quantity"] == "lte_approved_share"
    top = dict(zip(table["actor"][is_sum], table["value"][is_sum], strict=True))
    first_two, third_and_fourth = top["top_2"], top["top_4"] - top["top_2"]
    fifth_and_sixth = top["top_6"] - top["top_4"]
    least = third_and_fourth / 2
    most = max(least, third_and_fourth + 2 * ROUNDED - fifth_and_sixth / 2)
    for third, between in product(np.linspace(least, most, 3), (0.0, 0.5, 1.0)):
        second = third + between * (first_two / 2 - third)
        yield {"huawei": third, "ericsson": first_two - second, "nokia": second}


def fifth_generation(folder: str | Path | None = None) -> dict[str, float]:
    """Share of the contributions to 5G by firm."""
    return _shares("5g_contribution_share", folder)


def patents(folder: str | Path | None = None) -> dict[str, float]:
    """Share of the declared 5G patents of firms that also sell networks."""
    return _shares("patent_application_share", folder)


def fourth_generation_sales(folder: str | Path | None = None) -> dict[str, float]:
    """Sales before 2011; Nokia without Alcatel-Lucent, which contributed on its own."""
    own = {"huawei": "huawei", "ericsson": "ericsson", "nokia": "nokia_siemens"}
    return {firm: lagged_sales(name, 2011, folder) for firm, name in own.items()}


def lagged_sales(firm: str, year: int, folder: str | Path | None = None) -> float:
    """A firm's world share of mobile networks: mean over the years before, of the mean figure of each."""
    table = records("observations", folder)
    wanted = (
        (table["domain"] == "mobile_network") & (table["scope"] == "world") & (table["measure"] == "sales")
    )
    wanted &= np.isin(table["segment"], _SEGMENTS) & (table["vendor"] == firm) & (table["split"] == "fit")
    by_year = [
        table["share"][wanted & (table["year"] == y)].mean()
        for y in range(year - LAG, year)
        if (wanted & (table["year"] == y)).any()
    ]
    return float(np.mean(by_year))


def _shares(quantity: str, folder: str | Path | None) -> dict[str, float]:
    """Recorded shares of a quantity by actor."""
    table = records("standards_facts", folder)
    rows = table["quantity"] == quantity
    return {str(a): float(v) for a, v in zip(table["actor"][rows], table["value"][rows], strict=True)}


def _cross(words: str, part: Mapping[str, float], folder: str | Path | None, silent_on: str) -> Estimate:
    """The slope over firms at one date."""
    sales = np.array([lagged_sales(firm, 2021, folder) for firm in part])
    found = around(*slope(np.log(np.array(list(part.values()))), np.log(sales)))
    return _row(words, "check", found, len(part), len(part), "log shares over firms at one date", silent_on)


def _ietf(quantity: str, folder: str | Path | None) -> Estimate:
    """The slope over the homes of vendors."""
    authors = _shares(quantity, folder)
    authors.setdefault("EU27", authors.get("EU", np.nan))
    sales: Floats = np.array(
        [sum(lagged_sales(firm, 2021, folder) for firm in firms) for firms in _HOMES.values()]
    )
    found = around(*slope(np.log([authors[home] for home in _HOMES]), np.log(sales)))
    words, method = quantity.replace("_", " "), "log shares over three homes of vendors at one date"
    return _row(f"IETF {words}", "check", found, len(_HOMES), len(_HOMES), method, _IETF)


def _over(found: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """The middle of the estimates at all splits, from the lowest end to the highest."""
    values, low, high = np.array(found).T
    return float((values.min() + values.max()) / 2), float(low.min()), float(high.max())


def _row(
    words: str,
    role: str,
    interval: tuple[float, float, float],
    n: int,
    clusters: int,
    method: str,
    silent_on: str,
) -> Estimate:
    """An elasticity as an estimate."""
    value, low, high = interval
    return Estimate(
        quantity=f"elasticity of {words}", parameter="agenda_elasticity", role=role, value=value, low=low,
        high=high, n=n, clusters=clusters, method=method, tables=_TABLES, silent_on=silent_on,
    )  # fmt: skip
