"""What the documents say of runs: the baseline beside recorded shares, where its paths lead, one tender."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import xarray as xr

import lockin_sim as ls
from lockin_sim.world.tables import read_table

RUNS, SEED = 32, 1
YEARS = (2010, 2050)

#: Names of the observations that stand for several vendors of the model.
TOGETHER = {
    "huawei_zte": ("huawei", "zte"),
    "hikvision_dahua": ("hikvision", "dahua"),
    "subcom_asn_nec": ("subcom", "asn", "nec"),
    "chinese_vendors": ("huawei", "xiaomi", "bbk", "transsion"),
    "absent_in_2000": ("huawei", "zte", "samsung"),
}
#: Scopes that are groups of markets too.
GROUPS = ("world", "excluding_CHN", "CHN", "EU", "Europe", "Africa", "ASEAN5")

#: Counted more widely than the domain they are filed under.
WIDER = ("telecom_equipment", "total_telecom_equipment")

#: Domains and vendors whose later paths are shown.
SHOWN = {
    "mobile_network": ("huawei", "zte", "ericsson", "nokia", "samsung"),
    "smartphone": ("apple", "samsung", "huawei", "bbk", "xiaomi"),
    "e_commerce": ("alibaba", "amazon"),
    "cloud": ("amazon", "microsoft", "alibaba", "tencent", "huawei"),
    "smart_city": ("hikvision", "dahua", "huawei"),
}
LATER = (2012, 2016, 2020, 2030, 2040, 2049)


class Comparison(NamedTuple):
    """One recorded share and the model's."""

    domain: str
    scope: str
    measure: str
    year: int
    segment: str
    vendor: str
    reported: float
    simulated: float
    source: str


@cache
def baseline() -> tuple[xr.DataArray, xr.DataArray]:
    """Means over runs of the shares of groups: sales, each year with the two around it, and base."""
    record = ["group_sales_share", "group_vendor_share"]
    ds = ls.simulate("baseline", runs=RUNS, seed=SEED, years=YEARS, record=record)
    sales, base = (ds[name].mean("run") for name in record)
    return sales.rolling(year=3, center=True, min_periods=1).mean(), base


@cache
def comparisons() -> list[Comparison]:
    """Recorded shares of whole years beside those of the baseline: the latest of each vendor, domain,
    scope and measure.  Regions that are no group of the model are left out, and so are single
    tenders, counts of contracts and segments wider than the domain."""
    table = read_table("observations")
    sales, base = baseline()
    found: list[Comparison] = []
    for i in range(len(table.labels)):
        text = {c: str(table[c][i]) for c in ("domain", "scope", "vendor", "measure", "segment", "source")}
        names = [v for v in TOGETHER.get(text["vendor"], (text["vendor"],)) if v in sales["vendor"].values]
        year, known = int(table["year"][i]), table["period"][i] in ("FY", "all")
        if text["scope"] not in GROUPS or not known or not names or year < 2011:
            continue
        if text["measure"] not in ("sales", "base") or text["segment"] in WIDER:
            continue
        share = (sales if text["measure"] == "sales" else base).sel(
            group=text["scope"], domain=text["domain"], year=year, vendor=names
        )
        reported, simulated = float(table["share"][i]), float(share.sum())
        found.append(Comparison(year=year, reported=reported, simulated=simulated, **text))
    last = {c[:3] + c[5:6]: c.year for c in sorted(found, key=lambda c: c.year)}
    return sorted((c for c in found if last[c[:3] + c[5:6]] == c.year), key=lambda c: c[:3])


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ("---",) * len(heads), *rows))


def fit() -> str:
    """Recorded shares beside simulated ones, and their mean distance."""
    found = comparisons()
    heads = (
        "domain",
        "where",
        "share of",
        "year",
        "vendor",
        "reported, %",
        "simulated, %",
        "counted, source",
    )
    rows = [
        (
            c.domain, c.scope, c.measure, str(c.year), c.vendor, f"{100 * c.reported:.0f}",
            f"{100 * c.simulated:.0f}", f"{c.segment}, {c.source}",
        )
        for c in found
    ]  # fmt: skip
    distance = 100 * np.mean([abs(c.reported - c.simulated) for c in found])
    text = f"Mean absolute distance over these {len(rows)} shares: {distance:.0f} points."
    return f"{_table(heads, rows)}\n\n{text}"


def paths() -> str:
    """Shares of the world's sales in later years."""
    sales, _ = baseline()
    rows = []
    for domain, vendors in SHOWN.items():
        for vendor in vendors:
            path = sales.sel(group="world", domain=domain, vendor=vendor)
            rows.append((domain, vendor, *(f"{100 * float(path.sel(year=y)):.0f}" for y in LATER)))
    return _table(("domain", "vendor", *map(str, LATER)), rows)


def explanation() -> str:
    """The tender that the README explains."""
    why = ls.explain("baseline", country="KEN", domain="mobile_network", year=2017, run=0, seed=SEED)
    return f"```\n{why}\n```"
