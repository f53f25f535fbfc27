"""Mobile networks: who sold, whose they are, how economies differ, what lasts."""

from __future__ import annotations

from typing import Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.indices import covered, crps
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.studies.hindcast.recorded import NetworkShares, Series
from lockin_sim.studies.hindcast.rows import Found, Share, compared, errors
from lockin_sim.studies.hindcast.sample import Sample

MOBILE = "mobile_network"

#: Sales of whole years in the world, outside China and in it: 2016 and 2017 by one firm, later by another.
SALES = (
    *(Series(MOBILE, "world", year, "mobile_infrastructure", "ihs_2017") for year in (2016, 2017)),
    *(
        Series(MOBILE, scope, year, "ran", "delloro_2020")
        for scope in ("world", f"excluding_{CHINA}", CHINA)
        for year in (2019, 2020)
    ),
    Series(MOBILE, "EU", 2019, "mobile_infrastructure", "gsma_share_2019"),
)
#: Without figures to compare in that year, or too small to be reported in all of them.
LEFT_OUT = {("world", "samsung")}

#: Of other firms, of single vendors or of parts of the market: shown, not scored.
OTHERS = (
    Series(MOBILE, "world", 2011, "ran", "abi_2012"),
    Series(MOBILE, "world", 2012, "ran", "abi_2012"),
    Series(MOBILE, "world", 2015, "mobile_infrastructure", "delloro_2015"),
    Series(MOBILE, "world", 2020, "ran", "omdia_press"),
    Series(MOBILE, CHINA, 2020, "ran", "lightcounting_2020"),
    Series(MOBILE, "IND", 2020, "telecom_equipment", "indian_express_press"),
    Series(MOBILE, "Europe", 2020, "ran_4g", "strand_4g_2020", "base"),
    Series(MOBILE, "Africa", 2019, "networks", "worldwideworx_2019", "base"),
)
#: A share that rounds to nothing.
NOTHING = 0.01


def mobile(sample: Sample) -> Found:
    """Everything recorded of mobile networks but restrictions and loans."""
    series = [row for row in compared(sample, SALES) if (row.scope, row.vendor) not in LEFT_OUT]
    mean, worst = errors(series)
    scores = {"mobile_sales_error": mean, "mobile_sales_worst": worst}
    regions, revenue = _regions(sample), _revenue(sample)
    scores |= regions | dispersion(sample, recorded.network_shares()) | retention(sample) | lasting(sample)
    stays = sample.by_run["stays"].mean("run")
    scores |= dict(zip(stays["change"].values.tolist(), stays.values.tolist(), strict=True))
    scores["huawei_revenue_worst"] = errors(revenue)[1]
    return Found(scores, [*series, *compared(sample, OTHERS), *revenue])


def _regions(sample: Sample) -> dict[str, float]:
    """Chinese base of 2020, and Chinese sales in the EU in 2019."""
    chinese = ["huawei", "zte"]
    base = sample.means["base"].sel(domain=MOBILE, vendor=chinese, year=2020).sum("vendor")
    japan = sample.by_run["chinese"].sel(domain=MOBILE, country="JPN", year=2020).mean()
    sales = sample.means["sales"].sel(domain=MOBILE, vendor=chinese, group="EU", year=slice(2018, 2020))
    return {
        "chinese_base_europe": float(base.sel(group="Europe")),
        "chinese_base_africa": float(base.sel(group="Africa")),
        "chinese_base_japan": float(japan),
        "chinese_sales_eu": float(sales.sum("vendor").mean()),
    }


def retention(sample: Sample) -> dict[str, float]:
    """Value renewed that its incumbent kept: in the EU, and in the world around generations and between."""
    kept = sample.means["retention"].sel(domain=MOBILE)
    spans = {"4g": (2011, 2015), "between": (2016, 2017), "5g": (2018, 2024)}
    world = {
        f"retention_{name}": float(kept.sel(group="world", year=slice(*years)).mean())
        for name, years in spans.items()
    }
    return {"retention_eu": float(kept.sel(group="EU", year=slice(2011, 2023)).mean()), **world}


def _revenue(sample: Sample) -> list[Share]:
    """Huawei's sales of mobile networks by region, 2011 to 2013, beside its revenue of 2012."""
    revenue = sample.means["revenue"].sel(domain=MOBILE, vendor="huawei", year=slice(2011, 2013)).mean("year")
    record = recorded.revenue_by_region("huawei", 2012)
    by_region = [float(revenue.sel(group=group)) for group in record]
    return [
        Share(
            MOBILE, "revenue", group, 2012, "all_business", "huawei", share, value / sum(by_region), np.nan,
            "general_knowledge",
        )
        for (group, share), value in zip(record.items(), by_region, strict=True)
    ]  # fmt: skip


def _chinese(sample: Sample, countries: tuple[str, ...], years: Any) -> Floats:
    """Chinese share by run and economy."""
    found = sample.by_run["chinese"].sel(domain=MOBILE, country=list(countries), year=years)
    values: Floats = found.values.astype(float)
    return values


def dispersion(sample: Sample, record: NetworkShares) -> dict[str, float]:
    """How economies differ in one run, beside the recorded ones, and how well their shares are met."""
    share = _chinese(sample, record.countries, 2020)
    fit = record.fit
    climate = [_scored(np.delete(record.share[fit], k), x) for k, x in enumerate(record.share[fit])]
    score = crps(share, record.share)
    change = [
        np.abs(_chinese(sample, (country,), int(year)) - _chinese(sample, (country,), 2020)).mean()
        for country, later, year in zip(record.countries, record.later, record.later_year, strict=True)
        if np.isfinite(later)
    ]
    return {
        "networks_spread": float(share[:, fit].std(axis=1, ddof=1).mean()),
        "networks_spread_all": float(share.std(axis=1, ddof=1).mean()),
        "networks_at_zero": float((share[:, fit] < NOTHING).mean()),
        "networks_at_zero_all": float((share < NOTHING).mean()),
        "networks_crps": float(score[fit].mean()),
        "networks_crps_all": float(score.mean()),
        "networks_crps_climate": float(np.mean(climate)),
        "networks_skill": 1 - float(score[fit].mean() / np.mean(climate)),
        "networks_covered": float(covered(share, record.share)[fit].mean()),
        "networks_covered_all": float(covered(share, record.share).mean()),
        "networks_change": 100 * float(np.mean(change)),
    }


def _scored(others: Floats, observed: float) -> float:
    """Score of the shares of the other economies as a forecast."""
    return float(crps(others, np.asarray(observed)))


def lasting(sample: Sample) -> dict[str, float]:
    """Whether the largest vendor of 2010 is still the largest, over runs and economies that had one."""
    top = sample.by_run["top"].sel(domain=MOBILE)
    first = top.sel(year=2010).values
    found = {}
    for year in (2020, 2035, 2050):
        if year <= sample.last_year:
            same = (top.sel(year=year).values == first)[first >= 0]
            found[f"first_mover_{year}"] = float(same.mean())
    return found
