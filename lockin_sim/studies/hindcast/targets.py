"""What a hindcast must show: each number with the region it is to lie in, or the recorded one alone."""

from __future__ import annotations

import math
from typing import NamedTuple

from lockin_sim.studies.hindcast.recorded import LED_2018


class Target(NamedTuple):
    """A region for a number, and what the record says where it says it in the same terms."""

    domain: str
    low: float
    high: float
    recorded: float
    what: str

    @property
    def wanted(self) -> bool:
        """Whether there is a region; else the number is shown beside the recorded one."""
        return math.isfinite(self.low) or math.isfinite(self.high)


def _most(domain: str, high: float, what: str, recorded: float = math.nan) -> Target:
    """A target with an upper end alone."""
    return Target(domain, -math.inf, high, recorded, what)


def _least(domain: str, low: float, what: str, recorded: float = math.nan) -> Target:
    """A target with a lower end alone."""
    return Target(domain, low, math.inf, recorded, what)


def _near(domain: str, recorded: float, by: float, what: str) -> Target:
    """A target within so much of what is recorded."""
    return Target(domain, recorded - by, recorded + by, recorded, what)


def _told(domain: str, recorded: float, what: str) -> Target:
    """A recorded number to be shown beside the model's, without a region to lie in."""
    return Target(domain, -math.inf, math.inf, recorded, what)


MOBILE, CABLES, CLOUDS, CITIES = "mobile_network", "submarine_cable", "cloud", "smart_city"
PHONES, SHOPS, PAYMENTS = "smartphone", "e_commerce", "digital_payments"
NAVIGATION, RULES, LOANS = "satellite_navigation", "data_governance", "loans"

_NETWORKS = {
    "mobile_sales_error": _most(MOBILE, 2.5, "points; mean error of the main series of sales"),
    "mobile_sales_worst": _most(MOBILE, 7, "points; worst error of the main series of sales"),
    "chinese_base_europe": Target(MOBILE, 0.4, 0.6, 0.52, "Chinese share of the base of Europe, 2020"),
    "chinese_base_africa": Target(MOBILE, 0.5, 0.8, 0.7, "Chinese share of the base of Africa, 2020"),
    "chinese_base_japan": _most(MOBILE, 0.1, "Chinese share of the base of Japan, 2020"),
    "chinese_sales_eu": _near(MOBILE, 0.4, 0.12, "Chinese share of sales in the EU, 2019"),
    "huawei_revenue_worst": _most(MOBILE, 8, "points; worst region of Huawei's revenue of 2012"),
    "networks_spread": Target(
        MOBILE, 0.28, 0.4, 0.3, "standard deviation over recorded economies in one run"
    ),
    "networks_at_zero": Target(MOBILE, 0.1, 0.35, 0.375, "recorded economies without Chinese networks"),
    "networks_covered": _least(MOBILE, 0.8, "recorded shares within 90 % of runs"),
    "networks_change": Target(
        MOBILE, 5, 13, 5.5, "points; change of the Chinese share, 2020 to 2022 or 2024"
    ),
    "retention_eu": _least(MOBILE, 0.6, "value renewed that the incumbent kept, EU, 2011 to 2023"),
    "first_mover_2035": _least(MOBILE, 0.25, "largest vendor of 2010 still largest in 2035"),
    "stays_4g": _told(MOBILE, 23 / 36, "operators that keep a main supplier, 3G to 4G, twelve economies"),
    "stays_5g": _told(MOBILE, 28 / 37, "the same, 4G to 5G"),
    "stays_5g_free": _told(MOBILE, 25 / 28, "the same, without incumbents that were restricted"),
    "networks_crps": _told(MOBILE, math.nan, "score of country shares (CRPS), economies to fit to"),
    "networks_crps_climate": _told(MOBILE, math.nan, "the same of the other economies' shares as a forecast"),
    "networks_skill": _told(
        MOBILE, math.nan, "one less their ratio: above 0 is better than the other economies"
    ),
}

_POLITICS = {
    "restrictions_auc_2020": _least(MOBILE, 0.87, "who restricts by 2020: area under the curve"),
    "restrictions_auc_2023": _least(MOBILE, 0.87, "who restricts by 2023: area under the curve"),
    "restrictions_brier_2020": _most(MOBILE, 0.11, "who restricts by 2020: Brier score"),
    "restrictions_brier_2023": _most(MOBILE, 0.11, "who restricts by 2023: Brier score"),
    "restricting_worst": _most(MOBILE, 0.35, "worst relative error of the number restricting, 2018 to 2023"),
    **{
        f"restricting_{year}": _told(MOBILE, count, "restricting, of the economies recorded")
        for year, count in zip(range(2018, 2024), (2, 5, 12, 15, 15, 17), strict=True)
    },
    "loans_rank": _least(LOANS, 0.55, "rank correlation of Chinese loans by recipient, 2010 to 2020"),
}

_USERS = {
    "phones_error": _most(PHONES, 3, "points; mean error of phones, 2011 to 2020, among makers recorded"),
    "phones_top_share": Target(PHONES, 0.35, 0.6, math.nan, "mean share of the largest maker, 2020"),
    "phones_chinese_asean": _near(PHONES, 0.6, 0.1, "Chinese phones in ASEAN-5, 2019"),
    "phones_elsewhere_error": _most(PHONES, 6, "points; mean error of phones by place, 2018 to 2020"),
    "phones_transsion_first": _least(PHONES, 4, "of four African markets, those Transsion leads in 2019", 4),
    "apple_japan": _least(PHONES, 0.28, "Apple in Japan, 2020"),
    "clouds_error": _most(CLOUDS, 3, "points; mean error of clouds sold, 2015 to 2020"),
    "huawei_cloud_home": _told(CLOUDS, 0.9, "part of Huawei's cloud sales in China, 2020"),
    "alibaba_cloud_asia": _told(CLOUDS, 0.282, "Alibaba in Asia and the Pacific without China, 2019"),
    "shops_error": _most(SHOPS, 3, "points; mean error of online retail, 2015 and 2019"),
    "flipkart_india": _most(SHOPS, 0.5, "Flipkart in India, 2020"),
    "amazon_germany": Target(SHOPS, 0.15, 0.35, 0.25, "Amazon in Germany, 2020; recalled"),
    **{f"shops_led_{name}": _told(SHOPS, n, "economies led in 2018") for name, n in LED_2018.items()},
    "cards_error": _most(PAYMENTS, 3, "points; mean error of cards by value, 2013 and 2014, among three"),
    "mpesa_kenya": _least(PAYMENTS, 0.6, "M-Pesa in Kenya, 2020", 0.8),
    "upi_india_2019": _told(PAYMENTS, 0.3, "UPI in India, recalled"),
    "upi_india_2023": _told(PAYMENTS, 0.72, "UPI in India, recalled"),
}

_OTHERS = {
    "surveillance_auc": _least(CITIES, 0.6, "who has a Chinese vendor of surveillance: area under the curve"),
    "surveillance_chinese": _told(CITIES, 43, "economies listed with a Chinese vendor, of those covered"),
    "surveillance_any": _told(CITIES, 61, "economies listed with any"),
    "cables_cables_error": _most(CABLES, 7, "points; mean error of shares of cables, 2011-15 and 2016-20"),
    "cables_landings_error": _most(CABLES, 7, "points; mean error of shares of landings, same years"),
    "cables_km_error": _most(CABLES, 7, "points; mean error of shares of length, same years"),
    "cables_per_year": _told(CABLES, 18.4, "cables a year, 2016 to 2020"),
    "cables_landings_each": _told(CABLES, 1.9, "landing economies a cable"),
    "cables_km_each": _told(CABLES, 3390, "km a cable"),
    "galileo_phones": _near(
        NAVIGATION, 0.28, 0.07, "Galileo in phones by value, 2019; all of the EU's count, by assumption"
    ),
    "galileo_phones_abroad": _told(NAVIGATION, math.nan, "the same outside the EU"),
    "galileo_phones_own": _told(NAVIGATION, math.nan, "part of Galileo's phones that are the EU's own"),
    "privacy_laws_worst": _most(RULES, 0.1, "worst relative error of the number with a law, 2009 to 2019"),
    **{
        f"privacy_laws_{year}": _told(RULES, laws, "economies with a law of the European kind")
        for year, laws in ((2009, 77), (2011, 89), (2014, 109), (2016, 120), (2018, 132), (2019, 142))
    },
}

_LATER = {
    "one_vendor_mobile_network": _most(MOBILE, 0.6, "economies with one vendor over 90 %, 2050"),
    **{
        f"drift_{domain}": _most(domain, 5, "points; largest change of a share of the world's base to 2050")
        for domain in (PHONES, SHOPS, CLOUDS, PAYMENTS)  # elsewhere restrictions are news that moves shares
    },
}

#: Names of scores and what they are to be.
TARGETS: dict[str, Target] = {**_NETWORKS, **_POLITICS, **_USERS, **_OTHERS, **_LATER}
