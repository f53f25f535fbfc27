"""Set the baseline beside the recorded shares: the part of the description that needs runs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import lockin_sim as ls
from lockin_sim.world.tables import read_table

RUNS, SEED = 32, 1
STATUSES = ("measured", "estimated", "assumed")

#: Names of the observations that stand for several vendors of the model.
TOGETHER = {
    "huawei_zte": ("huawei", "zte"),
    "hikvision_dahua": ("hikvision", "dahua"),
    "subcom_asn_nec": ("subcom", "asn", "nec"),
    "chinese_vendors": ("huawei", "xiaomi", "bbk", "transsion"),
    "absent_in_2000": ("huawei", "zte", "samsung"),
}
#: Scopes that a group of markets stands for; Europe is approximated by the EU.
GROUPS = {s: s for s in ("world", "excluding_CHN", "CHN", "EU", "Africa", "ASEAN5")} | {"Europe": "EU"}


class Comparison(NamedTuple):
    """One recorded share and the model's."""

    domain: str
    scope: str
    measure: str
    year: int
    vendor: str
    reported: float
    simulated: float
    source: str


def matches(pattern: str, key: str) -> bool:
    """Whether a key of ``exceptions.csv`` names a row; '*' stands for any part."""
    parts, wanted = key.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted, strict=True))


def comparisons() -> list[Comparison]:
    """The latest recorded share of each vendor in each domain, scope and measure, and the mean of the runs.

    Sales are the mean of three years around the year; figures of parts of a year, of several years, and of
    regions that are no group are left out.
    """
    table = read_table("observations")
    last = int(table["year"].max()) + 1
    ds = ls.simulate(
        "baseline", runs=RUNS, seed=SEED, years=(2010, last), record=["group_sales_share", "group_vendor_share"]
    )
    sales = ds["group_sales_share"].mean("run").rolling(year=3, center=True).mean()
    base = ds["group_vendor_share"].mean("run")
    found: dict[tuple[str, ...], Comparison] = {}
    for i in range(len(table.labels)):
        domain, scope, vendor, measure = (str(table[c][i]) for c in ("domain", "scope", "vendor", "measure"))
        names = [v for v in TOGETHER.get(vendor, (vendor,)) if v in ds["vendor"].values]
        year = int(table["year"][i])
        if scope not in GROUPS or table["period"][i] not in ("FY", "all") or not names or year < 2011:
            continue
        share = (sales if measure == "sales" else base).sel(group=GROUPS[scope], domain=domain, year=year)
        simulated = float(share.sel(vendor=names).sum())
        key = (domain, scope, measure, vendor)
        if key not in found or found[key].year <= year:
            reported = float(table["share"][i])
            source = str(table["source"][i])
            found[key] = Comparison(domain, scope, measure, year, vendor, reported, simulated, source)
    return sorted(found.values(), key=lambda c: c[:3])


def section() -> str:
    """The comparisons as a table, and their mean distance."""
    rows = comparisons()
    heads = ("domain", "where", "share of", "year", "vendor", "reported, %", "simulated, %", "source")
    lines = [heads, ("---",) * len(heads)]
    for c in rows:
        shares = (f"{100 * c.reported:.0f}", f"{100 * c.simulated:.0f}")
        lines.append((c.domain, c.scope, c.measure, str(c.year), c.vendor, *shares, c.source))
    distance = np.mean([abs(c.reported - c.simulated) for c in rows])
    text = f"Mean absolute distance over these {len(rows)} shares: {100 * distance:.0f} points."
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\n{text}"
