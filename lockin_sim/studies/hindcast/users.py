"""Phones, shops, payments and clouds: shares of the world and of regions, and who leads where."""

from __future__ import annotations

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.studies.hindcast import recorded
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.studies.hindcast.recorded import Series
from lockin_sim.studies.hindcast.rows import Found, Share, compared, errors, smoothed
from lockin_sim.studies.hindcast.sample import Sample

PHONES, SHOPS, CLOUDS, PAYMENTS = "smartphone", "e_commerce", "cloud", "digital_payments"

#: Units sold in the world; makers that the model does not have are in the recorded total alone.
PHONES_WORLD = (
    Series(PHONES, "world", 2011, "smartphones", "smartphone_compilation"),
    *(Series(PHONES, "world", year, "smartphones", "idc_press") for year in (2014, 2015, 2016)),
    *(Series(PHONES, "world", year, "smartphones", "counterpoint_press") for year in (2018, 2019, 2020)),
)
PHONES_ELSEWHERE = (
    Series(PHONES, "ASEAN5", 2019, "smartphones", "clingendael_2020"),
    Series(PHONES, "Africa", 2019, "smartphones", "counterpoint_press"),
    Series(PHONES, "Europe", 2020, "smartphones", "counterpoint_press"),
    Series(PHONES, "IND", 2018, "smartphones", "canalys_press"),
    Series(PHONES, "IND", 2019, "smartphones", "counterpoint_press"),
    Series(PHONES, "KEN_UGA_TZA", 2019, "smartphones", "idc_press"),
    *(Series(PHONES, "Latin_America", year, "smartphones", "counterpoint_press") for year in (2018, 2019)),
)
#: Markets of East and West Africa of which the first maker is recorded, or recalled (Nigeria).
AFRICAN = ("KEN", "NGA", "TZA", "UGA")
CLOUDS_WORLD = (
    *(Series(CLOUDS, "world", year, "iaas", "gartner_press") for year in (2015, 2016, 2017)),
    Series(CLOUDS, "world", 2018, "iaas", "gartner_2018"),
    Series(CLOUDS, "world", 2019, "iaas", "gartner_press"),
    Series(CLOUDS, "world", 2020, "iaas", "gartner_2020"),
)
SHOPS_WORLD = (
    Series(SHOPS, "world", 2015, "online_retail", "internet_retailer_press"),
    Series(SHOPS, "world", 2019, "online_retail", "digital_commerce_press"),
)
#: Value paid by cards; the number of payments, of which small ones are most, is another share.
CARDS = tuple(Series(PAYMENTS, "world", year, "card_volume", "nilson_press") for year in (2013, 2014))
CARDS_BY_NUMBER = tuple(
    Series(PAYMENTS, "world", year, "card_transactions", "nilson_press") for year in (2014, 2015)
)


def users(sample: Sample) -> Found:
    """Shares of sales recorded of markets in which users decide."""
    phones = compared(sample, PHONES_WORLD, among=True)
    clouds, shops = compared(sample, CLOUDS_WORLD), compared(sample, SHOPS_WORLD)
    cards = compared(sample, CARDS, among=True)
    elsewhere = compared(sample, PHONES_ELSEWHERE)
    scores = {}
    for name, rows in (("phones", phones), ("clouds", clouds), ("shops", shops), ("cards", cards)):
        scores[f"{name}_error"], scores[f"{name}_worst"] = errors(rows)
    scores |= leaders(sample) | single_figures(sample, elsewhere)
    by_number = compared(sample, CARDS_BY_NUMBER, among=True)
    return Found(scores, [*phones, *elsewhere, *clouds, *shops, *cards, *by_number])


def leaders(sample: Sample) -> dict[str, float]:
    """Mean number of economies that a shop leads in 2018, local ones left out; Alibaba by either name."""
    vendors = sample.world.vendors
    top = sample.by_run["top"].sel(domain=SHOPS, year=2018).values
    numbers = {}
    for name in recorded.LED_2018:
        both = [name, "aliexpress"] if name == "alibaba" else [name]
        mine = np.isin(top, [vendors.index(v) for v in both if v in vendors])
        numbers[f"shops_led_{name}"] = float(mine.sum(axis=1).mean())
    return numbers


def single_figures(sample: Sample, phones: list[Share]) -> dict[str, float]:
    """Single shares with a region of their own."""
    installed, sales = sample.countries["installed"], smoothed(sample)
    top = sample.by_run["top_share"].sel(domain=PHONES, year=2020)
    asean = [row.simulated for row in phones if row.scope == "ASEAN5" and row.vendor == "chinese_vendors"]
    return {
        "phones_top_share": float(top.mean()),
        "phones_chinese_asean": asean[0] if asean else np.nan,
        "phones_elsewhere_error": errors(phones)[0],
        "phones_transsion_first": float(sum(_first(sample, PHONES, i, 2019) == "transsion" for i in AFRICAN)),
        "apple_japan": float(installed.sel(domain=PHONES, country="JPN", vendor="apple", year=2020)),
        "flipkart_india": float(installed.sel(domain=SHOPS, country="IND", vendor="flipkart", year=2020)),
        "amazon_germany": float(installed.sel(domain=SHOPS, country="DEU", vendor="amazon", year=2020)),
        "mpesa_kenya": float(installed.sel(domain=PAYMENTS, country="KEN", vendor="mpesa", year=2020)),
        "upi_india_2019": float(installed.sel(domain=PAYMENTS, country="IND", vendor="upi", year=2019)),
        "upi_india_2023": float(installed.sel(domain=PAYMENTS, country="IND", vendor="upi", year=2023)),
        "huawei_cloud_home": _home_share(sample, CLOUDS, "huawei"),
        "alibaba_cloud_asia": float(
            sales.sel(group="Asia_Pacific", domain=CLOUDS, vendor="alibaba", year=2019)
        ),
    }


def _first(sample: Sample, domain: str, iso3: str, year: int) -> str:
    """The vendor with the largest mean share of an economy."""
    shares = sample.countries["installed"].sel(domain=domain, country=iso3, year=year).fillna(0.0)
    return str(shares["vendor"].values[int(shares.values.argmax())])


def _home_share(sample: Sample, domain: str, vendor: str) -> float:
    """Part of a Chinese vendor's sales of 2020 that it makes in China."""
    revenue = sample.means["revenue"].sel(domain=domain, vendor=vendor, year=2020)
    return float(revenue.sel(group=CHINA) / revenue.sel(group="world"))


def concentrated(sample: Sample, year: int = 2050) -> dict[str, float]:
    """Part of economies with one vendor over 90 %, over runs, by domain in which vendors exclude others."""
    if year > sample.last_year:
        return {}
    share = sample.by_run["top_share"].sel(year=year)
    found = {}
    for d, domain in enumerate(sample.world.domains):
        if sample.world.buyer[d] in ("operator", "users"):
            values: Floats = share.sel(domain=domain).values
            found[f"one_vendor_{domain}"] = float((values > 0.9)[np.isfinite(values)].mean())
    return found
